//! A reviewer's work from a shell: what has changed since one last looked, remarks, requests and sign-offs.
//!
//! Whether an approval still holds is told by comparing the version that was seen with today's; it is never stored.

use adjutant_base::RecordId;
use adjutant_client::device_record;
use adjutant_client::review::{Standing, marks, since_seen, standing};
use adjutant_model::diff::words::{self, Weight};
use adjutant_model::review::{
    Heads, NamedVersionField, RemarkField, RemarkKind, RemarkState, SignOffField, Verdict,
    Versions, sign_offs,
};
use adjutant_model::{Board, Command, Kind, PersonId, Prose};
use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::args::{ReviewOptions, SinceOptions};
use crate::history;
use crate::output::table;
use crate::session::Session;

/// Returns the person whose device this is.
fn own(session: &Session) -> anyhow::Result<PersonId> {
    let board = session.board();
    let id = device_record(session.engine.device());
    let device = board.devices.get(&id);
    device
        .and_then(|device| device.person)
        .context("this device is in no workspace yet; make or join one first")
}

/// Prints what has changed since this person last looked, and marks it as seen if asked to.
pub(crate) fn since(session: &Session, options: &SinceOptions) -> anyhow::Result<()> {
    let person = own(session)?;
    let past = history::read(session)?;
    let news = since_seen(&past, &session.board(), person);
    let told = news.told;
    let mut words = match (news.is_first, told.len()) {
        (_, 0) => "Nothing has changed since you last looked\n".to_owned(),
        (true, count) => format!(
            "You have not looked yet: {count} records are new to you; `since --mark` marks them as seen\n"
        ),
        (false, _) => grouped(&told, options.all),
    };
    if options.mark {
        let commands = marks(&news.seen, person, session.engine.today());
        if !commands.is_empty() {
            session.execute(Command::Batch {
                label: "mark as seen".to_owned(),
                commands,
            })?;
        }
        words.push_str("Marked as seen\n");
    }
    session.output.result(&words, &serde_json::to_value(&told)?)
}

/// Returns differences under their part of the work, what matters most first; the little ones counted unless asked for.
fn grouped(told: &[words::Told], with_all: bool) -> String {
    let (shown, little): (Vec<_>, Vec<_>) = told
        .iter()
        .partition(|told| with_all || told.weight != Weight::Low);
    let rows = shown.iter().map(|told| {
        let mark = match told.weight {
            Weight::High => "!",
            Weight::Normal | Weight::Low => "",
        };
        vec![
            mark.to_owned(),
            told.family.label().to_owned(),
            told.of.clone(),
            told.sentence(),
        ]
    });
    let mut words = table(&["", "part", "of", "what"], rows.collect());
    if !little.is_empty() {
        words.push_str(&format!(
            "and {} smaller changes; --all shows them\n",
            little.len()
        ));
    }
    words
}

/// Does what a reviewer asks for.
pub(crate) fn run(session: &Session, options: &ReviewOptions) -> anyhow::Result<()> {
    match options {
        ReviewOptions::Comment { id, text, field } => {
            remark(session, id, text, field.as_deref(), RemarkKind::Comment)
        }
        ReviewOptions::Request { id, text, field } => {
            remark(session, id, text, field.as_deref(), RemarkKind::Request)
        }
        ReviewOptions::Settle { id, decline } => settle(session, id, *decline),
        ReviewOptions::Sign {
            id,
            give_back,
            note,
        } => sign(session, id, *give_back, note),
        ReviewOptions::Name { name } => give_name(session, name),
        ReviewOptions::List { id } => list(session, id.as_deref()),
    }
}

fn remark(
    session: &Session,
    about: &str,
    text: &str,
    field: Option<&str>,
    kind: RemarkKind,
) -> anyhow::Result<()> {
    let (about_kind, about) = session.find(about)?;
    if let Some(field) = field
        && !about_kind.field_names().contains(&field)
    {
        bail!(
            "a {} has no field \"{field}\"; its fields are {}",
            about_kind.label(),
            about_kind.field_names().join(", ")
        );
    }
    let id = session.engine.new_record_id()?;
    let fields = vec![
        RemarkField::About(Some(about)),
        RemarkField::Field(field.unwrap_or_default().to_owned()),
        RemarkField::Text(Prose(text.to_owned())),
        RemarkField::Kind(kind),
        RemarkField::Person(Some(own(session)?)),
        RemarkField::Day(Some(session.engine.today())),
    ];
    session.execute(Command::create(id, fields))?;
    let words = format!("{} made: {id}", kind.label());
    session
        .output
        .result(&words, &json!({ "id": id, "about": about }))
}

fn settle(session: &Session, id: &str, decline: bool) -> anyhow::Result<()> {
    let id = session.find_kind(id, Kind::Remark)?;
    let state = if decline {
        RemarkState::Declined
    } else {
        RemarkState::Done
    };
    session.execute(Command::edit(id, vec![RemarkField::State(state)]))?;
    session
        .output
        .result(state.label(), &json!({ "id": id, "state": state }))
}

fn sign(session: &Session, id: &str, give_back: bool, note: &str) -> anyhow::Result<()> {
    let (kind, about) = session.find(id)?;
    let board = session.board();
    let document = board
        .document_of(kind, about)
        .context("the record has gone")?;
    let prints = session.engine.fingerprints_blocking()?;
    let print = prints.into_iter().find(|print| print.document == document);
    let heads = print.context("the record's document is not here")?.heads;
    let verdict = if give_back {
        Verdict::Returned
    } else {
        Verdict::Approved
    };
    let fields = vec![
        SignOffField::About(Some(about)),
        SignOffField::Verdict(verdict),
        SignOffField::Person(Some(own(session)?)),
        SignOffField::Day(Some(session.engine.today())),
        SignOffField::Document(document.to_string()),
        SignOffField::Heads(Heads(heads)),
        SignOffField::Note(note.to_owned()),
    ];
    let id = session.engine.new_record_id()?;
    session.execute(Command::create(id, fields))?;
    let words = format!("{} as it is now: {id}", verdict.label());
    session.output.result(
        &words,
        &json!({ "id": id, "about": about, "verdict": verdict }),
    )
}

/// Gives the version of now a name.
fn give_name(session: &Session, name: &str) -> anyhow::Result<()> {
    let prints = session.engine.fingerprints_blocking()?;
    let versions = prints
        .into_iter()
        .filter(|print| !print.heads.is_empty())
        .map(|print| (print.document, print.heads));
    let fields = vec![
        NamedVersionField::Name(name.to_owned()),
        NamedVersionField::Person(Some(own(session)?)),
        NamedVersionField::Day(Some(session.engine.today())),
        NamedVersionField::Documents(Versions(versions.collect())),
    ];
    let id = session.engine.new_record_id()?;
    session.execute(Command::create(id, fields))?;
    let words = format!("The version of now is \"{name}\"; --as-of \"{name}\" shows it");
    session
        .output
        .result(&words, &json!({ "id": id, "name": name }))
}

/// Returns who has approved a record as it stands.
pub(crate) fn signers(session: &Session, about: RecordId) -> anyhow::Result<Vec<String>> {
    let board = session.board();
    let made = sign_offs(&board, about);
    if made.is_empty() {
        return Ok(Vec::new());
    }
    let past = history::read(session)?;
    let standing = made
        .iter()
        .filter(|made| standing(&past, made) == Standing::Approved);
    Ok(standing
        .map(|made| {
            let day = made.day.map(words::shown_day).unwrap_or_default();
            format!("{}, {day}", board.person_name(made.person))
        })
        .collect())
}

/// Prints remarks and sign-offs, of one record or of all.
fn list(session: &Session, id: Option<&str>) -> anyhow::Result<()> {
    let board = session.board();
    let about = match id {
        Some(text) => Some(session.find(text)?.1),
        None => None,
    };
    let wanted = |of: Option<RecordId>| about.is_none() || of == about;
    let past = history::read(session)?;
    let (mut rows, mut values): (Vec<Vec<String>>, Vec<Value>) = (Vec::new(), Vec::new());
    for (id, made) in &board.sign_offs {
        if !wanted(made.about) {
            continue;
        }
        let (standing, changed) = match standing(&past, made) {
            Standing::Returned => ("returned".to_owned(), Vec::new()),
            Standing::Approved => ("approved".to_owned(), Vec::new()),
            Standing::NotHere => (
                "approved; that version has not arrived here".to_owned(),
                Vec::new(),
            ),
            Standing::ChangedSince(told) => {
                let sentences: Vec<String> = told.iter().map(words::Told::sentence).collect();
                let words = format!("changed since approved: {}", sentences.join(". "));
                (words, told)
            }
        };
        rows.push(vec![
            made.day.map(|day| day.to_string()).unwrap_or_default(),
            board.person_name(made.person).to_owned(),
            subject(&board, made.about),
            "sign-off".to_owned(),
            standing.clone(),
            made.note.clone(),
            history::short(*id),
        ]);
        values.push(json!({
            "id": id, "about": made.about, "what": "sign_off", "verdict": made.verdict, "standing": standing,
            "changed": changed, "person": board.person_name(made.person), "day": made.day, "heads": made.heads.0,
        }));
    }
    for (id, made) in &board.remarks {
        if !wanted(made.about) {
            continue;
        }
        let place = match made.field.as_str() {
            "" => subject(&board, made.about),
            field => format!("{}, {field}", subject(&board, made.about)),
        };
        rows.push(vec![
            made.day.map(|day| day.to_string()).unwrap_or_default(),
            board.person_name(made.person).to_owned(),
            place,
            made.kind.label().to_lowercase(),
            made.state.label().to_lowercase(),
            made.text.0.clone(),
            history::short(*id),
        ]);
        values.push(json!({
            "id": id, "about": made.about, "what": made.kind, "state": made.state, "field": made.field,
            "text": made.text.0, "person": board.person_name(made.person), "day": made.day,
        }));
    }
    let words = match rows.len() {
        0 => "No remarks and no sign-offs\n".to_owned(),
        _ => table(
            &["day", "who", "about", "what", "stands", "words", "id"],
            rows,
        ),
    };
    session.output.result(&words, &Value::Array(values))
}

fn subject(board: &Board, about: Option<RecordId>) -> String {
    let found = about.and_then(|id| board.find(id).map(|(kind, _)| (kind, id)));
    match found {
        Some((kind, id)) => history::name_of(board, kind.name(), id),
        None => "a record that is not here".to_owned(),
    }
}
