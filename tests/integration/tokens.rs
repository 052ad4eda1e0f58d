//! The tokens of a partner's systems: what each may do, replaced with an overlap, revoked; by the API and on the pages.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::PARTNER;

fn at(path: &str) -> String {
    format!("/api/v1/partners/{PARTNER}/{path}")
}

async fn tokens(app: &TestApp) -> Vec<Value> {
    let person = app.with(&app.people.partner_person);
    let answer = person.get(&at("tokens")).await.expect(200).json();
    answer["tokens"].as_array().unwrap().clone()
}

/// The token in force with this label.
async fn named(app: &TestApp, label: &str) -> Value {
    let mut tokens = tokens(app).await;
    tokens.retain(|token| token["label"] == label && token["state"] == "in_force");
    tokens.pop().unwrap()
}

#[tokio::test]
async fn a_token_does_what_its_scopes_allow() {
    let app = TestApp::start().await;
    let [listings, checks, requests] = app.people.scoped.each_ref().map(|token| app.with(token));
    let line = "{\"id\":\"A-1\",\"title\":\"Vase\"}\n";
    listings.send_bytes(Method::POST, &at("listings"), "", line).await.expect(200);
    let refused = checks
        .send_bytes(Method::POST, &at("listings"), "", line)
        .await
        .expect_problem(403);
    assert_eq!(
        (&refused["type"], &refused["detail"]),
        (
            &json!("scope"),
            &json!("this token lacks the scope `listings`: its scopes are `checks`")
        )
    );
    checks.post("/api/v1/checks", &json!({"title": "Vase"})).await.expect(200);
    requests.get(&at("holds")).await.expect(200);
    let last = app.last_entry();
    let refused = requests
        .post("/api/v1/checks", &json!({"title": "Vase"}))
        .await
        .expect_problem(403);
    assert!(refused["detail"].as_str().unwrap().contains("`checks`"), "{refused}");
    assert_eq!(app.actions_since(last), ["access_refused"]);
    // A system does not administer tokens, whatever its own may do.
    for token in [&app.people.partner, &app.people.scoped[0]] {
        app.with(token).get(&at("tokens")).await.expect_problem(403);
    }
    // Uses are noted behind the answers.
    while tokens(&app).await.iter().any(|token| !token["used_at"].is_string()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_token_is_replaced_while_the_old_one_works() {
    let app = TestApp::start().await;
    let person = app.with(&app.people.partner_person);
    let old = named(&app, "listings").await;
    let path = at(&format!("tokens/{}/rotation", old["id"].as_str().unwrap()));
    let long = person.post(&path, &json!({"overlap_hours": 169})).await.expect_problem(400);
    assert_eq!(long["errors"][0]["field"], "overlap_hours");
    let last = app.last_entry();
    let new = person.post(&path, &json!({"overlap_hours": 2})).await.expect(201).json();
    assert_eq!(app.actions_since(last), ["token_rotated"]);
    assert_eq!((&new["scopes"], &new["label"]), (&json!(["listings"]), &json!("listings")));
    let feeds = async |token: &str| app.with(token).get(&at("feeds")).await.status.as_u16();
    let (former, latter) = (app.people.scoped[0].as_str(), new["secret"].as_str().unwrap());
    assert_eq!((feeds(former).await, feeds(latter).await), (200, 200));
    let ending = tokens(&app).await.into_iter().find(|token| token["id"] == old["id"]).unwrap();
    assert_eq!(ending["state"], "ending");
    // It is not replaced twice: a system that was given the second would not know of the third.
    let twice = person.post(&path, &json!({"overlap_hours": 0})).await.expect_problem(409);
    assert!(twice["detail"].as_str().unwrap().contains("replaced already"), "{twice}");
    assert_eq!((feeds(former).await, feeds(latter).await), (200, 200));
    let page = app
        .sign_in("partner")
        .await
        .get(&format!("/tokens/{}", old["id"].as_str().unwrap()))
        .await;
    let page = page.expect(200).text();
    assert!(!page.contains("value=\"rotate\"") && page.contains("was replaced"), "{page}");
    let revoked = person.request(Method::DELETE, &at(&format!("tokens/{}", old["id"].as_str().unwrap())));
    person.send(revoked).await.expect(204);
    assert_eq!((feeds(former).await, feeds(latter).await), (401, 200));
    person.post(&path, &json!({})).await.expect_problem(404);

    let gone = person.request(Method::DELETE, &at(&format!("tokens/{}", new["id"].as_str().unwrap())));
    person.send(gone).await.expect(204);
    assert_eq!(feeds(latter).await, 401);
    let foreign = app.with(&app.people.expired_partner).get(&at("tokens")).await;
    foreign.expect_problem(403);
}

#[tokio::test]
async fn the_partners_person_sees_replaces_and_revokes_tokens() {
    let app = TestApp::start().await;
    let session = app.sign_in("partner").await;
    let page = session.get("/tokens").await.expect(200).text();
    assert!(
        page.contains("What each scope allows") && page.contains("Last used"),
        "{page}"
    );
    let token = named(&app, "requests").await["id"].as_str().unwrap().to_owned();
    let path = format!("/tokens/{token}");
    session.get(&path).await.expect(200);
    let again = session.send(&path, &[("go", "rotate"), ("overlap_hours", "no")]).await;
    assert!(again.text().contains("for how long"), "{}", again.text());
    let shown = session
        .send(&path, &[("go", "rotate"), ("overlap_hours", "0")])
        .await
        .expect(200)
        .text();
    let secret = shown.split("id=\"token\">").nth(1).unwrap().split('<').next().unwrap();
    app.with(secret).get(&at("holds")).await.expect(200);
    app.with(&app.people.scoped[2]).get(&at("holds")).await.expect_problem(401);
    let token = named(&app, "requests").await["id"].as_str().unwrap().to_owned();
    session
        .send(&format!("/tokens/{token}"), &[("go", "revoke")])
        .await
        .expect(303);
    app.with(secret).get(&at("holds")).await.expect_problem(401);
    session
        .send(&format!("/tokens/{token}"), &[("go", "revoke")])
        .await
        .expect(404);

    // An administrator makes one with the scopes that are ticked, and not without any.
    let partner = app.people.letter;
    let id: String = app
        .database()
        .query_row(
            "SELECT lower(hex(partner_id)) FROM letters WHERE id = ?1",
            [partner.0.as_bytes()],
            |row| row.get(0),
        )
        .unwrap();
    let admin = app.sign_in("admin").await;
    let path = format!("/partners/{id}/tokens");
    let none = admin.send(&path, &[("label", "desk")]).await;
    assert!(none.text().contains("Choose what the token is good for"), "{}", none.text());
    let made = admin
        .send(&path, &[("label", "desk"), ("scopes", "checks"), ("scopes", "requests")])
        .await;
    assert!(made.expect(200).text().contains("checks, requests"));
    assert_eq!(named(&app, "desk").await["scopes"], json!(["checks", "requests"]));
}
