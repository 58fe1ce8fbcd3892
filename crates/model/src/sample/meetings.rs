//! Sample meetings: weekly series with topics, minutes, decisions and who was there.
//!
//! Meetings lie around today: what is past was held and its minutes are approved, the next ones are planned.

use chrono::NaiveDate;

use super::draw::Draw;
use super::words;
use super::{Size, made, natural, nth_name, whole, workday_from};
use crate::command::Command;
use crate::kind::Kind;
use crate::meeting::{
    AgendaItemField, AttendeeField, DecisionField, MeetingField, MeetingSeriesField, MeetingState,
    MinuteField, MinutesState, Presence, TopicState,
};
use crate::people::PersonId;
use crate::quantity::Minutes;
use crate::value::{FieldValue as _, Prose};

/// Meetings of one series: a year of weeks, two of them to come.
const PER_SERIES: usize = 50;

pub(super) fn meetings(
    draw: &mut Draw,
    size: &Size,
    owners: &[PersonId],
    today: NaiveDate,
) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut left = size.meetings;
    let mut number = 0_usize;
    while left > 0 {
        let count = left.min(PER_SERIES);
        left = left.saturating_sub(count);
        series(draw, (number, count), owners, today, &mut commands);
        number = number.saturating_add(1);
    }
    commands
}

fn series(
    draw: &mut Draw,
    (number, count): (usize, usize),
    owners: &[PersonId],
    today: NaiveDate,
    commands: &mut Vec<Command>,
) {
    let id = draw.id();
    let weeks_back = whole(count).saturating_sub(2).max(0);
    let first_day = workday_from(today, weeks_back.saturating_mul(-7));
    let (chair, taker) = (draw.pick(owners).copied(), draw.pick(owners).copied());
    let fields = vec![
        MeetingSeriesField::Name(nth_name(words::BOARDS, number)),
        MeetingSeriesField::Rule(crate::recurrence::Recurrence::from_input("FREQ=WEEKLY").ok()),
        MeetingSeriesField::FirstDay(Some(first_day)),
        MeetingSeriesField::Time("09:30".to_owned()),
        MeetingSeriesField::Duration(Some(Minutes(60))),
        MeetingSeriesField::Place(format!("Room {}", draw.between(1, 9))),
        MeetingSeriesField::Chair(chair),
        MeetingSeriesField::MinuteTaker(taker),
        MeetingSeriesField::Template(Prose("Approval of the minutes\nOpen actions".to_owned())),
    ];
    commands.push(Command::create(id, fields));
    for at in 0..count {
        let meeting = draw.id();
        let day = workday_from(first_day, whole(at).saturating_mul(7));
        let is_held = day < today;
        let (state, minutes) = if is_held {
            (MeetingState::Held, MinutesState::Approved)
        } else {
            (MeetingState::Planned, MinutesState::Draft)
        };
        let fields = vec![
            MeetingField::Series(Some(id)),
            MeetingField::Day(Some(day)),
            MeetingField::State(state),
            MeetingField::Minutes(minutes),
            MeetingField::Chair(chair),
            MeetingField::MinuteTaker(taker),
        ];
        commands.push(Command::create(meeting, fields));
        parts(draw, meeting, is_held, owners, commands);
    }
}

fn parts(
    draw: &mut Draw,
    meeting: adjutant_base::RecordId,
    is_held: bool,
    owners: &[PersonId],
    commands: &mut Vec<Command>,
) {
    let mut there: Vec<PersonId> = (0..2).filter_map(|_| draw.pick(owners).copied()).collect();
    there.dedup();
    for person in there {
        let presence = if is_held {
            draw.weighted(
                &[(80, Presence::Present), (15, Presence::Apologies)],
                Presence::Absent,
            )
        } else {
            Presence::Invited
        };
        let fields = vec![
            AttendeeField::Meeting(Some(meeting)),
            AttendeeField::Person(Some(person)),
            AttendeeField::Presence(presence),
        ];
        commands.push(natural(Kind::Attendee, fields));
    }
    for place in 0..2_usize {
        let item = draw.id();
        let state = match (is_held, draw.chance(8)) {
            (true, true) => TopicState::Parked,
            (true, false) => TopicState::Done,
            (false, _) => TopicState::Open,
        };
        let fields = vec![
            AgendaItemField::Meeting(Some(meeting)),
            AgendaItemField::Title(draw.word(words::TOPICS).to_owned()),
            AgendaItemField::Position(format!("{place}V")),
            AgendaItemField::Owner(draw.pick(owners).copied()),
            AgendaItemField::Time(Some(Minutes(draw.between(1, 4).saturating_mul(5)))),
            AgendaItemField::State(state),
        ];
        commands.push(Command::create(item, fields));
        if is_held && place == 0 {
            let fields = vec![
                MinuteField::Meeting(Some(meeting)),
                MinuteField::Item(Some(item)),
                MinuteField::Text(Prose(draw.word(words::DONE).to_owned())),
            ];
            commands.push(made(draw, fields));
            if draw.chance(50) {
                let fields = vec![
                    DecisionField::Meeting(Some(meeting)),
                    DecisionField::Item(Some(item)),
                    DecisionField::Title(draw.word(words::DECISIONS).to_owned()),
                    DecisionField::DecidedBy(draw.pick(owners).copied()),
                ];
                commands.push(made(draw, fields));
            }
        }
    }
}
