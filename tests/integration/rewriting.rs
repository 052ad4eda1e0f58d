//! What an owner changes of an item after the police have confirmed its theft: it is told to the police, and neither matched
//! nor disclosed on until an officer has looked again.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};
use crate::support::walk::CASE;

impl TestApp {
    async fn theft_status(&self, theft: &str) -> String {
        let theft = self.officer().get(&format!("/api/v1/theft-reports/{theft}")).await;
        theft.expect(200).json()["status"].as_str().unwrap().to_owned()
    }

    async fn rewrite(&self, item: &str, change: &Value) {
        self.owner().patch(&format!("/api/v1/items/{item}"), change).await.expect(200);
    }

    /// An item of this form, stolen and verified; its id and the theft report's.
    async fn confirmed_theft(&self, item: &Value) -> (String, String) {
        let item = self.register(item).await;
        let theft = self.report_theft(&[&item]).await;
        self.verify_theft(&theft).await;
        (item, theft)
    }
}

fn number(value: &str) -> Value {
    json!({"identifiers": [{"kind": "frame_number", "value": value}]})
}

#[tokio::test]
async fn a_number_copied_from_an_offer_is_no_proof_until_an_officer_looks_again() {
    let app = TestApp::start().await;
    let (item, theft) = app
        .confirmed_theft(&json!({"title": "Herrecykel", "category": "bicycles"}))
        .await;
    app.push(&[bicycle("L-1", &frame_number(1))]).await;
    app.settle().await;
    assert_eq!(app.queue().await, [json!(null); 0]);
    let last = app.last_entry();
    app.rewrite(&item, &number(&frame_number(1))).await;
    app.settle().await;
    assert_eq!(app.queue().await, [json!(null); 0], "matched before anybody looked again");
    assert_eq!(app.theft_status(&theft).await, "unverified");
    assert_eq!(app.actions_since(last)[..2], ["item_changed", "theft_sent_back"]);
    let told = app
        .sign_in("owner")
        .await
        .get(&format!("/items/{item}"))
        .await
        .expect(200)
        .text();
    assert!(told.contains("They look at your report again"), "{told}");
    let officer = app.sign_in("officer").await;
    let shown = officer.get(&format!("/theft-reports/{theft}")).await.expect(200).text();
    for expected in [
        "unverified again",
        &format!("Frame number {} added", frame_number(1)),
        "Entered after an officer had verified the theft.",
    ] {
        assert!(shown.contains(expected), "{expected} is not on the page:\n{shown}");
    }
    app.verify_theft(&theft).await;
    app.settle().await;
    let queue = app.queue().await;
    assert_eq!(queue.len(), 1, "{queue:?}");
    let report = queue[0]["id"].as_str().unwrap();
    let shown = officer.get(&format!("/reports/{report}")).await.expect(200).text();
    assert!(shown.contains("cannot be counted as proof"), "{shown}");
    let record = app.report_record(report).await;
    let changes = record["item"]["changes"].as_array().unwrap();
    let flags = |change: &Value| ["registered", "after_verification", "after_listing"].map(|flag| change[flag] == true);
    assert_eq!(
        changes.iter().map(flags).collect::<Vec<_>>(),
        [[true, false, false], [false, true, true]]
    );
    assert_eq!(
        changes[1]["differences"],
        json!([{"field": "identifiers", "after": frame_number(1)}])
    );
}

#[tokio::test]
async fn what_is_compared_sends_a_verified_theft_back_and_nothing_else_does() {
    let app = TestApp::start().await;
    let (item, theft) = app.confirmed_theft(&owned_bicycle(&frame_number(0))).await;
    app.rewrite(&item, &json!({"value": {"amount": "900.00", "currency": "DKK"}}))
        .await;
    app.rewrite(&item, &number(&frame_number(0))).await;
    assert_eq!(
        app.theft_status(&theft).await,
        "verified",
        "the value is not compared, the number is the same"
    );
    for change in [
        json!({"marks": "JHK under the saddle"}),
        json!({"identifiers": []}),
        number(&frame_number(5)),
    ] {
        app.rewrite(&item, &change).await;
        assert_eq!(app.theft_status(&theft).await, "unverified", "{change}");
        app.verify_theft(&theft).await;
    }
    for (status, word) in [("unverified", "a new photo"), ("verified", "the same photo again")] {
        app.put_item_photo(&item, 1, picture("i-001-1.jpg")).await;
        assert_eq!(app.theft_status(&theft).await, status, "{word}");
        if status == "unverified" {
            app.verify_theft(&theft).await;
        }
    }
}

#[tokio::test]
async fn a_disclosure_under_way_halts_when_the_item_is_rewritten() {
    let app = TestApp::start().await;
    let (item, theft) = app.confirmed_theft(&owned_bicycle(&frame_number(0))).await;
    app.push(&[bicycle("L-0", &frame_number(0))]).await;
    app.settle().await;
    let report = app.queue().await[0]["id"].as_str().unwrap().to_owned();
    app.decide(&report, "confirmed").await;
    let request = app.ask(&report).await;
    app.approve(&request).await;
    app.rewrite(&item, &json!({"marks": "JHK under the saddle"})).await;
    let path = format!("/api/v1/partners/nordlys/disclosure-requests/{request}/answer");
    let refused = app.partner().post(&path, &json!({"identity": {"name": "Ib Seller"}})).await;
    let refused = refused.expect_problem(403);
    assert_eq!(refused["type"], "letter_gate");
    assert_eq!(
        refused["errors"][0]["reason"], "the theft report is not verified",
        "{refused}"
    );
    app.verify_theft(&theft).await;
    app.answer(&request).await;
    app.rewrite(&item, &json!({"marks": "JHK"})).await;
    let identity = format!("/api/v1/disclosure-requests/{request}/identity");
    app.officer_on_case().get(&identity).await.expect_problem(403);
}

#[tokio::test]
async fn an_officer_verifies_what_they_have_seen() {
    let app = TestApp::start().await;
    let item = app.register(&owned_bicycle(&frame_number(0))).await;
    let theft = app.report_theft(&[&item]).await;
    let officer = app.sign_in("officer").await;
    let address = format!("/theft-reports/{theft}");
    let seen = async || {
        let page = officer.get(&address).await.expect(200).text();
        let (_, seen) = page.split_once("name=\"seen\" value=\"").unwrap();
        seen.split_once('"').unwrap().0.to_owned()
    };
    let verify = async |seen: &str| {
        let fields = [
            ("decision", "verified"),
            ("crime_reference", CASE),
            ("seen", seen),
            ("step", "send"),
        ];
        officer.send(&format!("{address}/verification"), &fields).await
    };
    let before = seen().await;
    app.rewrite(&item, &number(&frame_number(1))).await;
    verify(&before).await.expect(409);
    assert_eq!(app.theft_status(&theft).await, "unverified");
    verify(&seen().await).await.expect(303);
    assert_eq!(app.theft_status(&theft).await, "verified");
    let photos = format!("/api/v1/items/{item}/photos/1");
    app.owner()
        .send_bytes(Method::PUT, &photos, "image/jpeg", picture("i-001-1.jpg"))
        .await
        .expect(200);
    assert_eq!(app.theft_status(&theft).await, "unverified");
}
