//! One device writing.

use super::*;
use adjutant_base::limits;

#[test]
fn the_first_write_lays_the_fixed_changes_under_it() {
    let mut document = Document::empty(document_id());
    assert_eq!(document.change_count(), 0);
    let committed = write(&mut document, 1, &[set("a", "title", line("Intranet"))]);
    let actors: Vec<&[u8]> = committed
        .changes
        .iter()
        .map(|change| &*change.meta.actor)
        .collect();
    assert_eq!(
        actors,
        [&b"adjutant/genesis"[..], b"adjutant/kind/project", &[1; 20]]
    );
    let own = committed.changes.last().unwrap();
    assert_eq!(own.meta.time_s, 1_700_000_000);
    assert_eq!(document.heads(), [own.meta.hash]);
    assert_eq!(committed.touched, [project(&document, "a")]);
    assert!(document.contains(&own.meta.hash));

    let change = Change::try_from(&*own.bytes).unwrap();
    assert_eq!(change.message(), Some("edit project"));
    assert_eq!(change.deps().len(), 1);
    assert_eq!(
        copy_of(&committed.changes).content_hash(),
        document.content_hash()
    );
}

#[test]
fn a_write_that_changes_nothing_makes_no_change() {
    let mut document = Document::empty(document_id());
    let nothing = write(
        &mut document,
        1,
        &[set("a", "title", Raw::Null), set("a", "notes", prose(""))],
    );
    assert!(nothing.changes.is_empty());
    assert!(document.record("project", record_id("a")).is_none());

    let both = [set("a", "title", line("x")), set("a", "notes", prose("y"))];
    write(&mut document, 1, &both);
    assert!(write(&mut document, 1, &both).changes.is_empty());
    // A line written to a Text edits the Text.
    assert!(
        write(&mut document, 1, &[set("a", "notes", line("y"))])
            .changes
            .is_empty()
    );
    assert_eq!(
        write(&mut document, 1, &[set("a", "title", line("z"))])
            .changes
            .len(),
        1
    );
}

#[test]
fn every_value_reads_back_as_written() {
    let values = [
        ("flag", Raw::Bool(false)),
        ("count", Raw::Int(i64::MIN)),
        ("title", line("Zürich 🏔")),
        ("empty", line("")),
        ("notes", prose("one\ntwo 🏔\n")),
        ("bytes", Raw::Bytes(vec![0, 255])),
    ];
    let mut document = Document::empty(document_id());
    let writes: Vec<Write> = values
        .iter()
        .map(|(name, value)| set("a", name, value.clone()))
        .collect();
    let committed = write(&mut document, 1, &writes);
    let expected: BTreeMap<String, Raw> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    assert_eq!(project(&document, "a").fields, expected);
    // The other road: fields of a record that exists.
    let mut other = Document::empty(document_id());
    for write_one in &writes {
        write(&mut other, 2, std::slice::from_ref(write_one));
    }
    assert_eq!(
        other.content_hash(),
        document.content_hash(),
        "a hash knows no history"
    );
    assert_eq!(
        copy_of(&committed.changes).content_hash(),
        document.content_hash()
    );
}

#[test]
fn clearing_leaves_no_trace_in_the_content() {
    let mut document = Document::empty(document_id());
    write(&mut document, 1, &[set("a", "title", line("x"))]);
    let before = document.content_hash();
    // The Text comes last: it stays where it is, emptied, and takes nothing but text.
    for value in [
        line("x"),
        Raw::Int(1),
        Raw::Bool(true),
        Raw::Bytes(vec![1]),
        prose("x"),
        line("y"),
    ] {
        write(&mut document, 1, &[set("a", "extra", value)]);
        assert_ne!(document.content_hash(), before);
        write(&mut document, 1, &[set("a", "extra", Raw::Null)]);
        assert_eq!(document.content_hash(), before);
    }
}

#[test]
fn what_was_replaced_undoes_the_write() {
    let mut document = Document::empty(document_id());
    write(
        &mut document,
        1,
        &[
            set("a", "title", line("x")),
            set("a", "notes", prose("long")),
        ],
    );
    let (before, hash) = (project(&document, "a"), document.content_hash());
    let committed = write(
        &mut document,
        1,
        &[
            set("a", "title", line("lost")),
            set("a", "title", line("y")),
            set("a", "notes", prose("longer")),
            set("a", "count", Raw::Int(3)),
            set("a", DELETED_AT, Raw::Int(5)),
            set("a", "goal", prose("new")),
        ],
    );
    assert_eq!(
        committed.replaced.len(),
        5,
        "of two writes to one field the last counts"
    );
    let undo: Vec<Write> = committed
        .replaced
        .into_iter()
        .map(|(write, value)| Write { value, ..write })
        .collect();
    let undone = write(&mut document, 1, &undo);
    assert_eq!(project(&document, "a"), before);
    assert_eq!(document.content_hash(), hash);
    assert_eq!(undone.replaced.len(), 5, "and can be done again");
}

#[test]
fn writes_that_cannot_be_are_refused_whole() {
    let mut document = Document::empty(document_id());
    write(&mut document, 1, &[set("a", "title", line("x"))]);
    let (heads, hash) = (document.heads(), document.content_hash());
    let good = set("a", "title", line("y"));
    let elsewhere = Write {
        document: DocumentId::index_of(CompartmentId([1; 6])),
        ..good.clone()
    };
    let foreign = set("a", "x", Raw::Other("1.5".to_owned()));
    let long = set("a", "x", line(&"x".repeat(limits::VALUE_BYTES + 1)));
    for (bad, says) in [
        (elsewhere, "meant for document"),
        (foreign, "a foreign type"),
        (long, "are more than 1048576"),
    ] {
        let error = document
            .write(&[good.clone(), bad], &author(1))
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_in_step(&document);
        assert_eq!(
            (document.heads(), document.content_hash()),
            (heads.clone(), hash)
        );
    }
    let fits = set("a", "x", line(&"x".repeat(limits::VALUE_BYTES)));
    assert_eq!(write(&mut document, 1, &[fits]).changes.len(), 1);
}

#[test]
fn a_great_write_goes_out_in_changes_that_pass_the_gate() {
    let writes: Vec<Write> = (0..6_000)
        .flat_map(|index| {
            let name = index.to_string();
            ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
                .map(|field| set(&name, field, line("the same text in every field")))
        })
        .collect();
    let mut document = Document::empty(document_id());
    let committed = document.write(&writes, &author(1)).unwrap();
    assert_eq!(committed.touched.len(), 6_000);
    assert_eq!(committed.replaced.len(), writes.len());
    assert!(committed.changes.len() > 3);
    assert_passes_gate(&committed);
    assert_same(&copy_of(&committed.changes), &document);
}

#[test]
fn great_values_travel_one_by_one() {
    const FIELDS: [&str; 20] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r",
        "s", "t",
    ];
    let great = Raw::Bytes(
        (0..limits::VALUE_BYTES)
            .map(|byte| byte.to_le_bytes()[0])
            .collect(),
    );
    let writes = FIELDS.map(|field| set("a", field, great.clone()));
    let mut document = Document::empty(document_id());
    let committed = write(&mut document, 1, &writes);
    assert_passes_gate(&committed);
    assert_same(&copy_of(&committed.changes), &document);
}

#[test]
fn long_prose_goes_in_and_is_exchanged_piece_by_piece() {
    let first: String = "grün ".repeat(2_400);
    let second: String = "blau ".repeat(11_000);
    let mut document = Document::empty(document_id());
    let mut changes = Vec::new();
    for text in [&first, &second, &first] {
        let committed = write(&mut document, 1, &[set("a", "notes", prose(text))]);
        assert_eq!(field(&document, "a", "notes"), prose(text));
        assert_passes_gate(&committed);
        changes.extend(committed.changes);
    }
    assert!(changes.len() > 5);
    assert_same(&copy_of(&changes), &document);
}

fn assert_passes_gate(committed: &Committed) {
    for change in &committed.changes {
        assert!(change.meta.op_count <= limits::CHANGE_OPERATIONS / 2);
        let inflated = Change::try_from(&*change.bytes).unwrap().raw_bytes().len();
        assert!(inflated <= limits::CHANGE_INFLATED_BYTES / 4, "{inflated}");
    }
}
