//! Tests of revised budgets, postings, accruals and commitments.

use proptest::prelude::*;

use super::*;
use crate::desk::{Desk, day, id};
use crate::kind::Kind;
use crate::query::budget::{FlagRule, LineFigures, figures};
use crate::value::Raw;

/// A budget from July to June with two lines of 100.00 a month.
fn city() -> Desk {
    let mut desk = Desk::new();
    let fields = [
        ("name", "IT"),
        ("fiscal_year", "2027"),
        ("start_month", "7"),
    ];
    desk.put(Kind::Budget, "b", &fields);
    for line in ["cloud", "desks"] {
        desk.put(Kind::BudgetLine, line, &[("budget", "b"), ("name", line)]);
        for month in 1..=12 {
            desk.put(
                Kind::BudgetLine,
                line,
                &[(&format!("plan_{month:02}"), "100")],
            );
        }
    }
    desk
}

fn line(desk: &Desk, name: &str, through: u8) -> LineFigures {
    let rule = FlagRule::default();
    let figures = figures(desk.board(), id("b"), Period::new(through), &rule).unwrap();
    let found = figures
        .lines
        .iter()
        .find(|line| line.line.meta.id == id(name));
    found.unwrap().clone()
}

fn transfer(desk: &mut Desk, name: &str, state: &str) {
    let fields = [
        ("budget", "b"),
        ("title", "More storage"),
        ("from_line", "desks"),
        ("to_line", "cloud"),
        ("amount", "30"),
        ("period", "2"),
        ("state", state),
    ];
    desk.put(Kind::Transfer, name, &fields);
}

#[test]
fn only_approved_transfers_revise_the_plan_and_none_changes_the_total() {
    let mut desk = city();
    transfer(&mut desk, "t", "requested");
    assert_eq!(line(&desk, "cloud", 2).position.revised, 120_000);
    transfer(&mut desk, "t", "approved");
    let (cloud, desks) = (line(&desk, "cloud", 2), line(&desk, "desks", 2));
    assert_eq!(
        (cloud.position.original, cloud.position.transferred),
        (120_000, 3_000)
    );
    assert_eq!(cloud.figures.to_date.plan, 23_000);
    assert_eq!(desks.figures.to_date.plan, 17_000);
    assert_eq!(cloud.figures.year.plan + desks.figures.year.plan, 240_000);
}

#[test]
fn postings_fall_in_their_period_and_outweigh_what_was_typed() {
    let mut desk = city();
    desk.put(
        Kind::BudgetLine,
        "cloud",
        &[("actual_01", "95"), ("actual_02", "80")],
    );
    for (name, when, amount) in [("1", "2026-07-01", "60"), ("2", "2026-07-31", "41.50")] {
        let fields = [
            ("budget", "b"),
            ("line", "cloud"),
            ("day", when),
            ("amount", amount),
        ];
        desk.put(Kind::Posting, name, &fields);
    }
    let outside = [
        ("budget", "b"),
        ("line", "cloud"),
        ("day", "2026-06-30"),
        ("amount", "1"),
    ];
    assert_eq!(
        desk.try_put(Kind::Posting, "3", &outside).unwrap_err(),
        "the posting cannot be saved: 2026-06-30 lies outside fiscal year 2027; post it to the budget of its year"
    );
    let line_id = Raw::Line(id("cloud").to_string());
    let budget_id = Raw::Line(id("b").to_string());
    let merged = [
        ("budget", budget_id),
        ("line", line_id),
        ("day", Raw::Line("2027-07-01".into())),
        ("amount", Raw::Int(100_000)),
    ];
    desk.arrive(Kind::Posting, "4", &merged);
    let cloud = line(&desk, "cloud", 2);
    assert_eq!(cloud.months.actual[..3], [10_150, 8_000, 0]);
    assert_eq!(cloud.months.is_posted[..3], [true, true, false]);
    let ledger = Ledger::of(desk.board());
    let contradiction = |number| ledger.contradiction(&cloud.line, Period::new(number).unwrap());
    assert_eq!(contradiction(1), Some((10_150, 9_500)));
    assert_eq!(contradiction(2), None);
}

#[test]
fn an_accrual_reverses_in_the_next_period() {
    let mut desk = city();
    let fields = [
        ("budget", "b"),
        ("line", "cloud"),
        ("title", "July usage"),
        ("amount", "12"),
        ("period", "1"),
    ];
    desk.put(Kind::Accrual, "a", &fields);
    assert_eq!(line(&desk, "cloud", 1).position.accrued, 1_200);
    assert_eq!(line(&desk, "cloud", 2).position.accrued, 0);
}

#[test]
fn what_is_available_counts_all_that_is_promised() {
    let mut desk = city();
    desk.put(Kind::BudgetLine, "cloud", &[("actual_01", "95")]);
    let fields = [
        ("budget", "b"),
        ("line", "cloud"),
        ("title", "Backup contract"),
        ("amount", "300"),
    ];
    desk.put(Kind::Commitment, "c", &fields);
    let accrual = [
        ("budget", "b"),
        ("line", "cloud"),
        ("title", "July usage"),
        ("amount", "5"),
        ("period", "1"),
    ];
    desk.put(Kind::Accrual, "a", &accrual);
    assert_eq!(line(&desk, "cloud", 1).position.available, 80_000);
    desk.put(Kind::Commitment, "c", &[("is_closed", "yes")]);
    assert_eq!(line(&desk, "cloud", 1).position.available, 110_000);
}

#[test]
fn a_typed_forecast_counts_for_periods_to_come_only() {
    let mut desk = city();
    let fields = [
        ("actual_01", "90"),
        ("forecast_01", "500"),
        ("forecast_02", "0"),
    ];
    desk.put(Kind::BudgetLine, "cloud", &fields);
    let cloud = line(&desk, "cloud", 1);
    assert_eq!(cloud.figures.forecast, 9_000 + 10 * 10_000);
    assert_eq!(cloud.at_year_end.minor, 120_000 - 109_000);
}

#[test]
fn the_plan_of_an_approved_budget_moves_by_transfers_only() {
    let mut desk = city();
    desk.put(Kind::Budget, "b", &[("stage", "approved")]);
    let refusal = desk.try_put(Kind::BudgetLine, "cloud", &[("plan_03", "90")]);
    assert_eq!(
        refusal.unwrap_err(),
        "the budget line cannot be saved: the budget is approved, its original amounts are frozen; move money with a transfer"
    );
    desk.put(
        Kind::BudgetLine,
        "cloud",
        &[("plan_03", "100"), ("actual_03", "7")],
    );
}

#[test]
fn a_transfer_names_an_amount_and_two_different_lines() {
    let mut desk = city();
    let start = [("budget", "b"), ("title", "x"), ("period", "1")];
    let mut refuse = |more: &[(&str, &str)], words: &str| {
        let refusal = desk.try_put(Kind::Transfer, "t", &[&start, more].concat());
        assert!(refusal.unwrap_err().contains(words), "{words}");
    };
    refuse(
        &[("amount", "-1"), ("to_line", "cloud")],
        "an amount above zero",
    );
    refuse(&[("amount", "1")], "a line that gives or one that receives");
    let same = [
        ("amount", "1"),
        ("to_line", "cloud"),
        ("from_line", "cloud"),
    ];
    refuse(&same, "the two lines are the same");
}

#[test]
fn adjustments_of_the_year_count_in_the_year_and_in_no_period() {
    let mut desk = city();
    let posting = [
        ("budget", "b"),
        ("line", "cloud"),
        ("day", "2027-06-30"),
        ("amount", "100"),
        ("is_adjustment", "yes"),
    ];
    let refusal = desk.try_put(Kind::Posting, "p", &posting).unwrap_err();
    assert!(
        refusal.contains("the fiscal year has no thirteenth period"),
        "{refusal}"
    );
    desk.put(
        Kind::Settings,
        "settings",
        &[("has_adjustment_period", "yes")],
    );
    let before = line(&desk, "cloud", 12);
    desk.put(Kind::Posting, "p", &posting);
    let after = line(&desk, "cloud", 12);
    assert_eq!(after.months.actual, before.months.actual);
    assert_eq!(after.months.adjustment, 10_000);
    assert_eq!(after.figures.to_date, before.figures.to_date);
    assert_eq!(after.figures.forecast, before.figures.forecast + 10_000);
    assert_eq!(after.position.available, before.position.available - 10_000);
    // Closing the twelfth period leaves the thirteenth open.
    desk.arrive(
        Kind::PeriodClose,
        "close",
        &[
            ("budget", Raw::Line(id("b").to_string())),
            ("period", Raw::Int(12)),
        ],
    );
    desk.put(Kind::Posting, "p2", &posting);
    let plain = &posting[..4];
    assert!(desk.try_put(Kind::Posting, "p3", plain).is_err());
}

#[test]
fn what_is_in_another_currency_counts_at_its_rate_and_not_without_one() {
    let mut desk = city();
    let order = [("number", "1"), ("state", "open"), ("currency", "USD")];
    desk.put(Kind::PurchaseOrder, "o", &order);
    let order_line = [
        ("order", "o"),
        ("name", "Laptop"),
        ("quantity", "2"),
        ("unit_price", "100"),
        ("budget_line", "cloud"),
    ];
    desk.put(Kind::OrderLine, "ol", &order_line);
    assert_eq!(line(&desk, "cloud", 12).position.committed, 0);
    let found = crate::query::finding::all(desk.board(), day("2026-11-25"));
    let is_named = |one: &&std::sync::Arc<crate::query::finding::Finding>| {
        one.rule == crate::query::finding::Rule::NoRate && one.id == id("o")
    };
    assert_eq!(found.iter().filter(is_named).count(), 1);
    let rate = [("rate", "0.9"), ("rate_on", "2026-11-01")];
    desk.put(Kind::PurchaseOrder, "o", &rate);
    assert_eq!(line(&desk, "cloud", 12).position.committed, 18_000);
    let posting = [
        ("budget", "b"),
        ("line", "cloud"),
        ("day", "2026-08-01"),
        ("amount", "90"),
        ("original", "USD 100"),
    ];
    let refusal = desk.try_put(Kind::Posting, "p", &posting).unwrap_err();
    assert!(refusal.contains("give rate and rate_on"), "{refusal}");
    desk.put(Kind::Posting, "p", &[&posting[..], &rate[..]].concat());
}

#[test]
fn a_contract_promises_its_days_of_the_year_until_they_are_posted() {
    let mut desk = city();
    // Half of its 24 months lie in the year from July 2026.
    let contract = [
        ("name", "WAN"),
        ("vendor", "v"),
        ("signed_on", "2026-01-01"),
        ("start", "2026-01-01"),
        ("initial_months", "24"),
        ("value", "7300"),
        ("budget_line", "cloud"),
    ];
    desk.put(Kind::Vendor, "v", &[("name", "Nordlicht")]);
    desk.put(Kind::Contract, "c", &contract);
    assert_eq!(line(&desk, "cloud", 12).position.committed, 365_000);
    let posting = [
        ("budget", "b"),
        ("line", "cloud"),
        ("vendor", "v"),
        ("day", "2026-08-01"),
        ("amount", "1000"),
    ];
    desk.put(Kind::Posting, "p", &posting);
    assert_eq!(line(&desk, "cloud", 12).position.committed, 265_000);
    let commitment = [
        ("budget", "b"),
        ("line", "cloud"),
        ("title", "WAN"),
        ("amount", "5"),
        ("contract", "c"),
    ];
    desk.put(Kind::Commitment, "k", &commitment);
    assert_eq!(line(&desk, "cloud", 12).position.committed, 500);
    desk.put(Kind::Commitment, "k", &[("is_closed", "yes")]);
    assert_eq!(line(&desk, "cloud", 12).position.committed, 0);
}

#[test]
fn a_record_of_a_line_that_is_not_there_breaks_nothing() {
    let mut desk = city();
    let line_of_nobody = Raw::Line(id("nobody").to_string());
    desk.arrive(
        Kind::Accrual,
        "a",
        &[("line", line_of_nobody), ("amount", Raw::Int(5))],
    );
    desk.arrive(Kind::Posting, "p", &[("amount", Raw::Int(i64::MAX))]);
    assert_eq!(line(&desk, "cloud", 12).position.available, 120_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn available_agrees_with_adding_up_every_record(
        postings in prop::collection::vec((0_i64..500, -50_000_i64..50_000, any::<bool>()), 0..20),
        transfers in prop::collection::vec((1_i64..40_000, 1_i64..=12, 0_usize..3, any::<bool>()), 0..10),
        through in 1_u8..=12,
    ) {
        let mut desk = city();
        let (mut actual, mut to_date, mut revised) = (0_i64, 0_i64, 120_000_i64);
        for (at, (days, amount, is_cloud)) in postings.iter().enumerate() {
            let when = add_days(day("2026-05-01"), *days);
            let name = format!("p{at}");
            let line = if *is_cloud { "cloud" } else { "desks" };
            desk.arrive(Kind::Posting, &name, &[
                ("budget", Raw::Line(id("b").to_string())),
                ("line", Raw::Line(id(line).to_string())),
                ("day", Raw::Line(when.to_string())),
                ("amount", Raw::Int(*amount)),
            ]);
            if *is_cloud && when >= day("2026-07-01") && when < day("2027-07-01") {
                actual += amount;
                let ends = (7 + u32::from(through) - 1) % 12 + 1;
                let year = if ends > 7 { 2026 } else { 2027 };
                if when < chrono::NaiveDate::from_ymd_opt(year, ends, 1).unwrap() {
                    to_date += amount;
                }
            }
        }
        for (at, (amount, period, state, into)) in transfers.iter().enumerate() {
            let field = if *into { "to_line" } else { "from_line" };
            desk.arrive(Kind::Transfer, &format!("t{at}"), &[
                (field, Raw::Line(id("cloud").to_string())),
                ("amount", Raw::Int(*amount)),
                ("period", Raw::Int(*period)),
                ("state", Raw::Line(TransferState::ALL[*state].name().into())),
            ]);
            if TransferState::ALL[*state] == TransferState::Approved {
                revised += if *into { *amount } else { -amount };
            }
        }
        let cloud = line(&desk, "cloud", through);
        prop_assert_eq!(cloud.position.revised, revised);
        prop_assert_eq!(cloud.position.actual, actual);
        prop_assert_eq!(cloud.figures.to_date.actual, to_date);
        prop_assert_eq!(cloud.position.available, revised - actual);
    }
}
