//! Recurrence rules: the part of RFC 5545 that meetings and duties of an office need.
//!
//! `FREQ` of days, weeks, months or years with `INTERVAL`, `BYDAY` (with ordinals for months), `BYMONTHDAY`, `BYMONTH`,
//! `COUNT` and `UNTIL`; days only, no times. What is not understood is refused, never ignored. The one rule: occurrences
//! are derived and an occurrence is named by its date, so every device finds the same ones, however long it was off.
//!
//! Not the crate `rrule`: it brings time zones and a regular expression engine for a question about days.

use std::str::FromStr;

use adjutant_base::RecordId;
use chrono::{Datelike as _, NaiveDate, Weekday};

use crate::calendar::{WorkingCalendar, add_days};
use crate::query::contract::add_months;
use crate::value::{FieldValue, InvalidValue, Raw, choice};

choice! {
    /// What becomes of an occurrence on a day that is not worked.
    OffDay {
        /// It stays.
        Keep = "keep", "Keep the day";
        /// It moves to the working day before.
        Previous = "previous", "Working day before";
        /// It moves to the working day after.
        Next = "next", "Working day after";
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A weekday of a rule: all of them, or the so-many-th of its month, from the end if negative.
type ByDay = (Option<i32>, Weekday);

/// A recurrence rule, as iCalendar writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    text: String,
    frequency: Frequency,
    interval: i64,
    by_day: Vec<ByDay>,
    by_month_day: Vec<i32>,
    by_month: Vec<u32>,
    count: Option<usize>,
    until: Option<NaiveDate>,
}

/// Occurrences that one question about a rule looks at: far more than a hundred years of working days.
const MOST_PERIODS: i64 = 50_000;

impl Recurrence {
    /// Returns the dates from `from` to `to`, both included, of a series that begins on `first`.
    ///
    /// Empty if `to` lies before `first`. Cost: that of the span, or of the whole series for a rule with `COUNT`; at most
    /// 50,000 periods.
    pub fn dates(&self, first: NaiveDate, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
        let start = if self.count.is_some() {
            0
        } else {
            self.period_of(first, from.max(first))
                .saturating_sub(1)
                .max(0)
        };
        let last = self.until.map_or(to, |until| until.min(to));
        let mut left = self.count.unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for period in start..start.saturating_add(MOST_PERIODS) {
            let Some(anchor) = self.anchor(first, period).filter(|anchor| *anchor <= last) else {
                break;
            };
            for day in self.days_of(first, anchor) {
                if day < first {
                    continue;
                }
                if left == 0 || day > last {
                    return found;
                }
                left = left.saturating_sub(1);
                if day >= from {
                    found.push(day);
                }
            }
        }
        found
    }

    /// Returns the number of the period in which `day` lies, the first one being zero; steps of the interval.
    fn period_of(&self, first: NaiveDate, day: NaiveDate) -> i64 {
        let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
        let steps = match self.frequency {
            Frequency::Daily => day.signed_duration_since(first).num_days(),
            Frequency::Weekly => day
                .signed_duration_since(monday(first))
                .num_days()
                .div_euclid(7),
            Frequency::Monthly => months(day) - months(first),
            Frequency::Yearly => i64::from(day.year()) - i64::from(first.year()),
        };
        steps.div_euclid(self.interval)
    }

    /// Returns the first day of a period; `None` beyond the calendar.
    fn anchor(&self, first: NaiveDate, period: i64) -> Option<NaiveDate> {
        let steps = period.checked_mul(self.interval)?;
        let day = match self.frequency {
            Frequency::Daily => add_days(first, steps),
            Frequency::Weekly => add_days(monday(first), steps.checked_mul(7)?),
            Frequency::Monthly => add_months(first.with_day(1)?, steps),
            Frequency::Yearly => NaiveDate::from_ymd_opt(
                i32::try_from(i64::from(first.year()).checked_add(steps)?).ok()?,
                1,
                1,
            )?,
        };
        (day < NaiveDate::MAX).then_some(day)
    }

    /// Returns the days of one period, ascending.
    fn days_of(&self, first: NaiveDate, anchor: NaiveDate) -> Vec<NaiveDate> {
        let mut days = match self.frequency {
            Frequency::Daily => vec![anchor],
            Frequency::Weekly => self.days_of_week(first, anchor),
            Frequency::Monthly => self.days_of_month(first, anchor),
            Frequency::Yearly => {
                let own = [first.month()];
                let months = if self.by_month.is_empty() {
                    &own[..]
                } else {
                    &self.by_month
                };
                let month = |month: &u32| NaiveDate::from_ymd_opt(anchor.year(), *month, 1);
                let months = months.iter().filter_map(month);
                months
                    .flat_map(|day| self.days_of_month(first, day))
                    .collect()
            }
        };
        days.retain(|day| {
            let in_month = self.by_month.is_empty() || self.by_month.contains(&day.month());
            let filters = self.frequency == Frequency::Daily;
            in_month && (!filters || (self.has_weekday(*day) && self.has_month_day(*day)))
        });
        days.sort_unstable();
        days.dedup();
        days
    }

    fn days_of_week(&self, first: NaiveDate, monday: NaiveDate) -> Vec<NaiveDate> {
        (0..7)
            .map(|at| add_days(monday, at))
            .filter(|day| {
                if self.by_day.is_empty() {
                    day.weekday() == first.weekday()
                } else {
                    self.has_weekday(*day)
                }
            })
            .collect()
    }

    fn days_of_month(&self, first: NaiveDate, month: NaiveDate) -> Vec<NaiveDate> {
        let days = month
            .iter_days()
            .take_while(|day| day.month() == month.month());
        days.filter(|day| {
            if self.by_day.is_empty() && self.by_month_day.is_empty() {
                // A month without that day has no occurrence: RFC 5545, 3.3.10.
                return day.day() == first.day();
            }
            self.has_weekday(*day) && self.has_month_day(*day)
        })
        .collect()
    }

    fn has_weekday(&self, day: NaiveDate) -> bool {
        let matches = |(ordinal, weekday): &ByDay| {
            let (from_start, from_end) = ordinals(day);
            day.weekday() == *weekday && ordinal.is_none_or(|n| n == from_start || n == from_end)
        };
        self.by_day.is_empty() || self.by_day.iter().any(matches)
    }

    fn has_month_day(&self, day: NaiveDate) -> bool {
        let number = i32::try_from(day.day()).unwrap_or(0);
        let from_end = number - length_of_month(day) - 1;
        self.by_month_day.is_empty()
            || self
                .by_month_day
                .iter()
                .any(|n| *n == number || *n == from_end)
    }
}

/// Returns which of its weekday in its month a day is, from the start (1...) and from the end (-1...).
fn ordinals(day: NaiveDate) -> (i32, i32) {
    let number = i32::try_from(day.day0()).unwrap_or(0);
    let left = length_of_month(day) - number - 1;
    (number / 7 + 1, -(left / 7) - 1)
}

fn length_of_month(day: NaiveDate) -> i32 {
    let length = day.num_days_in_month();
    i32::from(length)
}

fn monday(day: NaiveDate) -> NaiveDate {
    add_days(day, -i64::from(day.weekday().num_days_from_monday()))
}

/// One occurrence of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The day that the rule gives; it names the occurrence.
    pub date: NaiveDate,
    /// The day on which it takes place.
    pub day: NaiveDate,
    /// The id of its record, the same on every device.
    pub id: RecordId,
}

/// Returns the occurrence of a series on a date of its rule.
pub fn occurrence(
    series: RecordId,
    date: NaiveDate,
    off_day: OffDay,
    calendar: &WorkingCalendar,
) -> Occurrence {
    Occurrence {
        date,
        day: match off_day {
            OffDay::Keep => date,
            OffDay::Previous => calendar.on_or_before(date),
            OffDay::Next => calendar.on_or_after(date),
        },
        id: RecordId::derived(&format!("occurrence/{series}/{date}")),
    }
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

impl FromStr for Recurrence {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let upper = text.trim().to_uppercase();
        parse(upper.strip_prefix("RRULE:").unwrap_or(&upper)).ok_or_else(|| {
            InvalidValue::new(
                text,
                "a rule like FREQ=MONTHLY;BYDAY=1TU or FREQ=WEEKLY;INTERVAL=2",
            )
        })
    }
}

fn parse(text: &str) -> Option<Recurrence> {
    let mut rule = Recurrence {
        text: text.to_owned(),
        frequency: Frequency::Daily,
        interval: 1,
        by_day: Vec::new(),
        by_month_day: Vec::new(),
        by_month: Vec::new(),
        count: None,
        until: None,
    };
    let mut has_frequency = false;
    for part in text.split(';') {
        let (name, value) = part.split_once('=')?;
        match name {
            "FREQ" => {
                has_frequency = true;
                rule.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    _ => return None,
                };
            }
            "INTERVAL" => rule.interval = in_range(value, 1, 1_000)?,
            "COUNT" => rule.count = usize::try_from(in_range(value, 1, 10_000)?).ok(),
            "UNTIL" => {
                let day = value
                    .get(..8)
                    .filter(|_| value.len() == 8 || value.get(8..9) == Some("T"))?;
                rule.until = Some(NaiveDate::parse_from_str(day, "%Y%m%d").ok()?);
            }
            "BYDAY" => rule.by_day = list(value, by_day)?,
            "BYMONTHDAY" => {
                let day = |text: &str| {
                    i32::try_from(in_range(text, -31, 31)?)
                        .ok()
                        .filter(|n| *n != 0)
                };
                rule.by_month_day = list(value, day)?;
            }
            "BYMONTH" => {
                rule.by_month = list(value, |text| u32::try_from(in_range(text, 1, 12)?).ok())?;
            }
            "WKST" if value == "MO" => {}
            _ => return None,
        }
    }
    let has_ordinal = rule.by_day.iter().any(|(ordinal, _)| ordinal.is_some());
    let is_good = match rule.frequency {
        Frequency::Daily => !has_ordinal,
        Frequency::Weekly => !has_ordinal && rule.by_month_day.is_empty(),
        Frequency::Monthly => true,
        // Weekdays of a whole year are another question: RFC 5545 counts them over the year.
        Frequency::Yearly => rule.by_day.is_empty() || !rule.by_month.is_empty(),
    };
    (has_frequency && is_good && !(rule.count.is_some() && rule.until.is_some())).then_some(rule)
}

fn in_range(text: &str, least: i64, most: i64) -> Option<i64> {
    let number = text.parse().ok()?;
    (least..=most).contains(&number).then_some(number)
}

fn list<T>(text: &str, one: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(one).collect()
}

fn by_day(text: &str) -> Option<ByDay> {
    let (name, weekday) = WEEKDAYS.iter().find(|(name, _)| text.ends_with(name))?;
    let ordinal = text.strip_suffix(name)?;
    let ordinal = match ordinal {
        "" => None,
        number => Some(
            i32::try_from(in_range(number, -5, 5)?)
                .ok()
                .filter(|n| *n != 0)?,
        ),
    };
    Some((ordinal, *weekday))
}

impl FieldValue for Recurrence {
    const TYPE: &'static str = "recurrence (RFC 5545 RRULE, a part of it)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        String::from_raw(raw)?.parse().ok()
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.text.clone())
    }

    fn absent() -> Self {
        Self {
            text: "FREQ=DAILY".to_owned(),
            frequency: Frequency::Daily,
            interval: 1,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_month: Vec::new(),
            count: None,
            until: None,
        }
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        String::from_input(text)?.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::day;
    use proptest::prelude::*;

    fn dates(rule: &str, first: &str, to: &str) -> Vec<String> {
        let rule: Recurrence = rule.parse().unwrap();
        let found = rule.dates(day(first), day(first), day(to));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_first_tuesday_of_each_month() {
        assert_eq!(
            dates("FREQ=MONTHLY;BYDAY=1TU", "2026-11-25", "2027-02-28"),
            ["2026-12-01", "2027-01-05", "2027-02-02"]
        );
    }

    #[test]
    fn a_month_without_that_day_has_no_occurrence_and_the_last_day_always_is() {
        assert_eq!(
            dates("FREQ=MONTHLY", "2026-01-31", "2026-05-31"),
            ["2026-01-31", "2026-03-31", "2026-05-31"]
        );
        assert_eq!(
            dates("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31", "2026-03-31"),
            ["2026-01-31", "2026-02-28", "2026-03-31"]
        );
    }

    #[test]
    fn a_leap_day_comes_round_every_four_years() {
        assert_eq!(
            dates("FREQ=YEARLY", "2024-02-29", "2032-12-31"),
            ["2024-02-29", "2028-02-29", "2032-02-29"]
        );
    }

    #[test]
    fn counts_and_ends() {
        let three = ["2026-11-25", "2026-12-09", "2026-12-23"];
        assert_eq!(
            dates("FREQ=WEEKLY;INTERVAL=2;COUNT=3", "2026-11-25", "2030-01-01"),
            three
        );
        assert_eq!(
            dates(
                "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20261223T090000Z",
                "2026-11-25",
                "2030-01-01"
            ),
            three
        );
        let rule: Recurrence = "FREQ=WEEKLY;COUNT=3".parse().unwrap();
        assert_eq!(
            rule.dates(day("2026-11-25"), day("2026-12-03"), day("2030-01-01")),
            [day("2026-12-09")]
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "",
            "FREQ=HOURLY",
            "INTERVAL=2",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;BYDAY=1MO",
            "FREQ=WEEKLY;BYSETPOS=1",
            "FREQ=YEARLY;BYDAY=20MO",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=DAILY;COUNT=2;UNTIL=20270101",
            "FREQ=MONTHLY;BYDAY=6MO",
            "FREQ=DAILY;UNTIL=2027",
        ] {
            assert!(bad.parse::<Recurrence>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_series_far_back_or_without_end_is_no_slower() {
        let rule: Recurrence = "FREQ=DAILY".parse().unwrap();
        assert_eq!(
            rule.dates(day("1900-01-01"), day("9999-12-31"), day("9999-12-31"))
                .len(),
            1
        );
        let never: Recurrence = "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2".parse().unwrap();
        assert_eq!(
            never
                .dates(day("1900-01-01"), day("1900-01-01"), day("9999-12-31"))
                .len(),
            0
        );
    }

    #[test]
    fn holidays_move_an_occurrence_and_leave_its_name() {
        let calendar = WorkingCalendar::with_holidays([day("2026-12-01")]);
        let series = RecordId::derived("jour fixe");
        let at = |off_day| occurrence(series, day("2026-12-01"), off_day, &calendar);
        assert_eq!(at(OffDay::Previous).day, day("2026-11-30"));
        assert_eq!(at(OffDay::Next).day, day("2026-12-02"));
        assert_eq!(at(OffDay::Keep).id, at(OffDay::Next).id);
    }

    /// Whether a rule has a day, asked of each day alone.
    fn slow_has(rule: &Recurrence, first: NaiveDate, day: NaiveDate) -> bool {
        let months = |d: NaiveDate| d.year() * 12 + i32::try_from(d.month()).unwrap();
        let every = i32::try_from(rule.interval).unwrap();
        let in_step = match rule.frequency {
            Frequency::Daily => (day - first).num_days() % rule.interval == 0,
            Frequency::Weekly => {
                let (a, b) = (
                    first.week(Weekday::Mon).first_day(),
                    day.week(Weekday::Mon).first_day(),
                );
                (b - a).num_days() / 7 % rule.interval == 0
            }
            Frequency::Monthly => (months(day) - months(first)) % every == 0,
            Frequency::Yearly => (day.year() - first.year()) % every == 0,
        };
        let month_ok = if rule.by_month.is_empty() {
            rule.frequency != Frequency::Yearly || day.month() == first.month()
        } else {
            rule.by_month.contains(&day.month())
        };
        let same_weekday = |d: &NaiveDate| d.month() == day.month() && d.weekday() == day.weekday();
        let month = || {
            day.with_day(1)
                .unwrap()
                .iter_days()
                .take_while(|d| d.month() == day.month())
        };
        let weekday_ok = rule.by_day.iter().any(|(n, weekday)| {
            let all: Vec<_> = month().filter(same_weekday).collect();
            let at = i32::try_from(all.iter().position(|d| *d == day).unwrap()).unwrap();
            let len = i32::try_from(all.len()).unwrap();
            *weekday == day.weekday() && n.is_none_or(|n| n == at + 1 || n == at - len)
        });
        let length = i32::try_from(month().count()).unwrap();
        let number = i32::try_from(day.day()).unwrap();
        let month_day_ok = rule
            .by_month_day
            .iter()
            .any(|n| *n == number || length + n + 1 == number);
        let day_ok = match (rule.by_day.is_empty(), rule.by_month_day.is_empty()) {
            (true, true) => match rule.frequency {
                Frequency::Daily => true,
                Frequency::Weekly => day.weekday() == first.weekday(),
                Frequency::Monthly | Frequency::Yearly => day.day() == first.day(),
            },
            (false, true) => weekday_ok,
            (true, false) => month_day_ok,
            (false, false) => weekday_ok && month_day_ok,
        };
        day >= first && in_step && month_ok && day_ok
    }

    proptest! {
        #[test]
        fn dates_agree_with_asking_each_day(
            frequency in 0_usize..4, interval in 1_i64..5,
            by_day in prop::collection::vec((prop::option::of(-5_i32..=5), 0_usize..7), 0..3),
            by_month_day in prop::collection::vec(-31_i32..=31, 0..3),
            by_month in prop::collection::vec(1_u32..=12, 0..4),
            first in 0_i64..3_000, from in -100_i64..900, span in 0_i64..900,
        ) {
            let name = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][frequency];
            let mut text = format!("FREQ={name};INTERVAL={interval}");
            let join = |parts: Vec<String>| parts.join(",");
            if !by_day.is_empty() {
                let parts = by_day.iter().map(|(n, at)| format!("{}{}", n.map_or(String::new(), |n| n.to_string()), WEEKDAYS[*at].0));
                text += &format!(";BYDAY={}", join(parts.collect()));
            }
            if !by_month_day.is_empty() {
                text += &format!(";BYMONTHDAY={}", join(by_month_day.iter().map(ToString::to_string).collect()));
            }
            if !by_month.is_empty() {
                text += &format!(";BYMONTH={}", join(by_month.iter().map(ToString::to_string).collect()));
            }
            let Ok(rule) = text.parse::<Recurrence>() else { return Ok(()); };
            let first = add_days(day("2020-01-01"), first);
            let (from, to) = (add_days(first, from), add_days(first, from + span));
            let slow: Vec<_> = from.iter_days().take_while(|d| *d <= to).filter(|d| slow_has(&rule, first, *d)).collect();
            prop_assert_eq!(rule.dates(first, from, to), slow, "{}", text);
        }

        #[test]
        fn parsing_never_panics(text in "[A-Z=;0-9,:-]{0,40}") {
            text.parse::<Recurrence>().ok();
        }
    }
}
