//! Reports as text: aligned for terminals, Markdown, CSV.
//!
//! Charts are shown as their tables. The one rule: no cell can become a formula in a spreadsheet.

use adjutant_model::report::{Align, Block, Cell, Report, Row, Table};

use super::provenance::Provenance;

/// A form of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// Aligned columns, for terminals.
    Aligned,
    /// Markdown.
    Markdown,
    /// Comma-separated values: tables, headings and paragraphs as rows of one cell.
    Csv,
}

/// Returns the report as text, ending in a line break.
pub fn text(report: &Report, provenance: &Provenance, form: TextForm) -> String {
    let line = one_line(&provenance.line(report.as_of));
    let title = one_line(&report.title);
    let mut text = match form {
        TextForm::Aligned => format!("{title}\n{line}\n"),
        TextForm::Markdown => format!("# {}\n\n{}\n", prose(&title), prose(&line)),
        TextForm::Csv => csv_row([guarded(&title)]) + &csv_row([guarded(&line)]),
    };
    for block in &report.blocks {
        match (block, form) {
            (Block::Heading(heading), TextForm::Aligned) => {
                text.push_str(&format!("\n{heading}\n"));
            }
            (Block::Heading(heading), TextForm::Markdown) => {
                text.push_str(&format!("\n## {}\n", prose(heading)));
            }
            (Block::Heading(line) | Block::Paragraph(line), TextForm::Csv) => {
                text.push_str(&csv_row([guarded(line)]));
            }
            (Block::Paragraph(line), TextForm::Aligned) => text.push_str(&format!("\n{line}\n")),
            (Block::Paragraph(line), TextForm::Markdown) => {
                text.push_str(&format!("\n{}\n", prose(line)));
            }
            (Block::Table(table), _) => text.push_str(&table_text(table, form)),
            (Block::Chart(chart), _) => {
                match form {
                    TextForm::Aligned => text.push_str(&format!("\n{}\n", chart.title)),
                    TextForm::Markdown => {
                        text.push_str(&format!("\n**{}**\n", prose(&chart.title)));
                    }
                    TextForm::Csv => text.push_str(&csv_row([guarded(&chart.title)])),
                }
                text.push_str(&table_text(&chart.as_table(), form));
            }
        }
    }
    text
}

fn table_text(table: &Table, form: TextForm) -> String {
    match form {
        TextForm::Aligned => format!("\n{}", aligned(table)),
        TextForm::Markdown => format!("\n{}", markdown(table)),
        TextForm::Csv => csv(table),
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

/// Returns a text that Markdown shows as it is at the start of a line: no headings or lists of its own.
fn prose(text: &str) -> String {
    let mut escaped = within(text);
    if escaped.starts_with(['#', '-', '+', '=', '~']) {
        escaped.insert(0, '\\');
    }
    escaped
}

/// Returns a text that Markdown shows as it is within a line: no emphasis, links, code or HTML of its own.
fn within(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Returns a table with aligned columns, two spaces apart; figures stand right under their titles.
pub fn aligned(table: &Table) -> String {
    let titles: Vec<String> = table
        .columns
        .iter()
        .map(|column| column.title.clone())
        .collect();
    let rows: Vec<Vec<String>> = table.rows.iter().map(shown).collect();
    let widths: Vec<usize> = (0..titles.len())
        .map(|at| {
            let cells = rows.iter().chain([&titles]).filter_map(|row| row.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &[String]| {
        let mut padded = Vec::new();
        for ((cell, width), column) in cells.iter().zip(&widths).zip(&table.columns) {
            let space = " ".repeat(width.saturating_sub(cell.chars().count()));
            padded.push(match column.align {
                Align::Left => format!("{cell}{space}"),
                Align::Right => format!("{space}{cell}"),
            });
        }
        format!("{}\n", padded.join("  ").trim_end())
    };
    let rule = widths
        .iter()
        .map(|width| "-".repeat(*width))
        .collect::<Vec<_>>()
        .join("  ");
    let mut text = format!("{}{rule}\n", line(&titles));
    for (row, cells) in table.rows.iter().zip(&rows) {
        if row.is_total {
            text.push_str(&format!("{rule}\n"));
        }
        text.push_str(&line(cells));
    }
    text
}

fn shown(row: &Row) -> Vec<String> {
    row.cells
        .iter()
        .map(|cell| cell.shown().replace(['\n', '\r', '\t'], " "))
        .collect()
}

fn markdown(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(
        table
            .columns
            .iter()
            .map(|column| within(&column.title))
            .collect(),
    );
    let rules = table.columns.iter().map(|column| match column.align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    });
    text.push_str(&line(rules.collect()));
    for row in &table.rows {
        let cells = shown(row).into_iter().map(|cell| {
            let cell = within(&cell);
            if row.is_total && !cell.is_empty() {
                format!("**{cell}**")
            } else {
                cell
            }
        });
        text.push_str(&line(cells.collect()));
    }
    text
}

fn csv(table: &Table) -> String {
    let mut text = csv_row(table.columns.iter().map(|column| guarded(&column.title)));
    for row in &table.rows {
        text.push_str(&csv_row(row.cells.iter().map(csv_cell)));
    }
    text
}

/// Returns a cell as programs read it: plain figures, ISO dates, guarded texts.
fn csv_cell(cell: &Cell) -> String {
    match cell {
        Cell::Money { minor, currency } => {
            adjutant_model::money::show_minor(*minor, *currency).replace(',', "")
        }
        Cell::Date(day) => day.to_string(),
        Cell::Empty | Cell::Percent { .. } | Cell::Count(_) => cell.shown(),
        Cell::Text(text) | Cell::Status { label: text, .. } => guarded(text),
    }
}

/// Puts an apostrophe before a text that a spreadsheet would take for a formula.
///
/// Source: OWASP ASVS 1.2.10.
pub(crate) fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

pub(crate) fn csv_row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let quoted = cells.into_iter().map(|cell| {
        let cell = cell.as_ref();
        let needs_quotes = cell.contains([',', '"', '\n', '\r']);
        if needs_quotes {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    });
    format!("{}\r\n", quoted.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::provenance;
    use adjutant_model::money::Currency;
    use adjutant_model::report::Column;

    fn report() -> Report {
        let money = |minor| Cell::Money {
            minor,
            currency: Currency::EUR,
        };
        let row = |name: &str, minor, is_total| Row {
            cells: vec![Cell::Text(name.to_owned()), money(minor)],
            is_total,
            formulas: Vec::new(),
        };
        let table = Table {
            columns: vec![
                Column {
                    title: "Line".to_owned(),
                    align: Align::Left,
                },
                Column {
                    title: "Actual".to_owned(),
                    align: Align::Right,
                },
            ],
            rows: vec![
                row("=HYPERLINK(\"x\")", 123_450, false),
                row("Cloud | hosting, EMEA", -5, false),
                row("Total", 123_445, true),
            ],
        };
        let as_of = "2026-11-24".parse().unwrap();
        Report {
            title: "Budget".to_owned(),
            as_of,
            blocks: vec![Block::Table(table)],
            to: Vec::new(),
        }
    }

    #[test]
    fn figures_stand_right_in_aligned_text() {
        let line = provenance().line(report().as_of);
        let expected = "\n\
            Line                     Actual\n\
            ---------------------  --------\n\
            =HYPERLINK(\"x\")        1,234.50\n\
            Cloud | hosting, EMEA     -0.05\n\
            ---------------------  --------\n\
            Total                  1,234.45\n";
        let text = text(&report(), &provenance(), TextForm::Aligned);
        assert_eq!(text, format!("Budget\n{line}\n{expected}"));
    }

    #[test]
    fn csv_cells_are_plain_and_never_formulas() {
        let expected = "Line,Actual\r\n\"'=HYPERLINK(\"\"x\"\")\",1234.50\r\n\
            \"Cloud | hosting, EMEA\",-0.05\r\nTotal,1234.45\r\n";
        let text = text(&report(), &provenance(), TextForm::Csv);
        assert!(text.starts_with("Budget\r\n\"As of 24 Nov 2026"), "{text}");
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn markdown_escapes_bars() {
        let text = text(&report(), &provenance(), TextForm::Markdown);
        assert!(
            text.contains("| Line | Actual |\n| --- | ---: |\n"),
            "{text}"
        );
        assert!(
            text.contains("| Cloud \\| hosting, EMEA | -0.05 |\n| **Total** | **1,234.45** |\n"),
            "{text}"
        );
    }
}
