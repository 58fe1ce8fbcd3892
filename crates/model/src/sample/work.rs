//! Sample projects, milestones and actions, with dates around the day on which the sample is made.
//!
//! A record's dates and its status tell one story: what is done was done before today, what is planned begins later.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::draw::Draw;
use super::words::{self, Blank};
use super::{Size, nth_name, whole, workday, workday_from};
use crate::action::{ActionField, ActionState, Priority};
use crate::calendar::add_days;
use crate::command::Command;
use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::project::{MilestoneField, ProjectField, ProjectStatus};
use crate::value::Prose;

/// A project and what its milestones need to know of it.
pub(super) struct Made {
    pub(super) id: RecordId,
    pub(super) command: Command,
    pub(super) status: ProjectStatus,
    pub(super) start: NaiveDate,
    target: NaiveDate,
    pub(super) owner: Option<PersonId>,
}

pub(super) fn projects(
    draw: &mut Draw,
    size: &Size,
    owners: &[PersonId],
    today: NaiveDate,
) -> Vec<Made> {
    (0..size.projects)
        .map(|at| project(draw, at, owners, today))
        .collect()
}

fn project(draw: &mut Draw, at: usize, owners: &[PersonId], today: NaiveDate) -> Made {
    let status = draw.weighted(
        &[
            (56, ProjectStatus::Active),
            (14, ProjectStatus::Planned),
            (8, ProjectStatus::OnHold),
            (4, ProjectStatus::Cancelled),
        ],
        ProjectStatus::Done,
    );
    let (start, length) = match status {
        ProjectStatus::Planned => (draw.between(10, 90), draw.between(90, 300)),
        ProjectStatus::Active | ProjectStatus::OnHold => {
            (draw.between(-320, -50), draw.between(240, 400))
        }
        ProjectStatus::Done => (draw.between(-520, -330), draw.between(150, 300)),
        ProjectStatus::Cancelled => (draw.between(-300, -150), draw.between(200, 320)),
    };
    let start = workday_from(today, start);
    let target = workday_from(start, length);
    // Whole thousands, in cents.
    let planned = draw.between(20, 900).saturating_mul(100_000);
    let overrun_percent = if draw.chance(55) {
        0
    } else {
        draw.between(-8, 18)
    };
    let overrun = planned
        .saturating_mul(overrun_percent)
        .checked_div(100)
        .unwrap_or(0);
    let has_begun = status != ProjectStatus::Planned;
    let names: Vec<_> = words::PROJECTS.iter().map(|(_, name)| *name).collect();
    let portfolio = at
        .checked_rem(words::PROJECTS.len())
        .and_then(|at| words::PROJECTS.get(at))
        .and_then(|(portfolio, _)| words::PORTFOLIOS.get(*portfolio))
        .copied()
        .unwrap_or("");
    let owner = draw.pick(owners).copied();
    let mut fields = vec![
        ProjectField::Code(format!("P-{:03}", at.saturating_add(1))),
        ProjectField::Name(nth_name(&names, at)),
        ProjectField::Status(status),
        ProjectField::Owner(owner),
        ProjectField::Portfolio(portfolio.to_owned()),
        ProjectField::Start(Some(start)),
        ProjectField::Target(Some(target)),
        ProjectField::PlannedCost(Some(Amount(planned))),
        ProjectField::CostOverrun(has_begun.then_some(Amount(overrun))),
        ProjectField::Currency(Currency::EUR),
    ];
    if status == ProjectStatus::OnHold {
        fields.push(ProjectField::Notes(Prose(
            "On hold until the budget of the next quarter is agreed.".to_owned(),
        )));
    }
    let id = draw.id();
    let command = Command::create(id, fields);
    Made {
        id,
        command,
        status,
        start,
        target,
        owner,
    }
}

pub(super) fn milestones(
    draw: &mut Draw,
    size: &Size,
    projects: &[Made],
    today: NaiveDate,
) -> Vec<Command> {
    let counts = crate::money::split_evenly(whole(size.milestones), projects.len());
    let mut commands = Vec::new();
    for (project, count) in projects.iter().zip(counts) {
        for at in 0..count {
            commands.push(milestone(draw, project, (at, count), today));
        }
    }
    commands
}

/// Makes the milestone at a place among `count` of its project.
fn milestone(
    draw: &mut Draw,
    project: &Made,
    (at, count): (i64, i64),
    today: NaiveDate,
) -> Command {
    let share = |whole: i64| {
        let place = at.saturating_add(1).saturating_mul(whole);
        place.checked_div(count.max(1)).unwrap_or(0)
    };
    let known = whole(words::MILESTONES.len());
    // Few milestones are spread over the list so that the last is the last; many go round it again.
    let place = if count <= known {
        share(known).saturating_sub(1)
    } else {
        at
    };
    let name = nth_name(words::MILESTONES, usize::try_from(place).unwrap_or(0));
    let length = project
        .target
        .signed_duration_since(project.start)
        .num_days();
    let jitter = if at.saturating_add(1) == count {
        0
    } else {
        draw.between(-4, 4)
    };
    let baseline = workday_from(project.start, share(length).saturating_add(jitter).max(0));
    let (forecast, done_on) = progress(draw, project.status, baseline, today);
    let mut fields = vec![
        MilestoneField::Project(Some(project.id)),
        MilestoneField::Name(name),
        MilestoneField::Baseline(Some(baseline)),
        MilestoneField::Owner(project.owner),
    ];
    fields.extend(forecast.map(|day| MilestoneField::Forecast(Some(day))));
    fields.extend(done_on.map(|day| MilestoneField::DoneOn(Some(day))));
    Command::create(draw.id(), fields)
}

/// Decides what became of a milestone: its forecast, if anybody made one, and the day on which it was reached.
fn progress(
    draw: &mut Draw,
    status: ProjectStatus,
    baseline: NaiveDate,
    today: NaiveDate,
) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let late = if draw.chance(60) {
        draw.between(-6, 0)
    } else {
        draw.between(1, 21)
    };
    let reached = workday_from(baseline, late).min(today);
    let later = workday_from(baseline, draw.between(5, 40));
    if status == ProjectStatus::Done {
        return (None, Some(reached));
    }
    if baseline >= today {
        let is_moved = status != ProjectStatus::Planned && draw.chance(18);
        return (is_moved.then_some(later), None);
    }
    // What is past is nearly always done; the rest is overdue, and half of that has a new date.
    let is_stuck = matches!(status, ProjectStatus::Cancelled | ProjectStatus::OnHold);
    if draw.chance(if is_stuck { 40 } else { 86 }) {
        return (None, Some(reached));
    }
    let has_new_date = !is_stuck && draw.chance(50);
    let new_date = workday_from(today, draw.between(4, 35));
    (has_new_date.then_some(new_date), None)
}

pub(super) fn actions(
    draw: &mut Draw,
    size: &Size,
    owners: &[PersonId],
    projects: &[RecordId],
    today: NaiveDate,
) -> Vec<Command> {
    (0..size.actions)
        .map(|_| action(draw, owners, projects, today))
        .collect()
}

fn action(
    draw: &mut Draw,
    owners: &[PersonId],
    projects: &[RecordId],
    today: NaiveDate,
) -> Command {
    let open = draw.weighted(
        &[(62, ActionState::Open), (24, ActionState::InProgress)],
        ActionState::Waiting,
    );
    let due_before = add_days(today, draw.between(-45, -1));
    let due_after = workday_from(today, draw.between(0, 50));
    let due_once = workday_from(today, draw.between(-260, -3));
    // Five in a hundred are overdue, a quarter is ahead, the rest is history.
    let (state, due) = match draw.between(0, 99) {
        0..=4 => (open, Some(previous_workday(due_before))),
        5..=29 => (open, Some(due_after)),
        30..=32 => (open, None),
        33..=93 => (ActionState::Done, Some(due_once)),
        _ => (ActionState::Cancelled, Some(due_once)),
    };
    let done_on = (state == ActionState::Done)
        .then(|| workday_from(due_once, draw.between(-9, 4)).min(today));
    let owner = if draw.chance(95) {
        draw.pick(owners).copied()
    } else {
        None
    };
    let project = if draw.chance(80) {
        draw.pick(projects).copied()
    } else {
        None
    };
    let priority = draw.weighted(
        &[(16, Priority::High), (14, Priority::Low)],
        Priority::Normal,
    );
    let mut fields = vec![
        ActionField::Title(title(draw)),
        ActionField::State(state),
        ActionField::Priority(priority),
    ];
    fields.extend(owner.map(|owner| ActionField::Owner(Some(owner))));
    fields.extend(due.map(|day| ActionField::Due(Some(day))));
    fields.extend(project.map(|project| ActionField::Project(Some(project))));
    fields.extend(done_on.map(|day| ActionField::DoneOn(Some(day))));
    if draw.chance(12) {
        fields.push(ActionField::Notes(Prose(
            draw.word(words::NOTES).to_owned(),
        )));
    }
    Command::create(draw.id(), fields)
}

/// Returns `day`, or the Friday before it if it lies on a weekend: an overdue day must stay in the past.
fn previous_workday(day: NaiveDate) -> NaiveDate {
    if workday(day) == day {
        return day;
    }
    add_days(workday(day), -3)
}

fn title(draw: &mut Draw) -> String {
    let Some((title, blank)) = draw.pick(words::ACTIONS).copied() else {
        return String::new();
    };
    let filled = match blank {
        Blank::Vendor => draw.word(words::VENDORS),
        Blank::Team => draw.word(words::TEAMS),
        Blank::Thing => draw.word(words::THINGS),
    };
    title.replace("{}", filled)
}
