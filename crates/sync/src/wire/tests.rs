//! Frames round trip, agree with another CBOR library, and hostile ones cost nothing.

use ciborium::Value;
use proptest::prelude::*;

use super::*;

const ID: DocumentId = DocumentId([7; 16]);

fn every_frame() -> Vec<Frame> {
    let ends = || ("alice".to_owned(), "relay \u{e9}".to_owned());
    let metadata = PeerMetadata {
        storage_id: Some("3760df37-a4c6-4f66-9ecd-732039a9385d".to_owned()),
        is_ephemeral: true,
    };
    let ((sender, target), document) = (ends(), ID);
    let frame = |frame: fn(String, String, DocumentId) -> Frame| {
        frame(sender.clone(), target.clone(), document)
    };
    vec![
        Frame::join("alice", metadata.clone()),
        Frame::peer("relay", "alice", metadata),
        Frame::peer("relay", "alice", PeerMetadata::default()),
        frame(|sender, target, document| Frame::Request {
            sender,
            target,
            document,
            data: vec![0x42; 30],
        }),
        frame(|sender, target, document| Frame::Sync {
            sender,
            target,
            document,
            data: vec![0x43; 70_000],
        }),
        frame(|sender, target, document| Frame::Sync {
            sender,
            target,
            document,
            data: Vec::new(),
        }),
        frame(|sender, target, document| Frame::DocUnavailable {
            sender,
            target,
            document,
        }),
        frame(|sender, target, document| Frame::Ephemeral {
            sender,
            target,
            document,
            session_id: "s1".to_owned(),
            count: 300,
            data: vec![1, 2, 3],
        }),
        frame(|sender, _, _| Frame::Leave { sender }),
        frame(|sender, target, _| Frame::Error {
            sender,
            target,
            message: "no access".to_owned(),
        }),
        frame(|sender, target, _| Frame::RemoteSubscriptionChange {
            sender,
            target,
            add: vec!["a".to_owned(), "b".to_owned()],
            remove: Vec::new(),
        }),
        frame(|sender, target, document| Frame::RemoteHeadsChanged {
            sender,
            target,
            document,
            heads: vec![RemoteHeads {
                storage_id: "store".to_owned(),
                heads: vec!["head".to_owned()],
                timestamp_ms: 1_760_000_000_123,
            }],
        }),
    ]
}

fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(
        entries
            .iter()
            .map(|(key, value)| (Value::from(*key), value.clone()))
            .collect(),
    )
}

#[test]
fn every_frame_round_trips_and_another_library_reads_it() {
    for frame in every_frame() {
        let bytes = frame.encode();
        assert_eq!(Frame::decode(&bytes).as_ref(), Ok(&frame));
        let value: Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        assert!(
            value
                .as_map()
                .unwrap()
                .iter()
                .any(|(key, _)| *key == Value::from("type"))
        );
        assert_eq!(
            Frame::decode(&cbor(&value)),
            Ok(frame),
            "as the other library writes it"
        );
    }
}

#[test]
fn every_frame_cut_anywhere_is_refused() {
    for frame in every_frame() {
        let bytes = frame.encode();
        let step = (bytes.len() / 500).max(1);
        for length in (0..bytes.len()).step_by(step) {
            assert!(
                Frame::decode(&bytes[..length]).is_err(),
                "{length} bytes of {frame:?}"
            );
        }
    }
}

/// What cbor-x writes for a JavaScript client: map lengths in 16 bits, fields that are not set as undefined.
#[test]
fn a_join_written_by_hand_as_a_browser_sends_it() {
    let mut bytes = vec![0xb9, 0x00, 0x05];
    bytes.extend(b"\x64type\x64join\x68senderId\x65alice\x68targetId\xf7");
    bytes.extend(b"\x6cpeerMetadata\xb9\x00\x02\x69storageId\xf7\x6bisEphemeral\xf5");
    bytes.extend(b"\x78\x19supportedProtocolVersions\x81\x611");
    let metadata = PeerMetadata {
        storage_id: None,
        is_ephemeral: true,
    };
    assert_eq!(Frame::decode(&bytes), Ok(Frame::join("alice", metadata)));
}

#[test]
fn a_sync_message_written_by_hand() {
    let expected = Frame::Sync {
        sender: "a".to_owned(),
        target: "b".to_owned(),
        document: ID,
        data: vec![0x42, 0, 0],
    };
    // cbor-x marks a Uint8Array with tag 64 unless told otherwise.
    for data in [&b"\x43\x42\x00\x00"[..], b"\xd8\x40\x43\x42\x00\x00"] {
        let id = ID.to_string();
        let mut bytes =
            b"\xa5\x64type\x64sync\x68senderId\x61a\x68targetId\x61b\x6adocumentId".to_vec();
        bytes.push(0x78);
        bytes.push(u8::try_from(id.len()).unwrap());
        bytes.extend(id.as_bytes());
        bytes.extend(b"\x64data");
        bytes.extend(data);
        assert_eq!(Frame::decode(&bytes).as_ref(), Ok(&expected));
    }
}

#[test]
fn older_spellings_and_unknown_fields_are_read() {
    let nested = map(&[(
        "x",
        Value::Array(vec![Value::Null, Value::from(1.5), map(&[])]),
    )]);
    let bytes = cbor(&map(&[
        ("future", nested),
        ("senderId", Value::from("a")),
        (
            "metadata",
            map(&[("storageId", Value::from("s")), ("future", Value::from(3))]),
        ),
        ("type", Value::from("join")),
    ]));
    let metadata = PeerMetadata {
        storage_id: Some("s".to_owned()),
        is_ephemeral: false,
    };
    assert_eq!(Frame::decode(&bytes), Ok(Frame::join("a", metadata)));
    let indefinite = b"\xbf\x64type\x65leave\x64junk\x9f\x01\x7f\x61a\xff\xff\x68senderId\x61a\xff";
    assert_eq!(
        Frame::decode(indefinite),
        Ok(Frame::Leave {
            sender: "a".to_owned()
        })
    );
}

#[test]
fn unknown_types_are_told_apart_from_broken_frames() {
    let unknown = cbor(&map(&[("type", Value::from("x".repeat(200)))]));
    assert_eq!(
        Frame::decode(&unknown),
        Err(WireError::UnknownType {
            kind: "x".repeat(80)
        })
    );
    assert_eq!(
        Frame::decode(&cbor(&map(&[]))),
        Err(WireError::Missing { field: "type" })
    );
    let twice = [
        ("type", Value::from("leave")),
        ("type", Value::from("join")),
    ];
    assert_eq!(
        Frame::decode(&cbor(&map(&twice))),
        Err(WireError::Twice { field: "type" })
    );
    let odd = map(&[
        ("type", Value::from("sync")),
        ("senderId", Value::from("a")),
        ("targetId", Value::from("b")),
        ("documentId", Value::from("0OIl")),
        ("data", Value::Bytes(vec![])),
    ]);
    assert_eq!(
        Frame::decode(&cbor(&odd)),
        Err(WireError::DocumentId {
            text: "0OIl".to_owned()
        })
    );
    let mut trailing = Frame::Leave {
        sender: "a".to_owned(),
    }
    .encode();
    trailing.push(0);
    assert_eq!(
        Frame::decode(&trailing),
        Err(WireError::Leftover { size_bytes: 1 })
    );
}

#[test]
fn hostile_nesting_lengths_and_sizes_are_refused() {
    let mut deep = b"\xa1\x61x".to_vec();
    deep.extend(vec![0x81; 100_000]);
    assert_eq!(
        Frame::decode(&deep),
        Err(WireError::TooDeep { limit: cbor::DEPTH })
    );
    let mut tags = b"\xa1\x64type".to_vec();
    tags.extend(vec![0xc1; 100_000]);
    assert_eq!(
        Frame::decode(&tags),
        Err(WireError::TooDeep { limit: cbor::DEPTH })
    );

    let endless = b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff";
    assert!(matches!(
        Frame::decode(endless),
        Err(WireError::TooLarge {
            what: "the frame",
            ..
        })
    ));
    let giant = b"\xa1\x64data\x5b\x00\x00\x00\xff\xff\xff\xff\xff";
    assert!(matches!(
        Frame::decode(giant),
        Err(WireError::TooLarge { what: "data", .. })
    ));
    let unknown = b"\xa1\x61x\x5b\xff\xff\xff\xff\xff\xff\xff\xff";
    assert!(matches!(
        Frame::decode(unknown),
        Err(WireError::Truncated { .. })
    ));

    let mut many = b"\xa1\x63add\x9f".to_vec();
    many.extend(vec![0x60; LIST_ENTRIES + 1]);
    let size = LIST_ENTRIES as u64 + 1;
    let refused = WireError::TooLarge {
        what: "add",
        size,
        limit: LIST_ENTRIES as u64,
    };
    assert_eq!(Frame::decode(&many), Err(refused));
    let long = cbor(&map(&[(
        "senderId",
        Value::from("s".repeat(PEER_ID_BYTES + 1)),
    )]));
    assert!(matches!(
        Frame::decode(&long),
        Err(WireError::TooLarge {
            what: "senderId",
            ..
        })
    ));
}

#[test]
fn a_presence_message_has_a_limit() {
    let with = |size| Frame::Ephemeral {
        sender: "a".to_owned(),
        target: "b".to_owned(),
        document: ID,
        session_id: "s".to_owned(),
        count: 1,
        data: vec![0; size],
    };
    assert!(Frame::decode(&with(limits::EPHEMERAL_BYTES).encode()).is_ok());
    assert_eq!(
        Frame::decode(&with(limits::EPHEMERAL_BYTES + 1).encode()),
        Err(WireError::TooLarge {
            what: "data",
            size: limits::EPHEMERAL_BYTES as u64 + 1,
            limit: limits::EPHEMERAL_BYTES as u64,
        })
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        Frame::decode(&bytes).ok();
        Frame::decode(&[b"\xa2\x64type\x64sync".as_slice(), &bytes].concat()).ok();
    }

    #[test]
    fn mutated_frames_never_panic(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut bytes = which.get(&every_frame()).encode();
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        Frame::decode(&bytes).ok();
    }

    #[test]
    fn numbers_round_trip(count in 0..(1_u64 << 53)) {
        let mut to = Writer::new(0);
        to.field("count").number(count);
        let bytes = to.finish();
        let mut reader = cbor::Reader::new(&bytes);
        reader.map("m", 1).unwrap();
        prop_assert_eq!(reader.text("n", 9), Ok("count"));
        prop_assert_eq!(reader.number("n"), Ok(count));
    }
}

#[test]
fn a_number_that_no_float_holds_is_refused() {
    // Found by the fuzzer: it was read, and what was written of it could not be read again.
    for (value, is_read) in [
        (1_u64 << 53, true),
        ((1 << 53) + 1, false),
        (u64::MAX, false),
    ] {
        let bytes = [&[0x1b], value.to_be_bytes().as_slice()].concat();
        let read = cbor::Reader::new(&bytes).number("count");
        assert_eq!(read.is_ok(), is_read, "{value}: {read:?}");
    }
}
