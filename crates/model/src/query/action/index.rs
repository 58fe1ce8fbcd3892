//! What lists of actions need of each action, side by side in memory.
//!
//! A list of 12,000 actions that is filtered with every keystroke, or counted with every edit that arrives, must not
//! visit 12,000 records all over memory. The index is brought up to date by comparing pointers: only what an edit
//! touched is read anew. It decides nothing: equal boards give equal indexes, however they came about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::{ActionCounts, ActionFilter, ActionKey, ActionOrder, OwnerFilter};
use crate::action::{Action, ActionState, Priority};
use crate::board::Board;
use crate::people::PersonId;

/// All actions of a board, ready to be counted and listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionIndex {
    /// In order of id, as on the board.
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    id: RecordId,
    action: Arc<Action>,
    /// In lower case.
    title: Box<str>,
    owner: Option<PersonId>,
    project: Option<RecordId>,
    due: Option<NaiveDate>,
    state: ActionState,
    priority: Priority,
}

/// An action that is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverdueAction {
    /// The action.
    pub id: RecordId,
    /// Since when, in calendar days.
    pub days: i64,
    /// How urgent it is.
    pub priority: Priority,
}

impl Entry {
    fn of(id: RecordId, action: &Arc<Action>) -> Self {
        Self {
            id,
            title: action.title.to_lowercase().into(),
            owner: action.owner,
            project: action.project,
            due: action.due,
            state: action.state,
            priority: action.priority,
            action: Arc::clone(action),
        }
    }

    fn is_overdue(&self, today: NaiveDate) -> bool {
        self.state.is_open() && self.due.is_some_and(|due| due < today)
    }

    fn passes_but_text(&self, filter: &ActionFilter, today: NaiveDate) -> bool {
        let owner = match filter.owner {
            OwnerFilter::Any => true,
            OwnerFilter::Nobody => self.owner.is_none(),
            OwnerFilter::Person(person) => self.owner == Some(person),
        };
        owner
            && (filter.states.is_empty() || filter.states.contains(&self.state))
            && (!filter.only_overdue || self.is_overdue(today))
    }
}

impl ActionIndex {
    /// Reads all actions of a board.
    pub fn of(board: &Board) -> Self {
        let mut index = Self::default();
        index.renew(board);
        index
    }

    /// Takes over what has changed since the board that this index was made of.
    ///
    /// Cost: one step for each action, but only those that differ are read.
    pub fn renew(&mut self, board: &Board) {
        let mut known = std::mem::take(&mut self.entries).into_iter().peekable();
        self.entries.reserve(board.actions.len());
        for (id, action) in &board.actions {
            while known.next_if(|entry| entry.id < *id).is_some() {}
            let same = known.next_if(|entry| Arc::ptr_eq(&entry.action, action));
            self.entries
                .push(same.unwrap_or_else(|| Entry::of(*id, action)));
        }
    }

    /// Returns the counts over all actions.
    ///
    /// Cost: one walk over the index.
    pub fn counts(&self, today: NaiveDate) -> ActionCounts {
        let mut counts = ActionCounts::default();
        for entry in self.entries.iter().filter(|entry| entry.state.is_open()) {
            counts.add_open(entry.due, entry.owner.is_some(), today);
        }
        counts
    }

    /// Returns all that are open and were due before `today`, in the order in which they were made.
    pub fn overdue(&self, today: NaiveDate) -> impl Iterator<Item = OverdueAction> {
        self.entries.iter().filter_map(move |entry| {
            let due = entry.due.filter(|_| entry.is_overdue(today))?;
            Some(OverdueAction {
                id: entry.id,
                days: today.signed_duration_since(due).num_days(),
                priority: entry.priority,
            })
        })
    }

    /// Returns the actions that pass `filter`, in `order`; what is equal stays in the order in which it was made.
    ///
    /// `board` is the one that this index was made of; names of people and projects are looked up in it, once each.
    ///
    /// Cost: one walk over the index and a sort of what passes.
    pub fn list(
        &self,
        board: &Board,
        filter: &ActionFilter,
        order: ActionOrder,
        today: NaiveDate,
    ) -> Vec<RecordId> {
        let names = Names::of(board, filter, order.key);
        let mut found: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| entry.passes_but_text(filter, today) && names.pass(entry))
            .collect();
        sort(&mut found, order, &names);
        found.iter().map(|entry| entry.id).collect()
    }
}

/// The words that are searched for, and the names that sorting needs.
#[derive(Debug, Default)]
struct Names {
    words: Vec<Word>,
    people: BTreeMap<PersonId, Name>,
    projects: BTreeMap<RecordId, Name>,
}

/// A word, and whose names it stands in: names are searched once each, not once for each action.
#[derive(Debug)]
struct Word {
    text: String,
    people: BTreeSet<PersonId>,
    projects: BTreeSet<RecordId>,
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
        let mut names = Self::default();
        let is_searching = !filter.text.trim().is_empty();
        if is_searching || key == ActionKey::Owner {
            let people = board.people.into_iter();
            names.people = placed(people.map(|(id, person)| (PersonId(*id), person.name.clone())));
        }
        if is_searching || key == ActionKey::Project {
            let projects = board.projects.into_iter();
            names.projects = placed(projects.map(|(id, project)| (*id, project.name.clone())));
        }
        let words = filter.text.split_whitespace().map(str::to_lowercase);
        names.words = words
            .map(|text| Word {
                people: with(&names.people, &text),
                projects: with(&names.projects, &text),
                text,
            })
            .collect();
        names
    }

    fn owner(&self, entry: &Entry) -> Option<&Name> {
        self.people.get(&entry.owner?)
    }

    fn project(&self, entry: &Entry) -> Option<&Name> {
        self.projects.get(&entry.project?)
    }

    fn pass(&self, entry: &Entry) -> bool {
        self.words.iter().all(|word| {
            entry.title.contains(word.text.as_str())
                || entry.owner.is_some_and(|id| word.people.contains(&id))
                || entry.project.is_some_and(|id| word.projects.contains(&id))
        })
    }
}

/// Returns whose names hold a text.
fn with<Id: Ord + Copy>(names: &BTreeMap<Id, Name>, text: &str) -> BTreeSet<Id> {
    let found = names.iter().filter(|(_, name)| name.lower.contains(text));
    found.map(|(id, _)| *id).collect()
}

fn sort(found: &mut [&Entry], order: ActionOrder, names: &Names) {
    let descending = order.is_descending;
    match order.key {
        ActionKey::Due => found.sort_by_key(|entry| gap_last(entry.due, descending)),
        ActionKey::Title => found.sort_by_key(|entry| Directed::new(&*entry.title, descending)),
        ActionKey::Owner => found.sort_by_cached_key(|entry| {
            gap_last(names.owner(entry).map(|name| name.place), descending)
        }),
        ActionKey::State => found.sort_by_key(|entry| Directed::new(entry.state, descending)),
        ActionKey::Priority => {
            found.sort_by_key(|entry| Directed::new(urgency(entry.priority), descending));
        }
        ActionKey::Project => found.sort_by_cached_key(|entry| {
            gap_last(names.project(entry).map(|name| name.place), descending)
        }),
        ActionKey::Made => {
            if descending {
                found.reverse();
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
