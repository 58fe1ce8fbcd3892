//! What was and where it is: the history of edits, fields with two values, and the care of the data.
//!
//! The past is read and never written; settling a conflict is a new edit.

use std::collections::BTreeMap;

use adjutant_base::{ActorId, RecordId, Timestamp};
use adjutant_client::{LinkState, Told, device_record};
use adjutant_model::{Board, Kind, Raw};

use super::data::{Datum, Register, Row, Rowset, Source, bits, names, shows};
use crate::format;
use crate::icons;
use crate::theme::Tone;
use crate::views::record::{Field, kind_label, label, plain, title};
use crate::views::{Intent, kind_look};
use crate::widgets::table::Sort;

/// Edits listed at most, the newest: more are told by the record that they are of.
const EDITS: usize = 20_000;

const fn by(column: usize, is_descending: bool) -> Sort {
    Sort {
        column,
        is_descending,
    }
}

pub(super) static CONFLICTS: Register = Register {
    name: "Conflicts",
    hint: "Filter conflicts",
    nouns: ("conflict", "conflicts"),
    icon: icons::CONFLICTS,
    columns: &[
        shows("Part", 140.0),
        names("Record"),
        shows("Field", 124.0),
        shows("Stands", 200.0),
        shows("Also written", 220.0),
        shows("By", 150.0),
    ],
    choices: &[],
    tiles: &[],
    sort: by(1, false),
    adds: None,
    empty: (
        "No conflicts",
        "Where two people give one field two values at once, both are kept and shown here",
    ),
    rows: conflicts,
};

fn conflicts(source: &Source) -> Rowset {
    let board = &source.scene.board;
    let rows = board.conflicts().filter_map(|(kind, id, conflict)| {
        let name = kind
            .field_names()
            .into_iter()
            .find(|name| *name == conflict.field)?;
        let field = Field { kind, id, name };
        let shown = |raw: &Raw| match plain(board, field, raw) {
            words if words.is_empty() => "Nothing".to_owned(),
            words => words,
        };
        let stands = shown(&conflict.winner.value);
        let others: Vec<String> = conflict
            .losers
            .iter()
            .map(|one| shown(&one.value))
            .collect();
        let authors = conflict.losers.iter().map(|one| author(board, one.actor));
        let authors: Vec<String> = authors.collect();
        let settle = |value: &Raw| Intent::Settle {
            kind,
            id,
            field: name,
            value: value.clone(),
        };
        let values = std::iter::once(&conflict.winner).chain(&conflict.losers);
        let mut offers: Vec<(String, Intent)> = values
            .map(|one| (format!("Keep {}", shown(&one.value)), settle(&one.value)))
            .collect();
        offers.push(("Open the record".to_owned(), Intent::Open(kind, id)));
        let (icon, _) = kind_look(kind);
        let cells = vec![
            Datum::mark(kind as usize, Tone::Neutral, icon, &kind_label(kind)),
            Datum::name(&title(board, kind, id)),
            Datum::text(&label(name)),
            Datum::mark(0, Tone::Ok, icons::DONE, &stands),
            Datum::mark(0, Tone::Warn, icons::CONFLICTS, &others.join(" / ")),
            Datum::quiet(&authors.join(", ")),
        ];
        let row = RecordId::derived(&format!("conflict/{id}/{name}"));
        let mut row = Row::new(row, Some((kind, id)), 0, cells);
        row.offers = offers;
        Some(row)
    });
    Rowset {
        rows: rows.collect(),
        ..Rowset::default()
    }
}

/// Returns the person of an actor, or its device.
pub(crate) fn author(board: &Board, actor: Option<ActorId>) -> String {
    let Some(actor) = actor else {
        return "Another program".to_owned();
    };
    let device = board.devices.get(&device_record(actor.device()));
    match device.map(|device| board.person_name(device.person)) {
        None | Some("") => "Unknown device".to_owned(),
        Some(name) => name.to_owned(),
    }
}

pub(super) static HISTORY: Register = Register {
    name: "History",
    hint: "Filter edits",
    nouns: ("edit", "edits"),
    icon: icons::HISTORY,
    columns: &[
        shows("When", 160.0),
        shows("Who", 130.0),
        names("Record"),
        shows("Field", 120.0),
        shows("From", 136.0),
        shows("To", 190.0),
        shows("By", 130.0),
    ],
    choices: &["Work", "All"],
    tiles: &[],
    sort: by(0, true),
    adds: None,
    empty: (
        "No edits yet",
        "Every edit is kept with who made it and when",
    ),
    rows: history,
};

fn history(source: &Source) -> Rowset {
    let board = &source.scene.board;
    let past = match source.desk.past_blocking() {
        Ok(past) => past,
        Err(remark) => {
            return Rowset {
                remark,
                ..Rowset::default()
            };
        }
    };
    let told = past.story(|_, _| true);
    let offset_s = source.desk.status().utc_offset_s;
    let more = told.len().saturating_sub(EDITS);
    let rows = told
        .iter()
        .enumerate()
        .skip(more)
        .map(|(at, told)| edit_row(board, told, (at, offset_s)));
    let remark = if more == 0 {
        String::new()
    } else {
        format!("and {} older", format::count(more))
    };
    Rowset {
        rows: rows.collect(),
        remark,
        button: None,
    }
}

/// Returns a moment as people read it, in local time.
pub(crate) fn moment(at: Timestamp, offset_s: i32) -> String {
    let local =
        at.0.saturating_add(i64::from(offset_s).saturating_mul(1_000));
    chrono::DateTime::from_timestamp_millis(local)
        .map_or_else(String::new, |at| at.format("%-d %b %Y, %H:%M").to_string())
}

fn edit_row(board: &Board, told: &Told, (at, offset_s): (usize, i32)) -> Row {
    let edit = &told.edit;
    let kind = Kind::from_name(&edit.kind);
    let (from, to) = edit_values(board, told);
    let subject = kind.map_or_else(
        || edit.kind.clone(),
        |kind| {
            let name = title(board, kind, edit.record);
            format!("{} {name}", kind_label(kind))
        },
    );
    let is_internal = kind.is_none_or(Kind::is_internal);
    let when = format!("{:020}/{at:010}", edit.made_at.0);
    let note = if edit.is_clock_odd() {
        "The clock of that device was wrong"
    } else {
        ""
    };
    let cells = vec![
        Datum::text(&moment(edit.time, offset_s))
            .sorted_by(&when)
            .noted(note),
        Datum::text(&author(board, edit.actor)),
        Datum::name(&subject),
        Datum::text(&label(&edit.field)),
        Datum::quiet(&from),
        Datum::text(&to),
        Datum::quiet(&label(&edit.command)),
    ];
    let id = RecordId::derived(&format!("edit/{at}"));
    let target = kind.map(|kind| (kind, edit.record));
    Row::new(id, target, bits(&[(0, !is_internal), (1, true)]), cells)
}

/// Returns what stood before and what was written, as people read it and short enough for a cell.
pub(crate) fn edit_values(board: &Board, told: &Told) -> (String, String) {
    let edit = &told.edit;
    let kind = Kind::from_name(&edit.kind);
    let name = kind.and_then(|kind| {
        let mut names = kind.field_names().into_iter();
        names.find(|name| *name == edit.field)
    });
    let shown = |raw: &Raw| {
        let words = match (kind, name) {
            (Some(kind), Some(name)) => {
                let id = edit.record;
                plain(board, Field { kind, id, name }, raw)
            }
            _ => raw.shown(),
        };
        let flat = words.replace('\n', " ");
        flat.chars().take(120).collect::<String>()
    };
    let mut to = shown(&edit.after);
    if !edit.beside.is_empty() {
        let beside: Vec<String> = edit.beside.iter().map(shown).collect();
        to = format!("{to} (at the same time: {})", beside.join(" / "));
    }
    (shown(&edit.before), to)
}

pub(super) static CARE: Register = Register {
    name: "Sync and data care",
    hint: "Filter documents",
    nouns: ("document", "documents"),
    icon: icons::CARE,
    columns: &[
        names("Document"),
        shows("Here", 190.0),
        shows("On the relay", 220.0),
        shows("Changes", 96.0).right(),
        shows("Content", 120.0),
    ],
    choices: &["All"],
    tiles: &[],
    sort: by(1, false),
    adds: None,
    empty: (
        "No data yet",
        "Each document is checked against its own changes",
    ),
    rows: care,
};

/// Builds every document anew from its changes, and compares that with what is shown and with the relay.
fn care(source: &Source) -> Rowset {
    let status = source.desk.status();
    let refused = |remark| Rowset {
        remark,
        ..Rowset::default()
    };
    let prints = match source.desk.fingerprints_blocking() {
        Ok(prints) => prints,
        Err(words) => return refused(words),
    };
    let past = match source.desk.past_blocking() {
        Ok(past) => past,
        Err(words) => return refused(words),
    };
    let anew = past.newest().documents.into_iter();
    let anew: BTreeMap<_, _> = anew.map(|one| (one.document, one)).collect();
    let has_relay = status.link != LinkState::NoRelay;
    let rows = prints.iter().map(|print| {
        let is_whole = match anew.get(&print.document) {
            Some(one) => one.content_hash == print.content_hash && one.heads == print.heads,
            None => print.heads.is_empty(),
        };
        let here = if is_whole {
            Datum::mark(2, Tone::Ok, icons::DONE, "Whole")
        } else {
            Datum::mark(0, Tone::Bad, icons::ERROR, "Differs from its changes")
        };
        let lacks = past.count_beyond(print.document, &print.relay_heads);
        let knows = past.knows(print.document, &print.relay_heads);
        let relay = match (has_relay, print.is_compared) {
            (false, _) => Datum::mark(3, Tone::Neutral, icons::SAVED, "On this device only"),
            (true, false) => Datum::mark(2, Tone::Neutral, icons::OFFLINE, "Not compared"),
            (true, true) if !knows => {
                Datum::mark(1, Tone::Accent, icons::SYNCING, "Has more to send here")
            }
            (true, true) if lacks == 0 => Datum::mark(4, Tone::Ok, icons::ON_RELAY, "The same"),
            (true, true) => {
                let words = format!("Lacks {}", format::counted(lacks, "change", "changes"));
                Datum::mark(0, Tone::Accent, icons::SENDING, &words)
            }
        };
        let cells = vec![
            Datum::name(&print.title),
            here,
            relay,
            Datum::count(
                i64::try_from(print.changes).unwrap_or(i64::MAX),
                Tone::Neutral,
            ),
            Datum::quiet(&print.content_hash.short()),
        ];
        let id = RecordId::derived(&print.document.to_string());
        Row::new(id, None, bits(&[(0, true)]), cells)
    });
    Rowset {
        rows: rows.collect(),
        remark: status.words(),
        button: None,
    }
}
