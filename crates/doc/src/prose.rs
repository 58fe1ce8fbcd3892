//! Editing a Text so that concurrent edits merge, in pieces small enough for one change.
//!
//! Ordinary edits are left to Automerge's own comparison. Where a great part of a long text differs, that comparison
//! takes seconds and its outcome does not fit a change, so the differing middle is exchanged piece by piece.

use automerge::transaction::{Transactable as _, Transaction};
use automerge::{AutomergeError, ObjId, ReadDoc as _};

/// Characters that are removed or put in at one time.
pub(crate) const PIECE: usize = 10_000;

/// Whether an edit is complete.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Done,
    /// Call again with the same text.
    More,
}

/// Brings the Text nearer to `wanted` by at most [`PIECE`] operations each way.
pub(crate) fn edit(
    tx: &mut Transaction<'_>,
    text: &ObjId,
    wanted: &str,
) -> Result<Progress, AutomergeError> {
    let standing: Vec<char> = tx.text(text)?.chars().collect();
    let wanted_chars: Vec<char> = wanted.chars().collect();
    let shorter = standing.len().min(wanted_chars.len());
    let before = common(standing.iter(), wanted_chars.iter(), shorter);
    let after = common(
        standing.iter().rev(),
        wanted_chars.iter().rev(),
        shorter.saturating_sub(before),
    );
    let removed = standing.len().saturating_sub(before).saturating_sub(after);
    let added = wanted_chars
        .len()
        .saturating_sub(before)
        .saturating_sub(after);
    if removed.saturating_add(added) <= PIECE {
        tx.update_text(text, wanted)?;
        return Ok(Progress::Done);
    }
    if removed > 0 {
        let n_chars = isize::try_from(removed.min(PIECE)).unwrap_or(isize::MAX);
        tx.splice_text(text, before, n_chars, "")?;
    } else {
        let piece: String = wanted_chars
            .iter()
            .skip(before)
            .take(PIECE.min(added))
            .collect();
        tx.splice_text(text, before, 0, &piece)?;
    }
    Ok(Progress::More)
}

fn common<'c>(
    a: impl Iterator<Item = &'c char>,
    b: impl Iterator<Item = &'c char>,
    at_most: usize,
) -> usize {
    a.zip(b).take(at_most).take_while(|(a, b)| a == b).count()
}
