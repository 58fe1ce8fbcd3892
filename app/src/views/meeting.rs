//! One meeting: its agenda and what is carried over on the left, live minutes on the right.
//!
//! Minutes are typed into one line that never loses the keyboard; one key decides what the line becomes.

mod data;
mod ui;

pub use ui::MeetingView;
