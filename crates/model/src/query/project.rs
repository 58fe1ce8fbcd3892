//! Projects and milestones: state, slip, what comes next, counts.
//!
//! Slip is counted in working days, signed: above zero is late. A milestone's state and slip follow from its three
//! dates and today alone. Figures of projects are gathered in one walk over all milestones, never one walk for each.
//!
//! Source: schedule baselines as project managers use them: slip = forecast or actual finish - baseline finish;
//! overdue = agreed or committed day before today and not done.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::WorkingCalendar;
use crate::project::{Milestone, Project, ProjectStatus};
use crate::workdays::Calendars;

/// Where a milestone stands. Numbers are working days, zero or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MilestoneState {
    /// Reached by its baseline, or reached without one.
    DoneOnTime,
    /// Reached after its baseline.
    DoneLate {
        /// How late.
        working_days: i64,
    },
    /// Expected by its baseline.
    OnTrack,
    /// Expected after its baseline.
    ForecastLate {
        /// How late.
        working_days: i64,
    },
    /// Not reached, and the day that was agreed or forecast has passed.
    Overdue {
        /// Since the earlier of the two days; zero over a weekend.
        working_days: i64,
    },
    /// Not reached, and nobody has named a day.
    Undated,
}

impl MilestoneState {
    /// Tells whether the milestone has been reached.
    pub fn is_done(self) -> bool {
        matches!(self, Self::DoneOnTime | Self::DoneLate { .. })
    }

    /// Tells whether the milestone is overdue.
    pub fn is_overdue(self) -> bool {
        matches!(self, Self::Overdue { .. })
    }

    /// Tells whether the milestone is overdue or will be late.
    pub fn is_at_risk(self) -> bool {
        matches!(self, Self::Overdue { .. } | Self::ForecastLate { .. })
    }

    /// Returns the words that people read, for example "Overdue 3 wd" (wd: working days).
    pub fn words(self) -> String {
        match self {
            Self::DoneOnTime => "Done on time".to_owned(),
            Self::DoneLate { working_days } => format!("Done {working_days} wd late"),
            Self::OnTrack => "On track".to_owned(),
            Self::ForecastLate { working_days } => format!("Forecast {working_days} wd late"),
            Self::Overdue { working_days: 0 } => "Overdue".to_owned(),
            Self::Overdue { working_days } => format!("Overdue {working_days} wd"),
            Self::Undated => "No date".to_owned(),
        }
    }
}

/// Returns where a milestone stands on `today`.
pub fn state(
    milestone: &Milestone,
    today: NaiveDate,
    calendar: &WorkingCalendar,
) -> MilestoneState {
    if milestone.done_on.is_some() {
        return match slip(milestone, today, calendar) {
            Some(working_days) if working_days > 0 => MilestoneState::DoneLate { working_days },
            _ => MilestoneState::DoneOnTime,
        };
    }
    let days = [milestone.baseline, milestone.forecast];
    let Some(first) = days.into_iter().flatten().min() else {
        return MilestoneState::Undated;
    };
    if first < today {
        return MilestoneState::Overdue {
            working_days: calendar.working_days_between(first, today),
        };
    }
    match slip(milestone, today, calendar) {
        Some(working_days) if working_days > 0 => MilestoneState::ForecastLate { working_days },
        _ => MilestoneState::OnTrack,
    }
}

/// Returns the day that lists show for a milestone: reached, else forecast, else agreed.
pub fn shown_day(milestone: &Milestone) -> Option<NaiveDate> {
    milestone
        .done_on
        .or(milestone.forecast)
        .or(milestone.baseline)
}

/// Returns how many working days a milestone was or will be reached after its baseline; below zero is early.
///
/// An open milestone whose day has passed is expected today at the earliest: a slip of nothing beside "overdue" would
/// mislead. `None` without a baseline.
pub fn slip(milestone: &Milestone, today: NaiveDate, calendar: &WorkingCalendar) -> Option<i64> {
    let baseline = milestone.baseline?;
    Some(calendar.working_days_between(baseline, expected(milestone, Some(today))?))
}

/// Returns the day on which a milestone was or will be reached; if open, not before `earliest`.
fn expected(milestone: &Milestone, earliest: Option<NaiveDate>) -> Option<NaiveDate> {
    let day = shown_day(milestone)?;
    Some(match earliest {
        Some(earliest) if milestone.done_on.is_none() => day.max(earliest),
        _ => day,
    })
}

/// A project with what follows from its milestones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFigures {
    /// The project.
    pub project: Arc<Project>,
    /// All its milestones, by [`shown_day`], those without a day last.
    pub milestones: Vec<Arc<Milestone>>,
    /// How many are reached.
    pub done: usize,
    /// How many are overdue; none if the project is done or cancelled.
    pub overdue: usize,
    /// How many are forecast late; none if the project is done or cancelled.
    pub forecast_late: usize,
    /// The earliest that is not reached, with its state; none if the project is done or cancelled.
    pub next: Option<(Arc<Milestone>, MilestoneState)>,
    /// Slip of the project's finish in working days, above zero is late: from the last baseline of its milestones to
    /// the last day on which one of those is expected or was reached.
    ///
    /// The finish and not the worst milestone: a delay that was made good does not count. `None` without a baseline
    /// and for a cancelled project.
    pub slip: Option<i64>,
}

impl ProjectFigures {
    /// Tells whether the project is open and its target has passed.
    pub fn is_past_target(&self, today: NaiveDate) -> bool {
        self.project.status.is_open() && self.project.target.is_some_and(|target| target < today)
    }
}

/// Figures of all projects, gathered in one walk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectIndex {
    /// Every project of the board by id.
    pub projects: BTreeMap<RecordId, ProjectFigures>,
    /// Milestones whose project is deleted or has not arrived; they count nowhere else.
    pub orphans: Vec<Arc<Milestone>>,
}

impl ProjectIndex {
    /// Gathers the figures of all projects as of `today`, each by its own calendar.
    ///
    /// Cost: one walk over projects and one over milestones, times the logarithm of the number of projects.
    pub fn of(board: &Board, today: NaiveDate, calendars: &Calendars) -> Self {
        let mut milestones_of: BTreeMap<RecordId, Vec<Arc<Milestone>>> = BTreeMap::new();
        let mut orphans = Vec::new();
        for (_, milestone) in &board.milestones {
            match milestone.project {
                Some(project) if board.projects.get(&project).is_some() => {
                    milestones_of
                        .entry(project)
                        .or_default()
                        .push(Arc::clone(milestone));
                }
                _ => orphans.push(Arc::clone(milestone)),
            }
        }
        let figures = |(id, project): (&RecordId, &Arc<Project>)| {
            let milestones = milestones_of.remove(id).unwrap_or_default();
            let calendar = calendars.of_project(project);
            (
                *id,
                figures_of(Arc::clone(project), milestones, today, calendar),
            )
        };
        Self {
            projects: board.projects.into_iter().map(figures).collect(),
            orphans,
        }
    }

    /// Returns the counts of the whole portfolio.
    pub fn counts(&self, today: NaiveDate) -> PortfolioCounts {
        let of_status = |status: ProjectStatus| {
            let has = |figures: &&ProjectFigures| figures.project.status == status;
            (status, self.projects.values().filter(has).count())
        };
        let count = |has: &dyn Fn(&ProjectFigures) -> bool| {
            self.projects
                .values()
                .filter(|figures| has(figures))
                .count()
        };
        PortfolioCounts {
            by_status: ProjectStatus::ALL.iter().copied().map(of_status).collect(),
            open: count(&|figures| figures.project.status.is_open()),
            past_target: count(&|figures| figures.is_past_target(today)),
            with_overdue_milestones: count(&|figures| figures.overdue > 0),
        }
    }
}

/// How many projects stand where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PortfolioCounts {
    /// One count for every status, in the order of [`ProjectStatus::ALL`], zeros included.
    pub by_status: Vec<(ProjectStatus, usize)>,
    /// Planned, active or on hold.
    pub open: usize,
    /// Open, and the target has passed.
    pub past_target: usize,
    /// Open, and at least one milestone is overdue.
    pub with_overdue_milestones: usize,
}

fn figures_of(
    project: Arc<Project>,
    mut milestones: Vec<Arc<Milestone>>,
    today: NaiveDate,
    calendar: &WorkingCalendar,
) -> ProjectFigures {
    // A stable sort: milestones come in the order of their ids.
    milestones.sort_by_key(|milestone| {
        let day = shown_day(milestone);
        (day.is_none(), day)
    });
    let slip = finish_slip(project.status, &milestones, today, calendar);
    let mut figures = ProjectFigures {
        done: 0,
        overdue: 0,
        forecast_late: 0,
        next: None,
        slip,
        milestones,
        project,
    };
    let is_open = figures.project.status.is_open();
    for milestone in &figures.milestones {
        let state = state(milestone, today, calendar);
        if state.is_done() {
            figures.done = figures.done.saturating_add(1);
        } else if is_open {
            let late = match state {
                MilestoneState::Overdue { .. } => Some(&mut figures.overdue),
                MilestoneState::ForecastLate { .. } => Some(&mut figures.forecast_late),
                MilestoneState::DoneOnTime
                | MilestoneState::DoneLate { .. }
                | MilestoneState::OnTrack
                | MilestoneState::Undated => None,
            };
            if let Some(count) = late {
                *count = count.saturating_add(1);
            }
            figures
                .next
                .get_or_insert_with(|| (Arc::clone(milestone), state));
        }
    }
    figures
}

fn finish_slip(
    status: ProjectStatus,
    milestones: &[Arc<Milestone>],
    today: NaiveDate,
    calendar: &WorkingCalendar,
) -> Option<i64> {
    if status == ProjectStatus::Cancelled {
        return None;
    }
    // Nothing is expected any more of a project that is done, so its finish does not move on with today.
    let earliest = status.is_open().then_some(today);
    let with_baseline = || {
        milestones
            .iter()
            .filter(|milestone| milestone.baseline.is_some())
    };
    let agreed = with_baseline()
        .filter_map(|milestone| milestone.baseline)
        .max()?;
    let finish = with_baseline()
        .filter_map(|milestone| expected(milestone, earliest))
        .max()?;
    Some(calendar.working_days_between(agreed, finish))
}

#[cfg(test)]
mod tests;
