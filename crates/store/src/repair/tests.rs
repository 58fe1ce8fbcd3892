//! Files broken in every way that disks and people know; each must open, and say what it lost.
//!
//! Damage inside a row is the contract's subject, not this file's.

use std::path::{Path, PathBuf};

use super::*;
use crate::tests::{change, document, open};
use crate::{Batch, ChunkStore as _};

const CHANGES: u64 = 400;

/// Makes a store with two documents of `CHANGES` changes each, and one value.
fn made(folder: &Path) -> PathBuf {
    let path = folder.join("store.sqlite");
    let mut store = open(&path);
    let batches: Vec<Batch> = (0..CHANGES)
        .map(|number| {
            let size = if number % 50 == 7 { 9_000 } else { 200 };
            Batch::default()
                .change(document(1), change(number, size))
                .change(document(2), change(number, 100))
                .setting("counter", Some(number.to_le_bytes().to_vec()))
        })
        .collect();
    for group in batches.chunks(100) {
        store.commit(group).unwrap();
    }
    path
}

/// Damages the closed file, opens it and checks that what was kept and what was lost add up.
///
/// Returns how many changes were kept and how many lost.
fn check(damage: impl FnOnce(&mut Vec<u8>)) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path());
    let mut file = std::fs::read(&path).unwrap();
    damage(&mut file);
    std::fs::write(&path, &file).unwrap();

    let opened = SqliteStore::open(&path).unwrap();
    let salvage = opened.salvage.expect("the damage must be noticed");
    assert_eq!(
        std::fs::read(&salvage.damaged_file).unwrap(),
        file,
        "the damaged file is kept as it was"
    );
    let (mut kept_in_all, mut lost_in_all) = (0, 0);
    for salvaged in &salvage.documents {
        let read = opened.store.read_document(salvaged.document).unwrap();
        assert_eq!(read.damaged, []);
        assert_eq!(read.changes.len(), salvaged.kept);
        let numbers: Vec<u64> = read.changes.iter().map(|one| one.meta.seq).collect();
        assert!(numbers.is_sorted(), "the order is kept");
        for one in &read.changes {
            assert_eq!(*one, change(one.meta.seq - 1, one.bytes.len()));
        }
        kept_in_all += salvaged.kept;
        lost_in_all += salvaged.lost.len();
    }
    let damaged = opened.store.damaged().unwrap();
    assert_eq!(damaged.len(), lost_in_all);
    assert!(damaged.iter().all(|one| one.reason == DamageReason::Lost));
    drop(opened.store);
    open(&path); // The new file is sound.
    (kept_in_all, lost_in_all)
}

#[test]
fn an_overwritten_first_page_loses_nothing() {
    let all = 2 * usize::try_from(CHANGES).unwrap();
    assert_eq!(check(|file| file[..4096].fill(0xAB)), (all, 0));
}

#[test]
fn a_truncated_file_keeps_what_is_left() {
    let (kept, lost) = check(|file| file.truncate(file.len() * 2 / 3));
    assert!(kept > 400, "two thirds of the file are there");
    assert!(
        lost > 0,
        "the index still names some of what the last third held"
    );
}

#[test]
fn every_page_may_be_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(made(folder.path())).unwrap();
    // Every seventh meets leaves, inner pages and overflow pages alike.
    for page in (0..whole.len() / 4096).step_by(7) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let mut file = whole.clone();
        file[page * 4096..(page + 1) * 4096].fill(0x5A);
        std::fs::write(&path, &file).unwrap();
        // An overflow page is no structure: its loss shows when the row is read, not when the file is opened.
        let opened = SqliteStore::open(&path).unwrap();
        for number in [1, 2] {
            let read = opened.store.read_document(document(number)).unwrap();
            let gone = opened.store.damaged().unwrap();
            let gone = gone.iter().filter(|one| one.document == document(number));
            assert_eq!(
                read.changes.len() + gone.count(),
                usize::try_from(CHANGES).unwrap(),
                "page {page}: each change is there or named"
            );
        }
    }
}

#[test]
fn the_newest_value_survives() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path());
    let mut file = std::fs::read(&path).unwrap();
    file[..4096].fill(0);
    std::fs::write(&path, &file).unwrap();
    let store = SqliteStore::open(&path).unwrap().store;
    assert_eq!(
        store.read_value(None, "counter").unwrap(),
        Some((CHANGES - 1).to_le_bytes().to_vec())
    );
}

#[test]
fn what_only_the_log_holds_is_saved_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path());
    let mut store = open(&path);
    let late = Batch::default().change(document(3), change(0, 9_000));
    store.commit(&[late]).unwrap();
    // What a crash leaves: file and log as they are while the store is open.
    let crashed = folder.path().join("crashed.sqlite");
    std::fs::copy(&path, &crashed).unwrap();
    std::fs::copy(beside(&path, "-wal"), beside(&crashed, "-wal")).unwrap();
    let mut file = std::fs::read(&crashed).unwrap();
    file.truncate(5_000);
    std::fs::write(&crashed, &file).unwrap();
    let opened = SqliteStore::open(&crashed).unwrap();
    assert!(opened.salvage.is_some());
    let read = opened.store.read_document(document(3)).unwrap();
    assert_eq!(read.changes, [change(0, 9_000)]);
}

#[test]
fn a_file_that_was_never_a_database_is_kept_beside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    std::fs::write(&path, "shopping list\n".repeat(1_000)).unwrap();
    let opened = SqliteStore::open(&path).unwrap();
    let salvage = opened.salvage.unwrap();
    assert_eq!(salvage.documents, []);
    assert!(
        std::fs::read_to_string(salvage.damaged_file)
            .unwrap()
            .starts_with("shopping")
    );
}
