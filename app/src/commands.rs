//! The one table of what the user can do: palette, shortcuts, tooltips and buttons are all made from it.
//!
//! Plain data: what an act does is the shell's, and no key or name of a command stands anywhere else.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::icons::{self, Icon};
use crate::theme::Choice;

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, clap::ValueEnum)]
pub enum View {
    /// Counts, spending, what needs attention.
    #[default]
    Overview,
    /// Projects and their milestones.
    Projects,
    /// Action items.
    Actions,
    /// Budgets, lines by months.
    Budget,
}

impl View {
    /// All screens, in the order of the navigation.
    pub const ALL: [Self; 4] = [Self::Overview, Self::Projects, Self::Actions, Self::Budget];

    /// Returns its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Projects => "Projects",
            Self::Actions => "Actions",
            Self::Budget => "Budget",
        }
    }

    /// Returns its icon.
    pub fn icon(self) -> Icon {
        match self {
            Self::Overview => icons::OVERVIEW,
            Self::Projects => icons::PROJECTS,
            Self::Actions => icons::ACTIONS,
            Self::Budget => icons::BUDGET,
        }
    }

    /// Returns what its primary button does.
    pub fn primary(self) -> Act {
        match self {
            Self::Overview | Self::Actions => Act::NewAction,
            Self::Projects => Act::NewProject,
            Self::Budget => Act::NewLine,
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
    entry(Act::NewAction, "New action", icons::ADD)
        .keys(Modifiers::NONE, Key::N)
        .yields(),
    entry(Act::NewProject, "New project", icons::ADD),
    entry(Act::NewLine, "New budget line", icons::ADD),
    entry(Act::NewBudget, "New budget", icons::ADD),
    entry(Act::Redo, "Redo", icons::REDO)
        .keys(CTRL_SHIFT, Key::Z)
        .yields(),
    entry(Act::Undo, "Undo", icons::UNDO)
        .keys(Modifiers::COMMAND, Key::Z)
        .yields(),
    entry(Act::Filter, "Filter this list", icons::SEARCH).keys(Modifiers::COMMAND, Key::F),
    entry(Act::Palette, "Search or run a command", icons::SEARCH).keys(Modifiers::COMMAND, Key::K),
    entry(Act::Theme(Choice::Light), "Light theme", icons::LIGHT),
    entry(Act::Theme(Choice::Dark), "Dark theme", icons::DARK),
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
