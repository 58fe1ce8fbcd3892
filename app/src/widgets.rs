//! Widgets of the desktop that know nothing of the domain: drawn by hand, reachable by keyboard, named to assistive
//! technology.
//!
//! The one rule: each reports role, name and value, and shows where the keyboard is.

pub mod avatar;
pub mod button;
pub mod card;
pub mod cell;
pub mod chart;
pub mod editor;
pub mod empty;
pub mod field;
pub mod inline;
pub mod measure;
pub mod nav_item;
pub mod picker;
pub mod segmented;
pub mod table;
pub mod tag;
pub mod text;
pub mod tile;
pub mod toast;
