//! What the police are shown before something leaves their desk: the request for an identity whole, in the words of whoever asks;
//! and nothing to press where it cannot succeed.

use serde_json::json;

use crate::support::TestApp;
use crate::support::walk::CASE;

const WHY: &str = "The seller is to be summoned.";

#[tokio::test]
async fn whoever_approves_reads_the_whole_request_in_the_officers_own_words() {
    let app = TestApp::start().await;
    let report = app.open_cases(1).await.remove(0).report;
    app.step(&report, "take", &json!({})).await;
    let officer = app.sign_in("officer").await;
    let (decision, asking) = (format!("/reports/{report}/decision"), format!("/reports/{report}/disclosure"));
    let grounds = [
        ("decision", "confirmed"),
        ("confirmed_reasons", "same_number"),
        ("reason", "as seen"),
    ];
    officer.send(&decision, &grounds).await.expect(200);
    // Whoever goes on without a reason comes to the form, in which none stands.
    let go_on = [&grounds[..], &[("step", "ask")]].concat();
    officer.send(&decision, &go_on).await.expect(303);
    let form = officer.get(&asking).await.expect(200).text();
    let reason = form
        .split_once("name=\"reason\"")
        .unwrap()
        .1
        .split_once("</textarea>")
        .unwrap()
        .0;
    assert!(reason.split_once('>').unwrap().1.trim().is_empty(), "{reason}");
    officer.send(&asking, &[("fields", "name"), ("case", CASE)]).await.expect(422);
    // Whoever types one comes to the check page at once, and the same form again is told the same.
    let go_on = [&go_on[..], &[("ask_reason", WHY)]].concat();
    for _ in 0..2 {
        let check = officer.send(&decision, &go_on).await.expect(200).text();
        for told in [
            "Check what you ask for",
            "Full name",
            "L-0",
            "Legal basis",
            "Voluntary letter of intent",
            CASE,
            WHY,
        ] {
            assert!(check.contains(told), "{told} is not told: {check}");
        }
    }
    let send = [("fields", "name"), ("case", CASE), ("reason", WHY), ("step", "send")];
    officer.send(&asking, &send).await.expect(303);

    let supervisor = app.sign_in("supervisor").await;
    let request = app.an_id("disclosure_requests");
    let word = [("decision", "approve")];
    let check = supervisor
        .send(&format!("/approvals/{request}"), &word)
        .await
        .expect(200)
        .text();
    for told in [
        "SR-1",
        "L-0",
        "Full name",
        "Voluntary letter of intent",
        "Probability",
        CASE,
        WHY,
        "Nordlys",
        "Approve the request",
    ] {
        assert!(check.contains(told), "{told} is not told: {check}");
    }
    app.approve(&request).await;
    let over = supervisor
        .send(&format!("/approvals/{request}"), &word)
        .await
        .expect(409)
        .text();
    assert!(over.contains("does not wait for approval any more"), "{over}");
}

#[tokio::test]
async fn a_closed_report_offers_nothing_that_cannot_succeed() {
    let app = TestApp::start().await;
    let report = app.open_cases(1).await.remove(0).report;
    app.decide(&report, "confirmed").await;
    let request = app.ask(&report).await;
    let officer = app.sign_in("officer").await;
    let outcome = [("outcome", "returned_to_owner")];
    let close = format!("/reports/{report}/close");
    let check = officer.send(&close, &outcome).await.expect(200).text();
    assert!(
        check.contains("A request is on its way: wait for its answer first."),
        "{check}"
    );
    app.approve(&request).await;
    app.answer(&request).await;
    let opening = format!("action=\"/disclosures/{request}/identity\"");
    let page = officer.get(&format!("/disclosures/{request}")).await.expect(200).text();
    assert!(page.contains(&opening), "{page}");
    let check = officer.send(&close, &outcome).await.expect(200).text();
    assert!(check.contains("open it first, if the case still needs it"), "{check}");
    officer.send(&close, &[outcome[0], ("step", "send")]).await.expect(303);

    let page = officer.get(&format!("/disclosures/{request}")).await.expect(200).text();
    assert!(!page.contains(&opening), "{page}");
    let why = ["it is closed with the outcome “The owner has it back”", "it is recovered"];
    assert!(why.iter().all(|why| page.contains(why)), "{page}");
    let shown = app.report_page(&report).await;
    assert!(
        shown.contains("This report is closed: the seller’s identity can neither"),
        "{shown}"
    );
    assert!(!shown.contains(&format!("href=\"/reports/{report}/disclosure\"")), "{shown}");
    let asking = format!("/reports/{report}/disclosure");
    let fields = [("fields", "name"), ("case", CASE), ("reason", WHY)];
    for page in [officer.get(&asking).await, officer.send(&asking, &fields).await] {
        let page = page.expect(200).text();
        assert!(why.iter().all(|why| page.contains(why)), "{page}");
        assert!(
            !page.contains("name=\"fields\"") && !page.contains("Send the request"),
            "{page}"
        );
    }
}
