//! What a reader has not seen yet, and whether what a reviewer signed still stands.
//!
//! Both compare an exact version of the past with today's and store nothing. The one rule: an approval is of what was
//! seen; whatever has changed of it since is said, field by field.

use std::collections::BTreeMap;

use adjutant_base::{ChangeHash, DocumentId, RecordId};
use adjutant_doc::past::Past;
use adjutant_model::diff::words::{self, Told};
use adjutant_model::review::{self, Heads, SignOff, Verdict};
use adjutant_model::workdays::Calendars;
use adjutant_model::{Board, Command, FieldValue as _, Home, Kind, PersonId};
use chrono::NaiveDate;

/// What somebody has not seen yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The differences in words, what matters most first.
    pub told: Vec<Told>,
    /// Whether the person has never marked anything as seen.
    pub is_first: bool,
    /// What is to be marked once it has been seen: each document with its newest changes.
    pub seen: BTreeMap<DocumentId, Vec<ChangeHash>>,
}

/// Returns what has changed since a person last marked everything as seen, on any device.
///
/// Cost: two versions of every document that has changed.
pub fn since_seen(past: &Past, board: &Board, person: PersonId) -> News {
    let seen = review::seen(board, person);
    let newest = past.newest();
    let before = past.as_seen(&seen);
    let calendars = Calendars::of(&newest.board);
    let mut told = words::tell(&before.board, &newest.board, calendars.of_workspace());
    // What the program keeps for itself is no news.
    told.retain(|told| !told.kind.is_internal());
    let of_reviews = board
        .compartment
        .map(|compartment| Home::Reviews.document(compartment));
    let documents = newest.documents.into_iter();
    let unmarked = documents
        // Every mark changes the document of marks; it could never be marked as seen whole.
        .filter(|version| Some(version.document) != of_reviews)
        .filter(|version| seen.get(&version.document) != Some(&version.heads))
        .map(|version| (version.document, version.heads));
    News {
        told,
        is_first: seen.is_empty(),
        seen: unmarked.collect(),
    }
}

/// Returns the commands that mark documents as seen up to these heads.
pub fn marks(
    seen: &BTreeMap<DocumentId, Vec<ChangeHash>>,
    person: PersonId,
    today: NaiveDate,
) -> Vec<Command> {
    let mark = |(document, heads): (&DocumentId, &Vec<ChangeHash>)| {
        let (id, fields) = review::seen_mark(person, *document, Heads(heads.clone()), today);
        Command::create(id, fields)
    };
    seen.iter().map(mark).collect()
}

/// Whether a sign-off still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was given back.
    Returned,
    /// What was approved is as it was.
    Approved,
    /// What was approved has changed since: this is different.
    ChangedSince(Vec<Told>),
    /// The version that was approved has not arrived here, so nothing can be said.
    NotHere,
}

/// Returns whether a sign-off still holds: of the record that it is about and all that belongs to that.
///
/// Cost: two versions of one document.
pub fn standing(past: &Past, made: &SignOff) -> Standing {
    if made.verdict == Verdict::Returned {
        return Standing::Returned;
    }
    let (Some(about), Ok(document)) = (made.about, made.document.parse()) else {
        return Standing::NotHere;
    };
    if made.heads.0.is_empty() || !past.knows(document, &made.heads.0) {
        return Standing::NotHere;
    }
    let then = past.with(document, &made.heads.0).board;
    let now = past.board();
    let calendars = Calendars::of(now);
    let mut told = words::tell(&then, now, calendars.of_workspace());
    told.retain(|told| {
        let is_part = |board: &Board| belongs(board, told.kind, told.id, about);
        told.id == about || is_part(now) || is_part(&then)
    });
    if told.is_empty() {
        Standing::Approved
    } else {
        Standing::ChangedSince(told)
    }
}

/// Tells whether a record lives, at any distance, beside another.
fn belongs(board: &Board, kind: Kind, id: RecordId, owner: RecordId) -> bool {
    let (mut kind, mut id) = (kind, id);
    while let Some((field, parent_kind)) = kind.parent_field() {
        let values = board.values(kind, id).unwrap_or_default();
        let raw = values.iter().find(|(name, _)| *name == field);
        let Some(parent) = raw.and_then(|(_, raw)| RecordId::from_raw(raw)) else {
            return false;
        };
        if parent == owner {
            return true;
        }
        (kind, id) = (parent_kind, parent);
    }
    false
}
