//! Budgets from CSV: figures by department and fiscal year, or lines with a column for each month.
//!
//! Long form (one figure a row: department, fiscal year, variable, time period, as-of date, total): each fiscal year
//! becomes a budget, each department a line. Of the target (without one: of the adopted budget) and of the actual, the
//! newest figure for the year counts; figures to date only say how it is spread over the periods. Projections and
//! superseded figures are left out, counted and reconciled. Wide form (one line a row): every amount is taken as it is, and
//! each fiscal year, budget name and cost centre becomes a budget.
//! The one rule: rows in are rows used plus rows left out, and every cent of the file is accounted for.

mod long;
mod wide;

use adjutant_base::RecordId;
use adjutant_model::budget::BudgetField;
use adjutant_model::money::{Currency, DecimalMark};

#[cfg(test)]
use super::ControlTotal;
use super::cell::common_mark;
use super::columns::{Header, Known, find_header, normalised};
use super::csv_file::{CsvFile, Records};
use super::{ImportError, Imported, OnProgress, Summary, first_that_fits};

/// What a person knows of the file that it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BudgetOptions {
    /// The file's name, kept as the records' source.
    pub file_name: String,
    /// The currency; US dollars for a file of departmental obligations, else euros, if not said.
    pub currency: Option<Currency>,
    /// The month in which the fiscal year starts; July for a file of departmental obligations, else January.
    pub start_month: Option<u32>,
    /// The fiscal year of a file that does not say it.
    pub fiscal_year: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Department,
    FiscalYear,
    Variable,
    TimePeriod,
    AsOf,
    Total,
    Name,
    BudgetName,
    CostCentre,
    Category,
    Account,
    Kind,
    /// Planned amount of a month (from 0): the period or the calendar month, as the file has it.
    Plan(u8),
    PlanMonth(u8),
    Actual(u8),
    ActualMonth(u8),
}

const NAMED: &[Known<'static, Column>] = &[
    (
        Column::Department,
        &["deptname", "department", "departmentname", "deptnameraw"],
    ),
    (Column::FiscalYear, &["fiscalyear", "fy", "year"]),
    (Column::Variable, &["variable", "figure", "measure"]),
    (Column::TimePeriod, &["timeperiod", "span"]),
    (Column::AsOf, &["asofdate", "asof", "reportdate"]),
    (Column::Total, &["total", "amount", "value"]),
    (
        Column::Name,
        &[
            "line",
            "linename",
            "lineitem",
            "name",
            "description",
            "budgetline",
        ],
    ),
    (Column::BudgetName, &["budgetname"]),
    (
        Column::CostCentre,
        &[
            "costcentre",
            "costcenter",
            "costcentrecode",
            "costcentercode",
        ],
    ),
    (Column::Category, &["category", "group", "class"]),
    (Column::Account, &["account", "accountcode", "code"]),
    (Column::Kind, &["kind", "type"]),
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Names of the monthly columns, normalised: `plan01`, `planjan`, `jan`, `actual01`, `actualjan`.
fn month_names() -> Vec<(Column, Vec<String>)> {
    let mut list = Vec::new();
    for (at, month) in (0_u8..).zip(MONTHS) {
        let number = at + 1;
        let numbered = |word: &str| {
            vec![
                format!("{word}{number:02}"),
                format!("{word}p{number}"),
                format!("{word}{number}"),
            ]
        };
        list.push((
            Column::Plan(at),
            [numbered("plan"), numbered("budget")].concat(),
        ));
        list.push((
            Column::PlanMonth(at),
            vec![
                format!("plan{month}"),
                format!("budget{month}"),
                month.to_owned(),
            ],
        ));
        list.push((
            Column::Actual(at),
            [numbered("actual"), numbered("act")].concat(),
        ));
        list.push((
            Column::ActualMonth(at),
            vec![format!("actual{month}"), format!("act{month}")],
        ));
    }
    list
}

/// Turns a file of budget figures into one batch of commands.
///
/// Cost: linear in the size of the file.
///
/// # Errors
/// [`ImportError`] if the file cannot be read as a table, has no header of a known form, or the user ended it.
pub fn import(
    bytes: &[u8],
    options: &BudgetOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    first_that_fits(bytes, |file| read(file, options, &mut *on_progress))
}

fn read(
    file: &CsvFile<'_>,
    options: &BudgetOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let months = month_names();
    let borrowed: Vec<(Column, Vec<&str>)> = months
        .iter()
        .map(|(column, names)| (*column, names.iter().map(String::as_str).collect()))
        .collect();
    let mut known: Vec<Known<'_, Column>> = NAMED.to_vec();
    known.extend(
        borrowed
            .iter()
            .map(|(column, names)| (*column, names.as_slice())),
    );
    let is_long = |header: &Header<Column>| {
        [
            Column::Department,
            Column::FiscalYear,
            Column::Variable,
            Column::Total,
        ]
        .iter()
        .all(|column| header.has(*column))
    };
    let is_wide = |header: &Header<Column>| {
        let is_monthly = |column: &Column| header.has(*column);
        header.has(Column::Name) && months.iter().any(|(column, _)| is_monthly(column))
    };
    let wanted = "columns for department, fiscal year, variable and total, or a line's name and its months \
                  (\"line\" and \"jan\" to \"dec\", or \"plan_01\" to \"plan_12\")";
    let (header, records) = find_header(file, &known, wanted, |header| {
        is_long(header) || is_wide(header)
    })?;
    let summary = Summary {
        encoding: file.encoding(),
        delimiter: file.delimiter(),
        columns_left_out: header.left_out(),
        ..Summary::default()
    };
    let source = Source {
        file,
        header: &header,
        options,
    };
    if is_long(&header) {
        long::import(&source, records, summary, on_progress)
    } else {
        wide::import(&source, records, summary, on_progress)
    }
}

/// The file, where its columns stand, and what a person knows of it.
struct Source<'a> {
    file: &'a CsvFile<'a>,
    header: &'a Header<Column>,
    options: &'a BudgetOptions,
}

impl Source<'_> {
    /// Returns the fiscal year that the person said, if it is one.
    fn said_year(&self) -> Option<i64> {
        self.options.fiscal_year.filter(|year| is_year(*year))
    }

    /// Returns the decimal mark that the file's amounts agree on.
    fn decimal_mark(&self, records: &Records<'_>, currency: Currency) -> Option<DecimalMark> {
        let months = month_names().into_iter().map(|(column, _)| column);
        let places: Vec<usize> = months
            .chain([Column::Total])
            .filter_map(|column| self.header.place(column))
            .collect();
        let cells = records.clone().filter_map(Result::ok).flat_map(|record| {
            let numbered = record.cells.into_iter().enumerate();
            numbered.filter(|(place, _)| places.contains(place))
        });
        common_mark(cells.map(|(_, cell)| cell), currency)
    }
}

/// Returns the id of an imported budget: the same on every device that imports the same file.
fn budget_id(file_name: &str, fiscal_year: i64) -> RecordId {
    RecordId::derived(&format!("import/budget/{file_name}/{fiscal_year}"))
}

/// Returns the id of an imported line.
fn line_id(budget: RecordId, name: &str) -> RecordId {
    RecordId::derived(&format!("import/budget line/{budget}/{}", normalised(name)))
}

fn budget_fields(
    name: String,
    fiscal_year: i64,
    start_month: u32,
    source: &Source<'_>,
    currency: Currency,
) -> Vec<BudgetField> {
    vec![
        BudgetField::Name(name),
        BudgetField::FiscalYear(fiscal_year),
        BudgetField::StartMonth(i64::from(start_month)),
        BudgetField::Currency(currency),
        BudgetField::Source(source.options.file_name.clone()),
    ]
}

/// Returns the year that a cell like `2026` or `FY2026` names.
fn fiscal_year(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches(['F', 'Y', 'f', 'y', ' ']);
    let year = digits.parse().ok();
    year.filter(|year| is_year(*year))
}

fn is_year(year: i64) -> bool {
    (1900..=9999).contains(&year)
}

/// Returns a place in a list for the line with this number: equal widths, so that texts sort as numbers.
fn position(number: usize) -> String {
    format!("a{number:06}")
}

#[cfg(test)]
mod tests;
