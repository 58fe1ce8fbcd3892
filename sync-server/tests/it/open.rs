//! `serve --open`: a sync server for any automerge-repo client, without a secret, for documents of any compartment.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use adjutant_base::{DocumentId, JoinLink};

use crate::it::device::Device;

/// The real program; it dies with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[tokio::test]
async fn an_open_relay_serves_anybody_and_any_document() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_adjutant-relay"))
        .args(["serve", "--open", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let _process = Process(child);
    out.read_line(&mut line).unwrap();
    let link: JoinLink = line.parse().unwrap();

    let foreign = DocumentId([0xEE; 16]);
    let mut anna = Device::join_without_secret(&link.address, "anna").await;
    anna.put(foreign, "a", 1);
    anna.push(foreign).await;
    let mut bert = Device::join_without_secret(&link.address, "bert").await;
    bert.pull(foreign, 1).await;
}
