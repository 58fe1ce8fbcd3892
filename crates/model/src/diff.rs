//! What differs between two boards, record by record and field by field.
//!
//! Derived data (slip, totals, flags) is not compared: it follows from what is listed here.

pub mod words;

use adjutant_base::RecordId;

use crate::board::Board;
use crate::kind::Kind;
use crate::value::Raw;

/// One record that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDiff {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: RecordId,
    /// Its name: the later one, or the earlier one if it is gone.
    pub title: String,
    /// What is different.
    pub what: Difference,
}

/// How a record differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It was not there before.
    Added,
    /// It is not there any more: deleted.
    Deleted,
    /// Fields differ, in the order of the schema: name, before, after.
    Edited(Vec<(&'static str, Raw, Raw)>),
}

/// Returns every live record that differs, by kind and then id; empty for equal boards.
///
/// Cost: linear in the number of records; equal records are skipped by identity where the boards share them.
pub fn diff(before: &Board, after: &Board) -> Vec<RecordDiff> {
    let mut list = Vec::new();
    for kind in Kind::ALL.iter().copied() {
        for id in after.ids(kind) {
            if before.is_same(after, kind, id) {
                continue;
            }
            let (Some(new), old) = (after.values(kind, id), before.values(kind, id)) else {
                continue;
            };
            let title = title_of(kind, &new);
            match old {
                None => list.push(RecordDiff {
                    kind,
                    id,
                    title,
                    what: Difference::Added,
                }),
                Some(old) => {
                    let edited = changed_fields(old, new);
                    if !edited.is_empty() {
                        list.push(RecordDiff {
                            kind,
                            id,
                            title,
                            what: Difference::Edited(edited),
                        });
                    }
                }
            }
        }
        for id in before.ids(kind) {
            if after.meta(kind, id).is_none() {
                let title = before
                    .values(kind, id)
                    .map(|values| title_of(kind, &values))
                    .unwrap_or_default();
                list.push(RecordDiff {
                    kind,
                    id,
                    title,
                    what: Difference::Deleted,
                });
            }
        }
    }
    list
}

fn changed_fields(
    old: Vec<(&'static str, Raw)>,
    new: Vec<(&'static str, Raw)>,
) -> Vec<(&'static str, Raw, Raw)> {
    let pairs = old.into_iter().zip(new);
    pairs
        .filter(|((_, old), (_, new))| old != new)
        .map(|((name, old), (_, new))| (name, old, new))
        .collect()
}

fn title_of(kind: Kind, values: &[(&'static str, Raw)]) -> String {
    let title = values.iter().find(|(name, _)| *name == kind.title_field());
    title.map(|(_, raw)| raw.shown()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::record::{DELETED_AT, RecordData};
    use adjutant_base::{CompartmentId, ContentHash, DocumentId};

    fn put(board: &mut Board, name: &str, fields: &[(&str, Raw)]) {
        let data = RecordData {
            kind: "action".into(),
            id: RecordId::derived(name),
            fields: fields
                .iter()
                .map(|(name, raw)| ((*name).to_owned(), raw.clone()))
                .collect::<BTreeMap<_, _>>(),
            conflicts: Vec::new(),
            hash: ContentHash([0; 32]),
        };
        board.put(DocumentId::index_of(CompartmentId([0; 6])), &data);
    }

    #[test]
    fn added_edited_and_deleted_records() {
        let line = |text: &str| Raw::Line(text.to_owned());
        let mut before = Board::default();
        put(&mut before, "same", &[("title", line("Same"))]);
        put(&mut before, "edited", &[("title", line("Old"))]);
        put(&mut before, "deleted", &[("title", line("Gone"))]);
        let mut after = before.clone();
        put(&mut after, "edited", &[("title", line("New"))]);
        put(
            &mut after,
            "deleted",
            &[("title", line("Gone")), (DELETED_AT, Raw::Int(1))],
        );
        put(&mut after, "added", &[("title", line("Fresh"))]);
        let mut seen: Vec<_> = diff(&before, &after)
            .into_iter()
            .map(|d| (d.title, d.what))
            .collect();
        seen.sort_by(|a, b| a.0.cmp(&b.0));
        let edited = Difference::Edited(vec![("title", line("Old"), line("New"))]);
        let expected = [
            ("Fresh".to_owned(), Difference::Added),
            ("Gone".to_owned(), Difference::Deleted),
            ("New".to_owned(), edited),
        ];
        assert_eq!(seen, expected);
        assert!(diff(&after, &after).is_empty());
    }
}
