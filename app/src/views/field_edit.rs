//! The edit of one field over its cell in a table: a text or a list, what it becomes, and what is refused.
//!
//! Whoever shows fields in a table edits them by this. The one rule: a text that is refused stays open with the reason.

use egui::{Align, Id, Rect, Ui};

use crate::views::record::{self, Control, Field};
use crate::views::{Intent, Scene};
use crate::widgets::inline::{Inline, Taken};
use crate::widgets::picker::Offer;
use crate::widgets::table::{Rows, TableState};

/// The table whose cell is edited.
pub struct Edited<'a> {
    /// The open edit.
    pub inline: &'a mut Inline,
    /// Where the keyboard goes back to.
    pub table: &'a mut TableState,
    /// What the table shows.
    pub rows: &'a dyn Rows,
    /// How many columns it has.
    pub columns: usize,
}

impl std::fmt::Debug for Edited<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edited").finish_non_exhaustive()
    }
}

/// Draws the open edit of `field` over `cell`; returns what it asks for when it is taken.
pub fn edit_ui(
    ui: &mut Ui,
    (cell, align, id): (Option<Rect>, Align, Id),
    (field, scene): (Field, &Scene),
    edited: &mut Edited<'_>,
) -> Option<Intent> {
    let is_person = field.control() == Control::Person;
    let choices = field.choices(scene);
    let offer = Offer {
        name: "Choices",
        hint: if is_person {
            "Find or add a person"
        } else {
            "Find"
        },
        choices: &choices,
        takes_new: is_person,
        is_filtered: false,
    };
    let name = record::label(field.name);
    match edited.inline.show(ui, cell, id, &name, (align, &offer))? {
        Taken::GivenUp => {
            edited.table.focus();
            None
        }
        Taken::Pick(_, picked) => {
            edited.table.focus();
            field.picked(scene, &picked).map(Intent::Do)
        }
        Taken::Text(_, text, to) => match field.typed(scene, &text) {
            Ok(command) => {
                edited.inline.close();
                edited.table.after_edit(edited.rows, edited.columns, to);
                command.map(Intent::Do)
            }
            Err(words) => {
                edited.inline.refuse(words);
                None
            }
        },
    }
}
