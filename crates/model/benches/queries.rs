//! What views ask of the largest department that the program is built for: 12,000 actions, 2,400 budget lines.
//!
//! A view asks when the board or its filter changes, never for every frame; each answer has to fit well into one frame.

use std::hint::black_box;
use std::time::Duration;

use adjutant_base::{CompartmentId, RecordId, Timestamp};
use adjutant_model::calendar::WorkingCalendar;
use adjutant_model::preview::board_of;
use adjutant_model::project::ProjectField;
use adjutant_model::quantity::Days;
use adjutant_model::query::action::{self, ActionFilter, ActionKey, ActionOrder};
use adjutant_model::query::budget::{self, FlagRule};
use adjutant_model::query::overview::{Overview, Rules};
use adjutant_model::query::project::ProjectIndex;
use adjutant_model::query::{self, finding, health, obligation};
use adjutant_model::report;
use adjutant_model::sample::{Size, department};
use adjutant_model::schedule::{Activity, Link, LinkKind, schedule};
use adjutant_model::task::{DependencyField, TaskField};
use adjutant_model::{Board, Command, Context};
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
    let (rules, flags, calendar) = (
        Rules::default(),
        FlagRule::default(),
        WorkingCalendar::default(),
    );
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
            black_box(ProjectIndex::of(board, today(), &calendar))
                .projects
                .len()
        });
    });
    let many = Size {
        projects: 600,
        milestones: 3_000,
        actions: 0,
        budgets: 0,
        ..Size::FULL
    };
    let many = self::board(&many);
    criterion.bench_function("projects/index 600 with 3,000", |b| {
        b.iter(|| {
            black_box(ProjectIndex::of(&many, today(), &calendar))
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

fn lists(criterion: &mut Criterion, board: &Board) {
    criterion.bench_function("query/obligations", |b| {
        b.iter(|| black_box(obligation::all(board, today(), today())).len());
    });
    criterion.bench_function("query/findings", |b| {
        b.iter(|| black_box(finding::all(board, today())).len());
    });
    criterion.bench_function("query/health", |b| {
        b.iter(|| black_box(health::all(board, today())).len());
    });
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(3))
        .warm_up_time(Duration::from_secs(1))
        .configure_from_args();
    let board = board(&Size::FULL);
    actions(&mut criterion, &board);
    figures(&mut criterion, &board);
    lists(&mut criterion, &board);
    schedules(&mut criterion);
    criterion.final_summary();
}
