//! Backups, restoring, verifying, listing, and the configuration: the real program on real folders.

use std::path::Path;
use std::process::Command;

use crate::it::device::{Device, document};
use crate::it::program::{Process, check_fails};

fn relay(words: &[&str], folders: &[(&str, &Path)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_adjutant-relay"));
    command.args(words);
    for (flag, folder) in folders {
        command.arg(flag).arg(folder);
    }
    command
}

fn check_says(mut command: Command, words: &[&str]) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    for word in words {
        assert!(said.contains(word), "{said:?} does not say {word:?}");
    }
    said
}

#[tokio::test]
async fn a_backup_of_a_serving_relay_serves_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let [data, copy, other] = ["data", "copy", "other"].map(|name| folder.path().join(name));
    let process = Process::start(&data, "127.0.0.1:0");
    let link = process.link.clone();
    let id = document(&link, 1);
    let mut anna = Device::join(&link, "anna").await;
    for number in 0..20 {
        anna.put(id, &number.to_string(), number);
        anna.push(id).await;
    }
    let sum = "1 documents, 20 changes";
    check_says(
        relay(&["backup"], &[("--data", &data), ("--to", &copy)]),
        &[sum],
    );
    check_says(relay(&["verify"], &[("--data", &data)]), &[sum]);
    let listed = check_says(relay(&["inspect"], &[("--data", &copy)]), &[sum]);
    assert!(listed.contains(&format!("{id}\t20\t")), "{listed}");
    check_fails(
        relay(&["backup"], &[("--data", &data), ("--to", &copy)]),
        &["new folder"],
    );
    check_fails(
        relay(&["restore"], &[("--from", &copy), ("--data", &data)]),
        &["already"],
    );

    anna.put(id, "after the backup", 1);
    anna.push(id).await;
    drop(process);
    check_says(
        relay(&["restore"], &[("--from", &copy), ("--data", &other)]),
        &[sum],
    );
    let process = Process::start(&other, &link.address.to_string());
    assert_eq!(process.link, link, "the link stays good");
    let mut bert = Device::join(&link, "bert").await;
    bert.pull(id, 20).await;
    // What came after the backup is brought back by whoever has it.
    let mut anna = anna.rejoin(&link).await;
    anna.push(id).await;
    bert.pull(id, 21).await;
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let [data, copy, other] = ["data", "copy", "other"].map(|name| folder.path().join(name));
    let process = Process::start(&data, "127.0.0.1:0");
    let id = document(&process.link, 1);
    let mut anna = Device::join(&process.link, "anna").await;
    for number in 0..20 {
        anna.put(id, &number.to_string(), "x".repeat(500));
    }
    anna.push(id).await;
    check_says(
        relay(&["backup"], &[("--data", &data), ("--to", &copy)]),
        &[],
    );
    let store = copy.join("relay.sqlite");
    let mut bytes = std::fs::read(&store).unwrap();
    let at = bytes.len() - 300; // In the midst of some change.
    bytes[at] ^= 1;
    std::fs::write(&store, bytes).unwrap();
    for command in [
        relay(&["verify"], &[("--data", &copy)]),
        relay(&["restore"], &[("--from", &copy), ("--data", &other)]),
    ] {
        check_fails(command, &["damage"]);
    }
    assert!(!other.exists(), "nothing is left of it");
    check_fails(relay(&["verify"], &[("--data", &other)]), &["other"]);
}

#[test]
fn a_configuration_is_printed_checked_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.toml");
    let data = folder.path().join("data");
    let text = format!("data = {data:?}\nlisten = \"127.0.0.1:0\"\n[limits]\nconnections = 3\n");
    std::fs::write(&file, text).unwrap();
    let mut command = relay(&["config", "print"], &[("--config", &file)]);
    command
        .env("ADJUTANT_LISTEN", "127.0.0.1:17")
        .args(["--log", "debug"]);
    let words = [
        "connections = 3",
        "127.0.0.1:17",
        "log = \"debug\"",
        "drain_ms = 8000",
    ];
    let printed = check_says(command, &words);
    std::fs::write(&file, printed).unwrap();
    check_says(
        relay(&["config", "check"], &[("--config", &file)]),
        &["can be used"],
    );
    let mut command = relay(&["serve"], &[("--config", &file)]);
    command.args(["--listen", "127.0.0.1:0"]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null());
    let process = Process::spawn(&mut command);
    assert_ne!(
        process.link.address.socket().unwrap().port(),
        17,
        "flags count before the file"
    );
    drop(process);
    std::fs::write(&file, "lissten = 1\n").unwrap();
    check_fails(
        relay(&["config", "check"], &[("--config", &file)]),
        &["lissten"],
    );
    check_fails(relay(&["serve"], &[("--config", &file)]), &["lissten"]);
    check_fails(relay(&["config", "check"], &[]), &["--data"]);
}

#[tokio::test]
async fn the_log_can_be_json_and_holds_no_content() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = relay(
        &["serve", "--listen", "127.0.0.1:0"],
        &[("--data", folder.path())],
    );
    command.args(["--log", "trace", "--log-format", "json"]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut process = Process::spawn(&mut command);
    let id = document(&process.link, 1);
    let mut anna = Device::join(&process.link, "anna").await;
    anna.put(id, "a key of it", "the secret plan");
    anna.push(id).await;
    process.child.kill().unwrap();
    let mut log = String::new();
    let mut errors = process.child.stderr.take().unwrap();
    std::io::Read::read_to_string(&mut errors, &mut log).unwrap();
    assert!(
        log.lines()
            .all(|line| line.starts_with('{') && line.ends_with('}')),
        "{log}"
    );
    assert!(log.contains("joined"), "{log}");
    for content in [
        "the secret plan",
        "a key of it",
        &process.link.secret.reveal(),
    ] {
        assert!(!log.contains(content), "{content:?} is in the log");
    }
}
