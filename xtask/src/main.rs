//! `cargo xtask <task>`: reads the command line, runs the task, turns its outcome into an exit code.
//! What a task does lives in the library.

use std::process::ExitCode;

use clap::Parser as _;

/// Tasks of the project.
#[derive(Debug, clap::Parser)]
#[command(name = "cargo xtask", version)]
enum Task {
    /// Run the main job: a relay, two assistants and a manager, offline and together again.
    Demo(xtask::demo::Options),
    /// Measure the promised speeds at the largest department.
    Bench(xtask::bench::Options),
    /// Check what the compiler cannot: crate arrows, headers, lengths, licences, paths.
    Tidy,
    /// Renew the tables of docs/document-schema.md from the program's own definitions.
    Schema,
    /// Make the pictures of every screen in docs/pictures anew; needs a display.
    Pictures,
    /// Kill a relay under load, again and again, and count what it had acknowledged and lost.
    Soak(xtask::soak::Options),
    /// Serve as the floor of the relay's benchmark.
    #[command(hide = true)]
    FanOut {
        /// Address to listen on.
        #[arg(long)]
        listen: std::net::SocketAddr,
    },
    /// Serve as the demo's relay.
    #[command(hide = true)]
    Relay {
        /// Folder of the relay.
        #[arg(long)]
        data: std::path::PathBuf,
        /// Address to listen on.
        #[arg(long)]
        listen: std::net::SocketAddr,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let root = xtask::workspace_root();
    match Task::parse() {
        Task::Tidy => xtask::tidy::run(root, &mut std::io::stdout().lock()),
        Task::Demo(options) => xtask::demo::run(&options),
        Task::Bench(options) => xtask::bench::run(root, &options),
        Task::Relay { data, listen } => {
            xtask::demo::relay::serve(&data, listen).map(|()| ExitCode::SUCCESS)
        }
        Task::Soak(options) => xtask::soak::run(&options),
        Task::FanOut { listen } => {
            xtask::bench::relay::server::fan_out(listen).map(|()| ExitCode::SUCCESS)
        }
        Task::Pictures => xtask::pictures::run(root).map(|()| ExitCode::SUCCESS),
        Task::Schema => xtask::schema::run(root).map(|()| ExitCode::SUCCESS),
    }
}
