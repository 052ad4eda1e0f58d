//! Feeds: bodies good and bad.
#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::record::{
    ItemLine, ItemPatch, ItemStatusGiven, ListingLine, parse_item, parse_item_form, parse_item_patch, parse_listing,
};
use super::*;
use crate::domain::item_change::ItemStep;

mod any;
mod formats;
mod losses;
mod samples;
mod told;

fn read(format: Format, body: &[u8]) -> Parsed<ListingDraft<SellerGiven>> {
    listings(format, Cursor::new(body), &ReadOptions::default()).unwrap()
}

/// Lines and fields of the rejected, after checking that each has a reason.
fn faults<T>(parsed: &Parsed<T>) -> Vec<(u64, &str)> {
    assert!(parsed.rejected.iter().all(|line| !line.reason.is_empty()));
    parsed.rejected.iter().map(|line| (line.line, line.field.as_str())).collect()
}

fn full_listing() -> Value {
    json!({
        "id": "A-1001", "url": "https://auction.example/lot/1001", "title": "Kildemoes herrecykel, 7 gear",
        "description": "Stel nr. WBK123456Z.\nRidse på skærmen.", "language": "da-DK", "category": "bicycles",
        "brand": "Kildemoes", "model": "City", "color": "black", "condition": "used",
        "price": {"amount": "1200.00", "currency": "DKK"},
        "identifiers": [{"kind": "frame_number", "value": "WBK123456Z"}, {"kind": "serial", "value": "ukendt"}],
        "photos": ["https://auction.example/1001/1.jpg", {"url": "https://auction.example/2.jpg", "sha256": "ab".repeat(32)}],
        "seller": {"ref": "u-8841", "since": "2024-03-01"},
        "location": {"country": "dk", "postcode": 8000, "city": "Aarhus", "lat": 56.15, "lon": 10.21},
        "posted_at": "2026-11-20T19:00:00+01:00", "ends_at": "2026-11-27T18:00:00Z", "status": "active", "shelf": [1, {"x": null}]
    })
}

#[test]
fn a_full_listing_is_read_as_it_says() {
    let draft = parse_listing(full_listing().to_string().as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(draft.description.language.as_deref(), Some("da"));
    assert_eq!(draft.description.identifiers.len(), 1, "a word for none is no identifier");
    assert_eq!(draft.price.as_ref().unwrap().hundredths, 120_000);
    assert_eq!(draft.place.country.as_deref(), Some("DK"));
    assert_eq!(draft.place.postcode.as_deref(), Some("8000"));
    assert_eq!(draft.posted_at.unwrap().to_rfc3339(), "2026-11-20T18:00:00+00:00");
    assert_eq!(draft.photos[1].sha256.unwrap().to_string(), "ab".repeat(32));
    assert!(!format!("{draft:?}").contains("shelf"), "an unknown field is dropped");
}

#[test]
fn faults_name_the_field() {
    for (change, fields) in [
        (json!({"id": null}), vec!["id"]),
        (json!({"id": "  ", "title": ""}), vec!["id", "title"]),
        (json!({"id": "x".repeat(201)}), vec!["id"]),
        (json!({"title": "x".repeat(301)}), vec!["title"]),
        (json!({"title": 7}), vec!["title"]),
        (json!({"title": "a\u{0}b"}), vec!["title"]),
        (json!({"description": "x".repeat(20_001)}), vec!["description"]),
        (json!({"language": "dansk"}), vec!["language"]),
        (json!({"url": "auction.example"}), vec!["url"]),
        (json!({"url": "javascript:alert(1)"}), vec!["url"]),
        (json!({"price": "1200"}), vec!["price"]),
        (json!({"price": {"amount": "-1", "currency": "DKK"}}), vec!["price.amount"]),
        (json!({"price": {"amount": 1e308, "currency": "DKK"}}), vec!["price.amount"]),
        (json!({"price": {"amount": true, "currency": "DKK"}}), vec!["price.amount"]),
        (json!({"price": {"currency": "DKK"}}), vec!["price.amount"]),
        (
            json!({"identifiers": [{"kind": "stelnummer", "value": "1"}]}),
            vec!["identifiers[0].kind"],
        ),
        (
            json!({"identifiers": [{"value": "WBK123456Z"}, 3]}),
            vec!["identifiers[1]", "identifiers[0].kind"],
        ),
        (
            json!({"identifiers": vec![json!({"kind": "serial", "value": "A1"}); 51]}),
            vec!["identifiers"],
        ),
        (json!({"photos": ["a/b.jpg"]}), vec!["photos[0]"]),
        (
            json!({"photos": [{"url": "https://x.example/a", "sha256": "12"}]}),
            vec!["photos[0].sha256"],
        ),
        (
            json!({"photos": [{"sha256": "12"}]}),
            vec!["photos[0].sha256", "photos[0].url"],
        ),
        (json!({"photos": vec!["https://x.example/a"; 51]}), vec!["photos"]),
        (json!({"seller": {"since": "2024-03-01"}}), vec!["seller.ref"]),
        (json!({"seller": {"ref": "u", "since": "March"}}), vec!["seller.since"]),
        (
            json!({"location": {"country": "Denmark", "lat": 91, "lon": "10"}}),
            vec!["location.country", "location.lat", "location.lon"],
        ),
        (json!({"posted_at": "2026-11-20"}), vec!["posted_at"]),
        (json!({"status": "gone"}), vec!["status"]),
    ] {
        let mut record = full_listing();
        record.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let found = parse_listing(record.to_string().as_bytes(), &ReadOptions::default()).unwrap_err();
        let found: Vec<&str> = found.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(found, fields, "{change}");
    }
}

#[test]
fn unknown_kinds_are_told_the_allowed_ones() {
    let record = br#"{"id":1,"title":"t","identifiers":[{"kind":"x","value":"1"}]}"#;
    let found = parse_listing(record, &ReadOptions::default()).unwrap_err();
    for kind in [
        "imei",
        "vin",
        "frame_number",
        "hull_number",
        "chip",
        "serial",
        "owner_number",
        "plate",
        "product_code",
    ] {
        assert!(found[0].reason.contains(kind), "{kind}: {}", found[0].reason);
    }
}

#[test]
fn amounts_may_be_numbers() {
    for (given, written) in [
        ("1200", "1200.00"),
        ("1200.5", "1200.50"),
        ("0.1", "0.10"),
        ("1199.9999999999998", "1200.00"),
    ] {
        let line = format!(r#"{{"id":"1","title":"t","price":{{"amount":{given},"currency":"DKK"}}}}"#);
        let draft = parse_listing(line.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(draft.price.unwrap().amount(), written, "{given}");
    }
}

#[test]
fn odd_lines_are_rejected_alone() {
    let long = format!(r#"{{"id":"1","title":"{}"}}"#, "x".repeat(RECORD_BYTES_MAX));
    let deep = format!(
        "{{\"id\":\"1\",\"title\":\"t\",\"x\":{}{}}}",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let odd: Vec<Vec<u8>> = vec![
        b"{".to_vec(),
        b"\0".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"text\"".to_vec(),
        b"{\"id\":\"1\",\"title\":\"\xE6\"}".to_vec(),
        b"{\"id\":\"1\",\"title\":\"t\",\"title\":\"u\"}".to_vec(),
        b"{\"id\":\"1\",\"title\":\"t\",\"price\":{\"amount\":1e999,\"currency\":\"DKK\"}}".to_vec(),
        b"\xEF\xBB\xBF{\"id\":\"1\",\"title\":\"t\"}".to_vec(),
        b"{\"id\":\"1\",\"title\":\"\\ud800\"}".to_vec(),
        b"{\"id\":\"1\",\"title\":\"t\"} trailing".to_vec(),
        long.into_bytes(),
        deep.into_bytes(),
    ];
    for line in odd {
        let shown = String::from_utf8_lossy(&line[..line.len().min(60)]).into_owned();
        let good = br#"{"id":"a","title":"t"}"#;
        let body = [good, line.as_slice(), good].join(&b'\n');
        let parsed = read(Format::Ndjson, &body);
        assert_eq!((parsed.good.len(), parsed.rejected_count), (2, 1), "{shown}");
        assert_eq!(parsed.rejected[0].line, 2, "{shown}");
    }
}

#[test]
fn lines_are_counted_and_blank_ones_skipped() {
    let body = b"\xEF\xBB\xBF{\"id\":\"1\",\"title\":\"t\"}\r\n\r\n  \n{\"id\":\"2\"}\n{\"id\":\"3\",\"title\":\"t\"}";
    let parsed = read(Format::Ndjson, body);
    assert_eq!(
        parsed.good.iter().map(|draft| draft.reference.as_str()).collect::<Vec<_>>(),
        ["1", "3"]
    );
    assert_eq!(faults(&parsed), [(4, "title")]);
}

#[test]
fn foreign_bodies_are_one_fault() {
    for body in [b"\xFF\xFE{\0\n\0".as_slice(), b"\xFE\xFF\0{\0\n", b"\x1F\x8B\x08\n\n\x01\n"] {
        for format in [Format::Ndjson, Format::JsonArray] {
            let parsed = read(format, body);
            assert_eq!((faults(&parsed), parsed.rejected_count), (vec![(1, "")], 1));
        }
    }
}

#[test]
fn arrays_are_read_element_by_element() {
    for (body, good, rejected) in [
        ("", vec![], vec![]),
        (" [ ] \n", vec![], vec![]),
        (r#"[{"id":"a,]}\"","title":"t"}]"#, vec![r#"a,]}""#], vec![]),
        (r#"[{"id":"1","title":"t"},{"id":2,"title":"t"}]"#, vec!["1", "2"], vec![]),
        (
            r#"[{"id":"1","title":"t"},{oops},{"id":"3","title":"t"}]"#,
            vec!["1", "3"],
            vec![2],
        ),
        (r#"[{"id":"1","title":"t"},,{"id":"3","title":"t"}]"#, vec!["1", "3"], vec![2]),
        (r#"[{"id":"1","title":"t"},]"#, vec!["1"], vec![2]),
        (r#"[{"id":"1","title":"t"}"#, vec!["1"], vec![2]),
        (r#"[{"id":"1","title":"t"},"#, vec!["1"], vec![2]),
        (r#"[{"id":"1","title":"t"},{"id":"2","ti"#, vec!["1"], vec![2, 3]),
        (r#"[{"id":"1","title":"t"}] {"id":"2"}"#, vec!["1"], vec![2]),
        (r#"{"id":"1","title":"t"}"#, vec![], vec![1]),
        ("\u{FEFF}[{\"id\":\"1\",\"title\":\"t\"}]", vec!["1"], vec![]),
        ("[}}}", vec![], vec![1, 2]),
    ] {
        let parsed = read(Format::JsonArray, body.as_bytes());
        let ids: Vec<&str> = parsed.good.iter().map(|draft| draft.reference.as_str()).collect();
        assert_eq!(ids, good, "{body}");
        let lines: Vec<u64> = parsed.rejected.iter().map(|line| line.line).collect();
        assert_eq!(lines, rejected, "{body}");
    }
}

#[test]
fn an_endless_element_does_not_fill_memory_and_costs_only_itself() {
    let body = format!(r#"[{{"x":"{}"}},{{"id":"2","title":"t"}}]"#, "y".repeat(RECORD_BYTES_MAX + 1));
    let parsed = read(Format::JsonArray, body.as_bytes());
    assert_eq!((parsed.good.len(), faults(&parsed)), (1, vec![(1, "")]));
}

#[test]
fn faults_beyond_the_first_thousand_are_counted() {
    let parsed = read(Format::Ndjson, &b"{}\n".repeat(1_200));
    assert_eq!((parsed.rejected.len(), parsed.rejected_count), (REJECTED_SHOWN_MAX, 1_200));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn inflated(body: &[u8], max: u64) -> Result<Parsed<ListingDraft<SellerGiven>>, FeedError> {
    let stream = inflate::inflate(inflate::Compression::Gzip, Cursor::new(body), body.len() as u64, max);
    listings(Format::Ndjson, stream, &ReadOptions::default())
}

#[test]
fn gzip_is_inflated_up_to_a_limit() {
    let line = b"{\"id\":\"1\",\"title\":\"t\"}\n".as_slice();
    assert_eq!(inflated(&gzip(line), 1 << 20).unwrap().good.len(), 1);
    let members = [gzip(line), gzip(line)].concat();
    assert_eq!(inflated(&members, 1 << 20).unwrap().good.len(), 2);
    assert_eq!(
        inflated(&gzip(line), line.len() as u64).unwrap().good.len(),
        1,
        "just the limit"
    );
    assert!(matches!(
        inflated(&gzip(line), line.len() as u64 - 1),
        Err(FeedError::Inflated(_))
    ));
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 100_000);
    assert!(matches!(inflated(&bomb, 1 << 30), Err(FeedError::Inflated(_))));
}

#[test]
fn damaged_gzip_keeps_the_lines_before() {
    let lines: String = (0..2_000)
        .map(|n| format!("{{\"id\":\"{n}\",\"title\":\"{}\"}}\n", n * 7919))
        .collect();
    let mut body = gzip(lines.as_bytes());
    body.truncate(body.len() / 2);
    let parsed = inflated(&body, 1 << 20).unwrap();
    assert!(!parsed.good.is_empty() && parsed.good.len() < 2_000);
    assert_eq!(parsed.rejected_count, 1);
    assert_eq!(parsed.rejected[0].line, parsed.good.len() as u64 + 1);
    assert!(matches!(inflated(b"no gzip at all", 1 << 20), Err(FeedError::Damaged)));
    assert!(matches!(inflated(&body[..12], 1 << 20), Err(FeedError::Damaged)));
}

#[test]
fn items_are_read_as_they_say() {
    let options = ReadOptions {
        photo_paths: true,
        ..ReadOptions::default()
    };
    let record = json!({
        "id": "i-17", "title": "Kildemoes herrecykel", "marks": "engraved JHK under the saddle",
        "identifiers": [{"kind": "frame_number", "value": "WBK 123456 Z"}], "photos": ["i-17/front.jpg"],
        "value": {"amount": "4500", "currency": "DKK"}, "status": "stolen",
        "theft": {"from": "2026-11-14T18:00:00Z", "to": "2026-11-15T07:00:00Z", "location": {"country": "DK"},
                  "crime_reference": "4100-77777-00001-26", "verified": true}
    });
    let item = parse_item(record.to_string().as_bytes(), &options).unwrap();
    assert_eq!(item.status, Some(ItemStatusGiven::Stolen));
    assert!(item.theft.unwrap().verified);
    assert_eq!(item.photos, ["i-17/front.jpg"]);
}

#[test]
fn items_say_something_and_their_identifiers_are_identifiers() {
    let files = ReadOptions {
        photo_paths: true,
        ..ReadOptions::default()
    };
    for (record, fields) in [
        (json!({"title": "x"}), vec!["id"]),
        (json!({"id": "1"}), vec![""]),
        (json!({"id": "1", "category": "bicycles"}), vec![""]),
        (json!({"id": "1", "photos": ["../../etc/passwd"]}), vec!["photos[0]"]),
        (json!({"id": "1", "photos": ["/etc/passwd"]}), vec!["photos[0]"]),
        (
            json!({"id": "1", "brand": "x", "identifiers": [{"kind": "serial", "value": "ukendt"}]}),
            vec!["identifiers[0].value"],
        ),
        (
            json!({"id": "1", "brand": "x", "theft": {"from": "2026-11-14T18:00:00Z", "to": "2026-11-13T18:00:00Z"}}),
            vec!["theft.to"],
        ),
    ] {
        let found = parse_item(record.to_string().as_bytes(), &files).unwrap_err();
        let found: Vec<&str> = found.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(found, fields, "{record}");
    }
    let slip = json!({"id": "1", "brand": "x", "identifiers": [{"kind": "imei", "value": "490154203237519"}]}).to_string();
    assert!(parse_item(slip.as_bytes(), &files).is_ok(), "a register's file keeps a slip");
    assert_eq!(parse_item_form(slip.as_bytes()).unwrap_err()[0].field, "identifiers[0].value");
}

#[test]
fn forms_send_photos_and_thefts_to_their_own_doors() {
    for (form, field) in [
        (json!({"brand": "x", "photos": ["a.jpg"]}), "photos"),
        (json!({"brand": "x", "theft": {}}), "theft"),
        (json!({"brand": "x", "status": "stolen"}), "status"),
        (json!({}), ""),
    ] {
        assert_eq!(
            parse_item_form(form.to_string().as_bytes()).unwrap_err()[0].field,
            field,
            "{form}"
        );
    }
    assert!(parse_item_form(br#"{"id":"mine","brand":"x","status":"registered","photos":[]}"#).is_ok());
    assert!(parse_item_form(br#"{"photos":[]}"#).is_ok(), "photos follow");
}

#[test]
fn changes_tell_naming_from_leaving_out() {
    let ItemPatch { change, step } =
        parse_item_patch(br#"{"title":"New","color":null,"value":null,"status":"recovered"}"#).unwrap();
    assert_eq!(change.title.as_deref(), Some("New"));
    assert_eq!(change.color.as_deref(), Some(""));
    assert_eq!(change.value, Some(None));
    assert_eq!(
        (change.brand, change.identifiers, step),
        (None, None, Some(ItemStep::Recovered))
    );
    assert!(parse_item_patch(br#"{"status":"stolen"}"#).is_err());
}
