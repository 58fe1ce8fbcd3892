//! Tests of findings: each state that a merge can make shows, and its fix mends it.

use proptest::prelude::*;

use super::*;
use crate::desk::{Desk, day, id};
use crate::value::Raw;

fn today() -> NaiveDate {
    day("2026-11-25")
}

fn rules(desk: &Desk) -> Vec<&'static str> {
    all(desk.board(), today())
        .iter()
        .map(|one| one.rule.name())
        .collect()
}

fn line(name: &str) -> Raw {
    Raw::Line(id(name).to_string())
}

/// Carries out every fix there is until nothing more can be fixed.
fn mend(desk: &mut Desk) {
    for _ in 0..20 {
        let fixes: Vec<Command> = all(desk.board(), today())
            .into_iter()
            .filter_map(|one| one.fix)
            .collect();
        let Some(fix) = fixes.first() else { return };
        desk.run(fix).unwrap();
    }
    panic!("fixes do not end");
}

#[test]
fn a_good_board_has_no_findings() {
    let mut desk = Desk::new();
    desk.put(Kind::Project, "p", &[("name", "Move")]);
    desk.put(Kind::Task, "t", &[("project", "p"), ("name", "Plan")]);
    desk.put(
        Kind::Action,
        "a",
        &[("title", "Ask"), ("owner", "Anna"), ("due", "2026-12-01")],
    );
    assert_eq!(rules(&desk), Vec::<&str>::new());
}

#[test]
fn a_child_of_a_deleted_parent_is_found_and_restoring_mends_it() {
    let mut desk = Desk::new();
    desk.put(Kind::Project, "p", &[("name", "Move")]);
    desk.put(Kind::Task, "t", &[("project", "p"), ("name", "Plan")]);
    desk.run(&Command::Delete {
        kind: Kind::Project,
        id: id("p"),
    })
    .unwrap();
    assert_eq!(rules(&desk), ["orphan"]);
    mend(&mut desk);
    assert_eq!(rules(&desk), Vec::<&str>::new());
}

#[test]
fn cycles_from_two_devices_are_found_and_mended() {
    let mut desk = Desk::new();
    desk.put(Kind::Project, "p", &[("name", "Move")]);
    for name in ["a", "b"] {
        desk.put(Kind::Task, name, &[("project", "p"), ("name", name)]);
    }
    for (name, from, to) in [("x", "a", "b"), ("y", "b", "a")] {
        let fields = [
            ("project", line("p")),
            ("predecessor", line(from)),
            ("successor", line(to)),
        ];
        desk.arrive(Kind::Dependency, name, &fields);
    }
    desk.force(Kind::Task, "a", "parent", line("b"));
    desk.force(Kind::Task, "b", "parent", line("a"));
    let found = rules(&desk);
    assert!(
        found.contains(&"dependency") && found.contains(&"parent_cycle"),
        "{found:?}"
    );
    mend(&mut desk);
    assert!(!rules(&desk).contains(&"parent_cycle"));
}

#[test]
fn the_same_row_on_two_devices_is_found() {
    let mut desk = Desk::new();
    for name in ["one", "two"] {
        desk.put(
            Kind::Vendor,
            name,
            &[("name", "Nordlicht"), ("external_key", "v-17")],
        );
    }
    assert_eq!(rules(&desk), ["same_key"]);
    mend(&mut desk);
    assert_eq!(rules(&desk), Vec::<&str>::new());
}

#[test]
fn two_accountables_and_none() {
    let mut desk = Desk::new();
    desk.put(Kind::Project, "p", &[("name", "Move")]);
    for (name, person, role) in [
        ("1", "Anna", "accountable"),
        ("2", "Bert", "accountable"),
        ("3", "Cleo", "responsible"),
    ] {
        let fields = [
            ("project", "p"),
            ("deliverable", "Cutover"),
            ("person", person),
            ("role", role),
        ];
        desk.put(Kind::Responsibility, name, &fields);
    }
    assert_eq!(
        all(desk.board(), today())[0].words,
        "For \"cutover\" 2 persons are accountable"
    );
    desk.put(Kind::Responsibility, "2", &[("role", "informed")]);
    assert_eq!(rules(&desk), Vec::<&str>::new());
    desk.put(Kind::Responsibility, "1", &[("role", "informed")]);
    assert_eq!(
        all(desk.board(), today())[0].words,
        "For \"cutover\" nobody is accountable"
    );
}

#[test]
fn an_invoice_that_two_devices_approved_is_found() {
    let mut desk = Desk::new();
    desk.put(Kind::Invoice, "i", &[("number", "1")]);
    for name in ["1", "2"] {
        desk.put(
            Kind::Approval,
            name,
            &[
                ("invoice", "i"),
                ("person", "Anna"),
                ("decision", "approved"),
            ],
        );
    }
    desk.put(Kind::Invoice, "copy", &[("number", "7"), ("vendor", "v")]);
    desk.put(Kind::Invoice, "copy2", &[("number", "07"), ("vendor", "v")]);
    assert_eq!(rules(&desk), ["duplicate", "approval"]);
}

#[test]
fn weights_and_closed_months_and_leavers() {
    let mut desk = Desk::new();
    desk.put(Kind::Evaluation, "e", &[("title", "Backup")]);
    desk.put(
        Kind::Criterion,
        "c",
        &[("evaluation", "e"), ("name", "x"), ("weight", "90")],
    );
    desk.put(
        Kind::Budget,
        "b",
        &[
            ("name", "IT"),
            ("fiscal_year", "2026"),
            ("start_month", "1"),
        ],
    );
    desk.put(
        Kind::BudgetLine,
        "l",
        &[
            ("budget", "b"),
            ("name", "Cloud"),
            ("plan_01", "100"),
            ("actual_01", "100"),
        ],
    );
    let january = crate::calendar::Period::new(1).unwrap();
    let close = crate::query::budget::close::close(desk.board(), id("b"), january, today(), None);
    desk.run(&close.unwrap()).unwrap();
    desk.force(Kind::BudgetLine, "l", "actual_01", Raw::Int(11_000));
    desk.put(
        Kind::AccessGrant,
        "g",
        &[("system", "ERP"), ("person", "Cleo")],
    );
    let cleo = crate::people::PersonId::of_name("Cleo").0;
    let person = vec![
        crate::people::PersonField::Name("Cleo".into()),
        crate::people::PersonField::LeftOn(Some(day("2026-11-01"))),
    ];
    desk.run(&Command::create(cleo, person)).unwrap();
    assert_eq!(rules(&desk), ["weights", "reopened", "leaver"]);
    mend(&mut desk);
    assert_eq!(rules(&desk), ["weights"]);
}

#[test]
fn contracts_that_lead_nowhere() {
    let mut desk = Desk::new();
    let common = [
        ("name", "WAN"),
        ("signed_on", "2026-01-01"),
        ("owner", "Anna"),
        ("start", "2026-01-01"),
    ];
    desk.put(Kind::Contract, "c", &common);
    let words = |desk: &Desk| {
        all(desk.board(), today())
            .first()
            .map(|one| one.words.clone())
    };
    assert_eq!(
        words(&desk).unwrap(),
        "The contract \"WAN\" ends on no day that anybody has said"
    );
    desk.put(Kind::Contract, "c", &[("renewal", "automatic")]);
    assert_eq!(
        words(&desk).unwrap(),
        "The contract \"WAN\" renews for a term of no length"
    );
    desk.put(Kind::Contract, "c", &[("renewal_months", "12")]);
    assert_eq!(
        words(&desk).unwrap(),
        "The contract \"WAN\" renews by itself and has no notice period"
    );
    desk.put(Kind::Contract, "c", &[("notice", "30")]);
    assert_eq!(words(&desk), None);
}

fn any_raw() -> impl Strategy<Value = Raw> {
    let names = prop::sample::select(vec!["a", "b", "c", "d", "e"]);
    let words = prop::sample::select(vec![
        "2026-11-25",
        "9999-12-31",
        "1900-01-01",
        "approved",
        "active",
        "automatic",
        "FREQ=DAILY",
        "",
        "x",
        "2026-12-01T22:00",
        "ff",
        "timing",
        "scheduled",
        "EUR",
        "JPY",
        "22:00",
        "issued",
        "accountable",
    ]);
    prop_oneof![
        Just(Raw::Null),
        any::<bool>().prop_map(Raw::Bool),
        prop_oneof![any::<i64>(), -20_i64..200].prop_map(Raw::Int),
        names.prop_map(line),
        words.prop_map(|text| Raw::Line(text.to_owned())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn every_query_answers_on_any_merged_state(
        records in prop::collection::vec(
            (0_usize..Kind::ALL.len(), prop::sample::select(vec!["a", "b", "c", "d", "e"]), prop::collection::vec((any::<prop::sample::Index>(), any_raw()), 0..12)),
            0..40,
        ),
    ) {
        let mut desk = Desk::new();
        for (kind, name, fields) in &records {
            let kind = Kind::ALL[*kind];
            let all = kind.fields();
            let parent = kind.parent_field().map(|(field, _)| (field, line("a")));
            let mut values: Vec<(&str, Raw)> = parent.into_iter().collect();
            for (at, raw) in fields {
                let info = all[at.index(all.len())];
                // A value of the field's own type half of the time: others only show as empty.
                let fits = match info.value_type {
                    "money (minor units)" => Some(Raw::Int(if matches!(raw, Raw::Int(n) if *n > 0) { i64::MAX } else { 100 })),
                    "yes or no" => Some(Raw::Bool(true)),
                    _ => None,
                };
                values.push((info.name, fits.unwrap_or_else(|| raw.clone())));
            }
            desk.arrive(kind, name, &values);
        }
        let board = desk.board();
        for at in ["1900-01-01", "2026-11-25", "9999-12-31"] {
            let at = day(at);
            let found = all(board, at);
            crate::absurd::ask_everything(board, at);
            prop_assert!(found.windows(2).all(|pair| pair[0].rule <= pair[1].rule));
        }
    }
}
