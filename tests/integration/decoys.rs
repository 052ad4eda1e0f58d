//! Decoys: planted with the partner's consent, through its own feed, recognised; and nobody of the police sees one anywhere.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number};
use crate::support::session::Session;

fn at(path: &str) -> String {
    format!("/api/v1/partners/{PARTNER}/{path}")
}

/// The records of the decoys that stand, the oldest first.
async fn records(app: &TestApp) -> Vec<Value> {
    let answer = app.partner().get(&at("decoys")).await.expect(200).json();
    let mut decoys = answer["decoys"].as_array().unwrap().clone();
    decoys.reverse();
    decoys.into_iter().map(|decoy| decoy["record"].clone()).collect()
}

async fn plant(app: &TestApp, admin: &Session, variant: &str) -> reqwest::StatusCode {
    let sql = "SELECT lower(hex(id)) FROM partners WHERE slug = ?1";
    let partner: String = app.database().query_row(sql, [PARTNER], |row| row.get(0)).unwrap();
    admin
        .send("/decoys", &[("partner", &partner), ("variant", variant)])
        .await
        .status
}

/// How many rows a table has.
fn rows(app: &TestApp, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    app.database().query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_decoy_goes_through_the_partners_feed_and_is_recognised() {
    let app = TestApp::start().await;
    let (admin, person) = (app.sign_in("admin").await, app.sign_in("partner").await);
    assert_eq!(plant(&app, &admin, "numbered").await, 422, "without consent there is none");
    let last = app.last_entry();
    person.send("/test-listings", &[]).await.expect(303);
    for variant in ["numbered", "misread", "described"] {
        assert_eq!(plant(&app, &admin, variant).await, 303);
    }
    assert_eq!(
        app.actions_since(last),
        ["decoys_consented", "decoy_planted", "decoy_planted", "decoy_planted"]
    );
    let records = records(&app).await;
    let page = person.get("/test-listings").await.expect(200).text();
    let reference = records[0]["id"].as_str().unwrap();
    assert!(reference.starts_with("decoy-") && page.contains(reference), "{page}");

    app.push(&[bicycle("L-1", &frame_number(1))]).await;
    let settings = json!({"format": "ndjson"});
    let set = app.partner().request(Method::PUT, &at("feeds/lots")).json(&settings);
    app.partner().send(set).await.expect(200);
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let push = async |path: &str| {
        let sent = app.partner().send_bytes(Method::POST, &at(path), "", lines.clone()).await;
        sent.expect(200).json()
    };
    let last = app.last_entry();
    assert_eq!(push("listings?feed=lots&dry_run=true").await["accepted"], 3);
    let answer = push("listings?feed=lots").await;
    assert_eq!(
        (&answer["accepted"], &answer["unchanged"]),
        (&json!(3), &json!(0)),
        "{answer}"
    );
    app.settle().await;
    assert_eq!(push("listings?feed=lots").await["unchanged"], 3);
    let alerted = app
        .actions_since(last)
        .iter()
        .filter(|action| *action == "decoy_alerted")
        .count();
    assert!(alerted >= 2, "number and slip are recognised: {:?}", app.actions_since(last));
    let sql = "SELECT group_concat(variant) FROM (SELECT variant FROM decoys WHERE alerted_at IS NOT NULL ORDER BY variant)";
    let variants: String = app.database().query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(variants.contains("misread") && variants.contains("numbered"), "{variants}");
    let page = admin.get("/decoys").await.expect(200).text();
    assert!(
        page.contains("alerted") && page.contains("lots") && page.contains("slowest"),
        "{page}"
    );

    nobody_sees(&app, &records).await;
    // A listing of the same number is a stranger to the decoy: nothing is registered.
    let mut real = records[0].clone();
    real["id"] = json!("A-77");
    app.push(&[real]).await;
    app.settle().await;
    assert_eq!(rows(&app, "reports"), 0);
}

/// No table but the decoys' own holds one, and no question of the police or the public finds it.
async fn nobody_sees(app: &TestApp, records: &[Value]) {
    assert_eq!(
        (rows(app, "listings"), rows(app, "items"), rows(app, "theft_reports")),
        (1, 0, 0)
    );
    for table in [
        "reports",
        "report_queue",
        "questions",
        "leads",
        "blind_reviews",
        "search_hits",
        "holds",
        "messages",
    ] {
        assert_eq!(rows(app, table), 0, "{table}");
    }
    assert_eq!(app.queue().await.len(), 0);
    let number = records[0]["identifiers"][0]["value"].as_str().unwrap();
    let officer = app.officer_on_case();
    let found = officer
        .post("/api/v1/search", &json!({"number": number}))
        .await
        .expect(200)
        .text();
    assert!(!found.contains("decoy-"), "{found}");
    let sessions = [
        ("officer", "/queue"),
        ("officer", "/leads"),
        ("officer", "/series"),
        ("supervisor", "/figures"),
    ];
    for (name, path) in sessions {
        let page = app.sign_in(name).await.get(path).await.expect(200).text();
        assert!(!page.contains("decoy-") && !page.contains(number), "{path}: {page}");
    }
    let check = json!({"identifiers": records[0]["identifiers"]});
    let answer = app.partner().post("/api/v1/checks", &check).await.expect(200).json();
    assert_eq!(answer["answer"], "clear");
    let reference = records[0]["id"].as_str().unwrap();
    app.partner()
        .get(&at(&format!("listings/{reference}")))
        .await
        .expect_problem(404);
    app.with(&app.people.expired_partner)
        .get(&at("decoys"))
        .await
        .expect_problem(403);
}

#[tokio::test]
async fn without_consent_decoys_are_taken_back() {
    let app = TestApp::start().await;
    let (admin, person) = (app.sign_in("admin").await, app.sign_in("partner").await);
    for wrong in ["soon", "2020-01-01", "2999-01-01"] {
        let again = person.send("/test-listings", &[("until", wrong)]).await;
        assert_eq!(again.status, 422, "{wrong}");
    }
    let day = (chrono::Utc::now() + chrono::TimeDelta::days(30))
        .format("%Y-%m-%d")
        .to_string();
    person.send("/test-listings", &[("until", &day)]).await.expect(303);
    for _ in 0..2 {
        assert_eq!(plant(&app, &admin, "numbered").await, 303);
    }
    let records = records(&app).await;
    let id: String = app
        .database()
        .query_row("SELECT lower(hex(id)) FROM decoys ORDER BY id LIMIT 1", [], |row| row.get(0))
        .unwrap();
    admin.send(&format!("/decoys/{id}/withdrawn"), &[]).await.expect(303);
    admin.send(&format!("/decoys/{id}/withdrawn"), &[]).await.expect(404);
    let last = app.last_entry();
    person.send("/test-listings", &[("go", "refuse")]).await.expect(303);
    assert_eq!(app.actions_since(last), ["decoys_refused"]);
    assert_eq!(plant(&app, &admin, "numbered").await, 422);
    let answer = app.partner().get(&at("decoys")).await.expect(200).json();
    assert_eq!(answer, json!({"consented": false, "decoys": []}));
    // What still stands in the feed is let go.
    app.push(&records).await;
    app.settle().await;
    assert_eq!(
        (rows(&app, "listings"), rows(&app, "decoys WHERE came_at IS NOT NULL")),
        (0, 0)
    );
}
