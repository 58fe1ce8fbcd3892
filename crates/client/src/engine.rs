//! The engine's handle: what programs hold. Everything that takes time happens on the worker behind it.
//!
//! Readers take the newest board and status without a lock; commands go through one bounded queue, so their order is
//! the order in which they were given.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adjutant_base::{
    ChangeHash, Clock, ContentHash, DeviceId, DocumentId, JoinLink, RecordId, Timestamp, limits,
};
use adjutant_doc::WriteError;
use adjutant_doc::past::Past;
use adjutant_model::{Board, Command, CommandError};
use adjutant_store::StoreError;
use arc_swap::ArcSwap;
use chrono::NaiveDate;
use tokio::sync::{mpsc, oneshot};

use crate::identity::{IdentityError, random};
use crate::status::{LinkState, Notice, SyncStatus};
use crate::worker::{self, Message};

/// Notices that are kept until somebody takes them.
const NOTICES: usize = 1_000;

/// Where local days and times of day come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    /// The machine's time zone.
    #[default]
    Local,
    /// UTC: for tests and reproducible runs.
    Utc,
}

impl Zone {
    /// Returns the distance of local time from UTC at a moment, in seconds.
    pub fn offset_s(self, moment: Timestamp) -> i32 {
        use chrono::{Offset as _, TimeZone as _};
        match self {
            Self::Utc => 0,
            Self::Local => {
                let local = chrono::Local.timestamp_millis_opt(moment.0).earliest();
                local.map_or(0, |local| local.offset().fix().local_minus_utc())
            }
        }
    }

    /// Returns the local day of a moment.
    pub fn today(self, moment: Timestamp) -> NaiveDate {
        let local_ms = moment
            .0
            .saturating_add(i64::from(self.offset_s(moment)).saturating_mul(1_000));
        chrono::DateTime::from_timestamp_millis(local_ms)
            .map_or_else(NaiveDate::default, |local| local.date_naive())
    }
}

/// What an engine is opened with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the device's data lie; made if it does not exist.
    pub data_folder: PathBuf,
    /// The person's name, as others see it.
    pub person: String,
    /// The device's name, for example "laptop".
    pub device: String,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Where local days come from.
    pub zone: Zone,
    /// Whether to connect to the relay that was joined before.
    pub online: bool,
}

/// Why an engine could not be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The data folder could not be made.
    #[error("cannot make the data folder {path}; check its place and permissions")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store could not be opened.
    #[error("cannot open this device's data")]
    Store(#[from] StoreError),
    /// The device's identity could not be read or made.
    #[error("cannot open this device's identity")]
    Identity(#[from] IdentityError),
    /// A thread or the network runtime could not be started.
    #[error("the system gives no more threads")]
    Thread(#[source] std::io::Error),
}

impl OpenError {
    /// Tells whether another program has the data folder open.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Store(StoreError::Locked { .. }))
    }
}

/// Why a command was not carried out. Nothing of it was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// The command breaks a rule.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A document refused a write.
    #[error("document {document} refuses the change")]
    Document {
        /// The document.
        document: DocumentId,
        /// Why.
        source: Box<WriteError>,
    },
    /// The store could not be read.
    #[error("this device's data cannot be read")]
    Store(#[from] StoreError),
    /// The system gave no random numbers or the identity could not be kept.
    #[error("the command cannot be signed")]
    Identity(#[source] Box<IdentityError>),
    /// Saving fails at present; earlier edits wait in memory.
    #[error("edits cannot be saved now: {reason}; free the cause and try again")]
    NotSaving {
        /// Why, for people.
        reason: Arc<str>,
    },
    /// The engine has ended.
    #[error("the engine has ended")]
    Ended,
}

impl ExecuteError {
    pub(crate) fn identity(error: IdentityError) -> Self {
        Self::Identity(Box::new(error))
    }
}

/// Why a workspace could not be joined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// This data folder already belongs to another workspace.
    #[error(
        "this data folder already belongs to another workspace; join with a new folder (--data FOLDER)"
    )]
    OtherWorkspace,
    /// This device's data cannot be saved at present.
    #[error("this device cannot save now; free the cause and join again")]
    NotSaving,
    /// The link could not be kept.
    #[error("cannot keep the join link in {path}")]
    Keep {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store could not be read.
    #[error("this device's data cannot be read")]
    Store(#[from] StoreError),
    /// The engine has ended.
    #[error("the engine has ended")]
    Ended,
}

/// The command queue is full; the command was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine is busy; try again in a moment")]
pub struct Busy;

/// What a command did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Changes made, one a document (more where a document was new).
    pub changes: usize,
    /// Documents written to.
    pub documents: usize,
}

/// The exact version of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The document.
    pub document: DocumentId,
    /// Its title in the index.
    pub title: String,
    /// Its newest changes, sorted.
    pub heads: Vec<ChangeHash>,
    /// How many changes it has.
    pub changes: usize,
    /// BLAKE3 over its records; equal on every device with the same content.
    pub content_hash: ContentHash,
    /// The newest changes that the relay has said it durably holds, sorted; it may have changes that are not here.
    pub relay_heads: Vec<ChangeHash>,
    /// Whether the relay has said so since the connection was made.
    pub is_compared: bool,
}

/// What is called after a board, status or notice was published.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What the worker publishes and readers take.
pub(crate) struct Published {
    pub(crate) board: ArcSwap<Board>,
    pub(crate) status: ArcSwap<SyncStatus>,
    pub(crate) notices: Mutex<Notices>,
    pub(crate) wake: ArcSwap<Option<Wake>>,
}

impl Published {
    pub(crate) fn wake(&self) {
        if let Some(wake) = self.wake.load().as_ref() {
            wake();
        }
    }

    pub(crate) fn notify(&self, notices: Vec<Notice>) {
        if let Ok(mut waiting) = self.notices.lock() {
            waiting.add(notices);
        }
    }
}

/// What the user has not been told yet, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    list: VecDeque<Notice>,
    /// How many of the oldest made room for newer ones.
    n_dropped: usize,
}

impl Notices {
    fn add(&mut self, notices: Vec<Notice>) {
        for notice in notices {
            if self.list.len() >= NOTICES {
                self.list.pop_front();
                self.n_dropped = self.n_dropped.saturating_add(1);
            }
            self.list.push_back(notice);
        }
    }

    fn take(&mut self) -> Vec<Notice> {
        let count = std::mem::take(&mut self.n_dropped);
        let dropped = (count > 0).then_some(Notice::Dropped { count });
        dropped.into_iter().chain(self.list.drain(..)).collect()
    }
}

/// One device at work. Dropping it saves what is outstanding and ends its threads.
pub struct Engine {
    queue: mpsc::Sender<Message>,
    published: Arc<Published>,
    clock: Arc<dyn Clock>,
    zone: Zone,
    device: DeviceId,
    worker: Option<std::thread::JoinHandle<()>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens a device's data and starts its worker; connects to the relay that was joined before.
    ///
    /// Returns when the first board is there. Cost: reading the cached board and the headers of all changes; documents
    /// without a current cache are loaded first.
    ///
    /// # Errors
    /// [`OpenError`] says what is in the way.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let (queue, inbox) = mpsc::channel(limits::COMMAND_QUEUE);
        let published = Arc::new(Published {
            board: ArcSwap::from_pointee(Board::default()),
            status: ArcSwap::from_pointee(SyncStatus::default()),
            notices: Mutex::default(),
            wake: ArcSwap::from_pointee(None),
        });
        let (clock, zone) = (config.clock.clone(), config.zone);
        let (device, worker) = worker::start(config, inbox, queue.clone(), published.clone())?;
        Ok(Self {
            queue,
            published,
            clock,
            zone,
            device,
            worker: Some(worker),
        })
    }

    /// Returns the newest published board. Never waits.
    pub fn board(&self) -> Arc<Board> {
        self.published.board.load_full()
    }

    /// Returns where edits are and how the connection stands. Never waits.
    pub fn status(&self) -> Arc<SyncStatus> {
        self.published.status.load_full()
    }

    /// Sets what is called, on the worker's thread, after something was published. It must not wait.
    pub fn on_publish(&self, wake: Wake) {
        self.published.wake.store(Arc::new(Some(wake)));
    }

    /// Takes the notices since the last call, oldest first. Waits for no work, only for another taker.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.published
            .notices
            .try_lock()
            .map(|mut waiting| waiting.take())
            .unwrap_or_default()
    }

    /// Gives a command to the worker and returns at once; the outcome is the next board or a [`Notice`].
    ///
    /// # Errors
    /// [`Busy`] if the queue is full; the command was not taken.
    pub fn submit(&self, command: Command) -> Result<(), Busy> {
        self.queue
            .try_send(Message::Execute(command, None))
            .map_err(|_full| Busy)
    }

    /// Carries out commands as one step of undo and waits until the board that shows them is published.
    ///
    /// # Errors
    /// [`ExecuteError`]; then nothing was done.
    pub fn execute_blocking(&self, mut commands: Vec<Command>) -> Result<Receipt, ExecuteError> {
        let command = match (commands.pop(), commands.len()) {
            (None, _) => return Ok(Receipt::default()),
            (Some(single), 0) => single,
            (Some(last), before) => {
                commands.push(last);
                Command::Batch {
                    label: format!("{} commands", before.saturating_add(1)),
                    commands,
                }
            }
        };
        self.ask(|reply| Message::Execute(command, Some(reply)))
            .unwrap_or(Err(ExecuteError::Ended))
    }

    /// Undoes this device's newest command. Returns at once; a [`Notice`] says what was done.
    ///
    /// # Errors
    /// [`Busy`] if the queue is full.
    pub fn undo(&self) -> Result<(), Busy> {
        self.queue
            .try_send(Message::Undo {
                again: false,
                reply: None,
            })
            .map_err(|_full| Busy)
    }

    /// Does again what was undone last. Returns at once; a [`Notice`] says what was done.
    ///
    /// # Errors
    /// [`Busy`] if the queue is full.
    pub fn redo(&self) -> Result<(), Busy> {
        self.queue
            .try_send(Message::Undo {
                again: true,
                reply: None,
            })
            .map_err(|_full| Busy)
    }

    /// Undoes (or, with `again`, redoes) and waits until the board that shows it is published.
    ///
    /// # Errors
    /// [`ExecuteError`]; then nothing was done.
    pub fn undo_blocking(&self, again: bool) -> Result<(), ExecuteError> {
        self.ask(|reply| Message::Undo {
            again,
            reply: Some(reply),
        })
        .unwrap_or(Err(ExecuteError::Ended))
    }

    /// Takes part in the workspace that a join link names, remembers the link and connects.
    ///
    /// # Errors
    /// [`JoinError`]; then nothing was connected, and the same link can be tried again.
    pub fn join_blocking(&self, link: JoinLink) -> Result<(), JoinError> {
        self.ask(|reply| Message::Join(link, reply))
            .unwrap_or(Err(JoinError::Ended))
    }

    /// Connects to the relay, or cuts the connection and stays offline.
    pub fn set_online_blocking(&self, online: bool) {
        self.ask(|reply| Message::SetOnline(online, reply));
    }

    /// Connects to the relay, or cuts the connection and stays offline. Returns at once.
    ///
    /// # Errors
    /// [`Busy`] if the queue is full.
    pub fn set_online(&self, online: bool) -> Result<(), Busy> {
        let (reply, _unheard) = oneshot::channel();
        self.queue
            .try_send(Message::SetOnline(online, reply))
            .map_err(|_full| Busy)
    }

    /// Returns a new record id of this moment.
    ///
    /// # Errors
    /// [`IdentityError::Random`] if the system gives no random numbers.
    pub fn new_record_id(&self) -> Result<RecordId, IdentityError> {
        Ok(RecordId::new(self.clock.now(), random()?))
    }

    /// Returns the local day.
    pub fn today(&self) -> NaiveDate {
        self.zone.today(self.clock.now())
    }

    /// Returns this device's id.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Returns the exact version of every document, sorted by id. Loads what has to be loaded.
    ///
    /// # Errors
    /// [`StoreError`] if this device's data cannot be read; [`StoreError::Closed`] if the engine has ended.
    pub fn fingerprints_blocking(&self) -> Result<Vec<Fingerprint>, StoreError> {
        self.ask(Message::Fingerprints)
            .unwrap_or(Err(StoreError::Closed))
    }

    /// Returns everything that this device's copy ever was, as of now: it does not follow later edits.
    ///
    /// Cost: nothing once all documents are in memory; it waits for those that are still being loaded. A document that is
    /// edited while this is kept is copied once.
    ///
    /// # Errors
    /// [`StoreError`] if this device's data cannot be read; [`StoreError::Closed`] if the engine has ended.
    pub fn past_blocking(&self) -> Result<Past, StoreError> {
        self.ask(Message::Past).unwrap_or(Err(StoreError::Closed))
    }

    /// Waits until everything done so far is on this device's disk.
    ///
    /// # Errors
    /// The reason, for people, if it cannot be saved.
    pub fn flush_blocking(&self) -> Result<(), Arc<str>> {
        self.ask(Message::Flush)
            .unwrap_or_else(|| Err("the engine has ended".into()))
    }

    /// Waits until the relay durably holds everything of this device and this device everything of the relay.
    ///
    /// Returns `false` if that has not happened within `limit`, or at once if the relay refuses this device.
    pub fn wait_synced_blocking(&self, limit: Duration) -> bool {
        let (reply, answer) = oneshot::channel();
        if self
            .queue
            .blocking_send(Message::WaitSynced(reply, limit))
            .is_err()
        {
            return false;
        }
        answer.blocking_recv().unwrap_or(false)
    }

    /// Tells whether the relay durably holds everything of this device and this device everything of the relay.
    pub fn is_synced(&self) -> bool {
        let status = self.status();
        status.link == LinkState::Online
            && status.waiting_changes == 0
            && status.documents_behind == 0
    }

    /// Sends a question to the worker and waits for the answer; `None` if the worker has ended.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Message) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.queue.blocking_send(question(reply)).ok()?;
        answer.blocking_recv().ok()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A worker that has ended already took everything with it.
        self.queue.blocking_send(Message::Shutdown).ok();
        if let Some(worker) = self.worker.take() {
            // A worker that panicked has printed why; there is nobody left to tell.
            worker.join().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_that_nobody_takes_are_bounded_and_counted() {
        let mut notices = Notices::default();
        for _ in 0..NOTICES + 3 {
            notices.add(vec![Notice::SaveRecovered]);
        }
        let taken = notices.take();
        assert_eq!(taken.len(), NOTICES + 1);
        assert_eq!(taken[0], Notice::Dropped { count: 3 });
        assert_eq!(notices.take(), []);
    }
}
