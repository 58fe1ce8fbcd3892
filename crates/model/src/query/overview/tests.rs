//! The Overview against counts made by hand and against the queries that it gathers.

use adjutant_base::{CompartmentId, RecordId, Timestamp};
use proptest::prelude::*;

use super::attention::Concern;
use super::*;
use crate::action::{ActionField, Priority};
use crate::budget::{BudgetField, BudgetLineField};
use crate::command::{Command, Context};
use crate::kind::Kind;
use crate::money::Amount;
use crate::preview::board_of;
use crate::project::{MilestoneField, ProjectField};
use crate::query::action;
use crate::sample::{Size, department};

/// Tuesday.
fn today() -> NaiveDate {
    "2026-11-24".parse().unwrap()
}

fn id(name: &str) -> RecordId {
    RecordId::derived(name)
}

fn board(commands: &[Command]) -> Board {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: today(),
        now: Timestamp(1_795_000_000_000),
    };
    board_of(&context, commands).unwrap()
}

fn overview(commands: &[Command]) -> Overview {
    let board = board(commands);
    Overview::of(&board, today(), &Rules::of(&board))
}

fn project(name: &str, status: ProjectStatus) -> Command {
    let fields = vec![
        ProjectField::Name(name.into()),
        ProjectField::Status(status),
    ];
    Command::create(id(name), fields)
}

fn milestone(name: &str, project: &str, baseline: &str, forecast: &str) -> Command {
    Command::create(
        id(name),
        vec![
            MilestoneField::Project(Some(id(project))),
            MilestoneField::Name(name.into()),
            MilestoneField::Baseline(baseline.parse().ok()),
            MilestoneField::Forecast(forecast.parse().ok()),
        ],
    )
}

fn action(title: &str, due: &str, priority: Priority) -> Command {
    Command::create(
        id(title),
        vec![
            ActionField::Title(title.into()),
            ActionField::Due(due.parse().ok()),
            ActionField::Priority(priority),
        ],
    )
}

fn budget(name: &str, year: i64, currency: Currency) -> Command {
    Command::create(
        id(name),
        vec![
            BudgetField::Name(name.into()),
            BudgetField::FiscalYear(year),
            BudgetField::StartMonth(1),
            BudgetField::Currency(currency),
        ],
    )
}

/// A line with a plan and an actual amount in January, in major units.
fn line(name: &str, budget: &str, plan: i64, actual: i64) -> Command {
    let january = Period::new(1).unwrap();
    Command::create(
        id(name),
        vec![
            BudgetLineField::Budget(Some(id(budget))),
            BudgetLineField::Name(name.into()),
            BudgetLineField::Category("Cloud".into()),
            BudgetLineField::Plan(january, Some(Amount(plan * 100))),
            BudgetLineField::Actual(january, Some(Amount(actual * 100))),
        ],
    )
}

#[test]
fn an_empty_board_has_an_empty_overview() {
    let overview = overview(&[]);
    assert_eq!(overview.budget, None);
    assert_eq!((overview.attention.len(), overview.attention_count), (0, 0));
    assert_eq!(overview.projects.by_status.len(), ProjectStatus::ALL.len());
    assert_eq!(overview.milestones, MilestoneCounts::default());
}

#[test]
fn what_needs_attention_comes_most_urgent_first() {
    let overview = overview(&[
        project("Move", ProjectStatus::Active),
        project("Given up", ProjectStatus::Cancelled),
        milestone("soon late", "Move", "2026-11-30", "2026-12-07"),
        milestone("overdue", "Move", "2026-11-20", ""),
        milestone("long overdue", "Move", "2026-10-20", ""),
        milestone("of no interest", "Given up", "2026-10-20", ""),
        milestone("fine", "Move", "2026-11-27", ""),
        action("old", "2026-10-01", Priority::Normal),
        action("urgent", "2026-11-23", Priority::High),
        action("today", "2026-11-24", Priority::High),
        budget("IT 2026", 2026, Currency::EUR),
        line("under", "IT 2026", 90_000, 10_000),
        line("over", "IT 2026", 10_000, 20_000),
        line("near", "IT 2026", 10_000, 10_100),
    ]);
    let titles: Vec<_> = overview
        .attention
        .iter()
        .map(|each| each.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "long overdue",
            "overdue",
            "over",
            "under",
            "urgent",
            "old",
            "soon late"
        ]
    );
    assert_eq!(overview.attention_count, 7);
    assert_eq!(overview.attention[0].context, "Move");
    assert_eq!(
        overview.attention[4].concern,
        Concern::ActionOverdue { days: 1 }
    );
    let expected = MilestoneCounts {
        this_month: 2,
        this_month_done: 0,
        this_month_at_risk: 1,
        overdue: 2,
        forecast_late: 1,
    };
    assert_eq!(overview.milestones, expected);
    assert_eq!(overview.milestones.at_risk(), 3);
}

#[test]
fn only_budgets_that_can_be_added_are_and_the_rest_is_counted() {
    let overview = overview(&[
        budget("next year", 2027, Currency::EUR),
        budget("a", 2026, Currency::EUR),
        budget("b", 2026, Currency::EUR),
        budget("dollars", 2026, Currency::USD),
        budget("last year", 2025, Currency::EUR),
        line("1", "a", 100, 150),
        line("2", "b", 100, 20),
        line("3", "dollars", 1_000_000, 0),
        line("4", "last year", 1_000_000, 0),
        line("5", "next year", 7, 0),
    ]);
    let budget = overview.budget.unwrap();
    assert_eq!((budget.fiscal_year, budget.currency), (2026, Currency::EUR));
    assert_eq!((budget.budgets, budget.left_out), (2, 1));
    assert_eq!(budget.through, Period::new(10));
    assert_eq!(
        budget.totals.net.to_date,
        budget::Sums {
            plan: 20_000,
            actual: 17_000
        }
    );
    assert_eq!(budget.totals.variance.basis_points, Some(1_500));
    assert_eq!(
        (
            budget.categories.len(),
            budget.categories[0].totals.variance.minor
        ),
        (1, 3_000)
    );
    assert_eq!(budget.cumulative[9].actual, Some(17_000));
    assert_eq!(budget.cumulative[10].actual, None);
    // The dollar line is far off plan all the same, and says in what currency.
    assert_eq!(overview.attention.len(), 1);
    assert_eq!(overview.attention[0].context, "dollars");
}

#[test]
fn a_coming_year_shows_when_there_is_no_other() {
    let overview = overview(&[
        budget("later", 2030, Currency::EUR),
        budget("soon", 2028, Currency::EUR),
    ]);
    let budget = overview.budget.unwrap();
    assert_eq!((budget.fiscal_year, budget.through), (2028, None));
}

#[test]
fn children_without_their_parent_are_counted() {
    let delete = |kind, name| Command::Delete { kind, id: id(name) };
    let overview = overview(&[
        project("Move", ProjectStatus::Active),
        milestone("m", "Move", "2026-01-01", ""),
        budget("b", 2026, Currency::EUR),
        line("l", "b", 1, 900_000),
        delete(Kind::Project, "Move"),
        delete(Kind::Budget, "b"),
    ]);
    assert_eq!(
        (
            overview.orphans,
            overview.attention_count,
            overview.milestones.overdue
        ),
        (2, 0, 0)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn figures_are_those_of_the_other_queries(seed in any::<u64>(), budgets in 0_usize..13, limit in 0_usize..40) {
        let size = Size { budgets, lines_per_budget: 12, actions: 200, ..Size::DEMO };
        let board = board(&department(seed, &size, today()));
        let rules = Rules { attention_limit: limit, ..Rules::of(&board) };
        let overview = Overview::of(&board, today(), &rules);
        prop_assert_eq!(overview.actions, action::counts(&board, today()));
        let index = ProjectIndex::of(&board, today(), &rules.calendars);
        let overdue: usize = index.projects.values().map(|figures| figures.overdue).sum();
        prop_assert_eq!(overview.milestones.overdue, overdue);
        prop_assert_eq!(overview.attention.len(), limit.min(overview.attention_count));
        let present: Vec<_> = budget::all(&board, today(), &rules.flags)
            .into_iter()
            .filter(|figures| figures.budget.fiscal_year == 2026)
            .collect();
        let variance: i64 = present.iter().map(|figures| figures.totals.variance.minor).sum();
        let of_categories = |budget: &BudgetOverview| budget.categories.iter().map(|c| c.totals.variance.minor).sum::<i64>();
        prop_assert_eq!(overview.budget.as_ref().map_or(0, |budget| budget.totals.variance.minor), variance);
        prop_assert_eq!(overview.budget.as_ref().map_or(0, of_categories), variance);
        let red: usize = present.iter().map(|figures| figures.flagged(Flag::Red)).sum();
        prop_assert_eq!(
            overview.attention_count,
            overview.actions.overdue + overview.milestones.at_risk() + red
        );
    }
}
