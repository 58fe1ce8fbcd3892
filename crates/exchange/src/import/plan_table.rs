//! Plans from tables: tasks with their hierarchy and dependencies, as Jira, Smartsheet and Asana export them.
//!
//! A task's parent is named by key or name, by an outline level, or by the levels that a workbook groups its rows in.
//! Dependencies are row numbers or keys with kind and lag ("3FS +2d, 7SS"), or issues that are blocked. Ids are derived
//! from project and key, so the file again sets the same records. The one rule: a parent or predecessor that is not in
//! the file is named and left out; its task is kept.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::RecordId;
use adjutant_model::Command;
use adjutant_model::people::{PersonField, PersonId};
use adjutant_model::project::ProjectField;
use adjutant_model::quantity::{Days, Offset, Percent};
use adjutant_model::schedule::LinkKind;
use adjutant_model::task::{Constraint, DependencyField, TaskField};
use chrono::{Datelike as _, NaiveDate, Weekday};

use super::actions::project_key;
use super::cell::{DateOrder, cut, line};
use super::columns::{Header, Known, Row, Rows, find_header, normalised};
use super::csv_file::CsvFile;
use super::{ImportError, Imported, OnProgress, Summary, Warnings, batch, first_that_fits};

/// What a person or a program knows of the file that it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableOptions {
    /// The file's name, kept as the records' source; without its end the name of a project that the file does not name.
    pub file_name: String,
    /// The order of day and month in dates like 3/5/2026, where the dates of the file do not tell.
    pub date_order: Option<DateOrder>,
    /// Projects that are here, by name or code as [`project_key`] makes it.
    pub projects: BTreeMap<String, RecordId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Key,
    Name,
    Project,
    Parent,
    Level,
    Start,
    Finish,
    Duration,
    Predecessors,
    Percent,
    State,
    Owner,
}

const COLUMNS: &[Known<'static, Column>] = &[
    (
        Column::Key,
        &["issuekey", "taskid", "key", "id", "rownumber"],
    ),
    (
        Column::Name,
        &["summary", "taskname", "name", "task", "title"],
    ),
    (Column::Project, &["projectname", "project", "projects"]),
    (
        Column::Parent,
        &[
            "parentkey",
            "parent",
            "parenttask",
            "epiclink",
            "customfieldepiclink",
        ],
    ),
    (
        Column::Level,
        &["outlinelevel", "level", "indent", "hierarchylevel"],
    ),
    (Column::Start, &["start", "startdate", "plannedstartdate"]),
    (
        Column::Finish,
        &["finish", "enddate", "end", "duedate", "plannedenddate"],
    ),
    (Column::Duration, &["duration"]),
    (
        Column::Predecessors,
        &[
            "predecessors",
            "predecessor",
            "blockedbydependencies",
            "dependencies",
        ],
    ),
    (Column::Percent, &["complete", "percentcomplete"]),
    (Column::State, &["status", "state"]),
    (Column::Owner, &["assignee", "assignedto", "owner"]),
];

/// Jira's column of issues that wait for this one; it stands as often as the issue with most of them needs it.
const BLOCKS: &str = "outwardissuelinkblocks";

/// Turns a table of tasks into one batch of commands.
///
/// Cost: linear in the size of the file, logarithmic in the number of tasks.
///
/// # Errors
/// [`ImportError`] if the file cannot be read as a table, has no header of a plan, or the user ended it.
pub fn import(
    bytes: &[u8],
    options: &TableOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    first_that_fits(bytes, |file| read(file, options, &mut *on_progress))
}

fn read(
    file: &CsvFile<'_>,
    options: &TableOptions,
    on_progress: OnProgress<'_>,
) -> Result<Imported, ImportError> {
    let wanted = "columns for the task's name and its parent, level, start, finish, duration or predecessors";
    let (header, records) = find_header(file, COLUMNS, wanted, |header: &Header<Column>| {
        let second = [
            Column::Parent,
            Column::Level,
            Column::Start,
            Column::Finish,
            Column::Duration,
            Column::Predecessors,
        ];
        header.has(Column::Name) && second.iter().any(|column| header.has(*column))
    })?;
    let days: Vec<usize> = [Column::Start, Column::Finish]
        .into_iter()
        .filter_map(|column| header.place(column))
        .collect();
    let sample: Vec<_> = records.clone().filter_map(Result::ok).take(5_000).collect();
    let cells = sample
        .iter()
        .flat_map(|record| days.iter().filter_map(|place| record.cells.get(*place)));
    let mut import = Import {
        options,
        header: &header,
        date_order: DateOrder::common(cells.map(AsRef::as_ref)).or(options.date_order),
        tasks: Vec::new(),
        keys: BTreeMap::new(),
        names: BTreeMap::new(),
        summary: Summary {
            form: if normalised(header.name(Column::Key)) == "issuekey" {
                "issues of Jira as a plan"
            } else {
                "a plan as a table"
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
        import.take(file, &row);
    }
    import.summary.rows = rows.count();
    Ok(import.finish())
}

/// A row as it was read; what it refers to is found when all rows are known.
struct Read {
    line: u64,
    key: String,
    name: String,
    project: String,
    parent: String,
    level: Option<i64>,
    start: Option<NaiveDate>,
    finish: Option<NaiveDate>,
    duration: Option<i64>,
    predecessors: String,
    blocks: Vec<String>,
    percent: i64,
    owner: String,
}

struct Import<'a> {
    options: &'a TableOptions,
    header: &'a Header<Column>,
    date_order: Option<DateOrder>,
    tasks: Vec<Read>,
    /// Places of tasks by key and by row number.
    keys: BTreeMap<String, usize>,
    /// Places of tasks by name; none where two have it.
    names: BTreeMap<String, Option<usize>>,
    summary: Summary,
    warnings: Warnings,
}

impl Import<'_> {
    fn take(&mut self, file: &CsvFile<'_>, row: &Row<'_, Column>) {
        let header = self.header;
        let name = header.line_of(&mut self.warnings, row, Column::Name);
        if name.is_empty() {
            self.warnings
                .add(row.line, "", "", "the row names no task; it was left out");
            self.summary.leave_out("no name");
            return;
        }
        let mut key = line(row.get(Column::Key));
        cut(&mut key);
        if key.is_empty() {
            // Predecessors are the numbers of the rows under the header.
            key = row.line.saturating_sub(self.header.line()).to_string();
        }
        let place = self.tasks.len();
        if self.keys.contains_key(&key) {
            self.warnings.add(
                row.line,
                "",
                &key,
                "is the key of an earlier task; the row was left out",
            );
            self.summary.leave_out("the task stands on an earlier line");
            return;
        }
        self.keys.insert(key.clone(), place);
        self.names
            .entry(normalised(&name))
            .and_modify(|known| *known = None)
            .or_insert(Some(place));
        let task = self.read(file, row, (key, name));
        self.tasks.push(task);
        self.summary.rows_used += 1;
    }

    fn read(
        &mut self,
        file: &CsvFile<'_>,
        row: &Row<'_, Column>,
        (key, name): (String, String),
    ) -> Read {
        let short = |column: Column| {
            let mut text = line(row.get(column));
            cut(&mut text);
            text
        };
        let level = row.get(Column::Level).trim_end_matches(".0").parse().ok();
        let state = normalised(row.get(Column::State));
        let is_done = matches!(
            state.as_str(),
            "done" | "complete" | "completed" | "closed" | "resolved"
        );
        let blocks = self.header.places_named(BLOCKS).into_iter();
        let blocks = blocks.map(|place| line(row.at(place)));
        Read {
            line: row.line,
            key,
            name,
            project: short(Column::Project),
            parent: short(Column::Parent),
            level: level.or_else(|| file.level(row.line)),
            start: self.day(row, Column::Start),
            finish: self.day(row, Column::Finish),
            duration: self.duration(row),
            predecessors: line(row.get(Column::Predecessors)),
            blocks: blocks.filter(|key| !key.is_empty()).collect(),
            percent: if is_done {
                100
            } else {
                percent(row.get(Column::Percent))
            },
            owner: short(Column::Owner),
        }
    }

    fn warn(&mut self, row: &Row<'_, Column>, column: Column, message: &str) {
        self.header.warn(&mut self.warnings, row, column, message);
    }

    fn day(&mut self, row: &Row<'_, Column>, column: Column) -> Option<NaiveDate> {
        let as_ordered = (column, self.date_order);
        self.header.day_of(&mut self.warnings, row, as_ordered)
    }

    fn duration(&mut self, row: &Row<'_, Column>) -> Option<i64> {
        let text = row.get(Column::Duration);
        if text.is_empty() {
            return None;
        }
        let days = working_days(text);
        if days.is_none() {
            self.warn(
                row,
                Column::Duration,
                "is not a duration like 5d or 2w; it was left out",
            );
        }
        days
    }

    /// Finds the task that is meant by key, row number or name.
    fn find(&self, text: &str) -> Option<usize> {
        let by_key = self.keys.get(text).copied();
        by_key.or_else(|| self.names.get(&normalised(text)).copied().flatten())
    }

    fn finish(mut self) -> Imported {
        let tasks = std::mem::take(&mut self.tasks);
        let parents = self.parents(&tasks);
        let links = self.links(&tasks);
        let (project_of, projects) = self.projects(&tasks);
        let mut people: BTreeMap<RecordId, String> = BTreeMap::new();
        let ids: Vec<RecordId> = tasks
            .iter()
            .zip(&project_of)
            .map(|(task, project)| {
                RecordId::derived(&format!("import/plan table/{project}/{}", task.key))
            })
            .collect();
        let summaries: BTreeSet<usize> = parents.iter().flatten().copied().collect();
        let linked: BTreeSet<usize> = links.iter().map(|link| link.to).collect();
        let mut made = Vec::new();
        for (place, task) in tasks.iter().enumerate() {
            let (Some(id), Some(project)) = (ids.get(place), project_of.get(place)) else {
                continue;
            };
            let parent = parents
                .get(place)
                .copied()
                .flatten()
                .and_then(|at| ids.get(at))
                .copied();
            let shape = (summaries.contains(&place), linked.contains(&place));
            let mut fields = self.fields(task, *project, shape);
            fields.push(TaskField::Position(format!("a{place:06}")));
            fields.extend(parent.map(|parent| TaskField::Parent(Some(parent))));
            if !task.owner.is_empty() {
                let person = PersonId::of_name(&task.owner);
                people.entry(person.0).or_insert_with(|| task.owner.clone());
                fields.push(TaskField::Owner(Some(person)));
            }
            made.push(Command::create(*id, fields));
        }
        for link in links {
            let ends = ids
                .get(link.from)
                .zip(ids.get(link.to))
                .zip(project_of.get(link.to));
            if let Some(((from, to), project)) = ends {
                made.push(link.command(*from, *to, *project));
            }
        }
        let mut commands: Vec<Command> = people
            .into_iter()
            .map(|(id, name)| Command::create(id, vec![PersonField::Name(name)]))
            .collect();
        commands.extend(projects);
        commands.append(&mut made);
        self.summary.count_made(&commands);
        self.warnings.sort();
        Imported {
            commands: batch("import plan", commands),
            summary: self.summary,
            warnings: self.warnings,
        }
    }

    /// Returns the project of each task, and the commands that make those which are not here.
    fn projects(&self, tasks: &[Read]) -> (Vec<RecordId>, Vec<Command>) {
        let file = &self.options.file_name;
        let stem = file
            .rsplit_once('.')
            .map_or(file.as_str(), |(stem, _)| stem);
        let stem = if stem.trim().is_empty() { "Plan" } else { stem };
        let mut made: BTreeMap<RecordId, (String, u64)> = BTreeMap::new();
        let mut of_tasks = Vec::new();
        for task in tasks {
            let name = if task.project.is_empty() {
                stem
            } else {
                &task.project
            };
            let known = self.options.projects.get(&project_key(name)).copied();
            of_tasks.push(known.unwrap_or_else(|| {
                let id = super::projects::project_id(name);
                made.entry(id)
                    .or_insert_with(|| (name.to_owned(), task.line));
                id
            }));
        }
        let commands = made.into_iter().map(|(id, (name, line))| {
            let fields = vec![
                ProjectField::Name(name.clone()),
                ProjectField::ExternalKey(name),
                ProjectField::Source(format!("{file}, line {line}")),
            ];
            Command::create(id, fields)
        });
        (of_tasks, commands.collect())
    }

    /// Returns the place of each task's parent.
    fn parents(&mut self, tasks: &[Read]) -> Vec<Option<usize>> {
        let mut open: Vec<(i64, usize)> = Vec::new();
        let mut parents: Vec<Option<usize>> = Vec::new();
        for (place, task) in tasks.iter().enumerate() {
            let by_level = task.level.and_then(|level| {
                open.retain(|(known, _)| *known < level);
                let parent = open.last().map(|(_, parent)| *parent);
                open.push((level, place));
                parent
            });
            if task.parent.is_empty() {
                parents.push(by_level);
                continue;
            }
            let named = self.find(&task.parent).filter(|at| *at != place);
            let is_ring = named.is_some_and(|at| {
                let mut above = Some(at);
                let mut steps = 0_usize;
                while let Some(at) = above.filter(|_| steps <= tasks.len()) {
                    if at == place {
                        return true;
                    }
                    above = parents.get(at).copied().flatten();
                    steps += 1;
                }
                false
            });
            if named.is_none() || is_ring {
                let message =
                    "is no task of the file that can be the parent; the task stands on its own";
                self.warnings.add(
                    task.line,
                    self.header.name(Column::Parent),
                    &task.parent,
                    message,
                );
            }
            parents.push(named.filter(|_| !is_ring));
        }
        parents
    }

    /// Returns the links between tasks, each pair once.
    fn links(&mut self, tasks: &[Read]) -> Vec<Link> {
        let mut links = Vec::new();
        let mut known = BTreeSet::new();
        for (to, task) in tasks.iter().enumerate() {
            let tokens = task.predecessors.split([',', ';']).map(str::trim);
            for token in tokens.filter(|token| !token.is_empty()) {
                let found = self.predecessor(token).filter(|link| link.from != to);
                let Some(link) = found else {
                    let message = "is no other task of the file; the dependency was left out";
                    let column = self.header.name(Column::Predecessors);
                    self.warnings.add(task.line, column, token, message);
                    continue;
                };
                if known.insert((link.from, to)) {
                    links.push(Link { to, ..link });
                }
            }
        }
        for (from, task) in tasks.iter().enumerate() {
            for key in &task.blocks {
                match self.keys.get(key).copied().filter(|to| *to != from) {
                    Some(to) if known.insert((from, to)) => links.push(Link {
                        from,
                        to,
                        kind: LinkKind::FinishToStart,
                        lag: 0,
                    }),
                    Some(_) => {}
                    None => {
                        let message = "is no other issue of the file; the link was left out";
                        self.warnings.add(task.line, "blocks", key, message);
                    }
                }
            }
        }
        links
    }

    /// Reads a predecessor like `3FS +2d`, `NET-4` or a task's name.
    fn predecessor(&self, token: &str) -> Option<Link> {
        let mut link = Link {
            from: 0,
            to: 0,
            kind: LinkKind::FinishToStart,
            lag: 0,
        };
        if let Some(from) = self.find(token) {
            return Some(Link { from, ..link });
        }
        let digits = token.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, rest) = token.split_at_checked(digits)?;
        link.from = self.keys.get(number).copied()?;
        let (kind, lag) = rest.split_at_checked(2)?;
        link.kind = match kind.to_uppercase().as_str() {
            "FS" => LinkKind::FinishToStart,
            "SS" => LinkKind::StartToStart,
            "FF" => LinkKind::FinishToFinish,
            "SF" => LinkKind::StartToFinish,
            _ => return None,
        };
        let lag = lag.replace(' ', "");
        let size = lag.trim_start_matches(['+', '-']);
        if !size.is_empty() {
            let days = working_days(size)?;
            link.lag = if lag.starts_with('-') { -days } else { days };
        }
        Some(link)
    }

    fn fields(
        &self,
        task: &Read,
        project: RecordId,
        (is_summary, is_linked): (bool, bool),
    ) -> Vec<TaskField> {
        let mut fields = vec![
            TaskField::Project(Some(project)),
            TaskField::Name(task.name.clone()),
            TaskField::ExternalKey(task.key.clone()),
            TaskField::Source(format!("{}, line {}", self.options.file_name, task.line)),
        ];
        if task.percent > 0 {
            fields.push(TaskField::Percent(Percent(task.percent)));
        }
        // The dates of a summary follow from what is below it.
        if is_summary {
            return fields;
        }
        let spanned = task
            .start
            .zip(task.finish)
            .and_then(|(from, to)| weekdays(from, to));
        let days = task.duration.or(spanned);
        fields.extend(days.map(|days| TaskField::Duration(Some(Days(days)))));
        let held = match (task.start, task.finish) {
            (Some(start), _) if !is_linked => Some((Constraint::StartNoEarlier, start)),
            (None, Some(finish)) => Some((Constraint::FinishBy, finish)),
            (Some(_) | None, _) => None,
        };
        if let Some((constraint, day)) = held {
            fields.push(TaskField::Constraint(constraint));
            fields.push(TaskField::ConstraintDay(Some(day)));
        }
        fields
    }
}

/// A dependency between two rows.
struct Link {
    from: usize,
    to: usize,
    kind: LinkKind,
    lag: i64,
}

impl Link {
    fn command(&self, from: RecordId, to: RecordId, project: RecordId) -> Command {
        let lag = self.lag.clamp(*Offset::RANGE.start(), *Offset::RANGE.end());
        Command::create(
            RecordId::derived(&format!("import/plan table/link/{from}/{to}")),
            vec![
                DependencyField::Project(Some(project)),
                DependencyField::Predecessor(Some(from)),
                DependencyField::Successor(Some(to)),
                DependencyField::Kind(self.kind),
                DependencyField::Lag(Offset(lag)),
            ],
        )
    }
}

/// Reads a duration in whole working days, what is left of a day counts as one: `5d`, `~2w`, `4h`, `3 days`, `5`.
fn working_days(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('~').trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != ',');
    let (number, unit) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let (hundredths, _) = super::cell::Decimal::parse(&number.replace(',', "."))?.shifted(2)?;
    let hundredths_of_days = match unit.trim().to_lowercase().as_str() {
        "" | "d" | "day" | "days" | "ed" => hundredths,
        "w" | "wk" | "week" | "weeks" => hundredths.checked_mul(5)?,
        "h" | "hr" | "hour" | "hours" => hundredths.checked_add(7)?.checked_div(8)?,
        "m" | "min" => hundredths.checked_add(479)?.checked_div(480)?,
        _ => return None,
    };
    let days = hundredths_of_days.checked_add(99)?.checked_div(100)?;
    Days::RANGE.contains(&days).then_some(days)
}

/// Returns the weekdays from one day to another, both included.
fn weekdays(from: NaiveDate, to: NaiveDate) -> Option<i64> {
    let days = to.signed_duration_since(from).num_days();
    if !(0..=20_000).contains(&days) {
        return None;
    }
    let is_worked = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let count = from
        .iter_days()
        .take_while(|day| *day <= to)
        .filter(is_worked)
        .count();
    i64::try_from(count.max(1)).ok()
}

/// Reads a share done: `50%`, `0.5` as a sheet holds it.
fn percent(text: &str) -> i64 {
    let is_signed = text.ends_with('%');
    let number = super::cell::Decimal::parse(text.trim_end_matches('%').trim());
    let Some((hundredths, _)) = number.and_then(|number| number.shifted(2)) else {
        return 0;
    };
    let share = if is_signed || hundredths > 100 {
        hundredths / 100
    } else {
        hundredths
    };
    share.clamp(0, 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_says_its_hierarchy_by_how_it_groups_rows() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let rows = [
            ("Task Name", "Finish"),
            ("Phase", ""),
            ("Step", "2026-12-04"),
            ("Detail", "2026-12-03"),
            ("Next", "2026-12-08"),
        ];
        for (row, (name, finish)) in (0_u32..).zip(rows) {
            sheet.write_string(row, 0, name).unwrap();
            sheet.write_string(row, 1, finish).unwrap();
        }
        sheet.group_rows(2, 3).unwrap();
        sheet.group_rows(3, 3).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let options = TableOptions {
            file_name: "Plan.xlsx".to_owned(),
            ..TableOptions::default()
        };
        let imported = import(&bytes, &options, &mut super::super::keep_going).unwrap();
        let [Command::Batch { commands, .. }] = imported.commands.as_slice() else {
            panic!("one batch");
        };
        let mut parents = Vec::new();
        let mut ids = Vec::new();
        for command in commands {
            let Command::Create {
                id,
                fields: adjutant_model::Fields::Task(fields),
            } = command
            else {
                continue;
            };
            ids.push(*id);
            let parent = |field: &TaskField| {
                if let TaskField::Parent(parent) = field {
                    return *parent;
                }
                None
            };
            parents.push(fields.iter().find_map(parent));
        }
        assert_eq!(parents, [None, Some(ids[0]), Some(ids[1]), None]);
    }

    #[test]
    fn durations_and_shares_are_read_as_programs_write_them() {
        for (text, days) in [
            ("5d", Some(5)),
            ("~2w", Some(10)),
            ("4h", Some(1)),
            ("9h", Some(2)),
            ("0", Some(0)),
            ("1.5 days", Some(2)),
            ("5 moons", None),
            ("", None),
        ] {
            assert_eq!(working_days(text), days, "{text}");
        }
        for (text, share) in [
            ("50%", 50),
            ("0.25", 25),
            ("1", 100),
            ("75", 75),
            ("x", 0),
            ("1%", 1),
        ] {
            assert_eq!(percent(text), share, "{text}");
        }
    }
}
