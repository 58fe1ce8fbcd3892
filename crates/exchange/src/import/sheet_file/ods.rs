//! ODS: rows and cells of `content.xml`, where a few bytes may claim a million repetitions.
//!
//! Repeated cells with a value are written as often as they are said to be, up to the limits; repeated empty ones only
//! move the place of the next. Source: `OpenDocument` 1.2, part 1, 9.1 (tables), 19.385 (office:value-type).

use std::io::{BufReader, Cursor};

use adjutant_base::limits;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use super::{MOST_SHEETS, Records, Sheet, broken};
use crate::import::csv_file::FileError;

/// Rows that a sheet may have.
const LAST_ROW: u32 = 1_048_575;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Sheet>, FileError> {
    let unreadable = |error: &dyn std::fmt::Display| broken(&error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let content = archive
        .by_name("content.xml")
        .map_err(|error| unreadable(&error))?;
    let mut reader = Reader::from_reader(BufReader::new(content));
    let mut state = State::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader
            .read_event_into(&mut buffer)
            .map_err(|error| unreadable(&error))?
        {
            Event::Start(element) => state.start(&element),
            Event::Empty(element) => {
                state.start(&element);
                state.end(element.name().as_ref())?;
            }
            Event::End(element) => state.end(element.name().as_ref())?,
            Event::Text(text) if state.is_in_paragraph => {
                state.cell.push_str(&text);
            }
            Event::GeneralRef(name) if state.is_in_paragraph => {
                let whole = format!("&{};", &*name);
                state.cell.push_str(&crate::import::cell::entities(&whole));
            }
            Event::Eof => break,
            Event::Text(_)
            | Event::GeneralRef(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
    Ok(state.sheets)
}

/// Where the reader is.
#[derive(Default)]
struct State {
    sheets: Vec<Sheet>,
    records: Option<Records>,
    row: u32,
    row_repeats: u32,
    column: u32,
    cell: String,
    /// The value that the cell's attributes give, which its text only shows.
    value: Option<String>,
    cell_repeats: u32,
    is_in_cell: bool,
    is_in_paragraph: bool,
    /// Cells of this row with a value: column and text.
    filled: Vec<(u32, String)>,
}

impl State {
    fn start(&mut self, element: &BytesStart<'_>) {
        match element.name().as_ref() {
            "table:table" => {
                let name = attribute(element, "table:name").unwrap_or_default();
                self.records = (self.sheets.len() < MOST_SHEETS).then(|| Records::new(&name));
                self.row = 0;
            }
            "table:table-row" => {
                self.row_repeats = repeats(element, "table:number-rows-repeated");
                self.column = 0;
                self.filled.clear();
            }
            "table:table-cell" | "table:covered-table-cell" => {
                self.cell_repeats = repeats(element, "table:number-columns-repeated");
                self.cell.clear();
                self.value = value_of(element);
                self.is_in_cell = true;
            }
            "text:p" if self.is_in_cell => {
                if !self.cell.is_empty() {
                    self.cell.push('\n');
                }
                self.is_in_paragraph = true;
            }
            "text:s" if self.is_in_paragraph => self.cell.push(' '),
            "text:tab" if self.is_in_paragraph => self.cell.push('\t'),
            "text:line-break" if self.is_in_paragraph => self.cell.push('\n'),
            // A remark is not a value.
            "office:annotation" => self.is_in_cell = false,
            _ => {}
        }
    }

    fn end(&mut self, name: &str) -> Result<(), FileError> {
        match name {
            "table:table" => {
                if let Some(records) = self.records.take() {
                    self.sheets.push(records.finish());
                }
            }
            "table:table-row" => self.end_row()?,
            "table:table-cell" | "table:covered-table-cell" => self.end_cell(),
            "text:p" => self.is_in_paragraph = false,
            "office:annotation" => self.is_in_cell = true,
            _ => {}
        }
        Ok(())
    }

    fn end_cell(&mut self) {
        self.is_in_cell = false;
        let text = self
            .value
            .take()
            .unwrap_or_else(|| std::mem::take(&mut self.cell));
        if !text.is_empty() {
            // One more than the limit is enough to be refused.
            let most = u32::try_from(limits::IMPORT_COLUMNS).unwrap_or(u32::MAX);
            for at in 0..self.cell_repeats.min(most.saturating_add(1)) {
                self.filled
                    .push((self.column.saturating_add(at), text.clone()));
                if self.column.saturating_add(at) > most {
                    break;
                }
            }
        }
        self.column = self.column.saturating_add(self.cell_repeats);
    }

    fn end_row(&mut self) -> Result<(), FileError> {
        if let (Some(records), false) = (&mut self.records, self.filled.is_empty()) {
            for at in 0..self.row_repeats {
                let row = self.row.saturating_add(at);
                for (column, text) in &self.filled {
                    records.add(row, *column, text)?;
                }
            }
        }
        self.row = self.row.saturating_add(self.row_repeats).min(LAST_ROW + 1);
        Ok(())
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).ok()??;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

fn repeats(element: &BytesStart<'_>, name: &str) -> u32 {
    let count = attribute(element, name).and_then(|text| text.parse().ok());
    count.unwrap_or(1).max(1)
}

/// Returns the value that a cell's attributes give; `None` if its text is its value.
fn value_of(element: &BytesStart<'_>) -> Option<String> {
    let value = |name: &str| attribute(element, name);
    match value("office:value-type")?.as_str() {
        "float" | "currency" | "percentage" => {
            let text = value("office:value")?;
            Some(text.parse().map_or(text, super::number))
        }
        "date" => {
            let text = value("office:date-value")?;
            let is_midnight = text.ends_with("T00:00:00");
            Some(if is_midnight {
                text.chars().take(text.len().saturating_sub(9)).collect()
            } else {
                text
            })
        }
        "boolean" => {
            let is_true = value("office:boolean-value")? == "true";
            Some(if is_true { "yes" } else { "no" }.to_owned())
        }
        _ => None,
    }
}
