//! Sync without sockets, shared by relay and desktop: bytes and change hashes in, bytes out.
//!
//! [`wire`] frames what goes over a WebSocket, [`gate`] judges outside bytes before Automerge sees them, [`graph`]
//! knows which change stands on which, [`session`] holds one conversation about one document, [`backoff`] says how
//! long to wait before dialling again, [`compact`] makes whole documents of single changes, [`gossip`] is
//! what peers say of others. Nothing here does I/O or reads a clock, and only `compact` opens a document. The one
//! rule: no byte from outside reaches Automerge, a store or another peer that [`gate`] has not passed.

#![cfg_attr(
    not(test),
    warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)
)]

pub mod backoff;
pub mod compact;
pub mod gate;
pub mod gossip;
pub mod graph;
pub mod session;
pub mod wire;
