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

    /// Returns what the protocol calls this type of frame.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Join { .. } => "join",
            Self::Peer { .. } => "peer",
            Self::Request { .. } => "request",
            Self::Sync { .. } => "sync",
            Self::DocUnavailable { .. } => "doc-unavailable",
            Self::Ephemeral { .. } => "ephemeral",
            Self::Leave { .. } => "leave",
            Self::Error { .. } => "error",
            Self::RemoteSubscriptionChange { .. } => "remote-subscription-change",
            Self::RemoteHeadsChanged { .. } => "remote-heads-changed",
        }
    }

    /// Returns who sends the frame and to whom; a join and a leave are to whoever listens.
    pub fn ends(&self) -> (&str, Option<&str>) {
        match self {
            Self::Join { sender, .. } | Self::Leave { sender } => (sender, None),
            Self::Peer { sender, target, .. }
            | Self::Request { sender, target, .. }
            | Self::Sync { sender, target, .. }
            | Self::DocUnavailable { sender, target, .. }
            | Self::Ephemeral { sender, target, .. }
            | Self::Error { sender, target, .. }
            | Self::RemoteSubscriptionChange { sender, target, .. }
            | Self::RemoteHeadsChanged { sender, target, .. } => (sender, Some(target)),
        }
    }

    /// Returns the document that the frame is about, if it is about one.
    pub fn document(&self) -> Option<&DocumentId> {
        match self {
            Self::Request { document, .. }
            | Self::Sync { document, .. }
            | Self::DocUnavailable { document, .. }
            | Self::Ephemeral { document, .. }
            | Self::RemoteHeadsChanged { document, .. } => Some(document),
            Self::Join { .. }
            | Self::Peer { .. }
            | Self::Leave { .. }
            | Self::Error { .. }
            | Self::RemoteSubscriptionChange { .. } => None,
        }
    }

    /// Writes the frame as CBOR, byte strings untagged and all lengths stated, as automerge-repo does.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new(match self {
            Self::Request { data, .. } | Self::Sync { data, .. } | Self::Ephemeral { data, .. } => {
                data.len()
            }
            Self::Join { .. }
            | Self::Peer { .. }
            | Self::DocUnavailable { .. }
            | Self::Leave { .. }
            | Self::Error { .. }
            | Self::RemoteSubscriptionChange { .. }
            | Self::RemoteHeadsChanged { .. } => 0,
        });
        let (sender, target) = self.ends();
        to.field("type").text(self.kind());
        to.field("senderId").text(sender);
        if let Some(target) = target {
            to.field("targetId").text(target);
        }
        if let Some(document) = self.document() {
            to.field("documentId").text(&document.to_string());
        }
        self.encode_own(&mut to);
        to.finish()
    }

    /// Writes the fields that only this type of frame has.
    fn encode_own(&self, to: &mut Writer) {
        match self {
            Self::Join {
                metadata, versions, ..
            } => {
                to.field("peerMetadata").metadata(metadata);
                to.field("supportedProtocolVersions").texts(versions);
            }
            Self::Peer {
                metadata, version, ..
            } => {
                to.field("peerMetadata").metadata(metadata);
                to.field("selectedProtocolVersion").text(version);
            }
            Self::Request { data, .. } | Self::Sync { data, .. } => {
                to.field("data").bytes(data);
            }
            Self::Ephemeral {
                session_id,
                count,
                data,
                ..
            } => {
                to.field("sessionId").text(session_id);
                to.field("count").number(*count);
                to.field("data").bytes(data);
            }
            Self::Error { message, .. } => {
                to.field("message").text(message);
            }
            Self::RemoteSubscriptionChange { add, remove, .. } => {
                to.field("add").texts(add);
                to.field("remove").texts(remove);
            }
            Self::RemoteHeadsChanged { heads, .. } => {
                to.field("newHeads").remote_heads(heads);
            }
            Self::DocUnavailable { .. } | Self::Leave { .. } => {}
        }
    }
}

impl Writer {
    fn texts(&mut self, texts: &[String]) {
        self.list(texts.len());
        for text in texts {
            self.text(text);
        }
    }

    fn metadata(&mut self, metadata: &PeerMetadata) {
        self.map(1_usize.saturating_add(usize::from(metadata.storage_id.is_some())));
        if let Some(storage_id) = &metadata.storage_id {
            self.text("storageId").text(storage_id);
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
