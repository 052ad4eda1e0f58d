//! Every web page × every role: who may open it, who is sent to sign in, who is refused; and forms that did not come from our own
//! pages. A route in the sources without a row here fails.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::support::page_routes;
use crate::support::session::Session;
use crate::support::walk::DRAWN_ALWAYS;
use crate::support::{Answer, TestApp};

/// The accounts of the tests by the first part of their address, one a role.
const ROLES: [&str; 6] = ["owner", "partner", "officer", "supervisor", "auditor", "admin"];
const OWNER: &[&str] = &["owner"];
const POLICE: &[&str] = &["officer", "supervisor"];
const TELLERS: &[&str] = &["partner", "admin"];
const WAITERS: &[&str] = &["owner", "partner", "officer", "supervisor", "admin"];
const SIGNED_IN: &[&str] = &ROLES;

/// Pages that need no sign-in.
const PUBLIC: [&str; 4] = ["/", "/sign-in", "/sign-up", "/static/{*path}"];

/// All others, and who may open them.
const PAGES: &[(&str, &[&str])] = &[
    ("/sign-out", SIGNED_IN),
    ("/password", SIGNED_IN),
    ("/held-form", SIGNED_IN),
    ("/photos/{sha256}", SIGNED_IN),
    ("/police-questions", &["owner", "partner"]),
    ("/police-questions/{id}", &["owner", "partner"]),
    ("/items", OWNER),
    ("/items/new", OWNER),
    ("/items/new/numbers", OWNER),
    ("/items/new/details", OWNER),
    ("/items/new/check", OWNER),
    ("/items/new/discard", OWNER),
    ("/items/{id}", OWNER),
    ("/items/{id}/change", OWNER),
    ("/items/{id}/photos", OWNER),
    ("/items/{id}/photos/{n}/remove", OWNER),
    ("/items/{id}/recovered", OWNER),
    ("/items/{id}/withdrawn", OWNER),
    ("/report-theft", OWNER),
    ("/report-theft/when", OWNER),
    ("/report-theft/where", OWNER),
    ("/report-theft/check", OWNER),
    ("/report-theft/done", OWNER),
    ("/questions", OWNER),
    ("/questions/{id}", OWNER),
    ("/my-data", OWNER),
    ("/my-data/export", OWNER),
    ("/my-data/erase", OWNER),
    ("/queue", POLICE),
    ("/queue/news", POLICE),
    ("/queue/filter", POLICE),
    ("/blind-reviews", POLICE),
    ("/blind-reviews/{id}", POLICE),
    ("/reports/{id}", POLICE),
    ("/reports/{id}/take", POLICE),
    ("/reports/{id}/release", POLICE),
    ("/reports/{id}/decision", POLICE),
    ("/reports/{id}/reopen", POLICE),
    ("/reports/{id}/close", POLICE),
    ("/reports/{id}/questions", POLICE),
    ("/reports/{id}/proofs", POLICE),
    ("/reports/{id}/proofs/{proof}", POLICE),
    ("/reports/{id}/assign", POLICE),
    ("/reports/{id}/comments", POLICE),
    ("/reports/{id}/series", POLICE),
    ("/reports/{id}/evidence-pack", POLICE),
    ("/reports/{id}/evidence-promotion", POLICE),
    ("/search", POLICE),
    ("/reports/{id}/hold", POLICE),
    ("/searches", POLICE),
    ("/searches/{id}", POLICE),
    ("/series", POLICE),
    ("/shortcuts", POLICE),
    ("/reports/{id}/disclosure", POLICE),
    ("/disclosures", POLICE),
    ("/disclosures/{id}", POLICE),
    ("/disclosures/{id}/identity", POLICE),
    ("/leads", POLICE),
    ("/leads/{id}", POLICE),
    ("/theft-reports", POLICE),
    ("/theft-reports/{id}", POLICE),
    ("/theft-reports/{id}/verification", POLICE),
    ("/theft-reports/{id}/contact", POLICE),
    ("/approvals", &["supervisor"]),
    ("/approvals/{id}", &["supervisor"]),
    ("/figures", &["supervisor"]),
    ("/deliveries", &["partner"]),
    ("/deliveries/{id}", &["partner"]),
    ("/feeds", &["partner"]),
    ("/feeds/{feed}", &["partner"]),
    ("/feeds/{feed}/settings", &["partner"]),
    ("/new-feed", &["partner"]),
    ("/feed-mapping", &["partner"]),
    ("/quarantine/discarded", &["partner"]),
    ("/test-listings", &["partner"]),
    ("/tokens", &["partner"]),
    ("/tokens/{token}", &["partner"]),
    ("/sample", &["partner"]),
    ("/letter", &["partner"]),
    ("/holds", &["partner"]),
    ("/holds/{id}", &["partner"]),
    ("/requests", &["partner"]),
    ("/proofs", &["partner"]),
    ("/proofs/{id}", &["partner"]),
    ("/proofs/{id}/shown", &["partner"]),
    ("/requests/{id}", &["partner"]),
    ("/requests/{id}/answer", &["partner"]),
    ("/digest", WAITERS),
    ("/webhooks", TELLERS),
    ("/webhooks/{id}", TELLERS),
    ("/sent", TELLERS),
    ("/sent/{id}", TELLERS),
    ("/accounts", &["admin"]),
    ("/accounts/new", &["admin"]),
    ("/accounts/{id}", &["admin"]),
    ("/accounts/{id}/enabled", &["admin"]),
    ("/accounts/{id}/password", &["admin"]),
    ("/partners", &["admin"]),
    ("/decoys", &["admin"]),
    ("/decoys/{id}/withdrawn", &["admin"]),
    ("/health", &["admin"]),
    ("/partners/new", &["admin"]),
    ("/partners/{id}", &["admin"]),
    ("/partners/{id}/letters/new", &["admin"]),
    ("/partners/{id}/letters/{letter}/revoked", &["admin"]),
    ("/partners/{id}/letters/{letter}/hold-policy", &["admin"]),
    ("/partners/{id}/tokens", &["admin"]),
    ("/partners/{id}/tokens/{token}/revoked", &["admin"]),
    ("/audit", &["auditor"]),
    ("/audit-figures", &["auditor"]),
    ("/audit/verify", &["auditor"]),
    ("/audit/{number}", &["auditor"]),
];

#[test]
fn every_page_has_a_row() {
    let listed: BTreeSet<String> = PUBLIC
        .iter()
        .chain(PAGES.iter().map(|(route, _)| route))
        .map(ToString::to_string)
        .collect();
    assert_eq!(listed, page_routes::in_sources());
}

/// Pages whose thing is not everybody's who has the role: somebody of the same role to whom it does not belong, and what they
/// are told. To owners and partners such a thing does not exist; officers know of each other's work.
const BELONGING: &[(&str, &str, u16)] = &[
    ("/items/{id}", "other-owner", 404),
    ("/items/{id}/change", "other-owner", 404),
    ("/items/{id}/photos", "other-owner", 404),
    ("/items/{id}/photos/{n}/remove", "other-owner", 404),
    ("/items/{id}/recovered", "other-owner", 404),
    ("/items/{id}/withdrawn", "other-owner", 404),
    ("/deliveries/{id}", "other-partner", 404),
    ("/webhooks/{id}", "other-partner", 404),
    ("/sent/{id}", "other-partner", 404),
    ("/holds/{id}", "other-partner", 404),
    ("/requests/{id}", "other-partner", 404),
    ("/requests/{id}/answer", "other-partner", 404),
    ("/tokens/{token}", "other-partner", 404),
    ("/proofs/{id}", "other-partner", 404),
    ("/proofs/{id}/shown", "other-partner", 404),
    ("/searches/{id}", "other-officer", 404),
    ("/disclosures/{id}", "other-officer", 403),
    ("/disclosures/{id}/identity", "other-officer", 403),
];

/// `/photos/{sha256}` has a test of its own.
fn pages() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    PAGES
        .iter()
        .filter(|(route, _)| !["/sign-out", "/photos/{sha256}"].contains(route))
}

#[tokio::test]
async fn every_page_is_shut_to_other_roles() {
    let app = TestApp::start_with(DRAWN_ALWAYS).await;
    let things = app.things().await;
    let mut faults = Vec::new();
    for (route, _) in pages() {
        let unknown = app.anonymous().get(&things.address(route)).await;
        let sent_away = unknown.status == 303 && unknown.header("location").starts_with("/sign-in");
        if !sent_away && unknown.status != 405 {
            faults.push(format!("{route}: nobody in particular got {}", unknown.status));
        }
    }
    for role in ROLES {
        let session = app.sign_in(role).await;
        for (route, _) in pages().filter(|(_, allowed)| !allowed.contains(&role)) {
            refuses(&app, &session, (&things.address(route), route), 403, &mut faults).await;
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn every_page_about_a_thing_is_shut_to_whom_it_does_not_belong() {
    let app = TestApp::start().await;
    let things = app.things().await;
    let mut faults = Vec::new();
    for name in ["other-owner", "other-partner", "other-officer"] {
        let session = app.sign_in(name).await;
        for (route, _, status) in BELONGING.iter().filter(|(_, who, _)| *who == name) {
            refuses(&app, &session, (&things.address(route), route), *status, &mut faults).await;
        }
    }
    // Without an answer the form leads back to one's own questions.
    let other = app.sign_in("other-owner").await;
    assert!(!other.get("/questions").await.expect(200).text().contains(&things.question));
    let answer = (format!("answer-{}", things.question), "mine");
    let last = app.last_entry();
    let path = format!("/questions/{}", things.question);
    other.send(&path, &[(&answer.0, answer.1)]).await.expect(404);
    assert_eq!(app.actions_since(last), ["access_refused"]);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Opening a page and sending its form must both be refused with this status, and logged.
async fn refuses(app: &TestApp, session: &Session, (address, route): (&str, &str), status: u16, faults: &mut Vec<String>) {
    let mut refused = 0;
    for method in [Method::GET, Method::POST] {
        let last = app.last_entry();
        let mut answer = session.ask(method.clone(), address, Some(&session.csrf)).await;
        if answer.status == 303 && method == Method::GET {
            // A page that is only posted leads back to where it is posted from.
            answer = session.get(answer.header("location")).await;
        }
        let name = format!("{method} {route} by {}: {}", session.name, answer.status);
        check_headers(&answer, &name, faults);
        if answer.status == 405 {
            continue;
        }
        refused += 1;
        if answer.status != status {
            faults.push(format!("{name}, must be {status}"));
        }
        let logged = app.actions_since(last);
        let entry = |action: &String| action == "access_refused" || action == "disclosure_gate_refused";
        if !logged.iter().any(entry) {
            faults.push(format!("{name}: the refusal is not in the log: {logged:?}"));
        }
    }
    if refused == 0 {
        faults.push(format!("{route}: neither opened nor sent"));
    }
}

#[tokio::test]
async fn every_page_opens_for_whom_it_should() {
    let app = TestApp::start_with(DRAWN_ALWAYS).await;
    let things = app.things().await;
    let mut faults = Vec::new();
    for role in ROLES {
        let session = app.sign_in(role).await;
        for (route, _) in pages().filter(|(_, allowed)| allowed.contains(&role)) {
            let mut answer = session.get(&things.address_for(role, route)).await;
            if answer.status == 303 {
                answer = session.get(answer.header("location")).await;
            }
            let name = format!("GET {route} by {role}: {}", answer.status);
            // Some of what is asked for cannot be done to this thing now, and some is only posted.
            if ![200, 405, 409].contains(&answer.status.as_u16()) {
                faults.push(format!("{name}, must be let in"));
            }
            check_headers(&answer, &name, &mut faults);
        }
        // Sent last, and about things that nobody has, for a form that arrives is obeyed.
        for (route, _) in pages().filter(|(route, allowed)| allowed.contains(&role) && route.contains('{')) {
            let nowhere = about_nothing(route);
            let answer = session.ask(Method::POST, &nowhere, Some(&session.csrf)).await;
            if answer.status.is_server_error() || [401, 403].contains(&answer.status.as_u16()) {
                faults.push(format!("POST {route} by {role}: {}, must be let in", answer.status));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// An address with ids that nothing has.
fn about_nothing(route: &str) -> String {
    let id = "01900000-0000-7000-8000-000000000000";
    let mut address = route.to_owned();
    while let (Some(start), Some(end)) = (address.find('{'), address.find('}')) {
        address.replace_range(start..=end, id);
    }
    address
}

/// Pages with personal data are not stored by browsers, not framed, and load nothing from elsewhere.
fn check_headers(answer: &Answer, name: &str, faults: &mut Vec<String>) {
    if answer.header("content-type").starts_with("text/html") {
        for (header, holds) in [
            ("content-security-policy", "default-src 'none'"),
            ("content-security-policy", "frame-ancestors 'none'"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            if !answer.header(header).contains(holds) {
                faults.push(format!("{name}: {header} is {:?}", answer.header(header)));
            }
        }
    }
}

#[tokio::test]
async fn forms_from_elsewhere_do_nothing() {
    let app = TestApp::start_with(DRAWN_ALWAYS).await;
    let things = app.things().await;
    let mut faults = Vec::new();
    for role in ROLES {
        let session = app.sign_in(role).await;
        let last = app.last_entry();
        for (route, _) in PAGES.iter().filter(|(_, allowed)| allowed.contains(&role)) {
            let address = things.address(route);
            for token in [
                None,
                Some("x"),
                Some("0000000000000000000000000000000000000000000000000000000000000000"),
            ] {
                let answer = session.ask(Method::POST, &address, token).await;
                if ![403, 405].contains(&answer.status.as_u16()) {
                    faults.push(format!("POST {route} by {role} with token {token:?}: {}", answer.status));
                }
            }
        }
        assert_eq!(
            app.actions_since(last),
            [""; 0],
            "a form from elsewhere did something for {role}"
        );
        session.get("/").await.expect(303);
        session.send("/sign-out", &[]).await.expect(303);
        session.get("/").await.expect(200);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
