//! A device as any automerge-repo client is one: a WebSocket, Automerge documents, Automerge's own sync.
//!
//! It speaks only when told to, so that a test decides the order of events.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use adjutant_base::{DocumentClass, DocumentId, JoinLink};
use adjutant_sync::wire::{Frame, PeerMetadata};
use automerge::sync::{Message, State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ReadDoc as _, ScalarValue};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message as WsMessage};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
};

/// Long enough for a loaded machine; reached only by a broken program.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Document `number` of the link's compartment.
pub(crate) fn document(link: &JoinLink, number: u8) -> DocumentId {
    DocumentId::new(link.compartment, DocumentClass::Records, [number; 9])
}

/// Opens a WebSocket with this `Authorization` header.
pub(crate) async fn dial(
    address: impl Display,
    authorization: Option<&str>,
) -> Result<Socket, Error> {
    let mut request = ClientRequestBuilder::new(format!("ws://{address}/").parse().unwrap());
    if let Some(authorization) = authorization {
        request = request.with_header("Authorization", authorization);
    }
    let dialled = Box::pin(tokio_tungstenite::connect_async(request));
    let (socket, _response) = within(dialled).await?;
    Ok(socket)
}

/// Opens a WebSocket under TLS with the secret of the link, wherever the link says that the relay is.
pub(crate) async fn dial_over(link: &JoinLink, connector: Connector) -> Result<Socket, Error> {
    let uri = format!("wss://{}/", link.address).parse().unwrap();
    let bearer = format!("Bearer {}", link.secret.reveal());
    let request = ClientRequestBuilder::new(uri).with_header("Authorization", bearer);
    let dialled = connect_async_tls_with_config(request, None, true, Some(connector));
    let dialled = Box::pin(dialled);
    Ok(within(dialled).await?.0)
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future)
        .await
        .expect("the relay should have done something by now")
}

pub(crate) struct Device {
    pub(crate) socket: Socket,
    pub(crate) name: String,
    pub(crate) relay: String,
    pub(crate) documents: BTreeMap<DocumentId, (AutoCommit, State)>,
}

impl Device {
    pub(crate) async fn join(link: &JoinLink, name: &str) -> Self {
        let bearer = format!("Bearer {}", link.secret.reveal());
        let socket = dial(&link.address, Some(&bearer)).await.unwrap();
        Self::greet(socket, name, BTreeMap::new(), PeerMetadata::default()).await
    }

    /// A device that speaks TLS.
    pub(crate) async fn join_over(link: &JoinLink, name: &str, connector: Connector) -> Self {
        let socket = dial_over(link, connector).await.unwrap();
        Self::greet(socket, name, BTreeMap::new(), PeerMetadata::default()).await
    }

    /// A device that knows no secret.
    pub(crate) async fn join_without_secret(address: impl Display, name: &str) -> Self {
        let socket = dial(address, None).await.unwrap();
        Self::greet(socket, name, BTreeMap::new(), PeerMetadata::default()).await
    }

    /// A device that says how its store is called.
    pub(crate) async fn join_with_store(link: &JoinLink, name: &str, storage_id: &str) -> Self {
        let bearer = format!("Bearer {}", link.secret.reveal());
        let socket = dial(&link.address, Some(&bearer)).await.unwrap();
        let metadata = PeerMetadata {
            storage_id: Some(storage_id.to_owned()),
            is_ephemeral: false,
        };
        Self::greet(socket, name, BTreeMap::new(), metadata).await
    }

    async fn greet(
        socket: Socket,
        name: &str,
        documents: BTreeMap<DocumentId, (AutoCommit, State)>,
        metadata: PeerMetadata,
    ) -> Self {
        let mut device = Self {
            socket,
            name: name.to_owned(),
            relay: String::new(),
            documents,
        };
        let join = Frame::join(name, metadata);
        device.send(join.encode()).await;
        match device.hear().await {
            Some(Frame::Peer { sender, target, .. }) => {
                assert_eq!(target, name);
                device.relay = sender;
            }
            other => panic!("{other:?} is no welcome"),
        }
        device
    }

    /// A device that has not joined yet.
    pub(crate) fn of(socket: Socket) -> Self {
        Self {
            socket,
            name: String::new(),
            relay: String::new(),
            documents: BTreeMap::new(),
        }
    }

    /// Returns a sync message of this device.
    pub(crate) fn sync_frame(&self, document: DocumentId, data: Vec<u8>) -> Frame {
        Frame::Sync {
            sender: self.name.clone(),
            target: self.relay.clone(),
            document,
            data,
        }
    }

    /// Connects again, with the documents but with fresh conversations.
    pub(crate) async fn rejoin(self, link: &JoinLink) -> Self {
        let bearer = format!("Bearer {}", link.secret.reveal());
        let socket = dial(&link.address, Some(&bearer)).await.unwrap();
        let fresh = |(id, (document, _state))| (id, (document, State::new()));
        let documents = self.documents.into_iter().map(fresh).collect();
        Self::greet(socket, &self.name, documents, PeerMetadata::default()).await
    }

    pub(crate) async fn send(&mut self, bytes: Vec<u8>) {
        let message = WsMessage::Binary(Bytes::from(bytes));
        within(self.socket.send(message)).await.unwrap();
    }

    /// Returns the next frame, or `None` if the connection has ended.
    pub(crate) async fn hear(&mut self) -> Option<Frame> {
        loop {
            match within(self.socket.next()).await {
                Some(Ok(WsMessage::Binary(bytes))) => return Some(Frame::decode(&bytes).unwrap()),
                Some(Ok(WsMessage::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    fn entry(&mut self, id: DocumentId) -> &mut (AutoCommit, State) {
        self.documents
            .entry(id)
            .or_insert_with(|| (AutoCommit::new(), State::new()))
    }

    /// Makes one change of its own.
    pub(crate) fn put(&mut self, id: DocumentId, key: &str, value: impl Into<ScalarValue>) {
        let (document, _state) = self.entry(id);
        document.put(automerge::ROOT, key, value).unwrap();
        document.commit();
    }

    pub(crate) fn keys(&mut self, id: DocumentId) -> Vec<String> {
        self.entry(id).0.keys(automerge::ROOT).collect()
    }

    /// Sends what Automerge has to say about a document, if anything.
    pub(crate) async fn say(&mut self, id: DocumentId) -> bool {
        let (sender, target) = (self.name.clone(), self.relay.clone());
        let (document, state) = self.entry(id);
        let is_empty = document.get_heads().is_empty();
        let Some(message) = document.sync().generate_sync_message(state) else {
            return false;
        };
        let data = message.encode();
        let frame = if is_empty {
            Frame::Request {
                sender,
                target,
                document: id,
                data,
            }
        } else {
            Frame::Sync {
                sender,
                target,
                document: id,
                data,
            }
        };
        self.send(frame.encode()).await;
        true
    }

    /// Takes a sync message in.
    pub(crate) fn take(&mut self, frame: Frame) -> DocumentId {
        let Frame::Sync {
            document: id, data, ..
        } = frame
        else {
            panic!("{frame:?} is no sync message");
        };
        let (document, state) = self.entry(id);
        let message = Message::decode(&data).unwrap();
        document
            .sync()
            .receive_sync_message(state, message)
            .unwrap();
        id
    }

    /// Tells whether the relay has said that it has everything that this device has.
    pub(crate) fn is_acknowledged(&mut self, id: DocumentId) -> bool {
        let (document, state) = self.entry(id);
        let heads = document.get_heads();
        !heads.is_empty() && state.their_heads.as_ref() == Some(&heads)
    }

    /// Talks about a document until `is_done`.
    pub(crate) async fn talk(&mut self, id: DocumentId, is_done: impl Fn(&mut Self) -> bool) {
        self.say(id).await;
        while !is_done(self) {
            let frame = self.hear().await.expect("the relay ended the talk");
            if matches!(frame, Frame::DocUnavailable { .. }) {
                continue;
            }
            let about = self.take(frame);
            self.say(about).await;
        }
    }

    /// Talks until the relay has acknowledged everything.
    pub(crate) async fn push(&mut self, id: DocumentId) {
        self.talk(id, |device| device.is_acknowledged(id)).await;
    }

    /// Talks until the document has `count` keys.
    pub(crate) async fn pull(&mut self, id: DocumentId, count: usize) {
        self.talk(id, |device| device.keys(id).len() == count).await;
    }

    /// Returns what a relay that refused this connection said last.
    pub(crate) async fn last_words(&mut self) -> String {
        let mut words = String::new();
        while let Some(frame) = self.hear().await {
            if let Frame::Error { message, .. } = frame {
                words = message;
            }
        }
        words
    }
}
