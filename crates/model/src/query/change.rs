//! Changes: warnings about a window, and the communications that a change asks for.
//!
//! A warning never blocks. The plan of communications is derived from kind and window, so moving the window moves every
//! message that has not been sent; what was sent keeps its day.
//!
//! Source: change enablement of ITIL 4; ServiceNow warns about conflicts and does not block.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::{WorkingCalendar, add_days};
use crate::change::{
    Change, ChangeKind, ChangeState, Communication, CommunicationField, CommunicationKind,
    CommunicationState, LocalMoment, MaintenanceWindow,
};
use crate::command::Command;
use crate::message_plan::{Anchor, MessageStep};
use crate::settings::Rules;
use crate::value::Prose;
use crate::workdays::Calendars;

/// Something to think about before a change goes ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// It lies in a freeze.
    InFreeze(RecordId),
    /// It overlaps another change of the same service.
    Overlaps(RecordId),
    /// The service has maintenance windows and it lies in none.
    OutsideWindow,
    /// It begins on a day that is not worked.
    OffDay,
    /// Nobody has said how to undo it.
    NoBackout,
    /// It is scheduled and nobody has authorised it.
    NotAuthorised,
    /// Its window ends before it begins, or has no end.
    BadWindow,
}

impl Warning {
    /// Returns the words that people read.
    pub fn words(&self) -> &'static str {
        match self {
            Self::InFreeze(_) => "lies in a freeze",
            Self::Overlaps(_) => "overlaps another change of the service",
            Self::OutsideWindow => "lies outside the maintenance windows",
            Self::OffDay => "begins on a day that is not worked",
            Self::NoBackout => "has no plan to undo it",
            Self::NotAuthorised => "is scheduled without authorisation",
            Self::BadWindow => "has a window without a proper end",
        }
    }
}

/// Where a message of a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nobody has begun it.
    Missing,
    /// It is being written.
    Draft,
    /// It is approved.
    Approved,
    /// It is sent.
    Sent,
    /// It is not needed.
    Dropped,
}

/// A message that a change asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its name in the plan.
    pub step: String,
    /// The day on which it is to be sent; was sent, if it was.
    pub day: NaiveDate,
    /// Where it stands.
    pub progress: Progress,
    /// Whether its day has passed and it was not sent.
    pub is_overdue: bool,
    /// The id of its record, the same on every device, whether or not it exists yet.
    pub id: RecordId,
    /// Its record.
    pub record: Option<Arc<Communication>>,
}

/// A change with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeFigures {
    /// The change.
    pub change: Arc<Change>,
    /// What to think about; nothing for what is over.
    pub warnings: Vec<Warning>,
    /// The messages that it asks for, by day; none without a window or where users notice nothing.
    pub plan: Vec<Planned>,
}

/// Returns all changes with what follows from them, by the beginning of their windows, those without one last.
pub fn all(board: &Board, today: NaiveDate) -> Vec<ChangeFigures> {
    let (calendars, rules) = (Calendars::of(board), Rules::of(board));
    let calendar = calendars.of_workspace();
    let mut of_service: BTreeMap<String, Vec<&Arc<Change>>> = BTreeMap::new();
    for (_, change) in &board.changes {
        if change.state.is_ahead() && span(change).is_some() {
            let service = folded(&change.service);
            of_service.entry(service).or_default().push(change);
        }
    }
    let mut messages: BTreeMap<RecordId, Vec<&Arc<Communication>>> = BTreeMap::new();
    for (_, message) in &board.communications {
        if let Some(change) = message.change {
            messages.entry(change).or_default().push(message);
        }
    }
    let planner = Planner {
        rules: &rules,
        calendar,
        today,
    };
    let mut all: Vec<ChangeFigures> = (&board.changes)
        .into_iter()
        .map(|(id, change)| {
            let own = messages.remove(id).unwrap_or_default();
            ChangeFigures {
                warnings: warnings(board, change, &of_service, calendar),
                plan: planner.plan(change, &own),
                change: Arc::clone(change),
            }
        })
        .collect();
    all.sort_by_key(|one| (one.change.starts.is_none(), one.change.starts));
    all
}

/// Returns the window, if it has a beginning and a later end.
fn span(change: &Change) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let (LocalMoment(from), LocalMoment(to)) = (change.starts?, change.ends?);
    (from < to).then_some((from, to))
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn warnings(
    board: &Board,
    change: &Arc<Change>,
    of_service: &BTreeMap<String, Vec<&Arc<Change>>>,
    calendar: &WorkingCalendar,
) -> Vec<Warning> {
    let mut found = Vec::new();
    if !change.state.is_ahead() {
        return found;
    }
    let service = folded(&change.service);
    let concerns = |of: &str| folded(of).is_empty() || folded(of) == service;
    if let Some((from, to)) = span(change) {
        for (id, freeze) in &board.freezes {
            let days = freeze.from.zip(freeze.to);
            let is_in = days.is_some_and(|(a, b)| from.date() <= b && to.date() >= a);
            if is_in && concerns(&freeze.service) {
                found.push(Warning::InFreeze(*id));
            }
        }
        let others = of_service
            .get(&service)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for other in others.iter().filter(|_| !service.is_empty()) {
            let overlaps = span(other).is_some_and(|(a, b)| from < b && a < to);
            if overlaps && other.meta.id != change.meta.id {
                found.push(Warning::Overlaps(other.meta.id));
            }
        }
        let windows = (&board.maintenance_windows)
            .into_iter()
            .map(|(_, window)| window);
        let mut windows = windows
            .filter(|window| concerns(&window.service))
            .peekable();
        let has_windows = windows.peek().is_some();
        if has_windows && !windows.any(|window| is_inside(window, from, to)) {
            found.push(Warning::OutsideWindow);
        }
        if !calendar.is_working(from.date()) && !has_windows {
            found.push(Warning::OffDay);
        }
    } else if change.starts.is_some() {
        found.push(Warning::BadWindow);
    }
    if change.kind != ChangeKind::Standard && change.backout.0.trim().is_empty() {
        found.push(Warning::NoBackout);
    }
    let is_scheduled = matches!(
        change.state,
        ChangeState::Scheduled | ChangeState::Implement
    );
    if is_scheduled && change.kind == ChangeKind::Normal && change.approved_on.is_none() {
        found.push(Warning::NotAuthorised);
    }
    found
}

fn is_inside(window: &MaintenanceWindow, from: NaiveDateTime, to: NaiveDateTime) -> bool {
    let (Some(opens), Some(closes)) = (window.from, window.to) else {
        return false;
    };
    let weekdays = window.weekdays.unwrap_or_default();
    // A window that ends on the next day may have begun the day before the change does.
    [add_days(from.date(), -1), from.date()]
        .into_iter()
        .any(|day| {
            use chrono::Datelike as _;
            let begin = day.and_time(opens.0);
            let last = if closes.0 > opens.0 {
                day
            } else {
                add_days(day, 1)
            };
            weekdays.has(day.weekday()) && begin <= from && to <= last.and_time(closes.0)
        })
}

/// Returns the id of a message of a change's plan.
pub fn message_id(change: RecordId, step: &str) -> RecordId {
    RecordId::derived(&format!("communication/{change}/{step}"))
}

struct Planner<'a> {
    rules: &'a Rules,
    calendar: &'a WorkingCalendar,
    today: NaiveDate,
}

impl Planner<'_> {
    /// Returns the messages of a change by day: those of its plan, and others that somebody has begun for it.
    fn plan(&self, change: &Change, begun: &[&Arc<Communication>]) -> Vec<Planned> {
        let Some((from, to)) = span(change) else {
            return Vec::new();
        };
        if change.state == ChangeState::Cancelled {
            return Vec::new();
        }
        let record = |id: RecordId| begun.iter().find(|one| one.meta.id == id);
        let mut planned: Vec<Planned> = Vec::new();
        for step in self.steps(change) {
            let id = message_id(change.meta.id, &step.name);
            let anchor = match step.anchor {
                Anchor::Start => from.date(),
                Anchor::End => to.date(),
            };
            let record = record(id).map(|one| Arc::clone(one));
            planned.push(self.message(
                step.name.clone(),
                self.day(anchor, step.offset),
                id,
                record,
            ));
        }
        // A step that the plan has no more, or a message outside it: what was begun does not get lost.
        let is_planned = |id: RecordId| planned.iter().any(|message| message.id == id);
        let others: Vec<_> = begun
            .iter()
            .filter(|one| !is_planned(one.meta.id))
            .collect();
        for other in others {
            let day = other.planned_on.unwrap_or(from.date());
            let record = Some(Arc::clone(other));
            planned.push(self.message(other.step.clone(), day, other.meta.id, record));
        }
        planned.sort_by_key(|message| message.day);
        planned
    }

    fn steps(&self, change: &Change) -> &[MessageStep] {
        let is_quiet = !change.is_noticed && !change.is_outage;
        if change.kind == ChangeKind::Normal && is_quiet {
            return &[];
        }
        &self.rules.messages(change.kind).0
    }

    fn day(&self, anchor: NaiveDate, offset: i64) -> NaiveDate {
        match offset {
            // On the day itself the message goes out whether or not the day is worked.
            0 => anchor,
            before if before < 0 => self.calendar.add_working_days(anchor, before),
            after => {
                let worked = self.calendar.on_or_before(anchor);
                self.calendar.add_working_days(worked, after)
            }
        }
    }

    fn message(
        &self,
        step: String,
        by_plan: NaiveDate,
        id: RecordId,
        record: Option<Arc<Communication>>,
    ) -> Planned {
        let progress = record
            .as_ref()
            .map_or(Progress::Missing, |one| match one.state {
                CommunicationState::Draft => Progress::Draft,
                CommunicationState::Approved => Progress::Approved,
                CommunicationState::Sent => Progress::Sent,
                CommunicationState::Dropped => Progress::Dropped,
            });
        let sent_on = record.as_ref().and_then(|one| one.sent_on);
        let day = sent_on
            .filter(|_| progress == Progress::Sent)
            .unwrap_or(by_plan);
        let is_settled = matches!(progress, Progress::Sent | Progress::Dropped);
        Planned {
            is_overdue: day < self.today && !is_settled,
            step,
            day,
            progress,
            id,
            record,
        }
    }
}

/// Returns the commands that begin every message of a change's plan that nobody has begun, each with a draft text.
pub fn begin_messages(figures: &ChangeFigures, rules: &Rules) -> Vec<Command> {
    let missing = figures
        .plan
        .iter()
        .filter(|m| m.progress == Progress::Missing);
    let change = &figures.change;
    missing
        .map(|message| {
            Command::create(
                message.id,
                vec![
                    CommunicationField::Title(format!("{}: {}", change.title, message.step)),
                    CommunicationField::Kind(CommunicationKind::Change),
                    CommunicationField::Change(Some(change.meta.id)),
                    CommunicationField::Step(message.step.clone()),
                    CommunicationField::Audience(change.affected.clone()),
                    CommunicationField::Owner(change.owner),
                    CommunicationField::Body(Prose(draft(change, rules))),
                ],
            )
        })
        .collect()
}

/// Returns what every message about a change has to say; what nobody has said yet stands as an ellipsis.
fn draft(change: &Change, rules: &Rules) -> String {
    let moment = |moment: LocalMoment| moment.0.format("%Y-%m-%d %H:%M").to_string();
    let window = span(change).map(|(from, to)| {
        let (from, to) = (moment(LocalMoment(from)), moment(LocalMoment(to)));
        format!("{from} to {to} {}", rules.time_zone)
            .trim_end()
            .to_owned()
    });
    let window = window.unwrap_or_default();
    let outage = if change.is_outage { "Yes" } else { "No" };
    let parts = [
        ("What", change.title.as_str()),
        ("Why", change.reason.0.as_str()),
        ("When", window.as_str()),
        ("Who is affected", change.affected.as_str()),
        ("What you must do", change.instructions.0.as_str()),
        ("Outage", outage),
        ("Help", rules.help_contact.as_str()),
        ("If it fails", change.backout.0.as_str()),
    ]
    .map(|(heading, text)| {
        let text = text.trim();
        format!("{heading}: {}", if text.is_empty() { "…" } else { text })
    });
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;

    fn desk(kind: &str) -> Desk {
        let mut desk = Desk::new();
        let fields = [
            ("title", "Mail upgrade"),
            ("kind", kind),
            ("service", "Mail"),
            ("starts", "2026-12-05T22:00"),
            ("ends", "2026-12-06T04:00"),
            ("is_noticed", "yes"),
            ("backout", "Restore the snapshot"),
        ];
        desk.put(Kind::Change, "c", &fields);
        desk
    }

    fn one(desk: &Desk, today: &str) -> ChangeFigures {
        let all = all(desk.board(), day(today));
        all.into_iter()
            .find(|one| one.change.meta.id == id("c"))
            .unwrap()
    }

    fn days(figures: &ChangeFigures) -> Vec<String> {
        let line = |m: &Planned| format!("{} {}", m.step, m.day);
        figures.plan.iter().map(line).collect()
    }

    #[test]
    fn a_plan_follows_from_kind_and_window() {
        // The window begins on a Saturday.
        assert_eq!(
            days(&one(&desk("normal"), "2026-11-01")),
            [
                "heads-up 2026-11-23",
                "detail 2026-11-30",
                "reminder 2026-12-04",
                "start 2026-12-05",
                "complete 2026-12-06",
                "result 2026-12-07",
            ]
        );
        assert_eq!(
            days(&one(&desk("standard"), "2026-11-01")),
            ["notice 2026-12-03", "done 2026-12-06"]
        );
        let mut quiet = desk("normal");
        quiet.put(Kind::Change, "c", &[("is_noticed", "no")]);
        assert_eq!(days(&one(&quiet, "2026-11-01")), Vec::<String>::new());
    }

    #[test]
    fn a_reschedule_moves_what_was_not_sent() {
        let mut desk = desk("normal");
        for command in begin_messages(&one(&desk, "2026-11-01"), &Rules::default()) {
            desk.run(&command).unwrap();
        }
        let sent = message_id(id("c"), "heads-up");
        let fields = vec![
            CommunicationField::State(CommunicationState::Sent),
            CommunicationField::SentOn(Some(day("2026-11-23"))),
        ];
        desk.run(&Command::edit(sent, fields)).unwrap();
        desk.put(
            Kind::Change,
            "c",
            &[("starts", "2026-12-16T18:00"), ("ends", "2026-12-16T20:00")],
        );
        let figures = one(&desk, "2026-12-14");
        assert_eq!(
            days(&figures)[..3],
            [
                "heads-up 2026-11-23",
                "detail 2026-12-09",
                "reminder 2026-12-15"
            ]
        );
        assert!(figures.plan[1].is_overdue && !figures.plan[0].is_overdue);
        assert_eq!(begin_messages(&figures, &Rules::default()), []);
        let frozen = desk.run(&Command::edit(
            sent,
            vec![CommunicationField::Title("Other".into())],
        ));
        assert_eq!(
            frozen.unwrap_err().to_string(),
            "the communication cannot be saved: it has been sent; send a new one that corrects it"
        );
    }

    #[test]
    fn the_settings_say_which_messages_go_out_and_what_was_begun_stays() {
        let mut desk = desk("normal");
        let fields = [
            ("normal_messages", "notice -3, over end 0"),
            ("help_contact", "Service desk"),
            ("time_zone", "CET"),
        ];
        for command in begin_messages(&one(&desk, "2026-11-01"), &Rules::default()) {
            if let Command::Create { id, .. } = &command
                && *id == message_id(self::id("c"), "detail")
            {
                desk.run(&command).unwrap();
            }
        }
        desk.put(Kind::Settings, "settings", &fields);
        let figures = one(&desk, "2026-11-01");
        assert_eq!(
            days(&figures),
            ["notice 2026-12-02", "detail 2026-12-05", "over 2026-12-06"]
        );
        let refusal = desk.try_put(Kind::Settings, "settings", &[("normal_messages", "notice")]);
        assert!(
            refusal
                .unwrap_err()
                .starts_with("normal_messages: \"notice\" is not a list of messages")
        );
        for command in begin_messages(&figures, &Rules::of(desk.board())) {
            desk.run(&command).unwrap();
        }
        let notice = message_id(id("c"), "notice");
        let body = &desk.board().communications.get(&notice).unwrap().body.0;
        for line in [
            "When: 2026-12-05 22:00 to 2026-12-06 04:00 CET",
            "What you must do: …",
            "Help: Service desk",
            "If it fails: Restore the snapshot",
        ] {
            assert!(body.lines().any(|has| has == line), "{body}");
        }
    }

    #[test]
    fn freezes_overlaps_and_windows_warn_and_never_block() {
        let mut desk = desk("normal");
        desk.put(
            Kind::Freeze,
            "f",
            &[
                ("name", "Year end"),
                ("from", "2026-12-06"),
                ("to", "2027-01-06"),
            ],
        );
        desk.put(
            Kind::Freeze,
            "g",
            &[
                ("name", "ERP"),
                ("from", "2026-12-01"),
                ("to", "2027-01-06"),
                ("service", "ERP"),
            ],
        );
        let other = [
            ("title", "DNS"),
            ("service", "mail "),
            ("starts", "2026-12-06T03:00"),
            ("ends", "2026-12-06T05:00"),
        ];
        desk.put(Kind::Change, "other", &other);
        let touching = [
            ("title", "Later"),
            ("service", "Mail"),
            ("starts", "2026-12-06T04:00"),
            ("ends", "2026-12-06T05:00"),
            ("state", "closed"),
        ];
        desk.put(Kind::Change, "touching", &touching);
        assert_eq!(
            one(&desk, "2026-11-01").warnings,
            [
                Warning::InFreeze(id("f")),
                Warning::Overlaps(id("other")),
                Warning::OffDay
            ]
        );
        let window = [
            ("name", "Weekend"),
            ("weekdays", "sat"),
            ("from", "21:00"),
            ("to", "05:00"),
        ];
        desk.put(Kind::MaintenanceWindow, "w", &window);
        let warnings = one(&desk, "2026-11-01").warnings;
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        desk.put(Kind::Change, "c", &[("ends", "2026-12-06T05:01")]);
        assert!(
            one(&desk, "2026-11-01")
                .warnings
                .contains(&Warning::OutsideWindow)
        );
    }

    #[test]
    fn a_normal_change_is_scheduled_when_somebody_has_authorised_it() {
        let mut desk = desk("normal");
        assert_eq!(
            desk.try_put(Kind::Change, "c", &[("state", "scheduled")])
                .unwrap_err(),
            "the change cannot be saved: a normal change is scheduled when it is authorised; give approver and approved_on"
        );
        let fields = [
            ("state", "scheduled"),
            ("approver", "Anna"),
            ("approved_on", "2026-11-20"),
        ];
        desk.put(Kind::Change, "c", &fields);
        desk.put(
            Kind::Change,
            "c",
            &[
                ("kind", "emergency"),
                ("approved_on", ""),
                ("state", "implement"),
            ],
        );
    }
}
