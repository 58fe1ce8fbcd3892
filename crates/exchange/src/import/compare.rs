//! What an import would do to the records that are there: new, changed, unchanged, missing.
//!
//! Records are told apart by their ids, which imports derive from the keys of their rows; so the same file twice, here or
//! on another device, changes nothing. The one rule: what is carried out is what was shown, because the commands that are
//! left hold exactly the fields listed as new or changed.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::RecordId;
use adjutant_model::{Board, Command, FieldValue as _, Fields, InvalidValue, Kind, Raw};

use super::{Imported, batch};

/// What an import would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Records that would be made: kind, id, name.
    pub new: Vec<Named>,
    /// Records that would be changed, with the fields that would.
    pub changed: Vec<Changed>,
    /// Records that are as the file says.
    pub unchanged: Vec<Named>,
    /// Records that were imported from a file of this name and are not in it any more. They stay as they are.
    pub missing: Vec<Named>,
    /// Records that are in the file and were deleted here, or belong to one that was. They stay deleted.
    pub deleted: Vec<Named>,
}

/// A record by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: RecordId,
    /// Its name.
    pub title: String,
}

/// A record that would be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The record.
    pub record: Named,
    /// Fields: name, value here, value in the file, both as people read them.
    pub fields: Vec<(&'static str, String, String)>,
}

impl Comparison {
    /// Tells whether nothing would be done.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty()
    }
}

/// Compares an import with the records that are there, and returns it with only the commands that do something.
///
/// Fields that say where a record came from (its file and line) do not count as a change by themselves. `file_name` is
/// the name that the records' source begins with. Cost: linear in the size of the import and the board.
pub fn compare(board: &Board, mut imported: Imported, file_name: &str) -> (Comparison, Imported) {
    let mut found = Comparison::default();
    let mut kept = Vec::new();
    let mut seen = BTreeSet::new();
    let mut label = String::new();
    for command in imported.commands {
        match command {
            Command::Batch {
                label: name,
                commands,
            } => {
                label = name;
                for command in commands {
                    kept.extend(found.take(board, command, &mut seen));
                }
            }
            command @ (Command::Create { .. }
            | Command::Edit { .. }
            | Command::Delete { .. }
            | Command::Restore { .. }) => kept.extend(found.take(board, command, &mut seen)),
        }
    }
    found.missing = missing(board, &seen, file_name);
    imported.commands = batch(&label, kept);
    (found, imported)
}

impl Comparison {
    /// Sorts a command in, and returns what of it there is to do.
    fn take(
        &mut self,
        board: &Board,
        command: Command,
        seen: &mut BTreeSet<(Kind, RecordId)>,
    ) -> Option<Command> {
        let Command::Create { id, fields } = command else {
            return Some(command);
        };
        let kind = fields.kind();
        let raws = fields.raws();
        let title = raws.iter().find(|(name, _, _)| *name == kind.title_field());
        let named = Named {
            kind,
            id,
            title: title.map(|(_, raw, _)| raw.shown()).unwrap_or_default(),
        };
        let is_first = seen.insert((kind, id));
        if self.is_deleted(board, kind, id, &raws) {
            if is_first {
                self.deleted.push(named);
            }
            return None;
        }
        let Some(values) = board.values(kind, id) else {
            if is_first {
                self.new.push(named);
            }
            return Some(Command::Create { id, fields });
        };
        let values: BTreeMap<&str, Raw> = values.into_iter().collect();
        let mut changed = Vec::new();
        let mut names = BTreeSet::new();
        for (name, raw, _) in &raws {
            let here = values.get(name).cloned().unwrap_or(Raw::Null);
            // Evidence, such as the rows of a baseline, never changes.
            let is_fixed = kind.fixed().contains(name);
            if *name != "source" && !is_fixed && !is_same(&here, raw) {
                let shown = |raw| board.shown(kind, id, name, raw);
                changed.push((*name, shown(&here), shown(raw)));
                names.insert(*name);
            }
        }
        if changed.is_empty() {
            if is_first {
                self.unchanged.push(named);
            }
            return None;
        }
        // Where it stands in the file now goes along with a change, never alone.
        names.insert("source");
        self.changed.push(Changed {
            record: named,
            fields: changed,
        });
        Some(Command::Edit {
            id,
            fields: only(fields, &names),
        })
    }
}

impl Comparison {
    /// Tells whether a record, or what it belongs to, was deleted here.
    fn is_deleted(
        &self,
        board: &Board,
        kind: Kind,
        id: RecordId,
        raws: &[(&'static str, Raw, Result<(), InvalidValue>)],
    ) -> bool {
        let was_deleted = |kind: Kind, id: RecordId| {
            let known = board.deleted.get(&id);
            known.is_some_and(|deleted| deleted.kind == kind)
                || self.deleted.iter().any(|named| named.id == id)
        };
        let parent = kind.parent_field().and_then(|(field, parent)| {
            let raw = raws.iter().find(|(name, _, _)| *name == field);
            let id = raw.and_then(|(_, raw, _)| RecordId::from_raw(raw));
            Some((parent, id?))
        });
        was_deleted(kind, id) || parent.is_some_and(|(kind, id)| was_deleted(kind, id))
    }
}

/// Tells whether two values are the same to a person: an empty text is nothing.
fn is_same(a: &Raw, b: &Raw) -> bool {
    let is_nothing = |raw: &Raw| match raw {
        Raw::Null => true,
        Raw::Line(text) | Raw::Prose(text) => text.is_empty(),
        Raw::Bool(_) | Raw::Int(_) | Raw::Bytes(_) | Raw::Other(_) => false,
    };
    match (a, b) {
        (Raw::Line(a) | Raw::Prose(a), Raw::Line(b) | Raw::Prose(b)) => a == b,
        _ => a == b || (is_nothing(a) && is_nothing(b)),
    }
}

/// Returns the fields with these names.
fn only(fields: Fields, names: &BTreeSet<&str>) -> Fields {
    /// Keeps the wanted fields of whichever kind.
    macro_rules! keep {
        ($($kind:ident),+ $(,)?) => {
            match fields {
                $(Fields::$kind(mut list) => {
                    list.retain(|field| names.contains(field.name()));
                    Fields::$kind(list)
                })+
                other => other,
            }
        };
    }
    keep!(
        Project,
        Milestone,
        Action,
        Budget,
        BudgetLine,
        Person,
        Task,
        Dependency,
        Baseline,
        BaselineTask,
        Calendar,
        CalendarDay
    )
}

/// Returns records whose source is a file of this name and which the import does not name.
fn missing(board: &Board, seen: &BTreeSet<(Kind, RecordId)>, file_name: &str) -> Vec<Named> {
    if file_name.is_empty() {
        return Vec::new();
    }
    let prefix = format!("{file_name}, ");
    let mut missing = Vec::new();
    for kind in Kind::ALL.iter().copied() {
        let has_source = kind.fields().iter().any(|field| field.name == "source");
        // Kinds that an import does not bring are not missing from it.
        if !has_source || !seen.iter().any(|(known, _)| *known == kind) {
            continue;
        }
        for id in board.ids(kind) {
            if seen.contains(&(kind, id)) {
                continue;
            }
            let values = board.values(kind, id).unwrap_or_default();
            let text = |wanted: &str| {
                let value = values.iter().find(|(name, _)| *name == wanted);
                value.map(|(_, raw)| raw.shown()).unwrap_or_default()
            };
            let source = text("source");
            if source == file_name || source.starts_with(&prefix) {
                let title = text(kind.title_field());
                missing.push(Named { kind, id, title });
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::projects::{ProjectOptions, import};
    use crate::import::{ImportError, keep_going};
    use adjutant_base::{CompartmentId, Timestamp};
    use adjutant_model::command::Context;
    use adjutant_model::preview::Preview;
    use adjutant_model::project::ProjectField;

    const BEFORE: &str = "id,project,status,planned cost,milestone,baseline\n\
        1,Move,active,100.00,Cutover,2026-05-03\n2,Tidy,active,50.00,,\n3,Gone,active,,,\n4,Deleted,active,,,\n";
    const AFTER: &str = "id,project,status,planned cost,milestone,baseline\n\
        5,Fresh,planned,,,\n1,Move,active,120.00,Cutover,2026-05-10\n2,Tidy,active,50.00,,\n4,Deleted,active,,Part of it,2026-06-01\n";

    fn read(csv: &str) -> Imported {
        let options = ProjectOptions {
            file_name: "p.csv".to_owned(),
            ..Default::default()
        };
        let imported: Result<Imported, ImportError> =
            import(csv.as_bytes(), &options, &mut keep_going);
        imported.unwrap()
    }

    fn context() -> Context {
        Context {
            compartment: CompartmentId([1; 6]),
            today: "2026-11-24".parse().unwrap(),
            now: Timestamp(1_795_000_000_000),
        }
    }

    fn run(preview: &mut Preview, imported: &Imported) {
        for command in &imported.commands {
            preview.run(&context(), command).unwrap();
        }
    }

    fn titles(list: &[Named]) -> Vec<&str> {
        list.iter().map(|named| named.title.as_str()).collect()
    }

    #[test]
    fn a_file_imported_twice_does_nothing_the_second_time() {
        let mut preview = Preview::default();
        let (first, todo) = compare(preview.board(), read(BEFORE), "p.csv");
        assert_eq!(
            titles(&first.new),
            ["Move", "Cutover", "Tidy", "Gone", "Deleted"]
        );
        run(&mut preview, &todo);
        let (second, todo) = compare(preview.board(), read(BEFORE), "p.csv");
        assert!(second.is_empty() && todo.commands.is_empty());
        assert_eq!(second.unchanged.len(), 5);
    }

    #[test]
    fn what_changed_is_listed_by_field_and_only_that_is_written() {
        let mut preview = Preview::default();
        run(&mut preview, &read(BEFORE));
        let board = preview.board();
        let id_of = |key: &str| {
            let mut projects = board.projects.into_iter();
            *projects
                .find(|(_, project)| project.external_key == key)
                .unwrap()
                .0
        };
        let (moved, deleted) = (id_of("1"), id_of("4"));
        // What a person wrote here and the file does not say stays.
        let note = vec![ProjectField::Notes(adjutant_model::Prose(
            "Ask Ben".to_owned(),
        ))];
        preview
            .run(&context(), &Command::edit(moved, note))
            .unwrap();
        let kind = Kind::Project;
        preview
            .run(&context(), &Command::Delete { kind, id: deleted })
            .unwrap();

        let (found, todo) = compare(preview.board(), read(AFTER), "p.csv");
        assert_eq!(titles(&found.new), ["Fresh"]);
        assert_eq!(titles(&found.unchanged), ["Tidy"]);
        assert_eq!(titles(&found.missing), ["Gone"]);
        assert_eq!(titles(&found.deleted), ["Deleted", "Part of it"]);
        let changed: Vec<_> = found
            .changed
            .iter()
            .flat_map(|changed| &changed.fields)
            .map(|(name, here, there)| (*name, here.as_str(), there.as_str()))
            .collect();
        assert_eq!(
            changed,
            [
                ("planned_cost", "100.00", "120.00"),
                ("baseline", "2026-05-03", "2026-05-10")
            ]
        );
        run(&mut preview, &todo);
        let project = preview.board().projects.get(&moved).unwrap();
        assert_eq!(project.notes.0, "Ask Ben");
        assert_eq!(project.planned_cost.map(|cost| cost.0), Some(12_000));
        assert_eq!(project.source, "p.csv, line 3");
        assert!(compare(preview.board(), read(AFTER), "p.csv").0.is_empty());
    }
}
