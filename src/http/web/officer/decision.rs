//! A decision on its page: the choices of the form, and what a decision that was made rests on, facts and assessment apart.

use crate::domain::report::{Decision, ReportState, Review};
use crate::domain::review_reason::ReviewReason;
use crate::http::web::shell::{Choice, SummaryRow};
use crate::http::web::words;

/// What a decision rests on: the reasons from the fixed set, and the officer's words.
pub(super) fn grounds(review: &Review) -> String {
    let fixed: Vec<&str> = review.reasons.iter().map(|reason| reason.words()).collect();
    if fixed.is_empty() {
        return review.reason.clone();
    }
    format!("{}. {}", words::capitalised(&fixed.join("; ")), review.reason)
}

/// What was seen, and what was concluded from it; nothing while nothing is decided.
pub(super) fn decided(state: &ReportState) -> Vec<SummaryRow> {
    match state {
        ReportState::Decided(review) | ReportState::Closed { review, .. } => vec![
            SummaryRow::new("Seen (facts)", seen(review)),
            SummaryRow::new("Concluded (assessment)", review.reason.clone()),
        ],
        ReportState::Open | ReportState::InReview { .. } => Vec::new(),
    }
}

/// The reasons from the fixed set that a decision rests on, as the end of a sentence; nothing without any.
pub(super) fn rests_on(review: &Review) -> String {
    let fixed: Vec<&str> = review.reasons.iter().map(|reason| reason.words()).collect();
    if fixed.is_empty() {
        String::new()
    } else {
        format!("; it rests on: {}", fixed.join("; "))
    }
}

/// What the officer saw, in their words.
pub(super) fn seen(review: &Review) -> String {
    let facts = review.facts.as_deref();
    facts.unwrap_or("not stated apart from the conclusion").to_owned()
}

/// The reasons that a decision can rest on, and which are ticked.
pub(super) fn reasons(decision: Decision, ticked: &[String]) -> Vec<Choice> {
    let choice = |reason: &ReviewReason| {
        let is_ticked = ticked.iter().any(|word| word == reason.word());
        Choice::new(reason.word(), words::capitalised(reason.words())).chosen(is_ticked)
    };
    ReviewReason::of(decision).iter().map(choice).collect()
}

/// The decisions, and which is chosen.
pub(super) fn decisions(chosen: &str) -> Vec<Choice> {
    let choice = |value: &str, label: &str, hint: &str| Choice::new(value, label).with_hint(hint).chosen(value == chosen);
    vec![
        choice(
            "confirmed",
            "Yes: confirm that it is the same item",
            "You can then ask the partner for the seller’s identity, under the letter of intent.",
        ),
        choice(
            "dismissed",
            "No, or not sure enough: dismiss",
            "The report leaves the queue. It can be reopened with a reason.",
        ),
    ]
}
