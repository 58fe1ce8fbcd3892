//! The engine of one device: one worker owns documents, store and link; it publishes boards and takes commands.
//!
//! Readers never wait: [`Engine::board`] and [`Engine::status`] hand out the newest picture. Nothing in here draws, and
//! nothing outside here holds a document. Functions that may wait end in `_blocking`.

mod cache;
mod engine;
mod identity;
mod link;
mod replica;
mod status;
mod undo;
mod worker;

pub use engine::{
    Busy, Config, Engine, ExecuteError, Fingerprint, JoinError, OpenError, Receipt, Wake, Zone,
};
pub use identity::IdentityError;
pub use status::{Damage, LinkState, Notice, SyncStatus};
