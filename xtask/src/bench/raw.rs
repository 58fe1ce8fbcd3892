//! The baseline: the same records in one Automerge document, written by the shortest code that could.
//!
//! No gate, no checks, no board, no store: what is left of our time beyond this is what our promises cost.

use std::time::{Duration, Instant};

use adjutant_base::RecordId;
use adjutant_model::{Board, Kind, Raw};
use anyhow::Context as _;
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, Change, ObjId, ObjType, ROOT, ReadDoc as _};

/// A document `records -> kind -> id -> field`.
pub(super) struct RawDocument {
    document: AutoCommit,
    actions: ObjId,
}

impl RawDocument {
    /// Writes all records of a board in one transaction, and saves; returns how long that took.
    pub(super) fn import(board: &Board) -> anyhow::Result<(Self, Duration)> {
        let records: Vec<_> = Kind::ALL
            .iter()
            .map(|kind| (*kind, records_of(board, *kind)))
            .collect();
        let began = Instant::now();
        let mut document = AutoCommit::new();
        let root = document.put_object(ROOT, "records", ObjType::Map)?;
        for (kind, records) in records {
            let table = document.put_object(&root, kind.name(), ObjType::Map)?;
            for (id, fields) in records {
                let record = document.put_object(&table, id.to_string(), ObjType::Map)?;
                for (name, value) in fields {
                    put(&mut document, &record, name, value)?;
                }
            }
        }
        document.commit();
        std::hint::black_box(document.save().len());
        let took = began.elapsed();
        let (_, actions) = document
            .get(&root, Kind::Action.name())?
            .context("the actions have not been written")?;
        Ok((Self { document, actions }, took))
    }

    /// Sets an action's title: transaction, commit, and the bytes of the change; returns how long that took.
    pub(super) fn edit(&mut self, id: RecordId, title: &str) -> anyhow::Result<Duration> {
        let key = id.to_string();
        let began = Instant::now();
        let before = self.document.get_heads();
        let (_, action) = self
            .document
            .get(&self.actions, key)?
            .context("there is no such action")?;
        self.document.put(&action, "title", title)?;
        self.document.commit();
        std::hint::black_box(self.document.save_after(&before).len());
        Ok(began.elapsed())
    }

    /// Returns a copy that another device would have.
    pub(super) fn fork(&mut self) -> Self {
        Self {
            document: self.document.fork(),
            actions: self.actions.clone(),
        }
    }

    /// Returns the change that was made last.
    pub(super) fn last_change(&mut self) -> anyhow::Result<Change> {
        self.document.get_last_local_change().context("no change")
    }

    /// Takes in a change from elsewhere; returns how long that took.
    pub(super) fn apply(&mut self, change: Change) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.document.apply_changes([change])?;
        Ok(began.elapsed())
    }

    /// Loads what this document saves; returns how long the loading took.
    pub(super) fn load(&mut self) -> anyhow::Result<Duration> {
        let bytes = self.document.save();
        let began = Instant::now();
        std::hint::black_box(AutoCommit::load(&bytes)?);
        Ok(began.elapsed())
    }
}

type Fields = Vec<(&'static str, Raw)>;

/// Returns the values of all records of a kind, without the empty ones.
pub(super) fn records_of(board: &Board, kind: Kind) -> Vec<(RecordId, Fields)> {
    let fields = |id| {
        let values = board.values(kind, id).unwrap_or_default();
        let is_set = |(_, value): &(_, Raw)| *value != Raw::Null;
        (id, values.into_iter().filter(is_set).collect())
    };
    board.ids(kind).into_iter().map(fields).collect()
}

fn put(
    document: &mut AutoCommit,
    record: &ObjId,
    name: &str,
    value: Raw,
) -> Result<(), automerge::AutomergeError> {
    match value {
        Raw::Null => Ok(()),
        Raw::Bool(value) => document.put(record, name, value),
        Raw::Int(value) => document.put(record, name, value),
        Raw::Bytes(value) => document.put(record, name, value),
        Raw::Line(value) | Raw::Other(value) => document.put(record, name, value),
        Raw::Prose(value) => {
            let text = document.put_object(record, name, ObjType::Text)?;
            document.splice_text(&text, 0, 0, &value)
        }
    }
}
