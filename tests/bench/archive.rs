//! From a verified theft to its reports over a large archive, and from a push to its report, while a partner goes on pushing.
//!
//! The archive is pushed over HTTP into a service whose register is empty; then the register is filled. In each round an
//! owner registers an item with a mark, whose number some listing of the archive shows, reports it stolen, and the time runs
//! from the officer's verification until the queue names the listing; then a listing is pushed that shows the number of another
//! item stolen before, and the time runs from the push.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::market;
use crate::people::People;
use crate::push::push;
use crate::support::{self, Opened, caught_up, lag, mapped_mib, own_mib, print_times};

/// Listings of one push of the load.
const AT_ONCE: u64 = 50;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Listings in the archive.
    #[arg(default_value_t = 1_000_000)]
    listings: u64,
    /// Items in the register.
    #[arg(default_value_t = 10_000)]
    items: usize,
    /// Thefts, and listings of stolen items.
    #[arg(long, default_value_t = 100)]
    rounds: u64,
    /// Listings that a partner pushes a second meanwhile.
    #[arg(long, default_value_t = 100)]
    rate: u64,
}

pub(crate) async fn run(options: &Options) {
    let opened = Opened::empty().await;
    let (app, base) = (opened.app.clone(), opened.base.clone());
    let token = support::partner(&app).await;
    let url = format!("{base}/partners/bench/listings");
    let serving = opened.serve();
    let start = Instant::now();
    push(&url, &token, 0, options.listings as usize).await;
    eprintln!(
        "pushed {} listings in {:.0} s",
        options.listings,
        start.elapsed().as_secs_f64()
    );
    caught_up(&app).await;
    eprintln!("indexed them in {:.0} s in all", start.elapsed().as_secs_f64());
    market::register(&app, options.items).await;
    caught_up(&app).await;
    eprintln!(
        "and matched {} items against them in {:.0} s in all",
        options.items,
        start.elapsed().as_secs_f64()
    );

    let people = People::new(&app, base).await;
    let next = Arc::new(AtomicU64::new(options.listings));
    let load = tokio::spawn(push_on(url.clone(), token.clone(), options.rate, Arc::clone(&next)));
    let (mut thefts, mut pushes) = (Vec::new(), Vec::new());
    let mut numbers = (0..options.listings).filter(|number| market::has_own_number(*number));
    let (before, began) = (support::stages(&app), Instant::now());
    for _ in 0..options.rounds {
        let (shown, other) = (numbers.next().unwrap(), numbers.next().unwrap());
        thefts.push(stolen(&people, shown).await);
        stolen(&people, other).await;
        let number = next.fetch_add(1, Ordering::Relaxed);
        let mut listing = market::listing(other);
        listing["id"] = json!(format!("B-{number}"));
        let began = Instant::now();
        market::push(&people.http, &url, &token, std::iter::once(listing)).await;
        people.reported(&format!("B-{number}")).await;
        pushes.push(began.elapsed());
    }
    let about = json!({
        "archive": options.listings, "items": options.items, "load_per_s": options.rate, "lag": lag(&app).await,
        "mib": own_mib(), "mapped_mib": mapped_mib(), "seconds": began.elapsed().as_secs_f64().round(),
        "stages_s": support::between(&before, &support::stages(&app))
    });
    load.abort();
    print_times("archive_theft_to_report", &about, thefts);
    print_times("archive_listing_to_report", &about, pushes);
    caught_up(&app).await;
    drop(serving.end().await);
}

/// Has the thing stolen that a listing shows; how long until the police know where it is.
async fn stolen(people: &People, number: u64) -> Duration {
    let item = people.item(&market::item_shown(number)).await;
    let theft = people.theft(&item).await;
    let began = Instant::now();
    people.verify(&theft).await;
    people.reported(&format!("B-{number}")).await;
    began.elapsed()
}

async fn push_on(url: String, token: String, rate: u64, next: Arc<AtomicU64>) {
    let client = support::client();
    let mut tick = tokio::time::interval(Duration::from_secs_f64(AT_ONCE as f64 / rate as f64));
    loop {
        tick.tick().await;
        let first = next.fetch_add(AT_ONCE, Ordering::Relaxed);
        let listings: Vec<Value> = (first..first + AT_ONCE).map(market::listing).collect();
        market::push(&client, &url, &token, listings.into_iter()).await;
    }
}
