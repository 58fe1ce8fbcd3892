//! From counts to points and back: the one place where a count becomes a length.
//!
//! Also the other arithmetic of places on the screen. Casts between counts and lengths stand nowhere else.

/// Returns a count as a length factor; counts beyond sixteen million lose their last digits.
#[expect(
    clippy::cast_precision_loss,
    reason = "rows of a table: pixels need no more digits than f32 has"
)]
pub fn points(count: usize) -> f32 {
    count as f32
}

/// Returns a length as a count, rounded down; nothing below zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what a list position needs"
)]
pub fn count(length: f32) -> usize {
    length.max(0.0).floor() as usize
}

/// Returns an amount for drawing; amounts beyond nine quadrillion lose their last digits.
#[expect(
    clippy::cast_precision_loss,
    reason = "a picture of an amount, never an amount"
)]
pub fn drawn(amount: i64) -> f64 {
    amount as f64
}

/// Returns a share of one (0 to 1) as egui wants it.
#[expect(clippy::cast_possible_truncation, reason = "a place on the screen")]
pub fn share(part: f64) -> f32 {
    part as f32
}

/// Returns how far `part` is along `whole`, from 0 to 1; 0 where there is nothing.
pub fn ratio(part: f64, whole: f64) -> f32 {
    if whole <= 0.0 {
        0.0
    } else {
        share((part / whole).clamp(0.0, 1.0))
    }
}

/// Returns the scroll offset nearest to `offset` at which a stretch lies in a view of this length; its start if the view
/// is shorter.
pub fn within(offset: f32, (start, end): (f32, f32), length: f32) -> f32 {
    offset.max(end - length).min(start).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_brought_into_sight_with_the_least_movement() {
        let check = |offset: f32, stretch, expected: f32| {
            let found = within(offset, stretch, 100.0);
            assert!((found - expected).abs() < f32::EPSILON, "{offset} {found}");
        };
        check(0.0, (20.0, 50.0), 0.0);
        check(40.0, (20.0, 50.0), 20.0);
        check(0.0, (120.0, 150.0), 50.0);
        // Longer than the view, and before the first point.
        check(0.0, (120.0, 250.0), 120.0);
        check(10.0, (-6.0, 30.0), 0.0);
    }

    #[test]
    fn lengths_below_zero_and_beyond_all_lists_are_positions() {
        assert_eq!(
            (count(-3.0), count(2.9), count(f32::INFINITY)),
            (0, 2, usize::MAX)
        );
        assert!((ratio(1.0, 4.0) - 0.25).abs() < f32::EPSILON);
        assert!(ratio(1.0, 0.0).abs() < f32::EPSILON);
    }
}
