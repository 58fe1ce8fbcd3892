//! Reports as spreadsheets: a sheet for each part, live formulas with their results, and a last sheet on the origin.
//!
//! Formulas carry the value of the report as their stored result, so a reader that does not compute shows the same
//! figures. Texts are written as texts, never as formulas. Sheets print on pages of fitted width with repeated heads.

mod chart;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use adjutant_model::report::{Align, Block, Column, Report, Table, Tone};
use chrono::{Datelike as _, NaiveDateTime, Timelike as _};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet,
    XlsxError,
};

use super::page::Paper;
use super::provenance::Provenance;
use super::{RenderError, palette};

/// Columns that paragraphs are spread over on a sheet without a wide table.
const PARAGRAPH_COLUMNS: u16 = 8;
/// Longest text in one cell; a spreadsheet takes 32,767.
const CELL_CHARACTERS: usize = 8_000;
/// The first row of a sheet's content.
const FIRST_ROW: u32 = 3;

/// Returns the report as a spreadsheet file.
///
/// # Errors
/// [`RenderError::Sheet`] if a table has more rows than a sheet can hold.
pub(super) fn render(
    report: &Report,
    provenance: &Provenance,
    paper: Paper,
) -> Result<Vec<u8>, RenderError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(report, provenance));
    let mut styles = Styles::default();
    let mut names = BTreeSet::new();
    for part in parts(report) {
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(part.name, &mut names))?;
        let head = Head {
            title: part.title(report),
            line: provenance.line(report.as_of),
        };
        let mut writer = SheetWriter {
            sheet,
            styles: &mut styles,
            row: FIRST_ROW,
            widths: Vec::new(),
        };
        writer.part(&head, part.blocks)?;
        page_setup(sheet, &head, part.blocks, paper)?;
    }
    origin(
        &mut workbook,
        &mut styles,
        &mut names,
        (report, provenance),
        paper,
    )?;
    Ok(workbook.save_to_buffer()?)
}

fn properties(report: &Report, provenance: &Provenance) -> DocProperties {
    let properties = DocProperties::new()
        .set_title(&report.title)
        .set_author(&provenance.person)
        .set_comment(provenance.line(report.as_of));
    match moment(provenance.made_at_utc()) {
        Some(moment) => properties.set_creation_datetime(&moment),
        // Before 1900: no spreadsheet knows such a moment, and without one the file would carry the clock's.
        None => match ExcelDateTime::from_ymd(1900, 1, 1) {
            Ok(moment) => properties.set_creation_datetime(&moment),
            Err(_never) => properties,
        },
    }
}

fn moment(at: NaiveDateTime) -> Option<ExcelDateTime> {
    let part = |value: u32| u8::try_from(value).ok();
    let year = u16::try_from(at.year()).ok()?;
    let day = ExcelDateTime::from_ymd(year, part(at.month())?, part(at.day())?).ok()?;
    let hour = u16::try_from(at.hour()).ok()?;
    day.and_hms(hour, part(at.minute())?, f64::from(at.second()))
        .ok()
}

/// What one sheet shows.
struct Part<'a> {
    /// Its heading; empty for what stands above the first one.
    name: &'a str,
    blocks: &'a [Block],
}

impl Part<'_> {
    fn title(&self, report: &Report) -> String {
        if self.name.is_empty() {
            report.title.clone()
        } else {
            format!("{}: {}", report.title, self.name)
        }
    }
}

/// Divides a report at its headings.
fn parts(report: &Report) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut name = "";
    let mut rest = report.blocks.as_slice();
    loop {
        let is_heading = |block: &Block| matches!(block, Block::Heading(_));
        let end = rest.iter().position(is_heading).unwrap_or(rest.len());
        let (blocks, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        if !blocks.is_empty() || !name.is_empty() {
            parts.push(Part { name, blocks });
        }
        let Some((Block::Heading(next), after)) = after.split_first() else {
            break;
        };
        (name, rest) = (next, after);
    }
    parts
}

/// Returns a name that a sheet may have and no other has: at most 31 characters, none of `[]:*?/\`.
fn sheet_name(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let wanted = if wanted.trim().is_empty() {
        "Summary"
    } else {
        wanted
    };
    let plain: String = wanted
        .chars()
        .map(|letter| match letter {
            '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'' => ' ',
            letter if letter.is_control() => ' ',
            letter => letter,
        })
        .collect();
    // A sheet may not be called "History".
    let plain = if plain.eq_ignore_ascii_case("history") {
        "History of".to_owned()
    } else {
        plain
    };
    // Letters outside the first plane count twice in a spreadsheet; fewer letters are always enough.
    let cut = |text: &str, most: usize| -> String {
        let mut used = 0;
        text.trim()
            .chars()
            .take_while(|letter| {
                used += letter.len_utf16();
                used <= most
            })
            .collect()
    };
    let mut name = cut(&plain, 31);
    let mut number = 2;
    while name.is_empty() || !taken.insert(name.to_lowercase()) {
        name = format!("{} {number}", cut(&plain, 24));
        number += 1;
    }
    name
}

/// What stands at the top of a sheet.
struct Head {
    title: String,
    line: String,
}

fn page_setup(
    sheet: &mut Worksheet,
    head: &Head,
    blocks: &[Block],
    paper: Paper,
) -> Result<(), XlsxError> {
    sheet.set_paper_size(match paper {
        Paper::A4 => 9,
        Paper::Letter => 1,
    });
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    let escaped = head.line.replace('&', "&&");
    let cut: String = escaped.chars().take(200).collect();
    sheet.set_footer(format!("&L&8{cut}&R&8Page &P of &N"));
    // Where the sheet is one table, its head stays on screen and repeats on paper.
    if let Some(Block::Table(_)) = blocks.first() {
        sheet.set_freeze_panes(FIRST_ROW + 1, 0)?;
        sheet.set_repeat_rows(0, FIRST_ROW)?;
    } else {
        sheet.set_repeat_rows(0, 1)?;
    }
    sheet.set_screen_gridlines(false);
    Ok(())
}

/// The last sheet: of which version of which documents the report was made, in full.
fn origin(
    workbook: &mut Workbook,
    styles: &mut Styles,
    names: &mut BTreeSet<String>,
    (report, provenance): (&Report, &Provenance),
    paper: Paper,
) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(sheet_name("Origin", names))?;
    let head = Head {
        title: format!("{}: Origin", report.title),
        line: provenance.line(report.as_of),
    };
    let text = |text: String| adjutant_model::report::Cell::Text(text);
    let table = |titles: &[&str], rows: Vec<Vec<String>>| {
        let column = |title: &&str| Column {
            title: (*title).to_owned(),
            align: Align::Left,
        };
        let row = |cells: Vec<String>| adjutant_model::report::Row {
            cells: cells.into_iter().map(text).collect(),
            is_total: false,
            formulas: Vec::new(),
        };
        Block::Table(Table {
            columns: titles.iter().map(column).collect(),
            rows: rows.into_iter().map(row).collect(),
        })
    };
    let about = provenance.rows(report.as_of);
    let about = about
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value]);
    let documents = provenance.documents.iter().map(|document| {
        let heads: Vec<String> = document.heads.iter().map(ToString::to_string).collect();
        vec![
            document.title.clone(),
            document.document.to_string(),
            heads.join(" "),
            document.content_hash.to_string(),
        ]
    });
    let blocks = [
        table(&["Of this report", ""], about.collect()),
        table(
            &["Document", "Id", "Heads", "Content hash"],
            documents.collect(),
        ),
    ];
    let mut writer = SheetWriter {
        sheet,
        styles,
        row: FIRST_ROW,
        widths: Vec::new(),
    };
    writer.part(&head, &blocks)?;
    page_setup(sheet, &head, &[], paper)
}

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Title,
    Line,
    Paragraph,
    HeadLeft,
    HeadRight,
    Text,
    /// Text at the right of its column.
    Figure,
    /// Amounts with so many decimals.
    Money(u32),
    Percent,
    Date,
    Count,
    Tone(ToneKey),
}

/// A tone in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ToneKey {
    Neutral,
    Good,
    Warn,
    Bad,
}

impl ToneKey {
    fn of(tone: Tone) -> Self {
        match tone {
            Tone::Neutral => Self::Neutral,
            Tone::Good => Self::Good,
            Tone::Warn => Self::Warn,
            Tone::Bad => Self::Bad,
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Neutral => Tone::Neutral,
            Self::Good => Tone::Good,
            Self::Warn => Tone::Warn,
            Self::Bad => Tone::Bad,
        }
    }
}

/// Formats, each made once.
#[derive(Default)]
struct Styles(BTreeMap<(Look, bool), Format>);

impl Styles {
    fn get(&mut self, look: Look, is_total: bool) -> &Format {
        self.0
            .entry((look, is_total))
            .or_insert_with(|| format_of(look, is_total))
    }
}

fn color(color: palette::Color) -> Color {
    Color::RGB(color.number())
}

fn format_of(look: Look, is_total: bool) -> Format {
    let mut format = Format::new()
        .set_font_color(color(palette::TEXT))
        .set_align(FormatAlign::VerticalCenter);
    if is_total {
        format = format
            .set_bold()
            .set_background_color(color(palette::SUNKEN))
            .set_border_top(FormatBorder::Thin)
            .set_border_top_color(color(palette::BORDER_STRONG));
    }
    match look {
        Look::Title => format
            .set_bold()
            .set_font_size(15)
            .set_font_color(color(palette::STRONG)),
        Look::Line => format
            .set_font_size(9)
            .set_font_color(color(palette::SECONDARY)),
        Look::Paragraph => format.set_text_wrap().set_align(FormatAlign::Top),
        Look::HeadLeft => head(format).set_align(FormatAlign::Left),
        Look::HeadRight => head(format).set_align(FormatAlign::Right),
        Look::Text => format.set_text_wrap().set_align(FormatAlign::Left),
        Look::Figure => format.set_align(FormatAlign::Right),
        Look::Money(decimals) => {
            let zeros = "0".repeat(usize::try_from(decimals).unwrap_or(0));
            let point = if zeros.is_empty() { "" } else { "." };
            format.set_num_format(format!("#,##0{point}{zeros}"))
        }
        Look::Percent => format.set_num_format("0.0 %").set_align(FormatAlign::Right),
        Look::Date => format
            .set_num_format("d mmm yyyy")
            .set_align(FormatAlign::Right),
        Look::Count => format.set_num_format("0"),
        Look::Tone(tone) => {
            let tone = tone.tone();
            format
                .set_font_color(color(palette::tone(tone)))
                .set_background_color(color(palette::tone_soft(tone)))
        }
    }
}

/// Returns the format of a column's head, without the side on which it stands.
fn head(format: Format) -> Format {
    format
        .set_bold()
        .set_text_wrap()
        .set_font_color(color(palette::SECONDARY))
        .set_background_color(color(palette::SUNKEN))
        .set_align(FormatAlign::Bottom)
        .set_border_bottom(FormatBorder::Thin)
        .set_border_bottom_color(color(palette::BORDER_STRONG))
}

/// Writes the blocks of one sheet from top to bottom.
struct SheetWriter<'a> {
    sheet: &'a mut Worksheet,
    styles: &'a mut Styles,
    /// The next free row.
    row: u32,
    /// Widths of columns, in letters.
    widths: Vec<usize>,
}

impl SheetWriter<'_> {
    fn part(&mut self, head: &Head, blocks: &[Block]) -> Result<(), XlsxError> {
        for block in blocks {
            if let Block::Table(table) = block {
                self.measure(table);
            }
            if let Block::Chart(chart) = block {
                self.measure(&chart.as_table());
            }
        }
        let title = cut(&head.title);
        self.sheet
            .write_string_with_format(0, 0, title, self.styles.get(Look::Title, false))?;
        self.sheet.set_row_height(0, 24)?;
        let line = cut(&head.line);
        self.sheet
            .write_string_with_format(1, 0, line, self.styles.get(Look::Line, false))?;
        for (column, width) in (0_u16..).zip(&self.widths) {
            let width = u16::try_from(*width).unwrap_or(u16::MAX);
            self.sheet.set_column_width(column, f64::from(width))?;
        }
        let is_one_table = matches!(
            blocks,
            [Block::Table(_)] | [Block::Table(_), Block::Paragraph(_)]
        );
        for block in blocks {
            match block {
                // Headings divide sheets; there is none inside one.
                Block::Heading(text) | Block::Paragraph(text) => self.paragraph(text)?,
                Block::Table(table) => {
                    self.table(table, is_one_table)?;
                    self.row += 1;
                }
                Block::Chart(chart) => self.chart(chart)?,
            }
        }
        Ok(())
    }

    /// Makes the columns wide enough for a table.
    fn measure(&mut self, table: &Table) {
        if self.widths.len() < table.columns.len() {
            self.widths.resize(table.columns.len(), 8);
        }
        for (at, (column, width)) in table.columns.iter().zip(&mut self.widths).enumerate() {
            let words = column.title.split_whitespace();
            let title = words.map(|word| word.chars().count()).max().unwrap_or(0);
            let cells = table.rows.iter().filter_map(|row| row.cells.get(at));
            let widest = cells.map(|cell| cell.shown().chars().count()).max();
            let most = match column.align {
                Align::Left => 48,
                Align::Right => 24,
            };
            let wanted = widest.unwrap_or(0).max(title) + 3;
            *width = (*width).max(wanted.min(most));
        }
    }

    /// Writes a paragraph over all columns, on as many lines as it needs.
    fn paragraph(&mut self, text: &str) -> Result<(), XlsxError> {
        let columns = u16::try_from(self.widths.len())
            .unwrap_or(u16::MAX)
            .clamp(PARAGRAPH_COLUMNS, 16);
        let letters: usize = (0..usize::from(columns))
            .map(|at| self.widths.get(at).copied().unwrap_or(8))
            .sum();
        let format = self.styles.get(Look::Paragraph, false).clone();
        let all: Vec<char> = text.chars().collect();
        for piece in all.chunks(CELL_CHARACTERS) {
            let piece: String = piece.iter().collect();
            let lines: usize = piece
                .split('\n')
                .map(|line| line.chars().count() / letters.max(1) + 1)
                .sum();
            // The highest row that a spreadsheet knows is 409 points.
            let lines = u32::try_from(lines).unwrap_or(u32::MAX).min(27);
            self.sheet
                .merge_range(self.row, 0, self.row, columns - 1, &piece, &format)?;
            self.sheet.set_row_height(self.row, 15 * lines)?;
            self.row += 1;
        }
        self.row += 1;
        Ok(())
    }
}

/// Returns a text that one cell can hold: no longer than it may be, without letters that XML forbids.
fn cut(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() || *letter == '\n')
        .take(CELL_CHARACTERS)
        .collect()
}
