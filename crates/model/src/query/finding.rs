//! Findings: what is wrong or missing on the board, each with a way to mend it.
//!
//! Total functions: whatever two devices made of the data together, each broken rule shows here and nothing is dropped.
//! A finding is derived and never stored, so it goes when its cause goes. The rules that a command is checked by are in
//! `crate::rules`; here is what a merge, an import or another program can still bring about.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::command::Command;
use crate::kind::Kind;
use crate::query::kept::{Part, Parts, Span};
use crate::value::choice;

mod money;
mod people;
mod work;

choice! {
    /// Which rule is broken.
    Rule {
        /// A record's parent is deleted or has not arrived.
        Orphan = "orphan", "Without its parent";
        /// A value is of another type than its field's, or out of range.
        BadValue = "bad_value", "Value not understood";
        /// Two records were imported from one row.
        SameKey = "same_key", "Imported twice";
        /// A dependency holds nothing.
        Dependency = "dependency", "Dependency suspended";
        /// Tasks are part of each other.
        ParentCycle = "parent_cycle", "Tasks part of each other";
        /// A task begins before its project.
        BeforeStart = "before_start", "Begins before the project";
        /// A task finishes after its deadline.
        PastDeadline = "past_deadline", "Finishes after its deadline";
        /// A deliverable has not exactly one accountable and at least one responsible person.
        Raci = "raci", "Responsibilities unclear";
        /// An open action has no owner or no day.
        Adrift = "adrift", "Without owner or day";
        /// Weights of an evaluation do not add up to a hundred.
        Weights = "weights", "Weights do not add up";
        /// An option was chosen that fails a mandatory criterion.
        ChosenFails = "chosen_fails", "Chosen option is excluded";
        /// A closed period changed.
        Reopened = "reopened", "Changed after closing";
        /// A flagged line has no explanation that stands.
        Unexplained = "unexplained", "Variance not explained";
        /// A timing variance has not reversed as was said.
        NotReversed = "not_reversed", "Variance did not reverse";
        /// A posting, transfer or accrual counts nowhere.
        Stray = "stray", "Counts nowhere";
        /// An amount in another currency than its budget has no rate, so it counts nowhere.
        NoRate = "no_rate", "Without an exchange rate";
        /// Postings and the amount typed for a period differ.
        Contradiction = "contradiction", "Postings and typed amount differ";
        /// An invoice does not match its order.
        Mismatch = "mismatch", "Invoice does not match";
        /// An invoice may be here twice.
        Duplicate = "duplicate", "Invoice may be here twice";
        /// One person approved an invoice twice, or the one who coded it did.
        Approval = "approval", "Approved twice or by its coder";
        /// A contract's terms lead nowhere.
        Contract = "contract", "Contract cannot be followed";
        /// A licence position asks for attention.
        Licence = "licence", "Licence position";
        /// A change has a warning.
        Change = "change", "Change needs thought";
        /// Somebody who has left still has an access.
        Leaver = "leaver", "Access of somebody who has left";
    }
}

/// Something wrong or missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The broken rule.
    pub rule: Rule,
    /// Kind of the record at fault.
    pub kind: Kind,
    /// The record at fault.
    pub id: RecordId,
    /// What is wrong, in one sentence.
    pub words: String,
    /// What to do about it, in a few words.
    pub remedy: &'static str,
    /// The command that mends it, where one can be given without asking.
    pub fix: Option<Command>,
}

/// A finding as programs read it: without its command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRow {
    /// Name of the broken rule.
    pub rule: Rule,
    /// Kind of the record at fault.
    pub kind: Kind,
    /// The record at fault.
    pub id: RecordId,
    /// What is wrong.
    pub words: String,
    /// What to do about it.
    pub remedy: String,
    /// Whether a command can mend it without asking.
    pub can_be_fixed: bool,
}

impl Finding {
    /// Returns the finding as programs read it.
    pub fn row(&self) -> FindingRow {
        FindingRow {
            rule: self.rule,
            kind: self.kind,
            id: self.id,
            words: self.words.clone(),
            remedy: self.remedy.to_owned(),
            can_be_fixed: self.fix.is_some(),
        }
    }
}

/// Everything that is wrong or missing, kept from one board to the next.
#[derive(Debug)]
pub struct Findings {
    parts: Parts<Finding>,
}

impl Default for Findings {
    fn default() -> Self {
        let mut parts = vec![Part::new(Kind::ALL, |board, _| bad_values(board))];
        for kind in Kind::ALL.iter().copied() {
            if let Some((field, parent)) = kind.parent_field() {
                parts.push(Part::new(&[kind, parent], move |board, _| {
                    orphans(board, kind, (field, parent))
                }));
            }
            if kind.fields().iter().any(|info| info.name == EXTERNAL_KEY) {
                parts.push(Part::new(&[kind], move |board, _| same_keys(board, kind)));
            }
        }
        parts.extend(work::parts());
        parts.extend(money::parts());
        parts.extend(people::parts());
        Self {
            parts: Parts::new(parts),
        }
    }
}

impl Findings {
    /// Returns everything that is wrong or missing as of `today`, by rule and then by record.
    ///
    /// Cost: one walk over every table, and the figures of the running budgets and all projects, at the first time and
    /// on another day; later, the part of that which reads what has changed.
    pub fn renew(&mut self, board: &Board, today: NaiveDate) -> Vec<Arc<Finding>> {
        let through = today;
        self.parts.renew(board, Span { today, through });
        let mut found: Vec<Arc<Finding>> = self.parts.found().cloned().collect();
        found.sort_by_key(|one| (one.rule, one.id));
        found
    }
}

/// Returns everything that is wrong or missing as of `today`, by rule and then by record.
///
/// Who asks again after every edit keeps [`Findings`].
pub fn all(board: &Board, today: NaiveDate) -> Vec<Arc<Finding>> {
    Findings::default().renew(board, today)
}

fn title(board: &Board, kind: Kind, id: RecordId) -> String {
    let values = board.values(kind, id).unwrap_or_default();
    let found = values.iter().find(|(name, _)| *name == kind.title_field());
    let title = found.map(|(_, raw)| raw.shown()).unwrap_or_default();
    if title.is_empty() {
        kind.label().to_owned()
    } else {
        title
    }
}

fn orphans(board: &Board, kind: Kind, (field, parent_kind): (&str, Kind)) -> Vec<Finding> {
    let mut found = Vec::new();
    // Children of one parent mostly stand side by side, so few parents are looked up.
    let mut known = None;
    for record in board.records(kind) {
        let parent = record.reference(field);
        if parent.is_some() && parent == known {
            continue;
        }
        if parent.is_some_and(|parent| board.meta(parent_kind, parent).is_some()) {
            known = parent;
            continue;
        }
        found.push(orphan(board, kind, record.meta().id, parent));
    }
    found
}

fn orphan(board: &Board, kind: Kind, id: RecordId, parent: Option<RecordId>) -> Finding {
    let parent_kind = kind.parent_field().map_or(kind, |(_, parent)| parent);
    let is_deleted = |parent: &RecordId| {
        let deleted = board.deleted.get(parent);
        deleted.is_some_and(|deleted| deleted.kind == parent_kind)
    };
    let deleted = parent.filter(is_deleted);
    let (remedy, fix) = match deleted {
        Some(parent) => (
            "restore what it belongs to, or delete it",
            Some(Command::Restore {
                kind: parent_kind,
                id: parent,
            }),
        ),
        None => ("wait until it arrives, or delete this", None),
    };
    let fate = if deleted.is_some() {
        "deleted"
    } else {
        "not here"
    };
    Finding {
        rule: Rule::Orphan,
        kind,
        id,
        words: format!(
            "The {} \"{}\" belongs to a {} that is {fate}",
            kind.label(),
            title(board, kind, id),
            parent_kind.label(),
        ),
        remedy,
        fix,
    }
}

fn bad_values(board: &Board) -> Vec<Finding> {
    let finding = |(id, kind): (&RecordId, &Kind)| {
        let problems = board.meta(*kind, *id).map(|meta| meta.problems.join(", "));
        Finding {
            rule: Rule::BadValue,
            kind: *kind,
            id: *id,
            words: format!(
                "The {} \"{}\" has values that are not understood: {}",
                kind.label(),
                title(board, *kind, *id),
                problems.unwrap_or_default()
            ),
            remedy: "set the fields anew, or use a newer version of the program",
            fix: None,
        }
    };
    board.troubled.into_iter().map(finding).collect()
}

/// Finds records of one kind and parent that were imported from the same row on two devices.
fn same_keys(board: &Board, kind: Kind) -> Vec<Finding> {
    let mut found = Vec::new();
    let parent_field = kind.parent_field().map(|(field, _)| field);
    let mut first: BTreeMap<(Option<RecordId>, &str), RecordId> = BTreeMap::new();
    for record in board.records(kind) {
        let Some(key) = record.line(EXTERNAL_KEY).filter(|key| !key.is_empty()) else {
            continue;
        };
        let parent = parent_field.and_then(|field| record.reference(field));
        let id = record.meta().id;
        let older = *first.entry((parent, key)).or_insert(id);
        if older != id {
            found.push(Finding {
                rule: Rule::SameKey,
                kind,
                id,
                words: format!(
                    "The {} \"{}\" was imported twice, from row \"{key}\"; the older is {older}",
                    kind.label(),
                    title(board, kind, id),
                ),
                remedy: "delete one of the two",
                fix: Some(Command::Delete { kind, id }),
            });
        }
    }
    found
}

/// The field that names the row from which a record was imported.
const EXTERNAL_KEY: &str = "external_key";

#[cfg(test)]
mod tests;
