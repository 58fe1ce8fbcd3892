//! What the window needs of the engine, so that tests can drive it without one.
//!
//! Every function returns at once, for the window calls them while a frame is made; those that end in `_blocking` are
//! for threads of their own.

use std::sync::Arc;

use adjutant_base::{DeviceId, RecordId, error};
use adjutant_client::{Busy, Engine, Fingerprint, IdentityError, Notice, Past, SyncStatus};
use adjutant_model::{Board, Command, Kind, Raw};
use chrono::NaiveDate;

/// A source of boards that takes commands.
pub trait Desk: Send + Sync {
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
    /// Returns this device's id.
    fn device(&self) -> DeviceId;
    /// Returns everything that this device's copy ever was.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    fn past_blocking(&self) -> Result<Past, String>;
    /// Returns the exact version of every document.
    ///
    /// # Errors
    /// Why they cannot be read, for people.
    fn fingerprints_blocking(&self) -> Result<Vec<Fingerprint>, String>;
    /// Settles a conflict with a value that stands in it.
    ///
    /// # Errors
    /// Why nothing was done, for people.
    fn settle_blocking(
        &self,
        kind: Kind,
        id: RecordId,
        field: &str,
        value: Raw,
    ) -> Result<(), String>;
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

    fn device(&self) -> DeviceId {
        Self::device(self)
    }

    fn past_blocking(&self) -> Result<Past, String> {
        Self::past_blocking(self).map_err(|reason| error::chain(&reason))
    }

    fn fingerprints_blocking(&self) -> Result<Vec<Fingerprint>, String> {
        Self::fingerprints_blocking(self).map_err(|reason| error::chain(&reason))
    }

    fn settle_blocking(
        &self,
        kind: Kind,
        id: RecordId,
        field: &str,
        value: Raw,
    ) -> Result<(), String> {
        Self::settle_blocking(self, kind, id, field, value).map_err(|reason| error::chain(&reason))
    }
}
