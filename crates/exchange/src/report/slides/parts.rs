//! The shapes of a slide as XML (`PresentationML`).
//!
//! Source: ECMA-376, part 1: 19.3 (presentation), 21.1.3 (tables). Lengths are English metric units, 12,700 a point.
//! The one rule: every text is escaped, and letters that XML forbids are left out.

use std::ops::Range;

use adjutant_model::report::{Align, Table};

use super::super::page::columns::{PAD, Placed, shown};
use super::{BOTTOM, Faces, Grid, HEIGHT, PAD_Y, SIDE, STRETCH, TOP, WIDTH, WORDS, count, palette};

/// Returns points as English metric units.
pub(super) fn emu(points: f32) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a slide has 12 million units, and a cast of a float saturates"
    )]
    let units = (f64::from(points) * 12_700.0).round() as i64;
    units
}

/// Returns a text as XML holds it.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            letter if letter.is_control() => safe.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            letter => safe.push(letter),
        }
    }
    safe
}

/// Returns the height of a table's row, in points.
pub(super) fn row_height(grid: &Grid, lines: usize) -> f32 {
    count(lines.max(1)) * grid.line() + 2.0 * PAD_Y + 1.0
}

fn place(x: f32, y: f32, width: f32, height: f32) -> String {
    format!(
        "<a:off x=\"{}\" y=\"{}\"/><a:ext cx=\"{}\" cy=\"{}\"/>",
        emu(x),
        emu(y),
        emu(width),
        emu(height)
    )
}

/// Returns the placeholder that holds a slide's title.
fn title(text: &str) -> String {
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"Title\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>\
         <p:nvPr><p:ph type=\"title\"/></p:nvPr></p:nvSpPr><p:spPr/>\
         <p:txBody><a:bodyPr><a:normAutofit/></a:bodyPr><a:lstStyle/><a:p><a:r><a:rPr lang=\"en-GB\"/>\
         <a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>",
        escaped(text)
    )
}

fn run(text: &str, size: f32, color: palette::Color, is_bold: bool) -> String {
    format!(
        "<a:r><a:rPr lang=\"en-GB\" sz=\"{:.0}\" b=\"{}\"><a:solidFill><a:srgbClr val=\"{}\"/></a:solidFill></a:rPr>\
         <a:t>{}</a:t></a:r>",
        size * 100.0,
        u8::from(is_bold),
        color.hex(),
        escaped(text)
    )
}

fn text_box(
    id: usize,
    name: &str,
    (x, y, width, height): (f32, f32, f32, f32),
    content: &str,
) -> String {
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{name}\"/><p:cNvSpPr txBox=\"1\"/><p:nvPr/></p:nvSpPr>\
         <p:spPr><a:xfrm>{}</a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom><a:noFill/></p:spPr>\
         <p:txBody><a:bodyPr wrap=\"square\" lIns=\"0\" tIns=\"0\" rIns=\"0\" bIns=\"0\"/><a:lstStyle/>{content}</p:txBody></p:sp>",
        place(x, y, width, height)
    )
}

/// Returns the shapes of the first slide.
pub(super) fn cover(heading: &str, lines: &[String]) -> String {
    let mut content = String::new();
    for (at, line) in lines.iter().enumerate() {
        let size = if at == 0 { 20.0 } else { 14.0 };
        content.push_str(&format!(
            "<a:p><a:pPr><a:spcBef><a:spcPts val=\"600\"/></a:spcBef></a:pPr>{}</a:p>",
            run(line, size, palette::SECONDARY, false)
        ));
    }
    let bar = format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"3\" name=\"Bar\"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>{}</a:xfrm>\
         <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val=\"{}\"/></a:solidFill></p:spPr>\
         <p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr lang=\"en-GB\"/></a:p></p:txBody></p:sp>",
        place(SIDE, 300.0, 72.0, 4.0),
        palette::ACCENT.hex()
    );
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"Title\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>\
         <p:nvPr><p:ph type=\"title\"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm>{}</a:xfrm></p:spPr>\
         <p:txBody><a:bodyPr anchor=\"b\"><a:normAutofit/></a:bodyPr><a:lstStyle/><a:p>{}</a:p></p:txBody></p:sp>{bar}{}",
        place(SIDE, 120.0, WIDTH - 2.0 * SIDE, 164.0),
        run(heading, 36.0, palette::STRONG, true),
        text_box(
            4,
            "About",
            (SIDE, 320.0, WIDTH - 2.0 * SIDE, 120.0),
            &content
        )
    )
}

/// Returns the shapes of a slide of paragraphs.
pub(super) fn paragraphs(heading: &str, texts: &[String]) -> String {
    format!("{}{}", title(heading), bullets(texts, BOTTOM - TOP))
}

fn bullets(texts: &[String], height: f32) -> String {
    let content: String = texts
        .iter()
        .map(|text| {
            format!(
                "<a:p><a:pPr marL=\"228600\" indent=\"-228600\"><a:spcBef><a:spcPts val=\"900\"/></a:spcBef>\
                 <a:buClr><a:srgbClr val=\"{}\"/></a:buClr><a:buFont typeface=\"Arial\"/><a:buChar char=\"&#8226;\"/></a:pPr>{}</a:p>",
                palette::ACCENT.hex(),
                run(text, WORDS, palette::TEXT, false)
            )
        })
        .collect();
    let place = (SIDE, TOP, WIDTH - 2.0 * SIDE, height);
    text_box(4, "Text", place, &content)
}

/// Returns the shapes of a slide with a few words and a chart, which the slide's second relation names.
pub(super) fn chart(heading: &str, words: &[String], words_height: f32) -> String {
    let top = TOP + words_height;
    let xfrm = place(SIDE, top, WIDTH - 2.0 * SIDE, BOTTOM - top);
    let words = if words.is_empty() {
        String::new()
    } else {
        bullets(words, words_height)
    };
    format!(
        "{}{words}<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"3\" name=\"Chart\" descr=\"{}\"/><p:cNvGraphicFramePr/><p:nvPr/>\
         </p:nvGraphicFramePr><p:xfrm>{xfrm}</p:xfrm><a:graphic>\
         <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/chart\">\
         <c:chart xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" r:id=\"rId2\"/>\
         </a:graphicData></a:graphic></p:graphicFrame>",
        title(heading),
        escaped(heading)
    )
}

/// Returns the shapes of a slide with rows of a table under its head.
pub(super) fn table(
    faces: &Faces,
    heading: &str,
    table: &Table,
    grid: &Grid,
    rows: &Range<usize>,
) -> String {
    let cells = shown(table);
    let head = grid.head(faces, table);
    let head_height = row_height(grid, head.iter().map(Vec::len).max().unwrap_or(1));
    let mut height = head_height;
    let mut body = table_row(
        head_height,
        grid.columns.iter().map(|placed| {
            let column = table.columns.get(placed.at);
            let text = column.map_or("", |column| column.title.as_str());
            let content = run(text, grid.size / STRETCH, palette::SECONDARY, true);
            table_cell(&content, placed, Some(palette::SUNKEN))
        }),
    );
    let chosen = table.rows.iter().zip(&cells).enumerate();
    for (_, (row, cells)) in chosen.filter(|(at, _)| rows.contains(at)) {
        let wrapped = grid.wrapped(faces, row, cells);
        let row_height = row_height(grid, wrapped.iter().map(Vec::len).max().unwrap_or(1));
        height += row_height;
        let fill = row.is_total.then_some(palette::SUNKEN);
        body.push_str(&table_row(
            row_height,
            grid.columns.iter().map(|placed| {
                let Some(cell) = cells.get(placed.at) else {
                    return table_cell("", placed, fill);
                };
                let color = cell.tone.map_or(palette::TEXT, palette::tone);
                let sign = cell.sign().and_then(palette::tone_sign);
                let text =
                    sign.map_or_else(|| cell.text.clone(), |sign| format!("{sign} {}", cell.text));
                let content = if text.is_empty() {
                    String::new()
                } else {
                    run(&text, grid.size / STRETCH, color, row.is_total)
                };
                table_cell(&content, placed, fill)
            }),
        ));
    }
    let columns: String = grid
        .columns
        .iter()
        .map(|placed| format!("<a:gridCol w=\"{}\"/>", emu(placed.width)))
        .collect();
    format!(
        "{}<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"3\" name=\"Table\"/>\
         <p:cNvGraphicFramePr><a:graphicFrameLocks noGrp=\"1\"/></p:cNvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr>\
         <p:xfrm>{}</p:xfrm><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/table\">\
         <a:tbl><a:tblPr firstRow=\"1\"/><a:tblGrid>{columns}</a:tblGrid>{body}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>",
        title(heading),
        place(SIDE, TOP, grid.width(), height)
    )
}

fn table_row(height: f32, cells: impl Iterator<Item = String>) -> String {
    let cells: String = cells.collect();
    format!("<a:tr h=\"{}\">{cells}</a:tr>", emu(height))
}

fn table_cell(content: &str, placed: &Placed, fill: Option<palette::Color>) -> String {
    let side = match placed.align {
        Align::Left => "l",
        Align::Right => "r",
    };
    let end = if content.is_empty() {
        "<a:endParaRPr lang=\"en-GB\" sz=\"700\"/>"
    } else {
        ""
    };
    let none = ["L", "R", "T"]
        .map(|edge| format!("<a:ln{edge} w=\"0\"><a:noFill/></a:ln{edge}>"))
        .concat();
    let fill = fill.map_or("<a:noFill/>".to_owned(), |color| {
        format!(
            "<a:solidFill><a:srgbClr val=\"{}\"/></a:solidFill>",
            color.hex()
        )
    });
    format!(
        "<a:tc><a:txBody><a:bodyPr/><a:lstStyle/><a:p><a:pPr algn=\"{side}\"/>{content}{end}</a:p></a:txBody>\
         <a:tcPr marL=\"{lead}\" marR=\"{pad}\" marT=\"{pad_y}\" marB=\"{pad_y}\" anchor=\"ctr\">{none}\
         <a:lnB w=\"6350\"><a:solidFill><a:srgbClr val=\"{}\"/></a:solidFill></a:lnB>{fill}</a:tcPr></a:tc>",
        palette::BORDER_STRONG.hex(),
        lead = emu(PAD + placed.lead),
        pad = emu(PAD),
        pad_y = emu(PAD_Y - 0.6),
    )
}

/// Returns the foot of a slide: where the figures come from, and the slide's number.
pub(super) fn foot(line: &str, number: usize) -> String {
    let width = WIDTH - 2.0 * SIDE;
    let words = format!("<a:p>{}</a:p>", run(line, 9.0, palette::SECONDARY, false));
    let number = format!(
        "<a:p><a:pPr algn=\"r\"/>{}</a:p>",
        run(&number.to_string(), 9.0, palette::SECONDARY, false)
    );
    format!(
        "{}{}",
        text_box(
            90,
            "Origin",
            (SIDE, HEIGHT - 30.0, width - 60.0, 14.0),
            &words
        ),
        text_box(
            91,
            "Number",
            (WIDTH - SIDE - 50.0, HEIGHT - 30.0, 50.0, 14.0),
            &number
        )
    )
}
