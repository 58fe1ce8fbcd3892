//! One screen for every register: contracts, vendors, invoices, what is to be done today, what has changed...
//!
//! What a register holds is a description (`families.rs` and its neighbours): columns, choices, and a function from the
//! board to rows. `data.rs` filters and sorts them, `ui.rs` draws them and turns edits into commands.

pub mod data;
mod families;
mod meetings;
mod news;
pub(crate) mod past;
mod purchasing;
mod service;
mod today;
mod ui;

pub use families::register_of;
pub(crate) use purchasing::contract_look;
pub use ui::RegisterView;
