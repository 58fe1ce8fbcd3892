//! The registers of what is bought: contracts, vendors, licences, purchases, invoices.
//!
//! Each is a description and a function from the board to rows; figures are the model's.

use adjutant_model::Kind;
use adjutant_model::money::Currency;
use adjutant_model::procurement::{InvoiceState, OrderState, RequestState};
use adjutant_model::query::contract::ContractState;
use adjutant_model::query::{contract, licence, procurement, vendor};
use adjutant_model::settings::Rules;
use adjutant_model::vendor::{RiskTier, VendorStatus};

use super::data::{Datum, Register, Row, Rowset, Source, bits, due, names, ranked, shows};
use super::families::{by, climbed, tier};
use crate::format;
use crate::icons::{self, Icon};
use crate::theme::Tone;

pub(super) static CONTRACTS: Register = Register {
    name: "Contracts",
    hint: "Filter contracts",
    nouns: ("contract", "contracts"),
    icon: icons::CONTRACTS,
    columns: &[
        names("Contract"),
        shows("Vendor", 152.0).edits("vendor"),
        shows("State", 170.0),
        shows("Act by", 104.0).right(),
        shows("Left to act", 150.0),
        shows("Ends", 104.0).right(),
        shows("A year", 104.0).right(),
        shows("Owner", 148.0).edits("owner"),
    ],
    choices: &[
        "Running",
        "Act within 90 days",
        "Notice served",
        "Ended",
        "All",
    ],
    tiles: &[],
    sort: by(3),
    adds: Some(Kind::Contract),
    empty: (
        "No contracts yet",
        "A contract knows its notice and says by which day to act",
    ),
    rows: contracts,
};

fn contracts(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let rules = Rules::of(board);
    let rows = contract::all(board, today).into_iter().map(|figures| {
        let one = &figures.contract;
        let left = figures
            .act_by
            .filter(|_| figures.state.is_running() && figures.state != ContractState::NoticeServed)
            .map(|day| day.signed_duration_since(today).num_days());
        let ladder = left.map_or_else(
            || Datum::text(""),
            |days| {
                let (steps, tone) = climbed(&rules, days);
                Datum::ladder(days, steps, tone)
            },
        );
        let (tone, icon) = contract_look(figures.state);
        let is_over = matches!(
            figures.state,
            ContractState::Expired | ContractState::Terminated
        );
        let vendor = one.vendor.and_then(|id| board.vendors.get(&id));
        let choices = bits(&[
            (0, figures.state.is_running()),
            (1, left.is_some_and(|days| days <= 90)),
            (2, figures.state == ContractState::NoticeServed),
            (3, is_over),
            (4, true),
        ]);
        let ends = figures.ends_on.or(figures.term.map(|term| term.last));
        let deadline = figures
            .notice_deadline
            .map(|day| format!("Notice by {}", format::day(day, today)));
        let cells = vec![
            Datum::name(&one.name),
            Datum::text(vendor.map_or("", |vendor| vendor.name.as_str())),
            Datum::tag(figures.state as usize, tone, icon, figures.state.label()),
            Datum::day(figures.act_by, today).noted(deadline.unwrap_or_default()),
            ladder,
            Datum::day(ends, today),
            Datum::money(figures.annual_value, one.currency),
            Datum::person(board, one.owner),
        ];
        Row::of(Kind::Contract, one.meta.id, choices, cells)
    });
    Rowset {
        rows: rows.collect(),
        ..Rowset::default()
    }
}

/// Returns tone and icon of where a contract stands.
pub(crate) fn contract_look(state: ContractState) -> (Tone, Icon) {
    match state {
        ContractState::Draft => (Tone::Neutral, icons::TO_DO),
        ContractState::Active => (Tone::Ok, icons::ACTIVE),
        ContractState::WindowOpen => (Tone::Warn, icons::WARNING),
        ContractState::WindowClosed => (Tone::Bad, icons::ERROR),
        ContractState::NoticeServed => (Tone::Accent, icons::DONE),
        ContractState::Expired | ContractState::Terminated => (Tone::Neutral, icons::CANCELLED),
    }
}

pub(super) static VENDORS: Register = Register {
    name: "Vendors",
    hint: "Filter vendors",
    nouns: ("vendor", "vendors"),
    icon: icons::VENDORS,
    columns: &[
        names("Vendor"),
        shows("Category", 96.0).edits("category"),
        shows("Status", 92.0).edits("status"),
        shows("Risk", 104.0).edits("risk"),
        shows("Contracts", 76.0).right(),
        shows("Act by", 104.0).right(),
        shows("Spend", 112.0).right(),
        shows("To pay", 66.0).right(),
        shows("Last contact", 106.0).right(),
        shows("Owner", 148.0).edits("owner"),
    ],
    choices: &["Active", "High risk", "Prospects", "All"],
    tiles: &[],
    sort: by(0),
    adds: Some(Kind::Vendor),
    empty: (
        "No vendors yet",
        "A vendor's card gathers its contracts, spending, invoices and contacts",
    ),
    rows: vendors,
};

fn vendors(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let rows = vendor::all(board, today).into_iter().map(|card| {
        let one = &card.vendor;
        let (status_rank, status) = ranked(&one.status);
        let (risk_rank, risk) = ranked(&one.risk);
        let (tone, icon) = match one.status {
            VendorStatus::Active => (Tone::Ok, icons::ACTIVE),
            VendorStatus::Prospect => (Tone::Accent, icons::TO_DO),
            VendorStatus::Inactive => (Tone::Neutral, icons::CANCELLED),
        };
        let (currency, spend) = main_sum(&card.spend);
        let choices = bits(&[
            (0, one.status == VendorStatus::Active),
            (1, one.risk == RiskTier::High),
            (2, one.status == VendorStatus::Prospect),
            (3, true),
        ]);
        let cells = vec![
            Datum::name(&one.name),
            Datum::quiet(&one.category),
            Datum::tag(status_rank, tone, icon, status),
            tier(risk_rank, one.risk, risk),
            counted(card.contracts, Tone::Neutral),
            Datum::day(card.act_by, today),
            Datum::money(spend, currency),
            counted(card.open_invoices, Tone::Warn),
            Datum::day(card.last_contact, today),
            Datum::person(board, one.owner),
        ];
        Row::of(Kind::Vendor, one.meta.id, choices, cells)
    });
    Rowset {
        rows: rows.collect(),
        ..Rowset::default()
    }
}

fn counted(count: usize, tone: Tone) -> Datum {
    let tone = if count == 0 { Tone::Neutral } else { tone };
    Datum::count(i64::try_from(count).unwrap_or(i64::MAX), tone)
}

/// Returns the largest of sums in several currencies.
pub(crate) fn main_sum(
    sums: &std::collections::BTreeMap<Currency, i64>,
) -> (Currency, Option<i64>) {
    let largest = sums.iter().max_by_key(|(_, sum)| **sum);
    largest.map_or((Currency::EUR, None), |(currency, sum)| {
        (*currency, Some(*sum))
    })
}

pub(super) static LICENCES: Register = Register {
    name: "Licences",
    hint: "Filter licences",
    nouns: ("licence", "licences"),
    icon: icons::LICENCES,
    columns: &[
        names("Product"),
        shows("Counted by", 110.0).edits("metric"),
        shows("Position", 146.0),
        shows("Seats", 66.0).edits("seats").right(),
        shows("Assigned", 76.0).right(),
        shows("In use", 66.0).right(),
        shows("Free", 62.0).right(),
        shows("Ends", 104.0).edits("ends").right(),
        shows("Vendor", 144.0).edits("vendor"),
        shows("Owner", 142.0).edits("owner"),
    ],
    choices: &["Needs attention", "Shelfware", "All"],
    tiles: &[],
    sort: by(2),
    adds: Some(Kind::Licence),
    empty: (
        "No licences yet",
        "A licence has seats; what is assigned and in use gives its position",
    ),
    rows: licences,
};

fn licences(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let mut rows = Vec::new();
    for position in licence::positions(board, today) {
        let (rank, tone, icon, words) = position_look(&position);
        for id in &position.licences {
            let Some(one) = board.licences.get(id) else {
                continue;
            };
            let vendor = one.vendor.and_then(|id| board.vendors.get(&id));
            let free = if position.available < 0 {
                Tone::Bad
            } else {
                Tone::Neutral
            };
            let choices = bits(&[(0, rank < 3), (1, rank == 3), (2, true)]);
            let in_use = position.in_use.map_or_else(
                || Datum::text(""),
                |count| Datum::count(count, Tone::Neutral),
            );
            let cells = vec![
                Datum::name(&one.product),
                Datum::quiet(ranked(&one.metric).1),
                Datum::tag(rank, tone, icon, &words),
                Datum::count(one.seats.0, Tone::Neutral),
                Datum::count(position.assigned, Tone::Neutral),
                in_use,
                Datum::count(position.available, free),
                Datum::day(one.ends, today),
                Datum::text(vendor.map_or("", |vendor| vendor.name.as_str())),
                Datum::person(board, one.owner),
            ];
            rows.push(Row::of(Kind::Licence, *id, choices, cells));
        }
    }
    Rowset {
        rows,
        ..Rowset::default()
    }
}

fn position_look(position: &licence::Position) -> (usize, Tone, Icon, String) {
    use licence::Alert;
    let has = |wanted: fn(&Alert) -> bool| position.alerts.iter().any(wanted);
    if position.over_use > 0 {
        return (
            0,
            Tone::Bad,
            icons::ERROR,
            format!("{} over", position.over_use),
        );
    }
    if has(|alert| matches!(alert, Alert::Expiring(_))) {
        return (1, Tone::Warn, icons::CLOCK, "Ends soon".to_owned());
    }
    if has(|alert| matches!(alert, Alert::AssignedToLeaver(_))) {
        return (2, Tone::Warn, icons::PERSON, "Held by a leaver".to_owned());
    }
    if has(|alert| *alert == Alert::LowSeats) {
        return (2, Tone::Warn, icons::WARNING, "Few seats free".to_owned());
    }
    match position.shelfware.filter(|count| *count > 0) {
        Some(count) => (3, Tone::Accent, icons::UNDER, format!("{count} unused")),
        None => (4, Tone::Ok, icons::DONE, "In order".to_owned()),
    }
}

pub(super) static PURCHASES: Register = Register {
    name: "Purchases",
    hint: "Filter requests and orders",
    nouns: ("purchase", "purchases"),
    icon: icons::PURCHASES,
    columns: &[
        names("Purchase"),
        shows("Kind", 92.0),
        shows("State", 126.0).edits("state"),
        shows("Vendor", 168.0).edits("vendor"),
        shows("Needed or expected", 142.0).right(),
        shows("Amount", 116.0).right(),
        shows("Requested by", 156.0).edits("requested_by"),
    ],
    choices: &["Open", "To decide", "On order", "All"],
    tiles: &[],
    sort: by(4),
    adds: Some(Kind::PurchaseRequest),
    empty: (
        "No purchases yet",
        "A request is approved, becomes an order, arrives and is invoiced",
    ),
    rows: purchases,
};

fn purchases(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let requests = board.purchase_requests.into_iter().map(|(id, one)| {
        let (rank, words) = ranked(&one.state);
        let (tone, icon) = match one.state {
            RequestState::Draft => (Tone::Neutral, icons::TO_DO),
            RequestState::Submitted => (Tone::Warn, icons::WAITING),
            RequestState::Approved => (Tone::Ok, icons::DONE),
            RequestState::Ordered => (Tone::Accent, icons::PURCHASES),
            RequestState::Rejected => (Tone::Bad, icons::ERROR),
            RequestState::Cancelled => (Tone::Neutral, icons::CANCELLED),
        };
        let is_open = matches!(
            one.state,
            RequestState::Draft | RequestState::Submitted | RequestState::Approved
        );
        let choices = bits(&[
            (0, is_open),
            (1, one.state == RequestState::Submitted),
            (3, true),
        ]);
        let cells = vec![
            Datum::name(&one.title),
            Datum::quiet("Request"),
            Datum::tag(rank, tone, icon, words),
            Datum::text(""),
            due(one.needed_by, is_open, today),
            Datum::money(one.amount.map(|amount| amount.0), one.currency),
            Datum::person(board, one.requested_by),
        ];
        Row::of(Kind::PurchaseRequest, *id, choices, cells)
    });
    let orders = board.purchase_orders.into_iter().map(|(id, one)| {
        let (rank, words) = ranked(&one.state);
        let (tone, icon) = match one.state {
            OrderState::Draft => (Tone::Neutral, icons::TO_DO),
            OrderState::Open => (Tone::Accent, icons::PURCHASES),
            OrderState::Closed => (Tone::Ok, icons::DONE),
            OrderState::Cancelled => (Tone::Neutral, icons::CANCELLED),
        };
        let is_open = one.state == OrderState::Open;
        let lines = board.order_lines.into_iter().map(|(_, line)| line);
        let amounts = lines.filter(|line| line.order == Some(*id)).map(|line| {
            let price = line.unit_price.map_or(0, |price| price.0);
            price.saturating_mul(line.quantity.0)
        });
        let amount = amounts.fold(0_i64, i64::saturating_add);
        let vendor = one.vendor.and_then(|id| board.vendors.get(&id));
        let request = one.request.and_then(|id| board.purchase_requests.get(&id));
        let title = request.map_or_else(
            || one.number.clone(),
            |request| format!("{} {}", one.number, request.title),
        );
        let cells = vec![
            Datum::name(&title),
            Datum::quiet("Order"),
            Datum::tag(rank, tone, icon, words),
            Datum::text(vendor.map_or("", |vendor| vendor.name.as_str())),
            due(one.expected_on, is_open, today),
            Datum::money(Some(amount), one.currency),
            Datum::person(board, request.and_then(|request| request.requested_by)),
        ];
        let choices = bits(&[(0, is_open), (2, is_open), (3, true)]);
        Row::of(Kind::PurchaseOrder, *id, choices, cells)
    });
    Rowset {
        rows: requests.chain(orders).collect(),
        ..Rowset::default()
    }
}

pub(super) static INVOICES: Register = Register {
    name: "Invoices",
    hint: "Filter invoices",
    nouns: ("invoice", "invoices"),
    icon: icons::INVOICES,
    columns: &[
        names("Invoice"),
        shows("Vendor", 158.0).edits("vendor"),
        shows("State", 190.0).edits("state"),
        shows("Waits for", 150.0),
        shows("Waiting", 76.0).right(),
        shows("Check", 128.0),
        shows("Due", 104.0).right(),
        shows("Total", 112.0).edits("total").right(),
    ],
    choices: &["Open", "With questions", "Overdue", "Paid", "All"],
    tiles: &[],
    sort: by(6),
    adds: Some(Kind::Invoice),
    empty: (
        "No invoices yet",
        "An invoice is matched with its order, routed to its approvers and sent to be paid",
    ),
    rows: invoices,
};

fn invoices(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let rows = procurement::invoices(board, today)
        .into_iter()
        .map(|figures| {
            let one = &figures.invoice;
            let (rank, words) = ranked(&one.state);
            let (tone, icon) = match one.state {
                InvoiceState::Received | InvoiceState::Registered => (Tone::Neutral, icons::TO_DO),
                InvoiceState::Coded => (Tone::Accent, icons::IN_PROGRESS),
                InvoiceState::Routed => (Tone::Warn, icons::WAITING),
                InvoiceState::Approved | InvoiceState::Sent => (Tone::Accent, icons::DONE),
                InvoiceState::Paid => (Tone::Ok, icons::DONE),
                InvoiceState::Rejected => (Tone::Bad, icons::ERROR),
                InvoiceState::Void => (Tone::Neutral, icons::CANCELLED),
            };
            let is_open = one.state.is_open();
            let questions = figures.exceptions.len() + usize::from(!figures.duplicates.is_empty());
            let check = if !figures.duplicates.is_empty() {
                Datum::mark(0, Tone::Bad, icons::ERROR, "Paid twice?")
                    .noted("Another invoice of this vendor looks the same")
            } else if questions > 0 {
                let words = format::counted(questions, "question", "questions");
                let reasons: Vec<&str> = figures.exceptions.iter().map(exception_words).collect();
                Datum::mark(1, Tone::Warn, icons::WARNING, &words).noted(reasons.join(", "))
            } else {
                Datum::mark(2, Tone::Ok, icons::DONE, "Matches")
            };
            let is_overdue = is_open && figures.due.is_some_and(|day| day < today);
            let vendor = one.vendor.and_then(|id| board.vendors.get(&id));
            let waiting = figures.routing.waiting_days.filter(|_| is_open);
            let choices = bits(&[
                (0, is_open),
                (1, is_open && questions > 0),
                (2, is_overdue),
                (3, one.state == InvoiceState::Paid),
                (4, true),
            ]);
            let next = figures.routing.next.filter(|_| is_open);
            let cells = vec![
                Datum::name(&one.number),
                Datum::text(vendor.map_or("", |vendor| vendor.name.as_str())),
                Datum::tag(rank, tone, icon, words),
                next.map_or_else(|| Datum::text(""), |next| Datum::person(board, Some(next))),
                waiting.map_or_else(
                    || Datum::text(""),
                    |days| Datum::figure(format!("{days} d"), days, Tone::Neutral),
                ),
                check,
                due(figures.due, is_open, today),
                Datum::money(one.total.map(|total| total.0), one.currency),
            ];
            Row::of(Kind::Invoice, one.meta.id, choices, cells)
        });
    Rowset {
        rows: rows.collect(),
        ..Rowset::default()
    }
}

fn exception_words(exception: &procurement::Exception) -> &'static str {
    use procurement::Exception;
    match exception {
        Exception::NoOrder => "it names no order",
        Exception::NotOnOrder { .. } => "a line is not on the order",
        Exception::PriceAbove { .. } => "a line costs more than was ordered",
        Exception::OverBilled { .. } => "more is billed than was ordered",
        Exception::NotReceived { .. } => "more is billed than has arrived",
        Exception::NotAccepted { .. } => "more is billed than was accepted",
        Exception::TotalDiffers { .. } => "the lines do not add up to the total",
        Exception::OtherCurrency => "the order is in another currency",
        Exception::OtherVendor => "the order is another vendor's",
        Exception::NoLines => "it has no lines to match",
    }
}
