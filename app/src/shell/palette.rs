//! The palette: commands and records by name, opened by Ctrl+K.
//!
//! What it offers follows from the command table and the board; it runs nothing itself.

use adjutant_base::RecordId;
use adjutant_model::{Board, Kind};
use egui::{Align2, Area, Context, Id, Modal, ModalResponse, Stroke, Ui, vec2};

use crate::commands::{Act, COMMANDS};
use crate::theme::{self, RADIUS_PALETTE, Tone};
use crate::views::{Cached, Intent, Scene, kind_look, record};
use crate::widgets::picker::{Choice, Offer, Picked, Picker};

/// Records listed for one kind.
const FOUND: usize = 8;
/// Letters from which on records are looked for.
const LEAST: usize = 2;

/// The open palette.
#[derive(Debug, Default)]
pub(super) struct Palette {
    picker: Picker,
    found: Cached<(u64, String), (Vec<Intent>, Vec<Choice>)>,
}

impl Palette {
    /// Draws the palette; `Some` closes it, with what was chosen.
    #[expect(
        clippy::option_option,
        reason = "still open, closed, or closed with a choice"
    )]
    pub(super) fn show_ui(&mut self, ctx: &Context, scene: &Scene) -> Option<Option<Intent>> {
        let filter = self.picker.filter.clone();
        let found = self.found.get((scene.board.version, filter.clone()), || {
            offered(&scene.board, &filter)
        });
        let id = Id::unique("palette");
        let shown = over_all(ctx, id, 560.0, |ui| {
            let offer = Offer {
                name: "Palette",
                hint: "Type a command, project or action\u{2026}",
                choices: &found.1,
                takes_new: false,
                is_filtered: true,
            };
            self.picker.list_ui(ui, id, &offer)
        });
        match &shown.inner {
            Some(Picked::Choice(at)) => Some(found.0.get(*at).cloned()),
            Some(Picked::Nothing | Picked::New(_)) => Some(None),
            None => shown.should_close().then_some(None),
        }
    }
}

/// Draws something to choose from over everything else, near the top, up to `width` points wide.
pub(super) fn over_all<R>(
    ctx: &Context,
    id: Id,
    width: f32,
    content: impl FnOnce(&mut Ui) -> R,
) -> ModalResponse<R> {
    let colors = theme::palette_of(ctx);
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
    modal.show(ctx, |ui| {
        ui.set_width(width.min(ui.ctx().content_rect().width() - 48.0));
        content(ui)
    })
}

/// Returns what the palette offers for a filter: commands first, then records.
fn offered(board: &Board, filter: &str) -> (Vec<Intent>, Vec<Choice>) {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let fits = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let commands = COMMANDS
        .iter()
        .filter(|entry| entry.act != Act::Palette && fits(entry.name))
        .map(|entry| {
            let choice = Choice {
                label: entry.name.to_owned(),
                aside: entry.keys_shown(),
                icon: Some((entry.icon, Tone::Neutral)),
                is_current: false,
            };
            (Intent::Run(entry.act), choice)
        });
    let records = if filter.trim().chars().count() < LEAST {
        Vec::new()
    } else {
        records(board, &fits)
    };
    commands.chain(records).unzip()
}

fn records(board: &Board, fits: &dyn Fn(&str) -> bool) -> Vec<(Intent, Choice)> {
    let found_record = |kind: Kind, id: RecordId, title: &str, aside: &str| {
        let choice = Choice {
            label: title.to_owned(),
            aside: aside.to_owned(),
            icon: Some(kind_look(kind)),
            is_current: false,
        };
        (Intent::Reveal(kind, id), choice)
    };
    let projects = board
        .projects
        .into_iter()
        .filter(|(_, project)| fits(&project.name));
    let projects = projects
        .take(FOUND)
        .map(|(id, project)| found_record(Kind::Project, *id, &project.name, "Project"));
    let actions = board
        .actions
        .into_iter()
        .filter(|(_, action)| fits(&action.title));
    let actions = actions
        .take(FOUND)
        .map(|(id, action)| found_record(Kind::Action, *id, &action.title, action.state.label()));
    let lines = board
        .budget_lines
        .into_iter()
        .filter(|(_, line)| fits(&line.name));
    let lines = lines.take(FOUND).map(|(id, line)| {
        let budget = line.budget.and_then(|id| board.budgets.get(&id));
        found_record(
            Kind::BudgetLine,
            *id,
            &line.name,
            budget.map_or("Budget line", |budget| budget.name.as_str()),
        )
    });
    let mut found: Vec<(Intent, Choice)> = projects.chain(actions).chain(lines).collect();
    for kind in OTHERS {
        let fitting = board.records(*kind).filter_map(|other| {
            let title = other.line(kind.title_field())?;
            fits(title).then(|| {
                let aside = record::kind_label(*kind);
                found_record(*kind, other.meta().id, title, &aside)
            })
        });
        found.extend(fitting.take(FOUND));
    }
    found
}

/// Kinds that are found by name beside projects, actions and lines.
const OTHERS: &[Kind] = &[
    Kind::Contract,
    Kind::Vendor,
    Kind::Licence,
    Kind::Invoice,
    Kind::PurchaseRequest,
    Kind::PurchaseOrder,
    Kind::Change,
    Kind::Communication,
    Kind::Decision,
    Kind::Risk,
    Kind::ComplianceDocument,
    Kind::Checklist,
    Kind::Person,
    Kind::Milestone,
];
