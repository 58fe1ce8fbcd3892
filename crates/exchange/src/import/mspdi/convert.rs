//! Days, durations, lags and costs as the file writes them.
//!
//! Source: Microsoft's `mspdi` schema: durations like PT8H0M0S, lags in tenths of a minute, formats of durations.

use adjutant_model::money::{Amount, divide_rounded};
use adjutant_model::quantity::{Days, Offset};
use adjutant_model::value::FieldValue as _;
use chrono::NaiveDate;

use super::Import;
use super::parse::Fields;
use crate::import::cell::{Decimal, date};

/// Formats in which time runs on nights and weekends too.
const ELAPSED: [i64; 12] = [4, 6, 8, 10, 12, 20, 36, 38, 40, 42, 44, 52];
/// Formats in which a lag is a share of the predecessor's duration.
const PERCENT: [i64; 4] = [19, 20, 51, 52];

impl Import<'_> {
    /// Returns a moment's day.
    pub(super) fn day(&mut self, fields: &Fields, name: &str) -> Option<NaiveDate> {
        let text = fields.get(name);
        // Microsoft Project writes the last moment that it knows for a day that is not known.
        if text.is_empty() || text.starts_with("NA") {
            return None;
        }
        match date(text, None) {
            Ok(day) => Some(day),
            Err(_refusal) => {
                let message = "is not a date like 2026-05-03T08:00:00; it was left out";
                self.warnings.add(fields.line, name, text, message);
                None
            }
        }
    }

    /// Returns a duration in whole working days; what is left of a day counts as one.
    pub(super) fn duration(&mut self, fields: &Fields, name: &str) -> Option<Days> {
        let text = fields.get(name);
        if text.is_empty() {
            return None;
        }
        let Some(minutes) = minutes(text) else {
            let message = "is not a duration like PT8H0M0S; it was left out";
            self.warnings.add(fields.line, name, text, message);
            return None;
        };
        let is_elapsed = fields
            .number("DurationFormat")
            .is_some_and(|format| ELAPSED.contains(&format));
        // Five of seven days are worked.
        let (part, whole) = if is_elapsed {
            (minutes.saturating_mul(5), 1_440 * 7)
        } else {
            (minutes, self.minutes_per_day)
        };
        let days = part.saturating_add(whole - 1).div_euclid(whole);
        if part.rem_euclid(whole) != 0 || is_elapsed {
            let message = format!("is no whole number of working days; it counts as {days}");
            self.warnings.add(fields.line, name, text, message);
        }
        Some(Days(days.clamp(0, *Days::RANGE.end())))
    }

    /// Returns a link's lag in working days, rounded away from zero.
    pub(super) fn lag(&mut self, link: &Fields) -> Offset {
        let Some(tenths) = link.number("LinkLag").filter(|tenths| *tenths != 0) else {
            return Offset(0);
        };
        let format = link.number("LagFormat").unwrap_or(7);
        if PERCENT.contains(&format) {
            let message = "is a share of a duration; the lag was left out";
            self.warnings
                .add(link.line, "LinkLag", link.get("LinkLag"), message);
            return Offset(0);
        }
        let is_elapsed = ELAPSED.contains(&format);
        let (part, whole) = if is_elapsed {
            (tenths.saturating_mul(5), 14_400 * 7)
        } else {
            (tenths, self.minutes_per_day.saturating_mul(10))
        };
        let size = part.unsigned_abs().div_ceil(whole.unsigned_abs());
        let days = i64::try_from(size).unwrap_or(i64::MAX);
        let days = if part < 0 {
            days.saturating_neg()
        } else {
            days
        };
        if part.checked_rem(whole) != Some(0) || is_elapsed {
            let message = format!(
                "tenths of a minute are no whole number of working days; it counts as {days}"
            );
            self.warnings
                .add(link.line, "LinkLag", link.get("LinkLag"), message);
        }
        Offset(days.clamp(*Offset::RANGE.start(), *Offset::RANGE.end()))
    }

    /// Returns a cost; the file writes hundredths of the unit, whatever the currency.
    pub(super) fn cost(&mut self, fields: &Fields, name: &str) -> Option<Amount> {
        let text = fields.get(name);
        if text.is_empty() {
            return None;
        }
        let exponent = self.currency.exponent();
        let scaled = Decimal::parse(text).and_then(|cost| cost.shifted(exponent));
        let minor = scaled
            .and_then(|(hundredths, _is_rounded)| divide_rounded(i128::from(hundredths), 100))
            .and_then(|minor| i64::try_from(minor).ok())
            .filter(|minor| Amount(*minor).check().is_ok());
        let Some(minor) = minor else {
            let message = "is not an amount that can be kept; it was left out";
            self.warnings.add(fields.line, name, text, message);
            return None;
        };
        (minor != 0).then_some(Amount(minor))
    }
}

/// Returns the minutes of a duration like `PT8H30M0S`; `None` if it is none.
fn minutes(text: &str) -> Option<i64> {
    let mut rest = text.strip_prefix('P')?;
    let mut minutes = 0_i64;
    let mut number = String::new();
    let mut is_time = false;
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..)?;
        let unit = match letter {
            'T' if number.is_empty() => {
                is_time = true;
                continue;
            }
            '0'..='9' | '.' => {
                number.push(letter);
                continue;
            }
            'D' => 1_440,
            'H' => 60,
            'M' if is_time => 1,
            // Seconds are below what is counted.
            'S' => 0,
            _ => return None,
        };
        let (whole, _fraction) = Decimal::parse(&number)?.shifted(0)?;
        minutes = minutes.checked_add(whole.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_minutes() {
        assert_eq!(minutes("PT8H0M0S"), Some(480));
        assert_eq!(minutes("P1DT0H30M59S"), Some(1_470));
        for bad in ["", "P8", "8H", "PT8X", "PTH", "PT99999999999999999999H"] {
            assert_eq!(minutes(bad), None, "{bad}");
        }
    }
}
