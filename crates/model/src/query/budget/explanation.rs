//! Which flagged lines are explained, and whether what was promised came true.
//!
//! A line flagged at the end of a period needs an explanation that was submitted or accepted. An explanation of an
//! earlier period carries forward while the line's flag gets no worse and its variance keeps its side; one of timing only
//! until the period by whose end it was to reverse, and for no larger amount. What did not reverse is flagged again.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;

use super::{Books, BudgetFigures, Flag, FlagRule, LineFigures};
use crate::board::Board;
use crate::budget::Budget;
use crate::calendar::Period;
use crate::ledger::{Explanation, ExplanationState, VarianceClass, period};

/// How far the explanation of a flagged line has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explained {
    /// Nobody has explained it.
    Missing,
    /// It is being written or was sent back.
    Unfinished(Arc<Explanation>),
    /// It was submitted or accepted for this period or carries forward from an earlier one.
    Standing(Arc<Explanation>),
    /// It was to reverse by the end of a period, and has not.
    NotReversed {
        /// What was said.
        explanation: Arc<Explanation>,
        /// The period by whose end it was to reverse.
        promised: Period,
    },
}

impl Explained {
    /// Tells whether the period can be closed over it.
    pub fn is_enough(&self) -> bool {
        matches!(self, Self::Standing(_))
    }
}

/// A flagged line and its explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlaggedLine {
    /// The line with its figures.
    pub line: LineFigures,
    /// How far its explanation has come.
    pub explained: Explained,
}

/// Returns the flagged lines of a budget at the end of `through` with their explanations, in the order of the lines.
///
/// Cost: that of the budget's figures, once more for each earlier period that has an explanation.
pub fn flagged(
    board: &Board,
    budget: RecordId,
    through: Period,
    rule: &FlagRule,
) -> Vec<FlaggedLine> {
    flagged_in(&Books::of(board), board, (budget, through), rule)
}

/// Returns what [`flagged`] does, from books that were gathered before.
pub(crate) fn flagged_in(
    books: &Books,
    board: &Board,
    (budget, through): (RecordId, Period),
    rule: &FlagRule,
) -> Vec<FlaggedLine> {
    let Some(found) = board.budgets.get(&budget) else {
        return Vec::new();
    };
    let now = books.figures(found, Some(through), rule);
    let mut by_line: BTreeMap<RecordId, Vec<(Period, &Arc<Explanation>)>> = BTreeMap::new();
    for (_, explanation) in &board.explanations {
        if let (Some(line), Some(at)) = (explanation.line, period(explanation.period))
            && explanation.budget == Some(budget)
            && at <= through
        {
            by_line.entry(line).or_default().push((at, explanation));
        }
    }
    let mut earlier = Earlier {
        books,
        budget: found,
        rule,
        known: BTreeMap::new(),
    };
    now.lines
        .into_iter()
        .filter(|line| line.variance.flag != Flag::Clear)
        .map(|line| {
            let said = by_line.get(&line.line.meta.id);
            let said = said.map(Vec::as_slice).unwrap_or_default();
            FlaggedLine {
                explained: judge(&line, said, through, &mut earlier),
                line,
            }
        })
        .collect()
}

/// Figures of earlier periods, worked out once each.
struct Earlier<'a> {
    books: &'a Books,
    budget: &'a Arc<Budget>,
    rule: &'a FlagRule,
    known: BTreeMap<Period, BudgetFigures>,
}

impl Earlier<'_> {
    fn line(&mut self, line: RecordId, at: Period) -> Option<&LineFigures> {
        let (books, budget, rule) = (self.books, self.budget, self.rule);
        let known = self.known.entry(at);
        let figures = known.or_insert_with(|| books.figures(budget, Some(at), rule));
        let lines = &figures.lines;
        lines.iter().find(|figures| figures.line.meta.id == line)
    }

    /// Tells whether what was explained at the end of `at` is still what the line shows: its flag is no worse and its
    /// side the same. What is to reverse is an amount, so of timing no more may have come than what needs no flag.
    fn covers(&mut self, at: Period, line: &LineFigures, is_timing: bool) -> bool {
        let (rule, currency) = (self.rule, self.budget.currency);
        let Some(then) = self.line(line.line.meta.id, at) else {
            return false;
        };
        let (now, then) = (line.variance, then.variance);
        let more = now
            .minor
            .saturating_abs()
            .saturating_sub(then.minor.saturating_abs());
        let is_as_much = more <= 0 || rule.flag(more, then.minor, currency) == Flag::Clear;
        now.flag <= then.flag
            && now.minor.signum() == then.minor.signum()
            && (!is_timing || is_as_much)
    }
}

fn judge(
    line: &LineFigures,
    said: &[(Period, &Arc<Explanation>)],
    through: Period,
    earlier: &mut Earlier<'_>,
) -> Explained {
    let is_said = |explanation: &Explanation| {
        matches!(
            explanation.state,
            ExplanationState::Submitted | ExplanationState::Accepted
        )
    };
    // The newest period counts, of it the newest record: records come in the order of their ids.
    let latest = |wanted: &dyn Fn(&Explanation) -> bool| {
        said.iter()
            .filter(|(_, explanation)| wanted(explanation))
            .max_by_key(|(at, _)| *at)
            .copied()
    };
    let Some((at, explanation)) = latest(&is_said) else {
        return latest(&|_| true).map_or(Explained::Missing, |(_, explanation)| {
            Explained::Unfinished(Arc::clone(explanation))
        });
    };
    let is_timing = explanation.class == VarianceClass::Timing;
    let promised = period(explanation.reverses_in).filter(|_| is_timing);
    if let Some(promised) = promised.filter(|promised| *promised <= through) {
        return Explained::NotReversed {
            explanation: Arc::clone(explanation),
            promised,
        };
    }
    let still_holds = at == through
        || ((!is_timing || promised.is_some()) && earlier.covers(at, line, is_timing));
    if still_holds {
        Explained::Standing(Arc::clone(explanation))
    } else {
        Explained::Missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, id};
    use crate::kind::Kind;

    fn desk(actual: [&str; 3]) -> Desk {
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
        desk.put(Kind::BudgetLine, "l", &[("budget", "b"), ("name", "Cloud")]);
        for (at, actual) in actual.iter().enumerate() {
            let at = at + 1;
            let (plan, field) = (format!("plan_{at:02}"), format!("actual_{at:02}"));
            desk.put(Kind::BudgetLine, "l", &[(&plan, "10000"), (&field, actual)]);
        }
        desk
    }

    fn explain(desk: &mut Desk, name: &str, period: &str, more: &[(&str, &str)]) {
        let start = [
            ("budget", "b"),
            ("line", "l"),
            ("period", period),
            ("title", "Why"),
        ];
        desk.put(Kind::Explanation, name, &[&start, more].concat());
    }

    fn state(desk: &Desk, through: u8) -> Vec<&'static str> {
        let through = Period::new(through).unwrap();
        flagged(desk.board(), id("b"), through, &FlagRule::default())
            .iter()
            .map(|line| match line.explained {
                Explained::Missing => "missing",
                Explained::Unfinished(_) => "unfinished",
                Explained::Standing(_) => "standing",
                Explained::NotReversed { .. } => "not reversed",
            })
            .collect()
    }

    #[test]
    fn under_spending_needs_an_explanation_as_much_as_over_spending() {
        assert_eq!(state(&desk(["11000", "10000", "10000"]), 1), ["missing"]);
        assert_eq!(state(&desk(["9000", "10000", "10000"]), 1), ["missing"]);
        assert_eq!(
            state(&desk(["9600", "10000", "10000"]), 1),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn a_draft_is_not_enough() {
        let mut desk = desk(["12000", "10000", "10000"]);
        explain(&mut desk, "e", "1", &[]);
        assert_eq!(state(&desk, 1), ["unfinished"]);
        explain(
            &mut desk,
            "e",
            "1",
            &[("class", "price"), ("state", "submitted")],
        );
        assert_eq!(state(&desk, 1), ["standing"]);
    }

    #[test]
    fn a_timing_variance_that_did_not_reverse_is_flagged_again() {
        let timing = [
            ("class", "timing"),
            ("reverses_in", "3"),
            ("state", "accepted"),
        ];
        let mut late = desk(["20000", "10000", "10000"]);
        explain(&mut late, "e", "1", &timing);
        assert_eq!(state(&late, 1), ["standing"]);
        assert_eq!(state(&late, 2), ["standing"]);
        assert_eq!(state(&late, 3), ["not reversed"]);
        let mut kept = desk(["20000", "10000", "0"]);
        explain(&mut kept, "e", "1", &timing);
        assert_eq!(state(&kept, 3), Vec::<&str>::new());
    }

    #[test]
    fn a_timing_explanation_covers_no_larger_amount() {
        let timing = [
            ("class", "timing"),
            ("reverses_in", "6"),
            ("state", "accepted"),
        ];
        let mut worse = desk(["11000", "10000", "170000"]);
        explain(&mut worse, "e", "1", &timing);
        assert_eq!(state(&worse, 1), ["standing"]);
        assert_eq!(state(&worse, 3), ["missing"]);
        // Red as it was, and ten times as much.
        let mut more = desk(["20000", "10000", "100000"]);
        explain(&mut more, "e", "1", &timing);
        assert_eq!(state(&more, 2), ["standing"]);
        assert_eq!(state(&more, 3), ["missing"]);
        // A little more needs no new words; the other side does.
        let mut little = desk(["20000", "10500", "10000"]);
        explain(&mut little, "e", "1", &timing);
        assert_eq!(state(&little, 3), ["standing"]);
        let mut turned = desk(["20000", "10000", "-9000"]);
        explain(&mut turned, "e", "1", &timing);
        assert_eq!(state(&turned, 3), ["missing"]);
    }

    #[test]
    fn a_lasting_cause_carries_forward_until_it_gets_worse_or_turns() {
        let lasting = [("class", "price"), ("state", "accepted")];
        let mut same = desk(["12000", "12000", "12000"]);
        explain(&mut same, "e", "1", &lasting);
        assert_eq!(state(&same, 1), ["standing"]);
        assert_eq!(state(&same, 2), ["standing"]);
        // From the third month on the line is red, and that was not explained.
        assert_eq!(state(&same, 3), ["missing"]);
        let mut turned = desk(["12000", "5000", "10000"]);
        explain(&mut turned, "e", "1", &lasting);
        assert_eq!(state(&turned, 2), ["missing"]);
    }
}
