//! Tests of contract arithmetic, against slow walks month by month and the failures of other programs.

use proptest::prelude::*;

use super::*;
use crate::desk::{Desk, day, id};
use crate::kind::Kind;

fn contract(fields: &[(&str, &str)]) -> Arc<Contract> {
    let mut desk = Desk::new();
    let start = [("name", "Backup"), ("signed_on", "2020-01-01")];
    desk.put(Kind::Contract, "c", &[&start, fields].concat());
    Arc::clone(desk.board().contracts.get(&id("c")).unwrap())
}

fn on(contract: &Arc<Contract>, today: &str) -> ContractFigures {
    let calendar = WorkingCalendar::default();
    let basis = Basis {
        calendar: &calendar,
        lead_days: 30,
    };
    figures(contract, day(today), basis)
}

fn last(contract: &Arc<Contract>, today: &str) -> NaiveDate {
    on(contract, today).term.unwrap().last
}

#[test]
fn sixty_and_twelve_months_are_not_a_hundred_and_twenty() {
    let contract = contract(&[
        ("start", "2020-01-01"),
        ("initial_months", "60"),
        ("renewal", "automatic"),
        ("renewal_months", "12"),
    ]);
    assert_eq!(last(&contract, "2024-12-31"), day("2024-12-31"));
    assert_eq!(last(&contract, "2025-01-01"), day("2025-12-31"));
    assert_eq!(last(&contract, "2026-06-30"), day("2026-12-31"));
}

#[test]
fn a_tacit_renewal_with_an_empty_first_term_ends() {
    let endless = contract(&[
        ("start", "2020-01-01"),
        ("renewal", "automatic"),
        ("renewal_months", "12"),
    ]);
    assert_eq!(last(&endless, "2026-11-25"), day("2026-12-31"));
    let nothing = contract(&[
        ("start", "2020-01-01"),
        ("renewal", "automatic"),
        ("renewal_months", "0"),
        ("initial_months", "0"),
    ]);
    assert_eq!(on(&nothing, "2026-11-25").term, None);
    let once = contract(&[
        ("start", "2020-01-01"),
        ("renewal", "automatic"),
        ("renewal_months", "0"),
        ("initial_months", "12"),
    ]);
    assert_eq!(on(&once, "2026-11-25").state, ContractState::Expired);
    let ancient = contract(&[
        ("start", "1900-01-01"),
        ("renewal", "automatic"),
        ("renewal_months", "1"),
    ]);
    assert_eq!(last(&ancient, "9999-12-15"), day("9999-12-31"));
}

#[test]
fn the_last_of_may_less_three_months_is_the_last_of_february() {
    let fields = [
        ("notice", "3"),
        ("notice_unit", "months"),
        ("end", "2027-05-31"),
    ];
    let common = contract(&fields);
    let deadline = |end| notice_deadline(&common, day(end), &WorkingCalendar::default());
    assert_eq!(deadline("2027-05-31"), day("2027-02-28"));
    assert_eq!(deadline("2028-05-31"), day("2028-02-29"));
    // From the original day each time: not 28 April, by way of February.
    assert_eq!(
        add_months(add_months(day("2027-05-31"), -3), -1),
        day("2027-01-28")
    );
    assert_eq!(add_months(day("2027-05-31"), -4), day("2027-01-31"));
}

#[test]
fn the_countdown_runs_to_the_act_by_date_and_not_to_the_end() {
    let contract = contract(&[
        ("start", "2026-01-01"),
        ("initial_months", "12"),
        ("renewal", "automatic"),
        ("renewal_months", "12"),
        ("notice", "90"),
        ("delivery", "5"),
    ]);
    let now = on(&contract, "2026-08-01");
    assert_eq!(now.notice_deadline, Some(day("2026-10-02")));
    // 35 days before is 28 August, a Friday.
    assert_eq!(now.act_by, Some(day("2026-08-28")));
    assert_eq!(now.state, ContractState::Active);
    assert_eq!(on(&contract, "2026-08-28").state, ContractState::WindowOpen);
    assert_eq!(on(&contract, "2026-10-02").state, ContractState::WindowOpen);
    assert_eq!(
        on(&contract, "2026-10-03").state,
        ContractState::WindowClosed
    );
    let next = on(&contract, "2027-01-01");
    assert_eq!(
        (next.state, next.term.unwrap().number),
        (ContractState::Active, 1)
    );
}

#[test]
fn the_act_by_date_moves_back_to_a_working_day() {
    let contract = contract(&[
        ("start", "2026-01-01"),
        ("end", "2026-12-15"),
        ("lead", "30"),
    ]);
    // 15 November 2026 is a Sunday.
    assert_eq!(on(&contract, "2026-06-01").act_by, Some(day("2026-11-13")));
}

#[test]
fn working_days_are_counted_back_over_weekends() {
    let contract = contract(&[
        ("end", "2026-12-05"),
        ("notice", "5"),
        ("notice_unit", "working_days"),
    ]);
    assert_eq!(
        on(&contract, "2026-06-01").notice_deadline,
        Some(day("2026-11-30"))
    );
}

#[test]
fn a_late_notice_ends_the_next_term() {
    let fields = [
        ("start", "2026-01-01"),
        ("initial_months", "12"),
        ("renewal", "automatic"),
        ("renewal_months", "12"),
        ("notice", "30"),
        ("notice_method", "Registered letter"),
        ("notice_proof", "RR 123"),
    ];
    let with = |served| contract(&[&fields[..], &[("notice_served_on", served)]].concat());
    assert_eq!(
        on(&with("2026-12-01"), "2026-12-10").ends_on,
        Some(day("2026-12-31"))
    );
    let late = with("2026-12-02");
    assert_eq!(on(&late, "2026-12-10").ends_on, Some(day("2027-12-31")));
    assert_eq!(on(&late, "2027-06-01").state, ContractState::NoticeServed);
    assert_eq!(on(&late, "2028-01-01").state, ContractState::Expired);
}

#[test]
fn evergreen_runs_until_notice_and_then_its_period() {
    let fields = [
        ("start", "2020-01-01"),
        ("renewal", "evergreen"),
        ("notice", "3"),
        ("notice_unit", "months"),
    ];
    assert_eq!(on(&contract(&fields), "2026-11-25").term, None);
    let proof = [
        ("notice_method", "Mail"),
        ("notice_proof", "m-1"),
        ("notice_served_on", "2026-11-30"),
    ];
    let given = contract(&[&fields[..], &proof].concat());
    assert_eq!(on(&given, "2026-12-01").ends_on, Some(day("2027-02-28")));
}

#[test]
fn states_of_drafts_and_what_was_ended() {
    let mut desk = Desk::new();
    desk.put(
        Kind::Contract,
        "c",
        &[
            ("name", "x"),
            ("start", "2026-01-01"),
            ("initial_months", "12"),
        ],
    );
    let draft = Arc::clone(desk.board().contracts.get(&id("c")).unwrap());
    assert_eq!(on(&draft, "2026-06-01").state, ContractState::Draft);
    let ended = contract(&[
        ("start", "2026-01-01"),
        ("initial_months", "12"),
        ("terminated_on", "2026-05-31"),
    ]);
    assert_eq!(on(&ended, "2026-05-31").state, ContractState::Active);
    assert_eq!(on(&ended, "2026-06-01").state, ContractState::Terminated);
    assert_eq!(on(&ended, "2026-06-01").act_by, None);
}

#[test]
fn notice_needs_proof() {
    let mut desk = Desk::new();
    let start = [("name", "x"), ("notice_served_on", "2026-11-01")];
    let refusal = desk.try_put(Kind::Contract, "c", &start).unwrap_err();
    assert_eq!(
        refusal,
        "the contract cannot be saved: a notice without proof cannot be shown to have been given; give notice_method and notice_proof"
    );
}

#[test]
fn a_renewal_in_the_year_lifts_the_line_that_pays() {
    let mut desk = Desk::new();
    for (name, end, value) in [("a", "2026-12-31", "9000"), ("b", "2030-12-31", "3000")] {
        let fields = [
            ("name", name),
            ("start", "2026-01-01"),
            ("renewal", "automatic"),
            ("renewal_months", "12"),
            ("uplift", "400"),
            ("value", value),
            ("budget_line", "line"),
        ];
        let months = if end.starts_with("2026") { "12" } else { "60" };
        desk.put(
            Kind::Contract,
            name,
            &[&fields[..], &[("initial_months", months)]].concat(),
        );
    }
    // 9,000 a year rises by 4 %, 600 a year does not.
    let lifted = uplifts(desk.board(), day("2027-01-01"));
    assert_eq!(lifted.get(&id("line")), Some(&375));
}

#[test]
fn a_value_is_shared_out_by_days_and_rises_with_each_renewal() {
    let calendar = WorkingCalendar::default();
    let basis = Basis {
        calendar: &calendar,
        lead_days: 0,
    };
    let fields = [
        ("start", "2026-01-01"),
        ("initial_months", "12"),
        ("value", "3650"),
        ("renewal", "automatic"),
        ("renewal_months", "12"),
        ("uplift", "1000"),
    ];
    let contract = contract(&fields);
    let cost = |from, to| value_between(&contract, day(from), day(to), basis);
    assert_eq!(cost("2026-01-01", "2026-12-31"), Some(365_000));
    assert_eq!(cost("2026-01-01", "2026-01-01"), Some(1_000));
    assert_eq!(cost("2025-01-01", "2025-12-31"), Some(0));
    assert_eq!(cost("2027-01-01", "2027-12-31"), Some(401_500));
    // 2028 has a day more, and the year costs what it costs.
    assert_eq!(cost("2028-01-01", "2028-12-31"), Some(441_650));
    assert_eq!(cost("2026-07-01", "2027-06-30"), Some(184_000 + 199_100));
}

proptest! {
    #[test]
    fn spans_that_follow_each_other_add_up_to_the_whole(
        start in 0_i64..4_000, initial in 1_i64..60, further in 1_i64..40, value in -10_000_000_i64..10_000_000,
        uplift in -500_i64..2_000, renewal in 0_usize..4, cuts in prop::collection::btree_set(0_i64..3_000, 2..8),
    ) {
        let calendar = WorkingCalendar::default();
        let basis = Basis { calendar: &calendar, lead_days: 0 };
        let first = add_days(day("2000-01-01"), start);
        let text = [first.to_string(), initial.to_string(), further.to_string(), format!("{}.{:02}", value / 100, (value % 100).abs()), uplift.to_string()];
        let contract = contract(&[
            ("start", &text[0]), ("initial_months", &text[1]), ("renewal_months", &text[2]), ("value", &text[3]), ("uplift", &text[4]),
            ("renewal", Renewal::ALL[renewal].name()),
        ]);
        let cuts: Vec<NaiveDate> = cuts.into_iter().map(|cut| add_days(first, cut - 200)).collect();
        let cost = |from: NaiveDate, to: NaiveDate| value_between(&contract, from, to, basis).unwrap();
        let parts: i64 = cuts.windows(2).map(|pair| cost(pair[0], add_days(pair[1], -1))).sum();
        prop_assert_eq!(parts, cost(cuts[0], add_days(cuts[cuts.len() - 1], -1)));
        // The first term costs what was agreed, whoever cuts it.
        let end = add_days(add_months(first, initial), -1);
        prop_assert_eq!(cost(first, end), contract.value.unwrap().0);
        // Day by day is the same as at once.
        let days: i64 = (0..40).map(|at| { let on = add_days(cuts[0], at); cost(on, on) }).sum();
        prop_assert_eq!(days, cost(cuts[0], add_days(cuts[0], 39)));
    }

    #[test]
    fn terms_agree_with_walking_from_one_to_the_next(
        start in 0_i64..20_000, initial in 1_i64..80, further in 1_i64..40, after in -100_i64..20_000,
    ) {
        let first = add_days(day("1990-01-01"), start);
        let today = add_days(first, after);
        let text = [first.to_string(), initial.to_string(), further.to_string()];
        let contract = contract(&[
            ("start", &text[0]), ("initial_months", &text[1]), ("renewal", "automatic"), ("renewal_months", &text[2]),
        ]);
        // Day by day: a term ends the day before its month-day comes round, clamped to the month.
        let month_end = |months: i64| {
            let month = i64::from(first.year()) * 12 + i64::from(first.month()) - 1 + months;
            let (year, month) = (i32::try_from(month.div_euclid(12)).unwrap(), u32::try_from(month.rem_euclid(12)).unwrap() + 1);
            let same = (1..=first.day()).rev().find_map(|d| NaiveDate::from_ymd_opt(year, month, d)).unwrap();
            same.pred_opt().unwrap()
        };
        let mut months = initial;
        let mut number = 0;
        while month_end(months) < today {
            months += further;
            number += 1;
        }
        let term = term_on(&contract, today).unwrap();
        prop_assert_eq!((term.number, term.last), (number, month_end(months)));
        prop_assert!(number == 0 || term.first.unwrap() <= today);
    }

    #[test]
    fn nothing_a_document_can_hold_panics(
        start in prop::option::of(0_i64..3_000_000), end in prop::option::of(0_i64..3_000_000),
        initial in prop::option::of(0_i64..=1_200), further in prop::option::of(0_i64..=1_200), notice in 0_i64..=10_000,
        unit in 0_usize..3, renewal in 0_usize..4, today in 0_i64..2_958_000, served in prop::option::of(0_i64..2_958_000),
    ) {
        use crate::value::{FieldValue as _, Raw};
        let mut desk = Desk::new();
        let line = |days: i64| Raw::Line(add_days(day("1900-01-01"), days).to_string());
        let number = |number: Option<i64>| number.map_or(Raw::Null, Raw::Int);
        desk.arrive(Kind::Contract, "c", &[
            ("start", start.map_or(Raw::Null, line)), ("end", end.map_or(Raw::Null, line)),
            ("signed_on", line(0)),
            ("initial_months", number(initial)), ("renewal_months", number(further)), ("notice", Raw::Int(notice)),
            ("notice_unit", NoticeUnit::ALL[unit].to_raw()), ("renewal", Renewal::ALL[renewal].to_raw()),
            ("notice_served_on", served.map_or(Raw::Null, line)),
        ]);
        let today = add_days(day("1900-01-01"), today);
        let found = all(desk.board(), today);
        let one = &found[0];
        if let (Some(act_by), Some(deadline)) = (one.act_by, one.notice_deadline) {
            prop_assert!(act_by <= deadline);
            prop_assert!(deadline <= one.term.unwrap().last || contract_is_odd(&one.contract));
        }
    }
}

/// A notice in working days to an end on a weekend may fall on the Monday after by a day of none.
fn contract_is_odd(contract: &Contract) -> bool {
    contract.notice_unit == NoticeUnit::WorkingDays
}

#[test]
fn a_further_term_costs_its_share_of_a_first_term_given_by_its_end() {
    let mut desk = Desk::new();
    let fields = [
        ("name", "WAN"),
        ("signed_on", "2022-12-01"),
        ("start", "2023-01-01"),
        ("end", "2025-12-31"),
        ("renewal", "automatic"),
        ("renewal_months", "12"),
        ("notice", "3"),
        ("notice_unit", "months"),
        ("value", "36000"),
    ];
    desk.put(Kind::Contract, "c", &fields);
    let calendar = WorkingCalendar::default();
    let basis = Basis {
        calendar: &calendar,
        lead_days: 30,
    };
    let contract = desk.board().contracts.get(&id("c")).unwrap();
    let year = |from, to| value_between(contract, day(from), day(to), basis);
    assert_eq!(year("2024-01-01", "2024-12-31"), Some(1_202_190));
    assert_eq!(year("2023-01-01", "2025-12-31"), Some(3_600_000));
    assert_eq!(year("2026-01-01", "2026-12-31"), Some(1_200_000));
    assert_eq!(
        figures(contract, day("2026-02-01"), basis).annual_value,
        Some(1_200_000)
    );
}

#[test]
fn a_contract_with_an_end_and_no_start_has_a_deadline() {
    let mut desk = Desk::new();
    let fields = [
        ("name", "NoStart"),
        ("signed_on", "2025-12-01"),
        ("end", "2026-12-31"),
        ("initial_months", "12"),
        ("renewal", "none"),
        ("notice", "3"),
        ("notice_unit", "months"),
    ];
    desk.put(Kind::Contract, "c", &fields);
    let found = all(desk.board(), day("2026-05-01"));
    assert_eq!(found[0].notice_deadline, Some(day("2026-09-30")));
}
