//! Lines by periods: one row a budget line, one column a month of the fiscal year, and the year.
//!
//! Amounts are as they count: plans with their transfers, postings before what was typed. An empty month stays empty, which
//! is not zero. Adjustments of the whole year have a column where there are any. The total row is spending less income, as
//! everywhere.

use super::budget::TOTAL;
use super::{Align, Cell, Column, Formula, How, Row, Table};
use crate::budget::LineKind;
use crate::calendar::{Period, month_name};
use crate::query::budget::{BudgetFigures, LineFigures};

/// Cells before the months: the line and its kind.
const LEADING: usize = 2;

/// Returns the planned amounts by month.
pub(super) fn plan(figures: &BudgetFigures) -> Table {
    table(figures, false, |line| {
        let typed = line.line.plan.iter().zip(line.months.plan);
        typed
            .map(|(typed, plan)| (typed.is_some() || plan != 0).then_some(plan))
            .collect()
    })
}

/// Returns the actual amounts by month.
pub(super) fn actual(figures: &BudgetFigures) -> Table {
    let has_adjustments = figures.lines.iter().any(|line| line.months.adjustment != 0);
    table(figures, has_adjustments, |line| {
        let posted = line.months.is_posted.iter().zip(line.months.actual);
        let months = posted.map(|(is_posted, actual)| is_posted.then_some(actual));
        let adjustment = Some(line.months.adjustment).filter(|amount| *amount != 0);
        months
            .chain(has_adjustments.then_some(adjustment))
            .collect()
    })
}

fn table(
    figures: &BudgetFigures,
    has_adjustments: bool,
    amounts_of: impl Fn(&LineFigures) -> Vec<Option<i64>>,
) -> Table {
    let fiscal = figures.budget.calendar();
    let column = |title: &str, align| Column {
        title: title.to_owned(),
        align,
    };
    let mut columns = vec![column("Line", Align::Left), column("Kind", Align::Left)];
    columns.extend(
        Period::all().map(|period| column(month_name(fiscal.month_of(period)), Align::Right)),
    );
    if has_adjustments {
        columns.push(column("Adjustment", Align::Right));
    }
    columns.push(column("Year", Align::Right));

    let currency = figures.budget.currency;
    let money = |minor| Cell::Money { minor, currency };
    let mut totals = vec![0_i64; 12 + usize::from(has_adjustments)];
    let mut rows = Vec::with_capacity(figures.lines.len().saturating_add(1));
    for figures in &figures.lines {
        let line = &figures.line;
        let mut cells = vec![Cell::text(&line.name), Cell::text(line.kind.label())];
        let mut year = 0_i64;
        for (amount, total) in amounts_of(figures).into_iter().zip(&mut totals) {
            let minor = amount.unwrap_or(0);
            year = year.saturating_add(minor);
            *total = match line.kind {
                LineKind::Expense => total.saturating_add(minor),
                LineKind::Income => total.saturating_sub(minor),
            };
            cells.push(amount.map_or(Cell::Empty, money));
        }
        let formulas = vec![year_formula(cells.len())];
        cells.push(money(year));
        rows.push(Row {
            cells,
            is_total: false,
            formulas,
        });
    }
    rows.push(total_row(totals, money));
    Table { columns, rows }
}

fn total_row(totals: Vec<i64>, money: impl Fn(i64) -> Cell) -> Row {
    let year = totals.iter().copied().fold(0_i64, i64::saturating_add);
    let mut cells = vec![Cell::text(TOTAL), Cell::Empty];
    cells.extend(totals.into_iter().map(&money));
    let at_year = cells.len();
    cells.push(money(year));
    let of_month = |cell| Formula {
        cell,
        how: How::AboveLessIncome { kind: 1 },
    };
    let months = (LEADING..at_year).map(of_month);
    Row {
        cells,
        is_total: true,
        formulas: months.chain([year_formula(at_year)]).collect(),
    }
}

/// The year is what stands before it.
fn year_formula(at_year: usize) -> Formula {
    Formula {
        cell: at_year,
        how: How::Across {
            first: LEADING,
            last: at_year.saturating_sub(1),
        },
    }
}
