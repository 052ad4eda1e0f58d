//! Holds: asked by an officer or begun by the letter's policy, answered by the partner, extended and lifted, each told and logged.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::receiver::{Posted, Receiver};
use crate::support::{PATIENCE, TestApp};

async fn holds(app: &TestApp) -> Vec<Value> {
    let answer = app
        .partner()
        .get(&format!("/api/v1/partners/{PARTNER}/holds"))
        .await
        .expect(200)
        .json();
    answer["holds"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_hold_goes_its_way_and_the_partner_sees_deadlines_and_no_reasons() {
    let receiver = Receiver::start();
    let app = TestApp::start_with(&receiver.settings()).await;
    let events = ["hold.asked", "hold.extended", "hold.lifted", "hold.expired"];
    let body = json!({"url": receiver.url("/partner"), "events": events});
    app.partner().post("/api/v1/webhooks", &body).await.expect(201);
    let cases = app.open_cases(2).await;
    let report = cases[0].report.as_str();
    let path = format!("/api/v1/reports/{report}/holds");
    let officer = app.officer_on_case();
    // Nobody has taken the report; then no letter says how things are held.
    officer.post(&path, &json!({})).await.expect_problem(409);
    app.step(report, "take", &json!({})).await;
    officer.post(&path, &json!({})).await.expect_problem(409);
    app.set_hold_policy("asked", "release").await;
    app.officer().post(&path, &json!({})).await.expect_problem(428);
    let hold = app.ask_hold(report).await;
    officer.post(&path, &json!({})).await.expect_problem(409);

    let seen = holds(&app).await.remove(0);
    assert_eq!(
        (&seen["listing"], &seen["state"], &seen["expiry"]),
        (&json!("L-0"), &json!("asked"), &json!("release"))
    );
    let at = |field: &str| {
        seen[field]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    };
    assert_eq!((at("answer_due") - at("asked_at")).num_hours(), 24);
    assert_eq!((at("ends_at") - at("asked_at")).num_days(), 5);
    let page = app.sign_in("partner").await.get("/holds").await.expect(200).text();
    assert!(page.contains("L-0") && page.contains("Answer by"), "{page}");
    assert!(!page.contains(crate::support::walk::REASON), "the partner sees why");

    let answer = format!("/api/v1/partners/{PARTNER}/holds/{hold}/answer");
    app.partner().post(&answer, &json!({"held": false})).await.expect_problem(400);
    let held = app
        .partner()
        .post(&answer, &json!({"held": true, "note": "It is in our safe."}))
        .await;
    assert_eq!(held.expect(200).json()["state"], "held");
    app.partner().post(&answer, &json!({"held": true})).await.expect_problem(409);
    let extension = format!("/api/v1/holds/{hold}/extension");
    let reason = json!({"reason": "the court sits next week"});
    let extended = officer.post(&extension, &reason).await.expect(200).json();
    let later = extended["ends_at"]
        .as_str()
        .unwrap()
        .parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap();
    assert_eq!((later - at("ends_at")).num_days(), 3);
    officer.post(&extension, &reason).await.expect_problem(409);
    let lifted = officer.post(&format!("/api/v1/holds/{hold}/lift"), &reason).await;
    assert_eq!(lifted.expect(200).json()["state"], "lifted");
    app.settle().await;
    let told: Vec<Value> = receiver.posted_to("/partner").iter().map(Posted::json).collect();
    let kinds: Vec<&Value> = told.iter().map(|said| &said["type"]).collect();
    assert_eq!(kinds, ["hold.asked", "hold.extended", "hold.lifted"]);
    assert_eq!(told[0]["data"]["hold"], hold.as_str());
    let page = app
        .sign_in("officer")
        .await
        .get(&format!("/reports/{report}/hold"))
        .await
        .expect(200)
        .text();
    assert!(page.contains("It is in our safe.") && page.contains("1 of 1 times"), "{page}");
}

#[tokio::test]
async fn a_policy_begins_holds_by_itself() {
    let mut app = TestApp::start().await;
    app.set_hold_policy("confirmed", "keep").await;
    let cases = app.open_cases(2).await;
    app.decide(&cases[0].report, "confirmed").await;
    // The desk is looked at each minute, and when the program starts.
    app.stop();
    app.restart();
    let until = std::time::Instant::now() + PATIENCE;
    let held = loop {
        let held = holds(&app).await;
        if !held.is_empty() {
            break held;
        }
        assert!(std::time::Instant::now() < until, "no hold was begun");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!((&held[0]["listing"], &held[0]["expiry"]), (&json!("L-0"), &json!("keep")));
}

/// Endpoints of the partner and the force that are told of these.
async fn endpoints(app: &TestApp, receiver: &Receiver, of_partner: &[&str], of_force: &[&str]) {
    let body = json!({"url": receiver.url("/partner"), "events": of_partner});
    app.partner().post("/api/v1/webhooks", &body).await.expect(201);
    let body = json!({"url": receiver.url("/force"), "events": of_force});
    let administrator = app.with(&app.people.administrator);
    administrator.post("/api/v1/webhooks", &body).await.expect(201);
}

/// The words of what was told at an address, once so many came; a moment longer, so that none comes twice unseen.
async fn told(app: &TestApp, receiver: &Receiver, path: &str, count: usize) -> Vec<String> {
    let until = std::time::Instant::now() + PATIENCE;
    while receiver.posted_to(path).len() < count {
        assert!(std::time::Instant::now() < until, "{path} is not told: {}", app.log());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    app.settle().await;
    receiver
        .posted_to(path)
        .iter()
        .map(Posted::json)
        .map(|said| said["type"].as_str().unwrap().to_owned())
        .collect()
}

/// Lets so many hours pass for every hold, and the desk be looked at.
fn hours_pass(app: &mut TestApp, hours: i64) {
    app.stop();
    let database = Connection::open(app.data().join("replevin.sqlite")).unwrap();
    let sql = "UPDATE holds SET asked_at = asked_at - ?1, notice_due = notice_due - ?1, ends_at = ends_at - ?1";
    database.execute(sql, [hours * 3_600_000_000]).unwrap();
    drop(database);
    app.restart();
}

#[tokio::test]
async fn a_hold_is_lifted_with_its_case_and_the_partner_told() {
    let receiver = Receiver::start();
    let app = TestApp::start_with(&receiver.settings()).await;
    endpoints(&app, &receiver, &["hold.lifted"], &["hold.run_out"]).await;
    app.set_hold_policy("asked", "keep").await;
    let cases = app.open_cases(2).await;
    // One is dismissed, one is confirmed and then turns out not to be the item.
    app.step(&cases[0].report, "take", &json!({})).await;
    app.decide(&cases[1].report, "confirmed").await;
    app.ask_hold(&cases[0].report).await;
    app.ask_hold(&cases[1].report).await;
    let dismissal = json!({"decision": "dismissed", "reason": "another bicycle has the number"});
    app.step(&cases[0].report, "review", &dismissal).await;
    app.step(&cases[1].report, "close", &json!({"outcome": "not_the_item"})).await;
    assert!(holds(&app).await.iter().all(|hold| hold["state"] == "lifted"));
    assert_eq!(told(&app, &receiver, "/partner", 2).await, ["hold.lifted", "hold.lifted"]);
    let page = app.sign_in("partner").await.get("/holds").await.expect(200).text();
    assert!(page.contains("lifted") && !page.contains("Answer by"), "{page}");
}

#[tokio::test]
async fn silence_is_told_once_and_a_hold_that_runs_out_is_over() {
    let receiver = Receiver::start();
    let mut app = TestApp::start_with(&receiver.settings()).await;
    let events = ["hold.reminder", "hold.expired"];
    endpoints(&app, &receiver, &events, &["hold.unanswered", "hold.run_out"]).await;
    app.set_hold_policy("asked", "release").await;
    let report = app.open_cases(1).await.remove(0).report;
    app.step(&report, "take", &json!({})).await;
    app.ask_hold(&report).await;
    hours_pass(&mut app, 25);
    assert_eq!(told(&app, &receiver, "/partner", 1).await, ["hold.reminder"]);
    assert_eq!(told(&app, &receiver, "/force", 1).await, ["hold.unanswered"]);
    let partner = app.sign_in("partner").await;
    assert!(partner.get("/holds").await.expect(200).text().contains("answer overdue"));
    hours_pass(&mut app, 5 * 24);
    assert_eq!(told(&app, &receiver, "/partner", 2).await, events);
    assert_eq!(told(&app, &receiver, "/force", 1).await, ["hold.unanswered"]);
    assert_eq!(holds(&app).await[0]["state"], "expired");
}

#[tokio::test]
async fn a_hold_that_keeps_calls_the_force_and_no_letter_no_extension() {
    let receiver = Receiver::start();
    let mut app = TestApp::start_with(&receiver.settings()).await;
    endpoints(&app, &receiver, &["hold.expired"], &["hold.run_out"]).await;
    app.set_hold_policy("asked", "keep").await;
    let report = app.open_cases(1).await.remove(0).report;
    app.step(&report, "take", &json!({})).await;
    let hold = app.ask_hold(&report).await;
    let answer = format!("/api/v1/partners/{PARTNER}/holds/{hold}/answer");
    let page = app.sign_in("partner").await.get("/holds").await.expect(200).text();
    assert!(page.contains("Your answer is final"), "{page}");
    app.partner().post(&answer, &json!({"held": true})).await.expect(200);
    app.partner()
        .post(&answer, &json!({"held": false, "note": "sold"}))
        .await
        .expect_problem(409);
    hours_pass(&mut app, 6 * 24);
    assert_eq!(told(&app, &receiver, "/force", 1).await, ["hold.run_out"]);
    assert!(receiver.posted_to("/partner").is_empty(), "it may be sold");
    let officer = app.sign_in("officer").await;
    let page = format!("/reports/{report}/hold");
    assert!(officer.get(&page).await.expect(200).text().contains("Extend it"));
    let letter = app.people.letter.to_string();
    assert!(app.command("letter revoke").arg(letter).status().unwrap().success());
    let shown = officer.get(&page).await.expect(200).text();
    assert!(!shown.contains("Extend it") && shown.contains("Lift it"), "{shown}");
    let extension = format!("/api/v1/holds/{hold}/extension");
    let problem = app
        .officer()
        .post(&extension, &json!({"reason": "the court sits next week"}))
        .await
        .expect_problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("no letter"), "{problem}");
}

/// Asking stops somebody's sale: it is looked at before it goes out, and an undecided report is called that.
#[tokio::test]
async fn a_hold_is_shown_whole_before_it_goes_out() {
    let app = TestApp::start().await;
    app.set_hold_policy("confirmed", "release").await;
    let report = app.open_cases(1).await.remove(0).report;
    app.step(&report, "take", &json!({})).await;
    let officer = app.sign_in("officer").await;
    let form = format!("/reports/{report}/hold");
    let page = officer.get(&form).await.expect(200).text();
    assert!(
        page.contains("This report is not decided") && page.contains("Why it cannot wait"),
        "{page}"
    );
    let case = crate::support::walk::CASE;
    let typed = [("case", case), ("reason", "The sale ends tonight.")];
    officer.send(&form, &typed[..1]).await.expect(422);
    let check = officer.send(&form, &typed).await.expect(200).text();
    for told in [
        "Check before it goes to the partner",
        "nobody has decided it",
        "This report is not decided",
        "A report is confirmed",
        "The letter’s policy begins holds by itself",
        "5 days, until",
        "it can be extended 1 time by 3 days",
        "L-0",
        "The sale ends tonight.",
        "It is told neither your reason",
    ] {
        assert!(check.contains(told), "{told} is not told: {check}");
    }
    assert!(holds(&app).await.is_empty(), "it went out without a second look");
    let back = [&typed[..], &[("step", "change")]].concat();
    assert!(
        officer
            .send(&form, &back)
            .await
            .expect(200)
            .text()
            .contains("The sale ends tonight.")
    );
    let send = [&typed[..], &[("step", "send")]].concat();
    // The same form again is told the same, and holds nothing twice.
    for _ in 0..2 {
        officer.send(&form, &send).await.expect(303);
    }
    assert_eq!(holds(&app).await.len(), 1);
    let auditor = app.with(&app.people.auditor);
    let log = auditor
        .get(&format!("/api/v1/audit/entries?case={case}"))
        .await
        .expect(200)
        .json();
    let entries = log["entries"].as_array().unwrap();
    let asked: Vec<&Value> = entries.iter().filter(|entry| entry["action"] == "hold_asked").collect();
    assert_eq!((asked.len(), &asked[0]["detail"]["undecided"]), (1, &json!(true)), "{log}");
    let other = [("case", case), ("reason", "Once more."), ("step", "send")];
    let stopped = officer.send(&form, &other).await.expect(409).text();
    assert!(stopped.contains("This listing is held already"), "{stopped}");
}

#[tokio::test]
async fn the_letters_page_shows_hold_terms_until_an_administrator_ends_them() {
    let app = TestApp::start().await;
    let partner = app.sign_in("partner").await;
    let letter = async || partner.get("/letter").await.expect(200).text();
    assert!(letter().await.contains("none can be asked under this letter"));
    app.set_hold_policy("asked", "keep").await;
    let told = letter().await;
    for term in [
        "An officer asks for it",
        "5 days",
        "24 hours",
        "by 3 days, 1 time",
        "until the police have decided",
    ] {
        assert!(told.contains(term), "{term} is not told: {told}");
    }
    let admin = app.sign_in("admin").await;
    let partner_id = app.an_id("partners WHERE slug = 'nordlys'");
    let other_id = app.an_id("partners WHERE slug <> 'nordlys'");
    let form = |partner: &str| format!("/partners/{partner}/letters/{}/hold-policy", app.people.letter);
    let end = [("go", "end"), ("step", "send")];
    admin.send(&form(&other_id), &end).await.expect(404);
    let check = admin.send(&form(&partner_id), &end[..1]).await.expect(200).text();
    assert!(check.contains("What is held stays held until its own end."), "{check}");
    assert!(!letter().await.contains("none can be asked"), "it was ended unasked");
    for _ in 0..2 {
        admin.send(&form(&partner_id), &end).await.expect(303);
    }
    assert!(letter().await.contains("none can be asked under this letter"));
}
