//! Peers to test with: one of ours over a graph, and Automerge as it comes; both can be cut off and can crash.

use std::collections::BTreeMap;

use automerge::sync::{State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ROOT, ReadDoc as _};

use super::*;
use crate::graph::Inserted;

/// Messages that one step may exchange before the test calls it endless.
pub(super) const ENDLESS: usize = 200;

/// A peer that may be written to, cut off, crash, and be asked for its next message.
pub(super) trait Peer {
    fn write(&mut self, value: i64);
    fn receive(&mut self, message: &[u8]);
    fn generate(&mut self) -> Option<Vec<u8>>;
    /// Begins a new conversation, with or without what was worth remembering of the last.
    fn reconnect(&mut self, remembers: bool);
    /// Brings what is here to the disk.
    fn save(&mut self);
    /// Loses whatever is not on the disk and goes on as another actor.
    fn crash(&mut self);
    fn heads(&mut self) -> Vec<ChangeHash>;
    /// Returns what others that are here stand on and what is not here.
    fn missing(&mut self) -> Vec<ChangeHash>;
    /// Tells whether it relies on hearing messages in the order in which they were said, as a connection keeps it.
    fn relies_on_order(&self) -> bool;
}

/// A graph, bytes and a session; and, as a desktop has it, a document that makes changes and opens snapshots.
pub(super) struct Ours {
    pub(super) role: Role,
    actor: u8,
    pub(super) document: AutoCommit,
    pub(super) graph: ChangeGraph,
    pub(super) chunks: BTreeMap<ChangeHash, Arc<[u8]>>,
    pub(super) session: Session,
    /// Writes are on disk as soon as they are known.
    pub(super) is_quick: bool,
    /// What a newcomer may be given.
    pub(super) snapshot: Option<Snapshot>,
    pub(super) sent_bytes: usize,
    disk: (BTreeMap<ChangeHash, Arc<[u8]>>, Vec<u8>),
}

pub(super) fn from_automerge(hash: automerge::ChangeHash) -> ChangeHash {
    ChangeHash(hash.0)
}

fn blank(actor: u8) -> AutoCommit {
    AutoCommit::new().with_actor(ActorId::from([actor].as_slice()))
}

impl Ours {
    pub(super) fn new(role: Role, actor: u8) -> Self {
        let session = Session::new(role);
        Self {
            role,
            actor,
            document: blank(actor),
            graph: ChangeGraph::new(),
            chunks: BTreeMap::new(),
            disk: (BTreeMap::new(), session.save()),
            session,
            is_quick: true,
            snapshot: None,
            sent_bytes: 0,
        }
    }

    /// Makes a peer that has all that `document` has.
    pub(super) fn with(role: Role, document: &mut AutoCommit) -> Self {
        let mut ours = Self::new(role, 99);
        ours.document.merge(document).unwrap();
        ours.follow_document();
        ours
    }

    /// Takes into the graph what the document has and the graph has not.
    fn follow_document(&mut self) {
        for change in self.document.get_changes(&[]) {
            if !self.chunks.contains_key(&from_automerge(change.hash())) {
                self.take(gate::check_change(change.raw_bytes()).unwrap());
            }
        }
    }

    fn take(&mut self, change: StoredChange) {
        self.chunks.insert(change.meta.hash, change.bytes);
        match self.graph.insert(change.meta) {
            Inserted::New(entered) if self.is_quick => {
                entered
                    .changes
                    .iter()
                    .for_each(|hash| self.graph.mark_durable(hash));
            }
            Inserted::New(_) | Inserted::Known | Inserted::Orphan => {}
            Inserted::Refused(refusal) => panic!("{refusal}"),
        }
    }

    pub(super) fn flush(&mut self) {
        let all: Vec<ChangeHash> = self.graph.iter().map(|meta| meta.hash).collect();
        for hash in &all {
            self.graph.mark_durable(hash);
        }
    }

    /// Makes a snapshot of all that is here.
    pub(super) fn compact(&mut self) {
        let metas = self.graph.iter().cloned();
        let changes: Vec<StoredChange> = metas
            .map(|meta| StoredChange {
                bytes: Arc::clone(&self.chunks[&meta.hash]),
                meta,
            })
            .collect();
        self.snapshot = Some(crate::compact::compact(None, &changes).unwrap());
    }

    pub(super) fn forget_all(&mut self) {
        *self = Self::new(self.role, 98);
    }
}

impl Peer for Ours {
    fn write(&mut self, value: i64) {
        self.document
            .put(ROOT, format!("key{}", value % 5), value)
            .unwrap();
        self.document.commit();
        self.follow_document();
    }

    fn receive(&mut self, message: &[u8]) {
        let incoming = self.session.receive(&self.graph, message).unwrap();
        for bytes in incoming.documents {
            let mut snapshot = AutoCommit::load(&bytes).unwrap();
            self.document.merge(&mut snapshot).unwrap();
            self.follow_document();
        }
        for change in incoming.changes {
            let raw = automerge::Change::from_bytes(change.bytes.to_vec()).unwrap();
            self.document.apply_changes([raw]).unwrap();
            self.take(change);
        }
    }

    fn generate(&mut self) -> Option<Vec<u8>> {
        let snapshot = self
            .snapshot
            .clone()
            .filter(|_| self.session.wants_snapshot());
        let whole = snapshot.and_then(|whole| self.session.generate_snapshot(&self.graph, whole));
        let chunks = &self.chunks;
        let single = || {
            self.session
                .generate(&self.graph, &mut |hash| chunks.get(hash).cloned())
        };
        let message = whole.or_else(single)?;
        self.sent_bytes += message.len();
        Some(message)
    }

    fn reconnect(&mut self, remembers: bool) {
        self.session = if remembers {
            Session::restore(self.role, &self.session.save()).unwrap()
        } else {
            Session::new(self.role)
        };
    }

    fn save(&mut self) {
        self.flush();
        self.disk = (self.chunks.clone(), self.session.save());
    }

    fn crash(&mut self) {
        let (chunks, session) = self.disk.clone();
        let mut rebuilt = Self::new(self.role, self.actor + 10);
        for bytes in chunks.values() {
            let raw = automerge::Change::from_bytes(bytes.to_vec()).unwrap();
            rebuilt.document.apply_changes([raw]).unwrap();
            rebuilt.take(gate::check_change(bytes).unwrap());
        }
        rebuilt.flush();
        rebuilt.session = Session::restore(self.role, &session).unwrap();
        rebuilt.is_quick = self.is_quick;
        rebuilt.disk = (chunks, session);
        *self = rebuilt;
    }

    fn heads(&mut self) -> Vec<ChangeHash> {
        self.graph.heads()
    }

    fn missing(&mut self) -> Vec<ChangeHash> {
        let orphans = self.chunks.keys().filter(|hash| self.graph.is_orphan(hash));
        self.graph
            .missing_deps(&orphans.copied().collect::<Vec<_>>())
    }

    fn relies_on_order(&self) -> bool {
        false
    }
}

/// Automerge as it comes.
pub(super) struct Theirs {
    actor: u8,
    pub(super) document: AutoCommit,
    pub(super) state: State,
    /// Says nothing of flags, as a relay does, so that its peers send single changes.
    pub(super) is_silent_about_flags: bool,
    pub(super) sent_bytes: usize,
    disk: (Vec<u8>, Vec<u8>),
}

impl Theirs {
    pub(super) fn new(actor: u8) -> Self {
        Self {
            actor,
            document: blank(actor),
            state: State::new(),
            is_silent_about_flags: false,
            sent_bytes: 0,
            disk: (Vec::new(), State::new().encode()),
        }
    }
}

impl Peer for Theirs {
    fn write(&mut self, value: i64) {
        self.document
            .put(ROOT, format!("key{}", value % 5), value)
            .unwrap();
        self.document.commit();
    }

    fn receive(&mut self, message: &[u8]) {
        let message = Message::decode(message).unwrap();
        self.document
            .sync()
            .receive_sync_message(&mut self.state, message)
            .unwrap();
    }

    fn generate(&mut self) -> Option<Vec<u8>> {
        let mut message = self
            .document
            .sync()
            .generate_sync_message(&mut self.state)?;
        if self.is_silent_about_flags {
            message.flags = None;
        }
        let bytes = message.encode();
        self.sent_bytes += bytes.len();
        Some(bytes)
    }

    fn reconnect(&mut self, remembers: bool) {
        self.state = if remembers {
            State::decode(&self.state.encode()).unwrap()
        } else {
            State::new()
        };
    }

    fn save(&mut self) {
        self.disk = (self.document.save(), self.state.encode());
    }

    fn crash(&mut self) {
        let (document, state) = &self.disk;
        self.actor += 10;
        self.document = if document.is_empty() {
            blank(self.actor)
        } else {
            let loaded = AutoCommit::load(document).unwrap();
            loaded.with_actor(ActorId::from([self.actor].as_slice()))
        };
        self.state = State::decode(state).unwrap();
    }

    fn heads(&mut self) -> Vec<ChangeHash> {
        let mut heads: Vec<ChangeHash> = self
            .document
            .get_heads()
            .into_iter()
            .map(from_automerge)
            .collect();
        heads.sort_unstable();
        heads
    }

    fn missing(&mut self) -> Vec<ChangeHash> {
        let missing = self.document.get_missing_deps(&[]);
        missing.into_iter().map(from_automerge).collect()
    }

    /// It forgets heads that it was told of and has not asked for when an older message follows.
    fn relies_on_order(&self) -> bool {
        true
    }
}

/// Speaks once on each side in turn, as a program that answers each message once, until both are silent.
pub(super) fn talk(one: &mut dyn Peer, two: &mut dyn Peer) -> usize {
    let mut messages = 0;
    loop {
        let mut is_silent = true;
        if let Some(message) = one.generate() {
            two.receive(&message);
            (is_silent, messages) = (false, messages + 1);
        }
        if let Some(message) = two.generate() {
            one.receive(&message);
            (is_silent, messages) = (false, messages + 1);
        }
        if is_silent {
            return messages;
        }
        assert!(messages < ENDLESS, "they never come to an end");
    }
}

pub(super) fn decode(bytes: &[u8]) -> Message {
    gate::decode_message(bytes).unwrap()
}

/// A history of `count` changes by one actor.
pub(super) fn history(count: i64) -> AutoCommit {
    let mut document = blank(50);
    for value in 0..count {
        document
            .put(ROOT, format!("key{}", value % 50), value)
            .unwrap();
        document.commit();
    }
    document
}
