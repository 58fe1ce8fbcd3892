//! The cases of the load generator, one function each; every one starts its own servers and prints its own row.
//!
//! Times end when a frame is there, processor time is the operating system's count for the whole process.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adjutant_base::{DocumentId, JoinLink};
use adjutant_store::{Batch, ChunkStore as _, SqliteStore};
use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Bytes;

use super::driver::{Client, Line, document, hello, holds};
use super::server::Server;
use super::{Options, middle_and_tail, milliseconds};
use crate::bench::table::say;

const RELAY: [&str; 3] = ["relay", "--listen", "127.0.0.1:0"];
const FLOOR: [&str; 3] = ["fan-out", "--listen", "127.0.0.1:0"];
/// Time between two edits of a writer who types.
const TYPING: Duration = Duration::from_millis(50);
const WRITERS: u32 = 16;

/// Runs all cases.
pub(super) async fn all(options: &Options) -> anyhow::Result<()> {
    for readers in [2, 10, 50] {
        propagation(options, readers).await?;
    }
    ingest(options).await?;
    disk(options)?;
    Box::pin(late_joiner(options)).await?;
    meet(options).await?;
    idle(options).await
}

async fn propagation(options: &Options, readers: usize) -> anyhow::Result<()> {
    let edits = options.share(200);
    let folder = tempfile::tempdir()?;
    let relay = Server::start(&RELAY, Some(folder.path()))?;
    let link: JoinLink = relay.said().parse()?;
    let line = Arc::new(Line::new(1, edits));
    let id = document(&link, 1);
    let mut clients = Vec::new();
    for number in 0..=readers {
        clients.push(Client::join(&link, &format!("client {number}")).await?);
    }
    let mut ours = spread(clients, &line, id, true).await?;
    drop(relay);
    let floor = Server::start(&FLOOR, None)?;
    let address = floor.said().parse()?;
    let mut clients = Vec::new();
    for number in 0..=readers {
        clients.push(Client::connect(address, &format!("client {number}")).await?);
    }
    let mut least = spread(clients, &line, id, false).await?;
    say(&format!(
        "| visible at {readers} readers, p50 / p99 | {} | {} |",
        middle_and_tail(&mut ours),
        middle_and_tail(&mut least)
    ))
}

/// Lets the first client write and the others read; returns how long each edit took to each reader.
async fn spread(
    mut clients: Vec<Client>,
    line: &Arc<Line>,
    id: DocumentId,
    speaks: bool,
) -> anyhow::Result<Vec<Duration>> {
    let mut writer = clients.remove(0);
    let frames: Vec<Bytes> = (0..line.changes.len())
        .map(|number| Ok(writer.frame(id, line.message(number)?)))
        .collect::<anyhow::Result<_>>()?;
    let mut readers = JoinSet::new();
    for mut reader in clients {
        if speaks {
            let hello = reader.frame(id, hello(false));
            reader.send_raw(hello).await?;
            reader.hear().await?; // What the relay has: nothing.
        }
        readers.spawn(read(reader, Arc::clone(line), id, speaks));
    }
    let mut sent = Vec::new();
    let mut tick = tokio::time::interval(TYPING);
    for frame in frames {
        tick.tick().await;
        sent.push(Instant::now());
        writer.send_raw(frame).await?;
    }
    let mut times = Vec::new();
    while let Some(came) = readers.join_next().await {
        let came = came??;
        times.extend(came.iter().zip(&sent).map(|(came, sent)| *came - *sent));
    }
    Ok(times)
}

/// Reads until every edit is there; returns when each came.
async fn read(
    mut reader: Client,
    line: Arc<Line>,
    id: DocumentId,
    speaks: bool,
) -> anyhow::Result<Vec<Instant>> {
    let mut came: Vec<Instant> = Vec::new();
    while let Some(next) = line.hashes.get(came.len()) {
        let frame = reader.hear().await?;
        let now = Instant::now();
        if !holds(&frame, next) {
            continue;
        }
        came.push(now);
        // A frame may carry several.
        while line
            .hashes
            .get(came.len())
            .is_some_and(|next| holds(&frame, next))
        {
            came.push(now);
        }
        if speaks {
            let answer = reader.frame(id, line.answer(came.len().saturating_sub(1)));
            reader.send_raw(answer).await?;
        }
    }
    Ok(came)
}

/// What writers who wait for each acknowledgement got.
struct Ingested {
    times: Vec<Duration>,
    took: Duration,
}

async fn ingest(options: &Options) -> anyhow::Result<()> {
    let edits = options.share(2_000);
    let folder = tempfile::tempdir()?;
    let relay = Server::start(&RELAY, Some(folder.path()))?;
    let link: JoinLink = relay.said().parse()?;
    let before = relay.cpu()?;
    let mut ours = write_all(
        edits,
        |name| {
            let link = link.clone();
            async move { Client::join(&link, &name).await }
        },
        &link,
        true,
    )
    .await?;
    let cpu = relay.cpu()?.saturating_sub(before);
    drop(relay);
    let floor = Server::start(&FLOOR, None)?;
    let address = floor.said().parse()?;
    let before = floor.cpu()?;
    // Alone each, so that the floor sends back what comes.
    let least = write_all(
        edits,
        |name| async move { Client::connect(address, &name).await },
        &link,
        false,
    )
    .await;
    let floor_cpu = floor.cpu()?.saturating_sub(before);
    let per_s = |ingested: &Ingested| {
        let count = u32::try_from(ingested.times.len()).unwrap_or(u32::MAX);
        f64::from(count) / ingested.took.as_secs_f64()
    };
    let per_edit = |cpu: Duration, count: usize| {
        milliseconds(cpu) / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX))
    };
    let count = ours.times.len();
    let least = least?;
    say(&format!(
        "| durable edits a second, {WRITERS} writers, next after acknowledgement | {:.0} | {:.0} (echo, one client) |",
        per_s(&ours),
        per_s(&least)
    ))?;
    say(&format!(
        "| acknowledgement, p50 / p99 | {} | |",
        middle_and_tail(&mut ours.times)
    ))?;
    say(&format!(
        "| server CPU per acknowledged edit | {:.3} ms | {:.3} ms |",
        per_edit(cpu, count),
        per_edit(floor_cpu, least.times.len())
    ))
}

/// Lets writers write, each to a document of its own. With `waits` to the relay; without, one writer to the floor.
async fn write_all<F: Future<Output = anyhow::Result<Client>>>(
    edits: usize,
    dial: impl Fn(String) -> F,
    link: &JoinLink,
    is_relay: bool,
) -> anyhow::Result<Ingested> {
    let writers = if is_relay { WRITERS } else { 1 };
    let mut ready = Vec::new();
    for number in 0..writers {
        let line = Line::new(number, edits);
        let client = dial(format!("writer {number}")).await?;
        ready.push((client, line, document(link, u64::from(number))));
    }
    let began = Instant::now();
    let mut writing = JoinSet::new();
    for (client, line, id) in ready {
        writing.spawn(write(client, line, id));
    }
    let mut times = Vec::new();
    while let Some(written) = writing.join_next().await {
        times.extend(written??);
    }
    Ok(Ingested {
        times,
        took: began.elapsed(),
    })
}

async fn write(mut client: Client, line: Line, id: DocumentId) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(line.changes.len());
    for (number, hash) in line.hashes.iter().enumerate() {
        let frame = client.frame(id, line.message(number)?);
        let began = Instant::now();
        client.send_raw(frame).await?;
        client.hear_hash(hash).await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

/// Measures the disk itself: 200 bytes written and synchronised, alone and sixteen at a time.
fn disk(options: &Options) -> anyhow::Result<()> {
    let rounds = options.share(1_000);
    let mut file = tempfile::tempfile()?;
    let mut times = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        file.write_all(&[7; 200 * 16])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    let middle = crate::bench::table::at_percent(&mut times, 50);
    say(&format!(
        "| write and fdatasync of 16 edits, p50 / p99 | | {}, so {:.0} edits a second |",
        middle_and_tail(&mut times),
        f64::from(WRITERS) / middle.as_secs_f64().max(1e-9)
    ))
}

async fn late_joiner(options: &Options) -> anyhow::Result<()> {
    let changes = options.share(100_000);
    let folder = tempfile::tempdir()?;
    let line = Line::new(1, changes);
    let link: JoinLink = {
        let relay = Server::start(&RELAY, Some(folder.path()))?;
        relay.said().parse()?
    };
    let id = document(&link, 1);
    fill(folder.path(), id, &line)?;
    let relay = Server::start(&RELAY, Some(folder.path()))?;
    let link: JoinLink = relay.said().parse()?;
    // The first reader makes the relay look at the document, and so make a snapshot of it.
    let mut first = Client::join(&link, "first").await?;
    let hello_frame = first.frame(id, hello(true));
    first.send_raw(hello_frame).await?;
    first.hear().await?;
    let name = adjutant_base::hex::encode(&id.0);
    let snapshot = folder
        .path()
        .join("snapshots")
        .join(format!("{name}.snapshot"));
    let began = Instant::now();
    while !snapshot.exists() {
        ensure!(
            began.elapsed() < Duration::from_mins(2),
            "no snapshot was made"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let size = snapshot.metadata()?.len();
    // Somebody who has everything stays, so that the document stays in memory.
    let mut keeper = Client::join(&link, "keeper").await?;
    let frame = keeper.frame(id, hello(true));
    keeper.send_raw(frame).await?;
    let last = line.hashes.len().saturating_sub(1);
    keeper
        .hear_hash(line.hashes.get(last).context("no changes")?)
        .await?;
    let frame = keeper.frame(id, line.answer(last));
    keeper.send_raw(frame).await?;
    drop(first);
    let words = format!("late joiner into {changes} changes, warm (snapshot {size} bytes)");
    join_late(&relay, &link, id, &line, &words).await?;
    drop(keeper);
    relay.kill()?;
    let began = Instant::now();
    let relay = Server::start(&RELAY, Some(folder.path()))?;
    let ready = began.elapsed();
    let link: JoinLink = relay.said().parse()?;
    let words = format!(
        "the same right after a restart, which took {:.0} ms",
        milliseconds(ready)
    );
    join_late(&relay, &link, id, &line, &words).await
}

async fn join_late(
    relay: &Server,
    link: &JoinLink,
    id: DocumentId,
    line: &Line,
    words: &str,
) -> anyhow::Result<()> {
    let last = line.hashes.last().context("no changes")?;
    let mut times = Vec::new();
    let mut size_bytes = 0;
    let rounds: u32 = if words.contains("warm") { 20 } else { 1 };
    let before = relay.cpu()?;
    for round in 0..rounds {
        let mut client = Client::join(link, &format!("late {round}")).await?;
        let hello = client.frame(id, hello(true));
        let began = Instant::now();
        client.send_raw(hello).await?;
        size_bytes = client.hear_hash(last).await?;
        times.push(began.elapsed());
    }
    let cpu = relay.cpu()?.saturating_sub(before);
    say(&format!(
        "| {words}: wire bytes, p50 / p99, server CPU | {size_bytes}, {}, {:.1} ms | |",
        middle_and_tail(&mut times),
        milliseconds(cpu) / f64::from(rounds)
    ))
}

/// Puts changes into a relay's store while no relay holds it.
fn fill(folder: &Path, id: DocumentId, line: &Line) -> anyhow::Result<()> {
    let mut store = SqliteStore::open(&folder.join("relay.sqlite"))?.store;
    for part in (0..line.changes.len()).collect::<Vec<_>>().chunks(5_000) {
        let mut batch = Batch::default();
        for number in part {
            batch.changes.push((id, line.stored(*number)?));
        }
        store.commit(&[batch])?;
    }
    Ok(())
}

/// Two devices that each made changes offline meet; each sends all at once, as an Automerge peer does.
async fn meet(options: &Options) -> anyhow::Result<()> {
    let edits = options.share(5_000);
    let folder = tempfile::tempdir()?;
    let relay = Server::start(&RELAY, Some(folder.path()))?;
    let link: JoinLink = relay.said().parse()?;
    let id = document(&link, 1);
    let before = relay.cpu()?;
    let lines = [Line::new(1, edits), Line::new(2, edits)];
    let mut clients = Vec::new();
    for name in ["one", "two"] {
        clients.push(Client::join(&link, name).await?);
    }
    let began = Instant::now();
    for (client, line) in clients.iter_mut().zip(&lines) {
        let frame = client.frame(id, line.all());
        client.send_raw(frame).await?;
    }
    for (client, other) in clients.iter_mut().zip([&lines[1], &lines[0]]) {
        // Large answers come in parts, each after the one before was answered.
        let last = other.hashes.last().context("no changes")?;
        client.hear_hash(last).await?;
    }
    let took = began.elapsed();
    let cpu = relay.cpu()?.saturating_sub(before);
    say(&format!(
        "| {edits} + {edits} offline edits meet: time, server CPU | {:.0} ms, {:.0} ms | |",
        milliseconds(took),
        milliseconds(cpu)
    ))
}

/// Connections that do nothing, each with a document of its own that has one change.
async fn idle(options: &Options) -> anyhow::Result<()> {
    let count = u32::try_from(options.share(500))?;
    let folder = tempfile::tempdir()?;
    let relay = Server::start(&RELAY, Some(folder.path()))?;
    let link: JoinLink = relay.said().parse()?;
    let (memory, cpu) = (relay.memory()?, relay.cpu()?);
    let mut clients = Vec::new();
    for number in 0..count {
        let mut client = Client::join(&link, &format!("idle {number}")).await?;
        let line = Line::new(number, 1);
        let hash = line.hashes.first().context("no change")?;
        let frame = client.frame(document(&link, u64::from(number)), line.message(0)?);
        client.send_raw(frame).await?;
        client.hear_hash(hash).await?;
        clients.push(client);
    }
    let opened = relay.cpu()?.saturating_sub(cpu);
    let grown = relay.memory()?.saturating_sub(memory) >> 10;
    say(&format!(
        "| {count} connections with a document each: memory a connection, CPU to open all | {} KiB, {:.0} ms | |",
        grown / u64::from(count.max(1)),
        milliseconds(opened)
    ))
}
