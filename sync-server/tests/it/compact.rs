//! Newcomers get a whole document; nobody waits for it to be made, and nothing depends on it.

use std::io::Read as _;

use adjutant_base::{DocumentId, JoinLink, hex, limits};
use adjutant_relay::{Relay, RelayConfig, Running};
use adjutant_sync::wire::Frame;
use automerge::sync::{Message, MessageVersion};

use crate::it::device::{Device, document, within};
use crate::it::program::Process;
use crate::it::share::relay;

/// Fills a document with more than is compacted, in `count` changes.
async fn fill(device: &mut Device, id: DocumentId, count: usize) {
    let share = usize::try_from(limits::COMPACT_TAIL_BYTES).unwrap() / count + 1;
    for number in 0..count {
        // Text that Automerge cannot make smaller than the limit.
        let text: String = (0..share)
            .map(|at| char::from(b'a' + u8::try_from((at * 7 + number * at) % 26).unwrap()))
            .collect();
        device.put(id, &number.to_string(), format!("{number}{text}{text}"));
    }
    device.push(id).await;
}

/// Returns bytes that nothing can make smaller.
fn noise(size: usize) -> Vec<u8> {
    let next = |last: &u64| Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    let numbers = std::iter::successors(Some(1), next);
    numbers
        .map(|number| number.to_be_bytes()[0])
        .take(size)
        .collect()
}

async fn compacted(relay: &Running) {
    let mut made = relay.compactions();
    within(made.wait_for(|made| *made > 0)).await.unwrap();
}

/// Joins with nothing, pulls `keys` keys and returns the versions of the messages that brought changes.
async fn join_new(link: &JoinLink, name: &str, id: DocumentId, keys: usize) -> Vec<MessageVersion> {
    let mut device = Device::join(link, name).await;
    let mut versions = Vec::new();
    device.say(id).await;
    while device.keys(id).len() < keys {
        let frame = device.hear().await.expect("the relay ended the talk");
        if let Frame::Sync { data, .. } = &frame {
            let message = Message::decode(data).unwrap();
            if !message.changes.is_empty() {
                versions.push(message.version);
            }
        }
        device.take(frame);
        device.say(id).await;
    }
    assert_eq!(device.keys(id).len(), keys);
    versions
}

#[tokio::test]
async fn a_newcomer_gets_a_whole_document_and_what_came_after_it() {
    let (relay, folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    fill(&mut anna, id, 50).await;
    compacted(&relay).await;
    assert_eq!(join_new(&link, "bert", id, 50).await, [MessageVersion::V2]);
    anna.put(id, "later", 1);
    anna.push(id).await;
    let versions = join_new(&link, "cleo", id, 51).await;
    assert_eq!(versions, [MessageVersion::V2, MessageVersion::V1]);
    // And after a restart, at once.
    relay.shutdown().await.unwrap();
    let config = RelayConfig::new(folder.path(), link.address.socket().unwrap());
    let relay = Relay::start(config).await.unwrap();
    let versions = join_new(&link, "dora", id, 51).await;
    assert_eq!(versions, [MessageVersion::V2, MessageVersion::V1]);
    relay.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_damaged_or_foreign_snapshot_costs_nothing_but_itself() {
    let (relay, folder) = relay().await;
    let link = relay.join_link();
    let (id, other) = (document(&link, 1), document(&link, 2));
    let mut anna = Device::join(&link, "anna").await;
    fill(&mut anna, id, 20).await;
    compacted(&relay).await;
    let path = |id: DocumentId| {
        let name = format!("{}.snapshot", hex::encode(&id.0));
        folder.path().join("snapshots").join(name)
    };
    let whole = std::fs::read(path(id)).unwrap();
    let mut bad = whole.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    std::fs::write(path(id), bad).unwrap();
    assert_eq!(join_new(&link, "bert", id, 20).await, [MessageVersion::V1]);
    // One of another document under this one's name.
    std::fs::write(path(other), whole).unwrap();
    anna.put(other, "a", 1);
    anna.push(other).await;
    assert_eq!(
        join_new(&link, "cleo", other, 1).await,
        [MessageVersion::V1]
    );
    relay.shutdown().await.unwrap();
}

/// A snapshot that is newer than the store, as after the restoring of a backup, must not be taken for durable.
#[tokio::test]
async fn a_snapshot_that_is_ahead_of_the_store_is_not_sent() {
    let (relay, folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    fill(&mut anna, id, 20).await;
    compacted(&relay).await;
    relay.shutdown().await.unwrap();
    for ending in ["", "-wal", "-shm"] {
        let file = folder.path().join(format!("relay.sqlite{ending}"));
        std::fs::remove_file(file).ok(); // The log may be gone already.
    }
    // A store from before anything was written.
    drop(adjutant_store::SqliteStore::open(&folder.path().join("relay.sqlite")).unwrap());
    let config = RelayConfig::new(folder.path(), link.address.socket().unwrap());
    let relay = Relay::start(config).await.unwrap();
    let mut bert = Device::join(&link, "bert").await;
    bert.say(id).await;
    let answer = bert.hear().await.unwrap();
    assert!(matches!(answer, Frame::DocUnavailable { .. }), "{answer:?}");
    // The device that has it brings it back.
    let mut anna = anna.rejoin(&link).await;
    anna.push(id).await;
    bert.pull(id, 20).await;
    relay.shutdown().await.unwrap();
}

/// The compactor writes into a pipe in place of its draft, so it is stopped at exactly so many bytes; what had been
/// written then lies there when the relay starts again.
#[cfg(unix)]
#[tokio::test]
async fn a_relay_killed_at_any_byte_of_a_snapshot_starts_again_and_lacks_nothing() {
    for written in [1, 36, 1_000, 70_000, 150_000, usize::MAX] {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start(folder.path(), "127.0.0.1:0");
        let link = process.link.clone();
        let id = document(&link, 1);
        let name = format!("snapshots/{}", hex::encode(&id.0));
        let draft = folder.path().join(format!("{name}.draft"));
        let made = std::process::Command::new("mkfifo").arg(&draft).status();
        assert!(made.unwrap().success());
        let pipe = draft.clone();
        let reading = tokio::task::spawn_blocking(move || {
            // Waits until the compactor opens it.
            let mut pipe = std::fs::File::open(pipe).unwrap().take(written as u64);
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).unwrap();
            (bytes, pipe)
        });
        let mut anna = Device::join(&link, "anna").await;
        for number in 0..4 {
            anna.put(id, &number.to_string(), noise(64 << 10));
        }
        anna.push(id).await;
        let (bytes, pipe) = within(reading).await.unwrap();
        assert!(
            bytes.len() == written || written == usize::MAX,
            "{}",
            bytes.len()
        );
        if written < usize::MAX {
            // It is held in the middle, and nobody waits for it.
            anna.put(id, "meanwhile", 1);
            anna.push(id).await;
        }
        process.child.kill().unwrap();
        process.child.wait().unwrap();
        drop(pipe);
        std::fs::remove_file(&draft).ok(); // The last one has its name already, or was given up.
        std::fs::write(&draft, bytes).unwrap();

        let process = Process::start(folder.path(), &link.address.to_string());
        assert!(!draft.exists(), "what was half written is cleared away");
        let mut anna = anna.rejoin(&link).await;
        anna.put(id, "afterwards", 1);
        anna.push(id).await;
        let mut bert = Device::join(&link, "bert").await;
        bert.pull(id, anna.keys(id).len()).await;
        drop(process);
        let store = folder.path().join("relay.sqlite");
        let seen = adjutant_store::SqliteStore::inspect(&store).unwrap();
        assert!(seen.is_good(), "{seen:?}");
    }
}
