//! Both directions on one path: whichever came second finds the other, and the report is the same.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::samples::{bicycle, frame_number, owned_bicycle};

/// What a report says, without what differs between any two runs.
async fn said(app: &TestApp) -> Vec<Value> {
    let mut all = Vec::new();
    for row in app.queue().await {
        let id = row["id"].as_str().unwrap();
        let report = app.officer().get(&format!("/api/v1/reports/{id}")).await.expect(200).json();
        let assessment = &report["assessment"];
        assert!(assessment.is_object(), "{report:#}");
        let evidence: Vec<_> = assessment["evidence"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| json!([one["comparison"], one["outcome"], one["log10_lr"]]))
            .collect();
        all.push(json!({
            "listing": report["listing"]["ref"],
            "probability": assessment["probability"],
            "evidence": evidence,
        }));
    }
    all.sort_by_key(ToString::to_string);
    all
}

#[tokio::test]
async fn listing_first_and_theft_first_say_the_same() {
    let number = frame_number(3);
    let listings: Vec<_> = (0..12).map(|n| bicycle(&format!("L-{n}"), &frame_number(n))).collect();
    let (from, to) = (Utc::now() - TimeDelta::hours(30), Utc::now() - TimeDelta::hours(20));

    let theft_first = TestApp::start().await;
    let item = theft_first.register(&owned_bicycle(&number)).await;
    let theft = theft_first.report_theft_between(&[&item], from, to).await;
    theft_first.verify_theft(&theft).await;
    theft_first.settle().await;
    theft_first.push(&listings).await;
    theft_first.settle().await;
    let one = said(&theft_first).await;
    drop(theft_first);

    let listing_first = TestApp::start().await;
    listing_first.push(&listings).await;
    listing_first.settle().await;
    let item = listing_first.register(&owned_bicycle(&number)).await;
    let theft = listing_first.report_theft_between(&[&item], from, to).await;
    assert_eq!(
        said(&listing_first).await,
        Vec::<Value>::new(),
        "reported before it was verified"
    );
    listing_first.verify_theft(&theft).await;
    listing_first.settle().await;
    let other = said(&listing_first).await;

    assert_eq!(one.len(), 1, "{one:#?}");
    assert_eq!(one[0]["listing"], "L-3");
    assert_eq!(one, other);
}

#[tokio::test]
async fn an_item_that_is_not_stolen_is_asked_about_and_never_reported() {
    let app = TestApp::start().await;
    let item = app.register(&owned_bicycle(&frame_number(5))).await;
    app.push(&[bicycle("L-5", &frame_number(5))]).await;
    app.settle().await;
    assert_eq!(app.queue().await, Vec::<Value>::new());
    let questions = app.owner().get("/api/v1/questions").await.expect(200).json();
    let asked = &questions["questions"].as_array().unwrap()[..];
    assert_eq!(asked.len(), 1, "{questions:#}");
    assert_eq!(asked[0]["item"], item.as_str(), "{questions:#}");
    let others = app
        .with(&app.people.other_owner)
        .get("/api/v1/questions")
        .await
        .expect(200)
        .json();
    assert_eq!(others["questions"], json!([]));
}

#[tokio::test]
async fn the_same_push_again_changes_nothing() {
    let app = TestApp::start().await;
    app.stolen(&owned_bicycle(&frame_number(1))).await;
    let listings = [bicycle("L-1", &frame_number(1)), bicycle("L-2", &frame_number(2))];
    app.push(&listings).await;
    app.settle().await;
    let before = app.figures().await.value("replevin_sequence");
    let again = app
        .partner()
        .push(crate::support::people::PARTNER, &listings)
        .await
        .expect(200)
        .json();
    assert_eq!((&again["accepted"], &again["unchanged"]), (&json!(0), &json!(2)), "{again}");
    app.settle().await;
    assert_eq!(app.figures().await.value("replevin_sequence"), before);
    assert_eq!(app.queue().await.len(), 1);
}
