//! Data out: the days to come for calendar programs, and everything for other programs.
//!
//! The one rule: a file is written whole or not at all.

use std::path::Path;

use adjutant_exchange::export::everything;
use adjutant_exchange::report::calendar;
use adjutant_model::report::dates;
use anyhow::Context as _;
use serde_json::json;

use crate::args::{ExportName, ExportOptions};
use crate::report::provenance;
use crate::session::Session;

/// Writes what was asked for.
pub(crate) fn run(session: &Session, options: &ExportOptions) -> anyhow::Result<()> {
    let (board, provenance) = (session.board(), provenance(session)?);
    match options.what {
        ExportName::Calendar => {
            let entries = dates::of(&board);
            let bytes = calendar("Milestones and targets", &entries, &provenance);
            write_blocking(&options.out, &bytes)?;
            let count = entries.len();
            let words = format!("{count} days written to {}\n", options.out.display());
            session.output.result(&words, &json!({ "days": count }))
        }
        ExportName::Everything => {
            let files = everything(&board, &provenance, session.today());
            std::fs::create_dir_all(&options.out)
                .with_context(|| format!("cannot make {}", options.out.display()))?;
            for file in &files {
                write_blocking(&options.out.join(&file.name), &file.bytes)?;
            }
            let raw = options.out.join("automerge");
            std::fs::create_dir_all(&raw)
                .with_context(|| format!("cannot make {}", raw.display()))?;
            let documents = crate::history::read(session)?.saved(session.version());
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
    }
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
