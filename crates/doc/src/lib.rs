//! How records lie in Automerge documents: the only crate that knows.
//!
//! A [`Document`] takes in writes, changes and snapshots and keeps every record read. Outside it there are only
//! records, writes, hashes and bytes: no Automerge object id or key. No I/O, no clock.
//!
//! Shape of every document: `{meta: {schema}, records: {<kind>: {<record id>: {<field>: scalar | Text}}}}`.
//!
//! ```
//! use adjutant_base::{ActorId, CompartmentId, DocumentClass, DocumentId, RecordId, Timestamp};
//! use adjutant_doc::{Author, Document};
//! use adjutant_model::record::Write;
//! use adjutant_model::value::Raw;
//!
//! let document = DocumentId::derived(CompartmentId([1; 6]), DocumentClass::Records, "projects");
//! let record = RecordId::derived("intranet");
//! let author = Author { actor: ActorId([7; 20]), command: "create project", time: Timestamp(0) };
//! let write = Write { document, kind: "project", record, field: "title", value: Raw::Line("Intranet".into()) };
//!
//! let mut here = Document::empty(document);
//! let committed = here.write(&[write], &author)?;
//!
//! let (there, applied) = Document::load(document, committed.changes);
//! assert!(applied.missing.is_empty() && applied.quarantined.is_empty());
//! assert_eq!(there.content_hash(), here.content_hash());
//! let project = there.record("project", record).ok_or("the project has not come")?;
//! assert_eq!(project.fields.get("title"), Some(&Raw::Line("Intranet".into())));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![warn(clippy::float_arithmetic)]
// An overflow in a test panics, as it should.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod at;
mod document;
mod hash;
pub mod history;
mod incoming;
mod log;
pub mod past;
mod prose;
mod raw;
mod read;
mod records;
mod skeleton;
mod snapshot;
mod touch;
mod trial;
mod walk;
mod write;

pub use document::{Applied, Author, Committed, Document};
pub use incoming::{Fault, Quarantined};
pub use skeleton::SCHEMA;
pub use snapshot::SnapshotError;
pub use write::WriteError;
