//! The relay program: reads its arguments, serves until it is told to stop, prints one sentence if it cannot.
//!
//! Everything else lives in the library.

use std::process::ExitCode;

use adjutant_base::error;
use adjutant_relay::Arguments;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    match adjutant_relay::serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            #[expect(clippy::print_stderr, reason = "the program's last words")]
            {
                eprintln!("adjutant-relay: {}", error::chain(failure.as_ref()));
            }
            ExitCode::FAILURE
        }
    }
}
