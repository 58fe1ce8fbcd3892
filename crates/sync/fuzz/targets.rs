//! What the fuzzers throw bytes at; `cargo test` throws the collected corpus at the same functions.
//!
//! Shared by the fuzz targets and by `tests/corpus.rs`. Each function panics if a promise of the crate is broken: no
//! input panics, what is accepted comes back as it was, and no conversation goes on for ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::ChangeHash;
use adjutant_sync::gate::{check_change, check_document, decode_message};
use adjutant_sync::graph::{ChangeGraph, Inserted};
use adjutant_sync::session::{Role, Session};
use adjutant_sync::wire::Frame;

/// Reads a frame; what is a frame is written and read again the same.
pub(crate) fn wire(data: &[u8]) {
    if let Ok(frame) = Frame::decode(data) {
        let written = frame.encode();
        assert_eq!(Frame::decode(&written).as_ref(), Ok(&frame));
    }
}

/// Judges bytes as a change, a document and a message; what passes is safe to use.
pub(crate) fn gate(data: &[u8]) {
    if let Ok(change) = check_change(data) {
        assert_eq!(&*change.bytes, data);
        assert_eq!(change.meta.size_bytes, data.len() as u64);
        assert!(change.meta.seq > 0 && change.meta.start_op > 0);
    }
    check_document(data).ok();
    if let Ok(message) = decode_message(data) {
        for have in &message.have {
            have.bloom.contains_hash(&automerge::ChangeHash([7; 32]));
        }
        // Automerge writes no lists that are out of order; flags of tomorrow are dropped, all else stays.
        let mut lists = message.have.iter().map(|have| &have.last_sync);
        let is_sorted = message.heads.is_sorted() && message.need.is_sorted();
        if is_sorted && lists.all(|hashes| hashes.is_sorted()) {
            let again =
                decode_message(&message.clone().encode()).map(|again| (again.heads, again.changes));
            assert_eq!(again, Ok((message.heads, message.changes)));
        }
    }
}

/// One side of a conversation.
struct Side {
    graph: ChangeGraph,
    chunks: BTreeMap<ChangeHash, Arc<[u8]>>,
    session: Session,
}

impl Side {
    fn new(session: Session) -> Self {
        Self {
            graph: ChangeGraph::new(),
            chunks: BTreeMap::new(),
            session,
        }
    }

    fn hear(&mut self, message: &[u8]) {
        let Ok(incoming) = self.session.receive(&self.graph, message) else {
            return;
        };
        for change in incoming.changes {
            let hash = change.meta.hash;
            match self.graph.insert(change.meta) {
                Inserted::New(entered) => {
                    self.chunks.insert(hash, change.bytes);
                    entered
                        .changes
                        .iter()
                        .for_each(|hash| self.graph.mark_durable(hash));
                }
                Inserted::Orphan => drop(self.chunks.insert(hash, change.bytes)),
                Inserted::Known | Inserted::Refused(_) => {}
            }
        }
    }

    /// Says all there is to say; what is said is well-formed.
    fn say(&mut self) -> Vec<Vec<u8>> {
        let mut said = Vec::new();
        let chunks = &self.chunks;
        while let Some(message) = self
            .session
            .generate(&self.graph, &mut |hash| chunks.get(hash).cloned())
        {
            assert!(decode_message(&message).is_ok());
            said.push(message);
            assert!(said.len() < 100, "it talks without being asked");
        }
        said
    }
}

/// Lets a session hear any messages, and then talk with a sound one until both are silent.
///
/// The first byte chooses the role and whether the first message is a saved session; then come messages, each after
/// its length in two bytes.
pub(crate) fn session(data: &[u8]) {
    let Some((first, mut rest)) = data.split_first() else {
        return;
    };
    let role = if first & 1 == 0 {
        Role::Relay
    } else {
        Role::Desktop
    };
    let mut next = || {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (message, after) = after.split_at(length);
        rest = after;
        Some(message)
    };
    let restored = if first & 2 == 0 { None } else { next() };
    let session = restored.and_then(|saved| Session::restore(role, saved).ok());
    let mut side = Side::new(session.unwrap_or_else(|| Session::new(role)));
    while let Some(message) = next() {
        side.hear(message);
        side.say();
    }
    let mut other = Side::new(Session::new(Role::Desktop));
    for _ in 0..50 {
        let here = other.say();
        for message in &here {
            side.hear(message);
        }
        let there = side.say();
        for message in &there {
            other.hear(message);
        }
        if here.is_empty() && there.is_empty() {
            return;
        }
    }
    panic!("they never come to an end");
}
