//! Milestone trends: on which day each milestone was expected, as of each day on which somebody looked.
//!
//! A reading is made when a status update is issued or a baseline is taken, and never changes; baselines count for the
//! milestones that mark a task. The last point is today's.
//!
//! Source: milestone trend analysis as project offices draw it: reporting days across, expected days up.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::board::Board;
use crate::command::Command;
use crate::kind::Kind;
use crate::project::Milestone;
use crate::query::project::shown_day;
use crate::status::MilestoneReadingField;
use crate::value::FieldValue as _;
use crate::workdays::Calendars;

/// The trend of one milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// The milestone.
    pub milestone: Arc<Milestone>,
    /// The day of each look and the day that was expected then, by the day of the look; one a day.
    pub points: Vec<(NaiveDate, NaiveDate)>,
    /// Working days by which the expected day moved from the first point to the last, above zero is later.
    pub drift: i64,
    /// How often the expected day moved.
    pub moves: usize,
}

/// Returns the trends of a project's milestones that have a day, by the day that is expected now.
///
/// Cost: one walk over milestones, readings and baselines.
pub fn of(board: &Board, project: RecordId, today: NaiveDate) -> Vec<Trend> {
    let mut points: BTreeMap<RecordId, BTreeMap<NaiveDate, NaiveDate>> = BTreeMap::new();
    let own = (&board.milestones)
        .into_iter()
        .filter(|(_, milestone)| milestone.project == Some(project));
    let own: Vec<(&RecordId, &Arc<Milestone>)> = own.collect();
    for (milestone, day, expected) in from_baselines(board, project, &own) {
        points.entry(milestone).or_default().insert(day, expected);
    }
    // A reading of the milestone itself outweighs the baseline of its task.
    for (_, reading) in &board.milestone_readings {
        if let (Some(milestone), Some(day), Some(expected)) =
            (reading.milestone, reading.day, reading.expected)
            && reading.project == Some(project)
        {
            points.entry(milestone).or_default().insert(day, expected);
        }
    }
    let calendars = Calendars::of(board);
    let found = board.projects.get(&project);
    let calendar = found.map_or(calendars.of_workspace(), |one| calendars.of_project(one));
    let trend = |(id, milestone): (&RecordId, &Arc<Milestone>)| {
        let mut own = points.remove(id).unwrap_or_default();
        own.retain(|day, _| *day < today);
        own.insert(today, shown_day(milestone)?);
        let points: Vec<(NaiveDate, NaiveDate)> = own.into_iter().collect();
        let (first, last) = (points.first()?.1, points.last()?.1);
        let moved = points.windows(2).filter(|pair| match pair {
            [before, after] => before.1 != after.1,
            _ => false,
        });
        Some(Trend {
            milestone: Arc::clone(milestone),
            drift: calendar.working_days_between(first, last),
            moves: moved.count(),
            points,
        })
    };
    let mut trends: Vec<Trend> = own.into_iter().filter_map(trend).collect();
    trends.sort_by_key(|trend| shown_day(&trend.milestone));
    trends
}

/// Returns milestone, day of the look and expected day for each task that a milestone marks and a baseline holds.
fn from_baselines(
    board: &Board,
    project: RecordId,
    milestones: &[(&RecordId, &Arc<Milestone>)],
) -> Vec<(RecordId, NaiveDate, NaiveDate)> {
    let taken: BTreeMap<RecordId, NaiveDate> = (&board.baselines)
        .into_iter()
        .filter(|(_, baseline)| baseline.project == Some(project))
        .filter_map(|(id, baseline)| Some((*id, baseline.taken_on?)))
        .collect();
    if taken.is_empty() {
        return Vec::new();
    }
    let mut marks: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
    for (id, milestone) in milestones {
        if let Some(task) = milestone.task {
            marks.entry(task).or_default().push(**id);
        }
    }
    let mut found = Vec::new();
    for (_, row) in &board.baseline_tasks {
        let day = row.baseline.and_then(|baseline| taken.get(&baseline));
        if let (Some(day), Some(finish), Some(task)) = (day, row.finish, row.task) {
            let marking = marks.get(&task).map(Vec::as_slice).unwrap_or_default();
            found.extend(marking.iter().map(|milestone| (*milestone, *day, finish)));
        }
    }
    found
}

/// Returns the commands that read all milestones of a project that have a day; those already read on the day stay.
pub fn read_milestones(board: &Board, project: RecordId, day: NaiveDate) -> Vec<Command> {
    let own = (&board.milestones)
        .into_iter()
        .filter(|(_, milestone)| milestone.project == Some(project));
    let reading = |(id, milestone): (&RecordId, &Arc<Milestone>)| {
        let raws = [("milestone", id.to_raw()), ("day", day.to_raw())];
        let reading = Kind::MilestoneReading.natural_id(&raws)?;
        if board.document_of(Kind::MilestoneReading, reading).is_some() {
            return None;
        }
        let fields = vec![
            MilestoneReadingField::Project(Some(project)),
            MilestoneReadingField::Milestone(Some(*id)),
            MilestoneReadingField::Day(Some(day)),
            MilestoneReadingField::Expected(Some(shown_day(milestone)?)),
            MilestoneReadingField::IsDone(milestone.done_on.is_some()),
        ];
        Some(Command::create(reading, fields))
    };
    own.filter_map(reading).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::query::baseline::{Taking, take};

    fn move_to(desk: &mut Desk, forecast: &str) {
        let fields = [
            ("project", "p"),
            ("name", "Cutover"),
            ("baseline", "2026-03-02"),
            ("forecast", forecast),
        ];
        desk.put(Kind::Milestone, "m", &fields);
    }

    fn shown(desk: &Desk, today: &str) -> Vec<String> {
        let trends = of(desk.board(), id("p"), day(today));
        let points = trends.iter().flat_map(|trend| &trend.points);
        points.map(|(at, to)| format!("{at} {to}")).collect()
    }

    #[test]
    fn each_look_is_a_point_and_today_is_the_last() {
        let mut desk = Desk::new();
        desk.put(Kind::Project, "p", &[("name", "Move")]);
        for (today, forecast) in [
            ("2026-01-05", "2026-03-02"),
            ("2026-02-02", "2026-03-09"),
            ("2026-02-02", "2026-03-11"),
        ] {
            move_to(&mut desk, forecast);
            for command in read_milestones(desk.board(), id("p"), day(today)) {
                desk.run(&command).unwrap();
            }
        }
        assert_eq!(
            shown(&desk, "2026-02-09"),
            [
                "2026-01-05 2026-03-02",
                "2026-02-02 2026-03-09",
                "2026-02-09 2026-03-11"
            ]
        );
        let trend = &of(desk.board(), id("p"), day("2026-02-09"))[0];
        assert_eq!((trend.drift, trend.moves), (7, 2));
        // A reading is evidence.
        let reading = desk.board().ids(Kind::MilestoneReading)[0];
        let other = vec![MilestoneReadingField::Expected(Some(day("2026-05-05")))];
        assert!(desk.run(&Command::edit(reading, other)).is_err());
    }

    #[test]
    fn a_baseline_is_a_look_at_the_milestones_that_mark_its_tasks() {
        let mut desk = Desk::new();
        desk.put(
            Kind::Project,
            "p",
            &[("name", "Move"), ("start", "2026-01-05")],
        );
        desk.put(
            Kind::Task,
            "t",
            &[("project", "p"), ("name", "Work"), ("duration", "5")],
        );
        move_to(&mut desk, "2026-03-02");
        desk.put(Kind::Milestone, "m", &[("task", "t")]);
        let taking = Taking {
            project: id("p"),
            name: "First".into(),
            taken_on: day("2026-01-02"),
            taken_by: None,
            reason: String::new(),
        };
        // As an older version took it: without a reading.
        for command in take(desk.board(), id("b"), &taking).unwrap() {
            let is_reading = matches!(&command, Command::Create { fields, .. } if fields.kind() == Kind::MilestoneReading);
            if !is_reading {
                desk.run(&command).unwrap();
            }
        }
        assert_eq!(
            shown(&desk, "2026-02-09"),
            ["2026-01-02 2026-01-09", "2026-02-09 2026-03-02"]
        );
        for command in take(desk.board(), id("b"), &taking).unwrap() {
            desk.run(&command).unwrap();
        }
        assert_eq!(
            shown(&desk, "2026-02-09"),
            ["2026-01-02 2026-03-02", "2026-02-09 2026-03-02"]
        );
    }
}
