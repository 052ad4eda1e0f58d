//! That an answer came is told to the force, and to whoever asked for it until they have looked at it.

use serde_json::json;

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::receiver::Receiver;
use crate::support::session::Session;

const GIVEN: &str = "the partner has given the seller’s identity";
const DECLINED: &str = "the partner has declined to name the seller";
const ANSWERED: &str = "your question was answered";
/// The mark of a row, and the heading of the list.
const MARK: &str = "Answer not looked at";
const LIST: &str = "Answers that you have not looked at";

async fn mine(officer: &Session) -> String {
    officer.get("/queue?tab=mine").await.expect(200).text()
}

/// The owner answers the only question of the police.
async fn owner_answers(app: &TestApp) {
    let owner = app.sign_in("owner").await;
    let page = owner.get("/police-questions").await.expect(200).text();
    let (_, id) = page.split_once("action=\"/police-questions/").unwrap();
    let form = format!("/police-questions/{}", &id[..36]);
    owner.send(&form, &[("answer", "Yes, a small one.")]).await.expect(303);
}

#[tokio::test]
async fn an_answer_is_told_and_stays_marked_until_it_is_looked_at() {
    let receiver = Receiver::start();
    let app = TestApp::start_with(&receiver.settings()).await;
    let events = ["disclosure.answered", "disclosure.declined", "question.answered"];
    let body = json!({"url": receiver.url("/force"), "events": events});
    let administrator = app.with(&app.people.administrator);
    administrator.post("/api/v1/webhooks", &body).await.expect(201);
    // What is for the police a partner's system cannot be told.
    app.partner().post("/api/v1/webhooks", &body).await.expect_problem(400);

    let cases = app.open_cases(3).await;
    let mut requests = Vec::new();
    for case in &cases[..2] {
        app.decide(&case.report, "confirmed").await;
        let request = app.ask(&case.report).await;
        app.approve(&request).await;
        requests.push(request);
    }
    let asked_on = &cases[2].report;
    app.step(asked_on, "take", &json!({})).await;
    let officer = app.sign_in("officer").await;
    let question = [("to", "owner"), ("question", "Is there a dent?"), ("step", "send")];
    officer
        .send(&format!("/reports/{asked_on}/questions"), &question)
        .await
        .expect(303);
    assert!(!mine(&officer).await.contains(LIST));

    app.answer(&requests[0]).await;
    let answer = format!("/api/v1/partners/{PARTNER}/disclosure-requests/{}/answer", requests[1]);
    let declined = json!({"declined": "the seller has asked a court"});
    app.partner().post(&answer, &declined).await.expect(200);
    owner_answers(&app).await;
    let told = receiver.wait_for("/force", 3).await;
    let mut kinds: Vec<String> = told
        .iter()
        .map(|posted| posted.json()["type"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, events);
    for posted in &told {
        let text = posted.text();
        assert!(
            !text.contains("court") && !text.contains("Ib Seller") && !text.contains("small"),
            "{text}"
        );
    }

    let page = mine(&officer).await;
    for told in [LIST, GIVEN, DECLINED, ANSWERED] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert_eq!(page.matches(MARK).count(), 1, "{page}");
    let digest = officer.get("/digest").await.expect(200).text();
    assert!(digest.contains("3 answers not yet looked at"), "{digest}");

    // A colleague has none of it, and their look is not the officer's.
    let colleague = app.sign_in("other-officer").await;
    assert!(!mine(&colleague).await.contains(LIST));
    colleague.get(&format!("/reports/{asked_on}")).await.expect(200);
    assert!(mine(&officer).await.contains(ANSWERED));

    officer.get(&format!("/disclosures/{}", requests[0])).await.expect(200);
    let page = mine(&officer).await;
    assert!(
        !page.contains(GIVEN) && page.contains(DECLINED) && page.contains(ANSWERED),
        "{page}"
    );
    officer.get(&format!("/reports/{}", cases[1].report)).await.expect(200);
    officer.get(&format!("/reports/{asked_on}")).await.expect(200);
    let page = mine(&officer).await;
    assert!(!page.contains(LIST) && !page.contains(MARK), "{page}");
    assert!(!officer.get("/digest").await.expect(200).text().contains("not yet looked at"));
}
