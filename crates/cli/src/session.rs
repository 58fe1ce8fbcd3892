//! One run of the program on a device's data: opening, saving, and finding records by what a person types.
//!
//! Edits are on disk before the program says that they were made.

use std::path::PathBuf;
use std::sync::Arc;

use adjutant_base::{RecordId, SystemClock};
use adjutant_client::{Config, Engine, Receipt, Zone};
use adjutant_model::{Board, Command, Kind};
use anyhow::{Context as _, bail};

use crate::args::Arguments;
use crate::output::Output;

/// An open device.
pub(crate) struct Session {
    pub(crate) engine: Engine,
    pub(crate) output: Output,
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
        Ok(Self {
            engine: Engine::open(config)?,
            output: Output::new(arguments.json),
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

    pub(crate) fn board(&self) -> Arc<Board> {
        self.engine.board()
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

fn data_folder(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    use etcetera::BaseStrategy as _;
    if let Some(folder) = given {
        return Ok(folder);
    }
    let places = etcetera::choose_base_strategy()
        .context("there is no home folder; give one with --data FOLDER")?;
    Ok(places.data_dir().join("adjutant"))
}
