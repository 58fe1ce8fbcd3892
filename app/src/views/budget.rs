//! Budgets: lines by months, typed and pasted like a spreadsheet, with totals and flags.

pub mod data;
mod grid;
pub mod paste;
mod ui;

pub use ui::BudgetView;
