//! Convergence: whatever is edited, undone, settled, signed, lost, repeated, cut off, restarted or put back, all devices
//! end with one board, no saved change is missing, and no number names two changes.
//!
//! Replicas talk to a relay made of the same parts as the real one (change graph and session), over a network that a
//! random script controls. No threads, sockets or clocks take part.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use adjutant_base::{ManualClock, Timestamp};
use adjutant_model::action::{ActionField, ActionState};
use adjutant_model::budget::{BudgetField, BudgetLineField};
use adjutant_model::calendar::Period;
use adjutant_model::money::Amount;
use adjutant_model::{Kind, diff};
use adjutant_store::{ChunkStore as _, MemoryStore};
use proptest::prelude::*;
use tempfile::TempDir;

use adjutant_sync::graph::{ChangeGraph, Inserted};
use adjutant_sync::session::{Role, Session};

use super::*;

mod damage;
mod trust;

const DEVICES: usize = 3;
const COMPARTMENT: CompartmentId = CompartmentId([9; 6]);

type Bytes = Vec<u8>;

/// A relay without sockets: graphs, bytes and a session for each device and document.
#[derive(Default)]
struct TestRelay {
    graphs: BTreeMap<DocumentId, ChangeGraph>,
    bytes: BTreeMap<ChangeHash, Arc<[u8]>>,
    sessions: BTreeMap<(usize, DocumentId), Session>,
    /// Received and not on disk yet.
    queued: Vec<(DocumentId, ChangeHash)>,
}

impl TestRelay {
    fn receive(&mut self, device: usize, id: DocumentId, data: &[u8]) {
        let graph = self.graphs.entry(id).or_default();
        let session = self
            .sessions
            .entry((device, id))
            .or_insert_with(|| Session::new(Role::Relay));
        let incoming = session
            .receive(graph, data)
            .expect("a device sent what the gate refuses");
        for change in incoming.changes {
            let hash = change.meta.hash;
            self.bytes.insert(hash, change.bytes);
            if let Inserted::New(entered) = graph.insert(change.meta) {
                // Those that had waited for it are on disk already, unless they are on their way.
                let is_queued = |other: &&ChangeHash| self.queued.contains(&(id, **other));
                let released = entered.changes.iter().filter(|other| **other != hash);
                for released in released.filter(|other| !is_queued(other)) {
                    graph.mark_durable(released);
                }
            }
            self.queued.push((id, hash));
        }
    }

    fn commit(&mut self) {
        for (id, hash) in self.queued.drain(..) {
            self.graphs.entry(id).or_default().mark_durable(&hash);
        }
    }

    fn next_message(&mut self, device: usize, id: DocumentId) -> Option<Bytes> {
        let graph = self.graphs.entry(id).or_default();
        let session = self.sessions.get_mut(&(device, id))?;
        let bytes = &self.bytes;
        session.generate(graph, &mut |hash| bytes.get(hash).cloned())
    }
}

struct TestDevice {
    folder: TempDir,
    store: MemoryStore,
    replica: Replica,
    is_online: bool,
    up: VecDeque<(DocumentId, Bytes)>,
    down: VecDeque<(DocumentId, Bytes)>,
    /// What it has ever saved, by number; a lost store takes nothing from it.
    numbers: BTreeSet<((DocumentId, Bytes, u64), ChangeHash)>,
    /// What its store holds and so must never be missing anywhere in the end.
    owed: BTreeSet<(DocumentId, ChangeHash)>,
    /// An old copy of the store, with what was owed then.
    backup: (MemoryStore, BTreeSet<(DocumentId, ChangeHash)>),
}

fn open(folder: &TempDir, store: &MemoryStore, number: usize) -> (Replica, Effects) {
    let setting = Setting {
        folder: folder.path().to_owned(),
        clock: Arc::new(ManualClock::new(Timestamp(1_795_510_800_000))),
        zone: Zone::Utc,
        person: format!("Person {number}"),
        device_name: "test".to_owned(),
    };
    let identity = Identity::open(folder.path()).unwrap();
    Replica::open(setting, identity, store.reader().unwrap(), None).unwrap()
}

impl TestDevice {
    fn new(number: usize) -> Self {
        let (folder, store) = (tempfile::tempdir().unwrap(), MemoryStore::default());
        let (replica, effects) = open(&folder, &store, number);
        let mut device = Self {
            folder,
            store,
            replica,
            is_online: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            numbers: BTreeSet::new(),
            owed: BTreeSet::new(),
            backup: Default::default(),
        };
        device.carry_out(effects);
        let mut effects = Effects::default();
        device.replica.enter(COMPARTMENT, &mut effects).unwrap();
        device.carry_out(effects);
        device.backup = (trust::copy_of(&device.store), device.owed.clone());
        device
    }

    fn carry_out(&mut self, effects: Effects) {
        for (id, change) in &effects.save.changes {
            let meta = &change.meta;
            let number = (*id, meta.actor.to_vec(), meta.seq);
            self.numbers.insert((number, meta.hash));
            self.owed.insert((*id, meta.hash));
        }
        let hashes: Vec<_> = effects
            .save
            .changes
            .iter()
            .map(|(_, change)| change.meta.hash)
            .collect();
        self.store.commit(&[effects.save]).unwrap();
        self.replica.saved(&hashes);
        if self.is_online {
            for id in effects.talk {
                self.speak(id);
            }
        }
    }

    fn speak(&mut self, id: DocumentId) {
        while let Some(data) = self.replica.next_message(id) {
            self.up.push_back((id, data));
        }
    }

    fn run(&mut self, command: &Command) {
        let mut effects = Effects::default();
        // A command may be refused: its record may not have arrived here, or be deleted.
        self.replica.execute(command, &mut effects).ok();
        self.carry_out(effects);
    }

    /// Ends the program without warning and starts it again on what was saved, offline.
    fn restart(&mut self, number: usize) {
        self.is_online = false;
        self.up.clear();
        self.down.clear();
        let (replica, effects) = open(&self.folder, &self.store, number);
        self.replica = replica;
        self.carry_out(effects);
    }
}

struct Network {
    relay: TestRelay,
    devices: Vec<TestDevice>,
}

impl Network {
    fn new() -> Self {
        Self {
            relay: TestRelay::default(),
            devices: (0..DEVICES).map(TestDevice::new).collect(),
        }
    }

    fn connect(&mut self, at: usize) {
        let device = &mut self.devices[at];
        if std::mem::replace(&mut device.is_online, true) {
            return;
        }
        self.relay.sessions.retain(|(of, _), _| *of != at);
        let mut effects = Effects::default();
        device.replica.connected(&mut effects).unwrap();
        device.carry_out(effects);
    }

    fn disconnect(&mut self, at: usize) {
        let device = &mut self.devices[at];
        device.is_online = false;
        device.up.clear();
        device.down.clear();
        let mut effects = Effects::default();
        device.replica.disconnected(&mut effects);
        device.carry_out(effects);
    }

    /// Ends the program without warning and starts it again on what was saved.
    fn crash(&mut self, at: usize) {
        self.devices[at].restart(at);
    }

    fn deliver_up(&mut self, at: usize, is_repeated: bool) {
        let Some((id, data)) = self.devices[at].up.pop_front() else {
            return;
        };
        for _ in 0..=usize::from(is_repeated) {
            self.relay.receive(at, id, &data);
        }
        self.relay_speaks(id);
    }

    fn relay_speaks(&mut self, id: DocumentId) {
        for (at, device) in self
            .devices
            .iter_mut()
            .enumerate()
            .filter(|(_, device)| device.is_online)
        {
            while let Some(data) = self.relay.next_message(at, id) {
                device.down.push_back((id, data));
            }
        }
    }

    fn deliver_down(&mut self, at: usize, is_repeated: bool) {
        let Some((id, data)) = self.devices[at].down.pop_front() else {
            return;
        };
        for _ in 0..=usize::from(is_repeated) {
            let device = &mut self.devices[at];
            let mut effects = Effects::default();
            device
                .replica
                .receive(id, &data, &mut effects)
                .expect("the relay sent what a device refuses");
            let is_over = effects.reconnect;
            device.carry_out(effects);
            if is_over {
                self.disconnect(at);
                self.connect(at);
                return;
            }
        }
    }

    fn commit(&mut self) {
        self.relay.commit();
        let ids: Vec<DocumentId> = self.relay.graphs.keys().copied().collect();
        for id in ids {
            self.relay_speaks(id);
        }
    }

    /// Checks that every board shows exactly what the loaded documents hold.
    fn check_boards(&self, step: &Step) {
        for (at, device) in self.devices.iter().enumerate() {
            let mut expected = Board::default();
            for (id, held) in device.replica.documents.iter() {
                for data in held.document.iter().flat_map(|document| document.records()) {
                    expected.put(*id, data);
                }
                let unloaded = held.document.is_none();
                let cached = unloaded.then(|| cache::read(device.folder.path(), *id));
                for data in cached.flatten().iter().flat_map(|cached| &cached.records) {
                    expected.put(*id, data);
                }
            }
            let differences = diff::diff(&expected, device.replica.board());
            assert!(
                differences.is_empty(),
                "device {at} after {step:?}: {differences:#?}"
            );
        }
    }

    /// Connects everybody and delivers until nobody has anything to say.
    fn settle(&mut self) {
        for at in 0..DEVICES {
            self.disconnect(at);
            self.connect(at);
        }
        for _round in 0..10_000 {
            let is_quiet = self
                .devices
                .iter()
                .all(|device| device.up.is_empty() && device.down.is_empty());
            if is_quiet && self.relay.queued.is_empty() {
                return;
            }
            for at in 0..DEVICES {
                self.deliver_up(at, false);
                self.deliver_down(at, false);
            }
            self.commit();
        }
        panic!("the devices never stop talking");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Create {
        device: usize,
        record: u8,
    },
    Title {
        device: usize,
        record: u8,
        value: u8,
    },
    State {
        device: usize,
        record: u8,
    },
    Amount {
        device: usize,
        month: u8,
        value: u8,
    },
    Delete {
        device: usize,
        record: u8,
    },
    Restore {
        device: usize,
        record: u8,
    },
    Undo {
        device: usize,
        again: bool,
    },
    Up {
        device: usize,
        is_repeated: bool,
    },
    Down {
        device: usize,
        is_repeated: bool,
    },
    Commit,
    Connect(usize),
    Disconnect(usize),
    Crash(usize),
    Trust(usize, trust::Act),
}

fn step() -> impl Strategy<Value = Step> {
    let device = 0..DEVICES;
    let record = 0_u8..4;
    prop_oneof![
        1 => (device.clone(), record.clone()).prop_map(|(device, record)| Step::Create { device, record }),
        4 => (device.clone(), record.clone(), 0_u8..9)
            .prop_map(|(device, record, value)| Step::Title { device, record, value }),
        1 => (device.clone(), record.clone()).prop_map(|(device, record)| Step::State { device, record }),
        2 => (device.clone(), 1_u8..=12, 0_u8..9).prop_map(|(device, month, value)| Step::Amount { device, month, value }),
        1 => (device.clone(), record.clone()).prop_map(|(device, record)| Step::Delete { device, record }),
        1 => (device.clone(), record).prop_map(|(device, record)| Step::Restore { device, record }),
        1 => (device.clone(), any::<bool>()).prop_map(|(device, again)| Step::Undo { device, again }),
        6 => (device.clone(), prop::bool::weighted(0.1))
            .prop_map(|(device, is_repeated)| Step::Up { device, is_repeated }),
        6 => (device.clone(), prop::bool::weighted(0.1))
            .prop_map(|(device, is_repeated)| Step::Down { device, is_repeated }),
        2 => Just(Step::Commit),
        2 => device.clone().prop_map(Step::Connect),
        1 => device.clone().prop_map(Step::Disconnect),
        1 => device.clone().prop_map(Step::Crash),
        8 => (device, trust::act()).prop_map(|(device, act)| Step::Trust(device, act)),
    ]
}

fn action(record: u8) -> RecordId {
    RecordId::derived(&format!("action {record}"))
}

fn budget_line() -> Vec<Command> {
    let (budget, line) = (RecordId::derived("budget"), RecordId::derived("line"));
    vec![
        Command::create(budget, vec![BudgetField::Name("FY27".into())]),
        Command::create(
            line,
            vec![
                BudgetLineField::Budget(Some(budget)),
                BudgetLineField::Name("Cloud".into()),
            ],
        ),
    ]
}

fn take(network: &mut Network, step: &Step) {
    match *step {
        Step::Create { device, record } => {
            let title = format!("Made by {device}");
            network.devices[device].run(&Command::create(
                action(record),
                vec![ActionField::Title(title)],
            ));
        }
        Step::Title {
            device,
            record,
            value,
        } => {
            let title = ActionField::Title(format!("Title {value}"));
            network.devices[device].run(&Command::edit(action(record), vec![title]));
        }
        Step::State { device, record } => {
            let state = ActionField::State(ActionState::Waiting);
            network.devices[device].run(&Command::edit(action(record), vec![state]));
        }
        Step::Amount {
            device,
            month,
            value,
        } => {
            let plan =
                BudgetLineField::Plan(Period::new(month).unwrap(), Some(Amount(value.into())));
            let edit = Command::edit(RecordId::derived("line"), vec![plan]);
            let commands = budget_line().into_iter().chain([edit]).collect();
            network.devices[device].run(&Command::Batch {
                label: "enter".into(),
                commands,
            });
        }
        Step::Delete { device, record } => {
            network.devices[device].run(&Command::Delete {
                kind: Kind::Action,
                id: action(record),
            });
        }
        Step::Restore { device, record } => {
            network.devices[device].run(&Command::Restore {
                kind: Kind::Action,
                id: action(record),
            });
        }
        Step::Undo { device, again } => {
            let mut effects = Effects::default();
            network.devices[device]
                .replica
                .undo(again, &mut effects)
                .unwrap();
            network.devices[device].carry_out(effects);
        }
        Step::Up {
            device,
            is_repeated,
        } => network.deliver_up(device, is_repeated),
        Step::Down {
            device,
            is_repeated,
        } => network.deliver_down(device, is_repeated),
        Step::Commit => network.commit(),
        Step::Connect(device) => network.connect(device),
        Step::Disconnect(device) => network.disconnect(device),
        Step::Crash(device) => network.crash(device),
        Step::Trust(device, act) => trust::take(network, device, act),
    }
}

/// Checks that all devices show one board, have one content hash, and that the board is what the documents hold.
fn check_converged(network: &mut Network) {
    let mut versions = Vec::new();
    for device in &mut network.devices {
        let mut effects = Effects::default();
        versions.push(device.replica.fingerprints(&mut effects).unwrap());
        for (id, held) in device.replica.documents.iter() {
            let state = (&held.relay_heads, held.graph.heads(), held.answered);
            assert_eq!(held.waiting, 0, "document {id}: {state:?}");
            assert!(held.is_level(), "document {id}: {state:?}");
        }
    }
    for pair in versions.windows(2) {
        assert_eq!(pair[0], pair[1], "heads or content differ");
    }
    for pair in network.devices.windows(2) {
        let differences = diff::diff(pair[0].replica.board(), pair[1].replica.board());
        assert!(differences.is_empty(), "{differences:#?}");
    }
    for at in 0..DEVICES {
        let device = &network.devices[at];
        let (fresh, _) = open(&device.folder, &device.store, at);
        let differences = diff::diff(device.replica.board(), fresh.board());
        assert!(
            differences.is_empty(),
            "the board is not what the documents hold: {differences:#?}"
        );
    }
}

/// Checks that everything that any device ever saved, and did not lose with its disk, is everywhere, under one number each.
fn check_nothing_lost(network: &Network) {
    let mut numbers = BTreeMap::new();
    for device in &network.devices {
        for (number, hash) in &device.numbers {
            let first = *numbers.entry(number).or_insert(hash);
            assert_eq!(first, hash, "a number names two changes");
        }
        for (id, hash) in &device.owed {
            let graph = network.relay.graphs.get(id);
            assert!(
                graph.is_some_and(|graph| graph.contains(hash)),
                "change {hash} of {id} is lost"
            );
        }
    }
}

/// Cases of a property: more when there is time.
fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(if std::env::var_os("ADJ_SLOW").is_some() {
        256
    } else {
        24
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_interleaving_loss_and_repetition_converges(steps in prop::collection::vec(step(), 1..80)) {
        let mut network = Network::new();
        for step in &steps {
            take(&mut network, step);
            network.check_boards(step);
        }
        network.settle();
        check_converged(&mut network);
        check_nothing_lost(&network);
    }
}

#[test]
fn what_waits_is_counted_until_the_relay_has_it_on_disk() {
    let mut network = Network::new();
    network.connect(0);
    network.settle();
    network.devices[0].run(&Command::create(
        action(1),
        vec![ActionField::Title("Call".into())],
    ));
    let waiting = network.devices[0].replica.waiting();
    assert!(waiting > 0);
    while !network.devices[0].up.is_empty() {
        network.deliver_up(0, false);
    }
    while !network.devices[0].down.is_empty() {
        network.deliver_down(0, false);
    }
    assert_eq!(
        network.devices[0].replica.waiting(),
        waiting,
        "acknowledged before it was durable"
    );
    network.settle();
    assert_eq!(network.devices[0].replica.waiting(), 0);
}

#[test]
fn an_unchanged_workspace_needs_one_small_message_a_document_to_reconnect() {
    let mut network = Network::new();
    for record in 0..4 {
        network.devices[0].run(&Command::create(
            action(record),
            vec![ActionField::Title("Call".into())],
        ));
    }
    network.settle();
    network.disconnect(0);
    network.connect(0);
    let sent: Vec<usize> = network.devices[0]
        .up
        .iter()
        .map(|(_, data)| data.len())
        .collect();
    assert_eq!(sent.len(), network.devices[0].replica.documents.len());
    // Two lists of at most three heads each, and an empty filter.
    assert!(sent.iter().all(|length| *length < 256), "{sent:?}");
}

/// Returns the document of an action that a device made, and forgets its content, as a document that is not loaded yet.
fn unload(device: &mut TestDevice, record: u8) -> DocumentId {
    let id = device
        .replica
        .board
        .document_of(Kind::Action, action(record))
        .unwrap();
    device.replica.held(id).document = None;
    id
}

/// A store whose document `of` cannot be read while it is set.
struct Failing {
    store: MemoryStore,
    of: Arc<std::sync::Mutex<Option<DocumentId>>>,
}

impl ChunkReader for Failing {
    fn documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        self.store.documents()
    }

    fn read_metas(&self, id: DocumentId) -> Result<adjutant_store::DocumentMetas, StoreError> {
        self.store.read_metas(id)
    }

    fn read_change(
        &self,
        id: DocumentId,
        hash: ChangeHash,
    ) -> Result<Option<Result<StoredChange, adjutant_store::Damaged>>, StoreError> {
        self.store.read_change(id, hash)
    }

    fn read_document(&self, id: DocumentId) -> Result<adjutant_store::DocumentChanges, StoreError> {
        if *self.of.lock().unwrap() == Some(id) {
            return Err(StoreError::Closed);
        }
        self.store.read_document(id)
    }

    fn read_value(&self, id: Option<DocumentId>, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.read_value(id, key)
    }

    fn damaged(&self) -> Result<Vec<adjutant_store::Damaged>, StoreError> {
        self.store.damaged()
    }

    fn reader(&self) -> Result<Box<dyn ChunkReader>, StoreError> {
        ChunkReader::reader(&self.store)
    }
}

#[test]
fn a_document_that_cannot_be_read_leaves_the_others_as_they_are() {
    let mut device = TestDevice::new(0);
    for command in budget_line() {
        device.run(&command);
    }
    device.run(&Command::create(
        action(1),
        vec![ActionField::Title("Call".into())],
    ));
    let line = RecordId::derived("line");
    let of_action = unload(&mut device, 1);
    let of_line = device
        .replica
        .board
        .document_of(Kind::BudgetLine, line)
        .unwrap();
    device.replica.held(of_line).document = None;
    let of = Arc::new(std::sync::Mutex::new(Some(of_action.max(of_line))));
    device.replica.set_store(Box::new(Failing {
        store: device.store.clone(),
        of: of.clone(),
    }));
    let both = Command::Batch {
        label: "rename".into(),
        commands: vec![
            Command::edit(action(1), vec![ActionField::Title("Ring".into())]),
            Command::edit(line, vec![BudgetLineField::Name("Hosting".into())]),
        ],
    };
    let mut effects = Effects::default();
    device.replica.execute(&both, &mut effects).unwrap_err();
    *of.lock().unwrap() = None;
    for id in [of_action, of_line] {
        device.replica.load(id, &mut effects).unwrap();
        let held = device.replica.held(id);
        let heads = held.document.as_ref().unwrap().heads();
        assert_eq!(heads, held.graph.heads(), "half of the command was done");
    }
}

#[test]
fn nothing_is_loaded_while_the_store_is_closed() {
    let mut device = TestDevice::new(0);
    device.run(&Command::create(
        action(1),
        vec![ActionField::Title("Call".into())],
    ));
    let id = unload(&mut device, 1);
    let actor = device.replica.identity.actor();
    device.replica.drop_store();
    let mut effects = Effects::default();
    device.replica.load(id, &mut effects).unwrap_err();
    let edit = Command::edit(action(1), vec![ActionField::Title("Ring".into())]);
    device.replica.execute(&edit, &mut effects).unwrap_err();
    device.replica.set_store(device.store.reader().unwrap());
    device.replica.execute(&edit, &mut effects).unwrap();
    assert_eq!(
        device.replica.identity.actor(),
        actor,
        "a whole document counts as short"
    );
    let held = device.replica.held(id);
    let heads = held.document.as_ref().unwrap().heads();
    assert_eq!(heads, held.graph.heads());
}

#[test]
fn edits_whose_numbers_another_copy_has_used_are_written_again() {
    let mut network = Network::new();
    let title = |text: &str| vec![ActionField::Title(text.into())];
    network.devices[0].run(&Command::create(action(1), title("Call")));
    network.settle();
    for at in 0..DEVICES {
        network.disconnect(at);
    }
    network.devices[1].replica.identity = network.devices[0].replica.identity.twin();
    network.devices[0].run(&Command::edit(action(1), title("Here")));
    network.devices[0].run(&Command::create(action(2), title("Made here")));
    network.devices[1].run(&Command::edit(action(1), title("In the copy")));
    network.connect(1);
    for _round in 0..100 {
        network.deliver_up(1, false);
        network.deliver_down(1, false);
        network.commit();
    }
    assert_eq!(network.devices[1].replica.waiting(), 0);
    network.settle();
    check_converged(&mut network);
    let board = network.devices[2].replica.board();
    assert_eq!(board.actions.get(&action(2)).unwrap().title, "Made here");
    let conflicts = &board.actions.get(&action(1)).unwrap().meta.conflicts;
    assert_eq!(conflicts.len(), 1, "one of the two titles is gone");
}
