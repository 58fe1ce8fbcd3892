//! Projects as files have them: what is taken, what is left out, and why.

use std::ops::ControlFlow;

use adjutant_base::{CompartmentId, Timestamp, limits};
use adjutant_model::project::{Milestone, Project, ProjectStatus};
use adjutant_model::{Board, Context, Kind, preview::board_of};
use proptest::prelude::*;

use super::*;
use crate::import::{keep_going, tests::fixture};

fn options() -> ProjectOptions {
    ProjectOptions {
        file_name: "projects.csv".into(),
        ..ProjectOptions::default()
    }
}

fn import_text(text: &str) -> Imported {
    import(text.as_bytes(), &options(), &mut keep_going).unwrap()
}

fn board(imported: &Imported) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: "2026-11-24".parse().unwrap(),
        now: Timestamp(0),
    };
    board_of(&context, &imported.commands).unwrap()
}

fn project(board: &Board, key: &str) -> Project {
    Project::clone(board.projects.get(&project_id(key)).unwrap())
}

fn milestone(board: &Board, key: &str, name: &str) -> Milestone {
    Milestone::clone(board.milestones.get(&milestone_id(key, name)).unwrap())
}

fn warnings(imported: &Imported) -> Vec<String> {
    imported
        .warnings
        .listed
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn is_accounted_for(imported: &Imported) {
    let summary = &imported.summary;
    assert_eq!(summary.rows, summary.rows_used + summary.rows_left_out());
    for total in &summary.control_totals {
        assert!(total.is_balanced(), "{total:?}");
    }
}

#[test]
fn a_departments_own_spreadsheet() {
    let text = "Code;Project name;Status;Project manager;Programme;Start;End;Milestone;Baseline;Forecast;Planned cost\n\
                MOVE;Office move;In progress;Ada Lovelace;Sites;01.02.2026;30.11.2026;Cutover;01.10.2026;15.10.2026;1.234,50\n\
                MOVE;;;;;;;Handover;30.11.2026;;\n\
                CRM;New CRM;on hold;ada  lovelace;Sales;;;;;;\n";
    let imported = import_text(text);
    assert_eq!(warnings(&imported), [""; 0]);
    is_accounted_for(&imported);
    assert_eq!(
        imported.summary.made,
        [(Kind::Project, 2), (Kind::Milestone, 2), (Kind::Person, 1)]
    );
    let board = board(&imported);
    let moved = project(&board, "MOVE");
    assert_eq!(
        (moved.name.as_str(), moved.status),
        ("Office move", ProjectStatus::Active)
    );
    assert_eq!(board.person_name(moved.owner), "Ada Lovelace");
    assert_eq!(moved.planned_cost.map(|amount| amount.0), Some(123_450));
    assert_eq!(moved.source, "projects.csv, line 2");
    assert_eq!(
        milestone(&board, "MOVE", "Cutover").forecast,
        "2026-10-15".parse().ok()
    );
    assert_eq!(
        milestone(&board, "MOVE", "Handover").project,
        Some(project_id("MOVE"))
    );
    assert_eq!(project(&board, "CRM").status, ProjectStatus::OnHold);
}

#[test]
fn a_name_may_come_late_or_never() {
    let text = "code,name,milestone\nMOVE,,Cutover\nMOVE,Office move,Handover\nCRM,,Go-live\n";
    let imported = import_text(text);
    assert_eq!(warnings(&imported), [""; 0]);
    let board = board(&imported);
    assert_eq!(project(&board, "MOVE").name, "Office move");
    assert_eq!(project(&board, "CRM").name, "CRM");
}

#[test]
fn a_header_alone_settles_the_delimiter() {
    let rows = (0..9).map(|number| format!("Move {number}"));
    let rows = rows.collect::<Vec<_>>().join("\n");
    let imported = import_text(&format!("name;milestone;baseline\n{rows}"));
    assert_eq!((imported.summary.rows, imported.summary.rows_used), (9, 9));
}

#[test]
fn importing_twice_makes_nothing_twice() {
    let text = "name,milestone,baseline\nMove,Cutover,2026-10-01\n";
    let once = import_text(text);
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: "2026-11-24".parse().unwrap(),
        now: Timestamp(0),
    };
    let both = [once.commands.clone(), import_text(text).commands].concat();
    let board = board_of(&context, &both).unwrap();
    assert_eq!(
        (board.count(Kind::Project), board.count(Kind::Milestone)),
        (1, 1)
    );
}

#[test]
fn bad_cells_are_named_and_the_rows_go_in() {
    let text = "code,name,status,start,planned cost,currency\n\
                A,Alpha,active,2026-02-31,12.50,EUR\n\
                B,Beta,wobbly,2026-02-01,lots,XXY\n\
                ,,,,5,\n\
                C,Gamma\n\
                D,Delta,done,2026-01-01,1,EUR,extra\n\
                A,Alpha again,active,,,\n";
    let imported = import_text(text);
    let expected = [
        "line 2, column \"start\": \"2026-02-31\" is not a date like 2026-05-03, from 1900 to 9999; it was left out",
        "line 3, column \"currency\": \"XXY\" is not a currency code like EUR or USD; EUR was taken",
        "line 3, column \"status\": \"wobbly\" is not a status like planned, active, on hold, done or cancelled; it was left out",
        "line 3, column \"planned cost\": \"lots\" is not an amount in EUR like 1,234.56; it was left out",
        "line 4: the row names no project (no name, code or key); it was left out",
        "line 5: the row has 2 cells, the header 6; the missing ones count as empty",
        "line 6: \"extra\" stands behind the last column: the row has 7 cells, the header 6; it was left out",
        "line 7: \"A\" is the key of the project on line 2, and the row adds no milestone; it was left out. \
         Projects of one name need a column \"code\"",
    ];
    assert_eq!(warnings(&imported), expected);
    is_accounted_for(&imported);
    assert_eq!(
        (imported.summary.rows_used, imported.summary.rows_left_out()),
        (4, 2)
    );
    let board = board(&imported);
    assert_eq!(board.count(Kind::Project), 4);
    assert_eq!(
        project(&board, "A").planned_cost.map(|amount| amount.0),
        Some(1_250)
    );
    assert_eq!(project(&board, "A").start, None);
}

#[test]
fn costs_of_repeated_rows_are_counted_once() {
    let text = "code,name,milestone,planned cost\nA,Alpha,One,\nA,,Two,10.00\nA,,Three,10.00\nA,,Four,12.00\n";
    let imported = import_text(text);
    is_accounted_for(&imported);
    let total = &imported.summary.control_totals[0];
    assert_eq!(
        (total.in_file, total.placed, total.in_commands),
        (3_200, 1_000, 1_000)
    );
    assert_eq!(
        project(&board(&imported), "A")
            .planned_cost
            .map(|amount| amount.0),
        Some(1_000)
    );
}

#[test]
fn the_order_of_day_and_month_comes_from_the_file_or_the_user() {
    let file = |rows: &str| format!("name,start,end\n{rows}");
    let start = |text: &str, options: &ProjectOptions| {
        let imported = import(text.as_bytes(), options, &mut keep_going).unwrap();
        (
            project(&board(&imported), "A").start,
            imported.warnings.count(),
        )
    };
    let march = "2026-03-05".parse().ok();
    assert_eq!(
        start(&file("A,5/3/2026,\nB,,31/3/2026\n"), &options()),
        (march, 0)
    );
    assert_eq!(start(&file("A,5/3/2026,\n"), &options()), (None, 1));
    let told = ProjectOptions {
        date_order: Some(DateOrder::DayFirst),
        ..options()
    };
    assert_eq!(start(&file("A,5/3/2026,\n"), &told), (march, 0));
}

#[test]
fn a_file_without_a_name_column_says_what_was_looked_for() {
    let error = import(b"colour,size\nred,3\n", &options(), &mut keep_going).unwrap_err();
    let expected = "no header with a column for the project's name (\"name\", \"project\", \"Project_Name\" or \
                    \"title\") was found; the first line holds colour, size";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn lines_above_the_header_are_passed_over() {
    let imported = import_text(
        "Projects of the department;;\nas of 3 May;;\n\nCode;Name;Owner\nA;Alpha;Ada\n",
    );
    assert_eq!((imported.summary.rows, imported.warnings.count()), (1, 0));
    assert_eq!(
        project(&board(&imported), "A").source,
        "projects.csv, line 5"
    );
}

#[test]
fn warnings_are_capped_and_counted_and_a_long_import_can_be_ended() {
    let mut text = "name,start\n".to_owned();
    for at in 0..limits::IMPORT_WARNINGS + 5 {
        text.push_str(&format!("P{at},never\n"));
    }
    let imported = import_text(&text);
    assert_eq!(
        (imported.warnings.listed.len(), imported.warnings.more),
        (limits::IMPORT_WARNINGS, 5)
    );
    let ended = import(text.as_bytes(), &options(), &mut |_progress| {
        ControlFlow::Break(())
    });
    assert_eq!(ended, Err(ImportError::Cancelled));
}

#[test]
fn the_federal_extract_goes_in_whole() {
    let Some(bytes) = fixture("us-it-projects.csv", "the_federal_extract_goes_in_whole") else {
        return;
    };
    let imported = import(&bytes, &options(), &mut keep_going).unwrap();
    is_accounted_for(&imported);
    assert_eq!(warnings(&imported), [""; 0]);
    assert_eq!(
        (imported.summary.rows, imported.summary.rows_used),
        (621, 621)
    );
    assert_eq!(
        imported.summary.made,
        [(Kind::Project, 621), (Kind::Milestone, 621)]
    );
    // Added up independently with exact decimals, each cost rounded to the cent.
    let sums: Vec<_> = imported
        .summary
        .control_totals
        .iter()
        .map(|total| (total.name.as_str(), total.in_file))
        .collect();
    assert_eq!(
        sums,
        [
            ("cost overrun", -100_328_712_400),
            ("planned cost", 1_148_786_426_900)
        ]
    );
    let board = board(&imported);
    let permits = project(&board, "005-000001822/661");
    assert_eq!(permits.name, "ePermits O&M FY11 Part 1.");
    assert_eq!(permits.portfolio, "Department of Agriculture");
    assert_eq!(
        permits.planned_cost.map(|amount| amount.0),
        Some(182_050_000)
    );
    assert_eq!(
        permits.cost_overrun.map(|amount| amount.0),
        Some(-36_410_000)
    );
    assert_eq!(
        (permits.currency, permits.start),
        (Currency::USD, "2011-04-01".parse().ok())
    );
    let end = milestone(&board, "005-000001822/661", "Completion");
    assert_eq!(
        (end.baseline, end.forecast),
        ("2011-09-30".parse().ok(), "2011-09-30".parse().ok())
    );
}

proptest! {
    #[test]
    fn any_table_is_accounted_for(
        rows in prop::collection::vec(prop::collection::vec("[a-c0-9./-]{0,10}", 0..9), 0..12),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut text = "code,name,milestone,start,baseline,planned cost,planned duration,delay\n".to_owned();
        for row in rows {
            text.push_str(&row.join(","));
            text.push('\n');
        }
        let imported = import_text(&text);
        is_accounted_for(&imported);
        board(&imported);
        let noisy = [b"name,start\n".as_slice(), &bytes].concat();
        if let Ok(imported) = import(&noisy, &options(), &mut keep_going) {
            is_accounted_for(&imported);
            board(&imported);
        }
    }
}

#[test]
fn plain_numbers_of_two_files_are_two_projects() {
    let text = "id,name\n1,Office move\n2,New CRM\n";
    let of = |file_name: &str, text: &str| {
        let options = ProjectOptions {
            file_name: file_name.into(),
            ..ProjectOptions::default()
        };
        import(text.as_bytes(), &options, &mut keep_going)
            .unwrap()
            .commands
    };
    let together = |commands: Vec<Vec<Command>>| {
        let imported = Imported {
            commands: commands.concat(),
            ..import_text(text)
        };
        board(&imported).projects.len()
    };
    let other = "id,name\n1,Help desk\n2,Wide area network\n";
    assert_eq!(together(vec![of("a.csv", text), of("b.csv", other)]), 4);
    assert_eq!(together(vec![of("a.csv", text), of("a.csv", text)]), 2);
    let coded = "id,code,name\n1,MOVE,Office move\n1,,Office move\n";
    assert_eq!(together(vec![of("a.csv", coded), of("b.csv", coded)]), 1);
    let keyed = "id,name\nIT-1,Office move\n";
    assert_eq!(together(vec![of("a.csv", keyed), of("b.csv", keyed)]), 1);
}

#[test]
fn control_characters_are_taken_out_with_a_warning() {
    let imported = import_text("code,name,notes\nMOVE,\u{1b}[31mOffice\u{7} move,\"one\ntwo\"\n");
    let board = board(&imported);
    let moved = project(&board, "MOVE");
    assert_eq!(moved.name, "[31mOffice move");
    assert_eq!(moved.notes.0, "one\ntwo");
    assert_eq!(
        warnings(&imported),
        [
            "line 2, column \"name\": \" [31mOffice  move\" holds control characters; they were taken out"
        ]
    );
}
