//! One document: its changes, its Automerge state and the cache of its records, always in step.
//!
//! Three ways in: [`Document::write`] for this device's commands, [`Document::apply`] for changes from elsewhere,
//! [`Document::apply_snapshot`] for a whole document from the relay. The one rule: whatever comes in, the document can
//! be loaded again from its changes and says the same as every other copy that has them.

mod past;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use adjutant_base::{
    ActorId, ChangeHash, ChangeMeta, ContentHash, DocumentId, RecordId, StoredChange, Timestamp,
};
use adjutant_model::record::{RecordData, Write};
use adjutant_model::value::Raw;
use automerge::{Automerge, AutomergeError, Change, ReadDoc as _};

use crate::at::At;
use crate::incoming::{Fault, Quarantined, Ready, Waiting};
use crate::log::Log;
use crate::records::{Key, Reading, Records};
use crate::skeleton;
use crate::snapshot::{self, SnapshotError};
use crate::trial::{self, guarded};
use crate::write::{self, RecordPlan, WriteError};

pub(crate) use past::Look;

/// Who writes, why and when: goes into every change and cannot be added later.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// The line of changes that the new ones continue.
    pub actor: ActorId,
    /// The command's name and what it is about; becomes the change's message.
    pub command: &'a str,
    /// When the author says it is; shown to people, never used for order.
    pub time: Timestamp,
}

/// What a write did.
#[derive(Debug, Default)]
pub struct Committed {
    /// The changes made, each after those it stands on; empty if everything already stood as written.
    pub changes: Vec<StoredChange>,
    /// The records that are different now.
    pub touched: Vec<Arc<RecordData>>,
    /// Each write that changed something, with the value that stood before ([`Raw::Null`] if none): writing those back
    /// undoes it.
    pub replaced: Vec<(Write, Raw)>,
    /// What changes from elsewhere did that had waited for a fixed change which this write laid. Nearly always `None`.
    pub unlocked: Option<Applied>,
}

/// What changes from elsewhere did.
#[derive(Debug, Default)]
pub struct Applied {
    /// The records that are different now.
    pub touched: Vec<Arc<RecordData>>,
    /// Records that are there no more, by kind and id: only a foreign program removes one.
    pub gone: Vec<(String, RecordId)>,
    /// The document's newest changes afterwards, sorted.
    pub heads: Vec<ChangeHash>,
    /// The changes among these (and among those that waited for them) that are kept out.
    pub quarantined: Vec<Quarantined>,
    /// Changes that others wait for, sorted: ask for them.
    pub missing: Vec<ChangeHash>,
    /// Changes for which there is no room to wait: bring them again when the missing ones have come.
    pub turned_away: Vec<ChangeHash>,
}

/// One document with its records, read and written only through its methods. A clone goes its own way from there.
#[derive(Clone)]
pub struct Document {
    id: DocumentId,
    automerge: Automerge,
    /// Every change in `automerge`: what the document is built from anew after a fault, and its past.
    log: Log,
    waiting: Waiting,
    quarantined: BTreeSet<ChangeHash>,
    records: Records,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("id", &self.id)
            .field("changes", &self.log.len())
            .field("waiting", &self.waiting.len())
            .field("quarantined", &self.quarantined.len())
            .field("records", &self.records.len())
            .finish_non_exhaustive()
    }
}

impl Document {
    /// Returns a document that holds nothing, not even the fixed changes: those come with the first write here or from
    /// elsewhere.
    pub fn empty(id: DocumentId) -> Self {
        Self {
            id,
            automerge: trial::blank(),
            log: Log::default(),
            waiting: Waiting::default(),
            quarantined: BTreeSet::new(),
            records: Records::default(),
        }
    }

    /// Returns the document that `changes` make, in any order; [`Applied`] says what is missing and what is kept out.
    ///
    /// Cost: one pass of Automerge over all changes and one over the records.
    pub fn load(
        id: DocumentId,
        changes: impl IntoIterator<Item = StoredChange>,
    ) -> (Self, Applied) {
        let mut document = Self::empty(id);
        let applied = document.apply(changes);
        (document, applied)
    }

    /// Returns the document's id.
    pub fn id(&self) -> DocumentId {
        self.id
    }

    /// Returns the newest changes, sorted: the exact name of this version.
    pub fn heads(&self) -> Vec<ChangeHash> {
        let heads = self.automerge.get_heads();
        heads.into_iter().map(|hash| ChangeHash(hash.0)).collect()
    }

    /// Returns the number of changes that the document is made of.
    pub fn change_count(&self) -> usize {
        self.log.len()
    }

    /// Returns the number of changes that wait for others.
    pub fn waiting_count(&self) -> usize {
        self.waiting.len()
    }

    /// Tells whether the change is part of the document (neither waiting nor kept out).
    pub fn contains(&self, change: &ChangeHash) -> bool {
        self.log.contains(change)
    }

    /// Returns the changes that others wait for, sorted.
    pub fn missing(&self) -> Vec<ChangeHash> {
        self.waiting.missing(|hash| self.log.contains(hash))
    }

    /// Returns one record, deleted ones included.
    pub fn record(&self, kind: &str, id: RecordId) -> Option<Arc<RecordData>> {
        self.records.get(kind, id).cloned()
    }

    /// Returns all records by id, then kind: deleted ones and unknown kinds included.
    pub fn records(&self) -> impl Iterator<Item = &Arc<RecordData>> {
        self.records.iter()
    }

    /// Returns the hash of all that the records say: equal on two devices that show the same.
    ///
    /// Cost: linear in the number of records, about 0.1 us each.
    pub fn content_hash(&self) -> ContentHash {
        self.records.content_hash()
    }

    /// Writes fields, in one change (in several if it would not travel as one), or nothing at all.
    ///
    /// Only what differs is written; a write to a field in conflict settles the conflict even if it repeats the standing
    /// value. [`Raw::Null`] clears a field; a cleared field is as if it had never been written.
    ///
    /// # Errors
    /// [`WriteError`] says what is wrong with which write; the document is then as it was.
    pub fn write(
        &mut self,
        writes: &[Write],
        author: &Author<'_>,
    ) -> Result<Committed, WriteError> {
        let plans = write::plan(self.id, &self.records, writes)?;
        if plans.is_empty() {
            return Ok(Committed::default());
        }
        let replaced = plans
            .iter()
            .flat_map(|plan| plan.replaced(&self.records))
            .collect();
        let keys = plans
            .iter()
            .map(|plan| self.records.key(plan.kind, plan.id))
            .collect();
        let doc = &mut self.automerge;
        let n_records = self.records.len();
        let written = guarded(|| {
            let changes = commit(doc, &plans, author)?;
            let reading = trial::read_some(At::now(doc), keys, n_records);
            Ok::<_, WriteError>((changes, reading))
        });
        let (changes, reading) = match written {
            Ok(written) => written,
            Err(error) => {
                self.build_anew();
                return Err(error);
            }
        };
        let changes: Vec<StoredChange> = changes.into_iter().map(stored).collect();
        for change in &changes {
            self.enter(change);
        }
        let different = self.records.take_in(reading);
        let unlocked = self.release_waiting(&changes);
        let touched = different
            .iter()
            .filter_map(|key| self.records.find(key).cloned())
            .collect();
        Ok(Committed {
            changes,
            touched,
            replaced,
            unlocked,
        })
    }

    /// Takes in changes from elsewhere, in any order, known ones included.
    ///
    /// Those whose dependencies have not come wait here. One that Automerge cannot take in unharmed is kept out with all
    /// that stand on it; the others are applied.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = StoredChange>) -> Applied {
        let mut report = Report::default();
        let ready = self.admit(changes, &mut report);
        self.absorb(ready, &mut report);
        self.finish(report)
    }

    /// Takes in a whole document as the relay sends it to a newcomer, and returns with the outcome the single changes
    /// that were new here, for the store.
    ///
    /// `heads` is what the relay says the chunk's newest changes are.
    ///
    /// # Errors
    /// [`SnapshotError`] if the chunk is not a whole, sound document with these heads; nothing of it is taken in.
    pub fn apply_snapshot(
        &mut self,
        document_chunk: &[u8],
        heads: &[ChangeHash],
    ) -> Result<(Applied, Vec<StoredChange>), SnapshotError> {
        let opened = snapshot::open(document_chunk, heads)?;
        let changes: Vec<StoredChange> = opened
            .changes
            .into_iter()
            .map(stored)
            .filter(|change| !self.log.contains(&change.meta.hash))
            .collect();
        let is_blank = self.log.len() == 0 && self.quarantined.is_empty();
        let mut report = Report::default();
        match opened.records {
            Some(records) if is_blank => {
                self.automerge = opened.automerge;
                report
                    .different
                    .extend(self.records.take_in(Reading::All(records)));
                for change in &changes {
                    self.enter(change);
                }
                let unlocked = self.waiting.release_all(&changes);
                let ready = self.admit(unlocked, &mut report);
                self.absorb(ready, &mut report);
            }
            Some(_) | None => {
                let ready = self.admit(changes.iter().cloned(), &mut report);
                self.absorb(ready, &mut report);
            }
        }
        Ok((self.finish(report), changes))
    }

    /// Takes in what waited for `changes`, if anything did.
    fn release_waiting(&mut self, changes: &[StoredChange]) -> Option<Applied> {
        let unlocked = self.waiting.release_all(changes);
        (!unlocked.is_empty()).then(|| self.apply(unlocked))
    }

    /// Sorts out what has come: returns what can be applied, in causal order; parks or keeps out the rest.
    fn admit(
        &mut self,
        changes: impl IntoIterator<Item = StoredChange>,
        report: &mut Report,
    ) -> Vec<Ready> {
        let mut ready = Vec::new();
        let mut is_ready: BTreeSet<ChangeHash> = BTreeSet::new();
        for change in changes {
            let mut queue = vec![change];
            while let Some(change) = queue.pop() {
                let hash = change.meta.hash;
                if self.is_known(&hash) || is_ready.contains(&hash) {
                    continue;
                }
                if let Some(bad) = change
                    .meta
                    .deps
                    .iter()
                    .find(|dep| self.quarantined.contains(dep))
                {
                    let fault = Fault::Follows(*bad);
                    self.keep_out(&change, fault, report);
                    continue;
                }
                let missing = change
                    .meta
                    .deps
                    .iter()
                    .find(|dep| !self.log.contains(dep) && !is_ready.contains(*dep));
                if let Some(missing) = missing {
                    let no_room = self.waiting.park(*missing, change);
                    report
                        .turned_away
                        .extend(no_room.map(|change| change.meta.hash));
                    continue;
                }
                match Ready::parse(&change) {
                    Ok(parsed) => {
                        is_ready.insert(hash);
                        ready.push(parsed);
                        queue.extend(self.waiting.release(&hash));
                    }
                    Err(fault) => self.keep_out(&change, fault, report),
                }
            }
        }
        ready
    }

    fn is_known(&self, hash: &ChangeHash) -> bool {
        self.log.contains(hash) || self.quarantined.contains(hash) || self.waiting.contains(hash)
    }

    /// Keeps out a change and all that wait for it.
    fn keep_out(&mut self, change: &StoredChange, fault: Fault, report: &mut Report) {
        self.quarantine(
            Quarantined {
                hash: change.meta.hash,
                actor: Arc::clone(&change.meta.actor),
                fault,
            },
            report,
        );
    }

    fn quarantine(&mut self, first: Quarantined, report: &mut Report) {
        let mut queue = vec![first];
        while let Some(bad) = queue.pop() {
            self.quarantined.insert(bad.hash);
            for follower in self.waiting.release(&bad.hash) {
                queue.push(Quarantined {
                    hash: follower.meta.hash,
                    actor: follower.meta.actor,
                    fault: Fault::Follows(bad.hash),
                });
            }
            report.quarantined.push(bad);
        }
    }

    /// Applies changes that are in causal order with all they stand on: at once if all are sound.
    fn absorb(&mut self, ready: Vec<Ready>, report: &mut Report) {
        if ready.is_empty() {
            return;
        }
        match trial::apply(&mut self.automerge, &ready, self.records.len()) {
            Ok(reading) => self.accept(&ready, reading, report),
            Err(_some_are_bad) => self.absorb_sound_ones(ready, report),
        }
    }

    /// Finds the bad changes by halving, and applies all others.
    fn absorb_sound_ones(&mut self, ready: Vec<Ready>, report: &mut Report) {
        let (mut sound, ready) = self.rebuilt_or_all_over(ready, report);
        let mut parts = vec![ready];
        while let Some(mut part) = parts.pop() {
            part.retain(|ready| !self.follows_bad(ready, report));
            let Some(first) = part.first() else { continue };
            let mut attempt = sound.clone();
            match trial::apply(&mut attempt, &part, self.records.len()) {
                Ok(reading) => {
                    sound = attempt;
                    self.accept(&part, reading, report);
                }
                Err(fault) if part.len() == 1 => {
                    let bad = first.quarantined(fault);
                    self.quarantine(bad, report);
                }
                Err(_some_are_bad) => {
                    let second = part.split_off(part.len() / 2);
                    parts.push(second);
                    parts.push(part);
                }
            }
        }
        self.automerge = sound;
    }

    /// Returns the document as it was, and what is still to be applied to it.
    ///
    /// Should Automerge no longer take what it took before, every change is judged anew.
    fn rebuilt_or_all_over(
        &mut self,
        ready: Vec<Ready>,
        report: &mut Report,
    ) -> (Automerge, Vec<Ready>) {
        let mut history = Vec::with_capacity(self.log.len());
        for (_, entry) in self.log.iter() {
            // These bytes were parsed when they came in.
            history.extend(Ready::parse_again(&entry.bytes));
        }
        if let Some(doc) = trial::rebuild(&history) {
            return (doc, ready);
        }
        self.log = Log::default();
        report
            .different
            .extend(self.records.take_in(Reading::All(Vec::new())));
        history.extend(ready);
        (trial::blank(), history)
    }

    fn follows_bad(&mut self, ready: &Ready, report: &mut Report) -> bool {
        let bad = ready
            .change
            .deps()
            .iter()
            .map(|dep| ChangeHash(dep.0))
            .find(|dep| self.quarantined.contains(dep));
        if let Some(bad) = bad {
            let follower = ready.quarantined(Fault::Follows(bad));
            self.quarantine(follower, report);
        }
        bad.is_some()
    }

    fn accept(&mut self, ready: &[Ready], reading: Reading, report: &mut Report) {
        for change in ready {
            let deps = change.change.deps().iter();
            let deps = deps.map(|dep| ChangeHash(dep.0));
            let bytes = Arc::clone(&change.bytes);
            let time_s = change.change.timestamp();
            self.log.push(change.hash, bytes, time_s, deps);
        }
        report.different.extend(self.records.take_in(reading));
    }

    fn enter(&mut self, change: &StoredChange) {
        let StoredChange { meta, bytes } = change;
        let deps = meta.deps.iter().copied();
        self.log
            .push(meta.hash, Arc::clone(bytes), meta.time_s, deps);
    }

    /// Throws the Automerge document away and builds it from the changes.
    fn build_anew(&mut self) {
        let mut report = Report::default();
        self.absorb_sound_ones(Vec::new(), &mut report);
    }

    fn finish(&self, report: Report) -> Applied {
        let mut touched = Vec::new();
        let mut gone = Vec::new();
        for key in report.different {
            match self.records.find(&key) {
                Some(record) => touched.push(Arc::clone(record)),
                None => gone.push((key.kind.to_string(), key.id)),
            }
        }
        Applied {
            touched,
            gone,
            heads: self.heads(),
            quarantined: report.quarantined,
            missing: self.missing(),
            turned_away: report.turned_away,
        }
    }
}

/// What [`Applied`] will say.
#[derive(Default)]
struct Report {
    different: BTreeSet<Key>,
    quarantined: Vec<Quarantined>,
    turned_away: Vec<ChangeHash>,
}

/// Makes the changes that `plans` ask for, with the fixed changes that they stand on, and returns them all.
fn commit(
    doc: &mut Automerge,
    plans: &[RecordPlan<'_>],
    author: &Author<'_>,
) -> Result<Vec<Change>, WriteError> {
    let mut made = skeleton::lay(doc, plans.iter().map(|plan| plan.kind))?;
    doc.set_actor(automerge::ActorId::from(author.actor.as_bytes()));
    for hash in write::carry_out(doc, plans, author)? {
        let change = doc
            .get_change_by_hash(&hash)
            .filter(|change| change.hash() == hash)
            .ok_or(AutomergeError::MissingHash(hash))?;
        made.push(change);
    }
    Ok(made)
}

/// Returns a change with its header, as it is stored and sent.
fn stored(mut change: Change) -> StoredChange {
    let bytes: Arc<[u8]> = Arc::from(&*change.bytes());
    let mut deps: Vec<ChangeHash> = change.deps().iter().map(|dep| ChangeHash(dep.0)).collect();
    deps.sort_unstable();
    StoredChange {
        meta: ChangeMeta {
            hash: ChangeHash(change.hash().0),
            deps,
            actor: Arc::from(change.actor_id().to_bytes()),
            seq: change.seq(),
            start_op: change.start_op().get(),
            op_count: u64::try_from(change.len()).unwrap_or(u64::MAX),
            time_s: change.timestamp(),
            size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        },
        bytes,
    }
}

#[cfg(test)]
mod tests;
