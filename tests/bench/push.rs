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

use chrono::TimeDelta;
use metrics_exporter_prometheus::PrometheusBuilder;
use replevin::app::App;
use replevin::config::Config;
use replevin::domain::account::Role;
use replevin::domain::audit::{Act, Action, Actor, SubjectKind};
use replevin::domain::description::{Description, GivenIdentifier};
use replevin::domain::ids::{AccountId, ItemId, TheftReportId};
use replevin::domain::item::{Item, ItemDraft, ItemStatus, Theft, TheftReport, Verification};
use replevin::domain::place::Place;
use replevin::domain::time::{Clock, Timestamp};
use replevin::lifecycle::{Service, listen};
use replevin::store::StoreError;
use replevin_index::identifier::IdentifierKind;
use tokio_util::sync::CancellationToken;

use support::caught_up;
use things::{Thing, mix, serial};

mod support;
mod things;

const BATCH: usize = 500;
const CLIENTS: usize = 2;
/// Of the items, this share is stolen; of the listings, this share shows a stolen item's number.
const STOLEN_IN: u64 = 4;
const FOUND_IN: u64 = 200;

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
    let owner = support::account(&app, "owner", Role::Owner).await;
    let officer = support::account(&app, "officer", Role::Officer).await;
    register(&app, items, owner, officer);
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

/// Enters generated items; every fourth is stolen, under one verified theft report for each thousand.
fn register(app: &App, items: usize, owner: AccountId, officer: AccountId) {
    let now = app.clock.now();
    for first in (0..items).step_by(1000) {
        let last = items.min(first + 1000);
        let written: Result<(), StoreError> = tokio::task::block_in_place(|| {
            app.store.act_with_blocking(move |tx| {
                enter_thousand(tx, first..last, owner, officer, now)?;
                Ok((
                    (),
                    vec![Act::new(Actor::CommandLine, Action::ItemRegistered, SubjectKind::Item.all())],
                ))
            })
        });
        written.unwrap();
    }
}

fn enter_thousand(
    tx: &mut replevin::store::Tx<'_>,
    numbers: std::ops::Range<usize>,
    owner: AccountId,
    officer: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let stolen = |number: usize| (number as u64).is_multiple_of(STOLEN_IN);
    let mut items: Vec<(usize, Item)> = numbers.map(|number| (number, item(number as u64, owner, now))).collect();
    for (_, item) in &items {
        tx.insert_item(item)?;
    }
    let mut theft = TheftReport {
        id: TheftReportId::generate(now),
        reporter: owner,
        items: items
            .iter()
            .filter(|(number, _)| stolen(*number))
            .map(|(_, item)| item.id)
            .collect(),
        theft: Theft {
            from: now - TimeDelta::days(9),
            to: now - TimeDelta::days(8),
            place: Place {
                country: Some("DK".to_owned()),
                postcode: Some("8000".to_owned()),
                ..Place::default()
            },
            crime_reference: Some("4100-00000-00001-26".to_owned()),
            circumstances: String::new(),
        },
        verification: Verification::Unverified,
        created_at: now,
    };
    tx.insert_theft_report(&theft)?;
    theft.verification = Verification::Verified { by: officer, at: now };
    tx.save_verification(&theft)?;
    for (number, item) in &mut items {
        if stolen(*number) {
            item.status = ItemStatus::Stolen { theft_report: theft.id };
            tx.save_item(item)?;
        }
    }
    Ok(())
}

fn item(number: u64, owner: AccountId, now: Timestamp) -> Item {
    let thing = Thing::numbered(number);
    let description = Description {
        title: thing.title(),
        text: thing.text(number),
        brand: thing.brand.to_owned(),
        model: thing.model.clone(),
        color: thing.color.to_owned(),
        language: Some("da".to_owned()),
        identifiers: vec![GivenIdentifier {
            kind: IdentifierKind::Serial,
            value: serial(number),
        }],
        ..Description::default()
    };
    Item {
        id: ItemId::generate(now),
        owner,
        status: ItemStatus::Registered,
        draft: ItemDraft {
            description,
            value: None,
        },
        photos: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}

/// Pushes `count` generated listings from number `first` on.
async fn push(url: &str, token: &str, first: usize, count: usize) {
    let client = support::client();
    for start in (first..first + count).step_by(BATCH) {
        let body: String = (start..(first + count).min(start + BATCH))
            .map(|number| line(number as u64))
            .collect();
        let answer = client
            .post(url)
            .bearer_auth(token)
            .header("content-type", "application/x-ndjson")
            .body(body)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "{}: {}",
            answer.status(),
            answer.text().await.unwrap()
        );
    }
}

fn line(number: u64) -> String {
    let chance = mix(number ^ 0x5eed);
    let thing = Thing::numbered(chance);
    // One in many shows the number of an item that is stolen; most show a number of their own, or none.
    let text = if chance.is_multiple_of(FOUND_IN) {
        format!("{} Serienummer {}.", thing.text(chance), serial(chance % 1000 * STOLEN_IN))
    } else if chance.is_multiple_of(3) {
        format!("{} Serienummer {}.", thing.text(chance), serial(chance | 1 << 40))
    } else {
        thing.text(chance)
    };
    let listing = serde_json::json!({
        "id": format!("B-{number}"), "title": thing.title(), "description": text, "language": "da", "brand": thing.brand,
        "price": {"amount": (chance % 9000 + 100).to_string(), "currency": "DKK"}, "seller": {"ref": format!("u-{}", chance % 4000)},
        "location": {"country": "DK", "postcode": "8000"}
    });
    format!("{listing}\n")
}
