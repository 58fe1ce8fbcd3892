//! Everything out: all records as JSON, and as tables that Excel and Power BI read directly.
//!
//! One table a kind of record, named `dim_` for what figures are about and `fact_` for figures; ids join them. Amounts
//! stand in whole units with a point. The one rule: every live record of every kind that this program knows is in it,
//! with every field.

mod plan;

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use adjutant_model::calendar::{Period, add_days, month_name};
use adjutant_model::money::{Amount, Currency, show_minor};
use adjutant_model::{Board, FieldValue as _, Kind, Raw};
use chrono::{Datelike as _, NaiveDate};
use serde_json::{Map, Value, json};

use crate::report::Provenance;
use crate::report::{csv_row, guarded};

pub use plan::plan;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Returns all records as files: `records.json`, one table a kind, the months of budget lines, and a table of days.
///
/// Cost: one walk over all records. Equal input gives equal bytes.
pub fn everything(board: &Board, provenance: &Provenance, as_of: NaiveDate) -> Vec<File> {
    let mut files = vec![records(board, provenance, as_of)];
    files.extend(Kind::ALL.iter().map(|kind| table(board, *kind)));
    files.push(months(board));
    files.push(days(board, as_of));
    let mut about = csv_row(["name", "value"]);
    for (name, value) in provenance.rows(as_of) {
        about.push_str(&csv_row([name.to_owned(), guarded(&value)]));
    }
    files.push(File {
        name: "origin.csv".to_owned(),
        bytes: about.into_bytes(),
    });
    files
}

/// Returns all records as JSON: by kind and id, fields by name, amounts in minor units, empty fields left out.
fn records(board: &Board, provenance: &Provenance, as_of: NaiveDate) -> File {
    let mut kinds = Map::new();
    for kind in Kind::ALL.iter().copied() {
        let mut records = Map::new();
        for id in board.ids(kind) {
            let mut fields = Map::new();
            for (name, raw) in board.values(kind, id).unwrap_or_default() {
                if let Some(value) = value_of(&raw) {
                    fields.insert(name.to_owned(), value);
                }
            }
            if let Some(meta) = board.meta(kind, id) {
                fields.insert("in_document".to_owned(), json!(meta.document.to_string()));
            }
            records.insert(id.to_string(), Value::Object(fields));
        }
        kinds.insert(kind.name().to_owned(), Value::Object(records));
    }
    let deleted: Map<String, Value> = board
        .deleted
        .into_iter()
        .map(|(id, deleted)| {
            let value = json!({ "kind": deleted.kind.name(), "title": deleted.title });
            (id.to_string(), value)
        })
        .collect();
    let origin: Map<String, Value> = provenance
        .rows(as_of)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let everything = json!({ "origin": origin, "records": kinds, "deleted": deleted });
    let mut text = format!("{everything:#}");
    text.push('\n');
    File {
        name: "records.json".to_owned(),
        bytes: text.into_bytes(),
    }
}

fn value_of(raw: &Raw) -> Option<Value> {
    Some(match raw {
        Raw::Null => return None,
        Raw::Bool(value) => json!(value),
        Raw::Int(value) => json!(value),
        Raw::Line(text) | Raw::Prose(text) | Raw::Other(text) if text.is_empty() => return None,
        Raw::Line(text) | Raw::Prose(text) | Raw::Other(text) => json!(text),
        Raw::Bytes(bytes) => json!(adjutant_base::hex::encode(bytes)),
    })
}

/// Returns the records of a kind as a table; the twelve months of a line stand in a table of their own.
fn table(board: &Board, kind: Kind) -> File {
    let fields: Vec<_> = kind
        .fields()
        .iter()
        .filter(|field| !field.is_monthly)
        .collect();
    let names = fields.iter().map(|field| field.name.to_owned());
    let has_money = fields.iter().any(|field| field.value_type == Amount::TYPE);
    let mut text = csv_row(
        std::iter::once(format!("{}_id", kind.name()))
            .chain(names)
            .chain(has_money.then(|| "amounts_in".to_owned())),
    );
    for id in board.ids(kind) {
        let values: BTreeMap<&str, Raw> = board
            .values(kind, id)
            .unwrap_or_default()
            .into_iter()
            .collect();
        let currency = board.currency_of(kind, id);
        let cell = |field: &&adjutant_model::schema::FieldInfo| match values.get(field.name) {
            Some(Raw::Int(minor)) if field.value_type == Amount::TYPE => amount(*minor, currency),
            Some(raw @ (Raw::Line(_) | Raw::Prose(_) | Raw::Other(_))) => guarded(&raw.shown()),
            Some(raw) => raw.shown(),
            None => String::new(),
        };
        text.push_str(&csv_row(
            std::iter::once(id.to_string())
                .chain(fields.iter().map(cell))
                .chain(has_money.then(|| currency.code().to_owned())),
        ));
    }
    File {
        name: format!("dim_{}.csv", kind.name()),
        bytes: text.into_bytes(),
    }
}

/// Returns an amount in whole units, without signs that group thousands.
fn amount(minor: i64, currency: Currency) -> String {
    show_minor(minor, currency).replace(',', "")
}

/// Returns the first day of a period of a fiscal year.
fn first_day(board: &Board, budget: RecordId, period: Period) -> Option<NaiveDate> {
    let budget = board.budgets.get(&budget)?;
    let start = budget.calendar().first_day(budget.fiscal_year)?;
    start.checked_add_months(chrono::Months::new(u32::from(period.number()) - 1))
}

/// Returns one row a line and month that has a planned or an actual amount.
fn months(board: &Board) -> File {
    let titles = [
        "budget_line_id",
        "budget_id",
        "period",
        "day",
        "plan",
        "actual",
        "amounts_in",
    ];
    let mut text = csv_row(titles);
    for (id, line) in &board.budget_lines {
        let Some(budget) = line.budget else { continue };
        let currency = board.currency_of(Kind::BudgetLine, *id);
        for ((period, plan), actual) in Period::all().zip(&line.plan).zip(&line.actual) {
            if plan.is_none() && actual.is_none() {
                continue;
            }
            let shown = |value: &Option<Amount>| {
                value.map_or(String::new(), |Amount(minor)| amount(minor, currency))
            };
            let day = first_day(board, budget, period);
            text.push_str(&csv_row([
                id.to_string(),
                budget.to_string(),
                period.number().to_string(),
                day.map(|day| day.to_string()).unwrap_or_default(),
                shown(plan),
                shown(actual),
                currency.code().to_owned(),
            ]));
        }
    }
    File {
        name: "fact_budget_month.csv".to_owned(),
        bytes: text.into_bytes(),
    }
}

/// Longest table of days, in days: 40 years.
const MOST_DAYS: i64 = 14_610;

/// Returns the days from the first to the last that any record names, for tools that want a table of dates.
fn days(board: &Board, as_of: NaiveDate) -> File {
    let (mut first, mut last) = (as_of, as_of);
    for kind in Kind::ALL.iter().copied() {
        for id in board.ids(kind) {
            let values = board.values(kind, id).unwrap_or_default();
            for day in values
                .iter()
                .filter_map(|(_, raw)| NaiveDate::from_raw(raw))
            {
                first = first.min(day);
                last = last.max(day);
            }
        }
    }
    // Whole years; one typing error ("20226") must not make a table of millions of rows.
    let first = first
        .max(add_days(as_of, -MOST_DAYS / 2))
        .with_ordinal(1)
        .unwrap_or(first);
    let last = last.min(add_days(as_of, MOST_DAYS / 2));
    let mut text = csv_row(["day", "year", "quarter", "month", "month_name", "weekday"]);
    let mut day = first;
    while day.year() <= last.year() {
        text.push_str(&csv_row([
            day.to_string(),
            day.year().to_string(),
            day.month().div_ceil(3).to_string(),
            day.month().to_string(),
            month_name(day.month()).to_owned(),
            day.weekday().to_string(),
        ]));
        day = add_days(day, 1);
    }
    File {
        name: "dim_day.csv".to_owned(),
        bytes: text.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adjutant_base::{CompartmentId, Timestamp};
    use adjutant_model::command::Context;
    use adjutant_model::preview::board_of;
    use adjutant_model::sample::{Size, department};

    fn files() -> (Board, Vec<File>) {
        let today = "2026-11-24".parse().unwrap();
        let context = Context {
            compartment: CompartmentId([1; 6]),
            today,
            now: Timestamp(1_795_000_000_000),
        };
        let board = board_of(&context, &department(1, &Size::DEMO, today)).unwrap();
        let provenance = crate::report::tests::provenance();
        let files = everything(&board, &provenance, today);
        assert_eq!(files, everything(&board, &provenance, today));
        (board, files)
    }

    fn table_of<'f>(files: &'f [File], name: &str) -> Vec<Vec<String>> {
        let file: &'f File = files.iter().find(|file| file.name == name).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(file.bytes.as_slice());
        let row = |record: Result<csv::StringRecord, csv::Error>| {
            record.unwrap().iter().map(str::to_owned).collect()
        };
        reader.records().map(row).collect()
    }

    #[test]
    fn every_record_of_every_kind_is_in_json_and_in_its_table() {
        let (board, files) = files();
        let records = files
            .iter()
            .find(|file| file.name == "records.json")
            .unwrap();
        let json: Value = serde_json::from_slice(&records.bytes).unwrap();
        for kind in Kind::ALL.iter().copied() {
            let count = board.count(kind);
            assert_eq!(
                json["records"][kind.name()].as_object().unwrap().len(),
                count,
                "{kind:?}"
            );
            let table = table_of(&files, &format!("dim_{}.csv", kind.name()));
            assert_eq!(table.len(), count + 1, "{kind:?}");
            for id in board.ids(kind) {
                let record = &json["records"][kind.name()][id.to_string()];
                for (name, raw) in board.values(kind, id).unwrap() {
                    assert_eq!(record.get(name), value_of(&raw).as_ref(), "{kind:?} {name}");
                }
            }
        }
    }

    #[test]
    fn the_months_add_up_to_the_budget_and_their_days_are_in_the_table_of_days() {
        let (board, files) = files();
        let days = table_of(&files, "dim_day.csv");
        let mut sum = 0;
        for row in table_of(&files, "fact_budget_month.csv").iter().skip(1) {
            assert!(days.iter().any(|day| day[0] == row[3]), "{row:?}");
            sum += row[4].replace('.', "").parse::<i64>().unwrap_or(0);
        }
        let lines = board.budget_lines.into_iter();
        let plan = |(_, line): (_, &std::sync::Arc<adjutant_model::budget::BudgetLine>)| -> i64 {
            line.plan.iter().flatten().map(|amount| amount.0).sum()
        };
        assert_eq!(sum, lines.map(plan).sum::<i64>());
    }
}
