//! Charts on slides: native ones with their figures in an embedded workbook, so that "edit data" works.
//!
//! Source: ECMA-376, part 1: 21.2 (charts). The figures stand twice, in the workbook and as the chart's own memory of
//! it; both are written from the same values.

use adjutant_model::report::{Chart, ChartKind, Unit};
use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use super::parts::escaped;
use crate::report::RenderError;
use crate::report::palette::{self, Color};
use crate::report::scale::float;

/// Name of the sheet that holds the figures.
const SHEET: &str = "Figures";

fn unit(chart: &Chart) -> f64 {
    match chart.unit {
        Unit::Money(currency) => 10_f64.powi(i32::try_from(currency.exponent()).unwrap_or(0)),
        Unit::Count => 1.0,
    }
}

fn number_format(chart: &Chart) -> &'static str {
    match chart.unit {
        Unit::Money(_) => "#,##0",
        Unit::Count => "0",
    }
}

/// Returns the workbook that holds a chart's figures.
pub(super) fn workbook(chart: &Chart) -> Result<Vec<u8>, RenderError> {
    let mut workbook = Workbook::new();
    // The same day in every file: a workbook inside slides has no date of its own.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET)?;
    for (row, category) in (1_u32..).zip(&chart.categories) {
        sheet.write_string(row, 0, category)?;
    }
    for (column, series) in (1_u16..).zip(&chart.series) {
        sheet.write_string(0, column, &series.name)?;
        for (row, value) in (1_u32..).zip(&series.values) {
            if let Some(value) = value {
                sheet.write_number(row, column, float(*value) / unit(chart))?;
            }
        }
    }
    Ok(workbook.save_to_buffer()?)
}

/// Returns the chart's part; its first relation is the workbook.
pub(super) fn part(chart: &Chart) -> String {
    let series: String = (0_u16..)
        .zip(&chart.series)
        .map(|(at, series)| {
            let column = column_number_to_name(at + 1);
            let color = palette::series(usize::from(at), chart.series.len());
            let look = look(chart.kind, at, color);
            let last = chart.categories.len() + 1;
            let name = escaped(&series.name);
            let categories: String = chart
                .categories
                .iter()
                .enumerate()
                .map(|(at, text)| {
                    format!("<c:pt idx=\"{at}\"><c:v>{}</c:v></c:pt>", escaped(text))
                })
                .collect();
            let values: String = series
                .values
                .iter()
                .enumerate()
                .filter_map(|(at, value)| {
                    let value = float((*value)?) / unit(chart);
                    Some(format!("<c:pt idx=\"{at}\"><c:v>{value}</c:v></c:pt>"))
                })
                .collect();
            let count = chart.categories.len();
            let format = number_format(chart);
            format!(
                "<c:ser><c:idx val=\"{at}\"/><c:order val=\"{at}\"/><c:tx><c:strRef><c:f>{SHEET}!${column}$1</c:f>\
                 <c:strCache><c:ptCount val=\"1\"/><c:pt idx=\"0\"><c:v>{name}</c:v></c:pt></c:strCache></c:strRef></c:tx>{look}\
                 <c:cat><c:strRef><c:f>{SHEET}!$A$2:$A${last}</c:f><c:strCache><c:ptCount val=\"{count}\"/>{categories}</c:strCache></c:strRef></c:cat>\
                 <c:val><c:numRef><c:f>{SHEET}!${column}$2:${column}${last}</c:f><c:numCache><c:formatCode>{format}</c:formatCode>\
                 <c:ptCount val=\"{count}\"/>{values}</c:numCache></c:numRef></c:val>{}</c:ser>",
                match chart.kind {
                    ChartKind::Lines => "<c:smooth val=\"0\"/>",
                    ChartKind::Bars => "",
                }
            )
        })
        .collect();
    let plot = match chart.kind {
        ChartKind::Lines => format!(
            "<c:lineChart><c:grouping val=\"standard\"/><c:varyColors val=\"0\"/>{series}<c:marker val=\"1\"/>\
             <c:axId val=\"1\"/><c:axId val=\"2\"/></c:lineChart>{}",
            axes(chart, "minMax", "b", "l")
        ),
        ChartKind::Bars => format!(
            "<c:barChart><c:barDir val=\"bar\"/><c:grouping val=\"clustered\"/><c:varyColors val=\"0\"/>{series}\
             <c:gapWidth val=\"60\"/><c:axId val=\"1\"/><c:axId val=\"2\"/></c:barChart>{}",
            axes(chart, "maxMin", "l", "t")
        ),
    };
    let legend = if chart.series.len() > 1 {
        format!(
            "<c:legend><c:legendPos val=\"t\"/><c:overlay val=\"0\"/>{}</c:legend>",
            letters(12)
        )
    } else {
        String::new()
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <c:chartSpace xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" \
         xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
         <c:roundedCorners val=\"0\"/><c:chart><c:autoTitleDeleted val=\"1\"/><c:plotArea><c:layout/>{plot}</c:plotArea>{legend}\
         <c:plotVisOnly val=\"1\"/><c:dispBlanksAs val=\"gap\"/></c:chart>\
         <c:externalData r:id=\"rId1\"><c:autoUpdate val=\"0\"/></c:externalData></c:chartSpace>"
    )
}

fn look(kind: ChartKind, at: u16, color: Color) -> String {
    let fill = format!(
        "<a:solidFill><a:srgbClr val=\"{}\"/></a:solidFill>",
        color.hex()
    );
    match kind {
        ChartKind::Lines => {
            let width = if at == 0 { 22_225 } else { 31_750 };
            format!(
                "<c:spPr><a:ln w=\"{width}\" cap=\"rnd\">{fill}<a:round/></a:ln></c:spPr>\
                 <c:marker><c:symbol val=\"circle\"/><c:size val=\"6\"/><c:spPr>{fill}</c:spPr></c:marker>"
            )
        }
        ChartKind::Bars => {
            format!("<c:spPr>{fill}</c:spPr><c:invertIfNegative val=\"0\"/>")
        }
    }
}

fn letters(size: u16) -> String {
    format!(
        "<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz=\"{}\"><a:solidFill><a:srgbClr val=\"{}\"/></a:solidFill>\
         </a:defRPr></a:pPr><a:endParaRPr lang=\"en-GB\"/></a:p></c:txPr>",
        u32::from(size) * 100,
        palette::SECONDARY.hex()
    )
}

fn axes(chart: &Chart, order: &str, category_side: &str, value_side: &str) -> String {
    let line = |color: Color| {
        format!(
            "<c:spPr><a:ln w=\"9525\"><a:solidFill><a:srgbClr val=\"{}\"/></a:solidFill></a:ln></c:spPr>",
            color.hex()
        )
    };
    let crosses = match chart.kind {
        ChartKind::Lines => "autoZero",
        // With the categories from top to bottom, the far end is at the bottom, where the scale belongs.
        ChartKind::Bars => "max",
    };
    format!(
        "<c:catAx><c:axId val=\"1\"/><c:scaling><c:orientation val=\"{order}\"/></c:scaling><c:delete val=\"0\"/>\
         <c:axPos val=\"{category_side}\"/><c:numFmt formatCode=\"General\" sourceLinked=\"0\"/><c:majorTickMark val=\"none\"/>\
         <c:minorTickMark val=\"none\"/><c:tickLblPos val=\"low\"/>{}{}<c:crossAx val=\"2\"/><c:crosses val=\"autoZero\"/>\
         <c:auto val=\"1\"/><c:lblAlgn val=\"ctr\"/><c:lblOffset val=\"100\"/><c:noMultiLvlLbl val=\"0\"/></c:catAx>\
         <c:valAx><c:axId val=\"2\"/><c:scaling><c:orientation val=\"minMax\"/></c:scaling><c:delete val=\"0\"/>\
         <c:axPos val=\"{value_side}\"/><c:majorGridlines>{}</c:majorGridlines><c:numFmt formatCode=\"{}\" sourceLinked=\"0\"/>\
         <c:majorTickMark val=\"none\"/><c:minorTickMark val=\"none\"/><c:tickLblPos val=\"nextTo\"/>\
         <c:spPr><a:ln><a:noFill/></a:ln></c:spPr>{}<c:crossAx val=\"1\"/><c:crosses val=\"{crosses}\"/></c:valAx>",
        line(palette::BORDER_STRONG),
        letters(12),
        line(palette::BORDER),
        number_format(chart),
        letters(11)
    )
}
