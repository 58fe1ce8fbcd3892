//! All documents that somebody talks about, and everybody who does.
//!
//! Finds or makes the document for a message, gives it the one writer, and lets go of documents that nobody needs.
//! The rule: a document's changes pass through exactly one [`Document`] at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, Weak};
use std::time::{Duration, Instant};

use adjutant_base::{ChangeHash, DeviceId, DocumentId, limits};
use adjutant_store::{Batch, Snapshots, StoreError, Writer};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinError;

use crate::access::Policy;
use crate::compactor::{Compactor, Hear, Outcome};
use crate::config::RelayLimits;
use crate::document::{ConnectionId, Document, HearError, Kind, Peer, Reader, Shelf, lock};
use crate::metrics::Metrics;
use crate::rate::Bucket;

/// The value that a test write sets.
pub(crate) const PROBE: &str = "relay.probe";

/// What all connections share.
pub(crate) struct Registry {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) policy: Policy,
    pub(crate) limits: RelayLimits,
    /// How the relay calls itself.
    pub(crate) name: Arc<str>,
    /// What `metadata` says that the relay's storage is.
    pub(crate) storage: Arc<str>,
    /// One permit for each byte of the messages that are being worked on.
    pub(crate) in_flight: Semaphore,
    /// Told when the store has failed.
    pub(crate) failed: Notify,
    /// `None` once the relay has closed its store.
    writer: RwLock<Option<Writer>>,
    documents: Arc<Documents>,
    devices: Mutex<BTreeMap<String, Presence>>,
    probe: tokio::sync::Mutex<Option<(Instant, bool)>>,
    next_connection: AtomicU64,
}

/// The documents themselves; apart from the registry, so that the writer's callbacks never own the writer.
struct Documents {
    shelf: Arc<Shelf>,
    /// What the compactor reads through.
    second_reader: Arc<Reader>,
    /// Snapshots made since the start.
    compactions: watch::Sender<u64>,
    open: Mutex<BTreeMap<DocumentId, Arc<Document>>>,
}

/// A device with at least one connection.
struct Presence {
    connections: usize,
    sent: Bucket,
}

/// What a registry is made of.
pub(crate) struct Parts {
    pub(crate) policy: Policy,
    pub(crate) limits: RelayLimits,
    pub(crate) name: Arc<str>,
    pub(crate) storage: Arc<str>,
    pub(crate) writer: Writer,
    /// One for the documents, one for the compactor.
    pub(crate) readers: [Reader; 2],
    pub(crate) snapshots: Snapshots,
}

impl Registry {
    /// Starts the compactor.
    pub(crate) fn new(parts: Parts) -> std::io::Result<Self> {
        let metrics = Arc::new(Metrics::default());
        let [reader, second_reader] = parts.readers;
        let documents = Arc::new(Documents {
            shelf: Arc::new(Shelf {
                reader,
                compactor: Compactor::new(parts.snapshots),
                metrics: Arc::clone(&metrics),
            }),
            second_reader: Arc::new(second_reader),
            compactions: watch::Sender::new(0),
            open: Mutex::default(),
        });
        documents.shelf.compactor.start(
            Arc::clone(&documents.second_reader),
            Arc::clone(&metrics),
            Arc::downgrade(&documents),
        )?;
        Ok(Self {
            metrics,
            policy: parts.policy,
            limits: parts.limits,
            name: parts.name,
            storage: parts.storage,
            in_flight: Semaphore::new(parts.limits.in_flight_bytes),
            failed: Notify::new(),
            writer: RwLock::new(Some(parts.writer)),
            documents,
            devices: Mutex::default(),
            probe: tokio::sync::Mutex::default(),
            next_connection: AtomicU64::new(0),
        })
    }

    /// Returns how many snapshots have been made since the start, as it changes.
    pub(crate) fn compactions(&self) -> watch::Receiver<u64> {
        self.documents.compactions.subscribe()
    }

    /// Returns a number for a new connection.
    pub(crate) fn connection_id(&self) -> ConnectionId {
        self.next_connection.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a connection of the device that `peer` names; `None` if it has too many.
    pub(crate) fn enter(self: &Arc<Self>, peer: &str) -> Option<Entry> {
        // A device's peer id is its id, a dash and a number of the process; others are counted by their whole name.
        let device = match peer.split_once('-') {
            Some((device, _process)) if device.parse::<DeviceId>().is_ok() => device,
            Some(_) | None => peer,
        };
        let mut devices = lock(&self.devices);
        let now = Instant::now();
        let presence = devices
            .entry(device.to_owned())
            .or_insert_with(|| Presence {
                connections: 0,
                sent: Bucket::new(self.limits.device_rate, now),
            });
        if presence.connections >= self.limits.connections_per_device {
            return None;
        }
        presence.connections = presence.connections.saturating_add(1);
        self.metrics.connections.one_more();
        Some(Entry {
            registry: Arc::clone(self),
            device: device.to_owned(),
            sent: Bucket::new(self.limits.connection_rate, now),
        })
    }

    /// Tells whether something can be stored now: writes, and waits until it is on the disk.
    ///
    /// Asked by many at once, or again soon, it answers all with one write.
    pub(crate) async fn is_ready(self: &Arc<Self>) -> bool {
        let mut probe = self.probe.lock().await;
        if self.is_down() {
            return false;
        }
        let valid = Duration::from_millis(limits::PROBE_VALID_MS);
        if let Some((at, outcome)) = *probe
            && at.elapsed() < valid
        {
            return outcome;
        }
        let registry = Arc::clone(self);
        let write = tokio::task::spawn_blocking(move || {
            let batch = Batch::default().setting(PROBE, Some(Vec::new()));
            let writer = registry.writer();
            writer
                .as_ref()
                .is_some_and(|writer| writer.submit_blocking(batch).is_ok())
        });
        let limit = Duration::from_millis(limits::PROBE_MS);
        let outcome = matches!(tokio::time::timeout(limit, write).await, Ok(Ok(true)));
        *probe = Some((Instant::now(), outcome));
        outcome
    }

    /// Takes in a sync message. Waits for the document's turn, for the disk, and while too much waits for it.
    ///
    /// The outer error is a defect.
    pub(crate) async fn hear(
        self: &Arc<Self>,
        peer: &Peer,
        id: DocumentId,
        kind: Kind,
        data: Vec<u8>,
    ) -> Result<Result<(), HearError>, JoinError> {
        let data = Arc::new(data);
        let runtime = Handle::current();
        loop {
            let document = self.documents.find_or_make(id);
            let (registry, peer, data) = (Arc::clone(self), peer.clone(), Arc::clone(&data));
            let runtime = runtime.clone();
            let hearing = move |document: &Arc<Document>| {
                registry.hear_at_blocking(document, &peer, kind, &data, &runtime)
            };
            match at(Arc::clone(&document), hearing).await? {
                Ok(Some(())) => return Ok(Ok(())),
                Ok(None) => self.documents.forget(&document),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// `Ok(None)` if the document has been evicted.
    fn hear_at_blocking(
        self: &Arc<Self>,
        document: &Arc<Document>,
        peer: &Peer,
        kind: Kind,
        data: &[u8],
        runtime: &Handle,
    ) -> Result<Option<()>, HearError> {
        let documents = Arc::clone(&self.documents);
        let registry = Arc::downgrade(self);
        let runtime = runtime.clone();
        let done = move |document: &Arc<Document>, hashes: Vec<ChangeHash>, number, outcome| {
            on_commit(
                &runtime,
                documents,
                registry,
                Commit {
                    document: Arc::clone(document),
                    hashes,
                    number,
                    outcome,
                },
            );
        };
        let writer = self.writer();
        let writer = writer
            .as_ref()
            .ok_or(HearError::Store(StoreError::Closed))?;
        document.hear(peer, kind, data, writer, done)
    }

    /// Makes the messages that a slow connection had no room for.
    pub(crate) async fn catch_up(
        &self,
        connection: ConnectionId,
        ids: impl IntoIterator<Item = DocumentId>,
    ) -> Result<(), JoinError> {
        for id in ids {
            let catching_up = move |document: &Arc<Document>| document.catch_up(connection);
            self.at(id, catching_up).await?;
        }
        Ok(())
    }

    /// Does something at a document if somebody talks about it.
    pub(crate) async fn at(
        &self,
        id: DocumentId,
        work: impl FnOnce(&Arc<Document>) + Send + 'static,
    ) -> Result<(), JoinError> {
        match self.documents.find(id) {
            Some(document) => at(document, work).await,
            None => Ok(()),
        }
    }

    /// Ends a connection's talk about these documents, about all of them even if one meets a defect.
    pub(crate) async fn leave(
        &self,
        connection: ConnectionId,
        ids: impl IntoIterator<Item = DocumentId>,
    ) -> Result<(), JoinError> {
        let mut outcome = Ok(());
        for id in ids {
            let documents = Arc::clone(&self.documents);
            let leaving = move |document: &Arc<Document>| {
                document.leave(connection);
                documents.let_go(document);
            };
            outcome = outcome.and(self.at(id, leaving).await);
        }
        outcome
    }

    /// Returns how many documents are held in memory.
    #[cfg(test)]
    pub(crate) fn open_documents(&self) -> usize {
        lock(&self.documents.open).len()
    }

    /// Returns why nothing more can be stored, if so.
    pub(crate) fn failure(&self) -> Option<Arc<StoreError>> {
        self.writer().as_ref().and_then(Writer::failure)
    }

    /// Tells whether nothing can be stored because the store has failed or is closed.
    pub(crate) fn is_down(&self) -> bool {
        self.writer()
            .as_ref()
            .is_none_or(|writer| writer.failure().is_some())
    }

    /// Brings everything taken in to the disk and closes the store, so that it can be opened again.
    pub(crate) fn close_blocking(&self) -> Result<(), Arc<StoreError>> {
        // Taken out first: nobody shall wait for the lock while the last commit runs.
        let writer = self
            .writer
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let flushed = writer.as_ref().map_or(Ok(()), Writer::flush_blocking);
        drop(writer);
        self.documents.shelf.compactor.close();
        self.documents.shelf.reader.close();
        self.documents.second_reader.close();
        flushed
    }

    fn writer(&self) -> RwLockReadGuard<'_, Option<Writer>> {
        self.writer.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Documents {
    fn find(&self, id: DocumentId) -> Option<Arc<Document>> {
        lock(&self.open).get(&id).map(Arc::clone)
    }

    fn find_or_make(&self, id: DocumentId) -> Arc<Document> {
        let mut open = lock(&self.open);
        let document = open.entry(id).or_insert_with(|| {
            self.shelf.metrics.documents_open.one_more();
            Arc::new(Document::new(id, Arc::clone(&self.shelf)))
        });
        Arc::clone(document)
    }

    /// Lets go of a document that nobody needs; whoever found it before finds it evicted and asks again.
    fn let_go(&self, document: &Arc<Document>) {
        // Never with the lock on all documents: this one may be busy for long.
        if document.evict_if_idle() {
            self.forget(document);
        }
    }

    /// Forgets a document that has been evicted.
    fn forget(&self, document: &Arc<Document>) {
        let mut open = lock(&self.open);
        let current = open.get(&document.id());
        if current.is_some_and(|current| Arc::ptr_eq(current, document)) {
            open.remove(&document.id());
            self.shelf.metrics.documents_open.one_less();
        }
    }
}

/// Does something at a document when its turn has come, where it may block.
async fn at<T: Send + 'static>(
    document: Arc<Document>,
    work: impl FnOnce(&Arc<Document>) -> T + Send + 'static,
) -> Result<T, JoinError> {
    let turn = document.turn().await;
    let working = move || {
        let outcome = work(&document);
        drop(turn);
        outcome
    };
    tokio::task::spawn_blocking(working).await
}

impl Hear for Documents {
    fn compacted(&self, id: DocumentId, outcome: Outcome) {
        let is_made = matches!(outcome, Outcome::Made { .. });
        if let Some(document) = self.find(id) {
            document.compacted(outcome);
        }
        if is_made {
            self.compactions
                .send_modify(|made| *made = made.saturating_add(1));
        }
    }
}

/// The outcome of one batch.
struct Commit {
    document: Arc<Document>,
    hashes: Vec<ChangeHash>,
    number: u64,
    outcome: Result<(), Arc<StoreError>>,
}

/// Runs on the writer's thread, so it only starts the work.
fn on_commit(
    runtime: &Handle,
    documents: Arc<Documents>,
    registry: Weak<Registry>,
    commit: Commit,
) {
    match commit.outcome {
        Ok(()) => {
            let metrics = &documents.shelf.metrics;
            metrics.batches_stored.one_more();
            metrics.changes_stored.add(commit.hashes.len() as u64);
            if commit.document.land(commit.number, commit.hashes) {
                runtime.spawn_blocking(move || {
                    commit.document.settle();
                    documents.let_go(&commit.document);
                });
            }
        }
        // Nobody is answered: the devices keep their changes and send them again.
        Err(error) => {
            documents.shelf.metrics.batches_failed.one_more();
            runtime.spawn_blocking(move || {
                if let Some(registry) = registry.upgrade() {
                    registry.failed.notify_waiters();
                }
                // Last: the log may lie on the disk that has just failed.
                tracing::error!(error = adjutant_base::error::chain(&*error), "cannot store");
            });
        }
    }
}

/// A connection counted; dropping it counts it out.
pub(crate) struct Entry {
    registry: Arc<Registry>,
    device: String,
    sent: Bucket,
}

impl Entry {
    /// Counts a message of this connection and its device; returns how long not to listen to it.
    pub(crate) fn charge(&mut self, size_bytes: usize) -> Duration {
        let now = Instant::now();
        let own = self.sent.charge(size_bytes, now);
        let mut devices = lock(&self.registry.devices);
        let all = devices
            .get_mut(&self.device)
            .map_or(Duration::ZERO, |presence| {
                presence.sent.charge(size_bytes, now)
            });
        own.max(all)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut devices = lock(&self.registry.devices);
        if let Some(presence) = devices.get_mut(&self.device) {
            presence.connections = presence.connections.saturating_sub(1);
            if presence.connections == 0 {
                devices.remove(&self.device);
            }
        }
        self.registry.metrics.connections.one_less();
    }
}

#[cfg(test)]
mod tests;
