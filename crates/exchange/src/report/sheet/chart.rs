//! Charts on sheets: native ones beside the cells that hold their figures.
//!
//! A chart names its cells and holds no figures of its own, so it follows when somebody changes one.

use adjutant_model::report::{Chart as Figures, ChartKind, Unit};
use rust_xlsxwriter::{
    Chart, ChartFont, ChartLegendPosition, ChartLine, ChartMarker, ChartMarkerType, ChartSolidFill,
    ChartType, XlsxError,
};

use super::{SheetWriter, color};
use crate::report::palette;

/// Rows that a chart covers.
const ROWS: u32 = 16;

impl SheetWriter<'_> {
    /// Writes a chart's figures and the chart beside them.
    pub(super) fn chart(&mut self, figures: &Figures) -> Result<(), XlsxError> {
        let head = self.row;
        self.table(&figures.as_table(), false)?;
        let last = self.row.saturating_sub(1);
        let beside = u16::try_from(figures.series.len())
            .ok()
            .and_then(|count| count.checked_add(2));
        if let (Some(column), false) = (beside, figures.categories.is_empty()) {
            let name = self.sheet.name();
            let chart = chart_of(figures, &name, head, last);
            self.sheet.insert_chart(head, column, &chart)?;
            self.row = self.row.max(head + ROWS);
        }
        self.row += 1;
        Ok(())
    }
}

fn chart_of(figures: &Figures, sheet: &str, head: u32, last: u32) -> Chart {
    let mut chart = Chart::new(match figures.kind {
        ChartKind::Lines => ChartType::Line,
        ChartKind::Bars => ChartType::Bar,
    });
    let mut small = ChartFont::new();
    small.set_size(9).set_color(color(palette::SECONDARY));
    let mut title = ChartFont::new();
    title
        .set_size(11)
        .set_bold()
        .set_color(color(palette::STRONG));
    chart.set_width(640).set_height(300);
    chart.title().set_name(&figures.title).set_font(&title);
    chart.set_alt_text(&figures.title);
    for at in 0..figures.series.len() {
        let Ok(column) = u16::try_from(at.saturating_add(1)) else {
            break;
        };
        let paint = color(palette::series(at, figures.series.len()));
        let series = chart.add_series();
        series
            .set_name((sheet, head, column))
            .set_categories((sheet, head + 1, 0, last, 0))
            .set_values((sheet, head + 1, column, last, column));
        match figures.kind {
            ChartKind::Lines => {
                let width = if at == 0 { 1.75 } else { 2.5 };
                series.set_format(ChartLine::new().set_color(paint).set_width(width));
                let mut marker = ChartMarker::new();
                marker
                    .set_type(ChartMarkerType::Circle)
                    .set_size(5)
                    .set_format(ChartSolidFill::new().set_color(paint));
                series.set_marker(&marker);
            }
            ChartKind::Bars => {
                series.set_format(ChartSolidFill::new().set_color(paint));
                series.set_gap(60);
            }
        }
    }
    axes(&mut chart, figures, &small);
    chart
}

fn axes(chart: &mut Chart, figures: &Figures, small: &ChartFont) {
    let number = match figures.unit {
        Unit::Money(_) => "#,##0",
        Unit::Count => "0",
    };
    let mut grid = ChartLine::new();
    grid.set_color(color(palette::BORDER)).set_width(0.75);
    if figures.kind == ChartKind::Bars {
        // The first category stands at the top, as in the table.
        chart.x_axis().set_reverse();
    }
    let values = chart.y_axis();
    values.set_num_format(number);
    values.set_major_gridlines_line(&grid).set_font(small);
    chart.x_axis().set_font(small);
    if figures.series.len() > 1 {
        chart
            .legend()
            .set_position(ChartLegendPosition::Bottom)
            .set_font(small);
    } else {
        chart.legend().set_hidden();
    }
}
