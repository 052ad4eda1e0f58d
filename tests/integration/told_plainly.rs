//! What the pages tell police, supervisors and the control body in so many words: what a partner does not know, which photos were
//! shown, what became of photos that cannot be fetched, what a word given has done.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::{PARTNER, PASSWORD};
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};
use crate::support::walk::CASE;

/// The ids of everything that the log's case filter finds, and how often each act stands there.
async fn of_case(app: &TestApp) -> Vec<Value> {
    let auditor = app.with(&app.people.auditor);
    let page = auditor.get(&format!("/api/v1/audit/entries?limit=200&case={CASE}")).await;
    page.expect(200).json()["entries"].as_array().unwrap().clone()
}

fn acts(entries: &[Value], action: &str) -> usize {
    entries.iter().filter(|entry| entry["action"] == action).count()
}

#[tokio::test]
async fn what_was_entered_after_the_partner_put_the_listing_up_is_marked() {
    let app = TestApp::start().await;
    let item = app.stolen(&owned_bicycle(&frame_number(0))).await;
    let mut listing = bicycle("L-0", &frame_number(0));
    listing["posted_at"] = json!(Utc::now() - TimeDelta::hours(10));
    app.push(&[listing]).await;
    app.settle().await;
    let report = app.first_report().await;
    let page = app.report_page(&report).await;
    assert!(page.contains("after the listing was put up"), "{page}");
    let record = app.report_record(&report).await;
    assert_eq!(record["item"]["id"], item.as_str());
    let registered = &record["item"]["changes"][0];
    assert_eq!(registered["after_listing"], true, "{record:#}");
    // The victim registered within three days of the theft: that is said, and not as a warning.
    assert_eq!(
        (&registered["entered"], app.queue().await[0]["entered"].as_str()),
        (&json!("promptly"), Some("promptly"))
    );
    assert!(
        page.contains("as victims do") && !page.contains("cannot be counted as proof"),
        "{page}"
    );
    let officer = app.sign_in("officer").await;
    let queue = officer.get("/queue").await.expect(200).text();
    assert!(
        queue.contains("Registered after the listing, soon after the theft"),
        "{queue}"
    );
}

#[tokio::test]
async fn a_late_entry_is_told_wherever_somebody_is_about_to_rely_on_it() {
    let app = TestApp::start().await;
    app.open_cases(1).await;
    let report = app.first_report().await;
    // As if the listing had come nine days before the item was registered, and the theft a day before that.
    let database = rusqlite::Connection::open(app.data().join("replevin.sqlite")).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let day = 86_400_000_000_i64;
    database
        .execute("UPDATE listings SET received_at = received_at - ?1", [9 * day])
        .unwrap();
    database
        .execute(
            "UPDATE theft_reports SET from_at = from_at - ?1, to_at = to_at - ?1",
            [10 * day],
        )
        .unwrap();
    drop(database);
    let officer = app.sign_in("officer").await;
    let queue = officer.get("/queue").await.expect(200).text();
    assert!(queue.contains("Entered after the listing"), "{queue}");
    assert_eq!(app.queue().await[0]["entered"], "late");
    let said = "wholly or in part after the listing was put up, which cannot be counted as proof";
    app.step(&report, "take", &json!({})).await;
    let decision = [
        ("decision", "confirmed"),
        ("confirmed_reasons", "same_number"),
        ("reason", "as seen"),
    ];
    let check = officer
        .send(&format!("/reports/{report}/decision"), &decision)
        .await
        .expect(200)
        .text();
    assert!(check.contains(said), "{check}");
    app.step(&report, "review", &json!({"decision": "confirmed", "reason": "as seen"}))
        .await;
    let asking = [("fields", "name"), ("case", CASE), ("reason", "to find out who sells it")];
    let check = officer
        .send(&format!("/reports/{report}/disclosure"), &asking)
        .await
        .expect(200)
        .text();
    assert!(check.contains(said), "{check}");
}

#[tokio::test]
async fn each_number_has_the_verdict_of_its_grammar() {
    let app = TestApp::start().await;
    let phone = |number: &str| {
        let identifiers = json!([{"kind": "imei", "value": "490154203237518"}, {"kind": "serial", "value": number}]);
        json!({"title": "Mobiltelefon", "category": "phones", "identifiers": identifiers})
    };
    app.stolen(&phone("GZ7710345")).await;
    let mut listing = phone("GZ7710345");
    listing["id"] = json!("P-1");
    app.push(&[listing]).await;
    app.settle().await;
    let report = app.first_report().await;
    let page = app.report_page(&report).await;
    for said in ["; check digit right", "; form fits, there is no check digit"] {
        assert_eq!(page.matches(said).count(), 2, "{said} on both sides: {page}");
    }
}

#[tokio::test]
async fn the_answer_names_what_the_partner_does_not_know() {
    let app = TestApp::start().await;
    let case = app.open_cases(1).await.remove(0);
    app.decide(&case.report, "confirmed").await;
    let path = format!("/api/v1/reports/{}/disclosure-requests", case.report);
    let asked = app
        .officer_on_case()
        .post(&path, &json!({"fields": ["name", "address", "email"]}))
        .await;
    let request = asked.expect(201).id();

    let supervisor = app.sign_in("supervisor").await;
    let approval = format!("/approvals/{request}");
    let approved = supervisor
        .send(
            &approval,
            &[("decision", "approve"), ("step", "send"), ("password", PASSWORD)],
        )
        .await
        .expect(303);
    let told = supervisor.get(approved.header("location")).await.expect(200).text();
    assert!(
        told.contains("It is now with Nordlys Auktioner, whose answer is due"),
        "{told}"
    );

    let answer = format!("/api/v1/partners/{PARTNER}/disclosure-requests/{request}/answer");
    let known = json!({"identity": {"name": "Ib Seller", "address": null, "email": null}});
    app.partner().post(&answer, &known).await.expect(200);
    let officer = app.sign_in("officer").await;
    let page = officer.get(&format!("/disclosures/{request}")).await.expect(200).text();
    assert!(
        page.contains(&format!("name=\"case\" type=\"text\" autocomplete=\"off\" value=\"{CASE}\"")),
        "{page}"
    );
    let stated = [("case", CASE), ("reason", "Summon the seller."), ("password", PASSWORD)];
    let identity = officer
        .send(&format!("/disclosures/{request}/identity"), &stated)
        .await
        .expect(200)
        .text();
    assert!(identity.contains("Ib Seller"), "{identity}");
    assert_eq!(identity.matches("not known to the partner").count(), 2, "{identity}");
    let record = app
        .officer_on_case()
        .get(&format!("/api/v1/disclosure-requests/{request}/identity"))
        .await;
    assert_eq!(record.expect(200).json()["not_known"], json!(["address", "email"]));

    let entries = of_case(&app).await;
    for action in [
        "theft_verified",
        "report_confirmed",
        "disclosure_requested",
        "disclosure_approved",
        "disclosure_answered",
    ] {
        assert_eq!(acts(&entries, action), 1, "{action} in {entries:#?}");
    }
    assert_eq!(acts(&entries, "identity_opened"), 2);
    let reasons = |action: &str| {
        let of_action = entries.iter().filter(|entry| entry["action"] == action);
        of_action.map(|entry| entry["purpose"]["reason"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        reasons("disclosure_approved"),
        [Value::Null],
        "the officer's reason on the supervisor's entry"
    );
    assert_eq!(
        reasons("disclosure_answered"),
        [Value::Null],
        "the officer's reason on the partner's entry"
    );
}

#[tokio::test]
async fn a_page_and_its_photos_are_one_look_that_names_them() {
    let app = TestApp::start().await;
    let item = app.register(&owned_bicycle(&frame_number(0))).await;
    app.put_item_photo(&item, 1, picture("i-001-1.jpg")).await;
    let theft = app.report_theft(&[&item]).await;
    app.verify_theft(&theft).await;
    app.push(&[bicycle("L-0", &frame_number(0))]).await;
    app.settle().await;
    let report = app.first_report().await;
    for (name, page, act) in [
        ("officer", format!("/reports/{report}"), "report_consulted"),
        ("other-officer", format!("/theft-reports/{theft}"), "theft_report_consulted"),
    ] {
        let session = app.sign_in(name).await;
        let last = app.last_entry();
        let text = session.get(&page).await.expect(200).text();
        let (_, photo) = text.split_once("src=\"/photos/").unwrap();
        let photo = &photo[..64];
        session.get(&format!("/photos/{photo}?size=small")).await.expect(200);
        session.get(&format!("/photos/{photo}")).await.expect(200);
        assert_eq!(app.actions_since(last), [act], "{page}");
        let detail: String = app
            .database()
            .query_row("SELECT detail FROM audit_entries ORDER BY number DESC LIMIT 1", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(serde_json::from_str::<Value>(&detail).unwrap(), json!({"photos": [photo]}));
        // Whoever has not opened the page leaves an entry by the photo alone.
        let supervisor = app.sign_in("supervisor").await;
        let last = app.last_entry();
        supervisor.get(&format!("/photos/{photo}")).await.expect(200);
        assert_eq!(app.actions_since(last).len(), 1);
    }
}

#[tokio::test]
async fn a_photo_that_cannot_be_fetched_is_told_to_police_and_partner() {
    let app = TestApp::start().await;
    app.stolen(&owned_bicycle(&frame_number(0))).await;
    let mut listing = bicycle("L-0", &frame_number(0));
    listing["photos"] = json!(["http://127.0.0.1:9/bicycle.jpg"]);
    app.push(&[listing]).await;
    app.settle().await;
    let report = app.first_report().await;
    let page = app.report_page(&report).await;
    assert!(
        page.contains("Photo 1 could not be fetched from 127.0.0.1 and is given up:"),
        "{page}"
    );
    let path = format!("/api/v1/partners/{PARTNER}/listings/L-0");
    let photo = &app.partner().get(&path).await.expect(200).json()["photos"][0];
    assert_eq!(photo["state"], "failed", "{photo}");
    assert!(photo["error"].as_str().is_some_and(|error| !error.is_empty()), "{photo}");
}

#[tokio::test]
async fn times_are_told_by_the_forces_clock() {
    let app = TestApp::start_with("time_zone = \"Europe/Copenhagen\"").await;
    app.open_cases(1).await;
    let report = app.first_report().await;
    let record = app.report_record(&report).await;
    let raised: chrono::DateTime<Utc> = record["raised_at"].as_str().unwrap().parse().unwrap();
    let there = raised.with_timezone(&chrono_tz::Europe::Copenhagen);
    let (told, machine) = (
        there.format("%-d %b %Y, %H:%M %Z").to_string(),
        raised.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    );
    assert!(told.ends_with("CET") || told.ends_with("CEST"), "{told}");
    let page = app.report_page(&report).await;
    assert!(
        page.contains(&format!("<time datetime=\"{machine}\">{told}</time>")),
        "{told}: {page}"
    );
    assert!(!page.contains(" UTC"), "{page}");
    let log = app.sign_in("auditor").await.get("/audit").await.expect(200).text();
    assert!(log.contains(" CE") && !log.contains(" UTC"), "{log}");
}
