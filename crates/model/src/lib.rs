//! The domain: records, money, dates, commands, queries and reports as values.
//!
//! Pure: no I/O, no clock, no randomness, no Automerge, no floats. The board is the picture that views read; a command
//! is the only way that data changes; everything else is derived and never stored.

pub mod record;
pub mod value;

pub use record::{Conflict, RecordData, Write, Written};
pub use value::{FieldValue, InvalidValue, Prose, Raw};
