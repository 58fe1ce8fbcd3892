//! Scales of charts: round steps, and labels short enough for an axis.
//!
//! Shared by pages and HTML. The one rule: every value lies within the scale, and zero is on it.

use adjutant_model::report::{Chart, Unit};

/// The scale of a value axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    step: f64,
    /// Values for one of the unit: 100 for cents of an euro.
    per_unit: f64,
}

impl Scale {
    /// Returns the scale that a chart's values need.
    pub(crate) fn of(chart: &Chart) -> Self {
        let per_unit = match chart.unit {
            Unit::Money(currency) => 10_f64.powi(i32::try_from(currency.exponent()).unwrap_or(0)),
            Unit::Count => 1.0,
        };
        let values = chart.series.iter().flat_map(|series| &series.values);
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values.flatten().copied() {
            let value = float(value) / per_unit;
            low = low.min(value);
            high = high.max(value);
        }
        if high - low <= 0.0 {
            high = 1.0;
        }
        let step = round_step((high - low) / 4.0, chart.unit == Unit::Count);
        Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
            per_unit,
        }
    }

    /// Returns where a value lies, from 0 at the low end to 1 at the high end.
    pub(crate) fn share(&self, value: i64) -> f32 {
        self.share_of(float(value) / self.per_unit)
    }

    fn share_of(&self, value: f64) -> f32 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a share between 0 and 1, for drawing"
        )]
        let share = ((value - self.low) / (self.high - self.low)) as f32;
        share.clamp(0.0, 1.0)
    }

    /// Returns the marks of the axis, from low to high: where, and what stands there.
    pub(crate) fn marks(&self) -> Vec<(f32, String)> {
        let mut marks = Vec::new();
        let mut value = self.low;
        // At most four steps and what rounding both ends adds; the count guards against steps lost to rounding.
        while value <= self.high + self.step / 2.0 && marks.len() < 8 {
            marks.push((self.share_of(value), label(value)));
            value += self.step;
        }
        marks
    }
}

/// Returns a whole number as a float: exact up to 2^53, far more than a chart can show.
pub(crate) fn float(value: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "amounts are at most 10^15 minor units, which a double holds exactly"
    )]
    let float = value as f64;
    float
}

/// Returns the smallest of 1, 2, 2.5, 5 times a power of ten that is not less than `least`.
fn round_step(least: f64, is_whole: bool) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power);
    if is_whole { step.ceil().max(1.0) } else { step }
}

/// Returns a value as it stands on an axis: "0", "250", "1.5k", "-2M".
fn label(value: f64) -> String {
    let size = value.abs();
    let (scaled, unit) = match size {
        size if size >= 999_999_999.5 => (value / 1e9, "bn"),
        size if size >= 999_999.5 => (value / 1e6, "M"),
        size if size >= 9_999.5 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let text = if text == "-0" { "0" } else { text };
    format!("{text}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use adjutant_model::money::Currency;
    use adjutant_model::report::{ChartKind, Series};
    use proptest::prelude::*;

    fn chart(values: Vec<Option<i64>>, unit: Unit) -> Chart {
        Chart {
            title: String::new(),
            kind: ChartKind::Bars,
            unit,
            categories: values.iter().map(|_| String::new()).collect(),
            series: vec![Series {
                name: String::new(),
                values,
            }],
        }
    }

    fn labels(values: &[i64], unit: Unit) -> Vec<String> {
        let values = values.iter().copied().map(Some).collect();
        let marks = Scale::of(&chart(values, unit)).marks();
        marks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(labels(&[7], Unit::Count), ["0", "2", "4", "6", "8"]);
        assert_eq!(labels(&[], Unit::Count), ["0", "1"]);
        assert_eq!(labels(&[1], Unit::Count), ["0", "1"]);
        assert_eq!(
            labels(&[123_456_700, -10_000_000], Unit::Money(Currency::EUR)),
            ["-500k", "0", "500k", "1M", "1.5M"]
        );
    }

    proptest! {
        #[test]
        fn every_value_and_zero_lie_on_the_scale(values in prop::collection::vec(any::<i64>(), 0..6)) {
            let scale = Scale::of(&chart(values.iter().copied().map(Some).collect(), Unit::Count));
            let marks = scale.marks();
            prop_assert!(marks.len() >= 2 && marks.len() <= 7, "{marks:?}");
            for value in values.into_iter().chain([0]) {
                let exact = (float(value) - scale.low) / (scale.high - scale.low);
                prop_assert!((-1e-9..=1.0 + 1e-9).contains(&exact), "{value} in {scale:?}");
            }
        }
    }
}
