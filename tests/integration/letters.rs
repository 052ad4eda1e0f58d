//! The letter of intent stands between every step and the next: revoked at the command line while cases are under way, it stops
//! all of them.

use reqwest::Method;
use serde_json::json;

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number};

#[tokio::test]
async fn a_letter_revoked_midway_stops_every_further_step() {
    let app = TestApp::start().await;
    let cases = app.open_cases(4).await;
    for case in &cases {
        app.decide(&case.report, "confirmed").await;
    }
    let waiting = app.ask(&cases[1].report).await;
    let asked = app.ask(&cases[2].report).await;
    let answered = app.ask(&cases[3].report).await;
    for request in [&asked, &answered] {
        app.approve(request).await;
    }
    app.answer(&answered).await;
    app.set_hold_policy("asked", "keep").await;
    let held = app.ask_hold(&cases[1].report).await;
    let unanswered = app.ask_hold(&cases[2].report).await;
    let revoked = app
        .command("letter revoke")
        .arg(app.people.letter.to_string())
        .output()
        .unwrap();
    assert!(revoked.status.success(), "{}", String::from_utf8_lossy(&revoked.stderr));

    let officer = app.officer_on_case();
    let supervisor = app.with(&app.people.supervisor);
    let partner = app.partner();
    let identity = json!({"identity": {"name": "Ib Seller"}});
    let last = app.last_entry();
    for (client, method, path, body) in [
        (
            &officer,
            Method::POST,
            format!("/api/v1/reports/{}/disclosure-requests", cases[0].report),
            json!({"fields": ["name"]}),
        ),
        (
            &supervisor,
            Method::POST,
            format!("/api/v1/disclosure-requests/{waiting}/approval"),
            json!({"approved": true}),
        ),
        (
            &partner,
            Method::POST,
            format!("/api/v1/partners/{PARTNER}/disclosure-requests/{asked}/answer"),
            identity,
        ),
        (
            &officer,
            Method::GET,
            format!("/api/v1/disclosure-requests/{answered}/identity"),
            json!({}),
        ),
    ] {
        let request = client.request(method, &path).json(&body);
        let problem = client.send(request).await.expect_problem(403);
        assert!(problem["errors"].to_string().contains("revoked"), "{path}: {problem}");
    }
    // Nothing more is held under it and no hold goes on for longer; what is held can be let go.
    let holds = format!("/api/v1/reports/{}/holds", cases[0].report);
    let reason = json!({"reason": "the thing is still needed"});
    for path in [holds, format!("/api/v1/holds/{held}/extension")] {
        let problem = officer.post(&path, &reason).await.expect_problem(409);
        assert!(problem["detail"].to_string().contains("no letter"), "{path}: {problem}");
    }
    let lifted = officer.post(&format!("/api/v1/holds/{held}/lift"), &reason).await;
    assert_eq!(lifted.expect(200).json()["state"], "lifted");
    let refused = json!({"held": false, "note": "it was handed out"});
    let path = format!("/api/v1/partners/{PARTNER}/holds/{unanswered}/answer");
    assert_eq!(partner.post(&path, &refused).await.expect(200).json()["state"], "refused");
    partner
        .push(PARTNER, &[bicycle("L-9", &frame_number(9))])
        .await
        .expect_problem(403);
    assert_eq!(
        app.actions_since(last),
        [
            "disclosure_gate_refused",
            "disclosure_gate_refused",
            "disclosure_gate_refused",
            "disclosure_gate_refused",
            "hold_lifted",
            "hold_answered",
            "push_refused"
        ]
    );
}
