//! The register of contracts and renewals: what to act on, by when, and what happens otherwise.
//!
//! The order is that of the days by which to act, because that is the day that can be missed; ends come second.

use chrono::NaiveDate;

use super::draft::{Draft, left, right};
use super::{Cell, Report, Tone, capitalised, counted, show_day};
use crate::board::Board;
use crate::calendar::add_days;
use crate::money::{Currency, show_minor};
use crate::query::contract::{ContractFigures, ContractState, all};

/// How far "to act on" looks ahead, in days: the first step of the ladder of reminders.
const AHEAD_DAYS: i64 = 120;

pub(super) fn report(board: &Board, today: NaiveDate) -> Report {
    let contracts = all(board, today);
    let (over, kept): (Vec<_>, Vec<_>) = contracts.into_iter().partition(|one| {
        matches!(
            one.state,
            ContractState::Expired | ContractState::Terminated
        )
    });
    let horizon = add_days(today, AHEAD_DAYS);
    let due: Vec<&ContractFigures> = kept
        .iter()
        .filter(|one| one.act_by.is_some_and(|day| day <= horizon))
        .collect();
    let mut draft = Draft::new("Contract and renewal register", today);
    draft.say(summary(&kept, &due, today));
    draft.heading(format!("To act on within {AHEAD_DAYS} days"));
    let columns = [
        left("Contract"),
        left("Owner"),
        left("State"),
        left("At the end of the term"),
        right("Act by"),
        right("Notice by"),
        right("Days left"),
    ];
    let rows = due.iter().map(|one| {
        let left = one
            .act_by
            .map(|day| day.signed_duration_since(today).num_days());
        [
            Cell::text(&one.contract.name),
            Cell::text(board.person_name(one.contract.owner)),
            state(one.state),
            Cell::text(one.contract.renewal.label()),
            Cell::date(one.act_by),
            Cell::date(one.notice_deadline),
            left.map_or(Cell::Empty, Cell::Count),
        ]
    });
    draft.table(columns, rows.collect(), "Nothing is to be done.");
    for one in &due {
        let consequence = one.contract.consequence.0.trim();
        if !consequence.is_empty() {
            draft.say(format!("If missed, {}: {consequence}", one.contract.name));
        }
    }
    draft.heading("All contracts");
    register(&mut draft, board, &kept);
    if !over.is_empty() {
        draft.heading("Ended");
        register(&mut draft, board, &over);
    }
    draft.done()
}

fn summary(kept: &[ContractFigures], due: &[&ContractFigures], today: NaiveDate) -> String {
    let late = due
        .iter()
        .filter(|one| one.act_by.is_some_and(|day| day < today))
        .count();
    let mut text = format!(
        "{}, {} to act on, for {late} of them the day has passed.",
        capitalised(&counted(kept.len(), "contract")),
        due.len()
    );
    if let Some((day, one)) = due.first().and_then(|one| Some((one.act_by?, one))) {
        text.push_str(&format!(
            " First: {}, by {}.",
            one.contract.name,
            show_day(day)
        ));
    }
    let sums = values(kept);
    if !sums.is_empty() {
        text.push_str(&format!(" Value a year: {}.", sums.join(", ")));
    }
    text
}

/// Returns what running contracts cost a year, currency by currency.
fn values(contracts: &[ContractFigures]) -> Vec<String> {
    let mut sums: std::collections::BTreeMap<Currency, i64> = std::collections::BTreeMap::new();
    for one in contracts.iter().filter(|one| one.state.is_running()) {
        if let Some(value) = one.annual_value {
            let sum = sums.entry(one.contract.currency).or_default();
            *sum = sum.saturating_add(value);
        }
    }
    let shown = |(currency, sum): (Currency, i64)| {
        format!("{} {}", show_minor(sum, currency), currency.code())
    };
    sums.into_iter().map(shown).collect()
}

fn state(state: ContractState) -> Cell {
    let tone = match state {
        ContractState::WindowOpen => Tone::Bad,
        ContractState::WindowClosed | ContractState::NoticeServed => Tone::Warn,
        ContractState::Active => Tone::Good,
        ContractState::Draft | ContractState::Expired | ContractState::Terminated => Tone::Neutral,
    };
    Cell::status(state.label(), tone)
}

fn register(draft: &mut Draft, board: &Board, contracts: &[ContractFigures]) {
    let columns = [
        left("Contract"),
        left("Number"),
        left("Vendor"),
        left("Owner"),
        left("State"),
        right("Term from"),
        right("Term to"),
        right("Act by"),
        right("Value a year"),
        left("Currency"),
    ];
    let rows = contracts.iter().map(|one| {
        let contract = &one.contract;
        let vendor = contract.vendor.and_then(|id| board.vendors.get(&id));
        let currency = contract.currency;
        let value = one.annual_value;
        [
            Cell::text(&contract.name),
            Cell::text(&contract.number),
            Cell::text(vendor.map_or("", |vendor| &vendor.name)),
            Cell::text(board.person_name(contract.owner)),
            state(one.state),
            Cell::date(one.term.and_then(|term| term.first)),
            Cell::date(one.ends_on.or(one.term.map(|term| term.last))),
            Cell::date(one.act_by),
            value.map_or(Cell::Empty, |minor| Cell::Money { minor, currency }),
            value.map_or(Cell::Empty, |_| Cell::text(currency.code())),
        ]
    });
    draft.table(columns, rows.collect(), "There are no contracts.");
}
