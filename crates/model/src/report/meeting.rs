//! The papers of a meeting: its agenda before, its minutes after.
//!
//! An agenda is made from what is open, with a time for each topic; minutes from what was written down under each topic,
//! with its decisions and actions. Both are for those who are invited.

use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::draft::{Draft, left, right};
use super::{Cell, Report, Tone, counted, show_day};
use crate::action::Action;
use crate::board::Board;
use crate::meeting::{AgendaItem, Decision, Meeting, MinutesState, Presence, TopicState};
use crate::people::PersonId;
use crate::query::action::days_overdue;
use crate::query::budget::Flag;
use crate::query::meeting::{self, Agenda, Head, agenda as agenda_of, head, next_day, outcome};
use crate::query::project::shown_day;

/// Returns the agenda of a meeting.
pub(super) fn agenda(board: &Board, meeting: RecordId, today: NaiveDate) -> Option<Report> {
    let agenda = agenda_of(board, meeting, today)?;
    let head = head(board, &agenda.meeting);
    let mut draft = Draft::new(title("Agenda", &head, &agenda.meeting), today);
    draft.to(board, everybody(board, &agenda.meeting, &head));
    facts(&mut draft, board, &agenda.meeting, &head);
    draft.heading("Topics");
    topics(&mut draft, board, &agenda, &head);
    if !agenda.actions.is_empty() {
        draft.heading("Open actions from earlier meetings");
        actions(&mut draft, board, &agenda.actions, today);
    }
    if !agenda.parked.is_empty() {
        draft.heading("Parked earlier, to be taken up");
        let rows = agenda.parked.iter().map(|item| {
            let of = item.meeting.and_then(|id| board.meetings.get(&id));
            [
                Cell::text(&item.title),
                Cell::text(board.person_name(item.owner)),
                Cell::date(of.and_then(|meeting| meeting.day)),
            ]
        });
        let columns = [left("Topic"), left("Who"), right("Parked on")];
        draft.table(columns, rows.collect(), "");
    }
    coming_up(&mut draft, board, &agenda);
    Some(draft.done())
}

/// Returns the minutes of a meeting.
pub(super) fn minutes(board: &Board, meeting: RecordId, today: NaiveDate) -> Option<Report> {
    let meeting = board.meetings.get(&meeting)?;
    let head = head(board, meeting);
    let mut draft = Draft::new(title("Minutes", &head, meeting), today);
    draft.to(board, everybody(board, meeting, &head));
    facts(&mut draft, board, meeting, &head);
    draft.say(presence(board, meeting));
    draft.say(match meeting.minutes {
        MinutesState::Draft => "These minutes are a draft.",
        MinutesState::Issued => "These minutes await the approval of the next meeting.",
        MinutesState::Approved => "These minutes are approved.",
    });
    let written = Written::of(board, meeting.meta.id);
    for item in &written.topics {
        draft.heading(item.title.clone());
        under(&mut draft, board, &written, Some(item.meta.id));
        if item.state == TopicState::Parked {
            draft.say("Parked: it comes up in the next meeting.");
        }
    }
    if written.has_more() {
        draft.heading("Further points");
        under(&mut draft, board, &written, None);
    }
    draft.heading("Actions");
    actions(&mut draft, board, &outcome(board, meeting.meta.id), today);
    if let Some(day) = next_day(board, meeting) {
        draft.heading("Next meeting");
        draft.say(joined(&[&show_day(day), &head.time, &head.place]));
    }
    Some(draft.done())
}

fn title(what: &str, head: &Head, meeting: &Meeting) -> String {
    let day = meeting.day.map(show_day).unwrap_or_default();
    joined(&[&format!("{what}: {}", head.name), &day])
}

/// Returns the texts that say anything, with commas between them.
fn joined(texts: &[&str]) -> String {
    let said: Vec<&str> = texts.iter().copied().filter(|t| !t.is_empty()).collect();
    said.join(", ")
}

/// Returns whom the papers of a meeting are for: those who are invited, who leads, who writes.
fn everybody(board: &Board, meeting: &Meeting, head: &Head) -> Vec<PersonId> {
    let invited = attendees(board, meeting).map(|(person, _)| person);
    invited.chain(head.chair).chain(head.minute_taker).collect()
}

fn attendees<'b>(
    board: &'b Board,
    meeting: &Meeting,
) -> impl Iterator<Item = (PersonId, Presence)> + 'b {
    let id = meeting.meta.id;
    (&board.attendees)
        .into_iter()
        .filter(move |(_, attendee)| attendee.meeting == Some(id))
        .filter_map(|(_, attendee)| Some((attendee.person?, attendee.presence)))
}

fn facts(draft: &mut Draft, board: &Board, meeting: &Meeting, head: &Head) {
    let length = head.minutes.map(|minutes| format!("{minutes} min"));
    let columns = [
        left("Day"),
        left("Time"),
        left("Length"),
        left("Place"),
        left("Chair"),
        left("Minutes by"),
    ];
    let row = [
        Cell::date(meeting.day),
        Cell::text(&head.time),
        Cell::text(length.as_deref().unwrap_or_default()),
        Cell::text(&head.place),
        Cell::text(board.person_name(head.chair)),
        Cell::text(board.person_name(head.minute_taker)),
    ];
    draft.table(columns, vec![row], "");
}

/// Lists the topics with a time each: what stands in every agenda first, then those of this meeting.
fn topics(draft: &mut Draft, board: &Board, agenda: &Agenda, head: &Head) {
    let begin = NaiveTime::parse_from_str(&head.time, "%H:%M").ok();
    let mut passed = 0_i64;
    let mut rows = Vec::new();
    let to_approve = agenda.previous.as_ref().filter(|previous| {
        previous.minutes != MinutesState::Approved && agenda.standing.is_empty()
    });
    if let Some(day) = to_approve.and_then(|previous| previous.day) {
        rows.push([
            Cell::Empty,
            Cell::text(&format!("Approval of the minutes of {}", show_day(day))),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ]);
    }
    for title in &agenda.standing {
        let title = Cell::text(title);
        rows.push([Cell::Empty, title, Cell::Empty, Cell::Empty, Cell::Empty]);
    }
    for item in &agenda.topics {
        let at = begin.map(|begin| begin.overflowing_add_signed(TimeDelta::minutes(passed)).0);
        let shown = at.map(|at| at.format("%H:%M").to_string());
        let length = item.time.map(|minutes| minutes.0);
        passed = passed.saturating_add(length.unwrap_or(0)).clamp(0, 100_000);
        rows.push([
            Cell::text(shown.as_deref().unwrap_or_default()),
            Cell::text(&item.title),
            Cell::text(board.person_name(item.owner)),
            length.map_or(Cell::Empty, Cell::Count),
            Cell::text(&item.material),
        ]);
    }
    let columns = [
        left("From"),
        left("Topic"),
        left("Who"),
        right("Minutes"),
        left("Material"),
    ];
    draft.table(columns, rows, "No topic has been entered yet.");
    if let Some(room) = head.minutes.filter(|room| passed > *room) {
        draft.say(format!(
            "The topics ask for {passed} minutes, the meeting has {room}."
        ));
    }
}

/// What is due before long, whoever brings it up.
fn coming_up(draft: &mut Draft, board: &Board, agenda: &Agenda) {
    if !agenda.contracts.is_empty() {
        draft.heading("Contracts to act on");
        let rows = agenda.contracts.iter().map(|one| {
            [
                Cell::text(&one.contract.name),
                Cell::text(board.person_name(one.contract.owner)),
                Cell::date(one.act_by),
                Cell::date(one.notice_deadline),
            ]
        });
        let columns = [
            left("Contract"),
            left("Owner"),
            right("Act by"),
            right("Notice by"),
        ];
        draft.table(columns, rows.collect(), "");
    }
    if !agenda.milestones.is_empty() {
        draft.heading("Milestones due or late");
        let rows = agenda.milestones.iter().map(|milestone| {
            let project = milestone.project.and_then(|id| board.projects.get(&id));
            let owner = milestone.owner.or(project.and_then(|one| one.owner));
            [
                Cell::text(&milestone.name),
                Cell::text(project.map_or("", |project| &project.name)),
                Cell::text(board.person_name(owner)),
                Cell::date(shown_day(milestone)),
            ]
        });
        let columns = [
            left("Milestone"),
            left("Project"),
            left("Owner"),
            right("Expected"),
        ];
        draft.table(columns, rows.collect(), "");
    }
    if !agenda.lines_off_plan.is_empty() {
        draft.heading("Budget lines off plan");
        let rows = agenda.lines_off_plan.iter().map(|(name, flag)| {
            let (word, tone) = match flag {
                Flag::Red => ("Far off plan", Tone::Bad),
                Flag::Amber | Flag::Clear => ("Off plan", Tone::Warn),
            };
            [Cell::text(name), Cell::status(word, tone)]
        });
        draft.table([left("Line"), left("State")], rows.collect(), "");
    }
}

fn presence(board: &Board, meeting: &Meeting) -> String {
    let words = |wanted: Presence, word: &str| {
        let names: Vec<&str> = attendees(board, meeting)
            .filter(|(_, presence)| *presence == wanted)
            .map(|(person, _)| board.person_name(Some(person)))
            .filter(|name| !name.is_empty())
            .collect();
        if names.is_empty() {
            String::new()
        } else {
            format!("{word}: {}. ", names.join(", "))
        }
    };
    let said = [
        words(Presence::Present, "Present"),
        words(Presence::Apologies, "Apologies"),
        words(Presence::Absent, "Absent"),
        words(Presence::Invited, "Invited"),
    ];
    said.concat().trim_end().to_owned()
}

/// What was written down in a meeting.
struct Written {
    topics: Vec<Arc<AgendaItem>>,
    lines: Vec<(Option<RecordId>, String)>,
    decisions: Vec<Arc<Decision>>,
}

impl Written {
    fn of(board: &Board, meeting: RecordId) -> Self {
        let mut topics: Vec<Arc<AgendaItem>> = (&board.agenda_items)
            .into_iter()
            .filter(|(_, item)| item.meeting == Some(meeting))
            .map(|(_, item)| Arc::clone(item))
            .collect();
        topics.sort_by(|a, b| a.position.cmp(&b.position));
        let mut lines: Vec<_> = (&board.minutes)
            .into_iter()
            .filter(|(_, minute)| minute.meeting == Some(meeting))
            .map(|(_, minute)| (minute.position.as_str(), minute))
            .collect();
        lines.sort_by_key(|(position, _)| *position);
        let known = |item: Option<RecordId>| {
            item.filter(|id| topics.iter().any(|topic| topic.meta.id == *id))
        };
        let decisions = (&board.decisions)
            .into_iter()
            .filter(|(_, decision)| decision.meeting == Some(meeting))
            .map(|(_, decision)| Arc::clone(decision));
        Self {
            lines: lines
                .into_iter()
                .map(|(_, minute)| (known(minute.item), minute.text.0.clone()))
                .collect(),
            decisions: decisions.collect(),
            topics,
        }
    }

    fn topic_of(&self, decision: &Decision) -> Option<RecordId> {
        let is_here = |id: &RecordId| self.topics.iter().any(|topic| topic.meta.id == *id);
        decision.item.filter(is_here)
    }

    fn has_more(&self) -> bool {
        self.lines.iter().any(|(item, _)| item.is_none())
            || self
                .decisions
                .iter()
                .any(|one| self.topic_of(one).is_none())
    }
}

/// Adds the lines and decisions of a topic, or of none.
fn under(draft: &mut Draft, board: &Board, written: &Written, topic: Option<RecordId>) {
    let is_silent = written.lines.iter().all(|(item, _)| *item != topic)
        && written
            .decisions
            .iter()
            .all(|one| written.topic_of(one) != topic);
    if is_silent {
        draft.say("Nothing was written down.");
    }
    for (item, text) in &written.lines {
        if *item == topic {
            draft.prose(text);
        }
    }
    for decision in &written.decisions {
        if written.topic_of(decision) == topic {
            draft.say(decided(board, decision));
        }
    }
}

fn decided(board: &Board, decision: &Decision) -> String {
    let number = &decision.number;
    let by = board.person_name(decision.decided_by);
    let mut text = format!("Decision {number}").trim_end().to_owned() + ": " + &decision.title;
    if !by.is_empty() {
        text.push_str(&format!(" ({by})"));
    }
    let why = decision.rationale.0.trim();
    if !why.is_empty() {
        text.push_str(&format!(". Why: {why}"));
    }
    text
}

fn actions(draft: &mut Draft, board: &Board, actions: &[Arc<Action>], today: NaiveDate) {
    let late = actions.iter().filter_map(|one| days_overdue(one, today));
    let late = late.filter(|days| *days > 0).count();
    let rows = actions.iter().map(|action| {
        let of = meeting::meeting_of(board, action).and_then(|id| board.meetings.get(&id));
        [
            Cell::text(&action.number),
            Cell::text(&action.title),
            Cell::text(board.person_name(action.owner)),
            Cell::status(action.state.label(), Tone::Neutral),
            Cell::date(of.and_then(|meeting| meeting.day)),
            Cell::date(action.due),
            days_overdue(action, today).map_or(Cell::Empty, Cell::Count),
        ]
    });
    let columns = [
        left("Number"),
        left("Action"),
        left("Owner"),
        left("State"),
        right("From"),
        right("Due"),
        right("Days overdue"),
    ];
    draft.table(columns, rows.collect(), "There are no actions.");
    if late > 0 {
        draft.say(format!("{} overdue.", counted(late, "action")));
    }
}
