//! Vendors with what we have with them: contracts, spending, what is open, and how well they deliver.
//!
//! Performance is counted, not judged: orders that arrived whole by their day, invoices that match their order. Amounts of
//! different currencies are never added.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::money::Currency;
use crate::procurement::{OrderState, PurchaseOrder};
use crate::query::budget::basis_points;
use crate::query::contract::{self, add_months};
use crate::query::procurement;
use crate::vendor::Vendor;

/// How well a vendor delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Performance {
    /// Orders whose day of arrival has passed.
    pub due: i64,
    /// Of these, orders that had arrived whole by that day.
    pub on_time: i64,
    /// Invoices for an order.
    pub billed: i64,
    /// Of these, invoices that match it.
    pub matched: i64,
}

impl Performance {
    /// Returns the share of orders that arrived whole and in time, in basis points; `None` if none was due.
    pub fn on_time_share(&self) -> Option<i64> {
        basis_points(self.on_time, self.due)
    }

    /// Returns the share of invoices that match, in basis points; `None` without an invoice for an order.
    pub fn matched_share(&self) -> Option<i64> {
        basis_points(self.matched, self.billed)
    }

    /// Returns the mean of the two shares, in basis points; of one where there is only one, `None` without any.
    pub fn score(&self) -> Option<i64> {
        let shares = [self.on_time_share(), self.matched_share()];
        let known: Vec<i64> = shares.into_iter().flatten().collect();
        let sum = i128::from(known.iter().sum::<i64>());
        let mean = crate::money::divide_rounded(sum, i128::try_from(known.len()).ok()?)?;
        i64::try_from(mean).ok()
    }
}

/// A vendor with what we have with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorCard {
    /// The vendor.
    pub vendor: Arc<Vendor>,
    /// Persons there.
    pub contacts: usize,
    /// Contracts that run.
    pub contracts: usize,
    /// The earliest day by which to act on one of them.
    pub act_by: Option<NaiveDate>,
    /// Value of the running contracts a year, in minor units.
    pub annual_value: BTreeMap<Currency, i64>,
    /// Invoices of the twelve months up to today that count, in minor units.
    pub spend: BTreeMap<Currency, i64>,
    /// Invoices that are not settled.
    pub open_invoices: usize,
    /// Open actions that came from the vendor or from something we have with it.
    pub open_actions: usize,
    /// Day of the last interaction.
    pub last_contact: Option<NaiveDate>,
    /// How well it delivers.
    pub performance: Performance,
}

/// Returns all vendors with what we have with them, by name.
///
/// Cost: one walk over each table that names a vendor.
pub fn all(board: &Board, today: NaiveDate) -> Vec<VendorCard> {
    let mut cards = Cards::of(board);
    cards.contracts(today);
    cards.invoices(today);
    cards.orders(today);
    cards.people();
    cards.actions();
    let mut all: Vec<VendorCard> = cards.by_id.into_values().collect();
    all.sort_by(|a, b| a.vendor.name.cmp(&b.vendor.name));
    all
}

struct Cards<'a> {
    board: &'a Board,
    by_id: BTreeMap<RecordId, VendorCard>,
    /// The vendor that each record belongs to.
    owner: BTreeMap<RecordId, RecordId>,
}

impl<'a> Cards<'a> {
    fn of(board: &'a Board) -> Self {
        let card = |(id, vendor): (&RecordId, &Arc<Vendor>)| {
            let card = VendorCard {
                vendor: Arc::clone(vendor),
                contacts: 0,
                contracts: 0,
                act_by: None,
                annual_value: BTreeMap::new(),
                spend: BTreeMap::new(),
                open_invoices: 0,
                open_actions: 0,
                last_contact: None,
                performance: Performance::default(),
            };
            (*id, card)
        };
        let by_id: BTreeMap<RecordId, VendorCard> =
            (&board.vendors).into_iter().map(card).collect();
        Self {
            owner: by_id.keys().map(|id| (*id, *id)).collect(),
            by_id,
            board,
        }
    }

    /// Returns the card of the vendor that this record names, and remembers that it does.
    fn card(&mut self, record: RecordId, vendor: Option<RecordId>) -> Option<&mut VendorCard> {
        let vendor = vendor?;
        let card = self.by_id.get_mut(&vendor)?;
        self.owner.insert(record, vendor);
        Some(card)
    }

    fn contracts(&mut self, today: NaiveDate) {
        for figures in contract::all(self.board, today) {
            let contract = &figures.contract;
            let Some(card) = self.card(contract.meta.id, contract.vendor) else {
                continue;
            };
            if !figures.state.is_running() {
                continue;
            }
            card.contracts += 1;
            card.act_by = [card.act_by, figures.act_by].into_iter().flatten().min();
            if let Some(value) = figures.annual_value {
                add(&mut card.annual_value, contract.currency, value);
            }
        }
    }

    fn invoices(&mut self, today: NaiveDate) {
        let since = add_months(today, -12);
        for figures in procurement::invoices(self.board, today) {
            let invoice = &figures.invoice;
            let Some(card) = self.card(invoice.meta.id, invoice.vendor) else {
                continue;
            };
            card.open_invoices += usize::from(invoice.state.is_open());
            if !invoice.state.counts() {
                continue;
            }
            let is_recent = invoice.day.is_some_and(|day| day > since && day <= today);
            if let Some(total) = invoice.total.filter(|_| is_recent) {
                add(&mut card.spend, invoice.currency, total.0);
            }
            if invoice.order.is_some() {
                card.performance.billed += 1;
                card.performance.matched += i64::from(figures.exceptions.is_empty());
            }
        }
    }

    fn orders(&mut self, today: NaiveDate) {
        let mut ordered: BTreeMap<RecordId, Vec<(RecordId, i64)>> = BTreeMap::new();
        for (id, line) in &self.board.order_lines {
            if let Some(order) = line.order {
                let lines = ordered.entry(order).or_default();
                lines.push((*id, line.quantity.0));
            }
        }
        let mut received: BTreeMap<RecordId, Vec<(NaiveDate, i64)>> = BTreeMap::new();
        for (_, receipt) in &self.board.receipts {
            if let (Some(line), Some(day)) = (receipt.line, receipt.day) {
                let days = received.entry(line).or_default();
                days.push((day, receipt.quantity.0));
            }
        }
        for (id, order) in &self.board.purchase_orders {
            let lines = ordered.get(id).map(Vec::as_slice).unwrap_or_default();
            let Some(card) = self.card(*id, order.vendor) else {
                continue;
            };
            let Some(expected) = due_day(order, today).filter(|_| !lines.is_empty()) else {
                continue;
            };
            let is_whole = lines.iter().all(|(line, quantity)| {
                let days = received.get(line).map(Vec::as_slice).unwrap_or_default();
                let in_time = days.iter().filter(|(day, _)| *day <= expected);
                in_time
                    .map(|(_, quantity)| i128::from(*quantity))
                    .sum::<i128>()
                    >= i128::from(*quantity)
            });
            card.performance.due += 1;
            card.performance.on_time += i64::from(is_whole);
        }
    }

    fn people(&mut self) {
        for (id, contact) in &self.board.contacts {
            if let Some(card) = self.card(*id, contact.vendor) {
                card.contacts += 1;
            }
        }
        for (id, interaction) in &self.board.interactions {
            if let Some(card) = self.card(*id, interaction.vendor) {
                card.last_contact = card.last_contact.max(interaction.day);
            }
        }
        for (id, licence) in &self.board.licences {
            self.card(*id, licence.vendor);
        }
    }

    fn actions(&mut self) {
        for (_, action) in &self.board.actions {
            let vendor = action.origin.and_then(|origin| self.owner.get(&origin));
            let card = vendor.and_then(|vendor| self.by_id.get_mut(vendor));
            if let Some(card) = card.filter(|_| action.state.is_open()) {
                card.open_actions += 1;
            }
        }
    }
}

/// Returns the day on which an order was to arrive, if it was sent and that day has passed.
fn due_day(order: &PurchaseOrder, today: NaiveDate) -> Option<NaiveDate> {
    let is_sent = matches!(order.state, OrderState::Open | OrderState::Closed);
    order.expected_on.filter(|day| is_sent && *day < today)
}

fn add(sums: &mut BTreeMap<Currency, i64>, currency: Currency, amount: i64) {
    let sum = sums.entry(currency).or_default();
    *sum = sum.saturating_add(amount);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;

    fn order(desk: &mut Desk, name: &str, expected: &str, arrived: &[(&str, &str)]) {
        let fields = [
            ("number", name),
            ("vendor", "v"),
            ("state", "open"),
            ("expected_on", expected),
        ];
        desk.put(Kind::PurchaseOrder, name, &fields);
        let line = format!("line {name}");
        let fields = [
            ("order", name),
            ("name", "Laptop"),
            ("quantity", "3"),
            ("unit_price", "100"),
        ];
        desk.put(Kind::OrderLine, &line, &fields);
        for (at, (on, quantity)) in arrived.iter().enumerate() {
            let fields = [
                ("order", name),
                ("line", line.as_str()),
                ("day", *on),
                ("quantity", *quantity),
            ];
            desk.put(Kind::Receipt, &format!("receipt {name} {at}"), &fields);
        }
    }

    #[test]
    #[expect(
        clippy::too_many_lines,
        reason = "everything that a vendor's card adds up, in one board"
    )]
    fn a_card_shows_what_we_have_with_a_vendor_and_how_well_it_delivers() {
        let mut desk = Desk::new();
        desk.put(Kind::Vendor, "v", &[("name", "Nordlicht")]);
        desk.put(Kind::Vendor, "w", &[("name", "Acme")]);
        desk.put(Kind::Contact, "k", &[("vendor", "v"), ("name", "Kim")]);
        let talk = [("vendor", "v"), ("title", "Prices"), ("day", "2026-11-02")];
        desk.put(Kind::Interaction, "i", &talk);
        let contract = [
            ("name", "WAN"),
            ("vendor", "v"),
            ("signed_on", "2026-01-01"),
            ("start", "2026-01-01"),
            ("initial_months", "24"),
            ("value", "2400"),
        ];
        desk.put(Kind::Contract, "c", &contract);
        order(
            &mut desk,
            "1",
            "2026-11-10",
            &[("2026-11-02", "2"), ("2026-11-10", "1")],
        );
        order(
            &mut desk,
            "2",
            "2026-11-10",
            &[("2026-11-02", "2"), ("2026-11-11", "1")],
        );
        order(&mut desk, "3", "2026-12-10", &[]);
        for (name, price) in [("a", "100"), ("b", "200")] {
            let fields = [
                ("number", name),
                ("vendor", "v"),
                ("order", "1"),
                ("day", "2026-11-12"),
                ("total", price),
            ];
            desk.put(Kind::Invoice, name, &fields);
            let line = [
                ("invoice", name),
                ("name", "Laptop"),
                ("order_line", "line 1"),
                ("quantity", "1"),
                ("unit_price", price),
            ];
            desk.put(Kind::InvoiceLine, &format!("line {name}"), &line);
        }
        let old = [
            ("number", "old"),
            ("vendor", "v"),
            ("day", "2025-11-25"),
            ("total", "7"),
            ("state", "paid"),
        ];
        desk.put(Kind::Invoice, "old", &old);
        desk.put(Kind::Action, "x", &[("title", "Ask"), ("origin", "c")]);
        let cards = all(desk.board(), day("2026-11-25"));
        let names: Vec<&str> = cards.iter().map(|card| card.vendor.name.as_str()).collect();
        assert_eq!(names, ["Acme", "Nordlicht"]);
        assert_eq!(cards[0].performance.score(), None);
        let card = &cards[1];
        assert_eq!(
            (
                card.contacts,
                card.contracts,
                card.open_invoices,
                card.open_actions
            ),
            (1, 1, 2, 1)
        );
        assert_eq!(card.annual_value[&Currency::EUR], 120_000);
        assert_eq!(card.spend[&Currency::EUR], 30_000);
        assert_eq!(card.last_contact, Some(day("2026-11-02")));
        let expected = Performance {
            due: 2,
            on_time: 1,
            billed: 2,
            matched: 1,
        };
        assert_eq!(card.performance, expected);
        assert_eq!(card.performance.score(), Some(5_000));
        assert_eq!(card.vendor.meta.id, id("v"));
    }
}
