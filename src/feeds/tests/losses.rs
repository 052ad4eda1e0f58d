//! What would be lost of a stream without a word: it is told, once each.

use super::*;
use crate::domain::mapping::Mapping;

pub(super) fn read_as(format: Format, body: &[u8], mapping: Value) -> Parsed<ListingDraft<SellerGiven>> {
    let mapping: Mapping = serde_json::from_value(mapping).unwrap();
    let options = ReadOptions {
        mapping: Some(Arc::new(mapping)),
        ..ReadOptions::default()
    };
    listings(format, Cursor::new(body), &options).unwrap()
}

/// The notes: field, how the reason begins, records.
fn told(parsed: &Parsed<ListingDraft<SellerGiven>>) -> Vec<(&str, &str, u64)> {
    let notes = parsed.notes.iter();
    notes
        .map(|note| (note.field.as_str(), note.reason.as_str(), note.records))
        .collect()
}

#[test]
fn a_stream_without_a_record_says_so() {
    for (format, body) in [
        (Format::Csv, ""),
        (Format::Csv, "id,title\n"),
        (Format::Csv, "id,title77,a77,b"),
        (Format::Csv, "sep=;\nid;title\n;\n"),
        (Format::Ndjson, ""),
        (Format::Ndjson, "\n \r\n"),
        (Format::JsonArray, " [] "),
    ] {
        let parsed = read(format, body.as_bytes());
        assert_eq!((parsed.good.len(), parsed.rejected_count), (0, 0), "{body:?}");
        assert_eq!(told(&parsed), [("", NO_RECORD, 0)], "{body:?}");
    }
    assert_eq!(read(Format::Ndjson, b"{}\n").notes, []);
}

#[test]
fn a_carriage_return_alone_ends_a_line_where_the_first_ends_so() {
    for (format, body) in [
        (Format::Csv, "id,title\r1,a\r2,\"b\rc\"\r"),
        (Format::Ndjson, "{\"id\":1,\"title\":\"a\"}\r{\"id\":2,\"title\":\"b\\nc\"}"),
    ] {
        let parsed = read(format, body.as_bytes());
        let titles: Vec<&str> = parsed.good.iter().map(|draft| draft.description.title.as_str()).collect();
        assert_eq!((titles, parsed.notes.len()), (vec!["a", "b\nc"], 0), "{body:?}");
    }
    let mixed = read(Format::Csv, b"id,title\n1,a\rb\n");
    assert_eq!(mixed.good[0].description.title, "a b");
}

#[test]
fn ids_that_came_before_are_counted() {
    let parsed = read(Format::Csv, b"id,title\n77,a\n78,b\n77,c\n77,d\n,e\n");
    assert_eq!((parsed.good.len(), parsed.rejected_count), (4, 1));
    let [(field, reason, records)] = told(&parsed)[..] else {
        panic!("{:?}", parsed.notes)
    };
    assert_eq!((field, records), ("id", 2));
    assert!(reason.contains("the last record counts"), "{reason}");
}

#[test]
fn identifiers_that_can_be_none_are_told() {
    let given = |kind: &str, value: &str| json!({"kind": kind, "value": value});
    let records = [
        vec![given("imei", "123"), given("vin", "ABC"), given("serial", "n/a")],
        vec![given("imei", "hello"), given("imei", "490154203237519"), given("serial", "")],
        vec![given("product_code", "4006381333932"), given("imei", "490154203237519")],
        vec![given("imei", "490154203237518"), given("serial", "AB-123456")],
    ];
    let lines: String = records
        .iter()
        .enumerate()
        .map(|(n, identifiers)| format!("{}\n", json!({"id": n.to_string(), "title": "t", "identifiers": identifiers})))
        .collect();
    let parsed = read(Format::Ndjson, lines.as_bytes());
    assert_eq!((parsed.good.len(), parsed.rejected_count), (4, 0));
    let mut found = told(&parsed);
    found.sort_unstable();
    let near = "the check digit does not fit: only compared with numbers near to it";
    let none = "stands for a missing number: not used";
    assert_eq!(
        found,
        [
            ("identifiers.imei", "cannot be such a number: not used", 1),
            (
                "identifiers.imei",
                "cannot be such a number: only compared with numbers near to it",
                1
            ),
            ("identifiers.imei", near, 2),
            ("identifiers.product_code", "the check digit does not fit: not used", 1),
            ("identifiers.serial", none, 1),
            ("identifiers.vin", none, 1),
        ]
    );
    let table = read_as(
        Format::Csv,
        b"Nr;Titel;IMEI\n1;a;123\n2;b;\n",
        json!({"columns": {"id": "Nr", "title": "Titel", "identifiers.imei": "IMEI"}}),
    );
    assert_eq!(told(&table), [("identifiers.imei", "cannot be such a number: not used", 1)]);
}

#[test]
fn a_time_that_cannot_be_is_left_out_and_told() {
    let times = [
        ("0026-11-20T09:00:00Z", "9999-12-31T00:00:00Z"),
        ("2026-11-20T09:00:00Z", "2026-12-20T09:00:00Z"),
    ];
    let lines: String = (times.iter().enumerate())
        .map(|(n, (posted, ends))| {
            format!(
                "{}\n",
                json!({"id": n.to_string(), "title": "t", "posted_at": posted, "ends_at": ends})
            )
        })
        .collect();
    let parsed = read(Format::Ndjson, lines.as_bytes());
    let given: Vec<bool> = parsed
        .good
        .iter()
        .map(|draft| draft.posted_at.is_some() && draft.ends_at.is_some())
        .collect();
    assert_eq!(given, [false, true]);
    let fields: Vec<&str> = told(&parsed).into_iter().map(|(field, ..)| field).collect();
    assert_eq!(
        (fields.contains(&"posted_at"), fields.contains(&"ends_at"), fields.len()),
        (true, true, 2)
    );
}

#[test]
fn a_number_that_a_spreadsheet_rounded_is_not_used() {
    let mapping = json!({"columns": {"id": "Nr", "title": "Titel", "identifiers.serial": "Serie"}});
    let table = read_as(
        Format::Csv,
        b"Nr;Titel;Serie\n1;a;1,23457E+11\n2;b;4E+5\n3;c;A12E+5\n",
        mapping,
    );
    let kept: Vec<usize> = table.good.iter().map(|draft| draft.description.identifiers.len()).collect();
    assert_eq!(kept, [0, 0, 1]);
    assert_eq!(told(&table)[0].2, 2, "{:?}", told(&table));
}

#[test]
fn photos_lie_in_the_folder_that_is_named() {
    for base in ["https://cdn.example/billeder", "https://cdn.example/billeder/"] {
        let mapping = json!({"columns": {"id": "Nr", "title": "Titel", "photos": "Foto"}, "photo_base": base});
        let table = read_as(Format::Csv, b"Nr;Titel;Foto\n1;a;K47_1.jpg\n", mapping);
        let photo = table.good[0].photos[0].url.as_ref().map(ToString::to_string);
        assert_eq!(photo.as_deref(), Some("https://cdn.example/billeder/K47_1.jpg"));
    }
}

#[test]
fn an_encoding_that_was_said_in_vain_is_told() {
    for (body, doubted) in [("id,title\n1,sk\u{e6}rm\n", true), ("id,title\n1,screen\n", false)] {
        let parsed = read_as(Format::Csv, body.as_bytes(), json!({"charset": "windows-1252"}));
        let doubts = parsed.notes.iter().filter(|note| note.reason.contains("valid UTF-8"));
        assert_eq!(doubts.count(), usize::from(doubted), "{:?}", parsed.notes);
    }
    let right = read_as(Format::Csv, b"id,title\n1,sk\xE6rm\n", json!({"charset": "windows-1252"}));
    assert_eq!((right.good[0].description.title.as_str(), right.notes.len()), ("skærm", 0));
}

#[test]
fn a_price_of_which_nothing_tells_the_currency_is_left_out_however_it_comes() {
    for (format, body, mapping) in [
        (Format::Csv, "id,title,price\n1,a,12\n", json!({})),
        (Format::Csv, "id,title,price.amount\n1,a,12\n", json!({})),
        (Format::Csv, "id,title,price.amount,price.currency\n1,a,12,\n", json!({})),
        (Format::GoogleTsv, "id\ttitle\tprice\n1\ta\t12\n", json!({})),
        (Format::Ndjson, r#"{"id":1,"title":"a","price":{"amount":12}}"#, json!({})),
        (
            Format::JsonLd,
            r#"{"@type":"Product","sku":"1","name":"a","offers":{"price":12}}"#,
            json!({}),
        ),
    ] {
        let parsed = read_as(format, body.as_bytes(), mapping);
        assert_eq!((parsed.good.len(), &parsed.rejected), (1, &Vec::new()), "{body}");
        assert_eq!(parsed.good[0].price, None);
        let [(field, reason, 1)] = told(&parsed)[..] else {
            panic!("{body}: {:?}", parsed.notes)
        };
        assert!(
            field == "price.amount" && reason.contains("no currency"),
            "{body}: {field}: {reason}"
        );
    }
}

#[test]
fn faults_say_what_was_found_and_what_to_do() {
    let mapping = json!({"columns": {"id": "Nr", "title": "Titel", "status": "Zustand", "ends_at": "Ende"},
        "time_format": "%d.%m.%Y %H:%M", "statuses": {"offen": "?"}});
    let table = read_as(
        Format::Csv,
        b"Nr;Titel;Zustand;Ende\n1;a;offen;\n2;b;;31.11.2026 20:00\n3;c;;morgen\n",
        mapping,
    );
    let reasons: Vec<&str> = table.rejected.iter().map(|line| line.reason.as_str()).collect();
    assert_eq!(faults(&table), [(2, "Zustand"), (3, "Ende"), (4, "Ende")]);
    for (reason, hint) in reasons.iter().zip([
        "found `offen`; translate it under `statuses`",
        "no such day or hour, read by %d.%m.%Y %H:%M",
        "expected a time by %d.%m.%Y %H:%M",
    ]) {
        assert!(reason.contains(hint), "{reason}");
    }
    let own = read(
        Format::Ndjson,
        br#"{"id":1,"title":"a","status":"offen","identifiers":"490154203237518"}"#,
    );
    let reasons: Vec<&str> = own.rejected.iter().map(|line| line.reason.as_str()).collect();
    let list = r#"expected a list such as [{"kind":"imei","value":"…"}], found text"#;
    assert_eq!(
        reasons,
        [list, "found `offen`, expected one of active, sold, ended, withdrawn"]
    );
}

#[test]
fn constants_are_checked_as_they_will_be_read() {
    let check = |constants: Value| {
        let mapping: Mapping = serde_json::from_value(json!({"constants": constants})).unwrap();
        let faults = mapping::check(&mapping).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.field).collect::<Vec<String>>()
    };
    let good = json!({"price.currency": "dkk", "value.currency": "DKK", "language": "da-DK", "location.country": "dk", "status": "active",
        "seller.ref": "house", "title": "Lot", "posted_at": "2026-11-20T18:00:00Z", "category": "bicycles", "theft.from": "2026-11-20T18:00:00Z"});
    assert_eq!(check(good), Vec::<String>::new());
    for (field, value) in [
        ("price.currency", "Kroner"),
        ("value.currency", "Kroner"),
        ("language", "dansk"),
        ("location.country", "Danmark"),
        ("status", "offen"),
        ("posted_at", "20.11.2026"),
        ("theft.from", "20.11.2026"),
        ("id", "1"),
        ("photos", "a.jpg"),
        ("identifiers.imei", "490154203237518"),
    ] {
        assert_eq!(check(json!({field: value})), [format!("constants.{field}")], "{field}");
    }
    assert_eq!(
        check(json!({"status": "stolen"})),
        Vec::<String>::new(),
        "of a register's file"
    );
}
