//! The join link: what a relay prints and a device is given to take part in a workspace.
//!
//! `adjutant://127.0.0.1:8440/<workspace>/<compartment>#<secret>`. The secret stands in the fragment and is never
//! printed by `Debug`. Parsing is strict: one spelling only.

use std::fmt;
use std::net::SocketAddr;

use crate::{CompartmentId, WorkspaceId, hex};

/// Proves membership until device access exists: 32 random bytes made at the relay's first start.
#[derive(Clone, PartialEq, Eq)]
pub struct WorkspaceSecret([u8; 32]);

impl WorkspaceSecret {
    /// Returns the secret made of these random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the text that a device presents: 64 hexadecimal characters.
    pub fn reveal(&self) -> String {
        hex::encode(&self.0)
    }

    /// Returns the BLAKE3 hash that the relay keeps instead of the secret.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.0).as_bytes()
    }

    /// Returns the secret that `text` spells, or `None`.
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text).map(Self)
    }

    /// Tells whether this secret hashes to `expected`; takes the same time whether or not it does.
    pub fn matches(&self, expected: &[u8; 32]) -> bool {
        blake3::Hash::from_bytes(self.hash()) == blake3::Hash::from_bytes(*expected)
    }
}

impl fmt::Debug for WorkspaceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkspaceSecret(hidden)")
    }
}

/// Where a workspace's relay is, which workspace and compartment, and the secret that lets a device in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinLink {
    /// Address of the relay; loopback only until TLS exists.
    pub address: SocketAddr,
    /// The workspace that the relay serves.
    pub workspace: WorkspaceId,
    /// The compartment that the device joins.
    pub compartment: CompartmentId,
    /// Lets the device in.
    pub secret: WorkspaceSecret,
}

/// Why a text is not a join link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The text has not the form of a join link.
    #[error(
        "a join link looks like adjutant://ADDRESS:PORT/WORKSPACE/COMPARTMENT#SECRET; copy it whole from the relay"
    )]
    Form,
    /// The address is not on this machine, which needs TLS, which does not exist yet.
    #[error(
        "the relay at {0} is not on this machine; without TLS only loopback addresses are allowed"
    )]
    NotLoopback(SocketAddr),
}

impl fmt::Display for JoinLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "adjutant://{}/{}/{}#{}",
            self.address,
            self.workspace,
            self.compartment,
            self.secret.reveal()
        )
    }
}

impl std::str::FromStr for JoinLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let rest = text
            .trim()
            .strip_prefix("adjutant://")
            .ok_or(LinkError::Form)?;
        let (place, secret) = rest.split_once('#').ok_or(LinkError::Form)?;
        let mut parts = place.split('/');
        let (Some(address), Some(workspace), Some(compartment), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(LinkError::Form);
        };
        let address: SocketAddr = address.parse().map_err(|_bad| LinkError::Form)?;
        if !address.ip().is_loopback() {
            return Err(LinkError::NotLoopback(address));
        }
        Ok(Self {
            address,
            workspace: workspace.parse().map_err(|_bad| LinkError::Form)?,
            compartment: compartment.parse().map_err(|_bad| LinkError::Form)?,
            secret: WorkspaceSecret::parse(secret).ok_or(LinkError::Form)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> JoinLink {
        JoinLink {
            address: SocketAddr::from(([127, 0, 0, 1], 8440)),
            workspace: WorkspaceId([1; 16]),
            compartment: CompartmentId([2; 6]),
            secret: WorkspaceSecret::new([3; 32]),
        }
    }

    #[test]
    fn round_trip() {
        assert_eq!(link().to_string().parse(), Ok(link()));
        assert!(
            !format!("{:?}", link()).contains("0303"),
            "the secret must not reach a log"
        );
    }

    #[test]
    fn refusals() {
        let text = link().to_string();
        for bad in [
            "",
            "http://x",
            text.trim_end_matches('3'),
            &text.replace('#', "/"),
            &text.replacen("/01", "/0g", 1),
        ] {
            assert_eq!(bad.parse::<JoinLink>(), Err(LinkError::Form), "{bad}");
        }
        let far = text.replace("127.0.0.1", "10.0.0.1");
        assert!(matches!(
            far.parse::<JoinLink>(),
            Err(LinkError::NotLoopback(_))
        ));
    }
}
