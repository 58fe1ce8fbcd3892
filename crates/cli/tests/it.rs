//! The tests of the program from outside, in one binary.

#[cfg(test)]
#[path = "it/files.rs"]
mod files;
#[cfg(test)]
#[path = "it/program.rs"]
mod program;

#[cfg(test)]
#[path = "it/duties.rs"]
mod duties;
#[cfg(test)]
#[path = "it/history.rs"]
mod history;

#[cfg(unix)]
#[cfg(test)]
#[cfg(test)]
#[path = "it/trust.rs"]
mod trust;
