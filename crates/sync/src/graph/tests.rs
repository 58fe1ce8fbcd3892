//! The graph against a model that answers every question by walking all history.

use super::*;
use proptest::prelude::*;

fn hash(n: usize) -> ChangeHash {
    let mut bytes = [0; 32];
    // Spread, so that the order of hashes is not the order of arrival.
    let mixed = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bytes[..8].copy_from_slice(&mixed.to_le_bytes());
    ChangeHash(bytes)
}

fn meta(n: usize, actor: u8, seq: u64, deps: &[usize]) -> ChangeMeta {
    let mut deps: Vec<ChangeHash> = deps.iter().map(|dep| hash(*dep)).collect();
    deps.sort_unstable();
    ChangeMeta {
        hash: hash(n),
        deps,
        actor: Arc::from([actor].as_slice()),
        seq,
        start_op: 1,
        op_count: 1,
        time_s: 0,
        size_bytes: 100,
    }
}

fn entered(changes: &[usize]) -> Inserted {
    Inserted::New(Entered {
        changes: changes.iter().map(|n| hash(*n)).collect(),
        refused: Vec::new(),
    })
}

#[test]
fn orphans_wait_and_enter_in_causal_order() {
    let mut graph = ChangeGraph::new();
    assert_eq!(graph.insert(meta(2, 1, 3, &[1])), Inserted::Orphan);
    assert_eq!(graph.insert(meta(2, 1, 3, &[1])), Inserted::Known);
    assert_eq!(graph.insert(meta(1, 1, 2, &[0])), Inserted::Orphan);
    assert!(graph.is_empty() && graph.heads().is_empty());
    assert_eq!(graph.missing_deps(&[hash(2)]), [hash(0)]);
    assert_eq!(graph.missing_deps(&[hash(9)]), [hash(9)]);
    assert_eq!(graph.insert(meta(0, 1, 1, &[])), entered(&[0, 1, 2]));
    assert_eq!(graph.heads(), [hash(2)]);
    assert_eq!(graph.orphans(), 0);
    assert_eq!(graph.insert(meta(1, 1, 2, &[0])), Inserted::Known);
}

#[test]
fn an_actor_counts_one_two_three() {
    let mut graph = ChangeGraph::new();
    graph.insert(meta(0, 1, 1, &[]));
    assert_eq!(
        graph.insert(meta(1, 1, 1, &[])),
        Inserted::Refused(Refusal::DuplicateSeq {
            seq: 1,
            other: hash(0)
        })
    );
    assert_eq!(
        graph.insert(meta(2, 1, 3, &[0])),
        Inserted::Refused(Refusal::SeqGap { seq: 3, last: 1 })
    );
    assert_eq!(
        graph.insert(meta(3, 2, 0, &[0])),
        Inserted::Refused(Refusal::SeqGap { seq: 0, last: 0 })
    );
    assert_eq!((graph.len(), graph.last_seq(&[1])), (1, 1));
}

#[test]
fn an_orphan_that_turns_out_to_be_impossible_is_named() {
    let mut graph = ChangeGraph::new();
    assert_eq!(graph.insert(meta(5, 2, 7, &[0])), Inserted::Orphan);
    let Inserted::New(entered) = graph.insert(meta(0, 1, 1, &[])) else {
        panic!("the root enters")
    };
    assert_eq!(
        entered.refused,
        [(hash(5), Refusal::SeqGap { seq: 7, last: 0 })]
    );
    assert_eq!(graph.orphans(), 0);
}

#[test]
fn held_back_changes_are_limited_in_number_and_size() {
    let mut graph = ChangeGraph::new();
    for n in 0..limits::ORPHANS {
        assert_eq!(
            graph.insert(meta(n, 1, n as u64 + 2, &[1_000_000])),
            Inserted::Orphan
        );
    }
    let one_more = meta(999_999, 1, 999_999, &[1_000_000]);
    assert_eq!(
        graph.insert(one_more),
        Inserted::Refused(Refusal::TooManyOrphans {
            held: limits::ORPHANS,
            limit: limits::ORPHANS
        })
    );
    let mut large = meta(0, 1, 2, &[5]);
    large.size_bytes = limits::ORPHAN_BYTES as u64;
    let mut graph = ChangeGraph::new();
    assert_eq!(graph.insert(large), Inserted::Orphan);
    assert_eq!(
        graph.insert(meta(1, 1, 3, &[5])),
        Inserted::Refused(Refusal::OrphansTooLarge {
            held_bytes: limits::ORPHAN_BYTES as u64 + 100,
            limit_bytes: limits::ORPHAN_BYTES
        })
    );
    assert_eq!(
        graph.insert(meta(5, 1, 1, &[])),
        entered(&[5, 0]),
        "what was refused left no trace"
    );
}

#[test]
fn durable_heads_stop_at_the_first_gap() {
    let mut graph = ChangeGraph::new();
    graph.insert(meta(0, 1, 1, &[]));
    graph.insert(meta(1, 1, 2, &[0]));
    graph.insert(meta(2, 2, 1, &[0]));
    graph.insert(meta(3, 1, 3, &[1, 2]));
    graph.mark_durable(&hash(3));
    graph.mark_durable(&hash(1));
    graph.mark_durable(&hash(77));
    assert!(graph.durable_heads().is_empty());
    graph.mark_durable(&hash(0));
    assert_eq!(graph.durable_heads(), [hash(1)]);
    assert!(!graph.is_durable(&hash(3)));
    graph.mark_durable(&hash(2));
    assert_eq!(graph.durable_heads(), graph.heads());
    assert!(graph.is_durable(&hash(3)));
}

/// All that a change stands on, by walking everything.
fn closure(deps: &[Vec<usize>], heads: &[usize]) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = heads.to_vec();
    while let Some(n) = open.pop() {
        if seen.insert(n) {
            open.extend(&deps[n]);
        }
    }
    seen
}

/// Change n of actor n % 3 stands on that actor's previous one and on up to two others.
fn histories() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        1..40,
    )
    .prop_map(|picks| {
        let deps = picks.iter().enumerate().map(|(n, picks)| {
            let mut deps: BTreeSet<usize> = n.checked_sub(3).into_iter().collect();
            if n > 0 {
                deps.extend(picks.iter().map(|pick| pick.index(n)));
            }
            deps.into_iter().collect()
        });
        deps.collect()
    })
}

proptest! {
    #[test]
    fn answers_like_the_model_whatever_the_order_of_arrival(
        deps in histories(),
        order in prop::collection::vec(any::<u64>(), 40),
        asked in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        durable in prop::collection::vec(any::<bool>(), 40),
    ) {
        let metas: Vec<ChangeMeta> = deps.iter().enumerate()
            .map(|(n, deps)| meta(n, u8::try_from(n % 3).unwrap(), n as u64 / 3 + 1, deps))
            .collect();
        let mut arrival: Vec<usize> = (0..metas.len()).collect();
        arrival.sort_by_key(|n| order[*n]);
        let mut graph = ChangeGraph::new();
        let mut came = Vec::new();
        for n in &arrival {
            if let Inserted::New(entered) = graph.insert(metas[*n].clone()) {
                prop_assert!(entered.refused.is_empty());
                came.extend(entered.changes);
            }
        }
        prop_assert_eq!(graph.len(), metas.len());
        prop_assert_eq!(graph.orphans(), 0);
        for (at, change) in came.iter().enumerate() {
            for dep in &graph.meta(change).unwrap().deps {
                prop_assert!(came[..at].contains(dep), "an effect entered before its cause");
            }
        }

        let all: Vec<usize> = (0..metas.len()).collect();
        let is_head = |n: &usize| !deps.iter().any(|deps| deps.contains(n));
        let mut heads: Vec<ChangeHash> = all.iter().filter(|n| is_head(n)).map(|n| hash(*n)).collect();
        heads.sort_unstable();
        prop_assert_eq!(graph.heads(), heads);

        let asked: Vec<usize> = asked.iter().map(|pick| pick.index(metas.len())).collect();
        let asked_hashes: Vec<ChangeHash> = asked.iter().map(|n| hash(*n)).collect();
        let known = closure(&deps, &asked);
        let after = graph.changes_after(&asked_hashes);
        let expected: Vec<ChangeHash> =
            came.iter().filter(|change| !known.iter().any(|n| hash(*n) == **change)).copied().collect();
        prop_assert_eq!(after, expected);
        for n in &all {
            prop_assert_eq!(graph.covers(&asked_hashes, &hash(*n)), known.contains(n));
        }
        let newest: BTreeSet<ChangeHash> = asked.iter()
            .filter(|n| !asked.iter().any(|other| other != *n && closure(&deps, &[*other]).contains(*n)))
            .map(|n| hash(*n)).collect();
        prop_assert_eq!(graph.newest_of(&asked_hashes), newest.into_iter().collect::<Vec<_>>());

        for n in &arrival {
            if durable[*n] {
                graph.mark_durable(&hash(*n));
            }
        }
        let complete: BTreeSet<usize> =
            all.iter().filter(|n| closure(&deps, &[**n]).iter().all(|n| durable[*n])).copied().collect();
        let mut durable_heads: Vec<ChangeHash> = complete.iter()
            .filter(|n| !complete.iter().any(|other| deps[*other].contains(*n)))
            .map(|n| hash(*n)).collect();
        durable_heads.sort_unstable();
        prop_assert_eq!(graph.durable_heads(), durable_heads);
    }
}
