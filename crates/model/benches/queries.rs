//! What views ask of the largest department that the program is built for: 38,000 records of all families, among them
//! 12,000 actions and 2,400 budget lines.
//!
//! A view asks when the board or its filter changes, never for every frame; each answer has to fit well into one frame.

use std::hint::black_box;
use std::time::Duration;

use adjutant_base::{CompartmentId, RecordId, Timestamp};
use adjutant_model::calendar::add_days;
use adjutant_model::money::Currency;
use adjutant_model::preview::{Preview, board_of};
use adjutant_model::project::ProjectField;
use adjutant_model::quantity::Days;
use adjutant_model::query::action::{self, ActionFilter, ActionKey, ActionOrder};
use adjutant_model::query::budget::{self, FlagRule};
use adjutant_model::query::overview::{Basis, Overview, Rules};
use adjutant_model::query::project::ProjectIndex;
use adjutant_model::query::{self, finding, health, obligation};
use adjutant_model::report;
use adjutant_model::sample::{Size, department};
use adjutant_model::schedule::{Activity, Link, LinkKind, schedule};
use adjutant_model::task::{DependencyField, TaskField};
use adjutant_model::workdays::Calendars;
use adjutant_model::{Board, Command, Context, Fields, Kind};
use chrono::NaiveDate;
use criterion::Criterion;

/// 24 November 2026: a Tuesday in the eleventh month.
fn today() -> NaiveDate {
    NaiveDate::default()
        .checked_add_days(chrono::Days::new(20_781))
        .unwrap_or_default()
}

fn context() -> Context {
    Context {
        compartment: CompartmentId([1; 6]),
        today: today(),
        now: Timestamp(1_795_000_000_000),
    }
}

fn board(size: &Size) -> Board {
    board_of(&context(), &department(1, size, today())).unwrap_or_default()
}

fn actions(criterion: &mut Criterion, board: &Board) {
    let mut measure = |name: &str, filter: &ActionFilter, key| {
        let order = ActionOrder {
            key,
            is_descending: false,
        };
        criterion.bench_function(name, |b| {
            b.iter(|| black_box(action::list(board, filter, order, today())).len());
        });
    };
    let all = ActionFilter::default();
    let text = ActionFilter {
        text: "northwind okafor".to_owned(),
        ..ActionFilter::default()
    };
    measure("actions/all by due day", &all, ActionKey::Due);
    measure("actions/all by title", &all, ActionKey::Title);
    measure("actions/all by owner", &all, ActionKey::Owner);
    measure(
        "actions/open by due day",
        &ActionFilter::open(),
        ActionKey::Due,
    );
    measure("actions/two words by due day", &text, ActionKey::Due);
}

fn figures(criterion: &mut Criterion, board: &Board) {
    let (rules, flags, calendars) = (Rules::of(board), FlagRule::default(), Calendars::of(board));
    criterion.bench_function("overview", |b| {
        b.iter(|| black_box(Overview::of(board, today(), &rules)).attention_count);
    });
    criterion.bench_function("budgets/all 40", |b| {
        b.iter(|| black_box(budget::all(board, today(), &flags)).len());
    });
    if let Some((id, found)) = board.budgets.into_iter().next() {
        let through = budget::ended_through(found, today());
        criterion.bench_function("budgets/one", |b| {
            b.iter(|| black_box(budget::figures(board, *id, through, &flags)).is_some());
        });
        criterion.bench_function("report/budget month", |b| {
            b.iter(|| black_box(report::budget_month(board, *id, today())).is_some());
        });
    }
    criterion.bench_function("projects/index 60 with 600", |b| {
        b.iter(|| {
            black_box(ProjectIndex::of(board, today(), &calendars))
                .projects
                .len()
        });
    });
    let many = Size {
        people: 60,
        projects: 600,
        milestones: 3_000,
        ..Size::NOTHING
    };
    let many = self::board(&many);
    criterion.bench_function("projects/index 600 with 3,000", |b| {
        b.iter(|| {
            black_box(ProjectIndex::of(&many, today(), &calendars))
                .projects
                .len()
        });
    });
}

/// A network of 5,000 tasks with 9,990 links, and a board that holds one such project.
fn schedules(criterion: &mut Criterion) {
    let activities: Vec<Activity> = (0_i64..5_000)
        .map(|at| Activity {
            duration: at % 9,
            ..Activity::default()
        })
        .collect();
    let link = |from: usize, to: usize, dependency| Link {
        from,
        to,
        kind: LinkKind::FinishToStart,
        lag: 0,
        dependency,
    };
    let links = |at: usize| [link(at, at + 3, 2 * at), link(at, at + 5, 2 * at + 1)];
    let links: Vec<Link> = (0..4_995).flat_map(links).collect();
    criterion.bench_function("schedule/5,000 tasks", |b| {
        b.iter(|| black_box(schedule(&activities, &links)).end);
    });
    let project = RecordId::derived("project");
    let task = |at: usize| RecordId::derived(&format!("task {at}"));
    let mut commands = vec![Command::create(
        project,
        vec![ProjectField::Name("Move".into())],
    )];
    for (at, activity) in activities.iter().enumerate() {
        let fields = vec![
            TaskField::Project(Some(project)),
            TaskField::Name(format!("Task {at}")),
            TaskField::Duration(Some(Days(activity.duration))),
        ];
        commands.push(Command::create(task(at), fields));
    }
    // In one batch with the tasks, which are not on the board yet: so no link asks the board for a cycle.
    commands.extend(links.iter().map(|link| {
        let fields = vec![
            DependencyField::Project(Some(project)),
            DependencyField::Predecessor(Some(task(link.from))),
            DependencyField::Successor(Some(task(link.to))),
        ];
        Command::create(
            RecordId::derived(&format!("link {}", link.dependency)),
            fields,
        )
    }));
    let batch = Command::Batch {
        label: "plan".to_owned(),
        commands,
    };
    let board = board_of(&context(), &[batch]).unwrap_or_default();
    criterion.bench_function("query/schedule of 5,000 tasks", |b| {
        b.iter(|| black_box(query::schedule::of(&board, project, today())).is_some());
    });
}

/// Every list that a screen shows, at the full size.
fn lists(criterion: &mut Criterion, board: &Board) {
    let calendars = Calendars::of(board);
    let mut measure = |name: &str, ask: &dyn Fn() -> usize| {
        criterion.bench_function(&format!("query/{name}"), |b| b.iter(ask));
    };
    let soon = add_days(today(), 120);
    measure("obligations of 120 days", &|| {
        black_box(obligation::all(board, today(), soon)).len()
    });
    measure("findings", &|| {
        black_box(finding::all(board, today())).len()
    });
    measure("health", &|| black_box(health::all(board, today())).len());
    measure("portfolio", &|| {
        black_box(query::portfolio::all(board, today())).len()
    });
    measure("vendors", &|| {
        black_box(query::vendor::all(board, today())).len()
    });
    measure("contracts", &|| {
        black_box(query::contract::all(board, today())).len()
    });
    measure("licences", &|| {
        black_box(query::licence::positions(board, today())).len()
    });
    measure("invoices", &|| {
        black_box(query::procurement::invoices(board, today())).len()
    });
    measure("changes", &|| {
        black_box(query::change::all(board, today())).len()
    });
    measure("checklists", &|| {
        black_box(query::onboarding::all(
            board,
            today(),
            calendars.of_workspace(),
        ))
        .len()
    });
    measure("recurring", &|| {
        black_box(query::recurring::due(board, today())).len()
    });
    measure("metrics", &|| {
        black_box(query::metric::all(board, today())).len()
    });
    measure("decisions", &|| {
        black_box(query::meeting::decisions_in_force(board)).len()
    });
    measure("report/briefing", &|| {
        black_box(report::briefing(board, today())).blocks.len()
    });
}

/// Lists that screens keep, each brought up to date after one record of a kind was edited.
fn kept(criterion: &mut Criterion, commands: &[Command]) {
    let mut preview = Preview::default();
    for command in commands {
        preview.run(&context(), command).ok();
    }
    let soon = add_days(today(), 120);
    for kind in [
        Kind::Action,
        Kind::Task,
        Kind::BudgetLine,
        Kind::Invoice,
        Kind::Contract,
        Kind::Acknowledgement,
    ] {
        let before = preview.board().clone();
        let edit = if kind == Kind::Acknowledgement {
            let duties = obligation::all(&before, today(), soon);
            let mut notes = duties
                .iter()
                .filter_map(|one| one.acknowledge(None, today(), ""));
            notes.next()
        } else {
            let id = before.ids(kind).into_iter().nth(7);
            let title = [(kind.title_field(), "Edited")];
            let fields = Fields::from_input(kind, title, Currency::EUR).ok();
            id.zip(fields).map(|(id, fields)| Command::edit(id, fields))
        };
        let Some(edit) = edit else { continue };
        preview.run(&context(), &edit).ok();
        let boards = [before.clone(), preview.board().clone()];
        let mut measure = |name: &str, renew: &mut dyn FnMut(&Board) -> usize| {
            let mut turn = boards.iter().cycle();
            criterion.bench_function(&format!("kept/{name} after {}", kind.label()), |b| {
                b.iter(|| turn.next().map_or(0, &mut *renew));
            });
        };
        let mut findings = finding::Findings::default();
        measure("findings", &mut |board| {
            black_box(findings.renew(board, today())).len()
        });
        let mut obligations = obligation::Obligations::default();
        measure("obligations", &mut |board| {
            black_box(obligations.renew(board, today(), soon)).len()
        });
        let mut index = action::ActionIndex::default();
        let rules = Rules::of(&before);
        let mut basis = Basis::of(&before, today(), &rules);
        measure("overview", &mut |board| {
            if kind != Kind::Action {
                basis = Basis::of(board, today(), &rules);
            }
            index.renew(board);
            black_box(Overview::on(&basis, &index, board)).attention_count
        });
        let order = ActionOrder {
            key: ActionKey::Title,
            is_descending: false,
        };
        measure("actions by title", &mut |board| {
            index.renew(board);
            black_box(index.list(board, &ActionFilter::default(), order, today())).len()
        });
    }
}

/// What is asked about one record, at the full size.
fn single(criterion: &mut Criterion, board: &Board) {
    let mut measure = |name: &str, ask: &dyn Fn() -> usize| {
        criterion.bench_function(&format!("query/{name}"), |b| b.iter(ask));
    };
    if let Some((id, _)) = board.meetings.into_iter().next_back() {
        measure("agenda", &|| {
            let agenda = query::meeting::agenda(board, *id, today());
            black_box(agenda).map_or(0, |agenda| agenda.topics.len())
        });
    }
    if let Some((id, _)) = board.projects.into_iter().next() {
        measure("trend", &|| {
            black_box(query::trend::of(board, *id, today())).len()
        });
        measure("schedule of a project", &|| {
            black_box(query::schedule::of(board, *id, today())).map_or(0, |of| of.rows.len())
        });
        measure("earned value", &|| {
            usize::from(black_box(query::earned_value::of(board, *id, today())).is_some())
        });
    }
    if let Some((id, found)) = board.budgets.into_iter().next()
        && let Some(through) = budget::ended_through(found, today())
    {
        let flags = FlagRule::default();
        measure("flagged lines", &|| {
            black_box(budget::explanation::flagged(board, *id, through, &flags)).len()
        });
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(3))
        .warm_up_time(Duration::from_secs(1))
        .configure_from_args();
    let commands = department(1, &Size::FULL, today());
    let board = board_of(&context(), &commands).unwrap_or_default();
    let count: usize = Kind::ALL.iter().map(|kind| board.count(*kind)).sum();
    criterion.bench_function(&format!("copy of a board of {count} records"), |b| {
        b.iter(|| black_box(board.clone()).version);
    });
    actions(&mut criterion, &board);
    figures(&mut criterion, &board);
    lists(&mut criterion, &board);
    single(&mut criterion, &board);
    kept(&mut criterion, &commands);
    schedules(&mut criterion);
    criterion.final_summary();
}
