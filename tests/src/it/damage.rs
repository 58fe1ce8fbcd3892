//! Damage and odd circumstances: what is readable opens, what is lost comes back, and nobody is misled.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use adjutant_base::WorkspaceSecret;
use adjutant_client::{Engine, JoinError, LinkState, Notice};

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
