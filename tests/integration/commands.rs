//! The command line from a bare machine: the service makes its database, beside it first accounts, a letter, a token; the log's
//! verification, and a copy of everything restored elsewhere.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::samples::{bicycle, frame_number, owned_bicycle};
use crate::support::{PATIENCE, TestApp};

fn replevin(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replevin"));
    command.args(arguments);
    command
        .env_remove("REPLEVIN_CONFIG")
        .env_remove("REPLEVIN_DATA")
        .env_remove("REPLEVIN_LOG");
    command
}

fn fed(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn well(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn from_nothing_to_a_first_push() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let place = data.to_str().unwrap();
    let user = |role: &str| {
        replevin(&[
            "user",
            "add",
            "--data",
            place,
            "--email",
            &format!("{role}@police.example"),
            "--name",
            "A. Berg",
            "--role",
            role,
            "--password-stdin",
        ])
    };
    let nowhere = fed(user("administrator"), "seven wet tents in autumn\n");
    let told = String::from_utf8_lossy(&nowhere.stderr);
    assert_eq!(nowhere.status.code(), Some(1), "an account is made where there is no service");
    assert!(told.contains(place) && told.contains("--config") && !data.exists(), "{told}");

    let mut service = replevin(&["serve", "--data", place, "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(service.stdout.take().unwrap()), &mut line).unwrap();
    let base = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    well(fed(user("administrator"), "seven wet tents in autumn\n"));
    let weak = fed(user("officer"), "short\n");
    assert_eq!(weak.status.code(), Some(1), "a weak password is taken");
    let no_role = fed(user("sheriff"), "seven wet tents in autumn\n");
    assert_eq!(no_role.status.code(), Some(2));
    well(
        replevin(&[
            "partner",
            "add",
            "--data",
            place,
            "--slug",
            "nordlys",
            "--name",
            "Nordlys Auktioner",
        ])
        .output()
        .unwrap(),
    );
    let token = well(
        replevin(&[
            "token",
            "create",
            "--data",
            place,
            "--partner",
            "nordlys",
            "--label",
            "feed",
            "--json",
        ])
        .output()
        .unwrap(),
    );
    let token: Value = serde_json::from_str(&token).unwrap();

    let push = || async {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let body = format!("{}\n", bicycle("A-1", &frame_number(1)));
        let request = client
            .post(format!("{base}/api/v1/partners/nordlys/listings"))
            .bearer_auth(token["secret"].as_str().unwrap());
        request
            .header("content-type", "application/x-ndjson")
            .body(body)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    let before = push().await;
    let letter = replevin(&[
        "letter",
        "add",
        "--data",
        place,
        "--partner",
        "nordlys",
        "--legal-basis",
        "voluntary_letter",
        "--reference",
        "J.nr. 2026-114",
        "--from",
        "2020-01-01",
        "--to",
        "2060-01-01",
        "--threshold",
        "0.9",
        "--askable",
        "name",
        "--approvals",
        "1",
        "--response-hours",
        "48",
        "--retention-days",
        "180",
        "--hold-trigger",
        "confirmed",
        "--hold-days",
        "14",
        "--hold-expiry",
        "keep",
        "--json",
    ])
    .output();
    let entered = letter.unwrap();
    let after = push().await;
    service.kill().unwrap();
    service.wait().unwrap();
    let entered: Value = serde_json::from_str(&well(entered)).unwrap();
    assert_eq!(entered["hold_policy"]["trigger"], "confirmed", "{entered}");
    let listed = well(replevin(&["letter", "list", "--data", place, "--json"]).output().unwrap());
    let listed: Value = serde_json::from_str(listed.trim()).unwrap();
    let policy = &listed["hold_policy"];
    assert_eq!((&policy["days"], &policy["expiry"]), (&json!(14), &json!("keep")), "{listed}");
    assert_eq!(
        (before, after),
        (403, 200),
        "the letter, entered beside the running service, decides"
    );
    well(replevin(&["audit", "verify", "--data", place]).output().unwrap());
}

#[test]
fn what_cannot_be_served_is_told_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("file"), folder.path().join("data"));
    std::fs::write(&file, "x").unwrap();
    let told = |arguments: &[&str]| {
        let output = replevin(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let on_file = told(&["serve", "--listen", "127.0.0.1:0", "--data", file.to_str().unwrap()]);
    assert!(on_file.contains("is not a directory"), "{on_file}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    told(&["serve", "--listen", &address, "--data", data.to_str().unwrap()]);
    assert!(!data.exists(), "a service that could not listen left a database");
}

#[tokio::test]
async fn an_edited_log_is_found() {
    let mut app = TestApp::start().await;
    app.register(&owned_bicycle(&frame_number(1))).await;
    app.stop();
    let head = well(app.command("audit verify").arg("--json").output().unwrap());
    let head: Value = serde_json::from_str(&head).unwrap();
    let database = rusqlite::Connection::open(app.data().join("replevin.sqlite")).unwrap();
    database
        .execute_batch("DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_remain;")
        .unwrap();
    database
        .execute(
            "UPDATE audit_entries SET action = 'item_changed' WHERE action = 'item_registered'",
            [],
        )
        .unwrap();
    let edited = app.command("audit verify").output().unwrap();
    assert_eq!(edited.status.code(), Some(1), "an edited entry passed: {head}");
    database
        .execute(
            "UPDATE audit_entries SET action = 'item_registered' WHERE action = 'item_changed'",
            [],
        )
        .unwrap();
    well(app.command("audit verify").output().unwrap());
    database.execute("DELETE FROM audit_entries WHERE number = 2", []).unwrap();
    assert_eq!(
        app.command("audit verify").output().unwrap().status.code(),
        Some(1),
        "a deleted entry passed"
    );
}

#[tokio::test]
async fn a_backup_restored_elsewhere_holds_everything() {
    let app = TestApp::start().await;
    let cases = app.open_cases(2).await;
    app.decide(&cases[0].report, "confirmed").await;
    let request = app.ask(&cases[0].report).await;
    app.approve(&request).await;
    app.answer(&request).await;
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    well(app.command("backup").arg(&copy).output().unwrap());
    let queue = app.queue().await;
    app.push(&[bicycle("L-after", &frame_number(40))]).await;

    let data = copies.path().join("data");
    let place = data.to_str().unwrap();
    well(replevin(&["restore", "--data", place]).arg(&copy).output().unwrap());
    well(replevin(&["audit", "verify", "--data", place]).output().unwrap());
    // Keys are no part of a backup: whoever restores has kept them.
    std::fs::create_dir(data.join("keys")).unwrap();
    for key in std::fs::read_dir(app.data().join("keys")).unwrap() {
        let key = key.unwrap();
        std::fs::copy(key.path(), data.join("keys").join(key.file_name())).unwrap();
    }
    let restored = app.elsewhere(&data).await;
    assert_eq!(json!(restored.queue().await), json!(queue));
    let identity = format!("/api/v1/disclosure-requests/{request}/identity");
    let opened = restored.officer_on_case().get(&identity).await.expect(200).json();
    assert_eq!(opened["identity"]["name"], "Ib Seller");
    assert_eq!(
        restored.figures().await.value("replevin_rows{table=\"listings\"}"),
        2,
        "what came after the backup is in it"
    );
}

#[test]
fn help_shows_an_example_and_wrong_usage_says_two() {
    for command in [
        "serve",
        "demo",
        "match",
        "evaluate",
        "inspect",
        "reindex",
        "backup",
        "restore",
        "check-config",
        "audit verify",
        "audit export",
        "user add",
        "partner add",
        "letter add",
        "token create",
    ] {
        let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let help = well(replevin(&words).output().unwrap());
        assert!(help.contains("Example"), "{command}: no example");
        let words: Vec<_> = command.split(' ').chain(["--no-such-flag"]).collect();
        assert_eq!(replevin(&words).output().unwrap().status.code(), Some(2), "{command}");
    }
}
