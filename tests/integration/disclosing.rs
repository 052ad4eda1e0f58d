//! What a partner answers about a seller: all that was asked, or that it does not know it.

use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::{Answer, TestApp};

const ADDRESS: &str = "Havnegade 1, Aarhus";

/// A request for a seller's name, address and mail address that is with the partner; its id.
async fn asked(app: &TestApp, report: &str) -> String {
    app.decide(report, "confirmed").await;
    let path = format!("/api/v1/reports/{report}/disclosure-requests");
    let fields = json!({"fields": ["name", "address", "email"]});
    let id = app.officer_on_case().post(&path, &fields).await.expect(201).id();
    app.approve(&id).await;
    id
}

async fn answer(app: &TestApp, id: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/partners/{PARTNER}/disclosure-requests/{id}/answer");
    app.partner().post(&path, body).await
}

async fn opened(app: &TestApp, id: &str) -> Value {
    let path = format!("/api/v1/disclosure-requests/{id}/identity");
    app.officer_on_case().get(&path).await.expect(200).json()
}

#[tokio::test]
async fn an_answer_that_leaves_something_out_is_refused_with_what_is_missing() {
    let app = TestApp::start().await;
    let case = app.open_cases(1).await.remove(0);
    let id = asked(&app, &case.report).await;
    let part = json!({"identity": {"name": "Ib Seller"}});
    let refused = answer(&app, &id, &part).await.expect_problem(400);
    assert_eq!(refused["errors"][0]["field"], "identity");
    let reason = refused["errors"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("address, email") && reason.contains("null"), "{reason}");
    // Nothing at all is not an answer either, and a field that does not exist is named.
    let nothing = json!({"identity": {"name": null, "address": null, "email": null}});
    answer(&app, &id, &nothing).await.expect_problem(400);
    let unknown = json!({"identity": {"shoe_size": "44"}});
    let refused = answer(&app, &id, &unknown).await.expect_problem(400);
    assert_eq!(refused["errors"][0]["field"], "identity");
    let reason = refused["errors"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("found `shoe_size`") && !reason.contains("column"), "{reason}");

    let whole = json!({"identity": {"name": "Ib Seller", "address": ADDRESS, "email": null}});
    answer(&app, &id, &whole).await.expect(200);
    let told = opened(&app, &id).await;
    assert_eq!(told["identity"], json!({"name": "Ib Seller", "address": ADDRESS}));
    assert_eq!(told["not_known"], json!(["email"]));
}

#[tokio::test]
async fn the_page_asks_for_each_field_or_that_it_is_not_known() {
    let app = TestApp::start().await;
    let case = app.open_cases(1).await.remove(0);
    let id = asked(&app, &case.report).await;
    let partner = app.sign_in("partner").await;
    let form = format!("/requests/{id}");
    let given = [("decision", "give"), ("name", "Ib Seller"), ("address", ADDRESS)];
    for path in [form.clone(), format!("{form}/answer")] {
        let again = partner.send(&path, &given).await.expect(422).text();
        assert!(again.contains("Fill this in, or say that you do not know it."), "{again}");
        assert!(again.contains("id=\"email-error\"") && !again.contains("id=\"name-error\""));
        assert!(again.contains(ADDRESS), "what was typed stays");
    }
    let both = [&given[..], &[("address_unknown", "yes"), ("email_unknown", "yes")]].concat();
    let again = partner.send(&form, &both).await.expect(422).text();
    assert!(again.contains("and not both"), "{again}");
    let nothing = ["name_unknown", "address_unknown", "email_unknown"].map(|name| (name, "yes"));
    let again = partner.send(&form, &[&nothing[..], &[("decision", "give")]].concat()).await;
    assert!(again.expect(422).text().contains("decline with your reason"));

    let whole = [&given[..], &[("email_unknown", "yes")]].concat();
    let check = partner.send(&form, &whole).await.expect(200).text();
    assert!(
        check.contains("not known to you") && check.contains("name=\"email_unknown\""),
        "{check}"
    );
    partner.send(&format!("{form}/answer"), &whole).await.expect(303);
    assert_eq!(opened(&app, &id).await["not_known"], json!(["email"]));
}
