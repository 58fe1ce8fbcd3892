//! The board on disk, so that the first picture shows data before any document is loaded.
//!
//! One file a document, thrown away when in doubt: it has a version and a checksum, and its records count only while
//! the document's heads in the store are the heads that the file names. Losing it costs time, never data.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adjutant_base::{ChangeHash, ContentHash, DocumentId};
use adjutant_model::RecordData;
use adjutant_store::private;
use serde::{Deserialize, Serialize};

/// Raised whenever the file's form or the meaning of records in it changes.
const VERSION: u32 = 1;
const FOLDER: &str = "cache";

/// The records of one document at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CachedDocument {
    /// The document: a file under another name counts as none.
    pub(crate) document: DocumentId,
    /// The version.
    pub(crate) heads: Vec<ChangeHash>,
    /// The document's content hash at that version.
    pub(crate) content: ContentHash,
    /// Its records.
    pub(crate) records: Vec<Arc<RecordData>>,
}

/// Reads what is cached of a document; `None` if there is nothing or anything about it is odd.
pub(crate) fn read(folder: &Path, document: DocumentId) -> Option<CachedDocument> {
    let cached = parse(&std::fs::read(path(folder, document)).ok()?)?;
    (cached.document == document).then_some(cached)
}

fn path(folder: &Path, document: DocumentId) -> PathBuf {
    folder.join(FOLDER).join(document.to_string())
}

fn parse(bytes: &[u8]) -> Option<CachedDocument> {
    let (version, rest) = bytes.split_first_chunk::<4>()?;
    let (checksum, body) = rest.split_first_chunk::<32>()?;
    let is_ours = u32::from_le_bytes(*version) == VERSION && blake3::hash(body) == *checksum;
    if is_ours {
        serde_json::from_slice(body).ok()
    } else {
        None
    }
}

/// Writes the cache of a document, whole or not at all. It is not flushed: a torn file counts as none.
pub(crate) fn write(folder: &Path, cached: &CachedDocument) -> std::io::Result<()> {
    let body = serde_json::to_vec(cached).map_err(std::io::Error::other)?;
    let mut bytes = Vec::with_capacity(body.len().saturating_add(36));
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(blake3::hash(&body).as_bytes());
    bytes.extend_from_slice(&body);
    private::make_folder(&folder.join(FOLDER))?;
    let mut options = private::options();
    let file = options.create(true).truncate(true);
    file.open(path(folder, cached.document))?.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use adjutant_base::{CompartmentId, RecordId};
    use adjutant_model::Raw;

    fn cached() -> CachedDocument {
        let record = RecordData {
            kind: "action".into(),
            id: RecordId::derived("a"),
            fields: [("title".to_owned(), Raw::Line("Call".into()))].into(),
            conflicts: Vec::new(),
            hash: ContentHash([1; 32]),
        };
        CachedDocument {
            document: DocumentId::index_of(CompartmentId([4; 6])),
            heads: vec![ChangeHash([2; 32])],
            content: ContentHash([3; 32]),
            records: vec![Arc::new(record)],
        }
    }

    #[test]
    fn reads_what_it_wrote() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &cached()).unwrap();
        assert_eq!(read(folder.path(), cached().document), Some(cached()));
    }

    #[test]
    fn a_cut_changed_or_misplaced_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, id) = (folder.path(), cached().document);
        write(folder, &cached()).unwrap();
        let whole = std::fs::read(path(folder, id)).unwrap();
        for length in 0..whole.len() {
            std::fs::write(path(folder, id), &whole[..length]).unwrap();
            assert_eq!(read(folder, id), None, "cut at {length}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(path(folder, id), &changed).unwrap();
            assert_eq!(read(folder, id), None, "changed at {at}");
        }
        let other = DocumentId::index_of(CompartmentId([5; 6]));
        std::fs::write(path(folder, other), &whole).unwrap();
        assert_eq!(read(folder, other), None);
    }
}
