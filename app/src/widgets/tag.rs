//! A status in a pill: icon, word and colour, so that colour is never the only sign.
//!
//! Painted for cells, drawn for layouts; both look the same.

use egui::accesskit::Role;
use egui::{Align, CornerRadius, Painter, Rect, Response, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::icons::Icon;
use crate::theme::{self, Palette, Tone, font};
use crate::widgets::text;

const HEIGHT: f32 = 20.0;
const ICON: f32 = 14.0;

/// Paints a tag at the left or right end of a rectangle and returns where it stands.
pub fn paint(
    painter: &Painter,
    rect: Rect,
    align: Align,
    icon: Option<Icon>,
    words: &str,
    look: (Tone, &Palette),
) -> Rect {
    let (tone, colors) = look;
    let words_width = text::width(painter, words, font::small_strong());
    let icon_width = if icon.is_some() { ICON + 4.0 } else { 0.0 };
    let width = (words_width + icon_width + 14.0).min(rect.width());
    let left = match align {
        Align::Min => rect.left(),
        Align::Center => rect.center().x - width / 2.0,
        Align::Max => rect.right() - width,
    };
    let pill = Rect::from_min_size(
        pos2(left, rect.center().y - HEIGHT / 2.0),
        vec2(width, HEIGHT),
    );
    painter.rect_filled(pill, CornerRadius::same(10), colors.ground(tone));
    let mut inner = pill.shrink2(vec2(7.0, 0.0));
    if let Some(icon) = icon {
        let square = Rect::from_min_size(inner.min - vec2(1.0, 0.0), vec2(ICON, HEIGHT));
        text::icon(painter, square, icon, ICON, colors.ink(tone));
        inner.min.x += ICON + 3.0;
    }
    text::line(
        painter,
        inner,
        Align::Min,
        words,
        font::small_strong(),
        colors.ink(tone),
    );
    pill
}

/// Draws a tag in the flow of a layout.
pub fn tag_ui(ui: &mut Ui, tone: Tone, icon: Option<Icon>, words: &str) -> Response {
    let colors = theme::palette(ui);
    let icon_width = if icon.is_some() { ICON + 4.0 } else { 0.0 };
    let width = text::width(ui.painter(), words, font::small_strong()) + icon_width + 14.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    paint(ui.painter(), rect, Align::Min, icon, words, (tone, colors));
    response
}
