//! An officer's free search: for a purpose that stands in the log with each.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::casework::{FoundItem, FoundListing, POLICE, Search, SoughtSeller};
use crate::domain::number_pattern::NumberPattern;
use crate::domain::place::Place;
use crate::http::caller::{Caller, StatedPurpose};
use crate::http::error::Problem;
use crate::http::input::JsonBody;
use crate::http::search::{Hits, SellerUnclear, finds_nothing, hits, seller};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What is searched for; everything that is given must hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SearchBody {
    /// Words.
    #[serde(default)]
    words: String,
    /// A number, or at least four characters of one: `?` for one that cannot be read, `*` for any.
    #[serde(default)]
    number: String,
    /// A country, or the beginning of a postcode or town.
    #[serde(default)]
    place: String,
    /// On listings of the seller of the report of this number.
    #[serde(default)]
    seller_of: Option<u64>,
    /// On listings of this seller: a partner's short name and what it calls the seller, such as `nordlys/u-8841`.
    #[serde(default)]
    seller: String,
    /// Listings received, and thefts that happened, from then on…
    #[serde(default)]
    from: Option<DateTime<Utc>>,
    /// …and before.
    #[serde(default)]
    to: Option<DateTime<Utc>>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct SearchAnswer {
    /// Stolen or recovered items.
    items: Vec<FoundItemView>,
    /// Listings.
    listings: Vec<FoundListingView>,
    /// There may be more than are named.
    cut: bool,
}

/// A stolen item.
#[derive(Debug, Serialize, ToSchema)]
struct FoundItemView {
    /// What its owner calls it.
    title: String,
    /// How it was found.
    how: String,
    /// The theft report that names it.
    theft_report: Uuid,
    /// The police's number of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    crime_reference: Option<String>,
}

/// A listing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundListingView {
    /// Its id.
    id: Uuid,
    /// The partner's own id of it.
    #[serde(rename = "ref")]
    reference: String,
    /// With whom it is.
    partner: String,
    /// How it is called.
    title: String,
    /// How it was found.
    how: String,
    /// When it was received first.
    received_at: DateTime<Utc>,
    /// The reports on it.
    reports: Vec<Uuid>,
}

/// Search stolen items and all listings
///
/// Each search stands in the log with the case and the reason; of what is asked, a digest.
#[utoipa::path(post, path = "/search", tag = "reports", request_body = SearchBody,
    params(
        ("Purpose-Case" = String, Header, description = "The case number"),
        ("Purpose-Reason" = String, Header, description = "Why"),
    ),
    responses(
        (status = 200, body = SearchAnswer),
        (status = 400, body = Problem, description = "Nothing is asked, or a field cannot be used"),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 428, body = Problem, description = "No purpose was stated"),
    ))]
async fn search(
    State(app): State<App>,
    caller: Caller,
    StatedPurpose(purpose): StatedPurpose,
    JsonBody(body): JsonBody<SearchBody>,
) -> Result<Json<SearchAnswer>, Problem> {
    let by = caller.account(&app, &POLICE).await?;
    let used = [
        ("words", !body.words.trim().is_empty()),
        ("number", !body.number.trim().is_empty()),
        ("place", !body.place.trim().is_empty()),
        ("seller", body.seller_of.is_some() || !body.seller.trim().is_empty()),
        ("from", body.from.is_some()),
        ("to", body.to.is_some()),
    ];
    let fields: Vec<&'static str> = used.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
    if fields.is_empty() {
        return Err(Problem::invalid("words", "say what to search for"));
    }
    if let Some((field, reason)) = finds_nothing(&body.number, (body.from, body.to)).next() {
        return Err(Problem::invalid(field, reason));
    }
    let account = app.store.read(move |reader| reader.account(by)).await?;
    let typed = [&body.words, &body.number, &body.place];
    // A search without a purpose finds nothing, so the index is not asked for it.
    let narrowed = fields.iter().any(|field| !["words", "number"].contains(field));
    let hits = match &purpose {
        Ok(_) => hits(&app, body.words.trim(), body.number.trim(), None, narrowed).await?,
        Err(_) => Hits::default(),
    };
    let named = seller(&app, &body.seller).await.map_err(|unclear| match unclear {
        SellerUnclear::Store(error) => error.into(),
        unclear => Problem::invalid("seller", unclear.to_string()),
    })?;
    let place = Place::folded(&body.place);
    let asked = Search {
        items: hits.items,
        listings: hits.listings,
        by_index: hits.asked,
        cut: hits.cut,
        number: NumberPattern::parse(&body.number).ok(),
        seller: named.or(body.seller_of.map(SoughtSeller::OfReport)),
        place: (!place.is_empty()).then_some(place),
        from: body.from,
        to: body.to,
        own_surname: account.is_some_and(|account| typed.iter().any(|text| account.surname_is_in(text))),
        digest: digest(&body),
        fields,
    };
    let found = app.casework.search(&caller.0, purpose, asked).await?;
    Ok(Json(SearchAnswer {
        items: found.items.into_iter().map(item).collect(),
        listings: found.listings.into_iter().map(listing).collect(),
        cut: found.cut,
    }))
}

/// SHA-256 over every field, each preceded by its name and its length.
fn digest(body: &SearchBody) -> String {
    let instant = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
    let fields = [
        ("words", body.words.clone()),
        ("number", body.number.clone()),
        ("place", body.place.clone()),
        (
            "seller_of",
            body.seller_of.map(|number| number.to_string()).unwrap_or_default(),
        ),
        ("seller", body.seller.clone()),
        ("from", instant(body.from)),
        ("to", instant(body.to)),
    ];
    let mut hasher = Sha256::new();
    for (name, value) in fields {
        hasher.update(format!("{name}:{}:{value}\n", value.len()));
    }
    hex::encode(hasher.finalize())
}

fn item(found: FoundItem) -> FoundItemView {
    FoundItemView {
        title: found.title,
        how: found.how,
        theft_report: found.theft.0,
        crime_reference: found.case,
    }
}

pub(super) fn listing(found: FoundListing) -> FoundListingView {
    let draft = found.listing.draft;
    FoundListingView {
        id: found.listing.id.0,
        reference: draft.reference,
        partner: found.partner_name,
        title: draft.description.title,
        how: found.how,
        received_at: found.listing.received_at,
        reports: found.reports.iter().map(|(id, _)| id.0).collect(),
    }
}
