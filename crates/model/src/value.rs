//! Values as documents hold them, and the typed values that records read from them.
//!
//! [`Raw`] is all that the document layer knows; [`FieldValue`] is how one type of field reads, writes and takes user
//! input. The one rule: reading never fails hard. A value that a field does not understand is reported and the field
//! shows its default; the document keeps what it has.

use adjutant_base::{RecordId, Timestamp};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::money::Currency;

/// One value in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Raw {
    /// Nothing: what clears a field.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number: counts, minor units of money, milliseconds.
    Int(i64),
    /// A single-line text, replaced as a whole.
    Line(String),
    /// A longer text, merged character by character.
    Prose(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A type that this version does not use; shown as text, never written back.
    Other(String),
}

impl Raw {
    /// Returns the value as a person would read it.
    pub fn shown(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(true) => "yes".to_owned(),
            Self::Bool(false) => "no".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Line(text) | Self::Prose(text) | Self::Other(text) => text.clone(),
            Self::Bytes(bytes) => adjutant_base::hex::encode(bytes),
        }
    }
}

/// A longer text that merges character by character when two people edit it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prose(pub String);

/// Why a value that a person gave was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{value}\" is not {expected}")]
pub struct InvalidValue {
    /// The refused value, cut to 80 characters.
    pub value: String,
    /// What would be taken, as the end of the sentence "is not ...".
    pub expected: String,
}

impl InvalidValue {
    /// Returns the refusal of `value` where `expected` was wanted.
    pub fn new(value: &str, expected: impl Into<String>) -> Self {
        Self {
            value: value.chars().take(80).collect(),
            expected: expected.into(),
        }
    }
}

/// A type that a record's field can have.
pub trait FieldValue: Sized + Clone {
    /// Its name in the document schema, for example `date`.
    const TYPE: &'static str;
    /// What can be chosen, each by its name in documents and the words that people read; empty for a type that is no
    /// choice.
    const CHOICES: &'static [(&'static str, &'static str)] = &[];

    /// Returns the typed value, or `None` if `raw` is of another type or out of range.
    fn from_raw(raw: &Raw) -> Option<Self>;

    /// Returns the value as a document holds it.
    fn to_raw(&self) -> Raw;

    /// Returns the value that a field has when the document holds none.
    fn absent() -> Self;

    /// Reads what a person typed.
    ///
    /// # Errors
    /// [`InvalidValue`] says what would be taken.
    fn from_input(text: &str) -> Result<Self, InvalidValue>;

    /// Reads what a person typed where amounts are meant in `currency`.
    ///
    /// # Errors
    /// [`InvalidValue`] says what would be taken.
    fn from_input_in(text: &str, _currency: Currency) -> Result<Self, InvalidValue> {
        Self::from_input(text)
    }

    /// Returns the record that the value refers to, if it is of a type that refers to one.
    fn reference(&self) -> Option<RecordId> {
        None
    }

    /// Returns the text of a value that is one line, without copying it.
    fn line(&self) -> Option<&str> {
        None
    }

    /// Checks a value that a program made, before it is written.
    ///
    /// # Errors
    /// [`InvalidValue`] if it breaks a limit.
    fn check(&self) -> Result<(), InvalidValue> {
        Ok(())
    }
}

impl FieldValue for String {
    const TYPE: &'static str = "line";

    fn line(&self) -> Option<&str> {
        Some(self)
    }

    fn from_raw(raw: &Raw) -> Option<Self> {
        match raw {
            Raw::Line(text) | Raw::Prose(text) => Some(text.clone()),
            Raw::Null | Raw::Bool(_) | Raw::Int(_) | Raw::Bytes(_) | Raw::Other(_) => None,
        }
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.clone())
    }

    fn absent() -> Self {
        Self::new()
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        let text = text.trim().to_owned();
        text.check()?;
        Ok(text)
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let limit = adjutant_base::limits::LINE_CHARACTERS;
        if self.chars().count() > limit {
            return Err(InvalidValue::new(
                self,
                format!("a text of at most {limit} characters"),
            ));
        }
        if self.chars().any(|c| c == '\n' || c == '\r') {
            return Err(InvalidValue::new(self, "a text on one line"));
        }
        Ok(())
    }
}

impl FieldValue for Prose {
    const TYPE: &'static str = "prose";

    fn from_raw(raw: &Raw) -> Option<Self> {
        String::from_raw(raw).map(Self)
    }

    fn to_raw(&self) -> Raw {
        Raw::Prose(self.0.clone())
    }

    fn absent() -> Self {
        Self::default()
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        let prose = Self(text.to_owned());
        prose.check()?;
        Ok(prose)
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let limit = adjutant_base::limits::PROSE_CHARACTERS;
        if self.0.chars().count() > limit {
            return Err(InvalidValue::new(
                &self.0,
                format!("a text of at most {limit} characters"),
            ));
        }
        Ok(())
    }
}

impl FieldValue for i64 {
    const TYPE: &'static str = "integer";

    fn from_raw(raw: &Raw) -> Option<Self> {
        if let Raw::Int(number) = raw {
            Some(*number)
        } else {
            None
        }
    }

    fn to_raw(&self) -> Raw {
        Raw::Int(*self)
    }

    fn absent() -> Self {
        0
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        text.trim()
            .parse()
            .map_err(|_not_a_number| InvalidValue::new(text, "a whole number"))
    }
}

impl FieldValue for Timestamp {
    const TYPE: &'static str = "moment (milliseconds since 1970-01-01 UTC)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        i64::from_raw(raw).map(Self)
    }

    fn to_raw(&self) -> Raw {
        Raw::Int(self.0)
    }

    fn absent() -> Self {
        Self(0)
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        i64::from_input(text).map(Self)
    }
}

/// Earliest and latest year that a date may have: keeps all later arithmetic far from overflow.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9999;

/// Returns the date that an ISO 8601 text spells, exactly `YYYY-MM-DD`, from 1900 to 9999.
pub fn parse_iso_date(text: &str) -> Option<NaiveDate> {
    use chrono::Datelike as _;
    if text.len() != 10 {
        return None;
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    YEARS.contains(&date.year()).then_some(date)
}

impl FieldValue for NaiveDate {
    const TYPE: &'static str = "date";

    fn from_raw(raw: &Raw) -> Option<Self> {
        if let Raw::Line(text) = raw {
            parse_iso_date(text)
        } else {
            None
        }
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.format("%Y-%m-%d").to_string())
    }

    fn absent() -> Self {
        Self::default()
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        parse_iso_date(text.trim())
            .ok_or_else(|| InvalidValue::new(text, "a date like 2026-05-03, from 1900 to 9999"))
    }

    fn check(&self) -> Result<(), InvalidValue> {
        use chrono::Datelike as _;
        if YEARS.contains(&self.year()) {
            return Ok(());
        }
        Err(InvalidValue::new(
            &self.to_string(),
            "a date from 1900 to 9999",
        ))
    }
}

impl FieldValue for RecordId {
    const TYPE: &'static str = "record id";

    fn reference(&self) -> Option<RecordId> {
        Some(*self)
    }

    fn from_raw(raw: &Raw) -> Option<Self> {
        if let Raw::Line(text) = raw {
            text.parse().ok()
        } else {
            None
        }
    }

    fn to_raw(&self) -> Raw {
        Raw::Line(self.to_string())
    }

    fn absent() -> Self {
        Self([0; 16])
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        text.trim()
            .parse()
            .map_err(|_not_an_id| InvalidValue::new(text, "a record id"))
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    const TYPE: &'static str = T::TYPE;
    const CHOICES: &'static [(&'static str, &'static str)] = T::CHOICES;

    fn reference(&self) -> Option<RecordId> {
        self.as_ref().and_then(FieldValue::reference)
    }

    fn line(&self) -> Option<&str> {
        self.as_ref().and_then(FieldValue::line)
    }

    fn from_raw(raw: &Raw) -> Option<Self> {
        if *raw == Raw::Null {
            Some(None)
        } else {
            T::from_raw(raw).map(Some)
        }
    }

    fn to_raw(&self) -> Raw {
        self.as_ref().map_or(Raw::Null, FieldValue::to_raw)
    }

    fn absent() -> Self {
        None
    }

    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        if text.trim().is_empty() {
            Ok(None)
        } else {
            T::from_input(text).map(Some)
        }
    }

    fn check(&self) -> Result<(), InvalidValue> {
        self.as_ref().map_or(Ok(()), FieldValue::check)
    }
}

/// Defines an enumeration that a field can have, stored by its stable name.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// All choices, in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the name that documents and files use.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Returns the words that people read.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }

        impl $crate::value::FieldValue for $name {
            const TYPE: &'static str = concat!("one of", $(" ", $text,)+);
            const CHOICES: &'static [(&'static str, &'static str)] = &[$(($text, $label),)+];

            fn from_raw(raw: &$crate::value::Raw) -> Option<Self> {
                let text = String::from_raw(raw)?;
                Self::ALL.iter().copied().find(|choice| choice.name() == text)
            }

            fn to_raw(&self) -> $crate::value::Raw {
                $crate::value::Raw::Line(self.name().to_owned())
            }

            fn absent() -> Self {
                const FIRST: [$name; $name::ALL.len()] = [$($name::$variant,)+];
                let [first, ..] = FIRST;
                first
            }

            fn from_input(text: &str) -> Result<Self, $crate::value::InvalidValue> {
                let wanted = text.trim().to_lowercase();
                Self::ALL
                    .iter()
                    .copied()
                    .find(|choice| choice.name() == wanted || choice.label().to_lowercase() == wanted)
                    .ok_or_else(|| $crate::value::InvalidValue::new(text, Self::TYPE))
            }
        }
    };
}
pub(crate) use choice;

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<T: FieldValue + PartialEq + std::fmt::Debug>(value: &T) {
        assert_eq!(T::from_raw(&value.to_raw()).as_ref(), Some(value));
    }

    #[test]
    fn every_type_reads_what_it_writes() {
        round_trip(&"a line".to_owned());
        round_trip(&Prose("two\nlines".to_owned()));
        round_trip(&i64::MIN);
        round_trip(&Timestamp(-1));
        round_trip(&NaiveDate::from_ymd_opt(2024, 2, 29).unwrap());
        round_trip(&RecordId::derived("x"));
        round_trip(&Some(3_i64));
        round_trip(&None::<NaiveDate>);
    }

    #[test]
    fn dates_are_strict() {
        for bad in [
            "2026-2-3",
            "2026-02-30",
            "03.02.2026",
            "0000-01-01",
            "1899-12-31",
            "12026-01-01",
            "",
            "2026-02-03 ",
        ] {
            assert_eq!(parse_iso_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn lines_have_a_limit_and_one_line() {
        assert!("a".repeat(1_000).check().is_ok());
        assert!("a".repeat(1_001).check().is_err());
        assert!("a\nb".to_owned().check().is_err());
    }
}
