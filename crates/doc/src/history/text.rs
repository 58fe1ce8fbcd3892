//! A Text as its operations make it, character by character, without Automerge's document.
//!
//! Each character stands behind the one that it was typed after; of several typed after the same one the newest stands
//! first. That is Automerge's rule, so the words come out the same.

use std::collections::BTreeMap;

use adjutant_base::hex;
use automerge::ScalarValue;
use automerge::legacy::{ElementId, Key as OpKey, Op, OpType};

use super::{Name, name};

/// Steps over newer neighbours that one Text is given in all. Two people who type at one place at the same time take
/// as many as one of them typed; more than this is made to be slow, and then neighbours stand as they came.
const STEPS: usize = 4_000_000;

/// One character, shown or deleted.
#[derive(Debug, Clone)]
struct Element {
    id: Name,
    /// What stands here, by operation; empty once deleted.
    standing: Vec<(Name, String)>,
    next: Option<usize>,
}

/// A Text under way: a chain, because characters come in anywhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    first: Option<usize>,
    elements: Vec<Element>,
    place_of: BTreeMap<Name, usize>,
    steps: usize,
}

impl Text {
    /// Returns the words.
    pub(super) fn shown(&self) -> String {
        let mut words = String::new();
        let mut at = self.first;
        while let Some(element) = at.and_then(|at| self.elements.get(at)) {
            let winner = element.standing.iter().max_by(|a, b| a.0.cmp(&b.0));
            words.extend(winner.map(|(_, piece)| piece.as_str()));
            at = element.next;
        }
        words
    }

    /// Takes an operation in; tells whether it is one that a Text takes.
    pub(super) fn apply(&mut self, op: &Op, id: Name) -> bool {
        let OpKey::Seq(element) = &op.key else {
            return false;
        };
        let piece = match &op.action {
            OpType::Put(value) => Some(piece(value)),
            OpType::Make(_) => Some("\u{fffc}".to_owned()),
            OpType::Delete => None,
            OpType::Increment(_) | OpType::MarkBegin(..) | OpType::MarkEnd(_) => return false,
        };
        if op.insert {
            self.insert(element, id, piece);
            return true;
        }
        let ElementId::Id(element) = element else {
            return false;
        };
        let place = self.place_of.get(&name(element));
        let Some(found) = place.and_then(|at| self.elements.get_mut(*at)) else {
            return false;
        };
        let replaced: Vec<Name> = op.pred.iter().map(name).collect();
        found.standing.retain(|(id, _)| !replaced.contains(id));
        found.standing.extend(piece.map(|piece| (id, piece)));
        true
    }

    fn insert(&mut self, behind: &ElementId, id: Name, piece: Option<String>) {
        let mut before = match behind {
            ElementId::Head => None,
            ElementId::Id(behind) => self.place_of.get(&name(behind)).copied(),
        };
        while self.steps < STEPS
            && let Some(next) = self.next(before)
            && self.elements.get(next).is_some_and(|next| next.id > id)
        {
            self.steps = self.steps.saturating_add(1);
            before = Some(next);
        }
        let at = self.elements.len();
        let next = self.next(before);
        let standing = piece.map(|piece| (id.clone(), piece)).into_iter().collect();
        self.place_of.insert(id.clone(), at);
        self.elements.push(Element { id, standing, next });
        match before.and_then(|before| self.elements.get_mut(before)) {
            Some(before) => before.next = Some(at),
            None => self.first = Some(at),
        }
    }

    fn next(&self, before: Option<usize>) -> Option<usize> {
        match before {
            None => self.first,
            Some(before) => self.elements.get(before)?.next,
        }
    }
}

fn piece(value: &ScalarValue) -> String {
    match value {
        ScalarValue::Str(text) => text.to_string(),
        ScalarValue::Bytes(bytes) => hex::encode(bytes),
        // Automerge shows what is no text in a Text as this sign.
        ScalarValue::Int(_)
        | ScalarValue::Uint(_)
        | ScalarValue::F64(_)
        | ScalarValue::Counter(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Boolean(_)
        | ScalarValue::Unknown { .. }
        | ScalarValue::Null => "\u{fffc}".to_owned(),
    }
}
