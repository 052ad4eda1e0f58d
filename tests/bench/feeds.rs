//! How fast feeds are read, and in how much memory: a generated feed in each format, compressed, read record by record.
//!
//!     cargo bench --bench feeds -- --megabytes 2000 --format google-tsv
//!     cargo bench --bench feeds -- pull --mib 2000            the same through the whole service, fetched from a partner's server
//!
//! `--megabytes` is the size before compression. One line of JSON a format comes out: records a second, and how much more memory
//! than before was in use at most while reading, as the operating system counts it. The feed lies in a temporary file.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, Write};
use std::time::Instant;

use clap::{Parser, Subcommand};
use flate2::Compression;
use flate2::write::GzEncoder;
use replevin::feeds::{Format, ReadOptions, each_listing, inflate};
use serde_json::json;

#[path = "../../src/cli/simulate/generate.rs"]
mod generate;
mod pull;
#[allow(dead_code, reason = "the benchmarks of the whole service share it")]
mod support;

/// How fast feeds are read, and in how much memory.
#[derive(Parser)]
struct Options {
    /// Size of a feed before compression, megabytes.
    #[arg(long, default_value_t = 200)]
    megabytes: u64,
    /// Only this format.
    #[arg(long)]
    format: Option<Format>,
    #[command(subcommand)]
    what: Option<What>,
    /// What cargo adds.
    #[arg(long = "bench", hide = true, global = true)]
    _cargo: bool,
}

#[derive(Subcommand)]
enum What {
    /// Fetched from a partner's server and taken in by the whole service.
    Pull(pull::Options),
}

fn main() {
    let options = Options::parse();
    if let Some(What::Pull(options)) = &options.what {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(pull::run(options));
    }
    for format in Format::ALL
        .into_iter()
        .filter(|format| options.format.is_none_or(|only| only == *format))
    {
        let mut file = tempfile::tempfile().unwrap();
        let bytes = write(format, options.megabytes << 20, &file);
        file.rewind().unwrap();
        let compressed = file.metadata().unwrap().len();
        let idle = memory_kib();
        let (mut good, mut rejected, mut most) = (0_u64, 0_u64, idle);
        let begun = Instant::now();
        let stream = inflate::inflate(
            inflate::Compression::Gzip,
            BufReader::with_capacity(1 << 16, file),
            compressed,
            u64::MAX,
        );
        each_listing(format, stream, &ReadOptions::default(), |read| {
            match read.result {
                Ok(_) => good += 1,
                Err(_) => rejected += 1,
            }
            if good.is_multiple_of(10_000) {
                most = most.max(memory_kib());
                eprint!("\r{format}: {good} records");
            }
            Ok(())
        })
        .unwrap();
        eprintln!();
        let seconds = begun.elapsed().as_secs_f64();
        let line = json!({
            "bench": format!("feeds {format}"), "format": format.word(), "megabytes": bytes >> 20, "compressed_megabytes": compressed >> 20, "records": good,
            "rejected": rejected, "records_a_second": (good as f64 / seconds).round(), "seconds": (seconds * 10.0).round() / 10.0,
            "memory_above_idle_mib": (most - idle) >> 10,
        });
        println!("{line}");
    }
}

/// Writes a feed of about `bytes_wanted`, compressed; how large it is before that.
fn write(format: Format, bytes_wanted: u64, file: &File) -> u64 {
    let mut sink = GzEncoder::new(BufWriter::with_capacity(1 << 20, file), Compression::fast());
    let (head, tail) = generate::frame(format);
    sink.write_all(head.as_bytes()).unwrap();
    let (mut written, mut number) = (head.len() as u64, 0);
    while written < bytes_wanted {
        let record = generate::record(format, number, true, "https://img.example/photos");
        sink.write_all(record.as_bytes()).unwrap();
        written += record.len() as u64;
        number += 1;
    }
    sink.write_all(tail.as_bytes()).unwrap();
    sink.finish().unwrap().flush().unwrap();
    written
}

/// Memory in use, as the operating system counts it, KiB.
fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}
