//! Whoever has somebody's session and not their password can neither approve a disclosure nor open an identity or an owner's contact
//! details.

use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::people::PASSWORD;
use crate::support::samples::{frame_number, owned_bicycle};
use crate::support::session::Session;
use crate::support::walk::{CASE, REASON};
use crate::support::{Client, TestApp};

const WRONG: &str = "not the one";

/// The details of the log's newest entry of an action.
fn newest(app: &TestApp, action: &str) -> Value {
    let detail: String = app
        .database()
        .query_row(
            "SELECT detail FROM audit_entries WHERE action = ?1 ORDER BY number DESC LIMIT 1",
            [action],
            |row| row.get(0),
        )
        .unwrap();
    serde_json::from_str(&detail).unwrap()
}

/// Requests on as many confirmed reports, each waiting for a supervisor.
async fn waiting(app: &TestApp, count: usize) -> Vec<String> {
    let mut requests = Vec::new();
    for case in app.open_cases(count).await {
        app.decide(&case.report, "confirmed").await;
        requests.push(app.ask(&case.report).await);
    }
    requests
}

/// A supervisor presses the last button.
async fn approve(supervisor: &Session, request: &str, password: Option<&str>) -> (u16, String) {
    let mut fields = vec![("decision", "approve"), ("step", "send")];
    fields.extend(password.map(|password| ("password", password)));
    let answer = supervisor.send(&format!("/approvals/{request}"), &fields).await;
    (answer.status.as_u16(), answer.text())
}

/// Makes it so that everybody who gave their password again did so so many minutes earlier.
fn minutes_ago(app: &TestApp, minutes: i64) {
    let database = Connection::open(app.data().join("replevin.sqlite")).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let moved = database.execute("UPDATE sessions SET confirmed_at = confirmed_at - ?1", [minutes * 60_000_000]);
    assert!(moved.unwrap() > 0);
}

#[tokio::test]
async fn approvals_in_a_row_ask_for_the_password_once() {
    let app = TestApp::start().await;
    let requests = waiting(&app, 4).await;
    let supervisor = app.sign_in("supervisor").await;

    let check = supervisor
        .send(&format!("/approvals/{}", requests[0]), &[("decision", "approve")])
        .await;
    assert!(check.expect(200).text().contains("name=\"password\" type=\"password\""));
    let last = app.last_entry();
    let (status, told) = approve(&supervisor, &requests[0], None).await;
    assert!(status == 422 && told.contains("Give your password"), "{status} {told}");
    let (status, told) = approve(&supervisor, &requests[0], Some(WRONG)).await;
    assert!(
        status == 422 && told.contains("This is not your password."),
        "{status} {told}"
    );
    assert!(!told.contains(WRONG), "what was typed is shown again");
    // The page shows the request each time, which is a look at it.
    let look = "disclosure_consulted";
    assert_eq!(app.actions_since(last), [look, "sign_in_refused", look]);
    assert!(supervisor.get("/approvals").await.expect(200).text().contains(&requests[0]));

    let last = app.last_entry();
    assert_eq!(approve(&supervisor, &requests[0], Some(PASSWORD)).await.0, 303);
    assert_eq!(app.actions_since(last), ["person_confirmed", "disclosure_approved"]);
    assert_eq!(newest(&app, "disclosure_approved")["confirmed"], "password");

    let check = supervisor
        .send(&format!("/approvals/{}", requests[1]), &[("decision", "approve")])
        .await;
    assert!(!check.expect(200).text().contains("name=\"password\""), "asked again at once");
    minutes_ago(&app, 4);
    assert_eq!(approve(&supervisor, &requests[1], None).await.0, 303);

    minutes_ago(&app, 2);
    assert_eq!(
        approve(&supervisor, &requests[2], None).await.0,
        422,
        "it is good for five minutes"
    );
    // Another browser of the same person has to be told itself.
    let elsewhere = app.sign_in("supervisor").await;
    assert_eq!(approve(&supervisor, &requests[2], Some(PASSWORD)).await.0, 303);
    let again = elsewhere
        .send(
            &format!("/approvals/{}", requests[3]),
            &[("decision", "approve"), ("step", "send")],
        )
        .await;
    again.expect(422);
}

#[tokio::test]
async fn an_identity_opens_to_whoever_knows_the_password() {
    let app = TestApp::start().await;
    let request = waiting(&app, 1).await.remove(0);
    app.approve(&request).await;
    app.answer(&request).await;
    let officer = app.sign_in("officer").await;
    let page = officer.get(&format!("/disclosures/{request}")).await.expect(200).text();
    assert!(page.contains("name=\"password\""), "{page}");
    let identity = format!("/disclosures/{request}/identity");
    let open = async |password: &str| {
        let fields = [("case", CASE), ("reason", REASON), ("password", password)];
        let answer = officer.send(&identity, &fields).await;
        (answer.status.as_u16(), answer.text())
    };
    for password in ["", WRONG] {
        let (status, page) = open(password).await;
        assert!(status == 422 && !page.contains("Ib Seller"), "{status} {page}");
    }
    let (status, page) = open(PASSWORD).await;
    assert!(status == 200 && page.contains("Ib Seller"), "{status} {page}");
    assert_eq!(newest(&app, "identity_opened")["confirmed"], "password");
    assert_eq!(open("").await.0, 200, "asked again at once");

    // Guessing is slowed down as at signing in.
    let thief = app.sign_in("officer").await;
    let mut told = String::new();
    for _ in 0..9 {
        let fields = [("case", CASE), ("reason", REASON), ("password", WRONG)];
        told = thief.send(&identity, &fields).await.expect(422).text();
    }
    assert!(told.contains("Too many failed tries"), "{told}");
}

/// What an approval by the API comes to, with a password beside the token or without.
async fn approve_by_api(supervisor: &Client, request: &str, password: Option<&str>) -> u16 {
    let path = format!("/api/v1/disclosure-requests/{request}/approval");
    let mut asked = supervisor.request(Method::POST, &path).json(&json!({"approved": true}));
    if let Some(password) = password {
        asked = asked.header("Confirm-Password", password);
    }
    supervisor.send(asked).await.status.as_u16()
}

#[tokio::test]
async fn programs_give_the_password_where_they_are_asked_for_it() {
    let mut app = TestApp::start().await;
    let requests = waiting(&app, 3).await;
    let supervisor = app.with(&app.people.supervisor);
    assert_eq!(approve_by_api(&supervisor, &requests[0], Some(WRONG)).await, 403);
    assert_eq!(approve_by_api(&supervisor, &requests[0], None).await, 200);
    assert_eq!(newest(&app, "disclosure_approved")["confirmed"], "token");
    assert_eq!(approve_by_api(&supervisor, &requests[1], Some(PASSWORD)).await, 200);
    assert_eq!(newest(&app, "disclosure_approved")["confirmed"], "password");
    app.answer(&requests[1]).await;

    app.stop();
    app.configure("[matching]\nblind_review_share = 0.0\n[http]\napi_asks_password = true");
    app.restart();
    let supervisor = app.with(&app.people.supervisor);
    assert_eq!(approve_by_api(&supervisor, &requests[2], None).await, 428);
    assert_eq!(approve_by_api(&supervisor, &requests[2], Some(PASSWORD)).await, 200);
    let officer = app.officer_on_case();
    let identity = format!("/api/v1/disclosure-requests/{}/identity", requests[1]);
    officer.get(&identity).await.expect_problem(428);
    let asked = officer.request(Method::GET, &identity).header("Confirm-Password", PASSWORD);
    let opened = officer.send(asked).await.expect(200).json();
    assert_eq!(opened["identity"]["name"], "Ib Seller");
}

#[tokio::test]
async fn contact_details_open_for_the_thefts_case_to_whoever_knows_the_password() {
    let app = TestApp::start().await;
    let item = app.register(&owned_bicycle(&frame_number(0))).await;
    let theft = app.report_theft(&[&item]).await;
    app.verify_theft(&theft).await;
    let officer = app.sign_in("officer").await;
    let page = officer.get(&format!("/theft-reports/{theft}")).await.expect(200).text();
    assert!(page.contains("name=\"password\""), "{page}");
    let contact = format!("/theft-reports/{theft}/contact");
    let open = async |case: &str, password: &str| {
        let fields = [("case", case), ("reason", REASON), ("password", password)];
        let answer = officer.send(&contact, &fields).await;
        (answer.status.as_u16(), answer.text())
    };
    for (case, password, said) in [
        (CASE, "", "Give your password"),
        (CASE, WRONG, "This is not your password."),
        ("my own curiosity", PASSWORD, "state that case to open it"),
    ] {
        let (status, told) = open(case, password).await;
        assert!(status == 422 && told.contains(said), "{said}: {status} {told}");
        assert!(!told.contains("owner@replevin.example") && !told.contains(WRONG), "{told}");
    }
    let (status, told) = open(CASE, "").await;
    assert!(status == 200 && told.contains("owner@replevin.example"), "{status} {told}");
    assert_eq!(newest(&app, "contact_opened")["confirmed"], "password");
    let program = app.officer().stating("my own curiosity", REASON);
    let path = format!("/api/v1{contact}");
    program.get(&path).await.expect_problem(422);
    app.officer_on_case().get(&path).await.expect(200);
    assert_eq!(newest(&app, "contact_opened")["confirmed"], "token");
}
