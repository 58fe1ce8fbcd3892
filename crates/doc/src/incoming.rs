//! Changes on their way into a document: those that wait for others, and those that are kept out.
//!
//! Automerge has a queue of its own; it is never used, because what waits there cannot be named, bounded or kept out.
//! The one rule: only changes whose dependencies are all applied reach Automerge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adjutant_base::{ChangeHash, StoredChange, limits};
use automerge::Change;

use crate::skeleton;
use crate::trial::guarded;

/// Why a change is kept out of its document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Its bytes are no change.
    #[error("it cannot be read: {0}")]
    Malformed(String),
    /// Its bytes are another change than its name says.
    #[error("its content is not what its name says")]
    Mislabelled,
    /// It poses as one of the fixed changes under every document.
    #[error("it poses as a change that Adjutant makes itself")]
    Impostor,
    /// Automerge refused it.
    #[error("it was refused: {0}")]
    Refused(String),
    /// Automerge panicked over it.
    #[error("it brings the document down")]
    Panicked,
    /// Automerge took it in as something else than it says; the document could never be loaded again.
    #[error("it would damage the document")]
    Altering,
    /// It stands on a change that is kept out.
    #[error("it stands on change {0}, which is kept out")]
    Follows(ChangeHash),
}

/// A change that is kept out of its document: never materialised, never lost, and to be shown to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The change's name.
    pub hash: ChangeHash,
    /// Who made it, as the change itself says.
    pub actor: Arc<[u8]>,
    /// Why it is kept out.
    pub fault: Fault,
}

/// A change all of whose dependencies are applied or come before it.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub(crate) hash: ChangeHash,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) change: Change,
}

impl Ready {
    /// Reads a change and checks that it is what it is called.
    pub(crate) fn parse(stored: &StoredChange) -> Result<Self, Fault> {
        let change = guarded(|| {
            Change::try_from(&*stored.bytes).map_err(|error| Fault::Malformed(error.to_string()))
        })?;
        let meta = &stored.meta;
        let has_same_deps = change.deps().len() == meta.deps.len()
            && change
                .deps()
                .iter()
                .all(|dep| meta.deps.contains(&ChangeHash(dep.0)));
        if change.hash().0 != meta.hash.0 || !has_same_deps {
            return Err(Fault::Mislabelled);
        }
        if skeleton::is_impostor(&change) {
            return Err(Fault::Impostor);
        }
        Ok(Self {
            hash: meta.hash,
            bytes: Arc::clone(&stored.bytes),
            change,
        })
    }

    /// Reads a change that was read before.
    pub(crate) fn parse_again(bytes: &Arc<[u8]>) -> Option<Self> {
        let change = Change::try_from(&**bytes).ok()?;
        Some(Self {
            hash: ChangeHash(change.hash().0),
            bytes: Arc::clone(bytes),
            change,
        })
    }

    pub(crate) fn quarantined(&self, fault: Fault) -> Quarantined {
        Quarantined {
            hash: self.hash,
            actor: Arc::from(self.change.actor_id().to_bytes()),
            fault,
        }
    }
}

/// Changes that wait for a dependency, each under one that is missing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting {
    under: BTreeMap<ChangeHash, Vec<StoredChange>>,
    hashes: BTreeSet<ChangeHash>,
    size_bytes: usize,
}

impl Waiting {
    pub(crate) fn contains(&self, hash: &ChangeHash) -> bool {
        self.hashes.contains(hash)
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Parks `change` until `missing` is there; gives it back if there is no room.
    pub(crate) fn park(
        &mut self,
        missing: ChangeHash,
        change: StoredChange,
    ) -> Option<StoredChange> {
        let size_bytes = self.size_bytes.saturating_add(change.bytes.len());
        if self.hashes.len() >= limits::ORPHANS || size_bytes > limits::ORPHAN_BYTES {
            return Some(change);
        }
        self.size_bytes = size_bytes;
        self.hashes.insert(change.meta.hash);
        self.under.entry(missing).or_default().push(change);
        None
    }

    /// Takes out all that waited for `hash`.
    pub(crate) fn release(&mut self, hash: &ChangeHash) -> Vec<StoredChange> {
        let released = self.under.remove(hash).unwrap_or_default();
        for change in &released {
            self.hashes.remove(&change.meta.hash);
            self.size_bytes = self.size_bytes.saturating_sub(change.bytes.len());
        }
        released
    }

    /// Takes out all that waited for any of `changes`.
    pub(crate) fn release_all(&mut self, changes: &[StoredChange]) -> Vec<StoredChange> {
        changes
            .iter()
            .flat_map(|change| self.release(&change.meta.hash))
            .collect()
    }

    /// Returns the dependencies that nobody has brought yet, sorted.
    pub(crate) fn missing(&self, is_applied: impl Fn(&ChangeHash) -> bool) -> Vec<ChangeHash> {
        let missing: BTreeSet<ChangeHash> = self
            .under
            .values()
            .flatten()
            .flat_map(|change| &change.meta.deps)
            .filter(|dep| !is_applied(dep) && !self.hashes.contains(dep))
            .copied()
            .collect();
        missing.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use adjutant_base::ChangeMeta;

    use super::*;

    fn change(name: u32, deps: &[ChangeHash], size_bytes: usize) -> StoredChange {
        StoredChange {
            meta: ChangeMeta {
                hash: hash(name),
                deps: deps.to_vec(),
                actor: Arc::from([0; 20]),
                seq: 1,
                start_op: 1,
                op_count: 1,
                time_s: 0,
                size_bytes: 0,
            },
            bytes: vec![0; size_bytes].into(),
        }
    }

    fn hash(name: u32) -> ChangeHash {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&name.to_le_bytes());
        ChangeHash(hash)
    }

    #[test]
    fn waiting_has_room_for_so_many_changes() {
        let mut waiting = Waiting::default();
        let missing = hash(u32::MAX);
        let last = u32::try_from(limits::ORPHANS).unwrap();
        for name in 0..last {
            assert!(waiting.park(missing, change(name, &[missing], 1)).is_none());
        }
        assert!(waiting.park(missing, change(last, &[missing], 1)).is_some());
        assert_eq!(waiting.missing(|_| false), [missing]);
        assert_eq!(waiting.release(&missing).len(), limits::ORPHANS);
        assert!(waiting.park(missing, change(last, &[missing], 1)).is_none());
        assert_eq!(waiting.len(), 1);
    }

    #[test]
    fn waiting_has_room_for_so_many_bytes() {
        let mut waiting = Waiting::default();
        let missing = hash(0);
        let great = change(1, &[missing], limits::ORPHAN_BYTES - 1);
        assert!(waiting.park(missing, great).is_none());
        let no_room = waiting.park(missing, change(2, &[missing], 2));
        assert!(no_room.is_some() && !waiting.contains(&hash(2)));
        assert!(waiting.park(missing, change(3, &[missing], 1)).is_none());
        assert_eq!(waiting.release(&missing).len(), 2);
        assert!(waiting.park(missing, change(2, &[missing], 2)).is_none());
    }
}
