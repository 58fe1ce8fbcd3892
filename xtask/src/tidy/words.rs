//! Words that must not stand in the tree: a bare to-do mark, an ignored test, a sleeping test, a hash map.
//!
//! In Rust files only comments are searched for to-do marks and only code for the rest; text in `backticks` is a
//! quotation and may say anything.

use super::Complaint;
use super::source::Source;

const TODO: &str = "a to-do without an issue is forgotten; open one and write TODO(#123)";
const IGNORE: &str =
    "an ignored test looks like a passing one; put a slow test behind ADJ_SLOW, delete a dead one";
const SLEEP: &str = "a test that sleeps is slow when it passes and flaky when it fails; wait for the event, or turn a ManualClock";
const HASH_MAP: &str =
    "hash order differs from run to run and leaks into results; use BTreeMap or BTreeSet";

/// Checks the words of the Rust file `path`.
pub fn check_source(path: &str, source: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut complain = |idx: usize, wrong: &str, rationale| {
        complaints.push(complaint(path, idx, wrong, rationale));
    };
    let lines = source
        .code
        .iter()
        .zip(&source.comments)
        .zip(&source.is_test);
    for (idx, ((code, comment), is_test)) in lines.enumerate() {
        if let Some(word) = bare_todo(comment) {
            complain(idx, &format!("{word} without an issue number"), TODO);
        }
        let is_ignored = code.contains("#[ignore")
            || (code.contains("cfg_attr(") && words(code).any(|word| word == "ignore"));
        if is_ignored {
            complain(idx, "a test is ignored", IGNORE);
        }
        if *is_test && calls(code, "sleep") {
            complain(idx, "a test sleeps", SLEEP);
        }
        for name in ["HashMap", "HashSet"] {
            if words(code).any(|word| word == name) {
                complain(idx, &format!("{name} is used"), HASH_MAP);
            }
        }
    }
    complaints
}

/// Checks the words of a file that is prose from end to end.
pub fn check_prose(path: &str, text: &str) -> Vec<Complaint> {
    let marked = |(idx, line)| {
        let word = bare_todo(line)?;
        Some(complaint(
            path,
            idx,
            &format!("{word} without an issue number"),
            TODO,
        ))
    };
    text.lines().enumerate().filter_map(marked).collect()
}

fn complaint(path: &str, idx: usize, wrong: &str, rationale: &'static str) -> Complaint {
    Complaint {
        file: path.to_owned(),
        line: idx + 1,
        wrong: wrong.to_owned(),
        rationale,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word(c))
}

/// Tells whether `code` calls a function named `name`, however it is qualified.
fn calls(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}(")).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(is_word)
    })
}

/// Returns the to-do word of a line of prose that has one without an issue number.
fn bare_todo(line: &str) -> Option<&'static str> {
    // Every second part between backticks is a quotation.
    let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
    ["TODO", "FIXME"].into_iter().find(|word| {
        prose.match_indices(word).any(|(at, _)| {
            let before = prose.get(..at).and_then(|text| text.chars().next_back());
            let after = prose.get(at + word.len()..).unwrap_or_default();
            let is_whole = !before.is_some_and(is_word) && !after.starts_with(is_word);
            is_whole && !(*word == "TODO" && starts_with_issue(after))
        })
    })
}

/// Tells whether the text opens with an issue number in brackets.
fn starts_with_issue(text: &str) -> bool {
    let number = text
        .strip_prefix("(#")
        .and_then(|rest| rest.split_once(')'))
        .map(|(number, _)| number);
    number.is_some_and(|number| {
        !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<(usize, &'static str)> {
        check_source(path, &Source::split(path, text))
            .into_iter()
            .map(|complaint| (complaint.line, complaint.rationale))
            .collect()
    }

    #[test]
    fn a_to_do_needs_an_issue() {
        for (bad, line) in [
            ("// TODO later", 1),
            ("x\n// TODO(later)", 2),
            ("// FIXME(#1)", 1),
            ("// TODO(#)", 1),
        ] {
            assert_eq!(complaints("a.rs", bad), [(line, TODO)], "{bad}");
        }
        for good in ["// TODO(#12): later", "// `TODO`", "\"TODO\"", "// VTODO"] {
            assert_eq!(complaints("a.rs", good), [], "{good}");
        }
        assert_eq!(check_prose("a.md", "a\nTODO b\n`TODO` c\n").len(), 1);
    }

    #[test]
    fn no_test_is_ignored() {
        for bad in [
            "#[ignore]",
            "#[ignore = \"slow\"]",
            "#[cfg_attr(windows, ignore)]",
        ] {
            assert_eq!(complaints("a.rs", bad), [(1, IGNORE)], "{bad}");
        }
        assert_eq!(complaints("a.rs", "// #[ignore]\nlet ignore = cfg();"), []);
    }

    #[test]
    fn no_test_sleeps() {
        let text = "fn a() { thread::sleep(x) }\n#[cfg(test)]\nmod tests { fn b() { sleep (x); sleep(x) } }";
        assert_eq!(complaints("a.rs", text), [(3, SLEEP)]);
        assert_eq!(
            complaints("x/tests/b.rs", "tokio::time::sleep(x)"),
            [(1, SLEEP)]
        );
        assert_eq!(complaints("x/tests/b.rs", "no_sleep(x); \"sleep(x)\""), []);
    }

    #[test]
    fn no_hash_map() {
        assert_eq!(
            complaints("a.rs", "use std::collections::HashMap;"),
            [(1, HASH_MAP)]
        );
        assert_eq!(complaints("a.rs", "let a: HashSet<u8>;"), [(1, HASH_MAP)]);
        assert_eq!(complaints("a.rs", "// HashMap\nstruct MyHashMap;"), []);
    }
}
