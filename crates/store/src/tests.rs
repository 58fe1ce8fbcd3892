//! The contract that every store keeps, run against each of them, and what the one on disk owes beyond it.
//!
//! Broken files are in `repair`, the committing thread in `writer`.

use std::path::Path;
use std::sync::Arc;

use adjutant_base::{
    ChangeHash, ChangeMeta, CompartmentId, DocumentClass, DocumentId, StoredChange,
};

use crate::{
    Batch, ChunkReader, ChunkStore, DamageReason, Damaged, MemoryStore, SqliteStore, StoreError,
};

pub(crate) fn document(number: u8) -> DocumentId {
    DocumentId::new(CompartmentId([1; 6]), DocumentClass::Records, [number; 9])
}

/// A change as far as a store can tell: number `number` of a line in which each depends on the one before.
pub(crate) fn change(number: u64, size: usize) -> StoredChange {
    let hash = |number: u64| ChangeHash(*blake3::hash(&number.to_le_bytes()).as_bytes());
    let bytes: Vec<u8> = (0..size)
        .map(|at| u8::try_from((at as u64 * 31 + number) % 251).unwrap())
        .collect();
    StoredChange {
        meta: ChangeMeta {
            hash: hash(number),
            deps: (number > 0).then(|| hash(number - 1)).into_iter().collect(),
            actor: Arc::from(&b"any length of actor"[..]),
            seq: number + 1,
            start_op: u64::MAX - number,
            op_count: 3,
            time_s: -7,
            size_bytes: size as u64,
        },
        bytes: bytes.into(),
    }
}

pub(crate) fn open(path: &Path) -> SqliteStore {
    let opened = SqliteStore::open(path).unwrap();
    assert_eq!(opened.salvage, None);
    opened.store
}

/// Runs a check against a fresh store of each kind.
fn each_store(check: fn(Box<dyn ChunkStore>)) {
    check(Box::new(MemoryStore::new()));
    let folder = tempfile::tempdir().unwrap();
    check(Box::new(open(&folder.path().join("new/store.sqlite"))));
}

#[test]
fn changes_come_back_whole_and_in_order() {
    each_store(|mut store| {
        // Out of their causal order, over several batches, two documents interleaved, some longer than a page.
        let order = [4, 0, 3, 1, 2];
        for number in order {
            let size = 1 + usize::try_from(number).unwrap() * 5_000;
            let batch = Batch::default()
                .change(document(1), change(number, size))
                .change(document(2), change(number, 10));
            store.commit(&[batch]).unwrap();
        }
        let expected: Vec<StoredChange> = order
            .iter()
            .map(|number| change(*number, 1 + usize::try_from(*number).unwrap() * 5_000))
            .collect();
        for reader in [store.reader().unwrap(), store as Box<dyn ChunkReader>] {
            assert_eq!(reader.documents().unwrap(), [document(1), document(2)]);
            let metas = reader.read_metas(document(1)).unwrap();
            assert_eq!(
                metas.metas,
                expected
                    .iter()
                    .map(|change| change.meta.clone())
                    .collect::<Vec<_>>()
            );
            assert_eq!(reader.read_document(document(1)).unwrap().changes, expected);
            for change in &expected {
                let read = reader.read_change(document(1), change.meta.hash).unwrap();
                assert_eq!(read, Some(Ok(change.clone())));
            }
        }
    });
}

#[test]
fn a_change_written_twice_is_there_once() {
    each_store(|mut store| {
        let batch = Batch::default().change(document(1), change(1, 50));
        store.commit(&[batch.clone(), batch.clone()]).unwrap();
        store.commit(&[batch]).unwrap();
        assert_eq!(store.read_document(document(1)).unwrap().changes.len(), 1);
    });
}

#[test]
fn unknown_things_are_absent_and_no_error() {
    each_store(|store| {
        assert_eq!(store.documents().unwrap(), []);
        assert_eq!(store.read_metas(document(1)).unwrap().metas, []);
        assert_eq!(store.read_document(document(1)).unwrap().changes, []);
        let hash = change(0, 1).meta.hash;
        assert_eq!(store.read_change(document(1), hash).unwrap(), None);
        assert_eq!(store.read_value(None, "x").unwrap(), None);
        assert_eq!(store.damaged().unwrap(), []);
    });
}

#[test]
fn values_belong_to_the_store_or_to_a_document() {
    each_store(|mut store| {
        let batch = Batch::default()
            .setting("key", Some(vec![1]))
            .document_value(document(1), "key", Some(vec![2]))
            .document_value(document(2), "key", Some(vec![]))
            .setting("key", Some(vec![3]));
        store.commit(&[batch]).unwrap();
        assert_eq!(store.read_value(None, "key").unwrap(), Some(vec![3]));
        assert_eq!(
            store.read_value(Some(document(1)), "key").unwrap(),
            Some(vec![2])
        );
        assert_eq!(
            store.read_value(Some(document(2)), "key").unwrap(),
            Some(vec![])
        );
        let removal = Batch::default().document_value(document(1), "key", None);
        store.commit(&[removal]).unwrap();
        assert_eq!(store.read_value(Some(document(1)), "key").unwrap(), None);
        assert_eq!(store.read_value(None, "key").unwrap(), Some(vec![3]));
    });
}

/// Checks that a damaged change is reported by `read`, leaves the others readable and can be stored again.
fn check_damage(
    store: &mut dyn ChunkStore,
    reason: DamageReason,
    read: fn(&dyn ChunkReader) -> Vec<Damaged>,
) {
    let expected = Damaged {
        document: document(1),
        hash: change(1, 300).meta.hash,
        reason,
    };
    assert_eq!(read(store), std::slice::from_ref(&expected));
    assert_eq!(
        read(store),
        [],
        "it is in quarantine and no longer in the way"
    );
    assert_eq!(store.damaged().unwrap(), [expected]);
    let left = store.read_document(document(1)).unwrap();
    assert_eq!(left.changes, [change(0, 300), change(2, 300)]);
    let again = Batch::default().change(document(1), change(1, 300));
    store.commit(&[again]).unwrap();
    assert_eq!(
        store.damaged().unwrap(),
        [],
        "fetched again, it is whole again"
    );
    let all = store.read_document(document(1)).unwrap();
    assert_eq!(
        all.changes,
        [change(0, 300), change(2, 300), change(1, 300)]
    );
}

fn by_document(store: &dyn ChunkReader) -> Vec<Damaged> {
    store.read_document(document(1)).unwrap().damaged
}

fn by_hash(store: &dyn ChunkReader) -> Vec<Damaged> {
    let read = store.read_change(document(1), change(1, 300).meta.hash);
    read.unwrap().into_iter().filter_map(Result::err).collect()
}

fn by_meta(store: &dyn ChunkReader) -> Vec<Damaged> {
    store.read_metas(document(1)).unwrap().damaged
}

fn three_changes() -> Batch {
    (0..3).fold(Batch::default(), |batch, number| {
        batch.change(document(1), change(number, 300))
    })
}

#[test]
fn damage_in_memory_is_quarantined() {
    for read in [by_document, by_hash] {
        let mut store = MemoryStore::new();
        store.commit(&[three_changes()]).unwrap();
        store.damage(document(1), change(1, 300).meta.hash);
        check_damage(&mut store, DamageReason::Bytes, read);
    }
}

/// Makes a store of three changes and overwrites every copy of `from` in its file with `to`.
fn store_with(path: &Path, from: &[u8], to: &[u8]) -> SqliteStore {
    let mut store = open(path);
    store.commit(&[three_changes()]).unwrap();
    drop(store); // The last connection writes the log back into the file.
    overwrite(path, from, to);
    open(path)
}

/// Overwrites every copy of `from` in a file with `to`.
fn overwrite(path: &Path, from: &[u8], to: &[u8]) {
    let mut file = std::fs::read(path).unwrap();
    let places: Vec<usize> = file
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "the file does not hold what to damage");
    for at in places {
        file[at..at + to.len()].copy_from_slice(to);
    }
    std::fs::write(path, file).unwrap();
}

#[test]
fn a_damaged_value_is_told_once_and_absent_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let mut store = open(&path);
    let batch = Batch::default()
        .setting("key", Some(vec![7; 40]))
        .document_value(document(1), "key", Some(vec![2]));
    store.commit(&[batch]).unwrap();
    drop(store);
    overwrite(&path, &[7; 40], &[6; 40]);
    let mut store = open(&path);
    let told = store.read_value(None, "key").unwrap_err();
    assert!(
        matches!(&told, StoreError::Value { key, .. } if key == "key"),
        "{told}"
    );
    assert_eq!(store.read_value(None, "key").unwrap(), None);
    assert_eq!(
        store.read_value(Some(document(1)), "key").unwrap(),
        Some(vec![2])
    );
    assert_eq!(
        store.damaged().unwrap(),
        [],
        "a value is no change to fetch"
    );
    let again = Batch::default().setting("key", Some(vec![8]));
    store.commit(&[again]).unwrap();
    assert_eq!(store.read_value(None, "key").unwrap(), Some(vec![8]));
}

#[test]
fn a_flipped_bit_in_a_blob_is_quarantined() {
    for read in [by_document, by_hash] {
        let folder = tempfile::tempdir().unwrap();
        let good = change(1, 300).bytes;
        let mut bad = good.to_vec();
        bad[150] ^= 0x10;
        let mut store = store_with(&folder.path().join("store.sqlite"), &good, &bad);
        check_damage(&mut store, DamageReason::Bytes, read);
    }
}

#[test]
fn a_changed_header_is_quarantined() {
    for read in [by_document, by_meta] {
        let folder = tempfile::tempdir().unwrap();
        // The hash of change 0 is its own name and the dependency of change 1: both rows are hit, in table and index.
        let mut store = store_with(
            &folder.path().join("store.sqlite"),
            &change(0, 300).meta.hash.0,
            &[9; 32],
        );
        let damaged = read(&store);
        assert!(!damaged.is_empty());
        assert!(damaged.iter().all(|one| one.reason == DamageReason::Header));
        let left = store.read_document(document(1)).unwrap();
        assert_eq!(left.changes, [change(2, 300)]);
        let again = Batch::default()
            .change(document(1), change(0, 300))
            .change(document(1), change(1, 300));
        store.commit(&[again]).unwrap();
        let all = store.read_document(document(1)).unwrap();
        assert_eq!(all.changes.len(), 3);
    }
}

#[test]
fn a_change_that_a_damaged_index_hides_can_be_stored_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let mut store = open(&path);
    store.commit(&[three_changes()]).unwrap();
    drop(store);
    // What is left when an index lost its entry, a good copy came in, and the first one's bytes are bad.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP INDEX change_name;
             CREATE INDEX change_name ON change (hash, document);
             INSERT INTO change SELECT 9, document, hash, deps, actor, seq, start_op, op_count, time_s, size_bytes,
                 digest, header_digest, bytes FROM change WHERE position = 2;
             UPDATE change SET bytes = x'00' WHERE position = 2;",
        )
        .unwrap();
    drop(connection);
    let mut store = open(&path);
    let read = store.read_document(document(1)).unwrap();
    assert_eq!(read.damaged, []);
    assert_eq!(
        read.changes,
        [change(0, 300), change(2, 300), change(1, 300)]
    );
    store.commit(&[three_changes()]).unwrap();
    assert_eq!(store.read_document(document(1)).unwrap(), read);
}

#[test]
fn a_second_program_is_refused_while_any_connection_lives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let store = open(&path);
    let reader = store.reader().unwrap();
    drop(store);
    let refused = SqliteStore::open(&path).unwrap_err();
    assert!(
        matches!(&refused, StoreError::Locked { path: named } if *named == path),
        "{refused:?}"
    );
    drop(reader);
    open(&path);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut path = folder.path().join("locked/store.sqlite");
    let locked = folder.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    let mut permissions = locked.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&locked, permissions).unwrap();
    if std::fs::write(locked.join("probe"), "").is_ok() {
        // The superuser may write anywhere but into the kernel's own folders.
        path = Path::new("/sys/adjutant/store.sqlite").to_path_buf();
        if !Path::new("/sys").is_dir() {
            println!("a_folder_that_cannot_be_written_is_named: skipped, every folder here can be");
            return;
        }
    }
    let refused = SqliteStore::open(&path).unwrap_err();
    assert!(
        matches!(refused, StoreError::ReadOnly { .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("store.sqlite"));
}

#[test]
fn a_full_disk_refuses_the_batch_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let mut store = SqliteStore::open_limited(&path, 30).unwrap();
    store.commit(&[three_changes()]).unwrap();
    let big = Batch::default().change(document(2), change(9, 1 << 20));
    let refused = store.commit(&[big]).unwrap_err();
    assert!(
        matches!(refused, StoreError::DiskFull { .. }),
        "{refused:?}"
    );
    drop(store);
    let store = open(&path);
    assert_eq!(store.documents().unwrap(), [document(1)]);
    assert_eq!(store.read_document(document(1)).unwrap().changes.len(), 3);
}

#[test]
fn every_way_of_having_no_room_is_the_full_disk() {
    use rusqlite::ffi;
    for code in [
        ffi::SQLITE_FULL,
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_IOERR_SHMOPEN,
        ffi::SQLITE_IOERR_SHMSIZE,
        ffi::SQLITE_IOERR_SHMMAP,
    ] {
        let cause = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let error = crate::sqlite::classify(Path::new("here"), cause);
        assert!(matches!(error, StoreError::DiskFull { .. }), "{code}");
        assert!(error.to_string().contains("full"), "{error}");
    }
    let cause = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_READ), None);
    let error = crate::sqlite::classify(Path::new("here"), cause);
    assert!(matches!(error, StoreError::Sqlite { .. }), "{error}");
}

#[test]
fn files_of_others_and_of_newer_programs_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    drop(open(&path));
    let set = |name, value: i64| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.pragma_update(None, name, value).unwrap();
    };
    set("user_version", 99);
    assert!(matches!(
        SqliteStore::open(&path).unwrap_err(),
        StoreError::Newer { found: 99, .. }
    ));
    set("application_id", 7);
    assert!(matches!(
        SqliteStore::open(&path).unwrap_err(),
        StoreError::Foreign { .. }
    ));
}
