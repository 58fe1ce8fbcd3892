//! Tests of the rules between fields and records.

use crate::desk::{Desk, id};
use crate::kind::Kind;

fn plan() -> Desk {
    let mut desk = Desk::new();
    desk.put(
        Kind::Project,
        "p",
        &[("name", "Move"), ("start", "2026-01-05")],
    );
    for name in ["a", "b", "c"] {
        desk.put(Kind::Task, name, &[("project", "p"), ("name", name)]);
    }
    desk
}

fn refused(desk: &mut Desk, kind: Kind, name: &str, fields: &[(&str, &str)], expected: &str) {
    assert_eq!(desk.try_put(kind, name, fields).unwrap_err(), expected);
}

#[test]
fn a_dependency_that_closes_a_cycle_is_refused() {
    let mut desk = plan();
    let link = |from: &'static str, to: &'static str| {
        [("project", "p"), ("predecessor", from), ("successor", to)]
    };
    desk.put(Kind::Dependency, "ab", &link("a", "b"));
    desk.put(Kind::Dependency, "bc", &link("b", "c"));
    refused(
        &mut desk,
        Kind::Dependency,
        "ca",
        &link("c", "a"),
        "the dependency cannot be saved: \"c\" already waits for \"a\"; remove the dependency that runs the other way first",
    );
    refused(
        &mut desk,
        Kind::Dependency,
        "aa",
        &link("a", "a"),
        "the dependency cannot be saved: a task cannot wait for itself; choose another task",
    );
    refused(
        &mut desk,
        Kind::Dependency,
        "ab",
        &[("successor", "c")],
        "the successor of a dependency cannot change; make a new one instead",
    );
}

#[test]
fn a_task_is_no_part_of_itself() {
    let mut desk = plan();
    desk.put(Kind::Task, "b", &[("parent", "a")]);
    let words = "the task cannot be saved: a task cannot be part of itself or of a task below it; choose another parent";
    refused(&mut desk, Kind::Task, "a", &[("parent", "b")], words);
    refused(&mut desk, Kind::Task, "a", &[("parent", "a")], words);
    refused(
        &mut desk,
        Kind::Task,
        "a",
        &[
            ("actual_start", "2026-02-02"),
            ("actual_finish", "2026-02-01"),
        ],
        "the task cannot be saved: actual_finish 2026-02-01 is before actual_start 2026-02-02; change one of the two days",
    );
}

#[test]
fn an_issued_update_is_frozen() {
    let mut desk = plan();
    desk.put(
        Kind::StatusUpdate,
        "u",
        &[("project", "p"), ("title", "Week 3"), ("state", "issued")],
    );
    refused(
        &mut desk,
        Kind::StatusUpdate,
        "u",
        &[("title", "Week 4")],
        "the status update cannot be saved: it has been issued; issue a new one that corrects it",
    );
    let delete = crate::Command::Delete {
        kind: Kind::StatusUpdate,
        id: id("u"),
    };
    assert!(desk.run(&delete).is_err());
}

#[test]
fn a_judgement_needs_a_reason_and_an_end() {
    let mut desk = plan();
    refused(
        &mut desk,
        Kind::Project,
        "p",
        &[
            ("health_override", "green"),
            ("override_until", "2026-12-01"),
        ],
        "the project cannot be saved: a judgement against the rules needs a reason and a last day; give override_reason and override_until",
    );
    desk.put(
        Kind::Project,
        "p",
        &[
            ("health_override", "green"),
            ("override_until", "2026-12-01"),
            ("override_reason", "The supplier has caught up"),
        ],
    );
}

#[test]
fn what_was_sent_approved_or_chosen_by_is_not_deleted() {
    let mut desk = Desk::new();
    desk.put(Kind::Change, "c", &[("title", "Move")]);
    let message = [("change", "c"), ("title", "Ready"), ("state", "sent")];
    desk.put(Kind::Communication, "sent", &message);
    desk.put(Kind::MeetingSeries, "s", &[("name", "Leads")]);
    desk.put(
        Kind::Meeting,
        "m",
        &[("series", "s"), ("day", "2026-11-02")],
    );
    desk.put(
        Kind::Minute,
        "line",
        &[("meeting", "m"), ("text", "Agreed")],
    );
    let decision = [("meeting", "m"), ("title", "Buy")];
    desk.put(Kind::Decision, "d", &decision);
    desk.put(Kind::Meeting, "m", &[("minutes", "approved")]);
    desk.put(Kind::Evaluation, "e", &[("title", "Which")]);
    desk.put(Kind::Choice, "o", &[("evaluation", "e"), ("name", "A")]);
    let criterion = [("evaluation", "e"), ("name", "Fit"), ("weight", "100")];
    desk.put(Kind::Criterion, "k", &criterion);
    let score = [
        ("option", "o"),
        ("criterion", "k"),
        ("evaluator", "Anna"),
        ("value", "4"),
    ];
    desk.put(Kind::Score, "v", &score);
    desk.put(Kind::Evaluation, "e", &[("chosen", "o")]);
    for (kind, name, words) in [
        (Kind::Communication, "sent", "it has been sent"),
        (Kind::Minute, "line", "the minutes are approved"),
        (Kind::Decision, "d", "the minutes are approved"),
        (Kind::Criterion, "k", "the choice was made by it"),
        (Kind::Score, "v", "the choice was made by it"),
    ] {
        let command = crate::Command::Delete { kind, id: id(name) };
        let refusal = desk.run(&command).unwrap_err().to_string();
        assert!(refusal.contains(words), "{refusal}");
    }
    refused(
        &mut desk,
        Kind::Decision,
        "late",
        &decision,
        "the decision cannot be saved: the minutes are approved; correct them in the minutes of the next meeting",
    );
}
