//! Draws the first screen.
//!
//! Figures and words come from `data.rs`; a click leads to where a figure comes from.

use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, Rect, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::data::{AttentionRow, OverviewData, overview_data};
use crate::commands::Act;
use crate::icons;
use crate::theme::{self, GAP, Tone, font};
use crate::views::{Cached, Intent, Scene};
use crate::widgets::measure::points;
use crate::widgets::{avatar, button, card, chart, empty, text, tile};

const TILE: f32 = 88.0;
const CHART: f32 = 300.0;
const ATTENTION_ROW: f32 = 38.0;

/// The first screen.
#[derive(Debug, Default)]
pub struct OverviewView {
    data: Cached<(u64, chrono::NaiveDate), OverviewData>,
}

impl OverviewView {
    /// Draws the screen.
    pub fn show_ui(&mut self, ui: &mut Ui, scene: &Scene, intents: &mut Vec<Intent>) {
        let data = self.data.get(scene.version(), || overview_data(scene));
        let area = ui.max_rect();
        if data.is_empty {
            let words = (
                "Nothing here yet",
                "Begin with a project, an action or a budget, or join a workspace with --join",
            );
            if empty::empty_ui(ui, area, icons::OVERVIEW, words, Some("New project")) {
                intents.push(Intent::Run(Act::NewProject));
            }
            return;
        }
        ScrollArea::vertical()
            .id_salt("overview")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
                ui.add_space(GAP[3]);
                tiles_ui(ui, &data, intents);
                ui.add_space(GAP[3]);
                charts_ui(ui, &data);
                ui.add_space(GAP[3]);
                attention_ui(ui, &data, intents);
                ui.add_space(GAP[4]);
            });
    }
}

/// Returns the rectangles of `count` things side by side in a strip with the page's margins.
fn strip(ui: &mut Ui, count: usize, height: f32) -> Vec<Rect> {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let side = if theme::is_narrow(ui.ctx()) {
        GAP[2]
    } else {
        GAP[4]
    };
    let inner = rect.shrink2(vec2(side, 0.0));
    let width = (inner.width() - GAP[3] * points(count.saturating_sub(1))) / points(count);
    let left = |at: usize| inner.left() + (width + GAP[3]) * points(at);
    (0..count)
        .map(|at| Rect::from_min_size(pos2(left(at), inner.top()), vec2(width, height)))
        .collect()
}

fn tiles_ui(ui: &mut Ui, data: &OverviewData, intents: &mut Vec<Intent>) {
    let in_a_row = match ui.available_width() {
        ..500.0 => 1,
        500.0..860.0 => 2,
        _ => 4,
    };
    let pairs: Vec<_> = data.tiles.iter().zip(&data.leads_to).collect();
    for (at, row) in pairs.chunks(in_a_row).enumerate() {
        if at > 0 {
            ui.add_space(GAP[3]);
        }
        for ((tile, view), rect) in row.iter().zip(strip(ui, in_a_row, TILE)) {
            let icon = match tile.tone {
                Tone::Bad => Some(icons::ERROR),
                Tone::Warn => Some(icons::WARNING),
                Tone::Ok => Some(icons::DONE),
                Tone::Neutral | Tone::Accent => None,
            };
            if tile::tile_ui(ui, rect, tile, icon).clicked() {
                intents.push(Intent::Run(Act::Go(**view)));
            }
        }
    }
}

fn charts_ui(ui: &mut Ui, data: &OverviewData) {
    let is_wide = ui.available_width() >= 860.0;
    if is_wide {
        let rects = strip(ui, 2, CHART);
        if let [left, right] = rects.as_slice() {
            spending_ui(ui, *left, data);
            categories_ui(ui, *right, data);
        }
        return;
    }
    let draws: [fn(&mut Ui, Rect, &OverviewData); 2] = [spending_ui, categories_ui];
    for (at, draw) in draws.into_iter().enumerate() {
        if at > 0 {
            ui.add_space(GAP[3]);
        }
        if let [rect] = strip(ui, 1, CHART).as_slice() {
            draw(ui, *rect, data);
        }
    }
}

fn spending_ui(ui: &mut Ui, rect: Rect, data: &OverviewData) {
    let colors = theme::palette(ui);
    let aside = |ui: &mut Ui| {
        if !data.spending.is_empty() {
            chart::legend_ui(ui, "Plan", colors.faint, true);
            ui.add_space(10.0);
            chart::legend_ui(ui, "Spent", colors.accent, false);
        }
    };
    card::card_ui(ui, rect, &data.spending_title, aside, |ui| {
        if data.spending.is_empty() {
            hint_ui(
                ui,
                "Spending against plan appears here with the first budget",
            );
            return;
        }
        let currency = data.currency;
        #[expect(clippy::cast_possible_truncation, reason = "a label of an axis")]
        let axis = |value: f64| short(&crate::format::compact(value as i64, currency));
        let size = ui.available_size();
        chart::lines_ui(
            ui,
            size,
            "Cumulative spend against plan",
            &data.spending,
            &axis,
        );
    });
}

/// Drops decimals that say nothing: an axis counts in round steps.
fn short(label: &str) -> String {
    let (number, unit) = label.split_once(' ').unwrap_or((label, ""));
    let number = if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    };
    format!("{number} {unit}").trim_end().to_owned()
}

fn categories_ui(ui: &mut Ui, rect: Rect, data: &OverviewData) {
    let colors = theme::palette(ui);
    let aside = |ui: &mut Ui| {
        ui.label(
            egui::RichText::new(&data.budget_name)
                .font(font::small())
                .color(colors.secondary),
        );
    };
    card::card_ui(ui, rect, "Variance by category", aside, |ui| {
        if data.categories.is_empty() {
            hint_ui(ui, "No category is off its plan");
            return;
        }
        let size = ui.available_size();
        chart::bars_ui(ui, size, "Variance by category", &data.categories);
    });
}

fn hint_ui(ui: &mut Ui, words: &str) {
    let colors = theme::palette(ui);
    let rect = ui.available_rect_before_wrap();
    ui.allocate_rect(rect, Sense::hover());
    text::line(
        ui.painter(),
        rect,
        Align::Center,
        words,
        font::body(),
        colors.secondary,
    );
}

fn attention_ui(ui: &mut Ui, data: &OverviewData, intents: &mut Vec<Intent>) {
    let colors = theme::palette(ui);
    let rows = points(data.attention.len().max(1));
    let height = 66.0 + rows * ATTENTION_ROW;
    let rects = strip(ui, 1, height);
    let [rect] = rects.as_slice() else { return };
    let aside = |ui: &mut Ui| {
        if data.more > 0 {
            let words = format!("and {} more", crate::format::count(data.more));
            ui.label(
                egui::RichText::new(words)
                    .font(font::small())
                    .color(colors.secondary),
            );
        }
    };
    card::card_ui(ui, *rect, "Needs attention", aside, |ui| {
        if data.attention.is_empty() {
            hint_ui(ui, "Nothing is overdue, late or far off plan");
            return;
        }
        for (at, row) in data.attention.iter().enumerate() {
            if attention_row_ui(ui, row, at + 1 < data.attention.len()) {
                intents.push(Intent::Reveal(row.kind, row.id));
            }
        }
    });
}

#[expect(
    clippy::too_many_lines,
    reason = "one picture, drawn from top to bottom"
)]
fn attention_row_ui(ui: &mut Ui, row: &AttentionRow, has_line: bool) -> bool {
    let colors = theme::palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ATTENTION_ROW), Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, &row.title);
        let parts = [&row.reason, &row.context, &row.day, &row.owner];
        let said: Vec<&str> = parts
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        info.current_text_value = Some(said.join(", "));
        info
    });
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(
            rect.expand2(vec2(8.0, -2.0)),
            CornerRadius::same(6),
            colors.hover,
        );
    }
    if has_line {
        painter.hline(
            rect.x_range(),
            rect.bottom(),
            Stroke::new(1.0, colors.border),
        );
    }
    let icon = if row.tone == Tone::Bad {
        icons::ERROR
    } else {
        icons::WARNING
    };
    let square = Rect::from_min_size(rect.min, vec2(18.0, rect.height()));
    text::icon(painter, square, icon, 18.0, colors.ink(row.tone));
    let mut right = rect.right();
    let mut take = |width: f32| {
        let cell = Rect::from_min_max(pos2(right - width, rect.top()), pos2(right, rect.bottom()));
        right -= width + 12.0;
        cell
    };
    let face = take(22.0);
    if !row.owner.is_empty() {
        avatar::paint(painter, face, &row.owner, colors);
    }
    text::line(
        painter,
        take(84.0),
        Align::Max,
        &row.day,
        font::body(),
        colors.secondary,
    );
    text::line(
        painter,
        take(206.0),
        Align::Max,
        &row.reason,
        font::body(),
        colors.ink(row.tone),
    );
    let room = Rect::from_min_max(
        pos2(square.right() + 14.0, rect.top()),
        pos2(right, rect.bottom()),
    );
    let title = text::line(
        painter,
        room,
        Align::Min,
        &row.title,
        font::strong(),
        colors.strong,
    );
    let rest = Rect::from_min_max(pos2(title.right() + 14.0, rect.top()), room.max);
    if rest.width() > 60.0 {
        text::line(
            painter,
            rest,
            Align::Min,
            &row.context,
            font::body(),
            colors.secondary,
        );
    }
    button::focus_ring(ui, rect, &response);
    let clicked = response.clicked();
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if !row.owner.is_empty() {
        response.on_hover_text(&row.owner);
    }
    clicked
}
