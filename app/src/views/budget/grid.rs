//! Draws lines by months: names, heads and totals stand still while the rest scrolls under them.
//!
//! It draws and reports clicks; keys, edits and paste are `ui.rs`. Only cells in sight are drawn.

use adjutant_base::RecordId;
use adjutant_model::query::budget::Flag;
use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, EventFilter, Id, Rect, Response, ScrollArea, Sense, Stroke, StrokeKind,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::data::{GridCell, GridData};
use crate::icons;
use crate::theme::{self, ROW_DENSE, Tone, font};
use crate::widgets::measure::{count, points, within};
use crate::widgets::{card, text};

const HEAD: f32 = 34.0;
const FOOT: f32 = 34.0;
const PAD: f32 = 8.0;
const NARROWEST: f32 = 66.0;
const MONTHS: usize = 12;

/// The cursor: a line, and 0 for its name or 1 to 12 for a month.
pub(super) type Spot = (RecordId, usize);

/// Where the user is in the grid.
#[derive(Debug, Clone, Default)]
pub(super) struct GridState {
    pub(super) cursor: Option<Spot>,
    pub(super) row: usize,
    pub(super) reveals: bool,
    pub(super) takes_focus: bool,
    offset: egui::Vec2,
    anchor: Option<(RecordId, usize)>,
    shown: Option<RecordId>,
}

impl GridState {
    /// Keeps the cursor on its line; where that has gone, on the line that took its place.
    pub(super) fn settle(&mut self, data: &GridData) {
        if self.shown != Some(data.budget) {
            *self = Self {
                shown: Some(data.budget),
                takes_focus: self.takes_focus,
                cursor: self.cursor,
                reveals: self.reveals,
                ..Self::default()
            };
        }
        if self.takes_focus && self.cursor.is_none() {
            self.cursor = data.rows.first().map(|row| (row.id, 1));
        }
        let Some((id, column)) = self.cursor else {
            return;
        };
        if let Some(row) = data.rows.iter().position(|row| row.id == id) {
            self.row = row;
        } else {
            self.row = self.row.min(data.rows.len().saturating_sub(1));
            self.cursor = data.rows.get(self.row).map(|row| (row.id, column));
        }
    }

    pub(super) fn move_by(&mut self, data: &GridData, down: isize, right: isize) {
        let (row, column) = match self.cursor {
            Some((_, column)) => (
                self.row.saturating_add_signed(down),
                column.saturating_add_signed(right),
            ),
            None => (0, 1),
        };
        self.row = row.min(data.rows.len().saturating_sub(1));
        self.cursor = data
            .rows
            .get(self.row)
            .map(|line| (line.id, column.min(MONTHS)));
        self.reveals = true;
    }

    /// Returns the offset at which the uppermost line stays where it is, if lines came or went above it.
    fn held(&self, data: &GridData) -> Option<f32> {
        let (id, before) = self.anchor?;
        if data.rows.get(before).map(|row| row.id) == Some(id) {
            return None;
        }
        let now = data.rows.iter().position(|row| row.id == id)?;
        Some((self.offset.y + (points(now) - points(before)) * ROW_DENSE).max(0.0))
    }
}

/// What came of drawing the grid.
#[derive(Debug)]
pub(super) struct GridOutput {
    pub(super) focus: Response,
    /// Where the edited cell stands.
    pub(super) edited: Option<Rect>,
    /// Where the refused cell stands.
    pub(super) refused: Option<Rect>,
    pub(super) double_clicked: Option<Spot>,
    /// How many lines a page has.
    pub(super) page: usize,
}

/// What the grid is drawn from beside its data.
#[derive(Debug, Clone, Copy)]
pub(super) struct GridLook {
    pub(super) id: Id,
    pub(super) edited: Option<Spot>,
    /// A cell that was refused: row and month.
    pub(super) refused: Option<(usize, usize)>,
}

/// Widths and places of the columns.
#[derive(Debug, Clone, Copy)]
struct Columns {
    name: f32,
    month: f32,
    total: f32,
}

impl Columns {
    /// Returns columns for a view of this width: months share it, but none is narrower than the widest amount.
    fn of(ui: &Ui, width: f32, data: &GridData) -> Self {
        let wide = |amount: &str| text::width(ui.painter(), amount, font::figures_strong());
        let (months, years) = (wide(&data.longest_month), wide(&data.longest_year));
        let total = (years + 28.0 + 18.0).max(88.0);
        let least = (months + 2.0 * PAD).max(NARROWEST);
        // Names give way to amounts, but stay long enough to tell lines apart.
        let room = width - total - least * points(MONTHS);
        let (shortest, wanted) = if width < 560.0 {
            (112.0, 112.0)
        } else {
            (170.0, (width * 0.2).clamp(170.0, 260.0))
        };
        let name = if room < shortest {
            wanted
        } else {
            wanted.min(room)
        };
        let month = ((width - name - total) / points(MONTHS)).max(least);
        Self { name, month, total }
    }

    fn width(self) -> f32 {
        self.name + self.month * points(MONTHS) + self.total
    }
}

struct Painting<'a> {
    data: &'a GridData,
    look: GridLook,
    columns: Columns,
    /// The part of the window that the grid has.
    view: Rect,
    /// Where cells can be seen: the view without heads, names and totals.
    body: Rect,
    /// Left of the first month, moved by scrolling.
    months: f32,
}

/// Draws the grid into a rectangle.
#[expect(
    clippy::too_many_lines,
    reason = "one picture, drawn from top to bottom"
)]
pub(super) fn grid_ui(
    ui: &mut Ui,
    rect: Rect,
    data: &GridData,
    state: &mut GridState,
    look: GridLook,
) -> GridOutput {
    let colors = theme::palette(ui);
    ui.painter().add(card::bare_frame(ui).paint(rect));
    let view = rect.shrink(1.0);
    let focus = focus_ui(ui, view, data, state, look.id);
    let columns = Columns::of(ui, view.width(), data);
    let body = Rect::from_min_max(
        view.min + vec2(columns.name, HEAD),
        pos2(view.right() - columns.total, view.bottom() - FOOT),
    );
    let mut output = GridOutput {
        focus,
        edited: None,
        refused: None,
        double_clicked: None,
        page: count(body.height() / ROW_DENSE).max(2) - 1,
    };
    let mut area = ScrollArea::both()
        .id_salt((look.id, "cells"))
        .auto_shrink([false, false])
        .animated(false);
    if let Some(offset) = state.held(data) {
        area = area.vertical_scroll_offset(offset);
    }
    if std::mem::take(&mut state.reveals) {
        let offset = revealing(state, body, columns);
        area = area.scroll_offset(offset);
    }
    let size = vec2(
        columns.width(),
        HEAD + FOOT + points(data.rows.len()) * ROW_DENSE,
    );
    let shown = ui.scope_builder(UiBuilder::new().max_rect(view), |ui| {
        ui.shrink_clip_rect(view);
        area.show_viewport(ui, |ui, viewport| {
            ui.set_min_size(size);
            let months = view.left() + columns.name - viewport.min.x;
            let painting = Painting {
                data,
                look,
                columns,
                view,
                body,
                months,
            };
            let first = count(viewport.min.y / ROW_DENSE);
            let last = count(viewport.max.y / ROW_DENSE)
                .saturating_add(1)
                .min(data.rows.len());
            let top = view.top() + HEAD - viewport.min.y;
            painting.lines_ui(ui, (first, last), top, state, &mut output);
            painting.totals_ui(ui, (first, last), top);
            painting.names_ui(ui, (first, last), top, state, &mut output);
            painting.head_ui(ui);
            painting.foot_ui(ui);
            first
        })
    });
    state.offset = shown.inner.state.clamped_offset();
    state.anchor = data
        .rows
        .get(shown.inner.inner)
        .map(|row| (row.id, shown.inner.inner));
    if output.focus.has_focus() && state.cursor.is_none() {
        ui.painter().rect_stroke(
            rect,
            CornerRadius::same(10),
            theme::focus_stroke(colors),
            StrokeKind::Inside,
        );
    }
    output
}

fn focus_ui(ui: &Ui, view: Rect, data: &GridData, state: &mut GridState, id: Id) -> Response {
    let response = ui.interact(view, id, Sense::focusable_noninteractive());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(
            Role::Grid,
            true,
            format!("{}, {}", data.name, data.which.label()),
        );
        info.current_text_value = Some(crate::format::counted(data.rows.len(), "line", "lines"));
        info
    });
    if std::mem::take(&mut state.takes_focus) {
        response.request_focus();
    }
    if response.has_focus() {
        let filter = EventFilter {
            tab: true,
            horizontal_arrows: true,
            vertical_arrows: true,
            escape: false,
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    }
    response
}

/// Returns the offset that brings the cursor into sight.
fn revealing(state: &GridState, body: Rect, columns: Columns) -> egui::Vec2 {
    let mut offset = state.offset;
    let top = points(state.row) * ROW_DENSE;
    offset.y = within(offset.y, (top, top + ROW_DENSE), body.height());
    if let Some((_, column)) = state.cursor.filter(|(_, column)| *column > 0) {
        let left = points(column - 1) * columns.month;
        offset.x = within(offset.x, (left, left + columns.month), body.width());
    }
    offset
}

impl Painting<'_> {
    fn line_at(top: f32, row: usize) -> (f32, f32) {
        let top = top + points(row) * ROW_DENSE;
        (top, top + ROW_DENSE)
    }

    fn month_rect(&self, month: usize, (top, bottom): (f32, f32)) -> Rect {
        let left = self.months + points(month) * self.columns.month;
        Rect::from_min_max(pos2(left, top), pos2(left + self.columns.month, bottom))
    }

    fn lines_ui(
        &self,
        ui: &mut Ui,
        rows: (usize, usize),
        top: f32,
        state: &mut GridState,
        output: &mut GridOutput,
    ) {
        let colors = theme::palette(ui);
        let clip = Rect::from_min_max(
            pos2(self.body.left(), self.body.top()),
            pos2(self.body.right(), self.body.bottom()),
        );
        ui.scope(|ui| {
            ui.shrink_clip_rect(clip);
            if let Some(month) = self.data.current {
                let column = self.month_rect(month, (self.view.top(), self.view.bottom()));
                ui.painter().rect_filled(column, 0, colors.now);
            }
            for (at, row) in self.data.rows.iter().enumerate().take(rows.1).skip(rows.0) {
                let line = Self::line_at(top, at);
                ui.painter().hline(
                    clip.x_range(),
                    line.1 - 0.5,
                    Stroke::new(1.0, colors.border.gamma_multiply(0.6)),
                );
                for (month, cell) in row.cells.iter().enumerate() {
                    let rect = self.month_rect(month, line);
                    if rect.intersects(clip) {
                        self.cell_ui(ui, rect, (at, month), cell, (state, output));
                    }
                }
            }
        });
    }

    fn cell_ui(
        &self,
        ui: &mut Ui,
        rect: Rect,
        (at, month): (usize, usize),
        cell: &GridCell,
        (state, output): (&mut GridState, &mut GridOutput),
    ) {
        let colors = theme::palette(ui);
        let Some(row) = self.data.rows.get(at) else {
            return;
        };
        let spot = (row.id, month + 1);
        if self.look.refused == Some((at, month)) {
            output.refused = Some(rect);
        }
        if self.look.edited == Some(spot) {
            output.edited = Some(rect.shrink(1.0));
            return;
        }
        let response = ui.interact(rect, self.look.id.with((row.id.0, month)), Sense::click());
        response.widget_info(|| {
            let name = self.data.months.get(month).map_or("", String::as_str);
            let mut info = WidgetInfo::labeled(Role::Cell, true, format!("{}, {name}", row.name));
            info.current_text_value = Some(
                [cell.shown.as_str(), &cell.words]
                    .join(" ")
                    .trim()
                    .to_owned(),
            );
            info
        });
        let ink = match cell.flag {
            Flag::Clear => colors.text,
            Flag::Amber => colors.warn,
            Flag::Red => colors.bad,
        };
        if cell.flag != Flag::Clear {
            let tone = if cell.flag == Flag::Red {
                Tone::Bad
            } else {
                Tone::Warn
            };
            let pill = rect.shrink2(vec2(2.0, 3.0));
            ui.painter()
                .rect_filled(pill, CornerRadius::same(4), colors.ground(tone));
            let mark = if cell.flag == Flag::Red {
                icons::ERROR
            } else {
                icons::WARNING
            };
            let square = Rect::from_min_size(pill.min + vec2(1.0, 0.0), vec2(13.0, pill.height()));
            let room = rect.width() - text::width(ui.painter(), &cell.shown, font::figures());
            if room > 26.0 {
                text::icon(ui.painter(), square, mark, 11.0, ink);
            }
        }
        text::line(
            ui.painter(),
            rect.shrink2(vec2(PAD, 0.0)),
            Align::Max,
            &cell.shown,
            font::figures(),
            ink,
        );
        Self::cursor_ui(ui, rect, spot, (state, output));
        Self::clicked(&response, spot, at, (state, output));
        if !cell.words.is_empty() {
            response.on_hover_text(&cell.words);
        }
    }

    fn cursor_ui(ui: &Ui, rect: Rect, spot: Spot, (state, output): (&GridState, &GridOutput)) {
        if state.cursor != Some(spot) {
            return;
        }
        let colors = theme::palette(ui);
        let stroke = if output.focus.has_focus() {
            theme::focus_stroke(colors)
        } else {
            Stroke::new(1.0, colors.border_strong)
        };
        ui.painter().rect_stroke(
            rect.shrink(0.5),
            CornerRadius::same(4),
            stroke,
            StrokeKind::Inside,
        );
    }

    fn clicked(
        response: &Response,
        spot: Spot,
        row: usize,
        (state, output): (&mut GridState, &mut GridOutput),
    ) {
        if response.clicked() || response.double_clicked() {
            state.cursor = Some(spot);
            state.row = row;
            output.focus.request_focus();
        }
        if response.double_clicked() {
            output.double_clicked = Some(spot);
        }
    }

    fn names_ui(
        &self,
        ui: &mut Ui,
        rows: (usize, usize),
        top: f32,
        state: &mut GridState,
        output: &mut GridOutput,
    ) {
        let colors = theme::palette(ui);
        let strip = Rect::from_min_max(
            pos2(self.view.left(), self.body.top()),
            pos2(self.body.left(), self.body.bottom()),
        );
        ui.scope(|ui| {
            ui.shrink_clip_rect(strip);
            ui.painter().rect_filled(strip, 0, colors.surface);
            for (at, row) in self.data.rows.iter().enumerate().take(rows.1).skip(rows.0) {
                let line = Self::line_at(top, at);
                let rect =
                    Rect::from_min_max(pos2(strip.left(), line.0), pos2(strip.right(), line.1));
                ui.painter().hline(
                    strip.x_range(),
                    line.1 - 0.5,
                    Stroke::new(1.0, colors.border.gamma_multiply(0.6)),
                );
                let spot = (row.id, 0);
                if self.look.edited == Some(spot) {
                    output.edited = Some(rect.shrink(1.0));
                    continue;
                }
                let response =
                    ui.interact(rect, self.look.id.with((row.id.0, "name")), Sense::click());
                response.widget_info(|| {
                    let mut info = WidgetInfo::labeled(Role::RowHeader, true, &row.name);
                    info.current_text_value = Some(row.aside.clone());
                    info
                });
                if response.hovered() {
                    ui.painter().rect_filled(
                        rect.shrink2(vec2(4.0, 1.0)),
                        CornerRadius::same(4),
                        colors.hover,
                    );
                }
                text::line(
                    ui.painter(),
                    rect.shrink2(vec2(14.0, 0.0)),
                    Align::Min,
                    &row.name,
                    font::strong(),
                    colors.strong,
                );
                Self::cursor_ui(ui, rect, spot, (state, output));
                Self::clicked(&response, spot, at, (state, output));
                if response.hovered() {
                    let aside = [row.name.as_str(), &row.aside];
                    let words: Vec<&str> =
                        aside.into_iter().filter(|part| !part.is_empty()).collect();
                    response.on_hover_text(words.join("\n"));
                }
            }
        });
    }

    fn totals_ui(&self, ui: &mut Ui, rows: (usize, usize), top: f32) {
        let colors = theme::palette(ui);
        let strip = Rect::from_min_max(
            pos2(self.body.right(), self.body.top()),
            pos2(self.view.right(), self.body.bottom()),
        );
        ui.scope(|ui| {
            ui.shrink_clip_rect(strip);
            ui.painter().rect_filled(strip, 0, colors.surface);
            for (at, row) in self.data.rows.iter().enumerate().take(rows.1).skip(rows.0) {
                let line = Self::line_at(top, at);
                let rect =
                    Rect::from_min_max(pos2(strip.left(), line.0), pos2(strip.right(), line.1));
                ui.painter().hline(
                    strip.x_range(),
                    line.1 - 0.5,
                    Stroke::new(1.0, colors.border.gamma_multiply(0.6)),
                );
                let ink = match row.total.flag {
                    Flag::Clear => colors.strong,
                    Flag::Amber => colors.warn,
                    Flag::Red => colors.bad,
                };
                let inner = rect.shrink2(vec2(14.0, 0.0));
                let shown = text::line(
                    ui.painter(),
                    inner,
                    Align::Max,
                    &row.total.shown,
                    font::figures_strong(),
                    ink,
                );
                if row.total.flag != Flag::Clear {
                    let mark = if row.total.flag == Flag::Red {
                        icons::ERROR
                    } else {
                        icons::WARNING
                    };
                    let square = Rect::from_min_max(
                        pos2(shown.left() - 18.0, rect.top()),
                        pos2(shown.left() - 2.0, rect.bottom()),
                    );
                    text::icon(ui.painter(), square, mark, 13.0, ink);
                }
                let response =
                    ui.interact(rect, self.look.id.with((row.id.0, "total")), Sense::hover());
                response.widget_info(|| {
                    let mut info =
                        WidgetInfo::labeled(Role::Cell, true, format!("{}, total", row.name));
                    info.current_text_value = Some(
                        [row.total.shown.as_str(), &row.total.words]
                            .join(" ")
                            .trim()
                            .to_owned(),
                    );
                    info
                });
                if !row.total.words.is_empty() {
                    response.on_hover_text(&row.total.words);
                }
            }
        });
        ui.painter().vline(
            self.body.right(),
            self.view.y_range(),
            Stroke::new(1.0, colors.border),
        );
    }

    fn head_ui(&self, ui: &mut Ui) {
        let colors = theme::palette(ui);
        let strip = Rect::from_min_size(self.view.min, vec2(self.view.width(), HEAD));
        let top = CornerRadius {
            nw: 9,
            ne: 9,
            sw: 0,
            se: 0,
        };
        ui.painter().rect_filled(strip, top, colors.surface);
        let lines = (strip.top(), strip.bottom());
        ui.scope(|ui| {
            ui.shrink_clip_rect(Rect::from_x_y_ranges(self.body.x_range(), strip.y_range()));
            for (month, name) in self.data.months.iter().enumerate() {
                let rect = self.month_rect(month, lines);
                if self.data.current == Some(month) {
                    ui.painter().rect_filled(rect, 0, colors.now);
                }
                let (font, ink) = if self.data.current == Some(month) {
                    (font::small_strong(), colors.accent)
                } else {
                    (font::small(), colors.secondary)
                };
                text::line(
                    ui.painter(),
                    rect.shrink2(vec2(PAD, 0.0)),
                    Align::Max,
                    name,
                    font,
                    ink,
                );
            }
        });
        let name = Rect::from_min_max(strip.min, pos2(self.body.left(), strip.bottom()))
            .shrink2(vec2(14.0, 0.0));
        let unit = format!("Line, {}", self.data.currency.code());
        text::line(
            ui.painter(),
            name,
            Align::Min,
            &unit,
            font::small(),
            colors.secondary,
        );
        let total = Rect::from_min_max(pos2(self.body.right(), strip.top()), strip.max)
            .shrink2(vec2(14.0, 0.0));
        let word = if self.data.which == super::data::Which::Variance {
            "To date"
        } else {
            "Year"
        };
        text::line(
            ui.painter(),
            total,
            Align::Max,
            word,
            font::small(),
            colors.secondary,
        );
        ui.painter().hline(
            strip.x_range(),
            strip.bottom(),
            Stroke::new(1.0, colors.border),
        );
    }

    fn foot_ui(&self, ui: &mut Ui) {
        let colors = theme::palette(ui);
        let strip = Rect::from_min_max(pos2(self.view.left(), self.body.bottom()), self.view.max);
        let bottom = CornerRadius {
            nw: 0,
            ne: 0,
            sw: 9,
            se: 9,
        };
        ui.painter().rect_filled(strip, bottom, colors.surface);
        let lines = (strip.top(), strip.bottom());
        ui.scope(|ui| {
            ui.shrink_clip_rect(Rect::from_x_y_ranges(self.body.x_range(), strip.y_range()));
            for (month, cell) in self.data.totals.iter().enumerate() {
                let rect = self.month_rect(month, lines);
                if self.data.current == Some(month) {
                    ui.painter().rect_filled(rect, 0, colors.now);
                }
                text::line(
                    ui.painter(),
                    rect.shrink2(vec2(PAD, 0.0)),
                    Align::Max,
                    &cell.shown,
                    font::figures_strong(),
                    colors.strong,
                );
                let response =
                    ui.interact(rect, self.look.id.with(("total", month)), Sense::hover());
                response.widget_info(|| {
                    let name = self.data.months.get(month).map_or("", String::as_str);
                    let mut info = WidgetInfo::labeled(
                        Role::Cell,
                        true,
                        format!("{}, {name}", self.data.totals_name),
                    );
                    info.current_text_value = Some(cell.shown.clone());
                    info
                });
            }
        });
        ui.painter().hline(
            strip.x_range(),
            strip.top(),
            Stroke::new(1.0, colors.border_strong),
        );
        let name = Rect::from_min_max(strip.min, pos2(self.body.left(), strip.bottom()))
            .shrink2(vec2(14.0, 0.0));
        text::line(
            ui.painter(),
            name,
            Align::Min,
            &self.data.totals_name,
            font::strong(),
            colors.strong,
        );
        let total = Rect::from_min_max(pos2(self.body.right(), strip.top()), strip.max);
        self.grand_total_ui(ui, total.shrink2(vec2(14.0, 0.0)));
    }

    fn grand_total_ui(&self, ui: &Ui, total: Rect) {
        text::line(
            ui.painter(),
            total,
            Align::Max,
            &self.data.total.shown,
            font::figures_strong(),
            theme::palette(ui).strong,
        );
        let response = ui.interact(total, self.look.id.with("grand total"), Sense::hover());
        response.widget_info(|| {
            let name = format!("{}, total", self.data.totals_name);
            let mut info = WidgetInfo::labeled(Role::Cell, true, name);
            info.current_text_value = Some(self.data.total.shown.clone());
            info
        });
    }
}
