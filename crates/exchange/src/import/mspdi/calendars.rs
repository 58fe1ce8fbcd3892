//! Calendars of a project file: weekdays and the days that differ.
//!
//! Base calendars are taken; those of resources are counted as left out. A weekday that is not listed is worked from
//! Monday to Friday. An exception of many days becomes one day each, those that recur are named and left out.

use adjutant_base::RecordId;
use adjutant_model::calendar::{Weekdays, add_days};
use adjutant_model::value::FieldValue as _;
use adjutant_model::workdays::{CalendarDayField, CalendarField};
use adjutant_model::{Command, Kind};
use chrono::NaiveDate;

use super::Import;
use super::parse::{CalendarNode, Fields};

/// Longest exception, in days.
const MOST_DAYS: i64 = 366;

impl Import<'_> {
    /// Makes the base calendars and returns the id of the project's own.
    pub(super) fn calendars(&mut self) -> Option<RecordId> {
        let parsed = self.parsed;
        let own = parsed.project.get("CalendarUID");
        let mut found = None;
        for node in &parsed.calendars {
            self.summary.rows += 1;
            if !node.fields.is_set("IsBaseCalendar") {
                self.summary.leave_out("a calendar of one resource");
                continue;
            }
            self.summary.rows_used += 1;
            let id = self.id("calendar", node.fields.get("UID"));
            let mut name = self.line(&node.fields, "Name");
            if name.trim().is_empty() {
                "Calendar".clone_into(&mut name);
            }
            let weekdays = Some(weekdays(node));
            let made = vec![CalendarField::Name(name), CalendarField::Weekdays(weekdays)];
            self.commands.push(Command::create(id, made));
            for exception in &node.exceptions {
                self.exception(id, exception);
            }
            // Older versions write exceptions among the weekdays, as day type 0 with a period.
            for period in node.weekdays.iter().filter(|day| day.get("DayType") == "0") {
                self.exception(id, period);
            }
            if node.fields.get("UID") == own {
                found = Some(id);
            }
        }
        found
    }

    fn exception(&mut self, calendar: RecordId, exception: &Fields) {
        let occurrences = exception.number("Occurrences").unwrap_or(1);
        let (Some(first), Some(last)) = (
            self.day(exception, "FromDate"),
            self.day(exception, "ToDate"),
        ) else {
            let message = "an exception without days; it was left out";
            self.warnings
                .add(exception.line, "Exception", exception.get("Name"), message);
            return;
        };
        // Type 1 and an exception without a type stand for every day from first to last.
        let is_daily = matches!(exception.get("Type"), "" | "1");
        if !is_daily && occurrences > 1 && first != last {
            let message = "recurs by a rule; its first day was taken, the others were left out";
            self.warnings
                .add(exception.line, "Exception", exception.get("Name"), message);
            self.calendar_day(calendar, first, exception);
            return;
        }
        let days = last.signed_duration_since(first).num_days();
        if !(0..MOST_DAYS).contains(&days) {
            let message = "is longer than a year, or ends before it begins; it was left out";
            self.warnings
                .add(exception.line, "Exception", exception.get("Name"), message);
            return;
        }
        for at in 0..=days {
            self.calendar_day(calendar, add_days(first, at), exception);
        }
    }

    fn calendar_day(&mut self, calendar: RecordId, day: NaiveDate, exception: &Fields) {
        let raws = [
            ("calendar", Some(calendar).to_raw()),
            ("day", Some(day).to_raw()),
        ];
        let Some(id) = Kind::CalendarDay.natural_id(&raws) else {
            return;
        };
        let name = self.line(exception, "Name");
        let made = vec![
            CalendarDayField::Calendar(Some(calendar)),
            CalendarDayField::Day(Some(day)),
            CalendarDayField::Name(name),
            CalendarDayField::IsWorking(exception.is_set("DayWorking")),
        ];
        self.commands.push(Command::create(id, made));
    }
}

/// Returns the weekdays that are worked; Monday to Friday if none is.
fn weekdays(node: &CalendarNode) -> Weekdays {
    let mut bits = 0b001_1111_u8;
    for day in &node.weekdays {
        // Day types count from 1 for Sunday; bits from Monday.
        let Some(kind @ 1..=7) = day.number("DayType") else {
            continue;
        };
        let place = (kind + 5) % 7;
        let mask = 1_u8 << place;
        if day.is_set("DayWorking") {
            bits |= mask;
        } else {
            bits &= !mask;
        }
    }
    Weekdays::from_bits(bits).unwrap_or_default()
}
