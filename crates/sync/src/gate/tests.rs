//! The gate agrees with Automerge on what is good, and refuses what is measured to hurt it.

use std::io::Write as _;

use adjutant_base::limits;
use automerge::sync::{Message, State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ObjType, ROOT, ReadDoc as _, ScalarValue};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;

/// Puts a body into a chunk whose checksum fits.
fn chunk_of(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    write_number(&mut hashed, body.len() as u64);
    hashed.extend_from_slice(body);
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Deflates a change's body; the checksum stays that of the inflated form.
fn deflated_chunk(body: &[u8]) -> Vec<u8> {
    let plain = chunk_of(chunk::CHANGE, body);
    let deflated = deflate(body);
    let mut bytes = plain[..8].to_vec();
    bytes.push(chunk::DEFLATED_CHANGE);
    write_number(&mut bytes, deflated.len() as u64);
    bytes.extend(deflated);
    bytes
}

/// A change's body with these columns: (specification, data).
fn body_with(columns: &[(u32, &[u8])]) -> Vec<u8> {
    let mut body = vec![0, 1, 7, 1, 1, 0, 0, 0];
    body.extend(columns_of(columns));
    body
}

fn columns_of(columns: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_number(&mut bytes, columns.len() as u64);
    for (specification, data) in columns {
        write_number(&mut bytes, u64::from(*specification));
        write_number(&mut bytes, data.len() as u64);
    }
    for (_, data) in columns {
        bytes.extend_from_slice(data);
    }
    bytes
}

/// A run: this signed LEB128 count, then one value byte.
fn run(count: i64, value: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = count;
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap();
        rest >>= 7;
        if (rest == 0 && low & 0x40 == 0) || (rest == -1 && low & 0x40 != 0) {
            bytes.extend([low, value]);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Edits of every kind, by one actor after another, merged now and then.
#[derive(Debug, Clone)]
enum Edit {
    Put(u8, i64),
    Text(String),
    Delete(u8),
    Increment(i64),
    Merge,
}

fn edits() -> impl Strategy<Value = Vec<(bool, Edit)>> {
    let edit = prop_oneof![
        (0..6_u8, any::<i64>()).prop_map(|(key, value)| Edit::Put(key, value)),
        ".{0,40}".prop_map(Edit::Text),
        (0..6_u8).prop_map(Edit::Delete),
        any::<i16>().prop_map(|by| Edit::Increment(i64::from(by))),
        Just(Edit::Merge),
    ];
    prop::collection::vec((any::<bool>(), edit), 1..12)
}

fn document(edits: &[(bool, Edit)]) -> AutoCommit {
    let mut one = AutoCommit::new().with_actor(ActorId::from([1, 1].as_slice()));
    let text = one.put_object(ROOT, "text", ObjType::Text).unwrap();
    one.put(ROOT, "counter", ScalarValue::counter(0)).unwrap();
    one.commit();
    let mut two = one.fork().with_actor(ActorId::from([2].as_slice()));
    for (is_first, edit) in edits {
        let (doc, other) = if *is_first {
            (&mut one, &mut two)
        } else {
            (&mut two, &mut one)
        };
        match edit {
            Edit::Put(key, value) => doc.put(ROOT, format!("key{key}"), *value).unwrap(),
            Edit::Text(with) => {
                let end = doc.length(&text);
                doc.splice_text(
                    &text,
                    end / 2,
                    isize::try_from(end.min(3) / 2).unwrap(),
                    with,
                )
                .unwrap();
            }
            Edit::Delete(key) => doc.delete(ROOT, format!("key{key}")).unwrap(),
            Edit::Increment(by) => doc.increment(ROOT, "counter", *by).unwrap(),
            Edit::Merge => drop(doc.merge(other).unwrap()),
        }
        let options = automerge::transaction::CommitOptions::default()
            .with_time(-12_345)
            .with_message("why");
        doc.commit_with(options);
    }
    one.merge(&mut two).unwrap();
    one
}

fn assert_agrees(change: &mut automerge::Change) {
    let mut deps: Vec<ChangeHash> = change.deps().iter().map(|dep| ChangeHash(dep.0)).collect();
    deps.sort_unstable();
    let raw = change.raw_bytes().to_vec();
    let deflated = change.bytes().into_owned();
    for bytes in [raw, deflated] {
        let ours = check_change(&bytes).unwrap();
        let expected = ChangeMeta {
            hash: ChangeHash(change.hash().0),
            deps: deps.clone(),
            actor: Arc::from(change.actor_id().to_bytes()),
            seq: change.seq(),
            start_op: change.start_op().get(),
            op_count: change.len() as u64,
            time_s: change.timestamp(),
            size_bytes: bytes.len() as u64,
        };
        assert_eq!(ours.meta, expected);
        assert_eq!(*ours.bytes, *bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn agrees_with_automerge_on_real_changes_and_documents(edits in edits()) {
        let mut doc = document(&edits);
        let mut operations = 0;
        let mut changes = doc.get_changes(&[]);
        for change in &mut changes {
            operations += change.len() as u64;
            assert_agrees(change);
        }
        for bytes in [doc.save(), doc.save_nocompress()] {
            let summary = check_document(&bytes).unwrap();
            let heads: Vec<ChangeHash> = doc.get_heads().iter().map(|head| ChangeHash(head.0)).collect();
            prop_assert_eq!(summary.heads, heads);
            prop_assert_eq!(summary.changes, changes.len() as u64);
            // Deletions stand in a document as successors of what they delete.
            prop_assert!(summary.operations <= operations && summary.operations > 0);
        }
    }

    #[test]
    fn agrees_with_automerge_on_real_messages(edits in edits()) {
        let mut doc = document(&edits);
        let mut other = AutoCommit::new();
        let (mut here, mut there) = (State::new(), State::new());
        for _ in 0..6 {
            let Some(message) = doc.sync().generate_sync_message(&mut here) else { break };
            let bytes = message.encode();
            let ours = decode_message(&bytes).unwrap();
            prop_assert_eq!(&ours, &Message::decode(&bytes).unwrap());
            other.sync().receive_sync_message(&mut there, ours).unwrap();
            let Some(answer) = other.sync().generate_sync_message(&mut there) else { break };
            let bytes = answer.clone().encode();
            prop_assert_eq!(&decode_message(&bytes).unwrap(), &Message::decode(&bytes).unwrap());
            doc.sync().receive_sync_message(&mut here, answer).unwrap();
        }
        prop_assert_eq!(doc.get_heads(), other.get_heads());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0..4_u8) {
        for input in [bytes.clone(), chunk_of(kind, &bytes), deflated_chunk(&bytes)] {
            check_change(&input).ok();
            check_document(&input).ok();
            decode_message(&input).ok();
        }
        for first in [0x42, 0x43] {
            decode_message(&[&[first], bytes.as_slice()].concat()).ok();
        }
    }

    #[test]
    fn mutated_changes_and_documents_never_panic(
        edits in edits(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut doc = document(&edits);
        let change = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
        for (kind, whole) in [(chunk::CHANGE, change), (chunk::DOCUMENT, doc.save())] {
            let mut body = chunk::split(&whole).unwrap().0.body.to_vec();
            for (place, value) in &damage {
                let place = place.index(body.len());
                body[place] = *value;
            }
            // With a fitting checksum, or the columns would never be looked at.
            check_change(&chunk_of(kind, &body)).ok();
            check_document(&chunk_of(kind, &body)).ok();
            let mut torn = whole.clone();
            torn.truncate(damage[0].0.index(whole.len()));
            prop_assert!(check_change(&torn).is_err() && check_document(&torn).is_err());
        }
    }

    #[test]
    fn mutated_messages_that_pass_are_safe_to_use(
        edits in edits(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut doc = document(&edits);
        let mut bytes = doc.sync().generate_sync_message(&mut State::new()).unwrap().encode();
        for (place, value) in &damage {
            let place = place.index(bytes.len());
            bytes[place] = *value;
        }
        if let Ok(message) = decode_message(&bytes) {
            for have in &message.have {
                have.bloom.contains_hash(&automerge::ChangeHash([9; 32]));
            }
        }
    }
}

fn too_large(what: &'static str, size: u64, limit: u64) -> GateError {
    GateError::TooLarge { what, size, limit }
}

#[test]
fn run_lengths_are_counted_and_not_expanded() {
    // 2,143 bytes stood for 2,000,000 operations: 182 MiB and 6.6 s in Automerge.
    let action = run(2_000_000, 1);
    let bytes = chunk_of(chunk::CHANGE, &body_with(&[(columns::ACTION, &action)]));
    let refused = too_large("rows of a column", 2_000_000, limits::CHANGE_OPERATIONS);
    assert_eq!(check_change(&bytes), Err(refused));

    let limit = i64::try_from(limits::CHANGE_OPERATIONS).unwrap();
    let at_limit = body_with(&[(columns::ACTION, &run(limit, 1))]);
    let change = check_change(&chunk_of(chunk::CHANGE, &at_limit)).unwrap();
    assert_eq!(change.meta.op_count, limits::CHANGE_OPERATIONS);
    let beyond = body_with(&[(columns::ACTION, &run(limit + 1, 1))]);
    assert!(check_change(&chunk_of(chunk::CHANGE, &beyond)).is_err());

    for endless in [
        run(i64::MAX, 1),
        run(i64::MIN, 1),
        vec![0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ] {
        let bytes = chunk_of(chunk::CHANGE, &body_with(&[(columns::ACTION, &endless)]));
        assert!(matches!(
            check_change(&bytes),
            Err(GateError::TooLarge { .. })
        ));
    }
}

#[test]
fn predecessors_and_keys_are_counted_and_not_expanded() {
    // One operation with a hundred million predecessors.
    let many = [1, 0x80, 0xc2, 0xd7, 0x2f];
    let bytes = chunk_of(
        chunk::CHANGE,
        &body_with(&[(columns::ACTION, &[1, 1]), (7 << 4, &many)]),
    );
    assert_eq!(
        check_change(&bytes),
        Err(too_large(
            "grouped rows",
            100_000_000,
            limits::CHANGE_PREDECESSORS
        ))
    );
    // A hundred thousand times a key of a thousand bytes.
    let mut keys = run(100_000, 0xe8);
    keys.push(7);
    keys.extend([b'k'; 1_000]);
    let bytes = chunk_of(chunk::CHANGE, &body_with(&[(1 << 4 | 5, &keys)]));
    assert_eq!(
        check_change(&bytes),
        Err(too_large(
            "bytes of keys",
            100_000_000,
            limits::EXPANDED_TEXT_BYTES
        ))
    );
}

#[test]
fn a_deflated_change_is_measured_before_it_is_kept() {
    let bytes = deflated_chunk(&vec![0; limits::CHANGE_INFLATED_BYTES * 4]);
    assert!(bytes.len() < 70_000);
    match check_change(&bytes) {
        Err(GateError::TooLarge {
            what: "inflated bytes",
            size,
            limit,
        }) => {
            assert_eq!(limit, limits::CHANGE_INFLATED_BYTES as u64);
            assert!(size < limit + (1 << 20), "inflating stops at the limit");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_document_of_deflated_zeros_is_refused() {
    // 65,364 bytes: 260 MiB and 1.3 s in Automerge. Each column is measured, then its first run is refused.
    for size in [
        limits::DOCUMENT_INFLATED_BYTES,
        limits::DOCUMENT_INFLATED_BYTES + 1,
    ] {
        let zeros = deflate(&vec![0; size]);
        let mut body = vec![0, 0, 0];
        body.extend(columns_of(&[(columns::ACTION | 0b1000, &zeros)]));
        let bytes = chunk_of(chunk::DOCUMENT, &body);
        let refused = check_document(&bytes).unwrap_err();
        if size > limits::DOCUMENT_INFLATED_BYTES {
            assert!(
                matches!(
                    refused,
                    GateError::TooLarge {
                        what: "inflated bytes",
                        ..
                    }
                ),
                "{refused}"
            );
        } else {
            assert_eq!(
                refused,
                GateError::Columns {
                    what: "a run of no rows"
                }
            );
        }
        assert_eq!(check_change(&bytes), Err(GateError::ChunkKind { found: 0 }));
    }
}

#[test]
fn a_document_of_equal_characters_is_refused() {
    // 19,647 bytes stood for a text of 20,000,000 characters: 1,779 MiB and 8.9 s in Automerge.
    let mut body = vec![0, 0, 0];
    body.extend(columns_of(&[(columns::ACTION, &run(20_000_000, 1))]));
    assert_eq!(
        check_document(&chunk_of(chunk::DOCUMENT, &body)),
        Err(too_large(
            "rows of a column",
            20_000_000,
            limits::DOCUMENT_OPERATIONS
        ))
    );
}

#[test]
fn values_must_be_there() {
    let metadata = [1, 0xf6, 0xff, 0xff, 0xff, 0x0f];
    let lone = body_with(&[(5 << 4 | 6, &metadata)]);
    assert_eq!(
        check_change(&chunk_of(chunk::CHANGE, &lone)),
        Err(GateError::Truncated { what: "values" })
    );
    let more = body_with(&[(5 << 4 | 6, &[1, 0x16]), (5 << 4 | 7, b"ab")]);
    assert!(matches!(
        check_change(&chunk_of(chunk::CHANGE, &more)),
        Err(GateError::Columns { .. })
    ));
    let without = body_with(&[(5 << 4 | 7, b"a")]);
    assert!(matches!(
        check_change(&chunk_of(chunk::CHANGE, &without)),
        Err(GateError::Columns { .. })
    ));
}

#[test]
fn columns_must_be_in_order_single_and_plain() {
    for columns in [
        [(0x42, &[1, 1][..]), (0x34, &[0, 1])],
        [(0x42, &[1, 1]), (0x42, &[1, 1])],
        [(0x34, &[0, 1]), (0x4a, &[1, 1])],
    ] {
        let refused = check_change(&chunk_of(chunk::CHANGE, &body_with(&columns)));
        assert!(
            matches!(refused, Err(GateError::Columns { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn wrong_checksums_kinds_and_leftovers_are_refused() {
    let mut doc = document(&[]);
    let good = doc.get_changes(&[])[0].raw_bytes().to_vec();
    let mut wrong = good.clone();
    *wrong.last_mut().unwrap() ^= 1;
    assert_eq!(check_change(&wrong), Err(GateError::Checksum));
    let twice = [good.clone(), good.clone()].concat();
    let leftover = GateError::Leftover {
        what: "the change",
        size_bytes: good.len(),
    };
    assert_eq!(check_change(&twice), Err(leftover));
    let bundle = chunk_of(3, &[]);
    assert_eq!(
        check_change(&bundle),
        Err(GateError::ChunkKind { found: 3 })
    );
    assert_eq!(
        check_document(&good),
        Err(GateError::ChunkKind { found: 1 })
    );

    let body = chunk::split(&good).unwrap().0.body.to_vec();
    let mut trailing = deflated_chunk(&body);
    let deflated = deflate(&body);
    trailing.truncate(9);
    write_number(&mut trailing, deflated.len() as u64 + 1);
    trailing.extend(deflated);
    trailing.push(0);
    assert_eq!(
        check_change(&trailing),
        Err(GateError::Leftover {
            what: "the change",
            size_bytes: 1
        })
    );
}

#[test]
fn a_change_counts_from_one_and_within_32_bits() {
    for (place, what) in [(3, "the number of the change"), (4, "the first operation")] {
        let mut body = body_with(&[]);
        body[place] = 0;
        assert_eq!(
            check_change(&chunk_of(chunk::CHANGE, &body)),
            Err(GateError::Zero { what })
        );
        let mut large = body[..place].to_vec();
        write_number(&mut large, u64::MAX);
        large.extend(&body[place + 1..]);
        let refused = too_large(what, u64::MAX, u64::from(u32::MAX));
        assert_eq!(check_change(&chunk_of(chunk::CHANGE, &large)), Err(refused));
    }
}

/// A message of version 1 with one `have` entry that carries this filter.
fn message_with_filter(filter: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x42, 0, 0, 1, 0];
    write_number(&mut bytes, filter.len() as u64);
    bytes.extend_from_slice(filter);
    bytes.push(0);
    bytes
}

#[test]
fn filters_that_panic_or_allocate_are_refused() {
    // `contains_hash` of each of these panics or asks for 16 GiB.
    let no_bits = GateError::Filter {
        entries: 1,
        bits: 0,
        probes: 7,
    };
    assert_eq!(
        decode_message(&message_with_filter(&[1, 0, 7])).unwrap_err(),
        no_bits
    );
    let no_probes = GateError::Filter {
        entries: 1,
        bits: 8,
        probes: 0,
    };
    assert_eq!(
        decode_message(&message_with_filter(&[1, 8, 0, 0xff])).unwrap_err(),
        no_probes
    );
    let probes = [1, 8, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xff];
    assert_eq!(
        decode_message(&message_with_filter(&probes)).unwrap_err(),
        too_large(
            "probes of a filter",
            u64::from(u32::MAX),
            u64::from(limits::FILTER_PROBES)
        )
    );
    let bits = [
        0xff, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0xff, 0x0f, 7,
    ];
    assert!(matches!(
        decode_message(&message_with_filter(&bits)).unwrap_err(),
        GateError::TooLarge {
            what: "bytes of a filter",
            ..
        }
    ));
    assert!(decode_message(&message_with_filter(&[])).is_ok());
    assert!(decode_message(&message_with_filter(&[1, 8, 7, 0xff])).is_ok());
}

#[test]
fn giant_lists_are_refused_before_they_are_built() {
    let count = |value: u64| {
        let mut bytes = Vec::new();
        write_number(&mut bytes, value);
        bytes
    };
    let beyond = limits::HASH_LIST as u64 + 1;
    let heads = [&[0x42][..], &count(beyond)].concat();
    assert_eq!(
        decode_message(&heads).unwrap_err(),
        too_large("heads", beyond, limits::HASH_LIST as u64)
    );
    let need = [&[0x42, 0][..], &count(u64::MAX)].concat();
    assert_eq!(
        decode_message(&need).unwrap_err(),
        too_large("needed changes", u64::MAX, limits::HASH_LIST as u64)
    );
    let have = [&[0x42, 0, 0][..], &count(1 << 40)].concat();
    assert!(matches!(
        decode_message(&have),
        Err(GateError::TooLarge {
            what: "filters",
            ..
        })
    ));
    let changes = [&[0x42, 0, 0, 0][..], &count(1 << 40)].concat();
    assert!(matches!(
        decode_message(&changes),
        Err(GateError::TooLarge {
            what: "changes of a message",
            ..
        })
    ));
    let claimed = [&[0x42][..], &count(limits::HASH_LIST as u64)].concat();
    assert_eq!(
        decode_message(&claimed).unwrap_err(),
        GateError::Truncated { what: "heads" }
    );
    assert_eq!(
        decode_message(&[0x41]).unwrap_err(),
        GateError::MessageKind { found: 0x41 }
    );
}

#[test]
fn the_chunks_of_one_message_are_bounded_together() {
    let limit = i64::try_from(limits::CHANGE_OPERATIONS).unwrap();
    let one = chunk_of(
        chunk::CHANGE,
        &body_with(&[(columns::ACTION, &run(limit, 1))]),
    );
    let allowed = usize::try_from(limits::MESSAGE_OPERATIONS / limits::CHANGE_OPERATIONS).unwrap();
    assert!(check_chunks(&one.repeat(allowed), false, &mut Spent::default()).is_ok());
    assert!(matches!(
        check_chunks(&one.repeat(allowed + 1), false, &mut Spent::default()),
        Err(GateError::TooLarge {
            what: "operations of a message",
            ..
        })
    ));

    let mut spent = Spent::default();
    let most = limits::MESSAGE_INFLATED_BYTES;
    assert_eq!(spent.inflate(most), Ok(()));
    assert!(spent.inflate(1).is_err());
}

#[test]
fn numbers_have_one_spelling() {
    for bad in [&[0x80, 0][..], &[0xff; 10], &[0x80; 9]] {
        assert!(Cursor::new(bad).number("n").is_err(), "{bad:?}");
        assert!(Cursor::new(bad).signed("n").is_err(), "{bad:?}");
    }
    for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
        let mut bytes = Vec::new();
        write_number(&mut bytes, value);
        assert_eq!(Cursor::new(&bytes).number("n"), Ok(value));
    }
    for value in [0, 1, -1, 63, 64, -64, -65, i64::MAX, i64::MIN] {
        let bytes = run(value, 0);
        assert_eq!(Cursor::new(&bytes).signed("n"), Ok(value));
    }
}
