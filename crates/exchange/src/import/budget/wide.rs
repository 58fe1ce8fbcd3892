//! The wide form: one line a row, a column for each month's plan and, where there are any, actual.
//!
//! Every amount is taken as it stands; one that cannot be read leaves its cell empty and is named.

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use adjutant_model::budget::{BudgetLineField, LineKind};
use adjutant_model::calendar::{FiscalCalendar, Period};
use adjutant_model::money::{Amount, Currency, DecimalMark, parse_minor_marked};
use adjutant_model::{Command, FieldValue as _, InvalidValue};

use super::super::columns::{Row, Rows, normalised};
use super::super::csv_file::Records;
use super::super::{
    ControlTotal, ImportError, Imported, OnProgress, Summary, Warnings, batch, cell,
};
use super::{Column, Source, budget_id, create_budget, line_id, position};

struct Import<'a> {
    source: &'a Source<'a>,
    currency: Currency,
    mark: Option<DecimalMark>,
    calendar: FiscalCalendar,
    budget: RecordId,
    /// How often each line's name has come.
    names: BTreeMap<String, usize>,
    totals: [ControlTotal; 2],
    lines: Vec<Command>,
    summary: Summary,
    warnings: Warnings,
}

pub(super) fn import(
    source: &Source<'_>,
    records: Records<'_>,
    summary: Summary,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let currency = source.options.currency.unwrap_or(Currency::EUR);
    let calendar = FiscalCalendar::starting_in(i64::from(source.options.start_month.unwrap_or(1)));
    let total = |name: &str| ControlTotal {
        name: name.to_owned(),
        currency: currency.code(),
        ..ControlTotal::default()
    };
    let mut import = Import {
        source,
        currency,
        mark: source.decimal_mark(&records, currency),
        calendar,
        budget: budget_id(
            &source.options.file_name,
            source.options.fiscal_year.unwrap_or(0),
        ),
        names: BTreeMap::new(),
        totals: [total("Plan"), total("Actual")],
        lines: Vec::new(),
        summary: Summary {
            form: "budget lines with a column for each month",
            ..summary
        },
        warnings: Warnings::default(),
    };
    let mut rows = Rows::new(source.file, source.header, records, on_progress);
    let mut fiscal_year = source.options.fiscal_year;
    while let Some(row) = rows.next(&mut import.warnings)? {
        fiscal_year = fiscal_year.or_else(|| row.get(Column::FiscalYear).parse().ok());
        import.take(&row);
    }
    import.summary.rows = rows.count();
    Ok(import.finish(fiscal_year))
}

impl Import<'_> {
    fn take(&mut self, row: &Row<'_, Column>) {
        let name = cell::line(row.get(Column::Name));
        if name.is_empty() {
            self.summary.leave_out("no line name");
            return;
        }
        let seen = self.names.entry(normalised(&name)).or_default();
        *seen += 1;
        // Two lines of one name are two lines.
        let key = if *seen == 1 {
            name.clone()
        } else {
            format!("{name} {seen}")
        };
        let mut fields = vec![
            BudgetLineField::Budget(Some(self.budget)),
            BudgetLineField::Name(name),
            BudgetLineField::Category(cell::line(row.get(Column::Category))),
            BudgetLineField::Account(cell::line(row.get(Column::Account))),
            BudgetLineField::Position(position(self.lines.len())),
            BudgetLineField::Source(format!("{}:{}", self.source.options.file_name, row.line)),
        ];
        self.kind(row, &mut fields);
        for period in Period::all() {
            self.month(row, period, 0, &mut fields);
            self.month(row, period, 1, &mut fields);
        }
        self.summary.rows_used += 1;
        self.lines
            .push(Command::create(line_id(self.budget, &key), fields));
    }

    fn kind(&mut self, row: &Row<'_, Column>, fields: &mut Vec<BudgetLineField>) {
        let text = row.get(Column::Kind);
        if text.is_empty() {
            return;
        }
        match LineKind::from_input(text) {
            Ok(kind) => fields.push(BudgetLineField::Kind(kind)),
            Err(InvalidValue { expected, .. }) => {
                self.warnings.add(
                    row.line,
                    self.source.header.name(Column::Kind),
                    text,
                    format!("is not {expected}"),
                );
            }
        }
    }

    /// Takes one amount: of the plan (`which` 0) or of the actual (1).
    fn month(
        &mut self,
        row: &Row<'_, Column>,
        period: Period,
        which: usize,
        fields: &mut Vec<BudgetLineField>,
    ) {
        let at = period.number() - 1;
        let month = u8::try_from(self.calendar.month_of(period) - 1).unwrap_or(0);
        let (numbered, named) = match which {
            0 => (Column::Plan(at), Column::PlanMonth(month)),
            _ => (Column::Actual(at), Column::ActualMonth(month)),
        };
        let column = if self.source.header.has(numbered) {
            numbered
        } else {
            named
        };
        let text = row.get(column);
        if text.is_empty() {
            return;
        }
        match parse_minor_marked(text, self.currency, self.mark) {
            Ok(minor) => {
                if let Some(total) = self.totals.get_mut(which) {
                    total.rows += 1;
                    total.in_file += i128::from(minor);
                    total.placed += i128::from(minor);
                    total.in_commands += i128::from(minor);
                }
                let amount = Some(Amount(minor));
                fields.push(match which {
                    0 => BudgetLineField::Plan(period, amount),
                    _ => BudgetLineField::Actual(period, amount),
                });
            }
            Err(InvalidValue { expected, .. }) => {
                self.warnings.add(
                    row.line,
                    self.source.header.name(column),
                    text,
                    format!("is not {expected}"),
                );
            }
        }
    }

    fn finish(mut self, fiscal_year: Option<i64>) -> Imported {
        let mut commands = Vec::new();
        if !self.lines.is_empty() {
            let year = fiscal_year.filter(|year| (1900..=9999).contains(year));
            if year.is_none() {
                self.summary
                    .notes
                    .push("The file names no fiscal year; set it on the budget".to_owned());
            }
            let name = year.map_or_else(
                || self.source.options.file_name.clone(),
                |year| format!("FY{year}"),
            );
            let name = if name.is_empty() {
                "Imported budget".to_owned()
            } else {
                name
            };
            let start_month = self.calendar.start_month();
            commands.push(create_budget(
                self.budget,
                name,
                year.unwrap_or(0),
                start_month,
                self.source,
                self.currency,
            ));
            commands.append(&mut self.lines);
        }
        self.summary.control_totals = self
            .totals
            .into_iter()
            .filter(|total| total.rows > 0)
            .collect();
        self.summary.count_made(&commands);
        self.warnings.sort();
        Imported {
            commands: batch("import budget", commands),
            summary: self.summary,
            warnings: self.warnings,
        }
    }
}
