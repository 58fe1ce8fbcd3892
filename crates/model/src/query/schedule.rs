//! The schedule of a project: dates, floats and critical path of its tasks, slip against the baseline.
//!
//! Whatever a merge yields has a schedule: a dependency that closes a cycle is suspended (the newest of each cycle), one
//! that names a missing task or an impossible end is left out with its reason, a task whose parent is missing or lies
//! below it stands at the top.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::{RecordId, limits};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::{WorkingCalendar, add_days};
use crate::project::Project;
use crate::schedule::{Activity, Link, LinkKind, Network, Times};
use crate::task::{Baseline, BaselineTask, Constraint, Dependency, Task};
use crate::workdays::Calendars;

mod tree;

use tree::Tree;

/// Why a dependency holds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inactive {
    /// It closes a cycle and is the newest in it.
    Cycle,
    /// One of its tasks is deleted, has not arrived, or belongs to another project.
    MissingTask,
    /// It ties a summary task by an end that follows from the tasks below, or to a task of its own.
    Summary,
    /// The project has more links than can be scheduled.
    TooMany,
}

impl Inactive {
    /// Returns the words that people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cycle => "closes a cycle",
            Self::MissingTask => "names a task that is not there",
            Self::Summary => "ties a summary task in a way that has no meaning",
            Self::TooMany => "is one too many",
        }
    }
}

/// One task with its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// The task.
    pub task: Arc<Task>,
    /// How many tasks it is part of.
    pub depth: usize,
    /// Whether other tasks are part of it.
    pub is_summary: bool,
    /// First day; of a milestone the day on which it is reached.
    pub start: NaiveDate,
    /// Last day.
    pub finish: NaiveDate,
    /// Offsets and floats in working days; of a summary the span of the tasks below and their least float.
    pub times: Times,
    /// Percentage done in basis points; of a summary by duration.
    pub done_basis_points: i64,
    /// Whether it begins before the project by a negative lag.
    pub is_before_start: bool,
    /// Working days by which it finishes after its deadline.
    pub past_deadline: Option<i64>,
    /// Slip of its finish against the latest baseline in working days, above zero is late.
    pub slip: Option<i64>,
}

impl TaskRow {
    /// Tells whether the task is done.
    pub fn is_done(&self) -> bool {
        self.task.actual_finish.is_some() || self.done_basis_points >= 10_000
    }

    /// Tells whether the task should have begun or ended by `today` and has not.
    pub fn is_behind(&self, today: NaiveDate) -> bool {
        let should_have_begun = self.start < today
            && self.task.actual_start.is_none()
            && self.done_basis_points == 0
            && !self.is_summary;
        !self.is_done() && (self.finish < today || should_have_begun)
    }
}

/// The schedule of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSchedule {
    /// The project.
    pub project: Arc<Project>,
    /// The day of offset zero.
    pub start: NaiveDate,
    /// The last day of the last task; `None` without tasks.
    pub finish: Option<NaiveDate>,
    /// Its tasks as a tree: each before the tasks that are part of it.
    pub rows: Vec<TaskRow>,
    /// Dependencies that hold nothing, by their ids.
    pub inactive: Vec<(Arc<Dependency>, Inactive)>,
    /// Tasks whose parents lie below them: each was put at the top.
    pub parent_cycles: Vec<RecordId>,
    /// The baseline that slip is counted from.
    pub baseline: Option<Arc<Baseline>>,
    /// Slip of the whole project in working days, above zero is late; `None` without a baseline.
    pub slip: Option<i64>,
}

impl ProjectSchedule {
    /// Returns the row of a task.
    pub fn row(&self, task: RecordId) -> Option<&TaskRow> {
        self.rows.iter().find(|row| row.task.meta.id == task)
    }
}

/// The records that schedules are made from, by project: one walk over each table.
#[derive(Debug, Default)]
pub struct Parts {
    tasks: BTreeMap<RecordId, Vec<Arc<Task>>>,
    dependencies: BTreeMap<RecordId, Vec<Arc<Dependency>>>,
    baselines: BTreeMap<RecordId, Arc<Baseline>>,
    baseline_tasks: BTreeMap<RecordId, Vec<Arc<BaselineTask>>>,
    calendars: Calendars,
}

impl Parts {
    /// Gathers the parts of the projects that `is_wanted` takes.
    pub fn of(board: &Board, is_wanted: impl Fn(RecordId) -> bool) -> Self {
        let mut parts = Self {
            calendars: Calendars::of(board),
            ..Self::default()
        };
        let wanted = |project: Option<RecordId>| project.filter(|id| is_wanted(*id));
        for (_, task) in &board.tasks {
            if let Some(project) = wanted(task.project) {
                let list = parts.tasks.entry(project).or_default();
                list.push(Arc::clone(task));
            }
        }
        for (_, dependency) in &board.dependencies {
            if let Some(project) = wanted(dependency.project) {
                let list = parts.dependencies.entry(project).or_default();
                list.push(Arc::clone(dependency));
            }
        }
        for (_, baseline) in &board.baselines {
            if let Some(project) = wanted(baseline.project) {
                let latest = parts
                    .baselines
                    .entry(project)
                    .or_insert_with(|| Arc::clone(baseline));
                if baseline.taken_on >= latest.taken_on {
                    *latest = Arc::clone(baseline);
                }
            }
        }
        for (_, row) in &board.baseline_tasks {
            if let Some(baseline) = row.baseline {
                let list = parts.baseline_tasks.entry(baseline).or_default();
                list.push(Arc::clone(row));
            }
        }
        parts
    }

    /// Returns the calendars.
    pub fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    /// Returns the schedule of one project as of `today`.
    pub fn schedule(&self, project: &Arc<Project>, today: NaiveDate) -> ProjectSchedule {
        let id = project.meta.id;
        let tasks = self.tasks.get(&id).map(Vec::as_slice).unwrap_or_default();
        let dependencies = self.dependencies.get(&id);
        let dependencies = dependencies.map(Vec::as_slice).unwrap_or_default();
        let calendar = self.calendars.of_project(project);
        let mut schedule = lay_out(project, tasks, dependencies, calendar, today);
        schedule.baseline = self.baselines.get(&id).cloned();
        compare(&mut schedule, self.baseline_rows(id), calendar, today);
        schedule
    }

    /// Returns the schedules of all projects, those without tasks too.
    pub(crate) fn schedules(
        &self,
        board: &Board,
        today: NaiveDate,
    ) -> BTreeMap<RecordId, ProjectSchedule> {
        let all = board.projects.into_iter();
        all.map(|(id, project)| (*id, self.schedule(project, today)))
            .collect()
    }

    /// Tells whether a project has tasks.
    pub(crate) fn has_tasks(&self, project: RecordId) -> bool {
        self.tasks.contains_key(&project)
    }

    /// Returns what a project's latest baseline holds; nothing without one.
    pub(crate) fn baseline_rows(&self, project: RecordId) -> &[Arc<BaselineTask>] {
        let baseline = self.baselines.get(&project);
        let rows = baseline.and_then(|baseline| self.baseline_tasks.get(&baseline.meta.id));
        rows.map(Vec::as_slice).unwrap_or_default()
    }
}

/// Returns the schedule of a project as of `today`; `None` if it is not on the board.
///
/// Cost: one walk over all tasks and dependencies, then linear in those of the project.
pub fn of(board: &Board, project: RecordId, today: NaiveDate) -> Option<ProjectSchedule> {
    let found = board.projects.get(&project)?;
    Some(Parts::of(board, |id| id == project).schedule(found, today))
}

/// Returns the schedules of all projects that have tasks, in order of project id.
///
/// Cost: one walk over all tasks and dependencies, then linear in those.
pub fn all(board: &Board, today: NaiveDate) -> Vec<ProjectSchedule> {
    let parts = Parts::of(board, |_| true);
    (&board.projects)
        .into_iter()
        .filter(|(id, _)| parts.has_tasks(**id))
        .map(|(_, project)| parts.schedule(project, today))
        .collect()
}

/// Tells whether dependencies of a project lead from one task to another, directly or over others.
pub(crate) fn leads_to(board: &Board, project: RecordId, from: RecordId, to: RecordId) -> bool {
    let mut next: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
    for (_, dependency) in &board.dependencies {
        if let (Some(before), Some(behind)) = (dependency.predecessor, dependency.successor)
            && dependency.project == Some(project)
        {
            next.entry(before).or_default().push(behind);
        }
    }
    let mut waiting = vec![from];
    while let Some(task) = waiting.pop() {
        if task == to {
            return true;
        }
        // Each list is taken out once, so the walk ends in a cycle too.
        waiting.extend(next.remove(&task).unwrap_or_default());
    }
    false
}

fn lay_out(
    project: &Arc<Project>,
    tasks: &[Arc<Task>],
    dependencies: &[Arc<Dependency>],
    calendar: &WorkingCalendar,
    today: NaiveDate,
) -> ProjectSchedule {
    let tree = Tree::of(tasks);
    let start = calendar.on_or_after(first_day(project, tasks, today));
    let activities: Vec<Activity> = tree
        .nodes
        .iter()
        .map(|node| activity(&node.task, node.is_summary(), calendar, start))
        .collect();
    let (links, mut inactive) = links(&tree, dependencies);
    let mut network = crate::schedule::schedule(&activities, &links);
    let cycles = std::mem::take(&mut network.suspended);
    let suspended = cycles.iter().filter_map(|at| dependencies.get(*at));
    inactive.extend(suspended.map(|dependency| (Arc::clone(dependency), Inactive::Cycle)));
    inactive.sort_by_key(|(dependency, _)| dependency.meta.id);
    let follows_work = follows_work(&network, &links);
    tree.roll_up(&mut network);
    let done = tree.done();
    let days = Days::new(calendar, start, network.end);
    let rows: Vec<TaskRow> = tree
        .nodes
        .iter()
        .zip(&network.times)
        .zip(done)
        .zip(follows_work)
        .map(|(((node, times), done_basis_points), follows_work)| {
            let finish = days.finish(times, follows_work);
            TaskRow {
                task: Arc::clone(&node.task),
                depth: node.depth,
                is_summary: node.is_summary(),
                start: days.start(times, follows_work),
                finish,
                times: *times,
                done_basis_points,
                is_before_start: times.early_start < 0,
                past_deadline: past_deadline(&node.task, finish, calendar),
                slip: None,
            }
        })
        .collect();
    ProjectSchedule {
        project: Arc::clone(project),
        start,
        finish: rows.iter().map(|row| row.finish).max(),
        rows,
        inactive,
        parent_cycles: tree.parent_cycles,
        baseline: None,
        slip: None,
    }
}

/// Returns the day of offset zero: the project's start, else the earliest day that a task names, else today.
fn first_day(project: &Project, tasks: &[Arc<Task>], today: NaiveDate) -> NaiveDate {
    let named = tasks.iter().flat_map(|task| {
        let constraint = task
            .constraint_day
            .filter(|_| task.constraint == Constraint::StartNoEarlier);
        [task.actual_start, constraint].into_iter().flatten()
    });
    project.start.or_else(|| named.min()).unwrap_or(today)
}

fn activity(
    task: &Task,
    is_summary: bool,
    calendar: &WorkingCalendar,
    start: NaiveDate,
) -> Activity {
    if is_summary {
        return Activity::default();
    }
    let offset = |day: NaiveDate| calendar.working_days_between(start, day);
    let is_held = task.constraint == Constraint::StartNoEarlier;
    Activity {
        duration: task.working_days(),
        not_before: task.constraint_day.filter(|_| is_held).map(offset),
        started: task.actual_start.map(offset),
        finished: task.actual_finish.map(|day| offset(add_days(day, 1))),
    }
}

/// Turns dependencies into links between leaves of the tree; those that hold nothing are returned with their reasons.
fn links(
    tree: &Tree,
    dependencies: &[Arc<Dependency>],
) -> (Vec<Link>, Vec<(Arc<Dependency>, Inactive)>) {
    let (mut links, mut inactive) = (Vec::new(), Vec::new());
    for (at, dependency) in dependencies.iter().enumerate() {
        match expand(tree, dependency, at, links.len()) {
            Ok(mut own) => links.append(&mut own),
            Err(reason) => inactive.push((Arc::clone(dependency), reason)),
        }
    }
    (links, inactive)
}

fn expand(
    tree: &Tree,
    dependency: &Dependency,
    at: usize,
    so_far: usize,
) -> Result<Vec<Link>, Inactive> {
    let place = |task: Option<RecordId>| task.and_then(|id| tree.place(id));
    let from = place(dependency.predecessor).ok_or(Inactive::MissingTask)?;
    let to = place(dependency.successor).ok_or(Inactive::MissingTask)?;
    let kind = dependency.kind;
    // The start of a summary is its earliest task's, its finish the latest's: only these ends can hold and be held.
    let holds_by_finish = matches!(kind, LinkKind::FinishToStart | LinkKind::FinishToFinish);
    let is_held_by_start = matches!(kind, LinkKind::FinishToStart | LinkKind::StartToStart);
    let (before, behind) = (tree.leaves(from), tree.leaves(to));
    let is_inside = tree.contains(from, to) || tree.contains(to, from);
    if (tree.is_summary(from) && !holds_by_finish)
        || (tree.is_summary(to) && !is_held_by_start)
        || (from != to && is_inside)
    {
        return Err(Inactive::Summary);
    }
    let pairs = before.len().saturating_mul(behind.len());
    if so_far.saturating_add(pairs) > limits::SCHEDULE_LINKS {
        return Err(Inactive::TooMany);
    }
    let link = |from: usize, to: usize| Link {
        from,
        to,
        kind,
        lag: dependency.lag.0,
        dependency: at,
    };
    let pairs = before
        .iter()
        .flat_map(|from| behind.iter().map(move |to| (*from, *to)));
    Ok(pairs.map(|(from, to)| link(from, to)).collect())
}

/// Tells of each activity whether the end of another's work holds it: such a milestone shows on that work's last day.
///
/// Only a link that drives counts: where the activity begins later anyway, it shows on its own day. A milestone behind
/// another shows on the other's day.
fn follows_work(network: &Network, links: &[Link]) -> Vec<bool> {
    let times = |at: usize| network.times.get(at).copied().unwrap_or_default();
    let drives = |link: &&Link| {
        let (before, own) = (times(link.from), times(link.to));
        match link.kind {
            LinkKind::FinishToStart => before.early_finish + link.lag == own.early_start,
            LinkKind::FinishToFinish => before.early_finish + link.lag == own.early_finish,
            LinkKind::StartToStart | LinkKind::StartToFinish => false,
        }
    };
    let is_work = |at: usize| times(at).early_finish > times(at).early_start;
    let mut follows = vec![false; network.times.len()];
    let mut behind: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut waiting = Vec::new();
    for link in links.iter().filter(drives) {
        if is_work(link.from) {
            waiting.push(link.to);
        } else {
            behind.entry(link.from).or_default().push(link.to);
        }
    }
    while let Some(at) = waiting.pop() {
        if let Some(own @ false) = follows.get_mut(at) {
            *own = true;
            waiting.extend(behind.get(&at).into_iter().flatten());
        }
    }
    follows
}

fn past_deadline(task: &Task, finish: NaiveDate, calendar: &WorkingCalendar) -> Option<i64> {
    let deadline = task
        .constraint_day
        .filter(|_| task.constraint == Constraint::FinishBy)?;
    (finish > deadline)
        .then(|| calendar.working_days_between(add_days(deadline, 1), add_days(finish, 1)))
}

/// Counts the slip of each task and of the project against what the baseline holds.
///
/// A task that is not done and whose last day has passed is expected today at the earliest, as a milestone is.
fn compare(
    schedule: &mut ProjectSchedule,
    held: &[Arc<BaselineTask>],
    calendar: &WorkingCalendar,
    today: NaiveDate,
) {
    let held: BTreeMap<RecordId, NaiveDate> = held
        .iter()
        .filter_map(|row| Some((row.task?, row.finish?)))
        .collect();
    let agreed = held.values().max().copied();
    let expected = |row: &TaskRow| {
        if row.is_done() {
            row.finish
        } else {
            row.finish.max(today)
        }
    };
    let last = schedule.rows.iter().map(expected).max();
    schedule.slip = agreed
        .zip(last)
        .map(|(agreed, last)| calendar.working_days_between(agreed, last));
    for row in &mut schedule.rows {
        let agreed = held.get(&row.task.meta.id);
        row.slip = agreed.map(|agreed| calendar.working_days_between(*agreed, expected(row)));
    }
}

/// Offsets as days. Those of the project stand in a table; what lies outside it is reckoned.
struct Days<'a> {
    calendar: &'a WorkingCalendar,
    start: NaiveDate,
    table: Vec<NaiveDate>,
}

/// The most working days that stand in the table: about eighty years.
const TABLE_DAYS: usize = 20_000;

impl<'a> Days<'a> {
    /// Readies the days up to offset `end`.
    fn new(calendar: &'a WorkingCalendar, start: NaiveDate, end: i64) -> Self {
        let count = usize::try_from(end.saturating_add(1)).unwrap_or(0);
        let worked = start.iter_days().filter(|day| calendar.is_working(*day));
        Self {
            calendar,
            start,
            table: worked.take(count.min(TABLE_DAYS)).collect(),
        }
    }

    fn day(&self, offset: i64) -> NaiveDate {
        let at = usize::try_from(offset).ok();
        at.and_then(|at| self.table.get(at).copied())
            .unwrap_or_else(|| self.calendar.add_working_days(self.start, offset))
    }

    fn start(&self, times: &Times, follows_work: bool) -> NaiveDate {
        if times.early_finish == times.early_start {
            return self.finish(times, follows_work);
        }
        self.day(times.early_start)
    }

    fn finish(&self, times: &Times, follows_work: bool) -> NaiveDate {
        let is_milestone = times.early_finish == times.early_start;
        if is_milestone && !follows_work {
            return self.day(times.early_finish);
        }
        self.day(times.early_finish.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests;
