//! Everything that a workspace's documents ever were: its board at any moment, and the story of its records.
//!
//! Read from the documents as they are, which it shares with whoever holds them: they may be edited on meanwhile, and
//! this stays as it was. The one rule: the board of a moment is what the board of that day was, made by the same code
//! from exactly the changes that had happened then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use adjutant_base::{
    ChangeHash, CompartmentId, ContentHash, DeviceId, DocumentId, RecordId, StoredChange,
};
use adjutant_model::{Board, Kind};

use crate::Document;
use crate::document::Look;
use crate::history::{Edit, Moment};
use crate::log;

/// The documents of one compartment with all their changes, and the board that they make.
#[derive(Debug, Clone, Default)]
pub struct Past {
    board: Arc<Board>,
    documents: BTreeMap<DocumentId, Arc<Document>>,
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

/// An edit with the document in which it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The document.
    pub document: DocumentId,
    /// The edit.
    pub edit: Edit,
}

impl Past {
    /// Returns the past of these documents; `board` is what all of them together make.
    pub fn of(
        board: Arc<Board>,
        documents: impl IntoIterator<Item = (DocumentId, Arc<Document>)>,
    ) -> Self {
        Self {
            board,
            documents: documents.into_iter().collect(),
        }
    }

    /// Returns the past that these changes make; documents of other compartments are left out.
    ///
    /// Cost: loading all of them, shared out over the machine's cores.
    pub fn new(
        compartment: Option<CompartmentId>,
        documents: impl IntoIterator<Item = (DocumentId, Vec<StoredChange>)>,
    ) -> Self {
        let documents = documents
            .into_iter()
            .filter(|(id, _)| Some(id.compartment()) == compartment);
        let documents = on_all_cores(documents.collect(), |(id, changes)| {
            (id, Arc::new(Document::load(id, changes).0))
        });
        let mut board = Board {
            compartment,
            ..Board::default()
        };
        for (id, document) in &documents {
            for record in document.records() {
                board.put(*id, record);
            }
        }
        Self::of(Arc::new(board), documents)
    }

    /// Returns the workspace as it was at a moment, with every change in it that had happened by then.
    ///
    /// Cost: reading the records that have changed since, shared out over the machine's cores.
    pub fn as_of(&self, moment: Moment) -> Version {
        self.version(|_, document| document.version_of(moment))
    }

    /// Returns the workspace with all changes.
    pub fn newest(&self) -> Version {
        self.version(|_, document| document.version(&document.heads()))
    }

    /// Returns the workspace as somebody saw it who had read each document up to these heads, and nothing of any other.
    ///
    /// Cost: reading the records that have changed since, shared out over the machine's cores.
    pub fn as_seen(&self, seen: &BTreeMap<DocumentId, Vec<ChangeHash>>) -> Version {
        self.version(|id, document| {
            let heads = seen.get(&id).map_or(&[][..], Vec::as_slice);
            document.version(heads)
        })
    }

    /// Returns the workspace as it is, with one document as it was with these heads.
    pub fn with(&self, document: DocumentId, heads: &[ChangeHash]) -> Version {
        self.version(|id, held| {
            if id == document {
                held.version(heads)
            } else {
                held.version(&held.heads())
            }
        })
    }

    /// Returns the board with all changes.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// Returns how many changes of a document are not part of the version with these heads.
    pub fn count_beyond(&self, document: DocumentId, heads: &[ChangeHash]) -> usize {
        self.documents.get(&document).map_or(0, |held| {
            let covered = held.version(heads).len();
            held.change_count().saturating_sub(covered)
        })
    }

    /// Tells whether a change of a document is part of the version with these heads.
    pub fn covers(&self, document: DocumentId, heads: &[ChangeHash], change: ChangeHash) -> bool {
        let held = self.documents.get(&document);
        held.is_some_and(|held| held.is_in(&held.version(heads), &change))
    }

    /// Returns the devices that have made a change on top of this one: they have certainly received it.
    pub fn built_on(&self, document: DocumentId, change: ChangeHash) -> BTreeSet<DeviceId> {
        let held = self.documents.get(&document);
        held.map_or_else(BTreeSet::new, |held| held.built_on(&change))
    }

    /// Returns every document as Automerge saves it, in one version if one is given: any Automerge program reads it.
    ///
    /// Cost: compressing it; as of a version, loading its changes as well.
    pub fn saved(&self, version: Option<&Version>) -> Vec<(DocumentId, Vec<u8>)> {
        let heads_of = |document: &Document| match version {
            None => document.heads(),
            Some(version) => {
                let mut known = version.documents.iter();
                let known = known.find(|known| known.document == document.id());
                known.map_or_else(Vec::new, |known| known.heads.clone())
            }
        };
        let kept = self
            .documents
            .iter()
            .map(|(id, document)| (*id, document, document.version(&heads_of(document))));
        kept.filter(|(.., version)| version.len() > 0)
            .map(|(id, document, version)| (id, document.save(&version)))
            .collect()
    }

    /// Tells whether every one of these changes of a document is here.
    pub fn knows(&self, document: DocumentId, heads: &[ChangeHash]) -> bool {
        let held = self.documents.get(&document);
        let is_known = |head| held.is_some_and(|held| held.contains(head));
        heads.iter().all(is_known)
    }

    fn version(&self, pick: impl Fn(DocumentId, &Document) -> log::Version + Sync) -> Version {
        let mut waiting: Vec<_> = self.documents.iter().collect();
        waiting.sort_by_key(|(_, document)| document.change_count());
        let mut seen = on_all_cores(waiting, |(id, document)| {
            let picked = pick(*id, document);
            let look = document.look_back(&picked);
            let version = DocumentVersion {
                document: *id,
                heads: document.heads_of(&picked),
                changes: picked.len(),
                content_hash: look.records.content_hash(),
            };
            (version, look)
        });
        seen.sort_by_key(|(version, _)| version.document);
        let board = if seen.iter().all(|(_, look)| look.different.is_empty()) {
            Arc::clone(&self.board)
        } else {
            let mut board = Board::clone(&self.board);
            put_back(&mut board, &seen);
            Arc::new(board)
        };
        let documents = seen.into_iter().map(|(version, _)| version);
        Version {
            board,
            documents: documents.filter(|version| version.changes > 0).collect(),
        }
    }

    /// Returns the edits of one record, oldest first, wherever it has ever lived.
    ///
    /// Cost: the operations of the changes that touched it, about 1 us each; of documents that are not indexed yet
    /// ([`Document::index`]) all changes are looked at.
    pub fn story_of(&self, record: RecordId) -> Vec<Told> {
        self.told(|document| document.story(Some(&[record].into()), |_, _| true))
    }

    /// Returns the edits of all records that a command touched, told by its id; nothing if there is no such command.
    pub fn stories_of_command(&self, id: RecordId) -> Vec<Told> {
        let documents = self.documents.values();
        let touched: BTreeSet<RecordId> = documents
            .flat_map(|document| document.records_of_command(id))
            .collect();
        self.told(|document| document.story(Some(&touched), |_, _| true))
    }

    /// Returns every edit that `wants` says to tell, oldest first; of different documents by time.
    pub fn story(&self, wants: impl Fn(&str, RecordId) -> bool) -> Vec<Told> {
        self.told(|document| document.story(None, &wants))
    }

    fn told(&self, edits: impl Fn(&Document) -> Vec<Edit>) -> Vec<Told> {
        let mut told: Vec<Told> = Vec::new();
        for (id, document) in &self.documents {
            told.extend(edits(document).into_iter().map(|edit| Told {
                document: *id,
                edit,
            }));
        }
        // Stable, and by a time that never lies before what an edit stands on: edits of one document stay in order.
        told.sort_by_key(|told| told.edit.made_at);
        told
    }
}

/// Puts on a board of today what was otherwise at a version.
fn put_back(board: &mut Board, seen: &[(DocumentVersion, Look)]) {
    let shared = shared(seen);
    for (version, look) in seen {
        for (key, data) in &look.different {
            if shared.binary_search(&key.id).is_ok() {
                continue;
            }
            match data {
                Some(data) => board.put(version.document, data),
                None => board.forget(version.document, &key.kind, key.id),
            }
        }
    }
    // Which document a record counts from is told anew where it stands in several.
    let different = seen.iter().flat_map(|(_, look)| &look.different);
    let again = different.filter(|(key, _)| shared.binary_search(&key.id).is_ok());
    let again: BTreeSet<_> = again.map(|(key, _)| key).collect();
    for key in again {
        let shown = Kind::from_name(&key.kind).and_then(|kind| board.document_of(kind, key.id));
        if let Some(shown) = shown {
            board.forget(shown, &key.kind, key.id);
        }
        for (version, look) in seen {
            if let Some(data) = look.records.find(key) {
                board.put(version.document, data);
            }
        }
    }
}

/// Returns the ids of records that stand in several documents, now or at the version, sorted.
fn shared(seen: &[(DocumentVersion, Look)]) -> Vec<RecordId> {
    let mut ids: Vec<RecordId> = Vec::new();
    for (_, look) in seen {
        let gone = look.different.iter().filter(|(_, data)| data.is_none());
        ids.extend(gone.map(|(key, _)| key.id));
        ids.extend(look.records.iter().map(|data| data.id));
    }
    ids.sort_unstable();
    let twice = ids.windows(2).filter_map(|pair| match pair {
        [first, second] if first == second => Some(*first),
        _ => None,
    });
    let mut shared: Vec<RecordId> = twice.collect();
    shared.dedup();
    shared
}

/// Does `work` on every item, the last first, shared out over the machine's cores; the outcomes come in any order.
fn on_all_cores<T: Send, R: Send>(waiting: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cores = cores.min(waiting.len());
    let waiting = Mutex::new(waiting);
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.pop());
    let work = || {
        let mut done = Vec::new();
        while let Some(item) = next() {
            done.push(work(item));
        }
        done
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for helper in helpers {
            // A change that panics is kept out under a guard, so that none of them ends early.
            done.extend(helper.join().unwrap_or_default());
        }
        done
    })
}
