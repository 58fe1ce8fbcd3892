//! A department with years of history on disk, and the same changes in plain Automerge.
//!
//! The history is written by the program's own documents, twelve devices in turn, into a store that the engine then
//! opens. The one rule: both sides hold the very same changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adjutant_base::{ActorId, ChangeHash, DocumentId, ManualClock, RecordId, Timestamp};
use adjutant_client::{Config, Engine, Zone};
use adjutant_doc::{Author, Document};
use adjutant_model::action::ActionField;
use adjutant_model::command::plan;
use adjutant_model::sample::history::{Span, history};
use adjutant_model::sample::{Size, department};
use adjutant_model::{Board, Command, Context, Kind};
use adjutant_store::{Batch, ChunkReader as _, ChunkStore as _, SqliteStore};
use anyhow::{Context as _, ensure};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, Automerge, Change, ROOT, ReadDoc as _};
use chrono::NaiveDate;

use super::super::table::at_percent;

const SEED: u64 = 2026;
/// Changes that are made durable at once.
const AT_ONCE: usize = 10_000;
const DAY_MS: i64 = 86_400_000;
/// Commands before any history, whose times are compared with later ones.
const EARLY: usize = 200;

/// What was made.
pub(super) struct Made {
    pub(super) folder: PathBuf,
    pub(super) n_records: usize,
    pub(super) n_changes: usize,
    /// The middle of the history.
    pub(super) half_way: Timestamp,
    /// A command while the documents had no history yet, in the middle.
    pub(super) early_command: Duration,
    /// The number of the next edit: no two say the same.
    pub(super) next_edit: usize,
    pub(super) raw: BTreeMap<DocumentId, AutoCommit>,
}

/// Opens an engine on a folder, offline.
pub(super) fn open(folder: &Path, now: Timestamp) -> anyhow::Result<Engine> {
    Ok(Engine::open(Config {
        data_folder: folder.to_owned(),
        person: "Anna Lindqvist".to_owned(),
        device: "bench".to_owned(),
        clock: Arc::new(ManualClock::new(now)),
        zone: Zone::Utc,
        online: false,
    })?)
}

/// Returns the moment at which the history ends.
pub(super) fn today() -> (NaiveDate, Timestamp) {
    let today = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap_or_default();
    let midnight = today.and_time(chrono::NaiveTime::MIN).and_utc();
    (today, Timestamp(midnight.timestamp_millis()))
}

/// Makes the largest department with so many percent of its history in a folder.
pub(super) fn make(folder: &Path, percent: usize) -> anyhow::Result<Made> {
    let span = Span {
        edits: Span::FULL.edits.saturating_mul(percent) / 100,
        ..Span::FULL
    };
    let size = if percent < 100 {
        Size::SMALL
    } else {
        Size::FULL
    };
    let (today, end) = today();
    let length_ms = span.days.saturating_mul(DAY_MS);
    let begin = Timestamp(end.0.saturating_sub(length_ms).saturating_sub(DAY_MS));
    let engine = open(folder, begin)?;
    for command in department(SEED, &size, today) {
        engine.execute_blocking(vec![command])?;
    }
    let mut early = commands(&engine, 0, EARLY)?;
    let board = engine.board();
    drop(engine);
    let n_changes = write_history(folder, &board, span, today)?;
    let n_records = Kind::ALL.iter().map(|kind| board.count(*kind)).sum();
    Ok(Made {
        raw: raw(folder)?,
        next_edit: EARLY,
        folder: folder.to_owned(),
        n_records,
        n_changes,
        half_way: Timestamp(end.0.saturating_sub(length_ms / 2)),
        early_command: at_percent(&mut early, 50),
    })
}

/// Carries out so many commands all over the actions, numbered from a number on; returns how long each took until its board was published.
pub(super) fn commands(
    engine: &Engine,
    from: usize,
    count: usize,
) -> anyhow::Result<Vec<Duration>> {
    let ids = engine.board().ids(Kind::Action);
    let mut times = Vec::new();
    for (id, number) in spread(&ids, count) {
        let command = rename(id, number.saturating_add(from));
        let began = Instant::now();
        engine.execute_blocking(vec![command])?;
        times.push(began.elapsed());
    }
    Ok(times)
}

pub(super) fn rename(id: RecordId, number: usize) -> Command {
    let title = format!("edited, number {number}");
    Command::edit(id, vec![ActionField::Title(title)])
}

/// Returns `count` numbered ids from all over a list.
pub(super) fn spread(ids: &[RecordId], count: usize) -> impl Iterator<Item = (RecordId, usize)> {
    let stepped = ids.iter().copied().cycle().step_by(4_999);
    stepped.zip(0..count)
}

/// Writes the edits of all devices into the store; returns how many changes it then holds.
fn write_history(
    folder: &Path,
    board: &Board,
    span: Span,
    today: NaiveDate,
) -> anyhow::Result<usize> {
    let mut store = SqliteStore::open(&folder.join("workspace.sqlite"))?.store;
    let (mut documents, mut n_changes) = (BTreeMap::new(), 0_usize);
    for id in store.documents()? {
        let changes = store.read_document(id)?.changes;
        n_changes = n_changes.saturating_add(changes.len());
        documents.insert(id, Document::load(id, changes).0);
    }
    let compartment = board.compartment.context("no compartment")?;
    let mut batch = Batch::default();
    for (number, edit) in history(SEED, board, span, today).enumerate() {
        let context = Context {
            compartment,
            today,
            now: edit.at,
        };
        let plan = plan(board, &context, &edit.command)?;
        let command = format!("{} {}", plan.name, RecordId::derived(&number.to_string()));
        let author = Author {
            actor: ActorId([u8::try_from(edit.device)?.saturating_add(1); 20]),
            command: &command,
            time: edit.at,
        };
        let mut of_document: BTreeMap<DocumentId, Vec<_>> = BTreeMap::new();
        for write in plan.writes {
            of_document.entry(write.document).or_default().push(write);
        }
        for (id, writes) in of_document {
            let document = documents.get_mut(&id).context("no such document")?;
            let changes = document.write(&writes, &author)?.changes;
            n_changes = n_changes.saturating_add(changes.len());
            batch
                .changes
                .extend(changes.into_iter().map(|change| (id, change)));
        }
        if batch.changes.len() >= AT_ONCE {
            store.commit(&[std::mem::take(&mut batch)])?;
        }
    }
    store.commit(&[batch])?;
    Ok(n_changes)
}

/// Returns every document of a store as plain Automerge has it.
fn raw(folder: &Path) -> anyhow::Result<BTreeMap<DocumentId, AutoCommit>> {
    let store = SqliteStore::open(&folder.join("workspace.sqlite"))?.store;
    let mut raw = BTreeMap::new();
    for id in store.documents()? {
        let changes = store.read_document(id)?.changes;
        let changes: Vec<Change> = changes
            .iter()
            .map(|change| Change::try_from(&*change.bytes))
            .collect::<Result<_, _>>()?;
        let mut document = AutoCommit::new();
        document.apply_changes(changes)?;
        raw.insert(id, document);
    }
    Ok(raw)
}

/// Sets an action's title in plain Automerge: transaction, commit, and the bytes of the change.
pub(super) fn raw_edit(
    document: &mut AutoCommit,
    id: RecordId,
    title: &str,
) -> anyhow::Result<Duration> {
    let key = id.to_string();
    let began = Instant::now();
    let before = document.get_heads();
    let (_, records) = document.get(ROOT, "records")?.context("no records")?;
    let (_, actions) = document.get(&records, "action")?.context("no actions")?;
    let (_, action) = document.get(&actions, key)?.context("no such action")?;
    document.put(&action, "title", title)?;
    document.commit();
    std::hint::black_box(document.save_after(&before).len());
    Ok(began.elapsed())
}

/// Loads what plain Automerge saves of every document, one after the other; returns how long the loading took.
pub(super) fn raw_load(raw: &mut BTreeMap<DocumentId, AutoCommit>) -> anyhow::Result<Duration> {
    let mut took = Duration::ZERO;
    for document in raw.values_mut() {
        let bytes = document.save();
        let began = Instant::now();
        std::hint::black_box(Automerge::load(&bytes)?);
        took = took.saturating_add(began.elapsed());
    }
    Ok(took)
}

/// Returns the heads of every document of a version as Automerge names them.
pub(super) fn raw_heads(heads: &[ChangeHash]) -> Vec<automerge::ChangeHash> {
    let heads = heads.iter();
    heads.map(|hash| automerge::ChangeHash(hash.0)).collect()
}

/// Writes what plain Automerge saves of every document into a folder.
pub(super) fn save_raw(
    raw: &mut BTreeMap<DocumentId, AutoCommit>,
    folder: &Path,
) -> anyhow::Result<()> {
    ensure!(!raw.is_empty(), "there is nothing to save");
    std::fs::create_dir_all(folder)?;
    for (id, document) in raw {
        std::fs::write(folder.join(id.to_string()), document.save())?;
    }
    Ok(())
}
