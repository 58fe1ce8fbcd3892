//! One line of text input with an icon and a hint.
//!
//! Its accessible name is its hint; Escape belongs to the field while there is something in it.

use egui::{
    Align, EventFilter, Frame, Id, Margin, Rect, Response, Stroke, TextEdit, Ui, UiBuilder, Vec2,
    vec2,
};

use crate::icons::{self, Icon};
use crate::theme::{self, CONTROL, RADIUS_CONTROL, font};
use crate::widgets::text;

/// A text field.
#[derive(Debug)]
#[must_use = "a field does nothing until it is shown"]
pub struct Field<'a> {
    id: Id,
    hint: &'a str,
    icon: Option<Icon>,
    width: f32,
}

impl<'a> Field<'a> {
    /// Returns a field that looks for something.
    pub fn search(id: Id, hint: &'a str) -> Self {
        Self {
            id,
            hint,
            icon: Some(icons::SEARCH),
            width: 240.0,
        }
    }

    /// Sets the width, in points.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Draws the field. Escape empties it, then leaves it.
    pub fn show(self, ui: &mut Ui, value: &mut String) -> Response {
        let colors = theme::palette(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, CONTROL), egui::Sense::hover());
        let focused = ui.memory(|memory| memory.has_focus(self.id));
        if focused
            && !value.is_empty()
            && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape))
        {
            value.clear();
        }
        let stroke = if focused {
            theme::focus_stroke(colors)
        } else {
            Stroke::new(1.0, colors.border_strong)
        };
        ui.painter().rect(
            rect,
            RADIUS_CONTROL,
            colors.surface,
            stroke,
            egui::StrokeKind::Inside,
        );
        let mut inner = rect.shrink2(vec2(9.0, 0.0));
        if let Some(icon) = self.icon {
            let square = Rect::from_min_size(inner.min, vec2(16.0, rect.height()));
            text::icon(ui.painter(), square, icon, 16.0, colors.secondary);
            inner.min.x += 22.0;
        }
        let mut response = bare_edit(ui, inner, self.id, self.hint, value);
        if !value.is_empty() {
            keep_escape(ui, &response);
        }
        if focused && value.is_empty() && response.lost_focus() {
            response.mark_changed();
        }
        response
    }
}

/// Leaves Escape to the field while it has the keyboard; egui would take the keyboard away before the field sees it.
pub fn keep_escape(ui: &Ui, response: &Response) {
    if response.has_focus() {
        let filter = EventFilter {
            tab: false,
            horizontal_arrows: true,
            vertical_arrows: true,
            escape: true,
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
}

/// Draws a text input without frame or padding in a rectangle.
pub fn bare_edit(ui: &mut Ui, rect: Rect, id: Id, hint: &str, value: &mut String) -> Response {
    let colors = theme::palette(ui);
    let edit = TextEdit::singleline(value)
        .id(id)
        .frame(Frame::NONE)
        .margin(Margin::ZERO)
        .hint_text(egui::RichText::new(hint).color(colors.secondary))
        .font(font::body())
        .text_color(colors.strong)
        .align(egui::Align2::LEFT_CENTER)
        .desired_width(rect.width())
        .min_size(Vec2::new(rect.width(), rect.height()));
    let builder = UiBuilder::new()
        .max_rect(rect)
        .layout(egui::Layout::left_to_right(Align::Center));
    // A child and not a scope: the caller has allocated the rectangle, and what follows is to keep its distance.
    ui.new_child(builder).add(edit).accessible_name(hint)
}
