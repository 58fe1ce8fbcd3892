//! Every form of a report says the same, is the same bytes twice, and is read back by programs that are not ours.

mod outside;

use std::collections::BTreeSet;
use std::io::Cursor;

use adjutant_base::{ChangeHash, CompartmentId, ContentHash, DocumentId, RecordId, Timestamp};
use adjutant_model::command::Context;
use adjutant_model::money::Currency;
use adjutant_model::preview::board_of;
use adjutant_model::report::templates::{self, Template};
use adjutant_model::report::{Align, Block, Cell, Column, Recipient, Row, Table, Tone, dates};
use adjutant_model::sample::{Size, department};
use adjutant_model::{Board, Command, Fields, Kind};
use calamine::{Data, Reader as _, Xlsx};

use super::*;

pub(crate) fn provenance() -> Provenance {
    Provenance {
        person: "Anna & \"Ada\" <Meyer>".to_owned(),
        made_at: "2026-11-24T14:05:00".parse().unwrap(),
        utc_offset_s: 3_600,
        documents: vec![DocumentVersion {
            document: DocumentId([7; 16]),
            title: "=cmd|' /C calc'!A0".to_owned(),
            heads: vec![ChangeHash([3; 32]), ChangeHash([2; 32])],
            content_hash: ContentHash([5; 32]),
        }],
        signed: Vec::new(),
    }
}

fn board() -> Board {
    let today = "2026-11-24".parse().unwrap();
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today,
        now: Timestamp(1_795_000_000_000),
    };
    let size = Size {
        vendors: 6,
        contracts: 15,
        licences: 12,
        meetings: 6,
        communications: 3,
        checklists: 2,
        accesses: 8,
        ..Size::DEMO
    };
    let mut commands = department(1, &size, today);
    commands.extend(tender());
    board_of(&context, &commands).unwrap()
}

/// A comparison of two options, one of which is out.
fn tender() -> Vec<Command> {
    let id = |name: &str| RecordId::derived(name);
    let made = |kind, name: &str, inputs: &[(&str, String)]| {
        let inputs = inputs.iter().map(|(field, text)| (*field, text.as_str()));
        let fields = Fields::from_input(kind, inputs, Currency::EUR).unwrap();
        Command::create(id(name), fields)
    };
    let text = |text: &str| text.to_owned();
    let of = || ("evaluation", id("tender").to_string());
    let mut commands = vec![
        made(Kind::Evaluation, "tender", &[("title", text("Printers"))]),
        made(
            Kind::Criterion,
            "price",
            &[
                of(),
                ("name", text("Price")),
                ("kind", text("price")),
                ("weight", text("40")),
            ],
        ),
        made(
            Kind::Criterion,
            "service",
            &[of(), ("name", text("Service")), ("weight", text("60"))],
        ),
        made(
            Kind::Criterion,
            "law",
            &[
                of(),
                ("name", text("Data in the EU")),
                ("kind", text("mandatory")),
                ("weight", text("0")),
            ],
        ),
    ];
    for (option, price, service, law) in [
        ("Atrium", "40000", "4", "1"),
        ("Lumen", "52000", "5", "1"),
        ("Far", "9000", "5", "0"),
    ] {
        let named = ("name", text(option));
        commands.push(made(
            Kind::Choice,
            option,
            &[of(), named, ("price", text(price))],
        ));
        for (criterion, value) in [("service", service), ("law", law)] {
            let fields = [
                ("option", id(option).to_string()),
                ("criterion", id(criterion).to_string()),
                ("evaluator", text("Anna Meyer")),
                ("value", text(value)),
                ("source", text("Reference call")),
            ];
            commands.push(made(Kind::Score, &format!("{option}/{criterion}"), &fields));
        }
    }
    commands
}

/// Every report of a sample department, the budget's last.
fn reports() -> Vec<Report> {
    let (board, today) = (board(), "2026-11-24".parse().unwrap());
    let mut all: Vec<&Template> = templates::ALL.iter().collect();
    all.sort_by_key(|template| template.name == "budget");
    let make = |template: &&Template| {
        let first = template
            .about()
            .and_then(|kind| board.ids(kind).first().copied());
        let of = template.usual(&board, today).or(first);
        let report = template.make(&board, of, today);
        report.unwrap_or_else(|| panic!("{} has nothing to be about", template.name))
    };
    all.iter().map(make).collect()
}

fn budget() -> Report {
    reports().pop().unwrap()
}

/// A report of everything that breaks writers: empty tables, giant cells, signs of every language of the files.
fn hostile() -> Report {
    let nasty = "=HYPERLINK(\"http://x\",\"y\") <b>&amp; \"q\" 'a' ]]> \u{1}\u{7f}\u{fffe} \u{1F600} \u{4e2d}\u{6587} \t| * _";
    let column = |title: &str, align| Column {
        title: title.to_owned(),
        align,
    };
    let long = "word ".repeat(600) + &"x".repeat(3_000);
    let money = |minor| Cell::Money {
        minor,
        currency: Currency::EUR,
    };
    let row = |cells: Vec<Cell>| Row {
        cells,
        is_total: false,
        formulas: Vec::new(),
    };
    let wide: Vec<Column> = (0..60)
        .map(|at| column(&format!("Column {at}"), Align::Right))
        .collect();
    Report {
        title: nasty.to_owned(),
        as_of: "1850-02-28".parse().unwrap(),
        to: vec![Recipient {
            name: nasty.to_owned(),
            email: "a@example.org\r\nBcc: b@example.org".to_owned(),
        }],
        blocks: vec![
            Block::Paragraph(long.clone()),
            Block::Heading(String::new()),
            Block::Heading("History".to_owned()),
            Block::Table(Table {
                columns: vec![column(nasty, Align::Left), column("Amount", Align::Right)],
                rows: vec![
                    row(vec![Cell::Text(nasty.to_owned()), money(i64::MIN)]),
                    row(vec![Cell::Text(long), money(i64::MAX)]),
                    row(vec![
                        Cell::Status {
                            label: "-1+1".to_owned(),
                            tone: Tone::Bad,
                        },
                        Cell::Date("0001-01-01".parse().unwrap()),
                    ]),
                ],
            }),
            Block::Heading("History".to_owned()),
            Block::Table(Table {
                columns: wide,
                rows: vec![row((0..60).map(|at| money(at * 1_000_000_000)).collect())],
            }),
            Block::Table(Table {
                columns: Vec::new(),
                rows: Vec::new(),
            }),
        ],
    }
}

/// Every text that the report shows in its tables.
fn cells(report: &Report) -> Vec<String> {
    let mut texts = Vec::new();
    for block in &report.blocks {
        if let Block::Table(table) = block {
            for row in &table.rows {
                texts.extend(row.cells.iter().map(Cell::shown));
            }
        }
    }
    texts.retain(|text| !text.is_empty());
    texts
}

#[test]
fn equal_input_gives_equal_bytes_in_every_form_and_paper() {
    for report in reports().into_iter().chain([hostile()]) {
        for form in FileForm::ALL {
            for paper in [Paper::A4, Paper::Letter] {
                let first = render(&report, &provenance(), form, paper).unwrap();
                let second = render(&report, &provenance(), form, paper).unwrap();
                assert!(first == second, "{form:?} of {}", report.title);
            }
        }
    }
    let entries = dates::of(&board());
    let days = || calendar("Milestones", &entries, &provenance());
    assert_eq!(days(), days());
}

#[test]
fn every_form_names_day_version_content_person_and_time() {
    let report = budget();
    let provenance = provenance();
    let short = [
        "24 Nov 2026".to_owned(),
        provenance.version().short(),
        provenance.content_hash().short(),
        "14:05 (UTC+01:00)".to_owned(),
    ];
    for form in [
        FileForm::Text,
        FileForm::Markdown,
        FileForm::Csv,
        FileForm::Html,
    ] {
        let bytes = render(&report, &provenance, form, Paper::A4).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        for wanted in &short {
            assert!(text.contains(wanted), "{form:?} lacks {wanted}");
        }
    }
    let pages = page::layout(&report, &provenance, Paper::A4);
    for page in &pages {
        let text = words(page).join(" ");
        for wanted in &short {
            assert!(text.contains(wanted), "a page lacks {wanted}: {text}");
        }
    }
}

#[test]
fn the_version_is_that_of_the_documents_in_any_order() {
    let mut provenance = provenance();
    let other = DocumentVersion {
        document: DocumentId([8; 16]),
        title: String::new(),
        heads: vec![ChangeHash([9; 32])],
        content_hash: ContentHash([6; 32]),
    };
    provenance.documents.push(other);
    let (version, content) = (provenance.version(), provenance.content_hash());
    provenance.documents.reverse();
    provenance.documents[1].heads.reverse();
    assert_eq!(
        (provenance.version(), provenance.content_hash()),
        (version, content)
    );
    provenance.documents[0].heads.push(ChangeHash([1; 32]));
    assert!(provenance.version() != version);
    assert_eq!(provenance.content_hash(), content, "heads are not content");
}

#[test]
fn who_has_approved_stands_in_every_form() {
    let mut provenance = provenance();
    let as_of = "2026-11-24".parse().unwrap();
    assert!(!provenance.line(as_of).contains("approved"));
    provenance.signed.push("Maya Lind, 24 Nov 2026".to_owned());
    assert!(
        provenance
            .line(as_of)
            .ends_with("approved by Maya Lind, 24 Nov 2026")
    );
    let last = provenance.rows(as_of).pop();
    assert_eq!(
        last,
        Some(("Approved by", "Maya Lind, 24 Nov 2026".to_owned()))
    );
}

fn words(page: &page::Page) -> Vec<String> {
    let text = |item: &page::Item| match item {
        page::Item::Text { text, .. } => Some(text.clone()),
        page::Item::Area { .. } | page::Item::Line { .. } => None,
    };
    page.items.iter().filter_map(text).collect()
}

/// Checks that nothing leaves the page and that every word of the report stands on one.
fn check_pages(report: &Report, paper: Paper) {
    let faces = page::Faces::load();
    let pages = page::layout(report, &provenance(), paper);
    let mut found = String::new();
    for (number, page) in pages.iter().enumerate() {
        for item in &page.items {
            let points = match item {
                page::Item::Text {
                    x,
                    y,
                    size,
                    face,
                    text,
                    ..
                } => {
                    found.extend(text.chars().filter(|letter| !letter.is_whitespace()));
                    vec![
                        (*x, y - size),
                        (x + faces.width(*face, text, *size), *y + size / 4.0),
                    ]
                }
                page::Item::Area {
                    corners: points, ..
                }
                | page::Item::Line { points, .. } => points.clone(),
            };
            for (x, y) in points {
                let is_inside =
                    x > 20.0 && x < page.width - 20.0 && y > 10.0 && y < page.height - 10.0;
                assert!(is_inside, "page {number} of {}: {item:?}", report.title);
            }
        }
    }
    for text in cells(report) {
        let is_kept = |letter: &char| !letter.is_control() && !letter.is_whitespace();
        for word in text
            .split(|letter| !is_kept(&letter))
            .filter(|word| word.len() < 12)
        {
            assert!(
                found.contains(word),
                "{word} stands on no page of {}",
                report.title
            );
        }
    }
}

#[test]
fn nothing_is_clipped_on_paper_and_every_cell_is_there() {
    for report in reports().into_iter().chain([hostile()]) {
        check_pages(&report, Paper::A4);
        check_pages(&report, Paper::Letter);
    }
}

#[test]
fn every_page_of_a_table_repeats_its_head() {
    let report = budget();
    let pages = page::layout(&report, &provenance(), Paper::A4);
    assert!(pages.len() > 3);
    for page in &pages {
        let words = words(page);
        let has_head = ["Account", "Category", "Line"]
            .iter()
            .any(|title| words.iter().any(|word| word == title));
        assert!(has_head, "{words:?}");
        let last = words
            .iter()
            .filter(|word| word.starts_with("Page "))
            .count();
        assert_eq!(last, 1);
    }
}

fn sheets(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

/// Returns the number that a reader should find in a cell.
fn expected(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Money { minor, currency } => {
            let unit = 10_f64.powi(i32::try_from(currency.exponent()).unwrap());
            Some(scale::float(*minor) / unit)
        }
        Cell::Percent { basis_points } => Some(scale::float(*basis_points) / 10_000.0),
        Cell::Count(count) => Some(scale::float(*count)),
        Cell::Empty | Cell::Text(_) | Cell::Date(_) | Cell::Status { .. } => None,
    }
}

/// Checks that a spreadsheet holds the tables of the report at the same places with the same figures.
fn check_sheets(report: &Report, bytes: Vec<u8>) {
    let mut book = sheets(bytes);
    let mut name = "Summary".to_owned();
    let mut checked = 0;
    for block in &report.blocks {
        match block {
            Block::Heading(text) => name.clone_from(text),
            Block::Table(table) => {
                let range = book.worksheet_range(&name).unwrap();
                for (row, line) in (4_u32..).zip(&table.rows) {
                    for (column, cell) in (0_u32..).zip(&line.cells) {
                        let found = range.get_value((row, column));
                        match expected(cell) {
                            Some(number) => {
                                let found = found.and_then(calamine::DataType::as_f64);
                                let found =
                                    found.unwrap_or_else(|| panic!("{name} {row} {column}"));
                                assert!(
                                    (found - number).abs() < 0.000_05,
                                    "{name}: {found} {number}"
                                );
                                checked += 1;
                            }
                            None if matches!(cell, Cell::Text(_) | Cell::Status { .. }) => {
                                let text = found.map(ToString::to_string);
                                assert_eq!(text, Some(cell.shown()), "{name} {row} {column}");
                            }
                            None => {}
                        }
                    }
                }
            }
            Block::Paragraph(_) | Block::Chart(_) => {}
        }
    }
    assert!(checked > 1_000, "{checked}");
}

#[test]
fn a_spreadsheet_read_back_has_the_figures_of_the_report() {
    let report = budget();
    let bytes = render(&report, &provenance(), FileForm::Xlsx, Paper::A4).unwrap();
    check_sheets(&report, bytes.clone());
    let mut book = sheets(bytes);
    let formulas = book.worksheet_formula("All lines").unwrap();
    let texts: BTreeSet<String> = formulas
        .used_cells()
        .map(|(_, _, text)| text.clone())
        .collect();
    assert!(texts.contains("E5-F5"), "{texts:?}");
    assert!(
        texts
            .iter()
            .any(|text| text.starts_with("SUM(E5:E64)-2*SUMIF(")),
        "{texts:?}"
    );
    let origin = book.worksheet_range("Origin").unwrap();
    let all: Vec<String> = origin
        .used_cells()
        .map(|(_, _, data)| data.to_string())
        .collect();
    assert!(all.contains(&provenance().version().to_string()));
    assert!(all.contains(&format!("{} {}", ChangeHash([3; 32]), ChangeHash([2; 32]))));
}

#[test]
fn no_text_of_a_spreadsheet_is_a_formula() {
    let bytes = render(&hostile(), &provenance(), FileForm::Xlsx, Paper::A4).unwrap();
    let mut book = sheets(bytes);
    for name in book.sheet_names() {
        let formulas = book.worksheet_formula(&name).unwrap();
        let found: Vec<String> = formulas
            .used_cells()
            .map(|(_, _, text)| text.clone())
            .collect();
        assert!(found.iter().all(String::is_empty), "{name}: {found:?}");
    }
    let range = book.worksheet_range("History of").unwrap();
    assert!(
        matches!(range.get_value((4, 0)), Some(Data::String(text)) if text.starts_with("=HYPER"))
    );
}

#[test]
fn no_cell_of_csv_begins_like_a_formula() {
    let bytes = render(&hostile(), &provenance(), FileForm::Csv, Paper::A4).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes.as_slice());
    let mut guarded = 0;
    for record in reader.records() {
        for cell in &record.unwrap() {
            let is_number = cell.parse::<f64>().is_ok();
            assert!(
                is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
            guarded += usize::from(cell.starts_with('\''));
        }
    }
    assert_eq!(guarded, 4, "title, head, text, status");
}

#[test]
fn no_text_of_a_mail_becomes_a_header() {
    let bytes = render(&hostile(), &provenance(), FileForm::Eml, Paper::A4).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    for line in head.split("\r\n") {
        let is_known = [
            "X-Unsent:",
            "Date:",
            "Subject:",
            "X-Adjutant-",
            "MIME-Version:",
            "Content-Type:",
            " ",
        ];
        assert!(
            is_known.iter().any(|start| line.starts_with(start)),
            "{line}"
        );
    }
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 998));
}

#[test]
fn html_escapes_every_text_and_loads_nothing() {
    let bytes = render(&hostile(), &provenance(), FileForm::Html, Paper::A4).unwrap();
    let html = String::from_utf8(bytes).unwrap();
    assert!(
        !html.contains("<b>") && !html.contains("<script") && !html.contains("src="),
        "{html}"
    );
    assert!(html.contains("default-src 'none'"));
    assert!(html.contains("&lt;b&gt;&amp;amp; &quot;q&quot; &#39;a&#39;"));
}

#[test]
fn markdown_shows_texts_as_they_are() {
    let text = text(&hostile(), &provenance(), TextForm::Markdown);
    assert!(
        text.contains("\\<b\\>") && text.contains("\\| \\* \\_"),
        "{text}"
    );
}

#[test]
fn days_of_a_calendar_keep_their_names_and_end_on_the_next_day() {
    let mut entries = dates::of(&board());
    let early = calendar("Days", &entries, &provenance());
    let text = String::from_utf8(early).unwrap();
    let folded = text.replace("\r\n ", "");
    let first = entries.first().unwrap();
    let uid = format!("UID:{}@adjutant", first.record);
    assert!(folded.contains(&uid));
    let day = first.day.format("DTSTART;VALUE=DATE:%Y%m%d").to_string();
    let end = first
        .day
        .succ_opt()
        .unwrap()
        .format("DTEND;VALUE=DATE:%Y%m%d")
        .to_string();
    assert!(folded.contains(&day) && folded.contains(&end));
    assert!(
        text.lines().all(|line| line.len() <= 75),
        "lines are folded"
    );
    assert_eq!(folded.matches("BEGIN:VEVENT").count(), entries.len());
    // Moved and given again, an hour later: the same event with a greater sequence number.
    entries[0].day = "2027-01-04".parse().unwrap();
    let mut later = provenance();
    later.made_at += chrono::TimeDelta::hours(1);
    let again = String::from_utf8(calendar("Days", &entries, &later)).unwrap();
    assert!(again.replace("\r\n ", "").contains(&uid));
    let sequence = |text: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix("SEQUENCE:"));
        line.unwrap().parse().unwrap()
    };
    assert_eq!(sequence(&again), sequence(&text) + 60);
}
