//! Tables on sheets: typed cells, and formulas whose stored results are the figures of the report.
//!
//! The one rule: a formula gives what its cell shows; where it could name no cell, the figure stands alone.

use adjutant_model::report::{Align, Cell, Formula as Derived, How, Row, Table};
use chrono::{Datelike as _, NaiveDate};
use rust_xlsxwriter::utility::{column_number_to_name, row_col_to_cell};
use rust_xlsxwriter::{ExcelDateTime, Formula, XlsxError};

use super::{Look, SheetWriter, ToneKey, cut};
use crate::report::scale::float;

/// The value of a cell as a spreadsheet holds it.
enum Value {
    Nothing,
    Text(String),
    Number(f64),
    Day(ExcelDateTime),
}

impl SheetWriter<'_> {
    /// Writes a table at the next free row; filters stand at the head of one that has the sheet for itself.
    pub(super) fn table(&mut self, table: &Table, has_filters: bool) -> Result<(), XlsxError> {
        let head_row = self.row;
        for (at, column) in (0_u16..).zip(&table.columns) {
            let look = match column.align {
                Align::Left => Look::HeadLeft,
                Align::Right => Look::HeadRight,
            };
            let format = self.styles.get(look, false);
            self.sheet
                .write_string_with_format(head_row, at, cut(&column.title), format)?;
        }
        self.sheet.set_row_height(head_row, 30)?;
        self.row += 1;
        let first = self.row;
        for row in &table.rows {
            for (at, (cell, column)) in (0_u16..).zip(row.cells.iter().zip(&table.columns)) {
                let place = Place {
                    row: self.row,
                    column: at,
                    first,
                };
                self.cell(place, cell, column.align, row)?;
            }
            self.fit_height(row)?;
            self.row += 1;
        }
        let records = table.rows.iter().filter(|row| !row.is_total).count();
        let last = u16::try_from(table.columns.len())
            .ok()
            .and_then(|count| count.checked_sub(1));
        if let (true, Some(last), Ok(count)) = (has_filters, last, u32::try_from(records))
            && count > 1
        {
            self.sheet.autofilter(head_row, 0, head_row + count, last)?;
        }
        Ok(())
    }

    /// Makes the row high enough for words that wrap; not every program does so itself.
    fn fit_height(&mut self, row: &Row) -> Result<(), XlsxError> {
        let lines = row
            .cells
            .iter()
            .zip(&self.widths)
            .map(|(cell, width)| match cell {
                Cell::Text(text) => text.chars().count().div_ceil((*width).max(4) - 2),
                Cell::Empty
                | Cell::Money { .. }
                | Cell::Percent { .. }
                | Cell::Date(_)
                | Cell::Count(_)
                | Cell::Status { .. } => 1,
            });
        // The highest row that a spreadsheet knows is 409 points.
        match u32::try_from(lines.max().unwrap_or(1))
            .unwrap_or(u32::MAX)
            .min(27)
        {
            0 | 1 => {}
            lines => {
                self.sheet.set_row_height(self.row, 15 * lines)?;
            }
        }
        Ok(())
    }

    fn cell(
        &mut self,
        place: Place,
        cell: &Cell,
        align: Align,
        row: &Row,
    ) -> Result<(), XlsxError> {
        let (look, value) = valued(cell, align);
        let derived = row
            .formulas
            .iter()
            .find(|formula| u16::try_from(formula.cell) == Ok(place.column));
        let look = match derived.map(|formula| formula.how) {
            // An empty share would lose its format, and with it the sign for percent once it has a value.
            Some(How::Share { .. }) => Look::Percent,
            Some(_) | None => look,
        };
        let format = self.styles.get(look, row.is_total);
        let (line, column) = (place.row, place.column);
        if let Some(formula) = derived.and_then(|formula| text_of(formula, place)) {
            let result = match value {
                Value::Number(number) => number.to_string(),
                Value::Nothing | Value::Text(_) | Value::Day(_) => String::new(),
            };
            let formula = Formula::new(formula).set_result(result);
            self.sheet
                .write_formula_with_format(line, column, formula, format)?;
            return Ok(());
        }
        match value {
            Value::Nothing => self.sheet.write_blank(line, column, format)?,
            Value::Text(text) => self
                .sheet
                .write_string_with_format(line, column, text, format)?,
            Value::Number(number) => self
                .sheet
                .write_number_with_format(line, column, number, format)?,
            Value::Day(day) => self
                .sheet
                .write_datetime_with_format(line, column, &day, format)?,
        };
        Ok(())
    }
}

/// Where a cell stands, and where the rows of its table begin.
#[derive(Debug, Clone, Copy)]
struct Place {
    row: u32,
    column: u16,
    first: u32,
}

fn valued(cell: &Cell, align: Align) -> (Look, Value) {
    let words = match align {
        Align::Left => Look::Text,
        Align::Right => Look::Figure,
    };
    match cell {
        Cell::Empty => (words, Value::Nothing),
        Cell::Text(text) => (words, Value::Text(cut(text))),
        Cell::Money { minor, currency } => {
            let decimals = currency.exponent();
            let unit = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
            (Look::Money(decimals), Value::Number(float(*minor) / unit))
        }
        Cell::Percent { basis_points } => (
            Look::Percent,
            Value::Number(float(*basis_points) / 10_000.0),
        ),
        Cell::Date(day) => match excel_day(*day) {
            Some(day) => (Look::Date, Value::Day(day)),
            // No spreadsheet knows a day before 1900.
            None => (Look::Figure, Value::Text(cell.shown())),
        },
        Cell::Count(count) => (Look::Count, Value::Number(float(*count))),
        Cell::Status { label, tone } => (Look::Tone(ToneKey::of(*tone)), Value::Text(cut(label))),
    }
}

fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let part = |value: u32| u8::try_from(value).ok();
    let year = u16::try_from(day.year()).ok()?;
    ExcelDateTime::from_ymd(year, part(day.month())?, part(day.day())?).ok()
}

/// Returns the formula as a spreadsheet reads it; `None` if it names no cell that there is.
fn text_of(derived: &Derived, place: Place) -> Option<String> {
    let cell = |at: usize| Some(row_col_to_cell(place.row, u16::try_from(at).ok()?));
    // A total directly under the head adds up nothing.
    let last = place.row.checked_sub(1).filter(|last| *last >= place.first);
    let above = |column: u16| {
        let name = column_number_to_name(column);
        Some(format!("{name}{}:{name}{}", place.first + 1, last? + 1))
    };
    Some(match derived.how {
        How::Difference { of, less } => format!("={}-{}", cell(of)?, cell(less)?),
        How::Share { part, whole } => {
            let (part, whole) = (cell(part)?, cell(whole)?);
            format!("=IF({whole}=0,\"\",ROUND({part}/ABS({whole}),4))")
        }
        How::Across { first, last } => format!("=SUM({}:{})", cell(first)?, cell(last)?),
        How::Above => format!("=SUM({})", above(place.column)?),
        How::AboveLessIncome { kind } => {
            let column = above(place.column)?;
            let kinds = above(u16::try_from(kind).ok()?)?;
            format!("=SUM({column})-2*SUMIF({kinds},\"Income\",{column})")
        }
    })
}
