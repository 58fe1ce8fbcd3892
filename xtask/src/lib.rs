//! The project's own tasks, as a library so that each can be tested: see `main.rs` for the commands.
//!
//! Nothing that a user runs lives here. The one rule: a task only reads the tree, or writes where it was told to.

pub mod tidy;
