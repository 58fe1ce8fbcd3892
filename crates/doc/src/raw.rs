//! Single values: what Automerge holds and what [`Raw`] says of it.
//!
//! The mapping is total in reading: a type that Adjutant never writes is shown as text ([`Raw::Other`]) and stays in
//! the document as it is. The one rule: equal documents show equal text, so the text can be hashed.

use adjutant_base::hex;
use adjutant_model::value::Raw;
use automerge::{Automerge, ObjId, ObjType, ScalarValue, ScalarValueRef, ValueRef};

use crate::at::At;

/// Nesting to which a foreign object is shown; deeper ones would exhaust the stack.
const SHOWN_DEPTH: usize = 16;
/// Length at which the text of a foreign object is cut, in bytes.
const SHOWN_BYTES: usize = 64 << 10;

/// Returns what stands at a key: `id` names the object if it is one.
pub(crate) fn read(doc: At<'_, Automerge>, value: &ValueRef<'_>, id: &dyn Fn() -> ObjId) -> Raw {
    match value {
        ValueRef::Scalar(scalar) => read_scalar(scalar),
        ValueRef::Object(ObjType::Text) => Raw::Prose(doc.text(&id())),
        ValueRef::Object(ObjType::Map | ObjType::Table | ObjType::List) => {
            let mut text = String::new();
            show(doc, value, id, 0, &mut text);
            Raw::Other(text)
        }
    }
}

/// Returns what a scalar says.
pub(crate) fn read_scalar(scalar: &ScalarValueRef<'_>) -> Raw {
    match scalar {
        ScalarValueRef::Null => Raw::Null,
        ScalarValueRef::Boolean(yes) => Raw::Bool(*yes),
        ScalarValueRef::Int(number) => Raw::Int(*number),
        ScalarValueRef::Uint(number) => {
            i64::try_from(*number).map_or_else(|_too_big| Raw::Other(number.to_string()), Raw::Int)
        }
        ScalarValueRef::Str(text) => Raw::Line(text.to_string()),
        ScalarValueRef::Bytes(bytes) => Raw::Bytes(bytes.to_vec()),
        ScalarValueRef::F64(number) => Raw::Other(format!("{number:?}")),
        ScalarValueRef::Counter(count) => Raw::Other(format!("counter {count}")),
        ScalarValueRef::Timestamp(ms) => Raw::Other(format!("timestamp {ms}")),
        ScalarValueRef::Unknown { type_code, bytes } => {
            Raw::Other(format!("type {type_code} {}", hex::encode(bytes)))
        }
    }
}

/// Returns the scalar that `raw` is written as, or `None` where it is a Text or cannot be written.
pub(crate) fn scalar(raw: &Raw) -> Option<ScalarValue> {
    match raw {
        Raw::Null => Some(ScalarValue::Null),
        Raw::Bool(yes) => Some(ScalarValue::Boolean(*yes)),
        Raw::Int(number) => Some(ScalarValue::Int(*number)),
        Raw::Line(text) => Some(ScalarValue::Str(text.as_str().into())),
        Raw::Bytes(bytes) => Some(ScalarValue::Bytes(bytes.clone())),
        Raw::Prose(_) | Raw::Other(_) => None,
    }
}

/// Tells whether a value says nothing: a field that was cleared is as if it had never been written.
pub(crate) fn says_nothing(raw: &Raw) -> bool {
    match raw {
        Raw::Null => true,
        Raw::Prose(text) => text.is_empty(),
        Raw::Bool(_) | Raw::Int(_) | Raw::Line(_) | Raw::Bytes(_) | Raw::Other(_) => false,
    }
}

fn show(
    doc: At<'_, Automerge>,
    value: &ValueRef<'_>,
    id: &dyn Fn() -> ObjId,
    depth: usize,
    out: &mut String,
) {
    if depth >= SHOWN_DEPTH || out.len() >= SHOWN_BYTES {
        out.push('…');
        return;
    }
    let below = depth.saturating_add(1);
    match value {
        ValueRef::Scalar(scalar) => quote(&read_scalar(scalar).shown(), out),
        ValueRef::Object(ObjType::Text) => quote(&doc.text(&id()), out),
        ValueRef::Object(ObjType::Map | ObjType::Table) => {
            out.push('{');
            for (index, item) in doc.map_range(&id()).enumerate() {
                if out.len() >= SHOWN_BYTES {
                    out.push('…');
                    break;
                }
                out.push_str(if index == 0 { "" } else { ", " });
                quote(&item.key, out);
                out.push_str(": ");
                show(doc, &item.value, &|| item.id(), below, out);
            }
            out.push('}');
        }
        ValueRef::Object(ObjType::List) => {
            out.push('[');
            for (index, item) in doc.list_range(&id()).enumerate() {
                if out.len() >= SHOWN_BYTES {
                    out.push('…');
                    break;
                }
                out.push_str(if index == 0 { "" } else { ", " });
                show(doc, &item.value, &|| item.id(), below, out);
            }
            out.push(']');
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    out.extend(text.chars().flat_map(char::escape_debug));
    out.push('"');
}
