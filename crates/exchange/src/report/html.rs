//! Reports as one HTML file: no scripts, nothing fetched, charts as pictures made of lines, ready to be printed.
//!
//! The one rule: every text of the report is escaped, and the page forbids itself to load anything.

use adjutant_model::report::{Align, Block, Cell, Chart, ChartKind, Report, Row, Table, Unit};

use super::page::Paper;
use super::palette::{self, Color};
use super::provenance::Provenance;
use super::scale::Scale;

/// Returns the report as an HTML file.
pub(super) fn render(report: &Report, provenance: &Provenance, paper: Paper) -> String {
    let title = escaped(&report.title);
    let mut body = format!(
        "<header><h1>{title}</h1><p>{}</p></header>\n",
        escaped(&provenance.line(report.as_of))
    );
    for block in &report.blocks {
        match block {
            Block::Heading(text) => body.push_str(&format!("<h2>{}</h2>\n", escaped(text))),
            Block::Paragraph(text) => body.push_str(&format!("<p>{}</p>\n", escaped(text))),
            Block::Table(table) => body.push_str(&html_table(table)),
            Block::Chart(chart) => body.push_str(&figure(chart)),
        }
    }
    let rows = provenance.rows(report.as_of).into_iter();
    let origin: String = rows
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(&value)))
        .collect();
    let documents: String = provenance
        .documents
        .iter()
        .map(|document| {
            let heads: Vec<String> = document.heads.iter().map(ToString::to_string).collect();
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                escaped(&document.title),
                document.document,
                heads.join(" "),
                document.content_hash
            )
        })
        .collect();
    let author = escaped(&provenance.person);
    let style = style(paper, report);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"author\" content=\"{author}\">\n<meta name=\"generator\" content=\"Adjutant\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{body}\
         <details><summary>Origin</summary><dl>{origin}</dl>\n\
         <table><thead><tr><th>Document</th><th>Id</th><th>Heads</th><th>Content hash</th></tr></thead>\n\
         <tbody>{documents}</tbody></table></details>\n</main>\n</body>\n</html>\n"
    )
}

/// Returns headings and paragraphs of a report as the HTML of a message, without its title and origin.
pub(super) fn of_words(report: &Report) -> String {
    let mut body = String::new();
    for block in &report.blocks {
        match block {
            Block::Heading(text) => body.push_str(&format!("<h2>{}</h2>\n", escaped(text))),
            Block::Paragraph(text) => body.push_str(&format!("<p>{}</p>\n", escaped(text))),
            Block::Table(_) | Block::Chart(_) => {}
        }
    }
    let title = escaped(&report.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body style=\"font-family: sans-serif\">\n{body}</body>\n</html>\n"
    )
}

/// Returns a text that HTML shows as it is, within elements and quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

fn html_table(table: &Table) -> String {
    let side = |align: Align| match align {
        Align::Left => "",
        Align::Right => " class=\"r\"",
    };
    let mut html = "<div class=\"scroll\"><table>\n<thead><tr>".to_owned();
    for column in &table.columns {
        let title = escaped(&column.title);
        html.push_str(&format!(
            "<th scope=\"col\"{}>{title}</th>",
            side(column.align)
        ));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for Row {
        cells, is_total, ..
    } in &table.rows
    {
        html.push_str(if *is_total {
            "<tr class=\"total\">"
        } else {
            "<tr>"
        });
        for (cell, column) in cells.iter().zip(&table.columns) {
            html.push_str(&format!(
                "<td{}>{}</td>",
                side(column.align),
                cell_html(cell)
            ));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table></div>\n");
    html
}

fn cell_html(cell: &Cell) -> String {
    let shown = escaped(&cell.shown());
    match cell {
        Cell::Status { tone, .. } => {
            let color = palette::tone(*tone).hex();
            let sign = palette::tone_sign(*tone)
                .map(|sign| format!("<span aria-hidden=\"true\">{sign}</span> "));
            format!(
                "<span style=\"color:#{color}\">{}{shown}</span>",
                sign.unwrap_or_default()
            )
        }
        Cell::Date(day) => format!("<time datetime=\"{day}\">{shown}</time>"),
        Cell::Empty
        | Cell::Text(_)
        | Cell::Money { .. }
        | Cell::Percent { .. }
        | Cell::Count(_) => shown,
    }
}

/// Returns a chart as a picture, and its figures as a table for who cannot see it.
fn figure(chart: &Chart) -> String {
    let title = match chart.unit {
        Unit::Money(currency) => format!("{}, {}", chart.title, currency.code()),
        Unit::Count => chart.title.clone(),
    };
    let picture = match chart.kind {
        ChartKind::Lines => lines(chart),
        ChartKind::Bars => bars(chart),
    };
    let mut legend = String::new();
    if chart.series.len() > 1 {
        for (at, series) in chart.series.iter().enumerate() {
            let color = palette::series(at, chart.series.len()).hex();
            legend.push_str(&format!(
                "<span class=\"key\"><i style=\"background:#{color}\"></i>{}</span>",
                escaped(&series.name)
            ));
        }
    }
    format!(
        "<figure>\n<figcaption>{}{legend}</figcaption>\n{picture}\
         <details><summary>Figures</summary>{}</details>\n</figure>\n",
        escaped(&title),
        html_table(&chart.as_table())
    )
}

const WIDTH: f32 = 720.0;
const PLOT_LEFT: f32 = 64.0;
const PLOT_HEIGHT: f32 = 180.0;
const BAR: f32 = 11.0;

fn count(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

fn svg(height: f32, title: &str, content: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">{content}</svg>\n",
        escaped(title)
    )
}

fn label(x: f32, y: f32, anchor: &str, text: &str) -> String {
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escaped(text)
    )
}

fn stroke(points: &[(f32, f32)], color: Color, width: f32) -> String {
    let points: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    format!(
        "<polyline fill=\"none\" stroke=\"#{}\" stroke-width=\"{width}\" points=\"{}\"/>",
        color.hex(),
        points.join(" ")
    )
}

fn lines(chart: &Chart) -> String {
    let scale = Scale::of(chart);
    let right = WIDTH - 8.0;
    let y_of = |share: f32| 8.0 + PLOT_HEIGHT * (1.0 - share);
    let mut content = String::new();
    for (share, text) in scale.marks() {
        let y = y_of(share);
        content.push_str(&stroke(&[(PLOT_LEFT, y), (right, y)], palette::BORDER, 1.0));
        content.push_str(&label(PLOT_LEFT - 8.0, y + 4.0, "end", &text));
    }
    let step = (right - PLOT_LEFT) / count(chart.categories.len().max(1));
    let x_of = |at: usize| PLOT_LEFT + step * (count(at) + 0.5);
    for (at, category) in chart.categories.iter().enumerate() {
        content.push_str(&label(x_of(at), PLOT_HEIGHT + 26.0, "middle", category));
    }
    for (at, series) in chart.series.iter().enumerate() {
        let color = palette::series(at, chart.series.len());
        // A gap in the values is a gap in the line.
        for run in series
            .values
            .iter()
            .enumerate()
            .collect::<Vec<_>>()
            .split(|(_, value)| value.is_none())
        {
            let points: Vec<(f32, f32)> = run
                .iter()
                .filter_map(|(at, value)| Some((x_of(*at), y_of(scale.share((**value)?)))))
                .collect();
            for (x, y) in &points {
                let hex = color.hex();
                content.push_str(&format!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#{hex}\"/>"
                ));
            }
            if points.len() > 1 {
                content.push_str(&stroke(&points, color, 2.0));
            }
        }
    }
    svg(PLOT_HEIGHT + 34.0, &chart.title, &content)
}

fn bars(chart: &Chart) -> String {
    let scale = Scale::of(chart);
    let left = 200.0;
    let width = WIDTH - left - 100.0;
    let row = BAR * count(chart.series.len()) + 9.0;
    let zero = left + width * scale.share(0);
    let table = chart.as_table();
    let mut content = String::new();
    for (at, category) in chart.categories.iter().enumerate() {
        let top = row * count(at) + 4.0;
        let middle = top + BAR * count(chart.series.len()) / 2.0;
        // Longer names would run into the bars; the table below has them in full.
        let mut name: String = category.chars().take(30).collect();
        if name.len() < category.len() {
            name.push('\u{2026}');
        }
        content.push_str(&label(left - 8.0, middle + 4.0, "end", &name));
        for (number, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(at).copied().flatten() else {
                continue;
            };
            let end = left + width * scale.share(value);
            let y = top + BAR * count(number);
            let color = palette::series(number, chart.series.len()).hex();
            content.push_str(&format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#{color}\"/>",
                zero.min(end),
                y + 1.0,
                (end - zero).abs().max(1.0),
                BAR - 2.0
            ));
            let cell = table.rows.get(at).and_then(|row| row.cells.get(number + 1));
            let shown = cell.map(Cell::shown).unwrap_or_default();
            content.push_str(&label(zero.max(end) + 5.0, y + BAR - 1.5, "start", &shown));
        }
    }
    let height = row * count(chart.categories.len()) + 8.0;
    let axis = [(zero, 0.0), (zero, height)];
    content.push_str(&stroke(&axis, palette::BORDER_STRONG, 1.0));
    svg(height, &chart.title, &content)
}

fn style(paper: Paper, report: &Report) -> String {
    let is_wide = report
        .blocks
        .iter()
        .any(|block| matches!(block, Block::Table(table) if table.columns.len() > 8));
    let size = match paper {
        Paper::A4 => "A4",
        Paper::Letter => "letter",
    };
    let side = if is_wide { "landscape" } else { "portrait" };
    let hex = |color: Color| color.hex();
    format!(
        "@page{{size:{size} {side};margin:14mm}}\
         :root{{color-scheme:light}}\
         body{{margin:0;background:#F7F8FA;color:#{text};font:15px/1.5 Inter,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}}\
         main{{max-width:{width}px;margin:24px auto;padding:32px 40px;background:#fff;border:1px solid #{border};border-radius:10px}}\
         header{{border-bottom:1px solid #{strong_border};margin-bottom:20px}}\
         h1{{font-size:26px;line-height:1.2;margin:0 0 6px;color:#{strong}}}\
         header p{{color:#{secondary};font-size:13px;margin:0 0 14px}}\
         h2{{font-size:18px;margin:28px 0 8px;color:#{strong};break-after:avoid}}\
         p{{max-width:76ch;margin:8px 0}}\
         .scroll{{overflow-x:auto}}\
         table{{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums;margin:8px 0}}\
         thead{{display:table-header-group}}\
         th{{text-align:left;vertical-align:bottom;color:#{secondary};background:#{sunken};font-weight:600;padding:7px 8px;border-bottom:1px solid #{strong_border}}}\
         td{{padding:6px 8px;border-bottom:1px solid #{border};vertical-align:top}}\
         td.r,th.r{{text-align:right}}td.r{{white-space:nowrap}}\
         tr{{break-inside:avoid}}\
         tr.total td{{font-weight:600;background:#{sunken};border-top:1px solid #{strong_border}}}\
         figure{{margin:18px 0;break-inside:avoid}}\
         figcaption{{font-weight:600;font-size:14px;color:#{strong}}}\
         .key{{font-weight:400;color:#{secondary};margin-left:16px;font-size:13px}}\
         .key i{{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}}\
         svg{{width:100%;max-width:760px;height:auto;display:block}}\
         svg text{{font-size:12px;fill:#{secondary};font-variant-numeric:tabular-nums}}\
         details{{margin-top:20px;color:#{secondary};font-size:13px}}figure details{{margin-top:4px}}\
         dl{{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px}}dd{{margin:0;overflow-wrap:anywhere}}\
         details td{{overflow-wrap:anywhere}}\
         @media print{{body{{background:#fff;font-size:10.5pt}}main{{border:0;margin:0;padding:0;max-width:none}}\
         table{{font-size:8.5pt}}.scroll{{overflow:visible}}figure details{{display:none}}}}",
        text = hex(palette::TEXT),
        strong = hex(palette::STRONG),
        secondary = hex(palette::SECONDARY),
        border = hex(palette::BORDER),
        strong_border = hex(palette::BORDER_STRONG),
        sunken = hex(palette::SUNKEN),
        width = if is_wide { 1280 } else { 880 },
    )
}
