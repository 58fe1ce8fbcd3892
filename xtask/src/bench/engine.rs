//! One run of all figures of the engine: import, commands, changes from another device, starts.
//!
//! Two engines and a relay on loopback, with folders of their own. The one rule: an edit's clock stops when the board
//! that shows it is published, not when it is asked for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use adjutant_base::{ActorId, RecordId, SystemClock, Timestamp};
use adjutant_client::{Config, Engine, Zone};
use adjutant_doc::{Author, Document};
use adjutant_model::action::ActionField;
use adjutant_model::record::Write;
use adjutant_model::sample::{Size, department};
use adjutant_model::{Board, Command, Kind, Raw};
use adjutant_relay::{Relay, RelayConfig};
use anyhow::{Context as _, bail, ensure};

use super::raw::{RawDocument, records_of};
use super::start::{self, Started};
use super::table::{Sample, Unit, at_percent};

/// Long enough for a loaded machine; reached only by a broken program.
pub(super) const LIMIT: Duration = Duration::from_mins(2);
/// The seed of the sample department.
const SEED: u64 = 2026;
/// Edits whose times make one run's percentiles.
const EDITS: usize = 1_000;
/// Edits that travel to another device, one at a time.
const TRAVELS: usize = 500;

const COMMAND_GOAL: Duration = Duration::from_millis(2);
const REMOTE_GOAL: Duration = Duration::from_millis(5);
const FIRST_BOARD_GOAL: Duration = Duration::from_millis(300);
/// Time that the system itself takes to look at an idle process for five seconds.
const IDLE_GOAL: Duration = Duration::from_millis(5);

/// Opens an engine as the programs do.
pub(super) fn open(folder: &Path, person: &str, online: bool) -> anyhow::Result<Engine> {
    let config = Config {
        data_folder: folder.to_owned(),
        person: person.to_owned(),
        device: "bench".to_owned(),
        clock: Arc::new(SystemClock),
        zone: Zone::Utc,
        online,
    };
    Ok(Engine::open(config)?)
}

/// Measures everything once.
pub(super) fn run() -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let here_folder = folder.path().join("here");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let relay_config = RelayConfig::new(folder.path().join("relay"), any_port);
    let relay = runtime.block_on(Relay::start(relay_config))?;
    let here = open(&here_folder, "Anna Lindqvist", true)?;
    here.join_blocking(relay.join_link())?;
    ensure!(here.wait_synced_blocking(LIMIT), "the relay is not there");
    here.set_online_blocking(false);

    let mut raw = import(&here, &mut samples)?;
    commands(&here, &mut raw, &mut samples)?;
    here.set_online_blocking(true);
    ensure!(here.wait_synced_blocking(LIMIT), "the import is not synced");
    let there = join(
        &relay.join_link(),
        &folder.path().join("there"),
        &here,
        &mut samples,
    )?;
    travels(&here, &there, &mut samples)?;
    apply(&here.board(), &mut raw, &mut samples)?;
    drop((here, there));
    starts(&here_folder, &mut raw, &mut samples)?;
    runtime.block_on(relay.shutdown())?;
    Ok(samples)
}

/// Imports the sample department and waits until it is on disk.
fn import(here: &Engine, samples: &mut Vec<Sample>) -> anyhow::Result<RawDocument> {
    let commands = department(SEED, &Size::FULL, here.today());
    let began = Instant::now();
    for command in commands {
        here.execute_blocking(vec![command])?;
    }
    let shown = began.elapsed();
    here.flush_blocking()
        .map_err(|reason| anyhow::anyhow!("not saved: {reason}"))?;
    let saved = began.elapsed();
    let board = here.board();
    let (raw, baseline) = RawDocument::import(&board)?;
    let (mut n_records, mut n_fields) = (0_usize, 0_usize);
    for kind in Kind::ALL {
        for (_, fields) in records_of(&board, *kind) {
            n_records = n_records.saturating_add(1);
            n_fields = n_fields.saturating_add(fields.len());
        }
    }
    let fields_per_s = u128::try_from(n_fields)?
        .saturating_mul(1_000_000)
        .checked_div(saved.as_micros())
        .unwrap_or(0);
    samples.extend([
        Sample::of("records imported", Unit::Number, u64::try_from(n_records)?),
        Sample::of("fields imported", Unit::Number, u64::try_from(n_fields)?),
        Sample::time("import until shown", None, shown).beside(baseline),
        Sample::time("import until on disk", None, saved).beside(baseline),
        Sample::of(
            "import, fields a second",
            Unit::Number,
            u64::try_from(fields_per_s)?,
        ),
    ]);
    Ok(raw)
}

/// Times single edits from the command to the published board, offline, back to back.
fn commands(here: &Engine, raw: &mut RawDocument, samples: &mut Vec<Sample>) -> anyhow::Result<()> {
    let ids = here.board().ids(Kind::Action);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (id, number) in spread(&ids, EDITS) {
        let title = format!("edited here, number {number}");
        let command = rename(id, &title);
        let began = Instant::now();
        here.execute_blocking(vec![command])?;
        ours.push(began.elapsed());
        theirs.push(raw.edit(id, &title)?);
    }
    for (name, percent, goal) in [
        ("command to board, p50", 50, None),
        ("command to board, p99", 99, Some(COMMAND_GOAL)),
    ] {
        let (value, baseline) = (
            at_percent(&mut ours, percent),
            at_percent(&mut theirs, percent),
        );
        samples.push(Sample::time(name, goal, value).beside(baseline));
    }
    Ok(())
}

/// Lets a second device join and times until it shows everything.
fn join(
    link: &adjutant_base::JoinLink,
    folder: &Path,
    here: &Engine,
    samples: &mut Vec<Sample>,
) -> anyhow::Result<Arc<Engine>> {
    let began = Instant::now();
    let there = open(folder, "Ben Okafor", true)?;
    there.join_blocking(link.clone())?;
    ensure!(there.wait_synced_blocking(LIMIT), "not synced");
    samples.push(Sample::time(
        "a new device joins and has everything",
        None,
        began.elapsed(),
    ));
    ensure!(
        there.board().actions.len() == here.board().actions.len(),
        "the new device lacks actions"
    );
    ensure!(here.wait_synced_blocking(LIMIT), "not synced");
    Ok(Arc::new(there))
}

/// What the receiving device waits to see.
type Expected = Arc<Mutex<Option<(RecordId, String)>>>;

/// Times edits from the command on one device to the published board on the other, through the relay.
fn travels(here: &Engine, there: &Arc<Engine>, samples: &mut Vec<Sample>) -> anyhow::Result<()> {
    let expected = Expected::default();
    let seen = watch(there, &expected);
    let ids = here.board().ids(Kind::Action);
    let (mut from_command, mut from_board, mut online) = (Vec::new(), Vec::new(), Vec::new());
    for (id, number) in spread(&ids, TRAVELS) {
        let title = format!("edited for the other, number {number}");
        if let Ok(mut expected) = expected.lock() {
            *expected = Some((id, title.clone()));
        }
        let command = rename(id, &title);
        let began = Instant::now();
        here.execute_blocking(vec![command])?;
        let shown_here = Instant::now();
        let shown_there = seen.recv_timeout(LIMIT).context("the edit has not come")?;
        online.push(shown_here.duration_since(began));
        from_command.push(shown_there.duration_since(began));
        from_board.push(shown_there.saturating_duration_since(shown_here));
    }
    there.on_publish(Arc::new(|| ()));
    for (name, times, goal) in [
        ("command to board while online", &mut online, COMMAND_GOAL),
        ("board here to board there", &mut from_board, REMOTE_GOAL),
        (
            "command here to board there",
            &mut from_command,
            REMOTE_GOAL,
        ),
    ] {
        samples.push(Sample::time(
            &format!("{name}, p50"),
            None,
            at_percent(times, 50),
        ));
        samples.push(Sample::time(
            &format!("{name}, p99"),
            Some(goal),
            at_percent(times, 99),
        ));
    }
    Ok(())
}

/// Returns where the moments arrive at which an engine publishes what is expected of it.
fn watch(engine: &Arc<Engine>, expected: &Expected) -> Receiver<Instant> {
    let (seen, moments): (SyncSender<Instant>, _) = sync_channel(1);
    let (watched, expected) = (Arc::downgrade(engine), Arc::clone(expected));
    engine.on_publish(Arc::new(move || {
        let now = Instant::now();
        let (Some(engine), Ok(mut expected)) = (watched.upgrade(), expected.lock()) else {
            return;
        };
        let board = engine.board();
        let is_there = expected.as_ref().is_some_and(|(id, title)| {
            let action = board.actions.get(id);
            action.is_some_and(|action| action.title == *title)
        });
        if is_there {
            *expected = None;
            // Full only if nobody waits any more.
            seen.try_send(now).ok();
        }
    }));
    moments
}

/// Times what the receiver does with one change: take it into the document, put its record on the board, publish.
///
/// Of the engine's work for a frame this leaves out the gate and the session, whose costs do not grow with the
/// document; the figure through the relay has everything.
fn apply(board: &Board, raw: &mut RawDocument, samples: &mut Vec<Sample>) -> anyhow::Result<()> {
    let ids = board.ids(Kind::Action);
    let (mut there, mut here) = documents(board)?;
    let mut shown = board.clone();
    let (mut raw_here, mut latest) = (raw.fork(), Arc::new(board.clone()));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (id, number) in spread(&ids, EDITS) {
        let title = format!("edited elsewhere, number {number}");
        let id_of_document = board
            .document_of(Kind::Action, id)
            .context("an action without a document")?;
        let (Some(from), Some(to)) = (
            there.get_mut(&id_of_document),
            here.get_mut(&id_of_document),
        ) else {
            bail!("a document is missing");
        };
        let write = Write {
            document: id_of_document,
            kind: Kind::Action.name(),
            record: id,
            field: "title",
            value: Raw::Line(title.clone()),
        };
        let changes = from.write(&[write], &author(3))?.changes;
        let began = Instant::now();
        let applied = to.apply(changes);
        for data in &applied.touched {
            shown.put(id_of_document, data);
        }
        latest = Arc::new(shown.clone());
        ours.push(began.elapsed());
        ensure!(applied.touched.len() == 1, "the change did not arrive");
        raw.edit(id, &title)?;
        theirs.push(raw_here.apply(raw.last_change()?)?);
    }
    drop(latest);
    for (name, percent, goal) in [
        ("change to board in the receiver, p50", 50, None),
        (
            "change to board in the receiver, p99",
            99,
            Some(REMOTE_GOAL),
        ),
    ] {
        let (value, baseline) = (
            at_percent(&mut ours, percent),
            at_percent(&mut theirs, percent),
        );
        samples.push(Sample::time(name, goal, value).beside(baseline));
    }
    Ok(())
}

type Documents = BTreeMap<adjutant_base::DocumentId, Document>;

/// Returns the documents of all actions twice, as two devices hold them.
fn documents(board: &Board) -> anyhow::Result<(Documents, Documents)> {
    let mut writes: BTreeMap<_, Vec<Write>> = BTreeMap::new();
    for (record, fields) in records_of(board, Kind::Action) {
        let document = board
            .document_of(Kind::Action, record)
            .context("an action without a document")?;
        let of_record = fields.into_iter().map(|(field, value)| Write {
            document,
            kind: Kind::Action.name(),
            record,
            field,
            value,
        });
        writes.entry(document).or_default().extend(of_record);
    }
    let (mut there, mut here) = (Documents::new(), Documents::new());
    for (id, writes) in writes {
        let mut document = Document::empty(id);
        let changes = document.write(&writes, &author(2))?.changes;
        there.insert(id, document);
        here.insert(id, Document::load(id, changes).0);
    }
    Ok((there, here))
}

fn author(device: u8) -> Author<'static> {
    Author {
        actor: ActorId([device; 20]),
        command: "edit action",
        time: Timestamp(1_795_510_800_000),
    }
}

/// Times starts in new processes, with and without what the last run cached, and looks at one that is idle.
fn starts(folder: &Path, raw: &mut RawDocument, samples: &mut Vec<Sample>) -> anyhow::Result<()> {
    let baseline = raw.load()?;
    let started = start::in_new_process(folder, true)?;
    let Started {
        first_board,
        memory_first_bytes,
        memory_loaded_bytes,
        memory_peak_bytes,
        idle_cpu,
        idle_wakes,
    } = started;
    std::fs::remove_dir_all(folder.join("cache")).context("the cache is not where it was")?;
    let without_cache = start::in_new_process(folder, false)?.first_board;
    samples.extend([
        Sample::time("start to first board", Some(FIRST_BOARD_GOAL), first_board).beside(baseline),
        Sample::time("start to first board, without cache", None, without_cache).beside(baseline),
        Sample::time(
            "idle for 5 s, online: processor time",
            Some(IDLE_GOAL),
            idle_cpu,
        ),
        Sample::of("idle for 5 s, online: wakes", Unit::Number, idle_wakes).goal(0),
        Sample::of("memory at first board", Unit::Memory, memory_first_bytes),
        Sample::of("memory with all loaded", Unit::Memory, memory_loaded_bytes),
        Sample::of("memory, peak", Unit::Memory, memory_peak_bytes),
    ]);
    Ok(())
}

fn rename(id: RecordId, title: &str) -> Command {
    Command::edit(id, vec![ActionField::Title(title.to_owned())])
}

/// Returns `count` numbered ids from all over a list.
fn spread(ids: &[RecordId], count: usize) -> impl Iterator<Item = (RecordId, usize)> {
    let stepped = ids.iter().copied().cycle().step_by(4_999);
    stepped.zip(0..count)
}
