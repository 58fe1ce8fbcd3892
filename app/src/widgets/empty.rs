//! What a screen shows when it has nothing to show: why, and what to do.
//!
//! No list is ever just blank.

use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use crate::icons::Icon;
use crate::theme::{self, font};
use crate::widgets::button::Button;
use crate::widgets::text;

/// Draws an empty state in the middle of a rectangle and tells whether its button was pressed.
pub fn empty_ui(
    ui: &mut Ui,
    rect: Rect,
    icon: Icon,
    words: (&str, &str),
    action: Option<&str>,
) -> bool {
    let colors = theme::palette(ui);
    let top = rect.center() - vec2(0.0, 70.0);
    let circle = Rect::from_center_size(top, vec2(56.0, 56.0));
    ui.painter()
        .circle_filled(circle.center(), 28.0, colors.accent_soft);
    text::icon(ui.painter(), circle, icon, 28.0, colors.accent);
    let below = Rect::from_min_max(
        egui::pos2(rect.left(), circle.bottom() + 14.0),
        egui::pos2(rect.right(), rect.bottom().max(circle.bottom() + 120.0)),
    );
    let builder = UiBuilder::new()
        .max_rect(below)
        .layout(Layout::top_down(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.label(
            RichText::new(words.0)
                .font(font::card_title())
                .color(colors.strong),
        );
        ui.label(RichText::new(words.1).color(colors.secondary));
        ui.add_space(8.0);
        action.is_some_and(|label| ui.add(Button::primary(label)).clicked())
    })
    .inner
}
