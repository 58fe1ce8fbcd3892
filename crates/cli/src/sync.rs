//! Talking with the relay, and saying where edits are.
//!
//! The one rule: success is said only of what the relay has on its disk.

use std::collections::BTreeMap;
use std::time::Duration;

use adjutant_base::{CompartmentId, JoinLink};
use adjutant_client::LinkState;
use anyhow::{Context as _, bail};
use serde_json::json;

use crate::args::SyncOptions;
use crate::output::table;
use crate::session::Session;

/// Joins if a link is given, and waits until relay and device have everything of each other.
pub(crate) fn run(session: &Session, options: &SyncOptions) -> anyhow::Result<()> {
    if let Some(text) = &options.join {
        let link: JoinLink = text.parse()?;
        session.engine.join_blocking(link)?;
    }
    if session.engine.status().link == LinkState::NoRelay {
        bail!("this device has joined no workspace; give the relay's link with --join LINK");
    }
    let is_synced = session
        .engine
        .wait_synced_blocking(Duration::from_secs(options.timeout));
    let status = session.engine.status();
    if !is_synced {
        let refused = session
            .engine
            .take_notices()
            .into_iter()
            .map(|notice| notice.words())
            .next();
        let reason = match (&status.link, refused) {
            (_, Some(refused)) => refused,
            (LinkState::Offline { reason, .. }, None) => reason.to_string(),
            (LinkState::NoRelay | LinkState::Connecting | LinkState::Online, None) => {
                "it takes too long".to_owned()
            }
        };
        bail!("not synced: {reason}; {}", status.words());
    }
    session.output.result(
        &status.words(),
        &json!({ "synced": true, "words": status.words() }),
    )
}

/// Prints where this device's edits are and the exact version of every document.
pub(crate) fn status(session: &Session) -> anyhow::Result<()> {
    let prints = session
        .engine
        .fingerprints_blocking()
        .context("cannot read the documents")?;
    let status = session.engine.status();
    let board = session.board();
    let rows = prints.iter().map(|print| {
        let heads: Vec<String> = print
            .heads
            .iter()
            .map(adjutant_base::ChangeHash::short)
            .collect();
        vec![
            print.title.clone(),
            print.changes.to_string(),
            heads.join(" "),
            print.content_hash.short(),
            print.document.to_string(),
        ]
    });
    let mut words = format!("{}\n", status.words());
    words.push_str(&format!(
        "{} changes wait for the relay\n",
        status.waiting_changes
    ));
    words.push_str(&format!("{} conflicts\n", board.conflicts().count()));
    let mut compartments: BTreeMap<CompartmentId, usize> = BTreeMap::new();
    for print in &prints {
        *compartments
            .entry(print.document.compartment())
            .or_default() += 1;
    }
    for (compartment, count) in &compartments {
        words.push_str(&format!("Compartment {compartment}: {count} documents\n"));
    }
    for damage in &status.damage {
        words.push_str(&format!(
            "Damaged: {} \"{}\": {}\n",
            damage.document, damage.title, damage.reason
        ));
    }
    words.push_str(&table(
        &["document", "changes>", "heads", "content", "id"],
        rows.collect(),
    ));
    let documents: Vec<_> = prints
        .iter()
        .map(|print| {
            json!({
                "document": print.document, "title": print.title, "changes": print.changes,
                "heads": print.heads, "content_hash": print.content_hash,
            })
        })
        .collect();
    let json = json!({
        "words": status.words(), "waiting_changes": status.waiting_changes,
        "conflicts": board.conflicts().count(), "documents": documents,
        "compartments": compartments.keys().collect::<Vec<_>>(),
    });
    session.output.result(&words, &json)
}
