//! Action items: a long list to filter, sort, tick off and add to by one key.
//!
//! The list's rows are the model's query; nothing of an action is decided here.

pub mod capture;
pub mod data;
mod ui;

pub use ui::ActionsView;
