//! What the demo's people do: the import, and the same and different edits while both assistants are offline.
//!
//! Every edit goes through a typed command, as it would from a window.

use std::path::Path;

use adjutant_base::RecordId;
use adjutant_client::Engine;
use adjutant_exchange::import::{self, ControlTotal, Imported};
use adjutant_model::action::{ActionField, ActionState};
use adjutant_model::budget::BudgetLineField;
use adjutant_model::calendar::Period;
use adjutant_model::money::{Amount, Currency, show_minor};
use adjutant_model::project::ProjectField;
use adjutant_model::sample::{Size, department};
use adjutant_model::value::Raw;
use adjutant_model::{Board, Command};
use anyhow::Context as _;
use chrono::NaiveDate;

use super::Options;
use super::print::Printer;

/// The seed of the sample department: equal runs make equal records.
const SEED: u64 = 2026;

/// Records that both assistants edit.
#[derive(Debug, Default)]
pub(super) struct Shared {
    project: Option<RecordId>,
    line: Option<RecordId>,
    action: Option<RecordId>,
}

/// Returns what is imported: real files if some are named, otherwise the sample department.
pub(super) fn input(
    options: &Options,
    today: NaiveDate,
    printer: Printer,
) -> anyhow::Result<Vec<(String, Vec<Command>)>> {
    if options.projects.is_none() && options.budget.is_none() {
        return Ok(vec![(
            "a sample department".to_owned(),
            department(SEED, &Size::DEMO, today),
        )]);
    }
    let mut list = Vec::new();
    if let Some(path) = &options.projects {
        list.push((name(path), read(path, Source::Projects, printer)?));
    }
    if let Some(path) = &options.budget {
        list.push((name(path), read(path, Source::Budget, printer)?));
    }
    Ok(list)
}

#[derive(Clone, Copy)]
enum Source {
    Projects,
    Budget,
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Reads one real file and says what was taken and what was not.
fn read(path: &Path, source: Source, printer: Printer) -> anyhow::Result<Vec<Command>> {
    let bytes = import::read_file_blocking(path)?;
    let imported = match source {
        Source::Projects => {
            let options = import::projects::ProjectOptions {
                file_name: name(path),
                ..Default::default()
            };
            import::projects::import(&bytes, &options, &mut import::keep_going)
        }
        Source::Budget => {
            let options = import::budget::BudgetOptions {
                file_name: name(path),
                ..Default::default()
            };
            import::budget::import(&bytes, &options, &mut import::keep_going)
        }
    };
    let Imported {
        commands,
        summary,
        warnings,
    } = imported.with_context(|| format!("cannot import {}", path.display()))?;
    printer.line(&format!(
        "{}: {}, {} rows, {} used, {} left out, {} warnings",
        name(path),
        summary.form,
        summary.rows,
        summary.rows_used,
        summary.rows_left_out(),
        warnings.count()
    ));
    for left_out in &summary.left_out {
        printer.line(&format!(
            "   left out {}: {}",
            left_out.rows, left_out.reason
        ));
    }
    for total in &summary.control_totals {
        let verdict = if total.is_balanced() {
            "every cent accounted for"
        } else {
            "DOES NOT BALANCE"
        };
        printer.line(&format!(
            "   {}: {} {} in {} rows, {verdict}",
            total.name,
            amount(total),
            total.currency,
            total.rows
        ));
    }
    Ok(commands)
}

/// Returns the sum of a file's figures as people read it.
fn amount(total: &ControlTotal) -> String {
    match (
        i64::try_from(total.in_file),
        Currency::from_code(total.currency),
    ) {
        (Ok(minor), Some(currency)) => show_minor(minor, currency),
        (Err(_), _) | (_, None) => format!("{} minor units", total.in_file),
    }
}

/// Chooses records that both assistants will edit: of each family one, if the import brought one.
pub(super) fn pick_shared(board: &Board) -> Option<Shared> {
    let shared = Shared {
        project: board.projects.into_iter().next().map(|(id, _)| *id),
        line: board.budget_lines.into_iter().next().map(|(id, _)| *id),
        action: board.actions.into_iter().next().map(|(id, _)| *id),
    };
    (shared.project.is_some() || shared.line.is_some() || shared.action.is_some()).then_some(shared)
}

/// Returns what one assistant does while offline: edits of shared records, edits of other records, a new action.
pub(super) fn offline(
    board: &Board,
    shared: &Shared,
    marker: &str,
    engine: &Engine,
) -> anyhow::Result<Vec<Command>> {
    let is_first = marker == "A";
    let mut commands = Vec::new();
    if let Some(id) = shared.project {
        commands.push(Command::edit(
            id,
            vec![ProjectField::Code(format!("CODE-{marker}"))],
        ));
        // Different fields of one record: no conflict.
        let other = if is_first {
            ProjectField::Portfolio("Infrastructure".to_owned())
        } else {
            ProjectField::Notes(adjutant_model::Prose(
                "Asked the vendor for a new date.".to_owned(),
            ))
        };
        commands.push(Command::edit(id, vec![other]));
    }
    if let Some(id) = shared.line {
        let mut periods = Period::all();
        let (Some(both), Some(own)) = (periods.next(), periods.nth(usize::from(!is_first))) else {
            return Ok(commands);
        };
        let amount = |euros: i64| Some(Amount(euros * 100));
        commands.push(Command::edit(
            id,
            vec![BudgetLineField::Plan(
                both,
                amount(if is_first { 1_100 } else { 1_200 }),
            )],
        ));
        commands.push(Command::edit(
            id,
            vec![BudgetLineField::Plan(own, amount(700))],
        ));
    }
    if let Some(id) = shared.action {
        commands.push(Command::edit(
            id,
            vec![ActionField::Title(format!(
                "Agreed on the phone by {marker}"
            ))],
        ));
    }
    // A record that only this assistant edits.
    let mut others = board
        .projects
        .into_iter()
        .skip(if is_first { 1 } else { 2 });
    if let Some((id, project)) = others.next() {
        commands.push(Command::edit(
            *id,
            vec![ProjectField::Name(format!("{} ({marker})", project.name))],
        ));
    }
    commands.push(new_action(engine, &format!("Written offline by {marker}"))?);
    Ok(commands)
}

/// Returns the command that makes an action.
pub(super) fn new_action(engine: &Engine, title: &str) -> anyhow::Result<Command> {
    let fields = vec![
        ActionField::Title(title.to_owned()),
        ActionField::State(ActionState::Open),
    ];
    Ok(Command::create(engine.new_record_id()?, fields))
}

/// Returns the actions whose title begins so.
pub(super) fn actions_named(board: &Board, start: &str) -> Vec<RecordId> {
    board
        .actions
        .into_iter()
        .filter(|(_, action)| action.title.starts_with(start))
        .map(|(id, _)| *id)
        .collect()
}

impl Shared {
    /// Tells whether every field that both assistants wrote is in conflict, with both values.
    pub(super) fn values_in_conflict(&self, board: &Board) -> bool {
        let line = |text: &str| Raw::Line(text.to_owned());
        let expected = [
            (self.project, "code", line("CODE-A"), line("CODE-B")),
            (self.line, "plan_01", Raw::Int(110_000), Raw::Int(120_000)),
            (
                self.action,
                "title",
                line("Agreed on the phone by A"),
                line("Agreed on the phone by B"),
            ),
        ];
        expected
            .iter()
            .filter_map(|(id, field, a, b)| Some(((*id)?, *field, a, b)))
            .all(|(id, field, a, b)| {
                board.conflicts().any(|(_, record, conflict)| {
                    let mut values: Vec<&Raw> =
                        conflict.losers.iter().map(|loser| &loser.value).collect();
                    values.push(&conflict.winner.value);
                    record == id
                        && conflict.field == field
                        && values.len() == 2
                        && values.contains(&a)
                        && values.contains(&b)
                })
            })
    }
}
