//! One line of text in a rectangle, cut with an ellipsis where it does not fit.
//!
//! No text of a cell is painted but through here, so none runs over its neighbour.

use egui::text::LayoutJob;
use egui::{Align, Color32, FontId, Painter, Rect, pos2, vec2};

use crate::icons::Icon;
use crate::theme::font;

/// Paints one line of text, centred from top to bottom, and returns where it stands.
pub fn line(
    painter: &Painter,
    rect: Rect,
    align: Align,
    text: &str,
    font: FontId,
    color: Color32,
) -> Rect {
    if rect.width() < 4.0 || text.is_empty() {
        return Rect::from_min_size(rect.left_center(), vec2(0.0, 0.0));
    }
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap.max_width = rect.width();
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    let size = galley.size();
    let left = match align {
        Align::Min => rect.left(),
        Align::Center => rect.center().x - size.x / 2.0,
        Align::Max => rect.right() - size.x,
    };
    let at = pos2(left, rect.center().y - size.y / 2.0);
    painter.galley(at, galley, color);
    Rect::from_min_size(at, size)
}

/// Paints an icon centred in a rectangle.
pub fn icon(painter: &Painter, rect: Rect, icon: Icon, size: f32, color: Color32) {
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        icon.glyph(),
        font::icon(size),
        color,
    );
}

/// Returns the width of a text set on one line.
pub fn width(painter: &Painter, text: &str, font: FontId) -> f32 {
    painter
        .layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER)
        .size()
        .x
}
