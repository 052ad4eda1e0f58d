//! Deliveries with their rejected lines, and the letter under which they are taken.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::get;

use super::own_partner;
use crate::app::App;
use crate::domain::audit::SubjectKind;
use crate::domain::hold::HoldPolicy;
use crate::domain::ids::DeliveryId;
use crate::domain::listing::{Delivery, Note, RejectedLine};
use crate::domain::partner::{Letter, LetterStanding};
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{Fields, SignedIn};
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::http::web::{letters, words};
use crate::store::StoreError;

/// Deliveries on one page.
const A_PAGE: usize = 20;
/// Rejected lines on one page.
const LINES_A_PAGE: usize = 100;
/// The last page that can be asked for: further back nobody looks, and an offset costs.
const PAGE_MAX: usize = 5_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/deliveries", get(list))
        .route("/deliveries/{id}", get(show))
        .route("/letter", get(letter))
}

struct DeliveryRow {
    id: String,
    received_at: String,
    accepted: u64,
    unchanged: u64,
    rejected: u64,
}

#[derive(Template)]
#[template(path = "partner/deliveries.html")]
struct DeliveriesPage {
    page: Page,
    letter_missing: bool,
    /// Where its listings are sent to.
    address: String,
    deliveries: Vec<DeliveryRow>,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "partner/delivery.html")]
struct DeliveryPage {
    page: Page,
    rows: Vec<SummaryRow>,
    notes: Vec<Note>,
    lines: Vec<RejectedLine>,
    rejected: u64,
    untold: u64,
    previous: Option<String>,
    next: Option<String>,
}

struct LetterCard {
    standing: &'static str,
    colour: &'static str,
    reference: String,
    rows: Vec<SummaryRow>,
}

#[derive(Template)]
#[template(path = "partner/letter.html")]
struct LetterPage {
    page: Page,
    letters: Vec<LetterCard>,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri, headers: HeaderMap) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let number = page_number(&uri);
    let now = app.clock.now();
    let (mut deliveries, letter, slug) = app
        .store
        .read(move |reader| {
            let deliveries = reader.deliveries_page(partner, (number - 1) * A_PAGE, A_PAGE + 1)?;
            let slug = reader.partner(partner)?.map(|partner| partner.slug.to_string());
            Ok::<_, StoreError>((deliveries, reader.active_letter(partner, now)?, slug.unwrap_or_default()))
        })
        .await?;
    let more = deliveries.len() > A_PAGE;
    deliveries.truncate(A_PAGE);
    let shown = DeliveriesPage {
        page: who.page("Deliveries", "/deliveries"),
        letter_missing: letter.is_none(),
        address: format!("{}/api/v1/partners/{slug}/listings", site(&app, &headers)),
        deliveries: deliveries.iter().map(row).collect(),
        previous: (number > 1).then(|| format!("/deliveries?page={}", number - 1)),
        next: more.then(|| format!("/deliveries?page={}", number + 1)),
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let id: DeliveryId = id.parse().map_err(|_| Problem::missing("delivery"))?;
    let delivery = app.store.read(move |reader| reader.delivery(id)).await?;
    let delivery = delivery.ok_or_else(|| Problem::missing("delivery"))?;
    if delivery.partner != partner {
        return Err(who.hide(&app, SubjectKind::Delivery.with(id.0), "delivery").await);
    }
    let number = page_number(&uri);
    let skip = (number - 1) * LINES_A_PAGE;
    let lines: Vec<RejectedLine> = delivery.rejected.iter().skip(skip).take(LINES_A_PAGE).cloned().collect();
    let more = delivery.rejected.len() > skip + lines.len() && !lines.is_empty();
    let mut rows = vec![
        SummaryRow::new("Received", words::instant(delivery.received_at)),
        SummaryRow::new("Size", format!("{} bytes", delivery.size_bytes)),
        SummaryRow::new("New or changed", delivery.accepted.to_string()),
        SummaryRow::new("Unchanged", delivery.unchanged.to_string()),
    ];
    if delivery.remaining > 0 {
        let remaining = format!(
            "{}: being taken in, or left out when it broke off; send it again then",
            delivery.remaining
        );
        rows.push(SummaryRow::new("Not taken in yet", remaining));
    }
    rows.push(SummaryRow::new("Rejected lines", delivery.rejected_count.to_string()));
    rows.push(SummaryRow::new("SHA-256", delivery.sha256.to_string()).as_serial());
    let told = u64::try_from(delivery.rejected.len()).unwrap_or(u64::MAX);
    let shown = DeliveryPage {
        page: who.page("Delivery", "/deliveries"),
        rows,
        notes: delivery.notes,
        lines,
        rejected: delivery.rejected_count,
        untold: delivery.rejected_count.saturating_sub(told),
        previous: (number > 1).then(|| format!("/deliveries/{id}?page={}", number - 1)),
        next: more.then(|| format!("/deliveries/{id}?page={}", number + 1)),
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn letter(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let now = app.clock.now();
    let read = app.store.read(move |reader| {
        let with_policy = |letter: Letter| Ok((reader.hold_policy(letter.id)?, letter));
        let letters = reader.letters_of(partner)?.into_iter().map(with_policy);
        letters.collect::<Result<Vec<_>, StoreError>>()
    });
    let mut held = read.await?;
    held.sort_by_key(|(_, letter)| letter.standing(now) != LetterStanding::Active);
    let card = |(policy, letter): &(Option<HoldPolicy>, Letter)| {
        let (standing, colour) = letters::standing(letter, now);
        LetterCard {
            standing,
            colour,
            reference: letter.terms.reference.clone(),
            rows: letters::terms(letter)
                .into_iter()
                .chain(letters::hold_terms(policy.as_ref()))
                .collect(),
        }
    };
    let shown = LetterPage {
        page: who.page("Letter of intent", "/letter"),
        letters: held.iter().map(card).collect(),
    };
    Ok(render(StatusCode::OK, &shown))
}

fn row(delivery: &Delivery) -> DeliveryRow {
    DeliveryRow {
        id: delivery.id.to_string(),
        received_at: words::instant(delivery.received_at),
        accepted: delivery.accepted,
        unchanged: delivery.unchanged,
        rejected: delivery.rejected_count,
    }
}

/// The service's address as the reader's browser names it.
fn site(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let scheme = if app.http.secure_cookies { "https" } else { "http" };
    host.map(|host| format!("{scheme}://{host}")).unwrap_or_default()
}

/// The page that the address asks for, from 1.
fn page_number(uri: &Uri) -> usize {
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    query.get("page").parse().unwrap_or(1).clamp(1, PAGE_MAX)
}
