//! How many listings per second are durable *and* matched, against a register of generated items.
//!
//! Pushed in batches of 500 by two clients at once; the clock stops when the last listing has been searched against the whole
//! register. Photos are drawn before it starts, 0.2 megapixel each as JPEG; every item then has one, and when the listings
//! stand theirs are sent one by one, by eight clients. Last comes how long a start waits for the index of all that. The archive
//! is no longer small when it begins: while it is, all that came is compared again each time it has grown by half.

use std::path::Path;
use std::time::Instant;

use replevin_index::{Engine, EngineOptions, Side};

use crate::photos::{drawn_photos, give_photos, send_photos};
use crate::support::{Opened, caught_up};
use crate::{market, support};

const BATCH: usize = 500;
const CLIENTS: usize = 2;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Items in the register.
    #[arg(default_value_t = 100_000)]
    items: usize,
    /// Listings that are pushed.
    #[arg(default_value_t = 20_000)]
    listings: usize,
    /// Photos of each listing; every item then has one.
    #[arg(long, default_value_t = 0)]
    photos: usize,
    /// Listings without photos that stand in the archive before.
    #[arg(long, default_value_t = 20_000)]
    archive: usize,
}

pub(crate) async fn run(options: &Options) {
    let &Options {
        items,
        listings,
        photos,
        archive,
    } = options;
    let opened = Opened::empty().await;
    let (app, data) = (opened.app.clone(), opened.data.clone());
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
    let url = format!("{}/partners/bench/listings", opened.base);
    let serving = opened.serve();
    let start = Instant::now();
    caught_up(&app).await;
    eprintln!("indexed them in {:.1} s", start.elapsed().as_secs_f64());
    push(&url, &token, 0, archive).await;
    caught_up(&app).await;
    eprintln!("an archive of {archive} stands");

    let (before, start) = (support::stages(&app), Instant::now());
    let clients = (0..CLIENTS).map(|client| {
        let (url, token) = (url.clone(), token.clone());
        tokio::spawn(async move { push(&url, &token, archive + client * share, share).await })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    send_photos(&url, &token, archive, photos, drawn).await;
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
    let stages = serde_json::json!(support::between(&before, &support::stages(&app)));
    let name = if photos > 0 { "push_photos" } else { "push_no_photos" };
    println!(
        "{{\"bench\":\"{name}\",\"items\":{items},\"archive\":{archive},\"listings\":{pushed},\"photos_each\":{photos},\"durable_per_s\":{:.1},\
         \"matched_per_s\":{:.1},\"reports\":{reports},\"mib\":{},\"mapped_mib\":{},\"stages_s\":{stages}}}",
        pushed as f64 / durable,
        pushed as f64 / matched,
        support::own_mib(),
        support::mapped_mib()
    );
    drop(app);
    let folder = serving.end().await;
    start_up(&data.join("index"));
    drop(folder);
}

/// How long a start waits for the index of what lies there.
fn start_up(index: &Path) {
    let start = Instant::now();
    let engine = Engine::open(index, EngineOptions::default()).unwrap();
    println!(
        "{{\"bench\":\"start_up\",\"items\":{},\"listings\":{},\"seconds\":{:.1}}}",
        engine.len(Side::Registered),
        engine.len(Side::Offered),
        start.elapsed().as_secs_f64()
    );
}

/// Pushes `count` generated listings from number `first` on.
pub(crate) async fn push(url: &str, token: &str, first: usize, count: usize) {
    let client = support::client();
    for start in (first..first + count).step_by(BATCH) {
        let numbers = start..(first + count).min(start + BATCH);
        market::push(&client, url, token, numbers.map(|number| market::listing(number as u64))).await;
    }
}
