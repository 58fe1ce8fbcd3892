//! `cargo xtask bench record`: what the record of years costs, at 200,000 changes by twelve devices, beside plain Automerge
//! that does the same with the same changes in the same run.
//!
//! One department is made, then everything is measured on it three times. The one rule: a row says what a person waits
//! for, through the engine's own door.

mod made;
mod rows;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use adjutant_client::Engine;
use anyhow::{Context as _, ensure};

use super::start::{memory, settle};
use super::table::{Sample, Table, Unit, say};
use super::{calibrate, calibration};
use made::{Made, make, open, save_raw, today};

/// How often everything is measured.
const RUNS: usize = 3;

/// What the benchmark of the record is run with.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How much of the history to make, in percent; below 100 of a small department.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub percent: usize,
    /// Measure in this very process, which was built for it.
    #[arg(long, hide = true)]
    pub measure: bool,
    /// Load what is in this folder, ours or plain, and say how much memory that took.
    #[arg(long, hide = true, value_name = "FOLDER")]
    pub memory: Option<PathBuf>,
}

/// Measures and prints; the exit code is 0 whether goals are met or not, since machines differ.
///
/// # Errors
/// What kept something from being built or measured.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &options.memory {
        return say_memory(folder).map(|()| ExitCode::SUCCESS);
    }
    let percent = options.percent.clamp(1, 100);
    if !options.measure {
        let percent = percent.to_string();
        let task = ["bench", "record", "--measure", "--percent", &percent];
        return super::in_bench_profile(root, &task.map(str::to_owned));
    }
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let began = Instant::now();
    let mut made = make(&folder.path().join("data"), percent)?;
    say(&format!(
        "made {} records and {} changes in {:.1?}",
        made.n_records,
        made.n_changes,
        began.elapsed()
    ))?;
    let mut table = Table::default();
    let runs = if percent < 100 { 2 } else { RUNS };
    for number in 1..=runs {
        let calibrated = calibrate();
        table.add(calibration(calibrated));
        for sample in measure(&mut made)? {
            table.add(sample);
        }
        say(&format!("run {number} of {runs}"))?;
    }
    for sample in memories(&mut made, folder.path())? {
        table.add(sample);
    }
    table.print()?;
    Ok(ExitCode::SUCCESS)
}

fn measure(made: &mut Made) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    // The last run's cache is what a start finds; the first run has none.
    drop(open(&made.folder, today().1)?.fingerprints_blocking()?);
    let engine = rows::start(made, &mut samples)?;
    rows::history(made, &engine, &mut samples)?;
    rows::as_of(made, &engine, &mut samples)?;
    rows::mark_seen(&engine)?;
    rows::commands(made, &engine, &mut samples)?;
    rows::since(made, &engine, &mut samples)?;
    rows::remote(made, &engine, &mut samples)?;
    Ok(samples)
}

/// Returns what everything loaded takes in memory: each in a process of its own that does nothing else.
fn memories(made: &mut Made, folder: &Path) -> anyhow::Result<Vec<Sample>> {
    let raw_folder = folder.join("raw");
    save_raw(&mut made.raw, &raw_folder)?;
    let (ours, raw) = (in_new_process(&made.folder)?, in_new_process(&raw_folder)?);
    Ok(vec![
        Sample::of("memory with everything loaded", Unit::Memory, ours)
            .goal(raw.saturating_mul(16) / 10),
        Sample::of("the same, plain Automerge", Unit::Memory, raw),
    ])
}

fn in_new_process(folder: &Path) -> anyhow::Result<u64> {
    let program = std::env::current_exe().context("cannot find this program's file")?;
    let output = Command::new(program)
        .args(["bench", "record", "--memory"])
        .arg(folder)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start the process")?;
    ensure!(output.status.success(), "the process failed");
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

fn say_memory(folder: &Path) -> anyhow::Result<()> {
    let before = memory("VmRSS:")?;
    let mut plain = Vec::new();
    let mut engine: Option<Engine> = None;
    if folder.join("workspace.sqlite").exists() {
        let opened = open(folder, today().1)?;
        drop(opened.past_blocking()?);
        engine = Some(opened);
        settle()?;
    } else {
        for file in std::fs::read_dir(folder)? {
            plain.push(automerge::Automerge::load(&std::fs::read(file?.path())?)?);
        }
    }
    let after = memory("VmRSS:")?;
    drop((plain, engine));
    say(&after.saturating_sub(before).to_string())
}
