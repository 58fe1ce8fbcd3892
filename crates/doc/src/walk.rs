//! Reading all records of a document in one pass, for when it is opened.
//!
//! Automerge yields the visible values object by object in the order in which the objects were made, so a parent comes
//! before its children. What is not plain (conflicts, foreign nested values, blocks in a Text) is only marked here and
//! then read by [`crate::read`]. The one rule: the result equals `read::all_by_path`, at a fifth of the cost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_model::record::RecordData;
use adjutant_model::value::Raw;
use automerge::iter::{DocItem, MapRangeItem, Span};
use automerge::{Automerge, ObjId, ObjType, ROOT, ValueRef};

use crate::at::At;
use crate::{raw, read};

/// Returns all records of the document, in no particular order.
pub(crate) fn all(doc: At<'_, Automerge>) -> Vec<RecordData> {
    let mut walk = Walk {
        doc,
        places: BTreeMap::from([(ROOT, Place::Root)]),
        found: Vec::new(),
        again: BTreeSet::new(),
        is_plain: true,
    };
    let mut object = None;
    let mut place = Place::Elsewhere;
    for entry in doc.iter() {
        if !object
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, &entry.obj))
        {
            place = walk.places.remove(&*entry.obj).unwrap_or(Place::Elsewhere);
            object = Some(entry.obj);
        }
        walk.visit(&place, entry.item);
        if !walk.is_plain {
            return read::all_by_path(doc);
        }
    }
    walk.finish()
}

/// What an object is to us.
enum Place {
    Root,
    Records,
    Container(Arc<str>),
    /// An index into `Walk::found`.
    Record(usize),
    /// A Text at a field of that record.
    Text(usize, String),
    Elsewhere,
}

struct Found {
    kind: Arc<str>,
    id: RecordId,
    fields: BTreeMap<String, Raw>,
}

struct Walk<'a> {
    doc: At<'a, Automerge>,
    places: BTreeMap<ObjId, Place>,
    found: Vec<Found>,
    /// Records that must be read by path.
    again: BTreeSet<(Arc<str>, RecordId)>,
    /// False once a container itself is contested.
    is_plain: bool,
}

impl Walk<'_> {
    fn visit(&mut self, place: &Place, item: DocItem<'_>) {
        match (place, item) {
            (Place::Root, DocItem::Map(item)) if item.key == read::RECORDS => {
                self.container(&item, Place::Records);
            }
            (Place::Records, DocItem::Map(item)) => {
                self.container(&item, Place::Container(Arc::from(&*item.key)));
            }
            (Place::Container(kind), DocItem::Map(item)) => self.record(kind, &item),
            (Place::Record(index), DocItem::Map(item)) => self.field(*index, &item),
            (Place::Text(index, name), DocItem::Text(Span::Text { text, .. })) => {
                self.text(*index, name, &text);
            }
            (Place::Text(index, _), DocItem::Text(Span::Block(_))) => self.read_again(*index),
            (
                Place::Root
                | Place::Records
                | Place::Container(_)
                | Place::Record(_)
                | Place::Text(..)
                | Place::Elsewhere,
                DocItem::Map(_) | DocItem::List(_) | DocItem::Text(_),
            ) => {}
        }
    }

    fn container(&mut self, item: &MapRangeItem<'_>, place: Place) {
        if item.conflict {
            self.is_plain = false;
        } else if item.value == ValueRef::Object(ObjType::Map) {
            self.places.insert(item.id(), place);
        }
    }

    fn record(&mut self, kind: &Arc<str>, item: &MapRangeItem<'_>) {
        // A key that is no record id was not made by Adjutant: it stays in the document and is not a record.
        let Ok(id) = item.key.parse() else { return };
        if item.conflict {
            self.again.insert((Arc::clone(kind), id));
        } else if item.value == ValueRef::Object(ObjType::Map) {
            self.places
                .insert(item.id(), Place::Record(self.found.len()));
            self.found.push(Found {
                kind: Arc::clone(kind),
                id,
                fields: BTreeMap::new(),
            });
        }
    }

    fn field(&mut self, index: usize, item: &MapRangeItem<'_>) {
        if item.conflict {
            self.read_again(index);
            return;
        }
        let name = item.key.to_string();
        match &item.value {
            ValueRef::Object(ObjType::Text) => {
                self.places.insert(item.id(), Place::Text(index, name));
            }
            ValueRef::Object(ObjType::Map | ObjType::List | ObjType::Table) => {
                self.read_again(index);
            }
            ValueRef::Scalar(scalar) => {
                if let Some(found) = self.found.get_mut(index) {
                    found.fields.insert(name, raw::read_scalar(scalar));
                }
            }
        }
    }

    fn text(&mut self, index: usize, name: &str, piece: &str) {
        let Some(found) = self.found.get_mut(index) else {
            return;
        };
        match found.fields.get_mut(name) {
            Some(Raw::Prose(text)) => text.push_str(piece),
            Some(
                Raw::Null
                | Raw::Bool(_)
                | Raw::Int(_)
                | Raw::Line(_)
                | Raw::Bytes(_)
                | Raw::Other(_),
            )
            | None => {
                found
                    .fields
                    .insert(name.to_owned(), Raw::Prose(piece.to_owned()));
            }
        }
    }

    fn read_again(&mut self, index: usize) {
        if let Some(found) = self.found.get(index) {
            self.again.insert((Arc::clone(&found.kind), found.id));
        }
    }

    fn finish(self) -> Vec<RecordData> {
        let Self {
            doc, found, again, ..
        } = self;
        let mut records: Vec<RecordData> = Vec::with_capacity(found.len());
        for Found { kind, id, fields } in found {
            if again.is_empty() || !again.contains(&(Arc::clone(&kind), id)) {
                records.push(read::plain(&kind, id, fields));
            }
        }
        records.extend(
            again
                .iter()
                .filter_map(|(kind, id)| read::record(doc, kind, *id)),
        );
        records
    }
}
