//! The end of the demo: the month's report pack, written from one device and compared with what another would issue.
//!
//! The one rule: the same documents, person and time give the same bytes, whichever device makes the files.

use std::path::Path;

use adjutant_client::Engine;
use adjutant_exchange::export::File;
use adjutant_exchange::report::{DocumentVersion, Paper, Provenance, pack};
use anyhow::Context as _;
use chrono::NaiveDateTime;

/// Returns the files of the month as a device has them, issued by a person at a moment.
pub(super) fn files(
    engine: &Engine,
    person: &str,
    made_at: NaiveDateTime,
) -> anyhow::Result<Vec<File>> {
    let prints = engine
        .fingerprints_blocking()
        .context("cannot read the documents")?;
    let documents = prints.into_iter().map(|print| DocumentVersion {
        document: print.document,
        title: print.title,
        heads: print.heads,
        content_hash: print.content_hash,
    });
    let provenance = Provenance {
        person: person.to_owned(),
        made_at,
        utc_offset_s: 0,
        documents: documents.collect(),
        signed: Vec::new(),
    };
    let today = made_at.date();
    Ok(pack(&engine.board(), &provenance, today, Paper::A4)?)
}

/// Writes files into a folder, which is made.
pub(super) fn write(folder: &Path, files: &[File]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for file in files {
        let path = folder.join(&file.name);
        std::fs::write(&path, &file.bytes)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
