//! Proof of ownership: an officer decides to have the seller asked for it, and compares what comes with the registration.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::decide::{caption, typed};
use super::sides::{SideRow, described};
use super::{CheckPage, QUEUE, Step, back_to_report, identifiers, police, report_id, stopped};
use crate::app::App;
use crate::casework::{CaseworkError, PROOF_DAYS, ProofComparison, REASON_CHARACTERS};
use crate::domain::description::{Description, GivenIdentifier};
use crate::domain::ids::{OwnershipProofId, ReportId};
use crate::domain::ownership_proof::{OwnershipProof, ProofFinding, ProofKind};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::web::photos::{address, small_address};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, NavLink, Page, SummaryRow, render};
use crate::http::web::words;

const ASK: &str = "Have the seller asked for proof";
const COMPARE: &str = "Proof of ownership";
/// Days that the form proposes.
const DAYS: &str = "7";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/reports/{id}/proofs", get(ask_form).post(ask))
        .route("/reports/{id}/proofs/{proof}", get(compare).post(judge))
}

#[derive(Template)]
#[template(path = "officer/proof_ask.html")]
struct AskPage {
    page: Page,
    back: NavLink,
    caption: String,
    action: String,
    kinds: Vec<Choice>,
    days: String,
}

struct PhotoLine {
    number: u16,
    address: String,
    small: String,
}

#[derive(Template)]
#[template(path = "officer/proof.html")]
struct ComparePage {
    page: Page,
    back: NavLink,
    caption: String,
    action: String,
    asked: Vec<SummaryRow>,
    /// What the seller says, in the partner's words; none while nothing has come.
    answer: Option<String>,
    pictures: Vec<PhotoLine>,
    /// The registration.
    registered: Vec<SideRow>,
    /// Kind and value, as its owner gave them.
    numbers: Vec<String>,
    registered_pictures: Vec<PhotoLine>,
    theft: String,
    judged: Vec<SummaryRow>,
    findings: Vec<Choice>,
    facts: String,
    assessment: String,
}

/// A request for proof as a report's page tells of it.
pub(super) struct ProofLine {
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) colour: &'static str,
    pub(super) says: String,
}

/// What the page of a report says of proofs.
pub(super) fn lines(proofs: &[OwnershipProof], now: Timestamp) -> Vec<ProofLine> {
    let line = |proof: &OwnershipProof| {
        let asked = words::instant(proof.asked_at);
        let (colour, says) = match (&proof.judgement, &proof.answer) {
            (Some(judgement), _) => ("green", format!("{}: {}", judgement.finding.words(), judgement.assessment)),
            (None, Some(answer)) => ("yellow", format!("answered {}; compare it", words::instant(answer.at))),
            (None, None) if proof.taken_back_at.is_some() => ("grey", format!("asked {asked}, and taken back")),
            (None, None) if proof.due_at < now => ("red", format!("asked {asked}; the time is over")),
            (None, None) => (
                "",
                format!("asked {asked}, to be answered by {}", words::instant(proof.due_at)),
            ),
        };
        ProofLine {
            id: proof.id.to_string(),
            state: proof.word(),
            colour,
            says,
        }
    };
    proofs.iter().map(line).collect()
}

async fn ask_form(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let page = ask_page(&app, report_id(&id)?, who.page(ASK, QUEUE), &Fields::default()).await?;
    Ok(render(StatusCode::OK, &page))
}

async fn ask_page(app: &App, id: ReportId, page: Page, typed: &Fields) -> Result<AskPage, Refusal> {
    let chosen = kinds(typed);
    let kinds = ProofKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.word(), words::capitalised(kind.words())).chosen(chosen.contains(kind)));
    Ok(AskPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/proofs"),
        kinds: kinds.collect(),
        days: match typed.get("days") {
            "" => DAYS.to_owned(),
            days => days.to_owned(),
        },
    })
}

fn kinds(fields: &Fields) -> Vec<ProofKind> {
    let given: Vec<&str> = fields
        .pairs()
        .iter()
        .filter(|(name, _)| name == "asked")
        .map(|(_, value)| value.as_str())
        .collect();
    ProofKind::ALL
        .into_iter()
        .filter(|kind| given.contains(&kind.word()))
        .collect()
}

async fn ask(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let (chosen, days) = (kinds(&form.fields), form.fields.get("days").parse::<u32>().ok());
    let mut page = form.who.page(ASK, QUEUE);
    if chosen.is_empty() {
        page = page.with_error("asked", "Choose what the seller is to show.");
    }
    let days = days.filter(|days| PROOF_DAYS.contains(days));
    if days.is_none() {
        page = page.with_error("days", "Give the partner 1 to 30 days.");
    }
    let step = Step::of(&form.fields);
    let Some(days) = days.filter(|_| page.errors.is_empty() && step != Step::Change) else {
        let status = if step == Step::Change { StatusCode::OK } else { FORM_AGAIN };
        page.errors.retain(|_| step != Step::Change);
        return Ok(render(status, &ask_page(&app, id, page, &form.fields).await?));
    };
    if step == Step::Check {
        let wanted: Vec<&str> = chosen.iter().map(|kind| kind.words()).collect();
        let shown = CheckPage {
            page: form.who.page("Check before the seller is asked", QUEUE),
            back: back_to_report(id),
            caption: caption(&app, id).await?,
            rows: SummaryRow::filled(&[("The seller is to show", wanted.join("; ")), ("Within", format!("{days} days"))]),
            follows: vec![
                "This tips the seller off: whoever is asked for proof knows that somebody suspects the listing. Goods and pictures \
                 may be gone afterwards."
                    .to_owned(),
                "The partner reads which of its listings it is about and these words, and nothing of the item, its owner or the case."
                    .to_owned(),
            ],
            action: format!("/reports/{id}/proofs"),
            typed: typed(&form, &["asked", "days"]),
            button: "Have the seller asked".to_owned(),
            look: "warning",
        };
        return Ok(render(StatusCode::OK, &shown));
    }
    match app.casework.ask_for_proof(&caller, id, chosen, days).await {
        Ok(_) => Ok(see_other(&format!("/reports/{id}?done=proof_asked"))),
        Err(error) => Ok(stopped(&form.who, QUEUE, error, back_to_report(id))),
    }
}

async fn compare(State(app): State<App>, Path((id, proof)): Path<(String, String)>, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let comparison = app.casework.open_proof(&caller, report_id(&id)?, proof_id(&proof)?).await?;
    let page = compare_page(who.page(COMPARE, QUEUE), &comparison, &Fields::default());
    Ok(render(StatusCode::OK, &page))
}

async fn judge(
    State(app): State<App>,
    Path((id, proof)): Path<(String, String)>,
    form: PersonalForm,
) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let (id, proof) = (report_id(&id)?, proof_id(&proof)?);
    let finding = ProofFinding::ALL
        .into_iter()
        .find(|finding| finding.word() == form.fields.get("finding"));
    let mut page = form.who.page(COMPARE, QUEUE);
    if finding.is_none() {
        page = page.with_error("finding", "Say what it comes to.");
    }
    for (field, text) in [
        ("facts", "Say what you found, in 3 to 2,000 characters."),
        ("assessment", "Say what you make of it, in 3 to 2,000 characters."),
    ] {
        if !REASON_CHARACTERS.contains(&form.fields.get(field).trim().chars().count()) {
            page = page.with_error(field, text);
        }
    }
    let Some(finding) = finding.filter(|_| page.errors.is_empty()) else {
        let comparison = app.casework.open_proof(&caller, id, proof).await?;
        return Ok(render(FORM_AGAIN, &compare_page(page, &comparison, &form.fields)));
    };
    let words = (form.fields.get("facts"), form.fields.get("assessment"));
    match app.casework.judge_proof(&caller, proof, finding, words).await {
        Ok(_) => Ok(see_other(&format!("/reports/{id}?done=proof_judged"))),
        Err(error @ CaseworkError::Conflict(_)) => Ok(stopped(&form.who, QUEUE, error, back_to_report(id))),
        Err(error) => Err(error.into()),
    }
}

fn proof_id(text: &str) -> Result<OwnershipProofId, Refusal> {
    text.parse().map_err(|_| Problem::missing("request for proof").into())
}

fn compare_page(page: Page, comparison: &ProofComparison, given: &Fields) -> ComparePage {
    let (proof, view) = (&comparison.proof, &comparison.report);
    let wanted: Vec<&str> = proof.asked.iter().map(|kind| kind.words()).collect();
    let mut judged = Vec::new();
    if let Some(judgement) = &proof.judgement {
        judged.push(SummaryRow::new("Found", judgement.facts.clone()));
        judged.push(SummaryRow::new("Made of it", judgement.assessment.clone()));
        judged.push(SummaryRow::new("It comes to this", judgement.finding.words()));
        let by = comparison.judged_by.clone().unwrap_or_else(|| "an officer".to_owned());
        judged.push(SummaryRow::new("Said by", format!("{by}, {}", words::instant(judgement.at))));
    }
    let theft = &view.theft.theft;
    ComparePage {
        page,
        back: back_to_report(proof.report),
        caption: format!("SR-{}", view.report.number),
        action: format!("/reports/{}/proofs/{}", proof.report, proof.id),
        asked: SummaryRow::filled(&[
            ("The seller was to show", wanted.join("; ")),
            ("Asked", words::instant(proof.asked_at)),
            ("To be answered by", words::instant(proof.due_at)),
        ]),
        answer: proof.answer.as_ref().map(|answer| match answer.shown {
            true => answer.text.clone(),
            false => format!("The seller shows nothing. {}", answer.text),
        }),
        pictures: pictures(&proof.photos),
        registered: described(view),
        numbers: numbers(&view.item.draft.description),
        registered_pictures: pictures(
            &view
                .item
                .photos
                .iter()
                .map(|photo| (photo.number, photo.sha256))
                .collect::<Vec<_>>(),
        ),
        theft: words::span(theft.from, theft.to),
        findings: ProofFinding::ALL
            .iter()
            .map(|finding| {
                let label = words::capitalised(finding.words());
                Choice::new(finding.word(), label).chosen(given.get("finding") == finding.word())
            })
            .collect(),
        judged,
        facts: given.get("facts").to_owned(),
        assessment: given.get("assessment").to_owned(),
    }
}

fn numbers(registered: &Description) -> Vec<String> {
    let says = |given: &GivenIdentifier| format!("{}: {}", words::capitalised(identifiers::word(given.kind)), given.value);
    registered.identifiers.iter().map(says).collect()
}

fn pictures(photos: &[(u16, ContentHash)]) -> Vec<PhotoLine> {
    let line = |(number, sha256): &(u16, ContentHash)| PhotoLine {
        number: *number,
        address: address(*sha256),
        small: small_address(*sha256),
    };
    photos.iter().map(line).collect()
}
