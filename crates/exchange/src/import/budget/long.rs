//! The long form: one figure a row, by department, fiscal year, variable and time.
//!
//! The form of Philadelphia's departmental obligations (MIT licence, PhilaController/phl-budget-data): fiscal years
//! from July to June, US dollars.

use std::collections::BTreeMap;

use adjutant_model::budget::BudgetLineField;
use adjutant_model::calendar::{FiscalCalendar, Period};
use adjutant_model::money::{Amount, Currency, DecimalMark, parse_minor_marked, split_evenly};
use adjutant_model::{Command, InvalidValue};
use chrono::NaiveDate;

use super::super::columns::{Row, Rows, normalised};
use super::super::csv_file::Records;
use super::super::{
    ControlTotal, ImportError, Imported, OnProgress, Summary, Warnings, batch, cell, shortened,
};
use super::{Column, Source, budget_fields, budget_id, fiscal_year, line_id, position};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    Target,
    Adopted,
    Actual,
}

impl Variable {
    fn named(name: &str) -> Option<Self> {
        match normalised(name).as_str() {
            "target" | "targetbudget" | "revised" | "revisedbudget" | "plan" | "budget" => {
                Some(Self::Target)
            }
            "adopted" | "adoptedbudget" | "original" | "originalbudget" => Some(Self::Adopted),
            "actual" | "actuals" | "spent" => Some(Self::Actual),
            _ => None,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Target => "Target budget",
            Self::Adopted => "Adopted budget",
            Self::Actual => "Actual",
        }
    }
}

/// One figure: how much by the end of a period.
#[derive(Debug, Clone, Copy)]
struct Figure {
    as_of: Option<NaiveDate>,
    line: u64,
    minor: i64,
}

/// Figures of one department in one fiscal year, by variable and the last period that they cover.
type Department = BTreeMap<Variable, BTreeMap<Period, Vec<Figure>>>;

struct Import<'a> {
    source: &'a Source<'a>,
    currency: Currency,
    mark: Option<DecimalMark>,
    calendar: FiscalCalendar,
    years: BTreeMap<i64, BTreeMap<String, Department>>,
    totals: BTreeMap<Variable, ControlTotal>,
    summary: Summary,
    warnings: Warnings,
}

pub(super) fn import(
    source: &Source<'_>,
    records: Records<'_>,
    summary: Summary,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let currency = source.options.currency.unwrap_or(Currency::USD);
    let mut import = Import {
        source,
        currency,
        mark: source.decimal_mark(&records, currency),
        calendar: FiscalCalendar::starting_in(i64::from(source.options.start_month.unwrap_or(7))),
        years: BTreeMap::new(),
        totals: BTreeMap::new(),
        summary: Summary {
            form: "budget figures by department and fiscal year",
            ..summary
        },
        warnings: Warnings::default(),
    };
    // Of a row that is a single figure, neither is taken.
    for column in [Column::BudgetName, Column::CostCentre] {
        if source.header.has(column) {
            let name = shortened(source.header.name(column));
            import.summary.columns_left_out.push(name);
        }
    }
    let mut rows = Rows::new(source.file, source.header, records, on_progress);
    while let Some(row) = rows.next(&mut import.warnings)? {
        if let Err(reason) = import.take(&row) {
            import.summary.leave_out(reason);
        }
    }
    import.summary.rows = rows.count();
    Ok(import.finish())
}

impl Import<'_> {
    /// Files a row under its department and year, or says why it is left out.
    fn take(&mut self, row: &Row<'_, Column>) -> Result<(), &'static str> {
        let department = cell::line(row.get(Column::Department));
        if department.is_empty() {
            return Err("no department");
        }
        let variable = row.get(Column::Variable);
        let Some(variable) = Variable::named(variable) else {
            return Err("a figure that a budget does not hold (projections and the like)");
        };
        let year = self.year(row)?;
        let minor = self.amount(row)?;
        let as_of = self.as_of(row)?;
        let through = match normalised(row.get(Column::TimePeriod)).as_str() {
            "" | "fullyear" | "year" | "annual" => Period::all().last(),
            _ => as_of.map(|day| self.calendar.period_of(day)),
        };
        let through = through.ok_or("a figure to date without a date")?;
        let total = self.totals.entry(variable).or_insert_with(|| ControlTotal {
            name: variable.label().to_owned(),
            currency: self.currency.code(),
            ..ControlTotal::default()
        });
        total.rows += 1;
        total.in_file += i128::from(minor);
        let figures = self
            .years
            .entry(year)
            .or_default()
            .entry(department)
            .or_default();
        let figure = Figure {
            as_of,
            line: row.line,
            minor,
        };
        figures
            .entry(variable)
            .or_default()
            .entry(through)
            .or_default()
            .push(figure);
        Ok(())
    }

    fn year(&mut self, row: &Row<'_, Column>) -> Result<i64, &'static str> {
        let text = row.get(Column::FiscalYear);
        fiscal_year(text).ok_or_else(|| {
            let name = self.source.header.name(Column::FiscalYear);
            self.warnings
                .add(row.line, name, text, "is not a fiscal year like 2026");
            "a bad fiscal year"
        })
    }

    fn amount(&mut self, row: &Row<'_, Column>) -> Result<i64, &'static str> {
        let text = row.get(Column::Total);
        parse_minor_marked(text, self.currency, self.mark).map_err(
            |InvalidValue { expected, .. }| {
                let name = self.source.header.name(Column::Total);
                self.warnings
                    .add(row.line, name, text, format!("is not {expected}"));
                "a bad amount"
            },
        )
    }

    fn as_of(&mut self, row: &Row<'_, Column>) -> Result<Option<NaiveDate>, &'static str> {
        let text = row.get(Column::AsOf);
        if text.is_empty() {
            return Ok(None);
        }
        cell::date(text, None).map(Some).map_err(|expected| {
            self.warnings.add(
                row.line,
                self.source.header.name(Column::AsOf),
                text,
                expected,
            );
            "a bad date"
        })
    }

    fn finish(mut self) -> Imported {
        let mut commands = Vec::new();
        for (year, departments) in std::mem::take(&mut self.years) {
            let budget = budget_id(&self.source.options.file_name, year);
            let start_month = self.calendar.start_month();
            let name = format!("FY{year}");
            let fields = budget_fields(name, year, start_month, self.source, self.currency);
            commands.push(Command::create(budget, fields));
            for (number, (name, department)) in departments.into_iter().enumerate() {
                let mut fields = vec![
                    BudgetLineField::Budget(Some(budget)),
                    BudgetLineField::Name(name.clone()),
                    BudgetLineField::Category(name.clone()),
                    BudgetLineField::Position(position(number)),
                ];
                if let Some(line) = department
                    .values()
                    .flat_map(BTreeMap::values)
                    .flatten()
                    .map(|figure| figure.line)
                    .min()
                {
                    fields.push(BudgetLineField::Source(format!(
                        "{}:{line}",
                        self.source.options.file_name
                    )));
                }
                self.plan(&department, &mut fields);
                self.actual(&department, &mut fields);
                commands.push(Command::create(line_id(budget, &name), fields));
            }
        }
        self.summary.notes.push(
            "Figures to date spread the year's figure over its periods; within such a span it is split evenly".to_owned(),
        );
        self.summary.control_totals = self.totals.into_values().collect();
        self.summary.count_made(&commands);
        self.warnings.sort();
        Imported {
            commands: batch("import budget", commands),
            summary: self.summary,
            warnings: self.warnings,
        }
    }

    /// Sets the plan: from the target, or without one from the adopted budget.
    fn plan(&mut self, department: &Department, fields: &mut Vec<BudgetLineField>) {
        let target = department.get(&Variable::Target);
        let adopted = department.get(&Variable::Adopted);
        match (target, adopted) {
            (Some(target), adopted) => {
                self.place(Variable::Target, target, BudgetLineField::Plan, fields);
                for figure in adopted.into_iter().flat_map(BTreeMap::values).flatten() {
                    self.leave_out(
                        Variable::Adopted,
                        figure,
                        "an adopted budget beside a target",
                    );
                }
            }
            (None, Some(adopted)) => {
                self.place(Variable::Adopted, adopted, BudgetLineField::Plan, fields);
            }
            (None, None) => {}
        }
    }

    fn actual(&mut self, department: &Department, fields: &mut Vec<BudgetLineField>) {
        if let Some(actual) = department.get(&Variable::Actual) {
            self.place(Variable::Actual, actual, BudgetLineField::Actual, fields);
        }
    }

    /// Spreads the newest figures over the periods: the last one is the sum, the earlier ones say when.
    fn place(
        &mut self,
        variable: Variable,
        points: &BTreeMap<Period, Vec<Figure>>,
        field: fn(Period, Option<Amount>) -> BudgetLineField,
        fields: &mut Vec<BudgetLineField>,
    ) {
        let mut newest: Vec<(Period, Figure)> = Vec::new();
        for (through, figures) in points {
            let Some(best) = figures
                .iter()
                .max_by_key(|figure| (figure.as_of, figure.line))
                .copied()
            else {
                continue;
            };
            for figure in figures.iter().filter(|figure| figure.line != best.line) {
                self.leave_out(variable, figure, "a figure that a newer one replaces");
            }
            newest.push((*through, best));
        }
        let (mut before, mut so_far) = (0_usize, 0_i64);
        let count = newest.len();
        for (at, (through, figure)) in newest.into_iter().enumerate() {
            let periods = Period::all()
                .skip(before)
                .take(through.index() + 1 - before);
            let parts = split_evenly(figure.minor - so_far, through.index() + 1 - before);
            fields.extend(
                periods
                    .zip(parts)
                    .map(|(period, part)| field(period, Some(Amount(part)))),
            );
            (before, so_far) = (through.index() + 1, figure.minor);
            self.summary.rows_used += 1;
            let Some(total) = self.totals.get_mut(&variable) else {
                continue;
            };
            if at + 1 == count {
                total.placed += i128::from(figure.minor);
                total.in_commands += i128::from(figure.minor);
            } else {
                total.spread += i128::from(figure.minor);
            }
        }
    }

    fn leave_out(&mut self, variable: Variable, figure: &Figure, reason: &'static str) {
        self.summary.leave_out(reason);
        if let Some(total) = self.totals.get_mut(&variable) {
            total.left_out += i128::from(figure.minor);
        }
    }
}
