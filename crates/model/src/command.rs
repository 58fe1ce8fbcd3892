//! Commands: what a user wants changed, checked against the board and turned into writes.
//!
//! [`plan`] is the one way from intent to change. It is all or nothing: every field of every record is checked before
//! the first write is made, and an error names the record, the field, the rule and the remedy.

use std::collections::{BTreeMap, BTreeSet};

use adjutant_base::{CompartmentId, DocumentId, RecordId, Timestamp, limits};
use chrono::{Datelike as _, NaiveDate};

use crate::board::Board;
use crate::kind::{Fields, Home, Kind, Place};
use crate::money::Currency;
use crate::people::DocumentEntryField;
use crate::record::{DELETED_AT, Write};
use crate::settings::settings_id;
use crate::value::{FieldValue as _, InvalidValue, Raw};

/// What a user wants changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Make a record. Making one that exists sets its fields.
    Create {
        /// The new record's id, drawn by the caller.
        id: RecordId,
        /// Its fields; what is required must be there.
        fields: Fields,
    },
    /// Set fields of a record.
    Edit {
        /// The record.
        id: RecordId,
        /// The fields to set; the others stay.
        fields: Fields,
    },
    /// Mark a record as deleted. Its fields stay and it can be restored.
    Delete {
        /// The record's kind.
        kind: Kind,
        /// The record.
        id: RecordId,
    },
    /// Bring a deleted record back.
    Restore {
        /// The record's kind.
        kind: Kind,
        /// The record.
        id: RecordId,
    },
    /// Several commands as one: one step of undo, applied whole or not at all.
    Batch {
        /// What it is, in words: "import projects", "paste 40 cells".
        label: String,
        /// The commands, none of them a batch.
        commands: Vec<Command>,
    },
}

impl Command {
    /// Returns the command that makes a record.
    pub fn create(id: RecordId, fields: impl Into<Fields>) -> Self {
        Self::Create {
            id,
            fields: fields.into(),
        }
    }

    /// Returns the command that sets fields of a record.
    pub fn edit(id: RecordId, fields: impl Into<Fields>) -> Self {
        Self::Edit {
            id,
            fields: fields.into(),
        }
    }

    /// Returns the command's name for history and undo: "edit milestone", "import projects".
    pub fn name(&self) -> String {
        match self {
            Self::Create { fields, .. } => format!("create {}", fields.kind().label()),
            Self::Edit { fields, .. } => format!("edit {}", fields.kind().label()),
            Self::Delete { kind, .. } => format!("delete {}", kind.label()),
            Self::Restore { kind, .. } => format!("restore {}", kind.label()),
            Self::Batch { label, .. } => label.clone(),
        }
    }
}

/// What a command needs to know beside the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The compartment that new records go to.
    pub compartment: CompartmentId,
    /// Today, where the user is.
    pub today: NaiveDate,
    /// This moment.
    pub now: Timestamp,
}

/// Why a command was refused. Nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// A value breaks the rule of its field.
    #[error("the {field} of the {kind} cannot be set: {reason}", kind = kind.label())]
    Value {
        /// The record's kind.
        kind: Kind,
        /// The field.
        field: &'static str,
        /// What was given and what would be taken.
        reason: InvalidValue,
    },
    /// A record cannot be without this field.
    #[error("{kind} needs {field}: give it one", kind = kind.label())]
    Required {
        /// The record's kind.
        kind: Kind,
        /// The missing field.
        field: &'static str,
    },
    /// There is no such record here.
    #[error("there is no {kind} {id} here; it may not have arrived yet", kind = kind.label())]
    Unknown {
        /// The kind that was asked for.
        kind: Kind,
        /// The id that was asked for.
        id: RecordId,
    },
    /// The record is deleted.
    #[error("the {kind} \"{title}\" is deleted; restore it first", kind = kind.label())]
    Deleted {
        /// The record's kind.
        kind: Kind,
        /// Its name.
        title: String,
    },
    /// The field was fixed when the record was made.
    #[error("the {field} of a {kind} cannot change; make a new one instead", kind = kind.label())]
    Fixed {
        /// The record's kind.
        kind: Kind,
        /// The field.
        field: &'static str,
    },
    /// The values would break a rule between fields or records.
    #[error("the {kind} cannot be saved: {rule}; {remedy}", kind = kind.label())]
    Rule {
        /// The record's kind.
        kind: Kind,
        /// The field that is at fault.
        field: &'static str,
        /// The rule that it breaks, with the values.
        rule: String,
        /// What to do instead.
        remedy: &'static str,
    },
    /// A batch stands inside a batch.
    #[error("a batch of commands cannot hold another batch")]
    Nested,
    /// The command writes more than one command may.
    #[error("the command writes {count} fields, more than the {limit} that one command may; split it", limit = limits::COMMAND_WRITES)]
    TooLarge {
        /// How many it writes.
        count: usize,
    },
}

/// What a command does: its name and the fields that it sets, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The command's name, for the change's message and for undo.
    pub name: String,
    /// The writes. Those of one document become one change.
    pub writes: Vec<Write>,
}

/// Turns a command into the writes that carry it out.
///
/// Cost: proportional to the fields set, times the logarithm of the board.
///
/// # Errors
/// [`CommandError`]; then nothing may be written.
pub fn plan(board: &Board, context: &Context, command: &Command) -> Result<Plan, CommandError> {
    let mut planner = Planner {
        board,
        context,
        made: BTreeMap::new(),
        listed: BTreeSet::new(),
        writes: Vec::new(),
    };
    if let Command::Batch { commands, .. } = command {
        for each in commands {
            planner.add(each)?;
        }
    } else {
        planner.add(command)?;
    }
    if planner.writes.len() > limits::COMMAND_WRITES {
        return Err(CommandError::TooLarge {
            count: planner.writes.len(),
        });
    }
    Ok(Plan {
        name: command.name(),
        writes: planner.writes,
    })
}

struct Planner<'a> {
    board: &'a Board,
    context: &'a Context,
    /// Records made by this command: later parts of it may refer to them.
    made: BTreeMap<RecordId, (Kind, DocumentId)>,
    /// Documents that this command enters in the index.
    listed: BTreeSet<DocumentId>,
    writes: Vec<Write>,
}

impl Planner<'_> {
    fn add(&mut self, command: &Command) -> Result<(), CommandError> {
        match command {
            Command::Create { id, fields } => self.create(*id, fields),
            Command::Edit { id, fields } => self.edit(*id, fields),
            Command::Delete { kind, id } => {
                let document = self.live(*kind, *id)?;
                crate::rules::check_delete(self.board, *kind, *id)?;
                self.write(document, *kind, *id, DELETED_AT, self.context.now.to_raw());
                Ok(())
            }
            Command::Restore { kind, id } => {
                let unknown = CommandError::Unknown {
                    kind: *kind,
                    id: *id,
                };
                let document = self.board.document_of(*kind, *id).ok_or(unknown)?;
                self.write(document, *kind, *id, DELETED_AT, Raw::Null);
                Ok(())
            }
            Command::Batch { .. } => Err(CommandError::Nested),
        }
    }

    fn create(&mut self, id: RecordId, fields: &Fields) -> Result<(), CommandError> {
        let kind = fields.kind();
        let mut raws = checked(kind, fields)?;
        self.fill_in(kind, id, &mut raws);
        for field in kind.required() {
            if !raws.iter().any(|(name, _)| name == field) {
                return Err(CommandError::Required { kind, field });
            }
        }
        let document = self.place(kind, id, &raws)?;
        self.keep_fixed(kind, id, &raws)?;
        crate::rules::check(self.board, kind, id, &raws)?;
        self.made.insert(id, (kind, document));
        self.write_all(document, kind, id, raws);
        Ok(())
    }

    fn edit(&mut self, id: RecordId, fields: &Fields) -> Result<(), CommandError> {
        let kind = fields.kind();
        let document = self.live(kind, id)?;
        let raws = checked(kind, fields)?;
        self.keep_fixed(kind, id, &raws)?;
        crate::rules::check(self.board, kind, id, &raws)?;
        self.write_all(document, kind, id, raws);
        Ok(())
    }

    /// Adds what the settings say of a new record and the command does not: its currency, a budget's first month.
    fn fill_in(&self, kind: Kind, id: RecordId, raws: &mut Vec<(&'static str, Raw)>) {
        let Some(settings) = self.board.settings.get(&settings_id()) else {
            return;
        };
        let is_new = self.board.document_of(kind, id).is_none() && !self.made.contains_key(&id);
        if !is_new || kind == Kind::Settings {
            return;
        }
        let has_currency = kind
            .fields()
            .iter()
            .any(|info| info.name == "currency" && info.value_type == Currency::TYPE);
        let currency = settings.currency.filter(|_| has_currency);
        let start = settings.fiscal_start.filter(|_| kind == Kind::Budget);
        let defaults = [
            ("currency", currency.map(|currency| currency.to_raw())),
            ("start_month", start.map(|month| Raw::Int(month.0))),
        ];
        for (field, value) in defaults {
            if let (Some(value), false) = (value, raws.iter().any(|(name, _)| *name == field)) {
                raws.push((field, value));
            }
        }
    }

    /// Refuses other values for the fields of an existing record that were fixed when it was made.
    fn keep_fixed(
        &self,
        kind: Kind,
        id: RecordId,
        raws: &[(&'static str, Raw)],
    ) -> Result<(), CommandError> {
        let parent = kind.parent_field().map(|(field, _)| field);
        let is_fixed = |field: &str| parent == Some(field) || kind.fixed().contains(&field);
        let mut touched = raws.iter().filter(|(name, _)| is_fixed(name)).peekable();
        if touched.peek().is_none() {
            return Ok(());
        }
        let Some(values) = self.board.values(kind, id) else {
            return Ok(());
        };
        let changed = touched.find(|(name, raw)| {
            !values
                .iter()
                .any(|(field, value)| field == name && value == raw)
        });
        match changed {
            Some((field, _)) => Err(CommandError::Fixed { kind, field }),
            None => Ok(()),
        }
    }

    /// Returns the document of a record that exists and is not deleted.
    fn live(&self, kind: Kind, id: RecordId) -> Result<DocumentId, CommandError> {
        if let Some((made, document)) = self.made.get(&id)
            && *made == kind
        {
            return Ok(*document);
        }
        if let Some(meta) = self.board.meta(kind, id) {
            return Ok(meta.document);
        }
        match self.board.deleted.get(&id) {
            Some(deleted) if deleted.kind == kind => Err(CommandError::Deleted {
                kind,
                title: deleted.title.clone(),
            }),
            _ => Err(CommandError::Unknown { kind, id }),
        }
    }

    /// Returns the document of a new record, entered in the index if it is new.
    fn place(
        &mut self,
        kind: Kind,
        id: RecordId,
        raws: &[(&'static str, Raw)],
    ) -> Result<DocumentId, CommandError> {
        let home = match kind.place() {
            Place::Beside(field, parent_kind) => {
                let raw = raws.iter().find(|(name, _)| *name == field);
                let parent = raw
                    .and_then(|(_, raw)| RecordId::from_raw(raw))
                    .ok_or(CommandError::Required { kind, field })?;
                return self.live(parent_kind, parent);
            }
            Place::Own => Home::Record(kind, id),
            // Two devices may make it in different years: then it still has to be one record in one document.
            Place::Yearly(register) if id.is_derived() => Home::Register(register),
            Place::Yearly(register) => Home::Year(register, self.context.today.year()),
            Place::Register(register) => Home::Register(register),
            Place::Index => Home::Index,
            Place::Reviews => Home::Reviews,
        };
        let document = home.document(self.context.compartment);
        let title = raws.iter().find(|(name, _)| *name == kind.title_field());
        let title = title.map(|(_, raw)| raw.shown()).unwrap_or_default();
        self.list(home, document, title);
        Ok(document)
    }

    /// Enters the document in the index, once, if it is not there.
    fn list(&mut self, home: Home, document: DocumentId, record_title: String) {
        let text = document.to_string();
        let entry = RecordId::derived(&format!("document/{text}"));
        if home == Home::Index
            || self.board.documents.get(&entry).is_some()
            || !self.listed.insert(document)
        {
            return;
        }
        let title = match home {
            Home::Record(..) | Home::Index => record_title,
            Home::Year(register, year) => format!("{} {year}", capitalised(register)),
            Home::Register(register) => capitalised(register),
            Home::Reviews => "Reviews".to_owned(),
        };
        let fields = [
            DocumentEntryField::Document(text),
            DocumentEntryField::Holds(home.holds().to_owned()),
            DocumentEntryField::Title(title),
        ];
        let index = Home::Index.document(self.context.compartment);
        for field in fields {
            self.write(
                index,
                Kind::DocumentEntry,
                entry,
                field.name(),
                field.to_raw(),
            );
        }
    }

    fn write_all(
        &mut self,
        document: DocumentId,
        kind: Kind,
        id: RecordId,
        raws: Vec<(&'static str, Raw)>,
    ) {
        for (field, value) in raws {
            self.write(document, kind, id, field, value);
        }
    }

    fn write(
        &mut self,
        document: DocumentId,
        kind: Kind,
        record: RecordId,
        field: &'static str,
        value: Raw,
    ) {
        self.writes.push(Write {
            document,
            kind: kind.name(),
            record,
            field,
            value,
        });
    }
}

/// Returns the text with a capital first letter.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Checks every field of a record and returns names and values.
fn checked(kind: Kind, fields: &Fields) -> Result<Vec<(&'static str, Raw)>, CommandError> {
    let mut raws = Vec::new();
    for (field, raw, verdict) in fields.raws() {
        verdict.map_err(|reason| CommandError::Value {
            kind,
            field,
            reason,
        })?;
        let is_blank = match &raw {
            Raw::Line(text) => text.trim().is_empty(),
            Raw::Null => true,
            Raw::Bool(_) | Raw::Int(_) | Raw::Prose(_) | Raw::Bytes(_) | Raw::Other(_) => false,
        };
        if is_blank && kind.required().contains(&field) {
            return Err(CommandError::Required { kind, field });
        }
        raws.push((field, raw));
    }
    Ok(raws)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::ActionField;
    use crate::project::{MilestoneField, ProjectField};

    fn context() -> Context {
        Context {
            compartment: CompartmentId([1; 6]),
            today: "2026-11-24".parse().unwrap(),
            now: Timestamp(1_795_000_000_000),
        }
    }

    fn id(name: &str) -> RecordId {
        RecordId::derived(name)
    }

    fn refuse(command: &Command, expected: &str) {
        let error = plan(&Board::default(), &context(), command).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_project_and_its_milestone_share_a_document_that_the_index_lists() {
        let command = Command::Batch {
            label: "start a project".into(),
            commands: vec![
                Command::create(id("p"), vec![ProjectField::Name("Move".into())]),
                Command::create(
                    id("m"),
                    vec![
                        MilestoneField::Project(Some(id("p"))),
                        MilestoneField::Name("Cutover".into()),
                    ],
                ),
            ],
        };
        let plan = plan(&Board::default(), &context(), &command).unwrap();
        let documents: Vec<_> = plan
            .writes
            .iter()
            .map(|write| (write.kind, write.document))
            .collect();
        let home = Home::Record(Kind::Project, id("p")).document(context().compartment);
        let index = DocumentId::index_of(context().compartment);
        assert_eq!(
            documents
                .iter()
                .filter(|(_, document)| *document == home)
                .count(),
            3
        );
        assert_eq!(
            documents
                .iter()
                .filter(|pair| **pair == ("document", index))
                .count(),
            3,
            "listed once"
        );
    }

    #[test]
    fn refusals_say_what_where_and_what_to_do() {
        refuse(
            &Command::create(id("a"), vec![ActionField::Due(None)]),
            "action needs title: give it one",
        );
        refuse(
            &Command::create(id("a"), vec![ActionField::Title("x\ny".into())]),
            "the title of the action cannot be set: \"x\ny\" is not a text on one line",
        );
        let orphan = vec![
            MilestoneField::Project(Some(id("p"))),
            MilestoneField::Name("Cutover".into()),
        ];
        refuse(
            &Command::create(id("m"), orphan),
            &format!(
                "there is no project {} here; it may not have arrived yet",
                id("p")
            ),
        );
        let inner = Command::Batch {
            label: String::new(),
            commands: Vec::new(),
        };
        refuse(
            &Command::Batch {
                label: String::new(),
                commands: vec![inner],
            },
            "a batch of commands cannot hold another batch",
        );
    }
}
