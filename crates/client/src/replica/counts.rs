//! What a replica says of its state: what waits, what differs from the relay, what is damaged.
//!
//! Changes nothing but counts; the words for people are in `status`.

use adjutant_base::{DocumentId, RecordId};

use super::Replica;
use super::held::Held;
use crate::status::Damage;

impl Replica {
    /// Returns how many of this device's changes the relay has not acknowledged.
    pub(crate) fn waiting(&mut self) -> usize {
        self.documents.totals().waiting
    }

    /// Returns how many changes are not on this device's disk.
    pub(crate) fn unsaved(&self) -> usize {
        self.unsaved.len()
    }

    /// Returns how many documents differ from the relay's or are not compared since the connection was made.
    ///
    /// Without a compartment it is not even known which documents there are.
    pub(crate) fn behind(&mut self) -> usize {
        let differing = self.documents.totals().differing;
        differing.saturating_add(usize::from(self.compartment.is_none()))
    }

    /// Returns how many broken changes were set aside.
    pub(crate) fn quarantined(&self) -> usize {
        self.quarantined
    }

    /// Returns what could not be read and has not come back.
    pub(crate) fn damage(&mut self) -> Vec<Damage> {
        let damaged = self.documents.totals().damaged.clone();
        let mut list = Vec::new();
        for document in damaged {
            let held = self.documents.get(&document);
            let damaged = held.map_or(&[][..], |held| &held.damaged);
            if let Some(first) = damaged.first() {
                let count = damaged.len();
                let mut reason = format!(
                    "{count} of its changes cannot be read: {}",
                    first.reason.words()
                );
                match held.map_or(0, Held::held_back) {
                    0 => {}
                    later => reason.push_str(&format!(
                        "; {later} later ones that stand on them are kept and wait for them"
                    )),
                }
                list.push(Damage {
                    document,
                    title: self.title(document),
                    reason,
                });
            }
        }
        list
    }

    pub(super) fn title(&self, id: DocumentId) -> String {
        if self.compartment.map(DocumentId::index_of) == Some(id) {
            return "Index".to_owned();
        }
        let entry = RecordId::derived(&format!("document/{id}"));
        self.board
            .documents
            .get(&entry)
            .map(|entry| entry.title.clone())
            .unwrap_or_default()
    }
}
