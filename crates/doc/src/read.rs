//! Reading single records, by their path.
//!
//! Two devices can make one container, record or Text at the same time, and then Automerge hides one behind the
//! other. Nothing here trusts the winner alone: a record is the union of *all* objects at its key, field by field. The
//! one rule: the greatest operation id wins, the others are listed.

use std::collections::BTreeMap;

use adjutant_base::{ActorId, RecordId};
use adjutant_model::record::{Conflict, RecordData, Written};
use adjutant_model::value::Raw;
use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef};

use crate::at::At;
use crate::{hash, raw};

/// Key of the map that holds the containers of all kinds.
pub(crate) const RECORDS: &str = "records";

/// One value that stands at a field, with the operation that put it there.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Greater operations win.
    pub(crate) operation: ObjId,
    pub(crate) value: Raw,
}

/// Returns all maps that stand at `key` in any of `parents`, the winner last.
pub(crate) fn maps_at(doc: At<'_, impl ReadDoc>, parents: &[ObjId], key: &str) -> Vec<ObjId> {
    let mut maps: Vec<ObjId> = parents
        .iter()
        .flat_map(|parent| doc.get_all(parent, key))
        .filter(|(value, _)| matches!(value, Value::Object(ObjType::Map)))
        .map(|(_, id)| id)
        .collect();
    maps.sort_unstable();
    maps
}

/// Returns all containers of `kind`, the winner last.
pub(crate) fn containers(doc: At<'_, impl ReadDoc>, kind: &str) -> Vec<ObjId> {
    let roots = maps_at(doc, &[ROOT], RECORDS);
    maps_at(doc, &roots, kind)
}

/// Returns all objects of one record, the winner last; empty if there is no such record.
pub(crate) fn objects(doc: At<'_, impl ReadDoc>, kind: &str, id: RecordId) -> Vec<ObjId> {
    maps_at(doc, &containers(doc, kind), &id.to_string())
}

/// Returns what the document holds for one record.
pub(crate) fn record(doc: At<'_, Automerge>, kind: &str, id: RecordId) -> Option<RecordData> {
    let objects = objects(doc, kind, id);
    if objects.is_empty() {
        return None;
    }
    let mut standing: BTreeMap<String, Vec<Standing>> = BTreeMap::new();
    for object in &objects {
        for item in doc.map_range(object) {
            let values = standing.entry(item.key.to_string()).or_default();
            if item.conflict {
                values.extend(all_at(doc, object, &item.key));
            } else {
                let operation = item.id();
                let value = raw::read(doc, &item.value, &|| operation.clone());
                values.push(Standing { operation, value });
            }
        }
    }
    let mut fields = BTreeMap::new();
    let mut conflicts = Vec::new();
    for (name, values) in standing {
        let (value, conflict) = settle(&name, values);
        conflicts.extend(conflict);
        fields.extend(value.map(|value| (name, value)));
    }
    Some(assemble(kind, id, fields, conflicts))
}

/// Returns the records that stand at the end of every path, found one by one: exact whatever the document looks like.
pub(crate) fn all_by_path(doc: At<'_, Automerge>) -> Vec<RecordData> {
    let roots = maps_at(doc, &[ROOT], RECORDS);
    let kinds = keys(doc, &roots);
    let mut found = Vec::new();
    for kind in kinds {
        let containers = maps_at(doc, &roots, &kind);
        let ids = keys(doc, &containers);
        found.extend(
            ids.iter()
                .filter_map(|id| id.parse().ok())
                .filter_map(|id| record(doc, &kind, id)),
        );
    }
    found
}

/// Returns the record made of fields that nobody contests.
pub(crate) fn plain(kind: &str, id: RecordId, mut fields: BTreeMap<String, Raw>) -> RecordData {
    fields.retain(|_, value| !raw::says_nothing(value));
    assemble(kind, id, fields, Vec::new())
}

fn assemble(
    kind: &str,
    id: RecordId,
    fields: BTreeMap<String, Raw>,
    conflicts: Vec<Conflict>,
) -> RecordData {
    let hash = hash::record(kind, id, &fields, &conflicts);
    RecordData {
        kind: kind.to_owned(),
        id,
        fields,
        conflicts,
        hash,
    }
}

fn keys(doc: At<'_, Automerge>, maps: &[ObjId]) -> std::collections::BTreeSet<String> {
    maps.iter().flat_map(|map| doc.keys(map)).collect()
}

fn all_at(doc: At<'_, Automerge>, object: &ObjId, key: &str) -> Vec<Standing> {
    let all = doc.get_all(object, key);
    all.into_iter()
        .map(|(value, operation)| {
            let value = match value {
                Value::Object(kind) => {
                    raw::read(doc, &ValueRef::Object(kind), &|| operation.clone())
                }
                Value::Scalar(scalar) => {
                    raw::read_scalar(&ScalarValueRef::from(scalar.into_owned()))
                }
            };
            Standing { operation, value }
        })
        .collect()
}

/// Returns the value that stands, unless it says nothing, and the conflict, if other values say something else.
fn settle(name: &str, mut values: Vec<Standing>) -> (Option<Raw>, Option<Conflict>) {
    values.sort_unstable_by(|a, b| a.operation.cmp(&b.operation));
    let Some(winner) = values.pop() else {
        return (None, None);
    };
    let losers: Vec<Written> = values
        .into_iter()
        .rev()
        // An emptied Text is how a losing Text is given up: see `write`.
        .filter(|loser| loser.value != winner.value && !is_empty_text(&loser.value))
        .map(written)
        .collect();
    let value = Some(winner.value.clone()).filter(|value| !raw::says_nothing(value));
    let conflict = (!losers.is_empty()).then(|| Conflict {
        field: name.to_owned(),
        winner: written(winner),
        losers,
    });
    (value, conflict)
}

fn is_empty_text(value: &Raw) -> bool {
    matches!(value, Raw::Prose(text) if text.is_empty())
}

fn written(standing: Standing) -> Written {
    Written {
        value: standing.value,
        actor: author(&standing.operation),
    }
}

fn author(operation: &ObjId) -> Option<ActorId> {
    match operation {
        ObjId::Root => None,
        ObjId::Id(_, actor, _) => ActorId::try_from(actor.to_bytes()).ok(),
    }
}
