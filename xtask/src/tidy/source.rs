//! A Rust file split into code, comments and test lines, so that a rule reads only what it is about.
//!
//! This is a splitter, not a parser: it knows comments, strings and character literals, and nothing else. The one
//! rule: every part keeps the line numbers of the file.

use std::str::Chars;

/// A Rust file, split. All three lists have one entry per line of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The code; comments and the contents of strings are blanked out.
    pub code: Vec<String>,
    /// The comments, doc comments included; everything else is blanked out.
    pub comments: Vec<String>,
    /// Whether the line is compiled for tests only.
    pub is_test: Vec<bool>,
}

impl Source {
    /// Splits the file `path` with the contents `text`.
    pub fn split(path: &str, text: &str) -> Self {
        let mut splitter = Splitter {
            rest: text.chars(),
            code: String::with_capacity(text.len()),
            comments: String::with_capacity(text.len()),
        };
        splitter.run();
        let lines = |part: &str| part.lines().map(str::to_owned).collect::<Vec<_>>();
        let code = lines(&splitter.code);
        let is_test = if is_test_file(path) {
            vec![true; code.len()]
        } else {
            test_lines(&code)
        };
        Self {
            comments: lines(&splitter.comments),
            code,
            is_test,
        }
    }
}

/// Tells whether the whole file is test code, from its name alone.
fn is_test_file(path: &str) -> bool {
    path.ends_with("tests.rs") || path.split('/').any(|part| part == "tests")
}

struct Splitter<'a> {
    rest: Chars<'a>,
    code: String,
    comments: String,
}

impl Splitter<'_> {
    fn run(&mut self) {
        while let Some(c) = self.rest.next() {
            let ahead = self.rest.as_str();
            match c {
                '/' if ahead.starts_with('/') => {
                    self.comment(c);
                    self.line_comment();
                }
                '/' if ahead.starts_with('*') => {
                    self.comment(c);
                    self.block_comment();
                }
                '"' => {
                    self.code(c);
                    self.string();
                }
                'r' if let Some(hashes) = raw_string_hashes(ahead) => {
                    self.code(c);
                    self.raw_string(hashes);
                }
                '\'' => {
                    self.code(c);
                    self.quote();
                }
                _ => self.code(c),
            }
        }
    }

    fn code(&mut self, c: char) {
        self.code.push(c);
        self.comments.push(blank(c));
    }

    fn comment(&mut self, c: char) {
        self.code.push(blank(c));
        self.comments.push(c);
    }

    fn hidden(&mut self, c: char) {
        self.code.push(blank(c));
        self.comments.push(blank(c));
    }

    fn line_comment(&mut self) {
        for c in self.rest.by_ref() {
            self.code.push(blank(c));
            self.comments.push(c);
            if c == '\n' {
                return;
            }
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        let mut before = '/';
        while let Some(c) = self.rest.next() {
            self.comment(c);
            match (before, c) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth = depth.saturating_sub(1),
                _ => {
                    before = c;
                    continue;
                }
            }
            if depth == 0 {
                return;
            }
            // The two characters of a mark are used up: `/*/` opens and does not close.
            before = ' ';
        }
    }

    fn string(&mut self) {
        while let Some(c) = self.rest.next() {
            match c {
                '"' => return self.code(c),
                '\\' => {
                    self.hidden(c);
                    if let Some(escaped) = self.rest.next() {
                        self.hidden(escaped);
                    }
                }
                _ => self.hidden(c),
            }
        }
    }

    fn raw_string(&mut self, hashes: usize) {
        for _ in 0..=hashes {
            if let Some(c) = self.rest.next() {
                self.code(c);
            }
        }
        let close = format!("\"{}", "#".repeat(hashes));
        while !self.rest.as_str().starts_with(&close) {
            let Some(c) = self.rest.next() else { return };
            self.hidden(c);
        }
        for _ in 0..=hashes {
            if let Some(c) = self.rest.next() {
                self.code(c);
            }
        }
    }

    /// After a single quote: a character literal, or the name of a lifetime (which stays code).
    fn quote(&mut self) {
        let mut ahead = self.rest.clone();
        let first = ahead.next();
        if first == Some('\\') {
            self.hidden('\\');
            self.rest.next();
            if let Some(escaped) = self.rest.next() {
                self.hidden(escaped);
            }
            while let Some(c) = self.rest.next() {
                if c == '\'' {
                    return self.code(c);
                }
                self.hidden(c);
            }
        } else if let Some(c) = first
            && ahead.next() == Some('\'')
        {
            self.hidden(c);
            self.code('\'');
            self.rest = ahead;
        }
    }
}

fn blank(c: char) -> char {
    if c == '\n' { c } else { ' ' }
}

/// Returns the number of `#` if `ahead` continues the `r` of a raw string, not of a word or raw identifier.
fn raw_string_hashes(ahead: &str) -> Option<usize> {
    let after = ahead.trim_start_matches('#');
    after.starts_with('"').then(|| ahead.len() - after.len())
}

/// Marks the lines of every item under `#[cfg(test)]`.
fn test_lines(code: &[String]) -> Vec<bool> {
    let mut marks = Vec::with_capacity(code.len());
    // Outside an item under test, `None`; inside it, how many braces are open.
    let mut open: Option<usize> = None;
    for line in code {
        if open.is_none() && (line.contains("cfg(test)") || line.contains("cfg(all(test")) {
            open = Some(0);
        }
        marks.push(open.is_some());
        for c in line.chars() {
            open = match (open, c) {
                (Some(depth), '{') => Some(depth + 1),
                (Some(0 | 1), '}') | (Some(0), ';') => None,
                (Some(depth), '}') => Some(depth - 1),
                (state, _) => state,
            };
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::split("a.rs", text).code.join("\n")
    }

    fn comments(text: &str) -> String {
        let source = Source::split("a.rs", text);
        let trimmed: Vec<&str> = source.comments.iter().map(|line| line.trim()).collect();
        trimmed.join("|")
    }

    #[test]
    fn strings_and_comments_are_not_code() {
        assert_eq!(
            code(r#"a("x // y", b) // c"#).trim_end(),
            r#"a("      ", b)"#
        );
        assert_eq!(comments(r#"a("x // y", b) // c"#), "// c");
        assert_eq!(comments("a /* b /* c */ d */ e"), "/* b /* c */ d */");
        assert_eq!(comments("a /*/ b */ e"), "/*/ b */");
        assert_eq!(code(r#"f("\"", g) h"#), r#"f("  ", g) h"#);
    }

    #[test]
    fn raw_strings_end_where_they_say() {
        assert_eq!(code(r##"r#"a" // b"# c"##), r##"r#"       "# c"##);
        assert_eq!(code("let r#type = 1; // x").trim_end(), "let r#type = 1;");
    }

    #[test]
    fn quotes_are_characters_or_lifetimes() {
        assert_eq!(code("f('{', '\"', '\\'') g"), "f(' ', ' ', '  ') g");
        assert_eq!(code("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn lines_keep_their_numbers() {
        let source = Source::split("a.rs", "\"a\nb\"\n/* c\nd */ e\n");
        assert_eq!(source.code.len(), 4);
        assert_eq!(source.comments.len(), 4);
        assert_eq!(source.code.last().map(|line| line.trim()), Some("e"));
    }

    #[test]
    fn test_items_are_found_with_their_ends() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { c() }\n}\nfn d() {}\n#[cfg(test)]\nuse e;\nfn f() {}\n";
        assert_eq!(
            Source::split("a.rs", text).is_test,
            [false, true, true, true, true, false, true, true, false]
        );
        let all_test = Source::split("x/tests/a.rs", text);
        assert!(all_test.is_test.iter().all(|is_test| *is_test));
    }
}
