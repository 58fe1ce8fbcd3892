//! How a project stands: green, amber or red by the workspace's written rule, each with its reason.
//!
//! The overall colour is the worst of its dimensions. A project that nobody has reported on for too long is stale unless
//! it is amber or red by its dates or costs already: grey must not hide red. A person's judgement stands over the rule
//! while it has a reason and has not expired.
//!
//! Source: practice of project offices; cost limits as the US federal IT dashboard ("within 10 % = green") and stricter.

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::WorkingCalendar;
use crate::project::{Project, ProjectStatus};
use crate::query::budget::basis_points;
use crate::query::project::{MilestoneState, ProjectFigures, ProjectIndex};
use crate::query::schedule::{Parts, ProjectSchedule};
use crate::settings::{RagRule, Rules};
use crate::status::{Rag, UpdateState};

/// A colour with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The colour.
    pub rag: Rag,
    /// Why, in one sentence with figures and their units.
    pub reason: String,
}

impl Judgement {
    fn new(rag: Rag, reason: impl Into<String>) -> Self {
        Self {
            rag,
            reason: reason.into(),
        }
    }
}

/// How a project stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// By its dates.
    pub schedule: Judgement,
    /// By its costs; `None` without a planned cost.
    pub cost: Option<Judgement>,
    /// The worst of all, or somebody's judgement.
    pub overall: Judgement,
    /// Whether the overall colour is somebody's judgement.
    pub is_overridden: bool,
    /// Day of the last issued status update.
    pub last_update: Option<NaiveDate>,
}

/// Returns how every project stands as of `today`.
///
/// Cost: one walk over projects, milestones, tasks and status updates.
pub fn all(board: &Board, today: NaiveDate) -> BTreeMap<RecordId, Health> {
    let parts = Parts::of(board, |_| true);
    of_schedules(board, &parts, &parts.schedules(board, today), today)
}

/// Returns what [`all`] does, from the parts and schedules of all projects.
pub(crate) fn of_schedules(
    board: &Board,
    parts: &Parts,
    schedules: &BTreeMap<RecordId, ProjectSchedule>,
    today: NaiveDate,
) -> BTreeMap<RecordId, Health> {
    let rules = Rules::of(board);
    let index = ProjectIndex::of(board, today, parts.calendars());
    let mut updates: BTreeMap<RecordId, NaiveDate> = BTreeMap::new();
    for (_, update) in &board.status_updates {
        if let (Some(project), Some(day), UpdateState::Issued) =
            (update.project, update.day, update.state)
        {
            let last = updates.entry(project).or_insert(day);
            *last = day.max(*last);
        }
    }
    let judged = index.projects.iter().filter_map(|(id, figures)| {
        let seen = Seen {
            figures,
            schedule: schedules.get(id)?,
            last_update: updates.get(id).copied(),
            today,
        };
        let calendar = parts.calendars().of_project(&figures.project);
        Some((*id, judge(&seen, &rules.rag, calendar)))
    });
    judged.collect()
}

/// What a judgement rests on.
struct Seen<'a> {
    figures: &'a ProjectFigures,
    schedule: &'a ProjectSchedule,
    last_update: Option<NaiveDate>,
    today: NaiveDate,
}

fn judge(seen: &Seen<'_>, rule: &RagRule, calendar: &WorkingCalendar) -> Health {
    let project = &seen.figures.project;
    let schedule = by_dates(seen, rule, calendar);
    let cost = by_cost(project, rule);
    let stale = staleness(seen, rule);
    // Of equals the last counts: dates before costs.
    let dimensions = [stale.as_ref(), cost.as_ref(), Some(&schedule)];
    let worst = dimensions
        .into_iter()
        .flatten()
        .max_by_key(|judgement| severity(judgement.rag));
    let judged = project.health_override.filter(|_| {
        !project.override_reason.trim().is_empty()
            && project
                .override_until
                .is_some_and(|until| until >= seen.today)
    });
    let overall = match judged {
        Some(rag) => Judgement::new(rag, project.override_reason.clone()),
        None => worst.unwrap_or(&schedule).clone(),
    };
    Health {
        is_overridden: judged.is_some(),
        overall,
        schedule,
        cost,
        last_update: seen.last_update,
    }
}

/// Returns how bad a colour is, to find the worst.
pub(crate) fn severity(rag: Rag) -> u8 {
    match rag {
        Rag::Green => 0,
        Rag::Stale => 1,
        Rag::Amber => 2,
        Rag::Red => 3,
    }
}

fn by_dates(seen: &Seen<'_>, rule: &RagRule, calendar: &WorkingCalendar) -> Judgement {
    let target = seen.figures.project.target;
    let is_open = seen.figures.project.status.is_open();
    // A project that goes on behind its target is late, whatever its tasks say.
    let behind_target = target
        .filter(|target| is_open && *target < seen.today)
        .map(|target| calendar.working_days_between(target, seen.today));
    let slip = seen.schedule.slip.max(seen.figures.slip).max(behind_target);
    let by_slip = slip.map_or_else(
        || Judgement::new(Rag::Green, "No baseline to be late against"),
        |slip| judge_slip(slip, duration(seen, calendar), rule),
    );
    match overdue(seen, rule, calendar) {
        Some(overdue) if severity(overdue.rag) >= severity(by_slip.rag) => overdue,
        _ => by_slip,
    }
}

fn judge_slip(slip: i64, duration: Option<i64>, rule: &RagRule) -> Judgement {
    let share = duration.and_then(|days| basis_points(slip, days));
    let is_within = |days: i64, limit: i64| slip <= days || share.is_some_and(|is| is <= limit);
    let rag = if is_within(rule.green_slip, rule.green_slip_share) {
        Rag::Green
    } else if is_within(rule.amber_slip, rule.amber_slip_share) {
        Rag::Amber
    } else {
        Rag::Red
    };
    let of_duration = share.map_or(String::new(), |share| {
        format!(", {} % of its duration", percent(share))
    });
    let words = match slip {
        0 => "The finish is on its baseline".to_owned(),
        early if early < 0 => format!("The finish is {} wd early", early.saturating_neg()),
        late => format!("The finish is {late} wd late{of_duration}"),
    };
    Judgement::new(rag, words)
}

/// Returns the working days from the project's first to its last agreed day, both counted.
fn duration(seen: &Seen<'_>, calendar: &WorkingCalendar) -> Option<i64> {
    let project = &seen.figures.project;
    let start = project.start.unwrap_or(seen.schedule.start);
    let agreed = seen.figures.milestones.iter().filter_map(|m| m.baseline);
    let end = project
        .target
        .or_else(|| agreed.max())
        .or(seen.schedule.finish)?;
    let days = calendar.working_days_between(start, crate::calendar::add_days(end, 1));
    (days > 0).then_some(days)
}

/// Judges the milestone that is overdue the longest: only a critical one can make the project red.
fn overdue(seen: &Seen<'_>, rule: &RagRule, calendar: &WorkingCalendar) -> Option<Judgement> {
    if !seen.figures.project.status.is_open() {
        return None;
    }
    let worst = seen
        .figures
        .milestones
        .iter()
        .filter_map(|milestone| {
            let state = crate::query::project::state(milestone, seen.today, calendar);
            let MilestoneState::Overdue { working_days } = state else {
                return None;
            };
            let row = milestone.task.and_then(|task| seen.schedule.row(task));
            // A milestone that no task stands for counts as critical: nobody has said that it can wait.
            let is_critical = row.is_none_or(|row| row.times.is_critical());
            let is_red = is_critical && working_days > rule.milestone_grace;
            Some((is_red, working_days, &milestone.name))
        })
        .max();
    worst.map(|(is_red, days, name)| {
        let rag = if is_red { Rag::Red } else { Rag::Amber };
        Judgement::new(rag, format!("Milestone \"{name}\" is overdue by {days} wd"))
    })
}

fn by_cost(project: &Project, rule: &RagRule) -> Option<Judgement> {
    let planned = project.planned_cost.filter(|planned| planned.0 != 0)?;
    let overrun = project.cost_overrun.map_or(0, |overrun| overrun.0);
    let share = basis_points(overrun, planned.0)?;
    // Compared without rounding: a cent over the limit is over it.
    let is_within = |limit: i64| {
        i128::from(overrun) * 10_000 <= i128::from(limit) * i128::from(planned.0).abs()
    };
    let rag = if is_within(rule.green_overrun) {
        Rag::Green
    } else if is_within(rule.amber_overrun) {
        Rag::Amber
    } else {
        Rag::Red
    };
    let words = match share {
        0 => "Cost is as planned".to_owned(),
        under if under < 0 => format!("Cost is {} % under plan", percent(under.saturating_neg())),
        over => format!("Cost is {} % over plan", percent(over)),
    };
    Some(Judgement::new(rag, words))
}

fn staleness(seen: &Seen<'_>, rule: &RagRule) -> Option<Judgement> {
    if seen.figures.project.status != ProjectStatus::Active {
        return None;
    }
    let Some(last) = seen.last_update else {
        return Some(Judgement::new(Rag::Stale, "There is no status update"));
    };
    let days = seen.today.signed_duration_since(last).num_days();
    (days > rule.stale_after).then(|| {
        Judgement::new(
            Rag::Stale,
            format!("The last status update is {days} days old"),
        )
    })
}

/// Returns basis points as a percentage with one decimal, rounded half away from zero.
fn percent(basis_points: i64) -> String {
    let tenths = crate::money::divide_rounded(i128::from(basis_points), 10).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths.unsigned_abs() % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;

    fn desk() -> Desk {
        let mut desk = Desk::new();
        desk.put(
            Kind::Project,
            "p",
            &[
                ("name", "Move"),
                ("status", "active"),
                ("start", "2026-01-05"),
                ("target", "2026-12-18"),
                ("planned_cost", "1000"),
            ],
        );
        desk.put(
            Kind::StatusUpdate,
            "u",
            &[
                ("project", "p"),
                ("title", "Week 47"),
                ("day", "2026-11-20"),
                ("state", "issued"),
            ],
        );
        desk
    }

    fn check(desk: &Desk, rag: Rag, reason: &str) {
        let health = &all(desk.board(), day("2026-11-25"))[&id("p")];
        assert_eq!(
            (health.overall.rag, health.overall.reason.as_str()),
            (rag, reason)
        );
    }

    fn milestone(desk: &mut Desk, baseline: &str, forecast: &str) {
        desk.put(
            Kind::Milestone,
            "m",
            &[
                ("project", "p"),
                ("name", "Cutover"),
                ("baseline", baseline),
                ("forecast", forecast),
            ],
        );
    }

    #[test]
    fn slip_within_either_limit_is_green() {
        let mut desk = desk();
        milestone(&mut desk, "2026-12-01", "2026-12-03");
        check(
            &desk,
            Rag::Green,
            "The finish is 2 wd late, 0.8 % of its duration",
        );
        milestone(&mut desk, "2026-12-01", "2026-12-17");
        check(
            &desk,
            Rag::Green,
            "The finish is 12 wd late, 4.8 % of its duration",
        );
        milestone(&mut desk, "2026-12-01", "2026-12-18");
        check(
            &desk,
            Rag::Amber,
            "The finish is 13 wd late, 5.2 % of its duration",
        );
        milestone(&mut desk, "2026-12-01", "2027-02-01");
        check(
            &desk,
            Rag::Red,
            "The finish is 44 wd late, 17.6 % of its duration",
        );
    }

    #[test]
    fn an_overdue_milestone_is_amber_and_then_red() {
        let mut desk = desk();
        milestone(&mut desk, "2026-11-18", "2026-11-18");
        check(
            &desk,
            Rag::Amber,
            "Milestone \"Cutover\" is overdue by 5 wd",
        );
        milestone(&mut desk, "2026-11-17", "2026-11-17");
        check(&desk, Rag::Red, "Milestone \"Cutover\" is overdue by 6 wd");
    }

    #[test]
    fn a_milestone_off_the_critical_path_stays_amber() {
        let mut desk = desk();
        for (name, days) in [("long", "200"), ("short", "1")] {
            desk.put(
                Kind::Task,
                name,
                &[("project", "p"), ("name", name), ("duration", days)],
            );
        }
        milestone(&mut desk, "2026-10-01", "2026-10-01");
        let end = [
            ("project", "p"),
            ("name", "End"),
            ("baseline", "2026-12-18"),
        ];
        desk.put(Kind::Milestone, "end", &end);
        desk.put(Kind::Milestone, "m", &[("task", "short")]);
        check(
            &desk,
            Rag::Amber,
            "Milestone \"Cutover\" is overdue by 39 wd",
        );
        desk.put(Kind::Milestone, "m", &[("task", "long")]);
        check(&desk, Rag::Red, "Milestone \"Cutover\" is overdue by 39 wd");
    }

    #[test]
    fn cost_has_its_own_limits() {
        let mut desk = desk();
        for (overrun, rag, reason) in [
            ("50", Rag::Green, "Cost is 5.0 % over plan"),
            ("50.10", Rag::Amber, "Cost is 5.0 % over plan"),
            ("100", Rag::Amber, "Cost is 10.0 % over plan"),
            ("100.10", Rag::Red, "Cost is 10.0 % over plan"),
            ("-100", Rag::Green, "Cost is 10.0 % under plan"),
        ] {
            desk.put(Kind::Project, "p", &[("cost_overrun", overrun)]);
            let health = &all(desk.board(), day("2026-11-25"))[&id("p")];
            let cost = health.cost.clone().unwrap();
            assert_eq!((cost.rag, cost.reason.as_str()), (rag, reason), "{overrun}");
        }
    }

    #[test]
    fn silence_is_stale_and_does_not_hide_red() {
        let mut desk = desk();
        desk.put(
            Kind::StatusUpdate,
            "draft",
            &[("project", "p"), ("title", "Draft"), ("day", "2026-12-09")],
        );
        let late = |desk: &Desk| {
            all(desk.board(), day("2026-12-10"))[&id("p")]
                .overall
                .clone()
        };
        assert_eq!(late(&desk).reason, "The last status update is 20 days old");
        assert_eq!(late(&desk).rag, Rag::Stale);
        desk.put(Kind::Project, "p", &[("cost_overrun", "500")]);
        assert_eq!(late(&desk).rag, Rag::Red);
    }

    #[test]
    fn a_judgement_counts_until_its_last_day() {
        let mut desk = desk();
        desk.put(
            Kind::Project,
            "p",
            &[
                ("cost_overrun", "500"),
                ("health_override", "amber"),
                ("override_reason", "The overrun is paid by the supplier"),
                ("override_until", "2026-11-25"),
            ],
        );
        check(&desk, Rag::Amber, "The overrun is paid by the supplier");
        let next = &all(desk.board(), day("2026-11-26"))[&id("p")];
        assert_eq!((next.overall.rag, next.is_overridden), (Rag::Red, false));
    }
}
