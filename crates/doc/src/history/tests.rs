//! Stories of few edits, told exactly; the property that a story ends as its document stands is beside convergence.

use adjutant_base::{CompartmentId, DocumentClass, DocumentId, StoredChange};
use adjutant_model::record::Write;

use super::*;
use crate::{Author, Document};

fn id() -> DocumentId {
    DocumentId::derived(CompartmentId([1; 6]), DocumentClass::Records, "test")
}

fn put(field: &'static str, value: Raw) -> Write {
    Write {
        document: id(),
        kind: "project",
        record: RecordId::derived("a"),
        field,
        value,
    }
}

fn line(text: &str) -> Raw {
    Raw::Line(text.to_owned())
}

fn write(document: &mut Document, device: u8, at_s: i64, writes: &[Write]) -> Vec<StoredChange> {
    let command = format!("edit project {}", RecordId([device; 16]));
    let author = Author {
        actor: ActorId([device; 20]),
        command: &command,
        time: Timestamp(at_s * 1_000),
    };
    document.write(writes, &author).unwrap().changes
}

fn story(changes: &[StoredChange]) -> Vec<Edit> {
    let (document, _) = Document::load(id(), changes.iter().cloned());
    document.story(None, |_, _| true)
}

/// What each edit says: device, second, field, before, after.
fn told(changes: &[StoredChange]) -> Vec<(u8, i64, String, String, String)> {
    story(changes)
        .into_iter()
        .map(|edit| {
            let device = edit.actor.unwrap().as_bytes()[0];
            let (before, after) = (edit.before.shown(), edit.after.shown());
            (device, edit.time.0 / 1_000, edit.field, before, after)
        })
        .collect()
}

fn row(
    device: u8,
    at_s: i64,
    field: &str,
    before: &str,
    after: &str,
) -> (u8, i64, String, String, String) {
    (device, at_s, field.into(), before.into(), after.into())
}

#[test]
fn each_edit_says_who_when_from_what_to_what_by_which_command() {
    let mut document = Document::empty(id());
    let mut changes = write(
        &mut document,
        1,
        10,
        &[put("name", line("Move")), put("count", Raw::Int(3))],
    );
    changes.extend(write(
        &mut document,
        2,
        20,
        &[put("name", line("Relocate")), put("count", Raw::Int(3))],
    ));
    changes.extend(write(&mut document, 1, 30, &[put("count", Raw::Null)]));
    assert_eq!(
        told(&changes),
        [
            row(1, 10, "count", "", "3"),
            row(1, 10, "name", "", "Move"),
            row(2, 20, "name", "Move", "Relocate"),
            row(1, 30, "count", "3", ""),
        ]
    );
    let edits = story(&changes);
    assert_eq!(edits[2].command, "edit project");
    assert_eq!(edits[2].command_id, Some(RecordId([2; 16])));
    let (document, _) = Document::load(id(), changes.clone());
    assert!(document.story(None, |kind, _| kind == "action").is_empty());
    changes.reverse();
    assert_eq!(
        told(&changes).len(),
        4,
        "the order in which changes come does not matter"
    );
}

#[test]
fn prose_is_told_in_whole_words() {
    let mut document = Document::empty(id());
    let mut changes = write(
        &mut document,
        1,
        10,
        &[put("notes", Raw::Prose("Call 🏔 back".into()))],
    );
    changes.extend(write(
        &mut document,
        2,
        20,
        &[put("notes", Raw::Prose("Call Anna back today".into()))],
    ));
    changes.extend(write(&mut document, 1, 30, &[put("notes", Raw::Null)]));
    assert_eq!(
        told(&changes),
        [
            row(1, 10, "notes", "", "Call 🏔 back"),
            row(2, 20, "notes", "Call 🏔 back", "Call Anna back today"),
            row(1, 30, "notes", "Call Anna back today", ""),
        ]
    );
}

#[test]
fn what_was_written_at_the_same_time_is_told_beside() {
    let mut here = Document::empty(id());
    let start = write(&mut here, 1, 10, &[put("name", line("Move"))]);
    let (mut there, _) = Document::load(id(), start.clone());
    let a = write(&mut here, 1, 20, &[put("name", line("Relocate"))]);
    let b = write(&mut there, 2, 21, &[put("name", line("Migrate"))]);
    here.apply(b.clone());
    let settled = write(&mut here, 1, 30, &[put("name", line("Relocate"))]);
    let changes = [start, a, b, settled].concat();
    let edits = story(&changes);
    assert_eq!(
        told(&changes)[..3],
        [
            row(1, 10, "name", "", "Move"),
            row(1, 20, "name", "Move", "Relocate"),
            row(2, 21, "name", "Move", "Migrate"),
        ]
    );
    assert_eq!(edits[2].beside, [line("Relocate")]);
    assert_eq!(edits.last().unwrap().beside, []);
}

#[test]
fn a_clock_that_goes_wrong_moves_nothing_and_is_marked() {
    let mut document = Document::empty(id());
    let mut changes = write(&mut document, 1, 1_000, &[put("name", line("Move"))]);
    changes.extend(write(
        &mut document,
        2,
        10,
        &[put("name", line("Relocate"))],
    ));
    let edits = story(&changes);
    assert_eq!(
        edits.iter().map(Edit::is_clock_odd).collect::<Vec<_>>(),
        [false, true]
    );
    let at = |second: i64| {
        let version = document.version_of(Moment(Timestamp(second * 1_000)));
        let kept = changes
            .iter()
            .filter(|change| document.is_in(&version, &change.meta.hash));
        let (made, applied) = Document::load(id(), kept.cloned());
        assert!(applied.missing.is_empty());
        let record = made.record("project", RecordId::derived("a"));
        record.and_then(|record| record.fields.get("name").cloned())
    };
    // The second edit saw the first, so it cannot have been made before it.
    assert_eq!(at(999), None);
    assert_eq!(at(1_000), Some(line("Relocate")));
}
