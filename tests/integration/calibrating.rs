//! From cases to weights: outcomes and blind reviews are made over HTTP, `replevin calibrate` learns from them, and the service
//! reads its weights by what was learned.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::session::Session;
use crate::support::walk::{Case, DRAWN_ALWAYS};

/// What nobody may see who reviews a pair.
const THOUGHTS: [&str; 6] = ["probab", "evidence", "yardstick", "log10", "assessment", "weight"];

async fn close(app: &TestApp, cases: &[Case], decision: &str, outcome: &str) {
    for case in cases {
        app.decide(&case.report, decision).await;
        app.step(&case.report, "close", &json!({ "outcome": outcome })).await;
    }
}

fn calibrate(app: &TestApp, more: &[&str]) -> Output {
    app.command("calibrate").args(more).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn weights_are_learned_from_outcomes_and_blind_reviews() {
    let mut app = TestApp::start_with(DRAWN_ALWAYS).await;
    let cases = app.open_cases(50).await;
    close(&app, &cases[..25], "confirmed", "recovered").await;
    close(&app, &cases[25..], "dismissed", "not_the_item").await;
    let few = calibrate(&app, &[]);
    assert_eq!(few.status.code(), Some(1), "{}", told(&few));
    assert!(told(&few).contains("50 outcomes and 0 blind reviews"), "{}", told(&few));

    app.faint_pairs(0..50).await;
    let officer = app.officer();
    for _ in 0..50 {
        let next = officer.get("/api/v1/blind-reviews").await.expect(200);
        let text = next.text().to_lowercase();
        assert!(THOUGHTS.iter().all(|word| !text.contains(word)), "{text}");
        let path = format!("/api/v1/blind-reviews/{}", next.json()["pair"]["id"].as_str().unwrap());
        let answer = json!({"same": false, "reason": "another machine"});
        officer.post(&path, &answer).await.expect(200);
        officer.post(&path, &answer).await.expect_problem(409);
    }

    let (file, page) = (app.file("calibration.toml"), app.file("calibration.html"));
    let learned = calibrate(
        &app,
        &["--json", "--out", file.to_str().unwrap(), "--report", page.to_str().unwrap()],
    );
    assert!(learned.status.success(), "{}", told(&learned));
    let learned: Value = serde_json::from_slice(&learned.stdout).unwrap();
    assert_eq!((&learned["outcomes"], &learned["same"]), (&json!(50), &json!(25)));
    assert!(learned["blind_reviews"].as_u64().unwrap() >= 50);
    let cllr = |when: &str| learned[when]["cllr"]["is"].as_f64().unwrap();
    assert!(learned["better"] == true && cllr("after") < cllr("before"), "{learned}");
    // Half of the exact numbers turned out to be another object: they promised too much.
    assert!(learned["factors"]["identifier"]["after"].as_f64().unwrap() < 0.9, "{learned}");
    assert_eq!(learned["factors"]["photo"]["after"], 1.0);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Reliability before") && page.contains("Reliability after") && !page.contains("http"));
    let version = learned["version"].as_str().unwrap();
    app.stop();
    applied(&mut app, &file, version).await;
}

/// The service says which calibration its weights were read by, and refuses a file that somebody changed.
async fn applied(app: &mut TestApp, file: &std::path::Path, version: &str) {
    app.configure(&format!("[matching]\nblind_review_share = 0.0\ncalibration = {file:?}"));
    let checked = app.command("check-config").arg("--json").output().unwrap();
    let checked: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(checked["calibration"], version);
    app.restart();
    let health = app.sign_in("admin").await.get("/health").await.expect(200).text();
    assert!(
        health.contains(&format!("{version}, learned ")) && !health.contains("as it stands"),
        "{health}"
    );
    let item = app.stolen(&crate::support::samples::owned_bicycle("WBK777777C")).await;
    app.push(&[crate::support::samples::bicycle("L-90", "WBK777777C")]).await;
    app.settle().await;
    let queue = app.queue().await;
    let report = queue.iter().find(|row| row["item"] == item.as_str());
    if let Some(report) = report {
        let path = format!("/api/v1/reports/{}", report["id"].as_str().unwrap());
        let assessment = app.officer().get(&path).await.expect(200).json()["assessment"].clone();
        assert!(assessment["model"].as_str().unwrap().ends_with(version), "{assessment}");
        assert_eq!(assessment["calibrated"]["version"], version);
        let evidence = assessment["evidence"].as_array().unwrap();
        let number = evidence.iter().find(|told| told["comparison"] == "identifier").unwrap();
        let by_table = assessment["calibrated"]["table"].as_array().unwrap();
        let by_table = by_table.iter().find(|group| group["comparison"] == "identifier").unwrap();
        assert!(number["log10_lr"].as_f64() < by_table["log10_lr"].as_f64(), "{assessment}");
        let page = app
            .sign_in("officer")
            .await
            .get(&format!("/reports/{}", report["id"].as_str().unwrap()))
            .await;
        assert!(page.expect(200).text().contains("What decided cases taught"));
    }
    assert!(report.is_some(), "{queue:?}");
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text.replace("outcomes = 50", "outcomes = 5000")).unwrap();
    let refused = app.command("check-config").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(told(&refused).contains("changed after it was written"), "{}", told(&refused));
}

#[tokio::test]
async fn a_pair_is_reviewed_on_a_page_that_says_nothing_of_the_score() {
    let app = TestApp::start_with(DRAWN_ALWAYS).await;
    let items = app.faint_pairs(0..2).await;
    let officer: Session = app.sign_in("officer").await;
    assert!(officer.get("/queue").await.expect(200).text().contains("2 pairs wait"));
    let page = officer.get("/blind-reviews").await.expect(200).text();
    assert!(
        page.contains("Symaskine")
            && page.contains("Gammel symaskine")
            && ["211310", "248317"].iter().any(|number| page.contains(number)),
        "{page}"
    );
    assert!(
        !["log10", "yardstick", "Probability", "likely"]
            .iter()
            .any(|word| page.contains(word)),
        "{page}"
    );
    let action = page
        .split("action=\"/blind-reviews/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let path = format!("/blind-reviews/{action}");
    let again = officer
        .send(&path, &[("verdict", "same"), ("reason", "")])
        .await
        .expect(422)
        .text();
    assert!(again.contains("Say why"), "{again}");
    officer
        .send(&path, &[("verdict", "unsure"), ("reason", "no photo")])
        .await
        .expect(303);
    officer
        .send(&path, &[("verdict", "same"), ("reason", "no photo")])
        .await
        .expect(409);
    let next = officer.get("/blind-reviews?done=recorded").await.expect(200).text();
    assert!(next.contains("Your answer is recorded") && !next.contains(action), "{next}");
    // Back with its owner: nothing of it is shown any more, and nothing can be said of it.
    let waiting = app.officer().get("/api/v1/blind-reviews").await.expect(200).json();
    let item = waiting["pair"]["item"]["id"].as_str().unwrap();
    assert!(items.iter().any(|one| one == item));
    let owner = app.sign_in("owner").await;
    owner
        .send(&format!("/items/{item}/recovered"), &[("step", "send")])
        .await
        .expect(303);
    let gone = app.officer().get("/api/v1/blind-reviews").await.expect(200).json();
    assert_eq!((&gone["pair"], &gone["waiting"]), (&Value::Null, &json!(0)));
    let path = format!("/api/v1/blind-reviews/{}", waiting["pair"]["id"].as_str().unwrap());
    let answer = json!({"same": true, "reason": "the number"});
    app.officer().post(&path, &answer).await.expect_problem(404);
}
