//! Projects: where each stands, what comes next, how late it will be.
//!
//! Slip and state are the model's; nothing of a project is decided here.

pub mod data;
mod ui;

pub use ui::ProjectsView;
