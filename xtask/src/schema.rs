//! `cargo xtask schema`: writes the tables of kinds and fields in `docs/document-schema.md` from `adjutant-model`.
//!
//! The page's prose is written by hand around them. The one rule: the tables come from the definitions that the
//! program itself reads and writes by, so page and program cannot drift; a test compares the two.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use adjutant_base::{ContentHash, DocumentId, RecordId};
use adjutant_model::{Board, Kind, RecordData};
use anyhow::Context as _;

const PAGE: &str = "docs/document-schema.md";
const BEGIN: &str = "<!-- Kinds and fields: written by `cargo xtask schema`, not by hand. -->\n";
const END: &str = "<!-- End of kinds and fields. -->\n";

/// Returns the page of the workspace at `root` as it stands, and as it should stand.
///
/// # Errors
/// If the page cannot be read or has lost the marks around its tables.
pub fn pages(root: &Path) -> anyhow::Result<(String, String)> {
    let path = root.join(PAGE);
    let page = std::fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
    let renewed =
        renew(&page).with_context(|| format!("{PAGE} has lost the marks around its tables"))?;
    Ok((page, renewed))
}

/// Writes the tables into the page of the workspace at `root`.
///
/// # Errors
/// If the page cannot be read or written, or has lost the marks around its tables.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let (page, renewed) = pages(root)?;
    if page != renewed {
        std::fs::write(root.join(PAGE), renewed).with_context(|| format!("cannot write {PAGE}"))?;
    }
    Ok(())
}

/// Returns the page with the present tables between its marks.
fn renew(page: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}{END}{after}", tables()))
}

/// Returns one table per kind of record.
fn tables() -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        // Writing to a String cannot fail.
        write!(text, "### `{}`\n\n", kind.name()).ok();
        let lists = [
            ("Required", kind.required()),
            ("Never changes", kind.fixed()),
        ];
        for (words, fields) in lists.into_iter().filter(|(_, fields)| !fields.is_empty()) {
            let names: Vec<String> = fields.iter().map(|name| format!("`{name}`")).collect();
            writeln!(text, "{words}: {}.", names.join(", ")).ok();
        }
        text.push_str("\n| field | type | empty means | meaning |\n|---|---|---|---|\n");
        let defaults = defaults(*kind);
        for field in kind.fields() {
            let name = if field.is_monthly {
                format!("`{0}_01` to `{0}_12`", field.name)
            } else {
                format!("`{}`", field.name)
            };
            let description = field.description.trim();
            let default = defaults.iter().find(|(name, _)| *name == field.name);
            let default = default.map_or("", |(_, shown)| shown.as_str());
            writeln!(
                text,
                "| {name} | {} | {default} | {description} |",
                field.value_type
            )
            .ok();
        }
        text.push('\n');
    }
    text
}

/// Returns what each field of a record without fields reads as; nothing where that is nothing.
fn defaults(kind: Kind) -> Vec<(&'static str, String)> {
    let id = RecordId::derived("schema");
    let mut board = Board::default();
    let data = RecordData {
        kind: kind.name().to_owned(),
        id,
        fields: BTreeMap::new(),
        conflicts: Vec::new(),
        hash: ContentHash([0; 32]),
    };
    board.put(DocumentId([0; 16]), &data);
    let values = board.values(kind, id).unwrap_or_default();
    values
        .into_iter()
        .map(|(name, raw)| (name, raw.shown()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_marks_is_renewed() {
        let page = format!("before\n{BEGIN}stale words\n{END}after\n");
        let renewed = renew(&page).unwrap();
        assert!(renewed.starts_with(&format!("before\n{BEGIN}")));
        assert!(renewed.ends_with(&format!("{END}after\n")));
        assert!(!renewed.contains("stale words"));
        assert_eq!(renew(&renewed).as_ref(), Some(&renewed));
        assert_eq!(renew("no marks"), None);
    }

    #[test]
    fn every_kind_and_the_twelve_months_are_there() {
        let tables = tables();
        for kind in Kind::ALL {
            assert!(tables.contains(&format!("### `{}`\n", kind.name())));
        }
        assert!(tables.contains("| `plan_01` to `plan_12` |"));
    }
}
