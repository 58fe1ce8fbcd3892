//! A tile: one figure with its name and what to make of it.
//!
//! The remark has an icon, a word and a colour; a press leads on.

use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    vec2,
};

use crate::icons::Icon;
use crate::theme::{self, RADIUS_CARD, Tone, font};
use crate::widgets::{button, tag, text};

/// What a tile shows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Tile {
    /// What is counted.
    pub name: String,
    /// The figure as shown.
    pub figure: String,
    /// What to make of it, for example "12 overdue"; no tag if empty.
    pub remark: String,
    /// Whether that is good or bad.
    pub tone: Tone,
}

/// Draws a tile in a rectangle; a click goes to where the figure comes from.
pub fn tile_ui(ui: &mut Ui, rect: Rect, tile: &Tile, icon: Option<Icon>) -> Response {
    let colors = theme::palette(ui);
    let id = ui.make_persistent_id(("tile", &tile.name));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, &tile.name);
        info.current_text_value = Some(if tile.remark.is_empty() {
            tile.figure.clone()
        } else {
            format!("{}, {}", tile.figure, tile.remark)
        });
        info
    });
    let border = if response.hovered() {
        colors.border_strong
    } else {
        colors.border
    };
    let painter = ui.painter();
    painter.rect(
        rect,
        CornerRadius::same(RADIUS_CARD),
        colors.surface,
        Stroke::new(1.0, border),
        StrokeKind::Inside,
    );
    let inner = rect.shrink2(vec2(16.0, 14.0));
    let (head, foot) = inner.split_top_bottom_at_fraction(0.36);
    text::line(
        painter,
        head,
        Align::Min,
        &tile.name,
        font::body(),
        colors.secondary,
    );
    let mut room = foot;
    if !tile.remark.is_empty() {
        let foot = Rect::from_min_max(foot.min + vec2(0.0, 4.0), foot.max + vec2(0.0, 4.0));
        let pill = tag::paint(
            painter,
            foot,
            Align::Max,
            icon,
            &tile.remark,
            (tile.tone, colors),
        );
        room.max.x = pill.left() - 8.0;
    }
    text::line(
        painter,
        room,
        Align::Min,
        &tile.figure,
        font::kpi(),
        colors.strong,
    );
    button::focus_ring(ui, rect, &response);
    response.on_hover_cursor(CursorIcon::PointingHand)
}
