//! The guide for partners names what a program has to know by heart, every kind of problem and every event, and its commands work
//! as they stand.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::samples::picture;

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

/// The commands of the guide in the order in which they stand: those of its shell blocks, and those that stand in a line.
fn commands(guide: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut rest = guide;
    while let Some(at) = rest.find('`') {
        rest = &rest[at..];
        let (fence, is_block) = if rest.starts_with("```") {
            ("```", true)
        } else {
            ("`", false)
        };
        let (inside, after) = rest[fence.len()..].split_once(fence).expect("every quotation ends");
        rest = after;
        if !is_block {
            commands.extend(inside.starts_with("curl ").then(|| inside.replace('\n', " ")));
            continue;
        }
        let Some(block) = inside.strip_prefix("sh\n") else { continue };
        for line in block.lines() {
            // A command goes on where the line before ends in a backslash, or inside a quotation.
            match commands.last_mut() {
                Some(last) if !line.starts_with("curl ") && last.starts_with("curl ") => {
                    let last: &mut String = last;
                    last.push('\n');
                    last.push_str(line);
                }
                _ => commands.extend(line.starts_with("curl ").then(|| line.to_owned())),
            }
        }
    }
    commands
}

#[test]
fn commands_are_found_as_they_stand() {
    let text = "a `curl one` b `x`\n```sh\ncurl two \\\n  -d '{}'\ncurl three   # why\n```\n```json\n{}\n```\n`curl\nfour` `curl five\n six`";
    let found = commands(text);
    assert_eq!(
        found,
        ["curl one", "curl two \\\n  -d '{}'", "curl three   # why", "curl five  six"]
    );
}

/// Runs a command of the guide; the status of its answer, and the answer.
fn run(app: &TestApp, folder: &Path, id: &str, command: &str) -> (u16, String) {
    let script = format!(
        "auth=\"Authorization: Bearer $TOKEN\"\ncurl() {{ command curl -sS -o answer -w '%{{http_code}}' \"$@\"; }}\n{command}\n"
    );
    let output = Command::new("sh")
        .args(["-eu", "-c", &script])
        .current_dir(folder)
        .env("BASE", format!("http://{}/api/v1", app.address()))
        .env("PARTNER", PARTNER)
        .env("TOKEN", &app.people.partner)
        .env("ID", id)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let status = said.trim().parse();
    let status = status.unwrap_or_else(|_| panic!("{command}\n{said}\n{}", String::from_utf8_lossy(&output.stderr)));
    (status, std::fs::read_to_string(folder.join("answer")).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_guide_work_as_they_stand() {
    if !Command::new("curl")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        eprintln!("curl is not installed: the commands of the guide are not tried");
        return;
    }
    let mut app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let feeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/feeds");
    std::fs::copy(feeds.join("listings.ndjson"), folder.path().join("listings.ndjson")).unwrap();
    for name in ["1.jpg", "receipt.jpg"] {
        std::fs::write(folder.path().join(name), picture("i-001-1.jpg")).unwrap();
    }
    // What the police ask, so that it can be answered: in the order in which the guide answers.
    let cases = app.open_cases(4).await;
    let mut asked = Vec::new();
    for case in &cases[..2] {
        app.decide(&case.report, "confirmed").await;
        let path = format!("/api/v1/reports/{}/disclosure-requests", case.report);
        let fields = json!({"fields": ["name", "address", "email"]});
        let request = app.officer_on_case().post(&path, &fields).await.expect(201).id();
        app.approve(&request).await;
        asked.push(("disclosure-requests/$ID/answer", request));
    }
    let proof = app.ask_for_proof(&cases[2].report).await;
    asked.push(("proof-requests/$ID/photos/1", proof.clone()));
    asked.push(("proof-requests/$ID/answer", proof));
    app.step(&cases[3].report, "take", &json!({})).await;
    let path = format!("/api/v1/reports/{}/questions", cases[3].report);
    let question = json!({"to": "partner", "question": "Does the seller have more bicycles?"});
    asked.push((
        "police-questions/$ID/answer",
        app.officer().post(&path, &question).await.expect(201).id(),
    ));
    // Records that wait, so that they can be looked at and discarded by number, and the feed that they came by.
    let settings = app
        .partner()
        .request(reqwest::Method::PUT, &format!("/api/v1/partners/{PARTNER}/feeds/lots"));
    app.partner().send(settings.json(&json!({"format": "csv"}))).await.expect(200);
    let table = format!("id;title\n{}", "A;\n".repeat(20));
    let push = format!("/api/v1/partners/{PARTNER}/listings?feed=lots");
    app.partner()
        .send_bytes(reqwest::Method::POST, &push, "text/csv", table)
        .await
        .expect(200);

    let commands = commands(&guide());
    assert!(commands.len() > 18, "{commands:#?}");
    for command in &commands {
        let id = match command.contains("$ID") {
            false => String::new(),
            true => {
                let at = asked.iter().position(|(path, _)| command.contains(path));
                asked.remove(at.unwrap_or_else(|| panic!("nothing is asked for {command}"))).1
            }
        };
        let (status, answer) = run(&app, folder.path(), &id, command);
        assert!((200..300).contains(&status), "{status} to {command}\n{answer}");
        let Ok(answer) = serde_json::from_str::<serde_json::Value>(&answer) else {
            continue;
        };
        if command.contains("listings.ndjson") {
            assert_eq!(
                (&answer["accepted"], &answer["rejected"]),
                (&json!(5), &json!([])),
                "{command}: {answer}"
            );
        }
        if command.contains("/checks\"") {
            assert_eq!(
                (&answer["id"], answer.get("answer").is_some()),
                (&json!("draft-17"), true),
                "{answer}"
            );
        }
    }
    assert!(asked.is_empty(), "the guide does not answer {asked:?}");
    // Photos whose addresses lead nowhere are tried for hours.
    app.kill();
}
