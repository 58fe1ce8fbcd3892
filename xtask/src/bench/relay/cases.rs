//! The cases of the load generator, one function each: what one server reaches, on an empty folder of its own.
//!
//! Times end when a frame is there, processor time is the operating system's count for the whole process.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use adjutant_base::DocumentId;
use adjutant_store::{Batch, ChunkStore as _, SqliteStore};
use anyhow::{Context as _, ensure};
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::Bytes;

use super::driver::{Client, Site};
use super::line::{Line, holds};
use super::peers::{Peer, Peers, Running};
use super::rows::{self, Figures};
use super::{Options, float, middle_and_tail, milliseconds};
use crate::bench::table::at_percent;

/// Time between two edits of a writer who types.
const TYPING: Duration = Duration::from_millis(50);
const WRITERS: u32 = 16;
/// Edits that a reader looks for in one frame.
const AT_ONCE: usize = 8;
/// A server that has said nothing for so long has said all.
const SILENCE: Duration = Duration::from_secs(2);

/// Runs all cases that compare servers.
pub(super) async fn all(options: &Options, peers: &Peers) -> anyhow::Result<()> {
    rows::head(peers)?;
    let knows_documents = |peer: &Peer| !peer.is_floor();
    for readers in [2, 10, 50] {
        let case = async |peer: &Peer| propagation(options, peers, peer, readers).await;
        let name = format!("visible at {readers} readers");
        rows::measure(options, peers, &name, |_| true, case).await?;
    }
    let case = async |peer: &Peer| ingest(options, peers, peer).await;
    rows::measure(options, peers, "ingest", |_| true, case).await?;
    let case = async |_: &Peer| disk(options);
    rows::measure(options, peers, "disk", Peer::is_floor, case).await?;
    let case = async |peer: &Peer| late_joiner(options, peers, peer).await;
    let late = rows::measure(options, peers, "late joiner", knows_documents, case);
    Box::pin(late).await?;
    let case = async |peer: &Peer| meet(options, peers, peer).await;
    rows::measure(options, peers, "meet", knows_documents, case).await?;
    let case = async |peer: &Peer| idle(options, peers, peer, 500, 500).await;
    rows::measure(options, peers, "idle", knows_documents, case).await?;
    let case = async |peer: &Peer| idle(options, peers, peer, 200, 100).await;
    rows::measure(options, peers, "100 documents", knows_documents, case).await?;
    let case = async |peer: &Peer| killed(options, peers, peer).await;
    rows::measure(options, peers, "killed", knows_documents, case).await
}

/// One writes at the speed of typing, the others read.
async fn propagation(
    options: &Options,
    peers: &Peers,
    peer: &Peer,
    readers: usize,
) -> anyhow::Result<Figures> {
    let edits = options.share(200).saturating_add(1);
    let folder = tempfile::tempdir()?;
    let Running { server, site } = peer.start(folder.path())?;
    let line = Arc::new(peers.line(&site, 1, edits)?);
    let id = site.document(1);
    let mut writer = Client::join(&site, "writer", id).await?;
    if !site.is_floor() {
        bring(&mut writer, &line, id, 0).await?;
    }
    let mut reading = JoinSet::new();
    for number in 0..readers {
        let mut reader = Client::join(&site, &format!("reader {number}"), id).await?;
        if !site.is_floor() {
            let hello = reader.request(id, line.hello());
            reader.send_raw(hello).await?;
            let mark = line.marks.first().context("no edits")?;
            reader.hear_mark(mark).await?;
            answer(&mut reader, &line, id, 0, &site).await?;
        }
        reading.spawn(read(reader, Arc::clone(&line), id, site.clone()));
    }
    let frames: Vec<Bytes> = (1..edits)
        .map(|number| Ok(writer.frame(id, line.message(number)?)))
        .collect::<anyhow::Result<_>>()?;
    let mut sent = Vec::new();
    let mut tick = tokio::time::interval(TYPING);
    for frame in frames {
        // Whoever does not read is taken for dead by some servers.
        while let Some(heard) = heard_before(&mut writer, tick.tick()).await {
            heard?;
        }
        sent.push(Instant::now());
        writer.send_raw(frame).await?;
    }
    let _writer = Attended::new(writer);
    let mut times = Vec::new();
    while let Some(came) = reading.join_next().await {
        let came = came??;
        times.extend(came.iter().zip(&sent).map(|(came, sent)| *came - *sent));
    }
    drop(server);
    let name = format!("visible at {readers} readers, p50 / p99");
    Ok(vec![(name, middle_and_tail(&mut times))])
}

/// Returns what a client hears before something else happens.
async fn heard_before<T>(
    client: &mut Client,
    other: impl Future<Output = T>,
) -> Option<anyhow::Result<Bytes>> {
    tokio::select! {
        biased;
        _happened = other => None,
        heard = client.hear() => Some(heard),
    }
}

/// A client that does nothing but read, as a device does, until it is dropped.
struct Attended(JoinHandle<()>);

impl Attended {
    fn new(mut client: Client) -> Self {
        Self(tokio::spawn(async move {
            // It is silent most of the time, which a client takes for the end after two minutes.
            while client.hear().await.is_ok() {}
        }))
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends an edit and waits for the acknowledgement.
pub(super) async fn bring(
    client: &mut Client,
    line: &Line,
    id: DocumentId,
    edit: usize,
) -> anyhow::Result<()> {
    let frame = client.frame(id, line.message(edit)?);
    client.send_raw(frame).await?;
    let mark = line.marks.get(edit).context("no such edit")?;
    client.hear_mark(mark).await?;
    Ok(())
}

/// Says that everything up to an edit is here, where clients say so.
async fn answer(
    client: &mut Client,
    line: &Line,
    id: DocumentId,
    edit: usize,
    site: &Site,
) -> anyhow::Result<()> {
    if let Some(answer) = line.answer(edit).filter(|_| !site.is_floor()) {
        let answer = client.frame(id, answer);
        client.send_raw(answer).await?;
    }
    Ok(())
}

/// Reads until every edit but the first is there; returns when each came.
async fn read(
    mut reader: Client,
    line: Arc<Line>,
    id: DocumentId,
    site: Site,
) -> anyhow::Result<Vec<Instant>> {
    let mut came: Vec<Instant> = Vec::new();
    while came.len().saturating_add(1) < line.marks.len() {
        let frame = reader.hear().await?;
        let now = Instant::now();
        // A frame may carry several; of a whole document only the last can be recognised.
        let next = came.len().saturating_add(1);
        let mut candidates = (next..next.saturating_add(AT_ONCE)).rev();
        let Some(last) = candidates.find(|edit| line.brings(*edit, &frame)) else {
            continue;
        };
        came.resize(last, now);
        answer(&mut reader, &line, id, came.len(), &site).await?;
    }
    Ok(came)
}

/// Writers who wait for each acknowledgement, each at a document of its own. To the floor one writes, since it sends a
/// frame back only to who is alone.
async fn ingest(options: &Options, peers: &Peers, peer: &Peer) -> anyhow::Result<Figures> {
    let edits = options.share(2_000);
    let folder = tempfile::tempdir()?;
    let Running { server, site } = peer.start(folder.path())?;
    let writers = if peer.is_floor() { 1 } else { WRITERS };
    let ready = writers_at(peers, &site, writers, edits).await?;
    let before = server.cpu()?;
    let began = Instant::now();
    let mut writing = JoinSet::new();
    for (client, line, id) in ready {
        writing.spawn(write(client, line, id, Arc::default()));
    }
    let mut times = Vec::new();
    while let Some(written) = writing.join_next().await {
        let (written, outcome) = written?;
        outcome?;
        times.extend(written);
    }
    let took = began.elapsed();
    tokio::time::sleep(options.put_off()).await;
    let cpu = server.cpu()?.saturating_sub(before);
    let count = float(times.len().max(1));
    Ok(vec![
        (
            format!("edits a second, {WRITERS} writers, next after acknowledgement"),
            format!("{:.0}", count / took.as_secs_f64()),
        ),
        (
            "acknowledgement, p50 / p99".to_owned(),
            middle_and_tail(&mut times),
        ),
        (
            "server CPU per acknowledged edit".to_owned(),
            format!("{:.3} ms", milliseconds(cpu) / count),
        ),
    ])
}

async fn writers_at(
    peers: &Peers,
    site: &Site,
    writers: u32,
    edits: usize,
) -> anyhow::Result<Vec<(Client, Line, DocumentId)>> {
    let mut ready = Vec::new();
    for number in 0..writers {
        let id = site.document(u64::from(number));
        let line = peers.line(site, number, edits)?;
        let client = Client::join(site, &format!("writer {number}"), id).await?;
        ready.push((client, line, id));
    }
    Ok(ready)
}

/// Writes all edits, each after the acknowledgement of the one before; returns how long each took, and what ended it.
async fn write(
    mut client: Client,
    line: Line,
    id: DocumentId,
    acknowledged: Arc<AtomicUsize>,
) -> (Vec<Duration>, anyhow::Result<()>) {
    let mut times = Vec::with_capacity(line.marks.len());
    for number in 0..line.marks.len() {
        let began = Instant::now();
        if let Err(error) = bring(&mut client, &line, id, number).await {
            return (times, Err(error));
        }
        times.push(began.elapsed());
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    (times, Ok(()))
}

/// Measures the disk itself: sixteen edits of 200 bytes written and synchronised.
fn disk(options: &Options) -> anyhow::Result<Figures> {
    let rounds = options.share(1_000);
    let mut file = tempfile::tempfile()?;
    let mut times = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        file.write_all(&[7; 200 * 16])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    let middle = at_percent(&mut times, 50);
    let rate = f64::from(WRITERS) / middle.as_secs_f64().max(1e-9);
    Ok(vec![
        (
            "write and fdatasync of 16 edits, p50 / p99".to_owned(),
            middle_and_tail(&mut times),
        ),
        ("that is, edits a second".to_owned(), format!("{rate:.0}")),
    ])
}

/// Somebody who has nothing joins a document with a long history; ours also right after a restart.
async fn late_joiner(options: &Options, peers: &Peers, peer: &Peer) -> anyhow::Result<Figures> {
    let changes = options.share(100_000);
    let folder = tempfile::tempdir()?;
    let mut running = peer.start(folder.path())?;
    let line = peers.line(&running.site, 1, changes)?;
    let id = running.site.document(1);
    let last = line.marks.last().context("no edits")?;
    if peer.is_ours() {
        running.server.kill()?;
        fill(folder.path(), id, &line, changes)?;
        running = peer.start(folder.path())?;
        wait_for_snapshot(&running.site, id, &line, folder.path()).await?;
    }
    // Somebody who has everything stays, so that the document stays in memory.
    let mut keeper = Client::join(&running.site, "keeper", id).await?;
    let frame = if peer.is_ours() {
        keeper.request(id, line.hello())
    } else {
        keeper.frame(id, line.all())
    };
    keeper.send_raw(frame).await?;
    keeper.hear_mark(last).await?;
    answer(
        &mut keeper,
        &line,
        id,
        changes.saturating_sub(1),
        &running.site,
    )
    .await?;
    let keeper = Attended::new(keeper);
    tokio::time::sleep(options.put_off()).await;
    let mut figures = join_late(&running, &line, id, 20).await?;
    drop(keeper);
    if peer.is_ours() {
        running.server.kill()?;
        let began = Instant::now();
        let running = peer.start(folder.path())?;
        let ready = format!("{:.0} ms", milliseconds(began.elapsed()));
        figures.push(("ready after a restart".to_owned(), ready));
        for (name, figure) in join_late(&running, &line, id, 1).await? {
            figures.push((format!("{name}, right after it"), figure));
        }
    }
    Ok(figures)
}

/// Lets a reader make the relay look at the document, and so make a snapshot of it.
async fn wait_for_snapshot(
    site: &Site,
    id: DocumentId,
    line: &Line,
    folder: &Path,
) -> anyhow::Result<()> {
    let mut first = Client::join(site, "first", id).await?;
    let hello = first.request(id, line.hello());
    first.send_raw(hello).await?;
    first.hear().await?;
    let name = format!("{}.snapshot", adjutant_base::hex::encode(&id.0));
    let snapshot = folder.join("snapshots").join(name);
    let began = Instant::now();
    while !snapshot.exists() {
        let is_late = began.elapsed() > Duration::from_mins(2);
        ensure!(!is_late, "no snapshot was made");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn join_late(
    running: &Running,
    line: &Line,
    id: DocumentId,
    rounds: u32,
) -> anyhow::Result<Figures> {
    let mut times = Vec::new();
    let mut size_bytes = 0;
    let before = running.server.cpu()?;
    for round in 0..rounds {
        let mut client = Client::join(&running.site, &format!("late {round}"), id).await?;
        let hello = client.request(id, line.hello());
        let began = Instant::now();
        client.send_raw(hello).await?;
        size_bytes = hear_all(&mut client, line, id).await?;
        times.push(began.elapsed());
    }
    let cpu = running.server.cpu()?.saturating_sub(before);
    let name = format!("late joiner into {} edits", line.marks.len());
    let middle = milliseconds(at_percent(&mut times, 50));
    let cpu = milliseconds(cpu) / f64::from(rounds.max(1));
    Ok(vec![
        (format!("{name}: wire"), format!("{size_bytes} bytes")),
        (format!("{name}: p50"), format!("{middle:.1} ms")),
        (format!("{name}: server CPU"), format!("{cpu:.1} ms")),
    ])
}

/// Reads until a newcomer has been sent everything; returns how many bytes it was.
async fn hear_all(client: &mut Client, line: &Line, id: DocumentId) -> anyhow::Result<usize> {
    let last = line.marks.last().context("no edits")?;
    let mut size_bytes = 0_usize;
    loop {
        let frame = client.hear().await?;
        size_bytes = size_bytes.saturating_add(frame.len());
        if !holds(&frame, last) {
            continue;
        }
        if line.brings_edits(&frame) {
            return Ok(size_bytes);
        }
        // Some say first what they have.
        if let Some(message) = line.insist() {
            let message = client.frame(id, message);
            client.send_raw(message).await?;
        }
    }
}

/// Puts the first changes of a line into a relay's store while no relay holds it.
pub(super) fn fill(folder: &Path, id: DocumentId, line: &Line, count: usize) -> anyhow::Result<()> {
    let mut store = SqliteStore::open(&folder.join("relay.sqlite"))?.store;
    for part in (0..count).collect::<Vec<_>>().chunks(5_000) {
        let mut batch = Batch::default();
        for number in part {
            batch.changes.push((id, line.stored(*number)?));
        }
        store.commit(&[batch])?;
    }
    Ok(())
}

/// Two devices that each made edits offline meet; each sends all at once, as an Automerge peer does.
async fn meet(options: &Options, peers: &Peers, peer: &Peer) -> anyhow::Result<Figures> {
    let edits = options.share(5_000);
    let folder = tempfile::tempdir()?;
    let Running { server, site } = peer.start(folder.path())?;
    let id = site.document(1);
    let lines = [peers.line(&site, 1, edits)?, peers.line(&site, 2, edits)?];
    let mut clients = Vec::new();
    for name in ["one", "two"] {
        clients.push(Client::join(&site, name, id).await?);
    }
    let before = server.cpu()?;
    let began = Instant::now();
    for (client, line) in clients.iter_mut().zip(&lines) {
        let frame = client.frame(id, line.all());
        client.send_raw(frame).await?;
    }
    for (client, other) in clients.iter_mut().zip([&lines[1], &lines[0]]) {
        let last = edits.saturating_sub(1);
        while !other.brings(last, &client.hear().await?) {}
    }
    let took = milliseconds(began.elapsed());
    tokio::time::sleep(options.put_off()).await;
    let cpu = milliseconds(server.cpu()?.saturating_sub(before));
    let name = format!("{edits} + {edits} offline edits meet");
    Ok(vec![
        (name.clone(), format!("{took:.0} ms")),
        (format!("{name}: server CPU"), format!("{cpu:.0} ms")),
    ])
}

/// Connections that do nothing, at one of the documents each; every document has one edit.
async fn idle(
    options: &Options,
    peers: &Peers,
    peer: &Peer,
    connections: usize,
    documents: usize,
) -> anyhow::Result<Figures> {
    let count = options.share(connections);
    let documents = options.share(documents);
    let folder = tempfile::tempdir()?;
    let Running { server, site } = peer.start(folder.path())?;
    let line = peers.line(&site, 1, 1)?;
    let mark = line.marks.first().context("no edit")?;
    let id = |number: usize| site.document(u64::try_from(number % documents).unwrap_or(0));
    if documents < count {
        // They are there before anybody connects who only reads.
        for number in 0..documents {
            let mut author = Client::join(&site, &format!("author {number}"), id(number)).await?;
            bring(&mut author, &line, id(number), 0).await?;
        }
    }
    let (memory, cpu) = (server.memory()?, server.cpu()?);
    let mut clients = Vec::new();
    for number in 0..count {
        let mut client = Client::join(&site, &format!("idle {number}"), id(number)).await?;
        if documents < count {
            let hello = client.request(id(number), line.hello());
            client.send_raw(hello).await?;
            client.hear_mark(mark).await?;
        } else {
            bring(&mut client, &line, id(number), 0).await?;
        }
        clients.push(Attended::new(client));
    }
    let opened = milliseconds(server.cpu()?.saturating_sub(cpu));
    let grown = float(usize::try_from(
        server.memory()?.saturating_sub(memory) >> 10,
    )?);
    let name = format!("{count} idle connections, {documents} documents");
    Ok(vec![
        (
            format!("{name}: memory a connection"),
            format!("{:.1} KiB", grown / float(count)),
        ),
        (
            format!("{name}: CPU to open all"),
            format!("{opened:.0} ms"),
        ),
    ])
}

/// Kills the server in the midst of writing and counts what it had acknowledged and does not have any more.
async fn killed(options: &Options, peers: &Peers, peer: &Peer) -> anyhow::Result<Figures> {
    let enough = options.share(8_000);
    let folder = tempfile::tempdir()?;
    let Running { server, site } = peer.start(folder.path())?;
    let edits = enough / usize::try_from(WRITERS)? * 2;
    let ready = writers_at(peers, &site, WRITERS, edits).await?;
    let lines: Vec<Line> = ready.iter().map(|(_, line, _)| line.clone()).collect();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut writing = Vec::new();
    for (client, line, id) in ready {
        let written = write(client, line, id, Arc::clone(&acknowledged));
        writing.push(tokio::spawn(written));
    }
    while acknowledged.load(Ordering::Relaxed) < enough {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.kill()?;
    let mut counts = Vec::new();
    for written in writing {
        counts.push(written.await?.0.len());
    }
    let again = peer.start(folder.path())?;
    let mut lost = 0_usize;
    let mut looking = JoinSet::new();
    for (number, (line, count)) in lines.into_iter().zip(&counts).enumerate() {
        let id = again.site.document(u64::try_from(number)?);
        looking.spawn(missing(again.site.clone(), line, id, *count));
    }
    while let Some(missing) = looking.join_next().await {
        lost = lost.saturating_add(missing??);
    }
    let all: usize = counts.iter().sum();
    Ok(vec![(
        "acknowledged edits lost by a kill".to_owned(),
        format!("{lost} of {all}"),
    )])
}

/// Asks a server for a document as a newcomer; returns how many of the first `count` edits it does not have.
async fn missing(site: Site, line: Line, id: DocumentId, count: usize) -> anyhow::Result<usize> {
    let mut client = Client::join(&site, &format!("heir of {id}"), id).await?;
    let hello = client.request(id, line.hello());
    client.send_raw(hello).await?;
    let mut held = 0;
    while held < count {
        match tokio::time::timeout(SILENCE, client.hear()).await {
            Ok(frame) => held = held.max(line.held(&frame?)),
            Err(_silent) => break,
        }
    }
    Ok(count.saturating_sub(held))
}
