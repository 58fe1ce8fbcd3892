//! Boards without documents: a command's plan carried out in memory.
//!
//! For tests, benchmarks and trial runs ("what would this do?"). Nothing is stored, there is one writer and so never
//! a conflict; the engine's boards come from documents. The one rule: the typed picture is made by [`Board::put`], the
//! same door that documents use.

use std::collections::BTreeMap;

use adjutant_base::{ContentHash, DocumentId, RecordId};

use crate::board::Board;
use crate::command::{Command, CommandError, Context, Plan, plan};
use crate::record::{RecordData, Write};
use crate::value::Raw;

/// Records in memory and the board that shows them.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    board: Board,
    records: BTreeMap<(DocumentId, &'static str, RecordId), RecordData>,
}

impl Preview {
    /// Returns the board as it stands.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Shows a record as another device could have made it, past every rule.
    #[cfg(test)]
    pub(crate) fn arrive(&mut self, document: DocumentId, data: RecordData) {
        self.board.put(document, &data);
        let kind = crate::kind::Kind::from_name(&data.kind).map_or("", crate::kind::Kind::name);
        self.records.insert((document, kind, data.id), data);
    }

    /// Carries out a command as the engine would.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing has changed.
    pub fn run(&mut self, context: &Context, command: &Command) -> Result<(), CommandError> {
        let plan = plan(&self.board, context, command)?;
        self.board.compartment = Some(context.compartment);
        self.apply(&plan);
        Ok(())
    }

    /// Applies a plan's writes and shows the touched records on the board, whose version rises by one.
    ///
    /// Records get an all-zero content hash: only documents know theirs.
    pub fn apply(&mut self, plan: &Plan) {
        let mut touched: Vec<(DocumentId, &'static str, RecordId)> = plan
            .writes
            .iter()
            .map(|write| (write.document, write.kind, write.record))
            .collect();
        touched.sort_unstable();
        touched.dedup();
        for write in &plan.writes {
            self.write(write);
        }
        for key in touched {
            if let Some(data) = self.records.get(&key) {
                self.board.put(key.0, data);
            }
        }
        self.board.version = self.board.version.saturating_add(1);
    }

    fn write(&mut self, write: &Write) {
        let data = self
            .records
            .entry((write.document, write.kind, write.record))
            .or_insert_with(|| RecordData {
                kind: write.kind.to_owned(),
                id: write.record,
                fields: BTreeMap::new(),
                conflicts: Vec::new(),
                hash: ContentHash([0; 32]),
            });
        if write.value == Raw::Null {
            data.fields.remove(write.field);
        } else {
            data.fields
                .insert(write.field.to_owned(), write.value.clone());
        }
    }
}

/// Returns the board after these commands, carried out in order on an empty one.
///
/// # Errors
/// [`CommandError`] of the first command that is refused.
pub fn board_of<'a>(
    context: &Context,
    commands: impl IntoIterator<Item = &'a Command>,
) -> Result<Board, CommandError> {
    let mut preview = Preview::default();
    for command in commands {
        preview.run(context, command)?;
    }
    Ok(preview.board)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::ActionField;
    use crate::kind::Kind;
    use adjutant_base::{CompartmentId, Timestamp};

    fn context() -> Context {
        Context {
            compartment: CompartmentId([1; 6]),
            today: "2026-11-24".parse().unwrap(),
            now: Timestamp(1_795_000_000_000),
        }
    }

    #[test]
    fn a_deleted_record_comes_back_with_all_its_fields() {
        let id = RecordId::derived("a");
        let fields = vec![
            ActionField::Title("Chase the quote".into()),
            ActionField::Due(Some("2026-12-01".parse().unwrap())),
        ];
        let mut preview = Preview::default();
        let mut run = |command| preview.run(&context(), &command).unwrap();
        run(Command::create(id, fields));
        let kind = Kind::Action;
        run(Command::Delete { kind, id });
        run(Command::Restore { kind, id });
        run(Command::edit(id, vec![ActionField::Due(None)]));
        let board = preview.board();
        assert_eq!((board.version, board.count(kind)), (4, 1));
        let action = board.actions.get(&id).unwrap();
        assert_eq!(
            (action.title.as_str(), action.due),
            ("Chase the quote", None)
        );
    }

    #[test]
    fn a_refused_command_changes_nothing() {
        let mut preview = Preview::default();
        let edit = Command::edit(RecordId::derived("a"), vec![ActionField::Title("x".into())]);
        assert!(preview.run(&context(), &edit).is_err());
        assert_eq!((preview.board().version, preview.records.len()), (0, 0));
    }
}
