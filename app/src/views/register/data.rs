//! Rows of a register: made in the background from board and day, then filtered and sorted for the screen.
//!
//! No drawing and no state: equal scene and filter give equal rows.

use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_model::money::Currency;
use adjutant_model::{Board, Command, Kind, PersonId, Prose};
use chrono::NaiveDate;
use egui::Align;

use crate::desk::Desk;
use crate::format;
use crate::icons::Icon;
use crate::theme::Tone;
use crate::views::{Intent, Scene};
use crate::widgets::cell::{Cell, Look};
use crate::widgets::table::{Column, Rows, Sort};

/// What rows are made from.
#[derive(Clone)]
pub struct Source {
    /// The board and its day.
    pub scene: Scene,
    /// What can tell of the past.
    pub desk: Arc<dyn Desk>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("version", &self.scene.version())
            .finish_non_exhaustive()
    }
}

/// A register as data.
#[derive(Debug)]
pub struct Register {
    /// What its table is called.
    pub name: &'static str,
    /// What its filter says while it is empty.
    pub hint: &'static str,
    /// What a row is called: one, many.
    pub nouns: (&'static str, &'static str),
    /// Its icon.
    pub icon: Icon,
    /// Its columns.
    pub columns: &'static [RegisterColumn],
    /// Which rows can be chosen, the first at the start; a row says to which it belongs.
    pub choices: &'static [&'static str],
    /// Choices that are shown as tiles, with the tone of a count that is not zero and what is said of it.
    pub tiles: &'static [(usize, Tone, &'static str)],
    /// The order at the start.
    pub sort: Sort,
    /// The kind that its add button makes.
    pub adds: Option<Kind>,
    /// What it says while there are no rows, and what to do.
    pub empty: (&'static str, &'static str),
    /// Makes the rows.
    pub rows: fn(&Source) -> Rowset,
}

/// One column of a register.
#[derive(Debug, Clone, Copy)]
pub struct RegisterColumn {
    /// Head, width, alignment.
    pub column: Column,
    /// The field that it edits, if it is one.
    pub field: Option<&'static str>,
}

/// Returns a column that shows what is worked out.
pub const fn shows(title: &'static str, width: f32) -> RegisterColumn {
    let align = Align::Min;
    RegisterColumn {
        column: Column {
            title,
            width: Some(width),
            align,
        },
        field: None,
    }
}

/// Returns the column of names: it takes what is left, and opens the record.
pub const fn names(title: &'static str) -> RegisterColumn {
    RegisterColumn {
        column: Column {
            title,
            width: None,
            align: Align::Min,
        },
        field: None,
    }
}

impl RegisterColumn {
    /// Says which field the column edits.
    #[must_use]
    pub const fn edits(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Puts head and cells to the right: for figures and days.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.column.align = Align::Max;
        self
    }
}

/// All rows, and what can be done with them as a whole.
#[derive(Debug, Default)]
pub struct Rowset {
    /// The rows.
    pub rows: Vec<Row>,
    /// What stands over the rows, in one sentence; empty for nothing.
    pub remark: String,
    /// A button over the rows: its label, and what it asks for.
    pub button: Option<(&'static str, Intent)>,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// What tells it apart.
    pub id: RecordId,
    /// The record that it leads to.
    pub target: Option<(Kind, RecordId)>,
    /// The choices that it belongs to, one bit each.
    pub choices: u16,
    /// Its cells.
    pub cells: Vec<Datum>,
    /// What Space does.
    pub space: Option<Intent>,
    /// What Enter asks for instead of opening the record.
    pub opens: Option<Intent>,
    /// What Enter offers instead of opening the record.
    pub offers: Vec<(String, Intent)>,
    words: String,
}

/// A cell with what it is sorted by.
#[derive(Debug, Clone)]
pub struct Datum {
    /// What is shown.
    pub cell: Cell<'static>,
    key: Key,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Words(String),
    Nothing,
}

impl Datum {
    fn new(look: Look, words: impl Into<String>, key: Key) -> Self {
        Self {
            cell: Cell::new(look, words.into()),
            key,
        }
    }

    /// Returns the row's name.
    pub fn name(words: &str) -> Self {
        Self::new(Look::Name, words, key_of(words))
    }

    /// Returns a text.
    pub fn text(words: &str) -> Self {
        let flat = words.replace('\n', " ");
        Self::new(Look::Plain, flat, key_of(words))
    }

    /// Returns a text that steps back.
    pub fn quiet(words: &str) -> Self {
        let flat = words.replace('\n', " ");
        Self::new(Look::Quiet, flat, key_of(words))
    }

    /// Returns a person.
    pub fn person(board: &Board, person: Option<PersonId>) -> Self {
        match board.person_name(person) {
            "" => Self::new(Look::Quiet, "No owner", Key::Nothing),
            name => Self::new(Look::Person, name, key_of(name)),
        }
    }

    /// Returns a day.
    pub fn day(day: Option<NaiveDate>, today: NaiveDate) -> Self {
        Self::day_toned(day, today, Tone::Neutral)
    }

    /// Returns a day that says whether it is near.
    pub fn day_toned(day: Option<NaiveDate>, today: NaiveDate, tone: Tone) -> Self {
        let Some(day) = day else {
            return Self::new(Look::Plain, "", Key::Nothing);
        };
        let days = day.signed_duration_since(NaiveDate::default()).num_days();
        Self::new(
            Look::Figure(tone),
            format::day(day, today),
            Key::Number(days),
        )
    }

    /// Returns an amount in whole units.
    pub fn money(minor: Option<i64>, currency: Currency) -> Self {
        let Some(minor) = minor else {
            return Self::new(Look::Plain, "", Key::Nothing);
        };
        let words = format!("{} {}", format::whole(minor, currency), currency.code());
        Self::new(Look::Figure(Tone::Neutral), words, Key::Number(minor))
    }

    /// Returns a count.
    pub fn count(count: i64, tone: Tone) -> Self {
        Self::new(Look::Figure(tone), count.to_string(), Key::Number(count))
    }

    /// Returns a figure in words of its own.
    pub fn figure(words: impl Into<String>, number: i64, tone: Tone) -> Self {
        Self::new(Look::Figure(tone), words, Key::Number(number))
    }

    /// Returns a status; `rank` is what it is sorted by.
    pub fn tag(rank: usize, tone: Tone, icon: Icon, words: &str) -> Self {
        Self::new(Look::Tag(tone, icon), words, rank_of(rank))
    }

    /// Returns an icon and words in a tone.
    pub fn mark(rank: usize, tone: Tone, icon: Icon, words: &str) -> Self {
        Self::new(Look::Mark(tone, icon), words, rank_of(rank))
    }

    /// Returns steps of a ladder and words.
    pub fn ladder(days: i64, (climbed, of): (usize, usize), tone: Tone) -> Self {
        let short = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
        let words = match days {
            late if late < 0 => format!("{} late", format::counted(size(late), "day", "days")),
            0 => "Today".to_owned(),
            left => format::counted(size(left), "day", "days"),
        };
        Self::new(
            Look::Ladder(tone, short(climbed), short(of)),
            words,
            Key::Number(days),
        )
    }

    /// Sorts the cell by other words than it shows.
    #[must_use]
    pub fn sorted_by(mut self, words: &str) -> Self {
        self.key = key_of(words);
        self
    }

    /// Says what the cell means in words.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.cell.note = note.into().into();
        self
    }
}

/// Returns a day by which something is to happen: bad once it is past, near within a week.
pub fn due(day: Option<NaiveDate>, is_open: bool, today: NaiveDate) -> Datum {
    let left = day.map(|day| day.signed_duration_since(today).num_days());
    let tone = match left.filter(|_| is_open) {
        Some(..0) => Tone::Bad,
        Some(0..=7) => Tone::Warn,
        _ => Tone::Neutral,
    };
    let note = match left.filter(|_| is_open) {
        Some(left @ ..0) => {
            let days = usize::try_from(left.unsigned_abs()).unwrap_or(usize::MAX);
            format!("Overdue {}", format::counted(days, "day", "days"))
        }
        _ => String::new(),
    };
    Datum::day_toned(day, today, tone).noted(note)
}

fn size(days: i64) -> usize {
    usize::try_from(days.unsigned_abs()).unwrap_or(usize::MAX)
}

fn rank_of(rank: usize) -> Key {
    Key::Number(i64::try_from(rank).unwrap_or(i64::MAX))
}

fn key_of(words: &str) -> Key {
    if words.is_empty() {
        Key::Nothing
    } else {
        Key::Words(words.to_lowercase())
    }
}

impl Row {
    /// Returns a row that leads to a record.
    pub fn of(kind: Kind, id: RecordId, choices: u16, cells: Vec<Datum>) -> Self {
        Self::new(id, Some((kind, id)), choices, cells)
    }

    /// Returns a row.
    pub fn new(
        id: RecordId,
        target: Option<(Kind, RecordId)>,
        choices: u16,
        cells: Vec<Datum>,
    ) -> Self {
        let words: Vec<&str> = cells.iter().map(|datum| datum.cell.text.as_ref()).collect();
        Self {
            id,
            target,
            choices,
            words: words.join(" ").to_lowercase(),
            cells,
            space: None,
            opens: None,
            offers: Vec::new(),
        }
    }

    /// Says what Space does.
    #[must_use]
    pub fn on_space(mut self, command: Option<Command>, said: impl Into<String>) -> Self {
        self.space = command.map(|command| Intent::DoAndSay(command, said.into()));
        self
    }
}

/// Returns the bits of these choices.
pub fn bits(choices: &[(usize, bool)]) -> u16 {
    let set = choices.iter().filter(|(_, holds)| *holds);
    set.fold(0, |bits, (at, _)| {
        bits | 1_u16
            .checked_shl(u32::try_from(*at).unwrap_or(0))
            .unwrap_or(0)
    })
}

/// Returns the first line of a longer text.
pub fn first_line(text: &Prose) -> &str {
    text.0.lines().next().unwrap_or_default()
}

/// What is shown of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterFilter {
    /// Words that all stand in the row.
    pub text: String,
    /// Which choice.
    pub choice: usize,
    /// The order.
    pub sort: Sort,
}

/// The rows on the screen.
#[derive(Debug)]
pub struct RegisterData {
    all: Arc<Rowset>,
    shown: Vec<usize>,
    /// How many rows belong to each choice, before the words.
    pub counts: Vec<usize>,
}

/// Returns the rows that a filter leaves, in its order.
///
/// Cost: one walk over the rows and a sort of what passes.
pub fn register_data(
    register: &Register,
    all: &Arc<Rowset>,
    filter: &RegisterFilter,
) -> RegisterData {
    let belongs = |row: &Row, choice: usize| row.choices & bits(&[(choice, true)]) != 0;
    let words: Vec<String> = filter
        .text
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let has_choices = !register.choices.is_empty();
    let fits = |row: &Row| {
        (!has_choices || belongs(row, filter.choice))
            && words.iter().all(|word| row.words.contains(word))
    };
    let mut shown: Vec<usize> = (0..all.rows.len())
        .filter(|at| all.rows.get(*at).is_some_and(&fits))
        .collect();
    let key = |at: &usize| {
        let row = all.rows.get(*at)?;
        row.cells.get(filter.sort.column).map(|datum| &datum.key)
    };
    shown.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        let is_nothing = |key: Option<&Key>| key.is_none_or(|key| *key == Key::Nothing);
        match (is_nothing(a), is_nothing(b)) {
            // What is empty stands last in either order.
            (false, false) if filter.sort.is_descending => b.cmp(&a),
            (false, false) => a.cmp(&b),
            (a, b) => a.cmp(&b),
        }
    });
    let counts = (0..register.choices.len())
        .map(|choice| all.rows.iter().filter(|row| belongs(row, choice)).count())
        .collect();
    RegisterData {
        all: Arc::clone(all),
        shown,
        counts,
    }
}

impl RegisterData {
    /// Returns a row on the screen.
    pub fn row(&self, at: usize) -> Option<&Row> {
        self.all.rows.get(*self.shown.get(at)?)
    }

    /// Returns a row by what tells it apart.
    pub fn find(&self, id: RecordId) -> Option<&Row> {
        (0..self.shown.len())
            .filter_map(|at| self.row(at))
            .find(|row| row.id == id)
    }

    /// Returns the rows and what can be done with them.
    pub fn all(&self) -> &Rowset {
        &self.all
    }
}

impl Rows for RegisterData {
    fn len(&self) -> usize {
        self.shown.len()
    }

    fn id(&self, row: usize) -> Option<RecordId> {
        self.row(row).map(|row| row.id)
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let datum = self.row(row).and_then(|row| row.cells.get(column));
        datum.map_or_else(|| Cell::new(Look::Plain, ""), |datum| datum.cell.lent())
    }
}

/// Returns the rank and words of one of an enumeration's values.
pub fn ranked<T: adjutant_model::FieldValue>(value: &T) -> (usize, &'static str) {
    let name = value.to_raw().shown();
    let at = T::CHOICES.iter().position(|(known, _)| *known == name);
    let at = at.unwrap_or(0);
    (at, T::CHOICES.get(at).map_or("", |(_, words)| words))
}
