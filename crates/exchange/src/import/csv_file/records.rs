//! Text as records of cells: quotes, cells over several lines, line numbers.
//!
//! Source: RFC 4180, bent as spreadsheets bend it: a quote inside an unquoted cell stands for itself, text behind a
//! closing quote belongs to the cell. The one rule: a quote that is never closed must not swallow the rest of the file;
//! it is taken as a plain character and reported.

use std::borrow::Cow;

use adjutant_base::limits;

use super::FileError;
use crate::import::sheet_file::LINE_BREAK;

/// One row of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Its cells; at least one.
    pub cells: Vec<Cow<'a, str>>,
    /// Whether a cell begins with a quote that is never closed.
    pub has_open_quote: bool,
}

impl Record<'_> {
    /// Tells whether no cell holds anything but spaces.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// Reads records one after another; blank ones are passed over.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    text: &'a str,
    delimiter: u8,
    at: usize,
    line: u64,
    rows: usize,
    has_failed: bool,
    is_sheet: bool,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, delimiter: u8) -> Self {
        Self {
            text,
            delimiter,
            at: 0,
            line: 1,
            rows: 0,
            has_failed: false,
            is_sheet: false,
        }
    }

    /// Says whether the text was made of a sheet, whose cells have line breaks of their own.
    pub(super) fn of_sheet(mut self, is_sheet: bool) -> Self {
        self.is_sheet = is_sheet;
        self
    }

    /// Returns how many bytes have been read.
    pub fn bytes_done(&self) -> usize {
        self.at
    }

    pub(super) fn skip_line(&mut self) {
        self.at += self
            .rest()
            .find('\n')
            .map_or(self.rest().len(), |end| end + 1);
        self.line += 1;
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Reads one record, blank or not; `None` at the end of the text.
    fn read(&mut self) -> Option<Result<Record<'a>, FileError>> {
        self.byte()?;
        let mut record = Record {
            line: self.line,
            cells: Vec::new(),
            has_open_quote: false,
        };
        loop {
            if record.cells.len() >= limits::IMPORT_COLUMNS {
                return Some(Err(FileError::TooManyColumns { line: record.line }));
            }
            let cell = self.cell(&mut record.has_open_quote);
            record.cells.push(cell);
            match self.byte() {
                Some(b'\n') => {
                    self.at += 1;
                    self.line += 1;
                    return Some(Ok(record));
                }
                Some(_delimiter) => self.at += 1,
                None => return Some(Ok(record)),
            }
        }
    }

    /// Reads one cell and stops at the delimiter, line feed or end behind it.
    fn cell(&mut self, has_open_quote: &mut bool) -> Cow<'a, str> {
        if self.byte() != Some(b'"') {
            return Cow::Borrowed(self.unquoted());
        }
        let (start, start_line) = (self.at, self.line);
        if let Some(cell) = self.quoted() {
            return cell;
        }
        // No later quote can be open to the end as well: behind this one they all come in pairs. So the text is
        // read at most twice.
        *has_open_quote = true;
        (self.at, self.line) = (start, start_line);
        Cow::Borrowed(self.unquoted())
    }

    fn unquoted(&mut self) -> &'a str {
        let rest = self.rest();
        let ends = |byte: u8| byte == self.delimiter || byte == b'\n';
        let length = rest.bytes().position(ends).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or("")
    }

    /// Reads a quoted cell; `None` if the quote is never closed.
    fn quoted(&mut self) -> Option<Cow<'a, str>> {
        self.at += 1;
        let mut cell = Cow::Borrowed("");
        loop {
            let rest = self.rest();
            let length = rest.bytes().position(|byte| byte == b'"')?;
            let part = rest.get(..length)?;
            self.line +=
                u64::try_from(part.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(0);
            self.at += length + 1;
            add(&mut cell, part);
            if self.byte() == Some(b'"') {
                self.at += 1;
                add(&mut cell, "\"");
                continue;
            }
            let behind = self.unquoted();
            add(&mut cell, behind);
            return Some(cell);
        }
    }
}

/// Gives the cells of a sheet their line breaks back.
fn restore_breaks(record: &mut Record<'_>) {
    for cell in &mut record.cells {
        if cell.contains(LINE_BREAK) {
            *cell = Cow::Owned(cell.replace(LINE_BREAK, "\n"));
        }
    }
}

/// Appends a part, without copying while there is only one.
fn add<'a>(cell: &mut Cow<'a, str>, part: &'a str) {
    if cell.is_empty() {
        *cell = Cow::Borrowed(part);
    } else if !part.is_empty() {
        cell.to_mut().push_str(part);
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_failed {
            match self.read()? {
                Ok(record) if record.is_blank() => {}
                Ok(mut record) => {
                    self.rows += 1;
                    if self.is_sheet {
                        restore_breaks(&mut record);
                    }
                    if self.rows > limits::IMPORT_ROWS {
                        self.has_failed = true;
                        return Some(Err(FileError::TooManyRows));
                    }
                    return Some(Ok(record));
                }
                Err(error) => {
                    self.has_failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
