//! One end of a connection as the load generator has it, and lines of changes that were made beforehand.
//!
//! No Automerge on a measured path: messages are built before, and an answer is recognised by the hash in it.

use std::time::Duration;

use adjutant_base::{DocumentClass, DocumentId, JoinLink, StoredChange};
use adjutant_sync::wire::{Frame, PeerMetadata};
use anyhow::{Context as _, bail};
use automerge::sync::{BloomFilter, ChunkList, Have, Message, MessageFlags, MessageVersion};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ROOT};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message as WsMessage};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Long enough for a loaded machine; beyond it something hangs.
const LIMIT: Duration = Duration::from_mins(2);

/// Changes of one actor, each standing on the one before, with their hashes.
#[derive(Debug, Clone)]
pub struct Line {
    /// The changes' bytes.
    pub changes: Vec<Vec<u8>>,
    /// Their hashes.
    pub hashes: Vec<automerge::ChangeHash>,
}

impl Line {
    /// Makes `count` changes as small edits of a field of one of fifty records.
    pub fn new(actor: u32, count: usize) -> Self {
        let mut document =
            AutoCommit::new().with_actor(ActorId::from(actor.to_be_bytes().as_slice()));
        let mut line = Self {
            changes: Vec::with_capacity(count),
            hashes: Vec::with_capacity(count),
        };
        for number in 0..count {
            let key = format!("record {}", number % 50);
            // A map takes any string, so this cannot fail.
            document.put(ROOT, key, format!("value {number}")).ok();
            document.commit();
            if let Some(change) = document.get_last_local_change() {
                line.hashes.push(change.hash());
                line.changes.push(change.raw_bytes().to_vec());
            }
        }
        line
    }

    /// Returns change `number` as the store keeps it.
    ///
    /// # Errors
    /// If there is no such change.
    pub fn stored(&self, number: usize) -> anyhow::Result<StoredChange> {
        let bytes = self.changes.get(number).context("no such change")?;
        Ok(adjutant_sync::gate::check_change(bytes)?)
    }

    /// Returns the message that sends change `number`.
    ///
    /// # Errors
    /// If there is no such change.
    pub fn message(&self, number: usize) -> anyhow::Result<Vec<u8>> {
        let change = self.changes.get(number).context("no such change")?;
        let before = number
            .checked_sub(1)
            .and_then(|before| self.hashes.get(before));
        let have = Have {
            last_sync: before.into_iter().copied().collect(),
            bloom: BloomFilter::default(),
        };
        let message = Message {
            heads: self.hashes.get(number).into_iter().copied().collect(),
            need: Vec::new(),
            have: vec![have],
            changes: ChunkList::from(vec![change.clone()]),
            flags: None,
            version: MessageVersion::V1,
        };
        Ok(message.encode())
    }

    /// Returns the message that sends all changes at once.
    pub fn all(&self) -> Vec<u8> {
        let message = Message {
            heads: self.hashes.last().into_iter().copied().collect(),
            need: Vec::new(),
            have: vec![Have {
                last_sync: Vec::new(),
                bloom: BloomFilter::from_hashes(self.hashes.iter()),
            }],
            changes: ChunkList::from(self.changes.clone()),
            flags: None,
            version: MessageVersion::V1,
        };
        message.encode()
    }

    /// Returns the message of somebody who has everything up to change `number` and sends nothing.
    pub fn answer(&self, number: usize) -> Vec<u8> {
        let heads: Vec<automerge::ChangeHash> =
            self.hashes.get(number).into_iter().copied().collect();
        let have = Have {
            last_sync: heads.clone(),
            bloom: BloomFilter::default(),
        };
        let message = Message {
            heads,
            need: Vec::new(),
            have: vec![have],
            changes: ChunkList::empty(),
            flags: None,
            version: MessageVersion::V1,
        };
        message.encode()
    }
}

/// Returns the first message of somebody who has nothing; with flags it also reads whole documents.
pub fn hello(has_flags: bool) -> Vec<u8> {
    let flags = has_flags.then(|| {
        let mut flags = MessageFlags::new();
        flags.set(MessageFlags::SUPPORTS_SYNC_RESET);
        flags
    });
    let message = Message {
        heads: Vec::new(),
        need: Vec::new(),
        have: vec![Have {
            last_sync: Vec::new(),
            bloom: BloomFilter::default(),
        }],
        changes: ChunkList::empty(),
        flags,
        version: MessageVersion::V1,
    };
    message.encode()
}

/// Returns document `number` of the link's compartment.
pub fn document(link: &JoinLink, number: u64) -> DocumentId {
    let mut bytes = [0; 9];
    bytes[1..].copy_from_slice(&number.to_be_bytes());
    DocumentId::new(link.compartment, DocumentClass::Records, bytes)
}

/// A connection to the relay, or to something that only passes frames on.
#[derive(Debug)]
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    name: String,
    relay: String,
}

impl Client {
    /// Connects and shakes hands.
    ///
    /// # Errors
    /// If the relay is not there or does not let the client in.
    pub async fn join(link: &JoinLink, name: &str) -> anyhow::Result<Self> {
        let request = ClientRequestBuilder::new(format!("ws://{}/", link.address).parse()?)
            .with_header("Authorization", format!("Bearer {}", link.secret.reveal()));
        let mut client = Self::open(request, name).await?;
        let join = Frame::join(name, PeerMetadata::default());
        client.send_raw(join.encode().into()).await?;
        let bytes = client.hear().await?;
        let Frame::Peer { sender, .. } = Frame::decode(&bytes)? else {
            bail!("the relay did not welcome the client");
        };
        client.relay = sender;
        Ok(client)
    }

    /// Connects to something that expects no handshake.
    ///
    /// # Errors
    /// If nothing is there.
    pub async fn connect(address: std::net::SocketAddr, name: &str) -> anyhow::Result<Self> {
        let request = ClientRequestBuilder::new(format!("ws://{address}/").parse()?);
        Self::open(request, name).await
    }

    async fn open(request: ClientRequestBuilder, name: &str) -> anyhow::Result<Self> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(adjutant_base::limits::MESSAGE_BYTES))
            .max_frame_size(Some(adjutant_base::limits::MESSAGE_BYTES));
        let dialled =
            tokio_tungstenite::connect_async_with_config(request, Some(config), true).await;
        let (socket, _response) = dialled.context("cannot connect")?;
        Ok(Self {
            socket,
            name: name.to_owned(),
            relay: String::new(),
        })
    }

    /// Returns the frame that carries a sync message of this client.
    pub fn frame(&self, document: DocumentId, data: Vec<u8>) -> Bytes {
        let frame = Frame::Sync {
            sender: self.name.clone(),
            target: self.relay.clone(),
            document,
            data,
        };
        frame.encode().into()
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn send_raw(&mut self, frame: Bytes) -> anyhow::Result<()> {
        Ok(self.socket.send(WsMessage::Binary(frame)).await?)
    }

    /// Waits for the next frame.
    ///
    /// # Errors
    /// If the connection is lost or nothing comes for two minutes.
    pub async fn hear(&mut self) -> anyhow::Result<Bytes> {
        loop {
            let next = tokio::time::timeout(LIMIT, self.socket.next()).await;
            match next.context("nothing comes any more")? {
                Some(Ok(WsMessage::Binary(bytes))) => return Ok(bytes),
                Some(Ok(WsMessage::Close(_))) | None => bail!("the connection was closed"),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
            }
        }
    }

    /// Waits for a frame that has `hash` in it; returns how many bytes came until then, that frame included.
    ///
    /// # Errors
    /// As [`Client::hear`].
    pub async fn hear_hash(&mut self, hash: &automerge::ChangeHash) -> anyhow::Result<usize> {
        let mut size_bytes = 0_usize;
        loop {
            let frame = self.hear().await?;
            size_bytes = size_bytes.saturating_add(frame.len());
            if holds(&frame, hash) {
                return Ok(size_bytes);
            }
        }
    }
}

/// Tells whether a frame has the hash in it.
pub fn holds(frame: &[u8], hash: &automerge::ChangeHash) -> bool {
    frame.windows(32).any(|window| *window == hash.0)
}
