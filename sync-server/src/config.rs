//! What a relay is told: where it listens, where its data is, which limits hold.
//!
//! No reading of files and no defaults outside `base::limits`. The limits are also what a configuration file may set,
//! under the names that they have there.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adjutant_base::{RelayAddress, limits};
use serde::{Deserialize, Serialize};

use crate::rate::Rate;
use crate::settings::milliseconds;

/// Where a relay listens, where its data is and what it allows.
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// Folder of the store and the keys; made if it is not there.
    pub data_folder: PathBuf,
    /// Address to listen on; beyond this machine only with protection. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// How connections are protected.
    pub protection: Protection,
    /// What the join link says where the relay is; `None` for the address that it listens on.
    pub advertise: Option<RelayAddress>,
    /// Lets everybody in and takes documents of any compartment.
    pub is_open: bool,
    /// Address on which the relay tells its numbers; must be a loopback address. `None` tells nobody.
    pub metrics: Option<SocketAddr>,
    /// What connections may use.
    pub limits: RelayLimits,
}

impl RelayConfig {
    /// Returns the configuration of a closed relay with the usual limits.
    pub fn new(data_folder: impl AsRef<Path>, listen: SocketAddr) -> Self {
        Self {
            data_folder: data_folder.as_ref().to_path_buf(),
            listen,
            protection: Protection::default(),
            advertise: None,
            is_open: false,
            metrics: None,
            limits: RelayLimits::default(),
        }
    }
}

/// How connections are protected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Protection {
    /// They do not leave this machine.
    #[default]
    Loopback,
    /// By TLS, with a certificate that the devices' systems trust.
    Files {
        /// PEM file of the certificate and those between it and its root, its own first.
        certificate: PathBuf,
        /// PEM file of its key.
        key: PathBuf,
    },
    /// By TLS, with a certificate that the relay makes itself at its first start and whose key the join link names.
    SelfSigned,
    /// By a proxy in front of the relay, which speaks TLS and which alone can reach it.
    Proxy,
}

/// What connections may use; the defaults are those of `base::limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelayLimits {
    /// Connections at one time, let in or not.
    pub connections: usize,
    /// Connections of one device.
    pub connections_per_device: usize,
    /// Connections of one address that are not let in yet.
    pub unauthenticated_per_address: usize,
    /// Documents that one connection may talk about.
    pub documents_per_connection: usize,
    /// Largest message, in bytes.
    pub message_bytes: usize,
    /// All messages that are being worked on, in bytes.
    pub in_flight_bytes: usize,
    /// Frames waiting for one connection.
    pub outbound_frames: usize,
    /// Bytes waiting for one connection.
    pub outbound_bytes: usize,
    /// Time to be let in, and then again to say who one is.
    #[serde(rename = "handshake_ms", with = "milliseconds")]
    pub handshake: Duration,
    /// Time between pings.
    #[serde(rename = "ping_ms", with = "milliseconds")]
    pub ping: Duration,
    /// Silence after which a connection counts as dead.
    #[serde(rename = "dead_ms", with = "milliseconds")]
    pub dead: Duration,
    /// Time for the connections to end when the relay is told to stop.
    #[serde(rename = "drain_ms", with = "milliseconds")]
    pub drain: Duration,
    /// What one connection may send.
    pub connection_rate: Rate,
    /// What all connections of one device may send.
    pub device_rate: Rate,
}

impl Default for RelayLimits {
    fn default() -> Self {
        Self {
            connections: limits::CONNECTIONS,
            connections_per_device: limits::CONNECTIONS_PER_DEVICE,
            unauthenticated_per_address: limits::UNAUTHENTICATED_PER_ADDRESS,
            documents_per_connection: limits::DOCUMENTS_PER_CONNECTION,
            message_bytes: limits::MESSAGE_BYTES,
            in_flight_bytes: limits::IN_FLIGHT_BYTES,
            outbound_frames: limits::OUTBOUND_FRAMES,
            outbound_bytes: limits::OUTBOUND_BYTES,
            handshake: Duration::from_millis(limits::HANDSHAKE_MS),
            ping: Duration::from_millis(limits::PING_MS),
            dead: Duration::from_millis(limits::DEAD_MS),
            connection_rate: Rate {
                messages_per_s: limits::CONNECTION_MESSAGES_PER_S,
                bytes_per_s: limits::CONNECTION_BYTES_PER_S,
                allowance: Duration::from_millis(limits::RATE_ALLOWANCE_MS),
            },
            device_rate: Rate {
                messages_per_s: limits::DEVICE_MESSAGES_PER_S,
                bytes_per_s: limits::DEVICE_BYTES_PER_S,
                allowance: Duration::from_millis(limits::RATE_ALLOWANCE_MS),
            },
            drain: Duration::from_millis(limits::DRAIN_MS),
        }
    }
}
