//! Action items: overdue, due this week, by owner; filtered and sorted lists.
//!
//! Overdue means open and due before today. Lists are of shared records in an order that is the same on every device:
//! what is equal under the chosen key stays in the order in which it was made.

mod index;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::action::{Action, ActionState};
use crate::board::Board;
use crate::calendar::add_days;
use crate::people::PersonId;

pub use index::{ActionIndex, OverdueAction};

/// Tells whether an action is open and was due before `today`.
pub fn is_overdue(action: &Action, today: NaiveDate) -> bool {
    action.state.is_open() && action.due.is_some_and(|due| due < today)
}

/// Tells whether an action is open and due from `today` to the Sunday of its week.
pub fn is_due_this_week(action: &Action, today: NaiveDate) -> bool {
    action.state.is_open()
        && action
            .due
            .is_some_and(|due| due >= today && due <= sunday_of(today))
}

fn sunday_of(day: NaiveDate) -> NaiveDate {
    let left = 6_u32.saturating_sub(day.weekday().num_days_from_monday());
    add_days(day, i64::from(left))
}

/// Returns by how many calendar days an action is overdue; `None` if it is not.
pub fn days_overdue(action: &Action, today: NaiveDate) -> Option<i64> {
    let due = action.due.filter(|_| is_overdue(action, today))?;
    Some(today.signed_duration_since(due).num_days())
}

/// How many actions stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActionCounts {
    /// Open, in progress or waiting.
    pub open: usize,
    /// Open and due before today.
    pub overdue: usize,
    /// Open and due from today to Sunday.
    pub due_this_week: usize,
    /// Open and nobody's.
    pub without_owner: usize,
    /// Open and with no day.
    pub without_due: usize,
}

impl ActionCounts {
    /// Takes one action in.
    pub fn add(&mut self, action: &Action, today: NaiveDate) {
        if action.state.is_open() {
            self.add_open(action.due, action.owner.is_some(), today);
        }
    }

    fn add_open(&mut self, due: Option<NaiveDate>, has_owner: bool, today: NaiveDate) {
        let is_due = |from, through| due.is_some_and(|due| due >= from && due <= through);
        let counts = [
            (&mut self.open, true),
            (&mut self.overdue, due.is_some_and(|due| due < today)),
            (&mut self.due_this_week, is_due(today, sunday_of(today))),
            (&mut self.without_owner, !has_owner),
            (&mut self.without_due, due.is_none()),
        ];
        for (count, is_counted) in counts {
            *count = count.saturating_add(usize::from(is_counted));
        }
    }
}

/// Returns the counts over all actions of the board, in one walk.
pub fn counts(board: &Board, today: NaiveDate) -> ActionCounts {
    let mut counts = ActionCounts::default();
    for (_, action) in &board.actions {
        counts.add(action, today);
    }
    counts
}

/// Returns the counts for each owner who has an open action, in one walk; `None` stands for nobody.
pub fn by_owner(board: &Board, today: NaiveDate) -> BTreeMap<Option<PersonId>, ActionCounts> {
    let mut owners: BTreeMap<Option<PersonId>, ActionCounts> = BTreeMap::new();
    for (_, action) in &board.actions {
        if action.state.is_open() {
            owners.entry(action.owner).or_default().add(action, today);
        }
    }
    owners
}

/// Whose actions a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerFilter {
    /// Everybody's and nobody's.
    #[default]
    Any,
    /// Nobody's.
    Nobody,
    /// One person's.
    Person(PersonId),
}

/// Which actions a list shows: those that pass every part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActionFilter {
    /// Words that all stand in the title or in the name of the owner or project, in any case and order; empty for no
    /// limit.
    pub text: String,
    /// Whose.
    pub owner: OwnerFilter,
    /// In which states; empty for all.
    pub states: Vec<ActionState>,
    /// Only what is overdue.
    pub only_overdue: bool,
}

impl ActionFilter {
    /// Returns the filter for everything that is still to be done.
    pub fn open() -> Self {
        let states = ActionState::ALL.iter().copied();
        Self {
            states: states.filter(|state| state.is_open()).collect(),
            ..Self::default()
        }
    }
}

/// What a list of actions is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKey {
    /// Day by which it is to be done; those without one last.
    #[default]
    Due,
    /// Title, in any case.
    Title,
    /// Name of the owner, in any case; those without one last.
    Owner,
    /// State, in the order of [`ActionState::ALL`].
    State,
    /// High, normal, low.
    Priority,
    /// Name of the project, in any case; those without one last.
    Project,
    /// Order in which they were made.
    Made,
}

/// A sort key and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActionOrder {
    /// What to sort by.
    pub key: ActionKey,
    /// Greatest first. What has no value still comes last.
    pub is_descending: bool,
}

/// Returns the actions that pass `filter`, in `order`; what is equal stays in the order in which it was made.
///
/// Cost: that of an [`ActionIndex`], one walk over all actions, and of a list of it. Who lists again and again keeps the
/// index.
pub fn list(
    board: &Board,
    filter: &ActionFilter,
    order: ActionOrder,
    today: NaiveDate,
) -> Vec<Arc<Action>> {
    let found = ActionIndex::of(board).list(board, filter, order, today);
    found
        .iter()
        .filter_map(|id| board.actions.get(id).cloned())
        .collect()
}

#[cfg(test)]
mod tests;
