//! Charts: a line against a plan, and bars to both sides of zero; each with its own legend and small labels.
//!
//! Painted here and not by a plotting library: these two need no zoom or drag, must never drop a month's label, and
//! have to tell assistive technology in words what they show.

use egui::accesskit::Role;
use egui::epaint::{Mesh, PathShape};
use egui::{
    Align, Color32, CornerRadius, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::theme::{self, Palette, font};
use crate::widgets::measure::{points, ratio, share};
use crate::widgets::text;

/// A point of a line chart.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LinePoint {
    /// Label on the axis.
    pub label: String,
    /// Value of the plan.
    pub plan: f64,
    /// Value so far, if there is one.
    pub actual: Option<f64>,
    /// What a person reads when pointing at it.
    pub words: String,
}

/// A bar of a bar chart.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// Its value; above zero is good.
    pub value: f64,
    /// Its value as shown.
    pub shown: String,
}

/// Draws an entry of a legend: a stroke and a word.
pub fn legend_ui(ui: &mut Ui, label: &str, color: Color32, is_dashed: bool) {
    let colors = theme::palette(ui);
    let width = text::width(ui.painter(), label, font::small());
    let (rect, _) = ui.allocate_exact_size(vec2(width + 24.0, 16.0), Sense::hover());
    let y = rect.center().y;
    let line = [pos2(rect.left(), y), pos2(rect.left() + 16.0, y)];
    let stroke = Stroke::new(2.0, color);
    if is_dashed {
        ui.painter()
            .extend(Shape::dashed_line(&line, stroke, 4.0, 3.0));
    } else {
        ui.painter().line_segment(line, stroke);
    }
    let words = Rect::from_min_max(rect.min + vec2(22.0, 0.0), rect.max);
    text::line(
        ui.painter(),
        words,
        Align::Min,
        label,
        font::small(),
        colors.secondary,
    );
}

/// Returns steps for an axis from zero to at least `greatest`: three to five of them, each 1, 2 or 5 times a power of ten.
fn steps(greatest: f64) -> (f64, usize) {
    if greatest <= 0.0 {
        return (1.0, 1);
    }
    let rough = greatest / 4.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= rough);
    let step = step.unwrap_or(rough);
    let count = (greatest / step).ceil().clamp(1.0, 12.0);
    (step, crate::widgets::measure::count(share(count)))
}

/// Draws a line with an area under it against a dashed plan; `axis` writes a value of the upright axis.
#[expect(
    clippy::too_many_lines,
    reason = "one picture, drawn from top to bottom"
)]
pub fn lines_ui(
    ui: &mut Ui,
    size: egui::Vec2,
    name: &str,
    data: &[LinePoint],
    axis: &dyn Fn(f64) -> String,
) {
    let colors = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, name);
        info.current_text_value = data
            .iter()
            .rev()
            .find(|point| point.actual.is_some())
            .map(|point| point.words.clone());
        info
    });
    let greatest = data
        .iter()
        .flat_map(|point| [point.plan, point.actual.unwrap_or(0.0)])
        .fold(0.0, f64::max);
    let (step, count) = steps(greatest);
    let top = step * f64::from(u16::try_from(count).unwrap_or(1));
    let labels: Vec<String> = (0..=count)
        .map(|at| axis(step * f64::from(u16::try_from(at).unwrap_or(0))))
        .collect();
    let left = labels
        .iter()
        .map(|label| text::width(ui.painter(), label, font::figures_small()))
        .fold(0.0, f32::max);
    let plot = Rect::from_min_max(
        rect.min + vec2(left + 10.0, 8.0),
        rect.max - vec2(8.0, 24.0),
    );
    let painter = ui.painter().clone();
    for (at, label) in labels.iter().enumerate() {
        let y = plot.bottom() - plot.height() * points(at) / points(count);
        painter.hline(plot.x_range(), y, Stroke::new(1.0, colors.border));
        let place = Rect::from_center_size(pos2(rect.left() + left / 2.0, y), vec2(left, 14.0));
        text::line(
            &painter,
            place,
            Align::Max,
            label,
            font::figures_small(),
            colors.secondary,
        );
    }
    let x_of =
        |at: usize| plot.left() + plot.width() * (points(at) + 0.5) / points(data.len().max(1));
    let y_of = |value: f64| plot.bottom() - plot.height() * ratio(value, top);
    let cell = plot.width() / points(data.len().max(1));
    for (at, point) in data.iter().enumerate() {
        let place = Rect::from_center_size(
            pos2(x_of(at), plot.bottom() + 14.0),
            vec2(cell.max(24.0), 14.0),
        );
        text::line(
            &painter,
            place,
            Align::Center,
            &point.label,
            font::small(),
            colors.secondary,
        );
    }
    let plan: Vec<Pos2> = data
        .iter()
        .enumerate()
        .map(|(at, point)| pos2(x_of(at), y_of(point.plan)))
        .collect();
    let actual: Vec<Pos2> = data
        .iter()
        .enumerate()
        .filter_map(|(at, point)| point.actual.map(|value| pos2(x_of(at), y_of(value))))
        .collect();
    area(&painter, &actual, plot.bottom(), colors);
    painter.extend(Shape::dashed_line(
        &plan,
        Stroke::new(1.5, colors.faint),
        5.0,
        4.0,
    ));
    painter.add(PathShape::line(
        actual.clone(),
        Stroke::new(2.0, colors.accent),
    ));
    if let Some(last) = actual.last() {
        painter.circle(*last, 3.5, colors.surface, Stroke::new(2.0, colors.accent));
    }
    if let Some(pointer) = response
        .hover_pos()
        .filter(|pointer| plot.x_range().contains(pointer.x))
    {
        let at = crate::widgets::measure::count((pointer.x - plot.left()) / cell)
            .min(data.len().saturating_sub(1));
        if let Some(point) = data.get(at) {
            painter.vline(
                x_of(at),
                plot.y_range(),
                Stroke::new(1.0, colors.border_strong),
            );
            response.on_hover_text_at_pointer(&point.words);
        }
    }
}

/// Fills what lies under a line, fading towards the ground.
fn area(painter: &Painter, line: &[Pos2], bottom: f32, colors: &Palette) {
    let mut mesh = Mesh::default();
    let (upper, lower) = (
        colors.accent.gamma_multiply(0.20),
        colors.accent.gamma_multiply(0.03),
    );
    for (at, point) in line.iter().enumerate() {
        mesh.colored_vertex(*point, upper);
        mesh.colored_vertex(pos2(point.x, bottom), lower);
        if at > 0
            && let Ok(base) = u32::try_from(at * 2 - 2)
        {
            mesh.add_triangle(base, base + 1, base + 2);
            mesh.add_triangle(base + 1, base + 2, base + 3);
        }
    }
    painter.add(mesh);
}

/// Draws bars to both sides of zero, one line each: label, bar, value.
#[expect(
    clippy::too_many_lines,
    reason = "one picture, drawn from top to bottom"
)]
pub fn bars_ui(ui: &mut Ui, size: egui::Vec2, name: &str, bars: &[Bar]) {
    let colors = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let words: Vec<String> = bars
            .iter()
            .map(|bar| format!("{} {}", bar.label, bar.shown))
            .collect();
        let mut info = WidgetInfo::labeled(Role::Image, true, name);
        info.current_text_value = Some(words.join(", "));
        info
    });
    let painter = ui.painter().clone();
    let widest = |texts: &mut dyn Iterator<Item = &str>, font: egui::FontId| {
        texts
            .map(|words| text::width(&painter, words, font.clone()))
            .fold(0.0, f32::max)
    };
    let label_width = widest(&mut bars.iter().map(|bar| bar.label.as_str()), font::body())
        .min(rect.width() * 0.4);
    let value_width = widest(
        &mut bars.iter().map(|bar| bar.shown.as_str()),
        font::figures_strong(),
    );
    let plot = Rect::from_min_max(
        pos2(rect.left() + label_width + 16.0, rect.top()),
        pos2(rect.right() - value_width - 14.0, rect.bottom()),
    );
    let below = bars.iter().map(|bar| -bar.value).fold(0.0, f64::max);
    let above = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let zero = plot.left() + plot.width() * ratio(below, below + above);
    let height = (rect.height() / points(bars.len().max(1))).min(34.0);
    for (at, bar) in bars.iter().enumerate() {
        let line = Rect::from_min_size(
            rect.min + vec2(0.0, points(at) * height),
            vec2(rect.width(), height),
        );
        let label = Rect::from_min_size(line.min, vec2(label_width + 2.0, height));
        text::line(
            &painter,
            label,
            Align::Min,
            &bar.label,
            font::body(),
            colors.text,
        );
        let ink = if bar.value < 0.0 {
            colors.bad
        } else {
            colors.ok
        };
        let length = plot.width() * ratio(bar.value.abs(), below + above);
        let end = if bar.value < 0.0 {
            zero - length
        } else {
            zero + length
        };
        let thick = (height * 0.5).min(14.0);
        let body = Rect::from_two_pos(
            pos2(zero, line.center().y - thick / 2.0),
            pos2(end, line.center().y + thick / 2.0),
        );
        painter.rect_filled(
            body,
            rounded_away_from_zero(bar.value < 0.0),
            ink.gamma_multiply(0.85),
        );
        let value = Rect::from_min_max(pos2(plot.right(), line.top()), line.max);
        text::line(
            &painter,
            value,
            Align::Max,
            &bar.shown,
            font::figures_strong(),
            ink,
        );
    }
    let drawn = rect.top() + height * points(bars.len());
    painter.vline(
        zero,
        rect.top()..=drawn,
        Stroke::new(1.0, colors.border_strong),
    );
}

fn rounded_away_from_zero(is_below: bool) -> CornerRadius {
    if is_below {
        CornerRadius {
            nw: 3,
            sw: 3,
            ne: 0,
            se: 0,
        }
    } else {
        CornerRadius {
            nw: 0,
            sw: 0,
            ne: 3,
            se: 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_steps() {
        for (greatest, expected) in [
            (2_040.0, (1_000.0, 3)),
            (95.0, (25.0, 4)),
            (0.0, (1.0, 1)),
            (4.0e6, (1.0e6, 4)),
        ] {
            assert_eq!(steps(greatest), expected, "{greatest}");
        }
    }
}
