//! Draws the timeline: names on the left, bars over weeks on the right, the baseline under them, lines between.
//!
//! Only lines in sight are drawn. Up and down move, Enter opens.

use adjutant_model::calendar::{add_days, month_name};
use chrono::{Datelike as _, NaiveDate};
use egui::accesskit::Role;
use egui::{
    Align, Color32, CornerRadius, CursorIcon, EventFilter, Id, Key, Modifiers, Painter, Pos2, Rect,
    Response, ScrollArea, Sense, Shape as Drawn, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use super::data::{Bar, ProjectData, Shape};
use crate::theme::{self, Palette, font};
use crate::views::Intent;
use crate::widgets::measure::{drawn, points, ratio, share};
use crate::widgets::{card, text};

const ROW: f32 = 30.0;
const HEAD: f32 = 46.0;
const NAMES: f32 = 264.0;

/// Where the user is in the timeline.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    at: usize,
    takes_focus: bool,
    reveals: bool,
}

/// From days to points.
#[derive(Debug, Clone, Copy)]
struct Scale {
    first: NaiveDate,
    left: f32,
    day: f32,
}

impl Scale {
    fn x(self, day: NaiveDate) -> f32 {
        let days = day.signed_duration_since(self.first).num_days();
        self.left + share(drawn(days)) * self.day
    }
}

impl Timeline {
    /// Gives the timeline the keyboard.
    pub(super) fn focus(&mut self) {
        self.takes_focus = true;
    }

    /// Draws the timeline into a rectangle.
    pub(super) fn show_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        (data, today): (&ProjectData, NaiveDate),
        intents: &mut Vec<Intent>,
    ) {
        let colors = theme::palette(ui);
        ui.painter().add(card::bare_frame(ui).paint(area));
        let inner = area.shrink(1.0);
        let names = NAMES.min(inner.width() * 0.4);
        let days = data
            .span
            .1
            .signed_duration_since(data.span.0)
            .num_days()
            .max(1);
        let scale = Scale {
            first: data.span.0,
            left: inner.left() + names,
            day: (inner.width() - names) / share(drawn(days)),
        };
        let head = Rect::from_min_size(inner.min, vec2(inner.width(), HEAD));
        head_ui(ui.painter(), head, scale, data.span, colors);
        let body = Rect::from_min_max(pos2(inner.left(), head.bottom()), inner.max);
        let id = Id::unique("timeline");
        let focus = self.focus_ui(ui, body, id, data);
        if focus.has_focus() {
            self.keys(ui, data, intents);
        }
        let mut scroll = ScrollArea::vertical()
            .id_salt("timeline")
            .auto_shrink([false, false])
            .animated(false);
        if std::mem::take(&mut self.reveals) {
            let top = (points(self.at) * ROW - body.height() / 2.0).max(0.0);
            scroll = scroll.vertical_scroll_offset(top);
        }
        ui.scope_builder(UiBuilder::new().max_rect(body), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.shrink_clip_rect(body);
            scroll.show_rows(ui, ROW, data.bars.len(), |ui, range| {
                let top = ui.max_rect().top();
                let first = range.start;
                weeks_ui(ui.painter(), body, scale, data.span, colors);
                links_ui(ui.painter(), data, (top, first), scale, colors);
                for at in range {
                    let Some(bar) = data.bars.get(at) else {
                        continue;
                    };
                    let rect = Rect::from_min_size(
                        pos2(body.left(), top + points(at - first) * ROW),
                        vec2(body.width(), ROW),
                    );
                    let is_at = at == self.at && focus.has_focus();
                    let response = row_ui(ui, (rect, id), bar, (scale, names), is_at);
                    if response.clicked() {
                        self.at = at;
                        focus.request_focus();
                        intents.push(Intent::Open(bar.kind, bar.id));
                    }
                }
            });
        });
        now_ui(
            ui.painter(),
            inner,
            (scale, names, head.bottom()),
            today,
            colors,
        );
    }

    fn focus_ui(&mut self, ui: &Ui, body: Rect, id: Id, data: &ProjectData) -> Response {
        let response = ui.interact(body, id, Sense::focusable_noninteractive());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Grid, true, "Timeline");
            info.current_text_value =
                Some(crate::format::counted(data.bars.len(), "line", "lines"));
            info
        });
        if std::mem::take(&mut self.takes_focus) {
            response.request_focus();
        }
        if response.has_focus() {
            let filter = EventFilter {
                tab: false,
                horizontal_arrows: true,
                vertical_arrows: true,
                escape: false,
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        }
        response
    }

    fn keys(&mut self, ui: &Ui, data: &ProjectData, intents: &mut Vec<Intent>) {
        let (moved, opens) = ui.input_mut(|input| {
            let mut count = |key| {
                let pressed = input.count_and_consume_key(Modifiers::NONE, key);
                isize::try_from(pressed).unwrap_or(0)
            };
            let moved = count(Key::ArrowDown) - count(Key::ArrowUp);
            (moved, input.consume_key(Modifiers::NONE, Key::Enter))
        });
        if moved != 0 {
            let last = data.bars.len().saturating_sub(1);
            self.at = self.at.saturating_add_signed(moved).min(last);
            self.reveals = true;
            ui.ctx().request_repaint();
        }
        if opens && let Some(bar) = data.bars.get(self.at) {
            intents.push(Intent::Open(bar.kind, bar.id));
        }
    }
}

fn now_ui(
    painter: &Painter,
    inner: Rect,
    (scale, names, top): (Scale, f32, f32),
    today: NaiveDate,
    colors: &Palette,
) {
    let now = scale.x(today);
    let line = Stroke::new(1.5, colors.bad);
    painter.vline(now, top - 6.0..=inner.bottom(), line);
    painter.circle_filled(pos2(now, top - 6.0), 3.5, colors.bad);
    let border = Stroke::new(1.0, colors.border);
    painter.vline(inner.left() + names, inner.y_range(), border);
}

fn head_ui(
    painter: &Painter,
    head: Rect,
    scale: Scale,
    (first, last): (NaiveDate, NaiveDate),
    colors: &Palette,
) {
    let line = Stroke::new(1.0, colors.border);
    painter.hline(head.x_range(), head.bottom(), line);
    let mut month = first.with_day(1).unwrap_or(first);
    let mut free_from = scale.left;
    while month <= last {
        let left = scale.x(month).max(scale.left);
        let (year, next) = if month.month() == 12 {
            (month.year() + 1, 1)
        } else {
            (month.year(), month.month() + 1)
        };
        let Some(after) = NaiveDate::from_ymd_opt(year, next, 1) else {
            break;
        };
        let right = scale.x(after).min(head.right());
        painter.vline(left, head.y_range(), line);
        let words = if right - left > 74.0 {
            format!("{} {}", month_name(month.month()), month.year())
        } else {
            month_name(month.month()).to_owned()
        };
        if left >= free_from && right - left > 26.0 {
            let place = Rect::from_min_max(
                pos2(left + 6.0, head.top()),
                pos2(right.max(left + 34.0), head.center().y + 2.0),
            );
            let face = font::small_strong();
            let shown = text::line(painter, place, Align::Min, &words, face, colors.strong);
            free_from = shown.right() + 4.0;
        }
        month = after;
    }
    if scale.day * 7.0 < 17.0 {
        return;
    }
    let mut monday = add_days(first, -i64::from(first.weekday().num_days_from_monday()));
    while monday <= last {
        let left = scale.x(monday);
        if left >= scale.left {
            let place = Rect::from_min_max(
                pos2(left, head.center().y),
                pos2(left + scale.day * 7.0, head.bottom() - 6.0),
            );
            let words = monday.iso_week().week().to_string();
            let face = font::figures_small();
            text::line(
                painter,
                place,
                Align::Center,
                &words,
                face,
                colors.secondary,
            );
        }
        monday = add_days(monday, 7);
    }
}

fn weeks_ui(
    painter: &Painter,
    body: Rect,
    scale: Scale,
    (first, last): (NaiveDate, NaiveDate),
    colors: &Palette,
) {
    let line = Stroke::new(1.0, colors.border.gamma_multiply(0.7));
    let mut day = first;
    while day <= last {
        if day.day() == 1 {
            painter.vline(scale.x(day), body.y_range(), line);
        }
        day = add_days(day, 1);
    }
}

fn row_ui(
    ui: &Ui,
    (rect, id): (Rect, Id),
    bar: &Bar,
    (scale, names): (Scale, f32),
    is_at: bool,
) -> Response {
    let colors = theme::palette(ui);
    let response = ui.interact(rect, id.with(bar.id.0), Sense::click());
    let words = said(bar);
    response.widget_info(|| {
        let mut info = WidgetInfo::selected(Role::Row, true, is_at, &bar.name);
        info.current_text_value = Some(words.clone());
        info
    });
    let painter = ui.painter();
    if response.hovered() || is_at {
        let fill = if is_at {
            colors.accent_soft
        } else {
            colors.hover
        };
        let ground = rect.shrink2(vec2(4.0, 1.0));
        painter.rect_filled(ground, CornerRadius::same(5), fill.gamma_multiply(0.7));
    }
    let left = rect.left() + 14.0 + 16.0 * points(bar.depth);
    let name = Rect::from_min_max(
        pos2(left, rect.top()),
        pos2(rect.left() + names - 8.0, rect.bottom()),
    );
    let (face, ink) = if bar.shape == Shape::Summary {
        (font::strong(), colors.strong)
    } else {
        (font::body(), colors.text)
    };
    text::line(painter, name, Align::Min, &bar.name, face, ink);
    bar_ui(painter, rect, bar, scale, colors);
    let response = response.on_hover_text(words);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Returns what a line says to those who do not see it.
fn said(bar: &Bar) -> String {
    use adjutant_model::calendar::show_date;
    let far = NaiveDate::default();
    let mut words = if bar.days.0 == bar.days.1 {
        show_date(bar.days.0, far)
    } else {
        format!(
            "{} to {}",
            show_date(bar.days.0, far),
            show_date(bar.days.1, far)
        )
    };
    if bar.done > 0 {
        words.push_str(&format!(", {} % done", bar.done / 100));
    }
    if let Some(slip) = bar.slip.filter(|slip| *slip != 0) {
        words.push_str(&format!(", {}", crate::format::slip(slip)));
    }
    if bar.is_critical {
        words.push_str(", on the critical path");
    }
    words
}

fn bar_ui(painter: &Painter, rect: Rect, bar: &Bar, scale: Scale, colors: &Palette) {
    let ink = bar_ink(bar, colors);
    let middle = rect.center().y;
    let (from, to) = (scale.x(bar.days.0), scale.x(add_days(bar.days.1, 1)));
    let stretch = |(from, to): (f32, f32), top: f32, height: f32| {
        Rect::from_min_max(pos2(from, top), pos2(to.max(from + 3.0), top + height))
    };
    if let Some((first, last)) = bar.agreed {
        let agreed = (scale.x(first), scale.x(add_days(last, 1)));
        if bar.shape == Shape::Diamond {
            let stroke = Stroke::new(1.5, colors.faint);
            painter.add(diamond(
                pos2(agreed.0, middle),
                6.0,
                Color32::TRANSPARENT,
                stroke,
            ));
        } else {
            let ghost = stretch(agreed, middle + 6.0, 4.0);
            painter.rect_filled(ghost, 2, colors.border_strong);
        }
    }
    match bar.shape {
        Shape::Diamond => {
            painter.add(diamond(pos2(from, middle), 6.5, ink, Stroke::NONE));
        }
        Shape::Summary => {
            let line = stretch((from, to), middle - 3.0, 6.0);
            painter.rect_filled(line, 3, colors.border_strong);
            let part = from + (to - from) * ratio(drawn(bar.done), 10_000.0);
            let done = stretch((from, part), middle - 3.0, 6.0);
            if bar.done > 0 {
                painter.rect_filled(done, 3, colors.secondary);
            }
        }
        Shape::Task => {
            let whole = stretch((from, to), middle - 8.0, 13.0);
            painter.rect_filled(whole, 4, ink.gamma_multiply(0.32));
            let part = from + (to - from) * ratio(drawn(bar.done), 10_000.0);
            if bar.done > 0 {
                painter.rect_filled(stretch((from, part), middle - 8.0, 13.0), 4, ink);
            }
            if bar.is_critical {
                let stroke = Stroke::new(1.0, ink);
                painter.rect_stroke(whole, 4, stroke, StrokeKind::Inside);
            }
        }
    }
}

fn bar_ink(bar: &Bar, colors: &Palette) -> Color32 {
    let is_late = bar.slip.is_some_and(|slip| slip > 0);
    match (bar.shape, bar.done >= 10_000) {
        (Shape::Diamond, true) => colors.ok,
        (Shape::Diamond, false) if is_late => colors.bad,
        (Shape::Diamond, false) => colors.warn,
        _ if bar.is_critical => colors.bad,
        _ => colors.accent,
    }
}

fn diamond(at: Pos2, size: f32, fill: Color32, stroke: Stroke) -> Drawn {
    let corners = [(0.0, -size), (size, 0.0), (0.0, size), (-size, 0.0)];
    let corners = corners.map(|(x, y)| at + vec2(x, y));
    Drawn::convex_polygon(corners.to_vec(), fill, stroke)
}

/// Draws the lines from what ends to what may begin then, as far as they are in sight.
fn links_ui(
    painter: &Painter,
    data: &ProjectData,
    (top, first): (f32, usize),
    scale: Scale,
    colors: &Palette,
) {
    let offset = top - points(first) * ROW;
    let middle = |at: usize| offset + points(at) * ROW + ROW / 2.0;
    let sight = painter.clip_rect();
    for (from, to, is_critical) in &data.links {
        let (Some(before), Some(after)) = (data.bars.get(*from), data.bars.get(*to)) else {
            continue;
        };
        let (start, end) = (middle(*from), middle(*to));
        if start.max(end) < sight.top() || start.min(end) > sight.bottom() {
            continue;
        }
        let ink = if *is_critical {
            colors.bad
        } else {
            colors.faint
        };
        let stroke = Stroke::new(1.2, ink);
        let out = scale.x(add_days(before.days.1, 1));
        let into = scale.x(after.days.0);
        let bend = out.max(into - 4.0) + 5.0;
        let entry = if end > start { end - 8.0 } else { end + 8.0 };
        let path = if bend <= into + 8.0 {
            vec![pos2(out, start), pos2(bend, start), pos2(bend, entry)]
        } else {
            let between = if end > start {
                end - ROW / 2.0
            } else {
                end + ROW / 2.0
            };
            vec![
                pos2(out, start),
                pos2(bend, start),
                pos2(bend, between),
                pos2(into + 4.0, between),
                pos2(into + 4.0, entry),
            ]
        };
        painter.add(Drawn::line(path, stroke));
    }
}
