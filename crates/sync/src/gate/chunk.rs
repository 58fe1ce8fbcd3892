//! Chunks: magic, checksum, kind, length, body; and the header of a change inside.
//!
//! A change's hash is SHA-256 over kind, length and body in their *inflated* form, whichever form came. The one rule:
//! nothing is read from a body before its hash fits.
//!
//! Source: <https://automerge.org/automerge-binary-format-spec/>, "Chunks" and "Change chunk".

use std::io::Read as _;
use std::sync::Arc;

use adjutant_base::{ChangeHash, ChangeMeta, limits};
use flate2::bufread::DeflateDecoder;
use sha2::{Digest as _, Sha256};

use super::columns::{self, Counter, Room};
use super::{Cursor, GateError, read_hashes, write_number};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

pub(super) const DOCUMENT: u8 = 0;
pub(super) const CHANGE: u8 = 1;
pub(super) const DEFLATED_CHANGE: u8 = 2;

/// One chunk, taken apart but not judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk<'a> {
    pub(super) kind: u8,
    pub(super) body: &'a [u8],
    /// The chunk from its first byte to its last.
    pub(super) whole: &'a [u8],
    checksum: &'a [u8],
}

/// Takes the first chunk off `bytes`; returns it and what follows.
pub(super) fn split(bytes: &[u8]) -> Result<(Chunk<'_>, &[u8]), GateError> {
    let mut cursor = Cursor::new(bytes);
    if cursor
        .take(4, "a chunk's magic")
        .map_or(true, |magic| magic != MAGIC)
    {
        return Err(GateError::Magic);
    }
    let checksum = cursor.take(4, "a chunk's checksum")?;
    let kind = cursor.byte("a chunk's kind")?;
    let body = cursor.prefixed("a chunk", limits::MESSAGE_BYTES)?;
    let rest = cursor.rest();
    let length = bytes.len().saturating_sub(rest.len());
    let chunk = Chunk {
        kind,
        body,
        whole: bytes.get(..length).unwrap_or(bytes),
        checksum,
    };
    Ok((chunk, rest))
}

impl Chunk<'_> {
    /// Returns the hash of this chunk with that kind and body, if the checksum fits it.
    pub(super) fn hash(&self, kind: u8, body: &[u8]) -> Result<ChangeHash, GateError> {
        let mut head = vec![kind];
        write_number(&mut head, body.len() as u64);
        let hash = Sha256::new()
            .chain_update(&head)
            .chain_update(body)
            .finalize();
        if hash.get(..4) != Some(self.checksum) {
            return Err(GateError::Checksum);
        }
        ChangeHash::try_from(hash.as_slice()).map_err(|_never| GateError::Checksum)
    }

    /// Returns how long the body is when inflated, without keeping any of it.
    pub(super) fn inflated_length(&self) -> Result<usize, GateError> {
        inflated_length("the change", self.body, limits::CHANGE_INFLATED_BYTES)
    }

    /// Inflates the body; ask [`Chunk::inflated_length`] first.
    pub(super) fn inflate(&self) -> Result<Vec<u8>, GateError> {
        let what = "the change";
        let mut body = Vec::with_capacity(self.inflated_length()?);
        DeflateDecoder::new(self.body)
            .read_to_end(&mut body)
            .map_err(|_corrupt| GateError::Deflate { what })?;
        Ok(body)
    }
}

/// Inflates into nothing and returns how much it was; stops at the limit.
pub(super) fn inflated_length(
    what: &'static str,
    deflated: &[u8],
    limit: usize,
) -> Result<usize, GateError> {
    let mut inflater = DeflateDecoder::new(deflated);
    let mut sink = [0_u8; 16 << 10];
    let mut length = 0_usize;
    loop {
        let count = inflater
            .read(&mut sink)
            .map_err(|_corrupt| GateError::Deflate { what })?;
        if count == 0 {
            break;
        }
        length = length.saturating_add(count);
        if length > limit {
            return Err(GateError::TooLarge {
                what: "inflated bytes",
                size: length as u64,
                limit: limit as u64,
            });
        }
    }
    let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
    match deflated.len().saturating_sub(read) {
        0 => Ok(length),
        size_bytes => Err(GateError::Leftover { what, size_bytes }),
    }
}

/// Reads the header of a change from its inflated body and counts its operations.
pub(super) fn read_change(chunk: &Chunk<'_>, body: &[u8]) -> Result<ChangeMeta, GateError> {
    GateError::check(
        "inflated bytes",
        body.len() as u64,
        limits::CHANGE_INFLATED_BYTES as u64,
    )?;
    let hash = chunk.hash(CHANGE, body)?;
    let mut cursor = Cursor::new(body);
    let mut deps = read_hashes(&mut cursor, "dependencies", limits::CHANGE_DEPS)?;
    deps.sort_unstable();
    deps.dedup();
    let actor: Arc<[u8]> = Arc::from(cursor.prefixed("the actor", limits::ACTOR_BYTES)?);
    let seq = counter(&mut cursor, "the number of the change")?;
    let start_op = counter(&mut cursor, "the first operation")?;
    let time_s = cursor.signed("the time")?;
    let message = cursor.prefixed("the message", limits::CHANGE_INFLATED_BYTES)?;
    std::str::from_utf8(message).map_err(|_not_utf8| GateError::Utf8 {
        what: "the message",
    })?;
    skip_actors(&mut cursor)?;
    let op_count = count_operations(&mut cursor)?;
    // Automerge numbers operations with 32 bits.
    GateError::check(
        "the last operation",
        start_op.saturating_add(op_count),
        u64::from(u32::MAX),
    )?;
    Ok(ChangeMeta {
        hash,
        deps,
        actor,
        seq,
        start_op,
        op_count,
        time_s,
        size_bytes: chunk.whole.len() as u64,
    })
}

/// Reads a number that counts from 1 and that Automerge keeps in 32 bits.
fn counter(cursor: &mut Cursor<'_>, what: &'static str) -> Result<u64, GateError> {
    match cursor.number(what)? {
        0 => Err(GateError::Zero { what }),
        number => {
            GateError::check(what, number, u64::from(u32::MAX))?;
            Ok(number)
        }
    }
}

/// Passes over a list of actor ids and returns how many it has.
pub(super) fn skip_actors(cursor: &mut Cursor<'_>) -> Result<usize, GateError> {
    let count = cursor.count("actors", limits::ACTORS)?;
    for _ in 0..count {
        cursor.prefixed("an actor", limits::ACTOR_BYTES)?;
    }
    Ok(count)
}

/// Counts the rows of every column of a change; what follows them is for newer programs.
fn count_operations(cursor: &mut Cursor<'_>) -> Result<u64, GateError> {
    let (layout, total) = columns::read_layout(cursor)?;
    let mut data = Cursor::new(cursor.take(total, "columns")?);
    let mut counter = Counter::new(Room {
        rows: limits::CHANGE_OPERATIONS,
        grouped: limits::CHANGE_PREDECESSORS,
    });
    let mut operations = 0;
    for column in layout {
        if column.is_deflated {
            return Err(GateError::Columns {
                what: "deflated inside a change",
            });
        }
        let mut bytes = data.take(column.length, "columns")?;
        let rows = counter.count(column, &mut bytes)?;
        if column.specification == columns::ACTION {
            operations = rows;
        }
    }
    counter.finish()?;
    Ok(operations)
}
