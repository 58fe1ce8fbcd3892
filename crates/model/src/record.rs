//! Records as documents hold them, before they are typed: fields, concurrent values, content hash.
//!
//! The document layer produces [`RecordData`] and consumes [`Write`]s; the board types the former, commands make the
//! latter. Nothing here knows Automerge.

use std::collections::BTreeMap;

use adjutant_base::{ActorId, ContentHash, DocumentId, RecordId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::value::Raw;

/// The field that marks a record as deleted, in every kind.
pub const DELETED_AT: &str = "deleted_at";

/// One record as its document holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordData {
    /// The record's kind as the document names it; a newer program may have written one that this version lacks.
    pub kind: String,
    /// The record's id.
    pub id: RecordId,
    /// Every field with its winning value, unknown ones included.
    pub fields: BTreeMap<String, Raw>,
    /// Fields that several devices wrote at the same time, with the values that did not win. Usually empty.
    pub conflicts: Vec<Conflict>,
    /// BLAKE3 over the sorted fields with all concurrent values.
    pub hash: ContentHash,
}

impl RecordData {
    /// Returns when the record was deleted, if it was.
    pub fn deleted_at(&self) -> Option<Timestamp> {
        match self.fields.get(DELETED_AT) {
            Some(Raw::Int(ms)) => Some(Timestamp(*ms)),
            _ => None,
        }
    }
}

/// Concurrent writes of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The field's name.
    pub field: String,
    /// The value that stands.
    pub winner: Written,
    /// The values that were written at the same time, greatest operation first.
    pub losers: Vec<Written>,
}

/// A value and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The value.
    pub value: Raw,
    /// The actor, if it is one of Adjutant's (20 bytes).
    pub actor: Option<ActorId>,
}

/// One field of one record set to one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The document that holds the record.
    pub document: DocumentId,
    /// The record's kind, as the document names it.
    pub kind: &'static str,
    /// The record.
    pub record: RecordId,
    /// The field.
    pub field: &'static str,
    /// The new value; [`Raw::Null`] clears the field.
    pub value: Raw,
}
