//! Pages as a PDF file: text that can be searched and copied, with title, language and the faces embedded.
//!
//! What stands where was decided by [`super::page`]. Nothing of the file comes from a clock or from chance: the document
//! id is the hash of the provenance, and the date is the one given.

use adjutant_model::report::Report;
use chrono::{Datelike as _, Timelike as _};
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use super::RenderError;
use super::page::{Face, Faces, Item, Page, Paper, layout};
use super::palette::Color;
use super::provenance::Provenance;

/// Returns the report as a PDF file.
///
/// # Errors
/// [`RenderError::Pdf`] if the library refuses the pages.
pub(super) fn render(
    report: &Report,
    provenance: &Provenance,
    paper: Paper,
) -> Result<Vec<u8>, RenderError> {
    let pages = layout(report, provenance, paper);
    let mut document = Document::new_with(SerializeSettings::default());
    document.set_metadata(metadata(report, provenance));
    let fonts = Fonts::load()?;
    for page in &pages {
        draw(&mut document, page, &fonts)?;
    }
    document
        .finish()
        .map_err(|error| refused(&format!("{error:?}")))
}

fn refused(reason: &str) -> RenderError {
    RenderError::Pdf {
        reason: reason.to_owned(),
    }
}

fn metadata(report: &Report, provenance: &Provenance) -> Metadata {
    let made = provenance.made_at;
    let number = |value: u32| u8::try_from(value).unwrap_or(0);
    let minutes = provenance.utc_offset_s / 60;
    let date = DateTime::new(u16::try_from(made.year()).unwrap_or(0))
        .month(number(made.month()))
        .day(number(made.day()))
        .hour(number(made.hour()))
        .minute(number(made.minute()))
        .second(number(made.second()))
        .utc_offset_hour(i8::try_from(minutes / 60).unwrap_or(0))
        .utc_offset_minute(number((minutes % 60).unsigned_abs()));
    Metadata::new()
        .title(report.title.clone())
        .language("en".to_owned())
        .authors(vec![provenance.person.clone()])
        .creator("Adjutant".to_owned())
        .description(provenance.line(report.as_of))
        .creation_date(date)
        .document_id(format!(
            "{}/{}",
            provenance.version(),
            provenance.content_hash()
        ))
}

/// The faces as the library knows them, with their widths.
struct Fonts {
    fonts: Vec<(Face, Font)>,
    faces: Faces,
}

impl Fonts {
    fn load() -> Result<Self, RenderError> {
        let mut fonts = Vec::new();
        for face in Face::ALL {
            let font = Font::new(face.bytes().into(), 0);
            fonts.push((
                face,
                font.ok_or_else(|| refused("a bundled face is broken"))?,
            ));
        }
        Ok(Self {
            fonts,
            faces: Faces::load(),
        })
    }

    fn of(&self, face: Face) -> Option<&Font> {
        self.fonts
            .iter()
            .find(|(known, _)| *known == face)
            .map(|(_, font)| font)
    }
}

fn draw(document: &mut Document, page: &Page, fonts: &Fonts) -> Result<(), RenderError> {
    let settings = PageSettings::from_wh(page.width, page.height)
        .ok_or_else(|| refused("a page has no size"))?;
    let mut sheet = document.start_page_with(settings);
    let mut surface = sheet.surface();
    for item in &page.items {
        match item {
            Item::Text {
                x,
                y,
                size,
                face,
                color,
                text,
            } => {
                surface.set_stroke(None);
                surface.set_fill(Some(fill(*color)));
                write(&mut surface, fonts, (*x, *y), (*face, *size), text);
            }
            Item::Area { corners, color } => {
                if let Some(path) = path(corners, true) {
                    surface.set_stroke(None);
                    surface.set_fill(Some(fill(*color)));
                    surface.draw_path(&path);
                }
            }
            Item::Line {
                points,
                width,
                color,
            } => {
                if let Some(path) = path(points, false) {
                    surface.set_fill(None);
                    surface.set_stroke(Some(stroke(*color, *width)));
                    surface.draw_path(&path);
                }
            }
        }
    }
    surface.finish();
    sheet.finish();
    Ok(())
}

fn fill(color: Color) -> Fill {
    Fill {
        paint: rgb::Color::new(color.0, color.1, color.2).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn stroke(color: Color, width: f32) -> Stroke {
    Stroke {
        paint: rgb::Color::new(color.0, color.1, color.2).into(),
        width,
        line_cap: LineCap::Butt,
        line_join: LineJoin::Round,
        ..Stroke::default()
    }
}

fn path(points: &[(f32, f32)], is_closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    builder.move_to(first.0, first.1);
    for (x, y) in rest {
        builder.line_to(*x, *y);
    }
    if is_closed {
        builder.close();
    }
    builder.finish()
}

/// Writes one line; each letter is one glyph, so that what is copied is what was written.
fn write(
    surface: &mut Surface<'_>,
    fonts: &Fonts,
    (x, y): (f32, f32),
    (face, size): (Face, f32),
    text: &str,
) {
    let Some(font) = fonts.of(face) else { return };
    let metrics = fonts.faces.of(face);
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .map(|(at, letter)| {
            let glyph = metrics.glyph(letter);
            let range = at..at.saturating_add(letter.len_utf8());
            KrillaGlyph::new(
                GlyphId::new(glyph.number),
                glyph.advance,
                0.0,
                0.0,
                0.0,
                range,
                None,
            )
        })
        .collect();
    surface.draw_glyphs(
        Point::from_xy(x, y),
        &glyphs,
        font.clone(),
        text,
        size,
        false,
    );
}
