//! Software licences as commands: what Snipe-IT exports, and lists of the same columns.
//!
//! A row is a licence: product, seats, purchase, term, supplier. Its id is derived from its number, else from product and
//! order. The one rule: a product key is a secret and is never taken; where it is kept is all that is written down.
//!
//! Source: the columns of Snipe-IT's licence export and import.

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use adjutant_model::Command;
use adjutant_model::licence::LicenceField;
use adjutant_model::money::{Amount, Currency, divide_rounded, parse_minor_marked};
use adjutant_model::quantity::Count;
use adjutant_model::value::Prose;
use adjutant_model::vendor::VendorField;
use chrono::NaiveDate;

use super::cell::{DateOrder, common_mark, cut};
use super::columns::{Header, Known, Row, Rows, find_header, normalised};
use super::csv_file::CsvFile;
use super::{ImportError, Imported, OnProgress, Summary, Warnings, batch, first_that_fits};

/// What a person or a program knows of the file that it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LicenceOptions {
    /// The file's name, kept as the records' source.
    pub file_name: String,
    /// The order of day and month in dates like 3/5/2026, where the dates of the file do not tell.
    pub date_order: Option<DateOrder>,
    /// The currency of the costs; euros if not said.
    pub currency: Option<Currency>,
    /// Vendors that are here, by name without case and punctuation.
    pub vendors: BTreeMap<String, RecordId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Key,
    Product,
    Secret,
    Seats,
    Bought,
    Cost,
    Ends,
    Terminates,
    Supplier,
    Maker,
    Order,
    Notes,
}

const COLUMNS: &[Known<'static, Column>] = &[
    (Column::Key, &["id", "licenseid", "licenceid"]),
    (
        Column::Product,
        &[
            "softwarename",
            "itemname",
            "name",
            "product",
            "license",
            "licence",
            "licensename",
        ],
    ),
    (
        Column::Secret,
        &["productkey", "serial", "serialnumber", "licensekey", "key"],
    ),
    (
        Column::Seats,
        &["seats", "totalseats", "total", "qty", "quantity"],
    ),
    (Column::Bought, &["purchasedate", "startdate", "start"]),
    (Column::Cost, &["purchasecost", "cost", "price"]),
    (
        Column::Ends,
        &["expirationdate", "expires", "expiration", "enddate", "end"],
    ),
    (Column::Terminates, &["terminationdate", "terminates"]),
    (Column::Supplier, &["supplier", "vendor"]),
    (Column::Maker, &["manufacturer", "publisher"]),
    (
        Column::Order,
        &["ordernumber", "purchaseorder", "purchaseordernumber"],
    ),
    (Column::Notes, &["notes"]),
];

/// Turns a list of licences into one batch of commands.
///
/// Cost: linear in the size of the file.
///
/// # Errors
/// [`ImportError`] if the file cannot be read as a table, has no columns for product and seats, or the user ended it.
pub fn import(
    bytes: &[u8],
    options: &LicenceOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    first_that_fits(bytes, |file| read(file, options, &mut *on_progress))
}

fn read(
    file: &CsvFile<'_>,
    options: &LicenceOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let wanted = "columns for the product (\"Software Name\", \"Item Name\") and its seats";
    let (header, records) = find_header(file, COLUMNS, wanted, |header: &Header<Column>| {
        header.has(Column::Product) && header.has(Column::Seats)
    })?;
    let currency = options.currency.unwrap_or(Currency::EUR);
    let of = |columns: &[Column]| -> Vec<usize> {
        columns
            .iter()
            .filter_map(|one| header.place(*one))
            .collect()
    };
    let days = of(&[Column::Bought, Column::Ends, Column::Terminates]);
    let costs = of(&[Column::Cost]);
    let sample: Vec<_> = records.clone().filter_map(Result::ok).take(5_000).collect();
    let cells = |places: Vec<usize>| {
        sample.iter().flat_map(move |record| {
            let found: Vec<&str> = places
                .iter()
                .filter_map(|place| record.cells.get(*place))
                .map(AsRef::as_ref)
                .collect();
            found
        })
    };
    let mut import = Import {
        options,
        header: &header,
        currency,
        date_order: DateOrder::common(cells(days)).or(options.date_order),
        mark: common_mark(cells(costs), currency),
        keys: BTreeMap::new(),
        vendors: BTreeMap::new(),
        commands: Vec::new(),
        summary: Summary {
            form: if header.has(Column::Maker) {
                "licences of Snipe-IT"
            } else {
                "licences"
            },
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
    Ok(import.finish())
}

struct Import<'a> {
    options: &'a LicenceOptions,
    header: &'a Header<Column>,
    currency: Currency,
    date_order: Option<DateOrder>,
    mark: Option<adjutant_model::money::DecimalMark>,
    keys: BTreeMap<String, u64>,
    /// Vendors that are not here yet.
    vendors: BTreeMap<RecordId, String>,
    commands: Vec<Command>,
    summary: Summary,
    warnings: Warnings,
}

impl Import<'_> {
    fn take(&mut self, row: &Row<'_, Column>) {
        let product = self.text(row, Column::Product);
        if product.is_empty() {
            self.warn(
                row,
                Column::Product,
                "names no product; the row was left out",
            );
            self.summary.leave_out("no product");
            return;
        }
        let number = self.text(row, Column::Key);
        let key = if number.is_empty() {
            format!("{product}/{}", row.get(Column::Order))
        } else {
            number
        };
        let mut key = key.trim_end_matches('/').to_owned();
        cut(&mut key);
        if let Some(earlier) = self.keys.get(&key) {
            let message = format!(
                "is the licence of line {earlier}; the row was left out. Licences of one product need an id or an order number"
            );
            self.warnings.add(row.line, "", &key, message);
            self.summary
                .leave_out("the licence stands on an earlier line");
            return;
        }
        let Ok(seats) = row
            .get(Column::Seats)
            .replace([',', ' '], "")
            .parse::<u32>()
        else {
            self.warn(
                row,
                Column::Seats,
                "is no number of seats; the row was left out",
            );
            self.summary.leave_out("no number of seats");
            return;
        };
        let mut fields = vec![
            LicenceField::Product(product),
            LicenceField::Seats(Count(i64::from(seats))),
            LicenceField::Currency(self.currency),
            LicenceField::ExternalKey(key.clone()),
            LicenceField::Source(format!("{}, line {}", self.options.file_name, row.line)),
        ];
        let cost = self.cost(row, i64::from(seats));
        fields.extend(cost.map(|cost| LicenceField::UnitCost(Some(cost))));
        let starts = self.day(row, Column::Bought);
        fields.extend(starts.map(|day| LicenceField::Starts(Some(day))));
        let ends = [Column::Ends, Column::Terminates].map(|column| self.day(row, column));
        let ends = ends.into_iter().flatten().min();
        fields.extend(ends.map(|day| LicenceField::Ends(Some(day))));
        let vendor = self.vendor(row);
        fields.extend(vendor.map(|id| LicenceField::Vendor(Some(id))));
        if !row.get(Column::Secret).is_empty() {
            let place = format!("Kept in {}", self.options.file_name);
            fields.push(LicenceField::KeyReference(place));
        }
        let notes = row.get(Column::Notes);
        if !notes.is_empty() && notes.chars().count() <= adjutant_base::limits::PROSE_CHARACTERS {
            fields.push(LicenceField::Notes(Prose(notes.to_owned())));
        }
        let id = RecordId::derived(&format!("import/licences/{key}"));
        self.keys.insert(key, row.line);
        self.summary.rows_used += 1;
        self.commands.push(Command::create(id, fields));
    }

    fn warn(&mut self, row: &Row<'_, Column>, column: Column, message: &str) {
        self.header.warn(&mut self.warnings, row, column, message);
    }

    fn text(&mut self, row: &Row<'_, Column>, column: Column) -> String {
        self.header.line_of(&mut self.warnings, row, column)
    }

    fn day(&mut self, row: &Row<'_, Column>, column: Column) -> Option<NaiveDate> {
        let as_ordered = (column, self.date_order);
        self.header.day_of(&mut self.warnings, row, as_ordered)
    }

    /// Returns the price of a seat: the purchase divided by its seats, rounded once.
    fn cost(&mut self, row: &Row<'_, Column>, seats: i64) -> Option<Amount> {
        let text = row.get(Column::Cost);
        if text.is_empty() || seats == 0 {
            return None;
        }
        match parse_minor_marked(text, self.currency, self.mark) {
            Ok(minor) => {
                let unit = divide_rounded(i128::from(minor), i128::from(seats))?;
                i64::try_from(unit).ok().map(Amount)
            }
            Err(error) => {
                self.warn(row, Column::Cost, &format!("was left out: {error}"));
                None
            }
        }
    }

    /// Returns the supplier, else the manufacturer: the vendor here with that name, else it is made.
    fn vendor(&mut self, row: &Row<'_, Column>) -> Option<RecordId> {
        let mut name = self.text(row, Column::Supplier);
        if name.is_empty() {
            name = self.text(row, Column::Maker);
        }
        let key = normalised(&name);
        if key.is_empty() {
            return None;
        }
        if let Some(id) = self.options.vendors.get(&key) {
            return Some(*id);
        }
        let id = RecordId::derived(&format!("import/vendors/{key}"));
        self.vendors.entry(id).or_insert(name);
        Some(id)
    }

    fn finish(mut self) -> Imported {
        let vendor = |(id, name): (RecordId, String)| {
            let source = VendorField::Source(self.options.file_name.clone());
            Command::create(id, vec![VendorField::Name(name), source])
        };
        let mut commands: Vec<Command> = self.vendors.into_iter().map(vendor).collect();
        commands.append(&mut self.commands);
        self.summary.count_made(&commands);
        self.warnings.sort();
        Imported {
            commands: batch("import licences", commands),
            summary: self.summary,
            warnings: self.warnings,
        }
    }
}
