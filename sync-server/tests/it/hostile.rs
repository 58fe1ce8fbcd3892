//! What strangers and broken peers can do: nothing that anybody else notices.
//!
//! The failures seen in the field, one test for each class.

use std::net::SocketAddr;
use std::time::Duration;

use adjutant_base::{DocumentId, limits};
use adjutant_relay::{RelayLimits, Running};
use adjutant_sync::wire::{Frame, PeerMetadata};
use futures_util::SinkExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message as WsMessage};

use crate::it::device::{Device, dial, document, within};
use crate::it::share::{relay, relay_with};

fn store_bytes(folder: &std::path::Path) -> u64 {
    let size = |name: &str| folder.join(name).metadata().map_or(0, |file| file.len());
    size("relay.sqlite") + size("relay.sqlite-wal")
}

/// Checks that the relay still serves a well-behaved device.
async fn check_alive(relay: &Running) {
    let link = relay.join_link();
    let id = document(&link, 200);
    let mut anna = Device::join(&link, "a-well-behaved-one").await;
    anna.put(id, "a", 1);
    anna.push(id).await;
}

#[tokio::test]
async fn without_the_secret_nothing_is_taken_or_stored() {
    let (relay, folder) = relay().await;
    let link = relay.join_link();
    let before = store_bytes(folder.path());
    let good = format!("Bearer {}", link.secret.reveal());
    let wrong = format!("Bearer {}", "0".repeat(64));
    let cut = good.strip_suffix(|_last: char| true);
    for bad in [None, Some(""), Some(wrong.as_str()), cut] {
        match dial(&link.address, bad).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 401, "{bad:?}"),
            other => panic!("{bad:?} was answered {other:?}"),
        }
    }
    // A client that does not wait for the answer: its frames behind the refused request are no messages.
    let mut socket = TcpStream::connect(relay.address()).await.unwrap();
    let request = upgrade_request(&wrong);
    let join = Frame::join("stranger", PeerMetadata::default()).encode();
    socket
        .write_all(&[request.as_bytes(), &join].concat())
        .await
        .unwrap();
    let answer = read_to_end(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(!answer.contains("stranger"), "nothing is echoed");
    assert_eq!(store_bytes(folder.path()), before);
    check_alive(&relay).await;
}

fn upgrade_request(authorization: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: relay\r\nAuthorization: {authorization}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end as well.
    within(socket.read_to_end(&mut answer)).await.ok();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn read_some(socket: &mut TcpStream, until: &str) -> String {
    let mut answer = String::new();
    let mut buffer = [0; 1024];
    while !answer.contains(until) {
        let count = within(socket.read(&mut buffer)).await.unwrap();
        assert!(count > 0, "the relay closed after {answer:?}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    answer
}

#[tokio::test]
async fn a_bad_secret_does_not_spoil_a_good_one_on_the_same_socket() {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let mut socket = TcpStream::connect(relay.address()).await.unwrap();
    let bad = upgrade_request("Bearer 00");
    socket.write_all(bad.as_bytes()).await.unwrap();
    let refused = read_some(&mut socket, "workspace's\n").await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    let good = upgrade_request(&format!("Bearer {}", link.secret.reveal()));
    socket.write_all(good.as_bytes()).await.unwrap();
    let accepted = read_some(&mut socket, "\r\n\r\n").await;
    assert!(accepted.starts_with("HTTP/1.1 101"), "{accepted}");
}

#[tokio::test]
async fn a_stranger_may_send_four_kib() {
    let (relay, _folder) = relay().await;
    let mut socket = TcpStream::connect(relay.address()).await.unwrap();
    let endless = format!(
        "GET / HTTP/1.1\r\nX: {}",
        "x".repeat(limits::UNAUTHENTICATED_BYTES * 4)
    );
    // The relay may close while this is being written.
    socket.write_all(endless.as_bytes()).await.ok();
    let answer = read_to_end(&mut socket).await;
    assert!(!answer.starts_with("HTTP/1.1 101"));
    check_alive(&relay).await;
}

#[tokio::test]
async fn odd_bytes_before_the_secret_hurt_nobody() {
    let (relay, _folder) = relay().await;
    for odd in [
        &b"\0\0\0\0"[..],
        b"\xFF\xFE\x82\x85",
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut socket = TcpStream::connect(relay.address()).await.unwrap();
        socket.write_all(odd).await.unwrap();
        socket.shutdown().await.ok();
        read_to_end(&mut socket).await;
    }
    check_alive(&relay).await;
}

#[tokio::test]
async fn a_silent_stranger_is_put_out() {
    let short = RelayLimits {
        handshake: Duration::from_millis(300),
        ..RelayLimits::default()
    };
    let (relay, _folder) = relay_with(short).await;
    let mut silent = TcpStream::connect(relay.address()).await.unwrap();
    assert_eq!(read_to_end(&mut silent).await, "");
    // Nor does it help to speak and not to present the secret.
    let mut chatty = TcpStream::connect(relay.address()).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    chatty.write_all(request).await.unwrap();
    assert!(read_to_end(&mut chatty).await.contains("200 OK"));
    check_alive(&relay).await;
}

/// Returns limits under which nobody is put out for being silent.
fn patient(limits: RelayLimits) -> RelayLimits {
    RelayLimits {
        handshake: Duration::from_hours(1),
        ..limits
    }
}

#[tokio::test]
async fn of_the_strangers_that_wait_the_oldest_makes_room() {
    let (relay, _folder) = relay_with(patient(RelayLimits {
        unauthenticated_per_address: 2,
        ..RelayLimits::default()
    }))
    .await;
    let mut waiting = Vec::new();
    for _ in 0..5 {
        waiting.push(TcpStream::connect(relay.address()).await.unwrap());
    }
    for mut oldest in waiting.drain(..3) {
        assert_eq!(read_to_end(&mut oldest).await, "");
    }
    for socket in &mut waiting {
        let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        socket.write_all(request).await.unwrap();
        read_some(socket, "200 OK").await;
    }
    check_alive(&relay).await;
}

#[tokio::test]
async fn idle_strangers_lock_nobody_out() {
    let (relay, _folder) = relay_with(patient(RelayLimits {
        connections: 70,
        ..RelayLimits::default()
    }))
    .await;
    let mut idle = Vec::new();
    for number in 0..10 {
        for _ in 0..limits::UNAUTHENTICATED_PER_ADDRESS {
            idle.push(TcpStream::connect(relay.address()).await.unwrap());
        }
        // From the same address, and from another one that meets a full relay.
        let mut anna = Device::join(&relay.join_link(), &format!("anna-{number}")).await;
        let id = document(&relay.join_link(), number);
        anna.put(id, "a", 1);
        anna.push(id).await;
    }
}

#[tokio::test]
async fn a_peer_that_does_not_say_who_it_is_is_put_out() {
    let short = RelayLimits {
        handshake: Duration::from_millis(300),
        ..RelayLimits::default()
    };
    let (relay, _folder) = relay_with(short).await;
    let link = relay.join_link();
    let bearer = format!("Bearer {}", link.secret.reveal());
    let socket = dial(&link.address, Some(&bearer)).await.unwrap();
    assert!(words_of(socket).await.contains("join"));
}

#[tokio::test]
async fn a_silent_peer_counts_as_dead() {
    let short = RelayLimits {
        dead: Duration::from_millis(300),
        ping: Duration::from_hours(1),
        ..RelayLimits::default()
    };
    let (relay, _folder) = relay_with(short).await;
    let mut anna = Device::join(&relay.join_link(), "anna").await;
    assert!(anna.hear().await.is_none());
}

#[tokio::test]
async fn a_peer_that_answers_pings_lives() {
    let short = RelayLimits {
        dead: Duration::from_secs(1),
        ping: Duration::from_millis(50),
        ..RelayLimits::default()
    };
    let (relay, _folder) = relay_with(short).await;
    let link = relay.join_link();
    let mut anna = Device::join(&link, "anna").await;
    let started = std::time::Instant::now();
    while started.elapsed() < Duration::from_millis(1_500) {
        use futures_util::StreamExt as _;
        let message = within(anna.socket.next()).await.unwrap().unwrap();
        assert!(matches!(message, WsMessage::Ping(_)), "{message:?}");
    }
    let id = document(&link, 1);
    anna.put(id, "a", 1);
    anna.push(id).await;
}

async fn words_of(socket: crate::it::device::Socket) -> String {
    let mut device = Device::of(socket);
    device.last_words().await
}

/// Checks that a joined device is put out for sending `bad`, hears `words`, and that a neighbour notices nothing.
async fn check_refused(bad: impl Fn(&Device, DocumentId) -> WsMessage, words: &str) {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let id = document(&link, 1);
    let mut neighbour = Device::join(&link, "neighbour").await;
    let mut bad_one = Device::join(&link, "bad").await;
    neighbour.put(id, "a", 1);
    neighbour.push(id).await;
    let message = bad(&bad_one, id);
    bad_one.socket.send(message).await.unwrap();
    // What is queued behind the refused message is not processed.
    bad_one.put(id, "planted", 1);
    for _ in 0..3 {
        let sync = bad_one.documents.get_mut(&id).unwrap();
        let message = automerge::sync::SyncDoc::generate_sync_message(&sync.0.sync(), &mut sync.1);
        let Some(message) = message else { break };
        let frame = bad_one.sync_frame(id, message.encode());
        bad_one
            .socket
            .send(WsMessage::Binary(frame.encode().into()))
            .await
            .ok();
    }
    let heard = bad_one.last_words().await;
    assert!(heard.contains(words), "{heard:?} does not say {words:?}");
    neighbour.put(id, "b", 2);
    neighbour.push(id).await;
    assert_eq!(neighbour.keys(id), ["a", "b"]);
}

fn binary(frame: &Frame) -> WsMessage {
    WsMessage::Binary(frame.encode().into())
}

#[tokio::test]
async fn malformed_messages_close_only_their_connection() {
    check_refused(|_, _| WsMessage::Binary(vec![0xFF; 100].into()), "protocol").await;
    check_refused(|_, _| WsMessage::Binary(vec![].into()), "protocol").await;
    check_refused(|_, _| WsMessage::Text("hello".into()), "binary").await;
    let garbage =
        |device: &Device, id| binary(&device.sync_frame(id, vec![0x42, 0xFF, 0xFF, 0xFF]));
    check_refused(garbage, "refused").await;
    // A Bloom filter with entries but no bits, which panics Automerge.
    let filter =
        |device: &Device, id| binary(&device.sync_frame(id, vec![0x42, 0, 0, 1, 0, 3, 1, 0, 7, 0]));
    check_refused(filter, "refused").await;
    check_refused(
        |_, _| binary(&Frame::join("again", PeerMetadata::default())),
        "not for the relay",
    )
    .await;
}

#[tokio::test]
async fn a_document_of_another_compartment_is_refused() {
    let elsewhere = DocumentId([0xEE; 16]);
    check_refused(
        move |device, _| binary(&device.sync_frame(elsewhere, vec![0x42, 0, 0, 0, 0])),
        "compartment",
    )
    .await;
}

#[tokio::test]
async fn nobody_speaks_in_anothers_name() {
    let spoof = |_: &Device, document| {
        binary(&Frame::Sync {
            sender: "neighbour".into(),
            target: "relay".into(),
            document,
            data: vec![0x42, 0, 0, 0, 0],
        })
    };
    check_refused(spoof, "another sender").await;
}

#[tokio::test]
async fn one_device_may_have_so_many_connections() {
    let few = RelayLimits {
        connections_per_device: 2,
        ..RelayLimits::default()
    };
    let (relay, _folder) = relay_with(few).await;
    let link = relay.join_link();
    let device = "0123456789abcdef0123456789abcdef";
    let first = Device::join(&link, &format!("{device}-1")).await;
    let _second = Device::join(&link, &format!("{device}-2")).await;
    let bearer = format!("Bearer {}", link.secret.reveal());
    let mut socket = dial(&link.address, Some(&bearer)).await.unwrap();
    let join = Frame::join(&format!("{device}-3"), PeerMetadata::default());
    socket.send(binary(&join)).await.unwrap();
    assert!(words_of(socket).await.contains("too many connections"));
    let _other = Device::join(&link, "another-1").await;
    drop(first);
}

#[tokio::test]
async fn one_connection_may_talk_about_so_many_documents() {
    let few = RelayLimits {
        documents_per_connection: 3,
        ..RelayLimits::default()
    };
    let (relay, _folder) = relay_with(few).await;
    let link = relay.join_link();
    let mut anna = Device::join(&link, "anna").await;
    for number in 0..4 {
        anna.say(document(&link, number)).await;
    }
    assert!(anna.last_words().await.contains("3 documents"));
}

#[tokio::test]
async fn the_relay_is_full_at_its_limit() {
    let few = RelayLimits {
        connections: 1,
        ..RelayLimits::default()
    };
    let (relay, _folder) = relay_with(few).await;
    let address: SocketAddr = relay.address();
    let _anna = Device::join(&relay.join_link(), "anna").await;
    let mut second = TcpStream::connect(address).await.unwrap();
    second
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .ok();
    assert_eq!(read_to_end(&mut second).await, "");
}
