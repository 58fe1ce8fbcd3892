//! `cargo xtask bench relay`: what the relay costs and how fast it is, over real sockets, beside its neighbours.
//!
//! All servers run as processes of their own on one core, the load comes from this process on another, and nothing is
//! decoded on a measured path: a frame counts when it is there. Floors: a bare WebSocket fan-out that knows nothing, and
//! the disk's own write and synchronise. The one rule: what is compared is measured in the same run by the same driver.

mod cases;
mod curves;
pub mod driver;
pub mod line;
mod peers;
mod rows;
pub mod server;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::table::at_percent;

/// What the load generator is run with.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Edits of each case, in hundredths of the full measure.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=100))]
    percent: u16,
    /// Only cases with this in their name; may be given several times.
    #[arg(long, value_name = "TEXT")]
    case: Vec<String>,
    /// Only servers with this in their name, beside ours; may be given several times.
    #[arg(long, value_name = "TEXT")]
    peer: Vec<String>,
    /// Measure in this very process, which was built for it.
    #[arg(long, hide = true)]
    measure: bool,
}

impl Options {
    /// Returns that share of a full number, at least 1.
    fn share(&self, full: usize) -> usize {
        (full.saturating_mul(usize::from(self.percent)) / 100).max(1)
    }

    /// Returns the time in which a server does what it has put off; it is counted in.
    fn put_off(&self) -> Duration {
        Duration::from_millis(30).saturating_mul(u32::from(self.percent))
    }

    fn wants_case(&self, name: &str) -> bool {
        self.case.is_empty() || self.case.iter().any(|part| name.contains(part))
    }

    fn wants_peer(&self, name: &str) -> bool {
        self.peer.is_empty() || name == "ours" || self.peer.iter().any(|part| name.contains(part))
    }

    /// Returns the task that measures with these options.
    fn task(&self) -> Vec<String> {
        let mut task = vec![
            "bench".to_owned(),
            "relay".to_owned(),
            "--measure".to_owned(),
        ];
        task.push(format!("--percent={}", self.percent));
        task.extend(self.case.iter().map(|text| format!("--case={text}")));
        task.extend(self.peer.iter().map(|text| format!("--peer={text}")));
        task
    }
}

/// Measures and prints the table.
///
/// # Errors
/// What kept something from being built or measured.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    if !options.measure {
        peers::Peers::prepare(root)?;
        return super::in_bench_profile(root, &options.task());
    }
    server::pin_self()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the driver")?;
    let mut peers = peers::Peers::find()?;
    peers.all.retain(|peer| options.wants_peer(peer.name));
    runtime.block_on(async {
        Box::pin(cases::all(options, &peers)).await?;
        curves::all(options, &peers).await
    })?;
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

/// Returns a count as a number to calculate with.
fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
