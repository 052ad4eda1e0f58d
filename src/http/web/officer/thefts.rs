//! Theft reports: those that wait for an officer, one of them, verifying or rejecting it, and the owner's contact details.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::decide::typed;
use super::item_changes::{self, ChangeLine};
use super::{CheckPage, ShownOnce, Step, identifiers, police, purpose, stopped};
use crate::app::App;
use crate::casework::CaseworkError;
use crate::casework::views::{ItemView, TheftReportView};
use crate::domain::account::Role;
use crate::domain::ids::TheftReportId;
use crate::domain::item::Verification;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{NavLink, Page, SummaryRow, render};
use crate::http::web::{confirming, words};

const THEFTS: &str = "/theft-reports";
/// At most this many of each sort are listed.
const LISTED_MAX: usize = 200;
const DECIDED_MAX: usize = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(THEFTS, get(list))
        .route("/theft-reports/{id}", get(show))
        .route("/theft-reports/{id}/verification", post(verify))
        .route("/theft-reports/{id}/contact", post(contact).get(back_from_contact))
}

#[derive(Template)]
#[template(path = "officer/thefts.html")]
struct ListPage {
    page: Page,
    waiting: Vec<Row>,
    decided: Vec<Row>,
}

/// One theft report of the list.
struct Row {
    id: String,
    title: String,
    more: usize,
    when: String,
    place: String,
    crime_reference: String,
    reported: String,
    state: &'static str,
    colour: &'static str,
}

#[derive(Template)]
#[template(path = "officer/theft.html")]
struct TheftPage {
    page: Page,
    id: String,
    state: &'static str,
    colour: &'static str,
    /// When and by what the decision fell.
    more: String,
    rows: Vec<SummaryRow>,
    circumstances: String,
    items: Vec<ItemCard>,
    /// When a change of an item made it unverified again.
    sent_back: Option<String>,
    undecided: bool,
    /// What the officer looks at, to tell whether it is still so when they decide.
    seen: u64,
    crime_reference: String,
    case: String,
    reason: String,
    /// Whether the password is asked for again before the contact details are opened.
    ask_password: bool,
}

/// One stolen item.
struct ItemCard {
    title: String,
    status: &'static str,
    hidden: bool,
    rows: Vec<SummaryRow>,
    photos: Vec<(String, String)>,
    /// What was changed since the theft was reported.
    changes: Vec<ChangeLine>,
}

impl ItemCard {
    fn rows(&self) -> &[SummaryRow] {
        &self.rows
    }
}

const NOTICES: &[(&str, &str)] = &[
    (
        "verified",
        "The theft is verified. Its items are searched for from now on, and every listing that we hold is compared with them.",
    ),
    (
        "rejected",
        "The theft report is rejected. Its items are registered again, and no longer stolen.",
    ),
];

async fn list(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let waiting = app.casework.theft_reports_to_verify(&caller, LISTED_MAX).await?;
    let decided = app.casework.theft_reports_decided(&caller, DECIDED_MAX).await?;
    let page = ListPage {
        page: who.page("Theft reports", THEFTS),
        waiting: waiting.iter().map(row).collect(),
        decided: decided.iter().map(row).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn row(view: &TheftReportView) -> Row {
    let theft = &view.report.theft;
    let title = view.items.iter().find(|item| !item.hidden);
    let (state, colour) = standing(view);
    Row {
        id: view.report.id.to_string(),
        title: title.map_or_else(|| "Items no longer shown".to_owned(), |item| named(item).to_owned()),
        more: view.report.items.len().saturating_sub(1),
        when: words::span(theft.from, theft.to),
        place: words::place(&theft.place),
        crime_reference: theft.crime_reference.clone().unwrap_or_default(),
        reported: words::instant(view.report.created_at),
        state,
        colour,
    }
}

fn standing(view: &TheftReportView) -> (&'static str, &'static str) {
    match view.report.verification {
        Verification::Unverified if view.sent_back.is_some() => ("unverified again", "orange"),
        Verification::Unverified => ("unverified", "yellow"),
        Verification::Verified { .. } => ("verified", "green"),
        Verification::Rejected { .. } => ("rejected", "grey"),
    }
}

fn named(item: &ItemView) -> &str {
    let description = &item.draft.description;
    [&description.title, &description.model, &description.brand]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or("Without a title", String::as_str)
}

async fn show(State(app): State<App>, uri: Uri, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    let frame = with_notice(who.page("Theft report", THEFTS), &uri, NOTICES);
    let page = theft_page(&app, &who, theft_id(&id)?, frame, Typed::default()).await?;
    Ok(render(StatusCode::OK, &page))
}

/// What was typed into the page's forms.
#[derive(Default)]
struct Typed<'a> {
    crime_reference: Option<&'a str>,
    case: Option<&'a str>,
    reason: &'a str,
}

async fn theft_page(app: &App, who: &SignedIn, id: TheftReportId, page: Page, typed: Typed<'_>) -> Result<TheftPage, Refusal> {
    let caller = police(app, who).await?;
    let view = app.casework.theft_report(&caller, id).await?;
    let theft = &view.report.theft;
    let (state, colour) = standing(&view);
    let known = theft.crime_reference.clone().unwrap_or_default();
    let officer = decided_by(app, view.report.verification).await?;
    let reporter = match view.reporter_role {
        Role::Owner => "the owner".to_owned(),
        _ => format!("{}, for the owner", view.reporter_name),
    };
    Ok(TheftPage {
        page,
        id: id.to_string(),
        state,
        colour,
        more: officer,
        rows: SummaryRow::filled(&[
            ("When", &words::span(theft.from, theft.to)),
            ("Where", &words::place(&theft.place)),
            ("Crime reference", &known),
            (
                "Reported",
                &format!("{}, by {reporter}", words::instant(view.report.created_at)),
            ),
        ]),
        circumstances: theft.circumstances.clone(),
        items: view.items.iter().map(|item| card(item, view.report.created_at)).collect(),
        sent_back: view.sent_back.map(words::instant),
        seen: view.revision,
        undecided: view.report.verification == Verification::Unverified,
        crime_reference: typed.crime_reference.map_or_else(|| known.clone(), str::to_owned),
        case: typed.case.map_or(known, str::to_owned),
        reason: typed.reason.to_owned(),
        ask_password: confirming::must_ask(app, who).await?,
    })
}

async fn decided_by(app: &App, verification: Verification) -> Result<String, Refusal> {
    let (Verification::Verified { by, at } | Verification::Rejected { by, at }) = verification else {
        return Ok(String::new());
    };
    let account = app.store.read(move |reader| reader.account(by)).await?;
    let name = account.map_or_else(|| "an officer".to_owned(), |account| account.name);
    Ok(format!("{}, by {name}", words::instant(at)))
}

fn card(item: &ItemView, reported: Timestamp) -> ItemCard {
    let description = &item.draft.description;
    let mut list = SummaryRow::filled(&[
        ("Category", &description.category),
        ("Brand", &description.brand),
        ("Model", &description.model),
        ("Colour", &description.color),
        ("Marks", &description.marks),
        ("In words", &description.text),
        ("Value", &words::money(item.draft.value.as_ref())),
    ]);
    list.splice(
        0..0,
        description.identifiers.iter().map(|given| SummaryRow {
            key: identifiers::word(given.kind).to_owned(),
            value: given.value.clone(),
            serial: true,
            change: None,
        }),
    );
    let later: Vec<_> = item.changes.iter().filter(|change| change.at > reported).cloned().collect();
    let of = item.photos.len();
    let photo = |(at, photo): (usize, &crate::domain::photo::PhotoRef)| {
        (
            photo.sha256.to_string(),
            format!("Photo {} of {of} of {}", at + 1, named(item)),
        )
    };
    ItemCard {
        title: named(item).to_owned(),
        status: item.status.word(),
        hidden: item.hidden,
        rows: list,
        photos: item.photos.iter().enumerate().map(photo).collect(),
        changes: item_changes::lines(&later),
    }
}

/// Verifies or rejects: which of the two says the button `decision`.
async fn verify(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = theft_id(&id)?;
    let crime_reference = form.fields.get("crime_reference");
    let again = async |wrong: Option<(&str, &str)>| -> Result<Response, Refusal> {
        let mut frame = form.who.page("Theft report", THEFTS);
        if let Some((field, text)) = wrong {
            frame = frame.with_error(field, words::sentence(text));
        }
        let typed = Typed {
            crime_reference: Some(crime_reference),
            ..Typed::default()
        };
        let status = if wrong.is_some() { FORM_AGAIN } else { StatusCode::OK };
        Ok(render(status, &theft_page(&app, &form.who, id, frame, typed).await?))
    };
    let verifies = match form.fields.get("decision") {
        "verified" => true,
        "rejected" => false,
        _ => return again(Some(("", "say whether the theft is verified or rejected"))).await,
    };
    match Step::of(&form.fields) {
        _ if verifies && crime_reference.is_empty() => {
            again(Some(("crime_reference", "give the police’s number of the case"))).await
        }
        Step::Change => again(None).await,
        Step::Check => Ok(render(StatusCode::OK, &check(&form, id, verifies))),
        Step::Send => {
            let done = if verifies {
                app.casework
                    .verify_theft(&caller, id, Some(crime_reference), form.fields.get("seen").parse().ok())
                    .await
            } else {
                app.casework.reject_theft(&caller, id).await
            };
            let word = if verifies { "verified" } else { "rejected" };
            let address = format!("{THEFTS}/{id}?done={word}");
            match done {
                Ok(_) => Ok(see_other(&address)),
                Err(CaseworkError::Invalid { reason, .. }) => again(Some(("crime_reference", &reason))).await,
                Err(error @ CaseworkError::Verification(_)) => {
                    let report = app.store.read(move |reader| reader.theft_report(id)).await?;
                    let me = form.who.account.id;
                    let stands = report.is_some_and(|report| match report.verification {
                        Verification::Verified { by, .. } => verifies && by == me,
                        Verification::Rejected { by, .. } => !verifies && by == me,
                        Verification::Unverified => false,
                    });
                    let back = NavLink::new(format!("{THEFTS}/{id}"), "Back to the theft report");
                    Ok(if stands {
                        see_other(&address)
                    } else {
                        stopped(&form.who, THEFTS, error, back)
                    })
                }
                Err(error @ CaseworkError::Conflict(_)) => {
                    let back = NavLink::new(format!("{THEFTS}/{id}"), "Back to the theft report");
                    Ok(stopped(&form.who, THEFTS, error, back))
                }
                Err(error) => Err(error.into()),
            }
        }
    }
}

fn check(form: &PersonalForm, id: TheftReportId, verifies: bool) -> CheckPage {
    let (words, follows, button, look) = if verifies {
        (
            "Verify: the theft is known to the police",
            "The items are searched for from now on, and compared with every listing that we hold.",
            "Verify the theft report",
            "",
        )
    } else {
        (
            "Reject: not a theft, or not credible",
            "The items are registered again, and no longer stolen. This cannot be undone; the owner can report the theft again.",
            "Reject the theft report",
            "warning",
        )
    };
    let reference = if verifies { form.fields.get("crime_reference") } else { "" };
    CheckPage {
        page: form.who.page("Check your decision", THEFTS),
        back: NavLink::new(format!("{THEFTS}/{id}"), "Back to the theft report"),
        caption: "Theft report".to_owned(),
        rows: SummaryRow::filled(&[("Decision", words), ("Crime reference", reference)]),
        follows: vec![follows.to_owned()],
        action: format!("{THEFTS}/{id}/verification"),
        typed: typed(form, &["decision", "crime_reference", "seen"]),
        button: button.to_owned(),
        look,
    }
}

/// Opens the owner's contact details for a stated purpose to whoever has given their password again, and shows them once.
async fn contact(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = theft_id(&id)?;
    let again = async |field: &str, text: String| {
        let frame = form.who.page("Theft report", THEFTS).with_error(field, text);
        let typed = Typed {
            case: Some(form.fields.get("case")),
            reason: form.fields.get("reason"),
            crime_reference: None,
        };
        Ok(render(FORM_AGAIN, &theft_page(&app, &form.who, id, frame, typed).await?))
    };
    let stated = match purpose(&form.fields) {
        Ok(stated) => stated,
        Err((field, text)) => return again(field, text).await,
    };
    let confirmed = match confirming::confirmed(&app, &form).await? {
        Ok(confirmed) => confirmed,
        Err(text) => return again(confirming::FIELD, text).await,
    };
    let caption = format!("Case {}", stated.case);
    let contact = match app.casework.open_contact(&caller, id, Ok(stated), confirmed).await {
        Ok(contact) => contact,
        Err(error @ CaseworkError::OtherCase { .. }) => return again("case", words::sentence(&error.to_string())).await,
        Err(error) => return Err(error.into()),
    };
    let page = ShownOnce {
        page: form.who.page("The owner’s contact details", THEFTS),
        back: NavLink::new(format!("{THEFTS}/{id}"), "Back to the theft report"),
        caption,
        rows: SummaryRow::filled(&[("Name", &contact.name), ("E-mail address", &contact.email)]),
        opened: words::instant(app.clock.now()),
    };
    Ok(render(StatusCode::OK, &page))
}

/// Contact details have no address: they are asked for anew.
async fn back_from_contact(Path(id): Path<String>, _who: SignedIn) -> Result<Response, Refusal> {
    Ok(see_other(&format!("{THEFTS}/{}", theft_id(&id)?)))
}

fn theft_id(text: &str) -> Result<TheftReportId, Refusal> {
    text.parse().map_err(|_| Problem::missing("theft report").into())
}
