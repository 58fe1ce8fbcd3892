//! A topological order of what has cycles: which dependencies to suspend so that none is left.
//!
//! The rule that every device follows: dependencies are taken in from the oldest on, and one that would close a cycle
//! with those taken in before is suspended; so each cycle loses its newest. The order is kept up to date as they come.
//!
//! Source: D. Pearce, P. Kelly, "A dynamic topological sort algorithm for directed acyclic graphs", 2006.

use super::Link;

/// Returns an order in which every activity stands behind its predecessors, and the suspended dependencies, ascending.
pub(super) fn order(nodes: usize, links: &[Link]) -> (Vec<usize>, Vec<usize>) {
    if let Some(order) = plain_order(nodes, links) {
        return (order, Vec::new());
    }
    let mut graph = Graph::new(nodes);
    let mut suspended = Vec::new();
    let mut sorted: Vec<&Link> = links.iter().collect();
    sorted.sort_by_key(|link| link.dependency);
    for group in sorted.chunk_by(|a, b| a.dependency == b.dependency) {
        let taken = group
            .iter()
            .take_while(|link| graph.add(link.from, link.to))
            .count();
        if taken < group.len() {
            for link in group.iter().take(taken) {
                graph.take_back(link.from, link.to);
            }
            suspended.extend(group.first().map(|link| link.dependency));
        }
    }
    (graph.order(), suspended)
}

/// Returns an order if there is no cycle: the quick way for nearly every project.
fn plain_order(nodes: usize, links: &[Link]) -> Option<Vec<usize>> {
    let mut waiting = vec![0_usize; nodes];
    for link in links {
        *waiting.get_mut(link.to)? += 1;
    }
    let outgoing = super::Adjacency::of(nodes, links, |link| link.from);
    let mut order: Vec<usize> = (0..nodes)
        .filter(|node| waiting.get(*node) == Some(&0))
        .collect();
    let mut at = 0;
    while let Some(node) = order.get(at).copied() {
        at += 1;
        for link in outgoing.of_node(node, links) {
            let count = waiting.get_mut(link.to)?;
            *count -= 1;
            if *count == 0 {
                order.push(link.to);
            }
        }
    }
    (order.len() == nodes).then_some(order)
}

/// A graph without cycles and a topological order of it.
struct Graph {
    outgoing: Vec<Vec<usize>>,
    incoming: Vec<Vec<usize>>,
    /// The place of each node in the order.
    places: Vec<usize>,
    /// The visit in which a node was last seen.
    seen: Vec<usize>,
    visit: usize,
}

impl Graph {
    fn new(nodes: usize) -> Self {
        Self {
            outgoing: vec![Vec::new(); nodes],
            incoming: vec![Vec::new(); nodes],
            places: (0..nodes).collect(),
            seen: vec![0; nodes],
            visit: 0,
        }
    }

    /// Adds an edge and keeps the order; returns whether it could be added without closing a cycle.
    fn add(&mut self, from: usize, to: usize) -> bool {
        let (first, last) = (self.place(to), self.place(from));
        if from == to {
            return false;
        }
        if first < last {
            let Some(behind) = self.reach(to, from, |place| place <= last, |graph| &graph.outgoing)
            else {
                return false;
            };
            // Nothing before `from` can lie behind `to` now, so this walk meets no cycle.
            let Some(before) =
                self.reach(from, to, |place| place >= first, |graph| &graph.incoming)
            else {
                return false;
            };
            self.reorder(before, behind);
        }
        if let Some(edges) = self.outgoing.get_mut(from) {
            edges.push(to);
        }
        if let Some(edges) = self.incoming.get_mut(to) {
            edges.push(from);
        }
        true
    }

    /// Takes out the last edge between two nodes; the order stays good.
    fn take_back(&mut self, from: usize, to: usize) {
        if let Some(edges) = self.outgoing.get_mut(from) {
            edges.pop();
        }
        if let Some(edges) = self.incoming.get_mut(to)
            && let Some(at) = edges.iter().rposition(|node| *node == from)
        {
            edges.remove(at);
        }
    }

    fn place(&self, node: usize) -> usize {
        self.places.get(node).copied().unwrap_or(0)
    }

    /// Returns all nodes that `start` leads to among the places wanted, itself included; `None` if it leads to `end`.
    fn reach(
        &mut self,
        start: usize,
        end: usize,
        is_wanted: impl Fn(usize) -> bool,
        edges: impl Fn(&Self) -> &Vec<Vec<usize>>,
    ) -> Option<Vec<usize>> {
        self.visit += 1;
        let mut found = vec![start];
        if let Some(seen) = self.seen.get_mut(start) {
            *seen = self.visit;
        }
        let mut at = 0;
        while let Some(node) = found.get(at).copied() {
            at += 1;
            let count = edges(self).get(node).map_or(0, Vec::len);
            for edge in 0..count {
                let next = edges(self).get(node).and_then(|next| next.get(edge));
                let Some(next) = next.copied() else { continue };
                if next == end {
                    return None;
                }
                let place = self.place(next);
                let visit = self.visit;
                if let Some(seen) = self.seen.get_mut(next)
                    && *seen != visit
                    && is_wanted(place)
                {
                    *seen = visit;
                    found.push(next);
                }
            }
        }
        Some(found)
    }

    /// Gives `before` and then `behind` the places that the two had together, each in the order it had.
    fn reorder(&mut self, mut before: Vec<usize>, mut behind: Vec<usize>) {
        before.sort_by_key(|node| self.place(*node));
        behind.sort_by_key(|node| self.place(*node));
        let nodes: Vec<usize> = before.into_iter().chain(behind).collect();
        let mut places: Vec<usize> = nodes.iter().map(|node| self.place(*node)).collect();
        places.sort_unstable();
        for (node, place) in nodes.into_iter().zip(places) {
            if let Some(slot) = self.places.get_mut(node) {
                *slot = place;
            }
        }
    }

    fn order(&self) -> Vec<usize> {
        let mut order = vec![0; self.places.len()];
        for (node, place) in self.places.iter().enumerate() {
            if let Some(slot) = order.get_mut(*place) {
                *slot = node;
            }
        }
        order
    }
}
