//! Budgets: totals, year to date, variance, flags, forecast.
//!
//! All amounts are minor units of the budget's currency. A variance above zero is favourable, below zero unfavourable,
//! whatever the kind of line; so variances add up where plans and actuals of spending and income do not. Sums are held
//! at the ends of `i64`, as [`crate::money::sum`] says.
//!
//! Source: public-sector practice for monthly budget reports (variance of an expense line = budget - actual, of an
//! income line = actual - budget; percent of the budget's size, none for a budget of zero).

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::budget::{Budget, BudgetLine, LineKind};
use crate::calendar::Period;
use crate::money::{Currency, divide_rounded};

pub mod close;
pub mod explanation;
pub mod ledger;
pub mod phasing;

use ledger::{Ledger, LineMonths, Position};

/// A planned and an actual amount, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sums {
    /// Planned.
    pub plan: i64,
    /// Actual.
    pub actual: i64,
}

impl Sums {
    fn plus(self, other: Self) -> Self {
        Self {
            plan: self.plan.saturating_add(other.plan),
            actual: self.actual.saturating_add(other.actual),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            plan: self.plan.saturating_sub(other.plan),
            actual: self.actual.saturating_sub(other.actual),
        }
    }
}

/// What a year comes to, for one line or for several of one kind; in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// The whole year; actual is whatever has been posted in any period, adjustments of the year included.
    pub year: Sums,
    /// The periods that count as past: first to `through`.
    pub to_date: Sums,
    /// Full year as expected now: actual to date, then the typed forecast of the periods that are left, else their plan.
    pub forecast: i64,
}

impl Figures {
    fn of_months(months: &LineMonths, through: Option<Period>) -> Self {
        let mut figures = Self::default();
        for period in Period::all() {
            let sums = sums_at(months, period);
            figures.year = figures.year.plus(sums);
            let expected = if Some(period) <= through {
                figures.to_date = figures.to_date.plus(sums);
                sums.actual
            } else {
                months.expected(period)
            };
            figures.forecast = figures.forecast.saturating_add(expected);
        }
        figures.forecast = figures.forecast.saturating_add(months.adjustment);
        figures.year.actual = figures.year.actual.saturating_add(months.adjustment);
        figures
    }

    fn plus(self, other: Self) -> Self {
        Self {
            year: self.year.plus(other.year),
            to_date: self.to_date.plus(other.to_date),
            forecast: self.forecast.saturating_add(other.forecast),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            year: self.year.minus(other.year),
            to_date: self.to_date.minus(other.to_date),
            forecast: self.forecast.saturating_sub(other.forecast),
        }
    }
}

/// How much a variance asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Within the limits.
    #[default]
    Clear,
    /// Off plan: look at it.
    Amber,
    /// Far off plan: explain it.
    Red,
}

impl Flag {
    /// Returns the word that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clear => "On plan",
            Self::Amber => "Off plan",
            Self::Red => "Far off plan",
        }
    }
}

/// When a variance is flagged: an amount and a percentage must both be reached, or the ceiling alone.
///
/// Over and under plan are flagged alike. Amounts are in major units, so that one rule serves all currencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagRule {
    /// Least amount for amber, in major units.
    pub amber_major: i64,
    /// Least share of the budget for amber, in basis points.
    pub amber_basis_points: i64,
    /// Least amount for red, in major units.
    pub red_major: i64,
    /// Least share of the budget for red, in basis points.
    pub red_basis_points: i64,
    /// Amount that is red whatever its share, in major units.
    pub ceiling_major: i64,
}

impl Default for FlagRule {
    /// Amber from 1,000 and 5 %, red from 5,000 and 10 % or from 25,000.
    fn default() -> Self {
        Self {
            amber_major: 1_000,
            amber_basis_points: 500,
            red_major: 5_000,
            red_basis_points: 1_000,
            ceiling_major: 25_000,
        }
    }
}

impl FlagRule {
    /// Returns the flag of a variance from a budget, both in minor units of `currency`.
    ///
    /// Where the budget is zero there is no percentage and the amounts alone decide.
    pub fn flag(&self, variance: i64, budget: i64, currency: Currency) -> Flag {
        let size = i128::from(variance).abs();
        let budget = i128::from(budget).abs();
        let unit = 10_i128.saturating_pow(currency.exponent());
        let reaches = |major: i64| size >= i128::from(major).saturating_mul(unit);
        let share_reaches = |basis_points: i64| {
            budget == 0
                || size.saturating_mul(10_000) >= i128::from(basis_points).saturating_mul(budget)
        };
        if size == 0 {
            Flag::Clear
        } else if reaches(self.ceiling_major)
            || (reaches(self.red_major) && share_reaches(self.red_basis_points))
        {
            Flag::Red
        } else if reaches(self.amber_major) && share_reaches(self.amber_basis_points) {
            Flag::Amber
        } else {
            Flag::Clear
        }
    }
}

/// A difference from a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Variance {
    /// In minor units; above zero is favourable.
    pub minor: i64,
    /// In basis points of the budget's size; `None` for a budget of zero.
    pub basis_points: Option<i64>,
    /// Whether it asks for attention.
    pub flag: Flag,
}

impl Variance {
    /// Returns the variance of `actual` from `budget` (minor units) for a line of this kind.
    pub fn of(
        kind: LineKind,
        budget: i64,
        actual: i64,
        rule: &FlagRule,
        currency: Currency,
    ) -> Self {
        let minor = match kind {
            LineKind::Expense => budget.saturating_sub(actual),
            LineKind::Income => actual.saturating_sub(budget),
        };
        Self {
            minor,
            basis_points: basis_points(minor, budget),
            flag: rule.flag(minor, budget, currency),
        }
    }
}

/// Returns `part` in basis points of the size of `whole`, rounded half away from zero; `None` if `whole` is zero.
pub fn basis_points(part: i64, whole: i64) -> Option<i64> {
    let scaled = i128::from(part).saturating_mul(10_000);
    let rounded = divide_rounded(scaled, i128::from(whole).abs())?;
    Some(i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX }))
}

/// One line with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFigures {
    /// The line.
    pub line: Arc<BudgetLine>,
    /// Its periods as they count: plan with transfers, postings.
    pub months: LineMonths,
    /// Where its money stands for the year.
    pub position: Position,
    /// Its sums.
    pub figures: Figures,
    /// Year to date: actual against plan.
    pub variance: Variance,
    /// At the end of the year: forecast against plan.
    pub at_year_end: Variance,
    /// Flags of the twelve cells. A period after `through` is flagged only where more than its plan is posted
    /// already: what is missing there may still come.
    pub period_flags: [Flag; 12],
}

/// Sums over lines of both kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Lines added up.
    pub lines: usize,
    /// Spending.
    pub expense: Figures,
    /// Income.
    pub income: Figures,
    /// Spending less income: what the department costs.
    pub net: Figures,
    /// Year to date, of the net.
    pub variance: Variance,
    /// At the end of the year, of the net.
    pub at_year_end: Variance,
}

impl Totals {
    fn add(&mut self, kind: LineKind, figures: Figures) {
        self.lines = self.lines.saturating_add(1);
        match kind {
            LineKind::Expense => self.expense = self.expense.plus(figures),
            LineKind::Income => self.income = self.income.plus(figures),
        }
    }

    /// Adds the lines of other totals, of the same currency; [`Totals::close`] must follow.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.lines = self.lines.saturating_add(other.lines);
        self.expense = self.expense.plus(other.expense);
        self.income = self.income.plus(other.income);
    }

    /// Works out what follows from the sums.
    pub(crate) fn close(&mut self, rule: &FlagRule, currency: Currency) {
        self.net = self.expense.minus(self.income);
        let of_net =
            |budget, actual| Variance::of(LineKind::Expense, budget, actual, rule, currency);
        self.variance = of_net(self.net.to_date.plan, self.net.to_date.actual);
        self.at_year_end = of_net(self.net.year.plan, self.net.forecast);
    }
}

/// The lines of one category together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryFigures {
    /// The category's name; empty for lines that have none.
    pub category: String,
    /// Their sums.
    pub totals: Totals,
}

/// Categories as they are gathered: totals and the place in the order in which they were met.
#[derive(Debug, Default)]
pub(crate) struct Categories(BTreeMap<String, (usize, Totals)>);

impl Categories {
    /// Returns the totals of a category, empty ones at the first time.
    pub(crate) fn at(&mut self, category: &str) -> &mut Totals {
        let place = self.0.len();
        let entry = self.0.entry(category.to_owned());
        let (_, totals) = entry.or_insert((place, Totals::default()));
        totals
    }

    /// Works out what follows from the sums and returns the categories in the order in which they were met.
    pub(crate) fn close(self, rule: &FlagRule, currency: Currency) -> Vec<CategoryFigures> {
        let mut found: Vec<_> = self.0.into_iter().collect();
        found.sort_by_key(|(_, (place, _))| *place);
        let closed = |(category, (_, mut totals)): (String, (usize, Totals))| {
            totals.close(rule, currency);
            CategoryFigures { category, totals }
        };
        found.into_iter().map(closed).collect()
    }
}

/// One column of the grid: all lines in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PeriodFigures {
    /// Spending.
    pub expense: Sums,
    /// Income.
    pub income: Sums,
}

impl PeriodFigures {
    /// Returns spending less income.
    pub fn net(self) -> Sums {
        self.expense.minus(self.income)
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            expense: self.expense.plus(other.expense),
            income: self.income.plus(other.income),
        }
    }
}

/// A point of the cumulative curve, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CumulativePoint {
    /// The period at whose end it stands.
    pub period: Period,
    /// Plan from the first period to this one.
    pub plan: i64,
    /// Actual from the first period to this one; `None` after `through`.
    pub actual: Option<i64>,
}

/// A budget with all its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetFigures {
    /// The budget.
    pub budget: Arc<Budget>,
    /// Last period that counts as past; `None` if none does.
    pub through: Option<Period>,
    /// Its lines, by position and then in the order in which they were made.
    pub lines: Vec<LineFigures>,
    /// Its categories, in the order of their first lines.
    pub categories: Vec<CategoryFigures>,
    /// The twelve columns.
    pub periods: [PeriodFigures; 12],
    /// All lines together.
    pub totals: Totals,
}

impl BudgetFigures {
    /// Returns the number of lines whose year to date has this flag.
    pub fn flagged(&self, flag: Flag) -> usize {
        self.lines
            .iter()
            .filter(|line| line.variance.flag == flag)
            .count()
    }

    /// Returns spending added up over the year: twelve points, one a period.
    pub fn cumulative_spend(&self) -> Vec<CumulativePoint> {
        cumulative_spend(&self.periods, self.through)
    }
}

/// Returns the last period of the budget's year that has ended before `today`; `None` if none has.
///
/// The running period does not count: half a month of actuals against a month of plan would look favourable.
pub fn ended_through(budget: &Budget, today: NaiveDate) -> Option<Period> {
    let fiscal = budget.calendar();
    let running = fiscal.elapsed(budget.fiscal_year, today)?;
    if fiscal.year_of(today) > budget.fiscal_year {
        return Some(running);
    }
    Period::new(running.number().saturating_sub(1))
}

/// The lines and the ledger of all budgets, gathered once for any number of figures.
#[derive(Debug)]
pub struct Books {
    lines: BTreeMap<RecordId, Vec<Arc<BudgetLine>>>,
    pub(crate) ledger: Ledger,
}

impl Books {
    /// Gathers the lines of all budgets.
    ///
    /// Cost: one walk over budget lines and over everything that a ledger is made of.
    pub fn of(board: &Board) -> Self {
        Self::of_those(board, |_| true)
    }

    /// Gathers the lines of all budgets and what was posted; of what is promised they know nothing.
    ///
    /// Cost: one walk over budget lines, transfers, postings and accruals.
    pub(crate) fn posted(board: &Board) -> Self {
        Self {
            lines: lines_of(board, |_| true),
            ledger: Ledger::posted(board),
        }
    }

    /// Gathers the lines of the budgets that `is_wanted` takes.
    fn of_those(board: &Board, is_wanted: impl Fn(RecordId) -> bool) -> Self {
        Self {
            lines: lines_of(board, is_wanted),
            ledger: Ledger::of(board),
        }
    }

    /// Returns the lines of a budget, by position and then in the order in which they were made.
    pub fn lines(&self, budget: RecordId) -> &[Arc<BudgetLine>] {
        let lines = self.lines.get(&budget);
        lines.map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns a budget's figures with the periods up to `through` as past.
    pub fn figures(
        &self,
        budget: &Arc<Budget>,
        through: Option<Period>,
        rule: &FlagRule,
    ) -> BudgetFigures {
        let lines = self.lines(budget.meta.id);
        add_up(Arc::clone(budget), lines, &self.ledger, through, rule)
    }

    /// Returns actual spending less income of all lines of a budget up to a period, in minor units.
    pub(crate) fn actual_total(&self, budget: RecordId, at: Period) -> i64 {
        let sums = self.lines(budget).iter().map(|line| {
            let months = self.ledger.months(line);
            let past = Period::all().zip(months.actual);
            let sum = crate::money::sum(past.filter(|(period, _)| *period <= at).map(|(_, m)| m));
            match line.kind {
                LineKind::Expense => sum,
                LineKind::Income => sum.saturating_neg(),
            }
        });
        crate::money::sum(sums)
    }
}

/// Returns the lines of the budgets that `is_wanted` takes, by position and then in the order in which they were made.
fn lines_of(
    board: &Board,
    is_wanted: impl Fn(RecordId) -> bool,
) -> BTreeMap<RecordId, Vec<Arc<BudgetLine>>> {
    let mut lines: BTreeMap<RecordId, Vec<Arc<BudgetLine>>> = BTreeMap::new();
    for (_, line) in &board.budget_lines {
        if let Some(budget) = line.budget.filter(|budget| is_wanted(*budget)) {
            lines.entry(budget).or_default().push(Arc::clone(line));
        }
    }
    // A stable sort: lines come in the order of their ids.
    for own in lines.values_mut() {
        own.sort_by(|a, b| a.position.cmp(&b.position));
    }
    lines
}

/// Returns a budget's figures with the periods up to `through` as past; `None` if it is not on the board.
///
/// Cost: one walk over all budget lines and all that a ledger is made of; for several budgets take [`Books`].
pub fn figures(
    board: &Board,
    budget: RecordId,
    through: Option<Period>,
    rule: &FlagRule,
) -> Option<BudgetFigures> {
    let found = board.budgets.get(&budget)?;
    let books = Books::of_those(board, |id| id == budget);
    Some(books.figures(found, through, rule))
}

/// Returns the figures of every budget that is no scenario of another, with the periods that have ended before `today` as past; newest fiscal year
/// first, then by name.
///
/// Cost: one walk over all budget lines.
pub fn all(board: &Board, today: NaiveDate, rule: &FlagRule) -> Vec<BudgetFigures> {
    of_those(board, today, rule, |_| true)
}

/// Returns what [`all`] does, of the budgets that `is_wanted` takes.
pub(crate) fn of_those(
    board: &Board,
    today: NaiveDate,
    rule: &FlagRule,
    is_wanted: impl Fn(&Budget) -> bool,
) -> Vec<BudgetFigures> {
    let budgets = board.budgets.into_iter().map(|(_, budget)| budget);
    let mut budgets: Vec<&Arc<Budget>> = budgets
        .filter(|budget| budget.scenario_of.is_none() && is_wanted(budget))
        .collect();
    budgets.sort_by(|a, b| {
        b.fiscal_year
            .cmp(&a.fiscal_year)
            .then_with(|| a.name.cmp(&b.name))
    });
    let wanted: std::collections::BTreeSet<RecordId> =
        budgets.iter().map(|budget| budget.meta.id).collect();
    let books = Books::of_those(board, |id| wanted.contains(&id));
    let figures = |budget: &Arc<Budget>| books.figures(budget, ended_through(budget, today), rule);
    budgets.into_iter().map(figures).collect()
}

fn add_up(
    budget: Arc<Budget>,
    lines: &[Arc<BudgetLine>],
    ledger: &Ledger,
    through: Option<Period>,
    rule: &FlagRule,
) -> BudgetFigures {
    let currency = budget.currency;
    let mut totals = Totals::default();
    let mut periods = [PeriodFigures::default(); 12];
    let mut categories = Categories::default();
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let row = line_figures(Arc::clone(line), ledger, (through, rule, currency));
        totals.add(row.line.kind, row.figures);
        categories
            .at(&row.line.category)
            .add(row.line.kind, row.figures);
        for (period, column) in Period::all().zip(&mut periods) {
            *column = column.plus(column_of(row.line.kind, &row.months, period));
        }
        rows.push(row);
    }
    totals.close(rule, currency);
    BudgetFigures {
        budget,
        through,
        lines: rows,
        categories: categories.close(rule, currency),
        periods,
        totals,
    }
}

fn line_figures(
    line: Arc<BudgetLine>,
    ledger: &Ledger,
    (through, rule, currency): (Option<Period>, &FlagRule, Currency),
) -> LineFigures {
    let months = ledger.months(&line);
    let figures = Figures::of_months(&months, through);
    let variance = |budget, actual| Variance::of(line.kind, budget, actual, rule, currency);
    let mut period_flags = [Flag::Clear; 12];
    for (period, flag) in Period::all().zip(&mut period_flags) {
        let sums = sums_at(&months, period);
        let is_over = is_posted(&months, period) && sums.actual > sums.plan;
        if Some(period) <= through || is_over {
            *flag = variance(sums.plan, sums.actual).flag;
        }
    }
    LineFigures {
        variance: variance(figures.to_date.plan, figures.to_date.actual),
        at_year_end: variance(figures.year.plan, figures.forecast),
        position: ledger.position(&line, &months, through),
        figures,
        period_flags,
        months,
        line,
    }
}

fn column_of(kind: LineKind, months: &LineMonths, period: Period) -> PeriodFigures {
    let sums = sums_at(months, period);
    match kind {
        LineKind::Expense => PeriodFigures {
            expense: sums,
            income: Sums::default(),
        },
        LineKind::Income => PeriodFigures {
            expense: Sums::default(),
            income: sums,
        },
    }
}

fn sums_at(months: &LineMonths, period: Period) -> Sums {
    let at = |months: &[i64; 12]| months.get(period.index()).copied().unwrap_or(0);
    Sums {
        plan: at(&months.plan),
        actual: at(&months.actual),
    }
}

fn is_posted(months: &LineMonths, period: Period) -> bool {
    months.is_posted.get(period.index()) == Some(&true)
}

/// Returns spending added up over twelve periods; actual amounts stop after `through`.
pub(crate) fn cumulative_spend(
    periods: &[PeriodFigures; 12],
    through: Option<Period>,
) -> Vec<CumulativePoint> {
    let mut so_far = Sums::default();
    Period::all()
        .zip(periods)
        .map(|(period, column)| {
            so_far = so_far.plus(column.expense);
            CumulativePoint {
                period,
                plan: so_far.plan,
                actual: (Some(period) <= through).then_some(so_far.actual),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
