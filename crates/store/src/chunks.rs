//! What a store of changes is, whatever it is made of: the traits, what is written, what is read, what can fail.
//!
//! No SQL and no files here. The one rule: changes are immutable and named by their hash, so writing one twice is
//! writing it once, and a copy that does not match its digest is damage to be fetched again, never data.

use std::path::PathBuf;

use adjutant_base::{ChangeHash, ChangeMeta, DocumentId, StoredChange};

/// Everything that one command or one received message makes durable together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Changes to add, in the order in which they shall be read back. Those already stored are skipped.
    pub changes: Vec<(DocumentId, StoredChange)>,
    /// Values to set, after the changes, in this order.
    pub values: Vec<Value>,
}

/// One named value, of the whole store or of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The document that it belongs to, or `None` for the whole store.
    pub document: Option<DocumentId>,
    /// Its name.
    pub key: String,
    /// Its bytes; `None` removes it.
    pub bytes: Option<Vec<u8>>,
}

impl Batch {
    /// Returns the batch with one more change.
    #[must_use]
    pub fn change(mut self, document: DocumentId, change: StoredChange) -> Self {
        self.changes.push((document, change));
        self
    }

    /// Returns the batch with a setting of the whole store.
    #[must_use]
    pub fn setting(mut self, key: &str, bytes: Option<Vec<u8>>) -> Self {
        self.values.push(Value {
            document: None,
            key: key.to_owned(),
            bytes,
        });
        self
    }

    /// Returns the batch with a value of one document.
    #[must_use]
    pub fn document_value(
        mut self,
        document: DocumentId,
        key: &str,
        bytes: Option<Vec<u8>>,
    ) -> Self {
        self.values.push(Value {
            document: Some(document),
            key: key.to_owned(),
            bytes,
        });
        self
    }
}

/// A change that this store held and can no longer vouch for; it has to be fetched again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damaged {
    /// The document that it belongs to.
    pub document: DocumentId,
    /// Its name, as far as the damaged row tells.
    pub hash: ChangeHash,
    /// What is wrong with it.
    pub reason: DamageReason,
}

/// What is wrong with a stored change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DamageReason {
    /// Its bytes are not the ones that were written.
    Bytes,
    /// Its header is not the one that was written.
    Header,
    /// It was lost with a damaged file.
    Lost,
}

impl DamageReason {
    /// Returns what happened, in words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Bytes => "its bytes on disk have changed",
            Self::Header => "its description on disk has changed",
            Self::Lost => "it was lost with a damaged file",
        }
    }

    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Bytes => 1,
            Self::Header => 2,
            Self::Lost => 3,
        }
    }

    pub(crate) fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Bytes,
            2 => Self::Header,
            // Any other code is itself damage, of a row whose change is gone either way.
            _ => Self::Lost,
        }
    }
}

/// The headers of one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentMetas {
    /// Headers in the order of insertion.
    pub metas: Vec<ChangeMeta>,
    /// Rows met on the way that were not as written; they are in quarantine now.
    pub damaged: Vec<Damaged>,
}

/// The changes of one document with their bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentChanges {
    /// Changes in the order of insertion.
    pub changes: Vec<StoredChange>,
    /// Rows met on the way that were not as written; they are in quarantine now.
    pub damaged: Vec<Damaged>,
}

/// Reads changes and values. Every answer is verified against the digests that were written.
///
/// # Errors
/// Every method fails with [`StoreError`] if the store as a whole cannot be read; one damaged change is an answer,
/// not an error.
#[expect(
    clippy::missing_errors_doc,
    reason = "all methods fail alike, as the trait says"
)]
pub trait ChunkReader: Send {
    /// Returns the documents that hold at least one change, sorted.
    fn documents(&self) -> Result<Vec<DocumentId>, StoreError>;

    /// Returns the headers of a document's changes in the order of insertion, without reading their bytes; empty for
    /// an unknown document.
    fn read_metas(&self, document: DocumentId) -> Result<DocumentMetas, StoreError>;

    /// Returns one change, `Ok(None)` if it is not there, or `Ok(Some(Err(..)))` if it was there and is damaged.
    fn read_change(
        &self,
        document: DocumentId,
        hash: ChangeHash,
    ) -> Result<Option<Result<StoredChange, Damaged>>, StoreError>;

    /// Returns all changes of a document in the order of insertion; empty for an unknown document.
    fn read_document(&self, document: DocumentId) -> Result<DocumentChanges, StoreError>;

    /// Returns a value of the whole store (`None`) or of one document.
    ///
    /// # Errors
    /// [`StoreError::Value`], once, if it is not as it was written.
    fn read_value(
        &self,
        document: Option<DocumentId>,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// Returns the changes that are in quarantine or lost and have not come back since, sorted.
    fn damaged(&self) -> Result<Vec<Damaged>, StoreError>;

    /// Returns another reader with its own view of the same store; it sees what was committed before each call.
    ///
    /// # Errors
    /// If the store cannot be opened a second time.
    fn reader(&self) -> Result<Box<dyn ChunkReader>, StoreError>;
}

/// Writes changes and values; one exists per store, readers are made from it.
pub trait ChunkStore: ChunkReader {
    /// Makes all batches durable in one transaction, in order; when it returns, they survive the loss of power.
    ///
    /// # Errors
    /// On any failure none of the batches is stored, and the caller must not trust this store with another.
    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError>;
}

/// Why a store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no space left, or no more may be written.
    #[error("the disk that holds {path} is full or takes no more; free some space and try again")]
    DiskFull {
        /// The store's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder or file may not be written.
    #[error("{path} cannot be written; check the permissions of its folder")]
    ReadOnly {
        /// The store's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another program holds the store.
    #[error("{path} is in use by another program; close that one first")]
    Locked {
        /// The store's file.
        path: PathBuf,
    },
    /// The file's structure is broken; opening it again salvages what can be read.
    #[error("{path} is damaged; start again to save what can be read")]
    Damaged {
        /// The store's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
    /// A value is not as it was written. It was put aside: from now on it is absent.
    #[error("the value {key} in {path} was damaged and is put aside")]
    Value {
        /// The store's file.
        path: PathBuf,
        /// The value's key.
        key: String,
    },
    /// The file was written by a newer version of the program.
    #[error("{path} has format {found}, this program knows up to {known}; use the newer program")]
    Newer {
        /// The store's file.
        path: PathBuf,
        /// The format found.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// The file is a database of something else.
    #[error("{path} belongs to another program")]
    Foreign {
        /// The store's file.
        path: PathBuf,
    },
    /// The file system refused an operation.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// SQLite refused an operation for another reason.
    #[error("cannot use {path}")]
    Sqlite {
        /// The store's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
    /// The writer's thread ended early, so nothing more can be stored.
    #[error("the store was closed")]
    Closed,
}
