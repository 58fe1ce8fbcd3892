//! One row as a draft of a project, and drafts as commands.
//!
//! Reads cells, warns of those that are not what their column wants, and derives the dates of the milestone. The one
//! rule: a cell that cannot be used costs that cell, never its row.

use adjutant_model::Command;
use adjutant_model::calendar::add_days;
use adjutant_model::money::{Amount, Currency, DecimalMark, parse_minor_marked};
use adjutant_model::people::PersonId;
use adjutant_model::project::{MilestoneField, ProjectField, ProjectStatus};
use adjutant_model::value::{FieldValue as _, Prose};
use chrono::NaiveDate;

use super::Column;
use crate::import::Warnings;
use crate::import::cell::{DateOrder, Decimal, cut, date, entities, line};
use crate::import::columns::{Header, Row, normalised};

/// The name of a milestone whose row does not name it.
const COMPLETION: &str = "Completion";

/// Longest duration and delay, in days.
const MOST_DAYS: i64 = 36_525;

/// A project as one row says it, or several rows together.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) key: String,
    /// What the ids of the project and its milestones are derived from.
    pub(super) identity: String,
    pub(super) line: u64,
    pub(super) currency: Currency,
    pub(super) planned_cost: Option<i64>,
    pub(super) cost_overrun: Option<i64>,
    /// How many amounts had to be rounded to minor units.
    pub(super) rounded: usize,
    pub(super) owners: Vec<String>,
    pub(super) milestones: Vec<(String, Vec<MilestoneField>)>,
    fields: Vec<ProjectField>,
}

impl Draft {
    /// Returns the planned cost and the overrun.
    pub(super) fn costs(&self) -> [Option<i64>; 2] {
        [self.planned_cost, self.cost_overrun]
    }

    /// Takes the costs of a later row of the same project where this one has none, and returns those taken.
    pub(super) fn adopt_costs(&mut self, later: &Self) -> [Option<i64>; 2] {
        if self.costs() == [None, None] {
            self.currency = later.currency;
        }
        let is_same = self.currency == later.currency;
        let adopt = |own: &mut Option<i64>, other: Option<i64>| {
            let taken = other.filter(|_| own.is_none() && is_same);
            *own = own.or(taken);
            taken
        };
        [
            adopt(&mut self.planned_cost, later.planned_cost),
            adopt(&mut self.cost_overrun, later.cost_overrun),
        ]
    }

    /// Takes in a later row of the same project: its milestones, and fields that the earlier rows left open.
    pub(super) fn merge(&mut self, mut later: Self, warnings: &mut Warnings) {
        for field in later.fields {
            match self
                .fields
                .iter()
                .find(|known| known.name() == field.name())
            {
                None => self.fields.push(field),
                Some(known) if *known == field || matches!(field, ProjectField::Source(_)) => {}
                Some(_) => {
                    let message = format!("differs from line {}, which stands", self.line);
                    warnings.add(later.line, field.name(), &field.to_raw().shown(), message);
                }
            }
        }
        self.owners.append(&mut later.owners);
        self.milestones.append(&mut later.milestones);
    }

    /// Names a project of which no row says a name by its code, or by its key.
    fn name_by_code(&mut self) {
        let is_named = |field: &ProjectField| matches!(field, ProjectField::Name(_));
        if self.fields.iter().any(is_named) {
            return;
        }
        let code = self.fields.iter().find_map(|field| {
            if let ProjectField::Code(code) = field {
                Some(code.clone())
            } else {
                None
            }
        });
        let name = code.unwrap_or_else(|| self.key.clone());
        self.fields.push(ProjectField::Name(name));
    }

    pub(super) fn into_commands(mut self, commands: &mut Vec<Command>) {
        let project = super::project_id(&self.identity);
        self.name_by_code();
        if let Some(minor) = self.planned_cost {
            self.fields
                .push(ProjectField::PlannedCost(Some(Amount(minor))));
        }
        if let Some(minor) = self.cost_overrun {
            self.fields
                .push(ProjectField::CostOverrun(Some(Amount(minor))));
        }
        if self.costs() != [None, None] {
            self.fields.push(ProjectField::Currency(self.currency));
        }
        commands.push(Command::create(project, self.fields));
        for (name, mut fields) in self.milestones {
            let id = super::milestone_id(&self.identity, &name);
            fields.insert(0, MilestoneField::Project(Some(project)));
            fields.insert(1, MilestoneField::Name(name));
            commands.push(Command::create(id, fields));
        }
    }
}

/// What a row is read with.
pub(super) struct RowReader<'a> {
    pub(super) header: &'a Header<Column>,
    pub(super) date_order: Option<DateOrder>,
    pub(super) is_in_millions: bool,
    pub(super) currency: Currency,
    pub(super) mark: Option<DecimalMark>,
    pub(super) file_name: &'a str,
}

impl RowReader<'_> {
    /// Returns the row's draft, or `None` with a warning if nothing names the project.
    pub(super) fn read(&self, row: &Row<'_, Column>, warnings: &mut Warnings) -> Option<Draft> {
        let mut cells = Cells {
            reader: self,
            row,
            warnings,
            rounded: 0,
        };
        let (key, code, name) = (
            cells.line(Column::Key),
            cells.line(Column::Code),
            cells.line(Column::Name),
        );
        let first_of =
            |texts: [&String; 3]| texts.into_iter().find(|text| !text.is_empty()).cloned();
        let Some(key_of_row) = first_of([&key, &code, &name]) else {
            let message = "the row names no project (no name, code or key); it was left out";
            cells.warnings.add(row.line, "", "", message);
            return None;
        };
        let mut fields = vec![
            ProjectField::ExternalKey(key_of_row.clone()),
            ProjectField::Source(format!("{}, line {}", self.file_name, row.line)),
        ];
        let identity = self.identity(&key_of_row, [&code, &line(row.get(Column::InvestmentKey))]);
        let shown_code = if code.is_empty() { key } else { code };
        if !shown_code.is_empty() {
            fields.push(ProjectField::Code(shown_code));
        }
        if !name.is_empty() {
            fields.push(ProjectField::Name(name));
        }
        let mut draft = Draft {
            key: key_of_row,
            identity,
            line: row.line,
            currency: cells.currency(),
            planned_cost: None,
            cost_overrun: None,
            rounded: 0,
            owners: Vec::new(),
            milestones: Vec::new(),
            fields,
        };
        cells.describe(&mut draft);
        cells.costs(&mut draft);
        cells.dates(&mut draft);
        draft.rounded = cells.rounded;
        Some(draft)
    }
}

impl RowReader<'_> {
    /// Returns what tells the project from those of other files: a plain number alone does not.
    fn identity(&self, key: &str, scopes: [&str; 2]) -> String {
        let is_plain = key.bytes().all(|byte| byte.is_ascii_digit());
        let mut scopes = scopes.into_iter().chain([self.file_name]);
        let scope = scopes.find(|scope| !scope.is_empty() && *scope != key);
        match scope.filter(|_| is_plain) {
            Some(scope) => format!("{scope}/{key}"),
            None => key.to_owned(),
        }
    }
}

/// The cells of one row, each read once.
struct Cells<'a, 'r> {
    reader: &'a RowReader<'a>,
    row: &'a Row<'r, Column>,
    warnings: &'a mut Warnings,
    rounded: usize,
}

impl Cells<'_, '_> {
    fn warn(&mut self, column: Column, message: &str) {
        let value = self.row.get(column);
        self.warnings.add(
            self.row.line,
            self.reader.header.name(column),
            value,
            message,
        );
    }

    fn line(&mut self, column: Column) -> String {
        let mut text = line(self.row.get(column));
        if cut(&mut text) {
            self.warn(
                column,
                "is longer than the 1,000 characters of one line; it was cut",
            );
        }
        text
    }

    fn currency(&mut self) -> Currency {
        let text = self.row.get(Column::Currency);
        if text.is_empty() {
            return self.reader.currency;
        }
        Currency::from_input(text).unwrap_or_else(|refusal| {
            let code = self.reader.currency.code();
            self.warn(
                Column::Currency,
                &format!("is not {}; {code} was taken", refusal.expected),
            );
            self.reader.currency
        })
    }

    fn describe(&mut self, draft: &mut Draft) {
        let portfolio = self.line(Column::Portfolio);
        if !portfolio.is_empty() {
            draft.fields.push(ProjectField::Portfolio(portfolio));
        }
        let owner = self.line(Column::Owner);
        if !owner.is_empty() {
            draft
                .fields
                .push(ProjectField::Owner(Some(PersonId::of_name(&owner))));
            draft.owners.push(owner);
        }
        let status = self.row.get(Column::Status);
        if !status.is_empty() {
            match status_of(status) {
                Some(status) => draft.fields.push(ProjectField::Status(status)),
                None => self.warn(
                    Column::Status,
                    "is not a status like planned, active, on hold, done or cancelled; it was left out",
                ),
            }
        }
        let notes = self.notes();
        if !notes.is_empty() {
            draft.fields.push(ProjectField::Notes(Prose(notes)));
        }
    }

    fn notes(&mut self) -> String {
        let mut notes = entities(self.row.get(Column::Notes)).trim().to_owned();
        let (investment, key) = (
            self.line(Column::Investment),
            self.line(Column::InvestmentKey),
        );
        let investment = match (investment.is_empty(), key.is_empty()) {
            (true, true) => return self.within_prose(notes),
            (false, false) => format!("Investment: {investment} ({key})"),
            (_, _) => format!("Investment: {investment}{key}"),
        };
        if !notes.is_empty() {
            notes.push('\n');
        }
        notes.push_str(&investment);
        self.within_prose(notes)
    }

    fn within_prose(&mut self, notes: String) -> String {
        let limit = adjutant_base::limits::PROSE_CHARACTERS;
        if notes.chars().count() <= limit {
            return notes;
        }
        self.warn(Column::Notes, "is longer than notes may be; it was cut");
        notes.chars().take(limit).collect()
    }

    fn costs(&mut self, draft: &mut Draft) {
        let currency = draft.currency;
        let planned = self.amount(Column::PlannedCost, currency);
        draft.planned_cost = planned.or_else(|| self.amount(Column::PlannedCostMillions, currency));
        draft.cost_overrun = self.amount(Column::CostOverrun, currency);
        if draft.cost_overrun.is_none() {
            draft.cost_overrun = self
                .amount(Column::CostVariance, currency)
                .map(|variance| -variance);
        }
    }

    fn amount(&mut self, column: Column, currency: Currency) -> Option<i64> {
        let text = self.row.get(column);
        if text.is_empty() {
            return None;
        }
        if !self.reader.is_in_millions {
            return parse_minor_marked(text, currency, self.reader.mark)
                .map_err(|refusal| {
                    self.warn(
                        column,
                        &format!("is not {}; it was left out", refusal.expected),
                    );
                })
                .ok();
        }
        let minor =
            Decimal::parse(text).and_then(|millions| millions.shifted(currency.exponent() + 6));
        let Some((minor, is_rounded)) = minor else {
            let message = format!(
                "is not a number of millions of {} like 1.25; it was left out",
                currency.code()
            );
            self.warn(column, &message);
            return None;
        };
        self.rounded += usize::from(is_rounded);
        Some(minor)
    }

    fn dates(&mut self, draft: &mut Draft) {
        let start = self.date(Column::Start);
        let duration = self.days(Column::Duration, 0);
        let delay = self.days(Column::Delay, -MOST_DAYS);
        let planned_end = start
            .zip(duration)
            .map(|(start, days)| add_days(start, days));
        let baseline = self.date(Column::Baseline).or(planned_end);
        let late_end = planned_end
            .zip(delay)
            .map(|(end, days)| add_days(end, days));
        let forecast = self.date(Column::Forecast).or(late_end);
        let done_on = self.date(Column::DoneOn);
        if let Some(start) = start {
            draft.fields.push(ProjectField::Start(Some(start)));
        }
        if let Some(target) = self.date(Column::Target).or(planned_end) {
            draft.fields.push(ProjectField::Target(Some(target)));
        }
        let mut name = self.line(Column::Milestone);
        let fields: Vec<MilestoneField> = [
            baseline.map(|day| MilestoneField::Baseline(Some(day))),
            forecast.map(|day| MilestoneField::Forecast(Some(day))),
            done_on.map(|day| MilestoneField::DoneOn(Some(day))),
        ]
        .into_iter()
        .flatten()
        .collect();
        if name.is_empty() && !fields.is_empty() {
            COMPLETION.clone_into(&mut name);
        }
        if !name.is_empty() {
            draft.milestones.push((name, fields));
        }
    }

    fn date(&mut self, column: Column) -> Option<NaiveDate> {
        let text = self.row.get(column);
        if text.is_empty() {
            return None;
        }
        date(text, self.reader.date_order)
            .map_err(|expected| self.warn(column, &format!("is not {expected}; it was left out")))
            .ok()
    }

    fn days(&mut self, column: Column, least: i64) -> Option<i64> {
        let text = self.row.get(column);
        if text.is_empty() {
            return None;
        }
        let range = least..=MOST_DAYS;
        let days = Decimal::parse(text)
            .and_then(Decimal::whole)
            .filter(|days| range.contains(days));
        if days.is_none() {
            let message = format!(
                "is not a whole number of days from {least} to {MOST_DAYS}; it was left out"
            );
            self.warn(column, &message);
        }
        days
    }
}

/// Returns the status that a word of any usual tool means.
fn status_of(text: &str) -> Option<ProjectStatus> {
    if let Ok(status) = ProjectStatus::from_input(text) {
        return Some(status);
    }
    match normalised(text).as_str() {
        "notstarted" | "new" | "open" | "proposed" | "todo" | "draft" | "approved" => {
            Some(ProjectStatus::Planned)
        }
        "inprogress" | "started" | "running" | "ongoing" | "ontrack" | "delayed" | "atrisk" => {
            Some(ProjectStatus::Active)
        }
        "onhold" | "hold" | "paused" | "suspended" | "blocked" => Some(ProjectStatus::OnHold),
        "complete" | "completed" | "closed" | "finished" | "delivered" => Some(ProjectStatus::Done),
        "canceled" | "stopped" | "rejected" | "terminated" => Some(ProjectStatus::Cancelled),
        _ => None,
    }
}
