//! Closing a period: what stands in its way, the command that does it, and what changed afterwards.
//!
//! A closed period takes no new amounts on this device; what another device wrote meanwhile still arrives, and is found
//! by comparing the total that was recorded when the period was closed.

use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::explanation::{FlaggedLine, flagged_in};
use super::{Books, FlagRule};
use crate::board::Board;
use crate::budget::BudgetLine;
use crate::calendar::Period;
use crate::command::Command;
use crate::kind::Kind;
use crate::ledger::{PeriodClose, PeriodCloseField, period};
use crate::money::Amount;
use crate::people::PersonId;
use crate::quantity::PeriodNumber;
use crate::value::FieldValue as _;

/// Something that stands in the way of closing a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A flagged line lacks an explanation that stands.
    Unexplained(Box<FlaggedLine>),
    /// Postings and the amount typed for the period differ, both in minor units.
    Contradiction {
        /// The line.
        line: Arc<BudgetLine>,
        /// The period.
        period: Period,
        /// Sum of the postings.
        posted: i64,
        /// What was typed.
        typed: i64,
    },
    /// An earlier period is open.
    EarlierOpen(Period),
}

/// Returns what stands in the way of closing a period; nothing if it can be closed.
pub fn obstacles(board: &Board, budget: RecordId, at: Period, rule: &FlagRule) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let closed = closed_periods(board, budget);
    // Closing starts wherever somebody begins; from there on no period is passed over.
    let first = (&board.period_closes)
        .into_iter()
        .filter(|(_, close)| close.budget == Some(budget))
        .filter_map(|(_, close)| period(close.period))
        .min();
    let earlier = Period::all().filter(|earlier| {
        first.is_some_and(|first| first <= *earlier) && *earlier < at && !closed.contains(earlier)
    });
    found.extend(earlier.map(Obstacle::EarlierOpen));
    let books = Books::of(board);
    for line in books.lines(budget) {
        for period in Period::all().filter(|period| *period <= at) {
            if let Some((posted, typed)) = books.ledger.contradiction(line, period) {
                found.push(Obstacle::Contradiction {
                    line: Arc::clone(line),
                    period,
                    posted,
                    typed,
                });
            }
        }
    }
    let unexplained = flagged_in(&books, board, (budget, at), rule)
        .into_iter()
        .filter(|line| !line.explained.is_enough());
    found.extend(unexplained.map(|line| Obstacle::Unexplained(Box::new(line))));
    found
}

/// Returns the closed periods of a budget, ascending.
pub fn closed_periods(board: &Board, budget: RecordId) -> Vec<Period> {
    let mut periods: Vec<Period> = closes(board)
        .filter(|(close, _)| close.budget == Some(budget))
        .map(|(_, period)| period)
        .collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}

/// Tells whether a period of a budget is closed.
pub fn is_closed(board: &Board, budget: RecordId, at: Period) -> bool {
    closes(board).any(|(close, period)| close.budget == Some(budget) && period == at)
}

fn closes(board: &Board) -> impl Iterator<Item = (&Arc<PeriodClose>, Period)> {
    (&board.period_closes)
        .into_iter()
        .filter(|(_, close)| !close.is_reopened)
        .filter_map(|(_, close)| Some((close, period(close.period)?)))
}

/// Returns the command that closes a period and records its total; `None` if the budget is not on the board.
pub fn close(
    board: &Board,
    budget: RecordId,
    at: Period,
    today: NaiveDate,
    by: Option<PersonId>,
) -> Option<Command> {
    board.budgets.get(&budget)?;
    let total = Books::of(board).actual_total(budget, at);
    let fields = vec![
        PeriodCloseField::Budget(Some(budget)),
        PeriodCloseField::Period(Some(PeriodNumber(i64::from(at.number())))),
        PeriodCloseField::ClosedOn(Some(today)),
        PeriodCloseField::ClosedBy(by),
        PeriodCloseField::ActualTotal(Some(Amount(total))),
        PeriodCloseField::IsReopened(false),
    ];
    let raws = [
        ("budget", budget.to_raw()),
        ("period", PeriodNumber(i64::from(at.number())).to_raw()),
    ];
    Some(Command::create(
        Kind::PeriodClose.natural_id(&raws)?,
        fields,
    ))
}

/// A period that changed after it was closed; totals in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The closed period.
    pub close: Arc<PeriodClose>,
    /// The total that was recorded.
    pub recorded: i64,
    /// The total as it is now.
    pub present: i64,
}

/// Returns the closed periods whose total is no longer what was recorded.
pub fn changed_after_closing(board: &Board) -> Vec<Reconciliation> {
    changed_in(&Books::of(board), board)
}

/// Returns what [`changed_after_closing`] does, from books that were gathered before.
pub(crate) fn changed_in(books: &Books, board: &Board) -> Vec<Reconciliation> {
    closes(board)
        .filter_map(|(close, at)| {
            let recorded = close.actual_total?.0;
            let budget = close.budget.filter(|id| board.budgets.get(id).is_some())?;
            let present = books.actual_total(budget, at);
            (recorded != present).then(|| Reconciliation {
                close: Arc::clone(close),
                recorded,
                present,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::CommandError;
    use crate::desk::{Desk, day, id};
    use crate::value::Raw;

    fn desk() -> Desk {
        let mut desk = Desk::new();
        desk.put(
            Kind::Budget,
            "b",
            &[
                ("name", "IT"),
                ("fiscal_year", "2026"),
                ("start_month", "1"),
            ],
        );
        let line = [
            ("budget", "b"),
            ("name", "Cloud"),
            ("plan_01", "10000"),
            ("actual_01", "12000"),
        ];
        desk.put(Kind::BudgetLine, "l", &line);
        desk
    }

    fn january() -> Period {
        Period::new(1).unwrap()
    }

    #[test]
    fn a_flagged_line_must_be_explained_before_the_month_closes() {
        let mut desk = desk();
        let close = close(desk.board(), id("b"), january(), day("2026-02-03"), None).unwrap();
        assert_eq!(
            desk.run(&close).unwrap_err().to_string(),
            "the period close cannot be saved: 1 flagged line has no explanation that stands: \"Cloud\"; explain each of them first"
        );
        let fields = [
            ("budget", "b"),
            ("line", "l"),
            ("period", "1"),
            ("title", "Prices rose"),
            ("class", "price"),
            ("state", "submitted"),
        ];
        desk.put(Kind::Explanation, "e", &fields);
        assert_eq!(
            obstacles(desk.board(), id("b"), january(), &FlagRule::default()),
            []
        );
        desk.run(&close).unwrap();
        assert!(is_closed(desk.board(), id("b"), january()));
    }

    #[test]
    fn a_closed_period_is_locked_and_a_merged_change_is_found() {
        let mut desk = desk();
        desk.put(Kind::BudgetLine, "l", &[("actual_01", "10000")]);
        desk.run(&close(desk.board(), id("b"), january(), day("2026-02-03"), None).unwrap())
            .unwrap();
        let words = "period 1 is closed; open it again or use an open period";
        let mut refuse = |kind, name: &str, fields: &[(&str, &str)]| {
            let refusal = desk.try_put(kind, name, fields).unwrap_err();
            assert!(refusal.ends_with(words), "{refusal}");
        };
        refuse(Kind::BudgetLine, "l", &[("actual_01", "9000")]);
        let posting = [
            ("budget", "b"),
            ("line", "l"),
            ("day", "2026-01-31"),
            ("amount", "1"),
        ];
        refuse(Kind::Posting, "p", &posting);
        let accrual = [
            ("budget", "b"),
            ("line", "l"),
            ("title", "x"),
            ("amount", "1"),
            ("period", "1"),
        ];
        refuse(Kind::Accrual, "a", &accrual);
        desk.put(Kind::BudgetLine, "l", &[("actual_02", "9000")]);
        assert_eq!(changed_after_closing(desk.board()), []);
        desk.force(Kind::BudgetLine, "l", "actual_01", Raw::Int(900_000));
        let changed = changed_after_closing(desk.board());
        assert_eq!(
            (changed[0].recorded, changed[0].present),
            (1_000_000, 900_000)
        );
    }

    #[test]
    fn postings_must_agree_with_the_control_total() {
        let mut desk = desk();
        let posting = [
            ("budget", "b"),
            ("line", "l"),
            ("day", "2026-01-31"),
            ("amount", "11999.99"),
        ];
        desk.put(Kind::Posting, "p", &posting);
        let found = obstacles(desk.board(), id("b"), january(), &FlagRule::default());
        assert!(matches!(
            found[0],
            Obstacle::Contradiction {
                posted: 1_199_999,
                typed: 1_200_000,
                ..
            }
        ));
    }

    #[test]
    fn what_counts_in_a_closed_period_is_neither_deleted_nor_moved_out() {
        let mut desk = desk();
        desk.put(Kind::BudgetLine, "l", &[("actual_01", "")]);
        let of = [("budget", "b"), ("line", "l"), ("title", "x")];
        let posting = [("day", "2026-01-31"), ("amount", "9000")];
        desk.put(Kind::Posting, "p", &[&of[..], &posting].concat());
        let accrual = [("period", "1"), ("amount", "500")];
        desk.put(Kind::Accrual, "a", &[&of[..], &accrual].concat());
        let transfer = [
            ("budget", "b"),
            ("title", "x"),
            ("to_line", "l"),
            ("amount", "500"),
            ("period", "1"),
            ("state", "approved"),
            ("approved_by", "Clara"),
            ("approved_on", "2026-01-20"),
        ];
        desk.put(Kind::Transfer, "t", &transfer);
        let explanation = [("period", "1"), ("class", "price"), ("state", "submitted")];
        desk.put(Kind::Explanation, "e", &[&of[..], &explanation].concat());
        desk.put(
            Kind::Settings,
            "settings",
            &[("has_adjustment_period", "yes")],
        );
        shut(&mut desk, 1).unwrap();
        for (kind, name) in [
            (Kind::Posting, "p"),
            (Kind::Accrual, "a"),
            (Kind::Transfer, "t"),
            (Kind::BudgetLine, "l"),
        ] {
            let command = Command::Delete { kind, id: id(name) };
            let refusal = desk.run(&command).unwrap_err().to_string();
            assert!(
                refusal.ends_with(
                    "it has an amount in period 1, which is closed; open the period again first"
                ),
                "{refusal}"
            );
        }
        let adjusted = [("is_adjustment", "yes"), ("amount", "77777")];
        assert!(desk.try_put(Kind::Posting, "p", &adjusted).is_err());
        assert!(
            desk.try_put(Kind::Accrual, "a", &[("period", "2")])
                .is_err()
        );
        assert!(
            desk.try_put(Kind::Transfer, "t", &[("period", "2")])
                .is_err()
        );
    }

    fn shut(desk: &mut Desk, at: u8) -> Result<(), CommandError> {
        let at = Period::new(at).unwrap();
        let command = close(desk.board(), id("b"), at, day("2026-12-03"), None).unwrap();
        desk.run(&command)
    }

    #[test]
    fn a_period_is_not_closed_over_an_earlier_one_that_is_open() {
        let mut desk = desk();
        desk.put(Kind::BudgetLine, "l", &[("actual_01", "10000")]);
        let typed: [(&str, &str); 4] = [
            ("plan_02", "10000"),
            ("actual_02", "10000"),
            ("plan_03", "10000"),
            ("actual_03", "10000"),
        ];
        desk.put(Kind::BudgetLine, "l", &typed);
        // Closing may begin in the middle of the year, and then goes on from there.
        shut(&mut desk, 2).unwrap();
        assert_eq!(
            shut(&mut desk, 4).unwrap_err().to_string(),
            "the period close cannot be saved: the earlier period 3 is open; close the earlier periods first"
        );
        shut(&mut desk, 3).unwrap();
        shut(&mut desk, 4).unwrap();
        let (second, _) = (&desk.board().period_closes)
            .into_iter()
            .find(|(_, close)| close.period == Some(PeriodNumber(2)))
            .unwrap();
        let open = vec![PeriodCloseField::IsReopened(true)];
        let second = *second;
        desk.run(&Command::edit(second, open)).unwrap();
        assert!(shut(&mut desk, 5).is_err());
        shut(&mut desk, 2).unwrap();
        shut(&mut desk, 5).unwrap();
    }

    #[test]
    fn a_period_is_not_closed_while_typed_and_posted_amounts_differ() {
        let mut desk = desk();
        desk.put(Kind::BudgetLine, "l", &[("actual_01", "9999")]);
        let posting = [
            ("budget", "b"),
            ("line", "l"),
            ("day", "2026-01-31"),
            ("amount", "10000"),
        ];
        desk.put(Kind::Posting, "p", &posting);
        assert_eq!(
            shut(&mut desk, 1).unwrap_err().to_string(),
            "the period close cannot be saved: \"Cloud\" has 9,999.00 typed and 10,000.00 posted in period 1; correct one of the two or empty the typed amount"
        );
        desk.put(Kind::BudgetLine, "l", &[("actual_01", "")]);
        shut(&mut desk, 1).unwrap();
    }

    #[test]
    fn two_devices_that_close_one_period_make_one_record() {
        let desk = desk();
        let id_of = |command: Option<Command>| match command {
            Some(Command::Create { id, .. }) => id,
            _ => panic!("no command"),
        };
        let here = close(desk.board(), id("b"), january(), day("2026-02-03"), None);
        let there = close(desk.board(), id("b"), january(), day("2026-02-04"), None);
        assert_eq!(id_of(here), id_of(there));
    }
}
