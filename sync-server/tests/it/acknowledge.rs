//! An acknowledgement means durable, and nothing is acknowledged that is not.
//!
//! The store's gate decides when a commit happens; the order of frames on one connection proves what came before it.

use adjutant_relay::{Relay, RelayConfig, Running};
use adjutant_store::MemoryStore;
use adjutant_sync::wire::Frame;
use std::sync::mpsc::SyncSender;
use tempfile::TempDir;

use crate::it::device::{Device, document};
use crate::it::program::get;
use crate::it::store::{Permit, gated};

async fn gated_relay() -> (Running, SyncSender<Permit>, MemoryStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (store, permit) = gated();
    let memory = store.inner.clone();
    let config = RelayConfig::new(folder.path(), ([127, 0, 0, 1], 0).into());
    let relay = Relay::start_on(config, Box::new(store)).await.unwrap();
    (relay, permit, memory, folder)
}

/// Asks about a document that nobody has: everything that the relay queued before the answer comes before it.
async fn heard_before_now(device: &mut Device, unknown: adjutant_base::DocumentId) -> Vec<Frame> {
    device.documents.remove(&unknown);
    device.say(unknown).await;
    let mut before = Vec::new();
    loop {
        let frame = device.hear().await.unwrap();
        if matches!(&frame, Frame::DocUnavailable { document, .. } if *document == unknown) {
            return before;
        }
        before.push(frame);
    }
}

#[tokio::test]
async fn readers_are_served_at_once_and_the_author_answered_after_the_commit() {
    let (relay, permit, memory, _folder) = gated_relay().await;
    let link = relay.join_link();
    let (id, unknown) = (document(&link, 1), document(&link, 9));
    let mut anna = Device::join(&link, "anna").await;
    let mut bert = Device::join(&link, "bert").await;
    bert.say(id).await;
    assert!(matches!(
        bert.hear().await,
        Some(Frame::DocUnavailable { .. })
    ));

    anna.put(id, "a", 1);
    anna.say(id).await;
    let answer = anna.hear().await.unwrap(); // The relay asks for what it lacks.
    anna.take(answer);
    anna.say(id).await;
    bert.talk(id, |bert| bert.keys(id).len() == 1).await;
    assert_eq!(memory.read(id), 0, "the gate is closed");
    assert_eq!(heard_before_now(&mut anna, unknown).await, []);
    assert!(!anna.is_acknowledged(id));

    // Not even to a new connection, which might take the answer for an acknowledgement.
    let mut anna = anna.rejoin(&link).await;
    anna.say(id).await;
    assert_eq!(heard_before_now(&mut anna, unknown).await, []);

    permit.send(Permit::Commit).unwrap();
    let answer = anna.hear().await.unwrap();
    anna.take(answer);
    assert!(anna.is_acknowledged(id));
    assert_eq!(memory.read(id), 1);
    drop(permit);
    relay.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_failed_store_acknowledges_nothing_and_says_so() {
    let (relay, permit, memory, _folder) = gated_relay().await;
    let link = relay.join_link();
    let (id, unknown) = (document(&link, 1), document(&link, 9));
    permit.send(Permit::Commit).unwrap();
    assert_eq!(get(&link.address, "/readyz").await.0, 200);
    let mut anna = Device::join(&link, "anna").await;
    anna.put(id, "a", 1);
    anna.say(id).await;
    let answer = anna.hear().await.unwrap();
    anna.take(answer);
    permit.send(Permit::Fail).unwrap();
    anna.say(id).await;
    relay.failed().await;
    assert_eq!(heard_before_now(&mut anna, unknown).await, []);
    // Nor anything later, though the disk would take it again.
    permit.send(Permit::Commit).unwrap();
    let later = document(&link, 2);
    anna.put(later, "b", 1);
    anna.say(later).await;
    let answer = anna.hear().await.unwrap();
    anna.take(answer);
    anna.say(later).await;
    assert_eq!(heard_before_now(&mut anna, unknown).await, []);
    assert_eq!(memory.read(later), 0);
    assert_eq!(get(&link.address, "/readyz").await.0, 503);
    assert_eq!(get(&link.address, "/healthz").await.0, 200);
    relay.shutdown().await.unwrap_err();
}

trait Count {
    fn read(&self, id: adjutant_base::DocumentId) -> usize;
}

impl Count for MemoryStore {
    fn read(&self, id: adjutant_base::DocumentId) -> usize {
        use adjutant_store::ChunkReader as _;
        self.read_metas(id).unwrap().metas.len()
    }
}
