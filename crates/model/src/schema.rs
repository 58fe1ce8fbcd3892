//! The macro that defines a kind of record once: its struct, its fields, how they are read, written and described.
//!
//! From one definition come the typed struct that views read, the field enum that commands carry, and the table that
//! the document schema page is made from. Adding a field means adding a line; renaming one is a schema change.

use std::collections::BTreeMap;

use adjutant_base::{DocumentId, RecordId, Timestamp};

use crate::calendar::Period;
use crate::money::Amount;
use crate::record::{Conflict, RecordData};
use crate::value::{FieldValue, InvalidValue, Raw};

/// What every record has beside its own fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The record's id.
    pub id: RecordId,
    /// The document that holds it.
    pub document: DocumentId,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Timestamp>,
    /// Fields written by several devices at the same time. Usually empty.
    pub conflicts: Vec<Conflict>,
    /// Fields whose value this version does not understand; they show their default and are kept as they are.
    pub problems: Vec<&'static str>,
}

impl Meta {
    pub(crate) fn of(document: DocumentId, data: &RecordData) -> Self {
        Self {
            id: data.id,
            document,
            deleted_at: data.deleted_at(),
            conflicts: data.conflicts.clone(),
            problems: Vec::new(),
        }
    }
}

/// A record of any kind, for what looks at all kinds alike.
pub trait AnyRecord {
    /// Returns what every record has.
    fn meta(&self) -> &Meta;

    /// Returns the record that a field names; `None` for a field that names none, or that there is not.
    fn reference(&self, field: &str) -> Option<RecordId>;

    /// Returns the text of a field that is one line; `None` for others.
    fn line(&self, field: &str) -> Option<&str>;
}

/// What the document schema says of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldInfo {
    /// The field's name in documents; for twelve monthly amounts the part before `_01` to `_12`.
    pub name: &'static str,
    /// The type's name.
    pub value_type: &'static str,
    /// What the field means.
    pub description: &'static str,
    /// Whether the field stands for twelve fields, one a period.
    pub is_monthly: bool,
    /// What can be chosen, by name and words; empty for a field that takes other values.
    pub choices: &'static [(&'static str, &'static str)],
}

/// Why a named field could not be set from text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// The kind has no such field.
    #[error("there is no field \"{field}\"; the fields are {known}")]
    Unknown {
        /// The name that was asked for.
        field: String,
        /// The names that exist.
        known: String,
    },
    /// The field does not take this value.
    #[error("{field}: {reason}")]
    Value {
        /// The field.
        field: String,
        /// What was given and what would be taken.
        reason: InvalidValue,
    },
}

/// Twelve amounts in minor units, one a period; a period without one is empty, which is not zero.
pub type Months = [Option<Amount>; 12];

/// Names of the twelve fields of a monthly amount.
pub(crate) type MonthNames = [&'static str; 12];

pub(crate) fn read_field<T: FieldValue>(
    fields: &BTreeMap<String, Raw>,
    name: &'static str,
    problems: &mut Vec<&'static str>,
) -> T {
    match fields.get(name) {
        None | Some(Raw::Null) => T::absent(),
        Some(raw) => T::from_raw(raw).unwrap_or_else(|| {
            problems.push(name);
            T::absent()
        }),
    }
}

pub(crate) fn read_months(
    fields: &BTreeMap<String, Raw>,
    names: &MonthNames,
    problems: &mut Vec<&'static str>,
) -> Months {
    let mut months = Months::default();
    for (month, name) in months.iter_mut().zip(names) {
        *month = read_field(fields, name, problems);
    }
    months
}

pub(crate) fn month_name_of(names: &MonthNames, period: Period) -> &'static str {
    names.get(period.index()).copied().unwrap_or("")
}

/// Finds the period in a name like `plan_03`.
pub(crate) fn period_in(names: &MonthNames, name: &str) -> Option<Period> {
    Period::all().find(|period| month_name_of(names, *period) == name)
}

/// Names the twelve fields of a monthly amount.
macro_rules! month_names {
    ($month:ident) => {
        [
            concat!(stringify!($month), "_01"),
            concat!(stringify!($month), "_02"),
            concat!(stringify!($month), "_03"),
            concat!(stringify!($month), "_04"),
            concat!(stringify!($month), "_05"),
            concat!(stringify!($month), "_06"),
            concat!(stringify!($month), "_07"),
            concat!(stringify!($month), "_08"),
            concat!(stringify!($month), "_09"),
            concat!(stringify!($month), "_10"),
            concat!(stringify!($month), "_11"),
            concat!(stringify!($month), "_12"),
        ]
    };
}
pub(crate) use month_names;

/// Returns the twelve names of a monthly amount that is known by the part before.
#[cfg(test)]
pub(crate) fn month_names_of(month: &str) -> impl Iterator<Item = &'static str> {
    let names: MonthNames = match month {
        "plan" => month_names!(plan),
        "actual" => month_names!(actual),
        _ => month_names!(forecast),
    };
    names.into_iter()
}

macro_rules! record {
    (
        $(#[doc = $about:literal])+
        $name:ident = $kind_name:literal, fields $field_enum:ident {
            $( $(#[doc = $doc:literal])+ $field:ident / $variant:ident : $type:ty; )*
        }
        $( months {
            $( $(#[doc = $month_doc:literal])+ $month:ident / $month_variant:ident; )*
        } )?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            /// Id, document, deletion, conflicts.
            pub meta: $crate::schema::Meta,
            $( $(#[doc = $doc])+ pub $field: $type, )*
            $( $( $(#[doc = $month_doc])+ pub $month: $crate::schema::Months, )* )?
        }

        #[doc = concat!("One field of a ", $kind_name, " record with its value: what commands carry.")]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $field_enum {
            $( $(#[doc = $doc])+ $variant($type), )*
            $( $( $(#[doc = $month_doc])+ $month_variant($crate::calendar::Period, Option<$crate::money::Amount>), )* )?
        }

        impl $name {
            /// The kind's name in documents.
            pub const KIND_NAME: &'static str = $kind_name;

            /// What the document schema says of this kind's fields.
            pub const FIELDS: &'static [$crate::schema::FieldInfo] = &[
                $( $crate::schema::FieldInfo {
                    name: stringify!($field),
                    value_type: <$type as $crate::value::FieldValue>::TYPE,
                    description: concat!($($doc),+),
                    is_monthly: false,
                    choices: <$type as $crate::value::FieldValue>::CHOICES,
                }, )*
                $( $( $crate::schema::FieldInfo {
                    name: stringify!($month),
                    value_type: <$crate::money::Amount as $crate::value::FieldValue>::TYPE,
                    description: concat!($($month_doc),+),
                    is_monthly: true,
                    choices: &[],
                }, )* )?
            ];

            /// Returns the names of all its fields in documents, the twelve of a monthly one each.
            pub fn field_names() -> Vec<&'static str> {
                let names = [$( stringify!($field), )*];
                let all = names.into_iter();
                $( let months = [$( $crate::schema::month_names!($month), )*];
                let all = all.chain(months.into_iter().flatten()); )?
                all.collect()
            }

            /// Reads the record from what its document holds; a value that is not understood shows as absent and
            /// is named in `meta.problems`.
            pub fn read(document: adjutant_base::DocumentId, data: &$crate::record::RecordData) -> Self {
                let mut meta = $crate::schema::Meta::of(document, data);
                let problems = &mut meta.problems;
                $( let $field = $crate::schema::read_field(&data.fields, stringify!($field), problems); )*
                $( $( let $month = $crate::schema::read_months(
                    &data.fields, &$crate::schema::month_names!($month), problems,
                ); )* )?
                Self { meta, $($field,)* $($($month,)*)? }
            }

            /// Returns every field with its value as a document would hold it, empty ones as [`Raw::Null`] or an
            /// empty text, in the order of [`Self::FIELDS`].
            ///
            /// [`Raw::Null`]: crate::value::Raw::Null
            pub fn values(&self) -> Vec<(&'static str, $crate::value::Raw)> {
                let values = [
                    $( (stringify!($field), $crate::value::FieldValue::to_raw(&self.$field)), )*
                ];
                let all = values.into_iter();
                $( let months = [$( ($crate::schema::month_names!($month), &self.$month), )*];
                let all = all.chain(months.into_iter().flat_map(|(names, amounts)| {
                    names.into_iter().zip(amounts.iter().map($crate::value::FieldValue::to_raw))
                })); )?
                all.collect()
            }
        }

        impl $crate::schema::AnyRecord for $name {
            fn meta(&self) -> &$crate::schema::Meta {
                &self.meta
            }

            fn reference(&self, field: &str) -> Option<adjutant_base::RecordId> {
                $( if field == stringify!($field) {
                    return $crate::value::FieldValue::reference(&self.$field);
                } )*
                None
            }

            fn line(&self, field: &str) -> Option<&str> {
                $( if field == stringify!($field) {
                    return $crate::value::FieldValue::line(&self.$field);
                } )*
                None
            }
        }

        impl $field_enum {
            /// Returns the field's name in documents.
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant(_) => stringify!($field), )*
                    $( $( Self::$month_variant(period, _) => {
                        $crate::schema::month_name_of(&$crate::schema::month_names!($month), *period)
                    } )* )?
                }
            }

            /// Returns the value as a document holds it.
            pub fn to_raw(&self) -> $crate::value::Raw {
                match self {
                    $( Self::$variant(value) => $crate::value::FieldValue::to_raw(value), )*
                    $( $( Self::$month_variant(_, amount) => $crate::value::FieldValue::to_raw(amount), )* )?
                }
            }

            /// Checks the value against the limits of its type.
            ///
            /// # Errors
            /// [`InvalidValue`](crate::value::InvalidValue) says what would be taken.
            pub fn check(&self) -> Result<(), $crate::value::InvalidValue> {
                match self {
                    $( Self::$variant(value) => $crate::value::FieldValue::check(value), )*
                    $( $( Self::$month_variant(_, amount) => $crate::value::FieldValue::check(amount), )* )?
                }
            }

            /// Returns the field with this name set to what a person typed; monthly amounts are read in `currency`.
            ///
            /// # Errors
            /// [`FieldError`](crate::schema::FieldError) if there is no such field or it does not take the value.
            pub fn from_input(
                name: &str,
                text: &str,
                currency: $crate::money::Currency,
            ) -> Result<Self, $crate::schema::FieldError> {
                let refused = |reason| $crate::schema::FieldError::Value { field: name.to_owned(), reason };
                $( if name == stringify!($field) {
                    return <$type as $crate::value::FieldValue>::from_input_in(text, currency)
                        .map(Self::$variant)
                        .map_err(refused);
                } )*
                $( $( if let Some(period) =
                    $crate::schema::period_in(&$crate::schema::month_names!($month), name)
                {
                    return <Option<$crate::money::Amount> as $crate::value::FieldValue>::from_input_in(text, currency)
                        .map(|amount| Self::$month_variant(period, amount))
                        .map_err(refused);
                } )* )?
                Err($crate::schema::unknown_field(name, $name::FIELDS))
            }
        }
    };
}
pub(crate) use record;

pub(crate) fn unknown_field(name: &str, fields: &[FieldInfo]) -> FieldError {
    let known = fields
        .iter()
        .map(|field| {
            if field.is_monthly {
                format!("{}_01 to _12", field.name)
            } else {
                field.name.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(", ");
    FieldError::Unknown {
        field: name.chars().take(80).collect(),
        known,
    }
}
