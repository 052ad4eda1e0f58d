//! The `replevin` program: parse, log, call, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    replevin::cli::run()
}
