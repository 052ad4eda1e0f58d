//! A large compressed feed fetched and taken in end to end: a simulated partner serves it, the service pulls it by its settings.
//!
//! One line of JSON comes out: records a second from the first byte asked for to the last record durable, how much more memory of its
//! own the service held at most than when it had nothing to do, and how often its progress was seen to move.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use replevin::feeds::Format;
use serde_json::{Value, json};

use crate::generate;
use crate::support::{self, Opened, answered, own_mib};

/// How long the service is left alone before its memory counts as idle.
const SETTLING: Duration = Duration::from_secs(3);
/// Records by which the size of one is judged.
const JUDGED: u64 = 2_000;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Size of the feed before compression, MiB.
    #[arg(long, default_value_t = 200)]
    mib: u64,
    /// How it is written.
    #[arg(long, default_value_t = Format::GoogleTsv)]
    format: Format,
    /// Seconds after which the run counts as failed.
    #[arg(long, default_value_t = 3_600)]
    seconds_max: u64,
    /// Look at the memory so often, milliseconds.
    #[arg(long, default_value_t = 500)]
    every_ms: u64,
}

/// The partner's server; ends when dropped.
struct Simulator {
    child: Child,
    address: String,
}

impl Simulator {
    fn start(format: Format, records: u64) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_replevin"))
            .args([
                "simulate-partner",
                "--format",
                format.word(),
                "--records",
                &records.to_string(),
            ])
            .args(["--measured", "--without-photos"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split('/').nth(2).unwrap().to_owned();
        Self { child, address }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(crate) async fn run(options: &Options) {
    let judged: u64 = (0..JUDGED)
        .map(|number| generate::record(options.format, number, true, "").len() as u64)
        .sum();
    let records = (options.mib << 20) * JUDGED / judged;
    eprintln!("{records} records are generated and measured");
    let simulator = Simulator::start(options.format, records);
    let opened = Opened::empty_exempting(simulator.address.clone()).await;
    let (app, base) = (opened.app.clone(), opened.base.clone());
    let token = support::partner(&app).await;
    let serving = opened.serve();
    tokio::time::sleep(SETTLING).await;
    let http = support::client();
    let feed = format!("{base}/partners/bench/feeds/lots");
    let runs = async || answered(http.get(format!("{feed}/runs")).bearer_auth(&token)).await;
    let idle = own_mib();

    let pull = json!({"url": format!("http://{}/feed.gz", simulator.address), "schedule": "30 4 * * *"});
    let settings = json!({"format": options.format.word(), "pull": pull});
    answered(http.put(&feed).bearer_auth(&token).json(&settings)).await;
    let (began, mut most, mut seen, mut last) = (Instant::now(), idle, 0_u64, Value::Null);
    let run = loop {
        tokio::time::sleep(Duration::from_millis(options.every_ms)).await;
        most = most.max(own_mib());
        let answer = runs().await;
        if let Some(run) = answer["runs"].get(0) {
            break run.clone();
        }
        if answer["under_way"] != last {
            last = answer["under_way"].clone();
            seen += 1;
            eprint!(
                "\r{} of {} bytes, {} records, {most} MiB    ",
                last["bytes"], last["bytes_total"], last["records"]
            );
        }
        assert!(began.elapsed().as_secs() < options.seconds_max, "it takes too long: {answer}");
    };
    eprintln!();
    let moment = |field: &str| {
        run[field]
            .as_str()
            .unwrap()
            .parse::<replevin::domain::time::Timestamp>()
            .unwrap()
    };
    let seconds = (moment("ended_at") - moment("started_at")).as_seconds_f64();
    let taken = run["accepted"].as_u64().unwrap();
    println!(
        "{}",
        json!({
            "bench": "pull", "format": options.format.word(), "mib": options.mib, "outcome": run["outcome"], "note": run["note"],
            "sent_mib": run["bytes"].as_u64().unwrap() >> 20, "records": taken, "of": records, "seconds": (seconds * 10.0).round() / 10.0,
            "records_a_second": (taken as f64 / seconds).round(), "idle_mib": idle, "memory_above_idle_mib": most - idle,
            "progress_seen": seen,
        })
    );
    assert_eq!((run["outcome"].as_str(), taken), (Some("taken"), records));
    serving.end().await;
}
