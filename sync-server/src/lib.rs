//! The relay: keeps every change that a device sends and forwards it to the others.
//!
//! It knows documents by id and changes by hash and never looks inside one. The rule: a device is answered only when
//! its changes are on this machine's disk; the others are served at once.

mod access;
mod arguments;
mod compactor;
mod config;
mod document;
mod http;
mod metrics;
mod outbound;
mod program;
mod rate;
mod registry;
mod run;
mod settings;
mod tls;
mod upkeep;

pub use access::AccessError;
pub use arguments::Arguments;
pub use config::{Protection, RelayConfig, RelayLimits};
pub use program::run;
pub use rate::Rate;
pub use run::{Relay, Running, ShutdownError, StartError};
pub use tls::TlsError;
