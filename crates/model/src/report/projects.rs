//! The projects report: how the portfolio stands, milestones at risk, every project.
//!
//! Projects come by status and then by name; slip is in working days, above zero is late.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{Align, Block, Cell, Chart, ChartKind, Report, Series, Tone, Unit, counted, table};
use crate::board::Board;
use crate::project::{Milestone, ProjectStatus};
use crate::query::project::{MilestoneState, ProjectFigures, ProjectIndex, shown_day, slip, state};
use crate::workdays::Calendars;

pub(super) fn report(board: &Board, today: NaiveDate) -> Report {
    let calendars = Calendars::of(board);
    let index = ProjectIndex::of(board, today, &calendars);
    let mut projects: Vec<&ProjectFigures> = index.projects.values().collect();
    projects.sort_by(|a, b| {
        let (a, b) = (&a.project, &b.project);
        rank(a.status)
            .cmp(&rank(b.status))
            .then_with(|| a.name.cmp(&b.name))
    });
    let blocks = vec![
        Block::Paragraph(summary(&index, today)),
        Block::Chart(by_status(&index, today)),
        Block::Heading("Milestones at risk".to_owned()),
        at_risk(board, &projects, today, &calendars),
        Block::Heading("All projects".to_owned()),
        all_projects(board, &projects),
    ];
    Report {
        title: "Project status".to_owned(),
        as_of: today,
        blocks,
        to: Vec::new(),
    }
}

fn by_status(index: &ProjectIndex, today: NaiveDate) -> Chart {
    let counts = index.counts(today).by_status;
    let label = |(status, _): &(ProjectStatus, usize)| status.label().to_owned();
    let value = |(_, count): &(ProjectStatus, usize)| i64::try_from(*count).ok();
    Chart {
        title: "Projects by status".to_owned(),
        kind: ChartKind::Bars,
        unit: Unit::Count,
        categories: counts.iter().map(label).collect(),
        series: vec![Series {
            name: "Projects".to_owned(),
            values: counts.iter().map(value).collect(),
        }],
    }
}

/// What is being worked on comes first.
fn rank(status: ProjectStatus) -> u8 {
    match status {
        ProjectStatus::Active => 0,
        ProjectStatus::OnHold => 1,
        ProjectStatus::Planned => 2,
        ProjectStatus::Done => 3,
        ProjectStatus::Cancelled => 4,
    }
}

fn summary(index: &ProjectIndex, today: NaiveDate) -> String {
    let counts = index.counts(today);
    let of_status: Vec<String> = counts
        .by_status
        .iter()
        .map(|(status, count)| format!("{count} {}", status.label().to_lowercase()))
        .collect();
    let sum = |figure: fn(&ProjectFigures) -> usize| index.projects.values().map(figure).sum();
    format!(
        "{} projects: {}. In open projects {} overdue and {} forecast late; {} past the target.",
        index.projects.len(),
        of_status.join(", "),
        is_or_are(sum(|figures| figures.overdue), "milestone"),
        sum(|figures| figures.forecast_late),
        is_or_are(counts.past_target, "project"),
    )
}

fn is_or_are(count: usize, noun: &str) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(count, noun))
}

pub(super) fn state_cell(state: MilestoneState) -> Cell {
    let tone = match state {
        MilestoneState::DoneOnTime | MilestoneState::OnTrack => Tone::Good,
        MilestoneState::DoneLate { .. } | MilestoneState::Undated => Tone::Neutral,
        MilestoneState::ForecastLate { .. } => Tone::Warn,
        MilestoneState::Overdue { .. } => Tone::Bad,
    };
    Cell::status(state.words(), tone)
}

fn at_risk(
    board: &Board,
    projects: &[&ProjectFigures],
    today: NaiveDate,
    calendars: &Calendars,
) -> Block {
    let calendar = |figures: &ProjectFigures| calendars.of_project(&figures.project);
    let open = projects
        .iter()
        .filter(|figures| figures.project.status.is_open());
    let mut found: Vec<(&ProjectFigures, &Arc<Milestone>, MilestoneState)> = open
        .flat_map(|figures| {
            figures
                .milestones
                .iter()
                .map(move |milestone| (*figures, milestone))
        })
        .map(|(figures, milestone)| {
            let state = state(milestone, today, calendar(figures));
            (figures, milestone, state)
        })
        .filter(|(_, _, state)| state.is_at_risk())
        .collect();
    if found.is_empty() {
        return Block::Paragraph("No milestone is overdue or forecast late.".to_owned());
    }
    found.sort_by_key(|(_, milestone, state)| (!state.is_overdue(), shown_day(milestone)));
    let columns = [
        ("Milestone", Align::Left),
        ("Project", Align::Left),
        ("Owner", Align::Left),
        ("Baseline", Align::Right),
        ("Forecast", Align::Right),
        ("State", Align::Left),
        ("Slip (wd)", Align::Right),
    ];
    let cells =
        |(figures, milestone, state): &(&ProjectFigures, &Arc<Milestone>, MilestoneState)| {
            let owner = milestone.owner.or(figures.project.owner);
            [
                Cell::text(&milestone.name),
                Cell::text(&figures.project.name),
                Cell::text(board.person_name(owner)),
                Cell::date(milestone.baseline),
                Cell::date(milestone.forecast),
                state_cell(*state),
                slip(milestone, today, calendar(figures)).map_or(Cell::Empty, Cell::Count),
            ]
        };
    Block::Table(table(columns, found.iter().map(cells).collect()))
}

fn all_projects(board: &Board, projects: &[&ProjectFigures]) -> Block {
    if projects.is_empty() {
        return Block::Paragraph("There are no projects.".to_owned());
    }
    let columns = [
        ("Code", Align::Left),
        ("Project", Align::Left),
        ("Status", Align::Left),
        ("Owner", Align::Left),
        ("Target", Align::Right),
        ("Reached", Align::Right),
        ("Next milestone", Align::Left),
        ("Due", Align::Right),
        ("State", Align::Left),
        ("Slip (wd)", Align::Right),
    ];
    let cells = |figures: &&ProjectFigures| {
        let project = &figures.project;
        let next = figures.next.as_ref();
        let reached = match figures.milestones.len() {
            0 => Cell::Empty,
            count => Cell::Text(format!("{} of {count}", figures.done)),
        };
        [
            Cell::text(&project.code),
            Cell::text(&project.name),
            Cell::status(project.status.label(), Tone::Neutral),
            Cell::text(board.person_name(project.owner)),
            Cell::date(project.target),
            reached,
            next.map_or(Cell::Empty, |(milestone, _)| Cell::text(&milestone.name)),
            Cell::date(next.and_then(|(milestone, _)| shown_day(milestone))),
            next.map_or(Cell::Empty, |(_, state)| state_cell(*state)),
            figures.slip.map_or(Cell::Empty, Cell::Count),
        ]
    };
    Block::Table(table(columns, projects.iter().map(cells).collect()))
}
