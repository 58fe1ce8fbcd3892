//! Tasks as a tree, whatever their parents say.
//!
//! A parent that is missing or of another project counts as none; in a ring of parents the newest task stands at the
//! top. No recursion: a tree may be ten thousand deep.

use std::collections::BTreeSet;
use std::sync::Arc;

use adjutant_base::RecordId;

use crate::schedule::Network;
use crate::task::Task;

/// A task at its place in the tree.
pub(super) struct Node {
    pub(super) task: Arc<Task>,
    pub(super) depth: usize,
    /// Place of the task that it is part of.
    parent: Option<usize>,
    /// Place behind the last task below it: those below stand between.
    end: usize,
    at: usize,
}

impl Node {
    pub(super) fn is_summary(&self) -> bool {
        self.end > self.at + 1
    }
}

/// All tasks of a project, each before the tasks that are part of it.
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) parent_cycles: Vec<RecordId>,
    /// The tasks' ids, ascending, and the place of each in `nodes`.
    ids: Vec<RecordId>,
    places: Vec<Option<usize>>,
}

/// Tasks by their order in the list that the tree is made of.
struct Family<'a> {
    tasks: &'a [Arc<Task>],
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl Tree {
    /// Makes the tree of tasks in the order of their ids.
    pub(super) fn of(tasks: &[Arc<Task>]) -> Self {
        let mut tree = Self {
            nodes: Vec::with_capacity(tasks.len()),
            parent_cycles: Vec::new(),
            ids: tasks.iter().map(|task| task.meta.id).collect(),
            places: vec![None; tasks.len()],
        };
        let parents = tasks.iter().map(|task| tree.number(task.parent?));
        let mut family = Family {
            tasks,
            parents: parents.collect(),
            children: vec![Vec::new(); tasks.len()],
        };
        let by_position = |list: &mut Vec<usize>| {
            // A stable sort: what stands in one position comes in the order of the ids.
            list.sort_by_key(|at| tasks.get(*at).map(|task| &task.position));
        };
        let mut roots = Vec::new();
        for (at, parent) in family.parents.iter().enumerate() {
            let list = parent.and_then(|parent| family.children.get_mut(parent));
            list.unwrap_or(&mut roots).push(at);
        }
        by_position(&mut roots);
        family.children.iter_mut().for_each(by_position);
        for root in roots {
            tree.add(root, &mut family);
        }
        // What is left lies in rings of parents or below one; adding a ring's newest task adds all of that.
        for at in (0..tasks.len()).rev() {
            if tree.places.get(at) == Some(&None) {
                let root = newest_of_ring(at, &family.parents);
                tree.parent_cycles.extend(tree.ids.get(root).copied());
                tree.add(root, &mut family);
            }
        }
        tree.parent_cycles.sort_unstable();
        tree
    }

    fn number(&self, task: RecordId) -> Option<usize> {
        self.ids.binary_search(&task).ok()
    }

    /// Adds a task and all below it that have no place yet.
    fn add(&mut self, root: usize, family: &mut Family<'_>) {
        let first = self.nodes.len();
        let mut waiting: Vec<(usize, Option<usize>)> = vec![(root, None)];
        while let Some((number, parent)) = waiting.pop() {
            let at = self.nodes.len();
            let (Some(task), Some(place @ None)) =
                (family.tasks.get(number), self.places.get_mut(number))
            else {
                continue;
            };
            *place = Some(at);
            let depth = parent.and_then(|at| self.nodes.get(at));
            self.nodes.push(Node {
                task: Arc::clone(task),
                depth: depth.map_or(0, |above| above.depth + 1),
                parent,
                end: at + 1,
                at,
            });
            let below = family.children.get_mut(number).map(std::mem::take);
            let below = below.unwrap_or_default().into_iter().rev();
            waiting.extend(below.map(|child| (child, Some(at))));
        }
        // Ends follow from the last to the first: a task ends where the last task below it ends.
        for at in (first..self.nodes.len()).rev() {
            let own = self.nodes.get(at).map(|node| (node.parent, node.end));
            if let Some((Some(parent), end)) = own
                && let Some(above) = self.nodes.get_mut(parent)
            {
                above.end = above.end.max(end);
            }
        }
    }

    pub(super) fn place(&self, task: RecordId) -> Option<usize> {
        self.places.get(self.number(task)?).copied().flatten()
    }

    pub(super) fn is_summary(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(Node::is_summary)
    }

    /// Tells whether `inner` is `outer` or lies below it.
    pub(super) fn contains(&self, outer: usize, inner: usize) -> bool {
        self.nodes
            .get(outer)
            .is_some_and(|node| (outer..node.end).contains(&inner))
    }

    /// Returns the places of the tasks without tasks below, at and below a place.
    pub(super) fn leaves(&self, at: usize) -> Vec<usize> {
        let end = self.nodes.get(at).map_or(at, |node| node.end);
        (at..end).filter(|at| !self.is_summary(*at)).collect()
    }

    /// Gives each summary the span of the tasks below it and their least float.
    pub(super) fn roll_up(&self, network: &mut Network) {
        let mut is_set = vec![false; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let Some(own) = network.times.get(at).copied() else {
                continue;
            };
            let Some(parent) = node.parent else { continue };
            let was_set = is_set
                .get_mut(parent)
                .map(|set| std::mem::replace(set, true));
            if let Some(above) = network.times.get_mut(parent) {
                if was_set == Some(false) {
                    *above = own;
                    continue;
                }
                above.early_start = above.early_start.min(own.early_start);
                above.early_finish = above.early_finish.max(own.early_finish);
                above.late_start = above.late_start.min(own.late_start);
                above.late_finish = above.late_finish.max(own.late_finish);
                above.total_float = above.total_float.min(own.total_float);
                above.free_float = above.free_float.min(own.free_float);
            }
        }
    }

    /// Returns how much of each task is done in basis points; of a summary weighted by duration.
    pub(super) fn done(&self) -> Vec<i64> {
        // Sums over the leaves at and below each place: (days times percent, days, percent, leaves).
        let mut sums = vec![(0_i64, 0_i64, 0_i64, 0_i64); self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            if !node.is_summary() {
                let days = node.task.working_days();
                let percent = match node.task.actual_finish {
                    Some(_) => 100,
                    None => node.task.percent.0,
                };
                if let Some(own) = sums.get_mut(at) {
                    *own = (days * percent, days, percent, 1);
                }
            }
            let own = sums.get(at).copied().unwrap_or_default();
            if let Some(above) = node.parent.and_then(|parent| sums.get_mut(parent)) {
                above.0 = above.0.saturating_add(own.0);
                above.1 = above.1.saturating_add(own.1);
                above.2 = above.2.saturating_add(own.2);
                above.3 = above.3.saturating_add(own.3);
            }
        }
        let share = |part: i64, whole: i64| {
            let exact = crate::money::divide_rounded(i128::from(part) * 100, i128::from(whole));
            exact.and_then(|exact| i64::try_from(exact).ok())
        };
        sums.into_iter()
            .map(|(work, days, percent, leaves)| {
                share(work, days)
                    .or_else(|| share(percent, leaves))
                    .unwrap_or(0)
            })
            .collect()
    }
}

/// Returns the newest task of the ring that following a task's parents ends in; newer tasks have higher numbers.
fn newest_of_ring(task: usize, parents: &[Option<usize>]) -> usize {
    let above = |at: usize| parents.get(at).copied().flatten();
    let mut seen = BTreeSet::new();
    let mut at = task;
    while seen.insert(at) {
        let Some(next) = above(at) else { return at };
        at = next;
    }
    let (entry, mut newest) = (at, at);
    while let Some(next) = above(at).filter(|next| *next != entry) {
        newest = newest.max(next);
        at = next;
    }
    newest
}
