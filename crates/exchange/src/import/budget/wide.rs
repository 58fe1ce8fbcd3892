//! The wide form: one line a row, a column for each month's plan and, where there are any, actual.
//!
//! Every amount is taken as it stands; one that cannot be read leaves its cell empty and is named. Rows of one fiscal
//! year, budget name and cost centre become one budget; a row whose year cannot be read is left out.

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use adjutant_model::budget::{BudgetField, BudgetLineField, LineKind};
use adjutant_model::calendar::{FiscalCalendar, Period};
use adjutant_model::money::{Amount, Currency, DecimalMark, parse_minor_marked};
use adjutant_model::{Command, FieldValue as _, InvalidValue};

use super::super::columns::{Row, Rows, normalised};
use super::super::csv_file::Records;
use super::super::{
    ControlTotal, ImportError, Imported, OnProgress, Summary, Warnings, batch, cell,
};
use super::{Column, Source, budget_fields, budget_id, fiscal_year, line_id, position};

/// What tells one budget from another: name, cost centre, fiscal year.
type Key = (String, String, i64);

/// A budget as far as it has been read.
struct Draft {
    id: RecordId,
    name: String,
    cost_centre: String,
    /// How often each line's name has come.
    names: BTreeMap<String, usize>,
    lines: Vec<Command>,
}

struct Import<'a> {
    source: &'a Source<'a>,
    currency: Currency,
    mark: Option<DecimalMark>,
    calendar: FiscalCalendar,
    budgets: BTreeMap<Key, Draft>,
    totals: [ControlTotal; 2],
    summary: Summary,
    warnings: Warnings,
}

pub(super) fn import(
    source: &Source<'_>,
    records: Records<'_>,
    summary: Summary,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    if !source.header.has(Column::FiscalYear) && source.said_year().is_none() {
        return Err(ImportError::NoFiscalYear);
    }
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
        budgets: BTreeMap::new(),
        totals: [total("Plan"), total("Actual")],
        summary: Summary {
            form: "budget lines with a column for each month",
            ..summary
        },
        warnings: Warnings::default(),
    };
    let mut rows = Rows::new(source.file, source.header, records, on_progress);
    while let Some(row) = rows.next(&mut import.warnings)? {
        import.take(&row);
    }
    import.summary.rows = rows.count();
    Ok(import.finish())
}

impl Import<'_> {
    /// Files a row under its budget, or leaves it out with the reason; its amounts count either way.
    fn take(&mut self, row: &Row<'_, Column>) {
        let name = cell::line(row.get(Column::Name));
        let year = if name.is_empty() {
            Err("no line name")
        } else {
            self.year(row)
        };
        let amounts = self.amounts(row, year.is_ok());
        match year {
            Ok(year) => self.line(row, name, year, amounts),
            Err(reason) => self.summary.leave_out(reason),
        }
    }

    fn year(&mut self, row: &Row<'_, Column>) -> Result<i64, &'static str> {
        let text = row.get(Column::FiscalYear);
        let said = self.source.said_year();
        if let Some(year) = said.filter(|_| text.is_empty()) {
            return Ok(year);
        }
        fiscal_year(text).ok_or_else(|| {
            let name = self.source.header.name(Column::FiscalYear);
            let message = "is not a fiscal year like 2026; the row was left out";
            self.warnings.add(row.line, name, text, message);
            "a bad fiscal year"
        })
    }

    fn line(
        &mut self,
        row: &Row<'_, Column>,
        name: String,
        year: i64,
        amounts: Vec<BudgetLineField>,
    ) {
        let mut fields = vec![
            BudgetLineField::Category(cell::line(row.get(Column::Category))),
            BudgetLineField::Account(cell::line(row.get(Column::Account))),
            BudgetLineField::Source(format!("{}:{}", self.source.options.file_name, row.line)),
        ];
        self.kind(row, &mut fields);
        fields.extend(amounts);
        let budget_name = cell::line(row.get(Column::BudgetName));
        let cost_centre = cell::line(row.get(Column::CostCentre));
        let key = (normalised(&budget_name), normalised(&cost_centre), year);
        let file_name = &self.source.options.file_name;
        let budget = self.budgets.entry(key).or_insert_with_key(|key| Draft {
            id: wide_budget_id(file_name, key),
            name: named(budget_name, &cost_centre, year),
            cost_centre,
            names: BTreeMap::new(),
            lines: Vec::new(),
        });
        let seen = budget.names.entry(normalised(&name)).or_default();
        *seen += 1;
        // Two lines of one name are two lines.
        let key = if *seen == 1 {
            name.clone()
        } else {
            format!("{name} {seen}")
        };
        fields.extend([
            BudgetLineField::Budget(Some(budget.id)),
            BudgetLineField::Name(name),
            BudgetLineField::Position(position(budget.lines.len())),
        ]);
        let id = line_id(budget.id, &key);
        budget.lines.push(Command::create(id, fields));
        self.summary.rows_used += 1;
    }

    /// Reads the amounts of a row; those of a row that `is_taken` not are counted as left out.
    fn amounts(&mut self, row: &Row<'_, Column>, is_taken: bool) -> Vec<BudgetLineField> {
        let mut fields = Vec::new();
        for period in Period::all() {
            self.month(row, period, 0, is_taken, &mut fields);
            self.month(row, period, 1, is_taken, &mut fields);
        }
        fields
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
        is_taken: bool,
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
                    if is_taken {
                        total.placed += i128::from(minor);
                        total.in_commands += i128::from(minor);
                    } else {
                        total.left_out += i128::from(minor);
                    }
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

    fn finish(mut self) -> Imported {
        let mut commands = Vec::new();
        let start_month = self.calendar.start_month();
        for ((_, _, year), mut budget) in std::mem::take(&mut self.budgets) {
            let mut fields =
                budget_fields(budget.name, year, start_month, self.source, self.currency);
            if !budget.cost_centre.is_empty() {
                fields.push(BudgetField::CostCentre(budget.cost_centre));
            }
            commands.push(Command::create(budget.id, fields));
            commands.append(&mut budget.lines);
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

/// Returns the id of a budget: by its name and cost centre, or if it has neither by its file; always by its year.
fn wide_budget_id(file_name: &str, (name, cost_centre, year): &Key) -> RecordId {
    if name.is_empty() && cost_centre.is_empty() {
        return budget_id(file_name, *year);
    }
    RecordId::derived(&format!("import/named budget/{name}/{cost_centre}/{year}"))
}

/// Returns the name of a budget that the file may have left open.
fn named(name: String, cost_centre: &str, year: i64) -> String {
    match (name.is_empty(), cost_centre.is_empty()) {
        (false, _) => name,
        (true, false) => format!("FY{year} {cost_centre}"),
        (true, true) => format!("FY{year}"),
    }
}
