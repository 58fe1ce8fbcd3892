//! Figures of several runs, and how they are summed up: medians, percentiles, ratios, goals.
//!
//! Nothing is measured here.

use std::io::Write as _;
use std::time::Duration;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Time,
    Memory,
    Number,
}

impl Unit {
    fn show(self, value: u64) -> String {
        match self {
            Self::Time => format!("{:.2?}", Duration::from_nanos(value)),
            Self::Memory => format!("{} MiB", value >> 20),
            Self::Number => value.to_string(),
        }
    }
}

/// One figure of one run.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    name: String,
    unit: Unit,
    goal: Option<u64>,
    value: u64,
    baseline: Option<u64>,
}

impl Sample {
    /// Returns a figure that is a time; times beyond 500 years are cut to them.
    pub(super) fn time(name: &str, goal: Option<Duration>, value: Duration) -> Self {
        Self {
            goal: goal.map(nanoseconds),
            ..Self::of(name, Unit::Time, nanoseconds(value))
        }
    }

    /// Returns a figure without a goal.
    pub(super) fn of(name: &str, unit: Unit, value: u64) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            goal: None,
            value,
            baseline: None,
        }
    }

    /// Sets the most that the figure should be.
    pub(super) fn goal(mut self, goal: u64) -> Self {
        self.goal = Some(goal);
        self
    }

    /// Sets what raw Automerge took for the same in the same run.
    pub(super) fn beside(mut self, baseline: Duration) -> Self {
        self.baseline = Some(nanoseconds(baseline));
        self
    }
}

/// All runs' figures in the order in which they first came.
#[derive(Debug, Default)]
pub(super) struct Table {
    figures: Vec<(String, Vec<Sample>)>,
}

impl Table {
    /// Adds a figure of one run.
    pub(super) fn add(&mut self, sample: Sample) {
        match self
            .figures
            .iter_mut()
            .find(|(name, _)| *name == sample.name)
        {
            Some((_, samples)) => samples.push(sample),
            None => self.figures.push((sample.name.clone(), vec![sample])),
        }
    }

    /// Prints one line a figure, in Markdown.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        say("")?;
        say("| figure | goal | median | lowest to highest | raw Automerge | ratio | |")?;
        say("|---|---|---|---|---|---|---|")?;
        self.rows().iter().try_for_each(|row| say(row))
    }

    pub(super) fn rows(&self) -> Vec<String> {
        self.figures
            .iter()
            .map(|(name, samples)| row(name, samples))
            .collect()
    }
}

fn row(name: &str, samples: &[Sample]) -> String {
    let Some(first) = samples.first() else {
        return String::new();
    };
    let mut values: Vec<u64> = samples.iter().map(|sample| sample.value).collect();
    let middle = at_percent(&mut values, 50);
    let show = |value: Option<u64>| value.map_or_else(String::new, |value| first.unit.show(value));
    let mut baselines: Vec<u64> = samples
        .iter()
        .filter_map(|sample| sample.baseline)
        .collect();
    let baseline = (!baselines.is_empty()).then(|| at_percent(&mut baselines, 50));
    let ratio = baseline.map_or_else(String::new, |baseline| {
        let (ours, theirs) = (
            Duration::from_nanos(middle),
            Duration::from_nanos(baseline.max(1)),
        );
        format!("{:.2}", ours.as_secs_f64() / theirs.as_secs_f64())
    });
    let verdict = match first.goal {
        None => "",
        Some(goal) if middle <= goal => "met",
        Some(_) => "MISSED",
    };
    format!(
        "| {name} | {} | {} | {} to {} | {} | {ratio} | {verdict} |",
        show(first.goal),
        first.unit.show(middle),
        show(values.first().copied()),
        show(values.last().copied()),
        show(baseline),
    )
}

/// Sorts values and returns the one below or at which `percent` of them lie; 0 of none.
pub(super) fn at_percent<T: Copy + Ord + Default>(values: &mut [T], percent: usize) -> T {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    let at = (values.len().saturating_mul(percent))
        .div_ceil(100)
        .saturating_sub(1);
    values.get(at.min(last)).copied().unwrap_or_default()
}

/// Prints a line.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles() {
        let mut values: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(at_percent(&mut values, 50), 50);
        assert_eq!(at_percent(&mut values, 99), 99);
        assert_eq!(at_percent(&mut [3, 1, 2], 50), 2);
        assert_eq!(at_percent::<u64>(&mut [], 50), 0);
    }

    #[test]
    fn a_row_says_what_was_missed_and_by_how_much() {
        let samples: Vec<Sample> = [1, 5, 3]
            .into_iter()
            .map(|ms| {
                let goal = Some(Duration::from_millis(2));
                Sample::time("edit", goal, Duration::from_millis(ms))
                    .beside(Duration::from_millis(2))
            })
            .collect();
        assert_eq!(
            row("edit", &samples),
            "| edit | 2.00ms | 3.00ms | 1.00ms to 5.00ms | 2.00ms | 1.50 | MISSED |"
        );
    }
}
