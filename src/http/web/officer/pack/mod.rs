//! Evidence packs: what a report's pack says, made from what its page shows, for the page and for the API.
//!
//! Puts document and bundle together; how they are written and sealed is `evidence`'s, who may have one and the entry in the log
//! is `casework`'s.

mod custody;
mod files;
mod limits;
mod page;
mod paper;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

pub(super) use page::routes;

use super::pictures::Facts;
use crate::app::App;
use crate::casework::PackFacts;
use crate::domain::account::Principal;
use crate::domain::evidence_pack::PackForm;
use crate::domain::ids::ReportId;
use crate::domain::listing::PhotoState;
use crate::domain::photo::{ContentHash, PhotoSide};
use crate::domain::time::Timestamp;
use crate::evidence::{self, Manifest};
use crate::http::error::Problem;
use crate::http::web::shell::protect;
use crate::http::web::zone;
use crate::intake::IntakeError;
use crate::store::StoreError;

/// A pack that may leave.
pub(in crate::http) struct Made {
    /// What the file is called.
    pub(in crate::http) name: String,
    pub(in crate::http) media_type: &'static str,
    pub(in crate::http) bytes: Vec<u8>,
}

/// All that goes into a pack.
struct Contents {
    facts: PackFacts,
    /// What was read off the photos of both sides.
    read: Facts,
    photos: Vec<ShownPhoto>,
    now: Timestamp,
    key: String,
}

/// A photo of either side.
struct ShownPhoto {
    side: PhotoSide,
    /// What it is called in the bundle, without an ending: `item-1`.
    name: String,
    sha256: ContentHash,
}

impl Made {
    /// As a file to be kept.
    pub(in crate::http) fn served(self) -> Response {
        let mut response = self.bytes.into_response();
        let headers = response.headers_mut();
        protect(headers);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        let attachment = format!("attachment; filename=\"{}\"", self.name);
        if let Ok(value) = HeaderValue::from_str(&attachment) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}

/// Makes a pack of a report, and enters that it was made.
pub(in crate::http) async fn make(app: &App, caller: &Principal, id: ReportId, form: PackForm) -> Result<Made, Problem> {
    let facts = app.casework.evidence_facts(caller, id).await?;
    let (facts, read) = app
        .store
        .read(move |reader| {
            let read = Facts::read(reader, &facts.view)?;
            Ok::<_, StoreError>((facts, read))
        })
        .await?;
    let (number, marking) = (facts.view.report.number, facts.marking);
    let contents = Contents {
        photos: photos(&facts),
        facts,
        read,
        now: app.clock.now(),
        key: app.evidence_key.public().to_string(),
    };
    let pictures = paper::pictures(app, &contents).await?;
    let parts = match form {
        PackForm::Bundle => files::photos(app, &contents).await?,
        PackForm::Document => Vec::new(),
    };
    let app_parts = app.clone();
    let zone = zone::current();
    let built = move || built(&app_parts, &contents, pictures, parts, form);
    let building = tokio::task::spawn_blocking(move || zone::told_beside(zone, built));
    let bytes = building.await.map_err(|error| Problem::internal(&error))??;
    let made = (ContentHash::of(&bytes), bytes.len() as u64);
    app.casework.record_evidence_pack(caller, id, (form, marking), made).await?;
    let (ending, media_type) = match form {
        PackForm::Document => ("pdf", "application/pdf"),
        PackForm::Bundle => ("zip", "application/zip"),
    };
    Ok(Made {
        name: format!("SR-{number}-{}.{ending}", marking.word()),
        media_type,
        bytes,
    })
}

fn built(
    app: &App,
    contents: &Contents,
    pictures: paper::Pictures,
    photos: Vec<evidence::Part>,
    form: PackForm,
) -> Result<Vec<u8>, Problem> {
    let held_back: Vec<&str> = photos
        .iter()
        .filter(|part| files::is_redrawn(part))
        .map(|part| part.path.as_str())
        .collect();
    let document = paper::document(contents, pictures, &held_back);
    let pdf = evidence::draw(&document).map_err(|error| Problem::internal(&error))?;
    if form == PackForm::Document {
        return Ok(pdf);
    }
    let mut parts = files::records(contents)?;
    parts.push(files::part("report.pdf", "the report for readers", pdf));
    parts.extend(photos);
    let view = &contents.facts.view;
    let log = contents.facts.log;
    let about = Manifest {
        report: format!("SR-{}", view.report.number),
        report_id: view.report.id.to_string(),
        marking: contents.facts.marking.word().to_owned(),
        sealed_at: contents.now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        sealed_by: contents.facts.by_name.clone(),
        log_head: format!("{}:{}", log.entries, hex::encode(log.head.0)),
        ..Manifest::default()
    };
    evidence::seal(&parts, about, &app.evidence_key).map_err(|error| Problem::internal(&error))
}

/// The photos that the report shows: the item's, the listing's, then those that its evidence rests on and neither shows any more.
fn photos(facts: &PackFacts) -> Vec<ShownPhoto> {
    let view = &facts.view;
    let mut photos = Vec::new();
    let mut add = |side: PhotoSide, name: String, sha256| {
        if !photos
            .iter()
            .any(|photo: &ShownPhoto| photo.sha256 == sha256 && photo.side == side)
        {
            photos.push(ShownPhoto { side, name, sha256 });
        }
    };
    for photo in &view.item.photos {
        add(PhotoSide::Item, format!("item-{}", photo.number), photo.sha256);
    }
    for photo in &view.listing.photos {
        if let PhotoState::Held { sha256 } = photo.state {
            add(PhotoSide::Listing, format!("listing-{}", photo.number), sha256);
        }
    }
    for (at, photo) in view.evidence_photos.iter().enumerate() {
        let side = match photo.side {
            PhotoSide::Item => "item",
            PhotoSide::Listing => "listing",
        };
        add(photo.side, format!("formerly-{side}-{}", at + 1), photo.sha256);
    }
    photos
}

/// What is said when a photo cannot be had: a pack without it would be no pack.
fn unreadable(error: IntakeError) -> Problem {
    match error {
        IntakeError::Store(error) => error.into(),
        error => Problem::internal(&error),
    }
}
