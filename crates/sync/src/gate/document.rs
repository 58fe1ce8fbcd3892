//! Document chunks: a whole history in columns, each of which may be deflated.
//!
//! Here they are only measured: Automerge expands them, checks their hashes and compares their heads. The one rule:
//! the inflated columns of one document are never in memory, however many bytes they are.
//!
//! Source: <https://automerge.org/automerge-binary-format-spec/>, "Document chunk".

use std::io::BufReader;

use adjutant_base::{ChangeHash, limits};
use flate2::bufread::DeflateDecoder;

use super::chunk::{Chunk, DOCUMENT, inflated_length, skip_actors};
use super::columns::{self, Column, Counter, Room};
use super::{Cursor, GateError, read_hashes};

/// What a document chunk says of itself; nothing of it is proven but its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSummary {
    /// The heads that the document claims to have.
    pub heads: Vec<ChangeHash>,
    /// How many changes it holds.
    pub changes: u64,
    /// How many operations it holds.
    pub operations: u64,
    /// The length of all its columns when inflated, in bytes.
    pub inflated_bytes: u64,
}

pub(super) fn read(chunk: &Chunk<'_>) -> Result<DocumentSummary, GateError> {
    chunk.hash(DOCUMENT, chunk.body)?;
    let mut cursor = Cursor::new(chunk.body);
    skip_actors(&mut cursor)?;
    let heads = read_hashes(&mut cursor, "heads", limits::HASH_LIST)?;
    let (change_layout, change_length) = columns::read_layout(&mut cursor)?;
    let (op_layout, op_length) = columns::read_layout(&mut cursor)?;
    let change_data = cursor.take(change_length, "columns of changes")?;
    let op_data = cursor.take(op_length, "columns of operations")?;
    // The indices of the heads; older programs do not write them.
    if !cursor.is_empty() {
        for _ in &heads {
            cursor.number("the index of a head")?;
        }
    }
    if !cursor.is_empty() {
        return Err(GateError::Leftover {
            what: "the document",
            size_bytes: cursor.rest().len(),
        });
    }
    let mut inflated = 0_usize;
    for (layout, data) in [(&change_layout, change_data), (&op_layout, op_data)] {
        measure(layout, data, &mut inflated)?;
    }
    Ok(DocumentSummary {
        heads,
        changes: count(&change_layout, change_data, columns::CHANGE_ACTOR)?,
        operations: count(&op_layout, op_data, columns::ACTION)?,
        inflated_bytes: inflated as u64,
    })
}

/// Adds up how long the columns are when inflated.
fn measure(layout: &[Column], data: &[u8], inflated: &mut usize) -> Result<(), GateError> {
    let mut data = Cursor::new(data);
    for column in layout {
        let bytes = data.take(column.length, "columns")?;
        let room = limits::DOCUMENT_INFLATED_BYTES.saturating_sub(*inflated);
        let length = if column.is_deflated {
            inflated_length("a column", bytes, room)?
        } else {
            bytes.len()
        };
        *inflated = inflated.saturating_add(length);
        GateError::check(
            "inflated bytes",
            *inflated as u64,
            limits::DOCUMENT_INFLATED_BYTES as u64,
        )?;
    }
    Ok(())
}

/// Counts the rows of all columns and returns those of `wanted`.
fn count(layout: &[Column], data: &[u8], wanted: u32) -> Result<u64, GateError> {
    let mut data = Cursor::new(data);
    let mut counter = Counter::new(Room {
        rows: limits::DOCUMENT_OPERATIONS,
        grouped: limits::DOCUMENT_OPERATIONS.saturating_mul(2),
    });
    let mut rows_wanted = 0;
    for column in layout {
        let mut bytes = data.take(column.length, "columns")?;
        let rows = if column.is_deflated {
            let mut inflater = BufReader::with_capacity(16 << 10, DeflateDecoder::new(bytes));
            counter.count(*column, &mut inflater)?
        } else {
            counter.count(*column, &mut bytes)?
        };
        if column.specification == wanted {
            rows_wanted = rows;
        }
    }
    counter.finish()?;
    Ok(rows_wanted)
}
