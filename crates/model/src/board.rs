//! The board: the immutable, typed picture of all records that views read.
//!
//! Records are swapped in one by one as changes arrive; a copy of the board shares all that did not change. Nothing is
//! computed here: figures that follow from records are in [`crate::query`].

use std::sync::Arc;

use adjutant_base::{CompartmentId, DocumentId, RecordId, Timestamp};
use immutable_chunkmap::map::MapS;

use crate::action::Action;
use crate::budget::{Budget, BudgetLine};
use crate::kind::Kind;
use crate::money::{Amount, Currency};
use crate::people::{Device, DocumentEntry, Person, PersonId};
use crate::project::{Milestone, Project};
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

/// All records of a workspace at one moment.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// Rises with every publication by one engine; two boards of one engine with one version are the same.
    pub version: u64,
    /// The compartment that new records go to; `None` until a workspace is started or joined.
    pub compartment: Option<CompartmentId>,
    /// Projects.
    pub projects: Table<Project>,
    /// Milestones of all projects.
    pub milestones: Table<Milestone>,
    /// Action items.
    pub actions: Table<Action>,
    /// Budgets.
    pub budgets: Table<Budget>,
    /// Lines of all budgets.
    pub budget_lines: Table<BudgetLine>,
    /// Persons.
    pub people: Table<Person>,
    /// Devices.
    pub devices: Table<Device>,
    /// The list of documents.
    pub documents: Table<DocumentEntry>,
    /// Deleted records of all kinds.
    pub deleted: MapS<RecordId, Arc<Deleted>>,
    /// Records in which several devices wrote one field at the same time.
    pub conflicted: MapS<RecordId, Kind>,
    /// Records of kinds that a newer version made; kept and synced, not shown.
    pub unknown: MapS<RecordId, Arc<str>>,
}

/// Runs one expression on the table of a kind, borrowed as the first argument says.
macro_rules! on_table {
    ([$($borrow:tt)+] $board:expr, $kind:expr, $table:ident => $body:expr) => {
        match $kind {
            Kind::Project => {
                let $table = $($borrow)+ $board.projects;
                $body
            }
            Kind::Milestone => {
                let $table = $($borrow)+ $board.milestones;
                $body
            }
            Kind::Action => {
                let $table = $($borrow)+ $board.actions;
                $body
            }
            Kind::Budget => {
                let $table = $($borrow)+ $board.budgets;
                $body
            }
            Kind::BudgetLine => {
                let $table = $($borrow)+ $board.budget_lines;
                $body
            }
            Kind::Person => {
                let $table = $($borrow)+ $board.people;
                $body
            }
            Kind::Device => {
                let $table = $($borrow)+ $board.devices;
                $body
            }
            Kind::DocumentEntry => {
                let $table = $($borrow)+ $board.documents;
                $body
            }
        }
    };
}

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
            on_table!([&mut] self, kind, table => drop(table.remove_cow(&data.id)));
            return;
        }
        self.deleted.remove_cow(&data.id);
        self.insert(kind, document, data);
    }

    fn insert(&mut self, kind: Kind, document: DocumentId, data: &RecordData) {
        let id = data.id;
        match kind {
            Kind::Project => drop(
                self.projects
                    .insert_cow(id, Arc::new(Project::read(document, data))),
            ),
            Kind::Milestone => drop(
                self.milestones
                    .insert_cow(id, Arc::new(Milestone::read(document, data))),
            ),
            Kind::Action => drop(
                self.actions
                    .insert_cow(id, Arc::new(Action::read(document, data))),
            ),
            Kind::Budget => drop(
                self.budgets
                    .insert_cow(id, Arc::new(Budget::read(document, data))),
            ),
            Kind::BudgetLine => drop(
                self.budget_lines
                    .insert_cow(id, Arc::new(BudgetLine::read(document, data))),
            ),
            Kind::Person => drop(
                self.people
                    .insert_cow(id, Arc::new(Person::read(document, data))),
            ),
            Kind::Device => drop(
                self.devices
                    .insert_cow(id, Arc::new(Device::read(document, data))),
            ),
            Kind::DocumentEntry => drop(
                self.documents
                    .insert_cow(id, Arc::new(DocumentEntry::read(document, data))),
            ),
        }
    }

    /// Takes out a record that its document holds no more; only a foreign program removes one.
    pub fn forget(&mut self, kind: &str, id: RecordId) {
        self.deleted.remove_cow(&id);
        self.conflicted.remove_cow(&id);
        self.unknown.remove_cow(&id);
        if let Some(kind) = Kind::from_name(kind) {
            on_table!([&mut] self, kind, table => drop(table.remove_cow(&id)));
        }
    }

    /// Returns what every record has, for a live record of this kind.
    pub fn meta(&self, kind: Kind, id: RecordId) -> Option<&Meta> {
        on_table!([&] self, kind, table => table.get(&id).map(|record| &record.meta))
    }

    /// Returns every field of a live record with its value, in the order of [`Kind::fields`].
    pub fn values(&self, kind: Kind, id: RecordId) -> Option<Vec<(&'static str, Raw)>> {
        on_table!([&] self, kind, table => table.get(&id).map(|record| record.values()))
    }

    /// Tells whether this board and another share one and the same record, without comparing its fields.
    pub fn is_same(&self, other: &Self, kind: Kind, id: RecordId) -> bool {
        self.record_address(kind, id) == other.record_address(kind, id)
    }

    fn record_address(&self, kind: Kind, id: RecordId) -> Option<*const ()> {
        on_table!([&] self, kind, table => table.get(&id).map(|record| Arc::as_ptr(record).cast()))
    }

    /// Returns the ids of all live records of a kind, in order.
    pub fn ids(&self, kind: Kind) -> Vec<RecordId> {
        on_table!([&] self, kind, table => table.into_iter().map(|(id, _)| *id).collect())
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

    /// Returns the number of live records of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        on_table!([&] self, kind, table => table.len())
    }

    /// Returns the currency in which a record's amounts are meant; the workspace's default if nothing says.
    pub fn currency_of(&self, kind: Kind, id: RecordId) -> Currency {
        match kind {
            Kind::Project => self.projects.get(&id).map(|project| project.currency),
            Kind::Budget => self.budgets.get(&id).map(|budget| budget.currency),
            Kind::BudgetLine => {
                let budget = self
                    .budget_lines
                    .get(&id)
                    .and_then(|line| self.budgets.get(&line.budget?));
                budget.map(|budget| budget.currency)
            }
            Kind::Milestone | Kind::Action | Kind::Person | Kind::Device | Kind::DocumentEntry => {
                None
            }
        }
        .unwrap_or(Currency::EUR)
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
