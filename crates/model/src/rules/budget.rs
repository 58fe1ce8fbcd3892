//! Rules of budgets: frozen originals, transfers, closed periods.
//!
//! The one rule: what was approved or closed is not changed by an edit but by a record of its own.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::After;
use crate::board::Board;
use crate::budget::BudgetStage;
use crate::calendar::Period;
use crate::command::CommandError;
use crate::foreign::{ForeignAmount, Rate};
use crate::kind::Kind;
use crate::ledger::{ExplanationState, TransferState, VarianceClass, period};
use crate::money::{Amount, show_minor};
use crate::quantity::PeriodNumber;
use crate::query::budget::close::{Obstacle, is_closed, obstacles};
use crate::settings::Rules;

pub(super) fn budget(after: &After<'_>) -> Result<(), CommandError> {
    let month: i64 = after.get("start_month");
    if after.changes("start_month") && !(1..=12).contains(&month) {
        return after.refuse(
            "start_month",
            format!("{month} is not a month"),
            "give a month from 1 to 12",
        );
    }
    Ok(())
}

pub(super) fn line(after: &After<'_>) -> Result<(), CommandError> {
    let budget: Option<RecordId> = after.get("budget");
    let Some(budget) = budget.and_then(|id| after.board.budgets.get(&id)) else {
        return Ok(());
    };
    let is_new = after.board.budget_lines.get(&after.id).is_none();
    for at in Period::all() {
        let plan = format!("plan_{:02}", at.number());
        let actual = format!("actual_{:02}", at.number());
        if budget.stage == BudgetStage::Approved && !is_new && after.changes(&plan) {
            return after.refuse(
                "plan",
                "the budget is approved, its original amounts are frozen",
                "move money with a transfer",
            );
        }
        if after.changes(&actual) {
            open_period(after, "actual", Some(at))?;
        }
    }
    Ok(())
}

/// Refuses a change in a closed period.
fn open_period(
    after: &After<'_>,
    field: &'static str,
    at: Option<Period>,
) -> Result<(), CommandError> {
    let budget: Option<RecordId> = after.get("budget");
    match (budget, at) {
        (Some(budget), Some(at)) if is_closed(after.board, budget, at) => after.refuse(
            field,
            format!("period {} is closed", at.number()),
            "open it again or use an open period",
        ),
        _ => Ok(()),
    }
}

pub(super) fn transfer(after: &After<'_>) -> Result<(), CommandError> {
    let amount: Option<Amount> = after.get("amount");
    if amount.is_none_or(|amount| amount.0 <= 0) {
        return after.refuse(
            "amount",
            "a transfer moves an amount above zero",
            "swap the two lines to move it the other way",
        );
    }
    let (from, to): (Option<RecordId>, Option<RecordId>) =
        (after.get("from_line"), after.get("to_line"));
    if from.is_none() && to.is_none() {
        return after.refuse(
            "to_line",
            "a transfer needs a line that gives or one that receives",
            "give from_line, to_line or both",
        );
    }
    if from == to {
        return after.refuse(
            "to_line",
            "the two lines are the same",
            "choose another line",
        );
    }
    same_budget(after, &["from_line", "to_line"])?;
    open_periods(after)
}

/// Refuses a record that comes to, stays in or leaves a closed period.
fn open_periods(after: &After<'_>) -> Result<(), CommandError> {
    let old: Option<PeriodNumber> = after.old_value("period");
    open_period(after, "period", period(old))?;
    open_period(after, "period", period(after.get("period")))
}

/// Refuses lines of another budget.
fn same_budget(after: &After<'_>, fields: &[&'static str]) -> Result<(), CommandError> {
    let budget: Option<RecordId> = after.get("budget");
    for field in fields {
        let line: Option<RecordId> = after.get(field);
        let line = line.and_then(|id| after.board.budget_lines.get(&id));
        if line.is_some_and(|line| line.budget != budget) {
            return after.refuse(
                field,
                "the line belongs to another budget",
                "choose a line of this budget",
            );
        }
    }
    Ok(())
}

pub(super) fn posting(after: &After<'_>) -> Result<(), CommandError> {
    same_budget(after, &["line"])?;
    let budget: Option<RecordId> = after.get("budget");
    let day: Option<NaiveDate> = after.get("day");
    let (Some(budget), Some(day)) = (budget.and_then(|id| after.board.budgets.get(&id)), day)
    else {
        return Ok(());
    };
    let fiscal = budget.calendar();
    if fiscal.year_of(day) != budget.fiscal_year {
        return after.refuse(
            "day",
            format!("{day} lies outside fiscal year {}", budget.fiscal_year),
            "post it to the budget of its year",
        );
    }
    foreign(after)?;
    // An adjustment belongs to the whole year and to no period.
    let old: Option<NaiveDate> = after.old_value("day");
    if let Some(old) = old.filter(|_| after.old_value("is_adjustment") != Some(true)) {
        open_period(after, "day", Some(fiscal.period_of(old)))?;
    }
    if !after.get::<bool>("is_adjustment") {
        return open_period(after, "day", Some(fiscal.period_of(day)));
    }
    if Rules::of(after.board).has_adjustment_period {
        return Ok(());
    }
    after.refuse(
        "is_adjustment",
        "the fiscal year has no thirteenth period",
        "post it to a period, or set has_adjustment_period in the settings",
    )
}

/// Returns a closed period in which a posting, an accrual, an approved transfer or a line has an amount.
pub(super) fn locked_in(board: &Board, id: RecordId) -> Option<Period> {
    let mut found = Vec::new();
    for (of, posting) in &board.postings {
        let budget = posting.budget.and_then(|id| board.budgets.get(&id));
        if (*of == id || posting.line == Some(id))
            && !posting.is_adjustment
            && let (Some(budget), Some(day)) = (budget, posting.day)
        {
            found.push((posting.budget, Some(budget.calendar().period_of(day))));
        }
    }
    for (of, accrual) in &board.accruals {
        if *of == id || accrual.line == Some(id) {
            found.push((accrual.budget, period(accrual.period)));
        }
    }
    for (of, transfer) in &board.transfers {
        let is_of_line = [transfer.from_line, transfer.to_line].contains(&Some(id));
        if (*of == id || is_of_line) && transfer.state == TransferState::Approved {
            found.push((transfer.budget, period(transfer.period)));
        }
    }
    if let Some(line) = board.budget_lines.get(&id) {
        for (at, amount) in Period::all().zip(&line.actual) {
            if amount.is_some() {
                found.push((line.budget, Some(at)));
            }
        }
    }
    found
        .into_iter()
        .filter_map(|(budget, at)| Some((budget?, at?)))
        .find(|(budget, at)| is_closed(board, *budget, *at))
        .map(|(_, at)| at)
}

/// Refuses an amount in another currency of which nobody can say later how it was converted.
fn foreign(after: &After<'_>) -> Result<(), CommandError> {
    let original: Option<ForeignAmount> = after.get("original");
    let rate: (Option<Rate>, Option<NaiveDate>) = (after.get("rate"), after.get("rate_on"));
    match (original, rate) {
        (Some(_), (Some(_), Some(_))) | (None, _) => Ok(()),
        (Some(_), _) => after.refuse(
            "rate",
            "an amount that was converted keeps its rate and the day of the rate",
            "give rate and rate_on",
        ),
    }
}

pub(super) fn accrual(after: &After<'_>) -> Result<(), CommandError> {
    same_budget(after, &["line"])?;
    open_periods(after)
}

pub(super) fn commitment(after: &After<'_>) -> Result<(), CommandError> {
    same_budget(after, &["line"])
}

pub(super) fn explanation(after: &After<'_>) -> Result<(), CommandError> {
    same_budget(after, &["line"])?;
    let state: ExplanationState = after.get("state");
    let class: VarianceClass = after.get("class");
    let (at, reverses): (Option<PeriodNumber>, Option<PeriodNumber>) =
        (after.get("period"), after.get("reverses_in"));
    if class == VarianceClass::Timing && state != ExplanationState::Draft {
        let is_later = reverses.zip(at).is_some_and(|(reverses, at)| reverses > at);
        if !is_later {
            return after.refuse(
                "reverses_in",
                "a timing variance names the later period by whose end it reverses",
                "give reverses_in, or choose another class",
            );
        }
    }
    Ok(())
}

pub(super) fn period_close(after: &After<'_>) -> Result<(), CommandError> {
    let budget: Option<RecordId> = after.get("budget");
    let (Some(budget), Some(at)) = (budget, period(after.get("period"))) else {
        return Ok(());
    };
    if after.get("is_reopened") || is_closed(after.board, budget, at) {
        return Ok(());
    }
    let found = obstacles(after.board, budget, at, &Rules::of(after.board).flags);
    for obstacle in &found {
        match obstacle {
            Obstacle::EarlierOpen(earlier) => {
                return after.refuse(
                    "period",
                    format!("the earlier period {} is open", earlier.number()),
                    "close the earlier periods first",
                );
            }
            Obstacle::Contradiction {
                line,
                period,
                posted,
                typed,
            } => {
                let currency = after.board.currency_of(Kind::BudgetLine, line.meta.id);
                let (typed, posted) = (show_minor(*typed, currency), show_minor(*posted, currency));
                let (name, number) = (&line.name, period.number());
                return after.refuse(
                    "period",
                    format!("\"{name}\" has {typed} typed and {posted} posted in period {number}"),
                    "correct one of the two or empty the typed amount",
                );
            }
            Obstacle::Unexplained(_) => {}
        }
    }
    explained(after, &found)
}

/// Refuses flagged lines that lack an explanation that stands.
fn explained(after: &After<'_>, found: &[Obstacle]) -> Result<(), CommandError> {
    let names = found.iter().filter_map(|obstacle| match obstacle {
        Obstacle::Unexplained(line) => Some(format!("\"{}\"", line.line.line.name)),
        Obstacle::Contradiction { .. } | Obstacle::EarlierOpen(_) => None,
    });
    let open: Vec<String> = names.collect();
    if open.is_empty() {
        return Ok(());
    }
    let words = if open.len() == 1 {
        "flagged line has"
    } else {
        "flagged lines have"
    };
    let named: Vec<&str> = open.iter().take(5).map(String::as_str).collect();
    after.refuse(
        "period",
        format!(
            "{} {words} no explanation that stands: {}",
            open.len(),
            named.join(", ")
        ),
        "explain each of them first",
    )
}
