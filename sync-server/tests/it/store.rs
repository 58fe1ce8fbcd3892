//! A store in memory whose commits a test can hold up or let fail.
//!
//! Everything else about it is the store's own.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use adjutant_base::{ChangeHash, DocumentId, StoredChange};
use adjutant_store::{
    Batch, ChunkReader, ChunkStore, Damaged, DocumentChanges, DocumentMetas, MemoryStore,
    StoreError,
};

pub(crate) struct Gated {
    pub(crate) inner: MemoryStore,
    permits: Receiver<Permit>,
}

/// What becomes of one commit.
pub(crate) enum Permit {
    Commit,
    Fail,
}

/// Returns the store and what opens its gate; each commit waits for one permit.
pub(crate) fn gated() -> (Gated, SyncSender<Permit>) {
    let (permit, permits) = sync_channel(1_000);
    let inner = MemoryStore::new();
    (Gated { inner, permits }, permit)
}

impl ChunkReader for Gated {
    fn documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        self.inner.documents()
    }
    fn read_metas(&self, document: DocumentId) -> Result<DocumentMetas, StoreError> {
        self.inner.read_metas(document)
    }
    fn read_change(
        &self,
        document: DocumentId,
        hash: ChangeHash,
    ) -> Result<Option<Result<StoredChange, Damaged>>, StoreError> {
        self.inner.read_change(document, hash)
    }
    fn read_document(&self, document: DocumentId) -> Result<DocumentChanges, StoreError> {
        self.inner.read_document(document)
    }
    fn read_value(
        &self,
        document: Option<DocumentId>,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.read_value(document, key)
    }
    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        self.inner.damaged()
    }
    fn reader(&self) -> Result<Box<dyn ChunkReader>, StoreError> {
        self.inner.reader()
    }
}

impl ChunkStore for Gated {
    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        match self.permits.recv() {
            Ok(Permit::Commit) => self.inner.commit(batches),
            Ok(Permit::Fail) | Err(_) => Err(StoreError::Closed),
        }
    }
}
