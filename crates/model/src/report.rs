//! Reports as values: headings, paragraphs and tables with typed cells.
//!
//! What a report says is decided here, how it looks in a file is the business of whoever renders it. The one rule: the
//! same board and day give the same report, with the figures of [`crate::query`].

mod actions;
mod budget;
mod projects;

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
