//! No file grows past 800 lines, its tests not counted.
//!
//! The length of functions is clippy's business (`too_many_lines`); `manifest.rs` checks that the lint is on.

use super::Complaint;
use super::source::Source;

const RATIONALE: &str = "a file that long holds more than one subject; split it by subject, tests may move to name/tests.rs";
const LINES_MAX: usize = 800;

/// Checks the length of the Rust file `path`.
pub fn check(path: &str, source: &Source) -> Option<Complaint> {
    if path.ends_with("/tests.rs") {
        return None;
    }
    // A file of integration tests is code to be read like any other: there every line counts.
    let is_all_test = source.is_test.iter().all(|is_test| *is_test);
    let counted = |is_test: &&bool| is_all_test || !**is_test;
    let lines = source.is_test.iter().filter(counted).count();
    (lines > LINES_MAX).then(|| Complaint {
        file: path.to_owned(),
        line: LINES_MAX + 1,
        wrong: format!(
            "the file has {lines} lines besides its tests module; the limit is {LINES_MAX}"
        ),
        rationale: RATIONALE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_fine(path: &str, text: &str) -> bool {
        check(path, &Source::split(path, text)).is_none()
    }

    #[test]
    fn eight_hundred_lines_and_no_more() {
        assert!(is_fine("a.rs", &"x\n".repeat(800)));
        assert!(!is_fine("a.rs", &"x\n".repeat(801)));
    }

    #[test]
    fn the_tests_module_does_not_count_but_a_test_file_does() {
        let module = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(900));
        assert!(is_fine("a.rs", &("x\n".repeat(800) + &module)));
        assert!(is_fine("a/tests.rs", &"x\n".repeat(900)));
        assert!(!is_fine("a/tests/story.rs", &"x\n".repeat(900)));
    }
}
