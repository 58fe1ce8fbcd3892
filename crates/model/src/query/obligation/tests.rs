//! Tests of the list of obligations and its ladder.

use super::*;
use crate::desk::{Desk, day};

fn list(desk: &Desk, today: &str) -> Vec<Obligation> {
    let found = all(desk.board(), day(today), add_days(day(today), 120));
    found.into_iter().map(Arc::unwrap_or_clone).collect()
}

fn contract(desk: &mut Desk) {
    let fields = [
        ("name", "Backup"),
        ("signed_on", "2025-01-01"),
        ("start", "2026-01-01"),
        ("initial_months", "12"),
        ("renewal", "automatic"),
        ("renewal_months", "12"),
        ("notice", "90"),
        ("consequence", "Another year for 40,000"),
    ];
    desk.put(Kind::Contract, "c", &fields);
}

#[test]
fn a_contract_climbs_the_ladder_and_each_step_is_noted_once() {
    let mut desk = Desk::new();
    contract(&mut desk);
    // Act by 2 September 2026, thirty days before the notice deadline of 2 October.
    let one = |desk: &Desk, today| list(desk, today).remove(0);
    assert_eq!(list(&desk, "2026-05-01"), []);
    let far = one(&desk, "2026-05-10");
    assert_eq!(
        (far.act_by, far.deadline),
        (day("2026-09-02"), day("2026-10-02"))
    );
    assert_eq!((far.step, far.days_left), (Some(120), 115));
    assert_eq!(far.consequence, "Another year for 40,000");
    let note = far
        .acknowledge(None, day("2026-05-10"), "asked for an offer")
        .unwrap();
    desk.run(&note).unwrap();
    assert!(!one(&desk, "2026-05-11").needs_note());
    let nearer = one(&desk, "2026-06-10");
    assert_eq!((nearer.step, nearer.needs_note()), (Some(90), true));
    let late = one(&desk, "2026-09-03");
    assert_eq!((late.step, late.days_left), (Some(-1), -1));
}

#[test]
fn a_missed_notice_stays_until_somebody_takes_note() {
    let mut desk = Desk::new();
    contract(&mut desk);
    let missed = |desk: &Desk| {
        let all = list(desk, "2027-02-01");
        all.into_iter()
            .filter(|one| one.duty == Duty::MissedNotice)
            .collect::<Vec<_>>()
    };
    let found = missed(&desk);
    assert_eq!((found.len(), found[0].deadline), (1, day("2026-10-02")));
    desk.run(
        &found[0]
            .acknowledge(None, day("2027-02-01"), "told the director")
            .unwrap(),
    )
    .unwrap();
    assert_eq!(missed(&desk), []);
}

/// A desk with one open duty of nearly every kind, due on one day.
fn furnished() -> Desk {
    let mut desk = Desk::new();
    let soon = "2026-12-01";
    desk.put(
        Kind::Licence,
        "l",
        &[
            ("product", "Visio"),
            ("ends", "2026-12-31"),
            ("true_up_on", soon),
        ],
    );
    desk.put(
        Kind::Project,
        "p",
        &[("name", "Move"), ("status", "active"), ("target", soon)],
    );
    let task = [("project", "p"), ("name", "Pack"), ("duration", "5")];
    desk.put(Kind::Task, "t", &task);
    desk.put(
        Kind::Milestone,
        "m",
        &[("project", "p"), ("name", "Cutover"), ("baseline", soon)],
    );
    desk.put(
        Kind::Risk,
        "r",
        &[("project", "p"), ("title", "Delay"), ("due", soon)],
    );
    desk.put(
        Kind::Action,
        "a",
        &[("title", "Ask"), ("due", soon), ("chase_on", soon)],
    );
    furnish_purchases_and_people(&mut desk, soon);
    desk
}

fn furnish_purchases_and_people(desk: &mut Desk, soon: &str) {
    desk.put(Kind::Invoice, "i", &[("number", "1"), ("due", soon)]);
    desk.put(
        Kind::PurchaseRequest,
        "pr",
        &[
            ("title", "Laptops"),
            ("state", "submitted"),
            ("needed_by", soon),
        ],
    );
    desk.put(
        Kind::PurchaseOrder,
        "po",
        &[("number", "7"), ("state", "open"), ("expected_on", soon)],
    );
    desk.put(Kind::Evaluation, "e", &[("title", "Backup"), ("due", soon)]);
    desk.put(Kind::Checklist, "cl", &[("title", "Cleo"), ("day", soon)]);
    desk.put(
        Kind::ChecklistItem,
        "ci",
        &[("checklist", "cl"), ("title", "Desk")],
    );
    desk.put(
        Kind::AccessGrant,
        "g",
        &[("system", "ERP"), ("person", "Cleo"), ("review_due", soon)],
    );
    desk.put(
        Kind::Communication,
        "n",
        &[("title", "News"), ("planned_on", soon)],
    );
    desk.put(
        Kind::ComplianceDocument,
        "d",
        &[("title", "Policy"), ("next_review", soon)],
    );
    let standard = [
        ("title", "Patch"),
        ("kind", "standard"),
        ("starts", "2026-12-01T20:00"),
        ("ends", "2026-12-01T21:00"),
    ];
    desk.put(Kind::Change, "ch", &standard);
    let series = [
        ("title", "Tapes"),
        ("rule", "FREQ=DAILY;COUNT=1"),
        ("first_day", soon),
    ];
    desk.put(Kind::ActionSeries, "s", &series);
}

/// Settles everything that [`furnished`] has open, but the recurring action.
fn settle(desk: &mut Desk) {
    for (kind, name, fields) in [
        (Kind::Licence, "l", [("ends", ""), ("true_up_on", "")]),
        (Kind::Project, "p", [("status", "done"), ("name", "Move")]),
        (Kind::Risk, "r", [("state", "closed"), ("title", "x")]),
        (Kind::Action, "a", [("state", "done"), ("title", "x")]),
        (Kind::Invoice, "i", [("state", "paid"), ("number", "1")]),
        (
            Kind::PurchaseRequest,
            "pr",
            [("state", "rejected"), ("title", "x")],
        ),
        (
            Kind::PurchaseOrder,
            "po",
            [("state", "closed"), ("number", "7")],
        ),
        (Kind::Evaluation, "e", [("chosen", "x"), ("title", "x")]),
        (
            Kind::ChecklistItem,
            "ci",
            [("is_dropped", "yes"), ("title", "x")],
        ),
        (
            Kind::AccessGrant,
            "g",
            [("revoked_on", "2026-11-01"), ("system", "x")],
        ),
        (
            Kind::Communication,
            "n",
            [("state", "sent"), ("title", "x")],
        ),
        (
            Kind::ComplianceDocument,
            "d",
            [("state", "retired"), ("title", "x")],
        ),
        (Kind::Change, "ch", [("state", "cancelled"), ("title", "x")]),
    ] {
        desk.put(kind, name, &fields);
    }
}

#[test]
fn every_family_is_in_the_list_and_leaves_it_when_done() {
    let mut desk = furnished();
    let duties: BTreeSet<Duty> = list(&desk, "2026-11-25")
        .into_iter()
        .map(|one| one.duty)
        .collect();
    let expected: BTreeSet<Duty> = Duty::ALL
        .iter()
        .copied()
        .filter(|duty| {
            !matches!(
                duty,
                Duty::Notice | Duty::MissedNotice | Duty::Lapsed | Duty::Expiry | Duty::Discount
            )
        })
        .collect();
    assert_eq!(duties, expected);
    settle(&mut desk);
    let left: Vec<_> = list(&desk, "2026-11-25")
        .into_iter()
        .map(|one| one.title)
        .collect();
    assert_eq!(left, ["Tapes"]);
}

#[test]
fn what_came_to_its_end_undecided_stays_until_somebody_takes_note() {
    let mut desk = Desk::new();
    let licence = [("product", "Visio"), ("seats", "5"), ("ends", "2026-01-31")];
    desk.put(Kind::Licence, "l", &licence);
    let contract = [
        ("name", "Leasing"),
        ("signed_on", "2025-01-01"),
        ("end", "2026-01-31"),
        ("renewal", "none"),
    ];
    desk.put(Kind::Contract, "c", &contract);
    let duties = |desk: &Desk, today| {
        let all = list(desk, today).into_iter();
        all.map(|one| (one.title, one.duty)).collect::<Vec<_>>()
    };
    let before = duties(&desk, "2026-01-31");
    assert_eq!(
        before,
        [
            ("Leasing".to_owned(), Duty::Expiry),
            ("Visio".to_owned(), Duty::Licence)
        ]
    );
    let mut lapsed = list(&desk, "2026-02-01");
    assert_eq!(lapsed.len(), 2);
    for one in &lapsed {
        assert_eq!((one.duty, one.step), (Duty::Lapsed, Some(-1)));
    }
    // A year later it is still there, and gone once it is noted.
    assert_eq!(list(&desk, "2027-02-01").len(), 2);
    let note = lapsed.remove(0).acknowledge(None, day("2027-02-01"), "");
    desk.run(&note.unwrap()).unwrap();
    assert_eq!(list(&desk, "2027-02-01").len(), 1);
}

#[test]
fn late_work_is_in_the_list_whatever_its_forecast_says() {
    let mut desk = Desk::new();
    let project = [
        ("name", "Move"),
        ("status", "active"),
        ("start", "2026-02-02"),
        ("target", "2026-02-27"),
    ];
    desk.put(Kind::Project, "p", &project);
    let task = [("project", "p"), ("name", "Pack"), ("duration", "10")];
    desk.put(Kind::Task, "t", &task);
    let milestone = [
        ("project", "p"),
        ("name", "Cutover"),
        ("baseline", "2026-03-02"),
        ("forecast", "2026-12-04"),
    ];
    desk.put(Kind::Milestone, "m", &milestone);
    let found: Vec<_> = list(&desk, "2026-06-01")
        .into_iter()
        .map(|one| (one.duty, one.act_by))
        .collect();
    assert_eq!(
        found,
        [
            (Duty::Task, day("2026-02-13")),
            (Duty::Project, day("2026-02-27")),
            (Duty::Milestone, day("2026-03-02")),
        ]
    );
    let health = &query::health::all(desk.board(), day("2026-06-01"))[&crate::desk::id("p")];
    assert_eq!(health.overall.rag, crate::status::Rag::Red);
}
