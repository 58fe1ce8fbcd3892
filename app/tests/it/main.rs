//! The window driven without a display, by the names that assistive technology reads.
//!
//! `#[cfg(test)]` is what tells clippy that helpers of a test binary may unwrap.

#[cfg(test)]
mod actions;
#[cfg(test)]
mod budget;
#[cfg(test)]
mod inside;
#[cfg(test)]
mod overview;
#[cfg(test)]
mod projects;
#[cfg(test)]
mod registers;
#[cfg(test)]
mod sheet;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trees;
