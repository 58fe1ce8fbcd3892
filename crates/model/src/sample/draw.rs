//! A small source of numbers that look random and are the same on every machine and in every version.
//!
//! Not for secrets. Each family of records draws from a stream of its own, so that asking for more of one leaves the
//! others as they were.

use adjutant_base::{RecordId, Timestamp};
use chrono::{NaiveDate, NaiveTime};

/// One stream of numbers.
///
/// Source: `SplitMix64` (Steele, Lea and Flood: Fast splittable pseudorandom number generators, 2014).
#[derive(Debug)]
pub(super) struct Draw {
    state: u64,
    /// When the next record was made: every record a millisecond after the one before.
    now: Timestamp,
}

impl Draw {
    /// Returns the stream with this name; its records count as made on the day before `today`.
    pub(super) fn new(seed: u64, stream: u64, today: NaiveDate) -> Self {
        let midnight = today.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        let hours = i64::try_from(stream).unwrap_or(0).saturating_sub(24);
        let mut draw = Self {
            state: seed ^ stream.wrapping_mul(0xA24B_AED4_963E_E407),
            now: Timestamp(midnight.saturating_add(hours.saturating_mul(3_600_000))),
        };
        draw.next();
        draw
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from `low` to `high`, both included; `low` if there is none between.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let drawn = self.next();
        let count = high
            .saturating_sub(low)
            .saturating_add(1)
            .max(1)
            .unsigned_abs();
        let offset = drawn.checked_rem(count).unwrap_or(0);
        low.saturating_add_unsigned(offset)
    }

    /// Tells yes in `percent` of a hundred cases.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(0, 99) < percent
    }

    /// Returns one of the choices, or `None` if there are none.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(choices.len())
            .unwrap_or(i64::MAX)
            .saturating_sub(1);
        let at = self.between(0, last);
        choices.get(usize::try_from(at).unwrap_or(0))
    }

    /// Returns one of the words.
    pub(super) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or("")
    }

    /// Returns a choice by weight in percent; the last one takes what is left of the hundred.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(i64, T)], otherwise: T) -> T {
        let mut rest = self.between(0, 99);
        for (percent, choice) in choices {
            if rest < *percent {
                return *choice;
            }
            rest = rest.saturating_sub(*percent);
        }
        otherwise
    }

    /// Returns the id of a new record.
    pub(super) fn id(&mut self) -> RecordId {
        self.now = Timestamp(self.now.0.saturating_add(1));
        let mut random = [0; 10];
        let drawn = self
            .next()
            .to_le_bytes()
            .into_iter()
            .chain(self.next().to_le_bytes());
        for (to, from) in random.iter_mut().zip(drawn) {
            *to = from;
        }
        RecordId::new(self.now, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_their_range_and_reach_both_ends() {
        let mut draw = Draw::new(1, 1, NaiveDate::default());
        let drawn: Vec<_> = (0..200).map(|_| draw.between(-2, 3)).collect();
        assert_eq!(
            (drawn.iter().min(), drawn.iter().max()),
            (Some(&-2), Some(&3))
        );
        assert_eq!(draw.between(5, 4), 5);
        assert_eq!(draw.pick::<u8>(&[]), None);
    }

    #[test]
    fn ids_rise() {
        let mut draw = Draw::new(1, 1, "2026-11-24".parse().unwrap());
        let ids: Vec<_> = (0..100).map(|_| draw.id()).collect();
        assert!(ids.is_sorted());
    }
}
