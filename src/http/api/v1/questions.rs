//! `/questions`: quiet questions to an owner, and the answers.

#![allow(
    unused_qualifications,
    reason = "the macro that describes queries writes their paths in full"
)]

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::casework::AfterAnswer;
use crate::casework::views::QuestionView;
use crate::domain::assessment::Comparison;
use crate::domain::ids::QuestionId;
use crate::domain::question::OwnersAnswer;
use crate::http::caller::Caller;
use crate::http::cursor::{self, Cursor};
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId, QueryOf};
use crate::store::QuestionPlace;

/// The routes of this resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_questions))
        .routes(routes!(answer_question))
}

/// "Is this listing you selling your own item?"
#[derive(Debug, Serialize, ToSchema)]
struct QuestionRecord {
    /// Its id.
    id: Uuid,
    /// The item.
    item: Uuid,
    /// What its owner calls it.
    item_title: String,
    /// The listing.
    listing: Uuid,
    /// What its seller calls it.
    listing_title: String,
    /// Where the public sees it.
    listing_url: Option<String>,
    /// What is asked for it: `amount` and `currency`.
    #[schema(value_type = Option<Object>)]
    price: Option<serde_json::Value>,
    /// With which partner it is.
    partner: String,
    /// In which ways the two look alike, strongest first: `identifier`, `photo`, `description`, `marks`.
    alike: Vec<&'static str>,
    /// When the question was put.
    asked_at: DateTime<Utc>,
    /// `mine`, `not_mine` or `another_object`, once answered.
    #[schema(value_type = Option<String>)]
    answer: Option<OwnersAnswer>,
    /// When it was answered.
    answered_at: Option<DateTime<Utc>>,
}

impl From<QuestionView> for QuestionRecord {
    fn from(view: QuestionView) -> Self {
        Self {
            id: view.id.0,
            item: view.item.0,
            item_title: view.item_title,
            listing: view.listing.0,
            listing_title: view.listing_title,
            listing_url: view.listing_url.map(String::from),
            price: view.price.map(|price| serde_json::json!(price)),
            partner: view.partner_name,
            alike: view.alike.into_iter().map(Comparison::word).collect(),
            asked_at: view.asked_at,
            answer: view.answer.map(|(answer, _)| answer),
            answered_at: view.answer.map(|(_, at)| at),
        }
    }
}

/// A page of the questions to an owner.
#[derive(Debug, Serialize, ToSchema)]
struct QuestionPage {
    /// Open ones first, then newest first; without those that were withdrawn because the item is searched for, back, or out of
    /// the register.
    questions: Vec<QuestionRecord>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cursor: Option<Cursor<QuestionPlace>>,
}

/// Which of the questions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct QuestionsQuery {
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<QuestionPlace>>,
    /// How many questions at most: 1 to 200, else 50.
    limit: Option<usize>,
}

/// The owner's answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerWord {
    /// `mine`: the owner sells it, or knows who does. `not_mine`: it is the owner's item and somebody else sells it.
    /// `another_object`: it only looks like it.
    #[schema(value_type = String)]
    answer: OwnersAnswer,
}

/// Where the answer leads.
#[derive(Debug, Serialize, ToSchema)]
struct AnswerTaken {
    /// The question's id.
    id: Uuid,
    /// `nothing`; `report_theft`: report the item stolen with `POST /theft-reports`; `reported`: it is reported stolen already.
    next: &'static str,
    /// The item to report.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Uuid>,
}

/// The questions to the owner who asks.
#[utoipa::path(get, path = "/questions", tag = "questions", params(QuestionsQuery),
    responses((status = 200, body = QuestionPage), (status = 400, body = Problem), (status = 403, body = Problem)))]
async fn list_questions(
    State(app): State<App>,
    Caller(caller): Caller,
    QueryOf(query): QueryOf<QuestionsQuery>,
) -> Result<Json<QuestionPage>, Problem> {
    let after = query.cursor.map(|cursor| cursor.0);
    let page = app.casework.questions_page(&caller, after, cursor::rows(query.limit));
    let (questions, next) = page.await?;
    Ok(Json(QuestionPage {
        questions: questions.into_iter().map(QuestionRecord::from).collect(),
        cursor: next.map(Cursor),
    }))
}

/// Answers a question, once.
#[utoipa::path(post, path = "/questions/{id}/answer", tag = "questions", request_body = AnswerWord,
    params(("id" = Uuid, Path, description = "The question")),
    responses((status = 200, body = AnswerTaken), (status = 404, body = Problem),
              (status = 409, description = "It is answered already, or withdrawn", body = Problem)))]
async fn answer_question(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<QuestionId>,
    JsonBody(body): JsonBody<AnswerWord>,
) -> Result<Json<AnswerTaken>, Problem> {
    let (next, item) = match app.casework.answer_question(&caller, id, body.answer).await? {
        AfterAnswer::Nothing => ("nothing", None),
        AfterAnswer::ReportTheft(item) => ("report_theft", Some(item.0)),
        AfterAnswer::Reported => ("reported", None),
    };
    Ok(Json(AnswerTaken { id: id.0, next, item }))
}
