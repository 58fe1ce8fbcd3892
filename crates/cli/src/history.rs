//! The past from a shell: who changed what, what differs between two moments, and what one command did, undone.
//!
//! Moments are days or local times of day. The one rule: the past is read and never written; an undo is a new edit.

use adjutant_base::{ActorId, DeviceId, RecordId, Timestamp};
use adjutant_client::{Moment, Past, Told, Version, Zone, device_record};
use adjutant_model::diff::words;
use adjutant_model::workdays::Calendars;
use adjutant_model::{Board, Kind, Raw};
use anyhow::{Context as _, bail};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Value, json};

use crate::args::{DiffOptions, HistoryOptions};
use crate::output::table;
use crate::session::Session;

/// Reads a moment: a day means its end, a day with a time of day that minute or second.
pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    let text = text.trim();
    let day = text.parse::<NaiveDate>().ok();
    let end = day.and_then(|day| day.and_hms_opt(23, 59, 59));
    let forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
    let exact = forms
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let minute = forms
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    // A minute means its end, as a day does.
    let minute = minute.and_then(|minute| minute.checked_add_signed(TimeDelta::seconds(59)));
    let local = end.or(exact).or(minute).ok_or_else(|| {
        "a moment is a day like 2026-11-30, or a day and time like 2026-11-30T14:02".to_owned()
    })?;
    let as_utc = local.and_utc().timestamp_millis();
    let offset_ms = |at: i64| i64::from(Zone::Local.offset_s(Timestamp(at))).saturating_mul(1_000);
    // The distance from UTC is that of the moment itself; twice, for the nights in which clocks change.
    let near = as_utc.saturating_sub(offset_ms(as_utc));
    Ok(Moment(Timestamp(as_utc.saturating_sub(offset_ms(near)))))
}

/// Returns the version that a text means, and the day that its figures hold for: a moment, or a name that was given.
pub(crate) fn version(
    board: &Board,
    past: &Past,
    text: &str,
) -> anyhow::Result<(NaiveDate, Version)> {
    let not_a_moment = match moment(text) {
        Ok(moment) => return Ok((Zone::Local.today(moment.0), past.as_of(moment))),
        Err(words) => words,
    };
    let wanted = text.trim().to_lowercase();
    let mut versions = board.versions.into_iter().map(|(_, named)| named);
    // Of several with one name the newest.
    let Some(named) = versions.rfind(|named| named.name.to_lowercase() == wanted) else {
        bail!("there is no version \"{text}\", and {not_a_moment}");
    };
    let heads = &named.documents.0;
    if heads.is_empty() || !heads.iter().all(|(id, heads)| past.knows(*id, heads)) {
        bail!("the version \"{text}\" has not arrived here whole; sync first");
    }
    let day = named.day.unwrap_or_default();
    Ok((day, past.as_seen(heads)))
}

/// Returns a moment as people read it, in local time.
pub(crate) fn shown_time(at: Timestamp) -> String {
    let offset_ms = i64::from(Zone::Local.offset_s(at)).saturating_mul(1_000);
    chrono::DateTime::from_timestamp_millis(at.0.saturating_add(offset_ms))
        .map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// Prints edits, newest first.
pub(crate) fn history(session: &Session, options: &HistoryOptions) -> anyhow::Result<()> {
    let past = read(session)?;
    let board = session.board();
    let record = match &options.id {
        Some(text) => Some(session.find_any(text)?.1),
        None => None,
    };
    let mut told = match record {
        Some(record) => past.story_of(record),
        // Without what the program keeps for itself; by its id that is told as well.
        None => past.story(|kind, _| Kind::from_name(kind).is_none_or(|kind| !kind.is_internal())),
    };
    let by = options.by.as_deref().map(str::to_lowercase);
    told.retain(|told| {
        let edit = &told.edit;
        options
            .field
            .as_ref()
            .is_none_or(|field| edit.field == *field)
            && options.since.is_none_or(|since| edit.made_at > since.0)
            && options.until.is_none_or(|until| edit.made_at <= until.0)
            && by.as_ref().is_none_or(|by| {
                let author = author(&board, edit.actor);
                author.to_lowercase().contains(by)
            })
    });
    let count = told.len();
    told.reverse();
    told.truncate(options.limit);
    let rows = told.iter().map(|told| row(&board, told, record.is_none()));
    let mut words = match count {
        0 => "No edits\n".to_owned(),
        _ if record.is_none() => table(
            &[
                "when", "who", "command", "record", "field", "from", "to", "step",
            ],
            rows.collect(),
        ),
        _ => table(
            &["when", "who", "command", "field", "from", "to", "step"],
            rows.collect(),
        ),
    };
    if count > told.len() {
        let more = count.saturating_sub(told.len());
        words.push_str(&format!("and {more} more; --limit shows them\n"));
    }
    if told.iter().any(|told| told.edit.is_clock_odd()) {
        words.push_str(
            "? the clock of that device was wrong: the edit stands on one that says it was made later\n",
        );
    }
    let values = told.iter().map(|told| edit_json(&board, told)).collect();
    session.output.result(&words, &Value::Array(values))
}

fn row(board: &Board, told: &Told, with_record: bool) -> Vec<String> {
    let edit = &told.edit;
    let mark = if edit.is_clock_odd() { " ?" } else { "" };
    let mut cells = vec![
        format!("{}{mark}", shown_time(edit.time)),
        author(board, edit.actor),
        edit.command.clone(),
    ];
    if with_record {
        cells.push(name_of(board, &edit.kind, edit.record));
    }
    let mut to = value(board, told, &edit.after);
    if !edit.beside.is_empty() {
        let beside: Vec<String> = edit
            .beside
            .iter()
            .map(|beside| value(board, told, beside))
            .collect();
        to = format!("{to} (at the same time: {})", beside.join(" / "));
    }
    let step = edit.command_id.map(short).unwrap_or_default();
    cells.extend([
        edit.field.clone(),
        value(board, told, &edit.before),
        to,
        step,
    ]);
    cells
}

/// Returns the end of an id: what tells it apart.
pub(crate) fn short(id: RecordId) -> String {
    let text = id.to_string();
    text.chars().skip(text.len().saturating_sub(12)).collect()
}

/// Returns the person and device of an actor.
pub(crate) fn author(board: &Board, actor: Option<ActorId>) -> String {
    let Some(actor) = actor else {
        return "another program".to_owned();
    };
    device(board, actor.device())
}

/// Returns the person and name of a device.
pub(crate) fn device(board: &Board, device: DeviceId) -> String {
    match board.devices.get(&device_record(device)) {
        Some(known) => {
            let person = board.person_name(known.person);
            format!("{person}, {}", known.name)
        }
        None => format!("device {device}"),
    }
}

pub(crate) fn name_of(board: &Board, kind: &str, id: RecordId) -> String {
    let Some(kind) = Kind::from_name(kind) else {
        return format!("{kind} {}", short(id));
    };
    let values = board.values(kind, id).unwrap_or_default();
    let title = values.iter().find(|(name, _)| *name == kind.title_field());
    let title = title.map(|(_, raw)| raw.shown()).or_else(|| {
        let deleted = board.deleted.get(&id)?;
        Some(format!("{} (deleted)", deleted.title))
    });
    format!("{} {}", kind.label(), title.unwrap_or_else(|| short(id)))
}

fn value(board: &Board, told: &Told, raw: &Raw) -> String {
    let edit = &told.edit;
    let shown = match Kind::from_name(&edit.kind) {
        Some(kind) => crate::records::shown(board, kind, edit.record, &edit.field, raw),
        None => raw.shown(),
    };
    let flat = shown.replace('\n', " ");
    let mut cut: String = flat.chars().take(60).collect();
    if cut.len() < flat.len() {
        cut.push('…');
    }
    cut
}

fn edit_json(board: &Board, told: &Told) -> Value {
    let edit = &told.edit;
    json!({
        "time": edit.time, "made_at": edit.made_at, "clock_odd": edit.is_clock_odd(),
        "who": author(board, edit.actor), "actor": edit.actor, "command": edit.command, "step": edit.command_id,
        "kind": edit.kind, "id": edit.record, "document": told.document, "field": edit.field,
        "before": edit.before, "after": edit.after, "beside": edit.beside, "change": edit.change,
    })
}

/// Prints what differs between two moments.
pub(crate) fn diff(session: &Session, options: &DiffOptions) -> anyhow::Result<()> {
    let (past, board) = (read(session)?, session.board());
    let (_, before) = version(&board, &past, &options.from)?;
    let after = match &options.to {
        Some(to) => version(&board, &past, to)?.1,
        None => past.newest(),
    };
    if let (Ok(from), Some(Ok(to))) = (moment(&options.from), options.to.as_deref().map(moment))
        && to < from
    {
        bail!("the second moment lies before the first one; change them round");
    }
    let (before, after) = (before.board, after.board);
    print_told(session, &before, &after, "Nothing differs")
}

/// Prints differences as sentences under their part of the work.
fn print_told(
    session: &Session,
    before: &Board,
    after: &Board,
    nothing: &str,
) -> anyhow::Result<()> {
    let calendars = Calendars::of(after);
    let told = words::tell(before, after, calendars.of_workspace());
    let rows = told.iter().map(|told| {
        vec![
            told.family.label().to_owned(),
            told.of.clone(),
            told.sentence(),
        ]
    });
    let words = if told.is_empty() {
        format!("{nothing}\n")
    } else {
        table(&["part", "of", "what"], rows.collect())
    };
    let json = serde_json::to_value(&told)?;
    session.output.result(&words, &json)
}

/// Undoes one step where nobody has changed it since.
pub(crate) fn undo(session: &Session, step: &str) -> anyhow::Result<()> {
    let wanted = step.trim().to_lowercase();
    if wanted.len() < 4 {
        bail!("\"{step}\" is too short; `history` shows each step's id in its last column");
    }
    let told = read(session)?.story(|_, _| true);
    let mut found: Vec<RecordId> = told
        .iter()
        .filter_map(|told| told.edit.command_id)
        .filter(|id| id.to_string().contains(&wanted))
        .collect();
    found.sort_unstable();
    found.dedup();
    let id = match found.as_slice() {
        [id] => *id,
        [] => bail!("there is no step with \"{step}\" in its id; `history` shows them"),
        _ => bail!("several steps have \"{step}\" in their id; give more of it"),
    };
    let undone = session.engine.undo_step_blocking(id)?;
    session.close()?;
    let board = session.board();
    let mut words = format!("Undone: {}, {} fields\n", undone.command, undone.changed);
    for told in &undone.kept {
        words.push_str(&format!(
            "Kept: {} of {}, which {} set to {} on {}\n",
            told.edit.field,
            name_of(&board, &told.edit.kind, told.edit.record),
            author(&board, told.edit.actor),
            value(&board, told, &told.edit.after),
            shown_time(told.edit.time),
        ));
    }
    let kept: Vec<Value> = undone
        .kept
        .iter()
        .map(|told| edit_json(&board, told))
        .collect();
    let json = json!({ "command": undone.command, "changed": undone.changed, "kept": kept });
    session.output.result(&words, &json)
}

/// Settles a conflict: keeps the value that stands, or takes one that was written at the same time.
pub(crate) fn settle(session: &Session, id: &str, field: &str, take: usize) -> anyhow::Result<()> {
    let (kind, id) = session.find(id)?;
    let board = session.board();
    let meta = board.meta(kind, id).context("the record has gone")?;
    let conflict = meta
        .conflicts
        .iter()
        .find(|conflict| conflict.field == field);
    let Some(conflict) = conflict else {
        bail!(
            "the {field} of that {} is not in conflict; `conflicts` lists those that are",
            kind.label()
        );
    };
    let picked = match take.checked_sub(1) {
        None => &conflict.winner,
        Some(at) => conflict.losers.get(at).with_context(|| {
            format!(
                "{} values were also written; --take takes 1 to {0}",
                conflict.losers.len()
            )
        })?,
    };
    let shown = board.shown(kind, id, field, &picked.value);
    session
        .engine
        .settle_blocking(kind, id, field, picked.value.clone())?;
    session.close()?;
    let words = format!("{field} of {} is {shown}", name_of(&board, kind.name(), id));
    session.output.result(
        &words,
        &json!({ "id": id, "field": field, "value": picked.value }),
    )
}

/// Reads everything that this device's copy ever was.
pub(crate) fn read(session: &Session) -> anyhow::Result<Past> {
    session
        .engine
        .past_blocking()
        .context("cannot read the history")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_end_and_a_minute_too() {
        let at = |text: &str| moment(text).map(|moment| moment.0.0 / 1_000);
        let day = at("2026-11-30").unwrap();
        assert_eq!(at("2026-11-30T23:59:59"), Ok(day));
        assert_eq!(at("2026-11-30 23:59"), Ok(day));
        assert_eq!(at("2026-11-30T22:59"), Ok(day - 3_600));
        for bad in [
            "",
            "yesterday",
            "2026-02-30",
            "30.11.2026",
            "2026-11-30T25:00",
        ] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
