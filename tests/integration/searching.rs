//! An officer's free search: by number, words, photo, place, time and seller; for a purpose that stands in the log with each.

use base64::Engine as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};
use crate::support::session::Session;

const PURPOSE: [(&str, &str); 2] = [("case", "4100-9"), ("reason", "a tip about a van full of bicycles")];

/// What a search shows.
async fn found(officer: &Session, fields: &[(&str, &str)], photo: Option<Vec<u8>>) -> String {
    let all = [&PURPOSE[..], fields].concat();
    let page = officer.upload("/search", &all, photo.map(|bytes| ("photo", bytes))).await;
    page.expect(200)
        .text()
        .split("<h2 class=\"govuk-heading-m\">Found</h2>")
        .nth(1)
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn what_is_stolen_or_on_sale_is_found_and_nothing_else() {
    let app = TestApp::start().await;
    app.stolen(&owned_bicycle(&frame_number(0))).await;
    app.register(&json!({"title": "Piano at home", "identifiers": [{"kind": "serial", "value": "PN4471902"}]}))
        .await;
    let mut listings: Vec<_> = (0..3).map(|n| bicycle(&format!("L-{n}"), &frame_number(n))).collect();
    listings[0]["seller"] = json!({"ref": "one"});
    listings[1]["seller"] = json!({"ref": "one"});
    listings[2]["location"] = json!({"country": "SE", "city": "Malmö"});
    listings.push(json!({"id": "L-lathe", "title": "Drejebænk Myford", "description": "Super 7 fra 1962", "language": "da"}));
    app.push(&listings).await;
    let path = format!("/api/v1/partners/{PARTNER}/listings/L-lathe/photos/1");
    let partner = app.partner();
    let put = partner.send_bytes(Method::PUT, &path, "image/jpeg", picture("i-004-1.jpg"));
    put.await.expect(200);
    app.settle().await;
    let officer = app.sign_in("officer").await;
    let has = |page: &str, wanted: &[&str]| {
        for reference in ["L-0", "L-1", "L-2", "L-lathe"] {
            let shown = page.contains(&format!("{reference},"));
            assert_eq!(shown, wanted.contains(&reference), "{reference} in:\n{page}");
        }
    };
    let number = frame_number(0);
    let page = found(&officer, &[("number", &number)], None).await;
    has(&page, &["L-0"]);
    assert!(
        page.contains("Stolen items") && page.contains("/theft-reports/") && page.contains("SR-1"),
        "{page}"
    );
    let misread = number.replacen('1', "I", 1);
    has(&found(&officer, &[("number", &misread)], None).await, &["L-0"]);
    has(
        &found(&officer, &[("words", "Drejebænk Myford Super 7")], None).await,
        &["L-lathe"],
    );
    has(&found(&officer, &[], Some(picture("i-004-1.jpg"))).await, &["L-lathe"]);
    has(&found(&officer, &[("place", "malmö")], None).await, &["L-2"]);
    has(&found(&officer, &[("seller", "SR-1")], None).await, &["L-0", "L-1"]);
    let named = format!("{PARTNER}/one");
    has(&found(&officer, &[("seller", &named)], None).await, &["L-0", "L-1"]);
    has(&found(&officer, &[("seller", &format!("{PARTNER}/nobody"))], None).await, &[]);
    // Where and when alone find what was stolen there and then too.
    let at = |page: &str| page.contains("Stolen items") && page.contains("/theft-reports/");
    assert!(
        at(&found(&officer, &[("place", "80")], None).await),
        "by its postcode's beginning"
    );
    assert!(!at(&found(&officer, &[("place", "malmö")], None).await));
    assert!(at(&found(&officer, &[("from", "2020-01-01")], None).await), "by its time");
    assert!(!at(&found(&officer, &[("to", "2020-12-31")], None).await));
    has(
        &found(&officer, &[("from", "2020-01-01"), ("to", "2020-12-31")], None).await,
        &[],
    );
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    has(
        &found(&officer, &[("from", &today), ("place", "dk")], None).await,
        &["L-0", "L-1"],
    );
    let at_home = found(&officer, &[("number", "PN4471902")], None).await;
    assert!(!at_home.contains("Piano"), "an item at home is shown: {at_home}");
}

#[tokio::test]
async fn each_search_is_logged_with_its_purpose_and_without_its_words() {
    let app = TestApp::start().await;
    app.stolen(&owned_bicycle(&frame_number(0))).await;
    app.push(&[bicycle("L-0", &frame_number(0))]).await;
    app.settle().await;
    let officer = app.sign_in("officer").await;
    let last = app.last_entry();
    let without = officer.upload("/search", &[("number", &frame_number(0))], None).await;
    assert!(without.text().contains("The case number is missing"), "{}", without.status);
    assert!(
        officer
            .upload("/search", &PURPOSE, None)
            .await
            .text()
            .contains("Say what to search for.")
    );
    for (fields, told) in [
        (&[("number", "476")][..], "at least four characters"),
        (&[("from", "2026-11-21"), ("to", "2026-11-20")], "comes before the first"),
    ] {
        let asked = [&PURPOSE[..], fields].concat();
        let page = officer.upload("/search", &asked, None).await.expect(422).text();
        assert!(page.contains(told), "{page}");
    }
    let of_nobody = [&PURPOSE[..], &[("seller", "u-8841")]].concat();
    let page = officer.upload("/search", &of_nobody, None).await.text();
    assert!(page.contains("href=\"#seller\">Give a report"), "{page}");
    assert_eq!(app.actions_since(last), [""; 0], "nothing was shown");
    let number = frame_number(0);
    for _ in 0..2 {
        found(&officer, &[("number", &number)], None).await;
    }
    assert_eq!(app.actions_since(last), ["searched"; 2]);
    let auditor = app.with(&app.people.auditor);
    let entries = auditor.get("/api/v1/audit/entries?case=4100-9").await.expect(200).json();
    let entry = &entries["entries"][0];
    assert_eq!(entry["purpose"]["reason"], PURPOSE[1].1);
    assert_eq!(entry["detail"]["fields"], json!(["number"]));
    assert_eq!(entry["detail"]["listings"].as_array().map(Vec::len), Some(1), "{entry}");
    assert!(!Value::to_string(&entries).contains(&number));
}

#[tokio::test]
async fn a_number_is_found_by_what_can_be_read_of_it() {
    let app = TestApp::start().await;
    app.stolen(&json!({"title": "Drill", "identifiers": [{"kind": "serial", "value": "KX-77190-248"}]}))
        .await;
    app.register(&json!({"title": "Saw at home", "identifiers": [{"kind": "serial", "value": "KX-77190-249"}]}))
        .await;
    let listing = |id: &str, text: &str| json!({"id": id, "title": "Tool", "description": text});
    app.push(&[
        listing("L-0", "Serial number KX77190248, as new"),
        listing("L-1", "Serial number KX77190298"),
        listing("L-2", "Serial number PR5530011"),
    ])
    .await;
    app.settle().await;
    let officer = app.sign_in("officer").await;
    for (number, listings, item) in [
        ("90248", &["L-0"][..], true),
        ("KX77?90*", &["L-0", "L-1"], true),
        ("7719O24B", &["L-0", "L-1"], true),
        ("KX77190248", &["L-0", "L-1"], true),
        ("PR55?0", &["L-2"], false),
        ("99999", &[], false),
    ] {
        let page = found(&officer, &[("number", number)], None).await;
        for reference in ["L-0", "L-1", "L-2"] {
            let shown = page.contains(&format!("{reference},"));
            assert_eq!(shown, listings.contains(&reference), "{number}: {reference} in:\n{page}");
        }
        assert_eq!(page.contains("Drill"), item, "{number}:\n{page}");
        assert!(!page.contains("Saw at home"), "{page}");
    }
    // A listing that changes is found by its new number alone.
    app.push(&[listing("L-2", "Serial number TT4410093")]).await;
    app.settle().await;
    assert!(!found(&officer, &[("number", "PR55?0")], None).await.contains("L-2,"));
    assert!(found(&officer, &[("number", "441009")], None).await.contains("L-2,"));
}

#[tokio::test]
async fn a_saved_search_tells_of_what_comes_on_sale() {
    let mut app = TestApp::start().await;
    let listing = |id: &str, title: &str| json!({"id": id, "title": title, "description": "Serial number KX77190248"});
    app.push(&[listing("L-before", "Red drill")]).await;
    app.settle().await;
    let officer = app.sign_in("officer").await;
    let nothing = [("name", "all"), ("days", "30"), ("case", "4100-9"), ("reason", "a tip")];
    officer.upload("/searches", &nothing, None).await.expect(422);
    let no_purpose = [("name", "all"), ("days", "30"), ("words", "drill")];
    officer.upload("/searches", &no_purpose, None).await.expect(422);
    let too_long = [
        ("name", "all"),
        ("days", "91"),
        ("words", "drill"),
        ("case", "4100-9"),
        ("reason", "a tip"),
    ];
    officer.upload("/searches", &too_long, None).await.expect(422);
    app.save_search("officer", &[("words", "red DRILL"), ("number", "7719?248")])
        .await;
    app.push(&[listing("L-hit", "Drills, red"), listing("L-other", "Blue drill")])
        .await;
    app.settle().await;
    // The desk is looked at each minute, and when the program starts.
    let last = app.last_entry();
    app.stop();
    app.restart();
    let until = std::time::Instant::now() + crate::support::PATIENCE;
    let officer = app.sign_in("officer").await;
    while !officer.get("/searches").await.expect(200).text().contains("1 new") {
        assert!(std::time::Instant::now() < until, "nothing was found");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(app.actions_since(last).contains(&"saved_search_ran".to_owned()));
    let page = officer.get("/searches").await.expect(200).text();
    let address = page.split("href=\"/searches/").nth(1).unwrap().split('"').next().unwrap();
    let address = format!("/searches/{address}");
    let last = app.last_entry();
    let found = officer.get(&address).await.expect(200).text();
    assert!(
        found.contains("L-hit") && !found.contains("L-other") && !found.contains("L-before"),
        "{found}"
    );
    assert_eq!(app.actions_since(last), ["searched"]);
    assert!(!officer.get("/searches").await.expect(200).text().contains("1 new"));
    let reason: String = app
        .database()
        .query_row(
            "SELECT purpose_case FROM audit_entries WHERE action = 'saved_search_ran'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(reason, "4100-9");
    app.sign_in("supervisor").await.get(&address).await.expect(404);
    officer.send(&address, &[]).await.expect(303);
    officer.get(&address).await.expect(404);
}

#[tokio::test]
async fn a_saved_search_asks_by_photo_and_by_time_and_is_saved_by_the_api() {
    let mut app = TestApp::start().await;
    let officer = app.officer_on_case();
    let image = base64::engine::general_purpose::STANDARD.encode(picture("i-044-1.jpg"));
    let now = chrono::Utc::now();
    let (from, to) = (now - chrono::TimeDelta::days(3), now + chrono::TimeDelta::days(30));
    let by_photo = json!({"name": "the machine", "days": 30, "image": image});
    let by_time = json!({"name": "drills of these weeks", "days": 30, "words": "drill", "from": from, "to": to});
    app.officer().post("/api/v1/searches", &by_time).await.expect_problem(428);
    for (fault, field) in [
        (json!({"name": "all of a time", "days": 30, "from": from}), "words"),
        (
            json!({"name": "none", "days": 30, "words": "drill", "from": to, "to": from}),
            "to",
        ),
        (json!({"name": "no base 64", "days": 30, "image": "?"}), "image"),
    ] {
        let refused = officer.post("/api/v1/searches", &fault).await.expect_problem(400);
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    let no_picture = json!({"name": "no picture", "days": 30, "image": "aGVsbG8="});
    officer.post("/api/v1/searches", &no_picture).await.expect_problem(415);
    let photo = officer.post("/api/v1/searches", &by_photo).await.expect(201).json();
    assert!(photo["asks"].as_str().unwrap().starts_with("photo "), "{photo}");
    let photo = photo["id"].as_str().unwrap().to_owned();
    let time = officer.post("/api/v1/searches", &by_time).await.expect(201).id();
    let posted = |id: &str, at: chrono::DateTime<chrono::Utc>| json!({"id": id, "title": "Red drill", "posted_at": at, "status": "active"});
    app.push(&[
        posted("L-now", now - chrono::TimeDelta::days(1)),
        posted("L-old", now - chrono::TimeDelta::days(9)),
        json!({"id": "L-seen", "title": "Machine", "status": "active"}),
    ])
    .await;
    let path = format!("/api/v1/partners/{PARTNER}/listings/L-seen/photos/1");
    // The same picture, made smaller and saved anew.
    let bytes = picture("nordlys-1018-1.jpg");
    app.partner()
        .send_bytes(Method::PUT, &path, "image/jpeg", bytes)
        .await
        .expect(200);
    app.settle().await;
    // The desk is looked at when the program starts, and what nothing uses is swept.
    app.stop();
    app.restart();
    let officer = app.officer_on_case();
    let until = std::time::Instant::now() + crate::support::PATIENCE;
    loop {
        let list = officer.get("/api/v1/searches").await.expect(200).json();
        let found: Vec<_> = list["searches"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["unseen"].clone())
            .collect();
        if found == [json!(1), json!(1)] {
            break;
        }
        assert!(std::time::Instant::now() < until, "{list}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let hits = async |id: &str| {
        let found = officer.get(&format!("/api/v1/searches/{id}")).await.expect(200).json();
        let listings = found["listings"].as_array().unwrap().clone();
        assert_eq!(listings.len(), 1, "{found}");
        listings[0].clone()
    };
    let last = app.last_entry();
    let seen = hits(&photo).await;
    assert_eq!((&seen["ref"], &seen["seen"]), (&json!("L-seen"), &json!(false)));
    assert!(seen["how"].as_str().unwrap().contains("of 256 measured features"), "{seen}");
    assert_eq!(hits(&time).await["ref"], "L-now");
    assert_eq!(hits(&time).await["seen"], true);
    assert_eq!(app.actions_since(last), ["searched"; 3]);
    let end = officer.request(Method::DELETE, &format!("/api/v1/searches/{photo}"));
    officer.send(end).await.expect(204);
    officer.get(&format!("/api/v1/searches/{photo}")).await.expect_problem(404);
    // On the page the photo is chosen from a file.
    let session = app.sign_in("officer").await;
    let fields = [
        ("name", "by photo"),
        ("days", "30"),
        ("case", "4100-9"),
        ("reason", "a tip"),
        ("from", "2026-01-01"),
    ];
    let file = || Some(("photo", picture("i-044-1.jpg")));
    session.upload("/searches", &fields, file()).await.expect(303);
    assert!(session.get("/searches").await.expect(200).text().contains("photo "));
    let no_day = [&fields[..4], &[("from", "yesterday")]].concat();
    let again = session.upload("/searches", &no_day, file()).await.expect(422).text();
    assert!(again.contains("Give a day"), "{again}");
}

#[tokio::test]
async fn words_and_a_place_find_what_is_far_down_among_the_words() {
    let app = TestApp::start().await;
    // More than the index brings by itself read just like it, and better.
    let listing = |n: usize, title: &str, city: &str| json!({"id": format!("L-{n}"), "title": title, "location": {"country": "DK", "city": city}});
    let mut listings: Vec<_> = (0..80).map(|n| listing(n, "Rød boremaskine", "Aarhus")).collect();
    listings.push(listing(
        80,
        "Rød boremaskine med kuffert, bor, oplader og to batterier i original æske",
        "Skagen",
    ));
    app.push(&listings).await;
    app.settle().await;
    let officer = app.sign_in("officer").await;
    let words = ("words", "rød boremaskine");
    let page = found(&officer, &[words, ("place", "skag")], None).await;
    assert!(page.contains("L-80,") && page.matches("boremaskine").count() == 1, "{page}");
    let number = json!({"words": "rød boremaskine", "place": "skagen"});
    let api = app.officer_on_case().post("/api/v1/search", &number).await.expect(200).json();
    assert_eq!(
        (api["listings"].as_array().map(Vec::len), &api["listings"][0]["ref"]),
        (Some(1), &json!("L-80"))
    );
    assert_eq!(api["cut"], false);
    // What can find nothing is no answer.
    for (asked, field) in [
        (json!({"number": "A1 "}), "number"),
        (
            json!({"words": "drill", "from": "2026-05-02T00:00:00Z", "to": "2026-05-01T00:00:00Z"}),
            "to",
        ),
    ] {
        let refused = app.officer_on_case().post("/api/v1/search", &asked).await.expect_problem(400);
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    let nowhere = found(&officer, &[words, ("place", "oden")], None).await;
    assert!(!nowhere.contains("boremaskine"), "{nowhere}");
}
