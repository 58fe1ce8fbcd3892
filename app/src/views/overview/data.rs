//! What the first screen says, worked out by the model and put into words here.
//!
//! No drawing: every figure is the model's overview, only its words are made here.

use adjutant_base::RecordId;
use adjutant_model::calendar::month_name;
use adjutant_model::money::Currency;
use adjutant_model::project::ProjectStatus;
use adjutant_model::query::budget::{CategoryFigures, Flag, Sums};
use adjutant_model::query::overview::attention::{Attention, Concern};
use adjutant_model::query::overview::{BudgetOverview, Overview};
use adjutant_model::{Board, Kind};
use chrono::NaiveDate;
use serde::Serialize;

use crate::commands::View;
use crate::format;
use crate::theme::Tone;
use crate::views::Scene;
use crate::widgets::chart::{Bar, LinePoint};
use crate::widgets::measure::drawn;
use crate::widgets::tile::Tile;

/// Bars drawn one by one; the rest share one.
const BARS: usize = 8;

/// Everything that the first screen shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OverviewData {
    /// The tiles, each with the screen that it leads to.
    #[serde(skip)]
    pub leads_to: Vec<View>,
    /// The tiles.
    pub tiles: Vec<Tile>,
    /// Projects by status, those that are none left out.
    pub statuses: Vec<(String, usize, Tone)>,
    /// Spending against plan; empty without a budget.
    pub spending: Vec<LinePoint>,
    /// Title of the chart of spending: it leaves income out, and says so where there is some.
    pub spending_title: String,
    /// What the charts are about, for example "FY2027, EUR".
    pub budget_name: String,
    /// Variance by category, largest first.
    pub categories: Vec<Bar>,
    /// What needs attention, most urgent first.
    pub attention: Vec<AttentionRow>,
    /// How many more need attention.
    pub more: usize,
    /// Whether the workspace holds nothing yet.
    pub is_empty: bool,
    /// The currency of the charts.
    #[serde(skip)]
    pub currency: Currency,
}

/// One thing that needs attention.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttentionRow {
    /// Kind of the record.
    pub kind: Kind,
    /// The record.
    pub id: RecordId,
    /// Its name.
    pub title: String,
    /// What it belongs to.
    pub context: String,
    /// Why it needs attention.
    pub reason: String,
    /// How much.
    pub tone: Tone,
    /// Day that it is or was due.
    pub day: String,
    /// Who answers for it.
    pub owner: String,
}

/// Returns what the first screen shows.
///
/// Cost: only that of words; the scene has the figures.
pub fn overview_data(scene: &Scene) -> OverviewData {
    let overview = &*scene.overview;
    let budget = overview.budget.as_ref();
    let (leads_to, tiles) = tiles(overview).into_iter().unzip();
    OverviewData {
        leads_to,
        tiles,
        statuses: statuses(overview),
        spending: budget.map(spending).unwrap_or_default(),
        spending_title: if has_income(budget) {
            "Cumulative spend before income"
        } else {
            "Cumulative spend"
        }
        .to_owned(),
        budget_name: budget
            .map(|budget| budget_name(&scene.board, budget))
            .unwrap_or_default(),
        categories: budget.map(categories).unwrap_or_default(),
        attention: overview
            .attention
            .iter()
            .map(|each| attention_row(scene, each))
            .collect(),
        more: overview
            .attention_count
            .saturating_sub(overview.attention.len()),
        is_empty: [Kind::Project, Kind::Action, Kind::Budget]
            .iter()
            .all(|kind| scene.board.count(*kind) == 0),
        currency: budget.map_or(Currency::EUR, |budget| budget.currency),
    }
}

fn tiles(overview: &Overview) -> Vec<(View, Tile)> {
    let tile = |name: &str, figure: String, (remark, tone): (String, Tone)| Tile {
        name: name.to_owned(),
        figure,
        remark,
        tone,
    };
    let counts = &overview.actions;
    let bad_if = |count: usize, words: &str, tone: Tone, good: &str| {
        if count == 0 {
            (good.to_owned(), Tone::Ok)
        } else {
            (format!("{} {words}", format::count(count)), tone)
        }
    };
    let milestones = &overview.milestones;
    let projects = &overview.projects;
    let (name, figure, remark) = budget_tile(overview.budget.as_ref());
    vec![
        (
            View::Actions,
            tile(
                "Open actions",
                format::count(counts.open),
                bad_if(counts.overdue, "overdue", Tone::Bad, "None overdue"),
            ),
        ),
        (View::Budget, tile(name, figure, remark)),
        (
            View::Projects,
            tile(
                "Milestones this month",
                format::count(milestones.this_month),
                bad_if(
                    milestones.this_month_at_risk,
                    "at risk",
                    Tone::Warn,
                    "On track",
                ),
            ),
        ),
        (
            View::Projects,
            tile(
                "Open projects",
                format::count(projects.open),
                bad_if(
                    projects.past_target,
                    "past target",
                    Tone::Bad,
                    "None past target",
                ),
            ),
        ),
    ]
}

/// Returns name, figure and remark of the budget's tile.
fn budget_tile(budget: Option<&BudgetOverview>) -> (&'static str, String, (String, Tone)) {
    let name = if has_income(budget) {
        "Net cost year to date"
    } else {
        "Spent year to date"
    };
    let Some(budget) = budget else {
        let remark = ("No budget yet".to_owned(), Tone::Neutral);
        return (name, "\u{2013}".to_owned(), remark);
    };
    let figure = format::compact(budget.totals.net.to_date.actual, budget.currency);
    (name, figure, against_plan(budget))
}

fn has_income(budget: Option<&BudgetOverview>) -> bool {
    budget.is_some_and(|budget| budget.totals.income.year != Sums::default())
}

fn against_plan(budget: &BudgetOverview) -> (String, Tone) {
    let variance = &budget.totals.variance;
    if budget.through.is_none() {
        return ("No month has ended".to_owned(), Tone::Neutral);
    }
    let Some(basis_points) = variance.basis_points.filter(|points| *points != 0) else {
        return ("On plan".to_owned(), Tone::Ok);
    };
    let side = if basis_points > 0 {
        "under plan"
    } else {
        "over plan"
    };
    let tone = match variance.flag {
        Flag::Red => Tone::Bad,
        Flag::Amber => Tone::Warn,
        Flag::Clear => Tone::Ok,
    };
    (format!("{} {side}", format::percent(basis_points)), tone)
}

fn statuses(overview: &Overview) -> Vec<(String, usize, Tone)> {
    let tone = |status: ProjectStatus| match status {
        ProjectStatus::Active => Tone::Accent,
        ProjectStatus::OnHold => Tone::Warn,
        ProjectStatus::Done => Tone::Ok,
        ProjectStatus::Planned | ProjectStatus::Cancelled => Tone::Neutral,
    };
    let counts = overview.projects.by_status.iter();
    counts
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| (status.label().to_owned(), *count, tone(*status)))
        .collect()
}

fn budget_name(board: &Board, budget: &BudgetOverview) -> String {
    let rules = adjutant_model::settings::Rules::of(board);
    let year = rules.fiscal_name(budget.fiscal_year, budget.start_month.into());
    format!("{year}, {}", budget.currency.code())
}

fn spending(budget: &BudgetOverview) -> Vec<LinePoint> {
    let fiscal =
        adjutant_model::calendar::FiscalCalendar::starting_in(i64::from(budget.start_month));
    let point = |point: &adjutant_model::query::budget::CumulativePoint| {
        let month = month_name(fiscal.month_of(point.period));
        let plan = format::compact(point.plan, budget.currency);
        let words = match point.actual {
            Some(actual) => {
                format!(
                    "By the end of {month}: {} spent, {plan} planned",
                    format::compact(actual, budget.currency)
                )
            }
            None => format!("By the end of {month}: {plan} planned"),
        };
        LinePoint {
            label: month.to_owned(),
            plan: drawn(point.plan),
            actual: point.actual.map(drawn),
            words,
        }
    };
    budget.cumulative.iter().map(point).collect()
}

fn categories(budget: &BudgetOverview) -> Vec<Bar> {
    let mut found: Vec<&CategoryFigures> = budget
        .categories
        .iter()
        .filter(|category| category.totals.variance.minor != 0)
        .collect();
    found.sort_by_key(|category| std::cmp::Reverse(category.totals.variance.minor.unsigned_abs()));
    let rest = found.split_off(found.len().min(BARS));
    let bar = |label: String, minor: i64| Bar {
        label,
        value: drawn(minor),
        shown: {
            let amount = format::compact(minor, budget.currency);
            if minor > 0 {
                format!("+{amount}")
            } else {
                amount
            }
        },
    };
    let name = |category: &CategoryFigures| {
        if category.category.is_empty() {
            "No category".to_owned()
        } else {
            category.category.clone()
        }
    };
    let mut bars: Vec<Bar> = found
        .into_iter()
        .map(|category| bar(name(category), category.totals.variance.minor))
        .collect();
    if !rest.is_empty() {
        let sum =
            adjutant_model::money::sum(rest.iter().map(|category| category.totals.variance.minor));
        bars.push(bar(format!("{} others", rest.len()), sum));
    }
    bars
}

/// Returns the day that an overdue milestone missed: beside "overdue", a new forecast ahead would mislead.
fn missed_day(scene: &Scene, attention: &Attention) -> Option<NaiveDate> {
    let Concern::MilestoneOverdue { .. } = attention.concern else {
        return None;
    };
    let milestone = scene.board.milestones.get(&attention.id)?;
    let days = [milestone.baseline, milestone.forecast];
    days.into_iter().flatten().min()
}

fn attention_row(scene: &Scene, attention: &Attention) -> AttentionRow {
    let (reason, tone) = match &attention.concern {
        Concern::MilestoneOverdue { working_days: 0 } => {
            ("Milestone overdue".to_owned(), Tone::Bad)
        }
        Concern::MilestoneOverdue { working_days } => {
            let days = format::working_days_shown(*working_days);
            (format!("Milestone overdue {days} wd"), Tone::Bad)
        }
        Concern::LineRed { variance, currency } => {
            let side = if variance.minor < 0 {
                "over plan"
            } else {
                "under plan"
            };
            let amount = variance.minor.saturating_abs();
            (
                format!("{} {side}", format::compact(amount, *currency)),
                Tone::Bad,
            )
        }
        Concern::ActionOverdue { days } => {
            let days = usize::try_from(*days).unwrap_or(0);
            (
                format!("Overdue {}", format::counted(days, "day", "days")),
                Tone::Bad,
            )
        }
        Concern::MilestoneLate { working_days } => {
            let days = format::working_days_shown(*working_days);
            (format!("Forecast {days} wd late"), Tone::Warn)
        }
    };
    AttentionRow {
        kind: attention.kind,
        id: attention.id,
        title: attention.title.clone(),
        context: attention.context.clone(),
        reason,
        tone,
        day: missed_day(scene, attention)
            .or(attention.day)
            .map(|day| format::day(day, scene.today))
            .unwrap_or_default(),
        owner: scene.board.person_name(attention.owner).to_owned(),
    }
}
