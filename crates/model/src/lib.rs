//! The domain: records, money, dates, commands, queries and reports as values.
//!
//! Pure: no I/O, no clock, no randomness, no Automerge, no floats. The board is the picture that views read; a command
//! is the only way that data changes; everything else is derived and never stored.

#[cfg(test)]
mod absurd;
pub mod action;
pub mod board;
pub mod budget;
pub mod calendar;
pub mod change;
pub mod command;
pub mod compliance;
#[cfg(test)]
mod desk;
pub mod diff;
pub mod evaluation;
pub mod foreign;
pub mod kind;
pub mod ledger;
pub mod licence;
pub mod meeting;
pub mod message_plan;
pub mod money;
pub mod onboarding;
pub mod people;
pub mod preview;
pub mod procurement;
pub mod project;
pub mod quantity;
pub mod query;
pub mod record;
pub mod recurrence;
pub mod report;
pub mod review;
pub mod rules;
pub mod sample;
pub mod schedule;
pub mod schema;
pub mod settings;
pub mod status;
pub mod task;
pub mod value;
pub mod vendor;
pub mod workdays;

pub use board::Board;
pub use command::{Command, CommandError, Context, Plan};
pub use kind::{Family, Fields, Home, Kind};
pub use people::PersonId;
pub use record::{Conflict, RecordData, Write, Written};
pub use value::{FieldValue, InvalidValue, Prose, Raw};
