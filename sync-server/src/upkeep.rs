//! Keeping a workspace's folder safe: copies, and looking whether everything is as it was written.
//!
//! All of it works beside a serving relay but `restore`, which takes only a folder that holds no workspace. The rule:
//! a folder is never left looking like a backup, or like a workspace, that it is not.

use std::io::Write;
use std::path::{Path, PathBuf};

use adjutant_base::{error, hex};
use adjutant_store::{Inspection, SqliteStore, private};
use anyhow::{Context as _, bail, ensure};

use crate::access;
use crate::run::STORE_FILE;
use crate::tls;

/// Copies the workspace in `data` to the new folder `to` and verifies the copy.
pub(crate) fn backup(data: &Path, to: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    ensure!(
        !to.exists(),
        "{} is there already; a backup is a new folder",
        to.display()
    );
    let draft = beside(to)?;
    if draft.exists() {
        bail!(
            "{} is left from a backup that was cut off; remove it",
            draft.display()
        );
    }
    private::make_folder(&draft)
        .with_context(|| format!("cannot make the folder {}", draft.display()))?;
    let copied = copy(data, &draft);
    if let Err(failure) = copied {
        // Nothing else is in it: it was made above.
        std::fs::remove_dir_all(&draft).ok();
        return Err(failure);
    }
    std::fs::rename(&draft, to)
        .with_context(|| format!("cannot give the backup its name {}", to.display()))?;
    report(to, out)
}

/// Verifies the backup in `from` and puts it into `data`, which must hold no workspace.
pub(crate) fn restore(from: &Path, data: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    for file in [STORE_FILE, access::FILE] {
        let path = data.join(file);
        ensure!(
            !path.exists(),
            "{} holds a workspace already; move it away first",
            data.display()
        );
    }
    ensure!(
        from.join(access::FILE).exists(),
        "{} holds no workspace's keys; without them the devices cannot connect",
        from.display()
    );
    ensure_good(from, &inspected(from)?)?;
    private::make_folder(data)
        .with_context(|| format!("cannot make the folder {}", data.display()))?;
    copy(from, data)?;
    report(data, out)
}

/// Compares everything in `data` with its digests and says how much it is.
pub(crate) fn verify(data: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let inspection = inspected(data)?;
    ensure_good(data, &inspection)?;
    sum_up(&inspection, out)
}

/// Lists the documents in `data`.
pub(crate) fn inspect(data: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let inspection = inspected(data)?;
    writeln!(out, "document\tchanges\tbytes\tnewest\tdamaged")?;
    for (id, document) in &inspection.documents {
        writeln!(
            out,
            "{id}\t{}\t{}\t{}\t{}",
            document.changes,
            document.size_bytes,
            document.newest_s,
            document.damaged.len()
        )?;
    }
    for damaged in &inspection.missing {
        let hash = hex::encode(&damaged.hash.0);
        writeln!(
            out,
            "missing\t{}\t{hash}\t{}",
            damaged.document,
            damaged.reason.words()
        )?;
    }
    sum_up(&inspection, out)?;
    ensure_good(data, &inspection)
}

fn inspected(folder: &Path) -> anyhow::Result<Inspection> {
    SqliteStore::inspect(&folder.join(STORE_FILE))
        .with_context(|| format!("{} cannot be inspected", folder.display()))
}

fn ensure_good(folder: &Path, inspection: &Inspection) -> anyhow::Result<()> {
    if let Some(words) = &inspection.structure {
        bail!("the store in {} is damaged: {words}", folder.display());
    }
    let damaged: usize = inspection
        .documents
        .values()
        .map(|document| document.damaged.len())
        .sum();
    ensure!(
        inspection.is_good(),
        "the store in {} has {damaged} damaged changes and lacks {}; the devices bring them back when they connect",
        folder.display(),
        inspection.missing.len()
    );
    Ok(())
}

fn sum_up(inspection: &Inspection, out: &mut dyn Write) -> anyhow::Result<()> {
    let changes: u64 = inspection.documents.values().map(|one| one.changes).sum();
    let bytes: u64 = inspection
        .documents
        .values()
        .map(|one| one.size_bytes)
        .sum();
    let documents = inspection.documents.len();
    writeln!(
        out,
        "{documents} documents, {changes} changes, {bytes} bytes"
    )?;
    Ok(())
}

fn report(folder: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let inspection = inspected(folder)?;
    ensure_good(folder, &inspection)?;
    write!(out, "{}: ", folder.display())?;
    sum_up(&inspection, out)
}

/// Copies store and keys; the keys last, because a folder without them does not serve.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    SqliteStore::copy(&from.join(STORE_FILE), &to.join(STORE_FILE))
        .with_context(|| format!("cannot copy the store in {}", from.display()))?;
    tls::copy(from, to).context("cannot copy the relay's certificate")?;
    access::copy_keys(from, to).map_err(|failure| {
        let words = error::chain(&failure);
        anyhow::anyhow!("cannot copy the workspace's keys: {words}")
    })
}

/// Returns the name under which a backup is made before it has its own.
fn beside(to: &Path) -> anyhow::Result<PathBuf> {
    let mut name = to
        .file_name()
        .with_context(|| format!("{} is no name for a folder", to.display()))?
        .to_owned();
    name.push(".partial");
    Ok(to.with_file_name(name))
}
