//! Partners: the list, entering one, and a partner's page with its letters and tokens.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::{administrator, partner_of};
use crate::access::TokenHolder;
use crate::app::App;
use crate::casework::{CaseworkError, NewPartner, feed_health};
use crate::domain::hold::HoldPolicy;
use crate::domain::ids::LetterId;
use crate::domain::partner::{Letter, LetterStanding, Partner};
use crate::domain::scope::Scopes;
use crate::http::error::Problem;
use crate::http::web::feed_health::HealthView;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, Page, SummaryRow, render};
use crate::http::web::tokens::{self, TokenRow};
use crate::http::web::{letters, words};
use crate::store::StoreError;

const NEW: &str = "Enter a partner";

const NOTICES: [(&str, &str); 7] = [
    (
        "hold_policy_ended",
        "Nothing more is held under the letter. What is held stays held until its own end.",
    ),
    ("hold_policy", "It is set how things are held under the letter."),
    (
        "entered",
        "The partner is entered. It may send nothing until a letter is in force and it has a token.",
    ),
    ("letter", "The letter is entered."),
    (
        "revoked",
        "The letter is revoked. Nothing more is taken in or disclosed under it.",
    ),
    (
        "revoked_one",
        "The letter is revoked: nothing more is disclosed under it. Another letter is in force, under which the partner can go on \
         sending.",
    ),
    ("token_revoked", "The token is revoked."),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/partners", get(list))
        .route("/partners/new", get(new_form).post(enter))
        .route("/partners/{id}", get(show))
        .route("/partners/{id}/letters/{letter}/revoked", get(revoke_form).post(revoke))
}

struct PartnerRow {
    id: String,
    name: String,
    slug: String,
    standing: &'static str,
    colour: &'static str,
}

#[derive(Template)]
#[template(path = "administrator/partners.html")]
struct PartnersPage {
    page: Page,
    partners: Vec<PartnerRow>,
}

#[derive(Template)]
#[template(path = "administrator/partner_new.html")]
struct NewPage {
    page: Page,
    form: Fields,
}

struct LetterCard {
    id: String,
    reference: String,
    standing: &'static str,
    colour: &'static str,
    rows: Vec<SummaryRow>,
    can_revoke: bool,
}

#[derive(Template)]
#[template(path = "administrator/partner.html")]
pub(super) struct PartnerPage {
    page: Page,
    id: String,
    rows: Vec<SummaryRow>,
    health: HealthView,
    letters: Vec<LetterCard>,
    tokens: Vec<TokenRow>,
    scopes: Vec<Choice>,
    typed: String,
}

#[derive(Template)]
#[template(path = "administrator/letter_revoke.html")]
struct RevokePage {
    page: Page,
    back: String,
    rows: Vec<SummaryRow>,
    /// Letters that stay in force.
    others: Vec<String>,
}

async fn list(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let now = app.clock.now();
    let partners = app
        .store
        .read(move |reader| {
            let mut rows = Vec::new();
            for partner in reader.partners()? {
                let held = reader.letters_of(partner.id)?;
                let active = held.iter().find(|letter| letter.standing(now) == LetterStanding::Active);
                let letter = active.or(held.first());
                let (standing, colour) = letter.map_or(("No letter", "grey"), |letter| letters::standing(letter, now));
                rows.push(PartnerRow {
                    id: partner.id.to_string(),
                    name: partner.name,
                    slug: partner.slug.to_string(),
                    standing,
                    colour,
                });
            }
            Ok::<_, StoreError>(rows)
        })
        .await?;
    let page = who.page("Partners and letters", "/partners");
    Ok(render(StatusCode::OK, &PartnersPage { page, partners }))
}

async fn new_form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let page = who.page(NEW, "/partners");
    let form = Fields::default();
    Ok(render(StatusCode::OK, &NewPage { page, form }))
}

async fn enter(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let hosts = form.fields.get("photo_hosts");
    let new = NewPartner {
        slug: form.fields.get("slug").to_owned(),
        name: form.fields.get("name").to_owned(),
        photo_hosts: hosts.split([',', '\n', ' ']).map(str::to_owned).collect(),
    };
    let (field, text) = match app.casework.enter_partner(actor, new).await {
        Ok(partner) => return Ok(see_other(&format!("/partners/{}?done=entered", partner.id))),
        Err(CaseworkError::Invalid { field, reason }) => (field, words::sentence(&reason)),
        Err(CaseworkError::Store(StoreError::Exists { .. })) => ("slug", "Another partner has this short name.".to_owned()),
        Err(error) => return Err(error.into()),
    };
    let page = form.who.page(NEW, "/partners").with_error(field, text);
    Ok(render(FORM_AGAIN, &NewPage { page, form: form.fields }))
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let partner = partner_of(&app, &id).await?;
    let page = with_notice(who.page(partner.name.clone(), "/partners"), &uri, &NOTICES);
    Ok(render(StatusCode::OK, &partner_page(&app, page, &partner, "").await?))
}

async fn revoke_form(
    State(app): State<App>,
    who: SignedIn,
    Path((id, letter)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let partner = partner_of(&app, &id).await?;
    let letter = letter_of(&app, &partner, &letter).await?;
    let shown = RevokePage {
        page: who.page(format!("Revoke {}?", letter.terms.reference), "/partners"),
        back: format!("/partners/{}", partner.id),
        rows: letters::terms(&letter),
        others: others_in_force(&app, &letter).await?,
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn revoke(
    State(app): State<App>,
    Path((id, letter)): Path<(String, String)>,
    form: PersonalForm,
) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let partner = partner_of(&app, &id).await?;
    let letter = letter_of(&app, &partner, &letter).await?;
    app.casework.revoke_letter(actor, letter.id).await?;
    let done = match others_in_force(&app, &letter).await?.is_empty() {
        true => "revoked",
        false => "revoked_one",
    };
    Ok(see_other(&format!("/partners/{}?done={done}", partner.id)))
}

/// The references of the letters with the same partner that are in force, beside this one.
async fn others_in_force(app: &App, letter: &Letter) -> Result<Vec<String>, Refusal> {
    let (id, partner, now) = (letter.id, letter.partner, app.clock.now());
    let mut others = app.store.read(move |reader| reader.letters_in_force(partner, now)).await?;
    others.retain(|other| other.id != id);
    Ok(others.into_iter().map(|other| other.terms.reference).collect())
}

async fn letter_of(app: &App, partner: &Partner, id: &str) -> Result<Letter, Refusal> {
    let id: LetterId = id.parse().map_err(|_| Problem::missing("letter"))?;
    let letter = app.store.read(move |reader| reader.letter(id)).await?;
    let letter = letter.filter(|letter| letter.partner == partner.id);
    Ok(letter.ok_or_else(|| Problem::missing("letter"))?)
}

/// A partner's page. `label` is what was typed for a new token.
pub(super) async fn partner_page(app: &App, page: Page, partner: &Partner, label: &str) -> Result<PartnerPage, Refusal> {
    let (id, now) = (partner.id, app.clock.now());
    let (held, health) = app
        .store
        .read(move |reader| {
            let with_policy = |letter: Letter| Ok::<_, StoreError>((reader.hold_policy(letter.id)?, letter));
            let held = reader
                .letters_of(id)?
                .into_iter()
                .map(with_policy)
                .collect::<Result<Vec<_>, _>>()?;
            Ok::<_, StoreError>((held, feed_health::of_partner(reader, id, now)?))
        })
        .await?;
    let tokens = app.access.tokens_of(TokenHolder::Partner(id)).await?;
    let hosts = match partner.photo_hosts.is_empty() {
        true => "any public host".to_owned(),
        false => partner.photo_hosts.join(", "),
    };
    let card = |(policy, letter): &(Option<HoldPolicy>, Letter)| {
        let (standing, colour) = letters::standing(letter, now);
        LetterCard {
            id: letter.id.to_string(),
            reference: letter.terms.reference.clone(),
            standing,
            colour,
            rows: letters::terms(letter)
                .into_iter()
                .chain(letters::hold_terms(policy.as_ref()))
                .collect(),
            can_revoke: matches!(letter.standing(now), LetterStanding::Active | LetterStanding::NotYetValid),
        }
    };
    Ok(PartnerPage {
        page,
        id: id.to_string(),
        rows: vec![
            SummaryRow::new("Short name in addresses", partner.slug.to_string()).as_serial(),
            SummaryRow::new("Photos are fetched from", hosts),
            SummaryRow::new("Entered", words::instant(partner.created_at)),
        ],
        health: HealthView::of(&health, now),
        letters: held.iter().map(card).collect(),
        tokens: tokens.iter().map(|token| TokenRow::of(token, now)).collect(),
        scopes: tokens::choices(&Scopes::all()),
        typed: label.to_owned(),
    })
}
