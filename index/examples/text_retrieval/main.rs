//! How well and how fast candidates are found by their words.
//!
//!     cargo run --release -p replevin-index --example text_retrieval -- DIR…          recall on labelled pairs
//!     cargo run --release -p replevin-index --example text_retrieval -- --items 1000000   latency among generated items
//!
//! A directory holds `register.ndjson`, `listings.ndjson` and `test.csv` as for `train_same_model`; each listing of a pair
//! that is the same asks for its item among all of the register, and `recall` is the share of pairs whose item is among the
//! first 1, 10 and 50. Without a directory items are generated from a seed: a kind of object, a brand and a model number out
//! of skewed distributions, a colour, a sentence or two. Each query is a listing made of one item: other words around it,
//! every third in another language. `recall_50` is then the share of listings whose item is found among the first 50, which
//! is less than 1 where many items share a model and nothing else tells them apart. Asked one by one, by one thread; the
//! time is that of a whole search without photos. Queries during which the core went to another program are asked again.
//! `score_p50_ms` and `score_p99_ms` are what it takes to score one pair of texts: the mean over the first 50 of each query,
//! neither of which was read before.
#![allow(clippy::print_stdout, missing_docs)]

use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use replevin_index::{Change, Engine, EngineOptions, Hit, Record, Sequence, Side};
use serde_json::{Value, json};
use uuid::Uuid;

mod market;
#[path = "../common/pairs.rs"]
mod pairs;
#[path = "../common/random.rs"]
#[allow(dead_code)] // each example draws in its own ways
mod random;

/// Records that are committed together.
const BATCH: usize = 20_000;
/// A query is asked so often until nothing interrupts it.
const ATTEMPTS: usize = 5;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut directories, mut items, mut queries, mut seed) = (Vec::new(), 1_000_000, 2_000, 1);
    while let Some(argument) = arguments.next() {
        let mut number = || -> Result<u64> {
            let value = arguments.next().with_context(|| format!("{argument}: a number is missing"))?;
            value.parse().with_context(|| format!("{argument}: \"{value}\" is no number"))
        };
        match argument.as_str() {
            "--items" => items = number()?.max(1),
            "--queries" => queries = number()?.max(1),
            "--seed" => seed = number()?,
            directory => directories.push(PathBuf::from(directory)),
        }
    }
    for directory in &directories {
        println!("{}", labelled(directory)?);
    }
    if directories.is_empty() {
        println!("{}", generated(items, queries, seed)?);
    }
    Ok(())
}

fn labelled(directory: &Path) -> Result<Value> {
    let sides = pairs::sides(directory)?;
    let mut same = pairs::labels(directory, "test", &sides)?;
    same.retain(|label| label.same);
    let [register, listings] = &sides;
    let ids: Vec<&String> = register.keys().collect();
    let records = (0..)
        .zip(&ids)
        .map(|(number, id)| market::record(Side::Registered, number, register[*id].clone()));
    let home = tempfile::tempdir()?;
    let engine = filled(home.path(), records)?;
    let mut found = [0; 3];
    for label in &same {
        let hits = engine.search(&market::record(Side::Offered, 0, listings[&label.listing].clone()))?;
        let hit = hits.iter().find(|hit| *ids[hit.id.as_u128() as usize - 1] == label.item);
        let rank = hit.and_then(|hit| hit.text).map(|text| text.rank);
        for (found, limit) in found.iter_mut().zip([1, 10, 50]) {
            *found += u32::from(rank.is_some_and(|rank| rank < limit));
        }
    }
    let share = |count: u32| (f64::from(count) / same.len() as f64 * 1e4).round() / 1e4;
    Ok(json!({
        "bench": "text_recall",
        "set": pairs::name(directory),
        "items": register.len(),
        "pairs": same.len(),
        "recall_1": share(found[0]),
        "recall_10": share(found[1]),
        "recall_50": share(found[2]),
    }))
}

fn generated(items: u64, queries: u64, seed: u64) -> Result<Value> {
    let home = tempfile::tempdir()?;
    let started = Instant::now();
    let engine = filled(home.path(), (0..items).map(|number| market::item(seed, number)))?;
    let build_s = started.elapsed().as_secs_f64();
    let (mut times_ms, mut scores_ms) = (Vec::new(), Vec::new());
    let mut found = 0_u32;
    for number in 0..queries {
        let item = number * 7_919 % items;
        let query = market::listing(seed, item);
        let mut best = f64::INFINITY;
        for _ in 0..ATTEMPTS {
            let (asked, switched) = (Instant::now(), switches());
            let hits = engine.search(&query)?;
            let took_ms = asked.elapsed().as_secs_f64() * 1e3;
            let interrupted = switches() != switched;
            if best.is_infinite() {
                scores_ms.extend(scored_ms(&engine, &query, &hits, seed)?);
                found += u32::from(hits.iter().any(|hit| hit.id == Uuid::from_u128(u128::from(item) + 1)));
            }
            best = best.min(took_ms);
            if !interrupted {
                break;
            }
        }
        times_ms.push(best);
    }
    times_ms.sort_by(f64::total_cmp);
    scores_ms.sort_by(f64::total_cmp);
    let at_of = |of: &[f64], share: f64| (of[((of.len() - 1) as f64 * share) as usize] * 1e4).round() / 1e4;
    let at = |share: f64| at_of(&times_ms, share);
    Ok(json!({
        "bench": "text_search",
        "items": items,
        "queries": queries,
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "max_ms": at(1.0),
        "score_p50_ms": at_of(&scores_ms, 0.5),
        "score_p99_ms": at_of(&scores_ms, 0.99),
        "recall_50": (f64::from(found) / queries as f64 * 1e4).round() / 1e4,
        "build_s": build_s.round(),
    }))
}

/// What scoring one of the pairs took that a query found by words, in milliseconds; none when it found nothing.
fn scored_ms(engine: &Engine, query: &Record, hits: &[Hit], seed: u64) -> Result<Option<f64>> {
    let named = hits.iter().filter(|hit| hit.text.is_some());
    let items: Vec<Record> = named.map(|hit| market::item(seed, hit.id.as_u128() as u64 - 1)).collect();
    let began = Instant::now();
    for item in &items {
        engine.text_agreement(&item.text, &query.text)?;
    }
    let took_ms = began.elapsed().as_secs_f64() * 1e3;
    Ok((!items.is_empty()).then(|| took_ms / items.len() as f64))
}

/// How often this thread lost its core to another (Linux; 0 elsewhere).
fn switches() -> u64 {
    let status = read_to_string("/proc/thread-self/status").unwrap_or_default();
    (status
        .lines()
        .find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:")))
    .and_then(|count| count.trim().parse().ok())
    .unwrap_or_default()
}

fn filled(home: &Path, records: impl Iterator<Item = Record>) -> Result<Engine> {
    let options = EngineOptions {
        writer_memory_bytes: 256_000_000,
        ..EngineOptions::default()
    };
    let engine = Engine::open(home, options)?;
    let mut changes = Vec::with_capacity(BATCH);
    let mut sequence = 0;
    let mut flush = |changes: &mut Vec<Change>| {
        sequence += changes.len() as u64;
        engine.apply(std::mem::take(changes), Sequence(sequence))
    };
    for record in records {
        changes.push(Change::Put(Box::new(record)));
        if changes.len() == BATCH {
            flush(&mut changes)?;
        }
    }
    flush(&mut changes)?;
    engine.commit()?;
    Ok(engine)
}
