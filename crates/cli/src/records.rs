//! Listing, showing, making and changing records.
//!
//! Works on any kind by its fields' names; the rules of a kind are the model's.

use adjutant_base::RecordId;
use adjutant_model::compliance::ATTACHMENT_NOTE;
use adjutant_model::people::PersonField;
use adjutant_model::query::meeting;
use adjutant_model::{Board, Command, FieldValue as _, Fields, Kind, PersonId, Raw};
use anyhow::{Context as _, bail};
use chrono::Datelike as _;
use serde_json::{Map, Value, json};

use crate::args::ListOptions;
use crate::output::table;
use crate::session::Session;

/// The columns of lists that need a choice of their own; a trailing `>` marks figures.
const COLUMNS: &[(Kind, &[&str])] = &[
    (
        Kind::Project,
        &[
            "code",
            "name",
            "status",
            "owner",
            "portfolio",
            "start",
            "target",
            "planned_cost>",
        ],
    ),
    (
        Kind::Milestone,
        &[
            "name", "project", "baseline", "forecast", "done_on", "owner",
        ],
    ),
    (
        Kind::Action,
        &["title", "state", "owner", "due", "priority", "project"],
    ),
    (
        Kind::Budget,
        &["name", "fiscal_year>", "currency", "cost_centre"],
    ),
    (
        Kind::BudgetLine,
        &["name", "category", "account", "kind", "plan>", "actual>"],
    ),
    (Kind::DocumentEntry, &["title", "holds", "document"]),
];

/// Columns of every other list: so many of the kind's first fields.
const FIRST_FIELDS: usize = 8;

/// Returns the columns of a list.
fn columns(kind: Kind) -> Vec<String> {
    if let Some((_, chosen)) = COLUMNS.iter().find(|(of, _)| *of == kind) {
        return chosen.iter().map(|column| (*column).to_owned()).collect();
    }
    let is_listed = |info: &&adjutant_model::schema::FieldInfo| {
        info.value_type != adjutant_model::Prose::TYPE && !info.is_monthly
    };
    let is_figure = |value_type: &str| value_type == adjutant_model::money::Amount::TYPE;
    kind.fields()
        .iter()
        .filter(is_listed)
        .take(FIRST_FIELDS)
        .map(|info| {
            let mark = if is_figure(info.value_type) { ">" } else { "" };
            format!("{}{mark}", info.name)
        })
        .collect()
}

/// Prints the records of a kind.
pub(crate) fn list(session: &Session, options: &ListOptions) -> anyhow::Result<()> {
    let board = session.board();
    let columns = columns(options.kind);
    let words: Vec<String> = options
        .filter
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let (mut rows, mut values, mut more) = (Vec::new(), Vec::new(), 0_usize);
    for id in board.ids(options.kind) {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| cell(&board, options.kind, id, column))
            .collect();
        let line = cells.join(" ").to_lowercase();
        if !words.iter().all(|word| line.contains(word)) {
            continue;
        }
        if options.limit.is_some_and(|limit| rows.len() >= limit) {
            more += 1;
            continue;
        }
        values.push(record_json(&board, options.kind, id));
        let short = crate::history::short(id);
        rows.push([vec![short], cells].concat());
    }
    let count = rows.len();
    let titles: Vec<&str> = std::iter::once("id")
        .chain(columns.iter().map(String::as_str))
        .collect();
    let mut words = table(&titles, rows);
    if count == 0 {
        words = format!("No {} matches\n", options.kind.label());
    }
    if more > 0 {
        words.push_str(&format!("and {more} more\n"));
    }
    if options.kind == Kind::Attachment {
        words.push_str(&format!("{ATTACHMENT_NOTE}.\n"));
    }
    session.output.result(&words, &Value::Array(values))
}

/// Returns what stands in one cell of a list.
fn cell(board: &Board, kind: Kind, id: RecordId, column: &str) -> String {
    let field = column.trim_end_matches('>');
    let values = board.values(kind, id).unwrap_or_default();
    if kind == Kind::BudgetLine && (field == "plan" || field == "actual") {
        let months = values
            .iter()
            .filter(|(name, _)| name.starts_with(&format!("{field}_")));
        let sum = adjutant_model::money::sum(months.filter_map(|(_, raw)| i64::from_raw(raw)));
        return adjutant_model::money::show_minor(sum, board.currency_of(kind, id));
    }
    values
        .iter()
        .find(|(name, _)| *name == field)
        .map(|(name, raw)| shown(board, kind, id, name, raw))
        .unwrap_or_default()
}

/// Returns a value as people read it: persons and parents by name, amounts with decimals.
pub(crate) fn shown(board: &Board, kind: Kind, id: RecordId, field: &str, raw: &Raw) -> String {
    let is_person = kind
        .fields()
        .iter()
        .any(|info| info.name == field && info.value_type == PersonId::TYPE);
    if is_person {
        let name = board.person_name(PersonId::from_raw(raw));
        return if name.is_empty() {
            raw.shown()
        } else {
            name.to_owned()
        };
    }
    let refers =
        RecordId::from_raw(raw).and_then(|other| board.find(other).map(|(kind, _)| (kind, other)));
    match refers {
        Some((other_kind, other)) => title(board, other_kind, other),
        None => board.shown(kind, id, field, raw),
    }
}

fn title(board: &Board, kind: Kind, id: RecordId) -> String {
    let values = board.values(kind, id).unwrap_or_default();
    values
        .iter()
        .find(|(name, _)| *name == kind.title_field())
        .map(|(_, raw)| raw.shown())
        .unwrap_or_default()
}

/// Returns a record for programs: fields under their names, amounts in minor units.
fn record_json(board: &Board, kind: Kind, id: RecordId) -> Value {
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(id));
    object.insert("kind".to_owned(), json!(kind.name()));
    for (name, raw) in board.values(kind, id).unwrap_or_default() {
        let value = match raw {
            Raw::Null => Value::Null,
            Raw::Bool(yes) => json!(yes),
            Raw::Int(number) => json!(number),
            Raw::Line(text) | Raw::Prose(text) | Raw::Other(text) => json!(text),
            Raw::Bytes(bytes) => json!(adjutant_base::hex::encode(&bytes)),
        };
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// Prints one record with all its fields that hold something, and its conflicts.
pub(crate) fn show(session: &Session, id: &str) -> anyhow::Result<()> {
    let (kind, id) = session.find(id)?;
    let board = session.board();
    let mut rows = vec![
        vec!["id".to_owned(), id.to_string()],
        vec!["kind".to_owned(), kind.label().to_owned()],
    ];
    for (name, raw) in board.values(kind, id).unwrap_or_default() {
        let text = shown(&board, kind, id, name, &raw);
        if !text.is_empty() {
            rows.push(vec![name.to_owned(), text]);
        }
    }
    let mut json = record_json(&board, kind, id);
    let meta = board.meta(kind, id).context("the record has gone")?;
    for conflict in &meta.conflicts {
        for loser in &conflict.losers {
            let text = board.shown(kind, id, &conflict.field, &loser.value);
            rows.push(vec![format!("{} (also)", conflict.field), text]);
        }
    }
    if let Value::Object(object) = &mut json {
        object.insert("document".to_owned(), json!(meta.document));
        object.insert(
            "conflicts".to_owned(),
            serde_json::to_value(&meta.conflicts)?,
        );
    }
    let own = (&board.attachments).into_iter();
    let mut own = own.filter(|(_, one)| one.about == Some(id)).peekable();
    let has_note = kind == Kind::Attachment || own.peek().is_some();
    rows.extend(own.map(|(id, one)| vec!["attachment".to_owned(), format!("{} {id}", one.name)]));
    if has_note {
        rows.push(vec!["note".to_owned(), format!("{ATTACHMENT_NOTE}.")]);
    }
    session
        .output
        .result(&table(&["field", "value"], rows), &json)
}

/// Makes a record.
pub(crate) fn create(session: &Session, kind: Kind, fields: &[String]) -> anyhow::Result<()> {
    let board = session.board();
    let mut pairs = pairs(fields)?;
    if kind.is_internal() {
        bail!("a {} is made by the program itself", kind.label());
    }
    let drawn = session.engine.new_record_id()?;
    let number = number(session, kind);
    let is_numbered = pairs.iter().any(|(name, _)| *name == "number");
    if let Some(number) = number.as_deref().filter(|_| !is_numbered) {
        pairs.push(("number", number));
    }
    let (fields, before) = read_fields(&board, kind, drawn, &pairs, session)?;
    let raws: Vec<_> = fields.raws();
    let raws: Vec<_> = raws.into_iter().map(|(name, raw, _)| (name, raw)).collect();
    // Two devices that enter the same person, day or period make the same record.
    let id = kind.natural_id(&raws).unwrap_or(drawn);
    run(session, before, Command::Create { id, fields })?;
    said(session, "made", kind, id)
}

/// Returns the next number that people can cite, for a kind that has numbers: each device counts by itself.
fn number(session: &Session, kind: Kind) -> Option<String> {
    let board = session.board();
    let tag = meeting::device_tag(&session.engine.device());
    if kind == Kind::Action {
        let used = (&board.actions).into_iter();
        let used = used.map(|(_, one)| one.number.as_str());
        return Some(meeting::next_number(&format!("A-{tag}-"), used));
    }
    let used = (&board.decisions).into_iter();
    let used = used.map(|(_, one)| one.number.as_str());
    let year = session.today().year().rem_euclid(100);
    (kind == Kind::Decision).then(|| meeting::next_number(&format!("D-{year:02}-{tag}-"), used))
}

/// Sets fields of a record.
pub(crate) fn edit(session: &Session, id: &str, fields: &[String]) -> anyhow::Result<()> {
    let (kind, id) = session.find(id)?;
    let (fields, before) = read_fields(&session.board(), kind, id, &pairs(fields)?, session)?;
    run(session, before, Command::Edit { id, fields })?;
    said(session, "changed", kind, id)
}

/// Deletes a record.
pub(crate) fn delete(session: &Session, id: &str) -> anyhow::Result<()> {
    let (kind, id) = session.find(id)?;
    session.execute(Command::Delete { kind, id })?;
    let words = format!(
        "Deleted the {}; `restore {id}` brings it back",
        kind.label()
    );
    session
        .output
        .result(&words, &json!({ "deleted": id, "kind": kind.name() }))
}

/// Brings a deleted record back.
pub(crate) fn restore(session: &Session, id: &str) -> anyhow::Result<()> {
    let (kind, id) = session.find_deleted(id)?;
    session.execute(Command::Restore { kind, id })?;
    said(session, "restored", kind, id)
}

/// Prints every unsettled conflict.
pub(crate) fn conflicts(session: &Session) -> anyhow::Result<()> {
    let board = session.board();
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for (kind, id, conflict) in board.conflicts() {
        let kept: Vec<String> = conflict
            .losers
            .iter()
            .map(|loser| board.shown(kind, id, &conflict.field, &loser.value))
            .collect();
        let stands = board.shown(kind, id, &conflict.field, &conflict.winner.value);
        rows.push(vec![
            kind.label().to_owned(),
            title(&board, kind, id),
            conflict.field.clone(),
            stands,
            kept.join(" / "),
        ]);
        values.push(json!({ "kind": kind.name(), "id": id, "conflict": conflict }));
    }
    let words = match rows.len() {
        0 => "No conflicts".to_owned(),
        _ => table(&["kind", "record", "field", "stands", "also written"], rows),
    };
    session.output.result(&words, &Value::Array(values))
}

fn said(session: &Session, what: &str, kind: Kind, id: RecordId) -> anyhow::Result<()> {
    let board = session.board();
    let words = format!("{} {what}: {} {id}", kind.label(), title(&board, kind, id));
    session
        .output
        .result(&words, &record_json(&board, kind, id))
}

fn run(session: &Session, mut before: Vec<Command>, command: Command) -> anyhow::Result<()> {
    if before.is_empty() {
        session.execute(command)?;
        return Ok(());
    }
    let label = command.name();
    before.push(command);
    session.execute(Command::Batch {
        label,
        commands: before,
    })?;
    Ok(())
}

/// Splits `field=value` arguments.
fn pairs(fields: &[String]) -> anyhow::Result<Vec<(&str, &str)>> {
    let split = fields.iter().map(|field| {
        field
            .split_once('=')
            .with_context(|| format!("\"{field}\" is not of the form field=value"))
    });
    split.collect()
}

/// Reads what was typed; persons that are named for the first time are made, parents are found by part of their id.
fn read_fields(
    board: &Board,
    kind: Kind,
    id: RecordId,
    pairs: &[(&str, &str)],
    session: &Session,
) -> anyhow::Result<(Fields, Vec<Command>)> {
    let mut before = Vec::new();
    let mut inputs: Vec<(&str, String)> = Vec::new();
    for (name, text) in pairs {
        let value_type = kind
            .fields()
            .iter()
            .find(|info| info.name == *name)
            .map(|info| info.value_type);
        let mut text = (*text).to_owned();
        if value_type == Some(PersonId::TYPE) && !text.trim().is_empty() {
            let PersonId(person) = PersonId::from_input(&text)?;
            if board.people.get(&person).is_none() {
                before.push(Command::create(
                    person,
                    vec![PersonField::Name(text.trim().to_owned())],
                ));
            }
        } else if value_type == Some(RecordId::TYPE) && !text.trim().is_empty() {
            text = session.find(&text)?.1.to_string();
        }
        inputs.push((*name, text));
    }
    let currency = currency(board, kind, id, &inputs);
    let inputs = inputs.iter().map(|(name, text)| (*name, text.as_str()));
    Ok((Fields::from_input(kind, inputs, currency)?, before))
}

/// Returns the currency that amounts are typed in: the one given beside them, or the record's.
fn currency(
    board: &Board,
    kind: Kind,
    id: RecordId,
    inputs: &[(&str, String)],
) -> adjutant_model::money::Currency {
    let given = inputs
        .iter()
        .find(|(name, _)| *name == "currency")
        .map(|(_, text)| text);
    let parent = kind.parent_field().and_then(|(field, parent)| {
        let (_, text) = inputs.iter().find(|(name, _)| *name == field)?;
        Some((parent, text.parse().ok()?))
    });
    let given = given.and_then(|text| adjutant_model::money::Currency::from_input(text).ok());
    given
        .or_else(|| parent.map(|(kind, id)| board.currency_of(kind, id)))
        .unwrap_or_else(|| board.currency_of(kind, id))
}
