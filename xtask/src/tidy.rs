//! `cargo xtask tidy`: the rules of the house that the compiler and clippy cannot check.
//!
//! Each rule is a pure function from text (or from cargo's metadata) to [`Complaint`]s, in a file of its own below
//! `tidy/`; this file only gathers the input and runs them all. The one rule: a complaint says where, what, and why
//! the rule exists.

pub mod arrows;
pub mod header;
pub mod length;
pub mod licence;
pub mod manifest;
pub mod paths;
pub mod source;
pub mod tree;
pub mod words;

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use self::source::Source;
use self::tree::Tree;

/// One thing that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The file, relative to the workspace root, with `/` between its parts.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, as one sentence without its full stop.
    pub wrong: String,
    /// Why the rule exists.
    pub rationale: &'static str,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}\n    Rationale: {}",
            self.file, self.line, self.wrong, self.rationale
        )
    }
}

/// What a check of the whole tree found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Everything that breaks a rule, sorted by place.
    pub complaints: Vec<Complaint>,
    /// What could not be checked on this machine, and why.
    pub notes: Vec<String>,
    /// How many files were read.
    pub files: usize,
}

/// Checks the workspace at `root` and prints what it found.
///
/// # Errors
/// If git or cargo cannot be asked, a file cannot be read, or `out` cannot be written.
pub fn run(root: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let findings = check(root)?;
    for complaint in &findings.complaints {
        writeln!(out, "{complaint}")?;
    }
    for note in &findings.notes {
        writeln!(out, "note: {note}")?;
    }
    if findings.complaints.is_empty() {
        writeln!(out, "tidy: {} files, nothing to say", findings.files)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "tidy: {} complaints in {} files",
        findings.complaints.len(),
        findings.files
    )?;
    Ok(ExitCode::FAILURE)
}

/// Checks the workspace at `root` against every rule.
///
/// # Errors
/// If git or cargo cannot be asked, or a file cannot be read.
pub fn check(root: &Path) -> anyhow::Result<Findings> {
    let tree = Tree::read(root)?;
    let mut complaints = check_files(&tree);
    let (packages, notes) = tree::packages(root)?;
    complaints.extend(arrows::check(&packages.members));
    complaints.extend(licence::check(
        &packages.licences,
        tree.text("Cargo.lock").unwrap_or_default(),
    ));
    for member in &packages.members {
        let text = tree
            .text(&member.manifest)
            .with_context(|| format!("{} is not among the files of git", member.manifest))?;
        complaints.extend(manifest::check_member(&member.manifest, text)?);
    }
    let (root_manifest, clippy) = (tree.text("Cargo.toml"), tree.text("clippy.toml"));
    complaints.extend(manifest::check_lints(
        root_manifest.unwrap_or_default(),
        clippy.unwrap_or_default(),
    )?);
    complaints.sort();
    Ok(Findings {
        complaints,
        notes,
        files: tree.files.len(),
    })
}

fn check_files(tree: &Tree) -> Vec<Complaint> {
    let private = paths::private_folders(&tree.root);
    let mut complaints = Vec::new();
    for file in &tree.files {
        complaints.extend(paths::check_size(&file.path, file.size_bytes));
        let Some(text) = &file.text else { continue };
        complaints.extend(paths::check_private(&file.path, text, &private));
        if has_extension(&file.path, "rs") {
            let source = Source::split(&file.path, text);
            complaints.extend(header::check(&file.path, text));
            complaints.extend(length::check(&file.path, &source));
            complaints.extend(words::check_source(&file.path, &source));
        } else if has_extension(&file.path, "md") || has_extension(&file.path, "toml") {
            complaints.extend(words::check_prose(&file.path, text));
        }
    }
    complaints
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

/// Returns the number of the first line of `text` that `test` accepts, or 1 if there is none.
fn line_where(text: &str, test: impl Fn(&str) -> bool) -> usize {
    text.lines().position(test).map_or(1, |idx| idx + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_says_where_what_and_why() {
        let complaint = Complaint {
            file: "a/b.rs".into(),
            line: 3,
            wrong: "it is wrong".into(),
            rationale: "because",
        };
        assert_eq!(
            complaint.to_string(),
            "a/b.rs:3: it is wrong\n    Rationale: because"
        );
    }

    #[test]
    fn every_kind_of_file_meets_its_rules() {
        let file = |path: &str, text: &str| tree::File {
            path: path.into(),
            size_bytes: 10,
            text: Some(text.into()),
        };
        let tree = Tree {
            root: "/nowhere/checkout".into(),
            files: vec![
                file("a.rs", "fn a() {}\n"),
                file("b.md", "TODO write this\n"),
                file("c.txt", "see /nowhere/checkout/d\n"),
            ],
        };
        let files: Vec<String> = check_files(&tree).into_iter().map(|c| c.file).collect();
        assert_eq!(files, ["a.rs", "b.md", "c.txt"]);
    }
}
