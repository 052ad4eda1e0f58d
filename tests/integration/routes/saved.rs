//! The rows of saved searches and of how things are held: last, since they end what others stand on.

use serde_json::json;

use super::*;

/// On a saved search of the officer's, and on the letter in force.
pub(super) async fn of(app: &TestApp) -> Vec<Row> {
    let searching = json!({"name": "a blue bicycle", "days": 30, "words": "blue bicycle"});
    let saved = app
        .officer_on_case()
        .post("/api/v1/searches", &searching)
        .await
        .expect(201)
        .id();
    let letter = app.people.letter.to_string();
    let policy = json!({"trigger": "asked", "days": 14, "notice_hours": 24, "extension_days": 7, "extensions_max": 1,
        "expiry": "release"});
    const SEE_POLICIES: &[Who] = &[Officer, OtherOfficer, Supervisor, Who::Administrator];
    const ADMINISTRATOR: &[Who] = &[Who::Administrator];
    vec![
        row("GET", "/searches", "", Body::None, POLICE, ""),
        row("POST", "/searches", "", Body::Json(searching), POLICE, "search_saved"),
        row("GET", "/searches/{id}", &saved, Body::None, &[Officer], "searched"),
        row(
            "DELETE",
            "/searches/{id}",
            &saved,
            Body::None,
            &[Officer],
            "saved_search_ended",
        ),
        row("GET", "/hold-policies", "", Body::None, SEE_POLICIES, ""),
        row(
            "PUT",
            "/letters/{id}/hold-policy",
            &letter,
            Body::Json(policy),
            ADMINISTRATOR,
            "hold_policy_set",
        ),
        row(
            "DELETE",
            "/letters/{id}/hold-policy",
            &letter,
            Body::None,
            ADMINISTRATOR,
            "hold_policy_ended",
        ),
    ]
}
