//! How many listings without photos per second are durable *and* matched, against a register of generated items.
//!
//!     cargo bench --bench push                      100,000 items, 20,000 listings
//!     cargo bench --bench push -- 10000 5000        10,000 items, 5,000 listings
//!
//! The real service in this process, pushed to over HTTP in batches of 500 by two clients at once; the clock stops when the
//! last listing has been searched against the whole register. One line of JSON comes out; the figures in between go to
//! standard error.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::time::Instant;

use metrics_exporter_prometheus::PrometheusBuilder;
use replevin::config::Config;
use replevin::domain::time::Clock;
use replevin::lifecycle::{Service, listen};
use tokio_util::sync::CancellationToken;

use support::caught_up;
#[allow(dead_code, reason = "the soak run uses the rest")]
mod market;
mod support;
mod things;

const BATCH: usize = 500;
const CLIENTS: usize = 2;

fn main() {
    let counts: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let items = counts.first().copied().unwrap_or(100_000);
    let listings = counts.get(1).copied().unwrap_or(20_000);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(run(items, listings));
}

async fn run(items: usize, listings: usize) {
    let directory = tempfile::tempdir().unwrap();
    let config = Config {
        data: directory.path().join("data"),
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    };
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let service = Service::open(&config, Clock::system(), metrics).unwrap();
    let app = service.app.clone();
    let token = support::partner(&app).await;
    let start = Instant::now();
    market::register(&app, items).await;
    eprintln!("registered {items} items in {:.1} s", start.elapsed().as_secs_f64());
    let listener = listen(config.listen).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(service.serve(listener, None, stop.clone()));
    let start = Instant::now();
    caught_up(&app).await;
    eprintln!("indexed them in {:.1} s", start.elapsed().as_secs_f64());
    push(&format!("http://{address}/api/v1/partners/bench/listings"), &token, 0, BATCH).await;
    caught_up(&app).await;

    let start = Instant::now();
    let share = listings / CLIENTS;
    let clients = (0..CLIENTS).map(|client| {
        let (url, token) = (format!("http://{address}/api/v1/partners/bench/listings"), token.clone());
        tokio::spawn(async move { push(&url, &token, BATCH + client * share, share).await })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    let durable = start.elapsed().as_secs_f64();
    caught_up(&app).await;
    let matched = start.elapsed().as_secs_f64();
    let reports: u64 = app
        .store
        .read(|reader| reader.count_reports())
        .await
        .unwrap()
        .iter()
        .map(|(_, count)| count)
        .sum();
    let pushed = share * CLIENTS;
    println!(
        "{{\"bench\":\"push_no_photos\",\"items\":{items},\"listings\":{pushed},\"durable_per_s\":{:.0},\"matched_per_s\":{:.0},\
         \"reports\":{reports}}}",
        pushed as f64 / durable,
        pushed as f64 / matched
    );
    stop.cancel();
    serving.await.unwrap();
}

/// Pushes `count` generated listings from number `first` on.
async fn push(url: &str, token: &str, first: usize, count: usize) {
    let client = support::client();
    for start in (first..first + count).step_by(BATCH) {
        let numbers = start..(first + count).min(start + BATCH);
        market::push(&client, url, token, numbers.map(|number| market::listing(number as u64))).await;
    }
}
