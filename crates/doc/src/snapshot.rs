//! Opening a whole document that the relay sends in place of its single changes.
//!
//! Only a desktop opens one, only from its relay, and only after the gate has measured it. The one rule: it is loaded
//! apart, with every hash checked, before anything of it is believed.

use adjutant_base::ChangeHash;
use adjutant_model::record::RecordData;
use automerge::{
    Automerge, AutomergeError, Change, LoadOptions, OnPartialLoad, ReadDoc as _, TextEncoding,
    VerificationMode,
};

use crate::at::At;
use crate::incoming::Fault;
use crate::trial::guarded;
use crate::{skeleton, walk};

/// Place of the chunk's type in its header, after four magic bytes and four of checksum.
const TYPE_AT: usize = 8;
/// The type of a chunk that is a whole document.
const DOCUMENT: u8 = 0;

/// Why a whole document was not taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes are another kind of chunk.
    #[error("the bytes are not a whole document")]
    NotADocument,
    /// The bytes are damaged, or their hashes do not agree.
    #[error("the document cannot be loaded")]
    Load(#[source] AutomergeError),
    /// Automerge panicked while loading.
    #[error("loading the document failed")]
    Failed(#[source] Fault),
    /// Changes in it stand on others that are not in it.
    #[error("{0} changes are missing from the document")]
    Incomplete(usize),
    /// It is another version than the relay said.
    #[error("the document is not the version that was announced")]
    OtherHeads,
}

impl From<Fault> for SnapshotError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// A document that was loaded apart.
pub(crate) struct Opened {
    pub(crate) automerge: Automerge,
    /// All its changes, each after those it stands on.
    pub(crate) changes: Vec<Change>,
    /// Its records; `None` if one of the changes must be kept out.
    pub(crate) records: Option<Vec<RecordData>>,
}

/// Loads a document chunk whose newest changes must be `heads`.
pub(crate) fn open(chunk: &[u8], heads: &[ChangeHash]) -> Result<Opened, SnapshotError> {
    if chunk.get(TYPE_AT) != Some(&DOCUMENT) {
        return Err(SnapshotError::NotADocument);
    }
    guarded(|| {
        let options = LoadOptions::new()
            .on_partial_load(OnPartialLoad::Error)
            .verification_mode(VerificationMode::Check)
            .text_encoding(TextEncoding::UnicodeCodePoint);
        let automerge =
            Automerge::load_with_options(chunk, options).map_err(SnapshotError::Load)?;
        let missing = automerge.get_missing_deps(&[]);
        if !missing.is_empty() {
            return Err(SnapshotError::Incomplete(missing.len()));
        }
        let mut announced = heads.to_vec();
        announced.sort_unstable();
        announced.dedup();
        let is_announced = automerge
            .get_heads()
            .iter()
            .map(|hash| hash.0)
            .eq(announced.iter().map(|hash| hash.0));
        if !is_announced {
            return Err(SnapshotError::OtherHeads);
        }
        let changes = automerge.get_changes(&[]);
        let has_impostor = changes.iter().any(skeleton::is_impostor);
        let records = (!has_impostor).then(|| walk::all(At::now(&automerge)));
        Ok(Opened {
            automerge,
            changes,
            records,
        })
    })
}
