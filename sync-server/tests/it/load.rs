//! Peers that make every message as dear as the rules allow, and others who want to be answered meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adjutant_base::{DocumentId, JoinLink, limits};
use adjutant_sync::wire::Frame;
use automerge::ChangeHash;
use automerge::sync::{BloomFilter, ChunkList, Have, Message, MessageVersion};

use crate::it::device::{Device, document, within};
use crate::it::program::get;
use crate::it::share::relay;

const HOSTILE: usize = 4;

/// Names of changes that nobody has.
fn names(from: u64) -> Vec<ChangeHash> {
    let name = |number: u64| {
        let mut hash = [0; 32];
        for (at, part) in (0_u32..).zip(hash.chunks_exact_mut(8)) {
            let part_number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(at);
            part.copy_from_slice(&part_number.to_be_bytes());
        }
        ChangeHash(hash)
    };
    let count = limits::HASH_LIST as u64;
    let mut names: Vec<ChangeHash> = (from * count + 1..=(from + 1) * count).map(name).collect();
    names.sort_unstable();
    names
}

/// A message whose lists are as long as they may be.
fn endless(number: u64) -> Vec<u8> {
    let message = Message {
        heads: names(number),
        need: names(number + 1),
        have: vec![Have {
            last_sync: names(number + 2),
            bloom: BloomFilter::default(),
        }],
        changes: ChunkList::from(Vec::<Vec<u8>>::new()),
        flags: None,
        version: MessageVersion::V1,
    };
    message.encode()
}

/// Talks about `documents` with endless lists, reads nothing, and connects anew now and then, for ever.
async fn attack(link: JoinLink, name: String, documents: Vec<DocumentId>, sent: Arc<AtomicUsize>) {
    // Two suffice: what is said is never what was said before.
    let messages = [endless(0), endless(7)];
    loop {
        let mut device = Device::join(&link, &name).await;
        for message in messages.iter().cycle().take(6) {
            for document in &documents {
                let frame = device.sync_frame(*document, message.clone());
                device.send(frame.encode()).await;
                sent.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_with_endless_lists_hold_up_nobody() {
    let (relay, _folder) = relay().await;
    let link = relay.join_link();
    let (shared, own) = (document(&link, 1), document(&link, 2));
    let mut probe = Device::join(&link, "probe").await;
    let frame = probe.sync_frame(document(&link, 3), endless(3));
    probe.send(frame.encode()).await;
    let answer = probe.hear().await;
    assert!(
        matches!(answer, Some(Frame::Sync { .. })),
        "it breaks no rule: {answer:?}"
    );
    let sent = Arc::new(AtomicUsize::new(0));
    let attackers: Vec<_> = (0..HOSTILE)
        .map(|number| {
            let others = (0..3).map(|other| document(&link, 10 + other));
            let documents = [shared].into_iter().chain(others).collect();
            let name = format!("attacker-{number}");
            tokio::spawn(attack(link.clone(), name, documents, Arc::clone(&sent)))
        })
        .collect();
    let speaking = async {
        while sent.load(Ordering::SeqCst) < HOSTILE * 4 {
            tokio::task::yield_now().await;
        }
    };
    within(speaking).await;
    let before = sent.load(Ordering::SeqCst);
    let mut anna = Device::join(&link, "anna").await;
    let mut bert = Device::join(&link, "bert").await;
    for number in 0..5 {
        // Where they are not, where they are, and where nothing has to be known of documents.
        for id in [own, shared] {
            anna.put(id, &number.to_string(), 1);
            anna.push(id).await;
        }
        bert.pull(own, number + 1).await;
        assert_eq!(get(&link.address, "/healthz").await.0, 200);
    }
    assert!(
        sent.load(Ordering::SeqCst) > before,
        "nobody attacks any more"
    );
    for attacker in attackers {
        assert!(!attacker.is_finished());
        attacker.abort();
    }
    within(relay.shutdown()).await.unwrap();
}
