//! The worker: the one thread that owns a replica, its store and its link.
//!
//! It takes one message at a time, carries out what the replica asks for and publishes. The one rule: nothing is
//! published as saved, sent or acknowledged before it is; a failed save is kept in memory and tried again.

mod talk;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adjutant_base::{ChangeHash, Clock, DeviceId, DocumentId, JoinLink, limits};
use adjutant_doc::Document;
use adjutant_doc::past::Past;
use adjutant_model::Command;
use adjutant_model::record::Write;
use adjutant_store::{ChunkReader, SqliteStore, StoreError, Writer, private};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};

use crate::care::Copier;
use crate::engine::{
    Config, ExecuteError, Fingerprint, JoinError, OpenError, Published, Receipt, Zone,
};
use crate::identity::Identity;
use crate::link::{Link, LinkEvent};
use crate::loader::Loader;
use crate::replica::{Effects, Replica, Setting};
use crate::status::{LinkState, Notice, SyncStatus};
use crate::undo::Step;
use talk::{UnreadableLink, read_link};

/// Time between attempts to save again after a failure, in milliseconds.
const RETRY_SAVE_MS: u64 = 5_000;
/// The file that remembers the relay.
pub(crate) const RELAY_FILE: &str = "relay.link";
/// What is said if the file of [`RELAY_FILE`] does not fit the store.
const OTHER_LINK: &str = "relay.link names another workspace than the one in this data folder; put the right one back, or join with a new folder";
/// What is said if that file cannot be read or holds something else.
const ODD_LINK: &str = "relay.link in this data folder cannot be read; move it away and join again";
/// The store's file.
pub(crate) const STORE_FILE: &str = "workspace.sqlite";

/// What the worker is asked.
pub(crate) enum Message {
    Execute(
        Command,
        Option<oneshot::Sender<Result<Receipt, ExecuteError>>>,
    ),
    Undo {
        again: bool,
        reply: Option<oneshot::Sender<Result<(), ExecuteError>>>,
    },
    Settle(Write, oneshot::Sender<Result<(), ExecuteError>>),
    UndoStep(Step, oneshot::Sender<Result<usize, ExecuteError>>),
    Join(JoinLink, oneshot::Sender<Result<(), JoinError>>),
    SetOnline(bool, oneshot::Sender<()>),
    Fingerprints(oneshot::Sender<Result<Vec<Fingerprint>, StoreError>>),
    Past(oneshot::Sender<Result<Past, StoreError>>),
    Flush(oneshot::Sender<Result<(), Arc<str>>>),
    WaitSynced(oneshot::Sender<bool>, Duration),
    /// From the link.
    Link(LinkEvent),
    /// Something was put into [`Saved`].
    Saved,
    /// A document was loaded beside; `None` once that is over.
    Loaded(Option<Box<Document>>),
    /// An automatic copy could not be made.
    CopyFailed(String),
    /// Time to try again to save.
    RetrySave,
    /// Time to give up waiting that had this number.
    GiveUp(u64),
    Shutdown,
}

/// Outcomes of saves, from the store's thread to the worker's.
///
/// Bounded by the number of batches that the worker has submitted.
#[derive(Default)]
struct Saved {
    done: Vec<Vec<ChangeHash>>,
    failed: Option<Arc<StoreError>>,
}

struct Worker {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    zone: Zone,
    replica: Replica,
    /// `None` while saving fails.
    writer: Option<Writer>,
    saved: Arc<Mutex<Saved>>,
    store_failure: Option<Arc<str>>,
    runtime: Runtime,
    queue: mpsc::Sender<Message>,
    published: Arc<Published>,
    join: Option<JoinLink>,
    link: Option<Link>,
    link_state: LinkState,
    /// Documents about which something may have to be said once the link has room.
    talk: BTreeSet<DocumentId>,
    copier: Copier,
    flushes: Vec<oneshot::Sender<Result<(), Arc<str>>>>,
    /// Loads documents from the start on, until it is through.
    loader: Option<Loader>,
    pasts: Vec<oneshot::Sender<Result<Past, StoreError>>>,
    waits: Vec<(u64, oneshot::Sender<bool>)>,
    next_wait: u64,
    shown_version: Option<u64>,
}

/// Opens everything and starts the thread; returns when the first board is published.
pub(crate) fn start(
    config: Config,
    inbox: mpsc::Receiver<Message>,
    queue: mpsc::Sender<Message>,
    published: Arc<Published>,
) -> Result<(DeviceId, std::thread::JoinHandle<()>), OpenError> {
    let is_online = config.online;
    let mut worker = Worker::open(config, queue, published)?;
    let device = worker.replica.identity().device();
    worker.publish();
    if is_online {
        worker.dial();
    }
    let thread = std::thread::Builder::new().name("engine".to_owned());
    let thread = thread
        .spawn(move || worker.run(inbox))
        .map_err(OpenError::Thread)?;
    Ok((device, thread))
}

impl Worker {
    fn open(
        config: Config,
        queue: mpsc::Sender<Message>,
        published: Arc<Published>,
    ) -> Result<Self, OpenError> {
        let folder = config.data_folder;
        private::make_folder(&folder).map_err(|source| OpenError::Folder {
            path: folder.clone(),
            source,
        })?;
        let is_new = !folder.join(STORE_FILE).exists();
        let opened = SqliteStore::open(&folder.join(STORE_FILE))?;
        let copier = Copier::new(&folder, is_new, config.clock.now());
        let identity = Identity::open(&folder)?;
        let setting = Setting {
            folder: folder.clone(),
            clock: config.clock.clone(),
            zone: config.zone,
            person: config.person,
            device_name: config.device,
        };
        let read = read_link(&folder);
        let linked = read.as_ref().ok().and_then(Option::as_ref);
        let linked = linked.map(|link| link.compartment);
        let (replica, mut effects) =
            Replica::open(setting, identity, opened.store.reader()?, linked)?;
        let (join, obstacle) = match read {
            Ok(None) => (None, None),
            Ok(Some(link)) if linked == replica.compartment() => {
                (Some(link), Some("not connected yet"))
            }
            Ok(Some(_other)) => (None, Some(OTHER_LINK)),
            Err(UnreadableLink) => (None, Some(ODD_LINK)),
        };
        if let (None, Some(reason)) = (&join, obstacle) {
            effects.notices.push(Notice::Failed {
                command: "connect".to_owned(),
                reason: reason.to_owned(),
            });
        }
        let link_state = obstacle.map_or(LinkState::NoRelay, |reason| LinkState::Offline {
            since: config.clock.now(),
            reason: reason.into(),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("link")
            .enable_all()
            .build()
            .map_err(OpenError::Thread)?;
        let mut worker = Self {
            join,
            writer: Some(Writer::start(Box::new(opened.store)).map_err(OpenError::Thread)?),
            folder,
            clock: config.clock,
            zone: config.zone,
            replica,
            saved: Arc::default(),
            store_failure: None,
            runtime,
            queue,
            published,
            link: None,
            link_state,
            talk: BTreeSet::new(),
            copier,
            flushes: Vec::new(),
            loader: None,
            pasts: Vec::new(),
            waits: Vec::new(),
            next_wait: 0,
            shown_version: None,
        };
        worker.carry_out(effects);
        Ok(worker)
    }

    fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        self.loader = Loader::start(&mut self.replica, &self.queue);
        let mut is_busy = self.loader.is_none();
        loop {
            let message = match inbox.try_recv() {
                Ok(message) => message,
                Err(mpsc::error::TryRecvError::Empty) if is_busy => {
                    is_busy = self.work_ahead();
                    continue;
                }
                Err(_empty_or_closed) => match inbox.blocking_recv() {
                    Some(message) => message,
                    None => break,
                },
            };
            if matches!(message, Message::Shutdown) {
                break;
            }
            let is_through = matches!(message, Message::Loaded(None));
            self.handle(message);
            // What could not be read is not tried again and again.
            let may_go_on = is_busy || is_through || self.replica.is_all_loaded();
            is_busy = self.loader.is_none() && may_go_on;
            self.take_saved();
            self.speak();
            self.publish();
            self.answer_waiting();
            self.answer_pasts();
        }
        self.end(inbox);
    }

    /// Loads a document that was left over, or indexes some changes, while there is nothing else to do; tells whether
    /// there may be more.
    fn work_ahead(&mut self) -> bool {
        if self.replica.is_all_loaded() {
            return self.replica.index_next();
        }
        let mut effects = Effects::default();
        let is_more = self
            .replica
            .load_next(&mut effects)
            .unwrap_or_else(|error| {
                self.fail_reading(&error);
                false
            });
        self.carry_out(effects);
        self.publish();
        is_more
    }

    /// Tells the past to whoever asked, once the documents that are being loaded are there.
    fn answer_pasts(&mut self) {
        if self.pasts.is_empty() || self.loader.is_some() {
            return;
        }
        let mut effects = Effects::default();
        for reply in std::mem::take(&mut self.pasts) {
            let past = self.replica.past(&mut effects);
            reply.send(past).ok();
        }
        self.carry_out(effects);
        self.publish();
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Execute(command, reply) => self.execute(&command, reply),
            Message::Undo { again, reply } => self.undo(again, reply),
            Message::UndoStep(step, reply) => {
                self.write(reply, |replica, effects| replica.undo_step(&step, effects));
            }
            Message::Settle(write, reply) => {
                self.write(reply, |replica, effects| replica.settle(&write, effects));
            }
            Message::Join(link, reply) => {
                let outcome = self.join(link);
                // Whoever asked may have gone; the outcome is on the status as well.
                reply.send(outcome).ok();
            }
            Message::SetOnline(online, reply) => {
                self.set_online(online);
                self.publish();
                reply.send(()).ok();
            }
            Message::Fingerprints(reply) => {
                let mut effects = Effects::default();
                let outcome = self.replica.fingerprints(&mut effects);
                self.carry_out(effects);
                reply.send(outcome).ok();
            }
            Message::Past(reply) => self.pasts.push(reply),
            Message::Loaded(Some(document)) => self.replica.take_loaded(*document),
            Message::Loaded(None) => {
                if self.loader.as_mut().is_none_or(Loader::is_through) {
                    self.loader = None;
                }
            }
            Message::Flush(reply) => self.flushes.push(reply),
            Message::WaitSynced(reply, limit) => self.wait_synced(reply, limit),
            Message::Link(event) => self.hear(event),
            Message::CopyFailed(reason) => self.notify(vec![Notice::CopyFailed { reason }]),
            Message::RetrySave => self.retry_save(),
            Message::GiveUp(number) => {
                if let Some(at) = self
                    .waits
                    .iter()
                    .position(|(waiting, _)| *waiting == number)
                {
                    let (_, reply) = self.waits.swap_remove(at);
                    reply.send(false).ok();
                }
            }
            Message::Saved | Message::Shutdown => {}
        }
    }

    fn execute(
        &mut self,
        command: &Command,
        reply: Option<oneshot::Sender<Result<Receipt, ExecuteError>>>,
    ) {
        let mut effects = Effects::default();
        let outcome = match &self.store_failure {
            Some(reason) => Err(ExecuteError::NotSaving {
                reason: reason.clone(),
            }),
            None => self.replica.execute(command, &mut effects),
        };
        self.carry_out(effects);
        self.publish();
        self.answer(command.name(), outcome, reply);
    }

    fn undo(&mut self, again: bool, reply: Option<oneshot::Sender<Result<(), ExecuteError>>>) {
        let mut effects = Effects::default();
        let outcome = match &self.store_failure {
            Some(reason) => Err(ExecuteError::NotSaving {
                reason: reason.clone(),
            }),
            None => self.replica.undo(again, &mut effects),
        };
        self.carry_out(effects);
        self.publish_board();
        self.answer(
            if again { "redo" } else { "undo" }.to_owned(),
            outcome,
            reply,
        );
    }

    /// Has the replica write something for somebody who waits for the outcome.
    fn write<T>(
        &mut self,
        reply: oneshot::Sender<Result<T, ExecuteError>>,
        work: impl FnOnce(&mut Replica, &mut Effects) -> Result<T, ExecuteError>,
    ) {
        let mut effects = Effects::default();
        let outcome = match &self.store_failure {
            Some(reason) => Err(ExecuteError::NotSaving {
                reason: reason.clone(),
            }),
            None => work(&mut self.replica, &mut effects),
        };
        self.carry_out(effects);
        self.publish_board();
        reply.send(outcome).ok();
    }

    /// Tells the outcome to whoever waits for it, or to the user.
    fn answer<T>(
        &self,
        command: String,
        outcome: Result<T, ExecuteError>,
        reply: Option<oneshot::Sender<Result<T, ExecuteError>>>,
    ) {
        if let Some(reply) = reply {
            reply.send(outcome).ok();
            return;
        }
        match outcome {
            Ok(_) => {}
            Err(ExecuteError::Command(error)) => {
                self.notify(vec![Notice::Refused { command, error }]);
            }
            Err(error) => {
                let reason = adjutant_base::error::chain(&error);
                self.notify(vec![Notice::Failed { command, reason }]);
            }
        }
    }

    /// Saves, remembers what to say, and shows notices.
    fn carry_out(&mut self, effects: Effects) {
        self.talk.extend(effects.talk);
        if effects.reconnect
            && let Some(link) = &self.link
        {
            link.reset();
        }
        if !effects.notices.is_empty() {
            self.notify(effects.notices);
        }
        if effects.save.changes.is_empty() && effects.save.values.is_empty() {
            return;
        }
        let hashes: Vec<ChangeHash> = effects
            .save
            .changes
            .iter()
            .map(|(_, change)| change.meta.hash)
            .collect();
        let Some(writer) = &self.writer else { return };
        let (saved, queue) = (self.saved.clone(), self.queue.clone());
        writer.submit(effects.save, move |outcome| {
            if let Ok(mut saved) = saved.lock() {
                match outcome {
                    Ok(()) => saved.done.push(hashes),
                    Err(error) => saved.failed = Some(error),
                }
            }
            // A full queue means that the worker is about to look anyway.
            queue.try_send(Message::Saved).ok();
        });
    }

    /// Takes note of what the store has made durable, or failed to.
    fn take_saved(&mut self) {
        let (done, failed) = match self.saved.lock() {
            Ok(mut saved) => (std::mem::take(&mut saved.done), saved.failed.take()),
            Err(_poisoned) => return,
        };
        let has_saved = !done.is_empty();
        for hashes in done {
            self.replica.saved(&hashes);
        }
        if has_saved && failed.is_none() {
            let queue = self.queue.clone();
            let failed = move |reason| {
                // A worker that has ended needs no copy.
                queue.blocking_send(Message::CopyFailed(reason)).ok();
            };
            self.copier.copy_if_due(self.clock.now(), failed);
        }
        if let Some(error) = failed {
            self.fail_saving(&adjutant_base::error::chain(error.as_ref()));
        }
    }

    fn fail_saving(&mut self, reason: &str) {
        let reason: Arc<str> = reason.into();
        if self.store_failure.is_none() {
            self.notify(vec![Notice::SaveFailed {
                reason: reason.clone(),
            }]);
        }
        self.store_failure = Some(reason.clone());
        self.writer = None;
        for flush in self.flushes.drain(..) {
            flush.send(Err(reason.clone())).ok();
        }
        let queue = self.queue.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(Duration::from_millis(RETRY_SAVE_MS)).await;
            queue.send(Message::RetrySave).await.ok();
        });
    }

    fn fail_reading(&mut self, error: &StoreError) {
        let reason = adjutant_base::error::chain(error);
        self.notify(vec![Notice::Failed {
            command: "read this device's data".to_owned(),
            reason,
        }]);
    }

    /// Opens the store again and saves everything that is not on disk.
    fn retry_save(&mut self) {
        if self.writer.is_some() {
            return;
        }
        match self.reopen() {
            Ok(()) => {
                self.store_failure = None;
                self.notify(vec![Notice::SaveRecovered]);
                if self.link_state == LinkState::Online
                    && let Some(link) = &self.link
                {
                    // What could not be read meanwhile was passed over; new sessions send it.
                    link.reset();
                }
            }
            Err(reason) => self.fail_saving(&reason),
        }
    }

    fn reopen(&mut self) -> Result<(), String> {
        let in_words = |error: &StoreError| adjutant_base::error::chain(error);
        // The old reader holds the file; let go of it first.
        self.replica.drop_store();
        let opened =
            SqliteStore::open(&self.folder.join(STORE_FILE)).map_err(|error| in_words(&error))?;
        let reader: Box<dyn ChunkReader> =
            opened.store.reader().map_err(|error| in_words(&error))?;
        let writer = Writer::start(Box::new(opened.store)).map_err(|error| error.to_string())?;
        let batch = self.replica.unsaved_batch();
        let hashes: Vec<ChangeHash> = batch
            .changes
            .iter()
            .map(|(_, change)| change.meta.hash)
            .collect();
        writer
            .submit_blocking(batch)
            .map_err(|error| in_words(&error))?;
        self.replica.set_store(reader);
        self.replica.saved(&hashes);
        self.writer = Some(writer);
        Ok(())
    }

    /// Tells whoever waits for the relay that it will not be. They read the status next, so that is told first.
    fn give_up_waits(&mut self) {
        self.publish();
        for (_, reply) in self.waits.drain(..) {
            reply.send(false).ok();
        }
    }

    fn wait_synced(&mut self, reply: oneshot::Sender<bool>, limit: Duration) {
        if self.link.is_none() {
            self.publish();
            reply.send(false).ok();
            return;
        }
        let number = self.next_wait;
        self.next_wait = self.next_wait.wrapping_add(1);
        self.waits.push((number, reply));
        let queue = self.queue.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(limit).await;
            queue.send(Message::GiveUp(number)).await.ok();
        });
    }

    fn answer_waiting(&mut self) {
        if self.replica.unsaved() == 0 {
            for flush in self.flushes.drain(..) {
                flush.send(Ok(())).ok();
            }
        }
        let status = self.published.status.load();
        let is_synced = status.link == LinkState::Online
            && status.waiting_changes == 0
            && status.unsaved_changes == 0
            && status.documents_behind == 0;
        if is_synced {
            for (_, reply) in self.waits.drain(..) {
                reply.send(true).ok();
            }
        }
    }

    fn notify(&self, notices: Vec<Notice>) {
        self.published.notify(notices);
        self.published.wake();
    }

    fn publish_board(&mut self) {
        let version = self.replica.board().version;
        if self.shown_version != Some(version) {
            self.shown_version = Some(version);
            self.published
                .board
                .store(Arc::new(self.replica.board().clone()));
        }
    }

    /// Publishes board and status, and wakes the user interface if either changed.
    fn publish(&mut self) {
        let before = self.shown_version;
        self.publish_board();
        let now = self.clock.now();
        let is_connected = self.link_state == LinkState::Online;
        let status = SyncStatus {
            link: self.link_state.clone(),
            waiting_changes: if self.join.is_some() {
                self.replica.waiting()
            } else {
                0
            },
            unsaved_changes: self.replica.unsaved(),
            documents_behind: if is_connected {
                self.replica.behind()
            } else {
                0
            },
            store_failure: self.store_failure.clone(),
            damage: self.replica.damage(),
            quarantined: self.replica.quarantined(),
            utc_offset_s: self.zone.offset_s(now),
        };
        let is_new = **self.published.status.load() != status;
        if is_new {
            self.published.status.store(Arc::new(status));
        }
        if is_new || before != self.shown_version {
            self.published.wake();
        }
    }

    /// Keeps what sessions know and the board for the next start, and waits until everything is saved.
    ///
    /// Whatever fails here costs the next start some time; the user was told of unsaved edits.
    fn end(mut self, inbox: mpsc::Receiver<Message>) {
        // Nobody waits for what is still asked, and the copy's thread must not wait for us.
        drop(inbox);
        self.loader = None;
        self.hang_up("the program ended");
        if let Some(writer) = &self.writer {
            // Its failure comes by `take_saved` as well.
            writer.flush_blocking().ok();
        }
        self.take_saved();
        self.replica.keep_cache();
        self.copier.finish_blocking();
        self.runtime
            .shutdown_timeout(Duration::from_millis(limits::HANDSHAKE_MS));
    }
}
