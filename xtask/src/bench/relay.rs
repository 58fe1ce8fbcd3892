//! `cargo xtask bench relay`: what the relay costs and how fast it is, over real sockets, beside two floors.
//!
//! The relay and the floor run as processes of their own on one core, the load comes from this process on another, and
//! nothing is decoded on a measured path: a frame counts when it is there. Floors: a bare WebSocket fan-out that knows
//! nothing, and the disk's own write and synchronise. The one rule: ours and the floor are measured in the same run.

mod cases;
pub mod driver;
pub mod server;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::table::{at_percent, say};

/// What the load generator is run with.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Edits of each case, in hundredths of the full measure.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=100))]
    percent: u16,
    /// Measure in this very process, which was built for it.
    #[arg(long, hide = true)]
    measure: bool,
}

impl Options {
    /// Returns that share of a full number, at least 1.
    fn share(&self, full: usize) -> usize {
        (full.saturating_mul(usize::from(self.percent)) / 100).max(1)
    }
}

/// Measures and prints the table.
///
/// # Errors
/// What kept something from being built or measured.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    if !options.measure {
        let percent = options.percent;
        let task = format!("bench relay --measure --percent {percent}");
        return super::in_bench_profile(root, &task);
    }
    server::pin_self()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the driver")?;
    say("| case | ours | floor |")?;
    say("|---|---|---|")?;
    runtime.block_on(cases::all(options))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the median and the 99th percentile of some times, in words.
fn middle_and_tail(times: &mut [Duration]) -> String {
    let middle = at_percent(times, 50);
    let tail = at_percent(times, 99);
    format!("{:.2} / {:.2} ms", milliseconds(middle), milliseconds(tail))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
