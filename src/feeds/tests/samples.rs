//! The same five listings in every format: what a partner may write, and what comes out.

use std::path::Path;

use super::*;
use crate::domain::mapping::Mapping;

/// The samples: file, format, and what the format has no room for.
const SAMPLES: [(&str, Format, &[&str]); 12] = [
    ("listings.ndjson", Format::Ndjson, &[]),
    ("listings.json", Format::JsonArray, &[]),
    ("listings.csv", Format::Csv, &[]),
    ("danish.csv", Format::Csv, &[]),
    ("listings.jsonld", Format::JsonLd, &[]),
    ("pages.html", Format::Html, &[]),
    ("google.tsv", Format::GoogleTsv, &["location", "posted_at"]),
    ("google.tsv", Format::Csv, &["location", "posted_at"]),
    ("google.rss", Format::GoogleRss, &["location"]),
    ("ebay.tsv", Format::EbayTsv, &[]),
    (
        "liveauctioneers.csv",
        Format::LiveAuctioneers,
        &[
            "url",
            "model",
            "color",
            "identifiers",
            "location.postcode",
            "location.city",
            "posted_at",
            "ends_at",
            "status",
        ],
    ),
    (
        "liveauctioneers.txt",
        Format::LiveAuctioneers,
        &[
            "url",
            "model",
            "color",
            "identifiers",
            "location.postcode",
            "location.city",
            "posted_at",
            "ends_at",
            "status",
        ],
    ),
];

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/feeds").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A sample's mapping lies beside it.
fn options(name: &str) -> ReadOptions {
    let stem = name.split('.').next().unwrap();
    let path = format!("{stem}.mapping.json");
    let mapped = ["danish", "liveauctioneers"].contains(&stem);
    let mapping = mapped.then(|| serde_json::from_slice::<Mapping>(&file(&path)).unwrap());
    if let Some(mapping) = &mapping {
        assert_eq!(mapping::check(mapping), Ok(()));
    }
    ReadOptions {
        mapping: mapping.map(Arc::new),
        ..ReadOptions::default()
    }
}

fn golden(without: &[&str]) -> Vec<Value> {
    let text = String::from_utf8(file("listings.ndjson")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|mut listing| {
            for path in without {
                match path.split_once('.') {
                    Some((outer, inner)) => drop(listing[outer].as_object_mut().unwrap().remove(inner)),
                    None => drop(listing.as_object_mut().unwrap().remove(*path)),
                }
            }
            if without.contains(&"status") {
                listing["status"] = json!("active");
            }
            listing
        })
        .collect()
}

#[test]
fn every_sample_gives_the_very_same_listings() {
    for (name, format, without) in SAMPLES {
        let parsed = listings(format, Cursor::new(file(name)), &options(name)).unwrap();
        assert_eq!(parsed.rejected, [], "{name}");
        let read: Vec<Value> = parsed
            .good
            .iter()
            .map(|draft| serde_json::to_value(ListingLine::from(draft)).unwrap())
            .collect();
        assert_eq!(read, golden(without), "{name} as {format}");
    }
}

#[test]
fn samples_cut_short_never_panic_and_keep_what_came_before() {
    for (name, format, _) in SAMPLES {
        let (whole, options) = (file(name), options(name));
        for cut in (0..whole.len()).step_by(37) {
            let parsed = listings(format, Cursor::new(&whole[..cut]), &options).unwrap();
            assert!(parsed.good.len() <= 5, "{name} cut at {cut}");
        }
        let most = listings(format, Cursor::new(&whole[..whole.len() - 3]), &options).unwrap();
        assert!(most.good.len() >= 4, "{name}");
    }
}

#[test]
fn samples_read_in_small_pieces_give_the_same() {
    for (name, format, _) in SAMPLES {
        let (whole, options) = (file(name), options(name));
        let pieces = io::BufReader::with_capacity(256, Cursor::new(&whole));
        assert_eq!(
            listings(format, pieces, &options).unwrap(),
            listings(format, Cursor::new(&whole), &options).unwrap(),
            "{name}"
        );
    }
}
