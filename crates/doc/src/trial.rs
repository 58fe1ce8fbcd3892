//! Letting Automerge take in changes from outside, and telling whether it survived.
//!
//! Of mutated changes with valid checksums Automerge panics over one in six, and takes one in twelve in as something
//! else than it says. So each is applied under a guard and then asked back. The one rule: after a fault the Automerge
//! document is unusable and must be thrown away.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ReadDoc as _, TextEncoding};

use crate::at::At;
use crate::incoming::{Fault, Ready};
use crate::records::{Key, Reading};
use crate::touch::Touched;
use crate::{read, touch, walk};

/// Changes up to which each is asked back by name instead of all in one pass.
const FEW: usize = 8;
/// Records up to which re-reading one by one is never slower than a walk of the document.
const FEW_RECORDS: usize = 64;

/// Runs `work`; a panic in it becomes [`Fault::Panicked`]. The panic's message goes where the program's hook sends it.
pub(crate) fn guarded<T, E: From<Fault>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_panic| Err(Fault::Panicked.into()))
}

/// Returns an empty Automerge document that counts text in characters.
pub(crate) fn blank() -> Automerge {
    Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
}

/// Applies `batch`, which is in causal order, checks that each change is now there byte for byte, and reads anew what it
/// touched of a document that has `n_records` records.
pub(crate) fn apply(
    doc: &mut Automerge,
    batch: &[Ready],
    n_records: usize,
) -> Result<Reading, Fault> {
    guarded(|| {
        let before = doc.get_heads();
        let changes: Vec<Change> = batch.iter().map(|ready| ready.change.clone()).collect();
        doc.apply_changes(changes)
            .map_err(|error| Fault::Refused(error.to_string()))?;
        let is_intact = if batch.len() <= FEW {
            batch.iter().all(|ready| {
                doc.get_change_by_hash(&ready.change.hash())
                    .is_some_and(|back| back.raw_bytes() == ready.change.raw_bytes())
            })
        } else {
            let back: BTreeMap<_, Change> = doc
                .get_changes(&before)
                .into_iter()
                .map(|change| (change.hash(), change))
                .collect();
            batch.iter().all(|ready| {
                back.get(&ready.change.hash())
                    .is_some_and(|back| back.raw_bytes() == ready.change.raw_bytes())
            })
        };
        if !is_intact {
            return Err(Fault::Altering);
        }
        let changes: Vec<&Change> = batch.iter().map(|ready| &ready.change).collect();
        Ok(read_touched(doc, At::now(doc), &changes, n_records))
    })
}

/// Returns the document that `changes` make, or `None` if Automerge does not take them together.
pub(crate) fn rebuild(changes: &[Ready]) -> Option<Automerge> {
    let mut doc = blank();
    let batch: Vec<Change> = changes.iter().map(|ready| ready.change.clone()).collect();
    let applied = guarded(|| {
        doc.apply_changes(batch)
            .map_err(|error| Fault::Refused(error.to_string()))
    });
    applied.is_ok().then_some(doc)
}

/// Reads `keys` anew: one by one, or all records in one pass where that is quicker.
pub(crate) fn read_some(doc: At<'_, Automerge>, keys: Vec<Key>, n_records: usize) -> Reading {
    if is_many(keys.len(), n_records) {
        return Reading::All(walk::all(doc));
    }
    let read = keys
        .into_iter()
        .map(|key| {
            let data = read::record(doc, &key.kind, key.id);
            (key, data)
        })
        .collect();
    Reading::Some(read)
}

/// Reads at one version what changes of `doc` touched.
pub(crate) fn read_touched(
    doc: &Automerge,
    at: At<'_, Automerge>,
    changes: &[impl Borrow<Change>],
    n_records: usize,
) -> Reading {
    let changes = || changes.iter().map(Borrow::borrow);
    // A record takes about as long to re-read as twenty operations to decode.
    let n_ops = changes().fold(0_usize, |sum, change| sum.saturating_add(change.len()));
    if is_many(n_ops / 20, n_records) {
        return Reading::All(walk::all(at));
    }
    match touch::by_changes(doc, changes()) {
        Touched::All => Reading::All(walk::all(at)),
        Touched::Some(touched) => {
            let keys = touched
                .into_iter()
                .map(|(kind, id)| Key {
                    id,
                    kind: kind.into(),
                })
                .collect();
            read_some(at, keys, n_records)
        }
    }
}

/// Tells whether so many records are read sooner in a walk of all than one by one.
pub(crate) fn is_many(n_touched: usize, n_records: usize) -> bool {
    n_touched > FEW_RECORDS && n_touched.saturating_mul(4) > n_records
}
