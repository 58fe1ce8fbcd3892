//! What every issued report says of itself: as of when, of which version of the data, by whom, made when.
//!
//! All of it is given by the caller, nothing is read from a clock. The one rule: equal provenance and an equal report
//! give equal bytes, so the hash of a file is proof of both.

use adjutant_base::{ChangeHash, ContentHash, DocumentId};
use chrono::{NaiveDate, NaiveDateTime};

use adjutant_model::report::show_day;

/// The exact version of one document that a report was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentVersion {
    /// The document.
    pub document: DocumentId,
    /// Its title in the index.
    pub title: String,
    /// Its newest changes.
    pub heads: Vec<ChangeHash>,
    /// Hash over its content.
    pub content_hash: ContentHash,
}

/// Who made a report, when, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Name of the person.
    pub person: String,
    /// Local time.
    pub made_at: NaiveDateTime,
    /// How far local time is ahead of UTC, in seconds.
    pub utc_offset_s: i32,
    /// Every document of the workspace, by id.
    pub documents: Vec<DocumentVersion>,
    /// Who has approved what the report is about, as it is in the report: "Maya Lind, 30 Nov 2026".
    pub signed: Vec<String>,
}

impl Provenance {
    /// Returns the name of the version of all documents together: BLAKE3 over ids and heads, both sorted.
    pub fn version(&self) -> ContentHash {
        self.digest(|document, hasher| {
            let mut heads = document.heads.clone();
            heads.sort_unstable();
            for head in heads {
                hasher.update(head.as_bytes());
            }
        })
    }

    /// Returns the hash of the content of all documents together: BLAKE3 over ids and content hashes, sorted by id.
    pub fn content_hash(&self) -> ContentHash {
        self.digest(|document, hasher| {
            hasher.update(document.content_hash.as_bytes());
        })
    }

    fn digest(&self, add: impl Fn(&DocumentVersion, &mut blake3::Hasher)) -> ContentHash {
        let mut sorted: Vec<&DocumentVersion> = self.documents.iter().collect();
        sorted.sort_by_key(|document| document.document);
        let mut hasher = blake3::Hasher::new();
        for document in sorted {
            hasher.update(document.document.as_bytes());
            add(document, &mut hasher);
        }
        ContentHash(*hasher.finalize().as_bytes())
    }

    /// Returns the moment with its zone: "24 Nov 2026, 14:05 (UTC+01:00)".
    pub fn made_at_words(&self) -> String {
        let minutes = self.utc_offset_s / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs();
        format!(
            "{}, {} (UTC{sign}{:02}:{:02})",
            show_day(self.made_at.date()),
            self.made_at.format("%H:%M"),
            minutes / 60,
            minutes % 60
        )
    }

    /// Returns everything in one line, hashes cut to their first characters.
    pub fn line(&self, as_of: NaiveDate) -> String {
        let signed = if self.signed.is_empty() {
            String::new()
        } else {
            format!(" \u{b7} approved by {}", self.signed.join("; "))
        };
        format!(
            "As of {} \u{b7} version {} \u{b7} content {} \u{b7} {}, {}{signed}",
            show_day(as_of),
            self.version().short(),
            self.content_hash().short(),
            self.person,
            self.made_at_words()
        )
    }

    /// Returns everything in full, as names and values.
    pub fn rows(&self, as_of: NaiveDate) -> Vec<(&'static str, String)> {
        let mut rows = vec![
            ("As of", show_day(as_of)),
            ("Made by", self.person.clone()),
            ("Made at", self.made_at_words()),
            ("Version (heads)", self.version().to_string()),
            ("Content hash", self.content_hash().to_string()),
            ("Documents", self.documents.len().to_string()),
        ];
        if !self.signed.is_empty() {
            rows.push(("Approved by", self.signed.join("; ")));
        }
        rows
    }

    /// Returns the moment in UTC.
    pub(crate) fn made_at_utc(&self) -> NaiveDateTime {
        let ahead = chrono::TimeDelta::seconds(i64::from(self.utc_offset_s));
        self.made_at
            .checked_sub_signed(ahead)
            .unwrap_or(self.made_at)
    }
}
