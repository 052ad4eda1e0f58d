//! How many listings per second are durable *and* matched, against a register of generated items.
//!
//!     cargo bench --bench push                              100,000 items, 20,000 listings without photos
//!     cargo bench --bench push -- 10000 5000                10,000 items, 5,000 listings
//!     cargo bench --bench push -- 10000 1000 --photos 4     every item has a photo, every listing four
//!
//! The real service in this process, pushed to over HTTP in batches of 500 by two clients at once; the clock stops when the
//! last listing has been searched against the whole register. Photos are drawn before it starts, 0.2 megapixel each as JPEG;
//! when the listings stand they are sent one by one, by eight clients. One line of JSON comes out; the figures in between go
//! to standard error.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::time::Instant;

use metrics_exporter_prometheus::PrometheusBuilder;
use replevin::config::Config;
use replevin::domain::time::Clock;
use replevin::lifecycle::{Service, listen};
use tokio_util::sync::CancellationToken;

use photos::{drawn_photos, give_photos, send_photos};
use support::caught_up;

#[allow(dead_code, reason = "the soak run uses the rest")]
mod market;
#[path = "../../index/examples/common/measuring.rs"]
#[allow(dead_code, reason = "the service is timed by the clock")]
mod measuring;
mod photos;
#[path = "../../index/examples/common/pictures.rs"]
mod pictures;
#[path = "../../index/examples/common/random.rs"]
#[allow(dead_code, reason = "each program draws in its own ways")]
mod random;
mod support;
mod things;

const BATCH: usize = 500;
const CLIENTS: usize = 2;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (counts, options) = arguments.split_at(arguments.iter().position(|one| one == "--photos").unwrap_or(arguments.len()));
    let count = |place: usize, otherwise| counts.get(place).map_or(otherwise, |count| count.parse().unwrap());
    let photos = options.get(1).map_or(0, |photos| photos.parse().unwrap());
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(run(count(0, 100_000), count(1, 20_000), photos));
}

async fn run(items: usize, listings: usize, photos: usize) {
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
    let registered = market::register(&app, items).await;
    if photos > 0 {
        give_photos(&app, &registered);
    }
    eprintln!("registered {items} items in {:.1} s", start.elapsed().as_secs_f64());
    let share = listings / CLIENTS;
    let pushed = share * CLIENTS;
    let drawn = drawn_photos(items, pushed * photos);
    let listener = listen(config.listen).await.unwrap();
    let url = format!("http://{}/api/v1/partners/bench/listings", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let serving = tokio::spawn(service.serve(listener, None, stop.clone()));
    let start = Instant::now();
    caught_up(&app).await;
    eprintln!("indexed them in {:.1} s", start.elapsed().as_secs_f64());
    push(&url, &token, 0, BATCH).await;
    caught_up(&app).await;

    let start = Instant::now();
    let clients = (0..CLIENTS).map(|client| {
        let (url, token) = (url.clone(), token.clone());
        tokio::spawn(async move { push(&url, &token, BATCH + client * share, share).await })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    send_photos(&url, &token, BATCH, photos, drawn).await;
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
    let name = if photos > 0 { "push_photos" } else { "push_no_photos" };
    println!(
        "{{\"bench\":\"{name}\",\"items\":{items},\"listings\":{pushed},\"photos_each\":{photos},\"durable_per_s\":{:.1},\
         \"matched_per_s\":{:.1},\"reports\":{reports}}}",
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
