//! The join link: what a relay prints and a device is given to take part in a workspace.
//!
//! `adjutant://127.0.0.1:8440/<workspace>/<compartment>#<secret>` on one machine. Over a network `adjutants://` with an
//! address or name, and the fingerprint of the relay's key after the secret, as `#<secret>.<fingerprint>`, unless the
//! device's operating system can vouch for the relay. The secret is never printed by `Debug`. Parsing is strict: one
//! spelling only, and no plain connection leaves the machine.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

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

/// Where a relay is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelayAddress {
    /// At an address.
    Socket(SocketAddr),
    /// Under a name that the network knows, in lower case.
    Name {
        /// The name.
        name: String,
        /// The port.
        port: u16,
    },
}

/// The SHA-256 digest of a relay's public key, as its certificate holds it (`SubjectPublicKeyInfo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFingerprint(pub [u8; 32]);

/// How the connection to a relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all: it does not leave this machine.
    Plain,
    /// By TLS with a certificate that the operating system trusts.
    Trusted,
    /// By TLS with this key and no other, whoever vouches for it.
    Pinned(KeyFingerprint),
}

/// Where a workspace's relay is, which workspace and compartment, and the secret that lets a device in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinLink {
    /// Where the relay is.
    pub address: RelayAddress,
    /// How the connection to it is protected.
    pub security: Security,
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
    /// The relay is elsewhere, and the connection would not be protected.
    #[error(
        "the relay at {0} is not on this machine and the link promises no protection; get the link that starts with adjutants://"
    )]
    NotLoopback(RelayAddress),
}

impl RelayAddress {
    /// Returns the address, if it is not a name.
    pub fn socket(&self) -> Option<SocketAddr> {
        match self {
            Self::Socket(address) => Some(*address),
            Self::Name { .. } => None,
        }
    }

    /// Tells whether it is on this machine for certain; a name may be anywhere.
    pub fn is_loopback(&self) -> bool {
        self.socket()
            .is_some_and(|address| address.ip().is_loopback())
    }
}

impl From<SocketAddr> for RelayAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Socket(address)
    }
}

impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(address) => address.fmt(f),
            Self::Name { name, port } => write!(f, "{name}:{port}"),
        }
    }
}

impl FromStr for RelayAddress {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Socket(address));
        }
        let (name, port) = text.rsplit_once(':').ok_or(LinkError::Form)?;
        let is_name = name.len() <= NAME_BYTES
            && name.split('.').all(is_label)
            // What ends in a number is a mistyped address.
            && !name.ends_with(|last: char| last.is_ascii_digit());
        let has_port = port.bytes().all(|byte| byte.is_ascii_digit());
        if !is_name || !has_port {
            return Err(LinkError::Form);
        }
        Ok(Self::Name {
            name: name.to_owned(),
            port: port.parse().map_err(|_bad| LinkError::Form)?,
        })
    }
}

/// Longest name of a host. Source: RFC 1035, section 2.3.4.
const NAME_BYTES: usize = 253;

/// Tells whether a text is one part of a host's name. Source: RFC 1123, section 2.1.
fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Display for JoinLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.security {
            Security::Plain => PLAIN,
            Security::Trusted | Security::Pinned(_) => PROTECTED,
        };
        write!(
            f,
            "{scheme}{}/{}/{}#{}",
            self.address,
            self.workspace,
            self.compartment,
            self.secret.reveal()
        )?;
        match self.security {
            Security::Pinned(fingerprint) => write!(f, ".{fingerprint}"),
            Security::Plain | Security::Trusted => Ok(()),
        }
    }
}

const PLAIN: &str = "adjutant://";
const PROTECTED: &str = "adjutants://";

impl FromStr for JoinLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        let (is_plain, rest) = match (text.strip_prefix(PLAIN), text.strip_prefix(PROTECTED)) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(LinkError::Form),
        };
        let (place, fragment) = rest.split_once('#').ok_or(LinkError::Form)?;
        let (secret, fingerprint) = match fragment.split_once('.') {
            Some((secret, fingerprint)) => (secret, Some(fingerprint)),
            None => (fragment, None),
        };
        let mut parts = place.split('/');
        let (Some(address), Some(workspace), Some(compartment), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(LinkError::Form);
        };
        let address: RelayAddress = address.parse()?;
        let security = match fingerprint {
            Some(_) if is_plain => return Err(LinkError::Form),
            None if is_plain => Security::Plain,
            None => Security::Trusted,
            Some(text) => {
                let digest = hex::decode(text).ok_or(LinkError::Form)?;
                Security::Pinned(KeyFingerprint(digest))
            }
        };
        if is_plain && !address.is_loopback() {
            return Err(LinkError::NotLoopback(address));
        }
        Ok(Self {
            address,
            security,
            workspace: workspace.parse().map_err(|_bad| LinkError::Form)?,
            compartment: compartment.parse().map_err(|_bad| LinkError::Form)?,
            secret: WorkspaceSecret::parse(secret).ok_or(LinkError::Form)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(address: &str, security: Security) -> JoinLink {
        JoinLink {
            address: address.parse().unwrap(),
            security,
            workspace: WorkspaceId([1; 16]),
            compartment: CompartmentId([2; 6]),
            secret: WorkspaceSecret::new([3; 32]),
        }
    }

    fn links() -> [JoinLink; 5] {
        let pinned = Security::Pinned(KeyFingerprint([4; 32]));
        [
            link("127.0.0.1:8440", Security::Plain),
            link("127.0.0.1:8440", pinned),
            link("[2001:db8::1]:443", pinned),
            link("10.0.0.7:443", Security::Trusted),
            link("relay.it-4.example.org:8440", Security::Trusted),
        ]
    }

    #[test]
    fn round_trip() {
        for link in links() {
            assert_eq!(link.to_string().parse(), Ok(link.clone()), "{link}");
            assert!(
                !format!("{link:?}").contains("0303"),
                "the secret must not reach a log"
            );
        }
    }

    #[test]
    fn refusals() {
        for text in links().map(|link| link.to_string()) {
            for bad in [
                "",
                "http://x",
                text.trim_end_matches(|last: char| last.is_ascii_hexdigit()),
                &text.replace('#', "/"),
                &text.replacen("/01", "/0g", 1),
                &text.replacen(":8440", "", 1).replacen(":443", "", 1),
                &format!("{text}.{}", "05".repeat(32)).replacen("adjutants", "adjutant", 1),
                &format!("{text}.05"),
            ] {
                assert_eq!(bad.parse::<JoinLink>(), Err(LinkError::Form), "{bad}");
            }
        }
        for odd in [
            "a_b:1",
            "-a:1",
            "a-:1",
            "a..b:1",
            ":1",
            "a",
            "a:",
            "a:65536",
            "a:+1",
            "A:1",
            "10.0.0.256:1",
            "a.1:1",
            "a/b:1",
            "a@b:1",
            "[::1]",
        ] {
            assert_eq!(odd.parse::<RelayAddress>(), Err(LinkError::Form), "{odd}");
        }
    }

    #[test]
    fn no_plain_connection_leaves_the_machine() {
        for far in ["10.0.0.1:1", "[2001:db8::1]:1", "localhost:1"] {
            let text = link(far, Security::Plain).to_string();
            let refused = text.parse::<JoinLink>();
            assert!(matches!(refused, Err(LinkError::NotLoopback(_))), "{text}");
        }
    }
}
