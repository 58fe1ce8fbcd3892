//! The relay program: does what its arguments say, prints one sentence if it cannot.
//!
//! Everything else lives in the library.

use std::io::Write as _;
use std::process::ExitCode;

use adjutant_base::error;
use adjutant_relay::Arguments;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match adjutant_relay::run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let words = error::chain(failure.as_ref());
            // The program's last words; if they cannot be written, there is nobody to tell.
            writeln!(std::io::stderr(), "adjutant-relay: {words}").ok();
            ExitCode::FAILURE
        }
    }
}
