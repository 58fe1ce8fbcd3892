//! Actual amounts from a ledger as postings: a row of the ledger becomes a posting of the budget line that its account names.
//!
//! Columns: posting date; account or name of the line, with a cost centre where several budgets have it; amount, or debit
//! and credit; text, vendor, voucher. A row's id is derived from its voucher, and without one from its day, line, amount
//! and text with a count, so the same extract twice posts nothing twice. A row of the ledger's own total is compared, as
//! is the total that a person gives. The one rule: what is in the file is what is posted plus what is listed as left out,
//! to the cent.

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use adjutant_model::budget::LineKind;
use adjutant_model::ledger::PostingField;
use adjutant_model::money::{Amount, Currency, parse_minor, parse_minor_marked, show_minor};
use adjutant_model::query::budget::close::is_closed;
use adjutant_model::{Board, Command};
use chrono::NaiveDate;

use super::cell::{DateOrder, common_mark, cut, date, line};
use super::columns::{Header, Known, Row, Rows, find_header, normalised};
use super::csv_file::{CsvFile, Records};
use super::{
    ControlTotal, ImportError, Imported, OnProgress, Summary, Warnings, batch, first_that_fits,
};

/// What a person or a program knows of the file that it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerOptions {
    /// The file's name, kept as the records' source.
    pub file_name: String,
    /// The order of day and month in dates like 3/5/2026, where the dates of the file do not tell.
    pub date_order: Option<DateOrder>,
    /// The sum that all rows must have, as a person writes it.
    pub control_total: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Key,
    Day,
    Account,
    Line,
    CostCentre,
    Amount,
    Debit,
    Credit,
    Currency,
    Text,
    Vendor,
}

const COLUMNS: &[Known<'static, Column>] = &[
    (
        Column::Key,
        &[
            "voucher",
            "voucherno",
            "vouchernumber",
            "documentnumber",
            "documentno",
            "entryno",
            "entrynumber",
            "journalid",
            "transactionid",
            "key",
            "id",
        ],
    ),
    (
        Column::Day,
        &["postingdate", "postedon", "date", "documentdate", "day"],
    ),
    (
        Column::Account,
        &[
            "account",
            "accountcode",
            "accountnumber",
            "glaccount",
            "code",
        ],
    ),
    (
        Column::Line,
        &["line", "budgetline", "linename", "accountname"],
    ),
    (
        Column::CostCentre,
        &[
            "costcentre",
            "costcenter",
            "costcentrecode",
            "costcentercode",
        ],
    ),
    (
        Column::Amount,
        &["amount", "amountlocalcurrency", "value", "total", "net"],
    ),
    (Column::Debit, &["debit", "debitamount"]),
    (Column::Credit, &["credit", "creditamount"]),
    (Column::Currency, &["currency", "currencycode"]),
    (
        Column::Text,
        &[
            "text",
            "description",
            "memo",
            "postingtext",
            "title",
            "reference",
        ],
    ),
    (
        Column::Vendor,
        &["vendor", "supplier", "vendorname", "payee"],
    ),
];

/// Turns an extract of a ledger into one batch of postings to the lines of the board.
///
/// Cost: linear in the size of the file; memory for what is posted, not for the file.
///
/// # Errors
/// [`ImportError`] if the file cannot be read as a table, lacks a column that is needed, does not have the control total,
/// or the user ended it.
pub fn import(
    bytes: &[u8],
    options: &LedgerOptions,
    board: &Board,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let lines = Lines::of(board);
    first_that_fits(bytes, |file| {
        read(file, options, (board, &lines), &mut *on_progress)
    })
}

fn read(
    file: &CsvFile<'_>,
    options: &LedgerOptions,
    (board, lines): (&Board, &Lines),
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let is_enough = |header: &Header<Column>| {
        let has = |columns: &[Column]| columns.iter().any(|column| header.has(*column));
        header.has(Column::Day)
            && has(&[Column::Account, Column::Line])
            && has(&[Column::Amount, Column::Debit, Column::Credit])
    };
    let wanted =
        "columns for the posting date, the account or line, and the amount (or debit and credit)";
    let (header, records) = find_header(file, COLUMNS, wanted, is_enough)?;
    let mut import = Import {
        options,
        board,
        lines,
        header: &header,
        date_order: common_order(&header, &records).or(options.date_order),
        mark: mark(&header, &records),
        keys: BTreeMap::new(),
        totals: BTreeMap::new(),
        commands: Vec::new(),
        summary: Summary {
            form: "postings of a ledger",
            encoding: file.encoding(),
            delimiter: file.delimiter(),
            columns_left_out: header.left_out(),
            ..Summary::default()
        },
        warnings: Warnings::default(),
    };
    let mut rows = Rows::new(file, &header, records, on_progress);
    while let Some(row) = rows.next(&mut import.warnings)? {
        import.take(&row);
    }
    import.summary.rows = rows.count();
    import.finish()
}

fn common_order(header: &Header<Column>, records: &Records<'_>) -> Option<DateOrder> {
    let place = header.place(Column::Day)?;
    let rows: Vec<_> = records.clone().filter_map(Result::ok).take(5_000).collect();
    let days = rows.iter().filter_map(|record| record.cells.get(place));
    DateOrder::common(days.map(AsRef::as_ref))
}

fn mark(
    header: &Header<Column>,
    records: &Records<'_>,
) -> Option<adjutant_model::money::DecimalMark> {
    let places: Vec<usize> = [Column::Amount, Column::Debit, Column::Credit]
        .into_iter()
        .filter_map(|column| header.place(column))
        .collect();
    let rows = records.clone().filter_map(Result::ok).take(5_000);
    let cells = rows.flat_map(|record| {
        let numbered = record.cells.into_iter().enumerate();
        numbered.filter(|(place, _)| places.contains(place))
    });
    common_mark(cells.map(|(_, cell)| cell), Currency::EUR)
}

/// A line that can be posted to.
#[derive(Debug, Clone, Copy)]
struct Target {
    budget: RecordId,
    line: RecordId,
    is_income: bool,
    currency: Currency,
}

/// The lines of all budgets by fiscal year and by what a ledger calls them.
struct Lines {
    /// Fiscal year, the month in which it begins, cost centre, line.
    by_name: BTreeMap<String, Vec<(i64, u32, String, Target)>>,
    vendors: BTreeMap<String, RecordId>,
}

impl Lines {
    fn of(board: &Board) -> Self {
        let mut by_name: BTreeMap<String, Vec<(i64, u32, String, Target)>> = BTreeMap::new();
        for (id, line) in &board.budget_lines {
            let budget = line.budget.and_then(|id| board.budgets.get(&id));
            let Some(budget) = budget else { continue };
            let target = Target {
                budget: budget.meta.id,
                line: *id,
                is_income: line.kind == LineKind::Income,
                currency: budget.currency,
            };
            let start = budget.calendar().start_month();
            let centre = normalised(&budget.cost_centre);
            let mut names = [normalised(&line.account), normalised(&line.name)].to_vec();
            names.dedup();
            for name in names.into_iter().filter(|name| !name.is_empty()) {
                let entry = (budget.fiscal_year, start, centre.clone(), target);
                by_name.entry(name).or_default().push(entry);
            }
        }
        let vendors = (&board.vendors).into_iter();
        let vendors = vendors.map(|(id, vendor)| (normalised(&vendor.name), *id));
        Self {
            by_name,
            vendors: vendors.collect(),
        }
    }

    /// Finds the one line that a row means.
    fn find(&self, name: &str, centre: &str, day: NaiveDate) -> Result<Target, &'static str> {
        let known = self.by_name.get(&normalised(name));
        let known = known
            .ok_or("is neither the account nor the name of a budget line; the row was left out")?;
        let centre = normalised(centre);
        let mut fitting = known.iter().filter(|(year, start, of, _)| {
            let calendar = adjutant_model::calendar::FiscalCalendar::starting_in((*start).into());
            calendar.year_of(day) == *year && (centre.is_empty() || *of == centre)
        });
        match (fitting.next(), fitting.next()) {
            (Some((.., target)), None) => Ok(*target),
            (Some(_), Some(_)) => Err(
                "is the account of several budget lines; give their names or a cost centre. The row was left out",
            ),
            (None, _) => {
                Err("is in no budget of that fiscal year and cost centre; the row was left out")
            }
        }
    }
}

/// What has been gathered of a file.
struct Import<'a> {
    options: &'a LedgerOptions,
    board: &'a Board,
    lines: &'a Lines,
    header: &'a Header<Column>,
    date_order: Option<DateOrder>,
    mark: Option<adjutant_model::money::DecimalMark>,
    /// How often rows had a key.
    keys: BTreeMap<String, u32>,
    totals: BTreeMap<Currency, ControlTotal>,
    commands: Vec<Command>,
    summary: Summary,
    warnings: Warnings,
}

impl Import<'_> {
    fn take(&mut self, row: &Row<'_, Column>) {
        if is_total(row) {
            self.compare_total(row);
            self.summary.leave_out("the row of the total");
            return;
        }
        let currency = self.currency(row);
        // A row that is left out counts in the total as it stands.
        let amount = self.amount(row, currency);
        match self.posting(row, currency, amount) {
            Ok(()) => self.summary.rows_used += 1,
            Err(reason) => {
                self.add(currency, amount.map_or(0, |(amount, _)| amount), None);
                self.summary.leave_out(reason);
            }
        }
    }

    fn compare_total(&mut self, row: &Row<'_, Column>) {
        let currency = self.currency(row);
        let Some((said, _)) = self.amount(row, currency) else {
            return;
        };
        let known = self.totals.get(&currency).map_or(0, |total| total.in_file);
        if i128::from(said) != known {
            let known = i64::try_from(known).unwrap_or(i64::MAX);
            let message = format!(
                "is the total that the file says; its rows add up to {}",
                show_minor(known, currency)
            );
            self.warnings
                .add(row.line, "", &show_minor(said, currency), message);
        }
    }

    /// Returns the currency of a row, else that of the line that it names, else euros.
    fn currency(&self, row: &Row<'_, Column>) -> Currency {
        if let Some(said) = Currency::from_code(row.get(Column::Currency)) {
            return said;
        }
        let names = [row.get(Column::Account), row.get(Column::Line)];
        let known = names
            .into_iter()
            .find_map(|name| self.lines.by_name.get(&normalised(name))?.first());
        known.map_or(Currency::EUR, |(.., target)| target.currency)
    }

    /// Returns debit less credit, and whether it was given as such.
    fn amount(&self, row: &Row<'_, Column>, currency: Currency) -> Option<(i64, bool)> {
        let read = |column: Column| {
            let text = row.get(column);
            (!text.is_empty())
                .then(|| parse_minor_marked(text, currency, self.mark).ok())
                .flatten()
        };
        if let Some(amount) = read(Column::Amount) {
            return Some((amount, false));
        }
        match (read(Column::Debit), read(Column::Credit)) {
            (None, None) => None,
            (debit, credit) => {
                let less = debit.unwrap_or(0).checked_sub(credit.unwrap_or(0))?;
                Some((less, true))
            }
        }
    }

    fn posting(
        &mut self,
        row: &Row<'_, Column>,
        currency: Currency,
        amount: Option<(i64, bool)>,
    ) -> Result<(), &'static str> {
        let day = date(row.get(Column::Day), self.date_order).map_err(|wanted| {
            let message = format!("is not {wanted}; the row was left out");
            self.warn(row, Column::Day, &message);
            "no posting date"
        })?;
        let Some((signed, is_booked)) = amount else {
            let message = format!("is no amount in {}; the row was left out", currency.code());
            let column = if self.header.has(Column::Amount) {
                Column::Amount
            } else {
                Column::Debit
            };
            self.warn(row, column, &message);
            return Err("no amount");
        };
        let (target, column) = self.target(row, day)?;
        if target.currency != currency {
            self.warn(
                row,
                Column::Currency,
                "is not the currency of the budget; the row was left out. Post it with its rate",
            );
            return Err("another currency");
        }
        let value = if is_booked && target.is_income {
            signed.saturating_neg()
        } else {
            signed
        };
        let (id, key) = self.id(row, (day, target.line, value));
        if self.is_shut(target.budget, day, (id, value)) {
            self.warn(
                row,
                column,
                "belongs to a period that is closed; the row was left out. Open the period again",
            );
            return Err("a closed period");
        }
        let mut fields = vec![
            PostingField::Budget(Some(target.budget)),
            PostingField::Line(Some(target.line)),
            PostingField::Day(Some(day)),
            PostingField::Amount(Some(Amount(value))),
            PostingField::Title(self.title(row)),
            PostingField::ExternalKey(key),
            PostingField::Source(format!("{}, line {}", self.options.file_name, row.line)),
        ];
        let vendor = self.vendor(row);
        fields.extend(vendor.map(|id| PostingField::Vendor(Some(id))));
        self.commands.push(Command::create(id, fields));
        self.add(currency, signed, Some(signed));
        Ok(())
    }

    fn warn(&mut self, row: &Row<'_, Column>, column: Column, message: &str) {
        self.header.warn(&mut self.warnings, row, column, message);
    }

    /// Finds the line by its account, else by its name.
    fn target(
        &mut self,
        row: &Row<'_, Column>,
        day: NaiveDate,
    ) -> Result<(Target, Column), &'static str> {
        let mut refusal = (Column::Account, "names no account; the row was left out");
        for column in [Column::Account, Column::Line] {
            let name = row.get(column);
            if name.is_empty() {
                continue;
            }
            match self.lines.find(name, row.get(Column::CostCentre), day) {
                Ok(target) => return Ok((target, column)),
                Err(message) => refusal = (column, message),
            }
        }
        self.warn(row, refusal.0, refusal.1);
        Err("no budget line")
    }

    /// Returns the id of a row and the key that it is derived from.
    fn id(
        &mut self,
        row: &Row<'_, Column>,
        (day, target, value): (NaiveDate, RecordId, i64),
    ) -> (RecordId, String) {
        let mut key = line(row.get(Column::Key));
        if key.is_empty() {
            key = format!("{day}/{value}/{}", self.title(row));
        }
        cut(&mut key);
        let full = format!("{key}/{target}");
        let count = self.keys.entry(full.clone()).or_default();
        *count += 1;
        let name = match count {
            1 => format!("import/ledger/{full}"),
            more => format!("import/ledger/{full}/{more}"),
        };
        (RecordId::derived(&name), key)
    }

    /// Tells whether a period is closed to a row, which is not so for one that was posted before as it is.
    fn is_shut(&self, budget: RecordId, day: NaiveDate, (id, value): (RecordId, i64)) -> bool {
        let Some(known) = self.board.budgets.get(&budget) else {
            return false;
        };
        let is_here = self.board.postings.get(&id).is_some_and(|posting| {
            posting.day == Some(day) && posting.amount == Some(Amount(value))
        });
        let period = known.calendar().period_of(day);
        !is_here && is_closed(self.board, budget, period)
    }

    fn title(&self, row: &Row<'_, Column>) -> String {
        let mut text = line(row.get(Column::Text));
        let vendor = line(row.get(Column::Vendor));
        if !vendor.is_empty() && self.vendor(row).is_none() {
            text = if text.is_empty() {
                vendor
            } else {
                format!("{text} ({vendor})")
            };
        }
        cut(&mut text);
        text
    }

    /// Returns the vendor that is here under the row's name.
    fn vendor(&self, row: &Row<'_, Column>) -> Option<RecordId> {
        let name = normalised(row.get(Column::Vendor));
        self.lines.vendors.get(&name).copied()
    }

    /// Counts an amount, and what of it was posted.
    fn add(&mut self, currency: Currency, in_file: i64, placed: Option<i64>) {
        let total = self.totals.entry(currency).or_insert_with(|| ControlTotal {
            name: "amount".to_owned(),
            currency: currency.code(),
            ..ControlTotal::default()
        });
        total.rows += 1;
        total.in_file += i128::from(in_file);
        match placed {
            Some(placed) => {
                total.placed += i128::from(placed);
                total.in_commands += i128::from(placed);
            }
            None => total.left_out += i128::from(in_file),
        }
    }

    fn finish(mut self) -> Result<Imported, ImportError> {
        for (currency, total) in &self.totals {
            let shown = |sum: i128| show_minor(i64::try_from(sum).unwrap_or(i64::MAX), *currency);
            self.summary.notes.push(format!(
                "control total {} {}: {} posted, {} left out",
                shown(total.in_file),
                currency.code(),
                shown(total.placed),
                shown(total.left_out)
            ));
        }
        if let Some(said) = &self.options.control_total {
            let (currency, found) = match self.totals.iter().next() {
                Some((currency, total)) if self.totals.len() == 1 => (*currency, total.in_file),
                _ => (Currency::EUR, 0),
            };
            let wanted = parse_minor(said, currency).ok();
            if wanted.map(i128::from) != Some(found) {
                return Err(ImportError::ControlTotal {
                    said: super::shortened(said),
                    found: show_minor(i64::try_from(found).unwrap_or(i64::MAX), currency),
                });
            }
        }
        self.summary.control_totals = self.totals.into_values().collect();
        self.summary.count_made(&self.commands);
        self.warnings.sort();
        Ok(Imported {
            commands: batch("import ledger", self.commands),
            summary: self.summary,
            warnings: self.warnings,
        })
    }
}

/// Tells whether a row says the total of those above it.
fn is_total(row: &Row<'_, Column>) -> bool {
    let said = [
        Column::Account,
        Column::Line,
        Column::Text,
        Column::Key,
        Column::Day,
    ];
    let is_word = |column: Column| {
        matches!(
            normalised(row.get(column)).as_str(),
            "total" | "grandtotal" | "sum" | "controltotal"
        )
    };
    said.into_iter().any(is_word)
}
