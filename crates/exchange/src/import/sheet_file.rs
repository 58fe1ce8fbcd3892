//! Spreadsheets (XLSX, ODS) as the tables in them, one text of records a sheet, so that every import takes them as CSV.
//!
//! A record is a row: record and line number of the text are the row number of the sheet. Dates become ISO dates, numbers
//! the shortest text that says the same, formulas their stored results. The one rule: what a file claims is never
//! believed: everything is inflated into a counter before it is read, and only cells that hold something take memory.

mod ods;
mod xlsx;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use adjutant_base::limits;
use zip::ZipArchive;

use super::csv_file::{CsvFile, FileError};

/// What stands for a line break inside a cell, so that a record stays on one line.
pub(super) const LINE_BREAK: char = '\u{2028}';

/// Parts that one spreadsheet may have.
const MOST_PARTS: usize = 10_000;
/// Sheets that are looked at.
const MOST_SHEETS: usize = 200;

/// One sheet of a spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Its name.
    pub(super) name: String,
    /// Its rows as records.
    pub(super) text: String,
    /// The level in which each grouped row stands, by line.
    pub(super) levels: BTreeMap<u64, i64>,
}

/// Tells whether the bytes are a packed file, as spreadsheets are.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Returns the tables of a file: the sheets of a spreadsheet that hold anything, with their names, else the file itself.
///
/// # Errors
/// [`FileError`] if it is no table, is broken, or is beyond a limit.
pub(super) fn tables(bytes: &[u8]) -> Result<Vec<(Option<String>, CsvFile<'_>)>, FileError> {
    if !is_packed(bytes) {
        return Ok(vec![(None, CsvFile::read(bytes)?)]);
    }
    let (sheets, form) = sheets(bytes)?;
    let tables: Vec<_> = sheets
        .into_iter()
        .filter(|sheet| !sheet.text.trim().is_empty())
        .map(|sheet| {
            (
                Some(sheet.name),
                CsvFile::of_sheet(sheet.text, sheet.levels, form),
            )
        })
        .collect();
    if tables.is_empty() {
        return Err(FileError::Empty);
    }
    Ok(tables)
}

/// Returns the sheets of a spreadsheet in their order, and the form's name.
fn sheets(bytes: &[u8]) -> Result<(Vec<Sheet>, &'static str), FileError> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits::IMPORT_BYTES {
        return Err(FileError::TooLarge);
    }
    let names = inflate(bytes)?;
    let has = |name: &str| names.iter().any(|known| known == name);
    // The library that reads XLSX may panic on a broken file; nothing of it outlives the call.
    let guarded = |read: &dyn Fn() -> Result<Vec<Sheet>, FileError>| {
        catch_unwind(AssertUnwindSafe(read))
            .unwrap_or_else(|_panic| Err(broken("its parts do not fit together")))
    };
    if has("xl/workbook.xml") {
        return Ok((guarded(&|| xlsx::read(bytes))?, "XLSX"));
    }
    if has("content.xml") {
        return Ok((guarded(&|| ods::read(bytes))?, "ODS"));
    }
    Err(FileError::OtherKind {
        kind: "a packed file without a spreadsheet in it",
        remedy: "open it and save the sheet as XLSX, ODS or CSV",
    })
}

fn broken(reason: &str) -> FileError {
    FileError::Sheet {
        reason: reason.to_owned(),
    }
}

/// Inflates every part into a counter and returns their names; what exceeds the limits is refused before it is kept.
fn inflate(bytes: &[u8]) -> Result<Vec<String>, FileError> {
    let unreadable = |error: zip::result::ZipError| broken(&error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > MOST_PARTS {
        return Err(FileError::TooLarge);
    }
    let mut left = limits::IMPORT_BYTES;
    let mut names = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(unreadable)?;
        if let Ok(name) = file.name() {
            names.push(name.into_owned());
        }
        let mut counted = file.take(left.saturating_add(1));
        let size = std::io::copy(&mut counted, &mut std::io::sink())
            .map_err(|error| broken(&error.to_string()))?;
        left = left.checked_sub(size).ok_or(FileError::TooLarge)?;
    }
    Ok(names)
}

/// Puts cells together to records, in the order of the sheet.
struct Records {
    sheet: String,
    text: String,
    /// Row and column of the next cell, from 0.
    row: u32,
    column: u32,
    /// Rows with a cell.
    rows: usize,
}

impl Records {
    fn new(sheet: &str) -> Self {
        Self {
            sheet: sheet.to_owned(),
            text: String::new(),
            row: 0,
            column: 0,
            rows: 0,
        }
    }

    /// Adds a cell that stands at or behind the place of the last one; a cell that goes back is refused.
    fn add(&mut self, row: u32, column: u32, cell: &str) -> Result<(), FileError> {
        let line = u64::from(row) + 1;
        if usize::try_from(column).unwrap_or(usize::MAX) >= limits::IMPORT_COLUMNS {
            return Err(FileError::SheetTooWide {
                sheet: self.sheet.clone(),
                line,
            });
        }
        if row < self.row || (row == self.row && column < self.column) {
            return Err(broken("its cells are not in order"));
        }
        if self.rows == 0 || row > self.row {
            self.rows += 1;
        }
        if self.rows > limits::IMPORT_ROWS || row > 1_048_575 {
            return Err(FileError::TooManyRows);
        }
        while self.row < row {
            self.text.push('\n');
            self.row += 1;
            self.column = 0;
        }
        while self.column < column {
            self.text.push(',');
            self.column += 1;
        }
        if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') {
            self.text.push('"');
            for letter in cell.chars() {
                match letter {
                    '"' => self.text.push_str("\"\""),
                    '\r' => {}
                    '\n' => self.text.push(LINE_BREAK),
                    letter => self.text.push(letter),
                }
            }
            self.text.push('"');
        } else {
            self.text.push_str(cell);
        }
        if u64::try_from(self.text.len()).unwrap_or(u64::MAX) > limits::IMPORT_BYTES {
            return Err(FileError::TooLarge);
        }
        Ok(())
    }

    fn finish(mut self) -> Sheet {
        self.text.push('\n');
        Sheet {
            name: self.sheet,
            text: self.text,
            levels: BTreeMap::new(),
        }
    }
}

/// Returns a number as the shortest text that says the same, with at most ten decimals.
///
/// A sheet's 0.1 + 0.2 is 0.30000000000000004; what the person sees and means is 0.3.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let text = format!("{value:.10}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

#[cfg(test)]
mod tests;
