//! The one open edit of a table: a text in a cell, or a list under it.
//!
//! At most one is open. It ends by being taken, given up or refused; a refused text stays open with the reason in words.

use egui::{Align, Id, Rect, Ui};

use crate::widgets::editor::{Editor, Move, Outcome};
use crate::widgets::picker::{Offer, Picked, Picker};
use crate::widgets::table::Place;

/// The open edit of a table.
#[derive(Debug, Default)]
pub enum Inline {
    /// None is open.
    #[default]
    Closed,
    /// A text is being typed.
    Text(Place, Editor),
    /// A list is open.
    Pick(Place, Picker),
}

/// What came of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// This text is to be taken; answer with [`Inline::close`] or [`Inline::refuse`].
    Text(Place, String, Move),
    /// This was picked; the edit is closed.
    Pick(Place, Picked),
    /// The edit was given up and is closed.
    GivenUp,
}

impl Inline {
    /// Returns the edited cell.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Closed => None,
            Self::Text(place, _) | Self::Pick(place, _) => Some(*place),
        }
    }

    /// Tells whether a text is being typed, so that its cell is to be left empty.
    pub fn text_place(&self) -> Option<Place> {
        match self {
            Self::Text(place, _) => Some(*place),
            Self::Closed | Self::Pick(..) => None,
        }
    }

    /// Opens a text edit with the cell's value.
    pub fn open_text(&mut self, place: Place, text: impl Into<String>) {
        *self = Self::Text(place, Editor::on(text));
    }

    /// Opens a list.
    pub fn open_pick(&mut self, place: Place) {
        *self = Self::Pick(place, Picker::default());
    }

    /// Closes the edit.
    pub fn close(&mut self) {
        *self = Self::Closed;
    }

    /// Keeps the text open and says why it was not taken.
    pub fn refuse(&mut self, words: String) {
        if let Self::Text(_, editor) = self {
            let text = std::mem::take(&mut editor.text);
            *editor = Editor::on(text);
            editor.error = Some(words);
        }
    }

    /// Draws the edit over its cell; where that is out of sight, a text is taken and a list closed.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        cell: Option<Rect>,
        id: Id,
        name: &str,
        look: (Align, &Offer<'_>),
    ) -> Option<Taken> {
        let (align, offer) = look;
        match self {
            Self::Closed => None,
            Self::Text(place, editor) => {
                let outcome = match cell {
                    Some(cell) => {
                        editor.show(ui, cell, id.with(("text", place.0.0, place.1)), name, align)
                    }
                    None => Outcome::Commit(Move::Stay),
                };
                match outcome {
                    Outcome::Typing => None,
                    Outcome::Commit(to) => Some(Taken::Text(*place, editor.text.clone(), to)),
                    Outcome::Cancel => {
                        self.close();
                        Some(Taken::GivenUp)
                    }
                }
            }
            Self::Pick(place, picker) => {
                let picked = match cell {
                    Some(cell) => {
                        picker.popover_ui(ui, cell, id.with(("pick", place.0.0, place.1)), offer)?
                    }
                    None => Picked::Nothing,
                };
                let place = *place;
                self.close();
                Some(match picked {
                    Picked::Nothing => Taken::GivenUp,
                    Picked::Choice(_) | Picked::New(_) => Taken::Pick(place, picked),
                })
            }
        }
    }
}
