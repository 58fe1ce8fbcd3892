//! The licence position: what we may use, what we use, what the difference costs.
//!
//! Over-use comes first, then what asks for attention otherwise, then the rest by product.

use chrono::NaiveDate;

use super::draft::{Draft, left, right};
use super::{Cell, Report, Tone, capitalised, counted, show_day};
use crate::board::Board;
use crate::money::{Currency, show_minor};
use crate::query::licence::{Alert, Position, positions};

pub(super) fn report(board: &Board, today: NaiveDate) -> Report {
    let mut positions = positions(board, today);
    positions.sort_by_key(|one| (one.over_use == 0, one.alerts.is_empty()));
    let over = positions.iter().filter(|one| one.over_use > 0).count();
    let mut draft = Draft::new("Licence position", today);
    let gap = cost(&positions, |one| one.gap_cost);
    let shelf = cost(&positions, |one| one.shelf_cost);
    draft.say(format!(
        "{}, {over} of them used beyond what is licensed{gap}. Seats that are counted and not in use{shelf}.",
        capitalised(&counted(positions.len(), "product")),
        gap = gap.map_or_else(String::new, |sum| format!(", which costs {sum} at the true-up")),
        shelf = shelf.map_or_else(|| " cost nothing known".to_owned(), |sum| format!(" cost {sum}")),
    ));
    let columns = [
        left("Product"),
        left("Counted by"),
        right("Seats"),
        right("Assigned"),
        right("In use"),
        right("Free"),
        right("Used"),
        right("Unused cost"),
        right("Gap cost"),
        left("Currency"),
        left("Attention"),
    ];
    let rows = positions.iter().map(row).collect();
    draft.table(columns, rows, "There are no licences.");
    details(&mut draft, board, &positions);
    draft.done()
}

/// Returns the sum of a cost, currency by currency; `None` if there is none.
fn cost(positions: &[Position], of: fn(&Position) -> Option<i64>) -> Option<String> {
    let mut sums: std::collections::BTreeMap<Currency, i64> = std::collections::BTreeMap::new();
    for one in positions {
        if let Some(cost) = of(one).filter(|cost| *cost != 0) {
            let sum = sums.entry(one.currency).or_default();
            *sum = sum.saturating_add(cost);
        }
    }
    let shown: Vec<String> = sums
        .into_iter()
        .map(|(currency, sum)| format!("{} {}", show_minor(sum, currency), currency.code()))
        .collect();
    (!shown.is_empty()).then(|| shown.join(" and "))
}

fn row(one: &Position) -> [Cell; 11] {
    let currency = one.currency;
    let money = |minor: Option<i64>| match minor.filter(|minor| *minor != 0) {
        Some(minor) => Cell::Money { minor, currency },
        None => Cell::Empty,
    };
    let has_money = [one.gap_cost, one.shelf_cost]
        .into_iter()
        .flatten()
        .any(|minor| minor != 0);
    let worst = one.alerts.iter().map(|alert| said(alert)).next();
    let attention = match (one.over_use, worst) {
        (over, _) if over > 0 => Cell::status("Over-use", Tone::Bad),
        (_, Some(word)) => Cell::status(word, Tone::Warn),
        (_, None) => Cell::status("None", Tone::Good),
    };
    [
        Cell::text(&one.product),
        Cell::text(one.metric.label()),
        Cell::Count(one.seats),
        Cell::Count(one.assigned),
        one.in_use.map_or(Cell::Empty, Cell::Count),
        Cell::Count(one.available),
        Cell::percent(one.utilisation),
        money(one.shelf_cost),
        money(one.gap_cost),
        if has_money {
            Cell::text(currency.code())
        } else {
            Cell::Empty
        },
        attention,
    ]
}

fn said(alert: &Alert) -> &'static str {
    match alert {
        Alert::OverUse => "Over-use",
        Alert::AssignedToLeaver(_) => "A leaver has a seat",
        Alert::LowSeats => "Few seats free",
        Alert::Expiring(_) => "Expires soon",
        Alert::MixedCurrencies => "Prices in several currencies",
    }
}

/// Names who has left and what ends.
fn details(draft: &mut Draft, board: &Board, positions: &[Position]) {
    let mut said = Vec::new();
    for one in positions {
        for alert in &one.alerts {
            match alert {
                Alert::AssignedToLeaver(id) => {
                    let person = board.assignments.get(id).and_then(|seat| seat.person);
                    let name = board.person_name(person);
                    said.push(format!("{}: {name} has left and has a seat.", one.product));
                }
                Alert::Expiring(id) => {
                    let ends = board.licences.get(id).and_then(|licence| licence.ends);
                    let day = ends.map(show_day).unwrap_or_default();
                    said.push(format!("{}: a licence ends on {day}.", one.product));
                }
                Alert::OverUse => {
                    let seats = counted(usize::try_from(one.over_use).unwrap_or(0), "seat");
                    said.push(format!("{}: {seats} too few.", one.product));
                }
                Alert::LowSeats | Alert::MixedCurrencies => {}
            }
        }
    }
    if !said.is_empty() {
        draft.heading("In particular");
        for text in said {
            draft.say(text);
        }
    }
}
