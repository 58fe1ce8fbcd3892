//! A window on a real engine in a temporary folder, its clock standing still, and the hands that work it.

use std::sync::{Arc, Mutex, OnceLock};

use adjutant::commands::View;
use adjutant::desk::Desk;
use adjutant::shell::Shell;
use adjutant::theme::{self, Choice};
use adjutant_base::clock::ManualClock;
use adjutant_base::{DeviceId, RecordId, Timestamp};
use adjutant_client::{
    Busy, Config, Engine, Fingerprint, IdentityError, Notice, Past, SyncStatus, Zone,
};
use adjutant_model::action::{ActionField, ActionState, Priority};
use adjutant_model::budget::{BudgetField, BudgetLineField, LineKind};
use adjutant_model::calendar::Period;
use adjutant_model::money::{Amount, Currency};
use adjutant_model::people::{PersonField, PersonId};
use adjutant_model::project::{MilestoneField, ProjectField, ProjectStatus};
use adjutant_model::{Board, Command, Kind, Raw};
use chrono::NaiveDate;
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tempfile::TempDir;

/// Tuesday, 24 November 2026, 09:00 UTC.
const NOW: Timestamp = Timestamp(1_795_510_800_000);

/// Returns the day on which all tests of the window happen.
pub(crate) fn today() -> NaiveDate {
    Zone::Utc.today(NOW)
}

/// Returns the day that is this many days from today.
pub(crate) fn day(days: i64) -> NaiveDate {
    adjutant_model::calendar::add_days(today(), days)
}

/// How a window is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) view: View,
    pub(crate) theme: Choice,
    pub(crate) size: (f32, f32),
    pub(crate) zoom: f32,
}

impl From<View> for Look {
    fn from(view: View) -> Self {
        Self {
            view,
            theme: Choice::Light,
            size: (1400.0, 900.0),
            zoom: 1.0,
        }
    }
}

/// A window and the engine behind it.
pub(crate) struct Window {
    pub(crate) harness: Harness<'static, Shell>,
    engine: Arc<Engine>,
    _folder: TempDir,
}

impl Window {
    /// Opens a window on an engine that has carried out these commands.
    pub(crate) fn open(look: impl Into<Look>, commands: Vec<Command>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(Config {
            data_folder: folder.path().to_owned(),
            person: "Ana Marić".to_owned(),
            device: "laptop".to_owned(),
            clock: Arc::new(ManualClock::new(NOW)),
            zone: Zone::Utc,
            online: false,
        })
        .unwrap();
        for command in commands {
            engine.execute_blocking(vec![command]).unwrap();
        }
        engine.flush_blocking().unwrap();
        let engine = Arc::new(engine);
        let mut window = Self {
            harness: harness(look.into(), Arc::clone(&engine) as Arc<dyn Desk>),
            engine,
            _folder: folder,
        };
        window.settle();
        window
    }

    /// Opens a window on the small fixed department.
    pub(crate) fn small(look: impl Into<Look>) -> Self {
        Self::open(look, small_department())
    }

    /// Lets the window come to rest, the engine carry out what was asked for, and the window show it.
    pub(crate) fn settle(&mut self) {
        let work = self.harness.state().scene().work.clone();
        loop {
            let (begun, was_busy) = (work.begun(), work.is_busy());
            self.harness.run();
            self.engine.flush_blocking().unwrap();
            self.harness.run();
            // What was under way, or began and ended meanwhile, may not have been drawn yet.
            if !was_busy && work.begun() == begun {
                return;
            }
            work.wait_blocking();
        }
    }

    /// Returns the engine's newest board.
    pub(crate) fn board(&self) -> Arc<Board> {
        self.engine.board()
    }

    /// Carries out a command as another part of the program would.
    pub(crate) fn outside(&mut self, command: Command) {
        self.engine.execute_blocking(vec![command]).unwrap();
        self.settle();
    }

    /// Returns what a thing with this role and name says.
    pub(crate) fn value(&self, role: Role, name: &str) -> String {
        let node = self.harness.get_by_role_and_label(role, name);
        node.accesskit_node().value().unwrap_or_default()
    }

    /// Returns what a cell says.
    pub(crate) fn cell(&self, name: &str) -> String {
        self.value(Role::Cell, name)
    }

    /// Tells whether there is a thing with this role and name.
    pub(crate) fn has(&self, role: Role, name: &str) -> bool {
        self.harness
            .query_all_by_role(role)
            .any(|node| node.accesskit_node().label().as_deref() == Some(name))
    }

    /// Tells whether something says these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.harness.query_all_by_label(words).next().is_some()
    }

    /// Returns the names of all things with this role, in the order of the screen.
    pub(crate) fn names(&self, role: Role) -> Vec<String> {
        self.harness
            .query_all_by_role(role)
            .filter_map(|node| node.accesskit_node().label())
            .collect()
    }

    /// Returns name and value of what has the keyboard.
    pub(crate) fn focused(&self) -> (String, String) {
        let node = self
            .harness
            .get_by(|node| node.is_focused() && !node.is_hidden());
        let node = node.accesskit_node();
        (
            node.label().unwrap_or_default(),
            node.value().unwrap_or_default(),
        )
    }

    /// Clicks a thing.
    pub(crate) fn click(&mut self, role: Role, name: &str) {
        self.harness.get_by_role_and_label(role, name).click();
        self.settle();
    }

    /// Clicks a thing twice.
    pub(crate) fn double_click(&mut self, role: Role, name: &str) {
        let node = self.harness.get_by_role_and_label(role, name);
        let pos = node.rect().center();
        let mut events = vec![Event::PointerMoved(pos)];
        for pressed in [true, false, true, false] {
            events.push(Event::PointerButton {
                pos,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
        self.frame(events);
    }

    /// Hands these events over in one frame, as a window system does.
    pub(crate) fn frame(&mut self, events: Vec<Event>) {
        self.harness.input_mut().events.extend(events);
        self.settle();
    }

    /// Presses and lets go a key.
    pub(crate) fn key(&mut self, key: Key) {
        self.key_with(Modifiers::NONE, key);
    }

    /// Presses a key several times, each in a frame of its own.
    pub(crate) fn keys(&mut self, keys: &[Key]) {
        for key in keys {
            self.key(*key);
        }
    }

    /// Presses and lets go a key while others are held.
    pub(crate) fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        let [down, up] = key_events(modifiers, key);
        self.frame(vec![
            Event::ModifiersChanged(modifiers),
            down,
            up,
            Event::ModifiersChanged(Modifiers::NONE),
        ]);
    }

    /// Types a text, each letter with its key in a frame of its own.
    pub(crate) fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            let mut events = Vec::new();
            let key = Key::from_name(&letter.to_uppercase().to_string());
            if let Some(key) = key {
                events.extend(key_events(Modifiers::NONE, key));
            }
            events.insert(events.len().min(1), Event::Text(letter.to_string()));
            self.harness.input_mut().events.extend(events);
            self.harness.run();
        }
        self.settle();
    }

    /// Pastes a text.
    pub(crate) fn paste(&mut self, text: &str) {
        self.frame(vec![Event::Paste(text.to_owned())]);
    }
}

pub(crate) fn key_events(modifiers: Modifiers, key: Key) -> [Event; 2] {
    [true, false].map(|pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers,
    })
}

/// Returns a window without a display on this desk.
pub(crate) fn harness(look: Look, desk: Arc<dyn Desk>) -> Harness<'static, Shell> {
    let shell = Shell::new(desk, look.view, look.theme);
    let (width, height) = look.size;
    Harness::builder()
        .with_size(vec2(width, height) / look.zoom)
        .with_pixels_per_point(look.zoom)
        .with_theme(if look.theme == Choice::Dark {
            egui::Theme::Dark
        } else {
            egui::Theme::Light
        })
        .with_max_steps(16)
        .with_context_setup(move |ctx| {
            theme::install(ctx);
            look.theme.apply(ctx);
        })
        .build_ui_state(
            |ui, shell: &mut Shell| {
                shell.logic(ui.ctx());
                shell.ui(ui);
            },
            shell,
        )
}

/// A desk that shows what a test puts on it and keeps what it is asked for.
#[derive(Debug, Default)]
pub(crate) struct StillDesk {
    pub(crate) board: Arc<Board>,
    pub(crate) status: Mutex<Arc<SyncStatus>>,
    pub(crate) notices: Mutex<Vec<Notice>>,
    pub(crate) wishes: Mutex<Vec<bool>>,
}

impl Desk for StillDesk {
    fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    fn status(&self) -> Arc<SyncStatus> {
        Arc::clone(&self.status.lock().unwrap())
    }

    fn submit(&self, _command: Command) -> Result<(), Busy> {
        Err(Busy)
    }

    fn undo(&self, _again: bool) -> Result<(), Busy> {
        Err(Busy)
    }

    fn set_online(&self, is_online: bool) -> Result<(), Busy> {
        self.wishes.lock().unwrap().push(is_online);
        Ok(())
    }

    fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().unwrap())
    }

    fn new_record_id(&self) -> Result<RecordId, IdentityError> {
        Ok(RecordId::derived("new"))
    }

    fn today(&self) -> NaiveDate {
        today()
    }

    fn device(&self) -> DeviceId {
        DeviceId([1; 16])
    }

    fn past_blocking(&self) -> Result<Past, String> {
        Err("this desk has no past".to_owned())
    }

    fn fingerprints_blocking(&self) -> Result<Vec<Fingerprint>, String> {
        Ok(Vec::new())
    }

    fn settle_blocking(&self, _: Kind, _: RecordId, _: &str, _: Raw) -> Result<(), String> {
        Err("this desk settles nothing".to_owned())
    }
}

/// Returns the board of the small department, made once.
pub(crate) fn small_board() -> Arc<Board> {
    static BOARD: OnceLock<Arc<Board>> = OnceLock::new();
    let board = BOARD.get_or_init(|| {
        let context = adjutant_model::command::Context {
            compartment: adjutant_base::CompartmentId([1; 6]),
            today: today(),
            now: NOW,
        };
        let board = adjutant_model::preview::board_of(&context, &small_department());
        Arc::new(board.unwrap())
    });
    Arc::clone(board)
}

/// Returns the id of a project, action or line of the small department.
pub(crate) fn id(name: &str) -> RecordId {
    RecordId::derived(name)
}

/// Returns the commands that make a department small enough to know by heart.
pub(crate) fn small_department() -> Vec<Command> {
    let mut commands = people();
    commands.extend(projects());
    commands.extend(actions());
    commands.extend(budget());
    vec![Command::Batch {
        label: "small department".to_owned(),
        commands,
    }]
}

fn people() -> Vec<Command> {
    ["Ana Marić", "Luis Torres", "Mei Tanaka"]
        .map(|name| {
            Command::create(
                PersonId::of_name(name).0,
                vec![PersonField::Name(name.to_owned())],
            )
        })
        .into()
}

fn projects() -> Vec<Command> {
    let project = |name: &str, status, owner: &str, target: i64| {
        let fields = vec![
            ProjectField::Name(name.to_owned()),
            ProjectField::Status(status),
            ProjectField::Owner(Some(PersonId::of_name(owner))),
            ProjectField::Target(Some(day(target))),
        ];
        Command::create(id(name), fields)
    };
    let milestone = |project: &str, name: &str, baseline: i64, forecast: Option<i64>| {
        let fields = vec![
            MilestoneField::Project(Some(id(project))),
            MilestoneField::Name(name.to_owned()),
            MilestoneField::Baseline(Some(day(baseline))),
            MilestoneField::Forecast(forecast.map(day)),
        ];
        Command::create(id(&format!("{project}, {name}")), fields)
    };
    vec![
        project("Network refresh", ProjectStatus::Active, "Ana Marić", 90),
        milestone("Network refresh", "Vendor selected", -13, None),
        milestone("Network refresh", "Pilot live", 30, None),
        project("Mail merge", ProjectStatus::Active, "Luis Torres", 60),
        milestone("Mail merge", "Mailboxes moved", 20, Some(34)),
        project("Wi-Fi", ProjectStatus::Planned, "Mei Tanaka", 200),
        project("Old portal", ProjectStatus::Done, "Mei Tanaka", -40),
    ]
}

fn actions() -> Vec<Command> {
    let action = |title: &str, state, owner: Option<&str>, due: Option<i64>, project: &str| {
        let mut fields = vec![
            ActionField::Title(title.to_owned()),
            ActionField::State(state),
            ActionField::Owner(owner.map(PersonId::of_name)),
            ActionField::Due(due.map(day)),
        ];
        if !project.is_empty() {
            fields.push(ActionField::Project(Some(id(project))));
        }
        if title.starts_with("Chase") {
            fields.push(ActionField::Priority(Priority::High));
        }
        Command::create(id(title), fields)
    };
    let (ana, luis) = (Some("Ana Marić"), Some("Luis Torres"));
    let (open, waiting) = (ActionState::Open, ActionState::Waiting);
    vec![
        action("Chase the quote", open, ana, Some(-4), "Network refresh"),
        action("Book the rooms", waiting, luis, Some(0), "Mail merge"),
        action("Renew the licence", open, None, Some(3), ""),
        action("Write the notice", open, luis, None, ""),
        action("Count the laptops", ActionState::Done, ana, Some(-9), ""),
    ]
}

fn budget() -> Vec<Command> {
    let fields = vec![
        BudgetField::Name("IT operations 2026".to_owned()),
        BudgetField::FiscalYear(2026),
        BudgetField::StartMonth(1),
        BudgetField::Currency(Currency::EUR),
    ];
    let line = |name: &str, kind, plan: i64, actual: i64| {
        let mut fields = vec![
            BudgetLineField::Budget(Some(id("budget"))),
            BudgetLineField::Name(name.to_owned()),
            BudgetLineField::Category(name.split(' ').next().unwrap_or_default().to_owned()),
            BudgetLineField::Kind(kind),
            BudgetLineField::Position(name.to_owned()),
        ];
        for period in Period::all() {
            fields.push(BudgetLineField::Plan(period, Some(Amount(plan * 100))));
            if period.index() < 10 {
                fields.push(BudgetLineField::Actual(period, Some(Amount(actual * 100))));
            }
        }
        Command::create(id(name), fields)
    };
    vec![
        Command::create(id("budget"), fields),
        line("Cloud hosting", LineKind::Expense, 4_000, 4_100),
        line("Hardware", LineKind::Expense, 10_000, 17_000),
        line("Licences", LineKind::Expense, 6_000, 5_500),
        line("Recharges", LineKind::Income, 1_000, 1_000),
    ]
}

impl Window {
    /// Returns where a thing stands.
    pub(crate) fn rect(&self, role: Role, name: &str) -> egui::Rect {
        self.harness.get_by_role_and_label(role, name).rect()
    }

    /// Clicks the lower of two things with one name: the one in the screen, not the one in the bar.
    pub(crate) fn click_lower(&mut self, role: Role, name: &str) {
        let nodes = self.harness.query_all_by_role(role);
        let named = nodes.filter(|node| node.accesskit_node().label().as_deref() == Some(name));
        let lowest = named.max_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
        lowest.unwrap().click();
        self.settle();
    }
}

impl Window {
    /// Types a text as fast as frames come: one letter a frame, with no frame between.
    pub(crate) fn type_fast(&mut self, text: &str) {
        for letter in text.chars() {
            let mut events = vec![Event::Text(letter.to_string())];
            if let Some(key) = Key::from_name(&letter.to_uppercase().to_string()) {
                let [down, up] = key_events(Modifiers::NONE, key);
                events = vec![down, Event::Text(letter.to_string()), up];
            }
            self.harness.input_mut().events.extend(events);
            self.harness.step();
        }
    }
}

impl Window {
    /// Tells whether a register says that it is empty.
    pub(crate) fn has_empty_state(&self) -> bool {
        let view = self.harness.state().view();
        let register = adjutant::views::register::register_of(view);
        register.is_some_and(|register| self.says(register.empty.0) || self.says("Nothing fits"))
    }
}
