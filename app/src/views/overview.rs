//! The first screen: how things stand, and what needs attention.
//!
//! It shows and leads on; nothing is edited here.

pub mod data;
mod ui;

pub use ui::OverviewView;
