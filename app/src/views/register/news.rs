//! Since you last looked: what has changed for this person, remarks and requests, sign-offs that still hold or do not.
//!
//! Differences are the engine's, between what was marked as seen and now; nothing derived is stored.

use adjutant_base::{DocumentId, RecordId};
use adjutant_client::review::{Standing, marks, since_seen, standing};
use adjutant_model::diff::words::{Told, Weight};
use adjutant_model::review::{RemarkField, RemarkKind, RemarkState};
use adjutant_model::{Command, Kind};

use super::data::{Datum, Register, Row, Rowset, Source, bits, names, ranked, shows};
use crate::icons;
use crate::theme::Tone;
use crate::views::owners::own;
use crate::views::record::title;
use crate::views::{Intent, kind_look};
use crate::widgets::table::Sort;

const MATTERS: usize = 0;
const CHANGES: usize = 1;
const REMARKS: usize = 2;
const SIGNED: usize = 3;
const ALL: usize = 4;

pub(super) static SINCE: Register = Register {
    name: "Since you last looked",
    hint: "Filter what is new",
    nouns: ("thing", "things"),
    icon: icons::SEEN,
    columns: &[
        shows("Part", 118.0),
        shows("Weight", 118.0),
        names("What"),
        shows("Belongs to", 190.0),
        shows("Who", 158.0),
        shows("Day", 92.0).right(),
    ],
    choices: &["What matters", "Changes", "Remarks", "Sign-offs", "All"],
    tiles: &[],
    sort: Sort {
        column: 1,
        is_descending: false,
    },
    adds: None,
    empty: (
        "Nothing is new",
        "Changes by others, remarks and sign-offs appear here until you mark them as seen",
    ),
    rows,
};

fn rows(source: &Source) -> Rowset {
    let board = &source.scene.board;
    let Some(person) = own(board, source.desk.device()) else {
        return Rowset {
            remark: "This device is in no workspace yet".to_owned(),
            ..Rowset::default()
        };
    };
    let past = match source.desk.past_blocking() {
        Ok(past) => past,
        Err(remark) => {
            return Rowset {
                remark,
                ..Rowset::default()
            };
        }
    };
    let news = since_seen(&past, board, person);
    let mut rows: Vec<Row> = news.told.iter().map(told_row).collect();
    rows.extend(remarks(source));
    rows.extend(board.sign_offs.into_iter().map(|(id, made)| {
        let stands = standing(&past, made);
        signed_row(source, *id, made, &stands)
    }));
    let button = seen_button(source, &news.seen, person);
    let remark = if news.is_first {
        "You have not looked yet: all of it is new to you"
    } else {
        ""
    };
    Rowset {
        rows,
        remark: remark.to_owned(),
        button,
    }
}

fn seen_button(
    source: &Source,
    seen: &std::collections::BTreeMap<DocumentId, Vec<adjutant_base::ChangeHash>>,
    person: adjutant_model::PersonId,
) -> Option<(&'static str, Intent)> {
    let commands = marks(seen, person, source.scene.today);
    let command = Command::Batch {
        label: "mark as seen".to_owned(),
        commands,
    };
    let said = "Marked as seen".to_owned();
    (!seen.is_empty()).then_some(("Mark all as seen", Intent::DoAndSay(command, said)))
}

fn told_row(told: &Told) -> Row {
    let (rank, tone, icon, words) = match told.weight {
        Weight::High => (0, Tone::Warn, icons::HIGH, "Look at"),
        Weight::Normal => (1, Tone::Neutral, icons::INFO, "Work"),
        Weight::Low => (2, Tone::Neutral, icons::TO_DO, "Wording"),
    };
    let (family_icon, _) = kind_look(told.kind);
    let cells = vec![
        Datum::mark(
            told.family as usize,
            Tone::Neutral,
            family_icon,
            told.family.label(),
        ),
        Datum::mark(rank, tone, icon, words),
        Datum::name(&told.sentence()),
        Datum::quiet(&told.of),
        Datum::text(""),
        Datum::text(""),
    ];
    let choices = bits(&[
        (MATTERS, told.weight == Weight::High),
        (CHANGES, true),
        (ALL, true),
    ]);
    let id = RecordId::derived(&format!("told/{}", told.id));
    Row::new(id, Some((told.kind, told.id)), choices, cells)
}

fn remarks(source: &Source) -> Vec<Row> {
    let (board, today) = (&source.scene.board, source.scene.today);
    let remarks = board.remarks.into_iter();
    remarks
        .map(|(id, remark)| {
            let is_open = remark.state == RemarkState::Open;
            let is_request = remark.kind == RemarkKind::Request;
            let (rank, words) = ranked(&remark.kind);
            let tone = if is_open && is_request {
                Tone::Warn
            } else {
                Tone::Neutral
            };
            let about = remark.about.and_then(|id| Some((board.find(id)?.0, id)));
            let of = about.map_or_else(String::new, |(kind, id)| title(board, kind, id));
            let said = remark.text.0.replace('\n', " ");
            let cells = vec![
                Datum::mark(20 + rank, tone, icons::COMMENT, words),
                Datum::quiet(ranked(&remark.state).1),
                Datum::name(&said),
                Datum::quiet(&of),
                Datum::person(board, remark.person),
                Datum::day(remark.day, today),
            ];
            let choices = bits(&[(MATTERS, is_open), (REMARKS, true), (ALL, true)]);
            let done = Command::edit(*id, vec![RemarkField::State(RemarkState::Done)]);
            Row::new(*id, about, choices, cells)
                .on_space(is_open.then_some(done), format!("Settled: {said}"))
        })
        .collect()
}

fn signed_row(
    source: &Source,
    id: RecordId,
    made: &adjutant_model::review::SignOff,
    stands: &Standing,
) -> Row {
    let (board, today) = (&source.scene.board, source.scene.today);
    let (rank, tone, icon, words) = match stands {
        Standing::ChangedSince(_) => (0, Tone::Warn, icons::WARNING, "Changed since"),
        Standing::Returned => (1, Tone::Bad, icons::ERROR, "Given back"),
        Standing::Approved => (3, Tone::Ok, icons::DONE, "Approved"),
        Standing::NotHere => (2, Tone::Neutral, icons::INFO, "Not here yet"),
    };
    let about = made.about.and_then(|id| Some((board.find(id)?.0, id)));
    let of = about.map_or_else(String::new, |(kind, id)| title(board, kind, id));
    let kind = about.map_or(Kind::SignOff, |(kind, _)| kind);
    let changed = match stands {
        Standing::ChangedSince(told) => {
            let sentences: Vec<String> = told.iter().map(Told::sentence).collect();
            sentences.join(". ")
        }
        Standing::Approved | Standing::Returned | Standing::NotHere => String::new(),
    };
    let subject = format!("{} {of}", crate::views::record::kind_label(kind));
    let cells = vec![
        Datum::mark(30, Tone::Neutral, icons::SEEN, "Sign-off"),
        Datum::mark(rank, tone, icon, words).noted(&changed),
        Datum::name(&subject),
        Datum::quiet(if changed.is_empty() {
            &made.note
        } else {
            &changed
        }),
        Datum::person(board, made.person),
        Datum::day(made.day, today),
    ];
    let choices = bits(&[(MATTERS, rank == 0), (SIGNED, true), (ALL, true)]);
    Row::new(id, about, choices, cells)
}
