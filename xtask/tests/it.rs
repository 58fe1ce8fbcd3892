//! The tree itself keeps the rules of the house and its generated tables are current; tidy sees a tree that is not so;
//! the demo holds, on the sample department and on real input; soak and the relay's benchmark run.
//! A checkout without git (an unpacked archive) cannot be listed: then the first test names itself skipped.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use xtask::{schema, tidy};

#[test]
fn the_tree_is_tidy() -> anyhow::Result<()> {
    let root = xtask::workspace_root();
    if !root.join(".git").exists() {
        println!("skipped: the_tree_is_tidy needs a git checkout");
        return Ok(());
    }
    let findings = tidy::check(root)?;
    let complaints: Vec<String> = findings
        .complaints
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

#[test]
fn the_page_of_the_document_schema_is_current() -> anyhow::Result<()> {
    let (page, renewed) = schema::pages(xtask::workspace_root())?;
    assert_eq!(page, renewed, "run `cargo xtask schema`");
    Ok(())
}

#[test]
fn an_untidy_tree_is_seen() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    write_untidy_tree(folder.path())?;
    run(folder.path(), "git", &["init", "-q"])?;
    run(
        folder.path(),
        env!("CARGO"),
        &["generate-lockfile", "--offline"],
    )?;

    let findings = tidy::check(folder.path())?;
    let wrongs: Vec<String> = findings
        .complaints
        .iter()
        .map(|complaint| format!("{}: {}", complaint.file, complaint.wrong))
        .collect();
    for expected in [
        "adjutant-base/Cargo.toml: adjutant-base may not depend on adjutant-model",
        "adjutant-base/Cargo.toml: adjutant-model does not come from the workspace; write adjutant-model.workspace = true",
        "adjutant-base/src/lib.rs: the file does not open with a //! header",
        "Cargo.lock: adjutant-model 0.1.0 has the licence \"GPL-3.0-only\", which is not in the list",
        "ui/Cargo.toml: ui has no row in xtask/src/tidy/arrows.rs",
        "ui/Cargo.toml: the member does not set lints.workspace = true",
        "Cargo.toml: the lint clippy::too_many_lines is off",
        "clippy.toml: too-many-lines-threshold is missing or above 70",
    ] {
        assert!(
            wrongs.iter().any(|wrong| wrong == expected),
            "{expected} is not in {wrongs:#?}"
        );
    }
    assert!(
        !wrongs.iter().any(|wrong| wrong.contains("target/")),
        "{wrongs:#?}"
    );
    Ok(())
}

/// Runs the demo without a window and returns its record; it must have held.
fn demo(arguments: &[&str]) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let pack = folder.path().join("pack");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["demo", "--headless", "--pack"])
        .arg(&pack)
        .args(arguments)
        .output()?;
    let record = String::from_utf8(output.stdout)?;
    ensure!(
        output.status.success(),
        "{record}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (end, count) in [
        ("pdf", 8),
        ("xlsx", 3),
        ("pptx", 1),
        ("html", 1),
        ("eml", 1),
        ("ics", 2),
    ] {
        let mut found = 0;
        for entry in std::fs::read_dir(&pack)? {
            let path = entry?.path();
            let is_kind = path.extension().is_some_and(|known| known == end);
            found += usize::from(is_kind && std::fs::metadata(&path)?.len() > 100);
        }
        ensure!(found == count, "{found} files of {end}, not {count}");
    }
    Ok(record)
}

/// Checks that a record of the demo shows every promise, each for every device.
fn check_promises(record: &str) {
    for (promise, times) in [
        ("[holds] all devices hold the same", 3),
        ("[holds] all devices have the same heads", 3),
        ("shows its own edits while offline", 2),
        ("knows that its edits wait", 2),
        ("[holds] the manager sees nothing of it yet", 1),
        ("keeps both values of every field that both wrote", 3),
        ("[holds] nothing acknowledged was lost", 1),
        (
            "[holds] assistant 2 would issue the same files, byte for byte",
            1,
        ),
        (
            "[holds] edits made while the relay was dead have arrived too",
            1,
        ),
        ("Everything held", 1),
    ] {
        assert_eq!(
            record.matches(promise).count(),
            times,
            "{promise}\n{record}"
        );
    }
    assert!(!record.contains("DOES NOT HOLD"), "{record}");
}

#[test]
fn the_demo_holds_on_the_sample_department() -> anyhow::Result<()> {
    let record = demo(&[])?;
    check_promises(&record);
    Ok(())
}

#[test]
fn the_demo_holds_on_real_input() -> anyhow::Result<()> {
    let fixtures = xtask::workspace_root().join("../shared/fixtures");
    let projects = fixtures.join("us-it-projects.csv");
    let budget = fixtures.join("phl-obligations.csv");
    if !projects.exists() || !budget.exists() {
        println!("skipped: the_demo_holds_on_real_input needs ../shared/fixtures");
        return Ok(());
    }
    if std::env::var_os("ADJ_SLOW").is_none() {
        println!("skipped: the_demo_holds_on_real_input is slow and needs ADJ_SLOW=1");
        return Ok(());
    }
    let record = demo(&[
        "--projects",
        &projects.to_string_lossy(),
        "--budget",
        &budget.to_string_lossy(),
    ])?;
    check_promises(&record);
    Ok(())
}

#[test]
fn a_demo_that_cannot_run_says_why_and_fails() -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["demo", "--headless", "--projects", "no-such-file.csv"])
        .output()?;
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("no-such-file.csv"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    Ok(())
}

/// Writes a workspace of three packages that breaks a rule of every kind that needs more than one file.
fn write_untidy_tree(root: &Path) -> anyhow::Result<()> {
    let member = |name: &str, rest: &str| {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}\n"
        );
        write(&root.join(name).join("Cargo.toml"), &manifest)?;
        write(&root.join(name).join("src/lib.rs"), "fn f() {}\n")
    };
    let upward = "[dependencies]\nadjutant-model = { path = \"../adjutant-model\" }";
    member("adjutant-base", &format!("license = \"MIT\"\n{upward}"))?;
    member("adjutant-model", "license = \"GPL-3.0-only\"")?;
    member("ui", "license = \"MIT\"")?;
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"adjutant-base\", \"adjutant-model\", \"ui\"]\n";
    write(&root.join("Cargo.toml"), workspace)?;
    write(&root.join("clippy.toml"), "")?;
    write(&root.join(".gitignore"), "/target\n")?;
    write(&root.join("target/ignored.rs"), "fn f() {}\n")
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
    std::fs::write(path, text)?;
    Ok(())
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()?;
    ensure!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

#[test]
fn a_soak_loses_nothing() -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["soak", "--kills", "4"])
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}\n{errors}");
    assert!(said.starts_with("4 kills: "), "{said}");
    assert!(said.contains(" 0 lost, 0 unopenable"), "{said}");
    assert!(!said.contains(" 0 acknowledged"), "{said}");
    Ok(())
}

#[test]
fn every_case_of_the_relays_benchmark_runs() -> anyhow::Result<()> {
    // Ours and the floor; the neighbours need npm and a build of their own.
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["bench", "relay", "--measure", "--percent", "1"])
        .args(["--peer", "floor"])
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}\n{errors}");
    for case in [
        "| case | ours | floor |",
        "visible at 50 readers",
        "edits a second",
        "fdatasync",
        "late joiner",
        "after a restart",
        "offline edits meet",
        "5 idle connections, 5 documents",
        "2 idle connections, 1 documents",
        "edits lost by a kill | 0 of",
        "| changes of a document | 0 | 10 |",
        "| cold documents | 0 | 10 |",
    ] {
        assert!(said.contains(case), "{case} is missing in\n{said}");
    }
    assert!(!said.contains("failed: "), "{said}");
    Ok(())
}

#[test]
fn every_row_of_the_records_benchmark_is_measured() -> anyhow::Result<()> {
    if std::env::var_os("ADJ_SLOW").is_none() {
        println!(
            "skipped: every_row_of_the_records_benchmark_is_measured is slow and needs ADJ_SLOW=1"
        );
        return Ok(());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["bench", "record", "--measure", "--percent", "1"])
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}\n{errors}");
    for row in [
        "start to first board",
        "start until everything is loaded",
        "one command until published, p99",
        "beside that of documents without history",
        "one command until on disk",
        "one change from elsewhere until published, p99",
        "10,000 changes from elsewhere at once",
        "history of one field",
        "history of one record, p99",
        "the workspace as of a date",
        "difference of two dates",
        "what changed since I looked",
        "memory with everything loaded",
    ] {
        assert!(said.contains(row), "{row} is missing in\n{said}");
    }
    Ok(())
}
