//! Series and loot sets: the largest ones, and one of them as a whole with its time line.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::{police, report_id, state_colour};
use crate::app::App;
use crate::casework::{Member, Series};
use crate::domain::time::Timestamp;
use crate::http::alike::alike;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::SignedIn;
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::http::web::words;
use crate::store::SeriesRow;

/// The navigation's link.
const SERIES: &str = "/series";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/series", get(list))
        .route("/reports/{id}/series", get(show))
}

#[derive(Template)]
#[template(path = "officer/series_list.html")]
struct ListPage {
    page: Page,
    sellers: Vec<SetRow>,
    burglaries: Vec<SetRow>,
}

/// One set of a list.
struct SetRow {
    id: String,
    number: u64,
    reports: u32,
    items: u32,
    expected: String,
    value: String,
}

#[derive(Template)]
#[template(path = "officer/series.html")]
struct SeriesPage {
    page: Page,
    id: String,
    number: u64,
    figures: Vec<SummaryRow>,
    cut: bool,
    not_compared: bool,
    members: Vec<MemberRow>,
    events: Vec<Event>,
}

/// One report of the set.
struct MemberRow {
    id: String,
    number: u64,
    item: String,
    listing: String,
    partner: String,
    case: String,
    /// By what it hangs together with others: in a few words, and as a sentence.
    ties: Vec<(&'static str, String)>,
    hundredths: u8,
    probability: String,
    state: &'static str,
    colour: &'static str,
}

/// One step of the set's time line.
struct Event {
    key: Timestamp,
    at: String,
    what: String,
    report: Option<(String, u64)>,
}

async fn list(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let (sellers, burglaries) = app.casework.all_series(&caller).await?;
    let rows = |sets: Vec<SeriesRow>| sets.into_iter().map(set_row).collect();
    let page = ListPage {
        page: who.page("Series and loot sets", SERIES),
        sellers: rows(sellers),
        burglaries: rows(burglaries),
    };
    Ok(render(StatusCode::OK, &page))
}

fn set_row(set: SeriesRow) -> SetRow {
    SetRow {
        id: set.report.to_string(),
        number: set.number,
        reports: set.reports,
        items: set.items,
        expected: format!("{:.1}", set.expected),
        value: words::rounded(set.value_euros),
    }
}

async fn show(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let series = app.casework.series_of(&caller, report_id(&id)?, alike(&app)).await?;
    let first = &series.members[0];
    let title = if series.members.len() == 1 {
        "This report stands alone"
    } else {
        "Reports that hang together"
    };
    let page = SeriesPage {
        page: who.page(title, SERIES),
        id: first.report.id.to_string(),
        number: first.report.number,
        figures: figures(&series),
        cut: series.cut,
        not_compared: series.not_compared,
        events: events(&series),
        members: series.members.iter().map(member).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// What can be said of the set as a whole.
fn figures(series: &Series) -> Vec<SummaryRow> {
    let joint = &series.joint;
    let all = match joint.all {
        Some(0.0) if joint.items > 0 => "0.00: there are fewer listings than items".to_owned(),
        Some(all) => words::probability(all),
        None => "not told: there are too many ways in which they could be".to_owned(),
    };
    let mut rows = vec![
        SummaryRow::new("Reports", series.members.len().to_string()),
        SummaryRow::new("Items", joint.items.to_string()),
        SummaryRow::new(
            "Items that are to be expected to be on sale",
            format!("{:.1} of {}", joint.expected, joint.items),
        ),
        SummaryRow::new("At least one of them is", words::probability(joint.any)),
        SummaryRow::new("All of them are", all),
    ];
    for (case, found, of) in &series.burglaries {
        let case = case.clone().unwrap_or_else(|| "a burglary without a case number".to_owned());
        rows.push(SummaryRow::new(
            format!("Found of {case}"),
            format!("{found} of {of} stolen items have a report"),
        ));
    }
    rows
}

fn member(member: &Member) -> MemberRow {
    let probability = member.report.assessment.probability;
    let state = member.report.state.word();
    MemberRow {
        id: member.report.id.to_string(),
        number: member.report.number,
        item: if member.item_title.is_empty() {
            "Item no longer shown".to_owned()
        } else {
            member.item_title.clone()
        },
        listing: member.listing.draft.description.title.clone(),
        partner: member.partner_name.clone(),
        case: member.crime_reference.clone().unwrap_or_default(),
        ties: member.ties.iter().map(|tie| (tie.by.words(), tie.says())).collect(),
        hundredths: words::hundredths(probability),
        probability: words::probability(probability),
        state,
        colour: state_colour(state),
    }
}

/// Thefts, listings and reports of the set in the order of time.
fn events(series: &Series) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for member in &series.members {
        let report = Some((member.report.id.to_string(), member.report.number));
        let title = &member.listing.draft.description.title;
        let (from, to) = member.stolen;
        let case = member.crime_reference.as_deref().unwrap_or("without a case number");
        let theft = format!("Theft {case}");
        if events.iter().all(|event| event.what != theft) {
            events.push(Event {
                key: from,
                at: words::span(from, to),
                what: theft,
                report: None,
            });
        }
        let mut event = |key: Timestamp, what: String| {
            events.push(Event {
                key,
                at: words::instant(key),
                what,
                report: report.clone(),
            });
        };
        event(
            member.listing.public_since(),
            format!("“{title}” put up with {}", member.partner_name),
        );
        if let Some(end) = member.listing.draft.ends_at {
            event(end, format!("Sale of “{title}” ends"));
        }
    }
    events.sort_by_key(|event| event.key);
    events
}
