//! Writes every report of a sample department in every form: `cargo run -p adjutant-exchange --example reports FOLDER`.
//!
//! For looking at them, for trying them in other programs, and for the pictures in `docs/`.

use std::path::PathBuf;

use adjutant_base::{ChangeHash, CompartmentId, ContentHash, DocumentId, Timestamp};
use adjutant_exchange::report::{DocumentVersion, FileForm, Paper, Provenance, calendar, render};
use adjutant_model::Board;
use adjutant_model::command::Context;
use adjutant_model::preview::board_of;
use adjutant_model::report::templates::{self, Template};
use adjutant_model::report::{Report, dates};
use adjutant_model::sample::{Size, department};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder: PathBuf = std::env::args_os()
        .nth(1)
        .ok_or("give the folder to write to")?
        .into();
    std::fs::create_dir_all(&folder)?;
    let today = "2026-11-24".parse()?;
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today,
        now: Timestamp(1_795_000_000_000),
    };
    let size = Size {
        tasks: 120,
        updates: 24,
        risks: 24,
        orders: 12,
        invoices: 20,
        postings: 0,
        metrics: 3,
        documents: 8,
        changes: 12,
        vendors: 12,
        contracts: 15,
        licences: 20,
        meetings: 24,
        communications: 6,
        checklists: 2,
        accesses: 15,
        ..Size::DEMO
    };
    let board = board_of(&context, &department(1, &size, today))?;
    let provenance = Provenance {
        person: "Anna Meyer".to_owned(),
        made_at: "2026-11-24T14:05:00".parse()?,
        utc_offset_s: 3_600,
        documents: vec![DocumentVersion {
            document: DocumentId([7; 16]),
            title: "Sample department".to_owned(),
            heads: vec![ChangeHash([3; 32])],
            content_hash: ContentHash([5; 32]),
        }],
        signed: Vec::new(),
    };
    for (name, report) in reports(&board, today) {
        for form in FileForm::ALL {
            let bytes = render(&report, &provenance, form, Paper::A4)?;
            let file = format!("{name}.{}", form.extension());
            std::fs::write(folder.join(file), bytes)?;
        }
        let bytes = render(&report, &provenance, FileForm::Pdf, Paper::Letter)?;
        std::fs::write(folder.join(format!("{name}-letter.pdf")), bytes)?;
    }
    let days = calendar("Milestones", &dates::of(&board), &provenance);
    std::fs::write(folder.join("milestones.ics"), days)?;
    Ok(())
}

/// Every report of which the department has something to say.
fn reports(board: &Board, today: chrono::NaiveDate) -> Vec<(&'static str, Report)> {
    let make = |template: &Template| {
        let kind = template.about();
        let first = kind.and_then(|kind| board.ids(kind).first().copied());
        let of = template.usual(board, today).or(first);
        Some((template.name, template.make(board, of, today)?))
    };
    templates::ALL.iter().filter_map(make).collect()
}
