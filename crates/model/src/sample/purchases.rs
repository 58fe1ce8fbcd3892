//! Sample purchases: requests with quotes, orders with lines and receipts, invoices on their way.
//!
//! Most orders have arrived and were billed as ordered; some invoices do not match, and a few came twice.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::draw::Draw;
use super::words;
use super::{Lines, Size, made, workday_from};
use crate::calendar::add_days;
use crate::command::Command;
use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::procurement::{
    ApprovalField, Decided, InvoiceField, InvoiceLineField, InvoiceState, OrderLineField,
    OrderState, PurchaseOrderField, PurchaseRequestField, QuoteField, ReceiptField, RequestState,
};
use crate::quantity::{BasisPoints, Count, Days};

/// What purchases refer to.
pub(super) struct Around<'a> {
    pub(super) owners: &'a [PersonId],
    pub(super) vendors: &'a [RecordId],
    pub(super) lines: &'a Lines,
    pub(super) today: NaiveDate,
}

/// An order line that can be billed.
struct Ordered {
    order: RecordId,
    line: RecordId,
    vendor: Option<RecordId>,
    budget_line: Option<RecordId>,
    name: &'static str,
    quantity: i64,
    price: i64,
    day: NaiveDate,
}

pub(super) fn purchases(draw: &mut Draw, size: &Size, around: &Around<'_>) -> Vec<Command> {
    let (mut commands, mut ordered) = (Vec::new(), Vec::new());
    for at in 0..size.orders {
        order(draw, at, around, &mut commands, &mut ordered);
    }
    for at in 0..size.invoices {
        invoice(draw, at, around, &ordered, &mut commands);
    }
    commands
}

fn order(
    draw: &mut Draw,
    at: usize,
    around: &Around<'_>,
    commands: &mut Vec<Command>,
    ordered: &mut Vec<Ordered>,
) {
    let day = workday_from(around.today, draw.between(-240, -2));
    let vendor = draw.pick(around.vendors).copied();
    let request = draw
        .chance(50)
        .then(|| request(draw, day, around, commands));
    let state = draw.weighted(
        &[(45, OrderState::Open), (5, OrderState::Cancelled)],
        OrderState::Closed,
    );
    let order = draw.id();
    let expected = workday_from(day, draw.between(7, 45));
    let fields = vec![
        PurchaseOrderField::Number(format!("PO-{:05}", at.saturating_add(1))),
        PurchaseOrderField::Vendor(vendor),
        PurchaseOrderField::Request(request),
        PurchaseOrderField::OrderedOn(Some(day)),
        PurchaseOrderField::State(state),
        PurchaseOrderField::Currency(Currency::EUR),
        PurchaseOrderField::ExpectedOn(Some(expected)),
    ];
    commands.push(Command::create(order, fields));
    for _ in 0..2 {
        let one = Ordered {
            order,
            line: draw.id(),
            vendor,
            budget_line: around.lines.pick(draw),
            name: draw.word(words::GOODS),
            quantity: draw.between(1, 20),
            price: draw.between(5, 180).saturating_mul(1_000),
            day,
        };
        let arrived = workday_from(expected, draw.between(-6, 4));
        order_line(&one, commands);
        if state == OrderState::Cancelled {
            continue;
        }
        if arrived < around.today && draw.chance(85) {
            receipt(draw, &one, arrived, commands);
        }
        ordered.push(one);
    }
}

/// Makes a request with two quotes, one of them chosen, and returns its id.
fn request(
    draw: &mut Draw,
    day: NaiveDate,
    around: &Around<'_>,
    commands: &mut Vec<Command>,
) -> RecordId {
    let (request, name) = (draw.id(), draw.word(words::GOODS));
    let fields = vec![
        PurchaseRequestField::Title(name.to_owned()),
        PurchaseRequestField::RequestedBy(draw.pick(around.owners).copied()),
        PurchaseRequestField::NeededBy(Some(add_days(day, 40))),
        PurchaseRequestField::State(RequestState::Ordered),
        PurchaseRequestField::BudgetLine(around.lines.pick(draw)),
    ];
    commands.push(Command::create(request, fields));
    for is_chosen in [true, false] {
        let fields = vec![
            QuoteField::Request(Some(request)),
            QuoteField::Title(format!("Offer for {name}")),
            QuoteField::Vendor(draw.pick(around.vendors).copied()),
            QuoteField::Amount(Some(Amount(draw.between(5, 300).saturating_mul(10_000)))),
            QuoteField::ValidUntil(Some(add_days(day, 30))),
            QuoteField::IsChosen(is_chosen),
        ];
        commands.push(made(draw, fields));
    }
    request
}

fn order_line(one: &Ordered, commands: &mut Vec<Command>) {
    let fields = vec![
        OrderLineField::Order(Some(one.order)),
        OrderLineField::Name(one.name.to_owned()),
        OrderLineField::Quantity(Count(one.quantity)),
        OrderLineField::UnitPrice(Some(Amount(one.price))),
        OrderLineField::BudgetLine(one.budget_line),
    ];
    commands.push(Command::create(one.line, fields));
}

fn receipt(draw: &mut Draw, one: &Ordered, day: NaiveDate, commands: &mut Vec<Command>) {
    let fields = vec![
        ReceiptField::Order(Some(one.order)),
        ReceiptField::Line(Some(one.line)),
        ReceiptField::Quantity(Count(one.quantity)),
        ReceiptField::Day(Some(day)),
        ReceiptField::Reference(format!("DN-{}", draw.between(10_000, 99_999))),
    ];
    commands.push(made(draw, fields));
}

fn invoice(
    draw: &mut Draw,
    at: usize,
    around: &Around<'_>,
    ordered: &[Ordered],
    commands: &mut Vec<Command>,
) {
    // Each order line is billed once, in the order in which they were ordered; further invoices have no order.
    let billed = ordered.get(at);
    let vendor = billed.map_or_else(|| draw.pick(around.vendors).copied(), |one| one.vendor);
    let day = billed.map_or(around.today, |one| one.day);
    let day = workday_from(day, draw.between(5, 50)).min(around.today);
    let (quantity, price) = billed.map_or_else(
        || (1, draw.between(5, 400).saturating_mul(1_000)),
        |one| (one.quantity, one.price),
    );
    let dearer = if draw.chance(8) {
        price.checked_div(20).unwrap_or(0)
    } else {
        0
    };
    let price = price.saturating_add(dearer);
    let state = state(draw, around.today.signed_duration_since(day).num_days());
    let (id, coder) = (draw.id(), draw.pick(around.owners).copied());
    let mut fields = vec![
        InvoiceField::Number(format!(
            "RE-{:06}",
            at.saturating_mul(7).saturating_add(1_000)
        )),
        InvoiceField::Vendor(vendor),
        InvoiceField::Day(Some(day)),
        InvoiceField::ReceivedOn(Some(add_days(day, 2).min(around.today))),
        InvoiceField::Total(Some(Amount(quantity.saturating_mul(price)))),
        InvoiceField::Currency(Currency::EUR),
        InvoiceField::State(state),
        InvoiceField::Coder(coder),
    ];
    fields.extend(billed.map(|one| InvoiceField::Order(Some(one.order))));
    if draw.chance(15) {
        fields.push(InvoiceField::Discount(Some(BasisPoints(200))));
        fields.push(InvoiceField::DiscountDays(Some(Days(10))));
    }
    if state == InvoiceState::Paid {
        let paid_on = workday_from(day, 28).min(around.today);
        fields.push(InvoiceField::PaidOn(Some(paid_on)));
    }
    commands.push(Command::create(id, fields));
    let name = billed.map_or("Service of the month", |one| one.name);
    let fields = vec![
        InvoiceLineField::Invoice(Some(id)),
        InvoiceLineField::Name(name.to_owned()),
        InvoiceLineField::OrderLine(billed.map(|one| one.line)),
        InvoiceLineField::Quantity(Count(quantity)),
        InvoiceLineField::UnitPrice(Some(Amount(price))),
        InvoiceLineField::BudgetLine(billed.and_then(|one| one.budget_line)),
    ];
    commands.push(made(draw, fields));
    approval(draw, (id, coder, state), day, around, commands);
}

/// Decides how far an invoice of this age in days has come.
fn state(draw: &mut Draw, age: i64) -> InvoiceState {
    match age {
        0..=10 => InvoiceState::Registered,
        11..=30 => draw.weighted(&[(60, InvoiceState::Routed)], InvoiceState::Coded),
        _ => draw.weighted(&[(90, InvoiceState::Paid)], InvoiceState::Approved),
    }
}

/// Makes the one step of an invoice's way, unless the person drawn for it has coded the invoice.
fn approval(
    draw: &mut Draw,
    (invoice, coder, state): (RecordId, Option<PersonId>, InvoiceState),
    day: NaiveDate,
    around: &Around<'_>,
    commands: &mut Vec<Command>,
) {
    let drawn = draw.pick(around.owners).copied();
    let Some(approver) = drawn.filter(|one| Some(*one) != coder) else {
        return;
    };
    let is_settled = matches!(state, InvoiceState::Approved | InvoiceState::Paid);
    let decision = if is_settled {
        Decided::Approved
    } else {
        Decided::Pending
    };
    let on = |days| Some(workday_from(day, days).min(around.today));
    let mut fields = vec![
        ApprovalField::Invoice(Some(invoice)),
        ApprovalField::Person(Some(approver)),
        ApprovalField::Step(Count(1)),
        ApprovalField::Decision(decision),
        ApprovalField::AskedOn(on(3)),
    ];
    if is_settled {
        fields.push(ApprovalField::DecidedOn(on(9)));
    }
    commands.push(made(draw, fields));
}
