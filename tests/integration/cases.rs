//! The whole way by the API, from an item at home to an opened identity, as each role goes it and as the log shows it.

use serde_json::{Value, json};

use crate::support::people::{self, PARTNER};
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};
use crate::support::walk::{CASE, REASON};
use crate::support::{Client, TestApp};

/// All entries of the log, as the auditor reads them, oldest first.
async fn log(app: &TestApp) -> Vec<Value> {
    let auditor = app.with(&app.people.auditor);
    let (mut entries, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = auditor
            .get(&format!("/api/v1/audit/entries?limit=200{cursor}"))
            .await
            .expect(200)
            .json();
        entries.extend(page["entries"].as_array().unwrap().iter().cloned());
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    entries.sort_by_key(|entry| entry["number"].as_u64());
    entries
}

/// The words must occur in the log in this order; others may stand between them.
fn assert_in_order(entries: &[Value], expected: &[&str]) {
    let mut actions = entries.iter().filter_map(|entry| entry["action"].as_str());
    for word in expected {
        assert!(
            actions.any(|action| action == *word),
            "{word} is missing, or comes too early, in {:?}",
            entries.iter().map(|entry| &entry["action"]).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn from_an_item_at_home_to_an_opened_identity() {
    let app = TestApp::start().await;
    let item = app.register(&owned_bicycle(&frame_number(1))).await;
    app.put_item_photo(&item, 1, picture("i-001-1.jpg")).await;
    let theft = app.report_theft(&[&item]).await;
    let mut listing = bicycle("L-1", &frame_number(1));
    listing["seller"] = json!({"ref": "seller-4711"});
    app.push(&[listing]).await;
    app.settle().await;
    assert_eq!(
        app.queue().await,
        Vec::<Value>::new(),
        "an unverified theft is not searched for"
    );
    app.verify_theft(&theft).await;
    app.settle().await;

    let queue = app.queue().await;
    assert_eq!(queue.len(), 1, "{queue:#?}");
    assert_eq!(
        (&queue[0]["state"], &queue[0]["listing"]["ref"]),
        (&json!("open"), &json!("L-1"))
    );
    let report = queue[0]["id"].as_str().unwrap();
    let opened = app
        .officer_on_case()
        .get(&format!("/api/v1/reports/{report}"))
        .await
        .expect(200)
        .json();
    let text = opened.to_string();
    for hidden in ["seller-4711", "owner@replevin.example", "Test owner"] {
        assert!(!text.contains(hidden), "the report shows {hidden}");
    }
    let probability = opened["assessment"]["probability"].as_f64().unwrap();
    assert!(probability >= people::THRESHOLD, "{opened:#}");
    app.decide(report, "confirmed").await;

    let request = app.ask(report).await;
    let approval = format!("/api/v1/disclosure-requests/{request}/approval");
    app.officer()
        .post(&approval, &json!({"approved": true}))
        .await
        .expect_problem(403);
    let identity = format!("/api/v1/disclosure-requests/{request}/identity");
    app.officer_on_case().get(&identity).await.expect_problem(403);
    app.approve(&request).await;
    let asked = app
        .partner()
        .get(&format!("/api/v1/partners/{PARTNER}/disclosure-requests"))
        .await
        .expect(200)
        .json();
    assert_eq!(asked["requests"][0]["listing_ref"], "L-1", "{asked:#}");
    app.answer(&request).await;
    let faults = async |officer: Client| {
        let problem = officer.get(&identity).await.expect_problem(428);
        let faults = problem["errors"].as_array().unwrap().iter();
        faults
            .map(|fault| fault["field"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(faults(app.officer()).await, ["Purpose-Case", "Purpose-Reason"]);
    assert_eq!(faults(app.officer().stating("4100", "why?")).await, ["Purpose-Reason"]);
    assert_eq!(
        faults(app.officer().stating("", "find out who sells it")).await,
        ["Purpose-Case"]
    );
    let seen = app.officer_on_case().get(&identity).await.expect(200).json();
    assert_eq!(seen["identity"]["name"], "Ib Seller");
    app.step(report, "close", &json!({"outcome": "recovered"})).await;

    log(&app).await;
    let entries = log(&app).await;
    assert_in_order(
        &entries,
        &[
            "item_registered",
            "item_photo_received",
            "theft_reported",
            "listings_pushed",
            "theft_verified",
            "report_raised",
            "report_consulted",
            "report_taken",
            "report_confirmed",
            "disclosure_requested",
            "access_refused",
            "disclosure_gate_refused",
            "disclosure_approved",
            "disclosure_answered",
            "access_refused",
            "identity_opened",
            "report_closed",
            "audit_consulted",
        ],
    );
    let opening = entries.iter().find(|entry| entry["action"] == "identity_opened").unwrap();
    assert_eq!(
        (&opening["purpose"]["case"], &opening["purpose"]["reason"]),
        (&json!(CASE), &json!(REASON)),
        "{opening}"
    );
    assert!(opening.to_string().contains(&app.people.officer_id.to_string()), "{opening}");
    let log = serde_json::to_string(&entries).unwrap();
    for personal in ["Ib Seller", "seller-4711", "owner@replevin.example", &frame_number(1)] {
        assert!(!log.contains(personal), "the log shows {personal}");
        assert!(!app.whole_log().contains(personal), "the program's own log shows {personal}");
    }
    nothing_readable_at_rest(&app, &["Ib Seller", "seller-4711"]);
}

/// What must not be readable stands in no file of the data directory.
fn nothing_readable_at_rest(app: &TestApp, words: &[&str]) {
    let mut folders = vec![app.data()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap_or_default();
            files += 1;
            for word in words {
                assert!(
                    !bytes.windows(word.len()).any(|window| window == word.as_bytes()),
                    "{} holds {word}",
                    path.display()
                );
            }
        }
    }
    assert!(files > 2, "the data directory was not looked through");
}

#[tokio::test]
async fn the_gate_names_all_reasons() {
    let app = TestApp::start().await;
    let cases = app.open_cases(1).await;
    let path = format!("/api/v1/reports/{}/disclosure-requests", cases[0].report);
    let problem = app
        .officer_on_case()
        .post(&path, &json!({"fields": ["name", "phone"]}))
        .await
        .expect_problem(403);
    let reasons = problem["errors"].as_array().unwrap();
    assert!(reasons.len() >= 2, "not confirmed, and not askable: {problem:#}");
    let without = app.officer().post(&path, &json!({"fields": ["name"]})).await;
    without.expect_problem(428);
}

#[tokio::test]
async fn what_is_others_stays_theirs() {
    let app = TestApp::start().await;
    let item = app.register(&owned_bicycle(&frame_number(1))).await;
    let other: Client = app.with(&app.people.other_owner);
    let last = app.last_entry();
    let path = format!("/api/v1/items/{item}");
    let refused = other.get(&path).await;
    assert!([403, 404].contains(&refused.status.as_u16()));
    let unknown = other.get("/api/v1/items/01900000-0000-7000-8000-000000000000").await;
    assert_eq!(
        refused.status, unknown.status,
        "the answer must not tell that the item exists"
    );
    assert_eq!(app.actions_since(last).first().map(String::as_str), Some("access_refused"));
    let changed = other.patch(&path, &json!({"title": "mine now"})).await;
    assert!([403, 404].contains(&changed.status.as_u16()));
    assert_eq!(
        app.owner().get(&path).await.expect(200).json()["title"],
        "Kildemoes herrecykel"
    );
}
