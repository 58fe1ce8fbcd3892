//! Questions that views and reports ask of the board: what is overdue, how far off plan, what needs attention.
//!
//! Each is a plain function of the board, of today and of a rule; nothing here is stored and nothing changes the
//! board. The one rule: a figure has one definition, here, so that every screen and every report shows the same.

pub mod action;
pub mod baseline;
pub mod budget;
pub mod change;
pub mod contract;
pub mod earned_value;
pub mod evaluation;
pub mod finding;
pub mod health;
mod kept;
pub mod licence;
pub mod meeting;
pub mod metric;
pub mod obligation;
pub mod onboarding;
pub mod overview;
pub mod portfolio;
pub mod procurement;
pub mod project;
pub mod recurring;
pub mod schedule;
pub mod status;
pub mod trend;
pub mod vendor;
