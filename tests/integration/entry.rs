//! The way in: whom guessing slows down behind a proxy, and passwords that somebody else chose.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::header::COOKIE;

use crate::support::people::PASSWORD;
use crate::support::{Answer, Client, TestApp};

const FORM: &str = "application/x-www-form-urlencoded";

/// Somebody with a browser.
struct Browser {
    client: Client,
    cookie: String,
    csrf: String,
}

impl Browser {
    async fn sign_in(app: &TestApp, email: &str, password: &str) -> Self {
        let client = app.anonymous();
        let body = encoded(&[("name", email), ("password", password)]);
        let signed_in = client.send_bytes(Method::POST, "/sign-in", FORM, body).await.expect(303);
        let mut browser = Self {
            client,
            cookie: cookie(&signed_in),
            csrf: String::new(),
        };
        // Every signed-in page carries it in the form to sign out.
        browser.learn(&browser.get("/password").await.expect(200));
        browser
    }

    fn learn(&mut self, page: &Answer) {
        let text = page.text();
        let (_, token) = text.split_once("name=\"csrf\" value=\"").unwrap();
        self.csrf = token.split_once('"').unwrap().0.to_owned();
    }

    async fn get(&self, path: &str) -> Answer {
        let request = self.client.request(Method::GET, path).header(COOKIE, &self.cookie);
        self.client.send(request).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        fields.push(("csrf", &self.csrf));
        let request = self.client.request(Method::POST, path).header(COOKIE, &self.cookie);
        let request = request.header("content-type", FORM).body(encoded(&fields));
        self.client.send(request).await
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// A sign-up that is refused for its empty name, and counted.
async fn bad_sign_up(app: &TestApp, forwarded_for: Option<&str>) -> String {
    let client = app.anonymous();
    let mut request = client.request(Method::POST, "/sign-up").header("content-type", FORM);
    if let Some(hops) = forwarded_for {
        request = request.header("X-Forwarded-For", hops);
    }
    let body = encoded(&[("name", ""), ("email", "jens@owners.example"), ("password", PASSWORD)]);
    client.send(request.body(body)).await.expect(422).text()
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_is_slowed_by_itself() {
    let app = TestApp::start_with("trusted_proxies = [\"127.0.0.1\"]").await;
    for _ in 0..60 {
        assert!(!bad_sign_up(&app, Some("203.0.113.9")).await.contains("minutes"));
    }
    assert!(bad_sign_up(&app, Some("203.0.113.9")).await.contains("minutes"));
    // What the client itself wrote stands before the proxy's word.
    assert!(bad_sign_up(&app, Some("198.51.100.1, 203.0.113.9")).await.contains("minutes"));
    assert!(!bad_sign_up(&app, Some("203.0.113.9, 198.51.100.1")).await.contains("minutes"));
}

#[tokio::test]
async fn behind_a_proxy_that_is_not_listed_nobody_locks_everybody_out() {
    let app = TestApp::start().await;
    for _ in 0..62 {
        assert!(!bad_sign_up(&app, Some("203.0.113.9")).await.contains("minutes"));
    }
}

#[tokio::test]
async fn a_given_password_is_changed_before_anything_else() {
    let app = TestApp::start().await;
    let administrator = Browser::sign_in(&app, "admin@replevin.example", PASSWORD).await;
    let (email, given, own) = (
        "new@replevin.example",
        "three green doors in may",
        "nine blue kites over town",
    );
    let new = [("email", email), ("name", "New"), ("role", "officer"), ("password", given)];
    administrator.post("/accounts/new", &new).await.expect(303);

    let mut officer = Browser::sign_in(&app, email, given).await;
    for page in ["/queue", "/theft-reports", "/disclosures", "/accounts"] {
        assert_eq!(officer.get(page).await.expect(303).header("location"), "/password", "{page}");
    }
    let wrong = [("old_password", "wrong"), ("password", own), ("password_again", own)];
    officer.post("/password", &wrong).await.expect(422);
    let other = [("old_password", given), ("password", own), ("password_again", given)];
    officer.post("/password", &other).await.expect(422);
    let same = [("old_password", given), ("password", given), ("password_again", given)];
    officer.post("/password", &same).await.expect(422);
    let right = [("old_password", given), ("password", own), ("password_again", own)];
    let changed = officer.post("/password", &right).await.expect(303);
    officer.get("/queue").await.expect(303);
    officer.cookie = cookie(&changed);
    let queue = officer.get("/queue").await.expect(200);
    officer.learn(&queue);
    assert!(queue.text().contains("href=\"/password\""), "the header leads to the page");
    // Who signs in by a password of their own is not asked.
    Browser::sign_in(&app, email, own).await.get("/queue").await.expect(200);
}

#[tokio::test]
async fn a_theft_is_verified_by_nobodys_mistake() {
    let app = TestApp::start().await;
    let item = app.register(&crate::support::samples::owned_bicycle("WBK123457A")).await;
    let theft = app.report_theft(&[&item]).await;
    let officer = Browser::sign_in(&app, "officer@replevin.example", PASSWORD).await;
    let path = format!("/theft-reports/{theft}/verification");
    for decision in ["", "verfied", "yes"] {
        let fields = [
            ("decision", decision),
            ("crime_reference", "4100-77777-00001-26"),
            ("step", "send"),
        ];
        let again = officer.post(&path, &fields).await.expect(422).text();
        assert!(again.contains("4100-77777-00001-26"), "what was typed is lost");
    }
    let fields = [
        ("decision", "verified"),
        ("crime_reference", "4100-77777-00001-26"),
        ("step", "send"),
    ];
    let verified = officer.post(&path, &fields).await.expect(303);
    assert!(verified.header("location").ends_with("done=verified"));
}

#[tokio::test]
async fn an_upload_without_its_token_first_is_refused() {
    let app = TestApp::start().await;
    let item = app.register(&crate::support::samples::owned_bicycle("WBK123457A")).await;
    let owner = Browser::sign_in(&app, "owner@replevin.example", PASSWORD).await;
    let part = |name: &str, value: &str| format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let ask = async |body: String| {
        let request = owner.client.request(Method::POST, &format!("/items/{item}/photos"));
        let request = request
            .header(COOKIE, &owner.cookie)
            .header("content-type", "multipart/form-data; boundary=x");
        owner
            .client
            .send(request.body(format!("{body}--x--\r\n")))
            .await
            .status
            .as_u16()
    };
    assert_eq!(ask(part("csrf", &owner.csrf)).await, 422, "no photo was chosen");
    assert_eq!(ask(part("other", "1") + &part("csrf", &owner.csrf)).await, 403);
    assert_eq!(ask(part("csrf", &"a".repeat(17 << 10))).await, 413);
    assert_eq!(
        ask(part("csrf", &owner.csrf) + &part("other", &"a".repeat(17 << 10))).await,
        413
    );
}

#[tokio::test]
async fn guessing_passwords_is_slowed() {
    let app = TestApp::start().await;
    let last = app.last_entry();
    let mut statuses = BTreeSet::new();
    let mut answer = String::new();
    for _ in 0..12 {
        let body = "name=owner%40replevin.example&password=not+the+right+one";
        let refused = app
            .anonymous()
            .send_bytes(Method::POST, "/sign-in", "application/x-www-form-urlencoded", body)
            .await;
        statuses.insert(refused.status.as_u16());
        answer = refused.text();
    }
    assert!(!statuses.contains(&303), "signed in with a wrong password");
    assert!(answer.contains("minutes"), "the twelfth try is not slowed");
    let right = format!("name=owner%40replevin.example&password={}", PASSWORD.replace(' ', "+"));
    let right = app
        .anonymous()
        .send_bytes(Method::POST, "/sign-in", "application/x-www-form-urlencoded", right)
        .await;
    assert_ne!(right.status, 303, "the right password works while guessing is stopped");
    assert!(
        app.actions_since(last)
            .iter()
            .filter(|action| *action == "sign_in_refused")
            .count()
            >= 8
    );
}

/// Every session's end was so many minutes ago.
fn sessions_end(app: &TestApp) {
    let database = rusqlite::Connection::open(app.data().join("replevin.sqlite")).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let ended = (chrono::Utc::now() - chrono::TimeDelta::minutes(1)).timestamp_micros();
    assert!(database.execute("UPDATE sessions SET expires_at = ?1", [ended]).unwrap() > 0);
}

#[tokio::test]
async fn what_was_typed_outlives_the_session_for_whoever_typed_it() {
    const TYPED: &str = "The dent under the pedal is the one of the photo.";
    let app = TestApp::start().await;
    let report = app.open_cases(1).await.remove(0).report;
    let address = format!("/reports/{report}/comments");
    let officer = Browser::sign_in(&app, "officer@replevin.example", PASSWORD).await;
    sessions_end(&app);
    let forged = Browser {
        csrf: "forged".to_owned(),
        cookie: officer.cookie.clone(),
        client: app.anonymous(),
    };
    let sent_away = forged.post(&address, &[("comment", TYPED)]).await.expect(303);
    assert_eq!(sent_away.header("location"), "/sign-in", "a form that is not ours is kept");
    let pressed = officer.post(&format!("/reports/{report}/take"), &[]).await.expect(303);
    assert_eq!(pressed.header("location"), "/sign-in", "nothing was typed");
    let late = officer
        .post(&address, &[("comment", TYPED), ("password", PASSWORD)])
        .await
        .expect(303);
    assert_eq!(late.header("location"), "/sign-in?next=/held-form&ended=yes");
    let told = officer.get(late.header("location")).await.expect(200).text();
    assert!(
        told.contains("what you typed is kept for you") && !told.contains(TYPED),
        "{told}"
    );

    let colleague = Browser::sign_in(&app, "other-officer@replevin.example", PASSWORD).await;
    let theirs = colleague.get("/held-form").await.expect(200).text();
    assert!(
        theirs.contains("Nothing is kept for you") && !theirs.contains(TYPED),
        "{theirs}"
    );
    let again = Browser::sign_in(&app, "officer@replevin.example", PASSWORD).await;
    let page = again.get("/held-form").await.expect(200).text();
    assert!(
        page.contains(TYPED) && page.contains(&format!("action=\"{address}\"")),
        "{page}"
    );
    assert!(!page.contains(PASSWORD), "a password is kept: {page}");
    assert!(!app.report_page(&report).await.contains(TYPED), "it was sent unasked");
    again.post(&address, &[("comment", TYPED)]).await.expect(303);
    assert!(app.report_page(&report).await.contains(TYPED));
}
