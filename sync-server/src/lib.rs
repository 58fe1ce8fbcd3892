//! The relay: keeps every change that a device sends and forwards it to the others.
//!
//! It knows documents by id and changes by hash and never looks inside one. The rule: a device is answered only when
//! its changes are on this machine's disk; the others are served at once.

mod access;
mod compactor;
mod config;
mod document;
mod http;
mod metrics;
mod outbound;
mod rate;
mod registry;
mod run;

pub use access::AccessError;
pub use config::{Arguments, RelayConfig, RelayLimits};
pub use rate::Rate;
pub use run::{Relay, Running, ShutdownError, StartError, serve};
