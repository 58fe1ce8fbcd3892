//! The register of decisions: those in force, newest first, and those that a later one took the place of.
//!
//! A decision is cited by its number; where it came from and why stand beside it.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::draft::{Draft, left, right};
use super::{Cell, Report, capitalised, counted};
use crate::board::Board;
use crate::meeting::Decision;
use crate::query::meeting::{decisions_in_force, head};

pub(super) fn report(board: &Board, today: NaiveDate) -> Report {
    let standing = decisions_in_force(board);
    let in_force: BTreeSet<RecordId> = standing.iter().map(|one| one.meta.id).collect();
    let all = || (&board.decisions).into_iter().map(|(_, decision)| decision);
    let successor: BTreeMap<RecordId, &str> = all()
        .filter_map(|one| Some((one.supersedes?, cited(one))))
        .collect();
    let replaced: Vec<_> = all()
        .filter(|one| !in_force.contains(&one.meta.id))
        .collect();
    let mut draft = Draft::new("Decision register", today);
    let count = capitalised(&counted(standing.len(), "decision"));
    draft.say(format!(
        "{count} in force, {} replaced by a later one.",
        replaced.len()
    ));
    draft.heading("In force");
    let rows = standing.iter().map(|one| {
        let [number, title, meeting, by, from] = common(board, one);
        [number, title, meeting, by, from, why(one)]
    });
    let columns = [
        left("Number"),
        left("Decision"),
        left("Meeting"),
        left("Decided by"),
        right("In force from"),
        left("Why"),
    ];
    draft.table(columns, rows.collect(), "No decision is in force.");
    if !replaced.is_empty() {
        draft.heading("Replaced");
        let rows = replaced.into_iter().rev().map(|one| {
            let [number, title, meeting, by, from] = common(board, one);
            let later = successor.get(&one.meta.id).copied().unwrap_or_default();
            [number, title, meeting, by, from, Cell::text(later)]
        });
        let columns = [
            left("Number"),
            left("Decision"),
            left("Meeting"),
            left("Decided by"),
            right("In force from"),
            left("Replaced by"),
        ];
        draft.table(columns, rows.collect(), "");
    }
    draft.done()
}

/// Returns what a decision is cited by.
fn cited(decision: &Decision) -> &str {
    if decision.number.is_empty() {
        &decision.title
    } else {
        &decision.number
    }
}

fn common(board: &Board, decision: &Decision) -> [Cell; 5] {
    let meeting = decision.meeting.and_then(|id| board.meetings.get(&id));
    let day = meeting.and_then(|meeting| meeting.day);
    let name = meeting.map(|meeting| head(board, meeting).name);
    [
        Cell::text(&decision.number),
        Cell::text(&decision.title),
        Cell::text(name.as_deref().unwrap_or_default()),
        Cell::text(board.person_name(decision.decided_by)),
        Cell::date(decision.effective.or(day)),
    ]
}

fn why(decision: &Decision) -> Cell {
    let lines: Vec<&str> = decision.rationale.0.split_whitespace().collect();
    Cell::text(&lines.join(" "))
}
