//! Action items as commands: a department's own list, and what Jira, Asana, Smartsheet and ServiceNow export.
//!
//! Columns are known by many names, so one set of rules takes all of them. What each becomes:
//! - *key* (Issue key, Task ID, Number), else the title: the record's id is derived from it, so importing a row again,
//!   here or on another device, sets the same record's fields and makes nothing twice;
//! - *title* (Summary, Task Name, Short description), *state* (Status, % Complete, Resolved), *owner* (Assignee, Assigned
//!   To), *due* (Due Date, Finish), *priority*, *done on* (Completed At, Closed), *notes* (Description, Comments);
//! - *project* (Project name, Projects): the project here with that name or code, else it is made.
//!
//! Sources: the exports' own headers; repeated headers are multiple values, of which the first counts.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::RecordId;
use adjutant_model::Command;
use adjutant_model::action::{ActionField, ActionState, Priority};
use adjutant_model::people::{PersonField, PersonId};
use adjutant_model::project::ProjectField;
use adjutant_model::value::{FieldValue as _, Prose};
use chrono::NaiveDate;

use super::cell::{DateOrder, entities};
use super::columns::{Header, Known, Row, Rows, find_header, normalised};
use super::csv_file::{CsvFile, Records};
use super::{ImportError, Imported, OnProgress, Summary, Warnings, batch, first_that_fits};

/// What a person or a program knows of the file that it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActionOptions {
    /// The file's name, kept as the records' source.
    pub file_name: String,
    /// The order of day and month in dates like 3/5/2026, where the dates of the file do not tell.
    pub date_order: Option<DateOrder>,
    /// Projects that are here, by name or code as [`project_key`] makes it.
    pub projects: BTreeMap<String, RecordId>,
}

/// Returns the name or code of a project as [`ActionOptions::projects`] is asked for it: without case and punctuation.
pub fn project_key(name: &str) -> String {
    normalised(name)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Key,
    Title,
    State,
    Owner,
    Due,
    Priority,
    Project,
    DoneOn,
    Notes,
    Percent,
    /// Columns that tell one program's export from another's.
    Section,
}

const COLUMNS: &[Known<'static, Column>] = &[
    (
        Column::Key,
        &["issuekey", "taskid", "number", "key", "id", "actionid"],
    ),
    (
        Column::Title,
        &[
            "summary",
            "taskname",
            "shortdescription",
            "title",
            "action",
            "actionitem",
            "task",
            "name",
            "subject",
        ],
    ),
    (Column::State, &["status", "state"]),
    (
        Column::Owner,
        &["assignee", "assignedto", "owner", "responsible", "who"],
    ),
    (
        Column::Due,
        &[
            "duedate",
            "due",
            "finish",
            "enddate",
            "end",
            "deadline",
            "plannedenddate",
        ],
    ),
    (Column::Priority, &["priority"]),
    (Column::Project, &["projectname", "projects", "project"]),
    (
        Column::DoneOn,
        &[
            "doneon",
            "completedat",
            "completedon",
            "resolved",
            "resolvedat",
            "closed",
            "closedat",
        ],
    ),
    (
        Column::Notes,
        &["notes", "description", "comments", "comment"],
    ),
    (Column::Percent, &["complete", "percentcomplete"]),
    (Column::Section, &["sectioncolumn"]),
];

/// Turns a file of action items into one batch of commands.
///
/// Cost: linear in the size of the file.
///
/// # Errors
/// [`ImportError`] if the file cannot be read as a table, has no header with a title and a second column that is known,
/// or the user ended it.
pub fn import(
    bytes: &[u8],
    options: &ActionOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    first_that_fits(bytes, |file| read(file, options, &mut *on_progress))
}

fn read(
    file: &CsvFile<'_>,
    options: &ActionOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let second = [
        Column::State,
        Column::Owner,
        Column::Due,
        Column::Priority,
        Column::Key,
    ];
    let is_enough = |header: &Header<Column>| {
        header.has(Column::Title) && second.iter().any(|column| header.has(*column))
    };
    let wanted = "columns for what is to be done (\"title\", \"Summary\", \"Task Name\") and its state, owner or due date";
    let (header, records) = find_header(file, COLUMNS, wanted, is_enough)?;
    let mut import = Import {
        options,
        header: &header,
        date_order: common_order(&header, &records).or(options.date_order),
        keys: BTreeMap::new(),
        people: BTreeMap::new(),
        projects: BTreeMap::new(),
        commands: Vec::new(),
        summary: Summary {
            form: form(&header),
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

/// Returns what the header looks like.
fn form(header: &Header<Column>) -> &'static str {
    let is_called = |column: Column, name: &str| normalised(header.name(column)) == name;
    if is_called(Column::Key, "issuekey") {
        "issues of Jira"
    } else if header.has(Column::Section) {
        "tasks of Asana"
    } else if is_called(Column::Title, "shortdescription") {
        "records of ServiceNow"
    } else if is_called(Column::Title, "taskname") {
        "tasks of Smartsheet"
    } else {
        "actions"
    }
}

/// Returns the order of day and month that the file's dates agree on.
fn common_order(header: &Header<Column>, records: &Records<'_>) -> Option<DateOrder> {
    let records: Vec<_> = records.clone().filter_map(Result::ok).collect();
    let places: Vec<usize> = [Column::Due, Column::DoneOn]
        .into_iter()
        .filter_map(|column| header.place(column))
        .collect();
    let dates = records.iter().flat_map(|record| {
        places
            .iter()
            .filter_map(|place| record.cells.get(*place))
            .map(AsRef::as_ref)
    });
    DateOrder::common(dates)
}

/// What has been gathered of a file.
struct Import<'a> {
    options: &'a ActionOptions,
    header: &'a Header<Column>,
    date_order: Option<DateOrder>,
    /// Keys that rows had, with the line of the first.
    keys: BTreeMap<String, u64>,
    people: BTreeMap<RecordId, String>,
    /// Projects that are not here yet.
    projects: BTreeMap<RecordId, (String, u64)>,
    commands: Vec<Command>,
    summary: Summary,
    warnings: Warnings,
}

impl Import<'_> {
    fn take(&mut self, row: &Row<'_, Column>) {
        let title = self.line(row, Column::Title);
        if title.is_empty() {
            let message = "the row says nothing that is to be done; it was left out";
            self.warnings.add(row.line, "", "", message);
            self.summary.leave_out("no title");
            return;
        }
        let mut key = self.line(row, Column::Key);
        if key.is_empty() {
            key.clone_from(&title);
        }
        if let Some(earlier) = self.keys.get(&key) {
            let message = format!(
                "is the key or title of the action on line {earlier}; the row was left out. Actions of one title need a column \"key\""
            );
            self.warnings.add(row.line, "", &key, message);
            self.summary
                .leave_out("the action stands on an earlier line");
            return;
        }
        let mut fields = vec![
            ActionField::Title(title),
            ActionField::Source(format!("{}, line {}", self.options.file_name, row.line)),
        ];
        let done_on = self.date(row, Column::DoneOn);
        if let Some(state) = self.state(row, done_on.is_some()) {
            fields.push(ActionField::State(state));
            if let (ActionState::Done, Some(day)) = (state, done_on) {
                fields.push(ActionField::DoneOn(Some(day)));
            }
        }
        let owner = self.line(row, Column::Owner);
        if !owner.is_empty() {
            let person = PersonId::of_name(&owner);
            self.people.entry(person.0).or_insert(owner);
            fields.push(ActionField::Owner(Some(person)));
        }
        let due = self.date(row, Column::Due);
        fields.extend(due.map(|day| ActionField::Due(Some(day))));
        fields.extend(self.priority(row).map(ActionField::Priority));
        fields.extend(self.project(row).map(|id| ActionField::Project(Some(id))));
        fields.extend(self.notes(row).map(|text| ActionField::Notes(Prose(text))));
        let id = RecordId::derived(&format!("import/actions/{key}"));
        self.keys.insert(key, row.line);
        self.summary.rows_used += 1;
        self.commands.push(Command::create(id, fields));
    }

    fn warn(&mut self, row: &Row<'_, Column>, column: Column, message: &str) {
        self.header.warn(&mut self.warnings, row, column, message);
    }

    fn line(&mut self, row: &Row<'_, Column>, column: Column) -> String {
        self.header.line_of(&mut self.warnings, row, column)
    }

    fn date(&mut self, row: &Row<'_, Column>, column: Column) -> Option<NaiveDate> {
        let as_ordered = (column, self.date_order);
        self.header.day_of(&mut self.warnings, row, as_ordered)
    }

    /// Returns where the action stands; a day on which it was done says more than a word that is not known.
    fn state(&mut self, row: &Row<'_, Column>, is_done: bool) -> Option<ActionState> {
        let text = row.get(Column::State);
        let percent = row.get(Column::Percent).trim_end_matches('%').trim();
        let by_percent = match percent.parse::<f64>() {
            // A sheet holds 100 % as 1.
            Ok(share) if share >= 100.0 || (share - 1.0).abs() < f64::EPSILON => {
                Some(ActionState::Done)
            }
            Ok(share) if share > 0.0 => Some(ActionState::InProgress),
            Ok(_) | Err(_) => None,
        };
        if text.is_empty() {
            return by_percent.or(is_done.then_some(ActionState::Done));
        }
        let state = state_of(text).or(by_percent);
        if state.is_none() {
            let message = "is not a state like open, in progress, waiting, done or cancelled; it was left out";
            self.warn(row, Column::State, message);
        }
        state.or(is_done.then_some(ActionState::Done))
    }

    fn priority(&mut self, row: &Row<'_, Column>) -> Option<Priority> {
        let text = row.get(Column::Priority);
        if text.is_empty() {
            return None;
        }
        let priority = priority_of(text);
        if priority.is_none() {
            let message = "is not a priority like high, normal or low; it was left out";
            self.warn(row, Column::Priority, message);
        }
        priority
    }

    fn project(&mut self, row: &Row<'_, Column>) -> Option<RecordId> {
        let name = self.line(row, Column::Project);
        let key = project_key(&name);
        if key.is_empty() {
            return None;
        }
        if let Some(id) = self.options.projects.get(&key) {
            return Some(*id);
        }
        // The id that an import of projects gives a project without a key or code.
        let id = super::projects::project_id(&name);
        self.projects.entry(id).or_insert((name, row.line));
        Some(id)
    }

    fn notes(&mut self, row: &Row<'_, Column>) -> Option<String> {
        let text = entities(row.get(Column::Notes));
        let text = text.trim();
        let most = adjutant_base::limits::PROSE_CHARACTERS;
        if text.chars().count() > most {
            self.warn(
                row,
                Column::Notes,
                "is longer than notes may be; it was cut",
            );
        }
        (!text.is_empty()).then(|| text.chars().take(most).collect())
    }

    fn finish(mut self) -> Imported {
        let person = |(id, name)| Command::create(id, vec![PersonField::Name(name)]);
        let mut commands: Vec<Command> = self.people.into_iter().map(person).collect();
        let mut made = BTreeSet::new();
        for (id, (name, line)) in self.projects {
            made.insert(name.clone());
            let fields = vec![
                ProjectField::Name(name.clone()),
                ProjectField::ExternalKey(name),
                ProjectField::Source(format!("{}, line {line}", self.options.file_name)),
            ];
            commands.push(Command::create(id, fields));
        }
        commands.append(&mut self.commands);
        self.summary.count_made(&commands);
        self.warnings.sort();
        Imported {
            commands: batch("import actions", commands),
            summary: self.summary,
            warnings: self.warnings,
        }
    }
}

fn state_of(text: &str) -> Option<ActionState> {
    if let Ok(state) = ActionState::from_input(text) {
        return Some(state);
    }
    match normalised(text).as_str() {
        // Numbers are those of ServiceNow.
        "todo" | "new" | "backlog" | "notstarted" | "reopened" | "assigned" | "opened" | "1" => {
            Some(ActionState::Open)
        }
        "doing" | "inreview" | "workinprogress" | "started" | "ongoing" | "active" | "2" => {
            Some(ActionState::InProgress)
        }
        "blocked" | "onhold" | "pending" | "hold" | "awaiting" | "waitingforcustomer" | "3" => {
            Some(ActionState::Waiting)
        }
        "closed" | "resolved" | "complete" | "completed" | "finished" | "closedcomplete" | "6"
        | "7" => Some(ActionState::Done),
        "canceled" | "wontdo" | "wontfix" | "rejected" | "closedskipped" | "closedincomplete"
        | "8" => Some(ActionState::Cancelled),
        _ => None,
    }
}

fn priority_of(text: &str) -> Option<Priority> {
    if let Ok(priority) = Priority::from_input(text) {
        return Some(priority);
    }
    let name = normalised(text);
    // ServiceNow writes "1 - Critical".
    match name.trim_start_matches(|letter: char| letter.is_ascii_digit()) {
        "highest" | "critical" | "blocker" | "urgent" | "high" | "major" => Some(Priority::High),
        "medium" | "moderate" | "normal" => Some(Priority::Normal),
        "lowest" | "minor" | "trivial" | "planning" | "low" => Some(Priority::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
