//! The rest of the desk: what hangs together, questions and their answers, comments, giving a report to somebody else.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::casework::{AskedView, Member, Tie};
use crate::domain::ids::{AccountId, ReportId, ReportQuestionId};
use crate::domain::report_question::Asked;
use crate::http::alike::alike;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId};
use crate::store::SeriesRow;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all_series))
        .routes(routes!(series))
        .routes(routes!(ask))
        .routes(routes!(asked))
        .routes(routes!(answer))
        .routes(routes!(comment))
        .routes(routes!(assign))
}

/// Reports that hang together, in figures.
#[derive(Debug, Serialize, ToSchema)]
struct SetView {
    /// The most probable of them.
    report: Uuid,
    /// Its number.
    number: u64,
    /// How many there are.
    reports: u32,
    /// How many different items.
    items: u32,
    /// How many of them are to be expected to be what they seem.
    expected: f64,
    /// What all items count for together, euros.
    value_euros: f64,
}

/// The largest sets of undecided reports.
#[derive(Debug, Serialize, ToSchema)]
struct SetsAnswer {
    /// On listings of one seller.
    by_seller: Vec<SetView>,
    /// On items of one burglary.
    by_burglary: Vec<SetView>,
}

/// One report of a set.
#[derive(Debug, Serialize, ToSchema)]
struct MemberView {
    /// The report.
    report: Uuid,
    /// Its number.
    number: u64,
    /// Its state.
    state: &'static str,
    /// Its probability.
    probability: f64,
    /// What the item is called; empty when it is not shown.
    item_title: String,
    /// The listing.
    listing: Uuid,
    /// The police's number of the theft's case.
    #[serde(skip_serializing_if = "Option::is_none")]
    crime_reference: Option<String>,
    /// By what it hangs together with others: `seller`, `burglary`, `photo`, `near_photo`, `text`.
    links: Vec<&'static str>,
    /// Why, a sentence for each.
    why: Vec<String>,
}

/// A set of reports.
#[derive(Debug, Serialize, ToSchema)]
struct SeriesAnswer {
    /// Those that hang together with the first one directly before others.
    members: Vec<MemberView>,
    /// There are more than are named.
    cut: bool,
    /// How many items there are.
    items: usize,
    /// How many of them are to be expected to be on sale.
    expected_items: f64,
    /// The probability that at least one is. Reports on one item or one listing exclude one another.
    any: f64,
    /// The probability that all are: 0 when there are fewer listings than items, absent when there are too many ways in which
    /// they could be.
    #[serde(skip_serializing_if = "Option::is_none")]
    all: Option<f64>,
    /// Not every listing was compared with all others by photos and texts.
    not_compared: bool,
}

/// A question on a report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionBody {
    /// `owner` or `partner`.
    #[schema(value_type = String)]
    to: Asked,
    /// In words, 3 to 2,000 characters.
    question: String,
}

/// An answer in words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PoliceAnswerBody {
    /// 3 to 2,000 characters.
    answer: String,
}

/// A comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommentBody {
    /// 3 to 2,000 characters.
    comment: String,
}

/// To whom a report is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignmentBody {
    /// The account of somebody of the police.
    #[schema(value_type = Uuid)]
    to: AccountId,
}

/// A thing that was made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeAnswer {
    /// Its id.
    id: Uuid,
}

/// What officers ask the caller.
#[derive(Debug, Serialize, ToSchema)]
struct AskedAnswer {
    /// Newest first.
    questions: Vec<AskedQuestion>,
}

/// What an officer asks.
#[derive(Debug, Serialize, ToSchema)]
struct AskedQuestion {
    /// Its id.
    id: Uuid,
    /// What it is about: the item's title for its owner, the listing's own id and title for a partner.
    about: String,
    /// The partner's own id of the listing, where a partner is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    listing: Option<String>,
    /// What is asked.
    question: String,
    /// When.
    asked_at: DateTime<Utc>,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

/// List what hangs together
///
/// The largest sets of undecided reports.
#[utoipa::path(get, path = "/series", tag = "reports",
    responses((status = 200, body = SetsAnswer), (status = 403, body = Problem, description = "Needs an officer")))]
async fn all_series(State(app): State<App>, caller: Caller) -> Result<Json<SetsAnswer>, Problem> {
    let (sellers, burglaries) = app.casework.all_series(&caller.0).await?;
    let views = |rows: Vec<SeriesRow>| rows.into_iter().map(set).collect();
    Ok(Json(SetsAnswer {
        by_seller: views(sellers),
        by_burglary: views(burglaries),
    }))
}

/// Show what a report hangs together with
#[utoipa::path(get, path = "/reports/{id}/series", tag = "reports",
    params(("id" = Uuid, Path, description = "The report")),
    responses(
        (status = 200, body = SeriesAnswer),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such report"),
    ))]
async fn series(State(app): State<App>, caller: Caller, PathId(id): PathId<ReportId>) -> Result<Json<SeriesAnswer>, Problem> {
    let series = app.casework.series_of(&caller.0, id, alike(&app)).await?;
    Ok(Json(SeriesAnswer {
        members: series.members.into_iter().map(member).collect(),
        cut: series.cut,
        items: series.joint.items,
        expected_items: series.joint.expected,
        any: series.joint.any,
        all: series.joint.all,
        not_compared: series.not_compared,
    }))
}

/// Ask the owner or the partner
///
/// By whoever has taken the report.
#[utoipa::path(post, path = "/reports/{id}/questions", tag = "reports", request_body = QuestionBody,
    params(("id" = Uuid, Path, description = "The report")),
    responses(
        (status = 201, body = MadeAnswer),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such report"),
        (status = 409, body = Problem, description = "Somebody else has taken the report, or nobody"),
    ))]
async fn ask(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ReportId>,
    JsonBody(body): JsonBody<QuestionBody>,
) -> Result<(StatusCode, Json<MadeAnswer>), Problem> {
    let question = app.casework.ask_on_report(&caller.0, id, body.to, &body.question).await?;
    Ok((StatusCode::CREATED, Json(MadeAnswer { id: question.id.0 })))
}

/// List what officers ask the caller
///
/// An owner on items, a partner on listings. A partner's token needs the scope `requests`.
#[utoipa::path(get, path = "/police-questions", tag = "questions",
    responses((status = 200, body = AskedAnswer), (status = 403, body = Problem, description = "Needs an owner, or a partner")))]
async fn asked(State(app): State<App>, caller: Caller) -> Result<Json<AskedAnswer>, Problem> {
    let questions = app.casework.questions_on_reports(&caller.0).await?;
    Ok(Json(AskedAnswer {
        questions: questions.into_iter().map(asked_question).collect(),
    }))
}

/// Answer an officer
///
/// In words, once. A partner's token needs the scope `requests`.
#[utoipa::path(post, path = "/police-questions/{id}/answer", tag = "questions", request_body = PoliceAnswerBody,
    params(("id" = Uuid, Path, description = "The question")),
    responses(
        (status = 204, description = "Answered"),
        (status = 403, body = Problem, description = "Needs an owner, or a partner"),
        (status = 404, body = Problem, description = "No such question of the caller's"),
        (status = 409, body = Problem, description = "It was answered before"),
    ))]
async fn answer(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ReportQuestionId>,
    JsonBody(body): JsonBody<PoliceAnswerBody>,
) -> Result<StatusCode, Problem> {
    app.casework.answer_on_report(&caller.0, id, &body.answer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Comment on a report
#[utoipa::path(post, path = "/reports/{id}/comments", tag = "reports", request_body = CommentBody,
    params(("id" = Uuid, Path, description = "The report")),
    responses(
        (status = 204, description = "It stands in the report's history"),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such report"),
    ))]
async fn comment(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ReportId>,
    JsonBody(body): JsonBody<CommentBody>,
) -> Result<StatusCode, Problem> {
    app.casework.comment_on_report(&caller.0, id, &body.comment).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a report to somebody else
///
/// By whoever has taken it, or a supervisor.
#[utoipa::path(post, path = "/reports/{id}/assignment", tag = "reports", request_body = AssignmentBody,
    params(("id" = Uuid, Path, description = "The report")),
    responses(
        (status = 204, description = "It is theirs"),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such report"),
        (status = 409, body = Problem, description = "Its state does not allow it, or it is somebody else's"),
    ))]
async fn assign(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ReportId>,
    JsonBody(body): JsonBody<AssignmentBody>,
) -> Result<StatusCode, Problem> {
    app.casework.assign_report(&caller.0, id, body.to).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn set(row: SeriesRow) -> SetView {
    SetView {
        report: row.report.0,
        number: row.number,
        reports: row.reports,
        items: row.items,
        expected: row.expected,
        value_euros: row.value_euros,
    }
}

fn member(member: Member) -> MemberView {
    MemberView {
        report: member.report.id.0,
        number: member.report.number,
        state: member.report.state.word(),
        probability: member.report.assessment.probability,
        item_title: member.item_title,
        listing: member.listing.id.0,
        crime_reference: member.crime_reference,
        links: member.ties.iter().map(|tie| tie.by.word()).collect(),
        why: member.ties.iter().map(Tie::says).collect(),
    }
}

fn asked_question(asked: AskedView) -> AskedQuestion {
    AskedQuestion {
        id: asked.question.id.0,
        about: asked.about,
        listing: asked.listing,
        question: asked.question.text,
        asked_at: asked.question.asked_at,
        answer: asked.question.answer.map(|(answer, _)| answer),
    }
}
