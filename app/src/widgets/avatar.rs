//! A person's initials in a coloured circle; the name stands beside it or is its tooltip.
//!
//! The ground follows from the name, so a person looks the same everywhere.

use egui::{Align, Painter, Rect};

use crate::theme::{self, Palette, font};
use crate::widgets::text;

/// Returns the initials of a name: of the first and the last word.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// Paints a person's initials in the middle of a rectangle.
pub fn paint(painter: &Painter, rect: Rect, name: &str, colors: &Palette) {
    painter.circle_filled(rect.center(), 11.0, theme::avatar_ground(colors, name));
    let mut font = font::small_strong();
    font.size = 9.5;
    text::line(
        painter,
        rect,
        Align::Center,
        &initials(name),
        font,
        colors.strong,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_all_kinds_of_names() {
        for (name, expected) in [
            ("Ana Marić", "AM"),
            ("Ludwig van Beethoven", "LB"),
            ("Cher", "C"),
            ("", ""),
            ("émile zola", "ÉZ"),
        ] {
            assert_eq!(initials(name), expected);
        }
    }
}
