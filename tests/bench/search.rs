//! How long an officer waits for a free search over a large archive: by a number, by a part of one, by words, by a place, a
//! day, a seller.
//!
//! The archive is pushed over HTTP; when the index holds it and its numbers are filed, an officer sends the form of the search page
//! once for each question. Times are those of a client on this machine.

use std::time::{Duration, Instant};

use replevin::domain::account::Role;
use replevin::store::StoreError;
use serde_json::json;

use crate::desk::SignedIn;
use crate::market;
use crate::push::push;
use crate::support::{self, Opened, caught_up, print_times};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Listings in the archive.
    #[arg(default_value_t = 1_000_000)]
    listings: u64,
    /// Questions of each kind.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
}

pub(crate) async fn run(options: &Options) {
    let opened = Opened::empty().await;
    let (app, base) = (opened.app.clone(), opened.base.clone());
    let token = support::partner(&app).await;
    support::account(&app, "desk", Role::Officer).await;
    market::register(&app, 1_000).await;
    let serving = opened.serve();
    let start = Instant::now();
    push(
        &format!("{base}/partners/bench/listings"),
        &token,
        0,
        options.listings as usize,
    )
    .await;
    caught_up(&app).await;
    loop {
        let read = |reader: &replevin::store::Reader<'_>| Ok::<_, StoreError>((reader.numbers_filed()?, reader.last_change()?));
        let (filed, last) = app.store.read(read).await.unwrap();
        if filed >= last {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    eprintln!(
        "{} listings taken in, indexed and filed in {:.0} s",
        options.listings,
        start.elapsed().as_secs_f64()
    );
    let numbers: Vec<String> = (0..options.listings)
        .filter(|number| market::has_own_number(*number))
        .filter_map(|number| {
            market::item_shown(number)["identifiers"][0]["value"]
                .as_str()
                .map(str::to_owned)
        })
        .filter(|value| value.chars().filter(char::is_ascii_alphanumeric).count() >= 8)
        .take(options.rounds)
        .collect();
    let plain = |value: &String| value.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let changed = |value: &String, at: usize, to: &str| {
        let mut value = plain(value);
        value.replace_range(at..=at, to);
        value
    };
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let kinds: [(&str, &str, Vec<String>); 9] = [
        ("whole_number", "number", numbers.iter().map(plain).collect()),
        (
            "four_characters",
            "number",
            numbers.iter().map(|value| plain(value)[2..6].to_owned()).collect(),
        ),
        (
            "one_unreadable",
            "number",
            numbers.iter().map(|value| changed(value, 3, "?")).collect(),
        ),
        (
            "one_misread",
            "number",
            numbers.iter().map(|value| changed(value, 3, "W")).collect(),
        ),
        (
            "words",
            "words",
            (0..options.rounds as u64)
                .map(|number| market::listing(number)["title"].as_str().unwrap().to_owned())
                .collect(),
        ),
        (
            "place",
            "place",
            (0..options.rounds).map(|number| (1000 + number * 7).to_string()).collect(),
        ),
        ("country", "place", vec!["DK".to_owned(); options.rounds]),
        ("day", "from", vec![today; options.rounds]),
        (
            "seller",
            "seller",
            (0..options.rounds as u64)
                .filter_map(|number| {
                    market::listing(number)["seller"]["ref"]
                        .as_str()
                        .map(|seller| format!("bench/{seller}"))
                })
                .collect(),
        ),
    ];
    let officer = SignedIn::new(base.trim_end_matches("/api/v1").to_owned()).await;
    for (name, field, asked) in kinds {
        let mut took = Vec::with_capacity(asked.len());
        for value in &asked {
            took.push(officer.searched(field, value).await);
        }
        print_times(&format!("search_{name}"), &json!({ "listings": options.listings }), took);
    }
    drop(serving.end().await);
}
