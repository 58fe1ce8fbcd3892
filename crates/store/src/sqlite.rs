//! The store on disk: one SQLite file, its schema, its reads and its one kind of write.
//!
//! Write-ahead log with full synchronisation: a commit that returned is on the disk. Each row stands alone (document,
//! header, bytes and digests), so that it can be recognised in the ruins of a damaged file (`repair`). The rule: no
//! bytes leave this file before their digest matched.

mod inspect;
mod row;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adjutant_base::{ChangeHash, DocumentId, StoredChange};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, ffi, params};

use crate::chunks::{
    Batch, ChunkReader, ChunkStore, DamageReason, Damaged, DocumentChanges, DocumentMetas,
    StoreError,
};
use crate::private;
use crate::repair::{self, Salvage};
pub use inspect::{DocumentInspection, Inspection};
pub(crate) use row::{BYTES_COLUMN, HEADER_COLUMNS, Header, Record, value_digest};

/// Format of the file; a file with a greater one is refused.
const FORMAT: i64 = 1;
/// "ADJ1", so that `file` and this program recognise the file.
const APPLICATION: i64 = 0x4144_4A31;
/// How long a connection waits for another one of this program.
const BUSY: Duration = Duration::from_secs(10);

/// What SQLite reports, besides that the disk is full, when there is no room for what it writes: a quota or a file that
/// may not grow, and no space for its index of the log.
const NO_SPACE: [i32; 4] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_SHMOPEN,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_SHMMAP,
];

/// `position` orders a document's changes.
const TABLES: &str = "
CREATE TABLE change (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    document BLOB NOT NULL,
    hash BLOB NOT NULL,
    deps BLOB NOT NULL,
    actor BLOB NOT NULL,
    seq INTEGER NOT NULL,
    start_op INTEGER NOT NULL,
    op_count INTEGER NOT NULL,
    time_s INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    digest BLOB NOT NULL,
    header_digest BLOB NOT NULL,
    bytes BLOB NOT NULL
);
CREATE TABLE value (
    revision INTEGER PRIMARY KEY AUTOINCREMENT,
    document BLOB NOT NULL,
    key TEXT NOT NULL,
    bytes BLOB,
    digest BLOB NOT NULL,
    UNIQUE (document, key)
);
CREATE TABLE quarantine (
    document BLOB NOT NULL,
    hash BLOB NOT NULL,
    reason INTEGER NOT NULL,
    bytes BLOB,
    PRIMARY KEY (document, hash)
);
";

/// The first holds whole headers, so a graph is rebuilt from it alone; the second makes an insert of a known change
/// a no-op.
const INDEXES: &str = "
CREATE INDEX change_header ON change (document, position, hash, deps, actor, seq, start_op, op_count, time_s,
    size_bytes, digest, header_digest);
CREATE UNIQUE INDEX change_name ON change (hash, document);
";

/// The store in one SQLite file. One program at a time may hold it.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    place: Arc<Place>,
}

/// A store that was opened, and what had to be done for it.
#[derive(Debug)]
pub struct Opened {
    /// The store, ready.
    pub store: SqliteStore,
    /// What was saved and lost, if the file was damaged.
    pub salvage: Option<Salvage>,
}

/// Where the store is; holds the lock for as long as any connection lives.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// Locked against other programs; the operating system lets go of it when the file is closed. `None` for whoever
    /// only looks.
    lock: Option<File>,
}

impl Drop for Place {
    fn drop(&mut self) {
        // Closing the file is not enough: a process that is being started by this one may hold it for another moment.
        if let Some(lock) = &self.lock {
            lock.unlock().ok();
        }
    }
}

impl SqliteStore {
    /// Opens the store at `path`, creating it and its folder if they are not there.
    ///
    /// The file's structure is checked first. A damaged file is renamed, everything that can be read of it goes into
    /// a new one, and [`Opened::salvage`] says what was lost.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another program holds it, [`StoreError::ReadOnly`], [`StoreError::DiskFull`],
    /// [`StoreError::Newer`] or [`StoreError::Foreign`] as they say, [`StoreError::Io`] and [`StoreError::Sqlite`]
    /// for the rest.
    pub fn open(path: &Path) -> Result<Opened, StoreError> {
        let place = Arc::new(Place {
            path: path.to_path_buf(),
            lock: Some(take_lock(path)?),
        });
        match Self::open_checked(&place) {
            Ok(store) => Ok(Opened {
                store,
                salvage: None,
            }),
            Err(StoreError::Damaged { source, .. }) => {
                let cause = source.to_string();
                let aside = repair::set_aside(path)?;
                let mut store = Self::open_checked(&place)?;
                let salvage = repair::salvage(&aside, cause, &mut store)?;
                Ok(Opened {
                    store,
                    salvage: Some(salvage),
                })
            }
            Err(other) => Err(other),
        }
    }

    /// Opens a store whose file may not grow beyond `pages` pages: a full disk, for tests.
    #[cfg(test)]
    pub(crate) fn open_limited(path: &Path, pages: u32) -> Result<Self, StoreError> {
        let store = Self::open(path)?.store;
        store
            .connection
            .pragma_update(None, "max_page_count", pages)
            .map_err(|source| store.fail(source))?;
        Ok(store)
    }

    /// Returns the path of the store's file.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    fn open_checked(place: &Arc<Place>) -> Result<Self, StoreError> {
        let is_new = place.path.metadata().map_or(true, |file| file.len() == 0);
        let make_private = |path: &Path| {
            private::close_file(path).map_err(|source| classify_io(path, "make private", source))
        };
        if is_new {
            make_private(&place.path)?;
        }
        let mut store = Self::connect(place)?;
        if !is_new {
            store.check()?;
        }
        store.prepare()?;
        // Only now, as a file of somebody else's is left as it is. SQLite makes the companions like the file itself.
        let files = ["", "-wal", "-shm"].map(|suffix| repair::beside(&place.path, suffix));
        for path in files.iter().filter(|path| path.exists()) {
            make_private(path)?;
        }
        Ok(store)
    }

    fn connect(place: &Arc<Place>) -> Result<Self, StoreError> {
        let fail = |source| classify(&place.path, source);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&place.path, flags).map_err(fail)?;
        connection.busy_timeout(BUSY).map_err(fail)?;
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(fail)?;
        connection
            .pragma_update(None, "cell_size_check", true)
            .map_err(fail)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self {
            connection,
            place: Arc::clone(place),
        })
    }

    /// Refuses a file that is not ours, is newer than this program, or whose pages do not hang together.
    fn check(&self) -> Result<(), StoreError> {
        let path = || self.place.path.clone();
        let application = self.pragma("application_id")?;
        let found = self.pragma("user_version")?;
        // Both are zero between the creation of the file and its first transaction.
        if application != APPLICATION && (application, found) != (0, 0) {
            return Err(StoreError::Foreign { path: path() });
        }
        if found > FORMAT {
            return Err(StoreError::Newer {
                path: path(),
                found,
                known: FORMAT,
            });
        }
        let verdict: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|source| self.fail(source))?;
        if verdict == "ok" {
            return Ok(());
        }
        Err(StoreError::Damaged {
            path: path(),
            source: rusqlite::Error::SqliteFailure(
                ffi::Error::new(ffi::SQLITE_CORRUPT),
                Some(verdict),
            ),
        })
    }

    /// Switches to the write-ahead log and creates the tables of a new file, all or nothing.
    fn prepare(&mut self) -> Result<(), StoreError> {
        let path = self.place.path.clone();
        let fail = |source| classify(&path, source);
        self.connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(fail)?;
        if self.pragma("user_version")? == FORMAT {
            return Ok(());
        }
        let tx = self.connection.transaction().map_err(fail)?;
        tx.execute_batch(TABLES).map_err(fail)?;
        tx.execute_batch(INDEXES).map_err(fail)?;
        tx.pragma_update(None, "application_id", APPLICATION)
            .map_err(fail)?;
        tx.pragma_update(None, "user_version", FORMAT)
            .map_err(fail)?;
        tx.commit().map_err(fail)
    }

    fn pragma(&self, name: &str) -> Result<i64, StoreError> {
        self.connection
            .pragma_query_value(None, name, |row| row.get(0))
            .map_err(|source| self.fail(source))
    }

    fn fail(&self, source: rusqlite::Error) -> StoreError {
        classify(&self.place.path, source)
    }

    fn select_metas(&self, document: DocumentId) -> Result<DocumentMetas, StoreError> {
        let run = || -> rusqlite::Result<DocumentMetas> {
            let mut read = DocumentMetas::default();
            let mut select = self.connection.prepare_cached(&format!(
                "SELECT {HEADER_COLUMNS} FROM change INDEXED BY change_header WHERE document = ?1
                 ORDER BY position"
            ))?;
            let mut rows = select.query([document.0])?;
            while let Some(row) = rows.next()? {
                match Header::read(document, row)?.verified() {
                    Ok(header) => read.metas.push(header.meta),
                    Err(damaged) => read.damaged.push(damaged),
                }
            }
            Ok(read)
        };
        run().map_err(|source| self.fail(source))
    }

    fn select_change(
        &self,
        document: DocumentId,
        hash: ChangeHash,
    ) -> Result<Option<Result<StoredChange, Damaged>>, StoreError> {
        self.connection
            .prepare_cached(&format!(
                "SELECT {HEADER_COLUMNS}, bytes FROM change WHERE hash = ?1 AND document = ?2"
            ))
            .and_then(|mut select| {
                select
                    .query_row(params![hash.0, document.0], |row| {
                        Ok(Header::read(document, row)?.with_bytes(row::blob(row, BYTES_COLUMN)))
                    })
                    .optional()
            })
            .map_err(|source| self.fail(source))
    }

    fn select_document(&self, document: DocumentId) -> Result<DocumentChanges, StoreError> {
        let run = || -> rusqlite::Result<DocumentChanges> {
            let mut read = DocumentChanges::default();
            let mut select = self.connection.prepare_cached(&format!(
                "SELECT {HEADER_COLUMNS}, bytes FROM change WHERE document = ?1 ORDER BY position"
            ))?;
            let mut rows = select.query([document.0])?;
            while let Some(row) = rows.next()? {
                match Header::read(document, row)?.with_bytes(row::blob(row, BYTES_COLUMN)) {
                    Ok(change) => read.changes.push(change),
                    Err(damaged) => read.damaged.push(damaged),
                }
            }
            Ok(read)
        };
        run().map_err(|source| self.fail(source))
    }

    /// Makes the indexes say what the rows say: deleting a row that an index describes otherwise would fail.
    ///
    /// A damaged index may have hidden a change that then was stored again; the later copy stays.
    fn rebuild_indexes(&self) -> Result<(), StoreError> {
        let run = || -> rusqlite::Result<()> {
            let tx = rusqlite::Transaction::new_unchecked(
                &self.connection,
                rusqlite::TransactionBehavior::Immediate,
            )?;
            tx.execute_batch(
                "DROP INDEX change_header;
                 DROP INDEX change_name;
                 DELETE FROM change WHERE position NOT IN
                     (SELECT max(position) FROM change GROUP BY document, hash);",
            )?;
            tx.execute_batch(INDEXES)?;
            tx.commit()
        };
        run().map_err(|source| self.fail(source))
    }

    /// Moves rows that failed their verification out of the way of a good copy.
    fn quarantine(&self, damaged: &[Damaged]) -> Result<(), StoreError> {
        if damaged.is_empty() {
            return Ok(());
        }
        let run = || -> rusqlite::Result<()> {
            let tx = rusqlite::Transaction::new_unchecked(
                &self.connection,
                rusqlite::TransactionBehavior::Immediate,
            )?;
            for one in damaged {
                let name = params![one.document.0, one.hash.0, one.reason.code()];
                tx.prepare_cached(
                    "INSERT OR REPLACE INTO quarantine (document, hash, reason, bytes)
                     SELECT document, hash, ?3, bytes FROM change WHERE hash = ?2 AND document = ?1",
                )?
                .execute(name)?;
                tx.prepare_cached("DELETE FROM change WHERE hash = ?2 AND document = ?1")?
                    .execute(params![one.document.0, one.hash.0])?;
            }
            tx.commit()
        };
        run().map_err(|source| self.fail(source))
    }

    /// Moves a value out of the way; its key stands where a change would have its hash.
    fn set_value_aside(&self, scope: &[u8], key: &str) -> rusqlite::Result<()> {
        let tx = rusqlite::Transaction::new_unchecked(
            &self.connection,
            rusqlite::TransactionBehavior::Immediate,
        )?;
        tx.execute(
            "INSERT OR REPLACE INTO quarantine (document, hash, reason, bytes)
             SELECT document, CAST(key AS BLOB), ?3, bytes FROM value WHERE document = ?1 AND key = ?2",
            params![scope, key, DamageReason::Bytes.code()],
        )?;
        tx.execute(
            "DELETE FROM value WHERE document = ?1 AND key = ?2",
            params![scope, key],
        )?;
        tx.commit()
    }

    /// Lists changes that were lost with a damaged file, so that they are asked for again.
    pub(crate) fn mark_lost(&mut self, lost: &[Damaged]) -> Result<(), StoreError> {
        let path = self.place.path.clone();
        let mut run =
            || -> rusqlite::Result<()> {
                let tx = self.connection.transaction()?;
                for one in lost {
                    tx.prepare_cached(
                    "INSERT OR IGNORE INTO quarantine (document, hash, reason) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![one.document.0, one.hash.0, one.reason.code()])?;
                }
                tx.commit()
            };
        run().map_err(|source| classify(&path, source))
    }

    /// Writes rows found in a damaged file, each at its old position if that is free, in one transaction.
    pub(crate) fn restore(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let path = self.place.path.clone();
        let mut run = || -> rusqlite::Result<()> {
            let tx = self.connection.transaction()?;
            for record in records {
                match record {
                    Record::Change {
                        position,
                        document,
                        change,
                    } => {
                        if row::insert(&tx, Some(*position), *document, change).is_err() {
                            row::insert(&tx, None, *document, change)?;
                        }
                    }
                    Record::Value {
                        revision,
                        document,
                        key,
                        bytes,
                    } => {
                        tx.prepare_cached(
                            "INSERT INTO value (revision, document, key, bytes, digest) VALUES (?1, ?2, ?3, ?4, ?5)
                             ON CONFLICT (document, key) DO UPDATE SET
                             revision = excluded.revision, bytes = excluded.bytes, digest = excluded.digest
                             WHERE excluded.revision > revision",
                        )?
                        .execute(params![
                            revision,
                            document,
                            key,
                            bytes,
                            value_digest(document, key, bytes.as_deref())
                        ])?;
                    }
                    Record::Header { .. } => {}
                }
            }
            tx.commit()
        };
        run().map_err(|source| classify(&path, source))
    }
}

impl ChunkReader for SqliteStore {
    fn documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        let run = || -> rusqlite::Result<Vec<DocumentId>> {
            let mut documents = Vec::new();
            // One seek a document instead of one step a change.
            let mut next = self.connection.prepare_cached(
                "SELECT document FROM change WHERE document > ?1 ORDER BY document LIMIT 1",
            )?;
            let mut last: Vec<u8> = Vec::new();
            while let Some(found) = next
                .query_row([&last], |row| Ok(row::blob(row, 0)))
                .optional()?
            {
                // An id of another length is a damaged row, which its document's next reading will find.
                documents.extend(DocumentId::try_from(found.as_slice()).ok());
                last = found;
            }
            Ok(documents)
        };
        run().map_err(|source| self.fail(source))
    }

    fn read_metas(&self, document: DocumentId) -> Result<DocumentMetas, StoreError> {
        let mut read = self.select_metas(document)?;
        if !read.damaged.is_empty() {
            // The damage may be in the index alone, and the row behind it whole.
            self.rebuild_indexes()?;
            read = self.select_metas(document)?;
            self.quarantine(&read.damaged)?;
        }
        Ok(read)
    }

    fn read_change(
        &self,
        document: DocumentId,
        hash: ChangeHash,
    ) -> Result<Option<Result<StoredChange, Damaged>>, StoreError> {
        let mut read = self.select_change(document, hash)?;
        if let Some(Err(_damaged)) = &read {
            self.rebuild_indexes()?;
            read = self.select_change(document, hash)?;
        }
        if let Some(Err(damaged)) = &read {
            self.quarantine(std::slice::from_ref(damaged))?;
        }
        Ok(read)
    }

    fn read_document(&self, document: DocumentId) -> Result<DocumentChanges, StoreError> {
        let mut read = self.select_document(document)?;
        if !read.damaged.is_empty() {
            self.rebuild_indexes()?;
            read = self.select_document(document)?;
            self.quarantine(&read.damaged)?;
        }
        Ok(read)
    }

    fn read_value(
        &self,
        document: Option<DocumentId>,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let scope = row::scope(document);
        let found: Option<(Option<Vec<u8>>, Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT bytes, digest FROM value WHERE document = ?1 AND key = ?2")
            .and_then(|mut select| {
                select
                    .query_row(params![scope, key], |row| {
                        Ok((row::optional_blob(row, 0), row::blob(row, 1)))
                    })
                    .optional()
            })
            .map_err(|source| self.fail(source))?;
        let Some((bytes, digest)) = found else {
            return Ok(None);
        };
        if value_digest(&scope, key, bytes.as_deref()) == digest.as_slice() {
            return Ok(bytes);
        }
        // What cannot be put aside now is found again at the next reading.
        self.set_value_aside(&scope, key).ok();
        Err(StoreError::Value {
            path: self.place.path.clone(),
            key: key.to_owned(),
        })
    }

    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        let run = || -> rusqlite::Result<Vec<Damaged>> {
            let mut select = self.connection.prepare_cached(
                "SELECT document, hash, reason FROM quarantine WHERE NOT EXISTS
                 (SELECT 1 FROM change WHERE change.hash = quarantine.hash
                  AND change.document = quarantine.document)",
            )?;
            let mut rows = select.query([])?;
            let mut damaged = Vec::new();
            while let Some(row) = rows.next()? {
                let document = DocumentId::try_from(row::blob(row, 0).as_slice());
                let hash = ChangeHash::try_from(row::blob(row, 1).as_slice());
                // A row without names tells nothing that could be fetched.
                if let (Ok(document), Ok(hash)) = (document, hash) {
                    let reason = DamageReason::from_code(row::integer(row, 2));
                    damaged.push(Damaged {
                        document,
                        hash,
                        reason,
                    });
                }
            }
            damaged.sort();
            Ok(damaged)
        };
        run().map_err(|source| self.fail(source))
    }

    fn reader(&self) -> Result<Box<dyn ChunkReader>, StoreError> {
        Ok(Box::new(Self::connect(&self.place)?))
    }
}

impl ChunkStore for SqliteStore {
    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        let path = self.place.path.clone();
        let mut run = || -> rusqlite::Result<()> {
            let tx = self
                .connection
                .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            for batch in batches {
                for (document, change) in &batch.changes {
                    row::insert(&tx, None, *document, change)?;
                }
                for value in &batch.values {
                    let scope = row::scope(value.document);
                    let digest = value_digest(&scope, &value.key, value.bytes.as_deref());
                    // A removed value stays as a row without bytes: a salvage must not bring an older one back.
                    tx.prepare_cached(
                        "INSERT OR REPLACE INTO value (document, key, bytes, digest) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![scope, value.key, value.bytes, digest])?;
                }
            }
            tx.commit()
        };
        run().map_err(|source| classify(&path, source))
    }
}

/// Creates the folder and locks the store in it against other programs.
fn take_lock(path: &Path) -> Result<File, StoreError> {
    let fail = |action| move |source| classify_io(path, action, source);
    if let Some(folder) = path.parent() {
        private::make_folder(folder).map_err(fail("create the folder of"))?;
    }
    let lock = private::options()
        .create(true)
        .truncate(false)
        .open(repair::beside(path, ".lock"))
        .map_err(fail("create the lock of"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: path.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(fail("lock")(source)),
    }
}

/// Names what the file system reports in the words of [`StoreError`].
pub(crate) fn classify_io(path: &Path, action: &'static str, source: std::io::Error) -> StoreError {
    use std::io::ErrorKind::{
        FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    let path = path.to_path_buf();
    let kind = source.kind();
    if matches!(kind, PermissionDenied | ReadOnlyFilesystem) {
        let source = Box::new(source);
        return StoreError::ReadOnly { path, source };
    }
    if matches!(kind, StorageFull | QuotaExceeded | FileTooLarge) {
        let source = Box::new(source);
        return StoreError::DiskFull { path, source };
    }
    StoreError::Io {
        action,
        path,
        source,
    }
}

/// Names what SQLite reports in the words of [`StoreError`].
pub(crate) fn classify(path: &Path, source: rusqlite::Error) -> StoreError {
    let path = path.to_path_buf();
    if let rusqlite::Error::SqliteFailure(failure, _) = &source
        && NO_SPACE.contains(&failure.extended_code)
    {
        let source = Box::new(source);
        return StoreError::DiskFull { path, source };
    }
    match source.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::DiskFull {
            path,
            source: Box::new(source),
        },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StoreError::ReadOnly {
                path,
                source: Box::new(source),
            }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { path },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged { path, source }
        }
        Some(_) | None => StoreError::Sqlite { path, source },
    }
}
