//! One row of the `change` table: how it is written, read and proved to be as it was written.
//!
//! A header's digest covers document, header and the digest of the bytes; reading never trusts a column's type or
//! length, so that a damaged row is a row that fails its digest and nothing worse.

use std::sync::Arc;

use adjutant_base::{ChangeHash, ChangeMeta, DocumentId, StoredChange};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use crate::chunks::{DamageReason, Damaged};

/// The columns that [`Header::read`] expects, in its order.
pub(crate) const HEADER_COLUMNS: &str =
    "hash, deps, actor, seq, start_op, op_count, time_s, size_bytes, digest, header_digest";
/// The number of the column after those.
pub(crate) const BYTES_COLUMN: usize = 10;

/// A header with its digests, as read and not yet believed.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) document: DocumentId,
    pub(crate) meta: ChangeMeta,
    pub(crate) digest: Vec<u8>,
    /// The digest of all of it.
    pub(crate) seal: Vec<u8>,
}

/// A verified row found in a damaged file.
#[derive(Debug)]
pub(crate) enum Record {
    /// A change with its bytes.
    Change {
        position: i64,
        document: DocumentId,
        change: StoredChange,
    },
    /// A header from the index: proof that the change was here.
    Header {
        document: DocumentId,
        hash: ChangeHash,
    },
    /// A value; `document` is empty for one of the whole store.
    Value {
        revision: i64,
        document: Vec<u8>,
        key: String,
        bytes: Option<Vec<u8>>,
    },
}

impl Header {
    /// Reads [`HEADER_COLUMNS`]; what has the wrong type or length reads as empty and fails the digest.
    pub(crate) fn read(document: DocumentId, row: &Row<'_>) -> rusqlite::Result<Self> {
        let (deps, _rest) = row_bytes(row, 1)?.as_chunks::<32>();
        let meta = ChangeMeta {
            hash: ChangeHash::try_from(row_bytes(row, 0)?).unwrap_or(ChangeHash([0; 32])),
            deps: deps.iter().map(|dep| ChangeHash(*dep)).collect(),
            actor: Arc::from(row_bytes(row, 2)?),
            seq: integer(row, 3).cast_unsigned(),
            start_op: integer(row, 4).cast_unsigned(),
            op_count: integer(row, 5).cast_unsigned(),
            time_s: integer(row, 6),
            size_bytes: integer(row, 7).cast_unsigned(),
        };
        Ok(Self {
            document,
            meta,
            digest: blob(row, 8),
            seal: blob(row, 9),
        })
    }

    /// Returns the header if it is as it was written.
    pub(crate) fn verified(self) -> Result<Self, Damaged> {
        if header_digest(self.document, &self.meta, &self.digest) == self.seal.as_slice() {
            return Ok(self);
        }
        Err(self.damaged(DamageReason::Header))
    }

    /// Returns the change if header and bytes are as they were written.
    pub(crate) fn with_bytes(self, bytes: Vec<u8>) -> Result<StoredChange, Damaged> {
        let header = self.verified()?;
        if *blake3::hash(&bytes).as_bytes() != header.digest.as_slice() {
            return Err(header.damaged(DamageReason::Bytes));
        }
        Ok(StoredChange {
            meta: header.meta,
            bytes: bytes.into(),
        })
    }

    fn damaged(&self, reason: DamageReason) -> Damaged {
        Damaged {
            document: self.document,
            hash: self.meta.hash,
            reason,
        }
    }
}

/// Adds a change, at `position` or the next free one; does nothing if the store holds it already.
pub(crate) fn insert(
    connection: &Connection,
    position: Option<i64>,
    document: DocumentId,
    change: &StoredChange,
) -> rusqlite::Result<()> {
    let meta = &change.meta;
    let deps: Vec<u8> = meta.deps.iter().flat_map(|dep| dep.0).collect();
    let digest = blake3::hash(&change.bytes);
    connection
        .prepare_cached(
            "INSERT INTO change (position, document, hash, deps, actor, seq, start_op, op_count, time_s,
             size_bytes, digest, header_digest, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (hash, document) DO NOTHING",
        )?
        .execute(params![
            position,
            document.0,
            meta.hash.0,
            deps,
            &*meta.actor,
            meta.seq.cast_signed(),
            meta.start_op.cast_signed(),
            meta.op_count.cast_signed(),
            meta.time_s,
            meta.size_bytes.cast_signed(),
            digest.as_bytes(),
            header_digest(document, meta, digest.as_bytes()),
            &*change.bytes,
        ])?;
    Ok(())
}

/// Returns what the `document` column of a value holds: nothing for a value of the whole store.
pub(crate) fn scope(document: Option<DocumentId>) -> Vec<u8> {
    document.map_or_else(Vec::new, |document| document.0.to_vec())
}

/// Returns the digest of a value with its name.
pub(crate) fn value_digest(scope: &[u8], key: &str, bytes: Option<&[u8]>) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key("adjutant store value 1");
    field(&mut hasher, scope);
    field(&mut hasher, key.as_bytes());
    match bytes {
        Some(bytes) => field(&mut hasher, bytes),
        None => {
            hasher.update(b"removed");
        }
    }
    half(&hasher)
}

fn header_digest(document: DocumentId, meta: &ChangeMeta, digest: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key("adjutant store change header 1");
    field(&mut hasher, &document.0);
    field(&mut hasher, &meta.hash.0);
    let deps: Vec<u8> = meta.deps.iter().flat_map(|dep| dep.0).collect();
    field(&mut hasher, &deps);
    field(&mut hasher, &meta.actor);
    for number in [meta.seq, meta.start_op, meta.op_count, meta.size_bytes] {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(&meta.time_s.to_le_bytes());
    field(&mut hasher, digest);
    half(&hasher)
}

/// Adds a field with its length before it, so that no two lists of fields read the same.
fn field(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
    hasher.update(bytes);
}

fn half(hasher: &blake3::Hasher) -> [u8; 16] {
    let mut digest = [0; 16];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

fn row_bytes<'row>(row: &'row Row<'_>, column: usize) -> rusqlite::Result<&'row [u8]> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) => bytes,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => &[],
    })
}

/// Returns a column's blob, empty if it holds none.
pub(crate) fn blob(row: &Row<'_>, column: usize) -> Vec<u8> {
    optional_blob(row, column).unwrap_or_default()
}

/// Returns a column's blob, or `None` if it holds something else.
pub(crate) fn optional_blob(row: &Row<'_>, column: usize) -> Option<Vec<u8>> {
    match row.get_ref(column) {
        Ok(ValueRef::Blob(bytes)) => Some(bytes.to_vec()),
        Ok(_) | Err(_) => None,
    }
}

/// Returns a column's integer, zero if it holds none.
pub(crate) fn integer(row: &Row<'_>, column: usize) -> i64 {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(number)) => number,
        Ok(_) | Err(_) => 0,
    }
}
