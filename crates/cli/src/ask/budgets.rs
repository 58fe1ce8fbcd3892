//! Answers about budgets: where each line stands, and which are flagged.
//!
//! Each is one query of the model as a table; periods that have ended before today count as past.

use adjutant_base::RecordId;
use adjutant_model::Kind;
use adjutant_model::calendar::Period;
use adjutant_model::query::budget;
use adjutant_model::settings::Rules;
use anyhow::Context as _;
use serde_json::json;

use super::{Answer, Asked, amount, answer, one, percent};

fn the_budget(asked: &Asked<'_>) -> anyhow::Result<(RecordId, Option<Period>)> {
    let id = one(asked, "budget")?;
    let found = asked
        .board
        .budgets
        .get(&id)
        .context("that record is no budget")?;
    Ok((id, budget::ended_through(found, asked.today)))
}

pub(super) fn budget_position(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    let (id, through) = the_budget(asked)?;
    let rules = Rules::of(asked.board);
    let figures = budget::figures(asked.board, id, through, &rules.flags).context("no budget")?;
    let currency = figures.budget.currency;
    let rows = figures.lines.iter().map(|line| {
        let (position, figures) = (line.position, line.figures);
        vec![
            json!(line.line.name),
            amount(position.original, currency),
            amount(position.revised, currency),
            amount(position.actual, currency),
            amount(position.accrued, currency),
            amount(position.committed, currency),
            amount(position.available, currency),
            amount(figures.forecast, currency),
            amount(line.variance.minor, currency),
            json!(line.variance.flag.label()),
        ]
    });
    let titles = &[
        "line",
        "original>",
        "revised>",
        "actual>",
        "accrued>",
        "committed>",
        "available>",
        "forecast>",
        "variance>",
        "flag",
    ];
    Ok(answer(titles, rows))
}

pub(super) fn flags(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    use budget::explanation::Explained;
    let (id, through) = the_budget(asked)?;
    let through = through.context("no period of the budget has ended yet")?;
    let rules = Rules::of(asked.board);
    let currency = asked.board.currency_of(Kind::Budget, id);
    let lines = budget::explanation::flagged(asked.board, id, through, &rules.flags);
    let rows = lines.iter().map(|flagged| {
        let variance = flagged.line.variance;
        let explained = match &flagged.explained {
            Explained::Missing => "not explained".to_owned(),
            Explained::Unfinished(_) => "being explained".to_owned(),
            Explained::Standing(said) => format!("{}: {}", said.class.label(), said.title),
            Explained::NotReversed { promised, .. } => {
                format!("was to reverse by period {}", promised.number())
            }
        };
        vec![
            json!(flagged.line.line.name),
            amount(variance.minor, currency),
            percent(variance.basis_points),
            json!(variance.flag.label()),
            json!(explained),
            json!(flagged.line.line.meta.id),
        ]
    });
    Ok(answer(
        &["line", "variance>", "share>", "flag", "explanation", "id"],
        rows,
    ))
}
