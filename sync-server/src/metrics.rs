//! What the relay counts, and how it tells: one list of names, in Prometheus' text format.
//!
//! Numbers only: no name of a person, device or document is ever a label. The rule: counting never waits and never
//! fails.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::sync::atomic::{AtomicU64, Ordering};

/// One number that only rises, or one that rises and falls.
#[derive(Debug, Default)]
pub(crate) struct Number(AtomicU64);

impl Number {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn one_more(&self) {
        self.add(1);
    }

    pub(crate) fn one_less(&self) {
        // Never below zero: each call follows one of `one_more`.
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Defines the numbers with their names, kinds and meanings, each once.
macro_rules! metrics {
    ($($field:ident $kind:literal $name:literal $help:literal;)*) => {
        /// Everything that the relay counts, since it started.
        #[derive(Debug, Default)]
        pub(crate) struct Metrics {
            $(#[doc = $help] pub(crate) $field: Number,)*
        }

        impl Metrics {
            fn rows(&self) -> Vec<(&'static str, &'static str, &'static str, u64)> {
                vec![$(($name, $kind, $help, self.$field.get()),)*]
            }
        }
    };
}

metrics! {
    connections "gauge" "adjutant_connections" "Peers that are connected and have said who they are.";
    documents_open "gauge" "adjutant_documents_open" "Documents held in memory because somebody talks about them.";
    messages_received "counter" "adjutant_messages_received_total" "Messages received from peers.";
    bytes_received "counter" "adjutant_bytes_received_total" "Bytes of messages received from peers.";
    messages_sent "counter" "adjutant_messages_sent_total" "Messages sent to peers.";
    bytes_sent "counter" "adjutant_bytes_sent_total" "Bytes of messages sent to peers.";
    changes_stored "counter" "adjutant_changes_stored_total" "Changes made durable.";
    batches_stored "counter" "adjutant_batches_stored_total" "Messages whose changes were made durable.";
    batches_failed "counter" "adjutant_batches_failed_total" "Messages whose changes could not be made durable; nobody was told otherwise.";
    changes_damaged "counter" "adjutant_changes_damaged_total" "Stored changes found damaged, put aside and asked for again.";
    strangers_refused "counter" "adjutant_strangers_refused_total" "Upgrades refused because the secret was wrong or missing.";
    peers_refused "counter" "adjutant_peers_refused_total" "Connections closed because the peer broke a rule.";
    messages_delayed "counter" "adjutant_messages_delayed_total" "Messages that had to wait because their device sent too much.";
    snapshots_made "counter" "adjutant_snapshots_made_total" "Whole documents made from single changes.";
    snapshots_failed "counter" "adjutant_snapshots_failed_total" "Documents of which no snapshot could be made.";
    snapshots_sent "counter" "adjutant_snapshots_sent_total" "Whole documents sent to peers that started with nothing.";
}

impl Metrics {
    /// Returns all numbers as Prometheus reads them; `is_ready` is the gauge `adjutant_ready`.
    pub(crate) fn text(&self, is_ready: bool) -> String {
        let mut rows = self.rows();
        let help = "1 if the relay can store changes.";
        rows.push(("adjutant_ready", "gauge", help, u64::from(is_ready)));
        let mut text = String::new();
        for (name, kind, help, value) in rows {
            text.push_str(&format!(
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_has_one_name_in_prometheus_form() {
        let metrics = Metrics::default();
        metrics.messages_received.add(3);
        metrics.connections.one_more();
        metrics.connections.one_more();
        metrics.connections.one_less();
        let text = metrics.text(true);
        assert!(
            text.contains("\nadjutant_messages_received_total 3\n"),
            "{text}"
        );
        assert!(text.contains("# TYPE adjutant_connections gauge\nadjutant_connections 1\n"));
        assert!(text.ends_with("\nadjutant_ready 1\n"));
        let names: Vec<&str> = metrics.rows().iter().map(|row| row.0).collect();
        let distinct: BTreeSet<&&str> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        for (name, kind, ..) in metrics.rows() {
            assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
        }
    }
}
