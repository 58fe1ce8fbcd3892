//! A project as Microsoft Project XML: calendar, tasks in their outline, links with lags, baselines, owners, costs.
//!
//! A record that came from such a file keeps its number there, so the file can be imported again, here or where it came
//! from, and means the same records. Days become moments of a working day from eight to five, durations and lags eight
//! hours a working day. The one rule: what the import takes, this writes, so that export and import together change
//! nothing.
//!
//! Source: Microsoft's `mspdi` schema: lags in tenths of a minute, costs in hundredths of the unit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_model::Board;
use adjutant_model::money::{Amount, Currency};
use adjutant_model::people::PersonId;
use adjutant_model::project::{Milestone, Project};
use adjutant_model::query::schedule::{self, ProjectSchedule, TaskRow};
use adjutant_model::schedule::LinkKind;
use adjutant_model::task::{BaselineTask, Constraint, Dependency};
use adjutant_model::workdays::Calendar;
use chrono::{NaiveDate, Weekday};

use crate::import::mspdi::{part_id, project_id};
use crate::report::Provenance;

/// Minutes of a working day.
const DAY_MINUTES: i64 = 480;
/// Numbers among which the place of a record in its file is looked for.
const MOST_NUMBERS: u32 = 500;

/// Returns a project as a file of Microsoft Project XML; `None` if it is not on the board.
///
/// Cost: that of its schedule. Equal input gives equal bytes.
pub fn plan(
    board: &Board,
    project: RecordId,
    provenance: &Provenance,
    today: NaiveDate,
) -> Option<Vec<u8>> {
    let schedule = schedule::of(board, project, today)?;
    let mut writer = Writer::new(board, &schedule);
    writer.project(provenance, today);
    writer.calendars();
    writer.tasks();
    writer.owners();
    writer.xml.push_str("</Project>\n");
    Some(writer.xml.into_bytes())
}

struct Writer<'a> {
    board: &'a Board,
    project: &'a Arc<Project>,
    schedule: &'a ProjectSchedule,
    /// The key that ids of the file are derived from.
    key: String,
    currency: Currency,
    /// The number of each task.
    numbers: BTreeMap<RecordId, u64>,
    /// Milestones that are tasks, by the task's number, and those that are not.
    of_task: BTreeMap<u64, Arc<Milestone>>,
    alone: Vec<(u64, Arc<Milestone>)>,
    /// Resource numbers by person.
    people: BTreeMap<PersonId, u64>,
    /// Task number and owner.
    assigned: Vec<(u64, PersonId)>,
    xml: String,
}

impl<'a> Writer<'a> {
    fn new(board: &'a Board, schedule: &'a ProjectSchedule) -> Self {
        let project = &schedule.project;
        let key = if project_id(&project.external_key) == project.meta.id {
            project.external_key.clone()
        } else {
            project.meta.id.to_string()
        };
        let mut numbers = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for row in &schedule.rows {
            let number = row.task.external_key.parse::<u64>().ok();
            if let Some(number) = number.filter(|number| *number > 0 && *number < 1 << 31)
                && taken.insert(number)
            {
                numbers.insert(row.task.meta.id, number);
            }
        }
        let mut free = taken.last().map_or(1, |last| last + 1);
        let mut next = || {
            free += 1;
            free - 1
        };
        for row in &schedule.rows {
            numbers.entry(row.task.meta.id).or_insert_with(&mut next);
        }
        let own = (&board.milestones)
            .into_iter()
            .filter(|(_, milestone)| milestone.project == Some(project.meta.id));
        let by_id: BTreeMap<RecordId, u64> = numbers
            .values()
            .map(|number| (part_id(&key, "milestone", &number.to_string()), *number))
            .collect();
        let (mut of_task, mut alone) = (BTreeMap::new(), Vec::new());
        for (id, milestone) in own {
            let linked = milestone.task.and_then(|task| numbers.get(&task));
            match by_id.get(id).or(linked) {
                Some(number) => drop(of_task.insert(*number, Arc::clone(milestone))),
                None => alone.push((next(), Arc::clone(milestone))),
            }
        }
        Self {
            board,
            project,
            schedule,
            key,
            currency: project.currency,
            numbers,
            of_task,
            alone,
            people: BTreeMap::new(),
            assigned: Vec::new(),
            xml: String::new(),
        }
    }

    /// Writes an element if it holds anything.
    fn put(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.xml
                .push_str(&format!("<{name}>{}</{name}>\n", escaped(value)));
        }
    }

    fn put_number(&mut self, name: &str, number: impl TryInto<i64>) {
        if let Ok(number) = number.try_into() {
            self.put(name, &number.to_string());
        }
    }

    fn put_start(&mut self, name: &str, day: Option<NaiveDate>) {
        self.put(
            name,
            &day.map(|day| format!("{day}T08:00:00")).unwrap_or_default(),
        );
    }

    fn put_end(&mut self, name: &str, day: Option<NaiveDate>) {
        self.put(
            name,
            &day.map(|day| format!("{day}T17:00:00")).unwrap_or_default(),
        );
    }

    fn put_days(&mut self, name: &str, days: Option<i64>) {
        if let Some(days) = days {
            let hours = days.saturating_mul(DAY_MINUTES / 60);
            self.put(name, &format!("PT{hours}H0M0S"));
            self.put("DurationFormat", "7");
        }
    }

    /// Writes an amount in hundredths of the unit, whatever the currency.
    fn put_cost(&mut self, name: &str, amount: Option<Amount>) {
        let Some(Amount(minor)) = amount else { return };
        let decimals = self.currency.exponent();
        let text = if decimals <= 2 {
            let factor = 10_i128.pow(2 - decimals);
            (i128::from(minor) * factor).to_string()
        } else {
            let unit = 10_u128.pow(decimals - 2);
            let (size, places) = (
                u128::from(minor.unsigned_abs()),
                usize::try_from(decimals - 2).unwrap_or(1),
            );
            let sign = if minor < 0 { "-" } else { "" };
            format!("{sign}{}.{:0places$}", size / unit, size % unit)
        };
        self.put(name, &text);
    }

    fn project(&mut self, provenance: &Provenance, today: NaiveDate) {
        self.xml.push_str(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
             <Project xmlns=\"http://schemas.microsoft.com/project\">\n",
        );
        let about = comment(&provenance.line(today));
        self.xml.push_str(&format!("<!-- {about} -->\n"));
        let project = Arc::clone(self.project);
        self.put("SaveVersion", "14");
        self.put("Name", &format!("{}.xml", project.name));
        self.put("GUID", &self.key.clone());
        self.put("Title", &project.name);
        self.put("Manager", self.board.person_name(project.owner));
        self.put("ScheduleFromStart", "1");
        self.put_start("StartDate", project.start);
        self.put_end("FinishDate", project.target);
        self.put("CurrencyCode", self.currency.code());
        self.put_number("CurrencyDigits", self.currency.exponent());
        if let Some(calendar) = project.calendar {
            let number = self.calendar_number(calendar);
            self.put_number("CalendarUID", number.unwrap_or(1));
        }
        self.put_number("MinutesPerDay", DAY_MINUTES);
        self.put_number("MinutesPerWeek", DAY_MINUTES * 5);
        self.put("DaysPerMonth", "20");
    }

    /// Returns the number that a calendar had in the project's file.
    fn calendar_number(&self, calendar: RecordId) -> Option<u32> {
        (0..MOST_NUMBERS)
            .find(|number| part_id(&self.key, "calendar", &number.to_string()) == calendar)
    }

    fn calendars(&mut self) {
        let mut calendars: Vec<(u32, Arc<Calendar>)> = (&self.board.calendars)
            .into_iter()
            .filter_map(|(id, calendar)| Some((self.calendar_number(*id)?, Arc::clone(calendar))))
            .collect();
        let own = self.project.calendar;
        let is_there = |id| calendars.iter().any(|(_, known)| known.meta.id == id);
        if let Some(own) = own.filter(|id| !is_there(*id))
            && let Some(calendar) = self.board.calendars.get(&own)
        {
            calendars.push((1, Arc::clone(calendar)));
        }
        calendars.sort_by_key(|(number, _)| *number);
        self.xml.push_str("<Calendars>\n");
        for (number, calendar) in calendars {
            self.calendar(number, &calendar);
        }
        self.xml.push_str("</Calendars>\n");
    }

    fn calendar(&mut self, number: u32, calendar: &Calendar) {
        self.xml.push_str("<Calendar>\n");
        self.put_number("UID", number);
        self.put("Name", &calendar.name);
        self.put("IsBaseCalendar", "1");
        self.xml.push_str("<WeekDays>\n");
        let weekdays = calendar.weekdays.unwrap_or_default();
        let mut day = Weekday::Sun;
        for kind in 1..=7 {
            let times = if weekdays.has(day) { TIMES } else { "" };
            let works = u8::from(weekdays.has(day));
            self.xml.push_str(&format!(
                "<WeekDay><DayType>{kind}</DayType><DayWorking>{works}</DayWorking>{times}</WeekDay>\n"
            ));
            day = day.succ();
        }
        self.xml.push_str("</WeekDays>\n<Exceptions>\n");
        let id = calendar.meta.id;
        let days = (&self.board.calendar_days).into_iter().map(|(_, day)| day);
        let days: Vec<_> = days.filter(|day| day.calendar == Some(id)).collect();
        for entry in days {
            let Some(day) = entry.day else { continue };
            self.xml.push_str(&format!(
                "<Exception>\n<TimePeriod><FromDate>{day}T00:00:00</FromDate><ToDate>{day}T23:59:00</ToDate></TimePeriod>\n"
            ));
            self.put("Occurrences", "1");
            self.put("Name", &entry.name);
            self.put("Type", "1");
            self.put_number("DayWorking", u8::from(entry.is_working));
            if entry.is_working {
                self.xml.push_str(TIMES);
            }
            self.xml.push_str("</Exception>\n");
        }
        self.xml.push_str("</Exceptions>\n</Calendar>\n");
    }

    fn tasks(&mut self) {
        self.xml.push_str("<Tasks>\n<Task>\n");
        self.put("UID", "0");
        self.put("ID", "0");
        let name = self.project.name.clone();
        self.put("Name", &name);
        self.put("OutlineLevel", "0");
        self.put("Summary", "1");
        self.xml.push_str("</Task>\n");
        let mut links: BTreeMap<RecordId, Vec<Arc<Dependency>>> = BTreeMap::new();
        for (_, link) in &self.board.dependencies {
            if let (Some(to), Some(project)) = (link.successor, link.project)
                && project == self.project.meta.id
            {
                links.entry(to).or_default().push(Arc::clone(link));
            }
        }
        let baselines = self.baselines();
        let schedule = self.schedule;
        for (place, row) in (1_u64..).zip(&schedule.rows) {
            let id = row.task.meta.id;
            let own = links.remove(&id).unwrap_or_default();
            let rows = baselines.get(&id).map(Vec::as_slice).unwrap_or_default();
            self.task(place, row, &own, rows);
        }
        let count = u64::try_from(schedule.rows.len()).unwrap_or(0);
        for (place, (number, milestone)) in (count + 1..).zip(std::mem::take(&mut self.alone)) {
            self.milestone(place, number, &milestone);
        }
        self.xml.push_str("</Tasks>\n");
    }

    fn task(
        &mut self,
        place: u64,
        row: &TaskRow,
        links: &[Arc<Dependency>],
        baselines: &[(u32, Arc<BaselineTask>)],
    ) {
        let task = &row.task;
        let number = self.numbers.get(&task.meta.id).copied().unwrap_or(place);
        let milestone = self.of_task.get(&number).cloned();
        let finish = milestone.as_ref().and_then(|milestone| milestone.forecast);
        self.xml.push_str("<Task>\n");
        self.put_number("UID", number);
        self.put_number("ID", place);
        self.put("Name", &task.name);
        self.put("IsNull", "0");
        self.put_number("OutlineLevel", row.depth + 1);
        self.put_start("Start", Some(row.start));
        // Of a milestone without an expected day nothing is said.
        let finish = if milestone.is_some() {
            finish
        } else {
            Some(row.finish)
        };
        self.put_end("Finish", finish);
        self.put_days("Duration", task.duration.map(|days| days.0));
        self.put_number("Milestone", u8::from(milestone.is_some()));
        self.put_number("Summary", u8::from(row.is_summary));
        self.put_number("PercentComplete", task.percent.0);
        self.put_start("ActualStart", task.actual_start);
        let done = milestone.as_ref().and_then(|milestone| milestone.done_on);
        self.put_end("ActualFinish", task.actual_finish.or(done));
        self.put_cost("Cost", task.planned_cost);
        self.put_cost("ActualCost", task.actual_cost);
        match task.constraint {
            Constraint::AsSoonAsPossible => self.put("ConstraintType", "0"),
            Constraint::StartNoEarlier => {
                self.put("ConstraintType", "4");
                self.put_start("ConstraintDate", task.constraint_day);
            }
            Constraint::FinishBy => {
                self.put("ConstraintType", "0");
                self.put_end("Deadline", task.constraint_day);
            }
        }
        self.put("Notes", &task.notes.0);
        self.put("Manual", "0");
        for link in links {
            self.link(link);
        }
        for (number, row) in baselines {
            self.xml.push_str("<Baseline>\n");
            self.put_number("Number", *number);
            self.put_start("Start", row.start);
            self.put_end("Finish", row.finish);
            self.put_days("Duration", row.duration.map(|days| days.0));
            self.put_cost("Cost", row.planned_cost);
            self.xml.push_str("</Baseline>\n");
        }
        self.xml.push_str("</Task>\n");
        let owner = task
            .owner
            .or(milestone.and_then(|milestone| milestone.owner));
        self.assigned.extend(owner.map(|owner| (number, owner)));
    }

    fn link(&mut self, link: &Dependency) {
        let from = link.predecessor.and_then(|id| self.numbers.get(&id));
        let Some(from) = from.copied() else { return };
        let kind = match link.kind {
            LinkKind::FinishToFinish => 0,
            LinkKind::FinishToStart => 1,
            LinkKind::StartToFinish => 2,
            LinkKind::StartToStart => 3,
        };
        let lag = link.lag.0.saturating_mul(DAY_MINUTES * 10);
        self.xml.push_str("<PredecessorLink>\n");
        self.put_number("PredecessorUID", from);
        self.put_number("Type", kind);
        self.put("CrossProject", "0");
        self.put_number("LinkLag", lag);
        self.put("LagFormat", "7");
        self.xml.push_str("</PredecessorLink>\n");
    }

    /// Writes a milestone that no task stands for, as a task of no length.
    fn milestone(&mut self, place: u64, number: u64, milestone: &Milestone) {
        self.xml.push_str("<Task>\n");
        self.put_number("UID", number);
        self.put_number("ID", place);
        self.put("Name", &milestone.name);
        self.put("OutlineLevel", "1");
        let day = milestone.forecast.or(milestone.baseline);
        self.put_start("Start", day);
        self.put_end("Finish", milestone.forecast);
        self.put_days("Duration", Some(0));
        self.put("Milestone", "1");
        self.put_end("ActualFinish", milestone.done_on);
        if day.is_some() {
            self.put("ConstraintType", "4");
            self.put_start("ConstraintDate", day);
        }
        self.put("Notes", &milestone.notes.0);
        if milestone.baseline.is_some() {
            self.xml.push_str("<Baseline>\n");
            self.put("Number", "0");
            self.put_end("Finish", milestone.baseline);
            self.xml.push_str("</Baseline>\n");
        }
        self.xml.push_str("</Task>\n");
        self.assigned
            .extend(milestone.owner.map(|owner| (number, owner)));
    }

    /// Returns the rows of the project's baselines by task, with the numbers of the baselines.
    fn baselines(&self) -> BTreeMap<RecordId, Vec<(u32, Arc<BaselineTask>)>> {
        let mut numbers: BTreeMap<RecordId, u32> = BTreeMap::new();
        let own: Vec<RecordId> = (&self.board.baselines)
            .into_iter()
            .filter(|(_, baseline)| baseline.project == Some(self.project.meta.id))
            .map(|(id, _)| *id)
            .collect();
        // Microsoft Project keeps eleven.
        for number in 0..=10_u32 {
            let id = part_id(&self.key, "baseline", &number.to_string());
            if own.contains(&id) {
                numbers.insert(id, number);
            }
        }
        for id in own {
            let taken: BTreeSet<u32> = numbers.values().copied().collect();
            let free = (0..=10_u32).find(|number| !taken.contains(number));
            if let (false, Some(free)) = (numbers.contains_key(&id), free) {
                numbers.insert(id, free);
            }
        }
        let mut rows: BTreeMap<RecordId, Vec<(u32, Arc<BaselineTask>)>> = BTreeMap::new();
        for (_, row) in &self.board.baseline_tasks {
            let number = row.baseline.and_then(|id| numbers.get(&id));
            if let (Some(number), Some(task)) = (number, row.task) {
                rows.entry(task)
                    .or_default()
                    .push((*number, Arc::clone(row)));
            }
        }
        for rows in rows.values_mut() {
            rows.sort_by_key(|(number, _)| *number);
        }
        rows
    }

    fn owners(&mut self) {
        for (_, person) in &self.assigned {
            let next = u64::try_from(self.people.len()).unwrap_or(0) + 1;
            if !self.board.person_name(Some(*person)).is_empty() {
                self.people.entry(*person).or_insert(next);
            }
        }
        self.xml.push_str("<Resources>\n");
        for (person, number) in self.people.clone() {
            self.xml.push_str("<Resource>\n");
            self.put_number("UID", number);
            self.put_number("ID", number);
            self.put("Name", self.board.person_name(Some(person)));
            self.put("Type", "1");
            self.xml.push_str("</Resource>\n");
        }
        self.xml.push_str("</Resources>\n<Assignments>\n");
        for (at, (task, person)) in (1_u64..).zip(std::mem::take(&mut self.assigned)) {
            if let Some(resource) = self.people.get(&person).copied() {
                self.xml.push_str("<Assignment>\n");
                self.put_number("UID", at);
                self.put_number("TaskUID", task);
                self.put_number("ResourceUID", resource);
                self.xml.push_str("</Assignment>\n");
            }
        }
        self.xml.push_str("</Assignments>\n");
    }
}

/// The hours of a working day.
const TIMES: &str = "<WorkingTimes><WorkingTime><FromTime>08:00:00</FromTime><ToTime>12:00:00</ToTime></WorkingTime>\
    <WorkingTime><FromTime>13:00:00</FromTime><ToTime>17:00:00</ToTime></WorkingTime></WorkingTimes>";

/// Returns a text that XML holds as it is; signs that XML does not know are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\n' | '\t' => safe.push(letter),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}

/// Returns a text that can stand in a comment.
fn comment(text: &str) -> String {
    escaped(text)
        .replace("--", "- -")
        .trim_end_matches('-')
        .to_owned()
}

#[cfg(test)]
mod tests;
