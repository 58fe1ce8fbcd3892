//! What it takes to tell a device's past: a reader of its own and what is not in the store yet.
//!
//! The worker hands it over and goes on; everything is read on the thread that asked.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::{ChangeHash, CompartmentId, DocumentId, StoredChange};
use adjutant_doc::past::Past;
use adjutant_store::{ChunkReader, StoreError};

/// A device's changes, not read yet.
pub(crate) struct PastSource {
    pub(crate) reader: Box<dyn ChunkReader>,
    pub(crate) compartment: Option<CompartmentId>,
    /// Changes in the store that are no longer part of their document.
    pub(crate) withdrawn: BTreeSet<ChangeHash>,
    pub(crate) unsaved: Vec<(DocumentId, StoredChange)>,
}

impl PastSource {
    /// Reads every change. A damaged one tells nothing; the engine has it fetched again.
    pub(crate) fn read(self) -> Result<Past, StoreError> {
        let mut documents: BTreeMap<DocumentId, Vec<StoredChange>> = BTreeMap::new();
        for id in self.reader.documents()? {
            if Some(id.compartment()) == self.compartment {
                let mut changes = self.reader.read_document(id)?.changes;
                changes.retain(|change| !self.withdrawn.contains(&change.meta.hash));
                documents.insert(id, changes);
            }
        }
        for (id, change) in self.unsaved {
            let changes = documents.entry(id).or_default();
            if !changes
                .iter()
                .any(|known| known.meta.hash == change.meta.hash)
            {
                changes.push(change);
            }
        }
        Ok(Past::new(self.compartment, documents))
    }
}
