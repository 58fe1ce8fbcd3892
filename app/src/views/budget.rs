//! Budgets: lines by months, typed and pasted like a spreadsheet, with totals and flags.
//!
//! Figures, totals and flags are the model's; here they are laid out and typed into.

pub mod data;
mod grid;
pub mod paste;
mod ui;

pub use ui::BudgetView;
