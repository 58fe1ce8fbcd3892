//! How our relay's cost grows: with the changes of one document, and with documents that nobody has open.
//!
//! Two tables of our relay alone, a column a size. What the relay puts off (snapshots) has ended before anything is timed.

use std::path::Path;
use std::time::{Duration, Instant};

use adjutant_base::DocumentId;
use adjutant_store::{Batch, ChunkStore as _, SqliteStore};
use anyhow::{Context as _, ensure};

use super::cases::{bring, fill};
use super::driver::{Client, Site};
use super::line::Line;
use super::peers::{Peer, Peers, Running};
use super::server::Server;
use super::{Options, float, milliseconds};
use crate::bench::table::{at_percent, say};

/// Changes of one document.
const CHANGES: [usize; 5] = [0, 1_000, 10_000, 100_000, 1_000_000];
/// Documents that nobody has open.
const COLD: [usize; 3] = [0, 1_000, 10_000];
/// Edits that are sent to each.
const EDITS: usize = 2_000;

/// Prints both tables.
pub(super) async fn all(options: &Options, peers: &Peers) -> anyhow::Result<()> {
    let ours = peers.all.first().context("our relay is always there")?;
    if options.wants_case("changes of a document") {
        let sizes = CHANGES.map(|count| count * usize::from(options.percent) / 100);
        let mut columns = Vec::new();
        for size in sizes {
            columns.push(long(ours, size).await?);
        }
        print("changes of a document", &sizes, &columns)?;
    }
    if options.wants_case("cold documents") {
        let sizes = COLD.map(|count| count * usize::from(options.percent) / 100);
        let mut columns = Vec::new();
        for size in sizes {
            columns.push(cold(ours, size).await?);
        }
        print("cold documents", &sizes, &columns)?;
    }
    Ok(())
}

type Column = Vec<(&'static str, String)>;

fn print(what: &str, sizes: &[usize], columns: &[Column]) -> anyhow::Result<()> {
    let heads: Vec<String> = sizes.iter().map(usize::to_string).collect();
    say(&format!("\n| {what} | {} |", heads.join(" | ")))?;
    say(&format!("|---|{}", "---|".repeat(sizes.len())))?;
    let rows = columns.first().map_or(0, Vec::len);
    for row in 0..rows {
        let cells: Vec<&(&str, String)> = columns
            .iter()
            .filter_map(|column| column.get(row))
            .collect();
        let name = cells.first().map_or("", |(name, _)| *name);
        let cells: Vec<&str> = cells.iter().map(|(_, cell)| cell.as_str()).collect();
        say(&format!("| {name} | {} |", cells.join(" | ")))?;
    }
    Ok(())
}

/// One document with so many changes: opens it, then edits it.
async fn long(ours: &Peer, changes: usize) -> anyhow::Result<Column> {
    let folder = tempfile::tempdir()?;
    let site = born(ours, folder.path())?;
    let id = site.document(1);
    let line = Line::new(1, changes.saturating_add(EDITS));
    fill(folder.path(), id, &line, changes)?;
    let Running { server, site } = ours.start(folder.path())?;
    settle(&server)?;
    let (memory, before) = (server.memory()?, server.cpu()?);
    let mut client = Client::join(&site, "writer", id).await?;
    let began = Instant::now();
    bring(&mut client, &line, id, changes).await?;
    let first = began.elapsed();
    let opened = server.cpu()?.saturating_sub(before);
    let grown = server.memory()?.saturating_sub(memory) >> 10;
    settle(&server)?;
    let (middle, each) = edit(&server, &mut client, &line, id, changes.saturating_add(1)).await?;
    Ok(vec![
        (
            "first edit acknowledged",
            format!("{:.0} ms", milliseconds(first)),
        ),
        ("CPU to open", format!("{:.0} ms", milliseconds(opened))),
        ("memory while open", format!("{grown} KiB")),
        ("acknowledgement, p50", format!("{middle:.2} ms")),
        ("CPU per edit", format!("{each:.3} ms")),
    ])
}

/// So many documents that nobody has open, and another that somebody edits.
async fn cold(ours: &Peer, documents: usize) -> anyhow::Result<Column> {
    let folder = tempfile::tempdir()?;
    let site = born(ours, folder.path())?;
    let line = Line::new(1, EDITS.saturating_add(1));
    let mut store = SqliteStore::open(&folder.path().join("relay.sqlite"))?.store;
    let mut batch = Batch::default();
    for number in 0..documents {
        let id = site.document(u64::try_from(number)?.saturating_add(1_000));
        for change in 0..10 {
            batch.changes.push((id, line.stored(change)?));
        }
    }
    store.commit(&[batch])?;
    drop(store);
    let began = Instant::now();
    let Running { server, site } = ours.start(folder.path())?;
    let ready = began.elapsed();
    settle(&server)?;
    let memory = server.memory()? >> 10;
    let id = site.document(1);
    let mut client = Client::join(&site, "writer", id).await?;
    bring(&mut client, &line, id, 0).await?;
    let (middle, each) = edit(&server, &mut client, &line, id, 1).await?;
    Ok(vec![
        (
            "ready after start",
            format!("{:.0} ms", milliseconds(ready)),
        ),
        ("memory after start", format!("{memory} KiB")),
        ("acknowledgement, p50", format!("{middle:.2} ms")),
        ("CPU per edit", format!("{each:.3} ms")),
    ])
}

/// Sends the edits from `first` on; returns the median of their acknowledgements and the CPU of each, in milliseconds.
async fn edit(
    server: &Server,
    client: &mut Client,
    line: &Line,
    id: DocumentId,
    first: usize,
) -> anyhow::Result<(f64, f64)> {
    let before = server.cpu()?;
    let mut times = Vec::new();
    for number in first..line.marks.len() {
        let began = Instant::now();
        bring(client, line, id, number).await?;
        times.push(began.elapsed());
    }
    let cpu = server.cpu()?.saturating_sub(before);
    let each = milliseconds(cpu) / float(times.len().max(1));
    Ok((milliseconds(at_percent(&mut times, 50)), each))
}

/// Starts a relay on a new folder and ends it, so that the folder has its keys.
fn born(ours: &Peer, folder: &Path) -> anyhow::Result<Site> {
    let Running { server, site } = ours.start(folder)?;
    server.kill()?;
    Ok(site)
}

/// Waits until a server does nothing more by itself. Nothing says when that is.
fn settle(server: &Server) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let before = server.cpu()?;
        std::thread::sleep(Duration::from_millis(300));
        if server.cpu()? == before {
            return Ok(());
        }
        let is_late = began.elapsed() > Duration::from_mins(3);
        ensure!(!is_late, "the relay does not come to rest");
    }
}
