//! Every Rust file opens with a `//!` header.
//!
//! Only its presence and length are checked; whether it says what lives here, what does not, and the rule that must
//! hold is for the reviewer.

use super::Complaint;

const RATIONALE: &str = "the header tells a reader what lives in the file and what does not, before the first line of code";
const LINES_MIN: usize = 2;
const LINES_MAX: usize = 15;
/// A `main.rs` up to this length needs only one line of header.
const SHORT_MAIN_LINES: usize = 40;

/// Checks the header of the Rust file `path`.
pub fn check(path: &str, text: &str) -> Option<Complaint> {
    let header_lines = prose_lines(text);
    let is_short_main = path.ends_with("main.rs") && text.lines().count() <= SHORT_MAIN_LINES;
    // A file of tests says in one line what it tests; the tests' names say the rest.
    let is_tests = path.ends_with("tests.rs") || path.contains("tests/") || path.contains("/it/");
    let lines_min = if is_short_main || is_tests {
        1
    } else {
        LINES_MIN
    };
    let wrong = if header_lines == 0 {
        "the file does not open with a //! header".to_owned()
    } else if header_lines < lines_min {
        "the header has 1 line; write 2 to 15: what lives here, what does not, which rule must hold"
            .to_owned()
    } else if header_lines > LINES_MAX {
        format!(
            "the header has {header_lines} lines; keep it to {LINES_MAX} and move the rest to docs/"
        )
    } else {
        return None;
    };
    Some(Complaint {
        file: path.to_owned(),
        line: 1,
        wrong,
        rationale: RATIONALE,
    })
}

/// Returns the number of lines of the header without its examples, which run as tests and may be longer.
fn prose_lines(text: &str) -> usize {
    let mut is_example = false;
    let mut count = 0;
    for line in text.lines().map_while(|line| line.strip_prefix("//!")) {
        let is_fence = line.trim_start().starts_with("```");
        if !is_fence && !is_example {
            count += 1;
        }
        is_example ^= is_fence;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_fine(path: &str, header_lines: usize, code_lines: usize) -> bool {
        let text = "//! x\n".repeat(header_lines) + &"x\n".repeat(code_lines);
        check(path, &text).is_none()
    }

    #[test]
    fn two_to_fifteen_lines() {
        assert!(!is_fine("a.rs", 0, 5));
        assert!(!is_fine("a.rs", 1, 5));
        assert!(is_fine("a.rs", 2, 5));
        assert!(is_fine("a.rs", 15, 5));
        assert!(!is_fine("a.rs", 16, 5));
    }

    #[test]
    fn examples_do_not_count() {
        let example = "//! ```\n".to_owned() + &"//! x\n".repeat(20) + "//! ```\n";
        assert!(check("a.rs", &format!("//! a\n//! b\n{example}")).is_none());
        assert!(check("a.rs", &format!("//! a\n{example}")).is_some());
        assert!(check("a.rs", &format!("//! a\n{example}{}", "//! b\n".repeat(15))).is_some());
    }

    #[test]
    fn a_short_main_needs_one_line() {
        assert!(is_fine("a/main.rs", 1, 39));
        assert!(!is_fine("a/main.rs", 1, 40));
        assert!(!is_fine("a/main.rs", 0, 1));
    }

    #[test]
    fn the_header_comes_first() {
        assert!(check("a.rs", "\n//! a\n//! b\n").is_some());
        assert!(check("a.rs", "").is_some());
    }
}
