//! The file of slides: its parts, their relations and types, packed with fixed times.
//!
//! Source: ECMA-376, part 2 (packages). Everything that does not depend on the report is a constant here.

use std::io::{Cursor, Write as _};

use adjutant_model::report::{Chart, Report};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::parts::{emu, escaped, foot};
use super::{HEIGHT, SIDE, WIDTH, chart, palette};
use crate::report::RenderError;
use crate::report::provenance::Provenance;

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const SPACES: &str = "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
    xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const TYPES: &str = "application/vnd.openxmlformats-officedocument";
const MAP: &str = "<p:clrMap bg1=\"lt1\" tx1=\"dk1\" bg2=\"lt2\" tx2=\"dk2\" accent1=\"accent1\" accent2=\"accent2\" \
    accent3=\"accent3\" accent4=\"accent4\" accent5=\"accent5\" accent6=\"accent6\" hlink=\"hlink\" folHlink=\"folHlink\"/>";
const GROUP: &str =
    "<p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>";

/// A file of slides being made.
pub(super) struct Package {
    /// Name and bytes of the parts, in the order in which they are packed.
    parts: Vec<(String, Vec<u8>)>,
    slides: usize,
    charts: usize,
    /// Whether the next slide is that of the newest chart.
    has_chart: bool,
}

impl Package {
    pub(super) fn new(report: &Report, provenance: &Provenance) -> Self {
        let mut package = Self {
            parts: Vec::new(),
            slides: 0,
            charts: 0,
            has_chart: false,
        };
        package.add(
            "_rels/.rels",
            relations(&[
                ("officeDocument", "ppt/presentation.xml"),
                ("core", "docProps/core.xml"),
                ("extended-properties", "docProps/app.xml"),
            ]),
        );
        package.add("docProps/core.xml", core(report, provenance));
        package.add(
            "docProps/app.xml",
            format!(
                "{XML}<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\">\
                 <Application>Adjutant</Application></Properties>"
            ),
        );
        package.add("ppt/theme/theme1.xml", theme());
        package.add("ppt/slideMasters/slideMaster1.xml", master());
        package.add(
            "ppt/slideMasters/_rels/slideMaster1.xml.rels",
            relations(&[
                ("slideLayout", "../slideLayouts/slideLayout1.xml"),
                ("theme", "../theme/theme1.xml"),
            ]),
        );
        package.add("ppt/slideLayouts/slideLayout1.xml", slide_layout());
        package.add(
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels",
            relations(&[("slideMaster", "../slideMasters/slideMaster1.xml")]),
        );
        package
    }

    fn add(&mut self, name: &str, content: String) {
        self.parts.push((name.to_owned(), content.into_bytes()));
    }

    /// Adds a chart for the slide that comes next.
    pub(super) fn chart(&mut self, figures: &Chart) -> Result<(), RenderError> {
        self.charts += 1;
        self.has_chart = true;
        let number = self.charts;
        self.add(
            &format!("ppt/charts/chart{number}.xml"),
            chart::part(figures),
        );
        let book = format!("../embeddings/figures{number}.xlsx");
        self.add(
            &format!("ppt/charts/_rels/chart{number}.xml.rels"),
            relations(&[("package", &book)]),
        );
        let book = format!("ppt/embeddings/figures{number}.xlsx");
        self.parts.push((book, chart::workbook(figures)?));
        Ok(())
    }

    /// Adds a slide with these shapes; the first has no foot.
    pub(super) fn slide(&mut self, shapes: &str, (line, number, is_cover): (&str, usize, bool)) {
        self.slides += 1;
        let at = self.slides;
        let foot = if is_cover {
            String::new()
        } else {
            foot(line, number)
        };
        let slide = format!(
            "{XML}<p:sld {SPACES}><p:cSld><p:spTree>{GROUP}{shapes}{foot}</p:spTree></p:cSld>\
             <p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sld>"
        );
        self.add(&format!("ppt/slides/slide{at}.xml"), slide);
        let chart = format!("../charts/chart{}.xml", self.charts);
        let mut related = vec![("slideLayout", "../slideLayouts/slideLayout1.xml")];
        if std::mem::take(&mut self.has_chart) {
            related.push(("chart", &chart));
        }
        self.add(
            &format!("ppt/slides/_rels/slide{at}.xml.rels"),
            relations(&related),
        );
    }

    /// Packs the file.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, RenderError> {
        self.presentation();
        let types = self.types();
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default());
        let first = ("[Content_Types].xml".to_owned(), types.into_bytes());
        for (name, bytes) in std::iter::once(first).chain(self.parts) {
            zip.start_file(name, options)?;
            zip.write_all(&bytes)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    fn presentation(&mut self) {
        let slides: String = (1..=self.slides)
            .map(|at| format!("<p:sldId id=\"{}\" r:id=\"rId{}\"/>", 255 + at, at + 2))
            .collect();
        let presentation = format!(
            "{XML}<p:presentation {SPACES}><p:sldMasterIdLst><p:sldMasterId id=\"2147483648\" r:id=\"rId1\"/></p:sldMasterIdLst>\
             <p:sldIdLst>{slides}</p:sldIdLst><p:sldSz cx=\"{}\" cy=\"{}\"/><p:notesSz cx=\"6858000\" cy=\"9144000\"/></p:presentation>",
            emu(WIDTH),
            emu(HEIGHT)
        );
        self.add("ppt/presentation.xml", presentation);
        let names: Vec<String> = (1..=self.slides)
            .map(|at| format!("slides/slide{at}.xml"))
            .collect();
        let mut related = vec![
            ("slideMaster", "slideMasters/slideMaster1.xml"),
            ("theme", "theme/theme1.xml"),
        ];
        related.extend(names.iter().map(|name| ("slide", name.as_str())));
        self.add("ppt/_rels/presentation.xml.rels", relations(&related));
    }

    fn types(&self) -> String {
        let part = |name: &str, kind: &str| {
            format!("<Override PartName=\"/{name}\" ContentType=\"{TYPES}.{kind}+xml\"/>")
        };
        let mut overrides = String::new();
        for (name, _) in &self.parts {
            let kind = match name.rsplit_once('/') {
                Some(("ppt/slides", _)) => "presentationml.slide",
                Some(("ppt/charts", _)) => "drawingml.chart",
                Some(("ppt/slideMasters", _)) => "presentationml.slideMaster",
                Some(("ppt/slideLayouts", _)) => "presentationml.slideLayout",
                Some(("ppt/theme", _)) => "theme",
                Some(("ppt", "presentation.xml")) => "presentationml.presentation.main",
                Some(("docProps", "app.xml")) => "extended-properties",
                _ => continue,
            };
            overrides.push_str(&part(name, kind));
        }
        format!(
            "{XML}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
             <Default Extension=\"xlsx\" ContentType=\"{TYPES}.spreadsheetml.sheet\"/>\
             <Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
             {overrides}</Types>"
        )
    }
}

/// Returns a list of relations, numbered from 1.
fn relations(related: &[(&str, &str)]) -> String {
    let list: String = related
        .iter()
        .enumerate()
        .map(|(at, (kind, target))| {
            let kind = match *kind {
                "core" => {
                    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
                        .to_owned()
                }
                kind => format!("{RELATION}/{kind}"),
            };
            format!(
                "<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"/>",
                at + 1
            )
        })
        .collect();
    format!(
        "{XML}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{list}</Relationships>"
    )
}

fn core(report: &Report, provenance: &Provenance) -> String {
    let made = provenance.made_at_utc().format("%Y-%m-%dT%H:%M:%SZ");
    format!(
        "{XML}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:creator>{}</dc:creator>\
         <dc:description>{}</dc:description><dc:language>en</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{made}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{made}</dcterms:modified></cp:coreProperties>",
        escaped(&report.title),
        escaped(&provenance.person),
        escaped(&provenance.line(report.as_of))
    )
}

/// The place and look of titles, for master and layout.
fn title_shape() -> String {
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"Title\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>\
         <p:nvPr><p:ph type=\"title\"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x=\"{}\" y=\"{}\"/><a:ext cx=\"{}\" cy=\"{}\"/></a:xfrm>\
         <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr>\
         <p:txBody><a:bodyPr lIns=\"0\" tIns=\"0\" rIns=\"0\" bIns=\"0\" anchor=\"b\"><a:normAutofit/></a:bodyPr><a:lstStyle/>\
         <a:p><a:r><a:rPr lang=\"en-GB\"/><a:t>Title</a:t></a:r></a:p></p:txBody></p:sp>",
        emu(SIDE),
        emu(24.0),
        emu(WIDTH - 2.0 * SIDE),
        emu(52.0)
    )
}

fn master() -> String {
    let strong = palette::STRONG.hex();
    let plain = "<a:lvl1pPr><a:defRPr sz=\"1600\"/></a:lvl1pPr>";
    format!(
        "{XML}<p:sldMaster {SPACES}><p:cSld><p:bg><p:bgPr><a:solidFill><a:schemeClr val=\"bg1\"/></a:solidFill><a:effectLst/></p:bgPr></p:bg>\
         <p:spTree>{GROUP}{}</p:spTree></p:cSld>{MAP}\
         <p:sldLayoutIdLst><p:sldLayoutId id=\"2147483649\" r:id=\"rId1\"/></p:sldLayoutIdLst>\
         <p:txStyles><p:titleStyle><a:lvl1pPr algn=\"l\"><a:defRPr sz=\"2600\" b=\"1\"><a:solidFill><a:srgbClr val=\"{strong}\"/></a:solidFill>\
         <a:latin typeface=\"+mj-lt\"/></a:defRPr></a:lvl1pPr></p:titleStyle><p:bodyStyle>{plain}</p:bodyStyle>\
         <p:otherStyle>{plain}</p:otherStyle></p:txStyles></p:sldMaster>",
        title_shape()
    )
}

fn slide_layout() -> String {
    format!(
        "{XML}<p:sldLayout {SPACES} type=\"titleOnly\" preserve=\"1\"><p:cSld name=\"Title only\"><p:spTree>{GROUP}{}</p:spTree></p:cSld>\
         <p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>",
        title_shape()
    )
}

fn theme() -> String {
    let rgb = |name: &str, color: palette::Color| {
        format!("<a:{name}><a:srgbClr val=\"{}\"/></a:{name}>", color.hex())
    };
    let [first, accent, third, fourth] = palette::SERIES;
    let colors = [
        rgb("dk1", palette::TEXT),
        rgb("lt1", palette::WHITE),
        rgb("dk2", palette::STRONG),
        rgb("lt2", palette::SUNKEN),
        rgb("accent1", accent),
        rgb("accent2", third),
        rgb("accent3", fourth),
        rgb("accent4", palette::tone(adjutant_model::report::Tone::Bad)),
        rgb("accent5", first),
        rgb("accent6", palette::SECONDARY),
        rgb("hlink", accent),
        rgb("folHlink", palette::SECONDARY),
    ]
    .concat();
    let fonts = ["major", "minor"]
        .map(|name| {
            format!(
                "<a:{name}Font><a:latin typeface=\"Calibri\"/><a:ea typeface=\"\"/><a:cs typeface=\"\"/></a:{name}Font>"
            )
        })
        .concat();
    let fill = "<a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill>";
    let line = format!("<a:ln w=\"9525\">{fill}</a:ln>");
    let effect = "<a:effectStyle><a:effectLst/></a:effectStyle>";
    format!(
        "{XML}<a:theme xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" name=\"Adjutant\"><a:themeElements>\
         <a:clrScheme name=\"Adjutant\">{colors}</a:clrScheme><a:fontScheme name=\"Adjutant\">{fonts}</a:fontScheme>\
         <a:fmtScheme name=\"Adjutant\"><a:fillStyleLst>{fill}{fill}{fill}</a:fillStyleLst><a:lnStyleLst>{line}{line}{line}</a:lnStyleLst>\
         <a:effectStyleLst>{effect}{effect}{effect}</a:effectStyleLst><a:bgFillStyleLst>{fill}{fill}{fill}</a:bgFillStyleLst></a:fmtScheme>\
         </a:themeElements></a:theme>"
    )
}
