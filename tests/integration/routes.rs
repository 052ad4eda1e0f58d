//! Every route × every role: who may, who may not, and what the log says of it. A route without a row fails.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::support::people::PARTNER;
use crate::support::receiver::Receiver;
use crate::support::samples::picture;
use crate::support::walk::{CASE, DRAWN_ALWAYS, REASON};
use crate::support::{Answer, Client, TestApp};

mod described;
mod rows;
mod saved;
mod telling;

/// Whoever may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anonymous,
    Owner,
    OtherOwner,
    Partner,
    /// Systems of the partner's whose tokens have this scope alone.
    ForListings,
    ForChecks,
    ForRequests,
    PartnerPerson,
    /// One whose letter has expired.
    OtherPartner,
    /// One with a letter of its own in force: what it is refused, it is refused because it is not its own.
    Stranger,
    Officer,
    OtherOfficer,
    Supervisor,
    Auditor,
    Administrator,
}

use Who::{
    Anonymous, Auditor, ForChecks, ForListings, ForRequests, Officer, OtherOfficer, OtherOwner, Owner, Partner, PartnerPerson,
    Stranger, Supervisor,
};

const EVERYBODY: [Who; 15] = [
    Anonymous,
    Owner,
    OtherOwner,
    Partner,
    ForListings,
    ForChecks,
    ForRequests,
    PartnerPerson,
    Who::OtherPartner,
    Stranger,
    Officer,
    OtherOfficer,
    Supervisor,
    Auditor,
    Who::Administrator,
];
const OWNERS: &[Who] = &[Owner, OtherOwner];
const THE_OWNER: &[Who] = &[Owner];
/// For listings and what belongs to them, for what police ask, and for people alone.
const PARTNERS: &[Who] = &[Partner, ForListings, PartnerPerson];
const ASKED_PARTNERS: &[Who] = &[Partner, ForRequests, PartnerPerson];
const PARTNER_PEOPLE: &[Who] = &[PartnerPerson];
const WHO_CHECKS: &[Who] = &[Partner, ForChecks, PartnerPerson, Stranger, Officer, OtherOfficer, Supervisor];
const POLICE: &[Who] = &[Officer, OtherOfficer, Supervisor];

/// How the log says that somebody was refused.
const REFUSALS: [&str; 3] = ["access_refused", "disclosure_gate_refused", "push_refused"];

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
        path: format!("/api/v1{route}")
            .replace("{partner}", PARTNER)
            .replace("{feed}", "lots")
            .replace("{id}", id),
        body,
        allowed,
        logged,
    }
}

impl Who {
    /// The scope that a system of the partner's lacks for what another of its systems may do.
    fn lacks(self, row: &Row) -> Option<&'static str> {
        let scoped = [
            (ForListings, "`listings`"),
            (ForChecks, "`checks`"),
            (ForRequests, "`requests`"),
        ];
        let is_scoped = scoped.iter().any(|(who, _)| *who == self);
        let needed = scoped.iter().find(|(who, _)| row.allowed.contains(who));
        needed.filter(|_| is_scoped).map(|(_, word)| *word)
    }

    fn client(self, app: &TestApp) -> Client {
        let people = &app.people;
        let token = match self {
            Self::Anonymous => return app.anonymous().stating(CASE, REASON),
            Self::Owner => &people.owner,
            Self::OtherOwner => &people.other_owner,
            Self::Partner => &people.partner,
            Self::ForListings => &people.scoped[0],
            Self::ForChecks => &people.scoped[1],
            Self::ForRequests => &people.scoped[2],
            Self::PartnerPerson => &people.partner_person,
            Self::OtherPartner => &people.expired_partner,
            Self::Stranger => &people.stranger,
            Self::Officer => &people.officer,
            Self::OtherOfficer => &people.other_officer,
            Self::Supervisor => &people.supervisor,
            Self::Auditor => &people.auditor,
            Self::Administrator => &people.administrator,
        };
        app.with(token).stating(CASE, REASON)
    }
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
    let receiver = Receiver::start();
    let app = TestApp::start_with(&format!("{DRAWN_ALWAYS}\n{}", receiver.settings())).await;
    let mut rows = rows::of(&app).await;
    rows.extend(telling::of(&app, &receiver).await);
    rows.extend(telling::of_quarantine());
    rows.extend(telling::of_tokens(&app).await);
    rows.extend(saved::of(&app).await);
    let description = app.anonymous().get("/api/openapi.json").await.expect(200).json();
    described_and_listed_are_the_same(&description, &rows);
    let mut faults = described::faults_of_problems(&description, &rows);
    for row in &rows {
        let name = format!("{} {}", row.method, row.route);
        for who in EVERYBODY.iter().filter(|who| !row.allowed.contains(who)) {
            let last = app.last_entry();
            let answer = ask(&app, row, *who).await;
            faults.extend(described::fault(&description, row, &answer));
            let expected: &[u16] = if *who == Anonymous { &[401] } else { &[403, 404] };
            if let Some(lacking) = who.lacks(row)
                && !(answer.text().contains("\"scope\"") && answer.text().contains(lacking))
            {
                faults.push(format!(
                    "{name}: {who:?} is not told that {lacking} is lacking: {}",
                    answer.text()
                ));
            }
            if !expected.contains(&answer.status.as_u16()) {
                faults.push(format!(
                    "{name}: {who:?} must be refused, got {} {}",
                    answer.status,
                    answer.text()
                ));
            }
            if *who == Stranger && answer.json()["type"] == "letter_gate" {
                faults.push(format!(
                    "{name}: the stranger has a letter, and is told that it has none: {}",
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
            faults.extend(described::fault(&description, row, &answer));
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
fn described_and_listed_are_the_same(description: &Value, rows: &[Row]) {
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
