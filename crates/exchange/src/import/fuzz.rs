//! Any bytes to any importer: a result or a sentence, never a panic, and commands that can be carried out.
//!
//! Rows in are rows used plus rows left out, whatever the bytes.

use std::io::{Cursor, Write as _};
use std::sync::OnceLock;

use adjutant_base::{CompartmentId, Timestamp};
use adjutant_model::command::Context;
use adjutant_model::preview::board_of;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::*;

/// Gives the bytes to every importer; what one makes of them must be accepted.
fn feed(bytes: &[u8]) {
    let context = Context {
        compartment: CompartmentId([1; 6]),
        today: "2026-11-24".parse().unwrap(),
        now: Timestamp(0),
    };
    let results = [
        projects::import(bytes, &projects::ProjectOptions::default(), &mut keep_going),
        budget::import(bytes, &budget::BudgetOptions::default(), &mut keep_going),
        actions::import(bytes, &actions::ActionOptions::default(), &mut keep_going),
        mspdi::import(bytes, &mspdi::PlanOptions::default(), &mut keep_going),
        plan_table::import(bytes, &plan_table::TableOptions::default(), &mut keep_going),
        licences::import(bytes, &licences::LicenceOptions::default(), &mut keep_going),
        ical::import(bytes, &ical::What::Meetings, &mut keep_going),
        ical::import(
            bytes,
            &ical::What::Holidays {
                calendar: "Days".to_owned(),
            },
            &mut keep_going,
        ),
    ];
    // A ledger posts to lines that are here; on an empty board every row is left out.
    let empty = adjutant_model::Board::default();
    let ledger = ledger::import(
        bytes,
        &ledger::LedgerOptions::default(),
        &empty,
        &mut keep_going,
    );
    if let Ok(imported) = ledger {
        let summary = &imported.summary;
        assert_eq!(summary.rows, summary.rows_left_out());
        assert!(summary.control_totals.iter().all(ControlTotal::is_balanced));
    }
    for imported in results {
        match imported {
            Ok(imported) => {
                let summary = &imported.summary;
                assert_eq!(summary.rows, summary.rows_used + summary.rows_left_out());
                board_of(&context, &imported.commands).unwrap();
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// A small workbook that every importer of tables takes something of.
fn workbook() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, title) in (0_u16..).zip(["Project", "Status", "Due date", "Jan", "Line"]) {
            sheet.write_string(0, column, title).unwrap();
            sheet.write_string(1, column, "x").unwrap();
            sheet.write_number(2, column, 45_000.5).unwrap();
        }
        book.save_to_buffer().unwrap()
    })
}

/// The workbook's parts, each unpacked.
fn parts() -> &'static [(String, Vec<u8>)] {
    static PARTS: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    PARTS.get_or_init(|| {
        let mut archive = zip::ZipArchive::new(Cursor::new(workbook())).unwrap();
        (0..archive.len())
            .map(|at| {
                let mut file = archive.by_index(at).unwrap();
                let name = file.name().unwrap().into_owned();
                let mut bytes = Vec::new();
                std::io::copy(&mut file, &mut bytes).unwrap();
                (name, bytes)
            })
            .collect()
    })
}

fn packed(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        feed(&bytes);
    }

    #[test]
    fn any_table(text in "(?s)(project|status|owner|due|jan|line|number|[a-z\"',;|\\t\\n0-9./%$()-]){0,80}") {
        feed(text.as_bytes());
    }

    #[test]
    fn any_calendar(text in "(?s)BEGIN:VCALENDAR\\n(BEGIN:VEVENT\\n|END:VEVENT\\n|SUMMARY:|DTSTART[;:]|DTEND:|VALUE=DATE:|20261[0-3]{3}|T0930..|RRULE:FREQ=|YEARLY|WEEKLY|ATTENDEE;CN=|\\n|[ -~é]){0,60}") {
        feed(text.as_bytes());
    }

    #[test]
    fn any_cells_of_a_ledger(cells in prop::collection::vec("[-(0-9.,) a-zA-Z]{0,12}", 0..24)) {
        let mut text = "posting date,account,debit,parent,start,predecessors,task name\n".to_owned();
        for row in cells.chunks(7) {
            text.push_str(&row.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(","));
            text.push('\n');
        }
        feed(text.as_bytes());
    }

    #[test]
    fn any_cells_under_a_known_header(cells in prop::collection::vec("(?s).{0,20}", 0..24)) {
        let mut text = "project,status,owner,due date,priority,baseline,planned cost,jan,line\n".to_owned();
        for row in cells.chunks(9) {
            let quoted: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            text.push_str(&quoted.join(","));
            text.push('\n');
        }
        feed(text.as_bytes());
    }

    #[test]
    fn a_packed_file_with_bytes_changed(at in any::<prop::sample::Index>(), with in any::<[u8; 4]>()) {
        let mut bytes = workbook().to_vec();
        let at = at.index(bytes.len());
        for (byte, new) in bytes.iter_mut().skip(at).zip(with) {
            *byte = new;
        }
        feed(&bytes);
    }

    #[test]
    fn a_part_of_a_workbook_with_bytes_changed(
        part in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in "[<>&\"'=/!a-z0-9 ]{0,8}",
        drop in 0_usize..12,
    ) {
        let mut changed = parts().to_vec();
        let chosen = part.index(changed.len());
        let (_, bytes) = &mut changed[chosen];
        let from = at.index(bytes.len());
        let to = (from + drop).min(bytes.len());
        bytes.splice(from..to, with.into_bytes());
        feed(&packed(&changed));
    }
}
