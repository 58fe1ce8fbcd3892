//! samod 0.16, the Rust relative of automerge-repo: as a client of our relay, and as the relay of our desktops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use adjutant_base::{
    CompartmentId, JoinLink, ManualClock, Timestamp, WorkspaceId, WorkspaceSecret,
};
use adjutant_client::{Config, Engine, Zone};
use adjutant_model::Command;
use adjutant_model::action::ActionField;
use adjutant_relay::{Relay, RelayConfig, Running};
use automerge::transaction::Transactable as _;
use automerge::{Automerge, ROOT, ReadDoc as _};
use futures_util::future::BoxFuture;
use futures_util::{SinkExt as _, StreamExt as _, future};
use samod::{BackoffConfig, DialError, Dialer, DocHandle, PeerId, Repo, Transport};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Long enough for a loaded machine; reached only by a broken program.
const LIMIT: Duration = Duration::from_secs(60);

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future)
        .await
        .expect("something should have happened by now")
}

/// Lets samod speak over a WebSocket.
fn transport<S>(socket: WebSocketStream<S>) -> Transport
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sink, stream) = socket.split();
    let frames = stream.filter_map(|message| {
        future::ready(match message {
            Ok(Message::Binary(bytes)) => Some(Ok(bytes.to_vec())),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    });
    let sink =
        sink.with(|bytes: Vec<u8>| future::ready(Ok::<_, Error>(Message::Binary(bytes.into()))));
    Transport::new(frames.boxed(), sink)
}

struct WebSocketDialer(SocketAddr);

impl Dialer for WebSocketDialer {
    type Error = Error;

    fn url(&self) -> url::Url {
        format!("ws://{}/", self.0).parse().unwrap()
    }

    fn connect(&self) -> BoxFuture<'static, Result<Transport, DialError<Error>>> {
        let url = self.url().to_string();
        Box::pin(async move {
            match tokio_tungstenite::connect_async(url).await {
                Ok((socket, _response)) => Ok(transport(socket)),
                Err(error) => Err(DialError::transient(error)),
            }
        })
    }
}

async fn relay(folder: &TempDir, listen: SocketAddr) -> Running {
    let config = RelayConfig {
        is_open: true,
        ..RelayConfig::new(folder.path(), listen)
    };
    Relay::start(config).await.unwrap()
}

async fn client(address: SocketAddr, name: &str) -> Repo {
    let repo = Repo::build_tokio()
        .with_peer_id(PeerId::from_string(name.to_owned()))
        .load()
        .await;
    let dialer = repo
        .dial(BackoffConfig::default(), Arc::new(WebSocketDialer(address)))
        .unwrap();
    within(dialer.established()).await.unwrap();
    repo
}

fn put(document: &DocHandle, key: &str, value: i64) {
    document.with_document(|document| {
        let mut change = document.transaction();
        change.put(ROOT, key, value).unwrap();
        change.commit();
    });
}

fn get(document: &DocHandle, key: &str) -> Option<i64> {
    document.with_document(|document| document.get(ROOT, key).unwrap()?.0.to_i64())
}

/// Waits until a document says this.
async fn wait(document: &DocHandle, key: &str, value: i64) {
    let mut changes = document.changes();
    while get(document, key) != Some(value) {
        within(changes.next()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samod_clients_work_through_our_relay() {
    let folder = tempfile::tempdir().unwrap();
    let running = relay(&folder, ([127, 0, 0, 1], 0).into()).await;
    let address = running.address();
    let one = client(address, "one").await;
    let two = client(address, "two").await;
    let mut content = Automerge::new();
    let mut change = content.transaction();
    change.put(ROOT, "count", 1).unwrap();
    change.commit();
    let here = one.create(content).await.unwrap();
    let there = loop {
        // It is not there before it has reached the relay.
        if let Some(found) = within(two.find(here.document_id().clone())).await.unwrap() {
            break found;
        }
        tokio::task::yield_now().await;
    };
    wait(&there, "count", 1).await;
    put(&there, "count", 2);
    wait(&here, "count", 2).await;

    let mut heard = there.ephemera();
    here.broadcast(b"here".to_vec());
    assert_eq!(within(heard.next()).await.unwrap(), b"here");

    // Both edit while there is no relay; it comes back with what it had, and they find each other.
    running.shutdown().await.unwrap();
    put(&here, "of one", 1);
    put(&there, "of two", 2);
    let running = relay(&folder, address).await;
    wait(&here, "of two", 2).await;
    wait(&there, "of one", 1).await;
    let late = client(address, "late").await;
    let found = within(late.find(here.document_id().clone()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (get(&found, "of one"), get(&found, "of two")),
        (Some(1), Some(2))
    );
    running.shutdown().await.unwrap();
}

/// Serves as a relay does, by samod.
async fn samod_server() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let repo = Repo::build_tokio()
        .with_peer_id(PeerId::from_string("samod".to_owned()))
        .load()
        .await;
    let acceptor = repo
        .make_acceptor(format!("ws://{address}/").parse().unwrap())
        .unwrap();
    tokio::spawn(async move {
        // Kept as long as it serves.
        let _repo = repo;
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(socket) = tokio_tungstenite::accept_async(socket).await {
                acceptor.accept(transport(socket)).unwrap();
            }
        }
    });
    address
}

fn desktop(address: SocketAddr, person: &str) -> (Engine, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(Config {
        data_folder: folder.path().to_owned(),
        person: person.to_owned(),
        device: "test".to_owned(),
        clock: Arc::new(ManualClock::new(Timestamp(1_795_510_800_000))),
        zone: Zone::Utc,
        online: true,
    })
    .unwrap();
    let link = JoinLink {
        address,
        workspace: WorkspaceId([1; 16]),
        compartment: CompartmentId([2; 6]),
        secret: WorkspaceSecret::new([3; 32]),
    };
    engine.join_blocking(link).unwrap();
    (engine, folder)
}

fn titles(engine: &Engine) -> Vec<String> {
    let mut titles: Vec<String> = engine
        .board()
        .actions
        .into_iter()
        .map(|(_, action)| action.title.clone())
        .collect();
    titles.sort();
    titles
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn desktops_work_through_a_samod_server() {
    let address = samod_server().await;
    let work = tokio::task::spawn_blocking(move || {
        let (anna, _of_anna) = desktop(address, "Anna");
        let (ben, _of_ben) = desktop(address, "Ben");
        for (engine, title) in [(&anna, "Order laptops"), (&ben, "Call the carrier")] {
            let id = engine.new_record_id().unwrap();
            let title = ActionField::Title(title.to_owned());
            engine
                .execute_blocking(vec![Command::create(id, vec![title])])
                .unwrap();
        }
        let expected = ["Call the carrier", "Order laptops"];
        for _round in 0..500 {
            assert!(anna.wait_synced_blocking(LIMIT), "{:?}", anna.status());
            assert!(ben.wait_synced_blocking(LIMIT), "{:?}", ben.status());
            if titles(&anna) == expected && titles(&ben) == expected {
                return;
            }
            std::thread::yield_now();
        }
        panic!("{:?} and {:?}", titles(&anna), titles(&ben));
    });
    work.await.unwrap();
}
