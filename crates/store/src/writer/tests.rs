//! The writer keeps its word: success only after the commit, one failure is final, a killed process loses nothing
//! that it reported done.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::*;
use crate::tests::{change, document, open};
use crate::{ChunkReader, Damaged, DocumentChanges, DocumentMetas, MemoryStore, SqliteStore};
use adjutant_base::{ChangeHash, DocumentId, StoredChange};

/// A store whose commits wait for permission and report how many batches they got.
struct Gated {
    inner: MemoryStore,
    permits: Receiver<()>,
    sizes: SyncSender<usize>,
}

impl ChunkReader for Gated {
    fn documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        self.inner.documents()
    }
    fn read_metas(&self, document: DocumentId) -> Result<DocumentMetas, StoreError> {
        self.inner.read_metas(document)
    }
    fn read_change(
        &self,
        document: DocumentId,
        hash: ChangeHash,
    ) -> Result<Option<Result<StoredChange, Damaged>>, StoreError> {
        self.inner.read_change(document, hash)
    }
    fn read_document(&self, document: DocumentId) -> Result<DocumentChanges, StoreError> {
        self.inner.read_document(document)
    }
    fn read_value(
        &self,
        document: Option<DocumentId>,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.read_value(document, key)
    }
    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        self.inner.damaged()
    }
    fn reader(&self) -> Result<Box<dyn ChunkReader>, StoreError> {
        self.inner.reader()
    }
}

impl ChunkStore for Gated {
    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        self.sizes.send(batches.len()).unwrap();
        self.permits.recv().map_err(|_closed| StoreError::Closed)?;
        self.inner.commit(batches)
    }
}

#[test]
fn what_queues_during_a_commit_goes_into_the_next_one() {
    let (permit, permits) = sync_channel(10);
    let (sizes, seen) = sync_channel(10);
    let memory = MemoryStore::new();
    let writer = Writer::start(Box::new(Gated {
        inner: memory.clone(),
        permits,
        sizes,
    }))
    .unwrap();
    let (report, done) = sync_channel(100);
    let submit = |number| {
        let report = report.clone();
        let batch = Batch::default().change(document(1), change(number, 10));
        writer.submit(batch, move |outcome| {
            report.send((number, outcome.is_ok())).unwrap();
        });
    };
    submit(0);
    assert_eq!(seen.recv(), Ok(1));
    (1..=50).for_each(submit);
    assert!(
        done.try_recv().is_err(),
        "nothing is done before its commit"
    );
    permit.send(()).unwrap();
    assert_eq!(done.recv(), Ok((0, true)));
    assert_eq!(seen.recv(), Ok(50));
    assert!(done.try_recv().is_err());
    permit.send(()).unwrap();
    for number in 1..=50 {
        assert_eq!(done.recv(), Ok((number, true)), "in order, each once");
    }
    drop(writer);
    assert_eq!(memory.read_metas(document(1)).unwrap().metas.len(), 51);
}

#[test]
fn dropping_the_writer_commits_what_is_queued() {
    let memory = MemoryStore::new();
    let writer = Writer::start(Box::new(memory.clone())).unwrap();
    for number in 0..500 {
        let batch = Batch::default().change(document(1), change(number, 10));
        writer.submit(batch, |outcome| outcome.unwrap());
    }
    drop(writer);
    assert_eq!(memory.read_metas(document(1)).unwrap().metas.len(), 500);
}

#[test]
fn one_failure_is_final_and_visible() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let store = SqliteStore::open_limited(&path, 30).unwrap();
    let reader = store.reader().unwrap();
    let writer = Writer::start(Box::new(store)).unwrap();
    let small = |number| Batch::default().change(document(1), change(number, 10));
    writer.submit_blocking(small(0)).unwrap();
    assert!(writer.failure().is_none());
    let big = Batch::default().change(document(1), change(1, 1 << 20));
    let refused = writer.submit_blocking(big).unwrap_err();
    assert!(matches!(*refused, StoreError::DiskFull { .. }));
    let later = writer.submit_blocking(small(2)).unwrap_err();
    assert!(Arc::ptr_eq(&refused, &later), "the same failure");
    assert!(Arc::ptr_eq(&refused, &writer.flush_blocking().unwrap_err()));
    assert!(Arc::ptr_eq(&refused, &writer.failure().unwrap()));
    assert_eq!(reader.read_metas(document(1)).unwrap().metas.len(), 1);
}

/// Set for the child process of the test below: the path of the store that it fills until it is killed.
const CHILD: &str = "ADJ_STORE_KILL_CHILD";

#[test]
fn a_killed_process_loses_nothing_that_was_reported_done() {
    if let Ok(path) = std::env::var(CHILD) {
        fill_until_killed(std::path::Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let mut acknowledged: Vec<u64> = Vec::new();
    for round in 0..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg("writer::tests::a_killed_process_loses_nothing_that_was_reported_done")
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed at the first line, in the midst of the next commit, later and later from round to round; in the
        // first rounds while the file is being made.
        let mut numbers = lines.filter_map(|line| {
            line.unwrap()
                .strip_prefix("done ")
                .map(|number| number.parse::<u64>().unwrap())
        });
        acknowledged.extend(numbers.by_ref().take(round * 3));
        child.kill().unwrap();
        acknowledged.extend(numbers);
        child.wait().unwrap();
        let store = open(&path);
        for number in &acknowledged {
            let read = store.read_change(document(1), change(*number, 0).meta.hash);
            assert!(
                matches!(read, Ok(Some(Ok(_)))),
                "round {round}: {number} was reported done"
            );
        }
    }
    assert!(acknowledged.len() > 200);
}

fn fill_until_killed(path: &std::path::Path) -> ! {
    let store = open(path);
    let first = store.read_metas(document(1)).unwrap().metas.len() as u64;
    let writer = Writer::start(Box::new(store)).unwrap();
    for number in first.. {
        let batch = Batch::default().change(document(1), change(number, 500));
        writer.submit(batch, move |outcome| {
            outcome.unwrap();
            let mut out = std::io::stdout().lock();
            // The reader may be gone already: then the kill is on its way.
            writeln!(out, "done {number}")
                .and_then(|()| out.flush())
                .ok();
        });
    }
    unreachable!("the numbers do not end before the process does");
}
