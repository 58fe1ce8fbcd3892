//! The Overview: every figure of the first screen, and the list of what needs attention.
//!
//! One call, one walk over each family of records. Figures are those of the other queries, added up; nothing is defined
//! here a second time.

pub mod attention;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use self::attention::Attention;
use crate::board::Board;
use crate::budget::Budget;
use crate::calendar::Period;
use crate::kind::Kind;
use crate::money::Currency;
use crate::project::ProjectStatus;
use crate::query::action::{ActionCounts, ActionIndex};
use crate::query::budget::{
    self, BudgetFigures, Categories, CategoryFigures, CumulativePoint, Flag, FlagRule,
    PeriodFigures, Totals,
};
use crate::query::project::{PortfolioCounts, ProjectIndex, shown_day, state};
use crate::workdays::Calendars;

/// What the figures are measured by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Which days are worked, in the workspace and in each project.
    pub calendars: Calendars,
    /// When a variance is flagged.
    pub flags: FlagRule,
    /// Longest list of what needs attention.
    pub attention_limit: usize,
}

impl Rules {
    /// Returns the rules of a board, as its settings and calendars say.
    ///
    /// Cost: one walk over calendars and their days.
    pub fn of(board: &Board) -> Self {
        Self {
            calendars: Calendars::of(board),
            flags: crate::settings::Rules::of(board).flags,
            attention_limit: 12,
        }
    }
}

/// How many milestones stand where; those of cancelled projects do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MilestoneCounts {
    /// Those whose day (reached, else forecast, else agreed) lies in the calendar month of today.
    pub this_month: usize,
    /// Of these, those that have been reached.
    pub this_month_done: usize,
    /// Of these, those that are overdue or forecast late.
    pub this_month_at_risk: usize,
    /// All that are overdue, in open projects.
    pub overdue: usize,
    /// All that are forecast late and not overdue, in open projects.
    pub forecast_late: usize,
}

impl MilestoneCounts {
    /// Returns how many are overdue or forecast late.
    pub fn at_risk(&self) -> usize {
        self.overdue.saturating_add(self.forecast_late)
    }
}

/// The budgets of the present fiscal year together; amounts in minor units of `currency`.
///
/// The year is the newest that has begun, or the first to come. Budgets of another currency or another start month than
/// most of that year's are left out and counted: their amounts and periods cannot be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetOverview {
    /// The fiscal year, named after the calendar year in which it ends.
    pub fiscal_year: i64,
    /// Month in which it starts, 1 to 12.
    pub start_month: u32,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Last period that counts as past; `None` if none does.
    pub through: Option<Period>,
    /// Budgets added up.
    pub budgets: usize,
    /// Budgets of that year that were left out.
    pub left_out: usize,
    /// All lines together.
    pub totals: Totals,
    /// Spending added up over the year: twelve points, one a period.
    pub cumulative: Vec<CumulativePoint>,
    /// Variances by category, in the order of the first budget's lines.
    pub categories: Vec<CategoryFigures>,
    /// Lines whose year to date is amber.
    pub amber_lines: usize,
    /// Lines whose year to date is red.
    pub red_lines: usize,
}

/// Every figure of the first screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The day that the figures hold for.
    pub as_of: NaiveDate,
    /// Action items.
    pub actions: ActionCounts,
    /// Milestones.
    pub milestones: MilestoneCounts,
    /// Projects by status.
    pub projects: PortfolioCounts,
    /// Budgets; `None` if there are none.
    pub budget: Option<BudgetOverview>,
    /// What needs attention, most urgent first, at most [`Rules::attention_limit`].
    pub attention: Vec<Attention>,
    /// How many need attention in all.
    pub attention_count: usize,
    /// Fields with unsettled conflicts.
    pub conflicts: usize,
    /// Milestones and budget lines whose project or budget is deleted or has not arrived; they count nowhere else.
    pub orphans: usize,
}

/// What the overview takes from every record that is no action: it stays as it is while actions come and go.
#[derive(Debug, Clone)]
pub struct Basis {
    today: NaiveDate,
    rules: Rules,
    index: ProjectIndex,
    budget: Option<BudgetOverview>,
    figures: Vec<BudgetFigures>,
    orphans: usize,
}

impl Basis {
    /// The kinds that nothing of it follows from.
    pub const BESIDE: &'static [Kind] = &[Kind::Action];

    /// Works out what holds as of `today`.
    ///
    /// Cost: one walk over projects, milestones and budget lines.
    pub fn of(board: &Board, today: NaiveDate, rules: &Rules) -> Self {
        let index = ProjectIndex::of(board, today, &rules.calendars);
        let (budget, figures) = budgets(board, today, rules);
        Self {
            today,
            rules: rules.clone(),
            orphans: index.orphans.len().saturating_add(orphan_lines(board)),
            index,
            budget,
            figures,
        }
    }
}

impl Overview {
    /// Works out every figure as of `today`.
    ///
    /// Cost: one walk over each family of records.
    pub fn of(board: &Board, today: NaiveDate, rules: &Rules) -> Self {
        let basis = Basis::of(board, today, rules);
        Self::on(&basis, &ActionIndex::of(board), board)
    }

    /// Works out every figure from what was made of this board, or of one that is the same but for actions.
    ///
    /// Cost: one walk over the index and over milestones and lines that need attention.
    pub fn on(basis: &Basis, actions: &ActionIndex, board: &Board) -> Self {
        let (today, rules) = (basis.today, &basis.rules);
        let mut concerns = attention::Gatherer::new(rules.attention_limit);
        for action in actions.overdue(today) {
            concerns.add_action(&action);
        }
        let milestones = milestones(&basis.index, today, &rules.calendars, &mut concerns);
        for budget in &basis.figures {
            concerns.add_lines(budget);
        }
        let (attention, attention_count) = concerns.finish(board);
        Self {
            as_of: today,
            actions: actions.counts(today),
            milestones,
            projects: basis.index.counts(today),
            budget: basis.budget.clone(),
            attention,
            attention_count,
            conflicts: board.conflicts().count(),
            orphans: basis.orphans,
        }
    }
}

fn milestones(
    index: &ProjectIndex,
    today: NaiveDate,
    calendars: &Calendars,
    concerns: &mut attention::Gatherer,
) -> MilestoneCounts {
    let mut counts = MilestoneCounts::default();
    let is_this_month = |day: NaiveDate| (day.year(), day.month()) == (today.year(), today.month());
    for figures in index.projects.values() {
        let status = figures.project.status;
        if status == ProjectStatus::Cancelled {
            continue;
        }
        let calendar = calendars.of_project(&figures.project);
        counts.overdue = counts.overdue.saturating_add(figures.overdue);
        counts.forecast_late = counts.forecast_late.saturating_add(figures.forecast_late);
        for milestone in &figures.milestones {
            let state = state(milestone, today, calendar);
            let is_at_risk = status.is_open() && state.is_at_risk();
            if is_at_risk {
                concerns.add_milestone(milestone, &figures.project, state);
            }
            if !shown_day(milestone).is_some_and(is_this_month) {
                continue;
            }
            let count =
                |sum: &mut usize, is_counted| *sum = sum.saturating_add(usize::from(is_counted));
            count(&mut counts.this_month, true);
            count(&mut counts.this_month_done, state.is_done());
            count(&mut counts.this_month_at_risk, is_at_risk);
        }
    }
    counts
}

/// What budgets must share to be added up.
fn group_of(budget: &Budget) -> (u32, Currency) {
    (budget.calendar().start_month(), budget.currency)
}

fn budgets(
    board: &Board,
    today: NaiveDate,
    rules: &Rules,
) -> (Option<BudgetOverview>, Vec<BudgetFigures>) {
    let Some(year) = present_year(board, today) else {
        return (None, Vec::new());
    };
    let all = budget::of_those(board, today, &rules.flags, |budget| {
        budget.fiscal_year == year
    });
    let size_of = |group| {
        all.iter()
            .filter(|figures| group_of(&figures.budget) == group)
            .count()
    };
    let mut groups: Vec<_> = all
        .iter()
        .map(|figures| group_of(&figures.budget))
        .collect();
    groups.sort_unstable();
    // The largest group; of equal ones the last in order, so that every device chooses the same.
    let Some(group) = groups.into_iter().max_by_key(|group| size_of(*group)) else {
        return (None, Vec::new());
    };
    let added: Vec<&BudgetFigures> = all
        .iter()
        .filter(|figures| group_of(&figures.budget) == group)
        .collect();
    let overview = add_up(year, group, &added, all.len(), rules);
    (Some(overview), all)
}

/// Returns the newest fiscal year of a budget that has begun, or the first to come.
fn present_year(board: &Board, today: NaiveDate) -> Option<i64> {
    let years = || {
        board
            .budgets
            .into_iter()
            .map(|(_, budget)| (budget.calendar(), budget.fiscal_year))
    };
    let begun = years().filter(|(fiscal, year)| fiscal.year_of(today) >= *year);
    let newest = begun.map(|(_, year)| year).max();
    newest.or_else(|| years().map(|(_, year)| year).min())
}

fn add_up(
    fiscal_year: i64,
    (start_month, currency): (u32, Currency),
    added: &[&BudgetFigures],
    count: usize,
    rules: &Rules,
) -> BudgetOverview {
    let mut totals = Totals::default();
    let mut categories = Categories::default();
    let mut periods = [PeriodFigures::default(); 12];
    for figures in added {
        totals.merge(&figures.totals);
        for category in &figures.categories {
            categories.at(&category.category).merge(&category.totals);
        }
        for (sum, column) in periods.iter_mut().zip(&figures.periods) {
            *sum = sum.plus(*column);
        }
    }
    totals.close(&rules.flags, currency);
    let through = added.first().and_then(|figures| figures.through);
    let flagged = |flag| added.iter().map(|figures| figures.flagged(flag)).sum();
    BudgetOverview {
        fiscal_year,
        start_month,
        currency,
        through,
        budgets: added.len(),
        left_out: count.saturating_sub(added.len()),
        totals,
        cumulative: budget::cumulative_spend(&periods, through),
        categories: categories.close(&rules.flags, currency),
        amber_lines: flagged(Flag::Amber),
        red_lines: flagged(Flag::Red),
    }
}

fn orphan_lines(board: &Board) -> usize {
    let lines = board.budget_lines.into_iter();
    let is_orphan = |budget: Option<_>| budget.is_none_or(|id| board.budgets.get(&id).is_none());
    lines.filter(|(_, line)| is_orphan(line.budget)).count()
}

#[cfg(test)]
mod tests;
