//! Differences as sentences: "Milestone Cutover: baseline 12 working days later, 3 May 2026".
//!
//! A person reads what a change means and not which keys it set. The one rule: every differing field is told, none
//! twice; what follows from records (totals, states) is not told here.

use adjutant_base::RecordId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Difference, RecordDiff};
use crate::board::Board;
use crate::calendar::{WorkingCalendar, month_name};
use crate::kind::{Family, Kind};
use crate::money::{Amount, Currency, show_minor};
use crate::people::PersonId;
use crate::value::{FieldValue as _, Raw};

/// How much a difference matters to somebody who was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Money, days and states of what others rely on; anything deleted.
    High,
    /// New work, owners, priorities.
    Normal,
    /// Words, order, what the program itself keeps.
    Low,
}

/// One record's difference in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The record's kind.
    pub kind: Kind,
    /// The record.
    pub id: RecordId,
    /// The part of the work.
    pub family: Family,
    /// The record that it belongs to, by name; empty if none.
    pub of: String,
    /// Kind and name, like "Milestone Cutover".
    pub subject: String,
    /// What happened, one phrase a field; for a new or deleted record one.
    pub phrases: Vec<String>,
    /// How much it matters.
    pub weight: Weight,
}

impl Told {
    /// Returns the whole sentence.
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.subject, self.phrases.join("; "))
    }
}

/// Returns differences in words: by weight, then part of the work, then as [`super::diff`] orders them.
pub fn tell(before: &Board, after: &Board, calendar: &WorkingCalendar) -> Vec<Told> {
    let mut told: Vec<Told> = super::diff(before, after)
        .iter()
        .map(|difference| told(before, after, calendar, difference))
        .collect();
    told.sort_by_key(|told| (told.weight, told.family));
    told
}

fn told(
    before: &Board,
    after: &Board,
    calendar: &WorkingCalendar,
    difference: &RecordDiff,
) -> Told {
    let RecordDiff { kind, id, .. } = *difference;
    let board = if after.meta(kind, id).is_some() {
        after
    } else {
        before
    };
    let (phrases, weight) = match &difference.what {
        Difference::Added => (vec!["new".to_owned()], Weight::Normal),
        Difference::Deleted => (vec!["deleted".to_owned()], Weight::High),
        Difference::Edited(fields) => {
            let teller = Teller {
                before,
                after,
                calendar,
                kind,
                currency: after.currency_of(kind, id),
            };
            let weight = fields
                .iter()
                .map(|(name, ..)| weight_of(kind, name))
                .min()
                .unwrap_or(Weight::Low);
            (teller.phrases(fields), weight)
        }
    };
    let weight = if kind.is_internal() {
        Weight::Low
    } else {
        weight
    };
    Told {
        kind,
        id,
        family: kind.family(),
        of: parent_title(board, kind, id),
        subject: subject(kind, &difference.title),
        phrases,
        weight,
    }
}

fn subject(kind: Kind, title: &str) -> String {
    let mut label = kind.label().to_owned();
    if let Some(first) = label.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{label} {title}").trim_end().to_owned()
}

/// Returns the name of the record that a record belongs to; empty if there is none.
pub fn parent_title(board: &Board, kind: Kind, id: RecordId) -> String {
    let parent = kind.parent_field().and_then(|(field, parent)| {
        let values = board.values(kind, id)?;
        let (_, raw) = values.iter().find(|(name, _)| *name == field)?;
        Some(title(board, parent, RecordId::from_raw(raw)?))
    });
    parent.unwrap_or_default()
}

fn title(board: &Board, kind: Kind, id: RecordId) -> String {
    let values = board.values(kind, id).unwrap_or_default();
    super::title_of(kind, &values)
}

/// Fields by what they are called, in any kind: words and order.
const LOW: &[&str] = &[
    "position",
    "notes",
    "note",
    "description",
    "body",
    "text",
    "external_key",
    "source",
];
/// Fields that say where something stands.
const STATES: &[&str] = &["state", "status", "stage", "decision", "kind"];

fn weight_of(kind: Kind, field: &str) -> Weight {
    let value_type = value_type(kind, field);
    if LOW.contains(&field) || value_type == crate::value::Prose::TYPE {
        Weight::Low
    } else if value_type == NaiveDate::TYPE || value_type == Amount::TYPE || STATES.contains(&field)
    {
        // An action's day is its owner's matter, unless it is another person's.
        if kind == Kind::Action {
            Weight::Normal
        } else {
            Weight::High
        }
    } else {
        Weight::Normal
    }
}

fn value_type(kind: Kind, field: &str) -> &'static str {
    let info = kind.fields().iter().find(|info| {
        info.name == field || (info.is_monthly && month_of(info.name, field).is_some())
    });
    info.map_or("", |info| info.value_type)
}

/// Returns which of the twelve months a monthly field is, from 1.
fn month_of(name: &str, field: &str) -> Option<u8> {
    let number = field.strip_prefix(name)?.strip_prefix('_')?;
    number.parse().ok().filter(|month| (1..=12).contains(month))
}

struct Teller<'a> {
    before: &'a Board,
    after: &'a Board,
    calendar: &'a WorkingCalendar,
    kind: Kind,
    currency: Currency,
}

impl Teller<'_> {
    fn phrases(&self, fields: &[(&'static str, Raw, Raw)]) -> Vec<String> {
        let monthly = self.kind.fields().iter().filter(|info| info.is_monthly);
        let mut phrases: Vec<String> = monthly
            .filter_map(|info| self.months(info.name, fields))
            .collect();
        let is_monthly = |field: &str| {
            let infos = self.kind.fields().iter().filter(|info| info.is_monthly);
            infos
                .into_iter()
                .any(|info| month_of(info.name, field).is_some())
        };
        phrases.extend(
            fields
                .iter()
                .filter(|(name, ..)| !is_monthly(name))
                .map(|(name, before, after)| self.phrase(name, before, after)),
        );
        phrases
    }

    /// Tells the change of twelve amounts as one: what they add up to, and where.
    fn months(&self, name: &str, fields: &[(&'static str, Raw, Raw)]) -> Option<String> {
        let changed: Vec<(u8, i64, i64)> = fields
            .iter()
            .filter_map(|(field, before, after)| {
                let amount = |raw: &Raw| i64::from_raw(raw).unwrap_or(0);
                Some((month_of(name, field)?, amount(before), amount(after)))
            })
            .collect();
        let (first, last) = (changed.first()?, changed.last()?);
        let by = changed.iter().fold(0_i64, |sum, (_, before, after)| {
            sum.saturating_add(after.saturating_sub(*before))
        });
        let places = if changed.len() == 1 {
            format!("in period {}", first.0)
        } else {
            format!("in {} periods, {} to {}", changed.len(), first.0, last.0)
        };
        Some(match by {
            0 => format!("{} moved {places}", words(name)),
            _ => format!("{} {} {places}", words(name), self.by(by)),
        })
    }

    fn by(&self, minor: i64) -> String {
        let direction = if minor < 0 { "lowered" } else { "raised" };
        let size = show_minor(minor.saturating_abs(), self.currency);
        format!("{direction} by {size} {}", self.currency.code())
    }

    fn phrase(&self, field: &str, before: &Raw, after: &Raw) -> String {
        let name = words(field);
        let value_type = value_type(self.kind, field);
        if value_type == crate::value::Prose::TYPE {
            return match (before, after) {
                (_, Raw::Null) => format!("{name} cleared"),
                _ => format!("{name} reworded"),
            };
        }
        if *after == Raw::Null || after.shown().is_empty() {
            return format!(
                "{name} cleared, was {}",
                self.shown(self.before, field, before)
            );
        }
        let to = self.shown(self.after, field, after);
        if *before == Raw::Null || before.shown().is_empty() {
            return format!("{name} set to {to}");
        }
        if let (Some(from), Some(day)) = (NaiveDate::from_raw(before), NaiveDate::from_raw(after))
            && value_type == NaiveDate::TYPE
        {
            let by = self.calendar.working_days_between(from, day);
            let days = if by.saturating_abs() == 1 {
                "day"
            } else {
                "days"
            };
            return match by {
                0 => format!("{name} moved to {to}"),
                1.. => format!("{name} moved {by} working {days} later, to {to}"),
                _ => format!(
                    "{name} moved {} working {days} earlier, to {to}",
                    by.saturating_abs()
                ),
            };
        }
        if let (Some(from), Some(amount)) = (i64::from_raw(before), i64::from_raw(after))
            && value_type == Amount::TYPE
        {
            return format!("{name} {} to {to}", self.by(amount.saturating_sub(from)));
        }
        let from = self.shown(self.before, field, before);
        format!("{name} {from} \u{2192} {to}")
    }

    /// Returns a value as people read it: days, persons and other records by name.
    fn shown(&self, board: &Board, field: &str, raw: &Raw) -> String {
        let value_type = value_type(self.kind, field);
        if value_type == NaiveDate::TYPE
            && let Some(day) = NaiveDate::from_raw(raw)
        {
            return shown_day(day);
        }
        if value_type == PersonId::TYPE {
            let name = board.person_name(PersonId::from_raw(raw));
            return if name.is_empty() {
                raw.shown()
            } else {
                name.to_owned()
            };
        }
        if let Some(id) = RecordId::from_raw(raw)
            && let Some((kind, _)) = board.find(id)
        {
            return title(board, kind, id);
        }
        match (raw, value_type == Amount::TYPE) {
            (Raw::Int(minor), true) => {
                format!(
                    "{} {}",
                    show_minor(*minor, self.currency),
                    self.currency.code()
                )
            }
            _ if value_type.starts_with("one of") => words(&raw.shown()),
            _ => raw.shown(),
        }
    }
}

/// Returns a day as sentences have it, for example "3 May 2026".
pub fn shown_day(day: NaiveDate) -> String {
    use chrono::Datelike as _;
    format!("{} {} {}", day.day(), month_name(day.month()), day.year())
}

/// Returns a field's name as words.
fn words(field: &str) -> String {
    field.replace('_', " ")
}
