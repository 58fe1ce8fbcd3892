//! The speeds that files in and out promise: `cargo bench -p adjutant-exchange`.
//!
//! Goals: 200,000 rows of CSV to a dry run in 1.5 s; 20,000 x 10 cells of XLSX in 0.6 s; the monthly workbook of 2,400
//! lines in 0.5 s; a PDF file of 46 pages in 0.6 s; 30 slides in 0.3 s.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot set up its input must stop"
)]

use std::hint::black_box;

use adjutant_base::{ChangeHash, CompartmentId, ContentHash, DocumentId, Timestamp};
use adjutant_exchange::import::{actions, compare::compare, keep_going, ledger};
use adjutant_exchange::report::{DocumentVersion, FileForm, Paper, Provenance, page, render};
use adjutant_model::Board;
use adjutant_model::command::Context;
use adjutant_model::preview::board_of;
use adjutant_model::report::{Report, budget_month};
use adjutant_model::sample::{Size, department};
use criterion::{Criterion, criterion_group, criterion_main};

fn provenance() -> Provenance {
    Provenance {
        person: "Anna Meyer".to_owned(),
        made_at: "2026-11-24T14:05:00".parse().unwrap(),
        utc_offset_s: 3_600,
        documents: vec![DocumentVersion {
            document: DocumentId([7; 16]),
            title: "Sample".to_owned(),
            heads: vec![ChangeHash([3; 32])],
            content_hash: ContentHash([5; 32]),
        }],
        signed: Vec::new(),
    }
}

/// A department whose one budget has so many lines.
fn board(lines: usize) -> Board {
    let today = "2026-11-24".parse().unwrap();
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today,
        now: Timestamp(1_795_000_000_000),
    };
    let size = Size {
        budgets: 1,
        lines_per_budget: lines,
        projects: 1,
        milestones: 1,
        actions: 1,
        ..Size::DEMO
    };
    board_of(&context, &department(1, &size, today)).unwrap()
}

/// The monthly report of a budget with so many lines.
fn budget(lines: usize) -> Report {
    let board = board(lines);
    let id = *board.budgets.into_iter().next().unwrap().0;
    budget_month(&board, id, "2026-11-24".parse().unwrap()).unwrap()
}

/// An extract of a ledger with so many rows, each for one of these lines.
fn ledger_csv(rows: usize, lines: &[String]) -> String {
    let mut text = "Voucher;Posting date;Line;Debit;Credit;Text;Vendor\n".to_owned();
    for (row, line) in (0..rows).zip(lines.iter().cycle()) {
        text.push_str(&format!(
            "{};{:02}.{:02}.2026;{line};{},{:02};;Invoice {row} for services;Vendor {}\n",
            100_000 + row,
            row % 28 + 1,
            row % 10 + 1,
            row % 9_000,
            row % 100,
            row % 150
        ));
    }
    text
}

/// The number of slides of a deck.
fn slides(bytes: &[u8]) -> usize {
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let names = archive.file_names().filter_map(Result::ok);
    names
        .filter(|name| name.starts_with("ppt/slides/slide"))
        .count()
}

/// A table of actions with so many rows and ten columns.
fn csv(rows: usize) -> String {
    let mut text = "Key,Title,Status,Owner,Due,Priority,Project,Notes,Team,Cost\n".to_owned();
    for row in 0..rows {
        text.push_str(&format!(
            "K-{row},Renew contract {row},open,Owner {},2026-12-{:02},normal,Project {},Call first,Ops,12.50\n",
            row % 60,
            row % 28 + 1,
            row % 40
        ));
    }
    text
}

/// The same table as a workbook.
fn workbook(rows: u32) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in (0_u32..=rows).zip(csv(usize::try_from(rows).unwrap()).lines()) {
        for (column, cell) in (0_u16..).zip(line.split(',')) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

fn imports(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10);
    let options = actions::ActionOptions::default();
    let read = |bytes: &[u8]| {
        let imported = actions::import(bytes, &options, &mut keep_going).unwrap();
        compare(&Board::default(), imported, "a.csv")
    };
    let text = csv(200_000);
    group.bench_function("CSV, 200,000 x 10, to a dry run", |bencher| {
        bencher.iter(|| black_box(read(text.as_bytes())));
    });
    let board = board(60);
    let lines: Vec<String> = (&board.budget_lines)
        .into_iter()
        .map(|(_, line)| line.name.clone())
        .collect();
    let extract = ledger_csv(200_000, &lines);
    let post = || {
        let options = ledger::LedgerOptions::default();
        let imported = ledger::import(extract.as_bytes(), &options, &board, &mut keep_going);
        compare(&board, imported.unwrap(), "ledger.csv")
    };
    let used = post().1.summary.rows_used;
    group.bench_function(
        format!("ledger, 200,000 rows, {used} posted, to a dry run"),
        |bencher| bencher.iter(|| black_box(post())),
    );
    let bytes = workbook(20_000);
    group.bench_function("XLSX, 20,000 x 10, to a dry run", |bencher| {
        bencher.iter(|| black_box(read(&bytes)));
    });
    group.finish();
}

fn reports(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    let (small, large) = (budget(75), budget(2_400));
    let provenance = provenance();
    let write = |report: &Report, form| render(report, &provenance, form, Paper::A4).unwrap();
    group.bench_function("XLSX, 2,400 lines with their months", |bencher| {
        bencher.iter(|| black_box(write(&large, FileForm::Xlsx)));
    });
    let middle = budget(290);
    let pages = page::layout(&middle, &provenance, Paper::A4).len();
    group.bench_function(format!("PDF, {pages} pages"), |bencher| {
        bencher.iter(|| black_box(write(&middle, FileForm::Pdf)));
    });
    let count = slides(&write(&small, FileForm::Pptx));
    group.bench_function(format!("PPTX, {count} slides"), |bencher| {
        bencher.iter(|| black_box(write(&small, FileForm::Pptx)));
    });
    group.finish();
}

criterion_group!(benches, imports, reports);
criterion_main!(benches);
