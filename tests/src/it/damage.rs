//! Damage and odd circumstances: what is readable opens, what is lost comes back, and nobody is misled.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use adjutant_base::WorkspaceSecret;
use adjutant_client::{Engine, JoinError, LinkState, Notice};
use adjutant_model::Command;
use adjutant_model::action::ActionField;

use crate::world::{Device, World, all_level};

#[test]
fn a_damaged_store_opens_and_the_relay_fills_the_gap() {
    let world = World::new();
    let (anna, mut ben) = (world.device("Anna"), world.device("Ben"));
    let ids: Vec<_> = (0..40)
        .map(|n| anna.new_action(&format!("Action {n} {}", "x".repeat(400))))
        .collect();
    all_level(&[&anna, &ben]);
    ben.stop();
    let store = ben.folder.path().join("workspace.sqlite");
    let length = std::fs::metadata(&store).unwrap().len();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(&store)
        .unwrap();
    // Half of the file's pages, far from the head, as a failing disk would leave them.
    file.seek(SeekFrom::Start(length / 2)).unwrap();
    file.write_all(&vec![0xA5; usize::try_from(length / 4).unwrap()])
        .unwrap();
    drop(file);
    ben.restart();
    all_level(&[&anna, &ben]);
    for id in ids {
        assert_eq!(ben.title(id), anna.title(id));
    }
    assert!(
        ben.engine().status().damage.is_empty(),
        "{:?}",
        ben.engine().status().damage
    );
}

#[test]
fn a_device_without_the_secret_is_refused_in_words() {
    let world = World::new();
    let anna = world.device("Anna");
    let stranger = Device::start(&world, "Mallory", tempfile::tempdir().unwrap());
    let mut link = world.link();
    link.secret = WorkspaceSecret::new([7; 32]);
    stranger.engine().join_blocking(link).unwrap();
    assert!(!stranger.engine().wait_synced_blocking(crate::world::LIMIT));
    let refused = stranger.engine().take_notices().into_iter().any(
        |notice| matches!(&notice, Notice::RelayRefused { reason } if reason.contains("secret")),
    );
    assert!(refused);
    assert_eq!(anna.board().people.len(), 1, "a stranger left a trace");
}

#[test]
fn a_folder_of_one_workspace_does_not_join_another() {
    let (first, second) = (World::new(), World::new());
    let anna = first.device("Anna");
    assert!(matches!(
        anna.engine().join_blocking(second.link()),
        Err(JoinError::OtherWorkspace)
    ));
    assert_eq!(anna.engine().status().link, LinkState::Online);
}

#[test]
fn a_restored_backup_catches_up_and_writes_under_a_new_name() {
    let world = World::new();
    let (mut anna, ben) = (world.device("Anna"), world.device("Ben"));
    anna.new_action("Before the backup");
    anna.synced();
    anna.stop();
    let backup = std::fs::read(anna.folder.path().join("workspace.sqlite")).unwrap();
    anna.restart();
    let after = anna.new_action("After the backup");
    all_level(&[&anna, &ben]);
    anna.stop();
    std::fs::write(anna.folder.path().join("workspace.sqlite"), backup).unwrap();
    anna.restart();
    let again = anna.new_action("After the restore");
    all_level(&[&anna, &ben]);
    for device in [&anna, &ben] {
        assert_eq!(device.title(after).as_deref(), Some("After the backup"));
        assert_eq!(device.title(again).as_deref(), Some("After the restore"));
    }
}

#[test]
fn a_lost_store_beside_a_join_link_comes_back_from_the_relay() {
    let world = World::new();
    let mut anna = world.device("Anna");
    let id = anna.new_action("On the relay");
    anna.synced();
    anna.stop();
    for name in ["workspace.sqlite-wal", "workspace.sqlite-shm"] {
        std::fs::remove_file(anna.folder.path().join(name)).ok();
    }
    std::fs::write(anna.folder.path().join("workspace.sqlite"), b"").unwrap();
    anna.start_offline();
    let compartment = Some(world.link().compartment);
    assert_eq!(anna.board().compartment, compartment);
    anna.new_action("Made before anything came back");
    assert_eq!(anna.board().compartment, compartment);
    assert_ne!(anna.engine().status().words(), "On the relay");
    anna.engine().set_online_blocking(true);
    anna.synced();
    assert_eq!(anna.title(id).as_deref(), Some("On the relay"));
}

#[test]
fn a_link_of_another_workspace_is_not_followed() {
    let (first, second) = (World::new(), World::new());
    let mut anna = first.device("Anna");
    anna.stop();
    let link = second.link().to_string();
    std::fs::write(anna.folder.path().join("relay.link"), link).unwrap();
    anna.restart();
    assert_eq!(
        anna.board().compartment,
        Some(first.link().compartment),
        "the folder changed its workspace"
    );
    let LinkState::Offline { reason, .. } = anna.engine().status().link.clone() else {
        panic!("{:?}", anna.engine().status());
    };
    assert!(reason.contains("another workspace"), "{reason}");
}

#[test]
fn a_link_that_cannot_be_read_does_not_keep_anybody_from_reading() {
    let world = World::new();
    let mut anna = world.device("Anna");
    let id = anna.new_action("On this device");
    anna.synced();
    for junk in [
        &b"junk"[..],
        b"",
        &[0xFF, 0xFE],
        b"adjutant://127.0.0.1:1/0/0#0",
    ] {
        anna.stop();
        std::fs::write(anna.folder.path().join("relay.link"), junk).unwrap();
        anna.restart();
        assert_eq!(anna.title(id).as_deref(), Some("On this device"));
        let LinkState::Offline { reason, .. } = anna.engine().status().link.clone() else {
            panic!("{:?}", anna.engine().status());
        };
        assert!(reason.contains("join again"), "{reason}");
        let told: Vec<String> = anna
            .engine()
            .take_notices()
            .iter()
            .map(Notice::words)
            .collect();
        assert!(
            told.iter().any(|words| words.contains("relay.link")),
            "{told:?}"
        );
    }
    anna.rename_action(id, "Written offline");
    anna.engine().join_blocking(world.link()).unwrap();
    anna.synced();
}

#[test]
fn a_refused_first_command_binds_the_folder_to_nothing() {
    let world = World::new();
    let anna = Device::start(&world, "Anna", tempfile::tempdir().unwrap());
    let nothing = anna.engine().new_record_id().unwrap();
    let title = ActionField::Title("Of nothing".to_owned());
    let refused = Command::edit(nothing, vec![title]);
    anna.engine().execute_blocking(vec![refused]).unwrap_err();
    assert_eq!(anna.board().compartment, None);
    anna.engine().join_blocking(world.link()).unwrap();
    anna.synced();
}

#[test]
fn a_private_workspace_joins_only_while_it_holds_nothing() {
    let world = World::new();
    let ben = world.device("Ben");
    let mut anna = Device::start(&world, "Anna", tempfile::tempdir().unwrap());
    // A command without effect is enough to start a private workspace.
    let nothing = Command::Batch {
        label: "nothing".to_owned(),
        commands: Vec::new(),
    };
    anna.run(nothing);
    assert!(anna.board().compartment.is_some());
    anna.engine().join_blocking(world.link()).unwrap();
    all_level(&[&anna, &ben]);
    anna.restart();
    all_level(&[&anna, &ben]);
    assert_eq!(ben.board().devices.len(), 2, "the newcomer is not entered");

    let carla = Device::start(&world, "Carla", tempfile::tempdir().unwrap());
    carla.new_action("Private");
    assert!(matches!(
        carla.engine().join_blocking(world.link()),
        Err(JoinError::OtherWorkspace)
    ));
}

#[test]
fn a_second_program_on_one_folder_is_refused() {
    let world = World::new();
    let anna = world.device("Anna");
    let config = adjutant_client::Config {
        data_folder: anna.folder.path().to_owned(),
        person: "Anna".to_owned(),
        device: "again".to_owned(),
        clock: world.clock.clone(),
        zone: adjutant_client::Zone::Utc,
        online: false,
    };
    let error = Engine::open(config).unwrap_err();
    assert!(
        adjutant_base::error::chain(&error).contains("in use by another program"),
        "{error}"
    );
}

/// Copies a stopped device's whole folder.
fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_restored_copy_of_the_whole_folder_never_uses_a_number_twice() {
    let world = World::new();
    let (mut anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Before the backup");
    anna.synced();
    anna.stop();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(anna.folder.path(), copy.path());
    anna.restart();
    anna.rename_action(id, "After the backup");
    all_level(&[&anna, &ben]);
    anna.stop();
    let restored = Device::open(&world, "Anna", copy, false);
    restored.rename_action(id, "Offline after the restore");
    restored.engine().set_online_blocking(true);
    all_level(&[&restored, &ben]);
    let board = ben.board();
    let action = board.actions.get(&id).unwrap();
    assert_eq!(action.meta.conflicts.len(), 1, "an edit was lost");
}
