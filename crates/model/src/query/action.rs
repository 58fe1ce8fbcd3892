//! Action items: overdue, due this week, by owner; filtered and sorted lists.
//!
//! Overdue means open and due before today. Lists are of shared records in an order that is the same on every device:
//! what is equal under the chosen key stays in the order in which it was made.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::action::{Action, ActionState, Priority};
use crate::board::Board;
use crate::calendar::add_days;
use crate::people::PersonId;

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
        if !action.state.is_open() {
            return;
        }
        let counts = [
            (&mut self.open, true),
            (&mut self.overdue, is_overdue(action, today)),
            (&mut self.due_this_week, is_due_this_week(action, today)),
            (&mut self.without_owner, action.owner.is_none()),
            (&mut self.without_due, action.due.is_none()),
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

    fn passes_but_text(&self, action: &Action, today: NaiveDate) -> bool {
        let owner = match self.owner {
            OwnerFilter::Any => true,
            OwnerFilter::Nobody => action.owner.is_none(),
            OwnerFilter::Person(person) => action.owner == Some(person),
        };
        owner
            && (self.states.is_empty() || self.states.contains(&action.state))
            && (!self.only_overdue || is_overdue(action, today))
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
/// Cost: one walk over all actions and a sort of what passes. Names are brought to lower case once for each record.
pub fn list(
    board: &Board,
    filter: &ActionFilter,
    order: ActionOrder,
    today: NaiveDate,
) -> Vec<Arc<Action>> {
    let names = Names::of(board, filter, order.key);
    let actions = board.actions.into_iter().map(|(_, action)| action);
    let mut found: Vec<Arc<Action>> = actions
        .filter(|action| filter.passes_but_text(action, today) && names.pass(action))
        .cloned()
        .collect();
    sort(&mut found, order, &names);
    found
}

/// The words that are searched for, and the names that searching and sorting need.
#[derive(Debug, Default)]
struct Names {
    words: Vec<String>,
    people: BTreeMap<PersonId, Name>,
    projects: BTreeMap<RecordId, Name>,
}

/// A name in lower case and its place among all names of its kind: places compare faster than names.
#[derive(Debug)]
struct Name {
    lower: String,
    place: usize,
}

fn placed<Id: Ord>(names: impl Iterator<Item = (Id, String)>) -> BTreeMap<Id, Name> {
    let mut names: Vec<(String, Id)> = names.map(|(id, name)| (name.to_lowercase(), id)).collect();
    names.sort_unstable();
    let mut place = 0_usize;
    let mut before: Option<String> = None;
    let mut placed = BTreeMap::new();
    for (lower, id) in names {
        // Namesakes share a place.
        if before.as_ref().is_some_and(|before| *before != lower) {
            place = place.saturating_add(1);
        }
        before = Some(lower.clone());
        placed.insert(id, Name { lower, place });
    }
    placed
}

impl Names {
    fn of(board: &Board, filter: &ActionFilter, key: ActionKey) -> Self {
        let words: Vec<String> = filter
            .text
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let is_searching = !words.is_empty();
        let mut names = Self {
            words,
            ..Self::default()
        };
        if is_searching || key == ActionKey::Owner {
            let people = board.people.into_iter();
            names.people = placed(people.map(|(id, person)| (PersonId(*id), person.name.clone())));
        }
        if is_searching || key == ActionKey::Project {
            let projects = board.projects.into_iter();
            names.projects = placed(projects.map(|(id, project)| (*id, project.name.clone())));
        }
        names
    }

    fn owner(&self, action: &Action) -> Option<&Name> {
        self.people.get(&action.owner?)
    }

    fn project(&self, action: &Action) -> Option<&Name> {
        self.projects.get(&action.project?)
    }

    fn pass(&self, action: &Action) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let title = action.title.to_lowercase();
        let owner = self.owner(action).map_or("", |name| &name.lower);
        let project = self.project(action).map_or("", |name| &name.lower);
        let stands = |word: &String| {
            [title.as_str(), owner, project]
                .iter()
                .any(|text| text.contains(word.as_str()))
        };
        self.words.iter().all(stands)
    }
}

/// Sorts by a key that is made once for each action, not once for each comparison.
fn sort(actions: &mut [Arc<Action>], order: ActionOrder, names: &Names) {
    let descending = order.is_descending;
    match order.key {
        ActionKey::Due => {
            actions.sort_by_cached_key(|action| gap_last(action.due, descending));
        }
        ActionKey::Title => {
            actions.sort_by_cached_key(|action| {
                Directed::new(action.title.to_lowercase(), descending)
            });
        }
        ActionKey::Owner => actions.sort_by_cached_key(|action| {
            gap_last(names.owner(action).map(|name| name.place), descending)
        }),
        ActionKey::State => {
            actions.sort_by_cached_key(|action| Directed::new(action.state, descending));
        }
        ActionKey::Priority => {
            actions
                .sort_by_cached_key(|action| Directed::new(urgency(action.priority), descending));
        }
        ActionKey::Project => actions.sort_by_cached_key(|action| {
            gap_last(names.project(action).map(|name| name.place), descending)
        }),
        ActionKey::Made => {
            if descending {
                actions.reverse();
            }
        }
    }
}

fn urgency(priority: Priority) -> u8 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

/// Returns the key under which what has no value comes last, whichever way round.
fn gap_last<T>(value: Option<T>, descending: bool) -> (bool, Option<Directed<T>>) {
    (
        value.is_none(),
        value.map(|value| Directed::new(value, descending)),
    )
}

/// A key that compares the chosen way round.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Directed<T> {
    Up(T),
    Down(std::cmp::Reverse<T>),
}

impl<T> Directed<T> {
    fn new(key: T, descending: bool) -> Self {
        if descending {
            Self::Down(std::cmp::Reverse(key))
        } else {
            Self::Up(key)
        }
    }
}

#[cfg(test)]
mod tests;
