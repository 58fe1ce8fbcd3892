//! The gate: judges bytes from outside before Automerge, the store or another peer sees them.
//!
//! Chunks and messages are parsed here, by code that cannot panic and allocates no more than the limits in
//! [`adjutant_base::limits`]: Automerge 0.12 has no limits, panics on some inputs and asks for 16 GiB on others. What
//! passes is well-formed, small enough and named by its true hash; whether it makes sense is known only to those who
//! apply it. The one rule: counting comes before expanding, so a refusal costs no more than the bytes that came.
//!
//! Source: the Automerge binary format, <https://automerge.org/automerge-binary-format-spec/>; design decision D4.

use std::sync::Arc;

use adjutant_base::{ChangeHash, ChangeMeta, StoredChange};

mod chunk;
mod columns;
mod cursor;
mod document;
mod message;

pub(crate) use cursor::{Cursor, write_number};
pub use document::DocumentSummary;
pub(crate) use message::{Filter, Header, Parts};

/// Why bytes from outside are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The bytes end in the middle.
    #[error("the bytes end in the middle of {what}")]
    Truncated {
        /// What was being read.
        what: &'static str,
    },
    /// Bytes are left over.
    #[error("{size_bytes} bytes are left over after {what}")]
    Leftover {
        /// What was read.
        what: &'static str,
        /// How many.
        size_bytes: usize,
    },
    /// Something is more or larger than is allowed.
    #[error("{what}: {size}, the limit is {limit}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Its size, in bytes or as a count; where counting stopped at the limit, the least that it can be.
        size: u64,
        /// The limit, in the same unit.
        limit: u64,
    },
    /// A number is written in a way that no encoder writes it, or does not fit.
    #[error("{what} is not a number in its shortest form")]
    Number {
        /// Which number.
        what: &'static str,
    },
    /// A chunk does not begin like one.
    #[error("not an Automerge chunk")]
    Magic,
    /// A chunk of a kind that is not accepted here.
    #[error("a chunk of kind {found} is not accepted here")]
    ChunkKind {
        /// 0 document, 1 change, 2 deflated change, 3 bundle.
        found: u8,
    },
    /// The checksum does not fit the content.
    #[error("the checksum does not fit the content")]
    Checksum,
    /// A deflated part cannot be inflated.
    #[error("{what} cannot be inflated")]
    Deflate {
        /// Which part.
        what: &'static str,
    },
    /// A text is not UTF-8.
    #[error("{what} is not UTF-8")]
    Utf8 {
        /// Which text.
        what: &'static str,
    },
    /// Columns are out of order, doubled, deflated where that is not allowed, or do not fit one another.
    #[error("malformed columns: {what}")]
    Columns {
        /// What is wrong.
        what: &'static str,
    },
    /// A number must not be zero.
    #[error("{what} is zero")]
    Zero {
        /// Which number.
        what: &'static str,
    },
    /// The first byte of a message is not that of a sync message.
    #[error("a message cannot begin with {found:#04x}")]
    MessageKind {
        /// The byte.
        found: u8,
    },
    /// A Bloom filter has entries and yet no bits, or no probes.
    #[error("a filter of {entries} entries has {bits} bits and {probes} probes")]
    Filter {
        /// Entries.
        entries: u32,
        /// Bits.
        bits: u64,
        /// Probes.
        probes: u32,
    },
}

impl GateError {
    /// Refuses `size` if it is beyond `limit`.
    pub(crate) fn check(what: &'static str, size: u64, limit: u64) -> Result<(), Self> {
        if size > limit {
            return Err(Self::TooLarge { what, size, limit });
        }
        Ok(())
    }
}

/// What the chunks of one message have cost so far; bounds them together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    inflated_bytes: u64,
    operations: u64,
}

/// Reads one change chunk, deflated or not, and nothing else.
///
/// Costs one pass over the bytes (two over a deflated body) and one hash. Holds at most
/// [`limits::CHANGE_INFLATED_BYTES`](adjutant_base::limits::CHANGE_INFLATED_BYTES), and no operation is expanded.
///
/// # Errors
/// Any [`GateError`] but those about messages.
///
/// ```
/// use adjutant_sync::gate::{GateError, check_change};
/// assert_eq!(check_change(b"not a change"), Err(GateError::Magic));
/// ```
pub fn check_change(bytes: &[u8]) -> Result<StoredChange, GateError> {
    let (chunk, rest) = chunk::split(bytes)?;
    if !rest.is_empty() {
        return Err(GateError::Leftover {
            what: "the change",
            size_bytes: rest.len(),
        });
    }
    check_split_change(&chunk, &mut Spent::default())
}

/// Judges a document chunk, which only a desktop takes, only from its relay.
///
/// Inflates each column twice, through a small buffer: first to count bytes, then to count rows.
///
/// # Errors
/// Any [`GateError`] but those about messages.
pub fn check_document(bytes: &[u8]) -> Result<DocumentSummary, GateError> {
    let (chunk, rest) = chunk::split(bytes)?;
    if !rest.is_empty() {
        return Err(GateError::Leftover {
            what: "the document",
            size_bytes: rest.len(),
        });
    }
    check_split_document(&chunk, &mut Spent::default())
}

/// Reads a sync message of either version; its chunks are counted and measured, not looked into.
///
/// Agrees with `automerge::sync::Message::decode` on every message that both accept.
///
/// # Errors
/// Any [`GateError`] but those about chunks.
pub fn decode_message(bytes: &[u8]) -> Result<automerge::sync::Message, GateError> {
    Ok(Parts::read(bytes)?.into_message())
}

/// A change or a document, as [`check_chunks`] tells them apart.
#[derive(Debug)]
pub(crate) enum Checked {
    Change(StoredChange),
    Document(Vec<u8>),
}

/// Judges a run of chunks, as a message carries them.
pub(crate) fn check_chunks(
    mut bytes: &[u8],
    takes_documents: bool,
    spent: &mut Spent,
) -> Result<Vec<Checked>, GateError> {
    let mut checked = Vec::new();
    while !bytes.is_empty() {
        let (chunk, rest) = chunk::split(bytes)?;
        bytes = rest;
        if chunk.kind == chunk::DOCUMENT && takes_documents {
            check_split_document(&chunk, spent)?;
            checked.push(Checked::Document(chunk.whole.to_vec()));
        } else {
            checked.push(Checked::Change(check_split_change(&chunk, spent)?));
        }
    }
    Ok(checked)
}

fn check_split_change(
    chunk: &chunk::Chunk<'_>,
    spent: &mut Spent,
) -> Result<StoredChange, GateError> {
    let meta: ChangeMeta = match chunk.kind {
        chunk::CHANGE => {
            spent.inflate(chunk.body.len())?;
            chunk::read_change(chunk, chunk.body)?
        }
        chunk::DEFLATED_CHANGE => {
            spent.inflate(chunk.inflated_length()?)?;
            chunk::read_change(chunk, &chunk.inflate()?)?
        }
        found => return Err(GateError::ChunkKind { found }),
    };
    spent.operate(meta.op_count)?;
    Ok(StoredChange {
        meta,
        bytes: Arc::from(chunk.whole),
    })
}

fn check_split_document(
    chunk: &chunk::Chunk<'_>,
    spent: &mut Spent,
) -> Result<DocumentSummary, GateError> {
    if chunk.kind != chunk::DOCUMENT {
        return Err(GateError::ChunkKind { found: chunk.kind });
    }
    let summary = document::read(chunk)?;
    spent.inflate(usize::try_from(summary.inflated_bytes).unwrap_or(usize::MAX))?;
    spent.operate(summary.operations)?;
    Ok(summary)
}

impl Spent {
    fn inflate(&mut self, bytes: usize) -> Result<(), GateError> {
        self.inflated_bytes = self.inflated_bytes.saturating_add(bytes as u64);
        GateError::check(
            "inflated bytes of a message",
            self.inflated_bytes,
            adjutant_base::limits::MESSAGE_INFLATED_BYTES as u64,
        )
    }

    fn operate(&mut self, operations: u64) -> Result<(), GateError> {
        self.operations = self.operations.saturating_add(operations);
        GateError::check(
            "operations of a message",
            self.operations,
            adjutant_base::limits::MESSAGE_OPERATIONS,
        )
    }
}

/// Reads a list of hashes: a number and 32 bytes each.
pub(crate) fn read_hashes(
    cursor: &mut Cursor<'_>,
    what: &'static str,
    limit: usize,
) -> Result<Vec<ChangeHash>, GateError> {
    let count = cursor.count(what, limit)?;
    let bytes = cursor.take(count.saturating_mul(32), what)?;
    let hashes = bytes
        .chunks_exact(32)
        .filter_map(|hash| ChangeHash::try_from(hash).ok());
    Ok(hashes.collect())
}

#[cfg(test)]
mod tests;
