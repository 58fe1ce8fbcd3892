//! A table of projects as commands: one row a project, or one row a milestone with its project's columns repeated.
//!
//! Takes the US federal IT Dashboard's extract and a department's own table by the same rules: columns have many names.
//! - *key* (`Project_ID`, ID, Key), else *code*, else *name*: the record's id is derived from it, so importing a row
//!   again, here or on another device, sets the same record's fields and makes nothing twice; a key that is a plain number
//!   counts together with the row's code or investment, else with the file's name, for other files number from 1 too;
//! - *name* (`Project_Name`, Title), *code*, *status*, *portfolio* (`Agency_Name`, Programme), *start*, *target* (End, Due),
//!   *notes*, *currency*; *owner* (Manager, Assignee) also makes the person;
//! - *planned cost*: amounts, or millions where the header says so ("($ M)") or the file is an IT Dashboard extract;
//! - *cost variance* is plan minus actual, as in the IT Dashboard (there it never exceeds the planned cost but falls to
//!   34 times below it), so the overrun is its negative; *overrun* is taken as it is;
//! - *milestone*, *baseline*, *forecast*, *done on*: a milestone of the project, called "Completion" if unnamed;
//! - *planned duration* and *delay* in days: baseline is start plus duration, forecast is baseline plus delay, and the
//!   project's target is the baseline where no column gives one;
//! - *investment* and its identifier go to the notes; every other column is listed as left out.

mod draft;

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::RecordId;
use adjutant_model::Command;
use adjutant_model::money::{Currency, DecimalMark};
use adjutant_model::people::{PersonField, PersonId};

use super::cell::{DateOrder, common_mark};
use super::columns::{Header, Known, Rows, find_header};
use super::csv_file::{CsvFile, Records};
use super::{
    ControlTotal, ImportError, Imported, OnProgress, Summary, Warnings, batch, first_that_fits,
};
use draft::{Draft, RowReader};

/// What a person knows of the file that it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectOptions {
    /// The file's name, kept as the records' source.
    pub file_name: String,
    /// The currency where no column gives one; US dollars for an IT Dashboard extract, else euros, if not said.
    pub currency: Option<Currency>,
    /// The order of day and month in dates like 3/5/2026, where the dates of the file do not tell.
    pub date_order: Option<DateOrder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Key,
    Code,
    Name,
    Status,
    Owner,
    Portfolio,
    Start,
    Target,
    PlannedCost,
    PlannedCostMillions,
    CostOverrun,
    CostVariance,
    Currency,
    Notes,
    Investment,
    InvestmentKey,
    Milestone,
    Baseline,
    Forecast,
    DoneOn,
    Duration,
    Delay,
}

const COLUMNS: &[Known<'static, Column>] = &[
    (
        Column::Key,
        &[
            "projectid",
            "externalkey",
            "key",
            "id",
            "issuekey",
            "projectkey",
            "number",
        ],
    ),
    (
        Column::Code,
        &["code", "projectcode", "shortcode", "projectnumber"],
    ),
    (
        Column::Name,
        &[
            "projectname",
            "name",
            "project",
            "title",
            "projecttitle",
            "summary",
            "shortdescription",
        ],
    ),
    (Column::Status, &["status", "projectstatus", "state"]),
    (
        Column::Owner,
        &[
            "owner",
            "projectowner",
            "projectmanager",
            "manager",
            "assignee",
            "assignedto",
            "responsible",
            "lead",
            "projectlead",
        ],
    ),
    (
        Column::Portfolio,
        &[
            "portfolio",
            "programme",
            "program",
            "agencyname",
            "agency",
            "department",
        ],
    ),
    (
        Column::Start,
        &[
            "start",
            "startdate",
            "plannedstart",
            "plannedstartdate",
            "begin",
        ],
    ),
    (
        Column::Target,
        &[
            "target",
            "targetdate",
            "end",
            "enddate",
            "finish",
            "finishdate",
            "plannedend",
            "plannedenddate",
            "duedate",
            "due",
            "deadline",
        ],
    ),
    (
        Column::PlannedCost,
        &["plannedcost", "plannedbudget", "budget", "cost"],
    ),
    (
        Column::PlannedCostMillions,
        &[
            "plannedcostm",
            "plannedcostinmillions",
            "plannedcostmillions",
            "budgetm",
        ],
    ),
    (Column::CostOverrun, &["costoverrun", "overrun"]),
    (Column::CostVariance, &["costvariance", "costvariancem"]),
    (Column::Currency, &["currency"]),
    (
        Column::Notes,
        &["notes", "note", "comments", "comment", "description"],
    ),
    (Column::Investment, &["investmenttitle", "investment"]),
    (
        Column::InvestmentKey,
        &["uniqueinvestmentidentifier", "uii"],
    ),
    (
        Column::Milestone,
        &["milestone", "milestonename", "nextmilestone"],
    ),
    (
        Column::Baseline,
        &["baseline", "baselinedate", "milestonebaseline"],
    ),
    (
        Column::Forecast,
        &[
            "forecast",
            "forecastdate",
            "milestoneforecast",
            "expected",
            "expecteddate",
        ],
    ),
    (
        Column::DoneOn,
        &[
            "doneon",
            "actualdate",
            "actualend",
            "actualfinish",
            "completedon",
            "finishedon",
        ],
    ),
    (
        Column::Duration,
        &["plannedduration", "planneddurationdays", "durationdays"],
    ),
    (
        Column::Delay,
        &["projectdelay", "delay", "delaydays", "projectdelaydays"],
    ),
];

const DATE_COLUMNS: [Column; 5] = [
    Column::Start,
    Column::Target,
    Column::Baseline,
    Column::Forecast,
    Column::DoneOn,
];

/// Turns a file of projects into one batch of commands.
///
/// Cost: linear in the size of the file.
///
/// # Errors
/// [`ImportError`] if the file cannot be read as a table, has no header with a project's name, or the user ended it.
pub fn import(
    bytes: &[u8],
    options: &ProjectOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    first_that_fits(bytes, |file| read(file, options, &mut *on_progress))
}

fn read(
    file: &CsvFile<'_>,
    options: &ProjectOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let is_enough = |header: &Header<Column>| header.has(Column::Name);
    let wanted =
        "a column for the project's name (\"name\", \"project\", \"Project_Name\" or \"title\")";
    let (header, records) = find_header(file, COLUMNS, wanted, is_enough)?;
    let is_dashboard = header.has(Column::InvestmentKey) && header.has(Column::Duration);
    let currency = options.currency.unwrap_or(if is_dashboard {
        Currency::USD
    } else {
        Currency::EUR
    });
    let reader = RowReader {
        header: &header,
        date_order: common_order(&header, &records).or(options.date_order),
        is_in_millions: is_dashboard || header.has(Column::PlannedCostMillions),
        currency,
        mark: decimal_mark(&header, &records, currency),
        file_name: &options.file_name,
    };
    let mut import = Import::new(Summary {
        form: if is_dashboard {
            "projects of the US federal IT Dashboard"
        } else {
            "projects"
        },
        encoding: file.encoding(),
        delimiter: file.delimiter(),
        columns_left_out: header.left_out(),
        ..Summary::default()
    });
    let mut rows = Rows::new(file, &header, records, on_progress);
    while let Some(row) = rows.next(&mut import.warnings)? {
        if let Some(draft) = reader.read(&row, &mut import.warnings) {
            import.take(draft);
        } else {
            import.summary.leave_out("no name, code or key");
        }
    }
    import.summary.rows = rows.count();
    if file.replaced() > 0 {
        import.summary.notes.push(format!(
            "{} characters were broken and were replaced",
            file.replaced()
        ));
    }
    Ok(import.finish())
}

/// Returns the order of day and month that the file's dates agree on.
fn common_order(header: &Header<Column>, records: &Records<'_>) -> Option<DateOrder> {
    let records: Vec<_> = records.clone().filter_map(Result::ok).collect();
    let dates = records.iter().flat_map(|record| {
        let place = |column: &Column| header.place(*column);
        DATE_COLUMNS
            .iter()
            .filter_map(place)
            .filter_map(|place| record.cells.get(place))
            .map(AsRef::as_ref)
    });
    DateOrder::common(dates)
}

/// Returns the decimal mark that the file's amounts agree on.
fn decimal_mark(
    header: &Header<Column>,
    records: &Records<'_>,
    currency: Currency,
) -> Option<DecimalMark> {
    let columns = [
        Column::PlannedCost,
        Column::CostOverrun,
        Column::CostVariance,
    ];
    let places = columns.map(|column| header.place(column));
    let cells = records.clone().filter_map(Result::ok).flat_map(|record| {
        let numbered = record.cells.into_iter().enumerate();
        numbered.filter(|(place, _)| places.contains(&Some(*place)))
    });
    common_mark(cells.map(|(_, cell)| cell), currency)
}

/// What has been gathered of a file.
struct Import {
    drafts: Vec<Draft>,
    /// Place in `drafts` of the project with a key.
    places: BTreeMap<String, usize>,
    totals: Totals,
    rounded: usize,
    summary: Summary,
    warnings: Warnings,
}

impl Import {
    fn new(summary: Summary) -> Self {
        Self {
            drafts: Vec::new(),
            places: BTreeMap::new(),
            totals: BTreeMap::new(),
            rounded: 0,
            summary,
            warnings: Warnings::default(),
        }
    }

    /// Adds a row's project, or its milestone to the project that is there.
    fn take(&mut self, draft: Draft) {
        let Some(earlier) = self
            .places
            .get(&draft.key)
            .and_then(|place| self.drafts.get_mut(*place))
        else {
            count_costs(&mut self.totals, &draft, draft.costs());
            self.rounded += draft.rounded;
            self.summary.rows_used += 1;
            self.places.insert(draft.key.clone(), self.drafts.len());
            self.drafts.push(draft);
            return;
        };
        let is_new = |name: &str| !earlier.milestones.iter().any(|(known, _)| known == name);
        if draft.milestones.is_empty() || !draft.milestones.iter().all(|(name, _)| is_new(name)) {
            let message = format!(
                "is the key of the project on line {}, and the row adds no milestone; it was left out. \
                 Projects of one name need a column \"code\"",
                earlier.line
            );
            self.warnings.add(draft.line, "", &draft.key, message);
            self.summary
                .leave_out("the project stands on an earlier line");
            count_costs(&mut self.totals, &draft, [None, None]);
            return;
        }
        let placed = earlier.adopt_costs(&draft);
        count_costs(&mut self.totals, &draft, placed);
        earlier.merge(draft, &mut self.warnings);
        self.summary.rows_used += 1;
    }

    fn finish(mut self) -> Imported {
        let mut owners = BTreeSet::new();
        let mut people = Vec::new();
        let mut commands = Vec::new();
        for draft in self.drafts {
            for name in &draft.owners {
                let PersonId(id) = PersonId::of_name(name);
                if owners.insert(id) {
                    people.push(Command::create(
                        id,
                        vec![PersonField::Name(name.to_owned())],
                    ));
                }
            }
            for (name, minor) in COSTS.into_iter().zip(draft.costs()) {
                if let (Some(minor), Some(total)) =
                    (minor, self.totals.get_mut(&(name, draft.currency)))
                {
                    total.in_commands += i128::from(minor);
                }
            }
            draft.into_commands(&mut commands);
        }
        people.append(&mut commands);
        self.summary.count_made(&people);
        self.summary.control_totals = self.totals.into_values().collect();
        if self.rounded > 0 {
            let note = format!(
                "{} amounts had parts of the smallest coin and were rounded to it",
                self.rounded
            );
            self.summary.notes.push(note);
        }
        self.warnings.sort();
        Imported {
            commands: batch("import projects", people),
            summary: self.summary,
            warnings: self.warnings,
        }
    }
}

/// The costs that are added up.
const COSTS: [&str; 2] = ["planned cost", "cost overrun"];

/// Control totals by the cost's name and currency.
type Totals = BTreeMap<(&'static str, Currency), ControlTotal>;

/// Adds a row's costs to the totals; those in `placed` stand in the commands.
fn count_costs(totals: &mut Totals, draft: &Draft, placed: [Option<i64>; 2]) {
    for ((name, minor), placed) in COSTS.into_iter().zip(draft.costs()).zip(placed) {
        let Some(minor) = minor.map(i128::from) else {
            continue;
        };
        let total = totals
            .entry((name, draft.currency))
            .or_insert_with(|| ControlTotal {
                name: name.to_owned(),
                currency: draft.currency.code(),
                ..ControlTotal::default()
            });
        total.rows += 1;
        total.in_file += minor;
        if placed.is_some() {
            total.placed += minor;
        } else {
            total.left_out += minor;
        }
    }
}

/// Returns the id of the project with a key.
pub(super) fn project_id(key: &str) -> RecordId {
    RecordId::derived(&format!("import/projects/{key}"))
}

/// Returns the id of a project's milestone.
fn milestone_id(key: &str, name: &str) -> RecordId {
    RecordId::derived(&format!(
        "import/projects/{key}/milestone/{}",
        name.to_lowercase()
    ))
}

#[cfg(test)]
mod tests;
