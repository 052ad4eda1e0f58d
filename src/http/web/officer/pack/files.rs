//! The files of a bundle: records for machines, and the photos.

use serde_json::{Value, json};

use super::{Contents, custody, limits, unreadable};
use crate::app::App;
use crate::domain::late_entry::Entered;
use crate::domain::photo::ContentHash;
use crate::evidence::Part;
use crate::http::error::Problem;
use crate::store::StoreError;

/// Longer side of a photo that stands for an original which is held back, pixels.
const REDRAWN_SIDE_MAX: u32 = 2048;
/// How the file of such a photo ends.
const REDRAWN: &str = "-without-position.jpg";

const README: &str = "\
This is an evidence pack of Replevin. report.pdf is for readers; the other files are what it rests on.

  manifest.json    every file with its SHA-256, the marking, who sealed it and when
  signature.json   the service's signature (Ed25519) over manifest.json
  assessment.json  the findings, their weights and the probability
  item.json        the item and the theft, as registered
  listing.json     the listing, every revision as recorded on receipt
  custody.json     who did what when
  photos/          the photos, byte for byte as received; one whose name ends in
                   -without-position.jpg stands for an original that says where it was taken

To check that nothing was changed, on any machine and without the service:

  replevin evidence verify BUNDLE.zip --key KEY

KEY is the service's public key: get it from the police that runs the service, not from this
bundle. The check can be done by hand, too: the signature is over the line
\"replevin evidence bundle 1\" with its line end, followed by the bytes of manifest.json.
";

pub(super) fn part(path: &str, what: &str, bytes: Vec<u8>) -> Part {
    Part {
        path: path.to_owned(),
        what: what.to_owned(),
        bytes,
    }
}

/// Whether a photo stands for an original that is held back.
pub(super) fn is_redrawn(part: &Part) -> bool {
    part.path.ends_with(REDRAWN)
}

/// The records.
pub(super) fn records(contents: &Contents) -> Result<Vec<Part>, Problem> {
    let written = |path: &str, what: &str, value: &Value| {
        let text = serde_json::to_string_pretty(value).map_err(|error| Problem::internal(&error))?;
        Ok::<_, Problem>(part(path, what, (text + "\n").into_bytes()))
    };
    let custody = serde_json::to_value(custody::lines(contents)).map_err(|error| Problem::internal(&error))?;
    Ok(vec![
        part(
            "readme.txt",
            "what the files are and how to check them",
            README.as_bytes().to_vec(),
        ),
        written("assessment.json", "the assessment", &assessment(contents))?,
        written("item.json", "the item and the theft", &item(contents))?,
        written("listing.json", "the listing as recorded on receipt", &listing(contents)?)?,
        written("custody.json", "the custody record", &custody)?,
    ])
}

fn assessment(contents: &Contents) -> Value {
    let view = &contents.facts.view;
    let mut record = json!({
        "report": format!("SR-{}", view.report.number),
        "item": view.report.item,
        "listing": { "id": view.listing.id, "partner": view.partner.slug.to_string(), "ref": view.listing.draft.reference },
        "state": view.report.state,
        "method": limits::method(&contents.facts),
    });
    if let (Value::Object(record), Ok(Value::Object(assessment))) = (&mut record, serde_json::to_value(&view.report.assessment)) {
        record.extend(assessment);
    }
    record
}

fn item(contents: &Contents) -> Value {
    let view = &contents.facts.view;
    let change = |change: &crate::casework::item_changes::ItemChangeView| {
        json!({
            "at": change.at,
            "registered": change.registered,
            "after_verification": change.after_verification,
            "after_listing": change.entered != Entered::Before,
            "entered": change.entered,
        })
    };
    json!({
        "id": view.item.id,
        "status": view.item.status.word(),
        "described": (!view.item.hidden).then_some(&view.item.draft),
        "photos": view.item.photos,
        "changes": view.item.changes.iter().map(change).collect::<Vec<_>>(),
        "theft": { "report": view.theft.id, "status": view.theft.verification.word(), "stated": view.theft.theft },
    })
}

fn listing(contents: &Contents) -> Result<Value, Problem> {
    let view = &contents.facts.view;
    let mut revisions = Vec::new();
    for (revision, delivery) in &contents.facts.revisions {
        let kept = serde_json::to_string(&revision.draft).map_err(|error| Problem::internal(&error))?;
        let delivery = delivery.as_ref().map(|delivery| {
            json!({ "id": delivery.id, "received_at": delivery.received_at, "size_bytes": delivery.size_bytes,
                    "sha256": delivery.sha256 })
        });
        revisions.push(json!({
            "number": revision.number,
            "received_at": revision.received_at,
            "delivery": delivery,
            // The record on one line without white space, as it is kept.
            "record_sha256": ContentHash::of(kept.as_bytes()),
            "record": revision.draft,
        }));
    }
    Ok(json!({
        "id": view.listing.id,
        "partner": { "id": view.partner.id, "slug": view.partner.slug.to_string(), "name": view.partner.name },
        "received_at": view.listing.received_at,
        "photos": view.listing.photos,
        "revisions": revisions,
    }))
}

/// The photos: their original bytes, checked against their hash; for one that says where it was taken, a copy that does not.
pub(super) async fn photos(app: &App, contents: &Contents) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    for photo in &contents.photos {
        let (files, sha256) = (app.photo_files.clone(), photo.sha256);
        let read = tokio::task::spawn_blocking(move || files.read(sha256)).await;
        let bytes = read
            .map_err(|error| Problem::internal(&error))?
            .map_err(|error| Problem::from(StoreError::Io(error)))?;
        let reading = app.intake.look_at_photo(bytes.clone().into()).await.map_err(unreadable)?;
        if reading.exif.has_gps {
            let drawn = app.intake.thumbnail(sha256, REDRAWN_SIDE_MAX).await.map_err(unreadable)?;
            let what = format!("drawn anew without position from the original {sha256}");
            parts.push(part(&format!("photos/{}{REDRAWN}", photo.name), &what, drawn));
        } else {
            let known = contents.facts.photos.iter().find(|one| one.sha256 == sha256);
            let ending = known.map_or("bin", |one| one.format.as_str()).replace("jpeg", "jpg");
            parts.push(part(
                &format!("photos/{}.{ending}", photo.name),
                "original, as received",
                bytes,
            ));
        }
    }
    Ok(parts)
}
