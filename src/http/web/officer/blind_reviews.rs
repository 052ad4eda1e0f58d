//! The page of blind reviews: both sides of a pair, without what the program thinks of them, and one question.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::sides::{SideRow, attributes};
use super::{QUEUE, identifiers, police, stopped};
use crate::app::App;
use crate::casework::{BlindReviewView, CaseworkError, REASON_CHARACTERS};
use crate::domain::description::Description;
use crate::domain::ids::BlindReviewId;
use crate::domain::listing::PhotoState;
use crate::domain::photo::ContentHash;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, NavLink, Page, SummaryRow, render};
use crate::http::web::words;

/// Where the pair stands that is next.
const BLIND_REVIEWS: &str = "/blind-reviews";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/blind-reviews", get(next))
        .route("/blind-reviews/{id}", post(decide))
}

#[derive(Template)]
#[template(path = "officer/blind_review.html")]
struct BlindReviewPage {
    page: Page,
    waiting: u64,
    /// Names the review; empty, and so is the rest, when no pair waits.
    id: String,
    item_title: String,
    listing_title: String,
    partner: String,
    registered: Vec<Picture>,
    offered: Vec<Picture>,
    numbers: Vec<SideRow>,
    sides: Vec<SideRow>,
    times: Vec<SummaryRow>,
    verdicts: Vec<Choice>,
    reason: String,
}

struct Picture {
    sha256: String,
    alt: String,
}

impl BlindReviewPage {
    fn of_none(page: Page) -> Self {
        Self {
            page,
            waiting: 0,
            id: String::new(),
            item_title: String::new(),
            listing_title: String::new(),
            partner: String::new(),
            registered: Vec::new(),
            offered: Vec::new(),
            numbers: Vec::new(),
            sides: Vec::new(),
            times: Vec::new(),
            verdicts: Vec::new(),
            reason: String::new(),
        }
    }
}

/// What somebody filled into the form.
#[derive(Debug, Clone, Default)]
struct Typed {
    verdict: String,
    reason: String,
}

const NOTICES: &[(&str, &str)] = &[(
    "recorded",
    "Your answer is recorded. Thank you: this is the next pair, if one waits.",
)];

/// Answers in forms: word, what it says, and whether it is the same.
const VERDICTS: [(&str, &str, Option<bool>); 3] = [
    ("same", "Yes, it is the stolen item", Some(true)),
    ("another", "No, it is another object", Some(false)),
    ("unsure", "It cannot be told from this", None),
];

async fn next(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let view = app.casework.next_blind_review(&caller).await?;
    let waiting = app.casework.blind_reviews_waiting(&caller).await?;
    let page = with_notice(who.page("Blind review", QUEUE), &uri, NOTICES);
    let page = match view {
        Some(view) => of_pair(page, waiting, &view, Typed::default()),
        None => BlindReviewPage::of_none(page),
    };
    Ok(render(StatusCode::OK, &page))
}

async fn decide(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id: BlindReviewId = id.parse().map_err(|_| Problem::missing("blind review"))?;
    let typed = Typed {
        verdict: form.fields.get("verdict").to_owned(),
        reason: form.fields.get("reason").to_owned(),
    };
    let verdict = VERDICTS.iter().find(|(word, ..)| *word == typed.verdict);
    let mut faults = Vec::new();
    if verdict.is_none() {
        faults.push(("verdict", words::sentence("say whether it is the same item")));
    }
    if !REASON_CHARACTERS.contains(&typed.reason.chars().count()) {
        faults.push(("reason", words::sentence("say why, in at least 3 characters")));
    }
    let (Some((_, _, same)), true) = (verdict, faults.is_empty()) else {
        let view = match app.casework.open_blind_review(&caller, id).await {
            Ok(view) => view,
            Err(error) => return Ok(gone(&form.who, error)),
        };
        let mut page = form.who.page("Blind review", QUEUE);
        for (field, text) in &faults {
            page = page.with_error(*field, text.as_str());
        }
        let waiting = app.casework.blind_reviews_waiting(&caller).await?;
        return Ok(render(FORM_AGAIN, &of_pair(page, waiting, &view, typed)));
    };
    match app.casework.decide_blind_review(&caller, id, *same, &typed.reason).await {
        Ok(_) => Ok(see_other("/blind-reviews?done=recorded")),
        Err(error) => Ok(gone(&form.who, error)),
    }
}

fn gone(who: &SignedIn, error: CaseworkError) -> Response {
    stopped(who, QUEUE, error, NavLink::new(BLIND_REVIEWS, "To the next pair"))
}

fn of_pair(page: Page, waiting: u64, view: &BlindReviewView, typed: Typed) -> BlindReviewPage {
    let (item, listing) = (&view.item.draft, &view.listing.draft);
    let held = view.listing.photos.iter().filter_map(|photo| match photo.state {
        PhotoState::Held { sha256 } => Some(sha256),
        PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
    });
    let theft = &view.theft.theft;
    let at = |span: String, place: String| {
        [span, place]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut times = vec![SummaryRow::new(
        "Stolen",
        at(words::span(theft.from, theft.to), words::place(&theft.place)),
    )];
    let put_up = listing.posted_at.map(words::instant).unwrap_or_default();
    times.push(SummaryRow::new("Put up for sale", at(put_up, words::place(&listing.place))));
    times.push(SummaryRow::new("Received by us", words::instant(view.listing.received_at)));
    BlindReviewPage {
        page,
        waiting,
        id: view.id.to_string(),
        item_title: item.description.title.clone(),
        listing_title: listing.description.title.clone(),
        partner: view.partner.name.clone(),
        registered: pictures(view.item.photos.iter().map(|photo| photo.sha256), "registered item"),
        offered: pictures(held, "listing"),
        numbers: numbers(&item.description, &listing.description),
        sides: attributes(item, listing, |_| None),
        times: times.into_iter().filter(|row| !row.value.is_empty()).collect(),
        verdicts: (VERDICTS.iter())
            .map(|(word, label, _)| Choice::new(*word, *label).chosen(*word == typed.verdict))
            .collect(),
        reason: typed.reason,
    }
}

fn pictures(photos: impl Iterator<Item = ContentHash>, whose: &str) -> Vec<Picture> {
    let picture = |(sha256, number): (ContentHash, u32)| Picture {
        sha256: sha256.to_string(),
        alt: format!("Photo {number} of the {whose}"),
    };
    photos.zip(1..).map(picture).collect()
}

/// The numbers that both sides give, kind by kind; which of them agree is left to whoever looks.
fn numbers(item: &Description, listing: &Description) -> Vec<SideRow> {
    let mut kinds: Vec<_> = (item.identifiers.iter().chain(&listing.identifiers))
        .map(|given| given.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let given = |of: &Description, kind| {
        let values = of.identifiers.iter().filter(|given| given.kind == kind);
        values.map(|given| given.value.as_str()).collect::<Vec<_>>().join(", ")
    };
    let row = |kind| SideRow {
        name: identifiers::word(kind).to_owned(),
        registered: given(item, kind),
        offered: given(listing, kind),
        finding: "",
        colour: "",
    };
    kinds.into_iter().map(row).collect()
}
