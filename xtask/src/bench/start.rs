//! One start of the engine in a process of its own, as a program starts: first board, memory, idleness.
//!
//! The parent runs this very program with `bench --start FOLDER` and reads one `name value` a line. The one rule: the
//! process does nothing else, so that all of its memory and time is the engine's.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::engine::{LIMIT, open};
use super::table::say;

/// How long the engine is watched doing nothing.
const IDLE: Duration = Duration::from_secs(5);

/// What one start said.
#[derive(Debug, Default)]
pub(super) struct Started {
    pub(super) first_board: Duration,
    pub(super) memory_first_bytes: u64,
    pub(super) memory_loaded_bytes: u64,
    pub(super) memory_peak_bytes: u64,
    pub(super) idle_cpu: Duration,
    pub(super) idle_wakes: u64,
}

/// Starts the engine on a folder in a new process and returns what it measured.
pub(super) fn in_new_process(folder: &Path, idle: bool) -> anyhow::Result<Started> {
    let program = std::env::current_exe().context("cannot find this program's file")?;
    let mut command = Command::new(program);
    command.args(["bench", "--start"]).arg(folder);
    if idle {
        command.arg("--idle");
    }
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start the engine's process")?;
    ensure!(output.status.success(), "the engine's process failed");
    let mut started = Started::default();
    for line in String::from_utf8(output.stdout)?.lines() {
        let (name, value) = line.split_once(' ').context("an odd line")?;
        let value: u64 = value.parse()?;
        match name {
            "first_board" => started.first_board = Duration::from_nanos(value),
            "memory_first" => started.memory_first_bytes = value,
            "memory_loaded" => started.memory_loaded_bytes = value,
            "memory_peak" => started.memory_peak_bytes = value,
            "idle_cpu" => started.idle_cpu = Duration::from_nanos(value),
            "idle_wakes" => started.idle_wakes = value,
            odd => anyhow::bail!("the engine's process said \"{odd}\""),
        }
    }
    Ok(started)
}

/// Starts the engine in this process and prints what was measured.
///
/// # Errors
/// What kept the engine from starting or the system from being asked.
pub(super) fn measure(folder: &Path, idle: bool) -> anyhow::Result<()> {
    let began = Instant::now();
    let engine = open(folder, "Anna Lindqvist", idle)?;
    let board = engine.board();
    let first_board = began.elapsed();
    ensure!(board.actions.len() > 0, "the first board is empty");
    drop(board);
    say(&format!("first_board {}", first_board.as_nanos()))?;
    say(&format!("memory_first {}", memory("VmRSS:")?))?;
    if !idle {
        return Ok(());
    }
    ensure!(engine.wait_synced_blocking(LIMIT), "the relay is not there");
    settle()?;
    say(&format!("memory_loaded {}", memory("VmRSS:")?))?;
    say(&format!("memory_peak {}", memory("VmHWM:")?))?;
    let wakes = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&wakes);
    engine.on_publish(Arc::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    }));
    let before = cpu()?;
    std::thread::sleep(IDLE);
    let idle_cpu = cpu()?.saturating_sub(before);
    say(&format!("idle_cpu {idle_cpu}"))?;
    say(&format!("idle_wakes {}", wakes.load(Ordering::Relaxed)))
}

/// Waits until the engine has loaded, in the background, what the first board did not need.
///
/// Nothing says when that is done, and nothing needs to know it but this: so until a quarter of a second costs nothing.
pub(super) fn settle() -> anyhow::Result<()> {
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        let before = cpu()?;
        std::thread::sleep(Duration::from_millis(250));
        if cpu()?.saturating_sub(before) < 1_000_000 {
            return Ok(());
        }
    }
    anyhow::bail!("the engine is still busy after {LIMIT:?}")
}

/// Returns a memory figure of this process, in bytes.
pub(super) fn memory(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("this needs Linux")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    let kibibytes: u64 = kibibytes.context("no such memory figure")?.parse()?;
    Ok(kibibytes << 10)
}

/// Returns the processor time of this process's living threads, in nanoseconds.
///
/// From `schedstat`, since `/proc/self/stat` counts in steps of 10 ms.
fn cpu() -> anyhow::Result<u64> {
    let mut sum = 0_u64;
    for task in std::fs::read_dir("/proc/self/task").context("this needs Linux")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let time: u64 = text.split_whitespace().next().context("no time")?.parse()?;
        sum = sum.saturating_add(time);
    }
    Ok(sum)
}
