//! Measures the window without a display: `cargo run --release -p adjutant --example ui_bench`.
//!
//! One frame is the interface's work and its tessellation, as `Shell` is drawn in the program; the graphics card's part
//! and the window system are not in it. The workspace is the largest department: 12,000 actions, 40 budgets. The lines
//! that begin with `ui` are for programs to read: name, then figures with their unit.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use adjutant::commands::View;
use adjutant::desk::Desk;
use adjutant::shell::Shell;
use adjutant::theme::{self, Choice};
use adjutant_base::{CompartmentId, DeviceId, RecordId, SystemClock, Timestamp};
use adjutant_client::{
    Busy, Config, Engine, Fingerprint, IdentityError, Notice, Past, SyncStatus, Zone,
};
use adjutant_model::action::ActionField;
use adjutant_model::command::Context as Planning;
use adjutant_model::preview::Preview;
use adjutant_model::sample::{Size, department};
use adjutant_model::{Board, Command, Kind, Raw};
use chrono::NaiveDate;
use egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase, vec2,
};

const FRAMES: usize = 600;
const SIZE: (f32, f32) = (1400.0, 900.0);

/// What the user does while frames are measured.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// The pointer moves and the wheel turns.
    Scrolling,
    /// A letter into the filter, or a figure into the grid, every fourth frame.
    Typing,
    /// Another device's edit arrives every fourth frame.
    Receiving,
}

impl Deed {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Scrolling, "scrolling"),
        (Self::Typing, "typing"),
        (Self::Receiving, "receiving"),
    ];
}

/// A desk that plans commands in memory: what is measured is the window and not the engine.
struct MemoryDesk {
    preview: Mutex<Preview>,
    board: Mutex<Arc<Board>>,
    planning: Planning,
}

impl MemoryDesk {
    fn new(today: NaiveDate) -> anyhow::Result<Self> {
        let planning = Planning {
            compartment: CompartmentId([1; 6]),
            today,
            now: Timestamp(0),
        };
        let mut preview = Preview::default();
        for command in department(7, &Size::FULL, today) {
            preview.run(&planning, &command)?;
        }
        Ok(Self {
            board: Mutex::new(Arc::new(preview.board().clone())),
            preview: Mutex::new(preview),
            planning,
        })
    }
}

impl Desk for MemoryDesk {
    fn board(&self) -> Arc<Board> {
        self.board
            .lock()
            .map(|board| Arc::clone(&board))
            .unwrap_or_default()
    }

    fn status(&self) -> Arc<SyncStatus> {
        Arc::default()
    }

    fn submit(&self, command: Command) -> Result<(), Busy> {
        let mut preview = self.preview.lock().map_err(|_poisoned| Busy)?;
        preview
            .run(&self.planning, &command)
            .map_err(|_refused| Busy)?;
        *self.board.lock().map_err(|_poisoned| Busy)? = Arc::new(preview.board().clone());
        Ok(())
    }

    fn undo(&self, _again: bool) -> Result<(), Busy> {
        Err(Busy)
    }

    fn set_online(&self, _is_online: bool) -> Result<(), Busy> {
        Err(Busy)
    }

    fn take_notices(&self) -> Vec<Notice> {
        Vec::new()
    }

    fn new_record_id(&self) -> Result<RecordId, IdentityError> {
        Ok(RecordId::derived("new"))
    }

    fn today(&self) -> NaiveDate {
        self.planning.today
    }

    fn device(&self) -> DeviceId {
        DeviceId([1; 16])
    }

    fn past_blocking(&self) -> Result<Past, String> {
        Err("there is no past in memory".to_owned())
    }

    fn fingerprints_blocking(&self) -> Result<Vec<Fingerprint>, String> {
        Ok(Vec::new())
    }

    fn settle_blocking(&self, _: Kind, _: RecordId, _: &str, _: Raw) -> Result<(), String> {
        Err("nothing is settled in memory".to_owned())
    }
}

/// A window without a display.
struct Bench {
    ctx: egui::Context,
    shell: Shell,
    time_s: f64,
}

impl Bench {
    fn new(desk: Arc<dyn Desk>, view: View) -> Self {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        Choice::Light.apply(&ctx);
        Self {
            ctx,
            shell: Shell::new(desk, view, Choice::Light),
            time_s: 0.0,
        }
    }

    /// Draws one frame and returns how long that took.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time_s += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(SIZE.0, SIZE.1))),
            time: Some(self.time_s),
            events,
            ..RawInput::default()
        };
        let (ctx, shell) = (&self.ctx, &mut self.shell);
        let began = Instant::now();
        let mut output = ctx.run_ui(input, |ui| {
            shell.logic(ui.ctx());
            shell.ui(ui);
        });
        let drawn = ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = began.elapsed();
        // There is no graphics card to hand the textures to; egui wants to be told.
        output.textures_delta.clear();
        assert!(
            !drawn.is_empty(),
            "a frame without anything in it was measured"
        );
        took
    }
}

fn key(key: Key, modifiers: Modifiers) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    }
}

fn measure(desk: &Arc<MemoryDesk>, view: View, deed: Deed) -> Vec<Duration> {
    let mut bench = Bench::new(Arc::clone(desk) as Arc<dyn Desk>, view);
    if matches!(deed, Deed::Typing) && view != View::Budget {
        bench.frame(vec![key(Key::F, Modifiers::COMMAND)]);
    }
    // The first frames make the data and lay out every text for the first time.
    for _ in 0..20 {
        bench.frame(Vec::new());
        // What is worked out in the background is there before anything is measured.
        bench.shell.scene().work.wait_blocking();
    }
    let ids: Vec<RecordId> = desk
        .board()
        .actions
        .into_iter()
        .map(|(id, _)| *id)
        .collect();
    let mut times = Vec::with_capacity(FRAMES);
    for at in 0..FRAMES {
        let part = f32::from(u16::try_from(at % 300).unwrap_or(0)) / 300.0;
        let mut events = vec![Event::PointerMoved(Pos2::new(
            300.0 + 900.0 * part,
            200.0 + 600.0 * part,
        ))];
        match deed {
            Deed::Scrolling => events.push(Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, if at < FRAMES / 2 { -120.0 } else { 120.0 }),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers: Modifiers::NONE,
            }),
            Deed::Typing if at % 4 == 0 => {
                let letters = if view == View::Budget { "1250" } else { "re" };
                match letters.chars().nth(at / 4 % 8) {
                    Some(letter) => events.push(Event::Text(letter.to_string())),
                    None if view == View::Budget => events.push(key(Key::Escape, Modifiers::NONE)),
                    None => events.push(key(Key::Backspace, Modifiers::NONE)),
                }
            }
            Deed::Receiving if at % 4 == 0 => {
                if let Some(id) = ids.get(at * 13 % ids.len().max(1)) {
                    let fields = vec![ActionField::Title(format!("Received {at}"))];
                    // A refused edit would leave the board as it is; the figures would show it by being too good.
                    desk.submit(Command::edit(*id, fields)).ok();
                }
            }
            Deed::Typing | Deed::Receiving => {}
        }
        times.push(bench.frame(events));
    }
    times
}

fn figures(name: &str, mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times
            .get(place)
            .map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    format!(
        "ui {name} p50_ms={:.3} p95_ms={:.3} max_ms={:.3}",
        at(50),
        at(95),
        at(100)
    )
}

/// Measures from opening the data folder to the first frame that shows its data.
fn first_frame() -> anyhow::Result<[Duration; 2]> {
    let folder = tempfile::tempdir()?;
    let config = Config {
        data_folder: folder.path().to_owned(),
        person: "Ana Marić".to_owned(),
        device: "laptop".to_owned(),
        clock: Arc::new(SystemClock),
        zone: Zone::Utc,
        online: false,
    };
    let engine = Engine::open(config.clone())?;
    for command in department(7, &Size::FULL, engine.today()) {
        engine.execute_blocking(vec![command])?;
    }
    engine
        .flush_blocking()
        .map_err(|reason| anyhow::anyhow!("not saved: {reason}"))?;
    drop(engine);
    let began = Instant::now();
    let engine: Arc<dyn Desk> = Arc::new(Engine::open(config)?);
    let opened = began.elapsed();
    anyhow::ensure!(
        engine.board().actions.len() == Size::FULL.actions,
        "the board is not there"
    );
    let mut bench = Bench::new(engine, View::Overview);
    bench.frame(Vec::new());
    Ok([opened, began.elapsed()])
}

#[expect(clippy::print_stdout, reason = "a benchmark's answer")]
fn main() -> anyhow::Result<()> {
    let [opened, shown] = first_frame()?;
    println!(
        "ui first_frame opened_ms={:.1} shown_ms={:.1}",
        opened.as_secs_f64() * 1e3,
        shown.as_secs_f64() * 1e3
    );
    let today = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap_or_default();
    let desk = Arc::new(MemoryDesk::new(today)?);
    for view in View::ALL {
        for (deed, name) in Deed::ALL {
            let name = format!("{} {name}", view.title().to_lowercase());
            println!("{}", figures(&name, measure(&desk, view, deed)));
        }
    }
    Ok(())
}
