//! The automerge-repo protocol, version "1": one CBOR map in each binary WebSocket frame.
//!
//! A [`Frame`] is all that passes between two peers; what `data` means is [`crate::session`]'s affair. Decoding copies
//! nothing but what it keeps and refuses before it allocates. The one rule: unknown fields are ignored, unknown types
//! are a typed error, so that a newer peer can be told apart from a broken one.
//!
//! Source: automerge-repo 2, `packages/automerge-repo-network-websocket/src/messages.ts` and
//! `packages/automerge-repo/src/network/messages.ts`; RFC 8949 for CBOR.

use adjutant_base::{DocumentId, limits};

mod cbor;
mod fields;

use cbor::Writer;

/// The version of the protocol that is spoken here.
pub const PROTOCOL_VERSION: &str = "1";

/// Characters of a peer id or storage id.
pub const PEER_ID_BYTES: usize = 1_024;
/// Entries of a list or map other than a frame itself.
pub const LIST_ENTRIES: usize = 10_000;
/// Characters of an error text.
pub const ERROR_BYTES: usize = 4_096;

/// What a peer says of itself when it joins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerMetadata {
    /// Names the peer's store, which outlives its peer id; what is known of the peer is kept under it.
    pub storage_id: Option<String>,
    /// Whether the peer keeps nothing, so that nothing should be remembered of it.
    pub is_ephemeral: bool,
}

/// What a store that is synced elsewhere holds of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteHeads {
    /// Names the store.
    pub storage_id: String,
    /// Its heads, in the sender's own spelling.
    pub heads: Vec<String>,
    /// When it said so, in milliseconds since 1970-01-01 UTC by some clock.
    pub timestamp_ms: u64,
}

/// One message between two peers. `sender` and `target` are peer ids: texts that their owners choose.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "sender, target, document and data mean the same in every variant: see above and `Frame::Sync`"
)]
#[non_exhaustive]
pub enum Frame {
    /// The first message of a client.
    Join {
        sender: String,
        metadata: PeerMetadata,
        /// The versions that the client speaks; ours is [`PROTOCOL_VERSION`].
        versions: Vec<String>,
    },
    /// The server's answer to [`Frame::Join`].
    Peer {
        sender: String,
        target: String,
        metadata: PeerMetadata,
        /// The version that both will speak.
        version: String,
    },
    /// A sync message of a peer that has nothing of the document yet; otherwise like [`Frame::Sync`].
    Request {
        sender: String,
        target: String,
        document: DocumentId,
        data: Vec<u8>,
    },
    /// A sync message; `data` is for [`crate::session::Session::receive`].
    Sync {
        sender: String,
        target: String,
        document: DocumentId,
        data: Vec<u8>,
    },
    /// The sender does not have the requested document.
    DocUnavailable {
        sender: String,
        target: String,
        document: DocumentId,
    },
    /// Presence and the like: passed on, never stored.
    Ephemeral {
        sender: String,
        target: String,
        document: DocumentId,
        /// Names one run of the sender; with `count` it tells repetitions apart.
        session_id: String,
        /// Grows by one with each message of the session.
        count: u64,
        /// At most [`limits::EPHEMERAL_BYTES`].
        data: Vec<u8>,
    },
    /// The sender goes.
    Leave { sender: String },
    /// The sender refuses to go on.
    Error {
        sender: String,
        target: String,
        /// Why, for people.
        message: String,
    },
    /// The sender wants to hear, or no longer, what other stores hold.
    RemoteSubscriptionChange {
        sender: String,
        target: String,
        /// Storage ids to add.
        add: Vec<String>,
        /// Storage ids to remove.
        remove: Vec<String>,
    },
    /// What other stores hold.
    RemoteHeadsChanged {
        sender: String,
        target: String,
        document: DocumentId,
        heads: Vec<RemoteHeads>,
    },
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The frame ends in the middle.
    #[error("the frame ends in the middle of {what}")]
    Truncated {
        /// What was being read.
        what: &'static str,
    },
    /// There are bytes after the frame's map.
    #[error("{size_bytes} bytes follow the frame")]
    Leftover {
        /// How many.
        size_bytes: usize,
    },
    /// Something is larger or more than is allowed.
    #[error("{what} has {size}, the limit is {limit}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Its size, in bytes or entries.
        size: u64,
        /// The limit, in the same unit.
        limit: u64,
    },
    /// Maps and lists are nested too deeply.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// A byte that CBOR does not define or that is not allowed here.
    #[error("{found:#04x} cannot begin {what}")]
    Unexpected {
        /// What was expected.
        what: &'static str,
        /// The byte.
        found: u8,
    },
    /// A text is not UTF-8.
    #[error("{what} is not UTF-8")]
    Utf8 {
        /// Which text.
        what: &'static str,
    },
    /// A field that this type of frame needs is absent.
    #[error("the frame has no {field}")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field appears twice.
    #[error("the frame has two of {field}")]
    Twice {
        /// The field.
        field: &'static str,
    },
    /// The document id is not 16 bytes in base58check.
    #[error("\"{text}\" is not a document id")]
    DocumentId {
        /// What stood there, cut to 80 characters.
        text: String,
    },
    /// A type of frame that is not known here; it can be ignored.
    #[error("\"{kind}\" is not a known type of frame")]
    UnknownType {
        /// The type, cut to 80 characters.
        kind: String,
    },
}

impl Frame {
    /// Returns a client's first message.
    pub fn join(sender: &str, metadata: PeerMetadata) -> Self {
        Self::Join {
            sender: sender.to_owned(),
            metadata,
            versions: vec![PROTOCOL_VERSION.to_owned()],
        }
    }

    /// Returns a server's answer to the join of `target`.
    pub fn peer(sender: &str, target: &str, metadata: PeerMetadata) -> Self {
        Self::Peer {
            sender: sender.to_owned(),
            target: target.to_owned(),
            metadata,
            version: PROTOCOL_VERSION.to_owned(),
        }
    }

    /// Reads a frame. Costs O(length); allocates what the frame keeps and nothing else.
    ///
    /// # Errors
    /// Every [`WireError`]; [`WireError::UnknownType`] alone leaves the connection usable.
    ///
    /// ```
    /// use adjutant_sync::wire::{Frame, PeerMetadata};
    /// let join = Frame::join("alice", PeerMetadata::default());
    /// assert_eq!(Frame::decode(&join.encode()), Ok(join));
    /// ```
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > limits::MESSAGE_BYTES {
            return Err(WireError::TooLarge {
                what: "the frame",
                size: bytes.len() as u64,
                limit: limits::MESSAGE_BYTES as u64,
            });
        }
        fields::Fields::read(bytes)?.into_frame()
    }

    /// Writes the frame as CBOR, byte strings untagged and all lengths stated, as automerge-repo does.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::default();
        match self {
            Self::Join {
                sender,
                metadata,
                versions,
            } => {
                to.map(4).pair("type", "join").pair("senderId", sender);
                to.text("peerMetadata").metadata(metadata);
                to.text("supportedProtocolVersions").texts(versions);
            }
            Self::Peer {
                sender,
                target,
                metadata,
                version,
            } => {
                to.map(5).pair("type", "peer").ends(sender, target);
                to.text("peerMetadata").metadata(metadata);
                to.pair("selectedProtocolVersion", version);
            }
            Self::Request {
                sender,
                target,
                document,
                data,
            } => to.document("request", (sender, target), document, data),
            Self::Sync {
                sender,
                target,
                document,
                data,
            } => to.document("sync", (sender, target), document, data),
            Self::DocUnavailable {
                sender,
                target,
                document,
            } => {
                to.map(4).pair("type", "doc-unavailable");
                to.ends(sender, target)
                    .pair("documentId", &document.to_string());
            }
            Self::Ephemeral {
                sender,
                target,
                document,
                session_id,
                count,
                data,
            } => {
                to.map(7).pair("type", "ephemeral").ends(sender, target);
                to.text("count").number(*count);
                to.pair("sessionId", session_id)
                    .pair("documentId", &document.to_string());
                to.text("data").bytes(data);
            }
            Self::Leave { sender } => {
                to.map(2).pair("type", "leave").pair("senderId", sender);
            }
            Self::Error {
                sender,
                target,
                message,
            } => {
                to.map(4).pair("type", "error");
                to.ends(sender, target).pair("message", message);
            }
            Self::RemoteSubscriptionChange {
                sender,
                target,
                add,
                remove,
            } => {
                to.map(5).pair("type", "remote-subscription-change");
                to.ends(sender, target);
                to.text("add").texts(add).text("remove").texts(remove);
            }
            Self::RemoteHeadsChanged {
                sender,
                target,
                document,
                heads,
            } => {
                to.map(5).pair("type", "remote-heads-changed");
                to.ends(sender, target)
                    .pair("documentId", &document.to_string());
                to.text("newHeads").remote_heads(heads);
            }
        }
        to.finish()
    }
}

impl Writer {
    fn pair(&mut self, key: &str, value: &str) -> &mut Self {
        self.text(key).text(value)
    }

    fn ends(&mut self, sender: &str, target: &str) -> &mut Self {
        self.pair("senderId", sender).pair("targetId", target)
    }

    fn texts(&mut self, texts: &[String]) -> &mut Self {
        self.list(texts.len());
        for text in texts {
            self.text(text);
        }
        self
    }

    fn document(&mut self, kind: &str, ends: (&str, &str), document: &DocumentId, data: &[u8]) {
        self.reserve(data.len());
        self.map(5).pair("type", kind).ends(ends.0, ends.1);
        self.pair("documentId", &document.to_string());
        self.text("data").bytes(data);
    }

    fn metadata(&mut self, metadata: &PeerMetadata) {
        self.map(1_usize.saturating_add(usize::from(metadata.storage_id.is_some())));
        if let Some(storage_id) = &metadata.storage_id {
            self.pair("storageId", storage_id);
        }
        self.text("isEphemeral").boolean(metadata.is_ephemeral);
    }

    fn remote_heads(&mut self, heads: &[RemoteHeads]) {
        self.map(heads.len());
        for of_store in heads {
            self.text(&of_store.storage_id).map(2);
            self.text("heads").texts(&of_store.heads);
            self.text("timestamp").number(of_store.timestamp_ms);
        }
    }
}

#[cfg(test)]
mod tests;
