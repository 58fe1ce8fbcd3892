//! The story of records: who set which field from what to what, when and by which command.
//!
//! Told from the changes alone, without Automerge's document: each operation names the operations that it replaces, and
//! so what its author saw. The one rule: order follows dependencies and never clocks; a change whose time lies before
//! that of a change it stands on is marked, not moved.

mod text;

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::{ActorId, ChangeHash, RecordId, Timestamp};
use adjutant_model::value::Raw;
use automerge::legacy::{Key as OpKey, ObjectId, Op, OpId, OpType};
use automerge::{Change, ObjType, ScalarValueRef};

use crate::incoming::Ready;
use crate::log::Entry;
pub use crate::log::Moment;
use crate::read::RECORDS;
use text::Text;

/// One field set by one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The change.
    pub change: ChangeHash,
    /// Who made it; `None` for a program that is not Adjutant.
    pub actor: Option<ActorId>,
    /// When its author says it was made, to the second.
    pub time: Timestamp,
    /// When it counts as made: then, or when the latest change that it stands on was made, if that is later.
    pub made_at: Timestamp,
    /// The command's name, as the author's program gave it.
    pub command: String,
    /// The command's id: edits of one command share it, in all documents.
    pub command_id: Option<RecordId>,
    /// The record's kind as the document names it.
    pub kind: String,
    /// The record.
    pub record: RecordId,
    /// The field.
    pub field: String,
    /// What stood before, as its author saw it; [`Raw::Null`] for nothing.
    pub before: Raw,
    /// What was written; [`Raw::Null`] if the field was cleared.
    pub after: Raw,
    /// Values written at the same time that stand beside it.
    pub beside: Vec<Raw>,
}

impl Edit {
    /// Tells whether its author's clock contradicts the order: it stands on a change that says that it was made later.
    pub fn is_clock_odd(&self) -> bool {
        self.time < self.made_at
    }
}

/// Returns every edit that `wants` says to tell, by changes each of which comes after those that it stands on.
///
/// Cost: linear in the number of operations, about 1 us each.
pub(crate) fn story<'a>(
    changes: impl IntoIterator<Item = &'a Entry>,
    wants: impl Fn(&str, RecordId) -> bool,
) -> Vec<Edit> {
    Teller::tell(changes, wants).edits
}

/// Returns what stands at every field in the end.
#[cfg(test)]
pub(crate) fn ending<'a>(changes: impl IntoIterator<Item = &'a Entry>) -> BTreeMap<Field, Raw> {
    let teller = Teller::tell(changes, |_, _| true);
    let mut ending = BTreeMap::new();
    for (field, standing) in &teller.standing {
        let Some((id, value)) = standing.last_key_value() else {
            continue;
        };
        let value = match teller.places.get(id) {
            Some(Place::Text(_, text)) => Raw::Prose(text.shown()),
            _ => value.clone(),
        };
        ending.insert(field.clone(), value);
    }
    ending
}

/// What an object is to us.
#[derive(Debug, Clone)]
enum Place {
    Records,
    Container(String),
    Record(String, RecordId),
    /// The Text at a field of a record.
    Text(Field, Box<Text>),
}

/// A field of a record.
type Field = (String, RecordId, String);

struct Teller<W> {
    wants: W,
    places: BTreeMap<Name, Place>,
    /// What stands at each field, by the operation that put it there; the greatest wins.
    standing: BTreeMap<Field, BTreeMap<Name, Raw>>,
    /// What no longer stands: two devices that replace one value both saw it.
    replaced: BTreeMap<Name, Raw>,
    edits: Vec<Edit>,
}

/// The name of an operation, in Automerge's order.
type Name = (u64, Vec<u8>);

fn name(id: &OpId) -> Name {
    (id.counter(), id.actor().to_bytes().to_vec())
}

impl<W: Fn(&str, RecordId) -> bool> Teller<W> {
    fn tell<'a>(changes: impl IntoIterator<Item = &'a Entry>, wants: W) -> Self {
        let mut teller = Self {
            wants,
            places: BTreeMap::new(),
            standing: BTreeMap::new(),
            replaced: BTreeMap::new(),
            edits: Vec::new(),
        };
        for entry in changes {
            if let Some(ready) = Ready::parse_again(&entry.bytes) {
                teller.change(&ready, entry.made_s);
            }
        }
        teller
    }

    fn change(&mut self, ready: &Ready, made_s: i64) {
        let change = &ready.change;
        let (command, command_id) = command_of(change);
        let actor = change.actor_id().to_bytes().to_vec();
        let mut counter = change.start_op().get();
        let mut texts: BTreeMap<Name, (Field, String)> = BTreeMap::new();
        let mut told: Vec<(Field, Raw, Raw)> = Vec::new();
        for op in change.decode().operations {
            let id = (counter, actor.clone());
            counter = counter.saturating_add(1);
            self.operation(&op, id, &mut texts, &mut told);
        }
        for (object, (field, before)) in texts {
            if let Some(Place::Text(_, text)) = self.places.get(&object) {
                told.push((field, Raw::Prose(before), Raw::Prose(text.shown())));
            }
        }
        for (field, before, after) in joined(told) {
            let beside = self.beside(&field, &after);
            let (kind, record, field) = field;
            self.edits.push(Edit {
                change: ready.hash,
                actor: ActorId::try_from(actor.as_slice()).ok(),
                time: Timestamp(change.timestamp().saturating_mul(1_000)),
                made_at: Timestamp(made_s.saturating_mul(1_000)),
                command: command.to_owned(),
                command_id,
                kind,
                record,
                field,
                before,
                after,
                beside,
            });
        }
    }

    fn operation(
        &mut self,
        op: &Op,
        id: Name,
        texts: &mut BTreeMap<Name, (Field, String)>,
        told: &mut Vec<(Field, Raw, Raw)>,
    ) {
        let object = match &op.obj {
            ObjectId::Root => None,
            ObjectId::Id(id) => Some(name(id)),
        };
        let made = match op.action {
            OpType::Make(kind) => Some(kind),
            OpType::Delete
            | OpType::Increment(_)
            | OpType::Put(_)
            | OpType::MarkBegin(..)
            | OpType::MarkEnd(_) => None,
        };
        let place = match &object {
            None => None,
            Some(object) => match self.places.get_mut(object) {
                Some(Place::Text(field, text)) => {
                    let before = texts
                        .entry(object.clone())
                        .or_insert_with(|| (field.clone(), text.shown()));
                    if !text.apply(op, id) {
                        // An operation that no Text takes: what stands is what stood.
                        before.1 = text.shown();
                    }
                    return;
                }
                Some(place) => Some(&*place),
                None => return,
            },
        };
        let OpKey::Map(key) = &op.key else { return };
        match place {
            None if key == RECORDS && made == Some(ObjType::Map) => {
                self.places.insert(id, Place::Records);
            }
            Some(Place::Records) if made == Some(ObjType::Map) => {
                self.places.insert(id, Place::Container(key.to_string()));
            }
            Some(Place::Container(kind)) if made == Some(ObjType::Map) => {
                if let Ok(record) = key.parse()
                    && (self.wants)(kind, record)
                {
                    let place = Place::Record(kind.clone(), record);
                    self.places.insert(id, place);
                }
            }
            Some(Place::Record(kind, record)) => {
                let field = (kind.clone(), *record, key.to_string());
                if made == Some(ObjType::Text) {
                    let place = Place::Text(field.clone(), Box::default());
                    self.places.insert(id.clone(), place);
                }
                told.extend(self.put(field, op, id));
            }
            None | Some(Place::Records | Place::Container(_) | Place::Text(..)) => {}
        }
    }

    /// Enters what an operation puts at a field, and returns the field with what stood before and what was written.
    fn put(&mut self, field: Field, op: &Op, id: Name) -> Option<(Field, Raw, Raw)> {
        let after = match &op.action {
            OpType::Put(value) => crate::raw::read_scalar(&ScalarValueRef::from(value.clone())),
            OpType::Make(ObjType::Text) => Raw::Prose(String::new()),
            OpType::Make(ObjType::Map | ObjType::List | ObjType::Table) => {
                Raw::Other("a foreign object".to_owned())
            }
            OpType::Delete => Raw::Null,
            OpType::Increment(by) => Raw::Other(format!("counter changed by {by}")),
            OpType::MarkBegin(..) | OpType::MarkEnd(_) => return None,
        };
        let replaced: BTreeSet<Name> = op.pred.iter().map(name).collect();
        let standing = self.standing.entry(field.clone()).or_default();
        let before = replaced
            .iter()
            .rev()
            .find_map(|id| standing.get(id).or_else(|| self.replaced.get(id)).cloned())
            .unwrap_or(Raw::Null);
        for id in replaced {
            let value = standing.remove(&id);
            self.replaced.extend(value.map(|value| (id, value)));
        }
        if op.action != OpType::Delete {
            standing.insert(id, after.clone());
        }
        Some((field, before, after))
    }

    /// Returns what else stands at a field.
    fn beside(&self, field: &Field, after: &Raw) -> Vec<Raw> {
        let standing = self.standing.get(field).into_iter().flatten();
        standing
            .map(|(_, value)| value)
            .filter(|value| *value != after && **value != Raw::Null && !is_text(value))
            .cloned()
            .collect()
    }
}

/// A Text's words are not kept where it stands, so that they are not compared.
fn is_text(value: &Raw) -> bool {
    matches!(value, Raw::Prose(_))
}

/// Joins what one change does to one field: from the first before to the last after. What comes out as it went in is no
/// edit.
fn joined(told: Vec<(Field, Raw, Raw)>) -> Vec<(Field, Raw, Raw)> {
    let mut joined: Vec<(Field, Raw, Raw)> = Vec::new();
    for (field, before, after) in told {
        match joined.iter_mut().find(|(known, ..)| *known == field) {
            Some((_, _, last)) => *last = after,
            None => joined.push((field, before, after)),
        }
    }
    joined.retain(|(_, before, after)| {
        before != after && !(crate::raw::says_nothing(before) && crate::raw::says_nothing(after))
    });
    joined
}

/// Returns the name and the id of a change's command, as its message says.
pub(crate) fn command_of(change: &Change) -> (&str, Option<RecordId>) {
    let message = change.message().unwrap_or_default();
    match message.rsplit_once(' ') {
        Some((command, id)) => match id.parse() {
            Ok(id) => (command, Some(id)),
            Err(_no_id) => (message, None),
        },
        None => (message, None),
    }
}

#[cfg(test)]
mod tests;
