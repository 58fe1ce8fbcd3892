//! Reports as other programs see them: `LibreOffice`, poppler, python-pptx, Python's icalendar.
//!
//! Each test names itself skipped where its program is not installed. Those of `LibreOffice` take seconds and run with
//! `ADJ_SLOW=1`.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

use super::*;

/// Runs a program and returns what it printed; `None` after naming the test as skipped if there is no such program.
fn run(test: &str, program: &str, arguments: &[&str]) -> Option<String> {
    let Ok(output) = Command::new(program).args(arguments).output() else {
        println!("skipped: {test} needs {program}");
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Tells whether Python has a module, after naming the test as skipped if not.
fn has_python(test: &str, module: &str) -> bool {
    let import = format!("import {module}");
    let output = Command::new("python3").args(["-c", &import]).output();
    let is_there = output.is_ok_and(|output| output.status.success());
    if !is_there {
        println!("skipped: {test} needs python3 with {module}");
    }
    is_there
}

/// Tells whether slow tests run, after naming the test as skipped if not.
fn is_slow_wanted(test: &str) -> bool {
    let is_wanted = std::env::var_os("ADJ_SLOW").is_some();
    if !is_wanted {
        println!("skipped: {test} is slow; set ADJ_SLOW=1");
    }
    is_wanted
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Has `LibreOffice` convert a file in the folder; `None` if it is not installed.
fn convert(test: &str, folder: &Path, file: &str, to: &str) -> Option<Vec<u8>> {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let out = folder.join("out");
    let out = out.to_str().unwrap();
    let arguments = [
        &profile,
        "--headless",
        "--convert-to",
        to,
        "--outdir",
        out,
        file,
    ];
    run(test, "soffice", &arguments)?;
    let name = Path::new(file).file_stem().unwrap().to_str().unwrap();
    Some(std::fs::read(Path::new(out).join(format!("{name}.{to}"))).unwrap())
}

/// Takes the stored results of formulas out of a spreadsheet, so that whoever opens it must compute them.
fn without_results(bytes: Vec<u8>) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut stripped = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        if name.starts_with("xl/worksheets/sheet") {
            let text = String::from_utf8(content).unwrap();
            let mut parts = text.split("</f>");
            let mut kept = parts.next().unwrap().to_owned();
            for part in parts {
                let (value, rest) = part.split_once("</v>").unwrap();
                assert!(value.starts_with("<v>"), "{value}");
                kept.push_str("</f>");
                kept.push_str(rest);
            }
            content = kept.into_bytes();
        }
        let options = zip::write::SimpleFileOptions::default();
        stripped.start_file(name, options).unwrap();
        stripped.write_all(&content).unwrap();
    }
    stripped.finish().unwrap().into_inner()
}

#[test]
fn libreoffice_computes_the_figures_of_the_report() {
    let test = "libreoffice_computes_the_figures_of_the_report";
    if !is_slow_wanted(test) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = budget();
    let bytes = render(&report, &provenance(), FileForm::Xlsx, Paper::A4).unwrap();
    let file = write(folder.path(), "budget.xlsx", &without_results(bytes));
    let Some(computed) = convert(test, folder.path(), &file, "ods") else {
        return;
    };
    let file = write(folder.path(), "computed.ods", &computed);
    let again = convert(test, folder.path(), &file, "xlsx").unwrap();
    check_sheets(&report, again);
}

#[test]
fn libreoffice_opens_slides_and_shows_every_figure() {
    let test = "libreoffice_opens_slides_and_shows_every_figure";
    if !is_slow_wanted(test) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = budget();
    let bytes = render(&report, &provenance(), FileForm::Pptx, Paper::A4).unwrap();
    let file = write(folder.path(), "budget.pptx", &bytes);
    let Some(pdf) = convert(test, folder.path(), &file, "pdf") else {
        return;
    };
    let file = write(folder.path(), "slides.pdf", &pdf);
    let Some(text) = run(test, "pdftotext", &["-layout", &file, "-"]) else {
        return;
    };
    for amount in cells(&report)
        .iter()
        .filter(|text| text.contains('.') && !text.contains(' '))
    {
        assert!(text.contains(amount.as_str()), "{amount}");
    }
}

#[test]
fn the_text_of_a_pdf_file_can_be_copied() {
    let test = "the_text_of_a_pdf_file_can_be_copied";
    let folder = tempfile::tempdir().unwrap();
    for report in reports() {
        let bytes = render(&report, &provenance(), FileForm::Pdf, Paper::Letter).unwrap();
        assert!(bytes.starts_with(b"%PDF-"));
        let file = write(folder.path(), "report.pdf", &bytes);
        let Some(text) = run(test, "pdftotext", &["-layout", &file, "-"]) else {
            return;
        };
        let pages = page::layout(&report, &provenance(), Paper::Letter).len();
        assert!(text.contains(&format!("Page {pages} of {pages}")));
        for word in cells(&report)
            .iter()
            .flat_map(|text| text.split_whitespace())
        {
            assert!(text.contains(word), "{word} is not in {}", report.title);
        }
        let about = run(test, "pdfinfo", &[&file]).unwrap();
        assert!(about.contains(&report.title), "{about}");
        assert!(about.contains("792") && about.contains("612"), "{about}");
        assert!(bytes.windows(5).any(|window| window == b"/Lang"));
    }
}

#[test]
fn python_reads_slides_with_native_tables_and_charts() {
    let test = "python_reads_slides_with_native_tables_and_charts";
    if !has_python(test, "pptx") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = budget();
    let bytes = render(&report, &provenance(), FileForm::Pptx, Paper::A4).unwrap();
    let file = write(folder.path(), "budget.pptx", &bytes);
    let script = "import sys, pptx, zipfile, io\n\
        p = pptx.Presentation(sys.argv[1])\n\
        shapes = [s for slide in p.slides for s in slide.shapes]\n\
        print(p.core_properties.title)\n\
        chart = [s.chart for s in shapes if s.has_chart][0]\n\
        print([(s.name, list(s.values)[0]) for s in chart.plots[0].series])\n\
        print(zipfile.ZipFile(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)).testzip())\n\
        rows = [r for s in shapes if s.has_table for r in s.table.rows]\n\
        print(len(rows), sum(s.has_table for s in shapes))\n\
        print(all(slide.shapes.title.text for slide in p.slides))\n\
        print('\\n'.join(c.text for r in rows for c in r.cells))\n";
    let said = run(test, "python3", &["-c", script, &file]).unwrap();
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some(report.title.as_str()));
    assert_eq!(
        lines.next(),
        Some("[('Plan', 276275.23), ('Actual', 280630.44)]")
    );
    assert_eq!(lines.next(), Some("None"), "the workbook inside is whole");
    let (rows, tables) = lines.next().unwrap().split_once(' ').unwrap();
    let mut wanted = 0;
    for block in &report.blocks {
        if let Block::Table(table) = block {
            wanted += table.rows.len();
        }
    }
    let heads: usize = tables.parse().unwrap();
    assert_eq!(rows.parse::<usize>().unwrap(), wanted + heads);
    assert_eq!(lines.next(), Some("True"), "every slide has a title");
    for cell in cells(&report) {
        assert!(said.contains(&cell), "{cell}");
    }
}

#[test]
fn python_reads_the_days_of_a_calendar() {
    let test = "python_reads_the_days_of_a_calendar";
    if !has_python(test, "icalendar") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let entries = dates::of(&board());
    let bytes = calendar("Days to come", &entries, &provenance());
    let file = write(folder.path(), "days.ics", &bytes);
    let script = "import sys, icalendar\n\
        c = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())\n\
        print(c['X-WR-CALNAME'])\n\
        for e in c.walk('VEVENT'):\n\
        \x20   print(e['UID'], e['DTSTART'].dt, (e['DTEND'].dt - e['DTSTART'].dt).days, len(e.walk('VALARM')))\n";
    let said = run(test, "python3", &["-c", script, &file]).unwrap();
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("Days to come"));
    let wanted = entries.iter().map(|entry| {
        let alarms = entry.remind_days.len();
        format!("{}@adjutant {} 1 {alarms}", entry.record, entry.day)
    });
    assert_eq!(
        lines.map(str::to_owned).collect::<Vec<_>>(),
        wanted.collect::<Vec<_>>()
    );
}

#[test]
fn python_reads_the_drafts_of_mails() {
    let test = "python_reads_the_drafts_of_mails";
    if !has_python(test, "email") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "import sys, email, email.policy\n\
        m = email.message_from_file(open(sys.argv[1], newline=''), policy=email.policy.default)\n\
        print(m['X-Unsent'], m['Subject'], '|', m['X-Adjutant-Contenthash'])\n\
        print([(a.display_name, a.addr_spec) for a in m['To'].addresses] if m['To'] else [])\n\
        print([(p.get_content_type(), p.get_filename()) for p in m.walk()], m.defects)\n\
        print([p.get_content()[:5] for p in m.iter_attachments()])\n\
        print(m.get_body(('plain',)).get_content())\n";
    for report in reports() {
        let bytes = render(&report, &provenance(), FileForm::Eml, Paper::A4).unwrap();
        let file = write(folder.path(), "report.eml", &bytes);
        let said = run(test, "python3", &["-c", script, &file]).unwrap();
        let mut lines = said.lines();
        let hash = provenance().content_hash();
        let first = format!("1 {} | {hash}", report.title);
        assert_eq!(lines.next(), Some(first.as_str()));
        for recipient in &report.to {
            let named = format!("('{}', '{}')", recipient.name, recipient.email);
            assert!(said.contains(&named), "{named} in {said}");
        }
        let is_message = !report
            .blocks
            .iter()
            .any(|block| matches!(block, Block::Table(_)));
        lines.next();
        let parts = lines.next().unwrap();
        assert!(parts.ends_with("] []"), "no defects: {parts}");
        assert_eq!(parts.contains("application/pdf"), !is_message, "{parts}");
        assert_eq!(
            lines.next(),
            Some(if is_message { "[]" } else { "[b'%PDF-']" })
        );
        let wanted: Vec<String> = report
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Paragraph(text) => Some(text.clone()),
                Block::Heading(_) | Block::Table(_) | Block::Chart(_) => None,
            })
            .collect();
        assert!(wanted.iter().all(|text| said.contains(text)), "{said}");
    }
}
