//! Meetings: what the next agenda holds, what a meeting led to, which decisions stand.
//!
//! An agenda is made from what is open: nothing is carried over by hand, so nothing is forgotten until it is closed.

use std::collections::BTreeSet;
use std::sync::Arc;

use adjutant_base::{DeviceId, RecordId};
use chrono::NaiveDate;

use crate::action::Action;
use crate::board::Board;
use crate::calendar::add_days;
use crate::meeting::{AgendaItem, Decision, Meeting, MeetingSeries, MeetingState, TopicState};
use crate::people::PersonId;
use crate::project::Milestone;
use crate::query::budget::{self, Flag};
use crate::query::contract::{self, ContractFigures};
use crate::query::project;
use crate::recurrence::{Occurrence, occurrence};
use crate::settings::Rules;
use crate::workdays::Calendars;

/// How far an agenda looks ahead, in days.
const AHEAD_DAYS: i64 = 28;

/// What the agenda of a meeting holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agenda {
    /// The meeting.
    pub meeting: Arc<Meeting>,
    /// The meeting before it, whose minutes are to be approved.
    pub previous: Option<Arc<Meeting>>,
    /// Topics of this meeting, in their order.
    pub topics: Vec<Arc<AgendaItem>>,
    /// Topics that earlier meetings parked or did not reach and none has taken up, oldest first.
    pub parked: Vec<Arc<AgendaItem>>,
    /// Open actions that came from earlier meetings of the series, by due day.
    pub actions: Vec<Arc<Action>>,
    /// Contracts to act on within four weeks.
    pub contracts: Vec<ContractFigures>,
    /// Milestones that are overdue, late, or due within four weeks.
    pub milestones: Vec<Arc<Milestone>>,
    /// Names of budget lines off plan.
    pub lines_off_plan: Vec<(String, Flag)>,
    /// Topics that stand in every agenda of the series.
    pub standing: Vec<String>,
}

/// What stands at the head of a meeting's papers: its own, else its series'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name.
    pub name: String,
    /// Time of day, for example "09:30".
    pub time: String,
    /// Place or link.
    pub place: String,
    /// Length in minutes.
    pub minutes: Option<i64>,
    /// Person who leads.
    pub chair: Option<PersonId>,
    /// Person who writes the minutes.
    pub minute_taker: Option<PersonId>,
}

/// Returns what stands at the head of a meeting's papers.
pub fn head(board: &Board, meeting: &Meeting) -> Head {
    let series = meeting.series.and_then(|id| board.meeting_series.get(&id));
    let own = |own: &str, of_series: fn(&MeetingSeries) -> &str| {
        let shared = series.map_or("", |series| of_series(series));
        if own.is_empty() { shared } else { own }.to_owned()
    };
    let name = own(&meeting.title, |series| &series.name);
    Head {
        name: if name.is_empty() {
            "Meeting".to_owned()
        } else {
            name
        },
        time: own(&meeting.time, |series| &series.time),
        place: own(&meeting.place, |series| &series.place),
        minutes: series.and_then(|series| series.duration).map(|one| one.0),
        chair: meeting.chair.or(series.and_then(|series| series.chair)),
        minute_taker: meeting
            .minute_taker
            .or(series.and_then(|series| series.minute_taker)),
    }
}

/// Returns the day of the next meeting of a meeting's series: one that is planned, else the one that its rule gives.
pub fn next_day(board: &Board, meeting: &Meeting) -> Option<NaiveDate> {
    let (series, day) = (meeting.series?, meeting.day?);
    let planned = (&board.meetings).into_iter().map(|(_, other)| other);
    let planned = planned
        .filter(|other| other.series == Some(series) && other.state != MeetingState::Cancelled)
        .filter_map(|other| other.day);
    let by_rule = calendar(board, series, add_days(day, 1), add_days(day, 400));
    let by_rule = by_rule.first().map(|one| one.day);
    planned.filter(|other| *other > day).chain(by_rule).min()
}

/// Returns the agenda of a meeting as of `today`; `None` if it is not on the board.
pub fn agenda(board: &Board, meeting: RecordId, today: NaiveDate) -> Option<Agenda> {
    let meeting = board.meetings.get(&meeting)?;
    let series = meeting.series.and_then(|id| board.meeting_series.get(&id));
    let earlier = earlier(board, meeting);
    let earlier_ids: BTreeSet<RecordId> = earlier.iter().map(|one| one.meta.id).collect();
    let mut topics: Vec<Arc<AgendaItem>> = topics(board)
        .filter(|item| item.meeting == Some(meeting.meta.id))
        .cloned()
        .collect();
    topics.sort_by(|a, b| a.position.cmp(&b.position));
    let horizon = add_days(today, AHEAD_DAYS);
    let contracts = contract::all(board, today).into_iter();
    let standing = series.map_or("", |series| series.template.0.as_str());
    Some(Agenda {
        previous: earlier.last().cloned(),
        parked: parked(board, &earlier_ids),
        actions: actions_of(board, &earlier_ids),
        contracts: contracts
            .filter(|one| one.act_by.is_some_and(|day| day <= horizon))
            .collect(),
        milestones: milestones(board, today, horizon),
        lines_off_plan: lines_off_plan(board, today),
        standing: standing
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        meeting: Arc::clone(meeting),
        topics,
    })
}

/// Returns the earlier meetings of the same series that were not cancelled, oldest first.
fn earlier(board: &Board, meeting: &Meeting) -> Vec<Arc<Meeting>> {
    let mut earlier: Vec<Arc<Meeting>> = (&board.meetings)
        .into_iter()
        .map(|(_, other)| other)
        .filter(|other| other.series == meeting.series && other.series.is_some())
        .filter(|other| other.day < meeting.day && other.state != MeetingState::Cancelled)
        .cloned()
        .collect();
    earlier.sort_by_key(|meeting| meeting.day);
    earlier
}

fn topics(board: &Board) -> impl Iterator<Item = &Arc<AgendaItem>> {
    (&board.agenda_items).into_iter().map(|(_, item)| item)
}

fn parked(board: &Board, earlier: &BTreeSet<RecordId>) -> Vec<Arc<AgendaItem>> {
    let taken_up: BTreeSet<RecordId> = topics(board).filter_map(|item| item.continues).collect();
    let reached = reached(board);
    // What a held meeting did not come to is left over.
    let is_left_over = |item: &AgendaItem| {
        let meeting = item.meeting.and_then(|id| board.meetings.get(&id));
        item.state == TopicState::Open
            && meeting.is_some_and(|of| of.state == MeetingState::Held)
            && !reached.contains(&item.meta.id)
    };
    topics(board)
        .filter(|item| item.state == TopicState::Parked || is_left_over(item))
        .filter(|item| item.meeting.is_some_and(|id| earlier.contains(&id)))
        .filter(|item| !taken_up.contains(&item.meta.id))
        .cloned()
        .collect()
}

/// Returns the topics of which minutes or decisions say something.
fn reached(board: &Board) -> BTreeSet<RecordId> {
    let minutes = (&board.minutes)
        .into_iter()
        .filter_map(|(_, line)| line.item);
    let decisions = (&board.decisions)
        .into_iter()
        .filter_map(|(_, one)| one.item);
    minutes.chain(decisions).collect()
}

/// Returns the open actions that came from these meetings, from one of their topics, lines of minutes or decisions.
fn actions_of(board: &Board, meetings: &BTreeSet<RecordId>) -> Vec<Arc<Action>> {
    let mut actions: Vec<Arc<Action>> = (&board.actions)
        .into_iter()
        .map(|(_, action)| action)
        .filter(|action| action.state.is_open())
        .filter(|action| meeting_of(board, action).is_some_and(|id| meetings.contains(&id)))
        .cloned()
        .collect();
    actions.sort_by_key(|action| (action.due.is_none(), action.due));
    actions
}

/// Returns the meeting that an action came from.
pub fn meeting_of(board: &Board, action: &Action) -> Option<RecordId> {
    let origin = action.origin?;
    if board.meetings.get(&origin).is_some() {
        return Some(origin);
    }
    let item = board
        .agenda_items
        .get(&origin)
        .and_then(|item| item.meeting);
    let minute = board.minutes.get(&origin).and_then(|minute| minute.meeting);
    let decision = board.decisions.get(&origin).and_then(|one| one.meeting);
    item.or(minute).or(decision)
}

/// Returns all actions that a meeting led to, open or not, in the order in which they were made.
pub fn outcome(board: &Board, meeting: RecordId) -> Vec<Arc<Action>> {
    (&board.actions)
        .into_iter()
        .map(|(_, action)| action)
        .filter(|action| meeting_of(board, action) == Some(meeting))
        .cloned()
        .collect()
}

fn milestones(board: &Board, today: NaiveDate, horizon: NaiveDate) -> Vec<Arc<Milestone>> {
    let calendars = Calendars::of(board);
    let index = project::ProjectIndex::of(board, today, &calendars);
    let open = index
        .projects
        .values()
        .filter(|figures| figures.project.status.is_open());
    let mut found: Vec<Arc<Milestone>> = open
        .flat_map(|figures| figures.milestones.iter().map(move |one| (figures, one)))
        .filter(|(figures, milestone)| {
            let calendar = calendars.of_project(&figures.project);
            let state = project::state(milestone, today, calendar);
            let is_near = project::shown_day(milestone).is_some_and(|day| day <= horizon);
            !state.is_done() && (state.is_at_risk() || is_near)
        })
        .map(|(_, milestone)| Arc::clone(milestone))
        .collect();
    found.sort_by_key(|milestone| project::shown_day(milestone));
    found
}

fn lines_off_plan(board: &Board, today: NaiveDate) -> Vec<(String, Flag)> {
    let rules = Rules::of(board);
    let running = budget::of_those(board, today, &rules.flags, |budget| {
        budget.calendar().year_of(today) == budget.fiscal_year
    });
    running
        .into_iter()
        .flat_map(|figures| figures.lines)
        .filter(|line| line.variance.flag != Flag::Clear)
        .map(|line| (line.line.name.clone(), line.variance.flag))
        .collect()
}

/// Returns the meetings that a series' rule gives from `from` to `to`, whether or not they are records yet.
pub fn calendar(
    board: &Board,
    series: RecordId,
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<Occurrence> {
    let calendars = Calendars::of(board);
    let Some(found) = board.meeting_series.get(&series) else {
        return Vec::new();
    };
    let (Some(rule), Some(first)) = (&found.rule, found.first_day) else {
        return Vec::new();
    };
    rule.dates(first, from, to)
        .into_iter()
        .map(|date| occurrence(series, date, found.off_day, calendars.of_workspace()))
        .collect()
}

/// Returns the decisions that no later one has taken the place of, newest first.
pub fn decisions_in_force(board: &Board) -> Vec<Arc<Decision>> {
    let all = || (&board.decisions).into_iter().map(|(_, decision)| decision);
    let replaced: BTreeSet<RecordId> = all()
        .filter(|decision| decision.supersedes != Some(decision.meta.id))
        .filter_map(|decision| decision.supersedes)
        .collect();
    let standing = all().filter(|decision| !replaced.contains(&decision.meta.id));
    let mut standing: Vec<Arc<Decision>> = standing.cloned().collect();
    standing.reverse();
    standing
}

/// Letters and digits of device tags: none that look alike.
const TAG_LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Returns two letters or digits that stand for a device in numbers that people cite.
pub fn device_tag(device: &DeviceId) -> String {
    let bytes = device.as_bytes().iter().take(2);
    bytes
        .filter_map(|byte| TAG_LETTERS.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect()
}

/// Returns the next number with a prefix like "A-K7-": one above the highest that is in use.
///
/// Each device counts by itself, so numbers that were given offline never collide and are never changed.
pub fn next_number<'a>(prefix: &str, in_use: impl Iterator<Item = &'a str>) -> String {
    let numbers = in_use.filter_map(|number| number.strip_prefix(prefix)?.parse::<u64>().ok());
    let next = numbers.max().unwrap_or(0).saturating_add(1);
    format!("{prefix}{next}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;

    fn desk() -> Desk {
        let mut desk = Desk::new();
        let fields = [
            ("name", "IT leads"),
            ("rule", "FREQ=WEEKLY"),
            ("first_day", "2026-11-04"),
            ("template", "Approval of the minutes\n\nProjects"),
        ];
        desk.put(Kind::MeetingSeries, "s", &fields);
        for (name, when) in [
            ("m1", "2026-11-11"),
            ("m2", "2026-11-18"),
            ("m3", "2026-11-25"),
        ] {
            desk.put(Kind::Meeting, name, &[("series", "s"), ("day", when)]);
        }
        desk
    }

    #[test]
    fn what_is_open_comes_up_until_it_is_closed() {
        let mut desk = desk();
        desk.put(
            Kind::AgendaItem,
            "t",
            &[
                ("meeting", "m1"),
                ("title", "Printers"),
                ("state", "parked"),
            ],
        );
        desk.put(
            Kind::Minute,
            "line",
            &[("meeting", "m1"), ("text", "Anna asks the vendor")],
        );
        desk.put(
            Kind::Action,
            "a",
            &[("title", "Ask"), ("origin", "line"), ("due", "2026-11-20")],
        );
        desk.put(Kind::Action, "other", &[("title", "Elsewhere")]);
        let now = |desk: &Desk| agenda(desk.board(), id("m3"), day("2026-11-25")).unwrap();
        let agenda = now(&desk);
        assert_eq!(agenda.previous.unwrap().meta.id, id("m2"));
        assert_eq!(agenda.parked.len(), 1);
        assert_eq!(agenda.actions.len(), 1);
        assert_eq!(agenda.standing, ["Approval of the minutes", "Projects"]);
        assert_eq!(outcome(desk.board(), id("m1"))[0].meta.id, id("a"));
        desk.put(
            Kind::AgendaItem,
            "t2",
            &[("meeting", "m3"), ("title", "Printers"), ("continues", "t")],
        );
        desk.put(Kind::Action, "a", &[("state", "done")]);
        let later = now(&desk);
        assert_eq!(
            (later.parked.len(), later.actions.len(), later.topics.len()),
            (0, 0, 1)
        );
    }

    #[test]
    fn what_a_held_meeting_did_not_reach_comes_up_again() {
        let mut desk = desk();
        let topic = [("meeting", "m1"), ("title", "Printers")];
        desk.put(Kind::AgendaItem, "t", &topic);
        let carried = |desk: &Desk| {
            let agenda = agenda(desk.board(), id("m3"), day("2026-11-25"));
            agenda.unwrap().parked.len()
        };
        assert_eq!(carried(&desk), 0);
        desk.put(Kind::Meeting, "m1", &[("state", "held")]);
        assert_eq!(carried(&desk), 1);
        desk.put(Kind::AgendaItem, "t", &[("state", "done")]);
        assert_eq!(carried(&desk), 0);
    }

    #[test]
    fn renewals_milestones_and_lines_are_on_the_agenda() {
        let mut desk = desk();
        let contract = [
            ("name", "WAN"),
            ("signed_on", "2020-01-01"),
            ("start", "2026-01-01"),
            ("initial_months", "12"),
            ("lead", "20"),
        ];
        desk.put(Kind::Contract, "c", &contract);
        desk.put(
            Kind::Project,
            "p",
            &[("name", "Move"), ("status", "active")],
        );
        desk.put(
            Kind::Milestone,
            "soon",
            &[
                ("project", "p"),
                ("name", "Soon"),
                ("baseline", "2026-12-20"),
            ],
        );
        desk.put(
            Kind::Milestone,
            "far",
            &[
                ("project", "p"),
                ("name", "Far"),
                ("baseline", "2027-12-20"),
            ],
        );
        desk.put(
            Kind::Budget,
            "b",
            &[
                ("name", "IT"),
                ("fiscal_year", "2026"),
                ("start_month", "1"),
            ],
        );
        desk.put(
            Kind::BudgetLine,
            "l",
            &[
                ("budget", "b"),
                ("name", "Cloud"),
                ("plan_01", "10000"),
                ("actual_01", "90000"),
            ],
        );
        let agenda = agenda(desk.board(), id("m3"), day("2026-11-25")).unwrap();
        assert_eq!(agenda.contracts.len(), 1);
        assert_eq!(agenda.milestones.len(), 1);
        assert_eq!(agenda.lines_off_plan, [("Cloud".to_owned(), Flag::Red)]);
    }

    #[test]
    fn a_superseded_decision_no_longer_stands() {
        let mut desk = desk();
        desk.put(
            Kind::Decision,
            "d1",
            &[("meeting", "m1"), ("title", "Buy"), ("number", "D-26-K7-1")],
        );
        desk.put(
            Kind::Decision,
            "d2",
            &[("meeting", "m2"), ("title", "Lease"), ("supersedes", "d1")],
        );
        let standing: Vec<_> = decisions_in_force(desk.board())
            .iter()
            .map(|one| one.meta.id)
            .collect();
        assert_eq!(standing, [id("d2")]);
    }

    #[test]
    fn numbers_are_counted_by_device_and_never_given_twice() {
        let in_use = ["A-K7-1", "A-K7-9", "A-B2-40", "A-K7-x", ""];
        assert_eq!(next_number("A-K7-", in_use.into_iter()), "A-K7-10");
        assert_eq!(next_number("A-ZZ-", in_use.into_iter()), "A-ZZ-1");
        assert_eq!(device_tag(&DeviceId([0; 16])), "AA");
    }

    #[test]
    fn a_series_knows_its_days() {
        let days = calendar(
            desk().board(),
            id("s"),
            day("2026-11-20"),
            day("2026-12-05"),
        );
        let days: Vec<_> = days.iter().map(|one| one.day.to_string()).collect();
        assert_eq!(days, ["2026-11-25", "2026-12-02"]);
    }
}
