//! Working days and fiscal years.
//!
//! A working calendar is a set of weekdays and exceptions to it; a fiscal calendar is a start month. Every count of
//! working days is of the half-open span from the first day to the second, so counts add up.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// Which days are worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingCalendar {
    /// Monday first.
    weekdays: [bool; 7],
    /// Holidays (`false`) and extra working days (`true`).
    exceptions: BTreeMap<NaiveDate, bool>,
}

impl Default for WorkingCalendar {
    fn default() -> Self {
        Self {
            weekdays: [true, true, true, true, true, false, false],
            exceptions: BTreeMap::new(),
        }
    }
}

impl WorkingCalendar {
    /// Returns Monday to Friday without these holidays.
    pub fn with_holidays(holidays: impl IntoIterator<Item = NaiveDate>) -> Self {
        Self {
            exceptions: holidays.into_iter().map(|day| (day, false)).collect(),
            ..Self::default()
        }
    }

    /// Tells whether `day` is worked.
    pub fn is_working(&self, day: NaiveDate) -> bool {
        self.exceptions
            .get(&day)
            .copied()
            .unwrap_or_else(|| self.is_working_weekday(day.weekday()))
    }

    fn is_working_weekday(&self, weekday: Weekday) -> bool {
        let at = usize::try_from(weekday.num_days_from_monday()).unwrap_or(0);
        self.weekdays.get(at).copied().unwrap_or(false)
    }

    /// Returns the number of working days from `from` (counted) to `to` (not counted); negative if `to` is earlier.
    ///
    /// Cost: constant, plus one step for each exception in the span.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return self.working_days_between(to, from).saturating_neg();
        }
        let span = to.signed_duration_since(from).num_days();
        let (weeks, rest) = (span.div_euclid(7), span.rem_euclid(7));
        let per_week =
            i64::try_from(self.weekdays.iter().filter(|worked| **worked).count()).unwrap_or(0);
        let mut count = weeks.saturating_mul(per_week);
        let mut weekday = from.weekday();
        for _ in 0..rest {
            count = count.saturating_add(i64::from(self.is_working_weekday(weekday)));
            weekday = weekday.succ();
        }
        for (day, worked) in self.exceptions.range(from..to) {
            let usual = self.is_working_weekday(day.weekday());
            count = count
                .saturating_add(i64::from(*worked))
                .saturating_sub(i64::from(usual));
        }
        count
    }
}

/// A fiscal year's shape: it starts on the first day of a month and is named after the calendar year in which it ends.
///
/// Source: US federal and municipal practice ("FY2012 = 1 July 2011 to 30 June 2012").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FiscalCalendar {
    start_month: u32,
}

/// One of the twelve periods of a fiscal year, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Period(u8);

impl Period {
    /// Returns the period with this number, from 1 to 12.
    pub fn new(number: u8) -> Option<Self> {
        (1..=12).contains(&number).then_some(Self(number))
    }

    /// Returns all twelve periods in order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + Clone {
        (1..=12).map(Self)
    }

    /// Returns the number, from 1 to 12.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Returns the position in a list of twelve, from 0 to 11.
    pub fn index(self) -> usize {
        usize::from(self.0.saturating_sub(1))
    }
}

impl From<Period> for u8 {
    fn from(period: Period) -> Self {
        period.0
    }
}

impl TryFrom<u8> for Period {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        Self::new(number).ok_or_else(|| format!("{number} is not a period from 1 to 12"))
    }
}

impl FiscalCalendar {
    /// Returns the calendar whose year starts on the first of `start_month` (1 to 12; anything else means January).
    pub fn starting_in(start_month: i64) -> Self {
        let start_month = u32::try_from(start_month)
            .ok()
            .filter(|month| (1..=12).contains(month))
            .unwrap_or(1);
        Self { start_month }
    }

    /// Returns the month in which the year starts, 1 to 12.
    pub fn start_month(self) -> u32 {
        self.start_month
    }

    /// Returns the period in which `day` falls.
    pub fn period_of(self, day: NaiveDate) -> Period {
        let offset = day
            .month()
            .saturating_add(12)
            .saturating_sub(self.start_month)
            .rem_euclid(12);
        Period(u8::try_from(offset).unwrap_or(0).saturating_add(1))
    }

    /// Returns the label of the fiscal year in which `day` falls: the calendar year in which it ends.
    pub fn year_of(self, day: NaiveDate) -> i64 {
        let ends_next_year = self.start_month > 1 && day.month() >= self.start_month;
        i64::from(day.year()).saturating_add(i64::from(ends_next_year))
    }

    /// Returns the first day of a fiscal year, or `None` beyond the years that dates can have.
    pub fn first_day(self, year: i64) -> Option<NaiveDate> {
        let calendar_year = year.checked_sub(i64::from(self.start_month > 1))?;
        NaiveDate::from_ymd_opt(i32::try_from(calendar_year).ok()?, self.start_month, 1)
    }

    /// Returns the calendar month (1 to 12) of a period.
    pub fn month_of(self, period: Period) -> u32 {
        let offset = self
            .start_month
            .saturating_add(u32::from(period.0))
            .saturating_sub(2);
        offset.rem_euclid(12).saturating_add(1)
    }

    /// Returns the last period of fiscal year `year` that has ended or is running on `today`: none before the year,
    /// the twelfth after it.
    pub fn elapsed(self, year: i64, today: NaiveDate) -> Option<Period> {
        match self.year_of(today).cmp(&year) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => Some(self.period_of(today)),
            std::cmp::Ordering::Greater => Period::new(12),
        }
    }
}

/// English short month names, January first.
pub const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Returns the short name of a calendar month from 1 to 12.
pub fn month_name(month: u32) -> &'static str {
    let at = usize::try_from(month).unwrap_or(1).saturating_sub(1);
    MONTHS.get(at).copied().unwrap_or("?")
}

/// Returns a date as people read it: "3 May" within half a year of `today`, otherwise "3 May 2027".
pub fn show_date(day: NaiveDate, today: NaiveDate) -> String {
    let month = month_name(day.month());
    if day.signed_duration_since(today).num_days().abs() <= 182 {
        return format!("{} {month}", day.day());
    }
    format!("{} {month} {}", day.day(), day.year())
}

/// Returns the day `days` later (earlier if negative), held at the ends of the calendar.
pub fn add_days(day: NaiveDate, days: i64) -> NaiveDate {
    let distance = Days::new(days.unsigned_abs());
    if days < 0 {
        day.checked_sub_days(distance).unwrap_or(NaiveDate::MIN)
    } else {
        day.checked_add_days(distance).unwrap_or(NaiveDate::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn fiscal_year_starting_in_july() {
        let city = FiscalCalendar::starting_in(7);
        assert_eq!(
            (
                city.year_of(day("2011-07-01")),
                city.period_of(day("2011-07-01")).number()
            ),
            (2012, 1)
        );
        assert_eq!(
            (
                city.year_of(day("2012-06-30")),
                city.period_of(day("2012-06-30")).number()
            ),
            (2012, 12)
        );
        assert_eq!(city.first_day(2012), Some(day("2011-07-01")));
        assert_eq!(
            Period::all().map(|p| city.month_of(p)).collect::<Vec<_>>(),
            [7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6]
        );
    }

    #[test]
    fn calendar_year_is_its_own_label() {
        let plain = FiscalCalendar::starting_in(1);
        assert_eq!(plain.year_of(day("2026-12-31")), 2026);
        assert_eq!(plain.first_day(2026), Some(day("2026-01-01")));
        assert_eq!(plain.elapsed(2026, day("2026-11-24")), Period::new(11));
        assert_eq!(plain.elapsed(2027, day("2026-11-24")), None);
    }

    proptest! {
        #[test]
        fn working_days_agree_with_counting(start in 0_i64..20_000, span in -400_i64..400, holidays in prop::collection::btree_set(0_i64..400, 0..20)) {
            let from = add_days(day("1970-01-01"), start);
            let to = add_days(from, span);
            let calendar = WorkingCalendar::with_holidays(holidays.iter().map(|h| add_days(from.min(to), *h)));
            let (low, high) = (from.min(to), from.max(to));
            let counted = low.iter_days().take_while(|d| *d < high).filter(|d| calendar.is_working(*d)).count();
            let counted = i64::try_from(counted).unwrap();
            prop_assert_eq!(calendar.working_days_between(from, to), if span < 0 { -counted } else { counted });
        }

        #[test]
        fn every_day_lies_in_its_fiscal_year(month in 1_i64..=12, start in 0_i64..40_000) {
            let fiscal = FiscalCalendar::starting_in(month);
            let date = add_days(day("1950-01-01"), start);
            let year = fiscal.year_of(date);
            prop_assert!(fiscal.first_day(year).unwrap() <= date && date < fiscal.first_day(year + 1).unwrap());
            prop_assert_eq!(fiscal.month_of(fiscal.period_of(date)), date.month());
        }
    }
}
