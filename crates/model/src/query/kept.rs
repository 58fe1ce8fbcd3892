//! Lists that follow from the whole board, kept from one board to the next.
//!
//! A list such as the obligations comes from every family of records, and one edit touches one of them. So the list is
//! made of parts, each with the kinds that it reads; only the parts that read what has changed are worked out again.
//! Boards are compared by the memory that they share, so the comparison costs nothing worth naming. A part that names
//! too few kinds would show what is no longer so: the tests compare each kept list with a new one after every kind of edit.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::board::Board;
use crate::kind::Kind;

/// The days that a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) today: NaiveDate,
    /// The last day that is of interest.
    pub(super) through: NaiveDate,
}

/// One part of a list.
pub(super) struct Part<T> {
    /// The kinds that it reads, beside those that every part reads.
    pub(super) reads: Vec<Kind>,
    pub(super) work: Work<T>,
}

type Work<T> = Box<dyn Fn(&Board, Span) -> Vec<T> + Send + Sync>;

impl<T> Part<T> {
    pub(super) fn new(
        reads: &[Kind],
        work: impl Fn(&Board, Span) -> Vec<T> + Send + Sync + 'static,
    ) -> Self {
        Self {
            reads: reads.to_vec(),
            work: Box::new(work),
        }
    }
}

impl<T> std::fmt::Debug for Part<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("reads", &self.reads)
            .finish_non_exhaustive()
    }
}

/// What every part reads: rules and calendars.
const ALWAYS_READ: [Kind; 3] = [Kind::Settings, Kind::Calendar, Kind::CalendarDay];

/// The parts of a list with what each came to last.
#[derive(Debug)]
pub(super) struct Parts<T> {
    parts: Vec<(Part<T>, Vec<Arc<T>>)>,
    made_of: Option<(Board, Span)>,
}

impl<T> Parts<T> {
    pub(super) fn new(parts: Vec<Part<T>>) -> Self {
        let parts = parts.into_iter().map(|part| (part, Vec::new()));
        Self {
            parts: parts.collect(),
            made_of: None,
        }
    }

    /// Works out again what may have changed since the board of the last time.
    pub(super) fn renew(&mut self, board: &Board, span: Span) {
        let changed = match &self.made_of {
            Some((before, of)) if *of == span => Some(board.changed_kinds(before)),
            _ => None,
        };
        let is_stale = |part: &Part<T>| {
            changed.as_ref().is_none_or(|changed| {
                let mut reads = ALWAYS_READ.iter().chain(&part.reads);
                reads.any(|kind| changed.contains(kind))
            })
        };
        for (part, found) in &mut self.parts {
            if is_stale(part) {
                *found = (part.work)(board, span).into_iter().map(Arc::new).collect();
            }
        }
        self.made_of = Some((board.clone(), span));
    }

    /// Returns what all parts came to, part by part.
    pub(super) fn found(&self) -> impl Iterator<Item = &Arc<T>> {
        self.parts.iter().flat_map(|(_, found)| found)
    }
}
