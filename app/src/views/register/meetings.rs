//! The lists of meetings and of decisions.
//!
//! What happens in a meeting is the meeting's own screen.

use adjutant_model::Kind;
use adjutant_model::meeting::{MeetingState, MinutesState};
use adjutant_model::query::meeting;

use super::data::{Datum, Register, Row, Rowset, Source, bits, first_line, names, ranked, shows};
use crate::icons;
use crate::theme::Tone;
use crate::views::Intent;
use crate::widgets::table::Sort;

pub(super) static MEETINGS: Register = Register {
    name: "Meetings",
    hint: "Filter meetings",
    nouns: ("meeting", "meetings"),
    icon: icons::MEETINGS,
    columns: &[
        names("Meeting"),
        shows("Day", 108.0).right(),
        shows("State", 116.0),
        shows("Minutes", 128.0),
        shows("Topics", 80.0).right(),
        shows("Decisions", 88.0).right(),
        shows("Chair", 160.0),
        shows("Minute-taker", 160.0),
    ],
    choices: &["Coming", "Minutes to write", "Held", "All"],
    tiles: &[],
    sort: Sort {
        column: 1,
        is_descending: false,
    },
    adds: Some(Kind::Meeting),
    empty: (
        "No meetings yet",
        "Begin with a series: its meetings carry open topics and actions over",
    ),
    rows: meetings,
};

fn meetings(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let counts = |of: Vec<Option<adjutant_base::RecordId>>| {
        let mut counts = std::collections::BTreeMap::<_, i64>::new();
        for id in of.into_iter().flatten() {
            let count = counts.entry(id).or_default();
            *count = count.saturating_add(1);
        }
        counts
    };
    let topics = board.agenda_items.into_iter();
    let topics = counts(topics.map(|(_, one)| one.meeting).collect());
    let decisions = board.decisions.into_iter();
    let decisions = counts(decisions.map(|(_, one)| one.meeting).collect());
    let rows = board.meetings.into_iter().map(|(id, one)| {
        let (rank, words) = ranked(&one.state);
        let (tone, icon) = match one.state {
            MeetingState::Planned => (Tone::Accent, icons::CLOCK),
            MeetingState::Held => (Tone::Ok, icons::DONE),
            MeetingState::Cancelled => (Tone::Neutral, icons::CANCELLED),
        };
        let (minutes_rank, minutes) = ranked(&one.minutes);
        let minutes_look = match (one.state, one.minutes) {
            (MeetingState::Held, MinutesState::Draft) => (Tone::Warn, icons::IN_PROGRESS),
            (_, MinutesState::Draft) => (Tone::Neutral, icons::TO_DO),
            (_, MinutesState::Issued) => (Tone::Accent, icons::DONE),
            (_, MinutesState::Approved) => (Tone::Ok, icons::DONE),
        };
        let is_coming = one.state == MeetingState::Planned;
        let is_held = one.state == MeetingState::Held;
        let to_write = one.minutes == MinutesState::Draft
            && (is_held || (is_coming && one.day.is_some_and(|day| day < today)));
        let choices = bits(&[(0, is_coming), (1, to_write), (2, is_held), (3, true)]);
        let count = |counts: &std::collections::BTreeMap<_, i64>| {
            Datum::count(counts.get(id).copied().unwrap_or(0), Tone::Neutral)
        };
        let cells = vec![
            Datum::name(&meeting_title(source, one)),
            Datum::day(one.day, today),
            Datum::tag(rank, tone, icon, words),
            Datum::mark(minutes_rank, minutes_look.0, minutes_look.1, minutes),
            count(&topics),
            count(&decisions),
            Datum::person(board, one.chair),
            Datum::person(board, one.minute_taker),
        ];
        let mut row = Row::of(Kind::Meeting, *id, choices, cells);
        row.opens = Some(Intent::Meeting(*id));
        row
    });
    Rowset {
        rows: rows.collect(),
        ..Rowset::default()
    }
}

fn meeting_title(source: &Source, one: &adjutant_model::meeting::Meeting) -> String {
    let series = one
        .series
        .and_then(|id| source.scene.board.meeting_series.get(&id));
    match (one.title.as_str(), series) {
        ("", Some(series)) => series.name.clone(),
        (title, _) => title.to_owned(),
    }
}

pub(super) static DECISIONS: Register = Register {
    name: "Decisions",
    hint: "Filter decisions",
    nouns: ("decision", "decisions"),
    icon: icons::DECISIONS,
    columns: &[
        shows("Number", 118.0),
        names("Decision"),
        shows("Stands", 116.0),
        shows("In force from", 112.0).right(),
        shows("Decided by", 150.0).edits("decided_by"),
        shows("Meeting", 180.0),
        shows("Reason", 180.0),
    ],
    choices: &["In force", "Replaced", "All"],
    tiles: &[],
    sort: Sort {
        column: 3,
        is_descending: true,
    },
    adds: None,
    empty: (
        "No decisions yet",
        "A decision is made in a meeting, where it gets its number",
    ),
    rows: decisions,
};

fn decisions(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let in_force = meeting::decisions_in_force(board);
    let in_force: std::collections::BTreeSet<_> =
        in_force.iter().map(|decision| decision.meta.id).collect();
    let rows = board.decisions.into_iter().map(|(id, one)| {
        let stands = in_force.contains(id);
        let meeting = one.meeting.and_then(|id| board.meetings.get(&id));
        let mark = if stands {
            Datum::tag(0, Tone::Ok, icons::DONE, "In force")
        } else {
            Datum::tag(1, Tone::Neutral, icons::CANCELLED, "Replaced")
        };
        let day = one.effective.or(meeting.and_then(|meeting| meeting.day));
        let cells = vec![
            Datum::quiet(&one.number),
            Datum::name(&one.title),
            mark,
            Datum::day(day, today),
            Datum::person(board, one.decided_by),
            Datum::quiet(&meeting.map_or_else(String::new, |one| meeting_title(source, one))),
            Datum::quiet(first_line(&one.rationale)),
        ];
        let choices = bits(&[(0, stands), (1, !stands), (2, true)]);
        Row::of(Kind::Decision, *id, choices, cells)
    });
    Rowset {
        rows: rows.collect(),
        ..Rowset::default()
    }
}
