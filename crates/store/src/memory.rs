//! A store in memory: for tests of others, with the same contract as the one on disk.
//!
//! Not for data that anybody wants back. Clones share their content; `damage` plants what a disk would do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adjutant_base::{ChangeHash, DocumentId, StoredChange};

use crate::chunks::{
    Batch, ChunkReader, ChunkStore, DamageReason, Damaged, DocumentChanges, DocumentMetas,
    StoreError,
};

/// A store whose content is gone when its last clone is dropped.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    content: Arc<Mutex<Content>>,
}

#[derive(Debug, Default)]
struct Content {
    documents: BTreeMap<DocumentId, Vec<Row>>,
    /// What `documents` holds, by name.
    names: BTreeSet<(DocumentId, ChangeHash)>,
    values: BTreeMap<(Option<DocumentId>, String), Vec<u8>>,
    quarantine: BTreeMap<(DocumentId, ChangeHash), DamageReason>,
}

#[derive(Debug)]
struct Row {
    change: StoredChange,
    is_damaged: bool,
}

impl MemoryStore {
    /// Returns an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the bytes of a stored change fail their next verification, as a flipped bit on a disk would.
    pub fn damage(&self, document: DocumentId, hash: ChangeHash) {
        for row in self.lock().documents.entry(document).or_default() {
            row.is_damaged |= row.change.meta.hash == hash;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        // Every change of the content is complete at each step, so a panic elsewhere leaves it whole.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Moves the damaged rows of a document for which `wanted` holds into quarantine and returns them.
    fn quarantine(
        &mut self,
        document: DocumentId,
        wanted: impl Fn(ChangeHash) -> bool,
    ) -> Vec<Damaged> {
        let mut damaged = Vec::new();
        let Some(rows) = self.documents.get_mut(&document) else {
            return damaged;
        };
        rows.retain(|row| {
            let hash = row.change.meta.hash;
            let stays = !(row.is_damaged && wanted(hash));
            if !stays {
                damaged.push(Damaged {
                    document,
                    hash,
                    reason: DamageReason::Bytes,
                });
            }
            stays
        });
        if rows.is_empty() {
            self.documents.remove(&document);
        }
        for one in &damaged {
            self.names.remove(&(document, one.hash));
            self.quarantine.insert((document, one.hash), one.reason);
        }
        damaged
    }
}

impl ChunkReader for MemoryStore {
    fn documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        Ok(self.lock().documents.keys().copied().collect())
    }

    fn read_metas(&self, document: DocumentId) -> Result<DocumentMetas, StoreError> {
        let content = self.lock();
        let rows = content.documents.get(&document).into_iter().flatten();
        Ok(DocumentMetas {
            metas: rows.map(|row| row.change.meta.clone()).collect(),
            damaged: Vec::new(),
        })
    }

    fn read_change(
        &self,
        document: DocumentId,
        hash: ChangeHash,
    ) -> Result<Option<Result<StoredChange, Damaged>>, StoreError> {
        let mut content = self.lock();
        if let Some(damaged) = content
            .quarantine(document, |other| other == hash)
            .into_iter()
            .next()
        {
            return Ok(Some(Err(damaged)));
        }
        let rows = content.documents.get(&document).into_iter().flatten();
        Ok(rows
            .map(|row| &row.change)
            .find(|change| change.meta.hash == hash)
            .map(|change| Ok(change.clone())))
    }

    fn read_document(&self, document: DocumentId) -> Result<DocumentChanges, StoreError> {
        let mut content = self.lock();
        let damaged = content.quarantine(document, |_any| true);
        let rows = content.documents.get(&document).into_iter().flatten();
        Ok(DocumentChanges {
            changes: rows.map(|row| row.change.clone()).collect(),
            damaged,
        })
    }

    fn read_value(
        &self,
        document: Option<DocumentId>,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.lock().values.get(&(document, key.to_owned())).cloned())
    }

    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        let content = self.lock();
        Ok(content
            .quarantine
            .iter()
            .map(|((document, hash), reason)| Damaged {
                document: *document,
                hash: *hash,
                reason: *reason,
            })
            .collect())
    }

    fn reader(&self) -> Result<Box<dyn ChunkReader>, StoreError> {
        Ok(Box::new(self.clone()))
    }
}

impl ChunkStore for MemoryStore {
    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        let mut content = self.lock();
        for batch in batches {
            for (document, change) in &batch.changes {
                let name = (*document, change.meta.hash);
                content.quarantine.remove(&name);
                if content.names.insert(name) {
                    content.documents.entry(*document).or_default().push(Row {
                        change: change.clone(),
                        is_damaged: false,
                    });
                }
            }
            for value in &batch.values {
                let name = (value.document, value.key.clone());
                match &value.bytes {
                    Some(bytes) => content.values.insert(name, bytes.clone()),
                    None => content.values.remove(&name),
                };
            }
        }
        Ok(())
    }
}
