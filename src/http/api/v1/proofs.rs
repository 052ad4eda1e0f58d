//! Proof of ownership: an officer has a seller asked for it, the partner reads what is asked and answers.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::photos::PhotoAnswer;
use crate::app::App;
use crate::casework::ProofAsked;
use crate::domain::ids::{OwnershipProofId, ReportId};
use crate::domain::ownership_proof::{OwnershipProof, ProofKind};
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::JsonBody;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(list))
        .routes(routes!(put_photo))
        .routes(routes!(answer))
}

/// What a seller is to show.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskBody {
    /// Some of `receipt`, `purchase`, `accessory`, `older_photo`.
    #[schema(value_type = Vec<String>)]
    asked: Vec<ProofKind>,
    /// Days within which an answer is wanted, 1 to 30.
    days: u32,
}

/// A request for proof as the police see it.
#[derive(Debug, Serialize, ToSchema)]
struct ProofRecord {
    /// Its id.
    id: Uuid,
    /// `asked`, `answered`, `judged` or `taken back`.
    state: &'static str,
    /// What the seller is to show.
    asked: Vec<&'static str>,
    /// Until when an answer is wanted.
    due_at: DateTime<Utc>,
}

/// What a partner's sellers are to prove.
#[derive(Debug, Serialize, ToSchema)]
struct ProofsAnswer {
    /// The newest first, at most 500.
    proof_requests: Vec<ProofView>,
}

/// A request for proof as the partner sees it.
#[derive(Debug, Serialize, ToSchema)]
struct ProofView {
    /// Its id.
    id: Uuid,
    /// Your own id of the listing.
    listing: String,
    /// What you call it.
    title: String,
    /// What the seller is to show, in words…
    asked: Vec<&'static str>,
    /// …and as words of a fixed set: `receipt`, `purchase`, `accessory`, `older_photo`.
    kinds: Vec<&'static str>,
    /// When you were asked.
    asked_at: DateTime<Utc>,
    /// Until when an answer is wanted.
    due_at: DateTime<Utc>,
    /// `asked`, `answered` or `taken back`.
    state: &'static str,
    /// Pictures that came with the answer so far.
    photos: usize,
}

/// A partner's answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProofAnswerBody {
    /// What the seller says and shows, or why nothing: at most 4,000 characters, without the seller's name, address or account.
    #[serde(default)]
    text: String,
    /// Whether the seller shows anything.
    shown: bool,
}

/// Have a seller asked for proof of ownership
///
/// By the officer who has taken the report. It tips the seller off: whoever is asked for proof knows that somebody suspects the
/// listing. The partner is told which of its listings it is about and these words, and nothing of the item.
#[utoipa::path(
    post, path = "/reports/{id}/proof-requests", tag = "reports",
    params(("id" = Uuid, Path, description = "The report")),
    request_body = AskBody,
    responses(
        (status = 201, body = ProofRecord),
        (status = 404, body = Problem, description = "No such report"),
        (status = 409, body = Problem, description = "The caller has not taken it, the partner is asked already, or no letter is in force"),
    )
)]
async fn ask(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<AskBody>,
) -> Result<(StatusCode, Json<ProofRecord>), Problem> {
    let report: ReportId = id.parse().map_err(|_| Problem::missing("report"))?;
    let proof = app.casework.ask_for_proof(&caller.0, report, body.asked, body.days).await?;
    Ok((
        StatusCode::CREATED,
        Json(ProofRecord {
            id: proof.id.0,
            state: proof.word(),
            asked: proof.asked.iter().map(|kind| kind.word()).collect(),
            due_at: proof.due_at,
        }),
    ))
}

/// List what sellers are to prove
#[utoipa::path(
    get, path = "/partners/{partner}/proof-requests", tag = "proof",
    params(("partner" = String, Path, description = "The partner's short name")),
    responses((status = 200, body = ProofsAnswer), (status = 403, body = Problem, description = "Another partner's requests"))
)]
async fn list(State(app): State<App>, caller: Caller, Path(partner): Path<String>) -> Result<Json<ProofsAnswer>, Problem> {
    caller.partner(&app, &partner).await?;
    let asked = app.casework.proofs_asked(&caller.0).await?;
    Ok(Json(ProofsAnswer {
        proof_requests: asked.into_iter().map(ProofView::from).collect(),
    }))
}

/// Put a picture to an answer
///
/// Before the answer is given. The raw bytes of a JPEG, PNG, WebP, GIF, TIFF or BMP file, as a seller sent it. Replaces what stood at
/// that number.
#[utoipa::path(
    put, path = "/partners/{partner}/proof-requests/{id}/photos/{n}", tag = "proof",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = Uuid, Path, description = "The request for proof"),
        ("n" = u16, Path, description = "The picture's number, 1 to 6"),
    ),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses(
        (status = 200, body = PhotoAnswer),
        (status = 403, body = Problem, description = "Another partner's request"),
        (status = 404, body = Problem, description = "No such request"),
        (status = 409, body = Problem, description = "It was answered, or the police have taken it back"),
        (status = 413, body = Problem, description = "Too many bytes"),
        (status = 415, body = Problem, description = "Not a picture that is read"),
        (status = 422, body = Problem, description = "Too many pixels, or damaged"),
    )
)]
async fn put_photo(
    State(app): State<App>,
    caller: Caller,
    Path((partner, id, number)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PhotoAnswer>, Problem> {
    caller.partner(&app, &partner).await?;
    let number = number
        .parse()
        .map_err(|_| Problem::invalid("n", "pictures are numbered from 1 to 6"))?;
    let id = proof_id(&id)?;
    let bytes = body::read(&headers, body, app.http.photo_bytes_max).await?;
    let kept = app.intake.put_proof_photo(&caller.0, id, number, bytes).await?;
    Ok(Json(PhotoAnswer::of(number, &kept)))
}

/// Answer for a seller
///
/// Once. What the seller shows is compared with the registration by an officer.
#[utoipa::path(
    post, path = "/partners/{partner}/proof-requests/{id}/answer", tag = "proof",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = Uuid, Path, description = "The request for proof"),
    ),
    request_body = ProofAnswerBody,
    responses(
        (status = 200, body = ProofView),
        (status = 403, body = Problem, description = "Another partner's request"),
        (status = 404, body = Problem, description = "No such request"),
        (status = 409, body = Problem, description = "It was answered, or the police have taken it back"),
    )
)]
async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path((partner, id)): Path<(String, String)>,
    JsonBody(body): JsonBody<ProofAnswerBody>,
) -> Result<Json<ProofView>, Problem> {
    caller.partner(&app, &partner).await?;
    let proof = app
        .casework
        .answer_proof(&caller.0, proof_id(&id)?, &body.text, body.shown)
        .await?;
    let listing = proof.listing;
    let listing = app.store.read(move |reader| reader.listing(listing)).await?;
    let (listing_reference, listing_title) = listing.map_or_else(Default::default, |listing| {
        (listing.draft.reference, listing.draft.description.title)
    });
    Ok(Json(ProofView::from(ProofAsked {
        proof,
        listing_reference,
        listing_title,
    })))
}

fn proof_id(text: &str) -> Result<OwnershipProofId, Problem> {
    text.parse().map_err(|_| Problem::missing("request for proof"))
}

impl From<ProofAsked> for ProofView {
    fn from(asked: ProofAsked) -> Self {
        let proof: OwnershipProof = asked.proof;
        Self {
            id: proof.id.0,
            listing: asked.listing_reference,
            title: asked.listing_title,
            asked: proof.asked.iter().map(|kind| kind.words()).collect(),
            kinds: proof.asked.iter().map(|kind| kind.word()).collect(),
            asked_at: proof.asked_at,
            due_at: proof.due_at,
            // What the police make of it is theirs.
            state: match (&proof.answer, proof.taken_back_at) {
                (Some(_), _) => "answered",
                (None, Some(_)) => "taken back",
                (None, None) => "asked",
            },
            photos: proof.photos.len(),
        }
    }
}
