//! From a CBOR map to a frame: the fields of all frame types, gathered in any order, then checked against the type.
//!
//! The one rule: a field is refused the second time, so no two readers can disagree about which one counts.

use adjutant_base::{DocumentId, limits};

use super::cbor::Reader;
use super::{
    ERROR_BYTES, Frame, LIST_ENTRIES, PEER_ID_BYTES, PeerMetadata, RemoteHeads, WireError,
};

/// Fields of one frame, known or not.
const FIELDS: usize = 64;
/// Bytes of a field's name that is worth looking at.
const NAME_BYTES: usize = 256;

/// The known fields that a frame has.
#[derive(Default)]
pub(super) struct Fields<'a> {
    kind: Option<&'a str>,
    sender: Option<&'a str>,
    target: Option<&'a str>,
    document: Option<&'a str>,
    session_id: Option<&'a str>,
    message: Option<&'a str>,
    version: Option<&'a str>,
    data: Option<&'a [u8]>,
    count: Option<u64>,
    metadata: Option<PeerMetadata>,
    versions: Option<Vec<String>>,
    add: Option<Vec<String>>,
    remove: Option<Vec<String>>,
    heads: Option<Vec<RemoteHeads>>,
}

/// Sets a field that must not be set yet.
fn once<T>(slot: &mut Option<T>, field: &'static str, value: T) -> Result<(), WireError> {
    if slot.replace(value).is_some() {
        return Err(WireError::Twice { field });
    }
    Ok(())
}

impl<'a> Fields<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        let mut fields = Self::default();
        let mut entries = reader.map("the frame", FIELDS)?;
        while entries.next(&mut reader)? {
            let name = reader.text("a field's name", NAME_BYTES)?;
            // cbor-x writes a field that is not set as undefined.
            if !reader.is_absent() {
                fields.read_field(name, &mut reader)?;
            }
        }
        match reader.left() {
            0 => Ok(fields),
            size_bytes => Err(WireError::Leftover { size_bytes }),
        }
    }

    fn read_field(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), WireError> {
        match name {
            "type" => once(&mut self.kind, "type", reader.text("type", PEER_ID_BYTES)?),
            "senderId" => once(
                &mut self.sender,
                "senderId",
                reader.text("senderId", PEER_ID_BYTES)?,
            ),
            "targetId" => once(
                &mut self.target,
                "targetId",
                reader.text("targetId", PEER_ID_BYTES)?,
            ),
            "documentId" => {
                let text = reader.text("documentId", PEER_ID_BYTES)?;
                once(&mut self.document, "documentId", text)
            }
            "sessionId" => {
                let text = reader.text("sessionId", PEER_ID_BYTES)?;
                once(&mut self.session_id, "sessionId", text)
            }
            "message" => once(
                &mut self.message,
                "message",
                reader.text("message", ERROR_BYTES)?,
            ),
            "selectedProtocolVersion" => {
                let text = reader.text("selectedProtocolVersion", NAME_BYTES)?;
                once(&mut self.version, "selectedProtocolVersion", text)
            }
            "data" => once(
                &mut self.data,
                "data",
                reader.bytes("data", limits::MESSAGE_BYTES)?,
            ),
            "count" => once(&mut self.count, "count", reader.number("count")?),
            // Older adapters say `metadata`.
            "peerMetadata" | "metadata" => {
                once(&mut self.metadata, "peerMetadata", read_metadata(reader)?)
            }
            "supportedProtocolVersions" => {
                let texts = read_texts(reader, "supportedProtocolVersions", FIELDS)?;
                once(&mut self.versions, "supportedProtocolVersions", texts)
            }
            "add" => once(
                &mut self.add,
                "add",
                read_texts(reader, "add", LIST_ENTRIES)?,
            ),
            "remove" => {
                let texts = read_texts(reader, "remove", LIST_ENTRIES)?;
                once(&mut self.remove, "remove", texts)
            }
            "newHeads" => once(&mut self.heads, "newHeads", read_remote_heads(reader)?),
            _unknown => reader.skip(),
        }
    }

    pub(super) fn into_frame(self) -> Result<Frame, WireError> {
        let kind = need(self.kind, "type")?;
        let sender = || need(self.sender, "senderId").map(str::to_owned);
        let target = || need(self.target, "targetId").map(str::to_owned);
        let document = || read_document(need(self.document, "documentId")?);
        let data = || need(self.data, "data").map(<[u8]>::to_vec);
        Ok(match kind {
            "join" => Frame::Join {
                sender: sender()?,
                metadata: self.metadata.unwrap_or_default(),
                // The first adapters did not state a version.
                versions: self
                    .versions
                    .unwrap_or_else(|| vec![super::PROTOCOL_VERSION.to_owned()]),
            },
            "peer" => Frame::Peer {
                sender: sender()?,
                target: target()?,
                metadata: self.metadata.unwrap_or_default(),
                version: self.version.unwrap_or(super::PROTOCOL_VERSION).to_owned(),
            },
            "request" => Frame::Request {
                sender: sender()?,
                target: target()?,
                document: document()?,
                data: data()?,
            },
            "sync" => Frame::Sync {
                sender: sender()?,
                target: target()?,
                document: document()?,
                data: data()?,
            },
            "doc-unavailable" => Frame::DocUnavailable {
                sender: sender()?,
                target: target()?,
                document: document()?,
            },
            "ephemeral" => return self.into_ephemeral(),
            "leave" => Frame::Leave { sender: sender()? },
            "error" => Frame::Error {
                sender: sender()?,
                target: target()?,
                message: need(self.message, "message")?.to_owned(),
            },
            "remote-subscription-change" => Frame::RemoteSubscriptionChange {
                sender: sender()?,
                target: target()?,
                add: self.add.unwrap_or_default(),
                remove: self.remove.unwrap_or_default(),
            },
            "remote-heads-changed" => Frame::RemoteHeadsChanged {
                sender: sender()?,
                target: target()?,
                document: document()?,
                heads: need(self.heads, "newHeads")?,
            },
            unknown => {
                return Err(WireError::UnknownType {
                    kind: unknown.chars().take(80).collect(),
                });
            }
        })
    }

    fn into_ephemeral(self) -> Result<Frame, WireError> {
        let data = need(self.data, "data")?;
        limit("data", data.len(), limits::EPHEMERAL_BYTES)?;
        Ok(Frame::Ephemeral {
            sender: need(self.sender, "senderId")?.to_owned(),
            target: need(self.target, "targetId")?.to_owned(),
            document: read_document(need(self.document, "documentId")?)?,
            session_id: need(self.session_id, "sessionId")?.to_owned(),
            count: need(self.count, "count")?,
            data: data.to_vec(),
        })
    }
}

fn need<T>(value: Option<T>, field: &'static str) -> Result<T, WireError> {
    value.ok_or(WireError::Missing { field })
}

fn limit(what: &'static str, size: usize, limit: usize) -> Result<(), WireError> {
    if size > limit {
        return Err(WireError::TooLarge {
            what,
            size: size as u64,
            limit: limit as u64,
        });
    }
    Ok(())
}

fn read_document(text: &str) -> Result<DocumentId, WireError> {
    text.parse().map_err(|_odd| WireError::DocumentId {
        text: text.chars().take(80).collect(),
    })
}

fn read_metadata(reader: &mut Reader<'_>) -> Result<PeerMetadata, WireError> {
    let mut metadata = PeerMetadata::default();
    let mut entries = reader.map("peerMetadata", FIELDS)?;
    while entries.next(reader)? {
        match reader.text("a field's name", NAME_BYTES)? {
            "storageId" if !reader.is_absent() => {
                let text = reader.text("storageId", PEER_ID_BYTES)?;
                once(&mut metadata.storage_id, "storageId", text.to_owned())?;
            }
            "storageId" => {}
            "isEphemeral" => metadata.is_ephemeral = reader.boolean("isEphemeral")?,
            _unknown => reader.skip()?,
        }
    }
    Ok(metadata)
}

fn read_texts(
    reader: &mut Reader<'_>,
    what: &'static str,
    most: usize,
) -> Result<Vec<String>, WireError> {
    let mut texts = Vec::new();
    let mut entries = reader.list(what, most)?;
    while entries.next(reader)? {
        texts.push(reader.text(what, PEER_ID_BYTES)?.to_owned());
    }
    Ok(texts)
}

fn read_remote_heads(reader: &mut Reader<'_>) -> Result<Vec<RemoteHeads>, WireError> {
    let mut heads = Vec::new();
    // Of all stores together: each text costs more memory than wire.
    let mut room = LIST_ENTRIES;
    let mut stores = reader.map("newHeads", LIST_ENTRIES)?;
    while stores.next(reader)? {
        let mut of_store = RemoteHeads {
            storage_id: reader.text("storageId", PEER_ID_BYTES)?.to_owned(),
            heads: Vec::new(),
            timestamp_ms: 0,
        };
        let mut entries = reader.map("newHeads", FIELDS)?;
        while entries.next(reader)? {
            match reader.text("a field's name", NAME_BYTES)? {
                "heads" => {
                    of_store.heads = read_texts(reader, "heads", room)?;
                    room = room.saturating_sub(of_store.heads.len());
                }
                "timestamp" => of_store.timestamp_ms = reader.number("timestamp")?,
                _unknown => reader.skip()?,
            }
        }
        heads.push(of_store);
    }
    Ok(heads)
}
