//! What peers pass on through the relay: presence, and word of what other stores hold.
//!
//! A reader's next frame is compared with what it should be; a frame too many would stand before it.

use adjutant_base::{DocumentId, limits};
use adjutant_sync::gossip::spell_head;
use adjutant_sync::wire::{Frame, RemoteHeads};

use crate::it::device::{Device, document};
use crate::it::share::relay;

fn passing(sender: &str, target: &str, document: DocumentId, count: u64) -> Frame {
    Frame::Ephemeral {
        sender: sender.to_owned(),
        target: target.to_owned(),
        document,
        session_id: "s".to_owned(),
        count,
        data: b"here".to_vec(),
    }
}

/// Returns the next frame that is no sync message.
async fn next(device: &mut Device) -> Frame {
    loop {
        let frame = device.hear().await.expect("the relay ended the talk");
        if !matches!(frame, Frame::Sync { .. }) {
            return frame;
        }
    }
}

/// Three devices at one document.
async fn three(
    names: [&str; 3],
) -> (
    adjutant_relay::Running,
    tempfile::TempDir,
    [Device; 3],
    DocumentId,
) {
    let (relay, folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut devices = [
        Device::join(&link, names[0]).await,
        Device::join(&link, names[1]).await,
        Device::join(&link, names[2]).await,
    ];
    devices[0].put(id, "a", 1);
    devices[0].push(id).await;
    for device in &mut devices[1..] {
        device.pull(id, 1).await;
    }
    (relay, folder, devices, id)
}

#[tokio::test]
async fn a_passing_message_that_readers_send_back_goes_round_once() {
    let (_relay, _folder, [mut anna, mut bert, mut cleo], id) =
        three(["anna", "bert", "cleo"]).await;
    for count in 1..4 {
        anna.send(passing("anna", "relay", id, count).encode())
            .await;
        assert_eq!(next(&mut bert).await, passing("anna", "bert", id, count));
        // As automerge-repo's clients do: in the author's name, to everybody but the author.
        bert.send(passing("anna", "relay", id, count).encode())
            .await;
        assert_eq!(next(&mut cleo).await, passing("anna", "cleo", id, count));
        cleo.send(passing("anna", "relay", id, count).encode())
            .await;
    }
    // One that comes again, or late, from the author himself.
    anna.send(passing("anna", "relay", id, 2).encode()).await;
    anna.send(passing("anna", "relay", id, 4).encode()).await;
    assert_eq!(next(&mut bert).await, passing("anna", "bert", id, 4));
    assert_eq!(next(&mut cleo).await, passing("anna", "cleo", id, 4));
    cleo.send(passing("cleo", "relay", id, 1).encode()).await;
    assert_eq!(
        next(&mut anna).await,
        passing("cleo", "anna", id, 1),
        "nothing came back to the author"
    );
}

#[tokio::test]
async fn nobody_is_present_in_anothers_name() {
    let (_relay, _folder, [mut anna, mut bert, mut cleo], id) =
        three(["anna", "bert", "cleo"]).await;
    bert.send(passing("anna", "relay", id, 100).encode()).await;
    // Somebody who is not here may be spoken for: the peer may be a bridge to others.
    bert.send(passing("dora", "relay", id, 1).encode()).await;
    assert_eq!(next(&mut cleo).await, passing("dora", "cleo", id, 1));
    assert_eq!(next(&mut anna).await, passing("dora", "anna", id, 1));
    anna.send(passing("anna", "relay", id, 1).encode()).await;
    assert_eq!(
        next(&mut cleo).await,
        passing("anna", "cleo", id, 1),
        "the forgery has used up no count"
    );
}

#[tokio::test]
async fn a_passing_message_that_is_too_large_ends_the_connection() {
    let (_relay, _folder, [mut anna, mut bert, _cleo], id) = three(["anna", "bert", "cleo"]).await;
    let mut large = passing("anna", "relay", id, 1);
    if let Frame::Ephemeral { data, .. } = &mut large {
        *data = vec![0; limits::EPHEMERAL_BYTES + 1];
    }
    anna.send(large.encode()).await;
    assert!(anna.last_words().await.contains("limit"));
    bert.send(passing("bert", "relay", id, 1).encode()).await;
}

fn subscription(device: &Device, add: &[&str], remove: &[&str]) -> Vec<u8> {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let frame = Frame::RemoteSubscriptionChange {
        sender: device.name.clone(),
        target: device.relay.clone(),
        add: owned(add),
        remove: owned(remove),
    };
    frame.encode()
}

fn heads_of(device: &mut Device, id: DocumentId) -> Vec<String> {
    let heads = device.documents.get_mut(&id).unwrap().0.get_heads();
    let spell = |head: &automerge::ChangeHash| spell_head(&adjutant_base::ChangeHash(head.0));
    heads.iter().map(spell).collect()
}

/// Waits until the relay says that `storage` holds `heads`.
async fn hears(device: &mut Device, id: DocumentId, storage: &str, heads: &[String]) {
    loop {
        let frame = next(device).await;
        let Frame::RemoteHeadsChanged {
            document,
            heads: said,
            target,
            ..
        } = &frame
        else {
            panic!("{frame:?}");
        };
        assert_eq!((document, target), (&id, &device.name));
        assert!(said.iter().all(|one| one.storage_id == storage), "{said:?}");
        if said[0].heads == heads {
            return;
        }
    }
}

#[tokio::test]
async fn who_subscribes_to_a_store_hears_what_it_holds() {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join_with_store(&link, "anna", "store of anna").await;
    let mut bert = Device::join(&link, "bert").await;
    anna.put(id, "a", 1);
    anna.push(id).await;
    bert.pull(id, 1).await;

    // What is known already comes at once.
    bert.send(subscription(&bert, &["store of anna", "another"], &[]))
        .await;
    hears(&mut bert, id, "store of anna", &heads_of(&mut anna, id)).await;
    // And then what changes.
    anna.put(id, "b", 2);
    anna.push(id).await;
    hears(&mut bert, id, "store of anna", &heads_of(&mut anna, id)).await;
    // Nobody else speaks for a store that is here; for others one may.
    let claim = |device: &Device, storage: &str, timestamp_ms| Frame::RemoteHeadsChanged {
        sender: device.name.clone(),
        target: device.relay.clone(),
        document: id,
        heads: vec![RemoteHeads {
            storage_id: storage.to_owned(),
            heads: vec!["elsewhere".to_owned()],
            timestamp_ms,
        }],
    };
    let mut cleo = Device::join(&link, "cleo").await;
    cleo.pull(id, 2).await;
    cleo.send(claim(&cleo, "store of anna", u64::from(u32::MAX) * 1_000).encode())
        .await;
    cleo.send(claim(&cleo, "another", 5).encode()).await;
    cleo.send(claim(&cleo, "another", 4).encode()).await;
    hears(&mut bert, id, "another", &["elsewhere".to_owned()]).await;

    // Who no longer wants to know hears no more.
    bert.send(subscription(&bert, &[], &["store of anna"]))
        .await;
    cleo.send(claim(&cleo, "another", 6).encode()).await;
    hears(&mut bert, id, "another", &["elsewhere".to_owned()]).await;
    anna.put(id, "c", 3);
    anna.push(id).await;
    cleo.send(claim(&cleo, "another", 7).encode()).await;
    hears(&mut bert, id, "another", &["elsewhere".to_owned()]).await;
}
