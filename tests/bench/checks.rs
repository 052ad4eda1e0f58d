//! How long a partner waits for the answer to a check without a photo, over HTTP, against a generated register and archive.
//!
//! Checks say what listings say: a title and words, half of them a number too, one in twenty the number of a stolen item, which
//! is answered `refer`. They are sent one after the other by a number of clients, first with nothing else to do, then while
//! another partner pushes. Clients keep to the pace that the service allows a partner; waiting for it is not counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::market;
use crate::push::push;
use crate::support::{self, Opened, caught_up, own_mib, print_times};
use crate::things::{Thing, mix, serial};

/// Checks that a partner may ask in a minute.
const A_MINUTE: u64 = 3_000;
/// One check in so many is on a stolen item.
const STOLEN_EACH: u64 = 20;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Items in the register, every fourth stolen.
    #[arg(default_value_t = 100_000)]
    items: usize,
    /// Listings in the archive.
    #[arg(default_value_t = 20_000)]
    listings: usize,
    /// Checks of each kind.
    #[arg(long, default_value_t = 2_500)]
    checks: u64,
    /// Clients that ask at once.
    #[arg(long, default_value_t = 2)]
    clients: u64,
    /// Listings that a partner pushes a second in the second part.
    #[arg(long, default_value_t = 100)]
    rate: u64,
}

pub(crate) async fn run(options: &Options) {
    let opened = Opened::empty().await;
    let (app, base) = (opened.app.clone(), opened.base.clone());
    let token = support::partner(&app).await;
    let url = format!("{base}/partners/bench/listings");
    market::register(&app, options.items).await;
    let serving = opened.serve();
    push(&url, &token, 0, options.listings).await;
    caught_up(&app).await;
    eprintln!("{} items and {} listings stand", options.items, options.listings);

    let about = |load: u64, (referred, checks): (u64, u64)| {
        json!({"items": options.items, "archive": options.listings, "clients": options.clients, "load_per_s": load,
            "referred": referred, "checks": checks, "mib": own_mib()})
    };
    let (times, counts) = ask(&base, &token, options, 0).await;
    print_times("checks", &about(0, counts), times);
    tokio::time::sleep(Duration::from_secs(61)).await;
    let load = tokio::spawn(push_on(url, token.clone(), options.rate, options.listings as u64));
    let (times, counts) = ask(&base, &token, options, options.checks).await;
    load.abort();
    print_times("checks_while_pushed", &about(options.rate, counts), times);
    caught_up(&app).await;
    drop(serving.end().await);
}

/// Asks; how long each took, and how many were referred.
async fn ask(base: &str, token: &str, options: &Options, first: u64) -> (Vec<Duration>, (u64, u64)) {
    let next = Arc::new(AtomicU64::new(first));
    let last = first + options.checks.min(A_MINUTE);
    let items = options.items as u64;
    let clients = (0..options.clients).map(|_| {
        let (next, url, token) = (Arc::clone(&next), format!("{base}/checks"), token.to_owned());
        tokio::spawn(async move {
            let (client, mut times, mut referred) = (support::client(), Vec::new(), 0);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= last {
                    return (times, referred);
                }
                let check = check(number, items);
                let began = Instant::now();
                let answer = support::answered(client.post(&url).bearer_auth(&token).json(&check)).await;
                times.push(began.elapsed());
                referred += u64::from(answer["answer"] == "refer");
            }
        })
    });
    let (mut times, mut referred) = (Vec::new(), 0);
    for client in clients.collect::<Vec<_>>() {
        let (own, count) = client.await.unwrap();
        times.extend(own);
        referred += count;
    }
    let count = times.len() as u64;
    (times, (referred, count))
}

fn check(number: u64, items: u64) -> Value {
    let about = mix(number) % items.max(1);
    let thing = Thing::numbered(about);
    let mut check =
        json!({"id": format!("C-{number}"), "title": thing.title(), "description": thing.text(number), "brand": thing.brand});
    let value = match number % STOLEN_EACH {
        // Every fourth item is stolen.
        0 => Some(serial(about / 4 * 4)),
        n if n % 2 == 1 => Some(serial(items + number)),
        _ => None,
    };
    if let Some(value) = value {
        check["identifiers"] = json!([{"kind": "serial", "value": value}]);
    }
    if number.is_multiple_of(STOLEN_EACH) {
        check["title"] = json!(Thing::numbered(about / 4 * 4).title());
    }
    check
}

async fn push_on(url: String, token: String, rate: u64, first: u64) {
    const AT_ONCE: u64 = 50;
    let client = support::client();
    let mut tick = tokio::time::interval(Duration::from_secs_f64(AT_ONCE as f64 / rate.max(1) as f64));
    for batch in 0.. {
        tick.tick().await;
        let start = first + batch * AT_ONCE;
        market::push(&client, &url, &token, (start..start + AT_ONCE).map(market::listing)).await;
    }
}
