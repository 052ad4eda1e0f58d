//! Time: what it is worth that the listing came after the theft, and when it ends the comparison.

use chrono::TimeDelta;
use serde_json::json;

use super::{TheftFacts, rounded};
use crate::domain::assessment::{Comparison, Evidence};
use crate::domain::time::Timestamp;
use crate::matching::weights::time as weights;

/// Compares the time of the theft with when we received the listing and when the partner says it was posted. What we received
/// before the earliest time of the theft cannot be the item; a partner's own time can be wrong by a day. When the partner does
/// not say when it was posted, having received it after the theft says nothing: it may have been on sale for long.
pub(in crate::matching) fn compare(
    theft: &TheftFacts,
    received_at: Option<Timestamp>,
    posted_at: Option<Timestamp>,
) -> Option<Evidence> {
    if let Some((from, received)) = theft.from.zip(received_at).filter(|(from, received)| received < from) {
        let says = format!("the listing was received {} before the theft", span(from - received));
        return Some(evidence("received before theft", None, says, None));
    }
    if let Some((from, posted)) = theft.from.zip(posted_at).filter(|(from, posted)| posted < from) {
        let before = from - posted;
        if before > TimeDelta::hours(weights::TOLERANCE_HOURS) {
            let says = format!("posted {} before the theft", span(before));
            return Some(evidence("posted before theft", None, says, None));
        }
        let says = format!("the partner says it was posted {} before the theft", span(before));
        return Some(evidence("shortly before theft", Some(weights::SHORTLY_BEFORE), says, None));
    }
    // A partner's time after the reception is a form filled in wrongly.
    let offered = received_at.into_iter().fold(posted_at?, Timestamp::min);
    let after = offered - theft.to.or(theft.from)?;
    if after < TimeDelta::zero() {
        // Without an earliest time nothing is known of what came before the latest.
        theft.from?;
        let says = "posted within the time in which the theft happened".to_owned();
        return Some(evidence("during theft", Some(weights::SAME_DAY), says, Some(0.0)));
    }
    let days = after.num_minutes() as f64 / (24.0 * 60.0);
    let weight = weights::SAME_DAY - weights::SLOPE * (1.0 + days / weights::SCALE_DAYS).log10();
    let says = format!("posted {} after the theft", span(after));
    Some(evidence("after theft", Some(weight.max(weights::FLOOR)), says, Some(days)))
}

fn evidence(outcome: &str, weight: Option<f64>, says: String, days: Option<f64>) -> Evidence {
    Evidence {
        comparison: Comparison::Time,
        outcome: outcome.to_owned(),
        log10_lr: weight.map(rounded),
        says,
        detail: days.map_or_else(|| json!({}), |days| json!({"days": rounded(days)})),
    }
}

/// A length of time in words.
fn span(length: TimeDelta) -> String {
    let (minutes, hours, days) = (length.num_minutes(), length.num_hours(), length.num_days());
    let (count, unit) = match (days, hours) {
        (2.., _) => (days, "day"),
        (_, 2..) => (hours, "hour"),
        _ => (minutes, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn check(received: Option<&str>, posted: Option<&str>) -> Option<(String, Option<f64>, String)> {
        let theft = TheftFacts {
            from: Some(at("2026-11-14T18:00:00Z")),
            to: Some(at("2026-11-15T06:00:00Z")),
            place: crate::domain::place::Place::default(),
        };
        compare(&theft, received.map(at), posted.map(at)).map(|evidence| (evidence.outcome, evidence.log10_lr, evidence.says))
    }

    #[test]
    fn times() {
        let late = Some("2026-11-21T00:00:00Z");
        let cases = [
            (None, None, None),
            (late, None, None),
            (Some("2026-11-14T17:59:59Z"), None, Some(("received before theft", None))),
            // What we saw decides, whatever the partner says.
            (Some("2026-11-14T17:59:59Z"), late, Some(("received before theft", None))),
            (late, Some("2026-11-13T17:59:59Z"), Some(("posted before theft", None))),
            (None, Some("2026-11-13T17:59:59Z"), Some(("posted before theft", None))),
            (late, Some("2026-11-13T18:00:00Z"), Some(("shortly before theft", Some(-1.5)))),
            (late, Some("2026-11-14T17:00:00Z"), Some(("shortly before theft", Some(-1.5)))),
            (late, Some("2026-11-14T19:00:00Z"), Some(("during theft", Some(0.4)))),
            (late, Some("2026-11-15T06:00:00Z"), Some(("after theft", Some(0.4)))),
            (late, Some("2027-11-15T06:00:00Z"), Some(("after theft", Some(0.35)))),
            (None, Some("2026-12-15T06:00:00Z"), Some(("after theft", Some(0.19)))),
            (None, Some("2031-12-15T06:00:00Z"), Some(("after theft", Some(-0.5)))),
        ];
        for (received, posted, expected) in cases {
            let found = check(received, posted).map(|(outcome, weight, _)| (outcome, weight));
            let expected = expected.map(|(outcome, weight)| (outcome.to_owned(), weight));
            assert_eq!(found, expected, "{received:?} {posted:?}");
        }
    }

    #[test]
    fn the_sentence_names_the_span() {
        let (_, _, says) = check(None, Some("2026-11-20T18:00:00Z")).unwrap();
        assert_eq!(says, "posted 5 days after the theft");
    }
}
