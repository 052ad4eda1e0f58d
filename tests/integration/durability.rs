//! What was acknowledged is durable: the program is killed in the midst of pushes and thefts, and its index is deleted; nothing
//! acknowledged is lost, nothing is doubled, and the index equals the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use replevin_index::{Engine, EngineOptions, Side};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number, owned_bicycle};
use crate::support::{Client, TestApp};

const ROUNDS: usize = 20;
const BATCH: usize = 15;
const PUSHERS: usize = 3;

/// What the program has acknowledged: for each reference the newest price, and the batches by which it may lie ahead.
#[derive(Default)]
struct Acknowledged {
    prices: BTreeMap<String, usize>,
    /// Sent without an answer: may be there or not, but whole.
    in_doubt: Vec<(Vec<String>, usize)>,
}

fn batch(first: usize, price: usize) -> (Vec<String>, Vec<Value>) {
    let references: Vec<_> = (first..first + BATCH).map(|n| format!("L-{n}")).collect();
    let listings = references
        .iter()
        .zip(first..)
        .map(|(reference, n)| priced(reference, n, price))
        .collect();
    (references, listings)
}

fn priced(reference: &str, n: usize, price: usize) -> Value {
    let mut listing = bicycle(reference, &frame_number(n));
    listing["price"]["amount"] = json!(format!("{price}.00"));
    listing
}

/// Pushes new batches, and some again at another price, until the program no longer answers.
async fn push_until_killed(client: Client, next: Arc<AtomicUsize>, known: Arc<Mutex<Acknowledged>>) {
    let mut last = None;
    for turn in 0.. {
        let first = match last {
            Some(first) if turn % 3 == 2 => first,
            _ => next.fetch_add(BATCH, Ordering::Relaxed),
        };
        last = Some(first);
        let price = 1000 + turn;
        let (references, listings) = batch(first, price);
        let path = format!("/api/v1/partners/{PARTNER}/listings");
        let body = crate::support::samples::ndjson(&listings);
        let request = client
            .request(reqwest::Method::POST, &path)
            .header("content-type", "application/x-ndjson")
            .body(body);
        match client.try_send(request).await {
            Ok(answer) => {
                let answer = answer.expect(200).json();
                assert_eq!(answer["accepted"], BATCH, "{answer}");
                known
                    .lock()
                    .await
                    .prices
                    .extend(references.into_iter().map(|reference| (reference, price)));
            }
            Err(_) => {
                known.lock().await.in_doubt.push((references, price));
                return;
            }
        }
    }
}

/// References with their prices and numbers of revisions, as the store holds them.
fn stored(app: &TestApp) -> Held {
    let database = app.database();
    let mut query = database
        .prepare(
            "SELECT reference, draft ->> '$.price', revision,
                    (SELECT count(*) FROM listing_revisions WHERE listing_id = listings.id) FROM listings",
        )
        .unwrap();
    let rows = query.query_map([], |row| {
        let price: String = row.get(1)?;
        Ok((row.get::<_, String>(0)?, (price_of(&price), row.get(2)?, row.get(3)?)))
    });
    let mut all = BTreeMap::new();
    for row in rows.unwrap() {
        let (reference, facts) = row.unwrap();
        assert!(all.insert(reference.clone(), facts).is_none(), "{reference} is there twice");
    }
    all
}

fn price_of(json: &str) -> usize {
    let price: Value = serde_json::from_str(json).unwrap();
    let hundredths = price["hundredths"]
        .as_u64()
        .unwrap_or_else(|| panic!("no hundredths in {price}"));
    usize::try_from(hundredths / 100).unwrap()
}

/// What the store holds of each listing: price, revision, and how many revisions there are.
type Held = BTreeMap<String, (usize, i64, i64)>;

/// What was acknowledged and is not so, what was doubled, and what nobody sent. Batches in doubt are settled by what is there.
fn faults_in(held: &Held, known: &mut Acknowledged) -> Vec<String> {
    let mut faults = Vec::new();
    for (references, price) in std::mem::take(&mut known.in_doubt) {
        let has_arrived = |reference: &&String| held.get(*reference).is_some_and(|(held, _, _)| *held == price);
        let arrived = references.iter().filter(has_arrived).count();
        if arrived > 0 && arrived < references.len() {
            faults.push(format!("half a batch is there: {arrived} of {references:?}"));
        }
        if arrived > 0 {
            known
                .prices
                .extend(references.into_iter().map(|reference| (reference, price)));
        }
    }
    for (reference, price) in &known.prices {
        let Some((held_price, revision, revisions)) = held.get(reference) else {
            faults.push(format!("{reference} was acknowledged and is lost"));
            continue;
        };
        if held_price != price {
            faults.push(format!("{reference} has the price {held_price}, {price} was acknowledged"));
        }
        if revision != revisions {
            faults.push(format!("{reference}: revision {revision} of {revisions}: doubled or lost"));
        }
    }
    let unknown = held.keys().filter(|reference| !known.prices.contains_key(*reference));
    faults.extend(unknown.map(|reference| format!("nobody sent {reference}")));
    faults
}

#[track_caller]
fn check_acknowledged(app: &TestApp, known: &mut Acknowledged, round: usize) {
    let faults = faults_in(&stored(app), known);
    assert!(faults.is_empty(), "round {round}:\n{}", faults.join("\n"));
}

/// The checker itself must be able to fail: each way of tampering with a true account of three listings is told.
#[test]
fn the_checker_tells_what_was_lost_changed_doubled_or_made_up() {
    let listing = |n: usize| format!("L-{n}");
    let held: Held = (0..3).map(|n| (listing(n), (1000, 1, 1))).collect();
    let known = || Acknowledged {
        prices: (0..3).map(|n| (listing(n), 1000)).collect(),
        in_doubt: Vec::new(),
    };
    assert_eq!(faults_in(&held, &mut known()), [""; 0]);
    type Tampering = fn(&mut Held, &mut Acknowledged);
    let tamperings: [(&str, Tampering); 6] = [
        ("L-1 was acknowledged and is lost", |held, _| {
            held.remove("L-1");
        }),
        ("L-7 was acknowledged and is lost", |_, known| {
            known.prices.insert("L-7".to_owned(), 1000);
        }),
        ("L-1 has the price 1000, 1001 was acknowledged", |_, known| {
            known.prices.insert("L-1".to_owned(), 1001);
        }),
        ("L-1: revision 1 of 2", |held, _| {
            held.insert("L-1".to_owned(), (1000, 1, 2));
        }),
        ("nobody sent L-1", |_, known| {
            known.prices.remove("L-1");
        }),
        ("half a batch is there: 2 of", |held, known| {
            for n in 1..3 {
                held.insert(format!("L-{n}"), (1005, 2, 2));
            }
            known.in_doubt.push(((0..3).map(|n| format!("L-{n}")).collect(), 1005));
        }),
    ];
    for (expected, tamper) in tamperings {
        let (mut held, mut known) = (held.clone(), known());
        tamper(&mut held, &mut known);
        let faults = faults_in(&held, &mut known);
        assert!(
            faults.iter().any(|fault| fault.starts_with(expected)),
            "{expected}: told {faults:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_midst_of_pushes_nothing_is_lost_or_doubled() {
    let mut app = TestApp::start().await;
    let next = Arc::new(AtomicUsize::new(0));
    let known = Arc::new(Mutex::new(Acknowledged::default()));
    let mut stolen = BTreeSet::new();
    for round in 0..ROUNDS {
        let pushers: Vec<_> = (0..PUSHERS)
            .map(|_| tokio::spawn(push_until_killed(app.partner(), Arc::clone(&next), Arc::clone(&known))))
            .collect();
        // One of the bicycles of each round is stolen, in the midst of the pushes.
        let n = round * BATCH;
        app.stolen(&owned_bicycle(&frame_number(n))).await;
        stolen.insert(format!("L-{n}"));
        tokio::time::sleep(Duration::from_millis(u64::try_from(round * 37 % 250).unwrap())).await;
        app.kill();
        for pusher in pushers {
            pusher.await.unwrap();
        }
        app.restart();
        check_acknowledged(&app, &mut *known.lock().await, round);
    }
    let mut known = known.lock().await;
    let pushed: BTreeSet<_> = known.prices.keys().cloned().collect();
    assert!(
        pushed.len() >= ROUNDS * BATCH,
        "too little was pushed to say anything: {}",
        pushed.len()
    );
    app.settle().await;
    let found = app.queue().await.iter().map(pair).collect::<Vec<_>>();
    let distinct: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(distinct.len(), found.len(), "reports are doubled");
    let reported: BTreeSet<_> = distinct.iter().map(|(_, listing)| listing.clone()).collect();
    let expected: BTreeSet<_> = stolen.intersection(&pushed).cloned().collect();
    assert!(expected.is_subset(&reported), "lost: {:?}", expected.difference(&reported));
    check_acknowledged(&app, &mut known, ROUNDS);
    // The same check on the same store fails when it is told of a listing that was never sent.
    known.prices.insert("L-never".to_owned(), 1);
    assert_eq!(faults_in(&stored(&app), &mut known), ["L-never was acknowledged and is lost"]);
    app.stop();
    index_equals_store(&app);
    app.restart();
}

/// Item and listing reference of a row of the queue.
fn pair(report: &Value) -> (String, String) {
    let item = report["item"].as_str().unwrap_or_else(|| panic!("no item in {report}"));
    let listing = report["listing"]["ref"]
        .as_str()
        .unwrap_or_else(|| panic!("no listing in {report}"));
    (item.to_owned(), listing.to_owned())
}

/// Both sides of the index hold what the store says is searchable, no more and no less.
fn index_equals_store(app: &TestApp) {
    let engine = Engine::open(&app.data().join("index"), EngineOptions::default()).unwrap();
    let database = app.database();
    for (side, sql) in [
        (Side::Offered, "SELECT hex(id) FROM listings"),
        (
            Side::Registered,
            "SELECT hex(id) FROM items WHERE status IN ('registered', 'stolen', 'recovered')",
        ),
    ] {
        let mut query = database.prepare(sql).unwrap();
        let held: BTreeSet<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let indexed: BTreeSet<String> = engine
            .ids(side)
            .into_iter()
            .map(|id| id.simple().to_string().to_uppercase())
            .collect();
        assert_eq!(indexed, held, "{side:?}");
    }
}

#[tokio::test]
async fn a_deleted_index_is_rebuilt_unasked() {
    let mut app = TestApp::start().await;
    for n in 0..4 {
        app.stolen(&owned_bicycle(&frame_number(n))).await;
    }
    app.push(
        &(0..40)
            .map(|n| bicycle(&format!("L-{n}"), &frame_number(n)))
            .collect::<Vec<_>>(),
    )
    .await;
    app.settle().await;
    let before: BTreeSet<_> = app.queue().await.iter().map(pair).collect();
    assert_eq!(before.len(), 4, "{before:?}");
    app.stop();
    index_equals_store(&app);
    std::fs::remove_dir_all(app.data().join("index")).unwrap();
    app.restart();
    app.settle().await;
    assert_eq!(
        app.queue().await.iter().map(pair).collect::<BTreeSet<_>>(),
        before,
        "rebuilding changed the reports"
    );
    // What is found is the same, too: a listing of a registered number, pushed now, meets the item of then.
    app.stolen(&owned_bicycle(&frame_number(7))).await;
    app.push(&[bicycle("L-new", &frame_number(2))]).await;
    app.settle().await;
    let after: BTreeSet<String> = app.queue().await.iter().map(|report| pair(report).1).collect();
    assert!(after.contains("L-7") && after.contains("L-new"), "{after:?}");
    app.stop();
    index_equals_store(&app);
    app.restart();
}
