//! Findings of people: accesses that outlive their person's stay.
//!
//! Seats of licences that outlive it are with the licence positions.

use chrono::NaiveDate;

use super::{Finding, Rule};
use crate::board::Board;
use crate::command::Command;
use crate::kind::Kind;
use crate::onboarding::AccessGrantField;
use crate::query::kept::Part;

pub(super) fn parts() -> [Part<Finding>; 1] {
    let reads = [Kind::AccessGrant, Kind::Person];
    [Part::new(&reads, |board, span| leavers(board, span.today))]
}

fn leavers(board: &Board, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, grant) in &board.access_grants {
        let person = grant.person.and_then(|person| board.people.get(&person.0));
        let Some(person) = person.filter(|_| grant.revoked_on.is_none()) else {
            continue;
        };
        if person.left_on.is_some_and(|day| day < today) {
            found.push(Finding {
                rule: Rule::Leaver,
                kind: Kind::AccessGrant,
                id: *id,
                words: format!(
                    "{} has left and still has access to {}",
                    person.name, grant.system
                ),
                remedy: "revoke the access, then record it",
                fix: Some(Command::edit(
                    *id,
                    vec![AccessGrantField::RevokedOn(Some(today))],
                )),
            });
        }
    }
    found
}
