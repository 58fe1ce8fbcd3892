//! XLSX, read by calamine: cells one by one, dates by the file's own count of days.
//!
//! The one rule: a sheet with one cell in its last corner takes no more memory than that cell.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor};

use calamine::{DataRef, Reader as _, Xlsx, XlsxError};
use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use super::{MOST_SHEETS, Records, Sheet, broken, number};
use crate::import::csv_file::FileError;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Sheet>, FileError> {
    let unreadable = |error: XlsxError| {
        if matches!(error, XlsxError::Password) {
            return FileError::OtherKind {
                kind: "a spreadsheet with a password",
                remedy: "save it without one",
            };
        }
        broken(&error.to_string())
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut sheets = Vec::new();
    for (at, name) in (1..).zip(book.sheet_names().into_iter().take(MOST_SHEETS)) {
        let mut records = Records::new(&name);
        // A sheet of charts has no cells.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            let text = text_of(cell.get_value());
            if !text.is_empty() {
                records.add(row, column, &text)?;
            }
        }
        let mut sheet = records.finish();
        sheet.levels = levels(bytes, at);
        sheets.push(sheet);
    }
    Ok(sheets)
}

/// Returns the levels in which rows are grouped, by line; none where the sheet's part is not found under its usual name.
///
/// calamine reads no outline, and some programs write the hierarchy of a plan nowhere else.
fn levels(bytes: &[u8], number: usize) -> BTreeMap<u64, i64> {
    let mut levels = BTreeMap::new();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return levels;
    };
    let Ok(part) = archive.by_name(&format!("xl/worksheets/sheet{number}.xml")) else {
        return levels;
    };
    let mut reader = Reader::from_reader(BufReader::new(part));
    let mut buffer = Vec::new();
    // What cannot be read was said when the cells were read.
    while let Ok(event) = reader.read_event_into(&mut buffer) {
        if matches!(event, Event::Eof) {
            break;
        }
        if let Event::Start(tag) | Event::Empty(tag) = &event
            && tag.local_name().as_ref() == "row"
        {
            let number = |name: &str| -> Option<u64> {
                let value = tag.try_get_attribute(name).ok()??.value;
                value.parse().ok()
            };
            if let (Some(line), Some(level @ 1..=7)) = (number("r"), number("outlineLevel")) {
                levels.insert(line, i64::try_from(level).unwrap_or(0));
            }
        }
        buffer.clear();
    }
    levels
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(value) => value.to_string(),
        DataRef::Float(value) => number(*value),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "yes".to_owned(),
        DataRef::Bool(false) => "no".to_owned(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            // The library knows whether the file counts from 1900 or from 1904.
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTime(length) => number(length.as_f64()),
        DataRef::Error(error) => error.to_string(),
    }
}
