//! The table that grows while it is measured: a row a figure, a column a server.
//!
//! A case yields the same figures for every server. A server that fails or does not end in time has that in its column.

use std::time::Duration;

use super::Options;
use super::peers::{Peer, Peers};
use crate::bench::table::say;

/// Time after which a server is given up in one case.
const LIMIT: Duration = Duration::from_mins(3);

/// What one server reached in one case: the figures' names, and the figures in words.
pub(super) type Figures = Vec<(String, String)>;

/// Prints the head of the table.
pub(super) fn head(peers: &Peers) -> anyhow::Result<()> {
    let names: Vec<&str> = peers.all.iter().map(|peer| peer.name).collect();
    say(&format!("| case | {} |", names.join(" | ")))?;
    say(&format!("|---|{}", "---|".repeat(names.len())))
}

/// Measures one case with every server that `is_for` accepts, and prints its rows.
pub(super) async fn measure(
    options: &Options,
    peers: &Peers,
    name: &str,
    is_for: impl Fn(&Peer) -> bool,
    case: impl AsyncFn(&Peer) -> anyhow::Result<Figures>,
) -> anyhow::Result<()> {
    if !options.wants_case(name) {
        return Ok(());
    }
    let mut columns = Vec::new();
    for peer in &peers.all {
        if !is_for(peer) {
            columns.push(Err(String::new()));
            continue;
        }
        columns.push(match tokio::time::timeout(LIMIT, case(peer)).await {
            Ok(Ok(figures)) => Ok(figures),
            Ok(Err(error)) => Err(format!("failed: {error:#}")),
            Err(_elapsed) => Err(format!("not in {} s", LIMIT.as_secs())),
        });
    }
    let Some(names) = columns.iter().find_map(|column| column.as_ref().ok()) else {
        return say(&format!("| {name} | {} |", words(&columns, 0).join(" | ")));
    };
    let names: Vec<String> = names.iter().map(|(name, _)| name.clone()).collect();
    for (idx, name) in names.iter().enumerate() {
        say(&format!(
            "| {name} | {} |",
            words(&columns, idx).join(" | ")
        ))?;
    }
    Ok(())
}

fn words(columns: &[Result<Figures, String>], idx: usize) -> Vec<&str> {
    let mut words = Vec::new();
    for column in columns {
        words.push(match column {
            Ok(figures) => figures.get(idx).map_or("", |(_, figure)| figure.as_str()),
            Err(why) => why.as_str(),
        });
    }
    words
}
