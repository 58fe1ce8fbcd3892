//! Changes that are sound in themselves and cannot be part of a document, and those that may be one day.

use adjutant_base::DocumentId;
use automerge::sync::{ChunkList, Message, MessageVersion, State};
use automerge::{ActorId, AutoCommit, Change};

use crate::it::device::{Device, document};
use crate::it::share::relay;

/// Lets a device write a document as this actor.
fn write_as(device: &mut Device, id: DocumentId, actor: u8, keys: &[&str]) {
    let fresh = AutoCommit::new().with_actor(ActorId::from([actor; 20].as_slice()));
    device.documents.insert(id, (fresh, State::new()));
    for key in keys {
        device.put(id, key, device.name.clone());
    }
}

/// A sync message of version 1 that says that its sender has `head`, and carries `change`.
fn message(head: &Change, change: &Change) -> Vec<u8> {
    let message = Message {
        heads: vec![head.hash()],
        need: Vec::new(),
        have: Vec::new(),
        changes: ChunkList::from(vec![change.raw_bytes().to_vec()]),
        flags: None,
        version: MessageVersion::V1,
    };
    message.encode()
}

#[tokio::test]
async fn a_second_change_with_one_number_is_refused_and_nothing_else() {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let (id, other) = (document(&link, 1), document(&link, 2));
    let mut anna = Device::join(&link, "anna").await;
    write_as(&mut anna, id, 7, &["a"]);
    anna.push(id).await;

    // A restored backup that goes on where it had gone on before.
    let mut twin = Device::join(&link, "twin").await;
    twin.put(other, "of the twin", 1);
    twin.push(other).await;
    write_as(&mut twin, id, 7, &["b"]);
    let change = twin.documents.get_mut(&id).unwrap().0.get_changes(&[])[0].clone();
    let frame = twin.sync_frame(id, message(&change, &change));
    twin.send(frame.encode()).await;
    let words = twin.last_words().await;
    assert!(
        words.contains("another change with the number 1"),
        "{words}"
    );

    // Neither document nor neighbour has noticed.
    anna.put(id, "c", 1);
    anna.push(id).await;
    anna.pull(other, 1).await;
    let mut late = Device::join(&link, "late").await;
    late.pull(id, 2).await;
    assert_eq!(late.keys(id), ["a", "c"]);
}

#[tokio::test]
async fn a_change_that_waits_for_others_is_kept_until_they_come() {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    write_as(&mut anna, id, 7, &["a", "b", "c"]);
    let changes = anna.documents.get_mut(&id).unwrap().0.get_changes(&[]);
    // The last first; the relay asks for what is missing, and has all when it has come.
    for place in [2, 1, 0] {
        let frame = anna.sync_frame(id, message(&changes[2], &changes[place]));
        anna.send(frame.encode()).await;
    }
    let mut late = Device::join(&link, "late").await;
    late.pull(id, 3).await;
}
