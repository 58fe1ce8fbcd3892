//! Several devices, apart and together again.

use super::*;

/// Returns two devices' copies of one document in which project "a" exists.
fn two_copies() -> (Document, Document) {
    let mut first = Document::empty(document_id());
    let made = write(
        &mut first,
        1,
        &[set("a", "title", line("x")), set("a", "notes", prose("ab"))],
    );
    let second = copy_of(&made.changes);
    (first, second)
}

#[test]
fn one_record_made_on_two_devices_loses_no_field() {
    let (mut a, mut b) = (
        Document::empty(document_id()),
        Document::empty(document_id()),
    );
    write(
        &mut a,
        1,
        &[
            set("a", "title", line("one")),
            set("a", "owner", line("Anna")),
        ],
    );
    write(
        &mut b,
        2,
        &[
            set("a", "title", line("two")),
            set("a", "due", line("2026-05-03")),
        ],
    );
    exchange(&mut a, &mut b);
    assert_same(&a, &b);
    let merged = project(&a, "a");
    assert_eq!(merged.fields.len(), 3);
    let [conflict] = &*merged.conflicts else {
        panic!("{:?}", merged.conflicts)
    };
    assert_eq!(conflict.winner.value, line("two"));
    assert_eq!(conflict.losers.first().unwrap().value, line("one"));

    // Settling it on one device settles it everywhere, and both go on editing what they know.
    let settled = write(&mut a, 1, &[set("a", "title", line("one"))]);
    apply(&mut b, &settled.changes);
    assert!(project(&b, "a").conflicts.is_empty());
    let more = write(
        &mut b,
        2,
        &[
            set("a", "title", line("three")),
            set("a", "owner", line("Ben")),
        ],
    );
    apply(&mut a, &more.changes);
    assert_same(&a, &b);
    assert_eq!(field(&a, "a", "title"), line("three"));
    assert!(project(&a, "a").conflicts.is_empty());
}

#[test]
fn both_values_of_a_concurrent_edit_are_kept_with_their_authors() {
    let (mut a, mut b) = two_copies();
    write(&mut a, 1, &[set("a", "title", line("by one"))]);
    write(&mut b, 2, &[set("a", "title", line("by two"))]);
    exchange(&mut a, &mut b);
    assert_same(&a, &b);
    let record = project(&a, "a");
    let [conflict] = &*record.conflicts else {
        panic!("{:?}", record.conflicts)
    };
    assert_eq!(conflict.field, "title");
    assert_eq!(conflict.winner.actor, Some(ActorId([2; 20])));
    assert_eq!(
        conflict.losers.first().unwrap().actor,
        Some(ActorId([1; 20]))
    );
    assert_eq!(conflict.losers.first().unwrap().value, line("by one"));
    assert_eq!(record.fields.get("title"), Some(&line("by two")));

    // Repeating the standing value settles the conflict.
    let hash = a.content_hash();
    let settled = write(&mut a, 1, &[set("a", "title", line("by two"))]);
    assert_eq!(settled.changes.len(), 1);
    assert!(project(&a, "a").conflicts.is_empty());
    assert_ne!(
        a.content_hash(),
        hash,
        "the other value was part of the content"
    );
    apply(&mut b, &settled.changes);
    assert_same(&a, &b);
}

#[test]
fn equal_values_written_at_once_are_no_conflict() {
    let (mut a, mut b) = two_copies();
    write(&mut a, 1, &[set("a", "title", line("same"))]);
    let alone = a.content_hash();
    write(&mut b, 2, &[set("a", "title", line("same"))]);
    exchange(&mut a, &mut b);
    assert_same(&a, &b);
    assert!(project(&a, "a").conflicts.is_empty());
    assert_eq!(a.content_hash(), alone);
    assert!(
        write(&mut a, 1, &[set("a", "title", line("same"))])
            .changes
            .is_empty()
    );
}

#[test]
fn a_clearing_beside_an_edit_is_shown() {
    let (mut a, mut b) = two_copies();
    write(&mut a, 1, &[set("a", "title", line("kept"))]);
    write(&mut b, 2, &[set("a", "title", Raw::Null)]);
    exchange(&mut a, &mut b);
    assert_same(&a, &b);
    let record = project(&a, "a");
    let conflict = record.conflicts.first().unwrap();
    assert_eq!(conflict.winner.value, Raw::Null);
    assert_eq!(conflict.losers.first().unwrap().value, line("kept"));
    assert_eq!(record.fields.get("title"), None);
}

#[test]
fn an_edit_of_a_record_deleted_elsewhere_survives() {
    let (mut a, mut b) = two_copies();
    write(&mut a, 1, &[set("a", DELETED_AT, Raw::Int(7))]);
    write(
        &mut b,
        2,
        &[
            set("a", "title", line("edited")),
            set("a", "notes", prose("ab!")),
        ],
    );
    exchange(&mut a, &mut b);
    assert_same(&a, &b);
    assert_eq!(project(&a, "a").deleted_at(), Some(Timestamp(7)));
    assert_eq!(field(&a, "a", "title"), line("edited"));
    assert_eq!(field(&a, "a", "notes"), prose("ab!"));
}

#[test]
fn prose_edited_at_both_ends_merges() {
    let (mut a, mut b) = two_copies();
    write(&mut a, 1, &[set("a", "notes", prose(">ab"))]);
    write(&mut b, 2, &[set("a", "notes", prose("ab<"))]);
    exchange(&mut a, &mut b);
    assert_same(&a, &b);
    assert_eq!(field(&a, "a", "notes"), prose(">ab<"));
    assert!(project(&a, "a").conflicts.is_empty());
}

#[test]
fn prose_begun_on_two_devices_is_a_conflict_that_can_be_settled() {
    let (mut a, mut b) = two_copies();
    write(&mut a, 1, &[set("a", "goal", prose("from one"))]);
    write(&mut b, 2, &[set("a", "goal", prose("from two"))]);
    exchange(&mut a, &mut b);
    assert_same(&a, &b);
    let conflict = project(&a, "a").conflicts.first().cloned().unwrap();
    assert_eq!(conflict.winner.value, prose("from two"));
    assert_eq!(conflict.losers.first().unwrap().value, prose("from one"));

    let settled = write(&mut b, 2, &[set("a", "goal", prose("from both"))]);
    apply(&mut a, &settled.changes);
    assert_same(&a, &b);
    assert!(project(&a, "a").conflicts.is_empty());
    assert_eq!(field(&a, "a", "goal"), prose("from both"));
}

#[test]
fn changes_that_come_early_wait_and_say_for_what() {
    let (mut a, mut b) = two_copies();
    let one = write(&mut a, 1, &[set("a", "title", line("1"))]).changes;
    let two = write(&mut a, 1, &[set("a", "title", line("2"))]).changes;
    let three = write(&mut a, 1, &[set("a", "title", line("3"))]).changes;
    let missing = vec![one.first().unwrap().meta.hash];
    assert_eq!(apply(&mut b, &two).missing, missing);
    let applied = apply(&mut b, &three);
    assert_eq!(
        (applied.missing, applied.touched),
        (missing.clone(), Vec::new())
    );
    assert_eq!(b.missing(), missing);
    assert!(!b.contains(&two.first().unwrap().meta.hash));
    let applied = apply(&mut b, &one);
    assert!(applied.missing.is_empty());
    assert_eq!(applied.heads, a.heads());
    assert_eq!(applied.touched, [project(&a, "a")]);
    assert_same(&a, &b);
}

#[test]
fn a_snapshot_brings_a_newcomer_and_a_latecomer_up_to_date() {
    let (mut a, mut late) = two_copies();
    write(&mut late, 2, &[set("b", "title", line("of the latecomer"))]);
    let newer = write(&mut a, 1, &[set("a", "title", line("newest"))]).changes;
    let snapshot = a.automerge.save();

    let mut new = Document::empty(document_id());
    apply(&mut new, &newer);
    let after = write(&mut a, 1, &[set("a", "title", line("after the snapshot"))]).changes;
    apply(&mut new, &after);
    let heads = [newer.first().unwrap().meta.hash];
    let (applied, changes) = new.apply_snapshot(&snapshot, &heads).unwrap();
    assert_in_step(&new);
    assert_same(&new, &a);
    assert_eq!(applied.heads, a.heads());
    assert_eq!(applied.touched, [project(&a, "a")]);
    assert_eq!(
        changes.len(),
        4,
        "genesis, container and two changes, for the store"
    );
    assert_same(&copy_of(&[changes, after].concat()), &a);

    let (applied, changes) = late.apply_snapshot(&snapshot, &heads).unwrap();
    assert_in_step(&late);
    assert_eq!(changes.len(), 1);
    assert_eq!(applied.touched.len(), 1);
    assert_eq!(late.records().count(), 2);
    let (applied, changes) = late.apply_snapshot(&snapshot, &heads).unwrap();
    assert!(changes.is_empty() && applied.touched.is_empty());
}
