//! Who is let in: the workspace's secret, and which documents belong here.
//!
//! One secret for all until device access exists. It is made at the first start and kept, with the ids of workspace
//! and compartment, in one file that only the relay's user may read. The rule: without the secret nothing that a peer
//! sends is looked at.

use std::path::{Path, PathBuf};

use adjutant_base::{
    CompartmentId, DocumentId, JoinLink, RelayAddress, Security, WorkspaceId, WorkspaceSecret,
};
use adjutant_store::private;

/// The file in the data folder that holds the keys.
pub(crate) const FILE: &str = "workspace.key";
/// Its largest size, in bytes.
const FILE_BYTES: u64 = 1_024;

/// Why the workspace's keys cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The key file cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The key file is not as the relay writes it.
    #[error("{0} is damaged; restore it from a backup, or the devices cannot connect any more")]
    Damaged(PathBuf),
    /// There is a workspace but no keys: new ones would belong to another one.
    #[error("{0} is missing, but the folder holds a workspace; restore the file from a backup")]
    Missing(PathBuf),
    /// The operating system gives no random bytes.
    #[error("cannot draw random bytes")]
    Random(#[source] getrandom::Error),
}

/// The keys of the one workspace that a relay serves.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) workspace: WorkspaceId,
    pub(crate) compartment: CompartmentId,
    secret: WorkspaceSecret,
}

impl Keys {
    /// Reads the keys in `folder`, or makes them if the folder holds no workspace yet.
    pub(crate) fn open(folder: &Path, holds_workspace: bool) -> Result<Self, AccessError> {
        let path = folder.join(FILE);
        if path.exists() {
            return Self::read(&path);
        }
        if holds_workspace {
            return Err(AccessError::Missing(path));
        }
        let keys = Self {
            workspace: WorkspaceId(random()?),
            compartment: CompartmentId(random()?),
            secret: WorkspaceSecret::new(random()?),
        };
        keys.write(folder, &path)?;
        Ok(keys)
    }

    /// Returns the link that devices join by.
    pub(crate) fn link(&self, address: RelayAddress, security: Security) -> JoinLink {
        JoinLink {
            address,
            security,
            workspace: self.workspace,
            compartment: self.compartment,
            secret: self.secret.clone(),
        }
    }

    fn read(path: &Path) -> Result<Self, AccessError> {
        let fail = |source| AccessError::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        };
        let damaged = || AccessError::Damaged(path.to_path_buf());
        if path.metadata().map_err(fail)?.len() > FILE_BYTES {
            return Err(damaged());
        }
        let bytes = std::fs::read(path).map_err(fail)?;
        let text = String::from_utf8(bytes).map_err(|_not_text| damaged())?;
        let mut words = text.split_whitespace();
        let mut next = || words.next().ok_or_else(damaged);
        let keys = Self {
            workspace: next()?.parse().map_err(|_bad| damaged())?,
            compartment: next()?.parse().map_err(|_bad| damaged())?,
            secret: WorkspaceSecret::parse(next()?).ok_or_else(damaged)?,
        };
        Ok(keys)
    }

    /// Writes the file whole or not at all, so that a crash at the first start leaves a folder that starts again.
    fn write(&self, folder: &Path, path: &Path) -> Result<(), AccessError> {
        let fail = |source| AccessError::Io {
            action: "write",
            path: path.to_path_buf(),
            source,
        };
        let text = format!(
            "{}\n{}\n{}\n",
            self.workspace,
            self.compartment,
            self.secret.reveal()
        );
        private::make_folder(folder).map_err(fail)?;
        private::write(path, text.as_bytes()).map_err(fail)
    }
}

/// Copies the keys in one folder to another that has none, as private as they were.
pub(crate) fn copy_keys(from: &Path, to: &Path) -> Result<(), AccessError> {
    let keys = Keys::read(&from.join(FILE))?;
    keys.write(to, &to.join(FILE))
}

/// Draws `N` random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], AccessError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(AccessError::Random)?;
    Ok(bytes)
}

/// Who may enter, and with what.
#[derive(Debug)]
pub(crate) struct Policy {
    compartment: CompartmentId,
    secret_hash: [u8; 32],
    is_open: bool,
}

impl Policy {
    pub(crate) fn new(keys: &Keys, is_open: bool) -> Self {
        Self {
            compartment: keys.compartment,
            secret_hash: keys.secret.hash(),
            is_open,
        }
    }

    /// Tells whether the `Authorization` header of a request lets it in.
    pub(crate) fn admits(&self, authorization: Option<&[u8]>) -> bool {
        if self.is_open {
            return true;
        }
        authorization
            .and_then(|header| std::str::from_utf8(header).ok())
            .and_then(|header| header.strip_prefix("Bearer "))
            .and_then(WorkspaceSecret::parse)
            .is_some_and(|secret| secret.matches(&self.secret_hash))
    }

    /// Tells whether a document belongs to this relay.
    pub(crate) fn covers(&self, document: DocumentId) -> bool {
        self.is_open || document.compartment() == self.compartment
    }
}

#[cfg(test)]
mod tests {
    use adjutant_base::DocumentClass;

    use super::*;

    #[test]
    fn keys_are_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("new");
        let address: RelayAddress = "127.0.0.1:1".parse().unwrap();
        let link = |keys: &Keys| keys.link(address.clone(), Security::Plain);
        let first = link(&Keys::open(&data, false).unwrap());
        assert_eq!(link(&Keys::open(&data, true).unwrap()), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = data.join(FILE).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn lost_or_damaged_keys_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Keys::open(folder.path(), true).unwrap_err();
        assert!(matches!(missing, AccessError::Missing(_)));
        for text in ["", "00", "zz zz zz"] {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            let damaged = Keys::open(folder.path(), false).unwrap_err();
            assert!(matches!(damaged, AccessError::Damaged(_)), "{text}");
        }
    }

    #[test]
    fn only_the_secret_opens_the_door() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), false).unwrap();
        let policy = Policy::new(&keys, false);
        let good = format!("Bearer {}", keys.secret.reveal());
        assert!(policy.admits(Some(good.as_bytes())));
        let other = format!("Bearer {}", "0".repeat(64));
        let bare = keys.secret.reveal();
        let cut = good.strip_suffix(|_last: char| true).unwrap();
        for bad in [&other, "", "Bearer ", "Basic x", &bare, cut] {
            assert!(!policy.admits(Some(bad.as_bytes())), "{bad}");
        }
        assert!(!policy.admits(Some(&[0xFF, 0xFE])));
        assert!(!policy.admits(None));
        assert!(Policy::new(&keys, true).admits(None));
    }

    #[test]
    fn a_document_says_itself_whether_it_belongs_here() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), false).unwrap();
        let ours = DocumentId::new(keys.compartment, DocumentClass::Records, [1; 9]);
        let theirs = DocumentId([9; 16]);
        let policy = Policy::new(&keys, false);
        assert!(policy.covers(ours));
        assert!(!policy.covers(theirs));
        assert!(Policy::new(&keys, true).covers(theirs));
    }
}
