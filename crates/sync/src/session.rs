//! One conversation with one peer about one document, in Automerge's own sync protocol.
//!
//! A [`Session`] needs the [`ChangeGraph`] and, to send, the bytes of single changes: no document is loaded. It speaks
//! to any Automerge peer, but unlike Automerge's own it looks only at what is new, sends large answers in parts,
//! and is silent when it has nothing new to say, so two peers that cannot agree do not talk for ever. The one rule:
//! what the peer has is only what it said itself, and what it said counts only as far as the graph knows it.
//!
//! Source: `src/sync.rs` of automerge 0.12; "Byzantine Eventual Consistency", <https://arxiv.org/abs/2012.00472>.

use std::collections::BTreeSet;
use std::sync::Arc;

use adjutant_base::{ChangeHash, Snapshot, StoredChange, limits};
use automerge::sync::{BloomFilter, ChunkList, Have, Message, MessageFlags, MessageVersion};

use crate::gate::{self, Checked, Cursor, Filter, GateError, Header, Parts, Spent, write_number};
use crate::graph::ChangeGraph;

/// First byte of a saved session, as of Automerge's own saved state.
const SAVED: u8 = 0x43;

/// Whole documents sent in one conversation: a peer that let one drop gets it again, and then single changes.
const SNAPSHOTS: u8 = 2;
/// Bytes of a whole document that is sent as one; the rest of a message has room beside it.
const SNAPSHOT_BYTES: usize = limits::MESSAGE_BYTES / 2;

/// On which end of the connection a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads flags and sends none, so that peers send it single changes; tells only durable heads; takes no documents.
    Relay,
    /// Sends flags, so that the relay may answer with a whole document; tells all its heads.
    Desktop,
}

/// What a message brought, all of it passed by the [gate].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incoming {
    /// Single changes in the order of the message; for [`ChangeGraph::insert`] and the store.
    pub changes: Vec<StoredChange>,
    /// Document chunks, measured but not opened; a relay's session never yields any.
    pub documents: Vec<Vec<u8>>,
}

/// Reads the bytes of one change; `None` if they cannot be had, and then the change is not sent.
pub type Fetch<'a> = dyn FnMut(&ChangeHash) -> Option<Arc<[u8]>> + 'a;

/// One conversation with one peer about one document.
///
/// It lives as long as the connection; [`Session::save`] keeps what is worth knowing next time. After
/// [`Session::receive`], insert what came, then call [`Session::generate`] until it returns `None`; likewise after
/// every change of the graph and, at a relay, after every [`ChangeGraph::mark_durable`].
///
/// ```
/// use adjutant_sync::{graph::ChangeGraph, session::{Role, Session}};
/// let (ours, theirs) = (ChangeGraph::new(), ChangeGraph::new());
/// let mut desktop = Session::new(Role::Desktop);
/// let mut relay = Session::new(Role::Relay);
/// let hello = desktop.generate(&ours, &mut |_| None).unwrap();
/// relay.receive(&theirs, &hello)?;
/// let answer = relay.generate(&theirs, &mut |_| None).unwrap();
/// desktop.receive(&ours, &answer)?;
/// assert_eq!(desktop.generate(&ours, &mut |_| None), None);
/// assert_eq!(desktop.their_heads(), Some([].as_slice()));
/// # Ok::<(), adjutant_sync::gate::GateError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    role: Role,
    /// Changes that both have, with all that they stand on.
    shared_heads: Vec<ChangeHash>,
    /// What the last message said; `None` before the first.
    heard: Option<Heard>,
    /// Changes sent in this conversation that the peer's heads do not cover.
    sent: BTreeSet<ChangeHash>,
    /// Heads of what was sent in this conversation as a snapshot: everything under them has been sent.
    sent_under: Vec<ChangeHash>,
    snapshots_sent: u8,
    /// The peer lacked everything, or much, when it last spoke.
    lacks_much: bool,
    /// Changes that the peer has asked for by name and has not been sent since; kept apart from what it said last,
    /// because a message may be overtaken or repeated.
    asked: BTreeSet<ChangeHash>,
    /// Heads that the peer has said it has and that we have not; kept for the same reason.
    announced: BTreeSet<ChangeHash>,
    /// The peer has said something new since we last had the word.
    has_heard_news: bool,
    /// What our last message said; `None` before the first.
    said: Option<Said>,
    peer: Traits,
    /// What the peer said shows that it goes by something that does not hold: it must hear from us.
    owes_answer: bool,
    /// Changes that came from the peer, so it has them; not yet among the shared heads.
    received: Vec<ChangeHash>,
}

/// What the peer's flags say of it.
#[derive(Debug, Clone, Copy, Default)]
struct Traits {
    /// It does not take changes at present.
    is_read_only: bool,
    /// It understands whole documents.
    takes_documents: bool,
}

#[derive(Debug, Clone)]
struct Heard {
    heads: Vec<ChangeHash>,
    need: Vec<ChangeHash>,
    have: Vec<Filter>,
    /// It was a reset, whose filters say nothing.
    is_reset: bool,
    /// It is not what the message before said.
    is_new: bool,
    /// It has not been evaluated against the graph.
    is_fresh: bool,
}

impl Heard {
    fn last_syncs(&self) -> impl Iterator<Item = &ChangeHash> {
        self.have.iter().flat_map(|have| &have.last_sync)
    }

    /// Tells whether the peer says that it has nothing at all.
    fn is_newcomer(&self) -> bool {
        self.heads.is_empty() && !self.have.is_empty() && self.have.iter().all(Filter::is_blank)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.heads == other.heads
            && self.need == other.need
            && self.is_reset == other.is_reset
            && self.last_syncs().eq(other.last_syncs())
    }

    /// Tells whether this is how Automerge says that it lacks what our filter was based on: it has changes, and
    /// a filter that holds none.
    fn looks_like_reset(&self) -> bool {
        !self.heads.is_empty() && !self.have.is_empty() && self.have.iter().all(Filter::is_blank)
    }
}

impl Filter {
    /// Tells whether it stands for no change.
    fn is_blank(&self) -> bool {
        self.last_sync.is_empty() && self.bloom == BloomFilter::default()
    }
}

/// The changes of one message.
struct Load {
    changes: Vec<Vec<u8>>,
    /// Nothing more follows.
    is_last: bool,
    /// With this the peer has been sent all that it lacks.
    is_whole: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    heads: Vec<ChangeHash>,
    need: Vec<ChangeHash>,
    had_filter: bool,
}

impl Session {
    /// Begins a conversation with a peer of which nothing is known.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            shared_heads: Vec::new(),
            heard: None,
            sent: BTreeSet::new(),
            sent_under: Vec::new(),
            snapshots_sent: 0,
            lacks_much: false,
            asked: BTreeSet::new(),
            announced: BTreeSet::new(),
            has_heard_news: false,
            said: None,
            peer: Traits::default(),
            owes_answer: false,
            received: Vec::new(),
        }
    }

    /// Begins a conversation with a peer known from before, from what [`Session::save`] returned.
    ///
    /// It is safe to restore what is out of date, on either side, or does not belong together at all: it costs bytes.
    ///
    /// # Errors
    /// [`GateError`] if the bytes are not a saved session.
    pub fn restore(role: Role, saved: &[u8]) -> Result<Self, GateError> {
        let mut cursor = Cursor::new(saved);
        match cursor.byte("a saved session")? {
            SAVED => {}
            found => return Err(GateError::MessageKind { found }),
        }
        let shared_heads = gate::read_hashes(&mut cursor, "shared heads", limits::HASH_LIST)?;
        if !cursor.is_empty() {
            return Err(GateError::Leftover {
                what: "a saved session",
                size_bytes: cursor.rest().len(),
            });
        }
        Ok(Self {
            shared_heads,
            ..Self::new(role)
        })
    }

    /// Returns what is worth knowing when the same peer connects again: 34 bytes and 32 for each head beyond the first.
    ///
    /// The format is that of `automerge::sync::State::encode`.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = vec![SAVED];
        write_number(&mut bytes, self.shared_heads.len() as u64);
        for head in &self.shared_heads {
            bytes.extend_from_slice(&head.0);
        }
        bytes
    }

    /// Returns the heads of the peer as of its last message, as it gave them; `None` before the first message.
    ///
    /// Of a relay these are its durable heads: what they cover is on its disk.
    pub fn their_heads(&self) -> Option<&[ChangeHash]> {
        self.heard.as_ref().map(|heard| heard.heads.as_slice())
    }

    /// Tells whether the peer has said that it does not take changes at present.
    pub fn is_peer_read_only(&self) -> bool {
        self.peer.is_read_only
    }

    /// Takes in a message.
    ///
    /// Costs the gate's work on what came. Insert the changes into the graph, then generate.
    ///
    /// # Errors
    /// Any [`GateError`]; then nothing of the message counts and the session is as it was.
    pub fn receive(&mut self, graph: &ChangeGraph, message: &[u8]) -> Result<Incoming, GateError> {
        let parts = Parts::read(message)?;
        let mut incoming = Incoming::default();
        let mut spent = Spent::default();
        for chunks in &parts.chunks {
            for checked in gate::check_chunks(chunks, self.role == Role::Desktop, &mut spent)? {
                match checked {
                    Checked::Change(change) => incoming.changes.push(change),
                    Checked::Document(bytes) => incoming.documents.push(bytes),
                }
            }
        }
        // What came before is in the graph by now.
        self.evaluate(graph);
        self.received
            .extend(incoming.changes.iter().map(|change| change.meta.hash));
        if let Some(flags) = parts.header.flags {
            self.read_flags(flags);
        }
        self.hear(parts.header);
        self.lacks_much = self.peer.takes_documents && self.lacks_much(graph);
        Ok(incoming)
    }

    fn hear(&mut self, header: Header) {
        let mut heard = Heard {
            heads: header.heads,
            need: header.need,
            have: header.have,
            is_reset: false,
            is_new: false,
            is_fresh: true,
        };
        heard.is_reset = heard.looks_like_reset();
        let before = self.heard.take();
        let had_something = before
            .as_ref()
            .is_some_and(|before| !before.heads.is_empty());
        let has_dropped_snapshot = !self.sent_under.is_empty()
            && (heard.heads.is_empty()
                || self.sent_under.iter().any(|head| heard.need.contains(head)));
        if (heard.heads.is_empty() && had_something) || has_dropped_snapshot {
            // It has lost everything, or wants to be treated so.
            self.forget_sent();
        }
        // Answering the same thing twice could go on for ever.
        heard.is_new = before.is_none_or(|before| !before.says_the_same(&heard));
        if heard.is_reset {
            // It does not know what we took for shared. To take it at its word and send everything would be a waste:
            // it says what it really has as soon as it hears from us again.
            let heads = &heard.heads;
            self.shared_heads.retain(|head| heads.contains(head));
            heard.have.clear();
            self.owes_answer |= heard.is_new;
        }
        let room = limits::HASH_LIST.saturating_sub(self.asked.len());
        self.asked.extend(heard.need.iter().take(room));
        let room = limits::HASH_LIST.saturating_sub(self.announced.len());
        self.announced.extend(heard.heads.iter().take(room));
        self.has_heard_news |= heard.is_new;
        self.heard = Some(heard);
    }

    /// Tells whether the peer lacks everything, or more than a third of what there is, as Automerge draws the line.
    fn lacks_much(&self, graph: &ChangeGraph) -> bool {
        let Some(heard) = &self.heard else {
            return false;
        };
        if heard.is_newcomer() {
            return true;
        }
        let lacking = self.to_send(graph);
        size_of(graph, &lacking).saturating_mul(3) > graph.size_bytes()
    }

    fn read_flags(&mut self, flags: MessageFlags) {
        // Whoever sends flags at all takes documents: they came into the protocol together.
        self.peer.takes_documents = true;
        let is_read_only = flags.contains(MessageFlags::READ_ONLY);
        // While it was read-only it may have ignored what was on its way.
        if flags.contains(MessageFlags::SYNC_RESET) || (self.peer.is_read_only && !is_read_only) {
            self.forget_sent();
        }
        self.peer.is_read_only = is_read_only;
    }

    fn forget_sent(&mut self) {
        self.sent.clear();
        self.sent_under.clear();
    }

    /// Returns the next message to send, or `None` when there is nothing to say until something happens.
    ///
    /// Costs O(changes that are new to the peer), and no more than [`limits::OWN_MESSAGE_BYTES`] of changes unless a
    /// single one is larger. The first message of a conversation in which nothing is shared carries a filter of
    /// the whole history, 10 bits a change.
    pub fn generate(&mut self, graph: &ChangeGraph, fetch: &mut Fetch<'_>) -> Option<Vec<u8>> {
        self.evaluate(graph);
        let heads = match self.role {
            Role::Relay => graph.durable_heads(),
            Role::Desktop => graph.heads(),
        };
        let need = self.our_need(graph);
        // Both lists may be as long as the limit allows.
        let theirs: BTreeSet<&ChangeHash> = self.their_heads().into_iter().flatten().collect();
        let knows_all_needed = need.iter().all(|hash| theirs.contains(hash));
        let load = self.load(graph, fetch);
        let said = Said {
            heads,
            need,
            // More follows a load that is not the last, and the last part says what we have.
            had_filter: knows_all_needed && load.is_last,
        };
        let is_silent = load.changes.is_empty() && !self.owes_answer && !self.is_news(&said);
        self.has_heard_news = false;
        if is_silent {
            return None;
        }
        let message = self.message(graph, &said, load);
        self.owes_answer = false;
        self.said = Some(said);
        Some(message.encode())
    }

    /// Picks what fits into one message of what the peer lacks, and takes note that it is sent.
    fn load(&mut self, graph: &ChangeGraph, fetch: &mut Fetch<'_>) -> Load {
        let mut load = Load {
            changes: Vec::new(),
            is_last: true,
            is_whole: true,
        };
        let mut size_bytes = 0_usize;
        for hash in self.to_send(graph) {
            let Some(bytes) = fetch(&hash) else {
                load.is_whole = false;
                continue;
            };
            size_bytes = size_bytes.saturating_add(bytes.len());
            let is_full = size_bytes > limits::OWN_MESSAGE_BYTES
                || load.changes.len() >= limits::MESSAGE_CHANGES;
            if is_full && !load.changes.is_empty() {
                (load.is_last, load.is_whole) = (false, false);
                break;
            }
            self.asked.remove(&hash);
            self.sent.insert(hash);
            load.changes.push(bytes.to_vec());
        }
        load
    }

    fn message(&self, graph: &ChangeGraph, said: &Said, load: Load) -> Message {
        let have = said.had_filter.then(|| self.our_have(graph, load.is_whole));
        Message {
            heads: to_automerge(&said.heads),
            need: to_automerge(&said.need),
            have: have.into_iter().collect(),
            changes: ChunkList::from(load.changes),
            flags: self.flags(),
            version: MessageVersion::V1,
        }
    }

    /// Tells whether a whole document might serve the peer better than single changes: it reads such and lacks
    /// everything, or more than a third of what there is.
    pub fn wants_snapshot(&self) -> bool {
        self.peer.takes_documents
            && !self.peer.is_read_only
            && self.snapshots_sent < SNAPSHOTS
            && self.sent.is_empty()
            && self.sent_under.is_empty()
            && self.lacks_much
    }

    /// Returns the message that carries a whole document; what came after it follows with the next
    /// [`Session::generate`], which should come at once.
    ///
    /// Call it only if [`Session::wants_snapshot`]. Returns `None`, and changes nothing, if the graph does not hold the
    /// snapshot's heads or, at a relay, not all of it is on disk, or if the changes that it stands for and that the
    /// peer lacks are smaller. Costs a copy of the bytes and, for a newcomer, O(changes newer than the snapshot).
    pub fn generate_snapshot(
        &mut self,
        graph: &ChangeGraph,
        snapshot: Snapshot,
    ) -> Option<Vec<u8>> {
        if !self.is_worth_sending(graph, &snapshot) {
            return None;
        }
        let Snapshot { heads, bytes } = snapshot;
        let said = Said {
            heads: heads.clone(),
            need: Vec::new(),
            had_filter: true,
        };
        let message = Message {
            heads: to_automerge(&heads),
            need: Vec::new(),
            // True as soon as the peer has taken the document in, which it does before it reads this.
            have: vec![Have {
                last_sync: to_automerge(&heads),
                bloom: BloomFilter::default(),
            }],
            changes: ChunkList::from(vec![bytes]),
            flags: self.flags(),
            version: MessageVersion::V2,
        };
        self.owes_answer = false;
        self.said = Some(said);
        self.sent_under = heads;
        self.snapshots_sent = self.snapshots_sent.saturating_add(1);
        Some(message.encode())
    }

    fn is_worth_sending(&self, graph: &ChangeGraph, snapshot: &Snapshot) -> bool {
        let is_ours = |head: &ChangeHash| match self.role {
            Role::Relay => graph.is_durable(head),
            Role::Desktop => graph.contains(head),
        };
        let Some(heard) = self.heard.as_ref().filter(|_| !snapshot.heads.is_empty()) else {
            return false;
        };
        if snapshot.bytes.len() > SNAPSHOT_BYTES || !snapshot.heads.iter().all(is_ours) {
            return false;
        }
        let newer = graph.changes_after(&snapshot.heads);
        let replaced_bytes = if heard.is_newcomer() {
            // The common case, in which the whole history need not be looked at.
            graph.size_bytes().saturating_sub(size_of(graph, &newer))
        } else {
            let newer: BTreeSet<ChangeHash> = newer.into_iter().collect();
            let mut lacking = self.to_send(graph);
            lacking.retain(|hash| !newer.contains(hash));
            size_of(graph, &lacking)
        };
        snapshot.bytes.len() as u64 <= replaced_bytes
    }

    fn flags(&self) -> Option<MessageFlags> {
        (self.role == Role::Desktop).then(|| {
            let mut flags = MessageFlags::new();
            flags.set(MessageFlags::SUPPORTS_SYNC_RESET);
            flags
        })
    }

    /// Tells whether a message without changes would tell the peer anything.
    fn is_news(&self, now: &Said) -> bool {
        match &self.said {
            None => true,
            Some(said) => {
                now.heads != said.heads
                    // Whoever speaks and has not given what was asked for may have lost the question.
                    || (!now.need.is_empty() && (now.need != said.need || self.has_heard_news))
                    || (now.had_filter && !said.had_filter)
            }
        }
    }

    /// Draws conclusions from what the peer said, as far as the graph knows what it spoke of.
    fn evaluate(&mut self, graph: &ChangeGraph) {
        // The store may have lost changes, or the session may have been restored beside another document.
        self.announced.retain(|head| !graph.contains(head));
        self.shared_heads.append(&mut self.received);
        self.shared_heads.retain(|head| graph.contains(head));
        if let Some(heard) = &mut self.heard {
            let is_fresh = std::mem::take(&mut heard.is_fresh);
            let known: Vec<ChangeHash> = heard
                .heads
                .iter()
                .filter(|head| graph.contains(head))
                .copied()
                .collect();
            if known.len() == heard.heads.len() {
                self.shared_heads.clone_from(&known);
            } else {
                self.shared_heads.extend(&known);
            }
            if is_fresh && !self.sent.is_empty() && !known.is_empty() {
                let open: BTreeSet<ChangeHash> = graph.changes_after(&known).into_iter().collect();
                self.sent.retain(|hash| open.contains(hash));
            }
            // Only now, because the message itself may have brought what it goes by.
            let goes_by_unknown = heard.last_syncs().any(|head| !graph.contains(head));
            self.owes_answer |= is_fresh && heard.is_new && goes_by_unknown;
        }
        if self.shared_heads.len() > 1 {
            self.shared_heads = graph.newest_of(&self.shared_heads);
        }
    }

    /// Returns what has to be asked for.
    fn our_need(&self, graph: &ChangeGraph) -> Vec<ChangeHash> {
        let mut heads = self.their_heads().unwrap_or_default().to_vec();
        heads.extend(&self.announced);
        let mut need = graph.missing_deps(&heads);
        need.truncate(limits::HASH_LIST);
        need
    }

    /// Says what we have: all under the shared heads, and a filter of the rest. One that had nothing and has been sent
    /// everything needs no filter: it has all under our heads too, as soon as it reads this.
    fn our_have(&self, graph: &ChangeGraph, has_sent_all: bool) -> Have {
        let is_newcomer = self.heard.as_ref().is_some_and(Heard::is_newcomer);
        if is_newcomer && has_sent_all && !self.peer.is_read_only {
            return Have {
                last_sync: to_automerge(&graph.heads()),
                bloom: BloomFilter::default(),
            };
        }
        let rest = to_automerge(&graph.changes_after(&self.shared_heads));
        Have {
            last_sync: to_automerge(&self.shared_heads),
            bloom: BloomFilter::from_hashes(rest.iter()),
        }
    }

    /// Returns what the peer lacks and has not been sent, in causal order; what it asks for and could not expect otherwise first.
    fn to_send(&self, graph: &ChangeGraph) -> Vec<ChangeHash> {
        let Some(heard) = self.heard.as_ref().filter(|_| !self.peer.is_read_only) else {
            return Vec::new();
        };
        let lacking = lacking(graph, heard, &self.sent_under);
        let in_order: BTreeSet<&ChangeHash> = lacking.iter().collect();
        let asked = self
            .asked
            .iter()
            .filter(|hash| graph.contains(hash) && !in_order.contains(hash));
        asked
            .chain(&lacking)
            .filter(|hash| !self.sent.contains(*hash))
            .copied()
            .collect()
    }
}

/// Returns what a peer lacks by what it says it has: whatever its filters do not hold, and all that stands on that.
/// `sent_under` counts as had.
fn lacking(graph: &ChangeGraph, heard: &Heard, sent_under: &[ChangeHash]) -> Vec<ChangeHash> {
    if heard.have.is_empty() {
        return Vec::new();
    }
    let mut base: Vec<ChangeHash> = heard.heads.clone();
    base.extend(heard.last_syncs());
    base.extend(sent_under);
    let mut lacking = BTreeSet::new();
    let mut in_order = Vec::new();
    for hash in graph.changes_after(&base) {
        let name = automerge::ChangeHash(hash.0);
        let is_held = heard
            .have
            .iter()
            .any(|have| have.bloom.contains_hash(&name));
        let stands_on_lacking = || {
            graph
                .meta(&hash)
                .is_some_and(|meta| meta.deps.iter().any(|dep| lacking.contains(dep)))
        };
        if !is_held || stands_on_lacking() {
            lacking.insert(hash);
            in_order.push(hash);
        }
    }
    in_order
}

/// Returns the bytes of these changes, each as it is stored.
fn size_of(graph: &ChangeGraph, changes: &[ChangeHash]) -> u64 {
    let metas = changes.iter().filter_map(|hash| graph.meta(hash));
    metas.map(|meta| meta.size_bytes).sum()
}

fn to_automerge(hashes: &[ChangeHash]) -> Vec<automerge::ChangeHash> {
    hashes
        .iter()
        .map(|hash| automerge::ChangeHash(hash.0))
        .collect()
}

#[cfg(test)]
mod tests;
