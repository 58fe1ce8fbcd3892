//! What the window needs of the engine, so that tests can drive it without one.
//!
//! Every function returns at once: the window calls them while a frame is made.

use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_client::{Busy, Engine, IdentityError, Notice, SyncStatus};
use adjutant_model::{Board, Command};
use chrono::NaiveDate;

/// A source of boards that takes commands.
pub trait Desk {
    /// Returns the newest board.
    fn board(&self) -> Arc<Board>;
    /// Returns where edits are and how the connection stands.
    fn status(&self) -> Arc<SyncStatus>;
    /// Gives a command; its outcome is the next board or a notice.
    ///
    /// # Errors
    /// [`Busy`] if the command was not taken.
    fn submit(&self, command: Command) -> Result<(), Busy>;
    /// Undoes, or with `again` redoes, this device's newest command.
    ///
    /// # Errors
    /// [`Busy`] if that was not taken.
    fn undo(&self, again: bool) -> Result<(), Busy>;
    /// Connects to the relay or stays offline.
    ///
    /// # Errors
    /// [`Busy`] if that was not taken.
    fn set_online(&self, is_online: bool) -> Result<(), Busy>;
    /// Takes what the engine has to tell since the last call.
    fn take_notices(&self) -> Vec<Notice>;
    /// Returns the id for a new record.
    ///
    /// # Errors
    /// [`IdentityError`] if the system gives no random numbers.
    fn new_record_id(&self) -> Result<RecordId, IdentityError>;
    /// Returns the local day.
    fn today(&self) -> NaiveDate;
}

impl Desk for Engine {
    fn board(&self) -> Arc<Board> {
        Self::board(self)
    }

    fn status(&self) -> Arc<SyncStatus> {
        Self::status(self)
    }

    fn submit(&self, command: Command) -> Result<(), Busy> {
        Self::submit(self, command)
    }

    fn undo(&self, again: bool) -> Result<(), Busy> {
        if again {
            Self::redo(self)
        } else {
            Self::undo(self)
        }
    }

    fn set_online(&self, is_online: bool) -> Result<(), Busy> {
        Self::set_online(self, is_online)
    }

    fn take_notices(&self) -> Vec<Notice> {
        Self::take_notices(self)
    }

    fn new_record_id(&self) -> Result<RecordId, IdentityError> {
        Self::new_record_id(self)
    }

    fn today(&self) -> NaiveDate {
        Self::today(self)
    }
}
