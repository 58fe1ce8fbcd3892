//! Changes made to break things.

use super::*;
use crate::skeleton;

/// A generator that needs no crate and gives the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        // Source: splitmix64, public domain.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(below).unwrap()).unwrap()
    }
}

/// Returns the header as the change itself states it, or `None` if it has none.
fn labelled(bytes: &[u8]) -> Option<StoredChange> {
    let change = std::panic::catch_unwind(|| Change::try_from(bytes).ok()).ok()??;
    let meta = stored(change).meta;
    Some(StoredChange {
        meta,
        bytes: Arc::from(bytes),
    })
}

/// Returns the change with a few bytes of its columns altered and a valid checksum.
fn mutated(good: &StoredChange, numbers: &mut Numbers) -> Option<StoredChange> {
    let mut bytes = Change::try_from(&*good.bytes).unwrap().raw_bytes().to_vec();
    for _ in 0..=numbers.next(3) {
        let at = 12 + numbers.next(bytes.len() - 12);
        bytes[at] = u8::try_from(numbers.next(256)).unwrap();
    }
    let hash = labelled(&bytes)?.meta.hash;
    bytes[4..8].copy_from_slice(&hash.0[..4]);
    labelled(&bytes).filter(|change| change.meta.hash != good.meta.hash)
}

/// Returns good changes of two devices, and two edits of a third, the second on top of the first, not among them.
fn good_changes_and_edits() -> (Vec<StoredChange>, [StoredChange; 2]) {
    let mut base = Document::empty(document_id());
    let begun = [set("a", "title", line("x")), set("a", "notes", prose("ab"))];
    let mut changes = write(&mut base, 1, &begun).changes;
    changes.extend(write(&mut base, 1, &[set("b", "count", Raw::Int(3))]).changes);
    let mut author = copy_of(&changes);
    let first = [
        set("a", "title", line("y")),
        set("b", "done", Raw::Bool(true)),
    ];
    let second = [
        set("a", "notes", prose("aXb")),
        set("c", "title", line("new")),
    ];
    let edits = [&first, &second].map(|edit| write(&mut author, 2, edit).changes.remove(0));
    let mut bystander = copy_of(&changes);
    changes.extend(write(&mut bystander, 3, &[set("a", "owner", line("Anna"))]).changes);
    (changes, edits)
}

fn name(fault: Option<&Fault>) -> &'static str {
    match fault {
        None => "none",
        Some(Fault::Malformed(_)) => "malformed",
        Some(Fault::Mislabelled) => "mislabelled",
        Some(Fault::Impostor) => "impostor",
        Some(Fault::Refused(_)) => "refused",
        Some(Fault::Panicked) => "panicked",
        Some(Fault::Altering) => "altering",
        Some(Fault::Follows(_)) => "follows",
    }
}

#[test]
fn a_mutated_change_never_costs_a_good_one() {
    let (changes, edits) = good_changes_and_edits();
    let [first, _] = &edits;
    let mut numbers = Numbers(1);
    let mut faults: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..1_500 {
        let target = &edits[numbers.next(edits.len())];
        let Some(bad) = mutated(target, &mut numbers) else {
            continue;
        };
        let mut all = changes.clone();
        if bad.meta.deps.contains(&first.meta.hash) {
            all.push(first.clone());
        }
        let without = copy_of(&all).content_hash();
        all.push(bad.clone());
        let (document, applied) = Document::load(document_id(), all);
        assert_in_step(&document);
        let saved = document.automerge.save();
        assert!(
            Automerge::load(&saved).is_ok(),
            "what was taken in can be loaded again"
        );
        let fault = applied.quarantined.first().map(|bad| &bad.fault);
        *faults.entry(name(fault)).or_default() += 1;
        if fault.is_some() {
            assert_eq!(applied.quarantined.len(), 1);
            assert_eq!(document.content_hash(), without);
            assert!(!document.contains(&bad.meta.hash));
        }
    }
    // Automerge's own debug assertions panic over most of what a release build takes in altered.
    let harm = if cfg!(debug_assertions) {
        "panicked"
    } else {
        "altering"
    };
    for seen in ["none", "panicked", harm] {
        assert!(
            faults.contains_key(seen),
            "{seen} never happened: {faults:?}"
        );
    }
}

/// Returns a base, a change of device 2 that must be kept out, and the fault.
fn base_and_bad() -> (Document, StoredChange) {
    let mut base = Document::empty(document_id());
    write(
        &mut base,
        1,
        &[set("a", "title", line("x")), set("a", "notes", prose("ab"))],
    );
    let mut author = copy_of(&changes_of(&base));
    let edit = write(
        &mut author,
        2,
        &[
            set("a", "title", line("y")),
            set("b", "done", Raw::Bool(true)),
        ],
    )
    .changes;
    let mut numbers = Numbers(7);
    for _ in 0..5_000 {
        let Some(bad) = mutated(&edit[0], &mut numbers) else {
            continue;
        };
        let mut document = copy_of(&changes_of(&base));
        let applied = document.apply([bad.clone()]);
        let fault = applied.quarantined.first().map(|bad| bad.fault.clone());
        if fault == Some(Fault::Panicked) && bad.meta.actor[..] == [2; 20] {
            return (base, bad);
        }
    }
    panic!("no mutation panicked");
}

#[test]
fn a_bad_change_is_named_and_takes_only_its_followers_along() {
    let (mut base, bad) = base_and_bad();
    let mut other = copy_of(&changes_of(&base));
    let good: Vec<StoredChange> = (0..20)
        .flat_map(|n| write(&mut other, 3, &[set("a", "count", Raw::Int(n))]).changes)
        .collect();
    let good_hash = other.content_hash();

    // A well-formed change that stands on the bad one, known before and after it.
    let follower = |record: &str| {
        let change = &foreign(&base, 4, |tx| {
            use automerge::transaction::Transactable as _;
            tx.put(automerge::ROOT, record, 1)
        })[0];
        let mut expanded = Change::try_from(&*change.bytes).unwrap().decode();
        expanded.deps = vec![automerge::ChangeHash(bad.meta.hash.0)];
        expanded.actor_id = automerge::ActorId::from(record.as_bytes());
        stored(Change::from(expanded))
    };
    let (early, late) = (follower("early"), follower("late"));
    assert_eq!(
        apply(&mut base, std::slice::from_ref(&early)).missing,
        [bad.meta.hash]
    );

    let mut mixed = good.clone();
    mixed.insert(7, bad.clone());
    let applied = apply(&mut base, &mixed);
    let names: Vec<_> = applied
        .quarantined
        .iter()
        .map(|bad| (bad.hash, bad.fault.clone()))
        .collect();
    assert_eq!(
        names,
        [
            (bad.meta.hash, Fault::Panicked),
            (early.meta.hash, Fault::Follows(bad.meta.hash))
        ]
    );
    assert_eq!(applied.quarantined[0].actor[..], [2; 20]);
    assert!(applied.missing.is_empty());
    assert_eq!(base.content_hash(), good_hash);
    assert_eq!(base.heads(), other.heads());

    let applied = apply(&mut base, &[late.clone(), bad.clone()]);
    assert_eq!(applied.quarantined[0].fault, Fault::Follows(bad.meta.hash));
    assert_eq!(
        applied.quarantined.len(),
        1,
        "what is known to be bad is not judged again"
    );
    write(&mut base, 1, &[set("a", "title", line("life goes on"))]);

    let all = [changes_of(&base), vec![late, early, bad]].concat();
    let (again, applied) = Document::load(document_id(), all.into_iter().rev());
    assert_eq!(applied.quarantined.len(), 3);
    assert_same(&again, &base);
}

#[test]
fn bytes_that_are_no_change_or_another_are_kept_out() {
    let mut base = Document::empty(document_id());
    let changes = write(&mut base, 1, &[set("a", "title", line("x"))]).changes;
    let edit = write(&mut base, 1, &[set("a", "title", line("y"))])
        .changes
        .remove(0);
    let with_bytes = |bytes: &[u8]| StoredChange {
        meta: edit.meta.clone(),
        bytes: Arc::from(bytes),
    };
    let mut other_deps = edit.clone();
    other_deps.meta.deps.clear();
    let mut torn = edit.bytes.to_vec();
    torn.pop();
    let mut bad_checksum = edit.bytes.to_vec();
    bad_checksum[5] ^= 1;
    for (bad, is_malformed) in [
        (with_bytes(b""), true),
        (with_bytes(&torn), true),
        (
            with_bytes(&[&edit.bytes[..], &edit.bytes[..]].concat()),
            true,
        ),
        (with_bytes(&base.automerge.save()), true),
        (with_bytes(&changes[0].bytes), false),
        (other_deps, false),
    ] {
        let mut document = copy_of(&changes);
        let applied = apply(&mut document, &[bad]);
        let fault = &applied.quarantined.first().unwrap().fault;
        assert_eq!(
            matches!(fault, Fault::Malformed(_)),
            is_malformed,
            "{fault}"
        );
        assert!(is_malformed || *fault == Fault::Mislabelled, "{fault}");
    }
    let mut document = copy_of(&changes);
    let applied = apply(&mut document, &[with_bytes(&bad_checksum)]);
    assert_eq!(applied.quarantined.len(), 1, "a wrong checksum is a fault");
}

#[test]
fn nobody_poses_as_a_fixed_change() {
    let empty = Document::empty(document_id());
    for actor in [
        &b"adjutant/genesis"[..],
        b"adjutant/kind/project",
        b"adjutant/kind/\xff",
    ] {
        let mut doc = empty.automerge.clone();
        doc.set_actor(automerge::ActorId::from(actor));
        let mut tx = doc.transaction();
        automerge::transaction::Transactable::put(&mut tx, automerge::ROOT, "records", 1).unwrap();
        tx.commit();
        let fakes: Vec<StoredChange> = doc.get_changes(&[]).into_iter().map(stored).collect();
        let mut document = Document::empty(document_id());
        let applied = apply(&mut document, &fakes);
        assert_eq!(applied.quarantined.first().unwrap().fault, Fault::Impostor);
        write(&mut document, 1, &[set("a", "title", line("x"))]);
        let heads: Vec<ChangeHash> = doc
            .get_heads()
            .iter()
            .map(|head| ChangeHash(head.0))
            .collect();
        let mut document = Document::empty(document_id());
        let (applied, _) = document.apply_snapshot(&doc.save(), &heads).unwrap();
        assert_eq!(applied.quarantined.first().unwrap().fault, Fault::Impostor);
        assert_in_step(&document);
    }
    let genesis = skeleton::genesis().unwrap();
    assert!(!skeleton::is_impostor(&genesis));
}

#[test]
fn a_second_change_of_one_number_is_refused_and_the_first_stays() {
    let mut base = Document::empty(document_id());
    write(&mut base, 1, &[set("a", "title", line("x"))]);
    let mut restored = copy_of(&changes_of(&base));
    write(&mut base, 1, &[set("a", "title", line("first"))]);
    let second = write(&mut restored, 1, &[set("a", "title", line("second"))]).changes;
    let hash = base.content_hash();
    let applied = apply(&mut base, &second);
    let fault = &applied.quarantined.first().unwrap().fault;
    assert!(matches!(fault, Fault::Refused(_)), "{fault}");
    assert_eq!(base.content_hash(), hash);
}

#[test]
fn snapshots_that_are_not_what_they_say_change_nothing() {
    let mut base = Document::empty(document_id());
    let changes = write(&mut base, 1, &[set("a", "title", line("x"))]).changes;
    let heads = base.heads();
    let saved = base.automerge.save();
    let mut late = write(&mut base, 1, &[set("a", "title", line("y"))]).changes;
    late.extend(write(&mut base, 1, &[set("a", "title", line("z"))]).changes);
    let with_orphan = [&saved[..], &late[1].bytes].concat();
    let mut document = Document::empty(document_id());
    let mut refused = |chunk: &[u8], heads: &[ChangeHash]| {
        let error = document.apply_snapshot(chunk, heads).err().unwrap();
        assert_eq!(document.change_count(), 0);
        assert_in_step(&document);
        error
    };
    assert!(matches!(refused(b"", &heads), SnapshotError::NotADocument));
    assert!(matches!(
        refused(&changes[0].bytes, &heads),
        SnapshotError::NotADocument
    ));
    assert!(matches!(refused(&saved, &[]), SnapshotError::OtherHeads));
    assert!(matches!(
        refused(&saved, &base.heads()),
        SnapshotError::OtherHeads
    ));
    assert!(matches!(
        refused(&saved[..saved.len() - 1], &heads),
        SnapshotError::Load(_)
    ));
    assert!(matches!(
        refused(&with_orphan, &heads),
        SnapshotError::Incomplete(1)
    ));
    let mut numbers = Numbers(3);
    for _ in 0..200 {
        let mut bytes = saved.clone();
        let at = 9 + numbers.next(bytes.len() - 9);
        bytes[at] ^= 1 + u8::try_from(numbers.next(255)).unwrap();
        refused(&bytes, &heads);
    }
}
