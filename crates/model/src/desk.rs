//! A board to try things on, for tests: records by name, commands as people give them.
//!
//! What a test cannot do by a command, because a rule refuses it, arrives as from another device.

use adjutant_base::{CompartmentId, RecordId, Timestamp};
use chrono::NaiveDate;

use crate::board::Board;
use crate::command::{Command, CommandError, Context};
use crate::kind::{Fields, Kind};
use crate::money::Currency;
use crate::preview::Preview;
use crate::record::{RecordData, Write};
use crate::value::Raw;

pub(crate) struct Desk {
    preview: Preview,
    context: Context,
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn id(name: &str) -> RecordId {
    RecordId::derived(name)
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            preview: Preview::default(),
            context: Context {
                compartment: CompartmentId([1; 6]),
                today: day("2026-11-25"),
                now: Timestamp(1_795_000_000_000),
            },
        }
    }

    pub(crate) fn board(&self) -> &Board {
        self.preview.board()
    }

    pub(crate) fn run(&mut self, command: &Command) -> Result<(), CommandError> {
        self.preview.run(&self.context, command)
    }

    /// Makes or changes a record from words, like the command line; references are names.
    pub(crate) fn put(&mut self, kind: Kind, name: &str, inputs: &[(&str, &str)]) -> RecordId {
        self.try_put(kind, name, inputs).unwrap();
        id(name)
    }

    pub(crate) fn try_put(
        &mut self,
        kind: Kind,
        name: &str,
        inputs: &[(&str, &str)],
    ) -> Result<(), String> {
        let texts: Vec<(&str, String)> = inputs
            .iter()
            .map(|(field, text)| {
                let refers = kind
                    .fields()
                    .iter()
                    .any(|info| info.name == *field && info.value_type == "record id");
                let text = if refers && !text.is_empty() {
                    id(text).to_string()
                } else {
                    (*text).to_owned()
                };
                (*field, text)
            })
            .collect();
        let inputs = texts.iter().map(|(field, text)| (*field, text.as_str()));
        let fields =
            Fields::from_input(kind, inputs, Currency::EUR).map_err(|error| error.to_string())?;
        let command = if self.board().meta(kind, id(name)).is_some() {
            Command::edit(id(name), fields)
        } else {
            Command::create(id(name), fields)
        };
        self.run(&command).map_err(|error| error.to_string())
    }

    /// Writes a field as another device could, past every rule.
    pub(crate) fn force(&mut self, kind: Kind, name: &str, field: &'static str, value: Raw) {
        let document = self.board().meta(kind, id(name)).unwrap().document;
        self.preview.apply(&crate::command::Plan {
            name: "merge".to_owned(),
            writes: vec![Write {
                document,
                kind: kind.name(),
                record: id(name),
                field,
                value,
            }],
        });
    }

    /// Puts a record as another device could have made it, past every rule.
    pub(crate) fn arrive(&mut self, kind: Kind, name: &str, fields: &[(&str, Raw)]) -> RecordId {
        self.arrive_as(kind, id(name), fields)
    }

    pub(crate) fn arrive_as(
        &mut self,
        kind: Kind,
        id: RecordId,
        fields: &[(&str, Raw)],
    ) -> RecordId {
        let data = RecordData {
            kind: kind.name().to_owned(),
            id,
            fields: fields
                .iter()
                .map(|(field, raw)| ((*field).to_owned(), raw.clone()))
                .collect(),
            conflicts: Vec::new(),
            hash: adjutant_base::ContentHash([0; 32]),
        };
        self.preview
            .arrive(adjutant_base::DocumentId([9; 16]), data);
        id
    }
}
