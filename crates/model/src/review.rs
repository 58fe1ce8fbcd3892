//! What reviewers write: remarks, requests for change, sign-offs, and how far somebody has read.
//!
//! All of it lives in the compartment's reviews document, the only one that a reviewer writes. A sign-off names the exact
//! version that was seen; whether it still holds is told by comparing and never stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::{ChangeHash, DocumentId, RecordId};
use chrono::NaiveDate;

use crate::board::Board;
use crate::people::PersonId;
use crate::schema::record;
use crate::value::{FieldValue, InvalidValue, Prose, Raw, choice};

/// Most heads that a version can name: devices that edited one document at the same time.
const HEADS: usize = 64;

/// The newest changes of a document, sorted: the exact name of a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heads(pub Vec<ChangeHash>);

impl FieldValue for Heads {
    const TYPE: &'static str = "heads (change hashes, 32 bytes each)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        let Raw::Bytes(bytes) = raw else { return None };
        let (hashes, rest) = bytes.as_chunks::<32>();
        (rest.is_empty() && hashes.len() <= HEADS)
            .then(|| Self(hashes.iter().map(|hash| ChangeHash(*hash)).collect()))
    }

    fn to_raw(&self) -> Raw {
        if self.0.is_empty() {
            return Raw::Null;
        }
        Raw::Bytes(self.0.iter().flat_map(|hash| hash.0).collect())
    }

    fn absent() -> Self {
        Self::default()
    }

    /// Reads hashes in hexadecimal with spaces between.
    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        let hashes = text.split_whitespace().map(str::parse);
        let heads = hashes.collect::<Result<_, _>>().map(Self);
        let heads = heads.map_err(|_no_hash| InvalidValue::new(text, "change hashes"))?;
        heads.check()?;
        Ok(heads)
    }

    fn check(&self) -> Result<(), InvalidValue> {
        if self.0.len() <= HEADS {
            return Ok(());
        }
        let count = self.0.len().to_string();
        Err(InvalidValue::new(
            &count,
            format!("at most {HEADS} change hashes"),
        ))
    }
}

/// Most bytes in which a version of the workspace is named: some 10,000 documents.
const VERSIONS_BYTES: usize = 512 << 10;

/// The exact version of every document of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Versions(pub BTreeMap<DocumentId, Vec<ChangeHash>>);

impl FieldValue for Versions {
    const TYPE: &'static str = "heads of every document (id, count, hashes)";

    fn from_raw(raw: &Raw) -> Option<Self> {
        let Raw::Bytes(bytes) = raw else { return None };
        let mut rest = bytes.as_slice();
        let mut versions = BTreeMap::new();
        while !rest.is_empty() {
            let (id, behind) = rest.split_first_chunk::<16>()?;
            let (count, behind) = behind.split_first()?;
            let (hashes, behind) = behind.split_at_checked(usize::from(*count).checked_mul(32)?)?;
            let (hashes, _) = hashes.as_chunks::<32>();
            let heads = hashes.iter().map(|hash| ChangeHash(*hash)).collect();
            versions.insert(DocumentId(*id), heads);
            rest = behind;
        }
        Some(Self(versions))
    }

    fn to_raw(&self) -> Raw {
        let mut bytes = Vec::new();
        for (id, heads) in &self.0 {
            bytes.extend_from_slice(&id.0);
            // `check` has refused more.
            bytes.push(u8::try_from(heads.len()).unwrap_or(u8::MAX));
            bytes.extend(heads.iter().flat_map(|head| head.0));
        }
        if bytes.is_empty() {
            Raw::Null
        } else {
            Raw::Bytes(bytes)
        }
    }

    fn absent() -> Self {
        Self::default()
    }

    /// Takes nothing: no person types a version.
    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        Err(InvalidValue::new(text, "what the program itself notes"))
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let sizes = self.0.values().map(|heads| heads.len().saturating_mul(32));
        let bytes = sizes.fold(0_usize, |sum, size| {
            sum.saturating_add(size).saturating_add(17)
        });
        if bytes <= VERSIONS_BYTES && self.0.values().all(|heads| heads.len() <= HEADS) {
            return Ok(());
        }
        let count = self.0.len().to_string();
        Err(InvalidValue::new(
            &count,
            "a number of documents whose version can be named in 512 KiB",
        ))
    }
}

choice! {
    /// What a remark is.
    RemarkKind {
        /// Something said.
        Comment = "comment", "Comment";
        /// Something that is to be changed.
        Request = "request", "Request for change";
    }
}

choice! {
    /// Where a remark stands.
    RemarkState {
        /// It waits for an answer.
        Open = "open", "Open";
        /// It is settled or done.
        Done = "done", "Done";
        /// It is not followed.
        Declined = "declined", "Declined";
    }
}

choice! {
    /// What a reviewer decides.
    Verdict {
        /// It is approved as it was seen.
        Approved = "approved", "Approved";
        /// It goes back to be changed.
        Returned = "returned", "Returned";
    }
}

record! {
    /// A remark on a record or on one of its figures.
    Remark = "remark", fields RemarkField {
        /// The record that it is about. Required; it never changes.
        about / About: Option<RecordId>;
        /// The field that it is about; empty for the whole record.
        field / Field: String;
        /// What is said. Required.
        text / Text: Prose;
        /// Comment or request.
        kind / Kind: RemarkKind;
        /// Where it stands.
        state / State: RemarkState;
        /// Person who says it.
        person / Person: Option<PersonId>;
        /// Day.
        day / Day: Option<NaiveDate>;
        /// The remark that it answers.
        answers / Answers: Option<RecordId>;
    }
}

record! {
    /// A decision on a record at one exact version. It never changes; a new decision is a new record.
    SignOff = "sign_off", fields SignOffField {
        /// The record that it is about. Required; it never changes.
        about / About: Option<RecordId>;
        /// What was decided. Required; it never changes.
        verdict / Verdict: Verdict;
        /// Person who decided. Required; it never changes.
        person / Person: Option<PersonId>;
        /// Day. It never changes.
        day / Day: Option<NaiveDate>;
        /// The document that held the record. Required; it never changes.
        document / Document: String;
        /// That document's newest changes as they were seen. Required; they never change.
        heads / Heads: Heads;
        /// What goes with it.
        note / Note: String;
    }
}

record! {
    /// How far somebody has read one document. Its id follows from person and document.
    SeenMark = "seen_mark", fields SeenMarkField {
        /// The person. Required; it never changes.
        person / Person: Option<PersonId>;
        /// The document. Required; it never changes.
        document / Document: String;
        /// The document's newest changes as they were seen.
        heads / Heads: Heads;
        /// Day.
        day / Day: Option<NaiveDate>;
    }
}

record! {
    /// A version of the whole workspace with a name. It never changes.
    NamedVersion = "version", fields NamedVersionField {
        /// Name. Required.
        name / Name: String;
        /// Person who named it.
        person / Person: Option<PersonId>;
        /// Day.
        day / Day: Option<NaiveDate>;
        /// The newest changes of every document. Required; they never change.
        documents / Documents: Versions;
    }
}

/// Returns what a mark of one person in one document is made with: its id and its fields.
pub fn seen_mark(
    person: PersonId,
    document: DocumentId,
    heads: Heads,
    day: NaiveDate,
) -> (RecordId, Vec<SeenMarkField>) {
    let fields = vec![
        SeenMarkField::Person(Some(person)),
        SeenMarkField::Document(document.to_string()),
        SeenMarkField::Heads(heads),
        SeenMarkField::Day(Some(day)),
    ];
    let raws: Vec<(&'static str, Raw)> = fields
        .iter()
        .map(|field| (field.name(), field.to_raw()))
        .collect();
    let id = crate::Kind::SeenMark.natural_id(&raws);
    (id.unwrap_or_else(RecordId::absent), fields)
}

/// Returns how far a person has read each document; what was never read is not in it.
pub fn seen(board: &Board, person: PersonId) -> BTreeMap<DocumentId, Vec<ChangeHash>> {
    let marks = board.seen_marks.into_iter().map(|(_, mark)| mark);
    marks
        .filter(|mark| mark.person == Some(person))
        .filter_map(|mark| Some((mark.document.parse().ok()?, mark.heads.0.clone())))
        .collect()
}

/// Returns a record's sign-offs, the newest first; of one day the later made first.
pub fn sign_offs(board: &Board, about: RecordId) -> Vec<Arc<SignOff>> {
    let all = board.sign_offs.into_iter().map(|(_, made)| made);
    let mut found: Vec<Arc<SignOff>> = all
        .filter(|made| made.about == Some(about))
        .cloned()
        .collect();
    found.reverse();
    found.sort_by_key(|made| std::cmp::Reverse(made.day));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_what_they_write_and_refuse_what_is_cut() {
        let heads = |n| (0..n).map(|n| ChangeHash([n; 32])).collect::<Vec<_>>();
        let versions = Versions((1..4_u8).map(|n| (DocumentId([n; 16]), heads(n))).collect());
        let raw = versions.to_raw();
        assert_eq!(Versions::from_raw(&raw), Some(versions));
        let Raw::Bytes(bytes) = raw else { panic!() };
        let ends = [0, 49, 49 + 81];
        for length in 0..bytes.len() {
            let cut = Versions::from_raw(&Raw::Bytes(bytes[..length].to_vec()));
            assert_eq!(cut.is_some(), ends.contains(&length), "cut at {length}");
        }
        let many = Versions([(DocumentId([1; 16]), vec![ChangeHash([1; 32]); 65])].into());
        assert!(many.check().is_err());
    }

    #[test]
    fn heads_read_what_they_write_and_have_a_limit() {
        let heads = Heads((0..3).map(|n| ChangeHash([n; 32])).collect());
        assert_eq!(Heads::from_raw(&heads.to_raw()), Some(heads.clone()));
        let typed: Vec<String> = heads.0.iter().map(ToString::to_string).collect();
        assert_eq!(Heads::from_input(&typed.join(" ")), Ok(heads));
        assert_eq!(Heads::default().to_raw(), Raw::Null);
        assert_eq!(Heads::from_raw(&Raw::Bytes(vec![0; 33])), None);
        assert_eq!(Heads::from_raw(&Raw::Bytes(vec![0; 32 * 65])), None);
        assert!(Heads(vec![ChangeHash([1; 32]); 65]).check().is_err());
        assert!(Heads::from_input("nonsense").is_err());
    }
}
