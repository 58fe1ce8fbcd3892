//! The smallest automerge-repo sync server that samod and axum make.
//!
//! Stories let desktops work through it, and the benchmark of the relay runs it beside ours (`examples/samod_relay.rs`). The
//! rule: it is samod as it comes, with its own store on disk and nothing turned down.

use std::future::{IntoFuture as _, ready};
use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use futures_util::{SinkExt as _, StreamExt as _};
use samod::storage::TokioFilesystemStorage;
use samod::{AcceptorHandle, Repo, Transport};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Largest message, as at our relay.
const MESSAGE_BYTES: usize = 64 << 20;

/// A server that serves until it is stopped.
pub(crate) struct SamodServer {
    pub(crate) address: SocketAddr,
    repo: Repo,
    serving: JoinHandle<std::io::Result<()>>,
}

impl SamodServer {
    /// Serves at `address` from what is in `folder`, on the present tokio runtime.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub(crate) async fn start(folder: &Path, address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let repo = Repo::build_tokio()
            .with_storage(TokioFilesystemStorage::new(folder))
            .with_peer_id("samod-server".into())
            .load()
            .await;
        let url = format!("ws://{address}/");
        let acceptor = url
            .parse()
            .map_err(std::io::Error::other)
            .and_then(|url| repo.make_acceptor(url).map_err(|_stopped| stopped()))?;
        let route = get(move |upgrade: WebSocketUpgrade| ready(accept(upgrade, acceptor.clone())));
        let router = Router::new().route("/", route);
        // Otherwise the kernel waits for more before it sends, and the server looks slower than it is.
        let listener = listener.tap_io(|stream| {
            stream.set_nodelay(true).ok();
        });
        let serving = tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self {
            address,
            repo,
            serving,
        })
    }

    /// Ends after everything is in the folder.
    pub(crate) async fn stop(self) {
        self.serving.abort();
        self.repo.stop().await;
    }
}

fn stopped() -> std::io::Error {
    std::io::Error::other("samod has stopped")
}

fn accept(upgrade: WebSocketUpgrade, acceptor: AcceptorHandle) -> axum::response::Response {
    upgrade
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .on_upgrade(async move |socket| {
            // Only a stopped server refuses.
            acceptor.accept(transport(socket)).ok();
        })
}

/// Binary messages are frames; everything else is the WebSocket's own affair.
fn transport(socket: WebSocket) -> Transport {
    let (sink, stream) = socket.split();
    let stream = stream.filter_map(|message| {
        ready(match message {
            Ok(Message::Binary(bytes)) => Some(Ok(bytes.to_vec())),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    });
    let sink = sink
        .with(|bytes: Vec<u8>| ready(Ok::<_, axum::Error>(Message::Binary(Bytes::from(bytes)))));
    Transport::new(stream, sink)
}
