//! Days to come as an iCalendar file: whole days with reminders, named by their records.
//!
//! Every day is an event and none a task, because Outlook passes over tasks when it reads a file. An event's id is its
//! record's, and its sequence number rises with the time of making, so that a file given again moves events.
//!
//! Source: RFC 5545 (3.6.1 events, 3.8.7.4 sequence; the end of a whole day is the day after it), RFC 5546 (publish).

use adjutant_model::report::dates::Entry;
use chrono::{DateTime, Days, TimeDelta, Utc};
use icalendar::{
    Alarm, Calendar, Class, Component as _, Event, EventLike as _, EventStatus, Property, Trigger,
};

use super::provenance::Provenance;

/// Returns the days as the bytes of a calendar file, under the title that calendar programs show.
pub fn calendar(title: &str, entries: &[Entry], provenance: &Provenance) -> Vec<u8> {
    let mut calendar = Calendar::empty();
    let as_of = provenance.made_at.date();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Adjutant//Adjutant//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.append_property(Property::new("X-WR-CALNAME", line(title).as_str()));
    let about = line(&provenance.line(as_of));
    calendar.append_property(Property::new("X-WR-CALDESC", about.as_str()));
    let made_at = provenance.made_at_utc().and_utc();
    for entry in entries {
        calendar.push(event(entry, made_at, provenance));
    }
    calendar.to_string().into_bytes()
}

fn event(entry: &Entry, made_at: DateTime<Utc>, provenance: &Provenance) -> Event {
    let mut event = Event::with_uid(&format!("{}@adjutant", entry.record));
    let end = entry
        .day
        .checked_add_days(Days::new(1))
        .unwrap_or(entry.day);
    let title = line(&entry.title);
    let summary = if title.contains(&line(&entry.context)) {
        title
    } else {
        format!("{title} ({})", line(&entry.context))
    };
    let minutes = (made_at.timestamp() / 60).clamp(0, i64::from(i32::MAX));
    event
        .summary(&summary)
        .description(&description(entry, provenance))
        .starts(entry.day)
        .ends(end)
        .class(Class::Public)
        .status(EventStatus::Confirmed)
        .timestamp(made_at)
        .sequence(u32::try_from(minutes).unwrap_or(0))
        .append_property(Property::new("TRANSP", "TRANSPARENT"));
    for days in entry.remind_days {
        // Whole days begin at midnight; nine in the morning is fifteen hours of the day before.
        let before = TimeDelta::days(i64::from(*days)) - TimeDelta::hours(9);
        // The library would give an alarm an id by chance and the clock's time.
        let alarm = Alarm::display(&summary, Trigger::before_start(before))
            .uid(&format!("{}-{days}@adjutant", entry.record))
            .timestamp(made_at)
            .done();
        event.alarm(alarm);
    }
    event.done()
}

fn description(entry: &Entry, provenance: &Provenance) -> String {
    let mut text = if entry.context.is_empty() {
        String::new()
    } else {
        format!("{}: {}", entry.context_kind, line(&entry.context))
    };
    if !entry.owner.is_empty() {
        text.push_str(&format!("\nOwner: {}", line(&entry.owner)));
    }
    text.push('\n');
    text.push_str(&line(&provenance.line(provenance.made_at.date())));
    text
}

/// Returns the text on one line.
fn line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
