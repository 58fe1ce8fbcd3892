//! Projects: where each stands, what comes next, how late it will be.

pub mod data;
mod ui;

pub use ui::ProjectsView;
