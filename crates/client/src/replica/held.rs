//! One document as a replica holds it: its change graph always, its content only when needed.
//!
//! What waits for the relay is counted here, from what the relay has said it durably holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use adjutant_base::{ActorId, ChangeHash, ChangeMeta, ContentHash, DeviceId, DocumentId};
use adjutant_doc::Document;
use adjutant_store::Damaged;
use adjutant_sync::graph::ChangeGraph;
use adjutant_sync::session::Session;

use crate::identity::Identity;

/// One document as this device holds it; its changes need not be loaded to sync it.
pub(super) struct Held {
    pub(super) graph: ChangeGraph,
    /// Shared with whoever reads the past; an edit meanwhile goes to a copy.
    pub(super) document: Option<Arc<Document>>,
    /// The version that the cache on disk has, and its content hash.
    pub(super) cached: Option<(Vec<ChangeHash>, ContentHash)>,
    pub(super) session: Option<Session>,
    /// Whether the relay has answered since the connection was made.
    pub(super) answered: bool,
    /// What the relay durably holds, as far as it has said.
    pub(super) relay_heads: Vec<ChangeHash>,
    /// This device's changes that `relay_heads` does not cover.
    pub(super) waiting: usize,
    pub(super) damaged: Vec<Damaged>,
    /// Changes in the store that are no longer part of the document.
    pub(super) withdrawn: BTreeSet<ChangeHash>,
}

impl Held {
    pub(super) fn new(metas: Vec<ChangeMeta>, damaged: &[Damaged], id: DocumentId) -> Self {
        let mut graph = ChangeGraph::new();
        for meta in metas {
            let hash = meta.hash;
            graph.insert(meta);
            graph.mark_durable(&hash);
        }
        Self {
            graph,
            document: None,
            cached: None,
            session: None,
            answered: false,
            relay_heads: Vec::new(),
            waiting: 0,
            damaged: damaged
                .iter()
                .filter(|damaged| damaged.document == id)
                .cloned()
                .collect(),
            withdrawn: BTreeSet::new(),
        }
    }

    /// Counts this device's changes that the relay has not said it holds.
    pub(super) fn count_waiting(&mut self, identity: &Identity) {
        let known: Vec<ChangeHash> = self
            .relay_heads
            .iter()
            .filter(|hash| self.graph.contains(hash))
            .copied()
            .collect();
        let missing = self.graph.changes_after(&known);
        let own = missing.iter().filter(|hash| {
            self.graph
                .meta(hash)
                .is_some_and(|meta| is_by(meta, identity.device()))
        });
        self.waiting = own.count();
    }

    /// Returns the document to edit it, if it is in memory.
    pub(super) fn document_mut(&mut self) -> Option<&mut Document> {
        self.document.as_mut().map(Arc::make_mut)
    }

    /// Returns how many changes are here whole and cannot be shown because others that they stand on are missing.
    pub(super) fn held_back(&self) -> usize {
        // The graph goes by headers; that the bytes of a change are damaged is found only by loading it.
        let document = self.document.as_ref();
        document.map_or_else(|| self.graph.orphans(), |document| document.waiting_count())
    }

    /// Tells whether the relay has answered and holds exactly this version.
    pub(super) fn is_level(&self) -> bool {
        let mut theirs = self.relay_heads.clone();
        theirs.sort_unstable();
        self.answered && theirs == self.graph.heads()
    }
}

/// Tells whether a device made a change, under any of its incarnations.
pub(super) fn is_by(meta: &ChangeMeta, device: DeviceId) -> bool {
    ActorId::try_from(&*meta.actor).is_ok_and(|actor| actor.device() == device)
}
