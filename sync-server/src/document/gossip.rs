//! What peers at one document pass on through the relay: ephemeral messages, and word of what other stores hold.
//!
//! None of it is stored or believed. The rule: each ephemeral message is passed on once, however many peers send it
//! back, and nobody speaks in the name of somebody who is here himself.

use adjutant_base::{ChangeHash, Clock as _, SystemClock};
use adjutant_sync::wire::{Frame, RemoteHeads};

use super::{ConnectionId, Document, Peer, State, lock};

impl Document {
    /// Passes an ephemeral frame on to everybody else who talks about this document and has room.
    ///
    /// A client passes on what it hears to all its peers, so most come back from each reader: those are dropped.
    pub(crate) fn pass_on(&self, from: &Peer, frame: &Frame) {
        let Frame::Ephemeral {
            sender,
            session_id,
            count,
            ..
        } = frame
        else {
            return;
        };
        let mut state = self.lock();
        let is_own = **sender == *from.name;
        let is_here = |name: &str| state.seats.values().any(|seat| *seat.peer.name == *name);
        if !is_own && is_here(sender) {
            return;
        }
        if !state.passed.is_first(sender, session_id, *count) {
            return;
        }
        for (id, seat) in &state.seats {
            let peer = &seat.peer;
            if *id != from.id && *peer.name != **sender && peer.outbound.has_room() {
                let mut copy = frame.clone();
                if let Frame::Ephemeral { target, .. } = &mut copy {
                    (*target).clone_from(&peer.name.to_string());
                }
                peer.outbound.push(copy.encode());
            }
        }
    }

    /// Takes in what a peer says that stores elsewhere hold, and tells those who want to know.
    pub(crate) fn hear_elsewhere(&self, from: ConnectionId, said: &[RemoteHeads]) {
        let mut guard = self.lock();
        let state = &mut *guard;
        for heads in said {
            let is_here = |storage: &str| {
                let mut peers = state.seats.values().map(|seat| &seat.peer);
                peers.any(|peer| peer.storage.as_deref() == Some(storage))
            };
            // A store that is connected speaks for itself.
            if !is_here(&heads.storage_id) && state.elsewhere.hear(heads) {
                self.tell(state, from, heads);
            }
        }
    }

    /// Tells a peer what is known of the stores that it wants to hear of.
    pub(crate) fn catch_up_elsewhere(&self, connection: ConnectionId) {
        let state = self.lock();
        if let Some(seat) = state.seats.get(&connection) {
            let wanted = lock(&seat.peer.subscriptions);
            for heads in state.elsewhere.of(&wanted) {
                self.send_heads(&seat.peer, heads);
            }
        }
    }

    /// Takes note of what the peer's own store holds, and tells those who want to know.
    pub(super) fn hear_first_hand(&self, state: &mut State, from: &Peer, heads: &[ChangeHash]) {
        let Some(storage) = &from.storage else {
            return;
        };
        let now_ms = u64::try_from(SystemClock.now().0).unwrap_or(0);
        if let Some(news) = state.elsewhere.hear_first_hand(storage, heads, now_ms) {
            self.tell(state, from.id, &news);
        }
    }

    fn tell(&self, state: &State, from: ConnectionId, heads: &RemoteHeads) {
        for (id, seat) in &state.seats {
            if *id != from && lock(&seat.peer.subscriptions).contains(&heads.storage_id) {
                self.send_heads(&seat.peer, heads);
            }
        }
    }

    fn send_heads(&self, peer: &Peer, heads: &RemoteHeads) {
        // Like presence it may be lost: the next is later.
        if !peer.outbound.has_room() {
            return;
        }
        let frame = Frame::RemoteHeadsChanged {
            sender: peer.relay.to_string(),
            target: peer.name.to_string(),
            document: self.id,
            heads: vec![heads.clone()],
        };
        peer.outbound.push(frame.encode());
    }
}
