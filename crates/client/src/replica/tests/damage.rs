//! Changes that a disk has damaged: nothing counts twice, what is whole is kept, and what is known is said again.

use super::*;

#[test]
fn damage_found_while_running_makes_no_number_count_twice() {
    let mut device = TestDevice::new(0);
    let title = |text: &str| vec![ActionField::Title(text.into())];
    device.run(&Command::create(action(1), title("Call")));
    device.run(&Command::edit(action(1), title("Call again")));
    let id = unload(&mut device, 1);
    let before = device.replica.identity.actor();
    let heads = device.replica.held(id).graph.heads();
    device.store.damage(id, heads[0]);
    device.run(&Command::edit(action(1), title("Call once more")));
    assert_ne!(device.replica.identity.actor(), before);
    let held = device.replica.held(id);
    for change in device.store.read_document(id).unwrap().changes {
        assert!(
            held.graph.contains(&change.meta.hash),
            "saved, but never sent"
        );
    }
}

#[test]
fn what_stands_on_a_damaged_change_is_kept_named_and_shown_when_it_is_back() {
    let mut device = TestDevice::new(0);
    let title = |text: &str| vec![ActionField::Title(text.into())];
    device.run(&Command::create(action(1), title("Call")));
    for number in 0..4 {
        device.run(&Command::edit(action(1), title(&format!("Call {number}"))));
    }
    let id = unload(&mut device, 1);
    let changes = device.store.read_document(id).unwrap().changes;
    let bad = changes[changes.len() - 3].clone();
    device.store.damage(id, bad.meta.hash);
    // Found when the document is loaded, and known from the start by the next run.
    device.replica.load(id, &mut Effects::default()).unwrap();
    for run in 0..2 {
        let damage = device.replica.damage();
        assert_eq!(damage.len(), 1);
        let reason = &damage[0].reason;
        assert!(reason.contains("1 of its changes"), "{run}: {reason}");
        assert!(reason.contains("2 later ones"), "{run}: {reason}");
        let shown = device.replica.board.actions.get(&action(1)).unwrap();
        assert_eq!(shown.title, "Call 0", "{run}");
        device.restart(0);
    }
    let kept = device.store.read_document(id).unwrap().changes;
    assert_eq!(kept.len(), changes.len() - 1);
    // From a backup, or from a device that had it.
    let batch = Batch::default().change(id, bad);
    device.store.commit(&[batch]).unwrap();
    device.restart(0);
    assert_eq!(device.replica.damage(), []);
    let shown = device.replica.board.actions.get(&action(1)).unwrap();
    assert_eq!(shown.title, "Call 3");
}

#[test]
fn what_no_relay_had_is_said_again_if_it_is_remembered() {
    let mut device = TestDevice::new(0);
    let title = |text: &str| vec![ActionField::Title(text.into())];
    device.run(&Command::create(action(1), title("Call")));
    let later = action(2);
    device.run(&Command::create(later, title("Made later")));
    device.run(&Command::edit(action(1), title("Call again")));
    device.run(&Command::edit(
        later,
        vec![ActionField::State(ActionState::Done)],
    ));
    device.replica.keep_cache();
    let id = unload(&mut device, 1);
    let changes = device.store.read_document(id).unwrap().changes;
    let bad = changes[changes.len() - 3].meta.hash;
    device.store.damage(id, bad);
    device.restart(0);
    let mut effects = Effects::default();
    device.replica.load(id, &mut effects).unwrap();
    let told: Vec<String> = effects.notices.iter().map(Notice::words).collect();
    assert!(
        told.iter().any(|words| words.contains("written again")),
        "{told:?}"
    );
    device.carry_out(effects);
    for run in 0..2 {
        let actions = &device.replica.board.actions;
        assert_eq!(
            actions.get(&action(1)).unwrap().title,
            "Call again",
            "{run}"
        );
        let later = actions.get(&later).unwrap();
        assert_eq!(
            (later.title.as_str(), later.state),
            ("Made later", ActionState::Done),
            "{run}"
        );
        assert_eq!(device.replica.damage().len(), 1, "it is said all the same");
        device.restart(0);
    }
}
