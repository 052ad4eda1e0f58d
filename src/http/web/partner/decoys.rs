//! The partner's consent to decoys, and the test listings to copy into a feed.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use chrono::{NaiveDate, NaiveTime};

use super::own_partner;
use crate::app::App;
use crate::casework::CaseworkError;
use crate::casework::decoys::STANDING_MAX;
use crate::domain::ids::PartnerId;
use crate::feeds::record::ListingLine;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, render};
use crate::http::web::words;
use crate::store::StoreError;

const TITLE: &str = "Test listings";
const NOTICES: [(&str, &str); 2] = [
    (
        "consented",
        "You consent to decoys. An administrator of the service may plant them now.",
    ),
    (
        "refused",
        "The consent is withdrawn. The decoys that stood are taken back; take their listings out of your feed.",
    ),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/test-listings", get(show).post(change))
}

struct DecoyRow {
    reference: String,
    planted_at: String,
    came_at: String,
    /// The record as a line of NDJSON.
    record: String,
}

#[derive(Template)]
#[template(path = "partner/decoys.html")]
struct DecoysPage {
    page: Page,
    /// Until when the partner consents, in words; none without a consent.
    consent: Option<String>,
    until: String,
    decoys: Vec<DecoyRow>,
}

async fn show(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let page = with_notice(who.page(TITLE, "/feeds"), &uri, &NOTICES);
    Ok(render(StatusCode::OK, &decoys_page(&app, page, partner, "").await?))
}

/// Consents, or with `go=refuse` withdraws the consent.
async fn change(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &form.who).await?;
    let caller = form.who.principal();
    if form.fields.get("go") == "refuse" {
        app.casework.refuse_decoys(&caller).await?;
        return Ok(see_other("/test-listings?done=refused"));
    }
    let typed = form.fields.get("until");
    let day = match typed {
        "" => Ok(None),
        typed => typed.parse::<NaiveDate>().map(Some),
    };
    let reason = match day {
        Err(_) => "Choose a day, or leave it empty.".to_owned(),
        Ok(day) => {
            let ends_at = day.map(|day| day.and_time(NaiveTime::MIN).and_utc());
            match app.casework.consent_to_decoys(&caller, ends_at).await {
                Ok(()) => return Ok(see_other("/test-listings?done=consented")),
                Err(CaseworkError::Invalid { reason, .. }) => words::sentence(&reason),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let page = form.who.page(TITLE, "/feeds").with_error("until", reason);
    Ok(render(FORM_AGAIN, &decoys_page(&app, page, partner, typed).await?))
}

async fn decoys_page(app: &App, page: Page, partner: PartnerId, typed: &str) -> Result<DecoysPage, Refusal> {
    let read = app.store.read(move |reader| {
        let decoys = reader.standing_decoys(partner, STANDING_MAX)?;
        Ok::<_, StoreError>((decoys, reader.decoy_consent(partner)?))
    });
    let ((decoys, consent), now) = (read.await?, app.clock.now());
    let mut rows = Vec::with_capacity(decoys.len());
    for decoy in decoys {
        let record = serde_json::to_string(&ListingLine::from(&decoy.listing()));
        rows.push(DecoyRow {
            planted_at: words::instant(decoy.planted_at),
            came_at: decoy.came.map_or("not yet".to_owned(), |came| words::instant(came.at)),
            record: record.map_err(|error| Problem::internal(&error))?,
            reference: decoy.reference,
        });
    }
    let holds = consent.filter(|consent| consent.holds(now));
    Ok(DecoysPage {
        page,
        consent: holds.map(|consent| match consent.ends_at {
            Some(end) => format!("until {}", words::instant(end)),
            None => "until you withdraw it".to_owned(),
        }),
        until: typed.to_owned(),
        decoys: rows,
    })
}
