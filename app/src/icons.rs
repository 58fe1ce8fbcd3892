//! The icons, each named by what it means here; glyphs of the bundled subset of Material Symbols.
//!
//! An icon never stands alone for a state: a word stands beside it, or its widget names it to assistive technology.

/// A glyph of the icon font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon(&'static str);

impl Icon {
    /// Returns the glyph as text in [`crate::theme::font::icon`].
    pub fn glyph(self) -> &'static str {
        self.0
    }
}

/// Look for something.
pub const SEARCH: Icon = Icon("\u{EF7A}");
/// Make something new.
pub const ADD: Icon = Icon("\u{E145}");
/// Close.
pub const CLOSE: Icon = Icon("\u{E5CD}");
/// Chosen.
pub const CHECK: Icon = Icon("\u{E668}");
/// Done, good.
pub const DONE: Icon = Icon("\u{F0BE}");
/// Bad.
pub const ERROR: Icon = Icon("\u{F8B6}");
/// Look here.
pub const WARNING: Icon = Icon("\u{F083}");
/// Worth knowing.
pub const INFO: Icon = Icon("\u{E88E}");
/// Waiting for a day.
pub const CLOCK: Icon = Icon("\u{EFD6}");
/// On the relay.
pub const ON_RELAY: Icon = Icon("\u{E2BF}");
/// Offline.
pub const OFFLINE: Icon = Icon("\u{E2C1}");
/// On its way to the relay.
pub const SENDING: Icon = Icon("\u{E2C3}");
/// Being compared with the relay.
pub const SYNCING: Icon = Icon("\u{E627}");
/// Light theme.
pub const LIGHT: Icon = Icon("\u{E518}");
/// Dark theme.
pub const DARK: Icon = Icon("\u{E51C}");
/// Theme of the system.
pub const SYSTEM: Icon = Icon("\u{EB37}");
/// Undo.
pub const UNDO: Icon = Icon("\u{E166}");
/// Redo.
pub const REDO: Icon = Icon("\u{E15A}");
/// Ascending.
pub const UP: Icon = Icon("\u{E5D8}");
/// Descending.
pub const DOWN: Icon = Icon("\u{E5DB}");
/// Goes on there.
pub const RIGHT: Icon = Icon("\u{E5CC}");
/// Opens a list.
pub const OPEN: Icon = Icon("\u{E5CF}");
/// The overview.
pub const OVERVIEW: Icon = Icon("\u{E871}");
/// Projects.
pub const PROJECTS: Icon = Icon("\u{E2C7}");
/// Action items.
pub const ACTIONS: Icon = Icon("\u{E2E6}");
/// Budgets.
pub const BUDGET: Icon = Icon("\u{E84F}");
/// Delete.
pub const DELETE: Icon = Icon("\u{E92E}");
/// Paste.
pub const PASTE: Icon = Icon("\u{E14F}");
/// A person.
pub const PERSON: Icon = Icon("\u{F0D3}");
/// A day.
pub const DAY: Icon = Icon("\u{E878}");
/// A milestone.
pub const MILESTONE: Icon = Icon("\u{F0C6}");
/// Being done.
pub const IN_PROGRESS: Icon = Icon("\u{EF64}");
/// On hold.
pub const ON_HOLD: Icon = Icon("\u{E1A2}");
/// Cancelled.
pub const CANCELLED: Icon = Icon("\u{E888}");
/// Active.
pub const ACTIVE: Icon = Icon("\u{E1C4}");
/// To be done.
pub const TO_DO: Icon = Icon("\u{E836}");
/// Waiting.
pub const WAITING: Icon = Icon("\u{E88B}");
/// Saved on this device.
pub const SAVED: Icon = Icon("\u{E161}");
/// More than planned.
pub const OVER: Icon = Icon("\u{E8E5}");
/// Less than planned.
pub const UNDER: Icon = Icon("\u{E8E3}");
/// Nothing here.
pub const EMPTY: Icon = Icon("\u{E156}");
/// High priority.
pub const HIGH: Icon = Icon("\u{E645}");
/// What is to be done now.
pub const TODAY: Icon = Icon("\u{E8DF}");
/// What was.
pub const HISTORY: Icon = Icon("\u{E8B3}");
/// Contracts.
pub const CONTRACTS: Icon = Icon("\u{F5A0}");
/// Vendors.
pub const VENDORS: Icon = Icon("\u{EA12}");
/// Licences.
pub const LICENCES: Icon = Icon("\u{E73C}");
/// What is bought.
pub const PURCHASES: Icon = Icon("\u{E8CC}");
/// Invoices.
pub const INVOICES: Icon = Icon("\u{EF6E}");
/// Changes to services.
pub const CHANGES: Icon = Icon("\u{E2E7}");
/// People who come and go.
pub const ONBOARDING: Icon = Icon("\u{EA4D}");
/// Compliance documents.
pub const COMPLIANCE: Icon = Icon("\u{F013}");
/// Risks.
pub const RISKS: Icon = Icon("\u{EBE9}");
/// Meetings.
pub const MEETINGS: Icon = Icon("\u{F233}");
/// Decisions.
pub const DECISIONS: Icon = Icon("\u{E90E}");
/// Two values for one field.
pub const CONFLICTS: Icon = Icon("\u{F184}");
/// Where the data are.
pub const CARE: Icon = Icon("\u{EB5A}");
/// A remark.
pub const COMMENT: Icon = Icon("\u{E0CB}");
/// Leads to another record.
pub const LINK: Icon = Icon("\u{E250}");
/// Seen.
pub const SEEN: Icon = Icon("\u{E8F4}");
/// Bars over time.
pub const TIMELINE: Icon = Icon("\u{EB85}");
/// Cards by state.
pub const BOARD: Icon = Icon("\u{EB7F}");
/// A list with levels.
pub const OUTLINE: Icon = Icon("\u{E0EE}");
/// Help.
pub const HELP: Icon = Icon("\u{E8FD}");
/// Asks to be taken note of.
pub const NOTE: Icon = Icon("\u{E7F5}");
/// Back.
pub const BACK: Icon = Icon("\u{E5C4}");
