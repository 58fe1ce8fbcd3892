//! The question that comes before a record which lives beside another: beside which one?
//!
//! It looks like the palette; what is chosen makes the record.

use adjutant_base::RecordId;
use adjutant_model::Kind;
use egui::{Context, Id};

use super::palette::over_all;
use crate::views::{Scene, kind_look, record};
use crate::widgets::picker::{Choice, Offer, Picked, Picker};

/// The open question.
#[derive(Debug)]
pub(super) struct Chooser {
    /// The kind of the record that is to be made.
    pub(super) kind: Kind,
    parent: Kind,
    picker: Picker,
}

impl Chooser {
    /// Asks beside which record of kind `parent` one of `kind` is to be made.
    pub(super) fn new(kind: Kind, parent: Kind) -> Self {
        Self {
            kind,
            parent,
            picker: Picker::default(),
        }
    }

    /// Draws the question; `Some` closes it, with what was chosen.
    #[expect(
        clippy::option_option,
        reason = "still open, closed, or closed with a choice"
    )]
    pub(super) fn show_ui(&mut self, ctx: &Context, scene: &Scene) -> Option<Option<RecordId>> {
        let id = Id::unique("chooser");
        let all = record::titles(&scene.board, self.parent);
        let choices: Vec<Choice> = all
            .iter()
            .map(|(_, title)| Choice {
                icon: Some(kind_look(self.parent)),
                ..Choice::word(title, false)
            })
            .collect();
        let hint = format!(
            "New {}: of which {}?",
            self.kind.label(),
            self.parent.label()
        );
        let shown = over_all(ctx, id, 520.0, |ui| {
            let offer = Offer {
                name: "Beside which",
                hint: &hint,
                choices: &choices,
                takes_new: false,
                is_filtered: false,
            };
            self.picker.list_ui(ui, id, &offer)
        });
        match &shown.inner {
            Some(Picked::Choice(at)) => Some(all.get(*at).map(|(id, _)| *id)),
            Some(Picked::Nothing | Picked::New(_)) => Some(None),
            None => shown.should_close().then_some(None),
        }
    }
}
