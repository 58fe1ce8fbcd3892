//! The header of an Automerge change: all that sync and storage need to know of it.
//!
//! Neither the relay nor the store looks further into a change than this; the bytes travel beside it, unread.

use std::sync::Arc;

use crate::ChangeHash;

/// What the change graph keeps of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeMeta {
    /// The change's name.
    pub hash: ChangeHash,
    /// The changes that this one was made on top of, sorted.
    pub deps: Vec<ChangeHash>,
    /// Who made it: any length, because foreign clients choose their own (ours are [`crate::ActorId`]s).
    pub actor: Arc<[u8]>,
    /// Its number in the actor's line, from 1.
    pub seq: u64,
    /// The counter of its first operation, from 1.
    pub start_op: u64,
    /// How many operations it holds.
    pub op_count: u64,
    /// When its author says it was made, in seconds since 1970-01-01 UTC. Never used for order.
    pub time_s: i64,
    /// Length of its chunk as stored and sent, in bytes.
    pub size_bytes: u64,
}

/// A whole document in place of its single changes, with the name of its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The newest changes in it, sorted.
    pub heads: Vec<ChangeHash>,
    /// One Automerge document chunk.
    pub bytes: Vec<u8>,
}

/// A change as it is stored and forwarded: header and chunk, byte for byte as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChange {
    /// The parsed header.
    pub meta: ChangeMeta,
    /// The whole change chunk (magic, checksum, body), possibly deflated.
    pub bytes: Arc<[u8]>,
}
