//! Reports as slides that a colleague can edit: titles, paragraphs, native tables and native charts.
//!
//! What goes on which slide is decided here; how a slide is written as XML in [`parts`], how the file is packed in
//! [`package`]. The one rule: nothing runs over the edge of a slide; what does not fit goes on the next one, with its head.

mod chart;
mod package;
mod parts;

use adjutant_model::report::{Block, Chart, Report, Table, show_day};

use super::page::columns::{Grid, PAD_Y, count, grids, shown};
use super::page::{Face, Faces};
use super::provenance::Provenance;
use super::{RenderError, palette};
use package::Package;

/// Width of a slide, in points: 13.33 inches, the usual wide screen.
const WIDTH: f32 = 960.0;
/// Height of a slide.
const HEIGHT: f32 = 540.0;
/// Distance from the left and right edge.
const SIDE: f32 = 40.0;
/// Where the content begins.
const TOP: f32 = 92.0;
/// Where the content ends.
const BOTTOM: f32 = 496.0;
/// Sizes of letters in tables as they are measured, the best first; [`STRETCH`] is taken off when they are written.
const SIZES: [f32; 6] = [13.0, 12.0, 11.0, 10.0, 9.0, 8.0];
/// Size of letters in paragraphs.
const WORDS: f32 = 16.0;
/// How much wider than ours the letters of another program's face may be: texts are laid out as if they were, so
/// that they stand wherever the slides are shown.
const STRETCH: f32 = 1.15;
/// Most height of the words above a chart.
const MOST_ABOVE: f32 = 130.0;
/// Distance between two lines of a paragraph.
const WORDS_LINE: f32 = 22.0;

/// One slide: a title and what stands below it.
struct Slide<'a> {
    title: String,
    content: Content<'a>,
}

enum Content<'a> {
    /// The first slide: the report's own title, with lines below it.
    Cover(Vec<String>),
    Paragraphs(Vec<String>),
    /// A chart under a few words.
    Chart(&'a Chart, Vec<String>),
    /// Rows of a table, by number.
    Table {
        table: &'a Table,
        grid: Grid,
        rows: std::ops::Range<usize>,
    },
}

/// Returns the report as a file of slides.
///
/// # Errors
/// [`RenderError::Pack`] and [`RenderError::Part`] if the file could not be packed.
pub(super) fn render(report: &Report, provenance: &Provenance) -> Result<Vec<u8>, RenderError> {
    let faces = Faces::load();
    let slides = plan(report, provenance, &faces);
    let mut package = Package::new(report, provenance);
    let foot = provenance.line(report.as_of);
    for (at, slide) in slides.iter().enumerate() {
        let number = at.saturating_add(1);
        let shapes = match &slide.content {
            Content::Cover(lines) => parts::cover(&slide.title, lines),
            Content::Paragraphs(lines) => parts::paragraphs(&slide.title, lines),
            Content::Chart(chart, words) => {
                package.chart(chart)?;
                parts::chart(&slide.title, words, words_height(&faces, words))
            }
            Content::Table { table, grid, rows } => {
                parts::table(&faces, &slide.title, table, grid, rows)
            }
        };
        let is_cover = matches!(slide.content, Content::Cover(_));
        package.slide(&shapes, (&foot, number, is_cover));
    }
    package.finish()
}

/// Decides what goes on which slide.
fn plan<'a>(report: &'a Report, provenance: &Provenance, faces: &Faces) -> Vec<Slide<'a>> {
    let mut slides = vec![Slide {
        title: report.title.clone(),
        content: Content::Cover(vec![
            format!("As of {}", show_day(report.as_of)),
            format!("{}, {}", provenance.person, provenance.made_at_words()),
            format!(
                "Version {} \u{b7} content {}",
                provenance.version().short(),
                provenance.content_hash().short()
            ),
        ]),
    }];
    let mut title = report.title.as_str();
    let mut words: Vec<&str> = Vec::new();
    for block in &report.blocks {
        if let Block::Chart(chart) = block {
            let above: Vec<String> = words.iter().map(|text| (*text).to_owned()).collect();
            let has_room = words_height(faces, &above) <= MOST_ABOVE;
            if !has_room {
                paragraphs(title, &words, faces, &mut slides);
            }
            words.clear();
            slides.push(Slide {
                title: chart.title.clone(),
                content: Content::Chart(chart, if has_room { above } else { Vec::new() }),
            });
            continue;
        }
        if !matches!(block, Block::Paragraph(_)) {
            paragraphs(title, &std::mem::take(&mut words), faces, &mut slides);
        }
        match block {
            Block::Heading(text) => title = text,
            Block::Paragraph(text) => words.push(text),
            Block::Chart(_) => {}
            Block::Table(table) => tables(title, table, faces, &mut slides),
        }
    }
    paragraphs(title, &words, faces, &mut slides);
    slides
}

/// Breaks a paragraph into lines as long as those of a slide.
fn wrapped(faces: &Faces, text: &str) -> Vec<String> {
    let room = WIDTH - 2.0 * SIDE - 24.0;
    faces.wrap(Face::Regular, text, WORDS * STRETCH, room)
}

/// Returns the height of paragraphs.
fn words_height(faces: &Faces, texts: &[String]) -> f32 {
    let height = |text: &String| (count(wrapped(faces, text).len()) + 0.5) * WORDS_LINE;
    texts.iter().map(height).sum()
}

/// Puts paragraphs on as many slides as they need.
fn paragraphs(title: &str, texts: &[&str], faces: &Faces, slides: &mut Vec<Slide<'_>>) {
    let most = ((BOTTOM - TOP) / WORDS_LINE).floor();
    let mut page: Vec<String> = Vec::new();
    let mut used = 0.0;
    let mut flush = |page: &mut Vec<String>| {
        if !page.is_empty() {
            slides.push(Slide {
                title: title.to_owned(),
                content: Content::Paragraphs(std::mem::take(page)),
            });
        }
    };
    for text in texts {
        let lines = wrapped(faces, text);
        // A paragraph that is longer than a slide is continued on the next.
        let limit = lines.len().min(14);
        for piece in lines.chunks(limit.max(1)) {
            let needed = count(piece.len()) + 0.5;
            if used + needed > most {
                flush(&mut page);
                used = 0.0;
            }
            page.push(piece.join(" "));
            used += needed;
        }
    }
    flush(&mut page);
}

/// Puts a table on as many slides as its rows and columns need.
fn tables<'a>(title: &str, table: &'a Table, faces: &Faces, slides: &mut Vec<Slide<'a>>) {
    if table.columns.is_empty() {
        return;
    }
    let cells = shown(table);
    for grid in grids(faces, table, &cells, WIDTH - 2.0 * SIDE, &SIZES) {
        let head = grid.head(faces, table);
        let head_lines = head.iter().map(Vec::len).max().unwrap_or(1);
        let room = BOTTOM - TOP - parts::row_height(&grid, head_lines);
        let mut begin = 0;
        let mut used = 0.0;
        for (at, (row, cells)) in table.rows.iter().zip(&cells).enumerate() {
            let wrapped = grid.wrapped(faces, row, cells);
            let lines = wrapped.iter().map(Vec::len).max().unwrap_or(1);
            let height = parts::row_height(&grid, lines);
            if used + height > room && at > begin {
                slides.push(Slide {
                    title: title.to_owned(),
                    content: Content::Table {
                        table,
                        grid: grid.clone(),
                        rows: begin..at,
                    },
                });
                begin = at;
                used = 0.0;
            }
            used += height;
        }
        slides.push(Slide {
            title: title.to_owned(),
            content: Content::Table {
                table,
                grid,
                rows: begin..table.rows.len(),
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adjutant_model::report::{Align, Cell, Column, Row};

    #[test]
    fn every_row_is_on_exactly_one_slide_and_none_is_higher_than_its_slide() {
        let column = |title: &str, align| Column {
            title: title.to_owned(),
            align,
        };
        let row = |at: i64| Row {
            cells: vec![
                Cell::Text("word ".repeat(usize::try_from(at % 40).unwrap())),
                Cell::Count(at),
            ],
            is_total: false,
            formulas: Vec::new(),
        };
        let table = Table {
            columns: vec![column("Words", Align::Left), column("Count", Align::Right)],
            rows: (0..200).map(row).collect(),
        };
        let faces = Faces::load();
        let mut slides = Vec::new();
        tables("Title", &table, &faces, &mut slides);
        let mut next = 0;
        for slide in &slides {
            let Content::Table { grid, rows, .. } = &slide.content else {
                panic!("only tables were asked for");
            };
            assert_eq!(rows.start, next);
            next = rows.end;
            let cells = shown(&table);
            let height: f32 = rows
                .clone()
                .map(|at| {
                    let wrapped = grid.wrapped(&faces, &table.rows[at], &cells[at]);
                    parts::row_height(grid, wrapped.iter().map(Vec::len).max().unwrap())
                })
                .sum();
            assert!(TOP + height < BOTTOM, "{height}");
        }
        assert_eq!(next, 200);
        assert!(slides.len() > 3, "{}", slides.len());
    }
}
