//! One run of the program on a device's data: opening, saving, and finding records by what a person types.
//!
//! Edits are on disk before the program says that they were made.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use adjutant_base::{CompartmentId, DocumentId, RecordId, SystemClock};
use adjutant_client::{Config, Engine, Receipt, Version, Zone};
use adjutant_exchange::report::DocumentVersion;
use adjutant_model::{Board, Command, Kind};
use anyhow::{Context as _, bail};
use chrono::NaiveDate;

use crate::args::Arguments;
use crate::history;
use crate::output::Output;

/// An open device.
pub(crate) struct Session {
    pub(crate) engine: Engine,
    pub(crate) output: Output,
    /// The version of which the board is, if not of now, and the day that its figures hold for.
    past: Option<(NaiveDate, Version)>,
    /// The day that was asked for.
    today: Option<NaiveDate>,
    /// Compartments of which nothing is shown.
    withheld: BTreeSet<CompartmentId>,
}

impl Session {
    pub(crate) fn open(arguments: &Arguments, online: bool) -> anyhow::Result<Self> {
        let user = || {
            ["USER", "USERNAME"]
                .iter()
                .find_map(|name| std::env::var(name).ok())
        };
        let config = Config {
            data_folder: data_folder(arguments.data.clone())?,
            person: arguments
                .person
                .clone()
                .or_else(user)
                .unwrap_or_else(|| "Somebody".to_owned()),
            device: "command line".to_owned(),
            clock: Arc::new(SystemClock),
            zone: Zone::Local,
            online,
        };
        let engine = Engine::open(config)?;
        let past = match &arguments.as_of {
            Some(text) => {
                let past = engine.past_blocking().context("cannot read the history")?;
                Some(history::version(&engine.board(), &past, text)?)
            }
            None => None,
        };
        Ok(Self {
            engine,
            output: Output::new(arguments.json),
            past,
            today: arguments.today,
            withheld: arguments.without.iter().copied().collect(),
        })
    }

    /// Tells whether the device has data already, without making any.
    pub(crate) fn exists(arguments: &Arguments) -> anyhow::Result<bool> {
        Ok(data_folder(arguments.data.clone())?
            .join("workspace.sqlite")
            .exists())
    }

    /// Saves what is outstanding.
    pub(crate) fn close(&self) -> anyhow::Result<()> {
        self.engine
            .flush_blocking()
            .map_err(|reason| anyhow::anyhow!("edits could not be saved: {reason}"))
    }

    /// Returns the board that everything is read from: of now, or of the moment that was asked for.
    pub(crate) fn board(&self) -> Arc<Board> {
        let board = match &self.past {
            Some((_, version)) => Arc::clone(&version.board),
            None => self.engine.board(),
        };
        if self.withheld.is_empty() {
            return board;
        }
        Arc::new(board.without(&self.withheld))
    }

    /// Tells whether a document may be shown.
    pub(crate) fn shows(&self, document: DocumentId) -> bool {
        !self.withheld.contains(&document.compartment())
    }

    /// Returns the sentence that says what was left out, if anything was.
    pub(crate) fn withheld_words(&self) -> Option<String> {
        match self.withheld.len() {
            0 => None,
            1 => Some("What lies in one compartment is left out.".to_owned()),
            count => Some(format!("What lies in {count} compartments is left out.")),
        }
    }

    /// Returns the day that questions, steps and figures hold for: the one that was asked for, else that of the version.
    pub(crate) fn today(&self) -> NaiveDate {
        let of_version = self.past.as_ref().map(|(day, _)| *day);
        let day = self.today.or(of_version);
        day.unwrap_or_else(|| self.engine.today())
    }

    /// Returns the version that was asked for, if it is not that of now.
    pub(crate) fn version(&self) -> Option<&Version> {
        self.past.as_ref().map(|(_, version)| version)
    }

    /// Returns the exact version of every document that the board is made of.
    pub(crate) fn documents(&self) -> anyhow::Result<Vec<DocumentVersion>> {
        let board = self.board();
        let named = |document: DocumentId| {
            let mut entries = board.documents.into_iter().map(|(_, entry)| entry);
            let entry = entries.find(|entry| entry.document == document.to_string());
            entry.map_or_else(|| "Index".to_owned(), |entry| entry.title.clone())
        };
        if let Some((_, version)) = &self.past {
            let known = version.documents.iter();
            let known = known.filter(|known| self.shows(known.document));
            let documents = known.map(|known| DocumentVersion {
                document: known.document,
                title: named(known.document),
                heads: known.heads.clone(),
                content_hash: known.content_hash,
            });
            return Ok(documents.collect());
        }
        let prints = self
            .engine
            .fingerprints_blocking()
            .context("cannot read the documents")?;
        let prints = prints.into_iter();
        let prints = prints.filter(|print| self.shows(print.document));
        let documents = prints.map(|print| DocumentVersion {
            document: print.document,
            title: print.title,
            heads: print.heads,
            content_hash: print.content_hash,
        });
        Ok(documents.collect())
    }

    /// Carries out a command and returns when it is on disk.
    pub(crate) fn execute(&self, command: Command) -> anyhow::Result<Receipt> {
        let receipt = self.engine.execute_blocking(vec![command])?;
        self.close()?;
        Ok(receipt)
    }

    /// Finds a live record by its id or a part of it.
    pub(crate) fn find(&self, text: &str) -> anyhow::Result<(Kind, RecordId)> {
        let board = self.board();
        let all = Kind::ALL
            .iter()
            .flat_map(|kind| board.ids(*kind).into_iter().map(|id| (*kind, id)));
        one(text, all)
    }

    /// Finds a record, live or deleted, by its id or a part of it.
    pub(crate) fn find_any(&self, text: &str) -> anyhow::Result<(Kind, RecordId)> {
        self.find(text).or_else(|live| {
            let deleted = self.find_deleted(text);
            deleted.map_err(|_not_deleted_either| live)
        })
    }

    /// Finds a live record of one kind by its id or a part of it.
    pub(crate) fn find_kind(&self, text: &str, kind: Kind) -> anyhow::Result<RecordId> {
        one(
            text,
            self.board().ids(kind).into_iter().map(|id| (kind, id)),
        )
        .map(|(_, id)| id)
    }

    /// Finds a deleted record by its id or a part of it.
    pub(crate) fn find_deleted(&self, text: &str) -> anyhow::Result<(Kind, RecordId)> {
        let board = self.board();
        one(
            text,
            board
                .deleted
                .into_iter()
                .map(|(id, deleted)| (deleted.kind, *id)),
        )
    }
}

fn one(
    text: &str,
    all: impl Iterator<Item = (Kind, RecordId)>,
) -> anyhow::Result<(Kind, RecordId)> {
    let wanted = text.trim().to_lowercase();
    if wanted.len() < 4 {
        bail!("\"{text}\" is too short; give at least four characters of the id");
    }
    let mut found = all.filter(|(_, id)| id.to_string().contains(&wanted));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => bail!("several records have \"{text}\" in their id; give more of it"),
        (None, _) => bail!("there is no record with \"{text}\" in its id; `list` shows the ids"),
    }
}

pub(crate) fn data_folder(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    use etcetera::BaseStrategy as _;
    if let Some(folder) = given {
        return Ok(folder);
    }
    let places = etcetera::choose_base_strategy()
        .context("there is no home folder; give one with --data FOLDER")?;
    Ok(places.data_dir().join("adjutant"))
}
