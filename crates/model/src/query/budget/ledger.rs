//! What the ledger does to the lines of a budget: transfers, postings, accruals, commitments.
//!
//! Revised = original + approved transfers. Actual of a period = its postings if it has any, else the amount typed for
//! it. An accrual reverses in the period after its own. A record whose line is not there, or whose day lies outside the
//! budget's year, counts nowhere and is a finding.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::RecordId;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::budget::BudgetLine;
use crate::calendar::{Period, add_days};
use crate::foreign;
use crate::ledger::{TransferState, period};
use crate::money::{self, Amount};
use crate::query::contract::{self, Basis};
use crate::query::procurement;
use crate::schema::Months;
use crate::vendor::Contract;
use crate::workdays::Calendars;

/// The twelve periods of one line as they count, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LineMonths {
    /// Plan: the original with approved transfers.
    pub plan: [i64; 12],
    /// Actual: postings, else what was typed; zero where there is neither.
    pub actual: [i64; 12],
    /// Whether there is an actual amount.
    pub is_posted: [bool; 12],
    /// Typed forecast.
    pub forecast: [Option<i64>; 12],
    /// Adjustments of the whole year, posted in a thirteenth period.
    pub adjustment: i64,
}

impl LineMonths {
    /// Returns what is expected of a period that is not past: its typed forecast, else its plan.
    pub fn expected(&self, period: Period) -> i64 {
        let typed = self.forecast.get(period.index()).copied().flatten();
        typed.unwrap_or_else(|| self.plan.get(period.index()).copied().unwrap_or(0))
    }
}

/// Where the money of a line stands for the year, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Approved at the start of the year.
    pub original: i64,
    /// Moved in by approved transfers, less what was moved out.
    pub transferred: i64,
    /// Original with transfers.
    pub revised: i64,
    /// Posted in any period, adjustments of the year included.
    pub actual: i64,
    /// Received in the last past period and not invoiced: earlier accruals have reversed.
    pub accrued: i64,
    /// Promised by commitments, contracts and open orders, and not invoiced.
    pub committed: i64,
    /// Asked for and approved, and not ordered; not taken off what is available.
    pub pre_committed: i64,
    /// Revised less actual, accrued and committed.
    pub available: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    transfers: [i64; 12],
    posted: [Option<i64>; 12],
    adjustment: i64,
    accrued: [i64; 12],
    committed: i64,
    pre_committed: i64,
}

/// The ledger of the lines that it says something of.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    lines: BTreeMap<RecordId, Entry>,
}

impl Ledger {
    /// Gathers the ledger of all budgets.
    ///
    /// Cost: one walk over transfers, postings, commitments, accruals, contracts and open orders.
    pub fn of(board: &Board) -> Self {
        let mut ledger = Self::posted(board);
        for (_, commitment) in &board.commitments {
            if let (false, Some(Amount(amount))) = (commitment.is_closed, commitment.amount) {
                ledger.commit(commitment.line, amount);
            }
        }
        for (line, amount) in contracts(board) {
            ledger.commit(Some(line), amount);
        }
        for (line, promise) in procurement::promised(board) {
            ledger.commit(Some(line), promise.committed);
            ledger.add(Some(line), |e| e.pre_committed = promise.pre_committed);
        }
        ledger
    }

    /// Gathers what was moved, posted and accrued, and nothing that is promised.
    ///
    /// Cost: one walk over transfers, postings and accruals.
    pub(crate) fn posted(board: &Board) -> Self {
        let mut ledger = Self::default();
        for (_, transfer) in &board.transfers {
            if transfer.state == TransferState::Approved
                && let (Some(at), Some(Amount(amount))) = (period(transfer.period), transfer.amount)
            {
                ledger.add(transfer.from_line, |e| {
                    add(&mut e.transfers, at, amount.saturating_neg());
                });
                ledger.add(transfer.to_line, |e| add(&mut e.transfers, at, amount));
            }
        }
        for (_, posting) in &board.postings {
            let budget = posting.budget.and_then(|id| board.budgets.get(&id));
            if let (Some(budget), Some(day), Some(Amount(amount))) =
                (budget, posting.day, posting.amount)
                && budget.calendar().year_of(day) == budget.fiscal_year
            {
                let at = budget.calendar().period_of(day);
                ledger.add(posting.line, |e| {
                    if posting.is_adjustment {
                        e.adjustment = e.adjustment.saturating_add(amount);
                    } else if let Some(posted) = e.posted.get_mut(at.index()) {
                        *posted = Some(posted.unwrap_or(0).saturating_add(amount));
                    }
                });
            }
        }
        for (_, accrual) in &board.accruals {
            if let (Some(at), Some(Amount(amount))) = (period(accrual.period), accrual.amount) {
                ledger.add(accrual.line, |e| add(&mut e.accrued, at, amount));
            }
        }
        ledger
    }

    fn commit(&mut self, line: Option<RecordId>, amount: i64) {
        self.add(line, |e| e.committed = e.committed.saturating_add(amount));
    }

    fn add(&mut self, line: Option<RecordId>, change: impl FnOnce(&mut Entry)) {
        if let Some(line) = line {
            change(self.lines.entry(line).or_default());
        }
    }

    /// Returns the periods of a line as they count.
    pub fn months(&self, line: &BudgetLine) -> LineMonths {
        let entry = self.lines.get(&line.meta.id).copied().unwrap_or_default();
        let mut months = LineMonths {
            adjustment: entry.adjustment,
            ..LineMonths::default()
        };
        for period in Period::all() {
            let at = period.index();
            let original = amount_at(&line.plan, period).unwrap_or(0);
            let moved = entry.transfers.get(at).copied().unwrap_or(0);
            let posted = entry.posted.get(at).copied().flatten();
            let actual = posted.or_else(|| amount_at(&line.actual, period));
            set(&mut months.plan, at, original.saturating_add(moved));
            set(&mut months.actual, at, actual.unwrap_or(0));
            set(&mut months.is_posted, at, actual.is_some());
            set(&mut months.forecast, at, amount_at(&line.forecast, period));
        }
        months
    }

    /// Returns the postings of a line and period, where a typed amount says something else: both in minor units.
    pub fn contradiction(&self, line: &BudgetLine, period: Period) -> Option<(i64, i64)> {
        let entry = self.lines.get(&line.meta.id)?;
        let posted = entry.posted.get(period.index()).copied().flatten()?;
        let typed = amount_at(&line.actual, period)?;
        (posted != typed).then_some((posted, typed))
    }

    /// Returns where the money of a line stands at the end of `through`.
    pub fn position(
        &self,
        line: &BudgetLine,
        months: &LineMonths,
        through: Option<Period>,
    ) -> Position {
        let entry = self.lines.get(&line.meta.id).copied().unwrap_or_default();
        let original = line.plan.iter().flatten().map(|amount| amount.0);
        let original = money::sum(original);
        let revised = money::sum(months.plan);
        let actual = money::sum(months.actual).saturating_add(months.adjustment);
        let accrued = through.and_then(|period| entry.accrued.get(period.index()).copied());
        let accrued = accrued.unwrap_or(0);
        Position {
            original,
            transferred: money::sum(entry.transfers),
            revised,
            actual,
            accrued,
            committed: entry.committed,
            pre_committed: entry.pre_committed,
            available: money::sum([revised])
                .saturating_sub(actual)
                .saturating_sub(accrued)
                .saturating_sub(entry.committed),
        }
    }
}

/// Returns what signed contracts still promise for the year of the budget that pays them, by line.
///
/// What the vendor's postings on the line have taken is promised no more. Where a commitment names the contract, that
/// counts instead.
fn contracts(board: &Board) -> Vec<(RecordId, i64)> {
    let is_paid =
        |contract: &Contract| contract.budget_line.is_some() && contract.signed_on.is_some();
    let all = (&board.contracts).into_iter();
    let mut paid = all.filter(|(_, contract)| is_paid(contract)).peekable();
    if paid.peek().is_none() {
        return Vec::new();
    }
    let named: BTreeSet<(Option<RecordId>, Option<RecordId>)> = (&board.commitments)
        .into_iter()
        .filter(|(_, commitment)| commitment.contract.is_some())
        .map(|(_, commitment)| (commitment.contract, commitment.budget))
        .collect();
    let mut posted = posted_by_vendor(board);
    let calendars = Calendars::of(board);
    let basis = Basis {
        calendar: calendars.of_workspace(),
        lead_days: 0,
    };
    let mut found = Vec::new();
    for (id, contract) in paid {
        let line = contract
            .budget_line
            .and_then(|id| board.budget_lines.get(&id));
        let budget = line.and_then(|line| board.budgets.get(&line.budget?));
        let (Some(line), Some(budget)) = (line, budget) else {
            continue;
        };
        if named.contains(&(Some(*id), line.budget)) {
            continue;
        }
        let year = budget.calendar();
        let first = year.first_day(budget.fiscal_year);
        let next = year.first_day(budget.fiscal_year.saturating_add(1));
        let (Some(first), Some(next)) = (first, next) else {
            continue;
        };
        let value = contract::value_between(contract, first, add_days(next, -1), basis);
        let value = value.and_then(|value| {
            foreign::in_currency(value, contract.currency, budget.currency, contract.rate)
        });
        // Two contracts with one vendor on one line share what was posted.
        let taken = contract
            .vendor
            .and_then(|vendor| posted.get_mut(&(line.meta.id, vendor)));
        let mut rest = value.unwrap_or(0).max(0);
        if let Some(taken) = taken {
            let used = rest.min((*taken).max(0));
            *taken = taken.saturating_sub(used);
            rest = rest.saturating_sub(used);
        }
        found.push((line.meta.id, rest));
    }
    found
}

/// Returns what was posted for each vendor on each line, in minor units.
fn posted_by_vendor(board: &Board) -> BTreeMap<(RecordId, RecordId), i64> {
    let mut posted: BTreeMap<(RecordId, RecordId), i64> = BTreeMap::new();
    for (_, posting) in &board.postings {
        if let (Some(line), Some(vendor), Some(Amount(amount))) =
            (posting.line, posting.vendor, posting.amount)
        {
            let sum = posted.entry((line, vendor)).or_default();
            *sum = sum.saturating_add(amount);
        }
    }
    posted
}

fn add(months: &mut [i64; 12], period: Period, amount: i64) {
    if let Some(sum) = months.get_mut(period.index()) {
        *sum = sum.saturating_add(amount);
    }
}

fn set<T>(months: &mut [T; 12], at: usize, value: T) {
    if let Some(slot) = months.get_mut(at) {
        *slot = value;
    }
}

fn amount_at(months: &Months, period: Period) -> Option<i64> {
    let amount = months.get(period.index()).copied().flatten();
    amount.map(|amount| amount.0)
}

#[cfg(test)]
mod tests;
