//! The forms of the report's page that make packs, and those by which an officer vouches for a report as evidence.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use super::make;
use crate::app::App;
use crate::casework::{CaseworkError, REASON_CHARACTERS};
use crate::domain::evidence_pack::PackForm;
use crate::domain::ids::ReportId;
use crate::http::web::officer::decide::{caption, typed};
use crate::http::web::officer::ending::StepPage;
use crate::http::web::officer::{CheckPage, QUEUE, Step, back_to_report, police, report_id, stopped};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::http::web::words::sentence;

const PROMOTE: &str = "Promote the report to evidence";

/// The routes.
pub(in crate::http::web::officer) fn routes() -> Router<App> {
    Router::new()
        .route("/reports/{id}/evidence-pack", post(pack))
        .route("/reports/{id}/evidence-promotion", get(promotion_form).post(promote))
}

async fn pack(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let wanted = match form.fields.get("form") {
        "document" => PackForm::Document,
        _ => PackForm::Bundle,
    };
    Ok(make(&app, &caller, report_id(&id)?, wanted).await?.served())
}

async fn promotion_form(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let page = promotion_page(&app, who.page(PROMOTE, QUEUE), report_id(&id)?, "").await?;
    Ok(render(StatusCode::OK, &page))
}

async fn promotion_page(app: &App, page: Page, id: ReportId, value: &str) -> Result<StepPage, Refusal> {
    Ok(StepPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/evidence-promotion"),
        outcomes: Vec::new(),
        text: (
            "reason",
            "Why it is evidence",
            "What you have looked at yourself, and what you vouch for. It stands on the cover of every pack.",
        ),
        value: value.to_owned(),
    })
}

async fn promote(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let reason = form.fields.get("reason");
    let again = async |text: Option<&str>| -> Result<Response, Refusal> {
        let mut page = form.who.page(PROMOTE, QUEUE);
        if let Some(text) = text {
            page = page.with_error("reason", sentence(text));
        }
        let status = if text.is_some() { FORM_AGAIN } else { StatusCode::OK };
        Ok(render(status, &promotion_page(&app, page, id, reason).await?))
    };
    match Step::of(&form.fields) {
        _ if reason.chars().count() < *REASON_CHARACTERS.start() => again(Some("say why it is evidence")).await,
        Step::Change => again(None).await,
        Step::Check => {
            let page = CheckPage {
                page: form.who.page("Check before you vouch for it", QUEUE),
                back: back_to_report(id),
                caption: caption(&app, id).await?,
                rows: SummaryRow::filled(&[("Why it is evidence", reason)]),
                follows: vec![
                    "Packs made from now on are marked as evidence, with your name and these words on the cover.".to_owned(),
                    "They are intelligence again when the report is reopened.".to_owned(),
                ],
                action: format!("/reports/{id}/evidence-promotion"),
                typed: typed(&form, &["reason"]),
                button: "Promote to evidence".to_owned(),
                look: "warning",
            };
            Ok(render(StatusCode::OK, &page))
        }
        Step::Send => match app.casework.promote_to_evidence(&caller, id, reason).await {
            Ok(_) => Ok(see_other(&format!("/reports/{id}?done=promoted"))),
            Err(CaseworkError::Invalid { reason, .. }) => again(Some(&reason)).await,
            Err(error) => Ok(stopped(&form.who, QUEUE, error, back_to_report(id))),
        },
    }
}
