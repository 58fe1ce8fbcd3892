//! Whatever happens on the way, in the end both sides have the same, and come to an end.

use std::collections::VecDeque;

use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ROOT};
use proptest::prelude::*;

use super::peers::{Ours, Peer, Theirs, decode, from_automerge, history, talk};
use super::*;

/// Something that happens between two peers.
#[derive(Debug, Clone)]
enum Event {
    Write {
        by_one: bool,
        value: i64,
    },
    /// One side speaks and the other hears it, `times` times the same.
    Say {
        by_one: bool,
        times: usize,
    },
    /// One side speaks, and it is heard later: messages cross.
    Send {
        by_one: bool,
    },
    /// What one side sent first, or last, is heard.
    Deliver {
        by_one: bool,
        is_in_order: bool,
    },
    /// One side speaks into a connection that is lost before it arrives, with all that is under way; each side
    /// remembers or not.
    Lose {
        by_one: bool,
        remembers: (bool, bool),
    },
    /// One side brings what it has to its disk.
    Save {
        by_one: bool,
    },
    /// One side dies and comes back with what was on its disk; the other remembers their talk or not.
    Crash {
        by_one: bool,
        remembers: bool,
    },
    Settle,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => (any::<bool>(), 0..1_000_i64).prop_map(|(by_one, value)| Event::Write { by_one, value }),
        6 => (any::<bool>(), 1..3_usize).prop_map(|(by_one, times)| Event::Say { by_one, times }),
        5 => any::<bool>().prop_map(|by_one| Event::Send { by_one }),
        5 => (any::<bool>(), prop::bool::weighted(0.8)).prop_map(|(by_one, is_in_order)| Event::Deliver { by_one, is_in_order }),
        2 => (any::<bool>(), any::<(bool, bool)>()).prop_map(|(by_one, remembers)| Event::Lose { by_one, remembers }),
        2 => any::<bool>().prop_map(|by_one| Event::Save { by_one }),
        1 => any::<(bool, bool)>().prop_map(|(by_one, remembers)| Event::Crash { by_one, remembers }),
        2 => Just(Event::Settle),
    ];
    prop::collection::vec(event, 1..50)
}

/// Two peers and what is under way from each.
struct Pair<'a, 'b> {
    peers: [&'a mut (dyn Peer + 'b); 2],
    under_way: [VecDeque<Vec<u8>>; 2],
}

impl Pair<'_, '_> {
    fn keeps_order(&self) -> bool {
        self.peers.iter().any(|peer| peer.relies_on_order())
    }

    /// Lets what one side has said and the other has not heard arrive.
    fn deliver_all(&mut self, from: usize) {
        for message in std::mem::take(&mut self.under_way[from]) {
            self.peers[1 - from].receive(&message);
        }
    }

    fn happen(&mut self, event: &Event) {
        let side = |by_one: bool| usize::from(!by_one);
        match event {
            Event::Write { by_one, value } => self.peers[side(*by_one)].write(*value),
            Event::Say { by_one, times } => {
                if self.keeps_order() {
                    self.deliver_all(side(*by_one));
                }
                if let Some(message) = self.peers[side(*by_one)].generate() {
                    (0..*times).for_each(|_| self.peers[side(!by_one)].receive(&message));
                }
            }
            Event::Send { by_one } => {
                let message = self.peers[side(*by_one)].generate();
                self.under_way[side(*by_one)].extend(message);
            }
            Event::Deliver {
                by_one,
                is_in_order,
            } => {
                let is_in_order = *is_in_order || self.keeps_order();
                let queue = &mut self.under_way[side(*by_one)];
                let message = if is_in_order {
                    queue.pop_front()
                } else {
                    queue.pop_back()
                };
                if let Some(message) = message {
                    self.peers[side(!by_one)].receive(&message);
                }
            }
            Event::Lose { by_one, remembers } => {
                drop(self.peers[side(*by_one)].generate());
                self.under_way = Default::default();
                self.peers[0].reconnect(remembers.0);
                self.peers[1].reconnect(remembers.1);
            }
            Event::Save { by_one } => self.peers[side(*by_one)].save(),
            Event::Crash { by_one, remembers } => {
                self.under_way = Default::default();
                self.peers[side(*by_one)].crash();
                self.peers[side(!by_one)].reconnect(*remembers);
            }
            Event::Settle => self.settle(),
        }
    }

    fn settle(&mut self) {
        (0..2).for_each(|from| self.deliver_all(from));
        let [one, two] = &mut self.peers;
        talk(*one, *two);
    }
}

fn check<'p>(one: &mut (dyn Peer + 'p), two: &mut (dyn Peer + 'p), events: &[Event]) {
    let missed = (one.missing(), two.missing());
    let mut pair = Pair {
        peers: [one, two],
        under_way: Default::default(),
    };
    for event in events {
        pair.happen(event);
    }
    // Whoever tells only what is on its disk tells the rest now.
    pair.settle();
    pair.peers.iter_mut().for_each(|peer| peer.save());
    pair.settle();
    let [one, two] = pair.peers;
    assert_eq!(one.heads(), two.heads(), "they are silent and differ");
    // What a crash took from everybody stays away, and what stands on it waits.
    let has_crashed = |event: &Event| matches!(event, Event::Crash { .. });
    if !events.iter().any(has_crashed) {
        assert_eq!((one.missing(), two.missing()), missed);
    }
}

fn slow_relay(actor: u8) -> Ours {
    let mut relay = Ours::new(Role::Relay, actor);
    relay.is_quick = false;
    relay
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("ADJ_SLOW").is_some() { 400 } else { 80 }))]

    #[test]
    fn a_desktop_and_a_relay_converge(events in events()) {
        check(&mut Ours::new(Role::Desktop, 1), &mut Ours::new(Role::Relay, 2), &events);
    }

    #[test]
    fn a_desktop_and_a_relay_that_tells_only_what_is_on_its_disk_converge(events in events()) {
        check(&mut Ours::new(Role::Desktop, 1), &mut slow_relay(2), &events);
    }

    #[test]
    fn two_desktops_converge(events in events()) {
        check(&mut Ours::new(Role::Desktop, 1), &mut Ours::new(Role::Desktop, 2), &events);
    }

    #[test]
    fn a_desktop_and_automerge_converge(events in events()) {
        check(&mut Ours::new(Role::Desktop, 1), &mut Theirs::new(2), &events);
    }

    #[test]
    fn automerge_and_a_relay_converge(events in events()) {
        check(&mut Theirs::new(1), &mut Ours::new(Role::Relay, 2), &events);
    }

    #[test]
    fn automerge_and_a_relay_that_tells_only_what_is_on_its_disk_converge(events in events()) {
        check(&mut Theirs::new(1), &mut slow_relay(2), &events);
    }

    #[test]
    fn a_relay_with_a_snapshot_of_any_age_converges(
        before in 0..60_i64,
        after in 0..20_i64,
        is_automerge in any::<bool>(),
        events in events(),
    ) {
        let mut relay = Ours::with(Role::Relay, &mut history(before));
        relay.compact();
        (0..after).for_each(|value| relay.write(value));
        if is_automerge {
            check(&mut Theirs::new(1), &mut relay, &events);
        } else {
            check(&mut Ours::new(Role::Desktop, 1), &mut relay, &events);
        }
    }

    #[test]
    fn a_relay_between_two_converges(events in events(), late in events()) {
        let mut one = Ours::new(Role::Desktop, 1);
        let mut relay = Ours::new(Role::Relay, 2);
        let mut two = Theirs::new(3);
        check(&mut one, &mut relay, &events);
        // The relay has another conversation with each.
        let with_one = std::mem::replace(&mut relay.session, Session::new(Role::Relay));
        check(&mut two, &mut relay, &late);
        relay.session = with_one;
        talk(&mut one, &mut relay);
        prop_assert_eq!(one.heads(), two.heads());
    }

    #[test]
    fn arbitrary_and_mutated_messages_never_panic(
        events in events(),
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut one = Ours::new(Role::Desktop, 1);
        let mut two = Ours::new(Role::Relay, 2);
        check(&mut one, &mut two, &events);
        one.write(1_001);
        let mut message = one.generate().unwrap();
        for (place, value) in damage {
            let place = place.index(message.len());
            message[place] = value;
        }
        for hostile in [bytes, message] {
            if two.session.receive(&two.graph, &hostile).is_ok() {
                two.generate();
            }
        }
        Session::restore(Role::Relay, &one.session.save()[..1]).unwrap_err();
    }
}

#[test]
fn a_question_that_was_overtaken_is_answered() {
    // Found by the properties above: a filter hides a change, and the message that asks for it is overtaken by an
    // older one that does not.
    let write = |by_one, value| Event::Write { by_one, value };
    let say = |by_one| Event::Say { by_one, times: 1 };
    let mut events = vec![say(false), write(false, 784), write(true, 237)];
    events.extend([495, 318].map(|value| write(false, value)));
    events.push(say(true));
    events.extend([792, 89, 622, 199].map(|value| write(false, value)));
    events.push(Event::Lose {
        by_one: false,
        remembers: (false, true),
    });
    events.extend([write(false, 649), Event::Send { by_one: false }]);
    events.extend([write(true, 788), say(true), say(false)]);
    let relay = || Ours::new(Role::Relay, 2);
    check(&mut Ours::new(Role::Desktop, 1), &mut relay(), &events);
    check(&mut Theirs::new(1), &mut relay(), &events);
}

#[test]
fn a_message_that_is_heard_after_a_newer_one_hides_nothing() {
    // Found by the properties above.
    let write = |by_one, value| Event::Write { by_one, value };
    let say = |by_one| Event::Say { by_one, times: 1 };
    let mut events = vec![write(false, 683), write(true, 364), Event::Settle];
    events.extend([write(true, 141), Event::Send { by_one: false }]);
    events.extend([351, 955, 66].map(|value| write(false, value)));
    events.extend([write(true, 842), write(false, 639), Event::Settle]);
    events.extend([write(false, 665), say(false), Event::Send { by_one: true }]);
    events.extend([write(true, 32), say(true)]);
    for role in [Role::Relay, Role::Desktop] {
        check(
            &mut Ours::new(Role::Desktop, 1),
            &mut Ours::new(role, 2),
            &events,
        );
        check(
            &mut Ours::new(Role::Desktop, 1),
            &mut Theirs::new(2),
            &events,
        );
        check(&mut Theirs::new(1), &mut Ours::new(role, 2), &events);
    }
}

#[test]
fn a_reset_that_follows_an_unanswered_message_is_answered() {
    // Found by the properties above: both said the same heads, and the reset was taken for a repetition.
    let write = |by_one| Event::Write { by_one, value: 0 };
    let events = [
        write(true),
        Event::Save { by_one: true },
        write(false),
        Event::Settle,
        Event::Crash {
            by_one: true,
            remembers: true,
        },
        Event::Send { by_one: true },
        Event::Say {
            by_one: false,
            times: 1,
        },
    ];
    check(&mut Theirs::new(1), &mut Ours::new(Role::Relay, 2), &events);
    check(&mut Theirs::new(1), &mut slow_relay(2), &events);
}

/// Returns `base` and one change more, one that a filter of what `base` has claims to hold, as one in a hundred is.
fn with_hidden_change(base: &mut AutoCommit, filter: &BloomFilter) -> (AutoCommit, ChangeHash) {
    for value in 0..5_000 {
        let mut document = base.fork().with_actor(ActorId::from([77].as_slice()));
        document.put(ROOT, "hidden", value).unwrap();
        document.commit();
        let head = document.get_heads()[0];
        if filter.contains_hash(&head) {
            return (document, from_automerge(head));
        }
    }
    panic!("a filter of 10 bits a change is wrong more often than that");
}

fn sends(answer: &[u8], wanted: ChangeHash) -> bool {
    let sent: Vec<u8> = decode(answer).changes.iter().flatten().copied().collect();
    let sent = gate::check_chunks(&sent, false, &mut Spent::default()).unwrap();
    sent.iter()
        .any(|checked| matches!(checked, Checked::Change(change) if change.meta.hash == wanted))
}

/// Lets a reader with `base` ask, a writer answer that has more, and checks that they get there all the same.
fn check_false_positive(reader: &mut dyn Peer, base: &mut AutoCommit, role: Role) {
    let hello = reader.generate().unwrap();
    let (mut document, hidden) = with_hidden_change(base, &decode(&hello).have[0].bloom);
    // The hidden change is the newest; then others stand on it.
    for more in 0..3 {
        let mut writer = Ours::with(role, &mut document);
        (0..more).for_each(|value| writer.write(value));
        writer.receive(&hello);
        let answer = writer.generate().unwrap();
        assert!(!sends(&answer, hidden), "the filter hid nothing");
        if more > 0 {
            reader.receive(&answer);
        }
    }
    let mut writer = Ours::with(role, &mut document);
    (0..2).for_each(|value| writer.write(value));
    reader.reconnect(false);
    talk(&mut writer, reader);
    assert_eq!(writer.heads(), reader.heads());
    assert_eq!(reader.missing(), []);
}

#[test]
fn what_a_filter_hides_is_asked_for() {
    let mut base = history(200);
    for role in [Role::Relay, Role::Desktop] {
        check_false_positive(
            &mut Ours::with(role, &mut base),
            &mut base.fork(),
            Role::Desktop,
        );
    }
    let mut reader = Theirs::new(1);
    reader.document.merge(&mut base).unwrap();
    check_false_positive(&mut reader, &mut base, Role::Relay);
}
