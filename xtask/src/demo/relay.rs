//! The relay of the demo: a process of its own, so that it can be killed like one.
//!
//! The process is this very program with the hidden task `relay`. Only processes started here are ever killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use adjutant_base::JoinLink;
use adjutant_relay::{Relay, RelayConfig};
use anyhow::{Context as _, bail};

/// Serves as the relay process of a demo until it is killed; prints the join link first.
///
/// # Errors
/// What kept the relay from starting, or ended it.
pub fn serve(data: &Path, listen: SocketAddr) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let running = Relay::start(RelayConfig::new(data, listen)).await?;
        writeln!(std::io::stdout(), "{}", running.join_link())?;
        bail!("the relay's store failed: {}", running.failed().await)
    })
}

/// A running relay. Dropping it kills the process.
pub(super) struct RelayProcess {
    child: Child,
    link: JoinLink,
}

impl RelayProcess {
    /// Starts a relay on `folder`, on the port of `again` if it ran before, otherwise on a free one.
    pub(super) fn start(folder: &Path, again: Option<JoinLink>) -> anyhow::Result<Self> {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let address = again.map_or(any_port.into(), |link| link.address);
        let program = std::env::current_exe().context("cannot find this program's file")?;
        let mut child = Command::new(program)
            .arg("relay")
            .arg("--data")
            .arg(folder)
            .args(["--listen", &address.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the relay")?;
        let stdout = child.stdout.take().context("the relay has no output")?;
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .context("cannot read the relay's output")?;
        let Ok(link) = line.parse() else {
            child.kill().ok();
            child.wait().ok();
            bail!(
                "the relay did not print a join link but \"{}\"",
                line.trim()
            );
        };
        Ok(Self { child, link })
    }

    /// Returns the join link that the relay printed.
    pub(super) fn link(&self) -> &JoinLink {
        &self.link
    }

    /// Returns the process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process without warning (SIGKILL on Unix).
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().context("cannot kill the relay")?;
        self.child.wait().context("cannot wait for the relay")?;
        Ok(())
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        // It may be dead already: that is what the demo is about.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
