//! Writing fields: from what a command wants to Automerge operations.
//!
//! Planning refuses what cannot be written and drops what would change nothing; carrying out makes as few operations
//! as possible, in changes small enough to travel. The one rule: nothing that somebody else may be editing is replaced:
//! records are never made twice here, a Text is made once and then edited.

use std::collections::BTreeMap;

use adjutant_base::{DocumentId, RecordId, limits};
use adjutant_model::record::Write;
use adjutant_model::value::Raw;
use automerge::hydrate;
use automerge::transaction::{CommitOptions, Transactable as _, Transaction};
use automerge::{
    Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc as _, TextEncoding, Value,
};

use crate::at::At;
use crate::document::Author;
use crate::incoming::Fault;
use crate::records::Records;
use crate::{prose, raw, read};

/// Operations after which a change is closed and the next begun: a change must pass every relay's gate.
const CHANGE_OPERATIONS: usize = 50_000;
/// Bytes of values after which a change is closed and the next begun.
const CHANGE_BYTES: usize = limits::OWN_MESSAGE_BYTES;
/// Length up to which a value goes in together with its new record, in bytes; longer ones follow, one by one.
const WITH_RECORD_BYTES: usize = 4_000;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A write is meant for another document.
    #[error("the write is meant for document {0}")]
    OtherDocument(DocumentId),
    /// More writes than one command may make.
    #[error("{0} writes at once are more than {limit}", limit = limits::COMMAND_WRITES)]
    TooMany(usize),
    /// The value is of a type that Adjutant shows but never writes.
    #[error("field {field} of record {record} cannot take a value of a foreign type")]
    ForeignValue {
        /// The record.
        record: RecordId,
        /// The field.
        field: &'static str,
    },
    /// The value is longer than any change could carry.
    #[error("{size_bytes} bytes in field {field} of record {record} are more than {limit}", limit = limits::VALUE_BYTES)]
    TooLong {
        /// The record.
        record: RecordId,
        /// The field.
        field: &'static str,
        /// Length of the value.
        size_bytes: usize,
    },
    /// The field holds an object that others may be editing; a plain value would hide their edits.
    #[error("field {field} of record {record} holds something that this version must not replace")]
    HoldsObject {
        /// The record.
        record: RecordId,
        /// The field.
        field: String,
    },
    /// Automerge refused an operation or lost a change that it had just made.
    #[error("the document does not take the change")]
    Automerge(#[source] AutomergeError),
    /// Automerge panicked; the document was built anew from its changes.
    #[error("writing failed inside the document")]
    Failed(#[source] Fault),
}

impl From<AutomergeError> for WriteError {
    fn from(error: AutomergeError) -> Self {
        Self::Automerge(error)
    }
}

impl From<Fault> for WriteError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// What is to be done to one record.
#[derive(Debug)]
pub(crate) struct RecordPlan<'w> {
    pub(crate) kind: &'static str,
    pub(crate) id: RecordId,
    is_new: bool,
    fields: BTreeMap<&'static str, &'w Write>,
}

/// Returns what `writes` change, by kind and record; of several writes to one field the last counts.
pub(crate) fn plan<'w>(
    document: DocumentId,
    records: &Records,
    writes: &'w [Write],
) -> Result<Vec<RecordPlan<'w>>, WriteError> {
    if writes.len() > limits::COMMAND_WRITES {
        return Err(WriteError::TooMany(writes.len()));
    }
    let mut by_record: BTreeMap<(&'static str, RecordId), BTreeMap<&'static str, &Write>> =
        BTreeMap::new();
    for write in writes {
        check(document, write)?;
        by_record
            .entry((write.kind, write.record))
            .or_default()
            .insert(write.field, write);
    }
    let mut plans = Vec::with_capacity(by_record.len());
    for ((kind, id), mut fields) in by_record {
        let known = records.get(kind, id);
        fields.retain(|field, write| match known {
            None => !raw::says_nothing(&write.value),
            Some(known) => {
                let is_contested = known
                    .conflicts
                    .iter()
                    .any(|conflict| conflict.field == *field);
                is_contested || !says_the_same(known.fields.get(*field), &write.value)
            }
        });
        if !fields.is_empty() {
            plans.push(RecordPlan {
                kind,
                id,
                is_new: known.is_none(),
                fields,
            });
        }
    }
    Ok(plans)
}

impl RecordPlan<'_> {
    /// Returns each write with the value that stood before.
    pub(crate) fn replaced(&self, records: &Records) -> impl Iterator<Item = (Write, Raw)> {
        let known = records.get(self.kind, self.id);
        self.fields.iter().map(move |(field, write)| {
            let before = known.and_then(|known| known.fields.get(*field));
            ((*write).clone(), before.cloned().unwrap_or(Raw::Null))
        })
    }
}

/// Carries out `plans` and returns the names of the changes made, in order.
///
/// After an error the document may hold some of them and must be built anew.
pub(crate) fn carry_out(
    doc: &mut Automerge,
    plans: &[RecordPlan<'_>],
    author: &Author<'_>,
) -> Result<Vec<ChangeHash>, WriteError> {
    let mut steps: std::collections::VecDeque<Step<'_>> = plans.iter().flat_map(steps_of).collect();
    let mut made = Vec::new();
    while !steps.is_empty() {
        let mut tx = doc.transaction();
        let mut size_bytes = 0_usize;
        while tx.pending_ops() < CHANGE_OPERATIONS
            && size_bytes < CHANGE_BYTES
            && let Some(step) = steps.pop_front()
        {
            size_bytes = size_bytes.saturating_add(step.size_bytes());
            if step.take(&mut tx)? == Progress::More {
                steps.push_front(step);
            }
        }
        let options = CommitOptions::default()
            .with_message(author.command)
            .with_time(author.time.seconds());
        let (hash, _no_patches) = tx.commit_with(options);
        made.extend(hash);
    }
    Ok(made)
}

fn check(document: DocumentId, write: &Write) -> Result<(), WriteError> {
    if write.document != document {
        return Err(WriteError::OtherDocument(write.document));
    }
    let (record, field) = (write.record, write.field);
    let size_bytes = match &write.value {
        Raw::Null | Raw::Bool(_) | Raw::Int(_) => 0,
        Raw::Line(text) | Raw::Prose(text) => text.len(),
        Raw::Bytes(bytes) => bytes.len(),
        Raw::Other(_) => return Err(WriteError::ForeignValue { record, field }),
    };
    if size_bytes > limits::VALUE_BYTES {
        return Err(WriteError::TooLong {
            record,
            field,
            size_bytes,
        });
    }
    Ok(())
}

/// Tells whether a write would leave the field as it is.
fn says_the_same(standing: Option<&Raw>, wanted: &Raw) -> bool {
    match (standing, wanted) {
        (None, wanted) => raw::says_nothing(wanted),
        // A line written to a Text edits the Text.
        (Some(Raw::Prose(text)), Raw::Line(wanted)) => text == wanted,
        (Some(standing), wanted) => standing == wanted,
    }
}

/// A piece of work that makes a bounded number of operations.
#[derive(Debug)]
enum Step<'p> {
    Create(&'p RecordPlan<'p>),
    Set(&'p RecordPlan<'p>, &'p Write),
}

#[derive(Debug, PartialEq, Eq)]
enum Progress {
    Done,
    More,
}

fn steps_of<'p>(plan: &'p RecordPlan<'p>) -> impl Iterator<Item = Step<'p>> {
    let create = plan.is_new.then_some(Step::Create(plan));
    let sets = plan
        .fields
        .values()
        .filter(|write| !plan.is_new || !goes_with_record(write))
        .map(|write| Step::Set(plan, write));
    create.into_iter().chain(sets)
}

fn goes_with_record(write: &Write) -> bool {
    match &write.value {
        Raw::Line(text) | Raw::Prose(text) => text.len() <= WITH_RECORD_BYTES,
        Raw::Bytes(bytes) => bytes.len() <= WITH_RECORD_BYTES,
        Raw::Null | Raw::Bool(_) | Raw::Int(_) | Raw::Other(_) => true,
    }
}

impl Step<'_> {
    fn size_bytes(&self) -> usize {
        match self {
            Self::Create(plan) => plan
                .fields
                .values()
                .filter(|write| goes_with_record(write))
                .fold(0, |sum, write| {
                    sum.saturating_add(size_of_value(&write.value))
                }),
            Self::Set(_, write) => size_of_value(&write.value),
        }
    }

    fn take(&self, tx: &mut Transaction<'_>) -> Result<Progress, WriteError> {
        match self {
            Self::Create(plan) => create(tx, plan).map(|()| Progress::Done),
            Self::Set(plan, write) => set(tx, plan, write),
        }
    }
}

fn size_of_value(value: &Raw) -> usize {
    match value {
        Raw::Null | Raw::Bool(_) | Raw::Int(_) => 8,
        // Prose goes in as single characters, piece by piece.
        Raw::Line(text) | Raw::Other(text) => text.len(),
        Raw::Prose(text) => text.len().min(prose::PIECE),
        Raw::Bytes(bytes) => bytes.len(),
    }
}

/// Makes a record with its fields in one go, ten times faster than field by field.
fn create(tx: &mut Transaction<'_>, plan: &RecordPlan<'_>) -> Result<(), WriteError> {
    let mut map = hydrate::Map::default();
    for write in plan.fields.values().filter(|write| goes_with_record(write)) {
        let value = match (&write.value, raw::scalar(&write.value)) {
            (_, Some(scalar)) => hydrate::Value::Scalar(scalar),
            (Raw::Prose(text), None) => hydrate::Value::text(TextEncoding::UnicodeCodePoint, text),
            (_, None) => continue,
        };
        map.insert(
            write.field.to_owned(),
            hydrate::MapValue {
                value,
                conflict: false,
            },
        );
    }
    let container = container(tx, plan.kind)?;
    let value = hydrate::Value::Map(map);
    tx.batch_create_object(&container, plan.id.to_string(), &value, false)?;
    Ok(())
}

/// Returns the container of `kind`. The fixed changes have made it, unless a foreign program has removed it since: then
/// a new one takes its place.
fn container(tx: &mut Transaction<'_>, kind: &str) -> Result<ObjId, AutomergeError> {
    if let Some(standing) = read::containers(At::now(tx), kind).pop() {
        return Ok(standing);
    }
    let records = match read::maps_at(At::now(tx), &[ROOT], read::RECORDS).pop() {
        Some(standing) => standing,
        None => tx.put_object(ROOT, read::RECORDS, ObjType::Map)?,
    };
    tx.put_object(&records, kind, ObjType::Map)
}

/// A value that stands at a field of one of a record's objects.
struct Place {
    parent: ObjId,
    operation: ObjId,
    /// `None` for a scalar.
    object: Option<ObjType>,
}

/// Makes `write` the standing value and gives up the values that stood beside it.
fn set(
    tx: &mut Transaction<'_>,
    plan: &RecordPlan<'_>,
    write: &Write,
) -> Result<Progress, WriteError> {
    let objects = read::objects(At::now(tx), plan.kind, plan.id);
    let places = places(tx, &objects, write.field);
    let main = objects.last().ok_or(AutomergeError::MissingDeps)?;
    let winner = places.last();
    let progress = match winner {
        Some(Place {
            operation,
            object: Some(ObjType::Text),
            ..
        }) if let Some(text) = text_of(&write.value) => prose::edit(tx, operation, text)?,
        Some(Place {
            object: Some(_), ..
        }) => {
            return Err(WriteError::HoldsObject {
                record: plan.id,
                field: write.field.to_owned(),
            });
        }
        Some(Place { object: None, .. }) | None => {
            let parent = winner.map_or(main, |place| &place.parent);
            if let Some(scalar) = raw::scalar(&write.value) {
                tx.put(parent, write.field, scalar)?;
                prose::Progress::Done
            } else {
                let text = tx.put_object(parent, write.field, ObjType::Text)?;
                prose::edit(tx, &text, text_of(&write.value).unwrap_or_default())?
            }
        }
    };
    if progress == prose::Progress::More {
        return Ok(Progress::More);
    }
    give_up_losers(tx, &places, write.field)?;
    Ok(Progress::Done)
}

/// Returns all that stands at the field, the winner last.
fn places(tx: &Transaction<'_>, objects: &[ObjId], field: &str) -> Vec<Place> {
    let mut places: Vec<Place> = objects
        .iter()
        .flat_map(|parent| {
            let all = tx.get_all(parent, field).unwrap_or_default();
            all.into_iter().map(|(value, operation)| Place {
                parent: parent.clone(),
                operation,
                object: match value {
                    Value::Object(kind) => Some(kind),
                    Value::Scalar(_) => None,
                },
            })
        })
        .collect();
    places.sort_unstable_by(|a, b| a.operation.cmp(&b.operation));
    places
}

/// Empties losing Texts and removes losing scalars that stand in another object than the winner; a put has already
/// replaced those beside it. What somebody writes there at the same time survives and is shown as a conflict.
fn give_up_losers(
    tx: &mut Transaction<'_>,
    places: &[Place],
    field: &str,
) -> Result<(), WriteError> {
    let Some((winner, losers)) = places.split_last() else {
        return Ok(());
    };
    for loser in losers {
        let is_beside = loser.parent == winner.parent;
        match loser.object {
            Some(ObjType::Text) if winner.object.is_some() || !is_beside => {
                tx.update_text(&loser.operation, "")?;
            }
            None if !is_beside => tx.delete(&loser.parent, field)?,
            Some(ObjType::Text | ObjType::Map | ObjType::List | ObjType::Table) | None => {}
        }
    }
    Ok(())
}

fn text_of(value: &Raw) -> Option<&str> {
    match value {
        Raw::Null => Some(""),
        Raw::Line(text) | Raw::Prose(text) => Some(text),
        Raw::Bool(_) | Raw::Int(_) | Raw::Bytes(_) | Raw::Other(_) => None,
    }
}
