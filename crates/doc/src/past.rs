//! Everything that a workspace's documents ever were: its board at any moment, and the story of its records.
//!
//! Made from the changes of all documents and then only read; the documents themselves are not needed and not touched.
//! The one rule: the board of a moment is made from exactly the changes that had happened then, by the same code as the
//! board of today.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use adjutant_base::{
    ActorId, ChangeHash, CompartmentId, ContentHash, DeviceId, DocumentId, RecordId, StoredChange,
};
use adjutant_model::Board;
use adjutant_model::record::RecordData;

use crate::Document;
use crate::history::{self, Edit, Moment};

/// The changes of all documents of one compartment.
#[derive(Debug, Clone, Default)]
pub struct Past {
    compartment: Option<CompartmentId>,
    documents: BTreeMap<DocumentId, Vec<StoredChange>>,
}

/// Returns the changes that a set names, in their order.
fn those_of(changes: &[StoredChange], names: &BTreeSet<ChangeHash>) -> Vec<StoredChange> {
    let named = changes
        .iter()
        .filter(|change| names.contains(&change.meta.hash));
    named.cloned().collect()
}

/// A workspace at one moment: nothing in it can be edited.
#[derive(Debug, Clone, Default)]
pub struct Version {
    /// All records.
    pub board: Arc<Board>,
    /// The exact versions of the documents that existed, sorted by id.
    pub documents: Vec<DocumentVersion>,
}

/// The exact version of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentVersion {
    /// The document.
    pub document: DocumentId,
    /// Its newest changes, sorted.
    pub heads: Vec<ChangeHash>,
    /// How many changes it is made of.
    pub changes: usize,
    /// BLAKE3 over its records.
    pub content_hash: ContentHash,
}

impl DocumentVersion {
    fn of(document: &Document) -> Self {
        Self {
            document: document.id(),
            heads: document.heads(),
            changes: document.change_count(),
            content_hash: document.content_hash(),
        }
    }
}

/// An edit with the document in which it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The document.
    pub document: DocumentId,
    /// The edit.
    pub edit: Edit,
}

impl Past {
    /// Returns the past that these changes make; documents of other compartments are left out.
    pub fn new(
        compartment: Option<CompartmentId>,
        documents: impl IntoIterator<Item = (DocumentId, Vec<StoredChange>)>,
    ) -> Self {
        let documents = documents
            .into_iter()
            .filter(|(id, _)| Some(id.compartment()) == compartment);
        Self {
            compartment,
            documents: documents.collect(),
        }
    }

    /// Returns the workspace as it was at a moment, with every change in it that had happened by then.
    ///
    /// Cost: loading the changes up to then, shared out over the machine's cores.
    pub fn as_of(&self, moment: Moment) -> Version {
        self.version(|_, changes| {
            let metas = changes.iter().map(|change| &change.meta);
            let happened = history::as_of(metas, moment);
            those_of(changes, &happened)
        })
    }

    /// Returns the workspace with all changes.
    pub fn newest(&self) -> Version {
        self.version(|_, changes| changes.to_vec())
    }

    /// Returns the workspace as somebody saw it who had read each document up to these heads, and nothing of any other.
    pub fn as_seen(&self, seen: &BTreeMap<DocumentId, Vec<ChangeHash>>) -> Version {
        self.version(|id, changes| {
            let heads = seen.get(&id).map_or(&[][..], Vec::as_slice);
            let metas = changes.iter().map(|change| &change.meta);
            let read = history::ancestors(metas, heads);
            those_of(changes, &read)
        })
    }

    /// Returns the past of one document alone.
    #[must_use]
    pub fn only(&self, document: DocumentId) -> Self {
        let changes = self.documents.get(&document).cloned();
        Self {
            compartment: self.compartment,
            documents: changes
                .into_iter()
                .map(|changes| (document, changes))
                .collect(),
        }
    }

    /// Returns how many changes of a document are not part of the version with these heads.
    pub fn count_beyond(&self, document: DocumentId, heads: &[ChangeHash]) -> usize {
        let changes = self.changes(document);
        let covered = history::ancestors(changes.iter().map(|change| &change.meta), heads);
        changes.len().saturating_sub(covered.len())
    }

    /// Tells whether a change of a document is part of the version with these heads.
    pub fn covers(&self, document: DocumentId, heads: &[ChangeHash], change: ChangeHash) -> bool {
        let metas = self.changes(document).iter().map(|change| &change.meta);
        history::ancestors(metas, heads).contains(&change)
    }

    /// Returns the devices that have made a change on top of this one: they have certainly received it.
    pub fn built_on(&self, document: DocumentId, change: ChangeHash) -> BTreeSet<DeviceId> {
        let changes = self.changes(document);
        let mut followers: BTreeMap<ChangeHash, Vec<&StoredChange>> = BTreeMap::new();
        for follower in changes {
            for dep in &follower.meta.deps {
                followers.entry(*dep).or_default().push(follower);
            }
        }
        let (mut devices, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut waiting = vec![change];
        while let Some(hash) = waiting.pop() {
            for follower in followers.remove(&hash).unwrap_or_default() {
                if let Ok(actor) = ActorId::try_from(&*follower.meta.actor) {
                    devices.insert(actor.device());
                }
                if seen.insert(follower.meta.hash) {
                    waiting.push(follower.meta.hash);
                }
            }
        }
        devices
    }

    /// Returns every document as Automerge saves it, in one version if one is given: any Automerge program reads it.
    ///
    /// Cost: as of a version, and compressing it.
    pub fn saved(&self, version: Option<&Version>) -> Vec<(DocumentId, Vec<u8>)> {
        let kept = |id: DocumentId, changes: &[StoredChange]| -> Vec<StoredChange> {
            let Some(version) = version else {
                return changes.to_vec();
            };
            let of_document = version.documents.iter().find(|known| known.document == id);
            let heads = of_document.map_or(&[][..], |known| known.heads.as_slice());
            let metas = changes.iter().map(|change| &change.meta);
            let covered = history::ancestors(metas, heads);
            those_of(changes, &covered)
        };
        let all = self.documents.iter().map(|(id, changes)| {
            let (document, _) = Document::load(*id, kept(*id, changes));
            (*id, document)
        });
        all.filter(|(_, document)| document.change_count() > 0)
            .map(|(id, document)| (id, document.save()))
            .collect()
    }

    fn changes(&self, document: DocumentId) -> &[StoredChange] {
        self.documents.get(&document).map_or(&[], Vec::as_slice)
    }

    /// Tells whether every one of these changes of a document is here.
    pub fn knows(&self, document: DocumentId, heads: &[ChangeHash]) -> bool {
        let changes = self.changes(document);
        let known: BTreeSet<ChangeHash> = changes.iter().map(|change| change.meta.hash).collect();
        heads.iter().all(|head| known.contains(head))
    }

    fn version(
        &self,
        pick: impl Fn(DocumentId, &[StoredChange]) -> Vec<StoredChange> + Sync,
    ) -> Version {
        // The largest first, so that no core is left with it at the end.
        let mut waiting: Vec<_> = self.documents.iter().collect();
        waiting.sort_by_key(|(_, changes)| changes.len());
        let waiting = Mutex::new(waiting);
        let next = || waiting.lock().ok().and_then(|mut waiting| waiting.pop());
        let work = || {
            let mut done: Vec<(DocumentVersion, Vec<Arc<RecordData>>)> = Vec::new();
            while let Some((id, changes)) = next() {
                let (document, _) = Document::load(*id, pick(*id, changes));
                if document.change_count() > 0 {
                    let records = document.records().cloned().collect();
                    done.push((DocumentVersion::of(&document), records));
                }
            }
            done
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut done: Vec<_> = std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for helper in helpers {
                // A change that panics is kept out under a guard, so that none of them ends early.
                done.extend(helper.join().unwrap_or_default());
            }
            done
        });
        done.sort_by_key(|(version, _)| version.document);
        let mut board = Board {
            compartment: self.compartment,
            ..Board::default()
        };
        for (version, records) in &done {
            for record in records {
                board.put(version.document, record);
            }
        }
        Version {
            board: Arc::new(board),
            documents: done.into_iter().map(|(version, _)| version).collect(),
        }
    }

    /// Returns the edits of one record, oldest first, wherever it has ever lived.
    ///
    /// Cost: the operations of the documents it is in, about 1 us each.
    pub fn story_of(&self, record: RecordId) -> Vec<Told> {
        self.story(|_, id| id == record)
    }

    /// Returns every edit that `wants` says to tell, oldest first; of different documents by time.
    pub fn story(&self, wants: impl Fn(&str, RecordId) -> bool) -> Vec<Told> {
        let mut told: Vec<Told> = Vec::new();
        for (document, changes) in &self.documents {
            let edits = history::story(changes, &wants);
            told.extend(edits.into_iter().map(|edit| Told {
                document: *document,
                edit,
            }));
        }
        // Stable, and by a time that never lies before what an edit stands on: edits of one document stay in order.
        told.sort_by_key(|told| told.edit.made_at);
        told
    }
}
