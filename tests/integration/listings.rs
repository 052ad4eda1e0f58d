//! A partner's listings on the API beyond pushing them: the list, and photos that are taken off again.

use reqwest::Method;
use serde_json::json;

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number, picture};

#[tokio::test]
async fn a_partner_lists_its_own_listings_page_by_page() {
    let app = TestApp::start().await;
    let all: Vec<_> = (0..5).map(|n| bicycle(&format!("L-{n}"), &frame_number(n))).collect();
    app.push(&all).await;
    let listings = format!("/api/v1/partners/{PARTNER}/listings");
    app.partner()
        .send(app.partner().request(Method::DELETE, &format!("{listings}/L-3")))
        .await
        .expect(204);
    let system = app.with(&app.people.scoped[0]);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = system.get(&format!("{listings}?limit=2{cursor}")).await.expect(200).json();
        let rows = page["listings"].as_array().unwrap();
        assert!(rows.len() <= 2 && !rows.is_empty(), "{page}");
        seen.extend(rows.iter().map(|row| (row["ref"].clone(), row["status"].clone())));
        assert!(rows.iter().all(|row| row["updated_at"].is_string()), "{page}");
        // What comes in between two pages moves no other from one into the other.
        app.push(&[bicycle("K-9", &frame_number(9))]).await;
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected = (0..5).map(|n| (json!(format!("L-{n}")), json!(if n == 3 { "withdrawn" } else { "active" })));
    assert_eq!(seen, expected.collect::<Vec<_>>());
    system.get(&format!("{listings}?cursor=nonsense")).await.expect_problem(400);
    system.get(&format!("{listings}?status=sold")).await.expect_problem(400);
    let others = app.with(&app.people.expired_partner).get(&listings).await;
    others.expect_problem(403);
}

#[tokio::test]
async fn an_uploaded_photo_is_taken_off_and_the_listing_matched_again() {
    let app = TestApp::start().await;
    let path = |reference: &str, rest: &str| format!("/api/v1/partners/{PARTNER}/listings/{reference}{rest}");
    let delete = async |reference: &str, number: u16| {
        let request = app
            .partner()
            .request(Method::DELETE, &path(reference, &format!("/photos/{number}")));
        app.partner().send(request).await
    };
    let put = async |reference: &str| {
        let path = path(reference, "/photos/1");
        let partner = app.partner();
        let sent = partner.send_bytes(Method::PUT, &path, "image/jpeg", picture("i-001-1.jpg"));
        sent.await.expect(200).json()["sha256"].clone()
    };
    app.push(&[bicycle("L-1", &frame_number(1)), bicycle("L-2", &frame_number(2))])
        .await;
    let sha256 = put("L-1").await;
    app.settle().await;
    let held = app.partner().get(&path("L-1", "")).await.expect(200).json();
    assert_eq!(held["photos"][0]["sha256"], sha256);
    let id = held["id"].as_str().unwrap().replace('-', "");
    // What matching reads next: each change of a listing has a higher number than the one before.
    let number = || -> u32 {
        let sql = "SELECT seq FROM changes WHERE kind = 'listing' AND lower(hex(id)) = ?1";
        app.database().query_row(sql, [&id], |row| row.get(0)).unwrap()
    };
    let before = number();

    let last = app.last_entry();
    delete("L-1", 1).await.expect(204);
    assert_eq!(app.actions_since(last), ["listing_photo_removed"]);
    app.settle().await;
    let held = app.partner().get(&path("L-1", "")).await.expect(200).json();
    assert_eq!(held["photos"], json!([]));
    delete("L-1", 1).await.expect_problem(404);
    delete("L-9", 1).await.expect_problem(404);
    delete("L-1", 51).await.expect_problem(400);
    assert!(number() > before);

    // One that the record names goes with the record; from that address nothing is ever fetched.
    let mut named = bicycle("L-2", &frame_number(2));
    named["photos"] = json!(["https://10.0.0.1/2.jpg"]);
    app.push(&[named]).await;
    delete("L-2", 1).await.expect_problem(409);
    let held = app.partner().get(&path("L-2", "")).await.expect(200).json();
    assert_eq!(held["photos"].as_array().unwrap().len(), 1, "{held}");
}

#[tokio::test]
async fn an_uploaded_photo_stays_until_it_is_taken_off_or_denied() {
    let app = TestApp::start().await;
    let partner = app.partner();
    let path = |rest: &str| format!("/api/v1/partners/{PARTNER}/listings/L-1{rest}");
    let photos = async || partner.get(&path("")).await.expect(200).json()["photos"].clone();
    let put = async |number: u16| {
        let path = path(&format!("/photos/{number}"));
        partner
            .send_bytes(Method::PUT, &path, "image/jpeg", picture("i-001-1.jpg"))
            .await
    };
    let mut record = bicycle("L-1", &frame_number(1));
    record["photos"] = json!(["https://10.0.0.1/1.jpg"]);
    app.push(&[record.clone()]).await;
    app.settle().await;
    let sha256 = put(1).await.expect(200).json()["sha256"].clone();
    // Its record changes, names another address, and then none.
    for (price, named) in [
        ("5", json!(["https://10.0.0.1/1.jpg"])),
        ("6", json!(["https://10.0.0.1/2.jpg"])),
        ("7", json!(null)),
    ] {
        record["price"] = json!({"amount": price, "currency": "DKK"});
        record["photos"] = named;
        app.push(&[record.clone()]).await;
        app.settle().await;
        let held = photos().await;
        assert_eq!(
            (&held[0]["sha256"], &held[0]["uploaded"], &held[1]),
            (&sha256, &json!(true), &json!(null)),
            "{held}"
        );
    }
    // Taken off where the record names an address, that is what is left.
    record["photos"] = json!(["https://10.0.0.1/2.jpg"]);
    app.push(&[record.clone()]).await;
    let delete = partner.request(Method::DELETE, &path("/photos/1"));
    partner.send(delete).await.expect(204);
    app.settle().await;
    let left = photos().await;
    assert_eq!(
        (&left[0]["state"], &left[0]["uploaded"]),
        (&json!("failed"), &json!(false)),
        "{left}"
    );
    // An empty list says that there are none, each time that it is said.
    record["photos"] = json!([]);
    for _ in 0..2 {
        put(1).await.expect(200);
        app.push(&[record.clone()]).await;
        assert_eq!(photos().await, json!([]));
    }
}

#[tokio::test]
async fn bytes_that_contradict_the_record_are_refused() {
    let app = TestApp::start().await;
    let partner = app.partner();
    let mut record = bicycle("L-1", &frame_number(1));
    record["photos"] = json!([{"url": "https://10.0.0.1/1.jpg", "sha256": "00".repeat(32)}]);
    app.push(&[record.clone()]).await;
    let path = format!("/api/v1/partners/{PARTNER}/listings/L-1/photos/1");
    let put = async || {
        partner
            .send_bytes(Method::PUT, &path, "image/jpeg", picture("i-001-1.jpg"))
            .await
    };
    let problem = put().await.expect_problem(422);
    assert!(problem["detail"].as_str().unwrap().contains("announces 0000"), "{problem}");
    record["photos"] = json!(["https://10.0.0.1/1.jpg"]);
    app.push(&[record]).await;
    put().await.expect(200);
}

#[tokio::test]
async fn a_record_that_takes_a_listing_off_sale_needs_no_title() {
    let app = TestApp::start().await;
    let push = async |query: &str, lines: &str| {
        let path = format!("/api/v1/partners/{PARTNER}/listings{query}");
        let partner = app.partner();
        let sent = partner.send_bytes(Method::POST, &path, "", lines.to_owned());
        sent.await.expect(200).json()
    };
    app.push(&[bicycle("L-1", &frame_number(1))]).await;
    let gone = "{\"id\":\"L-1\",\"status\":\"withdrawn\"}\n{\"id\":\"L-9\",\"status\":\"withdrawn\"}\n{\"id\":\"L-8\",\"status\":\"sold\"}\n";
    for query in ["?dry_run=true", ""] {
        let answer = push(query, gone).await;
        assert_eq!(
            (&answer["accepted"], &answer["unchanged"]),
            (&json!(1), &json!(1)),
            "{answer}"
        );
        assert_eq!(
            (&answer["rejected"][0]["line"], &answer["rejected"][0]["field"]),
            (&json!(3), &json!("title"))
        );
    }
    let again = push("", gone).await;
    assert_eq!((&again["accepted"], &again["unchanged"]), (&json!(0), &json!(2)));
    let note = &again["notes"][0];
    assert!(
        note["reason"].as_str().unwrap().contains("not held") && note["records"] == 1,
        "{again}"
    );
    let held = app
        .partner()
        .get(&format!("/api/v1/partners/{PARTNER}/listings/L-1"))
        .await
        .expect(200)
        .json();
    assert_eq!(held["status"], "withdrawn");
    assert!(!held["title"].as_str().unwrap().is_empty(), "what it was is kept: {held}");
}
