//! Persons, devices and the list of documents: what a compartment's index document holds.
//!
//! A person's id is derived from the name, so that two devices that enter the same person offline make one record.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::schema::record;
use crate::value::{FieldValue, InvalidValue, Raw};
use adjutant_base::RecordId;

/// Refers to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub RecordId);

impl PersonId {
    /// Returns the id of the person with this name; spaces and case do not matter.
    pub fn of_name(name: &str) -> Self {
        let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
        Self(RecordId::derived(&format!("person/{}", words.join(" "))))
    }
}

impl FieldValue for PersonId {
    const TYPE: &'static str = "person";

    fn from_raw(raw: &Raw) -> Option<Self> {
        RecordId::from_raw(raw).map(Self)
    }

    fn to_raw(&self) -> Raw {
        self.0.to_raw()
    }

    fn absent() -> Self {
        Self(RecordId::absent())
    }

    /// Takes a record id or a person's name.
    fn from_input(text: &str) -> Result<Self, InvalidValue> {
        String::from_input(text)?;
        Ok(RecordId::from_input(text).map_or_else(|_a_name| Self::of_name(text), Self))
    }
}

record! {
    /// A person of the department.
    Person = "person", fields PersonField {
        /// Name as shown. Required.
        name / Name: String;
        /// E-mail address.
        email / Email: String;
        /// What the person does.
        role / Role: String;
        /// First day in the department.
        started_on / StartedOn: Option<NaiveDate>;
        /// Last day in the department.
        left_on / LeftOn: Option<NaiveDate>;
    }
}

record! {
    /// A device: one installation with its own key.
    Device = "device", fields DeviceField {
        /// Whose it is.
        person / Person: Option<PersonId>;
        /// Name as shown, for example "laptop". Required.
        name / Name: String;
        /// Ed25519 public key, 64 hexadecimal characters.
        public_key / PublicKey: String;
        /// Device id, 32 hexadecimal characters: the first 16 bytes of BLAKE3 of the public key.
        device / Device: String;
    }
}

record! {
    /// An entry in the compartment's list of documents.
    DocumentEntry = "document", fields DocumentEntryField {
        /// The document's id, base58check. Required.
        document / Document: String;
        /// What it holds, for example "project", "actions" or "budget".
        holds / Holds: String;
        /// Title at the time when it was created.
        title / Title: String;
    }
}
