//! The log of a document: every change in it, each after those that it stands on, and which of them touched a record.
//!
//! From it the versions of the past are named, and the few changes found that a question is about. The one rule: what it
//! says of a change follows from that change and those it stands on, so it is the same on every device; never from the
//! order in which changes came.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::{ChangeHash, RecordId, Timestamp};

/// A place in a log.
pub(crate) type Place = u32;

/// A moment in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

/// One change.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) hash: ChangeHash,
    pub(crate) bytes: Arc<[u8]>,
    /// When it counts as made, in seconds: at its own time or at the latest of those that it stands on, whichever is
    /// later. So what had happened at a moment is always a whole version, whatever clocks said.
    pub(crate) made_s: i64,
    /// How many changes stand below it on the longest way down.
    depth: u32,
    /// Where its dependencies end in `Log::deps`.
    deps_end: usize,
}

/// The changes of a document, and an index of the first of them by record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    entries: Vec<Entry>,
    /// The dependencies of all entries, one after the other.
    deps: Vec<Place>,
    places: BTreeMap<ChangeHash, Place>,
    index: Index,
}

/// Which changes touched a record.
#[derive(Debug, Clone, Default)]
struct Index {
    /// How many entries are in it, from the first.
    len: usize,
    of_record: BTreeMap<RecordId, Vec<Place>>,
    /// Those that make or replace what holds the records: they count for every record.
    of_all: Vec<Place>,
}

/// What one change touches.
#[derive(Debug, Default)]
pub(crate) struct Touches {
    pub(crate) records: std::collections::BTreeSet<RecordId>,
    /// It makes or replaces what holds the records.
    pub(crate) frame: bool,
}

/// Some of the changes of a log, always with all that they stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version(Vec<bool>);

impl Version {
    pub(crate) fn has(&self, place: Place) -> bool {
        let at = usize::try_from(place).unwrap_or(usize::MAX);
        self.0.get(at).copied().unwrap_or(false)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().filter(|is_in| **is_in).count()
    }
}

impl Log {
    /// Enters a change whose dependencies are all in.
    pub(crate) fn push(
        &mut self,
        hash: ChangeHash,
        bytes: Arc<[u8]>,
        time_s: i64,
        deps: impl Iterator<Item = ChangeHash>,
    ) {
        let Ok(place) = Place::try_from(self.entries.len()) else {
            return;
        };
        if self.places.contains_key(&hash) {
            return;
        }
        let (mut made_s, mut depth) = (time_s, 0);
        for dep in deps {
            let Some((dep, below)) = self.find(&dep) else {
                continue;
            };
            made_s = made_s.max(below.made_s);
            depth = depth.max(below.depth.saturating_add(1));
            self.deps.push(dep);
        }
        self.places.insert(hash, place);
        self.entries.push(Entry {
            hash,
            bytes,
            made_s,
            depth,
            deps_end: self.deps.len(),
        });
    }

    fn find(&self, hash: &ChangeHash) -> Option<(Place, &Entry)> {
        let place = *self.places.get(hash)?;
        Some((place, self.entry(place)?))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn contains(&self, hash: &ChangeHash) -> bool {
        self.places.contains_key(hash)
    }

    pub(crate) fn place(&self, hash: &ChangeHash) -> Option<Place> {
        self.places.get(hash).copied()
    }

    pub(crate) fn entry(&self, place: Place) -> Option<&Entry> {
        self.entries.get(usize::try_from(place).ok()?)
    }

    /// Returns all changes with their places, in the order in which they came.
    pub(crate) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (Place, &Entry)> + ExactSizeIterator {
        let place = |at| Place::try_from(at).unwrap_or(Place::MAX);
        let entries = self.entries.iter().enumerate();
        entries.map(move |(at, entry)| (place(at), entry))
    }

    /// Returns what a change stands on.
    fn deps(&self, place: Place) -> &[Place] {
        let before = place.checked_sub(1).and_then(|before| self.entry(before));
        let from = before.map_or(0, |before| before.deps_end);
        let to = self.entry(place).map_or(from, |entry| entry.deps_end);
        self.deps.get(from..to).unwrap_or_default()
    }

    /// Returns the version with these newest changes, as far as they are here.
    ///
    /// Cost: linear in the number of changes, some nanoseconds each.
    pub(crate) fn version(&self, heads: &[ChangeHash]) -> Version {
        let mut is_in = vec![false; self.entries.len()];
        let mut mark = |place: Place| {
            if let Some(is_in) = usize::try_from(place).ok().and_then(|at| is_in.get_mut(at)) {
                return !std::mem::replace(is_in, true);
            }
            false
        };
        let mut waiting: Vec<Place> = Vec::new();
        waiting.extend(heads.iter().filter_map(|head| self.place(head)));
        waiting.retain(|place| mark(*place));
        while let Some(place) = waiting.pop() {
            waiting.extend(self.deps(place).iter().filter(|dep| mark(**dep)));
        }
        Version(is_in)
    }

    /// Returns the version of a moment: all that had happened by then.
    pub(crate) fn version_of(&self, moment: Moment) -> Version {
        let limit_s = moment.0.0.div_euclid(1_000);
        let made = self.entries.iter().map(|entry| entry.made_s <= limit_s);
        Version(made.collect())
    }

    /// Returns the newest changes of a version, sorted.
    pub(crate) fn heads(&self, version: &Version) -> Vec<ChangeHash> {
        let mut is_head = version.0.clone();
        for (place, _) in self.iter().filter(|(place, _)| version.has(*place)) {
            for dep in self.deps(place) {
                if let Some(is_head) = usize::try_from(*dep)
                    .ok()
                    .and_then(|at| is_head.get_mut(at))
                {
                    *is_head = false;
                }
            }
        }
        let heads = self.entries.iter().zip(is_head);
        let mut heads: Vec<ChangeHash> = heads
            .filter(|(_, is_head)| *is_head)
            .map(|(entry, _)| entry.hash)
            .collect();
        heads.sort_unstable();
        heads
    }

    /// Returns the changes that stand, at any distance, on one.
    pub(crate) fn above(&self, below: Place) -> Vec<Place> {
        let mut is_above = vec![false; self.entries.len()];
        let mut above = Vec::new();
        for (place, _) in self.iter() {
            let stands_on = |dep: &Place| {
                let at = usize::try_from(*dep).unwrap_or(usize::MAX);
                *dep == below || is_above.get(at).copied().unwrap_or(false)
            };
            let is_follower = self.deps(place).iter().any(stands_on);
            if is_follower
                && let Some(is_above) = usize::try_from(place)
                    .ok()
                    .and_then(|at| is_above.get_mut(at))
            {
                *is_above = true;
                above.push(place);
            }
        }
        above
    }

    /// Sorts changes as their story is told: each after those that it stands on, by time, and the same on every device.
    pub(crate) fn sort(&self, places: &mut [Place]) {
        places.sort_by_cached_key(|place| {
            let entry = self.entry(*place);
            entry.map(|entry| (entry.made_s, entry.depth, entry.hash))
        });
    }

    /// Returns the changes that may have touched a record: all that touched it, and those that are not indexed yet.
    pub(crate) fn of_record(&self, record: RecordId) -> Vec<Place> {
        let index = &self.index;
        let touching = index.of_record.get(&record).into_iter().flatten();
        let mut places: Vec<Place> = touching.chain(&index.of_all).copied().collect();
        places.extend(self.unindexed().map(|(place, _)| place));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Returns the changes that the index does not have yet, oldest first.
    pub(crate) fn unindexed(&self) -> impl ExactSizeIterator<Item = (Place, &Entry)> {
        self.iter().skip(self.index.len)
    }

    /// Enters what the first changes that are not indexed yet touch.
    pub(crate) fn index(&mut self, touches: impl IntoIterator<Item = Touches>) {
        for touches in touches {
            let Ok(place) = Place::try_from(self.index.len) else {
                return;
            };
            self.index.len = self.index.len.saturating_add(1);
            if touches.frame {
                self.index.of_all.push(place);
            }
            for record in touches.records {
                self.index.of_record.entry(record).or_default().push(place);
            }
        }
    }
}
