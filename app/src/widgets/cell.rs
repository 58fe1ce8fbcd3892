//! One cell of a table: what it says and how it looks. Plain data, so that views can be tested without drawing.
//!
//! What colour and icon mean is said in words too, in the cell's note.

use std::borrow::Cow;

use egui::{Align, Painter, Rect, Stroke, pos2, vec2};

use crate::icons::Icon;
use crate::theme::{Palette, Tone, font};
use crate::widgets::{avatar, tag, text};

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The row's name.
    Name,
    /// Text.
    Plain,
    /// Text that steps back.
    Quiet,
    /// A number: digits of one width.
    Figure(Tone),
    /// A number with an icon before it.
    MarkedFigure(Tone, Icon),
    /// A status: icon and word on a ground.
    Tag(Tone, Icon),
    /// An icon and text in a tone, without a ground.
    Mark(Tone, Icon),
    /// A person: initials and name.
    Person,
    /// Steps that were climbed of so many, and text.
    Ladder(Tone, u8, u8),
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What it says.
    pub text: Cow<'a, str>,
    /// How it looks.
    pub look: Look,
    /// What its icon and colour mean, in words: spoken after the text and shown under the pointer; empty for nothing.
    pub note: Cow<'a, str>,
    /// Whether it is struck through.
    pub is_struck: bool,
}

impl<'a> Cell<'a> {
    /// Returns a cell.
    pub fn new(look: Look, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            look,
            note: Cow::Borrowed(""),
            is_struck: false,
        }
    }

    /// Returns the same cell, its words lent.
    pub fn lent(&self) -> Cell<'_> {
        Cell {
            text: Cow::Borrowed(&self.text),
            look: self.look,
            note: Cow::Borrowed(&self.note),
            is_struck: self.is_struck,
        }
    }

    /// Says in words what icon and colour mean.
    #[must_use]
    pub fn noted(mut self, note: impl Into<Cow<'a, str>>) -> Self {
        self.note = note.into();
        self
    }

    /// Returns what assistive technology reads: the text and what its look means.
    pub fn spoken(&self) -> String {
        if self.note.is_empty() {
            self.text.clone().into_owned()
        } else {
            format!("{}, {}", self.text, self.note)
        }
    }

    /// Strikes the text through if `is_struck`.
    #[must_use]
    pub fn struck(mut self, is_struck: bool) -> Self {
        self.is_struck = is_struck;
        self
    }

    /// Paints the cell in its rectangle.
    pub fn paint(&self, painter: &Painter, rect: Rect, align: Align, colors: &Palette) {
        if self.text.is_empty() {
            return;
        }
        match self.look {
            Look::Tag(tone, icon) => {
                tag::paint(painter, rect, align, Some(icon), &self.text, (tone, colors));
            }
            Look::Person => {
                let circle = Rect::from_min_size(rect.min, vec2(22.0, rect.height()));
                avatar::paint(painter, circle, &self.text, colors);
                let rest = Rect::from_min_max(pos2(circle.right() + 8.0, rect.top()), rect.max);
                text::line(
                    painter,
                    rest,
                    Align::Min,
                    &self.text,
                    font::body(),
                    colors.text,
                );
            }
            Look::Mark(tone, icon) => {
                let square = Rect::from_min_size(rect.min, vec2(16.0, rect.height()));
                text::icon(painter, square, icon, 16.0, colors.ink(tone));
                let rest = Rect::from_min_max(pos2(square.right() + 6.0, rect.top()), rect.max);
                text::line(
                    painter,
                    rest,
                    Align::Min,
                    &self.text,
                    font::body(),
                    colors.ink(tone),
                );
            }
            Look::Ladder(tone, climbed, of) => {
                let pips = paint_ladder(painter, rect, (climbed, of), (tone, colors));
                let rest = Rect::from_min_max(pos2(pips + 8.0, rect.top()), rect.max);
                let ink = colors.ink(tone);
                text::line(painter, rest, Align::Min, &self.text, font::body(), ink);
            }
            Look::MarkedFigure(tone, icon) => {
                let shown = self.paint_text(painter, rect, align, colors);
                let square = Rect::from_min_max(
                    pos2(shown.left() - 18.0, rect.top()),
                    pos2(shown.left() - 3.0, rect.bottom()),
                );
                text::icon(painter, square, icon, 13.0, colors.ink(tone));
            }
            Look::Name | Look::Plain | Look::Quiet | Look::Figure(_) => {
                self.paint_text(painter, rect, align, colors);
            }
        }
    }

    fn paint_text(&self, painter: &Painter, rect: Rect, align: Align, colors: &Palette) -> Rect {
        let (font, ink) = match self.look {
            Look::Name if self.is_struck => (font::body(), colors.secondary),
            Look::Name => (font::strong(), colors.strong),
            Look::Figure(Tone::Neutral) => (font::figures(), colors.text),
            Look::Figure(tone) | Look::MarkedFigure(tone, _) => {
                (font::figures_strong(), colors.ink(tone))
            }
            Look::Quiet => (font::body(), colors.secondary),
            Look::Plain | Look::Tag(..) | Look::Mark(..) | Look::Person | Look::Ladder(..) => {
                (font::body(), colors.text)
            }
        };
        let shown = text::line(painter, rect, align, &self.text, font, ink);
        if self.is_struck {
            painter.hline(
                shown.x_range(),
                shown.center().y + 1.0,
                Stroke::new(1.0, ink),
            );
        }
        shown
    }
}

/// Paints one bar for each step, higher from left to right, and returns where they end.
fn paint_ladder(
    painter: &Painter,
    rect: Rect,
    (climbed, of): (u8, u8),
    (tone, colors): (Tone, &Palette),
) -> f32 {
    let mut left = rect.left();
    for step in 0..of {
        let height = 5.0 + 1.5 * f32::from(step);
        let bar = Rect::from_min_max(
            pos2(left, rect.center().y + 7.0 - height),
            pos2(left + 3.0, rect.center().y + 7.0),
        );
        let ink = if step < climbed {
            colors.ink(tone)
        } else {
            colors.border_strong
        };
        painter.rect_filled(bar, 1, ink);
        left += 5.0;
    }
    left
}
