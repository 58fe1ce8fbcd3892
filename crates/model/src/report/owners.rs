//! The list of actions by owner: what each person is to do, overdue first.
//!
//! Actions without an owner come first, because nobody else will bring them up.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::draft::{Draft, left, right};
use super::{Cell, Report, Tone, capitalised, counted};
use crate::action::Action;
use crate::board::Board;
use crate::query::action::{ActionFilter, ActionOrder, days_overdue, is_overdue, list};
use crate::query::meeting::meeting_of;

pub(super) fn report(board: &Board, today: NaiveDate) -> Report {
    let open = list(board, &ActionFilter::open(), ActionOrder::default(), today);
    let mut owners: BTreeMap<(bool, &str), Vec<&Arc<Action>>> = BTreeMap::new();
    for action in &open {
        let name = match (action.owner, board.person_name(action.owner)) {
            (None, _) => "No owner",
            (Some(_), "") => "Not known here yet",
            (Some(_), name) => name,
        };
        let key = (action.owner.is_some(), name);
        owners.entry(key).or_default().push(action);
    }
    let mut draft = Draft::new("Actions by owner", today);
    let overdue = open.iter().filter(|one| is_overdue(one, today)).count();
    draft.say(format!(
        "{} open, {overdue} of them overdue.",
        capitalised(&counted(open.len(), "action"))
    ));
    for ((_, name), mut actions) in owners {
        actions.sort_by_key(|action| (action.due.is_none(), action.due));
        let overdue = actions.iter().filter(|one| is_overdue(one, today)).count();
        let late = match overdue {
            0 => String::new(),
            count => format!(", {count} overdue"),
        };
        draft.heading(format!(
            "{name}: {}{late}",
            counted(actions.len(), "action")
        ));
        let rows = actions.iter().map(|action| row(board, action, today));
        let columns = [
            left("Number"),
            left("Action"),
            left("From"),
            left("State"),
            left("Waits for"),
            right("Due"),
            right("Days overdue"),
        ];
        draft.table(columns, rows.collect(), "");
    }
    draft.done()
}

fn row(board: &Board, action: &Action, today: NaiveDate) -> [Cell; 7] {
    let project = action.project.and_then(|id| board.projects.get(&id));
    let meeting = meeting_of(board, action).and_then(|id| board.meetings.get(&id));
    let from = match (project, meeting) {
        (Some(project), _) => project.name.clone(),
        (None, Some(meeting)) => crate::query::meeting::head(board, meeting).name,
        (None, None) => String::new(),
    };
    let tone = if is_overdue(action, today) {
        Tone::Bad
    } else {
        Tone::Neutral
    };
    [
        Cell::text(&action.number),
        Cell::text(&action.title),
        Cell::text(&from),
        Cell::status(action.state.label(), tone),
        Cell::text(board.person_name(action.waiting_for)),
        Cell::date(action.due),
        days_overdue(action, today).map_or(Cell::Empty, Cell::Count),
    ]
}
