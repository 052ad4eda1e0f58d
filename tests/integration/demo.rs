//! The sample data through the real program: every plant that this engine must find is reported, no trap is, and owners are asked
//! quietly. The truth is data: `fixtures/demo/truth.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::samples::fixture;

type Pair = (String, String);

/// Item, listing → what is expected, and what was planted.
fn truth() -> BTreeMap<Pair, (String, String)> {
    let text = std::fs::read_to_string(fixture("truth.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("item,listing,plant,expected,note"));
    let rows = lines.map(|line| {
        let fields: Vec<_> = line.splitn(5, ',').collect();
        let pair = (fields[0].to_owned(), fields[1].to_owned());
        (pair, (fields[3].to_owned(), fields[2].to_owned()))
    });
    rows.collect()
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
}
