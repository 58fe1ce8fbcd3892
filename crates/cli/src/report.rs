//! Printing reports.

use adjutant_exchange::report::{Format, render};
use adjutant_model::Board;
use adjutant_model::report::{Report, actions, budget_month, projects};
use anyhow::Context as _;
use chrono::NaiveDate;

use crate::args::{FormatName, ReportName, ReportOptions};
use crate::session::Session;

/// Prints a report.
pub(crate) fn run(session: &Session, options: &ReportOptions) -> anyhow::Result<()> {
    let (board, today) = (session.board(), session.engine.today());
    let report = match options.report {
        ReportName::Projects => projects(&board, today),
        ReportName::Actions => actions(&board, today),
        ReportName::Budget => budget(session, &board, options.budget.as_deref(), today)?,
    };
    let format = match options.format {
        FormatName::Text => Format::Text,
        FormatName::Md => Format::Markdown,
        FormatName::Csv => Format::Csv,
    };
    session
        .output
        .result(&render(&report, format), &serde_json::to_value(&report)?)
}

fn budget(
    session: &Session,
    board: &Board,
    wanted: Option<&str>,
    today: NaiveDate,
) -> anyhow::Result<Report> {
    let id = if let Some(text) = wanted {
        session.find(text)?.1
    } else {
        let begun = board
            .budgets
            .into_iter()
            .filter(|(_, budget)| budget.fiscal_year <= budget.calendar().year_of(today));
        let newest = begun.max_by_key(|(_, budget)| budget.fiscal_year);
        *newest
            .or_else(|| board.budgets.into_iter().next())
            .context("there is no budget yet; import or make one")?
            .0
    };
    budget_month(board, id, today).context("that record is no budget")
}
