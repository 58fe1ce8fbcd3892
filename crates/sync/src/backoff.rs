//! How long to wait before dialling again.
//!
//! Pure: the random number is an argument. The one rule: a thousand devices that lost the same relay must not all
//! come back in the same second, so the whole delay is drawn, not only its tail.

/// Longest delay, in milliseconds.
pub const LONGEST_MS: u64 = 30_000;
/// Upper bound of the first delay, in milliseconds.
pub const FIRST_MS: u64 = 500;
/// Shortest delay, in milliseconds.
pub const SHORTEST_MS: u64 = 50;

/// Returns how long to wait before the dial after `attempt` failed ones, in milliseconds.
///
/// `random` is any 64 random bits. The result is evenly spread from [`SHORTEST_MS`] up to a bound that starts at
/// [`FIRST_MS`], doubles with each attempt and stays at [`LONGEST_MS`].
///
/// Source: "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), variant "full jitter".
///
/// ```
/// use adjutant_sync::backoff::{LONGEST_MS, delay_ms};
/// assert!(delay_ms(0, u64::MAX) <= 500);
/// assert!(delay_ms(40, u64::MAX) <= LONGEST_MS);
/// ```
pub fn delay_ms(attempt: u32, random: u64) -> u64 {
    let bound = FIRST_MS
        .saturating_mul(1_u64.checked_shl(attempt).unwrap_or(u64::MAX))
        .min(LONGEST_MS);
    let spread = bound.saturating_sub(SHORTEST_MS).saturating_add(1);
    SHORTEST_MS.saturating_add(random.checked_rem(spread).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_longest_and_no_further() {
        let longest = |attempt| {
            (0..50_000)
                .map(|random| delay_ms(attempt, random))
                .max()
                .unwrap()
        };
        assert_eq!(longest(0), 500);
        assert_eq!(longest(1), 1_000);
        assert_eq!(longest(5), 16_000);
        for attempt in [6, 7, 63, 64, u32::MAX] {
            assert_eq!(longest(attempt), LONGEST_MS, "attempt {attempt}");
        }
    }

    #[test]
    fn is_spread_over_the_whole_range() {
        assert_eq!(delay_ms(9, 0), SHORTEST_MS);
        assert!(delay_ms(9, 12_345) < 13_000);
        assert!((0..u64::from(u16::MAX)).all(|random| delay_ms(0, random) >= SHORTEST_MS));
    }
}
