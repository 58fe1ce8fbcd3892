//! One project: its timeline with dependencies, baseline and critical path, its outline, its actions on a board.
//!
//! The schedule is the model's, worked out in the background; edits are the fields of tasks and actions.

mod board_ui;
mod data;
mod timeline_ui;
mod ui;

pub use ui::ProjectView;
