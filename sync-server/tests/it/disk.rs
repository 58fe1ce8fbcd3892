//! A disk that stops taking writes, and takes them again: the real program, refused by the real kernel.
//!
//! The kernel's limit on file sizes plays the full disk. Unix only, and skipped where `prlimit` is missing.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::it::device::{Device, document, within};
use crate::it::program::{Process, get, try_get};

/// Sets the greatest size of the process's files; false if this machine cannot.
fn limit_files(process: &Process, bytes: &str) -> bool {
    Command::new("prlimit")
        .args(["--pid", &process.child.id().to_string()])
        .arg(format!("--fsize={bytes}:unlimited"))
        .status()
        .is_ok_and(|status| status.success())
}

async fn until_ready(process: &Process, expected: u16) {
    let asking = async {
        loop {
            let answer = try_get(&process.link.address, "/readyz").await;
            if answer.is_ok_and(|(status, _)| status == expected) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    within(asking).await;
}

#[tokio::test]
async fn a_disk_that_fails_stops_acknowledgements_until_it_takes_writes_again() {
    check_survives(|_folder| Stdio::null()).await;
}

#[tokio::test]
async fn a_log_on_the_disk_that_fails_changes_nothing() {
    check_survives(|folder| {
        let log = folder.join("relay.log");
        let file = std::fs::File::options().create(true).append(true).open(log);
        file.unwrap().into()
    })
    .await;
}

/// Lets the disk of a relay whose log goes to `log` fill up and be freed again.
async fn check_survives(log: impl FnOnce(&Path) -> Stdio) {
    let folder = tempfile::tempdir().unwrap();
    // Without this the kernel would kill the process instead of refusing the write.
    let script = "trap '' XFSZ; exec \"$0\" serve --listen 127.0.0.1:0 --data \"$1\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_adjutant-relay")])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(log(folder.path()));
    let process = Process::spawn(&mut command);
    let link = process.link.clone();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    anna.put(id, "before", 1);
    anna.push(id).await;
    until_ready(&process, 200).await;

    if !limit_files(&process, "1") {
        println!("a disk that fails: skipped, prlimit cannot be used here");
        return;
    }
    // Whether the change or the test write of the probe is refused first: nothing is acknowledged any more.
    anna.put(id, "during", 1);
    anna.say(id).await;
    until_ready(&process, 503).await;
    assert_eq!(get(&link.address, "/healthz").await.0, 200);

    assert!(limit_files(&process, "unlimited"));
    // The connection ends when the relay has opened its store again; until then nothing was acknowledged on it.
    while let Some(frame) = anna.hear().await {
        anna.take(frame);
        assert!(!anna.is_acknowledged(id), "it is on no disk");
    }
    until_ready(&process, 200).await;
    let mut anna = anna.rejoin(&link).await;
    anna.push(id).await;
    let mut bert = Device::join(&link, "bert").await;
    bert.pull(id, 2).await;
}
