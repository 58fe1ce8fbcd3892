//! Reports laid out on pages: what stands where, in points from the upper left corner.
//!
//! One description of a page feeds every painter: a PDF file, a preview on the screen. The one rules: nothing is
//! clipped or left out (what does not fit is wrapped, set smaller or continued on the next page), every page of a table
//! repeats its head, and equal input gives equal pages.

mod chart;
pub(crate) mod columns;
mod face;
mod table;

use adjutant_model::report::{Block, Report, show_day};

use super::palette::{self, Color};
use super::provenance::Provenance;

pub use face::Face;
pub(crate) use face::Faces;

/// The size of a sheet of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 x 297 mm.
    #[default]
    A4,
    /// 8.5 x 11 inches.
    Letter,
}

impl Paper {
    /// Returns width and height of the upright sheet, in points.
    pub fn size(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Width, in points.
    pub width: f32,
    /// Height, in points.
    pub height: f32,
    /// What stands on it, the lowest first.
    pub items: Vec<Item>,
}

/// One thing on a page; all lengths in points, from the upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// One line of text.
    Text {
        /// Left end.
        x: f32,
        /// Baseline.
        y: f32,
        /// Size of the face.
        size: f32,
        /// Face.
        face: Face,
        /// Colour.
        color: Color,
        /// The text.
        text: String,
    },
    /// A filled area with at least three corners.
    Area {
        /// Its corners.
        corners: Vec<(f32, f32)>,
        /// Colour.
        color: Color,
    },
    /// A line through at least two points.
    Line {
        /// Its points.
        points: Vec<(f32, f32)>,
        /// Thickness.
        width: f32,
        /// Colour.
        color: Color,
    },
}

/// Distance from the edges of the paper.
const MARGIN: f32 = 36.0;
/// Room for the foot, above the lower margin.
const FOOT: f32 = 22.0;
/// Room for the head of the pages after the first.
const HEAD: f32 = 24.0;
/// Columns of a table from which on the paper lies.
const WIDE_COLUMNS: usize = 8;

/// Lays a report out on paper; upright, or lying if it has a wide table.
pub fn layout(report: &Report, provenance: &Provenance, paper: Paper) -> Vec<Page> {
    let faces = Faces::load();
    let is_wide = report
        .blocks
        .iter()
        .any(|block| matches!(block, Block::Table(table) if table.columns.len() > WIDE_COLUMNS));
    let (short, long) = paper.size();
    let (width, height) = if is_wide {
        (long, short)
    } else {
        (short, long)
    };
    let mut flow = Flow {
        faces: &faces,
        width,
        height,
        y: MARGIN,
        pages: vec![Page {
            width,
            height,
            items: Vec::new(),
        }],
    };
    flow.title(report, provenance);
    for (at, block) in report.blocks.iter().enumerate() {
        match block {
            Block::Heading(text) => {
                let next = report.blocks.get(at.saturating_add(1));
                flow.heading(text, next);
            }
            Block::Paragraph(text) => flow.paragraph(text),
            Block::Table(table) => table::draw(&mut flow, table),
            Block::Chart(chart) => chart::draw(&mut flow, chart),
        }
    }
    finish(flow, report, provenance)
}

/// Pages being filled from top to bottom.
struct Flow<'a> {
    faces: &'a Faces,
    width: f32,
    height: f32,
    /// Where the next thing begins.
    y: f32,
    /// At least one.
    pages: Vec<Page>,
}

impl Flow<'_> {
    fn left() -> f32 {
        MARGIN
    }

    /// Width between the margins.
    fn inner(&self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    fn bottom(&self) -> f32 {
        self.height - MARGIN - FOOT
    }

    /// Room that is left on this page.
    fn room(&self) -> f32 {
        self.bottom() - self.y
    }

    /// Room of a page with nothing on it yet.
    fn full_room(&self) -> f32 {
        self.bottom() - MARGIN - HEAD
    }

    fn new_page(&mut self) {
        self.pages.push(Page {
            width: self.width,
            height: self.height,
            items: Vec::new(),
        });
        self.y = MARGIN + HEAD;
    }

    /// Begins a new page unless so much room is left, or a new page had no more of it.
    fn need(&mut self, height: f32) {
        let is_fresh = self.y <= MARGIN + HEAD + 0.1;
        if self.room() < height && !is_fresh {
            self.new_page();
        }
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.items.push(item);
        }
    }

    fn text(&mut self, at: (f32, f32), style: Style, text: &str) {
        if text.is_empty() {
            return;
        }
        self.put(style.item(at, text));
    }

    fn rule(&mut self, y: f32, color: Color, width: f32) {
        let (left, right) = (Self::left(), self.width - MARGIN);
        self.put(Item::Line {
            points: vec![(left, y), (right, y)],
            width,
            color,
        });
    }

    fn title(&mut self, report: &Report, provenance: &Provenance) {
        let title = Style::new(Face::SemiBold, 19.0, palette::STRONG);
        for line in self
            .faces
            .wrap(title.face, &clean(&report.title), title.size, self.inner())
        {
            self.y += 23.0;
            self.text((Self::left(), self.y - 5.0), title, &line);
        }
        let about = Style::new(Face::Regular, 9.0, palette::SECONDARY);
        let made = format!(
            "As of {} \u{b7} made by {}, {}",
            show_day(report.as_of),
            provenance.person,
            provenance.made_at_words()
        );
        for line in self
            .faces
            .wrap(about.face, &clean(&made), about.size, self.inner())
        {
            self.y += 13.0;
            self.text((Self::left(), self.y), about, &line);
        }
        self.y += 10.0;
        self.rule(self.y, palette::BORDER_STRONG, 0.75);
        self.y += 12.0;
    }

    fn heading(&mut self, text: &str, next: Option<&Block>) {
        // A heading never stands alone at the foot of a page.
        let company = match next {
            Some(Block::Chart(chart)) => chart::height(chart),
            Some(Block::Table(_)) => 64.0,
            Some(Block::Heading(_) | Block::Paragraph(_)) | None => 30.0,
        };
        self.need(30.0 + company);
        let style = Style::new(Face::SemiBold, 12.5, palette::STRONG);
        self.y += 8.0;
        for line in self
            .faces
            .wrap(style.face, &clean(text), style.size, self.inner())
        {
            self.need(16.0);
            self.y += 16.0;
            self.text((Self::left(), self.y - 4.0), style, &line);
        }
        self.y += 5.0;
    }

    fn paragraph(&mut self, text: &str) {
        let style = Style::new(Face::Regular, 9.5, palette::TEXT);
        // Longer lines than this are hard to read.
        let measure = self.inner().min(560.0);
        let lines = self
            .faces
            .wrap(style.face, &clean_lines(text), style.size, measure);
        for line in lines {
            self.need(13.5);
            self.y += 13.5;
            self.text((Self::left(), self.y - 3.5), style, &line);
        }
        self.y += 5.0;
    }
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
struct Style {
    face: Face,
    size: f32,
    color: Color,
}

impl Style {
    fn new(face: Face, size: f32, color: Color) -> Self {
        Self { face, size, color }
    }

    fn item(self, (x, y): (f32, f32), text: &str) -> Item {
        Item::Text {
            x,
            y,
            size: self.size,
            face: self.face,
            color: self.color,
            text: text.to_owned(),
        }
    }
}

/// Returns the area of a rectangle.
fn rectangle(x: f32, y: f32, width: f32, height: f32, color: Color) -> Item {
    let (right, bottom) = (x + width, y + height);
    Item::Area {
        corners: vec![(x, y), (right, y), (right, bottom), (x, bottom)],
        color,
    }
}

/// Returns the text on one line, without letters that cannot be set.
fn clean(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Returns the text with its line breaks, without other letters that cannot be set.
fn clean_lines(text: &str) -> String {
    let kept = |letter: char| letter == '\n' || !letter.is_control();
    text.chars()
        .map(|letter| if kept(letter) { letter } else { ' ' })
        .collect()
}

/// Puts heads and feet on the pages, now that their number is known.
fn finish(flow: Flow<'_>, report: &Report, provenance: &Provenance) -> Vec<Page> {
    let faces = flow.faces;
    let (left, right) = (MARGIN, flow.width - MARGIN);
    let small = Style::new(Face::Regular, 7.0, palette::SECONDARY);
    let count = flow.pages.len();
    let line = clean(&provenance.line(report.as_of));
    let mut pages = flow.pages;
    for (at, page) in pages.iter_mut().enumerate() {
        let number = format!("Page {} of {count}", at.saturating_add(1));
        let number_x = right - faces.width(small.face, &number, small.size);
        let foot = page.height - MARGIN;
        page.items.push(Item::Line {
            points: vec![(left, foot - 14.0), (right, foot - 14.0)],
            width: 0.5,
            color: palette::BORDER_STRONG,
        });
        page.items.push(small.item((number_x, foot - 4.0), &number));
        let lines = faces.wrap(small.face, &line, small.size, number_x - left - 16.0);
        for (line, y) in lines.iter().zip([foot - 4.0, foot + 5.0, foot + 14.0]) {
            page.items.push(small.item((left, y), line));
        }
        if at > 0 {
            let as_of = format!("As of {}", show_day(report.as_of));
            let as_of_x = right - faces.width(small.face, &as_of, small.size);
            page.items.push(small.item((as_of_x, MARGIN + 8.0), &as_of));
            let room = as_of_x - left - 16.0;
            let title = faces.wrap(small.face, &clean(&report.title), small.size, room);
            for (line, y) in title.iter().zip([MARGIN + 8.0, MARGIN + 17.0]) {
                page.items.push(small.item((left, y), line));
            }
        }
    }
    pages
}
