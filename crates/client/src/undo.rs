//! Undo and redo of this device's own commands, as new changes.
//!
//! A step remembers for each field what the command wrote and what stood before. Undoing writes the former value back
//! only where the field still holds what the command wrote, so nobody else's work is undone. Records that a command
//! made are marked as deleted rather than emptied.

use std::collections::VecDeque;

use adjutant_base::{RecordId, Timestamp, limits};
use adjutant_doc::past::Told;
use adjutant_model::record::{DELETED_AT, Write};
use adjutant_model::{FieldValue as _, Kind, Raw};

/// One thing that can be undone (or done again).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// The command's name.
    pub(crate) name: String,
    /// What was written, and what stood there before.
    pub(crate) replaced: Vec<(Write, Raw)>,
}

impl Step {
    /// Returns the step that undoes a command.
    ///
    /// `made` tells whether a record did not exist before the command.
    pub(crate) fn of(
        name: String,
        replaced: Vec<(Write, Raw)>,
        now: Timestamp,
        made: impl Fn(&Write) -> bool,
    ) -> Self {
        let mut kept = Vec::new();
        let mut last_made: Option<RecordId> = None;
        for (write, before) in replaced {
            if !made(&write) {
                kept.push((write, before));
            } else if last_made != Some(write.record) && can_vanish(write.kind) {
                last_made = Some(write.record);
                kept.push((
                    Write {
                        field: DELETED_AT,
                        value: Raw::Null,
                        ..write
                    },
                    now.to_raw(),
                ));
            }
        }
        Self {
            name,
            replaced: kept,
        }
    }

    /// Returns the step that undoes a command of the past, told by its edits; what this version does not know stays.
    ///
    /// `made` tells whether a record began with the command.
    pub(crate) fn told(edits: &[Told], made: impl Fn(RecordId) -> bool) -> Self {
        let name = edits.first().map(|told| told.edit.command.clone());
        let now = edits.first().map_or(Timestamp(0), |told| told.edit.made_at);
        let replaced = edits.iter().filter_map(|told| {
            let edit = &told.edit;
            let kind = Kind::from_name(&edit.kind)?;
            let write = Write {
                document: told.document,
                kind: kind.name(),
                record: edit.record,
                field: field_of(kind, &edit.field)?,
                value: edit.after.clone(),
            };
            Some((write, edit.before.clone()))
        });
        Self::of(name.unwrap_or_default(), replaced.collect(), now, |write| {
            made(write.record)
        })
    }

    /// Returns the writes that undo this step, and how many fields stay because they hold something else now.
    pub(crate) fn reverse(&self, current: impl Fn(&Write) -> Raw) -> (Vec<Write>, usize) {
        let mut writes = Vec::new();
        let mut kept: usize = 0;
        for (written, before) in self.replaced.iter().rev() {
            if current(written) == written.value {
                writes.push(Write {
                    value: before.clone(),
                    ..written.clone()
                });
            } else {
                kept += 1;
            }
        }
        (writes, kept)
    }
}

/// Returns a field's name as this version knows it, the twelve of a monthly one and the mark of deletion included.
pub(crate) fn field_of(kind: Kind, field: &str) -> Option<&'static str> {
    if field == DELETED_AT {
        return Some(DELETED_AT);
    }
    kind.field_names().into_iter().find(|name| *name == field)
}

/// Tells whether undoing its creation may delete a record: others may already rely on persons, devices and the list
/// of documents.
fn can_vanish(kind: &str) -> bool {
    ![Kind::Person, Kind::Device, Kind::DocumentEntry]
        .iter()
        .any(|shared| shared.name() == kind)
}

/// What can be undone and what can be done again, newest last.
#[derive(Debug, Default)]
pub(crate) struct UndoStack {
    done: VecDeque<Step>,
    undone: VecDeque<Step>,
}

impl UndoStack {
    /// Remembers a command; what was undone before can no longer be done again.
    pub(crate) fn push(&mut self, step: Step) {
        self.undone.clear();
        push_bounded(&mut self.done, step);
    }

    /// Takes the step to undo (or, with `again`, to redo).
    pub(crate) fn take(&mut self, again: bool) -> Option<Step> {
        if again {
            self.undone.pop_back()
        } else {
            self.done.pop_back()
        }
    }

    /// Remembers the opposite of a step that was just taken and carried out.
    pub(crate) fn put_opposite(&mut self, again: bool, step: Step) {
        push_bounded(
            if again {
                &mut self.done
            } else {
                &mut self.undone
            },
            step,
        );
    }
}

fn push_bounded(steps: &mut VecDeque<Step>, step: Step) {
    if steps.len() >= limits::UNDO_STEPS {
        steps.pop_front();
    }
    steps.push_back(step);
}

#[cfg(test)]
mod tests {
    use super::*;
    use adjutant_base::{CompartmentId, DocumentId};

    fn write(field: &'static str, value: i64) -> Write {
        Write {
            document: DocumentId::index_of(CompartmentId([0; 6])),
            kind: Kind::Action.name(),
            record: RecordId::derived("a"),
            field,
            value: Raw::Int(value),
        }
    }

    #[test]
    fn only_what_still_stands_is_undone() {
        let replaced = vec![(write("x", 1), Raw::Int(0)), (write("y", 1), Raw::Null)];
        let step = Step::of("edit".into(), replaced, Timestamp(5), |_| false);
        let (writes, kept) = step.reverse(|w| {
            if w.field == "x" {
                Raw::Int(1)
            } else {
                Raw::Int(7)
            }
        });
        assert_eq!(writes, [write("x", 0)]);
        assert_eq!(kept, 1);
    }

    #[test]
    fn undoing_a_creation_deletes_once() {
        let replaced = vec![(write("x", 1), Raw::Null), (write("y", 1), Raw::Null)];
        let step = Step::of("create".into(), replaced, Timestamp(5), |_| true);
        let (writes, kept) = step.reverse(|_| Raw::Null);
        assert_eq!((writes.len(), kept), (1, 0));
        assert_eq!(
            (writes[0].field, &writes[0].value),
            (DELETED_AT, &Raw::Int(5))
        );
    }

    #[test]
    fn the_stack_is_bounded() {
        let mut stack = UndoStack::default();
        for n in 0..limits::UNDO_STEPS + 5 {
            stack.push(Step {
                name: n.to_string(),
                replaced: Vec::new(),
            });
        }
        let steps = std::iter::from_fn(|| stack.take(false)).count();
        assert_eq!(steps, limits::UNDO_STEPS);
    }
}
