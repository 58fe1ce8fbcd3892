//! The actions report: what is overdue, what is due this week, how much each owner has open.
//!
//! Lists are by due day; owners by the number of their overdue actions.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{
    Align, Block, Cell, Chart, ChartKind, Formula, How, Report, Row, Series, Tone, Unit,
    capitalised, counted, row, table,
};
use crate::action::{Action, Priority};
use crate::board::Board;
use crate::query::action::{
    ActionCounts, ActionFilter, ActionOrder, by_owner, counts, days_overdue, is_due_this_week,
    is_overdue, list,
};

pub(super) fn report(board: &Board, today: NaiveDate) -> Report {
    let open = list(board, &ActionFilter::open(), ActionOrder::default(), today);
    let section = |title: &str, empty: &str, is_listed: fn(&Action, NaiveDate) -> bool| {
        let listed: Vec<&Arc<Action>> = open
            .iter()
            .filter(|action| is_listed(action, today))
            .collect();
        let content = if listed.is_empty() {
            Block::Paragraph(empty.to_owned())
        } else {
            action_table(board, &listed, today)
        };
        [Block::Heading(title.to_owned()), content]
    };
    let mut blocks = vec![Block::Paragraph(summary(&counts(board, today)))];
    blocks.extend(section("Overdue", "Nothing is overdue.", is_overdue));
    blocks.extend(section(
        "Due this week",
        "Nothing more is due this week.",
        is_due_this_week,
    ));
    if !open.is_empty() {
        blocks.push(Block::Heading("By owner".to_owned()));
        blocks.extend(owners(board, today));
    }
    Report {
        title: "Action items".to_owned(),
        as_of: today,
        blocks,
        to: Vec::new(),
    }
}

fn summary(counts: &ActionCounts) -> String {
    format!(
        "{} open: {} overdue, {} due this week, {} without an owner, {} without a date.",
        capitalised(&counted(counts.open, "action")),
        counts.overdue,
        counts.due_this_week,
        counts.without_owner,
        counts.without_due,
    )
}

pub(super) fn action_table(board: &Board, actions: &[&Arc<Action>], today: NaiveDate) -> Block {
    let columns = [
        ("Action", Align::Left),
        ("Owner", Align::Left),
        ("Project", Align::Left),
        ("State", Align::Left),
        ("Priority", Align::Left),
        ("Due", Align::Right),
        ("Days overdue", Align::Right),
    ];
    let cells = |action: &&Arc<Action>| {
        let project = action.project.and_then(|id| board.projects.get(&id));
        let tone = match action.priority {
            Priority::High => Tone::Warn,
            Priority::Normal | Priority::Low => Tone::Neutral,
        };
        [
            Cell::text(&action.title),
            Cell::text(board.person_name(action.owner)),
            Cell::text(project.map_or("", |project| &project.name)),
            Cell::status(action.state.label(), Tone::Neutral),
            Cell::status(action.priority.label(), tone),
            Cell::date(action.due),
            days_overdue(action, today).map_or(Cell::Empty, Cell::Count),
        ]
    };
    Block::Table(table(columns, actions.iter().map(cells).collect()))
}

/// Longest list of owners in the chart; the table has all.
const CHARTED_OWNERS: usize = 12;

fn owners(board: &Board, today: NaiveDate) -> [Block; 2] {
    let columns = [
        ("Owner", Align::Left),
        ("Open", Align::Right),
        ("Overdue", Align::Right),
        ("Due this week", Align::Right),
    ];
    let row_of = |name: &str, counts: &ActionCounts, is_total| -> Row {
        let numbers = [counts.open, counts.overdue, counts.due_this_week].map(Cell::count);
        let [open, overdue, due] = numbers;
        let mut row = row([Cell::text(name), open, overdue, due], is_total);
        if is_total {
            row.formulas = (1..=3)
                .map(|cell| Formula {
                    cell,
                    how: How::Above,
                })
                .collect();
        }
        row
    };
    let mut found: Vec<(&str, ActionCounts)> = by_owner(board, today)
        .into_iter()
        .map(|(owner, counts)| match (owner, board.person_name(owner)) {
            (None, _) => ("No owner", counts),
            (Some(_), "") => ("Not known here yet", counts),
            (Some(_), name) => (name, counts),
        })
        .collect();
    found.sort_by_key(|(name, counts)| (std::cmp::Reverse((counts.overdue, counts.open)), *name));
    let mut table = table(columns, Vec::new());
    table.rows = found
        .iter()
        .map(|(name, counts)| row_of(name, counts, false))
        .collect();
    table
        .rows
        .push(row_of("Total", &counts(board, today), true));
    [Block::Chart(chart(&found)), Block::Table(table)]
}

fn chart(owners: &[(&str, ActionCounts)]) -> Chart {
    let shown = owners.get(..CHARTED_OWNERS).unwrap_or(owners);
    let series = |name: &str, figure: fn(&ActionCounts) -> usize| Series {
        name: name.to_owned(),
        values: shown
            .iter()
            .map(|(_, counts)| i64::try_from(figure(counts)).ok())
            .collect(),
    };
    Chart {
        title: "Open and overdue actions by owner".to_owned(),
        kind: ChartKind::Bars,
        unit: Unit::Count,
        categories: shown.iter().map(|(name, _)| (*name).to_owned()).collect(),
        series: vec![
            series("Open", |counts| counts.open),
            series("Overdue", |counts| counts.overdue),
        ],
    }
}
