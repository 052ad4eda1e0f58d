//! How long the police wait: from a push to its report in the queue, and from an officer's verification to the reports that
//! it raises over listings that were there before.
//!
//!     cargo bench --bench latency             200 rounds of each kind
//!     cargo bench --bench latency -- 50       50 rounds
//!
//! The sample data of `replevin demo` is loaded by the program itself; then the service opens that data in this process and
//! everything is done and seen over HTTP, as partners, owners and officers do. A round ends when the queue that the officer
//! reads names the listing. One line of JSON comes out for each kind of round.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::PrometheusBuilder;
use replevin::access::TokenHolder;
use replevin::app::App;
use replevin::config::Config;
use replevin::domain::account::Role;
use replevin::domain::time::Clock;
use replevin::lifecycle::{Service, listen};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use things::{Thing, mix, serial};

mod support;
#[allow(dead_code, reason = "the push benchmark uses the rest")]
mod things;

fn main() {
    let rounds = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(200);
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let loaded = Command::new(env!("CARGO_BIN_EXE_replevin"))
        .args(["demo", "--once", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .stdout(Stdio::null())
        .status();
    assert!(loaded.unwrap().success(), "the demo was not loaded");
    let config = Config {
        data,
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(&config, rounds));
}

async fn run(config: &Config, rounds: u64) {
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let service = Service::open(config, Clock::system(), metrics).unwrap();
    let app = service.app.clone();
    let listener = listen(config.listen).await.unwrap();
    let base = format!("http://{}/api/v1", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let serving = tokio::spawn(service.serve(listener, None, stop.clone()));
    let desk = Desk::new(app, base).await;
    desk.numbers(rounds).await;
    desk.photos(rounds).await;
    desk.thefts(rounds).await;
    stop.cancel();
    serving.await.unwrap();
}

/// Everybody who takes part, and what they speak through.
struct Desk {
    app: App,
    http: reqwest::Client,
    base: String,
    partner: String,
    owner: String,
    officer: String,
}

impl Desk {
    async fn new(app: App, base: String) -> Self {
        let owner = TokenHolder::Account(support::account(&app, "owner", Role::Owner).await);
        let officer = TokenHolder::Account(support::account(&app, "officer", Role::Officer).await);
        Self {
            http: support::client(),
            base,
            partner: support::partner(&app).await,
            owner: support::token(&app, owner).await,
            officer: support::token(&app, officer).await,
            app,
        }
    }

    /// A listing without photos shows a stolen item's number.
    async fn numbers(&self, rounds: u64) {
        for round in 0..rounds {
            let item = self.item(round).await;
            self.verify(&self.theft(&item).await).await;
        }
        support::caught_up(&self.app).await;
        let mut took = Vec::new();
        for round in 0..rounds {
            let began = Instant::now();
            self.push(&format!("N-{round}"), round, Some(&serial(round))).await;
            self.reported(&format!("N-{round}")).await;
            took.push(began.elapsed());
        }
        print("listing_to_report_number", took);
    }

    /// A listing without a number shows a stolen item's photo, sent after it.
    async fn photos(&self, rounds: u64) {
        for round in 0..rounds {
            let item = self.item(round + 100_000).await;
            self.photo(&format!("/items/{item}/photos/1"), &self.owner, round).await;
            self.verify(&self.theft(&item).await).await;
        }
        support::caught_up(&self.app).await;
        let mut took = Vec::new();
        for round in 0..rounds {
            let reference = format!("P-{round}");
            let began = Instant::now();
            self.push(&reference, round + 100_000, None).await;
            let path = format!("/partners/bench/listings/{reference}/photos/1");
            self.photo(&path, &self.partner, round).await;
            self.reported(&reference).await;
            took.push(began.elapsed());
        }
        print("listing_to_report_photo", took);
    }

    /// A theft becomes known after the listing.
    async fn thefts(&self, rounds: u64) {
        let mut thefts = Vec::new();
        for round in 200_000..200_000 + rounds {
            let item = self.item(round).await;
            self.push(&format!("T-{round}"), round, Some(&serial(round))).await;
            thefts.push((round, self.theft(&item).await));
        }
        support::caught_up(&self.app).await;
        let mut took = Vec::new();
        for (round, theft) in thefts {
            let began = Instant::now();
            self.verify(&theft).await;
            self.reported(&format!("T-{round}")).await;
            took.push(began.elapsed());
        }
        print("theft_to_report", took);
    }

    async fn item(&self, number: u64) -> String {
        let thing = Thing::numbered(number);
        let form = json!({
            "title": thing.title(), "brand": thing.brand, "model": thing.model, "color": thing.color, "language": "da",
            "identifiers": [{"kind": "serial", "value": serial(number)}]
        });
        let item = self.json("/items", &self.owner, &form).await;
        item["id"].as_str().unwrap().to_owned()
    }

    async fn theft(&self, item: &str) -> String {
        let report = json!({
            "items": [item], "from": "2026-01-02T00:00:00Z", "to": "2026-01-03T00:00:00Z",
            "location": {"country": "DK", "postcode": "8000"}, "crime_reference": "4100-00000-00001-26"
        });
        let report = self.json("/theft-reports", &self.owner, &report).await;
        report["id"].as_str().unwrap().to_owned()
    }

    async fn verify(&self, theft: &str) {
        let path = format!("/theft-reports/{theft}/verification");
        self.json(&path, &self.officer, &json!({"verified": true})).await;
    }

    /// Pushes one listing of a thing, by a seller of its own.
    async fn push(&self, reference: &str, number: u64, serial: Option<&str>) {
        let thing = Thing::numbered(number);
        let shown = serial.map(|serial| format!(" Serienummer {serial}.")).unwrap_or_default();
        let listing = json!({
            "id": reference, "title": thing.title(), "description": format!("{}{shown}", thing.text(number)), "language": "da",
            "seller": {"ref": format!("u-{number}")}, "location": {"country": "DK", "postcode": "8000"}
        });
        self.json("/partners/bench/listings", &self.partner, &listing).await;
    }

    async fn photo(&self, path: &str, token: &str, number: u64) {
        let request = self.http.request(Method::PUT, format!("{}{path}", self.base));
        let answer = request.bearer_auth(token).body(picture(number)).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    }

    /// Waits until the newest rows of the queue name a listing.
    async fn reported(&self, reference: &str) {
        let (began, named) = (Instant::now(), format!("\"{reference}\""));
        loop {
            let request = self.http.get(format!("{}/reports?sort=raised&limit=5", self.base));
            let queue = request.bearer_auth(&self.officer).send().await.unwrap().text().await.unwrap();
            if queue.contains(&named) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{reference} was never reported");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn json(&self, path: &str, token: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(token);
        let content_type = if path.ends_with("/listings") {
            "application/x-ndjson"
        } else {
            "application/json"
        };
        let request = request.header("content-type", content_type).body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
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

fn print(bench: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |share: f64| {
        // The smallest value that at least this share of the rounds did not exceed.
        let rank = (share * took.len() as f64).ceil() as usize;
        took[rank.clamp(1, took.len()) - 1].as_secs_f64() * 1000.0
    };
    println!(
        "{{\"bench\":\"{bench}\",\"rounds\":{},\"p50_ms\":{:.1},\"p95_ms\":{:.1},\"p99_ms\":{:.1},\"max_ms\":{:.1}}}",
        took.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
}
