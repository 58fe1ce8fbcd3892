//! The monthly budget report: where the year stands, which categories and lines are off plan, every line.
//!
//! All columns but the last two are year to date, through the last period that has ended.

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::{
    Align, Block, Cell, Chart, ChartKind, Column, Formula, How, Report, Row, Series, Table, Tone,
    Unit, capitalised, counted, months, show_percent,
};
use crate::board::Board;
use crate::budget::LineKind;
use crate::calendar::month_name;
use crate::money::{Currency, show_minor};
use crate::query::budget::{
    BudgetFigures, CumulativePoint, Figures, Flag, FlagRule, LineFigures, Totals, Variance,
    ended_through, figures,
};
use crate::settings::Rules;

pub(super) fn report(board: &Board, budget: RecordId, today: NaiveDate) -> Option<Report> {
    let through = ended_through(board.budgets.get(&budget)?.as_ref(), today);
    let rules_of = Rules::of(board);
    let rule = rules_of.flags;
    let figures = figures(board, budget, through, &rule)?;
    let budget = &figures.budget;
    let mut blocks = vec![
        Block::Paragraph(summary(
            &figures,
            rules_of.shown_year(budget.fiscal_year, budget.start_month),
        )),
        Block::Chart(over_the_year(&figures)),
        Block::Heading("By category".to_owned()),
        Block::Table(categories(&figures)),
        Block::Heading("Lines off plan".to_owned()),
    ];
    blocks.push(off_plan(&figures));
    blocks.push(Block::Heading("All lines".to_owned()));
    blocks.push(Block::Table(all_lines(&figures)));
    blocks.push(Block::Paragraph(rules(&rule, budget.currency)));
    blocks.push(Block::Heading("Plan by month".to_owned()));
    blocks.push(Block::Table(months::plan(&figures)));
    blocks.push(Block::Heading("Actual by month".to_owned()));
    blocks.push(Block::Table(months::actual(&figures)));
    Some(Report {
        title: format!("Budget report: {}", budget.name),
        as_of: today,
        blocks,
        to: Vec::new(),
    })
}

fn summary(figures: &BudgetFigures, year: i64) -> String {
    let budget = &figures.budget;
    let amount = |minor| {
        format!(
            "{} {}",
            show_minor(minor, budget.currency),
            budget.currency.code()
        )
    };
    let totals = &figures.totals;
    let planned_year = amount(totals.net.year.plan);
    let Some(through) = figures.through else {
        return format!(
            "Nothing of the fiscal year {year} has ended yet. Planned for the year: {planned_year}."
        );
    };
    let month = month_name(budget.calendar().month_of(through));
    let net = if totals.income == Figures::default() {
        "spent"
    } else {
        "spent, less income,"
    };
    format!(
        "Through {month} (period {} of fiscal year {}), {} {net} against {} planned: {}. Expected for the year: {} of {planned_year}. {} off plan, {} far off plan.",
        through.number(),
        year,
        amount(totals.net.to_date.actual),
        amount(totals.net.to_date.plan),
        over_or_under(&totals.variance, budget.currency),
        amount(totals.net.forecast),
        capitalised(&counted(figures.flagged(Flag::Amber), "line")),
        figures.flagged(Flag::Red),
    )
}

/// Returns "12.00 (3.4 %) under plan" for a variance of a cost.
fn over_or_under(variance: &Variance, currency: Currency) -> String {
    if variance.minor == 0 {
        return "exactly on plan".to_owned();
    }
    let side = if variance.minor > 0 { "under" } else { "over" };
    let size = show_minor(variance.minor.saturating_abs(), currency);
    let share = variance
        .basis_points
        .map(|basis_points| format!(" ({})", show_percent(basis_points.saturating_abs())));
    format!("{size}{} {side} plan", share.unwrap_or_default())
}

/// Plan and actual spending, added up from the first period on.
fn over_the_year(figures: &BudgetFigures) -> Chart {
    let fiscal = figures.budget.calendar();
    let points = figures.cumulative_spend();
    let month = |point: &CumulativePoint| month_name(fiscal.month_of(point.period)).to_owned();
    Chart {
        title: "Spending added up over the year".to_owned(),
        kind: ChartKind::Lines,
        unit: Unit::Money(figures.budget.currency),
        categories: points.iter().map(month).collect(),
        series: vec![
            Series {
                name: "Plan".to_owned(),
                values: points.iter().map(|point| Some(point.plan)).collect(),
            },
            Series {
                name: "Actual".to_owned(),
                values: points.iter().map(|point| point.actual).collect(),
            },
        ],
    }
}

const FIGURE_COLUMNS: [(&str, Align); 7] = [
    ("Plan", Align::Right),
    ("Actual", Align::Right),
    ("Variance", Align::Right),
    ("Variance %", Align::Right),
    ("Status", Align::Left),
    ("Forecast for the year", Align::Right),
    ("Variance at year end", Align::Right),
];

fn figure_cells(
    figures: &Figures,
    variance: &Variance,
    at_year_end: &Variance,
    currency: Currency,
) -> [Cell; 7] {
    let money = |minor| Cell::Money { minor, currency };
    let tone = match variance.flag {
        Flag::Clear => Tone::Good,
        Flag::Amber => Tone::Warn,
        Flag::Red => Tone::Bad,
    };
    [
        money(figures.to_date.plan),
        money(figures.to_date.actual),
        money(variance.minor),
        Cell::percent(variance.basis_points),
        Cell::status(variance.flag.label(), tone),
        money(figures.forecast),
        money(at_year_end.minor),
    ]
}

fn total_cells(totals: &Totals, currency: Currency) -> [Cell; 7] {
    figure_cells(&totals.net, &totals.variance, &totals.at_year_end, currency)
}

/// What a row of figures is, which decides how its cells follow from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowKind {
    /// Spending, or spending less income.
    Expense,
    /// Income.
    Income,
    /// All rows above, added up.
    Total,
    /// All rows above, where those of income count as negative.
    TotalLessIncome {
        /// The cell that says which they are.
        kind: usize,
    },
}

/// Returns how the figures of a row follow, if they begin at cell `first`: plan, actual, variance, share, status,
/// forecast, variance at year end.
fn formulas(kind: RowKind, first: usize) -> Vec<Formula> {
    let at = |offset: usize| first.saturating_add(offset);
    let (of, less) = match kind {
        RowKind::Income => (at(1), at(0)),
        RowKind::Expense | RowKind::Total | RowKind::TotalLessIncome { .. } => (at(0), at(1)),
    };
    let whole = at(0);
    let part = at(2);
    let mut found = vec![
        Formula {
            cell: part,
            how: How::Difference { of, less },
        },
        Formula {
            cell: at(3),
            how: How::Share { part, whole },
        },
    ];
    let mut sums = |how, cells: &[usize]| {
        found.extend(cells.iter().map(|offset| Formula {
            cell: at(*offset),
            how,
        }));
    };
    // A variance is favourable above zero whatever the kind, so variances add up as they are.
    match kind {
        RowKind::Expense | RowKind::Income => {}
        RowKind::Total => sums(How::Above, &[0, 1, 5, 6]),
        RowKind::TotalLessIncome { kind } => {
            sums(How::AboveLessIncome { kind }, &[0, 1, 5]);
            sums(How::Above, &[6]);
        }
    }
    found
}

/// Makes a table of figures behind cells that say whose they are.
fn figure_table(leading: &[&str], rows: Vec<(Vec<Cell>, [Cell; 7], RowKind)>) -> Table {
    let words = leading.iter().map(|title| (*title, Align::Left));
    let column = |(title, align): (&str, Align)| Column {
        title: title.to_owned(),
        align,
    };
    let row = |(mut cells, figures, kind): (Vec<Cell>, [Cell; 7], RowKind)| {
        cells.extend(figures);
        Row {
            cells,
            is_total: matches!(kind, RowKind::Total | RowKind::TotalLessIncome { .. }),
            formulas: formulas(kind, leading.len()),
        }
    };
    Table {
        columns: words.chain(FIGURE_COLUMNS).map(column).collect(),
        rows: rows.into_iter().map(row).collect(),
    }
}

pub(super) const TOTAL: &str = "Total, spending less income";

fn categories(figures: &BudgetFigures) -> Table {
    let currency = figures.budget.currency;
    let cells = |name: &str, totals: &Totals, kind| {
        (vec![Cell::text(name)], total_cells(totals, currency), kind)
    };
    let name_of = |category: &str| {
        let name = if category.is_empty() {
            "No category"
        } else {
            category
        };
        name.to_owned()
    };
    let categories = figures.categories.iter();
    let mut rows: Vec<_> = categories
        .map(|category| {
            cells(
                &name_of(&category.category),
                &category.totals,
                RowKind::Expense,
            )
        })
        .collect();
    rows.push(cells(TOTAL, &figures.totals, RowKind::Total));
    figure_table(&["Category"], rows)
}

const LINE_COLUMNS: [&str; 4] = ["Account", "Line", "Category", "Kind"];

fn line_row(row: &LineFigures, currency: Currency) -> (Vec<Cell>, [Cell; 7], RowKind) {
    let line = &row.line;
    let words = [&line.account, &line.name, &line.category].map(|text| Cell::text(text));
    let kind = Cell::text(line.kind.label());
    let leading = words.into_iter().chain([kind]).collect();
    let cells = figure_cells(&row.figures, &row.variance, &row.at_year_end, currency);
    let row_kind = match line.kind {
        LineKind::Expense => RowKind::Expense,
        LineKind::Income => RowKind::Income,
    };
    (leading, cells, row_kind)
}

fn off_plan(figures: &BudgetFigures) -> Block {
    let flagged = figures
        .lines
        .iter()
        .filter(|line| line.variance.flag > Flag::Clear);
    let mut flagged: Vec<&LineFigures> = flagged.collect();
    if flagged.is_empty() {
        return Block::Paragraph("No line is off plan.".to_owned());
    }
    flagged.sort_by_key(|line| {
        let size = line.variance.minor.saturating_abs();
        std::cmp::Reverse((line.variance.flag, size))
    });
    let rows = flagged
        .into_iter()
        .map(|line| line_row(line, figures.budget.currency));
    Block::Table(figure_table(&LINE_COLUMNS, rows.collect()))
}

fn all_lines(figures: &BudgetFigures) -> Table {
    let currency = figures.budget.currency;
    let lines = figures.lines.iter();
    let mut rows: Vec<_> = lines.map(|line| line_row(line, currency)).collect();
    let leading = vec![Cell::Empty, Cell::text(TOTAL), Cell::Empty, Cell::Empty];
    let kind = RowKind::TotalLessIncome { kind: 3 };
    rows.push((leading, total_cells(&figures.totals, currency), kind));
    figure_table(&LINE_COLUMNS, rows)
}

fn rules(rule: &FlagRule, currency: Currency) -> String {
    let amount = |major: i64| {
        let unit = 10_i64.saturating_pow(currency.exponent());
        show_minor(major.saturating_mul(unit), currency)
    };
    format!(
        "A variance above zero is favourable. Off plan: at least {} and {} of the plan, over or under; far off plan: at \
         least {} and {}, or {} whatever its share. The forecast is the actual amount to date and the plan of the \
         periods that are left. Amounts are in {}.",
        amount(rule.amber_major),
        show_percent(rule.amber_basis_points),
        amount(rule.red_major),
        show_percent(rule.red_basis_points),
        amount(rule.ceiling_major),
        currency.code(),
    )
}
