//! The command line: one file a group of commands.
//!
//! Owns arguments, exit codes (0 success, 1 the work failed, 2 wrong usage), progress and what is printed. The work itself is
//! the modules'.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError};

mod admin;
mod audit;
mod calibrate;
mod demo;
mod describe_api;
mod evaluate;
mod evidence;
mod figures;
mod files;
mod inspect;
mod match_files;
mod operations;
mod output;
mod progress;
mod serve;
mod simulate;

/// Finds stolen goods in the second-hand market and takes them to the police, under the letter of intent.
#[derive(Debug, Parser)]
#[command(
    name = "replevin",
    version,
    arg_required_else_help = true,
    after_help = "Example:\n  replevin demo\n\nEach command shows its own: replevin match --help"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service with sample data, and show what it finds.
    #[command(after_help = "Example:\n  replevin demo")]
    Demo(demo::Demo),
    /// Run the service.
    #[command(after_help = "Example:\n  replevin serve --config /etc/replevin.toml")]
    Serve(serve::Serve),
    /// Check a configuration and say what it would do.
    #[command(after_help = "Example:\n  replevin check-config --config /etc/replevin.toml")]
    CheckConfig(serve::CheckConfig),
    /// See what the engine sees: identifiers in a text, hashes of a photo.
    #[command(after_help = "Example:\n  replevin inspect text 'Stel nr. WBK 123456 Z'")]
    Inspect(inspect::Inspect),
    /// Match a register with listings, both from files: no service, no store.
    #[command(
        after_help = "Example:\n  replevin match --register items.ndjson --listings feed.ndjson.gz --photos photos --out matches.ndjson"
    )]
    Match(match_files::MatchFiles),
    /// Match files, and measure the result against pairs of which you know.
    ///
    /// --target object scores each candidate with its probability of being the same object. A pair of the truth that no search
    /// brings up counts as missed, with the prior for its probability and an LR of 1. Cllr is that of the LR before the prior
    /// and rivals; it is infinite (in JSON null) when a same pair was ruled out. --target model scores each row of the truth
    /// with the same-model score of its texts, and takes the share of same rows out of the odds for Cllr. Intervals come from
    /// 1,000 samples of the pairs, drawn one by one: pairs that share a record are related, so that true intervals are wider.
    #[command(
        after_help = "Example:\n  replevin evaluate --register items.ndjson --listings feed.ndjson --truth pairs.csv --report report.html"
    )]
    Evaluate(evaluate::Evaluate),
    /// Learn from decided cases how much findings are worth, and show before and after.
    ///
    /// The truth is the outcome of closed reports (recovered, returned to the owner; not the item), and what officers said in
    /// blind reviews of candidates below the reporting threshold, each of which stands for all that were not drawn. Too few of
    /// either are refused. Before and after are told on cases that were held out, part by part, of what was learned. The file
    /// that --out writes is put to use by naming it in the configuration: [matching] calibration = "FILE". It is not written
    /// when the odds of the cases held out are not surely better for it.
    #[command(
        after_help = "Example:\n  replevin calibrate --config /etc/replevin.toml --out calibration.toml --report calibration.html"
    )]
    Calibrate(calibrate::Calibrate),
    /// Build the index anew from the store. The service must be stopped.
    #[command(after_help = "Example:\n  replevin reindex --config /etc/replevin.toml")]
    Reindex(operations::Reindex),
    /// Copy database and photos into a new folder, while the service runs. The keys are not copied.
    #[command(after_help = "Example:\n  replevin backup /backups/2026-11-21 --config /etc/replevin.toml")]
    Backup(operations::Backup),
    /// Bring a backup back into an empty data directory.
    #[command(after_help = "Example:\n  replevin restore /backups/2026-11-21 --data /var/lib/replevin")]
    Restore(operations::Restore),
    /// Verify or export the audit log.
    #[command(after_help = "Example:\n  replevin audit verify")]
    Audit(audit::Audit),
    /// Check evidence bundles.
    #[command(after_help = "Example:\n  replevin evidence verify SR-12-evidence.zip")]
    Evidence(evidence::Evidence),
    /// Write down the description of the HTTP API (OpenAPI), as the service serves it at /api/openapi.json.
    #[command(after_help = "Example:\n  replevin describe-api > openapi.json")]
    DescribeApi(describe_api::DescribeApi),
    /// Administer partners.
    #[command(after_help = "Example:\n  replevin partner add --slug nordlys --name 'Nordlys Auktioner'")]
    Partner(admin::partner::PartnerCommand),
    /// Administer letters of intent.
    #[command(after_help = "Example:\n  replevin letter list")]
    Letter(admin::letter::LetterCommand),
    /// Administer feeds, and see what would be made of a file.
    #[command(after_help = "Example:\n  replevin feed read lots.csv --format csv --mapping lots.json")]
    Feed(admin::feed::FeedCommand),
    /// Serve a generated feed as a partner would, with faults: to try out what pulling does.
    #[command(
        after_help = "Example:\n  replevin simulate-partner --format csv --records 100000 --bad-every 1000 --fault cut-off"
    )]
    SimulatePartner(simulate::SimulatePartner),
    /// Administer accounts.
    #[command(after_help = "Example:\n  replevin user add --email admin@police.example --name 'A. Berg' --role administrator")]
    User(admin::user::UserCommand),
    /// Administer access tokens.
    #[command(after_help = "Example:\n  replevin token create --partner nordlys --label 'nightly feed'")]
    Token(admin::token::TokenCommand),
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

    /// The configuration that these arguments name, when there is a database where it says: only `serve`, `demo` and `restore`
    /// make one.
    pub(crate) fn existing(&self) -> anyhow::Result<Config> {
        let config = self.config()?;
        let data = std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone());
        if config.database().is_file() {
            return Ok(config);
        }
        if data.exists() && !data.is_dir() {
            bail!("{} is not a directory", data.display());
        }
        bail!(
            "there is no database in {}: name the service's configuration with --config FILE or REPLEVIN_CONFIG, or its data \
             directory with --data DIR or REPLEVIN_DATA; a new one is made by replevin serve",
            data.display()
        )
    }
}

/// Parses the arguments, does the command, and says how it went.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Demo(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::CheckConfig(command) => command.run(),
        Command::Inspect(command) => command.run(),
        Command::Match(command) => command.run(),
        Command::Evaluate(command) => command.run(),
        Command::Calibrate(command) => command.run(),
        Command::Reindex(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Evidence(command) => command.run(),
        Command::DescribeApi(command) => command.run(),
        Command::Partner(command) => command.run(),
        Command::Letter(command) => command.run(),
        Command::Feed(command) => command.run(),
        Command::SimulatePartner(command) => command.run(),
        Command::User(command) => command.run(),
        Command::Token(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if reader_left(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<Usage>() => {
            eprintln!("replevin: {error:#}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("replevin: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Arguments that cannot be used together or for what is there: wrong usage, not failed work.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Whether the command ended because nobody reads its output any more, as in `… | head`.
fn reader_left(error: &anyhow::Error) -> bool {
    let gone = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(gone))
}
