//! What a damaged document said, said again: for changes that were lost here before any relay had them.
//!
//! The later changes that stand on a lost one cannot be shown without it, but the cache remembers what all of them
//! together had come to. The rule: it counts only if it is of the very version that was damaged, so nothing newer is
//! overwritten; what is lost otherwise is named as damage.

use std::sync::Arc;

use adjutant_base::DocumentId;
use adjutant_model::RecordData;
use adjutant_store::Damaged;

use super::clash::differences;
use super::{Effects, Replica};
use crate::cache;
use crate::status::Notice;

impl Replica {
    /// Returns what a document said before some of its changes were found damaged; `None` if a relay has them or that
    /// is not known.
    pub(super) fn remembered(
        &self,
        id: DocumentId,
        damaged: &[Damaged],
    ) -> Option<Vec<Arc<RecordData>>> {
        let held = self.documents.get(&id)?;
        let comes_back = |damaged: &Damaged| held.graph.covers(&held.relay_heads, &damaged.hash);
        if damaged.iter().all(comes_back) {
            return None;
        }
        let cached = cache::read(&self.folder, id)?;
        (cached.heads == held.graph.heads()).then_some(cached.records)
    }

    /// Writes what a document no longer says, and tells the user.
    pub(super) fn say_again(
        &mut self,
        id: DocumentId,
        said: &[Arc<RecordData>],
        effects: &mut Effects,
    ) {
        let document = self
            .documents
            .get(&id)
            .and_then(|held| held.document.as_ref());
        let writes = document.map_or_else(Vec::new, |document| differences(id, said, document));
        if writes.is_empty() {
            return;
        }
        let notice = match self.write("write again", &writes, self.clock.now(), effects) {
            Ok(_) => Notice::Rescued {
                document: id,
                fields: writes.len(),
            },
            Err(error) => Notice::Failed {
                command: "write again what a damaged document said".to_owned(),
                reason: adjutant_base::error::chain(&error),
            },
        };
        effects.notices.push(notice);
    }
}
