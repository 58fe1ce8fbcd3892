//! The program itself: its first line, its one sentence when it cannot, and a death without warning.
//!
//! These tests start the real binary; most others run in process. What is done to a folder without serving it is in
//! `upkeep`.

use std::fmt::Display;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use adjutant_base::JoinLink;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::it::device::{Device, document, within};

/// Returns status and body of a request without a secret.
pub(crate) async fn get(address: impl Display, path: &str) -> (u16, String) {
    try_get(address, path).await.unwrap()
}

/// The same of a relay that may be starting again just now.
pub(crate) async fn try_get(address: impl Display, path: &str) -> std::io::Result<(u16, String)> {
    let mut socket = TcpStream::connect(address.to_string()).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    within(socket.read_to_string(&mut answer)).await?;
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.ok_or(std::io::ErrorKind::UnexpectedEof)?;
    Ok((status, answer))
}

pub(crate) fn serve(folder: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_adjutant-relay"));
    command
        .args(["serve", "--listen", listen, "--data"])
        .arg(folder);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running relay process that dies with the test.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) link: JoinLink,
}

impl Process {
    pub(crate) fn start(folder: &Path, listen: &str) -> Self {
        Self::spawn(&mut serve(folder, listen))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let link = line.parse().expect("the first line is the join link");
        Self { child, link }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test]
async fn a_killed_relay_has_everything_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), "127.0.0.1:0");
    let link = process.link.clone();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    for round in 0..5 {
        for number in 0..10 {
            anna.put(id, &format!("{round}/{number}"), number);
            anna.push(id).await;
        }
        anna.put(id, &format!("{round}/cut off"), 0);
        anna.say(id).await; // And dies in the midst of it.
        process.child.kill().unwrap();
        process.child.wait().unwrap();
        process = Process::start(folder.path(), &link.address.to_string());
        assert_eq!(process.link, link);
        let mut fresh = Device::join(&link, "fresh").await;
        let acknowledged = |fresh: &mut Device| {
            let keys = fresh.keys(id);
            (0..=round)
                .all(|round| (0..10).all(|number| keys.contains(&format!("{round}/{number}"))))
        };
        fresh.talk(id, acknowledged).await;
        anna = anna.rejoin(&link).await;
        anna.push(id).await;
    }
}

#[tokio::test]
async fn a_terminated_relay_ends_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), "127.0.0.1:0");
    let _anna = Device::join(&process.link, "anna").await;
    terminate(process);
}

/// Asks a process to end, waits until it has ended in order, and returns what it said on standard error.
pub(crate) fn terminate(mut process: Process) -> String {
    let id = process.child.id().to_string();
    let status = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(status.success());
    let status = process.child.wait().unwrap();
    let mut said = String::new();
    if let Some(mut errors) = process.child.stderr.take() {
        std::io::Read::read_to_string(&mut errors, &mut said).unwrap();
    }
    assert!(status.success(), "{status}: {said}");
    said
}

/// Sending breaks while the relay does not listen to the peer, because it sends too much.
#[tokio::test]
async fn a_connection_that_breaks_while_it_is_held_back_ends_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.toml");
    let slow = "messages_per_s = 1\nbytes_per_s = 1000000\nallowance_ms = 2000\n";
    let text = format!("[limits]\nping_ms = 20\n[limits.connection_rate]\n{slow}");
    std::fs::write(&file, text).unwrap();
    let mut command = serve(folder.path(), "127.0.0.1:0");
    command.arg("--config").arg(&file);
    let mut process = Process::spawn(&mut command);
    let mut errors = BufReader::new(process.child.stderr.take().unwrap());
    let mut anna = Device::join(&process.link, "anna").await;
    for number in 0..6 {
        anna.documents.clear();
        anna.say(document(&process.link, number)).await;
    }
    drop(anna);
    let mut said = String::new();
    while !said.contains("left") {
        assert!(errors.read_line(&mut said).unwrap() > 0, "{said}");
    }
    terminate(process);
    std::io::Read::read_to_string(&mut errors, &mut said).unwrap();
    assert!(!said.contains("panicked"), "{said}");
}

/// Checks that the program ends with one sentence that says `words`.
pub(crate) fn check_fails(mut command: Command, words: &[&str]) {
    let output = command.output().unwrap();
    assert!(!output.status.success());
    assert!(
        output.stdout.is_empty(),
        "no link is printed by a relay that does not serve"
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!said.contains("panicked"), "{said}");
    for word in words {
        assert!(said.contains(word), "{said:?} does not say {word:?}");
    }
}

#[test]
fn a_taken_port_is_one_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    check_fails(serve(folder.path(), &address), &[&address, "taken"]);
}

#[test]
fn an_address_elsewhere_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    check_fails(
        serve(folder.path(), "0.0.0.0:0"),
        &["0.0.0.0", "--self-signed", "--behind-proxy"],
    );
}

#[test]
fn a_second_relay_on_one_folder_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Process::start(folder.path(), "127.0.0.1:0");
    check_fails(
        serve(folder.path(), "127.0.0.1:0"),
        &["in use by another program"],
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let mut locked = folder.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    let mut permissions = locked.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&locked, permissions).unwrap();
    if std::fs::write(locked.join("probe"), "").is_ok() {
        // The superuser may write anywhere but into the kernel's own folders.
        if !Path::new("/sys").is_dir() {
            println!(
                "a_folder_that_cannot_be_written_is_one_sentence: skipped, every folder here can be"
            );
            return;
        }
        locked = Path::new("/sys/adjutant").to_path_buf();
    }
    check_fails(serve(&locked, "127.0.0.1:0"), &["cannot be written"]);
}

#[test]
fn lost_keys_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    drop(Process::start(folder.path(), "127.0.0.1:0"));
    std::fs::remove_file(folder.path().join("workspace.key")).unwrap();
    check_fails(
        serve(folder.path(), "127.0.0.1:0"),
        &["workspace.key", "backup"],
    );
}

#[tokio::test]
async fn a_first_start_that_failed_half_way_is_made_up_for_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    // The store can be made and the keys cannot, as on a disk that is full just then.
    let in_the_way = folder.path().join("workspace.key.new");
    std::fs::create_dir(&in_the_way).unwrap();
    check_fails(serve(folder.path(), "127.0.0.1:0"), &["workspace.key"]);
    assert!(folder.path().join("relay.sqlite").exists());
    std::fs::remove_dir(&in_the_way).unwrap();
    let process = Process::start(folder.path(), "127.0.0.1:0");
    let id = document(&process.link, 1);
    let mut anna = Device::join(&process.link, "anna").await;
    anna.put(id, "a", 1);
    anna.push(id).await;
}

#[tokio::test]
async fn a_damaged_store_is_saved_and_filled_again_by_the_devices() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), "127.0.0.1:0");
    let link = process.link.clone();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    for number in 0..100 {
        anna.put(id, &number.to_string(), "x".repeat(300));
    }
    anna.push(id).await;
    drop(process);
    let path = folder.path().join("relay.sqlite");
    // Opening it once brings the log into the file.
    drop(adjutant_store::SqliteStore::open(&path).unwrap());
    let mut file = std::fs::read(&path).unwrap();
    let half = file.len() / 2;
    file[..4096].fill(0x11);
    file[half..].fill(0x22);
    std::fs::write(&path, file).unwrap();

    let process = Process::start(folder.path(), &link.address.to_string());
    assert_eq!(process.link, link);
    let mut anna = anna.rejoin(&link).await;
    anna.push(id).await;
    let mut bert = Device::join(&link, "bert").await;
    bert.pull(id, 100).await;
}
