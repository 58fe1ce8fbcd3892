//! One device's copy of a workspace: documents, board, undo, and what is still to be saved and sent.
//!
//! No threads, sockets or waiting: the worker feeds commands and messages in and carries out the [`Effects`] that come
//! back. The one rule: a change is in the board, in the graph and in the effects to be saved, or in none of them.

mod absent;
mod clash;
mod counts;
mod documents;
mod held;
mod loading;
mod membership;
mod remote;
mod rescue;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use absent::AbsentStore;
use adjutant_base::{
    ActorId, ChangeHash, Clock, CompartmentId, ContentHash, DocumentId, RecordId, StoredChange,
    Timestamp,
};
use adjutant_doc::{Applied, Author, Document, Quarantined};
use adjutant_model::record::Write;
use adjutant_model::{Board, Command, Context, Home, Kind, Raw, RecordData};
use adjutant_store::{Batch, ChunkReader, StoreError, Value};
use documents::Documents;
use held::{Held, is_by};
pub(crate) use loading::{Waiting, lanes};

use crate::cache::{self, CachedDocument};
use crate::identity::{Identity, random};
use crate::status::Notice;
use crate::undo::{Step, UndoStack};
use crate::{ExecuteError, Fingerprint, Receipt, Zone};

const COMPARTMENT: &str = "compartment";
const SESSION: &str = "session";
const RELAY_HEADS: &str = "relay_heads";
/// Changes that are in the store and no longer part of their document.
const WITHDRAWN: &str = "withdrawn";

/// What an operation leaves for the worker to do.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// To be made durable as one.
    pub(crate) save: Batch,
    /// Documents about which the relay may have to be told something.
    pub(crate) talk: BTreeSet<DocumentId>,
    /// To be shown to the user.
    pub(crate) notices: Vec<Notice>,
    /// The connection has to be made anew, because a session has ended.
    pub(crate) reconnect: bool,
}

impl Effects {
    fn set(&mut self, document: Option<DocumentId>, key: &str, bytes: Vec<u8>) {
        self.save.values.push(Value {
            document,
            key: key.to_owned(),
            bytes: Some(bytes),
        });
    }
}

/// One device's copy of a workspace.
pub(crate) struct Replica {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    zone: Zone,
    person: String,
    device_name: String,
    identity: Identity,
    store: Box<dyn ChunkReader>,
    compartment: Option<CompartmentId>,
    /// Whether the index may be written: it was made here, or the relay has said what it knows.
    index_is_known: bool,
    documents: Documents,
    /// Changes handed to the store and not yet durable.
    unsaved: BTreeMap<ChangeHash, (DocumentId, StoredChange)>,
    board: Board,
    undo: UndoStack,
    quarantined: usize,
    /// A document lacks changes that were here, perhaps this run's own: the next write needs a new incarnation.
    has_lost: bool,
}

/// Who and where: what a replica is opened with.
pub(crate) struct Setting {
    pub(crate) folder: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) zone: Zone,
    pub(crate) person: String,
    pub(crate) device_name: String,
}

impl Replica {
    /// Reads what the store holds. Documents whose cached records are current stay unloaded.
    ///
    /// `linked` is the compartment of the remembered join link: it counts if the store does not say which it is.
    pub(crate) fn open(
        setting: Setting,
        identity: Identity,
        store: Box<dyn ChunkReader>,
        linked: Option<CompartmentId>,
    ) -> Result<(Self, Effects), StoreError> {
        let mut effects = Effects::default();
        let compartment = read_note(store.as_ref(), None, COMPARTMENT, &mut effects)?;
        let noted = compartment.and_then(|bytes| CompartmentId::try_from(bytes.as_slice()).ok());
        let ids = store.documents()?;
        let compartment = noted.or(linked).or_else(|| most_common(&ids));
        if let Some(compartment) = compartment.filter(|_| noted.is_none()) {
            effects.set(None, COMPARTMENT, compartment.0.to_vec());
        }
        let mut replica = Self {
            folder: setting.folder,
            clock: setting.clock,
            zone: setting.zone,
            person: setting.person,
            device_name: setting.device_name,
            identity,
            store,
            compartment,
            index_is_known: false,
            documents: Documents::default(),
            unsaved: BTreeMap::new(),
            board: Board {
                compartment,
                ..Board::default()
            },
            undo: UndoStack::default(),
            quarantined: 0,
            has_lost: false,
        };
        // What a private workspace left behind when its folder joined another one stays where it is.
        let mut bare = BTreeSet::new();
        for id in ids {
            if compartment == Some(id.compartment()) && !replica.open_document(id, &mut effects)? {
                bare.insert(id);
            }
        }
        replica.load_all(Some(bare), &mut effects)?;
        replica.hold_listed(&mut effects)?;
        Ok((replica, effects))
    }

    /// Holds a document of the store; tells whether its records are on the board without loading it.
    fn open_document(&mut self, id: DocumentId, effects: &mut Effects) -> Result<bool, StoreError> {
        let read = self.store.read_metas(id)?;
        let withdrawn: BTreeSet<ChangeHash> = self
            .read_hashes(id, WITHDRAWN, effects)?
            .into_iter()
            .collect();
        let mut metas = read.metas;
        metas.retain(|meta| !withdrawn.contains(&meta.hash));
        let mut held = Held::new(metas, &self.store.damaged()?, id);
        held.withdrawn = withdrawn;
        if held.damaged.is_empty() {
            held.relay_heads = self.read_hashes(id, RELAY_HEADS, effects)?;
        }
        held.count_waiting(&self.identity);
        let cached = if held.graph.is_empty() {
            None
        } else {
            cache::read(&self.folder, id)
        };
        let Some(cached) = cached.filter(|cached| cached.heads == held.graph.heads()) else {
            self.documents.insert(id, held);
            return Ok(false);
        };
        for data in &cached.records {
            self.board.put(id, data);
        }
        held.cached = Some((cached.heads, cached.content));
        self.documents.insert(id, held);
        Ok(true)
    }

    fn read_hashes(
        &self,
        id: DocumentId,
        key: &'static str,
        effects: &mut Effects,
    ) -> Result<Vec<ChangeHash>, StoreError> {
        let bytes = read_note(self.store.as_ref(), Some(id), key, effects)?;
        let bytes = bytes.unwrap_or_default();
        Ok(bytes
            .chunks_exact(32)
            .filter_map(|hash| ChangeHash::try_from(hash).ok())
            .collect())
    }

    /// Returns the picture of all records.
    pub(crate) fn board(&self) -> &Board {
        &self.board
    }

    /// Returns who this device is.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the compartment that new records go to.
    pub(crate) fn compartment(&self) -> Option<CompartmentId> {
        self.compartment
    }

    fn today(&self) -> chrono::NaiveDate {
        self.zone.today(self.clock.now())
    }

    /// Carries out a command as one step of undo.
    pub(crate) fn execute(
        &mut self,
        command: &Command,
        effects: &mut Effects,
    ) -> Result<Receipt, ExecuteError> {
        let now = self.clock.now();
        let mut plan = adjutant_model::command::plan(&self.board, &self.context(now), command)?;
        if self.compartment.is_none() {
            // A refused command binds the folder to nothing; this one knew no compartment and is planned again.
            self.start_workspace(effects)?;
            plan = adjutant_model::command::plan(&self.board, &self.context(now), command)?;
        }
        let written = self.write(&plan.name, &plan.writes, now, effects)?;
        self.undo.push(written.step(plan.name, now));
        Ok(written.receipt)
    }

    fn context(&self, now: Timestamp) -> Context {
        Context {
            compartment: self.compartment.unwrap_or(CompartmentId([0; 6])),
            today: self.today(),
            now,
        }
    }

    /// Undoes the newest step (or does the newest undone one again) where nobody has changed it since.
    pub(crate) fn undo(&mut self, again: bool, effects: &mut Effects) -> Result<(), ExecuteError> {
        let Some(step) = self.undo.take(again) else {
            effects.notices.push(Notice::NothingToUndo { again });
            return Ok(());
        };
        let name = format!("{} {}", if again { "redo" } else { "undo" }, step.name);
        let kept = match self.reverse(&step, &name, effects) {
            Ok((opposite, kept)) => {
                self.undo.put_opposite(again, opposite);
                kept
            }
            Err(error) => {
                self.undo.put_opposite(!again, step);
                return Err(error);
            }
        };
        effects.notices.push(Notice::Undone {
            command: step.name,
            again,
            kept,
        });
        Ok(())
    }

    /// Undoes any step where nobody has changed it since, as a command of its own; returns how many fields stay.
    pub(crate) fn undo_step(
        &mut self,
        step: &Step,
        effects: &mut Effects,
    ) -> Result<usize, ExecuteError> {
        let name = format!("undo {}", step.name);
        let (opposite, kept) = self.reverse(step, &name, effects)?;
        self.undo.push(opposite);
        Ok(kept)
    }

    /// Writes one value to a field in conflict, even if it is the one that stands: that settles it.
    pub(crate) fn settle(
        &mut self,
        write: &Write,
        effects: &mut Effects,
    ) -> Result<(), ExecuteError> {
        let now = self.clock.now();
        let name = "settle conflict".to_owned();
        let written = self.write(&name, std::slice::from_ref(write), now, effects)?;
        self.undo.push(written.step(name, now));
        Ok(())
    }

    /// Writes back what stood before a step; returns the step that does it again and how many fields stay.
    fn reverse(
        &mut self,
        step: &Step,
        name: &str,
        effects: &mut Effects,
    ) -> Result<(Step, usize), ExecuteError> {
        for (write, _) in &step.replaced {
            self.load(write.document, effects)?;
        }
        let (writes, kept) = step.reverse(|write| self.current(write));
        let now = self.clock.now();
        let written = self.write(name, &writes, now, effects)?;
        Ok((written.step(step.name.clone(), now), kept))
    }

    /// Returns what a field holds now.
    fn current(&self, write: &Write) -> Raw {
        self.record(write)
            .and_then(|data| data.fields.get(write.field).cloned())
            .unwrap_or(Raw::Null)
    }

    fn record(&self, write: &Write) -> Option<Arc<RecordData>> {
        self.documents
            .get(&write.document)?
            .document
            .as_ref()?
            .record(write.kind, write.record)
    }

    /// Writes fields: one change a document, all saved as one.
    fn write(
        &mut self,
        name: &str,
        writes: &[Write],
        now: Timestamp,
        effects: &mut Effects,
    ) -> Result<Written, ExecuteError> {
        let command_id = RecordId::new(now, random().map_err(ExecuteError::identity)?);
        let message = format!("{name} {command_id}");
        let mut of_document: BTreeMap<DocumentId, Vec<Write>> = BTreeMap::new();
        for write in writes {
            of_document
                .entry(write.document)
                .or_default()
                .push(write.clone());
        }
        let mut written = Written::default();
        let mut changes: Vec<(DocumentId, StoredChange)> = Vec::new();
        let (mut touched, mut unlocked) = (Vec::new(), Vec::new());
        // Before any takes a change, so that one that cannot be read leaves the others as they are.
        for id in of_document.keys() {
            self.load(*id, effects)?;
        }
        if self.has_lost {
            self.identity.renew().map_err(ExecuteError::identity)?;
            self.has_lost = false;
        }
        let author = Author {
            actor: self.identity.actor(),
            command: &message,
            time: now,
        };
        for (id, writes) in &of_document {
            self.remember_made(*id, writes, &mut written);
            let committed = self
                .held(*id)
                .document_mut()
                .map(|document| document.write(writes, &author));
            match committed {
                Some(Ok(committed)) => {
                    changes.extend(committed.changes.into_iter().map(|change| (*id, change)));
                    unlocked.extend(committed.unlocked.map(|applied| (*id, applied)));
                    touched.extend(committed.touched.into_iter().map(|data| (*id, data)));
                    written.replaced.extend(committed.replaced);
                }
                Some(Err(error)) => {
                    // What the earlier documents took in memory was neither published nor saved: forget it.
                    for id in of_document.keys() {
                        self.held(*id).document = None;
                    }
                    return Err(ExecuteError::Document {
                        document: *id,
                        source: Box::new(error),
                    });
                }
                None => {}
            }
        }
        written.receipt = Receipt {
            changes: changes.len(),
            documents: of_document.len(),
        };
        for (id, change) in changes {
            self.take_change(id, change, effects);
        }
        self.show(touched, effects)?;
        for (id, applied) in unlocked {
            self.show_applied(id, applied, effects)?;
        }
        Ok(written)
    }

    fn remember_made(&self, id: DocumentId, writes: &[Write], written: &mut Written) {
        let Some(document) = self
            .documents
            .get(&id)
            .and_then(|held| held.document.as_ref())
        else {
            return;
        };
        for write in writes {
            if !written.made.contains(&write.record)
                && document.record(write.kind, write.record).is_none()
            {
                written.made.insert(write.record);
            }
        }
    }

    /// Enters a change in the graph and hands it to the store.
    fn take_change(&mut self, id: DocumentId, change: StoredChange, effects: &mut Effects) {
        let is_own = is_by(&change.meta, self.identity.device());
        let held = self.held(id);
        held.graph.insert(change.meta.clone());
        held.damaged
            .retain(|damaged| damaged.hash != change.meta.hash);
        held.waiting = held.waiting.saturating_add(usize::from(is_own));
        effects.save.changes.push((id, change.clone()));
        effects.talk.insert(id);
        self.unsaved.insert(change.meta.hash, (id, change));
    }

    /// Puts records on the board and holds the documents that the index newly lists.
    fn show(
        &mut self,
        touched: Vec<(DocumentId, Arc<RecordData>)>,
        effects: &mut Effects,
    ) -> Result<(), StoreError> {
        let mut index_changed = false;
        for (document, data) in touched {
            index_changed |= data.kind == Kind::DocumentEntry.name();
            self.board.put(document, &data);
        }
        self.board.version = self.board.version.saturating_add(1);
        if index_changed {
            self.hold_listed(effects)?;
        }
        Ok(())
    }

    /// Holds every document that the index lists, so that it is synced.
    fn hold_listed(&mut self, effects: &mut Effects) -> Result<(), StoreError> {
        let Some(compartment) = self.compartment else {
            return Ok(());
        };
        let listed: Vec<DocumentId> = self
            .board
            .documents
            .into_iter()
            .filter_map(|(_, entry)| entry.document.parse().ok())
            .chain([Home::Index.document(compartment)])
            .filter(|id: &DocumentId| {
                id.compartment() == compartment && !self.documents.contains(id)
            })
            .collect();
        for id in listed {
            if !self.open_document(id, effects)? {
                self.load(id, effects)?;
            }
            effects.talk.insert(id);
        }
        Ok(())
    }

    fn held(&mut self, id: DocumentId) -> &mut Held {
        self.documents.get_or_make(id)
    }

    /// Loads a document from the store if it is not in memory.
    fn load(&mut self, id: DocumentId, effects: &mut Effects) -> Result<(), StoreError> {
        if self.held(id).document.is_some() {
            return Ok(());
        }
        let mut read = self.store.read_document(id)?;
        self.add_unsaved(id, &mut read.changes);
        let withdrawn = &self.held(id).withdrawn;
        read.changes
            .retain(|change| !withdrawn.contains(&change.meta.hash));
        let remembered = self.remembered(id, &read.damaged);
        let (document, applied) = Document::load(id, read.changes);
        for data in document.records() {
            self.board.put(id, data);
        }
        let held = self.held(id);
        let is_short = !read.damaged.is_empty() || document.change_count() < held.graph.len();
        for damaged in read.damaged {
            if !held.damaged.contains(&damaged) {
                held.damaged.push(damaged);
            }
        }
        held.document = Some(document.into());
        self.has_lost |= is_short;
        self.note_quarantined(id, applied.quarantined, effects);
        if let Some(said) = remembered {
            self.say_again(id, &said, effects);
        }
        Ok(())
    }

    /// Returns every change of a document that can be read, withdrawn ones included.
    fn read_all(&self, id: DocumentId) -> Result<Vec<StoredChange>, StoreError> {
        let mut changes = self.store.read_document(id)?.changes;
        self.add_unsaved(id, &mut changes);
        Ok(changes)
    }

    fn add_unsaved(&self, id: DocumentId, changes: &mut Vec<StoredChange>) {
        let unsaved = self.unsaved.values();
        let of_document = unsaved.filter(|(document, _)| *document == id);
        changes.extend(of_document.map(|(_, change)| change.clone()));
    }

    /// Shows what changes from elsewhere did.
    fn show_applied(
        &mut self,
        id: DocumentId,
        applied: Applied,
        effects: &mut Effects,
    ) -> Result<(), StoreError> {
        for (kind, record) in &applied.gone {
            self.board.forget(id, kind, *record);
        }
        self.note_quarantined(id, applied.quarantined, effects);
        self.show(
            applied.touched.into_iter().map(|data| (id, data)).collect(),
            effects,
        )
    }

    fn note_quarantined(
        &mut self,
        document: DocumentId,
        quarantined: Vec<Quarantined>,
        effects: &mut Effects,
    ) {
        for broken in quarantined {
            self.quarantined = self.quarantined.saturating_add(1);
            let actor = ActorId::try_from(&*broken.actor).ok();
            effects.notices.push(Notice::Quarantined {
                document,
                actor,
                reason: broken.fault.to_string(),
            });
        }
    }

    /// Loads one document that is not in memory; tells whether there was one.
    pub(crate) fn load_next(&mut self, effects: &mut Effects) -> Result<bool, StoreError> {
        let next = self.documents.totals().unloaded.first().copied();
        let Some(id) = next else { return Ok(false) };
        self.load(id, effects)?;
        Ok(true)
    }

    /// Marks changes as durable on this device.
    pub(crate) fn saved(&mut self, hashes: &[ChangeHash]) {
        for hash in hashes {
            if let Some((id, _)) = self.unsaved.remove(hash)
                && let Some(held) = self.documents.get_mut(&id)
            {
                held.graph.mark_durable(hash);
            }
        }
    }

    /// Returns everything that may not be durable yet: changes in causal order, and where this replica is.
    pub(crate) fn unsaved_batch(&self) -> Batch {
        let mut changes: Vec<_> = self.unsaved.values().cloned().collect();
        changes.sort_by_key(|(id, change)| (*id, change.meta.start_op));
        let mut effects = Effects {
            save: Batch {
                changes,
                values: Vec::new(),
            },
            ..Effects::default()
        };
        if let Some(compartment) = self.compartment {
            effects.set(None, COMPARTMENT, compartment.0.to_vec());
        }
        effects.save
    }

    /// Lets go of the store: until [`Self::set_store`] nothing can be loaded.
    pub(crate) fn drop_store(&mut self) {
        self.store = Box::new(AbsentStore);
    }

    /// Replaces the store's reader after the store was opened again.
    pub(crate) fn set_store(&mut self, store: Box<dyn ChunkReader>) {
        self.store = store;
    }

    /// Returns the exact version of every document.
    pub(crate) fn fingerprints(
        &mut self,
        effects: &mut Effects,
    ) -> Result<Vec<Fingerprint>, StoreError> {
        let ids: Vec<DocumentId> = self.documents.iter().map(|(id, _)| *id).collect();
        let mut list = Vec::new();
        for document in ids {
            let content_hash = self.content(document, effects)?;
            let title = self.title(document);
            let held = self.held(document);
            let mut relay_heads = held.relay_heads.clone();
            relay_heads.sort_unstable();
            list.push(Fingerprint {
                relay_heads,
                is_compared: held.answered,
                document,
                title,
                heads: held.graph.heads(),
                changes: held.graph.len(),
                content_hash,
            });
        }
        Ok(list)
    }

    fn content(
        &mut self,
        id: DocumentId,
        effects: &mut Effects,
    ) -> Result<ContentHash, StoreError> {
        if let Held {
            document: None,
            cached: Some((_, content)),
            ..
        } = self.held(id)
        {
            return Ok(*content);
        }
        self.load(id, effects)?;
        Ok(self
            .held(id)
            .document
            .as_ref()
            .map_or(ContentHash([0; 32]), |document| document.content_hash()))
    }

    /// Keeps on disk, for a fast start, every document that has changed since it was kept.
    ///
    /// Losing a cached document costs time at the next start and nothing else, so failures are not reported.
    pub(crate) fn keep_cache(&mut self) {
        for (id, held) in self.documents.iter_mut() {
            let Some(document) = &held.document else {
                continue;
            };
            let heads = held.graph.heads();
            if heads.is_empty()
                || held
                    .cached
                    .as_ref()
                    .is_some_and(|(cached, _)| *cached == heads)
            {
                continue;
            }
            let content = document.content_hash();
            let records = document.records().cloned().collect();
            let cached = CachedDocument {
                document: *id,
                heads: heads.clone(),
                content,
                records,
            };
            if cache::write(&self.folder, &cached).is_ok() {
                held.cached = Some((heads, content));
            }
        }
    }
}

/// Returns the compartment that most of the documents belong to.
fn most_common(documents: &[DocumentId]) -> Option<CompartmentId> {
    let mut counts: BTreeMap<CompartmentId, usize> = BTreeMap::new();
    for id in documents {
        let count = counts.entry(id.compartment()).or_default();
        *count = count.saturating_add(1);
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Some(most.0)
}

/// Reads a value; one that is damaged is absent from now on, and the user is told.
fn read_note(
    store: &dyn ChunkReader,
    document: Option<DocumentId>,
    key: &'static str,
    effects: &mut Effects,
) -> Result<Option<Vec<u8>>, StoreError> {
    match store.read_value(document, key) {
        Err(StoreError::Value { .. }) => {
            effects.notices.push(Notice::NoteLost { key });
            Ok(None)
        }
        read => read,
    }
}

/// What a write did.
#[derive(Debug, Default)]
struct Written {
    receipt: Receipt,
    replaced: Vec<(Write, Raw)>,
    made: BTreeSet<RecordId>,
}

impl Written {
    fn step(&self, name: String, now: Timestamp) -> Step {
        Step::of(name, self.replaced.clone(), now, |write| {
            self.made.contains(&write.record)
        })
    }
}

#[cfg(test)]
mod tests;
