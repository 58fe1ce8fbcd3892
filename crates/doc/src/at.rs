//! An Automerge document as it stands at one version, now or then: all reading of records goes through it.
//!
//! The one rule: what is read at the newest version is read the same way as at any earlier one, so a board of the past
//! says what the board of that day said.

use automerge::iter::{DocIter, Keys, ListRange, MapRange};
use automerge::{Automerge, ChangeHash, ObjId, ReadDoc, Value};

/// A document at one version.
pub(crate) struct At<'a, D> {
    doc: &'a D,
    /// The version; `None` for the newest.
    heads: Option<&'a [ChangeHash]>,
}

impl<D> Clone for At<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for At<'_, D> {}

impl<'a, D: ReadDoc> At<'a, D> {
    /// Returns the document as it is.
    pub(crate) fn now(doc: &'a D) -> Self {
        Self { doc, heads: None }
    }

    /// Returns the document as it was with these newest changes, all of which it has.
    pub(crate) fn version(doc: &'a D, heads: &'a [ChangeHash]) -> Self {
        Self {
            doc,
            heads: Some(heads),
        }
    }

    /// Returns all that stands at a key of a map; nothing if it is no map.
    pub(crate) fn get_all(self, object: &ObjId, key: &str) -> Vec<(Value<'a>, ObjId)> {
        let all = match self.heads {
            None => self.doc.get_all(object, key),
            Some(heads) => self.doc.get_all_at(object, key, heads),
        };
        all.unwrap_or_default()
    }

    pub(crate) fn map_range(self, object: &ObjId) -> MapRange<'a> {
        match self.heads {
            None => self.doc.map_range(object, ..),
            Some(heads) => self.doc.map_range_at(object, .., heads),
        }
    }

    pub(crate) fn list_range(self, object: &ObjId) -> ListRange<'a> {
        match self.heads {
            None => self.doc.list_range(object, ..),
            Some(heads) => self.doc.list_range_at(object, .., heads),
        }
    }

    pub(crate) fn keys(self, object: &ObjId) -> Keys<'a> {
        match self.heads {
            None => self.doc.keys(object),
            Some(heads) => self.doc.keys_at(object, heads),
        }
    }

    /// Returns the text of a Text; nothing if it is none.
    pub(crate) fn text(self, object: &ObjId) -> String {
        let text = match self.heads {
            None => self.doc.text(object),
            Some(heads) => self.doc.text_at(object, heads),
        };
        text.unwrap_or_default()
    }
}

impl<'a> At<'a, Automerge> {
    /// Returns everything in the document, each object after the one that holds it.
    pub(crate) fn iter(self) -> DocIter<'a> {
        self.doc.iter_at(automerge::ROOT, self.heads)
    }
}
