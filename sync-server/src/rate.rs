//! How much one connection, and one device with all its connections, may send: more is not refused but slowed down.
//!
//! A leaky bucket in time alone: each message costs some time, and whoever has spent more than the allowance waits.
//! The rule: no clock is read here, and waiting costs no memory.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::settings::milliseconds;

/// What may be sent in the long run, and how much at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Messages in a second.
    pub messages_per_s: u32,
    /// Bytes in a second.
    pub bytes_per_s: u32,
    /// For how long a sender that was silent may send faster than any network before it is slowed down.
    #[serde(rename = "allowance_ms", with = "milliseconds")]
    pub allowance: Duration,
}

/// What one sender has spent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    rate: Rate,
    /// When everything sent so far would have come at the rate.
    even_at: Instant,
}

impl Rate {
    /// Returns how long a message of this size takes at this rate.
    fn cost(&self, size_bytes: usize) -> Duration {
        let share = |amount: u64, per_s: u32| {
            let nanoseconds = u128::from(amount)
                .saturating_mul(1_000_000_000)
                .checked_div(u128::from(per_s))
                .unwrap_or(u128::MAX);
            Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
        };
        share(1, self.messages_per_s).max(share(size_bytes as u64, self.bytes_per_s))
    }
}

impl Bucket {
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, even_at: now }
    }

    /// Counts a message and returns how long its sender must not be listened to.
    pub(crate) fn charge(&mut self, size_bytes: usize, now: Instant) -> Duration {
        let from = self.even_at.max(now);
        // Beyond what an instant can say there is nothing left to count.
        self.even_at = from.checked_add(self.rate.cost(size_bytes)).unwrap_or(from);
        self.even_at
            .saturating_duration_since(now)
            .saturating_sub(self.rate.allowance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        messages_per_s: 10,
        bytes_per_s: 1_000,
        allowance: Duration::from_secs(1),
    };

    #[test]
    fn a_burst_passes_and_what_follows_comes_at_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(RATE, start);
        for _ in 0..10 {
            assert_eq!(bucket.charge(1, start), Duration::ZERO);
        }
        assert_eq!(bucket.charge(1, start), Duration::from_millis(100));
        assert_eq!(bucket.charge(1, start), Duration::from_millis(200));
        // Silence is credit, but never more than the allowance.
        let later = start + Duration::from_secs(100);
        for _ in 0..10 {
            assert_eq!(bucket.charge(1, later), Duration::ZERO);
        }
        assert_eq!(bucket.charge(1, later), Duration::from_millis(100));
    }

    #[test]
    fn large_messages_cost_by_their_size() {
        let start = Instant::now();
        let mut bucket = Bucket::new(RATE, start);
        assert_eq!(bucket.charge(3_000, start), Duration::from_secs(2));
        assert_eq!(bucket.charge(0, start), Duration::from_millis(2_100));
    }

    #[test]
    fn a_rate_of_zero_stops_and_does_not_panic() {
        let start = Instant::now();
        let rate = Rate {
            messages_per_s: 0,
            ..RATE
        };
        let mut bucket = Bucket::new(rate, start);
        bucket.charge(1, start);
        bucket.charge(usize::MAX, start);
    }
}
