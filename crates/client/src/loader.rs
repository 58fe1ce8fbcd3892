//! Threads that load documents from the start on, one a core, while the worker goes on.
//!
//! What they make goes to the worker as a message; they hold nothing else. The one rule: losing a document here costs
//! time only, the worker loads what has not come.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use crate::replica::{Replica, Waiting, lanes};
use crate::worker::Message;

/// Threads that load documents; dropping it ends them after the documents that they are at.
pub(crate) struct Loader {
    waiting: Arc<Waiting>,
    lanes: Vec<JoinHandle<()>>,
    n_ended: usize,
}

/// Says that a lane has ended, however it did.
struct Ended(mpsc::Sender<Message>);

impl Drop for Ended {
    fn drop(&mut self) {
        // A worker that has ended waits for nothing.
        self.0.blocking_send(Message::Loaded(None)).ok();
    }
}

impl Loader {
    /// Begins to load what is not in memory; `None` if there is nothing, or no thread or reader to be had.
    pub(crate) fn start(replica: &mut Replica, queue: &mpsc::Sender<Message>) -> Option<Self> {
        let (waiting, count) = replica.wanted(None);
        let mut loader = Self {
            waiting: Arc::new(waiting),
            lanes: Vec::new(),
            n_ended: 0,
        };
        for _lane in 0..lanes(count) {
            let Ok(reader) = replica.reader() else { break };
            let (waiting, ended) = (Arc::clone(&loader.waiting), Ended(queue.clone()));
            let load = move || {
                while let Some(document) = waiting.load_next(reader.as_ref()) {
                    let message = Message::Loaded(Some(Box::new(document)));
                    if ended.0.blocking_send(message).is_err() {
                        return;
                    }
                }
            };
            let thread = std::thread::Builder::new().name("load".to_owned());
            loader.lanes.extend(thread.spawn(load));
        }
        (!loader.lanes.is_empty()).then_some(loader)
    }
}

impl Loader {
    /// Takes note that a lane has ended; tells whether it was the last.
    pub(crate) fn is_through(&mut self) -> bool {
        self.n_ended = self.n_ended.saturating_add(1);
        self.n_ended >= self.lanes.len()
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.waiting.stop();
        for lane in self.lanes.drain(..) {
            // One that panicked has printed why; the worker loads what it had.
            lane.join().ok();
        }
    }
}
