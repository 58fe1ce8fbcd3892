//! The domain: records, money, dates, commands, queries and reports as values.
//!
//! Pure: no I/O, no clock, no randomness, no Automerge, no floats. The board is the picture that views read; a command
//! is the only way that data changes; everything else is derived and never stored.

pub mod action;
pub mod board;
pub mod budget;
pub mod calendar;
pub mod command;
pub mod diff;
pub mod kind;
pub mod money;
pub mod people;
pub mod preview;
pub mod project;
pub mod query;
pub mod record;
pub mod report;
pub mod sample;
pub mod schema;
pub mod value;

pub use board::Board;
pub use command::{Command, CommandError, Context, Plan};
pub use kind::{Fields, Home, Kind};
pub use people::PersonId;
pub use record::{Conflict, RecordData, Write, Written};
pub use value::{FieldValue, InvalidValue, Prose, Raw};
