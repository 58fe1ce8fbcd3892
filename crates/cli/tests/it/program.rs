//! The program as a person or a script uses it: what it prints, what it exits with, and what it leaves alone.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use adjutant_base::{CompartmentId, JoinLink, Security, WorkspaceId, WorkspaceSecret};
use serde_json::Value;

const PROJECTS: &str = "\u{feff}Project;Status;Owner;Start;Target;Planned cost\r\n\
    Network refresh;active;Anna Lindqvist;2026-01-05;2026-12-18;1.250.000,00\r\n\
    Ticket system;active;Ben Okafor;2026-02-30;2026-11-27;80.000,50\r\n\
    Backup to cloud;planned;Anna Lindqvist;2026-03-02;2027-01-29;much\r\n";

/// Runs the program on a device's folder.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_adjutant-cli"))
        .args(["--person", "Anna Lindqvist", "--data"])
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the program and returns what it printed; it must have succeeded.
pub(crate) fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    assert!(errors.is_empty(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(folder, &[&["--json"], arguments].concat())).unwrap()
}

/// Runs the program and returns its one sentence; it must have failed without a panic.
pub(crate) fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.starts_with("adjutant-cli: "), "{errors}");
    errors
}

/// Returns the id of the only record of a kind that contains these words.
pub(crate) fn id_of(folder: &Path, kind: &str, words: &str) -> String {
    let found = json(folder, &["list", kind, "--filter", words]);
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    found[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_spreadsheet_with_faults_goes_in_and_every_fault_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("projects.csv");
    std::fs::write(&file, PROJECTS).unwrap();
    let (device, file) = (folder.path().join("device"), file.to_str().unwrap());

    let tried = printed(&device, &["import", "--projects", file, "--dry-run"]);
    assert!(tried.contains("Nothing was changed"), "{tried}");
    assert!(!device.exists(), "a dry run makes no folder");

    let said = printed(&device, &["import", "--projects", file]);
    for expected in ["3 rows, 3 used", "3 projects", "Saved here"] {
        assert!(said.contains(expected), "{said}");
    }
    let faults = json(&device, &["import", "--projects", file, "--dry-run"]);
    let named: Vec<_> = faults["warnings"].as_array().unwrap().iter().collect();
    let places: Vec<_> = named
        .iter()
        .map(|fault| {
            (
                fault["line"].as_u64().unwrap(),
                fault["column"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(places, [(3, "Start"), (4, "Planned cost")], "{faults}");

    let list = json(&device, &["list", "projects"]);
    assert_eq!(list.as_array().unwrap().len(), 3);
    let network = json(&device, &["list", "projects", "--filter", "network"]);
    assert_eq!(network[0]["planned_cost"], 125_000_000);
}

#[test]
fn a_record_is_made_shown_changed_deleted_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed(
        folder,
        &["new", "project", "name=Network refresh", "owner=Ben Okafor"],
    );
    let project = id_of(folder, "project", "network");
    printed(
        folder,
        &[
            "new",
            "action",
            "title=Order switches",
            &format!("project={project}"),
            "due=2026-12-04",
        ],
    );
    let action = id_of(folder, "actions", "switches");

    let shown = printed(folder, &["show", &action]);
    assert!(
        shown.contains("Network refresh"),
        "parents by name: {shown}"
    );
    printed(folder, &["edit", &action, "state=done", "owner=Mara Kovač"]);
    let changed = json(folder, &["show", &action]);
    assert_eq!(changed["state"], "done");
    assert_eq!(changed["conflicts"].as_array().unwrap().len(), 0);
    assert!(printed(folder, &["list", "people"]).contains("Mara Kovač"));

    printed(folder, &["delete", &action]);
    assert!(printed(folder, &["list", "actions"]).contains("No action matches"));
    printed(folder, &["restore", &action]);
    assert_eq!(id_of(folder, "actions", "switches"), action);

    let status = json(folder, &["status"]);
    assert_eq!(status["conflicts"], 0);
    assert!(
        status["documents"].as_array().unwrap().len() >= 3,
        "{status}"
    );
}

#[test]
fn reports_come_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed(
        folder,
        &[
            "new",
            "budget",
            "name=Operations",
            "fiscal_year=2026",
            "currency=EUR",
        ],
    );
    let budget = id_of(folder, "budgets", "operations");
    printed(
        folder,
        &[
            "new",
            "budget_line",
            &format!("budget={budget}"),
            "name=Cloud hosting",
            "plan_01=1,200.50",
            "actual_01=1300",
        ],
    );
    for form in ["text", "md", "csv"] {
        let report = printed(folder, &["report", "budget", "--format", form]);
        assert!(report.contains("Cloud hosting"), "{form}: {report}");
        assert!(
            report.contains("1,200.50") || report.contains("1200.50"),
            "{form}: {report}"
        );
        for other in ["projects", "actions"] {
            assert!(!printed(folder, &["report", other, "--format", form]).is_empty());
        }
    }
}

#[test]
fn what_cannot_be_done_is_one_sentence_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed(folder, &["new", "action", "title=Order switches"]);
    let action = id_of(folder, "actions", "switches");
    let before = json(folder, &["show", &action]);
    for (arguments, expected) in [
        (
            vec!["edit", &action, "colour=red"],
            "there is no field \"colour\"",
        ),
        (
            vec!["edit", &action, "due=2026-02-30", "title=Other"],
            "due: ",
        ),
        (
            vec!["edit", &action, "title"],
            "is not of the form field=value",
        ),
        (vec!["show", "ffffffff"], "there is no record"),
        (vec!["show", "f"], "too short"),
        (vec!["new", "milestone", "name=Cutover"], "project"),
        (
            vec!["new", "device", "name=Laptop"],
            "made by the program itself",
        ),
        (
            vec!["import", "--projects", "no-such-file.csv"],
            "no-such-file.csv",
        ),
        (vec!["sync"], "joined no workspace"),
        (vec!["sync", "--join", "https://example.org"], "join link"),
    ] {
        let said = refused(folder, &arguments);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    assert_eq!(json(folder, &["show", &action]), before);
}

#[test]
fn what_a_file_does_not_say_can_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("device");
    let budget = folder.path().join("budget.csv");
    std::fs::write(&budget, "line,plan_01\nCloud,5\n").unwrap();
    let budget = budget.to_str().unwrap();
    let said = refused(&device, &["import", "--budget", budget]);
    assert!(said.contains("--fiscal-year"), "{said}");
    for year in ["2026", "2027"] {
        let options = ["--fiscal-year", year, "--start-month", "7"];
        let source = ["import", "--budget", budget, "--currency", "CHF"];
        printed(&device, &[&source[..], &options[..]].concat());
    }
    let budgets = json(&device, &["list", "budgets"]);
    assert_eq!(budgets.as_array().unwrap().len(), 2, "{budgets}");
    assert_eq!(budgets[0]["currency"], "CHF");
    assert_eq!(budgets[0]["start_month"], 7);
    let projects = folder.path().join("projects.csv");
    std::fs::write(&projects, "name,start\nMove,3/5/2026\n").unwrap();
    let source = ["import", "--projects", projects.to_str().unwrap()];
    printed(
        &device,
        &[&source[..], &["--date-order", "day-first"]].concat(),
    );
    let projects = json(&device, &["list", "projects"]);
    assert_eq!(projects[0]["start"], "2026-05-03", "{projects}");
}

#[test]
fn a_file_of_something_else_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.csv");
    let device = folder.path().join("device");
    for bytes in [
        &b""[..],
        b"\x89PNG\r\n\x1a\n\0\0",
        b"colour;size\nred;9\n",
        b"PK\x03\x04\0\0\0\0",
    ] {
        std::fs::write(&file, bytes).unwrap();
        for source in ["--projects", "--budget"] {
            let said = refused(&device, &["import", source, file.to_str().unwrap()]);
            assert!(said.contains("odd.csv"), "{said}");
        }
    }
    assert_eq!(
        json(&device, &["list", "projects"])
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_folder_that_cannot_be_used_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let said = refused(&file, &["list", "actions"]);
    assert!(said.contains("check its place and permissions"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a folder");
}

#[test]
fn a_relay_that_is_not_there_is_said_and_the_edit_stays() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A port that was just free: nobody answers there.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = JoinLink {
        address: free.local_addr().unwrap().into(),
        security: Security::Plain,
        workspace: WorkspaceId([1; 16]),
        compartment: CompartmentId([2; 6]),
        secret: WorkspaceSecret::new([3; 32]),
    };
    drop(free);
    let said = refused(
        folder,
        &["sync", "--join", &link.to_string(), "--timeout", "1"],
    );
    assert!(said.contains("not synced"), "{said}");
    assert!(said.contains("Offline"), "{said}");
    printed(folder, &["new", "action", "title=Order switches"]);
    let said = refused(folder, &["sync", "--timeout", "1"]);
    assert!(said.contains("waiting"), "{said}");
    id_of(folder, "actions", "switches");
}

/// A file size limit stands for a full disk: both make a write fail in the middle of an import.
#[cfg(unix)]
#[test]
fn a_full_disk_is_one_sentence_and_what_was_saved_stays() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("device");
    printed(&device, &["new", "action", "title=Order switches"]);
    let file = folder.path().join("projects.csv");
    let mut rows = vec!["Project;Status;Owner".to_owned()];
    rows.extend((0..2_000).map(|row| format!("Project {row};active;Owner {row}")));
    std::fs::write(&file, rows.join("\n")).unwrap();

    let arguments = ["import", "--projects", file.to_str().unwrap()];
    let said = refused_on_full_disk(&device, 600, &arguments).unwrap();
    assert!(
        said.contains("could not be saved") || said.contains("cannot be saved"),
        "{said}"
    );

    id_of(&device, "actions", "switches");
    let left = json(&device, &["list", "projects"]);
    assert!(left.as_array().unwrap().is_empty(), "all or nothing");
    let again = printed(&device, &["import", "--projects", file.to_str().unwrap()]);
    assert!(again.contains("2000 projects"), "{again}");
}

/// Runs the program where no file may have more than so many blocks of 512 bytes; returns its one sentence if it
/// failed.
#[cfg(unix)]
fn refused_on_full_disk(folder: &Path, blocks: u32, arguments: &[&str]) -> Option<String> {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let limited = Command::new("sh")
        .args(["-c", &script, "limited", env!("CARGO_BIN_EXE_adjutant-cli")])
        .args(["--person", "Anna Lindqvist", "--data"])
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap();
    if limited.status.success() {
        return None;
    }
    let said = String::from_utf8(limited.stderr).unwrap();
    assert_eq!(limited.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    Some(said)
}

/// The file that is refused is another one each time: store, log, index of the log, the device's key.
#[cfg(unix)]
#[test]
fn a_disk_that_is_full_at_any_point_of_the_first_start_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut failures = 0;
    for blocks in (0..100).step_by(7) {
        let device = folder.path().join(blocks.to_string());
        let edit = ["new", "action", "title=Order switches"];
        if let Some(said) = refused_on_full_disk(&device, blocks, &edit) {
            assert!(said.contains("full"), "{blocks}: {said}");
            failures += 1;
        }
        // With room again the same folder works.
        printed(&device, &edit);
    }
    assert!(failures > 3, "{failures}");
}
