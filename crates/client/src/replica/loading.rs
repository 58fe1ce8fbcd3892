//! Loading documents beside the worker, one on each core: whole ones only.
//!
//! What is made here is taken over by the replica only if it is exactly the version that the replica's graph names, so
//! it does not matter when it was read. Whatever is damaged or has changed meanwhile is left to [`Replica::load`].

use std::collections::BTreeSet;
use std::sync::Mutex;

use adjutant_base::{ChangeHash, DocumentId, StoredChange};
use adjutant_doc::Document;
use adjutant_doc::past::Past;
use adjutant_store::{ChunkReader, StoreError};

use super::{Effects, Replica};

/// Changes that are indexed in one go: some milliseconds.
const INDEXED_AT_ONCE: usize = 200;

/// A document that is to be loaded.
pub(crate) struct Wanted {
    id: DocumentId,
    n_changes: usize,
    withdrawn: BTreeSet<ChangeHash>,
    unsaved: Vec<StoredChange>,
}

/// Documents that are to be loaded, the largest last: it is taken first, so that no core is left with it at the end.
pub(crate) struct Waiting(Mutex<Vec<Wanted>>);

impl Waiting {
    /// Loads the next one; `None` if there is none any more, or the store cannot be read.
    pub(crate) fn load_next(&self, store: &dyn ChunkReader) -> Option<Document> {
        let Wanted {
            id,
            withdrawn,
            unsaved,
            ..
        } = self.0.lock().ok()?.pop()?;
        let mut changes = store.read_document(id).ok()?.changes;
        changes.extend(unsaved);
        changes.retain(|change| !withdrawn.contains(&change.meta.hash));
        Some(Document::load(id, changes).0)
    }

    /// Gives up what has not been begun.
    pub(crate) fn stop(&self) {
        if let Ok(mut wanted) = self.0.lock() {
            wanted.clear();
        }
    }
}

/// Returns how many documents are worth loading at the same time.
pub(crate) fn lanes(n_documents: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.min(n_documents)
}

impl Replica {
    /// Returns what is not in memory, or of that only `these`, and how much that is.
    pub(crate) fn wanted(&mut self, these: Option<&BTreeSet<DocumentId>>) -> (Waiting, usize) {
        let unloaded = self.documents.totals().unloaded.iter();
        let is_wanted = |id: &&DocumentId| these.is_none_or(|these| these.contains(id));
        let ids: Vec<DocumentId> = unloaded.filter(is_wanted).copied().collect();
        let mut wanted: Vec<Wanted> = Vec::new();
        for id in ids {
            let Some(held) = self.documents.get(&id) else {
                continue;
            };
            let mut unsaved = Vec::new();
            self.add_unsaved(id, &mut unsaved);
            wanted.push(Wanted {
                id,
                n_changes: held.graph.len(),
                withdrawn: held.withdrawn.clone(),
                unsaved,
            });
        }
        wanted.sort_by_key(|wanted| wanted.n_changes);
        let count = wanted.len();
        (Waiting(Mutex::new(wanted)), count)
    }

    /// Returns a reader of the store of its own.
    pub(crate) fn reader(&self) -> Result<Box<dyn ChunkReader>, StoreError> {
        self.store.reader()
    }

    /// Takes over a document that was loaded beside, if it is what this replica would load now.
    pub(crate) fn take_loaded(&mut self, document: Document) {
        let id = document.id();
        let Some(held) = self.documents.get_mut(&id) else {
            return;
        };
        let heads = held.graph.heads();
        let is_whole = held.damaged.is_empty()
            && document.heads() == heads
            && document.change_count() == held.graph.len();
        if held.document.is_some() || !is_whole {
            return;
        }
        let is_shown = held
            .cached
            .as_ref()
            .is_some_and(|(cached, _)| *cached == heads);
        if !is_shown {
            for data in document.records() {
                self.board.put(id, data);
            }
        }
        held.document = Some(document.into());
    }

    /// Loads all that is not in memory, or of that only `these`, on all cores.
    pub(super) fn load_all(
        &mut self,
        these: Option<BTreeSet<DocumentId>>,
        effects: &mut Effects,
    ) -> Result<(), StoreError> {
        let (waiting, count) = self.wanted(these.as_ref());
        let readers: Vec<_> = (0..lanes(count))
            .map(|_| self.reader())
            .collect::<Result<_, _>>()?;
        let loaded: Vec<Document> = std::thread::scope(|scope| {
            let waiting = &waiting;
            let lanes: Vec<_> = readers
                .into_iter()
                .map(|reader| {
                    let load = move || {
                        let next = || waiting.load_next(reader.as_ref());
                        std::iter::from_fn(next).collect::<Vec<_>>()
                    };
                    scope.spawn(load)
                })
                .collect();
            let loaded = lanes.into_iter().map(std::thread::ScopedJoinHandle::join);
            // What a lane that panicked had is loaded below.
            loaded.flat_map(Result::unwrap_or_default).collect()
        });
        for document in loaded {
            self.take_loaded(document);
        }
        let unloaded = || self.documents.totals().unloaded.clone();
        for id in these.unwrap_or_else(unloaded) {
            self.load(id, effects)?;
        }
        Ok(())
    }

    /// Tells whether every document is in memory.
    pub(crate) fn is_all_loaded(&mut self) -> bool {
        self.documents.totals().unloaded.is_empty()
    }

    /// Notes which records some of the changes touched that are not noted yet; tells whether there may be more.
    ///
    /// A document that somebody reads meanwhile waits.
    pub(crate) fn index_next(&mut self) -> bool {
        let mut unindexed = self.documents.unindexed();
        let Some(document) = unindexed.next() else {
            return false;
        };
        document.index(INDEXED_AT_ONCE);
        true
    }

    /// Returns everything that this copy ever was; it does not follow later edits.
    pub(crate) fn past(&mut self, effects: &mut Effects) -> Result<Past, StoreError> {
        self.load_all(None, effects)?;
        let documents = self.documents.iter();
        let documents =
            documents.filter_map(|(id, held)| Some((*id, held.document.as_ref()?.clone())));
        Ok(Past::of(self.board.clone().into(), documents))
    }
}
