//! The program: reads its settings, does what it was told, and serves until it is told to stop.
//!
//! A relay whose disk fails goes on answering whoever watches it, acknowledges nothing, and serves again once it has
//! opened and verified its store and written to it. The rule: the first line printed is the join link, and nothing
//! else is printed by `serve`.

use std::io::Write as _;
use std::pin::Pin;
use std::time::Duration;

use adjutant_base::{error, limits};
use adjutant_sync::backoff;
use anyhow::Context as _;

use crate::access::random;
use crate::arguments::{Arguments, Command, ConfigCommand};
use crate::config::RelayConfig;
use crate::run::{Relay, Running, StartError};
use crate::settings::{LogFormat, Settings};
use crate::upkeep;

/// Does what the arguments say.
///
/// # Errors
/// Whatever kept the program from it.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    match arguments.command {
        Command::Serve(arguments) => serve(&Settings::gather(&arguments)?).await,
        Command::Config { command } => match command {
            ConfigCommand::Check(arguments) => {
                Settings::gather(&arguments)?;
                Ok(writeln!(out, "the configuration can be used")?)
            }
            ConfigCommand::Print(arguments) => {
                let settings = Settings::gather(&arguments)?;
                Ok(write!(out, "{}", toml::to_string(&settings)?)?)
            }
        },
        Command::Backup { data, to } => upkeep::backup(&data, &to, &mut out),
        Command::Restore { from, data } => upkeep::restore(&from, &data, &mut out),
        Command::Verify { data } => upkeep::verify(&data, &mut out),
        Command::Inspect { data } => upkeep::inspect(&data, &mut out),
    }
}

type Interruption = Pin<Box<dyn Future<Output = std::io::Result<()>>>>;

async fn serve(settings: &Settings) -> anyhow::Result<()> {
    start_log(settings)?;
    // Before anybody can know that the relay runs: a request to stop must never find the program unprepared.
    let mut interrupted: Interruption = Box::pin(interruption()?);
    let mut config = settings.config()?;
    let mut running = Relay::start(config.clone()).await?;
    // Started again, it must be found where it was.
    config.listen = running.address();
    config.metrics = running.metrics_address();
    let mut renewals = Renewals::new()?;
    writeln!(std::io::stdout(), "{}", running.join_link())?;
    loop {
        let failure = loop {
            tokio::select! {
                outcome = &mut interrupted => {
                    outcome?;
                    return Ok(running.shutdown().await?);
                }
                failure = running.failed() => break failure,
                () = renewals.next() => renew(&running).await,
            }
        };
        let words = error::chain(&*failure);
        tracing::error!(
            error = words,
            "the store has failed; nothing is acknowledged until it can be written again"
        );
        tokio::select! {
            outcome = &mut interrupted => {
                outcome?;
                return Err(anyhow::Error::new(failure));
            }
            started = start_again(running, &config) => running = started?,
        }
        tracing::info!("the store was opened and verified; serving again");
    }
}

/// Shows the certificate that is in its files now, if it can be used.
async fn renew(running: &Running) {
    match running.reload_certificate().await {
        Ok(true) => tracing::info!("the certificate was read again; new connections get it"),
        Ok(false) => {}
        Err(failure) => tracing::error!(
            error = error::chain(&failure),
            "the certificate cannot be used; the one before is still shown"
        ),
    }
}

/// Says when to look at the certificate again: every minute, and when the operating system asks for it (SIGHUP).
struct Renewals {
    due: tokio::time::Interval,
    #[cfg(unix)]
    asked: tokio::signal::unix::Signal,
}

impl Renewals {
    fn new() -> std::io::Result<Self> {
        let period = Duration::from_millis(limits::CERTIFICATE_CHECK_MS);
        let mut due = tokio::time::interval(period);
        due.reset(); // It has just been read.
        Ok(Self {
            due,
            #[cfg(unix)]
            asked: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _due = self.due.tick() => {}
            // The stream does not end while the program runs.
            _asked = self.asked.recv() => {}
        }
        #[cfg(not(unix))]
        self.due.tick().await;
    }
}

/// Waits until the store can be written again, and then serves from it.
async fn start_again(running: Running, config: &RelayConfig) -> anyhow::Result<Running> {
    running.close_store().await;
    let mut watched = Some(running);
    let mut attempt = 0_u32;
    loop {
        attempt = attempt.saturating_add(1);
        let jitter = random().map_or(0, u64::from_le_bytes);
        tokio::time::sleep(Duration::from_millis(backoff::delay_ms(attempt, jitter))).await;
        let folder = config.data_folder.clone();
        let tried = tokio::task::spawn_blocking(move || Relay::try_store_blocking(&folder)).await?;
        let mut outcome = tried.map_err(StartError::Store);
        if outcome.is_ok() {
            if let Some(running) = watched.take() {
                // Its store is closed already, so there is nothing left that could fail to be stored.
                running.shutdown().await?;
            }
            match Relay::start(config.clone()).await {
                Ok(running) => return Ok(running),
                Err(failure) => outcome = Err(failure),
            }
        }
        match outcome {
            // It may have failed again since it was tried.
            Err(StartError::Store(failure)) => {
                tracing::warn!(error = error::chain(&failure), "still no store");
            }
            other => other?,
        }
    }
}

fn start_log(settings: &Settings) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&settings.log)
        .with_context(|| format!("{:?} does not say what to log", settings.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would complain of a line that cannot be written on that very stream, and panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Returns what waits for the operating system's request to stop; requests count from now on.
fn interruption() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            // Neither stream ends while the program runs.
            tokio::select! {
                _interrupt = interrupt.recv() => Ok(()),
                _terminate = terminate.recv() => Ok(()),
            }
        })
    }
    #[cfg(not(unix))]
    Ok(tokio::signal::ctrl_c())
}
