//! Figures and days as people read them on the screen.
//!
//! Pure; the model decides what a figure is, this file only how wide it may be.

use adjutant_model::calendar::show_date;
use adjutant_model::money::{Currency, divide_rounded, show_whole};
use chrono::NaiveDate;

/// Returns a count with thousands separators.
pub fn count(number: usize) -> String {
    i64::try_from(number).map_or_else(
        |_| number.to_string(),
        |number| minus(&show_whole(number, unit())),
    )
}

/// Returns a currency without decimals, to group plain numbers with.
fn unit() -> Currency {
    Currency::from_code("JPY").unwrap_or(Currency::EUR)
}

/// Returns an amount in whole units with a true minus sign.
pub fn whole(minor: i64, currency: Currency) -> String {
    minus(&show_whole(minor, currency))
}

/// Returns a variance in whole units as accountants write it: `1,234`, and `(1,234)` below zero.
pub fn accounting(minor: i64, currency: Currency) -> String {
    let shown = show_whole(minor, currency);
    match shown.strip_prefix('-') {
        Some(digits) => format!("({digits})"),
        None => shown,
    }
}

/// Returns an amount in three digits, rounded once: `1.84 M`, `920 k`, `740`.
pub fn compact(minor: i64, currency: Currency) -> String {
    let unit = 10_i128.pow(currency.exponent());
    let forms = [
        (1, "", 0),
        (1_000, " k", 2),
        (1_000, " k", 1),
        (1_000, " k", 0),
        (1_000_000, " M", 2),
        (1_000_000, " M", 1),
        (1_000_000, " M", 0),
        (1_000_000_000, " bn", 2),
        (1_000_000_000, " bn", 1),
    ];
    let figure = |scale: i128, places: u32| {
        let scaled = i128::from(minor).saturating_mul(10_i128.pow(places));
        divide_rounded(scaled, unit.saturating_mul(scale)).unwrap_or(0)
    };
    // The first form whose figure, as rounded, needs no more than three digits: 999.6 is 1.00 k.
    let (scale, name, places) = forms
        .into_iter()
        .find(|(scale, _, places)| figure(*scale, *places).unsigned_abs() < 1_000)
        .unwrap_or((1_000_000_000, " bn", 0));
    minus(&format!(
        "{}{name}",
        decimals(figure(scale, places), places)
    ))
}

fn decimals(figure: i128, places: u32) -> String {
    let scale = 10_i128.pow(places);
    let (sign, size) = (if figure < 0 { "-" } else { "" }, figure.abs());
    match places {
        0 => figure.to_string(),
        _ => format!(
            "{sign}{}.{:0width$}",
            size.div_euclid(scale),
            size.rem_euclid(scale),
            width = places as usize
        ),
    }
}

/// Returns basis points as percent with one decimal: `2.1 %`, without a sign.
pub fn percent(basis_points: i64) -> String {
    let tenths = divide_rounded(i128::from(basis_points.unsigned_abs()), 10).unwrap_or(0);
    format!("{}.{} %", tenths.div_euclid(10), tenths.rem_euclid(10))
}

/// Returns a slip in working days: `+6 wd`, `−2 wd`, `on plan`.
pub fn slip(working_days: i64) -> String {
    match working_days {
        0 => "On plan".to_owned(),
        late if late > 0 => format!("+{} wd", working_days_shown(late)),
        early => format!("\u{2212}{} wd", working_days_shown(early)),
    }
}

/// Returns a number of working days with thousands separators, without a sign.
pub fn working_days_shown(working_days: i64) -> String {
    count(usize::try_from(working_days.unsigned_abs()).unwrap_or(usize::MAX))
}

/// Returns a day, in words where it is near: `Today`, `Tomorrow`, `3 May`.
pub fn day(day: NaiveDate, today: NaiveDate) -> String {
    match day.signed_duration_since(today).num_days() {
        -1 => "Yesterday".to_owned(),
        0 => "Today".to_owned(),
        1 => "Tomorrow".to_owned(),
        _ => show_date(day, today),
    }
}

/// Returns a count with its noun: `1 change`, `12 changes`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

fn minus(text: &str) -> String {
    text.replacen('-', "\u{2212}", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_three_digits() {
        for (minor, expected) in [
            (0, "0"),
            (99_949, "999"),
            (100_000, "1.00 k"),
            (184_000_000, "1.84 M"),
            (-1_234_500, "\u{2212}12.3 k"),
            (92_000_000, "920 k"),
            (99_960, "1.00 k"),
            (9_996_000, "100 k"),
            (99_970_000, "1.00 M"),
            (-99_949, "\u{2212}999"),
            (i64::MAX, "92233720 bn"),
        ] {
            assert_eq!(compact(minor, Currency::EUR), expected);
        }
    }

    #[test]
    fn variances_slips_days_and_counts() {
        assert_eq!(accounting(-123_400, Currency::EUR), "(1,234)");
        assert_eq!(accounting(123_400, Currency::EUR), "1,234");
        assert_eq!(percent(-213), "2.1 %");
        assert_eq!(
            (slip(6), slip(-2), slip(0)),
            ("+6 wd".into(), "\u{2212}2 wd".into(), "On plan".into())
        );
        assert_eq!(slip(6_783), "+6,783 wd");
        let today = "2026-11-24".parse().unwrap();
        assert_eq!(day("2026-11-25".parse().unwrap(), today), "Tomorrow");
        assert_eq!(day("2026-12-03".parse().unwrap(), today), "3 Dec");
        assert_eq!(counted(1, "change", "changes"), "1 change");
        assert_eq!(count(10_000), "10,000");
    }
}
