//! One line of the navigation: icon, word, and a count if there is something to count.
//!
//! In a narrow window the icon alone is shown; the accessible name stays.

use egui::accesskit::Role;
use egui::{Align, CornerRadius, CursorIcon, Rect, Response, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::icons::Icon;
use crate::theme::{self, RADIUS_CONTROL, font};
use crate::widgets::{button, text};

/// Width below which only the icon is shown, in points.
const NARROWEST: f32 = 80.0;

/// What a line of the navigation shows.
#[derive(Debug, Clone, Copy)]
pub struct NavItem<'a> {
    /// Its icon.
    pub icon: Icon,
    /// Its word.
    pub label: &'a str,
    /// Shown as a number behind the word; nothing at zero.
    pub count: usize,
    /// Whether it is where the user is.
    pub is_current: bool,
}

/// Draws a line of the navigation.
pub fn nav_item_ui(ui: &mut Ui, item: &NavItem<'_>) -> Response {
    let colors = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, item.is_current, item.label));
    let (fill, ink) = match (item.is_current, response.hovered()) {
        (true, _) => (colors.accent_soft, colors.accent),
        (false, true) => (colors.hover, colors.strong),
        (false, false) => (egui::Color32::TRANSPARENT, colors.text),
    };
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same(RADIUS_CONTROL), fill);
    let square = Rect::from_min_size(rect.min + vec2(8.0, 0.0), vec2(20.0, rect.height()));
    text::icon(painter, square, item.icon, 18.0, ink);
    if rect.width() < NARROWEST {
        button::focus_ring(ui, rect, &response);
        return response.on_hover_cursor(CursorIcon::PointingHand);
    }
    let mut inner = Rect::from_min_max(
        pos2(square.right() + 8.0, rect.top()),
        rect.max - vec2(10.0, 0.0),
    );
    if item.count > 0 {
        let count = crate::format::count(item.count);
        let ink = if item.is_current {
            colors.accent
        } else {
            colors.secondary
        };
        let shown = text::line(
            painter,
            inner,
            Align::Max,
            &count,
            font::figures_small(),
            ink,
        );
        inner.max.x = shown.left() - 6.0;
    }
    text::line(painter, inner, Align::Min, item.label, font::strong(), ink);
    button::focus_ring(ui, rect, &response);
    response.on_hover_cursor(CursorIcon::PointingHand)
}
