//! The rows of the benchmark of the record: each times one thing that a person waits for, and plain Automerge beside it.
//!
//! Plain Automerge gets the shortest code that does the same: it has no store, no board, no gate and no index.

use std::io::Write as _;
use std::time::{Duration, Instant};

use adjutant_base::{ActorId, RecordId};
use adjutant_client::review::{marks, since_seen};
use adjutant_client::{Engine, Moment, Version, device_record};
use adjutant_doc::{Author, Document};
use adjutant_model::diff::words;
use adjutant_model::record::Write;
use adjutant_model::workdays::Calendars;
use adjutant_model::{Board, Kind, PersonId, Raw};
use anyhow::{Context as _, ensure};
use automerge::{Automerge, Change, ROOT, ReadDoc as _};

use super::super::start::settle;
use super::super::table::{Sample, at_percent};
use super::made::{self, Made, open, raw_edit, raw_heads, raw_load, rename, spread, today};

const FIRST_BOARD: Duration = Duration::from_millis(300);
const COMMAND: Duration = Duration::from_millis(2);
const REMOTE: Duration = Duration::from_millis(5);
const FIELD: Duration = Duration::from_millis(10);
const RECORD: Duration = Duration::from_millis(50);
const MOMENT: Duration = Duration::from_secs(1);
const NEWS: Duration = Duration::from_millis(100);
/// Commands whose times make one run's percentiles; what is new is as many changes.
const EDITS: usize = 1_000;
/// Changes from elsewhere that come at once.
const FLOOD: usize = 10_000;
/// Records whose history is asked for.
const ASKED: usize = 100;

type Samples = Vec<Sample>;

/// Starts the engine: first board, everything loaded.
pub(super) fn start(made: &mut Made, samples: &mut Samples) -> anyhow::Result<Engine> {
    let baseline = raw_load(&mut made.raw)?;
    let began = Instant::now();
    let engine = open(&made.folder, today().1)?;
    let n_actions = engine.board().actions.len();
    let first = began.elapsed();
    ensure!(n_actions > 0, "the first board is empty");
    drop(engine.past_blocking()?);
    let loaded = began.elapsed();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let shared = baseline / u32::try_from(cores)?;
    samples.push(Sample::time("start to first board", Some(FIRST_BOARD), first).beside(baseline));
    let goal = shared.saturating_add(shared / 2);
    let name = "start until everything is loaded (plain: loads divided by cores)";
    samples.push(Sample::time(name, Some(goal), loaded).beside(shared));
    Ok(engine)
}

/// Asks for the history of records and of one field, before and after the index is made.
pub(super) fn history(
    made: &mut Made,
    engine: &Engine,
    samples: &mut Samples,
) -> anyhow::Result<()> {
    let board = engine.board();
    let ids = board.ids(Kind::Action);
    let ask = |count| -> anyhow::Result<(Duration, Duration)> {
        let (mut record, mut field) = (Vec::new(), Vec::new());
        for (id, _) in spread(&ids, count) {
            let began = Instant::now();
            let told = engine.past_blocking()?.story_of(id);
            record.push(began.elapsed());
            ensure!(!told.is_empty(), "an action without a history");
            let began = Instant::now();
            let mut told = engine.past_blocking()?.story_of(id);
            told.retain(|told| told.edit.field == "title");
            field.push(began.elapsed());
        }
        Ok((at_percent(&mut record, 99), at_percent(&mut field, 99)))
    };
    let (cold, _) = ask(1)?;
    settle()?;
    let (record, field) = ask(ASKED)?;
    let id = *ids.first().context("no action")?;
    let document = board.document_of(Kind::Action, id).context("no document")?;
    let raw = made.raw.get_mut(&document).context("no document")?;
    let began = Instant::now();
    // Nothing in Automerge finds the changes of one object: all of them are looked through.
    let operations = raw.get_changes(&[]).into_iter();
    let operations: usize = operations
        .map(|change| change.decode().operations.len())
        .sum();
    std::hint::black_box(operations);
    let baseline = began.elapsed();
    samples.push(Sample::time("history of one field, p99", Some(FIELD), field).beside(baseline));
    samples.push(Sample::time("history of one record, p99", Some(RECORD), record).beside(baseline));
    let name = "history of one record, right after the start";
    samples.push(Sample::time(name, None, cold).beside(baseline));
    Ok(())
}

/// Reads the whole workspace as of a date, and what differs between two.
pub(super) fn as_of(made: &mut Made, engine: &Engine, samples: &mut Samples) -> anyhow::Result<()> {
    let half = Moment(made.half_way);
    let began = Instant::now();
    let version = engine.past_blocking()?.as_of(half);
    let one = began.elapsed();
    ensure!(version.board.actions.len() > 0, "there was nothing");
    let baseline = raw_version(made, &version);
    let name = "the workspace as of a date, half of the history back";
    samples.push(Sample::time(name, Some(MOMENT), one).beside(baseline));
    let quarter_ms = today().1.0.saturating_sub(made.half_way.0) / 2;
    let later = Moment(adjutant_base::Timestamp(
        made.half_way.0.saturating_add(quarter_ms),
    ));
    let began = Instant::now();
    let past = engine.past_blocking()?;
    let (before, after) = (past.as_of(half), past.as_of(later));
    let told = tell(&before.board, &after.board);
    let two = began.elapsed();
    ensure!(told > 0, "nothing differs");
    let baseline = raw_version(made, &before).saturating_add(raw_version(made, &after));
    let name = "difference of two dates, a quarter of the history apart";
    samples.push(Sample::time(name, Some(MOMENT), two).beside(baseline));
    Ok(())
}

fn tell(before: &Board, after: &Board) -> usize {
    let calendars = Calendars::of(after);
    words::tell(before, after, calendars.of_workspace()).len()
}

/// Reads every value of every document at a version, and returns how long that took.
fn raw_version(made: &mut Made, version: &Version) -> Duration {
    let mut took = Duration::ZERO;
    for known in &version.documents {
        // Marks and sign-offs, which ours has beside, are nothing that plain Automerge was given.
        let Some(raw) = made.raw.get_mut(&known.document) else {
            continue;
        };
        let heads = raw_heads(&known.heads);
        let began = Instant::now();
        std::hint::black_box(raw.iter_at(ROOT, Some(&heads)).count());
        took = took.saturating_add(began.elapsed());
    }
    took
}

fn person(engine: &Engine) -> anyhow::Result<PersonId> {
    let board = engine.board();
    let device = board.devices.get(&device_record(engine.device()));
    device.and_then(|device| device.person).context("no person")
}

/// Marks everything as seen.
pub(super) fn mark_seen(engine: &Engine) -> anyhow::Result<()> {
    let person = person(engine)?;
    let news = since_seen(&engine.past_blocking()?, &engine.board(), person);
    engine.execute_blocking(marks(&news.seen, person, engine.today()))?;
    Ok(())
}

/// Carries out commands, and asks for what is durable after each of some.
pub(super) fn commands(
    made: &mut Made,
    engine: &Engine,
    samples: &mut Samples,
) -> anyhow::Result<()> {
    let mut ours = made::commands(engine, made.next_edit, EDITS)?;
    let board = engine.board();
    let ids = board.ids(Kind::Action);
    let (mut theirs, from) = (Vec::new(), made.next_edit);
    for (id, number) in spread(&ids, EDITS) {
        let document = board.document_of(Kind::Action, id).context("no document")?;
        let raw = made.raw.get_mut(&document).context("no document")?;
        theirs.push(raw_edit(
            raw,
            id,
            &format!("edited, number {}", number.saturating_add(from)),
        )?);
    }
    for (name, percent, goal) in [
        ("one command until published, p50", 50, None),
        ("one command until published, p99", 99, Some(COMMAND)),
    ] {
        let value = at_percent(&mut ours, percent);
        let baseline = at_percent(&mut theirs, percent);
        samples.push(Sample::time(name, goal, value).beside(baseline));
    }
    let early = made.early_command;
    let name = "the same p50, beside that of documents without history";
    samples.push(
        Sample::time(
            name,
            Some(early.saturating_mul(5) / 4),
            at_percent(&mut ours, 50),
        )
        .beside(early),
    );
    let (mut durable, mut synced) = (Vec::new(), Vec::new());
    let mut file = std::fs::File::create(made.folder.join("bench.tmp"))?;
    for (id, number) in spread(&ids, EDITS / 20) {
        let command = rename(id, number.saturating_add(from).saturating_add(EDITS));
        let began = Instant::now();
        engine.execute_blocking(vec![command])?;
        engine
            .flush_blocking()
            .map_err(|reason| anyhow::anyhow!("not saved: {reason}"))?;
        durable.push(began.elapsed());
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        synced.push(began.elapsed());
    }
    made.next_edit = from.saturating_add(EDITS).saturating_add(EDITS);
    let synced = at_percent(&mut synced, 50);
    let name = "one command until on disk, p50 (beside: write and fdatasync)";
    let goal = Some(synced.saturating_mul(2));
    samples.push(Sample::time(name, goal, at_percent(&mut durable, 50)).beside(synced));
    Ok(())
}

/// Asks what has changed since everything was marked as seen.
pub(super) fn since(made: &mut Made, engine: &Engine, samples: &mut Samples) -> anyhow::Result<()> {
    let person = person(engine)?;
    let seen = adjutant_model::review::seen(&engine.board(), person);
    let began = Instant::now();
    let news = since_seen(&engine.past_blocking()?, &engine.board(), person);
    let took = began.elapsed();
    ensure!(!news.is_first && !news.told.is_empty(), "nothing is new");
    let mut baseline = Duration::ZERO;
    for (id, heads) in &seen {
        let Some(raw) = made.raw.get_mut(id) else {
            continue;
        };
        let (before, after) = (raw_heads(heads), raw.get_heads());
        if before
            .iter()
            .all(|head| raw.get_change_by_hash(head).is_some())
        {
            let began = Instant::now();
            std::hint::black_box(raw.document().diff(&before, &after).len());
            baseline = baseline.saturating_add(began.elapsed());
        }
    }
    let name = "what changed since I looked, 1,000 changes";
    let sample = Sample::time(name, Some(NEWS), took);
    // From the second run on, ours has changes of which plain Automerge knows nothing.
    samples.push(if baseline.is_zero() {
        sample
    } else {
        sample.beside(baseline)
    });
    Ok(())
}

/// Takes in changes of another device, one at a time and then many at once, as the engine does: document, then board.
pub(super) fn remote(
    made: &mut Made,
    engine: &Engine,
    samples: &mut Samples,
) -> anyhow::Result<()> {
    let board = engine.board();
    let ids = board.ids(Kind::Action);
    let id = *ids.first().context("no action")?;
    let document = board.document_of(Kind::Action, id).context("no document")?;
    let in_document = |id: &&RecordId| board.document_of(Kind::Action, **id) == Some(document);
    let ids: Vec<RecordId> = ids.iter().filter(in_document).copied().collect();
    let changes = made
        .raw
        .get_mut(&document)
        .context("no document")?
        .get_changes(&[]);
    let mut plain = Automerge::new();
    plain.apply_changes(changes.clone())?;
    let mut here = Document::empty(document);
    let stored = changes.into_iter().map(stored);
    here.apply(stored.collect::<anyhow::Result<Vec<_>>>()?);
    let mut there = here.clone();
    let mut shown = Board::clone(&board);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (id, number) in spread(&ids, EDITS / 2) {
        let changes = edit_there(&mut there, id, number)?.changes;
        let raw = raw_changes(&changes)?;
        let began = Instant::now();
        for data in here.apply(changes).touched {
            shown.put(document, &data);
        }
        std::hint::black_box(shown.clone());
        ours.push(began.elapsed());
        let began = Instant::now();
        plain.apply_changes(raw)?;
        theirs.push(began.elapsed());
    }
    for (name, percent, goal) in [
        ("one change from elsewhere until published, p50", 50, None),
        (
            "one change from elsewhere until published, p99",
            99,
            Some(REMOTE),
        ),
    ] {
        let value = at_percent(&mut ours, percent);
        let baseline = at_percent(&mut theirs, percent);
        samples.push(Sample::time(name, goal, value).beside(baseline));
    }
    let mut flood = Vec::new();
    for (id, number) in spread(&ids, FLOOD.min(made.n_changes)) {
        flood.extend(edit_there(&mut there, id, number.saturating_add(EDITS))?.changes);
    }
    let raw = raw_changes(&flood)?;
    let began = Instant::now();
    for data in here.apply(flood).touched {
        shown.put(document, &data);
    }
    let took = began.elapsed();
    let began = Instant::now();
    plain.apply_changes(raw)?;
    let baseline = began.elapsed();
    let goal = baseline.saturating_add(baseline / 2);
    let name = "10,000 changes from elsewhere at once";
    samples.push(Sample::time(name, Some(goal), took).beside(baseline));
    Ok(())
}

/// Writes a title as another device does.
fn edit_there(
    there: &mut Document,
    id: RecordId,
    number: usize,
) -> Result<adjutant_doc::Committed, adjutant_doc::WriteError> {
    let write = Write {
        document: there.id(),
        kind: Kind::Action.name(),
        record: id,
        field: "title",
        value: Raw::Line(format!("edited elsewhere, number {number}")),
    };
    let author = Author {
        actor: ActorId([99; 20]),
        command: "edit action",
        time: today().1,
    };
    there.write(&[write], &author)
}

fn raw_changes(changes: &[adjutant_base::StoredChange]) -> anyhow::Result<Vec<Change>> {
    let parsed = changes
        .iter()
        .map(|change| Change::try_from(&*change.bytes));
    Ok(parsed.collect::<Result<_, _>>()?)
}

/// Returns a change as it is stored.
fn stored(mut change: Change) -> anyhow::Result<adjutant_base::StoredChange> {
    let bytes: std::sync::Arc<[u8]> = std::sync::Arc::from(&*change.bytes());
    Ok(adjutant_base::StoredChange {
        meta: adjutant_base::ChangeMeta {
            hash: adjutant_base::ChangeHash(change.hash().0),
            deps: change
                .deps()
                .iter()
                .map(|dep| adjutant_base::ChangeHash(dep.0))
                .collect(),
            actor: std::sync::Arc::from(change.actor_id().to_bytes()),
            seq: change.seq(),
            start_op: change.start_op().get(),
            op_count: u64::try_from(change.len())?,
            time_s: change.timestamp(),
            size_bytes: u64::try_from(bytes.len())?,
        },
        bytes,
    })
}
