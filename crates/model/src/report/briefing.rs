//! The briefing: one page for a leadership meeting.
//!
//! The figures are those of the Overview; what needs attention stands in its order. The one rule: it fits on a page, so
//! lists are cut and say how much was cut.

use chrono::{Days, NaiveDate};

use super::{Align, Block, Cell, Report, Tone, capitalised, counted, show_percent, table};
use crate::board::Board;
use crate::calendar::month_name;
use crate::money::show_minor;
use crate::query::overview::attention::{Attention, Concern};
use crate::query::overview::{BudgetOverview, Overview, Rules};
use crate::report::dates;

/// Days that "coming up" looks ahead.
const AHEAD_DAYS: u64 = 14;
/// Longest list of what comes up.
const MOST_COMING: usize = 10;

pub(super) fn report(board: &Board, today: NaiveDate) -> Report {
    let overview = Overview::of(board, today, &Rules::of(board));
    let mut blocks = vec![Block::Paragraph(work(&overview))];
    if let Some(budget) = &overview.budget {
        let rules = crate::settings::Rules::of(board);
        let year = rules.shown_year(budget.fiscal_year, budget.start_month.into());
        blocks.push(Block::Paragraph(money(budget, year)));
    }
    blocks.push(Block::Heading("Needs attention".to_owned()));
    blocks.extend(attention(board, &overview));
    blocks.push(Block::Heading(format!("Coming up in {AHEAD_DAYS} days")));
    blocks.extend(coming(board, today));
    Report {
        title: "Briefing".to_owned(),
        as_of: today,
        blocks,
        to: Vec::new(),
    }
}

fn work(overview: &Overview) -> String {
    let milestones = &overview.milestones;
    format!(
        "{} open. Of this month's {}, {} reached and {} at risk; {} overdue in all. {} open, {} of them overdue.",
        capitalised(&counted(overview.projects.open, "project")),
        counted(milestones.this_month, "milestone"),
        milestones.this_month_done,
        milestones.this_month_at_risk,
        milestones.overdue,
        capitalised(&counted(overview.actions.open, "action")),
        overview.actions.overdue,
    )
}

fn money(budget: &BudgetOverview, year: i64) -> String {
    let amount = |minor| {
        let currency = budget.currency;
        format!("{} {}", show_minor(minor, currency), currency.code())
    };
    let totals = &budget.totals;
    let Some(through) = budget.through else {
        return format!(
            "Nothing of the fiscal year {} has ended yet. Planned for the year: {}.",
            year,
            amount(totals.net.year.plan)
        );
    };
    let fiscal = crate::calendar::FiscalCalendar::starting_in(i64::from(budget.start_month));
    let variance = &totals.variance;
    let side = match variance.minor {
        0 => "exactly on plan".to_owned(),
        minor => {
            let side = if minor > 0 { "under" } else { "over" };
            let share = variance
                .basis_points
                .map(|share| show_percent(share.saturating_abs()));
            let share = share.map(|share| format!(" ({share})")).unwrap_or_default();
            format!("{}{share} {side} plan", amount(minor.saturating_abs()))
        }
    };
    format!(
        "Through {} of fiscal year {}, {} of {} planned to date was spent, {side}. Expected for the year: {} of {}. {} off plan, {} far off plan.",
        month_name(fiscal.month_of(through)),
        year,
        amount(totals.net.to_date.actual),
        amount(totals.net.to_date.plan),
        amount(totals.net.forecast),
        amount(totals.net.year.plan),
        capitalised(&counted(budget.amber_lines, "line")),
        budget.red_lines,
    )
}

fn attention(board: &Board, overview: &Overview) -> Vec<Block> {
    if overview.attention.is_empty() {
        return vec![Block::Paragraph("Nothing needs attention.".to_owned())];
    }
    let columns = [
        ("What", Align::Left),
        ("Of", Align::Left),
        ("Owner", Align::Left),
        ("Day", Align::Right),
        ("Why", Align::Left),
    ];
    let cells = |item: &Attention| {
        let (words, tone) = concern(&item.concern);
        [
            Cell::text(&item.title),
            Cell::text(&item.context),
            Cell::text(board.person_name(item.owner)),
            Cell::date(item.day),
            Cell::status(words, tone),
        ]
    };
    let rows = overview.attention.iter().map(cells).collect();
    let mut blocks = vec![Block::Table(table(columns, rows))];
    let more = overview
        .attention_count
        .saturating_sub(overview.attention.len());
    if more > 0 {
        blocks.push(Block::Paragraph(format!("And {more} more.")));
    }
    blocks
}

fn concern(concern: &Concern) -> (String, Tone) {
    match concern {
        Concern::MilestoneOverdue { working_days: 0 } => ("Overdue".to_owned(), Tone::Bad),
        Concern::MilestoneOverdue { working_days } => {
            (format!("Overdue {working_days} wd"), Tone::Bad)
        }
        Concern::LineRed { variance, currency } => {
            let side = if variance.minor > 0 { "under" } else { "over" };
            let size = show_minor(variance.minor.saturating_abs(), *currency);
            (format!("{size} {} {side} plan", currency.code()), Tone::Bad)
        }
        Concern::ActionOverdue { days: 1 } => ("Overdue 1 day".to_owned(), Tone::Bad),
        Concern::ActionOverdue { days } => (format!("Overdue {days} days"), Tone::Bad),
        Concern::MilestoneLate { working_days } => {
            (format!("Forecast {working_days} wd late"), Tone::Warn)
        }
    }
}

fn coming(board: &Board, today: NaiveDate) -> Vec<Block> {
    let end = today
        .checked_add_days(Days::new(AHEAD_DAYS))
        .unwrap_or(today);
    let coming: Vec<_> = dates::of(board)
        .into_iter()
        .filter(|entry| entry.day >= today && entry.day <= end)
        .collect();
    if coming.is_empty() {
        return vec![Block::Paragraph(
            "No milestone or target falls due.".to_owned(),
        )];
    }
    let columns = [
        ("Day", Align::Left),
        ("What", Align::Left),
        ("Of", Align::Left),
        ("Owner", Align::Left),
    ];
    let cells = |entry: &dates::Entry| {
        [
            Cell::Date(entry.day),
            Cell::text(&entry.title),
            Cell::text(&entry.context),
            Cell::text(&entry.owner),
        ]
    };
    let rows = coming.iter().take(MOST_COMING).map(cells).collect();
    let mut blocks = vec![Block::Table(table(columns, rows))];
    let more = coming.len().saturating_sub(MOST_COMING);
    if more > 0 {
        blocks.push(Block::Paragraph(format!("And {more} more.")));
    }
    blocks
}
