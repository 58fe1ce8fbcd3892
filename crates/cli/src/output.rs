//! Printing: tables for people, JSON for programs, and a reader that went away.
//!
//! The one rule: nothing that came from outside reaches a terminal as a control character.

use std::borrow::Cow;
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
            let text = serde_json::to_string_pretty(json)?;
            return Self::text(&format!("{}\n", json_harmless(&text)));
        }
        let end = if words.ends_with('\n') { "" } else { "\n" };
        Self::text(&format!("{}{end}", harmless(words)))
    }

    fn text(text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}

/// Tells whether a character could steer a terminal or turn the direction of a line.
fn is_harmful(letter: char) -> bool {
    let is_break = letter == '\n' || letter == '\t';
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (letter.is_control() && !is_break)
}

/// Returns a text whose control characters are written out: records and files come from others, and a terminal obeys.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    written_out(text, |letter, into| into.extend(letter.escape_unicode()))
}

/// Does the same to JSON, in which such characters stand only inside of texts.
fn json_harmless(text: &str) -> Cow<'_, str> {
    // All of them are in the first plane, so that four digits name them.
    written_out(text, |letter, into| {
        into.push_str(&format!("\\u{:04x}", u32::from(letter)));
    })
}

fn written_out(text: &str, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len().saturating_add(16));
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        // The line ends of CSV.
        let is_line_end = letter == '\r' && letters.peek() == Some(&'\n');
        if is_harmful(letter) && !is_line_end {
            write(letter, &mut clean);
        } else {
            clean.push(letter);
        }
    }
    Cow::Owned(clean)
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
        // Before the columns are aligned, so that what is written out has its room.
        cells: cells
            .into_iter()
            .map(|cell| Cell::Text(harmless(&cell).into_owned()))
            .collect(),
        is_total: false,
        formulas: Vec::new(),
    });
    aligned(&Table {
        columns: columns.collect(),
        rows: rows.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_printed() {
        let bad = "a\u{1b}[2Jb\r\u{9b}c\u{202e}d\u{7f}";
        let rows = vec![vec![bad.to_owned(), "x".to_owned()]];
        let printed = table(&["name", "more"], rows);
        assert!(!printed.contains(is_harmful), "{printed:?}");
        assert!(
            printed.contains("a\\u{1b}[2Jb\\u{d}\\u{9b}c\\u{202e}d\\u{7f}  "),
            "{printed}"
        );
        assert_eq!(harmless("Größe\tä\r\n"), "Größe\tä\r\n");
        let json = serde_json::to_string(&Value::String(bad.to_owned())).unwrap();
        let clean = json_harmless(&json);
        assert!(!clean.contains(is_harmful), "{clean:?}");
        assert_eq!(serde_json::from_str::<String>(&clean).unwrap(), bad);
    }
}
