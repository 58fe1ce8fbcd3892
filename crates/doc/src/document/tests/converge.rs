//! The promise: whoever has the same changes shows the same, whatever order they came in.

use super::*;
use automerge::transaction::Transactable as _;
use automerge::{ObjType, ROOT};
use proptest::prelude::*;

const DEVICES: usize = 3;
const FIELDS: [&str; 4] = ["title", "count", "notes", DELETED_AT];
const KINDS: [&str; 2] = ["project", "action"];

#[derive(Debug, Clone)]
enum Step {
    /// A device writes one to three fields.
    Write(usize, Vec<(usize, usize, usize, Value)>),
    /// A foreign program on a device does something that ours never would.
    Foreign(usize, usize, Odd),
    /// A device gets some of all changes made so far: picks, in this order, with repetitions.
    Deliver(usize, Vec<prop::sample::Index>),
}

#[derive(Debug, Clone)]
enum Value {
    Clear,
    Int(i64),
    Line(u8),
    Prose(String),
}

#[derive(Debug, Clone, Copy)]
enum Odd {
    DeleteRecord,
    DeleteField,
    ReplaceRecord,
    ReplaceContainer,
    SecondRoot,
    NestedMap,
    EditNested,
    DeleteContainer,
    ScalarRoot,
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Clear),
        2 => (0..3_i64).prop_map(Value::Int),
        2 => (0..3_u8).prop_map(Value::Line),
        3 => "[ab🏔]{0,6}".prop_map(Value::Prose),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let odd = prop::sample::select(vec![
        Odd::DeleteRecord,
        Odd::DeleteField,
        Odd::ReplaceRecord,
        Odd::ReplaceContainer,
        Odd::SecondRoot,
        Odd::NestedMap,
        Odd::EditNested,
        Odd::DeleteContainer,
        Odd::ScalarRoot,
    ]);
    let one = (0..KINDS.len(), 0..3_usize, 0..FIELDS.len(), value());
    prop_oneof![
        6 => (0..DEVICES, prop::collection::vec(one, 1..4)).prop_map(|(d, w)| Step::Write(d, w)),
        1 => (0..DEVICES, 0..3_usize, odd).prop_map(|(d, r, odd)| Step::Foreign(d, r, odd)),
        6 => (0..DEVICES, prop::collection::vec(any::<prop::sample::Index>(), 1..12))
            .prop_map(|(d, picks)| Step::Deliver(d, picks)),
    ]
}

fn device_number(device: usize) -> u8 {
    u8::try_from(device).unwrap() + 1
}

/// Does what the step says and returns the changes made.
fn take(step: &Step, documents: &mut [Document], made: &[StoredChange]) -> Vec<StoredChange> {
    match step {
        Step::Write(device, fields) => {
            let writes: Vec<Write> = fields
                .iter()
                .map(|(kind, record, field, value)| Write {
                    kind: KINDS[*kind],
                    ..set(&record.to_string(), FIELDS[*field], raw(value))
                })
                .collect();
            let document = &mut documents[*device];
            match document.write(&writes, &author(device_number(*device))) {
                Ok(committed) => {
                    // What a write unlocks was made elsewhere at the same time, and may win.
                    if committed.unlocked.is_none() {
                        assert_stands(document, &writes);
                    }
                    committed.changes
                }
                // A foreign nested map, or a Text where a number is wanted.
                Err(WriteError::HoldsObject { .. }) => Vec::new(),
                Err(error) => panic!("{error:?}"),
            }
        }
        Step::Foreign(device, record, odd) => {
            let document = &mut documents[*device];
            let changes = do_odd(
                document,
                100 + device_number(*device),
                &record.to_string(),
                *odd,
            );
            let applied = document.apply(changes.clone());
            assert!(applied.quarantined.is_empty());
            changes
        }
        Step::Deliver(device, picks) => {
            if !made.is_empty() {
                let picked: Vec<StoredChange> =
                    picks.iter().map(|pick| pick.get(made).clone()).collect();
                let applied = documents[*device].apply(picked);
                assert!(applied.quarantined.is_empty(), "{:?}", applied.quarantined);
            }
            Vec::new()
        }
    }
}

fn cases() -> u32 {
    if std::env::var_os("ADJ_SLOW").is_some() {
        600
    } else {
        40
    }
}

/// Asserts that of each field the last write is what it reads as.
fn assert_stands(document: &Document, writes: &[Write]) {
    let last: BTreeMap<_, _> = writes
        .iter()
        .map(|write| ((write.kind, write.record, write.field), &write.value))
        .collect();
    for ((kind, id, field), value) in last {
        let record = document.record(kind, id);
        let stands = record.as_ref().and_then(|record| record.fields.get(field));
        // A line written to a Text reads back as prose.
        assert_eq!(stands.map(Raw::shown).unwrap_or_default(), value.shown());
    }
}

fn raw(value: &Value) -> Raw {
    match value {
        Value::Clear => Raw::Null,
        Value::Int(number) => Raw::Int(*number),
        Value::Line(number) => line(&number.to_string()),
        Value::Prose(text) => prose(text),
    }
}

fn do_odd(document: &Document, device: u8, record: &str, odd: Odd) -> Vec<StoredChange> {
    let doc = &document.automerge;
    let key = record_id(record).to_string();
    let roots = read::maps_at(At::now(doc), &[ROOT], read::RECORDS);
    let containers = read::containers(At::now(doc), "project");
    let objects = read::objects(At::now(doc), "project", record_id(record));
    foreign(document, device, |tx| {
        match odd {
            Odd::DeleteRecord => {
                if let (Some(container), false) = (containers.last(), objects.is_empty()) {
                    tx.delete(container, key)?;
                }
            }
            Odd::DeleteField => {
                for object in &objects {
                    tx.delete(object, "title")?;
                }
            }
            Odd::ReplaceRecord => {
                if let Some(container) = containers.last() {
                    let new = tx.put_object(container, key, ObjType::Map)?;
                    tx.put(&new, "title", "replaced")?;
                }
            }
            Odd::ReplaceContainer => {
                if let Some(root) = roots.last() {
                    tx.put_object(root, "project", ObjType::Map)?;
                }
            }
            Odd::SecondRoot => {
                if roots.is_empty() {
                    let root = tx.put_object(ROOT, read::RECORDS, ObjType::Map)?;
                    let container = tx.put_object(&root, "project", ObjType::Map)?;
                    let new = tx.put_object(&container, key, ObjType::Map)?;
                    tx.put(&new, "title", "of another root")?;
                }
            }
            Odd::NestedMap => {
                if let Some(object) = objects.last() {
                    let map = tx.put_object(object, "foreign", ObjType::Map)?;
                    tx.put(&map, "k", i64::from(device))?;
                }
            }
            Odd::DeleteContainer => {
                if let (Some(root), false) = (roots.last(), containers.is_empty()) {
                    tx.delete(root, "project")?;
                }
            }
            Odd::ScalarRoot => tx.put(ROOT, read::RECORDS, 1)?,
            Odd::EditNested => {
                for object in &objects {
                    for map in read::maps_at(At::now(doc), std::slice::from_ref(object), "foreign")
                    {
                        tx.put(&map, "k", 1.5)?;
                    }
                }
            }
        }
        Ok(())
    })
}

/// Asserts that the story, told from the changes alone, ends with what the document says.
fn assert_told(document: &Document, made: &[StoredChange]) {
    let is_foreign = made
        .iter()
        .any(|change| change.meta.actor.first().is_some_and(|byte| *byte > 100));
    if is_foreign {
        // What a foreign program replaces whole is told as it did it, object by object.
        document.story(None, |_, _| true);
        return;
    }
    let mut places: Vec<_> = document.log.iter().map(|(place, _)| place).collect();
    document.log.sort(&mut places);
    let entries = places.iter().filter_map(|place| document.log.entry(*place));
    let told: BTreeMap<_, _> = crate::history::ending(entries)
        .into_iter()
        .filter(|(_, value)| !crate::raw::says_nothing(value))
        .collect();
    let mut stands = BTreeMap::new();
    for record in document.records() {
        for (field, value) in &record.fields {
            stands.insert(
                (record.kind.clone(), record.id, field.clone()),
                value.clone(),
            );
        }
    }
    assert_eq!(told, stands);
}

/// Asserts that an earlier version, read in the document as it is, is what its changes alone make.
fn assert_looks_back(document: &Document, made: &[StoredChange], heads: &[ChangeHash]) {
    let version = document.version(heads);
    let kept = made
        .iter()
        .filter(|change| document.is_in(&version, &change.meta.hash));
    let alone = copy_of(&kept.cloned().collect::<Vec<_>>());
    assert_eq!(alone.change_count(), version.len());
    assert_eq!(alone.heads(), document.heads_of(&version));
    let look = document.look_back(&version);
    let seen: Vec<_> = look.records.iter().cloned().collect();
    assert_eq!(seen, alone.records().cloned().collect::<Vec<_>>());
    let today = document.records.clone();
    for (key, data) in &look.different {
        assert_ne!(today.find(key), data.as_ref(), "it is no different");
    }
    let (saved, _) = Document::load(document.id(), []);
    let bytes = document.save(&version);
    if version.len() > 0 {
        let mut saved = saved;
        saved.apply_snapshot(&bytes, &alone.heads()).unwrap();
        assert_same(&saved, &alone);
    }
}

/// Asserts that a record's story is found by the index as it is in the whole.
fn assert_found(document: &mut Document) {
    let whole = document.story(None, |_, _| true);
    while !document.is_indexed() {
        let ids: BTreeSet<RecordId> = whole.iter().map(|edit| edit.record).collect();
        for id in ids {
            let of_record = whole.iter().filter(|edit| edit.record == id).cloned();
            assert_eq!(
                document.story(Some(&[id].into()), |_, _| true),
                of_record.collect::<Vec<_>>()
            );
        }
        document.index(5);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_deliveries_ends_in_one_content(
        steps in prop::collection::vec(step(), 1..40),
        order in any::<prop::sample::Index>(),
    ) {
        let mut documents: Vec<Document> =
            (0..DEVICES).map(|_| Document::empty(document_id())).collect();
        let mut made: Vec<StoredChange> = Vec::new();
        for step in &steps {
            made.extend(take(step, &mut documents, &made));
            documents.iter().for_each(assert_in_step);
        }
        for document in &mut documents {
            let turn = if made.is_empty() { 0 } else { order.index(made.len()) };
            made.rotate_left(turn);
            apply(document, &made);
            prop_assert!(document.missing().is_empty());
        }
        let fresh = copy_of(&made);
        for document in &documents {
            assert_same(document, &fresh);
        }
        assert_told(&fresh, &made);
        for some in made.chunks(made.len().div_ceil(4).max(1)) {
            let heads: Vec<ChangeHash> = some.iter().rev().step_by(2).take(2).map(|change| change.meta.hash).collect();
            assert_looks_back(&fresh, &made, &heads);
        }
        assert_found(&mut fresh.clone());
        let mut by_snapshot = Document::empty(document_id());
        if fresh.change_count() > 0 {
            by_snapshot.apply_snapshot(&fresh.automerge.save(), &fresh.heads()).unwrap();
        }
        assert_in_step(&by_snapshot);
        assert_same(&by_snapshot, &fresh);
    }
}
