//! The list of actions: filtered and sorted by the model; cells are made for the rows in sight only.
//!
//! No drawing and no state: equal board, day and filter give equal rows.

use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_model::Board;
use adjutant_model::action::{Action, ActionState, Priority};
use adjutant_model::query::action::{
    ActionFilter, ActionKey, ActionOrder, OwnerFilter, days_overdue,
};
use chrono::NaiveDate;

use crate::format;
use crate::icons::{self, Icon};
use crate::theme::Tone;
use crate::views::Scene;
use crate::widgets::cell::{Cell, Look};
use crate::widgets::table::{Rows, Sort};

/// The columns, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionColumn {
    /// What is to be done.
    Title,
    /// Where it stands.
    State,
    /// Who is to do it.
    Owner,
    /// Day by which.
    Due,
    /// How urgent.
    Priority,
    /// The project that it serves.
    Project,
}

impl ActionColumn {
    /// All columns.
    pub const ALL: [Self; 6] = [
        Self::Title,
        Self::State,
        Self::Owner,
        Self::Due,
        Self::Priority,
        Self::Project,
    ];

    /// Returns the column at a place.
    pub fn at(place: usize) -> Option<Self> {
        Self::ALL.get(place).copied()
    }

    fn key(self) -> ActionKey {
        match self {
            Self::Title => ActionKey::Title,
            Self::State => ActionKey::State,
            Self::Owner => ActionKey::Owner,
            Self::Due => ActionKey::Due,
            Self::Priority => ActionKey::Priority,
            Self::Project => ActionKey::Project,
        }
    }
}

/// Which actions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ActionChoice {
    /// Open, in progress or waiting.
    #[default]
    Open,
    /// Open and due before today.
    Overdue,
    /// Done or cancelled.
    Closed,
    /// All.
    All,
}

impl ActionChoice {
    /// All choices.
    pub const ALL: [Self; 4] = [Self::Open, Self::Overdue, Self::Closed, Self::All];

    /// Returns the word that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Overdue => "Overdue",
            Self::Closed => "Closed",
            Self::All => "All",
        }
    }
}

/// What the list depends on beside the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionsFilter {
    /// Words that all stand in title, owner or project.
    pub text: String,
    /// Which actions.
    pub choice: ActionChoice,
    /// Whose.
    pub owner: OwnerFilter,
    /// The order.
    pub sort: Sort,
}

impl Default for ActionsFilter {
    /// Open actions, the first due first.
    fn default() -> Self {
        Self {
            text: String::new(),
            choice: ActionChoice::default(),
            owner: OwnerFilter::Any,
            sort: Sort {
                column: 3,
                is_descending: false,
            },
        }
    }
}

/// The list of actions.
#[derive(Debug)]
pub struct ActionsData {
    board: Arc<Board>,
    today: NaiveDate,
    /// The rows in their order.
    pub rows: Vec<RecordId>,
    /// How many there are of each choice, before the other filters.
    pub counts: [usize; 4],
}

/// Returns the rows of the list.
///
/// Cost: two walks over the index of actions and a sort of what passes.
pub fn actions_data(scene: &Scene, filter: &ActionsFilter) -> ActionsData {
    let states = match filter.choice {
        ActionChoice::Open | ActionChoice::Overdue => ActionFilter::open().states,
        ActionChoice::Closed => vec![ActionState::Done, ActionState::Cancelled],
        ActionChoice::All => Vec::new(),
    };
    let wanted = ActionFilter {
        text: filter.text.clone(),
        owner: filter.owner,
        states,
        only_overdue: filter.choice == ActionChoice::Overdue,
    };
    let key = ActionColumn::at(filter.sort.column).map_or(ActionKey::Due, ActionColumn::key);
    let order = ActionOrder {
        key,
        is_descending: filter.sort.is_descending,
    };
    let all = scene.board.actions.len();
    let counted = scene.actions.counts(scene.today);
    ActionsData {
        board: Arc::clone(&scene.board),
        today: scene.today,
        rows: scene
            .actions
            .list(&scene.board, &wanted, order, scene.today),
        counts: [
            counted.open,
            counted.overdue,
            all.saturating_sub(counted.open),
            all,
        ],
    }
}

impl ActionsData {
    /// Returns an action of the list.
    pub fn find(&self, id: RecordId) -> Option<&Action> {
        self.rows
            .contains(&id)
            .then(|| self.board.actions.get(&id))
            .flatten()
            .map(|action| &**action)
    }

    fn action(&self, row: usize) -> Option<&Action> {
        let action = self.board.actions.get(self.rows.get(row)?)?;
        Some(action)
    }
}

/// Returns tone and icon of a state.
pub fn state_look(state: ActionState) -> (Tone, Icon) {
    match state {
        ActionState::Open => (Tone::Neutral, icons::TO_DO),
        ActionState::InProgress => (Tone::Accent, icons::IN_PROGRESS),
        ActionState::Waiting => (Tone::Warn, icons::WAITING),
        ActionState::Done => (Tone::Ok, icons::DONE),
        ActionState::Cancelled => (Tone::Neutral, icons::CANCELLED),
    }
}

impl Rows for ActionsData {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, row: usize) -> Option<RecordId> {
        self.rows.get(row).copied()
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let (Some(action), Some(column)) = (self.action(row), ActionColumn::at(column)) else {
            return Cell::new(Look::Plain, "");
        };
        match column {
            ActionColumn::Title => {
                Cell::new(Look::Name, action.title.as_str()).struck(!action.state.is_open())
            }
            ActionColumn::State => {
                let (tone, icon) = state_look(action.state);
                Cell::new(Look::Tag(tone, icon), action.state.label())
            }
            ActionColumn::Owner => match self.board.person_name(action.owner) {
                "" => Cell::new(Look::Quiet, "No owner"),
                name => Cell::new(Look::Person, name),
            },
            ActionColumn::Due => {
                let day = action
                    .due
                    .map(|day| format::day(day, self.today))
                    .unwrap_or_default();
                match days_overdue(action, self.today) {
                    None => Cell::new(Look::Figure(Tone::Neutral), day),
                    Some(days) => {
                        let days = usize::try_from(days).unwrap_or(0);
                        Cell::new(Look::MarkedFigure(Tone::Bad, icons::ERROR), day)
                            .noted(format!("Overdue {}", format::counted(days, "day", "days")))
                    }
                }
            }
            ActionColumn::Priority => match action.priority {
                Priority::High => Cell::new(Look::Mark(Tone::Warn, icons::HIGH), "High"),
                Priority::Normal => Cell::new(Look::Quiet, ""),
                Priority::Low => Cell::new(Look::Quiet, "Low"),
            },
            ActionColumn::Project => {
                let project = action.project.and_then(|id| self.board.projects.get(&id));
                Cell::new(
                    Look::Quiet,
                    project.map_or("", |project| project.name.as_str()),
                )
            }
        }
    }
}
