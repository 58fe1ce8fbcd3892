//! The faces that pages are set in, and how wide their letters are.
//!
//! The bundled subsets of Inter (SIL Open Font License): text in two weights, and two with figures of equal width for
//! columns of numbers. The one rule: a letter that a face lacks is as wide as its missing-glyph sign, never nothing.

use std::collections::BTreeMap;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

/// A face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// Text.
    Regular,
    /// Titles, heads, totals.
    SemiBold,
    /// Figures in columns.
    Figures,
    /// Figures of totals.
    FiguresMedium,
}

impl Face {
    /// All faces.
    pub const ALL: [Self; 4] = [
        Self::Regular,
        Self::SemiBold,
        Self::Figures,
        Self::FiguresMedium,
    ];

    /// Returns the bytes of the face's TrueType file.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../../../../app/assets/fonts/Inter-Regular.ttf"),
            Self::SemiBold => include_bytes!("../../../../../app/assets/fonts/Inter-SemiBold.ttf"),
            Self::Figures => include_bytes!("../../../../../app/assets/fonts/Inter-Figures.ttf"),
            Self::FiguresMedium => {
                include_bytes!("../../../../../app/assets/fonts/Inter-FiguresMedium.ttf")
            }
        }
    }
}

/// A glyph: its number in the face and its width for a size of 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) number: u32,
    pub(crate) advance: f32,
}

/// The widths of one face.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    glyphs: BTreeMap<char, Glyph>,
    missing: Glyph,
}

impl Metrics {
    fn of(face: Face) -> Self {
        let missing = Glyph {
            number: 0,
            advance: 0.6,
        };
        let mut metrics = Self {
            glyphs: BTreeMap::new(),
            missing,
        };
        // The faces are part of the program; a build with a broken one sets every letter as missing.
        let Ok(font) = FontRef::new(face.bytes()) else {
            return metrics;
        };
        let units = f32::from(
            font.metrics(Size::unscaled(), LocationRef::default())
                .units_per_em,
        );
        let widths = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let glyph = |id: skrifa::GlyphId| Glyph {
            number: id.to_u32(),
            advance: widths.advance_width(id).unwrap_or(units * 0.6) / units,
        };
        metrics.missing = glyph(skrifa::GlyphId::new(0));
        for (point, id) in font.charmap().mappings() {
            if let Some(letter) = char::from_u32(point) {
                metrics.glyphs.insert(letter, glyph(id));
            }
        }
        metrics
    }

    /// Returns the glyph of a letter.
    pub(crate) fn glyph(&self, letter: char) -> Glyph {
        self.glyphs.get(&letter).copied().unwrap_or(self.missing)
    }

    /// Returns the width of a text on one line, in the unit of `size`.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars()
            .map(|letter| self.glyph(letter).advance)
            .sum::<f32>()
            * size
    }
}

/// The widths of all faces.
#[derive(Debug, Clone)]
pub(crate) struct Faces([Metrics; 4]);

impl Faces {
    /// Reads the bundled faces.
    pub(crate) fn load() -> Self {
        Self(Face::ALL.map(Metrics::of))
    }

    /// Returns the widths of a face.
    pub(crate) fn of(&self, face: Face) -> &Metrics {
        let [regular, semi_bold, figures, figures_medium] = &self.0;
        match face {
            Face::Regular => regular,
            Face::SemiBold => semi_bold,
            Face::Figures => figures,
            Face::FiguresMedium => figures_medium,
        }
    }

    /// Returns the width of a text on one line.
    pub(crate) fn width(&self, face: Face, text: &str, size: f32) -> f32 {
        self.of(face).width(text, size)
    }

    /// Breaks a text into lines that are no wider than `width`: between words, and inside a word that is wider.
    ///
    /// Returns at least one line.
    pub(crate) fn wrap(&self, face: Face, text: &str, size: f32, width: f32) -> Vec<String> {
        let metrics = self.of(face);
        let space = metrics.width(" ", size);
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let mut line = String::new();
            let mut used = 0.0;
            for word in paragraph.split_whitespace() {
                let wide = metrics.width(word, size);
                if !line.is_empty() && used + space + wide > width {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                if !line.is_empty() {
                    line.push(' ');
                    used += space;
                }
                if wide <= width {
                    line.push_str(word);
                    used += wide;
                    continue;
                }
                for letter in word.chars() {
                    let wide = metrics.glyph(letter).advance * size;
                    if !line.is_empty() && used + wide > width {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    line.push(letter);
                    used += wide;
                }
            }
            lines.push(line);
        }
        lines
    }
}
