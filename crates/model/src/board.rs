//! The board: the immutable, typed picture of all records that views read.
//!
//! Records are swapped in one by one as changes arrive; a copy of the board shares all that did not change. Nothing is
//! computed here: figures that follow from records are in [`crate::query`]. A record that stands in two documents counts
//! from its home; where that cannot be told, from the document with the lowest id; whichever came first.

use std::collections::BTreeSet;
use std::sync::Arc;

use adjutant_base::{CompartmentId, DocumentId, RecordId, Timestamp};
use immutable_chunkmap::map::MapS;

use crate::kind::{Home, Kind, Place, all_kinds};
use crate::money::{Amount, Currency};
use crate::people::PersonId;
use crate::record::{Conflict, RecordData};
use crate::schema::{AnyRecord, Meta};
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
    /// The record that it belongs to and lives beside, if any.
    pub parent: Option<RecordId>,
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
            /// Records with values that this version does not understand.
            pub troubled: MapS<RecordId, Kind>,
            /// Records of kinds that a newer version made; kept and synced, not shown.
            pub unknown: MapS<RecordId, Arc<str>>,
            $($(#[doc = $doc])+ pub $table: Table<crate::$module::$name>,)+
        }

        impl Board {
            fn insert(&mut self, kind: Kind, document: DocumentId, data: &RecordData) {
                match kind {
                    $(Kind::$name => {
                        let record = crate::$module::$name::read(document, data);
                        if record.meta.problems.is_empty() {
                            self.troubled.remove_cow(&data.id);
                        } else {
                            self.troubled.insert_cow(data.id, kind);
                        }
                        self.$table.insert_cow(data.id, Arc::new(record));
                    })+
                }
            }

            fn remove(&mut self, kind: Kind, id: RecordId) {
                self.troubled.remove_cow(&id);
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

            /// Tells whether all live records of this board and another are the same, those of `kinds` left aside.
            ///
            /// Cost: none worth naming: tables that share their memory are the same, and no record is looked at. Two
            /// boards that are equal but were not made from each other are not found to be the same.
            pub fn is_same_but(&self, other: &Self, kinds: &[Kind]) -> bool {
                self.compartment == other.compartment
                    $(&& (kinds.contains(&Kind::$name) || is_shared(&self.$table, &other.$table)))+
            }

            /// Returns the kinds of which a record, live or deleted, may differ from those of an earlier board.
            ///
            /// Cost: none worth naming for tables that share their memory; if a record was deleted or restored, one
            /// step for each deleted record.
            pub fn changed_kinds(&self, before: &Self) -> BTreeSet<Kind> {
                let mut changed = BTreeSet::new();
                $(if !is_shared(&self.$table, &before.$table) {
                    changed.insert(Kind::$name);
                })+
                if !is_shared(&self.deleted, &before.deleted) {
                    changed.extend(differing(&self.deleted, &before.deleted));
                }
                changed
            }

            /// Returns every field of a live record with its value, in the order of [`Kind::fields`].
            pub fn values(&self, kind: Kind, id: RecordId) -> Option<Vec<(&'static str, Raw)>> {
                match kind {
                    $(Kind::$name => self.$table.get(&id).map(|record| record.values()),)+
                }
            }

            /// Returns all live records of a kind, in order of their ids.
            pub fn records(&self, kind: Kind) -> Box<dyn Iterator<Item = &dyn AnyRecord> + '_> {
                match kind {
                    $(Kind::$name => Box::new(
                        (&self.$table).into_iter().map(|(_, record)| &**record as &dyn AnyRecord),
                    ),)+
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
    /// Takes in what a document now holds for one record, unless the record counts from another document.
    ///
    /// Cost: logarithmic in the number of records of the kind.
    pub fn put(&mut self, document: DocumentId, data: &RecordData) {
        let Some(kind) = Kind::from_name(&data.kind) else {
            self.unknown
                .insert_cow(data.id, Arc::from(data.kind.as_str()));
            return;
        };
        if self.is_elsewhere(document, kind, data) {
            return;
        }
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
                    parent: parent_in(kind, data),
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

    /// Tells whether the record that is shown stands in another document, which counts more than this one.
    fn is_elsewhere(&self, document: DocumentId, kind: Kind, data: &RecordData) -> bool {
        let Some(shown) = self.document_of(kind, data.id) else {
            return false;
        };
        if shown == document {
            return false;
        }
        // Few records come this far: those that stand in two documents.
        let rank = |document: DocumentId, parent: Option<RecordId>| {
            (
                home(document, kind, data.id, parent) != Some(document),
                document,
            )
        };
        let known = match self.deleted.get(&data.id) {
            Some(deleted) if deleted.kind == kind => deleted.parent,
            _ => kind.parent_field().and_then(|(field, _)| {
                let values = self.values(kind, data.id)?;
                let (_, raw) = values.iter().find(|(name, _)| *name == field)?;
                RecordId::from_raw(raw)
            }),
        };
        rank(shown, known) < rank(document, parent_in(kind, data))
    }

    /// Takes out a record that this document holds no more; only a foreign program removes one.
    pub fn forget(&mut self, document: DocumentId, kind: &str, id: RecordId) {
        let known = Kind::from_name(kind);
        let shown = known.and_then(|kind| self.document_of(kind, id));
        if shown.is_some_and(|shown| shown != document) {
            return;
        }
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

    /// Returns the board without what lies in some compartments: for whoever may not see those.
    ///
    /// A reference to a record that is left out shows as nothing, as one that has not arrived does. Cost: one walk over all
    /// records.
    #[must_use]
    pub fn without(&self, withheld: &BTreeSet<CompartmentId>) -> Self {
        let is_withheld = |document: DocumentId| withheld.contains(&document.compartment());
        let mut board = self.clone();
        for kind in Kind::ALL.iter().copied() {
            for id in self.ids(kind) {
                let document = self.document_of(kind, id);
                if document.is_some_and(is_withheld) {
                    board.remove(kind, id);
                    board.conflicted.remove_cow(&id);
                }
            }
        }
        for (id, deleted) in &self.deleted {
            if is_withheld(deleted.document) {
                board.deleted.remove_cow(id);
            }
        }
        board
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

/// Tells whether two tables are one in memory.
fn is_shared<T>(a: &Table<T>, b: &Table<T>) -> bool {
    let root = |table: &Table<T>| table.root().map(|node| node.identity());
    root(a) == root(b)
}

/// Returns the kinds of the deleted records that only one of two boards has, or that they hold differently.
fn differing(a: &Table<Deleted>, b: &Table<Deleted>) -> BTreeSet<Kind> {
    let lacks = |table: &Table<Deleted>, id: &RecordId, deleted: &Arc<Deleted>| {
        table
            .get(id)
            .is_none_or(|other| !Arc::ptr_eq(other, deleted))
    };
    let own = a.into_iter().filter(|(id, deleted)| lacks(b, id, deleted));
    let other = b.into_iter().filter(|(id, deleted)| lacks(a, id, deleted));
    own.chain(other).map(|(_, deleted)| deleted.kind).collect()
}

/// Returns the record that a record belongs to, as its document says.
fn parent_in(kind: Kind, data: &RecordData) -> Option<RecordId> {
    let (field, _) = kind.parent_field()?;
    data.fields.get(field).and_then(RecordId::from_raw)
}

/// Returns the document that a record of a compartment belongs in; `None` if what is at hand does not tell.
fn home(of: DocumentId, kind: Kind, id: RecordId, parent: Option<RecordId>) -> Option<DocumentId> {
    let home = match (kind.place(), kind.root().place()) {
        (Place::Own, _) => Home::Record(kind, id),
        (Place::Beside(_, owner), Place::Own) if owner == kind.root() => {
            Home::Record(owner, parent?)
        }
        (_, Place::Register(register)) => Home::Register(register),
        (Place::Yearly(register), _) if id.is_derived() => Home::Register(register),
        (_, Place::Index) => Home::Index,
        (_, Place::Reviews) => Home::Reviews,
        // The year in which a record was made, and the parent of a parent, are not known here.
        (_, Place::Own | Place::Beside(..) | Place::Yearly(_)) => return None,
    };
    Some(home.document(of.compartment()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use adjutant_base::{ContentHash, DocumentClass};

    use super::*;

    const COMPARTMENT: CompartmentId = CompartmentId([1; 6]);

    fn data(kind: Kind, id: RecordId, fields: &[(&str, Raw)]) -> RecordData {
        let fields = fields
            .iter()
            .map(|(name, raw)| ((*name).to_owned(), raw.clone()));
        RecordData {
            kind: kind.name().to_owned(),
            id,
            fields: fields.collect::<BTreeMap<_, _>>(),
            conflicts: Vec::new(),
            hash: ContentHash([0; 32]),
        }
    }

    #[test]
    fn what_a_compartment_holds_can_be_withheld() {
        let secret = CompartmentId([2; 6]);
        let of = |compartment| DocumentId::derived(compartment, DocumentClass::Records, "register");
        let id = |name: &str| RecordId::derived(name);
        let mut board = Board::default();
        let named = |name: &str| data(Kind::Vendor, id(name), &[("name", line(name))]);
        board.put(of(COMPARTMENT), &named("Open"));
        board.put(of(secret), &named("Secret"));
        let gone = data(
            Kind::Vendor,
            id("Gone"),
            &[("name", line("Gone")), ("deleted_at", Raw::Int(1))],
        );
        board.put(of(secret), &gone);
        let shown = board.without(&BTreeSet::from([secret]));
        assert_eq!(shown.ids(Kind::Vendor), [id("Open")]);
        assert!(shown.deleted.get(&id("Gone")).is_none());
        assert_eq!(board.count(Kind::Vendor), 2, "the board itself is whole");
        let everything = BTreeSet::from([secret, COMPARTMENT]);
        assert_eq!(board.without(&everything).count(Kind::Vendor), 0);
        assert!(board.is_same_but(&board.without(&BTreeSet::new()), &[]));
    }

    fn line(text: &str) -> Raw {
        Raw::Line(text.to_owned())
    }

    fn foreign(name: &str) -> DocumentId {
        DocumentId::derived(COMPARTMENT, DocumentClass::Records, name)
    }

    /// Puts both on a board, in both orders and with a repetition, and returns what all of them show.
    fn shown(
        kind: Kind,
        id: RecordId,
        a: (DocumentId, &RecordData),
        b: (DocumentId, &RecordData),
    ) -> (DocumentId, bool) {
        let results = [vec![a, b], vec![b, a], vec![a, b, a], vec![b, a, b]].map(|puts| {
            let mut board = Board::default();
            for (document, data) in puts {
                board.put(document, data);
            }
            let document = board.document_of(kind, id).unwrap();
            (
                document,
                board.meta(kind, id).is_some(),
                board.deleted.len(),
            )
        });
        assert!(
            results.iter().all(|result| *result == results[0]),
            "{results:?}"
        );
        assert_eq!(results[0].2, usize::from(!results[0].1));
        (results[0].0, results[0].1)
    }

    #[test]
    fn what_did_not_change_is_known_without_looking_at_records() {
        let mut board = Board::default();
        let id = RecordId::derived("project");
        board.put(
            foreign("a"),
            &data(Kind::Project, id, &[("name", line("Move"))]),
        );
        let before = board.clone();
        assert!(before.is_same_but(&board, &[]));
        let action = RecordId::derived("action");
        board.put(
            foreign("b"),
            &data(Kind::Action, action, &[("title", line("Call"))]),
        );
        assert!(!before.is_same_but(&board, &[]));
        assert!(!before.is_same_but(&board, &[Kind::Project]));
        assert!(before.is_same_but(&board, &[Kind::Action]));
        board.put(
            foreign("a"),
            &data(Kind::Project, id, &[("name", line("Moved"))]),
        );
        assert!(!before.is_same_but(&board, &[Kind::Action]));
        assert!(before.is_same_but(&board, &[Kind::Action, Kind::Project]));
    }

    #[test]
    fn a_record_in_two_documents_counts_from_its_home_in_any_order() {
        let id = RecordId::derived("project");
        let home = Home::Record(Kind::Project, id).document(COMPARTMENT);
        let true_one = data(Kind::Project, id, &[("name", line("Move"))]);
        let deleted = data(
            Kind::Project,
            id,
            &[("name", line("Gone")), ("deleted_at", Raw::Int(1))],
        );
        for name in ["a", "b", "c", "d"] {
            let copy = (foreign(name), &deleted);
            assert_eq!(
                shown(Kind::Project, id, (home, &true_one), copy),
                (home, true)
            );
            let copy = (foreign(name), &true_one);
            assert_eq!(
                shown(Kind::Project, id, (home, &deleted), copy),
                (home, false)
            );
        }
    }

    #[test]
    fn a_record_beside_another_counts_from_that_ones_document() {
        let (project, id) = (RecordId::derived("project"), RecordId::derived("milestone"));
        let home = Home::Record(Kind::Project, project).document(COMPARTMENT);
        let parent = ("project", project.to_raw());
        let true_one = data(Kind::Milestone, id, &[parent.clone(), ("name", line("Go"))]);
        let copied = data(
            Kind::Milestone,
            id,
            &[parent, ("name", line("Stop")), ("deleted_at", Raw::Int(1))],
        );
        for name in ["a", "b", "c", "d"] {
            let copy = (foreign(name), &copied);
            assert_eq!(
                shown(Kind::Milestone, id, (home, &true_one), copy),
                (home, true)
            );
            let copy = (foreign(name), &true_one);
            assert_eq!(
                shown(Kind::Milestone, id, (home, &copied), copy),
                (home, false)
            );
        }
    }

    #[test]
    fn without_a_home_the_lowest_document_counts_and_forgetting_the_other_changes_nothing() {
        let id = RecordId::derived("action");
        let mut documents =
            [2026, 2027].map(|year| Home::Year("actions", year).document(COMPARTMENT));
        documents.sort();
        let [low, high] = documents;
        let action = data(Kind::Action, id, &[("title", line("Call"))]);
        assert_eq!(
            shown(Kind::Action, id, (low, &action), (high, &action)),
            (low, true)
        );
        let mut board = Board::default();
        board.put(low, &action);
        board.forget(high, Kind::Action.name(), id);
        assert_eq!(board.document_of(Kind::Action, id), Some(low));
        board.forget(low, Kind::Action.name(), id);
        assert_eq!(board.document_of(Kind::Action, id), None);
    }
}
