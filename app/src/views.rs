//! The screens. Each is `data.rs` (board -> plain view data, no drawing) and `ui.rs` (draws it, returns intents).
//!
//! The one rule: a view changes nothing but its own cursor, filter and open edit; all else it asks for by [`Intent`].

pub mod actions;
pub mod budget;
pub mod field_edit;
pub mod meeting;
pub mod overview;
pub mod owners;
pub mod project;
pub mod projects;
pub mod record;
pub mod register;
pub mod sheet;
mod toolbar;

use std::sync::{Arc, Mutex};

use adjutant_base::RecordId;
use adjutant_model::query::action::ActionIndex;
use adjutant_model::query::obligation::Obligations;
use adjutant_model::query::overview::{Basis, Overview, Rules};
use adjutant_model::review::Verdict;
use adjutant_model::{Board, Command, Family, Fields, Kind, Raw};
use chrono::NaiveDate;
use egui::{Rect, Ui, vec2};

use crate::background::Work;
use crate::commands::Act;
use crate::icons::{self, Icon};
use crate::theme::{self, GAP, Tone};

/// What a view asks the shell to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Something of the command table.
    Run(Act),
    /// Change data.
    Do(Command),
    /// Change data, and say so with a way back.
    DoAndSay(Command, String),
    /// Make a record and put the cursor on it.
    Create(Fields),
    /// Go to a record on the screen of its kind.
    Reveal(Kind, RecordId),
    /// Show a record in the side sheet.
    Open(Kind, RecordId),
    /// Go into a meeting.
    Meeting(RecordId),
    /// Go into a project.
    Project(RecordId),
    /// Make a record of this kind beside that one, and open it.
    MakeBeside(Kind, RecordId),
    /// Keep one of the values that two devices gave a field.
    Settle {
        /// The record's kind.
        kind: Kind,
        /// The record.
        id: RecordId,
        /// The field.
        field: &'static str,
        /// The value that is to stand.
        value: Raw,
    },
    /// Sign a record off as it is now, with a note.
    Sign(Kind, RecordId, Verdict, String),
    /// Say something.
    Say(Tone, String),
    /// Put a text on the clipboard.
    Copy(String),
}

/// What a view is drawn from.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The newest board.
    pub board: Arc<Board>,
    /// The local day.
    pub today: NaiveDate,
    /// What figures are measured by.
    pub rules: Arc<Rules>,
    /// All actions, ready to be listed.
    pub actions: Arc<ActionIndex>,
    /// The figures that several places show.
    pub overview: Arc<Overview>,
    /// What is done in the background for the screens.
    pub work: Work,
    /// The obligations, kept from one board to the next for those who ask in the background.
    pub duties: Arc<Mutex<Obligations>>,
    basis: Arc<Basis>,
}

impl Scene {
    /// Returns the scene of a board.
    pub fn new(board: Arc<Board>, today: NaiveDate) -> Self {
        let rules = Arc::new(Rules::of(&board));
        let basis = Basis::of(&board, today, &rules);
        let actions = ActionIndex::of(&board);
        Self {
            overview: Arc::new(Overview::on(&basis, &actions, &board)),
            board,
            today,
            rules,
            actions: Arc::new(actions),
            work: Work::default(),
            duties: Arc::default(),
            basis: Arc::new(basis),
        }
    }

    /// Takes a newer board or day; what did not change is not worked out again.
    pub fn renew(&mut self, board: Arc<Board>, today: NaiveDate) {
        if (board.version, today) == self.version() {
            return;
        }
        let is_new_day = today != self.today;
        if is_new_day || !board.is_same_but(&self.board, Basis::BESIDE) {
            self.rules = Arc::new(Rules::of(&board));
            self.basis = Arc::new(Basis::of(&board, today, &self.rules));
        }
        Arc::make_mut(&mut self.actions).renew(&board);
        self.overview = Arc::new(Overview::on(&self.basis, &self.actions, &board));
        self.board = board;
        self.today = today;
    }

    /// Returns what data made from this scene depend on, beside filters.
    pub fn version(&self) -> (u64, NaiveDate) {
        (self.board.version, self.today)
    }

    /// Returns what data depend on that are made of this scene without its actions.
    pub fn beside_actions(&self) -> BesideActions {
        BesideActions {
            board: Arc::clone(&self.board),
            today: self.today,
        }
    }
}

/// Everything of a scene but its actions; equal while nothing of it has changed.
#[derive(Debug, Clone)]
pub struct BesideActions {
    board: Arc<Board>,
    today: NaiveDate,
}

impl PartialEq for BesideActions {
    fn eq(&self, other: &Self) -> bool {
        self.today == other.today && self.board.is_same_but(&other.board, &[Kind::Action])
    }
}

/// Returns the part of a screen that its content may take: the screen without its margins.
fn page(ui: &Ui) -> Rect {
    let side = if theme::is_narrow(ui.ctx()) {
        GAP[2]
    } else {
        GAP[4]
    };
    ui.max_rect().shrink2(vec2(side, GAP[3]))
}

/// Data that is made again only when what it depends on has changed.
#[derive(Debug)]
pub struct Cached<K, V> {
    made: Option<(K, Arc<V>)>,
}

impl<K, V> Default for Cached<K, V> {
    fn default() -> Self {
        Self { made: None }
    }
}

impl<K: PartialEq, V> Cached<K, V> {
    /// Returns the data for `key`, made now if it was made for another.
    pub fn get(&mut self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        match &self.made {
            Some((made_for, value)) if *made_for == key => Arc::clone(value),
            _ => {
                let value = Arc::new(make());
                self.made = Some((key, Arc::clone(&value)));
                value
            }
        }
    }
}

/// Returns one command of several: the last alone if there is no other.
pub fn joined(label: &str, first: Option<Command>, last: Command) -> Command {
    match first {
        None => last,
        Some(first) => Command::Batch {
            label: label.to_owned(),
            commands: vec![first, last],
        },
    }
}

/// Icons of kinds that have one of their own; the others have that of their part of the work.
const KIND_ICONS: &[(Kind, Icon)] = &[
    (Kind::Milestone, icons::MILESTONE),
    (Kind::Risk, icons::RISKS),
    (Kind::Decision, icons::DECISIONS),
    (Kind::Contract, icons::CONTRACTS),
    (Kind::Vendor, icons::VENDORS),
    (Kind::Licence, icons::LICENCES),
    (Kind::Invoice, icons::INVOICES),
    (Kind::ComplianceDocument, icons::COMPLIANCE),
    (Kind::Checklist, icons::ONBOARDING),
    (Kind::ChecklistTemplate, icons::ONBOARDING),
    (Kind::AccessGrant, icons::ONBOARDING),
    (Kind::Communication, icons::COMMENT),
    (Kind::Remark, icons::COMMENT),
    (Kind::SignOff, icons::SEEN),
];

/// Returns the icon of a kind of record in lists of mixed kinds.
pub(crate) fn kind_look(kind: Kind) -> (Icon, Tone) {
    let own = |wanted: Kind| KIND_ICONS.iter().find(|(of, _)| *of == wanted);
    if let Some((_, icon)) = own(kind).or_else(|| own(kind.root())) {
        return (*icon, Tone::Neutral);
    }
    let icon = match kind.family() {
        Family::Projects => icons::PROJECTS,
        Family::Actions => icons::ACTIONS,
        Family::Meetings => icons::MEETINGS,
        Family::Changes => icons::CHANGES,
        Family::Budgets => icons::BUDGET,
        Family::Vendors => icons::PURCHASES,
        Family::People | Family::Workspace => icons::PERSON,
    };
    (icon, Tone::Neutral)
}
