//! What an exchange costs, in messages and bytes, against Automerge's own with the same flags.

use automerge::ActorId;
use proptest::prelude::*;

use super::peers::{Ours, Peer, Theirs, decode, history, talk};
use super::*;

#[test]
fn an_unchanged_document_costs_one_small_message_each_way() {
    let mut document = history(3_000);
    let mut desktop = Ours::with(Role::Desktop, &mut document);
    let mut relay = Ours::with(Role::Relay, &mut document);
    talk(&mut desktop, &mut relay);
    for side in [&mut desktop, &mut relay] {
        side.reconnect(true);
        side.sent_bytes = 0;
    }
    assert_eq!(talk(&mut desktop, &mut relay), 2);
    assert!(desktop.sent_bytes <= 80, "{} bytes", desktop.sent_bytes);
    assert!(relay.sent_bytes <= 80, "{} bytes", relay.sent_bytes);
}

#[test]
fn after_a_reconnection_only_what_is_new_is_sent() {
    let mut document = history(3_000);
    let mut desktop = Ours::with(Role::Desktop, &mut document);
    let mut relay = Ours::with(Role::Relay, &mut document);
    talk(&mut desktop, &mut relay);
    desktop.reconnect(true);
    relay.reconnect(true);
    (0..10).for_each(|value| desktop.write(value));
    desktop.sent_bytes = 0;
    let new_bytes: usize = desktop
        .document
        .get_changes(&document.get_heads())
        .iter()
        .map(|c| c.raw_bytes().len())
        .sum();
    talk(&mut desktop, &mut relay);
    assert_eq!(desktop.heads(), relay.heads());
    assert!(
        desktop.sent_bytes < new_bytes + 500,
        "{} bytes for {new_bytes}",
        desktop.sent_bytes
    );
}

#[test]
fn a_relay_that_remembers_nobody_costs_no_more() {
    // The relay keeps no session: the device's first message says what both have.
    let mut document = history(3_000);
    let mut desktop = Ours::with(Role::Desktop, &mut document);
    let mut relay = Ours::with(Role::Relay, &mut document);
    talk(&mut desktop, &mut relay);
    desktop.reconnect(true);
    relay.reconnect(false);
    (desktop.sent_bytes, relay.sent_bytes) = (0, 0);
    let hello = desktop.generate().unwrap();
    relay.receive(&hello);
    desktop.receive(&relay.generate().unwrap());
    assert_eq!((desktop.generate(), relay.generate()), (None, None));
    assert!(desktop.sent_bytes <= 80, "{} bytes", desktop.sent_bytes);
    assert!(relay.sent_bytes <= 80, "{} bytes", relay.sent_bytes);
}

/// What two peers have when they meet, and what happens then.
#[derive(Debug, Clone)]
struct Meeting {
    /// Changes that both have.
    shared: i64,
    /// Changes that only one has.
    own: (i64, i64),
    /// They have met before, when they had what they share, and remember it.
    remembers: bool,
    /// Changes that both make while they talk.
    live: i64,
}

fn meetings() -> impl Strategy<Value = Meeting> {
    let few = prop_oneof![Just(0_i64), 1..4_i64, 1..60_i64];
    let shared = prop_oneof![Just(0_i64), 1..20_i64, 20..400_i64];
    (shared, (few.clone(), few), any::<bool>(), 0..4_i64).prop_map(
        |(shared, own, remembers, live)| Meeting {
            shared,
            own,
            remembers,
            live,
        },
    )
}

/// Lets two peers that begin with `documents` meet; the first is the device.
fn meet(one: &mut dyn Peer, two: &mut dyn Peer, meeting: &Meeting) {
    if meeting.remembers {
        talk(one, two);
    }
    (0..meeting.own.0).for_each(|value| one.write(value));
    (0..meeting.own.1).for_each(|value| two.write(value));
    one.reconnect(meeting.remembers);
    two.reconnect(meeting.remembers);
}

/// The bytes of the whole exchange after `meet`.
fn exchange(one: &mut dyn Peer, two: &mut dyn Peer, live: i64) {
    talk(one, two);
    for value in 0..live {
        one.write(value);
        two.write(value + 100);
        talk(one, two);
    }
    assert_eq!(one.heads(), two.heads());
}

/// Returns the bytes of our exchange and of Automerge's.
fn exchange_bytes(meeting: &Meeting) -> (usize, usize) {
    let mut document = history(meeting.shared);
    let mut desktop = Ours::with(Role::Desktop, &mut document);
    let mut relay = Ours::with(Role::Relay, &mut document);
    desktop.document.set_actor(ActorId::from([1].as_slice()));
    relay.document.set_actor(ActorId::from([2].as_slice()));
    meet(&mut desktop, &mut relay, meeting);
    if !relay.chunks.is_empty() {
        relay.compact();
    }
    (desktop.sent_bytes, relay.sent_bytes) = (0, 0);
    exchange(&mut desktop, &mut relay, meeting.live);

    let (mut one, mut two) = (Theirs::new(1), Theirs::new(2));
    two.is_silent_about_flags = true;
    one.document.merge(&mut document).unwrap();
    two.document.merge(&mut document).unwrap();
    meet(&mut one, &mut two, meeting);
    (one.sent_bytes, two.sent_bytes) = (0, 0);
    exchange(&mut one, &mut two, meeting.live);
    assert_eq!(one.heads(), desktop.heads());
    (
        desktop.sent_bytes + relay.sent_bytes,
        one.sent_bytes + two.sent_bytes,
    )
}

fn check_bytes(meeting: &Meeting) {
    let (ours, automerges) = exchange_bytes(meeting);
    assert!(
        ours * 10 <= automerges * 12,
        "{ours} bytes against {automerges} in {meeting:?}"
    );
}

#[test]
fn large_exchanges_cost_no_more_bytes_than_automerges_own() {
    for (shared, own) in [
        (600, (0, 0)),
        (600, (1, 1)),
        (600, (100, 100)),
        (3_000, (40, 40)),
        (0, (0, 2_000)),
    ] {
        check_bytes(&Meeting {
            shared,
            own,
            remembers: false,
            live: 0,
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("ADJ_SLOW").is_some() { 300 } else { 60 }))]

    #[test]
    fn no_exchange_costs_more_than_a_fifth_above_automerges_own(meeting in meetings()) {
        check_bytes(&meeting);
    }
}

#[test]
fn a_newcomer_gets_one_compact_message() {
    let mut document = history(2_000);
    let mut relay = Ours::with(Role::Relay, &mut document);
    relay.compact();
    let compacted = relay.snapshot.as_ref().unwrap().bytes.len();
    // A few changes have come since.
    (0..5).for_each(|value| relay.write(value));
    for is_automerge in [true, false] {
        relay.reconnect(false);
        relay.sent_bytes = 0;
        let mut ours = Ours::new(Role::Desktop, 1);
        let mut theirs = Theirs::new(1);
        let newcomer: &mut dyn Peer = if is_automerge { &mut theirs } else { &mut ours };
        relay.receive(&newcomer.generate().unwrap());
        let answer = relay.generate().unwrap();
        assert_eq!(decode(&answer).version, MessageVersion::V2);
        newcomer.receive(&answer);
        talk(newcomer, &mut relay);
        assert_eq!(newcomer.heads(), relay.heads());
        let allowed = compacted + compacted / 20 + 1_000;
        assert!(
            relay.sent_bytes <= allowed,
            "{} of {compacted}",
            relay.sent_bytes
        );
    }
}

#[test]
fn a_snapshot_goes_only_to_those_who_take_it_and_gain_by_it() {
    let mut document = history(300);
    let mut relay = Ours::with(Role::Relay, &mut document);
    relay.compact();
    let first_answer = |relay: &mut Ours, hello: &[u8]| {
        relay.reconnect(false);
        relay.receive(hello);
        decode(&relay.generate().unwrap()).version
    };
    // A newcomer that knows of flags, and one from before there were any.
    let hello = Ours::new(Role::Desktop, 1).generate().unwrap();
    assert_eq!(first_answer(&mut relay, &hello), MessageVersion::V2);
    let mut old = decode(&hello);
    old.flags = None;
    assert_eq!(first_answer(&mut relay, &old.encode()), MessageVersion::V1);
    // One that reads nothing at present.
    let mut read_only = decode(&hello);
    read_only
        .flags
        .as_mut()
        .unwrap()
        .set(MessageFlags::READ_ONLY);
    relay.reconnect(false);
    relay.receive(&read_only.encode());
    assert!(decode(&relay.generate().unwrap()).changes.is_empty());
    // One that lacks two changes of three hundred.
    let mut behind = Theirs::new(2);
    behind.document = history(298);
    let hello = behind.generate().unwrap();
    assert_eq!(first_answer(&mut relay, &hello), MessageVersion::V1);
    // One that lacks all but ten.
    behind = Theirs::new(3);
    behind.document = history(10);
    let hello = behind.generate().unwrap();
    assert_eq!(first_answer(&mut relay, &hello), MessageVersion::V2);
}
