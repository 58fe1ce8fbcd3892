//! What a file of the tree may be: not large, and free of paths that exist on one machine only.
//!
//! Folders are private when they name a person's home or the checkout itself; `/tmp`, `/var` and the like may be named.

use std::path::Path;

use super::Complaint;

const SIZE: &str = "every clone carries every large file for ever; generate it, shrink it, or list it with a reason";
const PRIVATE: &str = "a path of one machine works nowhere else and tells who worked where";
const SIZE_MAX_BYTES: u64 = 1 << 20;

/// Files that may be larger, each for a reason that stands beside it.
const LARGE_FILES: &[&str] = &[];

/// Folders of homes as operating systems lay them out, after a slash or a backslash; a path is private when a name
/// follows.
const HOMES: [&str; 3] = ["home", "Users", "root"];

/// Folders that every machine has or that programs often use: naming one tells nothing.
const SHARED: [&str; 12] = [
    "/", "/app", "/build", "/data", "/home", "/mnt", "/opt", "/srv", "/tmp", "/usr", "/var",
    "/var/tmp",
];

fn homes() -> impl Iterator<Item = String> {
    let unix = HOMES.iter().map(|home| format!("/{home}/"));
    let windows = HOMES.iter().map(|home| format!("C:\\{home}\\"));
    unix.chain(windows)
}

/// Checks the size of the file `path`.
pub fn check_size(path: &str, size_bytes: u64) -> Option<Complaint> {
    let is_large = size_bytes > SIZE_MAX_BYTES && !LARGE_FILES.contains(&path);
    is_large.then(|| Complaint {
        file: path.to_owned(),
        line: 1,
        wrong: format!("the file has {size_bytes} bytes; the limit is {SIZE_MAX_BYTES}"),
        rationale: SIZE,
    })
}

/// Returns the folders of this machine that no file may name: the checkout, the folder it lies in, and the home.
pub fn private_folders(root: &Path) -> Vec<String> {
    let home = std::env::var("HOME").unwrap_or_default();
    let parent = root.parent().map(|parent| parent.display().to_string());
    [root.display().to_string(), parent.unwrap_or_default(), home]
        .into_iter()
        .filter(|folder| folder.len() > 1 && !SHARED.contains(&folder.as_str()))
        .collect()
}

/// Checks that `text` names no folder of one machine only: neither one of `private` nor any home.
pub fn check_private(path: &str, text: &str, private: &[String]) -> Vec<Complaint> {
    let is_name = |text: &str| text.starts_with(|c: char| c.is_alphanumeric() || "._".contains(c));
    let is_below = |rest: &str| rest.strip_prefix(['/', '\\']).is_some_and(is_name);
    let names_one = |line: &str| {
        private
            .iter()
            .any(|folder| starts_path(line, folder, is_below))
            || homes().any(|home| starts_path(line, &home, is_name))
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| names_one(line))
        .map(|(idx, _)| Complaint {
            file: path.to_owned(),
            line: idx + 1,
            wrong: "the line names a folder of one machine".to_owned(),
            rationale: PRIVATE,
        })
        .collect()
}

/// Tells whether a path in `line` begins with `folder`, followed by what `is_inside` accepts.
fn starts_path(line: &str, folder: &str, is_inside: impl Fn(&str) -> bool) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + folder.len()..).unwrap_or_default();
        // After any of these the folder is the middle of a longer, relative path.
        let continues = |c: char| c.is_alphanumeric() || "_.~-/\\})>*".contains(c);
        !before.is_some_and(continues) && is_inside(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mebibyte_and_no_more() {
        assert!(check_size("a.png", 1 << 20).is_none());
        assert!(check_size("a.png", (1 << 20) + 1).is_some());
    }

    fn lines(text: &str) -> Vec<usize> {
        let private = ["/nowhere/checkout".to_owned()];
        check_private("a.md", text, &private)
            .into_iter()
            .map(|complaint| complaint.line)
            .collect()
    }

    #[test]
    fn the_checkout_is_private() {
        assert_eq!(lines("a\nsee /nowhere/checkout/b\n"), [2]);
        assert_eq!(
            lines("x/nowhere/checkout/b, /nowhere/checkouts/b, /nowhere"),
            [0_usize; 0]
        );
    }

    #[test]
    fn homes_are_private() {
        // Put together here, so that this file does not break its own rule.
        for home in homes() {
            assert_eq!(lines(&format!("\"{home}ann/x\"")), [1], "{home}");
            assert_eq!(lines(&format!("\"{home}\"")), [0_usize; 0], "{home}");
        }
        assert_eq!(lines("app/home/view.rs and /tmp/x"), [0_usize; 0]);
    }

    #[test]
    fn a_checkout_in_a_shared_folder_makes_that_folder_no_secret() {
        let folders = private_folders(Path::new("/tmp/clone"));
        assert!(folders.contains(&"/tmp/clone".to_owned()));
        assert!(!folders.contains(&"/tmp".to_owned()));
    }
}
