//! From the command line to the window: opens the engine, joins, shows the window, and says in one sentence what is in
//! the way.

mod screenshot;

use std::path::PathBuf;
use std::sync::Arc;

use adjutant_base::{JoinLink, SystemClock};
use adjutant_client::front::{self, Front};
use adjutant_client::{Config, Engine, OpenError, Zone};
use anyhow::Context as _;
use clap::Parser;
use eframe::egui::{self, ViewportBuilder, ViewportCommand};
use etcetera::AppStrategy as _;

use crate::commands::View;
use crate::desk::Desk;
use crate::settings::Settings;
use crate::shell::Shell;
use crate::theme::{self, Choice};
use screenshot::Screenshot;

/// Adjutant, the desk of an IT management office.
#[derive(Debug, Clone, Parser)]
#[command(name = "adjutant", version, about)]
pub struct Args {
    /// Folder with this device's data; made if it does not exist.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Join link that a relay printed.
    #[arg(long, value_name = "LINK")]
    pub join: Option<JoinLink>,
    /// Your name, as others see it; kept from the first start on.
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// Theme of the window.
    #[arg(long, value_enum)]
    pub theme: Option<Choice>,
    /// Screen to begin with.
    #[arg(long, value_enum, default_value = "overview")]
    pub view: View,
    /// Open a record in the side sheet: part of its name.
    #[arg(long, value_name = "NAME")]
    pub open: Option<String>,
    /// Save a picture of the window to this PNG file and end.
    #[arg(long, value_name = "FILE")]
    pub screenshot: Option<PathBuf>,
    /// Size of the window in points.
    #[arg(long, value_name = "WxH", default_value = "1400x900", value_parser = parse_size)]
    pub size: (u16, u16),
}

/// Reads a size like `1400x900`; at least 640x480, neither side above 8,192.
///
/// # Errors
/// What would be taken.
pub fn parse_size(text: &str) -> Result<(u16, u16), String> {
    let refused = || format!("\"{text}\" is not a size like 1400x900, from 640x480 to 8192x8192");
    let (width, height) = text.split_once('x').ok_or_else(refused)?;
    let side = |text: &str, least: u16| {
        text.parse()
            .ok()
            .filter(|side| (least..=8_192).contains(side))
            .ok_or_else(refused)
    };
    Ok((side(width, 640)?, side(height, 480)?))
}

/// Opens the engine and shows the window until it is closed.
///
/// # Errors
/// One sentence for people: what is in the way and what to do.
pub fn run(args: &Args) -> anyhow::Result<()> {
    check_display()?;
    let folder = match args.data.clone() {
        Some(folder) => folder,
        None => default_folder()?,
    };
    let config = Config {
        data_folder: folder.clone(),
        person: args.person.clone().unwrap_or_else(person_of_system),
        device: device_of_system(),
        clock: Arc::new(SystemClock),
        zone: Zone::default(),
        online: true,
    };
    let engine = Engine::open(config);
    if engine.as_ref().is_err_and(OpenError::is_in_use) && front::bring_blocking(&folder) {
        anyhow::bail!("Adjutant is open already; its window has been brought to the front");
    }
    let engine = Arc::new(engine?);
    if let Some(link) = args.join.clone() {
        engine.join_blocking(link)?;
    }
    show(&engine, args, folder)
}

fn show(engine: &Arc<Engine>, args: &Args, folder: PathBuf) -> anyhow::Result<()> {
    let settings = Settings::load(&folder);
    let theme = args.theme.unwrap_or(settings.theme);
    let (width, height) = args.size;
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("Adjutant")
            .with_app_id("adjutant")
            .with_inner_size(theme::size(width, height))
            .with_min_inner_size(theme::size(880, 560)),
        ..eframe::NativeOptions::default()
    };
    let desk: Arc<dyn Desk> = Arc::clone(engine) as Arc<dyn Desk>;
    let (view, picture) = (args.view, args.screenshot.clone().map(Screenshot::new));
    let opened = args.open.clone();
    let waker = Arc::clone(engine);
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        theme::install(&creation.egui_ctx);
        theme.apply(&creation.egui_ctx);
        let ctx = creation.egui_ctx.clone();
        waker.on_publish(Arc::new(move || ctx.request_repaint()));
        let ctx = creation.egui_ctx.clone();
        // Without it a second program only says that the folder is in use.
        let front = Front::listen(&folder, move || come_to_front(&ctx)).ok();
        let mut shell = Shell::new(desk, view, theme);
        if let Some(name) = &opened {
            shell.open_named(name);
        }
        let saved = Settings { theme };
        Ok(Box::new(Window {
            shell,
            folder,
            saved,
            keeps_settings: picture.is_none(),
            picture,
            _front: front,
        }))
    });
    eframe::run_native("adjutant", options, create).map_err(|error| {
        anyhow::anyhow!("no window could be opened: {error}; {HOW_TO_GET_A_DISPLAY}")
    })
}

const HOW_TO_GET_A_DISPLAY: &str =
    "start it in a desktop session, or run `xvfb-run -a adjutant` for a virtual display";

/// Says how to get a display where there can be none, before anything is opened.
fn check_display() -> anyhow::Result<()> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let needs_variable = cfg!(all(unix, not(target_os = "macos")));
    if needs_variable
        && !["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
            .into_iter()
            .any(is_set)
    {
        anyhow::bail!("there is no display: {HOW_TO_GET_A_DISPLAY}");
    }
    Ok(())
}

fn default_folder() -> anyhow::Result<PathBuf> {
    let names = etcetera::AppStrategyArgs {
        top_level_domain: "org".to_owned(),
        author: "Adjutant".to_owned(),
        app_name: "adjutant".to_owned(),
    };
    let strategy = etcetera::choose_app_strategy(names)
        .context("no home folder was found; name a folder with --data")?;
    Ok(strategy.data_dir())
}

fn person_of_system() -> String {
    ["USER", "USERNAME"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "Me".to_owned())
}

fn device_of_system() -> String {
    std::env::var("HOSTNAME")
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "desktop".to_owned())
}

/// The window as eframe runs it.
struct Window {
    shell: Shell,
    folder: PathBuf,
    saved: Settings,
    keeps_settings: bool,
    picture: Option<Screenshot>,
    /// Hears of a second program on this folder for as long as the window is there.
    _front: Option<Front>,
}

fn come_to_front(ctx: &egui::Context) {
    ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
    ctx.send_viewport_cmd(ViewportCommand::Focus);
    ctx.request_repaint();
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.shell.logic(ctx);
        if let Some(picture) = &mut self.picture {
            picture.logic(ctx, self.shell.scene().work.is_busy());
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.shell.ui(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        let settings = Settings {
            theme: self.shell.theme(),
        };
        if self.keeps_settings && settings != self.saved {
            // The theme is all that is lost, and there is no window left to say so in.
            settings.save(&self.folder).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("1400x900"), Ok((1400, 900)));
        assert_eq!(parse_size("900x600"), Ok((900, 600)));
        for bad in [
            "",
            "1400",
            "x",
            "10x10",
            "480x640",
            "1400x90000",
            "-1x900",
            "1400x900x2",
        ] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
        let args =
            Args::try_parse_from(["adjutant", "--view", "budget", "--theme", "dark"]).unwrap();
        assert_eq!((args.view, args.theme), (View::Budget, Some(Choice::Dark)));
    }
}
