//! Records and pictures for tests.

use std::path::PathBuf;

use serde_json::{Value, json};

/// Records as NDJSON.
pub fn ndjson(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// A bicycle on sale, unlike any other by its reference and number.
pub fn bicycle(reference: &str, frame_number: &str) -> Value {
    json!({
        "id": reference,
        "title": "Kildemoes herrecykel, 7 gear",
        "description": "Ridse på skærmen, blå håndtag.",
        "language": "da",
        "category": "bicycles",
        "brand": "Kildemoes",
        "identifiers": [{"kind": "frame_number", "value": frame_number}],
        "price": {"amount": "1200.00", "currency": "DKK"},
        "seller": {"ref": format!("u-{reference}")},
        "location": {"country": "DK", "postcode": "8000", "city": "Aarhus"},
        "status": "active",
    })
}

/// The same bicycle as its owner registers it.
pub fn owned_bicycle(frame_number: &str) -> Value {
    json!({
        "title": "Kildemoes herrecykel",
        "category": "bicycles",
        "brand": "Kildemoes",
        "description": "7 gear, ridse på forskærmen, blå håndtag",
        "language": "da",
        "identifiers": [{"kind": "frame_number", "value": frame_number}],
    })
}

/// A Danish frame number, one for each `n`.
pub fn frame_number(n: usize) -> String {
    format!(
        "WBK{:06}{}",
        123_457 + n * 7919 % 800_000,
        char::from(b'A' + u8::try_from(n % 26).unwrap())
    )
}

/// One of the pictures of the sample data.
pub fn picture(name: &str) -> Vec<u8> {
    std::fs::read(fixture("photos").join(name)).unwrap()
}

/// A path inside the sample data.
pub fn fixture(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo").join(path)
}
