//! What every import shares: its result, its warnings, its errors, and reading a file within the limits.
//!
//! Here lives no knowledge of any one file form. The one rule: an import that returns `Ok` accounts for every row of its
//! file; one that returns an error has made nothing.

pub mod actions;
pub mod budget;
mod cell;
mod columns;
pub mod compare;
pub mod csv_file;
#[cfg(test)]
mod fuzz;
pub mod ical;
pub mod ledger;
pub mod licences;
pub mod minutes;
pub mod mspdi;
mod names;
pub mod plan_table;
pub mod projects;
mod sheet_file;

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use adjutant_base::limits;
use adjutant_model::{Command, Kind};

pub use cell::DateOrder;

pub use csv_file::FileError;
pub use names::warn_of_other_names;

/// What a file became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What to do: one batch, or nothing if no row could be used.
    pub commands: Vec<Command>,
    /// What was taken and what was left out.
    pub summary: Summary,
    /// What could not be used, by line and column.
    pub warnings: Warnings,
}

impl Imported {
    /// Names the file in the step that is kept with every value: who and when are kept with it anyway.
    ///
    /// The hash is the beginning of BLAKE3 over the file's bytes.
    #[must_use]
    pub fn from_file(mut self, file_name: &str, bytes: &[u8]) -> Self {
        let hash = blake3::hash(bytes).to_hex();
        let short: String = hash.chars().take(12).collect();
        let name = shortened(file_name);
        for command in &mut self.commands {
            if let Command::Batch { label, .. } = command {
                *label = format!("{label} from {name} ({short})");
            }
        }
        self
    }
}

/// What an import took from its file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The form that was recognised, in words.
    pub form: &'static str,
    /// The sheet that was read, if the file is a spreadsheet.
    pub sheet: Option<String>,
    /// The encoding that the file was read in, or the form of a spreadsheet.
    pub encoding: &'static str,
    /// The character between two cells.
    pub delimiter: char,
    /// Rows under the header that hold anything.
    pub rows: usize,
    /// Rows of which something stands in the commands.
    pub rows_used: usize,
    /// Rows of which nothing does, by reason; `rows` is `rows_used` plus these.
    pub left_out: Vec<LeftOut>,
    /// Columns of which nothing was taken, as the header names them.
    pub columns_left_out: Vec<String>,
    /// How many records of each kind the commands make.
    pub made: Vec<(Kind, usize)>,
    /// Sums in the file against sums in the commands.
    pub control_totals: Vec<ControlTotal>,
    /// What else a person should know: what was assumed, what was rounded.
    pub notes: Vec<String>,
}

impl Summary {
    /// Returns the number of rows of which nothing stands in the commands.
    pub fn rows_left_out(&self) -> usize {
        self.left_out.iter().map(|left| left.rows).sum()
    }

    pub(crate) fn leave_out(&mut self, reason: &'static str) {
        match self.left_out.iter_mut().find(|left| left.reason == reason) {
            Some(left) => left.rows += 1,
            None => self.left_out.push(LeftOut { reason, rows: 1 }),
        }
    }

    pub(crate) fn count_made(&mut self, commands: &[Command]) {
        for kind in Kind::ALL.iter().copied() {
            let is_made = |command: &&Command| matches!(command, Command::Create { fields, .. } if fields.kind() == kind);
            let count = commands.iter().filter(is_made).count();
            if count > 0 {
                self.made.push((kind, count));
            }
        }
    }
}

/// Rows of which nothing was taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Why, in words.
    pub reason: &'static str,
    /// How many.
    pub rows: usize,
}

/// A sum over one kind of figure: the file's, and where each part of it went. All in minor units.
///
/// `in_file` is `placed` plus `spread` plus `left_out`, and `placed` is what the commands add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ControlTotal {
    /// The figure, as the file names it.
    pub name: String,
    /// The three-letter code of the currency.
    pub currency: &'static str,
    /// Rows that hold the figure.
    pub rows: usize,
    /// Sum over those rows.
    pub in_file: i128,
    /// Sum over the rows whose figure stands in the commands.
    pub placed: i128,
    /// Sum over the rows that only say how a placed figure is spread over the year.
    pub spread: i128,
    /// Sum over the rows that were left out.
    pub left_out: i128,
    /// Sum over the amounts in the commands.
    pub in_commands: i128,
}

impl ControlTotal {
    /// Tells whether every amount of the file is accounted for.
    pub fn is_balanced(&self) -> bool {
        self.in_file == self.placed + self.spread + self.left_out && self.placed == self.in_commands
    }
}

/// One thing that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Line of the file, from 1, where the row begins.
    pub line: u64,
    /// Column as the header names it; empty if the row as a whole is meant.
    pub column: String,
    /// The value as it stands in the file, cut to 80 characters.
    pub value: String,
    /// What is wrong or what was expected, and what was done.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column \"{}\"", self.column)?;
        }
        if self.value.is_empty() {
            write!(f, ": {}", self.message)
        } else {
            write!(f, ": \"{}\" {}", self.value, self.message)
        }
    }
}

/// Warnings in the order of the file, up to a limit; the rest are counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Warnings {
    /// The first of them, at most [`limits::IMPORT_WARNINGS`].
    pub listed: Vec<Warning>,
    /// How many more there are.
    pub more: usize,
}

impl Warnings {
    /// Returns how many there are, listed or not.
    pub fn count(&self) -> usize {
        self.listed.len() + self.more
    }

    pub(crate) fn add(&mut self, line: u64, column: &str, value: &str, message: impl Into<String>) {
        if self.listed.len() >= limits::IMPORT_WARNINGS {
            self.more += 1;
            return;
        }
        self.listed.push(Warning {
            line,
            column: column.to_owned(),
            value: shortened(value),
            message: message.into(),
        });
    }

    /// Puts warnings that were found after the rows were read back in the order of the file.
    pub(crate) fn sort(&mut self) {
        self.listed.sort_by_key(|warning| warning.line);
    }
}

/// Returns a value fit for a message: on one line, cut to 80 characters.
pub(crate) fn shortened(value: &str) -> String {
    value
        .chars()
        .take(80)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read.
    pub bytes_done: usize,
    /// Bytes in all.
    pub bytes_total: usize,
    /// Rows read.
    pub rows: usize,
}

/// Told from time to time how far an import has come; `Break` ends it.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Takes progress and never ends the import.
pub fn keep_going(_progress: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Why a file could not be imported. Nothing was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is not a readable table.
    #[error(transparent)]
    File(#[from] FileError),
    /// No row has the names of the columns that are needed.
    #[error("no header with {wanted} was found; {found}")]
    NoHeader {
        /// The columns that were looked for.
        wanted: &'static str,
        /// What stands there instead.
        found: String,
    },
    /// Nothing says which fiscal year the amounts belong to.
    #[error(
        "the file has no column \"fiscal_year\": say which fiscal year it is (--fiscal-year 2026)"
    )]
    NoFiscalYear,
    /// It is no calendar.
    #[error("this is no iCalendar file; export the calendar as .ics")]
    NoCalendar,
    /// The rows do not add up to what a person says that they do.
    #[error("the rows add up to {found}, not to the control total {said}; nothing was imported")]
    ControlTotal {
        /// What the person says.
        said: String,
        /// What the rows add up to.
        found: String,
    },
    /// The user ended it.
    #[error("the import was ended before its end; nothing was imported")]
    Cancelled,
}

/// Why a file could not be read from disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It could not be opened or read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is larger than an import may be.
    #[error("{path} is larger than the {limit} MiB that one import may have; split it", limit = limits::IMPORT_BYTES >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

/// Reads a file, at most [`limits::IMPORT_BYTES`] of it.
///
/// # Errors
/// [`ReadError`] if it cannot be read or is larger.
pub fn read_file_blocking(path: &Path) -> Result<Vec<u8>, ReadError> {
    use std::io::Read as _;
    let unreadable = |source| ReadError::Read {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file at the limit from one beyond it, pipes included.
    file.take(limits::IMPORT_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits::IMPORT_BYTES {
        return Err(ReadError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

/// Reads the first table of a file that has the header that is looked for: the file itself, or a sheet of it.
///
/// If none has, the error is that of the table with the most text.
pub(crate) fn first_that_fits(
    bytes: &[u8],
    mut read: impl FnMut(&csv_file::CsvFile<'_>) -> Result<Imported, ImportError>,
) -> Result<Imported, ImportError> {
    let mut refused: Option<(usize, ImportError)> = None;
    for (sheet, table) in sheet_file::tables(bytes)? {
        match read(&table) {
            Ok(mut imported) => {
                imported.summary.sheet = sheet;
                return Ok(imported);
            }
            Err(error @ ImportError::NoHeader { .. }) => {
                let size = table.size_bytes();
                if refused.as_ref().is_none_or(|(known, _)| size > *known) {
                    refused = Some((size, error));
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(refused.map_or(ImportError::File(FileError::Empty), |(_, error)| error))
}

/// Returns the commands as one batch, or none if there is nothing to do.
pub(crate) fn batch(label: &str, commands: Vec<Command>) -> Vec<Command> {
    if commands.is_empty() {
        return Vec::new();
    }
    vec![Command::Batch {
        label: label.to_owned(),
        commands,
    }]
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    /// Returns a file of the shared fixtures, or `None` after naming the test as skipped.
    pub(crate) fn fixture(name: &str, test: &str) -> Option<Vec<u8>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let bytes = std::fs::read(root.join("../shared/fixtures").join(name)).ok();
        if bytes.is_none() {
            println!("{test}: skipped, ../shared/fixtures/{name} is not here");
        }
        bytes
    }
}
