//! Decoys: planted with a partner's consent, what they show of each feed, taken back.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::TimeDelta;

use super::administrator;
use crate::app::App;
use crate::casework::CaseworkError;
use crate::casework::decoys::{self, DecoyFigures};
use crate::domain::decoy::{ALERT_MINUTES_MAX, Decoy, DecoyStanding, DecoyVariant};
use crate::domain::ids::{DecoyId, FeedId, PartnerId};
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, Page, render};
use crate::http::web::words;
use crate::store::StoreError;

/// Decoys that the figures rest on and of which the newest are listed.
const COUNTED: usize = 10_000;
const LISTED: usize = 100;
const NOTICES: [(&str, &str); 2] = [
    (
        "planted",
        "The decoy is planted. The partner finds its test listing on its page and by the API.",
    ),
    (
        "withdrawn",
        "The decoy is taken back. What still comes in under its id is let go.",
    ),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/decoys", get(show).post(plant))
        .route("/decoys/{id}/withdrawn", post(withdraw))
}

struct StreamRow {
    partner: String,
    stream: String,
    planted: u32,
    came: u32,
    alerted: u32,
    missed: u32,
    recall: String,
    after: String,
}

struct DecoyRow {
    id: String,
    reference: String,
    partner: String,
    variant: &'static str,
    standing: &'static str,
    colour: &'static str,
    planted_at: String,
    came_at: String,
    after: String,
    stands: bool,
}

#[derive(Template)]
#[template(path = "administrator/decoys.html")]
struct DecoysPage {
    page: Page,
    partners: Vec<Choice>,
    variants: Vec<Choice>,
    streams: Vec<StreamRow>,
    decoys: Vec<DecoyRow>,
    minutes: i64,
}

async fn show(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let page = with_notice(who.page("Decoys", "/decoys"), &uri, &NOTICES);
    Ok(render(StatusCode::OK, &decoys_page(&app, page, None).await?))
}

async fn plant(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let chosen = form.fields.get("variant");
    let variant = DecoyVariant::ALL.into_iter().find(|variant| variant.word() == chosen);
    let partner: Option<PartnerId> = form.fields.get("partner").parse().ok();
    let page = form.who.page("Decoys", "/decoys");
    let page = match (partner, variant) {
        (None, _) => page.with_error("partner", "Choose the partner whose feed is tried."),
        (_, None) => page.with_error("variant", "Choose what the listing shows."),
        (Some(partner), Some(variant)) => match app.casework.plant_decoy(actor, partner, variant).await {
            Ok(_) => return Ok(see_other("/decoys?done=planted")),
            Err(CaseworkError::Conflict(reason)) => page.with_error("partner", words::sentence(&reason)),
            Err(error) => return Err(error.into()),
        },
    };
    Ok(render(FORM_AGAIN, &decoys_page(&app, page, variant).await?))
}

async fn withdraw(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let id: DecoyId = id.parse().map_err(|_| Problem::missing("decoy"))?;
    app.casework.withdraw_decoy(actor, id).await?;
    Ok(see_other("/decoys?done=withdrawn"))
}

/// What the rows call partners and feeds.
#[derive(Default)]
struct Names {
    partners: BTreeMap<PartnerId, String>,
    feeds: BTreeMap<FeedId, String>,
}

impl Names {
    fn partner(&self, id: PartnerId) -> String {
        self.partners.get(&id).cloned().unwrap_or_default()
    }
}

async fn decoys_page(app: &App, page: Page, chosen: Option<DecoyVariant>) -> Result<DecoysPage, Refusal> {
    let now = app.clock.now();
    let read = app.store.read(move |reader| {
        let (mut names, mut consenting) = (Names::default(), Vec::new());
        for partner in reader.partners()? {
            let consent = reader.decoy_consent(partner.id)?;
            if consent.is_some_and(|consent| consent.holds(now)) {
                consenting.push(Choice::new(partner.id.to_string(), partner.name.clone()));
            }
            names.feeds.extend(
                reader
                    .feeds_of(partner.id)?
                    .into_iter()
                    .map(|feed| (feed.id, feed.name.to_string())),
            );
            names.partners.insert(partner.id, partner.name);
        }
        Ok::<_, StoreError>((names, consenting, reader.decoys(None, COUNTED)?))
    });
    let (names, partners, decoys) = read.await?;
    let variant = |variant: DecoyVariant| {
        Choice::new(variant.word(), variant.says()).chosen(variant == chosen.unwrap_or(DecoyVariant::Numbered))
    };
    Ok(DecoysPage {
        page,
        partners,
        variants: DecoyVariant::ALL.into_iter().map(variant).collect(),
        streams: decoys::figures(&decoys, now)
            .iter()
            .map(|figures| stream_row(figures, &names))
            .collect(),
        decoys: decoys
            .iter()
            .take(LISTED)
            .map(|decoy| decoy_row(decoy, &names, now))
            .collect(),
        minutes: ALERT_MINUTES_MAX,
    })
}

fn stream_row(figures: &DecoyFigures, names: &Names) -> StreamRow {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    StreamRow {
        partner: names.partner(figures.partner),
        stream: match figures.came_by {
            None => "not come in".to_owned(),
            Some(None) => "pushed without naming a feed".to_owned(),
            Some(Some(feed)) => names.feeds.get(&feed).cloned().unwrap_or_else(|| "a removed feed".to_owned()),
        },
        planted: figures.planted,
        came: figures.came,
        alerted: figures.alerted,
        missed: figures.missed,
        recall: figures.recall().map_or_else(String::new, |(share, (low, high))| {
            format!("{} ({} to {})", percent(share), percent(low), percent(high))
        }),
        after: figures.after.map_or_else(String::new, |(median, slowest)| {
            format!("{}; slowest {}", seconds(median), seconds(slowest))
        }),
    }
}

fn decoy_row(decoy: &Decoy, names: &Names, now: Timestamp) -> DecoyRow {
    let (standing, colour) = match decoy.standing(now) {
        DecoyStanding::Planted => ("planted", "blue"),
        DecoyStanding::CameIn => ("came in", "yellow"),
        DecoyStanding::Alerted => ("alerted", "green"),
        DecoyStanding::Missed => ("missed", "red"),
        DecoyStanding::Withdrawn => ("taken back", "grey"),
    };
    DecoyRow {
        id: decoy.id.to_string(),
        reference: decoy.reference.clone(),
        partner: names.partner(decoy.partner),
        variant: decoy.variant.says(),
        standing,
        colour,
        planted_at: words::instant(decoy.planted_at),
        came_at: decoy
            .came
            .as_ref()
            .map_or("not yet".to_owned(), |came| words::instant(came.at)),
        after: decoy.alert_after().map_or_else(String::new, seconds),
        stands: decoy.withdrawn_at.is_none(),
    }
}

/// A short time, in seconds.
fn seconds(time: TimeDelta) -> String {
    format!("{:.1} s", time.as_seconds_f64())
}
