//! The walk through the web pages in a browser, on the real program. Started by `tests/browser/run`, which fetches what it needs.

use std::process::Stdio;

use serde_json::json;

use crate::support::people::{PARTNER, PASSWORD};
use crate::support::samples::{bicycle, fixture, frame_number};
use crate::support::walk::DRAWN_ALWAYS;
use crate::support::{TestApp, page_routes};

#[tokio::test]
#[ignore = "needs chromium, node and its packages: run tests/browser/run"]
async fn the_walk_at_a_desk() {
    walk("desktop", true).await;
}

#[tokio::test]
#[ignore = "needs chromium, node and its packages: run tests/browser/run"]
async fn the_walk_on_a_phone() {
    walk("phone", true).await;
}

#[tokio::test]
#[ignore = "needs chromium, node and its packages: run tests/browser/run"]
async fn the_walk_without_scripts() {
    walk("phone", false).await;
}

#[tokio::test]
#[ignore = "needs chromium, node and its packages: run tests/browser/run"]
async fn from_the_queue_to_a_request_in_eight_actions() {
    for javascript in [true, false] {
        let app = TestApp::start().await;
        app.open_cases(1).await;
        let facts = json!({
            "base": format!("http://{}", app.address()),
            "screens": screens(),
            "javascript": javascript,
            "password": PASSWORD,
        });
        run(&app, "eight.mjs", &facts);
    }
}

fn screens() -> std::path::PathBuf {
    std::env::var_os("REPLEVIN_SCREENS").map_or_else(|| fixture("../../target/screens"), Into::into)
}

/// In one width, from a fresh start, through all routes.
async fn walk(width: &str, javascript: bool) {
    let app = TestApp::start_with(DRAWN_ALWAYS).await;
    let people = &app.people;
    let facts = json!({
        "base": format!("http://{}", app.address()),
        "screens": screens(),
        "width": width,
        "javascript": javascript,
        "routes": page_routes::in_sources(),
        "password": PASSWORD,
        "partner": PARTNER,
        "tokens": {"owner": people.owner, "officer": people.officer, "partner": people.partner},
        "frameNumbers": (1..8).map(frame_number).collect::<Vec<_>>(),
        "listing": bicycle("L-1", &frame_number(1)),
        "photo": fixture("photos/i-001-1.jpg"),
        "photos": fixture("photos"),
    });
    run(&app, "walk.mjs", &facts);
}

fn run(app: &TestApp, script: &str, facts: &serde_json::Value) {
    let node = std::process::Command::new("node")
        .arg(format!("{}/tests/browser/{script}", env!("CARGO_MANIFEST_DIR")))
        .env("WALK", facts.to_string())
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(
        node.success(),
        "the walk ended with {node}; the program's log ends with:\n{}",
        app.log()
    );
}
