//! The engine of one device: one worker owns documents, store and link; it publishes boards and takes commands.
//!
//! Readers never wait: [`Engine::board`] and [`Engine::status`] hand out the newest picture. Nothing in here draws, and
//! nothing outside here holds a document. Functions that may wait end in `_blocking`.

mod cache;
pub mod care;
mod engine;
pub mod front;
mod identity;
mod link;
mod loader;
mod past;
mod replica;
pub mod review;
mod status;
mod tls;
mod undo;
mod worker;

pub use adjutant_doc::history::{Edit, Moment};
pub use adjutant_doc::past::{DocumentVersion, Past, Told, Version};
pub use engine::{
    Busy, Config, Engine, ExecuteError, Fingerprint, JoinError, OpenError, Receipt, Wake, Zone,
};
pub use identity::IdentityError;
pub use past::{StepUndone, UndoStepError, device_record};
pub use status::{Damage, LinkState, Notice, SyncStatus};
