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
use crate::http::cursor::Cursor;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{Fields, SignedIn, with_notice};
use crate::http::web::shell::{Choice, NavLink, Page, render};
use crate::http::web::words;
use crate::store::{QueueOrder, QueuePart, QueuePlace, QueueQuery, QueueRow};

/// Rows of one page.
const ROWS: usize = 25;
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
    /// Pairs that wait for a blind review.
    blind: u64,
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
    part: QueuePart,
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
        let place = |name: &str| query.get(name).parse().map(|Cursor::<QueuePlace>(place)| place).ok();
        let after = place("after").map(QueuePart::After);
        let part = after.or_else(|| place("before").map(QueuePart::Before)).unwrap_or_default();
        Self {
            tab,
            decided,
            sort,
            order,
            part,
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
            part: self.part,
            // One more tells whether there is a further page.
            limit: ROWS + 1,
        }
    }

    /// Cuts rows, of which one more was read than a page has, to the page: the addresses of the pages before and behind it.
    fn turn(&self, rows: &mut Vec<QueueRow>) -> (Option<String>, Option<String>) {
        let more = rows.len() > ROWS;
        let (has_previous, has_next) = match self.part {
            QueuePart::Start => (false, more),
            QueuePart::After(_) => (true, more),
            QueuePart::Before(_) => (more, true),
        };
        if more && matches!(self.part, QueuePart::Before(_)) {
            rows.remove(0);
        }
        rows.truncate(ROWS);
        let previous = rows.first().filter(|_| has_previous);
        let next = rows.last().filter(|_| has_next);
        (
            previous.map(|row| self.address("before", row.place)),
            next.map(|row| self.address("after", row.place)),
        )
    }

    /// The address of another page of the same, that begins behind a place or ends before it.
    fn address(&self, side: &str, place: QueuePlace) -> String {
        let Self { tab, decided, sort, .. } = self;
        let decided = if *tab == "decided" {
            format!("&decided={decided}")
        } else {
            String::new()
        };
        format!("{QUEUE}?tab={tab}{decided}&sort={sort}&{side}={}", Cursor(place))
    }
}

async fn show(State(app): State<App>, uri: Uri, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let mut asked = Asked::read(&uri);
    let mut rows = app.casework.queue(&caller, asked.query(&who)).await?;
    if rows.is_empty() && asked.part != QueuePart::Start {
        // Whatever stood there is gone meanwhile.
        asked.part = QueuePart::Start;
        rows = app.casework.queue(&caller, asked.query(&who)).await?;
    }
    let (previous, next) = asked.turn(&mut rows);
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
        previous,
        next,
        blind: app.casework.blind_reviews_waiting(&caller).await?,
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
