//! How long the police wait: from a push to its report in the queue, and from an officer's verification to the reports that
//! it raises over listings that were there before.
//!
//! The sample data of `replevin demo` is loaded by the program itself; then the service opens that data in this process. A
//! round ends when the queue that the officer reads names the listing. One line of JSON comes out for each kind of round.

use std::process::{Command, Stdio};
use std::time::Instant;

use replevin::app::App;
use serde_json::{Value, json};

use crate::market;
use crate::people::People;
use crate::support::{self, Opened, answered, print_times};
use crate::things::{Thing, mix, serial};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Rounds of each kind.
    #[arg(default_value_t = 200)]
    rounds: u64,
}

pub(crate) async fn run(options: &Options) {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let loaded = Command::new(env!("CARGO_BIN_EXE_replevin"))
        .args(["demo", "--once", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .stdout(Stdio::null())
        .status();
    assert!(loaded.unwrap().success(), "the demo was not loaded");
    let opened = Opened::at(data).await;
    let (app, base) = (opened.app.clone(), opened.base.clone());
    let serving = opened.serve();
    let desk = Desk {
        partner: support::partner(&app).await,
        people: People::new(&app, base).await,
        app,
    };
    desk.numbers(options.rounds).await;
    desk.photos(options.rounds).await;
    desk.thefts(options.rounds).await;
    drop(serving.end().await);
}

/// Everybody who takes part.
struct Desk {
    app: App,
    people: People,
    partner: String,
}

impl Desk {
    /// A listing without photos shows a stolen item's number.
    async fn numbers(&self, rounds: u64) {
        for round in 0..rounds {
            let item = self.item(round).await;
            self.people.verify(&self.people.theft(&item).await).await;
        }
        support::caught_up(&self.app).await;
        let mut took = Vec::new();
        for round in 0..rounds {
            let began = Instant::now();
            self.push(&format!("N-{round}"), round, Some(&serial(round))).await;
            self.people.reported(&format!("N-{round}")).await;
            took.push(began.elapsed());
        }
        print_times("listing_to_report_number", &Value::Null, took);
    }

    /// A listing without a number shows a stolen item's photo, sent after it.
    async fn photos(&self, rounds: u64) {
        for round in 0..rounds {
            let item = self.item(round + 100_000).await;
            self.photo(&format!("/items/{item}/photos/1"), &self.people.owner, round)
                .await;
            self.people.verify(&self.people.theft(&item).await).await;
        }
        support::caught_up(&self.app).await;
        let mut took = Vec::new();
        for round in 0..rounds {
            let reference = format!("P-{round}");
            let began = Instant::now();
            self.push(&reference, round + 100_000, None).await;
            let path = format!("/partners/bench/listings/{reference}/photos/1");
            self.photo(&path, &self.partner, round).await;
            self.people.reported(&reference).await;
            took.push(began.elapsed());
        }
        print_times("listing_to_report_photo", &Value::Null, took);
    }

    /// A theft becomes known after the listing.
    async fn thefts(&self, rounds: u64) {
        let mut thefts = Vec::new();
        for round in 200_000..200_000 + rounds {
            let item = self.item(round).await;
            self.push(&format!("T-{round}"), round, Some(&serial(round))).await;
            thefts.push((round, self.people.theft(&item).await));
        }
        support::caught_up(&self.app).await;
        let mut took = Vec::new();
        for (round, theft) in thefts {
            let began = Instant::now();
            self.people.verify(&theft).await;
            self.people.reported(&format!("T-{round}")).await;
            took.push(began.elapsed());
        }
        print_times("theft_to_report", &Value::Null, took);
    }

    async fn item(&self, number: u64) -> String {
        let thing = Thing::numbered(number);
        let form = json!({
            "title": thing.title(), "brand": thing.brand, "model": thing.model, "color": thing.color, "language": "da",
            "identifiers": [{"kind": "serial", "value": serial(number)}]
        });
        self.people.item(&form).await
    }

    /// Pushes one listing of a thing, by a seller of its own.
    async fn push(&self, reference: &str, number: u64, serial: Option<&str>) {
        let thing = Thing::numbered(number);
        let shown = serial.map(|serial| format!(" Serienummer {serial}.")).unwrap_or_default();
        let listing = json!({
            "id": reference, "title": thing.title(), "description": format!("{}{shown}", thing.text(number)), "language": "da",
            "seller": {"ref": format!("u-{number}")}, "location": {"country": "DK", "postcode": "8000"}
        });
        let url = format!("{}/partners/bench/listings", self.people.base);
        market::push(&self.people.http, &url, &self.partner, std::iter::once(listing)).await;
    }

    async fn photo(&self, path: &str, token: &str, number: u64) {
        let url = format!("{}{path}", self.people.base);
        answered(self.people.http.put(url).bearer_auth(token).body(picture(number))).await;
    }
}

/// A drawn picture of 320×240 pixels as an uncompressed bitmap: forty rectangles on a plain ground, others for each number.
fn picture(number: u64) -> Vec<u8> {
    const WIDTH: usize = 320;
    const HEIGHT: usize = 240;
    const HEADER: usize = 54;
    let mut file = b"BM".to_vec();
    let pixels = WIDTH * HEIGHT * 3;
    for field in [HEADER + pixels, 0, HEADER, 40, WIDTH, HEIGHT] {
        file.extend_from_slice(&u32::try_from(field).unwrap().to_le_bytes());
    }
    // One plane, 24 bits a pixel, uncompressed; the other fields may be zero.
    file.extend_from_slice(&[1, 0, 24, 0]);
    file.resize(HEADER, 0);
    file.resize(HEADER + pixels, 200);
    let mut chance = mix(number ^ 0x91c7);
    let mut draw = |below: u64| {
        chance = mix(chance);
        usize::try_from(chance % below).unwrap()
    };
    for _ in 0..40 {
        let (left, top) = (draw(300), draw(220));
        let (right, bottom) = (left + 10 + draw(120), top + 10 + draw(100));
        let color = [draw(256), draw(256), draw(256)].map(|part| u8::try_from(part).unwrap());
        for y in top..bottom.min(HEIGHT) {
            for x in left..right.min(WIDTH) {
                let at = HEADER + (y * WIDTH + x) * 3;
                file[at..at + 3].copy_from_slice(&color);
            }
        }
    }
    file
}
