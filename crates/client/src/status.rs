//! Where the user's edits are: on this device, on the relay, or waiting; and what the engine has to tell people.
//!
//! Data first, words second: [`SyncStatus`] holds facts, [`SyncStatus::words`] says them the one way that all screens
//! and programs use.

use std::sync::Arc;

use adjutant_base::{ActorId, DocumentId, Timestamp};
use adjutant_model::CommandError;

/// The state of the connection to the relay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LinkState {
    /// No relay was ever joined.
    #[default]
    NoRelay,
    /// The first attempt is under way.
    Connecting,
    /// Connected.
    Online,
    /// Not connected.
    Offline {
        /// Since when.
        since: Timestamp,
        /// Why, for people.
        reason: Arc<str>,
    },
}

/// What of a document could not be read from this device's store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The document.
    pub document: DocumentId,
    /// Its title, if the index names it.
    pub title: String,
    /// What was found, for people.
    pub reason: String,
}

/// Where edits are and how the connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncStatus {
    /// The connection.
    pub link: LinkState,
    /// Changes made on this device that the relay has not acknowledged.
    pub waiting_changes: usize,
    /// Changes that are not yet on this device's disk.
    pub unsaved_changes: usize,
    /// Documents whose versions here and on the relay differ or are not compared yet.
    pub documents_behind: usize,
    /// Why the last save failed, until a save succeeds.
    pub store_failure: Option<Arc<str>>,
    /// What could not be read at start and has not come back from the relay yet.
    pub damage: Vec<Damage>,
    /// Changes that cannot be shown because they are broken.
    pub quarantined: usize,
    /// Distance of local time from UTC, in seconds, to show times in.
    pub utc_offset_s: i32,
}

impl SyncStatus {
    /// Returns the state in words: "Saved here", "On the relay", "Offline since 14:02, 12 changes waiting".
    pub fn words(&self) -> String {
        if let Some(reason) = &self.store_failure {
            return format!("Not saved: {reason}");
        }
        let waiting = match self.waiting_changes {
            0 => String::new(),
            1 => ", 1 change waiting".to_owned(),
            many => format!(", {many} changes waiting"),
        };
        match &self.link {
            _ if self.unsaved_changes > 0 => format!("Saving{waiting}"),
            LinkState::NoRelay => "Saved here".to_owned(),
            LinkState::Connecting => format!("Saved here, connecting{waiting}"),
            LinkState::Offline { since, .. } => {
                format!("Offline since {}{waiting}", self.clock_time(*since))
            }
            LinkState::Online if self.waiting_changes > 0 => {
                format!("Saved here, sending{waiting}")
            }
            LinkState::Online if self.documents_behind > 0 => "Receiving".to_owned(),
            LinkState::Online => "On the relay".to_owned(),
        }
    }

    /// Returns hours and minutes of a moment in local time.
    fn clock_time(&self, moment: Timestamp) -> String {
        let local_s = moment
            .seconds()
            .saturating_add(i64::from(self.utc_offset_s));
        let minute_of_day = local_s.rem_euclid(86_400) / 60;
        format!("{:02}:{:02}", minute_of_day / 60, minute_of_day % 60)
    }
}

/// Something that the engine tells the user once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A command was refused; nothing of it was done.
    Refused {
        /// The command's name.
        command: String,
        /// Why.
        error: CommandError,
    },
    /// A command could not be carried out for a reason that is not the user's.
    Failed {
        /// The command's name.
        command: String,
        /// Why, for people.
        reason: String,
    },
    /// Undo or redo was carried out.
    Undone {
        /// The name of the command that was undone or redone.
        command: String,
        /// Whether it was a redo.
        again: bool,
        /// Fields left alone because somebody has changed them since.
        kept: usize,
    },
    /// There was nothing to undo or redo.
    NothingToUndo {
        /// Whether redo was asked for.
        again: bool,
    },
    /// A change that arrived is broken and was set aside.
    Quarantined {
        /// The document that it belongs to.
        document: DocumentId,
        /// Who made it, if known.
        actor: Option<ActorId>,
        /// What is wrong with it.
        reason: String,
    },
    /// The hourly copy of this device's data could not be made; edits are saved as ever.
    CopyFailed {
        /// Why, for people.
        reason: String,
    },
    /// Saving failed; edits stay in memory and saving is tried again.
    SaveFailed {
        /// Why, for people.
        reason: Arc<str>,
    },
    /// Saving works again.
    SaveRecovered,
    /// Something that the engine had noted for itself was damaged; it goes on without.
    NoteLost {
        /// What it is called in the store.
        key: &'static str,
    },
    /// Another copy of this device's data had used the numbers of these changes; what they said was written again.
    WrittenAgain {
        /// How many changes.
        changes: usize,
    },
    /// Changes that no relay had were damaged; what they and later ones said was known here and was written again.
    Rescued {
        /// The document.
        document: DocumentId,
        /// How many fields.
        fields: usize,
    },
    /// More was to be told than is kept; the oldest made room.
    Dropped {
        /// How many notices.
        count: usize,
    },
    /// The relay refuses this device.
    RelayRefused {
        /// Why, for people.
        reason: String,
    },
}

impl Notice {
    /// Returns the notice as one sentence.
    pub fn words(&self) -> String {
        match self {
            Self::Refused { command, error } => format!("Could not {command}: {error}"),
            Self::Failed { command, reason } => format!("Could not {command}: {reason}"),
            Self::Undone {
                command,
                again,
                kept,
            } => {
                let done = if *again { "Redone" } else { "Undone" };
                match kept {
                    0 => format!("{done}: {command}"),
                    1 => format!("{done}: {command}; 1 field was changed since and stays"),
                    many => format!("{done}: {command}; {many} fields were changed since and stay"),
                }
            }
            Self::NothingToUndo { again: false } => "Nothing to undo".to_owned(),
            Self::NothingToUndo { again: true } => "Nothing to redo".to_owned(),
            Self::Quarantined {
                document,
                actor,
                reason,
            } => {
                let who = actor.map_or_else(
                    || "an unknown device".to_owned(),
                    |actor| actor.device().short(),
                );
                format!(
                    "A change by {who} in document {} is broken and was set aside: {reason}",
                    document.short()
                )
            }
            Self::SaveFailed { reason } => {
                format!(
                    "Edits cannot be saved: {reason}. They are kept in memory and saving is tried again"
                )
            }
            Self::CopyFailed { reason } => format!(
                "The hourly copy of your data could not be made: {reason}. Your edits are saved as ever"
            ),
            Self::SaveRecovered => "Saving works again".to_owned(),
            Self::NoteLost { key } => format!(
                "A note of this device ({key}) was damaged and was put aside; no edit is lost by it"
            ),
            Self::WrittenAgain { changes } => format!(
                "Another copy of this device's data was at work; {changes} changes made here were written again"
            ),
            Self::Rescued { document, fields } => format!(
                "Changes in document {} were damaged on this disk; {fields} fields were written again from what was shown last",
                document.short()
            ),
            Self::Dropped { count } => format!("{count} older notices were dropped"),
            Self::RelayRefused { reason } => format!("The relay refuses this device: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_each_state() {
        let mut status = SyncStatus::default();
        assert_eq!(status.words(), "Saved here");
        status.link = LinkState::Online;
        assert_eq!(status.words(), "On the relay");
        status.waiting_changes = 1;
        assert_eq!(status.words(), "Saved here, sending, 1 change waiting");
        let since = Timestamp((14 * 60 + 2) * 60_000);
        status.link = LinkState::Offline {
            since,
            reason: "cut".into(),
        };
        status.waiting_changes = 12;
        assert_eq!(status.words(), "Offline since 14:02, 12 changes waiting");
        status.utc_offset_s = -15 * 3600;
        assert_eq!(status.words(), "Offline since 23:02, 12 changes waiting");
        status.store_failure = Some("the disk is full".into());
        assert_eq!(status.words(), "Not saved: the disk is full");
    }
}
