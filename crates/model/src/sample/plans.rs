//! Sample plans: tasks with dependencies and a baseline, status updates, risks.
//!
//! The tasks of a project follow each other in phases; what lies before today is done, and costs what it was planned to,
//! give or take. A baseline is taken on the project's first day.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::draw::Draw;
use super::words;
use super::work::Made;
use super::{Size, made, nth_name, whole, workday_from};
use crate::calendar::{WorkingCalendar, add_days};
use crate::command::Command;
use crate::money::{Amount, split_evenly};
use crate::people::PersonId;
use crate::project::ProjectStatus;
use crate::quantity::{Days, Grade, Percent};
use crate::status::{Rag, RiskField, RiskKind, RiskState, StatusUpdateField, UpdateState};
use crate::task::{BaselineField, BaselineTaskField, DependencyField, TaskField};
use crate::value::Prose;

/// Tasks of a phase, the summary not counted.
const PHASE: usize = 5;

pub(super) fn tasks(
    draw: &mut Draw,
    size: &Size,
    projects: &[Made],
    owners: &[PersonId],
    today: NaiveDate,
) -> Vec<Command> {
    let counts = split_evenly(whole(size.tasks), projects.len());
    let mut commands = Vec::new();
    for (project, count) in projects.iter().zip(counts) {
        let count = usize::try_from(count).unwrap_or(0);
        let mut plan = Plan {
            project,
            owners,
            today,
            baseline: draw.id(),
            calendar: WorkingCalendar::default(),
            offset: 0,
            phase: None,
            before: None,
        };
        if count > 0 {
            commands.push(plan.baseline());
        }
        for at in 0..count {
            plan.task(draw, at, &mut commands);
        }
    }
    commands
}

/// One project's plan as it is made.
struct Plan<'a> {
    project: &'a Made,
    owners: &'a [PersonId],
    today: NaiveDate,
    baseline: RecordId,
    calendar: WorkingCalendar,
    /// Working days from the project's first day to the next task.
    offset: i64,
    phase: Option<RecordId>,
    before: Option<RecordId>,
}

impl Plan<'_> {
    fn baseline(&self) -> Command {
        Command::create(
            self.baseline,
            vec![
                BaselineField::Project(Some(self.project.id)),
                BaselineField::Name("Baseline 1".to_owned()),
                BaselineField::TakenOn(Some(self.project.start)),
                BaselineField::TakenBy(self.project.owner),
                BaselineField::Reason("Agreed in the kick-off".to_owned()),
            ],
        )
    }

    fn task(&mut self, draw: &mut Draw, at: usize, commands: &mut Vec<Command>) {
        let id = draw.id();
        let mut fields = vec![
            TaskField::Project(Some(self.project.id)),
            TaskField::Position(format!("{at:06}V")),
        ];
        if at.checked_rem(PHASE + 1) == Some(0) {
            let number = at.checked_div(PHASE + 1).unwrap_or(0);
            fields.push(TaskField::Name(nth_name(words::PHASES, number)));
            self.phase = Some(id);
            commands.push(Command::create(id, fields));
            return;
        }
        let days = draw.between(2, 12);
        let start = self
            .calendar
            .add_working_days(self.project.start, self.offset);
        let last = self.offset.saturating_add(days).saturating_sub(1);
        let finish = self.calendar.add_working_days(self.project.start, last);
        self.offset = self.offset.saturating_add(days);
        let planned = draw.between(10, 400).saturating_mul(10_000);
        let percent = self.percent(draw, start, finish);
        let name = format!("{} {}", draw.word(words::VERBS), draw.word(words::THINGS));
        let spent = planned
            .saturating_mul(percent)
            .checked_div(100)
            .unwrap_or(0);
        let drift = draw.between(-12, 15);
        let spent = spent.saturating_add(spent.saturating_mul(drift).checked_div(100).unwrap_or(0));
        fields.extend([
            TaskField::Name(name.clone()),
            TaskField::Parent(self.phase),
            TaskField::Duration(Some(Days(days))),
            TaskField::Percent(Percent(percent)),
            TaskField::Owner(draw.pick(self.owners).copied()),
            TaskField::PlannedCost(Some(Amount(planned))),
        ]);
        if percent > 0 {
            fields.push(TaskField::ActualCost(Some(Amount(spent))));
        }
        commands.push(Command::create(id, fields));
        commands.push(made(
            draw,
            vec![
                BaselineTaskField::Baseline(Some(self.baseline)),
                BaselineTaskField::Task(Some(id)),
                BaselineTaskField::Name(name),
                BaselineTaskField::Start(Some(start)),
                BaselineTaskField::Finish(Some(finish)),
                BaselineTaskField::Duration(Some(Days(days))),
                BaselineTaskField::PlannedCost(Some(Amount(planned))),
            ],
        ));
        if let Some(before) = self.before.replace(id) {
            let fields = vec![
                DependencyField::Project(Some(self.project.id)),
                DependencyField::Predecessor(Some(before)),
                DependencyField::Successor(Some(id)),
            ];
            commands.push(made(draw, fields));
        }
    }

    /// Decides how far a task has come.
    fn percent(&self, draw: &mut Draw, start: NaiveDate, finish: NaiveDate) -> i64 {
        match self.project.status {
            ProjectStatus::Planned | ProjectStatus::Cancelled => 0,
            ProjectStatus::Done => 100,
            ProjectStatus::Active | ProjectStatus::OnHold => {
                if finish < self.today {
                    if draw.chance(92) {
                        100
                    } else {
                        draw.between(40, 90)
                    }
                } else if start < self.today {
                    draw.between(1, 8).saturating_mul(10)
                } else {
                    0
                }
            }
        }
    }
}

/// Status updates of projects that have begun: one every other week, back from a few days ago.
pub(super) fn updates(
    draw: &mut Draw,
    size: &Size,
    projects: &[Made],
    today: NaiveDate,
) -> Vec<Command> {
    let begun: Vec<&Made> = projects
        .iter()
        .filter(|project| {
            matches!(
                project.status,
                ProjectStatus::Active | ProjectStatus::OnHold
            )
        })
        .collect();
    let counts = split_evenly(whole(size.updates), begun.len());
    let mut commands = Vec::new();
    for (project, count) in begun.iter().zip(counts) {
        let since = draw.between(1, 18);
        for back in 0..count {
            let days = since.saturating_add(back.saturating_mul(14));
            let day = workday_from(today, days.saturating_neg());
            let health = draw.weighted(&[(64, Rag::Green), (26, Rag::Amber)], Rag::Red);
            let fields = vec![
                StatusUpdateField::Project(Some(project.id)),
                StatusUpdateField::Title(format!("Status of {day}")),
                StatusUpdateField::Day(Some(day)),
                StatusUpdateField::Author(project.owner),
                StatusUpdateField::State(UpdateState::Issued),
                StatusUpdateField::Health(health),
                StatusUpdateField::Done(Prose(draw.word(words::DONE).to_owned())),
                StatusUpdateField::Next(Prose(draw.word(words::NEXT).to_owned())),
            ];
            commands.push(made(draw, fields));
        }
    }
    commands
}

pub(super) fn risks(
    draw: &mut Draw,
    size: &Size,
    projects: &[Made],
    owners: &[PersonId],
    today: NaiveDate,
) -> Vec<Command> {
    let counts = split_evenly(whole(size.risks), projects.len());
    let mut commands = Vec::new();
    for (project, count) in projects.iter().zip(counts) {
        for _ in 0..count {
            let is_closed = !project.status.is_open() || draw.chance(40);
            let state = if is_closed {
                RiskState::Closed
            } else {
                RiskState::Open
            };
            let kind = if draw.chance(70) {
                RiskKind::Risk
            } else {
                RiskKind::Issue
            };
            let title = draw
                .word(words::RISKS)
                .replace("{}", draw.word(words::VENDORS));
            let fields = vec![
                RiskField::Project(Some(project.id)),
                RiskField::Title(title),
                RiskField::Kind(kind),
                RiskField::State(state),
                RiskField::Probability(Grade(draw.between(1, 5))),
                RiskField::Impact(Grade(draw.between(1, 5))),
                RiskField::Owner(draw.pick(owners).copied()),
                RiskField::Due(Some(add_days(today, draw.between(-10, 60)))),
            ];
            commands.push(made(draw, fields));
        }
    }
    commands
}
