//! What peers tell one another about others: passing messages that go round, and what other stores hold.
//!
//! automerge-repo's clients pass on every ephemeral message that they hear, back to the relay too, so each must be
//! passed on once. What stores hold elsewhere is hearsay: it is kept apart from any session and proves nothing. The
//! one rule: whatever peers claim, the memory for it is bounded by [`adjutant_base::limits`].
//!
//! Source: automerge-repo 2.5, `packages/automerge-repo/src/network/NetworkSubsystem.ts` and
//! `packages/automerge-repo/src/RemoteHeadsSubscriptions.ts`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use adjutant_base::{ChangeHash, limits};

use crate::wire::RemoteHeads;

/// Which ephemeral messages have passed already.
///
/// ```
/// use adjutant_sync::gossip::Passed;
/// let mut passed = Passed::default();
/// assert!(passed.is_first("anna", "session", 1));
/// assert!(!passed.is_first("anna", "session", 1));
/// assert!(passed.is_first("anna", "session", 2));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Passed {
    /// The greatest count of each sender and session.
    counts: BTreeMap<(String, String), u64>,
    /// Their keys, the one first heard first.
    order: VecDeque<(String, String)>,
}

impl Passed {
    /// Tells whether the message passes for the first time, and takes note of it. A message that a later one of its
    /// session has overtaken counts as passed, as automerge-repo has it.
    ///
    /// Remembers [`limits::EPHEMERAL_SOURCES`] sessions; beyond that the one that was heard first is forgotten.
    pub fn is_first(&mut self, sender: &str, session_id: &str, count: u64) -> bool {
        let source = (sender.to_owned(), session_id.to_owned());
        if let Some(last) = self.counts.get_mut(&source) {
            let is_first = count > *last;
            *last = count.max(*last);
            return is_first;
        }
        if self.order.len() >= limits::EPHEMERAL_SOURCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
        self.order.push_back(source.clone());
        self.counts.insert(source, count);
        true
    }
}

/// What stores elsewhere are said to hold of one document.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    stores: BTreeMap<String, RemoteHeads>,
}

impl Elsewhere {
    /// Takes in what a store is said to hold; returns whether that is news: later than what was known, and within
    /// [`limits::REMOTE_STORES`] and [`limits::REMOTE_HEADS`].
    pub fn hear(&mut self, heads: &RemoteHeads) -> bool {
        let is_odd = heads.heads.len() > limits::REMOTE_HEADS
            || heads
                .heads
                .iter()
                .any(|head| head.len() > limits::REMOTE_HEAD_BYTES);
        let known = self.stores.get(&heads.storage_id);
        let is_old = known.is_some_and(|known| known.timestamp_ms >= heads.timestamp_ms);
        let has_room = known.is_some() || self.stores.len() < limits::REMOTE_STORES;
        if is_odd || is_old || !has_room {
            return false;
        }
        self.stores.insert(heads.storage_id.clone(), heads.clone());
        true
    }

    /// Takes in what a store has said itself; returns the news for others, if it is any.
    ///
    /// `now_ms` is this program's clock, in milliseconds since 1970-01-01 UTC; where a clock goes back, the news counts
    /// as one millisecond later than the last.
    pub fn hear_first_hand(
        &mut self,
        storage_id: &str,
        heads: &[ChangeHash],
        now_ms: u64,
    ) -> Option<RemoteHeads> {
        let spelled: Vec<String> = heads.iter().map(spell_head).collect();
        let known = self.stores.get(storage_id);
        if known.is_some_and(|known| known.heads == spelled) {
            return None;
        }
        let last_ms = known.map_or(0, |known| known.timestamp_ms);
        let news = RemoteHeads {
            storage_id: storage_id.to_owned(),
            heads: spelled,
            timestamp_ms: now_ms.max(last_ms.saturating_add(1)),
        };
        self.hear(&news).then_some(news)
    }

    /// Returns what is known of the stores in `wanted`, sorted by their ids.
    pub fn of<'a>(&'a self, wanted: &'a BTreeSet<String>) -> impl Iterator<Item = &'a RemoteHeads> {
        let wants = |heads: &&RemoteHeads| wanted.contains(&heads.storage_id);
        self.stores.values().filter(wants)
    }
}

/// Returns a change hash as automerge-repo spells heads on the wire: base58check.
pub fn spell_head(hash: &ChangeHash) -> String {
    bs58::encode(hash.0).with_check().into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passing_message_passes_once_and_never_after_a_later_one() {
        let mut passed = Passed::default();
        let mut first = |session, count| passed.is_first("anna", session, count);
        assert!(first("s", 5));
        assert!(!first("s", 4));
        assert!(first("t", 4), "another run of the sender counts anew");
        assert!(first("s", 6));
    }

    #[test]
    fn the_memory_for_passed_messages_is_bounded() {
        let mut passed = Passed::default();
        for number in 0..=limits::EPHEMERAL_SOURCES {
            assert!(passed.is_first(&number.to_string(), "s", 1));
        }
        assert_eq!(passed.counts.len(), limits::EPHEMERAL_SOURCES);
        assert!(!passed.is_first("1", "s", 1), "the second is still known");
        assert!(passed.is_first("0", "s", 1), "the first is forgotten");
    }

    fn heads(storage_id: &str, timestamp_ms: u64) -> RemoteHeads {
        RemoteHeads {
            storage_id: storage_id.to_owned(),
            heads: vec!["head".to_owned()],
            timestamp_ms,
        }
    }

    #[test]
    fn only_what_is_later_is_news() {
        let mut elsewhere = Elsewhere::default();
        assert!(elsewhere.hear(&heads("a", 5)));
        assert!(!elsewhere.hear(&heads("a", 5)));
        assert!(elsewhere.hear(&heads("a", 6)));
        let wanted = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        assert_eq!(elsewhere.of(&wanted).collect::<Vec<_>>(), [&heads("a", 6)]);
    }

    #[test]
    fn a_clock_that_goes_back_hides_nothing() {
        let mut elsewhere = Elsewhere::default();
        let (one, two) = (ChangeHash([1; 32]), ChangeHash([2; 32]));
        let first = elsewhere.hear_first_hand("a", &[one], 1_000).unwrap();
        assert_eq!(
            (first.timestamp_ms, first.heads),
            (1_000, vec![spell_head(&one)])
        );
        assert_eq!(elsewhere.hear_first_hand("a", &[one], 2_000), None);
        let second = elsewhere.hear_first_hand("a", &[two], 10).unwrap();
        assert_eq!(second.timestamp_ms, 1_001);
    }

    #[test]
    fn what_is_said_of_stores_is_bounded() {
        let mut elsewhere = Elsewhere::default();
        let mut many = heads("many", 1);
        many.heads = vec!["head".to_owned(); limits::REMOTE_HEADS + 1];
        let mut long = heads("long", 1);
        long.heads = vec!["h".repeat(limits::REMOTE_HEAD_BYTES + 1)];
        assert!(!elsewhere.hear(&many) && !elsewhere.hear(&long));
        for number in 0..limits::REMOTE_STORES {
            assert!(elsewhere.hear(&heads(&number.to_string(), 1)));
        }
        assert!(!elsewhere.hear(&heads("one more", 1)));
        assert!(
            elsewhere.hear(&heads("0", 2)),
            "those that are known stay known"
        );
    }

    #[test]
    fn heads_are_spelled_as_automerge_repo_does() {
        // `encodeHeads` of @automerge/automerge-repo 2.5.6.
        assert_eq!(
            spell_head(&ChangeHash([7; 32])),
            "46WPtSJH9Mc1rNbRaWo6k2v6Bm8dc1FuCFxS2n6gFo7M27Ucu"
        );
    }
}
