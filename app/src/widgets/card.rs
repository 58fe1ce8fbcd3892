//! Cards: white ground, thin border, a title and what belongs to it.
//!
//! A card fills the rectangle that its caller has allocated and moves no layout.

use egui::{Align, CornerRadius, Frame, Layout, Margin, Rect, Stroke, StrokeKind, Ui, UiBuilder};

use crate::theme::{self, RADIUS_CARD, font};

/// Returns the frame of a card without inner margin, for tables and grids.
pub fn bare_frame(ui: &Ui) -> Frame {
    let colors = theme::palette(ui);
    Frame::new()
        .fill(colors.surface)
        .stroke(Stroke::new(1.0, colors.border))
        .corner_radius(RADIUS_CARD)
}

/// Draws a card that fills a rectangle, with a title on the left and `aside` on its right.
pub fn card_ui(
    ui: &mut Ui,
    rect: Rect,
    title: &str,
    aside: impl FnOnce(&mut Ui),
    content: impl FnOnce(&mut Ui),
) {
    let colors = theme::palette(ui);
    ui.painter().rect(
        rect,
        CornerRadius::same(RADIUS_CARD),
        colors.surface,
        Stroke::new(1.0, colors.border),
        StrokeKind::Inside,
    );
    let inner = rect - Margin::same(16);
    let builder = UiBuilder::new()
        .max_rect(inner)
        .layout(Layout::top_down(Align::Min));
    // A child and not a scope: the caller has allocated the rectangle, and its cursor is to stay below the card.
    let mut inside = ui.new_child(builder);
    inside.horizontal(|ui| {
        ui.label(
            egui::RichText::new(title)
                .font(font::card_title())
                .color(colors.strong),
        );
        ui.with_layout(Layout::right_to_left(Align::Center), aside);
    });
    inside.add_space(8.0);
    content(&mut inside);
}
