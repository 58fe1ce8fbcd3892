//! Tests of a project's schedule on boards, good ones and what merges make of them.

use super::*;
use crate::desk::{Desk, day, id};
use crate::kind::Kind;
use crate::value::Raw;

fn plan() -> Desk {
    let mut desk = Desk::new();
    desk.put(
        Kind::Project,
        "p",
        &[("name", "Move"), ("start", "2026-01-05")],
    );
    desk
}

fn task(desk: &mut Desk, name: &'static str, duration: &str, more: &[(&str, &str)]) {
    let mut fields = vec![("project", "p"), ("name", name), ("duration", duration)];
    fields.extend(more);
    desk.put(Kind::Task, name, &fields);
}

fn link(desk: &mut Desk, name: &str, from: &str, to: &str, kind: &str) {
    let fields = [
        ("project", "p"),
        ("predecessor", from),
        ("successor", to),
        ("kind", kind),
    ];
    desk.put(Kind::Dependency, name, &fields);
}

fn schedule(desk: &Desk) -> ProjectSchedule {
    of(desk.board(), id("p"), day("2026-01-05")).unwrap()
}

fn dates(schedule: &ProjectSchedule) -> Vec<(String, String, String)> {
    let row = |row: &TaskRow| {
        let days = (row.start.to_string(), row.finish.to_string());
        (row.task.name.clone(), days.0, days.1)
    };
    schedule.rows.iter().map(row).collect()
}

fn expect(schedule: &ProjectSchedule, expected: &[(&str, &str, &str)]) {
    let owned =
        |(a, b, c): &(&str, &str, &str)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned());
    assert_eq!(
        dates(schedule),
        expected.iter().map(owned).collect::<Vec<_>>()
    );
}

#[test]
fn dates_floats_and_the_critical_path() {
    let mut desk = plan();
    task(&mut desk, "design", "5", &[]);
    task(&mut desk, "build", "10", &[]);
    task(&mut desk, "train", "2", &[]);
    task(&mut desk, "live", "0", &[]);
    link(&mut desk, "1", "design", "build", "fs");
    link(&mut desk, "2", "design", "train", "fs");
    link(&mut desk, "3", "build", "live", "fs");
    link(&mut desk, "4", "train", "live", "fs");
    let schedule = schedule(&desk);
    let mut rows = dates(&schedule);
    rows.sort();
    assert_eq!(
        rows.iter()
            .map(|(name, from, to)| format!("{name} {from} {to}"))
            .collect::<Vec<_>>(),
        [
            "build 2026-01-12 2026-01-23",
            "design 2026-01-05 2026-01-09",
            "live 2026-01-23 2026-01-23",
            "train 2026-01-12 2026-01-13",
        ]
    );
    let train = schedule.row(id("train")).unwrap();
    assert_eq!(
        (train.times.total_float, train.times.is_critical()),
        (8, false)
    );
    assert!(schedule.row(id("live")).unwrap().times.is_critical());
    assert_eq!(schedule.finish, Some(day("2026-01-23")));
}

#[test]
fn a_projects_calendar_and_holidays_move_its_tasks() {
    let mut desk = plan();
    desk.put(
        Kind::Calendar,
        "six",
        &[("name", "Six days"), ("weekdays", "mon-sat")],
    );
    desk.put(
        Kind::CalendarDay,
        "h",
        &[
            ("calendar", "six"),
            ("day", "2026-01-06"),
            ("name", "Epiphany"),
        ],
    );
    desk.put(Kind::Project, "p", &[("calendar", "six")]);
    task(&mut desk, "design", "6", &[]);
    expect(&schedule(&desk), &[("design", "2026-01-05", "2026-01-12")]);
}

#[test]
fn a_summary_spans_its_tasks_and_a_link_from_it_waits_for_the_last() {
    let mut desk = plan();
    task(&mut desk, "phase", "1", &[("position", "a")]);
    task(
        &mut desk,
        "one",
        "3",
        &[("parent", "phase"), ("percent", "100")],
    );
    task(&mut desk, "two", "1", &[("parent", "phase")]);
    task(&mut desk, "after", "1", &[("position", "b")]);
    link(&mut desk, "1", "phase", "after", "fs");
    link(&mut desk, "2", "phase", "after", "sf");
    let schedule = schedule(&desk);
    let phase = schedule.row(id("phase")).unwrap();
    assert!(phase.is_summary);
    assert_eq!(phase.done_basis_points, 7_500);
    assert_eq!(
        (phase.start, phase.finish),
        (day("2026-01-05"), day("2026-01-07"))
    );
    assert_eq!(schedule.row(id("after")).unwrap().start, day("2026-01-08"));
    let inactive: Vec<_> = schedule
        .inactive
        .iter()
        .map(|(dependency, reason)| (dependency.meta.id, *reason))
        .collect();
    assert_eq!(inactive, [(id("2"), Inactive::Summary)]);
}

#[test]
fn constraints_deadlines_and_what_happened() {
    let mut desk = plan();
    task(
        &mut desk,
        "held",
        "2",
        &[
            ("constraint", "start_no_earlier"),
            ("constraint_day", "2026-02-02"),
        ],
    );
    task(
        &mut desk,
        "late",
        "10",
        &[
            ("constraint", "finish_by"),
            ("constraint_day", "2026-01-14"),
        ],
    );
    task(
        &mut desk,
        "done",
        "1",
        &[
            ("actual_start", "2026-01-06"),
            ("actual_finish", "2026-01-10"),
        ],
    );
    let schedule = schedule(&desk);
    let row = |name: &str| schedule.row(id(name)).unwrap();
    assert_eq!(row("held").start, day("2026-02-02"));
    assert_eq!(row("late").past_deadline, Some(2));
    // A Saturday's work counts up to the Friday before it.
    assert_eq!(
        (row("done").start, row("done").finish),
        (day("2026-01-06"), day("2026-01-09"))
    );
    assert!(row("late").is_behind(day("2026-01-06")));
    assert!(!row("done").is_behind(day("2026-03-01")));
}

#[test]
fn cycles_that_a_merge_made_suspend_their_newest_dependency() {
    let mut desk = plan();
    task(&mut desk, "a", "1", &[]);
    task(&mut desk, "b", "1", &[]);
    let line = |name: &str| Raw::Line(id(name).to_string());
    for (name, from, to) in [("x", "a", "b"), ("y", "b", "a")] {
        desk.arrive(
            Kind::Dependency,
            name,
            &[
                ("project", line("p")),
                ("predecessor", line(from)),
                ("successor", line(to)),
            ],
        );
    }
    let schedule = schedule(&desk);
    let newest = id("x").max(id("y"));
    let inactive: Vec<_> = schedule
        .inactive
        .iter()
        .map(|(d, reason)| (d.meta.id, *reason))
        .collect();
    assert_eq!(inactive, [(newest, Inactive::Cycle)]);
    assert_eq!(schedule.finish, Some(day("2026-01-06")));
}

#[test]
fn parents_in_a_ring_and_missing_parents_lose_no_task() {
    let mut desk = plan();
    for name in ["a", "b", "c", "d"] {
        task(&mut desk, name, "1", &[]);
    }
    let line = |name: &str| Raw::Line(id(name).to_string());
    for (name, parent) in [("a", "b"), ("b", "c"), ("c", "a"), ("d", "nobody")] {
        desk.force(Kind::Task, name, "parent", line(parent));
    }
    let schedule = schedule(&desk);
    assert_eq!(schedule.rows.len(), 4);
    assert_eq!(schedule.parent_cycles, [id("a").max(id("b")).max(id("c"))]);
}

#[test]
fn a_tree_of_ten_thousand_levels_is_scheduled() {
    let mut desk = plan();
    let line = |name: &str| Raw::Line(id(name).to_string());
    let mut board_desk = Desk::new();
    std::mem::swap(&mut desk, &mut board_desk);
    let names: Vec<String> = (0..10_000).map(|at| format!("t{at}")).collect();
    let mut board = board_desk.board().clone();
    for (at, name) in names.iter().enumerate() {
        let parent = at
            .checked_sub(1)
            .map_or(Raw::Null, |above| line(&names[above]));
        let fields = [
            ("project".to_owned(), line("p")),
            ("name".to_owned(), Raw::Line(name.clone())),
            ("parent".to_owned(), parent),
        ];
        let data = crate::record::RecordData {
            kind: "task".to_owned(),
            id: id(name),
            fields: fields.into_iter().collect(),
            conflicts: Vec::new(),
            hash: adjutant_base::ContentHash([0; 32]),
        };
        board.put(adjutant_base::DocumentId([9; 16]), &data);
    }
    let schedule = of(&board, id("p"), day("2026-01-05")).unwrap();
    assert_eq!(schedule.rows.len(), 10_000);
    assert_eq!(schedule.rows.last().unwrap().depth, 9_999);
    assert_eq!(schedule.finish, Some(day("2026-01-05")));
}

#[test]
fn absurd_durations_end_at_the_end_of_the_calendar() {
    let mut desk = plan();
    desk.force(Kind::Project, "p", "start", Raw::Line("9999-12-31".into()));
    task(&mut desk, "a", "10000", &[]);
    desk.force(Kind::Task, "a", "duration", Raw::Int(i64::MAX));
    task(&mut desk, "b", "10000", &[]);
    assert_eq!(schedule(&desk).rows.len(), 2);
}

#[test]
fn slip_is_counted_from_the_latest_baseline() {
    let mut desk = plan();
    task(&mut desk, "a", "5", &[]);
    for command in crate::query::baseline::take(
        desk.board(),
        id("base"),
        &crate::query::baseline::Taking {
            project: id("p"),
            name: "Baseline 1".into(),
            taken_on: day("2026-01-05"),
            taken_by: None,
            reason: "kick-off".into(),
        },
    )
    .unwrap()
    {
        desk.run(&command).unwrap();
    }
    assert_eq!(schedule(&desk).slip, Some(0));
    desk.put(Kind::Task, "a", &[("duration", "8")]);
    let schedule = schedule(&desk);
    assert_eq!(schedule.slip, Some(3));
    assert_eq!(schedule.row(id("a")).unwrap().slip, Some(3));
    assert_eq!(schedule.baseline.unwrap().name, "Baseline 1");
}

#[test]
fn a_milestone_shows_on_the_last_day_of_the_work_that_drives_it_only() {
    let mut desk = plan();
    task(&mut desk, "kickoff", "0", &[]);
    task(&mut desk, "signed", "0", &[]);
    task(&mut desk, "work", "5", &[]);
    let late = [
        ("constraint", "start_no_earlier"),
        ("constraint_day", "2026-02-02"),
    ];
    task(&mut desk, "gate", "0", &late);
    task(&mut desk, "done", "0", &[]);
    task(&mut desk, "told", "0", &[]);
    for (from, to) in [
        ("kickoff", "signed"),
        ("work", "gate"),
        ("work", "done"),
        ("done", "told"),
    ] {
        link(&mut desk, &format!("{from} {to}"), from, to, "fs");
    }
    let found = schedule(&desk);
    let shown = |name: &str| found.row(id(name)).unwrap().finish;
    assert_eq!(shown("signed"), day("2026-01-05"));
    assert_eq!(shown("work"), day("2026-01-09"));
    assert_eq!(shown("gate"), day("2026-02-02"));
    assert_eq!(shown("done"), day("2026-01-09"));
    assert_eq!(shown("told"), day("2026-01-09"));
}
