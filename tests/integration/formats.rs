//! Listings in the formats that partners have: each sample pushed as its media type says, and matched from a file.

use reqwest::Method;
use serde_json::json;

use crate::support::TestApp;
use crate::support::people::PARTNER;

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/feeds/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[tokio::test]
async fn each_sample_is_taken_in_as_its_media_type_says() {
    let app = TestApp::start().await;
    let path = |query: &str| format!("/api/v1/partners/{PARTNER}/listings?{query}");
    for (name, media_type, query) in [
        ("listings.ndjson", "application/x-ndjson", ""),
        ("listings.json", "application/json; charset=utf-8", ""),
        ("listings.jsonld", "application/ld+json", ""),
        ("pages.html", "text/html; charset=utf-8", ""),
        ("google.tsv", "text/tab-separated-values", ""),
        ("google.rss", "application/rss+xml", ""),
        ("ebay.tsv", "text/tab-separated-values", ""),
        ("liveauctioneers.csv", "text/csv; charset=windows-1252", ""),
        ("liveauctioneers.txt", "application/octet-stream", "&format=liveauctioneers"),
        ("listings.csv", "text/csv", ""),
    ] {
        let dry = path(&format!("dry_run=true{query}"));
        let answer = app.partner().send_bytes(Method::POST, &dry, media_type, sample(name)).await;
        let mut answer = answer.expect(200).json();
        let notes = answer["notes"].take();
        let told: Vec<&str> = notes
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|note| note["field"].as_str())
            .collect();
        // A catalogue names no currency, and here no mapping does.
        let expected: &[&str] = if name.starts_with("live") { &["price.amount"] } else { &[] };
        assert_eq!(told, expected, "{name}: {notes}");
        let expected = json!({"accepted": 5, "unchanged": 0, "rejected": [], "notes": null});
        assert_eq!(answer, expected, "{name}");
    }
    // The same listings in another format say nothing new.
    for (name, accepted) in [("listings.csv", 5), ("listings.jsonld", 0), ("ebay.tsv", 0)] {
        let query = if name.ends_with("jsonld") {
            "format=json-ld"
        } else {
            "format=csv"
        };
        // Photos that nobody can ever have, so that asking for them ends.
        let body = String::from_utf8(sample(name)).unwrap();
        let body = body.replace("klint.example/img", "klint.test/img");
        let answer = app.partner().send_bytes(Method::POST, &path(query), "", body).await;
        assert_eq!(answer.expect(200).json()["accepted"], accepted, "{name}");
    }
    let listing = app.partner().get(&format!("/api/v1/partners/{PARTNER}/listings/S-102")).await;
    let listing = listing.expect(200).json();
    assert_eq!(
        (&listing["title"], &listing["price"]["amount"]),
        (&json!("Skærm 24\" med kabel"), &json!("450.50"))
    );
    assert!(!listing.to_string().contains("u-17"), "sellers are unreadable: {listing}");
    let problem = app.partner().send_bytes(Method::POST, &path("format=xml"), "", "x").await;
    assert!(problem.expect_problem(400).to_string().contains("google-rss"));
}

#[tokio::test]
async fn a_table_is_told_by_its_own_columns() {
    let app = TestApp::start().await;
    let path = format!("/api/v1/partners/{PARTNER}/listings");
    let mut rows = "id\ttitle\tlink\timage_link\tprice\n".to_owned();
    for n in 1..=10_000 {
        let price = if n == 4_321 { "nine" } else { "9.50" };
        rows.push_str(&format!("G-{n}\tThing {n}\thttps://x.example/{n}\t\t{price} EUR\n"));
    }
    let answer = app
        .partner()
        .send_bytes(Method::POST, &path, "text/tab-separated-values", rows)
        .await;
    let answer = answer.expect(200).json();
    assert_eq!(
        (&answer["accepted"], answer["rejected"].as_array().unwrap().len()),
        (&json!(9_999), 1),
        "{answer}"
    );
    assert_eq!(
        (&answer["rejected"][0]["line"], &answer["rejected"][0]["field"]),
        (&json!(4_322), &json!("price"))
    );
}

#[tokio::test]
async fn what_is_not_what_it_is_said_to_be_is_refused_once() {
    let app = TestApp::start().await;
    let path = |query: &str| format!("/api/v1/partners/{PARTNER}/listings{query}");
    let send = async |query: &str, media_type: &str, body: &'static str| {
        app.partner().send_bytes(Method::POST, &path(query), media_type, body).await
    };
    for (query, field) in [
        ("?dryrun=true", "dryrun"),
        ("?fromat=csv", "fromat"),
        ("?dry_run=yes", "dry_run"),
    ] {
        let problem = send(query, "text/csv", "id,title\n1,Ring\n").await.expect_problem(400);
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let table = "id;title;farve\n1;Ring;gul\n";
    let form = "application/x-www-form-urlencoded";
    for (query, media_type, body, hint) in [
        ("", "", table, "text/csv"),
        ("", form, table, "text/csv"),
        ("", form, "<rss><channel/></rss>", "google-rss"),
        ("?format=csv", "", "{\"id\":\"1\",\"title\":\"Ring\"}\n", "ndjson"),
    ] {
        let problem = send(query, media_type, body).await.expect_problem(415);
        assert!(problem["detail"].as_str().unwrap().contains(hint), "{problem}");
    }
    let waiting = app.partner().get(&format!("/api/v1/partners/{PARTNER}/quarantine")).await;
    assert_eq!(waiting.expect(200).json()["records"], json!([]), "nothing of these waits");
    let answer = send("?format=csv", "", table).await.expect(200).json();
    assert_eq!(
        (
            &answer["accepted"],
            &answer["notes"][0]["field"],
            &answer["notes"][0]["records"]
        ),
        (&json!(1), &json!("farve"), &json!(1)),
        "{answer}"
    );
    for (client, route) in [(app.owner(), "items?limt=5"), (app.officer(), "reports?limt=5")] {
        let problem = client.get(&format!("/api/v1/{route}")).await.expect_problem(400);
        assert_eq!(problem["errors"][0]["field"], "limt", "{problem}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let path = |query: &str| format!("/api/v1/partners/{PARTNER}/listings{query}");
    let array = "[{\"id\":\"1\",\"title\":\"Ring\"}]";
    let workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    for (query, media_type, body, hint) in [
        ("", "text/csv", array, "?format=json"),
        ("?format=google-tsv", "", array, "?format=json"),
        (
            "",
            "application/json",
            "{\"id\":\"1\"}\n{\"id\":\"2\"}\n",
            "send application/x-ndjson",
        ),
        ("", "application/json", "id,title\n1,Ring\n", "text/csv"),
        ("", "application/gzip", "", "Content-Encoding: gzip"),
        ("", "application/octet-stream", "id,title\n", "?format=csv"),
        ("", "text/plain", "id,title\n", "?format=csv"),
        ("", "multipart/form-data; boundary=x", "--x", "no form"),
        ("?format=csv", "multipart/form-data; boundary=x", "--x", "no form"),
        ("", workbook, "PK\u{3}\u{4}", "as CSV"),
        ("", "text/csv", "PK\u{3}\u{4}", "as CSV"),
    ] {
        let answer = app.partner().send_bytes(Method::POST, &path(query), media_type, body).await;
        let problem = answer.expect_problem(415);
        assert!(problem["detail"].as_str().unwrap().contains(hint), "{media_type}: {problem}");
    }
    for (coding, body, hint) in [
        ("gzip", b"id,title\n1,Ring\n".as_slice(), "this is not gzip"),
        ("zstd", &[0x1F, 0x8B, 8, 0], "this is gzip, not Zstandard"),
        ("gzip", &[0x28, 0xB5, 0x2F, 0xFD], "this is Zstandard, not gzip"),
    ] {
        let request = app
            .partner()
            .request(Method::POST, &path(""))
            .header("content-type", "text/csv");
        let request = request.header("content-encoding", coding).body(body.to_vec());
        let problem = app.partner().send(request).await.expect_problem(400);
        assert!(problem.to_string().contains(hint), "{problem}");
    }
    // As curl -d sends a file: all in one line.
    let answer = app
        .partner()
        .send_bytes(Method::POST, &path(""), "text/csv", "id,title1,Ring2,Ur")
        .await;
    let answer = answer.expect(200).json();
    let told = answer["notes"][0]["reason"].as_str().unwrap();
    assert!(answer["accepted"] == 0 && told.contains("--data-binary"), "{answer}");
    let twice = "id,title\n77,a\n77,b\n77,c\n";
    let answer = app.partner().send_bytes(Method::POST, &path(""), "text/csv", twice).await;
    let answer = answer.expect(200).json();
    let (field, records) = (&answer["notes"][0]["field"], &answer["notes"][0]["records"]);
    assert_eq!(
        (&answer["accepted"], field, records),
        (&json!(1), &json!("id"), &json!(2)),
        "{answer}"
    );
}

#[tokio::test]
async fn files_are_matched_by_a_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let register = folder.path().join("register.csv");
    std::fs::write(
        &register,
        "id,title,brand,model,identifiers.frame_number\ni-1,Herrecykel,Kildemoes,City 200,WBK123456Z\n",
    )
    .unwrap();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/feeds");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_replevin"))
        .args(["match", "--format", "csv", "--min-probability", "0", "--register"])
        .arg(&register)
        .args([
            "--listings",
            &format!("{fixtures}/danish.csv"),
            "--mapping",
            &format!("{fixtures}/danish.mapping.json"),
        ])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let first: serde_json::Value = serde_json::from_slice(output.stdout.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!(
        (&first["item"], &first["listing"]),
        (&json!("i-1"), &json!("S-101")),
        "{told}"
    );
}

#[tokio::test]
async fn what_is_not_read_is_told_in_the_answer_on_the_page_and_of_a_sample() {
    let app = TestApp::start().await;
    let body = "id\ttitle\tlink\timage_link\tSerial no\tshelf\nG-1\tKamera\t\t\tAB123456\t\nG-2\tUr\t\t\t\tB 4\n";
    let path = format!("/api/v1/partners/{PARTNER}/listings");
    let partner = app.partner();
    let sent = partner.send_bytes(Method::POST, &path, "text/tab-separated-values", body);
    let answer = sent.await.expect(200).json();
    let note = json!({"field": "shelf", "records": 1, "line": 3,
        "reason": "no field is read from this column; name it in the feed's mapping if it matters"});
    assert_eq!(
        (&answer["accepted"], &answer["notes"]),
        (&json!(2), &json!([note])),
        "{answer}"
    );
    let held = app.partner().get(&format!("{path}/G-1")).await.expect(200).json();
    assert_eq!(held["identifiers"][0], json!({"kind": "serial", "value": "AB123456"}));
    let person = app.sign_in("partner").await;
    let list = person.get("/deliveries").await.expect(200).text();
    let (_, id) = list.split_once("href=\"/deliveries/").unwrap();
    let page = person.get(&format!("/deliveries/{}", &id[..36])).await.expect(200).text();
    assert!(
        page.contains("What is not read") && page.contains("shelf") && page.contains("data-label=\"First line\">3<"),
        "{page}"
    );
}
