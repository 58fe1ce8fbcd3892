//! `cargo xtask bench ui`: what a frame of the window costs, and how soon the first one shows data.
//!
//! The window is measured by an example of its own crate, as xtask links no window; here it is built under the `bench`
//! profile, run five times, and its lines `ui NAME FIGURE_ms=N …` are put into a table.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::table::{Sample, Table, say};
use super::{RUNS, calibrate, calibration};

/// What 95 of 100 frames shall not take longer than, tessellation included.
const FRAME: Duration = Duration::from_millis(2);
/// From opening the data folder to the first frame that shows its data.
const FIRST_FRAME: Duration = Duration::from_millis(300);

/// Measures five times and prints the table.
pub(super) fn run(root: &Path) -> anyhow::Result<()> {
    let mut table = Table::default();
    for number in 1..=RUNS {
        let calibrated = calibrate();
        table.add(calibration(calibrated));
        for line in measure(root)?.lines() {
            for sample in samples(line)? {
                table.add(sample);
            }
        }
        say(&format!(
            "window, run {number} of {RUNS}: calibration {calibrated:.1?}"
        ))?;
    }
    table.print()
}

/// Runs the example once and returns what it printed.
fn measure(root: &Path) -> anyhow::Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = "run --quiet --profile bench --package adjutant --example ui_bench";
    let output = Command::new(cargo)
        .args(run.split(' '))
        .current_dir(root)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo {run} failed");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Reads one line of the example: `ui actions typing p50_ms=0.8 p95_ms=1.2`; none if it is another program's.
fn samples(line: &str) -> anyhow::Result<Vec<Sample>> {
    let Some(line) = line.strip_prefix("ui ") else {
        return Ok(Vec::new());
    };
    let (figures, name): (Vec<&str>, Vec<&str>) =
        line.split(' ').partition(|word| word.contains("_ms="));
    figures
        .into_iter()
        .map(|figure| {
            let (what, ms) = figure.split_once("_ms=").unwrap_or((figure, ""));
            let ms: f64 = ms.parse().with_context(|| format!("in `{line}`"))?;
            let goal = match what {
                "p95" => Some(FRAME),
                "shown" => Some(FIRST_FRAME),
                _ => None,
            };
            let name = format!("{}, {what}", name.join(" ").replace('_', " "));
            Ok(Sample::time(
                &name,
                goal,
                Duration::try_from_secs_f64(ms / 1e3)?,
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_window_is_read() {
        let read = samples("ui actions typing p50_ms=0.5 p95_ms=2.5").unwrap();
        let mut table = Table::default();
        for sample in read {
            table.add(sample);
        }
        let rows = table.rows();
        assert!(
            rows[0].starts_with("| actions typing, p50 |  | 500.00µs"),
            "{rows:?}"
        );
        assert!(
            rows[1].starts_with("| actions typing, p95 | 2.00ms | 2.50ms"),
            "{rows:?}"
        );
        assert!(rows[1].ends_with("MISSED |"), "{rows:?}");
        assert!(samples("warning: something").unwrap().is_empty());
        assert!(samples("ui actions p50_ms=fast").is_err());
    }
}
