//! What waits to be sent on one connection.
//!
//! Bounded: beyond the limit nothing more is produced for it; the documents about which there would be something to
//! say are remembered instead, and one fresh message for each is made when the queue is empty. The rule: a slow
//! reader costs a bounded amount of memory and loses nothing.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use adjutant_base::DocumentId;
use tokio::sync::Notify;

/// The queue of one connection.
#[derive(Debug)]
pub(crate) struct Outbound {
    queue: Mutex<Queue>,
    changed: Notify,
    most_frames: usize,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
    behind: BTreeSet<DocumentId>,
    is_finished: bool,
}

/// What a connection has to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send this frame.
    Send(Vec<u8>),
    /// Ask these documents what there is to say now.
    CatchUp(BTreeSet<DocumentId>),
    /// Everything is sent; close.
    Finish,
}

impl Outbound {
    pub(crate) fn new(most_frames: usize, most_bytes: usize) -> Self {
        Self {
            queue: Mutex::default(),
            changed: Notify::new(),
            most_frames,
            most_bytes,
        }
    }

    /// Tells whether a message for `document` should be made now; if not, it will be asked for later.
    pub(crate) fn wants(&self, document: DocumentId) -> bool {
        let mut queue = self.lock();
        if queue.is_finished {
            return false;
        }
        if queue.frames.len() < self.most_frames && queue.bytes < self.most_bytes {
            return true;
        }
        queue.behind.insert(document);
        false
    }

    /// Tells whether something that may be lost would be sent soon.
    pub(crate) fn has_room(&self) -> bool {
        let queue = self.lock();
        !queue.is_finished && queue.frames.len() < self.most_frames && queue.bytes < self.most_bytes
    }

    /// Queues a frame.
    pub(crate) fn push(&self, frame: Vec<u8>) {
        let mut queue = self.lock();
        if queue.is_finished {
            return;
        }
        queue.bytes = queue.bytes.saturating_add(frame.len());
        queue.frames.push_back(frame);
        drop(queue);
        self.changed.notify_one();
    }

    /// Sends what is queued, then this, then closes; nothing is queued any more.
    pub(crate) fn finish(&self, last: Option<Vec<u8>>) {
        let mut queue = self.lock();
        if queue.is_finished {
            return;
        }
        queue.is_finished = true;
        queue.behind.clear();
        queue.frames.extend(last);
        drop(queue);
        self.changed.notify_one();
    }

    /// Waits for something to do. Only one task may wait.
    pub(crate) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.changed.notified().await;
        }
    }

    fn take(&self) -> Option<Next> {
        let mut queue = self.lock();
        if let Some(frame) = queue.frames.pop_front() {
            queue.bytes = queue.bytes.saturating_sub(frame.len());
            return Some(Next::Send(frame));
        }
        if queue.is_finished {
            return Some(Next::Finish);
        }
        if queue.behind.is_empty() {
            return None;
        }
        Some(Next::CatchUp(std::mem::take(&mut queue.behind)))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Each change of the queue is complete in itself, so a panic elsewhere leaves it whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: DocumentId = DocumentId([7; 16]);

    #[tokio::test]
    async fn beyond_the_limit_documents_are_remembered_once() {
        for outbound in [Outbound::new(2, 1_000), Outbound::new(1_000, 2)] {
            assert!(outbound.wants(DOCUMENT));
            outbound.push(vec![1]);
            outbound.push(vec![2]);
            for _ in 0..10 {
                assert!(!outbound.wants(DOCUMENT));
            }
            assert_eq!(outbound.next().await, Next::Send(vec![1]));
            assert_eq!(outbound.next().await, Next::Send(vec![2]));
            assert_eq!(
                outbound.next().await,
                Next::CatchUp(BTreeSet::from([DOCUMENT]))
            );
            assert!(outbound.wants(DOCUMENT));
        }
    }

    #[tokio::test]
    async fn a_finished_queue_ends_with_its_last_words() {
        let outbound = Outbound::new(10, 10);
        outbound.push(vec![1]);
        outbound.finish(Some(vec![2]));
        outbound.push(vec![3]);
        outbound.finish(Some(vec![4]));
        assert!(!outbound.wants(DOCUMENT));
        assert_eq!(outbound.next().await, Next::Send(vec![1]));
        assert_eq!(outbound.next().await, Next::Send(vec![2]));
        assert_eq!(outbound.next().await, Next::Finish);
    }
}
