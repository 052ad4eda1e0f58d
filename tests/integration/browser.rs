//! The walk through the web pages in a browser, on the real program. Started by `tests/browser/run`, which fetches what it needs.

use std::process::Stdio;

use serde_json::json;

use crate::support::TestApp;
use crate::support::people::{PARTNER, PASSWORD};
use crate::support::samples::{bicycle, fixture, frame_number};

#[tokio::test]
#[ignore = "needs chromium, node and its packages: run tests/browser/run"]
async fn the_walk_with_scripts() {
    walk(true).await;
}

#[tokio::test]
#[ignore = "needs chromium, node and its packages: run tests/browser/run"]
async fn the_walk_without_scripts() {
    walk(false).await;
}

async fn walk(javascript: bool) {
    let app = TestApp::start().await;
    let screens = std::env::var_os("REPLEVIN_SCREENS").map_or_else(|| fixture("../../target/screens"), Into::into);
    let facts = json!({
        "base": format!("http://{}", app.address()),
        "screens": screens,
        "javascript": javascript,
        "password": PASSWORD,
        "partner": PARTNER,
        "partnerToken": app.people.partner,
        "frameNumber": frame_number(1),
        "listing": bicycle("L-1", &frame_number(1)),
        "photo": fixture("photos/i-001-1.jpg"),
    });
    let node = std::process::Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/walk.mjs"))
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
