//! The grid of one budget: lines by months as figures to show, with totals and flags.
//!
//! No drawing and no arithmetic of its own: sums and flags come from the model's query.

use adjutant_base::RecordId;
use adjutant_model::budget::{BudgetLine, LineKind};
use adjutant_model::calendar::{Period, month_name};
use adjutant_model::money::{Currency, show_minor};
use adjutant_model::query::budget::{
    BudgetFigures, Flag, LineFigures, Sums, Variance, ended_through, figures,
};
use serde::Serialize;

use crate::format;
use crate::views::Scene;

/// What the grid shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum Which {
    /// Planned amounts.
    Plan,
    /// Actual amounts.
    #[default]
    Actual,
    /// How far actual amounts are off plan.
    Variance,
}

impl Which {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Plan, Self::Actual, Self::Variance];

    /// Returns the word that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Plan => "Plan",
            Self::Actual => "Actual",
            Self::Variance => "Variance",
        }
    }
}

/// One amount of the grid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GridCell {
    /// As shown; empty where nothing is entered.
    pub shown: String,
    /// Whether it asks for attention.
    pub flag: Flag,
    /// What the flag means here, in words; empty without a flag.
    pub words: String,
}

/// One line of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GridRow {
    /// The budget line.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Its category and kind, small.
    pub aside: String,
    /// Twelve months.
    pub cells: Vec<GridCell>,
    /// The year.
    pub total: GridCell,
}

/// The grid of one budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GridData {
    /// The budget.
    pub budget: RecordId,
    /// Its name.
    pub name: String,
    /// Currency of all amounts.
    pub currency: Currency,
    /// What is shown.
    pub which: Which,
    /// Names of the twelve months.
    pub months: Vec<String>,
    /// The month that is running, if it is one of them.
    pub current: Option<usize>,
    /// The lines.
    pub rows: Vec<GridRow>,
    /// What the totals are called.
    pub totals_name: String,
    /// Totals of the months.
    pub totals: Vec<GridCell>,
    /// Total of the year.
    pub total: GridCell,
    /// The longest amount among the months, totals included: columns are made wide enough for it.
    pub longest_month: String,
    /// The longest amount among the totals of the year.
    pub longest_year: String,
    /// Lines off plan and far off plan, year to date.
    pub flagged: (usize, usize),
}

/// Returns the budgets to choose from: newest fiscal year first, then by name.
pub fn budgets(scene: &Scene) -> Vec<(RecordId, String)> {
    let mut budgets: Vec<_> = scene
        .board
        .budgets
        .into_iter()
        .map(|(id, budget)| (*id, budget))
        .collect();
    budgets.sort_by(|(_, a), (_, b)| {
        b.fiscal_year
            .cmp(&a.fiscal_year)
            .then_with(|| a.name.cmp(&b.name))
    });
    let shown = |(id, budget): (RecordId, &std::sync::Arc<adjutant_model::budget::Budget>)| {
        let year = budget.fiscal_year.to_string();
        let name = if budget.name.contains(&year) {
            budget.name.clone()
        } else {
            format!("{} FY{year}", budget.name)
        };
        (id, name)
    };
    budgets.into_iter().map(shown).collect()
}

/// Returns the budget to begin with: of the fiscal years that have begun the newest, by name.
pub fn first_budget(scene: &Scene) -> Option<RecordId> {
    let has_begun = |id: &RecordId| {
        scene
            .board
            .budgets
            .get(id)
            .is_some_and(|budget| budget.calendar().year_of(scene.today) >= budget.fiscal_year)
    };
    let all = budgets(scene);
    all.iter()
        .map(|(id, _)| *id)
        .find(has_begun)
        .or_else(|| all.first().map(|(id, _)| *id))
}

/// Returns the grid of a budget; `None` if it is not on the board.
///
/// Cost: one walk over all budget lines.
pub fn grid_data(scene: &Scene, budget: RecordId, which: Which) -> Option<GridData> {
    let found = scene.board.budgets.get(&budget)?;
    let through = ended_through(found, scene.today);
    let figures = figures(&scene.board, budget, through, &scene.rules.flags)?;
    let fiscal = found.calendar();
    let is_running = fiscal.year_of(scene.today) == found.fiscal_year;
    let months = Period::all()
        .map(|period| month_name(fiscal.month_of(period)).to_owned())
        .collect();
    let rows: Vec<GridRow> = figures
        .lines
        .iter()
        .map(|line| row(scene, &figures, line, which))
        .collect();
    let has_income = figures.totals.income.year != Sums::default();
    let net = figures.periods.iter().map(|column| column.net());
    let totals: Vec<GridCell> = Period::all()
        .zip(net)
        .map(|(period, sums)| total_cell(&figures, sums, which, Some(period) <= through))
        .collect();
    let total = year_cell(&figures, which);
    let flagged = (figures.flagged(Flag::Amber), figures.flagged(Flag::Red));
    Some(GridData {
        budget,
        name: found.name.clone(),
        currency: found.currency,
        which,
        months,
        current: is_running.then(|| fiscal.period_of(scene.today).index()),
        totals_name: if has_income { "Net cost" } else { "Total" }.to_owned(),
        longest_month: longest(rows.iter().flat_map(|row| &row.cells).chain(&totals)),
        longest_year: longest(rows.iter().map(|row| &row.total).chain([&total])),
        rows,
        totals,
        total,
        flagged,
    })
}

fn longest<'a>(cells: impl Iterator<Item = &'a GridCell>) -> String {
    let shown = cells.map(|cell| cell.shown.as_str());
    shown
        .max_by_key(|shown| shown.chars().count())
        .unwrap_or_default()
        .to_owned()
}

fn year_cell(figures: &BudgetFigures, which: Which) -> GridCell {
    let (year, currency) = (figures.totals.net.year, figures.budget.currency);
    let shown = match which {
        Which::Plan => format::whole(year.plan, currency),
        Which::Actual => format::whole(year.actual, currency),
        Which::Variance => format::accounting(figures.totals.variance.minor, currency),
    };
    GridCell {
        shown,
        ..GridCell::default()
    }
}

fn row(scene: &Scene, figures: &BudgetFigures, line: &LineFigures, which: Which) -> GridRow {
    let currency = figures.budget.currency;
    let cell = |period: Period| {
        let flag = line
            .period_flags
            .get(period.index())
            .copied()
            .unwrap_or_default();
        month_cell(
            scene,
            currency,
            &line.line,
            (period, flag),
            (which, Some(period) <= figures.through),
        )
    };
    let total = match which {
        Which::Plan => GridCell {
            shown: format::whole(line.figures.year.plan, currency),
            ..GridCell::default()
        },
        Which::Actual => GridCell {
            shown: format::whole(line.figures.year.actual, currency),
            ..flagged_cell(&line.variance, currency)
        },
        Which::Variance => GridCell {
            shown: format::accounting(line.variance.minor, currency),
            ..flagged_cell(&line.variance, currency)
        },
    };
    let kind = match line.line.kind {
        LineKind::Expense => String::new(),
        LineKind::Income => "income".to_owned(),
    };
    let aside: Vec<String> = [line.line.account.clone(), line.line.category.clone(), kind]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    GridRow {
        id: line.line.meta.id,
        name: line.line.name.clone(),
        aside: aside.join(", "),
        cells: Period::all().map(cell).collect(),
        total,
    }
}

fn month_cell(
    scene: &Scene,
    currency: Currency,
    line: &BudgetLine,
    (period, flag): (Period, Flag),
    (which, has_ended): (Which, bool),
) -> GridCell {
    let amount =
        |months: &adjutant_model::schema::Months| months.get(period.index()).copied().flatten();
    let (plan, actual) = (amount(&line.plan), amount(&line.actual));
    let shown = |amount: Option<adjutant_model::money::Amount>| {
        amount
            .map(|amount| format::whole(amount.0, currency))
            .unwrap_or_default()
    };
    let (plan_minor, actual_minor) = (
        plan.map_or(0, |amount| amount.0),
        actual.map_or(0, |amount| amount.0),
    );
    let variance = Variance::of(
        line.kind,
        plan_minor,
        actual_minor,
        &scene.rules.flags,
        currency,
    );
    let variance = Variance { flag, ..variance };
    match which {
        Which::Plan => GridCell {
            shown: shown(plan),
            ..GridCell::default()
        },
        Which::Actual => GridCell {
            shown: shown(actual),
            ..flagged_cell(&variance, currency)
        },
        Which::Variance if has_ended || actual.is_some() => GridCell {
            shown: if variance.minor == 0 {
                "\u{2013}".to_owned()
            } else {
                format::accounting(variance.minor, currency)
            },
            ..flagged_cell(&variance, currency)
        },
        Which::Variance => GridCell::default(),
    }
}

/// Returns flag and words of a variance; nothing is shown yet.
fn flagged_cell(variance: &Variance, currency: Currency) -> GridCell {
    if variance.flag == Flag::Clear {
        return GridCell::default();
    }
    let side = if variance.minor < 0 {
        "worse than plan"
    } else {
        "better than plan"
    };
    let amount = format::whole(variance.minor.saturating_abs(), currency);
    let share = variance
        .basis_points
        .map_or_else(|| "not planned".to_owned(), format::percent);
    GridCell {
        shown: String::new(),
        flag: variance.flag,
        words: format!("{}: {amount} {side} ({share})", variance.flag.label()),
    }
}

fn total_cell(figures: &BudgetFigures, sums: Sums, which: Which, has_ended: bool) -> GridCell {
    let currency = figures.budget.currency;
    let shown = match which {
        Which::Plan => format::whole(sums.plan, currency),
        Which::Actual if has_ended || sums.actual != 0 => format::whole(sums.actual, currency),
        Which::Variance if has_ended => {
            format::accounting(sums.plan.saturating_sub(sums.actual), currency)
        }
        Which::Actual | Which::Variance => String::new(),
    };
    GridCell {
        shown,
        ..GridCell::default()
    }
}

/// Returns an amount as the editor of a cell shows it: without separators, so that it is easy to change.
pub fn for_edit(line: &BudgetLine, period: Period, which: Which, currency: Currency) -> String {
    let months = match which {
        Which::Plan => &line.plan,
        Which::Actual => &line.actual,
        Which::Variance => return String::new(),
    };
    let amount = months.get(period.index()).copied().flatten();
    let shown = amount
        .map(|amount| show_minor(amount.0, currency).replace(',', ""))
        .unwrap_or_default();
    if shown.contains('.') {
        shown.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        shown
    }
}
