//! Any field of any record: what it is called, how it reads, how it is edited, and the command that an edit becomes.
//!
//! Made from what the document schema says of fields, so that a new field needs no line here. Rules between fields are
//! the model's; what it refuses comes back as a notice.

use adjutant_base::RecordId;
use adjutant_model::calendar::show_date;
use adjutant_model::money::Amount;
use adjutant_model::quantity::BasisPoints;
use adjutant_model::schema::FieldInfo;
use adjutant_model::value::parse_iso_date;
use adjutant_model::{Board, Command, FieldValue as _, Fields, Kind, PersonId, Prose, Raw};
use chrono::NaiveDate;

use crate::day_input;
use crate::views::owners::{owner_choices, picked_owner};
use crate::views::{Scene, joined};
use crate::widgets::cell::{Cell, Look};
use crate::widgets::picker::{Choice, Picked};

/// One field of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The record's kind.
    pub kind: Kind,
    /// The record.
    pub id: RecordId,
    /// The field's name in documents.
    pub name: &'static str,
}

/// How a field is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// A text on one line: also figures and amounts.
    Line,
    /// A text of several lines.
    Prose,
    /// A day.
    Day,
    /// A person, or a new one.
    Person,
    /// One of a few words.
    Choice(&'static [(&'static str, &'static str)]),
    /// A record of this kind.
    Record(Kind),
    /// It cannot be edited.
    Fixed,
}

/// Units that are said behind a whole number.
const UNITS: &[&str] = &["days,", "months,", "percent,", "minutes,"];

/// Yes and no, as documents and people name them.
const YES_NO: &[(&str, &str)] = &[("yes", "Yes"), ("no", "No")];

/// Fields that name a record, and the kind that they name, where that is not called like the field.
const REFERENCES: &[(&str, Kind)] = &[
    ("request", Kind::PurchaseRequest),
    ("order", Kind::PurchaseOrder),
    ("template", Kind::ChecklistTemplate),
    ("series", Kind::MeetingSeries),
    ("item", Kind::AgendaItem),
    ("budget_line", Kind::BudgetLine),
    ("supersedes", Kind::Decision),
];

/// Returns a field's name as people read it: `notice_served_on` becomes "Notice served on".
pub fn label(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Returns a kind's word with a capital.
pub fn kind_label(kind: Kind) -> String {
    label(kind.label())
}

/// Returns a record's name; empty for a record that is not here.
pub fn title(board: &Board, kind: Kind, id: RecordId) -> String {
    let values = board.values(kind, id).unwrap_or_default();
    let found = values.iter().find(|(name, _)| *name == kind.title_field());
    let Some((name, raw)) = found else {
        return String::new();
    };
    let own = plain(board, Field { kind, id, name }, raw);
    if !own.is_empty() {
        return own;
    }
    // What has no name of its own is called by what it belongs to: a meeting by its series.
    let parent = kind.parent_field().and_then(|(field, parent)| {
        let (_, raw) = values.iter().find(|(name, _)| *name == field)?;
        Some(title(board, parent, RecordId::from_raw(raw)?))
    });
    parent.unwrap_or_default()
}

impl Field {
    fn info(self) -> Option<&'static FieldInfo> {
        self.kind
            .fields()
            .iter()
            .find(|info| info.name == self.name)
    }

    /// Returns the field's value.
    pub fn raw(self, board: &Board) -> Raw {
        let values = board.values(self.kind, self.id).unwrap_or_default();
        let found = values.into_iter().find(|(name, _)| *name == self.name);
        found.map_or(Raw::Null, |(_, raw)| raw)
    }

    /// Returns how the field is edited.
    pub fn control(self) -> Control {
        let is_parent = self
            .kind
            .parent_field()
            .is_some_and(|(name, _)| name == self.name);
        let Some(info) = self.info() else {
            return Control::Fixed;
        };
        if is_parent || self.kind.fixed().contains(&self.name) {
            return Control::Fixed;
        }
        if !info.choices.is_empty() {
            return Control::Choice(info.choices);
        }
        match info.value_type {
            kind if kind == Prose::TYPE => Control::Prose,
            kind if kind == NaiveDate::TYPE => Control::Day,
            kind if kind == PersonId::TYPE => Control::Person,
            kind if kind == bool::TYPE => Control::Choice(YES_NO),
            kind if kind == RecordId::TYPE => {
                let other = REFERENCES.iter().find(|(name, _)| *name == self.name);
                let other = other.map(|(_, kind)| *kind);
                other
                    .or_else(|| Kind::from_name(self.name))
                    .map_or(Control::Fixed, Control::Record)
            }
            kind if kind.starts_with("heads") => Control::Fixed,
            _ => Control::Line,
        }
    }

    /// Returns the record that the value names, with its kind.
    pub fn refers(self, board: &Board) -> Option<(Kind, RecordId)> {
        let is_reference = self
            .info()
            .is_some_and(|info| info.value_type == RecordId::TYPE);
        let id = RecordId::from_raw(&self.raw(board)).filter(|_| is_reference)?;
        board.find(id).map(|(kind, _)| (kind, id))
    }

    /// Returns the value as a cell shows it.
    pub fn cell(self, scene: &Scene, raw: &Raw) -> Cell<'static> {
        let board = &*scene.board;
        if self.control() == Control::Day
            && let Some(day) = NaiveDate::from_raw(raw)
        {
            let words = crate::format::day(day, scene.today);
            return Cell::new(Look::Plain, words);
        }
        let words = plain(board, self, raw);
        let is_person = self.control() == Control::Person && !words.is_empty();
        let look = if is_person { Look::Person } else { Look::Plain };
        Cell::new(look, words.replace('\n', " "))
    }

    /// Returns the text that an edit of the value begins with.
    pub fn text(self, board: &Board) -> String {
        let raw = self.raw(board);
        if self.control() == Control::Day {
            let day = NaiveDate::from_raw(&raw);
            return day.map(day_input::show_for_edit).unwrap_or_default();
        }
        board.shown(self.kind, self.id, self.name, &raw)
    }

    /// Returns the command for a typed text, none if it changes nothing.
    ///
    /// # Errors
    /// Why the text cannot be taken, for people.
    pub fn typed(self, scene: &Scene, text: &str) -> Result<Option<Command>, String> {
        let board = &*scene.board;
        let mut text = text.to_owned();
        if self.control() == Control::Day && !text.trim().is_empty() {
            let day = day_input::parse_day(&text, scene.today);
            text = day_input::show_for_edit(day.ok_or(day_input::EXPECTED)?);
        }
        let currency = board.currency_of(self.kind, self.id);
        let fields = Fields::from_input(self.kind, [(self.name, text.as_str())], currency)
            .map_err(|refused| refused_words(&refused))?;
        let is_required = self.kind.required().contains(&self.name);
        if is_required && text.trim().is_empty() {
            return Err(format!(
                "A {} needs a {}",
                self.kind.label(),
                label(self.name).to_lowercase()
            ));
        }
        let raws = fields.raws();
        let Some((_, raw, checked)) = raws.first() else {
            return Ok(None);
        };
        if let Err(refused) = checked {
            return Err(format!("Give {}", refused.expected));
        }
        let changes = *raw != self.raw(board);
        Ok(changes.then_some(Command::Edit {
            id: self.id,
            fields,
        }))
    }

    /// Returns what can be picked for the field.
    pub fn choices(self, scene: &Scene) -> Vec<Choice> {
        let raw = self.raw(&scene.board);
        match self.control() {
            Control::Choice(choices) => choices
                .iter()
                .map(|(name, words)| Choice::word(*words, raw.shown() == *name))
                .collect(),
            Control::Person => owner_choices(scene, PersonId::from_raw(&raw)),
            Control::Record(kind) => {
                let none = Choice::word("None", raw == Raw::Null);
                let now = RecordId::from_raw(&raw);
                let all = titles(&scene.board, kind).into_iter();
                std::iter::once(none)
                    .chain(all.map(|(id, title)| Choice::word(title, now == Some(id))))
                    .collect()
            }
            Control::Line | Control::Prose | Control::Day | Control::Fixed => Vec::new(),
        }
    }

    /// Returns the command for what was picked; `None` for no change.
    pub fn picked(self, scene: &Scene, picked: &Picked) -> Option<Command> {
        let edit = |text: &str| self.typed(scene, text).ok().flatten();
        match (self.control(), picked) {
            (Control::Person, picked) => {
                let (made, person) = picked_owner(scene, picked)?;
                let text = person.map_or_else(String::new, |PersonId(id)| id.to_string());
                let edit = edit(&text)?;
                Some(joined("set person", made, edit))
            }
            (Control::Choice(choices), Picked::Choice(at)) => edit(choices.get(*at)?.0),
            (Control::Record(_), Picked::Choice(0)) => edit(""),
            (Control::Record(kind), Picked::Choice(at)) => {
                let all = titles(&scene.board, kind);
                edit(&all.get(at.checked_sub(1)?)?.0.to_string())
            }
            _ => None,
        }
    }
}

/// Returns all records of a kind by name.
pub fn titles(board: &Board, kind: Kind) -> Vec<(RecordId, String)> {
    let mut all: Vec<(RecordId, String)> = board
        .records(kind)
        .map(|record| {
            let title = record.line(kind.title_field()).unwrap_or_default();
            (record.meta().id, title.to_owned())
        })
        .collect();
    all.sort_by_key(|(_, title)| title.to_lowercase());
    all
}

fn refused_words(refused: &adjutant_model::schema::FieldError) -> String {
    if let adjutant_model::schema::FieldError::Value { reason, .. } = refused {
        return format!("Give {}", reason.expected);
    }
    refused.to_string()
}

/// Returns a value as people read it: persons and records by name, amounts with decimals and currency.
pub fn plain(board: &Board, field: Field, raw: &Raw) -> String {
    let Some(info) = field.info() else {
        return board.shown(field.kind, field.id, field.name, raw);
    };
    if *raw == Raw::Null {
        return String::new();
    }
    if let Some((_, words)) = info.choices.iter().find(|(name, _)| raw.shown() == *name) {
        return (*words).to_owned();
    }
    let words = board.shown(field.kind, field.id, field.name, raw);
    match info.value_type {
        kind if kind == PersonId::TYPE => board.person_name(PersonId::from_raw(raw)).to_owned(),
        kind if kind == bool::TYPE => label(&words),
        kind if kind == Amount::TYPE => {
            let currency = board.currency_of(field.kind, field.id);
            format!("{words} {}", currency.code())
        }
        kind if kind == NaiveDate::TYPE => {
            parse_iso_date(&words).map_or(words, |day| show_date(day, NaiveDate::default()))
        }
        kind if kind == RecordId::TYPE => {
            let found = RecordId::from_raw(raw).and_then(|id| Some((board.find(id)?.0, id)));
            found.map_or(words, |(kind, id)| title(board, kind, id))
        }
        kind if kind == BasisPoints::TYPE => {
            let percent = i64::from_raw(raw).map(crate::format::percent);
            percent.unwrap_or(words)
        }
        // Its unit is a field of its own.
        _ if field.name == "notice" || field.name == "offset" => words,
        kind => match UNITS.iter().find(|unit| kind.starts_with(**unit)) {
            Some(unit) => format!("{words} {}", unit.trim_end_matches(',')),
            None => words,
        },
    }
}
