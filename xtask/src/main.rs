//! `cargo xtask <task>`: reads the command line, runs the task, turns its outcome into an exit code.
//! What a task does lives in the library.

use std::process::ExitCode;

use clap::Parser as _;

/// Tasks of the project.
#[derive(Debug, clap::Parser)]
#[command(name = "cargo xtask", version)]
enum Task {
    /// Check what the compiler cannot: crate arrows, headers, lengths, licences, paths.
    Tidy,
    /// Renew the tables of docs/document-schema.md from the program's own definitions.
    Schema,
}

fn main() -> anyhow::Result<ExitCode> {
    let root = xtask::workspace_root();
    match Task::parse() {
        Task::Tidy => xtask::tidy::run(root, &mut std::io::stdout().lock()),
        Task::Schema => xtask::schema::run(root).map(|()| ExitCode::SUCCESS),
    }
}
