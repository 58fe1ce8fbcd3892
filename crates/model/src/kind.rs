//! All kinds of records in one table, and the fields of any of them.
//!
//! Adding a kind means a line here and its definition in its own file; the match arms that the compiler then asks for
//! are all places that must know of it.

use adjutant_base::{CompartmentId, DocumentClass, DocumentId, RecordId};
use serde::{Deserialize, Serialize};

use crate::action::{Action, ActionField};
use crate::budget::{Budget, BudgetField, BudgetLine, BudgetLineField};
use crate::money::Currency;
use crate::people::{Device, DeviceField, DocumentEntry, DocumentEntryField, Person, PersonField};
use crate::project::{Milestone, MilestoneField, Project, ProjectField};
use crate::schema::{FieldError, FieldInfo};
use crate::value::{InvalidValue, Raw};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident($field_enum:ident), $label:literal, required [$($required:literal),*];)+) => {
        /// A kind of record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[doc = $doc])+ $name,)+ }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns the kind's name in documents, commands and files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $name::KIND_NAME,)+ }
            }

            /// Returns the words that people read, in the singular.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// Returns what the document schema says of its fields.
            pub fn fields(self) -> &'static [FieldInfo] {
                match self { $(Self::$name => $name::FIELDS,)+ }
            }

            /// Returns the fields without which a record of this kind cannot be made.
            pub fn required(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($required),*],)+ }
            }
        }

        /// Fields of one record with their values.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Fields { $($(#[doc = $doc])+ $name(Vec<$field_enum>),)+ }

        impl Fields {
            /// Returns the kind of record that the fields belong to.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)+ }
            }

            /// Returns name, checked value in document form, for each field, in the given order.
            pub fn raws(&self) -> Vec<(&'static str, Raw, Result<(), InvalidValue>)> {
                match self {
                    $(Self::$name(fields) => fields.iter().map(|f| (f.name(), f.to_raw(), f.check())).collect(),)+
                }
            }

            /// Returns the fields with these names set to what a person typed.
            ///
            /// # Errors
            /// [`FieldError`] for the first field that does not exist or does not take its value.
            pub fn from_input<'a>(
                kind: Kind,
                inputs: impl IntoIterator<Item = (&'a str, &'a str)>,
                currency: Currency,
            ) -> Result<Self, FieldError> {
                let inputs = inputs.into_iter();
                match kind {
                    $(Kind::$name => inputs
                        .map(|(name, text)| $field_enum::from_input(name, text, currency))
                        .collect::<Result<_, _>>()
                        .map(Self::$name),)+
                }
            }
        }

        $(impl From<Vec<$field_enum>> for Fields {
            fn from(fields: Vec<$field_enum>) -> Self {
                Self::$name(fields)
            }
        })+
    };
}

kinds! {
    /// A project.
    Project(ProjectField), "project", required ["name"];
    /// A milestone of a project.
    Milestone(MilestoneField), "milestone", required ["project", "name"];
    /// An action item.
    Action(ActionField), "action", required ["title"];
    /// A budget.
    Budget(BudgetField), "budget", required ["name"];
    /// A line of a budget.
    BudgetLine(BudgetLineField), "budget line", required ["budget", "name"];
    /// A person.
    Person(PersonField), "person", required ["name"];
    /// A device.
    Device(DeviceField), "device", required ["name"];
    /// An entry in the list of documents.
    DocumentEntry(DocumentEntryField), "document entry", required ["document"];
}

impl Kind {
    /// Returns a count of records with the kind's words: `1 budget line`, `12 people`.
    pub fn counted(self, count: usize) -> String {
        let label = self.label();
        match (count, label) {
            (1, _) => format!("1 {label}"),
            (_, "person") => format!("{count} people"),
            _ => match label.strip_suffix('y') {
                Some(stem) => format!("{count} {stem}ies"),
                None => format!("{count} {label}s"),
            },
        }
    }

    /// Returns the kind with this name in documents.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Returns the field that names the record to a person.
    pub fn title_field(self) -> &'static str {
        match self {
            Self::Action | Self::DocumentEntry => "title",
            Self::Project
            | Self::Milestone
            | Self::Budget
            | Self::BudgetLine
            | Self::Person
            | Self::Device => "name",
        }
    }

    /// Returns the field that names the record which this one belongs to and lives beside, if the kind has one.
    pub fn parent_field(self) -> Option<(&'static str, Self)> {
        match self {
            Self::Milestone => Some(("project", Self::Project)),
            Self::BudgetLine => Some(("budget", Self::Budget)),
            Self::Project
            | Self::Action
            | Self::Budget
            | Self::Person
            | Self::Device
            | Self::DocumentEntry => None,
        }
    }
}

/// A document that holds records, named by what it is for: two devices that need it make the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// A project with its milestones.
    Project(RecordId),
    /// All actions made in one calendar year.
    Actions(i32),
    /// A budget with its lines.
    Budget(RecordId),
    /// The compartment's index.
    Index,
}

impl Home {
    /// Returns the document's id in this compartment.
    pub fn document(self, compartment: CompartmentId) -> DocumentId {
        let records =
            |name: String| DocumentId::derived(compartment, DocumentClass::Records, &name);
        match self {
            Self::Project(id) => records(format!("project/{id}")),
            Self::Actions(year) => records(format!("actions/{year}")),
            Self::Budget(id) => records(format!("budget/{id}")),
            Self::Index => DocumentId::index_of(compartment),
        }
    }

    /// Returns what the document holds, for the index.
    pub fn holds(self) -> &'static str {
        match self {
            Self::Project(_) => "project",
            Self::Actions(_) => "actions",
            Self::Budget(_) => "budget",
            Self::Index => "index",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_reads_what_it_writes_from_text() {
        let inputs = [
            ("plan_03", "1,234.50"),
            ("name", "Cloud"),
            ("kind", "income"),
        ];
        let fields = Fields::from_input(Kind::BudgetLine, inputs, Currency::EUR).unwrap();
        let raws: Vec<_> = fields
            .raws()
            .into_iter()
            .map(|(name, raw, _)| (name, raw))
            .collect();
        assert_eq!(
            raws,
            [
                ("plan_03", Raw::Int(123_450)),
                ("name", Raw::Line("Cloud".into())),
                ("kind", Raw::Line("income".into()))
            ]
        );
    }

    #[test]
    fn an_unknown_field_names_the_known_ones() {
        let error = Fields::from_input(Kind::Person, [("nmae", "x")], Currency::EUR).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no field \"nmae\"; the fields are name, email, role"
        );
    }

    #[test]
    fn counts_have_their_plural() {
        assert_eq!(Kind::BudgetLine.counted(1), "1 budget line");
        assert_eq!(Kind::BudgetLine.counted(0), "0 budget lines");
        assert_eq!(Kind::Person.counted(12), "12 people");
        assert_eq!(Kind::DocumentEntry.counted(2), "2 document entries");
    }

    #[test]
    fn kinds_have_unique_names_and_their_title_and_parent_fields() {
        let names: std::collections::BTreeSet<_> =
            Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            let has = |field: &str| kind.fields().iter().any(|info| info.name == field);
            assert!(has(kind.title_field()), "{kind:?}");
            assert!(
                kind.parent_field().is_none_or(|(field, _)| has(field)),
                "{kind:?}"
            );
            assert!(kind.required().iter().all(|field| has(field)), "{kind:?}");
        }
    }
}
