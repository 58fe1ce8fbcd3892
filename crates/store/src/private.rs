//! Files and folders that only their owner may read: the store's own, and those that programs keep beside it.
//!
//! On systems without such permissions a file is as open as its folder. The rule: what is made here is private from
//! its first moment on; a folder that was there already is left as it is, because it is somebody's choice.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Makes a folder, and those above it, if they are not there.
///
/// # Errors
/// What the system says.
pub fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Returns options for writing a file, which make it private if they make it.
pub fn options() -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file whole or not at all, and waits until it is on the disk under its name.
///
/// # Errors
/// What the system says; then the file is as it was before.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    let mut file = options().create(true).truncate(true).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&draft, path)?;
    // Without this the name itself may be lost with the power. Folders cannot be synchronised everywhere.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let here = folder.as_os_str().is_empty();
        File::open(if here { Path::new(".") } else { folder })?.sync_all()?;
    }
    Ok(())
}

/// Makes a file private that an earlier version has left open to others, or makes it.
pub(crate) fn close_file(path: &Path) -> std::io::Result<()> {
    let file = options().create(true).truncate(false).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mut permissions = file.metadata()?.permissions();
        if permissions.mode() & 0o077 != 0 {
            permissions.set_mode(0o600);
            file.set_permissions(permissions)?;
        }
    }
    drop(file);
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use adjutant_base::Snapshot;

    use super::*;
    use crate::tests::{change, document};
    use crate::{Batch, ChunkStore as _, Snapshots, SqliteStore};

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    fn check_private(folder: &Path) {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                check_private(&path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
            count += 1;
        }
        assert!(count > 0);
    }

    #[test]
    fn everything_of_a_store_is_its_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("data/here");
        let path = folder.join("store.sqlite");
        let mut store = SqliteStore::open(&path).unwrap().store;
        let batch = || Batch::default().change(document(1), change(1, 100));
        store.commit(&[batch()]).unwrap();
        SqliteStore::copy(&path, &folder.join("copy.sqlite")).unwrap();
        let snapshots = Snapshots::open(&folder.join("snapshots")).unwrap();
        let snapshot = Snapshot {
            heads: Vec::new(),
            bytes: vec![1],
        };
        snapshots.write(document(1), &snapshot).unwrap();
        write(&folder.join("key"), b"secret").unwrap();
        check_private(&folder);
        drop(store);

        // Files of an earlier version are closed when they are opened; the folder may be shared on purpose.
        let open = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        open(&path, 0o644);
        open(&folder, 0o755);
        let mut store = SqliteStore::open(&path).unwrap().store;
        store.commit(&[batch()]).unwrap();
        assert_eq!(mode(&folder), 0o755);
        open(&folder, 0o700);
        check_private(&folder);
    }

    #[test]
    fn a_file_of_another_program_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let other = rusqlite::Connection::open(&path).unwrap();
        other
            .execute_batch("PRAGMA application_id = 7; CREATE TABLE a (b)")
            .unwrap();
        drop(other);
        let before = mode(&path);
        assert_ne!(before & 0o077, 0);
        SqliteStore::open(&path).unwrap_err();
        assert_eq!(mode(&path), before);
    }
}
