//! What a project shows: tasks in their order with dates, baseline, dependencies, milestones, and actions by state.
//!
//! No drawing: dates, floats and slips are the model's schedule.

use adjutant_base::RecordId;
use adjutant_model::action::ActionState;
use adjutant_model::calendar::add_days;
use adjutant_model::query::health::{self, Health};
use adjutant_model::query::schedule::{self, ProjectSchedule};
use adjutant_model::query::{action, project};
use adjutant_model::{Board, Kind};
use chrono::NaiveDate;

use crate::format;
use crate::icons;
use crate::theme::Tone;
use crate::views::Scene;
use crate::views::record::{Field, title};
use crate::views::register::data::Datum;
use crate::widgets::cell::{Cell, Look};
use crate::widgets::table::Rows;

/// Everything on the screen of a project.
#[derive(Debug)]
pub(super) struct ProjectData {
    /// Its name.
    pub(super) name: String,
    /// How it stands, if it has figures.
    pub(super) health: Option<Health>,
    /// Slip against the baseline, in working days.
    pub(super) slip: Option<i64>,
    /// Name and day of the baseline.
    pub(super) baseline: String,
    /// Bars, from top to bottom.
    pub(super) bars: Vec<Bar>,
    /// Dependencies between bars, by their places.
    pub(super) links: Vec<(usize, usize, bool)>,
    /// First and last day to draw.
    pub(super) span: (NaiveDate, NaiveDate),
    /// The project's actions by state, those that are over last.
    pub(super) lanes: Vec<(ActionState, Vec<RecordId>)>,
    rows: Vec<Vec<Cell<'static>>>,
}

/// One line of the timeline.
#[derive(Debug)]
pub(super) struct Bar {
    /// The record.
    pub(super) kind: Kind,
    /// The record.
    pub(super) id: RecordId,
    /// Its name.
    pub(super) name: String,
    /// How deep it stands in the outline.
    pub(super) depth: usize,
    /// What it is drawn as.
    pub(super) shape: Shape,
    /// Expected first and last day.
    pub(super) days: (NaiveDate, NaiveDate),
    /// First and last day as agreed.
    pub(super) agreed: Option<(NaiveDate, NaiveDate)>,
    /// How much is done, in hundredths of a percent.
    pub(super) done: i64,
    /// Whether the project's end follows from it.
    pub(super) is_critical: bool,
    /// Working days behind the baseline.
    pub(super) slip: Option<i64>,
}

/// What a bar is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A task.
    Task,
    /// A group of tasks.
    Summary,
    /// A day.
    Diamond,
}

/// Gathers a project; `None` if it is not on the board.
///
/// Cost: that of the model's schedule of the project.
pub(super) fn project_data(scene: &Scene, id: RecordId) -> Option<ProjectData> {
    let (board, today) = (&*scene.board, scene.today);
    let schedule = schedule::of(board, id, today)?;
    let mut bars = task_bars(board, &schedule);
    let rows = schedule.rows.iter().map(|row| outline(scene, row));
    let rows = rows.collect();
    let links = links(board, id, &bars);
    bars.extend(milestone_bars(scene, id));
    let first = bars.iter().map(|bar| bar.days.0).min();
    let first = first.unwrap_or(schedule.start).min(today);
    let last = bars.iter().map(|bar| bar.days.1).max();
    let last = last.or(schedule.finish).unwrap_or(today).max(today);
    let baseline = schedule.baseline.as_ref().map(|baseline| {
        let day = baseline.taken_on.map(|day| format::day(day, today));
        format!("{} {}", baseline.name, day.unwrap_or_default())
    });
    Some(ProjectData {
        name: schedule.project.name.clone(),
        health: health::all(board, today).remove(&id),
        slip: schedule.slip,
        baseline: baseline.unwrap_or_default(),
        links,
        span: (add_days(first, -7), add_days(last, 21)),
        lanes: lanes(board, id),
        bars,
        rows,
    })
}

fn task_bars(board: &Board, schedule: &ProjectSchedule) -> Vec<Bar> {
    let baseline = schedule.baseline.as_ref().map(|baseline| baseline.meta.id);
    let agreed = |task: RecordId| {
        let tasks = board.baseline_tasks.into_iter().map(|(_, one)| one);
        let mut own = tasks.filter(|one| one.baseline == baseline && one.task == Some(task));
        let one = own.find(|_| baseline.is_some())?;
        Some((one.start?, one.finish?))
    };
    schedule
        .rows
        .iter()
        .map(|row| {
            let is_point = row.task.duration.is_some_and(|days| days.0 == 0);
            Bar {
                kind: Kind::Task,
                id: row.task.meta.id,
                name: row.task.name.clone(),
                depth: row.depth,
                shape: match (row.is_summary, is_point) {
                    (true, _) => Shape::Summary,
                    (false, true) => Shape::Diamond,
                    (false, false) => Shape::Task,
                },
                days: (row.start, row.finish.max(row.start)),
                agreed: agreed(row.task.meta.id),
                done: row.done_basis_points,
                is_critical: row.times.is_critical() && !row.is_summary && !row.is_done(),
                slip: row.slip,
            }
        })
        .collect()
}

fn milestone_bars(scene: &Scene, id: RecordId) -> Vec<Bar> {
    let calendars = adjutant_model::workdays::Calendars::of(&scene.board);
    let milestones = scene.board.milestones.into_iter();
    let mut bars: Vec<Bar> = milestones
        .filter(|(_, one)| one.project == Some(id))
        .filter_map(|(milestone, one)| {
            let day = one.done_on.or_else(|| project::shown_day(one))?;
            Some(Bar {
                kind: Kind::Milestone,
                id: *milestone,
                name: one.name.clone(),
                depth: 0,
                shape: Shape::Diamond,
                days: (day, day),
                agreed: one.baseline.map(|day| (day, day)),
                done: if one.done_on.is_some() { 10_000 } else { 0 },
                is_critical: false,
                slip: project::slip(one, scene.today, calendars.of_workspace()),
            })
        })
        .collect();
    bars.sort_by_key(|bar| bar.days.0);
    bars
}

fn links(board: &Board, project: RecordId, bars: &[Bar]) -> Vec<(usize, usize, bool)> {
    let place = |task: Option<RecordId>| bars.iter().position(|bar| Some(bar.id) == task);
    let dependencies = board.dependencies.into_iter().map(|(_, one)| one);
    dependencies
        .filter(|one| one.project == Some(project))
        .filter_map(|one| {
            let (from, to) = (place(one.predecessor)?, place(one.successor)?);
            let critical = |at: usize| bars.get(at).is_some_and(|bar| bar.is_critical);
            Some((from, to, critical(from) && critical(to)))
        })
        .collect()
}

/// Returns the cells of a task in the outline.
fn outline(scene: &Scene, row: &schedule::TaskRow) -> Vec<Cell<'static>> {
    let today = scene.today;
    let indent = "\u{2003}".repeat(row.depth);
    let name = format!("{indent}{}", row.task.name);
    let person = Datum::person(&scene.board, row.task.owner).cell;
    let days = row
        .task
        .duration
        .map_or(String::new(), |days| days.0.to_string());
    let percent = format!("{} %", row.done_basis_points / 100);
    let float = row.times.total_float;
    let float = if row.is_summary {
        Cell::new(Look::Plain, "")
    } else if row.is_done() {
        Cell::new(Look::Mark(Tone::Ok, icons::DONE), "Done")
    } else if row.times.is_critical() {
        Cell::new(Look::Mark(Tone::Bad, icons::HIGH), "Critical")
    } else {
        Cell::new(Look::Plain, format::counted(count(float), "day", "days"))
    };
    let slip = match row.slip {
        None => Cell::new(Look::Plain, ""),
        Some(late) if late > 0 => Cell::new(Look::Figure(Tone::Bad), format::slip(late)),
        Some(days) => Cell::new(Look::Figure(Tone::Neutral), format::slip(days)),
    };
    vec![
        Cell::new(
            if row.is_summary {
                Look::Name
            } else {
                Look::Plain
            },
            name,
        ),
        Cell::new(Look::Figure(Tone::Neutral), format::day(row.start, today)),
        Cell::new(Look::Figure(Tone::Neutral), format::day(row.finish, today)),
        Cell::new(Look::Figure(Tone::Neutral), days),
        Cell::new(Look::Figure(Tone::Neutral), percent),
        float,
        slip,
        person,
    ]
}

fn count(days: i64) -> usize {
    usize::try_from(days).unwrap_or(0)
}

fn lanes(board: &Board, project: RecordId) -> Vec<(ActionState, Vec<RecordId>)> {
    let lane = |state: ActionState| {
        let actions = board.actions.into_iter();
        let own = actions.filter(|(_, one)| one.project == Some(project) && one.state == state);
        let mut ids: Vec<_> = own
            .map(|(id, one)| (one.due.is_none(), one.due, *id))
            .collect();
        ids.sort_unstable();
        (state, ids.into_iter().map(|(_, _, id)| id).collect())
    };
    ActionState::ALL.iter().copied().map(lane).collect()
}

/// Returns the field that a cell of the outline edits.
pub(super) fn outline_field(task: RecordId, column: usize) -> Option<Field> {
    let name = match column {
        0 => "name",
        3 => "duration",
        4 => "percent",
        7 => "owner",
        _ => return None,
    };
    Some(Field {
        kind: Kind::Task,
        id: task,
        name,
    })
}

impl Rows for ProjectData {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, row: usize) -> Option<RecordId> {
        let tasks = self.rows.len();
        self.bars.get(row).filter(|_| row < tasks).map(|bar| bar.id)
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let cell = self.rows.get(row).and_then(|cells| cells.get(column));
        cell.map_or_else(|| Cell::new(Look::Plain, ""), Cell::lent)
    }
}

/// What a card of the board says.
#[derive(Debug)]
pub(super) struct CardData {
    /// What is to be done.
    pub(super) title: String,
    /// Who does it.
    pub(super) owner: String,
    /// Day by which.
    pub(super) due: String,
    /// Whether that is past.
    pub(super) is_late: bool,
    /// How urgent, in words; empty for nothing to say.
    pub(super) priority: &'static str,
}

/// Returns what the card of an action says.
pub(super) fn card(scene: &Scene, id: RecordId) -> CardData {
    let board = &*scene.board;
    let Some(one) = board.actions.get(&id) else {
        return CardData {
            title: title(board, Kind::Action, id),
            owner: String::new(),
            due: String::new(),
            is_late: false,
            priority: "",
        };
    };
    CardData {
        title: one.title.clone(),
        owner: board.person_name(one.owner).to_owned(),
        due: one
            .due
            .map(|day| format::day(day, scene.today))
            .unwrap_or_default(),
        is_late: action::days_overdue(one, scene.today).is_some(),
        priority: match one.priority {
            adjutant_model::action::Priority::High => "High",
            adjutant_model::action::Priority::Normal | adjutant_model::action::Priority::Low => "",
        },
    }
}
