//! Looking at a store's file, and copying it, without being the program that holds it.
//!
//! Works beside a running program and never writes to the file: damage is told, not mended. The rule: a copy is whole
//! as of one moment, or it is an error.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use adjutant_base::DocumentId;
use rusqlite::{Connection, OpenFlags};

use super::{
    BUSY, BYTES_COLUMN, HEADER_COLUMNS, Header, Place, SqliteStore, classify, classify_io, row,
};
use crate::chunks::{ChunkReader as _, Damaged, StoreError};
use crate::private;

/// What a store's file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What is wrong with the file's structure, in SQLite's words; then nothing else was looked at.
    pub structure: Option<String>,
    /// Every document with at least one row, sorted by id.
    pub documents: BTreeMap<DocumentId, DocumentInspection>,
    /// Changes that were found damaged earlier and have not come back.
    pub missing: Vec<Damaged>,
}

/// What a store's file holds of one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentInspection {
    /// Changes that are as they were written.
    pub changes: u64,
    /// Their size, in bytes.
    pub size_bytes: u64,
    /// The latest time that one of their authors gave, in seconds since 1970-01-01 UTC.
    pub newest_s: i64,
    /// Changes that are not as they were written.
    pub damaged: Vec<Damaged>,
}

impl Inspection {
    /// Tells whether everything is as it was written and nothing is known to be missing.
    pub fn is_good(&self) -> bool {
        let mut documents = self.documents.values();
        self.structure.is_none()
            && self.missing.is_empty()
            && documents.all(|document| document.damaged.is_empty())
    }
}

impl SqliteStore {
    /// Reads everything in the file at `path` and compares it with its digests; a program that holds it goes on.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], but a damaged file is an answer, not an error.
    pub fn inspect(path: &Path) -> Result<Inspection, StoreError> {
        let store = Self::open_to_read(path)?;
        match store.check() {
            Ok(()) => {}
            Err(StoreError::Damaged { source, .. }) => {
                return Ok(Inspection {
                    structure: Some(source.to_string()),
                    ..Inspection::default()
                });
            }
            Err(other) => return Err(other),
        }
        Ok(Inspection {
            structure: None,
            documents: store.inspect_documents()?,
            missing: store.damaged()?,
        })
    }

    /// Copies the store at `path` as it is at one moment to the new file `to`, and waits until the copy is on the
    /// disk; a program that holds the store goes on.
    ///
    /// # Errors
    /// [`StoreError::Io`] if `to` is there already or cannot be made, and as [`SqliteStore::open`].
    pub fn copy(path: &Path, to: &Path) -> Result<(), StoreError> {
        let store = Self::open_to_read(path)?;
        store.check()?;
        // An existing file would be overwritten if it were empty, and refused with other words if not.
        let fail = |source| classify_io(to, "write the copy", source);
        drop(private::options().create_new(true).open(to).map_err(fail)?);
        store
            .connection
            .execute("VACUUM INTO ?1", [to.to_string_lossy()])
            .map_err(|source| classify(to, source))?;
        let copy = File::options().write(true).open(to).map_err(fail)?;
        copy.sync_all().map_err(fail)
    }

    fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        if let Err(source) = path.metadata() {
            return Err(classify_io(path, "read", source));
        }
        let fail = |source| classify(path, source);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
        connection.busy_timeout(BUSY).map_err(fail)?;
        Ok(Self {
            connection,
            place: Arc::new(Place {
                path: path.to_path_buf(),
                lock: None,
            }),
        })
    }

    fn inspect_documents(&self) -> Result<BTreeMap<DocumentId, DocumentInspection>, StoreError> {
        let run = || -> rusqlite::Result<BTreeMap<DocumentId, DocumentInspection>> {
            let mut documents: BTreeMap<DocumentId, DocumentInspection> = BTreeMap::new();
            let mut select = self.connection.prepare(&format!(
                "SELECT {HEADER_COLUMNS}, bytes, document FROM change ORDER BY position"
            ))?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let id = row::blob(row, BYTES_COLUMN.saturating_add(1));
                // A row whose document cannot be told is damage of the one that it names by chance.
                let id = DocumentId::try_from(id.as_slice()).unwrap_or(DocumentId([0; 16]));
                let document = documents.entry(id).or_default();
                match Header::read(id, row)?.with_bytes(row::blob(row, BYTES_COLUMN)) {
                    Ok(change) => {
                        document.changes = document.changes.saturating_add(1);
                        document.size_bytes =
                            document.size_bytes.saturating_add(change.meta.size_bytes);
                        document.newest_s = document.newest_s.max(change.meta.time_s);
                    }
                    Err(damaged) => document.damaged.push(damaged),
                }
            }
            Ok(documents)
        };
        run().map_err(|source| classify(&self.place.path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunks::{Batch, ChunkStore as _, DamageReason};
    use crate::tests::{change, document, open};

    fn filled(path: &Path) -> SqliteStore {
        let mut store = open(path);
        for number in 0..50 {
            let batch = Batch::default()
                .change(document(1), change(number, 100))
                .change(document(2), change(number, 9_000))
                .setting("key", Some(vec![1]));
            store.commit(&[batch]).unwrap();
        }
        store
    }

    #[test]
    fn a_store_in_use_is_inspected_and_copied_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let mut store = filled(&path);
        let seen = SqliteStore::inspect(&path).unwrap();
        assert!(seen.is_good(), "{seen:?}");
        let expected = DocumentInspection {
            changes: 50,
            size_bytes: 5_000,
            newest_s: 0,
            damaged: Vec::new(),
        };
        assert_eq!(seen.documents[&document(1)], expected);
        let copy = folder.path().join("copy.sqlite");
        SqliteStore::copy(&path, &copy).unwrap();
        let later = Batch::default().change(document(1), change(50, 1));
        store.commit(&[later]).unwrap();
        assert_eq!(SqliteStore::inspect(&copy).unwrap(), seen);
        let copied = open(&copy);
        assert_eq!(copied.read_value(None, "key").unwrap(), Some(vec![1]));
        let again = SqliteStore::copy(&path, &copy).unwrap_err();
        assert!(matches!(again, StoreError::Io { .. }), "{again}");
    }

    #[test]
    fn damage_is_told_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let store = filled(&path);
        let bad = change(7, 100).meta.hash;
        store
            .connection
            .execute(
                "UPDATE change SET bytes = x'00' WHERE hash = ?1 AND document = ?2",
                rusqlite::params![bad.0, document(1).0],
            )
            .unwrap();
        for _ in 0..2 {
            let seen = SqliteStore::inspect(&path).unwrap();
            assert!(!seen.is_good());
            let expected = Damaged {
                document: document(1),
                hash: bad,
                reason: DamageReason::Bytes,
            };
            assert_eq!(seen.documents[&document(1)].damaged, [expected]);
            assert_eq!(seen.documents[&document(1)].changes, 49);
        }
        assert_eq!(store.damaged().unwrap(), [], "nothing was put aside");
    }

    #[test]
    fn a_broken_structure_and_a_missing_file_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let missing = SqliteStore::inspect(&path).unwrap_err();
        assert!(matches!(missing, StoreError::Io { .. }), "{missing}");
        assert!(!path.exists(), "looking makes nothing");
        drop(filled(&path));
        let mut bytes = std::fs::read(&path).unwrap();
        let half = bytes.len() / 2;
        bytes[half..].fill(0x22);
        std::fs::write(&path, &bytes).unwrap();
        let seen = SqliteStore::inspect(&path).unwrap();
        assert!(seen.structure.is_some() && !seen.is_good());
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        let to = folder.path().join("copy.sqlite");
        SqliteStore::copy(&path, &to).unwrap_err();
        assert!(!to.exists(), "a damaged store is not copied");
    }
}
