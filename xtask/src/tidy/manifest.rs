//! Every member takes its lints and its versions from the workspace.
//!
//! What a member may depend on is the business of `arrows.rs`.

use anyhow::Context as _;
use toml::{Table, Value};

use super::{Complaint, line_where};

const LINTS: &str = "one set of lints for all packages: a member that opts out drifts";
const VERSIONS: &str = "all versions stand in [workspace.dependencies]: two versions of one crate are two builds of it";
const FUNCTIONS: &str =
    "a function longer than 70 lines does not fit a screen; clippy counts, so the lint must be on";
const DEPENDENCY_TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
const FUNCTION_LINES_MAX: i64 = 70;

/// Checks the manifest `path` of a workspace member.
///
/// # Errors
/// If `text` is not TOML.
pub fn check_member(path: &str, text: &str) -> anyhow::Result<Vec<Complaint>> {
    let manifest: Table = text
        .parse()
        .with_context(|| format!("{path} is not TOML"))?;
    let mut complaints = Vec::new();
    let lints = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"));
    if lints.and_then(Value::as_bool) != Some(true) {
        complaints.push(Complaint {
            file: path.to_owned(),
            line: 1,
            wrong: "the member does not set lints.workspace = true".to_owned(),
            rationale: LINTS,
        });
    }
    for name in own_versions(&manifest) {
        complaints.push(Complaint {
            file: path.to_owned(),
            line: line_where(text, |line| {
                line.trim_start().starts_with(&name)
                    || line.contains(&format!("dependencies.{name}]"))
            }),
            wrong: format!(
                "{name} does not come from the workspace; write {name}.workspace = true"
            ),
            rationale: VERSIONS,
        });
    }
    Ok(complaints)
}

/// Returns the dependencies that the manifest gives a version (or path) of its own.
fn own_versions(manifest: &Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let per_target = targets
        .into_iter()
        .flat_map(|targets| targets.values().filter_map(Value::as_table));
    let mut names = Vec::new();
    for section in std::iter::once(manifest).chain(per_target) {
        for table in DEPENDENCY_TABLES {
            let entries = section.get(table).and_then(Value::as_table);
            for (name, entry) in entries.into_iter().flatten() {
                if entry.get("workspace").and_then(Value::as_bool) != Some(true) {
                    names.push(name.clone());
                }
            }
        }
    }
    names
}

/// Checks that the root manifest and `clippy.toml` limit the length of functions.
///
/// # Errors
/// If one of the two is not TOML.
pub fn check_lints(root: &str, clippy: &str) -> anyhow::Result<Vec<Complaint>> {
    let manifest: Table = root.parse().context("Cargo.toml is not TOML")?;
    let config: Table = clippy.parse().context("clippy.toml is not TOML")?;
    let lint = ["workspace", "lints", "clippy", "too_many_lines"]
        .iter()
        .try_fold(&Value::Table(manifest), |value, key| value.get(key))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let threshold = config
        .get("too-many-lines-threshold")
        .and_then(Value::as_integer);
    let mut complaints = Vec::new();
    let mut complain = |file: &str, wrong: &str| {
        complaints.push(Complaint {
            file: file.to_owned(),
            line: 1,
            wrong: wrong.to_owned(),
            rationale: FUNCTIONS,
        });
    };
    if !matches!(lint.as_deref(), Some("warn" | "deny" | "forbid")) {
        complain("Cargo.toml", "the lint clippy::too_many_lines is off");
    }
    if threshold.is_none_or(|lines| lines > FUNCTION_LINES_MAX) {
        complain(
            "clippy.toml",
            "too-many-lines-threshold is missing or above 70",
        );
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrongs(text: &str) -> Vec<(usize, String)> {
        let complaints = check_member("a/Cargo.toml", text).expect("the sample is TOML");
        complaints
            .into_iter()
            .map(|complaint| (complaint.line, complaint.wrong))
            .collect()
    }

    #[test]
    fn lints_come_from_the_workspace() {
        assert_eq!(wrongs("[lints]\nworkspace = true\n"), []);
        assert_eq!(wrongs("lints.workspace = true\n"), []);
        assert_eq!(wrongs("[lints]\nworkspace = false\n").len(), 1);
        assert_eq!(wrongs("[lints.clippy]\nall = \"allow\"\n").len(), 1);
    }

    #[test]
    fn versions_come_from_the_workspace() {
        let lints = "lints.workspace = true\n";
        let good = "[dependencies]\na.workspace = true\n[dev-dependencies]\nb = { workspace = true, features = [\"c\"] }\n";
        assert_eq!(wrongs(&format!("{lints}{good}")), []);
        for bad in [
            "[dependencies]\nserde = \"1\"\n",
            "[dev-dependencies]\nserde = { version = \"1\" }\n",
            "[target.'cfg(unix)'.dependencies]\nserde = { path = \"../serde\" }\n",
        ] {
            let found = wrongs(&format!("{lints}{bad}"));
            assert_eq!(found.len(), 1, "{bad}");
            assert!(
                found
                    .iter()
                    .all(|(line, wrong)| *line == 3 && wrong.starts_with("serde ")),
                "{bad}: {found:?}"
            );
        }
    }

    #[test]
    fn the_length_of_functions_is_limited() {
        let root = "[workspace.lints.clippy]\ntoo_many_lines = \"warn\"\n";
        let count = |root, clippy| {
            check_lints(root, clippy)
                .expect("the samples are TOML")
                .len()
        };
        assert_eq!(count(root, "too-many-lines-threshold = 70"), 0);
        assert_eq!(count(root, "too-many-lines-threshold = 71"), 1);
        assert_eq!(count(root, ""), 1);
        assert_eq!(count("", "too-many-lines-threshold = 70"), 1);
    }
}
