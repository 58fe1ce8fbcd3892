//! What a person does with the record itself, at random: undo an old step, settle a conflict, remark, sign, start from an
//! old backup.
//!
//! Each step is done by the code that the engine uses for it. What it cannot do at that moment (nothing is in conflict,
//! the step is another's) it leaves.

use adjutant_model::PersonId;
use adjutant_model::review::{Heads, RemarkField, RemarkState, SignOffField, Verdict};
use adjutant_model::value::Prose;

use super::*;
use crate::past::PastStep;

/// One act of one device.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Undoes one of the person's own steps, whenever it was made.
    UndoStep { which: u8 },
    /// Settles a conflict with one of the values that stand in it.
    Settle { which: u8 },
    /// Remarks on a record, or marks a remark as done.
    Remark { record: u8 },
    /// Signs a record at the version that is here.
    SignOff { record: u8 },
    /// Copies the store.
    BackUp,
    /// Loses the store and starts from the copy.
    Restore,
    /// Ends the program as it should end, and starts it again.
    Stop,
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let record = 0_u8..4;
    prop_oneof![
        4 => (0_u8..40).prop_map(|which| Act::UndoStep { which }),
        4 => (0_u8..6).prop_map(|which| Act::Settle { which }),
        2 => record.clone().prop_map(|record| Act::Remark { record }),
        2 => record.prop_map(|record| Act::SignOff { record }),
        2 => Just(Act::BackUp),
        2 => Just(Act::Restore),
        1 => Just(Act::Stop),
    ]
}

pub(super) fn take(network: &mut Network, at: usize, act: Act) {
    let device = &mut network.devices[at];
    match act {
        Act::UndoStep { which } => undo_step(device, which.into()),
        Act::Settle { which } => settle(device, which.into()),
        Act::Remark { record } => remark(device, record),
        Act::SignOff { record } => sign(device, at, record),
        Act::BackUp => device.backup = (copy_of(&device.store), device.owed.clone()),
        Act::Restore => {
            let (store, owed) = &device.backup;
            (device.store, device.owed) = (copy_of(store), owed.clone());
            device.restart(at);
        }
        Act::Stop => {
            device.replica.keep_cache();
            device.restart(at);
        }
    }
}

fn undo_step(device: &mut TestDevice, which: usize) {
    let mut effects = Effects::default();
    let past = device.replica.past(&mut effects).unwrap();
    device.carry_out(effects);
    let told = past.story(|_, _| true);
    let steps: BTreeSet<RecordId> = told
        .iter()
        .filter_map(|told| told.edit.command_id)
        .collect();
    let Some(id) = steps.iter().nth(which) else {
        return;
    };
    let replica = &mut device.replica;
    let own = replica.identity.device();
    // Another person's step is refused.
    let Ok(found) = PastStep::of(&past, &replica.board, own, *id) else {
        return;
    };
    let mut effects = Effects::default();
    replica.undo_step(&found.step, &mut effects).unwrap();
    device.carry_out(effects);
}

fn settle(device: &mut TestDevice, which: usize) {
    let mut choices: Vec<Write> = Vec::new();
    for record in 0..4 {
        let Some(shown) = device.replica.board.actions.get(&action(record)) else {
            continue;
        };
        for conflict in &shown.meta.conflicts {
            let Some(field) = crate::undo::field_of(Kind::Action, &conflict.field) else {
                continue;
            };
            let values = conflict.losers.iter().chain([&conflict.winner]);
            choices.extend(values.map(|written| Write {
                document: shown.meta.document,
                kind: Kind::Action.name(),
                record: action(record),
                field,
                value: written.value.clone(),
            }));
        }
    }
    let Some(write) = choices.get(which % choices.len().max(1)) else {
        return;
    };
    let mut effects = Effects::default();
    device.replica.settle(write, &mut effects).unwrap();
    device.carry_out(effects);
}

fn remark(device: &mut TestDevice, record: u8) {
    let id = RecordId::derived(&format!("remark {record}"));
    if device.replica.board.remarks.get(&id).is_some() {
        let done = RemarkField::State(RemarkState::Done);
        device.run(&Command::edit(id, vec![done]));
        return;
    }
    let fields = vec![
        RemarkField::About(Some(action(record))),
        RemarkField::Text(Prose("Who does it?".to_owned())),
    ];
    device.run(&Command::create(id, fields));
}

fn sign(device: &mut TestDevice, at: usize, record: u8) {
    let Some(document) = device
        .replica
        .board
        .document_of(Kind::Action, action(record))
    else {
        return;
    };
    let heads = device.replica.held(document).graph.heads();
    let name = format!("sign-off of {record} by {at} at {heads:?}");
    let fields = vec![
        SignOffField::About(Some(action(record))),
        SignOffField::Verdict(Verdict::Approved),
        SignOffField::Person(Some(PersonId::of_name(&format!("Person {at}")))),
        SignOffField::Document(document.to_string()),
        SignOffField::Heads(Heads(heads)),
    ];
    device.run(&Command::create(RecordId::derived(&name), fields));
}

/// Returns a store of its own with everything that another holds.
pub(super) fn copy_of(store: &MemoryStore) -> MemoryStore {
    let mut batch = Batch::default();
    let ids = store.documents().unwrap();
    for id in &ids {
        for change in store.read_document(*id).unwrap().changes {
            batch.changes.push((*id, change));
        }
    }
    let documents = ids.into_iter().map(Some).chain([None]);
    for document in documents {
        for key in [crate::replica::COMPARTMENT, SESSION, RELAY_HEADS, WITHDRAWN] {
            let bytes = store.read_value(document, key).unwrap();
            batch.values.extend(bytes.map(|bytes| Value {
                document,
                key: key.to_owned(),
                bytes: Some(bytes),
            }));
        }
    }
    let mut copy = MemoryStore::default();
    copy.commit(&[batch]).unwrap();
    copy
}
