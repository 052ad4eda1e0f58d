//! The conditions of the letter gate, one by one, each holding or not.
//!
//! The gate itself says what fails; this file only puts what it says beside the list of everything that it looks at, so that
//! a person sees the whole list and not just the failures, each with why.

use super::ending::outcome_words;
use crate::casework::{CaseStanding, GateRefusal};
use crate::domain::item::ItemStatus;
use crate::domain::partner::Letter;
use crate::domain::report::{Decision, ReportState};
use crate::http::web::words;

/// One condition, for people.
pub(in crate::http::web) struct Condition {
    pub(in crate::http::web) text: String,
    pub(in crate::http::web) standing: Standing,
    /// Why it does not hold, or what is still to come.
    pub(in crate::http::web) more: String,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::web) enum Standing {
    Holds,
    Fails,
    /// To be met by this form or a later step.
    Open,
}

impl Standing {
    /// The tag's words.
    pub(in crate::http::web) fn words(self) -> &'static str {
        match self {
            Self::Holds => "Holds",
            Self::Fails => "Does not hold",
            Self::Open => "Still to come",
        }
    }

    /// The tag's colour.
    pub(in crate::http::web) fn colour(self) -> &'static str {
        match self {
            Self::Holds => "green",
            Self::Fails => "red",
            Self::Open => "yellow",
        }
    }
}

/// What the conditions are told of.
#[derive(Debug, Clone, Copy)]
pub(in crate::http::web) struct Case<'a> {
    /// The letter in force; else the last one.
    pub(in crate::http::web) letter: Option<&'a Letter>,
    /// What the partner is called.
    pub(in crate::http::web) partner: &'a str,
    /// The report's probability.
    pub(in crate::http::web) probability: f64,
    /// How far the report and its item are.
    pub(in crate::http::web) standing: &'a CaseStanding,
}

/// Whether nothing in a list fails.
pub(in crate::http::web) fn none_fails(list: &[Condition]) -> bool {
    list.iter().all(|condition| condition.standing != Standing::Fails)
}

/// The conditions for asking, given what the gate says of asking for everything that the letter lets be asked, with no
/// purpose stated yet.
pub(super) fn of_request(case: Case<'_>, refusals: &[GateRefusal]) -> Vec<Condition> {
    let mut list = of_case(case, refusals);
    let mut add = |text: &str, standing, more: &str| list.push(condition(text.to_owned(), standing, more.to_owned()));
    let fails = |test: fn(&GateRefusal) -> bool| refusals.iter().any(test);
    add(
        "You have confirmed this report yourself",
        standing(!fails(|refusal| matches!(refusal, GateRefusal::NotInCharge))),
        "",
    );
    add(
        "You are an officer or a supervisor",
        standing(!fails(|refusal| matches!(refusal, GateRefusal::RequesterMayNot))),
        "",
    );
    add(
        "Only what the letter lets be asked is asked for",
        if fails(|refusal| matches!(refusal, GateRefusal::NotAskable(_))) {
            Standing::Fails
        } else {
            Standing::Open
        },
        "you choose below",
    );
    add(
        "A case number and a reason are stated",
        Standing::Open,
        "you state them below",
    );
    let approvals = case.letter.map_or(1, |letter| letter.terms.approvals.max(1));
    let text = match approvals {
        1 => "A supervisor other than you approves".to_owned(),
        number => format!("{number} supervisors other than you approve"),
    };
    add(&text, Standing::Open, "after you have asked");
    list
}

/// The conditions for approving, given what the gate says of it.
pub(in crate::http::web) fn of_approval(case: Case<'_>, refusals: &[GateRefusal]) -> Vec<Condition> {
    let mut list = of_case(case, refusals);
    let fails = |test: fn(&GateRefusal) -> bool| refusals.iter().any(test);
    let mut add = |text: &str, holds| list.push(condition(text.to_owned(), standing(holds), String::new()));
    add(
        "The officer who asks has confirmed the report, and may ask",
        !fails(|refusal| matches!(refusal, GateRefusal::NotInCharge | GateRefusal::RequesterMayNot)),
    );
    add(
        "Only what the letter lets be asked is asked for",
        !fails(|refusal| matches!(refusal, GateRefusal::NotAskable(_) | GateRefusal::NothingAsked)),
    );
    add(
        "A case number and a reason are stated",
        !fails(|refusal| matches!(refusal, GateRefusal::NoPurpose)),
    );
    add(
        "Whoever approves is a supervisor, and did not ask",
        !fails(|refusal| matches!(refusal, GateRefusal::OwnRequest | GateRefusal::ApproverMayNot)),
    );
    list
}

/// The conditions for opening an answer, given what the gate says of it for the purpose of the request.
pub(super) fn of_opening(case: Case<'_>, refusals: &[GateRefusal]) -> Vec<Condition> {
    let mut list = of_case(case, refusals);
    let fails = |test: fn(&GateRefusal) -> bool| refusals.iter().find(|refusal| test(refusal)).map(ToString::to_string);
    let mut add = |text: &str, failure: Option<String>| {
        list.push(condition(
            text.to_owned(),
            standing(failure.is_none()),
            failure.unwrap_or_default(),
        ));
    };
    add(
        "The officer who asked is still in charge of the report, and may ask",
        fails(|refusal| matches!(refusal, GateRefusal::NotInCharge | GateRefusal::RequesterMayNot)),
    );
    add(
        "The letter lets what was asked be asked",
        fails(|refusal| matches!(refusal, GateRefusal::NotAskable(_) | GateRefusal::NothingAsked)),
    );
    add(
        "The approvals that the letter asks for are given",
        fails(|refusal| matches!(refusal, GateRefusal::ApprovalsMissing { .. })),
    );
    add(
        "The partner has given the identity, and the request was not taken back",
        fails(|refusal| matches!(refusal, GateRefusal::NotAnswered | GateRefusal::Recalled)),
    );
    add(
        &match case.letter {
            Some(letter) => format!("It is within the letter’s retention of {} days", letter.terms.retention_days),
            None => "It is within the letter’s retention".to_owned(),
        },
        fails(|refusal| matches!(refusal, GateRefusal::RetentionOver { .. })),
    );
    add(
        "You asked for it, or are a supervisor",
        fails(|refusal| matches!(refusal, GateRefusal::OpenerMayNot)),
    );
    let text = "The case of the request and a reason are stated".to_owned();
    list.push(condition(text, Standing::Open, "you state them below".to_owned()));
    list
}

/// What the steps look at: the letter and the case.
fn of_case(case: Case<'_>, refusals: &[GateRefusal]) -> Vec<Condition> {
    let Case {
        letter,
        partner,
        probability,
        standing: stands,
    } = case;
    let fails = |test: fn(&GateRefusal) -> bool| refusals.iter().find(|refusal| test(refusal));
    let against_letter = fails(|refusal| matches!(refusal, GateRefusal::NoLetter | GateRefusal::LetterNotInForce(_)));
    let said = against_letter.map(ToString::to_string);
    let in_force = letter.map(|letter| {
        let (from, to) = words::days(letter.terms.valid_from, letter.terms.valid_to);
        format!("{}, valid from {from} to {to}", letter.terms.reference)
    });
    let mut list = vec![condition(
        format!("A letter of intent with {partner} is in force"),
        standing(said.is_none()),
        [said, in_force].into_iter().flatten().collect::<Vec<_>>().join(": "),
    )];
    list.push(match letter {
        Some(letter) => condition(
            format!(
                "The probability of {} is at or above the letter’s threshold of {}",
                words::probability(probability),
                words::probability(letter.terms.threshold)
            ),
            standing(fails(|refusal| matches!(refusal, GateRefusal::BelowThreshold { .. })).is_none()),
            String::new(),
        ),
        None => condition(
            "The probability is at or above the letter’s threshold".to_owned(),
            Standing::Fails,
            "without a letter there is no threshold to reach".to_owned(),
        ),
    });
    let mut add = |text: &str, failure: Option<&GateRefusal>, why: String| {
        let why = if failure.is_some() { why } else { String::new() };
        list.push(condition(text.to_owned(), standing(failure.is_none()), why));
    };
    add(
        "The theft is verified",
        fails(|refusal| matches!(refusal, GateRefusal::TheftNotVerified)),
        "no officer has verified the theft report as it stands now".to_owned(),
    );
    add(
        "The item is still reported stolen",
        fails(|refusal| matches!(refusal, GateRefusal::ItemNotStolen)),
        not_stolen(stands.item).to_owned(),
    );
    add(
        "The suspicion report is confirmed",
        fails(|refusal| matches!(refusal, GateRefusal::ReportNotConfirmed)),
        not_confirmed(&stands.report),
    );
    list
}

/// Why an item does not count as stolen.
fn not_stolen(item: Option<ItemStatus>) -> &'static str {
    match item {
        None => "the item was erased",
        Some(ItemStatus::Registered) => "it is registered as safe at home",
        Some(ItemStatus::Stolen { .. }) => "it is reported stolen under another theft report",
        Some(ItemStatus::Recovered) => "it is recovered, so that nobody’s identity is needed to find it",
        Some(ItemStatus::Withdrawn) => "its owner has taken it out of the register",
    }
}

/// Why a report does not count as confirmed.
fn not_confirmed(report: &ReportState) -> String {
    match report {
        ReportState::Open => "nobody has taken it".to_owned(),
        ReportState::InReview { .. } => "it is in review".to_owned(),
        ReportState::Decided(review) if review.decision == Decision::Dismissed => "it is dismissed".to_owned(),
        ReportState::Decided(_) => String::new(),
        ReportState::Closed { outcome, .. } => {
            format!("it is closed with the outcome “{}”", outcome_words(*outcome).0)
        }
    }
}

fn standing(holds: bool) -> Standing {
    if holds { Standing::Holds } else { Standing::Fails }
}

fn condition(text: String, standing: Standing, more: String) -> Condition {
    Condition { text, standing, more }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::partner::LetterStanding;

    #[test]
    fn every_refusal_of_the_gate_shows_as_a_condition_that_fails() {
        let refusals = [
            GateRefusal::NoLetter,
            GateRefusal::LetterNotInForce(LetterStanding::Expired),
            GateRefusal::TheftNotVerified,
            GateRefusal::ItemNotStolen,
            GateRefusal::ReportNotConfirmed,
            GateRefusal::NotInCharge,
            GateRefusal::RequesterMayNot,
        ];
        let failing = |list: &[Condition]| list.iter().filter(|one| one.standing == Standing::Fails).count();
        // Without a letter its threshold fails as well.
        let standing = CaseStanding {
            report: ReportState::Open,
            item: Some(ItemStatus::Recovered),
        };
        let case = Case {
            letter: None,
            partner: "Nordic Auctions",
            probability: 0.97,
            standing: &standing,
        };
        let none = failing(&of_request(case, &[]));
        assert_eq!(none, 1);
        for refusal in refusals {
            let list = of_request(case, std::slice::from_ref(&refusal));
            assert_eq!(failing(&list), none + 1, "{refusal}");
        }
        let said = |refusal| {
            let list = of_request(case, &[refusal]);
            let failing = list.into_iter().rfind(|one| one.standing == Standing::Fails);
            failing.map(|one| one.more).unwrap_or_default()
        };
        assert_eq!(said(GateRefusal::ReportNotConfirmed), "nobody has taken it");
        assert!(said(GateRefusal::ItemNotStolen).starts_with("it is recovered"));
    }
}
