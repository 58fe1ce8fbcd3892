//! Lines by periods: one row a budget line, one column a month of the fiscal year, and the year.
//!
//! An empty month stays empty, which is not zero. The total row is spending less income, as everywhere.

use super::budget::TOTAL;
use super::{Align, Cell, Column, Formula, How, Row, Table};
use crate::budget::{BudgetLine, LineKind};
use crate::calendar::{Period, month_name};
use crate::query::budget::BudgetFigures;
use crate::schema::Months;

/// Cells before the months: the line and its kind.
const LEADING: usize = 2;
/// The cell of the whole year.
const YEAR: usize = LEADING + 12;

pub(super) fn table(figures: &BudgetFigures, months_of: impl Fn(&BudgetLine) -> &Months) -> Table {
    let fiscal = figures.budget.calendar();
    let column = |title: &str, align| Column {
        title: title.to_owned(),
        align,
    };
    let mut columns = vec![column("Line", Align::Left), column("Kind", Align::Left)];
    columns.extend(
        Period::all().map(|period| column(month_name(fiscal.month_of(period)), Align::Right)),
    );
    columns.push(column("Year", Align::Right));

    let currency = figures.budget.currency;
    let money = |minor| Cell::Money { minor, currency };
    let mut totals = [0_i64; 12];
    let mut rows = Vec::with_capacity(figures.lines.len().saturating_add(1));
    for line in figures.lines.iter().map(|figures| &figures.line) {
        let months = months_of(line);
        let mut cells = vec![Cell::text(&line.name), Cell::text(line.kind.label())];
        let mut year = 0_i64;
        for (amount, total) in months.iter().zip(&mut totals) {
            let minor = amount.map_or(0, |amount| amount.0);
            year = year.saturating_add(minor);
            *total = match line.kind {
                LineKind::Expense => total.saturating_add(minor),
                LineKind::Income => total.saturating_sub(minor),
            };
            cells.push(amount.map_or(Cell::Empty, |amount| money(amount.0)));
        }
        cells.push(money(year));
        rows.push(Row {
            cells,
            is_total: false,
            formulas: vec![year_formula()],
        });
    }
    rows.push(total_row(totals, money));
    Table { columns, rows }
}

fn total_row(totals: [i64; 12], money: impl Fn(i64) -> Cell) -> Row {
    let year = totals.iter().copied().fold(0_i64, i64::saturating_add);
    let mut cells = vec![Cell::text(TOTAL), Cell::Empty];
    cells.extend(totals.into_iter().map(&money));
    cells.push(money(year));
    let of_month = |cell| Formula {
        cell,
        how: How::AboveLessIncome { kind: 1 },
    };
    let months = (LEADING..YEAR).map(of_month);
    Row {
        cells,
        is_total: true,
        formulas: months.chain([year_formula()]).collect(),
    }
}

/// The year is its twelve months.
fn year_formula() -> Formula {
    Formula {
        cell: YEAR,
        how: How::Across {
            first: LEADING,
            last: YEAR.saturating_sub(1),
        },
    }
}
