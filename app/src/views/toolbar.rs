//! The line over a table: filter by words, filter by choice, and how many rows are shown; two lines in a narrow window.
//!
//! It knows no view: each says how much room one line of its own needs.

use egui::{
    Align, Id, Key, Layout, Modifiers, Rect, Response, RichText, ScrollArea, Ui, UiBuilder, pos2,
    vec2,
};

use crate::theme::{self, CONTROL, GAP, font};
use crate::widgets::field::Field;

/// Returns where the lines stand; the second only where the area is narrower than what one line needs.
pub(super) fn lines(area: Rect, needed: f32) -> (Rect, Option<Rect>) {
    let first = Rect::from_min_size(area.min, vec2(area.width(), CONTROL));
    let second = first.translate(vec2(0.0, CONTROL + GAP[1]));
    (first, (area.width() < needed).then_some(second))
}

/// Returns what the lines leave of a screen.
pub(super) fn rest(area: Rect, needed: f32) -> Rect {
    let (first, second) = lines(area, needed);
    let bottom = second.unwrap_or(first).bottom();
    Rect::from_min_max(pos2(area.left(), bottom + GAP[2]), area.max)
}

/// Draws a line from left to right; what does not fit can be scrolled to.
pub(super) fn line_ui<R>(ui: &mut Ui, rect: Rect, content: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().max_rect(rect);
    let mut line = ui.new_child(builder);
    line.spacing_mut().item_spacing.x = GAP[2];
    let layout = Layout::left_to_right(Align::Center);
    if !theme::is_narrow(ui.ctx()) {
        return line.with_layout(layout, content).inner;
    }
    ScrollArea::horizontal()
        .id_salt(("line", rect.top().to_bits()))
        .show(&mut line, |ui| ui.with_layout(layout, content).inner)
        .inner
}

/// What the line says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Toolbar<'a> {
    /// What the filter says while it is empty.
    pub(super) hint: &'a str,
    /// Width that one line needs, in points.
    pub(super) needed: f32,
    /// Rows shown.
    pub(super) rows: usize,
    /// What rows are called: one, many.
    pub(super) nouns: (&'a str, &'a str),
}

impl Toolbar<'_> {
    /// Draws the lines at the top of an area; `filters` draws what stands behind the text filter.
    ///
    /// Tells beside its answer whether the text filter was left by Enter, Escape or arrow down: then the rows are to have
    /// the keyboard.
    pub(super) fn show<R>(
        &self,
        ui: &mut Ui,
        area: Rect,
        text: &mut String,
        takes_focus: bool,
        filters: impl FnOnce(&mut Ui) -> R,
    ) -> (R, bool) {
        let (first, second) = lines(area, self.needed);
        let field = |ui: &mut Ui, text: &mut String| {
            let width = (first.width() * 0.26).clamp(170.0, 260.0);
            let id = Id::unique(("filter", self.hint));
            if takes_focus {
                // Before the field is drawn, so that no letter is lost.
                ui.memory_mut(|memory| memory.request_focus(id));
            }
            let response = Field::search(id, self.hint).width(width).show(ui, text);
            is_left(ui, &response)
        };
        let Some(second) = second else {
            return line_ui(ui, first, |ui| {
                let is_left = field(ui, text);
                let result = filters(ui);
                self.count_ui(ui);
                (result, is_left)
            });
        };
        let is_left = line_ui(ui, first, |ui| {
            let is_left = field(ui, text);
            self.count_ui(ui);
            is_left
        });
        (line_ui(ui, second, filters), is_left)
    }

    fn count_ui(&self, ui: &mut Ui) {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let words = crate::format::counted(self.rows, self.nouns.0, self.nouns.1);
            ui.label(
                RichText::new(words)
                    .font(font::small())
                    .color(theme::palette(ui).secondary),
            );
        });
    }
}

fn is_left(ui: &Ui, response: &Response) -> bool {
    // The key is taken out of the input: the rows, drawn later in this frame, are not to see it too.
    let take = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let goes_down = response.has_focus() && take(Key::ArrowDown);
    goes_down || (response.lost_focus() && (take(Key::Enter) || take(Key::Escape)))
}
