//! Benchmarks of the whole service: the real one in this process, used over HTTP as partners, owners and officers do.
//!
//!     cargo bench --bench service -- push                     listings durable and matched a second
//!     cargo bench --bench service -- latency                  from a push or a verified theft to its report
//!     cargo bench --bench service -- archive                  the same against an archive of a million listings, under load
//!     cargo bench --bench service -- soak                     whether it stays as quick and as small as it began
//!     cargo bench --bench service -- checks                   how long a check before publishing takes
//!     cargo bench --bench service -- retries                  pushes that are sent ten times at once have one effect
//!     cargo bench --bench service -- isolation                whether one partner that misbehaves holds up forty-nine
//!     cargo bench --bench service -- desk                     the queue and a report's page at 100,000 open reports
//!     cargo bench --bench service -- search                   an officer's free search over a million listings
//!
//! `--help` behind the name of one tells what can be set. Lines of JSON come out; what is said in between goes to standard
//! error. Each benchmark is a file of its own; [`support`] holds what they share.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use clap::{Parser, Subcommand};

mod archive;
mod checks;
mod desk;
mod isolation;
mod latency;
mod market;
#[path = "../../index/examples/common/measuring.rs"]
#[allow(dead_code, reason = "the service is timed by the clock")]
mod measuring;
mod people;
mod photos;
#[path = "../../index/examples/common/pictures.rs"]
mod pictures;
mod push;
#[path = "../../index/examples/common/random.rs"]
#[allow(dead_code, reason = "each program draws in its own ways")]
mod random;
mod retries;
mod search;
mod soak;
mod support;
mod things;

/// Benchmarks of the whole service.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// What cargo adds.
    #[arg(long = "bench", hide = true, global = true)]
    _cargo: bool,
}

#[derive(Subcommand)]
enum Bench {
    /// How many listings a second are durable and matched, against a register of generated items.
    Push(push::Options),
    /// How long the police wait: from a push to its report, and from a verified theft to its reports.
    Latency(latency::Options),
    /// From a verified theft to its reports, and from a push to its report, against a large archive while a partner pushes.
    Archive(archive::Options),
    /// Whether the service stays as quick and as small as it began when it works for long at its target rate.
    Soak(soak::Options),
    /// How long a partner waits for the answer to a check without a photo.
    Checks(checks::Options),
    /// Whether pushes that are each sent ten times at once have one effect each.
    Retries(retries::Options),
    /// Whether one partner of fifty that misbehaves holds up the others.
    Isolation(isolation::Options),
    /// How long an officer's free search over a large archive takes.
    Search(search::Options),
    /// How long the police desk takes to answer when very many reports are open.
    Desk(desk::Options),
}

fn main() {
    let bench = Arguments::parse().bench;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match bench {
            Bench::Push(options) => push::run(&options).await,
            Bench::Latency(options) => latency::run(&options).await,
            Bench::Archive(options) => archive::run(&options).await,
            Bench::Soak(options) => soak::run(&options).await,
            Bench::Checks(options) => checks::run(&options).await,
            Bench::Retries(options) => retries::run(&options).await,
            Bench::Isolation(options) => isolation::run(&options).await,
            Bench::Search(options) => search::run(&options).await,
            Bench::Desk(options) => desk::run(&options).await,
        }
    });
}
