//! Figures over time: the latest value, the one before, and whether the target is met.
//!
//! Two values of one metric and day cannot be: the id of a value follows from the two.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::board::Board;
use crate::compliance::{Direction, Metric};

/// A metric with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricFigures {
    /// The metric.
    pub metric: Arc<Metric>,
    /// Its values up to today, by day.
    pub points: Vec<(NaiveDate, i64)>,
    /// Change from the value before the latest to the latest.
    pub change: Option<i64>,
    /// Whether the latest value meets the target; `None` without one of the two.
    pub is_met: Option<bool>,
}

impl MetricFigures {
    /// Returns the latest value with its day.
    pub fn latest(&self) -> Option<(NaiveDate, i64)> {
        self.points.last().copied()
    }
}

/// Returns all metrics with their values up to `today`, in the order in which they were made.
pub fn all(board: &Board, today: NaiveDate) -> Vec<MetricFigures> {
    let mut points: BTreeMap<RecordId, BTreeMap<NaiveDate, i64>> = BTreeMap::new();
    for (_, point) in &board.metric_points {
        if let (Some(metric), Some(day), Some(value)) = (point.metric, point.day, point.value)
            && day <= today
        {
            points.entry(metric).or_default().insert(day, value.0);
        }
    }
    (&board.metrics)
        .into_iter()
        .map(|(id, metric)| {
            let points: Vec<_> = points.remove(id).unwrap_or_default().into_iter().collect();
            let latest = points.last().map(|(_, value)| *value);
            let before = points.iter().rev().nth(1).map(|(_, value)| *value);
            let meets = |value: i64, target: i64| match metric.direction {
                Direction::Up => value >= target,
                Direction::Down => value <= target,
            };
            MetricFigures {
                metric: Arc::clone(metric),
                change: latest.zip(before).map(|(now, then)| now - then),
                is_met: latest
                    .zip(metric.target)
                    .map(|(value, target)| meets(value, target.0)),
                points,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day};
    use crate::kind::Kind;

    #[test]
    fn the_latest_value_up_to_today_counts() {
        let mut desk = Desk::new();
        let fields = [
            ("name", "Open tickets"),
            ("direction", "down"),
            ("target", "40"),
        ];
        desk.put(Kind::Metric, "m", &fields);
        for (name, when, value) in [
            ("c", "2026-12-01", "1"),
            ("a", "2026-11-10", "52"),
            ("b", "2026-11-24", "40"),
        ] {
            desk.put(
                Kind::MetricPoint,
                name,
                &[("metric", "m"), ("day", when), ("value", value)],
            );
        }
        let figures = all(desk.board(), day("2026-11-25")).remove(0);
        assert_eq!(figures.latest(), Some((day("2026-11-24"), 40)));
        assert_eq!((figures.change, figures.is_met), (Some(-12), Some(true)));
    }
}
