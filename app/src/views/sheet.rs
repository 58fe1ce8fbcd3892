//! The side sheet: one record of any kind with its fields, history, remarks and links.
//!
//! It stands beside every screen and follows the board; `data.rs` gathers, `ui.rs` draws.

mod data;
mod ui;

pub use ui::{Sheet, SheetWish};
