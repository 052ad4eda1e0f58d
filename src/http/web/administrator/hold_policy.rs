//! How things are held under a letter: the form for the policy, and ending it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::{administrator, partner_of};
use crate::app::App;
use crate::casework::CaseworkError;
use crate::domain::audit::Actor;
use crate::domain::hold::{HoldExpiry, HoldPolicy, HoldTrigger};
use crate::domain::ids::LetterId;
use crate::http::error::Problem;
use crate::http::web::letters;
use crate::http::web::officer::{CheckPage, Step};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, NavLink, Page, render};
use crate::http::web::words;
use crate::store::StoreError;

const TITLE: &str = "How things are held";
/// The fields that hold a number, and what stands in them before anybody has typed.
const NUMBERS: [(&str, &str); 4] = [
    ("days", "28"),
    ("notice_hours", "24"),
    ("extension_days", "28"),
    ("extensions_max", "1"),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/partners/{id}/letters/{letter}/hold-policy", get(form).post(set))
}

#[derive(Template)]
#[template(path = "administrator/hold_policy.html")]
struct PolicyPage {
    page: Page,
    back: String,
    reference: String,
    triggers: Vec<Choice>,
    expiries: Vec<Choice>,
    form: Fields,
    /// Whether a policy is set, which can be ended.
    set: bool,
}

async fn form(State(app): State<App>, who: SignedIn, Path((id, letter)): Path<(String, String)>) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let (partner, letter) = (partner_of(&app, &id).await?, parsed(&letter)?);
    let set = app.store.read(move |reader| reader.hold_policy(letter)).await?;
    let pairs = match set {
        Some(policy) => vec![
            ("trigger", policy.trigger.word().to_owned()),
            ("expiry", policy.expiry.word().to_owned()),
            ("days", policy.days.to_string()),
            ("notice_hours", policy.notice_hours.to_string()),
            ("extension_days", policy.extension_days.to_string()),
            ("extensions_max", policy.extensions_max.to_string()),
        ],
        None => NUMBERS.map(|(name, value)| (name, value.to_owned())).to_vec(),
    };
    let form: Fields = pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect::<Vec<_>>()
        .into();
    let shown = policy_page(&app, who.page(TITLE, "/partners"), (partner.id.to_string(), letter), form).await?;
    Ok(render(StatusCode::OK, &shown))
}

async fn set(
    State(app): State<App>,
    Path((id, letter)): Path<(String, String)>,
    form: PersonalForm,
) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let (partner, letter) = (partner_of(&app, &id).await?, parsed(&letter)?);
    if form.fields.get("go") == "end" {
        return end(&app, &form, actor, (partner.id.to_string(), letter)).await;
    }
    let mut page = form.who.page(TITLE, "/partners");
    let mut number = |name: &'static str| match form.fields.get(name).parse::<u32>() {
        Ok(number) => number,
        Err(_) => {
            page.errors.push(crate::http::web::shell::FieldError {
                field: name.to_owned(),
                text: "Give a whole number.".to_owned(),
            });
            0
        }
    };
    let [days, notice_hours, extension_days, extensions_max] = NUMBERS.map(|(name, _)| number(name));
    let trigger = HoldTrigger::ALL
        .into_iter()
        .find(|one| one.word() == form.fields.get("trigger"));
    let expiry = HoldExpiry::ALL
        .into_iter()
        .find(|one| one.word() == form.fields.get("expiry"));
    if trigger.is_none() {
        page = page.with_error("trigger", "Say what begins a hold.");
    }
    if expiry.is_none() {
        page = page.with_error("expiry", "Say what follows when it has run out.");
    }
    if let (Some(trigger), Some(expiry), true) = (trigger, expiry, page.errors.is_empty()) {
        let policy = HoldPolicy {
            trigger,
            days,
            notice_hours,
            extension_days,
            extensions_max,
            expiry,
        };
        match app.casework.set_hold_policy(actor, letter, policy).await {
            Ok(()) => return Ok(see_other(&format!("/partners/{}?done=hold_policy", partner.id))),
            Err(CaseworkError::Invalid { field, reason }) => page = page.with_error(field, words::sentence(&reason)),
            Err(error) => return Err(error.into()),
        }
    }
    let shown = policy_page(&app, page, (partner.id.to_string(), letter), form.fields).await?;
    Ok(render(FORM_AGAIN, &shown))
}

/// Ends how things are held under a letter: shown first, then done.
async fn end(app: &App, form: &PersonalForm, actor: Actor, (partner, letter): (String, LetterId)) -> Result<Response, Refusal> {
    let action = format!("/partners/{partner}/letters/{letter}/hold-policy");
    // Also tells whether the letter is this partner's.
    let shown = policy_page(
        app,
        form.who.page(TITLE, "/partners"),
        (partner.clone(), letter),
        Fields::default(),
    )
    .await?;
    match Step::of(&form.fields) {
        Step::Change => Ok(see_other(&action)),
        Step::Check => {
            let policy = app.store.read(move |reader| reader.hold_policy(letter)).await?;
            let check = CheckPage {
                page: form.who.page("End how things are held?", "/partners"),
                back: NavLink::new(action.clone(), "Back to how things are held"),
                caption: shown.reference,
                rows: letters::hold_terms(policy.as_ref()),
                follows: vec![
                    "Nothing can be held under this letter from then on, neither by an officer’s word nor by itself.".to_owned(),
                    "What is held stays held until its own end.".to_owned(),
                ],
                action,
                typed: vec![("go".to_owned(), "end".to_owned())],
                button: "End it".to_owned(),
                look: "warning",
            };
            Ok(render(StatusCode::OK, &check))
        }
        Step::Send => match app.casework.end_hold_policy(actor, letter).await {
            // The same form again: it was ended the first time.
            Ok(()) | Err(CaseworkError::Store(StoreError::Missing { .. })) => {
                Ok(see_other(&format!("/partners/{partner}?done=hold_policy_ended")))
            }
            Err(error) => Err(error.into()),
        },
    }
}

async fn policy_page(app: &App, page: Page, (partner, letter): (String, LetterId), form: Fields) -> Result<PolicyPage, Refusal> {
    let found = app.store.read(move |reader| reader.letter(letter)).await?;
    let found = found.filter(|found| found.partner.to_string() == partner);
    let found = found.ok_or_else(|| Problem::missing("letter"))?;
    let set = app.store.read(move |reader| reader.hold_policy(letter)).await?.is_some();
    let choice = |word: &'static str, label: &'static str, name: &str| Choice::new(word, label).chosen(form.get(name) == word);
    Ok(PolicyPage {
        page,
        back: format!("/partners/{partner}"),
        reference: found.terms.reference,
        triggers: HoldTrigger::ALL
            .map(|one| choice(one.word(), letters::hold_trigger(one), "trigger"))
            .to_vec(),
        expiries: HoldExpiry::ALL
            .map(|one| choice(one.word(), letters::hold_expiry(one), "expiry"))
            .to_vec(),
        form,
        set,
    })
}

fn parsed(id: &str) -> Result<LetterId, Problem> {
    id.parse().map_err(|_| Problem::missing("letter"))
}
