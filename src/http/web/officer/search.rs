//! Free search: by words, number, photo, place, time and seller, for a case and a reason that stand in the log with each search.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use bytes::{Bytes, BytesMut};
use chrono::{Days, NaiveDate, NaiveTime};
use sha2::{Digest, Sha256};

use super::{police, purpose};
use crate::app::App;
use crate::casework::{Found, FoundItem, FoundListing, Search};
use crate::domain::number_pattern::NumberPattern;
use crate::domain::place::Place;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::search::{SellerUnclear, finds_nothing, hits, seller};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, SignedIn};
use crate::http::web::shell::{Page, render};
use crate::http::web::upload::{Part, Upload};
use crate::http::web::words;
use crate::intake::IntakeError;
use crate::matching::project::PhotoFacts;

const SEARCH: &str = "/search";
/// Largest form that is read to its end, bytes.
pub(super) const UPLOAD_BYTES_MAX: usize = 256 << 20;
pub(super) fn routes() -> Router<App> {
    let search = get(form).post(search).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX));
    Router::new().route("/search", search)
}

#[derive(Template)]
#[template(path = "officer/search.html")]
struct SearchPage {
    page: Page,
    case: String,
    reason: String,
    words: String,
    number: String,
    place: String,
    seller: String,
    from: String,
    to: String,
    /// What was found; none before the first search.
    found: Option<FoundRows>,
}

struct FoundRows {
    items: Vec<ItemRow>,
    listings: Vec<ListingRow>,
    cut: bool,
}

struct ItemRow {
    title: String,
    how: String,
    theft: String,
    case: String,
    stolen: String,
    place: String,
}

pub(super) struct ListingRow {
    pub(super) title: String,
    pub(super) reference: String,
    pub(super) partner: String,
    pub(super) how: String,
    pub(super) received: String,
    pub(super) place: String,
    pub(super) status: &'static str,
    pub(super) address: Option<String>,
    pub(super) reports: Vec<(String, u64)>,
}

async fn form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    Ok(render(
        StatusCode::OK,
        &page(who.page("Search", SEARCH), &Fields::default(), None),
    ))
}

fn page(page: Page, typed: &Fields, found: Option<Found>) -> SearchPage {
    let text = |name: &str| typed.get(name).to_owned();
    SearchPage {
        page,
        case: text("case"),
        reason: text("reason"),
        words: text("words"),
        number: text("number"),
        place: text("place"),
        seller: text("seller"),
        from: text("from"),
        to: text("to"),
        found: found.map(|found| FoundRows {
            items: found.items.iter().map(item_row).collect(),
            listings: found.listings.iter().map(listing_row).collect(),
            cut: found.cut,
        }),
    }
}

async fn search(State(app): State<App>, who: SignedIn, upload: Multipart) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let (typed, photo) = read(&who, upload, app.http.photo_bytes_max).await?;
    let mut frame = who.page("Search", SEARCH);
    let stated = match purpose(&typed) {
        Ok(stated) => Some(stated),
        Err((field, text)) => {
            frame = frame.with_error(field, text);
            None
        }
    };
    let span = span(&typed);
    for (field, text) in faults(&typed, photo.is_some(), span) {
        frame = frame.with_error(field, text);
    }
    let seller = match seller(&app, typed.get("seller")).await {
        Ok(seller) => Some(seller),
        Err(SellerUnclear::Store(error)) => return Err(Problem::from(error).into()),
        Err(unclear) => {
            frame = frame.with_error("seller", words::sentence(&unclear.to_string()));
            None
        }
    };
    let mut facts = None;
    if let Some(bytes) = photo.clone().filter(|_| frame.errors.is_empty()) {
        match app.intake.look_at_photo(bytes).await {
            Ok(reading) => {
                facts = Some(PhotoFacts {
                    fingerprint: Some(reading.fingerprint),
                    features: Some(reading.features),
                    body_serial: reading.exif.body_serial,
                    lens_serial: reading.exif.lens_serial,
                    numbers: Vec::new(),
                });
            }
            Err(error @ IntakeError::Photo(_)) => frame = frame.with_error("photo", words::sentence(&error.to_string())),
            Err(error) => return Err(error.into()),
        }
    }
    let (Some(stated), Ok((from, to)), Some(seller), true) = (stated, span, seller, frame.errors.is_empty()) else {
        return Ok(render(FORM_AGAIN, &page(frame, &typed, None)));
    };
    let hits = hits(&app, typed.get("words"), typed.get("number"), facts, is_narrowed(&typed)).await?;
    let place = Place::folded(typed.get("place"));
    let asked = Search {
        items: hits.items,
        listings: hits.listings,
        by_index: hits.asked,
        cut: hits.cut,
        number: NumberPattern::parse(typed.get("number")).ok(),
        seller,
        place: (!place.is_empty()).then_some(place),
        from,
        to,
        own_surname: ["words", "number", "place"]
            .iter()
            .any(|name| who.account.surname_is_in(typed.get(name))),
        digest: digest(&typed, photo.as_ref()),
        fields: fields(&typed, photo.is_some()),
    };
    let found = app.casework.search(&caller, Ok(stated), asked).await?;
    Ok(render(StatusCode::OK, &page(frame, &typed, Some(found))))
}

/// What of the conditions cannot be asked.
fn faults(
    typed: &Fields,
    photo: bool,
    span: Result<(Option<Timestamp>, Option<Timestamp>), &'static str>,
) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    match span {
        Err(field) => faults.push((field, "Give a day, such as 2026-11-21.".to_owned())),
        Ok(span) => {
            let senseless = finds_nothing(typed.get("number"), span);
            faults.extend(senseless.map(|(field, text)| (field, words::sentence(text))));
        }
    }
    let conditions = ["words", "number", "place", "seller", "from", "to"];
    if !photo && conditions.iter().all(|name| typed.get(name).is_empty()) {
        faults.push(("words", "Say what to search for.".to_owned()));
    }
    faults
}

/// Whether further conditions leave out some of what words, number and photo find.
fn is_narrowed(typed: &Fields) -> bool {
    ["place", "seller", "from", "to"]
        .iter()
        .any(|name| !typed.get(name).is_empty())
}

/// Reads the form: what was typed, and the photo when one was chosen.
pub(super) async fn read(who: &SignedIn, form: Multipart, bytes_max: usize) -> Result<(Fields, Option<Bytes>), Refusal> {
    let mut upload = Upload::open(who, form).await?;
    let (mut typed, mut photo) = (Vec::new(), BytesMut::new());
    while let Some(part) = upload.next().await? {
        match part {
            Part::Text(name, value) => typed.push((name, value)),
            Part::File(mut file) => {
                while let Some(piece) = file.piece().await? {
                    if photo.len() + piece.len() > bytes_max {
                        return Err(Problem::too_large("the photo is too large").into());
                    }
                    photo.extend_from_slice(&piece);
                }
            }
        }
    }
    Ok((typed.into(), (!photo.is_empty()).then(|| photo.freeze())))
}

/// The days of the form as instants: from the first one's beginning to the last one's end; else the field that is no day.
pub(super) fn span(typed: &Fields) -> Result<(Option<Timestamp>, Option<Timestamp>), &'static str> {
    let day = |name: &'static str| match typed.get(name) {
        "" => Ok(None),
        text => NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Some).map_err(|_| name),
    };
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let last = day("to")?.and_then(|day| day.checked_add_days(Days::new(1)));
    Ok((day("from")?.map(midnight), last.map(midnight)))
}

fn fields(typed: &Fields, photo: bool) -> Vec<&'static str> {
    let names = ["words", "number", "place", "seller", "from", "to"];
    let mut used: Vec<&'static str> = names.into_iter().filter(|name| !typed.get(name).is_empty()).collect();
    used.extend(photo.then_some("photo"));
    used
}

/// SHA-256 over every field and the photo, each preceded by its name and its length.
fn digest(typed: &Fields, photo: Option<&Bytes>) -> String {
    let mut hasher = Sha256::new();
    for name in ["words", "number", "place", "seller", "from", "to"] {
        let value = typed.get(name);
        hasher.update(format!("{name}:{}:{value}\n", value.len()));
    }
    if let Some(photo) = photo {
        hasher.update(format!("photo:{}:", photo.len()));
        hasher.update(photo);
    }
    hex::encode(hasher.finalize())
}

fn item_row(item: &FoundItem) -> ItemRow {
    ItemRow {
        title: item.title.clone(),
        how: item.how.clone(),
        theft: item.theft.to_string(),
        case: item.case.clone().unwrap_or_default(),
        stolen: words::span(item.stolen.0, item.stolen.1),
        place: words::place(&item.place),
    }
}

pub(super) fn listing_row(found: &FoundListing) -> ListingRow {
    let draft = &found.listing.draft;
    let address = draft.url.as_ref().filter(|url| matches!(url.scheme(), "http" | "https"));
    ListingRow {
        title: draft.description.title.clone(),
        reference: draft.reference.clone(),
        partner: found.partner_name.clone(),
        how: found.how.clone(),
        received: words::instant(found.listing.received_at),
        place: words::place(&draft.place),
        status: draft.status.word(),
        address: address.map(ToString::to_string),
        reports: found.reports.iter().map(|(id, number)| (id.to_string(), *number)).collect(),
    }
}
