//! The window's frame: navigation, top bar, palette, messages; it carries out what views ask for.
//!
//! [`Shell::logic`] takes the newest board and the engine's notices, [`Shell::ui`] draws and then, when the pass is
//! done, carries out the intents. Nothing is carried out while a view is drawn.

mod bar;
mod chooser;
mod help;
mod make;
mod palette;
mod past;

use std::collections::BTreeMap;
use std::sync::Arc;

use adjutant_base::RecordId;
use adjutant_client::{LinkState, Notice, SyncStatus};
use adjutant_model::{Command, FieldValue as _, Fields, Kind};
use egui::{CentralPanel, Frame, Panel, Ui};

use crate::commands::{Act, Screen, View, take_shortcuts};
use crate::desk::Desk;
use crate::icons;
use crate::theme::{self, Choice, Tone};
use crate::views::actions::ActionsView;
use crate::views::budget::BudgetView;
use crate::views::meeting::MeetingView;
use crate::views::overview::OverviewView;
use crate::views::project::ProjectView;
use crate::views::projects::ProjectsView;
use crate::views::register::data::Source;
use crate::views::register::{RegisterView, register_of};
use crate::views::sheet::{Sheet, SheetWish};
use crate::views::{Intent, Scene};
use crate::widgets::empty;
use crate::widgets::toast::{ToastAction, Toasts};
use chooser::Chooser;
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
    registers: BTreeMap<View, RegisterView>,
    /// The meeting and the project that one is in, instead of their lists.
    meeting: Option<MeetingView>,
    project: Option<ProjectView>,
    sheet: Option<Sheet>,
    chooser: Option<Chooser>,
    has_help: bool,
    as_of: past::AsOf,
    palette: Option<Palette>,
    later: Later,
    toasts: Toasts,
    intents: Vec<Intent>,
}

/// What work in the background has to say or to do, for the next frame.
type Later = Arc<std::sync::Mutex<Vec<Intent>>>;

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
            registers: BTreeMap::new(),
            meeting: None,
            project: None,
            sheet: None,
            chooser: None,
            has_help: false,
            as_of: past::AsOf::default(),
            palette: None,
            later: Later::default(),
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
        self.as_of.renew();
        match &self.as_of.shown {
            Some((day, board)) => self.scene.renew(Arc::clone(board), *day),
            None => self.scene.renew(self.desk.board(), self.desk.today()),
        }
        self.status = self.desk.status();
        let now_s = ctx.input(|input| input.time);
        for notice in self.desk.take_notices() {
            self.toasts
                .push(now_s, tone_of(&notice), notice.words(), false);
        }
        if let Ok(mut later) = self.later.lock() {
            self.intents.append(&mut later);
        }
    }

    /// Draws the window and carries out what was asked for.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        if self.palette.is_none() && self.chooser.is_none() && !self.has_help {
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
        self.time_ui(ui, side);
        self.sheet_ui(ui, nav);
        CentralPanel::default()
            .frame(Frame::new().fill(colors.bg))
            .show(ui, |ui| self.view_ui(ui));
        self.palette_ui(&ctx);
        self.chooser_ui(&ctx);
        self.has_help = self.has_help && !help::show_ui(&ctx);
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
        if self.sheet.as_ref().is_some_and(Sheet::awaits_text) {
            return true;
        }
        if let Some(meeting) = self
            .meeting
            .as_ref()
            .filter(|_| self.view == View::Meetings)
        {
            return meeting.awaits_text();
        }
        if let Some(project) = self
            .project
            .as_ref()
            .filter(|_| self.view == View::Projects)
        {
            return project.awaits_text();
        }
        match self.view.screen() {
            Some(Screen::Overview) => false,
            Some(Screen::Projects) => self.projects.awaits_text(),
            Some(Screen::Actions) => self.actions.awaits_text(),
            Some(Screen::Budget) => self.budget.awaits_text(),
            None => {
                let register = self.registers.get(&self.view);
                register.is_some_and(RegisterView::awaits_text)
            }
        }
    }

    /// Returns what registers and the sheet are made from.
    fn source(&self) -> Source {
        Source {
            scene: self.scene.clone(),
            desk: Arc::clone(&self.desk),
        }
    }

    /// Draws the side sheet, if a record is open, beside the screen; over it where there is no room for both.
    fn sheet_ui(&mut self, ui: &mut Ui, nav: f32) {
        let source = self.source();
        let Some(sheet) = &mut self.sheet else {
            return;
        };
        let colors = theme::palette(ui);
        let room = ui.ctx().content_rect().width() - nav;
        let frame = Frame::new()
            .fill(colors.surface)
            .stroke(egui::Stroke::new(1.0, colors.border))
            .inner_margin(egui::Margin::symmetric(16, 12));
        let intents = &mut self.intents;
        let shown = Panel::right("sheet")
            .exact_size(theme::SHEET.min(room))
            .resizable(false)
            .frame(frame)
            .show(ui, |ui| sheet.show_ui(ui, &source, intents));
        if shown.inner == Some(SheetWish::Close) {
            self.sheet = None;
            self.focus_view();
        }
    }

    fn chooser_ui(&mut self, ctx: &egui::Context) {
        let Some(chooser) = &mut self.chooser else {
            return;
        };
        if let Some(chosen) = chooser.show_ui(ctx, &self.scene) {
            let kind = chooser.kind;
            self.chooser = None;
            if let Some(parent) = chosen {
                self.make_beside(ctx, kind, Some(parent));
            }
        }
    }

    /// Returns the register that is shown, made when it is first needed.
    fn register(&mut self) -> Option<&mut RegisterView> {
        let register = register_of(self.view)?;
        let entry = self.registers.entry(self.view);
        Some(entry.or_insert_with(|| RegisterView::new(register)))
    }

    fn view_ui(&mut self, ui: &mut Ui) {
        if let Some(words) = loading(&self.status, &self.scene) {
            let area = ui.max_rect();
            empty::empty_ui(ui, area, icons::SYNCING, words, None);
            return;
        }
        if self.inside_ui(ui) {
            return;
        }
        if register_of(self.view).is_some() {
            let source = self.source();
            let mut intents = std::mem::take(&mut self.intents);
            if let Some(register) = self.register() {
                register.show_ui(ui, &source, &mut intents);
            }
            self.intents = intents;
            return;
        }
        let (scene, intents) = (&self.scene, &mut self.intents);
        match self.view.screen() {
            Some(Screen::Overview) => self.overview.show_ui(ui, scene, intents),
            Some(Screen::Projects) => self.projects.show_ui(ui, scene, intents),
            Some(Screen::Actions) => self.actions.show_ui(ui, scene, intents),
            Some(Screen::Budget) => self.budget.show_ui(ui, scene, intents),
            // Shown by their registers.
            None => {}
        }
    }

    /// Draws the meeting or project that one is in; tells whether there is one on this screen.
    fn inside_ui(&mut self, ui: &mut Ui) -> bool {
        let source = self.source();
        let is_left = match (self.view, &mut self.meeting, &mut self.project) {
            (View::Meetings, Some(meeting), _) => meeting.show_ui(ui, &source, &mut self.intents),
            (View::Projects, _, Some(project)) => project.show_ui(ui, &source, &mut self.intents),
            _ => return false,
        };
        if is_left {
            if self.view == View::Meetings {
                self.meeting = None;
            } else {
                self.project = None;
            }
            self.focus_view();
        }
        true
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
                Intent::Open(kind, id) => self.open(kind, id),
                Intent::Meeting(id) => self.go_into(Kind::Meeting, id),
                Intent::Project(id) => self.go_into(Kind::Project, id),
                Intent::MakeBeside(kind, id) => self.make_beside(ctx, kind, Some(id)),
                Intent::Settle {
                    kind,
                    id,
                    field,
                    value,
                } => {
                    self.behind(ctx, move |desk| {
                        let settled = desk.settle_blocking(kind, id, field, value);
                        settled.map(|()| Intent::Say(Tone::Ok, "Settled".to_owned()))
                    });
                }
                Intent::Sign(kind, id, verdict, note) => self.sign(ctx, (kind, id), verdict, note),
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
        if self.as_of.shown.is_some() {
            self.say(
                ctx,
                Tone::Warn,
                "This is the past; go back to now to change something",
            );
            return false;
        }
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

    /// Goes to a record on the screen of its kind; one without a screen of its own opens in the sheet.
    fn reveal(&mut self, kind: Kind, id: RecordId) {
        if matches!(kind, Kind::Project | Kind::Milestone) {
            self.view = View::Projects;
            self.project = None;
            let values = self.scene.board.values(kind, id).unwrap_or_default();
            let field = values.iter().find(|(name, _)| *name == "project");
            let project = field.and_then(|(_, raw)| RecordId::from_raw(raw));
            self.projects.reveal(project.unwrap_or(id));
        } else if kind == Kind::Action {
            self.view = View::Actions;
            self.actions.reveal(id);
        } else if matches!(kind, Kind::Budget | Kind::BudgetLine) {
            self.view = View::Budget;
            self.budget.reveal(&self.scene, id);
        } else {
            self.open(kind, id);
        }
    }

    /// Shows a record in the side sheet.
    fn open(&mut self, kind: Kind, id: RecordId) {
        match &mut self.sheet {
            Some(sheet) => sheet.go(kind, id),
            None => self.sheet = Some(Sheet::new(kind, id)),
        }
    }

    /// Shows the first record whose name has these words: a project or meeting on its screen, others in the side sheet.
    pub fn open_named(&mut self, name: &str) {
        let wanted = name.to_lowercase();
        let board = Arc::clone(&self.scene.board);
        if self.view == View::Meetings {
            let meetings = board.meetings.into_iter();
            let past =
                meetings.filter(|(_, one)| one.day.is_some_and(|day| day <= self.scene.today));
            let newest = past.max_by_key(|(_, one)| one.day);
            if let Some((id, _)) = newest {
                self.go_into(Kind::Meeting, *id);
            }
            return;
        }
        let kinds = Kind::ALL.iter().filter(|kind| !kind.is_internal());
        let named = kinds.flat_map(|kind| {
            let records = board.records(*kind);
            records.map(move |record| (*kind, record))
        });
        let mut fitting = named.filter(|(kind, record)| {
            let title = record.line(kind.title_field());
            title.is_some_and(|title| title.to_lowercase().contains(&wanted))
        });
        let found = fitting
            .next()
            .map(|(kind, record)| (kind, record.meta().id));
        match (self.view, found) {
            (View::Projects, Some((Kind::Project, id))) => self.go_into(Kind::Project, id),
            (View::Meetings, Some((Kind::Meeting, id))) => self.go_into(Kind::Meeting, id),
            (_, Some((kind, id))) => self.open(kind, id),
            (_, None) => {}
        }
    }

    /// Goes into a meeting or a project.
    pub fn go_into(&mut self, kind: Kind, id: RecordId) {
        if kind == Kind::Meeting {
            self.view = View::Meetings;
            self.meeting = Some(MeetingView::new(id));
        } else {
            self.view = View::Projects;
            self.project = Some(ProjectView::new(id));
        }
        self.sheet = None;
        self.focus_view();
    }

    /// Returns the record at the cursor of the screen.
    fn at_cursor(&self) -> Option<(Kind, RecordId)> {
        match (self.view, &self.meeting, &self.project) {
            (View::Meetings, Some(meeting), _) => return Some(meeting.cursor()),
            (View::Projects, _, Some(project)) => return Some(project.cursor()),
            _ => {}
        }
        let id = match self.view.screen() {
            Some(Screen::Overview) => None,
            Some(Screen::Projects) => self.projects.cursor(),
            Some(Screen::Actions) => self.actions.cursor(),
            Some(Screen::Budget) => self.budget.cursor(),
            None => return self.registers.get(&self.view)?.cursor(),
        }?;
        self.scene.board.find(id).map(|(kind, _)| (kind, id))
    }

    /// Returns the project or meeting that the record at the cursor is, or belongs to.
    fn inside_of_cursor(&self) -> Option<(Kind, RecordId)> {
        let (kind, id) = self
            .sheet
            .as_ref()
            .map_or_else(|| self.at_cursor(), |sheet| Some(sheet.record()))?;
        if matches!(kind, Kind::Project | Kind::Meeting) {
            return Some((kind, id));
        }
        let values = self.scene.board.values(kind, id)?;
        let named = |field: &str| {
            let found = values.iter().find(|(name, _)| *name == field);
            found.and_then(|(_, raw)| RecordId::from_raw(raw))
        };
        let project = named("project").map(|id| (Kind::Project, id));
        project.or_else(|| named("meeting").map(|id| (Kind::Meeting, id)))
    }

    /// Does what takes time in the background; what comes of it is carried out in the next frame.
    fn behind(
        &self,
        ctx: &egui::Context,
        job: impl FnOnce(&dyn Desk) -> Result<Intent, String> + Send + 'static,
    ) {
        let (desk, later) = (Arc::clone(&self.desk), Arc::clone(&self.later));
        self.scene.work.spawn(ctx, move || {
            let intent = job(&*desk).unwrap_or_else(|words| Intent::Say(Tone::Bad, words));
            if let Ok(mut later) = later.lock() {
                later.push(intent);
            }
        });
    }

    fn run(&mut self, ctx: &egui::Context, act: Act) {
        match act {
            Act::Go(view) => {
                // Going to the screen that is shown leads back to its list.
                if self.view == view {
                    self.meeting = None;
                    self.project = None;
                }
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
            Act::Filter => match self.view.screen() {
                Some(Screen::Projects) => self.projects.focus_filter(),
                Some(Screen::Actions) => self.actions.focus_filter(),
                Some(Screen::Overview | Screen::Budget) => {
                    self.palette = Some(Palette::default());
                }
                None => {
                    if let Some(register) = self.register() {
                        register.focus_filter();
                    }
                }
            },
            Act::New(kind) => self.make(ctx, kind),
            Act::OpenRecord => match self.at_cursor() {
                Some((kind, id)) => self.open(kind, id),
                None => self.say(ctx, Tone::Neutral, "Put the cursor on a row first"),
            },
            Act::GoInto => match self.inside_of_cursor() {
                Some((kind, id)) => self.go_into(kind, id),
                None => self.say(
                    ctx,
                    Tone::Neutral,
                    "Put the cursor on a project or a meeting",
                ),
            },
            Act::Palette => self.palette = Some(Palette::default()),
            Act::Help => self.has_help = true,
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

    /// Gives the screen's list the keyboard.
    fn focus_view(&mut self) {
        match (self.view, &mut self.meeting, &mut self.project) {
            (View::Meetings, Some(meeting), _) => return meeting.focus(),
            (View::Projects, _, Some(project)) => return project.focus(),
            _ => {}
        }
        match self.view.screen() {
            Some(Screen::Overview) => {}
            Some(Screen::Projects) => self.projects.focus(),
            Some(Screen::Actions) => self.actions.focus(),
            Some(Screen::Budget) => self.budget.focus(),
            None => {
                if let Some(register) = self.register() {
                    register.focus();
                }
            }
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
