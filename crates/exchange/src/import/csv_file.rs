//! Untrusted bytes as rows of cells with the line on which each begins: encoding, delimiter, quotes, limits.
//!
//! Takes what spreadsheets and reporting tools write (RFC 4180 and its usual bendings). Cells are read one row at a
//! time, so that memory stays near the size of the file. The one rule: no bytes make it panic, and whatever was bent to
//! make a file readable is reported.

mod decode;
mod records;
mod sniff;

use std::borrow::Cow;
use std::collections::BTreeMap;

use adjutant_base::limits;

pub(super) use decode::text_of;
pub use records::{Record, Records};

/// The delimiters that are looked for, the usual one first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Why bytes are not a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is larger than an import may be.
    #[error("the file has more than the {limit} MiB that one import may have; split it", limit = limits::IMPORT_BYTES >> 20)]
    TooLarge,
    /// It is a file of another kind.
    #[error("this is {kind}, not a CSV file; {remedy}")]
    OtherKind {
        /// What it is.
        kind: &'static str,
        /// How to get a CSV file from it.
        remedy: &'static str,
    },
    /// No delimiter makes columns of it.
    #[error(
        "no columns found: neither comma, semicolon, tab nor \"|\" separates the cells of its lines, of which the first is \"{first_line}\""
    )]
    NoDelimiter {
        /// The first line that holds anything, cut to 80 characters.
        first_line: String,
    },
    /// It is a spreadsheet that cannot be read.
    #[error("the spreadsheet cannot be read: {reason}")]
    Sheet {
        /// What is wrong with it.
        reason: String,
    },
    /// It is XML that cannot be read.
    #[error("line {line}: the XML cannot be read: {reason}")]
    Xml {
        /// Where, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A row of a sheet has too many columns.
    #[error("sheet \"{sheet}\", line {line}: more than the {limit} columns that one import may have", limit = limits::IMPORT_COLUMNS)]
    SheetTooWide {
        /// The sheet's name.
        sheet: String,
        /// The row, from 1.
        line: u64,
    },
    /// It has too many rows.
    #[error("the file has more than the {limit} rows that one import may have; split it", limit = limits::IMPORT_ROWS)]
    TooManyRows,
    /// A row has too many columns.
    #[error("line {line} has more than the {limit} columns that one import may have", limit = limits::IMPORT_COLUMNS)]
    TooManyColumns {
        /// Where the row begins.
        line: u64,
    },
}

/// A decoded file whose delimiter is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFile<'a> {
    /// The text; every line ends with a line feed alone.
    text: Cow<'a, str>,
    encoding: &'static str,
    delimiter: u8,
    /// How many byte sequences were no characters and were replaced.
    replaced: usize,
    /// Whether the first line only names the delimiter.
    names_delimiter: bool,
    /// Whether it was a sheet, whose cells have line breaks of their own.
    is_sheet: bool,
    /// The level in which a sheet groups a row, by line; rows without one stand in no group.
    levels: BTreeMap<u64, i64>,
}

impl<'a> CsvFile<'a> {
    /// Decodes a file and finds its delimiter.
    ///
    /// Cost: linear in the size of the file.
    ///
    /// # Errors
    /// [`FileError`] if it is not a table or beyond a limit.
    pub fn read(bytes: &'a [u8]) -> Result<Self, FileError> {
        let decoded = decode::decode(bytes)?;
        let text = one_line_feed(decoded.text);
        if text.trim().is_empty() {
            return Err(FileError::Empty);
        }
        let named = named_delimiter(&text);
        let mut file = Self {
            text,
            encoding: decoded.encoding,
            delimiter: named.unwrap_or(b','),
            replaced: decoded.replaced,
            names_delimiter: named.is_some(),
            is_sheet: false,
            levels: BTreeMap::new(),
        };
        if named.is_none() {
            file.delimiter = sniff::delimiter(&file.text)?;
        }
        Ok(file)
    }

    /// Takes the records of a sheet, as `sheet_file` writes them.
    pub(super) fn of_sheet(text: String, levels: BTreeMap<u64, i64>, form: &'static str) -> Self {
        Self {
            text: Cow::Owned(text),
            encoding: form,
            delimiter: b',',
            replaced: 0,
            names_delimiter: false,
            is_sheet: true,
            levels,
        }
    }

    /// Returns all records, the header's among them; blank lines are none.
    pub fn records(&self) -> Records<'_> {
        let mut records = Records::new(&self.text, self.delimiter).of_sheet(self.is_sheet);
        if self.names_delimiter {
            records.skip_line();
        }
        records
    }

    /// Returns the level in which a sheet groups the row of a line; `None` if it groups no rows at all.
    pub(super) fn level(&self, line: u64) -> Option<i64> {
        if self.levels.is_empty() {
            return None;
        }
        Some(self.levels.get(&line).copied().unwrap_or(0))
    }

    /// Returns the encoding's name.
    pub fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// Returns the character between two cells.
    pub fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// Returns how many byte sequences were no characters and became the replacement character.
    pub fn replaced(&self) -> usize {
        self.replaced
    }

    /// Returns the size of the decoded text, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.text.len()
    }
}

/// Returns the text with every line end as a single line feed.
fn one_line_feed(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        text
    }
}

/// Returns the delimiter that a first line `sep=;` names, as Excel writes and reads it.
fn named_delimiter(text: &str) -> Option<u8> {
    let first = text.lines().next()?;
    let rest = first.trim_matches('"').strip_prefix("sep=")?;
    let mut bytes = rest.bytes();
    let (delimiter, None) = (bytes.next()?, bytes.next()) else {
        return None;
    };
    DELIMITERS.contains(&delimiter).then_some(delimiter)
}

#[cfg(test)]
mod tests;
