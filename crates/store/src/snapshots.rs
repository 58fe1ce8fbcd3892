//! Whole documents made of single changes, kept beside a store so that newcomers need not be sent each change.
//!
//! One file per document. All of it is derived: a snapshot that is lost, damaged or half written is made again, so
//! none of this ever stands in the way of a commit, a backup or an acknowledgement. The rule: a file appears under
//! its name whole or not at all, and what is read back is what was written, or nothing.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use adjutant_base::{ChangeHash, DocumentId, Snapshot, hex, limits};

use crate::chunks::StoreError;
use crate::private;
use crate::sqlite::classify_io;

/// "ADJS" and the format's number.
const MAGIC: &[u8; 5] = b"ADJS1";
const DIGEST_BYTES: usize = 32;
/// Ending of a finished file's name.
const FINISHED: &str = "snapshot";
/// Ending of the name of a file that is being written.
const DRAFT: &str = "draft";

/// A folder of snapshots.
#[derive(Debug, Clone)]
pub struct Snapshots {
    folder: PathBuf,
}

impl Snapshots {
    /// Opens the folder, makes it if it is not there, and removes what a killed program left half written.
    ///
    /// # Errors
    /// [`StoreError`] if the folder cannot be made or read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let fail = |action| move |source| classify_io(folder, action, source);
        private::make_folder(folder).map_err(fail("create"))?;
        for entry in std::fs::read_dir(folder).map_err(fail("read"))? {
            let path = entry.map_err(fail("read"))?.path();
            if path.extension().is_some_and(|ending| ending == DRAFT) {
                std::fs::remove_file(&path).map_err(fail("remove a draft in"))?;
            }
        }
        Ok(Self {
            folder: folder.to_path_buf(),
        })
    }

    /// Returns a document's snapshot; `None` if there is none that is as it was written, and then its file is removed.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub fn read(&self, document: DocumentId) -> Result<Option<Snapshot>, StoreError> {
        let path = self.path(document, FINISHED);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(classify_io(&path, "read", source)),
        };
        if let Some(snapshot) = decode(document, &bytes) {
            return Ok(Some(snapshot));
        }
        self.remove(document)?;
        Ok(None)
    }

    /// Keeps a snapshot in place of the one before. A crash at any point leaves one of the two.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; the one before is then still there.
    pub fn write(&self, document: DocumentId, snapshot: &Snapshot) -> Result<(), StoreError> {
        let draft = self.path(document, DRAFT);
        let finished = self.path(document, FINISHED);
        let fail = |source| classify_io(&finished, "write", source);
        let head = encode_head(snapshot);
        let mut options = private::options();
        let mut file = options
            .create(true)
            .truncate(true)
            .open(&draft)
            .map_err(fail)?;
        file.write_all(MAGIC).map_err(fail)?;
        file.write_all(&digest(document, &head, &snapshot.bytes))
            .map_err(fail)?;
        file.write_all(&head).map_err(fail)?;
        file.write_all(&snapshot.bytes).map_err(fail)?;
        file.sync_all().map_err(fail)?;
        std::fs::rename(&draft, &finished).map_err(fail)
    }

    /// Forgets a document's snapshot; one that is not there is forgotten already.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be removed.
    pub fn remove(&self, document: DocumentId) -> Result<(), StoreError> {
        let path = self.path(document, FINISHED);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(classify_io(&path, "remove", source)),
        }
    }

    fn path(&self, document: DocumentId, ending: &str) -> PathBuf {
        self.folder
            .join(format!("{}.{ending}", hex::encode(&document.0)))
    }
}

/// Returns the number of heads and the heads.
fn encode_head(snapshot: &Snapshot) -> Vec<u8> {
    let count = u32::try_from(snapshot.heads.len()).unwrap_or(u32::MAX);
    let mut head = count.to_le_bytes().to_vec();
    for hash in &snapshot.heads {
        head.extend_from_slice(&hash.0);
    }
    head
}

fn digest(document: DocumentId, head: &[u8], bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut hasher = blake3::Hasher::new_derive_key("adjutant store snapshot 1");
    hasher.update(&document.0);
    hasher.update(head);
    hasher.update(bytes);
    *hasher.finalize().as_bytes()
}

fn decode(document: DocumentId, file: &[u8]) -> Option<Snapshot> {
    let rest = file.strip_prefix(MAGIC)?;
    let (expected, rest) = rest.split_at_checked(DIGEST_BYTES)?;
    // The digest covers head and bytes as one run.
    if digest(document, &[], rest) != *expected {
        return None;
    }
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
    if count > limits::HASH_LIST {
        return None;
    }
    let (heads, bytes) = rest.split_at_checked(count.checked_mul(32)?)?;
    let (heads, _none) = heads.as_chunks::<32>();
    Some(Snapshot {
        heads: heads.iter().map(|hash| ChangeHash(*hash)).collect(),
        bytes: bytes.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::document;

    fn snapshot(number: u8) -> Snapshot {
        Snapshot {
            heads: vec![ChangeHash([number; 32]), ChangeHash([9; 32])],
            bytes: vec![number; 5_000],
        }
    }

    #[test]
    fn what_was_written_is_read_and_the_later_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::open(&folder.path().join("new")).unwrap();
        assert_eq!(snapshots.read(document(1)).unwrap(), None);
        for number in [1, 2] {
            snapshots.write(document(1), &snapshot(number)).unwrap();
            assert_eq!(snapshots.read(document(1)).unwrap(), Some(snapshot(number)));
        }
        assert_eq!(snapshots.read(document(2)).unwrap(), None);
        snapshots.remove(document(1)).unwrap();
        snapshots.remove(document(1)).unwrap();
        assert_eq!(snapshots.read(document(1)).unwrap(), None);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::open(folder.path()).unwrap();
        let path = snapshots.path(document(1), FINISHED);
        snapshots.write(document(1), &snapshot(1)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for at in (0..120).chain([3_000, whole.len() - 1]) {
            let mut bad = whole.clone();
            bad[at] ^= 4;
            std::fs::write(&path, bad).unwrap();
            assert_eq!(snapshots.read(document(1)).unwrap(), None, "byte {at}");
            assert!(!path.exists(), "it is removed, to be made again");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(snapshots.read(document(1)).unwrap(), None, "cut at {at}");
        }
        // Another document's file under this name.
        snapshots.write(document(2), &snapshot(1)).unwrap();
        std::fs::rename(snapshots.path(document(2), FINISHED), &path).unwrap();
        assert_eq!(snapshots.read(document(1)).unwrap(), None);
    }

    #[test]
    fn a_half_written_file_is_cleared_away_and_hides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::open(folder.path()).unwrap();
        snapshots.write(document(1), &snapshot(1)).unwrap();
        let draft = snapshots.path(document(1), DRAFT);
        std::fs::write(&draft, b"ADJS1 and then the power went").unwrap();
        let snapshots = Snapshots::open(folder.path()).unwrap();
        assert!(!draft.exists());
        assert_eq!(snapshots.read(document(1)).unwrap(), Some(snapshot(1)));
    }
}
