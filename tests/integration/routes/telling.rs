//! The rows of what is told outside: endpoints and messages.

use serde_json::json;

use super::*;

const TELLERS: &[Who] = &[Partner, PartnerPerson, Who::OtherPartner, Who::Administrator];

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
        row("PUT", "/webhooks/{id}", &id, Body::Json(body()), PARTNERS, "webhook_changed"),
        row("GET", "/messages", "", Body::None, TELLERS, ""),
        row(
            "POST",
            "/messages/{id}/again",
            &message,
            Body::None,
            PARTNERS,
            "message_asked",
        ),
        row(
            "POST",
            "/webhooks/{id}/secret",
            &id,
            Body::None,
            PARTNERS,
            "webhook_secret_rotated",
        ),
        row("POST", "/webhooks/{id}/trial", &id, Body::None, PARTNERS, "message_asked"),
        row("DELETE", "/webhooks/{id}", &id, Body::None, PARTNERS, "webhook_changed"),
    ]
}
