//! Which records a change can have touched, told from its operations.
//!
//! Each operation names the object that it works on; the object's path says which record that is. The one rule: when
//! in doubt (a container was replaced) the answer is "all", never too few.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::RecordId;
use automerge::legacy::{Key as OpKey, ObjectId, Op, OpType};
use automerge::{Automerge, Change, ObjId, Prop, ReadDoc as _};

use crate::log::Touches;
use crate::read;

/// Records that must be read anew.
#[derive(Debug)]
pub(crate) enum Touched {
    Some(BTreeSet<(String, RecordId)>),
    All,
}

/// Returns the records that `changes`, which are already applied to `doc`, can have touched.
pub(crate) fn by_changes<'a>(
    doc: &Automerge,
    changes: impl Iterator<Item = &'a Change>,
) -> Touched {
    let Places(mut places) = Places::default();
    let mut touched = BTreeSet::new();
    for change in changes {
        for op in change.decode().operations {
            match effect(place_of(doc, &object_of(&op), &mut places), &op) {
                Effect::Nothing => {}
                Effect::Record(kind, id) => {
                    touched.insert((kind, id));
                }
                Effect::All => return Touched::All,
            }
        }
    }
    Touched::Some(touched)
}

/// Returns what one change, which is applied to `doc`, can have touched; `places` keeps what was found for the next.
pub(crate) fn by_change(doc: &Automerge, change: &Change, places: &mut Places) -> Touches {
    let mut touches = Touches::default();
    for op in change.decode().operations {
        let place = place_of(doc, &object_of(&op), &mut places.0);
        touches.frame |= matches!(place, Place::Root | Place::Records);
        match effect(place, &op) {
            Effect::Nothing => {}
            Effect::Record(_, id) => {
                touches.records.insert(id);
            }
            Effect::All => touches.frame = true,
        }
    }
    touches
}

/// Where objects lie.
pub(crate) struct Places(BTreeMap<ObjId, Place>);

impl Default for Places {
    fn default() -> Self {
        Self(BTreeMap::from([(ObjId::Root, Place::Root)]))
    }
}

fn object_of(op: &Op) -> ObjId {
    match &op.obj {
        ObjectId::Root => ObjId::Root,
        // The index is a hint; Automerge looks the actor up if it does not fit.
        ObjectId::Id(id) => ObjId::Id(id.counter(), id.actor().clone(), 0),
    }
}

/// What an object is to us.
#[derive(Clone)]
enum Place {
    Root,
    Records,
    Container(String),
    /// The record itself or anything inside it.
    Record(String, RecordId),
    Elsewhere,
}

enum Effect {
    Nothing,
    Record(String, RecordId),
    All,
}

fn effect(place: &Place, op: &Op) -> Effect {
    // A container made where none stood is empty and hides nothing.
    let is_new_container = matches!(op.action, OpType::Make(_)) && op.pred.is_empty();
    match (place, &op.key) {
        (Place::Root, OpKey::Map(key)) if key == read::RECORDS && !is_new_container => Effect::All,
        (Place::Records, _) if !is_new_container => Effect::All,
        (Place::Container(kind), OpKey::Map(key)) => key
            .parse()
            .map_or(Effect::Nothing, |id| Effect::Record(kind.clone(), id)),
        (Place::Record(kind, id), _) => Effect::Record(kind.clone(), *id),
        (Place::Root | Place::Records | Place::Container(_) | Place::Elsewhere, _) => {
            Effect::Nothing
        }
    }
}

/// Returns the place of `object` and remembers it with all that lie above it, so that a deep chain is climbed once.
fn place_of<'p>(
    doc: &Automerge,
    object: &ObjId,
    places: &'p mut BTreeMap<ObjId, Place>,
) -> &'p Place {
    let mut climbed = Vec::new();
    let mut at = object.clone();
    if !places.contains_key(&at)
        && let Ok(parents) = doc.parents(&at)
    {
        for parent in parents {
            climbed.push((std::mem::replace(&mut at, parent.obj), parent.prop));
            if places.contains_key(&at) {
                break;
            }
        }
    }
    let mut place = places.get(&at).cloned().unwrap_or(Place::Elsewhere);
    for (child, prop) in climbed.into_iter().rev() {
        place = below(&place, &prop);
        places.insert(child, place.clone());
    }
    places.entry(object.clone()).or_insert(place)
}

fn below(place: &Place, prop: &Prop) -> Place {
    match (place, prop) {
        (Place::Root, Prop::Map(key)) if key == read::RECORDS => Place::Records,
        (Place::Records, Prop::Map(kind)) => Place::Container(kind.clone()),
        (Place::Container(kind), Prop::Map(key)) => key
            .parse()
            .map_or(Place::Elsewhere, |id| Place::Record(kind.clone(), id)),
        (Place::Record(kind, id), _) => Place::Record(kind.clone(), *id),
        (Place::Root | Place::Records | Place::Container(_) | Place::Elsewhere, _) => {
            Place::Elsewhere
        }
    }
}
