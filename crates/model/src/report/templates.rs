//! All reports by name: what each says, what it is about, and the function that makes it.
//!
//! Programs, windows and the month's pack go by this list, so a new report is one function and one line here. The one
//! rule: a name never changes, because scripts use it.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::{
    Report, actions, briefing, budget, comparison, contracts, decisions, licences, meeting, notice,
    onboarding, owners, project, projects,
};
use crate::board::Board;
use crate::kind::Kind;
use crate::meeting::{Meeting, MeetingState};

/// A report that can be asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Its name on the command line and in file names.
    pub name: &'static str,
    /// What it says, in a few words.
    pub says: &'static str,
    /// Whether it belongs to what a department issues every month.
    pub is_monthly: bool,
    how: How,
}

#[derive(Debug, Clone, Copy)]
enum How {
    /// It is about the whole board.
    All(fn(&Board, NaiveDate) -> Report),
    /// It is about one record of a kind; the second function finds the one that is meant if nobody says.
    One(
        Kind,
        fn(&Board, RecordId, NaiveDate) -> Option<Report>,
        fn(&Board, NaiveDate) -> Option<RecordId>,
    ),
}

/// Every report.
pub const ALL: &[Template] = &[
    every_month(
        "briefing",
        "one page for a leadership meeting",
        briefing::report,
    ),
    every_month("projects", "the status of all projects", projects::report),
    of_one(
        "project",
        "the status of one project on one page",
        Kind::Project,
        project::report,
        nothing,
    ),
    Template {
        is_monthly: true,
        ..of_one(
            "budget",
            "a budget, month by month",
            Kind::Budget,
            budget::report,
            newest_budget,
        )
    },
    every_month(
        "actions",
        "open actions: overdue, due this week",
        actions::report,
    ),
    every_month("owners", "open actions, owner by owner", owners::report),
    of_one(
        "agenda",
        "the agenda of a meeting",
        Kind::Meeting,
        meeting::agenda,
        next_meeting,
    ),
    of_one(
        "minutes",
        "the minutes of a meeting",
        Kind::Meeting,
        meeting::minutes,
        last_meeting,
    ),
    every_month("decisions", "the register of decisions", decisions::report),
    every_month(
        "contracts",
        "contracts and renewals, by the day to act",
        contracts::report,
    ),
    every_month(
        "licences",
        "what is licensed, what is used, what it costs",
        licences::report,
    ),
    of_one(
        "comparison",
        "a vendor comparison as a memo",
        Kind::Evaluation,
        comparison::report,
        nothing,
    ),
    of_one(
        "notice",
        "a communication as it goes out",
        Kind::Communication,
        notice::report,
        nothing,
    ),
    of_one(
        "onboarding",
        "the pack of somebody who comes or goes",
        Kind::Checklist,
        onboarding::report,
        nothing,
    ),
];

const fn every_month(
    name: &'static str,
    says: &'static str,
    make: fn(&Board, NaiveDate) -> Report,
) -> Template {
    Template {
        name,
        says,
        is_monthly: true,
        how: How::All(make),
    }
}

const fn of_one(
    name: &'static str,
    says: &'static str,
    kind: Kind,
    make: fn(&Board, RecordId, NaiveDate) -> Option<Report>,
    usual: fn(&Board, NaiveDate) -> Option<RecordId>,
) -> Template {
    Template {
        name,
        says,
        is_monthly: false,
        how: How::One(kind, make, usual),
    }
}

impl Template {
    /// Returns the report with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|one| one.name == name)
    }

    /// Returns the kind of record that it is about, if it is about one.
    pub fn about(&self) -> Option<Kind> {
        match self.how {
            How::All(_) => None,
            How::One(kind, ..) => Some(kind),
        }
    }

    /// Returns the record that is meant if nobody says: the newest budget that has begun, the next meeting, the last.
    pub fn usual(&self, board: &Board, today: NaiveDate) -> Option<RecordId> {
        match self.how {
            How::All(_) => None,
            How::One(_, _, usual) => usual(board, today),
        }
    }

    /// Makes the report, of this record if it is about one; `None` if that record is not on the board.
    pub fn make(&self, board: &Board, of: Option<RecordId>, today: NaiveDate) -> Option<Report> {
        match self.how {
            How::All(make) => Some(make(board, today)),
            How::One(_, make, _) => make(board, of?, today),
        }
    }
}

fn nothing(_board: &Board, _today: NaiveDate) -> Option<RecordId> {
    None
}

/// Returns the budget with the newest fiscal year that has begun, else any.
fn newest_budget(board: &Board, today: NaiveDate) -> Option<RecordId> {
    let begun = (&board.budgets)
        .into_iter()
        .filter(|(_, budget)| budget.fiscal_year <= budget.calendar().year_of(today));
    let newest = begun.max_by_key(|(_, budget)| budget.fiscal_year);
    let any = newest.or_else(|| (&board.budgets).into_iter().next());
    any.map(|(id, _)| *id)
}

fn next_meeting(board: &Board, today: NaiveDate) -> Option<RecordId> {
    let ahead = meetings(board)
        .filter(|(meeting, day)| *day >= today && meeting.state == MeetingState::Planned);
    let next = ahead.min_by_key(|(meeting, day)| (*day, meeting.meta.id));
    next.map(|(meeting, _)| meeting.meta.id)
}

/// Returns the meeting that was held last; where none was, the last one whose day has come.
fn last_meeting(board: &Board, today: NaiveDate) -> Option<RecordId> {
    let past = meetings(board).filter(|(_, day)| *day <= today);
    let last = past
        .max_by_key(|(meeting, day)| (meeting.state == MeetingState::Held, *day, meeting.meta.id));
    last.map(|(meeting, _)| meeting.meta.id)
}

/// Returns the meetings that were not cancelled, with their days.
fn meetings(board: &Board) -> impl Iterator<Item = (&Meeting, NaiveDate)> {
    (&board.meetings)
        .into_iter()
        .filter(|(_, meeting)| meeting.state != MeetingState::Cancelled)
        .filter_map(|(_, meeting)| Some((&**meeting, meeting.day?)))
}
