//! Who this device is: its Ed25519 key, and the incarnation under which it writes.
//!
//! The key is kept in `device.json` (mode 0600), outside the store and its backups. The one rule: one (actor, seq) never
//! names two changes. A store may be older than what this device once sent, and a copied folder looks just like the
//! folder that it was copied from; so nothing on the disk is asked: every run draws a new incarnation, and so does a run
//! that finds that it has lost changes. A run that writes nothing leaves no trace of it.

use std::fs;
use std::path::{Path, PathBuf};

use adjutant_base::{ActorId, DeviceId, hex};
use adjutant_store::private;
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

/// This device's key, and this run's incarnation.
pub(crate) struct Identity {
    key: SigningKey,
    incarnation: [u8; 4],
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
}

impl Identity {
    /// Reads the key in `folder`, or makes one at the first start, and begins a new incarnation.
    pub(crate) fn open(folder: &Path) -> Result<Self, IdentityError> {
        let path = folder.join("device.json");
        let key = match fs::read(&path) {
            Ok(bytes) => parse(&bytes).ok_or(IdentityError::Form { path })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = SigningKey::from_bytes(&random()?);
                keep(&path, &key).map_err(|source| IdentityError::File { path, source })?;
                key
            }
            Err(source) => return Err(IdentityError::File { path, source }),
        };
        Ok(Self {
            key,
            incarnation: random()?,
        })
    }

    /// Returns what a copy of this device would be if it wrote as this run does.
    #[cfg(test)]
    pub(crate) fn twin(&self) -> Self {
        Self {
            key: self.key.clone(),
            incarnation: self.incarnation,
        }
    }

    /// Begins a new incarnation.
    pub(crate) fn renew(&mut self) -> Result<(), IdentityError> {
        self.incarnation = random()?;
        Ok(())
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

fn parse(bytes: &[u8]) -> Option<SigningKey> {
    let stored: Stored = serde_json::from_slice(bytes).ok()?;
    Some(SigningKey::from_bytes(&hex::decode(&stored.secret_key)?))
}

fn keep(path: &Path, key: &SigningKey) -> std::io::Result<()> {
    let stored = Stored {
        secret_key: hex::encode(key.as_bytes()),
    };
    private::write(path, &serde_json::to_vec_pretty(&stored)?)
}

/// Returns `N` random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], IdentityError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_no_source| IdentityError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_folder_is_the_same_device_and_every_run_a_new_actor() {
        let folder = tempfile::tempdir().unwrap();
        let first = Identity::open(folder.path()).unwrap();
        let second = Identity::open(folder.path()).unwrap();
        assert_eq!(first.device(), second.device());
        assert_eq!(first.actor().device(), first.device());
        assert_ne!(first.actor(), second.actor());
    }

    #[test]
    fn copies_of_one_folder_never_share_an_actor() {
        let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let before = Identity::open(folder.path()).unwrap();
        fs::copy(
            folder.path().join("device.json"),
            copy.path().join("device.json"),
        )
        .unwrap();
        let original = Identity::open(folder.path()).unwrap();
        let restored = Identity::open(copy.path()).unwrap();
        assert_eq!(original.device(), restored.device());
        let actors = [before.actor(), original.actor(), restored.actor()];
        assert_ne!(actors[0], actors[1]);
        assert_ne!(actors[0], actors[2]);
        assert_ne!(actors[1], actors[2]);
    }

    #[test]
    fn a_file_of_an_earlier_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let device = Identity::open(folder.path()).unwrap().device();
        let path = folder.path().join("device.json");
        let text = fs::read_to_string(&path).unwrap();
        let older = text.replacen('{', r#"{"incarnation": "01020304", "is_closed": true,"#, 1);
        fs::write(&path, older).unwrap();
        assert_eq!(Identity::open(folder.path()).unwrap().device(), device);
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
