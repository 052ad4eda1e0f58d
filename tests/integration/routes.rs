//! Every route × every role: who may, who may not, and what the log says of it. A route without a row fails.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};
use crate::support::walk::{CASE, REASON};
use crate::support::{Answer, Client, TestApp};

/// Whoever may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anonymous,
    Owner,
    OtherOwner,
    Partner,
    PartnerPerson,
    OtherPartner,
    Officer,
    OtherOfficer,
    Supervisor,
    Auditor,
    Administrator,
}

use Who::{Anonymous, Auditor, Officer, OtherOfficer, OtherOwner, Owner, Partner, PartnerPerson, Supervisor};

const EVERYBODY: [Who; 11] = [
    Anonymous,
    Owner,
    OtherOwner,
    Partner,
    PartnerPerson,
    Who::OtherPartner,
    Officer,
    OtherOfficer,
    Supervisor,
    Auditor,
    Who::Administrator,
];
const OWNERS: &[Who] = &[Owner, OtherOwner];
const THE_OWNER: &[Who] = &[Owner];
const PARTNERS: &[Who] = &[Partner, PartnerPerson];
const POLICE: &[Who] = &[Officer, OtherOfficer, Supervisor];

/// How the log says that somebody was refused.
const REFUSALS: [&str; 2] = ["access_refused", "disclosure_gate_refused"];

enum Body {
    None,
    Json(Value),
    Lines(Value),
    Picture(&'static str),
}

/// One route with an object on which the first of those allowed succeeds.
struct Row {
    method: Method,
    /// As the description of the API names it.
    route: &'static str,
    /// The address that is asked.
    path: String,
    body: Body,
    allowed: &'static [Who],
    /// What the log says when it is done; empty when it says nothing.
    logged: &'static str,
}

fn row(method: &str, route: &'static str, id: &str, body: Body, allowed: &'static [Who], logged: &'static str) -> Row {
    Row {
        method: method.parse().unwrap(),
        route,
        path: format!("/api/v1{route}").replace("{partner}", PARTNER).replace("{id}", id),
        body,
        allowed,
        logged,
    }
}

impl Who {
    fn client(self, app: &TestApp) -> Client {
        let people = &app.people;
        let token = match self {
            Self::Anonymous => return app.anonymous().stating(CASE, REASON),
            Self::Owner => &people.owner,
            Self::OtherOwner => &people.other_owner,
            Self::Partner => &people.partner,
            Self::PartnerPerson => &people.partner_person,
            Self::OtherPartner => &people.expired_partner,
            Self::Officer => &people.officer,
            Self::OtherOfficer => &people.other_officer,
            Self::Supervisor => &people.supervisor,
            Self::Auditor => &people.auditor,
            Self::Administrator => &people.administrator,
        };
        app.with(token).stating(CASE, REASON)
    }
}

/// Everything that the rows ask for, each in the state from which its step succeeds.
async fn rows(app: &TestApp) -> Vec<Row> {
    let cases = app.open_cases(10).await;
    let report = |n: usize| cases[n].report.as_str();
    app.step(report(1), "take", &json!({})).await;
    app.step(report(2), "take", &json!({})).await;
    app.decide(report(3), "dismissed").await;
    for n in 4..10 {
        app.decide(report(n), "confirmed").await;
    }
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
    app.push(&[bicycle("L-20", &frame_number(20))]).await;
    app.settle().await;
    let questions = app.owner().get("/api/v1/questions").await.expect(200).json();
    let question = questions["questions"][0]["id"].as_str().unwrap().to_owned();
    app.put_item_photo(&cases[0].item, 1, picture("i-004-1.jpg")).await;
    let shown = app
        .officer()
        .get(&format!("/api/v1/reports/{}", report(0)))
        .await
        .expect(200)
        .json();
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
            report(0),
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
            PARTNERS,
            "disclosure_consulted",
        ),
        row(
            "POST",
            "/partners/{partner}/disclosure-requests/{id}/answer",
            &asked,
            Body::Json(json!({"identity": {"name": "Ib Seller"}})),
            PARTNERS,
            "disclosure_answered",
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
    let photo = shown["item"]["photos"][0].as_str().unwrap();
    for row in &mut rows {
        row.path = row.path.replace("{n}", "1").replace("{sha256}", photo);
    }
    rows
}

async fn ask(app: &TestApp, row: &Row, who: Who) -> Answer {
    let client = who.client(app);
    let request = client.request(row.method.clone(), &row.path);
    let request = match &row.body {
        Body::None => request,
        Body::Json(body) => request.json(body),
        Body::Lines(body) => request
            .header("content-type", "application/x-ndjson")
            .body(format!("{body}\n")),
        Body::Picture(name) => request.header("content-type", "image/jpeg").body(picture(name)),
    };
    client.send(request).await
}

/// Whether the answer says that this caller may not, rather than that this thing cannot be done now.
fn is_refusal(answer: &Answer) -> bool {
    match answer.status.as_u16() {
        401 | 404 => true,
        403 => answer.json()["type"] != "letter_gate",
        _ => false,
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let app = TestApp::start().await;
    let rows = rows(&app).await;
    described_and_listed_are_the_same(&app, &rows).await;
    let mut faults = Vec::new();
    for row in &rows {
        let name = format!("{} {}", row.method, row.route);
        for who in EVERYBODY.iter().filter(|who| !row.allowed.contains(who)) {
            let last = app.last_entry();
            let answer = ask(&app, row, *who).await;
            let expected: &[u16] = if *who == Anonymous { &[401] } else { &[403, 404] };
            if !expected.contains(&answer.status.as_u16()) {
                faults.push(format!(
                    "{name}: {who:?} must be refused, got {} {}",
                    answer.status,
                    answer.text()
                ));
            }
            let logged = app.actions_since(last);
            if *who != Anonymous && !logged.iter().any(|action| REFUSALS.contains(&action.as_str())) {
                faults.push(format!(
                    "{name}: the refusal of {who:?} ({}) is not in the log: {logged:?}",
                    answer.status
                ));
            }
        }
        for (turn, who) in row.allowed.iter().enumerate() {
            let last = app.last_entry();
            let answer = ask(&app, row, *who).await;
            let done = answer.status.is_success();
            if answer.status.is_server_error() {
                faults.push(format!("{name}: by {who:?} fails: {} {}", answer.status, answer.text()));
            }
            if is_refusal(&answer) && !(row.method == Method::DELETE && turn > 0) || (turn == 0 && !done) {
                faults.push(format!(
                    "{name}: {who:?} must be let in, got {} {}",
                    answer.status,
                    answer.text()
                ));
            }
            let logged = app.actions_since(last);
            let silent = row.logged.is_empty() && logged.is_empty();
            if turn == 0 && done && !silent && !logged.iter().any(|action| action == row.logged) {
                faults.push(format!(
                    "{name}: by {who:?} must be logged as {:?}, the log says {logged:?}",
                    row.logged
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// A route of the API without a row here fails, and so does a row without a route.
async fn described_and_listed_are_the_same(app: &TestApp, rows: &[Row]) {
    let description = app.anonymous().get("/api/openapi.json").await.expect(200).json();
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch"] {
            if operations.get(method).is_some() {
                described.insert(format!("{} {}", method.to_uppercase(), path.strip_prefix("/api/v1").unwrap()));
            }
        }
    }
    let listed: BTreeSet<_> = rows.iter().map(|row| format!("{} {}", row.method, row.route)).collect();
    assert_eq!(listed, described);
}

#[tokio::test]
async fn a_token_that_is_none_is_refused() {
    let app = TestApp::start().await;
    for token in ["rpv_nonsense", "x", "rpv_0123456789012345678901234567890123456789012"] {
        app.with(token).get("/api/v1/items").await.expect_problem(401);
    }
}
