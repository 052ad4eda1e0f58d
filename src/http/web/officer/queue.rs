//! The queue: reports by urgency, narrowed to what an officer looks after, and taking one.

mod asked;
mod line;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use self::asked::{Asked, DECIDED, GROUPS, ORDERS, SETTING, TABS};
use self::line::{Line, line};
use super::{QUEUE, need_more, police};
use crate::app::App;
use crate::casework::{QUESTION_HOLDS_DAYS, STALE_HOURS};
use crate::domain::assessment::Comparison;
use crate::domain::ids::ReportId;
use crate::domain::report::ReportState;
use crate::domain::urgency::{HALF_HOURS, LAST_HOURS, LAST_TIMES, OPEN_HOURS, VALUE_UNKNOWN};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, NavLink, Page, protect, render};
use crate::http::web::words;
use crate::store::{Answered, NewAnswer, QueuePart, QueueRow};

/// Rows of one page.
const ROWS: usize = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/queue", get(show))
        .route("/queue/news", get(news))
        .route("/queue/filter", post(keep))
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
    kinds: Vec<Choice>,
    partners: Vec<Choice>,
    groups: Vec<Choice>,
    category: String,
    place: String,
    case: String,
    /// Filters that stand in no field: they are sent again.
    hidden: Vec<(&'static str, String)>,
    /// The filters that are set, each with the address of the list without it.
    chips: Vec<NavLink>,
    /// The officer's own filters are applied, though the address names none.
    kept: bool,
    /// What is kept when the officer keeps these filters.
    to_keep: String,
    /// The list without any filter.
    whole: String,
    rows: Vec<Line>,
    previous: Option<String>,
    next: Option<String>,
    /// On the viewer's own tab: answers that they have not looked at, each with the page on which it stands.
    answers: Vec<NavLink>,
    /// The report that the viewer has just handed back, while nobody has taken it: id and number.
    handed_back: Option<(String, u64)>,
    /// Pairs that wait for a blind review.
    blind: u64,
    /// Where a script asks for reports that were raised since; none but on the first page of what waits.
    news: Option<String>,
    formula: String,
    stale_hours: i64,
    question_days: i64,
    /// Whether keys are shortcuts.
    shortcuts: bool,
}

/// Cuts rows, of which one more was read than a page has, to the page: the addresses of the pages before and behind it.
fn turn(asked: &Asked, rows: &mut Vec<QueueRow>) -> (Option<String>, Option<String>) {
    let more = rows.len() > ROWS;
    let (has_previous, has_next) = match asked.part {
        QueuePart::Start => (false, more),
        QueuePart::After(_) => (true, more),
        QueuePart::Before(_) => (more, true),
    };
    if more && matches!(asked.part, QueuePart::Before(_)) {
        rows.remove(0);
    }
    rows.truncate(ROWS);
    let previous = rows.first().filter(|_| has_previous);
    let next = rows.last().filter(|_| has_next);
    (
        previous.map(|row| asked.page("before", row.place)),
        next.map(|row| asked.page("after", row.place)),
    )
}

async fn show(State(app): State<App>, uri: Uri, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let mut asked = Asked::read(&app, &who, uri.query().unwrap_or("")).await?;
    let last = app.store.read(|reader| reader.last_report_number()).await?;
    let mut query = asked.query(&app, &who, ROWS + 1).await?;
    let mut rows = app.casework.queue(&caller, query.clone()).await?;
    if rows.is_empty() && asked.part != QueuePart::Start {
        // Whatever stood there is gone meanwhile.
        asked.part = QueuePart::Start;
        query.part = QueuePart::Start;
        rows = app.casework.queue(&caller, query).await?;
    }
    let (previous, next) = turn(&asked, &mut rows);
    let counts = app.casework.report_counts(&caller).await?;
    let count = |state: &str| counts.iter().find(|(word, _)| word == state).map_or(0, |(_, number)| *number);
    let now = app.clock.now();
    let frame = who.page(title(asked.tab), QUEUE);
    let notices = [
        ("released", "You have handed the report back to the queue."),
        ("kept", "Your filters are kept: the queue opens with them."),
        ("forgotten", "Your filters are forgotten: the queue opens with every report."),
    ];
    let fresh = asked.tab == "review" && asked.part == QueuePart::Start;
    let page = QueuePage {
        page: with_notice(frame, &uri, &notices),
        tabs: TABS
            .iter()
            .map(|(word, label)| tab(word, label, &asked, count("open")))
            .collect(),
        tab: asked.tab,
        decided: decided(&asked, count),
        orders: chosen(ORDERS.iter().map(|(word, label, _)| (*word, *label)), asked.sort),
        kinds: kinds(&asked),
        partners: partners(&app, &asked).await?,
        groups: chosen(GROUPS.iter().map(|(word, label, _)| (*word, *label)), asked.filter("group")),
        category: asked.filter("category").to_owned(),
        place: asked.filter("place").to_owned(),
        case: asked.filter("case").to_owned(),
        hidden: (asked.filters.iter())
            .filter(|(name, _)| ["item_of", "seller_of", "series_of"].contains(name))
            .cloned()
            .collect(),
        chips: chips(&asked),
        kept: asked.kept,
        to_keep: asked.to_keep(),
        whole: format!("{QUEUE}?tab={}&plain=yes", asked.tab),
        rows: rows.into_iter().map(|row| line(row, &who, now)).collect(),
        previous,
        next,
        answers: match asked.tab {
            "mine" => app.casework.new_answers(&caller).await?.iter().map(answer).collect(),
            _ => Vec::new(),
        },
        handed_back: handed_back(&app, &uri).await?,
        blind: app.casework.blind_reviews_waiting(&caller).await?,
        news: fresh.then(|| format!("{QUEUE}/news?{}&last={last}", asked.plain())),
        formula: formula(),
        stale_hours: STALE_HOURS,
        question_days: QUESTION_HOLDS_DAYS,
        shortcuts: need_more::shortcuts(&app, &who).await?,
    };
    Ok(render(StatusCode::OK, &page))
}

/// The report that an address says was handed back, while it can be taken back.
async fn handed_back(app: &App, uri: &Uri) -> Result<Option<(String, u64)>, Refusal> {
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    let id = query.get("report").parse::<ReportId>();
    let Some(id) = id.ok().filter(|_| query.get("done") == "released") else {
        return Ok(None);
    };
    let report = app.store.read(move |reader| reader.report(id)).await?;
    let report = report.filter(|report| report.state == ReportState::Open);
    Ok(report.map(|report| (id.to_string(), report.number)))
}

/// How many reports of the list were raised since the page was made, for a script: shows nothing of them.
async fn news(State(app): State<App>, uri: Uri, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let address = uri.query().unwrap_or("");
    let asked = Asked::read(&app, &who, address).await?;
    let last = Fields::parse(address.as_bytes()).get("last").parse().unwrap_or(u64::MAX);
    let newer = app
        .casework
        .newer_reports(&caller, asked.query(&app, &who, 0).await?, last)
        .await?;
    let mut response = axum::Json(serde_json::json!({ "new": newer })).into_response();
    protect(response.headers_mut());
    Ok(response)
}

/// Keeps the filters of the page for the officer, or forgets them.
async fn keep(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    police(&app, &form.who).await?;
    let filters = form.fields.get("filters").to_owned();
    let word = if filters.is_empty() { "forgotten" } else { "kept" };
    app.casework.save_setting(form.who.account.id, SETTING, filters).await?;
    Ok(see_other(&format!("{QUEUE}?done={word}")))
}

/// An answer that was not looked at, and where it stands.
fn answer(new: &NewAnswer) -> NavLink {
    let number = new.number;
    match new.what {
        Answered::Identity(id) => NavLink::new(
            format!("/disclosures/{id}"),
            format!("SR-{number}: the partner has given the seller’s identity"),
        ),
        Answered::Declined(id) => NavLink::new(
            format!("/disclosures/{id}"),
            format!("SR-{number}: the partner has declined to name the seller"),
        ),
        Answered::Question => NavLink::new(
            format!("/reports/{}", new.report),
            format!("SR-{number}: your question was answered"),
        ),
    }
}

fn title(tab: &str) -> &'static str {
    match tab {
        "mine" => "Reports in your review",
        "decided" => "Decided reports",
        "all" => "All reports",
        _ => "Reports to review",
    }
}

/// What urgency is, in one sentence.
fn formula() -> String {
    format!(
        "Urgency = probability × value × time. Value: what the owner says the thing is worth, else the price that is asked, else \
         €{}; other currencies are turned into euros roughly. Time: ½ for every {} hours that the sale still runs, and {} times as \
         much in its last {} hours, when it must be stopped now or not at all; a sale whose end is not said counts as one that ends \
         in {} days, and one that is over comes last.",
        words::rounded(VALUE_UNKNOWN),
        HALF_HOURS,
        LAST_TIMES,
        LAST_HOURS,
        (OPEN_HOURS / 24.0).round(),
    )
}

fn tab(word: &'static str, label: &str, asked: &Asked, open: u64) -> NavLink {
    let label = if word == "review" {
        format!("{label} ({open})")
    } else {
        label.to_owned()
    };
    NavLink {
        current: word == asked.tab,
        ..NavLink::new(asked.on_tab(word), label)
    }
}

fn chosen<'a>(choices: impl Iterator<Item = (&'a str, &'a str)>, value: &str) -> Vec<Choice> {
    choices
        .map(|(word, label)| Choice::new(word, label).chosen(word == value))
        .collect()
}

fn decided(asked: &Asked, count: impl Fn(&str) -> u64) -> Vec<Choice> {
    let choice =
        |(word, label): &(&str, &str)| Choice::new(*word, format!("{label} ({})", count(word))).chosen(*word == asked.decided);
    DECIDED.iter().filter(|_| asked.tab == "decided").map(choice).collect()
}

fn kinds(asked: &Asked) -> Vec<Choice> {
    let words = Comparison::ALL.map(|comparison| (comparison.word(), words::comparison(comparison)));
    let any = std::iter::once(("", "Any"));
    chosen(any.chain(words), asked.filter("kind"))
}

async fn partners(app: &App, asked: &Asked) -> Result<Vec<Choice>, Refusal> {
    let partners = app.store.read(|reader| reader.partners()).await?;
    let any = std::iter::once((String::new(), "Any".to_owned()));
    let named = partners.into_iter().map(|partner| (partner.slug.to_string(), partner.name));
    let choice = |(slug, name): (String, String)| {
        let selected = slug == asked.filter("partner");
        Choice::new(slug, name).chosen(selected)
    };
    Ok(any.chain(named).map(choice).collect())
}

/// The filters that are set, for people.
fn chips(asked: &Asked) -> Vec<NavLink> {
    let chip = |(name, value): &(&'static str, String)| {
        let said = match *name {
            "kind" => {
                let kind = Comparison::ALL.into_iter().find(|comparison| comparison.word() == value);
                let word = kind.map(words::comparison);
                format!("Evidence: {}", word.unwrap_or(value))
            }
            "category" => format!("Category: {value}"),
            "place" => format!("Place: {value}"),
            "partner" => format!("Partner: {value}"),
            "case" => format!("Case: {value}"),
            "item_of" => format!("The item of SR-{}", value.trim_start_matches("SR-")),
            "seller_of" => format!("The seller of SR-{}", value.trim_start_matches("SR-")),
            "series_of" => format!("The series of SR-{}", value.trim_start_matches("SR-")),
            _ => format!("One report for each {value}"),
        };
        NavLink::new(asked.without(name), said)
    };
    asked.filters.iter().map(chip).collect()
}
