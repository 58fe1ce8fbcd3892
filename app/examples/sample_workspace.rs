//! Fills a new data folder with a sample department: `cargo run -p adjutant --example sample_workspace -- FOLDER [full]`.
//!
//! For trying the window out, for its pictures in the documentation and for looking at it with many records.

use std::path::PathBuf;
use std::sync::Arc;

use adjutant_base::SystemClock;
use adjutant_client::{Config, Engine, Zone};
use adjutant_model::sample::{Size, department};

/// A department in which every screen has something to show and fits on a few of them.
const DESK: Size = Size {
    people: 12,
    projects: 14,
    milestones: 70,
    actions: 320,
    lines_per_budget: 60,
    tasks: 160,
    risks: 24,
    vendors: 24,
    contracts: 36,
    licences: 40,
    orders: 24,
    invoices: 60,
    changes: 24,
    communications: 14,
    checklists: 4,
    documents: 24,
    ..Size::SMALL
};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        anyhow::bail!("name the folder to fill");
    };
    let size = if arguments.next().is_some() {
        Size::FULL
    } else {
        DESK
    };
    let engine = Engine::open(Config {
        data_folder: PathBuf::from(folder),
        person: "Ana Marić".to_owned(),
        device: "laptop".to_owned(),
        clock: Arc::new(SystemClock),
        zone: Zone::default(),
        online: false,
    })?;
    let today = engine.today();
    for command in department(7, &size, today) {
        engine.execute_blocking(vec![command])?;
    }
    engine
        .flush_blocking()
        .map_err(|reason| anyhow::anyhow!("not saved: {reason}"))?;
    Ok(())
}
