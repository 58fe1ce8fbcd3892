//! The WebSocket: lets a peer in, learns its name, passes its messages on one at a time and sends what waits for it.
//!
//! What a sync message does is the registry's matter. The rule: the credential is checked before anything else is
//! parsed, and after a refusal nothing that the peer sent is processed any more.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adjutant_base::{DocumentId, limits};
use adjutant_sync::wire::{Frame, PROTOCOL_VERSION, PeerMetadata, WireError};
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, FromRequestParts as _, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinError;

use crate::document::{ConnectionId, Document, HearError, Kind, Peer, lock};
use crate::http::listener::Visitor;
use crate::http::router::App;
use crate::outbound::{Next, Outbound};
use crate::registry::{Entry, Registry};

/// What each connection holds for reading while it is idle; larger frames grow it as they come.
const READ_BUFFER_BYTES: usize = 4 << 10;
/// A frame up to this size is decoded where it arrives: handing it to another thread would cost more.
const SMALL_FRAME_BYTES: usize = 16 << 10;

/// Why a connection is closed; the text goes to the peer.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the message is not a frame of the protocol: {0}")]
    Wire(#[source] WireError),
    #[error("the connection broke: {0}")]
    Broken(#[source] axum::Error),
    #[error("only binary messages are understood")]
    Text,
    #[error(
        "the first message must be a join of at most {} bytes",
        limits::UNAUTHENTICATED_BYTES
    )]
    NoJoin,
    #[error("only protocol version 1 is spoken here")]
    Version,
    #[error("this device has too many connections")]
    TooManyConnections,
    #[error("a message names another sender than this connection")]
    Sender,
    #[error("document {0} belongs to another compartment than this relay's")]
    Compartment(DocumentId),
    #[error("one connection may talk about {0} documents")]
    TooManyDocuments(usize),
    #[error("a passing message may have {} bytes", limits::EPHEMERAL_BYTES)]
    EphemeralTooBig,
    #[error("a message of this kind is not for the relay")]
    Unexpected,
    #[error("{}", adjutant_base::error::chain(.0))]
    Hear(#[source] HearError),
    #[error("the relay has met a defect with this message; it is in its log")]
    Defect(#[source] JoinError),
}

/// Checks the credential, then upgrades the connection.
pub(crate) async fn upgrade(
    State(app): State<App>,
    ConnectInfo(visitor): ConnectInfo<Visitor>,
    request: Request,
) -> Response {
    let authorization = request.headers().get(header::AUTHORIZATION);
    if !app
        .registry
        .policy
        .admits(authorization.map(header::HeaderValue::as_bytes))
    {
        app.registry.metrics.strangers_refused.one_more();
        return (
            StatusCode::UNAUTHORIZED,
            [(header::WWW_AUTHENTICATE, "Bearer")],
            "the secret is not this workspace's\n",
        )
            .into_response();
    }
    if app.registry.is_down() {
        let words = "the relay cannot store anything at present\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    }
    visitor.admit();
    let (mut parts, _body) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        Ok(upgrade) => {
            let most = app.registry.limits.message_bytes;
            upgrade
                .max_message_size(most)
                .max_frame_size(most)
                .read_buffer_size(READ_BUFFER_BYTES)
                .write_buffer_size(0) // Each frame is sent at once.
                .on_upgrade(move |socket| attend(app, socket))
        }
        Err(rejection) => rejection.into_response(),
    }
}

/// Serves one connection until it ends.
async fn attend(app: App, socket: WebSocket) {
    let App {
        registry,
        stop,
        alive,
    } = app;
    let (sink, mut stream) = socket.split();
    let limits = registry.limits;
    let metrics = Arc::clone(&registry.metrics);
    let relay = Arc::clone(&registry.name);
    let outbound = Arc::new(Outbound::new(limits.outbound_frames, limits.outbound_bytes));
    let id = registry.connection_id();
    let sender = Sender {
        registry: Arc::clone(&registry),
        outbound: Arc::clone(&outbound),
        connection: id,
        sink,
    };
    // The task is awaited once, below; who must know earlier that it has ended waits for this.
    let (sending_lives, sending_ends) = oneshot::channel::<()>();
    let mut sending = tokio::spawn(async move {
        sender.run().await;
        drop(sending_lives);
    });

    let greeted = tokio::time::timeout(limits.handshake, greet(&registry, &mut stream)).await;
    let mut joined = None;
    let outcome = match greeted {
        Ok(Ok((name, storage, entry))) => {
            let peer = Peer {
                id,
                name: Arc::from(name.as_str()),
                relay: Arc::clone(&registry.name),
                outbound: Arc::clone(&outbound),
                storage,
                subscriptions: Arc::new(Mutex::default()),
            };
            let connection = joined.insert(Connection {
                registry,
                peer,
                documents: BTreeSet::new(),
                entry,
            });
            connection.welcome();
            connection.listen(&mut stream, stop, sending_ends).await
        }
        Ok(Err(refusal)) => Err(refusal),
        Err(_elapsed) => Err(Refusal::NoJoin),
    };
    let last = outcome.err().map(|refusal| {
        metrics.peers_refused.one_more();
        last_words(id, &relay, &refusal)
    });
    outbound.finish(last);
    if let Some(connection) = joined {
        connection.leave().await;
    }
    // A peer that does not read its last words is not waited for.
    let mut ended = tokio::time::timeout(limits.handshake, &mut sending).await;
    if ended.is_err() {
        sending.abort();
        ended = Ok(sending.await);
    }
    if let Ok(Err(defect)) = ended
        && defect.is_panic()
    {
        tracing::error!(connection = id, %defect, "sending met a defect");
    }
    drop(alive);
}

/// Logs a refusal and returns the frame that tells the peer.
fn last_words(connection: ConnectionId, relay: &str, refusal: &Refusal) -> Vec<u8> {
    let error = adjutant_base::error::chain(refusal);
    tracing::info!(connection, error, "refused");
    let frame = Frame::Error {
        sender: relay.to_owned(),
        target: String::new(),
        message: refusal.to_string(),
    };
    frame.encode()
}

/// Waits for the peer's join and counts it in; returns its name and the name of its store, if it keeps one.
async fn greet(
    registry: &Arc<Registry>,
    stream: &mut SplitStream<WebSocket>,
) -> Result<(String, Option<Arc<str>>, Entry), Refusal> {
    let bytes = loop {
        match stream.next().await {
            Some(Ok(Message::Binary(bytes))) => break bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_) | Message::Close(_)) | Err(_)) | None => {
                return Err(Refusal::NoJoin);
            }
        }
    };
    if bytes.len() > limits::UNAUTHENTICATED_BYTES {
        return Err(Refusal::NoJoin);
    }
    let Frame::Join {
        sender,
        metadata,
        versions,
    } = Frame::decode(&bytes).map_err(Refusal::Wire)?
    else {
        return Err(Refusal::NoJoin);
    };
    if !versions.iter().any(|version| version == PROTOCOL_VERSION) {
        return Err(Refusal::Version);
    }
    let entry = registry.enter(&sender).ok_or(Refusal::TooManyConnections)?;
    let storage = metadata.storage_id.filter(|_| !metadata.is_ephemeral);
    Ok((sender, storage.map(Arc::from), entry))
}

/// A peer that has been let in.
struct Connection {
    registry: Arc<Registry>,
    peer: Peer,
    documents: BTreeSet<DocumentId>,
    entry: Entry,
}

impl Connection {
    fn welcome(&self) {
        let metadata = PeerMetadata {
            storage_id: Some(self.registry.storage.to_string()),
            is_ephemeral: false,
        };
        let welcome = Frame::peer(&self.registry.name, &self.peer.name, metadata);
        self.peer.outbound.push(welcome.encode());
        tracing::info!(connection = self.peer.id, peer = %self.peer.name, "joined");
    }

    /// Takes messages until the peer leaves, is refused, falls silent, or the relay stops.
    async fn listen(
        &mut self,
        stream: &mut SplitStream<WebSocket>,
        mut stop: watch::Receiver<bool>,
        mut sending_ends: oneshot::Receiver<()>,
    ) -> Result<(), Refusal> {
        loop {
            let message = tokio::select! {
                message = tokio::time::timeout(self.registry.limits.dead, stream.next()) => message,
                // Only an orderly stop changes it, and a dropped one means the same.
                _stopped = stop.wait_for(|stop| *stop) => return Ok(()),
                // The sender ends by itself only if the connection is broken.
                _ended = &mut sending_ends => return Ok(()),
            };
            let bytes = match message {
                Ok(Some(Ok(Message::Binary(bytes)))) => bytes,
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
                Ok(Some(Ok(Message::Text(_)))) => return Err(Refusal::Text),
                Ok(Some(Err(error))) => return Err(Refusal::Broken(error)),
                Ok(Some(Ok(Message::Close(_))) | None) | Err(_) => return Ok(()),
            };
            let wait = self.count(bytes.len());
            if self.take(bytes).await?.is_none() {
                return Ok(());
            }
            if wait.is_zero() {
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _stopped = stop.wait_for(|stop| *stop) => return Ok(()),
                _ended = &mut sending_ends => return Ok(()),
            }
        }
    }

    /// Counts a message; returns how long not to listen after it.
    fn count(&mut self, size_bytes: usize) -> Duration {
        let metrics = &self.registry.metrics;
        metrics.messages_received.one_more();
        metrics.bytes_received.add(size_bytes as u64);
        let wait = self.entry.charge(size_bytes);
        if !wait.is_zero() {
            metrics.messages_delayed.one_more();
        }
        wait
    }

    /// Takes one message in; `None` if it was the last.
    async fn take(&mut self, bytes: Bytes) -> Result<Option<()>, Refusal> {
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let limit = u32::try_from(self.registry.limits.in_flight_bytes).unwrap_or(u32::MAX);
        let registry = Arc::clone(&self.registry);
        // Never closed, so never an error; without a permit the message would only be uncounted.
        let _permit = registry.in_flight.acquire_many(size.min(limit)).await.ok();
        let frame = if bytes.len() <= SMALL_FRAME_BYTES {
            Frame::decode(&bytes)
        } else {
            tokio::task::spawn_blocking(move || Frame::decode(&bytes))
                .await
                .map_err(Refusal::Defect)?
        };
        let frame = match frame {
            Ok(frame) => frame,
            // A newer peer may say more than this relay understands.
            Err(WireError::UnknownType { kind }) => {
                tracing::debug!(connection = self.peer.id, kind, "ignored");
                return Ok(Some(()));
            }
            Err(error) => return Err(Refusal::Wire(error)),
        };
        self.follow(frame).await
    }

    /// Does what a frame asks for; `None` if it was the last.
    async fn follow(&mut self, frame: Frame) -> Result<Option<()>, Refusal> {
        match frame {
            Frame::Sync {
                sender,
                document,
                data,
                ..
            } => {
                self.check_sender(&sender)?;
                self.check(document)?;
                self.hear(document, Kind::Sync, data).await?;
            }
            Frame::Request {
                sender,
                document,
                data,
                ..
            } => {
                self.check_sender(&sender)?;
                self.check(document)?;
                self.hear(document, Kind::Request, data).await?;
            }
            // It may be another's, which the peer passes on.
            Frame::Ephemeral {
                document, ref data, ..
            } => {
                self.check(document)?;
                if data.len() > limits::EPHEMERAL_BYTES {
                    return Err(Refusal::EphemeralTooBig);
                }
                let peer = self.peer.clone();
                let passing_on = move |document: &Arc<Document>| document.pass_on(&peer, &frame);
                let passed = self.registry.at(document, passing_on).await;
                passed.map_err(Refusal::Defect)?;
            }
            Frame::RemoteSubscriptionChange {
                sender,
                add,
                remove,
                ..
            } => {
                self.check_sender(&sender)?;
                self.subscribe(add, &remove).await?;
            }
            Frame::RemoteHeadsChanged {
                sender,
                document,
                heads,
                ..
            } => {
                self.check_sender(&sender)?;
                self.check(document)?;
                let from = self.peer.id;
                let hearing = move |document: &Arc<Document>| document.hear_elsewhere(from, &heads);
                let heard = self.registry.at(document, hearing).await;
                heard.map_err(Refusal::Defect)?;
            }
            // The relay asks nobody for documents.
            Frame::DocUnavailable { .. } => {}
            Frame::Leave { .. } | Frame::Error { .. } => return Ok(None),
            // `Frame` may grow; what this relay does not know, it does not serve.
            Frame::Join { .. } | Frame::Peer { .. } | _ => return Err(Refusal::Unexpected),
        }
        Ok(Some(()))
    }

    /// Takes note of the stores elsewhere that the peer wants to hear of, and tells it what is known of them.
    async fn subscribe(&self, add: Vec<String>, remove: &[String]) -> Result<(), Refusal> {
        self.note_subscriptions(add, remove);
        let id = self.peer.id;
        for document in &self.documents {
            let catching_up = move |document: &Arc<Document>| document.catch_up_elsewhere(id);
            let caught_up = self.registry.at(*document, catching_up).await;
            caught_up.map_err(Refusal::Defect)?;
        }
        Ok(())
    }

    fn note_subscriptions(&self, add: Vec<String>, remove: &[String]) {
        let mut wanted = lock(&self.peer.subscriptions);
        wanted.retain(|storage| !remove.contains(storage));
        // Beyond the limit some news does not come, as with any other that is lost.
        let room = limits::REMOTE_STORES.saturating_sub(wanted.len());
        wanted.extend(add.into_iter().take(room));
    }

    fn check_sender(&self, sender: &str) -> Result<(), Refusal> {
        if sender == &*self.peer.name {
            Ok(())
        } else {
            Err(Refusal::Sender)
        }
    }

    fn check(&mut self, document: DocumentId) -> Result<(), Refusal> {
        if !self.registry.policy.covers(document) {
            return Err(Refusal::Compartment(document));
        }
        let most = self.registry.limits.documents_per_connection;
        if self.documents.len() >= most && !self.documents.contains(&document) {
            return Err(Refusal::TooManyDocuments(most));
        }
        self.documents.insert(document);
        Ok(())
    }

    async fn hear(&self, document: DocumentId, kind: Kind, data: Vec<u8>) -> Result<(), Refusal> {
        let heard = self.registry.hear(&self.peer, document, kind, data).await;
        heard.map_err(Refusal::Defect)?.map_err(Refusal::Hear)
    }

    async fn leave(self) {
        let (id, documents) = (self.peer.id, self.documents);
        if let Err(defect) = self.registry.leave(id, documents).await {
            tracing::error!(connection = id, %defect, "leaving met a defect");
        }
        tracing::info!(connection = id, peer = %self.peer.name, "left");
    }
}

/// The sending half of a connection.
struct Sender {
    registry: Arc<Registry>,
    outbound: Arc<Outbound>,
    connection: u64,
    sink: SplitSink<WebSocket, Message>,
}

impl Sender {
    /// Sends until the queue is finished or the connection breaks.
    async fn run(mut self) {
        let mut ping = tokio::time::interval(self.registry.limits.ping);
        ping.reset(); // The first one is not due at once.
        loop {
            let message = tokio::select! {
                next = self.outbound.next() => match next {
                    Next::Send(frame) => {
                        self.registry.metrics.messages_sent.one_more();
                        self.registry.metrics.bytes_sent.add(frame.len() as u64);
                        Message::Binary(frame.into())
                    }
                    Next::Finish => break,
                    Next::CatchUp(documents) => {
                        self.catch_up(documents).await;
                        continue;
                    }
                },
                _due = ping.tick() => Message::Ping(Bytes::new()),
            };
            if self.sink.send(message).await.is_err() {
                return;
            }
        }
        // A peer that is gone already needs no goodbye.
        self.sink.send(Message::Close(None)).await.ok();
        self.sink.close().await.ok();
    }

    async fn catch_up(&self, documents: BTreeSet<DocumentId>) {
        let connection = self.connection;
        if let Err(defect) = self.registry.catch_up(connection, documents).await {
            tracing::error!(connection, %defect, "cannot make the messages that a slow peer missed");
        }
    }
}
