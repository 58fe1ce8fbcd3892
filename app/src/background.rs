//! Work that takes longer than a frame: done on a thread of its own, its result kept until what it depends on changes.
//!
//! The one rule: a function that draws never waits. What was ready before stays in sight until the newer is there.

use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use egui::Context;

/// Counts the work that is under way, so that whoever has to can wait for all of it.
#[derive(Debug, Clone, Default)]
pub struct Work {
    counts: Arc<(Mutex<Counts>, Condvar)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    begun: u64,
    running: usize,
}

impl Work {
    /// Does this on a thread of its own and asks for a frame when it is done; at once where there is no thread to have.
    pub fn spawn(&self, ctx: &Context, job: impl FnOnce() + Send + 'static) {
        let mine = Running::begin(self.clone(), ctx.clone());
        let job = Arc::new(Mutex::new(Some(job)));
        let theirs = Arc::clone(&job);
        let spawned = std::thread::Builder::new()
            .name("desk work".to_owned())
            .spawn(move || {
                run(&theirs);
                drop(mine);
            });
        if spawned.is_err() {
            run(&job);
        }
    }

    /// Tells whether anything is under way.
    pub fn is_busy(&self) -> bool {
        self.count().running > 0
    }

    /// Returns how much has ever begun: what began and ended between two looks shows here.
    pub fn begun(&self) -> u64 {
        self.count().begun
    }

    /// Waits until nothing is under way.
    pub fn wait_blocking(&self) {
        let mut count = self.count();
        while count.running > 0 {
            let waited = self.counts.1.wait(count);
            count = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn count(&self) -> std::sync::MutexGuard<'_, Counts> {
        let locked = self.counts.0.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }
}

fn run<F: FnOnce()>(job: &Mutex<Option<F>>) {
    let taken = job.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(job) = taken {
        job();
    }
}

/// One piece of work; counted as long as it lives, so that one that panics does not count for ever.
struct Running {
    work: Work,
    ctx: Context,
}

impl Running {
    fn begin(work: Work, ctx: Context) -> Self {
        let mut count = work.count();
        count.running = count.running.saturating_add(1);
        count.begun = count.begun.saturating_add(1);
        drop(count);
        Self { work, ctx }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut count = self.work.count();
        count.running = count.running.saturating_sub(1);
        drop(count);
        self.work.counts.1.notify_all();
        self.ctx.request_repaint();
    }
}

/// A result that is made in the background, again whenever its key changes.
#[derive(Debug)]
pub struct Background<K, V> {
    ready: Option<(K, Arc<V>)>,
    coming: Option<(K, Arc<OnceLock<Arc<V>>>)>,
}

impl<K, V> Default for Background<K, V> {
    fn default() -> Self {
        Self {
            ready: None,
            coming: None,
        }
    }
}

impl<K: PartialEq, V: Send + Sync + 'static> Background<K, V> {
    /// Returns the newest result that is ready, for whichever key; `None` before the first. Begins what is missing.
    pub fn get(
        &mut self,
        (work, ctx): (&Work, &Context),
        key: K,
        make: impl FnOnce() -> V + Send + 'static,
    ) -> Option<Arc<V>> {
        let arrived = self.coming.as_ref().and_then(|(_, slot)| slot.get());
        if let Some(value) = arrived.map(Arc::clone) {
            self.ready = self.coming.take().map(|(key, _)| (key, value));
        }
        let is_current = self.ready.as_ref().is_some_and(|(made, _)| *made == key);
        // One at a time: a key that changes with every keystroke does not start a thread for each.
        if !is_current && self.coming.is_none() {
            let slot = Arc::new(OnceLock::new());
            let theirs = Arc::clone(&slot);
            self.coming = Some((key, slot));
            work.spawn(ctx, move || {
                theirs.set(Arc::new(make())).ok(); // The slot is this work's alone: it is empty.
            });
        }
        self.ready.as_ref().map(|(_, value)| Arc::clone(value))
    }

    /// Tells whether what is ready was made for this key.
    pub fn is_for(&self, key: &K) -> bool {
        self.ready.as_ref().is_some_and(|(made, _)| made == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_ready_stays_until_the_newer_is_there() {
        let (work, ctx) = (Work::default(), Context::default());
        let mut sum = Background::<u32, u32>::default();
        assert_eq!(sum.get((&work, &ctx), 1, || 10), None);
        work.wait_blocking();
        assert!(!work.is_busy());
        assert_eq!(sum.get((&work, &ctx), 1, || 0).as_deref(), Some(&10));
        assert_eq!(sum.get((&work, &ctx), 2, || 20).as_deref(), Some(&10));
        work.wait_blocking();
        assert_eq!(sum.get((&work, &ctx), 2, || 0).as_deref(), Some(&20));
        assert!(sum.is_for(&2) && !sum.is_for(&1));
    }
}
