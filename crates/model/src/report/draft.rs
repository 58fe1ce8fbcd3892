//! A report while it is being written: parts are added from top to bottom.
//!
//! The one rule: a table without rows becomes the sentence that says so, so no report shows an empty frame.

use chrono::NaiveDate;

use super::{Align, Block, Cell, Recipient, Report, table};
use crate::board::Board;
use crate::people::PersonId;

/// A column's title with its side.
pub(super) type Head<'a> = (&'a str, Align);

/// A column of words.
pub(super) const fn left(title: &str) -> Head<'_> {
    (title, Align::Left)
}

/// A column of figures.
pub(super) const fn right(title: &str) -> Head<'_> {
    (title, Align::Right)
}

/// A report while it is being written.
pub(super) struct Draft(Report);

impl Draft {
    pub(super) fn new(title: impl Into<String>, today: NaiveDate) -> Self {
        Self(Report {
            title: title.into(),
            as_of: today,
            blocks: Vec::new(),
            to: Vec::new(),
        })
    }

    /// Says whom the report is for; each person once, those without a name left aside.
    pub(super) fn to(&mut self, board: &Board, people: impl IntoIterator<Item = PersonId>) {
        for person in people {
            let Some(person) = board.people.get(&person.0) else {
                continue;
            };
            let recipient = Recipient {
                name: person.name.clone(),
                email: person.email.clone(),
            };
            if !self.0.to.contains(&recipient) {
                self.0.to.push(recipient);
            }
        }
    }

    /// Adds an address of which no name is known, once.
    pub(super) fn add_address(&mut self, email: &str) {
        if !self.0.to.iter().any(|known| known.email == email) {
            self.0.to.push(Recipient {
                name: String::new(),
                email: email.to_owned(),
            });
        }
    }

    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.0.blocks.push(Block::Heading(text.into()));
    }

    /// Adds a paragraph, or nothing if there is nothing to say.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.trim().is_empty() {
            self.0.blocks.push(Block::Paragraph(text));
        }
    }

    /// Adds what a person wrote: a paragraph for each line that holds anything.
    pub(super) fn prose(&mut self, text: &str) {
        for line in text.lines() {
            self.say(line.trim());
        }
    }

    /// Adds a table, or the sentence if it has no rows.
    pub(super) fn table<const N: usize>(
        &mut self,
        columns: [Head<'_>; N],
        rows: Vec<[Cell; N]>,
        nothing: &str,
    ) {
        if rows.is_empty() {
            self.say(nothing);
        } else {
            self.add(Block::Table(table(columns, rows)));
        }
    }

    pub(super) fn add(&mut self, block: Block) {
        self.0.blocks.push(block);
    }

    pub(super) fn done(self) -> Report {
        self.0
    }
}
