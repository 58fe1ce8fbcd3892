//! Working days and fiscal years.
//!
//! A working calendar is a set of weekdays and exceptions to it; a fiscal calendar is a start month. Every count of
//! working days is of the half-open span from the first day to the second, so counts add up.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::value::{FieldValue, InvalidValue, Raw};

/// The weekdays that are worked, one bit each, Monday the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(u8);

impl Default for Weekdays {
    /// Monday to Friday.
    fn default() -> Self {
        Self(0b001_1111)
    }
}

const WEEKDAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Weekdays {
    /// Returns the set with these bits, Monday the lowest; `None` for no day at all: nothing could ever be scheduled.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (1..=0b111_1111).contains(&bits).then_some(Self(bits))
    }

    /// Tells whether the weekday is worked.
    pub fn has(self, weekday: Weekday) -> bool {
        self.0 >> weekday.num_days_from_monday() & 1 == 1
    }

    /// Returns how many days a week are worked, 1 to 7.
    pub fn per_week(self) -> i64 {
        i64::from(self.0.count_ones())
    }

    /// Returns how many of the `count` days from a weekday on are worked; `count` is less than a week.
    fn among(self, from: Weekday, count: u32) -> i64 {
        let two_weeks = u32::from(self.0) | u32::from(self.0) << 7;
        let days = two_weeks >> from.num_days_from_monday() & ((1 << count.min(6)) - 1);
        i64::from(days.count_ones())
    }
}

impl FieldValue for Weekdays {
    const TYPE: &'static str = "weekdays (bits, Monday the lowest)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        Self::from_bits(u8::try_from(i64::from_raw(raw)?).ok()?)
    }

    fn to_raw(&self) -> Raw {
        Raw::Int(i64::from(self.0))
    }

    fn absent() -> Self {
        Self::default()
    }

    /// Reads names and spans, for example "mon-thu sat".
    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        let refused = || InvalidValue::new(text, "weekdays like \"mon-fri\" or \"sun mon tue\"");
        let place = |name: &str| {
            WEEKDAY_NAMES
                .iter()
                .position(|known| name.starts_with(known))
        };
        let mut bits = 0_u8;
        let lower = text.to_lowercase();
        for part in lower.split([' ', ',']).filter(|part| !part.is_empty()) {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (from, to) = (
                place(from).ok_or_else(refused)?,
                place(to).ok_or_else(refused)?,
            );
            if from > to {
                return Err(refused());
            }
            for at in from..=to {
                bits |= 1 << at;
            }
        }
        Self::from_bits(bits).ok_or_else(refused)
    }
}

/// Which days are worked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkingCalendar {
    weekdays: Weekdays,
    /// Holidays and extra working days by day, each with what it and those before it add to the count of the weekdays.
    exceptions: Vec<(NaiveDate, bool, i64)>,
}

impl WorkingCalendar {
    /// Returns the calendar with these weekdays and the days that differ: `true` for an extra working day.
    pub fn new(weekdays: Weekdays, exceptions: BTreeMap<NaiveDate, bool>) -> Self {
        let mut sum = 0_i64;
        let with_sum = |(day, worked): (NaiveDate, bool)| {
            let usual = weekdays.has(day.weekday());
            sum = sum
                .saturating_add(i64::from(worked))
                .saturating_sub(i64::from(usual));
            (day, worked, sum)
        };
        Self {
            weekdays,
            exceptions: exceptions.into_iter().map(with_sum).collect(),
        }
    }

    /// Returns Monday to Friday without these holidays.
    pub fn with_holidays(holidays: impl IntoIterator<Item = NaiveDate>) -> Self {
        Self::new(
            Weekdays::default(),
            holidays.into_iter().map(|day| (day, false)).collect(),
        )
    }

    /// Tells whether `day` is worked.
    pub fn is_working(&self, day: NaiveDate) -> bool {
        let at = self.exceptions.binary_search_by_key(&day, |(day, ..)| *day);
        let exception = at.ok().and_then(|at| self.exceptions.get(at));
        exception.map_or_else(
            || self.weekdays.has(day.weekday()),
            |(_, worked, _)| *worked,
        )
    }

    /// Returns what exceptions before `day` add to the count of the weekdays.
    fn added_before(&self, day: NaiveDate) -> i64 {
        let before = self.exceptions.partition_point(|(known, ..)| *known < day);
        let last = before.checked_sub(1).and_then(|at| self.exceptions.get(at));
        last.map_or(0, |(_, _, sum)| *sum)
    }

    /// Returns `day` if it is worked, else the next day that is; the end of the calendar if none is.
    pub fn on_or_after(&self, day: NaiveDate) -> NaiveDate {
        let mut day = day;
        while !self.is_working(day) {
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        day
    }

    /// Returns `day` if it is worked, else the last day before it that is; the start of the calendar if none is.
    pub fn on_or_before(&self, day: NaiveDate) -> NaiveDate {
        let mut day = day;
        while !self.is_working(day) {
            let Some(previous) = day.pred_opt() else {
                break;
            };
            day = previous;
        }
        day
    }

    /// Returns the working day `count` working days after the first one on or after `day`; before it if negative.
    ///
    /// Held at the ends of the calendar. Cost: a search in the logarithm of the distance, each step as
    /// [`Self::working_days_between`].
    pub fn add_working_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        let first = self.on_or_after(day);
        if count == 0 {
            return first;
        }
        // The day looked for is the last on which `count` working days lie between: counts never fall with the day.
        let weeks =
            count.unsigned_abs() / u64::try_from(self.weekdays.per_week()).unwrap_or(1).max(1);
        let exceptions = u64::try_from(self.exceptions.len()).unwrap_or(u64::MAX);
        let reach = weeks
            .saturating_add(exceptions)
            .saturating_add(3)
            .saturating_mul(7);
        let reach = i64::try_from(reach.min(4_000_000)).unwrap_or(4_000_000);
        let (mut low, mut high) = if count > 0 { (0, reach) } else { (-reach, 0) };
        while low < high {
            let middle = low + (high - low + 1) / 2;
            if self.working_days_between(first, add_days(first, middle)) <= count {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        add_days(first, low)
    }

    /// Returns the number of working days from `from` (counted) to `to` (not counted); negative if `to` is earlier.
    ///
    /// Cost: two searches among the exceptions, however long the span.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return self.working_days_between(to, from).saturating_neg();
        }
        let span = to.signed_duration_since(from).num_days();
        let (weeks, rest) = (span.div_euclid(7), span.rem_euclid(7));
        let rest = u32::try_from(rest).unwrap_or(0);
        weeks
            .saturating_mul(self.weekdays.per_week())
            .saturating_add(self.weekdays.among(from.weekday(), rest))
            .saturating_add(self.added_before(to))
            .saturating_sub(self.added_before(from))
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

    #[test]
    fn weekdays_as_people_write_them() {
        let bits = |text| Weekdays::from_input(text).map(|set| set.0).ok();
        assert_eq!(bits("Mon-Fri"), Some(0b001_1111));
        assert_eq!(bits("sunday, monday-thursday"), Some(0b100_1111));
        assert_eq!(bits("fri-mon"), None);
        assert_eq!(bits(""), None);
        assert_eq!(Weekdays::from_raw(&Raw::Int(0)), None);
        assert_eq!(Weekdays::from_raw(&Raw::Int(300)), None);
    }

    #[test]
    fn a_far_away_day_is_held_at_the_end_of_the_calendar() {
        let calendar = WorkingCalendar::default();
        assert!(calendar.add_working_days(day("9999-12-30"), i64::MAX) > day("9999-12-31"));
        assert!(calendar.add_working_days(day("2026-01-01"), i64::MIN) < day("0000-01-01"));
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
        fn adding_working_days_agrees_with_walking(
            start in 0_i64..4_000,
            count in -300_i64..300,
            bits in 1_u8..128,
            exceptions in prop::collection::btree_map(-600_i64..600, any::<bool>(), 0..40),
        ) {
            let from = add_days(day("1999-01-01"), start);
            let exceptions = exceptions.into_iter().map(|(at, works)| (add_days(from, at), works)).collect();
            let calendar = WorkingCalendar::new(Weekdays::from_bits(bits).unwrap(), exceptions);
            let mut slow = from;
            while !calendar.is_working(slow) {
                slow = add_days(slow, 1);
            }
            for _ in 0..count.abs() {
                slow = add_days(slow, count.signum());
                while !calendar.is_working(slow) {
                    slow = add_days(slow, count.signum());
                }
            }
            prop_assert_eq!(calendar.add_working_days(from, count), slow);
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
