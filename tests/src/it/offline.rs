//! Working offline: everything works, everybody agrees afterwards, nothing is lost and both sides of a conflict stay.

use adjutant_base::RecordId;
use adjutant_client::LinkState;
use adjutant_model::action::{ActionField, ActionState};
use adjutant_model::budget::{BudgetField, BudgetLineField};
use adjutant_model::calendar::Period;
use adjutant_model::money::Amount;
use adjutant_model::{Command, Kind, Raw};

use crate::world::{World, all_level};

#[test]
fn what_one_device_does_another_sees() {
    let world = World::new();
    let (anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Renew the support contract");
    all_level(&[&anna, &ben]);
    assert_eq!(ben.title(id).as_deref(), Some("Renew the support contract"));
    let people: Vec<_> = ben
        .board()
        .people
        .into_iter()
        .map(|(_, person)| person.name.clone())
        .collect();
    assert!(
        people.contains(&"Anna".to_owned()) && people.contains(&"Ben".to_owned()),
        "{people:?}"
    );
}

#[test]
fn two_assistants_edit_one_field_offline_and_both_values_stay() {
    let world = World::new();
    let (anna, ben, carla) = (
        world.device("Anna"),
        world.device("Ben"),
        world.device("Carla"),
    );
    let shared = anna.new_action("Order laptops");
    all_level(&[&anna, &ben, &carla]);

    anna.engine().set_online_blocking(false);
    ben.engine().set_online_blocking(false);
    anna.rename_action(shared, "Order 12 laptops");
    ben.rename_action(shared, "Order 14 laptops");
    let of_ben = ben.new_action("Ask for quotes");
    ben.run(Command::edit(
        shared,
        vec![ActionField::State(ActionState::Waiting)],
    ));
    assert_eq!(
        ben.title(of_ben).as_deref(),
        Some("Ask for quotes"),
        "works with no connection"
    );
    ben.engine().flush_blocking().unwrap();
    let words = ben.engine().status().words();
    assert_eq!(words, "Offline since 09:00, 3 changes waiting");
    assert_eq!(carla.title(of_ben), None);

    anna.engine().set_online_blocking(true);
    ben.engine().set_online_blocking(true);
    all_level(&[&anna, &ben, &carla]);
    for device in [&anna, &ben, &carla] {
        let board = device.board();
        let action = board.actions.get(&shared).unwrap();
        assert_eq!(
            action.state,
            ActionState::Waiting,
            "an edit of another field is no conflict"
        );
        let [conflict] = action.meta.conflicts.as_slice() else {
            panic!("{:?}", action.meta.conflicts)
        };
        let mut titles = vec![conflict.winner.value.clone()];
        titles.extend(conflict.losers.iter().map(|loser| loser.value.clone()));
        titles.sort();
        let line = |text: &str| Raw::Line(text.to_owned());
        assert_eq!(titles, [line("Order 12 laptops"), line("Order 14 laptops")]);
        assert_eq!(conflict.winner.value, line(&action.title));
    }
    assert_eq!(anna.board().conflicts().count(), 1);
    assert_eq!(anna.engine().status().words(), "On the relay");
}

#[test]
fn two_months_of_one_budget_line_are_no_conflict() {
    let world = World::new();
    let (anna, ben) = (world.device("Anna"), world.device("Ben"));
    let (budget, line) = (RecordId::derived("budget"), RecordId::derived("line"));
    anna.run(Command::create(
        budget,
        vec![
            BudgetField::Name("FY27".into()),
            BudgetField::FiscalYear(2027),
        ],
    ));
    anna.run(Command::create(
        line,
        vec![
            BudgetLineField::Budget(Some(budget)),
            BudgetLineField::Name("Cloud hosting".into()),
        ],
    ));
    all_level(&[&anna, &ben]);
    anna.engine().set_online_blocking(false);
    ben.engine().set_online_blocking(false);
    let month = |number| Period::new(number).unwrap();
    anna.run(Command::edit(
        line,
        vec![BudgetLineField::Plan(month(1), Some(Amount(10_005)))],
    ));
    ben.run(Command::edit(
        line,
        vec![BudgetLineField::Plan(month(2), Some(Amount(20_010)))],
    ));
    anna.engine().set_online_blocking(true);
    ben.engine().set_online_blocking(true);
    all_level(&[&anna, &ben]);
    for device in [&anna, &ben] {
        let board = device.board();
        let line = board.budget_lines.get(&line).unwrap();
        assert_eq!(
            line.plan[0..2],
            [Some(Amount(10_005)), Some(Amount(20_010))]
        );
        assert!(line.meta.conflicts.is_empty());
    }
}

#[test]
fn an_edit_of_a_record_that_somebody_deleted_is_kept() {
    let world = World::new();
    let (anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Cancel the old lines");
    all_level(&[&anna, &ben]);
    anna.engine().set_online_blocking(false);
    anna.run(Command::Delete {
        kind: Kind::Action,
        id,
    });
    ben.rename_action(id, "Cancel the old lines by June");
    anna.engine().set_online_blocking(true);
    all_level(&[&anna, &ben]);
    anna.run(Command::Restore {
        kind: Kind::Action,
        id,
    });
    assert_eq!(
        anna.title(id).as_deref(),
        Some("Cancel the old lines by June")
    );
}

#[test]
fn undo_leaves_what_another_person_changed_since() {
    let world = World::new();
    let (anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Call the carrier");
    anna.run(Command::edit(
        id,
        vec![
            ActionField::Title("Call both carriers".into()),
            ActionField::State(ActionState::InProgress),
        ],
    ));
    all_level(&[&anna, &ben]);
    ben.rename_action(id, "Call all carriers");
    all_level(&[&anna, &ben]);
    anna.engine().undo_blocking(false).unwrap();
    let board = anna.board();
    let action = board.actions.get(&id).unwrap();
    assert_eq!(
        (action.title.as_str(), action.state),
        ("Call all carriers", ActionState::Open)
    );
    anna.engine().undo_blocking(true).unwrap();
    assert_eq!(
        anna.board().actions.get(&id).unwrap().state,
        ActionState::InProgress
    );
}

#[test]
fn a_device_that_was_off_catches_up_and_its_own_edits_arrive() {
    let mut world = World::new();
    let (anna, mut ben) = (world.device("Anna"), world.device("Ben"));
    ben.engine().set_online_blocking(false);
    let of_ben = ben.new_action("Written on a train");
    ben.stop();
    let of_anna = anna.new_action("Written at the desk");
    anna.synced();
    world.stop_relay();
    world.start_relay();
    ben.restart();
    all_level(&[&anna, &ben]);
    assert_eq!(anna.title(of_ben).as_deref(), Some("Written on a train"));
    assert_eq!(ben.title(of_anna).as_deref(), Some("Written at the desk"));
    assert_eq!(ben.engine().status().link, LinkState::Online);
}
