//! The rows of what is told outside, endpoints and messages, of holds, and of the rest of
//! the desk.

use serde_json::json;

use super::*;

const TELLERS: &[Who] = &[
    Partner,
    ForRequests,
    PartnerPerson,
    Who::OtherPartner,
    Stranger,
    Who::Administrator,
];

/// On an endpoint of the partner's that has taken a message.
pub(super) async fn of(app: &TestApp, receiver: &Receiver) -> Vec<Row> {
    let body = || json!({"url": receiver.url("/row"), "events": ["question.asked"]});
    let partner = app.partner();
    let id = partner.post("/api/v1/webhooks", &body()).await.expect(201).id();
    let message = partner
        .post(&format!("/api/v1/webhooks/{id}/trial"), &json!({}))
        .await
        .expect(202)
        .id();
    receiver.wait_for("/row", 1).await;
    app.settle().await;
    vec![
        row("GET", "/webhooks", "", Body::None, TELLERS, ""),
        row("POST", "/webhooks", "", Body::Json(body()), TELLERS, "webhook_changed"),
        row(
            "PUT",
            "/webhooks/{id}",
            &id,
            Body::Json(body()),
            ASKED_PARTNERS,
            "webhook_changed",
        ),
        row("GET", "/messages", "", Body::None, TELLERS, ""),
        row(
            "POST",
            "/messages/{id}/again",
            &message,
            Body::None,
            ASKED_PARTNERS,
            "message_asked",
        ),
        row(
            "POST",
            "/webhooks/{id}/secret",
            &id,
            Body::None,
            ASKED_PARTNERS,
            "webhook_secret_rotated",
        ),
        row(
            "POST",
            "/webhooks/{id}/trial",
            &id,
            Body::None,
            ASKED_PARTNERS,
            "message_asked",
        ),
        row("DELETE", "/webhooks/{id}", &id, Body::None, ASKED_PARTNERS, "webhook_changed"),
    ]
}

/// On a confirmed report without a hold, and on three holds that are asked.
pub(super) fn of_holds(confirmed: &str, [extended, lifted, answered]: &[String; 3]) -> Vec<Row> {
    let reason = || Body::Json(json!({"reason": "the thing is still needed"}));
    vec![
        row(
            "GET",
            "/partners/{partner}/holds",
            "",
            Body::None,
            ASKED_PARTNERS,
            "hold_consulted",
        ),
        row(
            "POST",
            "/partners/{partner}/holds/{id}/answer",
            answered,
            Body::Json(json!({"held": true})),
            ASKED_PARTNERS,
            "hold_answered",
        ),
        row("POST", "/reports/{id}/holds", confirmed, Body::None, POLICE, "hold_asked"),
        row("POST", "/holds/{id}/extension", extended, reason(), POLICE, "hold_extended"),
        row("POST", "/holds/{id}/lift", lifted, reason(), POLICE, "hold_lifted"),
    ]
}

/// On a report that the officer has in review, with a question to the owner on it; the officer gives it away last.
pub(super) async fn of_desk(app: &TestApp, in_review: &str) -> Vec<Row> {
    let path = format!("/api/v1/reports/{in_review}/questions");
    let body = json!({"to": "owner", "question": "is there a dent?"});
    let question = app.officer().post(&path, &body).await.expect(201).id();
    let body = json!({"to": "partner", "question": "which colour is the saddle?"});
    let to_partner = app.officer().post(&path, &body).await.expect(201).id();
    let officer = app.people.officer_id;
    const ASKED: &[Who] = &[
        Owner,
        OtherOwner,
        Partner,
        ForRequests,
        PartnerPerson,
        Who::OtherPartner,
        Stranger,
    ];
    vec![
        row("GET", "/series", "", Body::None, POLICE, "series_consulted"),
        row(
            "GET",
            "/reports/{id}/series",
            in_review,
            Body::None,
            POLICE,
            "series_consulted",
        ),
        row(
            "POST",
            "/search",
            "",
            Body::Json(json!({"number": "WBK1"})),
            POLICE,
            "searched",
        ),
        row(
            "POST",
            "/reports/{id}/questions",
            in_review,
            Body::Json(json!({"to": "partner", "question": "is it in your house?"})),
            POLICE,
            "report_question_asked",
        ),
        row("GET", "/police-questions", "", Body::None, ASKED, ""),
        row(
            "POST",
            "/police-questions/{id}/answer",
            &question,
            Body::Json(json!({"answer": "a small one"})),
            THE_OWNER,
            "report_question_answered",
        ),
        row(
            "POST",
            "/police-questions/{id}/answer",
            &to_partner,
            Body::Json(json!({"answer": "brown"})),
            ASKED_PARTNERS,
            "report_question_answered",
        ),
        row(
            "POST",
            "/reports/{id}/comments",
            in_review,
            Body::Json(json!({"comment": "asked the owner"})),
            POLICE,
            "report_commented",
        ),
        row(
            "POST",
            "/reports/{id}/assignment",
            in_review,
            Body::Json(json!({"to": officer})),
            POLICE,
            "report_assigned",
        ),
    ]
}

/// On the partner's listings, one of which has an uploaded photo.
pub(super) fn of_listings() -> Vec<Row> {
    vec![
        row("GET", "/partners/{partner}/listings", "", Body::None, PARTNERS, ""),
        row(
            "DELETE",
            "/partners/{partner}/listings/{id}/photos/{n}",
            "L-1",
            Body::None,
            PARTNERS,
            "listing_photo_removed",
        ),
    ]
}

/// On whatever waits in quarantine, and on nothing; and decoys.
pub(super) fn of_quarantine() -> Vec<Row> {
    let all = "/partners/{partner}/quarantine";
    let one = "/partners/{partner}/quarantine/{id}";
    let discarded = |route, id| row("DELETE", route, id, Body::None, PARTNERS, "quarantine_discarded");
    let decoys = row("GET", "/partners/{partner}/decoys", "", Body::None, PARTNERS, "");
    let mut every = discarded(all, "");
    every.path.push_str("?all=true");
    vec![discarded(one, "1"), every, decoys]
}

/// On two tokens of the partner's.
pub(super) async fn of_tokens(app: &TestApp) -> Vec<Row> {
    let path = format!("/api/v1/partners/{PARTNER}/tokens");
    let person = app.with(&app.people.partner_person);
    let tokens = person.get(&path).await.expect(200).json();
    let token = |label: &str| {
        let tokens = tokens["tokens"].as_array().unwrap();
        let token = tokens.iter().find(|token| token["label"] == label).unwrap();
        token["id"].as_str().unwrap().to_owned()
    };
    let rotation = format!("{path}/{}/rotation", token("test"));
    let spare = person.post(&rotation, &json!({"overlap_hours": 168})).await.expect(201).id();
    vec![
        row("GET", "/partners/{partner}/tokens", "", Body::None, PARTNER_PEOPLE, ""),
        row(
            "POST",
            "/partners/{partner}/tokens/{id}/rotation",
            &spare,
            Body::Json(json!({"overlap_hours": 1})),
            PARTNER_PEOPLE,
            "token_rotated",
        ),
        row(
            "DELETE",
            "/partners/{partner}/tokens/{id}",
            &spare,
            Body::None,
            PARTNER_PEOPLE,
            "token_revoked",
        ),
    ]
}
