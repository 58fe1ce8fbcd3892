//! Tests of the schedule: against Microsoft Project's figures, and against slow and simple rules of its own.

use chrono::{NaiveDate, NaiveDateTime};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::calendar::WorkingCalendar;
use crate::value::FieldValue as _;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    seed: u64,
    start: String,
    holidays: Vec<NaiveDate>,
    tasks: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    dur_d: i64,
    preds: Vec<(usize, String, i64)>,
    es: String,
    ef: String,
    ls: String,
    lf: String,
    total_slack_d: f64,
    free_slack_d: f64,
    critical: bool,
}

/// The offset of a moment: a day begins at 08:00 and ends at 17:00.
fn offset(calendar: &WorkingCalendar, start: NaiveDate, moment: &str) -> i64 {
    let moment = NaiveDateTime::parse_from_str(moment, "%Y-%m-%dT%H:%M").unwrap();
    let ended = i64::from(moment.time().format("%H:%M").to_string() == "17:00");
    calendar.working_days_between(start, moment.date()) + ended
}

#[test]
fn every_figure_agrees_with_microsoft_project() {
    let fixture: Fixture = serde_json::from_str(include_str!("cpm.json")).unwrap();
    assert_eq!(fixture.cases.len(), 60);
    let mut tasks = 0;
    for case in &fixture.cases {
        let calendar = WorkingCalendar::with_holidays(case.holidays.clone());
        let start: NaiveDate = case.start.split('T').next().unwrap().parse().unwrap();
        let activities: Vec<Activity> = case
            .tasks
            .iter()
            .map(|task| Activity {
                duration: task.dur_d,
                ..Activity::default()
            })
            .collect();
        let mut links = Vec::new();
        for (to, task) in case.tasks.iter().enumerate() {
            for (from, kind, lag) in &task.preds {
                links.push(Link {
                    from: *from,
                    to,
                    kind: LinkKind::from_input(kind).unwrap(),
                    lag: *lag,
                    dependency: links.len(),
                });
            }
        }
        let network = schedule(&activities, &links);
        assert!(network.suspended.is_empty());
        for (at, (task, times)) in case.tasks.iter().zip(&network.times).enumerate() {
            let name = format!("seed {} task {at}", case.seed);
            let at = |moment: &str| offset(&calendar, start, moment);
            assert_eq!(
                (times.early_start, times.early_finish),
                (at(&task.es), at(&task.ef)),
                "early dates of {name}"
            );
            assert_eq!(
                (times.late_start, times.late_finish),
                (at(&task.ls), at(&task.lf)),
                "late dates of {name}"
            );
            let floats = (times.total_float.to_string(), times.free_float.to_string());
            let expected = (
                task.total_slack_d.to_string(),
                task.free_slack_d.to_string(),
            );
            assert_eq!(floats, expected, "floats of {name}");
            assert_eq!(times.is_critical(), task.critical, "{name}");
            tasks += 1;
        }
    }
    assert!(tasks > 900, "{tasks} tasks");
}

fn link(from: usize, to: usize, dependency: usize) -> Link {
    Link {
        from,
        to,
        kind: LinkKind::FinishToStart,
        lag: 0,
        dependency,
    }
}

#[test]
fn a_cycle_of_a_thousand_tasks_loses_its_newest_dependency() {
    let activities = vec![
        Activity {
            duration: 1,
            ..Activity::default()
        };
        1_000
    ];
    let links: Vec<Link> = (0..1_000)
        .map(|at| link(at, (at + 1) % 1_000, at))
        .collect();
    let network = schedule(&activities, &links);
    assert_eq!(network.suspended, [999]);
    assert_eq!(network.end, 1_000);
}

#[test]
fn a_task_that_waits_for_itself_is_scheduled() {
    let network = schedule(&[Activity::default()], &[link(0, 0, 7)]);
    assert_eq!((network.suspended, network.end), (vec![7], 0));
}

#[test]
fn a_dependency_of_several_links_is_suspended_as_a_whole() {
    let activities = vec![
        Activity {
            duration: 2,
            ..Activity::default()
        };
        3
    ];
    let links = [link(0, 1, 0), link(2, 1, 1), link(1, 0, 1)];
    let network = schedule(&activities, &links);
    assert_eq!(network.suspended, [1]);
    assert_eq!(network.times[2].early_start, 0);
    assert_eq!(network.times[1].early_start, 2);
}

#[test]
fn what_happened_outweighs_what_was_planned() {
    let activities = [
        Activity {
            duration: 3,
            started: Some(2),
            finished: Some(9),
            ..Activity::default()
        },
        Activity {
            duration: 1,
            ..Activity::default()
        },
        Activity {
            duration: 1,
            not_before: Some(20),
            ..Activity::default()
        },
    ];
    let network = schedule(&activities, &[link(0, 1, 0), link(1, 2, 1)]);
    let early: Vec<_> = network
        .times
        .iter()
        .map(|times| (times.early_start, times.early_finish))
        .collect();
    assert_eq!(early, [(2, 9), (9, 10), (20, 21)]);
    assert_eq!(network.times[1].free_float, 10);
}

/// Which dependencies a slow reading of the rule suspends.
fn slow_suspended(nodes: usize, links: &[Link]) -> Vec<usize> {
    let mut reaches = vec![vec![false; nodes]; nodes];
    let mut suspended = Vec::new();
    for link in links {
        if link.from == link.to || reaches[link.to][link.from] {
            suspended.push(link.dependency);
            continue;
        }
        for a in 0..nodes {
            for b in 0..nodes {
                let before = a == link.from || reaches[a][link.from];
                let behind = b == link.to || reaches[link.to][b];
                reaches[a][b] = reaches[a][b] || (before && behind);
            }
        }
    }
    suspended
}

/// Early starts by repeating every rule until nothing moves.
fn slow_starts(activities: &[Activity], links: &[Link]) -> Vec<i64> {
    let mut starts = vec![0; activities.len()];
    for _ in 0..=activities.len() {
        for (at, activity) in activities.iter().enumerate() {
            let bounds = links.iter().filter(|link| link.to == at).map(|link| {
                let from = starts[link.from];
                let end = from + activities[link.from].duration;
                match link.kind {
                    LinkKind::FinishToStart => end + link.lag,
                    LinkKind::StartToStart => from + link.lag,
                    LinkKind::FinishToFinish => 0.max(end + link.lag - activity.duration),
                    LinkKind::StartToFinish => from + link.lag - activity.duration,
                }
            });
            starts[at] = bounds.max().unwrap_or(0);
        }
    }
    starts
}

proptest! {
    #[test]
    fn cycles_are_broken_as_the_slow_rule_says(
        nodes in 1_usize..12,
        pairs in prop::collection::vec((0_usize..12, 0_usize..12, 0_usize..4, -2_i64..4), 0..40),
        durations in prop::collection::vec(0_i64..6, 12),
    ) {
        let links: Vec<Link> = pairs.iter().enumerate().map(|(at, (from, to, kind, lag))| Link {
            from: from % nodes,
            to: to % nodes,
            kind: LinkKind::ALL[*kind],
            lag: *lag,
            dependency: at,
        }).collect();
        let activities: Vec<Activity> = durations.iter().take(nodes)
            .map(|days| Activity { duration: *days, ..Activity::default() }).collect();
        let network = schedule(&activities, &links);
        prop_assert_eq!(&network.suspended, &slow_suspended(nodes, &links));
        let kept: Vec<Link> = links.iter().filter(|l| !network.suspended.contains(&l.dependency)).copied().collect();
        let starts: Vec<i64> = network.times.iter().map(|times| times.early_start).collect();
        prop_assert_eq!(starts, slow_starts(&activities, &kept));
        for times in &network.times {
            prop_assert!(times.late_finish <= network.end);
            prop_assert_eq!(times.total_float, times.late_finish - times.early_finish);
        }
    }
}
