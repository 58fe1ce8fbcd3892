//! One document on the relay: its change graph, who talks about it, what is on its way to the disk.
//!
//! No document is ever loaded: the graph is built from stored headers, bytes go out as they came in. The rule: a
//! peer that may hold a change which is not on disk yet gets no answer until it is, so "the relay's heads cover
//! mine" means "on the relay's disk"; everybody else is served at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adjutant_base::{ChangeHash, DocumentId, StoredChange, limits};
use adjutant_store::{Batch, ChunkReader, StoreError, Writer};
use adjutant_sync::gate::GateError;
use adjutant_sync::gossip::{Elsewhere, Passed};
use adjutant_sync::graph::{ChangeGraph, Inserted, Refusal};
use adjutant_sync::session::{Role, Session};
use adjutant_sync::wire::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::compactor::{Compactor, Outcome};
use crate::metrics::Metrics;
use crate::outbound::Outbound;

mod gossip;

/// Numbers the connections of one run of the relay.
pub(crate) type ConnectionId = u64;

/// One end of a connection, as documents see it.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) id: ConnectionId,
    /// How the peer calls itself.
    pub(crate) name: Arc<str>,
    /// How the relay calls itself.
    pub(crate) relay: Arc<str>,
    pub(crate) outbound: Arc<Outbound>,
    /// Names the peer's store, if it has one that outlives the connection.
    pub(crate) storage: Option<Arc<str>>,
    /// Names the stores of which the peer wants to hear what they hold.
    pub(crate) subscriptions: Arc<Mutex<BTreeSet<String>>>,
}

/// Stored bytes, read by one document at a time. `None` once the relay has closed its store.
pub(crate) struct Reader(Mutex<Option<Box<dyn ChunkReader>>>);

impl Reader {
    pub(crate) fn new(reader: Box<dyn ChunkReader>) -> Self {
        Self(Mutex::new(Some(reader)))
    }

    pub(crate) fn close(&self) {
        *lock(&self.0) = None;
    }

    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&dyn ChunkReader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let reader = lock(&self.0);
        read(reader.as_deref().ok_or(StoreError::Closed)?)
    }
}

/// What every document reads from and reports to.
pub(crate) struct Shelf {
    pub(crate) reader: Reader,
    pub(crate) compactor: Compactor,
    pub(crate) metrics: Arc<Metrics>,
}

/// Why a sync message was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HearError {
    /// The message breaks the protocol or a limit.
    #[error("the sync message was refused")]
    Gate(#[source] GateError),
    /// A change cannot be part of the document; the others of its message are taken.
    #[error("change {hash} was refused")]
    Change {
        /// The change.
        hash: ChangeHash,
        /// Why.
        #[source]
        reason: Refusal,
    },
    /// The relay cannot read what it has.
    #[error("the relay cannot read its store")]
    Store(#[source] StoreError),
}

/// A document that somebody talks about.
pub(crate) struct Document {
    id: DocumentId,
    shelf: Arc<Shelf>,
    state: Mutex<State>,
    landed: Mutex<Landed>,
    /// Who works here next; held by one at a time, so that a document that takes long keeps one thread busy.
    turns: Arc<Semaphore>,
}

/// Batches that are on disk and not taken note of yet.
#[derive(Default)]
struct Landed {
    batches: Vec<(u64, Vec<ChangeHash>)>,
    is_being_taken: bool,
}

#[derive(Default)]
struct State {
    /// `None` until the first message; then everything stored and everything on its way.
    graph: Option<ChangeGraph>,
    seats: BTreeMap<ConnectionId, Seat>,
    /// Changes in the graph that are not on disk yet.
    pending: BTreeMap<ChangeHash, Arc<[u8]>>,
    /// Number of the last batch handed to the writer.
    submitted: u64,
    /// Number of the last batch that is on disk; batches reach it in order.
    durable: u64,
    is_evicted: bool,
    passed: Passed,
    elsewhere: Elsewhere,
    compaction: Compaction,
}

/// How far single changes on disk have outgrown the snapshot.
#[derive(Debug, Default)]
struct Compaction {
    /// Size of the snapshot, 0 if there is none.
    snapshot_bytes: u64,
    /// Changes on disk that are not in the snapshot, in bytes.
    tail_bytes: u64,
    /// It waits for the compactor, or the compactor is at it.
    is_offered: bool,
    /// No snapshot can be made of this document.
    is_barred: bool,
}

impl Compaction {
    fn is_due(&self) -> bool {
        let worth =
            (self.snapshot_bytes / limits::COMPACT_TAIL_DIVISOR).max(limits::COMPACT_TAIL_BYTES);
        !self.is_offered && !self.is_barred && self.tail_bytes >= worth
    }
}

/// A peer at a document.
struct Seat {
    peer: Peer,
    session: Session,
    /// The peer is answered when this batch is on disk.
    awaits: u64,
}

/// What a message asks of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The sender says that it has nothing of the document and asks whether the relay does.
    Request,
    /// The sender talks about what it has.
    Sync,
}

impl Document {
    pub(crate) fn new(id: DocumentId, shelf: Arc<Shelf>) -> Self {
        Self {
            id,
            shelf,
            state: Mutex::default(),
            landed: Mutex::default(),
            turns: Arc::new(Semaphore::new(1)),
        }
    }

    /// Waits until nobody else works here. Working without a turn is safe and keeps a thread waiting.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // Never closed, so always there.
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    pub(crate) fn id(&self) -> DocumentId {
        self.id
    }

    /// Takes a sync message in, hands its changes to `writer` and says what there is to say: to everybody if it brought
    /// something, else to its sender.
    ///
    /// Returns `Ok(None)` if this copy of the document has been evicted and the registry has to be asked again.
    /// Blocks while the writer's queue is full.
    pub(crate) fn hear(
        self: &Arc<Self>,
        peer: &Peer,
        kind: Kind,
        data: &[u8],
        writer: &Writer,
        done: impl FnOnce(&Arc<Self>, Vec<ChangeHash>, u64, Result<(), Arc<StoreError>>)
        + Send
        + 'static,
    ) -> Result<Option<()>, HearError> {
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.is_evicted {
            return Ok(None);
        }
        let graph = match &mut state.graph {
            Some(graph) => graph,
            none => {
                let graph = self.load().map_err(HearError::Store)?;
                self.measure(&graph, &mut state.compaction);
                none.insert(graph)
            }
        };
        let is_new = !state.seats.contains_key(&peer.id);
        let seat = state.seats.entry(peer.id).or_insert_with(|| Seat {
            peer: peer.clone(),
            session: Session::new(Role::Relay),
            awaits: 0,
        });
        let incoming = seat.session.receive(graph, data).map_err(HearError::Gate)?;
        let brought_changes = !incoming.changes.is_empty();
        let taken = self.take_in(graph, &mut state.pending, incoming.changes);
        let their_heads = seat.session.their_heads().unwrap_or_default();
        let may_hold_pending =
            brought_changes || their_heads.iter().any(|head| !graph.is_durable(head));
        let their_heads = their_heads.to_vec();
        let has_grown = !taken.batch.changes.is_empty();
        let asks_in_vain = kind == Kind::Request && graph.is_empty() && their_heads.is_empty();
        if has_grown {
            state.submitted = state.submitted.saturating_add(1);
            let number = state.submitted;
            let document = Arc::clone(self);
            let hashes = taken.hashes();
            writer.submit(taken.batch, move |outcome| {
                done(&document, hashes, number, outcome);
            });
        }
        if may_hold_pending && !state.pending.is_empty() {
            seat.awaits = state.submitted;
        }
        if asks_in_vain {
            // The answer to a request is this or a sync message, never both.
            let unavailable = Frame::DocUnavailable {
                sender: peer.relay.to_string(),
                target: peer.name.to_string(),
                document: self.id,
            };
            peer.outbound.push(unavailable.encode());
        } else if has_grown {
            self.speak_to_all(state);
        } else {
            self.speak_to(state, peer.id);
        }
        self.hear_first_hand(state, peer, &their_heads);
        drop(guard);
        if is_new {
            self.catch_up_elsewhere(peer.id);
        }
        taken.refused.map_or(Ok(Some(())), Err)
    }

    /// Puts changes into the graph and picks those that have to be stored.
    fn take_in(
        &self,
        graph: &mut ChangeGraph,
        pending: &mut BTreeMap<ChangeHash, Arc<[u8]>>,
        changes: Vec<StoredChange>,
    ) -> Taken {
        let mut taken = Taken::default();
        for change in changes {
            let hash = change.meta.hash;
            match graph.insert(change.meta.clone()) {
                Inserted::New(entered) => {
                    // Those that had waited for it are on disk already, unless they are on their way.
                    for released in entered.changes.iter().filter(|other| **other != hash) {
                        if !pending.contains_key(released) {
                            graph.mark_durable(released);
                        }
                    }
                    for (waited, reason) in &entered.refused {
                        tracing::warn!(document = %self.id, hash = %waited, %reason, "a stored change cannot enter");
                    }
                }
                // One that waits for others is kept as well: whoever sent it may never come back.
                Inserted::Orphan => {}
                Inserted::Known => continue,
                Inserted::Refused(reason) => {
                    taken.refused = Some(HearError::Change { hash, reason });
                    continue;
                }
            }
            pending.insert(hash, Arc::clone(&change.bytes));
            taken.batch.changes.push((self.id, change));
        }
        taken
    }

    /// Takes note that a batch is on disk; true if the caller has to see to it that [`Document::settle`] is called.
    pub(crate) fn land(&self, number: u64, hashes: Vec<ChangeHash>) -> bool {
        let mut landed = lock(&self.landed);
        landed.batches.push((number, hashes));
        !std::mem::replace(&mut landed.is_being_taken, true)
    }

    /// Takes in everything that has landed, and answers whoever waited for it: once, however many batches it is.
    pub(crate) fn settle(&self) {
        let mut guard = self.lock();
        let mut landed = lock(&self.landed);
        // Before anything that could fail: what lands from now on needs another call.
        landed.is_being_taken = false;
        let batches = std::mem::take(&mut landed.batches);
        drop(landed);
        let state = &mut *guard;
        for (number, hashes) in batches {
            state.durable = state.durable.max(number);
            Self::take_durable(state, &hashes);
        }
        self.speak_to_all(state);
        // After everybody has been answered: nobody waits for this.
        self.offer(&mut state.compaction);
    }

    fn take_durable(state: &mut State, hashes: &[ChangeHash]) {
        for hash in hashes {
            let bytes = state.pending.remove(hash);
            let size = bytes.map_or(0, |bytes| bytes.len() as u64);
            let tail = &mut state.compaction.tail_bytes;
            *tail = tail.saturating_add(size);
            if let Some(graph) = &mut state.graph {
                graph.mark_durable(hash);
            }
        }
    }

    /// Takes note of what the compactor made of this document.
    pub(crate) fn compacted(&self, outcome: Outcome) {
        let mut guard = self.lock();
        let state = &mut *guard;
        state.compaction.is_offered = false;
        match outcome {
            Outcome::Made { heads, size_bytes } => {
                if let Some(graph) = &state.graph {
                    state.compaction.snapshot_bytes = size_bytes;
                    state.compaction.tail_bytes = tail_bytes(graph, &heads);
                    self.offer(&mut state.compaction);
                }
            }
            Outcome::Barred => state.compaction.is_barred = true,
            Outcome::Failed => {}
        }
    }

    fn measure(&self, graph: &ChangeGraph, compaction: &mut Compaction) {
        let snapshot = self.shelf.compactor.snapshot(self.id);
        let heads = snapshot
            .as_ref()
            .map_or(&[][..], |snapshot| &snapshot.heads);
        compaction.tail_bytes = tail_bytes(graph, heads);
        compaction.snapshot_bytes = snapshot.map_or(0, |snapshot| snapshot.bytes.len() as u64);
        self.offer(compaction);
    }

    fn offer(&self, compaction: &mut Compaction) {
        if compaction.is_due() {
            compaction.is_offered = self.shelf.compactor.offer(self.id);
        }
    }

    /// Makes the message that a slow connection had no room for.
    pub(crate) fn catch_up(&self, connection: ConnectionId) {
        self.speak_to(&mut self.lock(), connection);
    }

    fn speak_to(&self, state: &mut State, connection: ConnectionId) {
        let (Some(graph), Some(seat)) = (&state.graph, state.seats.get_mut(&connection)) else {
            return;
        };
        let has_snapshot = state.compaction.snapshot_bytes > 0;
        let said = self.speak(graph, &state.pending, (state.durable, has_snapshot), seat);
        self.mend(state, &said);
    }

    /// Ends the talk with one connection.
    pub(crate) fn leave(&self, connection: ConnectionId) {
        self.lock().seats.remove(&connection);
    }

    /// Marks this copy as evicted, for good, if nobody talks about it and nothing of it is on its way to the disk.
    pub(crate) fn evict_if_idle(&self) -> bool {
        let mut state = self.lock();
        state.is_evicted |= state.seats.is_empty() && state.pending.is_empty();
        state.is_evicted
    }

    fn speak_to_all(&self, state: &mut State) {
        let Some(graph) = &state.graph else {
            return;
        };
        let has_snapshot = state.compaction.snapshot_bytes > 0;
        let mut said = Ok(());
        for seat in state.seats.values_mut() {
            let spoken = self.speak(graph, &state.pending, (state.durable, has_snapshot), seat);
            said = said.and(spoken);
        }
        self.mend(state, &said);
    }

    /// Sends a peer what there is to say, unless it has to wait for the disk or has no room.
    fn speak(
        &self,
        graph: &ChangeGraph,
        pending: &BTreeMap<ChangeHash, Arc<[u8]>>,
        (durable, has_snapshot): (u64, bool),
        seat: &mut Seat,
    ) -> Result<(), Unreadable> {
        if seat.awaits > durable || !seat.peer.outbound.wants(self.id) {
            return Ok(());
        }
        if has_snapshot {
            self.send_snapshot(graph, seat);
        }
        let mut read = Ok(());
        let message = seat.session.generate(graph, &mut |hash| {
            if let Some(bytes) = pending.get(hash) {
                return Some(Arc::clone(bytes));
            }
            self.read(*hash)
                .map(|change| change.bytes)
                .inspect_err(|_unreadable| read = Err(Unreadable))
                .ok()
        });
        if let (Ok(()), Some(data)) = (&read, message) {
            self.push(&seat.peer, data);
        }
        read
    }

    /// Sends a newcomer the whole document; what came after it follows singly.
    fn send_snapshot(&self, graph: &ChangeGraph, seat: &mut Seat) {
        if !seat.session.wants_snapshot() {
            return;
        }
        let Some(snapshot) = self.shelf.compactor.snapshot(self.id) else {
            return;
        };
        if let Some(data) = seat.session.generate_snapshot(graph, snapshot) {
            self.shelf.metrics.snapshots_sent.one_more();
            self.push(&seat.peer, data);
        }
    }

    fn push(&self, peer: &Peer, data: Vec<u8>) {
        let frame = Frame::Sync {
            sender: peer.relay.to_string(),
            target: peer.name.to_string(),
            document: self.id,
            data,
        };
        peer.outbound.push(frame.encode());
    }

    /// Starts over if a change could not be read: without it in the graph, the peers are asked for it again.
    fn mend(&self, state: &mut State, said: &Result<(), Unreadable>) {
        if said.is_ok() || !state.pending.is_empty() {
            return;
        }
        tracing::error!(document = %self.id, "a stored change is damaged; asking the devices for it again");
        state.graph = None;
        state.compaction = Compaction::default();
        for seat in std::mem::take(&mut state.seats).into_values() {
            seat.peer.outbound.finish(None);
        }
    }

    fn load(&self) -> Result<ChangeGraph, StoreError> {
        let read = self
            .shelf
            .reader
            .read(|reader| reader.read_metas(self.id))?;
        self.shelf
            .metrics
            .changes_damaged
            .add(read.damaged.len() as u64);
        for damaged in &read.damaged {
            tracing::error!(document = %self.id, hash = %damaged.hash, "set a damaged change aside: {}",
                damaged.reason.words());
        }
        let mut graph = ChangeGraph::new();
        let hashes: Vec<ChangeHash> = read.metas.iter().map(|meta| meta.hash).collect();
        for meta in read.metas {
            graph.insert(meta);
        }
        // After all are in: a change that waited for a later one counts only now.
        for hash in &hashes {
            graph.mark_durable(hash);
        }
        Ok(graph)
    }

    fn read(&self, hash: ChangeHash) -> Result<StoredChange, Unreadable> {
        match self
            .shelf
            .reader
            .read(|reader| reader.read_change(self.id, hash))
        {
            Ok(Some(Ok(change))) => Ok(change),
            Ok(Some(Err(_damaged))) => {
                self.shelf.metrics.changes_damaged.one_more();
                Err(Unreadable)
            }
            Ok(None) => Err(Unreadable),
            Err(error) => {
                tracing::error!(document = %self.id, error = adjutant_base::error::chain(&error), "cannot read");
                Err(Unreadable)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// What became of a message's changes.
#[derive(Default)]
struct Taken {
    /// Those that are new.
    batch: Batch,
    /// The last that cannot be part of the document.
    refused: Option<HearError>,
}

impl Taken {
    fn hashes(&self) -> Vec<ChangeHash> {
        let changes = self.batch.changes.iter();
        changes.map(|(_, change)| change.meta.hash).collect()
    }
}

/// Returns the size of the durable changes that stand above `heads`.
fn tail_bytes(graph: &ChangeGraph, heads: &[ChangeHash]) -> u64 {
    graph
        .changes_after(heads)
        .iter()
        .filter(|hash| graph.is_durable(hash))
        .filter_map(|hash| graph.meta(hash))
        .map(|meta| meta.size_bytes)
        .sum()
}

/// A change that the graph names could not be read.
struct Unreadable;

/// Takes a lock; what it guards is whole even if another thread panicked, because a panic there is a defect that has
/// been reported and the other peers must go on.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
