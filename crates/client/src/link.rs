//! The connection to the relay: one task that dials, shakes hands, passes frames and dials again.
//!
//! It knows nothing of documents. Both directions are bounded: what comes in waits for the worker, what goes out is
//! produced only while there is room. The one rule: an ended link delivers nothing more that anybody acts on, because
//! every event carries the number of its link.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use adjutant_base::{DeviceId, DocumentId, JoinLink, Security, hex, limits};
use adjutant_sync::backoff;
use adjutant_sync::wire::{Frame, PeerMetadata, WireError};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{
    Bytes, Error as WsError, Message as WsMessage, http::StatusCode,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use crate::identity::random;
use crate::tls;
use crate::worker::Message;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Something that happened on a link.
pub(crate) struct LinkEvent {
    /// The link's number.
    pub(crate) link: u64,
    /// What happened.
    pub(crate) what: What,
}

/// What happened on a link.
pub(crate) enum What {
    /// The relay has answered the handshake.
    Connected,
    /// A frame has come.
    Frame(Frame),
    /// There is room again for frames to send.
    Room,
    /// The connection is lost; it is being made again.
    Lost {
        /// Why, for people.
        reason: String,
    },
    /// The system does not trust the relay's certificate. It is tried again, since that may change, but not soon.
    Untrusted {
        /// Why, for people.
        reason: String,
    },
    /// The relay refuses this device; nothing more is tried.
    Refused {
        /// Why, for people.
        reason: String,
    },
}

/// Why a frame was not taken.
#[derive(Debug)]
pub(crate) enum SendError {
    /// There is no connection, or no room.
    Closed,
}

/// A connection that makes itself again until it is dropped.
pub(crate) struct Link {
    number: u64,
    outbound: mpsc::Sender<(DocumentId, Vec<u8>, bool)>,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    /// The worker found no room and wants to be told.
    wants_room: AtomicBool,
    /// The worker asks for a new connection.
    reset: Notify,
}

impl Link {
    /// Starts dialling.
    pub(crate) fn start(
        runtime: &Handle,
        join: JoinLink,
        device: DeviceId,
        events: mpsc::Sender<Message>,
    ) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (outbound, inbound) = mpsc::channel(limits::OUTBOUND_FRAMES);
        let shared = Arc::new(Shared::default());
        let dialler = Dialler {
            number,
            join,
            device,
            events,
            frames: inbound,
            shared: shared.clone(),
        };
        Self {
            number,
            outbound,
            shared,
            task: runtime.spawn(dialler.run()),
        }
    }

    /// Returns the link's number, unique in this process.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Tells whether a frame would be taken; if not, [`What::Room`] will say when.
    pub(crate) fn has_room(&self) -> bool {
        if self.outbound.capacity() > 0 {
            return true;
        }
        self.shared.wants_room.store(true, Ordering::SeqCst);
        // The task may have made room before it could see the wish.
        self.outbound.capacity() > 0
    }

    /// Sends a sync message about a document; `is_request` if this device has nothing of it.
    pub(crate) fn send(
        &self,
        document: DocumentId,
        data: Vec<u8>,
        is_request: bool,
    ) -> Result<(), SendError> {
        self.outbound
            .try_send((document, data, is_request))
            .map_err(|_full_or_closed| SendError::Closed)
    }

    /// Drops the connection and makes a new one.
    pub(crate) fn reset(&self) {
        self.shared.reset.notify_one();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Why a connection ended.
enum End {
    /// The relay will not have this device; trying again is no use.
    Refused(String),
    /// Anything that may pass.
    Lost(String),
    /// The system does not trust the relay's certificate.
    Untrusted(String),
    /// The relay objects to something said; it may do so again, so the next attempt does not come too soon.
    Objected(String),
    /// The engine has ended.
    Over,
}

struct Dialler {
    number: u64,
    join: JoinLink,
    device: DeviceId,
    events: mpsc::Sender<Message>,
    frames: mpsc::Receiver<(DocumentId, Vec<u8>, bool)>,
    shared: Arc<Shared>,
}

impl Dialler {
    async fn run(mut self) {
        let mut attempt: u32 = 0;
        loop {
            let mut was_connected = false;
            let end = match self.connect().await {
                Ok((socket, names)) => {
                    was_connected = true;
                    self.attend(socket, &names).await
                }
                Err(end) => end,
            };
            // What was meant for the old connection belongs to sessions that have ended.
            while self.frames.try_recv().is_ok() {}
            let told = match end {
                End::Over => return,
                End::Refused(reason) => {
                    self.tell(What::Refused { reason }).await.ok();
                    return;
                }
                End::Lost(reason) => self.tell(What::Lost { reason }).await,
                End::Untrusted(reason) => self.tell(What::Untrusted { reason }).await,
                End::Objected(reason) => {
                    was_connected = false;
                    self.tell(What::Lost { reason }).await
                }
            };
            if told.is_err() {
                return;
            }
            attempt = if was_connected {
                0
            } else {
                attempt.saturating_add(1)
            };
            let jitter = random().map_or(0, u64::from_le_bytes);
            tokio::time::sleep(Duration::from_millis(backoff::delay_ms(attempt, jitter))).await;
        }
    }

    async fn tell(&self, what: What) -> Result<(), ()> {
        self.events
            .send(Message::Link(LinkEvent {
                link: self.number,
                what,
            }))
            .await
            .map_err(|_ended| ())
    }

    /// Dials and shakes hands, within the time limit.
    async fn connect(&self) -> Result<(Socket, Names), End> {
        let limit = Duration::from_millis(limits::HANDSHAKE_MS);
        match tokio::time::timeout(limit, self.shake_hands()).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(End::Lost("the relay does not answer".to_owned())),
        }
    }

    async fn shake_hands(&self) -> Result<(Socket, Names), End> {
        let mut socket = self.dial().await?;
        let own = format!(
            "{}-{}",
            self.device,
            hex::encode(&random::<4>().unwrap_or_default())
        );
        let join = Frame::join(&own, PeerMetadata::default());
        socket
            .send(WsMessage::Binary(join.encode().into()))
            .await
            .map_err(|error| lost(&error))?;
        loop {
            let Some(message) = socket.next().await else {
                return Err(End::Lost("the relay closed the connection".to_owned()));
            };
            let WsMessage::Binary(bytes) = message.map_err(|error| lost(&error))? else {
                continue;
            };
            match Frame::decode(&bytes) {
                Ok(Frame::Peer { sender, .. }) => {
                    return Ok((socket, Names { own, relay: sender }));
                }
                Ok(Frame::Error { message, .. }) => return Err(End::Objected(message)),
                Ok(_) | Err(WireError::UnknownType { .. }) => {}
                Err(error) => return Err(End::Lost(adjutant_base::error::chain(&error))),
            }
        }
    }

    async fn dial(&self) -> Result<Socket, End> {
        let scheme = match self.join.security {
            Security::Plain => "ws",
            Security::Trusted | Security::Pinned(_) => "wss",
        };
        let uri = format!("{scheme}://{}/", self.join.address).parse();
        let Ok(uri) = uri else {
            return Err(End::Refused("its address is odd".to_owned()));
        };
        let request = ClientRequestBuilder::new(uri).with_header(
            "Authorization",
            format!("Bearer {}", self.join.secret.reveal()),
        );
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits::MESSAGE_BYTES))
            .max_frame_size(Some(limits::MESSAGE_BYTES));
        let connector = tls::connector(self.join.security).map_err(End::Lost)?;
        let dialled = connect_async_tls_with_config(request, Some(config), true, Some(connector));
        match dialled.await {
            Ok((socket, _response)) => Ok(socket),
            Err(WsError::Http(response)) if response.status() == StatusCode::UNAUTHORIZED => {
                Err(End::Refused(
                    "the secret in the join link is not the relay's; get a new link".to_owned(),
                ))
            }
            Err(error) => Err(lost(&error)),
        }
    }

    /// Passes frames both ways until the connection ends.
    async fn attend(&mut self, socket: Socket, names: &Names) -> End {
        if self.tell(What::Connected).await.is_err() {
            return End::Over;
        }
        let (mut to_relay, mut from_relay) = socket.split();
        let silence = Duration::from_millis(limits::DEAD_MS);
        let mut dead_at = Instant::now() + silence;
        loop {
            tokio::select! {
                // Reading and answering are equal: neither may starve the other. What is sent proves nothing: only
                // what is heard puts the end off.
                incoming = tokio::time::timeout_at(dead_at, from_relay.next()) => {
                    let message = match incoming {
                        Err(_elapsed) => return End::Lost("the relay has gone silent".to_owned()),
                        Ok(None) => return End::Lost("the relay closed the connection".to_owned()),
                        Ok(Some(Err(error))) => return lost(&error),
                        Ok(Some(Ok(message))) => message,
                    };
                    dead_at = Instant::now() + silence;
                    if let Err(end) = self.take(message).await {
                        return end;
                    }
                }
                frame = self.frames.recv() => {
                    let Some((document, data, is_request)) = frame else { return End::Over };
                    let bytes = names.frame(document, data, is_request).encode();
                    let sending = to_relay.send(WsMessage::Binary(Bytes::from(bytes)));
                    match tokio::time::timeout(silence, sending).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => return lost(&error),
                        Err(_elapsed) => return End::Lost("the relay takes nothing any more".to_owned()),
                    }
                    if self.shared.wants_room.swap(false, Ordering::SeqCst) && self.tell(What::Room).await.is_err() {
                        return End::Over;
                    }
                }
                () = self.shared.reset.notified() => {
                    return End::Lost("this device ended the connection to make it anew".to_owned());
                }
            }
        }
    }

    /// Hands a message of the relay to the worker.
    async fn take(&self, message: WsMessage) -> Result<(), End> {
        let bytes = match message {
            WsMessage::Binary(bytes) => bytes,
            WsMessage::Close(_) => {
                return Err(End::Lost("the relay closed the connection".to_owned()));
            }
            // Pings are answered by the library; texts are not part of the protocol.
            WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Text(_) | WsMessage::Frame(_) => {
                return Ok(());
            }
        };
        match Frame::decode(&bytes) {
            Ok(frame @ Frame::Error { .. }) => {
                let reason = "the relay refused a message of this device".to_owned();
                self.tell(What::Frame(frame))
                    .await
                    .map_err(|()| End::Over)?;
                Err(End::Objected(reason))
            }
            Ok(frame) => self.tell(What::Frame(frame)).await.map_err(|()| End::Over),
            // A newer relay may say more than this program understands.
            Err(WireError::UnknownType { .. }) => Ok(()),
            Err(error) => Err(End::Lost(adjutant_base::error::chain(&error))),
        }
    }
}

/// How both ends call themselves.
struct Names {
    own: String,
    relay: String,
}

impl Names {
    fn frame(&self, document: DocumentId, data: Vec<u8>, is_request: bool) -> Frame {
        let (sender, target) = (self.own.clone(), self.relay.clone());
        if is_request {
            Frame::Request {
                sender,
                target,
                document,
                data,
            }
        } else {
            Frame::Sync {
                sender,
                target,
                document,
                data,
            }
        }
    }
}

/// Says in words why a connection could not be made or kept.
fn lost(error: &WsError) -> End {
    if let WsError::Io(io) = error {
        match tls::refusal(io) {
            Some(tls::Refusal::OtherKey) => return End::Refused(tls::OtherKey.to_string()),
            Some(tls::Refusal::Untrusted(words)) => return End::Untrusted(words),
            None => {}
        }
        if io.kind() == std::io::ErrorKind::ConnectionRefused {
            return End::Lost("no relay is listening at its address".to_owned());
        }
    }
    if let WsError::Http(response) = error {
        return End::Lost(format!("the relay answered {}", response.status()));
    }
    if matches!(error, WsError::ConnectionClosed | WsError::AlreadyClosed) {
        return End::Lost("the relay closed the connection".to_owned());
    }
    End::Lost(error.to_string())
}

#[cfg(test)]
mod tests {
    use adjutant_base::{CompartmentId, WorkspaceId, WorkspaceSecret};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Starts a link to a listener that the test plays the relay on.
    async fn link() -> (TcpListener, Link, mpsc::Receiver<Message>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let join = JoinLink {
            address: listener.local_addr().unwrap().into(),
            security: Security::Plain,
            workspace: WorkspaceId([1; 16]),
            compartment: CompartmentId([2; 6]),
            secret: WorkspaceSecret::new([3; 32]),
        };
        let (events, told) = mpsc::channel(10);
        let link = Link::start(&Handle::current(), join, DeviceId([4; 16]), events);
        (listener, link, told)
    }

    async fn next(told: &mut mpsc::Receiver<Message>) -> Option<What> {
        let Message::Link(event) = told.recv().await? else {
            panic!("a link tells of links only");
        };
        Some(event.what)
    }

    #[tokio::test]
    async fn a_wrong_secret_is_said_once_and_not_tried_again() {
        let (listener, _link, mut told) = link().await;
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let length = socket.read(&mut request).await.unwrap();
        let request = String::from_utf8_lossy(&request[..length]).into_owned();
        assert!(request.contains(&format!("Bearer {}", "03".repeat(32))));
        let answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        socket.write_all(answer).await.unwrap();
        let Some(What::Refused { reason }) = next(&mut told).await else {
            panic!("the refusal must be told");
        };
        assert!(reason.contains("secret"), "{reason}");
        assert!(next(&mut told).await.is_none(), "the task has ended");
    }

    #[tokio::test]
    async fn frames_pass_both_ways_and_a_lost_relay_is_dialled_again() {
        let (listener, link, mut told) = link().await;
        let document = DocumentId([5; 16]);
        for _ in 0..2 {
            let (socket, _) = listener.accept().await.unwrap();
            let mut relay = tokio_tungstenite::accept_async(socket).await.unwrap();
            let join = relay.next().await.unwrap().unwrap().into_data();
            let Ok(Frame::Join { sender, .. }) = Frame::decode(&join) else {
                panic!("the first frame is a join");
            };
            assert!(sender.starts_with(&DeviceId([4; 16]).to_string()));
            let peer = Frame::peer("relay", &sender, PeerMetadata::default());
            let unknown = b"\xA1\x64type\x66newish".to_vec();
            for bytes in [peer.encode(), unknown] {
                relay.send(WsMessage::Binary(bytes.into())).await.unwrap();
            }
            assert!(matches!(next(&mut told).await, Some(What::Connected)));
            link.send(document, vec![1, 2], true).unwrap();
            let heard = relay.next().await.unwrap().unwrap().into_data();
            let request = Frame::Request {
                sender: sender.clone(),
                target: "relay".to_owned(),
                document,
                data: vec![1, 2],
            };
            assert_eq!(Frame::decode(&heard), Ok(request));
            let error = Frame::Error {
                sender: "relay".to_owned(),
                target: sender,
                message: "no".to_owned(),
            };
            relay
                .send(WsMessage::Binary(error.encode().into()))
                .await
                .unwrap();
            assert!(matches!(
                next(&mut told).await,
                Some(What::Frame(Frame::Error { .. }))
            ));
            assert!(matches!(next(&mut told).await, Some(What::Lost { .. })));
        }
    }
}
