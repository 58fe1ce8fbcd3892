//! Action items: a long list to filter, sort, tick off and add to by one key.

pub mod capture;
pub mod data;
mod ui;

pub use ui::ActionsView;
