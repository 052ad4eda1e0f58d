//! Asking a partner for a seller's identity: what the letter allows, which conditions hold, the form, the check page.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::conditions::{Case, Condition, none_fails, of_request};
use super::decide::{caption, entered, typed};
use super::disclosures::fields_in_words;
use super::{CheckPage, QUEUE, Step, back_to_report, entered_in_words, police, purpose, report_id, stopped};
use crate::app::App;
use crate::casework::{CaseworkError, Ground};
use crate::domain::audit::Purpose;
use crate::domain::disclosure::DisclosureState;
use crate::domain::ids::{AccountId, ReportId};
use crate::domain::partner::{Letter, SellerField};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, NavLink, Page, SummaryRow, render};
use crate::http::web::{letters, words};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/reports/{id}/disclosure", get(form).post(ask))
}

#[derive(Template)]
#[template(path = "officer/disclose.html")]
struct AskPage {
    page: Page,
    back: NavLink,
    caption: String,
    action: String,
    terms: Vec<SummaryRow>,
    conditions: Vec<Condition>,
    /// Whether nothing stands against asking.
    open: bool,
    askable: Vec<Choice>,
    case: String,
    reason: String,
}

async fn form(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let id = report_id(&id)?;
    if is_under_way(&app, id).await? {
        return Ok(see_other(&format!("/reports/{id}?done=under_way")));
    }
    let ground = app.casework.request_ground(&caller, id).await?;
    let page = ask_page(&app, id, who.page(TITLE, QUEUE), (&ground, None)).await?;
    Ok(render(StatusCode::OK, &page))
}

async fn ask(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    police(&app, &form.who).await?;
    let step = Step::of(&form.fields);
    asked(&app, &form, report_id(&id)?, step).await
}

/// Goes on from a confirmation with the reason that was typed there: the check page of a request for the name alone, which is the
/// least that names somebody. Where that cannot be asked, the form says why.
pub(super) async fn straight_on(app: &App, who: &SignedIn, id: ReportId, reason: &str) -> Result<Response, Refusal> {
    let ground = app.casework.request_ground(&who.principal(), id).await?;
    let nameable = ground
        .letter
        .as_ref()
        .is_some_and(|letter| letter.terms.askable.contains(&SellerField::Name));
    let form = PersonalForm {
        who: who.clone(),
        fields: vec![
            ("fields".to_owned(), SellerField::Name.word().to_owned()),
            ("case".to_owned(), ground.crime_reference.clone().unwrap_or_default()),
            ("reason".to_owned(), reason.to_owned()),
        ]
        .into(),
    };
    let step = if nameable { Step::Check } else { Step::Change };
    if is_under_way(app, id).await? {
        return Ok(see_other(&format!("/reports/{id}?done=under_way")));
    }
    asked(app, &form, id, step).await
}

/// One round of the form: what is wrong with it, the check page, or sent.
async fn asked(app: &App, form: &PersonalForm, id: ReportId, step: Step) -> Result<Response, Refusal> {
    let caller = form.who.principal();
    let mut frame = form.who.page(TITLE, QUEUE);
    let chosen = chosen(&form.fields);
    if chosen.is_empty() {
        frame = frame.with_error("fields", "Choose what to ask for.");
    }
    let stated = match purpose(&form.fields) {
        Ok(purpose) => Some(purpose),
        Err((field, text)) => {
            frame = frame.with_error(field, text);
            None
        }
    };
    let stated = stated.filter(|_| frame.errors.is_empty());
    match (step, stated) {
        (Step::Send, Some(stated)) => {
            let asked = app.casework.request_disclosure(&caller, id, chosen.clone(), Ok(stated)).await;
            match asked {
                Ok(_) => Ok(see_other(&format!("/reports/{id}?done=asked"))),
                Err(error @ CaseworkError::Conflict(_)) if is_asked(app, id, form.who.account.id, &chosen).await? => {
                    // The same form again: it was asked the first time.
                    drop(error);
                    Ok(see_other(&format!("/reports/{id}?done=asked")))
                }
                Err(error) => Ok(stopped(&form.who, QUEUE, error, back_to_report(id))),
            }
        }
        (step, stated) => {
            let ground = app.casework.request_ground(&caller, id).await?;
            let status = if frame.errors.is_empty() { StatusCode::OK } else { FORM_AGAIN };
            let page = ask_page(app, id, frame, (&ground, Some(&form.fields))).await?;
            match stated {
                // What cannot be asked is not checked: the page says why it cannot.
                Some(stated) if step == Step::Check && page.open => {
                    let check = check(app, form, id, (&ground, &chosen, &stated)).await?;
                    Ok(render(StatusCode::OK, &check))
                }
                _ => Ok(render(status, &page)),
            }
        }
    }
}

/// What is asked, once more, and on what it rests; and that the case is not the theft's, when it is not.
async fn check(
    app: &App,
    form: &PersonalForm,
    id: ReportId,
    (ground, chosen, stated): (&Ground, &[SellerField], &Purpose),
) -> Result<CheckPage, Refusal> {
    let differs = ground.crime_reference.as_ref().filter(|case| !stated.is_for_case(case));
    let warning = differs.map(|case| {
        format!(
            "The theft is verified under case {case}, and you state {}: change it if that is a slip. The supervisor sees both.",
            stated.case
        )
    });
    let told = [
        "It goes to the supervisors first. With their approval it goes to the partner, who sees the listing, what is asked, \
         the letter and the case number, and nothing else of the case.",
        "Your name, the case and the reason are recorded. The answer can be opened for this case alone.",
    ];
    let (letter, basis) = ground.letter.as_ref().map_or(("", ""), |letter| {
        (letter.terms.reference.as_str(), letters::basis(letter.terms.legal_basis))
    });
    let (reference, title) = &ground.listing;
    Ok(CheckPage {
        page: form.who.page("Check what you ask for", QUEUE),
        back: back_to_report(id),
        caption: caption(app, id).await?,
        rows: SummaryRow::filled(&[
            ("Asked for", fields_in_words(chosen)),
            ("Of the seller of", format!("{reference}: {title}")),
            ("Partner", ground.partner.clone()),
            (
                "Probability",
                format!("{}, {}", words::probability(ground.probability), ground.yardstick),
            ),
            ("Item entered", entered_in_words(entered(app, id).await?).to_owned()),
            ("Letter of intent", letter.to_owned()),
            ("Legal basis", basis.to_owned()),
            ("Case number", stated.case.clone()),
            ("Reason", stated.reason.clone()),
        ]),
        follows: warning.into_iter().chain(told.map(str::to_owned)).collect(),
        action: format!("/reports/{id}/disclosure"),
        typed: typed(form, &["fields", "case", "reason"]),
        button: "Send the request".to_owned(),
        look: "",
    })
}

const TITLE: &str = "Ask for the seller’s identity";

/// The form, or why nothing can be asked. The reason is the officer's own: nothing stands there before they type.
async fn ask_page(app: &App, id: ReportId, page: Page, (ground, typed): (&Ground, Option<&Fields>)) -> Result<AskPage, Refusal> {
    let case = Case {
        letter: ground.letter.as_ref(),
        partner: &ground.partner,
        probability: ground.probability,
        standing: &ground.standing,
    };
    let conditions = of_request(case, &ground.refusals);
    // Before anybody has chosen: the name alone, which is the least that names somebody.
    let chosen = typed.map_or_else(|| vec![SellerField::Name], chosen);
    let askable = ground.letter.as_ref().map_or(&[][..], |letter| &letter.terms.askable);
    let choice = |field: &SellerField| Choice::new(field.word(), letters::field(*field)).chosen(chosen.contains(field));
    let text = |name: &str| typed.map(|typed| typed.get(name).to_owned());
    Ok(AskPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/disclosure"),
        terms: ground.letter.as_ref().map(terms).unwrap_or_default(),
        open: none_fails(&conditions),
        conditions,
        askable: askable.iter().map(choice).collect(),
        case: text("case").unwrap_or_else(|| ground.crime_reference.clone().unwrap_or_default()),
        reason: text("reason").unwrap_or_default(),
    })
}

fn terms(letter: &Letter) -> Vec<SummaryRow> {
    let terms = &letter.terms;
    SummaryRow::filled(&[
        ("Letter", terms.reference.as_str()),
        ("Legal basis", letters::basis(terms.legal_basis)),
        ("May be asked", &fields_in_words(&terms.askable)),
        ("Approvals", &format!("{} by supervisors", terms.approvals.max(1))),
        ("Answer within", &format!("{} hours of the approval", terms.response_hours)),
        ("Kept for", &letters::retention(terms.retention_days)),
    ])
}

/// Whether a request on this report is on its way.
async fn is_under_way(app: &App, id: ReportId) -> Result<bool, Refusal> {
    let requests = app.store.read(move |reader| reader.disclosure_requests_of_report(id)).await?;
    Ok(requests.iter().any(|request| request.is_under_way()))
}

/// Whether this person has just asked the same on this report.
async fn is_asked(app: &App, id: ReportId, me: AccountId, chosen: &[SellerField]) -> Result<bool, Refusal> {
    let requests = app.store.read(move |reader| reader.disclosure_requests_of_report(id)).await?;
    let mut wanted = chosen.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    Ok(requests.iter().any(|request| {
        request.requested_by == me
            && request.state == DisclosureState::Requested
            && !request.is_recalled()
            && request.fields == wanted
    }))
}

/// The seller data that were ticked.
fn chosen(fields: &Fields) -> Vec<SellerField> {
    let ticked: Vec<&str> = fields.all("fields").collect();
    SellerField::ALL
        .into_iter()
        .filter(|field| ticked.contains(&field.word()))
        .collect()
}
