//! The status of one project on one page: where it stands in words, its milestones, its open actions.
//!
//! The words are made from the dates by rule; nothing in them is an opinion. Slip is in working days, above zero is late.

use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use super::actions::action_table;
use super::projects::state_cell;
use super::{Align, Block, Cell, Report, Tone, counted, show_day, table};
use crate::action::Action;
use crate::board::Board;
use crate::calendar::WorkingCalendar;
use crate::money::show_minor;
use crate::query::action::{ActionFilter, ActionOrder, days_overdue, is_overdue, list};
use crate::query::project::{MilestoneState, ProjectFigures, ProjectIndex, shown_day, slip, state};
use crate::workdays::Calendars;

pub(super) fn report(board: &Board, project: RecordId, today: NaiveDate) -> Option<Report> {
    let calendars = Calendars::of(board);
    let index = ProjectIndex::of(board, today, &calendars);
    let figures = index.projects.get(&project)?;
    let calendar = calendars.of_project(&figures.project);
    let open = list(board, &ActionFilter::open(), ActionOrder::default(), today);
    let actions: Vec<&Arc<Action>> = open
        .iter()
        .filter(|action| action.project == Some(project))
        .collect();
    let mut blocks = vec![
        Block::Table(facts(board, figures)),
        Block::Heading("Where it stands".to_owned()),
    ];
    let sentences = narrative(figures, &actions, today, calendar);
    blocks.extend(sentences.into_iter().map(Block::Paragraph));
    blocks.push(Block::Heading("Milestones".to_owned()));
    blocks.push(milestones(board, figures, today, calendar));
    blocks.push(Block::Heading("Open actions".to_owned()));
    blocks.push(if actions.is_empty() {
        Block::Paragraph("No action is open.".to_owned())
    } else {
        open_actions(board, &actions, today)
    });
    let notes = figures.project.notes.0.trim();
    if !notes.is_empty() {
        blocks.push(Block::Heading("Notes".to_owned()));
        let paragraphs = notes.lines().filter(|line| !line.trim().is_empty());
        blocks.extend(paragraphs.map(|line| Block::Paragraph(line.trim().to_owned())));
    }
    Some(Report {
        title: format!("Project status: {}", figures.project.name),
        as_of: today,
        blocks,
        to: Vec::new(),
    })
}

/// Like the list of all actions, without the project, which is this one.
fn open_actions(board: &Board, actions: &[&Arc<Action>], today: NaiveDate) -> Block {
    let Block::Table(mut table) = action_table(board, actions, today) else {
        return Block::Paragraph("No action is open.".to_owned());
    };
    let is_project = |column: &super::Column| column.title == "Project";
    if let Some(at) = table.columns.iter().position(is_project) {
        table.columns.remove(at);
        for row in &mut table.rows {
            row.cells.remove(at);
        }
    }
    Block::Table(table)
}

fn facts(board: &Board, figures: &ProjectFigures) -> super::Table {
    let project = &figures.project;
    let columns = [
        ("Code", Align::Left),
        ("Status", Align::Left),
        ("Owner", Align::Left),
        ("Portfolio", Align::Left),
        ("Start", Align::Right),
        ("Target", Align::Right),
        ("Planned cost", Align::Right),
        ("Above plan", Align::Right),
    ];
    let currency = project.currency;
    // One amount and another may stand in different currencies on different pages, so each names its own.
    let money = |amount: Option<crate::money::Amount>| {
        amount.map_or(Cell::Empty, |amount| {
            let shown = show_minor(amount.0, currency);
            Cell::Text(format!("{shown} {}", currency.code()))
        })
    };
    let row = [
        Cell::text(&project.code),
        Cell::status(project.status.label(), Tone::Neutral),
        Cell::text(board.person_name(project.owner)),
        Cell::text(&project.portfolio),
        Cell::date(project.start),
        Cell::date(project.target),
        money(project.planned_cost),
        money(project.cost_overrun),
    ];
    table(columns, vec![row])
}

/// Returns one sentence for each thing that a reader asks: how far, what is late, by how much, what is open.
fn narrative(
    figures: &ProjectFigures,
    actions: &[&Arc<Action>],
    today: NaiveDate,
    calendar: &WorkingCalendar,
) -> Vec<String> {
    let mut said = Vec::new();
    let reached = match figures.milestones.len() {
        0 => "The project has no milestones yet.".to_owned(),
        count => format!(
            "{} of {} reached.",
            figures.done,
            counted(count, "milestone")
        ),
    };
    let finish = match figures.slip {
        Some(0) => " The finish is expected on the agreed day.".to_owned(),
        Some(days) if days > 0 => {
            format!(" The finish is {} later than agreed.", working(days))
        }
        Some(days) => format!(
            " The finish is {} earlier than agreed.",
            working(days.saturating_neg())
        ),
        None => String::new(),
    };
    said.push(format!("{reached}{finish}"));
    if figures.is_past_target(today)
        && let Some(target) = figures.project.target
    {
        said.push(format!("The target, {}, has passed.", show_day(target)));
    }
    if figures.project.status.is_open() {
        let late = figures
            .milestones
            .iter()
            .filter_map(|milestone| late_words(milestone, today, calendar));
        said.extend(late);
        if let Some((next, state)) = &figures.next
            && !state.is_at_risk()
            && let Some(day) = shown_day(next)
        {
            said.push(format!("Next: {} on {}.", next.name, show_day(day)));
        }
    }
    if let Some(overrun) = figures.project.cost_overrun.filter(|amount| amount.0 != 0) {
        let currency = figures.project.currency;
        let side = if overrun.0 > 0 { "above" } else { "below" };
        let size = show_minor(overrun.0.saturating_abs(), currency);
        said.push(format!(
            "The cost is {size} {} {side} plan.",
            currency.code()
        ));
    }
    let overdue = actions.iter().filter(|action| is_overdue(action, today));
    if let Some(oldest) = overdue
        .clone()
        .max_by_key(|action| days_overdue(action, today))
    {
        let days = days_overdue(oldest, today).unwrap_or(0);
        said.push(format!(
            "{} overdue, the oldest for {days} days: {}.",
            counted(overdue.count(), "action"),
            oldest.title
        ));
    }
    said
}

fn working(days: i64) -> String {
    let unit = if days == 1 { "day" } else { "days" };
    format!("{days} working {unit}")
}

fn late_words(
    milestone: &crate::project::Milestone,
    today: NaiveDate,
    calendar: &WorkingCalendar,
) -> Option<String> {
    let agreed = milestone
        .baseline
        .map(|day| format!("; agreed was {}", show_day(day)))
        .unwrap_or_default();
    match state(milestone, today, calendar) {
        MilestoneState::Overdue { working_days } => Some(format!(
            "{} is overdue by {}{agreed}.",
            milestone.name,
            working(working_days)
        )),
        MilestoneState::ForecastLate { working_days } => Some(format!(
            "{} is forecast {} late{agreed}.",
            milestone.name,
            working(working_days)
        )),
        MilestoneState::DoneOnTime
        | MilestoneState::DoneLate { .. }
        | MilestoneState::OnTrack
        | MilestoneState::Undated => None,
    }
}

fn milestones(
    board: &Board,
    figures: &ProjectFigures,
    today: NaiveDate,
    calendar: &WorkingCalendar,
) -> Block {
    if figures.milestones.is_empty() {
        return Block::Paragraph("There are no milestones.".to_owned());
    }
    let columns = [
        ("Milestone", Align::Left),
        ("Owner", Align::Left),
        ("Baseline", Align::Right),
        ("Forecast", Align::Right),
        ("Reached", Align::Right),
        ("State", Align::Left),
        ("Slip (wd)", Align::Right),
    ];
    let cells = |milestone: &Arc<crate::project::Milestone>| {
        [
            Cell::text(&milestone.name),
            Cell::text(board.person_name(milestone.owner.or(figures.project.owner))),
            Cell::date(milestone.baseline),
            Cell::date(milestone.forecast),
            Cell::date(milestone.done_on),
            state_cell(state(milestone, today, calendar)),
            slip(milestone, today, calendar).map_or(Cell::Empty, Cell::Count),
        ]
    };
    Block::Table(table(
        columns,
        figures.milestones.iter().map(cells).collect(),
    ))
}
