//! The one thread that commits: everybody else hands it batches and is called back when they are durable.
//!
//! Group commit without a timer: whatever queued while the last commit ran goes into the next one. The rule: `done`
//! is called exactly once for each batch, with success only after the disk has it; after one failure never again
//! with success, because what the disk holds is then unknown.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use adjutant_base::limits;

use crate::chunks::{Batch, ChunkStore, StoreError};

/// Called with the outcome of one batch, on the writer's thread; must not block.
type Done = Box<dyn FnOnce(Result<(), Arc<StoreError>>) + Send>;

/// The queue in front of a store and the thread behind it. Dropping it commits what is queued and ends the thread.
#[derive(Debug)]
pub struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    failure: Arc<Mutex<Option<Arc<StoreError>>>>,
}

struct Job {
    batch: Batch,
    done: Done,
}

impl Writer {
    /// Starts the thread that owns `store`.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub fn start(store: Box<dyn ChunkStore>) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(limits::STORE_QUEUE);
        let failure = Arc::new(Mutex::new(None));
        let mut work = Work {
            store,
            failure: Arc::clone(&failure),
        };
        let thread = std::thread::Builder::new()
            .name("store writer".to_owned())
            .spawn(move || work.run(&jobs))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            failure,
        })
    }

    /// Queues a batch; `done` is called once, when it is durable or cannot become so.
    ///
    /// Waits while [`limits::STORE_QUEUE`] batches are queued. After a failed commit `done` gets that same failure at
    /// once. `done` runs on the writer's thread: it must not block nor submit.
    pub fn submit(
        &self,
        batch: Batch,
        done: impl FnOnce(Result<(), Arc<StoreError>>) + Send + 'static,
    ) {
        let job = Job {
            batch,
            done: Box::new(done),
        };
        let refused = match &self.queue {
            Some(queue) => queue.send(job).err().map(|unsent| unsent.0),
            None => Some(job),
        };
        // The thread ends before the queue does only if `done` of an earlier batch panicked.
        if let Some(job) = refused {
            (job.done)(Err(self
                .failure()
                .unwrap_or_else(|| Arc::new(StoreError::Closed))));
        }
    }

    /// Queues a batch and waits until it is durable.
    ///
    /// # Errors
    /// The failure of this or an earlier commit.
    pub fn submit_blocking(&self, batch: Batch) -> Result<(), Arc<StoreError>> {
        let (answer, outcome) = sync_channel(1);
        self.submit(batch, move |result| {
            // Nobody waits any more only if the waiting thread is gone.
            answer.send(result).ok();
        });
        outcome
            .recv()
            .unwrap_or_else(|_gone| Err(Arc::new(StoreError::Closed)))
    }

    /// Waits until everything that was submitted before is durable.
    ///
    /// # Errors
    /// The failure of this or an earlier commit.
    pub fn flush_blocking(&self) -> Result<(), Arc<StoreError>> {
        self.submit_blocking(Batch::default())
    }

    /// Returns the failure that ended all writing, if there was one.
    pub fn failure(&self) -> Option<Arc<StoreError>> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic on that thread has been reported by the runtime; there is nobody left to tell.
            thread.join().ok();
        }
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}

/// The thread's side.
struct Work {
    store: Box<dyn ChunkStore>,
    failure: Arc<Mutex<Option<Arc<StoreError>>>>,
}

impl Work {
    fn run(&mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut batches = Vec::new();
            let mut waiting = Vec::new();
            let mut next = Ok(first);
            while let Ok(job) = next {
                batches.push(job.batch);
                waiting.push(job.done);
                next = if batches.len() < limits::STORE_QUEUE {
                    jobs.try_recv()
                } else {
                    Err(TryRecvError::Empty)
                };
            }
            let outcome = self.commit(&batches);
            for done in waiting {
                done(outcome.clone());
            }
        }
    }

    fn commit(&mut self, batches: &[Batch]) -> Result<(), Arc<StoreError>> {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = failure.as_ref() {
            return Err(Arc::clone(earlier));
        }
        drop(failure);
        let is_flush = |batch: &Batch| batch.changes.is_empty() && batch.values.is_empty();
        if batches.iter().all(is_flush) {
            return Ok(());
        }
        let Err(error) = self.store.commit(batches) else {
            return Ok(());
        };
        let error = Arc::new(error);
        failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        *failure = Some(Arc::clone(&error));
        Err(error)
    }
}

#[cfg(test)]
mod tests;
