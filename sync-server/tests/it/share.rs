//! Devices share documents through the relay.
//!
//! Convergence, late comers, slow readers, passing messages, restarts.

use adjutant_relay::{Relay, RelayConfig, RelayLimits, Running};
use adjutant_sync::wire::Frame;
use tempfile::TempDir;

use crate::it::device::{Device, document};

pub(crate) async fn relay() -> (Running, TempDir) {
    relay_with(RelayLimits::default()).await
}

pub(crate) async fn relay_with(limits: RelayLimits) -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = RelayConfig {
        limits,
        ..RelayConfig::new(folder.path(), ([127, 0, 0, 1], 0).into())
    };
    (Relay::start(config).await.unwrap(), folder)
}

#[tokio::test]
async fn two_devices_converge() {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    let mut bert = Device::join(&link, "bert").await;
    anna.put(id, "a", 1);
    bert.put(id, "b", 2);
    anna.push(id).await;
    bert.push(id).await;
    anna.pull(id, 2).await;
    bert.pull(id, 2).await;
    let heads = |device: &mut Device| device.documents.get_mut(&id).unwrap().0.get_heads();
    assert_eq!(heads(&mut anna), heads(&mut bert));
    relay.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_change_reaches_a_listener_unasked() {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    let mut bert = Device::join(&link, "bert").await;
    anna.put(id, "a", 1);
    anna.push(id).await;
    bert.pull(id, 1).await;
    anna.put(id, "b", 2);
    anna.push(id).await;
    // Bert says nothing more.
    while bert.keys(id).len() < 2 {
        let frame = bert.hear().await.unwrap();
        bert.take(frame);
    }
}

#[tokio::test]
async fn an_unknown_document_is_unavailable_until_somebody_has_it() {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut bert = Device::join(&link, "bert").await;
    bert.say(id).await;
    let answer = bert.hear().await.unwrap();
    assert!(
        matches!(&answer, Frame::DocUnavailable { document, target, .. } if *document == id && target == "bert"),
        "{answer:?}"
    );
    let mut anna = Device::join(&link, "anna").await;
    anna.put(id, "a", 1);
    anna.push(id).await;
    bert.talk(id, |bert| bert.keys(id).len() == 1).await;
}

#[tokio::test]
async fn everything_acknowledged_is_there_after_a_restart() {
    let (relay, folder) = relay().await;
    let link = relay.join_link();
    let mut anna = Device::join(&link, "anna").await;
    for number in 0..5 {
        let id = document(&link, number);
        for key in ["a", "b", "c"] {
            anna.put(id, key, i64::from(number));
            anna.push(id).await;
        }
    }
    relay.shutdown().await.unwrap();
    assert!(
        anna.hear().await.is_none(),
        "the relay closes connections when it stops"
    );

    let config = RelayConfig::new(folder.path(), link.address.socket().unwrap());
    let relay = Relay::start(config).await.unwrap();
    assert_eq!(relay.join_link(), link, "the link stays good");
    let mut bert = Device::join(&link, "bert").await;
    for number in 0..5 {
        bert.pull(document(&link, number), 3).await;
    }
}

#[tokio::test]
async fn what_the_relay_took_in_is_stored_when_it_stops() {
    let (relay, folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    let mut bert = Device::join(&link, "bert").await;
    bert.say(id).await;
    assert!(matches!(
        bert.hear().await,
        Some(Frame::DocUnavailable { .. })
    ));
    anna.put(id, "a", 1);
    anna.say(id).await;
    let answer = anna.hear().await.unwrap();
    anna.take(answer);
    anna.say(id).await; // Now with the change; its acknowledgement is not waited for.
    bert.talk(id, |bert| bert.keys(id).len() == 1).await;
    relay.shutdown().await.unwrap();
    let relay = Relay::start(RelayConfig::new(
        folder.path(),
        link.address.socket().unwrap(),
    ))
    .await
    .unwrap();
    let mut cleo = Device::join(&relay.join_link(), "cleo").await;
    cleo.pull(id, 1).await;
}

#[tokio::test]
async fn a_slow_reader_gets_less_messages_and_every_change() {
    const CHANGES: usize = 200;
    let limits = RelayLimits {
        outbound_frames: 4,
        outbound_bytes: 256 << 10,
        // It is not dead, only slow, however loaded the machine is.
        dead: std::time::Duration::from_mins(10),
        ..RelayLimits::default()
    };
    let (relay, _folder) = relay_with(limits).await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    let mut slow = Device::join(&link, "slow").await;
    anna.put(id, "0", 0);
    anna.push(id).await;
    slow.pull(id, 1).await;
    for number in 1..CHANGES {
        // Together far more than sockets hold: 20 MB that no compression makes smaller.
        let noise: Vec<u8> = std::iter::successors(Some(number as u64 * 2 + 1), |last| {
            Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1))
        })
        .map(|number| number.to_be_bytes()[0])
        .take(100 << 10)
        .collect();
        anna.put(id, &number.to_string(), noise);
        anna.push(id).await;
    }
    let mut frames = 0;
    slow.say(id).await;
    while slow.keys(id).len() < CHANGES {
        let frame = slow.hear().await.unwrap();
        frames += 1;
        slow.take(frame);
        slow.say(id).await;
    }
    assert!(
        frames < CHANGES,
        "{frames} frames for {CHANGES} changes are not collapsed"
    );
}

#[tokio::test]
async fn passing_messages_reach_the_others_and_are_not_stored() {
    let (relay, folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    let mut bert = Device::join(&link, "bert").await;
    anna.put(id, "a", 1);
    anna.push(id).await;
    bert.pull(id, 1).await;
    let passing = Frame::Ephemeral {
        sender: "anna".into(),
        target: "anybody".into(),
        document: id,
        count: 7,
        session_id: "s".into(),
        data: b"here".to_vec(),
    };
    anna.send(passing.encode()).await;
    let expected = Frame::Ephemeral {
        sender: "anna".into(),
        target: "bert".into(),
        document: id,
        count: 7,
        session_id: "s".into(),
        data: b"here".to_vec(),
    };
    while bert.hear().await.unwrap() != expected {}
    // The author gets no copy: the next that it hears is the answer to something else.
    let other = document(&link, 2);
    anna.say(other).await;
    assert!(matches!(
        anna.hear().await,
        Some(Frame::DocUnavailable { .. })
    ));
    relay.shutdown().await.unwrap();
    let stored = std::fs::read(folder.path().join("relay.sqlite")).unwrap();
    assert!(!stored.windows(4).any(|bytes| bytes == b"here"));
}
