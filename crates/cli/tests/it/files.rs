//! Files in and out: every form of report, everything, the days to come; actions, plans, pasted blocks, dry runs.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_adjutant-cli"));
    command
        .args(["--person", "Anna Lindqvist", "--data"])
        .arg(folder)
        .args(arguments);
    command
}

/// Runs the program and returns what it printed; it must have succeeded.
fn printed(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = command(folder, arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    output.stdout
}

fn words(folder: &Path, arguments: &[&str]) -> String {
    String::from_utf8(printed(folder, arguments)).unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_slice(&printed(folder, &[&["--json"], arguments].concat())).unwrap()
}

/// Writes a file and returns its path as text.
fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const PROJECTS: &str = "id,project,status,target,milestone,baseline\n\
    1,Network refresh,active,2026-12-18,Cutover,2026-11-30\n2,Tidy up,active,,,\n";

#[test]
fn a_report_is_written_in_every_form_and_says_who_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("device");
    let source = file(folder.path(), "p.csv", PROJECTS);
    words(&device, &["import", "--projects", &source]);
    for (name, start) in [
        ("r.txt", "Project status".as_bytes()),
        ("r.md", b"# Project status"),
        ("r.csv", b"Project status"),
        ("r.html", b"<!DOCTYPE html>"),
        ("r.xlsx", b"PK\x03\x04"),
        ("r.pptx", b"PK\x03\x04"),
        ("r.pdf", b"%PDF-"),
    ] {
        let path = folder.path().join(name);
        let said = words(
            &device,
            &[
                "report",
                "projects",
                "--paper",
                "letter",
                "--out",
                path.to_str().unwrap(),
            ],
        );
        assert!(said.contains("written to"), "{said}");
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.starts_with(start), "{name}");
    }
    let shown = words(&device, &["report", "briefing", "--format", "md"]);
    for expected in [
        "# Briefing",
        "As of ",
        "version ",
        "content ",
        "Anna Lindqvist",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }
    let odd = folder.path().join("r.doc");
    let output = command(
        &device,
        &["report", "projects", "--out", odd.to_str().unwrap()],
    )
    .output()
    .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("does not say which form is meant"), "{said}");
    assert!(
        printed(&device, &["report", "projects", "--format", "pdf"]).starts_with(b"%PDF-"),
        "into a pipe"
    );
}

#[test]
fn everything_and_the_days_to_come_are_exported() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("device");
    let source = file(folder.path(), "p.csv", PROJECTS);
    words(&device, &["import", "--projects", &source]);
    let all = folder.path().join("all");
    words(
        &device,
        &["export", "everything", "--out", all.to_str().unwrap()],
    );
    let records: Value =
        serde_json::from_slice(&std::fs::read(all.join("records.json")).unwrap()).unwrap();
    assert_eq!(records["records"]["project"].as_object().unwrap().len(), 2);
    let table = std::fs::read_to_string(all.join("dim_milestone.csv")).unwrap();
    assert!(table.contains("Cutover"), "{table}");
    let days = folder.path().join("days.ics");
    words(
        &device,
        &["export", "calendar", "--out", days.to_str().unwrap()],
    );
    let days = std::fs::read_to_string(days).unwrap();
    assert_eq!(days.matches("BEGIN:VEVENT").count(), 2, "{days}");
}

#[test]
fn a_dry_run_says_what_is_new_changed_unchanged_missing_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("device");
    let source = file(folder.path(), "p.csv", PROJECTS);
    let first = json(&device, &["import", "--projects", &source, "--dry-run"]);
    assert_eq!(first["new"].as_array().unwrap().len(), 3, "{first}");
    words(&device, &["import", "--projects", &source]);

    let again = json(&device, &["import", "--projects", &source]);
    assert_eq!(
        (again["changes"].as_u64(), again["unchanged"].as_u64()),
        (Some(0), Some(3)),
        "{again}"
    );

    let text = "id,project,status,target,milestone,baseline\n1,Network refresh,active,2027-01-15,Cutover,2026-11-30\n,,active,,,\n";
    let source = file(folder.path(), "p.csv", text);
    let said = words(&device, &["import", "--projects", &source, "--dry-run"]);
    for expected in [
        "2 rows, 1 used, 1 left out",
        "0 new, 1 changed, 1 unchanged, 1 missing from the file, 0 deleted here",
        "2026-12-18",
        "Missing: project \"Tidy up\"",
        "Nothing was changed",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
}

#[test]
fn actions_come_from_a_pasted_block_and_a_plan_from_xml() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("device");
    let mut paste = command(&device, &["import", "--actions", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let block = "Action\tOwner\tDue\nOrder switches\tBen Okafor\t2026-12-04\n";
    paste
        .stdin
        .take()
        .unwrap()
        .write_all(block.as_bytes())
        .unwrap();
    assert!(paste.wait_with_output().unwrap().status.success());
    assert!(words(&device, &["list", "actions"]).contains("Order switches"));

    let plan = "<Project><Name>Move</Name><Tasks><Task><UID>1</UID><Name>Pack</Name></Task><Task><UID>2</UID><Name>Go</Name>\
        <PredecessorLink><PredecessorUID>1</PredecessorUID></PredecessorLink></Task></Tasks></Project>";
    let source = file(folder.path(), "plan.xml", plan);
    let said = words(&device, &["import", "--plan", &source]);
    assert!(
        said.contains("Microsoft Project XML: 3 rows, 3 used"),
        "{said}"
    );
    assert!(words(&device, &["list", "task"]).contains("Pack"));
}
