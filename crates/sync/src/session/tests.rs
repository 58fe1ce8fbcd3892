//! Our session against Automerge's own and against itself: what it says, and what it makes of what it hears.

use automerge::AutoCommit;
use automerge::ROOT;
use automerge::sync::State;
use automerge::transaction::Transactable as _;

use super::*;

mod converge;
mod cost;
mod peers;

use peers::{ENDLESS, Ours, Peer as _, Theirs, decode, history, talk};

#[test]
fn a_large_backlog_goes_up_in_parts_without_waiting() {
    let mut document = AutoCommit::new();
    for n in 0..8_u8 {
        // Bytes that do not deflate.
        let mut state = u64::from(n) + 1;
        let value: Vec<u8> = (0..400_000)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            })
            .collect();
        document.put(ROOT, "blob", value).unwrap();
        document.commit();
    }
    let mut desktop = Ours::with(Role::Desktop, &mut document);
    let mut relay = Ours::new(Role::Relay, 2);
    relay.receive(&desktop.generate().unwrap());
    let hello = relay.generate().unwrap();
    desktop.receive(&hello);
    let mut parts = 0;
    while let Some(part) = desktop.generate() {
        assert!(part.len() <= limits::OWN_MESSAGE_BYTES + 1_000);
        relay.receive(&part);
        parts += 1;
    }
    assert_eq!(parts, 4);
    assert_eq!(relay.heads(), desktop.heads());
    talk(&mut desktop, &mut relay);
    assert_eq!(
        desktop.session.their_heads(),
        Some(desktop.graph.heads().as_slice())
    );
}

#[test]
fn a_relay_answers_an_author_when_the_change_is_on_disk_and_a_reader_at_once() {
    let mut author = Ours::new(Role::Desktop, 1);
    let mut reader = Theirs::new(3);
    let mut relay = Ours::new(Role::Relay, 2);
    talk(&mut author, &mut relay);
    let with_author = std::mem::replace(&mut relay.session, Session::new(Role::Relay));
    talk(&mut reader, &mut relay);
    let with_reader = std::mem::replace(&mut relay.session, with_author);

    relay.is_quick = false;
    author.write(1);
    relay.receive(&author.generate().unwrap());
    assert_eq!(relay.generate(), None, "not on disk, so not acknowledged");
    let with_author = std::mem::replace(&mut relay.session, with_reader);
    let push = relay.generate().unwrap();
    reader.receive(&push);
    assert_eq!(reader.heads(), author.heads(), "the reader has it already");
    assert_eq!(decode(&push).heads, [], "and is told only what is on disk");
    let answer = reader.generate().unwrap();
    assert_eq!(
        decode(&answer).changes.len(),
        0,
        "it does not send the change back"
    );

    relay.flush();
    relay.session = with_author;
    let acknowledgement = relay.generate().unwrap();
    author.receive(&acknowledgement);
    assert_eq!(
        author.session.their_heads(),
        Some(author.graph.heads().as_slice())
    );
    assert_eq!(author.generate(), None);
}

#[test]
fn a_relay_sends_no_flags_and_takes_no_documents() {
    let mut document = history(30);
    let mut relay = Ours::with(Role::Relay, &mut document);
    let mut newcomer = Theirs::new(1);
    relay.receive(&newcomer.generate().unwrap());
    let answer = decode(&relay.generate().unwrap());
    assert_eq!((answer.flags, answer.version), (None, MessageVersion::V1));
    assert_eq!(answer.changes.len(), 30);

    let mut snapshot = decode(&Ours::new(Role::Desktop, 3).generate().unwrap());
    snapshot.version = MessageVersion::V2;
    snapshot.changes = ChunkList::from(document.save());
    let bytes = snapshot.encode();
    assert_eq!(
        relay.session.receive(&relay.graph, &bytes),
        Err(GateError::ChunkKind { found: 0 })
    );
    let mut desktop = Ours::new(Role::Desktop, 4);
    desktop.receive(&bytes);
    assert_eq!(desktop.graph.len(), 30);
}

#[test]
fn a_refused_message_leaves_no_trace() {
    let mut desktop = Ours::new(Role::Desktop, 1);
    let mut relay = Ours::new(Role::Relay, 2);
    desktop.write(1);
    relay.receive(&desktop.generate().unwrap());
    let hello = relay.generate().unwrap();
    let before = relay.session.their_heads().unwrap().to_vec();
    desktop.receive(&hello);
    let good = desktop.generate().unwrap();
    // 32 MiB of zeros: 132 MiB and 0.5 s in Automerge. Here the first four bytes decide.
    let mut zeros = decode(&good);
    zeros.heads.clear();
    zeros.changes = ChunkList::from(vec![0; 32 << 20]);
    let mut second_is_bad = decode(&good);
    second_is_bad.heads.clear();
    let chunks: Vec<Vec<u8>> = vec![
        second_is_bad.changes.iter().next().unwrap().to_vec(),
        vec![0x85],
    ];
    second_is_bad.changes = ChunkList::from(chunks);
    for hostile in [zeros, second_is_bad] {
        let refused = relay.session.receive(&relay.graph, &hostile.encode());
        assert_eq!(refused, Err(GateError::Magic));
        assert_eq!(relay.session.their_heads(), Some(before.as_slice()));
        assert_eq!(relay.generate(), None);
    }
    relay.receive(&good);
    assert_eq!(relay.heads(), desktop.heads());
}

#[test]
fn a_newcomer_gets_a_whole_document_from_automerge() {
    let mut full = Theirs::new(1);
    full.document = history(300);
    let mut desktop = Ours::new(Role::Desktop, 2);
    full.receive(&desktop.generate().unwrap());
    let answer = full.generate().unwrap();
    assert_eq!(decode(&answer).version, MessageVersion::V2);
    desktop.receive(&answer);
    assert_eq!(desktop.heads(), full.heads());
    talk(&mut desktop, &mut full);
}

#[test]
fn a_peer_that_has_lost_everything_gets_it_again() {
    let mut document = history(40);
    let mut desktop = Ours::with(Role::Desktop, &mut document);
    let mut relay = Ours::with(Role::Relay, &mut document);
    talk(&mut desktop, &mut relay);
    // The relay's disk is replaced; the desktop remembers that they had shared everything.
    relay.forget_all();
    desktop.reconnect(true);
    talk(&mut desktop, &mut relay);
    assert_eq!(desktop.heads(), relay.heads());

    // And the other way round, against Automerge, which remembers too.
    let mut theirs = Theirs::new(3);
    talk(&mut theirs, &mut relay);
    relay.reconnect(false);
    theirs.reconnect(true);
    relay.forget_all();
    talk(&mut theirs, &mut relay);
    assert_eq!(theirs.heads(), relay.heads());
}

#[test]
fn a_session_restored_beside_another_document_costs_only_bytes() {
    let mut one = Ours::with(Role::Desktop, &mut history(20));
    let mut relay = Ours::with(Role::Relay, &mut history(5));
    let mut stray = vec![SAVED, 1];
    stray.extend([0xee; 32]);
    one.session = Session::restore(Role::Desktop, &stray).unwrap();
    relay.session = Session::restore(Role::Relay, &stray).unwrap();
    talk(&mut one, &mut relay);
    assert_eq!(one.heads(), relay.heads());
    let saved = one.session.save();
    assert_eq!(
        State::decode(&saved).unwrap().encode(),
        saved,
        "the format is Automerge's"
    );
}

#[test]
fn nothing_is_sent_to_a_read_only_peer_and_everything_when_it_reads_again() {
    let mut publisher = Theirs::new(1);
    publisher.state = State::new_read_only();
    let mut relay = Ours::new(Role::Relay, 2);
    relay.write(1);
    publisher.write(2);
    talk(&mut publisher, &mut relay);
    assert!(relay.session.is_peer_read_only());
    assert_eq!(publisher.heads().len(), 1, "it took nothing");
    assert_eq!(relay.heads().len(), 2, "and gave what it had");

    publisher.state.set_read_only(false);
    talk(&mut publisher, &mut relay);
    assert_eq!(publisher.heads(), relay.heads());
}

#[test]
fn two_that_cannot_agree_fall_silent() {
    let mut relay = Ours::new(Role::Relay, 2);
    let mut theirs = Theirs::new(1);
    talk(&mut theirs, &mut relay);
    theirs.write(1);
    // The relay takes nothing of it in, as if it had refused the change.
    for _ in 0..ENDLESS {
        let Some(message) = theirs.generate() else {
            return;
        };
        relay.session.receive(&relay.graph, &message).unwrap();
        let Some(answer) = relay.generate() else {
            return;
        };
        theirs.receive(&answer);
    }
    panic!("they go on for ever");
}

#[test]
fn a_change_whose_bytes_are_damaged_is_left_out_and_the_rest_is_sent() {
    let mut desktop = Ours::with(Role::Desktop, &mut history(5));
    let mut relay = Ours::new(Role::Relay, 2);
    let third = desktop.graph.iter().nth(2).unwrap().hash;
    let lost = desktop.chunks.remove(&third).unwrap();
    talk(&mut desktop, &mut relay);
    assert_eq!((relay.graph.len(), relay.graph.orphans()), (2, 2));
    // Once it can be read again it goes out.
    desktop.chunks.insert(third, lost);
    talk(&mut desktop, &mut relay);
    assert_eq!(relay.heads(), desktop.heads());
}
