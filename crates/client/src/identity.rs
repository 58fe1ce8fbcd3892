//! Who this device is: its Ed25519 key, and the incarnation under which it writes.
//!
//! Kept in `device.json` (mode 0600), outside the store and its backups. The one rule: one (actor, seq) never names two
//! changes. So the file and the store each hold a random instance id that changes at every start and end; when they
//! disagree, or the last run did not end in order, the store may be older than what this device once sent, and the
//! device writes under a new incarnation from then on.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use adjutant_base::{ActorId, DeviceId, hex};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

/// Why the device's identity could not be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The file could not be read or written.
    #[error("cannot use {path}; check that the folder exists and can be written")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds something else. It is left alone.
    #[error("{path} is not a device identity; move it away to start as a new device")]
    Form {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// This device's key and incarnation.
pub(crate) struct Identity {
    path: PathBuf,
    key: SigningKey,
    incarnation: [u8; 4],
    instance: [u8; 16],
    is_closed: bool,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("actor", &self.actor())
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    secret_key: String,
    incarnation: String,
    instance: String,
    is_closed: bool,
}

impl Identity {
    /// Reads the identity in `folder`, or makes one at the first start.
    pub(crate) fn open(folder: &Path) -> Result<Self, IdentityError> {
        let path = folder.join("device.json");
        match fs::read(&path) {
            Ok(bytes) => Self::parse(&path, &bytes).ok_or(IdentityError::Form { path }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let identity = Self {
                    key: SigningKey::from_bytes(&random()?),
                    incarnation: random()?,
                    instance: random()?,
                    is_closed: true,
                    path,
                };
                identity.keep()?;
                Ok(identity)
            }
            Err(source) => Err(IdentityError::File { path, source }),
        }
    }

    fn parse(path: &Path, bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            path: path.to_owned(),
            key: SigningKey::from_bytes(&hex::decode(&stored.secret_key)?),
            incarnation: hex::decode(&stored.incarnation)?,
            instance: hex::decode(&stored.instance)?,
            is_closed: stored.is_closed,
        })
    }

    /// Writes the file beside its place and moves it there, so that a crash leaves the old one or the new one.
    fn keep(&self) -> Result<(), IdentityError> {
        let stored = Stored {
            secret_key: hex::encode(self.key.as_bytes()),
            incarnation: hex::encode(&self.incarnation),
            instance: hex::encode(&self.instance),
            is_closed: self.is_closed,
        };
        let text = serde_json::to_vec_pretty(&stored).unwrap_or_default();
        write_private(&self.path, &text).map_err(|source| IdentityError::File {
            path: self.path.clone(),
            source,
        })
    }

    /// Begins a run: starts a new incarnation unless the last run ended in order with this very store, and returns the
    /// instance id that the store must now hold.
    pub(crate) fn begin(&mut self, in_store: Option<&[u8]>) -> Result<[u8; 16], IdentityError> {
        if !self.is_closed || in_store != Some(self.instance.as_slice()) {
            self.incarnation = random()?;
        }
        self.is_closed = false;
        self.instance = random()?;
        self.keep()?;
        Ok(self.instance)
    }

    /// Starts a new incarnation, kept before it is used.
    pub(crate) fn renew(&mut self) -> Result<(), IdentityError> {
        self.incarnation = random()?;
        self.keep()
    }

    /// Draws the instance id that the store must hold when the run ends; [`Self::close`] makes it count.
    pub(crate) fn prepare_close(&mut self) -> Result<[u8; 16], IdentityError> {
        self.instance = random()?;
        Ok(self.instance)
    }

    /// Ends the run in order, after the store durably holds what [`Self::prepare_close`] returned.
    pub(crate) fn close(&mut self) -> Result<(), IdentityError> {
        self.is_closed = true;
        self.keep()
    }

    /// Returns the instance id that the store must hold.
    pub(crate) fn instance(&self) -> [u8; 16] {
        self.instance
    }

    /// Returns the Ed25519 public key.
    pub(crate) fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Returns the device's id.
    pub(crate) fn device(&self) -> DeviceId {
        DeviceId::of_public_key(&self.public_key())
    }

    /// Returns the actor under which changes are made now.
    pub(crate) fn actor(&self) -> ActorId {
        ActorId::new(self.device(), self.incarnation)
    }
}

/// Returns `N` random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], IdentityError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_no_source| IdentityError::Random)?;
    Ok(bytes)
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_folder_gives_the_same_actor() {
        let folder = tempfile::tempdir().unwrap();
        let first = Identity::open(folder.path()).unwrap();
        let second = Identity::open(folder.path()).unwrap();
        assert_eq!(first.actor(), second.actor());
        assert_eq!(
            first.actor().device(),
            DeviceId::of_public_key(&first.public_key())
        );
    }

    /// Runs once: begin with what the store holds, end in order; returns the actor and what the store holds then.
    fn run(folder: &Path, in_store: Option<&[u8]>) -> (ActorId, Vec<u8>) {
        let mut identity = Identity::open(folder).unwrap();
        identity.begin(in_store).unwrap();
        let kept = identity.prepare_close().unwrap();
        identity.close().unwrap();
        (identity.actor(), kept.to_vec())
    }

    #[test]
    fn runs_that_end_in_order_keep_the_actor() {
        let folder = tempfile::tempdir().unwrap();
        let (first, kept) = run(folder.path(), None);
        let (second, _) = run(folder.path(), Some(&kept));
        assert_eq!(first, second);
    }

    #[test]
    fn an_older_store_or_a_crash_gets_a_new_incarnation() {
        let folder = tempfile::tempdir().unwrap();
        let (first, backup) = run(folder.path(), None);
        let (_, _) = run(folder.path(), Some(&backup));
        let (restored, kept) = run(folder.path(), Some(&backup));
        assert_ne!(
            first, restored,
            "a restored store must not reuse (actor, seq)"
        );
        assert_eq!(first.device(), restored.device());
        let mut crashed = Identity::open(folder.path()).unwrap();
        let in_store = crashed.begin(Some(&kept)).unwrap();
        drop(crashed);
        let (after_crash, _) = run(folder.path(), Some(&in_store));
        assert_ne!(restored, after_crash);
    }

    #[test]
    fn a_foreign_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("device.json"), "{}").unwrap();
        assert!(matches!(
            Identity::open(folder.path()),
            Err(IdentityError::Form { .. })
        ));
        assert_eq!(fs::read(folder.path().join("device.json")).unwrap(), b"{}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Identity::open(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join("device.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
