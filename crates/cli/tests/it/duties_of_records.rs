//! The duties D6 to D10 of the job from a shell, each test the transcript of one: communications, newcomers, registers,
//! changes, comparisons.
//!
//! Read from top to bottom, a transcript is the documentation of how that duty is done without a window.

use serde_json::Value;

use super::shell::Shell;

/// D6: coordinate announcements, policy updates and notifications across departments.
#[test]
fn d6_communications_until_they_are_sent() {
    let mut shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new communication title="New password policy" kind=policy audience="All staff" channel=mail owner="Anna Lindqvist" planned_on=2026-11-30 body="From 1 January passwords have 14 characters."
        new communication title="Office closed" kind=announcement audience="IT" owner=Ben planned_on=2026-12-20
        "#,
    );
    // Each is a dated duty like any other, by day.
    assert_eq!(
        shell.column("obligations", "what"),
        ["New password policy", "Office closed"]
    );
    // Approved by somebody, then sent, with a log of whom it went to; then it changes no more.
    shell.does(
        r#"
        edit {communication password} state=approved approver="Clara Roth" approved_on=2026-11-27
        edit {communication password} state=sent sent_on=2026-11-30 sent_to="all-staff@example.org, 412 readers"
        "#,
    );
    let frozen = shell.refuses(r"edit {communication password} body=Other");
    assert!(
        frozen.contains("send a new one that corrects it"),
        "{frozen}"
    );
    assert!(
        shell
            .says("show {communication password}")
            .contains("412 readers")
    );
    // What was not sent is overdue and stays.
    shell.later("2026-12-22");
    let left = shell.asks("obligations");
    assert_eq!(
        (&left[0]["what"], &left[0]["days"]),
        (&"Office closed".into(), &(-2).into())
    );
    shell.does("edit {communication Office} state=dropped");
    assert_eq!(shell.asks("obligations"), Value::Array(Vec::new()));
}

/// D7: support the onboarding of new staff: equipment, accesses, orientation.
#[test]
fn d7_onboarding_and_offboarding() {
    let mut shell = Shell::on("2026-11-25");
    // The built-in items become a template of this department's own.
    shell.does(
        r#"
        do template onboarding
        new template_item template={checklist_template Onboarding} title="Order the badge" offset=-7 owner=Ben evidence="Badge number"
        do onboard "Cleo Winter" 2027-01-04
        new purchase_request title="Laptop for Cleo" checklist={checklist Cleo} needed_by=2026-12-21 state=submitted requested_by="Anna Lindqvist"
        new access_grant system=ERP person="Cleo Winter" level=reader approver="Clara Roth" granted_on=2026-12-28 review_due=2027-02-01
        "#,
    );
    let due = |shell: &Shell, item: &str| {
        let rows = shell.asks("checklists --of {checklist Cleo}");
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["item"] == item)
            .cloned();
        row.unwrap()["due"].as_str().unwrap().to_owned()
    };
    // Fourteen and seven working days before the first day.
    assert_eq!(due(&shell, "Request equipment"), "2026-12-15");
    assert_eq!(due(&shell, "Order the badge"), "2026-12-24");
    shell.does(r"edit {checklist_item Request} done_on=2026-12-14");
    // The start moves by two weeks: what is open moves with it, what was done stays.
    shell.does("edit {checklist Cleo} day=2027-01-18");
    assert_eq!(due(&shell, "Request equipment"), "2026-12-14");
    assert_eq!(due(&shell, "Order the badge"), "2027-01-07");
    // Leaving mirrors every access and seat.
    shell.later("2027-06-01");
    shell.does(
        r#"
        new licence product=Visio seats=3
        new assignment licence={licence Visio} person="Cleo Winter" from=2027-01-18
        do offboard "Cleo Winter" 2027-06-30
        "#,
    );
    let items = shell.column("checklists", "item");
    for item in ["Revoke ERP reader", "Take back the seat of Visio"] {
        assert!(items.contains(&item.to_owned()), "{items:?}");
    }
    // Whoever has left and still has an access is found, and the finding can be mended.
    shell.later("2027-07-05");
    shell.does(r"edit {person Cleo} left_on=2027-06-30");
    assert!(
        shell
            .column("findings", "rule")
            .contains(&"leaver".to_owned())
    );
    shell.does("do fix {access_grant ERP}");
    assert!(
        !shell
            .column("findings", "rule")
            .contains(&"leaver".to_owned())
    );
}

/// D8: maintain the records: licences, contracts, compliance documents.
#[test]
fn d8_licences_contracts_and_compliance() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new vendor name=Helix
        new contract name="CAD suite" vendor={vendor Helix} number=C-9 signed_on=2024-01-01 start=2024-01-01 initial_months=36 renewal=automatic renewal_months=12 notice=30 owner=Ben value=36000 consequence="The price rises by 8 %"
        new licence product=CAD contract={contract CAD} vendor={vendor Helix} seats=2 unit_cost=500 ends=2026-12-31 true_up_on=2026-12-15 low_seats=1 owner=Ben
        new assignment licence={licence CAD} person=Ben from=2024-02-01
        new assignment licence={licence CAD} person=Dana from=2024-02-01
        new assignment licence={licence CAD} holder="Workstation 7" from=2025-02-01
        "#,
    );
    // Three have a seat of two: over-use shows as a negative number, with its price.
    let position = &shell.asks("licences")[0];
    assert_eq!(
        (&position["available"], &position["gap cost"]),
        (&(-1).into(), &50_000.into())
    );
    // What was counted outweighs what was assigned.
    shell.does("new usage_count licence={licence CAD} day=2026-11-20 in_use=1 source=agent");
    let position = &shell.asks("licences")[0];
    assert_eq!(
        (&position["available"], &position["shelfware"]),
        (&1.into(), &1.into())
    );
    // The clock of a contract runs to the day by which to act: 30 days before the deadline, on a working day.
    let contract = &shell.asks("contracts")[0];
    assert_eq!(
        (&contract["notice by"], &contract["act by"]),
        (&"2026-12-01".into(), &"2026-10-30".into())
    );
    assert_eq!(contract["state"], "Act now");
    let unproved = shell.refuses("edit {contract CAD} notice_served_on=2026-11-25");
    assert!(
        unproved.contains("give notice_method and notice_proof"),
        "{unproved}"
    );
    shell.does(r#"edit {contract CAD} notice_served_on=2026-11-25 notice_method="registered letter" notice_proof=RR123"#);
    let contract = &shell.asks("contracts")[0];
    assert_eq!(
        (&contract["state"], &contract["ends on"]),
        (&"Notice served".into(), &"2026-12-31".into())
    );
    // A policy with owner, version, review and evidence; the file itself stays where it is, and every list says so.
    shell.does(
        r#"
        new compliance_document title="Backup policy" framework="ISO 27001" control=A.8.13 owner=Ben version=2.1 state=approved approved_by="Clara Roth" approved_on=2026-01-15 next_review=2026-12-15 evidence="Restore test of October"
        new attachment name=backup-policy.pdf about={compliance_document Backup} size_bytes=48213 hash=ab12 location=S:/policies/backup-policy.pdf
        "#,
    );
    let note = "The file stays where it is: only its name, size and hash are shared.";
    for line in [
        "list attachment",
        "ask attachments",
        "show {attachment backup}",
        "show {compliance_document Backup}",
    ] {
        let said = shell.says(line);
        assert!(
            said.contains(note) && said.contains("backup-policy.pdf"),
            "{line}: {said}"
        );
    }
    assert!(
        shell
            .column("obligations", "duty")
            .contains(&"Review document".to_owned()),
        "{:?}",
        shell.column("obligations", "duty")
    );
}

/// D9: assist in coordinating changes that users notice.
#[test]
fn d9_changes_and_what_users_are_told() {
    let mut shell = Shell::on("2026-11-16");
    shell.does(
        r#"
        new settings name=Harbour help_contact="Service desk, 4711" time_zone=CET
        new freeze name="Year end" from=2026-12-14 to=2027-01-05
        new maintenance_window name=Weekend weekdays=sat from=20:00 to=06:00
        new change title="Mail upgrade" kind=normal service=Mail risk=medium owner=Ben starts=2026-12-05T22:00 ends=2026-12-06T04:00 is_noticed=yes is_outage=yes affected="All staff" reason="Security fixes" instructions="Close Outlook" backout="Restore the snapshot"
        "#,
    );
    let soon = shell.refuses("edit {change Mail} state=scheduled");
    assert!(soon.contains("give approver and approved_on"), "{soon}");
    shell
        .does(r#"edit {change Mail} state=scheduled approver="Clara Roth" approved_on=2026-11-16"#);
    // The plan of messages follows from type and window.
    assert_eq!(
        shell.column("messages", "day"),
        [
            "2026-11-23",
            "2026-11-30",
            "2026-12-04",
            "2026-12-05",
            "2026-12-06",
            "2026-12-07"
        ]
    );
    shell.does("do messages {change Mail}");
    let draft = shell.says("show {communication heads-up}");
    for words in [
        "Why: Security fixes",
        "When: 2026-12-05 22:00 to 2026-12-06 04:00 CET",
        "Help: Service desk, 4711",
    ] {
        assert!(draft.contains(words), "{draft}");
    }
    shell.later("2026-11-23");
    shell.does(
        "edit {communication heads-up} state=sent sent_on=2026-11-23 sent_to=all-staff@example.org",
    );
    // Moved into the freeze: a warning, no refusal, and what was not sent moves along.
    shell.does("edit {change Mail} starts=2026-12-19T22:00 ends=2026-12-20T04:00");
    assert_eq!(
        shell.column("messages", "day")[..2],
        ["2026-11-23", "2026-12-14"]
    );
    assert_eq!(
        shell.asks("changes")[0]["warnings"],
        serde_json::json!(["lies in a freeze"])
    );
    assert!(
        shell
            .column("findings", "what")
            .contains(&"The change \"Mail upgrade\" lies in a freeze".to_owned())
    );
    // This department announces standard changes a week ahead.
    shell.does(
        r#"
        edit {settings Harbour} standard_messages="notice -5, done end 0"
        new change title="Printer drivers" kind=standard service=Print starts=2026-12-09T08:00 ends=2026-12-09T09:00
        "#,
    );
    assert_eq!(
        shell.column("messages --of {change Printer}", "day"),
        ["2026-12-02", "2026-12-09"]
    );
}

/// D10: research options, prices and capabilities for a decision.
#[test]
fn d10_a_comparison_that_can_be_defended() {
    let shell = Shell::on("2026-11-25");
    shell.does(
        r#"
        new evaluation title="Print tender" owner=Ben due=2026-12-18
        new criterion evaluation={evaluation Print} name=Price kind=price weight=50
        new criterion evaluation={evaluation Print} name=Service weight=50 scale=5
        new criterion evaluation={evaluation Print} name="Data in the EU" kind=mandatory weight=0
        new option evaluation={evaluation Print} name=Atrium price=40000
        new option evaluation={evaluation Print} name=Lumen price=50000
        new option evaluation={evaluation Print} name=Offshore price=10000
        "#,
    );
    for (option, service, residence) in [("Atrium", 3, 1), ("Lumen", 5, 1), ("Offshore", 5, 0)] {
        shell.does(&format!(
            r#"
            new score option={{option {option}}} criterion={{criterion Service}} evaluator=Ben value={service} source="Reference call, 2026-11-20"
            new score option={{option {option}}} criterion={{criterion EU}} evaluator=Ben value={residence} source="Contract draft, page 4"
            "#
        ));
    }
    // Weights were set before scoring and are frozen since.
    assert!(
        shell
            .refuses("edit {criterion Service} weight=60")
            .contains("the weights are frozen")
    );
    let result = shell.asks("evaluation --of {evaluation Print}");
    let rows: Vec<_> = result
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["option"].as_str().unwrap(), row["rank"].as_i64()))
        .collect();
    assert_eq!(
        rows,
        [("Lumen", Some(1)), ("Atrium", Some(2)), ("Offshore", None)]
    );
    assert_eq!(result[2]["fails"], serde_json::json!(["Data in the EU"]));
    // How firm is it? The smallest change of one weight that changes the winner.
    let words = shell.says("ask evaluation --of {evaluation Print}");
    assert!(words.contains("draws level if the weight of"), "{words}");
    shell.does(
        r#"
        edit {evaluation Print} chosen={option Lumen} recommendation="Lumen: better service at a price that is a quarter higher."
        "#,
    );
    assert_eq!(shell.asks("findings"), Value::Array(Vec::new()));
}

#[test]
fn new_kinds_can_be_listed_and_an_empty_desk_answers() {
    let shell = Shell::on("2026-11-25");
    for kind in ["tasks", "invoice", "meeting-series"] {
        shell.says(&format!("list {kind}"));
    }
    for question in [
        "health",
        "obligations",
        "findings",
        "messages",
        "portfolio",
        "vendors",
        "attachments",
    ] {
        assert_eq!(shell.asks(question), Value::Array(Vec::new()), "{question}");
    }
    assert_eq!(shell.says("ask licences"), "Nothing\n");
    let words = shell.refuses("ask schedule");
    assert!(words.contains("say which project with --of ID"), "{words}");
    let settings = shell.column("settings", "setting");
    assert!(settings.contains(&"normal_messages".to_owned()));
}
