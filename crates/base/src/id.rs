//! Ids of workspaces, compartments, documents, records, devices and changes.
//!
//! Each is a fixed array of bytes with one text form. Randomness and time come in as arguments: nothing here draws
//! them. The class and compartment of a document can be read off its id, so access needs no lookup.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hex;

/// Why a text or byte string is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a {what}")]
pub struct IdError {
    /// The kind of id that was expected.
    pub what: &'static str,
    /// The refused text, cut to 80 characters.
    pub text: String,
}

impl IdError {
    fn new(what: &'static str, text: &str) -> Self {
        Self {
            what,
            text: text.chars().take(80).collect(),
        }
    }
}

macro_rules! hex_id {
    ($(#[$meta:meta])* $name:ident, $bytes:literal, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// Returns the id's bytes.
            pub fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// Returns the first eight characters, enough for a person to tell two apart.
            pub fn short(&self) -> String {
                self.to_string().chars().take(8).collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), hex::encode(&self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                hex::decode(text).map(Self).ok_or_else(|| IdError::new($what, text))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_wrong_length| IdError::new($what, &hex::encode(bytes)))
            }
        }

        text_serde!($name);
    };
}

macro_rules! text_serde {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hex_id!(
    /// Names a workspace: all that one department shares. Random.
    WorkspaceId, 16, "workspace id"
);
hex_id!(
    /// Names a compartment, the unit of access inside a workspace. Random.
    CompartmentId, 6, "compartment id"
);
hex_id!(
    /// Names a device: the first 16 bytes of BLAKE3 of its Ed25519 public key.
    DeviceId, 16, "device id"
);
hex_id!(
    /// Names a line of changes: device id and a 4-byte incarnation.
    ActorId, 20, "actor id"
);
hex_id!(
    /// Names a change: SHA-256 as Automerge computes it.
    ChangeHash, 32, "change hash"
);
hex_id!(
    /// BLAKE3 over content: of a record, a document or a workspace.
    ContentHash, 32, "content hash"
);

impl DeviceId {
    /// Returns the id of the device that holds this Ed25519 public key.
    pub fn of_public_key(public_key: &[u8; 32]) -> Self {
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(blake3::hash(public_key).as_bytes()) {
            *to = *from;
        }
        Self(id)
    }
}

impl ActorId {
    /// Returns the actor of one incarnation of a device.
    pub fn new(device: DeviceId, incarnation: [u8; 4]) -> Self {
        let mut id = [0; 20];
        for (to, from) in id.iter_mut().zip(device.0.iter().chain(&incarnation)) {
            *to = *from;
        }
        Self(id)
    }

    /// Returns the device part.
    pub fn device(&self) -> DeviceId {
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(&self.0) {
            *to = *from;
        }
        DeviceId(id)
    }
}

/// What a document holds, readable from its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentClass {
    /// The list of a compartment's documents, persons and devices. One per compartment.
    Index,
    /// Records of the domain.
    Records,
    /// Comments, sign-offs and seen marks.
    Reviews,
}

impl DocumentClass {
    fn byte(self) -> u8 {
        match self {
            Self::Index => 0,
            Self::Records => 1,
            Self::Reviews => 2,
        }
    }
}

/// Names a document: 6 bytes compartment, 1 byte class, 9 bytes random or derived.
///
/// Its text form is base58check, as automerge-repo writes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub [u8; 16]);

impl DocumentId {
    /// Returns the id made of its parts.
    pub fn new(compartment: CompartmentId, class: DocumentClass, tail: [u8; 9]) -> Self {
        let mut id = [0; 16];
        let parts = compartment
            .0
            .iter()
            .copied()
            .chain([class.byte()])
            .chain(tail);
        for (to, from) in id.iter_mut().zip(parts) {
            *to = from;
        }
        Self(id)
    }

    /// Returns the id of a compartment's index document.
    pub fn index_of(compartment: CompartmentId) -> Self {
        Self::new(compartment, DocumentClass::Index, [0; 9])
    }

    /// Returns the id of a document that any device may create for the same thing, derived from that thing's name.
    pub fn derived(compartment: CompartmentId, class: DocumentClass, name: &str) -> Self {
        let mut tail = [0; 9];
        for (to, from) in tail
            .iter_mut()
            .zip(blake3::hash(name.as_bytes()).as_bytes())
        {
            *to = *from;
        }
        Self::new(compartment, class, tail)
    }

    /// Returns the compartment that the id names.
    pub fn compartment(&self) -> CompartmentId {
        let mut compartment = [0; 6];
        for (to, from) in compartment.iter_mut().zip(&self.0) {
            *to = *from;
        }
        CompartmentId(compartment)
    }

    /// Returns the class, or `None` for an id that this version does not know (or that Adjutant did not make).
    pub fn class(&self) -> Option<DocumentClass> {
        let [_, _, _, _, _, _, class, ..] = self.0;
        match class {
            0 => Some(DocumentClass::Index),
            1 => Some(DocumentClass::Records),
            2 => Some(DocumentClass::Reviews),
            _ => None,
        }
    }

    /// Returns the id's bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the last eight characters of the text form: the first ones name the compartment.
    pub fn short(&self) -> String {
        let text = self.to_string();
        text.chars().skip(text.len().saturating_sub(8)).collect()
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).with_check().into_string())
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentId({self})")
    }
}

impl std::str::FromStr for DocumentId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        // 16 bytes and a 4-byte checksum are at most 28 characters of base58.
        let refused = || IdError::new("document id", text);
        if text.len() > 32 {
            return Err(refused());
        }
        let bytes = bs58::decode(text)
            .with_check(None)
            .into_vec()
            .map_err(|_not_base58check| refused())?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_wrong_length| refused())
    }
}

impl TryFrom<&[u8]> for DocumentId {
    type Error = IdError;

    fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_wrong_length| IdError::new("document id", &hex::encode(bytes)))
    }
}

text_serde!(DocumentId);

/// Names a record: a UUID, version 7 where a person made it, derived where two devices could make the same thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub [u8; 16]);

impl RecordId {
    /// Returns a UUIDv7 of this moment and these ten random bytes.
    ///
    /// Source: RFC 9562, section 5.7.
    pub fn new(now: crate::Timestamp, random: [u8; 10]) -> Self {
        let ms = u64::try_from(now.0).unwrap_or(0);
        Self(
            uuid::Builder::from_unix_timestamp_millis(ms, &random)
                .into_uuid()
                .into_bytes(),
        )
    }

    /// Returns the id of a thing that several devices may make, derived from that thing's name (`UUIDv8`).
    pub fn derived(name: &str) -> Self {
        let mut bytes = [0; 16];
        for (to, from) in bytes
            .iter_mut()
            .zip(blake3::hash(name.as_bytes()).as_bytes())
        {
            *to = *from;
        }
        Self(
            uuid::Builder::from_custom_bytes(bytes)
                .into_uuid()
                .into_bytes(),
        )
    }

    /// Tells whether the id is derived from a name, so that several devices may make its record.
    pub fn is_derived(&self) -> bool {
        uuid::Uuid::from_bytes(self.0).get_version_num() == 8
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId({self})")
    }
}

impl std::str::FromStr for RecordId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let parsed =
            uuid::Uuid::try_parse(text).map_err(|_not_a_uuid| IdError::new("record id", text))?;
        let id = Self(parsed.into_bytes());
        // One spelling only: two spellings of one key would be two records.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(IdError::new("record id", text))
        }
    }
}

text_serde!(RecordId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_id_says_compartment_and_class() {
        let compartment = CompartmentId([1, 2, 3, 4, 5, 6]);
        let id = DocumentId::derived(compartment, DocumentClass::Records, "actions/2026");
        assert_eq!(id.compartment(), compartment);
        assert_eq!(id.class(), Some(DocumentClass::Records));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            DocumentId::index_of(compartment).0,
            [1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn odd_texts_are_refused() {
        let long = "1".repeat(1_000_000);
        for bad in ["", "zzz", "0OIl", long.as_str()] {
            assert!(bad.parse::<DocumentId>().is_err());
            assert!(bad.parse::<RecordId>().is_err());
            assert!(bad.parse::<ChangeHash>().is_err());
        }
        assert!(
            "A0000000-0000-7000-8000-000000000000"
                .parse::<RecordId>()
                .is_err(),
            "upper case is another spelling"
        );
    }

    #[test]
    fn record_ids_sort_by_time() {
        let early = RecordId::new(crate::Timestamp(1_000), [255; 10]);
        let late = RecordId::new(crate::Timestamp(1_001), [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
    }

    #[test]
    fn actor_names_its_device() {
        let device = DeviceId::of_public_key(&[7; 32]);
        assert_eq!(ActorId::new(device, [1, 2, 3, 4]).device(), device);
    }
}
