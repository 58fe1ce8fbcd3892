//! The order in which changes are told, and which of them had happened at a moment.
//!
//! Both follow dependencies. A change counts as made at its own time or at the latest of those that it stands on,
//! whichever is later: so what had happened at a moment is always a whole version, whatever clocks said.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::{ChangeHash, ChangeMeta, StoredChange, Timestamp};

/// A moment in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

/// A change in its place.
pub(super) struct Placed<'a> {
    pub(super) change: &'a StoredChange,
    /// When it counts as made, in seconds.
    pub(super) made_s: i64,
}

/// Returns the changes each after those that it stands on, otherwise by time and then by name; those that stand on a
/// change that is not there are left out.
pub(super) fn in_order(changes: &[StoredChange]) -> Vec<Placed<'_>> {
    let of_hash: BTreeMap<ChangeHash, &StoredChange> = changes
        .iter()
        .map(|change| (change.meta.hash, change))
        .collect();
    let order = times(changes.iter().map(|change| &change.meta));
    order
        .into_iter()
        .filter_map(|(hash, made_s)| {
            let change = *of_hash.get(&hash)?;
            Some(Placed { change, made_s })
        })
        .collect()
}

/// Returns the changes that had happened at a moment, by name.
///
/// Cost: linear in the number of changes, times its logarithm; no change is read.
pub fn as_of<'a>(
    metas: impl IntoIterator<Item = &'a ChangeMeta>,
    moment: Moment,
) -> BTreeSet<ChangeHash> {
    let limit_s = moment.0.0.div_euclid(1_000);
    times(metas)
        .into_iter()
        .filter(|(_, made_s)| *made_s <= limit_s)
        .map(|(hash, _)| hash)
        .collect()
}

/// Returns every change with the time at which it counts as made, each after those that it stands on.
fn times<'a>(metas: impl IntoIterator<Item = &'a ChangeMeta>) -> Vec<(ChangeHash, i64)> {
    let metas: BTreeMap<ChangeHash, &ChangeMeta> =
        metas.into_iter().map(|meta| (meta.hash, meta)).collect();
    let mut followers: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
    let mut open: BTreeMap<ChangeHash, usize> = BTreeMap::new();
    // By time at which it counts as made, then by name: the same on every device.
    let mut ready: BTreeSet<(i64, ChangeHash)> = BTreeSet::new();
    for (hash, meta) in &metas {
        let deps: BTreeSet<&ChangeHash> = meta.deps.iter().collect();
        for dep in &deps {
            followers.entry(**dep).or_default().push(*hash);
        }
        if deps.is_empty() {
            ready.insert((meta.time_s, *hash));
        }
        open.insert(*hash, deps.len());
    }
    let mut made: BTreeMap<ChangeHash, i64> = BTreeMap::new();
    let mut order = Vec::with_capacity(metas.len());
    while let Some((made_s, hash)) = ready.pop_first() {
        made.insert(hash, made_s);
        order.push((hash, made_s));
        for follower in followers.remove(&hash).unwrap_or_default() {
            let Some(left) = open.get_mut(&follower) else {
                continue;
            };
            *left = left.saturating_sub(1);
            if *left > 0 {
                continue;
            }
            if let Some(meta) = metas.get(&follower) {
                let latest = meta.deps.iter().filter_map(|dep| made.get(dep)).max();
                let made_s = latest.map_or(meta.time_s, |latest| meta.time_s.max(*latest));
                ready.insert((made_s, follower));
            }
        }
    }
    order
}

/// Returns the changes that a version is made of: its heads and all that they stand on, as far as they are here.
pub(crate) fn ancestors<'a>(
    metas: impl IntoIterator<Item = &'a ChangeMeta>,
    heads: &[ChangeHash],
) -> BTreeSet<ChangeHash> {
    let metas: BTreeMap<ChangeHash, &ChangeMeta> =
        metas.into_iter().map(|meta| (meta.hash, meta)).collect();
    let mut found = BTreeSet::new();
    let mut waiting: Vec<ChangeHash> = heads.to_vec();
    while let Some(hash) = waiting.pop() {
        if let Some(meta) = metas.get(&hash)
            && found.insert(hash)
        {
            waiting.extend(&meta.deps);
        }
    }
    found
}
