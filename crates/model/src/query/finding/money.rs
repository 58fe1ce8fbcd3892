//! Findings of budgets, invoices, contracts and licences.
//!
//! Nothing is worked out here: each is a figure of another query that breaks a rule.

use std::collections::BTreeSet;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::{Finding, Rule};
use crate::board::Board;
use crate::command::Command;
use crate::kind::Kind;
use crate::money::Currency;
use crate::procurement::{Decided, InvoiceState, OrderState, RequestState};
use crate::quantity::Months;
use crate::query::budget::explanation::{Explained, flagged_in};
use crate::query::budget::{Books, close, ended_through};
use crate::query::kept::Part;
use crate::query::licence::{Alert, positions};
use crate::query::procurement;
use crate::settings::Rules;
use crate::vendor::{Contract, Renewal};

/// What invoices are matched with.
const INVOICES: [Kind; 6] = [
    Kind::Invoice,
    Kind::InvoiceLine,
    Kind::PurchaseOrder,
    Kind::OrderLine,
    Kind::Receipt,
    Kind::Approval,
];

pub(super) fn parts() -> Vec<Part<Finding>> {
    let booked = [
        Kind::Budget,
        Kind::BudgetLine,
        Kind::Posting,
        Kind::Transfer,
        Kind::Accrual,
        Kind::Explanation,
        Kind::PeriodClose,
    ];
    let posted = [
        Kind::Posting,
        Kind::Budget,
        Kind::BudgetLine,
        Kind::Accrual,
        Kind::Commitment,
        Kind::Transfer,
    ];
    let foreign = [
        Kind::OrderLine,
        Kind::PurchaseOrder,
        Kind::PurchaseRequest,
        Kind::Contract,
        Kind::BudgetLine,
        Kind::Budget,
    ];
    let licensed = [
        Kind::Licence,
        Kind::Assignment,
        Kind::UsageCount,
        Kind::Person,
    ];
    vec![
        Part::new(&booked, |board, span| budgets(board, span.today)),
        Part::new(&posted, |board, _| strays(board)),
        Part::new(&foreign, |board, _| without_rate(board)),
        Part::new(&INVOICES, |board, span| invoices(board, span.today)),
        Part::new(&[Kind::Contract], |board, span| {
            contracts(board, span.today)
        }),
        Part::new(&licensed, |board, span| licences(board, span.today)),
    ]
}

fn budgets(board: &Board, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    let rules = Rules::of(board);
    let books = Books::posted(board);
    for changed in close::changed_in(&books, board) {
        let close = &changed.close;
        let at = crate::ledger::period(close.period);
        let budget = close.budget.and_then(|id| board.budgets.get(&id));
        let name = budget.map_or("", |budget| budget.name.as_str());
        let currency = budget.map_or(rules.currency, |budget| budget.currency);
        let show = |minor| crate::money::show_minor(minor, currency);
        found.push(Finding {
            rule: Rule::Reopened,
            kind: Kind::PeriodClose,
            id: close.meta.id,
            words: format!(
                "Period {} of \"{name}\" was closed at {} and stands at {} now",
                at.map_or(0, crate::calendar::Period::number),
                show(changed.recorded),
                show(changed.present)
            ),
            remedy: "undo what was changed, or close the period again with the new total",
            fix: close
                .budget
                .zip(at)
                .and_then(|(budget, at)| close::close(board, budget, at, today, close.closed_by)),
        });
    }
    for (id, budget) in &board.budgets {
        let is_running =
            budget.scenario_of.is_none() && budget.calendar().year_of(today) == budget.fiscal_year;
        let Some(through) = ended_through(budget, today).filter(|_| is_running) else {
            continue;
        };
        for line in flagged_in(&books, board, (*id, through), &rules.flags) {
            let name = &line.line.line.name;
            let (rule, words) = match &line.explained {
                Explained::Standing(_) => continue,
                Explained::Missing => (
                    Rule::Unexplained,
                    format!("\"{name}\" is off plan and not explained"),
                ),
                Explained::Unfinished(_) => (
                    Rule::Unexplained,
                    format!("The explanation of \"{name}\" is not finished"),
                ),
                Explained::NotReversed { promised, .. } => (
                    Rule::NotReversed,
                    format!(
                        "\"{name}\" was to reverse by period {} and has not",
                        promised.number()
                    ),
                ),
            };
            found.push(Finding {
                rule,
                kind: Kind::BudgetLine,
                id: line.line.line.meta.id,
                words,
                remedy: "explain the variance",
                fix: None,
            });
        }
        contradictions(board, &books, *id, &mut found);
    }
    found
}

fn contradictions(board: &Board, books: &Books, budget: RecordId, found: &mut Vec<Finding>) {
    let currency = board.currency_of(Kind::Budget, budget);
    let show = |minor| crate::money::show_minor(minor, currency);
    for line in books.lines(budget) {
        for period in crate::calendar::Period::all() {
            if let Some((posted, typed)) = books.ledger.contradiction(line, period) {
                found.push(Finding {
                    rule: Rule::Contradiction,
                    kind: Kind::BudgetLine,
                    id: line.meta.id,
                    words: format!(
                        "\"{}\" has postings of {} in period {} and {} typed",
                        line.name,
                        show(posted),
                        period.number(),
                        show(typed)
                    ),
                    remedy: "find the missing posting, or correct the typed amount",
                    fix: None,
                });
            }
        }
    }
}

/// Finds postings, transfers, accruals and commitments that count nowhere.
fn strays(board: &Board) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |kind, id: RecordId, words: &str| {
        found.push(Finding {
            rule: Rule::Stray,
            kind,
            id,
            words: format!("A {} {words}, so it counts nowhere", Kind::label(kind)),
            remedy: "give it a line and a day of its budget",
            fix: None,
        });
    };
    let is_here =
        |line: Option<RecordId>| line.is_some_and(|id| board.budget_lines.get(&id).is_some());
    for (id, posting) in &board.postings {
        let budget = posting.budget.and_then(|id| board.budgets.get(&id));
        let is_in_year = budget
            .zip(posting.day)
            .is_some_and(|(budget, day)| budget.calendar().year_of(day) == budget.fiscal_year);
        if !is_here(posting.line) {
            add(Kind::Posting, *id, "names a line that is not there");
        } else if !is_in_year {
            add(Kind::Posting, *id, "has a day outside its fiscal year");
        }
    }
    for (id, accrual) in &board.accruals {
        if !is_here(accrual.line) {
            add(Kind::Accrual, *id, "names a line that is not there");
        }
    }
    for (id, commitment) in &board.commitments {
        if !is_here(commitment.line) {
            add(Kind::Commitment, *id, "names a line that is not there");
        }
    }
    for (id, transfer) in &board.transfers {
        let is_lost = |line: Option<RecordId>| line.is_some() && !is_here(line);
        if is_lost(transfer.from_line) || is_lost(transfer.to_line) {
            add(Kind::Transfer, *id, "names a line that is not there");
        }
    }
    found
}

/// Finds orders, requests and contracts that pay from a budget of another currency and say no rate.
fn without_rate(board: &Board) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut lacking: Vec<(Kind, RecordId)> = Vec::new();
    let is_other = |line: Option<RecordId>, currency: Currency| {
        line.is_some_and(|line| board.currency_of(Kind::BudgetLine, line) != currency)
    };
    for (_, line) in &board.order_lines {
        let order = line.order.and_then(|id| board.purchase_orders.get(&id));
        if let Some(order) = order
            && order.state == OrderState::Open
            && order.rate.is_none()
            && is_other(line.budget_line, order.currency)
        {
            lacking.push((Kind::PurchaseOrder, order.meta.id));
        }
    }
    for (id, request) in &board.purchase_requests {
        if request.state == RequestState::Approved
            && request.rate.is_none()
            && is_other(request.budget_line, request.currency)
        {
            lacking.push((Kind::PurchaseRequest, *id));
        }
    }
    for (id, contract) in &board.contracts {
        if contract.terminated_on.is_none()
            && contract.rate.is_none()
            && contract.value.is_some()
            && is_other(contract.budget_line, contract.currency)
        {
            lacking.push((Kind::Contract, *id));
        }
    }
    lacking.sort_unstable();
    lacking.dedup();
    for (kind, id) in lacking {
        found.push(Finding {
            rule: Rule::NoRate,
            kind,
            id,
            words: format!(
                "The {} \"{}\" is in another currency than the budget that pays it and has no rate, so it counts nowhere",
                kind.label(),
                super::title(board, kind, id)
            ),
            remedy: "give rate and rate_on",
            fix: None,
        });
    }
    found
}

fn invoices(board: &Board, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    let twice = approved_twice(board);
    for figures in procurement::invoices(board, today) {
        let invoice = &figures.invoice;
        let mut add = |rule, words: String, remedy| {
            found.push(Finding {
                rule,
                kind: Kind::Invoice,
                id: invoice.meta.id,
                words,
                remedy,
                fix: None,
            });
        };
        if invoice.state.is_open() && !figures.exceptions.is_empty() {
            let count = figures.exceptions.len();
            let words = format!(
                "Invoice {} does not match its order in {count} points",
                invoice.number
            );
            add(
                Rule::Mismatch,
                words,
                "ask the vendor, or record what arrived",
            );
        }
        // The older of the two is right until somebody says otherwise.
        let is_newer = figures
            .duplicates
            .iter()
            .any(|other| *other < invoice.meta.id);
        if invoice.state.counts() && is_newer && invoice.state != InvoiceState::Paid {
            let words = format!("Invoice {} may be here twice", invoice.number);
            add(Rule::Duplicate, words, "compare the two and void one");
        }
        if figures.routing.is_self_approved {
            let words = format!("Invoice {} was approved by who coded it", invoice.number);
            add(Rule::Approval, words, "have another person approve it");
        }
        if twice.contains(&invoice.meta.id) {
            let words = format!(
                "Invoice {} was approved twice by one person",
                invoice.number
            );
            add(Rule::Approval, words, "delete one of the two approvals");
        }
    }
    found
}

/// Returns the invoices that one person approved more than once.
fn approved_twice(board: &Board) -> BTreeSet<RecordId> {
    let mut seen = BTreeSet::new();
    let approved = (&board.approvals)
        .into_iter()
        .filter(|(_, one)| one.decision == Decided::Approved)
        .filter_map(|(_, one)| Some((one.invoice?, one.person?)));
    approved
        .filter(|key| !seen.insert(*key))
        .map(|(invoice, _)| invoice)
        .collect()
}

fn contracts(board: &Board, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, contract) in &board.contracts {
        if contract.terminated_on.is_some() {
            continue;
        }
        let has_begun = contract
            .start
            .or(contract.end)
            .is_some_and(|day| day <= today);
        let words = match contract.signed_on {
            Some(_) => trouble(contract),
            // Without a signature it counts as a draft, so no deadline of it is watched.
            None => has_begun.then_some("has begun and nobody has said when it was signed"),
        };
        let Some(words) = words else { continue };
        found.push(Finding {
            rule: Rule::Contract,
            kind: Kind::Contract,
            id: *id,
            words: format!("The contract \"{}\" {words}", contract.name),
            remedy: "complete it from the signed paper",
            fix: None,
        });
    }
    found
}

/// Returns what keeps a contract from being followed, if anything does.
fn trouble(contract: &Contract) -> Option<&'static str> {
    let has_length = |months: Option<Months>| months.is_some_and(|months| months.0 > 0);
    let has_end =
        contract.end.is_some() || (has_length(contract.initial_months) && contract.start.is_some());
    let by_renewal = match contract.renewal {
        Renewal::Automatic if !has_length(contract.renewal_months) => {
            Some("renews for a term of no length")
        }
        Renewal::Automatic if contract.notice.is_none() => {
            Some("renews by itself and has no notice period")
        }
        Renewal::None | Renewal::Option if !has_end => Some("ends on no day that anybody has said"),
        Renewal::None | Renewal::Option | Renewal::Automatic | Renewal::Evergreen => None,
    };
    let lacks_proof =
        contract.notice_served_on.is_some() && contract.notice_proof.trim().is_empty();
    by_renewal
        .or_else(|| lacks_proof.then_some("has a notice without proof"))
        .or_else(|| contract.owner.is_none().then_some("has no owner"))
}

fn licences(board: &Board, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    for position in positions(board, today) {
        for alert in &position.alerts {
            let (kind, id, words, fix) = match alert {
                Alert::OverUse => (
                    Kind::Licence,
                    position.licences.first().copied(),
                    format!(
                        "{} is used {} times more than licensed",
                        position.product, position.over_use
                    ),
                    None,
                ),
                Alert::AssignedToLeaver(seat) => (
                    Kind::Assignment,
                    Some(*seat),
                    format!("Somebody who has left has a seat of {}", position.product),
                    Some(Command::edit(
                        *seat,
                        vec![crate::licence::AssignmentField::To(Some(today))],
                    )),
                ),
                Alert::MixedCurrencies => (
                    Kind::Licence,
                    position.licences.first().copied(),
                    format!(
                        "{} has prices in several currencies, so costs are not added up",
                        position.product
                    ),
                    None,
                ),
                // Few free seats and an end that comes are not wrong; the obligations and the position show them.
                Alert::LowSeats | Alert::Expiring(_) => continue,
            };
            let Some(id) = id else { continue };
            found.push(Finding {
                rule: Rule::Licence,
                kind,
                id,
                words,
                remedy: "buy seats, or take some back",
                fix,
            });
        }
    }
    found
}
