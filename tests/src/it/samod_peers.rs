//! samod, the other implementation of automerge-repo, at both ends: its clients at our relay, our desktops at its server.
//!
//! Everything runs in this process over real WebSockets. The rule: samod is used as its authors mean it to be, and what it
//! is waited for is what it announces itself.

use std::convert::Infallible;
use std::future::ready;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use adjutant_base::{
    CompartmentId, DocumentClass, JoinLink, RecordId, WorkspaceId, WorkspaceSecret,
};
use adjutant_client::Engine;
use adjutant_model::Command as Intent;
use adjutant_model::action::ActionField;
use automerge::transaction::Transactable as _;
use automerge::{Automerge, ROOT, ReadDoc as _};
use futures_util::{SinkExt as _, StreamExt as _};
use samod::storage::InMemoryStorage;
use samod::{
    BackoffConfig, DialError, Dialer, DialerHandle, DocHandle, DocumentId, Repo, Transport,
};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio_tungstenite::tungstenite::Message;

use crate::interop::{OpenRelay, desktop, desktop_at, wait_board, wait_title};
use crate::samod_server::SamodServer;
use crate::world::LIMIT;

/// Opens WebSockets for samod; its own way to do so brings a second TLS stack.
struct WebSocketDialer(SocketAddr);

impl Dialer for WebSocketDialer {
    type Error = Infallible;

    fn url(&self) -> samod::Url {
        format!("ws://{}/", self.0).parse().unwrap()
    }

    fn connect(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Transport, DialError<Infallible>>> + Send>> {
        let url = self.url().to_string();
        Box::pin(async move {
            let (socket, _response) = tokio_tungstenite::connect_async(url)
                .await
                .map_err(DialError::transient)?;
            let (sink, stream) = socket.split();
            let stream = stream.filter_map(|message| {
                ready(match message {
                    Ok(Message::Binary(bytes)) => Some(Ok(bytes.to_vec())),
                    Ok(_) => None,
                    Err(error) => Some(Err(error)),
                })
            });
            let sink = sink.with(|bytes: Vec<u8>| {
                ready(Ok::<_, tokio_tungstenite::tungstenite::Error>(
                    Message::Binary(bytes.into()),
                ))
            });
            Ok(Transport::new(stream, sink))
        })
    }
}

/// A samod client with a store in memory.
struct Client {
    runtime: Handle,
    repo: Repo,
    connection: Option<DialerHandle>,
}

impl Client {
    fn start(runtime: &Handle, address: SocketAddr, name: &str) -> Self {
        let loading = Repo::builder(runtime.clone())
            .with_storage(InMemoryStorage::new())
            .with_peer_id(name.into())
            .load();
        let mut client = Self {
            runtime: runtime.clone(),
            repo: runtime.block_on(loading),
            connection: None,
        };
        client.go_online(address);
        client
    }

    fn go_online(&mut self, address: SocketAddr) {
        let dialer = Arc::new(WebSocketDialer(address));
        let connection = self.repo.dial(BackoffConfig::default(), dialer).unwrap();
        self.wait(connection.established()).unwrap();
        self.connection = Some(connection);
    }

    fn go_offline(&mut self) {
        self.connection.take().unwrap().close();
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime
            .block_on(async { tokio::time::timeout(LIMIT, future).await })
            .expect("samod says nothing")
    }

    fn create(&self, content: Automerge) -> DocHandle {
        self.wait(self.repo.create(content)).unwrap()
    }

    fn find(&self, id: &DocumentId) -> Option<DocHandle> {
        self.wait(self.repo.find(id.clone())).unwrap()
    }

    /// Waits until the document is as it should be.
    fn wait_until(&self, handle: &DocHandle, is_there: impl Fn(&Automerge) -> bool) {
        let mut changes = Box::pin(handle.changes());
        while !handle.with_document(|document| is_there(document)) {
            self.wait(changes.next());
        }
    }

    /// Waits until the server has said that it has what is here.
    fn wait_until_stored(&self, handle: &DocHandle) {
        let connection = self.connection.as_ref().unwrap().connection_id().unwrap();
        self.wait(handle.they_have_our_changes(connection));
    }
}

fn put(handle: &DocHandle, path: &[&str], value: &str) {
    handle.with_document(|document| {
        let (key, parents) = path.split_last().unwrap();
        let mut object = ROOT;
        for parent in parents {
            object = document.get(&object, *parent).unwrap().unwrap().1;
        }
        let written = document.transact(|tx| tx.put(&object, *key, value));
        written.unwrap();
    });
}

fn read(document: &Automerge, path: &[&str]) -> Option<String> {
    let mut object = ROOT;
    let mut found = None;
    for key in path {
        let (value, id) = document.get(&object, *key).unwrap()?;
        (object, found) = (id, Some(value.into_owned()));
    }
    found?.into_string().ok()
}

fn is(path: &[&str], value: &str) -> impl Fn(&Automerge) -> bool {
    move |document| read(document, path).as_deref() == Some(value)
}

fn heads(handle: &DocHandle) -> Vec<automerge::ChangeHash> {
    let mut heads = handle.with_document(|document| document.get_heads());
    heads.sort_unstable();
    heads
}

/// Makes an action on a desktop; returns it and the document that it is in.
fn new_action(engine: &Engine, title: &str) -> (RecordId, DocumentId) {
    let id = engine.new_record_id().unwrap();
    rename(
        engine,
        Intent::create(id, vec![ActionField::Title(title.to_owned())]),
    );
    assert!(engine.wait_synced_blocking(LIMIT), "{:?}", engine.status());
    let prints = engine.fingerprints_blocking().unwrap();
    let of_actions = prints
        .iter()
        .find(|print| print.document.class() == Some(DocumentClass::Records))
        .unwrap();
    (id, of_actions.document.to_string().parse().unwrap())
}

fn rename(engine: &Engine, intent: Intent) {
    engine.execute_blocking(vec![intent]).unwrap();
}

fn title(id: RecordId, text: &str) -> Intent {
    Intent::edit(id, vec![ActionField::Title(text.to_owned())])
}

#[test]
fn a_desktop_and_two_samod_clients_edit_one_document() {
    let relay = OpenRelay::start();
    let runtime = relay.runtime.handle().clone();
    let (engine, _folder) = desktop(&relay);
    let (id, document) = new_action(&engine, "Order laptops");
    let key = id.to_string();
    let path = ["records", "action", &key, "title"];
    let one = Client::start(&runtime, relay.address, "one");
    let mut two = Client::start(&runtime, relay.address, "two");
    let (at_one, at_two) = (one.find(&document).unwrap(), two.find(&document).unwrap());
    for (client, handle) in [(&one, &at_one), (&two, &at_two)] {
        client.wait_until(handle, is(&path, "Order laptops"));
    }

    // From a client to the desktop and the other client, and back.
    put(&at_one, &path, "Order 12 laptops");
    two.wait_until(&at_two, is(&path, "Order 12 laptops"));
    one.wait_until_stored(&at_one);
    wait_title(&engine, id, "Order 12 laptops");

    // One goes offline; both sides go on; all have everything in the end.
    two.go_offline();
    let due = ["records", "action", &key, "due"];
    put(&at_two, &due, "2027-03-01");
    rename(&engine, title(id, "Order 14 laptops"));
    one.wait_until(&at_one, is(&path, "Order 14 laptops"));
    two.go_online(relay.address);
    two.wait_until(&at_two, is(&path, "Order 14 laptops"));
    two.wait_until_stored(&at_two);
    one.wait_until(&at_one, is(&due, "2027-03-01"));
    wait_title(&engine, id, "Order 14 laptops");
    assert_eq!(heads(&at_one), heads(&at_two));
    wait_board(&engine, "2027-03-01", |board| {
        let due = board.actions.get(&id).and_then(|action| action.due);
        due.is_some_and(|due| due.to_string() == "2027-03-01")
    });

    // Presence passes a desktop by and disturbs nothing.
    let mut heard = Box::pin(at_two.ephemera());
    at_one.broadcast(vec![0x65, b'h', b'e', b'l', b'l', b'o']);
    let message = two.wait(heard.next());
    assert_eq!(
        message.as_deref(),
        Some([0x65, b'h', b'e', b'l', b'l', b'o'].as_slice())
    );
    rename(&engine, title(id, "Order 15 laptops"));
    two.wait_until(&at_two, is(&path, "Order 15 laptops"));
}

#[test]
fn what_a_samod_client_knows_to_be_stored_outlives_the_relay() {
    let mut relay = OpenRelay::start();
    let runtime = relay.runtime.handle().clone();
    let one = Client::start(&runtime, relay.address, "one");
    let mut content = Automerge::new();
    content
        .transact(|tx| tx.put(ROOT, "title", "first"))
        .unwrap();
    let at_one = one.create(content);
    for number in 0..50 {
        put(&at_one, &["title"], &format!("title {number}"));
    }
    one.wait_until_stored(&at_one);
    relay.stop();
    relay.go_on();
    let late = Client::start(&runtime, relay.address, "late");
    let at_late = late.find(at_one.document_id()).unwrap();
    late.wait_until(&at_late, is(&["title"], "title 49"));

    // The first has come back by itself.
    put(&at_late, &["title"], "last");
    one.wait_until(&at_one, is(&["title"], "last"));
    assert_eq!(heads(&at_one), heads(&at_late));
    assert!(late.find(&vec![9; 16].try_into().unwrap()).is_none());
}

#[test]
fn desktops_work_through_a_samod_server() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = runtime
        .block_on(SamodServer::start(folder.path(), any_port))
        .unwrap();
    let address = server.address;
    let link = format!(
        "adjutant://{address}/{}/{}#{}",
        WorkspaceId([1; 16]),
        CompartmentId([2; 6]),
        WorkspaceSecret::new([3; 32]).reveal()
    );
    let join = || -> (Engine, TempDir) { desktop_at(link.parse::<JoinLink>().unwrap()) };
    let ((anna, _folder_of_anna), (ben, _folder_of_ben)) = (join(), join());
    let (id, document) = new_action(&anna, "Order laptops");
    wait_title(&ben, id, "Order laptops");
    rename(&ben, title(id, "Order 12 laptops"));
    wait_title(&anna, id, "Order 12 laptops");

    // A client of samod's own sees the same.
    let client = Client::start(runtime.handle(), address, "client");
    let handle = client.find(&document).unwrap();
    let key = id.to_string();
    let path = ["records", "action", &key, "title"];
    client.wait_until(&handle, is(&path, "Order 12 laptops"));
    put(&handle, &path, "Order 13 laptops");
    for engine in [&anna, &ben] {
        wait_title(engine, id, "Order 13 laptops");
    }

    // While the server is away both go on; when it is back, all have everything.
    runtime.block_on(server.stop());
    rename(&anna, title(id, "Order 14 laptops"));
    let other = ben.new_record_id().unwrap();
    rename(
        &ben,
        Intent::create(other, vec![ActionField::Title("Meanwhile".to_owned())]),
    );
    let server = runtime
        .block_on(SamodServer::start(folder.path(), address))
        .unwrap();
    let (late, _folder_of_late) = join();
    for engine in [&anna, &ben, &late] {
        wait_title(engine, id, "Order 14 laptops");
        wait_title(engine, other, "Meanwhile");
    }
    client.wait_until(&handle, is(&path, "Order 14 laptops"));
    runtime.block_on(server.stop());
}
