//! The board: the immutable, typed picture of all records that views read.
//!
//! Records are swapped in one by one as changes arrive; a copy of the board shares all that did not change. Nothing is
//! computed here: figures that follow from records are in [`crate::query`].

use std::sync::Arc;

use adjutant_base::{CompartmentId, DocumentId, RecordId, Timestamp};
use immutable_chunkmap::map::MapS;

use crate::kind::{Kind, all_kinds};
use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::record::{Conflict, RecordData};
use crate::schema::Meta;
use crate::value::{FieldValue as _, Raw};

/// Records of one kind by id, in order of id (which is the order in which they were made).
pub type Table<T> = MapS<RecordId, Arc<T>>;

/// A deleted record: enough to list it and bring it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// What it was.
    pub kind: Kind,
    /// The document that holds it.
    pub document: DocumentId,
    /// Its name.
    pub title: String,
    /// When it was deleted.
    pub deleted_at: Timestamp,
}

macro_rules! board {
    ($(
        $(#[doc = $doc:literal])+
        $module:ident::$name:ident($field_enum:ident) in $table:ident, $label:literal, title $title:literal,
        lives $place:ident $(($($of:expr),+))?, required [$($required:literal),*] $(, fixed [$($fixed:literal),*])?;
    )+) => {
        /// All records of a workspace at one moment.
        #[derive(Debug, Clone, Default)]
        pub struct Board {
            /// Rises with every publication by one engine; two boards of one engine with one version are the same.
            pub version: u64,
            /// The compartment that new records go to; `None` until a workspace is started or joined.
            pub compartment: Option<CompartmentId>,
            /// Deleted records of all kinds.
            pub deleted: MapS<RecordId, Arc<Deleted>>,
            /// Records in which several devices wrote one field at the same time.
            pub conflicted: MapS<RecordId, Kind>,
            /// Records of kinds that a newer version made; kept and synced, not shown.
            pub unknown: MapS<RecordId, Arc<str>>,
            $($(#[doc = $doc])+ pub $table: Table<crate::$module::$name>,)+
        }

        impl Board {
            fn insert(&mut self, kind: Kind, document: DocumentId, data: &RecordData) {
                match kind {
                    $(Kind::$name => {
                        let record = crate::$module::$name::read(document, data);
                        self.$table.insert_cow(data.id, Arc::new(record));
                    })+
                }
            }

            fn remove(&mut self, kind: Kind, id: RecordId) {
                match kind {
                    $(Kind::$name => drop(self.$table.remove_cow(&id)),)+
                }
            }

            /// Returns what every record has, for a live record of this kind.
            pub fn meta(&self, kind: Kind, id: RecordId) -> Option<&Meta> {
                match kind {
                    $(Kind::$name => self.$table.get(&id).map(|record| &record.meta),)+
                }
            }

            /// Returns every field of a live record with its value, in the order of [`Kind::fields`].
            pub fn values(&self, kind: Kind, id: RecordId) -> Option<Vec<(&'static str, Raw)>> {
                match kind {
                    $(Kind::$name => self.$table.get(&id).map(|record| record.values()),)+
                }
            }

            fn record_address(&self, kind: Kind, id: RecordId) -> Option<*const ()> {
                match kind {
                    $(Kind::$name => self.$table.get(&id).map(|record| Arc::as_ptr(record).cast()),)+
                }
            }

            /// Returns the ids of all live records of a kind, in order.
            pub fn ids(&self, kind: Kind) -> Vec<RecordId> {
                match kind {
                    $(Kind::$name => (&self.$table).into_iter().map(|(id, _)| *id).collect(),)+
                }
            }

            /// Returns the number of live records of a kind.
            pub fn count(&self, kind: Kind) -> usize {
                match kind {
                    $(Kind::$name => self.$table.len(),)+
                }
            }
        }
    };
}

all_kinds!(board);

impl Board {
    /// Takes in what a document now holds for one record.
    ///
    /// Cost: logarithmic in the number of records of the kind.
    pub fn put(&mut self, document: DocumentId, data: &RecordData) {
        let Some(kind) = Kind::from_name(&data.kind) else {
            self.unknown
                .insert_cow(data.id, Arc::from(data.kind.as_str()));
            return;
        };
        if data.conflicts.is_empty() {
            self.conflicted.remove_cow(&data.id);
        } else {
            self.conflicted.insert_cow(data.id, kind);
        }
        if let Some(deleted_at) = data.deleted_at() {
            let title = data
                .fields
                .get(kind.title_field())
                .map(Raw::shown)
                .unwrap_or_default();
            self.deleted.insert_cow(
                data.id,
                Arc::new(Deleted {
                    kind,
                    document,
                    title,
                    deleted_at,
                }),
            );
            self.remove(kind, data.id);
            return;
        }
        self.deleted.remove_cow(&data.id);
        self.insert(kind, document, data);
    }

    /// Takes out a record that its document holds no more; only a foreign program removes one.
    pub fn forget(&mut self, kind: &str, id: RecordId) {
        self.deleted.remove_cow(&id);
        self.conflicted.remove_cow(&id);
        self.unknown.remove_cow(&id);
        if let Some(kind) = Kind::from_name(kind) {
            self.remove(kind, id);
        }
    }

    /// Tells whether this board and another share one and the same record, without comparing its fields.
    pub fn is_same(&self, other: &Self, kind: Kind, id: RecordId) -> bool {
        self.record_address(kind, id) == other.record_address(kind, id)
    }

    /// Finds a live record by id alone.
    pub fn find(&self, id: RecordId) -> Option<(Kind, &Meta)> {
        Kind::ALL
            .iter()
            .find_map(|kind| self.meta(*kind, id).map(|meta| (*kind, meta)))
    }

    /// Returns the document of a record, live or deleted.
    pub fn document_of(&self, kind: Kind, id: RecordId) -> Option<DocumentId> {
        let live = self.meta(kind, id).map(|meta| meta.document);
        live.or_else(|| {
            self.deleted
                .get(&id)
                .filter(|deleted| deleted.kind == kind)
                .map(|deleted| deleted.document)
        })
    }

    /// Returns the currency in which a record's amounts are meant; the workspace's default if nothing says.
    pub fn currency_of(&self, kind: Kind, id: RecordId) -> Currency {
        if kind == Kind::BudgetLine {
            let budget = self.budget_lines.get(&id).and_then(|line| line.budget);
            let budget = budget.and_then(|budget| self.budgets.get(&budget));
            return budget.map_or(Currency::EUR, |budget| budget.currency);
        }
        let values = self.values(kind, id).unwrap_or_default();
        let value = |field: &str| {
            let found = values.iter().find(|(name, _)| *name == field);
            found.map(|(_, raw)| raw)
        };
        if let Some(own) = value("currency").and_then(Currency::from_raw) {
            return own;
        }
        match kind.parent_field() {
            Some((field, parent)) => value(field)
                .and_then(RecordId::from_raw)
                .map_or(Currency::EUR, |id| self.currency_of(parent, id)),
            None => crate::settings::Rules::of(self).currency,
        }
    }

    /// Returns a value of a record's field as a person would read it: amounts with their decimals.
    pub fn shown(&self, kind: Kind, id: RecordId, field: &str, raw: &Raw) -> String {
        let is_money = kind.fields().iter().any(|info| {
            info.value_type == Amount::TYPE
                && (info.name == field
                    || (info.is_monthly && field.starts_with(&format!("{}_", info.name))))
        });
        if let (Raw::Int(minor), true) = (raw, is_money) {
            return crate::money::show_minor(*minor, self.currency_of(kind, id));
        }
        raw.shown()
    }

    /// Returns the name of a person, or nothing if there is none or the person has not arrived yet.
    pub fn person_name(&self, person: Option<PersonId>) -> &str {
        person
            .and_then(|PersonId(id)| self.people.get(&id))
            .map_or("", |person| person.name.as_str())
    }

    /// Returns every unsettled conflict with the record that it is in, in order of record id.
    pub fn conflicts(&self) -> impl Iterator<Item = (Kind, RecordId, &Conflict)> {
        self.conflicted.into_iter().flat_map(|(id, kind)| {
            let conflicts = self
                .meta(*kind, *id)
                .map(|meta| meta.conflicts.as_slice())
                .unwrap_or_default();
            conflicts.iter().map(move |conflict| (*kind, *id, conflict))
        })
    }
}
