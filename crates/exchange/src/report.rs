//! Reports as text: aligned for terminals, Markdown, CSV.
//!
//! What a report says comes from `adjutant_model::report`; only its form is decided here. The one rule: the same report
//! gives the same bytes, and no cell can become a formula in a spreadsheet.

use adjutant_model::report::{Align, Block, Cell, Report, Row, Table};

/// A form of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns, for terminals.
    Text,
    /// Markdown.
    Markdown,
    /// Comma-separated values: tables only, headings as rows of one cell.
    Csv,
}

/// Returns the report as text, ending in a line break.
pub fn render(report: &Report, format: Format) -> String {
    let mut text = match format {
        Format::Text => format!("{}\nAs of {}\n", report.title, report.as_of),
        Format::Markdown => format!("# {}\n\nAs of {}\n", report.title, report.as_of),
        Format::Csv => csv_row([report.title.as_str(), &report.as_of.to_string()]),
    };
    for block in &report.blocks {
        match (block, format) {
            (Block::Heading(heading), Format::Text) => text.push_str(&format!("\n{heading}\n")),
            (Block::Heading(heading), Format::Markdown) => {
                text.push_str(&format!("\n## {heading}\n"));
            }
            (Block::Heading(line) | Block::Paragraph(line), Format::Csv) => {
                text.push_str(&csv_row([line.as_str()]));
            }
            (Block::Paragraph(line), Format::Text | Format::Markdown) => {
                text.push_str(&format!("\n{line}\n"));
            }
            (Block::Table(table), Format::Text) => text.push_str(&format!("\n{}", aligned(table))),
            (Block::Table(table), Format::Markdown) => {
                text.push_str(&format!("\n{}", markdown(table)));
            }
            (Block::Table(table), Format::Csv) => text.push_str(&csv(table)),
        }
    }
    text
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
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|");
    let mut text = line(
        table
            .columns
            .iter()
            .map(|column| escaped(&column.title))
            .collect(),
    );
    let rules = table.columns.iter().map(|column| match column.align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    });
    text.push_str(&line(rules.collect()));
    for row in &table.rows {
        let cells = shown(row).into_iter().map(|cell| {
            let cell = escaped(&cell);
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
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn csv_row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
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
        }
    }

    #[test]
    fn figures_stand_right_in_aligned_text() {
        let expected = "Budget\nAs of 2026-11-24\n\n\
            Line                     Actual\n\
            ---------------------  --------\n\
            =HYPERLINK(\"x\")        1,234.50\n\
            Cloud | hosting, EMEA     -0.05\n\
            ---------------------  --------\n\
            Total                  1,234.45\n";
        assert_eq!(render(&report(), Format::Text), expected);
    }

    #[test]
    fn csv_cells_are_plain_and_never_formulas() {
        let expected = "Budget,2026-11-24\r\nLine,Actual\r\n\"'=HYPERLINK(\"\"x\"\")\",1234.50\r\n\
            \"Cloud | hosting, EMEA\",-0.05\r\nTotal,1234.45\r\n";
        assert_eq!(render(&report(), Format::Csv), expected);
    }

    #[test]
    fn markdown_escapes_bars() {
        let text = render(&report(), Format::Markdown);
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
