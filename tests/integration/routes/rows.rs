//! The rows of the table: every route of the API, on an object in the state from which its step succeeds.

use serde_json::json;

use super::telling;
use super::*;
use crate::support::samples::{bicycle, frame_number, owned_bicycle};

/// Everything that the rows ask for, each in the state from which its step succeeds.
pub(super) async fn of(app: &TestApp) -> Vec<Row> {
    let cases = app.open_cases(13).await;
    let report = |n: usize| cases[n].report.as_str();
    app.step(report(1), "take", &json!({})).await;
    app.step(report(2), "take", &json!({})).await;
    app.step(report(12), "take", &json!({})).await;
    app.decide(report(3), "dismissed").await;
    for n in 4..10 {
        app.decide(report(n), "confirmed").await;
    }
    app.step(report(10), "take", &json!({})).await;
    let proof = app.ask_for_proof(report(11)).await;
    app.set_hold_policy("asked", "keep").await;
    let holds = [
        app.ask_hold(report(6)).await,
        app.ask_hold(report(7)).await,
        app.ask_hold(report(8)).await,
    ];
    let waiting = app.ask(report(6)).await;
    let asked = app.ask(report(7)).await;
    let answered = app.ask(report(8)).await;
    app.approve(&asked).await;
    app.approve(&answered).await;
    app.answer(&answered).await;
    let home = app.register(&owned_bicycle(&frame_number(20))).await;
    app.put_item_photo(&home, 1, picture("i-001-1.jpg")).await;
    let taken = app.register(&owned_bicycle(&frame_number(21))).await;
    let lost = app.register(&owned_bicycle(&frame_number(22))).await;
    let theft = app.report_theft(&[&lost]).await;
    let pictured = app.register(&owned_bicycle(&frame_number(23))).await;
    app.put_item_photo(&pictured, 1, picture("i-004-1.jpg")).await;
    app.verify_theft(&app.report_theft(&[&pictured]).await).await;
    app.push(&[bicycle("L-20", &frame_number(20)), bicycle("L-23", &frame_number(23))])
        .await;
    app.settle().await;
    let questions = app.owner().get("/api/v1/questions").await.expect(200).json();
    let question = questions["questions"][0]["id"].as_str().unwrap().to_owned();
    let queue = app.queue().await;
    let raised = queue.iter().find(|row| row["item"] == pictured.as_str()).unwrap();
    let raised = raised["id"].as_str().unwrap();
    let shown = app
        .officer()
        .get(&format!("/api/v1/reports/{raised}"))
        .await
        .expect(200)
        .json();
    // One to be decided, and one whose photo is looked at.
    let faint = [app.faint_pair(0, None).await, app.faint_pair(1, Some("i-004-1.jpg")).await];
    app.settle().await;
    let [decided, seen] = [&faint[0], &faint[1]].map(|item| blind_review(app, item));
    let listing = bicycle("L-30", &frame_number(30));
    let now = chrono::Utc::now();
    let theft_of = json!({"items": [taken], "from": now - chrono::TimeDelta::hours(9), "to": now - chrono::TimeDelta::hours(8),
        "crime_reference": CASE, "circumstances": "gone from the yard"});
    let item = owned_bicycle(&frame_number(31));
    let mut rows = vec![
        row(
            "POST",
            "/partners/{partner}/listings",
            "",
            Body::Lines(listing),
            PARTNERS,
            "listings_pushed",
        ),
        row("GET", "/partners/{partner}/listings/{id}", "L-1", Body::None, PARTNERS, ""),
        row(
            "PUT",
            "/partners/{partner}/listings/{id}/photos/{n}",
            "L-1",
            Body::Picture("i-002-1.jpg"),
            PARTNERS,
            "listing_photo_received",
        ),
        row(
            "DELETE",
            "/partners/{partner}/listings/{id}",
            "L-30",
            Body::None,
            PARTNERS,
            "listing_withdrawn",
        ),
        row("GET", "/partners/{partner}/feeds", "", Body::None, PARTNERS, ""),
        row(
            "PUT",
            "/partners/{partner}/feeds/{feed}",
            "",
            Body::Json(json!({"format": "csv", "mapping": {"columns": {"id": "Nr"}},
                "pull": {"url": "https://feeds.example/lots.csv", "schedule": "30 4 * * *"}})),
            PARTNERS,
            "feed_changed",
        ),
        row("GET", "/partners/{partner}/feeds/{feed}/runs", "", Body::None, PARTNERS, ""),
        row(
            "POST",
            "/partners/{partner}/feeds/{feed}/missing",
            "",
            Body::None,
            PARTNERS,
            "feed_changed",
        ),
        row(
            "POST",
            "/partners/{partner}/feeds/{feed}/fetch",
            "",
            Body::None,
            PARTNERS,
            "feed_changed",
        ),
        row("GET", "/partners/{partner}/health", "", Body::None, PARTNERS, ""),
        row("GET", "/partners/{partner}/quarantine", "", Body::None, PARTNERS, ""),
        row(
            "POST",
            "/partners/{partner}/quarantine/retry",
            "",
            Body::Json(json!({"feed": "lots"})),
            PARTNERS,
            "",
        ),
        row(
            "DELETE",
            "/partners/{partner}/feeds/{feed}",
            "",
            Body::None,
            PARTNERS,
            "feed_removed",
        ),
        row(
            "POST",
            "/checks",
            "",
            Body::Json(json!({"id": "L-77", "identifiers": [{"kind": "frame_number", "value": frame_number(1)}]})),
            WHO_CHECKS,
            "checked",
        ),
        row("POST", "/items", "", Body::Json(item), OWNERS, "item_registered"),
        row("GET", "/items", "", Body::None, OWNERS, ""),
        row("GET", "/items/{id}", &home, Body::None, THE_OWNER, ""),
        row(
            "PATCH",
            "/items/{id}",
            &home,
            Body::Json(json!({"color": "blue"})),
            THE_OWNER,
            "item_changed",
        ),
        row("GET", "/items/{id}/photos/{n}", &home, Body::None, THE_OWNER, ""),
        row(
            "PUT",
            "/items/{id}/photos/{n}",
            &home,
            Body::Picture("i-003-1.jpg"),
            THE_OWNER,
            "item_photo_received",
        ),
        row(
            "DELETE",
            "/items/{id}/photos/{n}",
            &home,
            Body::None,
            THE_OWNER,
            "item_photo_removed",
        ),
        row(
            "POST",
            "/theft-reports",
            "",
            Body::Json(theft_of),
            &[Owner, Officer, OtherOfficer, Supervisor],
            "theft_reported",
        ),
        row(
            "GET",
            "/theft-reports/{id}",
            &theft,
            Body::None,
            &[Officer, Owner, OtherOfficer, Supervisor],
            "theft_report_consulted",
        ),
        row(
            "POST",
            "/theft-reports/{id}/verification",
            &theft,
            Body::Json(json!({"verified": true, "crime_reference": CASE})),
            POLICE,
            "theft_verified",
        ),
        row(
            "GET",
            "/theft-reports/{id}/contact",
            &theft,
            Body::None,
            POLICE,
            "contact_opened",
        ),
        row("GET", "/reports", "", Body::None, POLICE, "queue_consulted"),
        row("GET", "/reports/{id}", report(0), Body::None, POLICE, "report_consulted"),
        row(
            "GET",
            "/reports/{id}/photos/{sha256}",
            raised,
            Body::None,
            POLICE,
            "report_consulted",
        ),
        row("POST", "/reports/{id}/take", report(0), Body::None, POLICE, "report_taken"),
        row(
            "POST",
            "/reports/{id}/release",
            report(1),
            Body::None,
            POLICE,
            "report_released",
        ),
        row(
            "POST",
            "/reports/{id}/review",
            report(2),
            Body::Json(json!({"decision": "confirmed", "reason": "the number fits"})),
            POLICE,
            "report_confirmed",
        ),
        row(
            "POST",
            "/reports/{id}/reopen",
            report(3),
            Body::Json(json!({"reason": "a new photograph"})),
            POLICE,
            "report_reopened",
        ),
        row(
            "POST",
            "/reports/{id}/close",
            report(4),
            Body::Json(json!({"outcome": "recovered"})),
            POLICE,
            "report_closed",
        ),
        row(
            "POST",
            "/reports/{id}/evidence-packs",
            report(5),
            Body::None,
            POLICE,
            "evidence_pack_made",
        ),
        row(
            "POST",
            "/reports/{id}/evidence-promotion",
            report(5),
            Body::Json(json!({"reason": "seen with my own eyes"})),
            &[Officer, Supervisor],
            "evidence_promoted",
        ),
        row(
            "POST",
            "/reports/{id}/disclosure-requests",
            report(5),
            Body::Json(json!({"fields": ["name"]})),
            POLICE,
            "disclosure_requested",
        ),
        row(
            "POST",
            "/disclosure-requests/{id}/approval",
            &waiting,
            Body::Json(json!({"approved": true})),
            &[Supervisor],
            "disclosure_approved",
        ),
        row(
            "GET",
            "/disclosure-requests/{id}",
            &answered,
            Body::None,
            &[Officer, Supervisor],
            "disclosure_consulted",
        ),
        row(
            "GET",
            "/disclosure-requests/{id}/identity",
            &answered,
            Body::None,
            &[Officer, Supervisor],
            "identity_opened",
        ),
        row(
            "GET",
            "/partners/{partner}/disclosure-requests",
            "",
            Body::None,
            ASKED_PARTNERS,
            "disclosure_consulted",
        ),
        row(
            "POST",
            "/partners/{partner}/disclosure-requests/{id}/answer",
            &asked,
            Body::Json(json!({"identity": {"name": "Ib Seller"}})),
            ASKED_PARTNERS,
            "disclosure_answered",
        ),
        row(
            "POST",
            "/reports/{id}/proof-requests",
            report(10),
            Body::Json(json!({"asked": ["receipt", "older_photo"], "days": 7})),
            POLICE,
            "proof_asked",
        ),
        row(
            "GET",
            "/partners/{partner}/proof-requests",
            "",
            Body::None,
            ASKED_PARTNERS,
            "",
        ),
        row(
            "PUT",
            "/partners/{partner}/proof-requests/{id}/photos/{n}",
            &proof,
            Body::Picture("i-002-1.jpg"),
            ASKED_PARTNERS,
            "proof_photo_received",
        ),
        row(
            "POST",
            "/partners/{partner}/proof-requests/{id}/answer",
            &proof,
            Body::Json(json!({"text": "A receipt of 2019.", "shown": true})),
            ASKED_PARTNERS,
            "proof_answered",
        ),
        row("GET", "/blind-reviews", "", Body::None, POLICE, "blind_review_consulted"),
        row(
            "GET",
            "/blind-reviews/{id}/photos/{sha256}",
            &seen,
            Body::None,
            POLICE,
            "blind_review_consulted",
        ),
        row(
            "POST",
            "/blind-reviews/{id}",
            &decided,
            Body::Json(json!({"same": false, "reason": "another machine"})),
            POLICE,
            "blind_review_decided",
        ),
        row("GET", "/questions", "", Body::None, OWNERS, ""),
        row(
            "POST",
            "/questions/{id}/answer",
            &question,
            Body::Json(json!({"answer": "mine"})),
            THE_OWNER,
            "question_answered",
        ),
        row("GET", "/audit/entries", "", Body::None, &[Auditor], "audit_consulted"),
        row("GET", "/audit/checkpoint", "", Body::None, &[Auditor], ""),
    ];
    rows.extend(telling::of_holds(report(9), &holds));
    rows.extend(telling::of_listings());
    rows.extend(telling::of_desk(app, report(12)).await);
    let photo = shown["item"]["photos"][0].as_str().unwrap();
    for row in &mut rows {
        row.path = row.path.replace("{n}", "1").replace("{sha256}", photo);
    }
    rows
}

/// The blind review of an item that waits.
fn blind_review(app: &TestApp, item: &str) -> String {
    let sql = "SELECT lower(hex(id)) FROM blind_reviews WHERE lower(hex(item_id)) = ?1";
    let id = app.database().query_row(sql, [item.replace('-', "")], |row| row.get(0));
    id.unwrap_or_else(|error| panic!("nothing was drawn of {item}: {error}"))
}
