//! What a document was and how it came to be, read from the document as it is.
//!
//! Earlier versions are read in place, and only the records that have changed since. The one rule: a version read here
//! is what a document made of exactly its changes would hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use adjutant_base::{ActorId, ChangeHash, DeviceId, RecordId};
use adjutant_model::record::RecordData;
use automerge::Change;

use super::{Document, stored};
use crate::at::At;
use crate::history::{self, Edit};
use crate::incoming::{Fault, Ready};
use crate::log::{Entry, Moment, Place, Version};
use crate::records::{Key, Reading, Records};
use crate::touch::{self, Places};
use crate::trial::{self, guarded};
use crate::walk;

/// The record of a version and what is different in it from today's: `None` for a record that was not there.
pub(crate) struct Look {
    pub(crate) records: Records,
    pub(crate) different: Vec<(Key, Option<Arc<RecordData>>)>,
}

impl Document {
    /// Returns the version with these newest changes, as far as they are here.
    pub(crate) fn version(&self, heads: &[ChangeHash]) -> Version {
        self.log.version(heads)
    }

    /// Returns the version of a moment: all that had happened by then.
    pub(crate) fn version_of(&self, moment: Moment) -> Version {
        self.log.version_of(moment)
    }

    /// Returns the newest changes of a version, sorted.
    pub(crate) fn heads_of(&self, version: &Version) -> Vec<ChangeHash> {
        self.log.heads(version)
    }

    /// Tells whether a change is part of a version.
    pub(crate) fn is_in(&self, version: &Version, change: &ChangeHash) -> bool {
        self.log
            .place(change)
            .is_some_and(|place| version.has(place))
    }

    /// Returns what the document held at a version.
    ///
    /// Cost: reading the records that have changed since, or all in one pass where that is quicker.
    pub(crate) fn look_back(&self, version: &Version) -> Look {
        let mut records = self.records.clone();
        if version.len() == self.log.len() {
            return Look {
                records,
                different: Vec::new(),
            };
        }
        let read = guarded(|| Ok::<_, Fault>(self.read_back(version)));
        // Automerge has refused nothing of these changes before, so they make the version in any case.
        let reading = read.unwrap_or_else(|_panicked| self.made_of(version));
        let different = records.take_in(reading).into_iter().map(|key| {
            let data = records.find(&key).cloned();
            (key, data)
        });
        let different = different.collect();
        Look { records, different }
    }

    fn read_back(&self, version: &Version) -> Reading {
        let heads = self.log.heads(version);
        if heads.is_empty() {
            return Reading::All(Vec::new());
        }
        let heads: Vec<automerge::ChangeHash> = heads
            .iter()
            .map(|hash| automerge::ChangeHash(hash.0))
            .collect();
        let at = At::version(&self.automerge, &heads);
        let (later, n_records) = (self.later(version), self.records.len());
        if trial::is_many(later.len(), n_records) {
            return Reading::All(walk::all(at));
        }
        let later: Vec<Change> = later.into_iter().filter_map(parsed).collect();
        trial::read_touched(&self.automerge, at, &later, n_records)
    }

    fn later(&self, version: &Version) -> Vec<&Entry> {
        let all = self.log.iter();
        all.filter(|(place, _)| !version.has(*place))
            .map(|(_, entry)| entry)
            .collect()
    }

    fn made_of(&self, version: &Version) -> Reading {
        let all = self.log.iter();
        let changes = all
            .filter(|(place, _)| version.has(*place))
            .filter_map(|(_, entry)| parsed(entry))
            .map(stored);
        let (document, _) = Self::load(self.id, changes);
        let records = document.records();
        Reading::All(records.map(|data| RecordData::clone(data)).collect())
    }

    /// Returns a version as Automerge saves it.
    pub(crate) fn save(&self, version: &Version) -> Vec<u8> {
        if version.len() == self.log.len() {
            return self.automerge.save();
        }
        let all = self.log.iter();
        let kept: Vec<Ready> = all
            .filter(|(place, _)| version.has(*place))
            .filter_map(|(_, entry)| Ready::parse_again(&entry.bytes))
            .collect();
        trial::rebuild(&kept).map_or_else(Vec::new, |document| document.save())
    }

    /// Returns every edit of these records' fields, or of all, that `wants` says to tell, oldest first; the same on every
    /// device.
    ///
    /// Cost: about 1 us for each operation of the changes that touched the records. Changes that are not indexed yet
    /// ([`Self::index`]) are all looked at.
    pub(crate) fn story(
        &self,
        records: Option<&BTreeSet<RecordId>>,
        wants: impl Fn(&str, RecordId) -> bool,
    ) -> Vec<Edit> {
        let mut places: Vec<Place> = match records {
            None => self.log.iter().map(|(place, _)| place).collect(),
            Some(records) => {
                let touching = records.iter();
                let touching: BTreeSet<Place> = touching
                    .flat_map(|record| self.log.of_record(*record))
                    .collect();
                touching.into_iter().collect()
            }
        };
        self.log.sort(&mut places);
        let entries = places.iter().filter_map(|place| self.log.entry(*place));
        history::story(entries, |kind, record| {
            records.is_none_or(|records| records.contains(&record)) && wants(kind, record)
        })
    }

    /// Returns the records that a command touched, told by its id.
    ///
    /// Cost: a search through the bytes of all changes.
    pub(crate) fn records_of_command(&self, id: RecordId) -> BTreeSet<RecordId> {
        let (text, mut places) = (id.to_string(), Places::default());
        let entries = self.log.iter().map(|(_, entry)| entry);
        let candidates = entries.filter(|entry| may_say(&entry.bytes, text.as_bytes()));
        let of_command = candidates
            .filter_map(parsed)
            .filter(|change| history::command_of(change).1 == Some(id));
        of_command
            .flat_map(|change| touch::by_change(&self.automerge, &change, &mut places).records)
            .collect()
    }

    /// Notes which records the next `limit` changes touched, so that a record's story is found at once; tells whether
    /// there are more.
    ///
    /// Cost: some 10 us a change.
    pub fn index(&mut self, limit: usize) -> bool {
        let mut places = Places::default();
        let next = self.log.unindexed().take(limit);
        let touches: Vec<_> = next
            .map(|(_, entry)| {
                let change = parsed(entry);
                change.map_or_else(Default::default, |change| {
                    touch::by_change(&self.automerge, &change, &mut places)
                })
            })
            .collect();
        self.log.index(touches);
        self.log.unindexed().len() > 0
    }

    /// Tells whether [`Self::index`] has something to do.
    pub fn is_indexed(&self) -> bool {
        self.log.unindexed().len() == 0
    }

    /// Returns the devices that have made a change on top of this one.
    pub(crate) fn built_on(&self, change: &ChangeHash) -> BTreeSet<DeviceId> {
        let below = self.log.place(change);
        let above = below.map_or_else(Vec::new, |below| self.log.above(below));
        let hashes = above.iter().filter_map(|place| self.log.entry(*place));
        hashes
            .filter_map(|entry| {
                let hash = automerge::ChangeHash(entry.hash.0);
                let meta = self.automerge.get_change_meta_by_hash(&hash)?;
                ActorId::try_from(meta.actor.to_bytes()).ok()
            })
            .map(|actor| actor.device())
            .collect()
    }
}

/// Reads a change that was read before.
fn parsed(entry: &Entry) -> Option<Change> {
    Ready::parse_again(&entry.bytes).map(|ready| ready.change)
}

/// Tells whether a change can hold a text: it does, or it is compressed.
fn may_say(bytes: &[u8], text: &[u8]) -> bool {
    /// Where the kind of a chunk stands, and a compressed change's.
    const KIND: (usize, u8) = (8, 2);
    bytes.get(KIND.0) == Some(&KIND.1) || bytes.windows(text.len()).any(|part| part == text)
}
