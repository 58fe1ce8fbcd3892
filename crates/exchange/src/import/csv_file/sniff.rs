//! Finding the delimiter: the one that cuts most of the first rows into the same number of cells.
//!
//! Looks at nothing but structure; what the columns mean is the header's matter.

use std::collections::BTreeMap;

use super::{DELIMITERS, FileError, Records};
use crate::import::shortened;

/// How many records are looked at.
const SAMPLE_RECORDS: usize = 100;

/// How well a delimiter fits: the share of rows with the usual number of cells, in twentieths, then that number.
type Fit = (usize, usize);

pub(super) fn delimiter(text: &str) -> Result<u8, FileError> {
    let mut best: Option<(Fit, u8)> = None;
    let mut failure = None;
    for delimiter in DELIMITERS {
        match fit(text, delimiter) {
            Ok(Some(fit)) if best.is_none_or(|(found, _)| fit > found) => {
                best = Some((fit, delimiter));
            }
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
    }
    let first_line = || {
        text.lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("")
    };
    let none = || {
        failure.unwrap_or_else(|| FileError::NoDelimiter {
            first_line: shortened(first_line()),
        })
    };
    best.map(|(_, delimiter)| delimiter)
        .or_else(|| header_delimiter(text))
        .ok_or_else(none)
}

/// Returns the delimiter that cuts the first row into most cells: rows may be cut short after a whole header.
fn header_delimiter(text: &str) -> Option<u8> {
    let width = |delimiter: u8| match Records::new(text, delimiter).next() {
        Some(Ok(record)) => record.cells.len(),
        Some(Err(_)) | None => 0,
    };
    DELIMITERS
        .into_iter()
        .rev() // of equals the first is preferred, and `max_by_key` takes the last
        .map(|delimiter| (width(delimiter), delimiter))
        .filter(|(width, _)| *width > 1)
        .max_by_key(|(width, _)| *width)
        .map(|(_, delimiter)| delimiter)
}

/// Returns how well a delimiter fits, or `None` if it makes no columns.
fn fit(text: &str, delimiter: u8) -> Result<Option<Fit>, FileError> {
    let mut rows_of_width: BTreeMap<usize, usize> = BTreeMap::new();
    let mut rows = 0_usize;
    for record in Records::new(text, delimiter).take(SAMPLE_RECORDS) {
        *rows_of_width.entry(record?.cells.len()).or_default() += 1;
        rows += 1;
    }
    let wide = rows_of_width.into_iter().filter(|(width, _)| *width > 1);
    let usual = wide.max_by_key(|(width, count)| (*count, *width));
    Ok(usual
        .map(|(width, count)| (count * 20 / rows.max(1), width))
        .filter(|(share, _)| *share >= 4))
}
