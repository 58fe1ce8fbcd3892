//! The reader of a replica whose store is closed for the moment.
//!
//! Everything is an error: an empty answer would pass for an empty document.

use adjutant_base::{ChangeHash, DocumentId, StoredChange};
use adjutant_store::{ChunkReader, Damaged, DocumentChanges, DocumentMetas, StoreError};

/// Answers every question with [`StoreError::Closed`].
pub(super) struct AbsentStore;

impl ChunkReader for AbsentStore {
    fn documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        Err(StoreError::Closed)
    }

    fn read_metas(&self, _: DocumentId) -> Result<DocumentMetas, StoreError> {
        Err(StoreError::Closed)
    }

    fn read_change(
        &self,
        _: DocumentId,
        _: ChangeHash,
    ) -> Result<Option<Result<StoredChange, Damaged>>, StoreError> {
        Err(StoreError::Closed)
    }

    fn read_document(&self, _: DocumentId) -> Result<DocumentChanges, StoreError> {
        Err(StoreError::Closed)
    }

    fn read_value(&self, _: Option<DocumentId>, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Err(StoreError::Closed)
    }

    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        Err(StoreError::Closed)
    }

    fn reader(&self) -> Result<Box<dyn ChunkReader>, StoreError> {
        Err(StoreError::Closed)
    }
}
