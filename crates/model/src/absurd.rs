//! Absurd values through every command, every query and every report: nothing overflows, nothing hangs, nothing panics.
//!
//! What a command refuses, it refuses with a typed error and changes nothing; what arrives from a broken program all the
//! same is shown as far as it can be. Debug builds stop at an overflow, so that these tests find each.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::action::ActionSeriesField;
use crate::board::Board;
use crate::calendar::{Period, add_days};
use crate::command::Command;
use crate::desk::{Desk, day, id};
use crate::kind::{Fields, Kind};
use crate::money::{Currency, LARGEST_MINOR};
use crate::onboarding::ChecklistKind;
use crate::people::PersonId;
use crate::query;
use crate::settings::Rules;
use crate::value::Raw;
use crate::workdays::Calendars;

/// Asks every query and makes every report; the commands that queries offer are returned.
pub(crate) fn ask_everything(board: &Board, today: NaiveDate) -> Vec<Command> {
    let (rules, calendars) = (Rules::of(board), Calendars::of(board));
    let mut offered = Vec::new();
    query::overview::Overview::of(board, today, &query::overview::Rules::of(board));
    let filter = query::action::ActionFilter::default();
    query::action::list(board, &filter, query::action::ActionOrder::default(), today);
    query::action::by_owner(board, today);
    query::recurring::to_chase(board, today);
    for due in query::recurring::due(board, today).iter().take(3) {
        offered.push(due.make(crate::action::ActionState::Done, Some(today)));
    }
    query::portfolio::total(&query::portfolio::all(board, today));
    query::vendor::all(board, today);
    query::licence::positions(board, today);
    query::procurement::invoices(board, today);
    query::contract::all(board, today);
    query::metric::all(board, today);
    query::meeting::decisions_in_force(board);
    query::onboarding::all(board, today, calendars.of_workspace());
    for change in query::change::all(board, today) {
        offered.extend(query::change::begin_messages(&change, &rules));
    }
    for kind in ChecklistKind::ALL {
        offered.extend(query::onboarding::make_template(board, *kind));
    }
    for one in query::obligation::all(board, today, add_days(today, 4_000)) {
        offered.extend(one.acknowledge(None, today, "seen"));
    }
    let findings = query::finding::all(board, today);
    offered.extend(findings.into_iter().filter_map(|one| one.fix.clone()));
    ask_each(board, today, &rules, &mut offered);
    for template in crate::report::templates::ALL {
        for of in template
            .about()
            .map(|kind| board.ids(kind))
            .unwrap_or_default()
        {
            template.make(board, Some(of), today);
        }
        template.make(board, template.usual(board, today), today);
    }
    crate::report::dates::of(board);
    offered
}

/// Asks what is asked about one record, of every record.
fn ask_each(board: &Board, today: NaiveDate, rules: &Rules, offered: &mut Vec<Command>) {
    for project in board.ids(Kind::Project) {
        query::earned_value::of(board, project, today);
        query::trend::of(board, project, today);
        offered.extend(query::status::draft(
            board,
            project,
            id("draft"),
            (today, None),
        ));
        let taking = query::baseline::Taking {
            project,
            name: "Now".into(),
            taken_on: today,
            taken_by: None,
            reason: String::new(),
        };
        offered.extend(query::baseline::take(board, id("now"), &taking).unwrap_or_default());
    }
    for update in board.ids(Kind::StatusUpdate) {
        offered.extend(query::status::issue(board, update, today).unwrap_or_default());
    }
    for budget in board.ids(Kind::Budget) {
        for period in Period::all() {
            query::budget::close::obstacles(board, budget, period, &rules.flags);
            let close = query::budget::close::close(board, budget, period, today, None);
            offered.extend(close);
        }
        let draft = query::budget::phasing::Draft {
            from: budget,
            id: id("next"),
            name: "Next".into(),
            growth_basis_points: 100_000,
            uplifts: query::contract::uplifts(board, today),
        };
        let next = query::budget::phasing::draft_next_year(board, &draft);
        offered.extend(next.unwrap_or_default());
        query::budget::phasing::compare(board, budget, budget);
    }
    for line in board.ids(Kind::BudgetLine) {
        offered.push(query::budget::phasing::plan_year(
            line,
            LARGEST_MINOR,
            &[u32::MAX; 12],
        ));
    }
    for meeting in board.ids(Kind::Meeting) {
        query::meeting::agenda(board, meeting, today);
        query::meeting::outcome(board, meeting);
    }
    for series in board.ids(Kind::MeetingSeries) {
        query::meeting::calendar(board, series, add_days(today, -400), add_days(today, 400));
    }
    for evaluation in board.ids(Kind::Evaluation) {
        query::evaluation::figures(board, evaluation);
    }
    for (at, person) in board.ids(Kind::Person).into_iter().enumerate() {
        let start = query::onboarding::Start {
            id: id(&format!("leaving {at}")),
            kind: ChecklistKind::Offboarding,
            title: "Leaving".into(),
            person: PersonId(person),
            day: today,
            template: None,
        };
        offered.extend(query::onboarding::start(board, &start));
    }
}

/// The least and the greatest that a field takes, and what is beyond both, as a document could hold them.
fn extremes(value_type: &str) -> Vec<Raw> {
    let line = |text: &str| Raw::Line(text.to_owned());
    if let Some((_, range)) = value_type.rsplit_once(", ")
        && let Some((least, most)) = range.split_once(" to ")
        && let (Ok(least), Ok(most)) = (
            least.replace('_', "").parse::<i64>(),
            most.replace('_', "").parse::<i64>(),
        )
    {
        return vec![
            Raw::Int(least),
            Raw::Int(most),
            Raw::Int(i64::MAX),
            Raw::Int(i64::MIN),
        ];
    }
    if let Some(words) = value_type.strip_prefix("one of ") {
        return words.split_whitespace().map(line).collect();
    }
    match value_type {
        "date" => ["1900-01-01", "9999-12-31", "2024-02-29", "12026-01-01"]
            .map(line)
            .into(),
        "money (minor units)" => [LARGEST_MINOR, -LARGEST_MINOR, i64::MAX, i64::MIN]
            .map(Raw::Int)
            .into(),
        "integer" => [i64::MAX, i64::MIN, 0, 9_999].map(Raw::Int).into(),
        "yes or no" => [true, false].map(Raw::Bool).into(),
        "record id" => vec![line(&id("a").to_string()), line(&id("nobody").to_string())],
        "person" => vec![line(&PersonId::of_name("Anna").0.to_string())],
        "currency (ISO 4217 code)" => ["EUR", "JPY", "KWD", "XXX"].map(line).into(),
        "prose" => vec![Raw::Prose("x\n".repeat(500)), line("")],
        other if other.starts_with("recurrence") => {
            vec![
                line("FREQ=DAILY"),
                line("FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29"),
            ]
        }
        other if other.starts_with("weekdays") => vec![line("mon"), line("never")],
        other if other.starts_with("local moment") => {
            vec![line("1900-01-01T00:00"), line("9999-12-31T23:59")]
        }
        other if other.starts_with("time of day") => vec![line("00:00"), line("23:59")],
        other if other.starts_with("messages") => {
            vec![line("early -10000, late end +10000"), line("none")]
        }
        other if other.starts_with("days, most first") => vec![line("10000 0"), line("x")],
        other if other.starts_with("amount with") => {
            vec![line("KWD 999999999999.999"), line("JPY 1")]
        }
        other if other.starts_with("exchange rate") => vec![line("1000000"), line("0.0000000001")],
        _ => vec![line(&"W".repeat(1_000)), line(""), Raw::Int(7), Raw::Null],
    }
}

/// The parent of a record of this kind, as its field holds it: always the record "a".
fn parent(kind: Kind) -> Option<(&'static str, Raw)> {
    kind.parent_field()
        .map(|(field, _)| (field, Raw::Line(id("a").to_string())))
}

#[test]
fn the_extremes_of_every_field_of_every_kind_are_answered_by_every_query() {
    for turn in 0..4_usize {
        let mut desk = Desk::new();
        for kind in Kind::ALL.iter().copied() {
            for name in ["a", "b"] {
                let mut fields: Vec<(&str, Raw)> = Vec::new();
                for (at, info) in kind.fields().iter().enumerate() {
                    let all = extremes(info.value_type);
                    // Each field at another of its extremes, so that they meet in all ways.
                    let raw = all[(turn + at * usize::from(name == "b")) % all.len()].clone();
                    if info.is_monthly {
                        for (period, field) in crate::schema::month_names_of(info.name).enumerate()
                        {
                            let raw = all[(turn + period) % all.len()].clone();
                            fields.push((field, raw));
                        }
                    } else {
                        fields.push((info.name, raw));
                    }
                }
                fields.extend(parent(kind));
                if kind == Kind::Settings {
                    desk.arrive_as(kind, crate::settings::settings_id(), &fields);
                } else {
                    desk.arrive(kind, name, &fields);
                }
            }
        }
        let board = desk.board().clone();
        for today in ["1900-01-01", "2026-11-25", "9999-12-31"] {
            for command in ask_everything(&board, day(today)) {
                // Carried out or refused by a rule; never anything else.
                desk.run(&command).ok();
            }
        }
        ask_everything(desk.board(), day("2026-11-25"));
        assert!(crate::diff::diff(&board, &board).is_empty());
    }
}

#[test]
fn commands_take_or_refuse_every_extreme_and_change_nothing_when_they_refuse() {
    let mut desk = Desk::new();
    for kind in Kind::ALL.iter().copied() {
        for info in kind.fields().iter().filter(|info| !info.is_monthly) {
            for raw in extremes(info.value_type) {
                let parent = parent(kind).map(|(field, raw)| (field, raw.shown()));
                let mut inputs: Vec<(&str, String)> = kind
                    .required()
                    .iter()
                    .map(|field| (*field, required(kind, field)))
                    .collect();
                inputs.retain(|(field, _)| *field != info.name);
                inputs.push((info.name, raw.shown()));
                inputs
                    .retain(|(field, _)| parent.as_ref().is_none_or(|(parent, _)| parent != field));
                inputs.extend(parent);
                let inputs = inputs.iter().map(|(field, text)| (*field, text.as_str()));
                let Ok(fields) = Fields::from_input(kind, inputs, Currency::EUR) else {
                    continue;
                };
                let before = desk.board().clone();
                if desk.run(&Command::create(id("a"), fields)).is_err() {
                    assert!(crate::diff::diff(&before, desk.board()).is_empty());
                }
            }
        }
    }
    let made = Kind::ALL
        .iter()
        .filter(|kind| desk.board().count(**kind) > 0)
        .count();
    assert!(made > 50, "only {made} kinds were made");
    for today in ["1900-01-01", "9999-12-31"] {
        ask_everything(desk.board(), day(today));
    }
    for kind in Kind::ALL.iter().copied() {
        desk.run(&Command::Delete { kind, id: id("a") }).ok();
        desk.run(&Command::Restore { kind, id: id("a") }).ok();
    }
    ask_everything(desk.board(), day("2026-11-25"));
}

/// A value that a required field takes.
fn required(kind: Kind, field: &str) -> String {
    let info = kind.fields().iter().find(|info| info.name == field);
    let value_type = info.map_or("", |info| info.value_type);
    let all = extremes(value_type);
    all.first().map(Raw::shown).unwrap_or_default()
}

#[test]
fn a_ring_of_a_thousand_tasks_and_a_tree_of_ten_thousand_levels_are_answered() {
    let mut desk = Desk::new();
    let project = [("name", Raw::Line("Move".into()))];
    desk.arrive(Kind::Project, "p", &project);
    let reference = |name: &str| Raw::Line(id(name).to_string());
    for at in 0..1_000 {
        let (name, next) = (format!("ring {at}"), format!("ring {}", (at + 1) % 1_000));
        desk.arrive(
            Kind::Task,
            &name,
            &[
                ("project", reference("p")),
                ("name", Raw::Line(name.clone())),
            ],
        );
        let link = [
            ("project", reference("p")),
            ("predecessor", reference(&name)),
            ("successor", reference(&next)),
        ];
        desk.arrive(Kind::Dependency, &format!("link {at}"), &link);
    }
    for at in 0..10_000 {
        let (name, above) = (format!("level {at}"), format!("level {}", at + 1));
        let task = [
            ("project", reference("p")),
            ("name", Raw::Line(name.clone())),
            ("parent", reference(&above)),
        ];
        desk.arrive(Kind::Task, &name, &task);
    }
    let offered = ask_everything(desk.board(), day("2026-11-25"));
    assert!(offered.len() > 11_000);
    // Rules walk rings and trees too.
    let refused = desk.try_put(Kind::Task, "level 9999", &[("parent", "level 0")]);
    assert!(
        refused
            .unwrap_err()
            .contains("a task cannot be part of itself")
    );
    let link = [
        ("project", "p"),
        ("predecessor", "ring 5"),
        ("successor", "ring 3"),
    ];
    let refused = desk.try_put(Kind::Dependency, "another", &link);
    assert!(refused.unwrap_err().contains("already waits for"));
}

#[test]
fn a_series_since_1900_with_four_hundred_open_occurrences_ends() {
    let mut desk = Desk::new();
    let fields = vec![
        ActionSeriesField::Title("Look".into()),
        ActionSeriesField::Rule("FREQ=DAILY".parse().ok()),
        ActionSeriesField::FirstDay(Some(day("1900-01-01"))),
    ];
    desk.run(&Command::create(RecordId::derived("s"), fields))
        .unwrap();
    let due = query::recurring::due(desk.board(), day("9999-12-31"));
    assert_eq!(due.len(), 400);
}
