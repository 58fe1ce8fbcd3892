//! The record you can trust, from a shell: each test reads as a transcript.

use super::program::{id_of, json, printed, refused};
use serde_json::Value;

fn texts(answer: &Value, key: &str) -> Vec<String> {
    let rows = answer.as_array().unwrap().iter();
    rows.map(|row| row[key].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn who_changed_what_and_a_step_undone() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    printed(
        desk,
        &["new", "action", "title=Order laptops", "due=2026-12-01"],
    );
    let id = id_of(desk, "action", "Order");
    printed(
        desk,
        &["edit", &id, "title=Order 12 laptops", "due=2026-12-04"],
    );

    let told = json(desk, &["history", &id, "--field", "title"]);
    assert_eq!(texts(&told, "who"), ["Anna Lindqvist, command line"; 2]);
    assert_eq!(texts(&told, "command"), ["edit action", "create action"]);
    let words = printed(desk, &["history", &id]);
    for expected in ["Order 12 laptops", "2026-12-04", "edit action"] {
        assert!(words.contains(expected), "{words}");
    }
    assert_eq!(
        printed(desk, &["history", &id, "--by", "Ben"]),
        "No edits\n"
    );
    assert_eq!(
        json(desk, &["history", "--until", "2000-01-01"]),
        Value::Array(Vec::new())
    );

    let step = texts(&told, "step").remove(0);
    printed(desk, &["edit", &id, "due=2027-01-08"]);
    let undone = printed(desk, &["undo", &step]);
    assert!(undone.contains("Undone: edit action, 1 fields"), "{undone}");
    assert!(
        undone.contains("Kept: due of action Order laptops, which Anna Lindqvist, command line set to 2027-01-08"),
        "{undone}"
    );
    let shown = json(desk, &["show", &id]);
    assert_eq!(shown["title"], "Order laptops");
    assert_eq!(shown["due"], "2027-01-08");
    let words = refused(desk, &["undo", "ffffffffffff"]);
    assert!(words.contains("there is no step"), "{words}");
}

#[test]
fn the_past_is_read_and_never_changed() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    printed(desk, &["new", "project", "name=Move", "target=2026-12-18"]);
    let (long_ago, some_day) = ("2000-01-01", "2200-01-01");
    let count = |moment: &str| {
        let list = json(desk, &["--as-of", moment, "list", "projects"]);
        list.as_array().unwrap().len()
    };
    assert_eq!((count(long_ago), count(some_day)), (0, 1));
    let report = printed(desk, &["--as-of", long_ago, "report", "projects"]);
    assert!(
        report.contains("1 Jan 2000") && !report.contains("Move"),
        "{report}"
    );
    let words = refused(
        desk,
        &["--as-of", long_ago, "new", "action", "title=Too late"],
    );
    assert!(words.contains("the past cannot be changed"), "{words}");
    let told = printed(desk, &["diff", long_ago]);
    assert!(told.contains("Project Move: new"), "{told}");
    assert_eq!(printed(desk, &["diff", some_day]), "Nothing differs\n");
    let words = refused(desk, &["diff", some_day, long_ago]);
    assert!(words.contains("change them round"), "{words}");
}

#[test]
fn a_manager_sees_what_is_new_and_signs_it() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    printed(desk, &["new", "budget", "name=IT 2027", "currency=EUR"]);
    let budget = id_of(desk, "budget", "IT 2027");
    let of_budget = format!("budget={budget}");
    printed(
        desk,
        &[
            "new",
            "budget_line",
            &of_budget,
            "name=Cloud hosting",
            "plan_01=10,000.00",
        ],
    );
    let line = id_of(desk, "budget_line", "Cloud");

    let first = printed(desk, &["since", "--mark"]);
    assert!(first.starts_with("You have not looked yet"), "{first}");
    assert_eq!(
        printed(desk, &["since"]),
        "Nothing has changed since you last looked\n"
    );

    printed(desk, &["review", "sign", &budget, "--note", "as discussed"]);
    assert_eq!(
        texts(&json(desk, &["review", "list", &budget]), "standing"),
        ["approved"]
    );

    let report = printed(desk, &["report", "budget"]);
    assert!(report.contains("approved by Anna Lindqvist, "), "{report}");
    printed(desk, &["review", "name", "Board meeting"]);

    printed(desk, &["edit", &line, "plan_01=14,200.00"]);
    let report = printed(desk, &["report", "budget"]);
    assert!(!report.contains("approved by"), "{report}");
    let then = json(desk, &["--as-of", "board meeting", "show", &line]);
    assert_eq!(then["plan_01"], 1_000_000);
    let words = refused(desk, &["--as-of", "never", "list", "projects"]);
    assert!(
        words.contains("there is no version \"never\", and a moment is a day like"),
        "{words}"
    );
    let new = "Budget line Cloud hosting: plan raised by 4,200.00 EUR in period 1";
    let since = printed(desk, &["since"]);
    assert!(since.contains(new), "{since}");
    let told = printed(desk, &["diff", "Board meeting"]);
    assert!(told.contains(new), "{told}");
    assert_eq!(
        texts(&json(desk, &["review", "list", &budget]), "standing"),
        [format!("changed since approved: {new}")]
    );

    printed(
        desk,
        &[
            "review",
            "request",
            &line,
            "Why so much?",
            "--field",
            "plan_01",
        ],
    );
    let words = refused(desk, &["review", "comment", &line, "x", "--field", "price"]);
    assert!(words.contains("has no field \"price\""), "{words}");
    let remark = texts(&json(desk, &["review", "list", &line]), "id").remove(0);
    printed(desk, &["review", "settle", &remark]);
    assert_eq!(
        texts(&json(desk, &["review", "list", &line]), "state"),
        ["done"]
    );
}

#[test]
fn data_is_verified_copied_and_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path().join("desk");
    let nothing = refused(
        &desk,
        &["backup", "to", folder.path().join("a").to_str().unwrap()],
    );
    assert!(nothing.contains("holds no workspace"), "{nothing}");
    printed(&desk, &["new", "action", "title=Order laptops"]);
    let id = id_of(&desk, "action", "Order");
    let words = printed(&desk, &["verify"]);
    assert!(
        words.contains("Everything is whole here; there is no relay to compare with"),
        "{words}"
    );
    let words = printed(&desk, &["verify", &id]);
    assert!(words.contains("on this device only"), "{words}");
    let words = printed(&desk, &["backup", "list"]);
    assert!(words.contains("No automatic copies yet"), "{words}");

    let copy = folder.path().join("copy");
    let to = copy.to_str().unwrap();
    let words = printed(&desk, &["backup", "to", to]);
    assert!(
        words.contains("2 documents") && words.contains("verified"),
        "{words}"
    );
    assert!(refused(&desk, &["backup", "to", to]).contains("is there already"));
    assert!(refused(&desk, &["backup", "from", to]).contains("holds a workspace already"));
    let new = folder.path().join("new machine");
    printed(&new, &["backup", "from", to]);
    assert_eq!(id_of(&new, "action", "Order"), id);
    printed(&new, &["edit", &id, "title=Order 12 laptops"]);

    // A damaged copy is refused and nothing is put anywhere.
    let store = copy.join("workspace.sqlite");
    let mut bytes = std::fs::read(&store).unwrap();
    let at = bytes
        .windows(4)
        .rposition(|window| window == [0x85, 0x6f, 0x4a, 0x83])
        .unwrap();
    bytes[at + 20] ^= 0xff;
    std::fs::write(&store, bytes).unwrap();
    let other = folder.path().join("other");
    let words = refused(&other, &["backup", "from", to]);
    assert!(words.contains("damaged"), "{words}");
    assert!(!other.join("workspace.sqlite").exists());

    let out = folder.path().join("out");
    let words = printed(
        &desk,
        &["export", "everything", "--out", out.to_str().unwrap()],
    );
    assert!(
        words.contains("2 documents as Automerge saves them"),
        "{words}"
    );
    let raw: Vec<_> = std::fs::read_dir(out.join("automerge")).unwrap().collect();
    assert_eq!(raw.len(), 2);
}
