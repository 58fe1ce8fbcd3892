//! Our session against Automerge's own and against itself: equal heads in the end, and an end.

use std::collections::BTreeMap;

use automerge::sync::{State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ROOT};
use proptest::prelude::*;

use super::*;
use crate::graph::Inserted;

/// Messages that one step may exchange before the test calls it endless.
const ENDLESS: usize = 200;

/// A peer that may be written to, cut off, and asked for its next message.
trait Peer {
    fn write(&mut self, value: i64);
    fn receive(&mut self, message: &[u8]);
    fn generate(&mut self) -> Option<Vec<u8>>;
    fn reconnect(&mut self, remembers: bool);
    fn heads(&mut self) -> Vec<ChangeHash>;
}

/// A graph, bytes and a session; and, as a desktop has it, a document that makes changes and opens snapshots.
struct Ours {
    role: Role,
    document: AutoCommit,
    graph: ChangeGraph,
    chunks: BTreeMap<ChangeHash, Arc<[u8]>>,
    session: Session,
    /// Writes are on disk as soon as they are known.
    is_quick: bool,
    sent_bytes: usize,
}

fn from_automerge(hash: automerge::ChangeHash) -> ChangeHash {
    ChangeHash(hash.0)
}

impl Ours {
    fn new(role: Role, actor: u8) -> Self {
        Self {
            role,
            document: AutoCommit::new().with_actor(ActorId::from([actor].as_slice())),
            graph: ChangeGraph::new(),
            chunks: BTreeMap::new(),
            session: Session::new(role),
            is_quick: true,
            sent_bytes: 0,
        }
    }

    /// Makes a peer that has all that `document` has.
    fn with(role: Role, document: &mut AutoCommit) -> Self {
        let mut ours = Self::new(role, 99);
        ours.document.merge(document).unwrap();
        ours.follow_document();
        ours
    }

    /// Takes into the graph what the document has and the graph has not.
    fn follow_document(&mut self) {
        for change in self.document.get_changes(&[]) {
            if !self.chunks.contains_key(&from_automerge(change.hash())) {
                self.take(gate::check_change(change.raw_bytes()).unwrap());
            }
        }
    }

    fn take(&mut self, change: StoredChange) {
        self.chunks.insert(change.meta.hash, change.bytes);
        match self.graph.insert(change.meta) {
            Inserted::New(entered) if self.is_quick => {
                entered
                    .changes
                    .iter()
                    .for_each(|hash| self.graph.mark_durable(hash));
            }
            Inserted::New(_) | Inserted::Known | Inserted::Orphan => {}
            Inserted::Refused(refusal) => panic!("{refusal}"),
        }
    }

    fn flush(&mut self) {
        let all: Vec<ChangeHash> = self.graph.iter().map(|meta| meta.hash).collect();
        for hash in &all {
            self.graph.mark_durable(hash);
        }
    }

    fn forget_all(&mut self) {
        *self = Self::new(self.role, 98);
    }
}

impl Peer for Ours {
    fn write(&mut self, value: i64) {
        self.document
            .put(ROOT, format!("key{}", value % 5), value)
            .unwrap();
        self.document.commit();
        self.follow_document();
    }

    fn receive(&mut self, message: &[u8]) {
        let incoming = self.session.receive(&self.graph, message).unwrap();
        for change in incoming.changes {
            let raw = automerge::Change::from_bytes(change.bytes.to_vec()).unwrap();
            self.document.apply_changes([raw]).unwrap();
            self.take(change);
        }
        for bytes in incoming.documents {
            let mut snapshot = AutoCommit::load(&bytes).unwrap();
            self.document.merge(&mut snapshot).unwrap();
            self.follow_document();
        }
    }

    fn generate(&mut self) -> Option<Vec<u8>> {
        let chunks = &self.chunks;
        let message = self
            .session
            .generate(&self.graph, &mut |hash| chunks.get(hash).cloned())?;
        self.sent_bytes += message.len();
        Some(message)
    }

    fn reconnect(&mut self, remembers: bool) {
        self.session = if remembers {
            Session::restore(self.role, &self.session.save()).unwrap()
        } else {
            Session::new(self.role)
        };
    }

    fn heads(&mut self) -> Vec<ChangeHash> {
        assert_eq!(self.graph.orphans(), 0);
        self.graph.heads()
    }
}

/// Automerge as it comes.
struct Theirs {
    document: AutoCommit,
    state: State,
    sent_bytes: usize,
}

impl Theirs {
    fn new(actor: u8) -> Self {
        let document = AutoCommit::new().with_actor(ActorId::from([actor].as_slice()));
        Self {
            document,
            state: State::new(),
            sent_bytes: 0,
        }
    }
}

impl Peer for Theirs {
    fn write(&mut self, value: i64) {
        self.document
            .put(ROOT, format!("key{}", value % 5), value)
            .unwrap();
        self.document.commit();
    }

    fn receive(&mut self, message: &[u8]) {
        let message = Message::decode(message).unwrap();
        self.document
            .sync()
            .receive_sync_message(&mut self.state, message)
            .unwrap();
    }

    fn generate(&mut self) -> Option<Vec<u8>> {
        let bytes = self
            .document
            .sync()
            .generate_sync_message(&mut self.state)?
            .encode();
        self.sent_bytes += bytes.len();
        Some(bytes)
    }

    fn reconnect(&mut self, remembers: bool) {
        self.state = if remembers {
            State::decode(&self.state.encode()).unwrap()
        } else {
            State::new()
        };
    }

    fn heads(&mut self) -> Vec<ChangeHash> {
        let mut heads: Vec<ChangeHash> = self
            .document
            .get_heads()
            .into_iter()
            .map(from_automerge)
            .collect();
        heads.sort_unstable();
        heads
    }
}

/// Speaks once on each side in turn, as a program that answers each message once, until both are silent.
fn talk(one: &mut dyn Peer, two: &mut dyn Peer) -> usize {
    let mut messages = 0;
    loop {
        let mut is_silent = true;
        if let Some(message) = one.generate() {
            two.receive(&message);
            (is_silent, messages) = (false, messages + 1);
        }
        if let Some(message) = two.generate() {
            one.receive(&message);
            (is_silent, messages) = (false, messages + 1);
        }
        if is_silent {
            return messages;
        }
        assert!(messages < ENDLESS, "they never come to an end");
    }
}

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
    /// One side speaks into a connection that is lost before it arrives; each side remembers or not.
    Lose {
        by_one: bool,
        remembers: (bool, bool),
    },
    Settle,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (any::<bool>(), 0..1_000_i64).prop_map(|(by_one, value)| Event::Write { by_one, value }),
        4 => (any::<bool>(), 1..3_usize).prop_map(|(by_one, times)| Event::Say { by_one, times }),
        1 => (any::<bool>(), any::<(bool, bool)>()).prop_map(|(by_one, remembers)| Event::Lose { by_one, remembers }),
        1 => Just(Event::Settle),
    ];
    prop::collection::vec(event, 1..40)
}

fn check<'p>(one: &mut (dyn Peer + 'p), two: &mut (dyn Peer + 'p), events: &[Event]) {
    for event in events {
        match event {
            Event::Write {
                by_one: true,
                value,
            } => one.write(*value),
            Event::Write {
                by_one: false,
                value,
            } => two.write(*value),
            Event::Say { by_one, times } => {
                let (from, to) = if *by_one {
                    (&mut *one, &mut *two)
                } else {
                    (&mut *two, &mut *one)
                };
                if let Some(message) = from.generate() {
                    (0..*times).for_each(|_| to.receive(&message));
                }
            }
            Event::Lose { by_one, remembers } => {
                let (from, to) = if *by_one {
                    (&mut *one, &mut *two)
                } else {
                    (&mut *two, &mut *one)
                };
                drop(from.generate());
                from.reconnect(remembers.0);
                to.reconnect(remembers.1);
            }
            Event::Settle => {
                talk(one, two);
            }
        }
    }
    talk(one, two);
    assert_eq!(one.heads(), two.heads(), "they are silent and differ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_desktop_and_a_relay_converge(events in events()) {
        check(&mut Ours::new(Role::Desktop, 1), &mut Ours::new(Role::Relay, 2), &events);
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

/// A history of `count` changes by one actor.
fn history(count: i64) -> AutoCommit {
    let mut document = AutoCommit::new().with_actor(ActorId::from([50].as_slice()));
    for value in 0..count {
        document
            .put(ROOT, format!("key{}", value % 50), value)
            .unwrap();
        document.commit();
    }
    document
}

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

/// The bytes of a whole exchange, each side beginning with `shared` changes in common and going on by `own`.
fn exchange_bytes(shared: i64, own: i64) -> (usize, usize) {
    let mut here = history(shared);
    let mut there = here.fork().with_actor(ActorId::from([51].as_slice()));
    for value in 0..own {
        for document in [&mut here, &mut there] {
            document.put(ROOT, "own", value).unwrap();
            document.commit();
        }
    }
    let mut desktop = Ours::with(Role::Desktop, &mut here);
    let mut relay = Ours::with(Role::Relay, &mut there);
    talk(&mut desktop, &mut relay);
    assert_eq!(desktop.heads(), relay.heads());
    let (mut one, mut two) = (Theirs::new(1), Theirs::new(2));
    (one.document, two.document) = (here, there);
    talk(&mut one, &mut two);
    assert_eq!(one.heads(), desktop.heads());
    (
        desktop.sent_bytes + relay.sent_bytes,
        one.sent_bytes + two.sent_bytes,
    )
}

#[test]
fn an_exchange_costs_no_more_bytes_than_automerges_own() {
    for (shared, own) in [(600, 0), (600, 1), (600, 100), (3_000, 40)] {
        let (ours, automerges) = exchange_bytes(shared, own);
        assert!(
            ours * 10 <= automerges * 12,
            "{ours} bytes against {automerges} after {shared} shared and {own} own changes"
        );
    }
}

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

fn decode(bytes: &[u8]) -> Message {
    gate::decode_message(bytes).unwrap()
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
