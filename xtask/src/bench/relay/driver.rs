//! One end of a connection as the load generator has it, to any of the servers that it knows.
//!
//! What is sent was made beforehand ([`Line`](super::line::Line)); what comes is looked through and not decoded.

use std::net::SocketAddr;
use std::time::Duration;

use adjutant_base::{CompartmentId, DocumentClass, DocumentId, JoinLink};
use adjutant_sync::wire::{Frame, PeerMetadata};
use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message as WsMessage};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::line::{holds, number};

/// Long enough for a loaded machine; beyond it something hangs.
const LIMIT: Duration = Duration::from_mins(2);
/// First byte of a frame of either Yjs server that carries a sync message.
const YJS_SYNC: u8 = 0;
/// What hocuspocus wants to hear first: a token, which is empty.
const HOCUSPOCUS_TOKEN: [u8; 3] = [2, 0, 0];

/// Where a server is and what it speaks.
#[derive(Debug, Clone)]
pub enum Site {
    /// Our relay.
    Relay(JoinLink),
    /// Another server that speaks automerge-repo.
    Repo(SocketAddr),
    /// Hocuspocus: Yjs, with the document's name in each frame.
    Hocuspocus(SocketAddr),
    /// y-websocket: Yjs, with the document's name in the address.
    YWebsocket(SocketAddr),
    /// The floor, which passes on any frame.
    Echo(SocketAddr),
}

impl Site {
    /// Returns document `number` as this server may hold it.
    pub fn document(&self, number: u64) -> DocumentId {
        let compartment = match self {
            Self::Relay(link) => link.compartment,
            Self::Repo(_) | Self::Hocuspocus(_) | Self::YWebsocket(_) | Self::Echo(_) => {
                CompartmentId([1; 6])
            }
        };
        let mut bytes = [0; 9];
        bytes[1..].copy_from_slice(&number.to_be_bytes());
        DocumentId::new(compartment, DocumentClass::Records, bytes)
    }

    /// Tells whether edits are Yjs updates here.
    pub fn speaks_yjs(&self) -> bool {
        matches!(self, Self::Hocuspocus(_) | Self::YWebsocket(_))
    }

    /// Tells whether this server knows nothing of documents.
    pub fn is_floor(&self) -> bool {
        matches!(self, Self::Echo(_))
    }

    fn request(&self, document: DocumentId) -> anyhow::Result<ClientRequestBuilder> {
        let (address, path) = match self {
            Self::Relay(link) => (link.address.to_string(), String::new()),
            Self::Repo(address) | Self::Hocuspocus(address) | Self::Echo(address) => {
                (address.to_string(), String::new())
            }
            Self::YWebsocket(address) => (address.to_string(), document.to_string()),
        };
        let request = ClientRequestBuilder::new(format!("ws://{address}/{path}").parse()?);
        Ok(match self {
            Self::Relay(link) => {
                request.with_header("Authorization", format!("Bearer {}", link.secret.reveal()))
            }
            Self::Repo(_) | Self::Hocuspocus(_) | Self::YWebsocket(_) | Self::Echo(_) => request,
        })
    }
}

/// A connection to a server.
#[derive(Debug)]
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    site: Site,
    name: String,
    server: String,
}

impl Client {
    /// Connects and does what the server wants done before the first message about `document`.
    ///
    /// # Errors
    /// If the server is not there or does not let the client in.
    pub async fn join(site: &Site, name: &str, document: DocumentId) -> anyhow::Result<Self> {
        let config = WebSocketConfig::default()
            .read_buffer_size(16 << 10) // Some cases have hundreds of clients.
            .max_message_size(Some(adjutant_base::limits::MESSAGE_BYTES))
            .max_frame_size(Some(adjutant_base::limits::MESSAGE_BYTES));
        let request = site.request(document)?;
        let dialled =
            tokio_tungstenite::connect_async_with_config(request, Some(config), true).await;
        let (socket, _response) = dialled.context("cannot connect")?;
        let mut client = Self {
            socket,
            site: site.clone(),
            name: name.to_owned(),
            server: String::new(),
        };
        match site {
            Site::Relay(_) | Site::Repo(_) => client.shake_hands().await?,
            Site::Hocuspocus(_) => client.open(document).await?,
            Site::YWebsocket(_) | Site::Echo(_) => {}
        }
        Ok(client)
    }

    async fn shake_hands(&mut self) -> anyhow::Result<()> {
        let join = Frame::join(&self.name, PeerMetadata::default());
        self.send_raw(join.encode().into()).await?;
        let bytes = self.hear().await?;
        let Frame::Peer { sender, .. } = Frame::decode(&bytes)? else {
            bail!("the server did not welcome the client");
        };
        self.server = sender;
        Ok(())
    }

    /// Does what has to be done before the first message about another document on this connection.
    ///
    /// # Errors
    /// As [`Client::hear`].
    pub async fn open(&mut self, document: DocumentId) -> anyhow::Result<()> {
        if matches!(self.site, Site::Hocuspocus(_)) {
            let mut token = named(document);
            token.extend_from_slice(&HOCUSPOCUS_TOKEN);
            self.send_raw(token.into()).await?;
            self.hear().await?; // That it is let in.
        }
        Ok(())
    }

    /// Returns the frame that carries a sync message of this client.
    pub fn frame(&self, document: DocumentId, data: Vec<u8>) -> Bytes {
        let (sender, target) = (self.name.clone(), self.server.clone());
        let mut bytes = match self.site {
            Site::Relay(_) | Site::Repo(_) | Site::Echo(_) => {
                let frame = Frame::Sync {
                    sender,
                    target,
                    document,
                    data,
                };
                return frame.encode().into();
            }
            Site::Hocuspocus(_) => named(document),
            Site::YWebsocket(_) => Vec::new(),
        };
        bytes.push(YJS_SYNC);
        bytes.extend_from_slice(&data);
        bytes.into()
    }

    /// Returns the frame by which this client asks for a document of which it has nothing.
    pub fn request(&self, document: DocumentId, data: Vec<u8>) -> Bytes {
        if self.site.speaks_yjs() {
            return self.frame(document, data);
        }
        let frame = Frame::Request {
            sender: self.name.clone(),
            target: self.server.clone(),
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

    /// Waits for a frame that has `mark` in it; returns how many bytes came until then, that frame included.
    ///
    /// # Errors
    /// As [`Client::hear`].
    pub async fn hear_mark(&mut self, mark: &[u8]) -> anyhow::Result<usize> {
        let mut size_bytes = 0_usize;
        loop {
            let frame = self.hear().await?;
            size_bytes = size_bytes.saturating_add(frame.len());
            if holds(&frame, mark) {
                return Ok(size_bytes);
            }
        }
    }
}

/// Begins a frame of hocuspocus: with the document's name.
fn named(document: DocumentId) -> Vec<u8> {
    let name = document.to_string();
    let mut bytes = Vec::new();
    number(&mut bytes, name.len());
    bytes.extend_from_slice(name.as_bytes());
    bytes
}
