//! The main job, end to end: a relay, two assistants and a manager on one department, offline and together again.
//!
//! Everything is real: the relay is a process of its own with its own store, the three devices are engines with their
//! own folders, they speak over WebSockets on loopback, and the relay is killed without warning. The one rule: what
//! the demo says it has checked, and it exits with 1 if anything did not hold.

mod edits;
mod pack;
mod print;
pub mod relay;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use adjutant_base::{Clock as _, ContentHash, JoinLink, SystemClock};
use adjutant_client::{Config, Engine, Fingerprint, Zone};
use adjutant_model::diff;
use anyhow::{Context as _, bail, ensure};

use print::{Printer, Progress};
use relay::RelayProcess;

/// How long a step may take before the demo calls it failed.
const LIMIT: Duration = Duration::from_mins(5);

/// What the demo is run with.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Projects to import (CSV); without it and --budget a sample department is made.
    #[arg(long, value_name = "FILE")]
    pub projects: Option<PathBuf>,
    /// Budget to import (CSV).
    #[arg(long, value_name = "FILE")]
    pub budget: Option<PathBuf>,
    /// Never open a window.
    #[arg(long)]
    pub headless: bool,
    /// Keep all data in this folder instead of a temporary one.
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
    /// Write the month's report pack to this folder instead of target/report-pack.
    #[arg(long, value_name = "FOLDER")]
    pub pack: Option<PathBuf>,
}

/// One device of the demo.
struct Device {
    name: &'static str,
    engine: Engine,
}

/// Runs the demo. Exit code 1 if something did not hold.
///
/// # Errors
/// What kept the demo from running: a file that cannot be read, a relay that does not start.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let printer = Printer::new();
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = options
        .keep
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    let mut demo = Demo {
        printer,
        folder,
        failures: Vec::new(),
    };
    demo.play(options)?;
    if demo.failures.is_empty() {
        demo.printer.title("Everything held");
        demo.show_window(options)?;
        return Ok(ExitCode::SUCCESS);
    }
    demo.printer.title("Did not hold");
    for failure in &demo.failures {
        demo.printer.line(&format!("- {failure}"));
    }
    Ok(ExitCode::FAILURE)
}

struct Demo {
    printer: Printer,
    folder: PathBuf,
    failures: Vec<String>,
}

impl Demo {
    fn play(&mut self, options: &Options) -> anyhow::Result<()> {
        let mut relay = RelayProcess::start(&self.folder.join("relay"), None)?;
        self.printer.title("A relay and three devices");
        self.printer.line(&format!(
            "relay on {}, process {}",
            relay.link().address,
            relay.id()
        ));
        let mut devices = Vec::new();
        for (name, person) in [
            ("assistant 1", "Anna Lindqvist"),
            ("assistant 2", "Ben Okafor"),
            ("manager", "Mara Kovač"),
        ] {
            devices.push(self.open(name, person, relay.link())?);
        }
        self.import(options, &devices)?;
        self.agree("after the import", &devices)?;
        self.work_apart(&devices)?;
        let before = self.agree("after both came back", &devices)?;
        self.survive_a_kill(&mut relay, &devices, before)?;
        self.report_pack(options, &devices)?;
        for device in devices {
            drop(device.engine);
        }
        Ok(())
    }

    /// Opens a device in a folder of its own and joins the workspace.
    fn open(&self, name: &'static str, person: &str, link: &JoinLink) -> anyhow::Result<Device> {
        let folder = self.folder.join(name.replace(' ', "-"));
        let engine = Engine::open(Config {
            data_folder: folder,
            person: person.to_owned(),
            device: name.to_owned(),
            clock: Arc::new(SystemClock),
            zone: Zone::Local,
            online: true,
        })
        .with_context(|| format!("cannot open {name}"))?;
        if engine.status().link == adjutant_client::LinkState::NoRelay {
            engine.join_blocking(link.clone())?;
        }
        ensure!(
            engine.wait_synced_blocking(LIMIT),
            "{name} does not reach the relay"
        );
        self.printer.line(&format!(
            "{name}: {person}, device {}",
            engine.device().short()
        ));
        Ok(Device { name, engine })
    }

    /// Lets the first assistant import real files, or the sample department.
    fn import(&mut self, options: &Options, devices: &[Device]) -> anyhow::Result<()> {
        let [first, ..] = devices else {
            bail!("no devices")
        };
        self.printer.title("Import by assistant 1");
        for (what, commands) in edits::input(options, first.engine.today(), self.printer)? {
            let progress = Progress::start(self.printer, &format!("import {what}"));
            let (mut changes, mut documents) = (0, 0);
            for command in commands {
                let receipt = first.engine.execute_blocking(vec![command])?;
                changes += receipt.changes;
                documents += receipt.documents;
            }
            progress.done(&format!("{changes} changes in {documents} documents"));
        }
        self.printer.line(&print::counts(&first.engine.board()));
        Ok(())
    }

    /// Cuts both assistants off, lets them edit the same and different records, and brings them back.
    fn work_apart(&mut self, devices: &[Device]) -> anyhow::Result<()> {
        let [first, second, manager] = devices else {
            bail!("not three devices")
        };
        self.printer.title("Both assistants offline");
        let before = manager.engine.board();
        first.engine.set_online_blocking(false);
        second.engine.set_online_blocking(false);
        let shared = edits::pick_shared(&before)
            .context("nothing to edit: the import brought no records")?;
        for (device, marker) in [(first, "A"), (second, "B")] {
            let start = device.engine.board();
            let commands = edits::offline(&start, &shared, marker, &device.engine)?;
            for command in commands {
                device.engine.execute_blocking(vec![command])?;
            }
            device.engine.flush_blocking().map_err(anyhow::Error::msg)?;
            let changes = diff::diff(&start, &device.engine.board());
            self.printer.line(&format!(
                "{}: \"{}\"",
                device.name,
                device.engine.status().words()
            ));
            self.printer.diffs(&device.engine.board(), &changes);
            self.check(
                !changes.is_empty(),
                &format!("{} shows its own edits while offline", device.name),
            );
            self.check(
                device.engine.status().waiting_changes > 0,
                &format!("{} knows that its edits wait", device.name),
            );
        }
        let untouched = diff::diff(&before, &manager.engine.board()).is_empty();
        self.check(untouched, "the manager sees nothing of it yet");
        self.printer.title("Both back online");
        first.engine.set_online_blocking(true);
        second.engine.set_online_blocking(true);
        self.level(devices)?;
        for device in devices {
            self.printer.line(&format!(
                "{} now has, compared with the import:",
                device.name
            ));
            let board = device.engine.board();
            self.printer.diffs(&board, &diff::diff(&before, &board));
        }
        self.show_conflicts(devices, &shared);
        Ok(())
    }

    /// Writes the month's report pack, and shows that another device would issue the same files.
    fn report_pack(&mut self, options: &Options, devices: &[Device]) -> anyhow::Result<()> {
        let [first, second, ..] = devices else {
            bail!("no devices")
        };
        self.printer.title("The month's report pack");
        let folder = options
            .pack
            .clone()
            .unwrap_or_else(|| crate::workspace_root().join("target/report-pack"));
        let made_at = chrono::DateTime::from_timestamp(SystemClock.now().seconds(), 0)
            .context("the clock of this machine shows no moment that a report can carry")?
            .naive_utc();
        let files = pack::files(&first.engine, "Anna Lindqvist", made_at)?;
        pack::write(&folder, &files)?;
        for file in &files {
            let size = file.bytes.len().div_ceil(1_024);
            self.printer.line(&format!("{} ({size} KiB)", file.name));
        }
        self.printer
            .line(&format!("written to {}", folder.display()));
        let again = pack::files(&second.engine, "Anna Lindqvist", made_at)?;
        self.check(
            files == again,
            "assistant 2 would issue the same files, byte for byte",
        );
        Ok(())
    }

    fn show_conflicts(&mut self, devices: &[Device], shared: &edits::Shared) {
        for device in devices {
            let board = device.engine.board();
            self.printer.line(&format!(
                "{}: fields that both assistants wrote, with both values",
                device.name
            ));
            self.printer.conflicts(&board);
            let expected = shared.values_in_conflict(&board);
            self.check(
                expected,
                &format!(
                    "{} keeps both values of every field that both wrote",
                    device.name
                ),
            );
        }
    }

    /// Kills the relay in the middle of work and shows that everything acknowledged is there afterwards.
    fn survive_a_kill(
        &mut self,
        relay: &mut RelayProcess,
        devices: &[Device],
        before: ContentHash,
    ) -> anyhow::Result<()> {
        let [first, _, manager] = devices else {
            bail!("not three devices")
        };
        self.printer.title("The relay is killed without warning");
        for number in 0..20 {
            first.engine.execute_blocking(vec![edits::new_action(
                &first.engine,
                &format!("Before the kill {number}"),
            )?])?;
        }
        let mut acknowledged = Vec::new();
        ensure!(
            first.engine.wait_synced_blocking(LIMIT),
            "the relay does not acknowledge"
        );
        acknowledged.extend(edits::actions_named(
            &first.engine.board(),
            "Before the kill",
        ));
        // More work is under way when the kill comes: it may be lost there, never here.
        for number in 0..20 {
            first.engine.execute_blocking(vec![edits::new_action(
                &first.engine,
                &format!("During the kill {number}"),
            )?])?;
            if number == 10 {
                relay.kill()?;
            }
        }
        self.printer.line(&format!(
            "{} edits were acknowledged before the kill",
            acknowledged.len()
        ));
        self.printer.line(&format!(
            "assistant 1: \"{}\"",
            first.engine.status().words()
        ));
        first.engine.set_online_blocking(false);
        manager.engine.set_online_blocking(false);
        *relay = RelayProcess::start(&self.folder.join("relay"), Some(relay.link().clone()))?;
        self.printer
            .line(&format!("relay is back, process {}", relay.id()));
        // A device that has nothing of its own sees exactly what the relay kept.
        let witness = self.open("witness", "Witness", relay.link())?;
        let kept = edits::actions_named(&witness.engine.board(), "Before the kill");
        let lost = acknowledged.iter().filter(|id| !kept.contains(id)).count();
        self.printer.line(&format!(
            "acknowledged {}, kept {}, lost {lost}",
            acknowledged.len(),
            kept.len()
        ));
        self.check(lost == 0, "nothing acknowledged was lost");
        first.engine.set_online_blocking(true);
        manager.engine.set_online_blocking(true);
        let after = self.agree("after the relay came back", devices)?;
        self.check(
            after != before,
            "the edits made around the kill have arrived",
        );
        let all = edits::actions_named(&manager.engine.board(), "During the kill").len();
        self.check(
            all == 20,
            "edits made while the relay was dead have arrived too",
        );
        Ok(())
    }

    /// Waits until all devices hold the same, prints their versions and checks that they are equal.
    fn agree(&mut self, when: &str, devices: &[Device]) -> anyhow::Result<ContentHash> {
        let prints = self.level(devices)?;
        self.printer.title(&format!("Versions {when}"));
        let mut hashes = Vec::new();
        for (device, prints) in devices.iter().zip(&prints) {
            let hash = workspace_hash(prints);
            self.printer
                .version(device.name, prints, hash, &device.engine.status().words());
            hashes.push(hash);
        }
        let same = hashes.windows(2).all(|pair| pair.first() == pair.last());
        self.check(same, &format!("all devices hold the same {when}"));
        let same_heads = prints.windows(2).all(|pair| pair.first() == pair.last());
        self.check(
            same_heads,
            &format!("all devices have the same heads {when}"),
        );
        hashes.first().copied().context("no devices")
    }

    /// Waits until every device is level with the relay and all hold the same, at most [`LIMIT`].
    ///
    /// A device may be level before it has heard of what the relay has just taken in from another; whatever it then
    /// hears, it publishes, and that is what is waited for.
    fn level(&self, devices: &[Device]) -> anyhow::Result<Vec<Vec<Fingerprint>>> {
        let progress = Progress::start(self.printer, "sync");
        let (wake, woken) = sync_channel::<()>(1);
        for device in devices {
            let wake = wake.clone();
            // A full channel wakes as well.
            device.engine.on_publish(Arc::new(move || {
                wake.try_send(()).ok();
            }));
        }
        let began = Instant::now();
        loop {
            for device in devices {
                ensure!(
                    device.engine.wait_synced_blocking(LIMIT),
                    "{} does not get level with the relay: {}",
                    device.name,
                    device.engine.status().words()
                );
            }
            let prints = devices
                .iter()
                .map(|device| device.engine.fingerprints_blocking())
                .collect::<Result<Vec<_>, _>>()?;
            let left = LIMIT.saturating_sub(began.elapsed());
            if prints.windows(2).all(|pair| pair.first() == pair.last()) || left.is_zero() {
                progress.done("level");
                return Ok(prints);
            }
            woken.recv_timeout(left).ok(); // that nothing was published is seen above
        }
    }

    fn check(&mut self, holds: bool, what: &str) {
        self.printer.verdict(holds, what);
        if !holds {
            self.failures.push(what.to_owned());
        }
    }

    /// Opens the manager's window, if there is a display and nobody asked for none.
    fn show_window(&self, options: &Options) -> anyhow::Result<()> {
        let has_display = ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
        if options.headless {
            return Ok(());
        }
        if !has_display {
            self.printer.line(
                "No display: no window is opened. Run it in a desktop session, or with `xvfb-run cargo xtask demo`.",
            );
            return Ok(());
        }
        self.printer.title("The manager's window");
        open_window(&self.folder.join("manager"))
    }
}

/// Starts the desktop program on a device's folder and waits until it is closed.
fn open_window(folder: &Path) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = std::process::Command::new(cargo)
        .args(["run", "--quiet", "--package", "adjutant", "--", "--data"])
        .arg(folder)
        .current_dir(crate::workspace_root())
        .status()
        .context("cannot start the desktop program")?;
    ensure!(status.success(), "the desktop program ended with {status}");
    Ok(())
}

/// BLAKE3 over sorted (document id, content hash): equal on every device that holds the same.
fn workspace_hash(prints: &[Fingerprint]) -> ContentHash {
    let mut hasher = blake3::Hasher::new();
    for print in prints {
        hasher.update(print.document.as_bytes());
        hasher.update(&print.content_hash.0);
    }
    ContentHash(*hasher.finalize().as_bytes())
}
