//! What views ask of the largest department that the program is built for: 12,000 actions, 2,400 budget lines.
//!
//! A view asks when the board or its filter changes, never for every frame; each answer has to fit well into one frame.

use std::hint::black_box;
use std::time::Duration;

use adjutant_base::{CompartmentId, Timestamp};
use adjutant_model::calendar::WorkingCalendar;
use adjutant_model::preview::board_of;
use adjutant_model::query::action::{self, ActionFilter, ActionKey, ActionOrder};
use adjutant_model::query::budget::{self, FlagRule};
use adjutant_model::query::overview::{Overview, Rules};
use adjutant_model::query::project::ProjectIndex;
use adjutant_model::report;
use adjutant_model::sample::{Size, department};
use adjutant_model::{Board, Context};
use chrono::{Days, NaiveDate};
use criterion::Criterion;

/// 24 November 2026: a Tuesday in the eleventh month.
fn today() -> NaiveDate {
    NaiveDate::default()
        .checked_add_days(Days::new(20_781))
        .unwrap_or_default()
}

fn board(size: &Size) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: today(),
        now: Timestamp(1_795_000_000_000),
    };
    board_of(&context, &department(1, size, today())).unwrap_or_default()
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

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(3))
        .warm_up_time(Duration::from_secs(1))
        .configure_from_args();
    let board = board(&Size::FULL);
    actions(&mut criterion, &board);
    figures(&mut criterion, &board);
    criterion.final_summary();
}
