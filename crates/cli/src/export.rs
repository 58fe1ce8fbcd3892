//! Data out: the days to come for calendar programs, drafts for mail programs, and everything for other programs.
//!
//! The one rule: a file is written whole or not at all.

use std::path::Path;

use adjutant_exchange::export::{everything, plan};
use adjutant_exchange::report::{FileForm, calendar, pack, render};
use adjutant_model::Kind;
use adjutant_model::query::change::{self, Progress};
use adjutant_model::report::dates::{self, Entry};
use adjutant_model::report::templates::Template;
use anyhow::Context as _;
use serde_json::json;

use crate::args::{ExportName, ExportOptions};
use crate::report::provenance;
use crate::session::Session;

/// Writes what was asked for.
pub(crate) fn run(session: &Session, options: &ExportOptions) -> anyhow::Result<()> {
    match options.what {
        ExportName::Calendar => {
            let entries = dates::of(&session.board());
            days(session, options, "Milestones and targets", &entries)
        }
        ExportName::Renewals => {
            let entries = dates::renewals(&session.board(), session.today());
            days(session, options, "Contracts and renewals", &entries)
        }
        ExportName::Notices => notices(session, options),
        ExportName::Pack => month(session, options),
        ExportName::Plan => project_plan(session, options),
        ExportName::Everything => all(session, options),
    }
}

fn days(
    session: &Session,
    options: &ExportOptions,
    title: &str,
    entries: &[Entry],
) -> anyhow::Result<()> {
    let bytes = calendar(title, entries, &provenance(session)?);
    write_blocking(&options.out, &bytes)?;
    let count = entries.len();
    let words = format!("{count} days written to {}\n", options.out.display());
    session.output.result(&words, &json!({ "days": count }))
}

/// Writes each message of a change that is neither sent nor dropped, named by its day and step.
fn notices(session: &Session, options: &ExportOptions) -> anyhow::Result<()> {
    let text = options.of.as_deref();
    let text = text.context("say which change: --of ID; `list change` shows the ids")?;
    let id = session.find_kind(text, Kind::Change)?;
    let (board, today, provenance) = (session.board(), session.today(), provenance(session)?);
    let notice = Template::named("notice").context("there are no notices")?;
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("cannot make {}", options.out.display()))?;
    let changes = change::all(&board, today);
    let plan = changes.iter().filter(|one| one.change.meta.id == id);
    let mut names = Vec::new();
    for message in plan.flat_map(|one| &one.plan) {
        let is_open = matches!(message.progress, Progress::Draft | Progress::Approved);
        let report = notice.make(&board, Some(message.id), today);
        let Some(report) = report.filter(|_| is_open) else {
            continue;
        };
        let bytes = render(&report, &provenance, FileForm::Eml, options.paper.into())?;
        let step = message.step.replace(
            |letter: char| !letter.is_alphanumeric() && letter != '-',
            " ",
        );
        let mut name = format!("{} {}.eml", message.day, step.trim());
        if names.contains(&name) {
            name = format!("{} {} {}.eml", message.day, step.trim(), message.id);
        }
        write_blocking(&options.out.join(&name), &bytes)?;
        names.push(name);
    }
    let (count, folder) = (names.len(), options.out.display());
    let words = format!("{count} drafts written to {folder}\n");
    session.output.result(&words, &json!({ "files": names }))
}

fn month(session: &Session, options: &ExportOptions) -> anyhow::Result<()> {
    let (board, provenance) = (session.board(), provenance(session)?);
    let files = pack(&board, &provenance, session.today(), options.paper.into())?;
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("cannot make {}", options.out.display()))?;
    for file in &files {
        write_blocking(&options.out.join(&file.name), &file.bytes)?;
    }
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let (count, folder) = (names.len(), options.out.display());
    let words = format!("{count} files written to {folder}: {}\n", names.join(", "));
    session.output.result(&words, &json!({ "files": names }))
}

fn project_plan(session: &Session, options: &ExportOptions) -> anyhow::Result<()> {
    let text = options.of.as_deref();
    let text = text.context("say which project: --of ID; `list project` shows the ids")?;
    let id = session.find_kind(text, Kind::Project)?;
    let bytes = plan(&session.board(), id, &provenance(session)?, session.today());
    let bytes = bytes.context("that record is no project")?;
    write_blocking(&options.out, &bytes)?;
    let words = format!("The plan was written to {}\n", options.out.display());
    session
        .output
        .result(&words, &json!({ "bytes": bytes.len() }))
}

fn all(session: &Session, options: &ExportOptions) -> anyhow::Result<()> {
    let (board, provenance) = (session.board(), provenance(session)?);
    let files = everything(&board, &provenance, session.today());
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("cannot make {}", options.out.display()))?;
    for file in &files {
        write_blocking(&options.out.join(&file.name), &file.bytes)?;
    }
    let raw = options.out.join("automerge");
    std::fs::create_dir_all(&raw).with_context(|| format!("cannot make {}", raw.display()))?;
    let mut documents = crate::history::read(session)?.saved(session.version());
    documents.retain(|(id, _)| session.shows(*id));
    for (id, bytes) in &documents {
        write_blocking(&raw.join(format!("{id}.automerge")), bytes)?;
    }
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let words = format!(
        "{} files written to {}: {}, and {} documents as Automerge saves them\n",
        files.len(),
        options.out.display(),
        names.join(", "),
        documents.len()
    );
    session.output.result(&words, &json!({ "files": names }))
}

/// Writes a file beside its place and then puts it there, so that no reader ever sees half of it.
pub(crate) fn write_blocking(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
