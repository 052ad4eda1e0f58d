//! What supervisors and the control body count, and what is told on the way of a disclosure request.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::PARTNER;

#[tokio::test]
async fn a_supervisor_sees_who_has_how_much_and_whether_the_words_were_right() {
    let app = TestApp::start().await;
    let cases = app.open_cases(4).await;
    app.decide(&cases[0].report, "confirmed").await;
    app.decide(&cases[1].report, "dismissed").await;
    app.step(&cases[2].report, "take", &json!({})).await;
    app.ask(&cases[0].report).await;
    let supervisor = app.sign_in("supervisor").await;
    let last = app.last_entry();
    let page = supervisor.get("/figures").await.expect(200).text();
    assert_eq!(app.actions_since(last), ["figures_consulted"]);
    let cell = |label: &str, value: &str| format!("data-label=\"{label}\">{value}</td>");
    for expected in [
        cell("In review", "1"),
        cell("Confirmed", "1"),
        cell("Dismissed", "1"),
        cell("Decided", "2"),
        cell("Was the item", "1"),
        "50 %".to_owned(),
        "too few to tell".to_owned(),
        "Test officer".to_owned(),
        "half within 1 minute".to_owned(),
    ] {
        assert!(page.contains(&expected), "{expected} is not on the page:\n{page}");
    }
    assert!(
        page.contains("Approvals that wait") && page.contains("1, the first since"),
        "{page}"
    );
    app.sign_in("officer").await.get("/figures").await.expect(403);
}

#[tokio::test]
async fn the_control_body_sees_who_looked_for_what_and_what_is_unusual() {
    let app = TestApp::start().await;
    app.open_cases(1).await;
    let officer = app.sign_in("officer").await;
    let search = async |words: &str| {
        let fields = [("case", "4100-9"), ("reason", "a tip about a van"), ("words", words)];
        officer.upload("/search", &fields, None).await.expect(200);
    };
    for _ in 0..5 {
        search("herrecykel").await;
    }
    // Test people are called `Test officer`.
    search("officer").await;
    let auditor = app.sign_in("auditor").await;
    let page = auditor.get("/audit-figures").await.expect(200).text();
    for expected in [
        "data-label=\"Searches\">6</td>",
        "4100-9</a> × 6",
        " looks were at the same",
        " looks met the person’s own surname",
        "Prove that the log is whole",
    ] {
        assert!(page.contains(expected), "{expected} is not on the page:\n{page}");
    }
    assert!(!page.contains("herrecykel"), "what was searched for stands in the log");
    officer.get("/audit-figures").await.expect(403);
}

#[tokio::test]
async fn a_request_that_stays_due_is_seen_by_supervisors_and_one_taken_back_by_the_partner() {
    let app = TestApp::start().await;
    let report = app.open_cases(1).await.remove(0).report;
    app.decide(&report, "confirmed").await;
    let request = app.ask(&report).await;
    app.approve(&request).await;
    let progress = async || -> Value {
        let path = format!("/api/v1/disclosure-requests/{request}");
        app.officer().get(&path).await.expect(200).json()
    };
    assert_eq!(progress().await["received_at"], Value::Null);
    let path = format!("/api/v1/partners/{PARTNER}/disclosure-requests");
    app.partner().get(&path).await.expect(200);
    assert!(progress().await["received_at"].is_string(), "the partner has read it");
    // As the job does when the time is over.
    let outside = rusqlite::Connection::open(app.data().join("replevin.sqlite")).unwrap();
    outside.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    for kind in ["reminded", "escalated"] {
        let enter = "INSERT INTO disclosure_notices (request_id, kind, at) SELECT id, ?1, requested_at FROM disclosure_requests";
        outside.execute(enter, [kind]).unwrap();
    }
    let supervisor = app.sign_in("supervisor").await;
    let page = supervisor.get("/approvals").await.expect(200).text();
    assert!(
        page.contains("Answers that stay due") && page.contains("look at the overdue request"),
        "{page}"
    );
    app.step(&report, "reopen", &json!({"reason": "another bicycle came up"}))
        .await;
    let last = app.last_entry();
    app.step(
        &report,
        "review",
        &json!({"decision": "dismissed", "reason": "another number"}),
    )
    .await;
    assert_eq!(app.actions_since(last), ["report_dismissed", "disclosure_recalled"]);
    assert!(
        !supervisor
            .get("/approvals")
            .await
            .expect(200)
            .text()
            .contains("Answers that stay due")
    );
    let seen = app.partner().get(&path).await.expect(200).json();
    assert!(seen["requests"][0]["recalled_at"].is_string(), "{seen:#}");
    let answer = format!("{path}/{request}/answer");
    app.partner()
        .post(&answer, &json!({"identity": {"name": "Ib Seller"}}))
        .await
        .expect(409);
    let page = app
        .sign_in("partner")
        .await
        .get(&format!("/requests/{request}"))
        .await
        .expect(200)
        .text();
    assert!(page.contains("The police have taken this request back"), "{page}");
}

#[tokio::test]
async fn the_administrator_reads_by_what_the_service_decides() {
    let settings = "[matching]\nblind_review_share = 0.015\nreport_threshold = 0.6125\n[yardstick]\nversion = \"drill-1\"\n\
                    bands = [{words = \"no\", from = 0.0, to = 0.5}, {words = \"yes\", from = 0.5, to = 1.0}]";
    let app = TestApp::start_with(settings).await;
    let page = app.sign_in("admin").await.get("/health").await.expect(200).text();
    let model = replevin::matching::MODEL;
    for said in [
        "0.6125",
        "[matching] report_threshold",
        "1.5 %",
        "drill-1: no 0 to 0.5; yes 0.5 to 1",
        model,
        "none: the table of weights as it stands",
        "LOI 2026/1",
        "In force",
        "Expired",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let threshold = format!(">{}</td>", crate::support::people::THRESHOLD);
    assert!(page.contains(&threshold), "{page}");
}
