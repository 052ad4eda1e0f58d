//! Bodies of any sort: nothing panics, one bad record costs only itself, and what was written reads the same.

use proptest::prelude::*;

use super::*;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", "[a-z ,.\\\\\"{}\\[\\]\r\n\t]{0,20}", Just(String::new())]
}

prop_compose! {
    fn any_record()(
        id in "[a-zA-Z0-9/%, -]{0,5}[a-z0-9]",
        title in "\\PC{0,30}x",
        texts in proptest::collection::vec(any_text(), 7),
        amount in proptest::option::of(0_u64..10_000_000),
        serial in proptest::option::of("[A-Z0-9]{6,12}7"),
        lat in proptest::option::of(-90.0..90.0),
        photos in 0_usize..4,
        status in prop_oneof![Just("active"), Just("sold"), Just("ended"), Just("withdrawn")],
    ) -> Value {
        json!({
            "id": id, "title": title, "description": texts[0], "category": texts[1], "brand": texts[2], "model": texts[3],
            "color": texts[4], "condition": texts[5],
            "price": amount.map(|amount| json!({"amount": format!("{}.{:02}", amount / 100, amount % 100), "currency": "DKK"})),
            "identifiers": serial.iter().map(|value| json!({"kind": "serial", "value": value})).collect::<Vec<_>>(),
            "location": {"city": texts[6], "lat": lat},
            "photos": (0..photos).map(|n| format!("https://x.example/{n}.jpg")).collect::<Vec<_>>(),
            "status": status,
        })
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in Format::ALL {
            let parsed = read(format, &body);
            prop_assert!(parsed.rejected.iter().all(|line| line.line >= 1 && !line.reason.is_empty()));
        }
        prop_assert!(matches!(inflated(&body, 1 << 16), Ok(_) | Err(FeedError::Damaged)));
        drop(parse_item_form(&body));
        drop(parse_item_patch(&body));
    }

    #[test]
    fn arbitrary_json_like_bytes_never_panic(body in "[\\[\\]{}\",:0-9a-z\\\\ \n]{0,200}") {
        for format in [Format::Ndjson, Format::JsonArray] {
            read(format, format!("[{body}").as_bytes());
            read(format, body.as_bytes());
        }
    }

    #[test]
    fn arbitrary_pages_and_documents_never_panic(body in "(<(!--|/?item|/?script|!\\[CDATA\\[| type=application/ld\\+json)?>?|-->|\\]\\]>|&(amp|#[0-9]{1,9});|[{}\":\\[\\]',a-z \n]|\"@(graph|type)\"|\"Product\"){0,60}") {
        for format in [Format::Html, Format::GoogleRss, Format::JsonLd] {
            let parsed = read(format, body.as_bytes());
            prop_assert!(parsed.rejected.iter().all(|line| line.line >= 1 && !line.reason.is_empty()));
        }
    }

    #[test]
    fn arbitrary_tables_lose_no_line(rows in proptest::collection::vec("[a\",\\\\ ]{0,8}", 0..40)) {
        for (format, header) in [(Format::Csv, "id,title\n"), (Format::EbayTsv, "itemId,title,itemWebUrl\n")] {
            let body = rows.iter().fold(header.to_owned(), |body, row| format!("{body}{row}\n"));
            let parsed = read(format, body.as_bytes());
            // A line gives a record, or a fault, or is a part of a record that spans several.
            prop_assert!(parsed.good.len() as u64 + parsed.rejected_count <= rows.len() as u64);
            let last = parsed.rejected.last().map_or(0, |line| line.line);
            prop_assert!(last <= rows.len() as u64 + 1);
        }
    }

    #[test]
    fn cut_bodies_never_panic_and_keep_what_came_before(records in proptest::collection::vec(any_record(), 1..5), cut in any::<prop::sample::Index>()) {
        let body = Value::Array(records.clone()).to_string();
        let cut = cut.index(body.len());
        let parsed = read(Format::JsonArray, &body.as_bytes()[..cut]);
        prop_assert!(parsed.good.len() <= records.len());
        prop_assert!(cut == 0 || parsed.rejected_count >= 1);
    }

    #[test]
    fn one_bad_among_many_costs_only_itself(records in proptest::collection::vec(any_record(), 1..12), at in any::<prop::sample::Index>()) {
        let at = at.index(records.len());
        let mut bad = records.clone();
        bad[at]["price"] = json!({"amount": "cheap", "currency": "DKK"});
        let lines: String = bad.iter().map(|record| format!("{record}\n")).collect();
        for (format, body) in [(Format::Ndjson, lines), (Format::JsonArray, Value::Array(bad).to_string())] {
            let parsed = read(format, body.as_bytes());
            prop_assert_eq!(parsed.good.len(), records.len() - 1);
            prop_assert_eq!(faults(&parsed), [(at as u64 + 1, "price.amount")]);
        }
    }

    #[test]
    fn what_was_read_reads_the_same_when_written(record in any_record()) {
        let once = parse_listing(record.to_string().as_bytes(), &ReadOptions::default()).unwrap();
        let line = serde_json::to_vec(&ListingLine::from(&once)).unwrap();
        prop_assert_eq!(parse_listing(&line, &ReadOptions::default()).unwrap(), once);
    }

    #[test]
    fn items_written_read_the_same(record in any_record(), verified in any::<bool>()) {
        let mut record = record;
        let extra = json!({"status": "stolen", "theft": {"from": "2026-11-14T18:00:00Z", "verified": verified}, "price": null});
        record.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let once = parse_item(record.to_string().as_bytes(), &ReadOptions::default()).unwrap();
        let line = serde_json::to_vec(&ItemLine::from(&once)).unwrap();
        prop_assert_eq!(parse_item(&line, &ReadOptions::default()).unwrap(), once);
    }
}
