//! The question that comes before a record which lives beside another: beside which one?
//!
//! It looks like the palette; what is chosen makes the record.

use adjutant_base::RecordId;
use adjutant_model::Kind;
use egui::{Align2, Area, Context, Id, Modal, Stroke, vec2};

use crate::theme::{self, RADIUS_PALETTE};
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
        let colors = theme::palette_of(ctx);
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
        let frame = egui::Frame::new()
            .fill(colors.surface)
            .stroke(Stroke::new(1.0, colors.border_strong))
            .corner_radius(RADIUS_PALETTE)
            .shadow(ctx.style_of(ctx.theme()).visuals.popup_shadow)
            .inner_margin(8);
        let area: Area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, 96.0));
        let modal = Modal::new(id)
            .area(area)
            .frame(frame)
            .backdrop_color(colors.scrim);
        let shown = modal.show(ctx, |ui| {
            ui.set_width(520.0_f32.min(ui.ctx().content_rect().width() - 48.0));
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
