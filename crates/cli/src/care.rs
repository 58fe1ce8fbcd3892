//! Care of data from a shell: is it safe, is it whole, and copies of it.
//!
//! What is said of the relay is what the relay itself has said it holds on its disk; what is said of other devices is
//! shown by their own later edits.

use std::collections::BTreeMap;
use std::time::Duration;

use adjutant_base::{DocumentId, RecordId};
use adjutant_client::care::{Held, back_up_blocking, copies, restore_blocking};
use adjutant_client::{Fingerprint, LinkState, Past};
use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::args::{Arguments, BackupOptions};
use crate::history::{self, shown_time};
use crate::output::{Output, table};
use crate::session::{Session, data_folder};

/// Copies, puts back, or lists.
pub(crate) fn backup(arguments: &Arguments, options: &BackupOptions) -> anyhow::Result<()> {
    let data = data_folder(arguments.data.clone())?;
    let output = Output::new(arguments.json);
    let said = |what: &str, held: Held| {
        let words = format!(
            "{what}: {} documents, {} changes, verified",
            held.documents, held.changes
        );
        let json = json!({ "documents": held.documents, "changes": held.changes });
        output.result(&words, &json)
    };
    match options {
        BackupOptions::To { folder } => {
            let held = back_up_blocking(&data, folder)?;
            said(&format!("Copied to {}", folder.display()), held)
        }
        BackupOptions::From { copy } => {
            let held = restore_blocking(copy, &data)?;
            said(&format!("Restored into {}", data.display()), held)
        }
        BackupOptions::List => {
            let copies = copies(&data);
            let rows = copies
                .iter()
                .map(|copy| vec![shown_time(copy.at), copy.path.display().to_string()]);
            let words = if copies.is_empty() {
                "No automatic copies yet; the first is made an hour after the first edit\n"
                    .to_owned()
            } else {
                table(&["made", "file"], rows.collect())
            };
            let list = copies
                .iter()
                .map(|copy| json!({ "at": copy.at, "path": copy.path }));
            output.result(&words, &Value::Array(list.collect()))
        }
    }
}

/// Compares every document, or says where the edits of one record are.
pub(crate) fn verify(session: &Session, id: Option<&str>, timeout: u64) -> anyhow::Result<()> {
    let has_relay = session.engine.status().link != LinkState::NoRelay;
    if has_relay {
        session
            .engine
            .wait_synced_blocking(Duration::from_secs(timeout));
    }
    let prints = session
        .engine
        .fingerprints_blocking()
        .context("cannot read the documents")?;
    let past = history::read(session)?;
    match id {
        Some(text) => {
            let record = session.find_any(text)?.1;
            edits(session, &past, &prints, record)
        }
        None => documents(session, &past, &prints, has_relay),
    }
}

/// Builds every document anew from its changes, and compares that with what is shown and with the relay.
fn documents(
    session: &Session,
    past: &Past,
    prints: &[Fingerprint],
    has_relay: bool,
) -> anyhow::Result<()> {
    let rebuilt: BTreeMap<DocumentId, _> = past
        .newest()
        .documents
        .into_iter()
        .map(|version| (version.document, version))
        .collect();
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    let (mut wrong, mut differing) = (0_usize, 0_usize);
    for print in prints {
        let anew = rebuilt.get(&print.document);
        let is_same = match anew {
            Some(anew) => anew.content_hash == print.content_hash && anew.heads == print.heads,
            None => print.heads.is_empty(),
        };
        wrong = wrong.saturating_add(usize::from(!is_same));
        let here_only = past.count_beyond(print.document, &print.relay_heads);
        let there_only = !past.knows(print.document, &print.relay_heads);
        let relay = match (has_relay, print.is_compared) {
            (false, _) => "no relay".to_owned(),
            (true, false) => "not compared: offline".to_owned(),
            (true, true) if here_only == 0 && !there_only => "the same".to_owned(),
            (true, true) if there_only => {
                format!("has changes that are not here; {here_only} only here")
            }
            (true, true) => format!("lacks {here_only} changes"),
        };
        differing = differing.saturating_add(usize::from(has_relay && relay != "the same"));
        rows.push(vec![
            print.title.clone(),
            print.changes.to_string(),
            print.content_hash.short(),
            if is_same {
                "whole"
            } else {
                "DIFFERS from its changes"
            }
            .to_owned(),
            relay.clone(),
        ]);
        values.push(json!({
            "document": print.document, "title": print.title, "changes": print.changes,
            "content_hash": print.content_hash, "is_whole": is_same, "relay": relay, "only_here": here_only,
        }));
    }
    let mut words = table(&["document", "changes>", "content", "here", "relay"], rows);
    words.push_str(&match (wrong, differing, has_relay) {
        (0, 0, true) => "Everything is whole here and the same on the relay\n".to_owned(),
        (0, 0, false) => "Everything is whole here; there is no relay to compare with\n".to_owned(),
        (0, count, _) => {
            format!("Everything is whole here; {count} documents are not level with the relay\n")
        }
        (wrong, _, _) => format!("{wrong} documents here differ from their own changes\n"),
    });
    session.output.result(&words, &Value::Array(values))?;
    if wrong > 0 {
        bail!(
            "{wrong} documents here are not what their changes make; close the program and start it again"
        );
    }
    Ok(())
}

/// Prints where the newest edit of every field of a record is.
fn edits(
    session: &Session,
    past: &Past,
    prints: &[Fingerprint],
    record: RecordId,
) -> anyhow::Result<()> {
    let board = session.board();
    let mut newest = BTreeMap::new();
    for told in past.story_of(record) {
        newest.insert(told.edit.field.clone(), told);
    }
    let relay_heads: BTreeMap<DocumentId, &Fingerprint> =
        prints.iter().map(|print| (print.document, print)).collect();
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for told in newest.values() {
        let edit = &told.edit;
        let is_there = relay_heads
            .get(&told.document)
            .is_some_and(|print| past.covers(told.document, &print.relay_heads, edit.change));
        let devices: Vec<String> = past
            .built_on(told.document, edit.change)
            .into_iter()
            .filter(|device| edit.actor.is_none_or(|actor| actor.device() != *device))
            .map(|device| history::device(&board, device))
            .collect();
        let place = if is_there {
            "on the relay's disk"
        } else {
            "on this device only"
        };
        rows.push(vec![
            edit.field.clone(),
            shown_time(edit.time),
            history::author(&board, edit.actor),
            place.to_owned(),
            devices.join("; "),
        ]);
        values.push(json!({
            "field": edit.field, "time": edit.time, "who": history::author(&board, edit.actor),
            "change": edit.change, "on_relay": is_there, "built_on_by": devices,
        }));
    }
    let words = table(&["field", "last edit", "who", "safe", "built on by"], rows);
    session.output.result(&words, &Value::Array(values))
}
