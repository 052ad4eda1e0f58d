//! Evidence packs: what a bundle holds, that any change of it is found on a machine without the service, and as what it goes.

use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};

use replevin::evidence::verify;

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, frame_number, owned_bicycle, picture};

/// The files of a bundle that holds, by path.
fn files(bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
    verify(bundle, None).unwrap();
    let (mut files, mut rest) = (Vec::new(), bundle);
    let number = |rest: &[u8], at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap()) as usize;
    while rest.starts_with(b"PK\x03\x04") {
        let (size, name) = (number(rest, 18), usize::from(u16::from_le_bytes([rest[26], rest[27]])));
        let path = String::from_utf8(rest[30..30 + name].to_vec()).unwrap();
        files.push((path, rest[30 + name..30 + name + size].to_vec()));
        rest = &rest[30 + name + size..];
    }
    files
}

fn file<'f>(files: &'f [(String, Vec<u8>)], path: &str) -> &'f [u8] {
    let found = files.iter().find(|(name, _)| name == path);
    &found.unwrap_or_else(|| panic!("no {path}: {:?}", paths(files))).1
}

fn paths(files: &[(String, Vec<u8>)]) -> Vec<&str> {
    files.iter().map(|(path, _)| path.as_str()).collect()
}

/// The same picture as a camera writes it that knows where it is: with an EXIF part that says north.
fn with_position(jpeg: &[u8]) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
    // One entry that leads to the position at 26; there, one entry: the latitude is north.
    for field in [
        &b"\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0"[..],
        b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0",
    ] {
        exif.extend(field);
    }
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

impl TestApp {
    /// A report with a photo on each side, the listing's with the place where it was taken.
    async fn pictured_report(&self) -> String {
        let item = self.register(&owned_bicycle(&frame_number(0))).await;
        self.put_item_photo(&item, 1, picture("i-001-1.jpg")).await;
        self.verify_theft(&self.report_theft(&[&item]).await).await;
        self.push(&[bicycle("L-0", &frame_number(0))]).await;
        let path = format!("/api/v1/partners/{PARTNER}/listings/L-0/photos/1");
        let partner = self.partner();
        let put = partner.send_bytes(Method::PUT, &path, "image/jpeg", with_position(&picture("i-002-1.jpg")));
        put.await.expect(200);
        self.settle().await;
        self.first_report().await
    }

    async fn bundle(&self, report: &str) -> Vec<u8> {
        let path = format!("/api/v1/reports/{report}/evidence-packs");
        let made = self.officer().post(&path, &json!({})).await.expect(200);
        assert_eq!(made.header("content-type"), "application/zip");
        made.body
    }

    async fn marking(&self, report: &str) -> String {
        verify(&self.bundle(report).await, None).unwrap().manifest.marking
    }
}

#[tokio::test]
async fn a_bundle_holds_what_the_report_rests_on() {
    let app = TestApp::start().await;
    let report = app.pictured_report().await;
    let last = app.last_entry();
    let bundle = app.bundle(&report).await;
    assert_eq!(app.actions_since(last), ["report_consulted", "evidence_pack_made"]);
    let verified = verify(&bundle, None).unwrap();
    assert_eq!(
        (verified.manifest.report.as_str(), verified.manifest.marking.as_str()),
        ("SR-1", "intelligence")
    );
    let files = files(&bundle);
    assert_eq!(
        file(&files, "photos/item-1.jpg"),
        picture("i-001-1.jpg"),
        "not byte for byte as received"
    );
    let json = |path: &str| serde_json::from_slice::<Value>(file(&files, path)).unwrap();
    assert!(json("assessment.json")["probability"].as_f64().unwrap() > 0.5);
    assert_eq!(
        json("listing.json")["revisions"][0]["record"]["description"]["title"],
        bicycle("L-0", "")["title"]
    );
    assert!(json("custody.json").as_array().unwrap().len() > 5);
    assert!(file(&files, "report.pdf").starts_with(b"%PDF-1.7"));
    // The original that says where it was taken stays, and is named by its hash.
    let redrawn = file(&files, "photos/listing-1-without-position.jpg");
    assert!(!redrawn.windows(4).any(|window| window == b"Exif"), "{:?}", paths(&files));
    let what = verified
        .manifest
        .files
        .iter()
        .find(|entry| entry.path.contains("without"))
        .unwrap();
    assert!(what.what.contains("from the original "), "{what:?}");
    let text: String = files
        .iter()
        .filter(|(path, _)| path.ends_with(".json"))
        .map(|(_, bytes)| String::from_utf8_lossy(bytes))
        .collect();
    for secret in ["owner@replevin.example", "u-8841"] {
        assert!(!text.contains(secret), "{secret} left the service");
    }
    let page = app.report_page(&report).await;
    assert!(
        page.contains("Evidence pack made") && page.contains("bundle as intelligence, SHA-256"),
        "{page}"
    );
}

#[tokio::test]
async fn a_report_is_intelligence_until_somebody_vouches_for_it() {
    let app = TestApp::start().await;
    let report = app.open_cases(1).await.remove(0).report;
    let promote = format!("/api/v1/reports/{report}/evidence-promotion");
    let word = json!({"reason": "I have compared the frame number on the photo myself."});
    let early = app.officer().post(&promote, &word).await;
    early.expect(403);
    app.step(&report, "take", &json!({})).await;
    app.officer().post(&promote, &word).await.expect(409);
    app.step(
        &report,
        "review",
        &json!({"decision": "confirmed", "reason": "the number fits"}),
    )
    .await;
    assert_eq!(app.marking(&report).await, "intelligence");
    app.with(&app.people.other_officer).post(&promote, &word).await.expect(403);
    let last = app.last_entry();
    app.officer().post(&promote, &word).await.expect(201);
    assert_eq!(app.actions_since(last), ["evidence_promoted"]);
    app.officer().post(&promote, &word).await.expect(409);
    assert_eq!(app.marking(&report).await, "evidence");
    assert!(app.report_page(&report).await.contains("vouches for this report as evidence"));
    app.step(&report, "reopen", &json!({"reason": "a second bicycle has that number"}))
        .await;
    assert_eq!(
        app.marking(&report).await,
        "intelligence",
        "vouched for what is in question again"
    );
    app.step(
        &report,
        "review",
        &json!({"decision": "confirmed", "reason": "it was misread"}),
    )
    .await;
    assert_eq!(app.marking(&report).await, "intelligence", "the word was on another decision");
}

#[tokio::test]
async fn the_page_gives_both_forms_and_asks_before_somebody_vouches() {
    let app = TestApp::start().await;
    let report = app.open_cases(1).await.remove(0).report;
    app.decide(&report, "confirmed").await;
    let officer = app.sign_in("officer").await;
    let address = format!("/reports/{report}/evidence-pack");
    let document = officer.send(&address, &[("form", "document")]).await.expect(200);
    assert_eq!(document.header("content-type"), "application/pdf");
    assert!(document.header("content-disposition").contains("SR-1-intelligence.pdf"));
    assert!(document.body.starts_with(b"%PDF-1.7"));
    let bundle = officer.send(&address, &[("form", "bundle")]).await.expect(200);
    verify(&bundle.body, None).unwrap();
    let promote = format!("/reports/{report}/evidence-promotion");
    let empty = officer.send(&promote, &[("reason", "")]).await;
    assert!(empty.text().contains("Say why it is evidence."));
    let word = ("reason", "I have seen the frame number.");
    assert!(
        officer
            .send(&promote, &[word])
            .await
            .expect(200)
            .text()
            .contains("Check before you vouch for it")
    );
    officer.send(&promote, &[word, ("step", "send")]).await.expect(303);
    let document = officer.send(&address, &[("form", "document")]).await.expect(200);
    assert!(document.header("content-disposition").contains("SR-1-evidence.pdf"));
}

fn check(bundle: &std::path::Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replevin"));
    command.args(["evidence", "verify"]).arg(bundle).args(more);
    // No data directory, no configuration: nothing but the bundle.
    command.env_clear().current_dir("/").output().unwrap()
}

#[tokio::test]
async fn the_command_checks_a_bundle_by_itself() {
    let app = TestApp::start().await;
    let bundle = app.bundle(&app.pictured_report().await).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SR-1.zip");
    std::fs::write(&path, &bundle).unwrap();
    let key = verify(&bundle, None).unwrap().key.to_string();
    let well = check(&path, &["--key", &key]);
    let told = String::from_utf8_lossy(&well.stdout).into_owned();
    assert_eq!(well.status.code(), Some(0), "{told}");
    assert!(told.contains("SR-1, marked intelligence") && told.contains(&key), "{told}");
    assert_eq!(check(&path, &["--key", &"0".repeat(64)]).status.code(), Some(1));
    assert_eq!(check(&path, &["--key", "short"]).status.code(), Some(2));
    assert_eq!(check(&folder.path().join("none.zip"), &[]).status.code(), Some(1));
    let json: Value = serde_json::from_slice(&check(&path, &["--json"]).stdout).unwrap();
    assert_eq!((&json["intact"], &json["report"]), (&json!(true), &json!("SR-1")));
    // A bit in every region of the file: hundreds of places, spread evenly, and each of the first and last kilobytes.
    let spread = (0..400).map(|n| n * bundle.len() / 400);
    let ends = (0..600).chain(bundle.len() - 900..bundle.len());
    for (turn, at) in spread.chain(ends).enumerate() {
        let mut damaged = bundle.clone();
        damaged[at] ^= 1 << (turn % 8);
        assert!(verify(&damaged, None).is_err(), "a flipped bit in byte {at} was not found");
    }
    let mut damaged = bundle.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 4;
    std::fs::write(&path, &damaged).unwrap();
    let told = check(&path, &[]);
    assert_eq!(told.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&told.stderr).contains("NOT as it was sealed"),
        "{told:?}"
    );
}
