//! Answers about what is bought: contracts, licences, invoices, vendors, evaluations.
//!
//! Each is one query of the model as a table.

use adjutant_model::money::Currency;
use adjutant_model::query::{contract, evaluation, licence, procurement, vendor};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::{Answer, Asked, amount, answer, one, percent, shown};

pub(super) fn contracts(asked: &Asked<'_>) -> Answer {
    let all = contract::all(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        vec![
            json!(one.contract.name),
            json!(one.state.label()),
            json!(one.act_by),
            json!(one.notice_deadline),
            json!(one.term.map(|term| term.last)),
            json!(one.ends_on),
            amount(one.annual_value, one.contract.currency),
            json!(asked.board.person_name(one.contract.owner)),
            json!(one.contract.meta.id),
        ]
    });
    let titles = &[
        "contract",
        "state",
        "act by",
        "notice by",
        "term ends",
        "ends on",
        "a year>",
        "owner",
        "id",
    ];
    answer(titles, rows)
}

pub(super) fn licences(asked: &Asked<'_>) -> Answer {
    let all = licence::positions(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        vec![
            json!(one.product),
            json!(one.metric.label()),
            json!(one.seats),
            json!(one.assigned),
            json!(one.in_use),
            json!(one.available),
            json!(one.shelfware),
            amount(one.gap_cost, one.currency),
            percent(one.utilisation),
        ]
    });
    let titles = &[
        "product",
        "metric",
        "seats>",
        "assigned>",
        "in use>",
        "available>",
        "shelfware>",
        "gap cost>",
        "used>",
    ];
    answer(titles, rows)
}

pub(super) fn invoices(asked: &Asked<'_>) -> Answer {
    let all = procurement::invoices(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        let invoice = &one.invoice;
        let vendor = invoice.vendor.and_then(|id| asked.board.vendors.get(&id));
        vec![
            json!(invoice.number),
            json!(vendor.map(|vendor| vendor.name.clone())),
            json!(invoice.state.label()),
            json!(one.due),
            amount(invoice.total.map(|total| total.0), invoice.currency),
            json!(if one.exceptions.is_empty() {
                "matches"
            } else {
                "exception"
            }),
            json!(one.duplicates.len()),
            json!(asked.board.person_name(one.routing.next)),
            json!(one.routing.waiting_days),
            json!(invoice.meta.id),
        ]
    });
    let titles = &[
        "invoice",
        "vendor",
        "state",
        "due",
        "total>",
        "match",
        "copies>",
        "waits for",
        "days>",
        "id",
    ];
    answer(titles, rows)
}

pub(super) fn evaluation(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    let id = one(asked, "evaluation")?;
    let found = evaluation::figures(asked.board, id).context("that record is no evaluation")?;
    let currency = found.evaluation.currency;
    let rows = found.options.iter().map(|one| {
        let failed: Vec<&str> = one.failed.iter().map(|of| of.name.as_str()).collect();
        vec![
            json!(one.rank),
            json!(one.option.name),
            percent(Some(one.total_basis_points)),
            amount(one.option.price.map(|price| price.0), currency),
            json!(failed),
            json!(one.option.meta.id),
        ]
    });
    let mut answer = answer(
        &["rank>", "option", "total>", "price>", "fails", "id"],
        rows,
    );
    if let Some(turn) = &found.turn {
        let change = shown(&percent(Some(turn.change_basis_points)));
        answer.words = format!(
            "\"{}\" draws level if the weight of \"{}\" changes by {change}\n",
            turn.winner.name, turn.criterion.name
        );
    }
    Ok(answer)
}

pub(super) fn vendors(asked: &Asked<'_>) -> Answer {
    let all = vendor::all(asked.board, asked.today);
    let wanted = all
        .iter()
        .filter(|one| asked.of.is_none_or(|of| of == one.vendor.meta.id));
    let sums = |sums: &BTreeMap<Currency, i64>| {
        let words = sums.iter().map(|(currency, minor)| {
            let shown = shown(&amount(*minor, *currency));
            json!(format!("{shown} {}", currency.code()))
        });
        Value::Array(words.collect())
    };
    let rows = wanted.map(|one| {
        vec![
            json!(one.vendor.name),
            json!(asked.board.person_name(one.vendor.owner)),
            json!(one.contracts),
            json!(one.act_by),
            sums(&one.annual_value),
            sums(&one.spend),
            json!(one.open_invoices),
            json!(one.open_actions),
            json!(one.last_contact),
            percent(one.performance.on_time_share()),
            percent(one.performance.matched_share()),
            percent(one.performance.score()),
            json!(one.vendor.meta.id),
        ]
    });
    let titles = &[
        "vendor",
        "owner",
        "contracts>",
        "act by",
        "a year>",
        "spent in 12 months>",
        "open invoices>",
        "open actions>",
        "last contact",
        "on time>",
        "match>",
        "score>",
        "id",
    ];
    answer(titles, rows)
}
