//! Every web page × every role: who may open it, who is sent to sign in, who is refused; and forms that did not come from our own
//! pages. A route in the sources without a row here fails.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use reqwest::Method;
use reqwest::header::COOKIE;

use crate::support::people::PASSWORD;
use crate::support::{Answer, Client, TestApp};

/// The accounts of the tests by the first part of their address, one a role.
const ROLES: [&str; 6] = ["owner", "partner", "officer", "supervisor", "auditor", "admin"];
const OWNER: &[&str] = &["owner"];
const POLICE: &[&str] = &["officer", "supervisor"];
const SIGNED_IN: &[&str] = &ROLES;

/// Pages that need no sign-in.
const PUBLIC: [&str; 4] = ["/", "/sign-in", "/sign-up", "/static/{*path}"];

/// All others, and who may open them.
const PAGES: &[(&str, &[&str])] = &[
    ("/sign-out", SIGNED_IN),
    ("/photos/{sha256}", SIGNED_IN),
    ("/items", OWNER),
    ("/items/new", OWNER),
    ("/items/new/numbers", OWNER),
    ("/items/new/details", OWNER),
    ("/items/new/check", OWNER),
    ("/items/new/discard", OWNER),
    ("/items/{id}", OWNER),
    ("/items/{id}/change", OWNER),
    ("/items/{id}/photos", OWNER),
    ("/items/{id}/recovered", OWNER),
    ("/items/{id}/withdrawn", OWNER),
    ("/report-theft", OWNER),
    ("/report-theft/when", OWNER),
    ("/report-theft/where", OWNER),
    ("/report-theft/check", OWNER),
    ("/report-theft/done", OWNER),
    ("/questions", OWNER),
    ("/questions/{id}", OWNER),
    ("/questions/{id}/answer", OWNER),
    ("/my-data", OWNER),
    ("/my-data/export", OWNER),
    ("/my-data/erase", OWNER),
    ("/queue", POLICE),
    ("/reports/{id}", POLICE),
    ("/reports/{id}/take", POLICE),
    ("/reports/{id}/release", POLICE),
    ("/reports/{id}/decision", POLICE),
    ("/reports/{id}/reopen", POLICE),
    ("/reports/{id}/close", POLICE),
    ("/reports/{id}/disclosure", POLICE),
    ("/disclosures", POLICE),
    ("/disclosures/{id}", POLICE),
    ("/disclosures/{id}/identity", POLICE),
    ("/theft-reports", POLICE),
    ("/theft-reports/{id}", POLICE),
    ("/theft-reports/{id}/verification", POLICE),
    ("/theft-reports/{id}/contact", POLICE),
    ("/approvals", &["supervisor"]),
    ("/approvals/{id}", &["supervisor"]),
    ("/deliveries", &["partner"]),
    ("/deliveries/{id}", &["partner"]),
    ("/letter", &["partner"]),
    ("/requests", &["partner"]),
    ("/requests/{id}", &["partner"]),
    ("/requests/{id}/answer", &["partner"]),
    ("/accounts", &["admin"]),
    ("/accounts/new", &["admin"]),
    ("/accounts/{id}", &["admin"]),
    ("/accounts/{id}/enabled", &["admin"]),
    ("/accounts/{id}/password", &["admin"]),
    ("/partners", &["admin"]),
    ("/partners/new", &["admin"]),
    ("/partners/{id}", &["admin"]),
    ("/partners/{id}/letters/new", &["admin"]),
    ("/partners/{id}/letters/{letter}/revoked", &["admin"]),
    ("/partners/{id}/tokens", &["admin"]),
    ("/partners/{id}/tokens/{token}/revoked", &["admin"]),
    ("/audit", &["auditor"]),
    ("/audit/verify", &["auditor"]),
    ("/audit/{number}", &["auditor"]),
];

/// Forms with files end so.
const MULTIPART: [&str; 2] = ["/photos", "/letters/new"];

/// Somebody who is signed in.
struct Session {
    role: &'static str,
    client: Client,
    cookie: String,
    /// The token of this session's forms.
    csrf: String,
}

async fn sign_in(app: &TestApp, role: &'static str) -> Session {
    let client = app.anonymous();
    let form = [
        ("name", format!("{role}@replevin.example")),
        ("password", PASSWORD.to_owned()),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let signed_in = client
        .send_bytes(Method::POST, "/sign-in", "application/x-www-form-urlencoded", body)
        .await
        .expect(303);
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let mut session = Session {
        role,
        client,
        cookie,
        csrf: String::new(),
    };
    let home = session.ask(Method::GET, signed_in.header("location"), None).await.text();
    if let Some((_, token)) = home.split_once("name=\"csrf\" value=\"") {
        session.csrf = token.split_once('"').unwrap().0.to_owned();
    }
    session
}

impl Session {
    async fn ask(&self, method: Method, path: &str, csrf: Option<&str>) -> Answer {
        let mut request = self.client.request(method.clone(), path).header(COOKIE, &self.cookie);
        if method == Method::POST && MULTIPART.iter().any(|end| path.ends_with(end)) {
            let token = csrf.unwrap_or_default();
            let body = format!("--x\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--x--\r\n");
            request = request.header("content-type", "multipart/form-data; boundary=x").body(body);
        } else if method == Method::POST {
            let body = csrf.map(|token| format!("csrf={token}")).unwrap_or_default();
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        self.client.send(request).await
    }
}

/// The routes that the sources of the pages name.
fn routes_in_sources() -> BTreeSet<String> {
    let http = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut files: Vec<PathBuf> = vec![http.join("static_files.rs")];
    let mut folders = vec![http.join("web")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut routes = BTreeSet::new();
    for file in files {
        let text: String = std::fs::read_to_string(file).unwrap().split_whitespace().collect();
        for (at, opening) in text.match_indices(".route(") {
            let argument = text[at + opening.len()..].split(',').next().unwrap();
            let route = argument
                .strip_prefix('"')
                .map_or_else(|| constant(&text, argument), |route| route.trim_end_matches('"'));
            routes.insert(route.to_owned());
        }
    }
    routes
}

/// The text of a constant in a file without white space.
fn constant<'a>(text: &'a str, name: &str) -> &'a str {
    let value = text
        .split_once(&format!("const{name}:&str=\""))
        .unwrap_or_else(|| panic!("{name} is no text of its file"))
        .1;
    value.split('"').next().unwrap()
}

/// A route with ids that nothing has.
fn address(route: &str) -> String {
    let id = "01900000-0000-7000-8000-000000000000";
    let mut address = route.to_owned();
    while let (Some(start), Some(end)) = (address.find('{'), address.find('}')) {
        let value = if &address[start..=end] == "{sha256}" {
            "ab".repeat(32)
        } else {
            id.to_owned()
        };
        address.replace_range(start..=end, &value);
    }
    address
}

#[test]
fn every_page_has_a_row() {
    let listed: BTreeSet<String> = PUBLIC
        .iter()
        .chain(PAGES.iter().map(|(route, _)| route))
        .map(ToString::to_string)
        .collect();
    assert_eq!(listed, routes_in_sources());
}

#[tokio::test]
async fn every_page_opens_for_whom_it_should_and_nobody_else() {
    let app = TestApp::start().await;
    let mut faults = Vec::new();
    let mut sessions = Vec::new();
    for role in ROLES {
        sessions.push(sign_in(&app, role).await);
    }
    for (route, allowed) in PAGES.iter().filter(|(route, _)| *route != "/sign-out") {
        let address = address(route);
        let unknown = app.anonymous().get(&address).await;
        let sent_away = unknown.status == 303 && unknown.header("location").starts_with("/sign-in");
        if !sent_away && ![404, 405].contains(&unknown.status.as_u16()) {
            faults.push(format!("{route}: nobody in particular got {}", unknown.status));
        }
        for session in &sessions {
            for method in [Method::GET, Method::POST] {
                let last = app.last_entry();
                let mut answer = session.ask(method.clone(), &address, Some(&session.csrf)).await;
                if answer.status == 303 && method == Method::GET {
                    // A page that is only posted leads back to where it is posted from.
                    answer = session.ask(Method::GET, answer.header("location"), None).await;
                }
                let status = answer.status.as_u16();
                let name = format!("{method} {route} by {}: {status}", session.role);
                if status == 405 {
                    continue;
                }
                let may = allowed.contains(&session.role);
                if status >= 500 || status == 401 || (may && status == 403) {
                    faults.push(format!("{name}: must be let in"));
                }
                if !may && ![403, 404].contains(&status) {
                    faults.push(format!("{name}: must be refused"));
                }
                if status == 403 && !app.actions_since(last).iter().any(|action| action == "access_refused") {
                    faults.push(format!("{name}: the refusal is not in the log"));
                }
                check_headers(&answer, &name, &mut faults);
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
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
    let app = TestApp::start().await;
    let mut faults = Vec::new();
    for role in ROLES {
        let session = sign_in(&app, role).await;
        for (route, _) in PAGES.iter().filter(|(_, allowed)| allowed.contains(&role)) {
            let address = address(route);
            for token in [
                None,
                Some("x"),
                Some("0000000000000000000000000000000000000000000000000000000000000000"),
            ] {
                let answer = session.ask(Method::POST, &address, token).await;
                if ![400, 403, 404, 405, 415].contains(&answer.status.as_u16()) {
                    faults.push(format!("POST {route} by {role} with token {token:?}: {}", answer.status));
                }
            }
        }
        session.ask(Method::GET, "/", None).await.expect(303);
        session.ask(Method::POST, "/sign-out", Some(&session.csrf)).await.expect(303);
        session.ask(Method::GET, "/", None).await.expect(200);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
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
