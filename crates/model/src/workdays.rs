//! Working calendars as records: which weekdays are worked, and the days that differ.
//!
//! A workspace may have several; a project names one, else the settings do, else Monday to Friday is worked.

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::board::Board;
use crate::calendar::{Weekdays, WorkingCalendar};
use crate::project::Project;
use crate::schema::record;

record! {
    /// A working calendar.
    Calendar = "calendar", fields CalendarField {
        /// Name. Required.
        name / Name: String;
        /// Weekdays that are worked, Monday first; Monday to Friday if empty.
        weekdays / Weekdays: Option<Weekdays>;
    }
}

record! {
    /// A day on which a calendar differs from its weekdays.
    CalendarDay = "calendar_day", fields CalendarDayField {
        /// The calendar. Required; it never changes.
        calendar / Calendar: Option<RecordId>;
        /// The day. Required.
        day / Day: Option<NaiveDate>;
        /// What it is, for example "Labour Day".
        name / Name: String;
        /// Whether it is worked: an extra working day; otherwise a holiday.
        is_working / IsWorking: bool;
    }
}

/// All calendars of a board, ready to count with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendars {
    by_id: BTreeMap<RecordId, WorkingCalendar>,
    of_workspace: WorkingCalendar,
}

impl Calendars {
    /// Gathers the calendars of a board.
    ///
    /// A day that two records name is a holiday if one of them says so. Cost: one walk over calendars and their days.
    pub fn of(board: &Board) -> Self {
        let mut exceptions: BTreeMap<RecordId, BTreeMap<NaiveDate, bool>> = BTreeMap::new();
        for (_, entry) in &board.calendar_days {
            if let (Some(calendar), Some(day)) = (entry.calendar, entry.day) {
                let days = exceptions.entry(calendar).or_default();
                let works = days.entry(day).or_insert(true);
                *works = *works && entry.is_working;
            }
        }
        let by_id: BTreeMap<RecordId, WorkingCalendar> = (&board.calendars)
            .into_iter()
            .map(|(id, calendar)| {
                let days = exceptions.remove(id).unwrap_or_default();
                let weekdays = calendar.weekdays.unwrap_or_default();
                (*id, WorkingCalendar::new(weekdays, days))
            })
            .collect();
        let of_workspace = crate::settings::Rules::of(board).calendar;
        let of_workspace = of_workspace.and_then(|id| by_id.get(&id).cloned());
        Self {
            by_id,
            of_workspace: of_workspace.unwrap_or_default(),
        }
    }

    /// Returns the workspace's calendar.
    pub fn of_workspace(&self) -> &WorkingCalendar {
        &self.of_workspace
    }

    /// Returns the calendar by which a project is worked.
    pub fn of_project(&self, project: &Project) -> &WorkingCalendar {
        let own = project.calendar.and_then(|id| self.by_id.get(&id));
        own.unwrap_or(&self.of_workspace)
    }
}
