//! The critical path: early and late dates, floats and criticality of a network of activities.
//!
//! Knows numbers only: an offset counts working days from the project's first day, and a span is half-open, so an
//! activity of `d` days from offset `s` ends at `s + d`. The one rule: any input gives a schedule. Links that close a
//! cycle are suspended, the newest of each cycle, and everything else is scheduled.
//!
//! Source: the critical path method as Microsoft Project carries it out; checked against `schedule/cpm.json`, which
//! MPXJ's `MicrosoftScheduler` made.

mod acyclic;

use crate::value::choice;

choice! {
    /// Which ends of two tasks a dependency ties together.
    LinkKind {
        /// The successor starts when the predecessor has finished.
        FinishToStart = "fs", "Finish to start";
        /// The successor starts when the predecessor has started.
        StartToStart = "ss", "Start to start";
        /// The successor finishes when the predecessor has finished.
        FinishToFinish = "ff", "Finish to finish";
        /// The successor finishes when the predecessor has started.
        StartToFinish = "sf", "Start to finish";
    }
}

/// Something that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// Working days; zero for a milestone.
    pub duration: i64,
    /// Offset before which it cannot start.
    pub not_before: Option<i64>,
    /// Offset at which it did start, whatever its links say.
    pub started: Option<i64>,
    /// Offset at which it did finish, whatever its links and its duration say.
    pub finished: Option<i64>,
}

/// A link between two activities, by their places in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Place of the predecessor.
    pub from: usize,
    /// Place of the successor.
    pub to: usize,
    /// Which ends it ties together.
    pub kind: LinkKind,
    /// Working days between them.
    pub lag: i64,
    /// The dependency that the link comes from: dependencies are numbered from the oldest on, and links of one come
    /// together. A dependency is suspended as a whole.
    pub dependency: usize,
}

/// When an activity takes place and how far it can move. Offsets and working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// Earliest start; below zero only by a negative lag.
    pub early_start: i64,
    /// Earliest finish.
    pub early_finish: i64,
    /// Latest start that does not move the end of the project.
    pub late_start: i64,
    /// Latest finish that does not move the end of the project.
    pub late_finish: i64,
    /// Days that it can slip without moving the end of the project.
    pub total_float: i64,
    /// Days that it can slip without moving any successor.
    pub free_float: i64,
}

impl Times {
    /// Tells whether any slip moves the end of the project.
    pub fn is_critical(&self) -> bool {
        self.total_float <= 0
    }
}

/// A scheduled network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// The times of each activity, in the order of the activities.
    pub times: Vec<Times>,
    /// Numbers of the suspended dependencies, ascending.
    pub suspended: Vec<usize>,
    /// Offset at which the last activity ends.
    pub end: i64,
}

/// Schedules a network; links that name no activity are left out.
///
/// Cost: linear in activities and links where there is no cycle.
pub fn schedule(activities: &[Activity], links: &[Link]) -> Network {
    let known: Vec<Link> = links
        .iter()
        .filter(|link| link.from < activities.len() && link.to < activities.len())
        .copied()
        .collect();
    let (order, suspended) = acyclic::order(activities.len(), &known);
    let links: Vec<Link> = known
        .into_iter()
        .filter(|link| suspended.binary_search(&link.dependency).is_err())
        .collect();
    let incoming = Adjacency::of(activities.len(), &links, |link| link.to);
    let outgoing = Adjacency::of(activities.len(), &links, |link| link.from);
    let mut times = vec![Times::default(); activities.len()];
    for at in &order {
        let Some(activity) = activities.get(*at) else {
            continue;
        };
        let bounds = incoming.of_node(*at, &links);
        let (start, finish) = forward(activity, bounds, &times);
        if let Some(own) = times.get_mut(*at) {
            (own.early_start, own.early_finish) = (start, finish);
        }
    }
    let end = times.iter().map(|own| own.early_finish).max().unwrap_or(0);
    for at in order.iter().rev() {
        let (late_finish, free_float) = backward(*at, outgoing.of_node(*at, &links), &times, end);
        if let Some(own) = times.get_mut(*at) {
            own.late_finish = late_finish;
            own.late_start = late_finish - (own.early_finish - own.early_start);
            own.total_float = own.late_start - own.early_start;
            own.free_float = free_float;
        }
    }
    Network {
        times,
        suspended,
        end,
    }
}

fn forward<'a>(
    activity: &Activity,
    links: impl Iterator<Item = &'a Link>,
    times: &[Times],
) -> (i64, i64) {
    let duration = activity.duration;
    let bound = |link: &Link| {
        let before = times.get(link.from).copied().unwrap_or_default();
        match link.kind {
            LinkKind::FinishToStart => before.early_finish + link.lag,
            LinkKind::StartToStart => before.early_start + link.lag,
            LinkKind::FinishToFinish => (before.early_finish + link.lag - duration).max(0),
            LinkKind::StartToFinish => before.early_start + link.lag - duration,
        }
    };
    let by_links = links.map(bound).max().unwrap_or(0);
    let planned = activity
        .not_before
        .map_or(by_links, |day| day.max(by_links));
    let start = activity.started.unwrap_or_else(|| {
        // Finished, and nobody said when it began: it took as long as planned.
        activity.finished.map_or(planned, |day| day - duration)
    });
    let finish = activity.finished.unwrap_or(start + duration).max(start);
    (start, finish)
}

fn backward<'a>(
    at: usize,
    links: impl Iterator<Item = &'a Link>,
    times: &[Times],
    end: i64,
) -> (i64, i64) {
    let own = times.get(at).copied().unwrap_or_default();
    let duration = own.early_finish - own.early_start;
    let mut late_finish = end;
    let mut free_float = None;
    for link in links {
        let after = times.get(link.to).copied().unwrap_or_default();
        let (latest, free) = match link.kind {
            LinkKind::FinishToStart => (
                after.late_start - link.lag,
                after.early_start - own.early_finish - link.lag,
            ),
            LinkKind::StartToStart => (
                after.late_start - link.lag + duration,
                after.early_start - own.early_start - link.lag,
            ),
            LinkKind::FinishToFinish => (
                after.late_finish - link.lag,
                after.early_finish - own.early_finish - link.lag,
            ),
            LinkKind::StartToFinish => (
                after.late_finish - link.lag + duration,
                after.early_finish - own.early_start - link.lag,
            ),
        };
        late_finish = late_finish.min(latest);
        free_float = Some(free_float.map_or(free, |least: i64| least.min(free)));
    }
    (
        late_finish,
        free_float.unwrap_or_else(|| end - own.early_finish),
    )
}

/// The links of each node, by their places in the list of links.
struct Adjacency {
    /// Where a node's links begin in `links`; one more than there are nodes.
    starts: Vec<usize>,
    links: Vec<usize>,
}

impl Adjacency {
    fn of(nodes: usize, links: &[Link], node_of: impl Fn(&Link) -> usize) -> Self {
        let mut starts = vec![0_usize; nodes + 1];
        for link in links {
            if let Some(count) = starts.get_mut(node_of(link) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut places = vec![0_usize; links.len()];
        for (at, link) in links.iter().enumerate() {
            if let Some(slot) = next.get_mut(node_of(link)) {
                if let Some(place) = places.get_mut(*slot) {
                    *place = at;
                }
                *slot += 1;
            }
        }
        Self {
            starts,
            links: places,
        }
    }

    fn of_node<'a>(&'a self, node: usize, links: &'a [Link]) -> impl Iterator<Item = &'a Link> {
        let from = self.starts.get(node).copied().unwrap_or(0);
        let to = self.starts.get(node + 1).copied().unwrap_or(from);
        let own = self.links.get(from..to).unwrap_or_default();
        own.iter().filter_map(|at| links.get(*at))
    }
}

#[cfg(test)]
mod tests;
