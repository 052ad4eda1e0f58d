//! Saved searches: the officer's list with what they have not seen, what each found, saving one and ending it.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;

use super::search::{ListingRow, UPLOAD_BYTES_MAX, listing_row, read, span};
use super::{police, purpose};
use crate::app::App;
use crate::casework::{CaseworkError, SavedSearchView};
use crate::domain::ids::SavedSearchId;
use crate::domain::saved_search::{SAVED_DAYS_MAX, Sought};
use crate::http::error::Problem;
use crate::http::search::report_number;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::http::web::words;
use crate::intake::IntakeError;

/// The navigation's link that these pages belong to.
const SEARCH: &str = "/search";
const TITLE: &str = "Saved searches";
const NOTICES: [(&str, &str); 2] = [
    (
        "saved",
        "The search is saved. It is run over whatever comes on sale from now on.",
    ),
    ("ended", "The search is ended, and what it found is forgotten."),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/searches",
            get(list).post(save).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX)),
        )
        .route("/searches/{id}", get(show).post(end))
}

struct SavedRow {
    id: String,
    name: String,
    asks: String,
    case: String,
    until: String,
    in_force: bool,
    found: u64,
    unseen: u64,
}

#[derive(Template)]
#[template(path = "officer/saved_searches.html")]
struct ListPage {
    page: Page,
    searches: Vec<SavedRow>,
    days_max: i64,
    form: Fields,
}

#[derive(Template)]
#[template(path = "officer/saved_search.html")]
struct HitsPage {
    page: Page,
    id: String,
    rows: Vec<SummaryRow>,
    /// Each listing, and whether it is new to the officer.
    listings: Vec<(ListingRow, bool)>,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let page = with_notice(who.page(TITLE, SEARCH), &uri, &NOTICES);
    let shown = list_page(&app, &who, page, Fields::default()).await?;
    Ok(render(StatusCode::OK, &shown))
}

async fn list_page(app: &App, who: &SignedIn, page: Page, form: Fields) -> Result<ListPage, Refusal> {
    let caller = police(app, who).await?;
    let searches = app.casework.saved_searches(&caller).await?;
    Ok(ListPage {
        page,
        searches: searches.iter().map(row).collect(),
        days_max: SAVED_DAYS_MAX,
        form,
    })
}

async fn save(State(app): State<App>, who: SignedIn, upload: Multipart) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let (typed, photo) = read(&who, upload, app.http.photo_bytes_max).await?;
    let Err((field, text)) = saved(&app, &who, &typed, photo).await? else {
        return Ok(see_other("/searches?done=saved"));
    };
    let page = who.page(TITLE, SEARCH).with_error(field, text);
    let shown = list_page(&app, &who, page, typed).await?;
    Ok(render(FORM_AGAIN, &shown))
}

/// Saves what was typed; else the field that is at fault, and why.
async fn saved(
    app: &App,
    who: &SignedIn,
    typed: &Fields,
    photo: Option<Bytes>,
) -> Result<Result<(), (&'static str, String)>, Refusal> {
    let stated = match purpose(typed) {
        Ok(stated) => stated,
        Err(fault) => return Ok(Err(fault)),
    };
    let Ok(seller_of) = report_number(typed.get("seller")) else {
        return Ok(Err(("seller", "Give a report’s number, such as SR-12.".to_owned())));
    };
    let (from, to) = match span(typed) {
        Ok(span) => span,
        Err(field) => return Ok(Err((field, "Give a day, such as 2026-11-21.".to_owned()))),
    };
    // Held until the search is saved: its photo is nobody's before.
    let (mut photo_read, mut _keeping) = (None, None);
    if let Some(bytes) = photo {
        match app.intake.keep_photo(bytes).await {
            Ok((photo, keeping)) => (photo_read, _keeping) = (Some(photo), Some(keeping)),
            Err(error @ IntakeError::Photo(_)) => return Ok(Err(("photo", words::sentence(&error.to_string())))),
            Err(error) => return Err(error.into()),
        }
    }
    let sought = Sought {
        words: typed.get("words").to_owned(),
        number: typed.get("number").to_owned(),
        place: typed.get("place").to_owned(),
        seller_of,
        from,
        to,
        photo: None,
    };
    let asked = (typed.get("name"), sought, typed.get("days").parse().unwrap_or(0));
    match app
        .casework
        .save_search(&who.principal(), Ok(stated), asked, photo_read)
        .await
    {
        Ok(_) => Ok(Ok(())),
        Err(CaseworkError::Invalid { field, reason }) => Ok(Err((field, words::sentence(&reason)))),
        Err(error) => Err(error.into()),
    }
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let found = app.casework.open_saved_search(&caller, parsed(&id)?).await?;
    let search = &found.search;
    let rows = vec![
        SummaryRow::new("Asks for", search.sought.says()),
        SummaryRow::new("Case", search.purpose.case.clone()).as_serial(),
        SummaryRow::new("Reason", search.purpose.reason.clone()),
        SummaryRow::new("Saved", words::instant(search.created_at)),
        SummaryRow::new("Runs until", words::instant(search.expires_at)),
    ];
    let shown = HitsPage {
        page: who.page(search.name.clone(), SEARCH),
        id: search.id.to_string(),
        rows,
        listings: found
            .listings
            .iter()
            .map(|(found, seen)| (listing_row(found), !seen))
            .collect(),
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn end(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    app.casework.end_saved_search(&caller, parsed(&id)?).await?;
    Ok(see_other("/searches?done=ended"))
}

fn row(view: &SavedSearchView) -> SavedRow {
    let search = &view.search;
    SavedRow {
        id: search.id.to_string(),
        name: search.name.clone(),
        asks: search.sought.says(),
        case: search.purpose.case.clone(),
        until: words::instant(search.expires_at),
        in_force: view.in_force,
        found: view.found,
        unseen: view.unseen,
    }
}

fn parsed(id: &str) -> Result<SavedSearchId, Problem> {
    id.parse().map_err(|_| Problem::missing("saved search"))
}
