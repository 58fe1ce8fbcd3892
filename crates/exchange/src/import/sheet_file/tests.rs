//! Spreadsheets give the same records as their CSV, and hostile ones a sentence.

use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;
use crate::import::{keep_going, projects};

fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn ods(body: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\">\
         <office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    );
    packed(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("content.xml", content.as_bytes()),
    ])
}

fn texts(bytes: &[u8]) -> Vec<(String, String)> {
    let (sheets, _) = sheets(bytes).unwrap();
    sheets
        .into_iter()
        .map(|sheet| (sheet.name, sheet.text))
        .collect()
}

fn refusal(bytes: &[u8]) -> String {
    tables(bytes).unwrap_err().to_string()
}

/// A workbook with a sheet of words before the sheet of projects.
fn workbook(is_1904: bool) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Read me").unwrap();
    sheet.write_string(0, 0, "About this file").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("Portfolio").unwrap();
    for (column, title) in (0_u16..).zip(["Project", "Start", "Planned cost", "Notes"]) {
        sheet.write_string(2, column, title).unwrap();
    }
    let day = Format::new().set_num_format("d/m/yy");
    sheet.write_string(3, 0, "Move, the \"big\" one").unwrap();
    let start = ExcelDateTime::from_ymd(2026, 5, 3).unwrap();
    sheet
        .write_datetime_with_format(3, 1, &start, &day)
        .unwrap();
    sheet.write_number(3, 2, 0.1 + 0.2).unwrap();
    sheet.write_string(3, 3, "first line\nsecond line").unwrap();
    sheet.write_string(5, 0, "Late").unwrap();
    sheet
        .write_formula(
            5,
            2,
            rust_xlsxwriter::Formula::new("=1000+234.5").set_result("1234.5"),
        )
        .unwrap();
    let bytes = book.save_to_buffer().unwrap();
    assert!(!is_1904);
    bytes
}

#[test]
fn a_sheet_becomes_records_with_the_numbers_of_its_rows() {
    let texts = texts(&workbook(false));
    assert_eq!(texts[0].0, "Read me");
    assert_eq!(
        texts[1].1,
        "\n\nProject,Start,Planned cost,Notes\n\
         \"Move, the \"\"big\"\" one\",2026-05-03,0.3,\"first line\u{2028}second line\"\n\n\
         Late,,1234.5\n"
    );
}

#[test]
fn a_workbook_is_imported_like_csv_from_the_sheet_that_fits() {
    let imported = projects::import(
        &workbook(false),
        &projects::ProjectOptions::default(),
        &mut keep_going,
    )
    .unwrap();
    assert_eq!((imported.summary.rows, imported.summary.rows_used), (2, 2));
    assert_eq!(imported.summary.sheet.as_deref(), Some("Portfolio"));
    assert_eq!(imported.summary.encoding, "XLSX");
    let said = format!("{:?}", imported.commands);
    assert!(said.contains("first line\\nsecond line"), "{said}");
    assert!(
        said.contains("Start(Some(2026-05-03))") && said.contains("123450"),
        "{said}"
    );
    assert!(said.contains(", line 4"), "the row of the sheet: {said}");
}

#[test]
fn an_ods_sheet_gives_values_and_not_what_they_look_like() {
    let body = "<table:table table:name=\"A &amp; B\"><table:table-row>\
        <table:table-cell office:value-type=\"string\"><text:p>Name</text:p><text:p>of &amp; it</text:p></table:table-cell>\
        <table:table-cell table:number-columns-repeated=\"2\"/>\
        <table:table-cell office:value-type=\"float\" office:value=\"1234.5\"><text:p>1.234,50 €</text:p></table:table-cell>\
        </table:table-row><table:table-row table:number-rows-repeated=\"3\"><table:table-cell/></table:table-row>\
        <table:table-row><table:table-cell office:value-type=\"date\" office:date-value=\"2026-05-03T00:00:00\"><text:p>3.5.26</text:p>\
        </table:table-cell></table:table-row>\
        <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>\
        </table:table>";
    let found = texts(&ods(body));
    assert_eq!(
        found,
        [(
            "A & B".to_owned(),
            "\"Name\u{2028}of & it\",,,1234.5\n\n\n\n2026-05-03\n".to_owned()
        )]
    );
}

#[test]
fn what_claims_to_be_huge_is_refused_by_name() {
    let cell = "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"1000000000\"><text:p>x</text:p></table:table-cell>";
    let wide = format!(
        "<table:table table:name=\"Wide\"><table:table-row>{cell}</table:table-row></table:table>"
    );
    assert_eq!(
        refusal(&ods(&wide)),
        "sheet \"Wide\", line 1: more than the 1000 columns that one import may have"
    );
    let cell =
        "<table:table-cell office:value-type=\"string\"><text:p>x</text:p></table:table-cell>";
    let high = format!(
        "<table:table table:name=\"High\"><table:table-row table:number-rows-repeated=\"4000000000\">{cell}</table:table-row></table:table>"
    );
    assert!(refusal(&ods(&high)).contains("200000 rows"));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Far").unwrap();
    sheet.write_string(6, 4_999, "x").unwrap();
    let far = book.save_to_buffer().unwrap();
    assert_eq!(
        refusal(&far),
        "sheet \"Far\", line 7: more than the 1000 columns that one import may have"
    );
    let mut book = Workbook::new();
    book.add_worksheet()
        .write_string(1_048_575, 0, "x")
        .unwrap();
    let last = book.save_to_buffer().unwrap();
    assert_eq!(
        tables(&last).unwrap().len(),
        1,
        "one cell in the last row is one row"
    );
}

#[test]
fn a_bomb_is_counted_and_not_kept() {
    let zeros = vec![b' '; 70 << 20];
    let bomb = packed(&[("xl/workbook.xml", &zeros)]);
    assert!(bomb.len() < 1 << 20);
    assert!(refusal(&bomb).contains("64 MiB"));
}

#[test]
fn other_packed_files_and_broken_ones_are_named() {
    assert!(refusal(&packed(&[("a.txt", b"x")])).contains("without a spreadsheet"));
    let whole = workbook(false);
    assert!(refusal(&whole[..whole.len() / 2]).contains("cannot be read"));
    assert!(refusal(&packed(&[("content.xml", b"<a><b></a>")])).contains("cannot be read"));
    let entities = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><table:table table:name=\"E\"><table:table-row>\
        <table:table-cell><text:p>&b;</text:p></table:table-cell></table:table-row></table:table>";
    let parts = packed(&[("content.xml", entities.as_bytes())]);
    assert_eq!(
        texts(&parts)[0].1,
        "&b;\n",
        "entities of the file's own are not followed"
    );
}
