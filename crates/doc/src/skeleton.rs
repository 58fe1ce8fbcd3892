//! The fixed changes under every document: one that makes `meta` and `records`, one per kind that makes its container.
//!
//! They are the same bytes on every device, so two devices that start one document apart start it alike. The one rule:
//! their hashes never change; a test pins them, and a change there is a new schema.

use std::collections::BTreeSet;

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Automerge, AutomergeError, Change, ObjType, ROOT, ReadDoc as _};

use crate::at::At;
use crate::read::RECORDS;

/// Version of the shape that all documents share: `{meta: {schema}, records: {kind: {id: {field: value}}}}`.
pub const SCHEMA: i64 = 1;

const GENESIS_ACTOR: &[u8] = b"adjutant/genesis";
const KIND_ACTOR: &[u8] = b"adjutant/kind/";

/// Returns the change under all documents.
pub(crate) fn genesis() -> Result<Change, AutomergeError> {
    let mut doc = Automerge::new().with_actor(ActorId::from(GENESIS_ACTOR));
    let mut tx = doc.transaction();
    let meta = tx.put_object(ROOT, "meta", ObjType::Map)?;
    tx.put(&meta, "schema", SCHEMA)?;
    tx.put_object(ROOT, RECORDS, ObjType::Map)?;
    tx.commit_with(CommitOptions::default().with_time(0));
    last(&doc)
}

/// Returns the change that makes the container of `kind`, on top of `genesis`.
pub(crate) fn container(genesis: &Change, kind: &str) -> Result<Change, AutomergeError> {
    let actor = [KIND_ACTOR, kind.as_bytes()].concat();
    let mut doc = Automerge::new().with_actor(ActorId::from(actor));
    doc.apply_changes([genesis.clone()])?;
    let records = crate::read::maps_at(At::now(&doc), &[ROOT], RECORDS);
    let mut tx = doc.transaction();
    for records in &records {
        tx.put_object(records, kind, ObjType::Map)?;
    }
    tx.commit_with(CommitOptions::default().with_time(0));
    last(&doc)
}

/// Applies the fixed changes for `kinds` where no container stands and none ever stood, and returns them.
pub(crate) fn lay(
    doc: &mut Automerge,
    kinds: impl Iterator<Item = &'static str>,
) -> Result<Vec<Change>, AutomergeError> {
    let lacking: BTreeSet<&'static str> = kinds
        .filter(|kind| crate::read::containers(At::now(doc), kind).is_empty())
        .collect();
    if lacking.is_empty() {
        return Ok(Vec::new());
    }
    let genesis = genesis()?;
    let mut fixed = vec![genesis.clone()];
    for kind in lacking {
        fixed.push(container(&genesis, kind)?);
    }
    fixed.retain(|change| doc.get_change_by_hash(&change.hash()).is_none());
    doc.apply_changes(fixed.clone())?;
    Ok(fixed)
}

/// Tells whether `change` bears the actor of a fixed change without being it.
///
/// Whoever took such an actor's first number would keep every device that meets his change first from taking in the
/// true one, and with it all records that stand on it.
pub(crate) fn is_impostor(change: &Change) -> bool {
    let actor = change.actor_id().to_bytes();
    let kind = actor.strip_prefix(KIND_ACTOR);
    if actor != GENESIS_ACTOR && kind.is_none() {
        return false;
    }
    let expected = genesis().and_then(|genesis| match kind.map(str::from_utf8) {
        None => Ok(Some(genesis)),
        Some(Ok(kind)) => container(&genesis, kind).map(Some),
        Some(Err(_no_kind_of_ours)) => Ok(None),
    });
    !matches!(expected, Ok(Some(expected)) if expected.hash() == change.hash())
}

fn last(doc: &Automerge) -> Result<Change, AutomergeError> {
    doc.get_heads()
        .first()
        .and_then(|head| doc.get_change_by_hash(head))
        .ok_or(AutomergeError::MissingDeps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_changes_never_change() {
        let genesis = genesis().unwrap();
        assert_eq!(
            genesis.hash().to_string(),
            "5f776be99e3c460e9016ae6f0ec33a617bfd65623367d20f3204beba9486f919"
        );
        let pinned: Vec<(&str, &str)> = include_str!("skeleton/pinned.txt")
            .lines()
            .filter_map(|line| line.split_once(' '))
            .collect();
        for kind in adjutant_model::Kind::ALL {
            let is_pinned = pinned.iter().any(|(name, _)| *name == kind.name());
            assert!(
                is_pinned,
                "pin {}: {}",
                kind.name(),
                container(&genesis, kind.name()).unwrap().hash()
            );
        }
        for (kind, hash) in pinned {
            let change = container(&genesis, kind).unwrap();
            assert_eq!(change.hash().to_string(), hash, "{kind}");
            assert_eq!(change.deps(), [genesis.hash()]);
            assert_eq!(change.timestamp(), 0);
        }
    }
}
