//! Answers about projects: schedule, earned value, health, portfolios, trends.
//!
//! Each is one query of the model as a table.

use adjutant_model::Kind;
use adjutant_model::query::earned_value::{EarnedValue, Outlook};
use adjutant_model::query::{earned_value, health, portfolio, schedule, trend};
use adjutant_model::status::Rag;
use anyhow::Context as _;
use serde_json::{Value, json};

use super::{Answer, Asked, amount, answer, one, percent};

pub(super) fn schedule(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    let id = one(asked, "project")?;
    let found = schedule::of(asked.board, id, asked.today).context("that record is no project")?;
    let rows = found.rows.iter().map(|row| {
        vec![
            json!(format!(
                "{}{}",
                "  ".repeat(row.depth.min(20)),
                row.task.name
            )),
            json!(row.start),
            json!(row.finish),
            json!(row.times.total_float),
            json!(row.times.free_float),
            json!(row.times.is_critical()),
            percent(Some(row.done_basis_points)),
            json!(row.slip),
        ]
    });
    let titles = &[
        "task",
        "start",
        "finish",
        "float wd>",
        "free wd>",
        "critical",
        "done>",
        "slip wd>",
    ];
    let mut answer = answer(titles, rows);
    for (dependency, reason) in &found.inactive {
        let line = format!("Dependency {} {}\n", dependency.meta.id, reason.words());
        answer.words.push_str(&line);
    }
    Ok(answer)
}

pub(super) fn earned_value(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    let id = one(asked, "project")?;
    let value =
        earned_value::of(asked.board, id, asked.today).context("that record is no project")?;
    let currency = asked.board.currency_of(Kind::Project, id);
    let money = |minor: Option<i64>| amount(minor, currency);
    let ratio = |ratio: Option<earned_value::Ratio>| {
        json!(ratio.map_or_else(|| "–".to_owned(), earned_value::Ratio::shown))
    };
    let estimate = |outlook| money(value.at_completion(outlook));
    let rows = [
        ("BAC", money(Some(value.budget))),
        ("PV", money(Some(value.planned))),
        ("EV", money(Some(value.earned))),
        ("AC", money(Some(value.actual))),
        ("CV", money(Some(value.cost_variance()))),
        ("SV", money(Some(value.schedule_variance()))),
        ("CPI", ratio(value.cpi())),
        ("SPI", ratio(value.spi())),
        ("EAC typical", estimate(Outlook::Typical)),
        ("EAC atypical", estimate(Outlook::Atypical)),
        ("EAC cost and schedule", estimate(Outlook::CostAndSchedule)),
        ("TCPI", ratio(value.needed_for_budget())),
    ];
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![json!(name), value]);
    Ok(answer(&["figure", "value>"], rows))
}

pub(super) fn health(asked: &Asked<'_>) -> Answer {
    let all = health::all(asked.board, asked.today);
    let wanted = all
        .iter()
        .filter(|(id, _)| asked.of.is_none_or(|of| of == **id));
    let rows = wanted.map(|(id, health)| {
        let project = asked.board.projects.get(id);
        vec![
            json!(project.map(|project| project.name.clone())),
            json!(health.overall.rag.label()),
            json!(health.overall.reason),
            json!(health.last_update),
            json!(id),
        ]
    });
    answer(&["project", "health", "reason", "last update", "id"], rows)
}

pub(super) fn portfolio(asked: &Asked<'_>) -> Answer {
    let all = portfolio::all(asked.board, asked.today);
    let total = portfolio::total(&all);
    let row = |name: &str, one: &portfolio::Portfolio| {
        let mut cells = vec![json!(name), json!(one.open)];
        cells.extend(one.by_rag.iter().map(|count| json!(count)));
        cells.push(json!(one.worst.map(Rag::label)));
        let values = |figure: fn(&EarnedValue) -> Option<i64>| {
            let amounts = one.value.iter();
            let amounts = amounts.map(|(currency, value)| amount(figure(value), *currency));
            Value::Array(amounts.collect())
        };
        let ratios = |figure: fn(&EarnedValue) -> Option<earned_value::Ratio>| {
            let all = one.value.values().map(figure);
            let shown = all.map(|ratio| ratio.map(earned_value::Ratio::shown));
            Value::Array(
                shown
                    .map(|text| json!(text.unwrap_or("–".into())))
                    .collect(),
            )
        };
        cells.extend([
            Value::Array(one.value.keys().map(|currency| json!(currency)).collect()),
            values(|value| Some(value.budget)),
            values(|value| Some(value.earned)),
            values(|value| Some(value.actual)),
            ratios(EarnedValue::cpi),
            ratios(EarnedValue::spi),
        ]);
        cells
    };
    let mut rows: Vec<Vec<Value>> = all.iter().map(|one| row(&one.name, one)).collect();
    if !rows.is_empty() {
        rows.push(row("All", &total));
    }
    let titles = &[
        "portfolio",
        "open>",
        "green>",
        "amber>",
        "red>",
        "stale>",
        "worst",
        "currency",
        "BAC>",
        "EV>",
        "AC>",
        "CPI>",
        "SPI>",
    ];
    answer(titles, rows.into_iter())
}

pub(super) fn trend(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    let id = one(asked, "project")?;
    let found = trend::of(asked.board, id, asked.today);
    let rows = found.iter().flat_map(|trend| {
        trend.points.iter().map(|(day, expected)| {
            vec![
                json!(trend.milestone.name),
                json!(day),
                json!(expected),
                json!(trend.drift),
                json!(trend.moves),
            ]
        })
    });
    let titles = &["milestone", "as of", "expected", "drift wd>", "moves>"];
    Ok(answer(titles, rows))
}
