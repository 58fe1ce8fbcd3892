//! What the demo shows: titles, verdicts, versions, differences and conflicts, and progress of what takes long.
//!
//! Progress goes to the error output and only if that is a terminal, so that the printed record stays clean.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use adjutant_base::{ContentHash, RecordId};
use adjutant_client::Fingerprint;
use adjutant_model::diff::{Difference, RecordDiff};
use adjutant_model::{Board, Kind, Written};

/// Records and fields listed one by one; the rest are counted.
const LISTED: usize = 12;

/// Prints the record of the demo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    indent: &'static str,
    mark: &'static str,
}

impl Printer {
    pub(super) fn new() -> Self {
        Self {
            indent: "   ",
            mark: "==",
        }
    }

    #[expect(clippy::print_stdout, reason = "the demo's record is its output")]
    pub(super) fn line(self, text: &str) {
        println!("{}{text}", self.indent);
    }

    #[expect(clippy::print_stdout, reason = "the demo's record is its output")]
    pub(super) fn title(self, text: &str) {
        println!("\n{} {text}", self.mark);
    }

    pub(super) fn verdict(self, holds: bool, what: &str) {
        self.line(&format!(
            "[{}] {what}",
            if holds { "holds" } else { "DOES NOT HOLD" }
        ));
    }

    /// Prints one device's version: heads and content hash of the workspace, and of the documents with most changes.
    pub(super) fn version(
        self,
        name: &str,
        prints: &[Fingerprint],
        hash: ContentHash,
        words: &str,
    ) {
        let changes: usize = prints.iter().map(|print| print.changes).sum();
        self.line(&format!(
            "{name}: {} documents, {changes} changes, content {hash}, \"{words}\"",
            prints.len()
        ));
        let mut largest: Vec<&Fingerprint> = prints.iter().collect();
        largest.sort_by_key(|print| (std::cmp::Reverse(print.changes), print.document));
        for print in largest.iter().take(3) {
            let heads: Vec<String> = print
                .heads
                .iter()
                .map(adjutant_base::ChangeHash::short)
                .collect();
            let title: String = print.title.chars().take(40).collect();
            self.line(&format!(
                "   {} \"{title}\": heads {}, {} changes, content {}",
                print.document.short(),
                heads.join(" "),
                print.changes,
                print.content_hash.short()
            ));
        }
        if prints.len() > 3 {
            self.line(&format!(
                "   and {} more, all in the content hash",
                prints.len() - 3
            ));
        }
    }

    /// Prints what differs, record by record.
    pub(super) fn diffs(self, board: &Board, diffs: &[RecordDiff]) {
        for diff in diffs.iter().take(LISTED) {
            let name = format!("{} \"{}\"", diff.kind.label(), diff.title);
            match &diff.what {
                Difference::Added => self.line(&format!("   + {name}")),
                Difference::Deleted => self.line(&format!("   - {name}")),
                Difference::Edited(fields) => {
                    for (field, before, after) in fields {
                        let shown = |raw| board.shown(diff.kind, diff.id, field, raw);
                        self.line(&format!(
                            "   ~ {name}: {field} \"{}\" -> \"{}\"",
                            shown(before),
                            shown(after)
                        ));
                    }
                }
            }
        }
        if diffs.len() > LISTED {
            self.line(&format!("   and {} more records", diffs.len() - LISTED));
        }
    }

    /// Prints every unsettled conflict with all its values and who wrote them.
    pub(super) fn conflicts(self, board: &Board) {
        let who = |kind: Kind, id: RecordId, field: &str, written: &Written| {
            let device = written.actor.map(|actor| actor.device().to_string());
            let found = board
                .devices
                .into_iter()
                .find(|(_, known)| Some(&known.device) == device.as_ref());
            let person = found.map(|(_, known)| board.person_name(known.person).to_owned());
            format!(
                "\"{}\" by {}",
                shorten(&board.shown(kind, id, field, &written.value)),
                person.unwrap_or_else(|| "an unknown device".to_owned())
            )
        };
        for (kind, id, conflict) in board.conflicts() {
            let values = board.values(kind, id).unwrap_or_default();
            let title = values
                .iter()
                .find(|(name, _)| *name == kind.title_field())
                .map(|(_, raw)| raw.shown());
            let losers: Vec<String> = conflict
                .losers
                .iter()
                .map(|loser| who(kind, id, &conflict.field, loser))
                .collect();
            self.line(&format!(
                "   {} \"{}\", {}: {} stands, {} is kept",
                kind.label(),
                title.unwrap_or_default(),
                conflict.field,
                who(kind, id, &conflict.field, &conflict.winner),
                losers.join(" and ")
            ));
        }
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Returns how many records of each kind a board has, on one line.
pub(super) fn counts(board: &Board) -> String {
    let counted = Kind::ALL
        .iter()
        .map(|kind| (kind, board.count(*kind)))
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| kind.counted(count));
    counted.collect::<Vec<_>>().join(", ")
}

/// Shows that something long is under way, and then how long it took.
pub(super) struct Progress {
    printer: Printer,
    what: String,
    start: Instant,
    is_done: Arc<AtomicBool>,
}

impl Progress {
    pub(super) fn start(printer: Printer, what: &str) -> Self {
        let is_done = Arc::new(AtomicBool::new(false));
        let progress = Self {
            printer,
            what: what.to_owned(),
            start: Instant::now(),
            is_done: is_done.clone(),
        };
        if std::io::stderr().is_terminal() {
            let (what, start) = (what.to_owned(), progress.start);
            std::thread::spawn(move || {
                while !is_done.load(Ordering::SeqCst) {
                    std::thread::park_timeout(Duration::from_millis(250));
                    if start.elapsed() > Duration::from_secs(1) {
                        // Progress that cannot be shown is not worth an error.
                        write!(
                            std::io::stderr(),
                            "\r   {what} … {} s",
                            start.elapsed().as_secs()
                        )
                        .ok();
                    }
                }
                write!(std::io::stderr(), "\r\x1b[K").ok();
            });
        }
        progress
    }

    pub(super) fn done(self, outcome: &str) {
        let seconds = self.start.elapsed().as_millis();
        self.printer
            .line(&format!("{}: {outcome} ({seconds} ms)", self.what));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.is_done.store(true, Ordering::SeqCst);
    }
}
