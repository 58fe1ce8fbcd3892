//! Questions about the whole board, answered as a table or as JSON: what is due, what is wrong, where things stand.
//!
//! Each answer is one query of the model; nothing is worked out here. Days are ISO dates, amounts in tables have their
//! decimals and in JSON are minor units.

mod budgets;
mod projects;
mod purchases;
mod work;

use adjutant_base::RecordId;
use adjutant_model::calendar::add_days;
use adjutant_model::compliance::ATTACHMENT_NOTE;
use adjutant_model::money::{Currency, show_minor};
use adjutant_model::query::{finding, obligation};
use adjutant_model::settings::settings_id;
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
        Question::Schedule => projects::schedule(&asked)?,
        Question::EarnedValue => projects::earned_value(&asked)?,
        Question::Health => projects::health(&asked),
        Question::Obligations => obligations(&asked),
        Question::Findings => findings(&asked),
        Question::Contracts => purchases::contracts(&asked),
        Question::Licences => purchases::licences(&asked),
        Question::Invoices => purchases::invoices(&asked),
        Question::Budget => budgets::budget_position(&asked)?,
        Question::Flags => budgets::flags(&asked)?,
        Question::Agenda => work::agenda(&asked)?,
        Question::Decisions => work::decisions(&asked),
        Question::Recurring => work::recurring(&asked),
        Question::Changes => work::changes(&asked),
        Question::Messages => work::messages(&asked),
        Question::Checklists => work::checklists(&asked),
        Question::Evaluation => purchases::evaluation(&asked)?,
        Question::Metrics => work::metrics(&asked),
        Question::Portfolio => projects::portfolio(&asked),
        Question::Trend => projects::trend(&asked)?,
        Question::Vendors => purchases::vendors(&asked),
        Question::Settings => settings(&asked),
        Question::Attachments => attachments(&asked),
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
    if let Value::Array(parts) = value {
        return parts.iter().map(plain).collect();
    }
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

fn settings(asked: &Asked<'_>) -> Answer {
    let chosen = asked.board.values(Kind::Settings, settings_id());
    let chosen = chosen.unwrap_or_default();
    let rows = Kind::Settings.fields().iter().map(|info| {
        let value = chosen.iter().find(|(name, _)| *name == info.name);
        let shown = value.map(|(_, raw)| {
            asked
                .board
                .shown(Kind::Settings, settings_id(), info.name, raw)
        });
        vec![
            json!(info.name),
            json!(shown.unwrap_or_default()),
            json!(info.description.trim()),
        ]
    });
    answer(&["setting", "value", "meaning"], rows)
}

fn attachments(asked: &Asked<'_>) -> Answer {
    let all = (&asked.board.attachments).into_iter();
    let wanted = all.filter(|(_, one)| asked.of.is_none_or(|of| one.about == Some(of)));
    let rows = wanted.map(|(id, one)| {
        let about = one
            .about
            .and_then(|id| asked.board.find(id).map(|(kind, _)| kind.label()));
        vec![
            json!(one.name),
            json!(about),
            json!(one.size_bytes.map(|size| size.0)),
            json!(one.location),
            json!(one.hash),
            json!(id),
        ]
    });
    let titles = &["attachment", "belongs to", "bytes>", "where", "hash", "id"];
    let mut answer = answer(titles, rows);
    answer.words = format!("{ATTACHMENT_NOTE}.\n");
    answer
}
