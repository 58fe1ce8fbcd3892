//! Everything that speaks HTTP: the listener's limits, the routes, the WebSocket.
//!
//! What a message means is not known here. The rule: a peer that has not been let in costs a few KiB for a few
//! seconds, and nothing that it sends beyond its credential is parsed.

pub(crate) mod health;
pub(crate) mod listener;
pub(crate) mod router;
mod wire;
pub(crate) mod ws;
