//! Numbers that stand in photos only: from a barcode, and from the text of a type plate, to the report that names its source.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::samples::{bicycle, owned_bicycle};
use crate::support::{PATIENCE, TestApp};

/// What `frame-barcode.jpg` and `type-plate.jpg` say.
const FRAME_NUMBER: &str = "WBK147214D";
const SERIAL: &str = "GZ7710345";
const TESSERACT: &str = "/usr/bin/tesseract";

fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/labels").join(name)
}

/// Whether text can be read here. A machine without tesseract skips the tests of it, and says so where nobody can miss it.
fn reads_text() -> bool {
    let installed = Path::new(TESSERACT).exists();
    if !installed {
        eprintln!("\n*** SKIPPED: tesseract is not installed, the reading of labels IS NOT TESTED (scripts/setup test) ***\n");
    }
    installed
}

impl TestApp {
    async fn put_listing_photo(&self, reference: &str, number: u16, name: &str) {
        let path = format!("/api/v1/partners/{PARTNER}/listings/{reference}/photos/{number}");
        let bytes = std::fs::read(picture(name)).unwrap();
        self.partner()
            .send_bytes(Method::PUT, &path, "image/jpeg", bytes)
            .await
            .expect(200);
    }

    /// The only report's evidence of a number, once there is one.
    async fn number_evidence(&self) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            self.settle().await;
            if let Some(row) = self.queue().await.first() {
                let path = format!("/api/v1/reports/{}", row["id"].as_str().unwrap());
                let report = self.officer().get(&path).await.expect(200).json();
                let evidence = report["assessment"]["evidence"].as_array().unwrap().clone();
                return evidence.into_iter().find(|one| one["comparison"] == "identifier").unwrap();
            }
            assert!(Instant::now() < until, "no report:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A bicycle on sale of whose number its text says nothing.
fn silent(reference: &str) -> Value {
    let mut listing = bicycle(reference, "");
    listing.as_object_mut().unwrap().remove("identifiers");
    listing
}

#[tokio::test]
async fn a_barcode_in_a_photo_makes_a_report_that_names_it() {
    let app = TestApp::start().await;
    app.stolen(&owned_bicycle(FRAME_NUMBER)).await;
    app.push(&[silent("L-1")]).await;
    app.settle().await;
    assert!(app.queue().await.is_empty(), "reported without the number");
    app.put_listing_photo("L-1", 1, "frame-barcode.jpg").await;
    let evidence = app.number_evidence().await;
    let says = evidence["says"].as_str().unwrap();
    assert_eq!(
        says,
        format!("frame number {FRAME_NUMBER} read from a barcode in photo 1 is the registered one")
    );
    assert_eq!(evidence["detail"]["found_in"], "barcode");
    let figures = app.figures().await;
    assert_eq!(figures.value("replevin_photo_numbers_found{way=\"barcode\"}"), 1);
    // The photo is kept as long as the report is, like any that the evidence rests on.
    let kept: i64 = app
        .database()
        .query_row("SELECT count(*) FROM report_photos WHERE side = 'listing'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(kept, 1);
    let page = app
        .sign_in("officer")
        .await
        .get(&format!("/reports/{}", app.queue().await[0]["id"].as_str().unwrap()))
        .await;
    assert!(page.text().contains("read from a barcode in photo 1"));
}

#[tokio::test]
async fn a_type_plate_in_a_photo_makes_a_report_that_names_it() {
    if !reads_text() {
        return;
    }
    let app = TestApp::start_with("[photos]\ntesseract = \"auto\"\ntesseract_deadline_s = 120").await;
    let item = json!({
        "title": "Nordvind KS 240 hårtørrer", "brand": "Nordvind", "model": "KS 240",
        "identifiers": [{"kind": "serial", "value": SERIAL}],
    });
    app.stolen(&item).await;
    for (reference, plate) in [("L-1", "type-plate.jpg"), ("L-2", "type-plate-on-its-side.jpg")] {
        app.push(&[json!({"id": reference, "title": "Nordvind KS 240", "brand": "Nordvind", "seller": {"ref": "u-1"}})])
            .await;
        app.put_listing_photo(reference, 1, plate).await;
    }
    let evidence = app.number_evidence().await;
    let says = evidence["says"].as_str().unwrap();
    assert!(
        says.contains(&format!("serial number {SERIAL} read from the text in photo 1")),
        "{says}"
    );
    assert_eq!(evidence["detail"]["found_in"], "label");
    assert!(app.whole_log().contains("text is read off photos"), "{}", app.log());
    let until = Instant::now() + PATIENCE;
    while app.figures().await.value("replevin_photos_to_read{way=\"label\"}") > 0 {
        assert!(Instant::now() < until, "labels are left:\n{}", app.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    app.settle().await;
    assert_eq!(app.queue().await.len(), 2, "the plate on its side is read as well");
}

#[tokio::test]
async fn a_reader_that_hangs_holds_up_neither_the_service_nor_its_end() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("tesseract");
    std::fs::write(
        &program,
        "#!/bin/sh\n[ \"$1\" = --version ] && echo pretended 1 && exit\nexec sleep 600\n",
    )
    .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut app = TestApp::start_with(&format!("[photos]\ntesseract = {program:?}")).await;
    app.stolen(&owned_bicycle(FRAME_NUMBER)).await;
    app.push(&[silent("L-1"), silent("L-2")]).await;
    app.put_listing_photo("L-2", 1, "type-plate.jpg").await;
    app.put_listing_photo("L-1", 1, "frame-barcode.jpg").await;
    // Barcodes are read first, whatever becomes of the labels.
    app.number_evidence().await;
    let started = Instant::now();
    app.stop();
    assert!(started.elapsed() < Duration::from_secs(15), "the child was waited for");
}

#[test]
fn inspect_shows_barcodes_and_text() {
    let inspect = |name: &str, more: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_replevin"))
            .args(["inspect", "image", "--json"])
            .args(more)
            .arg(picture(name))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let shown = inspect("frame-barcode.jpg", &["--no-text"]);
    let code = &shown["barcodes"][0];
    assert_eq!((&code["symbology"], &code["text"]), (&json!("code_39"), &json!(FRAME_NUMBER)));
    assert_eq!(code["identifiers"][0]["kind"], "frame_number");
    assert!(shown.get("label_text").is_none());
    if reads_text() {
        let shown = inspect("type-plate.jpg", &[]);
        assert_eq!(shown["barcodes"], json!([]));
        let numbers = shown["label_text"]["identifiers"].as_array().unwrap();
        assert!(numbers.iter().any(|number| number["normalised"] == SERIAL), "{shown:#}");
    }
}
