//! Printing: tables for people, JSON for programs, and a reader that went away.

use std::io::Write as _;

use adjutant_exchange::report::aligned;
use adjutant_model::report::{Align, Cell, Column, Row, Table};
use serde_json::Value;

/// Where results go, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    is_json: bool,
}

impl Output {
    pub(crate) fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Prints a result: its words, or its JSON.
    pub(crate) fn result(self, words: &str, json: &Value) -> anyhow::Result<()> {
        if self.is_json {
            return Self::text(&format!("{}\n", serde_json::to_string_pretty(json)?));
        }
        let end = if words.ends_with('\n') { "" } else { "\n" };
        Self::text(&format!("{words}{end}"))
    }

    fn text(text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}

/// Tells whether the reader of the output has gone: no reason to complain.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Returns rows of text as an aligned table; columns whose title ends in `>` hold figures.
pub(crate) fn table(titles: &[&str], rows: Vec<Vec<String>>) -> String {
    let columns = titles.iter().map(|title| match title.strip_suffix('>') {
        Some(title) => Column {
            title: title.to_owned(),
            align: Align::Right,
        },
        None => Column {
            title: (*title).to_owned(),
            align: Align::Left,
        },
    });
    let rows = rows.into_iter().map(|cells| Row {
        cells: cells.into_iter().map(Cell::Text).collect(),
        is_total: false,
        formulas: Vec::new(),
    });
    aligned(&Table {
        columns: columns.collect(),
        rows: rows.collect(),
    })
}
