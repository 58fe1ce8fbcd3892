//! What other programs, older and newer, put into a document.

use super::*;
use automerge::transaction::Transactable as _;
use automerge::{ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue};

use crate::SCHEMA;

fn with_project() -> Document {
    let mut document = Document::empty(document_id());
    write(
        &mut document,
        1,
        &[set("a", "title", line("x")), set("b", "title", line("y"))],
    );
    document
}

fn object(document: &Document, name: &str) -> ObjId {
    let objects = read::objects(At::now(&document.automerge), "project", record_id(name));
    objects.last().unwrap().clone()
}

fn container(document: &Document) -> ObjId {
    read::containers(At::now(&document.automerge), "project")
        .pop()
        .unwrap()
}

#[test]
fn foreign_types_are_shown_hashed_and_left_alone() {
    let mut document = with_project();
    let before = document.content_hash();
    let a = object(&document, "a");
    let changes = foreign(&document, 9, |tx| {
        tx.put(&a, "float", 1.5)?;
        tx.put(&a, "counter", ScalarValue::counter(3))?;
        tx.put(&a, "moment", ScalarValue::Timestamp(4))?;
        tx.put(&a, "unsigned", ScalarValue::Uint(5))?;
        tx.put(&a, "huge", ScalarValue::Uint(u64::MAX))?;
        let map = tx.put_object(&a, "map", ObjType::Map)?;
        tx.put(&map, "k\"", "v")?;
        let list = tx.put_object(&map, "list", ObjType::List)?;
        tx.insert(&list, 0, 1)?;
        tx.insert(&list, 1, true)?;
        Ok(())
    });
    let applied = apply(&mut document, &changes);
    assert_eq!(applied.touched.len(), 1);
    let fields = project(&document, "a").fields.clone();
    let shown = |name: &str| fields.get(name).unwrap();
    let other = |text: &str| Raw::Other(text.to_owned());
    assert_eq!(shown("float"), &other("1.5"));
    assert_eq!(shown("counter"), &other("counter 3"));
    assert_eq!(shown("moment"), &other("timestamp 4"));
    assert_eq!(shown("unsigned"), &Raw::Int(5));
    assert_eq!(shown("huge"), &other("18446744073709551615"));
    assert_eq!(
        shown("map"),
        &other(r#"{"k\"": "v", "list": ["1", "yes"]}"#)
    );
    let with_foreign = document.content_hash();
    assert_ne!(with_foreign, before);

    // A change deep inside, and one to a counter, are seen.
    let map = document.automerge.get(&a, "map").unwrap().unwrap().1;
    let changes = foreign(&document, 9, |tx| {
        tx.put(&map, "k\"", "w")?;
        tx.increment(&a, "counter", 2)
    });
    assert_eq!(apply(&mut document, &changes).touched.len(), 1);
    let counted = field(&document, "a", "counter");
    assert_eq!(counted, other("counter 5"));

    // Our own write beside them leaves them, ours over a foreign scalar replaces it, ours over an object is refused.
    write(
        &mut document,
        1,
        &[set("a", "title", line("z")), set("a", "float", Raw::Int(1))],
    );
    assert_eq!(field(&document, "a", "counter"), counted);
    let hash = document.content_hash();
    let refused = document.write(
        &[set("a", "title", line("?")), set("a", "map", line("?"))],
        &author(1),
    );
    assert!(matches!(refused, Err(WriteError::HoldsObject { .. })));
    assert_in_step(&document);
    assert_eq!(document.content_hash(), hash, "refused whole");
    let more = write(&mut document, 1, &[set("a", "title", line("after"))]);
    assert_eq!(
        more.changes.first().unwrap().meta.seq,
        3,
        "a refused write uses up no number"
    );
}

#[test]
fn unknown_kinds_and_keys_survive() {
    let mut document = with_project();
    let before = document.content_hash();
    let records = read::maps_at(At::now(&document.automerge), &[ROOT], read::RECORDS)
        .pop()
        .unwrap();
    let changes = foreign(&document, 9, |tx| {
        let kind = tx.put_object(&records, "satellite", ObjType::Map)?;
        let one = tx.put_object(&kind, record_id("s").to_string(), ObjType::Map)?;
        tx.put(&one, "orbit", 7)?;
        tx.put_object(&kind, "no record id", ObjType::Map)?;
        tx.put(&kind, record_id("scalar").to_string(), 1)?;
        tx.put(ROOT, "elsewhere", 1)
    });
    apply(&mut document, &changes);
    let satellite = document.record("satellite", record_id("s")).unwrap();
    assert_eq!(satellite.fields.get("orbit"), Some(&Raw::Int(7)));
    assert_eq!(document.records().count(), 3);
    assert_ne!(document.content_hash(), before);
    assert_same(&copy_of(&changes_of(&document)), &document);
}

#[test]
fn what_a_newer_version_wrote_is_read_as_far_as_it_is_known_and_kept() {
    let mut document = with_project();
    let meta = read::maps_at(At::now(&document.automerge), &[ROOT], "meta")
        .pop()
        .unwrap();
    let a = object(&document, "a");
    let changes = foreign(&document, 9, |tx| {
        tx.put(&meta, "schema", SCHEMA + 1)?;
        tx.put(&a, "status", "reincarnated")?;
        tx.put(&a, "mood", "sunny")?;
        tx.put_object(&meta, "features", ObjType::Map).map(drop)
    });
    apply(&mut document, &changes);
    write(&mut document, 1, &[set("a", "title", line("edited here"))]);
    let again = copy_of(&changes_of(&document));
    let shown = |field: &str| again.automerge.get(&meta, field).unwrap().unwrap().0;
    assert_eq!(shown("schema").as_i64(), Some(SCHEMA + 1), "left alone");
    assert!(shown("features").is_object());
    assert_eq!(field(&again, "a", "mood"), line("sunny"));
    assert_eq!(field(&again, "a", "status"), line("reincarnated"));

    // The board shows the rest, names the field, and a command that sets another field leaves it.
    let mut board = adjutant_model::Board::default();
    board.put(document.id(), &project(&again, "a"));
    let id = record_id("a");
    let shown = board.projects.get(&id).unwrap();
    assert_eq!(shown.meta.problems, ["status"]);
    assert_eq!(board.troubled.len(), 1);
}

#[test]
fn what_a_foreign_program_removes_is_reported_gone() {
    let mut document = with_project();
    let projects = container(&document);
    let changes = foreign(&document, 9, |tx| {
        tx.delete(&projects, record_id("a").to_string())
    });
    let applied = apply(&mut document, &changes);
    assert_eq!(applied.gone, [("project".to_owned(), record_id("a"))]);
    assert!(document.record("project", record_id("a")).is_none());

    // The whole container replaced by an empty one.
    let records = read::maps_at(At::now(&document.automerge), &[ROOT], read::RECORDS)
        .pop()
        .unwrap();
    let changes = foreign(&document, 9, |tx| {
        tx.put_object(&records, "project", ObjType::Map).map(|_| ())
    });
    let applied = apply(&mut document, &changes);
    assert_eq!(applied.gone, [("project".to_owned(), record_id("b"))]);
    let back = write(&mut document, 1, &[set("b", "title", line("again"))]);
    assert_eq!(back.changes.len(), 1);
    assert_same(&copy_of(&changes_of(&document)), &document);
}

#[test]
fn containers_made_twice_are_read_as_one() {
    let mut document = with_project();
    let empty = Document::empty(document_id());
    let changes = foreign(&empty, 9, |tx| {
        let records = tx.put_object(ROOT, read::RECORDS, ObjType::Map)?;
        let projects = tx.put_object(&records, "project", ObjType::Map)?;
        let a = tx.put_object(&projects, record_id("a").to_string(), ObjType::Map)?;
        tx.put(&a, "owner", "Anna")?;
        let c = tx.put_object(&projects, record_id("c").to_string(), ObjType::Map)?;
        tx.put(&c, "title", "only there")
    });
    let applied = apply(&mut document, &changes);
    assert_eq!(applied.touched.len(), 2);
    assert_eq!(field(&document, "a", "owner"), line("Anna"));
    assert_eq!(field(&document, "a", "title"), line("x"));
    assert_eq!(field(&document, "c", "title"), line("only there"));
    write(
        &mut document,
        1,
        &[
            set("c", "title", line("edited")),
            set("d", "title", line("new")),
        ],
    );
    assert_same(&copy_of(&changes_of(&document)), &document);
}

#[test]
fn a_document_that_others_began_gets_the_fixed_changes_beside() {
    let empty = Document::empty(document_id());
    let theirs = foreign(&empty, 9, |tx| tx.put(ROOT, "title", "a foreign document"));
    let mut document = copy_of(&theirs);
    let committed = write(&mut document, 1, &[set("a", "title", line("ours"))]);
    assert_eq!(committed.changes.len(), 3);
    assert_same(&copy_of(&changes_of(&document)), &document);
}

#[test]
fn text_with_marks_and_blocks_is_read_whole() {
    let mut document = with_project();
    write(
        &mut document,
        1,
        &[set("a", "notes", prose("bold and plain"))],
    );
    let a = object(&document, "a");
    let notes = document.automerge.get(&a, "notes").unwrap().unwrap().1;
    let changes = foreign(&document, 9, |tx| {
        let mark = automerge::marks::Mark::new("bold".to_owned(), true, 0, 4);
        tx.mark(&notes, mark, automerge::marks::ExpandMark::None)?;
        tx.split_block(&notes, 5).map(|_| ())
    });
    apply(&mut document, &changes);
    assert_eq!(
        field(&document, "a", "notes"),
        prose("bold \u{fffc}and plain")
    );
    assert_same(&copy_of(&changes_of(&document)), &document);
}

#[test]
fn a_foreign_tower_of_maps_is_cut_not_climbed() {
    let mut document = with_project();
    let a = object(&document, "a");
    let mut top = None;
    let changes = foreign(&document, 9, |tx| {
        let mut at = a.clone();
        for _ in 0..3_000 {
            at = tx.put_object(&at, "in", ObjType::Map)?;
        }
        top = Some(at);
        Ok(())
    });
    apply(&mut document, &changes);
    let changes = foreign(&document, 9, |tx| tx.put(top.as_ref().unwrap(), "in", 1));
    apply(&mut document, &changes);
    let Raw::Other(shown) = field(&document, "a", "in") else {
        panic!()
    };
    assert!(shown.contains('…') && shown.len() < 1_000);
}
