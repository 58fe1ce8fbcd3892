//! Orders and invoices: matching, duplicates, due dates, routing and age.
//!
//! An invoice is compared with everything billed before it, not alone: ten invoices of a tenth are no over-billing, the
//! eleventh is. Lines that cost less than ordered are no exception. Amounts are minor units of the order's currency.
//!
//! Source: two-, three- and four-way matching as accounts payable systems define it.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::add_days;
use crate::foreign::in_currency;
use crate::kind::Kind;
use crate::money::{Currency, divide_rounded};
use crate::people::PersonId;
use crate::procurement::{
    Approval, Decided, Invoice, InvoiceHold, InvoiceLine, Matching, OrderLine, OrderState,
    RequestState,
};
use crate::settings::{Rules, Tolerance};

/// Why an invoice does not match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exception {
    /// The invoice names no order, or one that is not there.
    NoOrder,
    /// A line bills something that the order does not have.
    NotOnOrder {
        /// The line of the invoice.
        line: RecordId,
    },
    /// A line costs more than was ordered.
    PriceAbove {
        /// The line of the invoice.
        line: RecordId,
        /// Price of one as ordered.
        ordered: i64,
        /// Price of one as billed.
        billed: i64,
    },
    /// More is billed than was ordered, all invoices together.
    OverBilled {
        /// The line of the order.
        line: RecordId,
        /// How many were ordered.
        ordered: i64,
        /// How many are billed.
        billed: i64,
    },
    /// More is billed than has arrived, all invoices together.
    NotReceived {
        /// The line of the order.
        line: RecordId,
        /// How many arrived.
        received: i64,
        /// How many are billed.
        billed: i64,
    },
    /// More is billed than has passed inspection, all invoices together.
    NotAccepted {
        /// The line of the order.
        line: RecordId,
        /// How many passed.
        accepted: i64,
        /// How many are billed.
        billed: i64,
    },
    /// Its lines do not add up to its total.
    TotalDiffers {
        /// Sum of the lines.
        lines: i64,
        /// Total as billed.
        total: i64,
    },
    /// The order is in another currency.
    OtherCurrency,
    /// The order is another vendor's.
    OtherVendor,
    /// It names an order and no lines, so there is nothing to match.
    NoLines,
}

/// Where an invoice waits, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// Steps that are decided.
    pub decided: usize,
    /// Steps in all.
    pub steps: usize,
    /// Who is to decide next; `None` if nobody is, or nobody is named.
    pub next: Option<PersonId>,
    /// Whether somebody said no.
    pub is_rejected: bool,
    /// Calendar days since the last thing happened to it; `None` if no day is known.
    pub waiting_days: Option<i64>,
    /// Whether the person who coded it approved it too.
    pub is_self_approved: bool,
}

/// An invoice with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceFigures {
    /// The invoice.
    pub invoice: Arc<Invoice>,
    /// Its lines, in the order in which they were made.
    pub lines: Vec<Arc<InvoiceLine>>,
    /// Why it does not match; none if it does. An invoice without an order has nothing to match.
    pub exceptions: Vec<Exception>,
    /// Invoices that it may be a second copy of.
    pub duplicates: Vec<RecordId>,
    /// Day by which it is due.
    pub due: Option<NaiveDate>,
    /// Last day of the discount and what it saves.
    pub discount: Option<(NaiveDate, i64)>,
    /// Where it waits.
    pub routing: Routing,
}

/// Everything about orders and invoices, gathered in one walk over each table.
#[derive(Debug, Default)]
pub struct Purchases {
    lines_of_invoice: BTreeMap<RecordId, Vec<Arc<InvoiceLine>>>,
    approvals: BTreeMap<RecordId, Vec<Arc<Approval>>>,
    /// How many of each order line are billed, by invoices that count.
    billed: BTreeMap<RecordId, i64>,
    received: BTreeMap<RecordId, i64>,
    accepted: BTreeMap<RecordId, i64>,
    numbers: BTreeMap<(RecordId, String), Vec<RecordId>>,
    amounts: BTreeMap<(RecordId, Currency, i64), Vec<(NaiveDate, RecordId)>>,
}

impl Purchases {
    /// Gathers orders and invoices of a board.
    pub fn of(board: &Board) -> Self {
        let mut purchases = Self {
            billed: billed(board),
            ..Self::default()
        };
        for (_, line) in &board.invoice_lines {
            if let Some(id) = line.invoice {
                let lines = purchases.lines_of_invoice.entry(id).or_default();
                lines.push(Arc::clone(line));
            }
        }
        for (_, receipt) in &board.receipts {
            if let Some(line) = receipt.line {
                *purchases.received.entry(line).or_default() += receipt.quantity.0;
                *purchases.accepted.entry(line).or_default() += receipt.accepted.map_or(0, |n| n.0);
            }
        }
        for (_, approval) in &board.approvals {
            if let Some(invoice) = approval.invoice {
                let list = purchases.approvals.entry(invoice).or_default();
                list.push(Arc::clone(approval));
            }
        }
        for list in purchases.approvals.values_mut() {
            list.sort_by_key(|approval| approval.step);
        }
        for (id, invoice) in &board.invoices {
            purchases.note(*id, invoice);
        }
        purchases
    }

    fn note(&mut self, id: RecordId, invoice: &Invoice) {
        let Some(vendor) = invoice.vendor.filter(|_| invoice.state.counts()) else {
            return;
        };
        let number = normalised(&invoice.number);
        if !number.is_empty() {
            self.numbers.entry((vendor, number)).or_default().push(id);
        }
        if let (Some(total), Some(day)) = (invoice.total, invoice.day) {
            let key = (vendor, invoice.currency, total.0);
            self.amounts.entry(key).or_default().push((day, id));
        }
    }

    /// Returns the invoices that this one may be a second copy of: same vendor and number, or same vendor and amount
    /// within so many days. In order of their ids.
    pub fn duplicates(&self, id: RecordId, invoice: &Invoice, within_days: i64) -> Vec<RecordId> {
        let Some(vendor) = invoice.vendor.filter(|_| invoice.state.counts()) else {
            return Vec::new();
        };
        let by_number = self.numbers.get(&(vendor, normalised(&invoice.number)));
        let mut found: Vec<RecordId> = by_number.cloned().unwrap_or_default();
        if let (Some(total), Some(day)) = (invoice.total, invoice.day) {
            let same = self.amounts.get(&(vendor, invoice.currency, total.0));
            let near =
                |other: NaiveDate| other.signed_duration_since(day).num_days().abs() <= within_days;
            let same = same.map(Vec::as_slice).unwrap_or_default();
            found.extend(
                same.iter()
                    .filter(|(other, _)| near(*other))
                    .map(|(_, id)| *id),
            );
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|other| *other != id);
        found
    }

    /// Returns an invoice with what follows from it; `None` if it is not on the board.
    pub fn figures(
        &self,
        board: &Board,
        id: RecordId,
        today: NaiveDate,
        rules: &Rules,
    ) -> Option<InvoiceFigures> {
        let invoice = board.invoices.get(&id)?;
        let lines = self.lines_of_invoice.get(&id).cloned().unwrap_or_default();
        let terms = invoice.terms.map_or(rules.payment_days, |terms| terms.0);
        let due = invoice.due.or_else(|| Some(add_days(invoice.day?, terms)));
        Some(InvoiceFigures {
            exceptions: self.exceptions(board, invoice, &lines, &rules.tolerance),
            duplicates: self.duplicates(id, invoice, rules.duplicate_days),
            due,
            discount: discount(invoice),
            routing: self.routing(invoice, id, today),
            invoice: Arc::clone(invoice),
            lines,
        })
    }

    fn routing(&self, invoice: &Invoice, id: RecordId, today: NaiveDate) -> Routing {
        let steps = self
            .approvals
            .get(&id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let is_decided = |approval: &&Arc<Approval>| approval.decision != Decided::Pending;
        let decided_on = steps
            .iter()
            .filter_map(|approval| approval.decided_on)
            .max();
        let next = steps.iter().find(|approval| !is_decided(approval));
        let asked_on = next.and_then(|approval| approval.asked_on);
        let since = [decided_on, asked_on, invoice.received_on];
        let since = since.into_iter().flatten().max();
        let by_coder = |approval: &Arc<Approval>| {
            approval.decision == Decided::Approved
                && approval.person.is_some()
                && approval.person == invoice.coder
        };
        Routing {
            decided: steps.iter().filter(is_decided).count(),
            steps: steps.len(),
            next: next.and_then(|approval| approval.person),
            is_rejected: steps.iter().any(|a| a.decision == Decided::Rejected),
            waiting_days: since
                .filter(|_| invoice.state.is_open())
                .map(|day| today.signed_duration_since(day).num_days()),
            is_self_approved: steps.iter().any(by_coder),
        }
    }

    fn exceptions(
        &self,
        board: &Board,
        invoice: &Invoice,
        lines: &[Arc<InvoiceLine>],
        tolerance: &Tolerance,
    ) -> Vec<Exception> {
        let mut found = Vec::new();
        let sum = lines
            .iter()
            .map(|line| cost(line.quantity.0, line.unit_price.map(|p| p.0)));
        let sum = held(sum.sum());
        let total = invoice.total.map_or(sum, |total| total.0);
        let unit = 10_i128.saturating_pow(invoice.currency.exponent());
        let allowed = |base: i128, share: i64, amount: i64| {
            let by_share = base.abs().saturating_mul(i128::from(share)) / 10_000;
            by_share.min(i128::from(amount).saturating_mul(unit))
        };
        let difference = (i128::from(total) - i128::from(sum)).abs();
        let within = allowed(
            i128::from(sum),
            tolerance.total_share,
            tolerance.total_amount,
        );
        if !lines.is_empty() && difference > within {
            found.push(Exception::TotalDiffers { lines: sum, total });
        }
        let Some(order) = invoice.order else {
            return found;
        };
        let Some(order) = board.purchase_orders.get(&order) else {
            found.push(Exception::NoOrder);
            return found;
        };
        if order.currency != invoice.currency {
            found.push(Exception::OtherCurrency);
            return found;
        }
        if order.vendor.is_some() && invoice.vendor.is_some() && order.vendor != invoice.vendor {
            found.push(Exception::OtherVendor);
        }
        if lines.is_empty() {
            found.push(Exception::NoLines);
        }
        let mut checked = std::collections::BTreeSet::new();
        for line in lines {
            let ordered = line.order_line.and_then(|id| board.order_lines.get(&id));
            let Some(ordered) = ordered.filter(|of| of.order == invoice.order) else {
                found.push(Exception::NotOnOrder { line: line.meta.id });
                continue;
            };
            let (agreed, billed) = (
                ordered.unit_price.map_or(0, |price| price.0),
                line.unit_price.map_or(0, |price| price.0),
            );
            let base = cost(line.quantity.0, Some(agreed));
            let above = cost(line.quantity.0, Some(billed)) - base;
            if above > allowed(base, tolerance.price_share, tolerance.price_amount) {
                found.push(Exception::PriceAbove {
                    line: line.meta.id,
                    ordered: agreed,
                    billed,
                });
            }
            if checked.insert(ordered.meta.id) {
                found.extend(self.quantities(ordered, order.matching, tolerance));
            }
        }
        found
    }

    fn quantities(
        &self,
        ordered: &OrderLine,
        matching: Matching,
        tolerance: &Tolerance,
    ) -> Vec<Exception> {
        let line = ordered.meta.id;
        let at = |sums: &BTreeMap<RecordId, i64>| sums.get(&line).copied().unwrap_or(0);
        let (billed, received) = (at(&self.billed), at(&self.received));
        let exceeds = |base: i64| {
            let more = i128::from(billed) - i128::from(base);
            more.saturating_mul(10_000)
                > i128::from(base).saturating_mul(i128::from(tolerance.quantity_share))
        };
        let mut found = Vec::new();
        if exceeds(ordered.quantity.0) {
            found.push(Exception::OverBilled {
                line,
                ordered: ordered.quantity.0,
                billed,
            });
        }
        if matching != Matching::TwoWay && exceeds(received) {
            found.push(Exception::NotReceived {
                line,
                received,
                billed,
            });
        }
        let accepted = at(&self.accepted);
        if matching == Matching::FourWay && exceeds(accepted) {
            found.push(Exception::NotAccepted {
                line,
                accepted,
                billed,
            });
        }
        found
    }
}

/// Returns how many of each order line are billed, by invoices that count.
fn billed(board: &Board) -> BTreeMap<RecordId, i64> {
    let mut billed: BTreeMap<RecordId, i64> = BTreeMap::new();
    for (_, line) in &board.invoice_lines {
        let invoice = line.invoice.and_then(|id| board.invoices.get(&id));
        let counts = invoice.is_some_and(|invoice| invoice.state.counts());
        if let (Some(order_line), true) = (line.order_line, counts) {
            *billed.entry(order_line).or_default() += line.quantity.0;
        }
    }
    billed
}

/// Returns what open orders still promise and approved requests will promise, by budget line, in minor units of the
/// budget's currency.
///
/// What is invoiced is promised no more; closing an order releases its rest. What is in another currency counts at
/// the rate beside it, and not at all without one: that is a finding.
pub fn promised(board: &Board) -> BTreeMap<RecordId, Promise> {
    let billed = billed(board);
    let mut promised: BTreeMap<RecordId, Promise> = BTreeMap::new();
    let to = |line: RecordId| board.currency_of(Kind::BudgetLine, line);
    for (id, line) in &board.order_lines {
        let order = line.order.and_then(|id| board.purchase_orders.get(&id));
        let order = order.filter(|order| order.state == OrderState::Open);
        if let (Some(budget_line), Some(order)) = (line.budget_line, order) {
            let billed = billed.get(id).copied().unwrap_or(0);
            let rest = line.quantity.0.saturating_sub(billed).max(0);
            let amount = held(cost(rest, line.unit_price.map(|price| price.0)));
            let amount = in_currency(amount, order.currency, to(budget_line), order.rate);
            let promise = promised.entry(budget_line).or_default();
            promise.committed = promise.committed.saturating_add(amount.unwrap_or(0));
        }
    }
    for (_, request) in &board.purchase_requests {
        if let (Some(line), Some(amount), RequestState::Approved) =
            (request.budget_line, request.amount, request.state)
        {
            let amount = in_currency(amount.0, request.currency, to(line), request.rate);
            let promise = promised.entry(line).or_default();
            promise.pre_committed = promise.pre_committed.saturating_add(amount.unwrap_or(0));
        }
    }
    promised
}

/// What is promised for a budget line, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promise {
    /// Ordered and not invoiced.
    pub committed: i64,
    /// Approved and not ordered.
    pub pre_committed: i64,
}

/// Returns all invoices with what follows from them: open ones by due date, then the others.
pub fn invoices(board: &Board, today: NaiveDate) -> Vec<InvoiceFigures> {
    let (purchases, rules) = (Purchases::of(board), Rules::of(board));
    let ids = (&board.invoices).into_iter().map(|(id, _)| *id);
    let mut all: Vec<InvoiceFigures> = ids
        .filter_map(|id| purchases.figures(board, id, today, &rules))
        .collect();
    all.sort_by_key(|one| (!one.invoice.state.is_open(), one.due.is_none(), one.due));
    all
}

/// Tells whether an invoice is held back or suspected.
pub fn is_held(invoice: &Invoice) -> bool {
    invoice.hold != InvoiceHold::None
}

fn discount(invoice: &Invoice) -> Option<(NaiveDate, i64)> {
    let share = invoice.discount.filter(|share| share.0 > 0)?;
    let last = add_days(invoice.day?, invoice.discount_days?.0);
    let saved = i128::from(invoice.total?.0).saturating_mul(i128::from(share.0));
    Some((last, held(divide_rounded(saved, 10_000)?)))
}

fn cost(quantity: i64, unit_price: Option<i64>) -> i128 {
    i128::from(quantity).saturating_mul(i128::from(unit_price.unwrap_or(0)))
}

fn held(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
}

/// Returns an invoice number without what people write differently: case, signs, leading zeros.
pub(crate) fn normalised(number: &str) -> String {
    let plain: String = number
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect();
    plain.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests;
