//! Duties of the job from a shell: each test reads as the transcript of one of them.

use super::program::{id_of, json, printed, refused};
use serde_json::Value;

/// Returns the column of an answer.
fn column(answer: &Value, key: &str) -> Vec<String> {
    let text = |row: &Value| {
        let value = &row[key];
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    answer.as_array().unwrap().iter().map(text).collect()
}

#[test]
fn a_schedule_with_its_critical_path_and_its_slip() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    printed(desk, &["new", "project", "name=Move", "start=2026-01-05"]);
    let project = id_of(desk, "project", "Move");
    for (name, days) in [("Design", "5"), ("Build", "10")] {
        let (name, days) = (format!("name={name}"), format!("duration={days}"));
        printed(
            desk,
            &["new", "task", &format!("project={project}"), &name, &days],
        );
    }
    let (design, build) = (id_of(desk, "task", "Design"), id_of(desk, "task", "Build"));
    let link = |from: &str, to: &str| {
        vec![
            format!("project={project}"),
            format!("predecessor={from}"),
            format!("successor={to}"),
        ]
    };
    let run = |fields: &[String]| -> Vec<String> {
        let start = ["new".to_owned(), "dependency".to_owned()];
        start.into_iter().chain(fields.iter().cloned()).collect()
    };
    let forth = run(&link(&design, &build));
    printed(desk, &forth.iter().map(String::as_str).collect::<Vec<_>>());
    let back = run(&link(&build, &design));
    let words = refused(desk, &back.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        words.contains("\"Build\" already waits for \"Design\""),
        "{words}"
    );

    printed(desk, &["do", "baseline", &project, "--reason", "kick-off"]);
    printed(desk, &["edit", &design, "duration=7"]);
    let rows = json(desk, &["ask", "schedule", "--of", &project]);
    assert_eq!(column(&rows, "finish"), ["2026-01-13", "2026-01-27"]);
    assert_eq!(column(&rows, "slip wd"), ["2", "2"]);
    assert_eq!(column(&rows, "critical"), ["true", "true"]);
}

#[test]
fn a_renewal_is_an_obligation_until_somebody_takes_note() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    let fields = [
        "name=Backup service",
        "signed_on=2020-01-01",
        "start=2020-01-01",
        "initial_months=12",
        "renewal=automatic",
        "renewal_months=1",
        "notice=10",
    ];
    printed(desk, &[&["new", "contract"], &fields[..]].concat());
    let contract = id_of(desk, "contract", "Backup");
    let listed = json(desk, &["ask", "obligations"]);
    let duties = column(&listed, "duty");
    assert!(
        duties.contains(&"Notice was missed".to_owned()),
        "{duties:?}"
    );
    let to_note = |listed: &Value| {
        column(listed, "note")
            .iter()
            .filter(|n| *n == "to note")
            .count()
    };
    assert!(to_note(&listed) > 0);
    printed(
        desk,
        &["do", "note", &contract, "--text", "told the director"],
    );
    let after = json(desk, &["ask", "obligations"]);
    assert_eq!(to_note(&after), 0);
    assert!(!column(&after, "duty").contains(&"Notice was missed".to_owned()));
    let findings = json(desk, &["ask", "findings"]);
    assert_eq!(
        column(&findings, "what"),
        ["The contract \"Backup service\" has no owner"]
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a transcript of one duty reads from top to bottom"
)]
fn an_order_an_invoice_and_what_they_do_to_the_budget() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    printed(
        desk,
        &[
            "new",
            "budget",
            "name=IT",
            "fiscal_year=2020",
            "start_month=1",
        ],
    );
    let budget = id_of(desk, "budget", "IT");
    printed(
        desk,
        &[
            "new",
            "budget_line",
            &format!("budget={budget}"),
            "name=Laptops",
        ],
    );
    let line = id_of(desk, "budget_line", "Laptops");
    printed(desk, &["do", "plan-year", &line, "1000"]);
    printed(desk, &["new", "vendor", "name=Nordlicht"]);
    let vendor = format!("vendor={}", id_of(desk, "vendor", "Nordlicht"));
    printed(
        desk,
        &[
            "new",
            "purchase_order",
            "number=4711",
            &vendor,
            "state=open",
        ],
    );
    let order = format!("order={}", id_of(desk, "purchase_order", "4711"));
    let budget_line = format!("budget_line={line}");
    printed(
        desk,
        &[
            "new",
            "order_line",
            &order,
            "name=Laptop",
            "quantity=2",
            "unit_price=300",
            &budget_line,
        ],
    );
    let order_line = format!("order_line={}", id_of(desk, "order_line", "Laptop"));
    printed(
        desk,
        &[
            "new",
            "invoice",
            "number=RE-1",
            &vendor,
            &order,
            "day=2020-03-01",
            "total=300",
        ],
    );
    let invoice = id_of(desk, "invoice", "RE-1");
    let billed = format!("invoice={invoice}");
    printed(
        desk,
        &[
            "new",
            "invoice_line",
            &billed,
            "name=Laptop",
            "quantity=1",
            "unit_price=300",
            &order_line,
        ],
    );

    let row = &json(desk, &["ask", "budget", "--of", &budget])[0];
    assert_eq!(
        (row["revised"].as_i64(), row["committed"].as_i64()),
        (Some(100_000), Some(30_000))
    );
    let invoices = json(desk, &["ask", "invoices"]);
    assert_eq!(
        column(&invoices, "match"),
        ["exception"],
        "nothing has arrived"
    );
    printed(
        desk,
        &[
            "new",
            "receipt",
            &order,
            &format!("line={}", order_line.trim_start_matches("order_line=")),
            "quantity=1",
        ],
    );
    assert_eq!(
        column(&json(desk, &["ask", "invoices"]), "match"),
        ["matches"]
    );
}

#[test]
fn somebody_leaves_and_every_access_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    printed(
        desk,
        &[
            "new",
            "access_grant",
            "system=ERP",
            "person=Cleo Winter",
            "level=admin",
        ],
    );
    printed(desk, &["do", "offboard", "Cleo Winter", "2027-01-29"]);
    let items = json(desk, &["ask", "checklists"]);
    assert!(
        column(&items, "item").contains(&"Revoke ERP admin".to_owned()),
        "{items}"
    );
}

#[test]
fn new_kinds_can_be_listed_and_an_empty_desk_answers() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    for kind in ["tasks", "invoice", "meeting-series"] {
        json(desk, &["list", kind]);
    }
    for question in ["health", "obligations", "findings", "messages"] {
        assert_eq!(
            json(desk, &["ask", question]),
            Value::Array(Vec::new()),
            "{question}"
        );
    }
    assert_eq!(printed(desk, &["ask", "licences"]), "Nothing\n");
    let words = refused(desk, &["ask", "schedule"]);
    assert!(words.contains("say which project with --of ID"), "{words}");
}
