//! Snapshots hold what went in, grow from one another, and never let a bad change or a panic out.

use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ROOT};

use super::*;

fn written(count: i64, actor: u8) -> AutoCommit {
    let mut document = AutoCommit::new().with_actor(ActorId::from([actor].as_slice()));
    for number in 0..count {
        document
            .put(
                ROOT,
                format!("key{}", number % 7),
                format!("value {number}"),
            )
            .unwrap();
        document.commit();
    }
    document
}

fn stored(document: &mut AutoCommit) -> Vec<StoredChange> {
    let changes = document.get_changes(&[]);
    changes
        .iter()
        .map(|change| gate::check_change(change.raw_bytes()).unwrap())
        .collect()
}

fn heads(document: &mut AutoCommit) -> Vec<ChangeHash> {
    let mut heads: Vec<_> = document
        .get_heads()
        .iter()
        .map(|head| ChangeHash(head.0))
        .collect();
    heads.sort_unstable();
    heads
}

#[test]
fn a_snapshot_says_what_its_changes_say() {
    let mut document = written(500, 1);
    document.merge(&mut written(3, 2)).unwrap();
    let changes = stored(&mut document);
    let snapshot = compact(None, &changes).unwrap();
    assert_eq!(snapshot.heads, heads(&mut document));
    let mut loaded = AutoCommit::load(&snapshot.bytes).unwrap();
    assert_eq!(stored(&mut loaded).len(), changes.len());
    assert_eq!(
        loaded.hydrate(ROOT, None).unwrap(),
        document.hydrate(ROOT, None).unwrap()
    );
    let single: usize = changes.iter().map(|change| change.bytes.len()).sum();
    assert!(
        snapshot.bytes.len() * 5 < single,
        "{} of {single} bytes",
        snapshot.bytes.len()
    );
}

#[test]
fn a_snapshot_grows_from_an_earlier_one() {
    let changes = stored(&mut written(300, 1));
    let (early, late) = changes.split_at(200);
    let first = compact(None, early).unwrap();
    let grown = compact(Some(&first), late).unwrap();
    assert_eq!(grown, compact(None, &changes).unwrap());
    // What is in it already may come again.
    assert_eq!(compact(Some(&grown), late).unwrap(), grown);
}

#[test]
fn what_is_missing_is_said() {
    let changes = stored(&mut written(3, 1));
    let refused = compact(None, &changes[1..]).unwrap_err();
    assert!(matches!(refused, CompactError::Incomplete(1)), "{refused}");
}

#[test]
fn a_damaged_earlier_snapshot_is_told_from_bad_changes() {
    let changes = stored(&mut written(20, 1));
    let mut earlier = compact(None, &changes).unwrap();
    let middle = earlier.bytes.len() / 2;
    earlier.bytes[middle] ^= 0x20;
    let refused = compact(Some(&earlier), &[]).unwrap_err();
    assert!(matches!(refused, CompactError::Earlier(_)), "{refused}");
}

/// Mutates a change behind a valid checksum, as a hostile member would.
fn mutated(change: &StoredChange, at: usize, by: u8) -> Option<StoredChange> {
    use sha2::Digest as _;
    let mut bytes = change.bytes.to_vec();
    *bytes.get_mut(at)? ^= by;
    let hash = sha2::Sha256::digest(bytes.get(8..)?);
    bytes.get_mut(4..8)?.copy_from_slice(&hash[..4]);
    gate::check_change(&bytes).ok()
}

#[test]
fn hostile_changes_end_in_an_error_or_in_themselves() {
    let mut document = written(4, 1);
    let changes = stored(&mut document);
    let (last, before) = changes.split_last().unwrap();
    let (mut kept_out, mut taken) = (0, 0);
    for at in 8..last.bytes.len() {
        for by in [0x01, 0x02, 0x10, 0x40, 0x7F] {
            let Some(bad) = mutated(last, at, by) else {
                continue;
            };
            let all: Vec<StoredChange> = before.iter().chain([&bad]).cloned().collect();
            match compact(None, &all) {
                Ok(snapshot) => {
                    taken += 1;
                    AutoCommit::load(&snapshot.bytes).unwrap();
                    assert_eq!(snapshot.heads, [bad.meta.hash]);
                }
                Err(_typed) => kept_out += 1,
            }
        }
    }
    assert!(
        kept_out > 50 && taken > 50,
        "{kept_out} kept out, {taken} taken"
    );
}
