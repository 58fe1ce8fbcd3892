//! Tables as files have them: encodings, delimiters, quotes, limits, and bytes that are no table.

use proptest::prelude::*;

use super::*;

fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    let file = CsvFile::read(bytes).unwrap();
    let own = |record: Record<'_>| {
        (
            record.line,
            record.cells.iter().map(ToString::to_string).collect(),
        )
    };
    file.records().map(|record| own(record.unwrap())).collect()
}

fn cells(rows: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
    rows.iter()
        .map(|(line, cells)| (*line, cells.iter().map(ToString::to_string).collect()))
        .collect()
}

#[test]
fn lines_are_counted_through_quotes_blank_lines_and_all_line_ends() {
    let text = b"a,b\r\n\r\n\"x\r\ny\",\"say \"\"hi\"\"\"\r\n,\r\n1,2\r3,4\n5,6";
    let expected: [(u64, &[&str]); 5] = [
        (1, &["a", "b"]),
        (3, &["x\ny", "say \"hi\""]),
        (6, &["1", "2"]),
        (7, &["3", "4"]),
        (8, &["5", "6"]),
    ];
    assert_eq!(rows(text), cells(&expected));
}

#[test]
fn delimiters_are_found_by_consistency() {
    for (text, delimiter) in [
        ("name;cost\nA;1,5\nB;2,5\n", ';'),
        ("name\tcost\nA, B and C\t1,5\nD, E\t2,5\n", '\t'),
        ("name|cost\nA|1\n", '|'),
        ("name,cost\n\"A;B;C\",1\n\"D;E;F\",2\n", ','),
        (
            "Report of 3 May, 2026\n\nname;cost;owner\nA;1;X\nB;2;Y\n",
            ';',
        ),
        ("sep=;\na;b,c,d\n", ';'),
    ] {
        assert_eq!(
            CsvFile::read(text.as_bytes()).unwrap().delimiter(),
            delimiter,
            "{text}"
        );
    }
    assert_eq!(rows(b"sep=;\na;b\n"), cells(&[(2, &["a", "b"])]));
}

#[test]
fn a_file_without_columns_says_what_was_looked_for() {
    let error = CsvFile::read(b"name^cost\nA^1\n").unwrap_err();
    let expected = "no columns found: neither comma, semicolon, tab nor \"|\" separates the cells of its lines, \
                    of which the first is \"name^cost\"";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn encodings_with_and_without_a_mark() {
    let text = "name,città\nMüller,Zürich\n";
    let utf_16 =
        |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
    let ansi = b"name,citt\xe0\nM\xfcller,Z\xfcrich\n".to_vec();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        (marked(b"\xef\xbb\xbf", text.as_bytes().to_vec()), "UTF-8"),
        (utf_16(u16::to_le_bytes), "UTF-16 (little-endian)"),
        (utf_16(u16::to_be_bytes), "UTF-16 (big-endian)"),
        (
            marked(b"\xff\xfe", utf_16(u16::to_le_bytes)),
            "UTF-16 (little-endian)",
        ),
        (
            marked(b"\xfe\xff", utf_16(u16::to_be_bytes)),
            "UTF-16 (big-endian)",
        ),
        (ansi, "Windows-1252"),
    ] {
        assert_eq!(CsvFile::read(&bytes).unwrap().encoding(), encoding);
        assert_eq!(
            rows(&bytes),
            cells(&[(1, &["name", "città"]), (2, &["Müller", "Zürich"])]),
            "{encoding}"
        );
    }
}

#[test]
fn one_broken_character_among_good_ones_is_replaced_and_counted() {
    let mut bytes = "name,city\n".as_bytes().to_vec();
    bytes.extend("Müller,Zürich\n".repeat(10).as_bytes());
    bytes.extend(b"M\xc3,Bern\n");
    let file = CsvFile::read(&bytes).unwrap();
    assert_eq!((file.encoding(), file.replaced()), ("UTF-8", 1));
}

#[test]
fn files_of_other_kinds_are_named() {
    for (bytes, expected) in [
        (b"PK\x03\x04rest".as_slice(), "a packed file"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "an old Excel or Office file (XLS), or a spreadsheet with a password",
        ),
        (b"a,b\n\0\0\0\0,\x01", "a binary file"),
        (b"\n<HTML><table>", "a web page or XML file"),
    ] {
        let error = CsvFile::read(bytes).unwrap_err();
        assert!(
            matches!(error, FileError::OtherKind { kind, .. } if kind == expected),
            "{error}"
        );
    }
    assert_eq!(CsvFile::read(b""), Err(FileError::Empty));
    assert_eq!(CsvFile::read(b" \r\n\n"), Err(FileError::Empty));
}

#[test]
fn an_open_quote_does_not_swallow_the_rest() {
    let file = CsvFile::read(b"a,b\n\"x,1\ny,2\n\"\",3\n").unwrap();
    let records: Vec<_> = file.records().map(Result::unwrap).collect();
    let shown: Vec<_> = records
        .iter()
        .map(|r| (r.line, r.cells.join("/"), r.has_open_quote))
        .collect();
    let expected = [
        (1, "a/b", false),
        (2, "\"x/1", true),
        (3, "y/2", false),
        (4, "/3", false),
    ];
    assert_eq!(
        shown,
        expected.map(|(line, cells, open)| (line, cells.to_owned(), open))
    );
}

#[test]
fn limits_are_met_at_the_limit() {
    let wide = |columns: usize| format!("{}\n", vec!["x"; columns].join(","));
    assert!(CsvFile::read(wide(limits::IMPORT_COLUMNS).as_bytes()).is_ok());
    let too_wide = wide(limits::IMPORT_COLUMNS + 1);
    assert_eq!(
        CsvFile::read(too_wide.as_bytes()),
        Err(FileError::TooManyColumns { line: 1 })
    );
    let long = "a,b\n".repeat(limits::IMPORT_ROWS);
    assert_eq!(
        CsvFile::read(long.as_bytes())
            .unwrap()
            .records()
            .flatten()
            .count(),
        limits::IMPORT_ROWS
    );
    let too_long = format!("{long}a,b\n");
    let file = CsvFile::read(too_long.as_bytes()).unwrap();
    assert_eq!(file.records().last(), Some(Err(FileError::TooManyRows)));
    let bytes = vec![b','; usize::try_from(limits::IMPORT_BYTES).unwrap() + 1];
    assert_eq!(CsvFile::read(&bytes), Err(FileError::TooLarge));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(file) = CsvFile::read(&bytes) {
            for record in file.records() {
                let Ok(record) = record else { break };
                prop_assert!(!record.cells.is_empty());
            }
        }
    }

    #[test]
    fn any_text_of_quotes_and_delimiters_is_read(text in "[\",;\n\ra|\t]{0,200}") {
        if let Ok(file) = CsvFile::read(text.as_bytes()) {
            prop_assert!(file.records().all(|record| record.is_ok()));
        }
    }

    #[test]
    fn what_another_program_writes_is_read_back(
        table in prop::collection::vec(prop::collection::vec("[a-z\",;\n é]{0,8}", 3), 1..20),
        delimiter in prop::sample::select(DELIMITERS.to_vec()),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let read: Vec<Vec<String>> = Records::new(&text, delimiter)
            .map(|record| record.unwrap().cells.iter().map(ToString::to_string).collect())
            .collect();
        let is_blank = |row: &&Vec<String>| row.iter().all(|cell| cell.trim().is_empty());
        let expected: Vec<_> = table.iter().filter(|row| !is_blank(row)).cloned().collect();
        prop_assert_eq!(read, expected);
    }
}
