//! The relay program: does what its arguments say, prints one sentence if it cannot.
//!
//! Everything else lives in the library.

use std::process::ExitCode;

use adjutant_base::error;
use adjutant_relay::Arguments;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match adjutant_relay::run(Arguments::parse()).await {
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
