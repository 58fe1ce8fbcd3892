//! The record you can trust: what was, who changed it, what is new to you, what was signed, and what can be undone.

use adjutant_base::{Clock as _, RecordId, Timestamp};
use adjutant_client::care::{CareError, copies, restore_blocking};
use adjutant_client::review::{Standing, marks, since_seen, standing};
use adjutant_client::{Moment, UndoStepError};
use adjutant_model::action::ActionField;
use adjutant_model::budget::{BudgetField, BudgetLineField};
use adjutant_model::calendar::Period;
use adjutant_model::diff::words::Told;
use adjutant_model::money::Amount;
use adjutant_model::project::{MilestoneField, ProjectField};
use adjutant_model::review::{Heads, SignOffField, Verdict, sign_offs};
use adjutant_model::{Board, Command, Kind, PersonId, Raw};

use crate::world::{Device, START, World, all_level};

/// Returns a day as a field takes it.
macro_rules! day {
    ($text:literal) => {
        $text.parse().ok()
    };
}

/// Makes a project with one milestone.
fn project(device: &Device) -> (RecordId, RecordId) {
    let (project, milestone) = (
        device.engine().new_record_id().unwrap(),
        device.engine().new_record_id().unwrap(),
    );
    let fields = vec![ProjectField::Name("Move to the cloud".to_owned())];
    device.run(Command::create(project, fields));
    let fields = vec![
        MilestoneField::Project(Some(project)),
        MilestoneField::Name("Cutover".to_owned()),
        MilestoneField::Baseline(day!("2026-12-01")),
    ];
    device.run(Command::create(milestone, fields));
    (project, milestone)
}

/// Moves the clock to so many seconds after the start and returns the moment before.
fn later(world: &World, seconds: i64) -> Moment {
    let now = world.clock.now();
    world.clock.advance_ms(START.0 + seconds * 1_000 - now.0);
    // Up to the end of the second before.
    Moment(Timestamp(START.0 + seconds * 1_000 - 1_000))
}

fn titles(board: &Board) -> Vec<String> {
    let actions = board.actions.into_iter();
    actions.map(|(_, action)| action.title.clone()).collect()
}

#[test]
fn the_workspace_can_be_read_as_of_any_moment_on_any_device() {
    let world = World::new();
    let (anna, ben) = (world.device("Anna"), world.device("Ben"));
    let before_all = later(&world, 10);
    let first = anna.new_action("Order laptops");
    all_level(&[&anna, &ben]);
    let with_one = later(&world, 20);
    ben.rename_action(first, "Order 12 laptops");
    ben.new_action("Ask for quotes");
    all_level(&[&anna, &ben]);
    let with_two = later(&world, 30);
    anna.run(Command::Delete {
        kind: Kind::Action,
        id: first,
    });
    all_level(&[&anna, &ben]);
    for device in [&anna, &ben] {
        let past = device.engine().past_blocking().unwrap();
        let at = |moment| titles(&past.as_of(moment).board);
        assert_eq!(at(before_all), [""; 0]);
        assert_eq!(at(with_one), ["Order laptops"]);
        assert_eq!(at(with_two), ["Order 12 laptops", "Ask for quotes"]);
        assert_eq!(titles(&past.newest().board), titles(&device.board()));
    }
    let versions = [&anna, &ben].map(|device| {
        let past = device.engine().past_blocking().unwrap();
        past.as_of(with_one).documents
    });
    assert_eq!(
        versions[0], versions[1],
        "the same exact versions on every device"
    );
}

#[test]
fn every_field_tells_who_changed_it_and_when() {
    let world = World::new();
    let (anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Order laptops");
    all_level(&[&anna, &ben]);
    later(&world, 60);
    ben.rename_action(id, "Order 12 laptops");
    all_level(&[&anna, &ben]);
    let told = anna.engine().past_blocking().unwrap().story_of(id);
    let titles: Vec<_> = told
        .iter()
        .filter(|told| told.edit.field == "title")
        .map(|told| {
            let device = told.edit.actor.unwrap().device();
            let seconds = (told.edit.time.0 - START.0) / 1_000;
            (
                device,
                seconds,
                told.edit.before.shown(),
                told.edit.after.shown(),
            )
        })
        .collect();
    let (of_anna, of_ben) = (anna.engine().device(), ben.engine().device());
    let expected = [
        (of_anna, 0, String::new(), "Order laptops".to_owned()),
        (
            of_ben,
            60,
            "Order laptops".to_owned(),
            "Order 12 laptops".to_owned(),
        ),
    ];
    assert_eq!(titles, expected);
}

#[test]
fn a_step_of_last_week_is_undone_where_nobody_has_changed_it_since() {
    let world = World::new();
    let (mut anna, ben) = (world.device("Anna"), world.device("Ben"));
    let (_, milestone) = project(&anna);
    later(&world, 10);
    anna.run(Command::edit(
        milestone,
        vec![
            MilestoneField::Name("Cutover weekend".to_owned()),
            MilestoneField::Baseline(day!("2026-12-12")),
        ],
    ));
    all_level(&[&anna, &ben]);
    later(&world, 20);
    ben.run(Command::edit(
        milestone,
        vec![MilestoneField::Baseline(day!("2027-01-09"))],
    ));
    all_level(&[&anna, &ben]);
    // The program was closed in between: what can be undone stands in the documents.
    anna.restart();
    anna.synced();
    let past = anna.engine().past_blocking().unwrap();
    let story = past.story_of(milestone);
    let of_anna = story
        .iter()
        .find(|told| told.edit.after.shown() == "Cutover weekend");
    let step = of_anna.and_then(|told| told.edit.command_id).unwrap();
    let refused = ben.engine().undo_step_blocking(step).unwrap_err();
    assert!(
        matches!(&refused, UndoStepError::Others { author } if author == "Anna"),
        "{refused}"
    );
    let undone = anna.engine().undo_step_blocking(step).unwrap();
    assert_eq!((undone.changed, undone.kept.len()), (1, 1));
    let kept = &undone.kept[0].edit;
    assert_eq!(kept.field, "baseline");
    assert_eq!(kept.actor.unwrap().device(), ben.engine().device());
    all_level(&[&anna, &ben]);
    for device in [&anna, &ben] {
        let board = device.board();
        let shown = board.milestones.get(&milestone).unwrap();
        assert_eq!(shown.name, "Cutover");
        assert_eq!(shown.baseline, day!("2027-01-09"), "Ben's edit stays");
    }
    // An undo is a step like any other: undoing it does the first one again.
    let story = anna.engine().past_blocking().unwrap().story_of(milestone);
    let undo = story.last().and_then(|told| told.edit.command_id).unwrap();
    anna.engine().undo_step_blocking(undo).unwrap();
    let name = anna
        .board()
        .milestones
        .get(&milestone)
        .unwrap()
        .name
        .clone();
    assert_eq!(name, "Cutover weekend");
    let unknown = anna.engine().undo_step_blocking(RecordId([9; 16]));
    assert!(matches!(unknown, Err(UndoStepError::Unknown(_))));
}

#[test]
fn a_conflict_settled_on_one_device_is_settled_everywhere() {
    let world = World::new();
    let (anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Order laptops");
    all_level(&[&anna, &ben]);
    anna.engine().set_online_blocking(false);
    anna.rename_action(id, "Order 12 laptops");
    ben.rename_action(id, "Order 14 laptops");
    anna.engine().set_online_blocking(true);
    all_level(&[&anna, &ben]);
    let board = anna.board();
    let conflict = &board.actions.get(&id).unwrap().meta.conflicts[0];
    let loser = conflict.losers[0].value.clone();
    let shown = loser.shown();
    ben.engine()
        .settle_blocking(Kind::Action, id, "title", loser)
        .unwrap();
    all_level(&[&anna, &ben]);
    for device in [&anna, &ben] {
        assert_eq!(device.title(id), Some(shown.clone()));
        assert_eq!(device.board().conflicts().count(), 0);
    }
}

#[test]
fn what_is_new_since_one_looked_follows_the_person_to_another_device() {
    let world = World::new();
    let (anna, desk, laptop) = (
        world.device("Anna"),
        world.device("Maya"),
        world.device("Maya"),
    );
    let maya = PersonId::of_name("Maya");
    let (project, milestone) = project(&anna);
    all_level(&[&anna, &desk, &laptop]);
    let news = |device: &Device| {
        let past = device.engine().past_blocking().unwrap();
        since_seen(&past, &device.board(), maya)
    };
    let first = news(&desk);
    assert!(first.is_first && !first.told.is_empty());
    let today = desk.engine().today();
    desk.engine()
        .execute_blocking(marks(&first.seen, maya, today))
        .unwrap();
    all_level(&[&anna, &desk, &laptop]);
    assert_eq!(
        news(&laptop).told,
        [],
        "seen at the desk is seen on the laptop"
    );

    later(&world, 60);
    anna.run(Command::edit(
        milestone,
        vec![MilestoneField::Baseline(day!("2026-12-17"))],
    ));
    all_level(&[&anna, &desk, &laptop]);
    let told = news(&laptop).told;
    let sentences: Vec<String> = told.iter().map(Told::sentence).collect();
    assert_eq!(
        sentences,
        ["Milestone Cutover: baseline moved 12 working days later, to 17 Dec 2026"]
    );
    assert_eq!(told[0].of, "Move to the cloud");
    assert_eq!(
        anna.board().projects.get(&project).unwrap().name,
        "Move to the cloud"
    );
}

#[test]
fn an_approval_is_of_the_version_that_was_seen() {
    let world = World::new();
    let (anna, maya) = (world.device("Anna"), world.device("Maya"));
    let (budget, line) = (
        anna.engine().new_record_id().unwrap(),
        anna.engine().new_record_id().unwrap(),
    );
    let fields = vec![BudgetField::Name("IT 2027".to_owned())];
    anna.run(Command::create(budget, fields));
    let plan = |minor| BudgetLineField::Plan(Period::all().next().unwrap(), Some(Amount(minor)));
    let fields = vec![
        BudgetLineField::Budget(Some(budget)),
        BudgetLineField::Name("Cloud hosting".to_owned()),
        plan(1_000_000),
    ];
    anna.run(Command::create(line, fields));
    all_level(&[&anna, &maya]);
    let document = maya.board().document_of(Kind::Budget, budget).unwrap();
    let prints = maya.engine().fingerprints_blocking().unwrap();
    let print = prints.into_iter().find(|print| print.document == document);
    let fields = vec![
        SignOffField::About(Some(budget)),
        SignOffField::Verdict(Verdict::Approved),
        SignOffField::Person(Some(PersonId::of_name("Maya"))),
        SignOffField::Day(Some(maya.engine().today())),
        SignOffField::Document(document.to_string()),
        SignOffField::Heads(Heads(print.unwrap().heads)),
    ];
    let id = maya.engine().new_record_id().unwrap();
    maya.run(Command::create(id, fields));
    all_level(&[&anna, &maya]);
    let stands = |device: &Device| {
        let made = sign_offs(&device.board(), budget).remove(0);
        standing(&device.engine().past_blocking().unwrap(), &made)
    };
    assert_eq!(stands(&anna), Standing::Approved);

    later(&world, 60);
    anna.run(Command::edit(line, vec![plan(1_420_000)]));
    all_level(&[&anna, &maya]);
    for device in [&anna, &maya] {
        let Standing::ChangedSince(told) = stands(device) else {
            panic!("it has changed since")
        };
        let sentences: Vec<String> = told.iter().map(Told::sentence).collect();
        assert_eq!(
            sentences,
            ["Budget line Cloud hosting: plan raised by 4,200.00 EUR in period 1"]
        );
    }
    // Put back as it was, it is what was approved.
    anna.run(Command::edit(line, vec![plan(1_000_000)]));
    all_level(&[&anna, &maya]);
    assert_eq!(stands(&maya), Standing::Approved);
    // A sign-off never changes.
    let fields = vec![SignOffField::Verdict(Verdict::Returned)];
    let refused = maya
        .engine()
        .execute_blocking(vec![Command::edit(id, fields)]);
    assert!(refused.is_err());
}

#[test]
fn an_edit_of_a_record_deleted_elsewhere_is_told() {
    let world = World::new();
    let (anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Order laptops");
    all_level(&[&anna, &ben]);
    ben.engine().set_online_blocking(false);
    ben.rename_action(id, "Order 14 laptops");
    anna.run(Command::Delete {
        kind: Kind::Action,
        id,
    });
    ben.engine().set_online_blocking(true);
    all_level(&[&anna, &ben]);
    for device in [&anna, &ben] {
        let told = device.engine().past_blocking().unwrap().story_of(id);
        let lost = told
            .iter()
            .any(|told| told.edit.after == Raw::Line("Order 14 laptops".into()));
        assert!(lost, "the edit stands in the record's story");
        let board = device.board();
        assert_eq!(board.deleted.get(&id).unwrap().title, "Order 14 laptops");
    }
    ben.run(Command::Restore {
        kind: Kind::Action,
        id,
    });
    assert_eq!(ben.title(id).as_deref(), Some("Order 14 laptops"));
    let fields = vec![ActionField::Title("Order 15 laptops".to_owned())];
    ben.run(Command::edit(id, fields));
}

#[test]
fn an_hourly_copy_put_back_catches_up_and_never_reuses_a_number() {
    let world = World::new();
    let (mut anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Order laptops");
    anna.engine().flush_blocking().unwrap();
    assert!(
        copies(anna.folder.path()).is_empty(),
        "less than an hour has passed"
    );
    later(&world, 3_600);
    anna.rename_action(id, "Order 12 laptops");
    all_level(&[&anna, &ben]);
    anna.stop();
    let made = copies(anna.folder.path());
    let [copy] = made.as_slice() else {
        panic!("{made:?}")
    };
    anna.restart();
    later(&world, 3_700);
    anna.rename_action(id, "Order 14 laptops");
    all_level(&[&anna, &ben]);
    anna.stop();
    assert_eq!(copies(anna.folder.path()).len(), 1, "one an hour");

    // The machine is lost; the copy is all that is left of it.
    let folder = tempfile::tempdir().unwrap();
    restore_blocking(&copy.path, folder.path()).unwrap();
    let again = restore_blocking(&copy.path, folder.path());
    assert!(matches!(again, Err(CareError::InUse(_))));
    let new = Device::start(&world, "Anna", folder);
    new.synced();
    assert_eq!(new.title(id).as_deref(), Some("Order 14 laptops"));
    new.rename_action(id, "Order 15 laptops");
    all_level(&[&new, &ben]);
    assert_eq!(ben.title(id).as_deref(), Some("Order 15 laptops"));
    let prints = new.engine().fingerprints_blocking().unwrap();
    let past = new.engine().past_blocking().unwrap();
    for print in prints {
        assert!(print.is_compared);
        assert_eq!(print.relay_heads, print.heads);
        assert_eq!(past.count_beyond(print.document, &print.relay_heads), 0);
    }
}
