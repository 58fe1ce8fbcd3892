//! Days to come as values: what a calendar program is given.
//!
//! Open milestones of open projects and the targets of open projects; days by which to act on contracts and the last days
//! for notice. The one rule: an entry is named by its record, so that a calendar which is given it again moves the day
//! instead of adding a second one.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::board::Board;
use crate::query::contract;
use crate::query::project::shown_day;

/// One whole day in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record that it stands for.
    pub record: RecordId,
    /// The day.
    pub day: NaiveDate,
    /// What is due.
    pub title: String,
    /// What it belongs to: a project, a vendor.
    pub context: String,
    /// What that is, in a word.
    pub context_kind: &'static str,
    /// Who answers for it; empty if nobody does.
    pub owner: String,
    /// Days before the day on which to remind, the earliest first.
    pub remind_days: &'static [u16],
}

/// When the day to act on a contract is reminded of; the ladder of its obligations goes on in the program.
const ACT_REMINDERS: &[u16] = &[30, 14, 7, 1];
/// When the last day for notice is reminded of.
const NOTICE_REMINDERS: &[u16] = &[7, 1];
/// When milestones are reminded of.
const MILESTONE_REMINDERS: &[u16] = &[7, 1];
/// When targets are reminded of.
const TARGET_REMINDERS: &[u16] = &[14, 7];

/// Returns the days to come of all open projects, sorted by day and then by record.
///
/// Days that have passed are among them as long as their milestone is not reached.
pub fn of(board: &Board) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (id, project) in &board.projects {
        if let Some(day) = project.target.filter(|_| project.status.is_open()) {
            entries.push(Entry {
                record: *id,
                day,
                title: format!("Target: {}", project.name),
                context: project.name.clone(),
                context_kind: "Project",
                owner: board.person_name(project.owner).to_owned(),
                remind_days: TARGET_REMINDERS,
            });
        }
    }
    for (id, milestone) in &board.milestones {
        let project = milestone
            .project
            .and_then(|project| board.projects.get(&project))
            .filter(|project| project.status.is_open() && milestone.done_on.is_none());
        let (Some(project), Some(day)) = (project, shown_day(milestone)) else {
            continue;
        };
        entries.push(Entry {
            record: *id,
            day,
            title: milestone.name.clone(),
            context: project.name.clone(),
            context_kind: "Project",
            owner: board
                .person_name(milestone.owner.or(project.owner))
                .to_owned(),
            remind_days: MILESTONE_REMINDERS,
        });
    }
    entries.sort_by_key(|entry| (entry.day, entry.record));
    entries
}

/// Returns the days by which to act on contracts and the last days for notice, sorted by day.
pub fn renewals(board: &Board, today: NaiveDate) -> Vec<Entry> {
    let mut entries = Vec::new();
    for one in contract::all(board, today) {
        let contract = &one.contract;
        let vendor = contract.vendor.and_then(|id| board.vendors.get(&id));
        let days = [
            ("act", "Act", one.act_by, ACT_REMINDERS),
            (
                "notice",
                "Last day for notice",
                one.notice_deadline,
                NOTICE_REMINDERS,
            ),
        ];
        for (duty, words, day, remind_days) in days {
            let Some(day) = day else { continue };
            let id = contract.meta.id;
            entries.push(Entry {
                record: RecordId::derived(&format!("calendar/{duty}/{id}")),
                day,
                title: format!("{words}: {}", contract.name),
                context: vendor.map_or_else(String::new, |vendor| vendor.name.clone()),
                context_kind: "Vendor",
                owner: board.person_name(contract.owner).to_owned(),
                remind_days,
            });
        }
    }
    entries.sort_by_key(|entry| (entry.day, entry.record));
    entries
}
