//! Questions about the whole board, answered as a table or as JSON: what is due, what is wrong, where things stand.
//!
//! Each answer is one query of the model; nothing is worked out here. Days are ISO dates, amounts in tables have their
//! decimals and in JSON are minor units.

use adjutant_base::RecordId;
use adjutant_model::calendar::{Period, add_days};
use adjutant_model::money::{Currency, show_minor};
use adjutant_model::query::earned_value::Outlook;
use adjutant_model::query::{
    budget, change, contract, earned_value, evaluation, finding, health, licence, meeting, metric,
    obligation, onboarding, procurement, recurring, schedule,
};
use adjutant_model::settings::Rules;
use adjutant_model::workdays::Calendars;
use adjutant_model::{Board, Kind};
use anyhow::Context as _;
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::args::{AskOptions, Question};
use crate::output::table;
use crate::session::Session;

/// An answer: titles of columns, `>` marks figures; each row's cells as people and as programs read them.
struct Answer {
    titles: &'static [&'static str],
    rows: Vec<Vec<Value>>,
    /// What stands above the table.
    words: String,
}

/// What a question is asked about.
struct Asked<'a> {
    board: &'a Board,
    today: NaiveDate,
    of: Option<RecordId>,
    days: i64,
}

/// Prints the answer to a question.
pub(crate) fn run(session: &Session, options: &AskOptions) -> anyhow::Result<()> {
    let board = session.board();
    let of = options.of.as_deref().map(|text| session.find(text));
    let asked = Asked {
        board: &board,
        today: session.today(),
        of: of.transpose()?.map(|(_, id)| id),
        days: i64::from(options.days),
    };
    let answer = match options.question {
        Question::Schedule => schedule(&asked)?,
        Question::EarnedValue => earned_value(&asked)?,
        Question::Health => health(&asked),
        Question::Obligations => obligations(&asked),
        Question::Findings => findings(&asked),
        Question::Contracts => contracts(&asked),
        Question::Licences => licences(&asked),
        Question::Invoices => invoices(&asked),
        Question::Budget => budget_position(&asked)?,
        Question::Flags => flags(&asked)?,
        Question::Agenda => agenda(&asked)?,
        Question::Decisions => decisions(&asked),
        Question::Recurring => recurring(&asked),
        Question::Changes => changes(&asked),
        Question::Messages => messages(&asked),
        Question::Checklists => checklists(&asked),
        Question::Evaluation => evaluation(&asked)?,
        Question::Metrics => metrics(&asked),
    };
    let keys = || {
        answer
            .titles
            .iter()
            .map(|title| title.trim_end_matches('>'))
    };
    let objects = answer.rows.iter().map(|row| {
        let pairs = keys()
            .zip(row)
            .map(|(key, value)| (key.to_owned(), plain(value)));
        Value::Object(pairs.collect::<Map<_, _>>())
    });
    let objects: Vec<Value> = objects.collect();
    let cells = answer
        .rows
        .iter()
        .map(|row| row.iter().map(shown).collect());
    let words = if answer.rows.is_empty() {
        "Nothing\n".to_owned()
    } else {
        answer.words + &table(answer.titles, cells.collect())
    };
    session.output.result(&words, &Value::Array(objects))
}

/// Returns what a program reads of a cell: of an amount its minor units.
fn plain(value: &Value) -> Value {
    value.get("minor").unwrap_or(value).clone()
}

/// Returns what people read of a cell.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Object(amount) => amount.get("shown").map(shown).unwrap_or_default(),
        Value::Array(parts) => parts.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Number(number) => number.to_string(),
    }
}

fn amount(minor: impl Into<Option<i64>>, currency: Currency) -> Value {
    let Some(minor) = minor.into() else {
        return Value::Null;
    };
    json!({ "minor": minor, "shown": show_minor(minor, currency) })
}

fn percent(basis_points: Option<i64>) -> Value {
    let show = |points: i64| {
        let sign = if points < 0 { "-" } else { "" };
        let size = points.unsigned_abs();
        json!(format!("{sign}{}.{:02} %", size / 100, size % 100))
    };
    basis_points.map_or(Value::Null, show)
}

fn answer(titles: &'static [&'static str], rows: impl Iterator<Item = Vec<Value>>) -> Answer {
    Answer {
        titles,
        rows: rows.collect(),
        words: String::new(),
    }
}

fn one(asked: &Asked<'_>, what: &str) -> anyhow::Result<RecordId> {
    asked
        .of
        .with_context(|| format!("say which {what} with --of ID"))
}

fn schedule(asked: &Asked<'_>) -> anyhow::Result<Answer> {
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

fn earned_value(asked: &Asked<'_>) -> anyhow::Result<Answer> {
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

fn health(asked: &Asked<'_>) -> Answer {
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

fn obligations(asked: &Asked<'_>) -> Answer {
    let through = add_days(asked.today, asked.days);
    let all = obligation::all(asked.board, asked.today, through);
    let rows = all.iter().map(|one| {
        vec![
            json!(one.act_by),
            json!(one.days_left),
            json!(one.step),
            json!(if one.needs_note() { "to note" } else { "" }),
            json!(one.duty.label()),
            json!(one.title),
            json!(asked.board.person_name(one.owner)),
            json!(one.deadline),
            json!(one.id),
        ]
    });
    let titles = &[
        "act by", "days>", "step>", "note", "duty", "what", "owner", "deadline", "id",
    ];
    answer(titles, rows)
}

fn findings(asked: &Asked<'_>) -> Answer {
    let all = finding::all(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        vec![
            json!(one.rule.name()),
            json!(one.words),
            json!(one.remedy),
            json!(one.fix.is_some()),
            json!(one.id),
        ]
    });
    answer(&["rule", "what", "what to do", "fix", "id"], rows)
}

fn contracts(asked: &Asked<'_>) -> Answer {
    let all = contract::all(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        vec![
            json!(one.contract.name),
            json!(one.state.label()),
            json!(one.act_by),
            json!(one.notice_deadline),
            json!(one.term.map(|term| term.last)),
            json!(one.ends_on),
            amount(one.annual_value, one.contract.currency),
            json!(asked.board.person_name(one.contract.owner)),
            json!(one.contract.meta.id),
        ]
    });
    let titles = &[
        "contract",
        "state",
        "act by",
        "notice by",
        "term ends",
        "ends on",
        "a year>",
        "owner",
        "id",
    ];
    answer(titles, rows)
}

fn licences(asked: &Asked<'_>) -> Answer {
    let all = licence::positions(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        vec![
            json!(one.product),
            json!(one.metric.label()),
            json!(one.seats),
            json!(one.assigned),
            json!(one.in_use),
            json!(one.available),
            json!(one.shelfware),
            amount(one.gap_cost, one.currency),
            percent(one.utilisation),
        ]
    });
    let titles = &[
        "product",
        "metric",
        "seats>",
        "assigned>",
        "in use>",
        "available>",
        "shelfware>",
        "gap cost>",
        "used>",
    ];
    answer(titles, rows)
}

fn invoices(asked: &Asked<'_>) -> Answer {
    let all = procurement::invoices(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        let invoice = &one.invoice;
        let vendor = invoice.vendor.and_then(|id| asked.board.vendors.get(&id));
        vec![
            json!(invoice.number),
            json!(vendor.map(|vendor| vendor.name.clone())),
            json!(invoice.state.label()),
            json!(one.due),
            amount(invoice.total.map(|total| total.0), invoice.currency),
            json!(if one.exceptions.is_empty() {
                "matches"
            } else {
                "exception"
            }),
            json!(one.duplicates.len()),
            json!(asked.board.person_name(one.routing.next)),
            json!(one.routing.waiting_days),
            json!(invoice.meta.id),
        ]
    });
    let titles = &[
        "invoice",
        "vendor",
        "state",
        "due",
        "total>",
        "match",
        "copies>",
        "waits for",
        "days>",
        "id",
    ];
    answer(titles, rows)
}

fn the_budget(asked: &Asked<'_>) -> anyhow::Result<(RecordId, Option<Period>)> {
    let id = one(asked, "budget")?;
    let found = asked
        .board
        .budgets
        .get(&id)
        .context("that record is no budget")?;
    Ok((id, budget::ended_through(found, asked.today)))
}

fn budget_position(asked: &Asked<'_>) -> anyhow::Result<Answer> {
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

fn flags(asked: &Asked<'_>) -> anyhow::Result<Answer> {
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

fn agenda(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    let id = one(asked, "meeting")?;
    let found =
        meeting::agenda(asked.board, id, asked.today).context("that record is no meeting")?;
    let row = |what: &str, title: &str, day: Option<NaiveDate>| {
        vec![json!(what), json!(title), json!(day)]
    };
    let mut rows = Vec::new();
    let before = found.previous.and_then(|meeting| meeting.day);
    if before.is_some() {
        rows.push(row("Minutes to approve", "", before));
    }
    rows.extend(
        found
            .actions
            .iter()
            .map(|one| row("Open action", &one.title, one.due)),
    );
    rows.extend(
        found
            .standing
            .iter()
            .map(|topic| row("Standing topic", topic, None)),
    );
    rows.extend(
        found
            .topics
            .iter()
            .map(|one| row("Topic", &one.title, None)),
    );
    rows.extend(
        found
            .parked
            .iter()
            .map(|one| row("Parked topic", &one.title, None)),
    );
    let contracts = found.contracts.iter();
    rows.extend(contracts.map(|one| row("Contract", &one.contract.name, one.act_by)));
    let milestones = found.milestones.iter();
    rows.extend(milestones.map(|one| {
        row(
            "Milestone",
            &one.name,
            adjutant_model::query::project::shown_day(one),
        )
    }));
    let lines = found.lines_off_plan.iter();
    rows.extend(lines.map(|(name, flag)| row(flag.label(), name, None)));
    Ok(answer(&["what", "title", "day"], rows.into_iter()))
}

fn decisions(asked: &Asked<'_>) -> Answer {
    let standing = meeting::decisions_in_force(asked.board);
    let rows = standing.iter().map(|one| {
        let held = one.meeting.and_then(|id| asked.board.meetings.get(&id));
        let day = one
            .effective
            .or_else(|| held.and_then(|meeting| meeting.day));
        vec![
            json!(one.number),
            json!(one.title),
            json!(asked.board.person_name(one.decided_by)),
            json!(day),
            json!(one.meta.id),
        ]
    });
    answer(&["number", "decision", "decided by", "from", "id"], rows)
}

fn recurring(asked: &Asked<'_>) -> Answer {
    let due = recurring::due(asked.board, asked.today);
    let rows = due.iter().map(|one| {
        vec![
            json!(one.occurrence.day),
            json!(one.series.title),
            json!(asked.board.person_name(one.series.owner)),
            json!(one.occurrence.id),
        ]
    });
    answer(&["due", "action", "owner", "id"], rows)
}

fn changes(asked: &Asked<'_>) -> Answer {
    let all = change::all(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        let of = &one.change;
        let warnings: Vec<&str> = one.warnings.iter().map(change::Warning::words).collect();
        let moment = |moment: Option<adjutant_model::change::LocalMoment>| {
            json!(moment.map(|moment| moment.0.format("%Y-%m-%d %H:%M").to_string()))
        };
        vec![
            json!(of.title),
            json!(of.kind.label()),
            json!(of.state.label()),
            moment(of.starts),
            moment(of.ends),
            json!(warnings),
            json!(of.meta.id),
        ]
    });
    answer(
        &[
            "change", "kind", "state", "starts", "ends", "warnings", "id",
        ],
        rows,
    )
}

fn messages(asked: &Asked<'_>) -> Answer {
    let all = change::all(asked.board, asked.today);
    let wanted = all
        .iter()
        .filter(|one| asked.of.is_none_or(|of| of == one.change.meta.id));
    let rows = wanted.flat_map(|one| {
        one.plan.iter().map(|message| {
            vec![
                json!(message.day),
                json!(one.change.title),
                json!(message.step),
                json!(message.progress),
                json!(message.is_overdue),
                json!(message.id),
            ]
        })
    });
    answer(
        &["day", "change", "message", "state", "overdue", "id"],
        rows,
    )
}

fn checklists(asked: &Asked<'_>) -> Answer {
    let calendars = Calendars::of(asked.board);
    let all = onboarding::all(asked.board, asked.today, calendars.of_workspace());
    let wanted = all
        .iter()
        .filter(|one| asked.of.is_none_or(|of| of == one.checklist.meta.id));
    let rows = wanted.flat_map(|one| {
        one.items.iter().map(|(item, due)| {
            vec![
                json!(one.checklist.title),
                json!(due),
                json!(item.title),
                json!(onboarding::is_settled(item)),
                json!(asked.board.person_name(item.owner)),
                json!(item.meta.id),
            ]
        })
    });
    answer(
        &["checklist", "due", "item", "settled", "owner", "id"],
        rows,
    )
}

fn evaluation(asked: &Asked<'_>) -> anyhow::Result<Answer> {
    let id = one(asked, "evaluation")?;
    let found = evaluation::figures(asked.board, id).context("that record is no evaluation")?;
    let currency = found.evaluation.currency;
    let rows = found.options.iter().map(|one| {
        let failed: Vec<&str> = one.failed.iter().map(|of| of.name.as_str()).collect();
        vec![
            json!(one.rank),
            json!(one.option.name),
            percent(Some(one.total_basis_points)),
            amount(one.option.price.map(|price| price.0), currency),
            json!(failed),
            json!(one.option.meta.id),
        ]
    });
    let mut answer = answer(
        &["rank>", "option", "total>", "price>", "fails", "id"],
        rows,
    );
    if let Some(turn) = &found.turn {
        let change = shown(&percent(Some(turn.change_basis_points)));
        answer.words = format!(
            "\"{}\" draws level if the weight of \"{}\" changes by {change}\n",
            turn.winner.name, turn.criterion.name
        );
    }
    Ok(answer)
}

fn metrics(asked: &Asked<'_>) -> Answer {
    let all = metric::all(asked.board, asked.today);
    let rows = all.iter().map(|one| {
        let latest = one.latest();
        vec![
            json!(one.metric.name),
            json!(latest.map(|(_, value)| value)),
            json!(one.metric.unit),
            json!(latest.map(|(day, _)| day)),
            json!(one.change),
            json!(one.metric.target.map(|target| target.0)),
            json!(one.is_met),
        ]
    });
    answer(
        &[
            "metric", "value>", "unit", "day", "change>", "target>", "met",
        ],
        rows,
    )
}
