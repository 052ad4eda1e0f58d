//! Proof of ownership: asked by an officer's decision, answered by the partner, compared by an officer.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::samples::{frame_number, picture};

/// What a partner may never read of a case.
const DETAILS: [&str; 5] = ["registered", "4100-77777", "shed", "frame", "owner@"];

async fn asked_of_partner(app: &TestApp) -> Value {
    let path = format!("/api/v1/partners/{PARTNER}/proof-requests");
    app.partner().get(&path).await.expect(200).json()["proof_requests"].clone()
}

#[tokio::test]
async fn a_seller_is_asked_by_an_officers_decision_alone_and_learns_nothing_of_the_item() {
    let app = TestApp::start().await;
    let case = &app.open_cases(1).await[0];
    let path = format!("/api/v1/reports/{}/proof-requests", case.report);
    let body = json!({"asked": ["receipt", "older_photo"], "days": 3});
    assert_eq!(asked_of_partner(&app).await, json!([]));
    // Nobody has taken the report; then nothing is asked; then free words.
    app.officer().post(&path, &body).await.expect_problem(409);
    app.step(&case.report, "take", &json!({})).await;
    app.officer()
        .post(&path, &json!({"asked": [], "days": 3}))
        .await
        .expect_problem(400);
    app.officer()
        .post(&path, &json!({"asked": ["receipt"], "days": 31}))
        .await
        .expect_problem(400);
    app.officer()
        .post(&path, &json!({"asked": ["the dent"], "days": 3}))
        .await
        .expect_problem(400);
    let id = app.officer().post(&path, &body).await.expect(201).id();
    app.officer().post(&path, &body).await.expect_problem(409);
    let asked = asked_of_partner(&app).await;
    assert_eq!((&asked[0]["id"], &asked[0]["state"]), (&json!(id), &json!("asked")));
    assert_eq!(asked[0]["kinds"], json!(["receipt", "older_photo"]));
    let told = asked.to_string().to_lowercase();
    for detail in DETAILS
        .iter()
        .map(ToString::to_string)
        .chain([frame_number(0).to_lowercase(), case.item.clone()])
    {
        assert!(!told.contains(&detail), "{detail}: {told}");
    }
    // On the pages neither.
    let page = app
        .sign_in("partner")
        .await
        .get(&format!("/proofs/{id}"))
        .await
        .expect(200)
        .text();
    for detail in [
        frame_number(0),
        case.item.clone(),
        case.report.clone(),
        "4100-77777".to_owned(),
    ] {
        assert!(!page.contains(&detail), "{detail}");
    }
}

#[tokio::test]
async fn the_answer_is_bounded_comes_once_and_stands_beside_the_registration() {
    let app = TestApp::start().await;
    let case = &app.open_cases(1).await[0];
    let id = app.ask_for_proof(&case.report).await;
    let path = |rest: &str| format!("/api/v1/partners/{PARTNER}/proof-requests/{id}/{rest}");
    let put = async |number: &str, bytes: Vec<u8>| {
        let path = path(&format!("photos/{number}"));
        app.partner().send_bytes(Method::PUT, &path, "image/jpeg", bytes).await
    };
    put("1", picture("i-002-1.jpg")).await.expect(200);
    put("7", picture("i-002-1.jpg")).await.expect_problem(400);
    put("2", b"no picture".to_vec()).await.expect_problem(415);
    let answer = |text: String| json!({"text": text, "shown": true});
    app.partner()
        .post(&path("answer"), &answer("x".repeat(4_001)))
        .await
        .expect_problem(400);
    let given = app
        .partner()
        .post(&path("answer"), &answer("A receipt of 2019.".to_owned()))
        .await;
    assert_eq!(given.expect(200).json()["photos"], 1);
    app.partner()
        .post(&path("answer"), &answer("Another.".to_owned()))
        .await
        .expect_problem(409);
    let late = put("1", picture("i-003-1.jpg")).await.expect_problem(409);
    assert!(late["detail"].as_str().unwrap().contains("has been answered"), "{late}");
    // Beside each other, and judged in two parts.
    let officer = app.sign_in("officer").await;
    let address = format!("/reports/{}/proofs/{id}", case.report);
    let page = officer.get(&address).await.expect(200).text();
    assert!(
        page.contains("A receipt of 2019.") && page.contains("ridse på forskærmen"),
        "{page}"
    );
    assert!(
        page.contains(&frame_number(0)),
        "the registered number is there to compare: {page}"
    );
    let picture = page.split("/photos/").nth(1).unwrap().split(['"', '?']).next().unwrap();
    let seen = officer.get(&format!("/photos/{picture}")).await.expect(200);
    assert_eq!(seen.header("content-type"), "image/jpeg");
    let other = app.sign_in("other-partner").await;
    other.get(&format!("/photos/{picture}")).await.expect(404);
    let from = app.last_entry();
    let judged = [
        ("facts", "The date is 2019."),
        ("assessment", "It is another bicycle."),
        ("finding", "open"),
    ];
    officer.send(&address, &judged).await.expect(303);
    assert!(app.actions_since(from).contains(&"proof_judged".to_owned()));
    let record = app.report_record(&case.report).await;
    assert_eq!(record["state"], "in review", "a proof decides nothing");
    assert!(record["history"].to_string().contains("fact: The date is 2019."), "{record}");
}

#[tokio::test]
async fn what_is_not_needed_any_more_is_taken_back() {
    let app = TestApp::start().await;
    let case = &app.open_cases(1).await[0];
    let id = app.ask_for_proof(&case.report).await;
    let review = json!({"decision": "dismissed", "reason": "another number"});
    app.step(&case.report, "review", &review).await;
    let asked = asked_of_partner(&app).await;
    assert_eq!(asked[0]["state"], "taken back", "{asked}");
    let path = format!("/api/v1/partners/{PARTNER}/proof-requests/{id}/answer");
    let late = app.partner().post(&path, &json!({"text": "A receipt.", "shown": true})).await;
    late.expect_problem(409);
}
