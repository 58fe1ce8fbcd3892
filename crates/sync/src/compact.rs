//! Turning single changes into one whole document, for peers that start with nothing.
//!
//! The only place of this crate where Automerge opens a document: every panic ends here, and what comes out was loaded
//! again and asked for each change before it counts. The one rule: a snapshot holds exactly the changes that it was
//! made from, byte for byte, and has passed the same [gate] that a desktop will hold it to.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use adjutant_base::{ChangeHash, Snapshot, StoredChange};
use automerge::{
    Automerge, AutomergeError, Change, LoadChangeError, LoadOptions, OnPartialLoad, ReadDoc as _,
    VerificationMode,
};

use crate::gate::{self, GateError};

/// Why no snapshot can be made of a document. Its single changes are as good as before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// The earlier snapshot cannot be loaded; begin without it.
    #[error("the earlier snapshot cannot be loaded")]
    Earlier(#[source] AutomergeError),
    /// The bytes of a change are none to Automerge.
    #[error("change {hash} cannot be read")]
    Unreadable {
        /// The change.
        hash: ChangeHash,
        /// Why.
        #[source]
        source: LoadChangeError,
    },
    /// Automerge refuses the changes.
    #[error("the changes cannot be applied")]
    Apply(#[source] AutomergeError),
    /// Automerge panicked; its message went where the program's panic hook sends it.
    #[error("Automerge failed over the changes")]
    Panicked,
    /// Something that the changes stand on was not given.
    #[error("{0} changes are missing")]
    Incomplete(usize),
    /// Automerge makes something else of a change than it says.
    #[error("change {0} does not come back as it went in")]
    Altered(ChangeHash),
    /// The result is more than a desktop takes.
    #[error("the whole document is too large to be sent as one")]
    Gate(#[source] GateError),
}

/// Makes a snapshot of everything in `earlier` and of `changes`, which must be in causal order.
///
/// Costs a load of the earlier snapshot, the changes, one save and one load: seconds for 100,000 changes, and some
/// hundred bytes of memory for each operation, so it belongs on a thread that nobody waits for.
///
/// # Errors
/// As [`CompactError`] says; nothing is left behind.
///
/// ```
/// use adjutant_sync::compact::compact;
/// assert!(compact(None, &[])?.heads.is_empty());
/// # Ok::<(), adjutant_sync::compact::CompactError>(())
/// ```
pub fn compact(
    earlier: Option<&Snapshot>,
    changes: &[StoredChange],
) -> Result<Snapshot, CompactError> {
    guarded(|| {
        let mut document = match earlier {
            Some(snapshot) => load(&snapshot.bytes).map_err(CompactError::Earlier)?,
            None => Automerge::new(),
        };
        let before = document.get_heads();
        let mut read = Vec::with_capacity(changes.len());
        for change in changes {
            read.push(read_change(change)?);
        }
        document
            .apply_changes(read.iter().cloned())
            .map_err(CompactError::Apply)?;
        let missing = document.get_missing_deps(&[]);
        if !missing.is_empty() {
            return Err(CompactError::Incomplete(missing.len()));
        }
        let bytes = document.save();
        gate::check_document(&bytes).map_err(CompactError::Gate)?;
        // What counts is not what stands in memory but what somebody else will load.
        let copy = load(&bytes).map_err(CompactError::Apply)?;
        check_intact(&copy, &before, &read)?;
        let heads: Vec<ChangeHash> = copy
            .get_heads()
            .iter()
            .map(|head| ChangeHash(head.0))
            .collect();
        Ok(Snapshot { heads, bytes })
    })
}

fn load(bytes: &[u8]) -> Result<Automerge, AutomergeError> {
    let options = LoadOptions::new()
        .on_partial_load(OnPartialLoad::Error)
        .verification_mode(VerificationMode::Check);
    Automerge::load_with_options(bytes, options)
}

fn read_change(change: &StoredChange) -> Result<Change, CompactError> {
    Change::from_bytes(change.bytes.to_vec()).map_err(|source| CompactError::Unreadable {
        hash: change.meta.hash,
        source,
    })
}

/// Checks that each change went in and comes back as it was.
fn check_intact(
    document: &Automerge,
    before: &[automerge::ChangeHash],
    changes: &[Change],
) -> Result<(), CompactError> {
    let back: BTreeMap<automerge::ChangeHash, Change> = document
        .get_changes(before)
        .into_iter()
        .map(|change| (change.hash(), change))
        .collect();
    for change in changes {
        let is_intact = back
            .get(&change.hash())
            .is_some_and(|back| back.raw_bytes() == change.raw_bytes());
        // One that was in the earlier snapshot already is not among the new ones, and was checked then.
        if !is_intact
            && document
                .get_change_by_hash(&change.hash())
                .is_none_or(|back| back.raw_bytes() != change.raw_bytes())
        {
            return Err(CompactError::Altered(ChangeHash(change.hash().0)));
        }
    }
    Ok(())
}

fn guarded<T>(work: impl FnOnce() -> Result<T, CompactError>) -> Result<T, CompactError> {
    // Everything that the closure touches is dropped with the panic.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(CompactError::Panicked))
}

#[cfg(test)]
mod tests;
