//! Saving what can be read of a store file whose structure is broken.
//!
//! The damaged file is renamed, never deleted; every row that still verifies goes into a new store (`carve` finds
//! them without trusting the file's own tables of contents). The rule: what is lost is named, document by document.

mod carve;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use adjutant_base::{ChangeHash, DocumentId};

use crate::chunks::{ChunkReader as _, DamageReason, Damaged, StoreError};
use crate::sqlite::{Record, SqliteStore};

/// Rows written to the new store in one transaction.
const ROWS_PER_COMMIT: usize = 1_000;
/// Damaged files kept beside one store; beyond it something else is wrong and a person must look.
const KEPT_FILES: u32 = 1_000;

/// What was saved from a damaged file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvage {
    /// The damaged file under its new name.
    pub damaged_file: PathBuf,
    /// What was wrong with it, in SQLite's words.
    pub cause: String,
    /// Every document of which a trace was found, sorted by id.
    pub documents: Vec<SalvagedDocument>,
}

/// What was saved of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalvagedDocument {
    /// The document.
    pub document: DocumentId,
    /// How many of its changes were saved.
    pub kept: usize,
    /// The changes that are known to be lost; the relay may have more that left no trace here.
    pub lost: Vec<ChangeHash>,
}

/// Returns the path of a companion file: the store's own with `suffix` after its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Renames a damaged store and its write-ahead log to the first free name and returns that.
pub(crate) fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let fail = |source| StoreError::Io {
        action: "set aside the damaged",
        path: path.to_path_buf(),
        source,
    };
    let aside = (1..=KEPT_FILES)
        .map(|number| beside(path, &format!(".damaged-{number}")))
        .find(|candidate| !candidate.exists())
        .ok_or_else(|| fail(std::io::Error::other("too many damaged files beside it")))?;
    // The log first: if the program dies in between, the file without it is still found damaged.
    let log = beside(path, "-wal");
    if log.exists() {
        std::fs::rename(&log, beside(&aside, "-wal")).map_err(fail)?;
    }
    let index = beside(path, "-shm");
    if index.exists() {
        std::fs::remove_file(&index).map_err(fail)?;
    }
    std::fs::rename(path, &aside).map_err(fail)?;
    Ok(aside)
}

/// Copies every verified row of the damaged file into `store` and lists what is missing.
pub(crate) fn salvage(
    aside: &Path,
    cause: String,
    store: &mut SqliteStore,
) -> Result<Salvage, StoreError> {
    let mut traces: BTreeSet<(DocumentId, ChangeHash)> = BTreeSet::new();
    let mut waiting: Vec<Record> = Vec::new();
    carve::rows(aside, &mut |record| {
        match &record {
            Record::Header { document, hash } => {
                traces.insert((*document, *hash));
                return Ok(());
            }
            Record::Change {
                document, change, ..
            } => {
                // What it was made on top of was here too.
                traces.insert((*document, change.meta.hash));
                traces.extend(change.meta.deps.iter().map(|dep| (*document, *dep)));
            }
            Record::Value { .. } => {}
        }
        waiting.push(record);
        if waiting.len() < ROWS_PER_COMMIT {
            return Ok(());
        }
        store.restore(&std::mem::take(&mut waiting))
    })?;
    store.restore(&waiting)?;
    let documents = missing(store, &traces)?;
    let lost: Vec<Damaged> = documents
        .iter()
        .flat_map(|one| one.lost.iter().map(|hash| (one.document, *hash)))
        .map(|(document, hash)| Damaged {
            document,
            hash,
            reason: DamageReason::Lost,
        })
        .collect();
    store.mark_lost(&lost)?;
    Ok(Salvage {
        damaged_file: aside.to_path_buf(),
        cause,
        documents,
    })
}

fn missing(
    store: &SqliteStore,
    traces: &BTreeSet<(DocumentId, ChangeHash)>,
) -> Result<Vec<SalvagedDocument>, StoreError> {
    let mut by_document: BTreeMap<DocumentId, Vec<ChangeHash>> = BTreeMap::new();
    for (document, hash) in traces {
        by_document.entry(*document).or_default().push(*hash);
    }
    let mut documents = Vec::new();
    for (document, mut lost) in by_document {
        let kept: BTreeSet<ChangeHash> = store
            .read_metas(document)?
            .metas
            .into_iter()
            .map(|meta| meta.hash)
            .collect();
        lost.retain(|hash| !kept.contains(hash));
        documents.push(SalvagedDocument {
            document,
            kept: kept.len(),
            lost,
        });
    }
    Ok(documents)
}

#[cfg(test)]
mod tests;
