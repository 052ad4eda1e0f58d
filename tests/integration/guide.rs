//! The guide for partners names what a program has to know by heart: every kind of problem, every event.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::TestApp;

/// Words that tell that nothing more can be told.
const NO_KIND: [&str; 1] = ["about:blank"];

fn guide() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/feeds/GUIDE.md");
    std::fs::read_to_string(path).unwrap()
}

/// The words in backticks of a text.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The kinds of problem that sources make: a text that follows a status where a problem is made.
fn kinds(text: &str) -> BTreeSet<String> {
    let program = text.split("#[cfg(test)]").next().unwrap();
    let mut kinds = BTreeSet::new();
    for made in program.split("new(").skip(1) {
        let status = made.split(',').next().unwrap().trim();
        let is_status = status.starts_with("StatusCode::") || status == "status";
        let after = made.split_once(',').map_or("", |(_, after)| after.trim_start());
        let kind = after.strip_prefix('"').and_then(|after| after.split('"').next());
        kinds.extend(kind.filter(|_| is_status).map(str::to_owned));
    }
    kinds
}

fn sources(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("web") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(kinds(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn the_guide_names_every_kind_of_problem() {
    let mut made = BTreeSet::from(["scope".to_owned()]);
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http"), &mut made);
    for known in ["invalid", "media_type", "method", "no_room", "letter_gate", "timeout"] {
        assert!(made.contains(known), "the sources do not read: {known} is not among {made:?}");
    }
    let guide = guide();
    let (_, table) = guide.split_once("## When something is refused").unwrap();
    let named = quoted(table);
    let missing: Vec<_> = made
        .iter()
        .filter(|kind| !named.contains(*kind) && !NO_KIND.contains(&kind.as_str()))
        .collect();
    assert!(missing.is_empty(), "the guide does not name {missing:?}");
}

#[tokio::test]
async fn the_guide_names_every_event_that_a_partner_can_be_told_of() {
    let app = TestApp::start().await;
    let body = serde_json::json!({"url": "https://hooks.example/replevin", "events": ["none"]});
    let refused = app.partner().post("/api/v1/webhooks", &body).await.expect_problem(400);
    let reason = refused["errors"][0]["reason"].as_str().unwrap();
    let (_, events) = reason.split_once("expected some of ").unwrap();
    let guide = guide();
    let (_, section) = guide.split_once("## 7.").unwrap();
    let named = quoted(section.split("\n## ").next().unwrap());
    for event in events.split(", ") {
        assert!(named.contains(event), "the guide does not name {event}");
    }
}
