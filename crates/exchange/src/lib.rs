//! Files in as commands and warnings, reports out as files.
//!
//! Imports read untrusted bytes and never touch a document: they return one batch of commands, what was taken, what was
//! left out and a warning for every cell that could not be used. The one rule: nothing is dropped silently, so rows in
//! are rows used plus rows left out.

pub mod export;
pub mod import;
pub mod report;
