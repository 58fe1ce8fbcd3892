//! What whoever watches the relay sees, and how it holds back those who send too much or do not leave.

use std::time::Duration;

use adjutant_relay::{Rate, Relay, RelayConfig, RelayLimits, Running};
use tempfile::TempDir;

use crate::it::device::{Device, document, within};
use crate::it::program::get;

async fn watched(limits: RelayLimits) -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = RelayConfig {
        limits,
        metrics: Some(([127, 0, 0, 1], 0).into()),
        ..RelayConfig::new(folder.path(), ([127, 0, 0, 1], 0).into())
    };
    (Relay::start(config).await.unwrap(), folder)
}

async fn number(relay: &Running, name: &str) -> u64 {
    let (status, text) = get(relay.metrics_address().unwrap(), "/metrics").await;
    assert_eq!(status, 200);
    let start = format!("{name} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
        .parse()
        .unwrap()
}

async fn until(relay: &Running, name: &str, is_right: impl Fn(u64) -> bool) {
    let asking = async {
        while !is_right(number(relay, name).await) {
            tokio::task::yield_now().await;
        }
    };
    within(asking).await;
}

#[tokio::test]
async fn numbers_are_told_on_their_own_listener_only() {
    let (relay, _folder) = watched(RelayLimits::default()).await;
    let link = relay.join_link();
    assert_eq!(get(&link.address, "/metrics").await.0, 404);
    assert_eq!(number(&relay, "adjutant_ready").await, 1);
    let mut anna = Device::join(&link, "anna").await;
    let id = document(&link, 1);
    for key in ["a", "b", "c"] {
        anna.put(id, key, 1);
        anna.push(id).await;
    }
    assert_eq!(number(&relay, "adjutant_changes_stored_total").await, 3);
    assert_eq!(number(&relay, "adjutant_connections").await, 1);
    assert_eq!(number(&relay, "adjutant_documents_open").await, 1);
    assert!(number(&relay, "adjutant_bytes_received_total").await > 300);
    crate::it::device::dial(&link.address, Some("Bearer no"))
        .await
        .unwrap_err();
    assert_eq!(number(&relay, "adjutant_strangers_refused_total").await, 1);
    drop(anna);
    until(&relay, "adjutant_documents_open", |open| open == 0).await;
    until(&relay, "adjutant_connections", |connected| connected == 0).await;
    let (_, text) = get(relay.metrics_address().unwrap(), "/metrics").await;
    assert!(!text.contains("anna"), "numbers name nobody");
    relay.shutdown().await.unwrap();
}

#[tokio::test]
async fn readiness_is_a_write_and_asking_often_is_one() {
    let (relay, folder) = watched(RelayLimits::default()).await;
    let stored = || {
        let path = folder.path().join("relay.sqlite");
        let copy = folder.path().join("copy.sqlite");
        std::fs::remove_file(&copy).ok(); // Not there the first time.
        adjutant_store::SqliteStore::copy(&path, &copy).unwrap();
        let store = adjutant_store::SqliteStore::open(&copy).unwrap().store;
        adjutant_store::ChunkReader::read_value(&store, None, "relay.probe").unwrap()
    };
    assert_eq!(stored(), None);
    for _ in 0..20 {
        assert_eq!(get(relay.address(), "/readyz").await.0, 200);
    }
    assert_eq!(stored(), Some(Vec::new()));
    relay.close_store().await;
    assert_eq!(get(relay.address(), "/readyz").await.0, 503);
    assert_eq!(get(relay.address(), "/healthz").await.0, 200);
    assert_eq!(number(&relay, "adjutant_ready").await, 0);
    relay.shutdown().await.unwrap();
}

#[tokio::test]
async fn who_sends_too_much_is_slowed_down_and_does_not_hold_up_a_stop() {
    let slow = Rate {
        messages_per_s: 1,
        bytes_per_s: 1 << 20,
        allowance: Duration::from_secs(3),
    };
    for (connection_rate, device_rate) in [
        (slow, RelayLimits::default().device_rate),
        (RelayLimits::default().connection_rate, slow),
    ] {
        let limits = RelayLimits {
            connection_rate,
            device_rate,
            ..RelayLimits::default()
        };
        let (relay, _folder) = watched(limits).await;
        let link = relay.join_link();
        let mut anna = Device::join(&link, "anna").await;
        for number in 0..10 {
            anna.documents.clear();
            anna.say(document(&link, number)).await;
        }
        until(&relay, "adjutant_messages_delayed_total", |delayed| {
            delayed > 0
        })
        .await;
        assert!(number(&relay, "adjutant_messages_received_total").await < 10);
        // Others are not held back.
        let mut bert = Device::join(&link, "bert").await;
        bert.put(document(&link, 20), "a", 1);
        bert.push(document(&link, 20)).await;
        within(relay.shutdown()).await.unwrap();
    }
}

#[tokio::test]
async fn a_peer_that_does_not_read_cannot_hold_up_a_stop() {
    let limits = RelayLimits {
        drain: Duration::from_millis(200),
        // Far longer than the test waits: only the drain can end it.
        handshake: Duration::from_mins(5),
        ..RelayLimits::default()
    };
    let (relay, _folder) = watched(limits).await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    let deaf = Device::join(&link, "deaf").await;
    let mut hello = Device::join(&link, "other").await;
    hello.say(id).await;
    let mut deaf = deaf;
    deaf.say(id).await;
    for number in 0..24_u64 {
        // More than sockets hold: nothing that compresses.
        let noise: Vec<u8> = std::iter::successors(Some(number * 2 + 1), |last| {
            Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1))
        })
        .map(|number| number.to_be_bytes()[0])
        .take(1 << 20)
        .collect();
        anna.put(id, &number.to_string(), noise);
        anna.push(id).await;
    }
    // It asks for everything and reads nothing.
    deaf.say(id).await;
    within(relay.shutdown()).await.unwrap();
}
