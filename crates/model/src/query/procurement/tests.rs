//! Tests of matching, duplicates, routing and what orders promise.

use proptest::prelude::*;

use super::*;
use crate::desk::{Desk, day, id};
use crate::kind::Kind;

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.put(Kind::Vendor, "v", &[("name", "Nordlicht")]);
    desk.put(
        Kind::PurchaseOrder,
        "o",
        &[("number", "4711"), ("vendor", "v"), ("state", "open")],
    );
    let line = [
        ("order", "o"),
        ("name", "Laptop"),
        ("quantity", "10"),
        ("unit_price", "1000"),
        ("budget_line", "b"),
    ];
    desk.put(Kind::OrderLine, "ol", &line);
    desk
}

fn receive(desk: &mut Desk, name: &str, quantity: &str) {
    desk.put(
        Kind::Receipt,
        name,
        &[("order", "o"), ("line", "ol"), ("quantity", quantity)],
    );
}

fn bill(desk: &mut Desk, name: &str, quantity: &str, price: &str, total: &str) {
    let fields = [
        ("number", name),
        ("vendor", "v"),
        ("order", "o"),
        ("day", "2026-11-01"),
        ("total", total),
    ];
    desk.put(Kind::Invoice, name, &fields);
    let line = format!("{name} line");
    let fields = [
        ("invoice", name),
        ("name", "Laptop"),
        ("order_line", "ol"),
        ("quantity", quantity),
        ("unit_price", price),
    ];
    desk.put(Kind::InvoiceLine, &line, &fields);
}

fn one(desk: &Desk, name: &str) -> InvoiceFigures {
    let purchases = Purchases::of(desk.board());
    purchases
        .figures(desk.board(), id(name), day("2026-11-25"), &Rules::default())
        .unwrap()
}

#[test]
fn three_way_matching_wants_what_was_ordered_and_has_arrived() {
    let mut desk = desk();
    receive(&mut desk, "r", "4");
    bill(&mut desk, "i", "10", "1000", "10000");
    let missing = Exception::NotReceived {
        line: id("ol"),
        received: 4,
        billed: 10,
    };
    assert_eq!(one(&desk, "i").exceptions, [missing]);
    desk.put(Kind::PurchaseOrder, "o", &[("matching", "two_way")]);
    assert_eq!(one(&desk, "i").exceptions, []);
    desk.put(Kind::PurchaseOrder, "o", &[("matching", "three_way")]);
    receive(&mut desk, "r2", "6");
    assert_eq!(one(&desk, "i").exceptions, []);
}

#[test]
fn four_way_matching_wants_what_has_passed_inspection_too() {
    let mut desk = desk();
    desk.put(Kind::PurchaseOrder, "o", &[("matching", "four_way")]);
    receive(&mut desk, "r", "10");
    bill(&mut desk, "i", "10", "1000", "10000");
    let refused = |accepted| Exception::NotAccepted {
        line: id("ol"),
        accepted,
        billed: 10,
    };
    assert_eq!(one(&desk, "i").exceptions, [refused(0)]);
    desk.put(Kind::Receipt, "r", &[("accepted", "9")]);
    assert_eq!(one(&desk, "i").exceptions, [refused(9)]);
    desk.put(Kind::Receipt, "r", &[("accepted", "10")]);
    assert_eq!(one(&desk, "i").exceptions, []);
}

#[test]
fn partial_invoices_add_up() {
    let mut desk = desk();
    receive(&mut desk, "r", "10");
    bill(&mut desk, "i1", "6", "1000", "6000");
    bill(&mut desk, "i2", "5", "1000", "5000");
    let over = Exception::OverBilled {
        line: id("ol"),
        ordered: 10,
        billed: 11,
    };
    let short = Exception::NotReceived {
        line: id("ol"),
        received: 10,
        billed: 11,
    };
    assert_eq!(one(&desk, "i2").exceptions, [over, short]);
    desk.put(Kind::Invoice, "i1", &[("state", "void")]);
    assert_eq!(one(&desk, "i2").exceptions, []);
}

#[test]
fn prices_pass_within_the_smaller_of_share_and_amount() {
    let mut desk = desk();
    receive(&mut desk, "r", "10");
    // 2 % of 1,000 is 20; of 10,000 it is 200, and then 50 is the limit.
    bill(&mut desk, "one", "1", "1020", "1020");
    assert_eq!(one(&desk, "one").exceptions, []);
    desk.put(Kind::InvoiceLine, "one line", &[("unit_price", "1020.01")]);
    desk.put(Kind::Invoice, "one", &[("total", "1020.01")]);
    let above = |line, billed| Exception::PriceAbove {
        line: id(line),
        ordered: 100_000,
        billed,
    };
    assert_eq!(one(&desk, "one").exceptions, [above("one line", 102_001)]);
    desk.put(Kind::Invoice, "one", &[("state", "void")]);
    bill(&mut desk, "ten", "10", "1005", "10050");
    assert_eq!(one(&desk, "ten").exceptions, []);
    desk.put(Kind::InvoiceLine, "ten line", &[("unit_price", "1005.01")]);
    assert_eq!(one(&desk, "ten").exceptions, [above("ten line", 100_501)]);
    desk.put(Kind::InvoiceLine, "ten line", &[("unit_price", "900")]);
    desk.put(Kind::Invoice, "ten", &[("total", "9000")]);
    assert_eq!(one(&desk, "ten").exceptions, []);
}

#[test]
fn totals_strangers_and_currencies_are_exceptions() {
    let mut desk = desk();
    receive(&mut desk, "r", "10");
    bill(&mut desk, "i", "1", "1000", "1010.01");
    let differs = Exception::TotalDiffers {
        lines: 100_000,
        total: 101_001,
    };
    assert_eq!(one(&desk, "i").exceptions, [differs]);
    desk.put(Kind::Invoice, "i", &[("total", "1010")]);
    assert_eq!(one(&desk, "i").exceptions, []);
    desk.put(Kind::InvoiceLine, "i line", &[("order_line", "")]);
    assert_eq!(
        one(&desk, "i").exceptions,
        [Exception::NotOnOrder { line: id("i line") }]
    );
    desk.put(Kind::Invoice, "i", &[("currency", "USD")]);
    assert_eq!(one(&desk, "i").exceptions, [Exception::OtherCurrency]);
}

#[test]
fn a_second_copy_is_found_by_number_or_by_amount_and_date() {
    let mut desk = desk();
    let invoice = |desk: &mut Desk, name: &str, number: &str, when: &str, total: &str| {
        let fields = [
            ("number", number),
            ("vendor", "v"),
            ("day", when),
            ("total", total),
        ];
        desk.put(Kind::Invoice, name, &fields);
    };
    invoice(&mut desk, "a", "RE-0042/26", "2026-11-01", "100");
    invoice(&mut desk, "b", "re 0042 26", "2026-03-01", "999");
    invoice(&mut desk, "c", "77", "2026-11-08", "100");
    invoice(&mut desk, "d", "78", "2026-11-16", "100");
    let mut expected = vec![id("b"), id("c")];
    expected.sort_unstable();
    assert_eq!(one(&desk, "a").duplicates, expected);
    assert_eq!(one(&desk, "d").duplicates, []);
    desk.put(Kind::Invoice, "b", &[("state", "void")]);
    assert_eq!(one(&desk, "a").duplicates, [id("c")]);
}

#[test]
fn due_dates_and_discounts() {
    let mut desk = desk();
    bill(&mut desk, "i", "1", "1000", "1000");
    assert_eq!(one(&desk, "i").due, Some(day("2026-12-01")));
    desk.put(
        Kind::Invoice,
        "i",
        &[
            ("terms", "14"),
            ("discount", "200"),
            ("discount_days", "10"),
        ],
    );
    let figures = one(&desk, "i");
    assert_eq!(figures.due, Some(day("2026-11-15")));
    assert_eq!(figures.discount, Some((day("2026-11-11"), 2_000)));
}

#[test]
fn an_invoice_shows_where_it_waits_and_for_how_long() {
    let mut desk = desk();
    bill(&mut desk, "i", "1", "1000", "1000");
    desk.put(
        Kind::Invoice,
        "i",
        &[
            ("received_on", "2026-11-02"),
            ("coder", "Anna"),
            ("state", "routed"),
        ],
    );
    let first = [
        ("invoice", "i"),
        ("person", "Bert"),
        ("step", "1"),
        ("decision", "approved"),
        ("decided_on", "2026-11-10"),
    ];
    desk.put(Kind::Approval, "a1", &first);
    desk.put(
        Kind::Approval,
        "a2",
        &[("invoice", "i"), ("person", "Cleo"), ("step", "2")],
    );
    let routing = one(&desk, "i").routing;
    assert_eq!(
        (routing.decided, routing.steps, routing.waiting_days),
        (1, 2, Some(15))
    );
    assert_eq!(routing.next, Some(PersonId::of_name("Cleo")));
    assert_eq!(
        desk.try_put(Kind::Invoice, "i", &[("state", "approved")])
            .unwrap_err(),
        "the invoice cannot be saved: 1 of 2 approvals is still to come; ask the approvers first"
    );
    assert_eq!(
        desk.try_put(
            Kind::Approval,
            "a3",
            &[
                ("invoice", "i"),
                ("person", "Anna"),
                ("decision", "approved")
            ]
        )
        .unwrap_err(),
        "the approval cannot be saved: who coded an invoice cannot approve it; ask another person"
    );
}

#[test]
fn an_open_order_promises_what_is_not_billed_and_closing_releases_it() {
    let mut desk = desk();
    bill(&mut desk, "i", "4", "1000", "4000");
    let request = [
        ("title", "Screens"),
        ("amount", "500"),
        ("budget_line", "b"),
        ("state", "approved"),
    ];
    desk.put(Kind::PurchaseRequest, "pr", &request);
    let promised = |desk: &Desk| {
        promised(desk.board())
            .get(&id("b"))
            .copied()
            .unwrap_or_default()
    };
    assert_eq!(
        promised(&desk),
        Promise {
            committed: 600_000,
            pre_committed: 50_000
        }
    );
    desk.put(Kind::PurchaseOrder, "o", &[("state", "closed")]);
    desk.put(Kind::PurchaseRequest, "pr", &[("state", "ordered")]);
    assert_eq!(promised(&desk), Promise::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn quantities_agree_with_adding_up(ordered in 0_i64..20, received in 0_i64..20, billed in prop::collection::vec(0_i64..8, 1..5)) {
        let mut desk = desk();
        desk.put(Kind::OrderLine, "ol", &[("quantity", &ordered.to_string())]);
        receive(&mut desk, "r", &received.to_string());
        for (at, quantity) in billed.iter().enumerate() {
            let total = (quantity * 1_000).to_string();
            bill(&mut desk, &format!("i{at}"), &quantity.to_string(), "1000", &total);
        }
        let sum: i64 = billed.iter().sum();
        let exceptions = one(&desk, "i0").exceptions;
        let has = |wanted: fn(&Exception) -> bool| exceptions.iter().any(wanted);
        prop_assert_eq!(has(|e| matches!(e, Exception::OverBilled { .. })), sum > ordered);
        prop_assert_eq!(has(|e| matches!(e, Exception::NotReceived { .. })), sum > received);
    }
}

#[test]
fn an_invoice_without_lines_or_of_another_vendor_does_not_match_its_order() {
    let mut desk = desk();
    desk.put(Kind::Vendor, "w", &[("name", "Beta")]);
    let fields = [
        ("number", "R1"),
        ("vendor", "w"),
        ("order", "o"),
        ("total", "99999"),
    ];
    desk.put(Kind::Invoice, "i", &fields);
    let found = one(&desk, "i").exceptions;
    assert_eq!(found, [Exception::OtherVendor, Exception::NoLines]);
}
