//! Which change stands on which: one [`ChangeGraph`] per document, without any bytes.
//!
//! Nodes are numbered in the order in which they entered, so a change always has a greater number than what it stands
//! on, and a question about what is new touches only what is new. Bytes, storage and peers live elsewhere. The one
//! rule: a change enters only after everything that it stands on, so whatever the graph contains is complete.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use adjutant_base::{ChangeHash, ChangeMeta, limits};

/// What became of a change that was offered to the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It entered, and with it every change that had waited for it.
    New(Entered),
    /// The graph has it, or holds it back, already.
    Known,
    /// It is held back until what it stands on has come; ask again with [`Inserted::New`] of that change.
    Orphan,
    /// It can never enter.
    Refused(Refusal),
}

/// The changes that entered at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entered {
    /// In causal order; the first is the offered change itself.
    pub changes: Vec<ChangeHash>,
    /// Changes that had waited and turned out to be impossible; they are no longer held back.
    pub refused: Vec<(ChangeHash, Refusal)>,
}

/// Why a change cannot enter a graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Its actor has already made another change with this number: two devices share an actor, or a restored backup
    /// has gone on where it had gone on before.
    #[error("the actor has another change with the number {seq}: {other}")]
    DuplicateSeq {
        /// The number of both.
        seq: u64,
        /// The change that the graph has.
        other: ChangeHash,
    },
    /// It stands on everything it names, and yet its actor's previous change is not among that.
    #[error("number {seq} of its actor does not follow {last}")]
    SeqGap {
        /// The change's number.
        seq: u64,
        /// The greatest number of this actor that the graph has, 0 if none.
        last: u64,
    },
    /// Too many changes are held back.
    #[error("{held} changes are held back, the limit is {limit}")]
    TooManyOrphans {
        /// How many are held back.
        held: usize,
        /// The limit.
        limit: usize,
    },
    /// The changes that are held back are too large together.
    #[error("{held_bytes} bytes of changes are held back, the limit is {limit_bytes}")]
    OrphansTooLarge {
        /// How many bytes would be held back with this one.
        held_bytes: u64,
        /// The limit.
        limit_bytes: usize,
    },
    /// The graph is full: its numbers have 32 bits.
    #[error("the document has no room for another change")]
    Full,
}

#[derive(Debug, Clone)]
struct Node {
    meta: ChangeMeta,
    deps: Box<[u32]>,
    children: Vec<u32>,
    durability: Durability,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// Only in memory.
    None,
    /// On disk itself, while something that it stands on is not.
    Alone,
    /// On disk with everything that it stands on.
    Complete,
}

/// The changes of one document and how they stand on one another.
///
/// Memory is about 200 bytes a change. Inserting costs O(log n); the questions say their own cost.
#[derive(Debug, Clone, Default)]
pub struct ChangeGraph {
    nodes: Vec<Node>,
    numbers: BTreeMap<ChangeHash, u32>,
    heads: BTreeSet<ChangeHash>,
    durable_heads: BTreeSet<ChangeHash>,
    /// Each actor's changes; the change with seq n stands at n - 1.
    actors: BTreeMap<Arc<[u8]>, Vec<u32>>,
    orphans: BTreeMap<ChangeHash, ChangeMeta>,
    /// For each absent change, who waits for it.
    waiting: BTreeMap<ChangeHash, Vec<ChangeHash>>,
    orphan_bytes: u64,
    /// Of all changes that have entered.
    size_bytes: u64,
}

impl ChangeGraph {
    /// Returns the graph of a document without changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a change.
    ///
    /// The caller keeps the bytes of an orphan until the graph lets it in ([`Entered::changes`]) or refuses it. Held
    /// back are at most [`limits::ORPHANS`] changes of [`limits::ORPHAN_BYTES`] together; offering one again after
    /// others have entered is harmless.
    pub fn insert(&mut self, meta: ChangeMeta) -> Inserted {
        if self.contains(&meta.hash) || self.orphans.contains_key(&meta.hash) {
            return Inserted::Known;
        }
        // An actor's line is known to be broken even before the rest has come.
        if let Some(refusal) = self.duplicate(&meta) {
            return Inserted::Refused(refusal);
        }
        if meta.deps.iter().any(|dep| !self.contains(dep)) {
            return self.hold_back(meta);
        }
        let hash = meta.hash;
        match self.enter(meta) {
            Ok(()) => Inserted::New(self.release(hash)),
            Err(refusal) => Inserted::Refused(refusal),
        }
    }

    fn duplicate(&self, meta: &ChangeMeta) -> Option<Refusal> {
        let line = self.actors.get(&meta.actor)?;
        let place = usize::try_from(meta.seq.checked_sub(1)?).ok()?;
        let other = self.nodes.get(number(*line.get(place)?))?;
        Some(Refusal::DuplicateSeq {
            seq: meta.seq,
            other: other.meta.hash,
        })
    }

    fn hold_back(&mut self, meta: ChangeMeta) -> Inserted {
        let held_bytes = self.orphan_bytes.saturating_add(meta.size_bytes);
        if self.orphans.len() >= limits::ORPHANS {
            return Inserted::Refused(Refusal::TooManyOrphans {
                held: self.orphans.len(),
                limit: limits::ORPHANS,
            });
        }
        if usize::try_from(held_bytes).map_or(true, |bytes| bytes > limits::ORPHAN_BYTES) {
            return Inserted::Refused(Refusal::OrphansTooLarge {
                held_bytes,
                limit_bytes: limits::ORPHAN_BYTES,
            });
        }
        self.orphan_bytes = held_bytes;
        for dep in meta
            .deps
            .iter()
            .filter(|dep| !self.numbers.contains_key(*dep))
        {
            self.waiting.entry(*dep).or_default().push(meta.hash);
        }
        self.orphans.insert(meta.hash, meta);
        Inserted::Orphan
    }

    /// Adds a change whose dependencies are all here.
    fn enter(&mut self, mut meta: ChangeMeta) -> Result<(), Refusal> {
        if let Some(refusal) = self.duplicate(&meta) {
            return Err(refusal);
        }
        let place = u32::try_from(self.nodes.len()).map_err(|_too_many| Refusal::Full)?;
        let known = self.actors.get_key_value(&meta.actor);
        let last = known.map_or(0, |(_, line)| line.len() as u64);
        if meta.seq != last.saturating_add(1) {
            return Err(Refusal::SeqGap {
                seq: meta.seq,
                last,
            });
        }
        if let Some((actor, _)) = known {
            meta.actor = Arc::clone(actor);
        }
        self.actors
            .entry(Arc::clone(&meta.actor))
            .or_default()
            .push(place);
        let deps: Box<[u32]> = meta
            .deps
            .iter()
            .filter_map(|dep| self.numbers.get(dep).copied())
            .collect();
        for dep in &deps {
            if let Some(node) = self.nodes.get_mut(number(*dep)) {
                node.children.push(place);
            }
        }
        for dep in &meta.deps {
            self.heads.remove(dep);
        }
        self.heads.insert(meta.hash);
        self.numbers.insert(meta.hash, place);
        self.size_bytes = self.size_bytes.saturating_add(meta.size_bytes);
        self.nodes.push(Node {
            meta,
            deps,
            children: Vec::new(),
            durability: Durability::None,
        });
        Ok(())
    }

    /// Lets in whatever waited for `hash`, and whatever waited for that.
    fn release(&mut self, hash: ChangeHash) -> Entered {
        let mut entered = Entered::default();
        let mut arrived = vec![hash];
        while let Some(hash) = arrived.pop() {
            entered.changes.push(hash);
            for waiter in self.waiting.remove(&hash).unwrap_or_default() {
                let is_ready = self
                    .orphans
                    .get(&waiter)
                    .is_some_and(|meta| meta.deps.iter().all(|dep| self.contains(dep)));
                if !is_ready {
                    continue;
                }
                let Some(meta) = self.orphans.remove(&waiter) else {
                    continue;
                };
                self.orphan_bytes = self.orphan_bytes.saturating_sub(meta.size_bytes);
                match self.enter(meta) {
                    Ok(()) => arrived.push(waiter),
                    Err(refusal) => entered.refused.push((waiter, refusal)),
                }
            }
        }
        // Entering numbers them causally; the stack may not have.
        entered
            .changes
            .sort_by_key(|hash| self.numbers.get(hash).copied());
        entered
    }

    /// Tells whether the change has entered; false for one that is held back.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.numbers.contains_key(hash)
    }

    /// Tells whether the change is held back.
    pub fn is_orphan(&self, hash: &ChangeHash) -> bool {
        self.orphans.contains_key(hash)
    }

    /// Returns the header of a change that has entered.
    pub fn meta(&self, hash: &ChangeHash) -> Option<&ChangeMeta> {
        self.node(hash).map(|node| &node.meta)
    }

    /// Returns how many changes have entered.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the bytes of all changes that have entered, each as it is stored.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Tells whether no change has entered.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns how many changes are held back.
    pub fn orphans(&self) -> usize {
        self.orphans.len()
    }

    /// Returns the headers of all changes in causal order (the order in which they entered).
    pub fn iter(&self) -> impl Iterator<Item = &ChangeMeta> {
        self.nodes.iter().map(|node| &node.meta)
    }

    /// Returns the greatest change number of an actor, 0 if it has made no change.
    pub fn last_seq(&self, actor: &[u8]) -> u64 {
        self.actors.get(actor).map_or(0, |line| line.len() as u64)
    }

    /// Returns the newest changes, sorted: the exact name of this version. Empty for an empty graph.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }

    /// Marks a change as on disk; a change that has not entered is not marked.
    ///
    /// Costs O(changes that become complete by it).
    pub fn mark_durable(&mut self, hash: &ChangeHash) {
        let Some(first) = self.numbers.get(hash).copied() else {
            return;
        };
        match self.nodes.get_mut(number(first)) {
            Some(node) if node.durability == Durability::None => {
                node.durability = Durability::Alone;
            }
            Some(_) | None => return,
        }
        let mut ready = vec![first];
        while let Some(place) = ready.pop() {
            let Some(node) = self.nodes.get(number(place)) else {
                continue;
            };
            let is_complete = |dep: &u32| self.durability(*dep) == Durability::Complete;
            if node.durability != Durability::Alone || !node.deps.iter().all(is_complete) {
                continue;
            }
            for dep in &node.meta.deps {
                self.durable_heads.remove(dep);
            }
            self.durable_heads.insert(node.meta.hash);
            ready.extend(&node.children);
            if let Some(node) = self.nodes.get_mut(number(place)) {
                node.durability = Durability::Complete;
            }
        }
    }

    fn durability(&self, place: u32) -> Durability {
        self.nodes
            .get(number(place))
            .map_or(Durability::None, |node| node.durability)
    }

    /// Tells whether the change and everything that it stands on are on disk.
    pub fn is_durable(&self, hash: &ChangeHash) -> bool {
        self.node(hash)
            .is_some_and(|node| node.durability == Durability::Complete)
    }

    /// Returns the newest changes that are on disk with everything that they stand on, sorted.
    pub fn durable_heads(&self) -> Vec<ChangeHash> {
        self.durable_heads.iter().copied().collect()
    }

    /// Tells whether `hash` is one of `heads` or something that they stand on. Heads that the graph lacks cover nothing.
    ///
    /// Costs O(changes newer than `hash`).
    pub fn covers(&self, heads: &[ChangeHash], hash: &ChangeHash) -> bool {
        let Some(wanted) = self.numbers.get(hash).copied() else {
            return false;
        };
        let mut seen = BTreeSet::new();
        let mut open: Vec<u32> = self.places(heads).collect();
        while let Some(place) = open.pop() {
            if place == wanted {
                return true;
            }
            if place < wanted || !seen.insert(place) {
                continue;
            }
            if let Some(node) = self.nodes.get(number(place)) {
                open.extend(node.deps.iter());
            }
        }
        false
    }

    /// Returns the changes that are neither among `heads` nor under them, in causal order. Heads that the graph lacks
    /// count as nothing; with no heads this is the whole graph.
    ///
    /// Costs O(k log k) in the k changes newer than the oldest difference, not in the history below it.
    pub fn changes_after(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        // Both lists may be as long as the limit allows.
        let covered: BTreeSet<&ChangeHash> = heads.iter().collect();
        if self.heads.iter().all(|head| covered.contains(head)) {
            return Vec::new();
        }
        if heads.is_empty() {
            return self.nodes.iter().map(|node| node.meta.hash).collect();
        }
        let mut walk = Walk::new(self);
        for place in self.heads.iter().filter_map(|head| self.numbers.get(head)) {
            walk.add(*place, false);
        }
        for place in self.places(heads) {
            walk.add(place, true);
        }
        walk.uncovered()
    }

    /// Returns `heads` without those that others of them stand on and those that the graph lacks, sorted.
    ///
    /// Costs O(changes between the oldest and the newest of them).
    pub fn newest_of(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let wanted: BTreeSet<u32> = self.places(heads).collect();
        let Some(oldest) = wanted.first().copied() else {
            return Vec::new();
        };
        let mut under = BTreeSet::new();
        let mut open: Vec<u32> = wanted.iter().copied().collect();
        while let Some(place) = open.pop() {
            let Some(node) = self.nodes.get(number(place)) else {
                continue;
            };
            for dep in &node.deps {
                if *dep >= oldest && under.insert(*dep) {
                    open.push(*dep);
                }
            }
        }
        let newest = wanted.iter().filter(|place| !under.contains(*place));
        let mut newest: Vec<ChangeHash> = newest
            .filter_map(|place| self.nodes.get(number(*place)))
            .map(|node| node.meta.hash)
            .collect();
        newest.sort_unstable();
        newest
    }

    /// Returns what has to be asked for to reach `heads`, sorted: those that are absent, and for those that are held
    /// back what they wait for.
    ///
    /// Costs O(changes held back under `heads`).
    pub fn missing_deps(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let mut missing = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<ChangeHash> = heads.to_vec();
        while let Some(hash) = open.pop() {
            if self.contains(&hash) || !seen.insert(hash) {
                continue;
            }
            match self.orphans.get(&hash) {
                Some(orphan) => open.extend(&orphan.deps),
                None => {
                    missing.insert(hash);
                }
            }
        }
        missing.into_iter().collect()
    }

    fn node(&self, hash: &ChangeHash) -> Option<&Node> {
        self.nodes.get(number(*self.numbers.get(hash)?))
    }

    fn places(&self, hashes: &[ChangeHash]) -> impl Iterator<Item = u32> {
        hashes
            .iter()
            .filter_map(|hash| self.numbers.get(hash).copied())
    }
}

/// A walk from the newest change down, until nothing is left that the known heads may not cover.
///
/// A node is taken only after all newer ones, so by then it is settled whether a known head stands on it.
struct Walk<'a> {
    graph: &'a ChangeGraph,
    open: BinaryHeap<u32>,
    is_known: BTreeMap<u32, bool>,
    unknown_open: usize,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a ChangeGraph) -> Self {
        Self {
            graph,
            open: BinaryHeap::new(),
            is_known: BTreeMap::new(),
            unknown_open: 0,
        }
    }

    fn add(&mut self, place: u32, known: bool) {
        match self.is_known.get_mut(&place) {
            None => {
                self.is_known.insert(place, known);
                self.open.push(place);
                self.unknown_open = self.unknown_open.saturating_add(usize::from(!known));
            }
            Some(was_known) if known && !*was_known => {
                *was_known = true;
                self.unknown_open = self.unknown_open.saturating_sub(1);
            }
            Some(_) => {}
        }
    }

    fn uncovered(mut self) -> Vec<ChangeHash> {
        let mut found = Vec::new();
        while self.unknown_open > 0 {
            let Some(place) = self.open.pop() else { break };
            let known = self.is_known.remove(&place).unwrap_or(true);
            let Some(node) = self.graph.nodes.get(number(place)) else {
                continue;
            };
            if !known {
                self.unknown_open = self.unknown_open.saturating_sub(1);
                found.push(node.meta.hash);
            }
            for dep in &node.deps {
                self.add(*dep, known);
            }
        }
        found.reverse();
        found
    }
}

/// A node's number as an index: 32 bits always fit on the machines this builds for.
fn number(place: u32) -> usize {
    place as usize
}

#[cfg(test)]
mod tests;
