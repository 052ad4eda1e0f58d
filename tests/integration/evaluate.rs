//! `replevin evaluate` on the sample market: the figures add up, the page stands alone, and a faulty truth is named.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The sample market as files of both sides, without its photos.
struct Market {
    folder: tempfile::TempDir,
}

impl Market {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = fixture();
        let mut lines = String::new();
        for feed in std::fs::read_dir(fixture.join("listings")).unwrap() {
            let feed = feed.unwrap().path();
            let partner = feed.file_stem().unwrap().to_str().unwrap().to_owned();
            for line in std::fs::read_to_string(&feed).unwrap().lines() {
                let mut listing: Value = serde_json::from_str(line).unwrap();
                // The truth names a listing by its partner and the partner's own id.
                listing["id"] = format!("{partner}/{}", listing["id"].as_str().unwrap()).into();
                lines += &format!("{listing}\n");
            }
        }
        std::fs::write(folder.path().join("listings.ndjson"), lines).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn evaluate(&self, truth: &Path, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_replevin"))
            .arg("evaluate")
            .arg("--register")
            .arg(fixture().join("register.ndjson"))
            .arg("--listings")
            .arg(self.path("listings.ndjson"))
            .arg("--truth")
            .arg(truth)
            .args(more)
            .output()
            .unwrap()
    }

    fn figures(&self, truth: &Path, more: &[&str]) -> Value {
        let output = self.evaluate(truth, &[&["--json"], more].concat());
        assert!(output.status.success(), "{}", told(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How many rows of the sample's truth are expected to be what.
fn expected(wanted: &str) -> u64 {
    let truth = std::fs::read_to_string(fixture().join("truth.csv")).unwrap();
    truth.lines().filter(|line| line.split(',').nth(3) == Some(wanted)).count() as u64
}

#[test]
fn the_figures_of_the_sample_market_add_up() {
    let market = Market::new();
    let (truth, page) = (fixture().join("truth.csv"), market.path("report.html"));
    let figures = market.figures(&truth, &["--report", page.to_str().unwrap()]);
    assert_eq!(figures["target"], "object");
    assert_eq!(figures["same"], expected("report"));
    assert_eq!(figures["not_stolen"], expected("question"), "{figures}");
    let bins = figures["reliability"].as_array().unwrap();
    let in_bins: u64 = bins.iter().map(|bin| bin["pairs"].as_u64().unwrap()).sum();
    assert_eq!(in_bins, figures["pairs"]);
    for name in [
        "recall",
        "precision",
        "f1",
        "best_f1",
        "average_precision",
        "cllr",
        "calibration_error",
    ] {
        let [is, from, to] =
            ["/is", "/interval/0", "/interval/1"].map(|part| figures[name].pointer(part).unwrap().as_f64().unwrap());
        assert!(from <= is && is <= to, "{name}: {is} of {from} to {to}");
    }
    // Numbers and words alone, no photos: about half of the plants.
    assert!(
        figures["recall"]["is"].as_f64().unwrap() > 0.3 && figures["precision"]["is"].as_f64().unwrap() > 0.7,
        "{figures}"
    );
    assert!(
        figures["cllr"]["is"].as_f64().unwrap() < 1.0,
        "worse than saying nothing: {figures}"
    );

    let page = std::fs::read_to_string(page).unwrap();
    assert_eq!((page.matches("<svg ").count(), page.matches("<desc ").count()), (3, 3));
    assert!(page.matches("<table>").count() > 4 && page.contains("prefers-color-scheme: dark"));
    for outside in ["<script", "<link", "<img", "src=", "url(", "@import", "http"] {
        assert!(!page.contains(outside), "the page needs {outside}");
    }
    let item = std::fs::read_to_string(&truth).unwrap();
    let missed = item
        .lines()
        .find(|line| line.contains("photo_reencoded"))
        .unwrap()
        .split(',')
        .next()
        .unwrap();
    assert!(
        page.contains(missed),
        "a plant that only its photo gives away is not among the misses"
    );

    let again = market.figures(&truth, &[]);
    for name in ["recall", "cllr", "reliability", "pairs"] {
        assert_eq!(again[name], figures[name], "{name} differs between two runs of one seed");
    }
}

#[test]
fn labels_score_their_own_pairs_alone() {
    let market = Market::new();
    let truth = market.path("labels.csv");
    let planted = std::fs::read_to_string(fixture().join("truth.csv")).unwrap();
    let rows = planted.lines().skip(1).filter_map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let same = ["identifier_exact", "same_model"]
            .iter()
            .position(|plant| cells[2] == *plant)?;
        Some(format!("{},{},{}", cells[0], cells[1], 1 - same))
    });
    let rows: Vec<String> = rows.collect();
    std::fs::write(&truth, format!("item,listing,same\n{}\n", rows.join("\n"))).unwrap();
    let figures = market.figures(&truth, &[]);
    assert_eq!(figures["pairs"], rows.len());
    assert_eq!(figures["recall"]["is"], 1.0, "{figures}");
    assert!(
        figures["recall"]["interval"][0].as_f64().unwrap() < 1.0,
        "a few right ones prove everything"
    );
    let figures = market.figures(&truth, &["--target", "model"]);
    assert_eq!(
        (figures["target"].as_str(), &figures["pairs"]),
        (Some("model"), &rows.len().into())
    );
    assert!(figures["retrieval"]["recall_50"].as_f64().unwrap() >= figures["retrieval"]["recall_1"].as_f64().unwrap());
    let table = market.evaluate(&truth, &["--target", "model"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("Cllr, bits") && table.contains("95 % interval"), "{table}");
}

#[test]
fn a_faulty_truth_is_named_and_leaves_nothing_behind() {
    let market = Market::new();
    let (truth, page) = (market.path("truth.csv"), market.path("report.html"));
    std::fs::write(
        &truth,
        "item,listing,same\ni-001,speicherhof/A-1093,1\ni-999,speicherhof/A-1093,maybe\ni-001,speicherhof/A-1093,maybe\n",
    )
    .unwrap();
    let output = market.evaluate(&truth, &["--report", page.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("line 3: item: \"i-999\" is not in the register"),
        "{}",
        told(&output)
    );
    assert!(
        told(&output).contains("line 4: same: \"maybe\" is neither 1 nor 0"),
        "{}",
        told(&output)
    );
    assert!(output.stdout.is_empty() && !page.exists());

    for wrong in [
        &["--target", "model", "--photos", "."][..],
        &["--threshold", "2"],
        &["--target", "seller"],
    ] {
        assert_eq!(market.evaluate(&truth, wrong).status.code(), Some(2), "{wrong:?}");
    }
}
