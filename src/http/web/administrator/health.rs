//! How the service fares, for its administrator: every partner's feeds, letters that end, the index and what waits; and by which
//! thresholds it decides.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use replevin_index::Side;

use super::administrator;
use super::thresholds::{LetterRow, Setting, all_letters, settings};
use crate::app::App;
use crate::casework::feed_health;
use crate::domain::photo::PhotoWay;
use crate::http::web::feed_health::{name, standing, warnings};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::SignedIn;
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::http::web::words;
use crate::store::{Reader, StoreError};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/health", get(show))
}

struct FeedRow {
    partner: String,
    partner_name: String,
    feed: String,
    standing: &'static str,
    colour: &'static str,
    last: String,
    rejected: String,
    photos: String,
}

struct Warning {
    partner: String,
    partner_name: String,
    text: String,
}

#[derive(Template)]
#[template(path = "administrator/health.html")]
struct HealthPage {
    page: Page,
    warnings: Vec<Warning>,
    feeds: Vec<FeedRow>,
    rows: Vec<SummaryRow>,
    settings: Vec<Setting>,
    letters: Vec<LetterRow>,
}

async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let now = app.clock.now();
    let ((warned, feeds), mut rows, letters) = app
        .store
        .read(move |reader| {
            let (mut warned, mut feeds) = (Vec::new(), Vec::new());
            for partner in reader.partners()? {
                let health = feed_health::of_partner(reader, partner.id, now)?;
                warned.extend(warnings(&health, now).into_iter().map(|text| Warning {
                    partner: partner.id.to_string(),
                    partner_name: partner.name.clone(),
                    text,
                }));
                let failing: u64 = health.photos_failing.iter().map(|failing| failing.photos).sum();
                feeds.extend(health.streams.iter().map(|stream| {
                    let (standing, colour) = standing(stream);
                    FeedRow {
                        partner: partner.id.to_string(),
                        partner_name: partner.name.clone(),
                        feed: name(stream),
                        standing,
                        colour,
                        last: stream
                            .last_at
                            .map_or_else(|| "never".to_owned(), |at| words::distance(at, now)),
                        rejected: words::thousands(stream.figures.rejected),
                        photos: words::thousands(failing),
                    }
                }));
            }
            Ok::<_, StoreError>(((warned, feeds), waiting(reader)?, all_letters(reader, now)?))
        })
        .await?;
    rows.extend(index(&app, &rows));
    let shown = HealthPage {
        page: who.page("How the service fares", "/health"),
        warnings: warned,
        feeds,
        rows,
        settings: settings(&app),
        letters,
    };
    Ok(render(StatusCode::OK, &shown))
}

/// What waits for whom.
fn waiting(reader: &Reader<'_>) -> Result<Vec<SummaryRow>, StoreError> {
    let (last, matched) = (reader.last_change()?.0, reader.cursor("matching")?.0);
    let row = |key: &str, number: u64| SummaryRow::new(key, words::thousands(number));
    let mut rows = vec![
        row("Changes so far", last),
        row("Changes that wait to be compared", last.saturating_sub(matched)),
        row("Photos and other effects that wait", reader.count_effects()?),
        row(
            "Photos whose barcodes are to be read",
            reader.count_photos_to_read(PhotoWay::Barcode)?,
        ),
        row(
            "Photos whose labels are to be read",
            reader.count_photos_to_read(PhotoWay::Label)?,
        ),
        row("Listings on sale", reader.count_active_listings()?),
    ];
    for (state, number) in reader.count_reports()? {
        rows.push(row(&format!("Reports: {state}"), number));
    }
    Ok(rows)
}

/// How far the index is.
fn index(app: &App, rows: &[SummaryRow]) -> Vec<SummaryRow> {
    let checkpoint = app.engine.checkpoint().0;
    let last: u64 = rows
        .first()
        .map(|row| row.value.replace(',', ""))
        .and_then(|last| last.parse().ok())
        .unwrap_or_default();
    let count = |side| words::thousands(app.engine.len(side) as u64);
    vec![
        SummaryRow::new(
            "Changes that wait for the index",
            words::thousands(last.saturating_sub(checkpoint)),
        ),
        SummaryRow::new("Fetched files on disk", disk(app.spool.bytes())),
        SummaryRow::new("Items in the index", count(Side::Registered)),
        SummaryRow::new("Listings in the index", count(Side::Offered)),
    ]
}

/// What fetched files take up, of how much.
fn disk((held, most): (u64, u64)) -> String {
    let mib = |bytes: u64| words::thousands(bytes.div_ceil(1 << 20));
    format!("{} of {} MiB", mib(held), mib(most))
}
