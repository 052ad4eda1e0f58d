//! Asking a partner for a seller's identity: what the letter allows, which conditions hold, the form, the check page.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::conditions::{Condition, Standing, of_request};
use super::decide::{caption, entered, typed};
use super::disclosures::fields_in_words;
use super::{CheckPage, QUEUE, Step, back_to_report, entered_in_words, police, purpose, report_id, stopped};
use crate::app::App;
use crate::casework::{CaseworkError, views};
use crate::domain::audit::Purpose;
use crate::domain::disclosure::DisclosureState;
use crate::domain::ids::{AccountId, ReportId};
use crate::domain::partner::{Letter, SellerField};
use crate::domain::report::ReportState;
use crate::http::web::letters;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, NavLink, Page, SummaryRow, render};

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
    police(&app, &who).await?;
    let id = report_id(&id)?;
    let requests = app.store.read(move |reader| reader.disclosure_requests_of_report(id)).await?;
    if requests.iter().any(|request| request.is_under_way()) {
        return Ok(see_other(&format!("/reports/{id}?done=under_way")));
    }
    let page = ask_page(&app, &who, id, who.page(TITLE, QUEUE), None).await?;
    Ok(render(StatusCode::OK, &page))
}

async fn ask(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
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
    let Some(stated) = stated.filter(|_| frame.errors.is_empty()) else {
        return Ok(render(
            FORM_AGAIN,
            &ask_page(&app, &form.who, id, frame, Some(&form.fields)).await?,
        ));
    };
    match Step::of(&form.fields) {
        Step::Change => Ok(render(
            StatusCode::OK,
            &ask_page(&app, &form.who, id, frame, Some(&form.fields)).await?,
        )),
        Step::Check => Ok(render(StatusCode::OK, &check(&app, &form, id, (&chosen, &stated)).await?)),
        Step::Send => {
            let asked = app.casework.request_disclosure(&caller, id, chosen.clone(), Ok(stated)).await;
            match asked {
                Ok(_) => Ok(see_other(&format!("/reports/{id}?done=asked"))),
                Err(error @ CaseworkError::Conflict(_)) if under_way(&app, id, form.who.account.id, &chosen).await? => {
                    // The same form again: it was asked the first time.
                    drop(error);
                    Ok(see_other(&format!("/reports/{id}?done=asked")))
                }
                Err(error) => Ok(stopped(&form.who, QUEUE, error, back_to_report(id))),
            }
        }
    }
}

/// What is asked, once more; and that the case is not the theft's, when it is not.
async fn check(
    app: &App,
    form: &PersonalForm,
    id: ReportId,
    (chosen, stated): (&[SellerField], &Purpose),
) -> Result<CheckPage, Refusal> {
    let theft_case = app.store.read(move |reader| views::theft_case(reader, id)).await?;
    let differs = theft_case.filter(|case| !stated.is_for_case(case));
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
    Ok(CheckPage {
        page: form.who.page("Check what you ask for", QUEUE),
        back: back_to_report(id),
        caption: caption(app, id).await?,
        rows: SummaryRow::filled(&[
            ("Asked for", fields_in_words(chosen)),
            ("Item entered", entered_in_words(entered(app, id).await?).to_owned()),
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

async fn ask_page(app: &App, who: &SignedIn, id: ReportId, page: Page, typed: Option<&Fields>) -> Result<AskPage, Refusal> {
    let ground = app.casework.request_ground(&who.principal(), id).await?;
    let conditions = of_request(ground.letter.as_ref(), &ground.partner, ground.probability, &ground.refusals);
    // Before anybody has chosen: the name alone, which is the least that names somebody, and the officer's own words.
    let chosen = typed.map_or_else(|| vec![SellerField::Name], chosen);
    let own_words = own_words(app, who.account.id, id).await?;
    let askable = ground.letter.as_ref().map_or(&[][..], |letter| &letter.terms.askable);
    let choice = |field: &SellerField| Choice::new(field.word(), letters::field(*field)).chosen(chosen.contains(field));
    Ok(AskPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/disclosure"),
        terms: ground.letter.as_ref().map(terms).unwrap_or_default(),
        open: conditions.iter().all(|condition| condition.standing != Standing::Fails),
        conditions,
        askable: askable.iter().map(choice).collect(),
        case: typed.map_or(ground.crime_reference.unwrap_or_default(), |typed| {
            typed.get("case").to_owned()
        }),
        reason: typed.map_or(own_words, |typed| typed.get("reason").to_owned()),
    })
}

/// A reason to begin with, out of the words in which this officer confirmed the report; to be changed at will.
async fn own_words(app: &App, me: AccountId, id: ReportId) -> Result<String, Refusal> {
    let report = app.store.read(move |reader| reader.report(id)).await?;
    Ok(match report.map(|report| report.state) {
        Some(ReportState::Decided(review)) if review.by == me => format!("To find out who sells it: {}", review.reason),
        _ => String::new(),
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

/// Whether this person has just asked the same on this report.
async fn under_way(app: &App, id: ReportId, me: AccountId, chosen: &[SellerField]) -> Result<bool, Refusal> {
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
