//! The sample data through the real program: every plant that this engine must find is reported, no trap is, and owners are asked
//! quietly. The truth is data: `fixtures/demo/truth.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use replevin_index::image::decode::{DecodeLimits, read};
use serde::Deserialize;
use serde_json::Value;

use crate::support::samples::fixture;

type Pair = (String, String);

/// PDQ bits that lie between two different pictures at least, however one of them is turned or mirrored.
const APART_BITS: u16 = 60;

/// A line of the truth.
#[derive(Deserialize)]
struct Planted {
    item: String,
    listing: String,
    plant: String,
    expected: String,
    note: String,
}

fn planted() -> Vec<Planted> {
    let rows = csv::Reader::from_path(fixture("truth.csv")).unwrap().into_deserialize();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Item, listing → what is expected, and what was planted.
fn truth() -> BTreeMap<Pair, (String, String)> {
    let rows = planted().into_iter();
    rows.map(|row| ((row.item, row.listing), (row.expected, row.plant))).collect()
}

/// The lines of one kind that the demo printed, as pairs with their whole record.
fn printed(output: &[Value], kind: &str) -> Vec<(Pair, Value)> {
    let word = |record: &Value, field: &str| {
        record[field]
            .as_str()
            .unwrap_or_else(|| panic!("no {field} in {record}"))
            .to_owned()
    };
    output
        .iter()
        .filter_map(|line| line.get(kind))
        .map(|one| ((word(one, "item"), word(one, "listing")), one.clone()))
        .collect()
}

#[test]
fn the_sample_data_gives_what_its_truth_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_replevin"));
    demo.args(["demo", "--once", "--json", "--listen", "127.0.0.1:0", "--fixtures"])
        .arg(fixture(""));
    demo.arg("--data").arg(folder.path().join("demo")).stdin(Stdio::null());
    let done = demo.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "the demo ended with {}:\n{said}", done.status);
    let output: Vec<Value> = String::from_utf8(done.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();

    let (reports, questions) = (printed(&output, "report"), printed(&output, "question"));
    let reported: BTreeSet<&Pair> = reports.iter().map(|(pair, _)| pair).collect();
    let asked: BTreeSet<&Pair> = questions.iter().map(|(pair, _)| pair).collect();
    let mut faults = Vec::new();
    if reported.len() != reports.len() {
        faults.push("a pair is reported twice".to_owned());
    }
    let truth = truth();
    let mut expected_count = 0;
    for (pair, (expected, plant)) in &truth {
        let (is_reported, is_asked) = (reported.contains(pair), asked.contains(pair));
        let wrong = match expected.as_str() {
            "report" => (!is_reported).then_some("not reported"),
            "question" if is_reported => Some("reported, its owner should have been asked quietly"),
            "question" => (!is_asked).then_some("its owner was not asked"),
            "no_report" => is_reported.then_some("reported, it is a trap"),
            other => panic!("unknown expectation {other}"),
        };
        expected_count += usize::from(expected == "report");
        if let Some(wrong) = wrong {
            faults.push(format!("{} {} ({plant}): {wrong}", pair.0, pair.1));
        }
    }
    assert!(expected_count > 30, "the truth says too little");
    for (pair, record) in &reports {
        if !truth.contains_key(pair) {
            faults.push(format!("{} {}: reported, nobody planted that: {record}", pair.0, pair.1));
        }
        let probability = record["probability"].as_f64().unwrap_or(-1.0);
        if !(0.5..=1.0).contains(&probability) {
            faults.push(format!("{} {}: reported at {probability}", pair.0, pair.1));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    // What was entered late is told where it was, and that is not everywhere.
    let entered = |word: &str| reports.iter().filter(|(_, record)| record["entered"] == word).count();
    let (before, promptly, late) = (entered("before"), entered("promptly"), entered("late"));
    assert_eq!(before + promptly + late, reports.len());
    assert!(
        promptly > 0 && late > 0 && before > 3 * (promptly + late),
        "{before} {promptly} {late}"
    );
}

/// Photos that are made from another one, by the truth: the item's own picture edited, or a stock photo.
fn copies() -> BTreeSet<String> {
    let photos = |file: &str| -> BTreeMap<String, Vec<String>> {
        let text = std::fs::read_to_string(fixture(file)).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let names = |line: &Value| serde_json::from_value(line["photos"].clone()).unwrap_or_default();
        lines
            .map(|line| (line["id"].as_str().unwrap().to_owned(), names(&line)))
            .collect()
    };
    let items = photos("register.ndjson");
    let mut listings = BTreeMap::new();
    for row in planted() {
        let partner = row.listing.split('/').next().unwrap().to_owned();
        listings
            .entry(partner.clone())
            .or_insert_with(|| photos(&format!("listings/{partner}.ndjson")));
    }
    let mut copies = BTreeSet::new();
    for row in planted() {
        let copied = match row.plant.as_str() {
            "stock_photo" => true,
            "before_theft" => row.note == "picture",
            plant => plant.starts_with("photo_"),
        };
        if copied {
            let (partner, reference) = row.listing.split_once('/').unwrap();
            let shown = listings[partner].get(reference).into_iter().flatten();
            copies.extend(shown.filter(|photo| !items[&row.item].contains(photo)).cloned());
        }
    }
    copies
}

#[test]
fn different_pictures_of_the_sample_data_are_apart_in_every_form() {
    let copies = copies();
    let mut seen: Vec<(String, _)> = Vec::new();
    let mut names: Vec<String> = (std::fs::read_dir(fixture("photos")).unwrap())
        .map(|entry| format!("photos/{}", entry.unwrap().file_name().to_str().unwrap()))
        .filter(|name| !copies.contains(name))
        .collect();
    names.sort();
    for name in names {
        let bytes = std::fs::read(fixture(&name)).unwrap();
        let forms = read(&bytes, &DecodeLimits::default()).unwrap().fingerprint.full;
        for (other, plain) in &seen {
            let nearest = forms.iter().map(|form| form.pdq.distance_bits(plain)).min().unwrap();
            assert!(nearest >= APART_BITS, "{name} and {other}: {nearest} bits");
        }
        seen.push((name, forms[0].pdq));
    }
    assert!(
        seen.len() > 200 && copies.len() > 20,
        "{} pictures, {} copies",
        seen.len(),
        copies.len()
    );
}
