//! Talking with the relay: sessions, messages, and what they change here.
//!
//! The worker brings messages and asks for the next one; nothing here waits. A message that breaks a rule is refused
//! whole, and a change that cannot be read is never sent.

use adjutant_base::{DocumentId, StoredChange};
use adjutant_store::StoreError;
use adjutant_sync::session::{Role, Session};

use super::{Effects, RELAY_HEADS, Replica, SESSION, read_note};
use crate::ExecuteError;
use crate::identity::IdentityError;

impl Replica {
    /// Begins to talk with a relay: a session for every document.
    pub(crate) fn connected(&mut self, effects: &mut Effects) -> Result<(), StoreError> {
        for (id, held) in self.documents.iter_mut() {
            // A session that remembers what is now damaged would hide the gap for ever.
            let saved = if held.damaged.is_empty() {
                read_note(self.store.as_ref(), Some(*id), SESSION, effects)?
            } else {
                None
            };
            held.session = Some(match saved {
                Some(bytes) => Session::restore(Role::Desktop, &bytes)
                    .unwrap_or_else(|_odd| Session::new(Role::Desktop)),
                None => Session::new(Role::Desktop),
            });
            held.answered = false;
            effects.talk.insert(*id);
        }
        Ok(())
    }

    /// Ends all sessions and keeps what they know for the next connection.
    pub(crate) fn disconnected(&mut self, effects: &mut Effects) {
        for (id, held) in self.documents.iter_mut() {
            let Some(session) = held.session.take() else {
                continue;
            };
            held.answered = false;
            let heads = held.relay_heads.iter().flat_map(|hash| hash.0).collect();
            effects.set(Some(*id), SESSION, session.save());
            effects.set(Some(*id), RELAY_HEADS, heads);
        }
    }

    /// Returns the next message about a document for the relay, or `None` if there is nothing to say now.
    pub(crate) fn next_message(&mut self, id: DocumentId) -> Option<Vec<u8>> {
        let held = self.documents.get_mut(&id)?;
        let session = held
            .session
            .get_or_insert_with(|| Session::new(Role::Desktop));
        let (unsaved, store) = (&self.unsaved, &self.store);
        session.generate(&held.graph, &mut |hash| match unsaved.get(hash) {
            Some((_, change)) => Some(change.bytes.clone()),
            // A change that cannot be read now is damaged: it is not sent, and fetched again at the next start.
            None => store
                .read_change(id, *hash)
                .ok()
                .flatten()?
                .ok()
                .map(|change| change.bytes),
        })
    }

    /// Tells whether the relay has not heard of a document's changes at all.
    pub(crate) fn is_empty(&self, id: DocumentId) -> bool {
        self.documents
            .get(&id)
            .is_none_or(|held| held.graph.is_empty())
    }

    /// Takes in a sync message of the relay.
    ///
    /// # Errors
    /// A message that breaks a rule is refused whole; the connection should be closed.
    pub(crate) fn receive(
        &mut self,
        id: DocumentId,
        data: &[u8],
        effects: &mut Effects,
    ) -> Result<(), ReceiveError> {
        if self.compartment != Some(id.compartment()) {
            return Err(ReceiveError::Foreign(id));
        }
        let held = self.held(id);
        let session = held
            .session
            .get_or_insert_with(|| Session::new(Role::Desktop));
        let incoming = session
            .receive(&held.graph, data)
            .map_err(ReceiveError::Gate)?;
        held.answered = true;
        let mut fresh: Vec<StoredChange> = Vec::new();
        for change in incoming.changes {
            if !held.graph.contains(&change.meta.hash)
                && !held.withdrawn.contains(&change.meta.hash)
            {
                fresh.push(change);
            }
        }
        let clashing = self.clashing(id, &fresh);
        if !clashing.is_empty() {
            // What came is not taken in now: it comes again with the next connection, to a session without the clash.
            return self
                .withdraw(id, clashing, effects)
                .map_err(ReceiveError::Clash);
        }
        if !incoming.documents.is_empty() {
            self.take_snapshots(id, &incoming.documents, effects)?;
        }
        if !fresh.is_empty() {
            self.take_remote(id, fresh, effects)?;
        }
        self.heard(id);
        effects.talk.insert(id);
        if self.compartment.map(DocumentId::index_of) == Some(id) {
            self.index_is_known = true;
            self.register(effects).map_err(ReceiveError::Register)?;
        }
        Ok(())
    }

    /// Takes in that the relay does not have a document.
    pub(crate) fn unavailable(
        &mut self,
        id: DocumentId,
        effects: &mut Effects,
    ) -> Result<(), ReceiveError> {
        if let Some(held) = self.documents.get_mut(&id) {
            held.answered = true;
            held.relay_heads.clear();
            held.count_waiting(&self.identity);
        }
        if self.compartment.map(DocumentId::index_of) == Some(id) {
            self.index_is_known = true;
            self.register(effects).map_err(ReceiveError::Register)?;
        }
        Ok(())
    }

    fn take_snapshots(
        &mut self,
        id: DocumentId,
        snapshots: &[Vec<u8>],
        effects: &mut Effects,
    ) -> Result<(), ReceiveError> {
        self.load(id, effects)?;
        for snapshot in snapshots {
            let held = self.held(id);
            let heads = held
                .session
                .as_ref()
                .and_then(Session::their_heads)
                .unwrap_or_default()
                .to_vec();
            let Some(document) = held.document_mut() else {
                continue;
            };
            let (applied, changes) = document
                .apply_snapshot(snapshot, &heads)
                .map_err(|error| ReceiveError::Snapshot(Box::new(error)))?;
            for change in changes {
                self.take_change(id, change, effects);
            }
            self.show_applied(id, applied, effects)?;
        }
        Ok(())
    }

    fn take_remote(
        &mut self,
        id: DocumentId,
        changes: Vec<StoredChange>,
        effects: &mut Effects,
    ) -> Result<(), ReceiveError> {
        self.load(id, effects)?;
        self.guard_actor(&changes)?;
        for change in &changes {
            self.take_change(id, change.clone(), effects);
        }
        let Some(document) = self.held(id).document_mut() else {
            return Ok(());
        };
        let applied = document.apply(changes);
        self.show_applied(id, applied, effects)?;
        Ok(())
    }

    /// Starts a new incarnation if the relay knows changes of this one that this device does not: its store is older
    /// than what it once sent.
    fn guard_actor(&mut self, changes: &[StoredChange]) -> Result<(), ReceiveError> {
        let actor = self.identity.actor();
        if changes.iter().any(|change| *change.meta.actor == actor.0) {
            self.identity.renew().map_err(ReceiveError::Identity)?;
        }
        Ok(())
    }

    /// Takes note of what the relay says it durably holds.
    fn heard(&mut self, id: DocumentId) {
        let Some(held) = self.documents.get_mut(&id) else {
            return;
        };
        let Some(heads) = held.session.as_ref().and_then(Session::their_heads) else {
            return;
        };
        held.relay_heads = heads.to_vec();
        held.count_waiting(&self.identity);
    }
}

/// Why a message of the relay was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiveError {
    #[error("the relay sent document {0}, which belongs to another compartment")]
    Foreign(DocumentId),
    #[error("the relay sent a message that breaks the rules")]
    Gate(#[source] adjutant_sync::gate::GateError),
    #[error("the relay sent a snapshot that cannot be used")]
    Snapshot(#[source] Box<adjutant_doc::SnapshotError>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Identity(IdentityError),
    #[error("edits whose numbers are taken cannot be written again")]
    Clash(#[source] ExecuteError),
    #[error("this device cannot be entered in the index")]
    Register(#[source] ExecuteError),
}
