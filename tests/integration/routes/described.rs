//! The description of the API against the wire: what it says of an answer is what comes.

use super::*;

const PROBLEM: &str = "application/problem+json";

/// What is said of a row's answers, by status.
fn responses<'a>(description: &'a Value, row: &Row) -> &'a Value {
    let path = format!("/api/v1{}", row.route);
    &description["paths"][path.as_str()][row.method.as_str().to_lowercase()]["responses"]
}

/// What an answer has that the description of its route does not say.
pub(super) fn fault(description: &Value, row: &Row, answer: &Answer) -> Option<String> {
    let status = answer.status.as_str();
    let described = &responses(description, row)[status];
    let sent = answer.header("content-type").split(';').next().unwrap_or("").trim();
    let says_it = match described["content"].as_object() {
        Some(content) => content.contains_key(sent),
        None => described.is_object() && answer.body.is_empty(),
    };
    (!says_it).then(|| {
        format!(
            "{} {}: {status} as {sent:?} is described as {described}",
            row.method, row.route
        )
    })
}

/// Every refusal and failure is described as what it is on the wire, and in words.
pub(super) fn faults_of_problems(description: &Value, rows: &[Row]) -> Vec<String> {
    let mut faults = Vec::new();
    for row in rows {
        for (status, described) in responses(description, row).as_object().unwrap() {
            let name = format!("{} {}: {status}", row.method, row.route);
            if described["description"].as_str().is_none_or(str::is_empty) {
                faults.push(format!("{name} says nothing"));
            }
            let is_problem =
                described["content"] == serde_json::json!({PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}});
            if status.as_str() >= "400" && !is_problem {
                faults.push(format!("{name} is described as {}", described["content"]));
            }
        }
    }
    faults
}

#[tokio::test]
async fn evidence_is_described_with_every_comparison() {
    let app = TestApp::start().await;
    let description = app.anonymous().get("/api/openapi.json").await.expect(200).json();
    let comparison = &description["components"]["schemas"]["EvidenceRecord"]["properties"]["comparison"];
    let words = [
        "identifier",
        "photo",
        "description",
        "marks",
        "time",
        "place",
        "price",
        "seller",
    ];
    assert_eq!(comparison["enum"], serde_json::json!(words));
}
