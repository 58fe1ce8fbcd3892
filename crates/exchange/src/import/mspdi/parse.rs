//! The parts of a project file that are taken, read as they come by; everything else takes no memory.
//!
//! Document type declarations are not followed, so entities of the file's own stay as they are written. The one rule:
//! depth, records and the size of a text have a limit.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use adjutant_base::limits;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::super::cell::entities;
use super::super::csv_file::FileError;
use super::super::{ImportError, shortened};

/// Elements inside each other.
const MOST_DEPTH: usize = 64;
/// Fields that one record keeps.
const MOST_FIELDS: usize = 400;
/// Records between two reports of progress.
const PROGRESS_RECORDS: usize = 200;

/// Simple fields of one record, and the line on which it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) line: u64,
    values: BTreeMap<String, String>,
}

impl Fields {
    /// Returns a field's text; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Returns a field as a whole number.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.get(name).parse().ok()
    }

    /// Tells whether a field says yes.
    pub(super) fn is_set(&self, name: &str) -> bool {
        matches!(self.get(name), "1" | "true")
    }

    fn set(&mut self, name: &str, text: &str) {
        // The first of two wins; a record has one name.
        if self.values.len() < MOST_FIELDS && !text.is_empty() {
            self.values
                .entry(name.to_owned())
                .or_insert_with(|| text.to_owned());
        }
    }
}

/// A task with what stands inside it.
#[derive(Debug, Clone, Default)]
pub(super) struct TaskNode {
    pub(super) fields: Fields,
    pub(super) links: Vec<Fields>,
    pub(super) baselines: Vec<Fields>,
}

/// A calendar with its weekdays and exceptions.
#[derive(Debug, Clone, Default)]
pub(super) struct CalendarNode {
    pub(super) fields: Fields,
    pub(super) weekdays: Vec<Fields>,
    pub(super) exceptions: Vec<Fields>,
}

/// What was taken of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Parsed {
    pub(super) is_project: bool,
    pub(super) project: Fields,
    pub(super) calendars: Vec<CalendarNode>,
    pub(super) tasks: Vec<TaskNode>,
    pub(super) resources: Vec<Fields>,
    pub(super) assignments: Vec<Fields>,
}

impl Parsed {
    fn records(&self) -> usize {
        self.calendars.len() + self.tasks.len() + self.resources.len() + self.assignments.len()
    }
}

/// Reads a project file.
pub(super) fn parse(
    text: &str,
    on_progress: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Parsed, ImportError> {
    let mut reader = Reader::from_str(text);
    let mut walk = Walk {
        text,
        parsed: Parsed::default(),
        stack: Vec::new(),
        content: String::new(),
        line: 1,
        line_at: 0,
    };
    let mut told = 0;
    loop {
        let at = position(&reader);
        let event = reader.read_event().map_err(|error| {
            let line = walk.line_of(position(&reader));
            broken(line, &error.to_string())
        })?;
        match event {
            Event::Start(element) => walk.start(element.local_name().as_ref(), at)?,
            Event::Empty(element) => {
                walk.start(element.local_name().as_ref(), at)?;
                walk.end()?;
            }
            Event::End(_) => walk.end()?,
            Event::Text(text) => walk.add(&text),
            Event::CData(text) => walk.add(&text),
            Event::GeneralRef(name) => walk.add(&entities(&format!("&{};", &*name))),
            Event::Eof if walk.stack.is_empty() => break,
            Event::Eof => {
                let line = walk.line_of(text.len());
                return Err(broken(line, "the file ends in the middle"));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
        let records = walk.parsed.records();
        if records >= told + PROGRESS_RECORDS {
            told = records;
            if on_progress(at, records) == ControlFlow::Break(()) {
                return Err(ImportError::Cancelled);
            }
        }
    }
    Ok(walk.parsed)
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn broken(line: u64, reason: &str) -> ImportError {
    ImportError::File(FileError::Xml {
        line,
        reason: shortened(reason),
    })
}

struct Walk<'t> {
    text: &'t str,
    parsed: Parsed,
    /// Names of the elements that are open.
    stack: Vec<String>,
    /// Text of the innermost element.
    content: String,
    line: u64,
    line_at: usize,
}

impl Walk<'_> {
    /// Returns the line of a place; places only go forward.
    fn line_of(&mut self, at: usize) -> u64 {
        let passed = self.text.get(self.line_at..at).unwrap_or_default();
        let breaks = passed.matches('\n').count();
        self.line += u64::try_from(breaks).unwrap_or(0);
        self.line_at = self.line_at.max(at);
        self.line
    }

    fn add(&mut self, text: &str) {
        // A field longer than that is not one that is taken.
        if self.content.len() + text.len() <= limits::VALUE_BYTES {
            self.content.push_str(text);
        }
    }

    fn start(&mut self, name: &str, at: usize) -> Result<(), ImportError> {
        let line = self.line_of(at);
        if self.stack.len() >= MOST_DEPTH {
            return Err(broken(
                line,
                "more elements stand inside each other than a project has",
            ));
        }
        if self.parsed.records() > limits::IMPORT_ROWS {
            return Err(ImportError::File(FileError::TooManyRows));
        }
        self.stack.push(name.to_owned());
        self.content.clear();
        let path: Vec<&str> = self.stack.iter().map(String::as_str).collect();
        begin(&mut self.parsed, &path, line)
    }

    fn end(&mut self) -> Result<(), ImportError> {
        let content = std::mem::take(&mut self.content);
        let content = content.trim();
        let path: Vec<&str> = self.stack.iter().map(String::as_str).collect();
        let record = record_of(&mut self.parsed, &path);
        if let Some((fields, name)) = record {
            fields.set(name, content);
        }
        if self.stack.pop().is_none() {
            return Err(broken(self.line, "an element ends that did not begin"));
        }
        Ok(())
    }
}

/// Begins a record, if the element at this path is one.
fn begin(parsed: &mut Parsed, path: &[&str], line: u64) -> Result<(), ImportError> {
    let fields = || Fields {
        line,
        ..Fields::default()
    };
    match path {
        ["Project"] => {
            parsed.is_project = true;
            parsed.project.line = line;
        }
        ["Project", "Tasks", "Task"] => parsed.tasks.push(TaskNode {
            fields: fields(),
            ..TaskNode::default()
        }),
        [
            "Project",
            "Tasks",
            "Task",
            inner @ ("PredecessorLink" | "Baseline"),
        ] => {
            if let Some(task) = parsed.tasks.last_mut() {
                let list = if *inner == "Baseline" {
                    &mut task.baselines
                } else {
                    &mut task.links
                };
                if list.len() >= limits::IMPORT_ROWS {
                    return Err(ImportError::File(FileError::TooManyRows));
                }
                list.push(fields());
            }
        }
        ["Project", "Calendars", "Calendar"] => parsed.calendars.push(CalendarNode {
            fields: fields(),
            ..CalendarNode::default()
        }),
        [
            "Project",
            "Calendars",
            "Calendar",
            outer,
            "WeekDay" | "Exception",
        ] => {
            if let Some(calendar) = parsed.calendars.last_mut() {
                let list = match *outer {
                    "WeekDays" => &mut calendar.weekdays,
                    "Exceptions" => &mut calendar.exceptions,
                    _ => return Ok(()),
                };
                if list.len() >= limits::IMPORT_ROWS {
                    return Err(ImportError::File(FileError::TooManyRows));
                }
                list.push(fields());
            }
        }
        ["Project", "Resources", "Resource"] => parsed.resources.push(fields()),
        ["Project", "Assignments", "Assignment"] => parsed.assignments.push(fields()),
        _ => {}
    }
    Ok(())
}

/// Returns the record that the element at this path is a field of, and the field's name.
fn record_of<'p>(parsed: &'p mut Parsed, path: &[&'p str]) -> Option<(&'p mut Fields, &'p str)> {
    match path {
        ["Project", name] => Some((&mut parsed.project, *name)),
        ["Project", "Tasks", "Task", inner @ ..] => task_field(parsed.tasks.last_mut()?, inner),
        ["Project", "Calendars", "Calendar", inner @ ..] => {
            calendar_field(parsed.calendars.last_mut()?, inner)
        }
        ["Project", "Resources", "Resource", name] => Some((parsed.resources.last_mut()?, *name)),
        ["Project", "Assignments", "Assignment", name] => {
            Some((parsed.assignments.last_mut()?, *name))
        }
        _ => None,
    }
}

fn task_field<'p>(task: &'p mut TaskNode, path: &[&'p str]) -> Option<(&'p mut Fields, &'p str)> {
    match path {
        [name] => Some((&mut task.fields, *name)),
        ["PredecessorLink", name] => Some((task.links.last_mut()?, *name)),
        ["Baseline", name] => Some((task.baselines.last_mut()?, *name)),
        _ => None,
    }
}

fn calendar_field<'p>(
    node: &'p mut CalendarNode,
    path: &[&'p str],
) -> Option<(&'p mut Fields, &'p str)> {
    match path {
        [name] => Some((&mut node.fields, *name)),
        // The days of a time period belong to its weekday or exception.
        ["WeekDays", "WeekDay", name] | ["WeekDays", "WeekDay", "TimePeriod", name] => {
            Some((node.weekdays.last_mut()?, *name))
        }
        ["Exceptions", "Exception", name] | ["Exceptions", "Exception", "TimePeriod", name] => {
            Some((node.exceptions.last_mut()?, *name))
        }
        _ => None,
    }
}
