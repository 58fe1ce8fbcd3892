//! Bringing in files: what is taken, what is not, and why, line by line.
//!
//! What a file means is the exchange crate's matter; nothing is changed before all of it was read.

use std::path::Path;

use adjutant_exchange::import::{self, Imported, budget, projects};
use anyhow::Context as _;
use serde_json::{Value, json};

use crate::args::ImportOptions;
use crate::output::{Output, table};
use crate::session::Session;

/// Imports a file as one step that can be undone.
pub(crate) fn run(session: &Session, options: &ImportOptions) -> anyhow::Result<()> {
    let mut imported = read(options)?;
    import::warn_of_other_names(&session.board(), &mut imported);
    let (words, mut json) = said(&imported);
    let (mut changes, mut documents) = (0, 0);
    for command in imported.commands {
        let receipt = session.execute(command)?;
        changes += receipt.changes;
        documents += receipt.documents;
    }
    if let Value::Object(object) = &mut json {
        object.insert("changes".to_owned(), json!(changes));
    }
    session.output.result(
        &format!("{words}Saved here: {changes} changes in {documents} documents\n"),
        &json,
    )
}

/// Says what an import would take, and changes nothing.
pub(crate) fn dry_run(options: &ImportOptions, is_json: bool) -> anyhow::Result<()> {
    let (words, json) = said(&read(options)?);
    Output::new(is_json).result(&format!("{words}Nothing was changed (dry run)\n"), &json)
}

fn read(options: &ImportOptions) -> anyhow::Result<Imported> {
    let name = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let (path, imported) = match (&options.projects, &options.budget) {
        (Some(path), _) => {
            let bytes = import::read_file_blocking(path)?;
            let options = projects::ProjectOptions {
                file_name: name(path),
                ..Default::default()
            };
            (
                path,
                projects::import(&bytes, &options, &mut import::keep_going),
            )
        }
        (None, Some(path)) => {
            let bytes = import::read_file_blocking(path)?;
            let options = budget::BudgetOptions {
                file_name: name(path),
                ..Default::default()
            };
            (
                path,
                budget::import(&bytes, &options, &mut import::keep_going),
            )
        }
        (None, None) => anyhow::bail!("give a file with --projects or --budget"),
    };
    imported.with_context(|| format!("cannot import {}", path.display()))
}

fn said(imported: &Imported) -> (String, Value) {
    let summary = &imported.summary;
    let mut words = format!(
        "{}: {} rows, {} used, {} left out\n",
        summary.form,
        summary.rows,
        summary.rows_used,
        summary.rows_left_out()
    );
    for left_out in &summary.left_out {
        words.push_str(&format!(
            "  left out {}: {}\n",
            left_out.rows, left_out.reason
        ));
    }
    for (kind, count) in &summary.made {
        words.push_str(&format!("  {}\n", kind.counted(*count)));
    }
    for note in &summary.notes {
        words.push_str(&format!("  {note}\n"));
    }
    for total in summary
        .control_totals
        .iter()
        .filter(|total| !total.is_balanced())
    {
        words.push_str(&format!("  {} does not balance\n", total.name));
    }
    let warnings = &imported.warnings;
    if warnings.count() > 0 {
        let rows = warnings.listed.iter().map(|warning| {
            vec![
                warning.line.to_string(),
                warning.column.clone(),
                warning.value.clone(),
                warning.message.clone(),
            ]
        });
        words.push_str(&table(
            &["line>", "column", "value", "what is wrong"],
            rows.collect(),
        ));
        if warnings.more > 0 {
            words.push_str(&format!("and {} more warnings\n", warnings.more));
        }
    }
    let listed: Vec<Value> = warnings
        .listed
        .iter()
        .map(|warning| {
            json!({
                "line": warning.line, "column": warning.column,
                "value": warning.value, "message": warning.message,
            })
        })
        .collect();
    let json = json!({
        "form": summary.form, "rows": summary.rows, "rows_used": summary.rows_used,
        "rows_left_out": summary.rows_left_out(), "warnings": listed, "more_warnings": warnings.more,
    });
    (words, json)
}
