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

use adjutant_base::{ChangeHash, StoredChange, limits};
use automerge::sync::{BloomFilter, ChunkList, Have, Message, MessageFlags, MessageVersion};

use crate::gate::{self, Checked, Cursor, Filter, GateError, Header, Parts, Spent, write_number};
use crate::graph::ChangeGraph;

/// First byte of a saved session, as of Automerge's own saved state.
const SAVED: u8 = 0x43;

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
    /// The last message has not been evaluated against the graph.
    is_fresh: bool,
    /// Changes sent in this conversation that the peer's heads do not cover.
    sent: BTreeSet<ChangeHash>,
    /// What our last message said; `None` before the first.
    said: Option<Said>,
    /// The peer does not take changes at present.
    is_peer_read_only: bool,
    /// What the peer said shows that it goes by something that does not hold: it must hear from us.
    owes_answer: bool,
    /// Changes that came from the peer, so it has them; not yet among the shared heads.
    received: Vec<ChangeHash>,
}

#[derive(Debug, Clone)]
struct Heard {
    heads: Vec<ChangeHash>,
    need: Vec<ChangeHash>,
    have: Vec<Filter>,
}

impl Heard {
    fn last_syncs(&self) -> impl Iterator<Item = &ChangeHash> {
        self.have.iter().flat_map(|have| &have.last_sync)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.heads == other.heads
            && self.need == other.need
            && self.last_syncs().eq(other.last_syncs())
    }

    /// Tells whether this is how Automerge says that it lacks what our filter was based on: it has changes, and
    /// a filter that holds none.
    fn is_reset(&self) -> bool {
        let is_blank =
            |have: &Filter| have.last_sync.is_empty() && have.bloom == BloomFilter::default();
        !self.heads.is_empty() && !self.have.is_empty() && self.have.iter().all(is_blank)
    }
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
            is_fresh: false,
            sent: BTreeSet::new(),
            said: None,
            is_peer_read_only: false,
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
        self.is_peer_read_only
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
        self.hear(graph, parts.header);
        Ok(incoming)
    }

    fn hear(&mut self, graph: &ChangeGraph, header: Header) {
        let mut heard = Heard {
            heads: header.heads,
            need: header.need,
            have: header.have,
        };
        let before = self.heard.take();
        let had_something = before
            .as_ref()
            .is_some_and(|before| !before.heads.is_empty());
        if heard.heads.is_empty() && had_something {
            // It has lost everything, or wants to be treated so.
            self.sent.clear();
        }
        // Answering the same thing twice could go on for ever.
        let is_new = before.is_none_or(|before| !before.says_the_same(&heard));
        if heard.is_reset() {
            // It does not know what we took for shared. To take it at its word and send everything would be a waste:
            // it says what it really has as soon as it hears from us again.
            let heads = &heard.heads;
            self.shared_heads.retain(|head| heads.contains(head));
            heard.have.clear();
            self.owes_answer |= is_new;
        }
        let goes_by_unknown = heard.last_syncs().any(|head| !graph.contains(head));
        self.owes_answer |= goes_by_unknown && is_new;
        self.heard = Some(heard);
        self.is_fresh = true;
    }

    fn read_flags(&mut self, flags: MessageFlags) {
        let is_read_only = flags.contains(MessageFlags::READ_ONLY);
        // While it was read-only it may have ignored what was on its way.
        if flags.contains(MessageFlags::SYNC_RESET) || (self.is_peer_read_only && !is_read_only) {
            self.sent.clear();
        }
        self.is_peer_read_only = is_read_only;
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
        let theirs = self.their_heads().unwrap_or_default();
        let mut has_filter = need.iter().all(|hash| theirs.contains(hash));
        let mut changes = Vec::new();
        let mut size_bytes = 0_usize;
        for hash in self.to_send(graph) {
            let Some(bytes) = fetch(&hash) else { continue };
            size_bytes = size_bytes.saturating_add(bytes.len());
            let is_full =
                size_bytes > limits::OWN_MESSAGE_BYTES || changes.len() >= limits::MESSAGE_CHANGES;
            if is_full && !changes.is_empty() {
                // More follows, and the last part says what we have.
                has_filter = false;
                break;
            }
            self.sent.insert(hash);
            changes.push(bytes.to_vec());
        }
        let said = Said {
            heads,
            need,
            had_filter: has_filter,
        };
        if changes.is_empty() && !self.owes_answer && !self.is_news(&said) {
            return None;
        }
        let have = has_filter.then(|| self.our_have(graph));
        let flags = (self.role == Role::Desktop).then(|| {
            let mut flags = MessageFlags::new();
            flags.set(MessageFlags::SUPPORTS_SYNC_RESET);
            flags
        });
        let message = Message {
            heads: to_automerge(&said.heads),
            need: to_automerge(&said.need),
            have: have.into_iter().collect(),
            changes: ChunkList::from(changes),
            flags,
            version: MessageVersion::V1,
        };
        self.owes_answer = false;
        self.said = Some(said);
        Some(message.encode())
    }

    /// Tells whether a message without changes would tell the peer anything.
    fn is_news(&self, now: &Said) -> bool {
        match &self.said {
            None => true,
            Some(said) => {
                now.heads != said.heads
                    || (!now.need.is_empty() && now.need != said.need)
                    || (now.had_filter && !said.had_filter)
            }
        }
    }

    /// Draws conclusions from what the peer said, as far as the graph knows what it spoke of.
    fn evaluate(&mut self, graph: &ChangeGraph) {
        // The store may have lost changes, or the session may have been restored beside another document.
        self.shared_heads.append(&mut self.received);
        self.shared_heads.retain(|head| graph.contains(head));
        if let Some(heard) = &self.heard {
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
            if self.is_fresh && !self.sent.is_empty() && !known.is_empty() {
                let open: BTreeSet<ChangeHash> = graph.changes_after(&known).into_iter().collect();
                self.sent.retain(|hash| open.contains(hash));
            }
            self.is_fresh = false;
        }
        if self.shared_heads.len() > 1 {
            self.shared_heads = graph.newest_of(&self.shared_heads);
        }
    }

    /// Returns what has to be asked for.
    fn our_need(&self, graph: &ChangeGraph) -> Vec<ChangeHash> {
        let mut need = graph.missing_deps(self.their_heads().unwrap_or_default());
        need.truncate(limits::HASH_LIST);
        need
    }

    /// Says what we have: all under the shared heads, and a filter of the rest.
    fn our_have(&self, graph: &ChangeGraph) -> Have {
        let rest = to_automerge(&graph.changes_after(&self.shared_heads));
        Have {
            last_sync: to_automerge(&self.shared_heads),
            bloom: BloomFilter::from_hashes(rest.iter()),
        }
    }

    /// Returns what the peer lacks and has not been sent, in causal order; what it asks for and could not expect otherwise first.
    fn to_send(&self, graph: &ChangeGraph) -> Vec<ChangeHash> {
        let Some(heard) = self.heard.as_ref().filter(|_| !self.is_peer_read_only) else {
            return Vec::new();
        };
        let lacking = lacking(graph, heard);
        let in_order: BTreeSet<&ChangeHash> = lacking.iter().collect();
        let asked = heard
            .need
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
fn lacking(graph: &ChangeGraph, heard: &Heard) -> Vec<ChangeHash> {
    if heard.have.is_empty() {
        return Vec::new();
    }
    let mut base: Vec<ChangeHash> = heard.heads.clone();
    base.extend(heard.last_syncs());
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

fn to_automerge(hashes: &[ChangeHash]) -> Vec<automerge::ChangeHash> {
    hashes
        .iter()
        .map(|hash| automerge::ChangeHash(hash.0))
        .collect()
}

#[cfg(test)]
mod tests;
