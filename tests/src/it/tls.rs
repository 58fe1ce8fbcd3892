//! A relay beyond the machine: devices know it by its key and tell nobody else the secret.

use adjutant_base::{KeyFingerprint, Security};
use adjutant_client::{LinkState, Notice};
use adjutant_relay::Protection;

use crate::world::{Device, LIMIT, World, all_level};

fn protected() -> World {
    World::with(|config| config.protection = Protection::SelfSigned)
}

#[test]
fn devices_join_a_relay_that_signs_itself_by_the_key_in_the_link() {
    let mut world = protected();
    let link = world.link();
    assert!(link.to_string().starts_with("adjutants://"), "{link}");
    let (mut anna, ben) = (world.device("Anna"), world.device("Ben"));
    let id = anna.new_action("Over the network");
    all_level(&[&anna, &ben]);
    assert_eq!(ben.title(id).as_deref(), Some("Over the network"));
    // The key outlives a restart of either side.
    world.stop_relay();
    anna.restart();
    anna.rename_action(id, "While the relay was away");
    world.start_relay();
    all_level(&[&anna, &ben]);
    assert_eq!(ben.title(id).as_deref(), Some("While the relay was away"));
}

#[test]
fn a_relay_with_another_key_is_refused_in_one_sentence() {
    let world = protected();
    let mut link = world.link();
    link.security = Security::Pinned(KeyFingerprint([7; 32]));
    let anna = Device::start(&world, "Anna", tempfile::tempdir().unwrap());
    anna.engine().join_blocking(link).unwrap();
    assert!(!anna.engine().wait_synced_blocking(LIMIT));
    let notices = anna.engine().take_notices();
    let refused = notices.iter().find_map(|notice| {
        let Notice::RelayRefused { reason } = notice else {
            return None;
        };
        Some(reason.clone())
    });
    let words = refused.expect("the refusal must be told");
    assert!(
        words.contains("key is not the one in the join link"),
        "{words}"
    );
    assert!(!words.contains('\n'), "{words}");
    let LinkState::Offline { reason, .. } = &anna.engine().status().link else {
        panic!("{:?}", anna.engine().status());
    };
    assert_eq!(**reason, *words);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_believed() {
    let world = protected();
    let mut link = world.link();
    link.security = Security::Trusted;
    let anna = Device::start(&world, "Anna", tempfile::tempdir().unwrap());
    anna.engine().join_blocking(link).unwrap();
    let reason = anna.until_offline();
    assert!(reason.contains("this system"), "{reason}");
    assert_eq!(anna.board().people.len(), 0);
}
