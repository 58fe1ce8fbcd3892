//! Taking a baseline: the schedule and cost of a project as they are agreed on a day.
//!
//! A baseline is made of records that never change, so what was agreed can be shown for as long as the project exists.
//! Taking it also reads the project's milestones, for their trend.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::board::Board;
use crate::command::Command;
use crate::people::PersonId;
use crate::quantity::Days;
use crate::task::{BaselineField, BaselineTaskField};

/// Which baseline to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// The project.
    pub project: RecordId,
    /// Name of the baseline.
    pub name: String,
    /// Day on which it is taken.
    pub taken_on: NaiveDate,
    /// Person who takes it.
    pub taken_by: Option<PersonId>,
    /// Why.
    pub reason: String,
}

/// Returns the commands that take a baseline with this id; `None` if the project is not on the board.
///
/// Rows get ids derived from baseline and task, so taking it again makes nothing twice.
pub fn take(board: &Board, id: RecordId, taking: &Taking) -> Option<Vec<Command>> {
    let schedule = super::schedule::of(board, taking.project, taking.taken_on)?;
    let baseline = Command::create(
        id,
        vec![
            BaselineField::Project(Some(taking.project)),
            BaselineField::Name(taking.name.clone()),
            BaselineField::TakenOn(Some(taking.taken_on)),
            BaselineField::TakenBy(taking.taken_by),
            BaselineField::Reason(taking.reason.clone()),
        ],
    );
    let rows = schedule.rows.iter().map(|row| {
        let task = row.task.meta.id;
        let days = row.times.early_finish - row.times.early_start;
        Command::create(
            RecordId::derived(&format!("baseline/{id}/{task}")),
            vec![
                BaselineTaskField::Baseline(Some(id)),
                BaselineTaskField::Task(Some(task)),
                BaselineTaskField::Name(row.task.name.clone()),
                BaselineTaskField::Start(Some(row.start)),
                BaselineTaskField::Finish(Some(row.finish)),
                BaselineTaskField::Duration(Days::RANGE.contains(&days).then_some(Days(days))),
                BaselineTaskField::PlannedCost(row.task.planned_cost),
            ],
        )
    });
    let readings = super::trend::read_milestones(board, taking.project, taking.taken_on);
    Some(
        std::iter::once(baseline)
            .chain(rows)
            .chain(readings)
            .collect(),
    )
}
