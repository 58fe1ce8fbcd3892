//! Reading days as people type them into a cell or behind `due:`.
//!
//! Pure: today comes in as an argument.

use adjutant_model::calendar::{MONTHS, add_days};
use adjutant_model::value::parse_iso_date;
use chrono::{Datelike as _, NaiveDate, Weekday};

/// What a refusal says.
pub const EXPECTED: &str = "Give a day like 3 May, 2027-05-03, fri, tomorrow or +5";

/// Reads a day; `None` if the text is none.
///
/// Takes `2027-05-03`, `3 May`, `3 May 2027`, `today`, `tomorrow`, a weekday (the next one, never today) and `+5` (days
/// from today). A day and a month without a year mean the one that is nearest ahead, or at most 60 days back.
pub fn parse_day(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let text = text.trim().to_lowercase();
    if let Some(day) = parse_iso_date(&text) {
        return Some(day);
    }
    if let Some(days) = text.strip_prefix('+') {
        let days: i64 = days
            .trim_end_matches('d')
            .parse()
            .ok()
            .filter(|days| (0..=36_500).contains(days))?;
        return Some(add_days(today, days));
    }
    match text.as_str() {
        "today" => return Some(today),
        "tomorrow" => return Some(add_days(today, 1)),
        _ => {}
    }
    weekday(&text, today).or_else(|| day_and_month(&text, today))
}

fn weekday(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let weekday: Weekday = text.parse().ok()?;
    let ahead = i64::from(weekday.num_days_from_monday())
        - i64::from(today.weekday().num_days_from_monday());
    Some(add_days(today, if ahead > 0 { ahead } else { ahead + 7 }))
}

fn day_and_month(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let words: Vec<&str> = text
        .split([' ', '.', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    let (day, month, year) = match words.as_slice() {
        [day, month] => (*day, *month, None),
        [day, month, year] => (
            *day,
            *month,
            Some(
                year.parse::<i32>()
                    .ok()
                    .filter(|year| (1900..=9999).contains(year))?,
            ),
        ),
        _ => return None,
    };
    let day: u32 = day.parse().ok()?;
    let short: String = month.chars().take(3).collect();
    let at = MONTHS
        .iter()
        .position(|name| name.to_lowercase() == short)?;
    let month = u32::try_from(at).ok()? + 1;
    if let Some(year) = year {
        return NaiveDate::from_ymd_opt(year, month, day);
    }
    let earliest = add_days(today, -60);
    (today.year() - 1..=today.year() + 8)
        .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
        .find(|day| *day >= earliest)
}

/// Returns a day as the editor of a cell shows it; it reads back as the same day.
pub fn show_for_edit(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        // A Tuesday.
        let today = "2026-11-24".parse().unwrap();
        assert_eq!(
            parse_day(text, today),
            expected.map(|day| day.parse().unwrap()),
            "{text}"
        );
    }

    #[test]
    fn days_as_people_type_them() {
        check("2027-05-03", Some("2027-05-03"));
        check("Today", Some("2026-11-24"));
        check("tomorrow", Some("2026-11-25"));
        check("fri", Some("2026-11-27"));
        check("Tuesday", Some("2026-12-01"));
        check("mon", Some("2026-11-30"));
        check("+5", Some("2026-11-29"));
        check("+5d", Some("2026-11-29"));
        check("3 May", Some("2027-05-03"));
        check("1 oct", Some("2026-10-01"));
        check("24. December", Some("2026-12-24"));
        check("29 feb", Some("2028-02-29"));
        check("3 may 2030", Some("2030-05-03"));
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for bad in [
            "",
            "soon",
            "31 feb",
            "3/5",
            "+x",
            "+99999999",
            "2026-13-01",
            "3 may 12345",
            "0 may",
        ] {
            check(bad, None);
        }
    }
}
