//! `/photos/{sha256}`: photos on pages, small and without metadata, for those who may see them.
//!
//! Owns who that is. An owner: photos of own items, and of listings that they are asked about. A partner: photos of its own
//! listings. Police: photos of items that are or were stolen by a theft report, of listings in suspicion reports, and those that
//! the evidence of such a report rests on; each look is logged. What a listing once showed counts as its own. Nobody else. Who may not is told what somebody is told who asks for a photo that does not exist.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::refusal::Refusal;
use super::session::{Fields, SignedIn};
use super::shell::protect;
use crate::app::App;
use crate::domain::account::{Account, Role};
use crate::domain::audit::{Act, Action, Actor, Subject, SubjectKind};
use crate::domain::ids::{ItemId, ListingId, ReportId};
use crate::domain::item::ItemStatus;
use crate::domain::photo::{ContentHash, PhotoSide};
use crate::http::error::Problem;
use crate::store::{PhotoUses, Reader, StoreError};

/// Longer side of a picture, pixels.
const SIDE_MAX: u32 = 1280;
/// Longer side with `?size=small`, pixels.
const SMALL_SIDE_MAX: u32 = 320;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/photos/{sha256}", get(photo))
}

/// The address of a photo in full.
#[must_use]
pub fn address(sha256: ContentHash) -> String {
    format!("/photos/{sha256}")
}

/// The address of a photo as a thumbnail.
#[must_use]
pub fn small_address(sha256: ContentHash) -> String {
    format!("/photos/{sha256}?size=small")
}

/// What lets somebody see a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// It is theirs, or they are asked about it.
    Own,
    /// Their work: the look goes into the log under this subject.
    Work(Action, Subject),
}

async fn photo(State(app): State<App>, who: SignedIn, Path(sha256): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    let sha256: ContentHash = sha256.parse().map_err(|_| Problem::missing("photo"))?;
    let account = who.account.clone();
    let (held, leave) = app
        .store
        .read(move |reader| {
            let held = reader.photo(sha256)?.is_some();
            Ok::<_, StoreError>((held, leave(reader, &account, sha256)?))
        })
        .await?;
    let actor = Actor::Account(who.account.id);
    let entry = match leave {
        Some(Leave::Own) => None,
        Some(Leave::Work(action, subject)) => Some(Act::new(actor, action, subject)),
        None if held => Some(Act::new(actor, Action::AccessRefused, SubjectKind::Service.all())),
        None => None,
    };
    if let Some(entry) = entry {
        let entry = entry.with_detail(json!({ "photo": sha256 }));
        app.store.act(entry, |_| Ok::<_, StoreError>(())).await?;
    }
    if leave.is_none() {
        return Err(Problem::missing("photo").into());
    }
    let small = Fields::parse(uri.query().unwrap_or("").as_bytes()).get("size") == "small";
    let side_max = if small { SMALL_SIDE_MAX } else { SIDE_MAX };
    let jpeg = app.intake.thumbnail(sha256, side_max).await?;
    let mut response = jpeg.into_response();
    protect(response.headers_mut());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(response)
}

/// What lets this account see this photo; none when nothing does.
fn leave(reader: &Reader<'_>, account: &Account, sha256: ContentHash) -> Result<Option<Leave>, StoreError> {
    let uses = reader.photo_uses(sha256)?;
    match account.role {
        Role::Owner => owners(reader, account, &uses.items, &uses.listings),
        Role::Partner => partners(reader, account, &uses.listings),
        Role::Officer | Role::Supervisor => polices(reader, &uses),
        Role::Auditor | Role::Administrator => Ok(None),
    }
}

fn owners(reader: &Reader<'_>, account: &Account, items: &[ItemId], listings: &[ListingId]) -> Result<Option<Leave>, StoreError> {
    for item in items {
        if reader.item(*item)?.is_some_and(|item| item.owner == account.id) {
            return Ok(Some(Leave::Own));
        }
    }
    let asked = reader.questions_of(account.id)?;
    let mut asked = asked.iter().filter(|question| question.withdrawn_at.is_none());
    let asked = asked.any(|question| listings.contains(&question.listing));
    Ok(asked.then_some(Leave::Own))
}

fn partners(reader: &Reader<'_>, account: &Account, listings: &[ListingId]) -> Result<Option<Leave>, StoreError> {
    for listing in listings {
        let partner = reader.listing(*listing)?.map(|listing| listing.partner);
        if partner.is_some() && partner == account.partner {
            return Ok(Some(Leave::Own));
        }
    }
    Ok(None)
}

fn polices(reader: &Reader<'_>, uses: &PhotoUses) -> Result<Option<Leave>, StoreError> {
    let in_report = |id: ReportId| Some(Leave::Work(Action::ReportConsulted, SubjectKind::Report.with(id.0)));
    for listing in &uses.listings {
        if let Some(report) = reader.reports_of_listing(*listing)?.first() {
            return Ok(in_report(report.id));
        }
    }
    for (id, side) in &uses.reports {
        let Some(report) = reader.report(*id)? else { continue };
        let status = reader.item(report.item)?.map(|item| item.status);
        if *side == PhotoSide::Listing || is_polices(status) {
            return Ok(in_report(report.id));
        }
    }
    for id in &uses.items {
        let status = reader.item(*id)?.map(|item| item.status);
        if !is_polices(status) {
            continue;
        }
        if let Some(theft) = reader.theft_reports_of_item(*id)?.first() {
            let subject = SubjectKind::TheftReport.with(theft.id.0);
            return Ok(Some(Leave::Work(Action::TheftReportConsulted, subject)));
        }
    }
    Ok(None)
}

/// Whether an item is the police's to see: it is stolen, or was and is recovered.
fn is_polices(status: Option<ItemStatus>) -> bool {
    matches!(status, Some(ItemStatus::Stolen { .. } | ItemStatus::Recovered))
}
