//! iCalendar files as commands: holidays into a working calendar, meetings into series and meetings.
//!
//! Ids are derived from the events' own ids, so a file imported again moves what has moved. Whole days end on the day
//! before `DTEND`; a rule of a holiday is followed for ten years, that of a meeting is kept. The one rule: every event of
//! the file is made or counted as left out, with its line and the reason.
//!
//! Source: RFC 5545 (3.1 folded lines, 3.3 values, 3.6.1 events).

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::str::FromStr as _;

use adjutant_base::{RecordId, limits};
use adjutant_model::calendar::{Weekdays, add_days};
use adjutant_model::meeting::{AttendeeField, MeetingField, MeetingSeriesField};
use adjutant_model::people::{PersonField, PersonId};
use adjutant_model::quantity::Minutes;
use adjutant_model::recurrence::Recurrence;
use adjutant_model::workdays::{CalendarDayField, CalendarField};
use adjutant_model::{Command, FieldValue as _, Fields, Kind};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::cell::{cut, line};
use super::csv_file::{FileError, text_of};
use super::{ImportError, Imported, OnProgress, Progress, Summary, Warnings, batch};

/// Years for which the rule of a holiday is followed.
const RULE_YEARS: i64 = 10;
/// Longest holiday, in days.
const MOST_DAYS: i64 = 366;

/// What the events of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Days that are not worked, of the calendar with this name, which is made if it is not there.
    Holidays {
        /// The calendar's name.
        calendar: String,
    },
    /// Meetings.
    Meetings,
}

/// Turns an iCalendar file into one batch of commands; `file_name` is kept as the source.
///
/// Cost: linear in the size of the file.
///
/// # Errors
/// [`ImportError`] if it is no such file, is beyond a limit, or the user ended it.
pub fn import(
    bytes: &[u8],
    what: &What,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let text = text_of(bytes)?;
    let mut import = Import {
        people: BTreeMap::new(),
        days: BTreeMap::new(),
        commands: Vec::new(),
        summary: Summary {
            form: match what {
                What::Holidays { .. } => "holidays of iCalendar",
                What::Meetings => "meetings of iCalendar",
            },
            encoding: "iCalendar",
            delimiter: ' ',
            ..Summary::default()
        },
        warnings: Warnings::default(),
    };
    let events = events(&text, on_progress)?;
    for event in &events {
        import.summary.rows += 1;
        let taken = match what {
            What::Holidays { .. } => import.holiday(event),
            What::Meetings => import.meeting(event),
        };
        match taken {
            Ok(()) => import.summary.rows_used += 1,
            Err(reason) => {
                import
                    .warnings
                    .add(event.line, "VEVENT", event.get("SUMMARY"), reason);
                import.summary.leave_out(reason);
            }
        }
    }
    Ok(import.finish(what))
}

/// One event: its line and its properties, the first of each name, with all who are invited.
#[derive(Debug, Default)]
struct Event {
    line: u64,
    values: BTreeMap<String, (String, String)>,
    invited: Vec<(String, String)>,
}

impl Event {
    fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |(_, value)| value)
    }

    /// Returns a text without the escapes of the format, on one line.
    fn text(&self, name: &str) -> String {
        let mut text = String::new();
        let mut letters = self.get(name).chars();
        while let Some(letter) = letters.next() {
            match (letter, letter == '\\') {
                (_, true) => match letters.next() {
                    Some('n' | 'N') | None => text.push(' '),
                    Some(other) => text.push(other),
                },
                (letter, false) => text.push(letter),
            }
        }
        let mut text = line(&text);
        cut(&mut text);
        text
    }

    /// Returns the moment of a property, and whether it is a whole day.
    fn moment(&self, name: &str) -> Option<(NaiveDateTime, bool)> {
        let value = self.get(name).trim();
        let day = NaiveDate::parse_from_str(value.get(..8)?, "%Y%m%d").ok()?;
        let day = (1900..=2200)
            .contains(&chrono::Datelike::year(&day))
            .then_some(day)?;
        match value.get(8..) {
            Some("") => Some((day.and_hms_opt(0, 0, 0)?, true)),
            Some(time) => {
                let time = time.strip_prefix('T')?.trim_end_matches('Z');
                let time = chrono::NaiveTime::parse_from_str(time, "%H%M%S").ok()?;
                Some((day.and_time(time), false))
            }
            None => None,
        }
    }
}

/// Returns the events of a file; lines that are folded are one.
fn events(text: &str, on_progress: OnProgress<'_>) -> Result<Vec<Event>, ImportError> {
    let mut events: Vec<Event> = Vec::new();
    let mut open: Option<Event> = None;
    let (mut depth, mut bytes_done, mut is_calendar) = (0_u32, 0_usize, false);
    for (number, content) in unfolded(text) {
        bytes_done += content.len();
        let Some((name, parameters, value)) = parts(&content) else {
            continue;
        };
        match (name.as_str(), value) {
            ("BEGIN", "VCALENDAR") => is_calendar = true,
            ("BEGIN", "VEVENT") if open.is_none() => {
                open = Some(Event {
                    line: number,
                    ..Event::default()
                });
                depth = 0;
            }
            ("BEGIN", _) => depth = depth.saturating_add(1),
            ("END", "VEVENT") => {
                events.extend(open.take());
                if events.len() > limits::IMPORT_ROWS {
                    return Err(ImportError::File(FileError::TooManyRows));
                }
                let progress = Progress {
                    bytes_done,
                    bytes_total: text.len(),
                    rows: events.len(),
                };
                if events.len().is_multiple_of(1_000)
                    && on_progress(progress) == ControlFlow::Break(())
                {
                    return Err(ImportError::Cancelled);
                }
            }
            ("END", _) => depth = depth.saturating_sub(1),
            // What stands in an alarm is not the event's.
            (_, value) if depth == 0 => {
                if let Some(event) = &mut open {
                    event.add(name, parameters, value);
                }
            }
            _ => {}
        }
    }
    if !is_calendar {
        return Err(ImportError::NoCalendar);
    }
    // An event that the file breaks off in is none.
    Ok(events)
}

impl Event {
    fn add(&mut self, name: String, parameters: &str, value: &str) {
        /// Persons of one event that are kept.
        const MOST_INVITED: usize = 500;
        if name == "ATTENDEE" {
            if self.invited.len() < MOST_INVITED {
                self.invited.push((parameters.to_owned(), value.to_owned()));
            }
            return;
        }
        let pair = (parameters.to_owned(), value.to_owned());
        self.values.entry(name).or_insert(pair);
    }
}

/// Returns the lines of a file with their numbers; a line that begins with a space goes on with the one before.
fn unfolded(text: &str) -> impl Iterator<Item = (u64, String)> {
    let mut lines = (1_u64..).zip(text.lines()).peekable();
    std::iter::from_fn(move || {
        let (number, first) = lines.next()?;
        let mut whole = first.to_owned();
        while let Some((_, more)) = lines.next_if(|(_, line)| line.starts_with([' ', '\t'])) {
            whole.push_str(more.get(1..).unwrap_or_default());
        }
        Some((number, whole))
    })
}

/// Splits a line into its name, its parameters and its value; a colon in quotes belongs to a parameter.
fn parts(content: &str) -> Option<(String, &str, &str)> {
    let mut is_quoted = false;
    let at = content.char_indices().find(|(_, letter)| {
        is_quoted ^= *letter == '"';
        *letter == ':' && !is_quoted
    });
    let (head, value) = content.split_at_checked(at?.0)?;
    let value = value.strip_prefix(':')?;
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((name.trim().to_uppercase(), parameters, value))
}

/// Returns the name that a person of an event has: the common name, else the address.
fn name_of(parameters: &str, value: &str) -> String {
    let mut is_quoted = false;
    let common = parameters
        .split(|letter| {
            is_quoted ^= letter == '"';
            letter == ';' && !is_quoted
        })
        .find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.eq_ignore_ascii_case("CN").then_some(value)
        });
    let common = common.map(|name| line(name.trim_matches('"')));
    let name = common.filter(|name| !name.is_empty());
    let mut name = name.unwrap_or_else(|| line(address(value)));
    cut(&mut name);
    name
}

/// Returns an address without its scheme.
fn address(value: &str) -> &str {
    let scheme = value.get(..7).filter(|s| s.eq_ignore_ascii_case("mailto:"));
    match scheme {
        Some(_) => value.get(7..).unwrap_or_default(),
        None => value,
    }
}

struct Import {
    /// Names and addresses.
    people: BTreeMap<RecordId, (String, String)>,
    days: BTreeMap<NaiveDate, String>,
    commands: Vec<Command>,
    summary: Summary,
    warnings: Warnings,
}

impl Import {
    fn holiday(&mut self, event: &Event) -> Result<(), &'static str> {
        let (first, is_day) = event.moment("DTSTART").ok_or("it has no day")?;
        if !is_day {
            return Err("it has a time of day: no holiday");
        }
        let first = first.date();
        let end = event.moment("DTEND").map(|(end, _)| end.date());
        let length = end.map_or(1, |end| end.signed_duration_since(first).num_days().max(1));
        if length > MOST_DAYS {
            return Err("it is longer than a year");
        }
        let name = event.text("SUMMARY");
        let firsts = match event.get("RRULE") {
            "" => vec![first],
            rule => {
                let rule = Recurrence::from_str(rule)
                    .map_err(|_unknown| "it recurs by a rule that is not known here")?;
                rule.dates(first, first, add_days(first, 366 * RULE_YEARS))
            }
        };
        for first in firsts {
            for at in 0..length {
                let day = self.days.entry(add_days(first, at)).or_default();
                if day.is_empty() {
                    day.clone_from(&name);
                }
            }
        }
        Ok(())
    }

    fn meeting(&mut self, event: &Event) -> Result<(), &'static str> {
        let (start, is_day) = event.moment("DTSTART").ok_or("it has no day")?;
        let name = event.text("SUMMARY");
        if name.is_empty() {
            return Err("it has no name");
        }
        if event.values.contains_key("RECURRENCE-ID") {
            return Err("it moves one meeting of a series; move that one by hand");
        }
        let rule = match event.get("RRULE") {
            "" => None,
            rule => Some(
                Recurrence::from_str(rule)
                    .map_err(|_unknown| "it recurs by a rule that is not known here")?,
            ),
        };
        let uid = event.text("UID");
        let key = if uid.is_empty() {
            format!("{name}/{start}")
        } else {
            uid
        };
        let series = RecordId::derived(&format!("import/ical/{key}"));
        let chair = event.values.get("ORGANIZER").cloned();
        let chair = chair.and_then(|(parameters, value)| self.person(&parameters, &value));
        let mut fields = vec![
            MeetingSeriesField::Name(name),
            MeetingSeriesField::FirstDay(Some(start.date())),
            MeetingSeriesField::Place(event.text("LOCATION")),
            MeetingSeriesField::Chair(chair),
        ];
        if !is_day {
            fields.push(MeetingSeriesField::Time(start.format("%H:%M").to_string()));
            let length = length(event, start);
            fields.extend(length.map(|minutes| MeetingSeriesField::Duration(Some(minutes))));
        }
        let is_series = rule.is_some();
        fields.push(MeetingSeriesField::Rule(rule));
        self.commands.push(Command::create(series, fields));
        if !is_series {
            self.single(series, start.date(), event);
        }
        Ok(())
    }

    /// Makes the one meeting of an event without a rule, with those who are invited.
    fn single(&mut self, series: RecordId, day: NaiveDate, event: &Event) {
        let meeting = RecordId::derived(&format!("import/ical/meeting/{series}"));
        let fields = vec![
            MeetingField::Series(Some(series)),
            MeetingField::Day(Some(day)),
        ];
        self.commands.push(Command::create(meeting, fields));
        for (parameters, value) in &event.invited {
            let Some(person) = self.person(parameters, value) else {
                continue;
            };
            let fields = Fields::from(vec![
                AttendeeField::Meeting(Some(meeting)),
                AttendeeField::Person(Some(person)),
            ]);
            let raws = fields.raws().into_iter().map(|(name, raw, _)| (name, raw));
            if let Some(id) = Kind::Attendee.natural_id(&raws.collect::<Vec<_>>()) {
                self.commands.push(Command::create(id, fields));
            }
        }
    }

    fn person(&mut self, parameters: &str, value: &str) -> Option<PersonId> {
        let name = name_of(parameters, value);
        if name.is_empty() {
            return None;
        }
        let person = PersonId::of_name(&name);
        let email = address(value).trim();
        let email = if email.contains('@') && email.len() < 254 {
            email
        } else {
            ""
        };
        let known = self.people.entry(person.0);
        known.or_insert_with(|| (name, email.to_owned()));
        Some(person)
    }

    fn finish(mut self, what: &What) -> Imported {
        let mut commands = Vec::new();
        if let What::Holidays { calendar } = what
            && !self.days.is_empty()
        {
            let mut name = line(calendar);
            cut(&mut name);
            let id = RecordId::derived(&format!("import/calendar/{}", name.to_lowercase()));
            let fields = vec![
                CalendarField::Name(name),
                CalendarField::Weekdays(Some(Weekdays::default())),
            ];
            commands.push(Command::create(id, fields));
            for (day, name) in std::mem::take(&mut self.days) {
                commands.extend(holiday(id, day, name));
            }
        }
        let person = |(id, (name, email)): (RecordId, (String, String))| {
            let mut fields = vec![PersonField::Name(name)];
            if !email.is_empty() {
                fields.push(PersonField::Email(email));
            }
            Command::create(id, fields)
        };
        commands.extend(std::mem::take(&mut self.people).into_iter().map(person));
        commands.append(&mut self.commands);
        self.summary.count_made(&commands);
        self.warnings.sort();
        Imported {
            commands: batch("import calendar", commands),
            summary: self.summary,
            warnings: self.warnings,
        }
    }
}

fn holiday(calendar: RecordId, day: NaiveDate, name: String) -> Option<Command> {
    let raws = [
        ("calendar", Some(calendar).to_raw()),
        ("day", Some(day).to_raw()),
    ];
    let id = Kind::CalendarDay.natural_id(&raws)?;
    let fields = vec![
        CalendarDayField::Calendar(Some(calendar)),
        CalendarDayField::Day(Some(day)),
        CalendarDayField::Name(name),
        CalendarDayField::IsWorking(false),
    ];
    Some(Command::create(id, fields))
}

/// Returns the length of an event in minutes, by its end or its duration.
fn length(event: &Event, start: NaiveDateTime) -> Option<Minutes> {
    let length = match event.moment("DTEND") {
        Some((end, _)) => end.signed_duration_since(start),
        None => duration(event.get("DURATION"))?,
    };
    let minutes = length.num_minutes();
    (1..=14_400).contains(&minutes).then_some(Minutes(minutes))
}

/// Reads a duration like `PT1H30M`.
fn duration(text: &str) -> Option<TimeDelta> {
    let mut rest = text.strip_prefix("PT")?;
    let mut minutes = 0_i64;
    while let Some(at) = rest.find(|letter: char| !letter.is_ascii_digit()) {
        let (number, unit) = rest.split_at_checked(at)?;
        let number: i64 = number.parse::<u32>().ok()?.into();
        let unit_minutes = match unit.chars().next()? {
            'H' => 60,
            'M' => 1,
            _ => return None,
        };
        minutes = minutes.checked_add(number.checked_mul(unit_minutes)?)?;
        rest = unit.get(1..)?;
    }
    TimeDelta::try_minutes(minutes)
}
