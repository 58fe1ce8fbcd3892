//! Warning of keys that meet a record of another name: two files may number different things alike.
//!
//! Knows the board, not the files. The one rule: it only tells; what an import does stays as the person decides.

use adjutant_model::{Board, Command, Raw};

use super::Imported;
use super::columns::normalised;

/// Adds a warning, with both names, for every record of the import that is here under another name.
///
/// Case, spaces and punctuation make no other name. Cost: linear in the size of the import, logarithmic in the board's.
pub fn warn_of_other_names(board: &Board, imported: &mut Imported) {
    let mut found = Vec::new();
    for command in &imported.commands {
        let commands = if let Command::Batch { commands, .. } = command {
            commands.as_slice()
        } else {
            std::slice::from_ref(command)
        };
        found.extend(commands.iter().filter_map(|one| other_name(board, one)));
    }
    for (line, name, message) in found {
        imported.warnings.add(line, "", &name, message);
    }
    imported.warnings.sort();
}

/// Returns the line, the name in the file and what is to be said, if the record is here under another name.
fn other_name(board: &Board, command: &Command) -> Option<(u64, String, String)> {
    let Command::Create { id, fields } = command else {
        return None;
    };
    let kind = fields.kind();
    let values = board.values(kind, *id)?;
    let raws = fields.raws();
    let field = kind.title_field();
    let (_, there, _) = raws.iter().find(|(name, ..)| *name == field)?;
    let (_, here) = values.iter().find(|(name, _)| *name == field)?;
    let (here, there) = (here.shown(), there.shown());
    if normalised(&here) == normalised(&there) {
        return None;
    }
    let source = raws.iter().find(|(name, ..)| *name == "source");
    let line = source.map_or(0, |(_, raw, _)| line_of(raw));
    let message = format!(
        "has the key of the {} \"{here}\" that is here and would take its place; if they are two, give them different keys",
        kind.label()
    );
    Some((line, there, message))
}

/// Returns the line that a source like `plan.csv, line 12` or `plan.csv:12` ends with, or 0.
fn line_of(source: &Raw) -> u64 {
    let text = source.shown();
    let digits = text.rsplit([' ', ':']).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use adjutant_base::{CompartmentId, Timestamp};
    use adjutant_model::{Context, preview::board_of};

    use super::*;
    use crate::import::{keep_going, projects};

    fn imported(text: &str) -> Imported {
        let options = projects::ProjectOptions {
            file_name: "list.csv".to_owned(),
            ..Default::default()
        };
        projects::import(text.as_bytes(), &options, &mut keep_going).unwrap()
    }

    #[test]
    fn a_key_that_meets_a_record_of_another_name_is_named_with_both() {
        let context = Context {
            compartment: CompartmentId([1; 6]),
            today: "2026-11-24".parse().unwrap(),
            now: Timestamp(0),
        };
        let first = imported("id,name\n1,Office move\n2,New CRM\n");
        let board = board_of(&context, &first.commands).unwrap();
        let mut next = imported("id,name\n1,Help desk\n2,new  CRM\n3,Fibre\n");
        warn_of_other_names(&board, &mut next);
        let [warning] = next.warnings.listed.as_slice() else {
            panic!("{:?}", next.warnings)
        };
        assert_eq!((warning.line, warning.value.as_str()), (2, "Help desk"));
        assert!(warning.message.contains("\"Office move\""), "{warning}");
        let mut none = first.clone();
        warn_of_other_names(&Board::default(), &mut none);
        assert_eq!(none, first);
    }
}
