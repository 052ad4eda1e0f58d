//! Whether the service stays as quick and as small as it began when it works for long at its target rate.
//!
//! A partner pushes twice a second, at a pace that does not wait for the service to catch up: new listings, new prices and
//! withdrawals of earlier ones. Once a second an owner registers an item whose number some listing already shows, reports it
//! stolen, an officer verifies, the time is taken until the queue names the listing, and the item of a minute ago is recovered.
//! Each minute gives a line of JSON; the last line compares the first third of the minutes with the last one. `lag` is how many
//! changes wait to be matched, `mib` what the process holds of its own, this program's part included, `mapped_mib` what it shows
//! of files, `stages_s` how long each stage of matching worked.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::market;
use crate::people::People;
use crate::support::{self, Opened, at_ms, lag};
use crate::things::mix;

/// Pushes a second.
const PUSHES: u64 = 2;
/// Of the records of a push, this share says anew what was said before: half a new price, half that it is withdrawn.
const CHANGED_IN: u64 = 5;
/// How many listings ago a changed one was new.
const CHANGED_AFTER: u64 = 5_000;
/// Thefts that are open at a time.
const OPEN_THEFTS: usize = 60;
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long.
    #[arg(default_value_t = 15)]
    minutes: u64,
    /// Records that are pushed a second.
    #[arg(default_value_t = 500)]
    rate: u64,
    /// Items in the register.
    #[arg(default_value_t = 100_000)]
    items: u64,
}

pub(crate) async fn run(options: &Options) {
    let &Options { minutes, rate, items } = options;
    let opened = Opened::empty().await;
    let (app, base, data) = (opened.app.clone(), opened.base.clone(), opened.data.clone());
    let partner = support::partner(&app).await;
    market::register(&app, items as usize).await;
    let serving = opened.serve();
    support::caught_up(&app).await;

    let seen = Arc::new(Mutex::new(Seen::default()));
    let end = Instant::now() + Duration::from_secs(minutes * 60);
    let partner = Partner {
        url: format!("{base}/partners/bench/listings"),
        token: partner,
        seen: Arc::clone(&seen),
    };
    let pushing = tokio::spawn(partner.push_until(end, rate));
    let people = People::new(&app, base).await;
    let reporting = tokio::spawn(report_until(end, people, Arc::clone(&seen)));
    let (mut rows, mut before) = (Vec::new(), support::stages(&app));
    for minute in 1..=minutes {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let lag = lag(&app).await;
        let mut row = seen.lock().unwrap().minute(minute, lag, &data);
        let stages = support::stages(&app);
        row.stages_s = support::between(&before, &stages);
        before = stages;
        println!("{}", row.json());
        rows.push(row);
    }
    pushing.await.unwrap();
    reporting.await.unwrap();
    println!("{}", compared(&rows, rate, items));
    drop(serving.end().await);
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
            push_p99_ms: at_ms(&mut pushes, 0.99),
            theft_p50_ms: at_ms(&mut thefts, 0.5),
            theft_p99_ms: at_ms(&mut thefts, 0.99),
            lag,
            mib: support::own_mib(),
            mapped_mib: support::mapped_mib(),
            stages_s: BTreeMap::new(),
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
    mapped_mib: f64,
    disk_mib: f64,
    stages_s: BTreeMap<String, f64>,
}

impl Row {
    fn json(&self) -> Value {
        json!({
            "bench": "soak_minute", "minute": self.minute, "records_per_s": self.per_s.round(), "push_p99_ms": self.push_p99_ms,
            "theft_p50_ms": self.theft_p50_ms, "theft_p99_ms": self.theft_p99_ms, "lag": self.lag, "mib": self.mib,
            "mapped_mib": self.mapped_mib, "disk_mib": self.disk_mib.round(), "stages_s": self.stages_s,
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
        "mapped_mib": both(|row| row.mapped_mib),
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

/// Each second another item is stolen that a listing shows, and one of a minute ago comes back.
async fn report_until(end: Instant, people: People, seen: Arc<Mutex<Seen>>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let (mut next, mut open) = (0, VecDeque::new());
    while Instant::now() < end {
        tick.tick().await;
        let newest = seen.lock().unwrap().newest;
        // One that nobody says anything new about.
        let sound = |number: &u64| market::has_own_number(*number) && !number.is_multiple_of(CHANGED_IN);
        let Some(number) = (next..newest).find(sound) else { continue };
        next = number + 1;
        let item = people.item(&market::item_shown(number)).await;
        let theft = people.theft(&item).await;
        let began = Instant::now();
        people.verify(&theft).await;
        people.reported(&format!("B-{number}")).await;
        seen.lock().unwrap().thefts.push(began.elapsed());
        open.push_back(item);
        if open.len() > OPEN_THEFTS
            && let Some(back) = open.pop_front()
        {
            people.recover(&back).await;
        }
    }
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
