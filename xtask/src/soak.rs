//! `cargo xtask soak`: a relay that is killed without warning, again and again, in the midst of writing.
//!
//! Writers send one edit after another and note each acknowledgement; after each kill the store is opened as the relay
//! would, and every edit that was ever acknowledged must be in it. The one rule: an edit counts as acknowledged by the
//! relay's own words on the wire, never by what the store says.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use adjutant_base::{ChangeHash, DocumentId};
use adjutant_store::{ChunkReader as _, SqliteStore};
use anyhow::{Context as _, ensure};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::bench::relay::driver::{Client, Site};
use crate::bench::relay::line::Line;
use crate::bench::relay::server::Server;

/// Edits that each writer has to send before it begins a new document.
const EDITS: usize = 2_000;

/// What the soak is run with.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How often the relay is killed.
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// Writers at one time, each with a document of its own.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    writers: u32,
    /// Chooses when the kills come.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A writer with its document, over all lives of the relay.
#[derive(Debug)]
struct Writer {
    number: u32,
    generation: u32,
    line: Line,
    acknowledged: usize,
}

/// What was counted.
#[derive(Debug, Default)]
struct Counts {
    acknowledged: usize,
    lost: usize,
    unopenable: u32,
    salvaged: u32,
}

/// Runs the soak and prints what was acknowledged, lost and unopenable.
///
/// # Errors
/// What kept the relay from starting; losses are counted and make the exit code 1.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let counts = runtime.block_on(soak(options))?;
    crate::bench::say(&format!(
        "{} kills: {} acknowledged, {} lost, {} unopenable, {} damaged and saved",
        options.kills, counts.acknowledged, counts.lost, counts.unopenable, counts.salvaged
    ))?;
    let is_good = counts.lost == 0 && counts.unopenable == 0;
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn soak(options: &Options) -> anyhow::Result<Counts> {
    let folder = tempfile::tempdir()?;
    let mut counts = Counts::default();
    let mut random = options.seed;
    let mut writers: Vec<Writer> = (0..options.writers)
        .map(|number| Writer::new(number, 0))
        .collect();
    for _ in 0..options.kills {
        let data = folder.path().to_str().context("an odd folder")?;
        let relay = Server::own(&["relay", "--listen", "127.0.0.1:0", "--data", data])?;
        let site = Site::Relay(relay.said().parse()?);
        let (stop, stopped) = watch::channel(false);
        let mut writing = JoinSet::new();
        for writer in writers.drain(..) {
            writing.spawn(writer.write(site.clone(), stopped.clone()));
        }
        // From a kill in the first handshake to one among a thousand commits.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis((random >> 33) % 250)).await;
        relay.kill()?;
        stop.send_replace(true);
        while let Some(writer) = writing.join_next().await {
            writers.push(writer?);
        }
        check(folder.path(), &site, &writers, &mut counts)?;
        for writer in &mut writers {
            if writer.acknowledged == EDITS {
                counts.acknowledged = counts.acknowledged.saturating_add(EDITS);
                *writer = Writer::new(writer.number, writer.generation.saturating_add(1));
            }
        }
    }
    counts.acknowledged = writers.iter().fold(counts.acknowledged, |sum, writer| {
        sum.saturating_add(writer.acknowledged)
    });
    Ok(counts)
}

impl Writer {
    fn new(number: u32, generation: u32) -> Self {
        let actor = generation.wrapping_mul(1_000).wrapping_add(number);
        Self {
            number,
            generation,
            line: Line::new(actor, EDITS),
            acknowledged: 0,
        }
    }

    fn document(&self, site: &Site) -> DocumentId {
        site.document(u64::from(self.generation) << 32 | u64::from(self.number))
    }

    /// Sends edits until the relay is gone or all are acknowledged.
    async fn write(mut self, site: Site, mut stopped: watch::Receiver<bool>) -> Self {
        // A dropped sender means stop as well; the relay's death is the end that is waited for.
        tokio::select! {
            _ended = self.write_on(&site) => {}
            _stopped = stopped.wait_for(|stop| *stop) => {}
        }
        self
    }

    async fn write_on(&mut self, site: &Site) -> anyhow::Result<()> {
        let id = self.document(site);
        let mut client = Client::join(site, &format!("writer {}", self.number), id).await?;
        while self.acknowledged < self.line.marks.len() {
            let next = self.acknowledged;
            let frame = client.frame(id, self.line.message(next)?);
            client.send_raw(frame).await?;
            let mark = self.line.marks.get(next).context("no such edit")?;
            client.hear_mark(mark).await?;
            self.acknowledged = next.saturating_add(1);
        }
        Ok(())
    }
}

/// Opens the store as the relay would, and looks for everything that was acknowledged.
fn check(
    folder: &Path,
    site: &Site,
    writers: &[Writer],
    counts: &mut Counts,
) -> anyhow::Result<()> {
    let opened = match SqliteStore::open(&folder.join("relay.sqlite")) {
        Ok(opened) => opened,
        Err(error) => {
            counts.unopenable = counts.unopenable.saturating_add(1);
            return crate::bench::say(&adjutant_base::error::chain(&error));
        }
    };
    counts.salvaged = counts
        .salvaged
        .saturating_add(u32::from(opened.salvage.is_some()));
    for writer in writers {
        let id = writer.document(site);
        for mark in writer.line.marks.iter().take(writer.acknowledged) {
            let hash = ChangeHash(mark.as_slice().try_into()?);
            let read = opened.store.read_change(id, hash)?;
            let is_there = matches!(read, Some(Ok(_)));
            counts.lost = counts.lost.saturating_add(usize::from(!is_there));
        }
        ensure!(counts.lost < 1_000, "far too much is lost; stopping");
    }
    Ok(())
}
