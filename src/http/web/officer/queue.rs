//! The queue: reports by urgency, and taking one.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::{QUEUE, police, state_colour};
use crate::app::App;
use crate::domain::report::ReportState;
use crate::domain::time::Timestamp;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{Fields, SignedIn, with_notice};
use crate::http::web::shell::{Choice, NavLink, Page, render};
use crate::http::web::words;
use crate::store::{QueueOrder, QueueQuery, QueueRow};

/// Rows of one page.
const ROWS: usize = 25;
/// Further pages are not reached by turning them: by then another order serves better.
const PAGES_MAX: usize = 4000;
/// What the strongest reason may take of a row, characters.
const REASON_CHARACTERS: usize = 140;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/queue", get(show))
}

#[derive(Template)]
#[template(path = "officer/queue.html")]
struct QueuePage {
    page: Page,
    tabs: Vec<NavLink>,
    tab: &'static str,
    /// Which decided ones; none on other tabs.
    decided: Vec<Choice>,
    orders: Vec<Choice>,
    rows: Vec<Line>,
    previous: Option<String>,
    next: Option<String>,
}

/// One report of the queue, in words.
struct Line {
    id: String,
    number: u64,
    item: String,
    identifier: Option<String>,
    listing: String,
    reference: String,
    partner: String,
    hundredths: u8,
    probability: String,
    yardstick: String,
    /// The strongest finding.
    reason: String,
    ends: Option<(String, String)>,
    on_sale: bool,
    state: &'static str,
    colour: &'static str,
    taken_by: Option<String>,
    can_take: bool,
}

/// The tabs: word in the address, label, states.
const TABS: [(&str, &str); 4] = [
    ("review", "To review"),
    ("mine", "Mine"),
    ("decided", "Decided"),
    ("all", "All"),
];
const DECIDED: [(&str, &str); 3] = [("confirmed", "Confirmed"), ("dismissed", "Dismissed"), ("closed", "Closed")];
const ORDERS: [(&str, &str, QueueOrder); 3] = [
    ("urgency", "Urgency: probable, and the sale ends soon", QueueOrder::Urgency),
    ("probability", "Most probable first", QueueOrder::Probability),
    ("newest", "Newest first", QueueOrder::Raised),
];

/// What the address asks for.
struct Asked {
    tab: &'static str,
    decided: &'static str,
    sort: &'static str,
    order: QueueOrder,
    page: usize,
}

impl Asked {
    fn read(uri: &Uri) -> Self {
        let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
        let named = |words: &[&'static str], word: &str| words.iter().find(|known| **known == word).copied();
        let tab = named(&TABS.map(|(word, _)| word), query.get("tab")).unwrap_or("review");
        let decided = named(&DECIDED.map(|(word, _)| word), query.get("decided")).unwrap_or("confirmed");
        let (sort, _, order) = *ORDERS
            .iter()
            .find(|(word, _, _)| *word == query.get("sort"))
            .unwrap_or(&ORDERS[0]);
        let page = query.get("page").parse().unwrap_or(1).clamp(1, PAGES_MAX);
        Self {
            tab,
            decided,
            sort,
            order,
            page,
        }
    }

    fn query(&self, who: &SignedIn) -> QueueQuery {
        let state = match self.tab {
            "review" => Some("open"),
            "mine" => Some("in review"),
            "decided" => Some(self.decided),
            _ => None,
        };
        QueueQuery {
            state: state.map(str::to_owned),
            officer: (self.tab == "mine").then_some(who.account.id),
            order: self.order,
            skip: (self.page - 1) * ROWS,
            limit: ROWS + 1,
        }
    }

    /// The address of another page of the same.
    fn address(&self, page: usize) -> String {
        let Self { tab, decided, sort, .. } = self;
        let decided = if *tab == "decided" {
            format!("&decided={decided}")
        } else {
            String::new()
        };
        format!("{QUEUE}?tab={tab}{decided}&sort={sort}&page={page}")
    }
}

async fn show(State(app): State<App>, uri: Uri, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let asked = Asked::read(&uri);
    let mut rows = app.casework.queue(&caller, asked.query(&who)).await?;
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let counts = app.casework.report_counts(&caller).await?;
    let count = |state: &str| counts.iter().find(|(word, _)| word == state).map_or(0, |(_, number)| *number);
    let now = app.clock.now();
    let title = match asked.tab {
        "mine" => "Reports in your review",
        "decided" => "Decided reports",
        "all" => "All reports",
        _ => "Reports to review",
    };
    let choice = |value: &str, label: String, selected: bool| Choice::new(value, label).chosen(selected);
    let page = QueuePage {
        page: with_notice(
            who.page(title, QUEUE),
            &uri,
            &[("released", "You have handed the report back to the queue.")],
        ),
        tabs: TABS
            .iter()
            .map(|(word, label)| tab(word, label, &asked, count("open")))
            .collect(),
        tab: asked.tab,
        decided: DECIDED
            .iter()
            .filter(|_| asked.tab == "decided")
            .map(|(word, label)| choice(word, format!("{label} ({})", count(word)), *word == asked.decided))
            .collect(),
        orders: ORDERS
            .iter()
            .map(|(word, label, _)| choice(word, (*label).to_owned(), *word == asked.sort))
            .collect(),
        rows: rows.into_iter().map(|row| line(row, &who, now)).collect(),
        previous: (asked.page > 1).then(|| asked.address(asked.page - 1)),
        next: more.then(|| asked.address(asked.page + 1)),
    };
    Ok(render(StatusCode::OK, &page))
}

fn tab(word: &str, label: &str, asked: &Asked, open: u64) -> NavLink {
    let label = if word == "review" {
        format!("{label} ({open})")
    } else {
        label.to_owned()
    };
    NavLink {
        current: word == asked.tab,
        ..NavLink::new(format!("{QUEUE}?tab={word}"), label)
    }
}

fn line(row: QueueRow, who: &SignedIn, now: Timestamp) -> Line {
    let report = row.report;
    let state = report.state.word();
    let strongest = report
        .assessment
        .evidence
        .iter()
        .max_by(|a, b| a.log10_lr.unwrap_or(0.0).total_cmp(&b.log10_lr.unwrap_or(0.0)));
    Line {
        id: report.id.to_string(),
        number: report.number,
        item: if row.item_title.is_empty() {
            "Item no longer shown".to_owned()
        } else {
            row.item_title
        },
        identifier: row.item_identifier,
        listing: row.listing_title,
        reference: row.listing_reference,
        partner: row.partner_name,
        hundredths: words::hundredths(report.assessment.probability),
        probability: words::probability(report.assessment.probability),
        yardstick: report.assessment.yardstick,
        reason: strongest.map(|evidence| shortened(&evidence.says)).unwrap_or_default(),
        ends: row.ends_at.map(|at| (words::instant(at), words::distance(at, now))),
        on_sale: row.active && row.ends_at.is_none_or(|at| at > now),
        state,
        colour: state_colour(state),
        taken_by: match report.state.officer() {
            Some(officer) if officer == who.account.id => Some("you".to_owned()),
            _ => row.officer_name,
        },
        can_take: report.state == ReportState::Open,
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= REASON_CHARACTERS {
        return words::sentence(text);
    }
    let cut: String = text.chars().take(REASON_CHARACTERS).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    words::sentence(&format!("{whole} …"))
}
