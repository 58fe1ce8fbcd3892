//! The one thread that makes snapshots, so that newcomers get a whole document instead of each change.
//!
//! It reads what is on disk, works on one document at a time, and nobody ever waits for it: a document is offered to
//! it and forgotten. The rules: it takes at most one part in five of a processor, refuses what would need too much
//! memory before it reads it, and may be killed at any point.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread::Thread;
use std::time::{Duration, Instant};

use adjutant_base::{ChangeHash, DocumentId, Snapshot, StoredChange, limits};
use adjutant_store::{Snapshots, StoreError};
use adjutant_sync::compact::{CompactError, compact};
use adjutant_sync::graph::ChangeGraph;

use crate::document::{Reader, lock};
use crate::metrics::Metrics;

/// The thread rests this many times as long as it worked.
const REST: u32 = 4;
/// It never rests longer.
const LONGEST_REST: Duration = Duration::from_mins(1);

/// What became of a document that was offered.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// There is a snapshot of this version and size now.
    Made {
        heads: Vec<ChangeHash>,
        size_bytes: u64,
    },
    /// None can be made, now or later in this run; its single changes are as good as before.
    Barred,
    /// Not now: it could not be read.
    Failed,
}

/// Who hears of outcomes: the documents that are open.
pub(crate) trait Hear: Send + Sync + 'static {
    fn compacted(&self, document: DocumentId, outcome: Outcome);
}

/// The queue in front of the thread.
pub(crate) struct Compactor {
    jobs: Mutex<Option<SyncSender<DocumentId>>>,
    stop: Arc<AtomicBool>,
    snapshots: Snapshots,
    thread: Mutex<Option<Thread>>,
}

/// Why one attempt came to nothing.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(
        "the document has {operations} operations in {size_bytes} bytes, too many for a snapshot"
    )]
    TooLarge { operations: u64, size_bytes: u64 },
    #[error("the changes make no whole document")]
    Compact(#[source] Box<CompactError>),
    #[error("change {0} is damaged")]
    Damaged(ChangeHash),
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
}

impl Compactor {
    /// Returns a compactor whose thread has yet to be started.
    pub(crate) fn new(snapshots: Snapshots) -> Self {
        Self {
            jobs: Mutex::default(),
            stop: Arc::default(),
            snapshots,
            thread: Mutex::default(),
        }
    }

    /// Starts the thread; it reads through a reader of its own.
    pub(crate) fn start<H: Hear>(
        &self,
        reader: Arc<Reader>,
        metrics: Arc<Metrics>,
        hearer: Weak<H>,
    ) -> std::io::Result<()> {
        let (queue, jobs) = sync_channel(limits::COMPACT_QUEUE);
        let work = Work {
            reader,
            snapshots: self.snapshots.clone(),
            stop: Arc::clone(&self.stop),
            metrics,
        };
        let thread = std::thread::Builder::new()
            .name("compactor".to_owned())
            .spawn(move || work.run(&jobs, &hearer))?;
        *lock(&self.jobs) = Some(queue);
        *lock(&self.thread) = Some(thread.thread().clone());
        Ok(())
    }

    /// Asks for a snapshot; false if the queue is full and the document has to be offered again.
    pub(crate) fn offer(&self, document: DocumentId) -> bool {
        let jobs = lock(&self.jobs);
        jobs.as_ref()
            .is_some_and(|queue| queue.try_send(document).is_ok())
    }

    /// Returns a document's snapshot, if there is a good one.
    pub(crate) fn snapshot(&self, document: DocumentId) -> Option<Snapshot> {
        self.snapshots.read(document).unwrap_or_else(|error| {
            let error = adjutant_base::error::chain(&error);
            tracing::warn!(%document, error, "cannot read a snapshot; sending single changes");
            None
        })
    }

    /// Ends the thread. What it is at is abandoned and made again some other time, so nobody waits for it.
    pub(crate) fn close(&self) {
        self.stop.store(true, Ordering::SeqCst);
        *lock(&self.jobs) = None;
        if let Some(thread) = lock(&self.thread).take() {
            thread.unpark();
        }
    }
}

impl Drop for Compactor {
    fn drop(&mut self) {
        self.close();
    }
}

/// The thread's side.
struct Work {
    reader: Arc<Reader>,
    snapshots: Snapshots,
    stop: Arc<AtomicBool>,
    metrics: Arc<Metrics>,
}

impl Work {
    fn run<H: Hear>(&self, jobs: &Receiver<DocumentId>, hearer: &Weak<H>) {
        while let Ok(document) = jobs.recv() {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            let began = Instant::now();
            let outcome = self.outcome(document);
            if let Some(hearer) = hearer.upgrade() {
                hearer.compacted(document, outcome);
            }
            let rest = began.elapsed().saturating_mul(REST).min(LONGEST_REST);
            if !self.stop.load(Ordering::SeqCst) {
                std::thread::park_timeout(rest);
            }
        }
    }

    fn outcome(&self, document: DocumentId) -> Outcome {
        match self.make(document) {
            Ok(snapshot) => {
                self.metrics.snapshots_made.one_more();
                Outcome::Made {
                    size_bytes: snapshot.bytes.len() as u64,
                    heads: snapshot.heads,
                }
            }
            Err(failure) => {
                self.metrics.snapshots_failed.one_more();
                let error = adjutant_base::error::chain(&failure);
                match failure {
                    Failure::TooLarge { .. } | Failure::Compact(_) => {
                        tracing::warn!(%document, error, "no snapshot; newcomers get single changes");
                        Outcome::Barred
                    }
                    // While the relay stops, the reader is closed under its hands.
                    Failure::Store(StoreError::Closed) => Outcome::Failed,
                    Failure::Damaged(_) | Failure::Store(_) => {
                        tracing::error!(%document, error, "no snapshot for now");
                        Outcome::Failed
                    }
                }
            }
        }
    }

    fn make(&self, document: DocumentId) -> Result<Snapshot, Failure> {
        let metas = self
            .reader
            .read(|reader| reader.read_metas(document))?
            .metas;
        let operations = metas.iter().map(|meta| meta.op_count).sum();
        let size_bytes = metas.iter().map(|meta| meta.size_bytes).sum();
        if operations > limits::COMPACT_OPERATIONS || size_bytes > limits::COMPACT_BYTES {
            return Err(Failure::TooLarge {
                operations,
                size_bytes,
            });
        }
        let mut graph = ChangeGraph::new();
        for meta in metas {
            graph.insert(meta);
        }
        let is_usable =
            |snapshot: &Snapshot| snapshot.heads.iter().all(|head| graph.contains(head));
        let earlier = self.snapshots.read(document)?.filter(is_usable);
        let made = match &earlier {
            Some(snapshot) => self.grow(document, &graph, Some(snapshot)),
            None => self.grow(document, &graph, None),
        };
        let snapshot = match made {
            // Its bytes are as they were written, so a newer program must have made it: begin anew.
            Err(Failure::Compact(error)) if matches!(*error, CompactError::Earlier(_)) => {
                self.grow(document, &graph, None)?
            }
            made => made?,
        };
        self.snapshots.write(document, &snapshot)?;
        Ok(snapshot)
    }

    fn grow(
        &self,
        document: DocumentId,
        graph: &ChangeGraph,
        earlier: Option<&Snapshot>,
    ) -> Result<Snapshot, Failure> {
        let base = earlier.map_or(&[][..], |snapshot| &snapshot.heads);
        let mut changes: Vec<StoredChange> = Vec::new();
        for hash in graph.changes_after(base) {
            let read = self
                .reader
                .read(|reader| reader.read_change(document, hash))?;
            changes.push(read.and_then(Result::ok).ok_or(Failure::Damaged(hash))?);
        }
        compact(earlier, &changes).map_err(|error| Failure::Compact(Box::new(error)))
    }
}
