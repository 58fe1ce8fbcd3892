//! Sync without I/O: frames, change graph, sessions, and the gate against hostile bytes.
//!
//! Relay and desktop share it. Data in, data out: no sockets, no clocks, no documents. The one rule: outside bytes pass
//! [`gate`] before anything else sees them.

#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]

pub mod backoff;
pub mod gate;
pub mod graph;
pub mod session;
pub mod wire;
