//! Microsoft Project XML as commands: a project with its calendar, tasks, links, milestones and baselines.
//!
//! Ids are derived from the project's key and the file's own numbers, so importing the file again sets the same records.
//! What each becomes: a task a task (outline levels become parents, durations whole working days), a task marked as
//! milestone also a milestone with its baseline, forecast and day; a link a dependency with its lag; each numbered
//! baseline a baseline with a row a task; base calendars calendars with their exceptions; the first resource of a task
//! its owner. The one rule: every task, link, baseline and calendar of the file is made or counted as left out.
//!
//! Source: Microsoft's `mspdi` schema: lags and slacks in tenths of a minute, costs in hundredths of the unit.

mod calendars;
mod convert;
mod parse;
mod tasks;

use std::collections::BTreeMap;

use adjutant_base::RecordId;
use adjutant_model::Command;
use adjutant_model::money::Currency;
use adjutant_model::people::{PersonField, PersonId};
use adjutant_model::project::ProjectField;
use adjutant_model::value::Prose;

use super::cell::{cut, line};
use super::csv_file::{FileError, text_of};
use super::{ImportError, Imported, OnProgress, Progress, Summary, Warnings, batch};
use parse::{Fields, Parsed};

/// What a person knows of the file that it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanOptions {
    /// The file's name, kept as the records' source.
    pub file_name: String,
    /// The currency where the file gives none; euros if not said.
    pub currency: Option<Currency>,
}

/// Returns the id of the project of a file, by the file's key.
pub(crate) fn project_id(key: &str) -> RecordId {
    RecordId::derived(&format!("import/mspdi/{key}"))
}

/// Returns the id of a part of a project, by the file's key, the part's kind and its number in the file.
pub(crate) fn part_id(key: &str, kind: &str, number: &str) -> RecordId {
    RecordId::derived(&format!("import/mspdi/{key}/{kind}/{number}"))
}

/// Tells whether the bytes look like Microsoft Project XML.
pub fn is_plan(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(4_096)).unwrap_or(bytes);
    text_of(start).is_ok_and(|text| text.contains("schemas.microsoft.com/project"))
}

/// Turns a file of Microsoft Project XML into one batch of commands.
///
/// Cost: linear in the size of the file.
///
/// # Errors
/// [`ImportError`] if it is no such file, is beyond a limit, or the user ended it.
pub fn import(
    bytes: &[u8],
    options: &PlanOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let text = text_of(bytes)?;
    let parsed = parse::parse(&text, &mut |bytes_done, rows| {
        let bytes_total = text.len();
        on_progress(Progress {
            bytes_done,
            bytes_total,
            rows,
        })
    })?;
    if !parsed.is_project {
        return Err(ImportError::File(FileError::OtherKind {
            kind: "an XML file that is no project",
            remedy: "save the project as XML in Microsoft Project",
        }));
    }
    Ok(Import::new(&parsed, options).run())
}

/// The import of one file.
struct Import<'a> {
    parsed: &'a Parsed,
    options: &'a PlanOptions,
    key: String,
    project: RecordId,
    currency: Currency,
    minutes_per_day: i64,
    /// Names of resources by the file's number.
    resources: BTreeMap<&'a str, &'a str>,
    people: BTreeMap<RecordId, String>,
    commands: Vec<Command>,
    summary: Summary,
    warnings: Warnings,
}

impl<'a> Import<'a> {
    fn new(parsed: &'a Parsed, options: &'a PlanOptions) -> Self {
        let project = &parsed.project;
        let key = [project.get("GUID"), project.get("UID"), project.get("Name")]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or(&options.file_name);
        let currency = Currency::from_code(project.get("CurrencyCode"));
        let minutes = project.get("MinutesPerDay").parse().ok();
        let resource = |fields: &'a Fields| (fields.get("UID"), fields.get("Name"));
        Self {
            parsed,
            options,
            key: key.to_owned(),
            project: project_id(key),
            currency: currency.or(options.currency).unwrap_or(Currency::EUR),
            minutes_per_day: minutes.filter(|minutes| *minutes > 0).unwrap_or(480),
            resources: parsed.resources.iter().map(resource).collect(),
            people: BTreeMap::new(),
            commands: Vec::new(),
            summary: Summary {
                form: "Microsoft Project XML",
                encoding: "XML",
                delimiter: ' ',
                ..Summary::default()
            },
            warnings: Warnings::default(),
        }
    }

    fn run(mut self) -> Imported {
        let calendar = self.calendars();
        self.project(calendar);
        self.tasks();
        let people = std::mem::take(&mut self.people).into_iter();
        let mut commands: Vec<Command> = people
            .map(|(id, name)| Command::create(id, vec![PersonField::Name(name)]))
            .collect();
        commands.append(&mut self.commands);
        self.summary.count_made(&commands);
        self.warnings.sort();
        Imported {
            commands: batch("import plan", commands),
            summary: self.summary,
            warnings: self.warnings,
        }
    }

    /// Returns the id of a part of the project, by its kind and the file's own number.
    fn id(&self, kind: &str, number: &str) -> RecordId {
        part_id(&self.key, kind, number)
    }

    /// Returns a text on one line, cut with a warning if it is longer than a line may be.
    fn line(&mut self, fields: &Fields, name: &str) -> String {
        let mut text = line(fields.get(name));
        if cut(&mut text) {
            let message = "is longer than the 1,000 characters of one line; it was cut";
            self.warnings.add(fields.line, name, &text, message);
        }
        text
    }

    fn prose(&mut self, fields: &Fields, name: &str) -> Option<Prose> {
        let text = fields.get(name).trim();
        let most = adjutant_base::limits::PROSE_CHARACTERS;
        if text.chars().count() > most {
            let message = "is longer than notes may be; it was cut";
            self.warnings.add(fields.line, name, text, message);
        }
        (!text.is_empty()).then(|| Prose(text.chars().take(most).collect()))
    }

    /// Returns the person with this name, who is made with the rest.
    fn person(&mut self, name: &str) -> Option<PersonId> {
        let mut name = line(name);
        cut(&mut name);
        if name.is_empty() {
            return None;
        }
        let person = PersonId::of_name(&name);
        self.people.entry(person.0).or_insert(name);
        Some(person)
    }

    fn source(&self, line: u64) -> String {
        format!("{}, line {line}", self.options.file_name)
    }

    fn project(&mut self, calendar: Option<RecordId>) {
        let parsed = self.parsed;
        let fields = &parsed.project;
        let mut name = self.line(fields, "Title");
        if name.is_empty() {
            let file = self.line(fields, "Name");
            let stem = file
                .rsplit_once('.')
                .map_or(file.as_str(), |(stem, _)| stem);
            stem.clone_into(&mut name);
        }
        if name.is_empty() {
            name.clone_from(&self.options.file_name);
        }
        if name.trim().is_empty() {
            "Project".clone_into(&mut name);
        }
        let mut made = vec![
            ProjectField::Name(name),
            ProjectField::ExternalKey(self.key.chars().take(1_000).collect()),
            ProjectField::Source(self.source(1)),
            ProjectField::Currency(self.currency),
        ];
        let start = self.day(fields, "StartDate");
        made.extend(start.map(|day| ProjectField::Start(Some(day))));
        let target = self.day(fields, "FinishDate");
        made.extend(target.map(|day| ProjectField::Target(Some(day))));
        let manager = self.person(fields.get("Manager"));
        made.extend(manager.map(|person| ProjectField::Owner(Some(person))));
        made.extend(calendar.map(|id| ProjectField::Calendar(Some(id))));
        self.commands.push(Command::create(self.project, made));
    }
}

#[cfg(test)]
mod tests;
