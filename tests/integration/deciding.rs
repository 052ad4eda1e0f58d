//! Deciding a report on its page: what a decision rests on, asking for more, comments, other officers, keys; and the set that a
//! report belongs to.

use serde_json::json;

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};
use crate::support::walk::CASE;

#[tokio::test]
async fn a_decision_rests_on_reasons_that_can_be_counted() {
    let app = TestApp::start().await;
    let case = app.open_cases(1).await.remove(0);
    let officer = app.sign_in("officer").await;
    let address = format!("/reports/{}", case.report);
    officer.send(&format!("{address}/take"), &[]).await.expect(303);
    let decide = format!("{address}/decision");
    let words = ("reason", "The number is engraved under the saddle.");
    let without = officer.send(&decide, &[("decision", "confirmed"), words]).await;
    assert!(without.text().contains("Choose what it rests on."), "{}", without.status);
    // Reasons of the other decision count for nothing.
    let other = [
        ("decision", "confirmed"),
        ("dismissed_reasons", "too_little"),
        words,
        ("step", "send"),
    ];
    assert!(
        officer
            .send(&decide, &other)
            .await
            .text()
            .contains("Choose what it rests on.")
    );
    let fields = [
        ("decision", "confirmed"),
        ("confirmed_reasons", "same_number"),
        ("confirmed_reasons", "same_marks"),
        words,
    ];
    let check = officer.send(&decide, &fields).await.expect(200).text();
    assert!(
        check.contains("the number is the registered one; a mark or damage is the item’s own"),
        "{check}"
    );
    officer
        .send(&decide, &[&fields[..], &[("step", "send")][..]].concat())
        .await
        .expect(303);
    let record = app.officer().get(&format!("/api/v1{address}")).await.expect(200).json();
    assert_eq!(record["reasons"], json!(["same_number", "same_marks"]), "{record:#}");
    let page = officer.get(&address).await.expect(200).text();
    assert!(
        page.contains("The number is the registered one; a mark or damage is the item’s own. The number is engraved"),
        "{page}"
    );
    let mixed = json!({"decision": "dismissed", "reasons": ["same_number"], "reason": "another one"});
    app.step(&case.report, "reopen", &json!({"reason": "once more"})).await;
    let refused = app.officer_on_case().post(&format!("/api/v1{address}/review"), &mixed).await;
    refused.expect_problem(400);
}

#[tokio::test]
async fn who_needs_more_asks_owner_or_partner_and_is_answered_here() {
    let app = TestApp::start().await;
    let case = app.open_cases(1).await.remove(0);
    let address = format!("/reports/{}", case.report);
    let officer = app.sign_in("officer").await;
    let ask = async |to: &'static str, question: &'static str| {
        let fields = [("to", to), ("question", question), ("step", "send")];
        officer.send(&format!("{address}/questions"), &fields).await
    };
    ask("owner", "Is there a dent?").await.expect(409);
    officer.send(&format!("{address}/take"), &[]).await.expect(303);
    let last = app.last_entry();
    ask("owner", "Is there a dent under the pedal?").await.expect(303);
    ask("partner", "Does the seller have more bicycles?").await.expect(303);
    assert_eq!(app.actions_since(last), ["report_question_asked"; 2]);

    let (owner, partner) = (app.sign_in("owner").await, app.sign_in("partner").await);
    for (session, own, others, answer) in [
        (
            &owner,
            "Is there a dent under the pedal?",
            "Does the seller",
            "Yes, a small one.",
        ),
        (
            &partner,
            "Does the seller have more bicycles?",
            "Is there a dent",
            "Two more, ended.",
        ),
    ] {
        let page = session.get("/police-questions").await.expect(200).text();
        assert!(page.contains(own) && !page.contains(others), "{page}");
        for hidden in [CASE, "SR-1", "probab"] {
            assert!(!page.contains(hidden), "{} sees {hidden}", session.name);
        }
        let (_, id) = page.split_once("action=\"/police-questions/").unwrap();
        let form = format!("/police-questions/{}", &id[..36]);
        assert!(session.send(&form, &[("answer", "")]).await.text().contains("Answer in 3"));
        for stranger in ["other-owner", "other-partner"] {
            app.sign_in(stranger)
                .await
                .send(&form, &[("answer", "What is this?")])
                .await
                .expect(404);
        }
        session.send(&form, &[("answer", answer)]).await.expect(303);
        session.send(&form, &[("answer", "Something else.")]).await.expect(303);
        let page = session.get("/police-questions").await.expect(200).text();
        assert!(page.contains(answer) && !page.contains("Something else."), "{page}");
        let report = officer.get(&address).await.expect(200).text();
        assert!(report.contains(answer), "{report}");
    }
    let entries = app.with(&app.people.auditor);
    let entries = entries
        .get(&format!("/api/v1/audit/entries?case={CASE}"))
        .await
        .expect(200)
        .text();
    assert!(entries.contains("report_question_asked"), "{entries}");
}

#[tokio::test]
async fn a_partners_system_reads_and_answers_what_officers_ask() {
    let app = TestApp::start().await;
    let case = app.open_cases(1).await.remove(0);
    app.step(&case.report, "take", &json!({})).await;
    let ask = async |to: &str, question: &str| {
        let path = format!("/api/v1/reports/{}/questions", case.report);
        let body = json!({"to": to, "question": question});
        app.officer().post(&path, &body).await.expect(201).id()
    };
    let of_owner = ask("owner", "Is there a dent?").await;
    let asked = ask("partner", "Does the seller have more bicycles?").await;

    let system = app.with(&app.people.scoped[2]);
    let list = system.get("/api/v1/police-questions").await.expect(200).json();
    let questions = list["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 1, "{list}");
    assert_eq!(
        (&questions[0]["id"], &questions[0]["listing"]),
        (&json!(asked), &json!("L-0"))
    );
    let path = |id: &str| format!("/api/v1/police-questions/{id}/answer");
    let answer = json!({"answer": "Two more, ended."});
    for stranger in [&app.people.expired_partner, &app.people.other_owner] {
        app.with(stranger).post(&path(&asked), &answer).await.expect_problem(404);
    }
    system.post(&path(&of_owner), &answer).await.expect_problem(404);
    let unscoped = app.with(&app.people.scoped[0]).get("/api/v1/police-questions").await;
    assert_eq!(unscoped.expect_problem(403)["type"], "scope");
    let last = app.last_entry();
    system.post(&path(&asked), &answer).await.expect(204);
    assert_eq!(app.actions_since(last), ["report_question_answered"]);
    system.post(&path(&asked), &answer).await.expect_problem(409);
    let list = system.get("/api/v1/police-questions").await.expect(200).json();
    assert_eq!(list["questions"][0]["answer"], "Two more, ended.");
    let page = app.sign_in("officer").await.get(&format!("/reports/{}", case.report)).await;
    assert!(page.expect(200).text().contains("Two more, ended."));
}

#[tokio::test]
async fn comments_officers_and_keys() {
    let app = TestApp::start().await;
    let cases = app.open_cases(2).await;
    let address = format!("/reports/{}", cases[0].report);
    let (officer, other) = (app.sign_in("officer").await, app.sign_in("other-officer").await);
    other
        .send(&format!("{address}/comments"), &[("comment", "I know this seller.")])
        .await
        .expect(303);
    assert!(
        other
            .send(&format!("{address}/comments"), &[("comment", "")])
            .await
            .text()
            .contains("There is a problem")
    );
    let page = officer.get(&address).await.expect(200).text();
    assert!(
        page.contains("I know this seller.") && page.contains("Test other-officer"),
        "{page}"
    );

    officer.send(&format!("{address}/take"), &[]).await.expect(303);
    let form = officer.get(&format!("{address}/assign")).await.expect(200).text();
    let option = form
        .split("<option value=\"")
        .find(|option| option.contains("Test other-officer"));
    let id = &option.unwrap()[..36];
    other.send(&format!("{address}/assign"), &[("officer", id)]).await.expect(409);
    officer
        .send(&format!("{address}/assign"), &[("officer", id)])
        .await
        .expect(303);
    let record = app.officer().get(&format!("/api/v1{address}")).await.expect(200).json();
    assert_eq!((&record["state"], &record["officer"]), (&json!("in review"), &json!(id)));
    officer.send(&format!("{address}/release"), &[]).await.expect(409);
    let supervisor = app.sign_in("supervisor").await;
    let waiting = format!("/reports/{}", cases[1].report);
    supervisor
        .send(&format!("{waiting}/assign"), &[("officer", id)])
        .await
        .expect(303);
    assert!(other.get("/queue?tab=mine").await.text().contains(&cases[1].report));

    let keys = async || officer.get(&address).await.expect(200).text().contains("data-shortcuts");
    assert!(keys().await);
    officer.send("/shortcuts", &[("keys", "off")]).await.expect(303);
    assert!(!keys().await);
    officer.send("/shortcuts", &[("keys", "on")]).await.expect(303);
    assert!(keys().await);
}

#[tokio::test]
async fn what_hangs_together_is_seen_together() {
    let app = TestApp::start().await;
    let mut items = Vec::new();
    for n in 0..4 {
        items.push(app.register(&owned_bicycle(&frame_number(n))).await);
    }
    let loot = app.report_theft(&[&items[0], &items[1]]).await;
    for theft in [
        loot,
        app.report_theft(&[&items[2]]).await,
        app.report_theft(&[&items[3]]).await,
    ] {
        app.verify_theft(&theft).await;
    }
    let mut listings: Vec<_> = (0..4).map(|n| bicycle(&format!("L-{n}"), &frame_number(n))).collect();
    listings[1]["seller"] = json!({"ref": "one"});
    listings[2]["seller"] = json!({"ref": "one"});
    app.push(&listings).await;
    app.settle().await;
    for reference in ["L-2", "L-3"] {
        let path = format!("/api/v1/partners/{PARTNER}/listings/{reference}/photos/1");
        let partner = app.partner();
        let put = partner.send_bytes(reqwest::Method::PUT, &path, "image/jpeg", picture("i-004-1.jpg"));
        put.await.expect(200);
    }
    app.settle().await;
    let queue = app.queue().await;
    let of = |item: &String| queue.iter().find(|row| row["item"] == item.as_str()).unwrap();
    let officer = app.sign_in("officer").await;
    let last = app.last_entry();
    let address = format!("/reports/{}/series", of(&items[0])["id"].as_str().unwrap());
    let page = officer.get(&address).await.expect(200).text();
    assert_eq!(app.actions_since(last), ["series_consulted"]);
    for item in &items {
        let number = of(item)["number"].as_u64().unwrap();
        assert!(
            page.contains(&format!(">SR-{number}</a>")),
            "SR-{number} is not in the set:\n{page}"
        );
    }
    for link in [
        ">same burglary<",
        ">same seller, same burglary<",
        ">same seller, same photo<",
        ">same photo<",
        "The partner names the same seller reference for this listing and for that of SR-",
        "The item is named in the same theft report as that of SR-",
        "The listing shows a photo that the listing of SR-",
    ] {
        assert!(page.contains(link), "{link}:\n{page}");
    }
    // The queue shows the set alone.
    let first = of(&items[0])["number"].as_u64().unwrap();
    let narrowed = officer
        .get(&format!("/queue?tab=all&series_of=SR-{first}"))
        .await
        .expect(200)
        .text();
    for item in &items {
        let number = of(item)["number"].as_u64().unwrap();
        assert!(narrowed.contains(&format!(">SR-{number}</a>")), "{narrowed}");
    }
    assert!(narrowed.contains(&format!("The series of SR-{first}")), "{narrowed}");
    let nobodys = officer.get("/queue?tab=all&series_of=999").await.expect(200).text();
    assert!(nobodys.contains("No report fits these filters."), "{nobodys}");
    let list = officer.get("/series").await.expect(200).text();
    assert_eq!(list.matches("With SR-").count(), 2, "{list}");
}

#[tokio::test]
async fn what_was_recovered_speaks_until_it_is_thought_over() {
    let app = TestApp::start().await;
    let cases: Vec<_> = (0..2)
        .map(|n| (bicycle(&format!("L-{n}"), &frame_number(n)), frame_number(n)))
        .collect();
    let mut listings = Vec::new();
    for (mut listing, number) in cases {
        let item = app.register(&owned_bicycle(&number)).await;
        let theft = app.report_theft(&[&item]).await;
        app.verify_theft(&theft).await;
        listing["seller"] = json!({"ref": "one"});
        listings.push(listing);
    }
    app.push(&listings).await;
    app.settle().await;
    let queue = app.queue().await;
    let [found, other] = [0, 1].map(|row: usize| queue[row]["id"].as_str().unwrap().to_owned());
    let said = async || {
        app.settle().await;
        app.officer()
            .get(&format!("/api/v1/reports/{other}"))
            .await
            .expect(200)
            .text()
    };
    let words = "recovered from the same seller before";
    app.decide(&found, "confirmed").await;
    assert!(!said().await.contains(words));
    app.step(&found, "close", &json!({"outcome": "recovered"})).await;
    let record = said().await;
    assert!(record.contains(words), "{record}");
    app.step(&found, "reopen", &json!({"reason": "it was another bicycle"})).await;
    assert!(!said().await.contains(words));
}

#[tokio::test]
async fn what_is_handed_back_is_taken_back_by_one_press() {
    let app = TestApp::start().await;
    let report = app.open_cases(1).await.remove(0).report;
    let officer = app.sign_in("officer").await;
    let address = format!("/reports/{report}");
    officer.send(&format!("{address}/take"), &[]).await.expect(303);
    let handed = officer.send(&format!("{address}/release"), &[]).await.expect(303);
    let queue = handed.header("location").to_owned();
    let offered = async || officer.get(&queue).await.expect(200).text().contains("Take SR-1 back");
    assert!(offered().await, "{queue}");
    officer.send(&format!("{address}/take"), &[]).await.expect(303);
    assert!(!offered().await, "it is taken already");
    assert_eq!(app.report_record(&report).await["state"], "in review");
}

#[tokio::test]
async fn a_lawful_seller_is_a_reason_and_an_outcome() {
    let app = TestApp::start().await;
    let cases = app.open_cases(2).await;
    let lawful = json!({"decision": "dismissed", "reasons": ["lawful_seller"], "reason": "the owner sold it in May"});
    let supervisor = app.sign_in("supervisor").await;
    let figures = async || supervisor.get("/figures").await.expect(200).text();
    for case in &cases {
        app.step(&case.report, "take", &json!({})).await;
        let decided = app.step(&case.report, "review", &lawful).await;
        assert_eq!(decided["reasons"], json!(["lawful_seller"]));
    }
    // Dismissed for the seller's sake says nothing on whether it was the item; that its holder may keep it does.
    let none = "No report is decided yet.";
    assert!(figures().await.contains(none), "it is counted as another object");
    let officer = app.sign_in("officer").await;
    let form = format!("/reports/{}/close", cases[0].report);
    let page = officer.get(&form).await.expect(200).text();
    assert!(page.contains("its holder has it lawfully"), "{page}");
    let closing = [("outcome", "lawfully_held"), ("step", "send")];
    officer.send(&form, &closing).await.expect(303);
    let closed = app
        .step(&cases[1].report, "close", &json!({"outcome": "lawfully_held"}))
        .await;
    assert_eq!(
        (&closed["state"], &closed["outcome"]),
        (&json!("closed"), &json!("lawfully_held"))
    );
    assert!(!figures().await.contains(none));
}
