//! Content hashes: what two devices compare to know that they show the same.
//!
//! A hash covers what a record says (kind, id, fields, concurrent values, unknown fields included) and nothing of how
//! it came about: no change hash, actor or operation id. The one rule: a change of this format is a change of
//! [`FORMAT`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adjutant_base::{ContentHash, RecordId};
use adjutant_model::record::{Conflict, RecordData};
use adjutant_model::value::Raw;

/// Version of the bytes that are hashed.
const FORMAT: &[u8] = b"adjutant content 1";

/// Returns the hash of one record.
///
/// Fields go in by name; of each the standing value, then the set of the other concurrent values. So equal values
/// written at the same time hash like one, and who wrote them does not matter.
pub(crate) fn record(
    kind: &str,
    id: RecordId,
    fields: &BTreeMap<String, Raw>,
    conflicts: &[Conflict],
) -> ContentHash {
    let mut bytes = Vec::with_capacity(512);
    put(&mut bytes, FORMAT);
    put(&mut bytes, kind.as_bytes());
    bytes.extend_from_slice(&id.0);
    for (name, value) in fields {
        if conflicts.iter().any(|conflict| conflict.field == *name) {
            continue;
        }
        put_field(&mut bytes, name, value, &BTreeSet::new());
    }
    // Contested fields follow the others: a record has few, most have none, and both lists are sorted.
    for conflict in conflicts {
        let others = conflict.losers.iter().map(|loser| &loser.value).collect();
        put_field(&mut bytes, &conflict.field, &conflict.winner.value, &others);
    }
    ContentHash(*blake3::hash(&bytes).as_bytes())
}

/// Returns the hash of a document's records, which come sorted by id, then kind.
pub(crate) fn document<'a>(records: impl Iterator<Item = &'a Arc<RecordData>>) -> ContentHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(FORMAT);
    for record in records {
        hasher.update(&record.id.0);
        hasher.update(record.hash.as_bytes());
    }
    ContentHash(*hasher.finalize().as_bytes())
}

fn put_field(bytes: &mut Vec<u8>, name: &str, value: &Raw, others: &BTreeSet<&Raw>) {
    put(bytes, name.as_bytes());
    put_value(bytes, value);
    put_number(bytes, others.len());
    for other in others {
        put_value(bytes, other);
    }
}

fn put_value(bytes: &mut Vec<u8>, value: &Raw) {
    match value {
        Raw::Null => bytes.push(0),
        Raw::Bool(yes) => bytes.extend([1, u8::from(*yes)]),
        Raw::Int(number) => {
            bytes.push(2);
            bytes.extend(number.to_le_bytes());
        }
        Raw::Line(text) => put_tagged(bytes, 3, text.as_bytes()),
        Raw::Prose(text) => put_tagged(bytes, 4, text.as_bytes()),
        Raw::Bytes(content) => put_tagged(bytes, 5, content),
        Raw::Other(text) => put_tagged(bytes, 6, text.as_bytes()),
    }
}

fn put_tagged(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    bytes.push(tag);
    put(bytes, content);
}

fn put(bytes: &mut Vec<u8>, content: &[u8]) {
    put_number(bytes, content.len());
    bytes.extend_from_slice(content);
}

fn put_number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend(u64::try_from(number).unwrap_or(u64::MAX).to_le_bytes());
}
