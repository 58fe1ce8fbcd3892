//! Choosing who answers for something: from the list of persons, or a new name.
//!
//! Shared by projects and actions. A person's id follows from the name, so that two devices make one person.

use adjutant_base::DeviceId;
use adjutant_client::device_record;
use adjutant_model::people::PersonField;
use adjutant_model::{Board, Command, PersonId};

use crate::views::Scene;
use crate::widgets::picker::{Choice, Picked};

/// Returns the commands that a person's name needs before it can be an owner, and the person's id.
///
/// A name that is on the board needs none; the id follows from the name, so that two devices make one person.
pub fn person_named(board: &Board, name: &str) -> (Option<Command>, PersonId) {
    let known = board
        .people
        .into_iter()
        .find(|(_, person)| person.name.eq_ignore_ascii_case(name.trim()));
    if let Some((id, _)) = known {
        return (None, PersonId(*id));
    }
    let person = PersonId::of_name(name);
    let fields = vec![PersonField::Name(
        name.split_whitespace().collect::<Vec<_>>().join(" "),
    )];
    let is_new = board.people.get(&person.0).is_none();
    (is_new.then(|| Command::create(person.0, fields)), person)
}

/// Returns all persons by name, for lists to pick an owner from.
pub fn people_by_name(board: &Board) -> Vec<(PersonId, String)> {
    let mut people: Vec<(PersonId, String)> = board
        .people
        .into_iter()
        .map(|(id, person)| (PersonId(*id), person.name.clone()))
        .collect();
    people.sort_by_key(|(_, name)| name.to_lowercase());
    people
}

/// Returns nobody and all persons, for lists of owners.
pub fn owner_choices(scene: &Scene, owner: Option<PersonId>) -> Vec<Choice> {
    let nobody = Choice::word("No owner", owner.is_none());
    let people = people_by_name(&scene.board);
    std::iter::once(nobody)
        .chain(
            people
                .into_iter()
                .map(|(id, name)| Choice::word(name, owner == Some(id))),
        )
        .collect()
}

/// Returns the owner that was picked, with the command that makes the person if needed; `None` for no change.
pub fn picked_owner(scene: &Scene, picked: &Picked) -> Option<(Option<Command>, Option<PersonId>)> {
    match picked {
        Picked::Nothing => None,
        Picked::Choice(0) => Some((None, None)),
        Picked::Choice(at) => people_by_name(&scene.board)
            .get(at.saturating_sub(1))
            .map(|(id, _)| (None, Some(*id))),
        Picked::New(name) => {
            let (command, id) = person_named(&scene.board, name);
            Some((command, Some(id)))
        }
    }
}

/// Returns the person whose device this is; `None` before it is in a workspace.
pub fn own(board: &Board, device: DeviceId) -> Option<PersonId> {
    board.devices.get(&device_record(device))?.person
}
