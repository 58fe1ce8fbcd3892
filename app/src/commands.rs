//! The one table of what the user can do: palette, shortcuts, tooltips and buttons are all made from it.
//!
//! Plain data: what an act does is the shell's, and no key or name of a command stands anywhere else.

use adjutant_model::Kind;
use egui::{Key, KeyboardShortcut, Modifiers};

use crate::icons::{self, Icon};
use crate::theme::Choice;

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, clap::ValueEnum)]
pub enum View {
    /// What is to be done now.
    Today,
    /// What has changed since one last looked.
    Since,
    /// Counts, spending, what needs attention.
    #[default]
    Overview,
    /// Projects and their milestones.
    Projects,
    /// Action items.
    Actions,
    /// Meetings, their agendas and minutes.
    Meetings,
    /// Decisions and whether they stand.
    Decisions,
    /// Budgets, lines by months.
    Budget,
    /// Contracts with the day by which to act.
    Contracts,
    /// Vendors and their cards.
    Vendors,
    /// Licences and their positions.
    Licences,
    /// Purchase requests and orders.
    Purchases,
    /// Invoices on their way.
    Invoices,
    /// Changes and their messages.
    Changes,
    /// People who come and go.
    Onboarding,
    /// Compliance documents.
    Compliance,
    /// Risks and issues.
    Risks,
    /// Fields with two values.
    Conflicts,
    /// Every edit.
    History,
    /// Where the data are and whether they are whole.
    Care,
}

/// A screen that is no register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Counts, spending, what needs attention.
    Overview,
    /// The table of projects.
    Projects,
    /// The list of actions.
    Actions,
    /// The grid of a budget.
    Budget,
}

/// The screens that are no registers.
const SCREENS: [(View, Screen); 4] = [
    (View::Overview, Screen::Overview),
    (View::Projects, Screen::Projects),
    (View::Actions, Screen::Actions),
    (View::Budget, Screen::Budget),
];

/// Headings of the navigation, each before the screen that it begins with.
const HEADINGS: [(View, &str); 3] = [
    (View::Projects, "Work"),
    (View::Contracts, "Records"),
    (View::Conflicts, "Workspace"),
];

impl View {
    /// All screens, in the order of the navigation.
    pub const ALL: [Self; 20] = [
        Self::Today,
        Self::Since,
        Self::Overview,
        Self::Projects,
        Self::Actions,
        Self::Meetings,
        Self::Decisions,
        Self::Budget,
        Self::Contracts,
        Self::Vendors,
        Self::Licences,
        Self::Purchases,
        Self::Invoices,
        Self::Changes,
        Self::Onboarding,
        Self::Compliance,
        Self::Risks,
        Self::Conflicts,
        Self::History,
        Self::Care,
    ];

    /// Returns its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Since => "Since you last looked",
            Self::Overview => "Overview",
            Self::Projects => "Projects",
            Self::Actions => "Actions",
            Self::Meetings => "Meetings",
            Self::Decisions => "Decisions",
            Self::Budget => "Budget",
            Self::Contracts => "Contracts",
            Self::Vendors => "Vendors",
            Self::Licences => "Licences",
            Self::Purchases => "Purchases",
            Self::Invoices => "Invoices",
            Self::Changes => "Changes",
            Self::Onboarding => "Onboarding",
            Self::Compliance => "Compliance",
            Self::Risks => "Risks",
            Self::Conflicts => "Conflicts",
            Self::History => "History",
            Self::Care => "Sync and data care",
        }
    }

    /// Returns the heading in the navigation that begins with this screen, if one does.
    pub fn heading(self) -> Option<&'static str> {
        let found = HEADINGS.iter().find(|(view, _)| *view == self);
        found.map(|(_, heading)| *heading)
    }

    /// Returns the screen that it is if it is no register.
    pub fn screen(self) -> Option<Screen> {
        let found = SCREENS.iter().find(|(view, _)| *view == self);
        found.map(|(_, screen)| *screen)
    }

    /// Returns its icon.
    pub fn icon(self) -> Icon {
        match self {
            Self::Today => icons::TODAY,
            Self::Since => icons::SEEN,
            Self::Overview => icons::OVERVIEW,
            Self::Projects => icons::PROJECTS,
            Self::Actions => icons::ACTIONS,
            Self::Meetings => icons::MEETINGS,
            Self::Decisions => icons::DECISIONS,
            Self::Budget => icons::BUDGET,
            Self::Contracts => icons::CONTRACTS,
            Self::Vendors => icons::VENDORS,
            Self::Licences => icons::LICENCES,
            Self::Purchases => icons::PURCHASES,
            Self::Invoices => icons::INVOICES,
            Self::Changes => icons::CHANGES,
            Self::Onboarding => icons::ONBOARDING,
            Self::Compliance => icons::COMPLIANCE,
            Self::Risks => icons::RISKS,
            Self::Conflicts => icons::CONFLICTS,
            Self::History => icons::HISTORY,
            Self::Care => icons::CARE,
        }
    }

    /// Returns what its primary button does.
    pub fn primary(self) -> Act {
        match self {
            Self::Projects => Act::NewProject,
            Self::Budget => Act::NewLine,
            Self::Meetings | Self::Decisions => Act::New(Kind::Meeting),
            Self::Contracts => Act::New(Kind::Contract),
            Self::Vendors => Act::New(Kind::Vendor),
            Self::Licences => Act::New(Kind::Licence),
            Self::Purchases => Act::New(Kind::PurchaseRequest),
            Self::Invoices => Act::New(Kind::Invoice),
            Self::Changes => Act::New(Kind::Change),
            Self::Onboarding => Act::New(Kind::Checklist),
            Self::Compliance => Act::New(Kind::ComplianceDocument),
            Self::Risks => Act::New(Kind::Risk),
            Self::Today
            | Self::Since
            | Self::Overview
            | Self::Actions
            | Self::Conflicts
            | Self::History
            | Self::Care => Act::NewAction,
        }
    }
}

/// Something that the user can do anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Go to a screen.
    Go(View),
    /// Open the line that takes a new action.
    NewAction,
    /// Make a project.
    NewProject,
    /// Make a line in the budget that is shown.
    NewLine,
    /// Make a record of this kind and open it.
    New(Kind),
    /// Show the record at the cursor in the side sheet.
    OpenRecord,
    /// Go into the project or meeting at the cursor.
    GoInto,
    /// Make a budget for the present fiscal year.
    NewBudget,
    /// Undo one's own newest edit.
    Undo,
    /// Do again what was undone.
    Redo,
    /// Put the keyboard into the screen's filter.
    Filter,
    /// Open the palette.
    Palette,
    /// Show all keys.
    Help,
    /// Choose a theme.
    Theme(Choice),
    /// Connect to the relay, or cut the connection.
    Online(bool),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it does.
    pub act: Act,
    /// What it is called.
    pub name: &'static str,
    /// Its icon.
    pub icon: Icon,
    /// Its keys.
    pub keys: Option<KeyboardShortcut>,
    /// Whether a focused text field has the keys first.
    pub yields_to_text: bool,
}

const fn entry(act: Act, name: &'static str, icon: Icon) -> Entry {
    Entry {
        act,
        name,
        icon,
        keys: None,
        yields_to_text: false,
    }
}

impl Entry {
    const fn keys(mut self, modifiers: Modifiers, key: Key) -> Self {
        self.keys = Some(KeyboardShortcut::new(modifiers, key));
        self
    }

    const fn yields(mut self) -> Self {
        self.yields_to_text = true;
        self
    }

    /// Returns the keys as people read them; empty for none.
    pub fn keys_shown(&self) -> String {
        self.keys.map_or_else(String::new, |keys| {
            let mut shown = String::new();
            for (is_held, name) in [
                (keys.modifiers.command || keys.modifiers.ctrl, "Ctrl+"),
                (keys.modifiers.shift, "Shift+"),
                (keys.modifiers.alt, "Alt+"),
            ] {
                if is_held {
                    shown.push_str(name);
                }
            }
            shown + keys.logical_key.name()
        })
    }
}

const CTRL_SHIFT: Modifiers = Modifiers {
    shift: true,
    ..Modifiers::COMMAND
};

/// Everything that can be done, in the order of the palette.
pub const COMMANDS: &[Entry] = &[
    entry(Act::Go(View::Overview), "Go to overview", icons::OVERVIEW)
        .keys(Modifiers::COMMAND, Key::Num1),
    entry(Act::Go(View::Projects), "Go to projects", icons::PROJECTS)
        .keys(Modifiers::COMMAND, Key::Num2),
    entry(Act::Go(View::Actions), "Go to actions", icons::ACTIONS)
        .keys(Modifiers::COMMAND, Key::Num3),
    entry(Act::Go(View::Budget), "Go to budget", icons::BUDGET).keys(Modifiers::COMMAND, Key::Num4),
    entry(Act::Go(View::Today), "Go to today", icons::TODAY).keys(Modifiers::COMMAND, Key::Num5),
    entry(
        Act::Go(View::Since),
        "Go to since you last looked",
        icons::SEEN,
    )
    .keys(Modifiers::COMMAND, Key::Num6),
    entry(Act::Go(View::Meetings), "Go to meetings", icons::MEETINGS)
        .keys(Modifiers::COMMAND, Key::Num7),
    entry(
        Act::Go(View::Decisions),
        "Go to decisions",
        icons::DECISIONS,
    ),
    entry(
        Act::Go(View::Contracts),
        "Go to contracts",
        icons::CONTRACTS,
    )
    .keys(Modifiers::COMMAND, Key::Num8),
    entry(Act::Go(View::Vendors), "Go to vendors", icons::VENDORS),
    entry(Act::Go(View::Licences), "Go to licences", icons::LICENCES),
    entry(
        Act::Go(View::Purchases),
        "Go to purchases",
        icons::PURCHASES,
    ),
    entry(Act::Go(View::Invoices), "Go to invoices", icons::INVOICES)
        .keys(Modifiers::COMMAND, Key::Num9),
    entry(Act::Go(View::Changes), "Go to changes", icons::CHANGES),
    entry(
        Act::Go(View::Onboarding),
        "Go to onboarding",
        icons::ONBOARDING,
    ),
    entry(
        Act::Go(View::Compliance),
        "Go to compliance",
        icons::COMPLIANCE,
    ),
    entry(Act::Go(View::Risks), "Go to risks", icons::RISKS),
    entry(
        Act::Go(View::Conflicts),
        "Go to conflicts",
        icons::CONFLICTS,
    ),
    entry(Act::Go(View::History), "Go to history", icons::HISTORY),
    entry(Act::Go(View::Care), "Go to sync and data care", icons::CARE),
    entry(Act::NewAction, "New action", icons::ADD)
        .keys(Modifiers::NONE, Key::N)
        .yields(),
    entry(Act::NewProject, "New project", icons::ADD),
    entry(Act::NewLine, "New budget line", icons::ADD),
    entry(Act::NewBudget, "New budget", icons::ADD),
    entry(Act::New(Kind::Meeting), "New meeting", icons::ADD),
    entry(
        Act::New(Kind::MeetingSeries),
        "New meeting series",
        icons::ADD,
    ),
    entry(Act::New(Kind::Contract), "New contract", icons::ADD),
    entry(Act::New(Kind::Vendor), "New vendor", icons::ADD),
    entry(Act::New(Kind::Licence), "New licence", icons::ADD),
    entry(
        Act::New(Kind::PurchaseRequest),
        "New purchase request",
        icons::ADD,
    ),
    entry(Act::New(Kind::PurchaseOrder), "New order", icons::ADD),
    entry(Act::New(Kind::Invoice), "New invoice", icons::ADD),
    entry(Act::New(Kind::Change), "New change", icons::ADD),
    entry(
        Act::New(Kind::Communication),
        "New communication",
        icons::ADD,
    ),
    entry(Act::New(Kind::Checklist), "New checklist", icons::ADD),
    entry(
        Act::New(Kind::ComplianceDocument),
        "New compliance document",
        icons::ADD,
    ),
    entry(Act::New(Kind::Risk), "New risk", icons::ADD),
    entry(Act::New(Kind::Milestone), "New milestone", icons::ADD),
    entry(Act::New(Kind::Task), "New task", icons::ADD),
    entry(
        Act::OpenRecord,
        "Open the record at the cursor",
        icons::RIGHT,
    )
    .keys(Modifiers::COMMAND, Key::O),
    entry(
        Act::GoInto,
        "Go into the project or meeting at the cursor",
        icons::TIMELINE,
    )
    .keys(Modifiers::COMMAND, Key::G),
    entry(Act::Redo, "Redo", icons::REDO)
        .keys(CTRL_SHIFT, Key::Z)
        .yields(),
    entry(Act::Undo, "Undo", icons::UNDO)
        .keys(Modifiers::COMMAND, Key::Z)
        .yields(),
    entry(Act::Filter, "Filter this list", icons::SEARCH).keys(Modifiers::COMMAND, Key::F),
    entry(Act::Palette, "Search or run a command", icons::SEARCH).keys(Modifiers::COMMAND, Key::K),
    entry(Act::Help, "Show all keys", icons::HELP).keys(Modifiers::NONE, Key::F1),
    entry(Act::Theme(Choice::Light), "Light theme", icons::LIGHT),
    entry(Act::Theme(Choice::Dark), "Dark theme", icons::DARK),
    entry(
        Act::Theme(Choice::Contrast),
        "High contrast theme",
        icons::SYSTEM,
    ),
    entry(
        Act::Theme(Choice::System),
        "Theme of the system",
        icons::SYSTEM,
    ),
    entry(Act::Online(false), "Work offline", icons::OFFLINE),
    entry(Act::Online(true), "Work online", icons::ON_RELAY),
];

/// Returns the table's line of an act; every act has one.
pub fn entry_of(act: Act) -> Option<&'static Entry> {
    COMMANDS.iter().find(|entry| entry.act == act)
}

/// Takes the shortcuts that were pressed out of the input.
///
/// A key without modifiers, and what yields to text, is left to a focused text field, or to one that `awaits_text`
/// because it opens in this frame.
pub fn take_shortcuts(ctx: &egui::Context, awaits_text: bool) -> Vec<Act> {
    let has_text = awaits_text || ctx.text_edit_focused();
    let mut acts = Vec::new();
    for entry in COMMANDS {
        let Some(keys) = entry.keys.filter(|_| !(entry.yields_to_text && has_text)) else {
            continue;
        };
        let is_plain = keys.modifiers == Modifiers::NONE;
        let pressed = ctx.input_mut(|input| {
            if is_plain && (input.modifiers.any()) {
                return false;
            }
            let pressed = input.consume_shortcut(&keys);
            if pressed && is_plain {
                // The key's letter is not for the field that opens because of it.
                input
                    .events
                    .retain(|event| !matches!(event, egui::Event::Text(_)));
            }
            pressed
        });
        if pressed {
            acts.push(entry.act);
        }
    }
    acts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_are_unique() {
        for (at, entry) in COMMANDS.iter().enumerate() {
            for other in &COMMANDS[at + 1..] {
                assert_ne!(entry.name, other.name);
                assert!(
                    entry.keys.is_none() || entry.keys != other.keys,
                    "{} and {}",
                    entry.name,
                    other.name
                );
                assert_ne!(entry.act, other.act);
            }
        }
    }

    #[test]
    fn every_screen_can_be_reached_and_its_primary_button_is_in_the_table() {
        for view in View::ALL {
            assert!(entry_of(Act::Go(view)).is_some());
            assert!(entry_of(view.primary()).is_some());
        }
        assert_eq!(entry_of(Act::Redo).unwrap().keys_shown(), "Ctrl+Shift+Z");
        assert_eq!(entry_of(Act::NewAction).unwrap().keys_shown(), "N");
    }
}
