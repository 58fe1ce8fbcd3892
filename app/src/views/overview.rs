//! The first screen: how things stand, and what needs attention.

pub mod data;
mod ui;

pub use ui::OverviewView;
