//! Reports as values: headings, paragraphs and tables with typed cells.
//!
//! What a report says is decided here, how it looks in a file is the business of whoever renders it. The one rule: the
//! same board and day give the same report, with the figures of [`crate::query`].

mod actions;
mod briefing;
mod budget;
mod comparison;
mod contracts;
pub mod dates;
mod decisions;
mod draft;
mod licences;
mod meeting;
mod months;
mod notice;
mod onboarding;
mod owners;
mod project;
mod projects;
pub mod templates;

use adjutant_base::RecordId;
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::calendar::month_name;
use crate::money::{Currency, divide_rounded, show_minor};

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// The day that its figures hold for.
    pub as_of: NaiveDate,
    /// Its content, from top to bottom.
    pub blocks: Vec<Block>,
    /// Whom it is for, for forms that are sent; empty if it does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Recipient>,
}

/// Somebody whom a report is sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Name.
    pub name: String,
    /// E-mail address; empty if it is not known.
    pub email: String,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph of plain text.
    Paragraph(String),
    /// A table.
    Table(Table),
    /// A chart. Forms without pictures show its figures as a table.
    Chart(Chart),
}

/// A table; every row has as many cells as there are columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Columns from left to right.
    pub columns: Vec<Column>,
    /// Rows from top to bottom.
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its title.
    pub title: String,
    /// Where its title and cells stand.
    pub align: Align,
}

/// Where text stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// Whether it adds up the rows above it.
    pub is_total: bool,
    /// How some of its cells follow from others, for forms that compute. The cells hold the results already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formulas: Vec<Formula>,
}

/// How one cell of a row follows from others; cells are numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formula {
    /// The cell that follows.
    pub cell: usize,
    /// From what.
    pub how: How,
}

/// A way in which a cell follows from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// One cell of the row less another.
    Difference {
        /// The cell taken from.
        of: usize,
        /// The cell taken away.
        less: usize,
    },
    /// One cell of the row as a share of another's size, rounded to basis points; empty where that is zero.
    Share {
        /// The part.
        part: usize,
        /// The whole.
        whole: usize,
    },
    /// The sum of neighbouring cells of the row.
    Across {
        /// The first.
        first: usize,
        /// The last.
        last: usize,
    },
    /// The sum of the cells above, back to the head of the table.
    Above,
    /// The cells above, where the rows whose `kind` cell says "Income" count as negative.
    AboveLessIncome {
        /// The cell that says "Expense" or "Income".
        kind: usize,
    },
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing to say: no owner, no date, no percentage of nothing.
    Empty,
    /// Words.
    Text(String),
    /// An amount.
    Money {
        /// In minor units.
        minor: i64,
        /// Its currency.
        currency: Currency,
    },
    /// A share.
    Percent {
        /// In basis points: 250 is 2.5 %.
        basis_points: i64,
    },
    /// A day.
    Date(NaiveDate),
    /// A whole number.
    Count(i64),
    /// A word that says how good or bad something is.
    Status {
        /// The word.
        label: String,
        /// How good or bad.
        tone: Tone,
    },
}

/// How good or bad a status is; never the only sign of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Neither.
    Neutral,
    /// As it should be.
    Good,
    /// To be looked at.
    Warn,
    /// To be acted on.
    Bad,
}

/// A chart; every series has as many values as there are categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// Its title.
    pub title: String,
    /// How values are drawn.
    pub kind: ChartKind,
    /// What values are measured in.
    pub unit: Unit,
    /// What the horizontal axis (of horizontal bars: the vertical one) is divided into.
    pub categories: Vec<String>,
    /// The series, the most important first.
    pub series: Vec<Series>,
}

/// How a chart draws its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Lines over time.
    Lines,
    /// Horizontal bars, one group a category.
    Bars,
}

/// What a chart's values are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Minor units of a currency.
    Money(Currency),
    /// Things counted.
    Count,
}

/// One series of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// One value a category; `None` where there is nothing to draw.
    pub values: Vec<Option<i64>>,
}

impl Chart {
    /// Returns the chart's figures as a table: one row a category, one column a series.
    pub fn as_table(&self) -> Table {
        let column = |title: &str, align| Column {
            title: title.to_owned(),
            align,
        };
        let mut columns = vec![column("", Align::Left)];
        columns.extend(
            self.series
                .iter()
                .map(|series| column(&series.name, Align::Right)),
        );
        let cell = |value: Option<i64>| match (value, self.unit) {
            (None, _) => Cell::Empty,
            (Some(minor), Unit::Money(currency)) => Cell::Money { minor, currency },
            (Some(count), Unit::Count) => Cell::Count(count),
        };
        let row = |(at, category): (usize, &String)| {
            let values = self
                .series
                .iter()
                .map(|series| cell(series.values.get(at).copied().flatten()));
            Row {
                cells: std::iter::once(Cell::text(category))
                    .chain(values)
                    .collect(),
                is_total: false,
                formulas: Vec::new(),
            }
        };
        Table {
            columns,
            rows: self.categories.iter().enumerate().map(row).collect(),
        }
    }
}

impl Cell {
    fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text.to_owned())
        }
    }

    fn date(day: Option<NaiveDate>) -> Self {
        day.map_or(Self::Empty, Self::Date)
    }

    fn count(count: usize) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn percent(basis_points: Option<i64>) -> Self {
        basis_points.map_or(Self::Empty, |basis_points| Self::Percent { basis_points })
    }

    fn status(label: impl Into<String>, tone: Tone) -> Self {
        Self::Status {
            label: label.into(),
            tone,
        }
    }

    /// Returns the cell as plain text: "1,234.50", "-2.5 %", "3 May 2026".
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Money { minor, currency } => show_minor(*minor, *currency),
            Self::Percent { basis_points } => show_percent(*basis_points),
            Self::Date(day) => show_day(*day),
            Self::Count(count) => count.to_string(),
            Self::Status { label, .. } => label.clone(),
        }
    }
}

/// Returns a share as text with one decimal, rounded half away from zero: 250 basis points are "2.5 %".
pub fn show_percent(basis_points: i64) -> String {
    let tenths = divide_rounded(i128::from(basis_points), 10)
        .unwrap_or(0)
        .unsigned_abs();
    let sign = if basis_points < 0 && tenths > 0 {
        "-"
    } else {
        ""
    };
    let (whole, tenth) = (
        tenths.checked_div(10).unwrap_or(0),
        tenths.checked_rem(10).unwrap_or(0),
    );
    format!("{sign}{whole}.{tenth} %")
}

/// Returns a day as text that needs no other day to be understood: "3 May 2026".
pub fn show_day(day: NaiveDate) -> String {
    format!("{} {} {}", day.day(), month_name(day.month()), day.year())
}

/// Returns the monthly report of a budget through the last period that has ended before `today`; `None` if the budget
/// is not on the board.
pub fn budget_month(board: &Board, budget: RecordId, today: NaiveDate) -> Option<Report> {
    budget::report(board, budget, today)
}

/// Returns the status of all projects, what is at risk first.
pub fn projects(board: &Board, today: NaiveDate) -> Report {
    projects::report(board, today)
}

/// Returns the status of one project on one page; `None` if it is not on the board.
pub fn project(board: &Board, project: RecordId, today: NaiveDate) -> Option<Report> {
    project::report(board, project, today)
}

/// Returns one page for a leadership meeting: what needs attention, what is due, where the money stands.
pub fn briefing(board: &Board, today: NaiveDate) -> Report {
    briefing::report(board, today)
}

/// Returns the open actions: overdue, due this week, and how many each owner has.
pub fn actions(board: &Board, today: NaiveDate) -> Report {
    actions::report(board, today)
}

/// A table as it is written.
fn table<const N: usize>(columns: [(&str, Align); N], rows: Vec<[Cell; N]>) -> Table {
    let column = |(title, align): (&str, Align)| Column {
        title: title.to_owned(),
        align,
    };
    Table {
        columns: columns.into_iter().map(column).collect(),
        rows: rows.into_iter().map(|cells| row(cells, false)).collect(),
    }
}

fn row<const N: usize>(cells: [Cell; N], is_total: bool) -> Row {
    Row {
        cells: cells.into(),
        is_total,
        formulas: Vec::new(),
    }
}

/// Returns "no milestones", "1 milestone", "2 milestones".
fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// Returns the text with its first letter in upper case.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests;
