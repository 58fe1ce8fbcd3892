//! Milestone states day by day, slips, and the index against a scan for each project.

use adjutant_base::{CompartmentId, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::calendar::add_days;
use crate::command::{Command, Context};
use crate::preview::board_of;
use crate::project::{MilestoneField, ProjectField};
use crate::sample::{Size, department};
use crate::workdays::Calendars;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Tuesday.
fn today() -> NaiveDate {
    day("2026-11-24")
}

fn id(name: &str) -> RecordId {
    RecordId::derived(name)
}

fn board(commands: &[Command]) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: today(),
        now: Timestamp(1_795_000_000_000),
    };
    board_of(&context, commands).unwrap()
}

fn project(status: ProjectStatus) -> Command {
    Command::create(
        id("p"),
        vec![
            ProjectField::Name("Move".into()),
            ProjectField::Status(status),
            ProjectField::Target(Some(day("2026-11-20"))),
        ],
    )
}

/// A milestone with baseline, forecast and day of completion, each empty for none.
fn milestone(name: &str, baseline: &str, forecast: &str, done_on: &str) -> Command {
    let date = |text: &str| text.parse().ok();
    Command::create(
        id(name),
        vec![
            MilestoneField::Project(Some(id("p"))),
            MilestoneField::Name(name.into()),
            MilestoneField::Baseline(date(baseline)),
            MilestoneField::Forecast(date(forecast)),
            MilestoneField::DoneOn(date(done_on)),
        ],
    )
}

fn check(baseline: &str, forecast: &str, done_on: &str, words: &str, expected_slip: Option<i64>) {
    let board = board(&[
        project(ProjectStatus::Active),
        milestone("m", baseline, forecast, done_on),
    ]);
    let milestone = board.milestones.get(&id("m")).unwrap();
    let calendar = WorkingCalendar::default();
    let found = (
        state(milestone, today(), &calendar).words(),
        slip(milestone, today(), &calendar),
    );
    assert_eq!(
        found,
        (words.to_owned(), expected_slip),
        "{baseline} {forecast} {done_on}"
    );
}

#[test]
fn states_and_slips() {
    check("", "", "", "No date", None);
    check("2026-11-24", "", "", "On track", Some(0));
    check("2026-12-01", "2026-11-27", "", "On track", Some(-2));
    check(
        "2026-12-01",
        "2026-12-08",
        "",
        "Forecast 5 wd late",
        Some(5),
    );
    check("", "2026-12-08", "", "On track", None);
    check("2026-11-23", "", "", "Overdue 1 wd", Some(1));
    check("2026-11-16", "2026-12-01", "", "Overdue 6 wd", Some(11));
    check("2026-12-01", "2026-11-20", "", "Overdue 2 wd", Some(-5));
    check("", "2026-11-20", "", "Overdue 2 wd", None);
    check(
        "2026-11-13",
        "2026-11-30",
        "2026-11-13",
        "Done on time",
        Some(0),
    );
    check("2026-11-13", "", "2026-11-10", "Done on time", Some(-3));
    check("2026-11-13", "", "2026-11-18", "Done 3 wd late", Some(3));
    check("", "", "2026-11-18", "Done on time", None);
    // A Saturday's milestone that is reached on Monday lost no working day.
    check("2026-11-14", "", "2026-11-16", "Done on time", Some(0));
}

#[test]
fn holidays_do_not_count_as_slip() {
    let board = board(&[
        project(ProjectStatus::Active),
        milestone("m", "2026-12-23", "2026-12-28", ""),
    ]);
    let calendar = WorkingCalendar::with_holidays([day("2026-12-25")]);
    let milestone = board.milestones.get(&id("m")).unwrap();
    assert_eq!(slip(milestone, today(), &calendar), Some(2));
}

fn figures(status: ProjectStatus, milestones: &[Command]) -> ProjectFigures {
    let mut commands = vec![project(status)];
    commands.extend_from_slice(milestones);
    let mut index = ProjectIndex::of(&board(&commands), today(), &Calendars::default());
    index.projects.remove(&id("p")).unwrap()
}

#[test]
fn the_next_milestone_is_the_earliest_that_is_not_reached() {
    let milestones = [
        milestone("undated", "", "", ""),
        milestone("late", "2026-11-30", "2027-01-04", ""),
        milestone("second", "2026-12-07", "", ""),
        milestone("first", "2026-11-02", "", "2026-11-03"),
    ];
    let found = figures(ProjectStatus::Active, &milestones);
    let (next, state) = found.next.clone().unwrap();
    assert_eq!(
        (next.name.as_str(), state),
        ("second", MilestoneState::OnTrack)
    );
    assert_eq!((found.done, found.overdue, found.forecast_late), (1, 0, 1));
    let names: Vec<_> = found.milestones.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "late", "undated"]);
    assert_eq!(found.slip, Some(20), "from 7 December to 4 January");
    assert!(found.is_past_target(today()));
}

#[test]
fn a_delay_that_was_made_good_is_no_slip_of_the_project() {
    let milestones = [
        milestone("a", "2026-10-01", "", "2026-10-20"),
        milestone("b", "2026-12-01", "", ""),
    ];
    assert_eq!(figures(ProjectStatus::Active, &milestones).slip, Some(0));
}

#[test]
fn nothing_is_overdue_or_next_in_a_closed_project() {
    let open = [milestone("a", "2026-10-01", "", "")];
    for status in [ProjectStatus::Done, ProjectStatus::Cancelled] {
        let found = figures(status, &open);
        assert_eq!((found.overdue, found.next.clone()), (0, None));
        assert!(!found.is_past_target(today()));
    }
    assert_eq!(figures(ProjectStatus::Done, &open).slip, Some(0));
    assert_eq!(figures(ProjectStatus::Cancelled, &open).slip, None);
    assert_eq!(figures(ProjectStatus::OnHold, &open).overdue, 1);
}

#[test]
fn milestones_of_a_deleted_project_are_orphans() {
    let commands = [
        project(ProjectStatus::Active),
        milestone("a", "2026-10-01", "", ""),
        Command::Delete {
            kind: crate::kind::Kind::Project,
            id: id("p"),
        },
    ];
    let index = ProjectIndex::of(&board(&commands), today(), &Calendars::default());
    assert_eq!((index.projects.len(), index.orphans.len()), (0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_index_agrees_with_a_scan_for_each_project(seed in any::<u64>(), offset in -200_i64..200) {
        let size = Size { projects: 15, milestones: 70, ..Size::DEMO };
        let board = board(&department(seed, &size, today()));
        let today = add_days(today(), offset);
        let index = ProjectIndex::of(&board, today, &Calendars::default());
        prop_assert_eq!(index.projects.len(), 15);
        for (id, figures) in &index.projects {
            let own: Vec<_> = board.milestones.into_iter().filter(|(_, m)| m.project == Some(*id)).collect();
            prop_assert_eq!(figures.milestones.len(), own.len());
            prop_assert_eq!(figures.done, own.iter().filter(|(_, m)| m.done_on.is_some()).count());
            if !figures.project.status.is_open() {
                continue;
            }
            let is_overdue = |m: &Milestone| m.done_on.is_none()
                && (m.baseline.is_some_and(|d| d < today) || m.forecast.is_some_and(|d| d < today));
            prop_assert_eq!(figures.overdue, own.iter().filter(|(_, m)| is_overdue(m)).count());
            let earliest = own.iter().filter(|(_, m)| m.done_on.is_none())
                .filter_map(|(_, m)| m.forecast.or(m.baseline)).min();
            let next = figures.next.as_ref().and_then(|(m, _)| m.forecast.or(m.baseline));
            prop_assert_eq!(next, earliest);
        }
        let counts = index.counts(today);
        prop_assert_eq!(counts.by_status.iter().map(|(_, count)| count).sum::<usize>(), 15);
        let open: usize = counts.by_status.iter().filter(|(status, _)| status.is_open()).map(|(_, count)| count).sum();
        prop_assert_eq!(counts.open, open);
    }
}
