//! Reports say what the queries say, in tables that are whole.

use adjutant_base::{CompartmentId, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::command::Context;
use crate::preview::board_of;
use crate::query;
use crate::query::budget::FlagRule;
use crate::sample::{Size, department};

fn today() -> NaiveDate {
    "2026-11-24".parse().unwrap()
}

fn board(seed: u64, size: &Size) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: today(),
        now: Timestamp(1_795_000_000_000),
    };
    board_of(&context, &department(seed, size, today())).unwrap()
}

fn reports(board: &Board) -> Vec<Report> {
    let mut reports = vec![projects(board, today()), actions(board, today())];
    let budgets = board.budgets.into_iter();
    reports.extend(budgets.filter_map(|(id, _)| budget_month(board, *id, today())));
    reports
}

fn tables(report: &Report) -> Vec<&Table> {
    let mut tables = Vec::new();
    for block in &report.blocks {
        if let Block::Table(table) = block {
            tables.push(table);
        }
    }
    tables
}

/// The report as a person would read it, cells by bars.
fn text(report: &Report) -> String {
    let mut lines = vec![format!("# {} ({})", report.title, show_day(report.as_of))];
    for block in &report.blocks {
        match block {
            Block::Heading(heading) => lines.push(format!("## {heading}")),
            Block::Paragraph(paragraph) => lines.push(paragraph.clone()),
            Block::Chart(chart) => lines.push(format!("[{}]", chart.title)),
            Block::Table(table) => {
                let titles: Vec<&str> = table
                    .columns
                    .iter()
                    .map(|column| column.title.as_str())
                    .collect();
                lines.push(titles.join(" | "));
                for row in &table.rows {
                    lines.push(
                        row.cells
                            .iter()
                            .map(Cell::shown)
                            .collect::<Vec<_>>()
                            .join(" | "),
                    );
                }
            }
        }
    }
    lines.join("\n")
}

#[test]
fn cells_as_text() {
    assert_eq!(show_percent(250), "2.5 %");
    assert_eq!(show_percent(-1_045), "-10.5 %");
    assert_eq!(show_percent(-4), "0.0 %");
    assert_eq!(show_percent(i64::MIN), "-92233720368547758.1 %");
    assert_eq!(Cell::Date(today()).shown(), "24 Nov 2026");
    assert_eq!(counted(1, "line"), "1 line");
    assert_eq!(counted(0, "line"), "no lines");
}

#[test]
fn an_empty_board_has_reports_that_say_so() {
    let empty = Board::default();
    assert_eq!(
        text(&projects(&empty, today())),
        "# Project status (24 Nov 2026)\n\
         0 projects: 0 planned, 0 active, 0 on hold, 0 done, 0 cancelled. In open projects no milestones are overdue and 0 forecast late; no projects are past the target.\n\
         [Projects by status]\n## Milestones at risk\nNo milestone is overdue or forecast late.\n\
         ## All projects\nThere are no projects."
    );
    assert_eq!(
        text(&actions(&empty, today())),
        "# Action items (24 Nov 2026)\n\
         No actions open: 0 overdue, 0 due this week, 0 without an owner, 0 without a date.\n\
         ## Overdue\nNothing is overdue.\n## Due this week\nNothing more is due this week."
    );
    assert_eq!(budget_month(&empty, RecordId([1; 16]), today()), None);
}

#[test]
fn the_budget_report_adds_up_and_names_its_month() {
    let board = board(1, &Size::DEMO);
    let report = reports(&board).pop().unwrap();
    let Block::Paragraph(summary) = &report.blocks[0] else {
        panic!("the summary comes first");
    };
    assert!(
        summary.starts_with("Through Oct (period 10 of fiscal year 2026), "),
        "{summary}"
    );
    for table in tables(&report) {
        let Some(total) = table.rows.iter().find(|row| row.is_total) else {
            continue;
        };
        let title_of_variance = |column: &Column| column.title == "Variance";
        let Some(at) = table.columns.iter().position(title_of_variance) else {
            continue;
        };
        let minor = |row: &Row| {
            let Cell::Money { minor, .. } = row.cells[at] else {
                panic!("a variance is money");
            };
            minor
        };
        let sum: i64 = table
            .rows
            .iter()
            .filter(|row| !row.is_total)
            .map(minor)
            .sum();
        assert_eq!(sum, minor(total));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn tables_are_whole_and_agree_with_the_queries(seed in any::<u64>()) {
        let size = Size { actions: 150, budgets: 2, lines_per_budget: 20, ..Size::DEMO };
        let board = board(seed, &size);
        let rows: usize = query::budget::all(&board, today(), &FlagRule::default())
            .iter()
            .map(|figures| figures.lines.len() + 1)
            .sum();
        let reports = reports(&board);
        for report in &reports {
            prop_assert_eq!(report, &reports_again(&board, report));
            for table in tables(report) {
                prop_assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()));
                prop_assert!(!table.rows.is_empty());
            }
        }
        let last: usize = reports[2..].iter().map(|report| tables(report).last().unwrap().rows.len()).sum();
        prop_assert_eq!(last, rows);
        let overdue = query::action::counts(&board, today()).overdue;
        let listed = tables(&reports[1])[0].rows.len();
        prop_assert!(overdue == 0 || listed == overdue);
        prop_assert_eq!(tables(&reports[0]).last().unwrap().rows.len(), 24);
    }
}

fn reports_again(board: &Board, like: &Report) -> Report {
    let mut again = reports(board).into_iter();
    again.find(|report| report.title == like.title).unwrap()
}
