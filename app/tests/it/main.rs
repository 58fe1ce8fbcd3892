//! The window driven without a display, by the names that assistive technology reads.

mod actions;
mod budget;
mod overview;
mod projects;
mod shell;
mod support;
mod trees;
