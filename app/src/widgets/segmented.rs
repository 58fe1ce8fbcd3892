//! A row of choices of which one holds: filters and switches.
//!
//! Exactly one holds at any time.

use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::theme::{self, CONTROL, RADIUS_CONTROL, font};
use crate::widgets::{button, text};

/// Draws the choices and returns the one that was taken just now.
///
/// Each is a word and a count, which is shown where it is not zero.
pub fn segmented_ui(
    ui: &mut Ui,
    name: &str,
    choices: &[(&str, usize)],
    current: usize,
) -> Option<usize> {
    let colors = theme::palette(ui);
    let counts: Vec<String> = choices
        .iter()
        .map(|(_, count)| {
            if *count == 0 {
                String::new()
            } else {
                crate::format::count(*count)
            }
        })
        .collect();
    let widths: Vec<f32> = choices
        .iter()
        .zip(&counts)
        .map(|((word, _), count)| {
            let word = text::width(ui.painter(), word, font::strong());
            let count = if count.is_empty() {
                0.0
            } else {
                text::width(ui.painter(), count, font::figures_small()) + 6.0
            };
            word + count + 22.0
        })
        .collect();
    let (rect, _) = ui.allocate_exact_size(
        vec2(widths.iter().sum::<f32>() + 4.0, CONTROL),
        Sense::hover(),
    );
    ui.painter().rect(
        rect,
        CornerRadius::same(RADIUS_CONTROL),
        colors.sunken,
        Stroke::new(1.0, colors.border),
        StrokeKind::Inside,
    );
    let mut left = rect.left() + 2.0;
    let mut taken = None;
    for (at, (((word, _), count), width)) in choices.iter().zip(&counts).zip(&widths).enumerate() {
        let cell = Rect::from_min_size(pos2(left, rect.top() + 2.0), vec2(*width, CONTROL - 4.0));
        left += width;
        let is_current = at == current;
        let response = ui.interact(cell, ui.make_persistent_id((name, at)), Sense::click());
        response.widget_info(|| {
            let mut info = WidgetInfo::selected(Role::RadioButton, true, is_current, word);
            info.current_text_value = (!count.is_empty()).then(|| count.clone());
            info
        });
        if response.clicked() {
            taken = Some(at);
        }
        segment(ui, cell, (word, count), is_current, response.hovered());
        button::focus_ring(ui, cell.shrink(1.0), &response);
        response.on_hover_cursor(CursorIcon::PointingHand);
    }
    taken.filter(|at| *at != current)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "two states of one segment, named by their parameters"
)]
fn segment(ui: &Ui, cell: Rect, label: (&str, &str), is_current: bool, is_hovered: bool) {
    let colors = theme::palette(ui);
    let painter = ui.painter();
    if is_current {
        let stroke = Stroke::new(1.0, colors.border_strong);
        painter.rect(
            cell,
            CornerRadius::same(RADIUS_CONTROL - 1),
            colors.surface,
            stroke,
            StrokeKind::Inside,
        );
    }
    let ink = if is_current || is_hovered {
        colors.strong
    } else {
        colors.secondary
    };
    let inner = cell.shrink2(vec2(11.0, 0.0));
    let word = text::line(painter, inner, Align::Min, label.0, font::strong(), ink);
    let rest = Rect::from_min_max(
        pos2(word.right() + 6.0, inner.top()),
        inner.max + vec2(2.0, 0.0),
    );
    text::line(
        painter,
        rest,
        Align::Min,
        label.1,
        font::figures_small(),
        colors.secondary,
    );
}
