//! Whether the service stays as quick and as small as it began when it works for long at its target rate.
//!
//!     cargo bench --bench soak                        15 minutes, 500 records/s, 100,000 items
//!     cargo bench --bench soak -- 60 300 1000000      an hour, 300 records/s, a million items
//!
//! The real service in this process. A partner pushes twice a second, at a pace that does not wait for the service to catch
//! up: new listings, new prices and withdrawals of earlier ones. Once a second an owner registers an item whose number some
//! listing already shows, reports it stolen, an officer verifies, the time is taken until the queue names the listing, and
//! the item of a minute ago is recovered. Each minute gives a line of JSON; the last line compares the first minutes with the
//! last ones. `lag` is how many changes wait to be matched, `mib` what the process holds, this program's own part included.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::PrometheusBuilder;
use replevin::access::TokenHolder;
use replevin::app::App;
use replevin::config::Config;
use replevin::domain::account::Role;
use replevin::domain::time::Clock;
use replevin::lifecycle::{Service, listen};
use replevin::store::StoreError;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use things::{Thing, mix};

mod market;
mod support;
mod things;

/// Pushes a second.
const PUSHES: u64 = 2;
/// Of the records of a push, this share says anew what was said before: half a new price, half that it is withdrawn.
const CHANGED_IN: u64 = 5;
/// How many listings ago a changed one was new.
const CHANGED_AFTER: u64 = 5_000;
/// Thefts that are open at a time.
const OPEN_THEFTS: usize = 60;
/// How long a report may take before the run ends as failed.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let given: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let at = |place: usize, otherwise: u64| given.get(place).copied().unwrap_or(otherwise);
    let (minutes, rate, items) = (at(0, 15), at(1, 500), at(2, 100_000));
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(run(minutes, rate, items));
}

async fn run(minutes: u64, rate: u64, items: u64) {
    let directory = tempfile::tempdir().unwrap();
    let config = Config {
        data: directory.path().join("data"),
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    };
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let service = Service::open(&config, Clock::system(), metrics).unwrap();
    let app = service.app.clone();
    let partner = support::partner(&app).await;
    market::register(&app, items as usize).await;
    let listener = listen(config.listen).await.unwrap();
    let base = format!("http://{}/api/v1", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let serving = tokio::spawn(service.serve(listener, None, stop.clone()));
    support::caught_up(&app).await;

    let seen = Arc::new(Mutex::new(Seen::default()));
    let end = Instant::now() + Duration::from_secs(minutes * 60);
    let partner = Partner {
        url: format!("{base}/partners/bench/listings"),
        token: partner,
        seen: Arc::clone(&seen),
    };
    let pushing = tokio::spawn(partner.push_until(end, rate));
    let police = Police::new(&app, base, Arc::clone(&seen)).await;
    let reporting = tokio::spawn(police.report_until(end));
    let mut rows = Vec::new();
    for minute in 1..=minutes {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let lag = lag(&app).await;
        let row = seen.lock().unwrap().minute(minute, lag, &config.data);
        println!("{}", row.json());
        rows.push(row);
    }
    pushing.await.unwrap();
    reporting.await.unwrap();
    println!("{}", compared(&rows, rate, items));
    stop.cancel();
    serving.await.unwrap();
}

/// What the partner and the police saw since the last minute ended, and which listing is the newest.
#[derive(Default)]
struct Seen {
    newest: u64,
    records: u64,
    pushes: Vec<Duration>,
    thefts: Vec<Duration>,
}

impl Seen {
    fn minute(&mut self, minute: u64, lag: u64, data: &Path) -> Row {
        let mut pushes = std::mem::take(&mut self.pushes);
        let mut thefts = std::mem::take(&mut self.thefts);
        Row {
            minute,
            per_s: std::mem::take(&mut self.records) as f64 / 60.0,
            push_p99_ms: p99_ms(&mut pushes),
            theft_p50_ms: at_ms(&mut thefts, 0.5),
            theft_p99_ms: p99_ms(&mut thefts),
            lag,
            mib: resident_mib(),
            disk_mib: size_bytes(data) as f64 / 1024.0 / 1024.0,
        }
    }
}

/// One minute.
struct Row {
    minute: u64,
    per_s: f64,
    push_p99_ms: f64,
    theft_p50_ms: f64,
    theft_p99_ms: f64,
    lag: u64,
    mib: f64,
    disk_mib: f64,
}

impl Row {
    fn json(&self) -> Value {
        json!({
            "bench": "soak_minute", "minute": self.minute, "records_per_s": self.per_s.round(), "push_p99_ms": self.push_p99_ms,
            "theft_p50_ms": self.theft_p50_ms, "theft_p99_ms": self.theft_p99_ms, "lag": self.lag, "mib": self.mib.round(),
            "disk_mib": self.disk_mib.round(),
        })
    }
}

/// The middle of the first third of the minutes beside that of the last third.
fn compared(rows: &[Row], rate: u64, items: u64) -> Value {
    let third = (rows.len() / 3).max(1);
    let both = |figure: fn(&Row) -> f64| {
        let median = |rows: &[Row]| {
            let mut figures: Vec<f64> = rows.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            (figures[figures.len() / 2] * 10.0).round() / 10.0
        };
        json!([median(&rows[..third]), median(&rows[rows.len() - third..])])
    };
    json!({
        "bench": "soak", "minutes": rows.len(), "asked_per_s": rate, "items": items, "records_per_s": both(|row| row.per_s),
        "push_p99_ms": both(|row| row.push_p99_ms), "theft_p50_ms": both(|row| row.theft_p50_ms),
        "theft_p99_ms": both(|row| row.theft_p99_ms), "lag": both(|row| row.lag as f64), "mib": both(|row| row.mib),
        "disk_mib": both(|row| row.disk_mib),
    })
}

struct Partner {
    url: String,
    token: String,
    seen: Arc<Mutex<Seen>>,
}

impl Partner {
    async fn push_until(self, end: Instant, rate: u64) {
        let client = support::client();
        let mut tick = tokio::time::interval(Duration::from_millis(1000 / PUSHES));
        let (mut new, mut changed) = (0, 0);
        let records = rate / PUSHES;
        while Instant::now() < end {
            tick.tick().await;
            let began = Instant::now();
            let old = if new > CHANGED_AFTER { records / CHANGED_IN } else { 0 };
            let fresh = (new..new + records - old).map(market::listing);
            let again = (changed..changed + old).map(|number| changed_listing(number * CHANGED_IN));
            market::push(&client, &self.url, &self.token, fresh.chain(again)).await;
            (new, changed) = (new + records - old, changed + old);
            let mut seen = self.seen.lock().unwrap();
            (seen.newest, seen.records) = (new, seen.records + records);
            seen.pushes.push(began.elapsed());
        }
    }
}

/// What the partner says of a listing later: another price, or that it is gone.
fn changed_listing(number: u64) -> Value {
    let mut listing = market::listing(number);
    if number.is_multiple_of(2) {
        listing["price"]["amount"] = json!((mix(number) % 9000 + 50).to_string());
    } else {
        listing["status"] = json!("withdrawn");
    }
    listing
}

/// The owner and the officer.
struct Police {
    http: Client,
    base: String,
    owner: String,
    officer: String,
    seen: Arc<Mutex<Seen>>,
}

impl Police {
    async fn new(app: &App, base: String, seen: Arc<Mutex<Seen>>) -> Self {
        let owner = TokenHolder::Account(support::account(app, "victim", Role::Owner).await);
        let officer = TokenHolder::Account(support::account(app, "detective", Role::Officer).await);
        Self {
            http: support::client(),
            base,
            owner: support::token(app, owner).await,
            officer: support::token(app, officer).await,
            seen,
        }
    }

    async fn report_until(self, end: Instant) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        let (mut next, mut open) = (0, VecDeque::new());
        while Instant::now() < end {
            tick.tick().await;
            let newest = self.seen.lock().unwrap().newest;
            // One that nobody says anything new about.
            let sound = |number: &u64| market::has_own_number(*number) && !number.is_multiple_of(CHANGED_IN);
            let Some(number) = (next..newest).find(sound) else { continue };
            next = number + 1;
            let item = self.item(number).await;
            let theft = json!({
                "items": [item], "from": "2026-01-02T00:00:00Z", "to": "2026-01-03T00:00:00Z",
                "location": {"country": "DK", "postcode": "8000"}, "crime_reference": "4100-00000-00001-26"
            });
            let theft = self.call(Method::POST, "/theft-reports", &self.owner, &theft).await;
            let path = format!("/theft-reports/{}/verification", theft["id"].as_str().unwrap());
            let began = Instant::now();
            self.call(Method::POST, &path, &self.officer, &json!({"verified": true}))
                .await;
            self.reported(&format!("\"B-{number}\"")).await;
            self.seen.lock().unwrap().thefts.push(began.elapsed());
            open.push_back(item);
            if open.len() > OPEN_THEFTS
                && let Some(back) = open.pop_front()
            {
                let status = json!({"status": "recovered"});
                self.call(Method::PATCH, &format!("/items/{back}"), &self.owner, &status)
                    .await;
            }
        }
    }

    async fn item(&self, number: u64) -> String {
        let listing = market::listing(number);
        let thing = Thing::numbered(mix(number ^ 0x5eed));
        let form = json!({
            "title": listing["title"], "brand": thing.brand, "model": thing.model, "color": thing.color, "language": "da",
            "identifiers": [{"kind": "serial", "value": market::shown(number)}]
        });
        let item = self.call(Method::POST, "/items", &self.owner, &form).await;
        item["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the newest rows of the queue say this.
    async fn reported(&self, named: &str) {
        let began = Instant::now();
        loop {
            let request = self.http.get(format!("{}/reports?sort=raised&limit=50", self.base));
            let queue = request.bearer_auth(&self.officer).send().await.unwrap().text().await.unwrap();
            if queue.contains(named) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{named} was never reported");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn call(&self, method: Method, path: &str, token: &str, body: &Value) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(token);
        let answer = request.json(body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}

async fn lag(app: &App) -> u64 {
    let read = app
        .store
        .read(|reader| Ok::<_, StoreError>((reader.last_change()?, reader.cursor("matching")?)));
    let (last, matched) = read.await.unwrap();
    last.0.saturating_sub(matched.0)
}

/// What this process holds in memory (Linux; 0 elsewhere).
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn size_bytes(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    (entries.flatten())
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn p99_ms(took: &mut [Duration]) -> f64 {
    at_ms(took, 0.99)
}

/// The smallest time that at least this share did not exceed; 0 when there is none.
fn at_ms(took: &mut [Duration], share: f64) -> f64 {
    took.sort_unstable();
    let rank = (share * took.len() as f64).ceil() as usize;
    let value = took.get(rank.max(1) - 1).map_or(0.0, Duration::as_secs_f64);
    (value * 10_000.0).round() / 10.0
}
