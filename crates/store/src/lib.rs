//! The durable store: changes by document, exactly as they were received, in one SQLite file per workspace.
//!
//! Nothing here looks inside a change. Desktop and relay share it: [`ChunkStore`] is what they see, [`SqliteStore`]
//! what they open, [`Writer`] the one thread that commits, [`Snapshots`] what can be made again. The rule: a commit
//! that was reported done survives the loss of power, and whatever is found damaged is named, kept beside and never silently dropped.

#![cfg_attr(
    not(test),
    warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)
)]

mod chunks;
mod memory;
pub mod private;
mod repair;
mod snapshots;
mod sqlite;
mod writer;

pub use chunks::{
    Batch, ChunkReader, ChunkStore, DamageReason, Damaged, DocumentChanges, DocumentMetas,
    StoreError, Value,
};
pub use memory::MemoryStore;
pub use repair::{Salvage, SalvagedDocument};
pub use snapshots::Snapshots;
pub use sqlite::{DocumentInspection, Inspection, Opened, SqliteStore};
pub use writer::Writer;

#[cfg(test)]
mod tests;
