//! "Is this listing you selling your own item?": the quiet questions, and where each answer leads.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::only_owners;
use crate::app::App;
use crate::casework::AfterAnswer;
use crate::casework::views::QuestionView;
use crate::domain::assessment::Comparison;
use crate::domain::ids::QuestionId;
use crate::domain::listing::{Listing, PhotoState};
use crate::domain::question::OwnersAnswer;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, Page, render};
use crate::http::web::{photos, words};

const NOTICES: [(&str, &str); 3] = [
    ("mine", "Thank you. Nothing more happens, and nobody else is told."),
    ("another", "Thank you. Nothing more happens, and nobody else is told."),
    (
        "reported",
        "Thank you. You have reported this item stolen; the police look into it.",
    ),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/questions", get(list))
        .route("/questions/{id}", get(list_again).post(answer))
}

/// A question as it stands on the page.
struct AskedQuestion {
    id: String,
    field: String,
    item: String,
    item_title: String,
    listing_title: String,
    partner: String,
    price: String,
    url: Option<String>,
    photo: Option<String>,
    asked_at: String,
    alike: Vec<&'static str>,
    choices: Vec<Choice>,
    answered: Option<String>,
}

/// What "not me" means and leads to, before it counts.
#[derive(Template)]
#[template(path = "owner/question_check.html")]
struct CheckPage {
    page: Page,
    question: AskedQuestion,
}

#[derive(Template)]
#[template(path = "owner/questions.html")]
struct QuestionsPage {
    page: Page,
    open: Vec<AskedQuestion>,
    answered: Vec<AskedQuestion>,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let page = with_notice(who.page("Questions to you", "/questions"), &uri, &NOTICES);
    Ok(render(StatusCode::OK, &questions_page(&app, &who, page).await?))
}

/// A reload after an answer that was not sent lands here.
async fn list_again(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    only_owners(&app, &who).await?;
    Ok(see_other("/questions"))
}

async fn answer(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    only_owners(&app, &form.who).await?;
    let question: QuestionId = id.parse().map_err(|_| Problem::missing("question"))?;
    let field = format!("answer-{question}");
    let given = match form.fields.get(&field) {
        "mine" => OwnersAnswer::Mine,
        "another_object" => OwnersAnswer::AnotherObject,
        "not_mine" if form.fields.get("go") == "send" => OwnersAnswer::NotMine,
        "not_mine" => {
            let page = form.who.page("Is your item gone?", "/questions");
            let shown = questions_page(&app, &form.who, page).await?;
            let question = shown.open.into_iter().find(|asked| asked.id == question.to_string());
            let Some(question) = question else {
                return Ok(see_other("/questions"));
            };
            return Ok(render(
                StatusCode::OK,
                &CheckPage {
                    page: shown.page,
                    question,
                },
            ));
        }
        _ => {
            let page = form.who.page("Questions to you", "/questions");
            let page = page.with_error(field, "Choose an answer.");
            return Ok(render(FORM_AGAIN, &questions_page(&app, &form.who, page).await?));
        }
    };
    let after = app.casework.answer_question(&form.who.principal(), question, given).await?;
    Ok(match after {
        AfterAnswer::Nothing if given == OwnersAnswer::AnotherObject => see_other("/questions?done=another"),
        AfterAnswer::Nothing => see_other("/questions?done=mine"),
        AfterAnswer::Reported => see_other("/questions?done=reported"),
        AfterAnswer::ReportTheft(item) => see_other(&format!("/report-theft?item={item}")),
    })
}

async fn questions_page(app: &App, who: &SignedIn, page: Page) -> Result<QuestionsPage, Refusal> {
    let views = app.casework.questions(&who.principal()).await?;
    let mut shown = QuestionsPage {
        page,
        open: Vec::new(),
        answered: Vec::new(),
    };
    for view in views {
        let listing = view.listing;
        let listing = app.store.read(move |reader| reader.listing(listing)).await?;
        let asked = asked(view, listing.as_ref());
        let list = if asked.answered.is_none() {
            &mut shown.open
        } else {
            &mut shown.answered
        };
        list.push(asked);
    }
    Ok(shown)
}

fn asked(view: QuestionView, listing: Option<&Listing>) -> AskedQuestion {
    let held = listing
        .into_iter()
        .flat_map(|listing| &listing.photos)
        .find_map(|photo| match photo.state {
            PhotoState::Held { sha256 } => Some(photos::address(sha256)),
            _ => None,
        });
    let choice = |value: &str, label: &str, hint: &str| Choice::new(value, label).with_hint(hint);
    AskedQuestion {
        field: format!("answer-{}", view.id),
        id: view.id.to_string(),
        item: view.item.to_string(),
        item_title: view.item_title,
        listing_title: view.listing_title,
        partner: view.partner_name,
        price: words::money(view.price.as_ref()),
        // Only addresses that a browser opens as a page.
        url: view
            .listing_url
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .map(String::from),
        photo: held,
        asked_at: words::instant(view.asked_at),
        alike: view.alike.into_iter().map(alike).collect(),
        choices: vec![
            choice(
                "mine",
                "Yes, that is me",
                "or somebody who sells it for me. Nothing more happens.",
            ),
            choice(
                "another_object",
                "No, that is another object; mine is at home",
                "It only looks like yours. Nothing more happens.",
            ),
            choice(
                "not_mine",
                "No, that is not me, and mine is gone",
                "or you cannot say where it is. You can then report it stolen.",
            ),
        ],
        answered: view.answer.map(|(answer, at)| {
            let word = match answer {
                OwnersAnswer::Mine => "Yes, that is me",
                OwnersAnswer::NotMine => "No, that is not me",
                OwnersAnswer::AnotherObject => "No, that is another object; mine is at home",
            };
            format!("{word} ({})", words::instant(at))
        }),
    }
}

/// In which way the two look alike. What exactly agrees is not told: the answer must be the owner's own.
fn alike(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Identifier => "it carries the same number, or nearly the same",
        Comparison::Photo => "a photo looks the same",
        Comparison::Description => "the description is similar",
        Comparison::Marks => "the description mentions something alike",
        Comparison::Time | Comparison::Place | Comparison::Price | Comparison::Seller => "time or place fit",
    }
}
