//! What documents cost at the size of a big department: 12,000 records of 8 to 10 fields in one document.
//!
//! Times the public door only. The one rule: nothing is shared between iterations that an iteration changes.

use std::collections::BTreeMap;
use std::hint::black_box;

use adjutant_base::{
    ActorId, CompartmentId, DocumentClass, DocumentId, RecordId, StoredChange, Timestamp,
};
use adjutant_doc::{Author, Document};
use adjutant_model::record::Write;
use adjutant_model::sample::{Size, department};
use adjutant_model::value::Raw;
use adjutant_model::{Board, Context};
use chrono::NaiveDate;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const RECORDS: usize = 12_000;

fn document_id() -> DocumentId {
    DocumentId::derived(CompartmentId([1; 6]), DocumentClass::Records, "bench")
}

fn author(device: u8) -> Author<'static> {
    Author {
        actor: ActorId([device; 20]),
        command: "edit action 0198",
        time: Timestamp(1_700_000_000_000),
    }
}

fn write(index: usize, field: &'static str, value: Raw) -> Write {
    Write {
        document: document_id(),
        kind: "action",
        record: RecordId::derived(&index.to_string()),
        field,
        value,
    }
}

fn writes() -> Vec<Write> {
    (0..RECORDS)
        .flat_map(|index| {
            let line = |text: &str| Raw::Line(format!("{text} {}", index % 97));
            [
                write(
                    index,
                    "title",
                    Raw::Line(format!("Renew the contract number {index}")),
                ),
                write(index, "status", line("status")),
                write(
                    index,
                    "owner",
                    Raw::Line(RecordId::derived("owner").to_string()),
                ),
                write(index, "due", Raw::Line("2026-05-03".to_owned())),
                write(
                    index,
                    "priority",
                    Raw::Int(i64::try_from(index % 5).unwrap_or(0)),
                ),
                write(
                    index,
                    "project",
                    Raw::Line(RecordId::derived("project").to_string()),
                ),
                write(index, "created_at", Raw::Int(1_700_000_000_000)),
                write(index, "order", line("a")),
                write(index, "done", Raw::Bool(index % 3 == 0)),
                write(index, "source", line("meeting")),
            ]
        })
        .collect()
}

fn filled() -> (Document, Vec<StoredChange>) {
    let mut document = Document::empty(document_id());
    let committed = document
        .write(&writes(), &author(1))
        .unwrap_or_else(|error| unreachable!("{error}"));
    (document, committed.changes)
}

/// The same records as they come about in life: 3,000 changes on top of the import.
fn with_history() -> (Document, Vec<StoredChange>) {
    let (mut document, mut changes) = filled();
    for step in 0..3_000_usize {
        let title = Raw::Line(format!("edited {step}"));
        let made = document.write(&[write(step * 7 % RECORDS, "title", title)], &author(1));
        changes.extend(made.map(|made| made.changes).unwrap_or_default());
    }
    (document, changes)
}

fn benches(c: &mut Criterion) {
    let all = writes();
    c.bench_function("write 12,000 new records", |b| {
        b.iter_batched(
            || Document::empty(document_id()),
            |mut document| {
                document
                    .write(&all, &author(1))
                    .map(|made| made.changes.len())
            },
            BatchSize::PerIteration,
        );
    });

    let (mut document, changes) = with_history();
    c.bench_function("load 12,000 records, 3,000 changes", |b| {
        b.iter(|| Document::load(document_id(), black_box(changes.iter().cloned())));
    });

    let mut step = 0_usize;
    c.bench_function("write one field", |b| {
        b.iter(|| {
            step += 1;
            let title = Raw::Line(format!("again {step}"));
            document
                .write(&[write(step % RECORDS, "title", title)], &author(1))
                .map(|made| made.changes.len())
        });
    });

    let (mut there, _) = Document::load(document_id(), changes.iter().cloned());
    let (mut here, _) = Document::load(document_id(), changes.iter().cloned());
    c.bench_function("apply one change", |b| {
        b.iter_batched(
            || {
                step += 1;
                let title = Raw::Line(format!("from elsewhere {step}"));
                there
                    .write(&[write(step % RECORDS, "title", title)], &author(2))
                    .map(|made| made.changes)
                    .unwrap_or_default()
            },
            |changes| here.apply(changes).touched.len(),
            BatchSize::PerIteration,
        );
    });

    c.bench_function("content hash of 12,000 records", |b| {
        b.iter(|| document.content_hash());
    });
}

/// The documents of the largest department that the program is built for, written by its commands.
fn department_documents() -> Vec<(Document, Vec<StoredChange>)> {
    let today = NaiveDate::default()
        .checked_add_days(chrono::Days::new(20_781))
        .unwrap_or_default();
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today,
        now: Timestamp(1_795_000_000_000),
    };
    let mut board = Board::default();
    let mut documents: BTreeMap<DocumentId, (Document, Vec<StoredChange>)> = BTreeMap::new();
    for command in department(1, &Size::FULL, today) {
        let plan = adjutant_model::command::plan(&board, &context, &command)
            .unwrap_or_else(|error| unreachable!("{error}"));
        let mut writes: BTreeMap<DocumentId, Vec<Write>> = BTreeMap::new();
        for write in plan.writes {
            writes.entry(write.document).or_default().push(write);
        }
        for (id, writes) in writes {
            let (document, changes) = documents
                .entry(id)
                .or_insert_with(|| (Document::empty(id), Vec::new()));
            let committed = document
                .write(&writes, &author(1))
                .unwrap_or_else(|error| unreachable!("{error}"));
            for data in &committed.touched {
                board.put(id, data);
            }
            changes.extend(committed.changes);
        }
    }
    documents.into_values().collect()
}

fn boards(c: &mut Criterion) {
    let documents = department_documents();
    let all = || {
        documents
            .iter()
            .flat_map(|(document, _)| document.records())
    };
    let count = all().count();
    c.bench_function(&format!("board of {count} records from documents"), |b| {
        b.iter(|| {
            let mut board = Board::default();
            for (document, _) in &documents {
                for data in document.records() {
                    board.put(document.id(), data);
                }
            }
            board.actions.len()
        });
    });
    c.bench_function(&format!("load documents of {count} records"), |b| {
        b.iter(|| {
            let loaded = documents
                .iter()
                .map(|(document, changes)| Document::load(document.id(), changes.iter().cloned()));
            loaded
                .filter(|(_, applied)| applied.missing.is_empty())
                .count()
        });
    });
}

criterion_group! {
    name = document;
    config = Criterion::default().sample_size(20);
    targets = benches, boards
}
criterion_main!(document);
