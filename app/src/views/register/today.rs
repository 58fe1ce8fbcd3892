//! Today: every dated duty, what waits for somebody, lines far off plan and projects without a fresh status.
//!
//! Nothing here is typed: all of it follows from records. Space takes note of a duty at its step of the ladder.

use std::sync::PoisonError;

use adjutant_base::RecordId;
use adjutant_model::action::ActionState;
use adjutant_model::calendar::add_days;
use adjutant_model::query::obligation::{Duty, Obligation};
use adjutant_model::query::overview::attention::Concern;
use adjutant_model::query::{health, recurring};
use adjutant_model::settings::Rules;
use adjutant_model::status::Rag;
use adjutant_model::{Kind, PersonId};

use super::data::{Datum, Register, Row, Rowset, Source, bits, names, shows};
use super::families::climbed;
use crate::format;
use crate::icons::{self, Icon};
use crate::theme::Tone;
use crate::views::owners::own;
use crate::widgets::table::Sort;

/// How far ahead duties are looked for, in days: the top of the ladder as it is delivered.
const AHEAD_DAYS: i64 = 120;
/// Days that count as this week.
const WEEK_DAYS: i64 = 7;

const NOW: usize = 0;
const OVERDUE: usize = 1;
const WEEK: usize = 2;
const NOTE: usize = 3;
const WAITING: usize = 4;
const FLAGS: usize = 5;
const ALL: usize = 6;

pub(super) static TODAY: Register = Register {
    name: "Today",
    hint: "Filter what is to be done",
    nouns: ("thing to do", "things to do"),
    icon: icons::TODAY,
    columns: &[
        shows("Duty", 172.0),
        names("About"),
        shows("Act by", 106.0).right(),
        shows("Left to act", 172.0),
        shows("Noted", 118.0),
        shows("Owner", 160.0),
    ],
    choices: &[
        "Needs you",
        "Overdue",
        "This week",
        "To note",
        "Waiting for",
        "Flags",
        "All",
    ],
    tiles: &[
        (OVERDUE, Tone::Bad, "Act now"),
        (WEEK, Tone::Warn, "Due soon"),
        (NOTE, Tone::Warn, "Press Space"),
        (WAITING, Tone::Accent, "Ask again"),
        (FLAGS, Tone::Warn, "Off plan or stale"),
    ],
    sort: Sort {
        column: 2,
        is_descending: false,
    },
    adds: None,
    empty: (
        "Nothing is due",
        "Notices, renewals, milestones, invoices and actions appear here by the day to act",
    ),
    rows,
};

fn rows(source: &Source) -> Rowset {
    let (board, today) = (&source.scene.board, source.scene.today);
    let rules = Rules::of(board);
    let me = own(board, source.desk.device());
    let through = add_days(today, AHEAD_DAYS);
    let duties = {
        let kept = source.scene.duties.lock();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        kept.renew(board, today, through)
    };
    let mut rows: Vec<Row> = duties
        .iter()
        .map(|one| duty_row(source, &rules, (one, me)))
        .collect();
    rows.extend(waiting(source));
    rows.extend(stale(source));
    rows.extend(flags(source));
    Rowset {
        rows,
        ..Rowset::default()
    }
}

fn duty_row(source: &Source, rules: &Rules, (one, me): (&Obligation, Option<PersonId>)) -> Row {
    let (board, today) = (&source.scene.board, source.scene.today);
    let (steps, tone) = climbed(rules, one.days_left);
    let noted = match (one.step, one.is_acknowledged) {
        (None, _) => Datum::quiet(""),
        (Some(_), false) if is_routine(one.duty) => Datum::quiet(""),
        (Some(_), true) => Datum::mark(1, Tone::Ok, icons::DONE, "Noted"),
        (Some(_), false) => Datum::mark(0, Tone::Warn, icons::NOTE, "Take note"),
    };
    let is_dated = one.days_left <= WEEK_DAYS;
    let choices = bits(&[
        (NOW, is_dated || (one.needs_note() && !is_routine(one.duty))),
        (OVERDUE, one.days_left < 0),
        (WEEK, (0..=WEEK_DAYS).contains(&one.days_left)),
        (NOTE, one.needs_note() && !is_routine(one.duty)),
        (WAITING, one.duty == Duty::Chase),
        (ALL, true),
    ]);
    let last = (one.deadline != one.act_by)
        .then(|| format!("Last day {}", format::day(one.deadline, today)));
    let notes: Vec<String> = last
        .into_iter()
        .chain((!one.consequence.is_empty()).then(|| one.consequence.clone()))
        .collect();
    let cells = vec![
        Datum::mark(
            one.duty as usize,
            tone,
            duty_icon(one.duty),
            one.duty.label(),
        ),
        Datum::name(&one.title).noted(notes.join(". ")),
        Datum::day_toned(Some(one.act_by), today, quiet_until(one.days_left)),
        Datum::ladder(one.days_left, steps, tone),
        noted,
        Datum::person(board, one.owner),
    ];
    let id = row_id(one.duty.name(), one.id);
    let command = one.acknowledge(me, today, "");
    Row::new(id, Some((one.kind, one.id)), choices, cells).on_space(
        command.filter(|_| one.needs_note()),
        format!("Noted: {}", one.title),
    )
}

/// Tells whether a duty is everyday work: it asks to be done and not to be taken note of weeks before.
fn is_routine(duty: Duty) -> bool {
    matches!(
        duty,
        Duty::Action | Duty::Chase | Duty::Checklist | Duty::Milestone | Duty::Message
    )
}

fn quiet_until(days_left: i64) -> Tone {
    match days_left {
        ..0 => Tone::Bad,
        0..=WEEK_DAYS => Tone::Warn,
        _ => Tone::Neutral,
    }
}

fn row_id(name: &str, id: RecordId) -> RecordId {
    RecordId::derived(&format!("{name}/{id}"))
}

/// Returns what waits for somebody else: such an action has no other duty while it waits.
fn waiting(source: &Source) -> Vec<Row> {
    let (board, today) = (&source.scene.board, source.scene.today);
    let is_waiting = |action: &&std::sync::Arc<adjutant_model::action::Action>| {
        action.state == ActionState::Waiting && !recurring::is_snoozed(action, today)
    };
    let actions = board.actions.into_iter().map(|(_, action)| action);
    actions
        .filter(is_waiting)
        .filter(|action| action.chase_on.is_none())
        .map(|action| {
            let cells = vec![
                Datum::mark(40, Tone::Accent, icons::WAITING, "Waiting for"),
                Datum::name(&action.title),
                Datum::day(action.due, today),
                Datum::text(""),
                Datum::text(""),
                Datum::person(board, action.owner),
            ];
            let target = Some((Kind::Action, action.meta.id));
            let id = row_id("waiting", action.meta.id);
            Row::new(id, target, bits(&[(WAITING, true), (ALL, true)]), cells)
        })
        .collect()
}

/// Returns the projects whose last status is too old.
fn stale(source: &Source) -> Vec<Row> {
    let (board, today) = (&source.scene.board, source.scene.today);
    let is_stale = |health: &health::Health| health.overall.rag == Rag::Stale;
    let stale = health::all(board, today).into_iter();
    stale
        .filter(|(_, health)| is_stale(health))
        .filter_map(|(id, health)| {
            let project = board.projects.get(&id)?;
            let last = health.last_update;
            let words = last.map_or_else(
                || "No status yet".to_owned(),
                |day| format!("Last status {}", format::day(day, today)),
            );
            let cells = vec![
                Datum::mark(41, Tone::Warn, icons::CLOCK, "Stale status"),
                Datum::name(&project.name).noted(&health.overall.reason),
                Datum::text(""),
                Datum::quiet(&words),
                Datum::text(""),
                Datum::person(board, project.owner),
            ];
            let choices = bits(&[(NOW, true), (FLAGS, true), (ALL, true)]);
            let target = Some((Kind::Project, id));
            Some(Row::new(row_id("stale", id), target, choices, cells))
        })
        .collect()
}

/// Returns the budget lines that are far off plan, as many as the overview names.
fn flags(source: &Source) -> Vec<Row> {
    let attention = source.scene.overview.attention.iter();
    attention
        .filter_map(|one| {
            let Concern::LineRed { variance, currency } = one.concern else {
                return None;
            };
            let words = format!(
                "{} {}",
                format::accounting(variance.minor, currency),
                currency.code()
            );
            let cells = vec![
                Datum::mark(42, Tone::Bad, icons::OVER, "Off plan"),
                Datum::name(&one.title).noted(&one.context),
                Datum::text(""),
                Datum::figure(words, variance.minor, Tone::Bad),
                Datum::text(""),
                Datum::person(&source.scene.board, one.owner),
            ];
            let choices = bits(&[(NOW, true), (FLAGS, true), (ALL, true)]);
            let target = Some((one.kind, one.id));
            Some(Row::new(row_id("flag", one.id), target, choices, cells))
        })
        .collect()
}

fn duty_icon(duty: Duty) -> Icon {
    match duty {
        Duty::Notice | Duty::MissedNotice | Duty::Lapsed | Duty::Expiry => icons::CONTRACTS,
        Duty::Licence | Duty::TrueUp => icons::LICENCES,
        Duty::Milestone => icons::MILESTONE,
        Duty::Task | Duty::Project => icons::PROJECTS,
        Duty::Action => icons::ACTIONS,
        Duty::Chase => icons::WAITING,
        Duty::Payment | Duty::Discount => icons::INVOICES,
        Duty::Request | Duty::Delivery | Duty::Evaluation => icons::PURCHASES,
        Duty::Checklist => icons::ONBOARDING,
        Duty::Message => icons::COMMENT,
        Duty::Review | Duty::AccessReview => icons::COMPLIANCE,
        Duty::Risk => icons::RISKS,
    }
}
