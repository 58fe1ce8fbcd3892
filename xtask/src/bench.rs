//! `cargo xtask bench`: the speeds that the project promises, measured at its largest department.
//!
//! The task starts itself again under the `bench` profile; a debug build's figures would say nothing. Every figure is the
//! median of five runs, and each run times a fixed piece of work and raw Automerge beside ours, so that a loaded or slow
//! machine can be told from a slow program. The one rule:
//! what is timed goes through the same door as in the programs.

mod engine;
mod raw;
pub mod record;
pub mod relay;
mod start;
mod table;
mod ui;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

pub(crate) use table::say;
use table::{Sample, Table};

/// How often everything is measured.
const RUNS: usize = 5;

/// What the benchmark is run with.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// What to measure, if not the engine and the window.
    #[command(subcommand)]
    pub what: Option<What>,
    /// Measure in this very process, which was built for it.
    #[arg(long, hide = true)]
    pub measure: bool,
    /// Measure one start of the engine on this folder, in this very process.
    #[arg(long, hide = true, value_name = "FOLDER")]
    pub start: Option<PathBuf>,
    /// With --start: also load everything and stay idle for a while.
    #[arg(long, hide = true)]
    pub idle: bool,
}

/// What can be measured by itself; without it, the engine and then the window are.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum What {
    /// Measure the relay over real sockets, beside what sockets and disk do by themselves.
    Relay(relay::Options),
    /// Measure the record of years: past, news, starts and edits at 200,000 changes.
    Record(record::Options),
    /// Measure the window: its frames, and the first one with data.
    Ui,
}

/// Measures and prints; the exit code is 0 whether goals are met or not, since machines differ.
///
/// # Errors
/// What kept something from being built or measured.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    match &options.what {
        Some(What::Relay(options)) => return relay::run(root, options),
        Some(What::Record(options)) => return record::run(root, options),
        Some(What::Ui) => return ui::run(root).map(|()| ExitCode::SUCCESS),
        None => {}
    }
    if let Some(folder) = &options.start {
        return start::measure(folder, options.idle).map(|()| ExitCode::SUCCESS);
    }
    if options.measure {
        return measure().map(|()| ExitCode::SUCCESS);
    }
    in_bench_profile(root, &["bench".to_owned(), "--measure".to_owned()])?;
    ui::run(root).map(|()| ExitCode::SUCCESS)
}

/// Builds this very program for measuring and runs a task of it.
fn in_bench_profile(root: &Path, task: &[String]) -> anyhow::Result<ExitCode> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = "run --quiet --profile bench --package xtask --";
    let status = Command::new(cargo)
        .args(build.split(' '))
        .args(task)
        .current_dir(root)
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "cargo {build} {} failed", task.join(" "));
    Ok(ExitCode::SUCCESS)
}

/// Runs everything five times and prints the table.
fn measure() -> anyhow::Result<()> {
    let mut table = Table::default();
    for number in 1..=RUNS {
        let began = Instant::now();
        let calibrated = calibrate();
        table.add(calibration(calibrated));
        for sample in engine::run()? {
            table.add(sample);
        }
        say(&format!(
            "run {number} of {RUNS}: {:.1?}, calibration {calibrated:.1?}",
            began.elapsed()
        ))?;
    }
    table.print()
}

fn calibration(took: Duration) -> Sample {
    Sample::time("calibration: BLAKE3 of 256 MiB", None, took)
}

/// Does a fixed piece of work on one core: what it costs tells how fast and how busy the machine is.
fn calibrate() -> Duration {
    let block = vec![7_u8; 1 << 20];
    let began = Instant::now();
    let mut hasher = blake3::Hasher::new();
    for _mebibyte in 0..256 {
        hasher.update(&block);
    }
    std::hint::black_box(hasher.finalize());
    began.elapsed()
}
