//! Typing into a cell: one line that is taken by Enter or Tab and given up by Escape.
//!
//! The editor takes its keys out of the input before anything else sees them: an Enter that commits can never open the
//! cell again in the same frame with its old value.

use egui::{
    Align, EventFilter, Frame, Id, Key, Margin, Modifiers, Rect, StrokeKind, TextEdit, Ui,
    UiBuilder,
};

use crate::icons;
use crate::theme::{self, font};
use crate::widgets::text;

/// Where the cursor goes when an edit is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It stays.
    Stay,
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// To the next column.
    Right,
    /// To the column before.
    Left,
}

/// What came of an edit in this frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Still typing.
    Typing,
    /// Take the text.
    Commit(Move),
    /// Give it up.
    Cancel,
}

/// A text that is being typed into a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    /// The text so far.
    pub text: String,
    /// Why the text was refused, in words; the edit stays open.
    pub error: Option<String>,
    is_fresh: bool,
    selects_all: bool,
}

impl Editor {
    /// Returns an editor that starts with the cell's value, all of it selected.
    pub fn on(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            error: None,
            is_fresh: true,
            selects_all: true,
        }
    }

    /// Returns an editor that starts with what was typed over the cell.
    pub fn typing(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            error: None,
            is_fresh: true,
            selects_all: false,
        }
    }

    /// Draws the editor over a cell; `name` is what assistive technology calls it.
    pub fn show(&mut self, ui: &mut Ui, rect: Rect, id: Id, name: &str, align: Align) -> Outcome {
        let is_fresh = std::mem::take(&mut self.is_fresh);
        if is_fresh {
            // Before it is drawn: what is typed in this very frame is for this text.
            select(ui, id, &self.text, self.selects_all);
            ui.memory_mut(|memory| memory.request_focus(id));
            ui.ctx().request_repaint();
        }
        let taken = take_keys(ui);
        let colors = theme::palette(ui);
        let stroke = if self.error.is_some() {
            egui::Stroke::new(2.0, colors.bad)
        } else {
            theme::focus_stroke(colors)
        };
        ui.painter()
            .rect(rect, 3, colors.surface, stroke, StrokeKind::Inside);
        let font = if align == Align::Max {
            font::figures()
        } else {
            font::body()
        };
        let inner = rect.shrink2(egui::vec2(7.0, 2.0));
        let before = self.text.clone();
        let edit = TextEdit::singleline(&mut self.text)
            .id(id)
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .font(font)
            .text_color(colors.strong)
            .align(egui::Align2([align, Align::Center]))
            .event_filter(EventFilter {
                tab: true,
                horizontal_arrows: true,
                vertical_arrows: true,
                escape: true,
            })
            .desired_width(inner.width())
            .min_size(inner.size());
        let builder = UiBuilder::new()
            .max_rect(inner)
            .layout(egui::Layout::left_to_right(Align::Center));
        let mut inside = ui.new_child(builder);
        // A text is at least as high as a control; higher than its cell, it would stand too low.
        inside.spacing_mut().interact_size.y = inner.height();
        let response = inside.add(edit).accessible_name(name);
        if self.text != before {
            self.error = None;
        }
        if let Some(error) = self.error.clone() {
            error_ui(ui, rect, &error);
        }
        match taken {
            Some(outcome) => outcome,
            None if response.lost_focus() && !is_fresh => Outcome::Commit(Move::Stay),
            None => Outcome::Typing,
        }
    }
}

/// Takes the keys that end an edit out of the input.
fn take_keys(ui: &Ui) -> Option<Outcome> {
    ui.input_mut(|input| {
        let keys = [
            (Modifiers::NONE, Key::Enter, Outcome::Commit(Move::Down)),
            (Modifiers::SHIFT, Key::Enter, Outcome::Commit(Move::Up)),
            (Modifiers::SHIFT, Key::Tab, Outcome::Commit(Move::Left)),
            (Modifiers::NONE, Key::Tab, Outcome::Commit(Move::Right)),
            (Modifiers::NONE, Key::ArrowDown, Outcome::Commit(Move::Down)),
            (Modifiers::NONE, Key::ArrowUp, Outcome::Commit(Move::Up)),
            (Modifiers::NONE, Key::Escape, Outcome::Cancel),
        ];
        // The shifted ones come first: without modifiers a key matches whatever shift does.
        let mut found = None;
        for (modifiers, key, outcome) in keys {
            let wanted = input.events.iter().any(|event| {
                matches!(event, egui::Event::Key { key: pressed, pressed: true, modifiers: held, .. }
                    if *pressed == key && held.shift == modifiers.shift && !held.command)
            });
            if wanted && found.is_none() {
                input.events.retain(|event| !matches!(event, egui::Event::Key { key: pressed, .. } if *pressed == key));
                found = Some(outcome);
            }
        }
        found
    })
}

fn select(ui: &Ui, id: Id, text: &str, is_all: bool) {
    use egui::text::{CCursor, CCursorRange};
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let end = CCursor::new(text.chars().count());
    let start = if is_all { CCursor::default() } else { end };
    state
        .cursor
        .set_char_range(Some(CCursorRange::two(start, end)));
    TextEdit::store_state(ui.ctx(), id, state);
}

/// Says in words, under the cell, why its text was refused.
pub fn error_ui(ui: &Ui, rect: Rect, error: &str) {
    let colors = theme::palette(ui);
    let width = text::width(ui.painter(), error, font::small()) + 38.0;
    let screen = ui.ctx().content_rect();
    let left = rect
        .left()
        .min(screen.right() - width - 8.0)
        .max(screen.left() + 8.0);
    let place = Rect::from_min_size(
        egui::pos2(left, rect.bottom() + 4.0),
        egui::vec2(width, 26.0),
    );
    let layer = egui::LayerId::new(egui::Order::Tooltip, Id::unique("cell error"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect(
        place,
        6,
        colors.surface,
        egui::Stroke::new(1.0, colors.bad),
        StrokeKind::Inside,
    );
    let square = Rect::from_min_size(
        place.min + egui::vec2(6.0, 0.0),
        egui::vec2(18.0, place.height()),
    );
    text::icon(&painter, square, icons::ERROR, 16.0, colors.bad);
    let words = Rect::from_min_max(egui::pos2(square.right() + 5.0, place.top()), place.max);
    text::line(
        &painter,
        words,
        Align::Min,
        error,
        font::small(),
        colors.bad,
    );
    let response = ui.interact(
        place,
        ui.make_persistent_id("cell error"),
        egui::Sense::hover(),
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Alert, true, error));
}
