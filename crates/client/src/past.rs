//! A device's past: read on the thread that asks while the worker goes on, and undone step by step.
//!
//! The one rule of undoing: only the person's own steps, only where nobody has changed them since, always as a new edit.

use adjutant_base::{ActorId, DeviceId, RecordId};
use adjutant_doc::past::{Past, Told};
use adjutant_model::record::Write;
use adjutant_model::{Board, Kind, PersonId, Raw};
use adjutant_store::StoreError;

use crate::undo::Step;
use crate::worker::Message;
use crate::{Engine, ExecuteError};

/// What undoing one step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepUndone {
    /// The command that was undone.
    pub command: String,
    /// Fields that hold again what they held before; a record that the command made counts once.
    pub changed: usize,
    /// The latest edit of each field that somebody has changed since: it stays.
    pub kept: Vec<Told>,
}

/// Why a step was not undone. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoStepError {
    /// There is no such step here.
    #[error("there is no step {0} in this device's history")]
    Unknown(RecordId),
    /// Another person's step.
    #[error("that step is {author}'s; set the fields that you want otherwise")]
    Others {
        /// Whose it is.
        author: String,
    },
    /// The history could not be read.
    #[error("the history cannot be read")]
    Store(#[from] StoreError),
    /// The edit could not be made.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

/// Returns the id of the record in which a device is entered: every device derives it alike.
pub fn device_record(device: DeviceId) -> RecordId {
    RecordId::derived(&format!("device/{device}"))
}

/// Returns the person of an actor, as far as its device is known.
pub(crate) fn person_of(board: &Board, actor: ActorId) -> Option<PersonId> {
    board.devices.get(&device_record(actor.device()))?.person
}

impl Engine {
    /// Settles a conflict with a value that stands in it, on every device that this edit reaches.
    ///
    /// # Errors
    /// [`ExecuteError`]; then nothing was done. Nothing is done either if the field is not this version's.
    pub fn settle_blocking(
        &self,
        kind: Kind,
        id: RecordId,
        field: &str,
        value: Raw,
    ) -> Result<(), ExecuteError> {
        let board = self.board();
        let (Some(document), Some(field)) = (
            board.document_of(kind, id),
            crate::undo::field_of(kind, field),
        ) else {
            return Ok(());
        };
        let write = Write {
            document,
            kind: kind.name(),
            record: id,
            field,
            value,
        };
        let outcome = self.ask(|reply| Message::Settle(write, reply));
        outcome.unwrap_or(Err(ExecuteError::Ended))
    }

    /// Undoes one step of this person's past, from whichever device, where nobody has changed it since.
    ///
    /// # Errors
    /// [`UndoStepError`]; then nothing was done.
    pub fn undo_step_blocking(&self, id: RecordId) -> Result<StepUndone, UndoStepError> {
        let past = self.past_blocking()?;
        let PastStep {
            step,
            command,
            kept,
        } = PastStep::of(&past, &self.board(), self.device(), id)?;
        let fields = step.replaced.len();
        let outcome = self.ask(|reply| Message::UndoStep(step, reply));
        let stay = outcome.unwrap_or(Err(ExecuteError::Ended))?;
        Ok(StepUndone {
            command,
            changed: fields.saturating_sub(stay),
            kept: if stay == 0 { Vec::new() } else { kept },
        })
    }
}

/// A step of the past as it can be undone.
pub(crate) struct PastStep {
    pub(crate) step: Step,
    command: String,
    /// The latest edit of each field that somebody has changed since.
    kept: Vec<Told>,
}

impl PastStep {
    /// Returns the step with this id, if it is one of the person who works on `device`.
    pub(crate) fn of(
        past: &Past,
        board: &Board,
        device: DeviceId,
        id: RecordId,
    ) -> Result<Self, UndoStepError> {
        let told = past.stories_of_command(id);
        let is_of_step = |told: &&Told| told.edit.command_id == Some(id);
        let edits: Vec<Told> = told.iter().filter(is_of_step).cloned().collect();
        let first = edits.first().ok_or(UndoStepError::Unknown(id))?;
        let own = ActorId::new(device, [0; 4]);
        let actor = first.edit.actor.unwrap_or(ActorId([0; 20]));
        let person = person_of(board, actor);
        if actor.device() != device && (person.is_none() || person != person_of(board, own)) {
            let author = match board.person_name(person) {
                "" => "another person".to_owned(),
                name => name.to_owned(),
            };
            return Err(UndoStepError::Others { author });
        }
        let begins_with = |record: RecordId| {
            let mut of_record = told.iter().filter(|told| told.edit.record == record);
            of_record
                .next()
                .is_some_and(|told| told.edit.command_id == Some(id))
        };
        let step = Step::told(&edits, begins_with);
        let kept = edits
            .iter()
            .filter_map(|edit| latest_since(&told, edit))
            .cloned()
            .collect();
        Ok(Self {
            step,
            command: first.edit.command.clone(),
            kept,
        })
    }
}

/// Returns the newest edit of a field after this one, if it wrote something else.
fn latest_since<'a>(told: &'a [Told], edit: &Told) -> Option<&'a Told> {
    let same = |other: &&Told| {
        other.edit.record == edit.edit.record
            && other.edit.field == edit.edit.field
            && other.edit.kind == edit.edit.kind
    };
    let newest = told.iter().rfind(same)?;
    (newest.edit.change != edit.edit.change && newest.edit.after != edit.edit.after)
        .then_some(newest)
}
