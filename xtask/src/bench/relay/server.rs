//! The processes that are measured, pinned to one core, and what the operating system says that they cost.
//!
//! Only processes started here are ever ended. Where `taskset` is missing nothing is pinned.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;

/// Frames that a reader of the fan-out may be behind.
const BEHIND: usize = 4_096;
/// Steps in which the operating system counts processor time on Linux.
const TICK: Duration = Duration::from_millis(10);

/// A process that dies with its handle.
#[derive(Debug)]
pub struct Server {
    child: Child,
    said: String,
    /// Kept open: some servers end when nobody listens to them any more.
    _out: BufReader<ChildStdout>,
}

impl Server {
    /// Starts this very program with a hidden task.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn own(arguments: &[&str]) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program's file")?;
        let mut command = pinned(&program);
        command.args(arguments);
        Self::start(command)
    }

    /// Starts a server and waits for the first line that it prints.
    ///
    /// # Errors
    /// If it cannot be started or ends before it has said something.
    pub fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a server")?;
        let mut out = BufReader::new(child.stdout.take().context("a server without output")?);
        let mut said = String::new();
        out.read_line(&mut said)?;
        let server = Self {
            child,
            said: said.trim().to_owned(),
            _out: out,
        };
        ensure!(!server.said.is_empty(), "a server ended at once");
        Ok(server)
    }

    /// Returns the first line that it printed.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// Returns the processor time that it has used, ended threads included.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(path).context("this needs Linux")?;
        // The name in parentheses may hold anything; the times are the 12th and 13th after it.
        let (_name, rest) = text.rsplit_once(") ").context("an odd line")?;
        let mut words = rest.split(' ').skip(11);
        let mut next = || -> anyhow::Result<u32> { Ok(words.next().context("no time")?.parse()?) };
        let ticks = next()?.saturating_add(next()?);
        Ok(TICK.saturating_mul(ticks))
    }

    /// Returns the memory that it has in use, in bytes.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).context("this needs Linux")?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        let kibibytes: u64 = kibibytes.context("no such figure")?.parse()?;
        Ok(kibibytes << 10)
    }

    /// Kills it without warning.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Returns the command that runs a program on core 0, if it can be pinned.
pub(super) fn pinned(program: &Path) -> Command {
    if !can_pin() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program);
    command
}

fn can_pin() -> bool {
    Command::new("taskset")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Pins this process to core 1, if it can be.
///
/// # Errors
/// If `taskset` is there and fails.
pub fn pin_self() -> anyhow::Result<()> {
    if !can_pin() {
        return Ok(());
    }
    let own = std::process::id().to_string();
    let status = Command::new("taskset")
        .args(["-a", "-c", "-p", "1", &own])
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "cannot pin the driver to a core");
    Ok(())
}

/// Serves as the floor: passes each frame on to everybody else, or back to a sender who is alone. Prints its address.
///
/// # Errors
/// What kept it from serving.
pub fn fan_out(listen: SocketAddr) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen).await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        let (frames, _) = broadcast::channel::<(u64, Message)>(BEHIND);
        let frames = Arc::new(frames);
        for number in 0.. {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            // Each ends with its connection, all of them with the process.
            drop(tokio::spawn(attend(stream, number, Arc::clone(&frames))));
        }
        Ok(())
    })
}

async fn attend(
    stream: TcpStream,
    number: u64,
    frames: Arc<broadcast::Sender<(u64, Message)>>,
) -> Option<()> {
    let socket = tokio_tungstenite::accept_async(stream).await.ok()?;
    let (mut sink, mut stream) = socket.split();
    let mut others = frames.subscribe();
    loop {
        tokio::select! {
            message = stream.next() => {
                let message = message?.ok()?;
                if frames.receiver_count() == 1 {
                    sink.send(message).await.ok()?;
                } else {
                    frames.send((number, message)).ok()?;
                }
            }
            other = others.recv() => {
                let (from, message) = other.ok()?;
                if from != number {
                    sink.send(message).await.ok()?;
                }
            }
        }
    }
}
