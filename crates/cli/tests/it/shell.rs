//! A shell for transcripts of duties: command lines as a person types them, and what they answer.
//!
//! A line is split at spaces, quotes hold words together, and `{kind words}` stands for the id of the one record of that
//! kind which has these words. The day is fixed, so every run says the same.

use serde_json::Value;
use tempfile::TempDir;

use super::program::{id_of, json, printed, refused};

/// A device and the day on which it is used.
pub(crate) struct Shell {
    folder: TempDir,
    today: &'static str,
}

impl Shell {
    pub(crate) fn on(today: &'static str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            today,
        }
    }

    /// Goes on on another day.
    pub(crate) fn later(&mut self, today: &'static str) {
        self.today = today;
    }

    /// Returns a path in a folder for files.
    pub(crate) fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    /// Carries a line out and returns what it prints.
    pub(crate) fn says(&self, line: &str) -> String {
        self.run(line, printed)
    }

    /// Carries out several lines, one a row.
    pub(crate) fn does(&self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.says(line);
        }
    }

    /// Returns the answer to a question, one object a row.
    pub(crate) fn asks(&self, line: &str) -> Value {
        self.run(&format!("ask {line}"), json)
    }

    /// Returns one column of the answer to a question, as text.
    pub(crate) fn column(&self, line: &str, key: &str) -> Vec<String> {
        let text = |row: &Value| {
            let value = &row[key];
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let answer = self.asks(line);
        answer.as_array().unwrap().iter().map(text).collect()
    }

    /// Returns the one sentence with which a line is refused.
    pub(crate) fn refuses(&self, line: &str) -> String {
        self.run(line, refused)
    }

    fn run<T>(&self, line: &str, how: impl Fn(&std::path::Path, &[&str]) -> T) -> T {
        let desk = self.folder.path().join("device");
        let words: Vec<String> = words(line)
            .into_iter()
            .map(|word| resolved(&desk, word))
            .collect();
        let mut all = vec!["--today", self.today];
        all.extend(words.iter().map(String::as_str));
        how(&desk, &all)
    }
}

/// Puts an id in the place of `{kind words}`.
fn resolved(desk: &std::path::Path, word: String) -> String {
    let Some((before, rest)) = word.split_once('{') else {
        return word;
    };
    let (named, after) = rest.split_once('}').unwrap();
    let (kind, words) = named.split_once(' ').unwrap();
    format!("{before}{}{after}", id_of(desk, kind, words))
}

/// Splits a line at spaces outside quotes and braces.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let (mut is_quoted, mut is_named, mut is_word) = (false, false, false);
    for letter in line.chars() {
        match letter {
            '"' if !is_named => {
                is_quoted = !is_quoted;
                is_word = true;
            }
            ' ' if !is_quoted && !is_named => {
                if is_word {
                    words.push(std::mem::take(&mut word));
                }
                is_word = false;
            }
            _ => {
                is_named = (is_named || letter == '{') && letter != '}';
                word.push(letter);
                is_word = true;
            }
        }
    }
    if is_word {
        words.push(word);
    }
    words
}
