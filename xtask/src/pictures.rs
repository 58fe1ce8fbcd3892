//! Pictures of every screen, light and dark, made by the program itself from the sample workspace, so that they never
//! go stale.
//!
//! They need a display: without one, run it under `xvfb-run -a`. Each picture is one run of the real window.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The screens, each with the part of a record's name that is opened on it; empty for none.
const SCREENS: &[(&str, &str)] = &[
    ("today", ""),
    ("since", ""),
    ("overview", ""),
    ("projects", ""),
    ("actions", ""),
    ("meetings", ""),
    ("decisions", ""),
    ("budget", ""),
    ("contracts", ""),
    ("vendors", ""),
    ("licences", ""),
    ("purchases", ""),
    ("invoices", ""),
    ("changes", ""),
    ("onboarding", ""),
    ("compliance", ""),
    ("risks", ""),
    ("conflicts", ""),
    ("history", ""),
    ("care", ""),
    // Inside a project, inside a meeting, and the side sheet.
    ("projects", "Laptop lifecycle"),
    ("meetings", "IT leads"),
    ("contracts", "ERP 4"),
];

/// Makes all pictures anew in `docs/pictures`.
///
/// # Errors
/// If the program cannot be built or started, or a picture is missing afterwards.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let build = [
        "build",
        "-p",
        "adjutant",
        "--bin",
        "adjutant",
        "--example",
        "sample_workspace",
    ];
    let built = Command::new("cargo").args(build).current_dir(root).status();
    ensure!(
        built.context("cargo cannot be started")?.success(),
        "the program does not build"
    );
    let data = tempfile::tempdir()?;
    let sample = root.join("target/debug/examples/sample_workspace");
    let filled = Command::new(sample).arg(data.path()).status()?;
    ensure!(filled.success(), "the sample workspace was not made");
    let folder = root.join("docs/pictures");
    std::fs::create_dir_all(&folder)?;
    for theme in ["light", "dark"] {
        for (view, opened) in SCREENS {
            let inside = if opened.is_empty() { "" } else { "-open" };
            let file = folder.join(format!("{view}{inside}-{theme}.png"));
            let mut window = Command::new(root.join("target/debug/adjutant"));
            window.arg("--data").arg(data.path());
            window.args(["--view", view, "--theme", theme, "--size", "1280x800"]);
            if !opened.is_empty() {
                window.args(["--open", opened]);
            }
            let status = window.arg("--screenshot").arg(&file).status()?;
            ensure!(
                status.success() && file.is_file(),
                "no picture of {view}; without a display, run it under `xvfb-run -a`"
            );
        }
    }
    Ok(())
}
