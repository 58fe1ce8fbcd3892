//! The line over a table: filter by words, filter by choice, and how many rows are shown.

use egui::{Align, Id, Layout, Rect, RichText, Ui, UiBuilder};

use crate::theme::{self, font};
use crate::widgets::field::Field;

/// What the line says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Toolbar<'a> {
    /// What the filter says while it is empty.
    pub(super) hint: &'a str,
    /// Rows shown.
    pub(super) rows: usize,
    /// What rows are called: one, many.
    pub(super) nouns: (&'a str, &'a str),
}

impl Toolbar<'_> {
    /// Draws the line; `filters` draws what stands behind the text filter.
    pub(super) fn show<R>(
        &self,
        ui: &mut Ui,
        rect: Rect,
        text: &mut String,
        takes_focus: bool,
        filters: impl FnOnce(&mut Ui) -> R,
    ) -> R {
        let builder = UiBuilder::new()
            .max_rect(rect)
            .layout(Layout::left_to_right(Align::Center));
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let width = (rect.width() * 0.26).clamp(150.0, 260.0);
            let response = Field::search(Id::unique(("filter", self.hint)), self.hint)
                .width(width)
                .show(ui, text);
            if takes_focus {
                response.request_focus();
            }
            let result = filters(ui);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let words = crate::format::counted(self.rows, self.nouns.0, self.nouns.1);
                ui.label(
                    RichText::new(words)
                        .font(font::small())
                        .color(theme::palette(ui).secondary),
                );
            });
            result
        })
        .inner
    }
}
