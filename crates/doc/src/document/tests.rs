//! Documents through their public door: one device, several devices, foreign programs, hostile changes.
//!
//! After every step of every test [`assert_in_step`] compares the cache with two independent readings of the whole
//! Automerge document.

mod converge;
mod foreign;
mod hostile;
mod kinds;
mod local;
mod merge;

use std::collections::BTreeMap;

use adjutant_base::{CompartmentId, DocumentClass};
use adjutant_model::record::DELETED_AT;

use super::*;
use crate::at::At;
use crate::{read, walk};

fn document_id() -> DocumentId {
    DocumentId::derived(CompartmentId([1; 6]), DocumentClass::Records, "test")
}

fn author(device: u8) -> Author<'static> {
    Author {
        actor: ActorId([device; 20]),
        command: "edit project",
        time: Timestamp(1_700_000_000_000),
    }
}

fn record_id(name: &str) -> RecordId {
    RecordId::derived(name)
}

fn line(text: &str) -> Raw {
    Raw::Line(text.to_owned())
}

fn prose(text: &str) -> Raw {
    Raw::Prose(text.to_owned())
}

fn set(record: &str, field: &'static str, value: Raw) -> Write {
    Write {
        document: document_id(),
        kind: "project",
        record: record_id(record),
        field,
        value,
    }
}

/// Writes as `device` and checks the document.
fn write(document: &mut Document, device: u8, writes: &[Write]) -> Committed {
    let committed = document.write(writes, &author(device)).unwrap();
    assert_in_step(document);
    committed
}

/// Applies and checks the document.
fn apply(document: &mut Document, changes: &[StoredChange]) -> Applied {
    let applied = document.apply(changes.iter().cloned());
    assert_in_step(document);
    applied
}

/// Returns an empty document with these changes applied.
fn copy_of(changes: &[StoredChange]) -> Document {
    let (document, applied) = Document::load(document_id(), changes.iter().cloned());
    assert!(applied.quarantined.is_empty(), "{:?}", applied.quarantined);
    assert!(applied.missing.is_empty());
    assert_in_step(&document);
    document
}

/// Returns every change of the document.
fn changes_of(document: &Document) -> Vec<StoredChange> {
    let changes = document.automerge.get_changes(&[]);
    changes.into_iter().map(stored).collect()
}

/// Gives each of the two what the other has.
fn exchange(a: &mut Document, b: &mut Document) {
    let (of_a, of_b) = (changes_of(a), changes_of(b));
    apply(a, &of_b);
    apply(b, &of_a);
}

fn project(document: &Document, name: &str) -> Arc<RecordData> {
    document.record("project", record_id(name)).unwrap()
}

fn field(document: &Document, name: &str, field: &str) -> Raw {
    let fields = &project(document, name).fields;
    fields.get(field).cloned().unwrap_or(Raw::Null)
}

/// Asserts that the cache is what the document holds, found in two ways, and that nothing waits inside Automerge.
fn assert_in_step(document: &Document) {
    let cached: Vec<RecordData> = document
        .records()
        .map(|record| (**record).clone())
        .collect();
    let sorted = |records: Vec<RecordData>| -> Vec<RecordData> {
        let by_key: BTreeMap<_, _> = records
            .into_iter()
            .map(|record| ((record.id, record.kind.clone()), record))
            .collect();
        by_key.into_values().collect()
    };
    assert_eq!(
        cached,
        sorted(read::all_by_path(At::now(&document.automerge))),
        "cache and reading by path"
    );
    assert_eq!(
        cached,
        sorted(walk::all(At::now(&document.automerge))),
        "cache and walk"
    );
    assert!(document.automerge.get_missing_deps(&[]).is_empty());
    assert_eq!(
        document.automerge.get_changes(&[]).len(),
        document.change_count()
    );
}

/// Asserts that both have the same changes, records and hash.
fn assert_same(a: &Document, b: &Document) {
    assert_eq!(a.heads(), b.heads());
    assert!(a.records().eq(b.records()), "{a:?} and {b:?} differ");
    assert_eq!(a.content_hash(), b.content_hash());
}

/// Returns the changes that a foreign program makes on top of the document.
fn foreign(
    document: &Document,
    device: u8,
    edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>) -> Result<(), AutomergeError>,
) -> Vec<StoredChange> {
    let mut doc = document.automerge.clone();
    let before = doc.get_heads();
    doc.set_actor(automerge::ActorId::from([device; 20]));
    let mut tx = doc.transaction();
    edit(&mut tx).unwrap();
    tx.commit();
    doc.get_changes(&before).into_iter().map(stored).collect()
}
