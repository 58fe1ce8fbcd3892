//! Documents come when somebody talks about them and go when nobody does.
//!
//! Peers here are bare queues; the changes are Automerge's own.

use adjutant_store::{ChunkReader as _, MemoryStore};
use automerge::sync::{Message, State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ReadDoc as _};

use super::*;
use crate::access::Keys;
use crate::outbound::{Next, Outbound};
use adjutant_sync::wire::Frame;

fn registry(store: &MemoryStore) -> Arc<Registry> {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path(), false).unwrap();
    let parts = Parts {
        policy: Policy::new(&keys, true),
        limits: RelayLimits::default(),
        name: "relay".into(),
        storage: "storage".into(),
        writer: Writer::start(Box::new(store.clone())).unwrap(),
        readers: std::array::from_fn(|_| Reader::new(store.reader().unwrap())),
        snapshots: Snapshots::open(folder.path()).unwrap(),
    };
    Arc::new(Registry::new(parts).unwrap())
}

struct Talker {
    peer: Peer,
    document: AutoCommit,
    state: State,
}

impl Talker {
    fn new(registry: &Registry, name: &str) -> Self {
        Self {
            peer: Peer {
                id: registry.connection_id(),
                name: name.into(),
                relay: "relay".into(),
                outbound: Arc::new(Outbound::new(100, 1 << 20)),
                storage: None,
                subscriptions: Arc::default(),
            },
            document: AutoCommit::new(),
            state: State::new(),
        }
    }

    /// Talks about a document until both sides have the same.
    async fn level(&mut self, registry: &Arc<Registry>, id: DocumentId) {
        loop {
            if let Some(message) = self.document.sync().generate_sync_message(&mut self.state) {
                let heard = registry.hear(&self.peer, id, Kind::Sync, message.encode());
                heard.await.unwrap().unwrap();
            }
            let heads = self.document.get_heads();
            if self.state.their_heads.as_ref() == Some(&heads) && !heads.is_empty() {
                return;
            }
            let Next::Send(frame) = self.peer.outbound.next().await else {
                panic!("only messages are due");
            };
            let Frame::Sync { data, .. } = Frame::decode(&frame).unwrap() else {
                panic!("only sync messages are due");
            };
            let message = Message::decode(&data).unwrap();
            self.document
                .sync()
                .receive_sync_message(&mut self.state, message)
                .unwrap();
        }
    }
}

#[tokio::test]
async fn a_document_that_nobody_talks_about_is_let_go_and_comes_back_whole() {
    let store = MemoryStore::new();
    let registry = registry(&store);
    let id = DocumentId([3; 16]);
    for round in 0..10 {
        let mut anna = Talker::new(&registry, "anna");
        if round > 0 {
            // An empty document takes over what the relay kept.
            anna.level(&registry, id).await;
        }
        anna.document
            .put(automerge::ROOT, format!("{round}"), 1)
            .unwrap();
        anna.level(&registry, id).await;
        assert_eq!(registry.open_documents(), 1);
        assert_eq!(anna.document.length(automerge::ROOT), round + 1);
        registry.leave(anna.peer.id, [id]).await.unwrap();
        assert_eq!(registry.open_documents(), 0);
    }
}

#[test]
fn a_device_is_counted_out_when_it_leaves() {
    let registry = registry(&MemoryStore::new());
    let device = "0123456789abcdef0123456789abcdef";
    let name = |number: usize| format!("{device}-{number}");
    let entries: Vec<Option<Entry>> = (0..limits::CONNECTIONS_PER_DEVICE)
        .map(|number| registry.enter(&name(number)))
        .collect();
    assert!(entries.iter().all(Option::is_some));
    assert!(registry.enter(&name(99)).is_none());
    drop(entries);
    assert!(registry.enter(&name(99)).is_some());
}
