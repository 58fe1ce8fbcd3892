//! The servers that are measured in one run: ours, its neighbours as they come, and the floor.
//!
//! Each runs as a process of its own on one core and gets an empty folder to store in. What cannot be had on this machine
//! is named and left out. The one rule: a neighbour is its authors' own code with their own store, and nothing turned down.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::driver::Site;
use super::line::Line;
use super::server::{Server, pinned};
use crate::bench::table::say;

/// The example that is a minimal samod server.
const SAMOD: &str = "samod_relay";
/// Servers of the npm family: what to call them, their script, how to reach them.
const SCRIPTS: [(&str, &str, ToSite); 3] = [
    ("automerge-repo", "automerge-repo.mjs", |said| {
        Ok(Site::Repo(said.parse()?))
    }),
    ("hocuspocus", "hocuspocus.mjs", |said| {
        Ok(Site::Hocuspocus(said.parse()?))
    }),
    ("y-websocket", "y-websocket.mjs", |said| {
        Ok(Site::YWebsocket(said.parse()?))
    }),
];

type ToSite = fn(&str) -> anyhow::Result<Site>;

/// How a server is started.
#[derive(Debug, Clone)]
enum Program {
    /// Our relay, in this very program.
    Relay,
    /// The floor, in this very program.
    Floor,
    /// Another program.
    File(PathBuf),
    /// A script that node runs in the folder of its packages.
    Script(PathBuf, &'static str),
}

/// A server that can be measured.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    program: Program,
    site: ToSite,
}

/// A server that runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) server: Server,
    pub(super) site: Site,
}

/// All servers that can be had here, ours first and the floor last.
#[derive(Debug, Clone)]
pub(super) struct Peers {
    pub(super) all: Vec<Peer>,
    /// Where node finds Yjs.
    packages: Option<PathBuf>,
}

impl Peer {
    /// Starts it on `folder`.
    ///
    /// # Errors
    /// If it does not start or does not say where it is.
    pub(super) fn start(&self, folder: &Path) -> anyhow::Result<Running> {
        let server = match &self.program {
            Program::Relay => {
                let folder = folder.to_str().context("an odd folder")?;
                Server::own(&["relay", "--listen", "127.0.0.1:0", "--data", folder])
            }
            Program::Floor => Server::own(&["fan-out", "--listen", "127.0.0.1:0"]),
            Program::File(program) => {
                let mut command = pinned(program);
                command.arg("--data").arg(folder);
                Server::start(command)
            }
            Program::Script(packages, script) => {
                let mut command = pinned(Path::new("node"));
                command.arg(script).arg(folder).current_dir(packages);
                Server::start(command)
            }
        }?;
        let site = (self.site)(server.said())?;
        Ok(Running { server, site })
    }

    /// Tells whether it is ours.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.program, Program::Relay)
    }

    /// Tells whether it knows nothing of documents.
    pub(super) fn is_floor(&self) -> bool {
        matches!(self.program, Program::Floor)
    }
}

impl Peers {
    /// Builds and installs the neighbours, and says which cannot be had.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub(super) fn prepare(root: &Path) -> anyhow::Result<()> {
        if let Err(error) = build_samod(root) {
            say(&format!("samod is left out: {error:#}"))?;
        }
        if let Err(error) = install(root) {
            say(&format!(
                "automerge-repo, hocuspocus and y-websocket are left out: {error:#}"
            ))?;
        }
        Ok(())
    }

    /// Finds what [`Peers::prepare`] has left below the folder of this program.
    ///
    /// # Errors
    /// If this program cannot find itself.
    pub(super) fn find() -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program's file")?;
        let profile = program.parent().context("an odd folder")?;
        let peer = |name, program, site: ToSite| Peer {
            name,
            program,
            site,
        };
        let mut all = vec![peer("ours", Program::Relay, |said| {
            Ok(Site::Relay(said.parse()?))
        })];
        let samod = profile.join("examples").join(SAMOD);
        if samod.exists() {
            all.push(peer("samod", Program::File(samod), |said| {
                Ok(Site::Repo(said.parse()?))
            }));
        }
        let packages = Some(profile.with_file_name("bench-peers"));
        let packages = packages.filter(|packages| packages.join(INSTALLED).exists());
        for (name, script, site) in SCRIPTS {
            if let Some(packages) = &packages {
                all.push(peer(name, Program::Script(packages.clone(), script), site));
            }
        }
        all.push(peer("floor", Program::Floor, |said| {
            Ok(Site::Echo(said.parse()?))
        }));
        Ok(Self { all, packages })
    }

    /// Makes the edits of an author in the language of a server.
    ///
    /// # Errors
    /// If node fails.
    pub(super) fn line(&self, site: &Site, author: u32, count: usize) -> anyhow::Result<Line> {
        match &self.packages {
            Some(packages) if site.speaks_yjs() => Line::of_yjs(packages, author, count),
            Some(_) | None => Ok(Line::new(author, count)),
        }
    }
}

fn build_samod(root: &Path) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = "build --quiet --profile bench --package adjutant-tests --example";
    let status = Command::new(cargo)
        .args(build.split(' '))
        .arg(SAMOD)
        .current_dir(root)
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "it cannot be built");
    Ok(())
}

/// Written last: what is installed is what this lock says.
const INSTALLED: &str = "installed-lock.json";

/// Lets npm fetch the packages that `xtask/peers/package-lock.json` names, once.
fn install(root: &Path) -> anyhow::Result<()> {
    let source = root.join("xtask").join("peers");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = target.join("bench-peers");
    std::fs::create_dir_all(&folder)?;
    for file in std::fs::read_dir(&source)? {
        let file = file?;
        std::fs::copy(file.path(), folder.join(file.file_name()))?;
    }
    let lock = std::fs::read(source.join("package-lock.json"))?;
    let installed = folder.join(INSTALLED);
    if std::fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .output()
        .context("cannot start npm")?;
    ensure!(npm.status.success(), "npm cannot install them");
    std::fs::write(installed, lock)?;
    Ok(())
}
