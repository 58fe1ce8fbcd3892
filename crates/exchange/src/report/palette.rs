//! The colours of issued reports: one set for pages, slides, sheets and HTML.
//!
//! They are those of the window's light theme; text on its background has a contrast of at least 4.5 to 1.

use adjutant_model::report::Tone;

/// A colour: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// Returns the colour as six hexadecimal digits: "3457D5".
    pub fn hex(self) -> String {
        format!("{:02X}{:02X}{:02X}", self.0, self.1, self.2)
    }

    /// Returns the colour as one number, red first.
    pub(super) fn number(self) -> u32 {
        u32::from_be_bytes([0, self.0, self.1, self.2])
    }
}

/// Titles.
pub const STRONG: Color = Color(0x10, 0x15, 0x1D);
/// Text.
pub const TEXT: Color = Color(0x2B, 0x33, 0x40);
/// What stands back: heads, feet, axes.
pub const SECONDARY: Color = Color(0x5D, 0x67, 0x77);
/// Rules between rows.
pub const BORDER: Color = Color(0xE3, 0xE6, 0xEB);
/// Rules under heads and over totals.
pub const BORDER_STRONG: Color = Color(0xCB, 0xD1, 0xDA);
/// Behind totals and heads.
pub const SUNKEN: Color = Color(0xF3, 0xF5, 0xF8);
/// The one accent, and the first series of a chart.
pub const ACCENT: Color = Color(0x34, 0x57, 0xD5);
/// The series of a chart, in order.
pub const SERIES: [Color; 4] = [
    Color(0x9A, 0xA7, 0xBD),
    ACCENT,
    Color(0x14, 0x78, 0x4A),
    Color(0x8F, 0x5A, 0x00),
];
/// White.
pub const WHITE: Color = Color(0xFF, 0xFF, 0xFF);

/// Returns the colour of a series.
pub(super) fn series(at: usize, count: usize) -> Color {
    let at = if count == 1 { 1 } else { at };
    SERIES
        .get(at.checked_rem(SERIES.len()).unwrap_or(0))
        .copied()
        .unwrap_or(ACCENT)
}

/// Returns the colour of a status word.
pub fn tone(tone: Tone) -> Color {
    match tone {
        Tone::Neutral => TEXT,
        Tone::Good => Color(0x14, 0x78, 0x4A),
        Tone::Warn => Color(0x8F, 0x5A, 0x00),
        Tone::Bad => Color(0xB3, 0x26, 0x1E),
    }
}

/// Returns the colour behind a status word.
pub(super) fn tone_soft(tone: Tone) -> Color {
    match tone {
        Tone::Neutral => SUNKEN,
        Tone::Good => Color(0xDF, 0xF4, 0xE8),
        Tone::Warn => Color(0xFD, 0xF0, 0xD5),
        Tone::Bad => Color(0xFC, 0xE4, 0xE2),
    }
}

/// Returns the sign beside a status word, so that colour is never the only one; `None` for a neutral word.
pub(super) fn tone_sign(tone: Tone) -> Option<char> {
    match tone {
        Tone::Neutral => None,
        Tone::Good => Some('\u{25CF}'),
        Tone::Warn => Some('\u{25B2}'),
        Tone::Bad => Some('\u{25A0}'),
    }
}
