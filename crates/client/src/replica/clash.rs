//! The way out when another copy of this device's data has sent other changes under the same numbers.
//!
//! Every run has its own incarnation, so this takes data of an earlier program version, or a forged change. The relay
//! keeps the change that came first and refuses this device's for ever. So those that it never acknowledged, with all that
//! stand on them, are withdrawn (they stay in the store, and are neither loaded nor sent), and what they said is written again.

use std::collections::BTreeSet;
use std::sync::Arc;

use adjutant_base::{ChangeHash, DocumentId, StoredChange};
use adjutant_doc::Document;
use adjutant_model::record::{DELETED_AT, Write};
use adjutant_model::{Board, Kind, Raw, RecordData};
use adjutant_sync::graph::ChangeGraph;

use super::held::is_by;
use super::{Effects, Replica, SESSION, WITHDRAWN};
use crate::ExecuteError;
use crate::status::Notice;

impl Replica {
    /// Returns the unacknowledged changes of this device whose numbers `fresh` has for others.
    pub(super) fn clashing(&self, id: DocumentId, fresh: &[StoredChange]) -> BTreeSet<ChangeHash> {
        let device = self.identity.device();
        let taken: BTreeSet<(&[u8], u64)> = fresh
            .iter()
            .filter(|change| is_by(&change.meta, device))
            .map(|change| (&*change.meta.actor, change.meta.seq))
            .collect();
        let Some(held) = self.documents.get(&id).filter(|_| !taken.is_empty()) else {
            return BTreeSet::new();
        };
        let heads = &held.relay_heads;
        held.graph
            .iter()
            .filter(|meta| taken.contains(&(&*meta.actor, meta.seq)))
            .filter(|meta| !held.graph.covers(heads, &meta.hash))
            .map(|meta| meta.hash)
            .collect()
    }

    /// Withdraws changes and what stands on them, and writes what they said again: all of it, or nothing.
    pub(super) fn withdraw(
        &mut self,
        id: DocumentId,
        clashing: BTreeSet<ChangeHash>,
        effects: &mut Effects,
    ) -> Result<(), ExecuteError> {
        self.load(id, effects)?;
        let changes = self.read_all(id)?;
        let held = self.held(id);
        let said: Vec<Arc<RecordData>> = held
            .document
            .iter()
            .flat_map(|document| document.records())
            .cloned()
            .collect();
        let (graph, gone) = without(&held.graph, clashing);
        let kept = changes
            .into_iter()
            .filter(|change| graph.contains(&change.meta.hash));
        let (document, _) = Document::load(id, kept);
        let writes = differences(id, &said, &document);
        self.identity.renew().map_err(ExecuteError::identity)?;
        let held = self.held(id);
        let n_gone = gone.len();
        let gone: BTreeSet<ChangeHash> = held.withdrawn.union(&gone).copied().collect();
        let before = (
            std::mem::replace(&mut held.graph, graph),
            std::mem::replace(&mut held.withdrawn, gone),
        );
        held.document = Some(document.into());
        held.cached = None;
        let now = self.clock.now();
        if let Err(error) = self.write("write again", &writes, now, effects) {
            let held = self.held(id);
            (held.graph, held.withdrawn) = before;
            held.document = None;
            return Err(error);
        }
        let held = self.documents.get_or_make(id);
        held.session = None;
        held.count_waiting(&self.identity);
        let hashes = held.withdrawn.iter().flat_map(|hash| hash.0).collect();
        effects.set(Some(id), WITHDRAWN, hashes);
        effects.set(Some(id), SESSION, Vec::new());
        effects.reconnect = true;
        effects
            .notices
            .push(Notice::WrittenAgain { changes: n_gone });
        Ok(())
    }
}

/// Returns the graph without `gone` and what stands on them, and all that is gone.
fn without(
    graph: &ChangeGraph,
    mut gone: BTreeSet<ChangeHash>,
) -> (ChangeGraph, BTreeSet<ChangeHash>) {
    let mut rest = ChangeGraph::new();
    for meta in graph.iter() {
        if gone.contains(&meta.hash) || meta.deps.iter().any(|dep| gone.contains(dep)) {
            gone.insert(meta.hash);
            continue;
        }
        rest.insert(meta.clone());
        if graph.is_durable(&meta.hash) {
            rest.mark_durable(&meta.hash);
        }
    }
    (rest, gone)
}

/// Returns what has to be written for a document to say again what its records said.
pub(super) fn differences(
    id: DocumentId,
    said: &[Arc<RecordData>],
    document: &Document,
) -> Vec<Write> {
    let mut writes = Vec::new();
    for data in said {
        let Some(kind) = Kind::ALL.iter().find(|kind| kind.name() == data.kind) else {
            continue;
        };
        let standing = document.record(kind.name(), data.id);
        // The board gives the names of the fields, of live records only.
        let mut live = RecordData::clone(data);
        live.fields.remove(DELETED_AT);
        let mut board = Board::default();
        board.put(id, &live);
        let fields = board.values(*kind, data.id).unwrap_or_default();
        for name in fields.into_iter().map(|(name, _)| name).chain([DELETED_AT]) {
            let value = data.fields.get(name).unwrap_or(&Raw::Null);
            let now = standing.as_ref().and_then(|data| data.fields.get(name));
            if value != now.unwrap_or(&Raw::Null) {
                writes.push(Write {
                    document: id,
                    kind: kind.name(),
                    record: data.id,
                    field: name,
                    value: value.clone(),
                });
            }
        }
    }
    writes
}
