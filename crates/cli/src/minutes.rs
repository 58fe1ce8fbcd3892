//! Minutes as text: what they propose, and making those proposals that a person names.
//!
//! The one rule: nothing is made that was not named.

use std::collections::BTreeSet;
use std::path::Path;

use adjutant_exchange::import::compare::compare;
use adjutant_exchange::import::{Imported, Summary, Warnings, minutes};
use adjutant_model::{Board, Command, Kind};
use anyhow::Context as _;
use serde_json::{Value, json};

use crate::args::ImportOptions;
use crate::import::bytes_of;
use crate::output::table;
use crate::session::Session;

/// Shows what minutes propose, each with its sentence, and makes those that were named.
pub(crate) fn run(session: &Session, options: &ImportOptions, path: &Path) -> anyhow::Result<()> {
    let text = options
        .of
        .as_deref()
        .context("say which meeting: --of ID")?;
    let meeting = session.find_kind(text, Kind::Meeting)?;
    let board = session.board();
    let day = board.meetings.get(&meeting).and_then(|one| one.day);
    let (bytes, name) = bytes_of(path)?;
    let found = minutes::proposals(&bytes, &board, day.unwrap_or_else(|| session.today()))?;
    let wanted = taken(options, found.len())?;
    let (mut words, json) = told(&board, &found);
    let chosen = found
        .iter()
        .enumerate()
        .filter(|(at, _)| wanted.contains(&(at + 1)));
    let commands: Vec<Command> = chosen.map(|(_, one)| minutes::take(one, meeting)).collect();
    let imported = Imported {
        commands: vec![Command::Batch {
            label: "import minutes".to_owned(),
            commands,
        }],
        summary: Summary::default(),
        warnings: Warnings::default(),
    };
    let (_, imported) = compare(&board, imported, &name);
    let mut made = 0;
    for command in imported.from_file(&name, &bytes).commands {
        if let (Command::Batch { commands, .. }, false) = (&command, options.dry_run) {
            made += commands.len();
            session.execute(command)?;
        }
    }
    words.push_str(&format!("{made} of {} proposals were made\n", found.len()));
    session.output.result(&words, &json)
}

/// Shows proposals as a table and as JSON.
fn told(board: &Board, found: &[minutes::Proposal]) -> (String, Value) {
    let row = |(at, one): (usize, &minutes::Proposal)| {
        let what = match one.what {
            minutes::What::Action => "action",
            minutes::What::Decision => "decision",
        };
        let due = one.due.map(|day| day.to_string()).unwrap_or_default();
        let owner = board.person_name(one.owner).to_owned();
        let (number, line) = ((at + 1).to_string(), one.line.to_string());
        vec![
            number,
            what.to_owned(),
            one.title.clone(),
            owner,
            due,
            line,
            one.sentence.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().enumerate().map(row).collect();
    let keys = [
        "number", "what", "title", "owner", "due", "line", "sentence",
    ];
    let object = |row: &Vec<String>| -> Value {
        let pairs = keys.iter().zip(row);
        pairs
            .map(|(key, cell)| ((*key).to_owned(), json!(cell)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let json: Value = rows.iter().map(object).collect();
    let words = if rows.is_empty() {
        "Nothing is proposed\n".to_owned()
    } else {
        let heads = ["#>", "what", "title", "owner", "due", "line>", "sentence"];
        table(&heads, rows)
    };
    (words, json)
}

/// Returns the numbers of the proposals that are to be made.
fn taken(options: &ImportOptions, count: usize) -> anyhow::Result<BTreeSet<usize>> {
    let Some(text) = &options.take else {
        return Ok(BTreeSet::new());
    };
    if text.trim() == "all" {
        return Ok((1..=count).collect());
    }
    let number = |word: &str| {
        let number: Option<usize> = word.trim().parse().ok();
        let number = number.filter(|number| (1..=count).contains(number));
        number.with_context(|| format!("\"{word}\" is none of the {count} proposals"))
    };
    text.split(',').map(number).collect()
}
