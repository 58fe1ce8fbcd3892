//! Charts on pages: lines over time and horizontal bars, with a legend and a scale.
//!
//! Series differ by colour and, for lines, by thickness; every bar has its figure beside it. A chart with more
//! categories than a page can hold is shown as its table.

use adjutant_model::report::{Chart, ChartKind, Unit};

use super::{Face, Flow, Item, Style, clean, rectangle, table};
use crate::report::palette;
use crate::report::scale::Scale;

/// Categories from which on a chart is shown as a table.
const MOST_CATEGORIES: usize = 24;
/// Height of the plot of lines.
const LINES_HEIGHT: f32 = 96.0;
/// Height of one bar.
const BAR: f32 = 8.0;
/// Widest plot.
const WIDEST: f32 = 560.0;
const SMALL: f32 = 7.5;

/// Returns the height of a chart on a page.
pub(super) fn height(chart: &Chart) -> f32 {
    if chart.categories.len() > MOST_CATEGORIES {
        return 64.0;
    }
    let plot = match chart.kind {
        ChartKind::Lines => LINES_HEIGHT,
        ChartKind::Bars => bar_row(chart) * count(chart.categories.len()),
    };
    plot + 50.0
}

fn bar_row(chart: &Chart) -> f32 {
    BAR * count(chart.series.len()) + 7.0
}

fn count(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

/// Where a chart's values are drawn.
struct Plot {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

pub(super) fn draw(flow: &mut Flow<'_>, chart: &Chart) {
    if chart.categories.len() > MOST_CATEGORIES {
        table::draw(flow, &chart.as_table());
        return;
    }
    flow.need(height(chart));
    let title = Style::new(Face::SemiBold, 9.5, palette::STRONG);
    flow.text((Flow::left(), flow.y + 10.0), title, &titled(chart));
    legend(flow, chart);
    flow.y += 22.0;
    match chart.kind {
        ChartKind::Lines => lines(flow, chart),
        ChartKind::Bars => bars(flow, chart),
    }
    flow.y += 12.0;
}

/// Returns the title with the unit, if amounts are drawn.
fn titled(chart: &Chart) -> String {
    match chart.unit {
        Unit::Money(currency) => clean(&format!("{}, {}", chart.title, currency.code())),
        Unit::Count => clean(&chart.title),
    }
}

fn legend(flow: &mut Flow<'_>, chart: &Chart) {
    if chart.series.len() < 2 {
        return;
    }
    let style = Style::new(Face::Regular, SMALL, palette::SECONDARY);
    let mut x = Flow::left() + flow.faces.width(Face::SemiBold, &titled(chart), 9.5) + 18.0;
    let y = flow.y + 9.6;
    for (at, series) in chart.series.iter().enumerate() {
        let color = palette::series(at, chart.series.len());
        flow.put(rectangle(x, y - 5.4, 6.0, 6.0, color));
        let name = clean(&series.name);
        flow.text((x + 9.0, y), style, &name);
        x += 9.0 + flow.faces.width(style.face, &name, style.size) + 14.0;
    }
}

fn lines(flow: &mut Flow<'_>, chart: &Chart) {
    let scale = Scale::of(chart);
    let axis = Style::new(Face::Figures, SMALL, palette::SECONDARY);
    let marks = scale.marks();
    let label_width = marks
        .iter()
        .map(|(_, label)| flow.faces.width(axis.face, label, axis.size))
        .fold(0.0, f32::max);
    let plot = Plot {
        left: Flow::left() + label_width + 6.0,
        top: flow.y,
        width: flow.inner().min(WIDEST) - label_width - 6.0,
        height: LINES_HEIGHT,
    };
    for (share, label) in &marks {
        let y = plot.top + plot.height * (1.0 - share);
        flow.put(Item::Line {
            points: vec![(plot.left, y), (plot.left + plot.width, y)],
            width: 0.5,
            color: palette::BORDER,
        });
        let x = plot.left - 6.0 - flow.faces.width(axis.face, label, axis.size);
        flow.text((x, y + 2.6), axis, label);
    }
    let step = plot.width / count(chart.categories.len().max(1));
    let x_of = |at: usize| plot.left + step * (count(at) + 0.5);
    for (at, category) in chart.categories.iter().enumerate() {
        let label = clean(category);
        let x = x_of(at) - flow.faces.width(Face::Regular, &label, SMALL) / 2.0;
        let style = Style::new(Face::Regular, SMALL, palette::SECONDARY);
        flow.text((x, plot.top + plot.height + 11.0), style, &label);
    }
    for (at, series) in chart.series.iter().enumerate() {
        let color = palette::series(at, chart.series.len());
        let width = if at == 0 { 1.4 } else { 2.0 };
        // A gap in the values is a gap in the line.
        for run in runs(&series.values) {
            let points: Vec<(f32, f32)> = run
                .iter()
                .map(|(at, value)| {
                    (
                        x_of(*at),
                        plot.top + plot.height * (1.0 - scale.share(*value)),
                    )
                })
                .collect();
            for (x, y) in &points {
                let r = width;
                flow.put(rectangle(x - r, y - r, 2.0 * r, 2.0 * r, color));
            }
            if points.len() > 1 {
                flow.put(Item::Line {
                    points,
                    width,
                    color,
                });
            }
        }
    }
    flow.y += plot.height + 14.0;
}

/// Returns the stretches of values without a gap, each value with its place.
fn runs(values: &[Option<i64>]) -> Vec<Vec<(usize, i64)>> {
    let mut runs = vec![Vec::new()];
    for (at, value) in values.iter().enumerate() {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((at, *value)),
            (None, _) | (_, None) => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn bars(flow: &mut Flow<'_>, chart: &Chart) {
    let scale = Scale::of(chart);
    let words = Style::new(Face::Regular, SMALL + 0.5, palette::TEXT);
    let figures = Style::new(Face::Figures, SMALL, palette::SECONDARY);
    let widest = chart
        .categories
        .iter()
        .map(|category| flow.faces.width(words.face, &clean(category), words.size))
        .fold(0.0, f32::max);
    let label_width = widest.min(flow.inner() / 3.0);
    let plot = Plot {
        left: Flow::left() + label_width + 8.0,
        top: flow.y,
        width: flow.inner().min(WIDEST) - label_width - 8.0 - 64.0,
        height: bar_row(chart) * count(chart.categories.len()),
    };
    let table = chart.as_table();
    let zero = plot.left + plot.width * scale.share(0);
    for (at, category) in chart.categories.iter().enumerate() {
        let top = plot.top + bar_row(chart) * count(at);
        let label = flow
            .faces
            .wrap(words.face, &clean(category), words.size, label_width + 0.5);
        let first = label.first().map_or("", String::as_str);
        let cut = if label.len() > 1 { "\u{2026}" } else { "" };
        let middle = top + BAR * count(chart.series.len()) / 2.0;
        flow.text(
            (Flow::left(), middle + 2.8),
            words,
            &format!("{first}{cut}"),
        );
        for (number, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(at).copied().flatten() else {
                continue;
            };
            let end = plot.left + plot.width * scale.share(value);
            let y = top + BAR * count(number);
            let color = palette::series(number, chart.series.len());
            let width = (end - zero).abs().max(0.5);
            flow.put(rectangle(zero.min(end), y + 0.6, width, BAR - 1.2, color));
            let cell = table.rows.get(at).and_then(|row| row.cells.get(number + 1));
            let shown = cell
                .map(adjutant_model::report::Cell::shown)
                .unwrap_or_default();
            flow.text((zero.max(end) + 4.0, y + BAR - 1.6), figures, &shown);
        }
    }
    flow.put(Item::Line {
        points: vec![(zero, plot.top - 2.0), (zero, plot.top + plot.height)],
        width: 0.6,
        color: palette::BORDER_STRONG,
    });
    flow.y += plot.height;
}
