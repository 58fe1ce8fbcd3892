//! What the checks read: the files that git knows, and the packages that cargo knows.
//!
//! Nothing is judged here. Files are those that git tracks or would track; ignored ones are not read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, NodeDep, PackageId};

use super::arrows::Member;
use super::licence::Licence;

/// Files longer than this are not read as text.
const TEXT_MAX_BYTES: u64 = 4 << 20;

/// A file of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the root, with `/` between its parts.
    pub path: String,
    /// Its size, in bytes.
    pub size_bytes: u64,
    /// Its contents, if they are text of reasonable length.
    pub text: Option<String>,
}

/// The files of a checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The folder of the checkout.
    pub root: PathBuf,
    /// Its files, sorted by path.
    pub files: Vec<File>,
}

impl Tree {
    /// Reads the files of the checkout at `root`.
    ///
    /// # Errors
    /// If git cannot be asked, or a file that it lists cannot be read.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let output = Command::new("git")
            // A checkout that belongs to another user (a container's volume) is as good to read as any.
            .args([
                "-c",
                "safe.directory=*",
                "ls-files",
                "-z",
                "-co",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output()
            .context("cannot run git to list the files")?;
        anyhow::ensure!(
            output.status.success(),
            "git cannot list the files of {}: {}",
            root.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let listed = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
        let paths: BTreeSet<&str> = listed.split_terminator('\0').collect();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            files.extend(read_file(root, path)?);
        }
        Ok(Self {
            root: root.to_owned(),
            files,
        })
    }

    /// Returns the contents of the text file `path`, or `None` if the tree has no such file.
    pub fn text(&self, path: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path == path)?;
        file.text.as_deref()
    }
}

/// Reads one file; `None` if git knows it but it has been deleted since, or is a link or folder.
fn read_file(root: &Path, path: &str) -> anyhow::Result<Option<File>> {
    let full = root.join(path);
    let metadata = match full.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
    };
    let text = if metadata.len() > TEXT_MAX_BYTES {
        None
    } else {
        let bytes = std::fs::read(&full).with_context(|| format!("cannot read {path}"))?;
        String::from_utf8(bytes).ok()
    };
    Ok(Some(File {
        path: path.to_owned(),
        size_bytes: metadata.len(),
        text,
    }))
}

/// The packages of the workspace and of its whole dependency tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packages {
    /// The workspace's own packages.
    pub members: Vec<Member>,
    /// All packages, the workspace's own included.
    pub licences: Vec<Licence>,
}

/// Asks cargo for the packages of the workspace at `root`; also returns notes on what could not be asked.
///
/// # Errors
/// If cargo cannot be asked, for example because the lock file does not fit the manifests.
pub fn packages(root: &Path) -> anyhow::Result<(Packages, Vec<String>)> {
    let (metadata, notes) = match ask_cargo(root, &["--locked".to_owned()]) {
        Ok(metadata) => (metadata, Vec::new()),
        Err(everywhere) => {
            // Without a network, crates of other platforms are missing; this platform's are here, or nothing would
            // have been built.
            let here = ["--locked", "--offline", "--filter-platform"].map(str::to_owned);
            let host = host_triple()?;
            let metadata = ask_cargo(root, &[here.as_slice(), &[host]].concat())
                .map_err(|_worse| everywhere)?;
            let note = "licences of crates for other platforms were not checked: they cannot be downloaded now";
            (metadata, vec![note.to_owned()])
        }
    };
    Ok((select(&metadata), notes))
}

fn ask_cargo(root: &Path, options: &[String]) -> anyhow::Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(options)
        .exec()
        .context("cargo cannot describe the workspace")
}

/// Returns the name of the platform that the compiler runs on.
fn host_triple() -> anyhow::Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc does not name its platform")
}

fn select(metadata: &Metadata) -> Packages {
    let members = metadata.workspace_packages().into_iter().map(|package| {
        let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root);
        let dependencies = package.dependencies.iter();
        Member {
            name: package.name.to_string(),
            manifest: manifest
                .unwrap_or(&package.manifest_path)
                .to_string()
                .replace('\\', "/"),
            dependencies: dependencies
                .filter(|dependency| dependency.kind != DependencyKind::Development)
                .map(|dependency| dependency.name.clone())
                .collect(),
        }
    });
    let shipped = shipped(metadata);
    let licences = metadata.packages.iter().map(|package| Licence {
        name: package.name.to_string(),
        version: package.version.to_string(),
        expression: package.license.clone(),
        is_shipped: shipped.contains(&package.id),
    });
    Packages {
        members: members.collect(),
        licences: licences.collect(),
    }
}

/// Returns the packages that the workspace's own need outside their tests; all of them if cargo does not say.
fn shipped(metadata: &Metadata) -> BTreeSet<&PackageId> {
    let Some(resolve) = &metadata.resolve else {
        return metadata
            .packages
            .iter()
            .map(|package| &package.id)
            .collect();
    };
    let nodes: BTreeMap<&PackageId, &Node> =
        resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut open: Vec<&PackageId> = metadata.workspace_members.iter().collect();
    let mut shipped = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !shipped.insert(id) {
            continue;
        }
        let needed = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let is_needed = |dependency: &&NodeDep| {
            let mut kinds = dependency.dep_kinds.iter();
            kinds.any(|kind| kind.kind != DependencyKind::Development)
        };
        open.extend(needed.filter(is_needed).map(|dependency| &dependency.pkg));
    }
    shipped
}
