//! The cache of all records of one document, kept as changes are applied.
//!
//! It holds what [`crate::read`] read; it never reads by itself. The one rule: after every operation on a document it
//! equals what a walk of the whole document would find.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adjutant_base::{ContentHash, RecordId};
use adjutant_model::record::RecordData;

use crate::hash;

/// Names a record within its document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) id: RecordId,
    pub(crate) kind: Arc<str>,
}

/// What was read anew: some records (`None`: there is none any more), or all.
#[derive(Debug)]
pub(crate) enum Reading {
    Some(Vec<(Key, Option<RecordData>)>),
    All(Vec<RecordData>),
}

/// Records by id, then kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records {
    all: BTreeMap<Key, Arc<RecordData>>,
    kinds: BTreeSet<Arc<str>>,
}

impl Records {
    pub(crate) fn get(&self, kind: &str, id: RecordId) -> Option<&Arc<RecordData>> {
        let kind = Arc::clone(self.kinds.get(kind)?);
        self.all.get(&Key { id, kind })
    }

    pub(crate) fn find(&self, key: &Key) -> Option<&Arc<RecordData>> {
        self.all.get(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<RecordData>> {
        self.all.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn content_hash(&self) -> ContentHash {
        hash::document(self.all.values())
    }

    /// Returns the key of a record, sharing the kind's name with the others of its kind.
    pub(crate) fn key(&mut self, kind: &str, id: RecordId) -> Key {
        let kind = if let Some(known) = self.kinds.get(kind) {
            Arc::clone(known)
        } else {
            let new: Arc<str> = Arc::from(kind);
            self.kinds.insert(Arc::clone(&new));
            new
        };
        Key { id, kind }
    }

    /// Takes in what was read and returns the records that are different now.
    pub(crate) fn take_in(&mut self, reading: Reading) -> Vec<Key> {
        match reading {
            Reading::Some(read) => read
                .into_iter()
                .filter_map(|(key, data)| {
                    let key = self.key(&key.kind, key.id);
                    self.set(key, data)
                })
                .collect(),
            Reading::All(read) => {
                let mut gone: BTreeSet<Key> = self.all.keys().cloned().collect();
                let mut different = Vec::new();
                for data in read {
                    let key = self.key(&data.kind, data.id);
                    gone.remove(&key);
                    different.extend(self.set(key, Some(data)));
                }
                different.extend(gone.into_iter().filter_map(|key| self.set(key, None)));
                different
            }
        }
    }

    /// Returns the key if the record is different now.
    fn set(&mut self, key: Key, data: Option<RecordData>) -> Option<Key> {
        let Some(data) = data else {
            return self.all.remove(&key).map(|_gone| key);
        };
        if self.all.get(&key).is_some_and(|known| **known == data) {
            return None;
        }
        self.all.insert(key.clone(), Arc::new(data));
        Some(key)
    }
}
