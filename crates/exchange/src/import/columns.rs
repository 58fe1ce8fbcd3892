//! Finding the header and reading rows under it by column, whatever the columns are called and in whatever order.
//!
//! A form lists the names that each of its columns may have; what a header says is compared without case, spaces and
//! punctuation. The one rule: a column or a cell that no form asks for is listed, not passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::cell::{DateOrder, cut, date, line};
use super::csv_file::{CsvFile, Record, Records};
use super::{ImportError, OnProgress, Progress, Warnings, shortened};

/// A column that a form knows, with the names that it may have, as [`normalised`] leaves them.
pub(super) type Known<'k, C> = (C, &'k [&'k str]);

/// Reads cells under a header and tells what of them was cut or left out.
impl<C: Copy + Ord> Header<C> {
    /// Warns of a cell, by the name that the file gives its column.
    pub(super) fn warn(&self, warnings: &mut Warnings, row: &Row<'_, C>, column: C, message: &str) {
        warnings.add(row.line, self.name(column), row.get(column), message);
    }

    /// Returns a cell as one line of text, cut if it is too long.
    pub(super) fn line_of(&self, warnings: &mut Warnings, row: &Row<'_, C>, column: C) -> String {
        let mut text = line(row.get(column));
        if cut(&mut text) {
            let message = "is longer than the 1,000 characters of one line; it was cut";
            self.warn(warnings, row, column, message);
        }
        text
    }

    /// Returns a cell as a day; `None` if it is empty or none.
    pub(super) fn day_of(
        &self,
        warnings: &mut Warnings,
        row: &Row<'_, C>,
        (column, order): (C, Option<DateOrder>),
    ) -> Option<NaiveDate> {
        let text = row.get(column);
        if text.is_empty() {
            return None;
        }
        let day = date(text, order);
        if let Err(wanted) = day {
            let message = format!("is not {wanted}; it was left out");
            self.warn(warnings, row, column, &message);
        }
        day.ok()
    }
}

/// How many records may stand above the header.
const HEADER_AMONG: usize = 20;

/// How many rows are read between two reports of progress.
const PROGRESS_ROWS: usize = 1_000;

/// Returns a header's cell without case, spaces and punctuation: "Planned Cost ($ M)" becomes "plannedcostm".
pub(super) fn normalised(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Where the columns of a form stand.
#[derive(Debug, Clone)]
pub(super) struct Header<C> {
    line: u64,
    names: Vec<String>,
    places: BTreeMap<C, usize>,
}

impl<C: Copy + Ord> Header<C> {
    fn of(record: &Record<'_>, known: &[Known<'_, C>]) -> Self {
        let names: Vec<String> = record
            .cells
            .iter()
            .map(|cell| cell.trim().replace(char::is_control, " "))
            .collect();
        let forms: Vec<String> = names.iter().map(|name| normalised(name)).collect();
        let mut places = BTreeMap::new();
        for (column, synonyms) in known {
            // The first synonym that is there wins, so that "code" may serve when there is no "id".
            let place = |synonym: &&str| forms.iter().position(|form| form == synonym);
            if let Some(place) = synonyms.iter().find_map(place) {
                places.insert(*column, place);
            }
        }
        Self {
            line: record.line,
            names,
            places,
        }
    }

    /// Tells whether the file has the column.
    pub(super) fn has(&self, column: C) -> bool {
        self.places.contains_key(&column)
    }

    /// Returns where a column stands.
    pub(super) fn place(&self, column: C) -> Option<usize> {
        self.places.get(&column).copied()
    }

    /// Returns the column's name as the file writes it.
    pub(super) fn name(&self, column: C) -> &str {
        let name = self
            .places
            .get(&column)
            .and_then(|place| self.names.get(*place));
        name.map_or("", String::as_str)
    }

    /// Returns the line on which it stands.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Returns where all columns with this name stand, as [`normalised`] leaves it.
    pub(super) fn places_named(&self, form: &str) -> Vec<usize> {
        let numbered = self.names.iter().enumerate();
        let named = numbered.filter(|(_, name)| normalised(name) == form);
        named.map(|(place, _)| place).collect()
    }

    /// Returns the named columns that the form does not take.
    pub(super) fn left_out(&self) -> Vec<String> {
        let is_free = |place: &usize| !self.places.values().any(|taken| taken == place);
        let named = self
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty());
        named
            .filter(|(place, _)| is_free(place))
            .map(|(_, name)| shortened(name))
            .collect()
    }
}

/// Finds the header: of the first records, the one with most known columns among those that `is_enough`.
///
/// # Errors
/// [`ImportError::NoHeader`] says what was looked for and what stands in the first line.
pub(super) fn find_header<'a, C: Copy + Ord>(
    file: &'a CsvFile<'_>,
    known: &[Known<'_, C>],
    wanted: &'static str,
    is_enough: impl Fn(&Header<C>) -> bool,
) -> Result<(Header<C>, Records<'a>), ImportError> {
    let mut records = file.records();
    let mut found: Option<(Header<C>, Records<'a>)> = None;
    let mut first = Vec::new();
    for at in 0..HEADER_AMONG {
        let Some(record) = records.next() else { break };
        let record = record?;
        if at == 0 {
            first = record
                .cells
                .iter()
                .take(12)
                .map(|cell| shortened(cell.trim()))
                .collect();
        }
        let header = Header::of(&record, known);
        let is_better = found
            .as_ref()
            .is_none_or(|(best, _)| header.places.len() > best.places.len());
        if is_better && is_enough(&header) {
            found = Some((header, records.clone()));
        }
    }
    let columns = || format!("the first line holds {}", first.join(", "));
    found.ok_or_else(|| ImportError::NoHeader {
        wanted,
        found: columns(),
    })
}

/// One row with its cells by column.
#[derive(Debug)]
pub(super) struct Row<'a, C> {
    /// Line on which it begins.
    pub(super) line: u64,
    cells: Vec<Cow<'a, str>>,
    places: &'a BTreeMap<C, usize>,
}

impl<C: Copy + Ord> Row<'_, C> {
    /// Returns the cell of a column without spaces around it; empty if the file has no such column or cell.
    pub(super) fn get(&self, column: C) -> &str {
        let cell = self
            .places
            .get(&column)
            .and_then(|place| self.cells.get(*place));
        cell.map_or("", |cell| cell.trim())
    }

    /// Returns the cell at a place without spaces around it; empty if the row has no such cell.
    pub(super) fn at(&self, place: usize) -> &str {
        self.cells.get(place).map_or("", |cell| cell.trim())
    }
}

/// Reads the rows under a header, reports progress, and names rows that do not fit the header.
pub(super) struct Rows<'a, 'p, C> {
    header: &'a Header<C>,
    records: Records<'a>,
    bytes_total: usize,
    count: usize,
    on_progress: OnProgress<'p>,
}

impl<'a, 'p, C: Copy + Ord> Rows<'a, 'p, C> {
    pub(super) fn new(
        file: &CsvFile<'_>,
        header: &'a Header<C>,
        records: Records<'a>,
        on_progress: OnProgress<'p>,
    ) -> Self {
        Self {
            header,
            records,
            bytes_total: file.size_bytes(),
            count: 0,
            on_progress,
        }
    }

    /// Returns how many rows were read.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Returns the next row that holds anything, or `None` at the end.
    pub(super) fn next(
        &mut self,
        warnings: &mut Warnings,
    ) -> Result<Option<Row<'a, C>>, ImportError> {
        let Some(record) = self.records.next() else {
            return Ok(None);
        };
        let mut record = record?;
        self.count += 1;
        if self.count.is_multiple_of(PROGRESS_ROWS) {
            let progress = Progress {
                bytes_done: self.records.bytes_done(),
                bytes_total: self.bytes_total,
                rows: self.count,
            };
            if (self.on_progress)(progress) == ControlFlow::Break(()) {
                return Err(ImportError::Cancelled);
            }
        }
        self.clean(&mut record, warnings);
        self.warn_of_shape(&record, warnings);
        Ok(Some(Row {
            line: record.line,
            cells: record.cells,
            places: &self.header.places,
        }))
    }

    /// Takes control characters out of the cells: nobody typed them, and a terminal that shows them obeys them.
    fn clean(&self, record: &mut Record<'_>, warnings: &mut Warnings) {
        let is_kept = |letter: char| !letter.is_control() || "\n\r\t".contains(letter);
        for (place, cell) in record.cells.iter_mut().enumerate() {
            if cell.chars().all(is_kept) {
                continue;
            }
            let name = self.header.names.get(place).map_or("", String::as_str);
            let message = "holds control characters; they were taken out";
            warnings.add(record.line, name, cell, message);
            *cell = Cow::Owned(cell.chars().filter(|letter| is_kept(*letter)).collect());
        }
    }

    fn warn_of_shape(&self, record: &Record<'_>, warnings: &mut Warnings) {
        if record.has_open_quote {
            let message =
                "a quote (\") is opened and never closed; it was taken as a plain character";
            warnings.add(record.line, "", "", message);
        }
        let (has, wanted) = (record.cells.len(), self.header.names.len());
        if has < wanted {
            let message = format!(
                "the row has {has} cells, the header {wanted}; the missing ones count as empty"
            );
            warnings.add(record.line, "", "", message);
        }
        let extra = record.cells.get(wanted..).unwrap_or_default();
        if extra.iter().any(|cell| !cell.trim().is_empty()) {
            let value = extra.join(" | ");
            let message = format!(
                "stands behind the last column: the row has {has} cells, the header {wanted}; it was left out"
            );
            warnings.add(record.line, "", &value, message);
        }
    }
}
