//! Holds: asked by an officer or begun by the letter's policy, answered by the partner, extended and lifted, each told and logged.

use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::receiver::{Posted, Receiver};
use crate::support::{PATIENCE, TestApp};

async fn holds(app: &TestApp) -> Vec<Value> {
    let answer = app
        .partner()
        .get(&format!("/api/v1/partners/{PARTNER}/holds"))
        .await
        .expect(200)
        .json();
    answer["holds"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_hold_goes_its_way_and_the_partner_sees_deadlines_and_no_reasons() {
    let receiver = Receiver::start();
    let app = TestApp::start_with(&receiver.settings()).await;
    let events = ["hold.asked", "hold.extended", "hold.lifted", "hold.expired"];
    let body = json!({"url": receiver.url("/partner"), "events": events});
    app.partner().post("/api/v1/webhooks", &body).await.expect(201);
    let cases = app.open_cases(2).await;
    let report = cases[0].report.as_str();
    let path = format!("/api/v1/reports/{report}/holds");
    let officer = app.officer_on_case();
    // Nobody has taken the report; then no letter says how things are held.
    officer.post(&path, &json!({})).await.expect_problem(409);
    app.step(report, "take", &json!({})).await;
    officer.post(&path, &json!({})).await.expect_problem(409);
    app.set_hold_policy("asked", "release").await;
    app.officer().post(&path, &json!({})).await.expect_problem(428);
    let hold = app.ask_hold(report).await;
    officer.post(&path, &json!({})).await.expect_problem(409);

    let seen = holds(&app).await.remove(0);
    assert_eq!(
        (&seen["listing"], &seen["state"], &seen["expiry"]),
        (&json!("L-0"), &json!("asked"), &json!("release"))
    );
    let at = |field: &str| {
        seen[field]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    };
    assert_eq!((at("answer_due") - at("asked_at")).num_hours(), 24);
    assert_eq!((at("ends_at") - at("asked_at")).num_days(), 5);
    let page = app.sign_in("partner").await.get("/holds").await.expect(200).text();
    assert!(page.contains("L-0") && page.contains("Answer by"), "{page}");
    assert!(!page.contains(crate::support::walk::REASON), "the partner sees why");

    let answer = format!("/api/v1/partners/{PARTNER}/holds/{hold}/answer");
    app.partner().post(&answer, &json!({"held": false})).await.expect_problem(400);
    let held = app
        .partner()
        .post(&answer, &json!({"held": true, "note": "It is in our safe."}))
        .await;
    assert_eq!(held.expect(200).json()["state"], "held");
    app.partner().post(&answer, &json!({"held": true})).await.expect_problem(409);
    let extension = format!("/api/v1/holds/{hold}/extension");
    let reason = json!({"reason": "the court sits next week"});
    let extended = officer.post(&extension, &reason).await.expect(200).json();
    let later = extended["ends_at"]
        .as_str()
        .unwrap()
        .parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap();
    assert_eq!((later - at("ends_at")).num_days(), 3);
    officer.post(&extension, &reason).await.expect_problem(409);
    let lifted = officer.post(&format!("/api/v1/holds/{hold}/lift"), &reason).await;
    assert_eq!(lifted.expect(200).json()["state"], "lifted");
    app.settle().await;
    let told: Vec<Value> = receiver.posted_to("/partner").iter().map(Posted::json).collect();
    let kinds: Vec<&Value> = told.iter().map(|said| &said["type"]).collect();
    assert_eq!(kinds, ["hold.asked", "hold.extended", "hold.lifted"]);
    assert_eq!(told[0]["data"]["hold"], hold.as_str());
    let page = app
        .sign_in("officer")
        .await
        .get(&format!("/reports/{report}/hold"))
        .await
        .expect(200)
        .text();
    assert!(page.contains("It is in our safe.") && page.contains("1 of 1 times"), "{page}");
}

#[tokio::test]
async fn a_policy_begins_holds_by_itself() {
    let mut app = TestApp::start().await;
    app.set_hold_policy("confirmed", "keep").await;
    let cases = app.open_cases(2).await;
    app.decide(&cases[0].report, "confirmed").await;
    // The desk is looked at each minute, and when the program starts.
    app.stop();
    app.restart();
    let until = std::time::Instant::now() + PATIENCE;
    let held = loop {
        let held = holds(&app).await;
        if !held.is_empty() {
            break held;
        }
        assert!(std::time::Instant::now() < until, "no hold was begun");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!((&held[0]["listing"], &held[0]["expiry"]), (&json!("L-0"), &json!("keep")));
}
