//! Clients that others have built work through our relay: automerge-repo from npm beside a desktop engine.
//!
//! The clients are real node processes over real WebSockets, with the versions that `tests/interop/package-lock.json`
//! names; npm fetches them once into the target folder. Without node, npm or its registry the stories are skipped,
//! and say so.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, OnceLock};

use adjutant_base::{DocumentClass, DocumentId, JoinLink, ManualClock, RecordId};
use adjutant_client::{Config, Engine, Zone};
use adjutant_model::action::ActionField;
use adjutant_model::{Board, Command as Intent};
use adjutant_relay::{Relay, RelayConfig, Running};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{LIMIT, START};

/// Returns the folder in which the node client can run, or why there is none.
fn client_folder() -> &'static Result<PathBuf, String> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOLDER.get_or_init(|| install(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop")))
}

fn install(folder: &Path) -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop");
    let lock = std::fs::read(source.join("package-lock.json")).unwrap();
    // Written last: what is installed is what this lock says.
    let installed = folder.join("installed-lock.json");
    std::fs::create_dir_all(folder).unwrap();
    std::fs::copy(source.join("client.mjs"), folder.join("client.mjs")).unwrap();
    if std::fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(folder.to_owned());
    }
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(source.join(name), folder.join(name)).unwrap();
    }
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .output()
        .map_err(|error| error.to_string())?;
    if !npm.status.success() {
        return Err(String::from_utf8_lossy(&npm.stderr).into_owned());
    }
    std::fs::write(installed, lock).unwrap();
    Ok(folder.to_owned())
}

/// A relay that serves anybody, as `adjutant-relay serve --open` does.
pub(crate) struct OpenRelay {
    pub(crate) runtime: tokio::runtime::Runtime,
    folder: TempDir,
    running: Option<Running>,
    pub(crate) address: std::net::SocketAddr,
}

impl OpenRelay {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut relay = Self {
            runtime,
            folder: tempfile::tempdir().unwrap(),
            running: None,
            address: ([127, 0, 0, 1], 0).into(),
        };
        relay.go_on();
        relay
    }

    pub(crate) fn go_on(&mut self) {
        let config = RelayConfig {
            is_open: true,
            ..RelayConfig::new(self.folder.path(), self.address)
        };
        let running = self.runtime.block_on(Relay::start(config)).unwrap();
        self.address = running.address();
        self.running = Some(running);
    }

    pub(crate) fn stop(&mut self) {
        let running = self.running.take().unwrap();
        self.runtime.block_on(running.shutdown()).unwrap();
    }
}

/// A node process with one automerge-repo client.
struct Node {
    process: Child,
    commands: ChildStdin,
    answers: Receiver<String>,
}

impl Node {
    fn start(folder: &Path, relay: &OpenRelay, name: &str) -> Self {
        let mut process = Command::new("node")
            .arg("client.mjs")
            .arg(format!("ws://{}/", relay.address))
            .arg(name)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (send, answers) = sync_channel(100);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            process,
            commands,
            answers,
        }
    }

    fn send(&mut self, command: &Value) {
        writeln!(self.commands, "{command}").unwrap();
    }

    fn answer(&mut self) -> Value {
        loop {
            let line = self.answers.recv_timeout(LIMIT).expect("no answer");
            // The library prints to the same stream now and then.
            let Ok(mut answer) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            assert!(answer["failed"].is_null(), "{answer}");
            return answer["done"].take();
        }
    }

    fn ask(&mut self, command: &Value) -> Value {
        self.send(command);
        self.answer()
    }

    fn text(&mut self, command: &Value) -> String {
        self.ask(command).as_str().unwrap().to_owned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Two node clients at one relay, or `None` and a line on standard output.
fn two_clients(test: &str) -> Option<(OpenRelay, Node, Node)> {
    match client_folder() {
        Ok(folder) => {
            let relay = OpenRelay::start();
            let one = Node::start(folder, &relay, "one");
            let two = Node::start(folder, &relay, "two");
            Some((relay, one, two))
        }
        Err(why) => {
            println!("skipped: {test} needs node and npm ({})", why.trim());
            None
        }
    }
}

#[test]
fn automerge_repo_clients_share_a_document_and_know_what_is_stored() {
    let Some((mut relay, mut one, mut two)) =
        two_clients("automerge_repo_clients_share_a_document_and_know_what_is_stored")
    else {
        return;
    };
    let address = one.text(&json!(["create", {"title": "first", "list": []}]));
    one.ask(&json!(["stored", address]));
    two.ask(&json!(["find", address]));
    two.ask(&json!(["wait", address, ["title"], "first"]));
    two.ask(&json!(["put", address, ["title"], "second"]));
    one.ask(&json!(["wait", address, ["title"], "second"]));

    // Each hears what the other's store holds, though they are not connected with each other.
    let store_of_two = two.text(&json!(["storage"]));
    one.ask(&json!(["subscribe", store_of_two]));
    one.ask(&json!(["put", address, ["count"], 1]));
    let heads = one.ask(&json!(["heads", address]));
    one.ask(&json!(["elsewhere", store_of_two, heads]));

    // The relay starts anew: both come back by themselves, and what was stored is there.
    two.ask(&json!(["stored", address]));
    relay.stop();
    relay.go_on();
    one.ask(&json!(["put", address, ["count"], 2]));
    two.ask(&json!(["wait", address, ["count"], 2]));
    let folder = client_folder().as_ref().unwrap();
    let mut late = Node::start(folder, &relay, "late");
    late.ask(&json!(["find", address]));
    late.ask(&json!(["wait", address, ["count"], 2]));
    late.ask(&json!(["wait", address, ["title"], "second"]));
    let nobody_has_it = DocumentId([9; 16]);
    let lacks = late.ask(&json!(["lacks", format!("automerge:{nobody_has_it}")]));
    assert_eq!(lacks, json!(true));
}

#[test]
fn presence_reaches_every_automerge_repo_client_once() {
    let Some((relay, mut one, mut two)) =
        two_clients("presence_reaches_every_automerge_repo_client_once")
    else {
        return;
    };
    let folder = client_folder().as_ref().unwrap();
    let mut three = Node::start(folder, &relay, "three");
    let address = one.text(&json!(["create", {"title": "first"}]));
    one.ask(&json!(["stored", address]));
    for node in [&mut two, &mut three] {
        node.ask(&json!(["find", address]));
        node.ask(&json!(["stored", address]));
    }
    one.ask(&json!(["broadcast", address, {"cursor": 1}]));
    let first = json!(["one", {"cursor": 1}]);
    for node in [&mut two, &mut three] {
        assert_eq!(node.ask(&json!(["present", 1])), json!([first]));
    }
    two.ask(&json!(["broadcast", address, "hello"]));
    three.ask(&json!(["broadcast", address, "too"]));
    // Nothing came twice, nothing came back, and the readers' echoes have cost nobody the connection.
    let (of_two, of_three) = (json!(["two", "hello"]), json!(["three", "too"]));
    let sorted = |heard: Value| {
        let mut heard = heard.as_array().unwrap().clone();
        heard.sort_by_key(Value::to_string);
        heard
    };
    assert_eq!(
        sorted(one.ask(&json!(["present", 2]))),
        [of_three.clone(), of_two.clone()]
    );
    assert_eq!(
        sorted(two.ask(&json!(["present", 2]))),
        [first.clone(), of_three]
    );
    assert_eq!(sorted(three.ask(&json!(["present", 2]))), [first, of_two]);
    one.ask(&json!(["put", address, ["title"], "still connected"]));
    for node in [&mut two, &mut three] {
        node.ask(&json!(["wait", address, ["title"], "still connected"]));
    }
}

/// A desktop's engine at the relay.
pub(crate) fn desktop(relay: &OpenRelay) -> (Engine, TempDir) {
    desktop_at(relay.running.as_ref().unwrap().join_link())
}

/// A desktop's engine that has joined and is level.
pub(crate) fn desktop_at(link: JoinLink) -> (Engine, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(Config {
        data_folder: folder.path().to_owned(),
        person: "Anna".to_owned(),
        device: "desk".to_owned(),
        clock: Arc::new(ManualClock::new(START)),
        zone: Zone::Utc,
        online: true,
    })
    .unwrap();
    engine.join_blocking(link).unwrap();
    assert!(engine.wait_synced_blocking(LIMIT), "{:?}", engine.status());
    (engine, folder)
}

fn title_of(engine: &Engine, id: RecordId) -> Option<String> {
    let board = engine.board();
    board.actions.get(&id).map(|action| action.title.clone())
}

/// Waits until an action has this title on the board.
pub(crate) fn wait_title(engine: &Engine, id: RecordId, title: &str) {
    wait_board(engine, title, |_| {
        title_of(engine, id).as_deref() == Some(title)
    });
}

/// Waits until the board is as wanted; `what` names it.
pub(crate) fn wait_board(engine: &Engine, what: &str, is_so: impl Fn(&Board) -> bool) {
    let (wake, woken) = sync_channel::<()>(1);
    engine.on_publish(Arc::new(move || {
        // A full channel wakes as well.
        wake.try_send(()).ok();
    }));
    while !is_so(&engine.board()) {
        let has_news = woken.recv_timeout(LIMIT);
        assert!(has_news.is_ok(), "the board never came to {what:?}");
    }
}

#[test]
fn a_desktop_and_two_automerge_repo_clients_edit_one_document() {
    let Some((relay, mut one, mut two)) =
        two_clients("a_desktop_and_two_automerge_repo_clients_edit_one_document")
    else {
        return;
    };
    let (engine, _folder) = desktop(&relay);
    let id = engine.new_record_id().unwrap();
    let title = |text: &str| vec![ActionField::Title(text.to_owned())];
    engine
        .execute_blocking(vec![Intent::create(id, title("Order laptops"))])
        .unwrap();
    assert!(engine.wait_synced_blocking(LIMIT), "{:?}", engine.status());
    let prints = engine.fingerprints_blocking().unwrap();
    let of_actions = prints
        .iter()
        .find(|print| print.document.class() == Some(DocumentClass::Records))
        .unwrap();
    let address = format!("automerge:{}", of_actions.document);
    let path = json!(["records", "action", id.to_string(), "title"]);
    for node in [&mut one, &mut two] {
        assert_eq!(node.text(&json!(["find", address])), address);
        node.ask(&json!(["wait", address, path, "Order laptops"]));
    }

    // From a client to the desktop and the other client, and back.
    one.ask(&json!(["put", address, path, "Order 12 laptops"]));
    two.ask(&json!(["wait", address, path, "Order 12 laptops"]));
    one.ask(&json!(["stored", address]));
    wait_title(&engine, id, "Order 12 laptops");

    // One goes offline; both sides go on; all have everything in the end.
    two.ask(&json!(["offline"]));
    two.ask(&json!([
        "put",
        address,
        ["records", "action", id.to_string(), "due"],
        "2027-03-01"
    ]));
    engine
        .execute_blocking(vec![Intent::edit(id, title("Order 14 laptops"))])
        .unwrap();
    one.ask(&json!(["wait", address, path, "Order 14 laptops"]));
    two.ask(&json!(["online"]));
    two.ask(&json!(["wait", address, path, "Order 14 laptops"]));
    two.ask(&json!(["stored", address]));
    let due = json!(["records", "action", id.to_string(), "due"]);
    one.ask(&json!(["wait", address, due, "2027-03-01"]));
    wait_title(&engine, id, "Order 14 laptops");
    let heads = one.ask(&json!(["heads", address]));
    assert_eq!(two.ask(&json!(["heads", address])), heads);

    // Presence passes a desktop by and disturbs nothing.
    one.ask(&json!(["broadcast", address, "here"]));
    assert_eq!(two.ask(&json!(["present", 1])), json!([["one", "here"]]));
    engine
        .execute_blocking(vec![Intent::edit(id, title("Order 15 laptops"))])
        .unwrap();
    two.ask(&json!(["wait", address, path, "Order 15 laptops"]));
    let board = engine.board();
    let action = board.actions.get(&id).unwrap();
    assert_eq!(
        action.due.map(|due| due.to_string()).as_deref(),
        Some("2027-03-01")
    );
    assert!(
        action.meta.conflicts.is_empty(),
        "{:?}",
        action.meta.conflicts
    );
}
