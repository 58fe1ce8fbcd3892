//! `adjutant-cli`: every command and report without a window.
//!
//! Reads the command line, opens the device's engine, carries out one task and prints it as a table or as JSON. The one
//! rule: what goes wrong is one sentence on the error output and a non-zero exit code (2 for a wrong command line).

mod act;
mod args;
mod ask;
mod care;
mod export;
mod history;
mod import;
mod minutes;
mod output;
mod records;
mod report;
mod review;
mod session;
mod sync;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Task};
use session::Session;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the program's last words")]
            {
                let words = adjutant_base::error::chain(error.as_ref());
                eprintln!("adjutant-cli: {}", output::harmless(&words));
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if let Task::Import(options) = &arguments.task
        && options.dry_run
        && options.minutes.is_none()
    {
        return import::dry_run(arguments, options);
    }
    if arguments.as_of.is_some() && !arguments.task.only_reads() {
        anyhow::bail!("the past cannot be changed; leave --as-of out");
    }
    if !arguments.without.is_empty() && !arguments.task.only_reads() {
        anyhow::bail!("--without is for what is shown, reported and exported; leave it out");
    }
    if let Task::Backup(options) = &arguments.task {
        // Without opening the device: another program may have it open, or it may not open any more.
        return care::backup(arguments, options);
    }
    let is_online = matches!(arguments.task, Task::Sync(_) | Task::Verify { .. });
    let session = Session::open(arguments, is_online)?;
    match &arguments.task {
        Task::Import(options) => import::run(&session, options),
        Task::List(options) => records::list(&session, options),
        Task::Show { id } => records::show(&session, id),
        Task::New { kind, fields } => records::create(&session, *kind, fields),
        Task::Edit { id, fields } => records::edit(&session, id, fields),
        Task::Delete { id } => records::delete(&session, id),
        Task::Restore { id } => records::restore(&session, id),
        Task::Ask(options) => ask::run(&session, options),
        Task::Do(options) => act::run(&session, options),
        Task::Conflicts => records::conflicts(&session),
        Task::History(options) => history::history(&session, options),
        Task::Verify { id, timeout } => care::verify(&session, id.as_deref(), *timeout),
        Task::Backup(_) => Ok(()),
        Task::Diff(options) => history::diff(&session, options),
        Task::Undo { step } => history::undo(&session, step),
        Task::Settle { id, field, take } => history::settle(&session, id, field, *take),
        Task::Since(options) => review::since(&session, options),
        Task::Review(options) => review::run(&session, options),
        Task::Report(options) => report::run(&session, options),
        Task::Export(options) => export::run(&session, options),
        Task::Sync(options) => sync::run(&session, options),
        Task::Status => sync::status(&session),
    }?;
    session.close()
}
