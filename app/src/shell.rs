//! The window's frame: navigation, top bar, palette, messages; it carries out what views ask for.
//!
//! [`Shell::logic`] takes the newest board and the engine's notices, [`Shell::ui`] draws and then, when the pass is
//! done, carries out the intents. Nothing is carried out while a view is drawn.

mod bar;
mod palette;

use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_client::{LinkState, Notice, SyncStatus};
use adjutant_model::budget::{BudgetField, BudgetLineField};
use adjutant_model::project::ProjectField;
use adjutant_model::{Command, Family, FieldValue as _, Fields, Kind};
use egui::{CentralPanel, Frame, Panel, Ui};

use crate::commands::{Act, View, take_shortcuts};
use crate::desk::Desk;
use crate::icons;
use crate::theme::{self, Choice, Tone};
use crate::views::actions::ActionsView;
use crate::views::budget::BudgetView;
use crate::views::overview::OverviewView;
use crate::views::projects::ProjectsView;
use crate::views::{Intent, Scene};
use crate::widgets::empty;
use crate::widgets::toast::{ToastAction, Toasts};
use palette::Palette;

/// The window: everything between the engine and egui.
pub struct Shell {
    desk: Arc<dyn Desk>,
    scene: Scene,
    status: Arc<SyncStatus>,
    view: View,
    theme: Choice,
    overview: OverviewView,
    projects: ProjectsView,
    actions: ActionsView,
    budget: BudgetView,
    palette: Option<Palette>,
    toasts: Toasts,
    intents: Vec<Intent>,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell")
            .field("view", &self.view)
            .field("theme", &self.theme)
            .finish_non_exhaustive()
    }
}

impl Shell {
    /// Returns a window on this desk that begins with this screen and theme.
    pub fn new(desk: Arc<dyn Desk>, view: View, theme: Choice) -> Self {
        let scene = Scene::new(desk.board(), desk.today());
        let mut shell = Self {
            status: desk.status(),
            desk,
            scene,
            view,
            theme,
            overview: OverviewView::default(),
            projects: ProjectsView::default(),
            actions: ActionsView::default(),
            budget: BudgetView::default(),
            palette: None,
            toasts: Toasts::default(),
            intents: Vec::new(),
        };
        shell.focus_view();
        shell
    }

    /// Returns the screen that is shown.
    pub fn view(&self) -> View {
        self.view
    }

    /// Returns the theme that was chosen.
    pub fn theme(&self) -> Choice {
        self.theme
    }

    /// Returns the board that is shown.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Takes the newest board, status and notices. Runs once a frame, before it is drawn.
    pub fn logic(&mut self, ctx: &egui::Context) {
        self.scene.renew(self.desk.board(), self.desk.today());
        self.status = self.desk.status();
        let now_s = ctx.input(|input| input.time);
        for notice in self.desk.take_notices() {
            self.toasts
                .push(now_s, tone_of(&notice), notice.words(), false);
        }
    }

    /// Draws the window and carries out what was asked for.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        if self.palette.is_none() {
            let acts = take_shortcuts(&ctx, self.awaits_text());
            self.intents.extend(acts.into_iter().map(Intent::Run));
        }
        let colors = theme::palette(ui);
        let is_narrow = theme::is_narrow(&ctx);
        if is_narrow {
            let frame = Frame::new().fill(colors.nav);
            Panel::bottom("sync")
                .exact_size(32.0)
                .resizable(false)
                .frame(frame.inner_margin(egui::Margin::symmetric(10, 1)))
                .show(ui, |ui| self.sync_ui(ui));
        }
        let (nav, side) = if is_narrow {
            (theme::NAV_NARROW, 12)
        } else {
            (theme::NAV, 24)
        };
        Panel::left("navigation")
            .exact_size(nav)
            .resizable(false)
            .frame(
                Frame::new()
                    .fill(colors.nav)
                    .inner_margin(egui::Margin::symmetric(10, 12)),
            )
            .show(ui, |ui| self.nav_ui(ui));
        Panel::top("bar")
            .exact_size(theme::TOP_BAR)
            .resizable(false)
            .frame(
                Frame::new()
                    .fill(colors.surface)
                    .inner_margin(egui::Margin::symmetric(side, 0)),
            )
            .show(ui, |ui| self.bar_ui(ui));
        if let Some((tone, words)) = trouble(&self.status) {
            Panel::top("trouble")
                .exact_size(36.0)
                .resizable(false)
                .frame(
                    Frame::new()
                        .fill(colors.ground(tone))
                        .inner_margin(egui::Margin::symmetric(24, 0)),
                )
                .show(ui, |ui| bar::trouble_ui(ui, tone, &words));
        }
        CentralPanel::default()
            .frame(Frame::new().fill(colors.bg))
            .show(ui, |ui| self.view_ui(ui));
        self.palette_ui(&ctx);
        if self.toasts.show_ui(&ctx) == Some(ToastAction::Undo) {
            self.intents.push(Intent::Run(Act::Undo));
        }
        // A pass that is thrown away is drawn again with the same state but without its input.
        if !ctx.will_discard() {
            self.carry_out(&ctx);
        }
    }

    /// Tells whether the screen has a text open that may not have the keyboard yet.
    fn awaits_text(&self) -> bool {
        match self.view {
            View::Overview => false,
            View::Projects => self.projects.awaits_text(),
            View::Actions => self.actions.awaits_text(),
            View::Budget => self.budget.awaits_text(),
        }
    }

    fn view_ui(&mut self, ui: &mut Ui) {
        if let Some(words) = loading(&self.status, &self.scene) {
            let area = ui.max_rect();
            empty::empty_ui(ui, area, icons::SYNCING, words, None);
            return;
        }
        let (scene, intents) = (&self.scene, &mut self.intents);
        match self.view {
            View::Overview => self.overview.show_ui(ui, scene, intents),
            View::Projects => self.projects.show_ui(ui, scene, intents),
            View::Actions => self.actions.show_ui(ui, scene, intents),
            View::Budget => self.budget.show_ui(ui, scene, intents),
        }
    }

    fn palette_ui(&mut self, ctx: &egui::Context) {
        let Some(palette) = &mut self.palette else {
            return;
        };
        if let Some(intent) = palette.show_ui(ctx, &self.scene) {
            self.palette = None;
            self.focus_view();
            self.intents.extend(intent);
        }
    }

    fn carry_out(&mut self, ctx: &egui::Context) {
        let intents = std::mem::take(&mut self.intents);
        if !intents.is_empty() {
            ctx.request_repaint();
        }
        for intent in intents {
            match intent {
                Intent::Run(act) => self.run(ctx, act),
                Intent::Do(command) => {
                    self.submit(ctx, command);
                }
                Intent::DoAndSay(command, words) => {
                    if self.submit(ctx, command) {
                        let now_s = ctx.input(|input| input.time);
                        self.toasts.push(now_s, Tone::Ok, words, true);
                    }
                }
                Intent::Create(fields) => {
                    self.create(ctx, fields);
                }
                Intent::Reveal(kind, id) => self.reveal(kind, id),
                Intent::Say(tone, words) => self.say(ctx, tone, words),
                Intent::Copy(text) => ctx.copy_text(text),
            }
        }
    }

    fn say(&mut self, ctx: &egui::Context, tone: Tone, words: impl Into<String>) {
        let now_s = ctx.input(|input| input.time);
        self.toasts.push(now_s, tone, words, false);
    }

    fn submit(&mut self, ctx: &egui::Context, command: Command) -> bool {
        match self.desk.submit(command) {
            Ok(()) => true,
            Err(busy) => {
                self.say(ctx, Tone::Bad, format!("Not taken: {busy}"));
                false
            }
        }
    }

    fn create(&mut self, ctx: &egui::Context, fields: Fields) -> Option<RecordId> {
        let id = match self.desk.new_record_id() {
            Ok(id) => id,
            Err(error) => {
                self.say(ctx, Tone::Bad, format!("Not made: {error}"));
                return None;
            }
        };
        self.submit(ctx, Command::Create { id, fields })
            .then_some(id)
    }

    fn reveal(&mut self, kind: Kind, id: RecordId) {
        match kind.family() {
            Family::Projects => {
                self.view = View::Projects;
                let values = self.scene.board.values(kind, id).unwrap_or_default();
                let field = values.iter().find(|(name, _)| *name == "project");
                let project = field.and_then(|(_, raw)| RecordId::from_raw(raw));
                self.projects.reveal(project.unwrap_or(id));
            }
            Family::Actions => {
                self.view = View::Actions;
                self.actions.reveal(id);
            }
            Family::Budgets => {
                self.view = View::Budget;
                self.budget.reveal(&self.scene, id);
            }
            Family::Meetings
            | Family::Vendors
            | Family::Changes
            | Family::People
            | Family::Workspace => {}
        }
    }

    fn run(&mut self, ctx: &egui::Context, act: Act) {
        match act {
            Act::Go(view) => {
                self.view = view;
                self.focus_view();
            }
            Act::NewAction => {
                self.view = View::Actions;
                self.actions.begin_capture();
            }
            Act::NewProject => self.new_project(ctx),
            Act::NewLine => self.new_line(ctx),
            Act::NewBudget => self.new_budget(ctx),
            Act::Undo | Act::Redo => {
                if let Err(busy) = self.desk.undo(act == Act::Redo) {
                    self.say(ctx, Tone::Bad, busy.to_string());
                }
            }
            Act::Filter => match self.view {
                View::Projects => self.projects.focus_filter(),
                View::Actions => self.actions.focus_filter(),
                View::Overview | View::Budget => self.palette = Some(Palette::default()),
            },
            Act::Palette => self.palette = Some(Palette::default()),
            Act::Theme(theme) => {
                self.theme = theme;
                theme.apply(ctx);
            }
            Act::Online(is_online) => {
                if let Err(busy) = self.desk.set_online(is_online) {
                    self.say(ctx, Tone::Bad, busy.to_string());
                }
            }
        }
    }

    fn new_project(&mut self, ctx: &egui::Context) {
        self.view = View::Projects;
        let fields = vec![ProjectField::Name("New project".to_owned())];
        if let Some(id) = self.create(ctx, fields.into()) {
            self.projects.begin(id);
        }
    }

    fn new_line(&mut self, ctx: &egui::Context) {
        self.view = View::Budget;
        let Some(budget) = self.budget.shown(&self.scene) else {
            self.new_budget(ctx);
            return;
        };
        let lines = self.scene.board.budget_lines.into_iter();
        let last = lines
            .filter(|(_, line)| line.budget == Some(budget))
            .map(|(_, line)| line.position.clone())
            .max();
        // Behind the last: a text that extends another sorts right after it.
        let position = last.map_or_else(|| "n".to_owned(), |last| last + "n");
        let fields = vec![
            BudgetLineField::Budget(Some(budget)),
            BudgetLineField::Name("New line".to_owned()),
            BudgetLineField::Position(position),
        ];
        if let Some(id) = self.create(ctx, fields.into()) {
            self.budget.begin(id);
        }
    }

    fn new_budget(&mut self, ctx: &egui::Context) {
        self.view = View::Budget;
        // The year, month and currency of the budgets that exist, so that they add up.
        let like = self
            .scene
            .board
            .budgets
            .into_iter()
            .map(|(_, budget)| budget)
            .next_back();
        let rules = adjutant_model::settings::Rules::of(&self.scene.board);
        let (start, currency) = like.map_or((rules.fiscal_start, rules.currency), |budget| {
            (budget.start_month, budget.currency)
        });
        let year =
            adjutant_model::calendar::FiscalCalendar::starting_in(start).year_of(self.scene.today);
        let fields = vec![
            BudgetField::Name(format!("Budget {year}")),
            BudgetField::FiscalYear(year),
            BudgetField::StartMonth(start),
            BudgetField::Currency(currency),
        ];
        if let Some(id) = self.create(ctx, fields.into()) {
            self.budget.begin(id);
        }
    }

    /// Gives the screen's list the keyboard.
    fn focus_view(&mut self) {
        match self.view {
            View::Overview => {}
            View::Projects => self.projects.focus(),
            View::Actions => self.actions.focus(),
            View::Budget => self.budget.focus(),
        }
    }
}

fn tone_of(notice: &Notice) -> Tone {
    match notice {
        Notice::Refused { .. }
        | Notice::Failed { .. }
        | Notice::Quarantined { .. }
        | Notice::SaveFailed { .. }
        | Notice::RelayRefused { .. } => Tone::Bad,
        Notice::Undone { kept: 0, .. } | Notice::SaveRecovered => Tone::Ok,
        // Notices may be added; a new one is worth a look.
        Notice::Undone { .. } | Notice::NothingToUndo { .. } | _ => Tone::Warn,
    }
}

/// Returns what stands in the way of keeping edits, in words.
fn trouble(status: &SyncStatus) -> Option<(Tone, String)> {
    if let Some(reason) = &status.store_failure {
        return Some((
            Tone::Bad,
            format!(
                "Edits cannot be saved: {reason}. They are kept in memory until saving works again"
            ),
        ));
    }
    let damage = status.damage.first()?;
    let others = status.damage.len().saturating_sub(1);
    let more = if others == 0 {
        String::new()
    } else {
        format!(", and {others} more")
    };
    Some((
        Tone::Warn,
        format!(
            "\u{201c}{}\u{201d} could not be read here{more}: it is fetched again from the relay",
            damage.title
        ),
    ))
}

/// Returns what to say while a workspace that was just joined is on its way.
fn loading(status: &SyncStatus, scene: &Scene) -> Option<(&'static str, &'static str)> {
    let is_empty = [Kind::Project, Kind::Action, Kind::Budget]
        .iter()
        .all(|kind| scene.board.count(*kind) == 0);
    let is_coming = match status.link {
        LinkState::Connecting => true,
        LinkState::Online => status.documents_behind > 0,
        LinkState::NoRelay | LinkState::Offline { .. } => false,
    };
    (is_empty && is_coming).then_some((
        "Fetching the workspace",
        "Projects, actions and budgets appear as they arrive",
    ))
}
