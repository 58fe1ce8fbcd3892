//! The tests of the program from outside, in one binary.

#[cfg(test)]
#[path = "it/duties.rs"]
mod duties;
#[cfg(test)]
#[path = "it/duties_of_records.rs"]
mod duties_of_records;
#[cfg(test)]
#[path = "it/files.rs"]
mod files;
#[cfg(test)]
#[path = "it/history.rs"]
mod history;
#[cfg(test)]
#[path = "it/imports.rs"]
mod imports;
#[cfg(test)]
#[path = "it/papers.rs"]
mod papers;
#[cfg(test)]
#[path = "it/program.rs"]
mod program;
#[cfg(test)]
#[path = "it/shell.rs"]
mod shell;
#[cfg(unix)]
#[cfg(test)]
#[path = "it/trust.rs"]
mod trust;
