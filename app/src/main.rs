//! The desktop program `adjutant`.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match adjutant::run::run(&adjutant::run::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a program says what is in the way")]
            {
                eprintln!("adjutant: {}", adjutant_base::error::chain(error.as_ref()));
            }
            ExitCode::FAILURE
        }
    }
}
