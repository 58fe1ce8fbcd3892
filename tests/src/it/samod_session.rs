//! Our session against samod's, about one document, whatever happens to the connection and to either end.
//!
//! No sockets: frames go through channels in one thread, so a story is the same each time as far as samod lets it. The rule:
//! once both are connected for good they end with equal heads, whatever was cut off, lost with a restart or written meanwhile.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use adjutant_base::{ChangeHash, DocumentId, StoredChange};
use adjutant_sync::gate::check_change;
use adjutant_sync::graph::{ChangeGraph, Inserted};
use adjutant_sync::session::{Role, Session};
use adjutant_sync::wire::{Frame, PROTOCOL_VERSION, PeerMetadata};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, Automerge, ROOT};
use futures_util::{StreamExt as _, sink, stream};
use proptest::prelude::*;
use samod::storage::InMemoryStorage;
use samod::{BackoffConfig, DialError, Dialer, DialerHandle, DocHandle, Repo, Transport};
use tokio::sync::mpsc;

use crate::world::LIMIT;

/// Frames that may be on their way in one direction; no story comes near it.
const ON_THE_WAY: usize = 10_000;
/// How often samod's tasks get their turn before a step is over.
const TURNS: usize = 100;

/// Our end of a connection.
struct Line {
    to_samod: mpsc::Sender<Vec<u8>>,
    from_samod: mpsc::Receiver<Vec<u8>>,
}

/// Makes a connection; returns our end and samod's.
fn line() -> (Line, Transport) {
    let (to_samod, incoming) = mpsc::channel(ON_THE_WAY);
    let (outgoing, from_samod) = mpsc::channel(ON_THE_WAY);
    let stream = stream::unfold(incoming, async |mut incoming: mpsc::Receiver<Vec<u8>>| {
        let frame = incoming.recv().await?;
        Some((Ok::<_, Infallible>(frame), incoming))
    });
    let sink = sink::unfold(
        outgoing,
        async |outgoing: mpsc::Sender<Vec<u8>>, frame: Vec<u8>| {
            outgoing.send(frame).await?;
            Ok::<_, mpsc::error::SendError<Vec<u8>>>(outgoing)
        },
    );
    let ours = Line {
        to_samod,
        from_samod,
    };
    (ours, Transport::new(stream.boxed(), Box::pin(sink)))
}

/// Lets samod dial us.
struct LineDialer(mpsc::Sender<Line>);

impl Dialer for LineDialer {
    type Error = Infallible;

    fn url(&self) -> samod::Url {
        "line://ours/".parse().unwrap()
    }

    fn connect(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Transport, DialError<Infallible>>> + Send>> {
        let answer = self.0.clone();
        Box::pin(async move {
            let (ours, theirs) = line();
            answer.send(ours).await.map_err(DialError::transient)?;
            Ok(theirs)
        })
    }
}

/// Our end: a graph, the bytes of its changes, a document that makes changes, and a session while there is a connection.
struct Ours {
    role: Role,
    id: DocumentId,
    writer: u8,
    document: AutoCommit,
    graph: ChangeGraph,
    chunks: BTreeMap<ChangeHash, Arc<[u8]>>,
    /// What a restart leaves.
    disk: BTreeMap<ChangeHash, Arc<[u8]>>,
    session: Session,
    line: Option<Line>,
}

impl Ours {
    fn new(role: Role, id: DocumentId) -> Self {
        let actor = ActorId::from([1].as_slice());
        Self {
            role,
            id,
            writer: 1,
            document: AutoCommit::new().with_actor(actor),
            graph: ChangeGraph::new(),
            chunks: BTreeMap::new(),
            disk: BTreeMap::new(),
            session: Session::new(role),
            line: None,
        }
    }

    fn write(&mut self, value: u8) {
        let key = format!("key {}", value % 5);
        self.document.put(ROOT, key, i64::from(value)).unwrap();
        self.document.commit();
        self.follow_document();
    }

    fn follow_document(&mut self) {
        for change in self.document.get_changes(&[]) {
            if !self.chunks.contains_key(&ChangeHash(change.hash().0)) {
                self.take(check_change(change.raw_bytes()).unwrap());
            }
        }
    }

    fn take(&mut self, change: StoredChange) {
        match self.graph.insert(change.meta.clone()) {
            Inserted::New(_) | Inserted::Known | Inserted::Orphan => {}
            Inserted::Refused(refusal) => panic!("{refusal}"),
        }
        self.chunks.insert(change.meta.hash, change.bytes);
    }

    fn save(&mut self) {
        self.disk.clone_from(&self.chunks);
        for hash in self.disk.keys() {
            self.graph.mark_durable(hash);
        }
    }

    /// Loses whatever is not on the disk, and goes on as another actor.
    fn restart(&mut self) {
        let mut again = Self::new(self.role, self.id);
        again.writer = self.writer + 1;
        let actor = ActorId::from([again.writer].as_slice());
        again.document.set_actor(actor);
        for bytes in self.disk.values() {
            let raw = automerge::Change::from_bytes(bytes.to_vec()).unwrap();
            again.document.apply_changes([raw]).unwrap();
            again.take(check_change(bytes).unwrap());
        }
        again.save();
        *self = again;
    }

    async fn hear(&mut self, frame: &[u8]) {
        let frame = Frame::decode(frame).unwrap();
        let is_request = matches!(frame, Frame::Request { .. });
        match frame {
            Frame::Request { document, data, .. } | Frame::Sync { document, data, .. } => {
                assert_eq!(document, self.id);
                let had_nothing = self.graph.is_empty();
                let incoming = self.session.receive(&self.graph, &data).unwrap();
                let brings_nothing = incoming.changes.is_empty() && incoming.documents.is_empty();
                for bytes in incoming.documents {
                    let mut whole = AutoCommit::load(&bytes).unwrap();
                    self.document.merge(&mut whole).unwrap();
                    self.follow_document();
                }
                for change in incoming.changes {
                    let raw = automerge::Change::from_bytes(change.bytes.to_vec()).unwrap();
                    self.document.apply_changes([raw]).unwrap();
                    self.take(change);
                }
                if is_request && had_nothing && brings_nothing {
                    let unavailable = Frame::DocUnavailable {
                        sender: "ours".to_owned(),
                        target: "samod".to_owned(),
                        document,
                    };
                    self.send(&unavailable).await;
                    return;
                }
            }
            Frame::DocUnavailable { .. } | Frame::Leave { .. } => return,
            odd @ (Frame::Join { .. }
            | Frame::Peer { .. }
            | Frame::Ephemeral { .. }
            | Frame::Error { .. }
            | Frame::RemoteSubscriptionChange { .. }
            | Frame::RemoteHeadsChanged { .. }
            | _) => panic!("{odd:?}"),
        }
        self.speak().await;
    }

    async fn speak(&mut self) {
        // A relay hears of a document before it speaks of it.
        while self.line.is_some()
            && (self.role == Role::Desktop || self.session.their_heads().is_some())
        {
            let chunks = &self.chunks;
            let mut fetch = |hash: &ChangeHash| chunks.get(hash).cloned();
            let Some(data) = self.session.generate(&self.graph, &mut fetch) else {
                return;
            };
            let (sender, target) = ("ours".to_owned(), "samod".to_owned());
            let document = self.id;
            let frame = if self.graph.is_empty() && self.role == Role::Desktop {
                Frame::Request {
                    sender,
                    target,
                    document,
                    data,
                }
            } else {
                Frame::Sync {
                    sender,
                    target,
                    document,
                    data,
                }
            };
            self.send(&frame).await;
        }
    }

    async fn send(&self, frame: &Frame) {
        // What is said into a connection that samod has ended is lost, as on a socket.
        if let Some(line) = &self.line {
            line.to_samod.send(frame.encode()).await.ok();
        }
    }
}

/// Samod with one document.
struct Theirs {
    storage: InMemoryStorage,
    repo: Repo,
    handle: Option<DocHandle>,
    dialled: Option<DialerHandle>,
}

impl Theirs {
    async fn start(storage: InMemoryStorage) -> Self {
        let builder = Repo::build_tokio().with_storage(storage.clone());
        Self {
            storage,
            repo: builder.with_peer_id("samod".into()).load().await,
            handle: None,
            dialled: None,
        }
    }

    fn handle(&self) -> &DocHandle {
        self.handle.as_ref().unwrap()
    }

    fn write(&self, value: u8) {
        let key = format!("key {}", value % 5);
        self.handle().with_document(|document| {
            let written = document.transact(|tx| tx.put(ROOT, key, i64::from(value)));
            written.unwrap();
        });
    }

    fn heads(&self) -> Vec<ChangeHash> {
        let heads = self.handle().with_document(|document| document.get_heads());
        let mut heads: Vec<ChangeHash> = heads.into_iter().map(|head| ChangeHash(head.0)).collect();
        heads.sort_unstable();
        heads
    }
}

/// Both ends.
struct Pair {
    ours: Ours,
    theirs: Theirs,
}

impl Pair {
    /// Begins with a document that one of the two has made.
    async fn start(role: Role, is_samods: bool) -> Self {
        let mut theirs = Theirs::start(InMemoryStorage::new()).await;
        if is_samods {
            let mut content = Automerge::new();
            content
                .transact(|tx| tx.put(ROOT, "title", "theirs"))
                .unwrap();
            let handle = theirs.repo.create(content).await.unwrap();
            let id = handle.document_id().to_string().parse().unwrap();
            theirs.handle = Some(handle);
            return Self {
                ours: Ours::new(role, id),
                theirs,
            };
        }
        let mut ours = Ours::new(role, DocumentId([7; 16]));
        ours.write(0);
        let mut pair = Self { ours, theirs };
        pair.connect().await;
        let id = vec![7; 16].try_into().unwrap();
        let mut finding = tokio::spawn(pair.theirs.repo.find(id));
        loop {
            pair.ours.save();
            pair.ours.speak().await;
            let line = pair.ours.line.as_mut().unwrap();
            tokio::select! {
                found = &mut finding => {
                    pair.theirs.handle = found.unwrap().unwrap();
                    return pair;
                }
                frame = line.from_samod.recv() => pair.ours.hear(&frame.unwrap()).await,
            }
        }
    }

    async fn connect(&mut self) {
        let repo = &self.theirs.repo;
        let mut line = if self.ours.role == Role::Relay {
            let (answer, mut dialled) = mpsc::channel(1);
            let dialer = Arc::new(LineDialer(answer));
            let dialling = repo.dial(BackoffConfig::default(), dialer).unwrap();
            self.theirs.dialled = Some(dialling);
            dialled.recv().await.unwrap()
        } else {
            let (ours, transport) = line();
            let acceptor = repo.make_acceptor("line://samod/".parse().unwrap());
            acceptor.unwrap().accept(transport).unwrap();
            let join = Frame::join("ours", PeerMetadata::default());
            ours.to_samod.send(join.encode()).await.unwrap();
            ours
        };
        let first = Frame::decode(&line.from_samod.recv().await.unwrap()).unwrap();
        match first {
            Frame::Join { versions, .. } => {
                assert_eq!(versions, [PROTOCOL_VERSION]);
                let peer = Frame::peer("ours", "samod", PeerMetadata::default());
                line.to_samod.send(peer.encode()).await.unwrap();
            }
            Frame::Peer { .. } => {}
            odd @ (Frame::Request { .. }
            | Frame::Sync { .. }
            | Frame::DocUnavailable { .. }
            | Frame::Ephemeral { .. }
            | Frame::Leave { .. }
            | Frame::Error { .. }
            | Frame::RemoteSubscriptionChange { .. }
            | Frame::RemoteHeadsChanged { .. }
            | _) => panic!("{odd:?}"),
        }
        self.ours.line = Some(line);
        // What is worth remembering is remembered, as a device does; a relay begins anew.
        self.ours.session = match self.ours.role {
            Role::Relay => Session::new(Role::Relay),
            Role::Desktop => Session::restore(Role::Desktop, &self.ours.session.save()).unwrap(),
        };
        self.ours.speak().await;
    }

    async fn cut(&mut self) {
        self.ours.line = None;
        if let Some(dialled) = self.theirs.dialled.take() {
            dialled.close();
        }
        // So that samod notices before the next connection.
        self.take_turns(0).await;
    }

    /// Lets both talk until so many frames have come or samod has nothing to do.
    async fn take_turns(&mut self, frames: u8) {
        let mut left = frames;
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
            while left > 0 {
                let line = self.ours.line.as_mut();
                let Some(frame) = line.and_then(|line| line.from_samod.try_recv().ok()) else {
                    break;
                };
                left -= 1;
                self.ours.hear(&frame).await;
            }
        }
    }

    async fn follow(&mut self, step: &Step) {
        match step {
            Step::OursWrites(value) => {
                self.ours.write(*value);
                self.ours.speak().await;
            }
            Step::TheirsWrites(value) => self.theirs.write(*value),
            Step::Talk(frames) => {
                if self.ours.line.is_none() {
                    self.connect().await;
                }
                self.take_turns(*frames).await;
            }
            Step::Cut => self.cut().await,
            Step::Save => {
                self.ours.save();
                self.ours.speak().await;
            }
            Step::OursRestarts => {
                self.cut().await;
                self.ours.restart();
            }
            Step::TheirsRestarts => {
                self.cut().await;
                let id = self.theirs.handle().document_id().clone();
                self.theirs.repo.stop().await;
                self.theirs = Theirs::start(self.theirs.storage.clone()).await;
                self.theirs.handle = self.theirs.repo.find(id).await.unwrap();
            }
        }
    }

    /// Leaves both connected until they are level.
    async fn end(&mut self) {
        if self.ours.line.is_none() {
            self.connect().await;
        }
        let mut changes = Box::pin(self.theirs.handle().changes());
        loop {
            self.ours.save();
            self.ours.speak().await;
            let (ours, theirs) = (self.ours.graph.heads(), self.theirs.heads());
            if ours == theirs {
                return;
            }
            let line = self.ours.line.as_mut().unwrap();
            let next = async {
                tokio::select! {
                    frame = line.from_samod.recv() => Some(frame.expect("samod has ended the connection")),
                    _changed = changes.next() => None,
                }
            };
            let Ok(frame) = tokio::time::timeout(LIMIT, next).await else {
                panic!("ours is at {ours:?}, samod at {theirs:?}, and nobody speaks");
            };
            if let Some(frame) = frame {
                self.ours.hear(&frame).await;
            }
        }
    }
}

/// What may happen.
#[derive(Debug, Clone)]
enum Step {
    OursWrites(u8),
    TheirsWrites(u8),
    /// Both are connected, and we take so many frames.
    Talk(u8),
    /// The connection ends, and with it whatever is on its way.
    Cut,
    /// Our disk has what we have.
    Save,
    OursRestarts,
    TheirsRestarts,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<u8>().prop_map(Step::OursWrites),
        4 => any::<u8>().prop_map(Step::TheirsWrites),
        5 => (0..6_u8).prop_map(Step::Talk),
        2 => Just(Step::Cut),
        2 => Just(Step::Save),
        1 => Just(Step::OursRestarts),
        1 => Just(Step::TheirsRestarts),
    ];
    prop::collection::vec(step, 0..30)
}

fn check(role: Role, is_samods: bool, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut pair = Box::pin(Pair::start(role, is_samods)).await;
        for step in steps {
            pair.follow(step).await;
        }
        pair.end().await;
        pair.theirs.repo.stop().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("ADJ_SLOW").is_some() { 300 } else { 40 }))]

    #[test]
    fn a_relays_session_and_samod_always_end_level(is_samods in any::<bool>(), steps in steps()) {
        check(Role::Relay, is_samods, &steps);
    }

    #[test]
    fn a_desktops_session_and_samod_always_end_level(is_samods in any::<bool>(), steps in steps()) {
        check(Role::Desktop, is_samods, &steps);
    }
}
