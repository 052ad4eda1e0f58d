//! Messages to systems outside, by the real program to a real receiver: what they say, how they are signed, what a failure leads
//! to, and the samples of the integration guide that check them.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::receiver::{Posted, Receiver};
use crate::support::samples::{fixture, frame_number};
use crate::support::{Client, PATIENCE, TestApp};

/// An endpoint's id and secret.
struct Endpoint {
    id: String,
    secret: String,
}

async fn enter(client: &Client, receiver: &Receiver, path: &str, events: &[&str]) -> Endpoint {
    let body = json!({"url": receiver.url(path), "events": events});
    let answer = client.post("/api/v1/webhooks", &body).await.expect(201).json();
    Endpoint {
        id: answer["id"].as_str().unwrap().to_owned(),
        secret: answer["secret"].as_str().unwrap().to_owned(),
    }
}

async fn messages(client: &Client) -> Vec<Value> {
    let answer = client.get("/api/v1/messages").await.expect(200).json();
    answer["messages"].as_array().unwrap().clone()
}

/// The samples, and how each is started.
const SAMPLES: [(&str, &str); 4] = [
    ("python3", "verify.py"),
    ("node", "verify.mjs"),
    ("perl", "verify.pl"),
    ("sh", "verify.sh"),
];

/// What a sample says of a message: nothing when it is genuine and new.
fn says(interpreter: &str, sample: &str, secret: &str, posted: &Posted, body: &[u8]) -> Option<String> {
    let mut child = Command::new(interpreter)
        .arg(fixture(&format!("../webhooks/{sample}")))
        .arg(secret)
        .args(["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| posted.header(name)))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (!output.status.success()).then(|| said.trim().to_owned())
}

fn installed(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

#[tokio::test]
async fn each_holder_is_told_of_its_own_and_nothing_more() {
    let receiver = Receiver::start();
    let app = TestApp::start_with(&receiver.settings()).await;
    let administrator = app.with(&app.people.administrator);
    enter(
        &administrator,
        &receiver,
        "/force",
        &["report.raised", "report.decided", "report.urgent"],
    )
    .await;
    let of_partner = [
        "disclosure.requested",
        "disclosure.recalled",
        "disclosure.reminder",
        "question.asked",
    ];
    enter(&app.partner(), &receiver, "/partner", &of_partner).await;
    enter(&app.with(&app.people.expired_partner), &receiver, "/other", &of_partner).await;

    let report = app.open_cases(1).await[0].report.clone();
    app.decide(&report, "confirmed").await;
    let request = app.ask(&report).await;
    app.approve(&request).await;
    app.step(&report, "reopen", &json!({"reason": "another bicycle has the number"}))
        .await;
    app.step(
        &report,
        "review",
        &json!({"decision": "dismissed", "reason": "the number is another one"}),
    )
    .await;
    app.settle().await;

    let told = |path: &str| -> Vec<Value> { receiver.posted_to(path).iter().map(Posted::json).collect() };
    let kinds = |told: &[Value]| -> Vec<String> { told.iter().map(|said| said["type"].as_str().unwrap().to_owned()).collect() };
    let (force, partner) = (told("/force"), told("/partner"));
    assert_eq!(kinds(&force), ["report.raised", "report.decided", "report.decided"]);
    assert_eq!(kinds(&partner), ["disclosure.requested", "disclosure.recalled"]);
    assert_eq!(told("/other"), [Value::Null; 0]);
    assert_eq!(force[0]["data"]["report"], report.as_str());
    assert_eq!(
        (&force[1]["data"]["decision"], &force[2]["data"]["decision"]),
        (&json!("confirmed"), &json!("dismissed"))
    );
    assert_eq!(partner[0]["data"]["disclosure_request"], request.as_str());
    let link = partner[0]["data"]["link"].as_str().unwrap();
    assert!(link.ends_with(&format!("/requests/{request}")), "{link}");
    // Ids, kinds and links: nothing of the item, the listing or anybody.
    for posted in receiver.posted_to("/force").iter().chain(&receiver.posted_to("/partner")) {
        let text = posted.text();
        for secret in [frame_number(0).as_str(), "Kildemoes", "L-0", "Test ", "@", "4100-", "name"] {
            assert!(!text.contains(secret), "{secret:?} is told in {text}");
        }
    }
}

#[tokio::test]
async fn the_guides_samples_believe_what_is_genuine_and_new_alone() {
    let receiver = Receiver::start();
    let app = TestApp::start_with(&receiver.settings()).await;
    let partner = app.partner();
    let endpoint = enter(&partner, &receiver, "/hook", &["question.asked"]).await;
    partner
        .post(&format!("/api/v1/webhooks/{}/trial", endpoint.id), &json!({}))
        .await
        .expect(202);
    let first = receiver.wait_for("/hook", 1).await.remove(0);
    assert_eq!(first.header("content-type"), "application/json");
    assert_eq!(first.header("accept"), "*/*", "nothing is asked of an answer");
    // The secret is replaced: for a while both sign.
    let answer = partner
        .post(&format!("/api/v1/webhooks/{}/secret", endpoint.id), &json!({}))
        .await
        .expect(200)
        .json();
    let newer = answer["secret"].as_str().unwrap();
    partner
        .post(&format!("/api/v1/webhooks/{}/trial", endpoint.id), &json!({}))
        .await
        .expect(202);
    let second = receiver.wait_for("/hook", 2).await.remove(1);
    assert_eq!(
        (
            first.header("webhook-signature").split(' ').count(),
            second.header("webhook-signature").split(' ').count()
        ),
        (1, 2)
    );

    let forged = [first.body.as_slice(), b" "].concat();
    let mut old = first.clone();
    let seconds: i64 = old.header("webhook-timestamp").parse().unwrap();
    old.headers
        .insert("webhook-timestamp".to_owned(), (seconds - 3600).to_string());
    let mut tried = 0;
    for (interpreter, sample) in SAMPLES {
        if !installed(interpreter) || (sample == "verify.sh" && !installed("openssl")) {
            eprintln!("{interpreter} is not installed: {sample} is not tried");
            continue;
        }
        tried += 1;
        let says = |secret: &str, posted: &Posted, body: &[u8]| says(interpreter, sample, secret, posted, body);
        assert_eq!(says(&endpoint.secret, &first, &first.body), None, "{sample}");
        assert_eq!(
            says(&endpoint.secret, &second, &second.body),
            None,
            "{sample}: the secret before"
        );
        assert_eq!(says(newer, &second, &second.body), None, "{sample}: the new secret");
        assert_eq!(
            says(newer, &first, &first.body).as_deref(),
            Some("no signature fits"),
            "{sample}"
        );
        assert_eq!(
            says(&endpoint.secret, &first, &forged).as_deref(),
            Some("no signature fits"),
            "{sample}"
        );
        let said = says(&endpoint.secret, &old, &old.body);
        assert!(
            said.as_deref().is_some_and(|said| said.contains("too old")),
            "{sample}: {said:?}"
        );
    }
    assert!(tried > 0, "python3, which the tests need, is missing");
}

#[tokio::test]
async fn a_failing_endpoint_is_tried_again_and_holds_nobody_up() {
    let receiver = Receiver::start();
    let mut app = TestApp::start_with(&receiver.settings()).await;
    let partner = app.partner();
    let flaky = enter(&partner, &receiver, "/flaky", &["question.asked"]).await;
    let hangs = enter(&partner, &receiver, "/hangs", &["question.asked"]).await;
    let gone = enter(&partner, &receiver, "/gone", &["question.asked"]).await;
    let moved = enter(&partner, &receiver, "/moved", &["question.asked"]).await;
    let well = enter(&partner, &receiver, "/well", &["question.asked"]).await;
    // Five are the most.
    let sixth = json!({"url": receiver.url("/sixth"), "events": ["question.asked"]});
    partner.post("/api/v1/webhooks", &sixth).await.expect_problem(409);
    for endpoint in [&hangs, &hangs, &hangs, &flaky, &gone, &moved, &well] {
        partner
            .post(&format!("/api/v1/webhooks/{}/trial", endpoint.id), &json!({}))
            .await
            .expect(202);
    }
    receiver.wait_for("/well", 1).await;
    assert!(
        receiver.posted_to("/hangs").len() <= 1,
        "the others waited for the one that hangs"
    );
    // After a crash in between the same message comes under the same id.
    let first = receiver.wait_for("/flaky", 1).await.remove(0);
    app.kill();
    app.restart();
    let second = receiver.wait_for("/flaky", 2).await.remove(1);
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    let partner = app.partner();
    let of = |all: &[Value], endpoint: &Endpoint| -> Vec<Value> {
        all.iter()
            .filter(|message| message["webhook"] == endpoint.id.as_str())
            .cloned()
            .collect()
    };
    let until = Instant::now() + PATIENCE;
    let all = loop {
        let all = messages(&partner).await;
        let is_told = of(&all, &flaky)[0]["state"] == "sent" && of(&all, &gone)[0]["state"] == "given_up";
        if is_told && of(&all, &moved)[0]["tries"][0]["status"] == 302 {
            break all;
        }
        assert!(Instant::now() < until, "{all:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(
        of(&all, &moved)[0]["state"] == "waiting" && receiver.posted_to("/ok").is_empty(),
        "a redirect was followed"
    );
    let endpoints = partner.get("/api/v1/webhooks").await.expect(200).json();
    let state = |endpoint: &Endpoint| {
        let all = endpoints["webhooks"].as_array().unwrap();
        all.iter().find(|known| known["id"] == endpoint.id.as_str()).unwrap()["state"].clone()
    };
    assert_eq!((state(&gone), state(&well)), (json!("gone"), json!("on")));
    // Sent once more, under its old id.
    let message = of(&all, &well)[0]["id"].as_str().unwrap().to_owned();
    partner
        .post(&format!("/api/v1/messages/{message}/again"), &json!({}))
        .await
        .expect(202);
    let twice = receiver.wait_for("/well", 2).await;
    assert_eq!(twice[0].header("webhook-id"), twice[1].header("webhook-id"));
    let gone_for_good = of(&all, &gone)[0]["id"].as_str().unwrap().to_owned();
    partner
        .post(&format!("/api/v1/messages/{gone_for_good}/again"), &json!({}))
        .await
        .expect_problem(409);
    for endpoint in [hangs, moved] {
        let request = partner.request(Method::DELETE, &format!("/api/v1/webhooks/{}", endpoint.id));
        partner.send(request).await.expect(204);
    }
    app.settle().await;
}

#[tokio::test]
async fn the_pages_enter_try_and_show() {
    let receiver = Receiver::start();
    let app = TestApp::start_with(&receiver.settings()).await;
    let session = app.sign_in("partner").await;
    let url = receiver.url("/page");
    let nothing = session.send("/webhooks", &[("url", &url)]).await.expect(422).text();
    assert!(nothing.contains("Name at least one event"), "{nothing}");
    let inside = session
        .send("/webhooks", &[("url", "https://10.0.0.1/"), ("events", "question.asked")])
        .await;
    assert!(inside.expect(422).text().contains("not a public address"));
    let entered = session
        .send("/webhooks", &[("url", &url), ("events", "question.asked")])
        .await
        .expect(200)
        .text();
    assert!(entered.contains("whsec_"), "{entered}");
    let list = session.get("/webhooks").await.expect(200).text();
    assert!(!list.contains("whsec_"), "the secret is shown again");
    let page = list.split("href=\"/webhooks/").nth(1).unwrap().split('"').next().unwrap();
    let page = format!("/webhooks/{page}");
    session.send(&page, &[("go", "trial")]).await.expect(303);
    receiver.wait_for("/page", 1).await;
    app.settle().await;
    let shown = session.get("/sent").await.expect(200).text();
    assert!(shown.contains("A trial") && shown.contains("204, taken"), "{shown}");
    let message = shown.split("href=\"/sent/").nth(1).unwrap().split('"').next().unwrap();
    session.send(&format!("/sent/{message}"), &[]).await.expect(303);
    receiver.wait_for("/page", 2).await;
    app.settle().await;
    // Neither the force's people nor another partner's see it.
    for other in ["admin", "other-partner"] {
        let other = app.sign_in(other).await;
        other.get(&page).await.expect(404);
        other.get(&format!("/sent/{message}")).await.expect(404);
        assert!(!other.get("/sent").await.expect(200).text().contains("A trial"));
    }
    session.send(&page, &[("go", "off")]).await.expect(303);
    session.send(&page, &[("go", "trial")]).await.expect(409);
    session.send(&page, &[("go", "remove")]).await.expect(303);
    session.get(&page).await.expect(404);
}

#[tokio::test]
async fn proof_of_ownership_is_told_to_whom_it_waits_for() {
    let receiver = Receiver::start();
    let app = TestApp::start_with(&receiver.settings()).await;
    let administrator = app.with(&app.people.administrator);
    enter(&administrator, &receiver, "/force", &["proof.answered"]).await;
    enter(&app.partner(), &receiver, "/partner", &["proof.asked", "proof.taken_back"]).await;
    let cases = app.open_cases(2).await;
    let proof = app.ask_for_proof(&cases[0].report).await;
    let path = format!("/api/v1/partners/{PARTNER}/proof-requests/{proof}/answer");
    let answer = json!({"shown": true, "text": "A receipt of 2019."});
    app.partner().post(&path, &answer).await.expect(200);
    let other = app.ask_for_proof(&cases[1].report).await;
    let dismissed = json!({"decision": "dismissed", "reason": "the number is another one"});
    app.step(&cases[1].report, "review", &dismissed).await;
    app.settle().await;
    let told = |path: &str| -> Vec<(Value, Value)> {
        let told = receiver.posted_to(path).iter().map(Posted::json).collect::<Vec<_>>();
        told.into_iter()
            .map(|said| (said["type"].clone(), said["data"].clone()))
            .collect()
    };
    let partner = told("/partner");
    let kinds: Vec<&Value> = partner.iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["proof.asked", "proof.asked", "proof.taken_back"]);
    assert_eq!(
        (&partner[0].1["proof"], &partner[1].1["proof"]),
        (&json!(proof), &json!(other))
    );
    assert!(partner.iter().all(|(_, data)| data.get("report").is_none()), "{partner:?}");
    let force = told("/force");
    assert_eq!(
        (force.len(), &force[0].1["report"]),
        (1, &json!(cases[0].report)),
        "{force:?}"
    );
}

#[tokio::test]
async fn an_event_that_does_not_exist_is_named_beside_those_that_do() {
    let app = TestApp::start().await;
    let body = json!({"url": "https://hooks.example/replevin", "events": ["hold.asked", "lots.sold"]});
    let refused = app.partner().post("/api/v1/webhooks", &body).await.expect_problem(400);
    let fault = &refused["errors"][0];
    assert_eq!(fault["field"], "events[1]");
    let reason = fault["reason"].as_str().unwrap();
    assert!(
        reason.contains("`lots.sold`") && reason.contains("proof.taken_back"),
        "{reason}"
    );
    for hidden in ["report.raised", "digest", "line", "column"] {
        assert!(!reason.contains(hidden), "{reason}");
    }
    let nowhere = json!({"url": "hooks", "events": ["hold.asked"]});
    let refused = app.partner().post("/api/v1/webhooks", &nowhere).await.expect_problem(400);
    assert!(!refused.to_string().contains("relative URL"), "{refused}");
}
