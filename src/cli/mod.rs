//! The command line: one file a group of commands.
//!
//! Owns arguments, exit codes (0 success, 1 the work failed, 2 wrong usage), progress and what is printed. The work itself is
//! the modules'.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError};

mod serve;

/// Finds stolen goods in the second-hand market and takes them to the police, under the letter of intent.
#[derive(Debug, Parser)]
#[command(name = "replevin", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service.
    #[command(after_help = "Example:\n  replevin serve --config /etc/replevin.toml")]
    Serve(serve::Serve),
    /// Check a configuration and say what it would do.
    #[command(after_help = "Example:\n  replevin check-config --config /etc/replevin.toml")]
    CheckConfig(serve::CheckConfig),
}

/// Which configuration and data to work on.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The configuration file; without it, the defaults.
    #[arg(long, value_name = "FILE", env = "REPLEVIN_CONFIG")]
    config: Option<PathBuf>,
    /// The data directory, instead of the configuration's.
    #[arg(long, value_name = "DIR", env = "REPLEVIN_DATA")]
    data: Option<PathBuf>,
}

impl Place {
    /// The configuration that these arguments name.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }
}

/// Parses the arguments, does the command, and says how it went.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(command) => command.run(),
        Command::CheckConfig(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("replevin: {error:#}");
            ExitCode::FAILURE
        }
    }
}
