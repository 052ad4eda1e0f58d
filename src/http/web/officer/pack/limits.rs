//! What the method can and cannot tell, in words that hold for every report, and those that hold for this one.

use crate::casework::PackFacts;
use crate::domain::report::ReportState;

/// How the figures came to be, and what they do not say.
pub(super) fn method(facts: &PackFacts) -> Vec<String> {
    let assessment = &facts.view.report.assessment;
    let calibration = match &assessment.calibrated {
        Some(calibrated) => format!(
            "They are read as calibration {} learned from cases whose outcome is known.",
            calibrated.version
        ),
        None => "They have not been calibrated on decided cases: most of the table rests on judgement.".to_owned(),
    };
    vec![
        format!(
            "Each finding is weighed by how much more probable it is if the listing shows the item than if it does not (a likelihood \
             ratio). The weights stand in the published table {}. {calibration}",
            assessment.model
        ),
        "The weights are added up on a logarithmic scale to the odds before any evidence, which are estimated from how many listings \
         are on sale. Findings of one kind are weighed together; findings of different kinds are taken as independent, which \
         overstates both sides where they hang together."
            .to_owned(),
        format!(
            "The words for the probability follow the yardstick {}. The number itself always stands beside them.",
            assessment.yardstick_version
        ),
    ]
}

/// What has to be kept in mind when it is used.
pub(super) fn limits(facts: &PackFacts, held_back: usize) -> Vec<String> {
    let mut limits = vec![
        "The probability says how likely it is that the listing shows the stolen item. It does not say who stole it, nor what the \
         seller knew."
            .to_owned(),
        "Articles of one model look alike. Without a number, a mark or a photo that belongs to one object, agreement shows the \
         model and not the object."
            .to_owned(),
        "Photos and texts can be copied from elsewhere, and numbers can be mistyped or misread. What the owner entered after the \
         listing was public can have been copied from it; the times are in this report."
            .to_owned(),
        "Times that a partner states are the partner’s word. Times of receipt are ours.".to_owned(),
        "The listing is held as it was received, but for the seller, whose name was replaced at receipt by a reference that only \
         tells sellers of one partner apart. The SHA-256 of each delivery is of the bytes as they came."
            .to_owned(),
        "The original bytes of photos are kept under their SHA-256 and were checked against it when this pack was made. The \
         pictures in this document are drawn anew from them, smaller."
            .to_owned(),
    ];
    if held_back > 0 {
        limits.push(format!(
            "{held_back} of the photos say where they were taken. Their originals are held back, since that may be somebody’s home; a \
             copy without the position stands in their place, and the original’s SHA-256 in the custody record. The original can \
             be had from the service’s operator on a lawful order."
        ));
    }
    if facts.view.item.hidden {
        limits.push("The item is not reported stolen any more, so that its description and photos are left out.".to_owned());
    }
    let decided = match facts.view.report.state {
        ReportState::Open | ReportState::InReview { .. } => {
            "Nobody has decided about this report yet: it says what the program found, and the program alone decides nothing."
        }
        ReportState::Decided(_) | ReportState::Closed { .. } => {
            "An officer decided, for the reasons given; the program alone decides nothing."
        }
    };
    limits.push(decided.to_owned());
    limits
}
