//! Pushes that are each sent ten times at once under one key: as many effects as pushes, and what that costs.
//!
//! Each push brings one listing. Effects are counted in the store: listings, and entries in the log, of which each push that is
//! taken in leaves one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use replevin::app::App;
use serde_json::json;

use crate::market;
use crate::support::{self, Opened};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Pushes.
    #[arg(default_value_t = 10_000)]
    pushes: u64,
    /// How often each is sent, at the same time.
    #[arg(long, default_value_t = 10)]
    times: u64,
    /// Pushes that are under way at once.
    #[arg(long, default_value_t = 8)]
    clients: u64,
}

pub(crate) async fn run(options: &Options) {
    let opened = Opened::empty().await;
    let (app, base) = (opened.app.clone(), opened.base.clone());
    let token = support::partner(&app).await;
    let serving = opened.serve_pages();
    let before = rows(&app).await;
    let (next, times, pushes) = (Arc::new(AtomicU64::new(0)), options.times, options.pushes);
    let replayed = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let clients = (0..options.clients).map(|_| {
        let (next, replayed) = (Arc::clone(&next), Arc::clone(&replayed));
        let (url, token) = (format!("{base}/partners/bench/listings"), token.clone());
        tokio::spawn(async move {
            let client = support::client();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= pushes {
                    return;
                }
                let body = format!("{}\n", market::listing(number));
                let sent = (0..times).map(|_| {
                    let request = client
                        .post(&url)
                        .bearer_auth(&token)
                        .header("idempotency-key", format!("push-{number}"));
                    request.body(body.clone()).send()
                });
                let mut texts = Vec::new();
                for answer in futures::future::join_all(sent).await {
                    let answer = answer.unwrap();
                    assert!(answer.status().is_success(), "{}", answer.status());
                    replayed.fetch_add(
                        u64::from(answer.headers().contains_key("idempotency-replayed")),
                        Ordering::Relaxed,
                    );
                    texts.push(answer.text().await.unwrap());
                }
                assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    let seconds = start.elapsed().as_secs_f64();
    let after = rows(&app).await;
    let new = |table: &str| after[table] - before[table];
    let line = json!({"bench": "retries", "pushes": pushes, "times_each": times, "requests": pushes * times,
        "replayed": replayed.load(Ordering::Relaxed), "log_entries": new("audit_entries"), "listings": new("listings"),
        "seconds": seconds.round(), "requests_per_s": (pushes as f64 * times as f64 / seconds).round()});
    println!("{line}");
    assert_eq!((new("audit_entries"), new("listings")), (pushes, pushes), "effects");
    drop(app);
    drop(serving.end().await);
}

/// How many rows stand in each table that operators watch.
async fn rows(app: &App) -> BTreeMap<&'static str, u64> {
    app.store.read(|reader| reader.counts()).await.unwrap().into_iter().collect()
}
