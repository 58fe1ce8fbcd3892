//! Which compartment a replica belongs to: founding, joining and leaving, and the entry of person and device.
//!
//! The rule: a compartment is left only while nothing of the user is in it and no relay has heard of it.

use adjutant_base::{CompartmentId, DocumentId};
use adjutant_model::people::{DeviceField, PersonField};
use adjutant_model::{Board, Command, Kind, PersonId};
use adjutant_store::StoreError;

use super::documents::Documents;
use super::{COMPARTMENT, Effects, Replica};
use crate::ExecuteError;
use crate::identity::random;
use crate::undo::UndoStack;

impl Replica {
    /// Starts a workspace on this device alone, if there is none yet.
    pub(super) fn start_workspace(&mut self, effects: &mut Effects) -> Result<(), ExecuteError> {
        if self.compartment.is_some() {
            return Ok(());
        }
        let compartment = CompartmentId(random().map_err(ExecuteError::identity)?);
        self.enter(compartment, effects)?;
        self.index_is_known = true;
        self.register(effects)
    }

    /// Tells whether nothing is here but what a device enters about itself, and no relay has ever heard of it.
    pub(crate) fn is_unused(&self) -> bool {
        let index = self.compartment.map(DocumentId::index_of);
        let mut documents = self.documents.iter();
        documents.all(|(id, held)| {
            let is_index = Some(*id) == index;
            held.relay_heads.is_empty() && (is_index || held.graph.is_empty())
        }) && Kind::ALL.iter().all(|kind| {
            let is_own = matches!(kind, Kind::Person | Kind::Device);
            self.board.count(*kind) <= usize::from(is_own)
        })
    }

    /// Leaves an unused private workspace: nothing of it is shown, synced or opened any more.
    pub(crate) fn leave(&mut self) {
        self.compartment = None;
        self.index_is_known = false;
        self.documents = Documents::default();
        self.undo = UndoStack::default();
        self.board = Board {
            version: self.board.version.saturating_add(1),
            ..Board::default()
        };
    }

    /// Takes part in a compartment.
    pub(crate) fn enter(
        &mut self,
        compartment: CompartmentId,
        effects: &mut Effects,
    ) -> Result<(), StoreError> {
        if self.compartment == Some(compartment) {
            return Ok(());
        }
        self.compartment = Some(compartment);
        self.board.compartment = Some(compartment);
        effects.set(None, COMPARTMENT, compartment.0.to_vec());
        self.hold_listed(effects)
    }

    /// Enters this person and device in the index, once, as soon as the index may be written.
    pub(super) fn register(&mut self, effects: &mut Effects) -> Result<(), ExecuteError> {
        let device = self.identity.device();
        let id = crate::device_record(device);
        if !self.index_is_known || self.board.devices.get(&id).is_some() {
            return Ok(());
        }
        let person = PersonId::of_name(&self.person);
        let mut commands = vec![Command::create(
            id,
            vec![
                DeviceField::Person(Some(person)),
                DeviceField::Name(self.device_name.clone()),
                DeviceField::PublicKey(adjutant_base::hex::encode(&self.identity.public_key())),
                DeviceField::Device(device.to_string()),
            ],
        )];
        if self.board.people.get(&person.0).is_none() {
            commands.push(Command::create(
                person.0,
                vec![PersonField::Name(self.person.clone())],
            ));
        }
        let command = Command::Batch {
            label: "register device".to_owned(),
            commands,
        };
        let now = self.clock.now();
        let plan = adjutant_model::command::plan(&self.board, &self.context(now), &command)?;
        self.write(&plan.name, &plan.writes, now, effects)?;
        Ok(())
    }
}
