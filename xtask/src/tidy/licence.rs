//! Every crate in the lock file has a licence that lets us ship it.
//!
//! Licences are SPDX expressions; they are evaluated, not searched: `A OR B` needs one of the two, `A AND B` both.
//! The one rule: what is not in the list is refused, and the list grows only by a commit that says why.

use super::{Complaint, line_where};

/// A package of the dependency tree and what its manifest says of its licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its SPDX expression, if it has one.
    pub expression: Option<String>,
    /// Whether anything but a test needs it, so that it may end up in a program.
    pub is_shipped: bool,
}

const RATIONALE: &str =
    "we ship what we link: every crate needs a licence that allows that without further duties";

const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Licences for fonts, allowed only to crates that carry them.
const ALLOWED_FOR_FONTS: [&str; 2] = ["OFL-1.1", "Ubuntu-font-1.0"];

/// Licences allowed where only tests link the crate, so that it is never passed on. The Blue Oak Model License is as
/// permissive as MIT; what we ship keeps to the licences above because companies have lists of those.
const ALLOWED_FOR_TESTS: [&str; 1] = ["BlueOak-1.0.0"];

/// Checks the licences of all packages; `lock_file` is read only to name a line.
pub fn check(packages: &[Licence], lock_file: &str) -> Vec<Complaint> {
    packages
        .iter()
        .filter_map(|package| check_package(package, lock_file))
        .collect()
}

fn check_package(package: &Licence, lock_file: &str) -> Option<Complaint> {
    let Licence {
        name,
        version,
        expression,
        is_shipped,
    } = package;
    let is_font = name.contains("font");
    let is_allowed = |licence: &str| {
        ALLOWED.contains(&licence)
            || (is_font && ALLOWED_FOR_FONTS.contains(&licence))
            || (!is_shipped && ALLOWED_FOR_TESTS.contains(&licence))
    };
    let wrong = match expression
        .as_deref()
        .map(|text| (text, evaluate(text, &is_allowed)))
    {
        Some((_, Some(true))) => return None,
        Some((text, Some(false))) => {
            format!("{name} {version} has the licence \"{text}\", which is not in the list")
        }
        Some((text, None)) => {
            format!("{name} {version} has the licence \"{text}\", which is not an SPDX expression")
        }
        None => format!("{name} {version} states no licence"),
    };
    Some(Complaint {
        file: "Cargo.lock".to_owned(),
        line: line_where(lock_file, |line| line == format!("name = \"{name}\"")),
        wrong,
        rationale: RATIONALE,
    })
}

/// Returns whether `expression` can be met with allowed licences only, or `None` if it cannot be read.
pub fn evaluate(expression: &str, is_allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    // Before SPDX, Cargo wrote `/` for OR.
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut parser = Parser {
        tokens: spaced.split_whitespace().collect(),
        is_allowed,
    };
    parser.tokens.reverse();
    let value = parser.alternatives()?;
    parser.tokens.is_empty().then_some(value)
}

struct Parser<'a> {
    /// What is still to be read, the next one last.
    tokens: Vec<&'a str>,
    is_allowed: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        self.tokens.pop_if(|next| *next == token).is_some()
    }

    fn alternatives(&mut self) -> Option<bool> {
        let mut value = self.conjunction()?;
        while self.eat("OR") {
            value |= self.conjunction()?;
        }
        Some(value)
    }

    fn conjunction(&mut self) -> Option<bool> {
        let mut value = self.licence()?;
        while self.eat("AND") {
            value &= self.licence()?;
        }
        Some(value)
    }

    fn licence(&mut self) -> Option<bool> {
        if self.eat("(") {
            let value = self.alternatives()?;
            return self.eat(")").then_some(value);
        }
        let id = self.tokens.pop()?;
        if ["AND", "OR", "WITH", ")"].contains(&id) {
            return None;
        }
        if self.eat("WITH") {
            let exception = self.tokens.pop()?;
            return Some((self.is_allowed)(&format!("{id} WITH {exception}")));
        }
        Some((self.is_allowed)(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(name: &str, expression: Option<&str>) -> Option<Complaint> {
        let package = Licence {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            expression: expression.map(str::to_owned),
            is_shipped: true,
        };
        check_package(&package, "[[package]]\nname = \"a\"\n")
    }

    #[test]
    fn expressions_are_evaluated() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "MIT OR GPL-2.0-only",
            "LGPL-2.1-or-later OR (MIT AND Zlib)",
            "(MIT OR WTFPL) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "MPL-2.0 AND GPL-3.0-only OR MIT",
        ] {
            assert_eq!(check_one("a", Some(good)), None, "{good}");
        }
        for bad in [
            "MPL-2.0",
            "WTFPL",
            "MIT AND MPL-2.0",
            "(MIT OR Apache-2.0) AND GPL-3.0-only",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "GPL-3.0-only OR MPL-2.0",
            "OFL-1.1",
        ] {
            let wrong = check_one("a", Some(bad)).map(|complaint| complaint.wrong);
            assert!(
                wrong.is_some_and(|wrong| wrong.contains("not in the list")),
                "{bad}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for bad in [
            "",
            "MIT OR",
            "(MIT",
            "MIT)",
            "AND MIT",
            "MIT Apache-2.0",
            "Apache-2.0 WITH",
        ] {
            let wrong = check_one("a", Some(bad)).map(|complaint| complaint.wrong);
            assert!(
                wrong.is_some_and(|wrong| wrong.contains("not an SPDX expression")),
                "{bad}"
            );
        }
        assert!(check_one("a", None).is_some());
    }

    #[test]
    fn font_licences_are_for_fonts() {
        assert!(check_one("default_fonts", Some("MIT AND OFL-1.1 AND Ubuntu-font-1.0")).is_none());
        assert!(check_one("a", Some("MIT AND OFL-1.1")).is_some());
    }

    #[test]
    fn some_licences_are_for_tests() {
        let package = |is_shipped| Licence {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            expression: Some("BlueOak-1.0.0".to_owned()),
            is_shipped,
        };
        assert!(check_package(&package(false), "").is_none());
        assert!(check_package(&package(true), "").is_some());
    }

    #[test]
    fn the_line_of_the_lock_file_is_named() {
        assert_eq!(
            check_one("a", None).map(|complaint| complaint.line),
            Some(2)
        );
    }
}
