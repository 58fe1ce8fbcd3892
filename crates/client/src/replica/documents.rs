//! All documents of a replica, and how they stand together: counted where something has changed, not over and over.
//!
//! Whoever gets a document to change it may change its counts; those are counted again, and no others. The rule:
//! totals are asked for after every message, so they cost what has changed since and not what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adjutant_base::DocumentId;
use adjutant_doc::Document;

use super::held::Held;

/// The documents by their ids.
#[derive(Default)]
pub(super) struct Documents {
    held: BTreeMap<DocumentId, Held>,
    /// Those whose counts may have changed.
    touched: BTreeSet<DocumentId>,
    counted: BTreeMap<DocumentId, Counts>,
    totals: Totals,
}

/// What one document adds to the totals.
struct Counts {
    waiting: usize,
    is_level: bool,
}

/// What all documents come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// This device's changes that the relay has not said it holds.
    pub(super) waiting: usize,
    /// Documents that differ from the relay's or are not compared since the connection was made.
    pub(super) differing: usize,
    /// Documents of which something could not be read.
    pub(super) damaged: BTreeSet<DocumentId>,
    /// Documents that are not in memory.
    pub(super) unloaded: BTreeSet<DocumentId>,
}

impl Documents {
    pub(super) fn get(&self, id: &DocumentId) -> Option<&Held> {
        self.held.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &DocumentId) -> Option<&mut Held> {
        let held = self.held.get_mut(id)?;
        self.touched.insert(*id);
        Some(held)
    }

    /// Returns the document, an empty one if it was not held.
    pub(super) fn get_or_make(&mut self, id: DocumentId) -> &mut Held {
        self.touched.insert(id);
        let make = || Held::new(Vec::new(), &[], id);
        self.held.entry(id).or_insert_with(make)
    }

    pub(super) fn insert(&mut self, id: DocumentId, held: Held) {
        self.touched.insert(id);
        self.held.insert(id, held);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn contains(&self, id: &DocumentId) -> bool {
        self.held.contains_key(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&DocumentId, &Held)> {
        self.held.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&DocumentId, &mut Held)> {
        self.touched.extend(self.held.keys());
        self.held.iter_mut()
    }

    /// Returns the documents in memory whose changes are not all indexed and that nobody reads. Indexing changes no counts.
    pub(super) fn unindexed(&mut self) -> impl Iterator<Item = &mut Document> {
        let documents = self.held.values_mut();
        let own = documents.filter_map(|held| Arc::get_mut(held.document.as_mut()?));
        own.filter(|document| !document.is_indexed())
    }

    /// Returns the totals. Costs what was touched since the last time.
    pub(super) fn totals(&mut self) -> &Totals {
        for id in std::mem::take(&mut self.touched) {
            self.count(id);
        }
        &self.totals
    }

    fn count(&mut self, id: DocumentId) {
        let Some(held) = self.held.get(&id) else {
            return;
        };
        let counts = Counts {
            waiting: held.waiting,
            is_level: held.is_level(),
        };
        let totals = &mut self.totals;
        totals.waiting = totals.waiting.saturating_add(counts.waiting);
        totals.differing = totals
            .differing
            .saturating_add(usize::from(!counts.is_level));
        for (set, belongs) in [
            (&mut totals.damaged, !held.damaged.is_empty()),
            (&mut totals.unloaded, held.document.is_none()),
        ] {
            if belongs {
                set.insert(id);
            } else {
                set.remove(&id);
            }
        }
        if let Some(before) = self.counted.insert(id, counts) {
            totals.waiting = totals.waiting.saturating_sub(before.waiting);
            totals.differing = totals
                .differing
                .saturating_sub(usize::from(!before.is_level));
        }
    }
}

#[cfg(test)]
mod tests {
    use adjutant_base::{ChangeHash, CompartmentId, DocumentClass};
    use adjutant_store::{DamageReason, Damaged};

    use super::*;

    fn id(number: u16) -> DocumentId {
        let mut name = [0; 9];
        name[..2].copy_from_slice(&number.to_be_bytes());
        DocumentId::new(CompartmentId([1; 6]), DocumentClass::Records, name)
    }

    /// Counts everything, as the totals must come out.
    fn all_counted(documents: &Documents) -> Totals {
        let mut totals = Totals::default();
        for (id, held) in documents.iter() {
            totals.waiting += held.waiting;
            totals.differing += usize::from(!held.is_level());
            if !held.damaged.is_empty() {
                totals.damaged.insert(*id);
            }
            if held.document.is_none() {
                totals.unloaded.insert(*id);
            }
        }
        totals
    }

    #[test]
    fn totals_are_those_of_all_and_only_what_was_touched_is_counted() {
        let mut documents = Documents::default();
        for number in 0..12_000 {
            documents.insert(id(number), Held::new(Vec::new(), &[], id(number)));
        }
        let expected = all_counted(&documents);
        assert_eq!(*documents.totals(), expected);
        assert_eq!(expected.differing, 12_000);
        for number in 0..1_000_u16 {
            let held = documents.get_or_make(id(number * 13));
            held.answered = number % 3 > 0;
            held.waiting = usize::from(number % 7);
            let damaged = Damaged {
                document: id(number),
                hash: ChangeHash([1; 32]),
                reason: DamageReason::Lost,
            };
            held.damaged.extend((number % 5 == 0).then_some(damaged));
            assert_eq!(documents.touched.len(), 1);
            documents.totals();
            assert_eq!(documents.touched.len(), 0);
        }
        let expected = all_counted(&documents);
        assert_eq!(*documents.totals(), expected);
        assert!(expected.waiting > 0 && !expected.damaged.is_empty());
        for (_, held) in documents.iter_mut() {
            (held.answered, held.waiting) = (true, 0);
            held.damaged.clear();
        }
        let expected = all_counted(&documents);
        assert_eq!(*documents.totals(), expected);
        assert_eq!((expected.waiting, expected.differing), (0, 0));
    }
}
