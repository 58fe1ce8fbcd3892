//! The help sheet: every command with its keys, from the one table of commands, and the keys of lists and meetings.
//!
//! Nothing here is written twice: a command's name and keys are those of the palette.

use egui::accesskit::Role;
use egui::{
    Align, Align2, Area, Context, Id, Modal, Rect, RichText, ScrollArea, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::commands::COMMANDS;
use crate::theme::{self, RADIUS_PALETTE, font};
use crate::widgets::text;

const ROW: f32 = 28.0;

/// Keys that belong to a list, a sheet or a meeting and to no command.
const OTHERS: &[(&str, &[(&str, &str)])] = &[
    (
        "In lists",
        &[
            ("Move", "Arrows"),
            ("Edit the cell, or open the record", "Enter"),
            ("Tick off, take note, close", "Space"),
            ("Delete, with a way back", "Delete"),
            ("First and last row", "Home, End"),
        ],
    ),
    (
        "In the side sheet",
        &[
            ("Edit the field", "Enter"),
            ("Keep a longer text", "Ctrl+Enter"),
            ("Close the sheet", "Esc"),
        ],
    ),
    (
        "In a meeting",
        &[
            ("Keep the line as minutes", "Enter"),
            ("Make it a decision", "Ctrl+D"),
            ("Make it an action; due: and @ are understood", "Ctrl+Enter"),
            ("Make it a topic", "Ctrl+T"),
            ("Choose the topic", "Up, Down"),
        ],
    ),
    (
        "On a board",
        &[("Move the card to another state", "Shift+Left, Shift+Right")],
    ),
];

/// Draws the sheet; tells whether it is to be closed.
pub(super) fn show_ui(ctx: &Context) -> bool {
    let colors = theme::palette_of(ctx);
    let id = Id::unique("help");
    let frame = egui::Frame::new()
        .fill(colors.surface)
        .stroke(Stroke::new(1.0, colors.border_strong))
        .corner_radius(RADIUS_PALETTE)
        .shadow(ctx.style_of(ctx.theme()).visuals.popup_shadow)
        .inner_margin(20);
    let area: Area = Modal::default_area(id).anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0));
    let modal = Modal::new(id)
        .area(area)
        .frame(frame)
        .backdrop_color(colors.scrim);
    let shown = modal.show(ctx, |ui| {
        let room = ui.ctx().content_rect();
        ui.set_width(520.0_f32.min(room.width() - 72.0));
        let title = RichText::new("Keys").font(font::page_title());
        ui.add(egui::Label::new(title.color(colors.strong)))
            .widget_info(|| WidgetInfo::labeled(Role::Heading, true, "Keys"));
        let height = (room.height() - 160.0).clamp(120.0, 620.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical()
            .id_salt("help")
            .max_height(height)
            .show(ui, |ui| {
                head_ui(ui, "Everywhere");
                for entry in COMMANDS.iter().filter(|entry| entry.keys.is_some()) {
                    row_ui(ui, entry.name, &entry.keys_shown());
                }
                for (head, rows) in OTHERS {
                    head_ui(ui, head);
                    for (name, keys) in *rows {
                        row_ui(ui, name, keys);
                    }
                }
            });
    });
    shown.should_close()
}

fn head_ui(ui: &mut Ui, words: &str) {
    let colors = theme::palette(ui);
    ui.add_space(14.0);
    ui.label(
        RichText::new(words)
            .font(font::small_strong())
            .color(colors.secondary),
    );
    ui.add_space(4.0);
}

fn row_ui(ui: &mut Ui, name: &str, keys: &str) {
    let colors = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ListItem, true, name);
        info.current_text_value = Some(keys.to_owned());
        info
    });
    let rule = Stroke::new(1.0, colors.border);
    ui.painter().hline(rect.x_range(), rect.bottom(), rule);
    let right = Rect::from_min_max(rect.min, rect.max - vec2(12.0, 0.0));
    let face = font::small_strong();
    let shown = text::line(ui.painter(), right, Align::Max, keys, face, colors.strong);
    let left = Rect::from_min_max(rect.min, pos2(shown.left() - 12.0, rect.bottom()));
    text::line(
        ui.painter(),
        left,
        Align::Min,
        name,
        font::body(),
        colors.text,
    );
}
