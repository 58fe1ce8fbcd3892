//! Bringing in files: what is taken, what is not, and why, line by line; what it would change, field by field.
//!
//! The one rule: a dry run says exactly what a run would do.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_exchange::import::compare::{Comparison, Named, compare};
use adjutant_exchange::import::{
    self, DateOrder, Imported, actions, budget, ical, ledger, licences, mspdi, plan_table, projects,
};
use adjutant_model::money::Currency;
use adjutant_model::{Board, FieldValue as _};
use anyhow::Context as _;
use serde_json::{Value, json};

use crate::args::{Arguments, DateOrderName, ImportOptions};
use crate::minutes;
use crate::output::{Output, table};
use crate::session::Session;

/// Imports a file as one step that can be undone.
pub(crate) fn run(session: &Session, options: &ImportOptions) -> anyhow::Result<()> {
    if let Some(path) = &options.minutes {
        return minutes::run(session, options, path);
    }
    let (compared, imported) = read(&session.board(), options)?;
    let (words, mut json) = told(&compared, &imported);
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

/// Says what an import would do, and changes nothing; not even a data folder is made.
pub(crate) fn dry_run(arguments: &Arguments, options: &ImportOptions) -> anyhow::Result<()> {
    let board = if Session::exists(arguments)? {
        let session = Session::open(arguments, false)?;
        let board = session.board();
        session.close()?;
        board
    } else {
        Arc::default()
    };
    let (compared, imported) = read(&board, options)?;
    let (words, json) = told(&compared, &imported);
    Output::new(arguments.json).result(&format!("{words}Nothing was changed (dry run)\n"), &json)
}

/// Reads the bytes of a file, or of the standard input for `-`, and the name that records keep as their source.
pub(crate) fn bytes_of(path: &Path) -> anyhow::Result<(Vec<u8>, String)> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let most = adjutant_base::limits::IMPORT_BYTES + 1;
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
        return Ok((bytes, "pasted".to_owned()));
    }
    let name = path.file_name().unwrap_or_default();
    Ok((
        import::read_file_blocking(path)?,
        name.to_string_lossy().into_owned(),
    ))
}

/// Reads a file and compares it with the board.
fn read(board: &Board, options: &ImportOptions) -> anyhow::Result<(Comparison, Imported)> {
    let sources = [
        &options.projects,
        &options.budget,
        &options.actions,
        &options.plan,
        &options.ledger,
        &options.licences,
        &options.holidays,
        &options.meetings,
    ];
    let path = sources.into_iter().flatten().next();
    let path = path.context("give a file, like --projects FILE")?;
    let (bytes, file_name) = bytes_of(path)?;
    let mut imported = import(board, options, &bytes, &file_name)
        .with_context(|| format!("cannot import {}", path.display()))?;
    import::warn_of_other_names(board, &mut imported);
    let (compared, imported) = compare(board, imported, &file_name);
    Ok((compared, imported.from_file(&file_name, &bytes)))
}

fn import(
    board: &Board,
    options: &ImportOptions,
    bytes: &[u8],
    file_name: &str,
) -> anyhow::Result<Imported> {
    let currency = options
        .currency
        .as_deref()
        .map(Currency::from_input)
        .transpose()?;
    let date_order = options.date_order.map(|order| match order {
        DateOrderName::DayFirst => DateOrder::DayFirst,
        DateOrderName::MonthFirst => DateOrder::MonthFirst,
    });
    let file_name = file_name.to_owned();
    let progress = &mut import::keep_going;
    Ok(if options.projects.is_some() {
        let options = projects::ProjectOptions {
            file_name,
            currency,
            date_order,
        };
        projects::import(bytes, &options, progress)
    } else if options.budget.is_some() {
        let options = budget::BudgetOptions {
            file_name,
            currency,
            start_month: options.start_month,
            fiscal_year: options.fiscal_year,
        };
        budget::import(bytes, &options, progress)
    } else if options.actions.is_some() {
        let options = actions::ActionOptions {
            file_name,
            date_order,
            projects: known_projects(board),
        };
        actions::import(bytes, &options, progress)
    } else if options.ledger.is_some() {
        let options = ledger::LedgerOptions {
            file_name,
            date_order,
            control_total: options.control_total.clone(),
        };
        ledger::import(bytes, &options, board, progress)
    } else if options.licences.is_some() {
        let options = licences::LicenceOptions {
            file_name,
            date_order,
            currency,
            vendors: known_vendors(board),
        };
        licences::import(bytes, &options, progress)
    } else if options.holidays.is_some() {
        let calendar = options.calendar.clone();
        ical::import(bytes, &ical::What::Holidays { calendar }, progress)
    } else if options.meetings.is_some() {
        ical::import(bytes, &ical::What::Meetings, progress)
    } else if bytes.trim_ascii_start().starts_with(b"<") || mspdi::is_plan(bytes) {
        let options = mspdi::PlanOptions {
            file_name,
            currency,
        };
        mspdi::import(bytes, &options, progress)
    } else {
        let options = plan_table::TableOptions {
            file_name,
            date_order,
            projects: known_projects(board),
        };
        plan_table::import(bytes, &options, progress)
    }?)
}

/// Returns the projects that are here, by name and code.
fn known_projects(board: &Board) -> BTreeMap<String, RecordId> {
    let mut known = BTreeMap::new();
    for (id, project) in &board.projects {
        for name in [&project.code, &project.name] {
            let key = actions::project_key(name);
            if !key.is_empty() {
                known.entry(key).or_insert(*id);
            }
        }
    }
    known
}

/// Returns the vendors that are here, by name.
fn known_vendors(board: &Board) -> BTreeMap<String, RecordId> {
    let vendors = (&board.vendors).into_iter();
    let named = vendors.map(|(id, vendor)| (actions::project_key(&vendor.name), *id));
    named.collect()
}

/// Most records of a list in words; JSON has all.
const LISTED: usize = 20;

/// Says what an import took and what it would do.
fn told(compared: &Comparison, imported: &Imported) -> (String, Value) {
    let (mut words, mut json) = said(imported);
    words.push_str(&format!(
        "Against what is here: {} new, {} changed, {} unchanged, {} missing from the file, {} deleted here\n",
        compared.new.len(),
        compared.changed.len(),
        compared.unchanged.len(),
        compared.missing.len(),
        compared.deleted.len()
    ));
    let changes: Vec<Vec<String>> = compared
        .changed
        .iter()
        .flat_map(|changed| changed.fields.iter().map(move |field| (changed, field)))
        .map(|(changed, (field, here, there))| {
            let record = &changed.record;
            let kind = record.kind.label().to_owned();
            vec![
                kind,
                record.title.clone(),
                (*field).to_owned(),
                here.clone(),
                there.clone(),
            ]
        })
        .collect();
    if !changes.is_empty() {
        let more = changes.len().saturating_sub(LISTED);
        let shown = changes.into_iter().take(LISTED).collect();
        words.push_str(&table(
            &["kind", "record", "field", "here", "in the file"],
            shown,
        ));
        if more > 0 {
            words.push_str(&format!("and {more} more changes\n"));
        }
    }
    for (list, what) in [
        (&compared.missing, "Missing"),
        (&compared.deleted, "Deleted here"),
    ] {
        for named in list.iter().take(LISTED) {
            words.push_str(&format!(
                "  {what}: {} \"{}\"\n",
                named.kind.label(),
                named.title
            ));
        }
    }
    add_comparison(&mut json, compared);
    (words, json)
}

/// Adds what an import would do to its JSON.
fn add_comparison(json: &mut Value, compared: &Comparison) {
    let named = |list: &[Named]| -> Value {
        let value = |named: &Named| json!({ "kind": named.kind.name(), "id": named.id.to_string(), "title": named.title });
        list.iter().map(value).collect()
    };
    let changed: Value = compared
        .changed
        .iter()
        .map(|changed| {
            let field = |(name, here, there): &(&str, String, String)| {
                json!({ "field": name, "here": here, "in_file": there })
            };
            let record = &changed.record;
            json!({
                "kind": record.kind.name(), "id": record.id.to_string(), "title": record.title,
                "fields": changed.fields.iter().map(field).collect::<Vec<_>>(),
            })
        })
        .collect();
    if let Value::Object(object) = json {
        object.insert("new".to_owned(), named(&compared.new));
        object.insert("changed".to_owned(), changed);
        object.insert("unchanged".to_owned(), json!(compared.unchanged.len()));
        object.insert("missing".to_owned(), named(&compared.missing));
        object.insert("deleted".to_owned(), named(&compared.deleted));
    }
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
